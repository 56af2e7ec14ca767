"""Keeps messages by conversation, as the events that are numbered tell of them.

In the transaction that numbers them: what a reader of the ledger has seen, a reader of the
conversations finds. A few statements for a group of events, however many empresas are in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from persistence import merging
from persistence.book import ABOUT, Book
from persistence.filed import Filed, Told, chat_of
from persistence.json_text import json_text
from persistence.models import Message, SessionStatus
from persistence.summing_up import sum_up
from persistence.values import LedgerEvent, NewEvent

Numbered: TypeAlias = Mapping[int, Sequence[tuple[NewEvent, LedgerEvent]]]
"""By empresa: events as they were handed over, and as they were numbered; no repeats."""
# Made once: to make a statement takes longer than to carry it out.
_INSERT = insert(Message)
_UPDATE = update(Message).where(
    Message.empresa_id == bindparam("empresa"), Message.seq == bindparam("number_of_event")
)


def file_events(connection: Connection, numbered: Numbered) -> None:
    """Put these events where they belong; those that are about no conversation tell nothing."""
    numbers = _own_numbers(connection, numbered)
    canonical = merging.canonical(connection, _chats(numbered))
    filed: list[tuple[int, Filed]] = []
    told: dict[tuple[int, str, str], Told] = {}
    for empresa_id, pairs in numbered.items():
        book = Book(connection, empresa_id, numbers.get(empresa_id), told, canonical)
        book.take([pair for pair in pairs if pair[0].type in ABOUT])
        filed += [(empresa_id, each) for each in book.entries()]
    _insert(connection, filed)
    _update(connection, filed)
    _complete(connection, filed)
    sum_up(connection, told)


def _chats(numbered: Numbered) -> set[tuple[int, str]]:
    """Of which these events tell, by empresa."""
    told = ((empresa_id, _chat(new)) for empresa_id, pairs in numbered.items() for new, _ in pairs)
    return {(empresa_id, chat) for empresa_id, chat in told if chat is not None}


def _chat(event: NewEvent) -> str | None:
    chat = event.data.get("chat") if event.type in ABOUT else None
    return chat if isinstance(chat, str) else chat_of(event.data) if chat else None


def _own_numbers(connection: Connection, numbered: Numbered) -> dict[int, str]:
    """The numbers linked last, of the empresas with events that do not say to which they came."""
    silent = [
        empresa_id
        for empresa_id, pairs in numbered.items()
        if any(new.own is None and new.type in ABOUT for new, _ in pairs)
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
        connection.execute(_INSERT, rows)


def _complete(connection: Connection, filed: Sequence[tuple[int, Filed]]) -> None:
    """What can be read only now."""
    rows = [
        {"empresa": empresa_id, "number_of_event": each.seq, **each.read}
        for empresa_id, each in filed
        if each.read is not None
    ]
    if rows:
        connection.execute(_UPDATE, rows)


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
        connection.execute(_UPDATE, rows)


def _text(changes: dict[str, Any]) -> str | None:
    return json_text(changes) if changes else None
