"""How much one consumer may ask, in a minute and at once: at its limits it waits, and nobody else notices.

Both refusals are RateLimited (429): they say that this consumer asks too much, not that the gateway has too much to do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from gateway import clock
from gateway.consumers.caller import Caller
from gateway.errors import RateLimited

_MOMENT_SECONDS = 1
"""What a caller with too many questions in work is told to wait: how long they take is not known."""


class Limits:
    """The questions of every consumer: in work now, and asked within the last minute."""

    def __init__(self) -> None:
        self._asked = MovingWindowRateLimiter(MemoryStorage())
        self._working: Counter[str] = Counter()

    @asynccontextmanager
    async def question(self, caller: Caller) -> AsyncIterator[None]:
        """Holds a place for one question; raises RateLimited, which takes no place and does not count."""
        if caller.concurrent is not None and self._working[caller.name] >= caller.concurrent:
            raise RateLimited("too many questions of this consumer are in work", retry_after=_MOMENT_SECONDS)
        self._working[caller.name] += 1
        try:
            await self._count(caller)
            yield
        finally:
            self._working[caller.name] -= 1

    async def _count(self, caller: Caller) -> None:
        if caller.per_minute is None:
            return
        item = RateLimitItemPerMinute(caller.per_minute)
        if not await self._asked.hit(item, caller.name):
            window = await self._asked.get_window_stats(item, caller.name)
            wait = math.ceil(window.reset_time - clock.now().timestamp())
            raise RateLimited("too many questions of this consumer within a minute", retry_after=min(max(wait, 1), 60))
