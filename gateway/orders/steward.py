"""The care of orders: one worker at a time for each looks whether it has come to its end, and what is to be next.

Rule 1: whoever has the care of an order has it for some seconds, and takes it anew before they are over.
Rule 2: everything that is decided here follows from what is in the database: another worker goes on where one was
        killed. A person's comparison is kept once, together with its row of evidence.
Rule 3: what is over its time of keeping is removed, whatever state it is in.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from gateway import clock
from gateway.comparison.rules import Rules
from gateway.consumers.registry import Consumers
from gateway.evidence.strata import of_question
from gateway.ledger.book import Ledger
from gateway.ledger.rows import moment
from gateway.logs import log
from gateway.orders.campaign import Campaign
from gateway.orders.comparing import Comparer
from gateway.orders.sealing import Seals
from gateway.orders.settings import OrderSettings
from gateway.orders.spec import Kept, unkept
from gateway.orders.state import CANCELLED, DONE, PAUSED, RUNNING, STOPPED, TAKING, Progress
from gateway.orders.through import Through
from gateway.store import items, pairs
from gateway.store import orders as store
from gateway.watched import Holding

Row = dict[str, Any]

_CARE_SECONDS = 10.0
_COSTLY, _MANY = 20, 10_000
_AT_ONCE = 100
_EXPIRY_SECONDS = 60.0


@dataclass(slots=True)
class Steward:
    """Looks after orders; one for each worker."""

    book: Ledger
    seals: Seals
    comparer: Comparer
    rules: Holding[Rules]
    consumers: Consumers
    settings: OrderSettings
    through: Through | None = None
    """For orders through LEFI Asynkron, where that is configured."""
    _campaigns: dict[str, Campaign] = field(default_factory=dict, init=False)
    _not_before: dict[str, float] = field(default_factory=dict, init=False)
    _expiry: float = field(default=0.0, init=False)

    async def look(self, worker: str) -> bool:
        """Looks once after everything; whether there may be something new to do."""
        changed = await self._bury()
        async with self.book.database.reading() as connection:
            running = await store.in_states(connection, {RUNNING})
        loop = asyncio.get_running_loop()
        for row in running:
            if loop.time() < self._not_before.get(row["id"], 0.0):
                continue
            began = loop.time()
            busy = await self._care(row, worker)
            changed |= busy
            if (
                not busy and row["persons"] > _MANY
            ):  # counting a million questions takes a while: then it is done less often
                cost = (loop.time() - began) * _COSTLY
                self._not_before[row["id"]] = loop.time() + min(cost, _CARE_SECONDS / 2)
        if loop.time() >= self._expiry:
            self._expiry = loop.time() + _EXPIRY_SECONDS
            await self._expire()
        return changed

    async def _bury(self) -> bool:
        """Frees what dead workers had in hand."""
        async with self.book.database.reading() as connection:
            before = await store.now(connection) - self.settings.dead_seconds
            if not await items.dead(connection, before):
                return False
        async with self.book.transaction() as connection:
            dead = await items.dead(connection, before)
            for worker in dead:
                await items.lost(connection, worker)
                await store.leave(connection, worker)
                await items.forget(connection, worker)
        if dead:
            log.warning("orders-worker-lost", seq=len(dead))
        return bool(dead)

    async def _care(self, row: Row, worker: str) -> bool:
        """Looks after one order; whether there was something to do, and may be more."""
        if not await self._has_the_care(row, worker):
            self._campaigns.pop(row["id"], None)  # somebody else goes on with it
            if self.through is not None:
                self.through.leave(row["id"])
            return False
        kept = unkept(row["spec"])
        spec = kept.spec
        if self.consumers.current.named(row["consumer"]) is None:
            await self._end(row, STOPPED, "konsumenten_finns_inte")
            return False
        async with self.book.database.reading() as connection:
            counts = await store.counts(connection, row["id"])
            row = await store.get(connection, row["id"]) or row
        progress = Progress.of(counts)
        tended = (
            spec.genom == "asynkron" and self.through is not None and self.through.tend(row, kept, worker, progress)
        )
        if progress.fails(spec.stopp.felandel):
            await self._end(row, STOPPED, "felandel")
            return False
        compared = spec.lage == "svar" or await self._compare(row)
        if row["budget"] is not None and row["asked"] >= row["budget"] and not progress.claimed and progress.waiting:
            await self._end(row, STOPPED, "budget")
        elif spec.lage == "kampanj":
            return not compared or await self._next(row, kept)
        elif compared and not progress.waiting and not progress.claimed and not tended:
            await self._end(row, DONE, "")
        return not compared

    async def _has_the_care(self, row: Row, worker: str) -> bool:
        """Whether the order is in this worker's care, for some seconds more at least."""
        async with self.book.database.reading() as connection:
            now = await store.now(connection)
        if row["steward"] == worker and row["steward_until"] > now + _CARE_SECONDS / 2:
            return True
        async with self.book.transaction() as connection:
            return await store.steward(connection, row["id"], worker, now, now + _CARE_SECONDS)

    async def _compare(self, row: Row) -> bool:
        """Compares what came, a number of persons at once; whether nothing was left to compare."""
        order = row["id"]
        async with self.book.database.reading() as connection:
            places = await items.uncompared(connection, order, _AT_ONCE)
            parts = await items.of_places(connection, order, places)
            persons = await store.persons_at(connection, order, places)
        if not places:
            return True
        at, today = moment(clock.now()), clock.today()
        base = unkept(row["spec"]).spec.base()

        def made() -> list[tuple[int, Row, bytes]]:
            found = []
            for one in persons:
                place = one["place"]
                person = self.seals.open(one["sealed"], order, place)
                number = person["personnummer"]
                pair = [part for part in parts if part["place"] == place]
                correlation_id = str(uuid.uuid5(uuid.UUID(order), str(place)))
                bands = of_question({**base, "personnummer": number}, today, person.get("grupp", ""))
                pairs_row = self.comparer.pair(row, pair, number, correlation_id, at, today) | bands
                found.append((place, pairs_row, self.seals.close(pairs_row, order, place, "compared")))
            return found

        rows = await asyncio.to_thread(made)
        async with self.book.transaction() as connection:
            new = [one for place, one, sealed in rows if await store.compared(connection, order, place, sealed)]
            if new:
                await pairs.add(connection, new)
        return False

    async def _next(self, row: Row, kept: Kept) -> bool:
        """Lets the campaign go on, or ends it; whether somebody was chosen."""
        campaign = self._campaigns.get(row["id"])
        if campaign is None:
            campaign = Campaign(row, kept, self.book.database, self.seals, self.comparer)
            await campaign.load()
            self._campaigns[row["id"]] = campaign
        step = await campaign.step(self.rules.current)
        async with self.book.transaction() as connection:
            if step.found is not None:
                await store.move(connection, row["id"], {RUNNING}, found=json.dumps(step.found))
            if step.chosen:
                await store.add_items(connection, row["id"], step.chosen)
                await store.tell(connection)
        if step.why:
            self._campaigns.pop(row["id"], None)
            await self._end(row, DONE, step.why)
        return bool(step.chosen)

    async def _end(self, row: Row, state: str, why: str) -> None:
        async with self.book.transaction() as connection:
            await ended(connection, row["id"], {RUNNING, PAUSED}, state, why, self.settings.keep_days)

    async def _expire(self) -> None:
        async with self.book.database.reading() as connection:
            gone = await store.expired(connection, moment(clock.now()))
        for order in gone:
            async with self.book.transaction() as connection:
                await store.move(connection, order, {TAKING, RUNNING, PAUSED}, state=CANCELLED)
                await store.remove(connection, order)
            log.info("order-removed")


async def ended(connection: Any, order: str, come_from: Any, state: str, why: str, keep_days: int) -> bool:  # noqa: PLR0913, PLR0917
    """Ends an order: from then on its time of keeping runs; whether it was in one of those states."""
    now = clock.now()
    expires = moment(now + timedelta(days=keep_days))
    return await store.move(connection, order, come_from, state=state, why=why, ended=moment(now), expires=expires)
