"""How few questions the planner needs: beside random sampling, and beside what no planner can better.

The measure is the same for all: questions until 95 % of the fields that at least three persons of the list hold have
each been compared for three persons. The goal's rate is so small that no list can prove it, so that coverage alone is
sought. The numbers are for people: `pytest -s`.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import mean
from typing import Literal

import pytest

from gateway.campaign.people import Person
from gateway.campaign.planner import Goal, Planner, Progress, Stop
from gateway.evidence.counts import COMPARED, Result, Type
from gateway.evidence.goal import Terms
from tests.campaign import neighbours
from tests.campaign.oracle import Strata, of_frequencies, of_hindsight
from tests.campaign.population import EXPECTED, skewed

LEAST = 3
RANDOM_ORDERS = range(10)
Known = tuple[Literal["period", "group"], ...]


@dataclass(frozen=True)
class List:
    """A list of persons, and what comes of asking about each."""

    people: tuple[Person, ...]
    answer: Callable[[str], Result]
    expected: Mapping[Type, Collection[str]]
    _fields: dict[str, list[Hashable]] = field(default_factory=dict)

    def fields(self, id_: str) -> list[Hashable]:
        """The fields in question that are compared for a person."""
        if id_ not in self._fields:
            self._fields[id_] = [
                (kind, path)
                for kind, found in self.answer(id_).types.items()
                for path, classes in found.items()
                if classes & COMPARED and path in self.expected.get(kind, ())
            ]
        return self._fields[id_]

    def wanted(self) -> int:
        """How many fields are to be covered."""
        held = Counter(one for person in self.people for one in self.fields(person.id))
        return round(0.95 * sum(count >= LEAST for count in held.values()))

    def order(self, seed: int) -> list[str]:
        """The list in a random order."""
        return random.Random(seed).sample([one.id for one in self.people], len(self.people))  # noqa: S311

    def planned(self, wanted: int, seed: int) -> int:
        """The planner's questions."""
        goal = Goal(Terms(0.0001, least=LEAST), self.expected, budget=len(self.people), batch=20, seed=seed)
        planner, progress = Planner(goal, self.people), Progress()

        def asked() -> Iterator[str]:
            while not isinstance(choice := planner.choose(progress), Stop):
                for id_ in choice:
                    planner.add(progress, self.answer(id_))
                    yield id_

        return self.questions(asked(), wanted)

    def at_random(self, wanted: int) -> float:
        """The questions of random sampling, on average."""
        return mean(self.questions(self.order(seed), wanted) for seed in RANDOM_ORDERS)

    def questions(self, ids: Iterable[str], wanted: int) -> int:
        """After how many of these so many fields are covered."""
        times: Counter[Hashable] = Counter()
        covered = 0
        for asked, id_ in enumerate(ids, 1):
            for one in self.fields(id_):
                times[one] += 1
                covered += times[one] == LEAST
            if covered >= wanted:
                return asked
        raise AssertionError(covered)

    def strata(self, seed: int) -> Strata:
        """The list as the planner tells persons apart, each part in a random order."""
        known = {one.id: (one.types, one.labels) for one in self.people}
        found: dict[Hashable, list[str]] = {}
        for id_ in self.order(seed):
            found.setdefault(known[id_], []).append(id_)
        return found


def population(seed: int, known: Literal["types", "group", "age"]) -> List:
    people = skewed(20_000, seed, known)
    return List(people.people, people.answer, EXPECTED)


@pytest.mark.parametrize("known", ["types", "group"])
def test_a_third_of_the_questions_of_random_sampling_is_enough(known: Literal["types", "group"]) -> None:
    planned, at_random = [], []
    for seed in range(3):
        people = population(seed, known)
        wanted = people.wanted()
        planned.append(people.planned(wanted, seed))
        at_random.append(people.at_random(wanted))
    print(f"caller knows {known}: {mean(planned):.0f} questions, at random {mean(at_random):.0f}")  # noqa: T201
    assert mean(planned) <= mean(at_random) / 3


def test_who_knows_nothing_but_the_age_cannot_do_with_a_third_and_the_planner_is_near_what_can_be() -> None:
    """One who knew every frequency beforehand would need about a third; the planner has to learn them."""
    planned, at_random, frequencies, hindsight = [], [], [], []
    for seed in range(3):
        people = population(seed, "age")
        wanted = people.wanted()
        planned.append(people.planned(wanted, seed))
        at_random.append(people.at_random(wanted))
        for order in range(3):
            strata, enough = people.strata(order), people.questions(people.order(order), wanted)
            frequencies.append(of_frequencies(strata, people.fields, LEAST, wanted))
            hindsight.append(of_hindsight(strata, people.fields, LEAST, wanted, enough))
    print(  # noqa: T201
        f"caller knows age: {mean(planned):.0f} questions, at random {mean(at_random):.0f}, who knows the frequencies "
        f"{mean(frequencies):.0f}, in hindsight at least {mean(hindsight):.0f}"
    )
    assert mean(planned) <= mean(at_random) / 2
    assert mean(planned) <= 1.5 * mean(frequencies)
    assert mean(hindsight) <= mean(frequencies)
    assert mean(frequencies) > 0.3 * mean(at_random)


def test_on_the_twins_own_answers_it_needs_a_third_where_period_and_group_are_known() -> None:
    """3,000 persons with the twin's lives, each asked of both versions for real when somebody is to be asked."""
    twin = neighbours.neighbours(3_000, 0)
    everybody = List(twin.people(), twin.answer, neighbours.EXPECTED)
    wanted = everybody.wanted()
    at_random = everybody.at_random(wanted)
    shares: dict[Known, float] = {}
    cases: tuple[Known, ...] = ((), ("period",), ("group",), ("period", "group"))
    for known in cases:
        people = List(twin.people(*known), twin.answer, neighbours.EXPECTED)
        planned = mean(people.planned(wanted, seed) for seed in range(3))
        shares[known] = planned / at_random
        what = " and ".join(("age", *known))
        print(f"twin, caller knows {what}: {planned:.0f} questions, at random {at_random:.0f}")  # noqa: T201
    assert shares["period", "group"] <= 1 / 3
    assert max(shares.values()) < 1
    assert shares["period",] < shares[()]


def test_the_oracles_find_the_fewest() -> None:
    """Small enough to be seen by eye."""
    held = {"a1": "x", "a2": "", "a3": "x", "a4": "yz", "b1": "y", "b2": "", "b3": "yz", "b4": "z"}
    strata: Strata = {"a": ["a1", "a2", "a3", "a4"], "b": ["b1", "b2", "b3", "b4"]}
    assert of_hindsight(strata, held.__getitem__, 2, 1, 8) == 3  # x
    assert of_hindsight(strata, held.__getitem__, 2, 2, 8) == 4  # y and z, of the second alone
    assert of_hindsight(strata, held.__getitem__, 2, 3, 8) == 7  # all of the one, three of the other
    assert of_frequencies(strata, held.__getitem__, 2, 3) >= 7
