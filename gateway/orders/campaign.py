"""A campaign as a mode of an order: whom the planner chooses becomes questions, what is compared goes back to it.

Rule 1: the planner's choice follows from the list and the results alone, so a worker that takes over a campaign makes
        the planner anew and gives it the results that are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway import clock
from gateway.campaign.people import Person
from gateway.campaign.planner import Goal, Planner, Progress, Stop
from gateway.comparison.rules import Rules
from gateway.evidence.counts import Type
from gateway.evidence.fields import expected
from gateway.evidence.goal import Judgement, Terms
from gateway.evidence.observed import Judge
from gateway.evidence.strata import age_band
from gateway.orders.comparing import Comparer
from gateway.orders.sealing import Seals
from gateway.orders.spec import Kept
from gateway.store import items
from gateway.store import orders as store
from gateway.store.database import Database

Row = dict[str, Any]
Tree = dict[str, Any]

_AT_ONCE = 500
_REASONS = {
    "holds": "visat",
    "fails": "motbevisat",
    "budget": "budget",
    "list_used_up": "listan_slut",
    "out_of_reach": "utom_rackhall",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What a campaign does next: questions to ask (place, part, connection), or why it ends, and how far it came."""

    chosen: list[tuple[int, int, str]]
    why: str = ""
    found: Tree | None = None


@dataclass(slots=True)
class Campaign:
    """One campaign in the care of this worker."""

    row: Row
    kept: Kept
    database: Database
    seals: Seals
    comparer: Comparer
    _planner: Planner = field(init=False)
    _progress: Progress = field(default_factory=Progress, init=False)
    _judge_rules: Rules | None = field(default=None, init=False)

    async def load(self) -> None:
        """Makes the planner from the list."""
        types = frozenset((one.klass, one.informationstyp) for one in self.kept.spec.informationstyper)
        day, people, after = clock.today(), [], 0
        async with self.database.reading() as connection:
            while found := await store.persons(connection, self.row["id"], after, _AT_ONCE):
                for one in found:
                    person = self.seals.open(one["sealed"], self.row["id"], one["place"])
                    labels = (age_band(person["personnummer"], day), person.get("grupp", ""))
                    people.append(Person(str(one["place"]), types, labels))
                after = found[-1]["place"]
        goal, (old, new) = self.kept.spec.goal, self.kept.spec.versioner
        fields: Mapping[Type, frozenset[str]] = {kind: expected(kind, old, new) for kind in types}
        terms = Terms(goal.andel, goal.niva)
        self._planner = Planner(Goal(terms, fields, goal.personer, seed=goal.fro), people)

    async def step(self, rules: Rules) -> Step:
        """Whom to ask next, given everything that was compared, or why nobody."""
        if rules is not self._judge_rules:  # accepted differences are counted by the rules of now
            self._judge_rules, self._progress = rules, Progress()
        under_way = await self._take_in(Judge(rules, clock.today(), self.row["consumer"]))
        choice = self._planner.choose(self._progress, under_way)
        judgements = choice.judgements if isinstance(choice, Stop) else self._planner.judgements(self._progress)
        found = {"personer": len(self._progress.asked), "typer": [_judged(*one) for one in judgements.items()]}
        if isinstance(choice, Stop):
            return Step([], _REASONS[choice.reason], found)
        return Step(
            [(int(id_), part, name) for id_ in choice for part, name in enumerate(self.kept.connections)], "", found
        )

    async def _take_in(self, judge: Judge) -> list[str]:
        """Adds new results; the persons who have none yet."""
        async with self.database.reading() as connection:
            chosen = await items.places(connection, self.row["id"])
            under_way = [str(place) for place, is_compared in chosen if not is_compared]
            new = [place for place, is_compared in chosen if is_compared and str(place) not in self._progress.asked]
            for start in range(0, len(new), _AT_ONCE):
                for person in await store.persons_at(connection, self.row["id"], new[start : start + _AT_ONCE]):
                    place = person["place"]
                    made = self.seals.open(person["compared"], self.row["id"], place, "compared")
                    self._planner.add(self._progress, self.comparer.result(made, place, judge))
        return under_way


def _judged(kind: Type, one: Judgement) -> Tree:
    return {
        "klass": kind[0],
        "informationstyp": kind[1],
        "omdome": {"holds": "visat", "fails": "motbevisat", "open": "oppet"}[one.verdict],
        "ovreGrans": round(one.upper, 6),
        "undreGrans": round(one.lower, 6),
        "taktaFalt": len(one.covered),
        "otaktaFalt": len(one.uncovered),
    }
