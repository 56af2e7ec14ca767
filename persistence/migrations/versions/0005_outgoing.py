"""The messages that the API accepts, the keys of repeats, and the chats that are known."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "outgoing",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recipient", sa.JSON, nullable=False),
        sa.Column("chat", sa.Text),
        sa.Column("lane", sa.Text, nullable=False),
        sa.Column("job", sa.Text),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("states", sa.JSON, nullable=False),
        sa.Column("secret", sa.LargeBinary),
        sa.Column("client", sa.Text),
        sa.Column("store", sa.Text),
        sa.Column("whatsapp_id", sa.Text),
        sa.PrimaryKeyConstraint("empresa_id", "id", name="pk_outgoing"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_outgoing_empresa_id"),
        sa.UniqueConstraint("empresa_id", "number", name="uq_outgoing_empresa_id_number"),
        sa.UniqueConstraint("empresa_id", "whatsapp_id", name="uq_outgoing_empresa_id_whatsapp_id"),
    )
    op.create_index(
        "ix_outgoing_empresa_id_is_open_number", "outgoing", ["empresa_id", "is_open", "number"]
    )
    op.create_table(
        "chats",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("phone", sa.Text),
        sa.Column("heard_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("empresa_id", "id", name="pk_chats"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_chats_empresa_id"),
    )
    op.create_index("ix_chats_empresa_id_phone", "chats", ["empresa_id", "phone"])
    op.create_table(
        "idempotency_keys",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("empresa_id", "key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(
            ["empresa_id"], ["empresas.id"], name="fk_idempotency_keys_empresa_id"
        ),
    )
    op.create_index("ix_idempotency_keys_at", "idempotency_keys", ["at"])
