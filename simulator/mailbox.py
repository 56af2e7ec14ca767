"""What waits for a linked device: each stanza stays until the device has acknowledged it."""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass

from simulator import binary
from simulator.nodes import Jid, Node
from simulator.records import Records


@dataclass(slots=True)
class Entry:
    """One stanza of class message, receipt or notification."""

    sequence: int
    stanza: Node
    at: int
    """When it was queued, Unix time in seconds."""
    sent: bool = False
    """Whether it went out on the present connection."""

    @property
    def name(self) -> str:
        """What an acknowledgement names: the class and the id."""
        return f"{self.stanza.tag}/{self.stanza.attrs['id']}"

    @property
    def user(self) -> str:
        """Whose stanza it is, in a group the member's; without device, empty for the server."""
        attrs = self.stanza.attrs
        sender = attrs.get("participant", attrs["from"])
        return sender.user if isinstance(sender, Jid) else ""


class Mailbox:
    """One device's queue, in order, and what it has acknowledged, kept in the records."""

    def __init__(self, records: Records, device_key: str) -> None:
        self._records = records
        self._queue, self._done = f"queue/{device_key}", f"acknowledged/{device_key}"
        self._pending: dict[int, Entry] = {}
        for key, value in records.items(self._queue):
            head, _, stanza = value.partition(b"\n")
            entry = Entry(int(key), binary.decode(stanza), json.loads(head)["at"])
            self._pending[entry.sequence] = entry
        self._last = int(records.get("last-queued", device_key) or b"0")
        self._device_key = device_key

    def put(self, stanza: Node) -> Entry:
        """Queue a stanza, which has an id and a sender in `from`."""
        self._last += 1
        entry = Entry(self._last, stanza, int(time.time()))
        value = json.dumps({"at": entry.at}).encode() + b"\n" + binary.encode(stanza)
        with self._records.transaction():
            self._records.put(self._queue, _key(entry.sequence), value)
            self._records.put("last-queued", self._device_key, str(self._last).encode())
        self._pending[entry.sequence] = entry
        return entry

    def pending(self) -> list[Entry]:
        """Return what has not been acknowledged, oldest first."""
        return list(self._pending.values())

    def unsent(self) -> list[Entry]:
        """Return what has not gone out on the present connection, oldest first."""
        return [entry for entry in self._pending.values() if not entry.sent]

    def holds_notification(self, kind: str) -> bool:
        """Tell whether a notification of this type has not been acknowledged."""
        stanzas = (entry.stanza for entry in self._pending.values())
        return any(s.tag == "notification" and s.attrs.get("type") == kind for s in stanzas)

    def connected_anew(self) -> None:
        """Take note that a new connection has received nothing yet."""
        for entry in self._pending.values():
            entry.sent = False

    def acknowledge(self, name: str, users: Collection[str]) -> bool:
        """Take the oldest stanza of that class, id and sender off the queue.

        Return whether the device was ever sent such a stanza.
        """
        for entry in self._pending.values():
            if entry.name == name and entry.user in users:
                self._finish(entry)
                return True
        return self.knows(name, users)

    def knows(self, name: str, users: Collection[str]) -> bool:
        """Tell whether the device was ever sent a stanza of that class, id and sender."""
        if any(entry.name == name and entry.user in users for entry in self._pending.values()):
            return True
        return any(self._records.get(self._done, f"{name}/{user}") is not None for user in users)

    def log(self) -> list[dict[str, object]]:
        """Return each stanza's class, id, state and the time of that, acknowledged ones first."""
        done = [json.loads(value) for _, value in self._records.items(self._done)]
        done.sort(key=lambda line: line.pop("sequence"))
        states = [(entry, "sent" if entry.sent else "queued") for entry in self._pending.values()]
        return done + [_line(entry, state, entry.at) for entry, state in states]

    def clear(self) -> None:
        """Forget everything; the device is gone."""
        for kind in (self._queue, self._done):
            for key, _ in self._records.items(kind):
                self._records.delete(kind, key)
        self._pending.clear()

    def _finish(self, entry: Entry) -> None:
        line = _line(entry, "acknowledged", int(time.time())) | {"sequence": entry.sequence}
        with self._records.transaction():
            self._records.delete(self._queue, _key(entry.sequence))
            key = f"{entry.name}/{entry.user}"
            self._records.put(self._done, key, json.dumps(line).encode())
        del self._pending[entry.sequence]


def _key(sequence: int) -> str:
    return f"{sequence:012}"


def _line(entry: Entry, state: str, at: int) -> dict[str, object]:
    stanza = entry.stanza
    return {"class": stanza.tag, "id": str(stanza.attrs["id"]), "state": state, "at": at}
