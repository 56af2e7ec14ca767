"""A million messages in a hundred empresas: how long lists and pages of messages take.

`python -m bench.conversations --count 1000000 --engine sqlite` (or `postgresql`). Prints markdown.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.ledger import row, url_of
from commands.serve import settle_memory
from persistence import conversations, empresas, filing, ledger
from persistence.conversation_values import StoredConversation
from persistence.database import Access, Database
from persistence.values import NewEvent, StoredStatus
from web.conversation_shape import conversation_shape, message_shape

EMPRESAS = 100
#: Of each empresa: so many customers, of whom some write much more than others.
CUSTOMERS = 1_000
ASKED = 1_000
LIMIT = 100
OWN = "+5521999999999"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
#: Messages in one transaction of the filling, of one empresa; the next has the next.
BATCH = 2_000


def event(number: int, customer: int) -> NewEvent:
    """As large as a customer's text is, with the library's bytes of it."""
    who = {"phone": f"+55219{customer:08}", "lid": f"{customer}@lid", "name": "Maria"}
    data = {
        "v": 1,
        "id": f"3EB0{number:016X}",
        "chat": {"id": who["lid"], **who, "isGroup": False},
        "sender": who,
        "fromMe": False,
        "timestamp": (BEGIN + timedelta(seconds=number)).isoformat(timespec="milliseconds"),
        "type": "text",
        "text": "Olá! O Onix ainda está disponível? " * 3,
        "mentions": [],
        "history": False,
    }
    key = f"message:{data['id']}"
    return NewEvent("message", BEGIN, data, key, number, OWN, random.randbytes(300))  # noqa: S311 - a load


def fill(writer: Access, count: int) -> float:
    """So many messages, of all empresas alike; answers how many a second."""
    begun = time.monotonic()
    batch = min(BATCH, count // EMPRESAS)
    for first in range(0, count, batch):
        with writer.transaction() as connection:
            empresa_id = 1 + (first // batch) % EMPRESAS
            heads = empresas.ensure(connection, [empresa_id])
            status = StoredStatus(empresa_id, "connected", None, BEGIN, OWN, None)
            empresas.put_statuses(connection, [status])
            events = [
                event(number, int(random.paretovariate(0.5)) % CUSTOMERS)
                for number in range(first, min(first + batch, count))
            ]
            numbered = ledger.number(connection, heads, {empresa_id: events})
            filing.file_events(connection, numbered)
    return count / (time.monotonic() - begun)


class Asking:
    """The questions of the API, at random places, with the making of their JSON's objects."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def list_of_newest(self) -> Callable[[Any], None]:
        """The first page of an empresa's conversations."""
        return self._list(random.randrange(1, EMPRESAS + 1), None)  # noqa: S311 - a load

    def list_further_on(self) -> Callable[[Any], None]:
        """A later page."""
        empresa_id, found = self._some()
        return self._list(empresa_id, found)

    def newest_messages(self) -> Callable[[Any], None]:
        """The first page of a conversation's messages."""
        return self._messages("first")

    def older_messages(self) -> Callable[[Any], None]:
        """Before some message."""
        return self._messages("before")

    def newer_messages(self) -> Callable[[Any], None]:
        """After some message."""
        return self._messages("after")

    def _list(self, empresa_id: int, found: StoredConversation | None) -> Callable[[Any], None]:
        def ask(connection: Any) -> None:
            before = None if found is None else found.last
            page = conversations.page(connection, empresa_id, None, before, LIMIT)
            [conversation_shape(each) for each in page.conversations]

        return ask

    def _messages(self, where: str) -> Callable[[Any], None]:
        empresa_id, found = self._some()
        with self._access.transaction() as connection:
            page = conversations.messages(connection, empresa_id, found, None, None, 1000)
        spot = random.choice(page.messages).spot  # noqa: S311 - a load
        before, after = spot if where == "before" else None, spot if where == "after" else None

        def ask(connection: Any) -> None:
            there = conversations.find(connection, empresa_id, None, [found.chat])
            assert there is not None
            page = conversations.messages(connection, empresa_id, there, before, after, LIMIT)
            [message_shape(each) for each in page.messages]

        return ask

    def _some(self) -> tuple[int, StoredConversation]:
        empresa_id = random.randrange(1, EMPRESAS + 1)  # noqa: S311 - a load
        with self._access.transaction() as connection:
            page = conversations.page(connection, empresa_id, None, None, CUSTOMERS)
        return empresa_id, random.choice(page.conversations)  # noqa: S311 - a load


def measure(access: Access, make: Callable[[], Callable[[Any], None]]) -> list[float]:
    """Milliseconds of each question, as the reader's actor asks it."""
    taken = []
    for _ in range(ASKED):
        ask = make()
        begun = time.monotonic()
        with access.transaction() as connection:
            ask(connection)
        taken.append((time.monotonic() - begun) * 1000)
    return taken


def main() -> None:
    """Fill, and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    settle_memory()  # as the server does
    with url_of(given.engine) as url:
        database = Database(url)
        database.migrate()
        writer = database.writer()
        rate = fill(writer, given.count)
        writer.close()
        print(f"\n{given.engine}: {given.count:,} messages, filled at {rate:,.0f} a second\n")
        print(f"| a page of {LIMIT} | p50 | p99 | worst |\n|---|---|---|---|")
        reader = database.reader()
        asking = Asking(reader)
        for name in ("list_of_newest", "list_further_on"):
            print(row(name.replace("_", " "), measure(reader, getattr(asking, name))))
        for name in ("newest_messages", "older_messages", "newer_messages"):
            print(row(name.replace("_", " "), measure(reader, getattr(asking, name))))
        reader.close()


if __name__ == "__main__":
    main()
