"""What each database engine does in its own way; everything else is said once, for both."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True)
class Report:
    """What the operator should know about a database's server, each in one sentence."""

    wrong: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class DatabaseEngine(Protocol):
    """One database. Safe to use from any thread; each connection belongs to one thread."""

    @property
    def name(self) -> str:
        """Which database it is, for a log or a sentence: without a password."""

    def create(self) -> None:
        """Make it if need be, or see that it is fit for use. Raises `DatabaseUnusable`."""

    def exists(self) -> bool:
        """Whether there is anything to open."""

    def writer(self) -> Engine:
        """An engine whose transactions write; one connection at a time, never pooled."""

    def reader(self) -> Engine:
        """An engine whose transactions see one state of the database and cannot write."""

    def migrator(self) -> Engine:
        """As `writer`, but a table may be replaced while others refer to it."""

    def identity(self) -> tuple[int, int]:
        """Which database stands there now: a connection to another one is of no use.

        Raises `DatabaseUnavailable` where none does.
        """

    def ping(self, connection: Connection) -> None:
        """Find out whether a connection that has been idle still works.

        Raises `DBAPIError`, and `DatabaseUnavailable` where a new one would be no better.
        """

    def claim(self) -> None:
        """Become the one server of this database; gone with the process. Harmless twice.

        Raises `DatabaseTaken` where another one is, `DatabaseUnavailable` where nobody can know.
        """

    def release(self) -> None:
        """Take the claim back; harmless without one."""

    def migration_lock(self) -> AbstractContextManager[None]:
        """Held by one process at a time, and gone with it. Raises `DatabaseUnusable`."""

    def back_up(self, name: str) -> str | None:
        """Copy it as it is now; answers where to, or None where that is the operator's affair."""

    def scrub(self) -> bool:
        """Leave nothing of what was deleted where it is still known to stand, without waiting.

        False: it cannot be done at this moment, as somebody reads. Where the engine does this in
        its own time it is True. Raises `DatabaseUnavailable`.
        """

    def broken_reference(self, connection: Connection) -> str | None:
        """A table of which a row refers to nothing, within a migration; None: there is none."""

    def report(self) -> Report:
        """What is wrong with its server, and worth knowing of it. Raises `DatabaseUnusable`."""

    def trouble(self, error: DBAPIError) -> str | None:
        """What the operator should do, in Portuguese, where the database is the cause.

        None: it is about one of the values that were to be written.
        """
