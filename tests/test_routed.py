"""The main path with several connections: shares of a question, fallback, shadows, single flight, the ledger's rows."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import Any

import pytest

from tests.service.running import OTHER_PERSON, PERSON, Reply, available, question, says, states
from tests.service.several import Several, rows, several, types_of

SJP, AP, SGI = ("formansinformation", "FK:SJP"), ("beslut", "PM:AP"), ("ovrig_information", "FK:SGI")


def rule(name: str, types: str, **way: Any) -> str:
    body = "\n".join(f"{key} = {_toml(value)}" for key, value in way.items())
    return f'[[rules]]\nname = "{name}"\nconsumers = "*"\ntypes = {json.dumps(types.split())}\n{body}\n'


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def outcomes(reply: Reply) -> dict[str, str]:
    assert reply.status == 200, reply.text
    return {one["informationstyp"]: one["utfall"] for one in reply.tree["tackning"]}


def down(agency: str = "FK") -> Reply:
    other = {"fk": "OK", "pm": "OK", agency.lower(): "OTILLGANGLIG"}
    return says({"utlamnare": states(other["fk"], other["pm"])})


def story(found: Several) -> list[tuple[Any, ...]]:
    """The ledger in short: which connection was asked in which role and why, and what became of it."""
    written = found.ledger()
    ends = {row["id"]: row for row in written if row["kind"] == "outcome"}
    return [
        (row["upstream"], row["role"], row["reason"], ends[row["id"]]["result"], bool(ends[row["id"]]["sent"]))
        for row in written
        if row["kind"] == "intent"
    ]


# ----- shares of a question


def test_types_with_different_rules_are_asked_of_different_versions_and_come_back_as_one_answer() -> None:
    rules = rule("sjuk", "FK:SJP", pin="old") + rule("rest", "*", pin="new")
    with several(rules) as found:
        found.stubs["old"].answer = says({"utlamnare": states(pm=None)})
        reply = found.ask(question(AP, SJP, SGI))
        assert found.asked() == {"old": 1, "new": 1}
        assert found.stubs["old"].questions[0].tree["formansinformation"] == ["FK:SJP"]
        assert "beslut" not in found.stubs["old"].questions[0].tree
        assert found.stubs["new"].questions[0].tree["beslut"] == ["PM:AP"]
        assert "formansinformation" not in found.stubs["new"].questions[0].tree
        assert [one["informationstyp"] for one in reply.tree["tackning"]] == ["PM:AP", "FK:SJP", "FK:SGI"]
        parts = {part["uppstroms"]: part["informationstyper"] for part in reply.tree["kalla"]["delar"]}
        assert parts["old"] == [{"klass": SJP[0], "informationstyp": SJP[1]}]
        assert [one["informationstyp"] for one in parts["new"]] == ["PM:AP", "FK:SGI"]
        assert reply.tree["fraga"]["informationstyper"] == question(AP, SJP, SGI)["informationstyper"]
        intents = [row for row in found.ledger() if row["kind"] == "intent"]
        assert {row["correlation_id"] for row in intents} == {reply.tree["kalla"]["korrelationsId"]}
        assert sorted(len(types_of(row)) for row in intents) == [1, 2]


def test_an_agency_that_is_down_for_one_version_is_down_in_the_answer_of_both() -> None:
    rules = rule("sjuk", "FK:SJP", pin="old") + rule("rest", "*", pin="new")
    with several(rules) as found:
        found.stubs["old"].answer = down("FK")
        reply = found.ask(question(SJP, SGI))
        assert outcomes(reply) == {"FK:SJP": "kallan_nere", "FK:SGI": "inga_uppgifter"}
        assert {one["utlamnare"]["kod"]: one["tillstand"]["kod"] for one in reply.tree["utlamnare"]} == {
            "FK": "OTILLGANGLIG",
            "PM": "OK",
        }


def test_when_one_share_fails_the_whole_question_fails_and_both_are_accounted_for() -> None:
    rules = rule("sjuk", "FK:SJP", pin="old") + rule("rest", "*", pin="new")
    with several(rules) as found:
        found.stubs["old"].answer = Reply(500, b"{}")
        reply = found.ask(question(SJP, AP))
        assert reply.status == 502
        assert {(name, result) for name, _, _, result, _ in story(found)} == {
            ("old", reply.tree["type"].rpartition(":")[2]),
            ("new", "answered"),
        }


# ----- fallback

FALLBACKS: dict[str, tuple[dict[str, Any], tuple[str, ...], Reply | None, int, list[tuple[Any, ...]]]] = {
    "not reached": (
        {"prefer": "new", "fallback": ["old"]},
        ("new",),
        None,
        200,
        [("new", "primary", "upstream-unavailable", False), ("old", "fallback", "answered", True)],
    ),
    "nobody reached": (
        {"prefer": "new", "fallback": ["old"]},
        ("new", "old"),
        None,
        503,
        [("new", "primary", "upstream-unavailable", False), ("old", "fallback", "upstream-unavailable", False)],
    ),
    "no fallback": ({"pin": "new"}, ("new",), None, 503, [("new", "primary", "upstream-unavailable", False)]),
    "a fault": (
        {"prefer": "new", "fallback": ["old"]},
        (),
        says({"meddelande": "fel", "timestamp": "2026-11-23T12:00:00Z"}, 500),
        502,
        [("new", "primary", "upstream-fault", True)],
    ),
    "busy": (
        {"prefer": "new", "fallback": ["old"]},
        (),
        Reply(503, b""),
        503,
        [("new", "primary", "upstream-unavailable", True)],
    ),
    "busy, and told to go on": (
        {"prefer": "new", "fallback": ["old"], "fall_back_when": ["not_sent", "source_down"]},
        (),
        Reply(503, b""),
        200,
        [("new", "primary", "upstream-unavailable", True), ("old", "fallback", "answered", True)],
    ),
    "a source down": (
        {"prefer": "new", "fallback": ["old"]},
        (),
        down(),
        200,
        [("new", "primary", "answered", True)],
    ),
    "a source down, and told to go on": (
        {"prefer": "new", "fallback": ["old"], "fall_back_when": ["not_sent", "source_down"]},
        (),
        down(),
        200,
        [("new", "primary", "answered", True), ("old", "fallback", "answered", True)],
    ),
    "a fault, and told to go on when a source is down": (
        {"prefer": "new", "fallback": ["old"], "fall_back_when": ["not_sent", "source_down"]},
        (),
        Reply(200, b"<html>", {"content-type": "text/html"}),
        502,
        [("new", "primary", "upstream-invalid-answer", True)],
    ),
}


@pytest.mark.parametrize("case", FALLBACKS)
def test_another_version_is_asked_only_where_it_may_be(case: str) -> None:
    way, closed, answer, status, expected = FALLBACKS[case]
    with several(rule("r", "*", **way), closed=closed) as found:
        if answer is not None:
            found.stubs["new"].answer = answer
        reply = found.ask(question(SJP))
        assert reply.status == status, reply.text
        assert [(name, role, result, sent) for name, role, _, result, sent in story(found)] == expected
        reached = Counter(name for name, _, _, sent in expected if sent)
        assert found.asked() == {"old": reached["old"], "new": reached["new"]}


def test_a_source_that_is_down_everywhere_is_said_to_be_down() -> None:
    way = {"prefer": "new", "fallback": ["old"], "fall_back_when": ["source_down"]}
    with several(rule("r", "*", **way)) as found:
        found.stubs["new"].answer = down()
        found.stubs["old"].answer = Reply(500, b"{}")
        assert outcomes(found.ask(question(SJP))) == {"FK:SJP": "kallan_nere"}


# ----- single flight


def test_an_identical_question_in_flight_is_asked_once_and_everybody_gets_its_answer() -> None:
    with several() as found:
        for stub in found.stubs.values():
            stub.answer = says({"utlamnare": states()}, delay=0.5)
        got: list[Reply] = []
        threads = [threading.Thread(target=lambda: got.append(found.ask(question(SJP)))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [one.status for one in got] == [200] * 8
        assert sum(found.asked().values()) == 1
        assert len({one.tree["kalla"]["korrelationsId"] for one in got}) == 1
        assert len(found.ledger()) == 2


def test_what_is_not_identical_is_asked_for_itself() -> None:
    different = [
        (question(SJP), {}),
        (question(SJP, personnummer=OTHER_PERSON), {}),
        (question(SJP, personnummer=PERSON[2:]), {}),
        (question(SGI), {}),
        (question(SJP, period={"from": "2025-01-01", "tom": "2025-12-30"}), {}),
        (question(SJP), {"lefi-purpose": "annat"}),
    ]
    with several() as found:
        for stub in found.stubs.values():
            stub.answer = says({"utlamnare": states()}, delay=0.5)
        threads = [
            threading.Thread(target=lambda tree=tree, more=more: found.ask(tree, headers=more))
            for tree, more in different
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(found.asked().values()) == len(different)


def test_a_second_question_is_asked_anew_once_the_first_is_answered() -> None:
    with several() as found:
        for _ in range(2):
            assert found.ask(question(SJP)).status == 200
        assert sum(found.asked().values()) == 2


# ----- ledger


def test_a_question_leaves_an_intent_and_an_outcome_that_say_who_why_and_what() -> None:
    with several() as found:
        reply = found.ask(question(SJP), headers={"lefi-purpose": "prov", "lefi-ground": "test"})
        intent, outcome = found.ledger()
        assert (intent["kind"], outcome["kind"], intent["id"]) == ("intent", "outcome", outcome["id"])
        assert intent["correlation_id"] == reply.tree["kalla"]["korrelationsId"]
        said = {name: intent[name] for name in ("consumer", "purpose", "ground", "face", "version", "role", "reason")}
        assert said == {
            "consumer": "anybody",
            "purpose": "prov",
            "ground": "test",
            "face": "v1",
            "version": "v9",
            "role": "primary",
            "reason": "newest",
        }
        assert types_of(intent) == [list(SJP)]
        assert types_of(outcome) == [[*SJP, "inga_uppgifter"]]
        assert PERSON not in str(found.ledger())


def test_the_intent_is_there_before_the_agency_is_asked() -> None:
    with several() as found:
        for stub in found.stubs.values():
            stub.answer = says({"utlamnare": states()}, delay=0.4)
        thread = threading.Thread(target=lambda: found.ask(question(SJP)))
        thread.start()
        deadline = time.monotonic() + 10
        while not any(found.asked().values()) and time.monotonic() < deadline:
            time.sleep(0.005)
        before = len(rows(found.settings))
        thread.join()
        assert before == 1
        assert len(rows(found.settings)) == 2


def test_what_the_agency_does_not_let_the_actor_ask_for_is_not_asked_again() -> None:
    with several() as found:
        for stub in found.stubs.values():
            stub.entitlements = says(available(frozenset({SJP})))
        assert outcomes(found.ask(question(SJP, SGI))) == {"FK:SJP": "ej_behorig", "FK:SGI": "inga_uppgifter"}
        before = sum(found.asked().values())
        assert outcomes(found.ask(question(SJP))) == {"FK:SJP": "ej_behorig"}
        assert sum(found.asked().values()) == before, "the list is known: nothing is disclosed for nothing"
        assert outcomes(found.ask(question(SJP, SGI))) == {"FK:SJP": "ej_behorig", "FK:SGI": "inga_uppgifter"}
        last = [stub.questions[-1].tree for stub in found.stubs.values() if stub.questions]
        assert all("formansinformation" not in tree for tree in last)
