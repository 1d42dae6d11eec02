"""The main path end to end over HTTP: what is sent upstream, what comes back, and what happens when it fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway import entitlements
from tests.service.running import (
    ASK_V9,
    ENTITLED_V9,
    FACE_V9,
    OTHER_PERSON,
    PERSON,
    PREFIX,
    House,
    Reply,
    available,
    house,
    question,
    question_v9,
    request,
    says,
    states,
)

TEXT = "Testfelet Testsson"
FACES = {"own": "/v1/fragor", "v9": ASK_V9}


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture
def gateway(running: House, secrets: set[str]) -> House:
    secrets.add(TEXT)
    running.stub.reset()
    return running


def outcome(reply: Reply) -> str:
    assert reply.status == 200, reply.text
    (entry,) = reply.tree["tackning"]
    return str(entry["utfall"])


def person(number: Any, **more: Any) -> Reply:
    """An answer about somebody."""
    about = {"personnummer": number, "namn": TEXT, **more}
    return says({"formansinformation": {"generellPersoninformation": [about]}, "utlamnare": states()})


def test_a_question_is_asked_once_as_version_9_writes_it(gateway: House) -> None:
    reply = gateway.ask(question(("formansinformation", "FK:SJP"), ("beslut", "PM:AP"), ("utbetalningar", "FK:SJP")))
    assert reply.status == 200
    (asked,) = gateway.stub.questions
    assert asked.method == "POST"
    assert asked.path == f"/rest{PREFIX}lefi-gateway/formansinformation/fraga"
    assert asked.headers["content-type"] == asked.headers["accept"] == "application/json"
    assert asked.headers["accept-encoding"] == "identity"
    assert asked.tree == question_v9(("formansinformation", "FK:SJP"), ("beslut", "PM:AP"), ("utbetalningar", "FK:SJP"))
    assert reply.tree["fraga"] == question(
        ("formansinformation", "FK:SJP"), ("beslut", "PM:AP"), ("utbetalningar", "FK:SJP")
    )
    assert reply.tree["kalla"]["version"] == "v9"
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("face", FACES)
def test_ten_digits_are_asked_as_ten_digits(gateway: House, face: str) -> None:
    number = PERSON[2:]
    gateway.stub.answer = person(PERSON)
    tree = question(personnummer=number) if face == "own" else question_v9(personnummer=number)
    reply = gateway.ask(tree, path=FACES[face])
    assert reply.status == 200
    assert gateway.stub.questions[0].tree["personnummer"] == number
    if face == "own":
        assert reply.tree["fraga"]["personnummer"] == PERSON
        assert reply.tree["fraga"]["kortform"] is True


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (PERSON, OTHER_PERSON),
        (PERSON, OTHER_PERSON[2:]),
        (PERSON, "189001019802"),
        (PERSON[2:], OTHER_PERSON),
        (PERSON, "19811218-9876"),
        (PERSON, int(OTHER_PERSON)),
        (PERSON, "okänd"),
    ],
    ids=["another", "another, ten digits", "another century", "asked with ten", "other form", "a number", "unreadable"],
)
def test_an_answer_about_somebody_else_is_neither_shown_nor_logged(
    gateway: House, secrets: set[str], face: str, asked: str, named: Any
) -> None:
    secrets.add(str(named))
    gateway.stub.answer = person(named)
    tree = (question if face == "own" else question_v9)(personnummer=asked)
    with capture_logs() as logged:
        reply = gateway.ask(tree, path=FACES[face])
    assert reply.status == (502 if face == "own" else 500)
    assert "upstream-wrong-person" in reply.text
    assert all(value not in reply.text for value in (TEXT, str(named), PERSON))
    (alarm,) = (record for record in logged if record.get("problem") == "upstream-wrong-person")
    assert alarm["log_level"] == "warning"
    assert len(gateway.stub.questions) == 1


@pytest.mark.parametrize(
    ("asked", "named"), [(PERSON, PERSON), (PERSON, PERSON[2:]), (PERSON[2:], PERSON), (PERSON, "19900101-9802")]
)
def test_an_answer_about_the_same_person_is_shown(gateway: House, asked: str, named: str) -> None:
    gateway.stub.answer = person(named)
    assert gateway.ask(question(personnummer=asked)).status == 200


def _html(status: int) -> Reply:
    return Reply(status, f"<html>{TEXT} {OTHER_PERSON}</html>".encode(), {"content-type": "text/html"})


FEL = {"meddelande": f"{TEXT} {OTHER_PERSON}", "timestamp": "2026-11-23T12:00:00Z"}
FAULTS = {
    "400": (says(FEL, 400), 502, "upstream-fault"),
    "403": (says(FEL, 403), 502, "upstream-fault"),
    "404": (says(FEL, 404), 502, "upstream-fault"),
    "500": (says(FEL, 500), 502, "upstream-fault"),
    "on 200": (says(FEL), 502, "upstream-fault"),
    "without time on 200": (says({"meddelande": TEXT}), 502, "upstream-fault"),
    "whole question in the text": (says({"meddelande": str(question_v9())}, 400), 502, "upstream-fault"),
    "other fields on 500": (says({"error": TEXT}, 500), 502, "upstream-fault"),
    "HTML on 200": (_html(200), 502, "upstream-invalid-answer"),
    "HTML on 502": (_html(502), 502, "upstream-invalid-answer"),
    "problem on 500": (Reply(500, b"{}", {"content-type": "application/problem+json"}), 502, "upstream-invalid-answer"),
    "empty": (Reply(200, b""), 502, "upstream-invalid-answer"),
    "no content": (Reply(204, b"", {}), 502, "upstream-invalid-answer"),
    "created": (says({"utlamnare": states()}, 201), 502, "upstream-invalid-answer"),
    "a list": (says([TEXT]), 502, "upstream-invalid-answer"),
    "a text": (says(TEXT), 502, "upstream-invalid-answer"),
    "half": (Reply(200, f'{{"x": "{TEXT}'.encode()), 502, "upstream-invalid-answer"),
    "a key twice": (Reply(200, b'{"utlamnare": [], "utlamnare": []}'), 502, "upstream-invalid-answer"),
    "Latin-1": (Reply(200, '{"x": "å"}'.encode("latin-1")), 502, "upstream-invalid-answer"),
    "no content type": (Reply(200, b"{}", {}), 502, "upstream-invalid-answer"),
    "gzip": (Reply(200, b"{}", {"content-type": "application/json", "content-encoding": "gzip"}), 502,
             "upstream-invalid-answer"),
    "redirect": (Reply(302, b"", {"location": f"http://127.0.0.1:1/{TEXT[:4]}"}), 502, "upstream-invalid-answer"),
    "busy": (Reply(503, b"", {"retry-after": "7"}), 503, "upstream-unavailable"),
    "too often": (Reply(429, b"", {"retry-after": "9999"}), 503, "upstream-unavailable"),
}  # fmt: skip


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(("said", "status", "problem"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_upstream_is_said_and_its_text_is_not(
    gateway: House, face: str, said: Reply, status: int, problem: str
) -> None:
    gateway.stub.answer = said
    reply = gateway.ask(path=FACES[face])
    assert reply.status == (status if face == "own" else 500)
    assert problem in reply.text
    assert all(value not in reply.text for value in (TEXT, TEXT[:4] + "felet", OTHER_PERSON, PERSON, "location"))
    assert ("retry-after" in reply.headers) == (problem == "upstream-unavailable")
    assert len(gateway.stub.questions) == 1


def test_an_upstream_that_is_not_there_is_unavailable() -> None:
    with house() as found:
        port = found.stub.url
    with house(over={"url": port}) as found:
        reply = found.ask()
        assert (reply.status, reply.tree["type"].rpartition(":")[2]) == (503, "upstream-unavailable")
        assert int(reply.headers["retry-after"]) > 0


def test_an_upstream_that_is_too_slow_is_given_up() -> None:
    with house(over={"read_seconds": 0.2, "total_seconds": 0.3}) as found:
        found.stub.answer = says({"utlamnare": states()}, delay=1)
        reply = found.ask()
        assert (reply.status, reply.tree["type"].rpartition(":")[2]) == (504, "upstream-timeout")
        assert len(found.stub.questions) == 1


@pytest.mark.parametrize("reuse", [False, True], ids=["one question a connection", "kept connections"])
def test_both_connection_modes_answer(reuse: bool) -> None:
    with house(over={"reuse_connections": reuse}) as found:
        assert [found.ask().status for _ in range(5)] == [200] * 5
        kept = [one.headers.get("connection") != "close" for one in found.stub.questions]
        assert kept == [reuse] * 5
        found.stub.answer = person(OTHER_PERSON)
        assert found.ask().status == 502


BAD_LISTS = {
    "fault": says(FEL, 500),
    "forbidden": says(FEL, 403),
    "HTML": _html(200),
    "busy": Reply(503),
    "a list": says([]),
}


@pytest.mark.parametrize("said", BAD_LISTS.values(), ids=BAD_LISTS.keys())
def test_a_failing_look_up_prevents_no_answer_and_is_tried_again(monkeypatch: pytest.MonkeyPatch, said: Reply) -> None:
    monkeypatch.setattr(entitlements, "_RETRY_SECONDS", 0.2)
    with house() as found:
        found.stub.entitlements = said
        assert outcome(found.ask()) == "mojligen_filtrerad"
        assert outcome(found.ask()) == "mojligen_filtrerad"
        assert len(found.stub.look_ups) == 1, "not tried again at once"
        found.stub.entitlements = says(available())
        time.sleep(0.25)
        assert outcome(found.ask()) == "inga_uppgifter"
        assert len(found.stub.look_ups) == 2


def test_a_stalling_look_up_holds_nobody_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured before it was mended: every question waited for the look-up's whole deadline, one after the other."""
    monkeypatch.setattr(entitlements, "_PATIENCE_SECONDS", 0.1)
    with house() as found:
        found.stub.entitlements = says(available(), delay=1)
        started = time.monotonic()
        assert [outcome(found.ask()) for _ in range(3)] == ["mojligen_filtrerad"] * 3
        assert time.monotonic() - started < 0.9
        assert len(found.stub.look_ups) == 1, "one look-up serves all who wait"
        time.sleep(1)
        assert outcome(found.ask()) == "inga_uppgifter", "what came late is used afterwards"


