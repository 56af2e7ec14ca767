"""The first tables: empresas, the statuses of their sessions, their numbered events."""

import sqlalchemy as sa
from alembic import op

from persistence.models import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "empresas",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("timezone", sa.Text),
        sa.Column("wanted", sa.Boolean, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("ledger_id", sa.Text, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_empresas"),
    )
    op.create_table(
        "session_statuses",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("since", Moment, nullable=False),
        sa.Column("phone_number", sa.Text),
        sa.Column("until", Moment),
        sa.PrimaryKeyConstraint("empresa_id", name="pk_session_statuses"),
        sa.ForeignKeyConstraint(
            ["empresa_id"], ["empresas.id"], name="fk_session_statuses_empresa_id"
        ),
    )
    _create_events()
    op.create_table(
        "write_probes",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_write_probes"),
    )


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("key", sa.Text),
        sa.PrimaryKeyConstraint("empresa_id", "seq", name="pk_events"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_events_empresa_id"),
        sa.UniqueConstraint("empresa_id", "key", name="uq_events_empresa_id_key"),
    )
