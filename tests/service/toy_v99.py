"""A version that does not exist: a test copies this file into a folder of its own and lets the gateway find it there.

It is what a new version is: one module that says how it differs from its neighbour, and nothing elsewhere. Its wire
has other names for the person, no marital status, no bostadsbidrag, an envelope and a path of its own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, Literal

from adapters.fk import FK
from adapters.v9.wire import WIRE as V9
from gateway import rest
from gateway.contract import Gathered, Gone, Row, Split, Wire
from gateway.errors import GatewayError
from gateway.jsonio import JSON_TYPE, encode
from gateway.notes import Note, Reading, Writing
from gateway.parse import parser
from gateway.people import PersonalNumber
from gateway.render import renderer
from gateway.table import tables
from gateway.versions import Adapter, Asked, Parsed, Route
from gateway.wire import WireRequest, WireResponse
from schemas.koder import KLASSENS_TYPER
from schemas.person import Personinformation
from schemas.svar import Fraga, Frageperiod, Svar

Tree = dict[str, Any]

_NAMES = (Split(PersonalNumber(), "pnr"), Row("namn", "fullName"), Gone("civilstand", "version 99 knows no marriage"))
_FK = FK.changed("Fk99", {Personinformation: _NAMES})
_V9_QUESTION, _V9_ANSWER = (V9.nouns[noun][1] for noun in ("fraga", "svar"))
_ROWS = tuple(
    replace(row, dialect=_FK) if isinstance(row, Gathered) and row.dialect is FK else row
    for row in _V9_ANSWER.records[Svar]
)
_QUESTION = _V9_QUESTION.changed(
    "",
    {
        Fraga: (Split(PersonalNumber(), "pnr", required=True),),
        Frageperiod: (Row("from", "first", required=True), Row("tom", "last", required=True)),
    },
)
_ANSWER = replace(_V9_ANSWER, records={**_V9_ANSWER.records, Svar: _ROWS})
TABLES = tables(Wire("v99", {"fraga": (Fraga, _QUESTION), "svar": (Svar, _ANSWER)}))
_parse_question, _render_question = parser(TABLES["fraga"]), renderer(TABLES["fraga"])
_parse_answer, _render_answer = parser(TABLES["svar"]), renderer(TABLES["svar"])
_HEADERS = {"content-type": JSON_TYPE}


class Upstream:
    """The gateway asks version 99."""

    version = "v99"
    protocol = "REST"
    contract: Literal["officiellt", "rekonstruerat"] = "rekonstruerat"
    states_agencies = True
    types: frozenset[tuple[str, str]] = frozenset(
        (klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types if not typ.endswith(":BOB")
    )

    def render_question(self, fraga: Tree, aktor: str) -> WireRequest:
        """The question in its envelope."""
        body = {"question": _render_question(fraga, None, Writing()), "asker": aktor}
        return WireRequest("POST", "/v99/questions", _HEADERS, encode(body))

    def parse_answer(self, response: WireResponse, today: date) -> Parsed:
        """The answer out of its envelope."""
        reading = Reading(today)
        tree = _parse_answer(rest.answer(response).get("answer", {}), None, reading)
        return Parsed(tree, tuple(reading.notes))

    def render_entitlement_question(self, aktor: str) -> WireRequest | None:  # noqa: ARG002 - there is no such question
        """Version 99 cannot be asked what may be asked."""
        return None

    def parse_entitlements(self, response: WireResponse, today: date) -> Parsed:
        """Never called."""
        raise NotImplementedError


class Face:
    """The gateway is asked as version 99."""

    version = "v99"
    says: Literal["tackning", "avvikelser", "inget"] = "avvikelser"
    routes: tuple[Route, ...] = (Route("POST", "/v99/{aktor}/questions", "fraga", 4096),)

    def recognises(self, request: WireRequest) -> bool:  # noqa: ARG002 - the address is this version's alone
        """Every message at this address is for this version."""
        return True

    def contract_file(self, query: str, address: str) -> WireResponse | None:  # noqa: ARG002 - there is none
        """Version 99 has no contract."""
        return None

    def parse_question(self, request: WireRequest, aktor: str, today: date) -> Asked:
        """The question, read strictly."""
        return Asked(rest.question(request, _parse_question, today), aktor)

    def render_answer(self, svar: Tree, blocks: str = "") -> tuple[WireResponse, tuple[Note, ...]]:  # noqa: ARG002
        """The answer in its envelope."""
        writing = Writing(restore=svar["kalla"]["version"] == self.version)
        return WireResponse(200, _HEADERS, encode({"answer": _render_answer(svar, None, writing)})), tuple(
            writing.notes
        )

    def render_entitlements(self, available: Tree) -> WireResponse:
        """Never called."""
        raise NotImplementedError

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:
        """An error of version 99: always 400 and a word."""
        return WireResponse(400, _HEADERS, encode({"no": error.type, "at": now.isoformat()}))


ADAPTER = Adapter("v99", Upstream(), Face(), TABLES)
