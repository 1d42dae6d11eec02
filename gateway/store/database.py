"""A database by its URL, with everything switched on that makes a commit last.

SQLite: write-ahead log, synchronous=FULL, foreign keys, a busy timeout, and transactions that take the write lock at
their beginning (BEGIN IMMEDIATE), so that what is read inside one is still true at its end.
PostgreSQL: psycopg, synchronous_commit never off, limits on how long a connection or a statement may take.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from gateway.store.errors import StoreError
from gateway.store.migrate import HEAD, load, revision, upgrade

Connection = AsyncConnection

# It writes every statement with its values to its log. A filter, since `disabled` is undone by whoever configures
# logging afterwards: uvicorn does.
logging.getLogger("aiosqlite").addFilter(lambda _record: False)

BUSY_SECONDS = 5
"""How long another process may hold the write lock, and how long a statement may take."""

_PAUSE_SECONDS = 0.01
_READING = {"lefi_begin": "BEGIN"}
_POSTGRESQL = {
    "connect_timeout": BUSY_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 2 * BUSY_SECONDS * 1000,  # milliseconds
}


FAILURES = (SQLAlchemyError, OSError, TimeoutError, StoreError)
"""Everything that a database raises when it cannot do what it is asked."""


def cause(error: BaseException) -> str:
    """Why the database failed, without any text of its own: SQLITE_BUSY, a SQLSTATE, or the error's name."""
    original = error.orig if isinstance(error, DBAPIError) else None
    for attribute in ("sqlite_errorname", "sqlstate"):
        if name := getattr(original, attribute, None):
            return str(name)
    return type(original or error).__name__


class Database:
    """Connections to one database."""

    def __init__(self, url: str) -> None:
        """Connects to nothing yet; raises StoreError for a URL that is neither sqlite:/// nor postgresql://."""
        self._url = _driver(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        given = {} if self.is_sqlite else {k: v for k, v in _POSTGRESQL.items() if k not in self._url.query}
        self._engine = create_async_engine(self._url, hide_parameters=True, connect_args=given)
        sync = self._engine.sync_engine
        event.listen(sync, "connect", _settle_sqlite if self.is_sqlite else _settle_postgresql)
        if self.is_sqlite:
            event.listen(sync, "begin", _begin)

    async def prepare(self) -> None:
        """Makes the database if it is not there and brings its tables to what this program knows.

        Raises one of FAILURES: also where the tables are of a newer program.
        """
        if self.is_sqlite:
            make_file(Path(self._url.database or ""))
        async with self.reading() as connection:
            if await connection.run_sync(revision) == HEAD:
                return
        load()  # before the lock is taken: who waits for it waits for seconds only
        async with self.begin() as connection:
            await connection.run_sync(upgrade)

    async def check(self) -> None:
        """Raises one of FAILURES where the database cannot be read, or its tables are not those of this program."""
        if self.is_sqlite:  # by a call of our own: where aiosqlite fails to open a file, its thread outlives the loop
            os.close(os.open(self._url.database or "", os.O_RDONLY | os.O_CLOEXEC))
        async with self.reading() as connection:
            if await connection.run_sync(revision) != HEAD:
                raise StoreError("expected the tables of this program's version: lefi ledger upgrade")

    def exists(self) -> bool:
        """Whether there is a database file; of PostgreSQL that is known only by connecting."""
        return not self.is_sqlite or Path(self._url.database or "").is_file()

    async def connect(self) -> Connection:
        """A connection of one's own, to be closed by whoever asked for it."""
        return await self._engine.connect()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """A transaction that writes: committed at the end, undone when anything is raised."""
        async with self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection that reads, and keeps no writer waiting."""
        async with self._engine.connect() as connection:
            yield await connection.execution_options(**_READING)

    async def erase(self) -> None:
        """Takes what was removed out of the files too, as far as the database can."""
        async with self._engine.connect() as connection:
            if self.is_sqlite:  # the pages are overwritten already (secure_delete), the log of writes still has them
                await connection.execution_options(lefi_begin="")
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.exec_driver_sql("SET statement_timeout = 0")
                await connection.exec_driver_sql("VACUUM")
                await connection.invalidate()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._engine.dispose()


def make_file(path: Path) -> None:
    """The database file and its folder, for nobody but us; SQLite gives its side files the same permissions."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _driver(url: str) -> URL:
    try:
        given = make_url(url)
    except SQLAlchemyError:
        raise StoreError("expected sqlite:///path or postgresql://…") from None
    if given.get_backend_name() == "sqlite" and given.database and not given.host:
        return given.set(drivername="sqlite+aiosqlite")
    if given.get_backend_name() in {"postgresql", "postgres"}:
        return given.set(drivername="postgresql+psycopg")
    raise StoreError("expected sqlite:///path or postgresql://…")


def _settle_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by us, see _begin
    cursor = connection.cursor()
    wanted = {"busy_timeout": BUSY_SECONDS * 1000, "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    wanted |= {"secure_delete": 1}  # what is removed is about persons: it is overwritten
    until = time.monotonic() + BUSY_SECONDS
    for name, value in wanted.items():
        while not _set(cursor, name, value, until):
            connection.run_async(_pause)
        cursor.execute(f"PRAGMA {name}")
        if cursor.fetchone()[0] != value:
            msg = f"expected a file system on which SQLite can set {name} to {value}"
            raise StoreError(msg)
    cursor.close()


def _set(cursor: Any, name: str, value: object, until: float) -> bool:
    """False where others are at work on a new database: for the change to WAL, SQLite's own timeout does not wait."""
    try:
        cursor.execute(f"PRAGMA {name} = {value}")
    except sqlite3.OperationalError as exc:
        if exc.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
            raise
        return False
    return True


async def _pause(_connection: Any) -> None:
    await asyncio.sleep(_PAUSE_SECONDS)


def _begin(connection: Any) -> None:
    if statement := connection.get_execution_options().get("lefi_begin", "BEGIN IMMEDIATE"):
        connection.exec_driver_sql(statement)


def _settle_postgresql(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET statement_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("SHOW synchronous_commit")
    if cursor.fetchone()[0] == "off":
        cursor.execute("SET synchronous_commit = on")
    cursor.close()
    connection.commit()
