"""Whom a comparison campaign asks next, and when it stops: every question is a disclosure, so as few as can be.

Rule 1: what is done next follows from the goal, the list, the seed and the results alone. A campaign that was killed
        goes on as if it had not been; the order of the results does not matter.
Rule 2: first come those who are expected to bring the most fields that are not covered yet (gateway.campaign.learned).
        When a question would hardly bring one, and pairs are needed for the bound, they are drawn at random from all
        who may well have data of the type: then the bound is about the list, not about what is odd in it.
Rule 3: the choice depends on earlier results only, so the sequential bound holds for the persons who were asked
        (gateway.evidence.bounds, Rule 3).
Rule 4: nobody is asked in vain. Pairs for a type's bound are not looked for when those who are left would hardly be
        enough even if all of them agreed, nor a field when one in more persons than the goal's rate says would hold it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.campaign.draw import Draw
from gateway.campaign.learned import Learned
from gateway.campaign.people import Person, strata
from gateway.evidence.counts import Counts, Result, Type, TypeCounts
from gateway.evidence.goal import Judgement, Terms, judge

Reason = Literal["holds", "fails", "budget", "list_used_up", "out_of_reach"]


@dataclass(frozen=True, slots=True)
class Goal:
    """What a campaign is to prove, and what it may cost."""

    terms: Terms
    expected: Mapping[Type, Collection[str]]
    """The types in question, each with the fields that it can have in both versions."""
    budget: int
    """Persons who may be asked about at most."""
    batch: int = 50
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """Why no more is asked, and how far each type came."""

    reason: Reason
    judgements: Mapping[Type, Judgement]
    out_of_reach: tuple[Type, ...] = ()
    """Types whose bound the list has too few persons with data for."""


@dataclass(slots=True)
class Progress:
    """The results so far, summed up."""

    counts: Counts = field(default_factory=Counts)
    learned: Learned = field(default_factory=Learned)
    asked: set[str] = field(default_factory=set, repr=False)


Choice = tuple[str, ...]


class Planner:
    """The choice for one campaign."""

    def __init__(self, goal: Goal, people: Iterable[Person]) -> None:
        self.goal = goal
        self._strata = strata(people, goal.seed)
        self._place = {id_: place for place, stratum in enumerate(self._strata) for _, id_ in stratum.people}

    def next(self, results: Iterable[Result], under_way: Collection[str] = ()) -> Choice | Stop:
        """Whom to ask next, given all results so far; see `choose`."""
        progress = Progress()
        for result in results:
            self.add(progress, result)
        return self.choose(progress, under_way)

    def add(self, progress: Progress, result: Result) -> None:
        """Adds one result. Raises ValueError for a person who is not on the list or has a result already."""
        if result.person in progress.asked:
            raise ValueError("results: expected one for each person")
        if (place := self._place.get(result.person)) is None:
            raise ValueError("results: expected persons of the list")
        progress.asked.add(result.person)
        progress.counts.add(result)
        progress.learned.add(place, self._strata[place], result)

    def choose(self, progress: Progress, under_way: Collection[str] = ()) -> Choice | Stop:
        """Whom to ask next, or why nobody.

        `under_way` are persons who were chosen and have no result yet. Nobody may be chosen because of them: the
        choice is then empty, and is to be asked for again when one of them has a result.
        """
        judgements = self.judgements(progress)
        verdicts = {one.verdict for one in judgements.values()}
        if "fails" in verdicts:
            return Stop("fails", judgements)
        if verdicts <= {"holds"}:
            return Stop("holds", judgements)
        left = self.goal.budget - len(progress.asked) - len(under_way)
        still_open = {kind: one for kind, one in judgements.items() if one.verdict == "open"}
        draw = Draw(self._strata, progress.learned)
        draw.need(progress.counts, still_open, self.goal.terms, self._per_stratum(progress.asked))
        draw.take_out(progress.asked, {id_: self._place[id_] for id_ in under_way})
        chosen = tuple(draw.people(min(left, self.goal.batch))) if left > 0 else ()
        if chosen or under_way:
            return chosen
        used_up = len(progress.asked) == len(self._place)
        reason: Reason = "list_used_up" if used_up else "budget" if left <= 0 else "out_of_reach"
        return Stop(reason, judgements, tuple(draw.beyond))

    def _per_stratum(self, asked: Iterable[str]) -> list[int]:
        """How many of each stratum were asked."""
        found = [0] * len(self._strata)
        for id_ in asked:
            found[self._place[id_]] += 1
        return found

    def judgements(self, progress: Progress) -> dict[Type, Judgement]:
        """How far each type of the goal has come."""
        return {
            kind: judge(progress.counts.types.get(kind, TypeCounts()), expected, self.goal.terms)
            for kind, expected in self.goal.expected.items()
        }
