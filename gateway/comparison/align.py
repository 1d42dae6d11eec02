"""Two lists of the same kind aligned: keyed and lazy, so that what is equal costs a comparison and nothing more.

The order of the steps: what begins and ends alike; the same place; the same content elsewhere; the same business key;
and what is left over by likeness, so that a record of which one fact of the key differs is not two records.
Each step is symmetric: the sides changed, the same elements are paired. Elements of one content have one key, so that
where keys tell all elements apart nothing else is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import msgspec

from gateway.comparison.keys import Key

Tree = dict[str, Any]
Pairs = list[tuple[int, int]]
Groups = dict[Any, tuple[list[int], list[int]]]

_content = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode
_ALIKE = 0.5
_MOST = 40_000
"""Candidate pairs that are weighed; beyond, elements are paired in the order in which they stand."""


@dataclass(slots=True)
class Alignment:
    """What of two lists is one: `pairs` are of equal content or, in `unequal`, of one identity."""

    pairs: Pairs = field(default_factory=list)
    unequal: Pairs = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    keyed: Pairs = field(default_factory=list)
    """Of what is left over: the pairs that alone have one business key, and are not equal."""

    def pair(self, found: Pairs) -> None:
        """Takes elements as one that are not equal."""
        if found:
            taken_left, taken_right = {i for i, _ in found}, {j for _, j in found}
            self.unequal += found
            self.left = [i for i in self.left if i not in taken_left]
            self.right = [j for j in self.right if j not in taken_right]

    @property
    def alone(self) -> bool:
        """Whether one element is left over on either side: then likeness pairs it with no look at its key."""
        return len(self.left) <= 1 >= len(self.right)

    @property
    def reordered(self) -> bool:
        """Whether the paired elements stand in another order."""
        if len(self.pairs) + len(self.unequal) < 2:  # noqa: PLR2004  one has no order
            return False
        places = [j for _, j in sorted(self.pairs + self.unequal)]
        return any(one > other for one, other in pairwise(places))


def by_content(left: list[Any], right: list[Any], key: Key | None) -> Alignment:
    """The elements of equal content paired; the rest is left over on its side."""
    if len(left) == len(right):
        rest = [i for i, (one, other) in enumerate(zip(left, right, strict=True)) if one != other]
        made = Alignment(left=rest, right=rest.copy())
        if len(rest) > 1:
            between = set(range(rest[0], rest[-1])).difference(rest)
            made.pairs = [(i, i) for i in between]
            _elsewhere(left, right, made, key)
        return made
    shorter = min(len(left), len(right))
    first = 0
    while first < shorter and left[first] == right[first]:
        first += 1
    last = 0
    while last < shorter - first and left[-1 - last] == right[-1 - last]:
        last += 1
    made = Alignment(left=list(range(first, len(left) - last)), right=list(range(first, len(right) - last)))
    if made.left and made.right:
        _elsewhere(left, right, made, key)
    return made


def _elsewhere(left: list[Any], right: list[Any], made: Alignment, key: Key | None) -> None:
    """Pairs what is left over and stands, as it is, in another place."""
    found: Pairs = []
    lefts, rights = made.left, made.right
    if key:
        lefts, rights = [], []
        for known, (ours, theirs) in _grouped(left, right, made.left, made.right, key).items():
            if len(ours) == len(theirs) == 1 and known is not None:
                (found if left[ours[0]] == right[theirs[0]] else made.keyed).append((ours[0], theirs[0]))
            elif ours and theirs:
                lefts += ours
                rights += theirs
    if lefts and rights:
        found += _of_one_content(left, right, lefts, rights)
    if found:
        made.pairs += found
        taken_left, taken_right = {i for i, _ in found}, {j for _, j in found}
        made.left = [i for i in made.left if i not in taken_left]
        made.right = [j for j in made.right if j not in taken_right]


def _of_one_content(left: list[Any], right: list[Any], lefts: list[int], rights: list[int]) -> Pairs:
    places: dict[bytes, list[int]] = {}
    for j in reversed(rights):
        places.setdefault(_content(right[j]), []).append(j)
    found: Pairs = []
    for i in lefts:
        same = places.get(_content(left[i]))
        if same:
            found.append((i, same.pop()))
    return found


def _grouped(left: Any, right: Any, lefts: list[int], rights: list[int], key: Key) -> Groups:
    """The elements by their key, on either side; None for what has none."""
    groups: Groups = {}
    for side, (records, places) in enumerate(((left, lefts), (right, rights))):
        for place in places:
            record = records[place]
            found: Any = key(record) if type(record) is dict else None
            try:
                group = groups.get(found)
            except TypeError:  # a record or a list where a value should be
                found = repr(found)
                group = groups.get(found)
            if group is None:
                group = groups[found] = ([], [])
            group[side].append(place)
    return groups


def by_key(
    left: Mapping[int, Tree] | list[Tree],
    right: Mapping[int, Tree] | list[Tree],
    lefts: list[int],
    rights: list[int],
    key: Key,
) -> Pairs:
    """The records of one business key; where several have it, the most alike go together."""
    groups = _grouped(left, right, lefts, rights, key)
    groups.pop(None, None)
    paired: Pairs = []
    for one, other in groups.values():
        if len(one) == len(other) == 1:
            paired.append((one[0], other[0]))
        elif one and other:
            paired += _most_alike(left, right, one, other, (), 0.0)
    return paired


def by_likeness(
    left: Mapping[int, Any] | list[Any],
    right: Mapping[int, Any] | list[Any],
    lefts: list[int],
    rights: list[int],
    strict: tuple[str, ...] = (),
) -> Pairs:
    """Left-over elements that are probably one: alone on either side of equally long lists, or half alike at least."""
    if not lefts or not rights:
        return []
    if len(lefts) == len(rights) == 1 and len(left) == len(right):
        one, other = left[lefts[0]], right[rights[0]]
        return [(lefts[0], rights[0])] if type(one) is type(other) and _may_be_one(one, other, strict) else []
    if type(left[lefts[0]]) is not dict:
        return list(zip(lefts, rights, strict=False))
    return _most_alike(left, right, lefts, rights, strict, _ALIKE)


def _most_alike(  # noqa: PLR0913, PLR0917  two lists, what of them is left over, and what counts as alike
    left: Any, right: Any, lefts: list[int], rights: list[int], strict: tuple[str, ...], least: float
) -> Pairs:
    if len(lefts) * len(rights) > _MOST:
        return list(zip(lefts, rights, strict=False))
    weighed = sorted(
        (-likeness, abs(i - j), i + j, i, j)
        for i in lefts
        for j in rights
        if _may_be_one(left[i], right[j], strict) and (likeness := _likeness(left[i], right[j])) >= least
    )
    used_left: set[int] = set()
    used_right: set[int] = set()
    paired: Pairs = []
    for *_, i, j in weighed:
        if i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            paired.append((i, j))
    return paired


def _may_be_one(one: Any, other: Any, strict: Iterable[str]) -> bool:
    if type(one) is not dict or type(other) is not dict:
        return True
    return all(one.get(fact) == other.get(fact) for fact in strict)


def _likeness(one: Any, other: Any) -> float:
    if type(one) is not dict or type(other) is not dict:
        return 0.0
    equal = [name for name in one if name in other and one[name] == other[name]]
    return len(equal) / max(1, len(one.keys() | other.keys()))
