"""The checks of the ledger: keys, database, tables, whether a row can be written, and whether the chain holds.

A row is tried in a transaction that is undone. A gateway may be running: it waits for that moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from gateway import clock
from gateway.doctor.report import Finding, Said, failed, ok, skipped, warning
from gateway.ledger import keyring, rows, verifying
from gateway.ledger.appending import append
from gateway.ledger.book import key_file, url
from gateway.ledger.entries import Outcome
from gateway.ledger.keyring import KeyringError
from gateway.ledger.settings import LedgerSettings
from gateway.store.database import FAILURES, Database, cause
from gateway.store.errors import StoreError

_CHAIN_SECONDS = 60
_PLACE = "check ledger.url (and that its server runs and lets this user in), or `state` where the database is a file"


async def findings(settings: LedgerSettings, state: Path) -> AsyncIterator[Finding]:
    """What each check of the ledger says; where one fails, those after it are not asked."""
    try:
        database = Database(url(settings, state))
    except StoreError as error:
        yield Finding("", "ledger-opens", failed(str(error), _PLACE))
        return
    file = key_file(settings, state)
    steps = {"ledger-keys": _keys, "ledger-opens": _opens, "ledger-writable": _writable, "ledger-chain": _chain}
    blocked = "" if file.exists() or (database.is_sqlite and database.exists()) else "the gateway has not made it yet"
    try:
        for name, step in steps.items():
            said = skipped(f"not asked, since {blocked}") if blocked else await step(database, file)
            yield Finding("", name, said)
            if said.verdict == "failed":
                blocked = f"{name} does not hold"
    finally:
        await database.aclose()


async def _keys(_database: Database, file: Path) -> Said:
    try:
        ring = keyring.read(file)
    except KeyringError as error:
        remedy = "put the file of keys back from its copy: without it old rows can be neither verified nor searched"
        return failed(str(error), remedy)
    if keyring.open_to_others(file):
        return warning(f"{file} can be read by others than its owner", f"chmod 600 {file}")
    return ok(f"{len(list(ring))} in {file}, the newest is {ring.newest.name}")


async def _opens(database: Database, _file: Path) -> Said:
    if not database.exists():
        return failed(
            "there are keys, and no database in the place that the settings say",
            f"{_PLACE}; where the ledger has never been used, start the gateway or run `lefi ledger upgrade`",
        )
    try:
        await database.check()
    except StoreError as error:
        return failed(str(error), "run `lefi ledger upgrade`, or the program that the tables are of")
    except FAILURES as error:
        return failed(f"the database cannot be read ({cause(error)})", _PLACE)
    return ok(f"{'SQLite' if database.is_sqlite else 'PostgreSQL'}, with the tables of this program")


async def _writable(database: Database, file: Path) -> Said:
    trial = rows.outcome(Outcome("trial of lefi doctor", clock.now(), "undone", sent=False))
    try:
        connection = await database.connect()
        try:
            transaction = await connection.begin()
            await append(connection, keyring.read(file), [trial])
            await transaction.rollback()
        finally:
            await connection.close()
    except FAILURES as error:
        return failed(
            f"no row can be written ({cause(error)})",
            "see that the disk has room and is not read-only, that this user may write there, and that no other "
            "program holds the database: as long as no row can be written, no question is answered",
        )
    return ok("a row can be written")


async def _chain(database: Database, file: Path) -> Said:
    try:
        async with asyncio.timeout(_CHAIN_SECONDS):
            report = await verifying.verify(database, keyring.read(file))
    except TimeoutError:
        return skipped(f"not done in {_CHAIN_SECONDS} s: run `lefi ledger verify`, which takes its time")
    except FAILURES as error:
        return failed(f"the database cannot be read ({cause(error)})", _PLACE)
    if report.damage:
        return failed(
            f"the chain is damaged at row {report.damage.seq} ({report.damage.kind})",
            "keep the database as it is, find out who could write to it, and restore it from a copy whose head is "
            "noted down; `lefi ledger verify` says more",
        )
    return ok(f"the chain holds: {report.head.seq} rows")
