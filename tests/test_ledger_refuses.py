"""Without a row in the ledger nothing is sent, and nothing of an answer leaves."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Iterator

import pytest

from tests.service import soap
from tests.service.running import PERSON, Reply, question, request, says, states
from tests.service.several import Several, several

SJP = ("formansinformation", "FK:SJP")
NAME = "Provia Provsson"


@contextlib.contextmanager
def held(found: Several) -> Iterator[None]:
    """The ledger's database is being written by somebody who does not come to an end."""
    with contextlib.closing(sqlite3.connect(found.folder / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture(scope="module")
def shared() -> Iterator[Several]:
    with several() as found:
        yield found


def test_a_question_that_cannot_be_accounted_for_is_not_sent(shared: Several) -> None:
    shared.reset()
    with held(shared):
        reply = shared.ask(question(SJP))
        ready = shared.get("/ready")
    assert (reply.status, reply.tree["type"].rpartition(":")[2]) == (503, "ledger-unavailable")
    assert int(reply.headers["retry-after"]) > 0
    assert sum(shared.asked().values()) == 0
    assert ready.status == 503
    assert shared.ask(question(SJP)).status == 200, "it goes on when the ledger is back"
    assert shared.get("/ready").status == 200


def test_an_old_client_gets_a_fault(shared: Several) -> None:
    shared.reset()
    with held(shared):
        reply = soap.post(shared.url, soap.question("v7"))
    soap.fault(reply, "Server", felkod="ledger-unavailable")
    assert sum(shared.asked().values()) == 0


def test_an_answer_whose_outcome_cannot_be_written_does_not_leave(shared: Several, secrets: set[str]) -> None:
    shared.reset()
    secrets.add(NAME)
    person = [{"personnummer": PERSON, "namn": NAME}]
    for stub in shared.stubs.values():
        stub.answer = says(
            {"utlamnare": states(), "formansinformation": {"generellPersoninformation": person}}, delay=1
        )
    before = len(shared.ledger())
    got: list[Reply] = []
    thread = threading.Thread(target=lambda: got.append(shared.ask(question(("ovrig_information", "FK:GEPI")))))
    thread.start()
    deadline = time.monotonic() + 10
    while not sum(shared.asked().values()) and time.monotonic() < deadline:
        time.sleep(0.01)
    with held(shared):
        thread.join()
    (reply,) = got
    assert (reply.status, reply.tree["type"].rpartition(":")[2]) == (503, "ledger-unavailable")
    assert NAME not in reply.text
    (left,) = shared.ledger()[before:]
    assert left["kind"] == "intent", "sent, outcome unknown"
    assert request(shared.url, "GET", "/health").status == 200
