"""Signed messages of SSEK that somebody has worked on, over real HTTP: none is taken, whichever way it goes."""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.jsonio import encode
from tests.service import soap
from tests.service.bad_bodies import SECRET
from tests.service.running import OTHER_PERSON, Reply, Stub, question, request, serve
from tests.service.signed import CA, OTHER_CA, WSSE, Party, holds, party, signed, written
from tests.service.signed_attacks import ATTACKS, NAMESPACES, WRAPPING
from tests.service.ssek import NS, PATH, Agency, answered, fault, gateway
from tests.service.ssek import question as asked

COMPANY, AGENCY = party("Testbolaget"), party("Testkassan")
SSEK = {"sender_id": "Testbolaget", "receiver_id": "Testkassan"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stub, str]]:
    """A gateway that takes the company's signatures only, and what it asks."""
    trusted = COMPANY.files(tmp_path_factory.mktemp("house"))["certificate"]
    stub = Stub()
    with (
        serve(stub) as stub.url,
        gateway(
            upstreams={"v9": {"url": f"{stub.url}/rest"}}, server={"ssek": {"signature": {"trusted": trusted}}}
        ) as url,
    ):
        yield stub, url


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """An agency, and a gateway that takes no answer of it without its signature."""
    trusted = AGENCY.files(tmp_path_factory.mktemp("asking"))["certificate"]
    one = Agency()
    ssek = {**SSEK, "signature": {"trusted": trusted}}
    with (
        serve(one.app()) as one.address,
        gateway(upstreams={"v7": {"url": one.address, "envelope": "ssek", "ssek": ssek}}) as one.gateway,
    ):
        yield one


def worked_on(message: bytes, own: Party, name: str) -> bytes:
    # lxml takes a second prefix of a namespace away from what it moves, and then no signature would hold.
    root = signed(message.replace(b"xmlns:soap=", b"xmlns:s=").replace(b"soap:must", b"s:must"), own)
    ATTACKS[name][0](root, own)
    return written(root)


@pytest.mark.parametrize("name", WRAPPING)
def test_a_careless_reader_takes_it(name: str) -> None:
    """It asks whether the signature holds, and not for what: so what is refused below is refused for good reason."""
    root = holds(worked_on(asked(), COMPANY, name), COMPANY)
    assert OTHER_PERSON in etree.tostring(root).decode()


@pytest.mark.parametrize("name", ATTACKS)
def test_a_question_that_was_worked_on_is_refused(house: tuple[Stub, str], name: str) -> None:
    stub, url = house
    stub.reset()
    code = ATTACKS[name][1]
    reply = soap.post(url, worked_on(asked(), COMPANY, name), path=PATH)
    found = fault(reply, code, NAMESPACES.get(code, WSSE))
    assert found.ids == (), "who sent it is not known"
    assert not stub.received
    assert OTHER_PERSON not in reply.text


def ask(agency: Agency) -> Reply:
    agency.asked.clear()
    headers = {"content-type": "application/json"}
    reply = request(agency.gateway, "POST", "/v1/fragor", body=encode(question()), headers=headers)
    assert len(agency.asked) == 1, "a question is never asked twice"
    return reply


@pytest.mark.parametrize("name", ATTACKS)
def test_an_answer_that_was_worked_on_is_refused(asking: Agency, secrets: set[str], name: str) -> None:
    secrets.add("Prov Provsson")
    said = []

    def say(body: bytes) -> bytes:
        said.append(worked_on(answered(body), AGENCY, name))
        return said[0]

    asking.say = say
    reply = ask(asking)
    assert said, "the attack itself failed"
    assert reply.tree["type"].endswith(":upstream-invalid-answer"), reply.text
    assert reply.tree["detail"].startswith("expected ")
    assert all(text not in reply.text for text in (OTHER_PERSON, SECRET, "Prov Provsson"))


def test_the_same_messages_left_alone_are_taken(house: tuple[Stub, str], asking: Agency) -> None:
    assert soap.post(house[1], written(signed(asked(), COMPANY)), path=PATH).status == 200
    asking.say = lambda body: written(signed(answered(body), AGENCY))
    assert ask(asking).status == 200


def test_nothing_is_logged_of_it_by_whoever_canonicalises(house: tuple[Stub, str]) -> None:
    """signxml logs every part; a logger that was switched off is on again once somebody configures logging."""
    logging.getLogger("signxml.processor").disabled = False
    assert soap.post(house[1], written(signed(asked(), COMPANY)), path=PATH).status == 200


def test_a_question_is_taken_once(house: tuple[Stub, str]) -> None:
    stub, url = house
    stub.reset()
    message = written(signed(asked(), COMPANY))
    assert soap.post(url, message, path=PATH).status == 200
    assert soap.post(url, message.replace(b"><", b"> <", 1), path=PATH).status == 500
    fault(soap.post(url, message, path=PATH), "FailedCheck", WSSE)
    assert len(stub.questions) == 1
    assert soap.post(url, written(signed(asked(), COMPANY)), path=PATH).status == 200, "signed anew, it is another"


def test_of_a_signature_by_ecdsa_anybody_makes_a_second(tmp_path: Path) -> None:
    """(r, s) and (r, n - s) hold for the same message: what is remembered is the message."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    own = party("Testbolaget", "ECDSA")
    stub, trusted = Stub(), own.files(tmp_path)["certificate"]
    root = signed(asked(), own)
    first = written(root)
    (value,) = (each for each in root.iter() if str(each.tag).endswith("}SignatureValue"))
    raw = b64decode(value.text)
    value.text = b64encode(raw[:32] + (order - int.from_bytes(raw[32:])).to_bytes(32)).decode()
    settings: Any = {"ssek": {"signature": {"trusted": trusted}}}
    with serve(stub) as address, gateway(upstreams={"v9": {"url": f"{address}/rest"}}, server=settings) as url:
        assert soap.post(url, first, path=PATH).status == 200
        reply = soap.post(url, written(root), path=PATH)
    assert "a message that was not sent before" in fault(reply, "FailedCheck", WSSE).payload.findtext(
        ".//{*}Description"
    )


@pytest.mark.parametrize(
    ("trust", "who", "code"),
    [
        ("ca", party("Testbolaget"), ""),
        ("ca", party("Testbolaget", "ECDSA"), ""),
        ("ca", party("Nagon annan"), "SenderIdUnknown"),
        ("ca", party("Testbolaget", ca=OTHER_CA), "FailedAuthentication"),
        ("ca", party("Testbolaget", expired=True), "FailedAuthentication"),
        ("trusted", party("Nagon annan"), ""),
        ("trusted", party("Testbolaget", expired=True), "FailedCheck"),
    ],
)
def test_whose_signatures_are_taken(tmp_path: Path, trust: str, who: Party, code: str) -> None:
    file = tmp_path / "trusted.pem"
    file.write_bytes(CA.cert_pem.bytes() if trust == "ca" else who.leaf.cert_chain_pems[0].bytes())
    stub, settings = Stub(), {"ssek": {"signature": {trust: str(file)}}}
    with serve(stub) as address, gateway(upstreams={"v9": {"url": f"{address}/rest"}}, server=settings) as url:
        reply = soap.post(url, written(signed(asked(), who)), path=PATH)
    if code:
        fault(reply, code, NS if code.startswith("Sender") else WSSE)
        assert not stub.received
    else:
        assert reply.status == 200, reply.text
