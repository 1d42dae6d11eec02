"""Pairs of answers that were compared, and cutovers with everything that became of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_PAIRS = ("at", "correlation_id", "consumer", "person", "front", "front_version", "back", "back_version")
_CUTOVERS = ("consumer", "types", "old", "new", "rule", "certificate", "ramp", "begun")


def upgrade() -> None:
    """Makes the tables."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "pairs",
        sa.Column("seq", number, primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in (*_PAIRS, "problem", "fields", "differences")),
        sa.Column("sealed", sa.LargeBinary()),
    )
    op.create_index("ix_pairs_consumer", "pairs", ["consumer", "front", "back", "at"])
    op.create_index("ix_pairs_person", "pairs", ["consumer", "person", "seq"])
    op.create_index("ix_pairs_at", "pairs", ["at"])
    op.create_index("ix_pairs_correlation_id", "pairs", ["correlation_id"])
    op.create_table(
        "cutovers",
        sa.Column("id", sa.String(), primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in _CUTOVERS),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(), nullable=False),
        sa.Column("rolled_back", sa.String(), nullable=False),
    )
    op.create_table(
        "cutover_events",
        sa.Column("seq", number, primary_key=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("at", "cutover", "what")),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
    )
    op.create_index("ix_cutover_events_cutover", "cutover_events", ["cutover", "seq"])
