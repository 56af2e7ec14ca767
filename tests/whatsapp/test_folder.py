from __future__ import annotations

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from whatsapp.folder import EmpresaFolder, FolderInUseError
from whatsapp.store import OwnNumber, linked_number

JID, LID = "5511999990000:1@s.whatsapp.net", "498172653944601:1@lid"
OWN = OwnNumber("+5511999990000", "498172653944601@lid")


@pytest.fixture
def folder(tmp_path: Path) -> EmpresaFolder:
    folder = EmpresaFolder(tmp_path / "auth_info", 5)
    folder.make()
    return folder


def link(database: Path, jid: str = JID, lid: str | None = LID) -> None:
    """Store a device as the library does."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE IF NOT EXISTS whatsmeow_device (jid TEXT, lid TEXT)")
        connection.execute("DELETE FROM whatsmeow_device")
        connection.execute("INSERT INTO whatsmeow_device VALUES (?, ?)", (jid, lid))


def stores(folder: EmpresaFolder) -> list[Path]:
    return sorted(folder.path.glob("*-*"))


def test_the_folder_and_its_stores_are_for_the_owner_alone(folder: EmpresaFolder) -> None:
    folder.path.chmod(0o755)
    with folder.locked():
        database = folder.open_store()
    for path in (folder.path, database.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder.path / "lock").stat().st_mode) == 0o600


def test_a_second_user_of_the_folder_is_refused_until_the_first_lets_go(
    folder: EmpresaFolder,
) -> None:
    with folder.locked():
        with pytest.raises(FolderInUseError), folder.locked():
            pass
        with pytest.raises(FolderInUseError), folder.locked(0.1):
            pass
    with folder.locked():
        pass


def test_a_start_without_credentials_gets_a_store_of_its_own(folder: EmpresaFolder) -> None:
    first = folder.open_store()
    sqlite3.connect(first).close()
    assert folder.linked() is None
    second = folder.open_store()
    assert second.parent != first.parent
    assert stores(folder) == [second.parent]


def test_a_pairing_that_succeeded_is_what_the_next_start_uses(folder: EmpresaFolder) -> None:
    database = folder.open_store()
    link(database)
    folder.settle_on(database)
    assert folder.linked() == OWN
    assert folder.open_store() == database
    folder.keep_only(database)
    assert stores(folder) == [database.parent]


def test_a_kill_between_a_pairings_success_and_its_naming_loses_nothing(
    folder: EmpresaFolder,
) -> None:
    database = folder.open_store()
    link(database)
    assert folder.linked() == OWN
    assert folder.open_store() == database
    assert (folder.path / "current").read_text() == database.parent.name


def test_a_named_store_without_a_device_is_void(folder: EmpresaFolder) -> None:
    database = folder.open_store()
    sqlite3.connect(database).close()
    folder.settle_on(database)
    assert folder.linked() is None
    assert folder.open_store() != database


@pytest.mark.parametrize("content", ["", "store-gone", "../empresa_6", "store-a/../../x"])
def test_a_pointer_to_nothing_is_none(folder: EmpresaFolder, content: str) -> None:
    (folder.path / "current").write_text(content)
    assert folder.linked() is None


def test_void_credentials_are_none_also_while_they_are_in_use(folder: EmpresaFolder) -> None:
    with folder.locked():
        database = folder.open_store()
        link(database)
        folder.settle_on(database)
        with closing(sqlite3.connect(database)) as user:
            user.execute("SELECT * FROM whatsmeow_device")
            EmpresaFolder(folder.path.parent, 5).void()
            assert folder.linked() is None
        EmpresaFolder(folder.path.parent, 5).void()
        folder.forget()
        assert stores(folder) == []


def test_void_credentials_of_nobody_are_no_matter(tmp_path: Path) -> None:
    EmpresaFolder(tmp_path, 7).void()
    assert list(tmp_path.iterdir()) == []


def test_forgetting_removes_credentials_and_keeps_the_journal(folder: EmpresaFolder) -> None:
    database = folder.open_store()
    link(database)
    folder.settle_on(database)
    folder.journal.touch()
    folder.forget()
    assert folder.linked() is None
    assert stores(folder) == []
    assert folder.journal.exists()
    folder.forget()


def test_forgetting_that_was_cut_short_brings_nothing_back(
    folder: EmpresaFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = folder.open_store()
    link(database)
    folder.settle_on(database)

    def cut(path: Path) -> None:
        raise KeyboardInterrupt(path)

    monkeypatch.setattr("shutil.rmtree", cut)
    with pytest.raises(KeyboardInterrupt):
        folder.forget()
    monkeypatch.undo()
    assert folder.linked() is None
    fresh = folder.open_store()
    assert stores(folder) == [fresh.parent]


def test_numbers_are_read_from_the_store_without_device_and_agent(tmp_path: Path) -> None:
    database = tmp_path / "whatsmeow.db"
    assert linked_number(database) is None
    assert not database.exists()
    link(database, "5511999990000.0:12@s.whatsapp.net", None)
    assert linked_number(database) == OwnNumber("+5511999990000", None)


def test_an_erased_folder_is_gone_as_a_whole(folder: EmpresaFolder) -> None:
    with folder.locked():
        database = folder.open_store()
        link(database)
        folder.settle_on(database)
        folder.journal.touch()
        folder.give_up()
    assert not folder.path.exists()
    assert folder.linked() is None
    folder.clear_given_up()
    assert list(folder.path.parent.iterdir()) == []
    folder.clear_given_up()


def test_an_erasing_that_was_cut_short_brings_nothing_back_and_is_finished_later(
    folder: EmpresaFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(folder.open_store())
    folder.give_up()

    def cut(path: Path) -> None:
        raise KeyboardInterrupt(path)

    monkeypatch.setattr("shutil.rmtree", cut)
    with pytest.raises(KeyboardInterrupt):
        folder.clear_given_up()
    monkeypatch.undo()
    assert folder.linked() is None
    EmpresaFolder(folder.path.parent, 55).clear_given_up()
    assert len(list(folder.path.parent.iterdir())) == 1
    folder.clear_given_up()
    assert list(folder.path.parent.iterdir()) == []


def test_who_waited_for_the_lock_of_an_erased_folder_gets_that_of_the_new_one(
    folder: EmpresaFolder,
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with folder.locked():

            def wait() -> bool:
                with folder.locked(10):
                    with pytest.raises(FolderInUseError), folder.locked():
                        pass
                    return folder.path.exists()

            waiting = pool.submit(wait)
            folder.give_up()
        assert waiting.result(20)


def test_credentials_that_cannot_be_opened_are_not_taken_for_none(folder: EmpresaFolder) -> None:
    database = folder.open_store()
    link(database)
    folder.settle_on(database)
    database.rename(database.with_suffix(".moved"))
    database.mkdir()  # as SQLite sees it: a file is there, and there is no opening it
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        folder.linked()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        folder.open_store()
    assert stores(folder) == [database.parent]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"store-\0", b"store-../../x", b"store-"])
def test_a_damaged_pointer_is_none_and_the_credentials_are_found_without_it(
    folder: EmpresaFolder, content: bytes
) -> None:
    database = folder.open_store()
    link(database)
    folder.settle_on(database)
    (folder.path / "current").write_bytes(content)
    assert folder.linked() == OWN
    assert folder.open_store() == database
    assert (folder.path / "current").read_text() == database.parent.name
