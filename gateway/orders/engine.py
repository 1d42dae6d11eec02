"""A worker: takes questions of orders that wait, at the pace that all workers share, and asks them.

Rule 1: the database is the queue. A question that is reserved may be another's by the time that it is to be sent: what
        counts is the claim, which is one transaction with the ledger's intent (gateway.orders.account).
Rule 2: when a question is sent is decided before it is taken: every upstream has a time at which the next question may
        go, which whoever takes questions moves on. So workers need not know of each other to keep to one rate.
Rule 3: a worker says that it lives before it takes anything, and every second from then on. What one had in hand that
        does not is free, or of unknown outcome.
Rule 4: nothing that goes wrong with one question or one round ends the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, field
from typing import Any

from gateway import clock
from gateway.asking import Asking, Records, ask
from gateway.consumers.caller import Caller
from gateway.consumers.registry import Consumers
from gateway.errors import GatewayError, LedgerUnavailable
from gateway.exchange import Router
from gateway.ledger.book import Ledger
from gateway.logs import log
from gateway.orders.account import Account, NotClaimed
from gateway.orders.sealing import Seals
from gateway.orders.settings import OrderSettings
from gateway.orders.spec import Kept, unkept
from gateway.orders.state import RUNNING
from gateway.orders.steward import Steward
from gateway.sources import Source
from gateway.store import items, orders
from gateway.store.database import Connection
from gateway.store.listening import listening
from gateway.support.keeping import Support

Tree = dict[str, Any]

AHEAD_SECONDS = 0.5
"""How long before it may be sent a question is taken at most: within that time a pause has its effect too."""
_IDLE_SECONDS = 1.0
_CLOSED_SECONDS = 5.0
_FAILED_SECONDS = 2.0
_FULL_SECONDS = _BUSY_SECONDS = 0.05
_BACK_OFF_SECONDS = 5.0
_BEAT_SECONDS = 1.0
_MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Ground:
    """What a worker works with."""

    book: Ledger
    sources: dict[str, Source]
    router: Router
    consumers: Consumers
    support: Support
    seals: Seals
    settings: OrderSettings


@dataclass(frozen=True, slots=True)
class _Item:
    """A question in hand: whose, about whom, and when it may go, by the event loop's clock."""

    key: items.Key
    upstream: str
    tries: int
    kept: Kept
    consumer: str
    person: Tree = field(repr=False)
    when: float


