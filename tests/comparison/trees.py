"""Canonical answers as places: every leaf, every list, and copies that differ in one of them."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from schemas.svar import Svar

Tree = dict[str, Any]
Place = tuple[Any, ...]

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIXED = {"utlamnare", "roll", "lage", "status", "okant", "kortform", "avvikelser"}
"""What says where a record stands, and what other plants are about."""


def nodes(tree: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """Everything in an answer with its place, but for what the gateway itself says."""
    yield place, tree
    if isinstance(tree, dict):
        for name, inner in tree.items():
            if place or name not in Svar.EGNA:
                yield from nodes(inner, (*place, name))
    elif isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from nodes(inner, (*place, index))


def leaves(tree: Any) -> list[tuple[Place, Any]]:
    return [(place, value) for place, value in nodes(tree) if not isinstance(value, dict | list)]


def lists(tree: Any) -> list[tuple[Place, list[Any]]]:
    return [(place, value) for place, value in nodes(tree) if isinstance(value, list)]


def at(tree: Any, place: Place) -> Any:
    for step in place:
        tree = tree[step]
    return tree


def put(tree: Tree, place: Place, value: Any) -> Tree:
    """The answer with another value at a place; what is beside the way there is shared."""
    made = copy.copy(tree)
    here: Any = made
    for step in place[:-1]:
        here[step] = copy.copy(here[step])
        here = here[step]
    here[place[-1]] = value
    return made


def without(tree: Tree, place: Place) -> Tree:
    """The answer without what stands at a place."""
    items = copy.copy(at(tree, place[:-1]))
    del items[place[-1]]
    return put(tree, place[:-1], items) if place[:-1] else items


def inserted(tree: Tree, place: Place, value: Any) -> Tree:
    items = list(at(tree, place[:-1]))
    items.insert(place[-1], value)
    return put(tree, place[:-1], items)


def unit(place: Place) -> Place:
    """The record at the top that a place lies in."""
    length = next((index + 1 for index, step in enumerate(place) if isinstance(step, int)), 1)
    return place[:length]


def free(place: Place) -> bool:
    """Whether a value there can differ without saying that it is another record."""
    return not _FIXED & {step for step in place if isinstance(step, str)}


def other(value: Any, rng: random.Random) -> Any:  # noqa: PLR0911  one for each kind
    """Another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + rng.randrange(1, 90)
        case Decimal():
            return value + rng.randrange(100, 900)
        case str() if DATE.fullmatch(value):
            return f"{int(value[:4]) - rng.randrange(3, 30):04d}{value[4:8]}15"
        case str() if re.fullmatch(r"[0-9]{4}(-[0-9]{2})?", value):
            return f"{int(value[:4]) - 31:04d}{value[4:]}"
        case str() if re.fullmatch(r"[0-9]{12}", value):
            return value[:11] + str((int(value[11]) + 5) % 10)
        case _:
            return f"{value}Q"


def pointer(place: Place) -> str:
    return "".join(f"/{step}" for step in place)
