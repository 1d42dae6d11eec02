"""Pairs of answers put into a gateway's database by what does so in a gateway, without asking anybody anything."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from gateway.asking import Asking
from gateway.comparison.rules import NONE, Rules, read
from gateway.ledger.book import Ledger
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.settings import Lifecycle
from gateway.metrics import Metrics
from gateway.pairs import Pairs
from gateway.routing.configured import spoken
from gateway.routing.plan import Plan
from gateway.settings import Settings
from gateway.twin.population import Inhabitant
from gateway.twin.source import State, answer
from gateway.watched import Watched
from tests.comparison.views import heard, observed, parsed
from tests.service.move import CONSUMER, TODAY, TYPES, crowd, question

Tree = dict[str, Any]


def says(version: str, one: Inhabitant, change: Callable[[Tree], Tree] = lambda tree: tree) -> Tree:
    """What a version says of a person, as the gateway has it; `change` is what it says wrong."""
    asked = question(one.personnummer)
    tree = change(parsed(version, answer(one, heard(version, asked), State())))
    svar = dict(observed(version, tree, asked).tree)
    return {**svar, "kalla": {"version": version, "uppstroms": version}}


def asking(one: Inhabitant, consumer: str = CONSUMER) -> Asking:
    return Asking(
        fraga=question(one.personnummer),
        consumer=consumer,
        actor=None,
        purpose="prov",
        ground="prov",
        face="v7",
        cut={},
        shows=lambda _place: True,
        correlation_id=f"correlation-{one.about}",
    )


PLAN = Plan(TYPES, ("v7",), "preferred", "soap", shadow="v9")
TURNED = Plan(TYPES, ("v9", "v7"), "canary", "soap", shadow="v7")


@dataclass
class Keeping:
    ledger: Ledger
    metrics: Metrics
    pairs: Pairs
    rules: Watched[Rules]

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0


@contextlib.asynccontextmanager
async def keeping(settings: Settings, *, run: bool = True) -> AsyncIterator[Keeping]:
    """What compares and keeps, with everything that was told to it written at the end."""
    ledger = Ledger(settings.ledger, settings.state)
    await ledger.database.prepare()
    metrics = Metrics(Registry.of(Lifecycle()), {"v7", "v9"}, lambda: TODAY)
    rules: Watched[Rules] = Watched("comparison-rules", settings.comparison.rules, settings.state, read, NONE)
    pairs = Pairs(metrics, ledger.database, ledger.ring, rules, settings.comparison, spoken(settings))
    if run:
        pairs.open()
    try:
        yield Keeping(ledger, metrics, pairs, rules)
    finally:
        await pairs.aclose()
        await ledger.aclose()


async def until(what: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def campaign(
    settings: Settings, count: int, change: Callable[[Tree], Tree] = lambda tree: tree, *, wrong: int = 0
) -> None:
    """So many persons of the crowd in both versions; the first `wrong` of them are said wrong by the new one."""
    async with keeping(settings) as kept:
        for place, one in enumerate(list(crowd(count).values())):
            back = says("v9", one, change) if place < wrong else says("v9", one)
            kept.pairs.came(asking(one), PLAN, says("v7", one), back)


def another_day(tree: Tree) -> Tree:
    """The same with other days of income."""
    return {
        **tree,
        "inkomst": {
            "sjukpenninggrundandeInkomster": [
                {**each, "dagar": each["dagar"] + 1} for each in tree["inkomst"]["sjukpenninggrundandeInkomster"]
            ]
        },
    }


RULES = """
[[rules]]
name = "dagar"
path = "/inkomst/sjukpenninggrundandeInkomster/*/dagar"
versions = ["v7", "v9"]
reason = "version 9 counts the leap day"
owner = "the test"
expires = {expires}
"""


def accepting(expires: str = "2999-01-01") -> str:
    return RULES.format(expires=expires)
