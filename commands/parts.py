"""The server's parts below the actors, opened from settings, each failure one sentence."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from socket import socket

from actors.errors import InvalidSettings
from actors.governor import Settings as GovernorSettings
from actors.pace import common_settings
from commands import folders
from commands.libraries import LibraryProbe
from commands.problem import Problem
from media.retention import Limits
from media.store import MediaStore, StoreInUseError
from persistence.database import Database
from persistence.errors import DatabaseProblem
from persistence.values import Retention
from settings import Settings
from web.server import PortError, bind
from whatsapp.clients import AuthDirInUseError, WorkerClients
from whatsapp.port import Clients


@dataclass(frozen=True, slots=True)
class Parts:
    """What `serve` starts the actors and the web on."""

    sockets: list[socket]
    database: Database
    clients: Clients
    pace: GovernorSettings
    store: MediaStore


def open_parts(settings: Settings) -> Parts:
    """Folders, port, database, files and clients, in this order. Raises `Problem`, all closed.

    Meanwhile another process tries the libraries: theirs is the slowest answer.
    """
    pace = governor_settings(settings)
    folders.prepare(settings.data_dir, "VENDEAI_DATA_DIR")
    folders.prepare(settings.auth_dir, "VENDEAI_AUTH_DIR")
    folders.prepare(settings.media_dir, "VENDEAI_MEDIA_DIR")
    try:
        return _open_parts(settings, pace)
    except OSError as error:
        raise Problem(
            f"The machine refuses what a start needs ({error}): look at this user's limits of "
            "processes and open files (`ulimit -a`), and at the machine's memory."
        ) from error


def governor_settings(settings: Settings) -> GovernorSettings:
    """How empresas send that have set nothing of their own. Raises `Problem`."""
    try:
        return common_settings(settings.sending, settings.timezone)
    except InvalidSettings as refusal:
        is_zone = refusal.fields.get("field") == "timezone"
        name = "VENDEAI_TIMEZONE" if is_zone else "VENDEAI_SENDING"
        raise Problem(
            f"{name} has a value that cannot be ({refusal.sentence}): see docs/sending.md."
        ) from refusal


def _open_parts(settings: Settings, pace: GovernorSettings) -> Parts:
    with LibraryProbe() as libraries, ExitStack() as undo:
        sockets = _bind(settings)
        for each in sockets:
            undo.callback(each.close)
        database = open_database(settings)
        _claim(database)
        trouble = libraries.trouble()
        if trouble is not None:
            raise Problem(trouble)
        store = _open_store(settings)
        undo.callback(store.close)
        clients = _open_clients(settings)
        undo.pop_all()
    return Parts(sockets, database, clients, pace, store)


def open_database(settings: Settings) -> Database:
    """Open it and bring it to this program's revision. Raises `Problem`."""
    retention = Retention(settings.retention_days, settings.retention_events)
    try:
        database = Database(settings.database_url, retention)
        database.migrate()
    except DatabaseProblem as problem:
        raise Problem(str(problem)) from problem
    return database


def _claim(database: Database) -> None:
    try:
        database.claim()
    except DatabaseProblem as problem:
        raise Problem(str(problem)) from problem


def _bind(settings: Settings) -> list[socket]:
    try:
        return bind(settings.host, settings.port)
    except PortError as error:
        raise Problem(str(error)) from error


def _open_store(settings: Settings) -> MediaStore:
    try:
        return MediaStore(settings.media_dir, Limits(settings.media_bytes, settings.media_days))
    except StoreInUseError as error:
        raise Problem(str(error)) from error


def _open_clients(settings: Settings) -> Clients:
    try:
        return WorkerClients(
            settings.auth_dir, settings.device_name, settings.noise_root, settings.ksm
        )
    except AuthDirInUseError as error:
        raise Problem(str(error)) from error
