"""The settings of the envelopes: every problem at once, by place, never with the value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.envelopes import Ssbtek, Ssek, SsekHouse
from gateway.settings import ConfigurationError, Settings, load
from gateway.versions import discover

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


def test_the_words_of_the_settings_are_those_of_the_adapters() -> None:
    found = {version: set(adapter.upstreams) for version, adapter in discover().items()}
    assert found == {"v5": {"ssek"}, "v6": {"ssek"}, "v7": {"ssek"}, "v9": {"ssbtek"}}
