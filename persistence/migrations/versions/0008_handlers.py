"""Each empresa's message handler: its settings, its place in the ledger, what it remembers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "handlers",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("last_failure", sa.Text),
        sa.PrimaryKeyConstraint("empresa_id", name="pk_handlers"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_handlers_empresa_id"),
    )
    op.create_table(
        "handler_memories",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("conversation", sa.Text, nullable=False),
        sa.Column("memory", sa.Text),
        sa.Column("said", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("empresa_id", "conversation", name="pk_handler_memories"),
        sa.ForeignKeyConstraint(
            ["empresa_id"], ["empresas.id"], name="fk_handler_memories_empresa_id"
        ),
    )
    op.create_index("ix_handler_memories_at", "handler_memories", ["at"])
