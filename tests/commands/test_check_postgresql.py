from __future__ import annotations

from pathlib import Path

import pytest

from commands import data_checks
from persistence import postgresql_connection, postgresql_report
from persistence.database import Database
from settings import Settings
from tests.commands.places import settings_in
from tests.databases import PostgresTestDatabase
from tests.postgresql_server import PostgresServer


@pytest.fixture
def site(postgresql_server: PostgresServer) -> PostgresTestDatabase:
    return PostgresTestDatabase(postgresql_server)


@pytest.fixture
def settings(site: PostgresTestDatabase, tmp_path: Path) -> Settings:
    return settings_in(tmp_path, VENDEAI_DATABASE_URL=site.url)


def said(settings: Settings) -> list[tuple[bool, str]]:
    return [(each.is_wrong, each.sentence) for each in data_checks.database(settings)]


def test_a_server_that_does_not_keep_what_it_commits_is_a_warning(settings: Settings) -> None:
    Database(settings.database_url).migrate()
    # The tests' own server runs with fsync off.
    ((is_wrong, sentence),) = said(settings)
    assert not is_wrong
    assert "fsync = off" in sentence


def test_synchronous_commit_is_a_warning(site: PostgresTestDatabase, settings: Settings) -> None:
    name = site.url.partition("?")[0].rpartition("/")[2]
    site.server.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    assert any("synchronous_commit = off" in sentence for _, sentence in said(settings))
    assert any("no database yet" in sentence for _, sentence in said(settings))


def test_a_server_that_uses_it_is_said(site: PostgresTestDatabase, settings: Settings) -> None:
    other = site.database()
    other.claim()
    assert any("A server uses the database" in sentence for _, sentence in said(settings))
    other.release()
    assert not any("A server uses" in sentence for _, sentence in said(settings))


def test_a_version_that_is_too_old_is_wrong(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_report, "OLDEST_MAJOR", 99)
    assert any(wrong and "not supported" in sentence for wrong, sentence in said(settings))


def test_a_server_that_hangs_is_wrong(
    site: PostgresTestDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_connection, "ANSWER_SECONDS", 0.5)
    with site.server.hanging():
        ((is_wrong, _),) = said(settings)
    assert is_wrong


def test_a_server_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    nowhere = settings_in(tmp_path, VENDEAI_DATABASE_URL="postgresql://u:hunter2@127.0.0.1:1/name")
    ((is_wrong, sentence),) = said(nowhere)
    assert is_wrong
    assert "hunter2" not in sentence