class Engine:
    """One worker; `open` it in the event loop that it works in, `aclose` it there."""

    def __init__(self, ground: Ground, steward: Steward, url: str) -> None:
        self.id = str(uuid.uuid4())
        self._ground, self._steward, self._url = ground, steward, url
        self._database = ground.book.database
        self._wake = {name: asyncio.Event() for name in ground.sources}
        self._working: dict[str, set[asyncio.Task[None]]] = {name: set() for name in ground.sources}
        self._accounts: dict[items.Key, Account] = {}
        self._to_release: set[items.Key] = set()
        self._given_up: set[str] = set()
        self._not_before = dict.fromkeys(ground.sources, 0.0)
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False
        self._to_care, self._known_to_live = asyncio.Event(), asyncio.Event()

    def open(self) -> None:
        """Starts to work."""
        works = [self._serve(name) for name in self._ground.sources]
        if not self._database.is_sqlite:
            works.append(listening(self._url, orders.CHANNEL, self.wake, self._lost))
        self._tasks = [asyncio.create_task(each, name="orders") for each in (*works, self._live(), self._care())]

    async def aclose(self) -> None:
        """Takes no more, and lets what was sent come to its end."""
        self._closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._steward.through is not None:
            await self._steward.through.aclose()
        under_way = [task for tasks in self._working.values() for task in tasks]
        await asyncio.gather(*under_way, return_exceptions=True)
        if self._tasks:
            with contextlib.suppress(Exception):  # whoever finds us dead does it too
                async with self._ground.book.transaction() as connection:
                    await items.lost(connection, self.id)
                    await orders.leave(connection, self.id)
                    await items.forget(connection, self.id)

    def wake(self) -> None:
        """Something may have come to do."""
        for event in self._wake.values():
            event.set()

    async def _serve(self, name: str) -> None:
        await self._known_to_live.wait()
        while True:
            event = self._wake[name]
            event.clear()
            try:
                wait = await self._round(name)
            except Exception as error:  # noqa: BLE001  Rule 4
                log.failure("orders-round-failed", error, upstream=name)
                wait = _FAILED_SECONDS
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await event.wait()
                    await asyncio.sleep(_BUSY_SECONDS)  # one round for what ends within a moment

    async def _round(self, name: str) -> float:
        """Takes what may be sent soon; how long to wait for the next time."""
        loop, ground = asyncio.get_running_loop(), self._ground
        settings = ground.sources[name].settings
        if not ground.settings.open_at(clock.now()):
            return _CLOSED_SECONDS
        if (rest := self._not_before[name] - loop.time()) > 0:
            return rest
        free = min(settings.orders_concurrent, _MOST_AT_ONCE) - len(self._working[name])
        if free <= 0:
            return _IDLE_SECONDS  # whatever ends wakes us
        async with self._database.reading() as connection:
            running = await orders.in_states(connection, {RUNNING})
        running = [row for row in running if self._may(row, name)]
        if not running:
            return _IDLE_SECONDS
        step = 60 / settings.orders_per_minute
        async with self._ground.book.transaction() as connection:
            now, here = await orders.now(connection), loop.time()
            first = max(await items.rate(connection, name), now)
            most = min(free, int((now + AHEAD_SECONDS - first) / step) + 1) if first <= now + AHEAD_SECONDS else 0
            taken = await self._taken(connection, running, name, most)
            if taken:
                await items.spend(connection, name, first + len(taken) * step)
        for place, (row, found) in enumerate(taken):
            self._begin(name, self._item(row, found, here + first - now + place * step))
        if most and not taken:
            return _IDLE_SECONDS
        # Again when half of what was taken has gone: there is always something in hand when its time comes.
        return max(first + len(taken) * step - now - AHEAD_SECONDS / 2, 0.01)

    async def _taken(
        self, connection: Connection, running: list[Tree], name: str, most: int
    ) -> list[tuple[Tree, Tree]]:
        """Questions of all orders in turn: a large one does not keep a small one waiting."""
        taken: list[tuple[Tree, Tree]] = []
        left = list(running)
        while most > len(taken) and left:
            share = max(1, (most - len(taken)) // len(left))
            for row in list(left):
                want = min(share, most - len(taken))
                found = await items.reserve(connection, row["id"], name, self.id, want) if want else []
                taken += [(row, one) for one in found]
                if len(found) < want:
                    left.remove(row)
        return taken

    def _may(self, row: Tree, name: str) -> bool:
        """Whether routing lets the consumer ask there now: a connection or a consumer may be switched off."""
        types = [(one.klass, one.informationstyp) for one in unkept(row["spec"]).spec.informationstyper]
        wanted = self._ground.sources[name].version
        try:
            plans = self._ground.router.plans(row["consumer"], types, "", wanted)
        except GatewayError:
            return False
        return any(name in plan.sources for plan in plans) and self._caller(row["consumer"]) is not None

    def _caller(self, consumer: str) -> Caller | None:
        return self._ground.consumers.current.named(consumer)

    def _item(self, row: Tree, found: Tree, when: float) -> _Item:
        key = (row["id"], found["place"], found["part"])
        person = self._ground.seals.open(found["sealed"], row["id"], found["place"])
        return _Item(key, found["upstream"], found["tries"], unkept(row["spec"]), row["consumer"], person, when)

    def _begin(self, name: str, item: _Item) -> None:
        task = asyncio.create_task(self._guarded(item))
        self._working[name].add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._working[name].discard(task)
            self._wake[name].set()
            if item.kept.spec.lage != "svar":  # what came may decide whom to ask next
                self._to_care.set()

        task.add_done_callback(ended)

    async def _guarded(self, item: _Item) -> None:
        try:
            await self._wait_and_ask(item)
        except (NotClaimed, GatewayError) as error:  # the latter is the question's result, and kept as such
            if isinstance(error, LedgerUnavailable):
                self._rest(item.upstream)
        except Exception as error:  # noqa: BLE001  Rule 4
            log.failure("order-question-failed", error, upstream=item.upstream)
        account = self._accounts.pop(item.key, None)
        if account is None or not account.intent:
            self._to_release.add(item.key)
        elif not account.concluded:
            self._given_up.add(account.intent)
        elif account.unsent:
            self._rest(item.upstream)

    async def _wait_and_ask(self, item: _Item) -> None:
        """Asks when its time has come; raises NotClaimed, and what asking raises."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(item.when - loop.time(), 0))
        caller = self._caller(item.consumer)
        if self._closing or caller is None:
            raise NotClaimed(full=False)
        done = False
        while not done:
            done = await self._asked(item, caller)
            if not done:
                await asyncio.sleep(_FULL_SECONDS)

    async def _asked(self, item: _Item, caller: Caller) -> bool:
        """Whether there was room for it at the upstream; raises NotClaimed, and what asking raises."""
        ground = self._ground
        source = ground.sources[item.upstream]
        account = Account(
            ground.book,
            ground.seals,
            caller,
            item.key,
            item.upstream,
            self.id,
            source.settings.orders_concurrent,
            item.tries,
        )
        self._accounts[item.key] = account
        try:
            records = Records(account, ground.support)
            svar = await ask(_asking(item, caller), source, records, "primary", f"order:{item.key[0]}")
        except NotClaimed as refused:
            if refused.full and not self._closing:
                return False
            raise
        if not account.intent:
            await account.keep_unasked(svar)
        return True

    def _rest(self, name: str) -> None:
        self._not_before[name] = asyncio.get_running_loop().time() + _BACK_OFF_SECONDS

    async def _live(self) -> None:
        """Says that we live, and what we have let go of."""
        while True:
            release, given_up = set(self._to_release), set(self._given_up)
            try:
                async with self._ground.book.transaction() as connection:
                    await items.beat(connection, self.id, await orders.now(connection))
                    for key in release:
                        await items.release(connection, key, self.id)
                    await items.give_up(connection, self.id, given_up)
                self._known_to_live.set()
                self._to_release -= release
                self._given_up -= given_up
            except Exception as error:  # noqa: BLE001  Rule 4
                log.failure("orders-beat-failed", error)
            await asyncio.sleep(_BEAT_SECONDS)

    async def _care(self) -> None:
        await self._known_to_live.wait()
        while True:
            busy = False
            try:
                if busy := await self._steward.look(self.id):
                    self.wake()
            except Exception as error:  # noqa: BLE001  Rule 4
                log.failure("orders-care-failed", error)
            await asyncio.sleep(_BUSY_SECONDS)
            if not busy:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AHEAD_SECONDS):
                        await self._to_care.wait()
            self._to_care.clear()

    def _lost(self, error: Exception) -> None:
        log.failure("orders-listen-failed", error)  # without it we look every second


def _asking(item: _Item, caller: Caller) -> Asking:
    said = {name: item.person[name] for name in ("personnummer", "kortform") if name in item.person}
    fraga = said | item.kept.spec.base()
    order, place, _ = item.key
    return Asking(
        fraga=fraga,
        consumer=caller.name,
        actor=item.kept.aktor,
        purpose=item.kept.purpose,
        ground=item.kept.ground,
        face="v1",
        cut=caller.cut(fraga),
        shows=caller.shows,
        correlation_id=str(uuid.uuid5(uuid.UUID(order), str(place))),
    )
