"""Several processes share one ledger: one chain, in which each one's rows stand in its own order."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest

from tests.ledger.places import Place, verified

WRITING = """
import asyncio, sys
from pathlib import Path
from gateway.ledger.book import Ledger
from gateway.ledger.settings import LedgerSettings
from tests.ledger.places import intent, outcome

async def main(state, url, actor):
    ledger = Ledger(LedgerSettings(url=url or None), Path(state))
    await ledger.open()
    async def ask(number):
        asked = intent(number, actor=actor)
        await ledger.intend(asked)
        await ledger.conclude(outcome(asked))
    for first in range(0, 300, 10):
        await asyncio.gather(*(ask(first + number) for number in range(10)))
    await ledger.aclose()

asyncio.run(main(*sys.argv[1:]))
"""


def write_all(place: Place, processes: int) -> None:
    """The processes, started together, until they have ended."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WRITING, place.state, place.settings.url or "", f"actor-{number}"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(processes)
    ]
    said = [process.communicate(timeout=120)[0] for process in running]
    assert [process.returncode for process in running] == [0] * processes, said


@pytest.mark.parametrize("processes", [3])
async def test_processes_that_start_together_write_one_chain(place: Place, processes: int) -> None:
    write_all(place, processes)
    report = await verified(place)
    assert (report.head.seq, report.damage, report.unknown) == (processes * 600, None, 0)
    written = place.rows()
    for number in range(processes):
        own = [row["at"] for row in written if row["actor"] == f"actor-{number}"]
        assert len(own) == 300
        assert own[::10] == sorted(own[::10])
    turns = sum(one["actor"] != two["actor"] for one, two in pairwise(written))
    assert turns > processes  # they did write at the same time
