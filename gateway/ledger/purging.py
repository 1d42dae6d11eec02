"""Retention: what old rows say is removed, their places in the chain stay, and a row of the chain says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.ledger import rows
from gateway.ledger.appending import append
from gateway.ledger.keyring import Keyring
from gateway.store import ledger
from gateway.store.database import Database

_STEP = 2_000  # rows at once, so that no writer waits long


@dataclass(frozen=True, slots=True)
class Old:
    """The rows whose time is over: those after one seq and up to another."""

    after: int
    up_to: int

    @property
    def count(self) -> int:
        """How many they are."""
        return max(0, self.up_to - self.after)


def end_of_keeping(now: datetime, years: int) -> datetime:
    """What was written before this time has been kept for that many years."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # 29 February
        return now.replace(year=now.year - years, day=28)


async def old(database: Database, before: datetime) -> Old:
    """The rows that were written before a time and still say something; raises one of FAILURES."""
    async with database.reading() as connection:
        return Old(await ledger.last_empty(connection), await ledger.last_before(connection, rows.moment(before)))


async def purge(database: Database, ring: Keyring, which: Old, now: datetime) -> None:
    """Removes what those rows say; raises one of FAILURES.

    What was begun and not ended is ended by the next time: the row of the chain comes first.
    """
    async with database.begin() as connection:
        if await ledger.purged(connection) < which.up_to:
            await append(connection, ring, [rows.purge(now, which.up_to)])
    for after in range(which.after, which.up_to, _STEP):
        async with database.begin() as connection:
            await ledger.empty(connection, after, min(after + _STEP, which.up_to))
    await database.erase()
