"""What came of the pairs that were compared, counted: per information type and per field, for one consumer.

Rule 1: the unit is the person. A field that stands in forty rows of one answer counts once, because what is wrong in
        one row tends to be wrong in all of them; it disagreed if it did in any row.
Rule 2: a person counts as compared in a type when something of that type was held against something: two answers
        without anything in them agree, but prove nothing.
Rule 3: counts are sums. In whatever order results come, and from wherever they are read again, they give the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Type = tuple[str, str]
"""A class and an information type: `("formansinformation", "FK:SJP")`."""

Outcome = Literal["agreed", "accepted", "unexplained", "explained", "entitlement", "timing"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
COMPARED = frozenset({"agreed", "accepted", "unexplained"})
"""The others say why the two sides could not be held against each other."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one person who was asked about in both versions."""

    person: str = field(repr=False)
    """By what the caller knows the person; never leaves the campaign."""
    types: Mapping[Type, Mapping[str, frozenset[Outcome]]] = field(default_factory=dict)
    """For each asked type that both versions answered: the fields that either side held, by canonical path without
    list places (`arenden.sjukpenning[].beslut[].status`), with every class that was found in any row. Nothing at all
    where a version did not answer."""


@dataclass(slots=True)
class FieldCounts:
    """Persons by what came of one field."""

    seen: int = 0
    compared: int = 0
    classes: dict[Outcome, int] = field(default_factory=dict)

    @property
    def disagreed(self) -> int:
        """Persons for whom nothing explains the difference."""
        return self.classes.get("unexplained", 0)


@dataclass(slots=True)
class TypeCounts:
    """Persons by what came of one information type."""

    answered: int = 0
    """Persons about whom both versions answered, with data or without."""
    compared: int = 0
    disagreed: int = 0
    fields: dict[str, FieldCounts] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """One consumer's evidence."""

    asked: int = 0
    """Persons who were asked about, whatever came of it: each was a disclosure."""
    failed: int = 0
    """Persons for whom no type was answered by both versions."""
    types: dict[Type, TypeCounts] = field(default_factory=dict)

    def add(self, result: Result) -> None:
        """Counts one more person."""
        self.asked += 1
        self.failed += not result.types
        for kind, found in result.types.items():
            counted = self.types.setdefault(kind, TypeCounts())
            counted.answered += 1
            counted.compared += any(classes & COMPARED for classes in found.values())
            counted.disagreed += any("unexplained" in classes for classes in found.values())
            for path, classes in found.items():
                one = counted.fields.setdefault(path, FieldCounts())
                one.seen += 1
                one.compared += bool(classes & COMPARED)
                for each in classes:
                    one.classes[each] = one.classes.get(each, 0) + 1


def counted(results: Iterable[Result]) -> Counts:
    """The counts of these results."""
    counts = Counts()
    for result in results:
        counts.add(result)
    return counts
