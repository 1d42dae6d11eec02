"""The project's own OpenAPI document of a version: the operations of its face, and its tables as schemas."""

from __future__ import annotations

from typing import Any

from gateway.openapi import of_version
from gateway.versions import Adapter, Route

Schema = dict[str, Any]

ACTOR = {
    "name": "aktor",
    "in": "path",
    "required": True,
    "description": "The identity of the actor that asks, as the agency gave it.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}$"},
    "example": "lefi-gateway",
}
CONTRACTS = {"officiellt": "official", "rekonstruerat": "reconstructed"}
"""What the words for a contract's origin are in English."""
_ERRORS = {
    "400": "The question does not follow the contract, or cannot be asked as it stands.",
    "403": "The caller is not known, or may not ask as this actor.",
    "500": "The gateway or the agency behind it failed, or was not reached in time.",
    "default": "What HTTP itself refuses: a wrong method or media type, too large a body, an unknown address.",
}
_NAMED = 5
"""How many fields the description of an object that only groups them names."""


def of_adapter(adapter: Adapter) -> Schema:
    """The document; raises ValueError for a version without a face, and for one that is not spoken in JSON."""
    if adapter.face is None or adapter.upstream is None or adapter.upstream.protocol != "REST":
        msg = f"{adapter.version} is not asked over REST"
        raise ValueError(msg)
    paths: Schema = {}
    for route in adapter.face.routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    document = of_version(adapter.version, adapter.tables, paths, CONTRACTS[adapter.upstream.contract])
    for name, component in document["components"]["schemas"].items():
        describe(component, name)
    return document


def _operation(route: Route) -> Schema:
    asks = route.noun == "fraga"
    answer = "svar" if asks else "tillgangligaInformationstyper"
    errors = {status: text for status, text in _ERRORS.items() if asks or status != "400"}
    found: Schema = {
        "operationId": "fraga" if asks else "tillgangligaInformationstyper",
        "summary": "Ask about one person." if asks else "What the actor may ask for.",
        "parameters": [ACTOR],
        "responses": {
            "200": {"description": "The answer." if asks else "The list.", **_content(answer)},
            **{status: {"description": text, **_content("fel")} for status, text in errors.items()},
        },
    }
    if asks:
        found["requestBody"] = {"required": True, "description": "The question.", **_content("fraga")}
    return found


def _content(noun: str) -> Schema:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{noun}"}}}}


def describe(schema: Schema, name: str) -> None:
    """Gives a description to what the declarations say none about: objects that only group other fields."""
    fields = schema.get("properties", {})
    if "description" not in schema and fields:
        more = ", …" if len(fields) > _NAMED else ""
        schema["description"] = f"Groups {', '.join(list(fields)[:_NAMED])}{more}."
    for field, inner in fields.items():
        if inner.keys() == {"$ref"}:
            fields[field] = {"allOf": [dict(inner)], "description": f"The {field} of this {name}."}
        else:
            describe(inner, field)
