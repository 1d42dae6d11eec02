"""Shadow pairs: compared beside the main path, kept as places, kinds, classes and keyed hashes, dropped if too many."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway import clock
from gateway.errors import UpstreamTimeout
from gateway.ledger import keyring
from gateway.ledger.book import key_file
from gateway.ledger.rows import moment
from gateway.pairs import sealing
from gateway.settings import Settings
from tests.service.kept import PLAN, accepting, another_day, asking, campaign, keeping, says, until
from tests.service.move import crowd
from tests.service.running import request
from tests.service.several import rows, several

Tree = dict[str, Any]
ONE = next(iter(crowd(3).values()))


def settings(folder: Path, **comparison: Any) -> Settings:
    upstreams = {"v7": {"url": "http://127.0.0.1:9/ws"}, "v9": {"url": "http://127.0.0.1:9/rest"}}
    return Settings.model_validate({"state": folder / "state", "upstreams": upstreams, "comparison": comparison})


def kept(given: Settings) -> list[dict[str, Any]]:
    connection = sqlite3.connect(given.state / "ledger.db")
    connection.row_factory = sqlite3.Row
    with connection:
        found = [dict(row) for row in connection.execute("SELECT * FROM pairs ORDER BY seq")]
    connection.close()
    return found


async def test_a_pair_is_kept_as_places_kinds_classes_and_hashes_and_nothing_of_a_person(tmp_path: Path) -> None:
    given = settings(tmp_path)
    await campaign(given, 2, another_day, wrong=1)
    wrong, right = kept(given)
    assert (wrong["front"], wrong["front_version"], wrong["back"], wrong["back_version"]) == ("v7", "v7", "v9", "v9")
    assert (wrong["consumer"], wrong["problem"], wrong["sealed"]) == ("kommunen", "", None)
    found = [one for one in json.loads(wrong["differences"]) if one["class"] == "unexplained"]
    assert [(one["kind"], one["pattern"], one["pairs"]) for one in found] == [
        ("changed", "/inkomst/sjukpenninggrundandeInkomster/*/dagar", ["ovrig_information/FK:SGI"])
    ]
    assert found[0]["left"] != found[0]["right"]
    assert len(found[0]["left"]) == 32
    assert not [one for one in json.loads(right["differences"]) if one["class"] == "unexplained"]
    fields = json.loads(right["fields"])
    assert "inkomst.sjukpenninggrundandeInkomster[].dagar" in fields["ovrig_information/FK:SGI"]
    assert (
        "inkomst.sjukpenninggrundandeInkomster[].dagar" not in json.loads(wrong["fields"])["ovrig_information/FK:SGI"]
    )
    everything = b"".join(path.read_bytes() for path in given.state.iterdir() if path.name.startswith("ledger.db"))
    for one in crowd(3).values():
        assert one.personnummer.encode() not in everything
    assert wrong["person"] != right["person"]


async def test_the_same_value_has_the_same_hash_for_whoever_has_the_key(tmp_path: Path) -> None:
    given = settings(tmp_path)
    await campaign(given, 1, another_day, wrong=1)
    await campaign(given, 1, another_day, wrong=1)
    other = settings(tmp_path / "other")
    await campaign(other, 1, another_day, wrong=1)
    one, again, elsewhere = ([row["person"], row["differences"]] for row in (*kept(given), *kept(other)))
    assert one == again
    assert one[0] != elsewhere[0]
    assert one[1] != elsewhere[1]


async def test_values_are_kept_only_where_that_is_switched_on_and_read_with_any_key_of_the_ring(tmp_path: Path) -> None:
    given = settings(tmp_path, keep_values=True)
    await campaign(given, 1, another_day, wrong=1)
    file = key_file(given.ledger, given.state)
    keyring.add(file)
    await campaign(given, 1, another_day, wrong=1)
    ring = keyring.read(file)
    opened = [json.loads(sealing(ring).decrypt(row["sealed"])) for row in kept(given)]
    assert opened[0] == opened[1]
    assert [one["path"] for one in opened[0]] == ["/inkomst/sjukpenninggrundandeInkomster/0/dagar"]
    assert opened[0][0]["left"] + 1 == opened[0][0]["right"]


async def test_what_came_of_a_pair_is_counted(tmp_path: Path) -> None:
    async with keeping(settings(tmp_path)) as keep:
        for back in (says("v9", ONE), says("v9", ONE, another_day), UpstreamTimeout(sent=True)):
            keep.pairs.came(asking(ONE), PLAN, says("v7", ONE), back)
        keep.pairs.skipped("v9")
        await keep.pairs.aclose()
        results = ("same", "different", "failed", "skipped")
        assert [keep.counted("lefi_shadows_total", upstream="v9", result=one) for one in results] == [1, 1, 1, 1]
    assert [row["problem"] for row in kept(settings(tmp_path))] == ["", "", "upstream-timeout"]


async def test_a_rule_that_comes_later_is_taken_up_and_one_that_has_expired_accepts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(accepting("2000-01-01"))
    async with keeping(settings(tmp_path, rules=path)) as keep:
        watch = asyncio.create_task(keep.rules.watch())

        async def told() -> tuple[float, float]:
            before = [keep.counted("lefi_shadows_total", upstream="v9", result=one) for one in ("same", "different")]
            keep.pairs.came(asking(ONE), PLAN, says("v7", ONE), says("v9", ONE, another_day))
            await keep.pairs.settle()
            after = [keep.counted("lefi_shadows_total", upstream="v9", result=one) for one in ("same", "different")]
            return after[0] - before[0], after[1] - before[1]

        assert await told() == (0, 1)
        path.write_text(accepting())
        await until(lambda: keep.rules.current.rules[0].active(clock.today()))
        assert await told() == (1, 0)
        path.write_text("[[rules]]\nname = 'broken'\n")
        await asyncio.sleep(1.5)
        assert await told() == (1, 0), "a file that cannot be used changes nothing"
        watch.cancel()


async def test_pairs_that_are_too_many_are_dropped_and_counted_and_nobody_waits(tmp_path: Path) -> None:
    async with keeping(settings(tmp_path), run=False) as keep:
        front, back = says("v7", ONE), says("v9", ONE)
        start = time.monotonic()
        for _ in range(250):
            keep.pairs.came(asking(ONE), PLAN, front, back)
        assert time.monotonic() - start < 1
        assert keep.counted("lefi_pairs_dropped_total") == 50


def paid(count: int, more: int = 0) -> Callable[[Tree], Tree]:
    """The same with so many payments more, each of which says so much more."""

    def change(tree: Tree) -> Tree:
        first = date(1950, 1, 1)
        payments = [
            {
                "utlamnare": "FK",
                "status": "effektuerad",
                "datum": (first + timedelta(days=place)).isoformat(),
                "formansfamilj": {"kod": "SJP"},
                "nettobelopp": {"summa": Decimal(place + more), "valuta": "SEK"},
                "bruttobelopp": {"summa": Decimal(place) / 2, "valuta": "SEK"},
            }
            for place in range(count)
        ]
        return {**tree, "utbetalningar": [*tree.get("utbetalningar", []), *payments]}

    return change


def large(more: int = 0) -> Tree:
    """About two megabytes."""
    svar = says("v9", ONE)
    return paid(12_000, more)(svar)


def apart() -> list[int]:
    """The processes in which this one has something compared."""
    children = [one for task in Path("/proc/self/task").iterdir() for one in (task / "children").read_text().split()]
    return [int(one) for one in children if b"anyio.to_process" in Path(f"/proc/{one}/cmdline").read_bytes()]


async def test_a_large_pair_is_compared_in_another_process_while_the_loop_goes_on(tmp_path: Path) -> None:
    given = settings(tmp_path, keep_values=True)
    async with keeping(given) as keep:
        front, back = large(), large(more=1)
        gaps: list[float] = []

        async def beat() -> None:
            last = time.perf_counter()
            while True:
                await asyncio.sleep(0.002)
                now = time.perf_counter()
                gaps.append(now - last)
                last = now

        heart = asyncio.create_task(beat())
        await asyncio.sleep(0.1)
        gaps.clear()
        spent = time.process_time()
        keep.pairs.came(asking(ONE), PLAN, front, back)
        await until(lambda: bool(apart()), 30)
        keep.pairs.came(asking(ONE), PLAN, says("v9", ONE), says("v9", ONE))
        await until(lambda: len(kept(given)) == 1, 30)
        assert [row["differences"] for row in kept(given)] == ["[]"], "a small pair does not wait for a large one"
        await keep.pairs.settle()
        spent = time.process_time() - spent
        heart.cancel()
        print(f"longest gap {max(gaps) * 1000:.0f} ms of {sum(gaps):.1f} s, {spent:.2f} s of this process")  # noqa: T201
        assert max(gaps) < 0.25
        assert keep.counted("lefi_shadows_total", upstream="v9", result="different") == 1
        assert keep.counted("lefi_pairs_dropped_total") == 0
    _, found = kept(given)
    differences = json.loads(found["differences"])
    assert len(differences) == 12_000
    assert {(one["class"], one["pattern"]) for one in differences} == {
        ("unexplained", "/utbetalningar/*/nettobelopp/summa")
    }
    values = json.loads(sealing(keyring.read(key_file(given.ledger, given.state))).decrypt(found["sealed"]))
    assert (values[7]["left"], values[7]["right"]) == (7, 8)


async def test_a_process_that_died_costs_the_pair_that_it_had_and_no_other(tmp_path: Path) -> None:
    given = settings(tmp_path)
    async with keeping(given) as keep:
        keep.pairs.came(asking(ONE), PLAN, large(), large(more=1))
        await until(lambda: bool(apart()), 30)
        os.kill(apart()[0], signal.SIGKILL)
        await until(lambda: keep.counted("lefi_pairs_dropped_total") == 1, 30)
        keep.pairs.came(asking(ONE), PLAN, large(), large())
        await keep.pairs.settle()
        assert [row["differences"] for row in kept(given)] == ["[]"]


async def test_large_pairs_that_are_too_many_are_dropped_and_counted(tmp_path: Path) -> None:
    async with keeping(settings(tmp_path), run=False) as keep:
        front, back = says("v7", ONE), large()
        start = time.monotonic()
        for _ in range(10):
            keep.pairs.came(asking(ONE), PLAN, front, back)
        assert time.monotonic() - start < 1
        assert keep.counted("lefi_pairs_dropped_total") == 6
        keep.pairs.came(asking(ONE), PLAN, front, says("v9", ONE))
        assert keep.counted("lefi_pairs_dropped_total") == 6


async def test_pairs_that_cannot_be_written_are_dropped_and_counted(tmp_path: Path) -> None:
    given = settings(tmp_path)
    async with keeping(given) as keep:
        with sqlite3.connect(given.state / "ledger.db") as hands:
            hands.execute("DROP TABLE pairs")
        keep.pairs.came(asking(ONE), PLAN, says("v7", ONE), says("v9", ONE))
        await keep.pairs.settle()
        assert keep.counted("lefi_pairs_dropped_total") == 1


async def test_pairs_go_when_they_are_older_than_is_kept(tmp_path: Path) -> None:
    given = settings(tmp_path, keep_days=30)
    await campaign(given, 2)
    old = moment(clock.now() - timedelta(days=31))
    with sqlite3.connect(given.state / "ledger.db") as hands:
        hands.execute("UPDATE pairs SET at = ? WHERE seq = 1", (old,))
    async with keeping(given):
        await until(lambda: len(kept(given)) == 1)
    assert [row["seq"] for row in kept(given)] == [2]


def test_a_database_that_is_busy_with_pairs_alone_is_in_nobodys_way() -> None:
    """The shadow's pair cannot be written; the answer in front and its account are as ever."""
    rules = '[[rules]]\nname = "both"\nprefer = "old"\nshadow = { to = "new" }\n'
    with several(rules) as found:
        assert found.ask().status == 200
        with sqlite3.connect(found.settings.state / "ledger.db") as hands:
            hands.execute("DROP TABLE pairs")
        assert [found.ask().status for _ in range(5)] == [200] * 5
        assert request(found.url, "GET", "/ready").status == 200
        primary = [row for row in rows(found.settings) if row["role"] == "primary"]
        assert len(primary) == 6


@pytest.mark.parametrize("percent", [0, 100])
def test_persons_whom_a_canary_leads_to_the_new_version_have_the_old_one_in_the_back(percent: int) -> None:
    way = f'canary = {{ to = "new", percent = {percent} }}\nshadow = {{ to = "new" }}\n'
    with several(f'[[rules]]\nname = "both"\nprefer = "old"\n{way}') as found:
        found.ask()
        end = time.monotonic() + 10
        while not kept(found.settings) and time.monotonic() < end:
            time.sleep(0.05)
        sides = [(row["front"], row["back"]) for row in kept(found.settings)]
        assert sides == ([("new", "old")] if percent else [("old", "new")])
