"""A list of a few thousand persons who live the twin's lives: most of them the same few, and asked for real.

What a person's answers are is known to nobody until both versions are asked: the twin answers, each version writes and
reads it in its own words, and the two are compared as the gateway does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Literal

from gateway.campaign.people import Person
from gateway.comparison.compare import compare
from gateway.comparison.rules import NONE
from gateway.evidence.counts import Result, Type
from gateway.evidence.fields import expected
from gateway.evidence.observed import Judge, kept, result
from gateway.evidence.strata import age_band, period_band
from gateway.twin.bits import REFERENCE, Dice, merged
from gateway.twin.numbers import FIRST, LAST, number
from gateway.twin.plans import edges, households, pensioners, working
from gateway.twin.plans.plan import Plan
from gateway.twin.population import SEED, Inhabitant
from gateway.twin.source import State, answer
from tests.comparison.views import heard, observed, parsed

OLD, NEW = "v7", "v9"
_CASES = ("SJP", "FP", "TFP", "SA", "BTI", "YL", "AS", "US", "GP", "SBP")
TYPES: tuple[Type, ...] = (
    *(("formansinformation", f"FK:{typ}") for typ in _CASES),
    ("utbetalningar", "FK:SJP"),
    ("utbetalningar", "FK:FP"),
    ("ovrig_information", "FK:SGI"),
)
EXPECTED = {kind: expected(kind, OLD, NEW) for kind in TYPES}
_ASKED = (*TYPES, ("ansprak", "PM:BTI"), ("beslut", "PM:BTI"))
"""Version 9 has Pensionsmyndigheten's part of bostadstillägg under a type of its own."""
_DAY = date.fromisoformat(REFERENCE)
_MONTHS = {1: 0.6, 12: 0.3, 24: 0.1}
_ORDINARY = 0.6
"""So many live a life without anything to tell; of the others, the life at place n is lived by a share as 1/n."""
_RIGHT = 0.7


@dataclass(frozen=True)
class Neighbours:
    lives: dict[str, tuple[Plan, int]]
    """By personnummer: the life, and over how many months is asked."""
    groups: dict[str, str]
    """A group of the caller's own, which says in seven cases of ten of which kind the life is."""
    _answers: dict[str, Result] = field(default_factory=dict)

    def people(self, *known: Literal["period", "group"]) -> tuple[Person, ...]:
        """The list as the planner is given it: the age band, and what else is known."""
        return tuple(self._person(id_, known) for id_ in self.lives)

    def _person(self, id_: str, known: tuple[str, ...]) -> Person:
        labels = [age_band(id_, _DAY)]
        if "period" in known:
            labels.append(period_band(_first(self.lives[id_][1]), _DAY))
        if "group" in known:
            labels.append(self.groups[id_])
        return Person(id_, frozenset(TYPES), tuple(labels))

    def answer(self, id_: str) -> Result:
        """What comes of asking both versions about a person."""
        if id_ not in self._answers:
            self._answers[id_] = asked(id_, *self.lives[id_])
        return self._answers[id_]


def asked(personnummer: str, plan: Plan, months: int) -> Result:
    """Both versions asked about a person, and their answers compared."""
    one = Inhabitant(personnummer, plan.about, merged(*plan.life(Dice(SEED, personnummer), personnummer)))
    question = {
        "personnummer": personnummer,
        "period": {"from": _first(months).isoformat(), "tom": REFERENCE},
        "informationstyper": [{"klass": klass, "informationstyp": typ} for klass, typ in _ASKED],
    }
    old, new = (
        observed(version, parsed(version, answer(one, heard(version, question), State())), question)
        for version in (OLD, NEW)
    )
    made = compare(old, new, today=_DAY, key=bytes(32), values=True)
    row = {"person": personnummer, "front_version": OLD, "back_version": NEW}
    return result(row, *kept(made, old.tree), Judge(NONE, _DAY, "kommunen"))


@cache
def neighbours(size: int, seed: int) -> Neighbours:
    """A list of so many persons."""
    dice = random.Random(f"{seed} {size}")  # noqa: S311
    kinds = {plan: module.__name__ for module in (working, households, pensioners) for plan in module.PLANS}
    unusual = dice.sample([*kinds], len(kinds))
    weights = [1 / place for place in range(1, len(unusual) + 1)]
    years = {plan.day[:4] for plan in (*edges.PLANS, *unusual)}
    numbers = {year: _numbers(int(year)) for year in sorted(years)}
    made = Neighbours({}, {})
    for _ in range(size):
        plan = dice.choice(edges.PLANS) if dice.random() < _ORDINARY else dice.choices(unusual, weights)[0]
        (months,) = dice.choices([*_MONTHS], [*_MONTHS.values()])
        id_ = next(numbers[plan.day[:4]])
        made.lives[id_] = plan, months
        made.groups[id_] = kinds.get(plan, "") if dice.random() < _RIGHT else ""
    return made


def _first(months: int) -> date:
    return _DAY - timedelta(days=round(months * 365 / 12) - 1)


def _numbers(year: int) -> Iterator[str]:
    """Numbers of the test series of those who were born in a year, day by day."""
    day = date(year, 1, 1)
    while True:
        yield from (number(day.strftime("%Y%m%d"), serial) for serial in range(FIRST, LAST + 1))
        day += timedelta(days=1)
