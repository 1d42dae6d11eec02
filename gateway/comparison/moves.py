"""Records that two versions have in different structures: carried through the other's table, matched, and compared.

What Pensionsmyndigheten delivers stands in its own model in the one version and in Försäkringskassan's in the other:
a payment with other facts, a case whose compensations have become decisions, a year that has become a record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from gateway.comparison.align import Alignment, by_key, by_likeness
from gateway.comparison.carry import Version, explain, same_place
from gateway.comparison.keys import key_of, strict
from gateway.comparison.located import Located, within
from gateway.comparison.walk import Found, Steps, chain, steps, walk_record
from gateway.vocabulary import OKANT
from schemas.bas import Modell

Tree = dict[str, Any]
Sides = tuple[Version, Version]

_encoded = msgspec.json.Encoder(decimal_format="number").encode
_NAMED = f'"{OKANT}":'.encode()
"""How the name stands in JSON, where no text can hold it: quotes in texts are escaped."""


@dataclass(slots=True)
class Records:
    """One list of records at the top of both answers, and what of it is matched."""

    path: Steps
    model: type[Modell]
    left: list[Any] = field(repr=False)
    right: list[Any] = field(repr=False)
    made: Alignment


@dataclass(slots=True)
class Candidate:
    """A left-over record in the form in which it can be matched, and the original with its place."""

    item: Tree = field(repr=False)
    original: Tree = field(repr=False)
    place: Steps
    moved: bool = False
    part: int = 0


def match(lists: list[Records], sides: Sides, day: date) -> list[Found]:
    """The differences of all records that stand in another structure in the other version."""
    left, right = sides
    ours = _candidates(lists, 0, left, right, day)
    theirs = _candidates(lists, 1, right, left, day)
    known = {one.path: one for one in lists}
    found: list[Found] = []
    for one in lists:
        here = ours.get(one.path, []), theirs.get(one.path, [])
        if any(each.moved for each in (*here[0], *here[1])):
            for i, j, alike in sorted(_pairs(one, *here)):
                found += _differences(one, here[0][i], here[1][j], sides, alike=alike)
                _take(known, 0, here[0][i].place)
                _take(known, 1, here[1][j].place)
    return found


def _candidates(
    lists: list[Records], side: int, source: Version, target: Version, day: date
) -> dict[Steps, list[Candidate]]:
    """By the list in which they can be matched: left-over records as they are, or as the other version has them."""
    made: dict[Steps, list[Candidate]] = {}
    for one in lists:
        items, places = ((one.left, one.made.left), (one.right, one.made.right))[side]
        for index in places:
            item, place = items[index], (*one.path, index)
            if type(item) is not dict:
                continue
            if same_place(one.path, item, source, target):
                made.setdefault(one.path, []).append(Candidate(item, item, place))
                continue
            carried = target.carry(one.path, item, day)
            for each in carried:
                made.setdefault(each.path, []).append(Candidate(each.item, item, place, moved=True, part=each.part))
            if not carried:  # it may still be what the other has under another state
                made.setdefault(one.path, []).append(Candidate(item, item, place))
    return made


def _pairs(one: Records, ours: list[Candidate], theirs: list[Candidate]) -> list[tuple[int, int, bool]]:
    """Which are one: of equal content, which is said of each pair, of one key, or alike; one of the two has moved."""
    left, right = [each.item for each in ours], [each.item for each in theirs]
    lefts, rights = list(range(len(left))), list(range(len(right)))
    key, exact = key_of(one.model), strict(one.model)
    found: list[tuple[int, int, bool]] = []

    def take(pairs: Iterable[tuple[int, int]], *, alike: bool = False) -> bool:
        """Takes pairs; whether nothing is left to be paired."""
        kept = [(i, j) for i, j in pairs if ours[i].moved or theirs[j].moved]
        if kept:
            found.extend((i, j, alike) for i, j in kept)
            lefts[:] = sorted(set(lefts) - {i for i, _ in kept})
            rights[:] = sorted(set(rights) - {j for _, j in kept})
        return not (lefts and rights)

    if take(_equal(left, right), alike=True) or (key and take(by_key(left, right, lefts, rights, key))):
        return found
    if not take(by_likeness(left, right, [i for i in lefts if ours[i].moved], rights, exact)):
        take(by_likeness(left, right, lefts, [j for j in rights if theirs[j].moved], exact))
    return found


def _equal(left: list[Tree], right: list[Tree]) -> Iterator[tuple[int, int]]:
    free = dict(enumerate(right))
    for i, item in enumerate(left):
        j = next((j for j, other in free.items() if item == other), None)
        if j is not None:
            del free[j]
            yield i, j


def _differences(one: Records, ours: Candidate, theirs: Candidate, sides: Sides, *, alike: bool) -> Iterator[Found]:
    """That they stand in different structures, and what differs besides; nothing where they are `alike`."""
    yield Found(
        "changed",
        chain(ours.place),
        chain(theirs.place),
        ours.original,
        theirs.original,
        "moved",
        "the two versions have it in different structures",
    )
    inner: list[Found] = []
    if not alike:
        walk_record(one.model)(ours.item, theirs.item, None, None, inner)
    for each in inner:
        left, right = _origin(ours, steps(each.left)), _origin(theirs, steps(each.right))
        if not each.explained:
            places = _carrier(sides[0], one.path, ours, left), _carrier(sides[1], one.path, theirs, right)
            each.explained, each.reason = explain(each.before, each.after, *places)
        each.left = chain((*ours.place, *_existing(ours.original, left)))
        each.right = chain((*theirs.place, *_existing(theirs.original, right)))
        yield each
    for place, value in _unread(ours.original) if ours.moved else ():
        yield Found("only_left", chain((*ours.place, *place)), chain(theirs.place), value, None)
    for place, value in _unread(theirs.original) if theirs.moved else ():
        yield Found("only_right", chain(ours.place), chain((*theirs.place, *place)), None, value)


def _unread(record: Tree) -> Iterator[tuple[Steps, Any]]:
    """What a source said beside its contract: no other version can carry it."""
    return _beside(record, ()) if _NAMED in _encoded(record) else iter(())


def _beside(tree: Any, place: Steps) -> Iterator[tuple[Steps, Any]]:
    if isinstance(tree, dict):
        for name, inner in tree.items():
            if name == OKANT and isinstance(inner, dict):
                yield from (((*place, OKANT, field), value) for field, value in inner.items())
            else:
                yield from _beside(inner, (*place, name))
    elif isinstance(tree, list):
        for index, inner in enumerate(tree):
            yield from _beside(inner, (*place, index))


def _origin(candidate: Candidate, path: Steps) -> Steps:
    """A place in the record as the other version has it, as a place in the original."""
    if not candidate.moved or len(path) < 2 or type(path[1]) is not int:  # noqa: PLR2004  a list and a place in it
        return path
    fact, index, *rest = path
    items = candidate.original.get(fact, [])
    if len(candidate.item.get(fact, ())) == 1 and candidate.part:
        return (fact, candidate.part, *rest)
    for place, item in enumerate(items):
        parts = max(1, len(item.get("ersattningar", ()))) if type(item) is dict else 1
        if index < parts:
            if rest[:1] == ["ersattningar"] and len(rest) > 1:
                rest[1] = index
            return (fact, place, *rest)
        index -= parts
    return path


def _existing(tree: Any, path: Steps) -> Steps:
    """As much of a way as there is in the tree, and one step more: the original may lack what it ends in."""
    for length, step in enumerate(path):
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return path[: length + 1]
    return path


def _carrier(version: Version, path: Steps, candidate: Candidate, inner: Steps) -> Located:
    for taker in version.places.taking(path, candidate.original).reading:
        if not taker.part:
            return within(taker.value, inner, ())
        if inner[:1] == (taker.part,):
            return within(taker.value, inner[2 if taker.part_many else 1 :], ())
    return Located(())


def _take(lists: dict[Steps, Records], side: int, place: Steps) -> None:
    """What is matched is left over no longer."""
    made = lists[place[:-1]].made
    places = (made.left, made.right)[side]
    if place[-1] in places:
        places.remove(place[-1])
