"""Documents that are valid under an OpenAPI 3.0 schema, as JSON text, so that every digit is as it was chosen.

A style decides what the schema leaves open: which optional fields are there, how long lists are, which values they
hold. `Wild` tries everything that the contract allows, `Plain` makes one document with every leaf in it. Personal
numbers have a month over twelve, so that they can be nobody's.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Protocol

import rstr

from tests.contracts.documents import Contract, Node

_EPOCH = date(1900, 1, 1)


class Style(Protocol):
    """What a schema leaves open."""

    def present(self, path: str) -> bool:
        """Whether an optional field is there."""

    def length(self, path: str, least: int, most: int | None) -> int:
        """How many elements a list has."""

    def scalar(self, path: str, node: Node) -> str:
        """A leaf, as JSON text."""


class Generator:
    """Writes documents of one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    def document(self, noun: str, style: Style) -> bytes:
        """One document, in UTF-8."""
        parts: list[str] = []
        _write(self._contract.node(noun), "", style, parts)
        return "".join(parts).encode()


def _write(node: Node, path: str, style: Style, parts: list[str]) -> None:
    if node.kind == "object":
        separator = "{"
        for name, inner in node.fields.items():
            here = f"{path}.{name}" if path else name
            if name in node.required or style.present(here):
                parts += (separator, json.dumps(name), ":")
                _write(inner, here, style, parts)
                separator = ","
        parts.append("{}" if separator == "{" else "}")
    elif node.kind == "array":
        _write_list(node, path + "[]", style, parts)
    else:
        parts.append(style.scalar(path, node))


def _write_list(node: Node, path: str, style: Style, parts: list[str]) -> None:
    elements: list[str] = []
    for _ in range(style.length(path, node.least, node.most)):
        inner: list[str] = []
        _write(node.item, path, style, inner)
        text = "".join(inner)
        if not (node.unique and text in elements):
            elements.append(text)
    parts.append(f"[{','.join(elements)}]")


def impossible_number(rng: random.Random, *, short: bool = False) -> str:
    """A personnummer that can be nobody's, with twelve digits or with ten."""
    ten = f"{rng.randrange(100):02d}{rng.randrange(20, 99)}{rng.randrange(1, 92):02d}{rng.randrange(10**4):04d}"
    return ten if short else f"{rng.choice((18, 19, 20))}{ten}"


_TEXTS: tuple[str, ...] = (
    *("", " ", "Sjukpenning", "Änka/Änkeman", "BJÖRKETORP", 'O\'Neill "Åse"', "a\\b/c", "\u0000\u0001\u001f\x7f"),
    *("rad 1\r\nrad 2\t", "\u2028\u2029", "👩‍👧 ﷽", "e\u0301", "null", "true", "0", "-1", "00", "1e3", "<x>&amp;</x>"),
    *("{}", "[0]", "Datum saknas", "MYNDIGHETSUTBETALNING", "PM:AP", "FK", "x" * 5000, "å" * 300, "2024-02-30"),
    *("2024-13", "20240531", "2024-05-31T12:00:00Z", "24-05-31", "٢٠٢٤-05-31", "٢٠٢٤", "9999-12-31", "0001-01-01"),
)
_INTEGERS = ("0", "1", "-1", "7", "1001", "-40", "2147483648", "-9223372036854775808", "9007199254740993")
_HUGE = ("18446744073709551616", "-123456789012345678901234567890", "9" * 60)
_NUMBERS: tuple[str, ...] = (
    *("0", "0.0", "-0.5", "100.50", "0.10", "1e3", "1E-7", "12.340e+2", "-1043.00", "33", "-0.00", "1000000"),
    *("79228162514264337593543950335.12", "0.1000000000000000055511151231257827", "9007199254740993", "1e300"),
)
_SHARES = ("0", "1", "0.5", "0.75", "0.3333", "1.0", "0.10", "1e-3", "0.000", "2.5E-1", "0.70000000000000001")
_TIMES = (
    *("2024-05-31T12:00:00Z", "2024-05-31T12:00:00.1+02:00", "1985-04-12t23:20:50.52z", "2024-02-29T00:00:00-00:00"),
    *(
        "2024-05-31T23:59:59.123456789+14:00",
        "2016-12-31T23:59:60Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999-23:59",
    ),
)


