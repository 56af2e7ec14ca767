"""Messages that were marked as read here, of which WhatsApp is still to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table. What was marked as read before stays untold."""
    op.create_table(
        "untold_reads",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("empresa_id", "seq", name="pk_untold_reads"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_untold_reads_empresa_id"),
    )
