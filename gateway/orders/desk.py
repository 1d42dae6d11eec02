"""Orders over HTTP: placed, looked at, paused, gone on with, cancelled, and their results read.

Rule 1: another consumer's order is one that there is not.
Rule 2: no personnummer stands in an address, and nothing of a person in what is said of an order's progress.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from gateway import clock
from gateway.comparison.rules import Rules
from gateway.consumers.caller import Caller
from gateway.consumers.identify import Facts
from gateway.consumers.stated import state as state_of
from gateway.errors import (
    Conflict,
    Fault,
    InvalidRequest,
    LedgerUnavailable,
    NotAcceptable,
    NotFound,
    RequestTimeout,
    Unprocessable,
    UnsupportedMediaType,
)
from gateway.http import read, respond
from gateway.jsonio import JSON_TYPE, decode, encode, media_type
from gateway.ledger.book import Ledger
from gateway.logs import log
from gateway.orders import again, intake, spec
from gateway.orders.comparing import Comparer
from gateway.orders.intake import Taking
from gateway.orders.results import Results
from gateway.orders.settings import OrderSettings
from gateway.orders.state import DONE, MOVES, PAUSED, RUNNING, STOPPED, tree
from gateway.orders.steward import ended
from gateway.store import items
from gateway.store import orders as store
from gateway.store.database import FAILURES
from gateway.watched import Holding
from gateway.wire import WireResponse

Tree = dict[str, Any]
Identify = Callable[[Facts], Awaitable[Caller]]

PATH = "/v1/bestallningar"
NDJSON, CSV = "application/x-ndjson", "text/csv"
FIELDS_HEADER = "lefi-bestallning"
_JSON_BYTES = 1024 * 1024
_JSON_SECONDS = 10.0
_RETRY_SECONDS = 5
_LISTED = 100
_ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Desk:
    """Where orders are placed and looked at."""

    book: Ledger
    taking: Taking
    comparer: Comparer
    rules: Holding[Rules]
    identify: Identify
    per_minute: dict[str, int]
    settings: OrderSettings
    wake: Callable[[], None]

    async def place(self, request: Request) -> Response:
        """Takes an order; 202 with its address, and again where it was sent again with its key."""
        caller = await self.identify(Facts.of(request))
        stated = state_of(caller, request.headers)
        key = again.key_of(request.headers)
        try:
            async with asyncio.timeout(self.settings.body_seconds):
                fields, persons = await self._read(request, request.stream())
                async with aclosing(persons):
                    order = await self.taking.take(spec.read(fields), persons, caller, stated, clock.now(), key)
        except (TimeoutError, ClientDisconnect):
            expected = f"the whole body within {self.settings.body_seconds:g} seconds"
            raise RequestTimeout("", faults=(Fault("", expected),)) from None
        except FAILURES as error:
            raise self._failed(error) from None
        self.wake()
        row = await self._own(order, caller)
        answer = await self._said(row, status=_ACCEPTED)
        answer.headers["location"] = f"{PATH}/{order}"
        return answer

    async def listed(self, request: Request) -> Response:
        """The caller's newest orders."""
        caller = await self.identify(Facts.of(request))
        try:
            async with self.book.database.reading() as connection:
                rows = await store.of_consumer(connection, caller.name, _LISTED)
        except FAILURES as error:
            raise self._failed(error) from None
        found = [{"id": row["id"], "skapad": row["created"], "personer": row["persons"]} for row in rows]
        return _json({"bestallningar": found})

    async def status(self, request: Request) -> Response:
        """How far an order has come."""
        caller = await self.identify(Facts.of(request))
        return await self._said(await self._own(request.path_params["id"], caller))

    async def move(self, request: Request) -> Response:
        """Pauses, continues or cancels an order; what is with an agency already comes to its end."""
        caller = await self.identify(Facts.of(request))
        row = await self._own(request.path_params["id"], caller)
        come_from, to = MOVES[request.url.path.rpartition("/")[2]]
        try:
            async with self.book.transaction() as connection:
                if to in {RUNNING, PAUSED}:
                    moved = await store.move(connection, row["id"], come_from, state=to)
                else:
                    moved = await ended(connection, row["id"], come_from, to, "", self.settings.keep_days)
                await store.tell(connection)
        except FAILURES as error:
            raise self._failed(error) from None
        if not moved:
            raise Conflict("", faults=(Fault("/tillstand", "an order in a state from which this can be done"),))
        self.wake()
        return await self._said(await self._own(row["id"], caller))

    async def ask_again(self, request: Request) -> Response:
        """Lets what was sent with an unknown outcome be asked once more: a second disclosure, perhaps."""
        caller = await self.identify(Facts.of(request))
        row = await self._own(request.path_params["id"], caller)
        if row["state"] not in {RUNNING, PAUSED, DONE, STOPPED}:
            raise Conflict("", faults=(Fault("/tillstand", "an order that was not cancelled"),))
        try:
            async with self.book.transaction() as connection:
                if await items.ask_again(connection, row["id"]) and row["state"] != PAUSED:
                    await store.move(connection, row["id"], {DONE, STOPPED}, state=RUNNING, ended="", why="")
                await store.tell(connection)
        except FAILURES as error:
            raise self._failed(error) from None
        log.info("order-unknown-asked-again", consumer=caller.name)
        self.wake()
        return await self._said(await self._own(row["id"], caller))

    async def results(self, request: Request) -> Response:
        """The results so far, streamed."""
        caller = await self.identify(Facts.of(request))
        form = _wanted(request)
        row = await self._own(request.path_params["id"], caller)
        found = Results(self.book.database, self.comparer, row, caller)
        body = (found.ndjson if form == NDJSON else found.csv)(self.rules.current, clock.today())
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        return StreamingResponse(body, media_type=form, headers=headers)

    async def _read(self, request: Request, body: AsyncIterator[bytes]) -> tuple[Any, AsyncGenerator[Tree]]:
        kind, most = media_type(request.headers), self.settings.max_persons
        if kind == NDJSON:
            return await intake.ndjson(body, most)
        if kind == CSV:
            return _fields(request), intake.table(body, most)
        if kind == JSON_TYPE:
            return _small((await read(request, _JSON_BYTES, _JSON_SECONDS)).body)
        raise UnsupportedMediaType("", faults=(Fault("content-type", f"{NDJSON}, {CSV} or {JSON_TYPE}"),))

    async def _own(self, order: str, caller: Caller) -> Tree:
        """The order, if it is the caller's; raises NotFound."""
        try:
            async with self.book.database.reading() as connection:
                row = await store.get(connection, order)
        except FAILURES as error:
            raise self._failed(error) from None
        if row is None or row["consumer"] != caller.name:
            raise NotFound("", faults=(Fault("/id", "the id of an order of this consumer"),))
        return row

    async def _said(self, row: Tree, status: int = 200) -> Response:
        try:
            async with self.book.database.reading() as connection:
                counts = await store.counts(connection, row["id"])
        except FAILURES as error:
            raise self._failed(error) from None
        found = tree(row, counts, self.per_minute)
        if campaign := json.loads(row["found"]):
            found["kampanj"] = campaign
        return _json(found, status)

    @staticmethod
    def _failed(error: BaseException) -> LedgerUnavailable:
        """The ledger's database is the orders' too."""
        log.failure("orders-database-failed", error)
        return LedgerUnavailable(retry_after=_RETRY_SECONDS)


