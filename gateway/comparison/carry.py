"""What a version can carry of another version's facts, by its own table: the one source of what is explained.

A record is carried when it comes back from being written and read by the version; a single value when the form that
the version declares for it writes it, or could only have written it more coarsely.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any, NamedTuple

from gateway.comparison.located import Located
from gateway.comparison.places import SINGLE, Places
from gateway.comparison.walk import Steps
from gateway.forms import MISFIT, Form, FullDate, Integer
from gateway.notes import Reading, Unremarked
from gateway.parse import Parser, parser
from gateway.render import renderer
from gateway.table import Table
from gateway.versions import discover
from gateway.writers import Renderer

Tree = dict[str, Any]

_HALF = Decimal("0.5")
_DAY = 10


class Carried(NamedTuple):
    """One record as the version has it: its list, itself, and which part of the original it was made of."""

    path: Steps
    item: Tree
    part: int


@dataclass(frozen=True)
class Version:
    """A version as comparison sees it: its places, and what writes and reads its answers."""

    name: str
    places: Places
    xml: bool
    _render: Renderer
    _parse: Parser

    def carry(self, path: Steps, item: Tree, day: date) -> list[Carried]:
        """The record written and read by the version; nothing where it has no place for it.

        A record that is none of the vocabulary's, out of a file that anybody may have written, stays as it is.
        """
        try:
            wire = self._render(_planted(path, item), None, Unremarked())
        except (AttributeError, KeyError, TypeError, ValueError):
            return [Carried(path, item, 0)]
        tree = self._parse(wire, None, Reading(day))
        takers = self.places.takers
        return [
            Carried(where, each, part)
            for where, items in _lists(tree)
            if where in takers or where == path
            for part, each in enumerate(items)
        ]


@cache
def version(name: str) -> Version | None:
    """A version by name; None for one that this program does not speak."""
    adapter = discover().get(name)
    if adapter is None:
        return None
    table: Table = adapter.tables["svar"]
    protocol = adapter.upstream.protocol if adapter.upstream else ""
    return Version(name, Places(table), "REST" not in protocol, renderer(table), parser(table))


def same_place(path: Steps, item: Tree, source: Version, other: Version) -> bool:
    """Whether a record that was read from one version goes, in the other, where the same declaration puts it."""
    came = source.places.taking(path, item).came
    return bool(came) and came == other.places.taking(path, item).goes


def explain(left: Any, right: Any, carrier: Located, other: Located) -> tuple[str, str]:
    """Code and reason why one value may stand on the left and the other on the right; empty where nothing says so.

    `carrier` and `other` are what carries the place in the left and in the right version; a value is None where
    there is none.
    """
    for value, against, form in ((left, right, other), (right, left, carrier)):
        if against is None and value is not None and form.gone:
            return "gone", form.gone
    if left is None or right is None:
        return _unwritable(left, other) if right is None else _unwritable(right, carrier)
    for value, against, located in ((left, right, other), (right, left, carrier)):
        if isinstance(located.value, Form):
            code, reason = _coarser(located.value, value, against)
            if code:
                return code, reason
    return "", ""


def _unwritable(value: Any, located: Located) -> tuple[str, str]:
    form = located.value
    if isinstance(form, Form) and form.render(value) is MISFIT:
        return "form", f"the version writes {form.expected}"
    return "", ""


def _coarser(form: Form, value: Any, against: Any) -> tuple[str, str]:
    """Whether the form could have made `against` of `value`."""
    written = form.render(value)
    if written is not MISFIT and form.parse(written) == against:
        return "code", "a code table of the version"
    if isinstance(form, Integer) and type(value) is Decimal and type(against) is int:
        nearest = value.quantize(Decimal(1), ROUND_HALF_EVEN)
        if abs(value - against) <= _HALF or nearest == against:
            return "rounded", "the version writes whole numbers"
    if isinstance(form, FullDate) and type(value) is str and type(against) is str:
        shorter = value[:_DAY]
        if value != against and (against.startswith(shorter) or shorter == against):
            return "date", "the version writes whole dates"
    return "", ""


def _planted(path: Steps, item: Any) -> Tree:
    *sections, last = path
    tree: Tree = {last: item if path == ("person",) else [item]}
    for section in reversed(sections):
        tree = {section: tree}
    return tree


def _lists(tree: Tree) -> Iterator[tuple[Steps, list[Any]]]:
    """The lists at the top of an answer; a record that stands alone is a list of one."""
    for name, below in tree.items():
        if type(below) is not dict or name in SINGLE:
            yield (name,), below if type(below) is list else [below]
            continue
        for inner, items in below.items():
            yield (name, inner), items if type(items) is list else [items]
