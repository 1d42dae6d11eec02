"""One writer for each process: rows that wait while a commit runs go into the next one together (group commit).

Rule 1  A row's caller goes on when the row is durable, and not before.
Rule 2  Nothing waits for company: a row that comes to an idle writer is written at once.
Rule 3  A row that was handed over is written, also when its caller has stopped waiting for it.
Rule 4  What fails, fails for the rows of that transaction alone; the next one begins with a new connection.
Rule 5  What is written beside a row stands or falls with it, and may keep it from being written.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import LedgerUnavailable
from gateway.ledger.appending import append
from gateway.ledger.keyring import Keyring
from gateway.logs import log
from gateway.store import ledger
from gateway.store.database import FAILURES, Connection, Database, cause

ROWS = 200
"""The most rows of one transaction."""
SECONDS = 10
"""How long a transaction may take, connecting included."""
RETRY_SECONDS = 5

Row = Mapping[str, Any]
Beside = Callable[[Connection], Awaitable[bool]]
"""Statements in the transaction of a row, before it; whether the row is to be written."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    row: Row | None
    beside: Beside | None
    done: asyncio.Future[bool]


class Writer:
    """Rows in, durable rows out; `open` first, `aclose` last."""

    def __init__(self, database: Database, ring: Keyring) -> None:
        self._database, self._ring = database, ring
        self._waiting: deque[_Waiting] = deque()
        self._handed_over = asyncio.Event()
        self._connection: Connection | None = None
        self._prepared = self._closing = self._failing = False
        self._alone = asyncio.Lock()
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

    async def write(self, row: Row | None, beside: Beside | None = None) -> bool:
        """Returns when the row is durable; raises LedgerUnavailable. Without a row, when a transaction was possible.

        False where what is written `beside` it kept it from being written.
        """
        if self._task is None or self._closing:
            raise _unavailable()
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(row, beside, done))
        self._handed_over.set()
        return await done

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction of somebody else's between those of rows; raises one of FAILURES.

        SQLite has one place for whoever writes: two connections of one process would wait for each other by sleeping.
        """
        async with self._alone:
            try:
                connection = await self._connected()
                async with connection.begin():
                    yield connection
            except BaseException:  # cancelled in the middle of a statement, too: what the connection is in is unknown
                await asyncio.shield(self._drop())
                raise

    async def _run(self) -> None:
        while True:
            await self._handed_over.wait()
            self._handed_over.clear()
            while self._waiting:
                await self._transaction([self._waiting.popleft() for _ in range(min(ROWS, len(self._waiting)))])
            if self._closing:
                return

    async def _transaction(self, batch: Sequence[_Waiting]) -> None:
        try:
            async with self._alone, asyncio.timeout(SECONDS):
                written = await self._commit(batch)
        except Exception as error:  # noqa: BLE001  whatever it is, the rows after these must be tried
            for one in (one for one in batch if not one.done.done()):
                one.done.set_exception(_unavailable())
            await self._failed(error)
        else:
            for one, was_written in zip(batch, written, strict=True):
                if not one.done.done():
                    one.done.set_result(was_written)
            if self._failing:
                log.info("ledger-recovered")
            self._failing = False

    async def _commit(self, batch: Sequence[_Waiting]) -> list[bool]:
        connection = await self._connected()
        async with connection.begin():
            # Before anything beside a row: what is decided there holds until the end, whoever else writes.
            await ledger.lock(connection)
            written = [one.beside is None or await one.beside(connection) for one in batch]
            rows = [one.row for one, wanted in zip(batch, written, strict=True) if wanted and one.row is not None]
            await append(connection, self._ring, rows)
        return written

    async def _connected(self) -> Connection:
        if not self._prepared:
            await self._database.prepare()
            self._prepared = True
        if self._connection is None:
            self._connection = await self._database.connect()
        return self._connection

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
