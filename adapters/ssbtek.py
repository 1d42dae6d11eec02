"""A REST version over SSBTEK v10: its own messages as they are, in base64 within a SOAP message, both ways."""

from __future__ import annotations

import re
import uuid
from copy import copy
from datetime import date, datetime
from typing import Any, Literal

from gateway import ssbtek
from gateway.envelope import NOTHING_HEARD, PLAIN, XML_TYPE, Heard, envelope, fault, open_answer, refuse_fault
from gateway.envelopes import Ssbtek
from gateway.errors import (
    ClientError,
    Fault,
    GatewayError,
    InvalidRequest,
    Overloaded,
    RateLimited,
    Unprocessable,
    UpstreamInvalidAnswer,
    UpstreamTimeout,
    UpstreamUnavailable,
    UpstreamWrongPerson,
)
from gateway.jsonio import JSON_TYPE
from gateway.notes import Note
from gateway.versions import Asked, Parsed, Route
from gateway.versions import Face as InnerFace
from gateway.versions import Upstream as InnerUpstream
from gateway.wire import WireRequest, WireResponse
from gateway.xmlio import Element, escape

Tree = dict[str, Any]

PATH = "/ssbtek"
_MAX_QUESTION_BYTES = 256 * 1024
_OK, _ERROR = 200, 500
_HEADERS = {"content-type": XML_TYPE, "soapaction": '""'}
_TWELVE = re.compile("[0-9]{12}")
_ON_THE_WAY = (UpstreamTimeout, UpstreamUnavailable, Overloaded, RateLimited)


class Upstream:
    """The gateway asks the agency through SSBTEK."""

    protocol = "SSBTEK"

    def __init__(self, inner: InnerUpstream, terms: Ssbtek) -> None:
        self._inner, self._terms = inner, terms
        self.version, self.contract, self.types = inner.version, inner.contract, inner.types
        self.states_agencies = inner.states_agencies

    def render_question(self, fraga: Tree, aktor: str) -> WireRequest:
        """The question of the version within SSBTEK's; to the very address that is configured."""
        if not _TWELVE.fullmatch(fraga["personnummer"]):
            raise Unprocessable("", faults=(Fault("/personnummer", "twelve digits, since it goes through SSBTEK"),))
        json = self._inner.render_question(fraga, aktor).body
        asked = ssbtek.Question(self.version, aktor, json, str(uuid.uuid4()))
        body = envelope(ssbtek.write_question(asked, fraga, self._terms))
        return WireRequest("POST", "", _HEADERS, body, asked.korrelationsid)

    def parse_answer(self, response: WireResponse, today: date) -> Parsed:
        """The answer of the version within SSBTEK's, which may leave the correlation id out but not change it."""
        found = ssbtek.read_answer(_payload(response))
        if found.korrelationsid not in ("", response.repeats):
            raise UpstreamWrongPerson(sent=True)
        return self._inner.parse_answer(WireResponse(_OK, {"content-type": JSON_TYPE}, found.json), today)

    def render_ping(self) -> WireRequest:
        """SSBTEK's own ping."""
        return WireRequest("POST", "", _HEADERS, envelope(ssbtek.write_ping()))

    def parse_ping(self, response: WireResponse) -> bool:
        """Whether SSBTEK reached Försäkringskassan."""
        return ssbtek.read_pong(_payload(response))

    def render_entitlement_question(self, aktor: str) -> WireRequest | None:  # noqa: ARG002  there is none
        """SSBTEK has no such question."""
        return None

    def parse_entitlements(self, response: WireResponse, today: date) -> Parsed:
        """Never called: SSBTEK has neither the question nor an address for it."""
        raise NotImplementedError


def _payload(response: WireResponse) -> Element:
    payload = open_answer(response).payload
    refuse_fault(payload, "SSBTEK")
    if response.status != _OK:
        raise UpstreamInvalidAnswer(f"expected HTTP {_OK}", sent=True)
    return payload


class Face:
    """SSBTEK as the twin plays it; the gateway itself is not asked over SSBTEK."""

    says: Literal["tackning", "avvikelser", "inget"]
    routes: tuple[Route, ...] = (Route("POST", PATH, "fraga", _MAX_QUESTION_BYTES),)

    def __init__(self, inner: InnerFace) -> None:
        self._inner, self.version, self.says = inner, inner.version, inner.says
        self._heard: Heard = NOTHING_HEARD
        self._asked: ssbtek.Question | str = "a question"

    def recognises(self, request: WireRequest) -> bool:  # noqa: ARG002  one version is asked through SSBTEK
        """Every message at this address is for this version."""
        return True

    def contract_file(self, query: str, address: str) -> WireResponse | None:  # noqa: ARG002  there is none
        """The contract is the agency's own and not ours to serve."""
        return None

    def hearing(self, request: WireRequest) -> Face:
        """The face for one question, whose correlation id every answer repeats."""
        face = copy(self)
        face._heard = heard = PLAIN.hear(request.body, _MAX_QUESTION_BYTES)  # noqa: SLF001  it is one of ours
        if heard.payload is not None:
            face._asked = ssbtek.read_question(heard.payload)  # noqa: SLF001  as above
        return face

    def pong(self) -> WireResponse | None:
        """The answer to SSBTEK's own ping."""
        heard = self._heard.payload
        return None if heard is None or heard.tag != ssbtek.tag(ssbtek.PING) else self._response(ssbtek.write_pong())

    def parse_question(self, request: WireRequest, aktor: str, today: date) -> Asked:
        """The question of the version, read strictly."""
        if self._heard is NOTHING_HEARD:
            return self.hearing(request).parse_question(request, aktor, today)
        self._heard.taken()
        asked = self._asked
        if isinstance(asked, str) or asked.version not in ("", self.version):
            expected = asked if isinstance(asked, str) else f"version {self.version}"
            raise InvalidRequest("", faults=(Fault("", expected),))
        return self._inner.parse_question(
            WireRequest("POST", "", {"content-type": JSON_TYPE}, asked.json), asked.aktor, today
        )

    def render_answer(self, svar: Tree, blocks: str = "") -> tuple[WireResponse, tuple[Note, ...]]:
        """The answer of the version within SSBTEK's."""
        inner, notes = self._inner.render_answer(svar, blocks)
        return self._response(ssbtek.write_answer(inner.body, self._korrelationsid)), notes

    def render_entitlements(self, available: Tree) -> WireResponse:
        """Never called: SSBTEK has neither the question nor an address for it."""
        raise NotImplementedError

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:  # noqa: ARG002  neither has a time
        """A fault where SSBTEK's own message is wrong, else an answer that says whose error it is."""
        if not isinstance(self._asked, ssbtek.Question):
            said = f"<felkod>{error.status}</felkod><felmeddelande>{escape(error.title)}</felmeddelande>"
            detail = f'<{ssbtek.FAULT} xmlns="{ssbtek.NAMESPACE}">{said}</{ssbtek.FAULT}>'
            code = "Client" if isinstance(error, ClientError) else "Server"
            return WireResponse(_ERROR, {"content-type": XML_TYPE}, fault(code, error.title, detail))
        kalla: ssbtek.Kalla = "SSBT" if isinstance(error, _ON_THE_WAY) else "BT"
        return self._response(ssbtek.write_error(kalla, str(error.status), error.title, self._korrelationsid))

    @property
    def _korrelationsid(self) -> str:
        return self._asked.korrelationsid if isinstance(self._asked, ssbtek.Question) else ""

    def _response(self, payload: str) -> WireResponse:
        return WireResponse(_OK, {"content-type": XML_TYPE}, envelope(payload))
