"""What reads one field: each function makes the entry of one way in which a field can stand on the wire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.forms import MISFIT, Enumerated, Form, as_is
from gateway.jsonio import encode
from gateway.notes import Path, Reading, keep
from gateway.table import Cell, SplitCell

Tree = dict[str, Any]
Entry = Callable[[Any, Tree, Path, Reading], None]
Convert = Callable[[Any, Path, tuple[Any, ...], Reading], Any]
"""One wire value to one canonical value or MISFIT; notes what it reads leniently, leaves the misfit to its caller."""

_CODE_KEYS = frozenset({"id", "kod", "beskrivning", "namn"})


def nest(placed: list[tuple[tuple[str, ...], Entry]], steps: tuple[str, ...]) -> dict[str, Entry]:
    """Entries by wire name; where the wire has an object that the vocabulary has not, the entries below it."""
    entries: dict[str, Entry] = {}
    below: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
    for (name, *rest), entry in placed:
        if rest:
            below.setdefault(name, []).append((tuple(rest), entry))
        else:
            entries[name] = entry
    for name, inner in below.items():
        entries[name] = wrapper((*steps, name), nest(inner, (*steps, name)))
    return entries


def wrapper(steps: tuple[str, ...], entries: dict[str, Entry]) -> Entry:
    """An object that the vocabulary has not: its fields are the record's own."""

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        if type(value) is not dict:
            reading.misfit(out, path, steps, value, "an object")
            return
        for key, inner in value.items():
            found = entries.get(key)
            if found is None:
                reading.unknown(out, path, (*steps, key), inner)
            else:
                found(inner, out, path, reading)

    return entry


def convert_form(form: Form) -> Convert:
    """A leaf that is converted by its form; a new code is noted."""
    parse = form.parse
    codes = frozenset(form.codes) if isinstance(form, Enumerated) else None

    def convert(value: Any, path: Path, steps: tuple[Any, ...], reading: Reading) -> Any:
        result = parse(value)
        if codes is not None and result is not MISFIT and result not in codes:
            reading.new_code(path, steps)
        return result

    return convert


def lenient_code(value: Any) -> Any:
    """Reads a code that is spelled in one of the contract's other ways."""
    if type(value) is str or type(value) is int:
        return {"kod": str(value)}
    if type(value) is dict and value and value.keys() <= _CODE_KEYS:
        code, text = value.get("id", value.get("kod")), value.get("beskrivning", value.get("namn"))
        if type(code) in (str, int) and (text is None or type(text) is str):
            return {"kod": str(code)} | ({} if text is None else {"text": text})
    return MISFIT


def leaf(fact: str, steps: tuple[str, ...], form: Form) -> Entry:
    """A leaf that stands by itself."""
    parse, expected, passing = form.parse, form.expected, as_is(form)

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        if type(value) in passing:  # most leaves, without a call
            out[fact] = value
            return
        result = parse(value)
        if result is MISFIT:
            reading.misfit(out, path, steps, value, expected)
        else:
            out[fact] = result

    return entry


def value_of(fact: str, steps: tuple[str, ...], convert: Convert, expected: str) -> Entry:
    """A value that is no list on either side."""

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        result = convert(value, path, steps, reading)
        if result is MISFIT:
            reading.misfit(out, path, steps, value, expected)
        elif result != {}:
            out[fact] = result

    return entry


def record_of(fact: str, key: str, parse: Callable[[Tree, Path, Reading], Tree], otherwise: Entry) -> Entry:
    """What `otherwise` does, without its calls for what is a record as it should be: in one place, by one name."""

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        if type(value) is dict:
            result = parse(value, (path, key), reading)
            if result:
                out[fact] = result
        else:
            otherwise(value, out, path, reading)

    return entry


def listed(cell: Cell, convert: Convert, expected: str) -> Entry:
    """A value on the wire where the vocabulary has a list."""
    fact, steps = cell.fact, cell.wire

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        result = convert(value, path, steps, reading)
        if result is MISFIT:
            reading.misfit(out, path, steps, value, expected)
        elif result != {}:
            out[fact] = [result]

    return entry


def single(fact: str, steps: tuple[str, ...], convert: Convert, expected: str) -> Entry:
    """A list of at most one on the wire where the vocabulary has a value."""

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        if type(value) is not list:
            reading.misfit(out, path, steps, value, "a list of at most one")
            return
        for index, element in enumerate(value[1:], 1):
            reading.misfit(out, path, (*steps, index), element, "a list of at most one")
        for element in value[:1]:
            result = convert(element, path, (*steps, 0), reading)
            if result is MISFIT:
                reading.lenient(path, (*steps, 0), expected)
                keep(out, steps, value[:1])  # as the list that it was, since the contract may allow it
            else:  # an empty record too: a list of one empty object is no empty list
                out[fact] = result

    return entry


def names_twice(items: list[Any]) -> bool:
    """Whether a list holds two equal elements; in time that grows with the list, whoever sent it."""
    return len({encode(item) for item in items}) < len(items)


def several(cell: Cell, convert: Convert, expected: str) -> Entry:
    """A list on both sides."""
    fact, steps = cell.fact, cell.wire
    unique, filled, most = cell.row.unique, cell.row.filled, cell.row.most

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        if type(value) is not list:
            reading.misfit(out, path, steps, value, "a list")
            return
        items = []
        for index, element in enumerate(value):
            result = convert(element, path, (*steps, index), reading)
            if result is MISFIT:
                reading.misfit(out, path, (*steps, index), element, expected)
            else:
                items.append(result)
        if items:
            out[fact] = items
        elif filled:
            reading.missing(path, steps)
        if most and len(items) > most:
            reading.lenient(path, steps, f"a list of at most {most}")
        if unique and names_twice(value):
            reading.lenient(path, steps, "a list that names nothing twice")

    return entry


def split_of(split: SplitCell) -> Entry:
    """One wire value that holds several facts."""
    form, steps = split.split.form, split.wire
    if split.wire_many:
        return split_single(split)

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        result = form.parse(value, reading)
        if result is MISFIT:
            reading.misfit(out, path, steps, value, form.expected)
        else:
            out.update(result)

    return entry


def split_single(split: SplitCell) -> Entry:
    """The same in a list of at most one."""

    def convert(value: Any, _path: Path, _steps: tuple[Any, ...], reading: Reading) -> Any:
        return split.split.form.parse(value, reading)

    read = single("", split.wire, convert, split.split.form.expected)

    def entry(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        read(value, out, path, reading)
        out.update(out.pop("", {}))

    return entry


def undeclared(entry: Entry, cell: Cell) -> Entry:
    """A field that is read, and noted since the contract does not declare it."""
    steps, reason = cell.wire, cell.row.undeclared

    def noting(value: Any, out: Tree, path: Path, reading: Reading) -> None:
        reading.undeclared(path, steps, reason)
        entry(value, out, path, reading)

    return noting


def ignore(value_of: Any, _out: Tree, _path: Path, _reading: Reading) -> None:
    """An ignored field leaves nothing behind."""
