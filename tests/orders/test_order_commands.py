"""`lefi order` as a person uses it, against a running gateway; and what is asked again only when somebody says so."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import Done, here, lefi
from tests.orders.houses import KNOWN, Gateway, gateway

PERIOD = ("--from", "2025-01-01", "--tom", "2025-12-31")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Gateway]:
    with gateway(state=str(tmp_path / "state")) as found:
        yield found


def order(house: Gateway, *arguments: str | Path, given: str = "") -> Done:
    done = here("order", *arguments, "--url", house.url, given=given)
    said = [line for line in done.out.splitlines(keepends=True) if "[info " not in line]  # the gateway runs here too
    return Done(done.status, "".join(said), done.err)


@pytest.mark.parametrize("head", ["", "personnummer\n", "Personnummer;Grupp\n"])
def test_a_file_of_persons_is_ordered_followed_and_fetched(house: Gateway, tmp_path: Path, head: str) -> None:
    persons = tmp_path / "persons.csv"
    end = ";a\n" if "Grupp" in head else "\n"
    persons.write_text(head + "".join(one + end for one in KNOWN[:3]), encoding="utf-8")
    made = order(house, "create", persons, "--typ", "FK:SJP", *PERIOD, "--wait")
    assert made.status == 0, made.err
    id_ = made.out.strip()
    said = order(house, "status", id_)
    assert "klar" in said.out
    assert said.out.count("3") >= 3
    assert json.loads(order(house, "status", id_, "--json").out)["personer"] == 3
    fetched = order(house, "results", id_, "--output", tmp_path / "it.ndjson")
    assert (fetched.status, fetched.out, fetched.err) == (0, "", "")
    lines = (tmp_path / "it.ndjson").read_text("utf-8").splitlines()
    assert [json.loads(line)["personnummer"] for line in lines] == list(KNOWN[:3])
    assert (tmp_path / "it.ndjson").stat().st_mode & 0o077 == 0
    order(house, "results", id_, "--output", tmp_path / "it.csv", "--format", "csv")
    assert len((tmp_path / "it.csv").read_text("utf-8").splitlines()) == 4


def test_persons_can_be_read_from_standard_input_and_an_order_cancelled(house: Gateway) -> None:
    made = order(house, "create", "-", "--typ", "FK:SJP", *PERIOD, given="\n".join(KNOWN[:2]))
    assert made.status == 0, made.err
    house.ended(f"/v1/bestallningar/{made.out.strip()}")
    for command in ("pause", "resume", "cancel"):
        done = order(house, command, made.out.strip())
        assert done.status == 1
        assert "409" in done.err


def test_what_is_wrong_is_said_without_the_value(house: Gateway, tmp_path: Path) -> None:
    done = order(house, "create", "-", "--typ", "FK:SJP", *PERIOD, given=f"{KNOWN[0]}\n199001010000\n")
    assert done.status == 1
    assert "/rader/2/personnummer" in done.err
    assert "199001010000" not in done.err
    assert order(house, "status", "x").status == 2
    assert order(house, "status", "11111111-1111-4111-8111-111111111111").status == 1
    nowhere = order(house, "results", "11111111-1111-4111-8111-111111111111", "--output", tmp_path / "x")
    assert (nowhere.status, "404" in nowhere.err) == (1, True)


def test_an_unknown_outcome_is_asked_again_only_when_somebody_says_so(house: Gateway, tmp_path: Path) -> None:
    address = house.place(KNOWN[:3])
    house.ended(address)
    with sqlite3.connect(tmp_path / "state" / "ledger.db") as hands:  # as a worker leaves it that was killed
        hands.execute("UPDATE order_items SET state = 'unknown', outcome = '', answer = NULL WHERE place = 2")
    hands.close()
    before = house.twin.total
    assert house.get(address).tree["fragor"]["okantUtfall"] == 1
    assert house.results(address)[1]["svar"][0]["utfall"] == "okant_utfall"
    done = order(house, "retry-unknown", address.rpartition("/")[2])
    assert done.status == 0, done.err
    state = house.ended(address)
    assert (state["fragor"]["besvarade"], state["utlamnanden"]) == (3, 4)
    assert house.twin.total == before + 1


def test_a_worker_needs_a_database_that_can_be_shared() -> None:
    done = lefi("worker")
    assert done.status == 2
    assert "ledger.url: expected postgresql://" in done.err
