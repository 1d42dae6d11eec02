"""Personnummer and samordningsnummer on the wire: ten or twelve digits there, twelve in the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from gateway.forms import MISFIT
from gateway.notes import Reading

PATTERN = "^([0-9]{2})?([0-9]{10})$"
_TWELVE = re.compile(r"[0-9]{12}")
_TEN = re.compile(r"[0-9]{10}")
_SAMORDNING_DAY = 60
_DIGITS = "0123456789"
_SHORT, _LONG = 10, 12


def with_century(ten_digits: str, today: date) -> str:
    """Twelve digits out of ten by the rule for persons under a hundred; an arithmetic rule, it proves no birth date."""
    day = int(ten_digits[4:6])
    born = f"{ten_digits[:4]}{day - _SAMORDNING_DAY if day > _SAMORDNING_DAY else day:02d}"
    century = today.year // 100 if born <= today.strftime("%y%m%d") else today.year // 100 - 1
    return f"{century}{ten_digits}"


def names_another(fraga: Mapping[str, Any], named: Mapping[str, Any]) -> bool:
    """Whether a record names another person than the question; ten digits are compared where only ten came.

    A number in a form of its own (`19900101-9802`) is kept beside the record: its digits are compared all the same. A
    record that names nobody names no other.
    """
    number = named.get("personnummer")
    if number is None:
        unread = named.get("okant", {}).get("personnummer")
        if unread is None or unread == "":
            return False
        number = "".join(sign for sign in str(unread) if sign in _DIGITS)
    ten = named.get("kortform") or fraga.get("kortform") or len(number) == _SHORT
    digits = _SHORT if ten else _LONG
    return bool(number[-digits:] != fraga["personnummer"][-digits:])


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """A number of ten or twelve digits; `kortform` keeps which one came.

    `published` is the pattern that the contract states; without one, the contract allows any text there.
    """

    published: str = PATTERN
    facts: ClassVar[tuple[str, ...]] = ("personnummer", "kortform")
    expected: ClassVar[str] = "a personnummer of ten or twelve digits"

    def parse(self, value: Any, reading: Reading) -> Any:
        """Twelve digits as they are, ten with the century added."""
        if type(value) is str and _TWELVE.fullmatch(value):
            return {"personnummer": value}
        if type(value) is str and _TEN.fullmatch(value):
            return {"personnummer": with_century(value, reading.today), "kortform": True}
        return MISFIT

    def render(self, node: Mapping[str, Any]) -> Any:
        """The number in the form that it came in."""
        number = node.get("personnummer")
        if type(number) is not str or not _TWELVE.fullmatch(number):
            return MISFIT
        return number[2:] if node.get("kortform") else number

    def accepts(self, value: Any) -> bool:
        """Whether the contract allows the text."""
        return type(value) is str and (not self.published or re.search(self.published, value) is not None)

    def schema(self) -> dict[str, Any]:
        """The wire's JSON Schema."""
        return {"type": "string"} | ({"pattern": self.published} if self.published else {})
