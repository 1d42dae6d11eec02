"""Limits: how often and how much at once one consumer asks, and that nobody else ever notices."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.consumers.proofs import consumer, key, send
from tests.service.running import OTHER_PERSON, PERSON, Reply, house, question, says, states

LIMITED = "urn:lefi-gateway:problem:rate-limited"


def is_limited(reply: Reply) -> bool:
    assert (reply.status, reply.tree["type"]) == (429, LIMITED), reply.text
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    return True


def test_a_consumer_that_asks_too_often_waits_and_nobody_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    with house(consumers=[consumer("alfa", per_minute=3), consumer("beta", per_minute=3), consumer("gamma")]) as found:
        assert [send(found.url, [key("alfa")]).status for _ in range(3)] == [200] * 3
        limited = [send(found.url, [key("alfa")]) for _ in range(3)]
        assert all(map(is_limited, limited))
        assert [send(found.url, [key("beta")]).status for _ in range(4)] == [200, 200, 200, 429]
        assert [send(found.url, [key("gamma")]).status for _ in range(9)] == [200] * 9
        assert len(found.stub.questions) == 3 + 3 + 9, "what was refused was not sent"
        # The window moves: a minute later the first three are out of it.
        later = time.time() + 61
        monkeypatch.setattr("limits.aio.storage.memory.time.time", lambda: later)
        assert send(found.url, [key("alfa")]).status == 200


def test_a_refusal_does_not_count() -> None:
    with house(consumers=[consumer("alfa", per_minute=2, concurrent=1)]) as found:
        found.stub.answer = says({"utlamnare": states()}, delay=0.5)
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda _: send(found.url, [key("alfa")]), range(8)))
        assert sorted(reply.status for reply in replies) == [200] + [429] * 7
        assert send(found.url, [key("alfa")]).status == 200, "seven that found no place left the second one free"
        assert is_limited(send(found.url, [key("alfa")]))


def test_a_consumer_with_too_many_questions_in_work_waits_and_nobody_else_does() -> None:
    with house(consumers=[consumer("alfa", concurrent=2), consumer("beta", concurrent=2)]) as found:
        found.stub.answer = says({"utlamnare": states()}, delay=1)
        with ThreadPoolExecutor(2) as pool:
            # Two questions: one that is asked twice at once is asked once.
            bodies = [json.dumps(question(personnummer=number)).encode() for number in (PERSON, OTHER_PERSON)]
            held = [pool.submit(send, found.url, [key("alfa")], body=body) for body in bodies]
            until = time.monotonic() + 10
            while len(found.stub.questions) < 2 and time.monotonic() < until:
                threading.Event().wait(0.01)
            assert is_limited(send(found.url, [key("alfa")]))
            assert send(found.url, [key("beta")]).status == 200
            assert [each.result().status for each in held] == [200, 200]
        found.stub.answer = says({"utlamnare": states()})
        assert [send(found.url, [key("alfa")]).status for _ in range(4)] == [200] * 4, "places are given back"


def test_a_place_is_given_back_when_a_question_fails() -> None:
    with house(consumers=[consumer("alfa", concurrent=1)]) as found:
        found.stub.answer = Reply(500, b"<html>")
        assert [send(found.url, [key("alfa")]).status for _ in range(3)] == [502] * 3
        assert [send(found.url, [key("alfa")], body=b"{").status for _ in range(3)] == [400] * 3


def test_without_consumers_there_is_no_limit() -> None:
    with house() as found:
        assert [send(found.url).status for _ in range(20)] == [200] * 20
