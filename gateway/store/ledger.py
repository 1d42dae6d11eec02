"""The statements about the ledger's table. What its hashes mean is known to `gateway.ledger` alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, insert, select, text

from gateway.store.database import Connection
from gateway.store.tables import ledger

Row = dict[str, Any]

_LOCK = 0x1EF1_0002
_HEAD = select(ledger.c.seq, ledger.c.hash, ledger.c.key).order_by(ledger.c.seq.desc()).limit(1)


async def head(connection: Connection) -> RowMapping | None:
    """The last row's seq, hash and key; None in an empty ledger."""
    return (await connection.execute(_HEAD)).mappings().one_or_none()


async def lock(connection: Connection) -> None:
    """Lets nobody else append until the transaction ends; one of SQLite that writes has that from its beginning."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Adds rows, each with every column."""
    await connection.execute(insert(ledger), rows)
