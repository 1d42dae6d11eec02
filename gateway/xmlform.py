"""Tables as XML: the same wire tree that JSON writes with braces, written with elements, and back.

An object is an element with an element for each field, in the order of the schema; a list is the element repeated;
a leaf is text. What stands here knows elements and lexical forms only: names, notes and meaning are the tables'.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from gateway.forms import Form
from gateway.notes import Path, Writing
from gateway.schema import fields
from gateway.table import BareTable, SplitCell, Table, bare_value
from gateway.xmlio import Element, can_carry, escape, local_name

Tree = dict[str, Any]
Read = Callable[[Element], Any]
Write = Callable[[Any, Path, list[str], Writing], None]

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
# Most texts hold nothing that has to be escaped or cannot be written: one search says so.
_special = re.compile("[^\t\n\x20-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(slots=True, kw_only=True)
class Child:
    """One element within a record's element."""

    name: str
    many: bool = False
    single: bool = False
    required: bool = False
    text: str = ""
    form: Form | SplitCell | None = None
    record: Shape | None = None


@dataclass(slots=True)
class Shape:
    """The element of a record: its children in the order of the schema; `name` is empty for a mere wrapper."""

    name: str
    text: str
    children: dict[str, Child] = field(default_factory=dict)


def shape(table: Table) -> Shape:
    """The elements of a record and of everything in it; a table that stands in many places is described once."""
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
            form=None if isinstance(value, Table) else value,
            record=_shape(value, made) if isinstance(value, Table) else None,
        )
    return root


def _wrapper(place: Shape, name: str) -> Shape:
    """The record that the wire has and the vocabulary has not; tables refuse a name that is a field as well."""
    found = place.children.setdefault(name, Child(name=name, record=Shape("", "")))
    return found.record or Shape("", "")


def _carrier(value: Form | Table | BareTable | SplitCell) -> Form | Table | SplitCell:
    return _carrier(bare_value(value)) if isinstance(value, BareTable) else value


def reader(table: Table, namespace: str) -> Read:
    """The function that reads a record's element into the wire tree, whatever is in it."""
    return _reader(shape(table), namespace, {})


def valid_reader(table: Table, namespace: str) -> Read:
    """The same for an element that the schema was found to take: nothing is unknown, doubled or of another form."""
    return _valid_reader(shape(table), namespace, {})


def _valid_reader(record: Shape, namespace: str, made: dict[int, Read]) -> Read:
    if id(record) in made:
        return made[id(record)]
    known: dict[Any, tuple[str, bool, Read | None, Callable[[str], Any] | None]] = {}
    for child in record.children.values():
        read = _valid_reader(child.record, namespace, made) if child.record else None
        convert = None if child.record else _CONVERT.get(lexical_schema(child.form)["type"])
        known[f"{{{namespace}}}{child.name}"] = (child.name, child.many, read, convert)

    def read_record(element: Element) -> Any:
        out: Tree = {}
        for child in element:
            name, many, read, convert = known[child.tag]
            value = (child.text or "") if read is None else read(child)
            if convert is not None:
                value = convert(value)
            if not many:
                out[name] = value
            elif name in out:
                out[name].append(value)
            else:
                out[name] = [value]
        return out

    made[id(record)] = read_record
    return read_record


def _reader(record: Shape, namespace: str, made: dict[int, Read]) -> Read:
    if id(record) in made:
        return made[id(record)]
    known: dict[Any, tuple[str, bool, bool, Read]] = {}
    for child in record.children.values():
        read = _reader(child.record, namespace, made) if child.record else _lexical(child.form)
        is_text = not child.record and lexical_schema(child.form)["type"] == "string"
        known[f"{{{namespace}}}{child.name}"] = (child.name, child.many, is_text, read)
    find = known.get

    def read_record(element: Element) -> Any:
        out: Tree = {}
        for child in element:
            found = find(child.tag)
            if found is None:
                _add(out, local_name(child), raw(child))
                continue
            name, many, is_text, read = found
            value = (not len(child) and child.text) or read(child) if is_text else read(child)
            if name not in out:
                out[name] = [value] if many else value
            elif many:
                out[name].append(value)
            else:
                _add(out, name, value)
        if not out:
            return raw(element)
        return out

    made[id(record)] = read_record
    return read_record


