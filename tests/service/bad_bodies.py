"""Questions that no face may take, written once for both: what is wrong, the status, the place that has to be named.

`{klass}` cases differ between the faces, since version 9 has a list for each class where the stable API has pairs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.service.running import PERIOD, PERSON

Tree = dict[str, Any]


@dataclass(frozen=True)
class Bad:
    """A body, what has to come back, and what of it may never come back."""

    name: str
    body: bytes = field(repr=False)
    status: int
    path: str
    secret: str = ""


def _json(tree: Any) -> bytes:
    return json.dumps(tree).encode()


SECRET = "hemligtvarde"  # noqa: S105 - a value that must not be repeated


def digits(text: str, zero: int) -> str:
    """The text with its digits out of another part of Unicode."""
    return text.translate({ord("0") + value: zero + value for value in range(10)})


WRONG_TYPES = {
    "text": SECRET,
    "number": 4711.25,
    "integer": 87654321,
    "true": True,
    "null": None,
    "list": [SECRET],
    "object": {"x": SECRET},
}
_FIELD_TYPES = {"personnummer": "text", "period": "object", "period/from": "text", "period/tom": "text"}


def _with(good: Tree, path: str, value: Any) -> Tree:
    """A copy of the question with another value at a place of at most two steps."""
    first, _, second = path.partition("/")
    return {**good, first: {**good[first], second: value} if second else value}


def wrong_types(good: Tree, lists: tuple[str, ...], elements: str) -> list[Bad]:
    """Every field with every JSON type that it is not of; `elements` is what the lists hold."""
    cases = []
    for path, right in _FIELD_TYPES.items():
        for kind, value in WRONG_TYPES.items():
            if kind != right:
                cases.append(Bad(f"{path} is {kind}", _json(_with(good, path, value)), 400, f"/{path}", SECRET))
    for name in lists:
        for kind, value in WRONG_TYPES.items():
            if kind != "list":
                cases.append(Bad(f"{name} is {kind}", _json({**good, name: value}), 400, f"/{name}", SECRET))
            if kind != elements:
                cases.append(Bad(f"{name} holds {kind}", _json({**good, name: [value]}), 400, f"/{name}/0", SECRET))
    return cases


def missing(good: Tree) -> list[Bad]:
    """Every required field left out."""
    cases = [
        Bad(f"no {name}", _json({key: value for key, value in good.items() if key != name}), 400, f"/{name}")
        for name in ("personnummer", "period")
    ]
    for name in ("from", "tom"):
        period = {key: value for key, value in PERIOD.items() if key != name}
        cases.append(Bad(f"no period {name}", _json({**good, "period": period}), 400, f"/period/{name}"))
    return cases


def unknown_fields(good: Tree) -> list[Bad]:
    """A field that no contract declares, at each level, with a name that is itself a value."""
    return [
        Bad("unknown field", _json({**good, "namn": SECRET}), 400, "/namn", SECRET),
        Bad("a field named as a person", _json({**good, PERSON: SECRET}), 400, "/?", SECRET),
        Bad("a field named with a control character", _json({**good, "a\x00b": SECRET}), 400, "/?", SECRET),
        Bad("okant of the answer", _json({**good, "okant": {"x": SECRET}}), 400, "/okant", SECRET),
        Bad("kortform of the answer", _json({**good, "kortform": True}), 400, "/kortform"),
        Bad(
            "unknown field of the period",
            _json({**good, "period": {**PERIOD, "till": SECRET}}),
            400,
            "/period/till",
            SECRET,
        ),
    ]


def persons(good: Tree, status: int) -> list[Bad]:
    """Numbers that are nobody's: the last value of each is looked for in everything that comes back."""
    unprocessable = {
        "wrong check digit": "199001019803",
        "wrong check digit, ten digits": "9001019803",
        "impossible month": "199013019806",
        "impossible day": "199002309808",
        "29 February of a year that has none": "190002299808",
        "impossible samordningsnummer": "199001929806",
        "all zeros": "000000000000",
        "ten zeros": "0000000000",
    }
    malformed = {
        "with a separator": "19900101-9802",
        "eleven digits": "19900101980",
        "thirteen digits": "1990010198020",
        "with a newline": f"{PERSON}\n",
        "with a space": f" {PERSON}",
        "Arabic-Indic digits": digits(PERSON, 0x660),
        "full-width digits": digits(PERSON, 0xFF10),
        "empty": "",
        "letters": SECRET,
        "with NUL": f"{PERSON}\x00",
    }
    cases = [
        Bad(f"personnummer: {name}", _json({**good, "personnummer": number}), status, "/personnummer", number)
        for name, number in unprocessable.items()
    ]
    return cases + [
        Bad(f"personnummer: {name}", _json({**good, "personnummer": number}), 400, "/personnummer", number.strip())
        for name, number in malformed.items()
    ]


