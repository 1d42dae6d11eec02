"""`kill -9` at random moments: what left has its rows, the chain holds, no row is torn.

A few rounds here; `make test-crash` has two hundred of each.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from gateway.demo import started
from tests.ledger.crash import Nursery, held_against, kill_gateways, kill_writers, nursery
from tests.ledger.places import Place

ROUNDS = int(os.environ.get("LEFI_CRASH_ROUNDS", "5"))


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("crash") / "log") as found:
        yield found


@pytest.fixture(scope="module")
def twin() -> Iterator[str]:
    with started("twin", "--port", "0") as url:
        yield url


def say(line: str) -> None:
    """Where a person waits for it (`make test-crash`)."""
    sys.stdout.write(f"\n{line}\n")


async def test_a_killed_writer_lost_nothing_that_it_had_said_was_done(place: Place, forks: Nursery) -> None:
    left = kill_writers(place, forks, ROUNDS)
    say(await held_against(place, left))
    assert len(left.answers) > ROUNDS


async def test_a_killed_gateway_gave_no_answer_without_its_rows(place: Place, forks: Nursery, twin: str) -> None:
    left = kill_gateways(place, forks, twin, ROUNDS)
    say(await held_against(place, left))
    assert len(left.answers) > ROUNDS
    assert left.problems
