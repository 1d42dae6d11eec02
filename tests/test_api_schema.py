"""Schemathesis against the gateway's own /openapi.json, with the twin behind it: a short run, and a long one on demand.

Two runs, since most of what a schema lets through is nobody's number: the command line as a stranger would start it,
every check on; and questions whose numbers and periods are mended, so that what is tested is mostly answers.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.app import create_app
from gateway.twin.app import create_twin
from gateway.twin.population import population
from tests.service import running

pytestmark = pytest.mark.api

ROOT = Path(__file__).resolve().parent.parent
PROFILE = settings().max_examples
LONG = PROFILE > 1_000
EXAMPLES = PROFILE if LONG else 40
PEOPLE = sorted(number for number, inhabitant in population().items() if not inhabitant.fault)


@pytest.fixture(scope="module")
def gateway() -> Iterator[str]:
    with (
        running.serve(create_twin()) as agency,
        running.serve(create_app(running.settings(f"{agency}/rest"))) as url,
    ):
        yield url


def run(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "schemathesis.cli", "run", "--checks", "all", *arguments, f"{url}/openapi.json"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3_000, check=False)


@pytest.mark.prints_values("schemathesis shows what it generated, and that is nobody's")
def test_a_strangers_run_with_every_check_finds_nothing(gateway: str) -> None:
    # A seed in the short run: CI must not fail on a submission for what an earlier one brought in.
    seed = () if LONG else ("--seed", "20261123")
    done = run(gateway, "--max-examples", str(EXAMPLES), "--continue-on-failure", *seed)
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
    assert "Operations:" in done.stdout


def askable(url: str) -> st.SearchStrategy[Any]:
    """Questions that schemathesis makes, with the numbers of persons whom the twin knows and periods of two years."""
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")

    def mended(case: Any, number: str, first: date, days: int) -> Any:
        case.body["personnummer"] = number
        case.body["period"] = {"from": f"{first}", "tom": f"{first + timedelta(days)}"}
        case.headers.pop("LEFI-Version", None)
        return case

    days = st.dates(date(1990, 1, 1), date(2027, 12, 31))
    cases = schema["/v1/fragor"]["POST"].as_strategy()
    return st.builds(mended, cases, st.sampled_from(PEOPLE), days, st.integers(0, 730))


def test_what_can_be_asked_is_answered_by_the_schema(gateway: str) -> None:
    asked = 0

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
    @given(case=askable(gateway))
    def each(case: Any) -> None:
        nonlocal asked
        response = case.call()
        case.validate_response(response)
        assert response.status_code == 200
        tackning = response.json()["tackning"]
        assert [(one["klass"], one["informationstyp"]) for one in tackning] == [
            (one["klass"], one["informationstyp"]) for one in case.body["informationstyper"]
        ]
        asked += 1

    each()
    assert asked >= EXAMPLES
