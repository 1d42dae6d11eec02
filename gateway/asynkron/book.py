"""One order's record: every event is kept before it counts, and each row's answer together with its event."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from gateway.asynkron.events import Event, RowCame
from gateway.asynkron.order import Order, Verdict, fold

Tree = dict[str, Any]


class Keeper(Protocol):
    """Where orders are kept; the answer of a row is kept in the same transaction as its event, or neither is."""

    async def append(self, reference: str, event: Event, answer: Tree | None) -> None:
        """Keeps an event of an order; returns when it is durable, and raises when it is not."""


class Books(Protocol):
    """The orders that there are."""

    async def open(self, reference: str) -> Book | None:
        """The book of an order, the same object for as long as anybody uses it; None where there is no such order."""


class Book:
    """An order in use: what has become of it, its questions by row, and where its events are kept.

    One process uses one book for an order at a time: what comes is judged by what came before it.
    """

    def __init__(
        self, reference: str, questions: Mapping[str, Tree], keeper: Keeper, recorded: Iterable[Event] = ()
    ) -> None:
        self.reference = reference
        self.order: Order = fold(recorded)
        self._questions, self._keeper = questions, keeper
        self._lock = asyncio.Lock()

    @property
    def questions(self) -> Mapping[str, Tree]:
        """The questions in canonical form, by row."""
        return self._questions

    async def record(self, event: Event) -> None:
        """Keeps an event, then lets it count."""
        async with self._lock:
            await self._keeper.append(self.reference, event, None)
            self.order.apply(event)

    async def record_row(self, event: RowCame, answer: Tree) -> Verdict:
        """Keeps a row with its answer if it is new, without it if it contradicts, and not at all if it came before."""
        async with self._lock:
            verdict = self.order.judge(event)
            if verdict != "same":
                await self._keeper.append(self.reference, event, answer if verdict == "new" else None)
                self.order.apply(event)
            return verdict
