"""The spellings that records share: code objects in eight shapes, deaths without a date, payees in one text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.contract import Bare, Row, Shape
from gateway.forms import MISFIT, Enumerated, IntegerText, PartialDate, Text
from schemas.bas import Kod

SIFFERKOD = Shape("Sifferkod", Kod, (Row("kod", "id", form=IntegerText()), Row("text", "beskrivning")))
BOKSTAVSKOD = Shape("Bokstavskod", Kod, (Row("kod", "id"), Row("text", "beskrivning")))
LAND = Shape("Land", Kod, (Row("kod"), Row("text", "namn")))
TEXTKOD = Bare(Kod, Row("kod", form=Text()))
HELTALSKOD = Bare(Kod, Row("kod", form=IntegerText()))


def listkod(name: str, *codes: str, numeric: bool = False) -> Shape:
    """A code of a published list, always with its text."""
    kod = Row("kod", form=Enumerated(codes, numeric=numeric), required=True)
    return Shape(name, Kod, (kod, Row("text", "beskrivning", required=True)))


def tillstandskod(name: str, *codes: str, text: str = "beskrivning") -> Shape:
    """A code of a published list of which neither part need be there."""
    return Shape(name, Kod, (Row("kod", form=Enumerated(codes)), Row("text", text)))


UTLAMNARE = tillstandskod("Utlamnare", "FK", "PM", text="namn")
TILLSTAND = tillstandskod("Tillstand", "OK", "FELANDE", "OTILLGANGLIG")
AVVIKELSE = tillstandskod("Avvikelsekod", "INTERNT_FEL", "OBEHORIG")

_ABSENT = "Datum saknas"


class Dodsfallsdatum:
    """A date of death of which any part may be unknown, or the words for a death without a date."""

    facts = ("avled", "avledDatumSaknas")
    expected = "a date: YYYY-MM-DD, YYYY-MM or YYYY, or the words for a missing one"
    # As published: it lets through more than it means to, since "|" splits the whole and ":?" is no group.
    _published = "^(:?([0-9]{4})(-(:?0[1-9]|1[0-2])(-(:?0[1-9]|[12][0-9]|3[01]))?)?)|Datum saknas$"

    def parse(self, value: Any, _reading: Any) -> Any:
        """The date, or the fact that there is none."""
        if value == _ABSENT:
            return {"avledDatumSaknas": True}
        date = PartialDate().parse(value)
        return MISFIT if date is MISFIT else {"avled": date}

    def render(self, node: Mapping[str, Any]) -> Any:
        """The date where there is one, else the words."""
        if "avled" in node:
            return PartialDate().render(node["avled"])
        return _ABSENT if node.get("avledDatumSaknas") else MISFIT

    def accepts(self, value: Any) -> bool:
        """What the published pattern lets through."""
        return type(value) is str and re.search(self._published, value) is not None

    def schema(self) -> dict[str, Any]:
        """The wire's JSON Schema."""
        return {"type": "string", "pattern": self._published}


_AUTHORITY = "MYNDIGHETSUTBETALNING"


class Utbetalningsmottagare:
    """One or two persons in one text with a slash between, or the word for an authority."""

    facts = ("utbetalningsmottagare", "myndighetsutbetalning")
    expected = "one or two personnummer of twelve digits with a slash between, or the word for an authority"
    _people = re.compile(r"[0-9]{12}(?:/[0-9]{12})?")
    # As published: it lets through more than it means to, since "|" splits the whole.
    _published = f"^[0-9]{{12}}(/[0-9]{{12}})?|{_AUTHORITY}$"

    def parse(self, value: Any, _reading: Any) -> Any:
        """The persons, or the fact that it was an authority."""
        if value == _AUTHORITY:
            return {"myndighetsutbetalning": True}
        if type(value) is str and self._people.fullmatch(value):
            return {"utbetalningsmottagare": [{"personnummer": number} for number in value.split("/")]}
        return MISFIT

    def render(self, node: Mapping[str, Any]) -> Any:
        """The persons where there are any, else the word."""
        people = node.get("utbetalningsmottagare", ())
        if people:
            text = "/".join(person.get("personnummer", "") for person in people)
            numbers_alone = all(person.keys() == {"personnummer"} for person in people)
            return text if numbers_alone and self._people.fullmatch(text) else MISFIT
        return _AUTHORITY if node.get("myndighetsutbetalning") else MISFIT

    def accepts(self, value: Any) -> bool:
        """What the published pattern lets through."""
        return type(value) is str and re.search(self._published, value) is not None

    def schema(self) -> dict[str, Any]:
        """The wire's JSON Schema."""
        return {"type": "string", "pattern": self._published}
