"""Business keys, compiled: for each record the function that tells what a record is known by among its like.

Rule 1: a key is made of the facts that the record declares (`SKILJER`), a code counting by its code alone.
Rule 2: a record without any of these facts has no key, and is known by its place and content only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from gateway.vocabulary import Fact, facts
from schemas.bas import Modell

Tree = dict[str, Any]
Part = Callable[[Tree], Any]
Key = Callable[[Tree], tuple[Any, ...] | None]
"""A key cannot be hashed where a record or a list stands in place of a value."""


@cache
def key_of(model: type[Modell]) -> Key | None:
    """The function that gives a record's key; None where its kind has none. Raises KeyError for a fact there is not."""
    if not model.SKILJER:
        return None
    known = facts(model)
    together = _together([_part(known[name]) for name in model.SKILJER])
    nothing = (None,) * len(model.SKILJER)

    def key(record: Tree) -> tuple[Any, ...] | None:
        found = together(record)
        return found if found != nothing else None

    return key


def ordered(model: type[Modell] | None) -> bool:
    """Whether the order of a list of these may say something: it may where nothing else tells the elements apart."""
    return model is None or not model.SKILJER


@cache
def strict(model: type[Modell]) -> tuple[str, ...]:
    """The facts of a key that say where in the message a record stood: no two that differ there are ever one."""
    known = facts(model)
    return tuple(name for name in model.SKILJER if known[name].kind == "val")


def _together(parts: list[Part]) -> Callable[[Tree], tuple[Any, ...]]:
    """The parts of a key as one; without a loop for the few that most have."""
    match parts:
        case [one]:
            return lambda record: (one(record),)
        case [one, two]:
            return lambda record: (one(record), two(record))
        case [one, two, three]:
            return lambda record: (one(record), two(record), three(record))
        case _:
            return lambda record: tuple([part(record) for part in parts])


def _part(fact: Fact) -> Part:
    """What one fact of a record is in its key."""
    name, many = fact.name, fact.many
    if fact.model is None:

        def leaf(record: Tree) -> Any:
            value = record.get(name)
            return tuple(value) if many and type(value) is list else value

        return leaf
    known = _known(fact.model)

    def inner(record: Tree) -> Any:
        value = record.get(name)
        if type(value) is dict:
            return known(value)
        if many and type(value) is list:
            return tuple([known(each) if type(each) is dict else each for each in value])
        return value

    return inner


def _known(model: type[Modell]) -> Part:
    """What a record within a key is known by; what has no key of its own is at least there."""
    key = key_of(model)
    if key is None:
        return lambda _record: True
    if len(model.SKILJER) == 1 and facts(model)[model.SKILJER[0]].model is None:  # a code, most often
        (name,) = model.SKILJER

        def code(record: Tree) -> Any:
            found = record.get(name)
            return (found,) if found is not None else True

        return code
    return lambda record: key(record) or True
