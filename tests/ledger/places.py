"""Where a ledger of a test lies, what is written into it, and hands that reach past the gateway into its database."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from gateway.ledger import keyring
from gateway.ledger.book import Ledger, key_file, url
from gateway.ledger.entries import Intent, Outcome
from gateway.ledger.keyring import Keyring
from gateway.ledger.settings import LedgerSettings
from gateway.ledger.verifying import Head, Report, verify
from gateway.store.database import Database
from tests.service.running import OTHER_PERSON, PERSON

SERVER = os.environ.get("LEFI_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
SJP = ("formansinformation", "FK:SJP")
PAID = ("utbetalningar", "FK:SJP")
__all__ = ["OTHER_PERSON", "PERSON"]


@dataclass(frozen=True)
class Place:
    """A state folder and a database; the settings that lead to them."""

    state: Path
    settings: LedgerSettings

    @property
    def is_sqlite(self) -> bool:
        return self.settings.url is None

    @property
    def file(self) -> Path:
        return self.state / "ledger.db"

    @property
    def environment(self) -> dict[str, str]:
        """The settings for a command."""
        found = {"LEFI_STATE": str(self.state)}
        return found if self.settings.url is None else found | {"LEFI_LEDGER__URL": self.settings.url}

    def ring(self) -> Keyring:
        return keyring.read(key_file(self.settings, self.state))

    @contextlib.contextmanager
    def hands(self, *, tied: bool = False) -> Iterator[Any]:
        """A cursor with all rights; unless tied, the triggers are off: whoever owns the database can do that."""
        if self.settings.url is None:
            with contextlib.closing(sqlite3.connect(self.file)) as connection, connection:
                cursor = connection.cursor()
                triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
                for name, _ in () if tied else triggers:
                    cursor.execute(f"DROP TRIGGER {name}")
                yield cursor
                for _, text in () if tied else triggers:
                    cursor.execute(text)
        else:
            with psycopg.connect(self.settings.url) as server, server.cursor() as hands:
                if not tied:
                    hands.execute("ALTER TABLE ledger DISABLE TRIGGER USER")
                yield hands
                if not tied:
                    hands.execute("ALTER TABLE ledger ENABLE TRIGGER USER")

    @contextlib.contextmanager
    def server(self) -> Iterator[psycopg.Connection[Any]]:
        """PostgreSQL's server, outside the database of the test."""
        with psycopg.connect(SERVER, autocommit=True) as connection:
            yield connection

    def rows(self) -> list[dict[str, Any]]:
        """All rows, as they stand in the database."""
        with self.hands(tied=True) as cursor:
            cursor.execute("SELECT * FROM ledger ORDER BY seq")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def restore(self, rows: list[dict[str, Any]]) -> None:
        """All rows as they were, whatever has been done to them."""
        mark = "?" if self.is_sqlite else "%s"
        with self.hands() as cursor:
            cursor.execute("DELETE FROM ledger")
            for row in rows:
                columns, marks = ", ".join(row), ", ".join(mark for _ in row)
                cursor.execute(f"INSERT INTO ledger ({columns}) VALUES ({marks})", tuple(row.values()))  # noqa: S608


@contextlib.contextmanager
def sqlite(state: Path) -> Iterator[Place]:
    yield Place(state, LedgerSettings())


@contextlib.contextmanager
def postgresql(state: Path) -> Iterator[Place]:
    """A database of its own, gone afterwards; the test is skipped where no server answers."""
    name = f"lefi_{uuid.uuid4().hex}"
    try:
        server = psycopg.connect(SERVER, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError:
        pytest.skip("no PostgreSQL server answers; LEFI_TEST_POSTGRESQL names another one")
    with server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            yield Place(state, LedgerSettings(url=f"{SERVER.rpartition('/')[0]}/{name}"))
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.asynccontextmanager
async def opened(place: Place) -> AsyncIterator[Ledger]:
    """A ledger as a gateway has it."""
    ledger = Ledger(place.settings, place.state)
    await ledger.open()
    try:
        yield ledger
    finally:
        await ledger.aclose()


def intent(number: int = 0, **changed: Any) -> Intent:
    """A question; each number has its own time, a second after the one before."""
    given: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "at": NOON + timedelta(seconds=number),
        "correlation_id": str(uuid.uuid4()),
        "consumer": "handlaggning",
        "actor": "test-aktor",
        "purpose": "handlaggning av bistand",
        "ground": "SoL 11 kap. 11 §",
        "personnummer": PERSON,
        "types": (SJP, PAID),
        "period": ("2025-01-01", "2025-12-31"),
        "face": "v1",
        "version": "v9",
        "upstream": "v9",
        "role": "primary",
        "reason": "newest",
    }
    return Intent(**given | changed)


def outcome(of: Intent, **changed: Any) -> Outcome:
    """The answer to a question, half a second later."""
    types = {SJP: "levererad", PAID: "inga_uppgifter"}
    given: dict[str, Any] = {"result": "answered", "sent": True, "types": types}
    return Outcome(id=of.id, at=of.at + timedelta(seconds=0.5), **given | changed)


async def write(ledger: Ledger, questions: int, first: int = 0, **changed: Any) -> list[Intent]:
    """Questions and their answers, one after the other."""
    asked = [intent(number, **changed) for number in range(first, first + questions)]
    for one in asked:
        await ledger.intend(one)
        await ledger.conclude(outcome(one))
    return asked


async def verified(place: Place, expect: Head | None = None) -> Report:
    """What `lefi ledger verify` would find."""
    database = Database(url(place.settings, place.state))
    try:
        return await verify(database, place.ring(), expect)
    finally:
        await database.aclose()
