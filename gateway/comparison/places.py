"""Canonical place → place on a version's wire, compiled from the version's own table.

Rule 1: a place is found by what the table declares; a fact that the version does not have has the reason in its stead.
Rule 2: an element's place in its wire list follows from the order in which the lists were gathered. Of a list whose
        elements were spread over cases by information type that order is known only where the observation has it;
        without it, elements of one type are taken to have stood together.
Rule 3: the envelope is left out: the path begins inside the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.comparison.walk import Steps
from gateway.forms import Form
from gateway.table import BareTable, Cell, GatheredCell, GroupedCell, SplitCell, Table, bare_value
from gateway.vocabulary import OKANT
from gateway.writers import NO_PLACE

Tree = dict[str, Any]
Value = Form | Table | BareTable


@dataclass(frozen=True, slots=True)
class Located:
    """Where something stands on the wire, and what carries it there."""

    wire: Steps
    value: Value | SplitCell | None = None
    gone: str = ""
    """Why the version does not have it; the wire is then that of the record which lacks it."""


@dataclass(frozen=True, slots=True)
class Taker:
    """One wire list for the elements of a canonical list."""

    marks: Mapping[str, Any]
    part: str
    part_many: bool
    wire: tuple[str, ...]
    value: Value
    source: object
    """The declaration: two versions that share it carry the same."""
    reads: bool
    """Whether what is read there comes here; otherwise it is a place for writing only."""
    group: GroupedCell | None = None

    def takes(self, item: Tree) -> bool:
        """Whether the element, or a part of it, has its place here."""
        if type(item) is not dict or (self.part and self.part not in item):
            return False
        return all(item.get(fact) == mark for fact, mark in self.marks.items())

    def count(self, item: Tree) -> int:
        """How many elements of the wire's list the canonical element stands for."""
        many = self.part and (self.part_many or self.group) and type(item[self.part]) is list
        return len(item[self.part]) if many else 1