def periods(good: Tree, status: int) -> list[Bad]:
    """Periods that cannot be asked about."""

    def case(name: str, first: str, last: str, status: int, path: str) -> Bad:
        return Bad(f"period: {name}", _json({**good, "period": {"from": first, "tom": last}}), status, path)

    return [
        case("backwards", "2025-03-17", "2025-03-16", status, "/period/tom"),
        case("two years and a day", "2023-03-17", "2025-03-18", status, "/period"),
        case("two years and a day from 29 February", "2024-02-29", "2026-03-01", status, "/period"),
        case("thousands of years", "0001-01-01", "9999-12-31", status, "/period"),
        case("29 February of a year that has none", "2023-02-29", "2023-12-31", 400, "/period/from"),
        case("a month alone", "2025-01", "2025-12-31", 400, "/period/from"),
        case("no separators", "20250317", "20250318", 400, "/period/from"),
        case("a week date", "2025-W11-1", "2025-12-31", 400, "/period/from"),
        case("a moment", "2025-03-17T00:00:00Z", "2025-12-31", 400, "/period/from"),
        case("with a newline", "2025-03-17\n", "2025-12-31", 400, "/period/from"),
        case("year 0", "0000-01-01", "0000-12-31", 400, "/period/from"),
        case("year 10000", "10000-01-01", "10000-12-31", 400, "/period/from"),
        case("Arabic-Indic digits", digits("2025-03-17", 0x660), "2025-12-31", 400, "/period/from"),
        case("empty", "", "2025-12-31", 400, "/period/from"),
    ]


