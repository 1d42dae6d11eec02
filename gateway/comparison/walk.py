"""The vocabulary compiled into functions that find where two trees differ; what is equal is never entered.

Rule 1: an absent fact and an empty list or record say the same.
Rule 2: what one side lacks is one difference, at the highest place that is missing; of a list, at each element.
Rule 3: nothing here knows of versions: what a difference means is said elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from gateway.comparison.align import by_content, by_key, by_likeness
from gateway.comparison.keys import key_of, ordered, strict
from gateway.vocabulary import OKANT, Fact, facts
from schemas.bas import Modell

Tree = dict[str, Any]
Chain = tuple[Any, Any] | None
Steps = tuple[Any, ...]
Kind = Literal["changed", "only_left", "only_right", "wrong_shape", "reordered"]
_ABSENT: Any = object()


@dataclass(slots=True)
class Found:
    """One difference: where on either side, and what stands there.

    Where a side lacks the thing, its place is the one where it would be, or the list that lacks the element.
    """

    kind: Kind
    left: Chain = field(repr=False)
    right: Chain = field(repr=False)
    before: Any = field(default=None, repr=False)
    after: Any = field(default=None, repr=False)
    explained: str = ""
    """The code of what explains it; empty where nothing does."""
    reason: str = ""


Walk = Callable[[Any, Any, Chain, Chain, list[Found]], None]


def steps(chain: Chain) -> Steps:
    """A chain as the steps from the root."""
    found: list[Any] = []
    while chain is not None:
        chain, step = chain
        found.append(step)
    return tuple(reversed(found))


def chain(path: Steps) -> Chain:
    """The chain of steps from the root."""
    made: Chain = None
    for step in path:
        made = (made, step)
    return made


def empty(value: Any) -> bool:
    """Whether a value says no more than an absent one."""
    return type(value) in {dict, list} and not value


@cache
def walk_record(model: type[Modell]) -> Walk:
    """The function that compares two records of a kind."""
    entries: dict[str, Walk] = {OKANT: _beside, **{name: _entry(fact) for name, fact in facts(model).items()}}
    find = entries.get

    def walk(left: Any, right: Any, lp: Chain, rp: Chain, out: list[Found]) -> None:
        for fact, value in left.items():
            other = right.get(fact, _ABSENT)
            if other is _ABSENT:
                if value not in ({}, []):
                    (find(fact) or anything)(value, _ABSENT, (lp, fact), (rp, fact), out)
            elif value != other:
                (find(fact) or anything)(value, other, (lp, fact), (rp, fact), out)
        for fact, other in right.items():
            if fact not in left and other not in ({}, []):
                (find(fact) or anything)(_ABSENT, other, (lp, fact), (rp, fact), out)

    return walk


def _entry(fact: Fact) -> Walk:
    inner = walk_record(fact.model) if fact.model else leaf
    if fact.many:
        return _several(fact.model, inner)
    return _single(inner) if fact.model else leaf


def leaf(left: Any, right: Any, lp: Chain, rp: Chain, out: list[Found]) -> None:
    """Two values that are not equal, or one that is not there."""
    if left is _ABSENT and right is _ABSENT:
        return
    if left is _ABSENT:
        out.append(Found("only_right", lp, rp, None, right))
    elif right is _ABSENT:
        out.append(Found("only_left", lp, rp, left, None))
    elif kind_of(left) != kind_of(right):
        out.append(Found("wrong_shape", lp, rp, left, right))
    else:
        out.append(Found("changed", lp, rp, left, right))


def kind_of(value: Any) -> str:
    """What JSON calls the value; numbers are one kind."""
    match value:
        case bool():
            return "boolean"
        case str():
            return "string"
        case dict():
            return "object"
        case list():
            return "array"
        case None:
            return "null"
        case _:
            return "number"


def _single(inner: Walk) -> Walk:
    def entry(left: Any, right: Any, lp: Chain, rp: Chain, out: list[Found]) -> None:
        if type(left) is dict and type(right) is dict and left and right:
            inner(left, right, lp, rp, out)
        else:
            leaf(_ABSENT if empty(left) else left, _ABSENT if empty(right) else right, lp, rp, out)

    return entry


def _several(model: type[Modell] | None, inner: Walk) -> Walk:
    key = key_of(model) if model else None
    exact = strict(model) if model else ()

    def entry(left: Any, right: Any, lp: Chain, rp: Chain, out: list[Found]) -> None:
        left, right = [] if left is _ABSENT or empty(left) else left, [] if right is _ABSENT or empty(right) else right
        if type(left) is not list or type(right) is not list:
            leaf(left, right, lp, rp, out)
            return
        made = by_content(left, right, key)
        made.pair(made.keyed)
        if key and not made.alone:
            made.pair(by_key(left, right, made.left, made.right, key))
        if made.left and made.right:
            made.pair(by_likeness(left, right, made.left, made.right, exact))
        for i, j in sorted(made.unequal):
            one, other = left[i], right[j]
            if model and type(one) is dict and type(other) is dict:
                inner(one, other, (lp, i), (rp, j), out)
            else:
                leaf(one, other, (lp, i), (rp, j), out)
        out += [Found("only_left", (lp, i), rp, left[i], None) for i in made.left]
        out += [Found("only_right", lp, (rp, j), None, right[j]) for j in made.right]
        if made.reordered:
            out.append(reordered(model, lp, rp, left, right))

    return entry


def reordered(model: type[Modell] | None, lp: Chain, rp: Chain, left: Any, right: Any) -> Found:
    """A list that holds the same in another order; explained where a business key says that order means nothing."""
    found = Found("reordered", lp, rp, left, right)
    if not ordered(model):
        found.explained, found.reason = "order", "records that have a business key are told apart by it, not by order"
    return found


def anything(left: Any, right: Any, lp: Chain, rp: Chain, out: list[Found]) -> None:
    """Trees that no model describes."""
    if type(left) is not dict or type(right) is not dict:
        leaf(left, right, lp, rp, out)
        return
    for name in [*left, *(name for name in right if name not in left)]:
        one, other = left.get(name, _ABSENT), right.get(name, _ABSENT)
        if one is _ABSENT or other is _ABSENT or one != other:
            anything(one, other, (lp, name), (rp, name), out)


def _beside(left: Any, right: Any, lp: Chain, rp: Chain, out: list[Found]) -> None:
    """What the source said beside the contract: each field of it on its own."""
    anything({} if left is _ABSENT else left, {} if right is _ABSENT else right, lp, rp, out)
