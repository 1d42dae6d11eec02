"""The stable JSON API, version 1: one more face, whose wire is the vocabulary itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from gateway import rest
from gateway.contract import Dialect, Row, Split
from gateway.errors import GatewayError
from gateway.forms import Enumerated
from gateway.jsonio import JSON_TYPE, encode
from gateway.notes import Note, Reading
from gateway.parse import parser
from gateway.people import PersonalNumber
from gateway.problems import problem
from gateway.table import Compiler
from gateway.versions import Asked, Route
from gateway.wire import WireRequest, WireResponse
from schemas.koder import INFORMATIONSTYPSKODER, KLASSER
from schemas.svar import Fraga, Frageperiod, Informationstyp

Tree = dict[str, Any]

_MAX_QUESTION_BYTES = 64 * 1024

QUESTION = Compiler(
    Dialect(
        "",
        records={
            Fraga: (
                Split(PersonalNumber(), "personnummer", required=True),
                Row("period", required=True),
                Row("informationstyper", required=True, unique=True, filled=True),
            ),
            Frageperiod: (Row("from", required=True), Row("tom", required=True)),
            Informationstyp: (
                Row("klass", form=Enumerated(KLASSER), required=True),
                Row("informationstyp", form=Enumerated(INFORMATIONSTYPSKODER), required=True),
            ),
        },
    )
).record(Fraga)
"""The question as a caller writes it: as the vocabulary, but for a personnummer of ten digits that it may hold."""

_parse_question = parser(QUESTION)


def question_of(tree: Tree, today: date) -> Tree:
    """A question that came in another wrapping than a request of its own; raises InvalidRequest."""
    reading = Reading(today)
    fraga = _parse_question(tree, None, reading)
    rest.refuse_notes(reading)
    return fraga


class Face:
    """The gateway is asked in its own words."""

    version = "v1"
    says: Literal["tackning", "avvikelser", "inget"] = "tackning"
    routes: tuple[Route, ...] = (
        Route("POST", "/v1/fragor", "fraga", _MAX_QUESTION_BYTES),
        Route("GET", "/v1/informationstyper", "behorighet", 0),
    )

    def recognises(self, request: WireRequest) -> bool:  # noqa: ARG002  the address is this version's alone
        """Every message at these addresses is for this version."""
        return True

    def contract_file(self, query: str, address: str) -> WireResponse | None:  # noqa: ARG002  there is none
        """The document of this face is at an address of its own."""
        return None

    def parse_question(self, request: WireRequest, aktor: str, today: date) -> Asked:
        """The question, read strictly."""
        return Asked(rest.question(request, _parse_question, today), aktor)

    def render_answer(self, svar: Tree, blocks: str = "") -> tuple[WireResponse, tuple[Note, ...]]:  # noqa: ARG002  for SOAP
        """The answer as it is."""
        return WireResponse(200, {"content-type": JSON_TYPE}, encode(svar)), ()

    def render_entitlements(self, available: Tree) -> WireResponse:
        """What the caller may ask for."""
        return WireResponse(200, {"content-type": JSON_TYPE}, encode({"informationstyper": [], **available}))

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:  # noqa: ARG002  a problem has no time
        """The error as a problem."""
        return problem(error)


FACE = Face()