def test_what_an_actor_may_ask_is_asked_once_an_hour_and_for_each_actor() -> None:
    with house() as found:
        for _ in range(3):
            assert outcome(found.ask()) == "inga_uppgifter"
        found.ask(path=f"{FACE_V9}annan/formansinformation/fraga")
        found.ask(path=f"{FACE_V9}annan/formansinformation/fraga")
        assert [one.path.split("/")[-2] for one in found.stub.look_ups] == ["lefi-gateway", "annan"]


def test_look_ups_of_both_faces_reach_the_agency(gateway: House) -> None:
    own = gateway.get("/v1/informationstyper")
    assert own.status == 200
    assert {"klass": "beslut", "informationstyp": {"kod": "PM:EF", "text": "Efterlevandeförmåner"}} in own.tree[
        "informationstyper"
    ]
    v9 = gateway.get(ENTITLED_V9)
    assert v9.tree == available()
    assert [one.path.split("/")[-2] for one in gateway.stub.look_ups] == ["lefi-gateway", "test-aktor"]
    gateway.stub.entitlements = says(FEL, 403)
    assert gateway.get("/v1/informationstyper").status == 502
    assert gateway.get(ENTITLED_V9).status == 500


def test_a_known_version_can_be_asked_for_by_name(gateway: House) -> None:
    assert gateway.ask(headers={"LEFI-Version": "v9"}).tree["kalla"]["version"] == "v9"
    assert gateway.ask(path=ASK_V9, headers={"LEFI-Version": "v9"}).status == 200
    reply = gateway.ask(headers={"LEFI-Version": "v7"})
    assert reply.status == 404
    assert reply.tree["errors"] == [
        {"path": "lefi-version", "expected": "a version that an upstream is configured for"}
    ]
    assert len(gateway.stub.questions) == 2


