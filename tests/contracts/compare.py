"""JSON documents as values: a number is its digits, absent and empty are the same, some lists have no order.

This reads with the standard library and not with the gateway's own reader, so that it does not share its mistakes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

UNORDERED = frozenset(
    {
        ("ansprak",),
        ("beslut",),
        ("utbetalningar",),
        ("preliminaraUtbetalningar",),
        ("ovrigInformation",),
        ("formansinformation",),
        ("utlamnare",),
        *(
            ("avvikelser", klass)
            for klass in (
                *("formansinformation", "ansprak", "beslut", "preliminaraUtbetalningar"),
                *("utbetalningar", "ovrigInformation"),
            )
        ),
    }
)
"""Version 9's top-level lists, which may come back in another order."""


def read(body: bytes) -> Any:
    """The document with every number as a Decimal that has its digits."""
    return json.loads(body, parse_float=Decimal, parse_int=Decimal)


def normal(value: Any, path: tuple[str, ...] = ()) -> Any:
    """A value that is equal to another one's exactly when the documents say the same, digit by digit."""
    match value:
        case dict():
            fields = {key: normal(inner, (*path, key)) for key, inner in value.items()}
            return {key: inner for key, inner in fields.items() if inner not in ({}, [])}
        case list():
            elements = [normal(element, (*path, "[]")) for element in value]
            return sorted(elements, key=as_text) if path in UNORDERED else elements
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return Decimal(value).as_tuple()
        case str():
            return f'"{value}'  # apart from the words for true and false
        case None:
            return "null"
        case _:
            msg = f"no JSON value: {type(value).__name__}"
            raise TypeError(msg)


def as_text(value: Any) -> str:
    """A normal form as text: equal for equal ones, in whatever order their fields stand."""
    return json.dumps(value, sort_keys=True)


def same(one: Any, other: Any) -> bool:
    """Whether two documents say the same."""
    return bool(normal(one) == normal(other))


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """The JSON pointers where two normal forms differ: what a failing test may show, since it holds no value."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            left, right = (each[index] if index < len(each) else None for each in (one, other))
            yield from differences(left, right, f"{path}/{index}")
    elif one != other:
        yield path


def where(one: Any, other: Any) -> list[str]:
    """The pointers where two documents differ, in order; empty when they say the same."""
    return sorted(differences(normal(one), normal(other)))
