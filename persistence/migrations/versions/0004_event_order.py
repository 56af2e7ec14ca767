"""The order of all empresas' events: a position for each, and where the order stands.

Those that are there keep the order of their ledgers; between ledgers, that of their times.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

#: A clock that went back must not put an event before its predecessor in the ledger: each counts
#: as of the latest time so far.
_GIVE_POSITIONS = """
UPDATE events SET position = ordered.position
FROM (
    SELECT empresa_id, seq, row_number() OVER (ORDER BY reached, empresa_id, seq) AS position
    FROM (
        SELECT empresa_id, seq, max(at) OVER (PARTITION BY empresa_id ORDER BY seq) AS reached
        FROM events
    ) AS reaching
) AS ordered
WHERE events.empresa_id = ordered.empresa_id AND events.seq = ordered.seq
"""


def upgrade() -> None:
    """Give every event its position, and go on behind the last."""
    op.create_table(
        "event_orders",
        sa.Column("id", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text, nullable=False),
        sa.Column("last_position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_event_orders"),
    )
    op.add_column(
        "events", sa.Column("position", sa.BigInteger, nullable=False, server_default="0")
    )
    op.execute(_GIVE_POSITIONS)
    op.create_index("ix_events_position", "events", ["position"], unique=True)
    op.execute(
        sa.text(
            "INSERT INTO event_orders (id, order_id, last_position)"
            " SELECT 1, :order_id, coalesce(max(position), 0) FROM events"
        ).bindparams(order_id=secrets.token_hex(8))
    )
