"""What becomes of a pair of answers, one given in front and one got in the background: compared, counted and kept.

Rule 1: nothing here is waited for by a question: pairs wait in a queue of their own, are compared in a thread of their
        own, and are written in batches. What is too much, or cannot be written, is dropped and counted.
Rule 2: a large pair waits in another queue, and is compared in another process: a thread would take the processor from
        the questions for as long as it lasts. There is at most one such process, begun with the first large pair.
Rule 3: kept are places, kinds, classes, keyed hashes and coarse bands (gateway.evidence.strata); values only where that
        is switched on, and encrypted.
Rule 4: the person is in a pair as a keyed hash, so that one who was asked about twice counts once.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple, Unpack

from anyio import to_process
from cryptography.fernet import Fernet, MultiFernet

from gateway import clock
from gateway.asking import Asking
from gateway.comparison.compare import keyed
from gateway.comparison.rules import Rules
from gateway.comparison.settings import ComparisonSettings
from gateway.errors import GatewayError
from gateway.evidence.judged import Judged, Ways, judged, judged_apart
from gateway.evidence.strata import of_question
from gateway.jsonio import encode
from gateway.ledger.keyring import Keyring
from gateway.ledger.rows import moment
from gateway.logs import log
from gateway.metrics import Metrics
from gateway.routing.plan import Plan
from gateway.store import pairs as store
from gateway.store.database import Database
from gateway.watched import Holding

Tree = dict[str, Any]
Row = dict[str, Any]
_Got = TypeVar("_Got")
_Given = TypeVarTuple("_Given")

KEY_LABEL, SEAL_LABEL = "comparison", "comparison-values"
"""For which purposes keys are derived from the keyring's."""

_MOST_WAITING = 200
_AT_ONCE = 50
_SECONDS = 10
_LARGE = 50_000
"""Values of an answer, about a megabyte of JSON, from which on it is large."""
_MOST_LARGE_WAITING = 4
_LARGE_SECONDS = 60
_SWEEP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Pair:
    consumer: str
    correlation_id: str
    fraga: Tree = field(repr=False)
    front: Tree = field(repr=False)
    upstream: str
    version: str
    back: Tree | GatewayError = field(repr=False)
    at: datetime

    @property
    def large(self) -> bool:
        """Whether either answer is."""
        return isinstance(self.back, dict) and (_large(self.front) or _large(self.back))


_Judge = Callable[[_Pair, Tree], Awaitable[Judged]]


