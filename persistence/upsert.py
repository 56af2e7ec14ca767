"""Inserting rows, or leading on those that are there: nothing is read for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite

from persistence.models import Model

#: Both engines know the clause, and spell it alike; SQLAlchemy has it in each of its dialects.
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(dialect: str, model: type[Model]) -> Any:
    """An INSERT that has `on_conflict_do_update` and `excluded`; `dialect`: a connection's name."""
    return _INSERTS[dialect](model)