class Places:
    """The places of one version's answer."""

    def __init__(self, table: Table) -> None:
        self.table = table

    @cached_property
    def takers(self) -> dict[Steps, tuple[Taker, ...]]:
        """By canonical list: the wire lists that its elements come from and go to, in the order of declaration."""
        found: dict[Steps, list[Taker]] = {}
        for cell in self.table.cells:
            taker = Taker({}, "", False, cell.wire, cell.value, cell.row, True)  # noqa: FBT003
            found.setdefault((cell.fact,), []).append(taker)
        for gathered in self.table.gathered:
            found.setdefault(gathered.to, []).append(_gathered(gathered))
        for grouped in self.table.grouped:
            for family, element in grouped.tables():
                source = grouped.source
                taker = Taker(source.marks, source.fact, True, grouped.wire, element, source, True, grouped)  # noqa: FBT003
                found.setdefault((source.section, family), []).append(taker)
        return {path: tuple(takers) for path, takers in found.items()}

    def taking(self, path: Steps, item: Tree, *, reading: bool) -> list[Taker]:
        """The wire lists that an element came from, or where it would go."""
        return [one for one in self.takers.get(path, ()) if (one.reads or not reading) and one.takes(item)]

    def withheld(self, path: Steps, item: Tree) -> str:
        """Why the version has nothing of the element."""
        dotted = ".".join(path)
        for one in self.table.withheld:
            if one.to == dotted and all(item.get(fact) == mark for fact, mark in one.marks.items()):
                return one.reason
        return self.table.gone.get(path[0], NO_PLACE)

    def orders(self, wire: Tree) -> dict[Steps, tuple[str, ...]]:
        """Of the lists whose elements are spread over cases: their types in the order in which a message has them."""
        found: dict[Steps, tuple[str, ...]] = {}
        for grouped in self.table.grouped:
            items = at(wire, grouped.wire)
            named = [at(item, grouped.group.wire) for item in items] if isinstance(items, list) else []
            found[grouped.wire] = tuple(str(one.get("kod")) if isinstance(one, dict) else "" for one in named)
        return found

    def locate(self, tree: Tree, path: Steps, orders: Mapping[Steps, tuple[str, ...]]) -> Located:
        """Where a canonical place of an answer that was read from this version stood on the wire."""
        if path[:1] == (OKANT,):
            return Located(_beside(path[1:]))
        unit, rest = unit_of(path)
        items = at(tree, unit)
        if not rest and not isinstance(items, dict):
            takers = self.takers.get(unit, ())
            return Located(takers[0].wire if takers else ())
        if isinstance(items, dict):
            items, rest = [items], (0, *rest)
        index, *inner = rest
        if not isinstance(items, list) or index >= len(items):
            return Located(())
        item = items[index]
        takers_of = self.taking(unit, item, reading=True)
        taker = next((one for one in takers_of if not one.part or inner[:1] == [one.part]), None)
        if taker is None:
            taker = takers_of[0] if takers_of else None
        if taker is None:
            return Located((), None, self.withheld(unit, item))
        return self._within(taker, tree, items, index, tuple(inner), orders)

    def _within(  # noqa: PLR0913, PLR0917  the element, what stands around it, and the way on from it
        self, taker: Taker, tree: Tree, items: list[Tree], index: int, inner: Steps, orders: Mapping[Steps, Any]
    ) -> Located:
        before = sum(taker.count(one) for one in items[:index] if taker.takes(one))
        if taker.group:
            nth = inner[1] if inner[:1] == (taker.part,) and len(inner) > 1 else 0
            place = self._grouped(taker, tree, items[index], nth, orders)
            if inner[:1] != (taker.part,):
                group, wire = taker.group.group, (*taker.wire, place)
                return _cell(group, inner[1:], wire) if inner[:1] == (group.fact,) else Located(wire)
            return within(taker.value, inner[2:], (*taker.wire, place))
        if taker.part:
            if inner[:1] != (taker.part,):
                return Located((*taker.wire, before))
            nth = inner[1] if taker.part_many and len(inner) > 1 else 0
            skipped = 2 if taker.part_many else 1
            return within(taker.value, inner[skipped:], (*taker.wire, before + nth))
        constant = {*taker.marks, *getattr(taker.source, "given", ())}
        if inner and inner[0] in constant:
            return Located((*taker.wire, before))
        return within(taker.value, inner, (*taker.wire, before))

    def _grouped(self, taker: Taker, tree: Tree, item: Tree, nth: int, orders: Mapping[Steps, Any]) -> int:
        """The place in the wire's list of the n-th element of a case."""
        assert taker.group is not None  # noqa: S101  only called where there is one
        fact = taker.group.group.fact
        code = item.get(fact, {}).get("kod")
        order = orders.get(taker.wire)
        if order is not None:
            places = [place for place, one in enumerate(order) if one == code]
            return places[nth] if nth < len(places) else nth
        before = 0
        families = {family for family, _ in taker.group.tables()}
        for family, cases in tree.get(taker.group.source.section, {}).items():
            for case in cases if family in families else ():
                if case is item:
                    return before + nth
                if taker.takes(case):
                    before += taker.count(case)
        return before + nth


def _gathered(cell: GatheredCell) -> Taker:
    source = cell.source
    reads = not source.written_only
    return Taker(source.marks, source.under, cell.under_many, cell.wire, cell.value, source, reads)


def unit_of(path: Steps) -> tuple[Steps, Steps]:
    """A canonical path parted: the list or record at the top that it leads into, and the way from there."""
    length = 1 if len(path) < 2 or type(path[1]) is int or path[0] in SINGLE else 2  # noqa: PLR2004  section and list
    return path[:length], path[length:]


SINGLE = frozenset({"person"})
"""What stands at the top as a record of its own; all other records there are sections of lists."""


def at(tree: Any, path: Steps) -> Any:
    """What stands at a place; None where nothing does."""
    for step in path:
        if type(step) is int:
            tree = tree[step] if type(tree) is list and step < len(tree) else None
        else:
            tree = tree.get(step) if type(tree) is dict else None
    return tree


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
