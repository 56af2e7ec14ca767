"""The files that messages brought."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the table. Of earlier messages nothing is fetched."""
    op.create_table(
        "media",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("empresa_id", "seq", name="pk_media"),
        sa.UniqueConstraint("empresa_id", "id", name="uq_media_empresa_id_id"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_media_empresa_id"),
    )
    op.create_index("ix_media_next_at", "media", ["next_at"])
