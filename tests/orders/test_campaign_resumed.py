"""Whom a campaign chooses follows from its list and its results: who goes on with one chooses as who never stopped."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.comparison.rules import NONE
from gateway.ledger.keyring import Keyring
from gateway.orders.campaign import Campaign, Step
from gateway.orders.comparing import Comparer
from gateway.orders.sealing import Seals
from gateway.orders.spec import unkept
from gateway.store import orders as store
from gateway.store.database import Database
from tests.ledger.places import sqlite
from tests.orders.crash import Nursery
from tests.orders.houses import KNOWN, Twin, ended, strangers, twin
from tests.orders.test_killed import VERSIONS, at_work, config, moment, placed

KILLS = 2


async def campaign(folder: Path, ring: Keyring, order: str, stack: AsyncExitStack) -> Campaign:
    """A campaign as a worker makes it that takes it over with the database as it stands there."""
    database = Database(f"sqlite:///{folder / 'ledger.db'}")
    stack.push_async_callback(database.aclose)
    async with database.reading() as connection:
        row = await store.get(connection, order)
    assert row is not None
    seals = Seals(ring)
    found = Campaign(
        row, unkept(row["spec"]), database, seals, Comparer(seals, b"", dict(zip(VERSIONS, VERSIONS, strict=True)))
    )
    await found.load()
    return found


async def test_whoever_goes_on_with_a_campaign_chooses_as_who_never_stopped(forks: Nursery, tmp_path: Path) -> None:
    people = [*KNOWN, *strangers(80)]
    with sqlite(tmp_path / "state") as place, twin() as old, twin() as new:
        twins: dict[str, Twin] = {"v7": old, "v9": new}
        serving = ["serve", "--port", "0", "--config", str(config(twins, tmp_path, in_process=True))]
        pid, url = forks.start(serving, place.environment, "listening")
        address = placed(url, people, "kampanj")
        kept: list[Path] = []
        for turn in range(KILLS):
            await at_work(url, address, twins)
            await asyncio.sleep(moment())
            forks.kill(pid)
            kept.append(shutil.copytree(place.state, tmp_path / f"killed-{turn}"))
            _forget_who_was_under_way(kept[-1])
            pid, url = forks.start(serving, place.environment, "listening")
        state = ended(url, address, 120)
        forks.kill(pid)
        kept.append(place.state)
        order, ring, steps = address.rpartition("/")[2], place.ring(), []
        async with AsyncExitStack() as stack:
            lived = await campaign(kept[0], ring, order, stack)
            for folder in kept:
                fresh = await campaign(folder, ring, order, stack)
                lived.database = fresh.database
                steps.append(await fresh.step(NONE))
                assert await lived.step(NONE) == steps[-1]
    _held_against(steps, state)


def _forget_who_was_under_way(folder: Path) -> None:
    """What is left are the results, so that the whole of what comes next is to be chosen."""
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as connection, connection:
        waiting = "SELECT place FROM order_persons WHERE compared IS NULL"
        connection.execute(f"DELETE FROM order_items WHERE place IN ({waiting})")  # noqa: S608


def _held_against(steps: list[Step], state: dict[str, object]) -> None:
    """There was something to choose when it was killed, and at the end nothing but what the order says."""
    assert steps[0].chosen
    last = steps[-1]
    assert (last.chosen, last.why, last.found) == ([], state["skal"], state["kampanj"])
