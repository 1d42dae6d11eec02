"""What becomes of a pair of answers, one given in front and one got in the background: compared, counted and kept.

Rule 1: nothing here is waited for by a question: pairs wait in a queue of their own, are compared in a thread of their
        own, and are written in batches. What is too much, or cannot be written, is dropped and counted.
Rule 2: kept are places, kinds, classes and keyed hashes; values only where that is switched on, and encrypted.
Rule 3: the person is in a pair as a keyed hash, so that one who was asked about twice counts once.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, MultiFernet

from gateway import clock
from gateway.asking import Asking
from gateway.comparison.compare import compare, keyed
from gateway.comparison.difference import Comparison
from gateway.comparison.observation import of_answer
from gateway.comparison.rules import Rules
from gateway.comparison.settings import ComparisonSettings
from gateway.errors import GatewayError
from gateway.evidence.observed import Judge, kept
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

KEY_LABEL, SEAL_LABEL = "comparison", "comparison-values"
"""For which purposes keys are derived from the keyring's."""

_MOST_WAITING = 200
_AT_ONCE = 50
_SECONDS = 10
_MOST_VALUES = 50_000
"""Of an answer, about a megabyte of JSON: to compare more would take the processor from the questions."""
_SWEEP_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class _Pair:
    consumer: str
    correlation_id: str
    personnummer: str = field(repr=False)
    front: Tree = field(repr=False)
    upstream: str
    version: str
    back: Tree | GatewayError = field(repr=False)
    at: datetime


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
        self._thread = ThreadPoolExecutor(1, "comparison")
        self._stop = asyncio.Event()
        self._work_task: asyncio.Task[None] | None = None
        self._sweep_task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Starts to compare."""
        self._work_task = asyncio.create_task(self._run(), name="pairs")
        self._sweep_task = asyncio.create_task(self._sweep(), name="pairs-sweep")

    async def aclose(self) -> None:
        """Keeps what waits, as far as that is quick, and stops."""
        self._stop.set()
        if self._sweep_task is not None:
            await self._sweep_task
        if self._work_task is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * _SECONDS):
                    await self.settle()
            self._work_task.cancel()
            await asyncio.gather(self._work_task, return_exceptions=True)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def settle(self) -> None:
        """Returns when everything that was told is kept or dropped."""
        await self._waiting.join()

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
            asking.fraga["personnummer"],
            svar,
            upstream,
            self._versions.get(upstream, ""),
            shadow,
            clock.now(),
        )
        if self._waiting.full() or (not isinstance(shadow, GatewayError) and _large(shadow)):
            self._dropped(1)
        else:
            self._waiting.put_nowait(pair)

    def _dropped(self, count: int) -> None:
        self._metrics.pairs_dropped(count)
        log.warning("pairs dropped", seq=count)

    async def _run(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < _AT_ONCE and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                await self._work(batch)
            finally:
                for _ in batch:
                    self._waiting.task_done()

    async def _work(self, batch: list[_Pair]) -> None:
        loop = asyncio.get_running_loop()
        rows = []
        for pair in batch:
            try:
                rows.append(await loop.run_in_executor(self._thread, self._row, pair))
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

    def _row(self, pair: _Pair) -> Row:
        """The row of a pair; counts whether the two say the same, accepted differences apart."""
        front = pair.front["kalla"]
        row: Row = {
            "at": moment(pair.at),
            "correlation_id": pair.correlation_id,
            "consumer": pair.consumer,
            "person": keyed(self._key, "/fraga/personnummer", pair.personnummer),
            "front": front["uppstroms"],
            "front_version": front["version"],
            "back": pair.upstream,
            "back_version": pair.version,
            "problem": pair.back.type if isinstance(pair.back, GatewayError) else "",
            "fields": "{}",
            "differences": "[]",
            "sealed": None,
        }
        if isinstance(pair.back, GatewayError):
            return row
        day = clock.today()
        made = compare(of_answer(pair.front), of_answer(pair.back), today=day, key=self._key, values=True)
        fields, differences = kept(made, pair.front)
        judge, versions = Judge(self._rules.current, day, pair.consumer), (front["version"], pair.version)
        differ = any(one["class"] == "unexplained" and not judge.rule_of(one, versions) for one in differences)
        self._metrics.shadowed(pair.upstream, "different" if differ else "same")
        sealed = self._sealed(made) if self._settings.keep_values else None
        return row | {"fields": json.dumps(fields), "differences": json.dumps(differences), "sealed": sealed}

    def _sealed(self, made: Comparison) -> bytes:
        """The values of what nothing explains, for whoever has the keyring."""
        values = [{"path": one.path, "left": one.left.value, "right": one.right.value} for one in made.unexplained]
        return self._seal.encrypt(encode(values))

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
    """Whether an answer holds more values than are compared; looks at no more than that many."""
    left = _MOST_VALUES
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
