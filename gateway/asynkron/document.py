"""The project's own OpenAPI document of a version of ordering: its operations, and its tables as schemas."""

from __future__ import annotations

from typing import Any

from gateway.asynkron.roles import NDJSON, Operation, Ordering
from gateway.documents import ACTOR, describe
from gateway.schema import components

Schema = dict[str, Any]

_PACKAGE = "leverans"
_SEGMENTS = {
    "bestallning": "The order's identity, as the acknowledgement said it.",
    "referens": "The reference that the order came with.",
    "leverans": "The package's identity.",
}


def of_ordering(ordering: Ordering) -> Schema:
    """The document; it says first that the contract is reconstructed, and what was assumed."""
    paths: Schema = {}
    for operation in ordering.face.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    schemas = components(ordering.tables)
    for name, component in schemas.items():
        describe(component, name)
    assumed = "\n".join(f"- {about}: {text}" for about, text in ordering.assumptions.items())
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"LEFI Online Asynkron {_number(ordering)} as the LEFI gateway speaks it (reconstructed)",
            "version": f"{_number(ordering)}.0.0",
            "description": f"{ordering.notice}\n\nAssumed:\n\n{assumed}\n",
            "x-kontrakt": ordering.upstream.contract,
        },
        "tags": [{"name": name} for name in dict.fromkeys(one.service for one in ordering.face.operations)],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _number(ordering: Ordering) -> str:
    return ordering.version.removeprefix("asynkron")


def _operation(operation: Operation) -> Schema:
    found: Schema = {
        "operationId": operation.name,
        "tags": [operation.service],
        "summary": operation.summary,
        "responses": {
            status: {"description": text, **_content(noun)} for status, (text, noun) in operation.answers.items()
        },
    }
    parameters = [ACTOR] if "{aktor}" in operation.path else []
    parameters += [_segment(name, text) for name, text in _SEGMENTS.items() if f"{{{name}}}" in operation.path]
    if parameters:
        found["parameters"] = parameters
    if operation.body:
        found["requestBody"] = {"required": True, **_content(operation.body)}
    return found


def _segment(name: str, text: str) -> Schema:
    schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
    return {"name": name, "in": "path", "required": True, "description": text, "schema": schema}


def _content(noun: str) -> Schema:
    reference = {"$ref": f"#/components/schemas/{noun}"}
    if noun != _PACKAGE:
        return {"content": {"application/json": {"schema": reference}}}
    line = {
        "description": "One line: the first is the package's head, every other one a row.",
        "oneOf": [reference, {"$ref": "#/components/schemas/leveransrad"}],
    }
    return {"content": {NDJSON: {"schema": line}}}
