"""Tables as XML: the same wire tree that JSON writes with braces, written with elements, and back.

An object is an element with an element for each field, in the order of the schema; a list is the element repeated;
a leaf is text. What stands here knows elements and lexical forms only: names, notes and meaning are the tables'.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.sax.saxutils import quoteattr

from gateway.notes import Path, Writing
from gateway.shape import Child, Schema, Shape
from gateway.xmlio import Element, can_carry, escape, local_name

Tree = dict[str, Any]
Read = Callable[[Element], Any]
Write = Callable[[Any, Path, list[str], Writing], None]
Part = tuple[str, bool, bool, Write, str, str]
"""How a field is written: its name, whether it is a record, whether a list, its function, its tags."""

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
# Most texts hold nothing that has to be escaped or cannot be written: one search says so.
_special = re.compile("[^\t\n\x20-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search
_SHORT = 19
"""Digits that are read as a whole number without a second look."""
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def reader(record: Shape, namespace: str) -> Read:
    """The function that reads a record's element into the wire tree, whatever is in it."""
    return _reader(record, namespace, {})


def valid_reader(record: Shape, namespace: str) -> Read:
    """The same for an element that the schema was found to take: nothing is unknown, doubled or of another form."""
    return _valid_reader(record, namespace, {})


def _valid_reader(record: Shape, namespace: str, made: dict[int, Read]) -> Read:
    if id(record) in made:
        return made[id(record)]
    known: dict[Any, tuple[str, bool, Read | None, Callable[[str], Any] | None]] = {}
    for child in record.children.values():
        read = _valid_reader(child.record, namespace, made) if child.record else None
        convert = None if child.record else CONVERT.get(child.leaf["type"])
        known[_tag(child, namespace)] = (child.name, child.many, read, convert)

    def read_record(element: Element) -> Any:
        out: Tree = {}
        for child in element[:]:  # all at once costs less than one after the other
            name, many, read, convert = known[child.tag]
            if read is not None:
                value = read(child)
            elif convert is None:
                value = child.text or ""
            else:
                value = convert(child.text or "")
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
        read = _reader(child.record, namespace, made) if child.record else _lexical(child.leaf)
        is_text = not child.record and child.leaf["type"] == "string"
        known[_tag(child, namespace)] = (child.name, child.many, is_text, read)
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


def _tag(child: Child, namespace: str) -> str:
    own = namespace if child.namespace is None else child.namespace
    return f"{{{own}}}{child.name}" if own else child.name


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
    texts = [element.text, *(child.tail for child in element)]
    if any(text and text.strip() for text in texts):  # mixed content: the text is kept as a field of its own
        out["text"] = "".join(text or "" for text in texts).strip()
    for child in element:
        _add(out, local_name(child), raw(child))
    return out


def _lexical(leaf: Schema) -> Read:
    """Text to the JSON value that the form reads; text of another lexical form stays, for the form to refuse."""
    convert = CONVERT.get(leaf["type"])

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


def _boolean(text: str) -> Any:
    return _BOOLEANS.get(text.strip(), text)


def _integer(text: str) -> Any:
    if len(text) < _SHORT and text.isascii() and text.isdigit():  # as most are written
        return int(text)
    stripped = text.strip()
    return int(stripped) if _INTEGER.fullmatch(stripped) else text


def _number(text: str) -> Any:
    stripped = text.strip()
    if not _DECIMAL.fullmatch(stripped):
        return text
    try:
        return Decimal(stripped) if "." in stripped else int(stripped)
    except InvalidOperation:
        return text


CONVERT: dict[str, Callable[[str], Any]] = {"boolean": _boolean, "integer": _integer, "number": _number}


def writer(record: Shape, namespace: str) -> Write:
    """The function that writes a record's fields as elements without a prefix, in the order of the schema.

    What it writes stands in an element whose default namespace is `namespace`.
    """
    return _writer(record, namespace, {})


def _writer(record: Shape, namespace: str, made: dict[tuple[int, str], Write]) -> Write:
    if (id(record), namespace) in made:
        return made[id(record), namespace]
    parts: list[Part] = []

    def write_record(value: Any, path: Path, out: list[str], writing: Writing) -> None:
        left = len(value)
        for name, is_record, many, write, opening, closing in parts:
            inner = value.get(name)
            if inner is None:
                continue
            left -= 1
            if many:
                here = (path, name)
                for index, element in enumerate(inner):
                    write(element, (here, index), out, writing)
            elif is_record:
                out.append(opening)
                write(inner, (path, name), out, writing)
                out.append(closing)
            elif type(inner) is int or (type(inner) is str and (inner.isalnum() or not _special(inner))):
                out.append(f"{opening}{inner}{closing}")
            else:
                write(inner, (path, name), out, writing)
            if not left:
                return
        _note_unknown(value, record, path, writing)

    made[id(record), namespace] = write_record
    parts += [_part(child, namespace, made) for child in record.children.values()]
    return write_record


def _part(child: Child, namespace: str, made: dict[tuple[int, str], Write]) -> Part:
    """The tags of one that stands once are written without a call."""
    own = namespace if child.namespace is None else child.namespace
    opening = f"<{child.name}>" if own == namespace else f"<{child.name} xmlns={quoteattr(own)}>"
    closing = f"</{child.name}>"
    if child.record:
        content = _writer(child.record, own, made)
        write = _element(opening, closing, content) if child.many else content
        return child.name, True, child.many, write, opening, closing
    return child.name, False, child.many, _leaf(opening, closing), opening, closing


def _note_unknown(value: Tree, record: Shape, path: Path, writing: Writing) -> None:
    for name in value:
        if name not in record.children:
            writing.lost(path, name, "the schema has no element for this")


def _element(opening: str, closing: str, content: Write) -> Write:
    def write(value: Any, path: Path, out: list[str], writing: Writing) -> None:
        out.append(opening)
        content(value, path, out, writing)
        out.append(closing)

    return write


def _leaf(opening: str, closing: str) -> Write:
    def write(value: Any, path: Path, out: list[str], writing: Writing) -> None:
        if type(value) is str:
            if not can_carry(value):
                parent, step = path or (None, "")
                writing.lost(parent, step, "XML has no way to write one of its characters")
                return
            out.append(opening + escape(value) + closing)
        elif type(value) is bool:
            out.append(opening + ("true" if value else "false") + closing)
        else:
            out.append(f"{opening}{value:f}{closing}" if type(value) is Decimal else f"{opening}{value}{closing}")

    return write
