"""The OpenAPI 3.1 documents: of our own API, and of what each version's face speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pydantic.json_schema import models_json_schema

from gateway import problems, stable
from gateway.errors import GatewayError
from gateway.schema import components
from gateway.table import Table
from schemas.koder import KLASSENS_TYPER
from schemas.svar import Svar, TillgangligaInformationstyper

Schema = dict[str, Any]

API_VERSION = "1.0.0"
"""The canonical model's own version, apart from the agency's; within a major there are only additions."""

_REF = "#/components/schemas/{model}"
# A month and a day there can be, or a samordningsnummer's day.
_NUMBER = "^([0-9]{2})?[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])[0-9]{4}$"


def program_version() -> str:
    """The version of the installed distribution."""
    try:
        return version("lefi-gateway")
    except PackageNotFoundError:
        return "0"


def own(operations: Iterable[Operation]) -> Schema:
    """The document of our own API."""
    _, models = models_json_schema(
        [(Svar, "serialization"), (TillgangligaInformationstyper, "serialization")], ref_template=_REF
    )
    schemas = models["$defs"] | _question() | {"Problem": problems.schema()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "LEFI gateway",
            "version": API_VERSION,
            "summary": "One stable JSON API before every version of LEFI Online.",
            "description": "Asks Försäkringskassan and Pensionsmyndigheten about a person's benefits, and says for "
            "every asked information type why the answer is as it is.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": _paths(operations),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _question() -> dict[str, Schema]:
    """The question as a caller writes it: it is read strictly, so its schema is closed and knows each class's types.

    What no schema can say is left to the reading: the check digit, and which of two dates comes first.
    """
    parts = components({"Fragestallning": stable.QUESTION})
    for part in parts.values():
        part["additionalProperties"] = False
    number = parts["Fragestallning"]["properties"]["personnummer"]
    number |= {"pattern": _NUMBER, "description": "Personnummer or samordningsnummer, ten or twelve digits."}
    pair = parts["Informationstyp"]
    pair["oneOf"] = [
        {"properties": {"klass": {"const": klass}, "informationstyp": {"enum": list(types)}}}
        for klass, types in KLASSENS_TYPER.items()
    ]
    return parts


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of our own API as its document describes it."""

    method: str
    path: str
    summary: str
    answer: Schema
    errors: tuple[type[GatewayError], ...] = ()
    body: Schema | None = None
    examples: Schema | None = None
    parameters: tuple[Schema, ...] = ()
    media: str = "application/json"
    keyed: bool = False
    status: int = 200
    other_bodies: Mapping[str, Schema] = field(default_factory=dict)
    """By media type: other forms in which the body is taken."""

    def schema(self) -> Schema:
        """The operation object."""
        found: Schema = {
            "summary": self.summary,
            "operationId": f"{self.method.lower()}{self.path.title().translate(str.maketrans('', '', '/-_.{}'))}",
            "responses": {
                str(self.status): {"description": "As asked.", "content": {self.media: {"schema": self.answer}}},
                **self._problems(),
            },
        }
        if self.body:
            content: Schema = {"application/json": {"schema": self.body, "examples": self.examples or {}}}
            content |= {media: {"schema": schema} for media, schema in self.other_bodies.items()}
            found["requestBody"] = {"required": True, "content": content}
        if self.parameters:
            found["parameters"] = list(self.parameters)
        if self.keyed:
            found["security"] = [{}, {"key": []}, {"token": []}]
        return found

    def _problems(self) -> Schema:
        by_status: dict[int, list[str]] = {}
        for error in self.errors:
            by_status.setdefault(error.status, []).append(error.title)
        problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        return {
            str(status): {"description": "; ".join(titles) + ".", "content": problem}
            for status, titles in sorted(by_status.items())
        }


def _paths(operations: Iterable[Operation]) -> Schema:
    paths: Schema = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = operation.schema()
    return paths


def of_version(name: str, tables: dict[str, Table], paths: Schema, contract: str) -> Schema:
    """The document of what the adapter of a version speaks, with our own descriptions."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"LEFI Online {name} as the LEFI gateway speaks it",
            "version": name.removeprefix("v") + ".0.0",
            "description": f"Rendered from the adapter's declarations ({contract} contract). "
            "The agency's own document is the truth; this one says what the gateway reads and writes.",
        },
        "paths": paths,
        "components": {"schemas": components(tables)},
    }
