"""Declarations resolved into tables: what is looked up by name is looked up here, once, when an adapter is imported.

A table is one record in one dialect. Everything that walks a message or renders a contract file reads tables and
nothing else. What cannot hold is refused here: a row about no fact, two rows for one fact or one wire field, a form
that cannot carry the fact's kind, two lists whose elements nothing tells apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contract import (
    Bare,
    Dialect,
    Gathered,
    Gone,
    Grouped,
    Ignored,
    Inlined,
    Placed,
    Row,
    Shape,
    Split,
    Wire,
    Withheld,
    claims,
)
from gateway.forms import DEFAULT_FORMS, Form
from gateway.vocabulary import Fact, at, facts
from schemas.bas import Modell


class DeclarationError(TypeError):
    """A declaration that cannot hold."""


@dataclass(frozen=True, slots=True)
class BareTable:
    """A record of which the wire writes one fact."""

    model: type
    cell: Cell | SplitCell


@dataclass(frozen=True, slots=True)
class Cell:
    """One fact in one place: `many` says that the vocabulary has a list, `wire_many` that the wire has one."""

    fact: str
    wire: tuple[str, ...]
    value: Form | Table | BareTable
    many: bool
    wire_many: bool
    row: Row
    """The declaration, for the bounds that it states."""


@dataclass(frozen=True, slots=True)
class SplitCell:
    """One wire value that holds several facts."""

    split: Split
    wire: tuple[str, ...]
    wire_many: bool
    required: bool


@dataclass(frozen=True, slots=True)
class GatheredCell:
    """One of the wire lists that make up a canonical list."""

    to: tuple[str, ...]
    wire: tuple[str, ...]
    value: Form | Table | BareTable
    source: Gathered
    under_many: bool


@dataclass(frozen=True, slots=True)
class GroupedCell:
    """A wire list whose elements are spread over cases."""

    wire: tuple[str, ...]
    source: Grouped
    group: Cell
    families: dict[str, Table]
    otherwise: Table

    def tables(self) -> Iterator[tuple[str, Table]]:
        """Each family's list and the table of its elements, the one for unknown types last."""
        for code, table in self.families.items():
            yield self.source.families[code], table
        yield self.source.otherwise, self.otherwise


@dataclass(frozen=True, slots=True)
class Table:
    """One record in one dialect."""

    name: str
    model: type
    cells: tuple[Cell, ...]
    splits: tuple[SplitCell, ...]
    inlined: tuple[str, Table] | None
    gathered: tuple[GatheredCell, ...]
    grouped: tuple[GroupedCell, ...]
    withheld: tuple[Withheld, ...]
    placed: frozenset[str]
    gone: dict[str, str]
    ignored: dict[tuple[str, ...], str]

    def required(self) -> tuple[str, ...]:
        """The wire's fields that the contract requires."""
        found = [cell.wire[0] for cell in self.cells if cell.row.required]
        return (*found, *(split.wire[0] for split in self.splits if split.required))


def tables(wire: Wire) -> dict[str, Table]:
    """The tables of a version, by noun."""
    return {noun: Compiler(dialect).record(model) for noun, (model, dialect) in wire.nouns.items()}


def bare_value(bare: BareTable) -> Form | BareTable | SplitCell:
    """What carries the one fact that the wire writes; a bare record holds no record."""
    inner = bare.cell if isinstance(bare.cell, SplitCell) else bare.cell.value
    _check(not isinstance(inner, Table), f"a bare {bare.model.__name__} holds a record")
    return inner  # type: ignore[return-value]  # a Table was refused on the line above


def describe(value: Form | Table | BareTable | SplitCell) -> str:
    """What a reader of an error may expect there."""
    match value:
        case Table():
            return "an object"
        case BareTable():
            return describe(bare_value(value))
        case SplitCell():
            return value.split.form.expected
        case _:
            return value.expected


