"""What has become of orders that are executed through LEFI Asynkron, event by event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "order_events",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_order_events_order", "order_events", ["order_id", "seq"])
