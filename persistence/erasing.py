"""Erasing an empresa: begun by a mark that is committed, ended by removing it with the rest."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, Table, delete, insert, select, tuple_, update

from persistence.models import Empresa, Erasure, Model

#: Rows that one transaction removes: some milliseconds, as others wait to write.
SLICE = 500


def begin(connection: Connection, empresa_id: int) -> None:
    """Mark it; harmless twice, and for an empresa that is unknown."""
    is_known = connection.scalar(select(Empresa.id).where(Empresa.id == empresa_id))
    if is_known is not None and not _is_marked(connection, empresa_id):
        now = datetime.now(UTC)
        connection.execute(insert(Erasure).values(empresa_id=empresa_id, begun_at=now))


def erase_more(connection: Connection, empresa_id: int, most: int = SLICE) -> bool:
    """Remove at most so many rows of a marked empresa; True once nothing of it is left.

    Every table with an `empresa_id` is emptied of it, whatever is in it; mark and empresa go
    last, in one transaction. A reader meanwhile finds a ledger of which all is removed.
    """
    connection.execute(
        update(Empresa).where(Empresa.id == empresa_id).values(removed_seq=Empresa.last_seq)
    )
    for table in _tables():
        most -= _delete(connection, table, empresa_id, most)
        if most <= 0:
            return False
    connection.execute(delete(Erasure).where(Erasure.empresa_id == empresa_id))
    connection.execute(delete(Empresa).where(Empresa.id == empresa_id))
    return True


def go_on(connection: Connection, begun: Iterable[int], erased: Iterable[int]) -> frozenset[int]:
    """Mark some empresas and remove a slice of others; answers those of which nothing is left."""
    for each in begun:
        begin(connection, each)
    return frozenset(each for each in frozenset(erased) if erase_more(connection, each))


def _is_marked(connection: Connection, empresa_id: int) -> bool:
    found = select(Erasure.empresa_id).where(Erasure.empresa_id == empresa_id)
    return connection.scalar(found) is not None


def _tables() -> list[Table]:
    """Those with rows of empresas, each before the tables that it refers to."""
    mark = Model.metadata.tables[Erasure.__tablename__]
    tables = reversed(Model.metadata.sorted_tables)
    return [table for table in tables if "empresa_id" in table.columns and table is not mark]


def _delete(connection: Connection, table: Table, empresa_id: int, most: int) -> int:
    key = list(table.primary_key.columns)
    found = select(*key).where(table.c.empresa_id == empresa_id).order_by(*key).limit(most)
    return connection.execute(delete(table).where(tuple_(*key).in_(found))).rowcount
