"""Orders executed through LEFI Asynkron: questions go there in parts, answers come back when they come.

Rule 1: every row of a part is claimed with its intent in the ledger before the part is placed, and a part is placed
        once (gateway.asynkron.upstream). A row's answer, its event and its outcome in the ledger are one transaction.
Rule 2: one worker tends an order at a time: whoever has the care of it (gateway.orders.steward).
Rule 3: what became of a part is folded from its events, so another worker goes on where one was killed. Rows that the
        killed one had claimed are of unknown outcome until their answers come.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway import clock
from gateway.asynkron import events
from gateway.asynkron.book import Book
from gateway.asynkron.events import Event, RowCame
from gateway.asynkron.order import ENDED, Stage
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.consumers.caller import Caller
from gateway.consumers.registry import Consumers
from gateway.errors import LedgerUnavailable, UpstreamError, UpstreamFault
from gateway.ledger.book import Ledger
from gateway.ledger.entries import Intent, Outcome
from gateway.logs import log
from gateway.orders.intake import CONNECTION
from gateway.orders.sealing import Seals
from gateway.orders.spec import Kept
from gateway.orders.state import CANCELLED, RUNNING, Progress
from gateway.store import items
from gateway.store import orders as store
from gateway.store.database import Connection

Tree = dict[str, Any]
Row = dict[str, Any]

_AT_ONCE = 200
_TRIES = 5


@dataclass(slots=True)
class _Part:
    """What is ordered there at once: by row its question, and under which intent it stands in the ledger."""

    order: Row
    reference: str
    questions: dict[str, Tree] = field(repr=False)
    intents: dict[str, str]
    tries: dict[str, int]


def _key(order: str, row: str) -> items.Key:
    place, _, part = row.partition(".")
    return order, int(place), int(part)


@dataclass(slots=True)
class Through:
    """Tends the orders that go through LEFI Asynkron."""

    book: Ledger
    upstream: AsynkronUpstream
    seals: Seals
    consumers: Consumers
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _finished: set[str] = field(default_factory=set, init=False)

    def tend(self, order: Row, kept: Kept, worker: str, progress: Progress) -> bool:
        """Sees to it that an order is tended; whether there is anything left to tend."""
        id_ = order["id"]
        task = self._tasks.get(id_)
        if task is not None and not task.done():
            return True
        if id_ in self._finished and not progress.waiting:
            return False
        self._finished.discard(id_)
        self._tasks[id_] = asyncio.create_task(self._guarded(order, kept, worker))
        return True

    def leave(self, order: str) -> None:
        """Tends an order no more: somebody else does."""
        self._finished.discard(order)
        if (task := self._tasks.pop(order, None)) is not None:
            task.cancel()

    async def aclose(self) -> None:
        """Tends nothing any more, and closes the connections."""
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.upstream.aclose()

    async def _guarded(self, order: Row, kept: Kept, worker: str) -> None:
        try:
            await self._tended(order, kept, worker)
            self._finished.add(order["id"])
        except Exception as error:  # noqa: BLE001  whoever cares for the order begins anew
            log.failure("order-through-failed", error, upstream=CONNECTION)

    async def _tended(self, order: Row, kept: Kept, worker: str) -> None:
        """Works at an order until nothing of it waits and nothing is awaited."""
        parts = await self._recorded(order, kept)
        for part, book in parts:
            await self.upstream.interrupted(book)
            await self._settle(part, book)
        while True:
            state = await self._state(order["id"])
            open_ = [(part, book) for part, book in parts if not _over(book)]
            new = await self._claimed(order, kept, worker) if not open_ and state == RUNNING else None
            if new is not None:
                book = Book(new.reference, new.questions, _Keeper(self, new))
                parts.append((new, book))
                await self.upstream.place(book)
                await self._settle(new, book)
                if book.order.stage is not Stage.NOT_SENT:
                    continue
            elif not open_:
                return
            for part, book in open_:
                await self._followed(part, book, cancel=state == CANCELLED)
            if all(_over(book) for _, book in open_) and open_:
                continue
            await asyncio.sleep(self.upstream.settings.poll_seconds)

    async def _followed(self, part: _Part, book: Book, *, cancel: bool) -> None:
        try:
            if cancel and book.order.service_id and not book.order.cancel_sent:
                await self.upstream.cancel(book)
            await self.upstream.collect(book)
        except UpstreamError as error:
            log.info("order-not-collected", upstream=CONNECTION, problem=error.type)
        await self._settle(part, book)

    async def _settle(self, part: _Part, book: Book) -> None:
        """Concludes the rows of a part of which nothing more is awaited."""
        order = book.order
        if not _over(book):
            return
        left = [row for row in part.questions if row not in order.kept]
        if order.stage is Stage.NOT_SENT:
            for row in left:
                await self._concluded(part, row, order.problem or UpstreamFault.type, None, sent=False)
        elif order.stage in ENDED:
            for row, svar in self.upstream.absent(book).items():
                await self._concluded(part, row, UpstreamFault.type, svar, sent=True)
        else:  # sent, and the service says that it has no such order
            async with self.book.transaction() as connection:
                await items.unknown(connection, [part.intents[row] for row in left])

    async def _concluded(  # noqa: PLR0913  what became of a row
        self, part: _Part, row: str, result: str, svar: Tree | None, *, sent: bool, event: Event | None = None
    ) -> None:
        """Keeps what became of a row with its outcome in the ledger, and with its event where it has one."""
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
        key = _key(order["id"], row)
        done: Row = {"state": "done", "outcome": result, "answer": self._sealed(order, key, svar)}
        changed: Row = {"state": "waiting", "intent": "", "tries": tries} if again else done

        async def keep(connection: Connection) -> bool:
            if event is not None:
                await store.add_event(connection, order["id"], part.reference, events.encode(event))
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

    async def record(self, part: _Part, event: Event, answer: Tree | None) -> None:
        """Keeps an event of a part, with the row's answer in the same transaction where it brought one."""
        if answer is not None and isinstance(event, RowCame):
            await self._concluded(part, event.row, "answered", answer, sent=True, event=event)
            return
        async with self.book.transaction() as connection:
            await store.add_event(connection, part.order["id"], part.reference, events.encode(event))

    async def _claimed(self, order: Row, kept: Kept, worker: str) -> _Part | None:
        """A part of what waits, every row of it claimed; None where nothing waits."""
        async with self.book.transaction() as connection:
            most = self.upstream.upstream.max_rows
            found = await items.reserve(connection, order["id"], CONNECTION, worker, most)
        part = _Part(order, str(uuid.uuid4()), {}, {}, {})
        for start in range(0, len(found), _AT_ONCE):
            piece = found[start : start + _AT_ONCE]
            await asyncio.gather(*(self._claim(part, kept, worker, one) for one in piece))
        return part if part.questions else None

    async def _claim(self, part: _Part, kept: Kept, worker: str, found: Row) -> None:
        key = (part.order["id"], found["place"], found["part"])
        fraga = self._question(part.order, kept, found)
        intent = Intent(
            id=str(uuid.uuid4()),
            at=clock.now(),
            correlation_id=part.reference,
            consumer=part.order["consumer"],
            actor=self.upstream.settings.aktors_id,
            purpose=kept.purpose,
            ground=kept.ground,
            personnummer=fraga["personnummer"],
            types=tuple((one["klass"], one["informationstyp"]) for one in fraga["informationstyper"]),
            period=(fraga["period"]["from"], fraga["period"]["tom"]),
            face="v1",
            version=self.upstream.upstream.version,
            upstream=CONNECTION,
            role="primary",
            reason=f"order:{part.order['id']}",
        )

        async def claim(connection: Connection) -> bool:
            if not await items.claim(connection, key, worker, intent.id):
                return False
            if await store.asked(connection, key[0]):
                return True
            await items.unclaim(connection, key, intent.id)
            return False

        try:
            claimed = await self.book.intend_with(intent, claim)
        except LedgerUnavailable:
            claimed = False
        if claimed:
            row = f"{found['place']}.{found['part']}"
            part.questions[row], part.intents[row], part.tries[row] = fraga, intent.id, found["tries"]

    def _question(self, order: Row, kept: Kept, found: Mapping[str, Any]) -> Tree:
        person = self.seals.open(found["sealed"], order["id"], found["place"])
        said = {name: person[name] for name in ("personnummer", "kortform") if name in person}
        return said | kept.spec.base()

    async def _recorded(self, order: Row, kept: Kept) -> list[tuple[_Part, Book]]:
        """The parts that were placed, as their events say."""
        async with self.book.database.reading() as connection:
            recorded = await store.events(connection, order["id"])
        by_reference: dict[str, list[Event]] = {}
        for reference, event in recorded:
            by_reference.setdefault(reference, []).append(events.decode(event))
        return [await self._part(order, kept, *each) for each in by_reference.items()]

    async def _part(self, order: Row, kept: Kept, reference: str, recorded: Iterable[Event]) -> tuple[_Part, Book]:
        recorded = list(recorded)
        part = _Part(order, reference, {}, {}, {})
        rows = [row for event in recorded if isinstance(event, events.Intended) for row in event.rows]
        for start in range(0, len(rows), _AT_ONCE):
            places = [_key("", row)[1] for row in rows[start : start + _AT_ONCE]]
            async with self.book.database.reading() as connection:
                persons = {one["place"]: one for one in await store.persons_at(connection, order["id"], places)}
                for one in await items.of_places(connection, order["id"], places):
                    row = f"{one['place']}.{one['part']}"
                    part.questions[row] = self._question(order, kept, persons[one["place"]])
                    part.intents[row], part.tries[row] = one["intent"], one["tries"]
        return part, Book(reference, part.questions, _Keeper(self, part), recorded)

    async def _state(self, order: str) -> str:
        async with self.book.database.reading() as connection:
            row = await store.get(connection, order)
        return "" if row is None else str(row["state"])


def _over(book: Book) -> bool:
    """Whether nothing more is awaited of a part."""
    order = book.order
    return order.stage in {*ENDED, Stage.NOT_SENT} or (order.stage is Stage.OUTCOME_UNKNOWN and order.absent)


@dataclass(frozen=True, slots=True)
class _Keeper:
    through: Through
    part: _Part

    async def append(self, reference: str, event: Event, answer: Tree | None) -> None:  # noqa: ARG002  the part's own
        await self.through.record(self.part, event, answer)
