"""A REST contract read from an OpenAPI document: the structure of its messages, by noun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from gateway.completeness import contract_roots
from gateway.contracts.files import ContractRefused, Files
from gateway.shape import Child, Schema, Shape

_MAX_DEPTH = 60
_MAX_NESTING = 500
_ANY: Schema = {}


def read_rest(files: Files) -> Mapping[str, Shape]:
    """The messages of the one OpenAPI document in the files; raises ContractRefused."""
    documents = [content for name, content in files.items() if not name.lower().endswith((".wsdl", ".xsd"))]
    if len(documents) != 1:
        raise ContractRefused("expected one OpenAPI document")
    try:
        document = _loaded(documents[0])
        roots = contract_roots(document)
        structure = _Structure(document)
        return {noun: structure.record(root, noun) for noun, root in roots.items()}
    except yaml.YAMLError:
        raise ContractRefused("expected YAML or JSON") from None
    except ContractRefused:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        text = str(error) if isinstance(error, ValueError) else "expected an OpenAPI document whose references hold"
        raise ContractRefused(text) from None


def _loaded(content: bytes) -> Any:
    """The document; its nesting is counted first, since what composes it breaks the process when that is too deep."""
    levels = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        levels += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if levels > _MAX_NESTING:
            raise ContractRefused(f"expected a document of at most {_MAX_NESTING} levels")
    return yaml.load(content, Loader=yaml.CSafeLoader)


class _Structure:
    """Records made of a document's schemas; a schema that stands in many places is read once."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._made: dict[int, Shape] = {}
        self._fields: dict[int, Schema | None] = {}

    def record(self, schema: Schema, name: str, depth: int = 0) -> Shape:
        """The structure of an object."""
        known = str(schema.get("$ref", ""))
        schema = _resolved(self._document, schema)
        if id(schema) in self._made:
            return self._made[id(schema)]
        if depth > _MAX_DEPTH:
            raise ContractRefused("expected schemas that do not hold themselves")
        record = self._made[id(schema)] = Shape(known.rpartition("/")[2] or name, "")
        for field, inner in self._properties(schema).items():
            record.children[field] = self._child(field, inner, depth)
        return record

    def _child(self, name: str, schema: Schema, depth: int) -> Child:
        resolved = _resolved(self._document, schema)
        many = resolved.get("type") == "array"
        if many:
            schema = resolved.get("items", _ANY)
            resolved = _resolved(self._document, schema)
        if self._properties(resolved):
            if "$ref" not in schema and len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            return Child(name=name, many=many, record=self.record(schema, name, depth + 1))
        kind = resolved.get("type", "string")
        leaf: Schema = {"type": kind if kind in ("boolean", "integer", "number") else "string"}
        if "enum" in resolved:
            leaf["enum"] = resolved["enum"]
        return Child(name=name, many=many, leaf=leaf)

    def _properties(self, schema: Schema) -> Schema:
        """The fields of a record, those of everything that it is put together from among them."""
        if id(schema) in self._fields:
            known = self._fields[id(schema)]
            if known is None:
                raise ContractRefused("expected references that do not lead in a circle")
            return known
        self._fields[id(schema)] = None  # in the making
        found: Schema = {}
        for word in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(word, ()):
                found |= self._properties(_resolved(self._document, part))
        found |= schema.get("properties", {})
        self._fields[id(schema)] = found
        return found


def _resolved(document: Schema, schema: Schema) -> Schema:
    for _ in range(_MAX_DEPTH):
        if "$ref" not in schema:
            return schema
        place: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    raise ContractRefused("expected references that do not lead in a circle")
