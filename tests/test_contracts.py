"""What differs between an installed contract and ours besides names: lists, types, what is gone; installing anew."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from gateway.contracts.files import ContractRefused
from gateway.versions import discover
from gateway.wire import WireResponse
from tests.cli.running import here
from tests.test_contract_refusals import GOOD, WSDL, XSD
from tests.test_contract_use import (
    SVAR,
    XML,
    Install,
    changed,
    install,
    roles,
    there_and_back,
    version_4,
)
from tests.twin.running import TODAY

__all__ = ["install"]


def store() -> dict[str, str]:
    return {"LEFI_CONTRACT_STORE": os.environ["LEFI_CONTRACT_STORE"], "COLUMNS": "300"}


def test_where_the_contract_has_no_list_one_is_carried_and_the_rest_noted(install: Install) -> None:
    (line,) = re.findall(r'<xs:element name="utbetalningsuppgift"[^>]*>', GOOD[XSD])
    done = install(changed(line, line.replace(' maxOccurs="unbounded"', "")), "v6")
    assert done.status == 0, done.out
    assert "utbetalningsuppgift: no list; ours is one" in done.out
    _, lost, read = there_and_back()
    assert (lost, read.tree["utbetalningar"]) == ((), SVAR["utbetalningar"])
    twice = {**SVAR, "utbetalningar": SVAR["utbetalningar"] * 2}
    _, face = roles(discover()["v6"])
    response, lost = face.render_answer(twice)
    assert response.body.count(b"2025-03-25") == 1
    assert len(lost) == 1


def test_a_list_where_ours_is_none_is_read_as_one(install: Install) -> None:
    line = re.findall(r'<xs:element name="datum"[^>]*>', GOOD[XSD])[0]
    done = install(changed(line, line.replace(">", ' maxOccurs="unbounded">')), "v6")
    assert done.status == 0, done.out
    assert "datum: a list; ours is none" in done.out
    _, lost, read = there_and_back()
    assert (lost, read.notes, read.tree["utbetalningar"]) == ((), (), SVAR["utbetalningar"])


def test_a_number_where_ours_is_text_keeps_its_digits(install: Install) -> None:
    start = GOOD[XSD].index('<xs:complexType name="FkBelopp">')
    amount = GOOD[XSD][start : GOOD[XSD].index("</xs:complexType>", start)]
    (line,) = re.findall(r'<xs:element name="valuta"[^>]*>', amount)
    number = re.sub(r'type="[^"]*"', 'type="xs:decimal"', line)
    done = install(changed(amount, amount.replace(line, number)), "v6")
    assert "valuta: number; ours is string" in done.out
    upstream, face = roles(discover()["v6"])
    payment = SVAR["utbetalningar"][0]
    told = {**SVAR, "utbetalningar": [{**payment, "skattebelopp": {"summa": 12, "valuta": "752.50"}}]}
    body = face.render_answer(told)[0].body
    read = upstream.parse_answer(WireResponse(200, XML, body), TODAY)
    assert read.tree["utbetalningar"][0]["skattebelopp"]["valuta"] == "752.50"


def test_what_the_contract_has_not_is_listed_as_gone_and_noted_when_it_is_written(install: Install) -> None:
    line = re.findall(r'<xs:element name="skattebelopp".*?</xs:element>', GOOD[XSD], re.DOTALL)[0]
    done = install(changed(line, ""), "v6")
    assert done.status == 0, done.out
    assert "svar: gone, v6 has it and the contract has not" in done.out
    body, lost, _ = there_and_back()
    assert b"skattebelopp" not in body
    assert any("skattebelopp" in note.path for note in lost)


def test_another_install_takes_the_place_of_the_first_and_a_refused_one_does_not(install: Install) -> None:
    types = changed("<xs:complexType", "<!-- once more --><xs:complexType")
    assert install({**types, "more.xsd": GOOD[XSD].split("<xs:element")[0] + "</xs:schema>"}, "v6").status in (0, 1)
    first = here("contracts", "list", env=store()).out
    with pytest.raises(ContractRefused):
        install({WSDL: "<html/>"}, "v6")
    assert here("contracts", "list", env=store()).out == first
    assert install(GOOD, "v6").status == 0
    assert here("contracts", "list", env=store()).out != first
    assert [path.name for path in Path(store()["LEFI_CONTRACT_STORE"]).iterdir()] == ["v6"]


def test_an_added_version_is_listed_as_official(install: Install) -> None:
    assert install(version_4(), "v4", 'like = "v5"\n').status == 0
    lines = here("versions", env=store()).out.splitlines()
    assert next(line for line in lines if "v4" in line.split()[:1]).split()[1:].count("official") == 1


def test_versions_of_two_protocols_are_compared() -> None:
    done = here("contracts", "diff", "v7", "v9")
    assert done.status == 1
    assert "only v9 has the field" in done.out
