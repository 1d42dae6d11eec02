"""The settings of the envelopes: every problem at once, by place, never with the value."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from gateway.envelopes import Ssbtek, Ssek, SsekHouse
from gateway.settings import ConfigurationError, Settings, load
from gateway.versions import discover
from tests.faults.certificates import to_pkcs12
from tests.service.signed import party

URL = "http://127.0.0.1:1"
SSEK = {"sender_id": "a", "receiver_id": "b"}
SSBTEK = {"organisationsnummer": "162120000142", "namn": "n", "handlaggare": "h", "syfte": "s", "lagtext": "l"}


def problems(given: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as raised:
        load(None, given)
    return {fault.path: fault.expected for fault in raised.value.faults}


def upstream(version: str, **given: Any) -> dict[str, Any]:
    return {"upstreams": {version: {"url": URL, **given}}}


def test_plain_is_what_there_is_without_a_word() -> None:
    settings = load(None, upstream("v7"))
    assert settings.upstreams["v7"].envelope == "plain"
    assert settings.upstreams["v7"].terms() is None
    assert settings.server.ssek == SsekHouse()


def test_a_file_chooses_an_envelope(tmp_path: Path) -> None:
    file = tmp_path / "lefi.toml"
    file.write_text(
        f"""
        [server.ssek]
        id = "165020000000"
        id_type = "ORGNR"
        must_understand = true
        [upstreams.v7]
        url = "{URL}"
        envelope = "ssek"
        [upstreams.v7.ssek]
        sender_id = "Bolaget"
        receiver_id = "Kassan"
        [upstreams.v9]
        url = "{URL}"
        envelope = "ssbtek"
        [upstreams.v9.ssbtek]
        organisationsnummer = "162120000142"
        namn = "Kommunen"
        handlaggare = "gateway"
        syfte = "Bistånd"
        lagtext = "5 §"
        [[upstreams.v9.ssbtek.personuppgiftsbitraden]]
        organisationsnummer = "165566778899"
        namn = "Ombudet"
        """,
        "utf-8",
    )
    settings = load(file)
    assert settings.server.ssek.id == "165020000000"
    assert settings.upstreams["v7"].terms() == Ssek(sender_id="Bolaget", receiver_id="Kassan")
    terms = settings.upstreams["v9"].terms()
    assert isinstance(terms, Ssbtek)
    assert [one.namn for one in terms.personuppgiftsbitraden] == ["Ombudet"]


@pytest.mark.parametrize(
    ("version", "given", "places"),
    [
        ("v7", {"envelope": "ssek"}, {"ssek"}),
        ("v7", {"envelope": "ssbtek", "ssbtek": SSBTEK}, {"envelope"}),
        ("v7", {"envelope": "ssbtek"}, {"envelope", "ssbtek"}),
        ("v9", {"envelope": "ssek", "ssek": SSEK}, {"envelope"}),
        ("v9", {"ssbtek": SSBTEK}, {"ssbtek"}),
        ("v7", {"envelope": "plain", "ssek": SSEK, "ssbtek": SSBTEK}, {"ssek", "ssbtek"}),
        ("v7", {"envelope": "shs"}, {"envelope"}),
        ("v7", {"envelope": ["ssek"]}, {"envelope"}),
    ],
)
def test_envelope_and_section_belong_together(version: str, given: Any, places: set[str]) -> None:
    assert problems(upstream(version, **given)).keys() == {f"upstreams.{version}.{place}" for place in places}


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        ({"sender_id": ""}, {"sender_id"}),
        ({"sender_id": "a" * 513, "receiver_id": " a"}, {"sender_id", "receiver_id"}),
        ({"sender_id": "a\x00b"}, {"sender_id"}),
        ({"sender_type": "EPOST"}, {"sender_type"}),
        ({"sender_type": "ORGNR", "sender_id": "5020000000"}, {"sender_id"}),
        ({"receiver_type": "ORGNR", "receiver_id": "195020000000", "tx_id": "x"}, {"receiver_id", "tx_id"}),
        ({"txid": True}, {"txid"}),
    ],
)
def test_the_ssek_section_names_every_problem(section: Any, wrong: set[str]) -> None:
    found = problems(upstream("v7", envelope="ssek", ssek={**SSEK, **section}))
    assert found.keys() == {f"upstreams.v7.ssek.{place}" for place in wrong}
    assert not any("5020000000" in text or "195020000000" in text for text in found.values())


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        ({"organisationsnummer": "2120000142"}, {"organisationsnummer"}),
        ({"organisationsnummer": "199001019802", "namn": ""}, {"organisationsnummer", "namn"}),
        ({"organisationsnummer": "16212000014\u0662"}, {"organisationsnummer"}),
        ({"arendeidentitet": ""}, {"arendeidentitet"}),
        ({"personuppgiftsbitraden": [{"namn": "x"}]}, {"personuppgiftsbitraden.0.organisationsnummer"}),
        ({"lagtext": "a\x01b"}, {"lagtext"}),
    ],
)
def test_the_ssbtek_section_names_every_problem(section: Any, wrong: set[str]) -> None:
    found = problems(upstream("v9", envelope="ssbtek", ssbtek={**SSBTEK, **section}))
    assert found.keys() == {f"upstreams.v9.ssbtek.{place}" for place in wrong}
    assert not any("199001019802" in text for text in found.values())


def test_what_is_left_out_is_named() -> None:
    found = problems(upstream("v9", envelope="ssbtek", ssbtek={}))
    assert found.keys() == {f"upstreams.v9.ssbtek.{name}" for name in SSBTEK}


def test_who_we_are_is_checked_like_who_others_are() -> None:
    assert problems({"server": {"ssek": {"id_type": "ORGNR", "id": "1"}}}).keys() == {"server.ssek.id"}
    with pytest.raises(ValidationError):
        Settings.model_validate({"server": {"ssek": {"tx_id": "sometimes"}}})


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """Good files of a certificate, and some that are of no use."""
    good, other = party("Testbolaget").files(tmp_path), party("Testkassan").files(tmp_path)
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "utf-8")
    bundle = to_pkcs12(party("Testbolaget", "ECDSA").leaf, tmp_path, "hemligt", BestAvailableEncryption(b"hemligt"))
    return {
        "certificate": good["certificate"],
        "key": good["key"],
        "others key": other["key"],
        "nothing": str(tmp_path / "nothing"),
        "garbage": str(garbage),
        "pkcs12": bundle["pkcs12"],
    }


@pytest.mark.parametrize(
    ("signature", "wrong"),
    [
        ({}, {"": "trusted or ca, or a certificate without verify"}),
        (
            {"certificate": {"certificate": "certificate", "key": "key"}, "verify": "required"},
            {"": "trusted or ca, or"},
        ),
        ({"trusted": "certificate", "verify": "sometimes"}, {".verify": "'required' or 'optional'"}),
        ({"trusted": "certificate", "sign": True}, {".sign": "no such setting"}),
        ({"certificate": {"certificate": "certificate"}}, {".certificate.pem.key": "a value, since it is required"}),
        (
            {"certificate": {"certificate": "nothing", "key": "nothing"}, "trusted": "nothing", "ca": "nothing"},
            dict.fromkeys((".certificate.certificate", ".certificate.key", ".trusted", ".ca"), "a file that can be"),
        ),
        ({"certificate": {"pkcs12": "nothing"}}, {".certificate.pkcs12": "a file that can be read"}),
        ({"certificate": {"pkcs12": "pkcs12", "password": "fel"}}, {".certificate.pkcs12": "a PKCS#12 file and its"}),
        ({"certificate": {"certificate": "key", "key": "key"}}, {".certificate.certificate": "a PEM file with cert"}),
        ({"certificate": {"certificate": "certificate", "key": "garbage"}}, {".certificate.key": "a PEM private key"}),
        ({"certificate": {"certificate": "certificate", "key": "others key"}}, {".certificate.key": "the private key"}),
        ({"trusted": "garbage"}, {".trusted": "a PEM file with certificates"}),
        ({"ca": "key"}, {".ca": "a PEM file with certificates"}),
    ],
    ids=str,
)
def test_what_signatures_need_is_looked_at_before_anything_starts(
    files: dict[str, Any], signature: dict[str, Any], wrong: dict[str, str]
) -> None:
    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: filled(inner) for name, inner in value.items()}
        return files.get(value, value) if isinstance(value, str) else value

    given = filled(signature)
    for place, settings in (
        ("upstreams.v7.ssek.signature", upstream("v7", envelope="ssek", ssek={**SSEK, "signature": given})),
        ("server.ssek.signature", {"server": {"ssek": {"signature": given}}}),
    ):
        found = problems(settings)
        assert found.keys() == {f"{place}{name}" for name in wrong}
        for name, expected in wrong.items():
            assert found[f"{place}{name}"].startswith(expected)
            assert "fel" not in found[f"{place}{name}"]


def test_a_key_that_is_too_small_is_refused(tmp_path: Path) -> None:
    small = rsa.generate_private_key(65537, 1024)  # noqa: S505  that is the point
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Testbolaget")])
    years = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, small.public_key(), x509.random_serial_number(), *years)
    certificate = builder.sign(small, hashes.SHA256())
    (tmp_path / "small.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (tmp_path / "small.key").write_bytes(small.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    own = {"certificate": str(tmp_path / "small.pem"), "key": str(tmp_path / "small.key")}
    found = problems({"server": {"ssek": {"signature": {"certificate": own}}}})
    assert found == {
        "server.ssek.signature.certificate.key": "a key of RSA (2048 bits or more) or EC (256)",
    }


def test_signatures_can_be_what_they_should(files: dict[str, Any]) -> None:
    pem = {"certificate": files["certificate"], "key": files["key"]}
    signature = {"certificate": pem, "trusted": files["certificate"], "ca": files["certificate"], "verify": "optional"}
    load(None, upstream("v7", envelope="ssek", ssek={**SSEK, "signature": signature}))
    bundle = {"pkcs12": str(files["pkcs12"]), "password": "hemligt"}
    settings = load(None, {"server": {"ssek": {"signature": {"certificate": bundle}}}})
    assert "hemligt" not in repr(settings)


def test_the_words_of_the_settings_are_those_of_the_adapters() -> None:
    found = {version: set(adapter.upstreams) for version, adapter in discover().items()}
    assert found == {"v5": {"ssek"}, "v6": {"ssek"}, "v7": {"ssek"}, "v9": {"ssbtek"}}
