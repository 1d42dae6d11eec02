"""`kill -9` of who works at orders through LEFI Asynkron: every person has one result, no row was ordered twice.

A few kills here; `make test-orders` has fifty. Each kill has an order of its own, so that it hits any of its moments:
while its rows are claimed, while it is placed, while its packages of two rows are fetched.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.ledger.places import Place, verified
from tests.orders.crash import Nursery
from tests.orders.houses import NDJSON, ORDERS, Twin, body, ended, strangers, twin
from tests.service.running import request

KILLS = int(os.environ.get("LEFI_ORDER_KILLS", "4"))
PERSONS = 20
LONGEST = 0.4
WORKERS = 2


def config(agency: Twin, folder: Path, *, in_process: bool) -> Path:
    """The settings of all who take part, as a file."""
    path = folder / "asynkron.toml"
    path.write_text(
        f"[orders]\nin_process = {str(in_process).lower()}\ndead_seconds = 2\n"
        f'[upstreams.v9]\nurl = "{agency.url}/rest"\n'
        f'[asynkron]\nurl = "{agency.url}/rest"\naktors_id = "asynkron.delad.sen"\npoll_seconds = 0.2\n',
        encoding="utf-8",
    )
    return path


def placed(url: str, persons: list[str], turn: int) -> str:
    headers = {**NDJSON, "idempotency-key": f'"{turn}"'}
    reply = request(url, "POST", ORDERS, body=body(persons, genom="asynkron"), headers=headers, wait=120)
    assert reply.status == 202, reply.text
    return reply.headers["location"]


async def test_a_killed_worker_leaves_no_row_ordered_twice(place: Place, forks: Nursery, tmp_path: Path) -> None:
    people = strangers(PERSONS * KILLS)
    each = [people[start : start + PERSONS] for start in range(0, len(people), PERSONS)]
    with twin() as agency:
        agency.count_too(people)
        serving = ["serve", "--port", "0", "--config", str(config(agency, tmp_path, in_process=place.is_sqlite))]
        working = ["worker", *serving[-2:]]
        pid, url = forks.start(serving, place.environment, "listening")
        count = 0 if place.is_sqlite else WORKERS
        workers = [forks.start(working, place.environment, "working")[0] for _ in range(count)]
        addresses = []
        for turn, persons in enumerate(each):
            addresses.append(placed(url, persons, turn))
            await asyncio.sleep(LONGEST * random.random() ** 2)  # noqa: S311  early ones more: placing is short
            if place.is_sqlite:
                forks.kill(pid)
                pid, url = forks.start(serving, place.environment, "listening")
            else:
                killed = turn % WORKERS
                forks.kill(workers[killed])
                workers[killed] = forks.start(working, place.environment, "working")[0]
        states = [ended(url, address, 120) for address in addresses]
        lines = [_results(url, address) for address in addresses]
        for child in (pid, *workers):
            forks.kill(child)
        said = await held_against(place, agency, each, states, lines)
    sys.stdout.write(f"\n{'SQLite' if place.is_sqlite else 'PostgreSQL'}: {KILLS} kills, {said}\n")


def _results(url: str, address: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in request(url, "GET", f"{address}/resultat").body.splitlines()]


async def held_against(
    place: Place,
    agency: Twin,
    each: list[list[str]],
    states: list[dict[str, Any]],
    lines: list[list[dict[str, Any]]],
) -> str:
    """Everything that must be true afterwards, or an AssertionError; in one line what was seen."""
    assert {state["tillstand"] for state in states} == {"klar"}
    assert [[line["personnummer"] for line in one] for one in lines] == each
    assert {len(line["svar"]) for one in lines for line in one} == {1}
    results = {line["personnummer"]: line["svar"][0]["utfall"] for one in lines for line in one}
    outcomes = Counter(results.values())
    assert outcomes.keys() <= {"besvarad", "okant_utfall"}
    asked = agency.asked()
    assert {person: count for person, count in asked.items() if count != 1} == {}
    assert {results[person] for person in results.keys() - asked.keys()} <= {"okant_utfall"}
    rows = place.rows()
    intents = {row["id"]: row["person"] for row in rows if row["kind"] == "intent"}
    assert len(set(intents.values())) == len(intents) == len(results)
    ends = Counter(row["id"] for row in rows if row["kind"] == "outcome")
    assert ends.keys() <= intents.keys()
    assert set(ends.values()) <= {1}
    unknown = sum(state["fragor"]["okantUtfall"] for state in states)
    assert len(intents) - len(ends) == outcomes["okant_utfall"] == unknown
    report = await verified(place)
    assert report.damage is None
    assert report.unknown == unknown
    return f"{len(results)} rows: {dict(outcomes)}, {len(asked)} came to the service, each once"
