"""Errors of our own API as problem details (RFC 9457): a closed list of types, paths and expectations, no values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.errors import GatewayError
from gateway.jsonio import encode
from gateway.wire import WireResponse

PROBLEM_TYPE = "application/problem+json"
_URN = "urn:lefi-gateway:problem:"


def classes(root: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    """Every error that has a problem type of its own."""
    for child in root.__subclasses__():
        if "type" in vars(child):
            yield child
        yield from classes(child)


def problem(error: GatewayError) -> WireResponse:
    """The error as application/problem+json."""
    body: dict[str, Any] = {
        "type": _URN + error.type,
        "title": error.title,
        "status": error.status,
        "instance": error.instance,
    }
    if error.detail:
        body["detail"] = error.detail
    if error.faults:
        body["errors"] = [{"path": fault.path, "expected": fault.expected} for fault in error.faults]
    return WireResponse(error.status, {"content-type": PROBLEM_TYPE, **headers(error)}, encode(body))


def headers(error: GatewayError) -> dict[str, str]:
    """The header fields that HTTP wants with an error."""
    found = {"allow": ", ".join(error.allow)} if error.allow else {}
    if error.retry_after is not None:
        found["retry-after"] = str(error.retry_after)
    return found


def schema() -> dict[str, Any]:
    """The JSON Schema of a problem."""
    types = sorted({_URN + each.type for each in classes()})
    text = {"type": "string"}
    fault = {"type": "object", "required": ["path", "expected"], "properties": {"path": text, "expected": text}}
    return {
        "type": "object",
        "description": "What went wrong (RFC 9457); it names places and expectations, never values.",
        "required": ["type", "title", "status", "instance"],
        "properties": {
            "type": {"type": "string", "enum": types},
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": text,
            "instance": {"type": "string", "format": "uri"},
            "errors": {"type": "array", "items": fault},
        },
    }