def broken(good: Tree) -> list[Bad]:
    """Bodies that are no JSON object at all."""
    text = _json(good).decode()
    deep = 60_000  # as much as there is place for in 64 KiB
    bodies = {
        "empty body": b"",
        "white space": b" \n\t ",
        "broken UTF-8": text.replace(PERSON, SECRET + "\udcff").encode("utf-8", "surrogateescape"),
        "overlong UTF-8": text.encode().replace(b"/", b"\xc0\xaf") + b"\xc0\xaf",
        "CESU-8 surrogates": b'{"personnummer":"\xed\xa0\x80"}',
        "Latin-1": text.replace(PERSON, f"{SECRET}å").encode("latin-1"),
        "UTF-16": text.encode("utf-16"),
        "UTF-16 big-endian without mark": text.encode("utf-16-be"),
        "UTF-32": text.encode("utf-32"),
        "UTF-8 with byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "lone high surrogate": text.replace(PERSON, "\\ud800").encode(),
        "lone low surrogate": text.replace(PERSON, "\\udc00").encode(),
        "a key twice": text.replace('"period"', f'"personnummer": "{SECRET}", "period"', 1).encode(),
        "a key twice, once escaped": text.replace(
            '"period"', f'"\\u0070ersonnummer": "{SECRET}", "period"', 1
        ).encode(),
        "a key twice, deeper": text.replace('"tom"', f'"from": "{SECRET}", "tom"', 1).encode(),
        "deep lists": b"[" * deep,
        "deep objects": b'{"a":' * (deep // 10),
        "deep below a field": text.replace(f'"{PERSON}"', "[" * 10_000 + "]" * 10_000).encode(),
        "trailing garbage": text.encode() + SECRET.encode(),
        "two documents": text.encode() * 2,
        "trailing NUL": text.encode() + b"\x00",
        "trailing comma": text[:-1].encode() + b",}",
        "a comment": text.encode() + b"// " + SECRET.encode(),
        "single quotes": text.replace('"', "'").encode(),
        "NaN": text.replace(f'"{PERSON}"', "NaN").encode(),
        "Infinity": text.replace(f'"{PERSON}"', "-Infinity").encode(),
        "huge integer": text.replace(f'"{PERSON}"', "9" * 20_000).encode(),
        "a raw control character": text.replace(PERSON, "a\x01b").encode(),
        "half a document": text[: len(text) // 2].encode(),
        "form data": f"personnummer={PERSON}".encode(),
        "XML": f"<?xml version='1.0'?><fraga>{PERSON}</fraga>".encode(),
        "gzip": bytes.fromhex("1f8b0800000000000003"),
        **{f"JSON {kind}": _json(value) for kind, value in WRONG_TYPES.items() if kind != "object"},
    }
    cases = [Bad(name, body, 400, "", SECRET) for name, body in bodies.items()]
    by_value: dict[str, Callable[[str], str]] = {
        "a large integer": lambda value: text.replace(value, "9" * 4_000),
        "an exponent": lambda value: text.replace(value, "1e999999"),
        "a negative exponent": lambda value: text.replace(value, "1e-999999"),
    }
    return cases + [
        Bad(name, change(f'"{PERSON}"').encode(), 400, "/personnummer") for name, change in by_value.items()
    ]


def types_of_own(good: Tree) -> list[Bad]:
    """What is wrong with the information types of the stable API."""

    def case(name: str, types: Any, path: str, status: int = 400) -> Bad:
        return Bad(name, _json({**good, "informationstyper": types}), status, f"/informationstyper{path}", SECRET)

    pair = {"klass": "formansinformation", "informationstyp": "FK:SJP"}
    fields = [
        case(f"{field} is {kind}", [{**pair, field: value}], f"/0/{field}")
        for field in pair
        for kind, value in WRONG_TYPES.items()
    ]
    return [
        *fields,
        case("no types", [], ""),
        Bad("types left out", _json({key: good[key] for key in ("personnummer", "period")}), 400, "/informationstyper"),
        case("unknown type", [{**pair, "informationstyp": f"FK:{SECRET}"}], "/0/informationstyp"),
        case("lower case", [{**pair, "informationstyp": "fk:sjp"}], "/0/informationstyp"),
        case("unknown class", [{**pair, "klass": SECRET}], "/0/klass"),
        case("version 9's name of a class", [{**pair, "klass": "preliminaraUtbetalningar"}], "/0/klass"),
        case("no class", [{"informationstyp": "FK:SJP"}], "/0/klass"),
        case("no type in a pair", [{"klass": "beslut"}], "/0/informationstyp"),
        case("unknown field of a pair", [{**pair, "namn": SECRET}], "/0/namn"),
        case("a pair twice", [pair, pair], ""),
        case("a type of another class", [pair, {**pair, "informationstyp": "PM:AP"}], "/1/informationstyp", 422),
    ]


def types_of_v9(good: Tree) -> list[Bad]:
    """What is wrong with the information types of version 9."""

    def case(name: str, field: str, types: Any, path: str) -> Bad:
        return Bad(name, _json({**good, field: types}), 400, path, SECRET)

    nothing = {key: good[key] for key in ("personnummer", "period")}
    return [
        case("unknown type", "formansinformation", [f"FK:{SECRET}"], "/formansinformation/0"),
        case("unknown type beside a known one", "formansinformation", ["FK:SJP", SECRET], "/formansinformation/1"),
        case("a type of another class", "beslut", ["FK:SJP"], "/beslut/0"),
        case("a type twice", "formansinformation", ["FK:SJP", "FK:SJP"], "/formansinformation"),
        Bad("no types", _json(nothing), 400, ""),
        Bad("only empty lists", _json({**nothing, "formansinformation": [], "beslut": []}), 400, ""),
        Bad("the stable API's list", _json({**nothing, "informationstyper": []}), 400, "/informationstyper"),
    ]
