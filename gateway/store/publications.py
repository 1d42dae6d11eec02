"""The statements about what is published: routing and rules, as revisions that are only ever added."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, select, text

from gateway.store.database import Connection
from gateway.store.tables import publications

Row = dict[str, Any]

CHANNEL = "lefi_published"
_LOCK = 0x1EF1_0003
_c = publications.c


async def lock(connection: Connection) -> None:
    """Lets nobody else publish until the transaction ends; one of SQLite that writes has that from its beginning."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def add(connection: Connection, row: Row) -> None:
    """Adds a revision; whoever listens is told when the transaction ends."""
    await connection.execute(insert(publications), [row])
    if connection.dialect.name == "postgresql":
        await connection.execute(text(f"NOTIFY {CHANNEL}"))


async def mark(connection: Connection, kind: str) -> tuple[int, str] | None:
    """Number and time of the newest revision: another one has another mark, in a restored database too."""
    query = select(_c.revision, _c.at).where(_c.kind == kind).order_by(_c.revision.desc()).limit(1)
    found = (await connection.execute(query)).first()
    return None if found is None else (int(found[0]), str(found[1]))


async def get(connection: Connection, kind: str, revision: int | None) -> Row | None:
    """A revision, the newest where no number is given."""
    query = select(publications).where(_c.kind == kind)
    query = query.order_by(_c.revision.desc()).limit(1) if revision is None else query.where(_c.revision == revision)
    found = (await connection.execute(query)).mappings().first()
    return None if found is None else dict(found)


async def all_of(connection: Connection, kind: str) -> list[Row]:
    """Every revision, oldest first, without its text."""
    said = [column for column in publications.columns if column.name != "text"]
    query = select(*said).where(_c.kind == kind).order_by(_c.revision)
    return [dict(row) for row in (await connection.execute(query)).mappings()]
