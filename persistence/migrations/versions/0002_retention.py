"""Retention: what it has removed of each ledger, and the keys that outlive their events."""

import sqlalchemy as sa
from alembic import op

from persistence.models import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Nothing is removed yet."""
    op.add_column(
        "empresas", sa.Column("removed_seq", sa.BigInteger, nullable=False, server_default="0")
    )
    op.create_table(
        "removed_keys",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("empresa_id", "key", name="pk_removed_keys"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_removed_keys_empresa_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_removed_keys_at", "removed_keys", ["at"])
