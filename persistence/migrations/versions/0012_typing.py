"""Messages before which somebody is seen typing."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add for how long. Before the messages that are there nobody types."""
    op.add_column("outgoing", sa.Column("typing_ms", sa.BigInteger))