class Compiler:
    """Resolves a dialect's declarations; each record and shape is resolved once."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._tables: dict[Any, Any] = {}

    def record(self, model: type) -> Table:
        """The table of a model."""
        if model not in self._tables:
            self._tables[model] = _resolve(self, f"{self.dialect.name}{model.__name__}", model, self._rows(model))
        table: Table = self._tables[model]
        return table

    def value(self, form: Form | Shape | Bare | None, fact: Fact) -> Form | Table | BareTable:
        """What carries one value of a fact."""
        if form is None and fact.model is not None:
            form = self.dialect.shapes.get(fact.model)
            if form is None:
                return self.record(fact.model)
        if form is None:
            form = self.dialect.forms.get(fact.kind, DEFAULT_FORMS[fact.kind])
        if isinstance(form, Shape):
            return self._shape(form, fact)
        if isinstance(form, Bare):
            return self._bare(form, fact)
        _check(fact.model is None, f"{fact.name}: a single form cannot carry a record")
        carried = fact.kind in form.carries or DEFAULT_FORMS[fact.kind] is form or type(form).__name__ == "Text"
        _check(carried, f"{fact.name}: {type(form).__name__} cannot carry {fact.kind}")
        return form

    def _shape(self, shape: Shape, fact: Fact) -> Table:
        _check(fact.model is shape.model, f"{fact.name}: {shape.name} is a shape of {shape.model.__name__}")
        if shape.name not in self._tables:
            self._tables[shape.name] = _resolve(self, shape.name, shape.model, shape.rows)
        table: Table = self._tables[shape.name]
        return table

    def _bare(self, bare: Bare, fact: Fact) -> BareTable:
        _check(fact.model is bare.model, f"{fact.name}: the bare form is one of {bare.model.__name__}")
        if isinstance(bare.row, Split):
            return BareTable(bare.model, SplitCell(bare.row, (), wire_many=False, required=False))
        inner = facts(bare.model)[bare.row.fact]
        return BareTable(bare.model, _cell(self, bare.row, inner))

    def _rows(self, model: type) -> tuple[Any, ...]:
        """A model's own rows and those of its bases; the nearer wins over the farther about the same fact."""
        merged: list[Any] = []
        claimed: set[str] = set()
        for base in model.__mro__:
            rows = self.dialect.records.get(base, ())
            merged += [row for row in rows if not claimed & set(claims(row))]
            claimed |= {fact for row in rows for fact in claims(row)}
        return tuple(merged)


def _check(holds: bool, message: str) -> None:  # noqa: FBT001  the one argument that an assertion has
    if not holds:
        raise DeclarationError(message)


def _cell(compiler: Compiler, row: Row, fact: Fact) -> Cell:
    _check(not (row.single and fact.many), f"{fact.name}: single is for a fact that is no list")
    _check(not (row.listed and not fact.many), f"{fact.name}: listed is for a fact that is a list")
    return Cell(
        fact=fact.name,
        wire=tuple((row.wire or fact.name).split(".")),
        value=compiler.value(row.form, fact),
        many=fact.many,
        wire_many=row.single or (fact.many and not row.listed),
        row=row,
    )


def _gathered(model: type, source: Gathered) -> GatheredCell:
    fact = at(model, source.to)
    _check(fact.many or source.single, f"{source.to}: gathered into what is no list")
    for mark in (*source.marks, *source.given):
        _check(fact.model is not None and mark in facts(fact.model), f"{source.to}: no fact {mark} to tell apart by")
    under_many = False
    if source.under:
        fact = facts(_record_of(fact))[source.under]
        under_many = fact.many
    value = Compiler(source.dialect).value(source.form, Fact(fact.name, fact.kind, fact.model, many=False))
    return GatheredCell(tuple(source.to.split(".")), tuple(source.wire.split(".")), value, source, under_many)


def _grouped(model: type, source: Grouped) -> GroupedCell:
    compiler = Compiler(source.dialect)
    section = _record_of(at(model, source.section))

    def element(family: str) -> Table:
        case = _record_of(facts(section)[family])
        _check(source.fact in facts(case), f"{family}: its cases have no {source.fact}")
        return compiler.record(_record_of(facts(case)[source.fact]))

    case = _record_of(facts(section)[source.otherwise])
    return GroupedCell(
        wire=tuple(source.wire.split(".")),
        source=source,
        group=_cell(compiler, source.group, facts(case)[source.group.fact]),
        families={code: element(family) for code, family in source.families.items()},
        otherwise=element(source.otherwise),
    )


