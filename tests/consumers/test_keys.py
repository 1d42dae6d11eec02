"""API keys: one or several, each with its last day, and nothing about them in what anybody reads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from gateway import clock
from gateway.consumers.identify import Directory
from gateway.consumers.model import Consumer
from tests.consumers.proofs import consumer, hashed, key, refused, send
from tests.service.running import House, house

TODAY = clock.today()
KEYS = [
    {"sha256": hashed("running out"), "last_day": TODAY},
    {"sha256": hashed("run out"), "last_day": TODAY - timedelta(days=1)},
    {"sha256": hashed("new"), "added": TODAY},
]


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house(consumers=[consumer("alfa", key_sha256=hashed("old"), keys=KEYS), consumer("beta")]) as found:
        yield found


@pytest.mark.parametrize(
    ("given", "status"), [("old", 200), ("running out", 200), ("new", 200), ("run out", 401), ("none", 401)]
)
def test_every_key_holds_until_its_last_day_is_over(running: House, given: str, status: int) -> None:
    assert send(running.url, [("x-api-key", given)]).status == status


@pytest.mark.parametrize(("after", "found"), [(0, True), (1, False)])
def test_the_day_is_the_one_in_stockholm(after: int, found: bool) -> None:
    directory = Directory([Consumer.model_validate(consumer("alfa", keys=KEYS))])
    day = TODAY + timedelta(days=after)
    assert (directory.of_key("running out", day) is not None) is found


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [("x-api-key", "")],
        [key("alfa")],
        [key("beta"), key("beta")],
        [key("beta"), ("x-api-key", "new")],
        [("x-api-key", hashed("new"))],
    ],
    ids=["none", "empty", "wrong", "the same twice", "of two", "the hash"],
)
def test_without_one_good_key_nobody_is_answered(running: House, fields: list[tuple[str, str]]) -> None:
    running.stub.reset()
    refused(send(running.url, fields), 401, "x-api-key")
    assert running.stub.received == 0


def test_no_refusal_is_told_from_another(running: House) -> None:
    texts = {
        send(running.url, [("x-api-key", given)]).text.partition("urn:uuid:")[0] for given in ("", "run out", "none")
    }
    bodies = [dict(send(running.url, [("x-api-key", given)]).tree) for given in ("", "run out", "none")]
    assert len(texts) == 1
    assert all({**body, "instance": ""} == {**bodies[0], "instance": ""} for body in bodies)


def test_a_key_says_nothing_where_none_is_asked_for() -> None:
    with house() as open_house:
        assert send(open_house.url, [("x-api-key", "any")]).status == 200


def test_a_consumer_shows_no_hash() -> None:
    one: Any = Consumer.model_validate(consumer("alfa", keys=KEYS))
    assert not {each for each in (one.keys[0].sha256, hashed("new")) if each in repr(one)}
