"""The ledger: one table, rows that are only ever added, and triggers that refuse everything else.

A later migration that adds a column to what a row says must make the triggers anew: they name every such column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TEXTS = (
    *("kind", "id", "at", "correlation_id", "consumer", "actor", "purpose", "ground", "person", "types"),
    *("period_from", "period_to", "face", "version", "upstream", "role", "reason", "result", "instance"),
)
_PAYLOAD = (*_TEXTS, "sent", "protected", "up_to")
_INDEXED = ("id", "at", "correlation_id", "person", "up_to")

_SQLITE = (
    """
    CREATE TRIGGER ledger_insert BEFORE INSERT ON ledger
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,  # INSERT OR REPLACE removes a row without asking the trigger for DELETE
    """
    CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
    """
    CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger
    WHEN NOT (
        NEW.seq IS OLD.seq AND NEW.key IS OLD.key AND NEW.digest IS OLD.digest AND NEW.hash IS OLD.hash
        AND coalesce(<payload>) IS NULL
        AND EXISTS (SELECT 1 FROM ledger WHERE up_to >= OLD.seq)
    )
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """,
)
_POSTGRESQL = (
    """
    CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.seq = OLD.seq AND NEW.key = OLD.key AND NEW.digest = OLD.digest AND NEW.hash = OLD.hash
                AND num_nonnulls(<payload>) = 0
                AND EXISTS (SELECT 1 FROM ledger WHERE up_to >= OLD.seq)
            THEN RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER ledger_rows BEFORE UPDATE OR DELETE ON ledger
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only()
    """,
    """
    CREATE TRIGGER ledger_table BEFORE TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()
    """,
)


def upgrade() -> None:
    """Makes the table."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "ledger",
        sa.Column("seq", number, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.String()) for name in _TEXTS),
        sa.Column("sent", sa.Boolean()),
        sa.Column("protected", sa.Boolean()),
        sa.Column("up_to", number),
        sa.PrimaryKeyConstraint("seq"),
    )
    for name in _INDEXED:
        there = sa.text(f"{name} IS NOT NULL")  # most rows have no person, and next to none an up_to
        op.create_index(f"ix_ledger_{name}", "ledger", [name], sqlite_where=there, postgresql_where=there)
    payload = ", ".join(f"NEW.{name}" for name in _PAYLOAD)
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement.replace("<payload>", payload))
