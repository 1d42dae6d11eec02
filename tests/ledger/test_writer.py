"""The one writer: what a returned call means, that rows go together, that nothing is lost beside a failure."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from gateway.errors import LedgerUnavailable
from gateway.ledger import keyring, rows, writer
from gateway.ledger.appending import append
from gateway.ledger.book import Ledger
from gateway.ledger.keyring import KeyringError
from gateway.ledger.settings import LedgerSettings
from gateway.store import database as databases
from tests.ledger.places import Place, intent, opened, outcome, verified, write


async def test_a_row_is_there_when_the_call_returns(place: Place) -> None:
    async with opened(place) as ledger:
        asked = intent()
        await ledger.intend(asked)
        (row,) = place.rows()
        assert (row["seq"], row["kind"], row["id"]) == (1, "intent", asked.id)
        await ledger.conclude(outcome(asked, protected=True, instance="urn:uuid:x"))
    first, second = place.rows()
    assert first["at"] == "2026-01-15T12:00:00.000000Z"
    assert first["types"] == '[["formansinformation", "FK:SJP"], ["utbetalningar", "FK:SJP"]]'
    assert second["at"] == "2026-01-15T12:00:00.500000Z"
    assert second["types"] == (
        '[["formansinformation", "FK:SJP", "levererad"], ["utbetalningar", "FK:SJP", "inga_uppgifter"]]'
    )
    assert bool(second["sent"]) is True
    assert bool(second["protected"]) is True
    report = await verified(place)
    assert (report.head.seq, report.damage, report.questions, report.unknown) == (2, None, 1, 0)


async def test_rows_that_wait_go_together_and_none_waits_for_company(place: Place) -> None:
    async with opened(place) as ledger:
        commits: list[int] = []
        event.listen(ledger.database._engine.sync_engine, "commit", lambda _: commits.append(1))
        await ledger.intend(intent())
        assert len(commits) == 1
        await asyncio.gather(*(ledger.intend(intent(number)) for number in range(2 * writer.ROWS + 1)))
        assert len(commits) <= 1 + 4  # the first of them alone, then at most 200 at a time
    assert [row["seq"] for row in place.rows()] == list(range(1, 2 * writer.ROWS + 3))
    assert (await verified(place)).damage is None


async def test_a_caller_that_goes_away_takes_no_row_with_it(place: Place) -> None:
    async with opened(place) as ledger:
        asked = [intent(number) for number in range(60)]
        calls = [asyncio.ensure_future(ledger.intend(one)) for one in asked]
        await asyncio.sleep(0)
        for call in calls[::2]:
            call.cancel()
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(each) for each in done[::2]] == [asyncio.CancelledError] * 30
        assert done[1::2] == [None] * 30
        await ledger.intend(intent(99))
    assert [row["id"] for row in place.rows()][:60] == [one.id for one in asked]


async def test_what_was_handed_over_is_written_before_the_end(place: Place) -> None:
    async with opened(place) as ledger:
        calls = [asyncio.ensure_future(ledger.intend(intent(number))) for number in range(300)]
        await asyncio.sleep(0)
        await ledger.aclose()
        await asyncio.gather(*calls)
        with pytest.raises(LedgerUnavailable):
            await ledger.intend(intent())
        assert not await ledger.ready()
    assert len(place.rows()) == 300


@pytest.mark.parametrize("text", ["\0", "\ud800"], ids=["null", "half a pair"])
async def test_text_that_cannot_be_kept_fails_its_own_question_alone(place: Place, text: str) -> None:
    async with opened(place) as ledger:
        calls = [ledger.intend(intent(purpose=purpose)) for purpose in ("good", text, "good", "å\u2028\U0001f600")]
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(each) for each in done] == [type(None), LedgerUnavailable, type(None), type(None)]
    assert [row["purpose"] for row in place.rows()] == ["good", "good", "å\u2028\U0001f600"]
    assert (await verified(place)).damage is None


@contextlib.contextmanager
def away(place: Place) -> Any:
    """The database as good as gone: a file that another program has locked, a server that takes nobody."""
    if place.is_sqlite:
        other = sqlite3.connect(place.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.close()
        return
    name = str(place.settings.url).rpartition("/")[2]
    with place.server() as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def test_a_database_that_goes_away_and_comes_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.2)
    async with opened(place) as ledger:
        await write(ledger, 3)
        with away(place):
            calls = [ledger.intend(intent(number)) for number in range(10)]
            for each in await asyncio.gather(*calls, return_exceptions=True):
                assert isinstance(each, LedgerUnavailable)
                assert (each.status, each.retry_after) == (503, writer.RETRY_SECONDS)
            assert not await ledger.ready()
        assert await ledger.ready()
        await write(ledger, 3)
    report = await verified(place)
    assert (report.head.seq, report.damage, report.unknown) == (12, None, 0)


async def test_a_database_that_is_not_there_at_the_start_is_used_once_it_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.2)
    if place.is_sqlite:
        place.state.mkdir()
        place.file.mkdir()
    with contextlib.nullcontext() if place.is_sqlite else away(place):
        ledger = Ledger(place.settings, place.state)
        await ledger.open()
        assert not await ledger.ready()
        with pytest.raises(LedgerUnavailable):
            await ledger.intend(intent())
    if place.is_sqlite:
        place.file.rmdir()
    await write(ledger, 1)
    await ledger.aclose()
    assert len(place.rows()) == 2


async def test_a_transaction_that_hangs_is_given_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    if place.is_sqlite:
        pytest.skip("SQLite hangs only with its disk, which nobody can give up on")
    async with opened(place) as ledger:
        await write(ledger, 1)
        monkeypatch.setattr(writer, "SECONDS", 0.3)
        with psycopg.connect(str(place.settings.url)) as other:
            other.execute("LOCK TABLE ledger")
            with pytest.raises(LedgerUnavailable):
                await ledger.intend(intent())
        await write(ledger, 1)
    assert len(place.rows()) == 4


FULL = """
import asyncio, resource, sys
from pathlib import Path
from gateway.errors import LedgerUnavailable
from gateway.ledger.book import Ledger
from gateway.ledger.settings import LedgerSettings
from tests.ledger.places import intent

