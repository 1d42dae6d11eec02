"""What writes one field: each function makes the entry of one way in which a fact can go to the wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.contract import Withheld
from gateway.forms import MISFIT, Form, as_is
from gateway.notes import Path, Writing
from gateway.sorts import sorter
from gateway.table import Cell, SplitCell, describe

Tree = dict[str, Any]
Entry = Callable[[Any, Tree, Path, Writing], None]
Renderer = Callable[[Tree, Path, Writing], Tree]
Convert = Callable[[Any, Path, Writing], Any]
Take = Callable[[Tree, Tree, Path, Writing], None]

NO_PLACE = "the version has no place for this"


@dataclass(frozen=True, slots=True)
class Taker:
    """One wire place for the elements of a canonical list: which it takes, which of their facts, and how."""

    marks: Mapping[str, Any]
    part: str
    """The one fact that is taken, or nothing where the whole element is."""
    own: frozenset[str]
    take: Take


def distribute(name: str, takers: list[Taker], *, single: bool) -> Entry:
    """The entry of a list whose elements go to several wire lists: each to those that take it or a part of it."""
    sort = sorter(takers, _taking)

    def entry(value: Any, out: Tree, path: Path, writing: Writing) -> None:
        here = (path, name)
        for index, item in enumerate([value] if single else value):
            place: Path = here if single else (here, index)
            takes, taken = sort(item)
            if not takes:
                writing.lost(path if single else here, name if single else index, NO_PLACE)
            for take in takes:
                take(item, out, place, writing)
            if taken is not None:
                for fact in item:
                    if fact not in taken:
                        writing.lost(place, fact, NO_PLACE)

    return entry


def _taking(takers: list[Taker]) -> tuple[list[Take], frozenset[str] | None]:
    """What takes an element; and which of its facts are taken, where none of the places takes all of it."""
    parts = frozenset(taker.part for taker in takers)
    taken = parts.union(*(taker.own for taker in takers)) if takers and all(parts) else None
    return [taker.take for taker in takers], taken


def section_of(name: str, below: dict[str, Entry]) -> Entry:
    """The lists of a section, each by its own entry."""

    def entry(value: Tree, out: Tree, path: Path, writing: Writing) -> None:
        for fact, inner in value.items():
            found = below.get(fact)
            if found is None:
                writing.lost((path, name), fact, NO_PLACE)
            else:
                found(inner, out, (path, name), writing)

    return entry


def placer(wire: tuple[str, ...], *, append: bool = False) -> Callable[[Tree, Any], None]:
    """Puts a value at a place on the wire; with `append`, at the end of the list there."""
    *outer, last = wire

    def place(out: Tree, value: Any) -> None:
        for name in outer:
            out = out.setdefault(name, {})
        if append:
            out.setdefault(last, []).append(value)
        else:
            out[last] = value

    return place


def leaf(fact: str, key: str, form: Form, reason: str) -> Entry:
    """A leaf that goes to one field of the record itself."""
    render, passing = form.render, as_is(form)

    def entry(value: Any, out: Tree, path: Path, writing: Writing) -> None:
        if type(value) in passing:  # most leaves, without a call
            out[key] = value
            return
        result = render(value)
        if result is MISFIT:
            writing.lost(path, fact, reason)
        else:
            out[key] = result

    return entry


def record_of(fact: str, key: str, render: Renderer) -> Entry:
    """What `one` does, for the commonest record: in one place, by one name."""

    def entry(value: Any, out: Tree, path: Path, writing: Writing) -> None:
        result = render(value, (path, fact), writing)
        if result:
            out[key] = result

    return entry


def several(cell: Cell, convert: Convert, place: Callable[[Tree, Any], None], spread: str) -> Entry:
    """A list on both sides.

    `spread` is the fact of which the wire's record has room for one: an element with several becomes several.
    """
    fact, reason = cell.fact, f"the version writes {describe(cell.value)}"

    def entry(value: list[Any], out: Tree, path: Path, writing: Writing) -> None:
        here = (path, fact)
        results: list[Any] = []
        for index, element in _each(value, spread) if spread else enumerate(value):
            result = convert(element, (here, index), writing)
            if result is MISFIT:
                writing.lost(here, index, reason)
            elif cell.row.most and len(results) >= cell.row.most:
                writing.lost(here, index, f"the version has room for {cell.row.most}")
            else:
                results.append(result)
        if results:
            place(out, results)

    return entry


class Part(NamedTuple):
    """One of several elements of a fact that the wire's record has room for one of, and its place among them."""

    place: int
    node: Tree


def _each(nodes: list[Tree], fact: str) -> Iterator[tuple[int, Tree]]:
    for index, node in enumerate(nodes):
        parts = node.get(fact, ())
        if len(parts) <= 1:
            yield index, node
        else:
            yield from ((index, {**node, fact: Part(place, part)}) for place, part in enumerate(parts))


def withheld(declared: Withheld) -> Taker:
    """Elements that the version does not have: each is noted with the reason."""

    def take(_item: Tree, _out: Tree, path: Path, writing: Writing) -> None:
        if path is not None:
            parent, step = path
            writing.lost(parent, step, declared.reason)

    return Taker(declared.marks, "", frozenset(), take)


def split_of(cell: SplitCell) -> Callable[[Tree, Tree, Path, Writing], None]:
    """Several facts that one wire value holds."""
    form, place = cell.split.form, placer(cell.wire)
    facts = form.facts

    def write(node: Tree, out: Tree, path: Path, writing: Writing) -> None:
        if not any(fact in node for fact in facts):
            return
        result = form.render(node)
        if result is MISFIT:
            writing.lost(path, facts[0], f"the version writes {form.expected}")
        else:
            place(out, [result] if cell.wire_many else result)

    return write


def whole_of(cell: SplitCell) -> Callable[[Tree, Path, Writing], Any]:
    """The same where the value is all that the wire has of the record."""
    form = cell.split.form

    def whole(node: Tree, _path: Path, _writing: Writing) -> Any:
        return form.render(node)

    return whole


def gone(fact: str, reason: str) -> Entry:
    """A fact that the version does not have."""

    def entry(_value: Any, _out: Tree, path: Path, writing: Writing) -> None:
        writing.lost(path, fact, reason)

    return entry


def silence(_value: Any, _out: Tree, _path: Path, _writing: Writing) -> None:
    """What the place says, or what is the gateway's own, is not written."""
