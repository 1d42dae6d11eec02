"""The receiver: who may send, how much, in what form; rows are kept one by one, and memory does not grow with them."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

from gateway.asynkron import roles
from gateway.asynkron.answers import Making
from gateway.asynkron.book import Book
from gateway.asynkron.delivery import Broken, Limits, lines
from gateway.asynkron.events import Acknowledged, Event, Intended
from gateway.asynkron.order import Stage
from gateway.asynkron.receiver import routes
from gateway.asynkron.settings import AsynkronSettings
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.twin import deliveries
from gateway.twin.deliveries import Package, Taken
from tests.asynkron.running import (
    KEY,
    ORDINARY,
    PEOPLE,
    SECRET,
    SENDER,
    Shelf,
    fraga,
    listening,
    only_the_service,
    questions,
)
from tests.service.running import Reply, request

NDJSON = {"content-type": "application/x-ndjson", **SECRET}
FACE = roles.discover()["asynkron10"].face


class Receiving:
    """A receiver, and the packages that a well-behaved service sends to it."""

    def __init__(self, url: str, path: str, shelf: Shelf, source: AsynkronUpstream) -> None:
        self.url, self.path, self.shelf, self.source = url, path, shelf, source

    async def order(self, rows: dict[str, Any]) -> Book:
        book = self.shelf.new(rows)
        await book.record(Intended(book.reference, tuple(rows), pushed=True, at="2026-06-30T10:00:00.000+00:00"))
        await book.record(Acknowledged("B1"))
        return book

    def package(self, book: Book, number: int = 1, *, last: bool = True, rows: Iterable[str] | None = None) -> bytes:
        taken = Taken("B1", "asynkron", book.reference, True, book.questions, frozenset())
        package = Package(f"B1-{number}", number, tuple(rows or book.questions), last)
        return b"".join(deliveries.content(FACE, taken, package, PEOPLE))

    async def send(self, body: Any, headers: dict[str, str] | None = None) -> Reply:
        return await asyncio.to_thread(
            request, self.url, "POST", self.path, body=body, headers=NDJSON if headers is None else headers
        )


@asynccontextmanager
async def receiving(**settings: Any) -> AsyncIterator[Receiving]:
    shelf = Shelf()
    made = AsynkronSettings.model_validate(
        {"url": "http://127.0.0.1:1", "delivery": "push", "sender": SENDER, **settings}
    )
    source = AsynkronUpstream("asynkron", made, KEY)
    app = Starlette(routes=routes(source, shelf, only_the_service), max_body_size=None)
    async with listening(app) as url:
        yield Receiving(url, source.upstream.delivery_path, shelf, source)
    await source.aclose()


async def test_a_package_is_kept_and_acknowledged() -> None:
    async with receiving() as made:
        book = await made.order(questions(3))
        reply = await made.send(made.package(book))
        assert (reply.status, reply.tree) == (200, {"leveransId": "B1-1", "antalRader": 3})
        assert book.order.stage == Stage.COMPLETE
        assert reply.headers["cache-control"] == "no-store"


async def test_the_same_package_again_is_acknowledged_again_and_nothing_is_kept_twice() -> None:
    async with receiving() as made:
        book = await made.order(questions(3))
        replies = [await made.send(made.package(book)) for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 200]
        assert made.shelf.kinds(book).count("RowCame") == 3
        assert made.shelf.kinds(book).count("Opened") == 1


async def test_packages_that_come_at_the_same_time_are_each_read_whole() -> None:
    async with receiving() as made:
        book = await made.order(questions(40))
        rows = list(book.questions)
        halves = [made.package(book, 2, last=True, rows=rows[20:]), made.package(book, 1, last=False, rows=rows[:20])]
        replies = await asyncio.gather(*(made.send(body) for body in halves * 4))
        assert {reply.status for reply in replies} == {200}
        assert made.shelf.answers[book.reference].keys() == set(rows)
        assert made.shelf.restarted(book).order.result() == book.order.result()
        assert not book.order.alarms


REFUSED: dict[str, tuple[dict[str, str], int, str]] = {
    "nobody": ({"content-type": "application/x-ndjson"}, 401, "unauthenticated"),
    "somebody else": ({**NDJSON, "x-api-key": "another"}, 401, "unauthenticated"),
    "JSON": ({**NDJSON, "content-type": "application/json"}, 415, "unsupported-media-type"),
    "a long head": ({**NDJSON, "x-long": "x" * 20_000}, 431, "headers-too-large"),
}


@pytest.mark.parametrize("who", REFUSED)
async def test_who_may_not_send_is_refused_and_nothing_is_kept(who: str) -> None:
    headers, status, problem = REFUSED[who]
    async with receiving() as made:
        book = await made.order(questions(2))
        reply = await made.send(made.package(book), headers)
        assert (reply.status, reply.tree["type"]) == (status, f"urn:lefi-gateway:problem:{problem}")
        assert made.shelf.kinds(book) == ["Intended", "Acknowledged"]


async def test_a_package_of_an_order_that_is_not_ours_is_refused() -> None:
    async with receiving() as made:
        known = await made.order(questions(2))
        stranger = Book("another", known.questions, made.shelf)
        reply = await made.send(made.package(stranger))
        assert (reply.status, reply.tree["errors"][0]["path"]) == (404, "/bestallningsreferens")
        unsent = made.shelf.new(questions(2))
        assert (await made.send(made.package(unsent))).status == 404
        other_id = made.package(known).replace(b'"B1"', b'"B2"')
        assert (await made.send(other_id)).status == 400
        assert known.order.kept == {}


async def test_a_package_over_a_limit_is_refused() -> None:
    async with receiving(max_package_bytes=20_000, max_row_bytes=5_000) as made:
        book = await made.order(questions(2))
        assert (await made.send(b"x" * 20_001)).status == 413
        assert (await made.send(iter([b"{}\n" * 100] * 100))).status == 400  # chunked: no length is declared
        assert (await made.send(b"x" * 6_000)).status == 400
        assert (await made.send(b"")).status == 400
        assert book.order.kept == {}


async def test_a_package_that_is_cut_off_is_refused_and_what_came_of_it_stays() -> None:
    async with receiving() as made:
        book = await made.order(questions(3))
        whole = made.package(book)
        head, first, *_ = whole.splitlines(keepends=True)
        assert (await made.send(head + first)).status == 400
        assert set(book.order.kept) == {"r1"}
        assert book.order.stage == Stage.DELIVERING
        assert (await made.send(whole)).status == 200
        assert made.shelf.kinds(book).count("RowCame") == 3


async def test_a_sender_that_stops_in_the_middle_is_not_awaited_for_ever() -> None:
    async with receiving(package_seconds=0.3) as made:
        book = await made.order(questions(2))
        head = made.package(book).splitlines(keepends=True)[0]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(made.url.rpartition(":")[2]))
        fields = "".join(f"{name}: {value}\r\n" for name, value in NDJSON.items())
        writer.write(f"POST {made.path} HTTP/1.1\r\nhost: x\r\n{fields}content-length: 9999\r\n\r\n".encode() + head)
        answer = await asyncio.wait_for(reader.readline(), 5)
        assert b" 408 " in answer
        writer.close()


async def test_a_refusal_quotes_nothing_of_what_was_sent(secrets: set[str]) -> None:
    number = ORDINARY[0]
    secrets.add(number)
    async with receiving() as made:
        book = await made.order(questions(2))
        head, *rows = made.package(book).splitlines(keepends=True)
        for body in (number.encode(), head + number.encode(), head + rows[0], head.replace(b"B1-1", number.encode())):
            reply = await made.send(body)
            assert number not in reply.text


def _not_a_row(line: bytes) -> Iterator[tuple[str, bytes]]:
    row = json.loads(line)
    yield "no JSON", b'{"radId": '
    yield "a list", b"[]"
    yield "no person", json.dumps({name: row[name] for name in ("radId", "svar")}).encode()
    yield "a person of another form", json.dumps({**row, "personnummer": 1}).encode()
    yield "no row", json.dumps({name: row[name] for name in ("personnummer", "svar")}).encode()
    yield "neither answer nor error", json.dumps({name: row[name] for name in ("radId", "personnummer")}).encode()
    yield "both", json.dumps({**row, "fel": {"meddelande": "x"}}).encode()
    yield "an answer that is a list", json.dumps({**row, "svar": []}).encode()
    yield "a key twice", line.rstrip()[:-1] + b', "radId": "r1"}'


async def test_a_row_that_cannot_be_read_does_not_hide_the_others() -> None:
    async with receiving() as made:
        template = await made.order(questions(3))
        first = made.package(template).splitlines(keepends=True)[1]
        for what, bad in _not_a_row(first):
            book = await made.order(questions(3))
            head, _, *others = made.package(book).splitlines(keepends=True)
            reply = await made.send(b"".join((head, bad, b"\n", *others)))
            assert reply.status == 200, what
            assert set(book.order.kept) == {"r2", "r3"}, what
            assert {alarm.kind for alarm in book.order.alarms} == {"unreadable"}, what
            assert book.order.result().stage == Stage.COMPLETE


async def test_what_is_odd_in_an_answer_is_kept_and_noted() -> None:
    odd = next(one.personnummer for one in PEOPLE.values() if one.fault == "okant_falt")
    async with receiving() as made:
        book = await made.order({"r1": fraga(odd)})
        assert (await made.send(made.package(book))).status == 200
        answer = made.shelf.answers[book.reference]["r1"]
        assert {note["slag"] for note in answer["anmarkningar"]} == {"okant_falt"}
        assert {note["vag"].split("/")[1] for note in answer["anmarkningar"]} == {"svar"}


# ------------------------------------------------------------------------------------------------------------ streaming


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
async def test_lines_are_the_same_however_the_body_is_cut(size: int) -> None:
    body = b'{"a": 1}\n\n  \n{"b": 2}\r\n{"c": 3}'

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), size):
            yield body[at : at + size]

    limits = Limits(row_bytes=20, package_bytes=100)
    assert [json.loads(line) async for line in lines(chunks(), limits)] == [{"a": 1}, {"b": 2}, {"c": 3}]
    for tight in (Limits(row_bytes=7, package_bytes=100), Limits(row_bytes=20, package_bytes=len(body) - 1)):
        with pytest.raises(Broken):
            _ = [line async for line in lines(chunks(), tight)]


class Nowhere:
    """Where answers go that nobody wants to see again."""

    async def append(self, *_: Any) -> Sequence[Event]:
        """Keeps nothing."""
        return ()

    async def missed(self, *_: Any) -> Sequence[Event]:
        """Misses nothing."""
        return ()


async def test_memory_does_not_grow_with_the_number_of_rows() -> None:
    huge = next(one.personnummer for one in PEOPLE.values() if one.fault == "jattesvar")
    payments = (("utbetalningar", "FK:SJP"),)

    async def peak(count: int) -> int:
        rows = {f"r{place}": fraga(huge, payments) for place in range(count)}
        async with receiving() as made:
            book = Book("ref", rows, Nowhere())
            made.shelf.books["ref"] = book
            await book.record(Intended("ref", tuple(rows), pushed=True, at="2026-06-30T10:00:00.000+00:00"))
            line = made.package(book, rows=["r0"]).splitlines(keepends=True)[1]
            head = made.package(book).split(b"\n", 1)[0] if count == 1 else _head(made, book, count)

            def body() -> Iterator[bytes]:
                yield head + b"\n"
                for place in range(count):
                    yield line.replace(b'"r0"', f'"r{place}"'.encode())

            tracemalloc.start()
            try:
                reply = await made.send(body())
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
                assert reply.status == 200
                assert len(book.order.kept) == count

    few, many = await peak(2), await peak(16)
    assert many < 1.5 * few
    assert many < 60_000_000


def _head(made: Receiving, book: Book, count: int) -> bytes:
    head = made.package(book, rows=["r0"]).split(b"\n", 1)[0]
    return head.replace(b'"antalRader":1', f'"antalRader":{count}'.encode())


def test_the_hash_of_a_row_says_nothing_without_its_key_and_does_not_see_the_order_of_keys() -> None:
    upstream = roles.discover()["asynkron10"].upstream
    one, other = (Making("a", upstream, None, key) for key in (b"1", b"2"))  # type: ignore[arg-type]
    assert one.digest({"svar": {"a": 1, "b": 2}}) == one.digest({"radId": "r", "svar": {"b": 2, "a": 1}})
    assert one.digest({"svar": {"a": 1}}) != other.digest({"svar": {"a": 1}})
    assert one.digest({"svar": {}}) != one.digest({"fel": {}})
    assert "key" not in repr(one)
