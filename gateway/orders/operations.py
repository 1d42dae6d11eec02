"""The description of the operations on orders, for the API's document."""

from __future__ import annotations

from typing import Any

from gateway import errors
from gateway.openapi import Operation
from gateway.orders.again import HEADER, KEY
from gateway.orders.desk import CSV, FIELDS_HEADER, NDJSON, PATH
from gateway.orders.spec import Spec
from gateway.orders.state import WORDS

Schema = dict[str, Any]

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_HEAD = (errors.UriTooLong, errors.HeadersTooLarge, errors.Internal)
_ASKED = (errors.Unauthenticated, errors.Overloaded, errors.LedgerUnavailable, *_HEAD)
_ITS = (errors.NotFound, *_ASKED)
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The order's id.",
    "schema": {"type": "string", "format": "uuid"},
}
_FIELDS = {
    "name": FIELDS_HEADER,
    "in": "header",
    "description": "The order's own fields as JSON in ASCII, where the body is CSV; as the first line of NDJSON.",
    "schema": _TEXT,
}
_KEY = {
    "name": HEADER,
    "in": "header",
    "description": "A key of the caller's own for this order. Sent again with it, the same order is answered with the "
    "address that it has, another one refused (422), and one that is still being read too (409).",
    "schema": {"type": "string", "pattern": f"^{KEY}$", "examples": ['"8e03978e-40d5-43e8-bc93-6894a57f9324"']},
}
_PERSON: Schema = {
    "type": "object",
    "required": ["personnummer"],
    "additionalProperties": False,
    "properties": {
        "personnummer": {"$ref": "#/components/schemas/Fragestallning/properties/personnummer"},
        "grupp": {"type": "string", "maxLength": 64, "description": "A group of the caller's own, for campaigns."},
    },
}
_NOBODY = {"personnummer": "199001019802"}  # Skatteverket keeps the birth numbers 980-999 for tests
_ORDER = {
    "period": {"from": "2025-01-01", "tom": "2025-12-31"},
    "informationstyper": [{"klass": "formansinformation", "informationstyp": "FK:SJP"}],
}


def _object(required: Schema, **optional: Any) -> Schema:
    return {"type": "object", "required": list(required), "properties": required | optional}


def _fields() -> Schema:
    """The order's own fields; the question's parts are those of a question."""
    found = Spec.model_json_schema(by_alias=True)
    parts = found.pop("$defs")
    properties: Schema = found["properties"]
    question = "#/components/schemas/Fragestallning/properties"
    properties["period"] = {"$ref": f"{question}/period"}
    properties["informationstyper"] = {"$ref": f"{question}/informationstyper"}
    properties["stopp"] = {**parts["Stops"], "description": properties["stopp"]["description"]}
    properties["kampanj"]["anyOf"] = [parts["Campaign"], {"type": "null"}]
    return found


_STATUS = _object(
    {
        "id": {"type": "string", "format": "uuid"},
        "tillstand": {"type": "string", "enum": list(WORDS.values())},
        "skapad": {"type": "string", "format": "date-time"},
        "personer": _COUNT,
        "fragor": _object(
            dict.fromkeys(("totalt", "vantar", "pagar", "besvarade", "misslyckade", "okantUtfall"), _COUNT)
        ),
        "utlamnanden": {**_COUNT, "description": "Questions that were sent, or may have been."},
        "andelKlar": {"type": "number", "minimum": 0, "maximum": 1},
    },
    sekunderKvar={**_COUNT, "description": "How long the rest takes at least, at the upstreams' own rates."},
    avslutad={"type": "string", "format": "date-time"},
    skal={**_TEXT, "description": "Why the order ended, where nobody ended it."},
    kampanj={"type": "object", "description": "How far a campaign's claims have come."},
)


def operations(stated: tuple[Schema, ...]) -> tuple[Operation, ...]:
    """Every operation on orders; `stated` are the headers of purpose and ground."""
    own = _fields()
    small = {**own, "properties": own["properties"] | {"personer": {"type": "array", "items": _PERSON, "minItems": 1}}}
    small["required"] = [*own["required"], "personer"]
    lines: Schema = {
        "description": "One object a line: the first holds the order's own fields, every other one a person.",
        "oneOf": [own, _PERSON],
    }
    table: Schema = {"type": "string", "description": "A head with personnummer, and grupp if wanted; a person a row."}
    placed = Operation(
        "POST",
        PATH,
        "Order answers about many persons.",
        _STATUS,
        (
            errors.InvalidRequest,
            errors.Forbidden,
            errors.NotFound,
            errors.RequestTimeout,
            errors.Conflict,
            errors.PayloadTooLarge,
            errors.UnsupportedMediaType,
            errors.Unprocessable,
            errors.UpstreamUnavailable,
            *_ASKED,
        ),
        body=small,
        examples={"two": {"summary": "In one object", "value": _ORDER | {"personer": [_NOBODY]}}},
        parameters=(*stated, _FIELDS, _KEY),
        keyed=True,
        status=202,
        other_bodies={NDJSON: lines, CSV: table},
    )
    listed = _object({"bestallningar": {"type": "array", "items": {"type": "object"}}})
    moves = (
        ("paus", "Pause an order: within two seconds nothing more of it is sent."),
        ("fortsatt", "Go on with an order that is paused."),
        ("avbryt", "Cancel an order: what has come stays."),
        ("fraga-okanda-igen", "Ask once more what was sent with an unknown outcome; each may be a second disclosure."),
    )
    return (
        placed,
        Operation("GET", PATH, "The newest orders of the caller.", listed, _ASKED, keyed=True),
        Operation("GET", f"{PATH}/{{id}}", "How far an order has come.", _STATUS, _ITS, parameters=(_ID,), keyed=True),
        Operation(
            "GET",
            f"{PATH}/{{id}}/resultat",
            "The results so far: a line for each person.",
            {"type": "object"},
            (errors.NotAcceptable, *_ITS),
            parameters=(_ID,),
            media=NDJSON,
            keyed=True,
        ),
        *(
            Operation(
                "POST",
                f"{PATH}/{{id}}/{name}",
                text,
                _STATUS,
                (errors.Conflict, *_ITS),
                parameters=(_ID,),
                keyed=True,
            )
            for name, text in moves
        ),
    )
