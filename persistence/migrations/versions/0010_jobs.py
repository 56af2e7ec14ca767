"""Jobs: many messages that were accepted as one."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table, and what finds a job's messages."""
    op.create_table(
        "jobs",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.BigInteger, nullable=False),
        sa.Column("is_paused", sa.Boolean, nullable=False),
        sa.Column("is_cancelled", sa.Boolean, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("told", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("empresa_id", "id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_jobs_empresa_id"),
        sa.UniqueConstraint("empresa_id", "number", name="uq_jobs_empresa_id_number"),
    )
    op.create_index(
        "ix_outgoing_empresa_id_job_number", "outgoing", ["empresa_id", "job", "number"]
    )
    op.create_index("ix_jobs_at", "jobs", ["at"])
