"""One order's record: every event is kept before it counts, and each row's answer together with its event."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from gateway.asynkron.events import Event, RowCame
from gateway.asynkron.order import Order, Verdict, fold

Tree = dict[str, Any]


class Keeper(Protocol):
    """Where orders are kept; the answer of a row is kept in the same transaction as its event, or neither is."""

    async def append(self, reference: str, event: Event, answer: Tree | None) -> Sequence[Event]:
        """Keeps an event of an order; returns when it is durable, and raises when it is not.

        Where another process kept events meanwhile, these are given and nothing is kept: it may have to be judged anew.
        """

    async def missed(self, reference: str) -> Sequence[Event]:
        """The events that another process kept since the last time."""


class Books(Protocol):
    """The orders that there are."""

    async def open(self, reference: str) -> Book | None:
        """The book of an order, the same object for as long as anybody uses it; None where there is no such order."""


class Book:
    """An order in use: what has become of it, its questions by row, and where its events are kept.

    What comes is judged by what came before it, also where several processes have a book of the same order: who
    missed something is told so instead of being kept.
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
            while missed := await self._keeper.append(self.reference, event, None):
                self._take_in(missed)
            self.order.apply(event)

    async def record_row(self, event: RowCame, answer: Tree) -> Verdict:
        """Keeps a row with its answer if it is new, without it if it contradicts, and not at all if it came before."""
        async with self._lock:
            while (verdict := self.order.judge(event)) != "same":
                missed = await self._keeper.append(self.reference, event, answer if verdict == "new" else None)
                if not missed:
                    self.order.apply(event)
                    break
                self._take_in(missed)
            return verdict

    async def catch_up(self) -> None:
        """Takes in what other processes kept."""
        async with self._lock:
            self._take_in(await self._keeper.missed(self.reference))

    def _take_in(self, missed: Sequence[Event]) -> None:
        for event in missed:
            self.order.apply(event)
