"""Orders that are sent again are known by keyed hashes; a package that is sent to us finds its order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the columns and the indexes."""
    op.add_column("orders", sa.Column("request", sa.LargeBinary()))
    op.add_column("orders", sa.Column("content", sa.LargeBinary()))
    op.create_index("ix_orders_request", "orders", ["request"], unique=True)
    op.create_index("ix_order_events_reference", "order_events", ["reference", "seq"])
