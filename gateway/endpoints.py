"""What the service says about itself: versions, documents, health; and the description of every operation."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from gateway import clock, errors
from gateway.comparison.difference import CLASSES
from gateway.comparison.walk import Kind
from gateway.http import respond
from gateway.jsonio import encode
from gateway.lifecycle import words
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.rule import Stage
from gateway.openapi import API_VERSION, Operation, own, program_version
from gateway.orders import operations as orders
from gateway.orders.desk import PATH, Desk
from gateway.orders.state import MOVES
from gateway.schema import leaves
from gateway.wire import WireResponse

if TYPE_CHECKING:
    from gateway.app import Handler
    from gateway.service import Service

_HEAD_ERRORS = (errors.UriTooLong, errors.HeadersTooLarge, errors.Internal)
_ASKING_ERRORS = (
    errors.Unauthenticated,
    errors.Forbidden,
    errors.NotFound,
    errors.NotAcceptable,
    errors.RequestTimeout,
    errors.RateLimited,
    *_HEAD_ERRORS,
    errors.Overloaded,
    errors.LedgerUnavailable,
    errors.UpstreamFault,
    errors.UpstreamInvalidAnswer,
    errors.UpstreamWrongPerson,
    errors.UpstreamTls,
    errors.ClientCertificateRefused,
    errors.UpstreamUnavailable,
    errors.UpstreamTimeout,
)
_QUESTION_ERRORS = (
    errors.InvalidRequest,
    errors.PayloadTooLarge,
    errors.UnsupportedMediaType,
    errors.Unprocessable,
)
_TEXT = {"type": "string"}
_RETRY_SECONDS = 5


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_VERSION = _object(
    version=_TEXT,
    kontrakt={"type": "string", "enum": ["officiellt", "rekonstruerat"]},
    protokoll=_TEXT,
    falt={"type": "integer", "description": "Number of leaves of the version's answer that the vocabulary carries."},
    uppstroms={"type": "array", "items": _TEXT, "description": "Names of the connections to the version."},
)
_VERSION["properties"]["livscykel"] = words.SCHEMA  # not required: an installed version may have no date at all
_WANTED = {
    "name": "LEFI-Version",
    "in": "header",
    "description": "The version to ask; the newest that is configured when left out.",
    "schema": {"type": "string", "pattern": "^v[0-9]+$"},
}
_STATED = tuple(
    {
        "name": header,
        "in": "header",
        "description": f"The code of the {thing} of the question, as agreed for the consumer; may be left out "
        "where that is a single one.",
        "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
    }
    for header, thing in (("LEFI-Purpose", "purpose"), ("LEFI-Ground", "legal ground"))
)
_SIDE = {
    "type": "string",
    "pattern": "^[a-z0-9][a-z0-9_-]{0,62}$",
    "description": "A version, as v9, or the name of a connection.",
}
_COMPARISON_BODY = {
    "type": "object",
    "required": ["fraga", "left", "right"],
    "additionalProperties": False,
    "properties": {
        "fraga": {"$ref": "#/components/schemas/Fragestallning"},
        "left": _SIDE,
        "right": _SIDE,
        "values": {"type": "boolean", "default": False, "description": "Whether the values that differ are told."},
    },
}
_COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}, "description": "Differences by class."}
_PLACE = _object(path=_TEXT, present={"type": "boolean"})
_PLACE["properties"] |= {"source": _TEXT, "value": {"description": "What stands there, where values were asked for."}}
_DIFFERENCE = _object(
    kind={"type": "string", "enum": list(get_args(Kind))},
    **{"class": {"type": "string", "enum": list(CLASSES)}},
    path={"type": "string", "description": "Canonical place (JSON pointer)."},
    pattern={"type": "string", "description": "The same with * for places in lists."},
    types={"type": "array", "items": _TEXT},
    left=_PLACE,
    right=_PLACE,
)
_DIFFERENCE["properties"] |= {"code": _TEXT, "reason": _TEXT}
_COMPARED = _object(
    left=_object(version=_TEXT, uppstroms=_TEXT),
    right=_object(version=_TEXT, uppstroms=_TEXT),
    counts=_COUNTS,
    differences={"type": "array", "items": _DIFFERENCE},
    types={
        "type": "array",
        "items": _object(
            klass=_TEXT, informationstyp=_TEXT, left=_TEXT, right=_TEXT, comparable={"type": "boolean"}, counts=_COUNTS
        ),
    },
    rules={"type": "array", "items": _object(name=_TEXT, hits={"type": "integer"}, expired={"type": "boolean"})},
    korrelationsId=_TEXT,
)
_READY = _object(status={"type": "string", "const": "ready"})
_READY["properties"]["revisions"] = {
    "type": "object",
    "additionalProperties": {"type": "integer"},
    "description": "Of routing and rules that gateways share, the revision that holds here.",
}
_NOBODY = {
    "personnummer": "199001019802",  # Skatteverket keeps the birth numbers 980-999 for tests
    "period": {"from": "2025-01-01", "tom": "2025-12-31"},
}
_EXAMPLES = {
    "sjukpenning": {
        "summary": "One benefit",
        "value": {**_NOBODY, "informationstyper": [{"klass": "formansinformation", "informationstyp": "FK:SJP"}]},
    },
    "pension": {
        "summary": "Decisions and payments of a pension, and who the person is",
        "value": {
            **_NOBODY,
            "informationstyper": [
                {"klass": "beslut", "informationstyp": "PM:AP"},
                {"klass": "utbetalningar", "informationstyp": "PM:AP"},
                {"klass": "ovrig_information", "informationstyp": "FK:GEPI"},
            ],
        },
    },
}

OPERATIONS = (
    Operation(
        "POST",
        "/v1/fragor",
        "Ask about one person.",
        {"$ref": "#/components/schemas/Svar"},
        (*_QUESTION_ERRORS, *_ASKING_ERRORS),
        body={"$ref": "#/components/schemas/Fragestallning"},
        examples=_EXAMPLES,
        parameters=(_WANTED, *_STATED),
        keyed=True,
    ),
    Operation(
        "POST",
        "/v1/jamforelser",
        "Ask two versions about one person, and say where their answers differ.",
        _COMPARED,
        (*_QUESTION_ERRORS, *_ASKING_ERRORS),
        body=_COMPARISON_BODY,
        examples={
            "sjukpenning": {
                "summary": "One benefit in two versions",
                "value": {"fraga": _EXAMPLES["sjukpenning"]["value"], "left": "v7", "right": "v9"},
            }
        },
        parameters=_STATED,
        keyed=True,
    ),
    Operation(
        "GET",
        "/v1/informationstyper",
        "What may be asked for.",
        {"$ref": "#/components/schemas/TillgangligaInformationstyper"},
        _ASKING_ERRORS,
        parameters=(_WANTED,),
        keyed=True,
    ),
    Operation(
        "GET",
        "/v1/versioner",
        "The versions of LEFI that the gateway speaks.",
        _object(versioner={"type": "array", "items": _VERSION}),
        _HEAD_ERRORS,
    ),
    Operation("GET", "/openapi.json", "This document.", {"type": "object"}, _HEAD_ERRORS),
    Operation("GET", "/docs", "This document, to read and to try.", _TEXT, _HEAD_ERRORS, media="text/html"),
    Operation(
        "GET", "/health", "Whether the process lives.", _object(status={"type": "string", "const": "ok"}), _HEAD_ERRORS
    ),
    Operation(
        "GET",
        "/ready",
        "Whether questions can be taken.",
        _READY,
        (*_HEAD_ERRORS, errors.UpstreamUnavailable, errors.LedgerUnavailable),
    ),
    Operation(
        "GET",
        "/api-info",
        "What API this is (Digg's REST API profile).",
        _object(apiName=_TEXT, apiVersion=_TEXT, apiReleased=_TEXT, apiDocumentation=_TEXT, apiStatus=_TEXT),
        _HEAD_ERRORS,
    ),
    *orders.operations(_STATED),
)
"""Every operation of our own API; a test holds them against the routes."""

# The page carries everything in itself: it may speak with this gateway and with nobody else.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def routes(service: Service, guarded: Callable[[Handler], Handler]) -> list[Route]:
    """The routes of everything that is not a question."""
    registry = Registry.of(service.settings.lifecycle)

    async def versions(_request: Request) -> Response:
        return _json({"versioner": _versions(service, registry.at(clock.today()))})

    async def openapi(_request: Request) -> Response:
        return respond(WireResponse(200, {"content-type": "application/json"}, _document()))

    async def docs(_request: Request) -> Response:
        return HTMLResponse(_docs_page("/openapi.json"), headers={"content-security-policy": _DOCS_POLICY})

    async def health(_request: Request) -> Response:
        return _json({"status": "ok"})

    async def ready(_request: Request) -> Response:
        if not service.sources:
            raise errors.UpstreamUnavailable("no upstream is configured", sent=False)
        if not await service.ledger.ready():
            raise errors.LedgerUnavailable(retry_after=_RETRY_SECONDS)
        return _json({"status": "ready"} | ({"revisions": found} if (found := service.following.revisions) else {}))

    async def api_info(_request: Request) -> Response:
        info = {
            "apiName": "lefi-gateway",
            "apiVersion": API_VERSION,
            "apiReleased": "2026-11-23",
            "apiDocumentation": "/docs",
            "apiStatus": "active",
        }
        return _json(info)

    found = {
        "/v1/versioner": versions,
        "/openapi.json": openapi,
        "/docs": docs,
        "/health": health,
        "/ready": ready,
        "/api-info": api_info,
    }
    return [Route(path, guarded(handler), methods=["GET"]) for path, handler in found.items()] + _ordering(
        service.desk, guarded
    )


def _ordering(desk: Desk, guarded: Callable[[Handler], Handler]) -> list[Route]:
    """The routes of orders."""
    found = (
        ("POST", PATH, desk.place),
        ("GET", PATH, desk.listed),
        ("GET", f"{PATH}/{{id}}", desk.status),
        ("GET", f"{PATH}/{{id}}/resultat", desk.results),
        *(("POST", f"{PATH}/{{id}}/{name}", desk.move) for name in MOVES),
        ("POST", f"{PATH}/{{id}}/fraga-okanda-igen", desk.ask_again),
    )
    return [Route(path, guarded(handler), methods=[method]) for method, path, handler in found]


@cache
def _document() -> bytes:
    """The document as it is served: made when it is first asked for, since making it takes a third of a second."""
    return encode(own(OPERATIONS))


@cache
def _docs_page(spec_url: str) -> str:
    """Swagger UI in one piece; without its badge, for which a validator on the internet is told our address."""
    # It holds four user interfaces, 35 MB in all: only a gateway whose page is looked at pays for them.
    template = importlib.import_module("offapi").OpenAPITemplate.SWAGGER.value
    page: str = template.format(spec_url=spec_url)
    return page.replace("<title>SwaggerUI<", "<title>LEFI gateway<").replace(
        "dom_id: '#swagger-ui'", "validatorUrl: null, dom_id: '#swagger-ui'"
    )


def _json(body: dict[str, Any]) -> Response:
    headers = {"content-type": "application/json", "server-version": program_version()}
    return respond(WireResponse(200, headers, encode(body)))


def _versions(service: Service, lives: Mapping[str, Stage]) -> list[dict[str, Any]]:
    return [
        {
            "version": adapter.version,
            "kontrakt": adapter.upstream.contract,
            "protokoll": adapter.upstream.protocol,
            "falt": len(leaves(adapter.tables["svar"])),
            "uppstroms": sorted(
                name for name, one in service.sources.items() if one.upstream.version == adapter.version
            ),
            **({"livscykel": words.life(lives[adapter.version])} if adapter.version in lives else {}),
        }
        for adapter in service.adapters.values()
        if adapter.upstream
    ]
