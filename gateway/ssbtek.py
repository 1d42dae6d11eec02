"""SSBTEK v10: the joint service of several agencies, of which only Försäkringskassan's part is asked.

A question of version 9 and its answer travel in it as JSON in base64. What stands here are the payloads, both ways;
the WSDL and the XSD are the agency's own, and tests hold these payloads against them where they are installed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from gateway.envelopes import Ssbtek
from gateway.errors import UpstreamError, UpstreamFault, UpstreamInvalidAnswer, UpstreamUnavailable
from gateway.xmlio import Element, escape

NAMESPACE = "http://schema.forsakringskassan.se/integration/ssbt/10"
QUESTION = "hamtaBastjanstInformation"
ANSWER = f"{QUESTION}Response"
FAULT = f"{QUESTION}Fault"
PING = "testaBastjanstInformation"
PONG = f"{PING}Response"

Kalla = Literal["SSBT", "BT"]

_OTHERS_BEFORE, _OTHERS_AFTER = ("AF", "CSN"), ("SKV", "SO", "TNS", "MIV")
_RETRY_SECONDS = 10
_SPACE = re.compile("[ \t\r\n]+")
_FELKOD = re.compile("[A-Z]{0,8}[_-]?[0-9]{1,5}")
"""A code that is shown: short and with digits, so that no word, name or number of a person's passes for one."""


def tag(name: str) -> str:
    """The qualified name of an element."""
    return f"{{{NAMESPACE}}}{name}"


def _elements(tree: Mapping[str, Any]) -> str:
    """A record of records and texts as elements; what is None is left out."""
    return "".join(
        f"<{name}>{_elements(value) if isinstance(value, Mapping) else escape(value)}</{name}>"
        for name, value in tree.items()
        if value is not None
    )


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and as whom."""

    version: str
    aktor: str
    json: bytes = field(repr=False)
    korrelationsid: str = ""


def write_question(asked: Question, fraga: Mapping[str, Any], terms: Ssbtek) -> str:
    """The payload of a question about one person and period, of Försäkringskassan alone."""
    general = _elements(
        {
            "korrelationsid": asked.korrelationsid,
            "fraganSkallInkluderasISvaret": "false",
            "ingivare": {
                "organisationsnummer": terms.organisationsnummer,
                "namn": terms.namn,
                "handlaggare": terms.handlaggare,
            },
            "personidentitet": fraga["personnummer"],
            "arendeidentitet": terms.arendeidentitet or asked.korrelationsid,
            "tidsperiod": {"fromDatum": _day(fraga["period"]["from"]), "tomDatum": _day(fraga["period"]["tom"])},
        }
    )
    for number, one in enumerate(terms.personuppgiftsbitraden, 1):
        who = {"ordningsnummer": str(number), "organisationsnummer": one.organisationsnummer, "namn": one.namn}
        general += _elements({"personuppgiftsbitrade": who})
    general += _elements({"syfte": terms.syfte, "lagtext": terms.lagtext})
    inner = {"version": asked.version, "aktorsid": asked.aktor, "lefiJsonFraga": base64.b64encode(asked.json).decode()}
    specific = (
        "".join(f'<{name} inkludera="false"/>' for name in _OTHERS_BEFORE)
        + f'<FK inkludera="true">{_elements({"fraga": inner})}</FK>'
        + "".join(f'<{name} inkludera="false"/>' for name in _OTHERS_AFTER)
    )
    return (
        f'<{QUESTION} xmlns="{NAMESPACE}"><generellaFrageparametrar>{general}</generellaFrageparametrar>'
        f"<specifikaFrageparametrar>{specific}</specifikaFrageparametrar></{QUESTION}>"
    )


def _day(value: date | str) -> str:
    return value.isoformat() if isinstance(value, date) else value


def read_question(payload: Element) -> Question | str:
    """The question of Försäkringskassan in a payload, or what was expected instead."""
    if payload.tag != tag(QUESTION):
        return f"{QUESTION} of {NAMESPACE}"
    asked = payload.find(f"{tag('specifikaFrageparametrar')}/{tag('FK')}")
    inner = asked.find(tag("fraga")) if asked is not None and asked.get("inkludera") in ("true", "1") else None
    if inner is None:
        return "a question to FK"
    json = _decoded(inner.findtext(tag("lefiJsonFraga")))
    if json is None:
        return "lefiJsonFraga in base64"
    korrelationsid = payload.findtext(f"{tag('generellaFrageparametrar')}/{tag('korrelationsid')}") or ""
    return Question(inner.findtext(tag("version")) or "", inner.findtext(tag("aktorsid")) or "", json, korrelationsid)


def write_answer(json: bytes, korrelationsid: str) -> str:
    """The payload of an answer."""
    return _answer({"data": {"lefiJsonSvar": base64.b64encode(json).decode()}}, korrelationsid)


def write_error(kalla: Kalla, felkod: str, felmeddelande: str, korrelationsid: str) -> str:
    """The payload of an answer that says that FK's part failed: there (BT) or on the way there (SSBT)."""
    error = {"kalla": kalla, "felkod": felkod, "felmeddelande": felmeddelande}
    return _answer({"error": error}, korrelationsid)


