"""Law 1 on version 9: what the contract can say comes back unchanged, and so does what the vocabulary can.

Documents are generated from the agency's own contract where it is installed, else from the project's own, and every
one is checked by a validator that is not ours. Failures show JSON pointers, never values.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache, partial
from typing import Any

import pytest

from gateway.jsonio import decode, encode
from gateway.notes import OKAND_KOD, Reading, Writing
from gateway.parse import Parser, parser
from gateway.render import renderer
from gateway.table import Table
from gateway.versions import Adapter, discover
from gateway.wire import WireResponse
from gateway.writers import Renderer
from schemas.bas import Modell
from schemas.svar import Felsvar, Fraga, Svar, TillgangligaInformationstyper
from tests.contracts.canonical import canonical, new_codes
from tests.contracts.compare import differences, normal, read, same, where
from tests.contracts.documents import best, leaves, official, own
from tests.contracts.generate import DENSITIES, as_checked, wild

TODAY = date(2025, 6, 1)
PARTS, ANSWERS, OTHERS = 14, 50, 30  # 3 densities x 14 parts x 50 answers = 2,100; 3 x 3 parts x 30 = 270 of others
MODELS: dict[str, type[Modell]] = {
    "fraga": Fraga,
    "svar": Svar,
    "tillgangligaInformationstyper": TillgangligaInformationstyper,
    "fel": Felsvar,
}
STRICT = ("fraga",)


def adapter() -> Adapter:
    return discover()["v9"]


@cache
def both_ways(noun: str) -> tuple[Parser, Renderer]:
    table: Table = adapter().tables[noun]
    return parser(table), renderer(table)


def parse(noun: str, body: bytes) -> tuple[Any, Reading]:
    reading = Reading(TODAY)
    return both_ways(noun)[0](decode(body), None, reading), reading


def render(noun: str, tree: Any, *, restore: bool = False) -> tuple[bytes, Writing]:
    writing = Writing(restore=restore)
    return encode(both_ways(noun)[1](tree, None, writing)), writing


def problem(check: Callable[[], object]) -> str:
    """What a check raises, named without its text, which could hold a value."""
    try:
        check()
    except Exception as error:  # noqa: BLE001  any kind is a finding
        return type(error).__name__
    return ""


def wire_faults(noun: str, body: bytes) -> list[str]:
    """What is wrong with how a valid message is read and written again."""
    tree, reading = parse(noun, body)
    back, writing = render(noun, tree, restore=True)
    faults = where(read(body), read(back))
    faults += [f"lost {note.path}" for note in writing.notes]
    if noun in STRICT:
        faults += [f"noted {note.path}" for note in reading.notes]
    # The contract allows a question that asks for nothing; the vocabulary does not, and it is refused elsewhere.
    empty = noun == "fraga" and "informationstyper" not in tree
    if not empty and (invalid := problem(lambda: MODELS[noun].model_validate(tree))):
        faults.append(f"the tree is not what the vocabulary says: {invalid}")
    return faults


def check_wire(noun: str, density: str, seeds: range) -> None:
    contract = best()
    for seed in seeds:
        body = wild(contract, noun, seed, density)
        valid = contract.is_valid(noun, as_checked(body))
        assert valid, f"the generator is wrong at {noun} {density} {seed}"
        assert wire_faults(noun, body) == [], f"{contract.name} {noun} {density} {seed}"


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_valid_answer_comes_back(part: int, density: str) -> None:
    check_wire("svar", density, range(part * ANSWERS, (part + 1) * ANSWERS))


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("noun", [noun for noun in MODELS if noun != "svar"])
def test_every_valid_message_of_the_other_kinds_comes_back(noun: str, part: int, density: str) -> None:
    check_wire(noun, density, range(part * OTHERS, (part + 1) * OTHERS))


def check_canonical(noun: str, density: str, seeds: range) -> None:
    table = adapter().tables[noun]
    for seed in seeds:
        where_it_is = f"{noun} {density} {seed}"
        tree = canonical(table, where_it_is, DENSITIES[density], TODAY)
        if noun != "fraga" or "informationstyper" in tree:
            assert problem(partial(MODELS[noun].model_validate, tree)) == "", where_it_is
        body, writing = render(noun, tree)
        assert [note.path for note in writing.notes] == [], where_it_is
        back, reading = parse(noun, body)
        assert [note.path for note in reading.notes if note.kind != OKAND_KOD] == [], where_it_is
        assert len(reading.notes) == new_codes(tree, table.grouped), where_it_is
        # Nothing is unordered here: both sides are in normal form.
        assert sorted(differences(normal(tree, ("",)), normal(back, ("",)))) == [], where_it_is
        wire = as_checked(body)
        for contract in (own(), official()):
            # A code that is not published is allowed to pass through, and is not valid.
            valid = contract is None or contract.is_valid(noun, wire) or bool(reading.notes)
            assert valid, where_it_is


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("part", range(PARTS))
def test_every_canonical_answer_comes_back(part: int, density: str) -> None:
    check_canonical("svar", density, range(part * ANSWERS, (part + 1) * ANSWERS))


@pytest.mark.parametrize("density", DENSITIES)
@pytest.mark.parametrize("noun", [noun for noun in MODELS if noun != "svar"])
def test_every_canonical_tree_of_the_other_kinds_comes_back(noun: str, density: str) -> None:
    check_canonical(noun, density, range(OTHERS * 3))


def test_the_canonical_answers_hold_every_fact_that_the_version_has() -> None:
    """What the law is tried on: a document with everything in it has every leaf of the contract."""
    tree = canonical(adapter().tables["svar"], "everything", 1.0, TODAY)
    wire = json.loads(render("svar", tree)[0])

    def found(value: Any, path: str = "") -> set[str]:
        if isinstance(value, dict):
            return set().union(*(found(inner, f"{path}.{key}" if path else key) for key, inner in value.items()))
        if isinstance(value, list):
            return set().union(*(found(inner, path + "[]") for inner in value))
        return {path}

    assert {path for path, _ in leaves(own().node("svar"))} - found(wire) == set()


@pytest.mark.parametrize("density", DENSITIES)
def test_the_adapter_does_the_same_through_its_own_door(density: str) -> None:
    upstream, face = adapter().upstream, adapter().face
    assert upstream is not None
    assert face is not None
    for seed in range(20):
        body = wild(best(), "svar", seed, density)
        parsed = upstream.parse_answer(WireResponse(200, {"content-type": "application/json"}, body), TODAY)
        response, notes = face.render_answer({**parsed.tree, "kalla": {"version": "v9"}})
        assert notes == ()
        assert where(read(body), read(response.body)) == []


@pytest.mark.parametrize(
    "number", ["100.50", "0.10", "-0.00", "1E+3", "1E-7", "5", "18446744073709551616", "0.1000000000000000055511151231"]
)
def test_a_number_keeps_its_digits_in_bytes(number: str) -> None:
    body = f'{{"formansinformation":{{"underhallsskuld":[{{"belopp":{{"summa":{number}}}}}]}}}}'.encode()
    assert decode(encode(decode(body))) == decode(body)
    assert number.encode() in encode(decode(body))
    tree, _ = parse("svar", body)
    assert Decimal(tree["ovrigt"]["underhallsskulder"][0]["belopp"]["summa"]).as_tuple() == Decimal(number).as_tuple()
    assert render("svar", tree)[0] == body


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1.0}', '{"a": 1.00}', False),
        ('{"a": 1}', '{"a": true}', False),
        ('{"a": "1"}', '{"a": 1}', False),
        ('{"a": {"b": []}}', "{}", True),
        ('{"a": [{}]}', "{}", False),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', False),
        ('{"beslut": [{"id": "1"}, {}]}', '{"beslut": [{}, {"id": "1"}]}', True),
        ('{"beslut": [{}, {}]}', '{"beslut": [{}]}', False),
        ('{"a": null}', "{}", False),
    ],
)
def test_the_comparison_sees_what_it_should(one: str, other: str, equal: bool) -> None:
    assert same(read(one.encode()), read(other.encode())) is equal


def test_it_is_said_what_the_documents_were_made_from(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        if official() is None:
            print("\nround trip: the agency's contract is not installed; documents come from the project's own")  # noqa: T201
