"""The parts of orders at LEFI Asynkron as they are kept: what came of each row, with its event and in the ledger.

Rule 1: a row's answer, its event and its outcome in the ledger are one transaction, however and wherever it came: to
        the worker that fetches, or to any gateway that it was sent to.
Rule 2: what became of a part is folded from its events. Who missed some of them keeps nothing before it knows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway import clock
from gateway.asynkron import events
from gateway.asynkron.book import Book
from gateway.asynkron.delivery import UnknownOrder
from gateway.asynkron.events import Event, RowCame
from gateway.consumers.caller import Caller
from gateway.consumers.registry import Consumers
from gateway.ledger.book import Ledger
from gateway.ledger.entries import Outcome
from gateway.ledger.writer import Beside
from gateway.orders.sealing import Seals
from gateway.orders.spec import Kept, unkept
from gateway.store import items
from gateway.store import orders as store
from gateway.store.database import Connection

Tree = dict[str, Any]
Row = dict[str, Any]

_AT_ONCE = 200
_TRIES = 5
_OPEN = 2
"""Parts that are kept open for what is sent to us: each holds its questions."""


@dataclass(slots=True)
class Part:
    """What is ordered there at once: by row its question, and under which intent it stands in the ledger."""

    order: Row
    reference: str
    questions: dict[str, Tree] = field(default_factory=dict, repr=False)
    intents: dict[str, str] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Parts:
    """Every part of every order, by its reference."""

    book: Ledger
    seals: Seals
    consumers: Consumers
    _open: dict[str, Book] = field(default_factory=dict, init=False, repr=False)

    async def open(self, reference: str) -> Book | None:
        """The book of a part that something is sent for; None where there is no such part."""
        if (there := self._open.pop(reference, None)) is not None:
            await there.catch_up()
        else:
            there = await self._found(reference)
        if there is not None:
            self._open[reference] = there
            while len(self._open) > _OPEN:
                del self._open[next(iter(self._open))]
        return there

    async def of_order(self, order: Row, kept: Kept) -> list[tuple[Part, Book]]:
        """The parts of an order that were placed."""
        async with self.book.database.reading() as connection:
            references = await store.parts(connection, order["id"])
        return [await self._read(order, kept, reference) for reference in references]

    def begun(self, part: Part) -> Book:
        """The book of a part that is about to be placed."""
        return Book(part.reference, part.questions, _Keeper(self, part))

    def question(self, order: Row, base: Tree, found: Row) -> Tree:
        """The question about a person of an order; what is the same for all of them is in it once."""
        person = self.seals.open(found["sealed"], order["id"], found["place"])
        return {name: person[name] for name in ("personnummer", "kortform") if name in person} | base

    async def conclude(  # noqa: PLR0913  what became of a row
        self, part: Part, row: str, result: str, svar: Tree | None, *, sent: bool, first: Beside | None = None
    ) -> None:
        """Keeps what became of a row with its outcome in the ledger, if `first` lets it; raises LedgerUnavailable."""
        order, intent = part.order, part.intents.get(row, "")
        outcome = Outcome(
            id=intent,
            at=clock.now(),
            result=result,
            sent=sent,
            types={(one["klass"], one["informationstyp"]): one["utfall"] for one in (svar or {}).get("tackning", ())},
            protected=(svar or {}).get("person", {}).get("skyddad") is not False,
        )
        tries = part.tries.get(row, 0) + 1
        again = not sent and tries < _TRIES
        key = key_of(order["id"], row)
        done: Row = {"state": "done", "outcome": result, "answer": self._sealed(order, key, svar)}
        changed: Row = {"state": "waiting", "intent": "", "tries": tries} if again else done

        async def keep(connection: Connection) -> bool:
            if first is not None and not await first(connection):
                return False
            if not await items.conclude(connection, key, intent, changed):
                return False  # it has its outcome already
            if not sent:
                await store.not_asked(connection, order["id"])
            return True

        await self.book.conclude_with(outcome, keep)

    def _sealed(self, order: Row, key: items.Key, svar: Tree | None) -> bytes | None:
        caller: Caller | None = self.consumers.current.named(order["consumer"])
        if svar is None or caller is None:
            return None
        return self.seals.close(caller.shown(svar).svar, *key)

    async def _found(self, reference: str) -> Book | None:
        async with self.book.database.reading() as connection:
            order = await store.of_part(connection, reference)
            row = None if order is None else await store.get(connection, order)
        if row is None:
            return None
        return (await self._read(row, unkept(row["spec"]), reference))[1]

    async def _read(self, order: Row, kept: Kept, reference: str) -> tuple[Part, Book]:
        part, base = Part(order, reference), kept.spec.base()
        book = Book(reference, part.questions, _Keeper(self, part))
        await book.catch_up()
        for start in range(0, len(book.order.rows), _AT_ONCE):
            places = [key_of("", row)[1] for row in book.order.rows[start : start + _AT_ONCE]]
            async with self.book.database.reading() as connection:
                persons = {one["place"]: one for one in await store.persons_at(connection, order["id"], places)}
                for one in await items.of_places(connection, order["id"], places):
                    row = f"{one['place']}.{one['part']}"
                    part.questions[row] = self.question(order, base, persons[one["place"]])
                    part.intents[row], part.tries[row] = one["intent"], one["tries"]
        return part, book


def key_of(order: str, row: str) -> items.Key:
    """Which question of an order a row of a part is."""
    place, _, part = row.partition(".")
    return order, int(place), int(part)


@dataclass(slots=True)
class _Keeper:
    """Keeps the events of one part; `seen` is the number of the last one that its book knows."""

    parts: Parts
    part: Part
    seen: int = 0

    async def append(self, reference: str, event: Event, answer: Tree | None) -> Sequence[Event]:
        """As the protocol has it; raises UnknownOrder where the order was removed meanwhile."""
        order = self.part.order["id"]
        missed: list[tuple[int, bytes]] = []
        number, there = 0, True

        async def keep(connection: Connection) -> bool:
            nonlocal missed, number, there
            if not (there := await store.hold(connection, order)):
                return False
            if missed := await store.events(connection, reference, self.seen):
                return False
            number = await store.add_event(connection, order, reference, events.encode(event))
            return True

        if answer is not None and isinstance(event, RowCame):
            await self.parts.conclude(self.part, event.row, "answered", answer, sent=True, first=keep)
        else:
            async with self.parts.book.transaction() as connection:
                await keep(connection)
        if not there:
            raise UnknownOrder
        self.seen = missed[-1][0] if missed else number
        return [events.decode(one) for _, one in missed]

    async def missed(self, reference: str) -> Sequence[Event]:
        async with self.parts.book.database.reading() as connection:
            found = await store.events(connection, reference, self.seen)
        if found:
            self.seen = found[-1][0]
        return [events.decode(one) for _, one in found]
