"""Which of several places take an element of a list, by the facts and parts that tell its elements apart.

What an element says of them is looked up: there are few ways in which it can, and each is worked out once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

Tree = dict[str, Any]

_MOST_KNOWN = 256


class Sort(Protocol):
    """What a place takes: elements that bear these marks, and have this part where it names one."""

    @property
    def marks(self) -> Mapping[str, Any]:
        """By fact: what it says."""

    @property
    def part(self) -> str:
        """The one fact of the element that is taken; empty where the whole element is."""


_Sort = TypeVar("_Sort", bound=Sort)
_Made = TypeVar("_Made")


def sorter(takers: Sequence[_Sort], made: Callable[[list[_Sort]], _Made]) -> Callable[[Tree], _Made]:
    """The function that gives what was made of the places which take an element; `made` is called once for each set."""
    facts = tuple(dict.fromkeys(fact for one in takers for fact in one.marks))
    parts = tuple(dict.fromkeys(one.part for one in takers if one.part))
    known: dict[tuple[Any, ...], _Made] = {}

    def look(item: Tree) -> list[_Sort]:
        return [
            one
            for one in takers
            if (not one.part or one.part in item) and all(item.get(fact) == mark for fact, mark in one.marks.items())
        ]

    def sort(item: Tree) -> _Made:
        key = tuple(map(item.get, facts))
        if parts:
            key += tuple(map(item.__contains__, parts))
        try:
            return known[key]
        except KeyError:
            pass
        except TypeError:  # a record where a mark should be
            return made(look(item))
        taking = look(item)
        found = made(taking)
        if taking and len(known) < _MOST_KNOWN:  # what a stranger made up fills nothing
            known[key] = found
        return found

    if facts or parts:
        return sort
    everything = made(list(takers))
    return lambda _item: everything