def _add(out: Tree, name: str, value: Any) -> None:
    """A field; one that stands twice where the schema has it once becomes a list, which the table then notes."""
    if name not in out:
        out[name] = value
    elif type(out[name]) is list:
        out[name].append(value)
    else:
        out[name] = [out[name], value]


def raw(element: Element) -> Any:
    """What no schema describes, as it stands: text, or a record of what is in it."""
    if element.get(NIL) in ("true", "1"):
        return None
    if len(element) == 0:
        text = element.text or ""
        return text if text.strip() else {}
    out: Tree = {}
    for child in element:
        _add(out, local_name(child), raw(child))
    return out


def _lexical(form: Form | SplitCell | None) -> Read:
    """Text to the JSON value that the form reads; text of another lexical form stays, for the form to refuse."""
    convert = _CONVERT.get(lexical_schema(form)["type"])

    def read(element: Element) -> Any:
        text = element.text
        if text is None:
            if len(element):
                return raw(element)
            return None if element.get(NIL) in ("true", "1") else ""
        if len(element):
            return raw(element)
        return text if convert is None else convert(text)

    return read


def lexical_schema(form: Form | SplitCell | None) -> dict[str, Any]:
    """The JSON Schema of a leaf."""
    if form is None:
        return {"type": "string"}
    return form.split.form.schema() if isinstance(form, SplitCell) else form.schema()


def _boolean(text: str) -> Any:
    return _BOOLEANS.get(text.strip(), text)


def _integer(text: str) -> Any:
    stripped = text.strip()
    return int(stripped) if _INTEGER.fullmatch(stripped) else text


def _number(text: str) -> Any:
    stripped = text.strip()
    if not _DECIMAL.fullmatch(stripped):
        return text
    try:
        return int(stripped) if _INTEGER.fullmatch(stripped) else Decimal(stripped)
    except InvalidOperation:
        return text


_CONVERT: dict[str, Callable[[str], Any]] = {"boolean": _boolean, "integer": _integer, "number": _number}


def writer(table: Table) -> Write:
    """The function that writes a record's fields as elements without a prefix, in the order of the schema."""
    return _writer(shape(table), {})


def _writer(record: Shape, made: dict[int, Write]) -> Write:
    if id(record) in made:
        return made[id(record)]
    parts: list[tuple[str, bool, Write, str]] = []

    def write_record(value: Any, path: Path, out: list[str], writing: Writing) -> None:
        left = len(value)
        for name, many, write, opening in parts:
            inner = value.get(name)
            if inner is None:
                continue
            left -= 1
            if opening and type(inner) is str and not _special(inner):
                out.append(f"{opening}{inner}</{name}>")
            elif many:
                here = (path, name)
                for index, element in enumerate(inner):
                    write(element, (here, index), out, writing)
            else:
                write(inner, (path, name), out, writing)
            if not left:
                return
        _note_unknown(value, record, path, writing)

    made[id(record)] = write_record
    for child in record.children.values():
        write = _element(child.name, _writer(child.record, made)) if child.record else _leaf(child.name)
        parts.append((child.name, child.many, write, "" if child.record or child.many else f"<{child.name}>"))
    return write_record


def _note_unknown(value: Tree, record: Shape, path: Path, writing: Writing) -> None:
    for name in value:
        if name not in record.children:
            writing.lost(path, name, "the schema has no element for this")


def _element(name: str, content: Write) -> Write:
    opening, closing = f"<{name}>", f"</{name}>"

    def write(value: Any, path: Path, out: list[str], writing: Writing) -> None:
        out.append(opening)
        content(value, path, out, writing)
        out.append(closing)

    return write


def _leaf(name: str) -> Write:
    opening, closing = f"<{name}>", f"</{name}>"

    def write(value: Any, path: Path, out: list[str], writing: Writing) -> None:
        if type(value) is str:
            if not can_carry(value):
                parent, step = path or (None, name)
                writing.lost(parent, step, "XML has no way to write one of its characters")
                return
            out.append(opening + escape(value) + closing)
        elif type(value) is bool:
            out.append(opening + ("true" if value else "false") + closing)
        else:
            out.append(f"{opening}{value:f}{closing}" if type(value) is Decimal else f"{opening}{value}{closing}")

    return write
