"""Tables compiled into functions that read a JSON message: wire tree in, canonical tree and notes out.

Rule 1: nothing is looked up by declaration here; every function below has its names and forms bound at start-up.
Rule 2: a value that does not fit becomes a note with its path and is kept in `okant` beside its parent; nothing raises.
Rule 3: the trees that come out are never changed afterwards: parts of them may be shared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.forms import MISFIT, Enumerated, Form
from gateway.notes import Path, Reading
from gateway.readers import (
    Convert,
    Entry,
    Tree,
    convert_form,
    ignore,
    leaf,
    lenient_code,
    listed,
    names_twice,
    nest,
    record_of,
    several,
    single,
    split_of,
    undeclared,
    value_of,
)
from gateway.table import BareTable, Cell, GatheredCell, GroupedCell, SplitCell, Table, describe
from schemas.bas import Kod

Parser = Callable[[Tree, Path, Reading], Tree]


def parser(table: Table, extra: tuple[Cell, ...] = ()) -> Parser:
    """The function that reads one record."""
    return _Parsers().record(table, extra)


class _Parsers:
    """Makes the functions of one root record; records that stand in many places are compiled once."""

    def __init__(self) -> None:
        self._made: dict[int, Parser] = {}

    def record(self, table: Table, extra: tuple[Cell, ...] = ()) -> Parser:
        if extra or id(table) not in self._made:
            made = self._record(table, extra)
            if extra:
                return made
            self._made[id(table)] = made
        return self._made[id(table)]

    def _record(self, table: Table, extra: tuple[Cell, ...]) -> Parser:
        own = self._entries(table, extra)
        required, find = table.required(), own.get
        if table.inlined:
            fact, inner = table.inlined
            return _inlining(own, fact, self._entries(inner, ()))

        def parse(wire: Tree, path: Path, reading: Reading) -> Tree:
            out: Tree = {}
            for key, value in wire.items():
                entry = find(key)
                if entry is None:
                    reading.unknown(out, path, (key,), value)
                else:
                    entry(value, out, path, reading)
            for key in required:
                if key not in wire:
                    reading.missing(path, (key,))
            return out

        return parse

    def _entries(self, table: Table, extra: tuple[Cell, ...]) -> dict[str, Entry]:
        placed: list[tuple[tuple[str, ...], Entry]] = []
        placed += [(cell.wire, self._cell(cell)) for cell in (*table.cells, *extra)]
        placed += [(split.wire, split_of(split)) for split in table.splits]
        placed += [(cell.wire, self._gathered(cell)) for cell in table.gathered if not cell.source.written_only]
        placed += [(cell.wire, self._grouped(cell)) for cell in table.grouped]
        placed += [(wire, ignore) for wire in table.ignored]
        return nest(placed, ())

    def _convert(self, value: Form | Table | BareTable) -> Convert:
        match value:
            case Table():
                return self._convert_record(value)
            case BareTable():
                return self._convert_bare(value)
            case _:
                return convert_form(value)

    def _convert_record(self, table: Table) -> Convert:
        parse = self.record(table)
        is_code = table.model is Kod

        def convert(value: Any, path: Path, steps: tuple[Any, ...], reading: Reading) -> Any:
            if type(value) is dict:
                for step in steps:
                    path = (path, step)
                return parse(value, path, reading)
            code = lenient_code(value) if is_code else MISFIT
            if code is not MISFIT:
                reading.lenient(path, steps, "a code object")
            return code

        return convert

    def _convert_bare(self, bare: BareTable) -> Convert:
        if isinstance(bare.cell, SplitCell):
            split = bare.cell.split.form

            def convert_split(value: Any, _path: Path, _steps: tuple[Any, ...], reading: Reading) -> Any:
                return split.parse(value, reading)

            return convert_split
        inner = self._convert(bare.cell.value)
        fact = bare.cell.fact
        is_code = bare.model is Kod

        def convert(value: Any, path: Path, steps: tuple[Any, ...], reading: Reading) -> Any:
            result = inner(value, path, steps, reading)
            if result is not MISFIT:
                return {fact: result}
            code = lenient_code(value) if is_code else MISFIT
            if code is not MISFIT:
                reading.lenient(path, steps, "a bare code")
            return code

        return convert

    def _cell(self, cell: Cell) -> Entry:
        convert = self._convert(cell.value)
        expected = describe(cell.value)
        if cell.wire_many and cell.many:
            entry = several(cell, convert, expected)
        elif cell.wire_many:
            entry = single(cell.fact, cell.wire, convert, expected)
        elif cell.many:
            entry = listed(cell, convert, expected)
        elif isinstance(cell.value, Form) and not isinstance(cell.value, Enumerated):
            entry = leaf(cell.fact, cell.wire, cell.value)
        else:
            entry = value_of(cell.fact, cell.wire, convert, expected)
            if isinstance(cell.value, Table) and len(cell.wire) == 1:
                entry = record_of(cell.fact, cell.wire[0], self.record(cell.value), entry)
        return undeclared(entry, cell) if cell.row.undeclared else entry

    def _gathered(self, cell: GatheredCell) -> Entry:
        elements = self._elements(cell)
        steps, *sections, last = cell.wire, *cell.to

        def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
            if type(value) is not list:
                reading.misfit(out, path, steps, value, "a list")
                return
            items = elements(value, out, path, reading)
            if not items:
                return
            target = out
            for section in sections:
                target = target.setdefault(section, {})
            if cell.source.single:
                target[last] = items[0]
                for index, element in enumerate(value[1:], 1):
                    reading.misfit(out, path, (*steps, index), element, "a list of at most one")
            else:
                target.setdefault(last, []).extend(items)
            if cell.source.unique and names_twice(value):
                reading.lenient(path, steps, "a list that names nothing twice")

        return entry

    def _elements(self, cell: GatheredCell) -> Callable[[list[Any], Tree, Path, Reading], list[Tree]]:
        """The elements of one wire list, each with what its place says of it."""
        convert, expected, steps = self._convert(cell.value), describe(cell.value), cell.wire
        constant = {**cell.source.marks, **cell.source.given}
        under, under_many = cell.source.under, cell.under_many

        def elements(value: list[Any], out: Tree, path: Path, reading: Reading) -> list[Tree]:
            items: list[Tree] = []
            for index, element in enumerate(value):
                item = convert(element, path, (*steps, index), reading)
                if item is MISFIT:
                    reading.misfit(out, path, (*steps, index), element, expected)
                elif under:
                    items.append({**constant, under: [item] if under_many else item})
                else:
                    items.append({**constant, **item})
            return items

        return elements

    def _grouped(self, cell: GroupedCell) -> Entry:
        source = cell.source
        group, key = cell.group.fact, cell.group.wire[0]
        parsers = {code: self.record(table, (cell.group,)) for code, table in cell.families.items()}
        otherwise = self.record(cell.otherwise, (cell.group,))
        steps = cell.wire

        def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
            if type(value) is not list:
                reading.misfit(out, path, steps, value, "a list")
                return
            for index, element in enumerate(value):
                if type(element) is not dict:
                    reading.misfit(out, path, (*steps, index), element, "an object")
                    continue
                named = element.get(key)
                code = named.get("kod") if type(named) is dict else None
                parse = parsers.get(code, otherwise) if type(code) is str else otherwise
                here: Path = path
                for step in (*steps, index):
                    here = (here, step)
                item = parse(element, here, reading)
                family = source.families.get(code, source.otherwise) if type(code) is str else source.otherwise
                cases = out.setdefault(source.section, {}).setdefault(family, [])
                case = _case(cases, source.marks, group, item.pop(group, None))
                case.setdefault(source.fact, []).append(item)

        return entry


def _case(cases: list[Tree], marks: Mapping[str, Any], group: str, value: Any) -> Tree:
    """The case of one information type; opened when it is not there yet."""
    for case in cases:
        if case.get(group) == value and all(case.get(fact) == mark for fact, mark in marks.items()):
            return case
    case = dict(marks)
    if value is not None:
        case[group] = value
    cases.append(case)
    return case


def _inlining(own: dict[str, Entry], fact: str, inner: dict[str, Entry]) -> Parser:
    def parse(wire: Tree, path: Path, reading: Reading) -> Tree:
        out: Tree = {}
        part: Tree = {}
        for key, value in wire.items():
            entry = own.get(key)
            if entry is not None:
                entry(value, out, path, reading)
                continue
            entry = inner.get(key)
            if entry is not None:
                entry(value, part, path, reading)
            else:
                reading.unknown(out, path, (key,), value)
        if part:
            out[fact] = [part]
        return out

    return parse
