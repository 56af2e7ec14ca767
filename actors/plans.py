"""When everything that waits of an empresa is expected to go, jobs of thousands included."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from actors import outgoing as o
from actors.errors import Unavailable
from actors.reply import Refused, Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from actors.kept_pace import KeptPace
    from actors.waiting_queue import WaitingQueue

logger = logging.getLogger("vendeai.sender")

#: A plan is worked out anew after so many times what it took: whoever asks all the time has a
#: twentieth of a processor. That of a few messages is always new.
REST = 20


class Plans:
    """Worked out on a thread, as the loop is everybody's. Used on the event loop, by one sender."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, queue: WaitingQueue, pace: KeptPace
    ) -> None:
        self._loop = loop
        self._queue = queue
        self._pace = pace
        self._plan: o.Plan | None = None
        self._good_until = 0.0
        self._asking: list[Reply] = []

    def ask(self) -> o.Plan | Reply:
        """The plan, or who will give it. Refused: `Unavailable`."""
        if self._plan is not None and time.monotonic() < self._good_until:
            return self._plan
        reply = Reply()
        self._asking.append(reply)
        if len(self._asking) == 1:
            jobs = {
                each.id: each.job
                for each in self._queue
                if each.job is not None and not each.is_paused
            }
            foreseeing = self._pace.foreseeing(self._queue.queued())
            working = self._loop.run_in_executor(None, _planned, foreseeing, jobs)
            working.add_done_callback(self._planned)
        return reply

    def _planned(self, working: asyncio.Future[tuple[o.Plan, float]]) -> None:
        asking, self._asking = self._asking, []
        answer: o.Plan | Refused = Refused(Unavailable())
        if not working.cancelled() and (error := working.exception()) is not None:
            logger.error("a plan cannot be made", exc_info=error)
        elif not working.cancelled():
            answer, seconds = working.result()
            self._plan, self._good_until = answer, time.monotonic() + REST * seconds
        for reply in asking:
            reply.settle(answer)


def _planned(
    foreseeing: Callable[[], dict[str, datetime]], jobs: Mapping[str, str]
) -> tuple[o.Plan, float]:
    """The plan, and the seconds that it took."""
    begun = time.monotonic()
    moments = foreseeing()
    ends: dict[str, datetime | None] = {}
    for message_id, job in jobs.items():
        moment, last = moments.get(message_id), ends.get(job)
        if moment is None or (job in ends and last is None):
            ends[job] = None
        else:
            ends[job] = moment if last is None else max(moment, last)
    return o.Plan(moments, ends), time.monotonic() - begun
