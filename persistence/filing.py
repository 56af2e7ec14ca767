"""Keeps messages by conversation, as the events that are numbered tell of them.

In the transaction that numbers them: what a reader of the ledger has seen, a reader of the
conversations finds. A few statements for a group of events, however many empresas are in it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from persistence.conversation_values import Spot
from persistence.filed import Filed, Told, chat_of, key_of, received, sent, told_of
from persistence.json_text import json_text
from persistence.lives import RECEIPT
from persistence.message_life import MessageState
from persistence.models import Message, Outgoing, SessionStatus
from persistence.summing_up import sum_up
from persistence.values import LedgerEvent, NewEvent

Numbered: TypeAlias = Mapping[int, Sequence[tuple[NewEvent, LedgerEvent]]]
"""By empresa: events as they were handed over, and as they were numbered; no repeats."""

#: Ids that are looked up by one statement.
_IDS = 500
_MESSAGE, _STATE = "message", "message_state"
_CHANGES = frozenset({"message_edited", "message_deleted", "message_reaction"})
_ABOUT = _CHANGES | {_MESSAGE, _STATE, RECEIPT}
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


def file_events(connection: Connection, numbered: Numbered) -> None:
    """Put these events where they belong; those that are about no conversation tell nothing."""
    numbers = _own_numbers(connection, numbered)
    filed: list[tuple[int, Filed]] = []
    told: dict[tuple[int, str, str], Told] = {}
    for empresa_id, pairs in numbered.items():
        book = _Book(connection, empresa_id, numbers.get(empresa_id), told)
        book.take([pair for pair in pairs if pair[0].type in _ABOUT])
        filed += [(empresa_id, each) for each in book.entries()]
    _insert(connection, filed)
    _update(connection, filed)
    sum_up(connection, told)


class _Book:
    """One empresa's messages of which a group of events speaks."""

    def __init__(
        self,
        connection: Connection,
        empresa_id: int,
        number: str | None,
        told: dict[tuple[int, str, str], Told],
    ) -> None:
        self._connection = connection
        self._empresa_id = empresa_id
        self._number = number
        self._told = told
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
        if new.type == _MESSAGE:
            return received(new, event, number)
        content = contents.get(new.data["id"]) if self._is_new(new) else None
        return None if content is None else sent(new, event.seq, number, content)

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
        data = new.data if new.type == _MESSAGE else json.loads(entry.new["data"])
        spot = Spot(entry.new["timestamp"], entry.seq)
        key = (self._empresa_id, entry.number, entry.chat)
        told = self._told.setdefault(key, told_of(data, spot))
        told.add(spot, data, is_through_us=new.type == _STATE)

    def _change(self, new: NewEvent) -> None:
        keys, data = _keys(new), new.data
        for entry in (each for key in keys for each in self._by_id.get(key, ())):
            if new.type in _CHANGES:
                number = new.own or self._number or ""
                if entry.is_target(number, chat_of(data), data["target"]):
                    entry.apply(new.type, data)
            else:
                entry.lead(data["kind"] if new.type == RECEIPT else data["state"])

    def _read(self, keys: Collection[str]) -> None:
        wanted = sorted(keys)
        for start in range(0, len(wanted), _IDS):
            found = select(
                Message.seq,
                Message.number,
                Message.chat,
                Message.id,
                Message.from_me,
                Message.sender_phone,
                Message.sender_lid,
                Message.state,
                Message.changes,
            ).where(
                Message.empresa_id == self._empresa_id,
                Message.id.in_(wanted[start : start + _IDS]),
            )
            for row in self._connection.execute(found).mappings():
                changes = json.loads(row["changes"] or "{}")
                entry = Filed(**{**row, "changes": changes})
                self._by_id.setdefault(entry.id, []).append(entry)

    def _contents(self, events: Iterable[NewEvent]) -> dict[str, dict[str, Any]]:
        wanted = sorted({each.data["id"] for each in events if self._is_new(each)})
        contents: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), _IDS):
            found = select(Outgoing.id, Outgoing.content).where(
                Outgoing.empresa_id == self._empresa_id,
                Outgoing.id.in_(wanted[start : start + _IDS]),
            )
            contents |= {each: json.loads(text) for each, text in self._connection.execute(found)}
        return contents


def _keys(new: NewEvent) -> list[str]:
    """The ids of the messages to which something happened."""
    data = new.data
    if new.type in _CHANGES:
        target = data.get("target")
        return [key_of(target.get("id"))] if isinstance(target, dict) else []
    if new.type == RECEIPT:
        return [key_of(each) for each in data["messageIds"]]
    if new.type == _STATE and data["state"] in _TOLD_STATES and data["whatsappId"]:
        return [key_of(data["whatsappId"])]
    return []


def _own_numbers(connection: Connection, numbered: Numbered) -> dict[int, str]:
    """The numbers linked last, of the empresas with events that do not say to which they came."""
    silent = [
        empresa_id
        for empresa_id, pairs in numbered.items()
        if any(new.own is None and new.type in _ABOUT for new, _ in pairs)
    ]
    if not silent:
        return {}
    found = select(SessionStatus.empresa_id, SessionStatus.phone_number).where(
        SessionStatus.empresa_id.in_(silent), SessionStatus.phone_number.is_not(None)
    )
    return {row.empresa_id: row.phone_number for row in connection.execute(found)}


def _insert(connection: Connection, filed: Sequence[tuple[int, Filed]]) -> None:
    rows = [
        {
            "empresa_id": empresa_id,
            "seq": each.seq,
            "number": each.number,
            "chat": each.chat,
            "id": each.id,
            "sender_phone": each.sender_phone,
            "sender_lid": each.sender_lid,
            "from_me": each.from_me,
            "state": each.state,
            "changes": _text(each.changes),
            **each.new,
        }
        for empresa_id, each in filed
        if each.new is not None
    ]
    if rows:
        connection.execute(insert(Message), rows)


def _update(connection: Connection, filed: Sequence[tuple[int, Filed]]) -> None:
    rows = [
        {
            "empresa": empresa_id,
            "number_of_event": each.seq,
            "state": each.state,
            "changes": _text(each.changes),
        }
        for empresa_id, each in filed
        if each.new is None and each.is_changed
    ]
    if rows:
        mine = (
            Message.empresa_id == bindparam("empresa"),
            Message.seq == bindparam("number_of_event"),
        )
        connection.execute(update(Message).where(*mine), rows)


def _text(changes: dict[str, Any]) -> str | None:
    return json_text(changes) if changes else None
