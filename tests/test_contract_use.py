"""An installed contract in use: by a gateway and a twin over HTTP, and message by message where it has other words."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import zeep
from lxml import etree

from gateway.app import create_app
from gateway.contracts.carry import AS_IS
from gateway.contracts.overlay import Overlay, read_overlay
from gateway.twin.app import create_twin
from gateway.versions import Adapter, built_in, discover
from gateway.wire import WireResponse
from tests.cli.documents import blocks
from tests.cli.running import Done, here
from tests.service.running import request, serve, settings
from tests.test_contract_refusals import GOOD, WSDL, XSD
from tests.twin.running import TODAY, fraga

ROOT = Path(__file__).resolve().parent.parent
PERSON = "198504129803"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
XML = {"content-type": "text/xml; charset=utf-8"}
Install = Callable[..., Done]
PAYMENT = {
    "utlamnare": "FK",
    "status": "effektuerad",
    "datum": "2025-03-25",
    "skattebelopp": {"summa": 12, "valuta": "SEK"},
}
SVAR: dict[str, Any] = {"utbetalningar": [PAYMENT], "tackning": [], "kalla": {"version": "v6"}}


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs files under an overlay for the time of a test; gives what the command printed."""
    store = str(tmp_path / "store")
    monkeypatch.setenv("LEFI_CONTRACT_STORE", store)

    def add(files: Mapping[str, str], version: str, overlay: str = "") -> Done:
        folder = tmp_path / f"contract-{version}"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
        (tmp_path / "overlay.toml").write_text(overlay, encoding="utf-8")
        arguments = (folder, "--version", version, "--overlay", tmp_path / "overlay.toml", "--all")
        done = here("contracts", "add", *arguments, env={"LEFI_CONTRACT_STORE": store, "COLUMNS": "300"})
        discover.cache_clear()
        return done

    yield add
    monkeypatch.undo()
    discover.cache_clear()


@contextlib.contextmanager
def gateway(version: str, address: str) -> Iterator[str]:
    with serve(create_twin()) as twin, serve(create_app(settings(twin + address, name=version))) as url:
        yield url


def version_4() -> dict[str, str]:
    folder = ROOT / "wsdl/v5"
    return {path.name: path.read_text("utf-8").replace("exa/lefi/5", "exa/lefi/4") for path in folder.iterdir()}


def version_8() -> dict[str, str]:
    text = (ROOT / "schemas/v9/openapi.json").read_text("utf-8")
    return {"openapi.json": text.replace('"sjukpenningarende"', '"arendeSjukpenning"')}


ADDED = {
    "v4": (version_4, 'like = "v5"\n', "/ws"),
    "v8": (version_8, 'like = "v9"\n[names]\narendeSjukpenning = "sjukpenningarende"\n', "/rest"),
}


@pytest.mark.parametrize("version", ADDED)
def test_a_version_without_a_folder_is_asked_and_answers(install: Install, version: str) -> None:
    files, overlay, address = ADDED[version]
    done = install(files(), version, overlay)
    assert done.status == 0, done.err
    with gateway(version, address) as url:
        asked = json.dumps(fraga(PERSON, [("formansinformation", "FK:SJP")])).encode()
        reply = request(url, "POST", "/v1/fragor", body=asked, headers={"content-type": "application/json"})
        listed = json.loads(request(url, "GET", "/v1/versioner").body)
    svar = json.loads(reply.body)
    assert (reply.status, svar["anmarkningar"]) == (200, [])
    assert svar["arenden"]["sjukpenning"]
    assert (svar["kalla"]["version"], svar["kalla"]["kontrakt"]) == (version, "officiellt")
    assert version in json.dumps(listed)


