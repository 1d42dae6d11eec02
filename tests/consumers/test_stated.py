"""A question states for what purpose and on what ground it is asked, out of what was agreed with the consumer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.datastructures import Headers

from gateway.consumers.caller import ANYBODY, Caller
from gateway.consumers.model import Consumer
from gateway.consumers.stated import Stated, state
from gateway.errors import Forbidden, InvalidRequest
from tests.consumers.proofs import Fields, consumer, key, refused, send
from tests.service import soap
from tests.service.running import ASK_V9, House, house, question_v9

P, G = "LEFI-Purpose", "LEFI-Ground"
MANY = {"purposes": ["utredning", "kontroll"], "grounds": ["sfb-110-39", "lag-2016-1"]}
CONSUMERS = [
    consumer("many", **MANY),
    consumer("single", purposes=["utredning"], grounds=["sfb-110-39"]),
    consumer("half", purposes=["utredning"], grounds=MANY["grounds"]),
]
GOOD: Fields = [(P, "kontroll"), (G, "lag-2016-1")]


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house(consumers=CONSUMERS) as found:
        yield found


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("many", GOOD),
        ("many", [(P, "utredning"), (G, "lag-2016-1")]),
        ("single", []),
        ("single", [(P, "utredning")]),
        ("single", [(P, "utredning"), (G, "sfb-110-39")]),
        ("half", [(G, "sfb-110-39")]),
    ],
)
def test_what_was_agreed_is_answered(running: House, who: str, fields: Fields) -> None:
    assert send(running.url, [key(who), *fields]).status == 200


@pytest.mark.parametrize(
    ("who", "fields", "status", "header"),
    [
        ("many", [], 400, P),
        ("many", [GOOD[0]], 400, G),
        ("many", [GOOD[1]], 400, P),
        ("half", [], 400, G),
        ("many", [*GOOD, GOOD[0]], 400, P),
        ("many", [*GOOD, (G, "sfb-110-39")], 400, G),
        ("single", [(P, "utredning"), (P, "utredning")], 400, P),
        ("many", [(P, "marknadsforing"), GOOD[1]], 403, P),
        ("many", [GOOD[0], (G, "sfb-1")], 403, G),
        ("many", [(P, "Kontroll"), GOOD[1]], 403, P),
        ("many", [(P, ""), GOOD[1]], 403, P),
        ("many", [(P, "utredning, kontroll"), GOOD[1]], 403, P),
        ("single", [(P, "kontroll")], 403, P),
        ("single", [(G, "lag-2016-1")], 403, G),
        ("many", [(P, "lag-2016-1"), (G, "kontroll")], 403, P),
    ],
)
def test_what_was_not_agreed_is_refused(running: House, who: str, fields: Fields, status: int, header: str) -> None:
    running.stub.reset()
    reply = send(running.url, [key(who), *fields])
    refused(reply, status, header.lower())
    assert not {code for codes in MANY.values() for code in codes if code in reply.text}
    assert not {value for _, value in fields if value and value in reply.text}
    assert running.stub.received == 0


def test_every_face_asks_for_it(running: House) -> None:
    xml = {**soap.XML, "x-api-key": key("many")[1]}
    soap.fault(soap.post(running.url, soap.question(), xml), "Client", felkod="invalid-request")
    soap.fault(soap.post(running.url, soap.question(), {**xml, P: "x", G: "x"}), "Client", felkod="forbidden")
    assert soap.post(running.url, soap.question(), {**xml, **dict(GOOD)}).status == 200
    assert soap.post(running.url, soap.question(), {**soap.XML, "x-api-key": key("single")[1]}).status == 200
    reply = running.ask(question_v9(), path=ASK_V9, headers=dict([key("many")]))
    assert reply.status == 400
    assert "lefi-purpose" in reply.tree["meddelande"]
    assert running.ask(question_v9(), path=ASK_V9, headers=dict([key("many"), *GOOD])).status == 200


def test_what_may_be_asked_for_is_about_nobody_and_states_nothing(running: House) -> None:
    assert running.get("/v1/informationstyper", dict([key("many")])).status == 200


def of(**given: object) -> Caller:
    return Caller.of(Consumer.model_validate(consumer("a", **given)))


def headers(*fields: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.lower().encode(), value.encode()) for name, value in fields])


@pytest.mark.parametrize(
    ("caller", "fields", "expected"),
    [
        (of(**MANY), GOOD, Stated("kontroll", "lag-2016-1")),
        (of(purposes=["a"], grounds=["b"]), [], Stated("a", "b")),
        (ANYBODY, [], Stated("unstated", "unstated")),
        (ANYBODY, [(P, "anything-at-all")], Stated("anything-at-all", "unstated")),
        (ANYBODY, GOOD, Stated("kontroll", "lag-2016-1")),
    ],
)
def test_what_is_stated(caller: Caller, fields: Fields, expected: Stated) -> None:
    assert state(caller, headers(*fields)) == expected


@pytest.mark.parametrize("value", ["A", "a b", "", "a" * 65, "å", "199001019802 X"])
def test_where_no_consumer_is_set_a_code_is_still_a_code(value: str) -> None:
    with pytest.raises(InvalidRequest):
        state(ANYBODY, headers((P, value)))
    with pytest.raises(Forbidden):
        state(of(), headers((P, value)))
