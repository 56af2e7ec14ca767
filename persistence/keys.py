"""The form in which an event's key is stored, and finding those that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, select, union_all

from persistence.chunks import chunks
from persistence.models import Event, RemovedKey
from persistence.values import NewEvent

# Made once: to make a statement takes longer than to carry it out.
_KEYS: Any = bindparam("keys", expanding=True)
_EMPRESA: Any = bindparam("empresa")
_KNOWN: Any = union_all(
    select(Event.key).where(Event.empresa_id == _EMPRESA, Event.key.in_(_KEYS)),
    select(RemovedKey.key).where(RemovedKey.empresa_id == _EMPRESA, RemovedKey.key.in_(_KEYS)),
)

#: Bytes; an index of PostgreSQL takes no more than some 2,700.
LONGEST = 500


def stored_key(key: str | None) -> str | None:
    """The key itself, or a hash of one that not every engine could store.

    A stranger may choose an id: his message must not be refused for it, nor come twice.
    """
    if key is None:
        return None
    raw = key.encode("utf-8", "surrogatepass")
    is_plain = len(raw) <= LONGEST and b"\0" not in raw and not _has_surrogates(key)
    return key if is_plain else f"sha256:{sha256(raw).hexdigest()}"


def without_repeats(
    connection: Connection, empresa_id: int, offered: Sequence[NewEvent]
) -> list[tuple[NewEvent, str | None]]:
    """Those events, with their stored keys, that the empresa never had; the first of equals."""
    keyed = [(event, stored_key(event.key)) for event in offered]
    known = _known(connection, empresa_id, [key for _, key in keyed if key is not None])
    fresh = []
    for event, key in keyed:
        if key is None or key not in known:
            fresh.append((event, key))
        if key is not None:
            known.add(key)
    return fresh


def _known(connection: Connection, empresa_id: int, keys: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for some in chunks(keys):
        known.update(connection.scalars(_KNOWN, {"empresa": empresa_id, "keys": some}))
    return known


def _has_surrogates(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)
