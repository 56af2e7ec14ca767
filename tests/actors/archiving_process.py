"""A server's archive, to be killed: `python -m tests.actors.archiving_process URL ROUND`.

Three sessions hand over messages of two events without end, and say a line for each that was
confirmed: empresa, entry id.
"""

import itertools
import sys
import threading
from datetime import UTC, datetime
from typing import Any

from actors import messages as m
from actors.actor import Place, ThreadActor
from actors.archive import ArchiveActor
from actors.timers import Timers
from persistence.database import Database

#: Messages that may be on their way to the archive.
UNDER_WAY = 50


class Session(ThreadActor):
    """Says what was confirmed."""

    def __init__(self, under_way: threading.Semaphore) -> None:
        super().__init__(Place("session"))
        self._under_way = under_way

    def receive(self, message: Any) -> None:
        sys.stdout.write(f"{message.empresa_id} {message.entry_id}\n")
        sys.stdout.flush()
        self._under_way.release()


def main() -> None:
    url, which = sys.argv[1], sys.argv[2]
    database = Database(url)
    database.migrate()
    archive = ArchiveActor.start(Place("archive"), database, Timers())
    under_way = threading.Semaphore(UNDER_WAY)
    session = Session.start(under_way)
    for entry_id in itertools.count():
        under_way.acquire()
        pair = tuple(
            m.NewEvent("message", datetime.now(UTC), {}, f"{which}:{entry_id}:{half}", entry_id)
            for half in ("first", "second")
        )
        archive.tell(m.RecordEvents(1 + entry_id % 3, pair, reply_to=session))


if __name__ == "__main__":
    main()
