"""Which persons a canary takes: its share of them, always the same ones, and nothing to be seen of them."""

from __future__ import annotations

import secrets
from itertools import pairwise

import pytest

from gateway.routing.bucket import bucket, bucket_of
from gateway.routing.choose import Question, Router
from gateway.routing.rules import read
from tests.routing.network import FP, SJP, STATES, VERSIONS, network, rule


@pytest.fixture(scope="module")
def persons() -> list[str]:
    return [f"1990{number:08d}" for number in range(100_000)]


@pytest.fixture(scope="module")
def falls(persons: list[str]) -> list[float]:
    key = bytes(32)
    return [bucket(key, "canary:v9", person) for person in persons]


@pytest.mark.parametrize("percent", [0.5, 1, 5, 12.5, 25, 50, 75, 99])
def test_a_canary_takes_its_share_of_the_persons(falls: list[float], percent: float) -> None:
    assert all(0 <= each < 100 for each in falls)
    assert abs(sum(each < percent for each in falls) / len(falls) * 100 - percent) < 1


def test_a_person_stays_on_its_side_while_the_share_grows(falls: list[float], persons: list[str]) -> None:
    assert [bucket(bytes(32), "canary:v9", person) for person in persons[:1000]] == falls[:1000]
    shares = [
        {person for person, each in zip(persons, falls, strict=True) if each < percent} for percent in range(0, 101, 5)
    ]
    assert all(smaller < larger for smaller, larger in pairwise(shares))
    assert shares[-1] == {*persons}


@pytest.mark.parametrize(("one", "other"), [(5, 5), (12.5, 50), (50, 50), (90, 10)])
def test_sides_for_different_purposes_are_independent(
    falls: list[float], persons: list[str], one: float, other: float
) -> None:
    shadow = [bucket(bytes(32), "shadow:v9", person) for person in persons]
    both = sum(a < one and b < other for a, b in zip(falls, shadow, strict=True)) / len(persons) * 100
    assert abs(both - one * other / 100) < 1


def test_without_the_key_a_side_says_nothing_and_is_not_shown(persons: list[str], falls: list[float]) -> None:
    key = secrets.token_bytes(32)
    assert [bucket(key, "canary:v9", person) for person in persons[:100]] != falls[:100]
    question = Question("kommun", (SJP,), bucket_of(key, persons[-1]))
    assert question.bucket("canary:v9") == bucket(key, "canary:v9", persons[-1])
    assert persons[-1] not in f"{question!r} {question.bucket!r}"


def test_rules_with_the_same_canary_put_a_person_on_the_same_side(persons: list[str]) -> None:
    text = "".join(
        rule(name, f'types = "{typ}"', 'prefer = "v7"', 'canary = {to = "v9", percent = 20}')
        for name, typ in (("a", "FK:SJP"), ("b", "FK:FP"))
    )
    router = Router(read(text.encode(), VERSIONS), network(STATES))
    for person in persons[:500]:
        plans = router.choose(Question("kommun", (SJP, FP), bucket_of(bytes(32), person)))
        assert [one.rule for one in plans] == ["a+b"]
