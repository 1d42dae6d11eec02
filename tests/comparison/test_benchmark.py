"""The labelled benchmark: thousands of clean pairs and of planted differences, over all pairs of versions."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from gateway.comparison.compare import compare
from gateway.comparison.difference import CLASSES
from gateway.twin.population import Inhabitant
from tests.comparison.grade import Grade, extra
from tests.comparison.plant import SAME_PLACE, Case, Planted
from tests.comparison.plant_elsewhere import MOVED, SOURCES, wrong_shape
from tests.comparison.views import DAY, PAIRS, VERSIONS, ordinary, views

SEEDS = range(1, 6)
PEOPLE = [(seed, place) for seed in SEEDS for place in range(len(ordinary(seed)))]
EACH = 300
"""How many of each plant."""


PLANTS: dict[str, Callable[[Case, Inhabitant], Planted | None]] = {
    **{plant.__name__: (lambda case, _one, plant=plant: plant(case)) for plant in (*SAME_PLACE, *MOVED, wrong_shape)},  # type: ignore[misc]  # the default binds it
    **{plant.__name__: plant for plant in SOURCES},
}


def made(name: str, rng: random.Random) -> Iterator[tuple[Planted, Case]]:
    """One way of planting in all pairs that it can be done in, in a random order."""
    everything = list(itertools.product(PEOPLE, PAIRS))
    rng.shuffle(everything)
    for (seed, place), pair in everything:
        case = Case(views(seed, place), pair, rng, rng.random() < 0.5)
        planted = PLANTS[name](case, ordinary(seed)[place])
        if planted is not None:
            yield planted, case


def test_clean_pairs_differ_in_nothing_that_the_versions_do_not_explain(capsys: pytest.CaptureFixture[str]) -> None:
    pairs, codes = Counter[tuple[str, str]](), Counter[str]()
    for seed, place in PEOPLE:
        seen = views(seed, place)
        for left, right in PAIRS:
            pairs[left, right] += 1
            for one in compare(seen[left], seen[right], today=DAY).differences:
                assert one.class_ == "explained", (left, right, one)
                assert left != right, one
                codes[one.code] += 1
    with capsys.disabled():
        print(f"\n{pairs.total():,} clean pairs over {len(pairs)} pairs of versions; explained: {dict(codes)}")  # noqa: T201
    assert pairs.total() >= 5_000
    assert set(pairs) == {(one, other) for one in VERSIONS for other in VERSIONS}
    assert set(codes) == {"moved", "gone"}


def test_planted_differences_are_found_with_kind_place_and_class(capsys: pytest.CaptureFixture[str]) -> None:
    grade, what, pairs = Grade(), Counter[str](), Counter[tuple[str, str]]()
    rng = random.Random(20260630)  # noqa: S311  no secret
    for name in PLANTS:
        for planted, case in itertools.islice(made(name, rng), EACH):
            what[planted.what] += 1
            pairs[case.versions] += 1
            clean = case.views[case.versions[0]], case.views[case.versions[1]]
            grade.add(f"{planted.what} {case.versions}", planted.expected, extra(planted, clean))
    with capsys.disabled():
        print("", *(f"{count:>6} {name}" for name, count in what.items()), *grade.lines(), *grade.wrong[:5], sep="\n")  # noqa: T201
    assert grade.places_expected >= 5_000
    assert all(count >= 50 for count in what.values()), what
    assert set(pairs) == set(PAIRS)
    assert all(grade.expected[each] >= 100 for each in CLASSES)
    assert (grade.precision, grade.recall) == (1.0, 1.0), grade.wrong[:20]
    for each in CLASSES:
        assert min(grade.of(each)) >= 0.99, (each, grade.wrong[:20])
