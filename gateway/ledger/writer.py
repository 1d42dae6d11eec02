"""One writer for each process: rows that wait while a commit runs go into the next one together (group commit).

Rule 1  A row's caller goes on when the row is durable, and not before.
Rule 2  Nothing waits for company: a row that comes to an idle writer is written at once.
Rule 3  A row that was handed over is written, also when its caller has stopped waiting for it.
Rule 4  What fails, fails for the rows of that transaction alone; the next one begins with a new connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from typing import Any

from gateway.errors import LedgerUnavailable
from gateway.ledger.appending import append
from gateway.ledger.keyring import Keyring
from gateway.logs import log
from gateway.store.database import FAILURES, Connection, Database, cause

ROWS = 200
"""The most rows of one transaction."""
SECONDS = 10
"""How long a transaction may take, connecting included."""
RETRY_SECONDS = 5

Row = Mapping[str, Any]


class Writer:
    """Rows in, durable rows out; `open` first, `aclose` last."""

    def __init__(self, database: Database, ring: Keyring) -> None:
        self._database, self._ring = database, ring
        self._waiting: deque[tuple[Row | None, asyncio.Future[None]]] = deque()
        self._handed_over = asyncio.Event()
        self._connection: Connection | None = None
        self._prepared = self._closing = self._failing = False
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Starts the writer in the running event loop."""
        self._task = asyncio.create_task(self._run(), name="ledger")

    async def aclose(self) -> None:
        """Writes what waits, then closes the connection."""
        self._closing = True
        self._handed_over.set()
        if self._task is not None:
            await self._task
        await self._drop()

    async def write(self, row: Row | None) -> None:
        """Returns when the row is durable; raises LedgerUnavailable. Without a row, when a transaction was possible."""
        if self._task is None or self._closing:
            raise _unavailable()
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((row, done))
        self._handed_over.set()
        await done

    async def _run(self) -> None:
        while True:
            await self._handed_over.wait()
            self._handed_over.clear()
            while self._waiting:
                await self._transaction([self._waiting.popleft() for _ in range(min(ROWS, len(self._waiting)))])
            if self._closing:
                return

    async def _transaction(self, batch: list[tuple[Row | None, asyncio.Future[None]]]) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                await self._commit([row for row, _ in batch if row is not None])
        except Exception as error:  # noqa: BLE001  whatever it is, the rows after these must be tried
            for done in (done for _, done in batch if not done.done()):
                done.set_exception(_unavailable())
            await self._failed(error)
        else:
            for done in (done for _, done in batch if not done.done()):
                done.set_result(None)
            if self._failing:
                log.info("ledger-recovered")
            self._failing = False

    async def _commit(self, rows: list[Row]) -> None:
        if not self._prepared:
            await self._database.prepare()
            self._prepared = True
        if self._connection is None:
            self._connection = await self._database.connect()
        async with self._connection.begin():
            await append(self._connection, self._ring, rows)

    async def _failed(self, error: Exception) -> None:
        """Says the first failure of a row of them, and starts anew: the database may be another one by now."""
        if not self._failing:
            log.failure("ledger-failed", error, name=cause(error))
        self._failing, self._prepared = True, False
        await self._drop()

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(*FAILURES):
                async with asyncio.timeout(SECONDS):
                    await connection.invalidate()
                    await connection.close()


def _unavailable() -> LedgerUnavailable:
    return LedgerUnavailable(retry_after=RETRY_SECONDS)
