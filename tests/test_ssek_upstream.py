"""SSEK 2.0, over real HTTP: the gateway asks an agency in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from gateway import ssek
from gateway.envelope import SOAP11
from gateway.jsonio import encode
from tests.service import soap
from tests.service.bad_bodies import SECRET
from tests.service.running import PERSON, Reply, question, request, serve
from tests.service.soap import VERSIONS
from tests.service.ssek import NS, PATH, TX, Agency, answered, gateway, heard, soap_fault
from tests.twin.running import running

SOMEBODY = "198504129803"


@pytest.fixture(scope="module")
def twin() -> Iterator[str]:
    with running() as one:
        yield one.url


TERMS = {"sender_id": "165020000000", "sender_type": "ORGNR", "receiver_id": "Kassan"}


def upstream(address: str, **terms: Any) -> dict[str, Any]:
    return {"url": address, "envelope": "ssek", "ssek": {**TERMS, **terms}}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_twin_answers_in_ssek_as_it_does_without(twin: str, version: str) -> None:
    connections = {
        "i-ssek": upstream(f"{twin}{PATH}") | {"version": version},
        "plain": {"url": f"{twin}/ws", "version": version},
    }
    tree = question(("formansinformation", "FK:SJP"), ("ovrig_information", "FK:GEPI"), personnummer=SOMEBODY)
    answers = []
    for name, connection in connections.items():
        with gateway(upstreams={name: connection}) as url:
            reply = request(url, "POST", "/v1/fragor", body=encode(tree), headers={"content-type": "application/json"})
        assert reply.status == 200, reply.text
        assert reply.tree["kalla"]["protokoll"] == ("SSEK" if name == "i-ssek" else "SOAP")
        answers.append({key: value for key, value in reply.tree.items() if key != "kalla"})
    assert answers[0] == answers[1]
    assert answers[0]["person"]["personnummer"] == SOMEBODY


@pytest.fixture(scope="module")
def asking() -> Iterator[tuple[Agency, str, str]]:
    """An agency, its address, and a gateway that asks it."""
    one = Agency()
    with serve(one.app()) as address, gateway(upstreams={"v7": upstream(address)}) as url:
        yield one, address, url


@pytest.fixture
def agency(asking: tuple[Agency, str, str]) -> Agency:
    one = asking[0]
    one.say, one.status, one.address, one.gateway = answered, 200, *asking[1:]
    one.asked.clear()
    return one


def _ask(agency: Agency, **terms: Any) -> Reply:
    with contextlib.ExitStack() as stack:
        url = agency.gateway
        if terms:
            url = stack.enter_context(gateway(upstreams={"v7": upstream(agency.address, **terms)}))
        reply = request(
            url, "POST", "/v1/fragor", body=encode(question()), headers={"content-type": "application/json"}
        )
    assert len(agency.asked) == 1, "a question is never asked twice"
    return reply


def test_a_question_has_a_tx_id_of_its_own(agency: Agency) -> None:
    found = []
    for _ in range(2):
        assert _ask(agency).status == 200
        found.append(heard(agency.asked.pop()))
    for one in found:
        assert one.ids == ("165020000000", "Kassan")
        assert one.types == ("ORGNR", "CN")
        assert one.must, "SSEK has its questions say so"
        assert one.tx_id is not None
        assert len(one.tx_id) == 36
        assert UUID(one.tx_id).version == 4
    assert found[0].tx_id != found[1].tx_id


def test_a_question_goes_without_a_tx_id_where_none_is_wanted(agency: Agency) -> None:
    assert _ask(agency, tx_id=False, must_understand=False).status == 200
    found = heard(agency.asked[0])
    assert found.tx_id is None
    assert not found.must


RECEIPT = f'<r:Receipt xmlns:r="{NS}"><r:ResponseCode>OK</r:ResponseCode></r:Receipt>'
OTHER = TX.replace("0", "1")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"must": "0"}, ""),
        ({"tx_id": OTHER}, "upstream-wrong-person"),
        ({"tx_id": ""}, "upstream-invalid-answer"),
        ({"tx_id": TX[:35]}, "upstream-invalid-answer"),
        ({"swap": False}, "upstream-invalid-answer"),
        ({"payload": RECEIPT}, "upstream-invalid-answer"),
        ({"payload": soap_fault("ContentInvalid"), "tx_id": OTHER}, "upstream-wrong-person"),
        ({"payload": soap.element(soap.answered(), "v6", f"{soap.ROOT}Response")}, "upstream-invalid-answer"),
    ],
)
def test_an_answer_to_something_else_is_not_taken(agency: Agency, wrong: dict[str, Any], problem: str) -> None:
    agency.say = lambda body: answered(body, **wrong)
    reply = _ask(agency)
    assert reply.tree.get("type", "").rpartition(":")[2] == problem
    assert not problem or soap.answered()[:5] not in reply.text


def test_an_answer_without_a_header_is_not_taken(agency: Agency) -> None:
    agency.say = lambda _body: soap.answer()
    reply = _ask(agency)
    assert reply.tree["type"].endswith(":upstream-invalid-answer")
    assert "SSEK header" in reply.tree["detail"]


@pytest.mark.parametrize("with_header", [True, False])
@pytest.mark.parametrize("code", sorted(ssek.CODES))
def test_a_fault_is_named_by_its_code_and_by_nothing_else(agency: Agency, code: str, with_header: bool) -> None:
    agency.status = 500
    payload = soap_fault(code)
    agency.say = lambda body: answered(body, payload=payload) if with_header else soap.envelope(payload).encode()
    reply = _ask(agency)
    kinds = {"Timeout": "upstream-timeout", "WebServiceUnavailable": "upstream-unavailable"}
    assert reply.tree["type"].rpartition(":")[2] == kinds.get(code, "upstream-fault")
    assert f"(SSEK {code})" in reply.tree["detail"]
    assert PERSON not in reply.text
    assert SECRET not in reply.text


@pytest.mark.parametrize(
    ("code", "namespace", "said"),
    [
        (f"Om{PERSON}", NS, "of another code"),
        ("Timeout", "urn:x", "of another code"),
        ("Client", SOAP11, "Client"),
    ],
)
def test_a_code_that_there_is_not_is_not_repeated(agency: Agency, code: str, namespace: str, said: str) -> None:
    agency.status = 500
    agency.say = lambda _body: soap.envelope(soap_fault(code, namespace)).encode()
    reply = _ask(agency)
    assert reply.tree["type"].endswith(":upstream-fault")
    assert f"({said})" in reply.tree["detail"]
    assert PERSON not in reply.text
