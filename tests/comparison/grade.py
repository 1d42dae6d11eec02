"""How well a comparer does: what was found held against what was planted, counted by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.comparison.compare import compare
from gateway.comparison.difference import CLASSES, Difference
from gateway.comparison.observation import Observation
from tests.comparison.plant import Expected, Planted
from tests.comparison.views import DAY


@dataclass
class Grade:
    """Counts of what was expected and found: places (kind and path), and places with their class."""

    expected: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    places_expected: int = 0
    places_found: int = 0
    places_right: int = 0
    wrong: list[tuple[str, object, object]] = field(default_factory=list)

    def add(self, what: str, expected: Iterable[Expected], found: Iterable[Expected]) -> None:
        wanted, got = Counter(expected), Counter(found)
        places, met = (Counter({one[:2]: 0 for one in side}) for side in (wanted, got))
        for side, into in ((wanted, places), (got, met)):
            for one, count in side.items():
                into[one[:2]] += count
        self.places_expected += places.total()
        self.places_found += met.total()
        self.places_right += (places & met).total()
        for one, count in wanted.items():
            self.expected[one[2]] += count
        for one, count in got.items():
            self.found[one[2]] += count
        for one, count in (wanted & got).items():
            self.right[one[2]] += count
        if wanted != got:
            self.wrong.append((what, sorted((wanted - got).elements()), sorted((got - wanted).elements())))

    @property
    def precision(self) -> float:
        return self.places_right / max(1, self.places_found)

    @property
    def recall(self) -> float:
        return self.places_right / max(1, self.places_expected)

    def of(self, class_: str) -> tuple[float, float]:
        """Precision and recall of a class."""
        right = self.right[class_]
        return right / max(1, self.found[class_]), right / max(1, self.expected[class_])

    def lines(self) -> list[str]:
        head = f"{'class':14}{'planted':>9}{'found':>9}{'precision':>11}{'recall':>9}"
        rows = [
            f"{each:14}{self.expected[each]:>9,}{self.found[each]:>9,}{self.of(each)[0]:>11.4f}{self.of(each)[1]:>9.4f}"
            for each in CLASSES
        ]
        places = f"{'kind and path':14}{self.places_expected:>9,}{self.places_found:>9,}"
        return [head, *rows, f"{places}{self.precision:>11.4f}{self.recall:>9.4f}"]


def as_expected(one: Difference) -> Expected:
    return one.kind, one.path, one.class_


def extra(planted: Planted, clean: tuple[Observation, Observation]) -> list[Expected]:
    """What is found beyond what the two versions differ in by themselves."""
    made = compare(planted.left, planted.right, planted.rules, today=DAY, again=planted.again).differences
    own = compare(*clean, today=DAY).differences
    by_place = Counter((one.kind, one.path, one.code) for one in own)
    by_pattern = Counter((one.kind, one.pattern, one.code) for one in own)
    left: list[Difference] = []
    for one in made:
        if by_place[one.kind, one.path, one.code]:
            by_place[one.kind, one.path, one.code] -= 1
            by_pattern[one.kind, one.pattern, one.code] -= 1
        else:
            left.append(one)
    found = []
    for one in left:  # what was there before, at another place in its list
        if by_pattern[one.kind, one.pattern, one.code] > 0:
            by_pattern[one.kind, one.pattern, one.code] -= 1
        else:
            found.append(as_expected(one))
    return found
