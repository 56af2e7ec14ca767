"""An archive on a real database, with those around it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from actors import messages as m
from actors.actor import Place
from actors.archive import ArchiveActor
from actors.dead_letters import tell
from actors.reply import ask_blocking
from actors.timers import Timers
from persistence.values import Retention
from tests.actors.ear import DEADLINE, Heard
from tests.databases import TestDatabase

AT = datetime(2026, 11, 24, 14, 16, 54, 123000, tzinfo=UTC)


class Archiving:
    """The archive, a broadcast's place (`broadcast`), a session's (`session`), a monitor's."""

    def __init__(self, site: TestDatabase, retention: Retention | None = None) -> None:
        self.site = site
        self.database = site.database(retention)
        self.timers = Timers()
        self.broadcast, self.session, self.monitor = Heard(), Heard(), Heard()
        place = Place("archive", self.monitor.ref)
        self.archive = ArchiveActor.start(place, self.database, self.timers)

    def restart(self) -> None:
        """End the archive and start another."""
        self.end()
        place = Place("archive", self.monitor.ref)
        self.archive = ArchiveActor.start(place, self.database, self.timers)

    def subscribe(self, empresa_id: int) -> m.LedgerHead:
        """Let the broadcast follow; answers what it was told, and the ask too."""
        answer = self.ask(m.Subscribe(empresa_id, self.broadcast.ref))
        assert self.broadcast.next(m.LedgerHead) == answer
        assert isinstance(answer, m.LedgerHead)
        return answer

    def record(self, empresa_id: int, *events: m.NewEvent, **beside: Any) -> None:
        """Hand events over, as a session does."""
        self.archive.tell(m.RecordEvents(empresa_id, events, reply_to=self.session.ref, **beside))

    def ask(self, message: object, seconds: float = DEADLINE) -> Any:
        return ask_blocking(self.archive, message, seconds)

    def end(self) -> m.ActorEnded:
        """Stop the archive and hear of its end."""
        tell(self.archive, m.Stop())
        return self.monitor.next(m.ActorEnded)

    def close(self) -> None:
        if self.archive.is_alive():
            self.end()
        for heard in (self.broadcast, self.session, self.monitor):
            tell(heard.ref, m.Stop())
            assert heard.ref.actor_stopped.wait(DEADLINE)
        self.timers.close()

    def stored(self, empresa_id: int) -> list[tuple[int, str | None]]:
        """Number and key of all that is committed."""
        found = self.site.rows(
            f"SELECT seq, key FROM events WHERE empresa_id = {empresa_id} ORDER BY seq"  # noqa: S608 - a number
        )
        return [(seq, key) for seq, key in found]


def new(key: str | None = None, entry_id: int | None = None, **data: object) -> m.NewEvent:
    return m.NewEvent("message", AT, data, key, entry_id)
