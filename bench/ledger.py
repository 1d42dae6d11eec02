"""Questions a second that the ledger takes: two durable rows each, SQLite with synchronous=FULL, on this disk.

python -m bench.ledger      the table; status 1 when group commit is below its limit
"""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from gateway import clock, logs
from gateway.ledger import writer
from gateway.ledger.book import Ledger, url
from gateway.ledger.entries import Intent, Outcome
from gateway.ledger.settings import LedgerSettings
from gateway.ledger.verifying import verify
from gateway.store.database import Database

LIMIT = 500
SECONDS = 4.0
ASKERS = (1, 20, 200)

_FOLDER = Path(__file__).parent.parent / ".demo"  # a temporary folder may be in memory, where nothing has to last
_TYPES = (("formansinformation", "FK:SJP"), ("utbetalningar", "FK:SJP"))


async def question(ledger: Ledger) -> None:
    """What the gateway writes of one question."""
    own, now = str(uuid.uuid4()), clock.now()
    await ledger.intend(
        Intent(
            id=own,
            at=now,
            correlation_id=str(uuid.uuid4()),
            consumer="handlaggning",
            actor="aktor",
            purpose="handlaggning",
            ground="sol-11-11",
            personnummer="199001019802",
            types=_TYPES,
            period=("2025-01-01", "2025-12-31"),
            face="v1",
            version="v9",
            upstream="v9",
            role="primary",
            reason="newest",
        )
    )
    await ledger.conclude(Outcome(own, clock.now(), "answered", sent=True, types=dict.fromkeys(_TYPES, "levererad")))


async def measure(askers: int, seconds: float, rows: int) -> tuple[float, list[float]]:
    """Questions a second and the seconds of each, with so many asking at once and so many rows a transaction."""
    usual, writer.ROWS = writer.ROWS, rows
    _FOLDER.mkdir(exist_ok=True)
    took: list[float] = []
    with TemporaryDirectory(dir=_FOLDER) as folder:
        state, settings = Path(folder), LedgerSettings()
        ledger = Ledger(settings, state)
        await ledger.open()
        begin = time.perf_counter()
        end = begin + seconds

        async def ask() -> None:
            while (start := time.perf_counter()) < end:
                await question(ledger)
                took.append(time.perf_counter() - start)

        await asyncio.gather(*(ask() for _ in range(askers)))
        rate = len(took) / (time.perf_counter() - begin)
        await ledger.aclose()
        database = Database(url(settings, state))
        report = await verify(database, ledger.ring)  # what is measured must be right
        await database.aclose()
        assert report.damage is None
        assert (report.questions, report.unknown) == (len(took), 0)
    writer.ROWS = usual
    return rate, took


def table(seconds: float = SECONDS) -> bool:
    """Whether group commit is slower than it may be."""
    logs.configure()
    print("\nledger, SQLite with synchronous=FULL: questions/s of two durable rows (median and p99 of one, ms)")
    print(f"{'asking at once':>14}{'one commit a row':>28}{'group commit':>28}")
    best = 0.0
    for askers in ASKERS:
        shown, rate = [], 0.0
        for rows in (1, writer.ROWS):
            rate, took = asyncio.run(measure(askers, seconds, rows))
            parts = quantiles(took, n=100)
            shown.append(f"{rate:>12,.0f} ({parts[49] * 1000:.1f}, {parts[98] * 1000:.1f})")
        best = rate  # of group commit, with the most asking
        print(f"{askers:>14}" + "".join(f"{each:>28}" for each in shown))
    print(f"group commit is {'slower than it may be' if best < LIMIT else 'within its limit'}: {LIMIT} questions/s")
    return best < LIMIT


if __name__ == "__main__":
    sys.exit(int(table()))
