from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.whatsapp.stores import OUR_JID, make_store, put_secret
from whatsapp import sent_secrets
from whatsapp.sent_secrets import SecretsError, SentUnder, find_sent

SECRET, OTHER = b"s" * 32, b"o" * 32
CHAT = "2924@lid"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return make_store(tmp_path / "what #s?.db")


def test_a_message_that_was_put_on_its_way_is_found_by_its_secret(store: Path) -> None:
    put_secret(store, SECRET, CHAT, "3EB0A")
    put_secret(store, b"x" * 32, CHAT, "3EB0X")
    assert find_sent(store, [SECRET, OTHER]) == {SECRET: SentUnder(CHAT, "3EB0A"), OTHER: None}


@pytest.mark.parametrize("sender", ["1@lid", "5511999990000@s.whatsapp.net"])
def test_it_is_ours_under_either_of_our_addresses(store: Path, sender: str) -> None:
    put_secret(store, SECRET, "120363@g.us", "3EB0A", sender)
    assert find_sent(store, [SECRET]) == {SECRET: SentUnder("120363@g.us", "3EB0A")}


def test_a_secret_that_somebody_else_repeats_proves_nothing(store: Path) -> None:
    put_secret(store, SECRET, CHAT, "FORGED", sender=CHAT)
    assert find_sent(store, [SECRET]) == {SECRET: None}
    put_secret(store, SECRET, CHAT, "3EB0A")
    put_secret(store, SECRET, CHAT, "FORGED2", sender=CHAT)
    assert find_sent(store, [SECRET]) == {SECRET: SentUnder(CHAT, "3EB0A")}


def test_of_several_attempts_with_one_secret_the_last_one_counts(store: Path) -> None:
    for message_id in ("3EB0C", "3EB0A", "3EB0B"):
        put_secret(store, SECRET, CHAT, message_id)
    assert find_sent(store, [SECRET]) == {SECRET: SentUnder(CHAT, "3EB0B")}


def test_many_secrets_are_asked_for_at_once(store: Path) -> None:
    secrets = [number.to_bytes(32, "big") for number in range(2000)]
    put_secret(store, secrets[1999], CHAT, "3EB0A")
    found = find_sent(store, secrets)
    assert len(found) == 2000
    assert [under for under in found.values() if under] == [SentUnder(CHAT, "3EB0A")]


def test_no_secrets_are_no_answers(store: Path) -> None:
    assert find_sent(store, []) == {}


def test_a_device_that_has_no_lid_yet_is_known_by_its_number(tmp_path: Path) -> None:
    store = make_store(tmp_path / "store.db", lid=None)
    put_secret(store, SECRET, CHAT, "3EB0A", "5511999990000@s.whatsapp.net")
    assert find_sent(store, [SECRET]) == {SECRET: SentUnder(CHAT, "3EB0A")}


def test_the_store_is_read_while_its_owner_writes_in_it(store: Path) -> None:
    put_secret(store, SECRET, CHAT, "3EB0A")
    with closing(sqlite3.connect(store, isolation_level=None)) as owner:
        owner.execute("BEGIN IMMEDIATE")
        owner.execute("DELETE FROM whatsmeow_message_secrets")
        assert find_sent(store, [SECRET]) == {SECRET: SentUnder(CHAT, "3EB0A")}


def test_nothing_is_written_into_the_store(store: Path) -> None:
    put_secret(store, SECRET, CHAT, "3EB0A")
    before = store.read_bytes()
    find_sent(store, [SECRET])
    assert store.read_bytes() == before


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    with pytest.raises(SecretsError):
        find_sent(missing, [SECRET])
    assert not missing.exists()


def test_a_store_without_its_tables_is_no_answer(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(SecretsError, match="no such table"):
        find_sent(empty, [SECRET])


def test_a_damaged_store_is_no_answer(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(b"no database" * 1000)
    with pytest.raises(SecretsError):
        find_sent(damaged, [SECRET])


def test_a_store_whose_device_is_gone_is_no_answer_as_its_secrets_went_with_it(
    store: Path,
) -> None:
    put_secret(store, SECRET, CHAT, "3EB0A")
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("DELETE FROM whatsmeow_device WHERE jid = ?", (OUR_JID,))
    with pytest.raises(SecretsError, match="no device"):
        find_sent(store, [SECRET])


def test_a_store_that_stays_locked_is_no_answer(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sent_secrets, "_BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(store, isolation_level=None)) as owner:
        # Only a rollback journal locks its readers out.
        owner.execute("PRAGMA journal_mode = DELETE")
        owner.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SecretsError, match="locked"):
            find_sent(store, [SECRET])
