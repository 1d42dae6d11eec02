"""Cutovers as numbers: a real scrape of a running gateway that looks after one, and what no label may hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from gateway import clock
from gateway.cutover.reading import Reading
from gateway.demo import started
from gateway.settings import load
from tests.service.kept import campaign, until
from tests.service.move import OPTIONS
from tests.service.running import request
from tests.test_cutover import SIDES, Desk, desk
from tests.test_metrics import Samples, free_port, metrics, samples, scraped

__all__ = ["desk"]
LABELS = {"consumer": "kommunen", "rule": "cutover-kommunen-1", "from": "v7", "to": "v9"}


def value(found: Samples, name: str, **more: str) -> float | None:
    return found.get((f"lefi_cutover_{name}", frozenset((LABELS | more).items())))


def standing(found: Samples) -> list[str]:
    """The states of which the sample is 1."""
    states = ("under_way", "complete", "rolled_back", "ended")
    assert [value(found, "state", state=each) in {0, 1} for each in states] == [True] * 4
    return [each for each in states if value(found, "state", state=each)]


def test_a_gateway_says_where_its_cutovers_stand(desk: Desk) -> None:
    config, port = desk.folder / "gateway.toml", free_port()
    text = config.read_text().replace("rate = 0.1\n", "rate = 0.1\ninterval_seconds = 0.2\n")
    config.write_text(text + f'[server]\nport = 0\nmetrics = "{port}"\n')
    assert desk.cutover("--certificate", desk.issue()).status == 0
    asyncio.run(desk.questions(3, bad=1))
    asyncio.run(desk.pairs(39, wrong=1))

    def scrape() -> Samples:
        return samples(request(f"http://127.0.0.1:{port}", "GET", "/metrics").body.decode())

    async def seen(what: Callable[[Samples], bool]) -> Samples:
        await until(lambda: what(scrape()), 20)
        return scrape()

    with started("serve", "--config", str(config)):
        found = asyncio.run(seen(lambda each: value(each, "disagreement_upper") is not None))
        assert standing(found) == ["under_way"]
        assert (value(found, "percent"), value(found, "step"), value(found, "rate")) == (10, 1, 0.1)
        assert value(found, "error_share") == 0.25
        lower, upper = value(found, "disagreement_lower"), value(found, "disagreement_upper")
        assert lower is not None
        assert upper is not None
        assert 0 <= lower < 1 / 40 < upper < 0.5
        age = value(found, "decision_age_seconds")
        assert age is not None
        assert 0 < age < 120
        assert value(found, "rollbacks_total") == 0

        assert desk.cutover("rollback", "--reason", "a hunch").status == 0
        found = asyncio.run(seen(lambda each: value(each, "rollbacks_total") == 1))
        assert (standing(found), value(found, "percent"), value(found, "step")) == (["rolled_back"], 0, 0)
        assert value(found, "disagreement_upper") is None, "it is not looked at any more"

        asyncio.run(campaign(desk.given, 40))
        assert desk.cutover("--override", "once more", *OPTIONS, *SIDES).status == 0
        found = asyncio.run(seen(lambda each: value(each, "percent") == 10))
        assert (standing(found), value(found, "rollbacks_total")) == (["under_way"], 1), "of both by that rule"
        assert len([name for name, _ in found if name == "lefi_cutover_percent"]) == 1


def test_an_old_version_that_has_ended_is_said_to_be_and_a_complete_one_complete(desk: Desk) -> None:
    desk.cutover("--certificate", desk.issue())
    desk.cutover("step", "--override", "now")
    told: list[list[Reading]] = []

    async def once() -> Reading:
        cutovers = desk.cutovers(told.append)
        watch = asyncio.create_task(cutovers.watch())
        await until(lambda: bool(told))
        cutovers.stop()
        await watch
        await cutovers.database.aclose()
        return told.pop()[0]

    config = desk.folder / "gateway.toml"
    config.write_text(config.read_text().replace("rate = 0.1\n", "rate = 0.1\ninterval_seconds = 0.01\n"))
    desk.given = load(config)
    assert asyncio.run(once()).standing == "complete"
    config.write_text(config.read_text() + '[lifecycle.versions.v7]\nends = 2026-01-01\nsource = "the test"\n')
    desk.given = load(config)
    told.clear()
    assert asyncio.run(once()).standing == "ended"


@pytest.mark.parametrize("personal", ["19850412-9803", "Anna Andersson", 'x"} 1'])
def test_no_label_takes_anything_of_a_person(personal: str) -> None:
    counted = metrics()
    decided = clock.now() - timedelta(hours=1)
    names = {"consumer": personal, "rule": personal, "old": personal, "new": personal}
    numbers = {"lower": None, "upper": None, "error_share": None, "rate": 0.1, "rollbacks": 0}
    one = Reading(**names, **numbers, percent=5, step=1, standing="under_way", decided=decided)  # type: ignore[arg-type]
    counted.cutovers([one, one])
    text, found = scraped(counted)
    assert personal not in text
    assert {label for name, each in found for _, label in each if name == "lefi_cutover_percent"} == {"other"}
    assert found["lefi_cutover_decision_age_seconds", frozenset((each, "other") for each in LABELS)] >= 3_600
