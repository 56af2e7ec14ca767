"""A ledger of a million events: how long pages take, and what retention costs a writer.

`python -m bench.ledger --count 1000000 --engine sqlite` (or `postgresql`). Prints markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from actors import messages as m
from actors.actor import Place, ThreadActor
from actors.archive import _ROUND, ArchiveActor
from actors.dead_letters import tell
from actors.timers import Timers
from commands.serve import settle_memory
from persistence import empresas, ledger
from persistence.database import Access, Database
from persistence.values import NewEvent, Retention
from tests.postgresql_server import PostgresServer

EMPRESA = 5
PAGES = 500
#: Events in one transaction of the filling.
BATCH = 5_000
#: Seconds between two events of the writer.
PAUSE = 0.005
#: Seconds for which the writer is measured without retention, and at least with it.
ALONE = 10.0


def event(number: int) -> NewEvent:
    """As large as a customer's text is: some 600 bytes of JSON."""
    customer = {"phone": "+5521988880001", "lid": "769185781172756@lid", "name": "Maria"}
    data = {
        "v": 1,
        "id": f"3EB0{number:016X}",
        "chat": {"id": customer["lid"], **customer, "isGroup": False},
        "sender": customer,
        "fromMe": False,
        "timestamp": "2026-11-24T14:16:54.000Z",
        "type": "text",
        "text": "Olá! O Onix ainda está disponível? " * 3,
        "media": None,
        "quoted": None,
        "mentions": [],
        "referral": None,
        "history": False,
    }
    key = f"message:{data['id']}:{customer['lid']}"
    return NewEvent("message", datetime.now(UTC), data, key, number)


def fill(writer: Access, count: int) -> float:
    """Append so many; answers events a second."""
    begun = time.monotonic()
    for first in range(0, count, BATCH):
        with writer.transaction() as connection:
            heads = empresas.ensure(connection, [EMPRESA])
            events = [event(number) for number in range(first, min(first + BATCH, count))]
            ledger.append(connection, heads, {EMPRESA: events})
    return count / (time.monotonic() - begun)


def page_times(database: Database, count: int, limit: int) -> list[float]:
    """Milliseconds of pages at random places, as the reader's actor reads them."""
    reader = database.reader()
    taken = []
    for _ in range(PAGES):
        after = random.randrange(max(count - limit, 1))  # noqa: S311 - a place to read
        begun = time.monotonic()
        with reader.transaction() as connection:
            page = ledger.page(connection, EMPRESA, after, limit)
        taken.append((time.monotonic() - begun) * 1000)
        assert page is not None
        assert len(page.events) == min(limit, count)
    reader.close()
    return taken


class Session(ThreadActor):
    """Hears of commits."""

    def __init__(self, heard: threading.Event) -> None:
        super().__init__(Place("session"))
        self._heard = heard

    def receive(self, message: Any) -> None:
        """`EventsRecorded`."""
        assert isinstance(message, m.EventsRecorded), message
        self._heard.set()


def retention_waits(database: Database, count: int) -> tuple[list[float], list[float], float]:
    """Milliseconds from handing over to the confirmation: alone, and while retention runs.

    And how many events retention removed a second meanwhile.
    """
    timers, heard = Timers(), threading.Event()
    archive = ArchiveActor.start(Place("archive"), database, timers)
    session = Session.start(heard)
    numbers = iter(range(count, 10 * count))

    def wait_of_one() -> float:
        heard.clear()
        begun = time.monotonic()
        record = m.RecordEvents(EMPRESA, (event(next(numbers)),), reply_to=session)
        archive.tell(record)
        assert heard.wait(30)
        taken = (time.monotonic() - begun) * 1000
        time.sleep(PAUSE)
        return taken

    until = time.monotonic() + ALONE
    alone = []
    while time.monotonic() < until:
        alone.append(wait_of_one())
    archive.tell(m.TimerFired(_ROUND, 0))
    begun, together = time.monotonic(), []
    while _stored(database) > database.retention.events + 100:
        together += [wait_of_one() for _ in range(100)]
    removed = (count - database.retention.events) / (time.monotonic() - begun)
    for ref in (archive, session):
        tell(ref, m.Stop())
        ref.actor_stopped.wait(30)
    timers.close()
    return alone, together, removed


def _stored(database: Database) -> int:
    reader = database.reader()
    with reader.transaction() as connection:
        page = ledger.page(connection, EMPRESA, 0, 1)
    reader.close()
    assert page is not None
    return page.head.last_seq - (page.gap[1] if page.gap else 0)


@contextlib.contextmanager
def url_of(engine: str) -> Iterator[str]:
    """A database on this machine's disk, with every commit synchronous."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory(prefix="vendeai-bench-") as folder:
            yield f"sqlite:///{Path(folder) / 'vendeai.db'}"
        return
    server = PostgresServer(is_durable=True)
    try:
        yield server.new_database()
    finally:
        server.close()


def row(name: str, taken: list[float]) -> str:
    """A line of the table."""
    ordered = sorted(taken)
    p50, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
    return f"| {name} | {p50:.1f} ms | {p99:.1f} ms | {ordered[-1]:.1f} ms |"


def main() -> None:
    """Fill, read, remove."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--removed", type=int, default=100_000, help="by retention")
    given = parser.parse_args()
    count: int = given.count
    settle_memory()  # as the server does
    with url_of(given.engine) as url:
        database = Database(url, Retention(events=count - given.removed))
        database.migrate()
        writer = database.writer()
        rate = fill(writer, count)
        writer.close()
        print(f"\n{given.engine}: {count:,} events, filled at {rate:,.0f} a second\n")
        print("| figure | p50 | p99 | worst |\n|---|---|---|---|")
        for limit in (100, 1000):
            times = page_times(database, count, limit)
            print(row(f"page of {limit} (`after=` anywhere)", times))
        alone, together, removed = retention_waits(database, count)
        print(row("an event handed over to its confirmation, no retention", alone))
        print(row("the same while retention runs", together))
        print(f"\nRetention removed {removed:,.0f} events a second meanwhile.")


if __name__ == "__main__":
    main()
