"""The count of what a version carries, and that of version 9 against the agency's own file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR

from gateway.completeness import carried, contract_leaves, held
from gateway.contract import Bare, Dialect, Gone, Ignored, Row
from gateway.documents import of_adapter
from gateway.table import Compiler
from gateway.versions import discover
from schemas.arende import Ersattningsdag
from schemas.bas import Belopp
from tests.cli.running import here
from tests.conftest import ROOT


def document(**fields: object) -> dict[str, object]:
    """A contract whose answer has these fields."""

    def message(schema: object) -> object:
        return {"content": {"application/json": {"schema": schema}}}

    answer = {"type": "object", "properties": fields}
    empty = {"type": "object", "properties": {}}
    post = {
        "requestBody": message(empty),
        "responses": {"200": message({"$ref": "#/components/schemas/A"}), "400": message(empty)},
    }
    get = {"responses": {"200": message(empty)}}
    return {"paths": {"/a": {"post": post}, "/b": {"get": get}}, "components": {"schemas": {"A": answer}}}


TEXT = {"type": "string"}
DAY = Compiler(
    Dialect(
        "",
        shapes={Belopp: Bare(Belopp, Row("summa"))},
        records={Ersattningsdag: (Row("dag", "datum"), Ignored("x", "of no use"))},
    )
).record(Ersattningsdag)


def test_leaves_of_a_contract() -> None:
    schema = {
        "type": "array",
        "items": {"allOf": [{"properties": {"b": TEXT}}, {"properties": {"c": {"type": "array", "items": TEXT}}}]},
    }
    assert contract_leaves(document(a=schema, d=TEXT))["svar"] == {"a[].b", "a[].c[]", "d"}


def test_what_is_mapped_ignored_unmapped_and_too_much() -> None:
    contract = document(datum=TEXT, x={"type": "object", "properties": {"y": TEXT, "z": TEXT}}, nytt=TEXT)
    (one,) = held({"svar": DAY}, contract)
    assert one.mapped == {"datum"}
    assert one.ignored == {"x.y": "of no use", "x.z": "of no use"}
    assert one.unmapped == ("nytt",)
    assert one.surplus == ("belopp",)
    assert not one.complete


def test_a_table_that_is_complete() -> None:
    (one,) = held({"svar": DAY}, document(datum=TEXT, belopp={"type": "number"}, x=TEXT))
    assert one.complete


def test_facts_that_are_gone() -> None:
    gone = Compiler(Dialect("", records={Ersattningsdag: (Gone("belopp", "not stated"),)})).record(Ersattningsdag)
    assert [(fact.record, fact.fact, fact.reason) for fact in carried({"svar": gone})[0].gone] == [
        ("Ersattningsdag", "belopp", "not stated")
    ]
    assert [(fact.record, fact.fact) for fact in carried({"svar": DAY})[0].gone] == [("Belopp", "valuta")]


@pytest.mark.parametrize("wrong", [{}, [], {"paths": []}, {"paths": {"/a": {"post": {}}}}])
def test_what_is_no_contract_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="expected an OpenAPI document"):
        contract_leaves(wrong)  # type: ignore[arg-type]


def test_a_schema_that_holds_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="do not hold themselves"):
        contract_leaves(document(a={"$ref": "#/components/schemas/A"}))


def test_every_leaf_of_the_agencys_own_file_has_a_place(official: Path) -> None:
    for one in held(discover()["v9"].tables, yaml.load(official.read_bytes(), Loader=yaml.CSafeLoader)):
        assert one.unmapped == (), one.noun
        assert one.surplus == (), one.noun
        assert len(one.ignored) <= 0.01 * len(one.contract)


def test_the_command_counts_against_the_official_file(official: Path) -> None:
    done = here("versions", "v9", "--contract", official)
    assert done.status == 0
    (total,) = (line.split() for line in done.out.splitlines() if line.startswith("all "))
    leaves, mapped, ignored, unmapped, surplus, gone = map(int, total[1:])
    assert leaves == mapped + ignored > 1000
    assert (unmapped, surplus) == (0, 0)
    listed = here("versions", "v9", "--contract", official, "--all").out
    assert listed.count("gone      ") == gone > 0


def test_the_command_ends_with_1_when_something_is_unmapped(tmp_path: Path) -> None:
    contract = of_adapter(discover()["v9"])
    contract["components"]["schemas"]["fel"]["properties"]["nytt"] = TEXT
    (tmp_path / "more.json").write_text(json.dumps(contract), encoding="utf-8")
    done = here("versions", "v9", "--contract", tmp_path / "more.json")
    assert done.status == 1
    assert "UNMAPPED  fel nytt" in done.out
    del contract["components"]["schemas"]["fel"]["properties"]["nytt"]
    del contract["components"]["schemas"]["fel"]["properties"]["timestamp"]
    (tmp_path / "less.json").write_text(json.dumps(contract), encoding="utf-8")
    done = here("versions", "v9", "--contract", tmp_path / "less.json")
    assert done.status == 1
    assert "NOT IN CONTRACT  fel timestamp" in done.out


def test_the_command_without_the_official_file(tmp_path: Path) -> None:
    done = here("versions", "v9", env={"LEFI_CONTRACTS": str(tmp_path)})
    assert done.status == 0
    assert "is not installed" in done.out
    assert "unmapped" not in done.out


@pytest.mark.parametrize("text", ["[", "a: [", "just text", "{}"])
def test_a_file_that_is_no_contract_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "wrong.yaml").write_text(text, encoding="utf-8")
    assert here("versions", "v9", "--contract", tmp_path / "wrong.yaml").status == 2
    assert here("versions", "v9", "--contract", tmp_path / "missing.yaml").status == 2
    assert here("versions", "v99").status == 2


def test_versions_are_listed() -> None:
    done = here("versions")
    assert "asks and answers" in done.out
    assert "official" in done.out


OWN = ROOT / "schemas" / "v9" / "openapi.json"


def test_our_own_document_is_the_one_that_is_rendered_now() -> None:
    assert here("openapi", "v9").out == OWN.read_text(encoding="utf-8"), "run `make contracts`"


def test_our_own_document_is_valid_openapi() -> None:
    own = json.loads(OWN.read_bytes())
    assert [error.message for error in OPENAPI_30_VALIDATOR.iter_errors(own)] == []
    names = own["components"]["schemas"].keys()
    used = set(_references(own))
    assert used <= names
    assert names - used == set()


def test_our_own_document_describes_everything() -> None:
    own = json.loads(OWN.read_bytes())
    assert _undescribed(own["components"]["schemas"]) == []


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"].rpartition("/")[2]] if isinstance(node.get("$ref"), str) else []
        return own + [name for inner in node.values() for name in _references(inner)]
    return [name for inner in node for name in _references(inner)] if isinstance(node, list) else []


def _undescribed(schemas: dict[str, dict[str, object]], path: str = "") -> list[str]:
    found = []
    for name, schema in schemas.items():
        if not schema.get("description"):
            found.append(f"{path}{name}")
        inner = schema.get("properties")
        if isinstance(inner, dict):
            found += _undescribed(inner, f"{path}{name}.")
    return found


def test_our_own_document_says_the_same_leaves_as_the_agencys(official: Path) -> None:
    theirs = contract_leaves(yaml.load(official.read_bytes(), Loader=yaml.CSafeLoader))
    assert contract_leaves(json.loads(OWN.read_bytes())) == theirs