@dataclass(slots=True)
class Wild:
    """Everything that the contract allows; `density` is how likely an optional field is there."""

    rng: random.Random
    density: float

    def present(self, path: str) -> bool:  # noqa: ARG002  chance alone decides here
        return self.rng.random() < self.density

    def length(self, path: str, least: int, most: int | None) -> int:  # noqa: ARG002
        # A document that has everything has short lists, or it would be a thousand times as long as a sparse one.
        usual = (1, 1, 1, 2) if self.density > 0.9 else (1, 1, 2, 2, 3) if self.density > 0.4 else (0, 1, 2, 5)
        count = max(least, self.rng.choice(usual))
        return count if most is None else min(count, most)

    def scalar(self, path: str, node: Node) -> str:  # noqa: ARG002
        rng = self.rng
        if node.codes:
            return json.dumps(rng.choice(node.codes))
        match node.kind:
            case "boolean":
                return rng.choice(("true", "false"))
            case "integer":
                return self._integer()
            case "number":
                return self._number(node)
        return json.dumps(self._text(node), ensure_ascii=rng.random() < 0.2)

    def _integer(self) -> str:
        roll = self.rng.random()
        if roll < 0.7:
            return str(self.rng.randrange(-10, 5000))
        return self.rng.choice(_INTEGERS if roll < 0.98 else _HUGE)

    def _number(self, node: Node) -> str:
        if node.maximum is not None:
            return self.rng.choice(_SHARES)
        if self.rng.random() < 0.5:
            return f"{self.rng.randrange(-100, 10**6)}.{self.rng.randrange(100):02d}"
        return self.rng.choice(_NUMBERS)

    def _text(self, node: Node) -> str:
        if node.pattern:
            return by_pattern(node.pattern, self.rng)
        if node.format == "date":
            return _day(self.rng.randrange(-36000, 70000))
        return self.rng.choice(_TIMES) if node.format == "date-time" else self._bare_text()

    def _bare_text(self) -> str:
        """Most bare texts of the contract are dates or numbers of persons, and any may be anything else."""
        rng, roll = self.rng, self.rng.random()
        if roll < 0.4:
            return _day(rng.randrange(60000))[: rng.choice((10, 10, 10, 7, 4))]
        if roll < 0.55:
            return impossible_number(rng, short=rng.random() < 0.4)
        if roll < 0.85:
            return rng.choice(("Sjukpenning", "SJP", "SEK", "A", "Ersättning hel dag", "Slutligt beslut", "101"))
        return rng.choice(_TEXTS)


def by_pattern(pattern: str, rng: random.Random) -> str:
    """A text that the pattern lets through; where it does not hold both ends, often with something around it."""
    if "[0-9]{10}" in pattern:
        return impossible_number(rng, short=rng.random() < 0.5)
    text: str = rstr.Rstr(rng).xeger(pattern)
    around = rng.choice(("{}", "{}", "x{}", "{} y", "åäö {} 1"))
    candidate = around.format(text)
    if re.search(pattern, candidate):
        return candidate
    assert re.search(pattern, text), pattern
    return text


def _day(number: int) -> str:
    return (_EPOCH + timedelta(days=number)).isoformat()


@dataclass(slots=True)
class Plain:
    """Every field once, with values that differ from each other and mean what their names say."""

    elements: int = 1
    only: Callable[[str], bool] = field(default=lambda _path: True)
    made: int = 0

    def present(self, path: str) -> bool:
        return self.only(path)

    def length(self, path: str, least: int, most: int | None) -> int:  # noqa: ARG002
        return max(least, self.elements if most is None else min(self.elements, most))

    def scalar(self, path: str, node: Node) -> str:
        self.made += 1
        if node.codes:
            return json.dumps(node.codes[self.made % len(node.codes)])
        match node.kind:
            case "boolean":
                return ("true", "false")[self.made % 2]
            case "integer":
                return str(1000 + self.made)
            case "number":
                return f"0.{self.made:05d}0" if node.maximum is not None else f"{1000 + self.made}.50"
        return json.dumps(self._text(path, node))

    def _text(self, path: str, node: Node) -> str:
        day = _day(20000 + self.made)
        if "[0-9]{10}" in node.pattern or "[0-9]{12}" in node.pattern or path.endswith(".personnummer"):
            return f"1950{20 + self.made % 79}{self.made % 91 + 1:02d}{self.made % 10**4:04d}"
        if node.pattern.startswith("^[0-9]{4}-"):
            return day[:7]
        if node.pattern == "^[0-9]{4}$":
            return str(1900 + self.made % 200)
        return day + "T12:00:00Z" if node.format == "date-time" else day


DENSITIES = {"sparse": 0.3, "half": 0.6, "full": 1.0}


def wild(contract: Contract, noun: str, seed: int, density: str) -> bytes:
    """The document of a seed."""
    # The seed is text so that neighbouring numbers do not give neighbouring documents.
    rng = random.Random(f"{noun}/{density}/{seed}")  # noqa: S311  no secret
    return Generator(contract).document(noun, Wild(rng, DENSITIES[density]))


def as_checked(body: bytes) -> Any:
    """The document as a validator reads it."""
    return json.loads(body)
