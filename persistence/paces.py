"""How each empresa sends: what it has set, and what its number has sent lately."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from persistence.json_text import json_text
from persistence.models import Empresa, Pace
from persistence.outgoing_values import PaceState, Profile, StoredPace


def put_profiles(connection: Connection, profiles: Mapping[int, Profile]) -> None:
    """Replace what these empresas, all of them known, have set."""
    for empresa_id, profile in profiles.items():
        connection.execute(
            update(Empresa)
            .where(Empresa.id == empresa_id)
            .values(name=profile.name, timezone=profile.timezone)
        )
        _put(connection, empresa_id, settings=json_text(profile.settings))


def put_states(connection: Connection, states: Mapping[int, PaceState]) -> None:
    """Replace what is remembered of these empresas' sending; all of them are known."""
    for empresa_id, state in states.items():
        _put(connection, empresa_id, number=state.number, state=json_text(state.state))


def find(connection: Connection, empresa_id: int) -> StoredPace | None:
    """All of it; None: the empresa is unknown."""
    found = (
        select(Empresa.name, Empresa.timezone, Pace.settings, Pace.number, Pace.state)
        .select_from(Empresa)
        .outerjoin(Pace, Pace.empresa_id == Empresa.id)
        .where(Empresa.id == empresa_id)
    )
    row = connection.execute(found).one_or_none()
    if row is None:
        return None
    settings = {} if row.settings is None else json.loads(row.settings)
    state = None if row.state is None else PaceState(row.number, json.loads(row.state))
    return StoredPace(Profile(row.name, row.timezone, settings), state)


def _put(connection: Connection, empresa_id: int, **values: str | None) -> None:
    mine = Pace.empresa_id == empresa_id
    if not connection.execute(update(Pace).where(mine).values(**values)).rowcount:
        connection.execute(insert(Pace).values(empresa_id=empresa_id, **values))
