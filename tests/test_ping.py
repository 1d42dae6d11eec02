"""`lefi ping`: the connections are tried, and nothing is asked about anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.envelope import SOAP11
from tests.cli.running import Done, here
from tests.service.running import PERSON, request, serve
from tests.service.soap import XML
from tests.service.ssbtek import BT, ERROR, NS, TERMS, envelope, payload, schema
from tests.service.ssek import Agency, soap_fault
from tests.twin.running import Running, running


@pytest.fixture(scope="module")
def twin() -> Iterator[Running]:
    with running() as one:
        yield one


@pytest.fixture
def agency() -> Iterator[Agency]:
    one = Agency()
    with serve(one.app()) as one.address:
        yield one


def pinged(address: str, tmp_path: Path, *more: str) -> Done:
    terms = "\n".join(f"{name} = {json.dumps(value)}" for name, value in TERMS.items())
    connection = f"url = {json.dumps(address)}\nenvelope = 'ssbtek'\n[upstreams.v9.ssbtek]\n{terms}\n"
    file = written(tmp_path, f"[upstreams.v9]\n{connection}")
    return here("ping", "--config", file, *more)


def pong(inner: str) -> bytes:
    return envelope(f'<testaBastjanstInformationResponse xmlns="{NS}">{inner}</testaBastjanstInformationResponse>')


def test_a_ping_is_what_the_schema_says_and_asks_about_nobody(twin: Running, agency: Agency, tmp_path: Path) -> None:
    agency.say = lambda body: request(twin.url, "POST", "/ssbtek", body=body, headers=XML).body
    assert pinged(agency.address, tmp_path) == Done(0, "v9: SSBTEK answers; it reached Försäkringskassan\n", "")
    sent = payload(agency.asked[0])
    assert len(sent) == len(sent.attrib) == 0
    for said in (sent, payload(agency.say(agency.asked[0]))):
        schema().assertValid(said)


def test_a_ping_is_no_question_to_the_twin(twin: Running, tmp_path: Path) -> None:
    before = twin.get("/raknare").json()
    assert pinged(f"{twin.url}/ssbtek", tmp_path).status == 0
    assert twin.get("/raknare").json() == before


UNSURE = "v9: SSBTEK answers; whether it reaches Försäkringskassan it does not say\n"
ANROPAD = "<FK><anropad>{}</anropad>{}</FK>"


@pytest.mark.parametrize(
    ("inner", "out"),
    [
        ("", UNSURE),
        (ANROPAD.format("false", ""), UNSURE),
        ("<AF><anropad>true</anropad></AF>", UNSURE),
        (ANROPAD.format("1", ""), "v9: SSBTEK answers; it reached Försäkringskassan\n"),
    ],
)
def test_a_ping_says_how_far_it_came(agency: Agency, tmp_path: Path, inner: str, out: str) -> None:
    agency.say = lambda _body: pong(inner)
    assert pinged(agency.address, tmp_path) == Done(0, out, "")
    schema().assertValid(payload(pong(inner)))


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (
            pong(ANROPAD.format("true", ERROR.format(BT, "BT-17", PERSON)[4:-5])),
            200,
            "upstream-fault: Försäkringskassan, asked by SSBTEK, answered with an error (felkod BT-17)",
        ),
        (envelope(soap_fault("Server", SOAP11)), 500, "upstream-fault: SSBTEK answered with a fault (Server)"),
        (pong(""), 500, "upstream-invalid-answer: expected HTTP 200"),
        (
            envelope(f'<hamtaBastjanstInformationResponse xmlns="{NS}"/>'),
            200,
            f"upstream-invalid-answer: expected testaBastjanstInformationResponse of {NS}",
        ),
        (b"<html>", 200, "upstream-invalid-answer: expected well-formed XML"),
    ],
)
def test_a_ping_that_fails_says_why(agency: Agency, tmp_path: Path, body: bytes, status: int, problem: str) -> None:
    agency.say, agency.status = lambda _body: body, status
    assert pinged(agency.address, tmp_path) == Done(1, "", f"v9: {problem}\n")
    assert len(agency.asked) == 1


# ------------------------------------------------------------------------------------------------- any other connection


def written(folder: Path, upstreams: str) -> Path:
    file = folder / "gateway.toml"
    file.write_text(upstreams, "utf-8")
    return file


def test_without_a_ping_the_connection_is_opened_and_closed(agency: Agency, tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f"[upstreams.v7]\nurl = '{agency.address}'\n[upstreams.v9]\nurl = 'http://127.0.0.1:1'\nconnect_seconds = 1\n",
    )
    reached = "v7: reached; the connection was opened and closed\n"
    assert here("ping", "--config", file, "--upstream", "v7") == Done(0, reached, "")
    assert here("ping", "--config", file) == Done(1, reached, "v9: upstream-unavailable: not reached\n")
    assert agency.asked == []


def test_who_is_not_configured_is_not_tried(tmp_path: Path) -> None:
    file = written(tmp_path, "[upstreams.v7]\nurl = 'http://127.0.0.1:1'\n")
    done = here("ping", "--config", file, "--upstream", "v8")
    assert done.status == 2
    assert "v7" in done.err
    assert here("ping").status == 2