def _record_of(fact: Fact) -> type[Modell]:
    if fact.model is None:
        msg = f"{fact.name}: expected a fact that holds a record"
        raise DeclarationError(msg)
    return fact.model


def _resolve(compiler: Compiler, name: str, model: type, rows: tuple[Any, ...]) -> Table:
    known = facts(model)
    _refuse_doubles(name, rows)
    for row in rows:
        for fact in claims(row):
            _check(fact in known, f"{name}: the vocabulary has no {model.__name__}.{fact}")
    gathered = tuple(_gathered(model, row) for row in rows if isinstance(row, Gathered))
    grouped = tuple(_grouped(model, row) for row in rows if isinstance(row, Grouped))
    claimed = {fact for row in rows for fact in claims(row)}
    claimed |= {cell.to[0] for cell in gathered} | {cell.source.section for cell in grouped}
    own: frozenset[str] = getattr(model, "EGNA", frozenset())
    cells = [_cell(compiler, row, known[row.fact]) for row in rows if isinstance(row, Row)]
    cells += [_cell(compiler, Row(fact), known[fact]) for fact in known if fact not in claimed and fact not in own]
    inlined = [(row.fact, compiler.record(_record_of(known[row.fact]))) for row in rows if isinstance(row, Inlined)]
    _check(len(inlined) <= 1, f"{name}: more than one record stands inline")
    table = Table(
        name=name,
        model=model,
        cells=tuple(sorted(cells, key=lambda cell: list(known).index(cell.fact))),
        splits=tuple(
            SplitCell(row, tuple(row.wire.split(".")), wire_many=row.single, required=row.required)
            for row in rows
            if isinstance(row, Split)
        ),
        inlined=inlined[0] if inlined else None,
        gathered=gathered,
        grouped=grouped,
        withheld=tuple(row for row in rows if isinstance(row, Withheld)),
        placed=frozenset(fact for row in rows if isinstance(row, Placed) for fact in row.facts),
        gone={row.fact: row.reason for row in rows if isinstance(row, Gone)},
        ignored={tuple(row.wire.split(".")): row.reason for row in rows if isinstance(row, Ignored)},
    )
    _refuse_clashes(table)
    return table


def _refuse_doubles(name: str, rows: tuple[Any, ...]) -> None:
    seen: set[str] = set()
    for row in rows:
        for fact in claims(row):
            _check(fact not in seen, f"{name}: two rows about {fact}")
            seen.add(fact)


def _refuse_clashes(table: Table) -> None:
    places: set[tuple[str, ...]] = set()
    for place in wire_places(table):
        _check(place not in places, f"{table.name}: two rows at {'.'.join(place)}")
        places.add(place)
    for place in places:
        for outer in (place[:length] for length in range(1, len(place))):
            _check(
                outer not in places, f"{table.name}: two rows at {'.'.join(outer)}: a value, and an object of values"
            )
    takers = [(cell.to, cell.source.marks, cell.source.under) for cell in table.gathered]
    for grouped in table.grouped:
        source = grouped.source
        takers += [((source.section, family), source.marks, source.fact) for family, _ in grouped.tables()]
    for index, taker in enumerate(takers):
        for other in takers[:index]:
            apart = taker[0] != other[0] or _told_apart(taker[1:], other[1:])
            _check(apart, f"{table.name}: nothing tells apart the lists gathered in {'.'.join(taker[0])}")


def _told_apart(one: tuple[Mapping[str, Any], str], other: tuple[Mapping[str, Any], str]) -> bool:
    """Whether no element could go to both: they differ in a mark that both have, or take different parts of it."""
    (marks, part), (other_marks, other_part) = one, other
    if part and other_part and part != other_part:
        return True
    return any(fact in other_marks and other_marks[fact] != value for fact, value in marks.items())


def wire_places(table: Table) -> Iterator[tuple[str, ...]]:
    """Every place on the wire that a record's rows stand at, those of the record inside it among them."""
    yield from (cell.wire for cell in table.cells)
    yield from (split.wire for split in table.splits)
    yield from (gathered.wire for gathered in table.gathered if not gathered.source.written_only)
    yield from (grouped.wire for grouped in table.grouped)
    yield from table.ignored
    if table.inlined:
        yield from wire_places(table.inlined[1])
