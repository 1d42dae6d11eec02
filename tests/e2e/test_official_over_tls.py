"""The agency's own example answer, asked for through the gateway over TLS that requires a client certificate."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

from gateway.app import create_app
from gateway.endpoints import OPERATIONS
from gateway.openapi import own
from tests.contracts.compare import where
from tests.contracts.documents import official as official_document
from tests.faults.certificates import CA, CLIENT, OTHER_CA, SERVER, to_files, to_pkcs12
from tests.service.running import ASK_V9, KEYS_V9, House, Reply, Stub, available, says, serve, settings

PASSWORD = "hemlig-åäö"  # noqa: S105 - made for this test


@dataclass(frozen=True)
class Example:
    """The agency's example of a question and of the answer to it, and the same question in our words."""

    question_v9: dict[str, Any]
    answer: dict[str, Any]

    @property
    def question(self) -> dict[str, Any]:
        types = [
            {"klass": klass, "informationstyp": typ}
            for klass, key in KEYS_V9.items()
            for typ in self.question_v9.get(key, ())
        ]
        asked = self.question_v9
        return {"personnummer": asked["personnummer"], "period": asked["period"], "informationstyper": types}


@pytest.fixture(scope="module")
def example(official: Path) -> Example:
    """Read from the installed file: nothing of it stands here."""
    contract = official_document()
    assert contract is not None, official
    (post,) = (
        item["post"] for path, item in contract.document["paths"].items() if path.endswith("/formansinformation/fraga")
    )
    messages = (post["requestBody"], post["responses"]["200"])
    question, answer = (
        next(iter(message["content"]["application/json"]["examples"].values()))["value"] for message in messages
    )
    return Example(*(json.loads(json.dumps(value, default=str)) for value in (question, answer)))


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stub]:
    """An agency that speaks TLS only, and only with whom its CA knows."""
    folder = tmp_path_factory.mktemp("agency")
    SERVER.private_key_pem.write_to_path(str(folder / "server.key"))
    (folder / "server.pem").write_bytes(b"".join(blob.bytes() for blob in SERVER.cert_chain_pems))
    CA.cert_pem.write_to_path(str(folder / "ca.pem"))
    OTHER_CA.cert_pem.write_to_path(str(folder / "other.pem"))
    stub = Stub()
    tls: dict[str, Any] = {
        "ssl_keyfile": str(folder / "server.key"),
        "ssl_certfile": str(folder / "server.pem"),
        "ssl_ca_certs": str(folder / "ca.pem"),
        "ssl_cert_reqs": ssl.CERT_REQUIRED,
    }
    with serve(stub, **tls) as stub.url:
        yield stub


@pytest.fixture
def ca(agency: Stub, example: Example, tmp_path: Path) -> Path:
    agency.reset()
    agency.answer = says(example.answer)
    CA.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


def ask(agency: Stub, tree: Any, path: str = "/v1/fragor", **connection: Any) -> Reply:
    """A question to a gateway that is connected so."""
    assert agency.url.startswith("https://")
    with serve(create_app(settings(f"{agency.url}/rest", over=connection))) as url:
        return House(url, agency).ask(tree, path=path)


def pem(folder: Path) -> dict[str, object]:
    return to_files(CLIENT, folder)


def pem_with_password(folder: Path) -> dict[str, object]:
    return to_files(CLIENT, folder, PASSWORD)


def pkcs12(folder: Path) -> dict[str, object]:
    return to_pkcs12(CLIENT, folder, PASSWORD, BestAvailableEncryption(PASSWORD.encode()))


@pytest.mark.parametrize("certificate", [pem, pem_with_password, pkcs12])
def test_the_example_is_answered_with_a_note_for_each_of_its_three_deviations(
    agency: Stub, example: Example, ca: Path, tmp_path: Path, certificate: Callable[[Path], dict[str, object]]
) -> None:
    reply = ask(agency, example.question, ca=ca, client_certificate=certificate(tmp_path))
    assert reply.status == 200
    assert len(agency.questions) == 1
    assert agency.questions[0].tree == example.question_v9
    notes = reply.tree["anmarkningar"]
    assert len({note["vag"] for note in notes}) == len(notes) == 3
    assert {note["slag"] for note in notes} <= {"okant_falt", "fel_form"}
    assert [entry["utfall"] for entry in reply.tree["tackning"]] == ["levererad", "levererad"]
    assert reply.tree["person"]["personnummer"] == example.question_v9["personnummer"]
    assert len(reply.tree["arenden"]["sjukpenning"]) == len(example.answer["formansinformation"]["sjukpenningarende"])
    schema = {"$ref": "#/components/schemas/Svar", "components": own(OPERATIONS)["components"]}
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(reply.tree)


def test_the_example_goes_through_the_face_of_its_version_and_comes_back(
    agency: Stub, example: Example, ca: Path, tmp_path: Path
) -> None:
    reply = ask(agency, example.question_v9, ASK_V9, ca=ca, client_certificate=pem(tmp_path))
    assert reply.status == 200
    # One code stands in another of the contract's shapes than its schema says: it is read, and written as declared.
    assert [place.rpartition("/")[2] for place in where(example.answer, reply.tree)] == ["ersattning"]


def check_refused(reply: Reply, status: int, problem: str, example: Example) -> None:
    assert (reply.status, reply.tree["type"].rpartition(":")[2]) == (status, problem)
    assert example.question_v9["personnummer"] not in reply.text


@pytest.mark.parametrize("which", ["none", "of another CA"])
def test_without_a_certificate_of_ours_the_agency_refuses(
    agency: Stub, example: Example, ca: Path, tmp_path: Path, which: str
) -> None:
    other = to_files(OTHER_CA.issue_cert("client.example"), tmp_path)
    given: dict[str, Any] = {} if which == "none" else {"client_certificate": other}
    check_refused(ask(agency, example.question, ca=ca, **given), 503, "client-certificate-refused", example)
    assert agency.received == 0


def test_an_agency_of_another_ca_is_told_nothing(agency: Stub, example: Example, ca: Path, tmp_path: Path) -> None:
    OTHER_CA.cert_pem.write_to_path(str(ca))
    reply = ask(agency, example.question, ca=ca, client_certificate=pem(tmp_path))
    check_refused(reply, 502, "upstream-tls", example)
    assert agency.received == 0


def test_the_list_of_what_may_be_asked_comes_the_same_way(agency: Stub, ca: Path, tmp_path: Path) -> None:
    connection = {"ca": ca, "client_certificate": pkcs12(tmp_path)}
    with serve(create_app(settings(f"{agency.url}/rest", over=connection))) as url:
        reply = House(url, agency).get("/v1/informationstyper")
    assert reply.status == 200
    assert len(reply.tree["informationstyper"]) == sum(len(types) for types in available().values())
