"""OpenAPI documents as data: the agency's own where it is installed, the project's own always.

Nothing in here knows the adapters' tables, so that tests can decide by the contract what an adapter has to say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

from gateway.schema import components
from gateway.versions import discover
from tests.conftest import ROOT, official_contract

Schema = dict[str, Any]
NOUNS = ("fraga", "svar", "tillgangligaInformationstyper", "fel")
OWN = ROOT / "schemas" / "v9" / "openapi.json"


@dataclass(slots=True)
class Node:
    """One schema with its references followed; `fields` is filled after it is made, since schemas may refer back."""

    kind: str
    fields: dict[str, Node] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    items: Node | None = None
    least: int = 0
    most: int | None = None
    unique: bool = False
    codes: tuple[Any, ...] = ()
    pattern: str = ""
    format: str = ""
    minimum: float | None = None
    maximum: float | None = None

    @property
    def item(self) -> Node:
        """What a list holds."""
        assert self.items is not None
        return self.items


class Contract:
    """One OpenAPI 3.0 document: the schemas of the four nouns, and validators for them."""

    def __init__(self, name: str, document: Schema, roots: dict[str, Schema]) -> None:
        self.name = name
        self.document = document
        self._roots = roots
        self._nodes: dict[str, Node] = {}
        self._validators: dict[str, Any] = {}

    def node(self, noun: str) -> Node:
        """The schema of a noun."""
        return self._node(self._roots[noun])

    def is_valid(self, noun: str, value: Any) -> bool:
        """Whether a value is valid; OpenAPI 3.0 is draft 4 but for words that neither document uses."""
        if noun not in self._validators:
            schema = {**self._roots[noun], "components": self.document["components"]}
            self._validators[noun] = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
        return bool(self._validators[noun].is_valid(value))

    def _node(self, schema: Schema) -> Node:
        reference = schema.get("$ref")
        if reference is not None and reference in self._nodes:
            return self._nodes[reference]
        flat = self._flat(schema)
        made = Node(
            kind="object" if "properties" in flat else flat["type"],
            required=frozenset(flat.get("required", ())),
            least=flat.get("minItems", 0),
            most=flat.get("maxItems"),
            unique=flat.get("uniqueItems", False),
            codes=tuple(flat.get("enum", ())),
            pattern=flat.get("pattern", ""),
            format=flat.get("format", ""),
            minimum=flat.get("minimum"),
            maximum=flat.get("maximum"),
        )
        if reference is not None:
            self._nodes[reference] = made
        made.fields = {name: self._node(inner) for name, inner in flat.get("properties", {}).items()}
        made.items = self._node(flat["items"]) if "items" in flat else None
        return made

    def _flat(self, schema: Schema) -> Schema:
        """A schema with its reference and its allOf merged into it."""
        if "$ref" in schema:
            place: Any = self.document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            return self._flat(place)
        flat: Schema = {}
        for part in schema.get("allOf", ()):
            inner = self._flat(part)
            flat |= inner | {"properties": {**flat.get("properties", {}), **inner.get("properties", {})}}
        if not flat.get("properties", True):
            del flat["properties"]
        return flat | {key: value for key, value in schema.items() if key != "allOf"}


def leaves(node: Node, prefix: str = "") -> Iterator[tuple[str, Node]]:
    """Every leaf by its path: `beslut[].period.fran`."""
    if node.kind == "object":
        for name, inner in node.fields.items():
            yield from leaves(inner, f"{prefix}.{name}" if prefix else name)
    elif node.kind == "array":
        yield from leaves(node.item, prefix + "[]")
    else:
        yield prefix, node


class _Loader(yaml.CSafeLoader):
    """Reads dates as the text that they are in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def _by_operations(name: str, document: Schema) -> Contract:
    """The contract whose nouns are found by what the two operations send and return."""

    def body(message: Schema) -> Schema:
        schema: Schema = message["content"]["application/json"]["schema"]
        return schema

    roots: dict[str, Schema] = {}
    for operations in document["paths"].values():
        if "post" in operations:
            roots["fraga"] = body(operations["post"]["requestBody"])
            roots["svar"] = body(operations["post"]["responses"]["200"])
            roots["fel"] = body(operations["post"]["responses"]["400"])
        else:
            roots["tillgangligaInformationstyper"] = body(operations["get"]["responses"]["200"])
    return Contract(name, document, roots)


@cache
def read_yaml(path: Path) -> Schema:
    """A YAML document with dates as text."""
    document: Schema = yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506  a subclass of the safe loader
    return document


@cache
def official() -> Contract | None:
    """The agency's own document, where it is installed."""
    path = official_contract()
    return _by_operations("official", read_yaml(path)) if path.is_file() else None


@cache
def own() -> Contract:
    """The project's own document; before it is rendered to its file, what it is rendered from."""
    if OWN.is_file():
        return _by_operations("own", json.loads(OWN.read_bytes()))
    tables = discover()["v9"].tables
    roots = {noun: {"$ref": f"#/components/schemas/{noun}"} for noun in tables}
    return Contract("own", {"components": {"schemas": components(tables)}}, roots)


def best() -> Contract:
    """The agency's own document where it is installed, else the project's own."""
    return official() or own()
