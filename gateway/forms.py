"""How single values are spelled on a wire: each form is a name, a parse and a render, both ways in one class.

Rule 1: `parse` and `render` return MISFIT for what the form cannot carry; they never raise and never guess.
Rule 2: `accepts` says whether the contract allows the wire value, which can be more than the vocabulary can hold:
        a date declared as a bare string may be any text.
Rule 3: `carries` lists the canonical kinds that the form can hold; anything else is refused when declared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Final


class _Misfit:
    """The value that stands for "this cannot be carried"."""

    def __repr__(self) -> str:
        return "MISFIT"


MISFIT: Final = _Misfit()

_PARTIAL = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2]))?")
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_YEAR = re.compile(r"[0-9]{4}")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FULL_LENGTH = 10
_MAX_DIGITS = 4_300  # as many as Python reads; the contract sets no bound
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
    r"(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)


def is_full_date(value: str) -> bool:
    """Whether the text is a whole date that exists, written as YYYY-MM-DD."""
    if len(value) != _FULL_LENGTH or value[4] != "-" or value[7] != "-":
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Form:
    """The root: a value that looks the same on the wire and in the vocabulary, and is of one JSON type."""

    carries: ClassVar[frozenset[str]] = frozenset()
    expected: ClassVar[str] = "a value"

    def parse(self, value: Any) -> Any:
        """Wire to canonical, or MISFIT."""
        return value if self.accepts(value) else MISFIT

    def render(self, value: Any) -> Any:
        """Canonical to wire, or MISFIT."""
        return value if self.accepts(value) else MISFIT

    def accepts(self, value: Any) -> bool:
        """Whether the contract allows this wire value."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The wire's JSON Schema."""
        raise NotImplementedError


class Text(Form):
    """Any text."""

    carries = frozenset({"text", "datum"})
    expected = "a string"

    def accepts(self, value: Any) -> bool:
        return type(value) is str

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


class Boolean(Form):
    """true or false."""

    carries = frozenset({"janej"})
    expected = "true or false"

    def accepts(self, value: Any) -> bool:
        return type(value) is bool

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class Integer(Form):
    """A whole number, written without a fraction."""

    carries = frozenset({"heltal", "tal"})
    expected = "an integer"

    def accepts(self, value: Any) -> bool:
        return type(value) is int

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"}


@dataclass(frozen=True, slots=True)
class Number(Form):
    """A number with the digits it was written with; `precision` is OpenAPI's format."""

    precision: str | None = None
    minimum: int | None = None
    maximum: int | None = None

    carries = frozenset({"tal"})
    expected = "a number"

    def accepts(self, value: Any) -> bool:
        if type(value) is not int and type(value) is not Decimal:
            return False
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)

    def schema(self) -> dict[str, Any]:
        limits = {"format": self.precision, "minimum": self.minimum, "maximum": self.maximum}
        return {"type": "number"} | {key: value for key, value in limits.items() if value is not None}


class PartialDate(Form):
    """A date whose day, or day and month, may be missing; the contract calls it a bare string."""

    carries = frozenset({"datum"})
    expected = "a date: YYYY-MM-DD, YYYY-MM or YYYY"

    def parse(self, value: Any) -> Any:
        if type(value) is str and (is_full_date(value) or _PARTIAL.fullmatch(value)):
            return value
        return MISFIT

    render = parse

    def accepts(self, value: Any) -> bool:
        return type(value) is str

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


