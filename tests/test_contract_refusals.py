"""Contracts and overlays that are not taken: each is refused with what was expected, and nothing is installed."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.contracts.files import ContractRefused
from tests.cli.running import here, lefi

ROOT = Path(__file__).resolve().parent.parent
WSDL, XSD = "EXAHamtaFormansinformation.wsdl", "EXAHamtaFormansinformation.xsd"
GOOD = {name: (ROOT / "wsdl/v6" / name).read_text(encoding="utf-8") for name in (WSDL, XSD)}
XS = "http://www.w3.org/2001/XMLSchema"
CASE = "formansinformation.sjukpenningarende"


def with_(text: str) -> dict[str, str]:
    """The good contract with something before the first element of its schema."""
    return {**GOOD, XSD: GOOD[XSD].replace("<xs:element", f"{text}<xs:element", 1)}


def at_the_top(text: str) -> dict[str, str]:
    return {**GOOD, XSD: GOOD[XSD].replace("<xs:schema", f"{text}<xs:schema", 1)}


def in_itself() -> dict[str, str]:
    opening = r'(<xs:complexType name="FkPeriod">.*?<xs:sequence>)'
    more = r'\1<xs:element name="mer" type="tns:FkPeriod" minOccurs="0"/>'
    return {**GOOD, XSD: re.sub(opening, more, GOOD[XSD], count=1, flags=re.DOTALL)}


def second_operation() -> dict[str, str]:
    text = GOOD[WSDL]
    for part in re.findall(
        r'    <wsdl:operation name="HamtaFormansinformation">.*?</wsdl:operation>\n', text, re.DOTALL
    ):
        text = text.replace(part, part + part.replace('name="HamtaFormansinformation"', 'name="Andra"', 1))
    return {**GOOD, WSDL: text}


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
_CIRCLE = {
    "openapi": "3.1.0",
    "paths": {"/a": {"post": {}}},
    "components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}}},
}
_BODY = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
_CIRCLE["paths"] = {"/a": {"post": {"requestBody": _BODY, "responses": {"200": _BODY, "400": _BODY}}}}

CONTRACTS: dict[str, tuple[Mapping[str, str | bytes], str]] = {
    "a reference into the network": (
        with_('<xs:import namespace="urn:a" schemaLocation="http://example.invalid/a.xsd"/>'),
        "the file that EXAHamtaFormansinformation.xsd refers to as a.xsd",
    ),
    "a reference to a file of the machine": (
        with_('<xs:include schemaLocation="file:///etc/passwd"/>'),
        "refers to as passwd",
    ),
    "a reference out of the zip": (
        with_('<xs:include schemaLocation="../../../../etc/passwd"/>'),
        "refers to as passwd",
    ),
    "a name that climbs out of the zip": ({"../" + WSDL: GOOD[WSDL], XSD: GOOD[XSD]}, "all lie within it"),
    "an absolute name in the zip": ({"/tmp/" + WSDL: GOOD[WSDL], XSD: GOOD[XSD]}, "all lie within it"),  # noqa: S108
    "an external entity": (at_the_top('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'), "no document type"),
    "entities in entities": (at_the_top(_BOMB), "no document type"),
    "a schema that is not one": (
        {**GOOD, XSD: GOOD[XSD].replace("xs:string", "xs:strin", 1)},
        "schemas that hold together",
    ),
    "no XML": ({**GOOD, XSD: "<xs:schema"}, "well-formed XML"),
    "another document": ({**GOOD, "x.xsd": "<html/>"}, "a WSDL 1.1 or an XML schema in x.xsd"),
    "no WSDL": ({XSD: GOOD[XSD]}, "one WSDL"),
    "two WSDLs": ({**GOOD, "b.wsdl": GOOD[WSDL]}, "one WSDL"),
    "two operations": (second_operation(), "the overlay to name the operation that asks; there are"),
    "records in themselves": (in_itself(), "do not hold themselves"),
    "a bomb": ({**GOOD, "b.xsd": b"0" * 100_000_000}, "at most 500 files"),
    "too many files": (GOOD | {f"{each}.xsd": "x" for each in range(600)}, "at most 500 files"),
    "nothing of a contract": ({"readme.txt": "hello"}, "files that end in"),
}


@pytest.mark.parametrize(("files", "expected"), CONTRACTS.values(), ids=CONTRACTS.keys())
def test_a_bad_contract_is_refused(tmp_path: Path, files: Mapping[str, str | bytes], expected: str) -> None:
    refused(tmp_path, files, expected)


OVERLAYS = {
    "a line that hits nothing": ('[names]\nnosuch = "aktivt"\n', "names.nosuch: expected a field of the contract"),
    "no TOML": ("[names\n", "an overlay in TOML"),
    "an unknown section": ('[nam]\na = "b"\n', "nam: Extra inputs"),
    "a code table that is not one to one": ('[codes.aktivt]\na = "1"\nb = "1"\n', "one to one"),
    "two names for one field": (
        f'[places]\n"{CASE}.aktivt" = "{CASE}.startades"\n"{CASE}.startades" = "{CASE}.startades"\n',
        "two places for",
    ),
    "a place in another list": (
        f'[places]\n"{CASE}.aktivt" = "formansinformation.barnbidragsarende.aktivt"\n',
        "within the same record of a list",
    ),
    "a place that ours has not": (f'[places]\n"{CASE}.aktivt" = "{CASE}.nosuch"\n', "within the same record of a list"),
    "an operation that is not there": ('operation = "Andra"\n', "there are HamtaFormansinformation"),
    "a version that is not there": ('like = "v3"\n', "`like` names one of v5, v6, v7, v9"),
}


@pytest.mark.parametrize(("overlay", "expected"), OVERLAYS.values(), ids=OVERLAYS.keys())
def test_a_bad_overlay_is_refused(tmp_path: Path, overlay: str, expected: str) -> None:
    refused(tmp_path, GOOD, expected, overlay=overlay)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (json.dumps(_CIRCLE), "references that do not lead in a circle"),
        ("{", "YAML or JSON"),
        ("[]", "an OpenAPI document with an operation"),
        ('{"paths": {}}', "messages for"),
    ],
    ids=["circle", "no JSON", "a list", "no paths"],
)
def test_a_bad_openapi_document_is_refused(tmp_path: Path, document: str, expected: str) -> None:
    refused(tmp_path, {"a.json": document}, expected, version="9")


def test_a_version_without_a_neighbour_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, GOOD, "`like` names one of", version="4")


def test_an_old_contract_for_a_version_that_speaks_soap_is_no_openapi_document(tmp_path: Path) -> None:
    refused(tmp_path, {"a.json": "{}"}, "one WSDL")


def refused(
    folder: Path, files: Mapping[str, str | bytes], expected: str, *, overlay: str = "", version: str = "6"
) -> None:
    with zipfile.ZipFile(folder / "contract.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    (folder / "overlay.toml").write_text(overlay, encoding="utf-8")
    arguments = (folder / "contract.zip", "--version", version, "--overlay", folder / "overlay.toml")
    with pytest.raises(ContractRefused, match=re.escape(expected)):
        here("contracts", "add", *arguments, env={"LEFI_CONTRACT_STORE": str(folder / "store")})
    assert not (folder / "store").exists()


def test_the_command_says_why_and_ends_with_two(tmp_path: Path) -> None:
    (tmp_path / "x.xsd").write_text("<html/>", encoding="utf-8")
    done = lefi("contracts", "add", tmp_path, "--version", "6", env={"LEFI_CONTRACT_STORE": str(tmp_path / "store")})
    assert (done.status, done.out) == (2, "")
    assert done.err == "contract refused: expected a WSDL 1.1 or an XML schema in x.xsd\n"


def test_a_file_that_was_changed_on_disk_is_not_used(tmp_path: Path) -> None:
    store = {"LEFI_CONTRACT_STORE": str(tmp_path / "store")}
    assert here("contracts", "add", ROOT / "wsdl/v6", "--version", "6", env=store).status == 0
    assert here("contracts", "check", env=store).status == 0
    (tmp_path / "store/v6/files" / XSD).write_text(GOOD[XSD] + "<!-- -->", encoding="utf-8")
    with pytest.raises(ContractRefused, match="to be those that were installed"):
        here("contracts", "check", env=store)


def test_files_that_take_each_other_in_are_taken(tmp_path: Path) -> None:
    other = f'<xs:schema xmlns:xs="{XS}" targetNamespace="http://schema.forsakringskassan.se/exa/lefi/6">'
    files = with_('<xs:include schemaLocation="b.xsd"/>')
    files["b.xsd"] = f'{other}<xs:include schemaLocation="{XSD}"/></xs:schema>'
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    done = here("contracts", "add", tmp_path, "--version", "6", env={"LEFI_CONTRACT_STORE": str(tmp_path / "store")})
    assert done.status == 0, done.err
