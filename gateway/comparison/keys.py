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
Key = Callable[[Tree], tuple[Any, ...] | None]


@cache
def key_of(model: type[Modell]) -> Key | None:
    """The function that gives a record's key; None where its kind has none. Raises KeyError for a fact there is not."""
    if not model.SKILJER:
        return None
    known = facts(model)
    parts = tuple((name, _part(known[name])) for name in model.SKILJER)

    def key(record: Tree) -> tuple[Any, ...] | None:
        found = tuple([part(record[name]) if name in record else None for name, part in parts])
        return found if any(part is not None for part in found) else None

    return key


def ordered(model: type[Modell] | None) -> bool:
    """Whether the order of a list of these may say something: it may where nothing else tells the elements apart."""
    return model is None or not model.SKILJER


@cache
def strict(model: type[Modell]) -> tuple[str, ...]:
    """The facts of a key that say where in the message a record stood: no two that differ there are ever one."""
    known = facts(model)
    return tuple(name for name in model.SKILJER if known[name].kind == "val")


def _part(fact: Fact) -> Callable[[Any], Any]:
    one = _leaf if fact.model is None else _record(fact.model)
    if not fact.many:
        return one

    def several(value: Any) -> Any:
        return tuple([one(element) for element in value]) if type(value) is list else _leaf(value)

    return several


def _record(model: type[Modell]) -> Callable[[Any], Any]:
    key = key_of(model)

    def part(value: Any) -> Any:
        if type(value) is not dict:
            return _leaf(value)
        return (key(value) if key else None) or True  # what has no key of its own is at least there

    return part


def _leaf(value: Any) -> Any:
    return repr(value) if type(value) in {dict, list} else value
