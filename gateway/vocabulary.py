"""The canonical models read as data: for each record its facts, what kind they are and what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from schemas.bas import Leaf, Modell

_KINDS: dict[type, str] = {bool: "janej", int: "heltal", Decimal: "tal", str: "text"}
OKANT = "okant"


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a record: its JSON name, its kind (or the record it holds), and whether it is a list."""

    name: str
    kind: str
    model: type[Modell] | None
    many: bool
    text: str = ""


def _inner(annotation: Any, marks: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:
    """Strips Annotated and `| None`, collecting what Annotated says."""
    origin = get_origin(annotation)
    if origin is Annotated:
        first, *more = get_args(annotation)
        return _inner(first, (*marks, *more))
    if origin in (Union, UnionType):
        (only,) = (arg for arg in get_args(annotation) if arg is not NoneType)
        return _inner(only, marks)
    return annotation, marks


def _kind(annotation: Any, marks: tuple[Any, ...]) -> str:
    for mark in marks:
        if isinstance(mark, Leaf):
            return mark.kind
    if get_origin(annotation) is Literal:
        return "val"
    return _KINDS[annotation]


@cache
def facts(model: type[Modell]) -> dict[str, Fact]:
    """The facts of a record by JSON name, in the order in which they are declared; `okant` is not one of them."""
    found: dict[str, Fact] = {}
    for python_name, info in model.model_fields.items():
        if python_name == OKANT:
            continue
        name, text = info.alias or python_name, info.description or ""
        annotation, marks = _inner(info.annotation, tuple(info.metadata))
        many = get_origin(annotation) is list
        if many:
            annotation, marks = _inner(get_args(annotation)[0], ())
        if isinstance(annotation, type) and issubclass(annotation, Modell):
            found[name] = Fact(name, "post", annotation, many, text)
        else:
            found[name] = Fact(name, _kind(annotation, marks), None, many, text)
    return found


def at(model: type[Modell], path: str) -> Fact:
    """The fact at a dotted path below a record: `arenden.sjukpenning`."""
    *sections, last = path.split(".")
    for section in sections:
        inner = facts(model)[section].model
        if inner is None:
            msg = f"{model.__name__}.{section} is no record"
            raise KeyError(msg)
        model = inner
    return facts(model)[last]
