"""The reconstructed contract: written from the declarations, marked as what it is, with version 9's nouns inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR

from gateway import versions
from gateway.asynkron import roles
from gateway.errors import InvalidRequest
from gateway.jsonio import decode, encode
from gateway.schema import leaves
from gateway.twin import faults
from gateway.twin.deliveries import FAULTS
from gateway.twin.source import State, answer
from gateway.wire import WireRequest, WireResponse
from schemas.bestallning import (
    Bestallning,
    Bestallningskvittens,
    Bestallningsstatus,
    Leverans,
    Leveransrad,
)
from schemas.koder import KLASSENS_TYPER
from tests.asynkron.running import ORDINARY, PEOPLE, fraga, questions
from tests.cli.running import here
from tests.conftest import ROOT
from tests.contracts.documents import Contract

FILE = ROOT / "schemas" / "asynkron10" / "openapi.json"
DOCUMENT = json.loads(FILE.read_bytes())
ORDERS = roles.discover()["asynkron10"]
V9 = versions.discover()["v9"]
CONTRACT = Contract("asynkron10", DOCUMENT, {noun: {"$ref": f"#/components/schemas/{noun}"} for noun in ORDERS.tables})
TODAY = date(2026, 6, 30)
EVERYTHING = [(klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types]
FRAME = {"bestallningsId": "B1", "referens": "ref"}
PACKAGE = {"leveransId": "B1-1", "lopnummer": 1, "antalRader": 2, "sista": True}


def test_the_document_is_the_one_that_is_rendered_now() -> None:
    assert here("openapi", "asynkron10").out == FILE.read_text(encoding="utf-8"), "run `make contracts`"
    assert f"lefi openapi asynkron10 --output {FILE.relative_to(ROOT)}" in (ROOT / "Makefile").read_text("utf-8")


def test_the_document_is_valid_and_describes_everything_in_it() -> None:
    assert [error.message for error in OPENAPI_30_VALIDATOR.iter_errors(DOCUMENT)] == []
    schemas = DOCUMENT["components"]["schemas"]
    used = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert used == schemas.keys()
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_whoever_meets_the_contract_is_told_first_that_it_is_reconstructed() -> None:
    info = DOCUMENT["info"]
    assert info["description"].startswith("RECONSTRUCTED")
    assert "reconstructed" in info["title"]
    assert info["x-kontrakt"] == ORDERS.upstream.contract == "rekonstruerat"
    assert all(text in info["description"] for text in ORDERS.assumptions.values())
    document = (ROOT / "docs" / "asynkron.md").read_text("utf-8")
    assert "reconstructed" in document.split("\n\n")[1]
    plain = " ".join(document.split())
    assert [about for about, text in ORDERS.assumptions.items() if f"| {about} | {text} |" not in plain] == []
    assert re.findall(r"^\| ([a-z -]+) \| [A-Z]", document.split("## The faults")[0], re.MULTILINE) == [
        *ORDERS.assumptions
    ]


def test_every_fault_of_the_twin_is_documented() -> None:
    lines = (ROOT / "docs" / "asynkron.md").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("| `")] == [
        f"| `{fault}` | {effect} |" for fault, effect in FAULTS.items()
    ]


def test_the_question_and_the_answer_are_version_9s() -> None:
    ours = {noun: leaves(table) for noun, table in ORDERS.tables.items()}

    def below(noun: str, prefix: str) -> dict[str, Any]:
        found = ours[noun].items()
        return {leaf.removeprefix(prefix): schema for leaf, schema in found if leaf.startswith(prefix)}

    assert below("bestallning", "rader[].fraga.") == leaves(V9.tables["fraga"])
    assert below("leveransrad", "svar.") == leaves(V9.tables["svar"])
    assert below("leveransrad", "fel.") == leaves(V9.tables["fel"]) == ours["fel"]


def test_an_adapter_of_orders_is_never_asked_a_single_question() -> None:
    assert "asynkron10" not in versions.discover()
    assert not roles.discover().keys() & versions.discover().keys()


@pytest.mark.parametrize("twice", [True, False])
def test_what_has_neither_role_or_the_same_version_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch, twice: bool
) -> None:
    modules = [SimpleNamespace(ORDERS=ORDERS)] * 2 if twice else [SimpleNamespace()]
    monkeypatch.setattr(versions, "packages", lambda: modules)
    monkeypatch.setattr(roles, "packages", lambda: modules)
    with pytest.raises(TypeError if twice else AttributeError):
        (roles.discover if twice else versions.built_in).__wrapped__()


def _rows() -> Iterator[dict[str, Any]]:
    """The answer about every person of the twin, with everything asked."""
    for one in PEOPLE.values():
        asked = fraga(one.personnummer, EVERYTHING)
        svar = faults.spoiled(answer(one, asked, faults.state_of(one, State())), one.fault, PEOPLE, asked)
        yield {"radId": "r", "personnummer": one.personnummer, "svar": svar}
    yield {"radId": "r", "personnummer": ORDINARY[0], "fel": {"meddelande": "nere"}}
    yield {"radId": "r", "personnummer": ORDINARY[0], "kortform": True, "svar": {}}


def test_every_row_is_valid_and_comes_back_as_it_was() -> None:
    seen = 0
    for rad in _rows():
        line = ORDERS.face.render_row(rad)
        assert line.count(b"\n") == 1
        assert line.endswith(b"\n")
        parsed = ORDERS.upstream.parse_row(line, TODAY)
        assert parsed is not None
        seen += 1
        if "okant" not in encode(rad).decode():
            Leveransrad.model_validate(parsed.tree)
            assert encode(_sorted(parsed.tree)) == encode(_sorted(rad))
            assert parsed.notes == () or {note.kind for note in parsed.notes} == {"okand_kod"}
            assert parsed.notes or CONTRACT.is_valid("leveransrad", json.loads(line))
    assert seen == len(PEOPLE) + 2


def _sorted(tree: Any) -> Any:
    """A tree in which neither the order of keys nor that of a list says anything, and an empty list is absent."""
    if isinstance(tree, dict):
        return {key: _sorted(value) for key, value in sorted(tree.items()) if value != []}
    return sorted(map(_sorted, tree), key=encode) if isinstance(tree, list) else tree


def test_every_message_of_the_frame_is_valid_and_comes_back_as_it_was() -> None:
    rows = [{"radId": row, "fraga": asked} for row, asked in questions(5).items()]
    bestallning = {"referens": "ref", "leveranssatt": "HAMTAS", "rader": rows}
    request = ORDERS.upstream.render_order(bestallning, "aktor")
    assert CONTRACT.is_valid("bestallning", json.loads(request.body))
    assert ORDERS.face.parse_order(request, TODAY) == bestallning
    Bestallning.model_validate(bestallning)

    kvittens = {**FRAME, "mottogs": "2026-06-30T10:00:00Z", "antalRader": 5}
    Bestallningskvittens.model_validate(kvittens)
    for again in (True, False):
        taken = ORDERS.face.render_acknowledgement(kvittens, again=again)
        assert CONTRACT.is_valid("bestallningskvittens", json.loads(taken.body))
        assert ORDERS.upstream.parse_acknowledgement(taken, TODAY).tree == kvittens

    status = {**FRAME, "lage": "PAGAR", "leveranser": [PACKAGE]}
    Bestallningsstatus.model_validate(status)
    said = ORDERS.face.render_status(status)
    assert CONTRACT.is_valid("bestallningsstatus", json.loads(said.body))
    parsed = ORDERS.upstream.parse_status(said, TODAY)
    assert parsed is not None
    assert parsed.tree == status

    head = {**FRAME, **PACKAGE}
    Leverans.model_validate(head)
    line = ORDERS.face.render_head(head)
    assert CONTRACT.is_valid("leverans", json.loads(line))
    parsed = ORDERS.upstream.parse_head(line, TODAY)
    assert parsed is not None
    assert parsed.tree == head

    receipt = ORDERS.upstream.render_delivery_receipt("B1-1", 2)
    assert CONTRACT.is_valid("leveranskvittens", json.loads(receipt.body))


BAD_ORDERS: dict[str, dict[str, Any]] = {
    "no reference": {"bestallningsreferens": None},
    "an unknown field": {"brattom": True},
    "an unknown way": {"leveranssatt": "FAX"},
    "no rows": {"rader": []},
    "a row without an id": {"rader": [{"fraga": {}}]},
    "a row without a question": {"rader": [{"radId": "1"}]},
    "a question without a person": {"rader": [{"radId": "1", "fraga": {"period": {}}}]},
}


@pytest.mark.parametrize("what", BAD_ORDERS)
def test_an_order_is_read_strictly(what: str) -> None:
    rows = [{"radId": "r1", "fraga": fraga(ORDINARY[0])}]
    order = {"referens": "ref", "leveranssatt": "HAMTAS", "rader": rows}
    good = ORDERS.upstream.render_order(order, "aktor")
    changed = {name: value for name, value in {**decode(good.body), **BAD_ORDERS[what]}.items() if value is not None}
    with pytest.raises(InvalidRequest) as refused:
        ORDERS.face.parse_order(WireRequest("POST", good.path, good.headers, encode(changed)), TODAY)
    assert refused.value.faults
    assert not CONTRACT.is_valid("bestallning", json.loads(encode(changed))) or what == "an unknown field"


def test_an_unknown_status_is_passed_on_and_noted() -> None:
    body = {"bestallningsId": "B1", "bestallningsreferens": "ref", "status": "NYTT"}
    response = WireResponse(200, {"content-type": "application/json"}, encode(body))
    parsed = ORDERS.upstream.parse_status(response, TODAY)
    assert parsed is not None
    assert parsed.tree["lage"] == "NYTT"
    assert [note.kind for note in parsed.notes] == ["okand_kod"]
