"""The database itself: what is switched on, what its tables are, and what is said when they are not ours."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from gateway.errors import LedgerUnavailable
from gateway.ledger.book import Ledger, url
from gateway.ledger.settings import LedgerSettings
from gateway.shared.publishing import Stale, history, publish, revision
from gateway.store.database import FAILURES, Database
from gateway.store.errors import StoreError
from gateway.store.migrate import _SCRIPTS, HEAD
from gateway.store.tables import metadata
from tests.ledger.places import Place, intent, opened, verified, write


def place_url(place: Place) -> str:
    return url(place.settings, place.state)


async def test_what_makes_a_commit_last_is_switched_on(place: Place) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 5_000}
    database = Database(place_url(place))
    await database.prepare()
    async with database.begin() as connection:
        if place.is_sqlite:
            found = {name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in wanted}
            assert found == wanted
        else:
            assert (await connection.exec_driver_sql("SHOW synchronous_commit")).scalar() == "on"
            assert (await connection.exec_driver_sql("SHOW statement_timeout")).scalar() == "5s"
    await database.aclose()


async def test_postgresql_that_does_not_wait_for_its_disk_is_told_to(place: Place) -> None:
    if place.is_sqlite:
        pytest.skip("about PostgreSQL")
    with place.server() as server:
        server.execute(f"ALTER DATABASE {str(place.settings.url).rpartition('/')[2]} SET synchronous_commit = off")
    await test_what_makes_a_commit_last_is_switched_on(place)


async def test_the_file_is_for_nobody_else(tmp_path: Path) -> None:
    place = Place(tmp_path / "a" / "state", LedgerSettings())
    async with opened(place) as ledger:
        await write(ledger, 1)
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in place.state.iterdir()}
    assert set(files) == {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.keys"}
    assert set(files.values()) == {0o600}
    assert stat.S_IMODE(place.state.stat().st_mode) == 0o700


async def test_the_migrations_lead_to_the_tables(place: Place) -> None:
    database = Database(place_url(place))
    await database.prepare()

    def differences(connection: Connection) -> Any:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with database.begin() as connection:
        assert await connection.run_sync(differences) == []
    await database.aclose()


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    assert ScriptDirectory(str(_SCRIPTS)).get_heads() == [HEAD]


async def test_what_was_published_is_never_changed(place: Place) -> None:
    database = Database(place_url(place))
    await database.prepare()
    async with database.begin() as connection:
        assert await publish(connection, "rules", b"a", who="a") == 1
        assert await publish(connection, "rules", b"b", who="a", base=1) == 2
        assert await publish(connection, "routing", b"c", who="a", base=0) == 1
        with pytest.raises(Stale, match="revision 2 is current"):
            await publish(connection, "rules", b"d", who="a", base=1)
    refused = (sqlite3.IntegrityError, psycopg.errors.RestrictViolation)
    again = "SELECT kind, revision, at, who, note, 'x' FROM publications WHERE kind = 'rules' AND revision = 1"
    for statement in (
        "UPDATE publications SET text = ''",
        "DELETE FROM publications",
        f"INSERT OR REPLACE INTO publications {again}" if place.is_sqlite else "TRUNCATE publications",
    ):
        with pytest.raises(refused), place.hands(tied=True) as cursor:
            cursor.execute(statement)
    async with database.reading() as connection:
        assert [one.number for one in await history(connection, "rules")] == [1, 2]
        first = await revision(connection, "rules", 1)
    assert first is not None
    assert first.content == b"a"
    await database.aclose()


async def test_tables_are_made_once_however_many_start(place: Place) -> None:
    databases = [Database(place_url(place)) for _ in range(5)]
    await asyncio.gather(*(each.prepare() for each in databases))
    for each in databases:
        await each.check()
        await each.aclose()


async def test_tables_of_a_newer_program_are_left_alone(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 1)
    with place.hands(tied=True) as cursor:
        cursor.execute("UPDATE alembic_version SET version_num = '9999'")
    ledger = Ledger(place.settings, place.state)
    await ledger.open()
    assert not await ledger.ready()
    with pytest.raises(LedgerUnavailable):
        await ledger.intend(intent())
    with pytest.raises(StoreError, match="expected the tables of this program's version"):
        await verified(place)
    with pytest.raises(StoreError, match="theirs is newer"):
        await ledger.database.prepare()
    await ledger.aclose()


async def test_a_gateway_needs_no_more_rights_than_to_read_and_to_add(place: Place) -> None:
    if place.is_sqlite:
        pytest.skip("SQLite has no rights of its own")
    database = Database(place_url(place))
    await database.prepare()
    await database.aclose()
    role = f"lefi_{uuid.uuid4().hex}"
    with place.server() as server:
        server.execute(f"CREATE ROLE {role} LOGIN")
    with place.hands(tied=True) as cursor:
        cursor.execute(f"GRANT SELECT ON alembic_version TO {role}; GRANT SELECT, INSERT ON ledger TO {role}")
    theirs = replace(place, settings=LedgerSettings(url=place_url(place).replace("postgres@", f"{role}@")))
    try:
        async with opened(theirs) as ledger:
            await write(ledger, 3)
        for statement in ("UPDATE ledger SET kind = NULL", "DELETE FROM ledger", "TRUNCATE ledger"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), theirs.hands(tied=True) as cursor:
                cursor.execute(statement)
        assert (await verified(theirs)).head.seq == 6
    finally:
        with place.hands(tied=True) as cursor:
            cursor.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")


async def test_tables_that_are_not_there_are_no_empty_ledger(place: Place) -> None:
    database = Database(place_url(place))
    if place.is_sqlite:
        assert not database.exists()
        with pytest.raises(FAILURES):
            await database.check()
        assert not place.file.exists()
    else:
        with pytest.raises(StoreError):
            await database.check()
    await database.aclose()


@pytest.mark.parametrize(
    "given", ["", "hej", "mysql://a/b", "sqlite://", "sqlite://host/x", "http://x", "sqlite:///", "postgresql"]
)
def test_an_address_of_no_such_database_is_refused(given: str) -> None:
    with pytest.raises(StoreError, match="expected sqlite:///path or postgresql://"):
        Database(given)


@pytest.mark.parametrize("given", ["postgres://u:hemligt@h/d", "postgresql://u:hemligt@h/d?sslmode=require"])
def test_a_password_is_not_shown(given: str) -> None:
    settings = LedgerSettings(url=given)
    assert "hemligt" not in f"{settings!r} {Database(given)!r}"


async def test_who_is_at_work_on_a_new_database_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:  # another process, which came first
        other.execute("BEGIN IMMEDIATE")
        database = Database(f"sqlite:///{file}")
        prepared = asyncio.create_task(database.prepare())
        done, _ = await asyncio.wait([prepared], timeout=0.3)
        assert not done
        other.execute("COMMIT")
    await prepared
    await database.check()
    await database.aclose()