def test_more_questions_than_set_are_turned_away() -> None:
    with house(server={"max_concurrent": 2}) as found:
        found.stub.answer = says({"utlamnare": states()}, delay=1)
        replies: list[Reply] = []
        # Two questions: one that is asked twice at once is asked once.
        threads = [
            threading.Thread(target=lambda number=number: replies.append(found.ask(question(personnummer=number))))
            for number in (PERSON, OTHER_PERSON)
        ]
        for thread in threads:
            thread.start()
        while len(found.stub.questions) < 2:
            time.sleep(0.01)
        turned_away = found.ask()
        assert (turned_away.status, turned_away.headers["retry-after"]) == (503, "1")
        assert turned_away.tree["type"].endswith(":overloaded")
        v9 = found.ask(path=ASK_V9)
        assert (v9.status, v9.headers["retry-after"]) == (500, "1")
        assert found.get("/health").status == 200
        for thread in threads:
            thread.join()
        assert [reply.status for reply in replies] == [200, 200]
        found.stub.answer = says({"utlamnare": states()})
        assert found.ask().status == 200, "the places are free again"
        assert len(found.stub.questions) == 3


def test_an_answer_of_the_same_version_gives_back_what_nobody_knows(gateway: House) -> None:
    wire = {
        "utlamnare": states(),
        "nytt": {"falt": [1, {"djupt": 12.50}], "text": "å"},
        "formansinformation": {"sjukpenningarende": [{"aktivt": True, "nyttFalt": "x"}], "nyLista": [{"a": 1}]},
    }
    gateway.stub.answer = says(wire)
    v9 = gateway.ask(path=ASK_V9)
    assert v9.tree == wire
    own = gateway.ask().tree
    assert sorted(note["vag"] for note in own["anmarkningar"]) == [
        "/formansinformation/nyLista",
        "/formansinformation/sjukpenningarende/0/nyttFalt",
        "/nytt",
    ]
    assert {note["slag"] for note in own["anmarkningar"]} == {"okant_falt"}


def test_ready_says_whether_questions_can_be_taken(gateway: House) -> None:
    assert gateway.get("/ready").status == 200
    assert request(gateway.url, "GET", "/health").tree == {"status": "ok"}
