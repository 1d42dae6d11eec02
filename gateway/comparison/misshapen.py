"""Values of the wrong shape: a fact that the one side has and of which the other has kept something unreadable.

What a version could not read is kept beside its record under the wire's own name. Its table says which fact that is:
the two differences, a fact that is missing and an unknown field, are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.comparison.carry import Version
from gateway.comparison.located import Locator
from gateway.comparison.places import Places
from gateway.comparison.walk import Found, Steps, chain, steps
from gateway.table import Table
from gateway.vocabulary import OKANT

Tree = dict[str, Any]


def merged(found: list[Found], left: tuple[Tree, Version | None], right: tuple[Tree, Version | None]) -> list[Found]:
    """The differences, those that are one put together."""
    beside = [one for one in found if one.kind in {"only_left", "only_right"} and OKANT in steps(one.left)]
    for one in beside:
        tree, version = left if one.kind == "only_left" else right
        if version and _taken(one, found, tree, version.places):
            found = [each for each in found if each is not one]
    return found


def _taken(one: Found, found: list[Found], tree: Tree, places: Places) -> bool:
    """Whether everything that was kept is a fact of which the other side has something; those become wrong shapes."""
    only_left = one.kind == "only_left"
    own, other = (one.left, one.right) if only_left else (one.right, one.left)
    path = steps(own)
    cut = path.index(OKANT)
    record, names = path[:cut], path[cut + 1 :]
    other_record = steps(other)[:cut]
    value = one.before if only_left else one.after
    taken = [
        _merge(found, "only_right" if only_left else "only_left", (*record, *fact), (*other_record, *fact), index, kept)
        for wire, index, kept in _kept(names, value)
        for fact in _facts(places, tree, record, wire)
    ]
    return bool(taken) and all(taken)


def _kept(names: Steps, value: Any) -> Iterator[tuple[Steps, int | None, Any]]:
    """What was kept, by its names on the wire and its place in a list."""
    if type(value) is dict and value and not str(names[-1]).endswith("]"):
        yield names, None, value
        for name, inner in value.items():
            yield from _kept((*names, name), inner)
        return
    name, sign, index = str(names[-1]).partition("[")
    yield (*names[:-1], name), int(index[:-1]) if sign and index[:-1].isdigit() else None, value


def _facts(places: Places, tree: Tree, record: Steps, wire: Steps) -> Iterator[Steps]:
    """The facts that stand at a wire place of a record, as ways from the record; nothing for an unknown name."""
    if not record:
        for path, takers in places.takers.items():
            if any(taker.reads and taker.wire == wire for taker in takers):
                yield path
        return
    table = Locator(places, tree, {}).locate(record).value
    if not isinstance(table, Table):
        return
    for cell in table.cells:
        if cell.wire == wire:
            yield (cell.fact,)
    for split in table.splits:
        if split.wire == wire:
            yield (split.split.form.facts[0],)


def _merge(  # noqa: PLR0913, PLR0917  the places on either side, and what was kept
    found: list[Found], kind: str, own: Steps, other: Steps, index: int | None, kept: Any
) -> bool:
    """Makes what the other side has of the fact one difference of shape; says whether there was anything."""
    side = "left" if kind == "only_left" else "right"
    whole = [one for one in found if one.kind == kind and steps(getattr(one, side)) == other]
    rows = [one for one in found if one.kind == kind and steps(getattr(one, side))[:-1] == other]
    targets = whole or rows
    if not targets:
        return False
    if rows and not whole and index is not None:
        near = min(rows, key=lambda one: abs(steps(getattr(one, side))[-1] - index))
        targets, own = [near], (*own, index)
    first, *rest = targets
    if rows and not whole and index is None:  # the whole list
        setattr(first, side, chain(other))
    for one in rest:
        found.remove(one)
    first.kind, first.explained, first.reason = "wrong_shape", "", ""
    setattr(first, "right" if side == "left" else "left", chain(own))
    if side == "left":
        first.after = kept
    else:
        first.before = kept
    return True
