"""Every way in which one node of a document can be wrong, with the notes that the contract calls for.

What is expected is read off the OpenAPI schema alone: the adapters' tables are what is being tested.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from gateway.notes import FEL_FORM, OKAND_KOD, OKANT_FALT, SAKNAS
from tests.contracts.documents import Node

Place = tuple[str | int, ...]
Expected = frozenset[tuple[str, str]]
NOTHING: Expected = frozenset()

_REMOVED = object()
_WRONG: dict[str, tuple[Any, ...]] = {
    "string": (424242, Decimal("1.5"), True, ["fel"], {"fel": "typ"}, [], {}),
    "integer": ("fel typ", Decimal("1.5"), False, ["fel"], {"fel": "typ"}, [], {}),
    "number": ("fel typ", True, ["fel"], {"fel": "typ"}, [], {}),
    "boolean": ("fel typ", 424242, Decimal("0.5"), ["fel"], {"fel": "typ"}, [], {}),
    "array": ("fel typ", 424242, True, {"fel": "typ"}, {}),
    "object": ("fel typ", 424242, True, Decimal("1.5"), ["fel"], []),
}


@dataclass(frozen=True, slots=True)
class Mutation:
    """One wrong document: where it is wrong, what was done, and the (path, kind) of each note that it calls for."""

    place: Place
    what: str
    document: Any = field(repr=False)
    expected: Expected
    put: Any = field(default=None, repr=False)
    """The value that was put in, when nothing of it may be lost."""
    free: bool = False
    """The contract allows the value, so it has to come back; a note may say that the vocabulary cannot hold it."""


def pointer(place: Place) -> str:
    """The JSON pointer of a place."""
    return "".join(f"/{step}" for step in place)


def nodes(node: Node, value: Any, place: Place = ()) -> Iterator[tuple[Place, Node, Any]]:
    """Every node of a valid document with its schema, the root first."""
    yield place, node, value
    if node.kind == "object":
        for name, inner in value.items():
            yield from nodes(node.fields[name], inner, (*place, name))
    elif node.kind == "array":
        for index, element in enumerate(value):
            yield from nodes(node.item, element, (*place, index))


def changed(document: Any, place: Place, value: Any) -> Any:
    """The document with another value at one place, or without it; what is beside the way there is shared."""
    if not place:
        return value
    step, *rest = place
    made = copy.copy(document)
    if rest or value is not _REMOVED:
        old = made[step] if rest else None
        made[step] = changed(old, tuple(rest), value)
    else:
        del made[step]
    return made


def mutations(root: Node, document: Any) -> Iterator[Mutation]:
    """All mutations of a valid document."""
    schemas: dict[Place, Node] = {}
    for place, node, value in nodes(root, document):
        schemas[place] = node
        if place:
            yield from _at(place, node, schemas[place[:-1]], document)
        if node.kind == "object":
            yield _extra(place, document, value)
        if node.kind == "array" and value:
            yield _doubled(place, node, document, value)
        if place and value:
            yield _emptied(place, node, document)


def _at(place: Place, node: Node, parent: Node, document: Any) -> Iterator[Mutation]:
    here = pointer(place)
    # An empty list says the same as none at all: where the contract wants one element at least, none is no note.
    required = parent.kind == "object" and place[-1] in parent.required
    lacking = frozenset({(here, SAKNAS)}) if required else NOTHING
    yield Mutation(place, "removed", changed(document, place, _REMOVED), lacking)
    misfit = frozenset({(here, FEL_FORM)})
    yield Mutation(place, "null", changed(document, place, None), misfit)
    for wrong in _WRONG[node.kind]:
        what = f"{type(wrong).__name__} for {node.kind}"
        yield Mutation(place, what, changed(document, place, wrong), misfit, wrong)
    for other, expected in _other_values(node, here):
        yield Mutation(place, "another value", changed(document, place, other), expected, other, free=not expected)


def _other_values(node: Node, here: str) -> Iterator[tuple[Any, Expected]]:
    """Values of the right type that are not in the list, not of the pattern or format, or out of bounds."""
    if node.codes:
        kind = "XX:NY" if node.kind == "string" else 987654
        yield kind, frozenset({(here, OKAND_KOD)})
        return
    if node.kind == "string":
        for text in ("XX:NY", "", "inget datum alls", "2024-13", "1234567890123"):
            fits = re.search(node.pattern, text) is not None if node.pattern else not node.format
            yield text, NOTHING if fits else frozenset({(here, FEL_FORM)})
    elif node.maximum is not None:
        yield Decimal("1.01"), frozenset({(here, FEL_FORM)})
        yield Decimal("-0.01"), frozenset({(here, FEL_FORM)})
    elif node.kind in {"integer", "number"}:
        yield -424242, NOTHING
        yield 10**30, NOTHING
    elif node.kind == "boolean":
        yield True, NOTHING
        yield False, NOTHING


def _extra(place: Place, document: Any, value: dict[str, Any]) -> Mutation:
    added = {"nyttFalt": {"inuti": [1, "två"]}}
    expected = frozenset({(f"{pointer(place)}/nyttFalt", OKANT_FALT)})
    return Mutation(place, "extra field", changed(document, place, value | added), expected, added["nyttFalt"])


def _doubled(place: Place, node: Node, document: Any, value: list[Any]) -> Mutation:
    here = pointer(place)
    expected = NOTHING
    if node.most is not None and len(value) >= node.most:
        expected = frozenset({(f"{here}/{len(value)}", FEL_FORM)})
    elif node.unique:
        expected = frozenset({(here, FEL_FORM)})
    return Mutation(place, "one element twice", changed(document, place, [*value, value[0]]), expected)


def _emptied(place: Place, node: Node, document: Any) -> Mutation:
    if node.kind == "array":
        return Mutation(place, "emptied", changed(document, place, []), NOTHING)
    if node.kind == "object":
        lacking = frozenset((f"{pointer(place)}/{name}", SAKNAS) for name in node.required)
        return Mutation(place, "emptied", changed(document, place, {}), lacking)
    return Mutation(place, "unchanged", document, NOTHING)
