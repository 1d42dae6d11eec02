"""What holds for every pair of answers."""

from __future__ import annotations

import random
import re
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.comparison.compare import compare
from gateway.comparison.difference import Comparison
from gateway.comparison.keys import key_of, ordered
from gateway.comparison.observation import Observation
from gateway.jsonio import decode, encode
from gateway.vocabulary import facts
from schemas.bas import Modell
from schemas.svar import Svar
from tests.comparison import trees
from tests.comparison.plant import LISTS_WITHOUT_KEY, Case
from tests.comparison.plant_elsewhere import MOVED, SOURCES, wrong_shape
from tests.comparison.test_benchmark import PLANTS
from tests.comparison.views import DAY, PAIRS, VERSIONS, ordinary, views

Tree = dict[str, Any]
SEED = 1
PEOPLE = st.integers(0, len(ordinary(SEED)) - 1)
MIRRORED = {"only_left": "only_right", "only_right": "only_left"}
_TOO_SHORT = 4
"""Values shorter than this occur in paths and codes by chance."""


def copied(one: Observation) -> Observation:
    return replace(one, svar=decode(encode(one.tree)))


def shuffled(tree: Any, rng: random.Random) -> Any:
    if isinstance(tree, dict):
        return {name: inner if name in Svar.EGNA else shuffled(inner, rng) for name, inner in tree.items()}
    if isinstance(tree, list):
        return rng.sample([shuffled(inner, rng) for inner in tree], len(tree))
    return tree


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_does_not_differ_from_itself(version: str) -> None:
    for place in range(len(ordinary(SEED))):
        one = views(SEED, place)[version]
        made = compare(one, copied(one), today=DAY)
        assert made.differences == ()
        assert len(made.agreements) == len(one.tree["tackning"])


@given(PEOPLE, st.sampled_from(PAIRS), st.sampled_from(sorted(PLANTS)), st.randoms(use_true_random=False))
def test_the_sides_changed_say_the_same(place: int, pair: tuple[str, str], plant: str, rng: random.Random) -> None:
    planted = PLANTS[plant](Case(views(SEED, place), pair, rng, rng.random() < 0.5), ordinary(SEED)[place])
    if planted is None:
        return

    def said(made: Comparison, *, mirrored: bool) -> list[Any]:
        return sorted(
            (
                MIRRORED.get(one.kind, one.kind) if mirrored else one.kind,
                one.class_,
                one.code,
                (one.right if mirrored else one.left).path,
                (one.left if mirrored else one.right).path,
            )
            for one in made.differences
        )

    there = compare(planted.left, planted.right, planted.rules, today=DAY)
    back = compare(planted.right, planted.left, planted.rules, today=DAY)
    assert said(there, mirrored=False) == said(back, mirrored=True)


@given(PEOPLE, st.sampled_from(VERSIONS), st.randoms(use_true_random=False))
def test_another_order_is_nothing_but_another_order(place: int, version: str, rng: random.Random) -> None:
    one = views(SEED, place)[version]
    made = compare(one, replace(one, svar=shuffled(one.tree, rng)), today=DAY).differences
    assert {each.kind for each in made} <= {"reordered"}
    for each in made:
        name = each.path.rpartition("/")[2]
        assert each.class_ == ("unexplained" if name in LISTS_WITHOUT_KEY else "explained"), each.path


@given(PEOPLE, st.sampled_from(PAIRS), st.sampled_from(sorted(PLANTS)), st.randoms(use_true_random=False))
def test_no_value_stands_in_a_comparison_unless_it_was_asked_for(
    place: int, pair: tuple[str, str], plant: str, rng: random.Random
) -> None:
    planted = PLANTS[plant](Case(views(SEED, place), pair, rng, rng.random() < 0.5), ordinary(SEED)[place])
    if planted is None:
        return
    held = {str(value) for side in (planted.left, planted.right) for _, value in trees.leaves(side.tree)}
    held -= {value for value in held if len(value) < _TOO_SHORT or not re.search("[0-9]", value) or ":" in value}
    made = compare(planted.left, planted.right, planted.rules, today=DAY, key=b"nyckel")
    text = repr(made) + repr(replace(planted.left, asked=None)) + encode(made.tree(values=True)).decode()
    found = {value for value in held if re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", text)}
    assert not found, len(found)
    with_values = compare(planted.left, planted.right, planted.rules, today=DAY, values=True)
    assert encode(with_values.tree()) == encode(compare(planted.left, planted.right, planted.rules, today=DAY).tree())
    assert repr(with_values.differences) == repr(
        compare(planted.left, planted.right, planted.rules, today=DAY).differences
    )


def test_values_and_hashes_are_there_when_they_are_asked_for() -> None:
    one = views(SEED, 0)["v9"]
    place, value = next((p, v) for p, v in trees.leaves(one.tree) if p[-1] == "fattades")
    other = replace(one, svar=trees.put(one.tree, place, "1999-01-01"))
    (found,) = compare(one, other, today=DAY, values=True).differences
    assert (found.left.value, found.right.value) == (value, "1999-01-01")
    (hashed,) = compare(one, other, today=DAY, key=b"en").differences
    (again,) = compare(one, other, today=DAY, key=b"en").differences
    (keyed,) = compare(one, other, today=DAY, key=b"en annan").differences
    assert hashed == again
    assert len({hashed.left.hash, hashed.right.hash, keyed.left.hash, keyed.right.hash}) == 4
    assert all(len(each) == 32 for each in (hashed.left.hash, keyed.right.hash))


def test_every_record_in_a_list_has_a_business_key_or_its_order_may_say_something() -> None:
    """Counted over the whole vocabulary: a new list must choose."""
    seen: dict[str, set[str]] = {}

    def look(model: type[Modell]) -> None:
        for name, fact in facts(model).items():
            if fact.many and ordered(fact.model):
                seen.setdefault(name, set()).add(model.__name__)
            if fact.model is not None:
                assert not fact.model.SKILJER or key_of(fact.model) is not None
                look(fact.model)

    look(Svar)
    assert seen.keys() - {"bevis", "anmarkningar"} == LISTS_WITHOUT_KEY


def test_every_plant_is_one_that_can_be_made() -> None:
    assert len(PLANTS) == len({*PLANTS}) >= 20
    assert {plant.__name__ for plant in (*MOVED, *SOURCES, wrong_shape)} <= PLANTS.keys()
    assert asdict(compare(views(SEED, 0)["v9"], views(SEED, 0)["v9"], today=DAY))["differences"] == ()