def test_the_wire_has_the_contracts_own_words(install: Install) -> None:
    files, overlay, _ = ADDED["v8"]
    install(files(), "v8", overlay)
    upstream, face = roles(discover()["v8"])
    assert "/v8/" in upstream.render_question(fraga(PERSON, [("formansinformation", "FK:SJP")]), "prov").path
    body = face.render_answer({"arenden": {"sjukpenning": [{"utlamnare": "FK", "aktivt": True}]}})[0].body
    assert b"arendeSjukpenning" in body
    assert b"sjukpenningarende" not in body


def test_zeep_calls_the_gateway_from_the_contract_that_it_serves(
    install: Install, caplog: pytest.LogCaptureFixture
) -> None:
    """The contract's own files, in several parts, with their references to one another at the gateway's address."""
    caplog.set_level(logging.WARNING, logger="zeep")  # a client of the caller's, which logs what it sends
    base, more = GOOD[XSD].split("<xs:complexType", 1)
    start = base.index("<xs:element")
    head = base[:start]
    types = f"{head}<xs:complexType{more}"
    roots = f'{head}<xs:include schemaLocation="typer.xsd"/>{base[start:]}</xs:schema>'
    assert install({WSDL: GOOD[WSDL], XSD: roots, "typer.xsd": types}, "v6").status == 0
    with gateway("v6", "/ws") as url:
        client = zeep.Client(f"{url}/ws?wsdl=v6")  # type: ignore[no-untyped-call]
        period = {"from": "2025-01-01", "tom": "2025-12-31"}
        said = client.service.HamtaFormansinformation(personnummer=PERSON, period=period, formansinformation=["SJP"])
    assert said.sjukpenningarende or said.formansinformation.sjukpenningarende


def roles(adapter: Adapter) -> tuple[Any, Any]:
    return adapter.upstream, adapter.face


def changed(old: str, new: str) -> dict[str, str]:
    assert old in GOOD[XSD]
    return {**GOOD, XSD: GOOD[XSD].replace(old, new)}


def payload(body: bytes) -> Any:
    return next(etree.fromstring(body).iterfind(f"{SOAP}Body/*"))


def there_and_back(version: str = "v6") -> tuple[bytes, Any, Any]:
    """The answer as the installed contract writes it, the notes of that, and what is read back."""
    upstream, face = roles(discover()[version])
    response, lost = face.render_answer(SVAR)
    return response.body, lost, upstream.parse_answer(response, TODAY)


def test_what_is_not_mapped_is_listed_with_what_it_may_be_and_kept(install: Install) -> None:
    done = install(changed('name="datum"', 'name="datumet"'), "v6")
    assert done.status == 1
    assert "utbetalningsuppgift.datumet  (nearest: formansinformation." in done.out
    assert "the fact utbetalningar.datum" in done.out
    body, lost, _ = there_and_back()
    assert b"2025-03-25" not in body
    assert any(note.path.endswith("/datum") for note in lost)
    told = body.replace(b"<skattebelopp>", b"<datumet>2025-03-25</datumet><skattebelopp>")
    upstream, _ = roles(discover()["v6"])
    read = upstream.parse_answer(WireResponse(200, XML, told), TODAY)
    assert read.tree["utbetalningar"][0]["okant"] == {"datumet": "2025-03-25"}
    assert {"okant_falt"} <= {note.kind for note in read.notes}


def test_codes_are_carried_by_their_table(install: Install) -> None:
    field = "id" if 'name="id"' in GOOD[XSD] else "kod"
    overlay = f'[codes."utbetalningsuppgift.foretag.{field}"]\nFKASSA = "1"\n'
    files = {**GOOD, XSD: GOOD[XSD].replace('type="tns:Sifferkod"', 'type="tns:Textkod"')}
    kind = '<xs:complexType name="Textkod"><xs:sequence><xs:element name="id" type="xs:string" minOccurs="0"/>'
    more = '<xs:element name="beskrivning" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>'
    files[XSD] = files[XSD].replace("</xs:schema>", f"{kind}{more}</xs:schema>")
    done = install(files, "v6", overlay)
    assert done.status == 0, (done.out, done.err)
    upstream, face = roles(discover()["v6"])
    svar = {**SVAR, "utbetalningar": [{**PAYMENT, "foretag": {"kod": "1"}}]}
    body = face.render_answer(svar)[0].body
    assert b"FKASSA" in body
    read = upstream.parse_answer(WireResponse(200, XML, body), TODAY)
    assert read.tree["utbetalningar"][0]["foretag"] == {"kod": "1"}


