"""Conversations and their messages; and ended messages that the API sent, by their age."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables. They begin empty: of earlier events nobody knows the own number."""
    op.create_table(
        "conversations",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("chat", sa.Text, nullable=False),
        sa.Column("phone", sa.Text),
        sa.Column("lid", sa.Text),
        sa.Column("name", sa.Text),
        sa.Column("is_group", sa.Boolean, nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("unread", sa.BigInteger, nullable=False),
        sa.Column("is_history", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("empresa_id", "number", "chat", name="pk_conversations"),
        sa.ForeignKeyConstraint(
            ["empresa_id"], ["empresas.id"], name="fk_conversations_empresa_id"
        ),
    )
    op.create_index(
        "ix_conversations_empresa_id_number_last_at_last_seq",
        "conversations",
        ["empresa_id", "number", "last_at", "last_seq"],
    )
    op.create_index(
        "ix_conversations_empresa_id_number_phone",
        "conversations",
        ["empresa_id", "number", "phone"],
    )
    op.create_table(
        "messages",
        sa.Column("empresa_id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("chat", sa.Text, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sender_phone", sa.Text),
        sa.Column("sender_lid", sa.Text),
        sa.Column("from_me", sa.Boolean, nullable=False),
        sa.Column("timestamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("changes", sa.JSON),
        sa.Column("outgoing_id", sa.Text),
        sa.Column("raw", sa.LargeBinary),
        sa.PrimaryKeyConstraint("empresa_id", "seq", name="pk_messages"),
        sa.ForeignKeyConstraint(["empresa_id"], ["empresas.id"], name="fk_messages_empresa_id"),
    )
    op.create_index(
        "ix_messages_empresa_id_number_chat_timestamp_seq",
        "messages",
        ["empresa_id", "number", "chat", "timestamp", "seq"],
    )
    op.create_index("ix_messages_empresa_id_id", "messages", ["empresa_id", "id"])
    op.create_index("ix_outgoing_is_open_at", "outgoing", ["is_open", "at"])