class FullDate(Form):
    """A whole date."""

    carries = frozenset({"datum", "heldatum", "text"})
    expected = "a date: YYYY-MM-DD"

    def accepts(self, value: Any) -> bool:
        return type(value) is str and is_full_date(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class Timestamp(Form):
    """A point in time (RFC 3339)."""

    carries = frozenset({"tidpunkt"})
    expected = "a point in time (RFC 3339)"

    def accepts(self, value: Any) -> bool:
        # Not datetime.fromisoformat: it takes other ISO 8601 forms, and no leap second.
        found = _RFC3339.fullmatch(value) if type(value) is str else None
        return found is not None and is_full_date(found[1])

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Month(Form):
    """A month of a year. `published` is the pattern that the contract states, where it is laxer than ours."""

    published: str = "^[0-9]{4}-(0[1-9]|1[0-2])$"

    carries = frozenset({"manad"})
    expected = "a month: YYYY-MM"

    def parse(self, value: Any) -> Any:
        return value if type(value) is str and _MONTH.fullmatch(value) else MISFIT

    render = parse

    def accepts(self, value: Any) -> bool:
        return type(value) is str and re.search(self.published, value) is not None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": self.published}


class YearText(Form):
    """A year written as a text of four digits."""

    carries = frozenset({"heltal"})
    expected = "a year: four digits"

    def parse(self, value: Any) -> Any:
        return int(value) if type(value) is str and _YEAR.fullmatch(value) else MISFIT

    def render(self, value: Any) -> Any:
        return f"{value:04d}" if type(value) is int and 0 <= value <= 9999 else MISFIT  # noqa: PLR2004  four digits

    def accepts(self, value: Any) -> bool:
        return type(value) is str and _YEAR.fullmatch(value) is not None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[0-9]{4}$"}


class IntegerText(Form):
    """A code that the wire writes as a whole number and the vocabulary as text."""

    carries = frozenset({"text"})
    expected = "an integer"

    def parse(self, value: Any) -> Any:
        return str(value) if type(value) is int else MISFIT

    def render(self, value: Any) -> Any:
        if type(value) is str and len(value) <= _MAX_DIGITS and value != "-0" and _INTEGER.fullmatch(value):
            return int(value)
        return MISFIT

    def accepts(self, value: Any) -> bool:
        return type(value) is int

    def schema(self) -> dict[str, Any]:
        return {"type": "integer"}


@dataclass(frozen=True, slots=True)
class Enumerated(Form):
    """A code out of a published list; a code that is not in it passes through and is noted."""

    codes: tuple[str, ...]
    numeric: bool = False

    carries = frozenset({"text", "val"})
    expected = "a code of the published list"

    def __post_init__(self) -> None:
        """Refuses a list that names a code twice."""
        if len(set(self.codes)) != len(self.codes):
            msg = "a code list names a code twice"
            raise ValueError(msg)

    def parse(self, value: Any) -> Any:
        if self.numeric:
            return IntegerText().parse(value)
        return value if type(value) is str else MISFIT

    def render(self, value: Any) -> Any:
        if self.numeric:
            return IntegerText().render(value)
        return value if type(value) is str else MISFIT

    def canonical(self) -> tuple[str, ...]:
        """The codes as the vocabulary writes them."""
        return self.codes

    def accepts(self, value: Any) -> bool:
        return self.parse(value) in self.codes

    def schema(self) -> dict[str, Any]:
        if self.numeric:
            return {"type": "integer", "enum": [int(code) for code in self.codes]}
        return {"type": "string", "enum": list(self.codes)}


@dataclass(frozen=True, slots=True)
class Renamed(Form):
    """A code table: the wire's word for each canonical word, one to one; `numeric` where the wire writes digits."""

    words: tuple[tuple[str, str], ...]
    numeric: bool = False

    carries = frozenset({"text", "val"})
    expected = "a word of the published list"

    def __post_init__(self) -> None:
        """Refuses a table that is not one to one."""
        if len({a for a, _ in self.words}) != len(self.words) or len({b for _, b in self.words}) != len(self.words):
            msg = "a code table must be one to one"
            raise ValueError(msg)

    def parse(self, value: Any) -> Any:
        word = IntegerText().parse(value) if self.numeric else value
        return next((ours for ours, theirs in self.words if theirs == word), MISFIT)

    def render(self, value: Any) -> Any:
        word = next((theirs for ours, theirs in self.words if ours == value), MISFIT)
        return IntegerText().render(word) if self.numeric else word

    def canonical(self) -> tuple[str, ...]:
        """The codes as the vocabulary writes them."""
        return tuple(ours for ours, _ in self.words)

    def accepts(self, value: Any) -> bool:
        return self.parse(value) is not MISFIT

    def schema(self) -> dict[str, Any]:
        if self.numeric:
            return {"type": "integer", "enum": [int(theirs) for _, theirs in self.words]}
        return {"type": "string", "enum": [theirs for _, theirs in self.words]}


@dataclass(frozen=True, slots=True)
class Prefixed(Form):
    """A code that the vocabulary writes with a prefix and the wire without."""

    prefix: str

    carries = frozenset({"text"})
    expected = "a code"

    def parse(self, value: Any) -> Any:
        return self.prefix + value if type(value) is str else MISFIT

    def render(self, value: Any) -> Any:
        return value[len(self.prefix) :] if type(value) is str and value.startswith(self.prefix) else MISFIT

    def accepts(self, value: Any) -> bool:
        return type(value) is str

    def schema(self) -> dict[str, Any]:
        return {"type": "string"}


def as_is(form: Form) -> frozenset[type]:
    """The Python types whose every value is the same on both sides; none where the form looks at the value itself."""
    match form:
        case Text() | Enumerated(numeric=False):
            return frozenset({str})
        case Boolean():
            return frozenset({bool})
        case Integer():
            return frozenset({int})
        case Number(minimum=None, maximum=None):
            return frozenset({int, Decimal})
        case _:
            return frozenset()


DEFAULT_FORMS: dict[str, Form] = {
    "text": Text(),
    "janej": Boolean(),
    "heltal": Integer(),
    "tal": Number(),
    "datum": PartialDate(),
    "heldatum": FullDate(),
    "manad": Month(),
    "tidpunkt": Timestamp(),
    "val": Text(),
    "personnummer": Text(),
}
"""The form of each canonical kind where a version does not say otherwise."""
