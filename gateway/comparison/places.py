"""The wire lists that a version's canonical lists come from and go to, compiled from the version's own table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from gateway.comparison.walk import Steps
from gateway.forms import Form
from gateway.sorts import sorter
from gateway.table import BareTable, GatheredCell, GroupedCell, Table
from gateway.writers import NO_PLACE

Tree = dict[str, Any]
Value = Form | Table | BareTable


@dataclass(frozen=True, slots=True, eq=False)
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
    constant: frozenset[str] = frozenset()
    """The facts of an element that the place alone says."""
    group: GroupedCell | None = None

    def count(self, item: Tree) -> int:
        """How many elements of the wire's list the canonical element stands for."""
        many = self.part and (self.part_many or self.group) and type(item[self.part]) is list
        return len(item[self.part]) if many else 1


@dataclass(frozen=True, slots=True)
class Taking:
    """The wire lists that an element came from, and those where it would go."""

    reading: tuple[Taker, ...]
    writing: tuple[Taker, ...]
    came: tuple[int, ...]
    goes: tuple[int, ...]
    """The same by the identity of their declarations."""


def _taking(takers: list[Taker]) -> Taking:
    reading, writing = tuple(one for one in takers if one.reads), tuple(takers)
    return Taking(reading, writing, tuple(id(one.source) for one in reading), tuple(id(one.source) for one in writing))


NOTHING = _taking([])


class Places:
    """The places of one version's answer."""

    def __init__(self, table: Table) -> None:
        self.table = table

    @cached_property
    def takers(self) -> dict[Steps, tuple[Taker, ...]]:
        """By canonical list: the wire lists that its elements come from and go to, in the order of declaration."""
        found: dict[Steps, list[Taker]] = {}
        for cell in self.table.cells:
            taker = Taker({}, "", part_many=False, wire=cell.wire, value=cell.value, source=cell.row, reads=True)
            found.setdefault((cell.fact,), []).append(taker)
        for gathered in self.table.gathered:
            found.setdefault(gathered.to, []).append(_gathered(gathered))
        for grouped in self.table.grouped:
            for family, element in grouped.tables():
                source = grouped.source
                taker = Taker(
                    source.marks,
                    source.fact,
                    part_many=True,
                    wire=grouped.wire,
                    value=element,
                    source=source,
                    reads=True,
                    constant=frozenset(source.marks),
                    group=grouped,
                )
                found.setdefault((source.section, family), []).append(taker)
        return {path: tuple(takers) for path, takers in found.items()}

    @cached_property
    def _sorts(self) -> dict[Steps, Callable[[Tree], Taking]]:
        return {path: sorter(takers, _taking) for path, takers in self.takers.items()}

    def taking(self, path: Steps, item: Any) -> Taking:
        """The wire lists that an element of a canonical list came from, and those where it would go."""
        sort = self._sorts.get(path)
        return sort(item) if sort and type(item) is dict else NOTHING

    def withheld(self, path: Steps, item: Any) -> str:
        """Why the version has nothing of the element."""
        dotted = ".".join(path)
        for one in self.table.withheld:
            if one.to == dotted and all(at(item, (fact,)) == mark for fact, mark in one.marks.items()):
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


def _gathered(cell: GatheredCell) -> Taker:
    source = cell.source
    reads = not source.written_only
    constant = frozenset((*source.marks, *source.given))
    return Taker(source.marks, source.under, cell.under_many, cell.wire, cell.value, source, reads, constant)


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
