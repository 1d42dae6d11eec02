"""What every REST version shares: JSON bodies, the actor in the path, strict questions, lenient answers."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from gateway.errors import (
    Fault,
    InvalidRequest,
    UnsupportedMediaType,
    UpstreamFault,
    UpstreamInvalidAnswer,
)
from gateway.jsonio import JSON_TYPE, decode, media_type
from gateway.notes import FEL_FORM, OKAND_KOD, OKANT_FALT, SAKNAS, Note, Reading
from gateway.parse import Parser
from gateway.wire import WireRequest, WireResponse

_AKTOR = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}")
_OK = 200
_ERROR = 400


def actor(name: str) -> str:
    """The actor's identity if it can stand in a path as it is; raises InvalidRequest: dots and escapes change paths."""
    if not _AKTOR.fullmatch(name):
        raise InvalidRequest(
            "", faults=(Fault("aktorsId", "1-128 letters, digits, '-', '.', '_' or '~', no dot first"),)
        )
    return name


def question(request: WireRequest, parse: Parser, today: date) -> dict[str, Any]:
    """A question read strictly: whatever is not as the contract says is an error that names its path."""
    if media_type(request.headers) != JSON_TYPE:
        raise UnsupportedMediaType("", faults=(Fault("content-type", JSON_TYPE),))
    try:
        wire = decode(request.body)
    except ValueError as error:
        raise InvalidRequest(str(error), faults=(Fault("", "a JSON object"),)) from None
    if type(wire) is not dict:
        raise InvalidRequest("", faults=(Fault("", "a JSON object"),))
    reading = Reading(today)
    tree = parse(wire, None, reading)
    refuse_notes(reading)
    return tree


def refuse_notes(reading: Reading) -> None:
    """Raises InvalidRequest when there is anything to remark about a question."""
    if reading.notes:
        raise InvalidRequest("", faults=tuple(Fault(note.path, _expected(note)) for note in reading.notes[:100]))


_STRICT = {
    OKANT_FALT: "no such field",
    OKAND_KOD: "a code of the published list",
    SAKNAS: "the field is required",
}


def _expected(note: Note) -> str:
    return note.text.removeprefix("expected ") if note.kind == FEL_FORM else _STRICT[note.kind]


def answer(response: WireResponse) -> dict[str, Any]:
    """The object that an answer's body holds.

    Raises UpstreamFault where the agency answered with an error of its own, whose text is for operators and stays
    behind, and UpstreamInvalidAnswer where what came is no JSON object.
    """
    tree: Any = None
    if media_type(response.headers) == JSON_TYPE:
        try:
            tree = decode(response.body)
        except ValueError:
            tree = None
    if type(tree) is not dict:
        msg = "expected a JSON object in application/json"
        raise UpstreamInvalidAnswer(msg, sent=True)
    if response.status >= _ERROR or (tree.keys() <= {"meddelande", "timestamp"} and "meddelande" in tree):
        msg = f"the agency answered with an error of its own (HTTP {response.status})"
        raise UpstreamFault(msg, sent=True)
    if response.status != _OK:
        msg = "expected HTTP 200"
        raise UpstreamInvalidAnswer(msg, sent=True)
    return tree
