"""One empresa's messages of which a group of events speaks: read at once, led on in memory."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from persistence.chunks import chunks
from persistence.conversation_values import Spot
from persistence.filed import Filed, Told, chat_of, key_of, received, sent, told_of
from persistence.life_events import RECEIPT
from persistence.merging import Canonical
from persistence.message_life import MessageState
from persistence.models import Message, Outgoing
from persistence.values import LedgerEvent, NewEvent

_MESSAGE, _STATE = "message", "message_state"
_SAID = frozenset({_MESSAGE, "message_undecryptable"})
_CHANGES = frozenset({"message_edited", "message_deleted", "message_reaction", "poll_vote"})
ABOUT = _CHANGES | _SAID | {_STATE, RECEIPT}
"""The types of events that tell of conversations."""
#: The states from which on it is known that a message left; those before say nothing here.
_LEFT = frozenset(
    {
        MessageState.SERVER_ACK,
        MessageState.DELIVERED,
        MessageState.READ,
        MessageState.PLAYED,
        MessageState.UNCONFIRMED,
    }
)
_TOLD_STATES = _LEFT | {MessageState.FAILED}

# Made once: to make a statement takes longer than to carry it out.
_EMPRESA: Any = bindparam("empresa")
_KEYS: Any = bindparam("keys", expanding=True)
_BY_ID = select(
    Message.seq,
    Message.number,
    Message.chat,
    Message.id,
    Message.from_me,
    Message.sender_phone,
    Message.sender_lid,
    Message.state,
    Message.changes,
).where(Message.empresa_id == _EMPRESA, Message.id.in_(_KEYS))
_CONTENTS = select(Outgoing.id, Outgoing.content).where(
    Outgoing.empresa_id == _EMPRESA, Outgoing.id.in_(_KEYS)
)


class Book:
    """One empresa's messages of which a group of events speaks."""

    def __init__(
        self,
        connection: Connection,
        empresa_id: int,
        number: str | None,
        told: dict[tuple[int, str, str], Told],
        canonical: Canonical,
    ) -> None:
        self._connection = connection
        self._empresa_id = empresa_id
        self._number = number
        self._told = told
        self._canonical = canonical
        self._by_id: dict[str, list[Filed]] = {}

    def entries(self) -> Iterable[Filed]:
        """All of them."""
        return (each for some in self._by_id.values() for each in some)

    def take(self, pairs: Sequence[tuple[NewEvent, LedgerEvent]]) -> None:
        """First what was said, then what was done to it."""
        self._read({key for new, _ in pairs for key in _keys(new)})
        contents = self._contents(new for new, _ in pairs)
        for new, event in pairs:
            number = new.own or self._number
            if number is not None:
                self._add(self._said(new, event, number, contents), new)
        for new, _ in pairs:
            self._change(new)

    def _said(
        self, new: NewEvent, event: LedgerEvent, number: str, contents: dict[str, dict[str, Any]]
    ) -> Filed | None:
        if new.type in _SAID:
            return self._heard(self._placed(received(new, event, number)))
        content = contents.get(new.data["id"]) if self._is_new(new) else None
        return None if content is None else self._placed(sent(new, event.seq, number, content))

    def _placed(self, entry: Filed | None) -> Filed | None:
        """In the conversation in which its chat stands."""
        if entry is not None:
            entry.chat = self._standing(entry.number, entry.chat)
        return entry

    def _standing(self, number: str, chat: str) -> str:
        return self._canonical.get((self._empresa_id, number, chat), chat)

    def _heard(self, entry: Filed | None) -> Filed | None:
        """None: it has its place already, as one that could not be read."""
        for each in self._by_id.get(entry.id, ()) if entry else ():
            if entry and each.is_unread_form_of(entry):
                each.become(entry)
                return None
            if entry and entry.is_unread_form_of(each):
                return None
        return entry

    def _is_new(self, new: NewEvent) -> bool:
        """Whether by this state it is known that a message left, and it was not known before."""
        is_left = new.type == _STATE and new.data["state"] in _LEFT and new.data["chat"]
        return bool(is_left and new.data["whatsappId"]) and not any(
            each.from_me for each in self._by_id.get(key_of(new.data["whatsappId"]), ())
        )

    def _add(self, entry: Filed | None, new: NewEvent) -> None:
        if entry is None or entry.new is None:
            return
        self._by_id.setdefault(entry.id, []).append(entry)
        data = new.data if new.type in _SAID else json.loads(entry.new["data"])
        spot = Spot(entry.new["timestamp"], entry.seq)
        key = (self._empresa_id, entry.number, entry.chat)
        told = self._told.setdefault(key, told_of(data, spot))
        told.add(spot, data, is_through_us=new.type == _STATE)

    def _change(self, new: NewEvent) -> None:
        keys, data = _keys(new) if new.type not in _SAID else [], new.data
        for entry in (each for key in keys for each in self._by_id.get(key, ())):
            if new.type in _CHANGES:
                number = new.own or self._number or ""
                chat = self._standing(number, chat_of(data) or "")
                if entry.is_target(number, chat, data["target"]):
                    entry.apply(new.type, data)
            else:
                entry.lead(data["kind"] if new.type == RECEIPT else data["state"])

    def _read(self, keys: Collection[str]) -> None:
        for some in chunks(sorted(keys)):
            named = {"empresa": self._empresa_id, "keys": some}
            for row in self._connection.execute(_BY_ID, named).mappings():
                changes = json.loads(row["changes"] or "{}")
                entry = Filed(**{**row, "changes": changes})
                self._by_id.setdefault(entry.id, []).append(entry)

    def _contents(self, events: Iterable[NewEvent]) -> dict[str, dict[str, Any]]:
        wanted = sorted({each.data["id"] for each in events if self._is_new(each)})
        contents: dict[str, dict[str, Any]] = {}
        for some in chunks(wanted):
            named = {"empresa": self._empresa_id, "keys": some}
            found = self._connection.execute(_CONTENTS, named)
            contents |= {each: json.loads(text) for each, text in found}
        return contents


def _keys(new: NewEvent) -> list[str]:
    """The ids of the messages to which something happened."""
    data = new.data
    if new.type in _SAID:
        may_be_there = new.type != _MESSAGE or data.get("retried")
        return [key_of(data.get("id"))] if may_be_there else []
    if new.type in _CHANGES:
        target = data.get("target")
        return [key_of(target.get("id"))] if isinstance(target, dict) else []
    if new.type == RECEIPT:
        return [key_of(each) for each in data["messageIds"]]
    if new.type == _STATE and data["state"] in _TOLD_STATES and data["whatsappId"]:
        return [key_of(data["whatsappId"])]
    return []