def _fields(request: Request) -> Any:
    given = request.headers.get(FIELDS_HEADER)
    try:
        return decode((given or "").encode("latin-1"))
    except ValueError:
        raise Unprocessable("", faults=(Fault(FIELDS_HEADER, "the order's own fields as JSON"),)) from None


def _small(body: bytes) -> tuple[Any, AsyncGenerator[Tree]]:
    """An order in one JSON object: its fields, and the persons among them."""
    try:
        given = decode(body)
    except ValueError:
        raise InvalidRequest("", faults=(Fault("", "a JSON object"),)) from None
    if not isinstance(given, dict) or not isinstance(given.get("personer"), list):
        raise InvalidRequest("", faults=(Fault("/personer", "a list of persons"),))
    persons = given.pop("personer")

    async def each() -> AsyncGenerator[Tree]:
        for place, one in enumerate(persons, start=1):
            yield intake.person_of(one, place)

    return given, each()


def _wanted(request: Request) -> str:
    accept = request.headers.get("accept", "*/*").lower()
    if CSV in accept:
        return CSV
    if any(one in accept for one in (NDJSON, "*/*", "application/*")):
        return NDJSON
    raise NotAcceptable("", faults=(Fault("accept", f"{NDJSON} or {CSV}"),))


def _json(body: Tree, status: int = 200) -> Response:
    return respond(WireResponse(status, {"content-type": JSON_TYPE}, encode(body)))
