"""A package read row by row: one line is in memory at a time, and what is kept is kept before the next one is read.

Rule 1: a row counts only if it names a row of the order and the very person of that row's question. Anything else is an
        alarm, and nothing of it is kept or logged.
Rule 2: a package counts as read when as many rows came as its head says; what came of a shorter one stays, since each
        row stands for itself, and the package is read again when it comes again.
Rule 3: a row that cannot be read does not hide the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway import clock
from gateway.asynkron.answers import Making
from gateway.asynkron.book import Book, Books
from gateway.asynkron.events import Announced, Closed, Opened, RowCame, RowRefused
from gateway.errors import UpstreamWrongPerson
from gateway.logs import log
from gateway.people import names_another
from gateway.versions import Parsed

Tree = dict[str, Any]

_LARGE = 200_000
"""Bytes from which a row is read beside the event loop."""
_ALARMS = frozenset({"wrong_person", "unknown_row"})


class Broken(Exception):
    """A package that cannot be read on; `expected` says what was expected, and is free of values."""

    def __init__(self, expected: str) -> None:
        super().__init__(f"expected {expected}")
        self.expected = expected


class UnknownOrder(Exception):
    """A package of an order that we never placed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a package is read."""

    row_bytes: int
    package_bytes: int


@dataclass(frozen=True, slots=True)
class Received:
    """A package that was read to its end."""

    package: str
    rows: int


async def lines(chunks: AsyncIterable[bytes], limits: Limits) -> AsyncGenerator[bytes]:
    """The lines of a body, without their ends, as they come; raises Broken for one, or a whole, over the limit."""
    rest = bytearray()
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > limits.package_bytes:
            raise Broken(f"a package of at most {limits.package_bytes} bytes")
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            line = bytes(rest) + chunk[start:end] if rest else chunk[start:end]
            rest.clear()
            start = end + 1
            if len(line) > limits.row_bytes:
                raise Broken(f"rows of at most {limits.row_bytes} bytes")
            if line.strip():
                yield line
        rest += chunk[start:]
        if len(rest) > limits.row_bytes:
            raise Broken(f"rows of at most {limits.row_bytes} bytes")
    if rest.strip():
        yield bytes(rest)


async def take(chunks: AsyncIterable[bytes], books: Books, making: Making, limits: Limits) -> Received:
    """Reads a package into the book of its order; raises Broken, UnknownOrder, and whatever the keeper raises."""
    today = clock.today()
    async with aclosing(lines(chunks, limits)) as each:
        book, head = await _head(await anext(each, b""), books, making, today)
        place = 0
        async for line in each:
            place += 1
            if place > head.rows:
                raise Broken(f"{head.rows} rows, as the head says")
            await _row(line, book, head.package, place, making, today)
    if place < head.rows:
        raise Broken(f"{head.rows} rows, as the head says")
    if not book.order.has_read(head.package):
        await book.record(Closed(head.package))
    return Received(head.package, place)


async def _head(line: bytes, books: Books, making: Making, today: date) -> tuple[Book, Announced]:
    parsed = making.upstream.parse_head(line, today)
    if parsed is None:
        raise Broken("a package's head on the first line")
    tree = parsed.tree
    book = await books.open(tree["referens"])
    if book is None or not book.order.reference:
        raise UnknownOrder
    head = Announced(tree["leveransId"], tree["lopnummer"], tree["antalRader"], tree["sista"])
    taken_as = book.order.service_id
    if taken_as and taken_as != tree["bestallningsId"]:
        raise Broken("the order's own identity in the head")
    if not book.order.has_read(head.package) or book.order.packages.get(head.package) != head:
        await book.record(Opened(tree["bestallningsId"], head))
    return book, head


async def _row(line: bytes, book: Book, package: str, place: int, making: Making, today: date) -> None:  # noqa: PLR0913, PLR0917
    upstream = making.upstream
    parsed = (
        upstream.parse_row(line, today)
        if len(line) < _LARGE
        else await asyncio.to_thread(upstream.parse_row, line, today)
    )
    why, row = _refusal(parsed, book)
    if parsed is None or why:
        refused = RowRefused(package, place, why, row)
        if book.order.knows_refusal(refused):  # the package came again
            return
        await book.record(refused)
        problem = UpstreamWrongPerson.type if why in _ALARMS else "upstream-invalid-answer"
        log.warning("a delivered row was refused", upstream=making.name, version=upstream.version, problem=problem)
        return
    event = RowCame(package, row, making.digest(parsed.tree), failed="fel" in parsed.tree)
    answer = making.answer(book.order, book.questions[row], parsed.tree, parsed.notes, clock.now())
    if await book.record_row(event, answer) == "changed":
        log.warning("a delivered row contradicts an earlier one", upstream=making.name, version=upstream.version)


def _refusal(parsed: Parsed | None, book: Book) -> tuple[str, str]:
    """Why a row is not kept, or an empty text; and the row of ours that it names, if it does."""
    if parsed is None:
        return "unreadable", ""
    row = parsed.tree["radId"]
    if not book.order.knows_row(row):
        return "unknown_row", ""
    fraga = book.questions[row]
    named = (parsed.tree, parsed.tree.get("svar", {}).get("person", {}))
    return ("wrong_person" if any(names_another(fraga, one) for one in named) else ""), row
