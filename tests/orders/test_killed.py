"""`kill -9` of whoever works at an order: every question has one result, and none was asked twice.

A few kills here; `make test-orders` has fifty, of an order for two thousand persons.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.places import Place, verified
from tests.orders.crash import Nursery
from tests.orders.houses import KNOWN, NDJSON, ORDERS, OVER, Twin, body, ended, strangers, twin
from tests.service.running import request

KILLS = int(os.environ.get("LEFI_ORDER_KILLS", "2"))
PERSONS = int(os.environ.get("LEFI_ORDER_PERSONS", "150"))
LONGEST = 0.8 if KILLS > 10 else 0.3
WORKERS = 3
VERSIONS = ("v7", "v9")


@pytest.fixture
def twins() -> Iterator[dict[str, Twin]]:
    """A twin for each version, so that each counts its own."""
    with twin() as old, twin() as new:
        yield {"v7": old, "v9": new}


def config(twins: dict[str, Twin], folder: Path, *, in_process: bool) -> Path:
    """The settings of all who take part, as a file."""
    per_minute = max(6_000, int(PERSONS * 60 / (KILLS * LONGEST)))
    rate = f"orders_per_minute = {per_minute}\norders_concurrent = 64\n"
    addresses = {"v7": f"{twins['v7'].url}/ws", "v9": f"{twins['v9'].url}/rest"}
    text = f"[orders]\nin_process = {str(in_process).lower()}\ndead_seconds = 2\n"
    text += "".join(f'[upstreams.{name}]\nurl = "{url}"\n{rate}' for name, url in addresses.items())
    path = folder / f"{'one' if in_process else 'serve'}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def moment() -> float:
    return random.uniform(0.01, LONGEST)  # noqa: S311  nobody is to guess it, but nobody gains by it either


def placed(url: str, persons: list[str], lage: str) -> str:
    """The address of an order for both versions; of a campaign, one that has to ask about everybody."""
    kampanj = {"kampanj": {"andel": 0.001, "personer": len(persons), "fro": 7}} if lage == "kampanj" else {}
    sent = body(persons, lage=lage, versioner=list(VERSIONS), **kampanj)
    reply = request(url, "POST", ORDERS, body=sent, headers=NDJSON, wait=120)
    assert reply.status == 202, reply.text
    return reply.headers["location"]


@pytest.mark.parametrize("lage", ["jamforelse", "kampanj"])
async def test_a_killed_worker_leaves_nothing_asked_twice(
    place: Place, forks: Nursery, twins: dict[str, Twin], tmp_path: Path, lage: str
) -> None:
    persons = [*KNOWN, *strangers(PERSONS - len(KNOWN))]
    for each in twins.values():
        each.count_too(persons)
    over_sqlite = place.is_sqlite
    serving = ["serve", "--port", "0", "--config", str(config(twins, tmp_path, in_process=over_sqlite))]
    pid, url = forks.start(serving, place.environment, "listening")
    address = placed(url, persons, lage)
    workers = [] if over_sqlite else [_worker(place, forks, serving) for _ in range(WORKERS)]
    for _ in range(KILLS):
        await at_work(url, address, twins)
        await asyncio.sleep(moment())
        if over_sqlite or random.random() < 0.2:  # noqa: S311  as above
            forks.kill(pid)
            pid, url = forks.start(serving, place.environment, "listening")
        else:
            killed = random.randrange(WORKERS)  # noqa: S311
            forks.kill(workers[killed])
            workers[killed] = _worker(place, forks, serving)
    state = ended(url, address, 300)
    lines = request(url, "GET", f"{address}/resultat", wait=120).body.splitlines()
    for child in (pid, *workers):
        forks.kill(child)
    found = [json.loads(line) for line in lines]
    if lage == "kampanj":  # its claim needs more persons than there are
        assert (state["skal"], state["kampanj"]["personer"]) == ("listan_slut", PERSONS)
    said = await held_against(place, twins, persons, state, found)
    sys.stdout.write(f"\n{'SQLite' if over_sqlite else 'PostgreSQL'}, {lage}: {KILLS} kills, {said}\n")


async def at_work(url: str, address: str, twins: dict[str, Twin]) -> None:
    """Until something more is asked, so that whoever is killed has something in hand; or until nothing is left."""
    before = sum(each.total for each in twins.values())
    for turn in range(200):
        if sum(each.total for each in twins.values()) > before:
            return
        if turn % 20 == 19 and request(url, "GET", address).tree["tillstand"] in OVER:
            return
        await asyncio.sleep(0.05)


def _worker(place: Place, forks: Nursery, serving: list[str]) -> int:
    return forks.start(["worker", "--config", serving[-1]], place.environment, "working")[0]


async def held_against(
    place: Place, twins: dict[str, Twin], persons: list[str], state: dict[str, Any], lines: list[dict[str, Any]]
) -> str:
    """Everything that must be true afterwards, or an AssertionError; in one line what was seen."""
    assert state["tillstand"] == "klar"
    assert [line["personnummer"] for line in lines] == persons
    results = {(one["version"], line["personnummer"]): one["utfall"] for line in lines for one in line["svar"]}
    assert len(results) == sum(len(line["svar"]) for line in lines) == len(persons) * len(VERSIONS)
    outcomes = Counter(results.values())
    assert outcomes.keys() <= {"besvarad", "okant_utfall"}
    asked = {(version, person): count for version, one in twins.items() for person, count in one.asked().items()}
    assert {key: count for key, count in asked.items() if count != 1} == {}
    assert {key for key, outcome in results.items() if outcome == "besvarad"} - asked.keys() == set()
    assert {results[key] for key in results.keys() - asked.keys()} <= {"okant_utfall"}
    rows = place.rows()
    intents = {row["id"]: (row["version"], row["person"]) for row in rows if row["kind"] == "intent"}
    assert len(set(intents.values())) == len(intents) == len(results)
    ends = Counter(row["id"] for row in rows if row["kind"] == "outcome")
    assert ends.keys() <= intents.keys()
    assert set(ends.values()) == {1}
    assert len(intents) - len(ends) == outcomes["okant_utfall"] == state["fragor"]["okantUtfall"]
    report = await verified(place)
    assert report.damage is None
    assert report.unknown == outcomes["okant_utfall"]
    return f"{len(results)} questions: {dict(outcomes)}, {sum(asked.values())} came to the agencies, each once"
