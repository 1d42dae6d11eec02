"""What has to be proved before a consumer may be moved, and how far the counts have come.

Rule 1: a type holds when the bound lies below the goal's rate, and every field of the type was compared often enough
        or is rare. A field is rare when it provably occurs in a smaller part of the pairs than the goal's rate: by
        itself it cannot bring the disagreement above it. Fields are expected until that is proved.
Rule 2: a type fails when its disagreement is provably above the rate, or that of one of its fields among those who
        have it. The level of the latter is shared by all fields of the type, so that many fields give no false alarm.
Rule 3: each type has its own claim at the goal's level; the claims are not joint.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from gateway.evidence.bounds import (
    Bound,
    fixed_lower,
    fixed_upper,
    sequential_lower,
    sequential_upper,
)
from gateway.evidence.counts import TypeCounts

Method = Literal["sequential", "fixed"]
Verdict = Literal["holds", "fails", "open"]
Lack = Literal["bound", "coverage"]

_BOUNDS: dict[Method, tuple[Bound, Bound]] = {
    "sequential": (sequential_lower, sequential_upper),
    "fixed": (fixed_lower, fixed_upper),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """A claim about disagreement: below `rate` at `level`, with the fields covered."""

    rate: float
    """The share of persons with an unexplained difference that is not to be reached: 0.001."""
    level: float = 0.95
    least: int = 3
    """For how many persons a field has to be compared to count as covered."""
    share: float = 1.0
    """The part of the fields, rare ones apart, that has to be covered."""
    method: Method = "sequential"
    """`fixed` only where the number of persons was decided before the first was asked."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How far the evidence about one type has come."""

    verdict: Verdict
    lacks: tuple[Lack, ...]
    lower: float
    upper: float
    covered: tuple[str, ...]
    uncovered: tuple[str, ...]
    rare: tuple[str, ...]
    broken: tuple[str, ...]
    """Fields whose own disagreement is provably above the rate."""

    @property
    def share(self) -> float:
        """The covered part of the fields that are not rare; 1 where there is none."""
        whole = len(self.covered) + len(self.uncovered)
        return len(self.covered) / whole if whole else 1.0


def judge(counted: TypeCounts, expected: Collection[str], terms: Terms) -> Judgement:
    """How far these counts of a type have come; `expected` are the fields that it can have in both versions."""
    lower, upper = (bound(counted.disagreed, counted.compared, terms.level) for bound in _BOUNDS[terms.method])
    covered, uncovered, rare = _coverage(counted, expected, terms)
    broken = _broken(counted, expected, terms)
    whole = len(covered) + len(uncovered)
    lacks: list[Lack] = ["bound"] if pairs_to_go(counted, terms) else []
    if len(covered) < terms.share * whole:
        lacks.append("coverage")
    verdict: Verdict = "fails" if lower > terms.rate or broken else "open" if lacks else "holds"
    return Judgement(verdict, tuple(lacks), lower, upper, covered, uncovered, rare, broken)


def pairs_to_go(counted: TypeCounts, terms: Terms) -> int:
    """How many pairs more bring the bound below the rate if all of them agree; 0 where it is there already."""
    return max(0, _pairs_for(counted.disagreed, terms.rate, terms.level, terms.method) - counted.compared)


@lru_cache(maxsize=4096)
def _pairs_for(disagreed: int, rate: float, level: float, method: Method) -> int:
    """The least number of pairs at which so many disagreements leave the upper bound below the rate."""
    upper = _BOUNDS[method][1]
    few, enough = disagreed, max(1, 2 * disagreed)
    while upper(disagreed, enough, level) >= rate:
        few, enough = enough, 2 * enough
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if upper(disagreed, middle, level) < rate else (middle, enough)
    return enough


def _coverage(counted: TypeCounts, expected: Collection[str], terms: Terms) -> tuple[tuple[str, ...], ...]:
    """The expected fields that are covered, those that are neither covered nor rare, and those that are rare."""
    times = {path: counted.fields[path].compared if path in counted.fields else 0 for path in expected}
    rarely = {
        seen: counted.compared >= _pairs_for(seen, terms.rate, terms.level, terms.method)
        for seen in set(times.values())
        if seen < terms.least
    }
    covered = tuple(sorted(path for path, seen in times.items() if seen >= terms.least))
    rest = sorted(path for path, seen in times.items() if seen < terms.least)
    uncovered = tuple(path for path in rest if not rarely[times[path]])
    return covered, uncovered, tuple(path for path in rest if rarely[times[path]])


def _broken(counted: TypeCounts, expected: Collection[str], terms: Terms) -> tuple[str, ...]:
    lower = _BOUNDS[terms.method][0]
    level = 1 - (1 - terms.level) / max(1, len(counted.fields.keys() | set(expected)))
    return tuple(
        sorted(
            path
            for path, one in counted.fields.items()
            if one.disagreed and lower(one.disagreed, one.compared, level) > terms.rate
        )
    )
