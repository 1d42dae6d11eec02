"""Contracts that are made to take long, to be large or to break what reads them: refused soon, and nothing is left."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.contracts.files import ContractRefused
from tests.cli.running import here
from tests.test_contract_refusals import CONTRACTS, GOOD, XSD

SOON = 20.0
"""Seconds that no refusal may take, on a busy machine."""
LEVELS = 40
"""2 ** 40 of anything is never reached."""


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < SOON


def refused(source: Path, expected: str, version: str = "6") -> None:
    store = source.parent / "store"
    with pytest.raises(ContractRefused, match=re.escape(expected)):
        here("contracts", "add", source, "--version", version, env={"LEFI_CONTRACT_STORE": str(store)})
    assert not store.exists()


def soap(folder: Path, types: str, kind: str, *, many: bool = False) -> Path:
    """Version 6's contract with more types, and an element of the last of them in every payment."""
    source = folder / "contract"
    source.mkdir()
    often = ' maxOccurs="unbounded"' if many else ""
    payment = f'<xs:element name="nytt" type="tns:{kind}" minOccurs="0"{often}/><xs:element name="nettobelopp"'
    text = GOOD[XSD].replace('<xs:element name="nettobelopp"', payment).replace("</xs:schema>", f"{types}</xs:schema>")
    for name, content in (GOOD | {XSD: text}).items():
        (source / name).write_text(content, encoding="utf-8")
    return source


def complex_type(name: str, inner: str) -> str:
    fields = "".join(f'<xs:element name="{field}" type="{inner}" minOccurs="0"/>' for field in "ab")
    return f'<xs:complexType name="{name}"><xs:sequence>{fields}</xs:sequence></xs:complexType>'


@pytest.mark.parametrize("many", [False, True], ids=["a record", "a list"])
def test_types_that_double_at_every_level_are_refused(tmp_path: Path, *, many: bool) -> None:
    types = complex_type("N0", "xs:string") + "".join(
        complex_type(f"N{level + 1}", f"tns:N{level}") for level in range(LEVELS)
    )
    refused(soap(tmp_path, types, f"N{LEVELS}", many=many), "expected messages of at most")


@pytest.mark.parametrize("many", [False, True], ids=["a record", "a list"])
def test_types_that_hold_themselves_twice_are_refused(tmp_path: Path, *, many: bool) -> None:
    refused(soap(tmp_path, complex_type("N", "tns:N"), "N", many=many), "whose records do not hold themselves")


def openapi(parts: dict[str, Any]) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
    operation = {"requestBody": body, "responses": {"200": body, "400": body}}
    return {
        "openapi": "3.1.0",
        "paths": {"/a": {"post": operation, "get": {"responses": {"200": body}}}},
        "components": {"schemas": parts},
    }


def doubled(make: Callable[[str], str]) -> str:
    """An OpenAPI document in YAML with anchors: every level has the one below it twice."""
    lines = ["x:", "  n0: &n0 {type: object, properties: {a: {type: string}}}"]
    lines += [f"  n{level}: &n{level} {make(f'*n{level - 1}')}" for level in range(1, LEVELS + 1)]
    lines += [f"{name}: {json.dumps(value)}" for name, value in openapi({"A": "LAST"}).items()]
    return "\n".join(lines).replace('"LAST"', f"*n{LEVELS} ")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (json.dumps(openapi({"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}})), "do not lead in a circle"),
        (
            json.dumps(openapi({"A": {"properties": {n: {"$ref": "#/components/schemas/A"} for n in "ab"}}})),
            "records do not hold themselves",
        ),
        (doubled("{{type: object, properties: {{a: {0}, b: {0} }}}}".format), "expected messages of at most"),
        ('{"a":' * 400_000 + "1" + "}" * 400_000, "at most 500 levels"),
        ("a: &a [*a]", "an OpenAPI document"),
    ],
    ids=["of itself", "holding itself twice", "aliases", "deep", "alias circle"],
)
def test_openapi_documents_that_do_not_end_are_refused(tmp_path: Path, document: str, expected: str) -> None:
    (tmp_path / "a.yaml").write_text(document, encoding="utf-8")
    refused(tmp_path / "a.yaml", expected, "9")


def test_an_openapi_document_put_together_of_the_same_parts_is_read_soon(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(doubled("{{allOf: [{0}, {0} ]}}".format), encoding="utf-8")
    done = here(
        *("contracts", "add", tmp_path / "a.yaml", "--version", "9"),
        env={"LEFI_CONTRACT_STORE": str(tmp_path / "store")},
    )
    assert (done.status, "svar: UNMAPPED (1)" in done.out) == (1, True)


def test_a_zip_that_is_damaged_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "contract.zip"
    with zipfile.ZipFile(source, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(XSD, GOOD[XSD])
    content = bytearray(source.read_bytes())
    content[len(XSD) + 30 : len(XSD) + 400] = b"\xff" * 370
    source.write_bytes(content)
    refused(source, "that can be read")


@pytest.mark.parametrize("content", ["nothing", "an empty folder", "not a zip"])
def test_what_is_no_contract_at_all_is_refused(tmp_path: Path, content: str) -> None:
    source = tmp_path / "contract.zip"
    if content == "an empty folder":
        source.mkdir()
    elif content == "not a zip":
        source.write_bytes(b"PK\x03\x04, or so it says")
    expected = {"nothing": "that can be read", "an empty folder": "files that end in", "not a zip": "one WSDL"}
    refused(source, expected[content])


def test_a_store_that_cannot_be_written_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file", encoding="utf-8")
    with pytest.raises(ContractRefused, match="expected a folder that can be written"):
        here(
            *("contracts", "add", soap(tmp_path, "", "FkPeriod"), "--version", "6"),
            env={"LEFI_CONTRACT_STORE": str(tmp_path / "store")},
        )


def test_files_that_cannot_lie_in_one_folder_leave_nothing_behind(tmp_path: Path) -> None:
    source = tmp_path / "contract.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for name, content in (GOOD | {f"{XSD}/more.xsd": CONTRACTS["no WSDL"][0][XSD]}).items():
            archive.writestr(name, content)
    store = tmp_path / "store"
    with pytest.raises(ContractRefused):
        here("contracts", "add", source, "--version", "6", env={"LEFI_CONTRACT_STORE": str(store)})
    assert not store.exists() or not list(store.iterdir())
