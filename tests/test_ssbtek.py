"""Version 9 over SSBTEK v10, over real HTTP; what is sent is held against the agencies' own schema if it is there."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree

from gateway import ssbtek
from gateway.app import create_app
from gateway.envelope import SOAP11
from gateway.jsonio import encode
from gateway.settings import Settings
from gateway.twin import actors
from gateway.twin.population import population
from schemas.koder import KLASSENS_TYPER
from tests.service.running import OTHER_PERSON, PERIOD, PERSON, Reply, question, question_v9, request, serve, states
from tests.service.soap import XML
from tests.service.ssbtek import BT, ERROR, NS, SSBT, TERMS, envelope, payload, schema
from tests.service.ssek import Agency
from tests.twin.running import Running, running

SOMEBODY = "198504129803"
SECRET = "Testbuggen"  # noqa: S105 - a value that must not be repeated
MORE = {
    "arendeidentitet": "A-1",
    "personuppgiftsbitraden": [{"organisationsnummer": "165566778899", "namn": f"Ombud {n}"} for n in "12"],
}


@pytest.fixture(scope="session")
def xsd() -> etree.XMLSchema:
    return schema()


@contextlib.contextmanager
def gateway(address: str, **over: Any) -> Iterator[str]:
    connection = {"url": address, "envelope": "ssbtek", "ssbtek": {**TERMS, **over.pop("ssbtek", {})}, **over}
    with serve(create_app(Settings.model_validate({"upstreams": {"v9": connection}}))) as url:
        yield url


def ask(url: str, tree: Any = None) -> Reply:
    headers = {"content-type": "application/json"}
    return request(url, "POST", "/v1/fragor", body=encode(tree or question()), headers=headers)


# ------------------------------------------------------------------------------------------------- against the twin


@pytest.fixture(scope="module")
def twin() -> Iterator[Running]:
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def url(twin: Running) -> Iterator[str]:
    with gateway(f"{twin.url}/ssbtek", read_seconds=1, total_seconds=2) as one:
        yield one


EVERYTHING = [(klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types]


@pytest.fixture(scope="module")
def direct(twin: Running) -> Iterator[str]:
    settings = {"upstreams": {"v9": {"url": f"{twin.url}/rest"}}}
    with serve(create_app(Settings.model_validate(settings))) as one:
        yield one


def test_everybody_is_answered_as_without_it(url: str, direct: str) -> None:
    for one in population().values():
        if one.fault:
            continue
        tree = question(*EVERYTHING, personnummer=one.personnummer)
        over, without = ask(url, tree), ask(direct, tree)
        assert over.status == 200, one.about
        left, right = over.tree, without.tree
        assert left.pop("kalla")["protokoll"] == "SSBTEK"
        assert right.pop("kalla")["protokoll"] == "REST"
        # Over SSBTEK nobody says what the actor may ask for, so that what is empty may have been left out there.
        outcomes = [
            [entry.pop("utfall") for entry in tree_["tackning"] if entry.pop("bevis")] for tree_ in (left, right)
        ]
        unsure = {"inga_uppgifter": "mojligen_filtrerad"}
        assert outcomes[0] == [unsure.get(each, each) for each in outcomes[1]], one.about
        assert left == right, one.about


def test_there_is_no_list_of_what_may_be_asked(url: str) -> None:
    reply = request(url, "GET", "/v1/informationstyper")
    assert (reply.status, reply.tree["type"]) == (404, "urn:lefi-gateway:problem:not-found")
    assert [each["path"] for each in reply.tree["errors"]] == ["lefi-version"]


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("felsvar500", "upstream-fault"),
        ("nekas", "upstream-fault"),
        ("for_ofta", "upstream-unavailable"),
        ("timeout", "upstream-timeout"),
        ("aterstalls", "upstream-invalid-answer"),
        ("html", "upstream-invalid-answer"),
        ("tomt", "upstream-invalid-answer"),
        ("feltyp", "upstream-invalid-answer"),
        ("gzip", "upstream-invalid-answer"),
        ("fel_person", "upstream-wrong-person"),
    ],
)
def test_a_person_who_goes_wrong_goes_wrong_here_too(url: str, fault: str, problem: str) -> None:
    person = next(one for one in population().values() if one.fault == fault)
    reply = ask(url, question(*EVERYTHING, personnummer=person.personnummer))
    assert reply.tree["type"].rpartition(":")[2] == problem, reply.text
    assert person.personnummer not in reply.text


def test_the_actor_goes_along(twin: Running) -> None:
    with gateway(f"{twin.url}/ssbtek", aktors_id=actors.OKAND) as url:
        reply = ask(url, question(personnummer=SOMEBODY))
    assert reply.tree["type"].endswith(":upstream-fault")
    assert "(felkod 403)" in reply.tree["detail"]


# ------------------------------------------------------------------------------------ what is sent, and what comes back


def answer(tree: Any, korrelationsid: str = "") -> bytes:
    return envelope(ssbtek.write_answer(encode(tree), korrelationsid))


def about(person: str = PERSON) -> dict[str, Any]:
    named = {"generellPersoninformation": [{"personnummer": person, "namn": SECRET}]}
    return {"formansinformation": named, "utlamnare": states()}


@pytest.fixture(scope="module")
def asking() -> Iterator[tuple[Agency, str]]:
    agency = Agency()
    with serve(agency.app()) as agency.address, gateway(agency.address) as url:
        yield agency, url


@pytest.fixture
def agency(asking: tuple[Agency, str], secrets: set[str]) -> Agency:
    secrets.add(SECRET)
    one = asking[0]
    one.gateway = asking[1]
    one.say, one.status = lambda _body: answer(about()), 200
    one.asked.clear()
    return one


@pytest.mark.parametrize("more", [{}, MORE])
def test_a_question_is_what_the_schema_says(agency: Agency, xsd: etree.XMLSchema, more: Any) -> None:
    with gateway(agency.address, ssbtek=more, aktors_id="kommunen") as url:
        assert ask(url).status == 200
    xsd.assertValid(payload(agency.asked[0]))


def test_a_question_says_who_asks_about_whom(agency: Agency) -> None:
    with gateway(agency.address, ssbtek=MORE, aktors_id="kommunen") as url:
        assert ask(url).status == 200
    asked = payload(agency.asked[0])
    said = {one.tag.partition("}")[2]: one.text for one in asked.iter() if len(one) == 0}
    assert said["namn"] == "Ombud 2"
    assert asked.findtext(f".//{{{NS}}}ingivare/{{{NS}}}namn") == TERMS["namn"]
    expected = {"personidentitet": PERSON, "fromDatum": PERIOD["from"], "tomDatum": PERIOD["tom"]}
    expected |= {"aktorsid": "kommunen", "version": "v9", "arendeidentitet": "A-1", "syfte": TERMS["syfte"]}
    assert {name: said[name] for name in expected} == expected
    assert json.loads(base64.b64decode(said["lefiJsonFraga"] or "")) == question_v9()
    included = {one.tag.partition("}")[2]: one.get("inkludera") for one in asked[1]}
    assert included == {name: str(name == "FK").lower() for name in ("AF", "CSN", "FK", "SKV", "SO", "TNS", "MIV")}


def test_every_question_has_an_identity_of_its_own(agency: Agency) -> None:
    for _ in range(2):
        assert ask(agency.gateway).status == 200
    found = [
        [payload(body).findtext(f".//{{{NS}}}{name}") for name in ("korrelationsid", "arendeidentitet")]
        for body in agency.asked
    ]
    assert len({*found[0], *found[1]}) == 2


def test_an_answer_may_say_whose_it_is_and_may_be_broken_over_lines(agency: Agency) -> None:
    def say(body: bytes) -> bytes:
        own = payload(body).findtext(f".//{{{NS}}}korrelationsid")
        text = base64.encodebytes(encode(about())).decode().replace("\n", "\n\t ")
        return answer({}, own).replace(base64.b64encode(b"{}"), text.encode())

    agency.say = say
    reply = ask(agency.gateway, question(("ovrig_information", "FK:GEPI")))
    assert reply.tree["person"]["namn"] == SECRET


TEXT = f"{PERSON} {SECRET}"


def error(kalla: str, felkod: str = "SSBT001") -> bytes:
    return _with(ERROR.format(kalla, felkod, TEXT))


def _with(inner: str) -> bytes:
    name = "hamtaBastjanstInformationResponse"
    return envelope(f'<{name} xmlns="{NS}"><svarsdata>{inner}</svarsdata></{name}>')


def test_whose_error_it_is_makes_two_problems(agency: Agency, xsd: etree.XMLSchema) -> None:
    found = {}
    for kalla in (SSBT, BT):
        agency.say = lambda _body, kalla=kalla: error(kalla)  # type: ignore[misc]
        xsd.assertValid(payload(error(kalla)))
        reply = ask(agency.gateway)
        found[kalla] = reply.tree["type"].rpartition(":")[2], reply.status, reply.tree["detail"]
        assert PERSON not in reply.text
        assert SECRET not in reply.text
    assert found == {
        SSBT: (
            "upstream-unavailable",
            503,
            "SSBTEK itself, between us and Försäkringskassan, answered with an error (felkod SSBT001)",
        ),
        BT: ("upstream-fault", 502, "Försäkringskassan, asked by SSBTEK, answered with an error (felkod SSBT001)"),
    }


@pytest.mark.parametrize(
    ("felkod", "shown"),
    [
        *((code, True) for code in ("500", "BT-17", "SSBT001", "LEFI_12345", " 404 ")),
        *(
            (code, False)
            for code in (PERSON, "199001", "TESTBUGGEN", "", "Fel 1", "A1B", "1990019802", "fel1", "\u0661")
        ),
    ],
)
def test_a_code_is_shown_if_it_can_be_nothing_else(agency: Agency, felkod: str, shown: bool) -> None:
    agency.say = lambda _body: error(BT, felkod)
    reply = ask(agency.gateway)
    assert reply.status == 502
    assert ("felkod" in reply.tree["detail"]) == shown
    assert not felkod or felkod.strip() in reply.tree["detail"] or not shown


FAULT = (
    f'<f:Fault xmlns:f="{SOAP11}"><faultcode>f:Server</faultcode><faultstring>{TEXT}</faultstring><detail>'
    f'<hamtaBastjanstInformationFault xmlns="{NS}"><felkod>1</felkod><felmeddelande>{TEXT}</felmeddelande>'
    "</hamtaBastjanstInformationFault></detail></f:Fault>"
)
GOOD = base64.b64encode(encode(about())).decode()
DATA = "<FK><data><lefiJsonSvar>{}</lefiJsonSvar></data></FK>"


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (envelope(FAULT), 500, "upstream-fault"),
        (envelope(FAULT), 200, "upstream-fault"),
        (answer(about()), 500, "upstream-invalid-answer"),
        (answer(about(OTHER_PERSON)), 200, "upstream-wrong-person"),
        (answer(about(), "another"), 200, "upstream-wrong-person"),
        (answer({"meddelande": TEXT, "timestamp": ""}), 200, "upstream-fault"),
        (answer([]), 200, "upstream-invalid-answer"),
        (error("<kalla>AF</kalla>"), 200, "upstream-invalid-answer"),
        (error(""), 200, "upstream-invalid-answer"),
        (_with(""), 200, "upstream-invalid-answer"),
        (_with("<FK/>"), 200, "upstream-invalid-answer"),
        (_with("<AF/>"), 200, "upstream-invalid-answer"),
        (_with(DATA.format("%%%")), 200, "upstream-invalid-answer"),
        (_with(DATA.format("åäö")), 200, "upstream-invalid-answer"),
        (_with(DATA.format(f"*{GOOD}")), 200, "upstream-invalid-answer"),
        (_with(DATA.format(GOOD[:-1])), 200, "upstream-invalid-answer"),
        (_with("<FK><data/></FK>"), 200, "upstream-invalid-answer"),
        (_with(DATA.format(GOOD) * 2), 200, "upstream-invalid-answer"),
        (envelope(f'<x xmlns="{NS}"/>'), 200, "upstream-invalid-answer"),
        (b"<html>", 200, "upstream-invalid-answer"),
        (b"", 200, "upstream-invalid-answer"),
    ],
)
def test_an_answer_that_is_none_is_a_problem(agency: Agency, body: bytes, status: int, problem: str) -> None:
    agency.say, agency.status = lambda _body: body, status
    reply = ask(agency.gateway)
    assert reply.tree["type"].rpartition(":")[2] == problem
    assert SECRET not in reply.text
    assert all(person not in reply.text for person in (PERSON, OTHER_PERSON))
    assert len(agency.asked) == 1


# ---------------------------------------------------------------------------------------------------- the twin's side


def test_what_the_twin_says_is_what_the_schema_says(twin: Running, agency: Agency, xsd: etree.XMLSchema) -> None:
    people = population()
    chosen = {one.fault: one for one in people.values() if one.fault in ("", "felsvar500", "for_ofta")}
    for fault, person in chosen.items():
        ask(agency.gateway, question(personnummer=person.personnummer))
        body = agency.asked.pop()
        said = payload(request(twin.url, "POST", "/ssbtek", body=body, headers=XML).body)
        xsd.assertValid(said)
        kalla = {"": None, "felsvar500": "BT", "for_ofta": "SSBT"}[fault]
        assert said.findtext(f".//{{{NS}}}kalla") == kalla
        sent = payload(body).findtext(f".//{{{NS}}}korrelationsid")
        assert said.findtext(f"{{{NS}}}korrelationsid") == sent


def test_a_message_that_is_none_of_it_is_its_declared_fault(twin: Running, xsd: etree.XMLSchema) -> None:
    wrong = f'<hamtaBastjanstInformation xmlns="{NS}"/>'
    for body in (b"", envelope(wrong), envelope("<x/>")):
        reply = request(twin.url, "POST", "/ssbtek", body=body, headers=XML)
        assert reply.status == 500
        xsd.assertValid(payload(reply.body).find("detail")[0])


def test_the_gateway_itself_is_not_asked_over_ssbtek(url: str) -> None:
    assert request(url, "POST", "/ssbtek", body=b"", headers=XML).status == 404
