"""The contract files of the SOAP versions: what is committed is what the adapters speak, and says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner
from zeep import Client

from gateway.cli import app
from gateway.versions import discover
from tests.conftest import ROOT

WSDL = ROOT / "wsdl"
VERSIONS = {version: one for version, one in discover().items() if one.contract_files()}
NAMES = {"EXAHamtaFormansinformation.wsdl", "EXAHamtaFormansinformation.xsd"}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_committed_is_what_the_adapter_declares(version: str) -> None:
    committed = {file.name: file.read_text("utf-8") for file in (WSDL / version).iterdir()}
    assert committed.keys() == NAMES
    for name, text in VERSIONS[version].contract_files().items():
        assert committed[name] == text, f"wsdl/{version}/{name} is old: run `make contracts`"


def test_there_is_a_folder_for_every_soap_version_and_no_other_file() -> None:
    assert set(VERSIONS) == {"v5", "v6", "v7"}
    assert {path.relative_to(WSDL).as_posix() for path in WSDL.rglob("EXA*")} == {
        f"{version}/{name}" for version in VERSIONS for name in NAMES
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_file_says_that_it_is_a_reconstruction(version: str, name: str) -> None:
    root = etree.parse(WSDL / version / name).getroot()
    said = root.find("{*}documentation") if name.endswith("wsdl") else root.find("{*}annotation/{*}documentation")
    assert said is not None
    assert "reconstructed" in (said.text or "")
    assert version in (said.text or "")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_soap_stack_of_others_loads_the_files_as_they_lie_there(version: str) -> None:
    file = WSDL / version / "EXAHamtaFormansinformation.wsdl"
    client = Client(str(file))  # type: ignore[no-untyped-call]  # zeep has no types
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    operation = port.binding.get("HamtaFormansinformation")
    assert operation.soapaction == ""
    assert operation.style == "document"
    assert set(operation.faults) == {"HamtaFormansinformationFault"}
    assert operation.input.body.qname.namespace == f"http://schema.forsakringskassan.se/exa/lefi/{version[1:]}"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_command_writes_both_files(version: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["wsdl", version, "--output", str(tmp_path / "new")])
    assert done.exit_code == 0
    written = {file.name: file.read_bytes() for file in (tmp_path / "new").iterdir()}
    assert written == {name: (WSDL / version / name).read_bytes() for name in NAMES}


def test_the_command_refuses_a_version_without_such_files(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["wsdl", "v9", "--output", str(tmp_path / "new")])
    assert done.exit_code == 2
    assert not (tmp_path / "new").exists()
