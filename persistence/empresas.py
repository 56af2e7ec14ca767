"""The empresas, what they want and the last status of their sessions."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from persistence.models import Empresa, Erasure, Handler, SessionStatus
from persistence.values import LedgerHead, StoredEmpresa, StoredStatus

# Made once: to make a statement takes longer than to carry it out.
_HEADS = select(Empresa.id, Empresa.ledger_id, Empresa.last_seq).where(
    Empresa.id.in_(bindparam("ids", expanding=True))
)


def heads(connection: Connection, empresa_ids: Iterable[int]) -> dict[int, LedgerHead]:
    """Where the ledgers of these empresas stand; unknown ones are missing."""
    rows = connection.execute(_HEADS, {"ids": list(empresa_ids)})
    return {row.id: LedgerHead(row.id, row.ledger_id, row.last_seq) for row in rows}


def ensure(connection: Connection, empresa_ids: Iterable[int]) -> dict[int, LedgerHead]:
    """As `heads`, of all of them: those that are unknown are made, not wanting a connection."""
    ids = set(empresa_ids)
    found = heads(connection, ids)
    made = {each: LedgerHead(each, secrets.token_hex(16), 0) for each in ids - found.keys()}
    if made:
        now = datetime.now(UTC)
        connection.execute(
            insert(Empresa),
            [
                {
                    "id": head.empresa_id,
                    "wanted": False,
                    "created_at": now,
                    "ledger_id": head.ledger_id,
                    "last_seq": 0,
                }
                for head in made.values()
            ],
        )
    return found | made


def set_wanted(connection: Connection, wanted: Mapping[int, bool]) -> None:
    """Store whether each of these, all of them known, wants to be connected."""
    if wanted:
        connection.execute(
            update(Empresa).where(Empresa.id == bindparam("empresa")),
            [{"empresa": each, "wanted": value} for each, value in wanted.items()],
        )


def put_statuses(connection: Connection, statuses: Iterable[StoredStatus]) -> None:
    """Replace what is stored of these sessions; of one empresa the last counts."""
    rows = {
        status.empresa_id: {
            "state": status.state,
            "reason": status.reason,
            "since": status.since,
            "phone_number": status.phone_number,
            "until": status.until,
        }
        for status in statuses
    }
    if not rows:
        return
    key = SessionStatus.empresa_id
    stored = set(connection.scalars(select(key).where(key.in_(list(rows)))))
    changed = [{"empresa": each, **row} for each, row in rows.items() if each in stored]
    new = [{"empresa_id": each, **row} for each, row in rows.items() if each not in stored]
    if changed:
        connection.execute(update(SessionStatus).where(key == bindparam("empresa")), changed)
    if new:
        connection.execute(insert(SessionStatus), new)


def every(connection: Connection) -> tuple[StoredEmpresa, ...]:
    """All of them, by id."""
    joined = select(
        Empresa.id,
        Empresa.wanted,
        SessionStatus.state,
        SessionStatus.reason,
        SessionStatus.since,
        SessionStatus.phone_number,
        SessionStatus.until,
        Erasure.begun_at,
        Handler.name,
    )
    joined = joined.select_from(Empresa)
    joined = joined.outerjoin(SessionStatus, SessionStatus.empresa_id == Empresa.id)
    joined = joined.outerjoin(Erasure, Erasure.empresa_id == Empresa.id)
    joined = joined.outerjoin(Handler, Handler.empresa_id == Empresa.id)
    return tuple(
        StoredEmpresa(
            row.id,
            row.wanted,
            StoredStatus(row.id, row.state, row.reason, row.since, row.phone_number, row.until)
            if row.state is not None
            else None,
            is_erasing=row.begun_at is not None,
            has_handler=row.name is not None,
        )
        for row in connection.execute(joined.order_by(Empresa.id))
    )
