"""Tables rendered as a contract: the JSON Schema of each record on the wire, and the list of its leaves.

Both are read off the very tables that messages are read and written with, so a document cannot say anything else
than the adapter does. What the adapter reads beyond its contract (`undeclared`) is not in either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from gateway.forms import Form
from gateway.table import BareTable, Cell, GroupedCell, SplitCell, Table, bare_value
from gateway.vocabulary import at, facts

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field on the wire: its place, what is there, and whether it is a list (of at most one, without doubles)."""

    wire: tuple[str, ...]
    value: Form | Table | BareTable | SplitCell
    many: bool
    single: bool = False
    unique: bool = False
    filled: bool = False
    most: int = 0
    text: str = ""


def leaves(table: Table) -> dict[str, Schema]:
    """Every leaf of a record by its path (`beslut[].period.fran`), with its JSON Schema."""
    return dict(_leaves(table, ""))


def _leaves(table: Table, prefix: str) -> Iterator[tuple[str, Schema]]:
    for field in fields(table):
        path = prefix + ".".join(field.wire) + ("[]" if field.many else "")
        if isinstance(field.value, Table):
            yield from _leaves(field.value, path + ".")
        else:
            yield path, _leaf(field.value)


def components(tables: dict[str, Table]) -> dict[str, Schema]:
    """The component schemas of several root records, by name; a root has the name that it is given here."""
    made: dict[str, Schema] = {}
    for name, table in tables.items():
        made[name] = _object(table, made)
    return dict(sorted(made.items()))


def _object(table: Table, made: dict[str, Schema]) -> Schema:
    root: Schema = {"type": "object", "description": " ".join((table.model.__doc__ or "").split()), "properties": {}}
    for field in fields(table):
        place = root
        for name in field.wire[:-1]:
            place = place["properties"].setdefault(name, {"type": "object", "properties": {}})
        place["properties"][field.wire[-1]] = _property(field, made)
    required = sorted(table.required())
    return root | ({"required": required} if required else {})


def _property(field: Field, made: dict[str, Schema]) -> Schema:
    if isinstance(field.value, Table):
        name = field.value.name
        if name not in made:
            made[name] = {}  # the name is taken while the record is being described
            made[name] = _object(field.value, made)
        inner: Schema = {"$ref": f"#/components/schemas/{name}"}
    else:
        inner = _leaf(field.value)
    described = {"description": field.text} if field.text else {}
    if not field.many:
        return {"allOf": [inner], **described} if "$ref" in inner and described else inner | described
    bounds: Schema = {"maxItems": 1 if field.single else field.most} if field.single or field.most else {}
    if field.filled:
        bounds["minItems"] = 1
    if field.unique:
        bounds["uniqueItems"] = True
    return {"type": "array", "items": inner} | bounds | described


def _leaf(value: Form | BareTable | SplitCell) -> Schema:
    match value:
        case BareTable():
            return _leaf(bare_value(value))
        case SplitCell():
            return value.split.form.schema()
        case _:
            return value.schema()


def fields(table: Table) -> Iterator[Field]:
    """A record's fields on the wire: single facts in the vocabulary's order, then lists, then what stands inline."""
    known = list(facts(table.model))
    placed = [(cell.fact, _of_cell(table, cell)) for cell in table.cells if not cell.row.undeclared]
    placed += [(split.split.form.facts[0], _of_split(table, split)) for split in table.splits]
    yield from (field for _, field in sorted(placed, key=lambda pair: known.index(pair[0]) if pair[0] in known else -1))
    for gathered in table.gathered:
        if gathered.source.written_only:
            continue
        source, text = gathered.source, at(table.model, gathered.source.to).text
        yield Field(
            wire=gathered.wire, value=gathered.value, many=True, single=source.single, unique=source.unique, text=text
        )
    for grouped in table.grouped:
        text = "Cases are made of these by information type."
        yield Field(wire=grouped.wire, value=_with_group(grouped), many=True, text=text)
    if table.inlined:
        yield from fields(table.inlined[1])


def _of_cell(table: Table, cell: Cell) -> Field:
    known = facts(table.model)
    return Field(
        wire=cell.wire,
        value=cell.value,
        many=cell.wire_many,
        single=cell.wire_many and not cell.many,
        unique=cell.row.unique,
        filled=cell.row.filled,
        most=cell.row.most,
        text=known[cell.fact].text if cell.fact in known else "",
    )


def _of_split(table: Table, split: SplitCell) -> Field:
    text = facts(table.model)[split.split.form.facts[0]].text
    return Field(wire=split.wire, value=split, many=split.wire_many, single=split.wire_many, text=text)


def _with_group(cell: GroupedCell) -> Table:
    """The element as the wire has it: the case's information type stands in every element."""
    return replace(cell.otherwise, cells=(*cell.otherwise.cells, cell.group))
