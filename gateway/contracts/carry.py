"""A message carried from their structure to ours and back, as an alignment says; nothing in it is lost in silence.

What an alignment does not know is carried under its own name in the record where it stands, so that whoever reads
next remarks on it. A field of ours that theirs has no place for is remarked on here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.contracts.align import Alignment, Scope, Spell
from gateway.contracts.overlay import Path
from gateway.notes import Path as NotePath
from gateway.notes import Reading, Writing

Tree = dict[str, Any]
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class _Way:
    """One field on its way: from where, to where, and how its value is spelled there."""

    source: Path
    target: Path
    spell: Spell | None
    inner: Carrier | None
    listed: bool
    """Whether it has to be made a list of one."""
    single: bool
    """Whether only one of a list can go there."""


class Carrier:
    """One direction of an alignment's scope, resolved once."""

    def __init__(self, scope: Scope, *, to_ours: bool) -> None:
        self._ways = [
            _Way(
                place.theirs if to_ours else place.ours,
                place.ours if to_ours else place.theirs,
                place.to_ours if to_ours else place.to_theirs,
                Carrier(place.inner, to_ours=to_ours) if place.inner else None,
                listed=place.many == ((False, True) if to_ours else (True, False)),
                single=place.many == ((True, False) if to_ours else (False, True)),
            )
            for place in scope.places
        ]
        self._lost = frozenset() if to_ours else frozenset(scope.gone)
        left_out = scope.ignored if to_ours else scope.gone
        pairs = scope.records.items()
        self._records = dict(pairs) if to_ours else {ours: theirs for theirs, ours in pairs}
        # A record of theirs that ours has no place for is only gone through.
        through = {way.source[:length] for way in self._ways for length in range(len(way.source))}
        self._known = {way.source for way in self._ways} | set(left_out) | set(self._records) | through
        self._through = through | set(self._records)

    def carry(self, tree: Any, path: NotePath = None, writing: Writing | None = None) -> Any:
        """The tree in the other structure; what is no record is left for whoever reads next to refuse."""
        if type(tree) is not dict:
            return tree
        out: Tree = {}
        for way in self._ways:
            value = _dig(tree, way.source)
            if value is _NOTHING:
                continue
            if way.inner is not None:
                value = _each(way.inner, value, _chain(path, way.source), writing)
            elif way.spell is not None:
                value = [way.spell(one) for one in value] if type(value) is list else way.spell(value)
            if way.single and type(value) is list:
                if not value:
                    continue
                value = _only(value, _chain(path, way.source), writing)
            _put(out, way.target, [value] if way.listed and type(value) is not list else value)
        for lost in self._lost:
            if writing is not None and _dig(tree, lost) is not _NOTHING:
                writing.lost(_chain(path, lost[:-1]), lost[-1], "the agency's contract has no place for this")
        self._carry_rest(tree, (), out)
        return out

    def _carry_rest(self, tree: Tree, above: Path, out: Tree) -> None:
        for name, value in tree.items():
            here = (*above, name)
            if here in self._through and type(value) is dict:
                if here in self._records and not value:
                    _put(out, self._records[here], {})
                self._carry_rest(value, here, out)
            elif here not in self._known or here in self._through:
                _put(out, (*self._nearest(above), name), value)

    def _nearest(self, above: Path) -> Path:
        while above not in self._records:
            above = above[:-1]
        return self._records[above]


def _each(inner: Carrier, value: Any, path: NotePath, writing: Writing | None) -> Any:
    if type(value) is list:
        return [inner.carry(one, (path, index), writing) for index, one in enumerate(value)]
    return inner.carry(value, path, writing)


def _only(values: list[Any], path: NotePath, writing: Writing | None) -> Any:
    """The one value of a list; more are remarked on when they are written, and left to the reader otherwise."""
    if writing is None:
        return values[0] if len(values) == 1 else values
    for index in range(1, len(values)):
        writing.lost(path, index, "the agency's contract has no place for more than one")
    return values[0]


def _chain(path: NotePath, steps: Path) -> NotePath:
    for step in steps:
        path = (path, step)
    return path


def _dig(tree: Any, path: Path) -> Any:
    for step in path:
        if type(tree) is not dict or step not in tree:
            return _NOTHING
        tree = tree[step]
    return tree


def _put(out: Tree, path: Path, value: Any) -> None:
    """Puts a value at a path; one that is taken keeps what it has, and the newcomer stands beside it."""
    if not path:
        return
    *wrappers, last = path
    for step in wrappers:
        while type(out.get(step, {})) is not dict:
            step += "-"  # noqa: PLW2901  a name beside the one that is taken
        out = out.setdefault(step, {})
    if value == {} and last in out:
        return
    while last in out:
        last += "-"
    out[last] = value


Parse = Callable[[Any, NotePath, Reading], Any]
Render = Callable[[Any, NotePath, Writing], Any]


class Carriers:
    """How every message of an installed contract is carried; with no alignments, as where there is none, not at all."""

    def __init__(self, alignments: Mapping[str, Alignment] | None = None) -> None:
        found = alignments or {}
        self._to_ours = {noun: Carrier(one.scope, to_ours=True) for noun, one in found.items()}
        self._to_theirs = {noun: Carrier(one.scope, to_ours=False) for noun, one in found.items()}

    def parser(self, noun: str, parse: Parse) -> Parse:
        """The parser of a message that comes in their structure."""
        carrier = self._to_ours.get(noun)
        return parse if carrier is None else lambda tree, path, reading: parse(carrier.carry(tree), path, reading)

    def renderer(self, noun: str, render: Render) -> Render:
        """The renderer of a message that goes out in their structure."""
        carrier = self._to_theirs.get(noun)
        if carrier is None:
            return render
        return lambda tree, path, writing: carrier.carry(render(tree, path, writing), path, writing)


AS_IS = Carriers()
