"""Each conversation in one row, led on as its messages come: nothing is read for it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_

from persistence.filed import Told
from persistence.models import Conversation
from persistence.upsert import upsert


def sum_up(connection: Connection, told: Mapping[tuple[int, str, str], Told]) -> None:
    """Add what was told of conversations, by empresa, own number and chat."""
    for is_read in (False, True):
        rows = [_row(*key, each) for key, each in told.items() if each.is_read is is_read]
        if rows:
            connection.execute(_upsert(connection.dialect.name, is_read=is_read), rows)


@cache
def _upsert(dialect: str, *, is_read: bool) -> Any:
    """`is_read`: what was unread before is not any more. To make it takes longer than to use it."""
    statement = upsert(dialect, Conversation)
    there, new = Conversation.__table__.c, statement.excluded
    is_later = or_(
        new.last_at > there.last_at,
        and_(new.last_at == there.last_at, new.last_seq > there.last_seq),
    )
    return statement.on_conflict_do_update(
        index_elements=["empresa_id", "number", "chat"],
        set_={
            "phone": func.coalesce(there.phone, new.phone),
            "lid": func.coalesce(there.lid, new.lid),
            "name": func.coalesce(new.name, there.name),
            "last_at": case((is_later, new.last_at), else_=there.last_at),
            "last_seq": case((is_later, new.last_seq), else_=there.last_seq),
            "unread": new.unread if is_read else there.unread + new.unread,
            "is_history": and_(there.is_history, new.is_history),
        },
    )


def _row(empresa_id: int, number: str, chat: str, told: Told) -> dict[str, Any]:
    return {
        "empresa_id": empresa_id,
        "number": number,
        "chat": chat,
        "phone": told.phone,
        "lid": told.lid,
        "name": told.name,
        "is_group": told.is_group,
        "last_at": told.last.at,
        "last_seq": told.last.seq,
        "unread": told.unread,
        "is_history": told.is_history,
    }
