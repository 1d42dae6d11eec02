"""One rate for an upstream, however many work; a pause that all of them keep to."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.ledger.places import Place
from tests.orders.crash import Nursery
from tests.orders.houses import Gateway, Twin, strangers, twin

LONG = int(os.environ.get("LEFI_ORDER_KILLS", "0")) > 10
PER_MINUTE = 3_000 if LONG else 1_200  # what a machine can do that runs other tests too
SECONDS = 5.0 if LONG else 4.0
WORKERS = 3


@contextlib.contextmanager
def at_work(place: Place, forks: Nursery, agency: Twin, folder: Path) -> Iterator[Gateway]:
    """A gateway with all who work: itself on SQLite, three workers on PostgreSQL."""
    path = folder / "pace.toml"
    rate = f"orders_per_minute = {PER_MINUTE}\norders_concurrent = 32\n"
    upstream = f'[upstreams.v9]\nurl = "{agency.url}/rest"\n'
    path.write_text(f"[orders]\nin_process = {str(place.is_sqlite).lower()}\n{upstream}{rate}", encoding="utf-8")
    config = ["--config", str(path)]
    pid, url = forks.start(["serve", "--port", "0", *config], place.environment, "listening")
    workers = 0 if place.is_sqlite else WORKERS
    pids = [pid, *(forks.start(["worker", *config], place.environment, "working")[0] for _ in range(workers))]
    try:
        yield Gateway(url, agency)
    finally:
        for each in pids:
            forks.kill(each)


def test_all_together_keep_to_the_rate_and_to_a_pause(place: Place, forks: Nursery, tmp_path: Path) -> None:
    with twin() as agency, at_work(place, forks, agency, tmp_path) as house:
        address = house.place(strangers(10 * PER_MINUTE // 20))
        _until(lambda: agency.total >= 10)
        began, before = time.monotonic(), agency.total
        time.sleep(SECONDS)
        rate = (agency.total - before) * 60 / (time.monotonic() - began)
        house.do(address, "paus")
        paused = time.monotonic()
        last, seen = paused, agency.total
        while time.monotonic() < paused + 2.5:
            if agency.total != seen:
                last, seen = time.monotonic(), agency.total
            time.sleep(0.01)
        say(f"{rate:.0f} a minute of {PER_MINUTE}; the last question {last - paused:.2f} s after the pause")
        assert 0.95 * PER_MINUTE <= rate <= 1.05 * PER_MINUTE
        assert last - paused < 2.0
        assert agency.total < 10 * PER_MINUTE // 20


def say(line: str) -> None:
    """Where a person waits for it (`make test-orders`)."""
    sys.stdout.write(f"\n{line}\n")


def _until(holds: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)
