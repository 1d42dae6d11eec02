"""Placing an order: sent once whatever happens, reconciled by our reference, refused before anything is sent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.asynkron.events import Intended, RowCame
from gateway.asynkron.order import Stage
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.errors import Conflict, Unprocessable, UpstreamError, UpstreamFault, UpstreamInvalidAnswer, UpstreamTimeout
from gateway.jsonio import encode
from tests.asynkron.running import ORDINARY, House, Shelf, fraga, house, listening, questions, until, until_complete


def asked(made: House) -> int:
    return sum(made.counted()["personer"].values())


async def test_an_order_that_was_placed_is_not_placed_again() -> None:
    async with house() as made, aclosing(made.source()) as source:
        book = made.shelf.new(questions())
        assert await source.place(book) == Stage.ACKNOWLEDGED
        for again in (book, made.shelf.restarted(book)):
            with pytest.raises(Conflict):
                await source.place(again)
        assert made.counted()["fragor"] == {"asynkron10 bestall": 1}
        assert made.shelf.kinds(book) == ["Intended", "Acknowledged"]


async def test_a_lost_acknowledgement_is_reconciled_by_our_reference_and_nothing_is_sent_again() -> None:
    async with house() as made, aclosing(made.source("asynkron.forlorad_kvittens")) as source:
        book = made.shelf.new(questions())
        assert await source.place(book) == Stage.OUTCOME_UNKNOWN
        with pytest.raises(Conflict):
            await source.place(book)
        with pytest.raises(Conflict):
            await source.cancel(book)
        assert await source.poll(book) == Stage.ACKNOWLEDGED
        assert book.order.service_id == "B1"
        assert await source.collect(book) == Stage.COMPLETE
        assert asked(made) == len(book.questions)
        assert made.counted()["fragor"]["asynkron10 bestall"] == 1


async def test_an_order_that_never_arrived_is_absent_and_stays_unknown() -> None:
    async with house() as made, aclosing(made.source("asynkron.forlorad_bestallning")) as source:
        book = made.shelf.new(questions())
        await source.place(book)
        for _ in range(2):
            assert await source.poll(book) == Stage.OUTCOME_UNKNOWN
        assert book.order.absent
        assert made.shelf.kinds(book) == ["Intended", "Unacknowledged", "Absent"]
        with pytest.raises(Conflict):
            await source.place(book)
        assert asked(made) == 0


async def test_a_process_that_died_while_sending_leaves_an_order_of_unknown_outcome() -> None:
    async with house() as made, aclosing(made.source("asynkron.forlorad_kvittens")) as source:
        book = made.shelf.new(questions())
        await source.place(book)
        del made.shelf.records[book.reference][1:]  # killed once the intent was written
        book = made.shelf.restarted(book)
        assert book.order.stage == Stage.SENT
        assert await source.interrupted(book) == Stage.OUTCOME_UNKNOWN
        assert await source.interrupted(book) == Stage.OUTCOME_UNKNOWN
        assert await source.collect(book) == Stage.COMPLETE
        assert asked(made) == len(book.questions)


async def test_an_order_of_which_no_byte_left_may_be_placed_again() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    async with house() as made, aclosing(made.source(url=nowhere)) as away, aclosing(made.source()) as source:
        book = made.shelf.new(questions())
        assert await away.place(book) == Stage.NOT_SENT
        assert book.order.problem == "upstream-unavailable"
        with pytest.raises(Conflict):
            await away.poll(book)
        assert await source.place(made.shelf.restarted(book)) == Stage.ACKNOWLEDGED


@pytest.mark.parametrize("aktor", ["okand", "asynkron.nagot_annat"])
async def test_an_actor_that_may_not_order_is_refused(aktor: str) -> None:
    async with house() as made, aclosing(made.source(aktor)) as source:
        book = made.shelf.new(questions())
        assert await source.place(book) == Stage.FAILED
        assert book.order.problem == "upstream-fault"
        assert asked(made) == 0


async def test_an_actor_with_few_rights_is_refused_type_by_type() -> None:
    types = (("formansinformation", "FK:SJP"), ("formansinformation", "FK:FP"))
    async with house() as made, aclosing(made.source("begransad")) as source:
        book = made.shelf.new({"r1": fraga(ORDINARY[0], types)})
        await source.place(book)
        await source.collect(book)
        outcomes = [one["utfall"] for one in made.shelf.answers[book.reference]["r1"]["tackning"]]
        assert outcomes[0] != "ej_behorig"
        assert outcomes[1] == "ej_behorig"


async def test_another_actor_does_not_see_the_order() -> None:
    async with house() as made, aclosing(made.source()) as source, aclosing(made.source("annan")) as other:
        book = made.shelf.new(questions())
        await source.place(book)
        with pytest.raises(UpstreamInvalidAnswer):
            await other.poll(book)
        with pytest.raises(UpstreamInvalidAnswer):
            await other.cancel(book)
        with pytest.raises(UpstreamFault):
            await other.fetch(book, "B1-1")


async def test_what_cannot_be_ordered_is_refused_before_anything_is_written() -> None:
    bad = {"r1": fraga(ORDINARY[0]), "r2": fraga("199001019800"), "r3": {**fraga(ORDINARY[1]), "period": _LONG}}
    async with house() as made, aclosing(made.source()) as source:
        for rows, paths in ((bad, ["/rader/r2/personnummer", "/rader/r3/period"]), ({}, ["/rader"])):
            book = made.shelf.new(rows)
            with pytest.raises(Unprocessable) as refused:
                await source.place(book)
            assert [fault.path for fault in refused.value.faults] == paths
            assert made.shelf.records[book.reference] == []
        assert made.counted()["fragor"] == {}


_LONG = {"from": "2020-01-01", "tom": "2024-01-01"}


@pytest.mark.parametrize("fault", ["sen", "delad.sen"])
async def test_an_order_can_be_cancelled(fault: str) -> None:
    async with house() as made, aclosing(made.source(f"asynkron.{fault}")) as source:
        book = made.shelf.new(questions())
        await source.place(book)
        await source.poll(book)
        assert await source.cancel(book) == Stage.CANCELLED
        assert book.order.cancel_sent
        with pytest.raises(Conflict):
            await source.cancel(book)
        assert set(book.order.result().missing.values()) == {"cancelled"}
        assert await source.collect(book) == Stage.CANCELLED


async def test_what_was_delivered_before_the_cancellation_stays() -> None:
    async with house() as made, aclosing(made.source("asynkron.delad.sen")) as source:
        book = made.shelf.new(questions())
        await source.place(book)
        await source.collect(book)
        assert await source.collect(book) == Stage.DELIVERING
        assert await source.cancel(book) == Stage.CANCELLED
        assert set(book.order.result().missing) == {"r3", "r4", "r5"}
        assert made.shelf.restarted(book).order.stage == Stage.CANCELLED


async def test_an_order_that_is_done_cannot_be_cancelled_any_more() -> None:
    async with house() as made, aclosing(made.source()) as source:
        book = made.shelf.new(questions())
        await source.place(book)
        assert await source.cancel(book) == Stage.ACKNOWLEDGED
        assert await source.collect(book) == Stage.COMPLETE


async def test_nothing_is_sent_of_an_order_that_was_cancelled_in_time() -> None:
    async with house(delivery="push") as made, aclosing(made.source("asynkron.sen")) as source:
        book = made.shelf.new(questions())
        await source.place(book)
        assert await source.cancel(book) == Stage.CANCELLED
        await asyncio.sleep(1.3)
        assert book.order.kept == {}


async def test_what_cannot_be_kept_is_not_counted_and_comes_again() -> None:
    async with house(delivery="push") as made, aclosing(made.source()) as source:
        made.shelf.refused_rows = 0
        book = made.shelf.new(questions())
        await source.place(book)
        await until(lambda: made.shelf.refused_rows)
        assert book.order.kept == {}
        made.shelf.refused_rows = None
        await until_complete(source, book)


async def test_what_is_not_kept_does_not_count() -> None:
    shelf = Shelf()
    book = shelf.new(questions(1))
    shelf.broken = True
    intent = Intended(book.reference, ("r1",), pushed=False, at="")
    with pytest.raises(OSError, match="full"):
        await book.record(intent)
    assert book.order.stage == Stage.NEW
    shelf.broken = False
    await book.record(intent)
    shelf.broken = True
    with pytest.raises(OSError, match="full"):
        await book.record_row(RowCame("p", "r1", "hash"), {})
    assert book.order.kept == {}


async def test_an_order_whose_intent_cannot_be_kept_is_not_sent() -> None:
    async with house() as made, aclosing(made.source()) as source:
        book = made.shelf.new(questions())
        made.shelf.broken = True
        with pytest.raises(OSError, match="full"):
            await source.place(book)
        assert made.counted()["fragor"] == {}


# ------------------------------------------------------------------------------------------------- a service that errs

_KVITTENS = {"bestallningsId": "B1", "bestallningsreferens": "", "antalRader": 2, "mottagen": "2026-06-30T10:00:00Z"}
JSON = "application/json"
ANSWERS: dict[str, tuple[int, str, Any, Stage]] = {
    "another reference": (202, JSON, _KVITTENS, Stage.OUTCOME_UNKNOWN),
    "fewer rows": (202, JSON, {**_KVITTENS, "bestallningsreferens": None, "antalRader": 1}, Stage.OUTCOME_UNKNOWN),
    "an id that changes the path": (202, JSON, {**_KVITTENS, "bestallningsId": "../B1"}, Stage.OUTCOME_UNKNOWN),
    "no id": (202, JSON, {"antalRader": 2}, Stage.OUTCOME_UNKNOWN),
    "an empty answer": (202, JSON, b"", Stage.OUTCOME_UNKNOWN),
    "a page": (200, "text/html", b"<html>", Stage.OUTCOME_UNKNOWN),
    "a page that says no": (403, "text/html", b"<html>", Stage.OUTCOME_UNKNOWN),
    "busy": (503, JSON, {"meddelande": "x"}, Stage.OUTCOME_UNKNOWN),
    "its own failure": (500, JSON, {"meddelande": "x"}, Stage.OUTCOME_UNKNOWN),
    "a refusal": (400, JSON, {"meddelande": "x"}, Stage.FAILED),
    "a conflict": (409, JSON, {"meddelande": "x"}, Stage.FAILED),
}


@asynccontextmanager
async def service(status: int, media: str, body: Any) -> AsyncIterator[tuple[AsynkronUpstream, list[str]]]:
    """A service that says one thing whatever it is asked."""
    paths: list[str] = []

    async def says(request: Request) -> Response:
        paths.append(request.url.path)
        content = body if isinstance(body, bytes) else encode(body)
        return Response(content, status, {"content-type": media})

    app = Starlette(routes=[Route("/{rest:path}", says, methods=["GET", "POST"])])
    made = House("", "", Shelf(), {})
    async with listening(app) as made.twin, aclosing(made.source(read_seconds=2)) as source:
        yield source, paths


@pytest.mark.parametrize("said", ANSWERS)
async def test_what_is_no_acknowledgement_leaves_the_outcome_unknown(said: str) -> None:
    status, media, body, stage = ANSWERS[said]
    book = Shelf().new(questions(2))
    if isinstance(body, dict) and "bestallningsreferens" in body and body["bestallningsreferens"] is None:
        body = {**body, "bestallningsreferens": book.reference}
    async with service(status, media, body) as (source, paths):
        assert await source.place(book) == stage
        assert len(paths) == 1


_STATUS = {"bestallningsId": "B1", "bestallningsreferens": "", "status": "KLAR"}
BAD_STATUS: dict[str, tuple[int, str, Any]] = {
    "of another order": (200, JSON, _STATUS),
    "without a word": (200, JSON, {"bestallningsId": "B1", "bestallningsreferens": "x"}),
    "a page that is not found": (404, "text/html", b"<html>"),
    "a package without a number": (200, JSON, {**_STATUS, "leveranser": [{"leveransId": "p"}]}),
    "a package that changes the path": (200, JSON, {**_STATUS, "leveranser": [{"leveransId": ".."}]}),
}


@pytest.mark.parametrize("said", BAD_STATUS)
async def test_what_is_no_status_changes_nothing(said: str) -> None:
    async with service(503, JSON, b"") as (source, _):
        book = Shelf().new(questions(2))
        await source.place(book)
    async with service(*BAD_STATUS[said]) as (source, _):
        with pytest.raises(UpstreamError):
            await source.poll(book)
        assert book.order.stage == Stage.OUTCOME_UNKNOWN
        assert not book.order.absent


HEAD = (
    b'{"leveransId": "p1", "bestallningsId": "B1", "bestallningsreferens": "%b", '
    b'"lopnummer": 1, "antalRader": 2, "sista": true}\n'
)
NDJSON = "application/x-ndjson"
BAD_PACKAGES: dict[str, tuple[int, str, bytes, type[UpstreamError]]] = {
    "an error": (500, JSON, b'{"meddelande": "x"}', UpstreamFault),
    "a page": (200, "text/html", b"<html>", UpstreamInvalidAnswer),
    "nothing": (200, NDJSON, b"", UpstreamInvalidAnswer),
    "no head": (200, NDJSON, b'{"radId": "r1"}\n', UpstreamInvalidAnswer),
    "the head alone": (200, NDJSON, HEAD, UpstreamInvalidAnswer),
    "of another order": (200, NDJSON, HEAD.replace(b"%b", b"another"), UpstreamInvalidAnswer),
    "of another id": (200, NDJSON, HEAD.replace(b"B1", b"B2"), UpstreamInvalidAnswer),
    "another package": (200, NDJSON, HEAD.replace(b"p1", b"p2").replace(b": 2", b": 0"), UpstreamInvalidAnswer),
    "a number of rows that is none": (200, NDJSON, HEAD.replace(b": 2", b": -2"), UpstreamInvalidAnswer),
    "more rows": (200, NDJSON, HEAD + b"{}\n{}\n{}\n", UpstreamInvalidAnswer),
    "a row without an end": (200, NDJSON, HEAD + b"x" * 3000, UpstreamInvalidAnswer),
}


@pytest.mark.parametrize("said", BAD_PACKAGES)
async def test_a_package_that_is_none_is_an_error_and_never_counts_as_read(said: str) -> None:
    status, media, body, error = BAD_PACKAGES[said]
    async with house() as made, aclosing(made.source()) as source:
        book = made.shelf.new(questions(2))
        await source.place(book)
        await source.poll(book)
        async with service(status, media, body.replace(b"%b", book.reference.encode())) as (bad, _):
            bad.limits = type(bad.limits)(row_bytes=2000, package_bytes=100_000)
            with pytest.raises(error) as raised:
                await bad.fetch(book, "p1")
            assert raised.value.sent
        assert not book.order.has_read("p1")
        assert book.order.kept == {}


async def test_a_package_that_drips_is_given_up_in_time() -> None:
    async def drips(_request: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async with house() as made, aclosing(made.source()) as source:
        book = made.shelf.new(questions(2))
        await source.place(book)
        app = Starlette(routes=[Route("/{rest:path}", drips)])
        async with listening(app) as url, aclosing(made.source(url=url, package_seconds=0.3)) as slow:
            with pytest.raises(UpstreamTimeout):
                await slow.fetch(book, "B1-1")
