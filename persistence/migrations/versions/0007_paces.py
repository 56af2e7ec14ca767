"""How each empresa sends: its settings, and what was sent lately under its number."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table. What waits already goes on as it was: at once."""
    op.create_table(
        "paces",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("settings", sa.Text),
        sa.Column("number", sa.Text),
        sa.Column("state", sa.Text),
        sa.PrimaryKeyConstraint("empresa_id", name="pk_paces"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_paces_empresa_id"),
    )
