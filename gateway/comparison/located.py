"""Canonical place → place on a version's wire, by the version's own table.

Rule 1: a place is found by what the table declares; a fact that the version does not have has the reason in its stead.
Rule 2: an element's place in its wire list follows from the order in which the lists were gathered. Of a list whose
        elements were spread over cases by information type that order is known only where the observation has it;
        without it, elements of one type are taken to have stood together.
Rule 3: the envelope is left out: the path begins inside the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from gateway.comparison.places import Places, Taker, Value, at, unit_of
from gateway.comparison.walk import Steps
from gateway.table import BareTable, Cell, GroupedCell, SplitCell, Table, bare_value
from gateway.vocabulary import OKANT
from gateway.writers import NO_PLACE

Tree = dict[str, Any]


class Located(NamedTuple):
    """Where something stands on the wire, and what carries it there."""

    wire: Steps
    value: Value | SplitCell | None = None
    gone: str = ""
    """Why the version does not have it; the wire is then that of the record which lacks it."""


class Locator:
    """Finds where the places of one answer, read from one version, stood on the wire."""

    def __init__(self, places: Places, tree: Tree, orders: Mapping[Steps, tuple[str, ...]]) -> None:
        self._places, self._tree, self._orders = places, tree, orders
        self._before: dict[Taker, list[int]] = {}
        self._starts: dict[Steps, dict[int, int]] = {}

    def locate(self, path: Steps) -> Located:
        """Where a canonical place stood."""
        if path[:1] == (OKANT,):
            return Located(_beside(path[1:]))
        unit, rest = unit_of(path)
        items = at(self._tree, unit)
        if type(items) is dict:
            items, rest = [items], (0, *rest)
        elif not rest:
            takers = self._places.takers.get(unit, ())
            return Located(takers[0].wire if takers else ())
        if type(items) is not list or rest[0] >= len(items):
            return Located(())
        item, inner = items[rest[0]], rest[1:]
        taking = self._places.taking(unit, item).reading
        if not taking:
            return Located((), None, self._places.withheld(unit, item))
        taker = taking[0]
        if taker.part and inner:
            taker = next((one for one in taking if one.part == inner[0]), taker)
        if taker.group:
            return self._spread(taker, taker.group, item, inner)
        if taker not in self._before:
            self._before[taker] = self._counted(taker, unit, items)
        return self._within(taker, self._before[taker][rest[0]], inner)

    def _counted(self, taker: Taker, unit: Steps, items: list[Any]) -> list[int]:
        """For each place in a canonical list how many of the wire list's elements come before."""
        takes = self._places.taking
        counts = [taker.count(item) if taker in takes(unit, item).reading else 0 for item in items]
        return list(accumulate(counts, initial=0))

    @staticmethod
    def _within(taker: Taker, before: int, inner: Steps) -> Located:
        if taker.part:
            if inner[:1] != (taker.part,):
                return Located((*taker.wire, before))
            nth = inner[1] if taker.part_many and len(inner) > 1 else 0
            return _below(taker, inner[2 if taker.part_many else 1 :], before + nth)
        if inner and inner[0] in taker.constant:
            return Located((*taker.wire, before))
        return _below(taker, inner, before)

    def _spread(self, taker: Taker, grouped: GroupedCell, item: Tree, inner: Steps) -> Located:
        """A place in an element of a list that was spread over cases."""
        nth = inner[1] if inner[:1] == (taker.part,) and len(inner) > 1 else 0
        place = self._nth(grouped, item, nth)
        if inner[:1] == (taker.part,):
            return _below(taker, inner[2:], place)
        group, wire = grouped.group, (*taker.wire, place)
        return _cell(group, inner[1:], wire) if inner[:1] == (group.fact,) else Located(wire)

    def _nth(self, grouped: GroupedCell, item: Tree, nth: int) -> int:
        """The place in the wire's list of the n-th element of a case."""
        order = self._orders.get(grouped.wire)
        if order is not None:
            code = at(item, (grouped.group.fact, "kod"))
            places = [place for place, one in enumerate(order) if one == code]
            return places[nth] if nth < len(places) else nth
        if grouped.wire not in self._starts:
            self._starts[grouped.wire] = self._firsts(grouped)
        return self._starts[grouped.wire].get(id(item), 0) + nth

    def _firsts(self, grouped: GroupedCell) -> dict[int, int]:
        """By case: how many elements come before its own."""
        section = grouped.source.section
        families = {family for family, _ in grouped.tables()}
        starts: dict[int, int] = {}
        before = 0
        lists = at(self._tree, (section,))
        for family, cases in lists.items() if isinstance(lists, dict) else ():
            for case in cases if family in families and isinstance(cases, list) else ():
                starts.setdefault(id(case), before)
                taking = self._places.taking((section, family), case).reading
                before += sum(one.count(case) for one in taking if one.group is grouped)
        return starts


def _below(taker: Taker, inner: Steps, place: int) -> Located:
    found = _carried(taker, inner)
    return Located((*taker.wire, place, *found.wire), found.value, found.gone)


@lru_cache(maxsize=4096)
def _carried(taker: Taker, inner: Steps) -> Located:
    return within(taker.value, inner, ())


def within(value: Value | SplitCell, path: Steps, wire: Steps) -> Located:
    """Where a place below something stands, when that something stands at `wire`."""
    if path and isinstance(value, BareTable):
        return _bare(value, path, wire)
    if path and isinstance(value, Table):
        return _in_record(value, path[0], path[1:], wire)
    return Located(wire, value)


def _in_record(table: Table, fact: str, rest: Steps, wire: Steps) -> Located:
    if fact == OKANT:
        return Located((*wire, *_beside(rest)))
    cell = next((cell for cell in table.cells if cell.fact == fact), None)
    if cell:
        return _cell(cell, rest, wire)
    if table.inlined and table.inlined[0] == fact:
        return within(table.inlined[1], rest[1:], wire)
    split = next((split for split in table.splits if fact in split.split.form.facts), None)
    if split:
        return Located((*wire, *split.wire, *((0,) if split.wire_many else ())), split)
    return Located(wire, None, "" if fact in table.placed else table.gone.get(fact, NO_PLACE))


def _cell(cell: Cell, rest: Steps, wire: Steps) -> Located:
    wire = (*wire, *cell.wire)
    if cell.many:
        if not rest:
            return Located(wire, cell.value)
        index, *rest_ = rest
        return within(cell.value, tuple(rest_), (*wire, index) if cell.wire_many else wire)
    return within(cell.value, rest, (*wire, 0) if cell.wire_many else wire)


def _bare(bare: BareTable, path: Steps, wire: Steps) -> Located:
    written = bare.cell.split.form.facts if isinstance(bare.cell, SplitCell) else (bare.cell.fact,)
    if path[0] not in written:
        return Located(wire, None, f"written as {' and '.join(written)} alone")
    inner = bare_value(bare)
    return Located(wire, inner) if isinstance(inner, SplitCell) else within(inner, path[1:], wire)


def _beside(path: Steps) -> Steps:
    """Names out of `okant`, in which a list's place is written as `name[0]`."""
    found: list[Any] = []
    for step in path:
        name, sign, rest = str(step).partition("[")
        found.append(name)
        if sign and rest[:-1].isdigit():
            found.append(int(rest[:-1]))
    return tuple(found)
