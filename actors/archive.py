"""The one place that writes the database: numbers, commits, and only then lets others hear."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actors import group_writer, metrics
from actors.actor import Place, ThreadActor
from actors.backlog import Backlog, Wish
from actors.dead_letters import tell
from actors.errors import Unavailable
from actors.followers import Followers
from actors.group_writer import GroupWriter
from actors.messages import (
    DatabaseTrouble,
    EventsStored,
    LedgerHead,
    RecordEvents,
    ScrubTraces,
    Subscribe,
    TimerFired,
    Unsubscribe,
)
from actors.pruner import Pruner
from actors.recorder import Recorder
from actors.reply import Refused, Reply
from actors.subscribers import Subscribers
from persistence import empresas, ledger, order
from persistence.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from actors.timers import Timers
    from persistence.database import Database

logger = logging.getLogger("vendeai.archive")

#: Seconds after a commit in which the database is known to take writes.
JUST_NOW = 1.0

#: Seconds of trouble after which those who wait for an answer are refused.
PATIENCE = 2.0

#: Seconds between two transactions where much is going on: each takes as long for one message as
#: for ten, and the processor that others need meanwhile.
GATHER_SECONDS = 0.005

#: Seconds before the first retry, doubling up to the longest.
FIRST_RETRY = 0.1
LONGEST_RETRY = 1.0

#: Seconds from the start, and from the end of a round, to the next round of retention. The first
#: comes late: journals have been read by then, so that no key is forgotten that one still holds.
ROUND_SECONDS = 600.0

_RETRY = "retry"
_MORE = "more"
_ROUND = "retention round"
_SLICE = "retention slice"


@dataclass(slots=True)
class _Trouble:
    sentence: str
    since: float
    wait: float = FIRST_RETRY


class ArchiveActor(ThreadActor):
    """Groups what many actors hand it: a transaction takes all that waits, within a bound.

    After the commit, in this order: heads of new ledgers, `EventsPublished` of each empresa,
    `EventsRecorded` to who handed journalled events over, the answers of those who wait. While the
    database cannot be written nothing of this happens; all is kept (`Backlog` says how much) and
    tried again. A message that cannot be stored for a reason of its own is logged and left out.
    """

    #: Several statements, each with the database's own deadline, of which none was answered.
    hang_seconds = 60.0

    def __init__(self, place: Place, database: Database, timers: Timers) -> None:
        super().__init__(place)
        self._recorder = Recorder(database.writer())
        self._reader = database.reader()
        self._timers = timers
        self._backlog = Backlog()
        self._subscribers = Subscribers()
        self._followers = Followers(self._last_position)
        self._writer = GroupWriter(
            self._recorder, self._backlog, self._subscribers, self._followers
        )
        self._pruner = Pruner(self._recorder, self._reader, database.retention)
        self._trouble: _Trouble | None = None
        self._generation = 0
        self._written_at = float("-inf")
        self._is_busy = False
        """Whether the last group held more than one message."""

    def receive(self, message: Any) -> Any:
        """As `messages.py` says, under "to the archive"; and `DatabaseTrouble`."""
        answer: Any = None
        match message:
            case RecordEvents():
                self._backlog.add(message)
            case _ if isinstance(message, Wish):
                answer = self._wish(message)
            case Subscribe():
                answer = self._subscribe(message)
            case Unsubscribe(empresa_id, subscriber):
                self._subscribers.remove(empresa_id, subscriber)
            case EventsStored(after):
                answer = self._followers.wait(after)
            case ScrubTraces():
                answer = self._recorder.scrub()
            case DatabaseTrouble():
                answer = self._find_trouble()
            case TimerFired():
                self._timer_fired(message)
            case _:
                super().receive(message)
        if self._backlog and not self._trouble and self._is_group_complete():
            self._attempt()
        return answer

    def started(self) -> None:
        """Retention comes later."""
        self._timers.after(ROUND_SECONDS, self.actor_ref, TimerFired(_ROUND, 0))

    def ended(self, error: BaseException | None) -> None:
        """Write what is left, whatever the cause, and close."""
        del error
        try:
            while self._backlog:
                self._writer.write()
        except DatabaseUnavailable as unavailable:
            logger.error(  # noqa: TRY400 - the sentence says it, its traceback does not
                "the archive ends with %d messages unwritten (%s); journalled ones come again",
                len(self._backlog),
                unavailable.__cause__,
            )
        finally:
            self._refuse_wishes()
            self._followers.refuse()
            self._close()

    def given_up(self) -> None:
        """Journalled events come again; who waits for an answer is told."""
        self._refuse_wishes()
        self._followers.refuse()

    def came_back(self) -> None:
        """Close the connections."""
        self._close()

    def _close(self) -> None:
        self._recorder.close()
        self._reader.close()

    def _timer_fired(self, timer: TimerFired) -> None:
        if timer == TimerFired(_RETRY, self._generation):
            self._attempt()
        elif timer.name in (_ROUND, _SLICE):
            self._retain(is_new_round=timer.name == _ROUND)

    def _is_group_complete(self) -> bool:
        if len(self._backlog) >= group_writer.GROUP:
            return True
        if self.actor_inbox.empty() and self._is_busy:
            time.sleep(max(0.0, self._written_at + GATHER_SECONDS - time.monotonic()))
        return self.actor_inbox.empty()

    def _wish(self, message: Wish) -> Reply:
        if self._trouble and time.monotonic() - self._trouble.since > PATIENCE:
            raise Unavailable
        return self._backlog.add_wish(message)

    def _subscribe(self, message: Subscribe) -> LedgerHead:
        # What still waits to be written is told after its commit: its numbers lie beyond this head.
        try:
            with self._reader.transaction() as connection:
                head = ledger.head(connection, message.empresa_id)
        except DatabaseUnavailable as unavailable:
            self._subscribers.put_headless(message.empresa_id, message.subscriber)
            if not self._trouble:  # else a retry is under way, and must not be put off
                self._fail(unavailable)
            raise Unavailable from unavailable
        return self._subscribers.put(message.empresa_id, message.subscriber, head)

    def _find_trouble(self) -> str | None:
        is_known = time.monotonic() - self._written_at < JUST_NOW and not self._backlog
        if not self._trouble and not is_known:
            self._attempt()
        return self._trouble.sentence if self._trouble else None

    def _attempt(self) -> None:
        """Write a group, or where nothing waits find out whether it could be written."""
        try:
            if self._backlog:
                self._is_busy = self._writer.write() > 1
            else:
                self._recorder.probe()
            self._written_at = time.monotonic()
            if self._trouble:
                self._tell_late_heads()
        except DatabaseUnavailable as unavailable:
            self._fail(unavailable)
        else:
            self._succeed()

    def _succeed(self) -> None:
        if self._trouble:
            logger.warning("the database takes writes again")
            self._trouble = None
        if self._backlog:
            # One group a turn, so that who asks meanwhile is answered.
            self.actor_ref.tell(TimerFired(_MORE, self._generation))
            return
        for ref, missed in self._backlog.take_missed():
            tell(ref, missed)

    def _fail(self, unavailable: DatabaseUnavailable) -> None:
        now = time.monotonic()
        metrics.database_failures.inc()
        if self._trouble is None:
            logger.error("the database cannot be used", exc_info=unavailable)
            self._trouble = _Trouble(unavailable.sentence, now)
        self._trouble.sentence = unavailable.sentence
        if now - self._trouble.since > PATIENCE:
            self._refuse_wishes()
        self._generation += 1
        retry = TimerFired(_RETRY, self._generation)
        self._timers.after(self._trouble.wait, self.actor_ref, retry)
        self._trouble.wait = min(2 * self._trouble.wait, LONGEST_RETRY)

    def _retain(self, *, is_new_round: bool) -> None:
        """A slice of retention's work; others have their turn before the next."""
        has_more = False
        if self._backlog and not self._trouble:
            # With the next slice in the inbox, that is never empty: a group is complete here.
            self._attempt()
        if not self._trouble:
            try:
                if is_new_round:
                    self._pruner.begin()
                has_more = self._pruner.turn()
            except DatabaseUnavailable as unavailable:
                self._fail(unavailable)
        if has_more:
            self.actor_ref.tell(TimerFired(_SLICE, 0))
        else:
            self._timers.after(ROUND_SECONDS, self.actor_ref, TimerFired(_ROUND, 0))

    def _last_position(self) -> int:
        try:
            with self._reader.transaction() as connection:
                return order.head(connection).last_position
        except DatabaseUnavailable as unavailable:
            raise Unavailable from unavailable

    def _tell_late_heads(self) -> None:
        with self._reader.transaction() as connection:
            self._subscribers.tell_heads(empresas.heads(connection, self._subscribers.headless()))

    def _refuse_wishes(self) -> None:
        for reply in self._backlog.take_wishes():
            reply.set(Refused(Unavailable()))
