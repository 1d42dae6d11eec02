"""LEFI Asynkron 10 in both roles, RECONSTRUCTED: see adapters.asynkron10.assumptions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Literal

from pydantic.fields import FieldInfo

from adapters.asynkron10.assumptions import ASSUMPTIONS, NOTICE
from adapters.asynkron10.wire import MAX_ROWS, WIRE
from adapters.v9.adapter import Face as FaceV9
from adapters.v9.adapter import Upstream as UpstreamV9
from gateway import rest
from gateway.asynkron.roles import NDJSON, Operation, Ordering
from gateway.errors import Fault, GatewayError, Unprocessable, UpstreamFault, UpstreamInvalidAnswer
from gateway.jsonio import JSON_TYPE, decode, encode, media_type
from gateway.notes import Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.table import tables
from gateway.versions import Parsed
from gateway.wire import WireRequest, WireResponse

Tree = dict[str, Any]

TABLES = tables(WIRE)
_PARSE = {noun: parser(table) for noun, table in TABLES.items()}
_RENDER = {noun: renderer(table) for noun, table in TABLES.items()}

_TAKING, _DELIVERING = "Beställningsmottagare", "Beställningsleverantör"
_TAKER = "/FK.EXI.Bestallningsmottagare.V10/lefi-extern-bestallningsmottagare/v10/aktorer/{aktor}/bestallningar"
_DELIVERER = "/FK.EXI.Bestallningsleverantor.V10/lefi-extern-bestallningsleverantor/v10/aktorer/{aktor}/bestallningar"
_ORDER = _TAKER + "/{bestallning}"
_BY_REFERENCE = _TAKER + "/referens/{referens}"
_CANCEL = _ORDER + "/avbestallning"
_PACKAGE = _DELIVERER + "/{bestallning}/leveranser/{leverans}"
_PUSH = "/asynkron/v10/leveranser"
_MAX_ORDER_BYTES = 32 * 1024 * 1024

_SEGMENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LISTED = frozenset({"leveransId", "lopnummer", "antalRader", "sista"})
_PARTS = ("svar", "fel")
"""What a row holds one of: where a record without facts is none to the tables, an answer without facts is one here."""
_JSON = {"content-type": JSON_TYPE, "accept": JSON_TYPE}
_REFUSED = {
    "400": ("The order does not follow the contract, or cannot be taken as it stands.", "fel"),
    "403": ("The caller is not known, or may not order as this actor.", "fel"),
}
_FAILED = {"500": ("The service failed.", "fel")}
_UNKNOWN = {"403": _REFUSED["403"], "404": ("There is no such order, or no such package.", "fel")}
_STATUS = {"200": ("The status.", "bestallningsstatus"), **_UNKNOWN, **_FAILED}

OPERATIONS = (
    Operation(
        "bestall",
        _TAKING,
        "POST",
        _TAKER,
        "Order answers about many persons.",
        {
            "200": ("The order had been taken already.", "bestallningskvittens"),
            "202": ("The order is taken.", "bestallningskvittens"),
            **_REFUSED,
            "409": ("The reference is that of another order.", "fel"),
            **_FAILED,
        },
        body="bestallning",
    ),
    Operation("status", _TAKING, "GET", _ORDER, "What has become of an order.", _STATUS),
    Operation("statusForReferens", _TAKING, "GET", _BY_REFERENCE, "The same, by the reference.", _STATUS),
    Operation("avbestall", _TAKING, "POST", _CANCEL, "Cancel an order.", _STATUS),
    Operation(
        "hamta",
        _DELIVERING,
        "GET",
        _PACKAGE,
        "Fetch a package.",
        {"200": ("The package.", "leverans"), **_UNKNOWN, **_FAILED},
    ),
    Operation(
        "ta-emot",
        "The one who orders",
        "POST",
        _PUSH,
        "Be sent a package.",
        {"200": ("The package is kept.", "leveranskvittens")},
        body="leverans",
    ),
)


def _id(tree: Tree, *names: str) -> None:
    """Raises UpstreamInvalidAnswer for an identity that could change the path that it is to stand in."""
    for name in names:
        if not _SEGMENT.fullmatch(str(tree.get(name, ""))):
            raise UpstreamInvalidAnswer(f"expected {name} of 1-64 letters, digits, '-' or '_'", sent=True)


def _whole(noun: str, tree: Tree) -> bool:
    """Whether everything that the vocabulary always has is there; what is of another form is not."""
    model = TABLES[noun].model
    fields: Mapping[str, FieldInfo] = getattr(model, "model_fields", {})
    return all((info.alias or name) in tree for name, info in fields.items() if info.is_required())


class Upstream:
    """The gateway orders."""

    version = WIRE.version
    protocol = "REST"
    contract: Literal["officiellt", "rekonstruerat"] = "rekonstruerat"
    types = UpstreamV9.types
    states_agencies = UpstreamV9.states_agencies
    max_rows = MAX_ROWS
    delivery_path = _PUSH

    def render_order(self, bestallning: Tree, aktor: str) -> WireRequest:
        """The order; everything that the vocabulary can ask can be ordered."""
        writing = Writing()
        body = _RENDER["bestallning"](bestallning, None, writing)
        faults = [Fault(note.path, note.text) for note in writing.notes[:100]]
        if not 1 <= len(bestallning["rader"]) <= MAX_ROWS:
            faults.append(Fault("/rader", f"1 to {MAX_ROWS} rows"))
        if faults:
            raise Unprocessable("", faults=tuple(faults))
        return WireRequest("POST", _TAKER.format(aktor=rest.actor(aktor)), _JSON, encode(body))

    def parse_acknowledgement(self, response: WireResponse, today: date) -> Parsed:
        """The acknowledgement, of an order that is taken now or was before."""
        if response.status == HTTPStatus.ACCEPTED:
            response = replace(response, status=HTTPStatus.OK)
        parsed = _parsed("bestallningskvittens", rest.answer(response), today)
        _id(parsed.tree, "bestallningsId")
        return parsed

    def render_status_question(self, referens: str, bestallnings_id: str, aktor: str) -> WireRequest:
        """The question what has become of an order."""
        template = _ORDER if bestallnings_id else _BY_REFERENCE
        path = template.format(aktor=rest.actor(aktor), bestallning=bestallnings_id, referens=referens)
        return WireRequest("GET", path, {"accept": JSON_TYPE})

    def parse_status(self, response: WireResponse, today: date) -> Parsed | None:
        """The status; a 404 that is not the service's own says nothing."""
        try:
            tree = rest.answer(response)
        except UpstreamFault:
            if response.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        parsed = _parsed("bestallningsstatus", tree, today)
        _id(parsed.tree, "bestallningsId")
        for one in parsed.tree.get("leveranser", ()):
            _id(one, "leveransId")
            if _LISTED - one.keys():
                raise UpstreamInvalidAnswer("expected whole packages in the status", sent=True)
        return parsed

    def render_cancellation(self, bestallnings_id: str, aktor: str) -> WireRequest:
        """The cancellation."""
        path = _CANCEL.format(aktor=rest.actor(aktor), bestallning=bestallnings_id)
        return WireRequest("POST", path, {"accept": JSON_TYPE})

    def render_fetch(self, bestallnings_id: str, leverans_id: str, aktor: str) -> WireRequest:
        """The question for a package."""
        path = _PACKAGE.format(aktor=rest.actor(aktor), bestallning=bestallnings_id, leverans=leverans_id)
        return WireRequest("GET", path, {"accept": NDJSON})

    def check_package(self, response: WireResponse, today: date) -> None:  # noqa: ARG002  an error has no date
        """Whether a package follows."""
        if response.status == HTTPStatus.OK and media_type(response.headers) == NDJSON:
            return
        if response.status >= HTTPStatus.BAD_REQUEST and media_type(response.headers) == JSON_TYPE:
            raise UpstreamFault(f"the service answered with an error of its own (HTTP {response.status})", sent=True)
        raise UpstreamInvalidAnswer(f"expected a package in {NDJSON}", sent=True)

    def parse_head(self, line: bytes, today: date) -> Parsed | None:
        """A package's first line."""
        parsed = _line("leverans", line, today)
        if parsed is None or not all(
            _SEGMENT.fullmatch(parsed.tree[name]) for name in ("leveransId", "bestallningsId")
        ):
            return None
        return parsed if parsed.tree["lopnummer"] >= 1 and 0 <= parsed.tree["antalRader"] <= MAX_ROWS else None

    def parse_row(self, line: bytes, today: date) -> Parsed | None:
        """A row, its answer read leniently; one that has neither an answer nor an error is no row."""
        parsed = _line("leveransrad", line, today)
        return parsed if parsed is not None and ("svar" in parsed.tree) != ("fel" in parsed.tree) else None

    def render_delivery_receipt(self, leverans_id: str, antal_rader: int) -> WireResponse:
        """The acknowledgement of a package."""
        tree = {"leveransId": leverans_id, "antalRader": antal_rader}
        return _answer(HTTPStatus.OK, "leveranskvittens", tree)


