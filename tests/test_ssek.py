"""SSEK 2.0, over real HTTP: a system asks the gateway in it."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, get_args

import pytest
from lxml import etree

from gateway import envelope, problems, ssek
from gateway.envelope import SOAP11, EnvelopeError
from gateway.envelopes import IdType, SsekHouse
from gateway.errors import Fault, GatewayError
from tests.service import soap
from tests.service.running import AGREED, Reply, Stub, request, says, serve, states
from tests.service.soap import VERSIONS, XML
from tests.service.ssek import NS, PATH, RECEIVER, SENDER, TX, TXID, Heard, fault, gateway, header, heard, xsd
from tests.service.ssek import question as asked


@pytest.fixture(scope="module")
def stub() -> Iterator[Stub]:
    one = Stub()
    with serve(one) as one.url:
        yield one


@pytest.fixture(scope="module")
def url(stub: Stub) -> Iterator[str]:
    with gateway(upstreams={"v9": {"url": f"{stub.url}/rest", "read_seconds": 0.5, "total_seconds": 1}}) as one:
        yield one


@pytest.fixture(autouse=True)
def _well(stub: Stub) -> None:
    stub.reset()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_has_the_parties_swapped_and_the_same_tx_id(url: str, version: str) -> None:
    plain = soap.payload(soap.post(url, soap.question(version)), version)
    reply = soap.post(url, asked(version=version), path=PATH)
    assert reply.status == 200, reply.text
    found = heard(reply.body)
    assert found.ids == ("Testkassan", "Testbolaget")
    assert found.tx_id == TX
    assert not found.must, "four of thirteen SOAP stacks refuse an answer whose header must be understood"
    assert etree.tostring(found.payload) == etree.tostring(soap.payload(reply, version)) == etree.tostring(plain)


@pytest.mark.parametrize("kind", get_args(IdType))
def test_the_types_go_back_as_they_came(url: str, kind: str) -> None:
    sender = f'<k:SenderId k:Type="{kind}">165020000000</k:SenderId>'
    found = heard(soap.post(url, asked(header(sender + RECEIVER)), path=PATH).body)
    assert found == Heard(("Testkassan", "165020000000"), ("CN", kind), None, must=False, payload=found.payload)


def test_a_header_is_text_in_the_answer_whatever_is_in_it(url: str) -> None:
    odd = "&lt;k:TxId>&amp;\u00e5\u4e00\U0001f600]]&gt;"
    block = header(f"<k:SenderId>{odd}</k:SenderId>{RECEIVER}<k:TxId>{'&lt;' * 35}\u00e5</k:TxId>")
    found = heard(soap.post(url, asked(block), path=PATH).body)
    assert found.ids == ("Testkassan", "<k:TxId>&\u00e5\u4e00\U0001f600]]>")
    assert found.tx_id == "<" * 35 + "\u00e5"


def test_the_header_may_say_in_any_way_that_it_need_not_be_understood(url: str) -> None:
    for block in (header().replace('mustUnderstand="1"', 'mustUnderstand="0"'), header(attributes=' id="a"')):
        assert soap.post(url, asked(block), path=PATH).status == 200


LONG = "a" * 513
BAD: dict[str, tuple[str, str]] = {
    "no header": ("", "ContentInvalid"),
    "two headers": (header() * 2, "ContentInvalid"),
    "of another namespace": (header().replace(NS, NS.rstrip("/")).replace('d="1"', 'd="0"'), "ContentInvalid"),
    "of another namespace, to be understood": (header().replace(NS, NS.rstrip("/")), "MustUnderstand"),
    "empty": (header(""), "SenderIdUnknown"),
    "no sender": (header(RECEIVER + TXID), "SenderIdUnknown"),
    "no receiver": (header(SENDER + TXID), "ReceiverIdUnknown"),
    "two senders": (header(SENDER + SENDER + RECEIVER), "SenderIdUnknown"),
    "two receivers": (header(SENDER + RECEIVER + RECEIVER), "ReceiverIdUnknown"),
    "two TxIds": (header(SENDER + RECEIVER + TXID + TXID), "TxIdInvalid"),
    "wrong order": (header(RECEIVER + SENDER), "ContentInvalid"),
    "something else": (header(SENDER + RECEIVER + "<k:Extra/>"), "ContentInvalid"),
    "text between": (header(SENDER + "text" + RECEIVER), "ContentInvalid"),
    "a sender of no name": (header("<k:SenderId/>" + RECEIVER), "SenderIdUnknown"),
    "a long sender": (header(f"<k:SenderId>{LONG}</k:SenderId>" + RECEIVER), "SenderIdUnknown"),
    "a long receiver": (header(SENDER + f"<k:ReceiverId>{LONG}</k:ReceiverId>"), "ReceiverIdUnknown"),
    "an element for a sender": (header("<k:SenderId><k:x/></k:SenderId>" + RECEIVER), "SenderIdUnknown"),
    "unknown type": (header('<k:SenderId k:Type="EPOST">a</k:SenderId>' + RECEIVER), "SenderIdUnknown"),
    "type without a namespace": (header('<k:SenderId Type="CN">a</k:SenderId>' + RECEIVER), "SenderIdUnknown"),
    "short number": (header('<k:SenderId k:Type="ORGNR">5020000000</k:SenderId>' + RECEIVER), "SenderIdUnknown"),
    "number of a person": (
        header('<k:SenderId k:Type="ORGNR">195020000000</k:SenderId>' + RECEIVER),
        "SenderIdUnknown",
    ),
    "TxId of 35": (header(SENDER + RECEIVER + f"<k:TxId>{TX[:35]}</k:TxId>"), "TxIdInvalid"),
    "TxId of 37": (header(SENDER + RECEIVER + f"<k:TxId>{TX}0</k:TxId>"), "TxIdInvalid"),
    "TxId of white space besides": (header(SENDER + RECEIVER + f"<k:TxId> {TX}</k:TxId>"), "TxIdInvalid"),
    "TxId of nothing": (header(SENDER + RECEIVER + "<k:TxId/>"), "TxIdInvalid"),
    "pull": (header(attributes=' k:AsynchMethod="AsynchPull"'), "AsynchMethodUnsupported"),
    "push": (header(attributes=' k:AsynchMethod="AsynchPush"'), "AsynchMethodUnsupported"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_header_is_refused_under_the_code_that_says_why(url: str, stub: Stub, name: str) -> None:
    block, code = BAD[name]
    found = fault(soap.post(url, asked(block), path=PATH), code, SOAP11 if code == "MustUnderstand" else NS)
    assert found.ids == (), "who sent it is not known"
    assert not stub.received


def test_what_is_taken_is_what_sseks_own_schema_takes() -> None:
    schema = xsd()
    if schema is None:
        pytest.skip("SSEK's own schema is not installed")
    ours = {"short number", "number of a person", "a sender of no name", "pull", "push", "two headers", "no header"}
    blocks = {name: block for name, (block, _) in BAD.items() if name not in ours} | {"good": header()}
    for name, block in blocks.items():
        element = etree.fromstring(block)
        try:
            taken = bool(ssek.read([element]))
        except EnvelopeError:
            taken = False
        assert taken == schema.validate(element), name


def test_the_envelope_is_soap_first(url: str) -> None:
    good = asked().decode()
    soap12 = good.replace(SOAP11, "http://www.w3.org/2003/05/soap-envelope")
    fault(soap.post(url, soap12, path=PATH), "VersionMismatch", SOAP11)
    other = header() + f'<x xmlns="urn:x" xmlns:soap="{SOAP11}" soap:mustUnderstand="1"/>'
    fault(soap.post(url, asked(other), path=PATH), "MustUnderstand", SOAP11)
    for broken in ("", good[:-3], good.replace("<s:Body>", "<s:Body><x/>"), f"<!DOCTYPE a>{good.partition('?>')[2]}"):
        fault(soap.post(url, broken, path=PATH), "ContentInvalid")


def test_a_header_at_the_plain_address_is_not_understood_there(url: str) -> None:
    soap.fault(soap.post(url, asked()), "MustUnderstand")
    reply = soap.post(url, asked(header().replace('mustUnderstand="1"', 'mustUnderstand="0"')))
    assert reply.status == 200
    assert heard(reply.body).ids == ()


@pytest.mark.parametrize(
    ("house", "block", "code"),
    [
        ({"id": "Testkassan"}, header(), ""),
        ({"id": "En annan"}, header(), "ReceiverIdUnknown"),
        ({"id": "Testkassan", "id_type": "APP"}, header(), "ReceiverIdUnknown"),
        ({"tx_id": "required"}, header(), ""),
        ({"tx_id": "required"}, header(SENDER + RECEIVER), "TxIdMissing"),
        ({"tx_id": "forbidden"}, header(SENDER + RECEIVER), ""),
        ({"tx_id": "forbidden"}, header(), "TxIdNotAllowed"),
        ({"must_understand": True}, header(), ""),
    ],
)
def test_the_settings_say_who_we_are_and_what_is_wanted(stub: Stub, house: Any, block: str, code: str) -> None:
    with gateway(upstreams={"v9": {"url": f"{stub.url}/rest"}}, server={"ssek": house}) as url:
        reply = soap.post(url, asked(block), path=PATH)
    if code:
        fault(reply, code)
        assert not stub.received
    else:
        assert reply.status == 200
        assert heard(reply.body).must == house.get("must_understand", False)


def _is_in_the_answer(reply: Reply, code: str) -> None:
    found = fault(reply, code)
    assert found.ids == ("Testkassan", "Testbolaget")
    assert found.tx_id == TX
    assert found.payload.findtext(f"detail/{{{NS}}}FaultData/{{{NS}}}TxId") == TX


def test_a_question_that_cannot_be_asked_is_content_invalid(url: str, stub: Stub) -> None:
    for given in ({"personnummer": "199001019803"}, {"first": "2026-01-01"}, {"types": {"formansinformation": ("X",)}}):
        _is_in_the_answer(soap.post(url, asked(**given), path=PATH), "ContentInvalid")
    _is_in_the_answer(soap.post(url, asked(version="v8"), path=PATH), "ContentInvalid")
    assert not stub.received


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (says({"utlamnare": states()}, delay=2), "Timeout"),
        (says({"utlamnare": states("OTILLGANGLIG")}), "WebServiceUnavailable"),
        (Reply(503), "WebServiceUnavailable"),
        (says({"meddelande": "fel", "timestamp": ""}, 500), "MessageNotProcessed"),
        (Reply(200, b"<html>"), "MessageNotProcessed"),
    ],
    ids=["timeout", "down", "busy", "fault", "html"],
)
def test_what_fails_behind_us_has_its_code(url: str, stub: Stub, answer: Reply, code: str) -> None:
    stub.answer = answer
    _is_in_the_answer(soap.post(url, asked(), path=PATH), code)


def test_who_is_not_known_is_an_unknown_sender(stub: Stub) -> None:
    consumers = [{"name": "alfa", "key_sha256": sha256(b"nyckel").hexdigest(), **AGREED}]
    with gateway(upstreams={"v9": {"url": f"{stub.url}/rest"}}, consumers=consumers) as url:
        fault(soap.post(url, asked(), path=PATH), "SenderIdUnknown")
        assert soap.post(url, asked(), {**XML, "x-api-key": "nyckel"}, PATH).status == 200
        fault(soap.post(url, b"a" * 300_000, {**XML, "x-api-key": "nyckel"}, PATH), "ContentInvalid")
        fault(request(url, "PUT", PATH, headers=XML), "WebServiceUnsupported")


def test_every_problem_has_a_code() -> None:
    types = {each.type: each for each in problems.classes(GatewayError)}
    assert types.keys() == ssek.OF_PROBLEM.keys()
    answering = ssek.Answering(SsekHouse())
    for name, code in ssek.OF_PROBLEM.items():
        error = GatewayError(faults=(Fault("/a<b", "c&d"), Fault("", "e")))
        error.type = name  # type: ignore[misc]
        body = answering.fault(error, f'<x xmlns="urn:x">{name}</x>', envelope.Heard(tx_id=TX))
        found = heard(body).payload
        assert found.findtext("faultcode").partition(":")[2] == code
        if (schema := xsd()) is not None:
            schema.assertValid(found.find("detail")[1])


def test_the_contract_is_served_there_too(url: str) -> None:
    reply = request(url, "GET", f"{PATH}?wsdl=v6")
    assert reply.status == 200
    assert f'location="{url}{PATH}"'.encode() in reply.body
