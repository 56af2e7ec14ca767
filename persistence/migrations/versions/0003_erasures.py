"""Erasures that have begun, so that the next start finishes them."""

import sqlalchemy as sa
from alembic import op

from persistence.models import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """None has begun."""
    op.create_table(
        "erasures",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("begun_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("empresa_id", name="pk_erasures"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_erasures_empresa_id"),
    )
