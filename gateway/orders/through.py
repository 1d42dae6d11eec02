"""Orders executed through LEFI Asynkron: questions go there in parts, answers come back when they come.

Rule 1: every row of a part is claimed with its intent in the ledger before the part is placed, and a part is placed
        once (gateway.asynkron.upstream). What comes of it is kept by gateway.orders.parts.
Rule 2: one worker tends an order at a time: whoever has the care of it (gateway.orders.steward). What is sent to us may
        come to any gateway meanwhile: the worker finds it in the database.
Rule 3: what became of a part is folded from its events, so another worker goes on where one was killed. Rows that the
        killed one had claimed are of unknown outcome until their answers come.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

from gateway import clock
from gateway.asynkron.book import Book
from gateway.asynkron.order import ENDED, Stage
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.errors import LedgerUnavailable, UpstreamError, UpstreamFault
from gateway.ledger.book import Ledger
from gateway.ledger.entries import Intent
from gateway.logs import log
from gateway.orders.intake import CONNECTION
from gateway.orders.parts import Part, Parts
from gateway.orders.spec import Kept
from gateway.orders.state import CANCELLED, RUNNING, Progress
from gateway.store import items
from gateway.store import orders as store
from gateway.store.database import Connection

Tree = dict[str, Any]
Row = dict[str, Any]

_AT_ONCE = 200
_LOOK_SECONDS = 1.0
"""How often it is looked for what was sent to another process."""


@dataclass(slots=True)
class Through:
    """Tends the orders that go through LEFI Asynkron."""

    book: Ledger
    upstream: AsynkronUpstream
    parts: Parts
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
        parts = await self.parts.of_order(order, kept)
        for part, book in parts:
            await self.upstream.interrupted(book)
            await self._settle(part, book)
        while True:
            state = await self._state(order["id"])
            open_ = [(part, book) for part, book in parts if not _over(book)]
            new = await self._claimed(order, kept, worker) if not open_ and state == RUNNING else None
            if new is not None:
                book = self.parts.begun(new)
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
            await self._wait(open_)

    async def _wait(self, open_: list[tuple[Part, Book]]) -> None:
        """Until it is time to ask again, or until what was sent to us has brought a part to its end."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.upstream.settings.poll_seconds
        while (left := until - loop.time()) > 0 and not any(_over(book) for _, book in open_):
            await asyncio.sleep(min(left, _LOOK_SECONDS))
            for part, book in open_:
                await book.catch_up()
                await self._settle(part, book)

    async def _followed(self, part: Part, book: Book, *, cancel: bool) -> None:
        await book.catch_up()
        try:
            if cancel and book.order.service_id and not book.order.cancel_sent:
                await self.upstream.cancel(book)
            await self.upstream.collect(book)
        except UpstreamError as error:
            log.info("order-not-collected", upstream=CONNECTION, problem=error.type)
        await self._settle(part, book)

    async def _settle(self, part: Part, book: Book) -> None:
        """Concludes the rows of a part of which nothing more is awaited."""
        order = book.order
        if not _over(book):
            return
        left = [row for row in part.questions if row not in order.kept]
        if order.stage is Stage.NOT_SENT:
            for row in left:
                await self.parts.conclude(part, row, order.problem or UpstreamFault.type, None, sent=False)
        elif order.stage in ENDED:
            for row, svar in self.upstream.absent(book).items():
                await self.parts.conclude(part, row, UpstreamFault.type, svar, sent=True)
        else:  # sent, and the service says that it has no such order
            async with self.book.transaction() as connection:
                await items.unknown(connection, [part.intents[row] for row in left])

    async def _claimed(self, order: Row, kept: Kept, worker: str) -> Part | None:
        """A part of what waits, every row of it claimed; None where nothing waits."""
        async with self.book.transaction() as connection:
            most = self.upstream.upstream.max_rows
            found = await items.reserve(connection, order["id"], CONNECTION, worker, most)
        part, base = Part(order, str(uuid.uuid4())), kept.spec.base()
        for start in range(0, len(found), _AT_ONCE):
            piece = found[start : start + _AT_ONCE]
            await asyncio.gather(*(self._claim(part, kept, base, worker, one) for one in piece))
        return part if part.questions else None

    async def _claim(self, part: Part, kept: Kept, base: Tree, worker: str, found: Row) -> None:
        key = (part.order["id"], found["place"], found["part"])
        fraga = self.parts.question(part.order, base, found)
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

    async def _state(self, order: str) -> str:
        async with self.book.database.reading() as connection:
            row = await store.get(connection, order)
        return "" if row is None else str(row["state"])


def _over(book: Book) -> bool:
    """Whether nothing more is awaited of a part."""
    order = book.order
    return order.stage in {*ENDED, Stage.NOT_SENT} or (order.stage is Stage.OUTCOME_UNKNOWN and order.absent)
