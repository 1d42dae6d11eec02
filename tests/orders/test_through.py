"""An order executed through LEFI Asynkron: the same order, the same results, each person once."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.settings import Settings
from tests.orders.houses import KNOWN, Gateway, fields, gateway, twin
from tests.service.running import serve


@contextlib.contextmanager
def through(state: Path, aktor: str = "test-aktor", **given: object) -> Iterator[Gateway]:
    with twin() as agency:
        settings = {
            "state": state,
            "upstreams": {"v9": {"url": f"{agency.url}/rest"}},
            "asynkron": {"url": f"{agency.url}/rest", "poll_seconds": 0.2, "aktors_id": aktor, **given},
        }
        with serve(create_app(Settings.model_validate(settings))) as url:
            yield Gateway(url, agency)


def ends(state: Path) -> list[tuple[str, int]]:
    """By outcome, how many of the ledger's outcomes there are; an intent without one is `unknown`."""
    query = (
        "SELECT coalesce(o.result, 'unknown'), count(*) FROM ledger i LEFT JOIN ledger o "
        "ON o.id = i.id AND o.kind = 'outcome' WHERE i.kind = 'intent' GROUP BY 1 ORDER BY 1"
    )
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as connection:
        return connection.execute(query).fetchall()


def test_an_order_comes_back_with_every_person_asked_once(tmp_path: Path) -> None:
    with through(tmp_path) as house:
        address = house.place(KNOWN[:20], genom="asynkron")
        state = house.ended(address)
        assert (state["tillstand"], state["fragor"]["besvarade"], state["utlamnanden"]) == ("klar", 20, 20)
        lines = house.results(address)
        assert [line["personnummer"] for line in lines] == list(KNOWN[:20])
        for line in lines:
            (part,) = line["svar"]
            assert (part["utfall"], part["uppstroms"]) == ("besvarad", "asynkron")
            assert part["svar"]["fraga"]["personnummer"] == line["personnummer"]
            assert part["svar"]["kalla"]["kontrakt"] == "rekonstruerat"
        assert set(house.twin.asked().values()) == {1}
        assert len(house.twin.asked()) == 20
    assert ends(tmp_path) == [("answered", 20)]


@pytest.mark.parametrize("fault", ["delad", "dubblett", "upprepad", "oordning", "sen", "kapad", "forlorad_kvittens"])
def test_however_it_is_delivered_the_results_are_the_same(tmp_path: Path, fault: str) -> None:
    with through(tmp_path, f"asynkron.{fault}") as house:
        address = house.place(KNOWN[:6], genom="asynkron")
        state = house.ended(address)
        assert (state["tillstand"], state["fragor"]["besvarade"]) == ("klar", 6)
        assert set(house.twin.asked().values()) == {1}
    assert ends(tmp_path) == [("answered", 6)]


@pytest.mark.parametrize(
    ("fault", "answered", "failed", "unknown"),
    [("saknad_rad", 5, 1, 0), ("misslyckad", 0, 6, 0), ("fel_person", 5, 1, 0), ("forlorad_bestallning", 0, 0, 6)],
)
def test_what_does_not_come_is_said(tmp_path: Path, fault: str, answered: int, failed: int, unknown: int) -> None:
    with through(tmp_path, f"asynkron.{fault}") as house:
        address = house.place(KNOWN[:6], genom="asynkron")
        asked = house.ended(address)["fragor"]
        assert (asked["besvarade"], asked["misslyckade"], asked["okantUtfall"]) == (answered, failed, unknown)
        outcomes = {part["utfall"] for line in house.results(address) for part in line["svar"]}
        assert outcomes <= {"besvarad", "misslyckad", "okant_utfall"}


def test_an_order_goes_on_where_the_gateway_was_stopped(tmp_path: Path) -> None:
    with twin() as agency:
        settings = {
            "state": tmp_path,
            "upstreams": {"v9": {"url": f"{agency.url}/rest"}},
            "asynkron": {"url": f"{agency.url}/rest", "poll_seconds": 1.5, "aktors_id": "asynkron.sen"},
        }
        with serve(create_app(Settings.model_validate(settings))) as url:
            address = Gateway(url, agency).place(KNOWN[:6], genom="asynkron")
            _wait(lambda: agency.total == 6)
        with serve(create_app(Settings.model_validate(settings))) as url:
            house = Gateway(url, agency)
            _wait(lambda: house.get(address).tree["fragor"]["besvarade"] == 6, 30)
        assert set(agency.asked().values()) == {1}
    assert ends(tmp_path) == [("answered", 6)]


def test_it_has_to_be_configured() -> None:
    with gateway() as house:
        reply = house.post(_body(genom="asynkron"), {})
        assert (reply.status, reply.tree["errors"][0]["path"]) == (422, "/genom")


def _body(**changed: object) -> bytes:
    return "\n".join(map(json.dumps, [fields(**changed), {"personnummer": KNOWN[0]}])).encode()


def _wait(holds: object, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.05)