def test_what_is_ignored_is_neither_unmapped_nor_noted(install: Install) -> None:
    new = '<xs:element name="svarsid" type="xs:string" minOccurs="0"/><xs:element name="nettobelopp"'
    done = install(
        changed('<xs:element name="nettobelopp"', new), "v6", '[ignored]\nsvarsid = "a technical identity"\n'
    )
    assert done.status == 0, done.out
    body, _, _ = there_and_back()
    told = body.replace(b"</skattebelopp>", b"</skattebelopp><svarsid>1</svarsid>")
    upstream, _ = roles(discover()["v6"])
    read = upstream.parse_answer(WireResponse(200, XML, told), TODAY)
    assert "okant" not in read.tree["utbetalningar"][0]


@pytest.mark.parametrize("form", ["unqualified", "another namespace"])
def test_elements_of_no_namespace_or_of_another_are_written_and_read(install: Install, form: str) -> None:
    if form == "unqualified":
        files = changed('elementFormDefault="qualified"', 'elementFormDefault="unqualified"')
    else:
        files = {**GOOD, **in_two_namespaces()}
    done = install(files, "v6")
    assert done.status == 0, done.out
    body, lost, read = there_and_back()
    assert lost == ()
    assert read.notes == ()
    assert read.tree["utbetalningar"] == [PAYMENT]
    inside = payload(body)[0]
    assert etree.QName(inside).namespace == (None if form == "unqualified" else GOOD_NAMESPACE)
    amounts = {etree.QName(node).namespace for node in payload(body).iter("{*}summa")}
    assert amounts == ({None} if form == "unqualified" else {"urn:belopp"})


GOOD_NAMESPACE = "http://schema.forsakringskassan.se/exa/lefi/6"


def in_two_namespaces() -> dict[str, str]:
    """The schema with its amounts in a namespace of their own."""
    start = GOOD[XSD].index('<xs:complexType name="FkBelopp">')
    stop = GOOD[XSD].index("</xs:complexType>", start) + len("</xs:complexType>")
    amount = GOOD[XSD][start:stop]
    rest = GOOD[XSD].replace(amount, "").replace('type="tns:FkBelopp"', 'type="b:FkBelopp"')
    rest = rest.replace("<xs:schema ", '<xs:schema xmlns:b="urn:belopp" ', 1)
    rest = rest.replace("<xs:element", '<xs:import namespace="urn:belopp" schemaLocation="belopp.xsd"/><xs:element', 1)
    head = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:belopp" elementFormDefault='
    return {XSD: rest, "belopp.xsd": f'{head}"qualified">{amount}</xs:schema>'}


def test_versions_are_compared_on_the_wire_and_in_facts() -> None:
    same = here("contracts", "diff", "v6", "v7")
    assert (same.status, same.out.split()) == (0, ["fraga", "svar", "fel"])
    other = here("contracts", "diff", "v5", "v6", "--all")
    assert other.status == 1
    assert "formansinformation.programjobdagar" in other.out
    assert "only v6 has the fact" in other.out


def test_the_documented_overlay_can_be_read() -> None:
    (text,) = (block.text for block in blocks(ROOT / "docs/contracts.md") if block.text.startswith("like"))
    overlay = read_overlay(text)
    assert all(getattr(overlay, section) for section in Overlay.model_fields)


def test_without_an_installed_contract_nothing_is_carried() -> None:
    def parse(tree: Any, path: Any, reading: Any) -> Any:
        return tree, path, reading

    assert AS_IS.parser("svar", parse) is parse
    assert AS_IS.renderer("svar", parse) is parse
    assert discover() == built_in()
