"""The statements about the ledger's table. What its hashes mean is known to `gateway.ledger` alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, select, text, update

from gateway.store.database import Connection
from gateway.store.tables import PAYLOAD, ledger

Row = dict[str, Any]
Pairs = AsyncGenerator[tuple[Row, Row | None], None]
"""Intents, each with its outcome if there is one; to be closed."""

PAGE = 500
"""How many rows are in memory at once."""

_LOCK = 0x1EF1_0002
_seq, _id = ledger.c.seq, ledger.c.id
_HEAD = select(_seq, ledger.c.hash, ledger.c.key).order_by(_seq.desc()).limit(1)
_OTHER = ledger.alias("other")


async def head(connection: Connection) -> Row | None:
    """The last row's seq, hash and key; None in an empty ledger."""
    return next(iter(await _rows(connection, _HEAD)), None)


async def lock(connection: Connection) -> None:
    """Lets nobody else append until the transaction ends; one of SQLite that writes has that from its beginning."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Adds rows, each with every column."""
    await connection.execute(insert(ledger), rows)


async def page(connection: Connection, after: int, rows: int = PAGE) -> list[Row]:
    """The next rows after a seq, in order."""
    query = select(ledger).where(_seq > after).order_by(_seq).limit(rows)
    return await _rows(connection, query)


async def count(connection: Connection, kind: str) -> int:
    """How many rows of a kind there are."""
    return await _number(connection, select(func.count()).where(ledger.c.kind == kind))


async def count_alone(connection: Connection, kind: str, other: str) -> int:
    """How many rows of a kind have no row of another kind with their id."""
    pair = select(_OTHER.c.seq).where(_OTHER.c.id == _id, _OTHER.c.kind == other)
    return await _number(connection, select(func.count()).where(ledger.c.kind == kind, ~pair.exists()))


def of_persons(connection: Connection, persons: Sequence[str]) -> Pairs:
    """The intents about a person, by all pseudonyms, each with its outcome."""
    return _pairs(connection, ledger.c.person.in_(persons))


def between(connection: Connection, start: str, end: str) -> Pairs:
    """The intents of which either row was written from `start` on and before `end`, each with its outcome."""
    touched = select(_OTHER.c.id).where(_OTHER.c.at >= start, _OTHER.c.at < end)
    return _pairs(connection, _id.in_(touched))


async def results(connection: Connection, consumer: str, upstream: str, since: str) -> list[tuple[str, str]]:
    """What became of a consumer's questions to a connection since a time, those for comparison apart: types, result."""
    query = (
        select(ledger.c.types, _OTHER.c.result)
        .join(_OTHER, (_OTHER.c.id == _id) & (_OTHER.c.kind == "outcome"))
        .where(ledger.c.kind == "intent", ledger.c.at >= since, ledger.c.consumer == consumer)
        .where(ledger.c.upstream == upstream, ledger.c.role.in_(("primary", "fallback")))
    )
    return [(str(types), str(result)) for types, result in await connection.execute(query)]


async def last_before(connection: Connection, at: str) -> int:
    """The seq up to which all rows were written before a time."""
    younger = await _number(connection, select(func.min(_seq)).where(ledger.c.at >= at))
    return younger - 1 if younger else await _number(connection, select(func.max(_seq)))


async def last_empty(connection: Connection) -> int:
    """The seq up to which the rows have lost their content, if any has."""
    full = await _number(connection, select(func.min(_seq)).where(ledger.c.kind.is_not(None)))
    return full - 1 if full else await _number(connection, select(func.max(_seq)))


async def purged(connection: Connection) -> int:
    """The seq up to which rows may have lost their content; 0 where none may."""
    return await _number(connection, select(func.max(ledger.c.up_to)))


async def empty(connection: Connection, after: int, up_to: int) -> None:
    """Removes what the rows after one seq and up to another say."""
    where = (_seq > after, _seq <= up_to, ledger.c.kind.is_not(None))
    await connection.execute(update(ledger).where(*where).values(dict.fromkeys(PAYLOAD)))


async def _pairs(connection: Connection, which: ColumnElement[bool]) -> Pairs:
    after = 0
    while True:
        query = select(ledger).where(ledger.c.kind == "intent", which, _seq > after).order_by(_seq).limit(PAGE)
        intents = await _rows(connection, query)
        ids = [row["id"] for row in intents]
        query = select(ledger).where(ledger.c.kind == "outcome", _id.in_(ids)).order_by(_seq)
        outcomes = {row["id"]: row for row in await _rows(connection, query)}
        for row in intents:
            yield row, outcomes.get(row["id"])
            after = row["seq"]
        if len(intents) < PAGE:
            return


async def _rows(connection: Connection, query: Select[Any]) -> list[Row]:
    return [row._asdict() for row in await connection.execute(query)]


async def _number(connection: Connection, query: Select[Any]) -> int:
    return int((await connection.execute(query)).scalar() or 0)