def _answer(part: Mapping[str, Any], korrelationsid: str) -> str:
    inner = _elements({"korrelationsid": korrelationsid or None, "svarsdata": {"FK": part}})
    return f'<{ANSWER} xmlns="{NAMESPACE}">{inner}</{ANSWER}>'


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer holds."""

    json: bytes = field(repr=False)
    korrelationsid: str = ""


def read_answer(payload: Element) -> Answer:
    """The answer of Försäkringskassan in a payload; raises UpstreamError."""
    if payload.tag != tag(ANSWER):
        raise UpstreamInvalidAnswer(f"expected {ANSWER} of {NAMESPACE}", sent=True)
    parts = payload.findall(f"{tag('svarsdata')}/{tag('FK')}")
    if len(parts) != 1 or len(parts[0]) != 1 or parts[0][0].tag not in (tag("data"), tag("error")):
        raise UpstreamInvalidAnswer("expected FK with either data or error in svarsdata", sent=True)
    part = parts[0][0]
    if part.tag == tag("error"):
        raise _error(part)
    json = _decoded(part.findtext(tag("lefiJsonSvar")))
    if json is None:
        raise UpstreamInvalidAnswer("expected lefiJsonSvar in base64", sent=True)
    return Answer(json, payload.findtext(tag("korrelationsid")) or "")


def write_ping() -> str:
    """The payload of a ping, which asks about nobody."""
    return f'<{PING} xmlns="{NAMESPACE}"/>'


def write_pong() -> str:
    """The payload of a ping's answer where Försäkringskassan was reached."""
    return f'<{PONG} xmlns="{NAMESPACE}">{_elements({"FK": {"anropad": "true"}})}</{PONG}>'


def read_pong(payload: Element) -> bool:
    """Whether SSBTEK reached Försäkringskassan for a ping: it may have no way to. Raises UpstreamError."""
    if payload.tag != tag(PONG):
        raise UpstreamInvalidAnswer(f"expected {PONG} of {NAMESPACE}", sent=True)
    part = payload.find(tag("FK"))
    if part is None:
        return False
    error = part.find(tag("error"))
    if error is not None:
        raise _error(error)
    return (part.findtext(tag("anropad")) or "").strip() in ("true", "1")


def _error(part: Element) -> UpstreamError:
    """The problem that an error is: SSBTEK could not ask, or Försäkringskassan answered with it. No text is kept."""
    kalla, felkod = part.findtext(tag("kalla")), (part.findtext(tag("felkod")) or "").strip()
    shown = f" (felkod {felkod})" if _FELKOD.fullmatch(felkod) else ""
    if kalla == "SSBT":
        text = f"SSBTEK itself, between us and Försäkringskassan, answered with an error{shown}"
        return UpstreamUnavailable(text, sent=True, retry_after=_RETRY_SECONDS)
    if kalla == "BT":
        return UpstreamFault(f"Försäkringskassan, asked by SSBTEK, answered with an error{shown}", sent=True)
    return UpstreamInvalidAnswer("expected an error of SSBT or BT", sent=True)


def _decoded(text: str | None) -> bytes | None:
    """What base64 stands for; white space may stand between its characters."""
    if text is None:
        return None
    try:
        return base64.b64decode(_SPACE.sub("", text).encode(), validate=True)
    except ValueError:
        return None
