"""Orders in tests: where they are kept, a receiver and a twin on real sockets, and the persons that are asked about."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request

from gateway.asynkron import events
from gateway.asynkron.book import Book
from gateway.asynkron.events import Event
from gateway.asynkron.order import ENDED
from gateway.asynkron.receiver import routes
from gateway.asynkron.settings import AsynkronSettings
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.connection import Connection
from gateway.errors import Unauthenticated
from gateway.twin.app import create_twin
from gateway.twin.asynkron import Receiver
from gateway.twin.population import population
from tests.service.running import request, serve

Tree = dict[str, Any]

PEOPLE = population()
ORDINARY = [one.personnummer for one in PEOPLE.values() if not one.fault]
PERIOD = {"from": "2024-07-01", "tom": "2026-06-30"}
TYPES = (("formansinformation", "FK:SJP"), ("beslut", "PM:AP"), ("ovrig_information", "FK:GEPI"))
KEY = b"a key for tests"
SECRET = {"x-api-key": "the service's own"}
SENDER = {"keys": [{"sha256": hashlib.sha256(SECRET["x-api-key"].encode()).hexdigest()}]}


def fraga(personnummer: str, types: Any = TYPES) -> Tree:
    return {
        "personnummer": personnummer,
        "period": dict(PERIOD),
        "informationstyper": [{"klass": klass, "informationstyp": typ} for klass, typ in types],
    }


def questions(count: int = 5, people: list[str] | None = None) -> dict[str, Tree]:
    """Questions by row: about so many persons, each another one."""
    return {f"r{place}": fraga(number) for place, number in enumerate((people or ORDINARY)[:count], 1)}


@dataclass
class Shelf:
    """Orders kept in memory, as bytes: what is read back is what was written."""

    records: dict[str, list[bytes]] = field(default_factory=dict)
    answers: dict[str, dict[str, Tree]] = field(default_factory=dict)
    books: dict[str, Book] = field(default_factory=dict)
    broken: bool = False
    refused_rows: int | None = None
    """How many rows could not be kept; None where they can."""
    broken_for_others: bool = False
    """Whether whoever looks for a book by its reference finds none."""

    def new(self, rows: Mapping[str, Tree]) -> Book:
        reference = str(uuid.uuid4())
        self.records[reference], self.answers[reference] = [], {}
        self.books[reference] = Book(reference, rows, self)
        return self.books[reference]

    def restarted(self, book: Book) -> Book:
        """The book as a new process would open it."""
        again = Book(book.reference, book.questions, self, map(events.decode, self.records[book.reference]))
        self.books[book.reference] = again
        return again

    def kinds(self, book: Book) -> list[str]:
        return [type(events.decode(one)).__name__ for one in self.records[book.reference]]

    async def append(self, reference: str, event: Event, answer: Tree | None) -> Sequence[Event]:
        await asyncio.sleep(0)
        if self.broken:
            msg = "the disk is full"
            raise OSError(msg)
        if self.refused_rows is not None and isinstance(event, events.RowCame):
            self.refused_rows += 1
            msg = "the disk is full"
            raise OSError(msg)
        self.records[reference].append(events.encode(event))
        if answer is not None:
            assert isinstance(event, events.RowCame)
            assert event.row not in self.answers[reference], "an answer was replaced"
            self.answers[reference][event.row] = answer
        return ()

    async def missed(self, reference: str) -> Sequence[Event]:  # noqa: ARG002  one process
        return ()

    async def open(self, reference: str) -> Book | None:
        return None if self.broken_for_others else self.books.get(reference)


async def only_the_service(request: Request) -> None:
    if request.headers.get("x-api-key") != SECRET["x-api-key"]:
        raise Unauthenticated


@asynccontextmanager
async def listening(app: Starlette) -> AsyncIterator[str]:
    """An application on a free port, in the event loop of the test: it shares the books with it."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    task = asyncio.get_running_loop().create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@dataclass
class House:
    """A twin that takes orders, our way to it, our receiver, and our shelf."""

    twin: str
    receiver: str
    shelf: Shelf
    settings: Mapping[str, Any]

    def source(self, aktor: str = "asynkron", **changed: Any) -> AsynkronUpstream:
        given = {"url": f"{self.twin}/rest", "aktors_id": aktor, "sender": SENDER, **self.settings, **changed}
        return AsynkronUpstream("asynkron", AsynkronSettings.model_validate(given), KEY)

    def counted(self) -> Tree:
        tree: Tree = request(self.twin, "GET", "/raknare").tree
        return tree


@asynccontextmanager
async def house(**settings: Any) -> AsyncIterator[House]:
    shelf = Shelf()
    made = House("", "", shelf, settings)
    receiving = made.source(url="http://127.0.0.1:1")
    path = receiving.upstream.delivery_path
    app = Starlette(routes=routes(receiving, shelf, only_the_service))
    async with listening(app) as made.receiver:
        receiver = Receiver(Connection(url=made.receiver + path), SECRET)
        with ExitStack() as stack:
            made.twin = stack.enter_context(serve(create_twin(receiver=receiver)))
            yield made
            await asyncio.sleep(0)
        await receiving.aclose()


async def until(condition: Any, seconds: float = 10.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    for _ in iter(lambda: bool(condition()), True):
        assert asyncio.get_running_loop().time() < deadline, "it did not come to that in time"
        await asyncio.sleep(0.01)


async def until_complete(source: AsynkronUpstream, book: Book) -> None:
    for _ in range(500):
        if await source.collect(book) in ENDED:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the order did not end")
