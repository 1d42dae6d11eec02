"""A REST contract read from an OpenAPI document: the structure of its messages, by noun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from gateway.completeness import contract_roots
from gateway.contracts.files import ContractRefused, Files
from gateway.shape import Child, Schema, Shape

_MAX_DEPTH = 60


def read_rest(files: Files) -> Mapping[str, Shape]:
    """The messages of the one OpenAPI document in the files; raises ContractRefused."""
    documents = [content for name, content in files.items() if not name.lower().endswith((".wsdl", ".xsd"))]
    if len(documents) != 1:
        raise ContractRefused("expected one OpenAPI document")
    try:
        document = yaml.load(documents[0], Loader=yaml.CSafeLoader)
        roots = contract_roots(document)
        return {noun: _record(document, root, noun, {}, 0) for noun, root in roots.items()}
    except yaml.YAMLError:
        raise ContractRefused("expected YAML or JSON") from None
    except ContractRefused:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        text = str(error) if isinstance(error, ValueError) else "expected an OpenAPI document whose references hold"
        raise ContractRefused(text) from None


def _record(document: Schema, schema: Schema, name: str, made: dict[str, Shape], depth: int) -> Shape:
    schema, known = _resolved(document, schema), str(schema.get("$ref", ""))
    if known in made:
        return made[known]
    if depth > _MAX_DEPTH:
        raise ContractRefused("expected schemas that do not hold themselves")
    record = Shape(known.rpartition("/")[2] or name, "")
    if known:
        made[known] = record
    for field, inner in _properties(document, schema).items():
        record.children[field] = _child(document, field, inner, made, depth)
    return record


def _child(document: Schema, name: str, schema: Schema, made: dict[str, Shape], depth: int) -> Child:
    resolved = _resolved(document, schema)
    many = resolved.get("type") == "array"
    if many:
        schema = resolved.get("items", {})
        resolved = _resolved(document, schema)
    if _properties(document, resolved):
        if "$ref" not in schema and len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        return Child(name=name, many=many, record=_record(document, schema, name, made, depth + 1))
    kind = resolved.get("type", "string")
    leaf: Schema = {"type": kind if kind in ("boolean", "integer", "number") else "string"}
    if "enum" in resolved:
        leaf["enum"] = resolved["enum"]
    return Child(name=name, many=many, leaf=leaf)


def _resolved(document: Schema, schema: Schema) -> Schema:
    for _ in range(_MAX_DEPTH):
        if "$ref" not in schema:
            return schema
        place: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        schema = place
    raise ContractRefused("expected references that do not lead in a circle")


def _properties(document: Schema, schema: Schema) -> Schema:
    """The fields of a record, those of everything that it is put together from among them."""
    found: Schema = {}
    for word in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(word, ()):
            found |= _properties(document, _resolved(document, part))
    found |= schema.get("properties", {})
    return found
