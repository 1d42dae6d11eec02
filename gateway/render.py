"""Tables compiled into functions that write a JSON message: canonical tree in, wire tree and notes out.

Rule 1: what the version has no place for becomes a note with its canonical path; nothing raises, nothing is guessed.
Rule 2: what the same version could not place when it was read is put back from `okant`, as far as its contract
        allows; what another version left there stays behind, and is noted.
Rule 3: absent and empty say the same: an empty list is not written, an empty element of a list is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.forms import MISFIT, Form
from gateway.notes import Path, Writing
from gateway.restore import allowances, restore
from gateway.table import BareTable, Cell, GatheredCell, GroupedCell, SplitCell, Table, describe
from gateway.vocabulary import OKANT
from gateway.writers import (
    NO_PLACE,
    Convert,
    Entry,
    Part,
    Renderer,
    Taker,
    Tree,
    distribute,
    gone,
    leaf,
    placer,
    record_of,
    section_of,
    several,
    silence,
    split_of,
    whole_of,
    withheld,
)


def renderer(table: Table) -> Renderer:
    """The function that writes one record."""
    return _Renderers().record(table)


class _Renderers:
    """Makes the functions of one root record; records that stand in many places are compiled once."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, frozenset[str]], Renderer] = {}

    def record(self, table: Table, silent: frozenset[str] = frozenset()) -> Renderer:
        """The writer of a record; the facts in `silent` are said by the place the record stands in."""
        key = (id(table), silent)
        if key not in self._made:
            self._made[key] = self._record(table, silent)
        return self._made[key]

    def _record(self, table: Table, silent: frozenset[str]) -> Renderer:
        entries = self._entries(table)
        entries |= dict.fromkeys((*silent, *table.placed, *getattr(table.model, "EGNA", ())), silence)
        allowed = allowances(table)
        splits = tuple(split_of(split) for split in table.splits)
        sources = _sources(table)
        find = entries.get

        def render(node: Tree, path: Path, writing: Writing) -> Tree:
            out: Tree = {}
            for fact, value in node.items():
                entry = find(fact)
                if entry is not None:
                    entry(value, out, path, writing)
                elif fact != OKANT:
                    writing.lost(path, fact, NO_PLACE)
            for split in splits:
                split(node, out, path, writing)
            if OKANT in node:
                restore(node[OKANT], out, allowed, (path, OKANT), writing)
            if sources:
                _arrange(out, sources)
            return out

        return render

    def _entries(self, table: Table) -> dict[str, Entry]:
        entries: dict[str, Entry] = {fact: gone(fact, reason) for fact, reason in table.gone.items()}
        for cell in table.cells:
            entries[cell.fact] = self._cell(cell)
        for split in table.splits:
            entries |= dict.fromkeys(split.split.form.facts, silence)
        if table.inlined:
            fact, inner = table.inlined
            entries[fact] = self._inlined(fact, inner)
        for section, below in self._spread(table).items():
            entries[section] = below
        return entries

    def _convert(self, value: Form | Table | BareTable) -> Convert:
        match value:
            case Table():
                return self.record(value)
            case BareTable():
                return self._convert_bare(value)
            case _:
                render = value.render

                def convert(node: Any, _path: Path, _writing: Writing) -> Any:
                    return render(node)

                return convert

    def _convert_bare(self, bare: BareTable) -> Convert:
        cell = bare.cell
        carried = frozenset(cell.split.form.facts if isinstance(cell, SplitCell) else (cell.fact,))
        if isinstance(cell, SplitCell):
            whole: Callable[[Tree, Path, Writing], Any] = whole_of(cell)
        else:
            inner, fact = self._convert(cell.value), cell.fact

            def whole(node: Tree, path: Path, writing: Writing) -> Any:
                return inner(node[fact], path, writing) if fact in node else MISFIT

        def convert(node: Tree, path: Path, writing: Writing) -> Any:
            for fact in node:
                if fact not in carried:
                    writing.lost(path, fact, NO_PLACE)
            return whole(node, path, writing)

        return convert

    def _cell(self, cell: Cell) -> Entry:
        if not cell.many and not cell.wire_many and len(cell.wire) == 1:
            if isinstance(cell.value, Table):
                return record_of(cell.fact, cell.wire[0], self.record(cell.value))
            if isinstance(cell.value, Form):
                return leaf(cell.fact, cell.wire[0], cell.value, f"the version writes {cell.value.expected}")
        return self._other_cell(cell)

    def _other_cell(self, cell: Cell) -> Entry:
        convert, place, fact = self._convert(cell.value), placer(cell.wire), cell.fact
        reason = f"the version writes {describe(cell.value)}"
        is_record = isinstance(cell.value, Table)

        def one(value: Any, out: Tree, path: Path, writing: Writing) -> None:
            result = convert(value, (path, fact), writing)
            if result is MISFIT:
                writing.lost(path, fact, reason)
            elif result != {} or cell.wire_many or not is_record:
                place(out, [result] if cell.wire_many else result)

        def first(value: list[Any], out: Tree, path: Path, writing: Writing) -> None:
            for index in range(1, len(value)):
                writing.lost((path, fact), index, "the version has room for one")
            if value:
                one(value[0], out, path, writing)

        if not cell.many:
            return one
        if not cell.wire_many:
            return first
        spread = cell.value.inlined[0] if isinstance(cell.value, Table) and cell.value.inlined else ""
        return several(cell, convert, place, spread)

    def _inlined(self, fact: str, inner: Table) -> Entry:
        entries, allowed = self._entries(inner), allowances(inner)

        def entry(value: list[Tree] | Part, out: Tree, path: Path, writing: Writing) -> None:
            here = (path, fact)
            if isinstance(value, Part):
                place, node = value
            elif value:
                place, node = 0, value[0]
                for index in range(1, len(value)):
                    writing.lost(here, index, "the version has room for one")
            else:
                return
            there = (here, place)
            for inner_fact, inner_value in node.items():
                found = entries.get(inner_fact)
                if found is not None:
                    found(inner_value, out, there, writing)
                elif inner_fact != OKANT:
                    writing.lost(there, inner_fact, NO_PLACE)
            if OKANT in node:
                restore(node[OKANT], out, allowed, (there, OKANT), writing)

        return entry

    def _spread(self, table: Table) -> dict[str, Entry]:
        """Entries for the lists that several wire lists make up, by section."""
        takers: dict[tuple[str, ...], list[Taker]] = {}
        singles: set[tuple[str, ...]] = set()
        for gathered in table.gathered:
            takers.setdefault(gathered.to, []).append(self._gathered(gathered))
            if gathered.source.single:
                singles.add(gathered.to)
        for grouped in table.grouped:
            for family, element in grouped.tables():
                takers.setdefault((grouped.source.section, family), []).append(self._grouped(grouped, element))
        for each in table.withheld:
            takers.setdefault(tuple(each.to.split(".")), []).append(withheld(each))
        tree: dict[str, Any] = {}
        for (*sections, last), found in takers.items():
            place = tree
            for section in sections:
                place = place.setdefault(section, {})
            place[last] = distribute(last, found, single=(*sections, last) in singles)
        return {name: section_of(name, below) if isinstance(below, dict) else below for name, below in tree.items()}

    def _gathered(self, cell: GatheredCell) -> Taker:
        source = cell.source
        constant = {**source.marks, **source.given}
        own = frozenset(constant)
        place = placer(cell.wire, append=True)
        reason = f"the version writes {describe(cell.value)}"
        if isinstance(cell.value, Table) and not source.under:
            convert: Convert = self.record(cell.value, own)
        else:
            convert = self._convert(cell.value)
        under = source.under

        def put(part: Any, out: Tree, path: Path, writing: Writing) -> None:
            result = convert(part, path, writing)
            if result is MISFIT:
                writing.lost(path, under, reason)
            else:
                place(out, result)

        def take(item: Tree, out: Tree, path: Path, writing: Writing) -> None:
            for fact, value in source.given.items():
                if fact in item and item[fact] != value:
                    writing.lost(path, fact, "the version says this by the place alone")
            if not under:
                put(item, out, path, writing)
            elif cell.under_many:
                for index, element in enumerate(item[under]):
                    put(element, out, ((path, under), index), writing)
            else:
                put(item[under], out, (path, under), writing)

        return Taker(source.marks, under, own, take)

    def _grouped(self, cell: GroupedCell, element: Table) -> Taker:
        source, group = cell.source, cell.group
        render = self.record(element)
        place, write_group = placer(cell.wire, append=True), self._cell(group)

        def take(item: Tree, out: Tree, path: Path, writing: Writing) -> None:
            for index, node in enumerate(item[source.fact]):
                result = render(node, ((path, source.fact), index), writing)
                if group.fact in item:
                    write_group(item[group.fact], result, path, writing)
                place(out, result)

        return Taker(source.marks, source.fact, frozenset((*source.marks, group.fact)), take)


def _sources(table: Table) -> dict[str, Any]:
    """The names of the wire lists that make up canonical ones, nested as on the wire, in the order of declaration."""
    order: dict[str, Any] = {}
    for wire in (*(cell.wire for cell in table.gathered), *(cell.wire for cell in table.grouped)):
        place = order
        for name in wire:
            place = place.setdefault(name, {})
    return order


def _arrange(out: Tree, order: dict[str, Any]) -> None:
    """Puts fields in order: whoever reads them in turn gathers each list in the order that it had here."""
    if len(out) > 1:
        for name in order:
            if name in out:
                out[name] = out.pop(name)
    for name, value in out.items():
        below = order.get(name)
        if below:
            _arrange(value, below)
