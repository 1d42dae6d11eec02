"""Coarse bands of age and period, and the caller's group, with every pair that is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_COLUMNS = ("age_band", "period_band", "caller_group")


def upgrade() -> None:
    """Adds the columns, empty for the pairs that are there."""
    for name in _COLUMNS:
        op.add_column("pairs", sa.Column(name, sa.String(), nullable=False, server_default=""))
