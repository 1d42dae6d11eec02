"""Version 9 in both roles, over REST/JSON and within SSBTEK."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from adapters import ssbtek
from adapters.v9.wire import WIRE
from gateway import rest
from gateway.contracts.carry import AS_IS, Carriers
from gateway.errors import ClientError, Fault, Forbidden, GatewayError, InvalidRequest, Unauthenticated, Unprocessable
from gateway.jsonio import JSON_TYPE, encode
from gateway.notes import Note, Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.table import tables
from gateway.versions import Adapter, Asked, Parsed, Route
from gateway.wire import WireRequest, WireResponse
from schemas.koder import KLASSENS_TYPER

Tree = dict[str, Any]

_BASE = "/lefi-extern-formansinformation/{version}/aktorer/{{aktor}}"
_GATEWAY_PREFIX = "/FK.EXI.LevereraFormansinformation.{capital}"
_MAX_QUESTION_BYTES = 64 * 1024

TABLES = tables(WIRE)

_HEADERS = {"content-type": JSON_TYPE, "accept": JSON_TYPE}


def _json(status: int, tree: Tree, headers: dict[str, str] | None = None) -> WireResponse:
    return WireResponse(status, {"content-type": JSON_TYPE, **(headers or {})}, encode(tree))


class Rest:
    """What both roles share: the addresses, which name the version, and the messages as its contract has them."""

    def __init__(self, version: str, carriers: Carriers) -> None:
        self.version = version
        prefix = _GATEWAY_PREFIX.format(capital=version.upper())
        base = prefix + _BASE.format(version=version)
        self.question_path = f"{base}/formansinformation/fraga"
        self.entitlements_path = f"{base}/tillgangligaInformationstyper"
        self.parse = {noun: carriers.parser(noun, parser(table)) for noun, table in TABLES.items()}
        self.render = {noun: carriers.renderer(noun, renderer(table)) for noun, table in TABLES.items()}


_V9 = Rest(WIRE.version, AS_IS)


class Upstream:
    """The gateway asks the agency."""

    protocol = "REST"
    contract: Literal["officiellt", "rekonstruerat"] = "officiellt"
    states_agencies = True
    types: frozenset[tuple[str, str]] = frozenset(
        (klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types
    )

    def __init__(self, spoken: Rest = _V9) -> None:
        self._rest, self.version = spoken, spoken.version

    def render_question(self, fraga: Tree, aktor: str) -> WireRequest:
        """The question; everything that the vocabulary can ask, version 9 can be asked."""
        writing = Writing()
        body = self._rest.render["fraga"](fraga, None, writing)
        if writing.notes:
            raise Unprocessable("", faults=tuple(Fault(note.path, note.text) for note in writing.notes))
        path = self._rest.question_path.format(aktor=rest.actor(aktor))
        return WireRequest("POST", path, _HEADERS, encode(body))

    def parse_answer(self, response: WireResponse, today: date) -> Parsed:
        """The answer, read leniently."""
        reading = Reading(today)
        tree = self._rest.parse["svar"](rest.answer(response), None, reading)
        return Parsed(tree, tuple(reading.notes))

    def render_entitlement_question(self, aktor: str) -> WireRequest | None:
        """The question what the actor may ask for."""
        path = self._rest.entitlements_path.format(aktor=rest.actor(aktor))
        return WireRequest("GET", path, {"accept": JSON_TYPE})

    def parse_entitlements(self, response: WireResponse, today: date) -> Parsed:
        """What the actor may ask for, read leniently."""
        reading = Reading(today)
        tree = self._rest.parse["tillgangligaInformationstyper"](rest.answer(response), None, reading)
        return Parsed(tree, tuple(reading.notes))


class Face:
    """The gateway is asked, at the agency's own paths."""

    says: Literal["tackning", "avvikelser", "inget"] = "avvikelser"

    def __init__(self, spoken: Rest = _V9) -> None:
        self._rest, self.version = spoken, spoken.version
        self.routes: tuple[Route, ...] = (
            Route("POST", f"/rest{spoken.question_path}", "fraga", _MAX_QUESTION_BYTES),
            Route("GET", f"/rest{spoken.entitlements_path}", "behorighet", 0),
        )

    def recognises(self, request: WireRequest) -> bool:  # noqa: ARG002  the address is this version's alone
        """Every message at these addresses is for this version."""
        return True

    def contract_file(self, query: str, address: str) -> WireResponse | None:  # noqa: ARG002  there is none
        """The agency serves no contract file at these addresses."""
        return None

    def parse_question(self, request: WireRequest, aktor: str, today: date) -> Asked:
        """The question, read strictly."""
        return Asked(rest.question(request, self._rest.parse["fraga"], today), rest.actor(aktor))

    def render_answer(self, svar: Tree, blocks: str = "") -> tuple[WireResponse, tuple[Note, ...]]:  # noqa: ARG002  for SOAP
        """The answer; what its own version could not place comes back as it was."""
        kalla = svar.get("kalla", {})
        writing = Writing(restore={part.get("version") for part in kalla.get("delar") or [kalla]} == {self.version})
        body = self._rest.render["svar"](svar, None, writing)
        return _json(200, body), tuple(writing.notes)

    def render_entitlements(self, available: Tree) -> WireResponse:
        """What the caller may ask for."""
        return _json(200, self._rest.render["tillgangligaInformationstyper"](available, None, Writing()))

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:
        """The contract's error: 400, 403 or 500, and the statuses of HTTP itself where HTTP is at fault."""
        status = error.status
        if isinstance(error, (InvalidRequest, Unprocessable)):
            status = 400
        elif isinstance(error, (Unauthenticated, Forbidden)):
            status = 403
        elif not isinstance(error, ClientError):
            status = 500
        faults = "".join(f" [{fault.path or '/'}: expected {fault.expected}]" for fault in error.faults)
        fel = {
            "meddelande": f"{error.type}: {error.title}.{faults}",
            "tidpunkt": now.isoformat(timespec="milliseconds"),
        }
        headers = {"allow": ", ".join(error.allow)} if error.allow else {}
        if error.retry_after is not None:
            headers["retry-after"] = str(error.retry_after)
        return _json(status, self._rest.render["fel"](fel, None, Writing()), headers)


def adapter(spoken: Rest) -> Adapter:
    """A version in REST in both roles; SSBTEK v10 carries version 9 and no other."""
    in_ssbtek = spoken.version == WIRE.version
    return Adapter(
        spoken.version,
        Upstream(spoken),
        Face(spoken),
        TABLES,
        {"ssbtek": lambda terms: ssbtek.Upstream(Upstream(spoken), terms)} if in_ssbtek else {},
        {"ssbtek": lambda _terms: ssbtek.Face(Face(spoken))} if in_ssbtek else {},
        installing=lambda contract: adapter(Rest(contract.version, contract.carriers)),
    )


ADAPTER = adapter(_V9)
