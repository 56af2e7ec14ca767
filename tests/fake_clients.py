"""A fake of the WhatsApp port, driven by a test: it implements the port, and keeps its rules."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from whatsapp.port import (
    CheckNumbers,
    Client,
    ClientEnded,
    ClientEvent,
    Clients,
    ClientSpec,
    ClientStarted,
    EndCause,
    FindPicture,
    Journalled,
    LinkUp,
    LogoutDone,
    NumbersChecked,
    Paired,
    QrShown,
    Report,
    Send,
    Signal,
    SignalAnswered,
    TellRead,
)
from whatsapp.raw_json import raw_json

DEADLINE = 10.0
PNG = b"\x89PNG\r\n\x1a\n fake"


class FakeClient(Client):
    """One client; `report` is what WhatsApp would cause."""

    def __init__(self, clients: FakeClients, spec: ClientSpec, report: Report, pid: int) -> None:
        self.clients = clients
        self.spec = spec
        self.pid = pid
        self.is_over = False
        self.unlinks = True
        self._report = report

    def report(self, event: ClientEvent) -> None:
        if self.is_over:
            raise AssertionError("a client reports nothing after its end")
        if isinstance(event, Journalled):
            self.clients.journals[self.spec.empresa_id][event.entry_id] = event
        if isinstance(event, Paired):
            self.clients.linked.add(self.spec.empresa_id)
        if isinstance(event, ClientEnded):
            self.is_over = True
            del self.clients.running[self.spec.empresa_id]
        self._report(event)

    def show_qr(self, attempt: int = 1) -> None:
        expires = datetime.now(UTC) + timedelta(seconds=60)
        self.report(QrShown(PNG + str(self.spec.empresa_id).encode(), attempt, expires))

    def pair(self, number: str) -> None:
        """The phone scans; the login follows."""
        self.report(Paired(number, "999@lid"))
        self.log_in(number)

    def log_in(self, number: str) -> None:
        """With the stored credentials."""
        self.report(LinkUp(number, "999@lid"))

    def send(self, message: Send) -> None:
        with self.clients.changed:
            self.clients.sends[self.spec.empresa_id].append(message)
            self.clients.changed.notify_all()

    def check_numbers(self, question: CheckNumbers) -> None:
        found = {
            each: None
            if each in self.clients.strangers
            else {"jid": f"{each[1:]}@s.whatsapp.net", "lid": None}
            for each in question.phones
        }
        self.report(NumbersChecked(question.question, found, None))

    def signal(self, signal: Signal) -> None:
        with self.clients.changed:
            self.clients.signals[self.spec.empresa_id].append(signal)
            self.clients.changed.notify_all()
        if isinstance(signal, TellRead | FindPicture) and not self.clients.is_silent:
            is_read = isinstance(signal, TellRead)
            found = {} if is_read else {"url": self.clients.pictures.get(signal.chat)}
            error = self.clients.signal_error
            self.report(SignalAnswered(signal.question, {} if error else found, error))

    def answer(
        self,
        message: Send,
        state: str = "server_ack",
        *receipts: str,
        reason: str | None = None,
    ) -> None:
        """Journal what became of a send."""
        whatsapp_id = f"3EB0{message.message_id}" if state == "server_ack" else None
        data = {
            "id": message.message_id,
            "secret": message.secret.hex(),
            "whatsappId": whatsapp_id,
            "state": state,
            "reason": reason,
            "receipts": list(receipts),
        }
        key = f"sent:{message.secret.hex()}"
        self.clients.entries += 1
        self.report(Journalled(self.clients.entries, "sent", key, datetime.now(UTC), data))

    def receive_receipt(self, whatsapp_id: str, kind: str) -> None:
        """Journal that the customer has, or has read, a message."""
        self.clients.entries += 1
        data = {"v": 1, "messageIds": [whatsapp_id], "kind": kind}
        key = f"receipt:{whatsapp_id}:{kind}"
        self.report(Journalled(self.clients.entries, "receipt", key, datetime.now(UTC), data))

    def confirm(self, entry_id: int) -> None:
        self.clients.confirm_stored(self.spec.empresa_id, entry_id)

    def log_out(self) -> None:
        if self.unlinks:
            self.report(LogoutDone(unlinked=True))

    def end(self) -> None:
        self._finish(0)

    def kill(self) -> None:
        self._finish(-9)

    def die(self, exit_code: int = -9, cause: EndCause | None = None) -> None:
        """As if its process were killed from outside."""
        self.report(ClientEnded(exit_code, "killed", cause))

    def _finish(self, exit_code: int) -> None:
        if not self.is_over:
            self.report(ClientEnded(exit_code, "ended"))


@dataclass
class FakeClients(Clients):
    """All clients; `linked` and `journals` outlive them, as folders do."""

    running: dict[int, FakeClient] = field(default_factory=dict)
    linked: set[int] = field(default_factory=set)
    journals: dict[int, dict[int, Journalled]] = field(default_factory=lambda: defaultdict(dict))
    starts: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    forgotten: list[int] = field(default_factory=list)
    erased: list[int] = field(default_factory=list)
    sends: dict[int, list[Send]] = field(default_factory=lambda: defaultdict(list))
    """What each empresa's clients were given to send, in order."""
    gone: dict[bytes, str] = field(default_factory=dict)
    """The secrets of messages that left, with their ids at WhatsApp."""
    strangers: set[str] = field(default_factory=set)
    """Phone numbers that WhatsApp does not know."""
    signals: dict[int, list[Signal]] = field(default_factory=lambda: defaultdict(list))
    """What each empresa's clients were told to signal, in order."""
    pictures: dict[str, str] = field(default_factory=dict)
    """Where the pictures of chats are."""
    signal_error: str | None = None
    """Given: why no signal is answered well; `is_silent`: none is answered at all."""
    is_silent: bool = False
    entries: int = 1000
    sentence: str | None = None
    changed: threading.Condition = field(default_factory=threading.Condition)

    def start(self, spec: ClientSpec, report: Report) -> Client:
        if spec.empresa_id in self.running:
            raise AssertionError(f"two clients at once for empresa {spec.empresa_id}")
        with self.changed:
            self.starts[spec.empresa_id] += 1
            pid = 1000 * spec.empresa_id + self.starts[spec.empresa_id]
            client = FakeClient(self, spec, report, pid)
            self.running[spec.empresa_id] = client
            client.report(ClientStarted(client.pid, linked=spec.empresa_id in self.linked))
            self.changed.notify_all()
        return client

    def started(self, empresa_id: int, times: int = 1) -> FakeClient:
        """Wait until the empresa's client has been started that often; the present one."""
        with self.changed:
            done = self.changed.wait_for(
                lambda: self.starts[empresa_id] >= times and empresa_id in self.running, DEADLINE
            )
            assert done, f"no start number {times} of empresa {empresa_id}"
            return self.running[empresa_id]

    def wait_for_start(self, seconds: float) -> None:
        """Wait until any client is started, or for so long."""
        with self.changed:
            self.changed.wait(seconds)

    def sent(self, empresa_id: int, times: int = 1) -> Send:
        """Wait until the empresa's clients were given so many to send; the last of these."""
        with self.changed:
            done = self.changed.wait_for(lambda: len(self.sends[empresa_id]) >= times, DEADLINE)
            assert done, f"no send number {times} of empresa {empresa_id}"
            return self.sends[empresa_id][times - 1]

    def signalled(self, empresa_id: int, times: int = 1) -> list[Signal]:
        """Wait until the empresa's clients were told so many signals; all of them."""
        with self.changed:
            done = self.changed.wait_for(lambda: len(self.signals[empresa_id]) >= times, DEADLINE)
            assert done, f"no signal number {times} of empresa {empresa_id}"
            return list(self.signals[empresa_id])

    def left(self, empresa_id: int, secrets: Sequence[bytes]) -> dict[bytes, str]:  # noqa: ARG002
        return {each: self.gone[each] for each in secrets if each in self.gone}

    def store(self, empresa_id: int) -> str | None:
        return f"store-{empresa_id}" if empresa_id in self.linked else None

    def is_linked(self, empresa_id: int) -> bool:
        return empresa_id in self.linked

    def void(self, empresa_id: int) -> None:
        self.linked.discard(empresa_id)

    def forget(self, empresa_id: int) -> None:
        assert empresa_id not in self.running
        self.linked.discard(empresa_id)
        self.forgotten.append(empresa_id)

    def erase(self, empresa_id: int) -> None:
        assert empresa_id not in self.running
        self.linked.discard(empresa_id)
        self.journals.pop(empresa_id, None)
        self.erased.append(empresa_id)

    def unconfirmed(self, empresa_id: int, after: int, limit: int) -> Sequence[Journalled]:
        entries = sorted(self.journals[empresa_id].items())
        return [entry for number, entry in entries if number > after][:limit]

    def confirm_stored(self, empresa_id: int, entry_id: int) -> None:
        with self.changed:
            for number in [n for n in self.journals[empresa_id] if n <= entry_id]:
                del self.journals[empresa_id][number]
            self.changed.notify_all()

    def confirmed(self, empresa_id: int) -> bool:
        """Wait until nothing of the empresa's journal is left."""
        with self.changed:
            return self.changed.wait_for(lambda: not self.journals[empresa_id], DEADLINE)

    def raw_json(self, stored: Sequence[bytes | None]) -> list[object]:
        return raw_json(stored)

    def trouble(self) -> str | None:
        return self.sentence

    def close(self, deadline_seconds: float) -> None:  # noqa: ARG002 - it ends at once
        for client in list(self.running.values()):
            client.kill()


