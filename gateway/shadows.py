"""Questions in the background: a second version is asked the same, and the answer in front never hears of it.

Rule 1: a shadow is begun when its primary's answer is there, on a connection of its own, within a budget of its own;
        what is over the budget is not asked, and counted.
Rule 2: nothing that becomes of it reaches a caller: no error, no delay, no other version's failure.
Rule 3: it is a disclosure like any other, and stands in the ledger before it is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from gateway.asking import Asking, Records, ask
from gateway.errors import GatewayError
from gateway.logs import log
from gateway.routing.plan import Plan
from gateway.sources import Source

Tree = dict[str, Any]


class Told(Protocol):
    """Who is told what became of the shadows."""

    def skipped(self, upstream: str) -> None:
        """A shadow was not asked, since its budget is used up."""

    def came(self, asking: Asking, plan: Plan, svar: Tree, shadow: Tree | GatewayError) -> None:
        """What a shadow came to, beside the answer in front."""


class Shadows:
    """Asks in the background."""

    def __init__(self, sources: Mapping[str, Source], records: Records, told: Told) -> None:
        self._sources = sources
        self._records = records
        self._told = told
        self._rate = MovingWindowRateLimiter(MemoryStorage())
        self._running: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, asking: Asking, plan: Plan, svar: Tree) -> None:
        """Begins a shadow and returns at once."""
        if plan.shadow is None:
            return
        task = asyncio.create_task(self._guarded(asking, plan, plan.shadow, svar))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Gives up what is running and closes the connections."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for source in self._sources.values():
            await source.aclose()

    async def _guarded(self, asking: Asking, plan: Plan, name: str, svar: Tree) -> None:
        source = self._sources[name]
        settings = source.settings
        limit = RateLimitItemPerMinute(settings.shadow_per_minute)
        if self._running.get(name, 0) >= settings.shadow_concurrent or not await self._rate.hit(limit, name):
            self._told.skipped(name)
            return
        self._running[name] = self._running.get(name, 0) + 1
        try:
            self._told.came(asking, plan, svar, await self._asked(asking, plan, source))
        except Exception as error:  # noqa: BLE001  Rule 2
            log.failure("shadow failed", error, upstream=name)
        finally:
            self._running[name] -= 1

    async def _asked(self, asking: Asking, plan: Plan, source: Source) -> Tree | GatewayError:
        try:
            return await ask(asking, source, self._records, "shadow", f"shadow:{plan.rule}")
        except GatewayError as error:
            return error
