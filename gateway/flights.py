"""Single flight: whoever asks what is being asked already waits for that answer, so that it is disclosed once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Work in flight, by what it is about; the key must hold whoever asks, so that nobody is told another's answer."""

    def __init__(self) -> None:
        self._flying: dict[Hashable, asyncio.Task[T]] = {}

    async def join(self, key: Hashable, start: Callable[[], Awaitable[T]]) -> T:
        """What the work of that key gives or raises; it is started by the first who asks and outlives its callers."""
        task = self._flying.get(key)
        if task is None:
            task = self._flying[key] = asyncio.ensure_future(start())
            task.add_done_callback(lambda _: self._flying.pop(key, None))
        try:
            # Shielded: a caller that goes away must not take the others' answer, nor a question's last row, with it.
            return await asyncio.shield(task)
        finally:
            del task  # an error knows this frame, and the task the error: with it, a whole answer would stay

    async def settle(self) -> None:
        """Waits for everything that is in flight."""
        await asyncio.gather(*self._flying.values(), return_exceptions=True)
