"""Settings: three layers, every problem at once, places and expectations, never a value."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from gateway.errors import Fault
from gateway.settings import ConfigurationError, load, schema
from gateway.twin import certificates
from gateway.versions import discover
from tests.cli.running import here
from tests.conftest import ROOT

KEY = "a" * 64
V9 = '[upstreams.v9]\nurl = "http://127.0.0.1:1/rest"\n'
CONSUMER = f'[[consumers]]\nname = "a"\nkey_sha256 = "{KEY}"\npurposes = ["a"]\ngrounds = ["a"]\n'


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os  # noqa: PLC0415  for its only use

    for name in [name for name in os.environ if name.startswith("LEFI_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "gateway.toml"


def problems(file: Path | None, over: dict[str, object] | None = None) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as raised:
        load(file, over)
    faults: tuple[Fault, ...] = raised.value.faults
    assert len({fault.path for fault in faults}) == len(faults), "a place is named once"
    return {fault.path: fault.expected for fault in faults}


def test_without_anything_there_are_settings() -> None:
    settings = load(None)
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8080)
    assert (settings.upstreams, settings.consumers) == ({}, ())


def test_the_environment_is_over_the_file_and_the_command_line_over_both(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('[server]\nport = 1\nbody_seconds = 2\nmax_concurrent = 3\n[upstreams.v9]\nurl = "http://a"\n')
    monkeypatch.setenv("LEFI_SERVER__BODY_SECONDS", "20")
    monkeypatch.setenv("LEFI_SERVER__MAX_CONCURRENT", "30")
    monkeypatch.setenv("LEFI_UPSTREAMS__V9__AKTORS_ID", "00123")
    settings = load(file, {"server": {"max_concurrent": 300}, "upstreams": {"v9": {"url": "http://b"}}})
    assert (settings.server.port, settings.server.body_seconds, settings.server.max_concurrent) == (1, 20, 300)
    assert settings.upstreams["v9"].url == "http://b"
    assert settings.upstreams["v9"].aktors_id == "00123"


def test_an_address_on_the_command_line_leaves_the_rest_of_an_upstream(file: Path) -> None:
    file.write_text('[upstreams.prod]\nversion = "v9"\nurl = "http://a"\nread_seconds = 7\n')
    prod = load(file, {"upstreams": {"prod": {"url": "http://b"}}}).upstreams["prod"]
    assert (prod.version, prod.url, prod.read_seconds) == ("v9", "http://b", 7)


def test_what_is_shared_needs_a_database_that_can_be_shared_and_no_file_beside(file: Path) -> None:
    text = 'routing = "r.toml"\n[comparison]\nrules = "c.toml"\n[shared]\nrouting = true\nrules = true\n'
    file.write_text(text)
    beside = {
        "routing": "no file, since shared.routing says that the database has it",
        "comparison.rules": "no file, since shared.rules says that the database has it",
    }
    network = "ledger.url with postgresql://…, a database that several machines can share"
    assert problems(file) == beside | {"shared.routing": network, "shared.rules": network}
    file.write_text(f'{text}[ledger]\nurl = "sqlite:///here.db"\n')
    assert problems(file) == beside | {"shared.routing": network, "shared.rules": network}
    file.write_text(f'{text}[ledger]\nurl = "postgresql://127.0.0.1/lefi"\n')
    assert problems(file) == beside
    file.write_text("[shared]\nrouting = true\n")
    done = here("serve", "--port", "0", "--config", file)
    assert (done.status, done.err) == (2, f"configuration: shared.routing: expected {network}\n")
    file.write_text("")
    done = here("routes", "publish", file, "--config", file)
    assert (done.status, "expected shared.routing = true" in done.err) == (2, True)


def test_a_whole_section_can_come_from_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "LEFI_CONSUMERS", json.dumps([{"name": "a", "key_sha256": KEY, "purposes": ["a"], "grounds": ["a"]}])
    )
    assert [consumer.name for consumer in load(None).consumers] == ["a"]
    monkeypatch.setenv("LEFI_CONSUMERS", "hemligt")
    assert problems(None) == {"environment": "JSON in a variable that holds a whole section"}


def test_every_problem_is_told_at_once_and_never_a_value(file: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.p12").write_bytes(b"hemligt")
    file.write_text(
        '[server]\nhost = "192.0.2.77"\nport = "hemligt"\ncolour = "hemligt"\n'
        '[upstreams.v9]\nurl = "ftp://hemlig:hemligt@host"\nca = "/hemligt.pem"\nread_seconds = -1\n'
        f'[upstreams.a]\nurl = "http://a"\nversion = "v12345"\nclient_certificate.pkcs12 = "{tmp_path}/broken.p12"\n'
        '[upstreams.b]\nversion = "v9"\nclient_certificate = { certificate = "/hemligt", password = "hemligt" }\n'
        '[upstreams.c]\nurl = "http://a"\nversion = "v9"\nlonger_periods = ["FK:HEMLIGT"]\n',
        encoding="utf-8",
    )
    found = problems(file)
    assert {
        "server.host": "a loopback address, since no consumer is configured",
        "server.port": "a valid integer",
        "server.colour": "no such setting",
        "upstreams.v9.url": "http:// or https://",
        "upstreams.v9.ca": "a file that can be read",
        "upstreams.a.version": f"a version that is spoken here: {', '.join(discover())}",
        "upstreams.a.client_certificate.pkcs12": "a PKCS#12 file and its password",
        "upstreams.b.url": "a value, since it is required",
        "upstreams.b.client_certificate.pem.key": "a value, since it is required",
        "upstreams.b.client_certificate.certificate": "a file that can be read",
    }.items() <= found.items()
    assert len(found) == 12
    assert "upstreams.v9.read_seconds" in found
    text = json.dumps(found) + here("config", "check", "--config", file).err
    assert not {word for word in ("hemlig", "HEMLIG", "192.0.2.77", "v12345", "broken") if word in text}


def test_the_command_writes_one_line_for_each_problem(file: Path) -> None:
    file.write_text('[server]\nport = 70000\nhost = "0.0.0.0"\n', encoding="utf-8")
    for command in (("config", "check"), ("serve",)):
        done = here(*command, "--config", file)
        assert done.status == 2
        lines = done.err.splitlines()
        assert len(lines) == 2
        assert all(line.startswith("configuration: server.") and ": expected " in line for line in lines)


def test_consumers_are_told_apart(file: Path) -> None:
    file.write_text(CONSUMER * 2 + CONSUMER.replace('"a"', '"b"'), encoding="utf-8")
    assert problems(file) == {
        "consumers.1.name": "a name that no other consumer has",
        "consumers.1.key_sha256": "a key that no other consumer has",
        "consumers.2.key_sha256": "a key that no other consumer has",
    }


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gateway.example.se", "127.0.0.1.example.se"])  # noqa: S104
def test_an_open_door_needs_a_key(file: Path, host: str) -> None:
    file.write_text(f'[server]\nhost = "{host}"\n', encoding="utf-8")
    assert list(problems(file)) == ["server.host"]
    file.write_text(f'[server]\nhost = "{host}"\n{CONSUMER}', encoding="utf-8")
    assert load(file).server.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    assert load(None, {"server": {"host": host}}).server.host == host


def test_a_variable_of_no_section_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEFI_SERVR__PORT", "1")
    monkeypatch.setenv("LEFI_KEY", "for another command")
    assert list(problems(None)) == ["LEFI_SERVR__PORT"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"a = ", "TOML in UTF-8"), (b"\xff", "TOML in UTF-8"), (b"a = " + b"[" * 5000, "TOML in UTF-8")],
)
def test_a_file_that_is_no_toml(file: Path, content: bytes, expected: str) -> None:
    file.write_bytes(content)
    assert problems(file) == {str(file): expected}


def test_a_file_that_is_not_there(file: Path) -> None:
    assert problems(file) == {str(file): "a file that can be read"}


@pytest.mark.parametrize(
    "content",
    [
        *("server = 1", "upstreams = 1", "consumers = 1", "upstreams = { v9 = 1 }", "consumers = [1]", "self = 1"),
        *(f"[upstreams.v9]\n{line}" for line in ("url = 1\nca = 1", "client_certificate = 1", "version = []")),
    ],
)
def test_sections_of_the_wrong_kind_are_problems(file: Path, content: str) -> None:
    file.write_text(content, encoding="utf-8")
    assert problems(file)


def test_certificates_are_opened(file: Path, tmp_path: Path) -> None:
    files = certificates.make(tmp_path / "c", "127.0.0.1")
    good = f'{{ certificate = "{files.client_certificate}", key = "{files.client_key}" }}'
    file.write_text(f'{V9}ca = "{files.ca}"\nclient_certificate = {good}\n', encoding="utf-8")
    assert load(file).upstreams["v9"].ca == files.ca
    file.write_text(f'{V9}ca = "{files.client_key}"\n', encoding="utf-8")
    assert problems(file) == {"upstreams.v9.ca": "a readable PEM file with CA certificates"}


def test_the_published_schema_is_the_one_of_now() -> None:
    published = (ROOT / "docs" / "settings.schema.json").read_text(encoding="utf-8")
    assert here("config", "schema").out == published, "run `make contracts`"
    assert json.loads(published) == schema()


def test_the_schema_takes_what_the_settings_take_and_describes_everything(tmp_path: Path) -> None:
    validator = jsonschema_rs.validator_for(schema())
    assert validator.is_valid({"server": {"port": 0}, "upstreams": {"v9": {"url": "http://a"}}})
    assert not validator.is_valid({"server": {"port": -1}})
    assert not validator.is_valid({"servers": {}})
    parts = {"": schema()} | schema()["$defs"]
    without = {
        f"{part}.{name}"
        for part, each in parts.items()
        for name, field in each["properties"].items()
        if not field.get("description") and "$ref" not in field
    }
    assert without == set()
    assert here("config", "schema", "--output", tmp_path / "a" / "s.json").status == 0
    assert json.loads((tmp_path / "a" / "s.json").read_bytes()) == schema()


def test_nothing_secret_shows_in_a_repr(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    files = certificates.make(tmp_path / "c", "127.0.0.1")
    monkeypatch.setenv("LEFI_UPSTREAMS__V9__CLIENT_CERTIFICATE__PASSWORD", "hemligt")
    certificate = f'{{ certificate = "{files.client_certificate}", key = "{files.client_key}" }}'
    file.write_text(f"{V9}client_certificate = {certificate}\n{CONSUMER}", encoding="utf-8")
    settings = load(file)
    assert "hemligt" not in repr(settings)
    assert KEY not in repr(settings)
