"""Orders: what was ordered, about whom, what became of each person and version, who works at it, and how fast."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ORDERS = ("consumer", "state", "why", "spec", "found", "created", "ended", "expires")


def upgrade() -> None:
    """Makes the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "orders",
        sa.Column("id", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in _ORDERS),
        *(sa.Column(name, number, nullable=False) for name in ("persons", "asked")),
        sa.Column("budget", number),
        sa.Column("steward", sa.String(), nullable=False),
        sa.Column("steward_until", sa.Float(), nullable=False),
    )
    op.create_table(
        "order_persons",
        sa.Column("order_id", sa.String(), primary_key=True),
        sa.Column("place", number, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.LargeBinary(), nullable=False) for name in ("digest", "sealed")),
        sa.Column("compared", sa.LargeBinary()),
    )
    op.create_index("ix_order_persons_digest", "order_persons", ["order_id", "digest"], unique=True)
    op.create_table(
        "order_items",
        sa.Column("order_id", sa.String(), primary_key=True),
        sa.Column("place", number, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("upstream", "state", "worker", "intent")),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("answer", sa.LargeBinary()),
    )
    for name, columns, where in (
        ("waiting", ["order_id", "upstream", "place"], "state = 'waiting' AND worker = ''"),
        ("held", ["worker"], "worker <> ''"),
    ):
        there = sa.text(where)
        op.create_index(f"ix_order_items_{name}", "order_items", columns, sqlite_where=there, postgresql_where=there)
    op.create_index("ix_order_items_state", "order_items", ["order_id", "state", "upstream"])
    op.create_table(
        "order_workers",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("beat", sa.Float(), nullable=False),
    )
    op.create_table(
        "order_rates",
        sa.Column("upstream", sa.String(), primary_key=True),
        sa.Column("at", sa.Float(), nullable=False),
    )