async def main():
    ledger = Ledger(LedgerSettings(), Path(sys.argv[1]))
    await ledger.open()
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    written = refused = 0
    while refused < 5:
        try:
            await ledger.intend(intent())
            written += 1
        except LedgerUnavailable:
            refused += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    await ledger.intend(intent())
    await ledger.aclose()
    print(written + 1)

asyncio.run(main())
"""


def fill_up(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", FULL, folder], capture_output=True, text=True, check=False)


async def test_a_disk_that_is_full_and_has_room_again(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: it fails in the same calls."""
    done = fill_up(tmp_path)
    assert done.returncode == 0, done.stderr
    place = Place(tmp_path, LedgerSettings())
    report = await verified(place)
    assert (report.head.seq, report.damage) == (int(done.stdout.splitlines()[-1]), None)


async def test_rows_stand_or_fall_with_what_else_is_in_the_transaction(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 1)
        asked = [intent(number) for number in range(4)]
        said = [rows.intent(one, ledger.ring.newest) for one in asked]
        async with ledger.database.begin() as connection:
            await append(connection, ledger.ring, said[:2])
            await append(connection, ledger.ring, [])
            await append(connection, ledger.ring, said[2:3])
        with contextlib.suppress(ZeroDivisionError):
            async with ledger.database.begin() as connection:
                await append(connection, ledger.ring, said[3:])
                raise ZeroDivisionError
        await write(ledger, 1)
    ids = [row["id"] for row in place.rows()]
    assert ids[2:5] == [one.id for one in asked[:3]]
    assert asked[3].id not in ids
    assert (await verified(place)).damage is None


async def test_a_new_key_is_used_from_the_next_start_on(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 1)
        added = keyring.add(place.state / "ledger.keys")
        await write(ledger, 1)
    async with opened(place) as ledger:
        await write(ledger, 1)
    used = [row["key"] for row in place.rows()]
    assert used[:4] == [used[0]] * 4
    assert used[4:] == [added.name] * 2 != used[:2]
    assert (await verified(place)).damage is None


async def test_a_ledger_whose_key_is_lost_is_not_written_on(place: Place) -> None:
    async with opened(place) as ledger:
        await write(ledger, 1)
    (place.state / "ledger.keys").unlink()
    ledger = Ledger(place.settings, place.state)
    with pytest.raises(KeyringError, match="expected the key that the ledger was last written with"):
        await ledger.open()
    with pytest.raises(LedgerUnavailable):
        await ledger.intend(intent())
    assert len(place.rows()) == 2
