"""The statements about compared pairs. What their JSON means is known to `gateway.evidence` and `gateway.pairs`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, tuple_

from gateway.store.database import Connection
from gateway.store.tables import pairs

Row = dict[str, Any]

_PAGE = 500
_SAID = tuple(column for column in pairs.columns if column.name != "sealed")


async def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Adds rows, each with every column but its number."""
    await connection.execute(insert(pairs), rows)


async def by_person(
    connection: Connection, consumer: str, sides: tuple[str, str], since: str
) -> AsyncGenerator[Row, None]:
    """A consumer's pairs of two connections since a time, whichever was in front, all of one person together."""
    order = tuple_(pairs.c.person, pairs.c.seq)
    after: tuple[str, int] = ("", 0)
    while True:
        query = (
            select(*_SAID)
            .where(pairs.c.consumer == consumer, _between(sides), pairs.c.at >= since, order > after)
            .order_by(pairs.c.person, pairs.c.seq)
            .limit(_PAGE)
        )
        found = (await connection.execute(query)).mappings().all()
        for row in found:
            yield dict(row)
            after = (row["person"], row["seq"])
        if len(found) < _PAGE:
            return


async def lately(
    connection: Connection, consumer: str, sides: tuple[str, str], since: str
) -> AsyncGenerator[Row, None]:
    """A consumer's pairs since a time that the first connection answered in front, in the order of their times."""
    front, back = sides
    after: tuple[str, int] = (since, 0)
    while True:
        query = (
            select(*_SAID)
            .where(pairs.c.consumer == consumer, pairs.c.front == front, pairs.c.back == back)
            .where(tuple_(pairs.c.at, pairs.c.seq) > after)
            .order_by(pairs.c.at, pairs.c.seq)
            .limit(_PAGE)
        )
        found = (await connection.execute(query)).mappings().all()
        for row in found:
            yield dict(row)
            after = (row["at"], row["seq"])
        if len(found) < _PAGE:
            return


async def sealed(connection: Connection, consumer: str, sides: tuple[str, str], since: str) -> AsyncGenerator[Row]:
    """A consumer's pairs of two connections that have something sealed, whichever was in front, oldest first."""
    after = 0
    while True:
        query = (
            select(pairs)
            .where(pairs.c.consumer == consumer, _between(sides), pairs.c.at >= since)
            .where(pairs.c.sealed.is_not(None), pairs.c.seq > after)
            .order_by(pairs.c.seq)
            .limit(_PAGE)
        )
        found = (await connection.execute(query)).mappings().all()
        for row in found:
            yield dict(row)
            after = row["seq"]
        if len(found) < _PAGE:
            return


def _between(sides: tuple[str, str]) -> ColumnElement[bool]:
    front, back = sides
    return or_(
        (pairs.c.front == front) & (pairs.c.back == back),
        (pairs.c.front == back) & (pairs.c.back == front),
    )


async def kinds(connection: Connection) -> list[Row]:
    """Which consumers have pairs of which connections, and how many."""
    of = (pairs.c.consumer, pairs.c.front, pairs.c.back)
    query = select(*of, func.count().label("pairs"), func.max(pairs.c.at).label("last")).group_by(*of).order_by(*of)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def of_question(connection: Connection, correlation_id: str) -> list[Row]:
    """The pairs that one question led to, with what is sealed."""
    query = select(pairs).where(pairs.c.correlation_id == correlation_id).order_by(pairs.c.seq)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def remove(connection: Connection, before: str) -> int:
    """Removes the pairs from before a time; how many there were."""
    return (await connection.execute(delete(pairs).where(pairs.c.at < before))).rowcount
