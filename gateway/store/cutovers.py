"""The statements about cutovers and their events. What a state means is known to `gateway.cutover` alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, insert, select, update

from gateway.store.database import Connection
from gateway.store.tables import cutover_events, cutovers

Row = dict[str, Any]


async def add(connection: Connection, row: Row) -> None:
    """Adds a cutover with its first state."""
    await connection.execute(insert(cutovers), [row])


async def all_of(connection: Connection) -> list[Row]:
    """Every cutover, the one that was begun last at the end."""
    query = select(cutovers).order_by(cutovers.c.begun, cutovers.c.id)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def change(connection: Connection, id_: str, before: Row, after: Row) -> bool:
    """A state in place of another; False where somebody else was faster."""
    same = [cutovers.c[name] == value for name, value in before.items()]
    statement = update(cutovers).where(cutovers.c.id == id_, *same).values(after)
    return (await connection.execute(statement)).rowcount == 1


async def note(connection: Connection, row: Row) -> None:
    """Adds an event."""
    await connection.execute(insert(cutover_events), [row])


async def count(connection: Connection, what: str) -> dict[str, int]:
    """How often something became of each cutover, for those that it did."""
    of = cutover_events.c.cutover
    query = select(of, func.count()).where(cutover_events.c.what == what).group_by(of)
    return {str(cutover): int(times) for cutover, times in await connection.execute(query)}


async def events(connection: Connection, id_: str) -> list[Row]:
    """What became of a cutover, oldest first."""
    query = select(cutover_events).where(cutover_events.c.cutover == id_).order_by(cutover_events.c.seq)
    return [dict(row) for row in (await connection.execute(query)).mappings()]
