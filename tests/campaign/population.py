"""A skewed population, as the agencies' is: most people have little and the same, few have what is rare.

The planner is given what a caller knows beside the age. What a person holds is known to the test alone, until the
person is asked.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from gateway.campaign.people import Person
from gateway.evidence.counts import Outcome, Result, Type

Fields = dict[Type, frozenset[str]]
AGREED: frozenset[Outcome] = frozenset({"agreed"})
BANDS = {"20-29": 0.2, "30-39": 0.25, "40-49": 0.25, "50-59": 0.2, "75-": 0.1}


@dataclass(frozen=True)
class Kind:
    """An information type: how many of an age band have data, and how often they hold each of its fields."""

    type: Type
    bands: Mapping[str, float]
    common: int = 8
    unusual: int = 6
    """Held by one in four, but only in the first of the bands."""


KINDS = (
    Kind(("ovrig_information", "FK:SGI"), dict.fromkeys(BANDS, 0.9)),
    Kind(("formansinformation", "FK:FP"), {"30-39": 0.3, "20-29": 0.1}),
    Kind(("formansinformation", "FK:SJP"), {"50-59": 0.08, "40-49": 0.05, "30-39": 0.05}),
    Kind(("formansinformation", "FK:BTI"), {"75-": 0.06}),
    Kind(("formansinformation", "FK:SA"), {"50-59": 0.03, "40-49": 0.01}),
    Kind(("formansinformation", "FK:YL"), {"75-": 0.01, "50-59": 0.002}),
    Kind(("formansinformation", "FK:SBP"), {"20-29": 0.004}),
)
EXPECTED: Fields = {
    kind.type: frozenset(f"{kind.type[1]}.{n}" for n in range(kind.common + kind.unusual)) for kind in KINDS
}


@dataclass(frozen=True)
class Population:
    people: tuple[Person, ...]
    holds: Mapping[str, Fields]

    def answer(self, id_: str) -> Result:
        """What both versions say of a person, who agree."""
        return Result(id_, {kind: dict.fromkeys(paths, AGREED) for kind, paths in self.holds[id_].items()})


def skewed(size: int, seed: int, known: Literal["types", "group", "age"]) -> Population:
    """What the caller knows: the benefits that a person has, so that it asks about those only; a group of its own
    that says the rarest of them in seven cases of ten; or nothing but the age."""
    dice = random.Random(f"{seed} {size}")  # noqa: S311
    people, holds = [], {}
    for number in range(size):
        id_ = f"p{number}"
        (band,) = dice.choices([*BANDS], [*BANDS.values()])
        found = {kind.type: frozenset(_fields(kind, band, dice)) for kind in KINDS}
        asked = {kind for kind, paths in found.items() if paths or known != "types"}
        holds[id_] = {kind: paths for kind, paths in found.items() if kind in asked}
        labels = [band]
        if known == "group":
            rarest = [kind[1] for kind, paths in found.items() if paths]
            labels.append(rarest[-1] if rarest and dice.random() < 0.7 else "other")
        people.append(Person(id_, frozenset(asked), tuple(labels)))
    return Population(tuple(people), holds)


def _fields(kind: Kind, band: str, dice: random.Random) -> Iterator[str]:
    if dice.random() >= kind.bands.get(band, 0.0):
        return
    for number in range(kind.common + kind.unusual):
        often = 0.9 if number < kind.common else 0.25 if band == next(iter(kind.bands)) else 0.0
        if number == 0 or dice.random() < often:
            yield f"{kind.type[1]}.{number}"
