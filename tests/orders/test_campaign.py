"""Two versions compared for a list of persons, and a campaign that asks as few as prove its claim."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import clock
from gateway.app import create_app
from gateway.evidence.strata import age_band
from gateway.settings import Settings
from tests.orders.houses import KNOWN, Gateway, fields, strangers, twin
from tests.service.running import serve

VERSIONS = ["v7", "v9"]
RATE = {"orders_per_minute": 60_000, "orders_concurrent": 16}


@contextlib.contextmanager
def both(state: Path) -> Iterator[Gateway]:
    """A gateway with two versions of one twin."""
    with twin() as agency:
        upstreams = {"v7": {"url": f"{agency.url}/ws", **RATE}, "v9": {"url": f"{agency.url}/rest", **RATE}}
        with serve(create_app(Settings.model_validate({"upstreams": upstreams, "state": state}))) as url:
            yield Gateway(url, agency)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Gateway]:
    with both(tmp_path) as found:
        yield found


def test_both_versions_are_asked_once_and_compared(house: Gateway) -> None:
    address = house.place(KNOWN[:20], lage="jamforelse", versioner=VERSIONS)
    state = house.ended(address)
    assert (state["tillstand"], state["utlamnanden"]) == ("klar", 40)
    lines = house.results(address)
    assert [[part["version"] for part in line["svar"]] for line in lines] == [VERSIONS] * 20
    for line in lines:
        made = line["jamforelse"]
        assert (made["left"]["version"], made["right"]["version"]) == ("v7", "v9")
        assert made["counts"]["unexplained"] == 0
        assert all("value" not in one["left"] for one in made["differences"])
    assert any(line["jamforelse"]["differences"] for line in lines)
    assert set(house.twin.asked().values()) == {2}


def test_a_campaign_asks_as_few_as_prove_its_claim(house: Gateway) -> None:
    persons = [*KNOWN, *strangers(200)]
    house.twin.count_too(persons)
    kampanj = {"andel": 0.3, "personer": 150}
    address = house.place(persons, lage="kampanj", versioner=VERSIONS, kampanj=kampanj)
    state = house.ended(address, 60)
    assert state["tillstand"] == "klar"
    assert state["skal"] in {"visat", "budget", "utom_rackhall"}
    asked = len(house.twin.asked())
    assert 0 < asked <= 150
    assert state["kampanj"]["personer"] * 2 == state["utlamnanden"] == house.twin.total
    (judged,) = state["kampanj"]["typer"]
    assert judged["informationstyp"] == "FK:SJP"
    assert 0 <= judged["undreGrans"] <= judged["ovreGrans"] <= 1
    assert len(house.results(address)) == state["kampanj"]["personer"]


def test_what_was_compared_is_evidence(house: Gateway, tmp_path: Path) -> None:
    persons = [{"personnummer": one, "grupp": "north" if place < 6 else ""} for place, one in enumerate(KNOWN[:10])]
    lines = [fields(lage="jamforelse", versioner=VERSIONS), *persons]
    house.ended(house.post("\n".join(map(json.dumps, lines)).encode(), {}).headers["location"])
    columns = "consumer, front_version, back_version, problem, period_band, caller_group"
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        rows = connection.execute(f"SELECT {columns} FROM pairs").fetchall()  # noqa: S608  the test's own
        ages = {age for (age,) in connection.execute("SELECT age_band FROM pairs")}
    common = ("anybody", "v7", "v9", "", "year")
    assert sorted(rows) == [(*common, "")] * 4 + [(*common, "north")] * 6
    assert ages == {age_band(one, clock.today()) for one in KNOWN[:10]}
