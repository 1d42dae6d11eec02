"""An order that is sent again with its `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): no second one.

Rule 1: of a consumer's orders with one key there is one, over all gateways: the database holds a key once.
Rule 2: neither the key nor what was sent is kept, but keyed hashes of them.
Rule 3: who reads an order says all the while that it does. One that has died does so no more, and its key is free.
Rule 4: what is refused, or breaks off, leaves its key free: it may be mended, and sent again with the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.consumers.caller import Headers
from gateway.consumers.stated import Stated
from gateway.errors import Conflict, Fault, InvalidRequest, Unprocessable
from gateway.jsonio import encode
from gateway.ledger.book import Ledger
from gateway.logs import log
from gateway.orders.sealing import Seals
from gateway.orders.spec import Spec
from gateway.orders.state import TAKING
from gateway.store import orders as store

Row = dict[str, Any]
Tree = dict[str, Any]

HEADER = "idempotency-key"
KEY = r'"(?:[ !#-\[\]-~]|\\["\\]){1,255}"'
"""A string of structured fields (RFC 9651 section 3.3.3), of 1-255 characters."""
_KEY = re.compile(KEY)
_AGAIN_SECONDS = 5
_BEATS = 4


def key_of(headers: Headers) -> str | None:
    """The key that an order was sent with, as it was spelled, or None; raises InvalidRequest."""
    given = headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0].strip()):
        raise InvalidRequest("", faults=(Fault(HEADER, "one text of 1-255 characters of ASCII in double quotes"),))
    return given[0].strip()


class Content:
    """The keyed hash of what an order says, made while its persons pass by; its spelling does not matter."""

    def __init__(self, seals: Seals, spec: Spec, stated: Stated) -> None:
        self._hash = seals.content()
        self._hash.update(encode([spec.model_dump_json(by_alias=True), stated.purpose, stated.ground]))

    async def over(self, persons: AsyncIterator[Tree]) -> AsyncGenerator[Tree]:
        """The persons, each of whom is taken into the hash."""
        async for person in persons:
            self._hash.update(b"\n" + encode([person.get("personnummer"), person.get("grupp", "")]))
            yield person

    def digest(self) -> bytes:
        """The hash of what has passed by."""
        return self._hash.digest()

    async def check(self, persons: AsyncIterator[Tree], earlier: Row) -> None:
        """Reads to the end; raises Unprocessable where it is not what was sent earlier."""
        async for _ in self.over(persons):
            pass
        if self.digest() != earlier["content"]:
            raise Unprocessable("", faults=(Fault(HEADER, "a key of its own for an order with another content"),))


def under_way() -> Conflict:
    """The refusal of an order while the one with the same key is read."""
    fault = Fault(HEADER, "the key of an order that is not being read just now")
    return Conflict("", faults=(fault,), retry_after=_AGAIN_SECONDS)


async def earlier(book: Ledger, request: bytes | None) -> Row | None:
    """The order that was taken with a key, if there is one; raises Conflict where it is still being read."""
    if request is None:
        return None
    async with book.database.reading() as connection:
        row = await store.of_request(connection, request)
        now = await store.now(connection)
    if row is None or row["state"] != TAKING:
        return row
    if row["steward_until"] < now:
        return None
    raise under_way()


async def begin(book: Ledger, row: Row, seconds: float) -> None:
    """Adds an order that is about to be read; raises Conflict where another with its key is."""
    async with book.transaction() as connection:
        now = await store.now(connection)
        if row["request"] is not None:
            await store.abandoned(connection, row["request"], now)
        added = await store.add(connection, row | {"steward_until": now + seconds})
    if not added:
        raise under_way()


@asynccontextmanager
async def reading(book: Ledger, order: str, seconds: float) -> AsyncGenerator[None]:
    """Says from time to time that the order is being read."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(seconds / _BEATS)
            try:
                async with book.transaction() as connection:
                    await store.still_taken(connection, order, await store.now(connection) + seconds)
            except Exception as error:  # noqa: BLE001  what is kept says so too, and whether that can be kept
                log.failure("order-beat-failed", error)

    task = asyncio.create_task(beat(), name="order-beat")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