def said(entry_id: int, body: str, **other: Any) -> Journalled:
    """As `text`, with all that a message has that handlers look at."""
    entry = text(entry_id, body)
    timestamp = entry.at.isoformat(timespec="milliseconds")
    whole = {"fromMe": False, "history": False, "timestamp": timestamp, "mentions": []}
    return replace(entry, data={**entry.data, **whole, **other})


def text(entry_id: int, body: str, key: str | None = None) -> Journalled:
    """A journalled text of a customer."""
    at = datetime.now(UTC)
    chat = {"id": "999@lid", "phone": "+5511900000001", "lid": "999@lid", "isGroup": False}
    data = {"v": 1, "id": f"ID{entry_id}", "chat": chat, "type": "text", "text": body}
    return Journalled(entry_id, "message", key or f"message ID{entry_id} 999@lid", at, data)


def brought(
    entry_id: int, source: dict[str, Any] | None, media_id: str, name: str | None = None
) -> Journalled:
    """A journalled document of a customer's; `source`: where its file is to be had."""
    entry = text(entry_id, "segue")
    media = {
        "id": media_id,
        "state": "failed" if source is None else "pending",
        "mimeType": "application/x-claimed",
        "size": None if source is None else source["size"],
        "fileName": name,
        "sha256": None,
        "seconds": None,
        "width": None,
        "height": None,
    }
    data = {**entry.data, "type": "document", "media": media}
    return replace(entry, data=data, source=source)