class Pairs:
    """Is told of every shadow; `open` first, in the event loop that it is used in, `aclose` last."""

    def __init__(  # noqa: PLR0913, PLR0917  where it counts and keeps, and by what it compares
        self,
        metrics: Metrics,
        database: Database,
        ring: Keyring,
        rules: Holding[Rules],
        settings: ComparisonSettings,
        versions: dict[str, str],
    ) -> None:
        self._metrics, self._database, self._rules, self._settings = metrics, database, rules, settings
        self._versions = versions
        self._key = ring.derive(KEY_LABEL)
        self._seal = sealing(ring)
        self._waiting: asyncio.Queue[_Pair] = asyncio.Queue(_MOST_WAITING)
        self._large: asyncio.Queue[_Pair] = asyncio.Queue(_MOST_LARGE_WAITING)
        self._thread = ThreadPoolExecutor(1, "comparison")
        self._stop = asyncio.Event()
        self._work_tasks: list[asyncio.Task[None]] = []
        self._sweep_task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Starts to compare."""
        self._work_tasks = [
            asyncio.create_task(self._run(self._waiting, _AT_ONCE, self._judged), name="pairs"),
            asyncio.create_task(self._run(self._large, 1, self._judged_apart), name="pairs-large"),
        ]
        self._sweep_task = asyncio.create_task(self._sweep(), name="pairs-sweep")

    async def aclose(self) -> None:
        """Keeps what waits, as far as that is quick, and stops."""
        self._stop.set()
        if self._sweep_task is not None:
            await self._sweep_task
        if self._work_tasks:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * _SECONDS):
                    await self.settle()
            for task in self._work_tasks:
                task.cancel()
            await asyncio.gather(*self._work_tasks, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def settle(self) -> None:
        """Returns when everything that was told is kept or dropped."""
        await self._waiting.join()
        await self._large.join()

    def skipped(self, upstream: str) -> None:
        """A shadow was not asked: its budget is used up."""
        self._metrics.shadowed(upstream, "skipped")
        log.info("shadow not asked", upstream=upstream)

    def came(self, asking: Asking, plan: Plan, svar: Tree, shadow: Tree | GatewayError) -> None:
        """A shadow has come to an answer or to an error; `svar` is the answer in front."""
        upstream = plan.shadow or ""
        if isinstance(shadow, GatewayError):
            self._metrics.shadowed(upstream, "failed")
            log.info("shadow failed", upstream=upstream, problem=shadow.type, correlation_id=asking.correlation_id)
        pair = _Pair(
            asking.consumer,
            asking.correlation_id,
            asking.fraga,
            svar,
            upstream,
            self._versions.get(upstream, ""),
            shadow,
            clock.now(),
        )
        try:
            (self._large if pair.large else self._waiting).put_nowait(pair)
        except asyncio.QueueFull:
            self._dropped(1)

    def _dropped(self, count: int) -> None:
        self._metrics.pairs_dropped(count)
        log.warning("pairs dropped", seq=count)

    async def _run(self, waiting: asyncio.Queue[_Pair], at_once: int, judge: _Judge) -> None:
        while True:
            batch = [await waiting.get()]
            while len(batch) < at_once and not waiting.empty():
                batch.append(waiting.get_nowait())
            try:
                await self._work(batch, judge)
            finally:
                for _ in batch:
                    waiting.task_done()

    async def _work(self, batch: list[_Pair], judge: _Judge) -> None:
        rows = []
        for pair in batch:
            try:
                rows.append(await self._row(pair, judge))
            except Exception as error:  # noqa: BLE001  Rule 1: one that cannot be compared must not end the others
                log.failure("pair not compared", error, upstream=pair.upstream, correlation_id=pair.correlation_id)
                self._dropped(1)
        try:
            async with asyncio.timeout(_SECONDS), self._database.begin() as connection:
                if rows:
                    await store.add(connection, rows)
        except Exception as error:  # noqa: BLE001  Rule 1
            log.failure("pairs not kept", error)
            self._dropped(len(rows))

    async def _row(self, pair: _Pair, judge: _Judge) -> Row:
        """The row of a pair; counts whether the two say the same, accepted differences apart."""
        front = pair.front["kalla"]
        row: Row = {
            "at": moment(pair.at),
            "correlation_id": pair.correlation_id,
            "consumer": pair.consumer,
            "person": keyed(self._key, "/fraga/personnummer", pair.fraga["personnummer"]),
            **of_question(pair.fraga, clock.today()),
            "front": front["uppstroms"],
            "front_version": front["version"],
            "back": pair.upstream,
            "back_version": pair.version,
            "problem": "",
            "fields": "{}",
            "differences": "[]",
            "sealed": None,
        }
        if isinstance(pair.back, GatewayError):
            return row | {"problem": pair.back.type}
        found = await judge(pair, pair.back)
        self._metrics.shadowed(pair.upstream, "different" if found.differ else "same")
        row |= {"fields": found.fields, "differences": found.differences}
        return row if found.values is None else row | {"sealed": await self._beside(self._seal.encrypt, found.values)}

    async def _judged(self, pair: _Pair, back: Tree) -> Judged:
        return await self._beside(judged, pair.front, back, self._ways(pair))

    async def _judged_apart(self, pair: _Pair, back: Tree) -> Judged:
        async with asyncio.timeout(_LARGE_SECONDS):
            sides = await self._beside(encode, pair.front), await self._beside(encode, back)
            return await to_process.run_sync(judged_apart, *sides, self._ways(pair), cancellable=True)

    async def _beside(self, work: Callable[[Unpack[_Given]], _Got], *given: *_Given) -> _Got:
        """In the thread that pairs have to themselves."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def _ways(self, pair: _Pair) -> Ways:
        versions = pair.front["kalla"]["version"], pair.version
        return Ways(versions, self._rules.current, clock.today(), pair.consumer, self._key, self._settings.keep_values)

    async def _sweep(self) -> None:
        """Removes what is too old, now and every hour."""
        wait = 0.0
        while not await stopped(self._stop, wait):
            wait = _SWEEP_SECONDS
            before = moment(clock.now() - timedelta(days=self._settings.keep_days))
            try:
                async with asyncio.timeout(_SECONDS), self._database.begin() as connection:
                    await store.remove(connection, before)
            except Exception as error:  # noqa: BLE001  Rule 1
                log.failure("pairs not removed", error)


def sealing(ring: Keyring) -> MultiFernet:
    """What values are encrypted with: the newest key, and read with any."""
    keys = reversed([key.derive(SEAL_LABEL) for key in ring])
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _large(tree: Tree) -> bool:
    """Whether an answer holds that many values; looks at no more of them."""
    left = _LARGE
    waiting: list[Any] = [tree]
    while waiting and left > 0:
        found = waiting.pop()
        inner = found.values() if isinstance(found, dict) else found
        left -= len(inner)
        waiting += [each for each in inner if isinstance(each, dict | list)][: max(left, 0)]
    return left <= 0


async def stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Waits so long; at once True when it is to end."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()
