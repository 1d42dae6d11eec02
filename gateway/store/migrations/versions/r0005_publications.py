"""Routing and rules that machines share: numbered revisions that are only ever added, and triggers that see to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SQLITE = (
    """
    CREATE TRIGGER publications_insert BEFORE INSERT ON publications
    WHEN NEW.revision IS NOT (SELECT coalesce(max(revision), 0) + 1 FROM publications WHERE kind = NEW.kind)
    BEGIN SELECT RAISE(ABORT, 'publications are append-only'); END
    """,  # INSERT OR REPLACE removes a row without asking the trigger for DELETE
    """
    CREATE TRIGGER publications_update BEFORE UPDATE ON publications
    BEGIN SELECT RAISE(ABORT, 'publications are append-only'); END
    """,
    """
    CREATE TRIGGER publications_delete BEFORE DELETE ON publications
    BEGIN SELECT RAISE(ABORT, 'publications are append-only'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION publications_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'publications are append-only' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER publications_rows BEFORE UPDATE OR DELETE ON publications
    FOR EACH ROW EXECUTE FUNCTION publications_append_only()
    """,
    """
    CREATE TRIGGER publications_table BEFORE TRUNCATE ON publications
    FOR EACH STATEMENT EXECUTE FUNCTION publications_append_only()
    """,
)


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "publications",
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("at", "who", "note", "text")),
    )
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
