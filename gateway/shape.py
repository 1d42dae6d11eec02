"""What a contract says of its messages, whoever wrote it: records with fields in their order, leaves with JSON Schemas.

One is made of our tables here; gateway.contracts makes others of the agency's own XSD and OpenAPI files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.forms import Form
from gateway.schema import fields
from gateway.table import BareTable, SplitCell, Table, bare_value

Schema = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Child:
    """One field of a record: what holds a `record`, or a leaf with the JSON Schema of its value."""

    name: str
    many: bool = False
    single: bool = False
    required: bool = False
    text: str = ""
    leaf: Schema = field(default_factory=dict)
    record: Shape | None = None
    namespace: str | None = None
    """That of its element, where it is not that of the message."""


@dataclass(slots=True)
class Shape:
    """A record: its fields in the order of the contract; `name` is empty for a mere wrapper."""

    name: str
    text: str
    children: dict[str, Child] = field(default_factory=dict)


def shape(table: Table) -> Shape:
    """The record of a table and everything in it; a table that stands in many places is described once."""
    return _shape(table, {})


def _shape(table: Table, made: dict[int, Shape]) -> Shape:
    if id(table) in made:
        return made[id(table)]
    root = Shape(table.name, " ".join((table.model.__doc__ or "").split()))
    made[id(table)] = root
    required = frozenset(table.required())
    for one in fields(table):
        place = root
        for name in one.wire[:-1]:
            place = _wrapper(place, name)
        last = one.wire[-1]
        value = _carrier(one.value)
        place.children[last] = Child(
            name=last,
            many=one.many,
            single=one.single,
            required=last in required and len(one.wire) == 1,
            text=one.text,
            leaf={} if isinstance(value, Table) else _leaf(value),
            record=_shape(value, made) if isinstance(value, Table) else None,
        )
    return root


def _wrapper(place: Shape, name: str) -> Shape:
    """The record that the wire has and the vocabulary has not; tables refuse a name that is a field as well."""
    found = place.children.setdefault(name, Child(name=name, record=Shape("", "")))
    return found.record or Shape("", "")


def _carrier(value: Form | Table | BareTable | SplitCell) -> Form | Table | SplitCell:
    return _carrier(bare_value(value)) if isinstance(value, BareTable) else value


def _leaf(form: Form | SplitCell) -> Schema:
    return form.split.form.schema() if isinstance(form, SplitCell) else form.schema()
