"""Signed messages of SSEK over real HTTP, between gateway and twin, and with a WS-Security that nobody here wrote."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from gateway.envelope import SOAP11
from gateway.envelopes import SsekHouse
from gateway.jsonio import encode
from gateway.twin.app import create_twin
from gateway.twin.population import population
from tests.service import soap
from tests.service.bad_bodies import SECRET
from tests.service.running import AGREED, PERSON, Reply, Stub, question, request, serve, states
from tests.service.running import says as said_by_v9
from tests.service.signed import CA, DS, ID, WSSE, Party, by_zeep, find, holds, party, signed, written
from tests.service.soap import VERSIONS, XML
from tests.service.ssek import NS, PATH, Agency, answered, fault, gateway, header, heard, soap_fault
from tests.service.ssek import question as asked

COMPANY, AGENCY = party("Testbolaget"), party("Testkassan")
EC_COMPANY, EC_AGENCY = party("Testbolaget", "ECDSA"), party("Testkassan", "ECDSA")
SSEK = {"sender_id": "Testbolaget", "receiver_id": "Testkassan"}
SOMEBODY = "198504129803"


@contextlib.contextmanager
def twin(**signature: Any) -> Iterator[str]:
    house = SsekHouse.model_validate({"signature": signature or None})
    with serve(create_twin(house=house)) as url:
        yield f"{url}{PATH}"


def ask(address: str, version: str = "v7", person: str = SOMEBODY, **signature: Any) -> Reply:
    """What a gateway answers that asks there, with these settings for signatures or none."""
    ssek: dict[str, Any] = {**SSEK, "signature": signature or None}
    connection = {"url": address, "envelope": "ssek", "ssek": ssek, "version": version}
    tree = question(("formansinformation", "FK:SJP"), ("ovrig_information", "FK:GEPI"), personnummer=person)
    with gateway(upstreams={"it": connection}) as url:
        headers = {"content-type": "application/json"}
        return request(url, "POST", "/v1/fragor", body=encode(tree), headers=headers)


def problem(reply: Reply) -> tuple[str, str]:
    return reply.tree["type"].rpartition(":")[2], reply.tree["detail"]


def told(reply: Reply) -> Any:
    assert reply.status == 200, reply.text
    return {name: value for name, value in reply.tree.items() if name != "kalla"}


# ---------------------------------------------------------------------------------------------- between us and the twin


@pytest.mark.parametrize(
    ("ours", "theirs", "by_ca"), [(COMPANY, EC_AGENCY, False), (EC_COMPANY, AGENCY, True)], ids=["pinned", "by a CA"]
)
def test_what_is_signed_both_ways_says_what_it_says_without(
    tmp_path: Path, ours: Party, theirs: Party, by_ca: bool
) -> None:
    (tmp_path / "ca.pem").write_bytes(CA.cert_pem.bytes())
    sides: list[dict[str, Any]] = [{"certificate": one.files(tmp_path)} for one in (ours, theirs)]
    trust = [
        {"ca": tmp_path / "ca.pem"} if by_ca else {"trusted": each["certificate"]["certificate"]} for each in sides
    ]
    with twin() as plain, twin(**sides[1], **trust[0]) as address:
        for version in VERSIONS:
            assert told(ask(address, version, **sides[0], **trust[1])) == told(ask(plain, version))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


def own(one: Party, folder: Path) -> dict[str, Any]:
    return {"certificate": one.files(folder)}


def trusted(one: Party, folder: Path, **more: Any) -> dict[str, Any]:
    return {"trusted": one.files(folder)["certificate"], **more}


@pytest.mark.parametrize("its_are", [False, True], ids=["its fault is not signed", "its fault is signed"])
def test_an_agency_that_wants_signatures_is_heard_to_say_so(folder: Path, its_are: bool) -> None:
    with twin(**trusted(COMPANY, folder), **(own(AGENCY, folder) if its_are else {})) as address:
        kind, detail = problem(ask(address, **(trusted(AGENCY, folder) if its_are else {})))
    assert (kind, detail) == ("upstream-fault", "the agency answered with a fault (WS-Security InvalidSecurity)")


def test_an_agency_whose_certificate_is_another_is_not_believed(folder: Path) -> None:
    with twin(**own(AGENCY, folder)) as address:
        kind, detail = problem(ask(address, **trusted(EC_AGENCY, folder)))
    assert (kind, detail) == ("upstream-invalid-answer", "expected a certificate that is trusted here in the answer")


def test_an_agency_of_another_name_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(CA.cert_pem.bytes())
    with twin(**own(party("Nagon annan"), tmp_path)) as address:
        kind, detail = problem(ask(address, ca=tmp_path / "ca.pem"))
    assert (kind, detail) == (
        "upstream-invalid-answer",
        "expected a certificate that names the ReceiverId of the question",
    )


def test_an_answer_that_is_not_signed_is_taken_where_that_is_optional(folder: Path) -> None:
    with twin() as address:
        assert problem(ask(address, **trusted(AGENCY, folder)))[0] == "upstream-invalid-answer"
        assert ask(address, **trusted(AGENCY, folder, verify="optional")).status == 200
    with twin(**own(EC_AGENCY, folder)) as address:
        kind, _ = problem(ask(address, **trusted(AGENCY, folder, verify="optional")))
        assert kind == "upstream-invalid-answer", "a signature that is there must hold"


def test_a_fault_is_signed_too_with_the_code_in_it(folder: Path) -> None:
    person = next(one for one in population().values() if one.fault == "felsvar500")
    with twin(**own(AGENCY, folder)) as address:
        reply = ask(address, person=person.personnummer, **trusted(AGENCY, folder))
    assert problem(reply) == ("upstream-fault", "the agency answered with a fault (SSEK MessageNotProcessed)")


# ------------------------------------------------------------------------------------------ to us, and our answers


@contextlib.contextmanager
def house(stub: Stub, signature: dict[str, Any], **more: Any) -> Iterator[str]:
    with (
        serve(stub) as stub.url,
        gateway(
            upstreams={"v9": {"url": f"{stub.url}/rest"}}, server={"ssek": {"signature": signature}}, **more
        ) as url,
    ):
        yield url


def parts(root: Any) -> set[str]:
    """The local names of what a signature is for."""
    uris = {one.get("URI") for one in root.iter(f"{{{DS}}}Reference")}
    return {each.tag.rpartition("}")[2] for each in root.iter() if f"#{each.get(ID)}" in uris}


@pytest.mark.parametrize("who", [AGENCY, EC_AGENCY])
def test_what_we_answer_is_signed_as_zeep_understands_it(folder: Path, who: Party) -> None:
    with house(Stub(), own(who, folder)) as url:
        reply = soap.post(url, asked(), path=PATH)
        assert parts(holds(reply.body, who)) == {"Timestamp", "Body", "SSEK"}
        assert heard(reply.body).ids == ("Testkassan", "Testbolaget")
        refused = soap.post(url, asked(header("")), path=PATH)
        assert parts(holds(refused.body, who)) == {"Timestamp", "Body"}
        fault(refused, "SenderIdUnknown")


def test_every_header_block_of_ours_is_signed(folder: Path) -> None:
    consumers = [{"name": "alfa", "key_sha256": sha256(b"nyckel").hexdigest(), "absence": "header", **AGREED}]
    stub = Stub()
    stub.answer = said_by_v9({"utlamnare": states("OTILLGANGLIG")})
    with house(stub, own(AGENCY, folder), consumers=consumers) as url:
        reply = soap.post(url, asked(), {**XML, "x-api-key": "nyckel"}, PATH)
    assert parts(holds(reply.body, AGENCY)) == {"Timestamp", "Body", "SSEK", "tackning"}


def test_a_question_signed_by_zeep_is_taken(folder: Path) -> None:
    stub = Stub()
    with house(stub, trusted(COMPANY, folder)) as url:
        reply = soap.post(url, written(by_zeep(asked(), COMPANY)), path=PATH)
        assert reply.status == 200, reply.text
        fault(soap.post(url, asked(), path=PATH), "InvalidSecurity", WSSE)
    assert len(stub.questions) == 1


def test_a_question_need_not_be_signed_where_that_is_optional(folder: Path) -> None:
    with house(Stub(), trusted(COMPANY, folder, verify="optional")) as url:
        for good in (asked(), written(signed(asked(), COMPANY))):
            assert soap.post(url, good, path=PATH).status == 200
        fault(soap.post(url, written(signed(asked(), EC_COMPANY)), path=PATH), "FailedAuthentication", WSSE)


def test_where_no_signature_is_read_none_is_taken_for_read(folder: Path) -> None:
    with house(Stub(), own(AGENCY, folder)) as url:
        fault(soap.post(url, written(signed(asked(), COMPANY)), path=PATH), "MustUnderstand", SOAP11)


# -------------------------------------------------------------------------------- a service that nobody here wrote


@pytest.fixture
def agency() -> Iterator[Agency]:
    one = Agency()
    with serve(one.app()) as one.address:
        yield one


@pytest.mark.parametrize("who", [COMPANY, EC_COMPANY])
def test_what_we_ask_is_signed_as_zeep_understands_it(agency: Agency, folder: Path, who: Party) -> None:
    agency.say = answered
    assert ask(agency.address, person=PERSON, **own(who, folder)).status == 200
    root = holds(agency.asked[0], who)
    assert parts(root) == {"Timestamp", "Body", "SSEK"}
    assert find(root, "s:Header/wsse:Security").get(f"{{{SOAP11}}}mustUnderstand") == "1"


def test_an_answer_signed_by_zeep_is_taken(agency: Agency, folder: Path) -> None:
    agency.say = lambda body: written(by_zeep(answered(body), AGENCY))
    reply = ask(agency.address, person=PERSON, **trusted(AGENCY, folder))
    assert told(reply)["person"]["personnummer"] == PERSON


FAULTS: dict[str, tuple[Callable[[bytes], bytes], str, str]] = {
    "signed, without a header": (
        lambda _: written(by_zeep(soap.envelope(soap_fault("Timeout")).encode(), AGENCY)),
        "upstream-timeout",
        "the agency answered with a fault (SSEK Timeout)",
    ),
    "signed, with a header": (
        lambda body: written(signed(answered(body, payload=soap_fault("WebServiceUnavailable")), AGENCY)),
        "upstream-unavailable",
        "the agency answered with a fault (SSEK WebServiceUnavailable)",
    ),
    "not signed": (
        lambda _: soap.envelope(soap_fault("Timeout")).encode(),
        "upstream-invalid-answer",
        "expected one Security header with a signature in the answer; what came is a fault (SSEK Timeout)",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_believed_where_it_is_signed(agency: Agency, folder: Path, name: str) -> None:
    agency.say, kind, detail = FAULTS[name]
    agency.status = 500
    reply = ask(agency.address, person=PERSON, **trusted(AGENCY, folder))
    assert problem(reply) == (kind, detail)
    assert PERSON not in reply.text
    assert SECRET not in reply.text


def receipt(code: str = "OK", value: str | None = None) -> str:
    inner = f"<r:ResponseCode>{code}</r:ResponseCode><r:ResponseMessage>{PERSON} {SECRET}</r:ResponseMessage>"
    inner += "" if value is None else f"<r:RequestSignatureValue>{value}</r:RequestSignatureValue>"
    return f'<r:Receipt xmlns:r="{NS}">{inner}</r:Receipt>'


LATER = "expected an answer, not a receipt: the service answers asynchronously"
ANOTHER = "expected an answer, not a receipt for another question (another RequestSignatureValue)"


def own_value(body: bytes) -> str:
    text: str = find(heard(body).payload.getroottree().getroot(), ".//ds:SignatureValue").text
    return f"{text[:20]}\n {text[20:]}"


@pytest.mark.parametrize(
    ("made", "signs", "detail"),
    [
        (lambda _: receipt(), False, LATER),
        (lambda _: receipt(value="QUJD"), False, LATER),
        (lambda _: receipt(), True, LATER),
        (lambda body: receipt(value=own_value(body)), True, LATER),
        (lambda _: receipt(value="QUJD"), True, ANOTHER),
        (lambda _: receipt(value=""), True, ANOTHER),
        (lambda _: receipt("NOK"), True, "expected an answer, not a receipt without ResponseCode OK"),
    ],
    ids=["plain", "a value, not signed", "no value", "our value", "another value", "empty value", "not OK"],
)
def test_a_receipt_is_no_answer(
    agency: Agency, folder: Path, made: Callable[[bytes], str], signs: bool, detail: str
) -> None:
    agency.say = lambda body: answered(body, payload=made(body))
    reply = ask(agency.address, person=PERSON, **(own(COMPANY, folder) if signs else {}))
    assert problem(reply) == ("upstream-invalid-answer", detail)
    assert PERSON not in reply.text
    assert SECRET not in reply.text
