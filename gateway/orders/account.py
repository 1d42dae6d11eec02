"""One question of an order in the ledger: what becomes of it is written in the very transactions of its ledger rows.

Rule 1: the question is marked as claimed together with its intent, or neither: so it is sent at most once.
Rule 2: its answer is kept together with its outcome, or neither. Nobody waits for it, so that is tried for a while.
Rule 3: a question of which not one byte was sent may wait again, a few times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.consumers.caller import Caller
from gateway.errors import LedgerUnavailable
from gateway.ledger import entries
from gateway.ledger.book import Ledger
from gateway.ledger.entries import Intent, Outcome
from gateway.orders.sealing import Seals
from gateway.store import items, orders
from gateway.store.database import Connection

Tree = dict[str, Any]

_TRIES = 5
_PATIENCE_SECONDS = 60
_AGAIN_SECONDS = 1.0


class NotClaimed(Exception):
    """The question is not to be sent, or not now: `full` where too many are at the upstream."""

    def __init__(self, *, full: bool) -> None:
        super().__init__("not claimed")
        self.full = full


@dataclass(slots=True)
class Account(entries.Ledger):
    """The ledger, for one question of an order."""

    book: Ledger
    seals: Seals
    caller: Caller
    key: items.Key
    upstream: str
    worker: str
    concurrent: int
    tries: int
    intent: str = ""
    unsent: bool = False
    """Whether it was claimed, and then not one byte left."""
    concluded: bool = False
    _full: bool = field(default=False, init=False)

    async def intend(self, intent: Intent) -> None:
        """Claims the question with its intent; raises NotClaimed and LedgerUnavailable."""

        async def claim(connection: Connection) -> bool:
            self._full = await items.claimed(connection, self.upstream) >= self.concurrent
            if self._full or not await items.claim(connection, self.key, self.worker, intent.id):
                return False
            if await orders.asked(connection, self.key[0]):
                return True
            await items.unclaim(connection, self.key, intent.id)
            return False

        self.intent = intent.id
        if not await self.book.intend_with(intent, claim):
            self.intent = ""
            raise NotClaimed(full=self._full)

    async def conclude(self, outcome: Outcome, svar: Mapping[str, Any] | None = None) -> None:
        """Keeps what became of it with its outcome; raises LedgerUnavailable after a minute."""
        self.unsent = not outcome.sent
        changed = self._changed(outcome, svar)

        async def keep(connection: Connection) -> bool:
            await items.conclude(connection, self.key, outcome.id, changed)
            if self.unsent:
                await orders.not_asked(connection, self.key[0])
            return True  # whatever became of the question meanwhile, the ledger says what became of this intent

        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    await self.book.conclude_with(outcome, keep)
                except LedgerUnavailable:
                    await asyncio.sleep(_AGAIN_SECONDS)
                else:
                    self.concluded = True
                    return

    async def keep_unasked(self, svar: Mapping[str, Any]) -> None:
        """Keeps an answer for which nothing had to be sent; raises LedgerUnavailable."""
        sealed = self._sealed(svar)

        async def keep(connection: Connection) -> bool:
            changed = {"state": "done", "outcome": "unasked", "answer": sealed}
            return await items.unasked(connection, self.key, self.worker, changed)

        await self.book.write_with(keep)

    def _changed(self, outcome: Outcome, svar: Mapping[str, Any] | None) -> Tree:
        if self.unsent and self.tries + 1 < _TRIES:
            return {"state": "waiting", "intent": "", "tries": self.tries + 1}
        answer = self._sealed(svar) if svar is not None else None
        return {"state": "done", "outcome": outcome.result, "answer": answer}

    def _sealed(self, svar: Mapping[str, Any]) -> bytes:
        """What the consumer is shown of the answer: more of it is not kept."""
        return self.seals.close(self.caller.shown(dict(svar)).svar, *self.key)