class Face:
    """Orders are taken at the addresses that were assumed."""

    version = WIRE.version
    operations: tuple[Operation, ...] = OPERATIONS
    max_order_bytes = _MAX_ORDER_BYTES
    _v9 = FaceV9()

    def parse_order(self, request: WireRequest, today: date) -> Tree:
        """The order, read strictly."""
        return rest.question(request, _PARSE["bestallning"], today)

    def render_acknowledgement(self, kvittens: Tree, *, again: bool) -> WireResponse:
        """The acknowledgement."""
        return _answer(HTTPStatus.OK if again else HTTPStatus.ACCEPTED, "bestallningskvittens", kvittens)

    def render_status(self, status: Tree) -> WireResponse:
        """The status."""
        return _answer(HTTPStatus.OK, "bestallningsstatus", status)

    def render_head(self, leverans: Tree) -> bytes:
        """A package's first line."""
        return encode(_RENDER["leverans"](leverans, None, Writing())) + b"\n"

    def render_row(self, rad: Tree) -> bytes:
        """A row; what its own version could not place comes back as it was."""
        own = rad.get("svar", {}).get("kalla", {}).get("version") == self.version
        wire = _RENDER["leveransrad"](rad, None, Writing(restore=own))
        return encode(wire | {part: {} for part in _PARTS if part in rad and part not in wire}) + b"\n"

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:
        """The error as version 9 has it."""
        return self._v9.render_error(error, now)


def _answer(status: int, noun: str, tree: Tree) -> WireResponse:
    return WireResponse(status, {"content-type": JSON_TYPE}, encode(_RENDER[noun](tree, None, Writing())))


def _parsed(noun: str, tree: Tree, today: date) -> Parsed:
    """A message of the frame, of which every required field has to be there."""
    reading = Reading(today)
    parsed = _PARSE[noun](tree, None, reading)
    if not _whole(noun, parsed):
        raise UpstreamInvalidAnswer(f"expected a whole {noun}", sent=True)
    return Parsed(parsed, tuple(reading.notes))


def _line(noun: str, line: bytes, today: date) -> Parsed | None:
    try:
        tree = decode(line)
    except ValueError:
        return None
    if type(tree) is not dict:
        return None
    reading = Reading(today)
    parsed = _PARSE[noun](tree, None, reading)
    parsed |= {part: {} for part in _PARTS if tree.get(part) == {}}
    return Parsed(parsed, tuple(reading.notes)) if _whole(noun, parsed) else None


ORDERS = Ordering(WIRE.version, Upstream(), Face(), TABLES, NOTICE, ASSUMPTIONS)
