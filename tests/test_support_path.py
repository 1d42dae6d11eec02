"""A question that failed, from the gateway's answer to the file for the agency's support."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import here
from tests.leaks import find_leaks
from tests.service.running import PERSON, Reply, question, says
from tests.service.several import several

SJP = ("formansinformation", "FK:SJP")
TEXT = "Felmeddelande om Provsson"
FAILING = {
    "a fault": (says({"meddelande": TEXT, "timestamp": "2026-11-23T12:00:00Z"}, 500), "upstream-fault"),
    "HTML": (Reply(502, f"<html>{TEXT}</html>".encode(), {"content-type": "text/html"}), "upstream-invalid-answer"),
    "busy": (Reply(503, TEXT.encode()), "upstream-unavailable"),
}


@pytest.mark.parametrize("case", FAILING)
def test_what_the_caller_was_told_leads_to_the_call_that_failed(case: str, tmp_path: Path, secrets: set[str]) -> None:
    secrets.add(TEXT)
    answer, problem = FAILING[case]
    with several() as found:
        for stub in found.stubs.values():
            stub.answer = answer
        reply = found.ask(question(SJP))
        assert reply.tree["type"].endswith(problem)
        state = found.folder
        kept = list((state / "support").iterdir())
        assert len(kept) == 1
        assert PERSON.encode() not in kept[0].read_bytes()
        outcome = found.ledger()[-1]
        assert outcome["instance"] == reply.tree["instance"]
        for identity in (reply.tree["instance"], found.ledger()[0]["correlation_id"]):
            file = tmp_path / "bundle.txt"
            done = here("support-bundle", identity, "--output", file, env={"LEFI_STATE": str(state)})
            assert done.status == 0, done.err
            text = file.read_text(encoding="utf-8")
            assert problem in text
            assert "/formansinformation/fraga" in text
            assert find_leaks(text, {PERSON, TEXT}) == []


def test_a_question_that_is_answered_leaves_nothing_there() -> None:
    with several() as found:
        assert found.ask(question(SJP)).status == 200
        assert not list((found.folder / "support").glob("*"))
