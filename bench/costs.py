"""What a text costs, each part apart: the journal, the ledger, the queue. Nothing else runs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from actors.messages import RecordEvents
from actors.outgoing import AcceptMessage, ChangeMessages
from actors.recorder import Recorder
from bench.figures import Figure
from bench.ledger import EMPRESA, event
from persistence.database import Database
from persistence.message_life import MessageState
from persistence.outgoing_values import Change, NewOutgoing
from persistence.values import NewEvent
from whatsapp.journal import Journal

TEXTS = 5_000
#: In one transaction, as in a busy server.
GROUP = 50
_RAW = b"\0" * 300


def costs() -> list[Figure]:
    """Microseconds of a text, by what is done with it."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_journal(Path(folder)), *_archive(Path(folder))]


def _journal(folder: Path) -> list[Figure]:
    events = [event(number) for number in range(TEXTS)]
    with closing(Journal(folder / "journal.db")) as journal:

        def append() -> None:
            for each in events:
                journal.append("message", each.key or "", each.at, each.data, _RAW)

        return [_figure("journal: a text is appended", append)]


def _archive(folder: Path) -> list[Figure]:
    database = Database(f"sqlite:///{folder / 'vendeai.db'}")
    database.migrate()
    with closing(Recorder(database.writer())) as recorder:
        recorder.record([RecordEvents(EMPRESA, (event(0),))])

        def take() -> None:
            for some in _groups(range(1, TEXTS + 1)):
                recorder.record([RecordEvents(EMPRESA, (event(number),)) for number in some])

        def accept() -> None:
            for some in _groups(range(TEXTS)):
                recorder.record([AcceptMessage(_new(number)) for number in some])

        def lead() -> None:
            for some in _groups(range(TEXTS)):
                recorder.record([_sending(number) for number in some])
                recorder.record([_acknowledged(number) for number in some])
                recorder.record([_received(number) for number in some])

        return [
            _figure("ledger: a text that came is numbered, filed and committed", take),
            _figure("queue: a text is accepted", accept),
            _figure("queue: a text is led from there to its receipt", lead),
        ]


def _groups(numbers: range) -> Iterator[range]:
    for first in range(0, len(numbers), GROUP):
        yield numbers[first : first + GROUP]


def _new(number: int) -> NewOutgoing:
    customer, now = "769185781172756@lid", datetime.now(UTC)
    return NewOutgoing(
        empresa_id=EMPRESA,
        id=f"m-{number}",
        at=now,
        expires_at=now + timedelta(days=1),
        recipient={"jid": customer, "candidates": []},
        chat=customer,
        lane="slow",
        content={"type": "text", "text": "Bom dia! O carro está aqui."},
    )


def _sending(number: int) -> ChangeMessages:
    state, now = MessageState.SENDING, datetime.now(UTC)
    secret = number.to_bytes(32)
    change = Change(f"m-{number}", state, now, store="s", client="c", secret=secret)
    return ChangeMessages(EMPRESA, (change,))


def _acknowledged(number: int) -> RecordEvents:
    data: dict[str, Any] = {
        "id": f"m-{number}",
        "secret": number.to_bytes(32).hex(),
        "whatsappId": f"3EB1{number:016X}",
        "state": "server_ack",
        "reason": None,
        "receipts": [],
    }
    key = f"sent:{data['secret']}"
    return _recorded(NewEvent("sent", datetime.now(UTC), data, key, TEXTS + 2 * number))


def _received(number: int) -> RecordEvents:
    whatsapp_id = f"3EB1{number:016X}"
    data = {
        "v": 1,
        "messageIds": [whatsapp_id],
        "chat": {"id": "769185781172756@lid", "isGroup": False},
        "sender": {"phone": "+5521988880001", "lid": "769185781172756@lid", "name": None},
        "kind": "delivered",
        "timestamp": "2026-11-24T14:16:54.000Z",
    }
    key = f"receipt:{whatsapp_id}:delivered"
    return _recorded(NewEvent("receipt", datetime.now(UTC), data, key, TEXTS + 2 * number + 1))


def _recorded(event: NewEvent) -> RecordEvents:
    return RecordEvents(EMPRESA, (event,))


def _figure(name: str, work: Callable[[], None]) -> Figure:
    begun = time.process_time()
    work()
    each = 1e6 * (time.process_time() - begun) / TEXTS
    return Figure(f"processor for {name}", round(each), "µs", 1)
