"""Two structures of one message laid side by side: theirs, the agency's own, and ours, with an overlay between them.

Both are cut into scopes: a scope is the message or an element of a list, with everything in it that stands once. A
field may stand elsewhere in its scope, never in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.contracts.files import ContractRefused
from gateway.contracts.overlay import Overlay, Path, by_suffix
from gateway.shape import Child, Schema, Shape
from gateway.xmlform import CONVERT

Spell = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Place:
    """One field in both structures, by its path in the scope; `inner` is the scope of a list's elements."""

    theirs: Path
    ours: Path
    many: tuple[bool, bool]
    """Whether theirs is a list, and whether ours is."""
    to_ours: Spell | None = None
    to_theirs: Spell | None = None
    inner: Scope | None = None


@dataclass(slots=True)
class Scope:
    """The fields of one scope that both have, and the records that stand once in it, by path."""

    places: list[Place] = field(default_factory=list)
    records: dict[Path, Path] = field(default_factory=dict)
    """Their records to ours, the scope itself among them."""
    unmapped: set[Path] = field(default_factory=set)
    """Fields of theirs that ours has no place for."""
    gone: set[Path] = field(default_factory=set)
    """Fields of ours that theirs has no place for."""
    ignored: set[Path] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Alignment:
    """How one message is said in both: the scopes, and what a person wants to know of it, as paths from the root."""

    scope: Scope
    mapped: tuple[tuple[Path, Path], ...]
    unmapped: tuple[Path, ...]
    gone: tuple[Path, ...]
    ignored: tuple[Path, ...]
    differences: tuple[tuple[Path, str], ...]


def align(theirs: Shape, ours: Shape, overlay: Overlay, used: set[str]) -> Alignment:
    """Lays two structures side by side; adds to `used` what of the overlay was needed. Raises ContractRefused."""
    walk = _Walk(ours, overlay, used)
    scope = walk.scope(theirs, ours, (), ())
    return Alignment(
        scope,
        tuple(walk.mapped),
        tuple(sorted(walk.unmapped)),
        tuple(sorted(walk.gone)),
        tuple(walk.ignored),
        tuple(walk.differences),
    )


class _Walk:
    """One alignment in the making."""

    def __init__(self, ours: Shape, overlay: Overlay, used: set[str]) -> None:
        self._root, self._overlay, self._used = ours, overlay, used
        self.mapped: list[tuple[Path, Path]] = []
        self.unmapped: list[Path] = []
        self.gone: list[Path] = []
        self.ignored: list[Path] = []
        self.differences: list[tuple[Path, str]] = []

    def scope(self, theirs: Shape, ours: Shape, at_theirs: Path, at_ours: Path) -> Scope:
        """The scope of one message or of the elements of one list."""
        made = Scope(records={(): ()})
        found = list(self._once(theirs, ours, made, at_theirs, at_ours))
        # What the overlay says of a field of ours wins over one of theirs that merely has the same name.
        taken: dict[Path, Path] = {}
        for said in (True, False):
            for path, child, target, partner, by_overlay in found:
                if by_overlay is not said:
                    continue
                if target in taken and said:
                    raise ContractRefused(f"overlay: two places for {'.'.join(at_ours + target)}")
                if target in taken or bool(child.record) != bool(partner.record):
                    self._left(made, at_theirs, path, child)
                    continue
                taken[target] = path
                place = Place(path, target, (child.many, partner.many))
                made.places.append(self._place(child, partner, place, at_theirs + path, at_ours + target))
        for path, one in _fields(ours):
            if path not in taken:
                made.gone.add(path)
                self.gone += [at_ours + path + rest for rest in _leaves(one)]
        return made

    def _once(
        self, theirs: Shape, ours: Shape, made: Scope, at_theirs: Path, at_ours: Path
    ) -> Iterator[tuple[Path, Child, Path, Child, bool]]:
        """Every field of theirs in the scope that ours may have a place for; what has none is set aside."""
        waiting: list[tuple[Path, Shape]] = [((), theirs)]
        while waiting:
            above, record = waiting.pop()
            for child in record.children.values():
                path = (*above, child.name)
                if self._is_ignored(at_theirs + path):
                    made.ignored.add(path)
                    self.ignored.append(at_theirs + path)
                    continue
                target, said = self._target(at_theirs + path, at_ours, made.records.get(above))
                partner = None if target is None else _child(ours, target)
                if child.record and not child.many and (target == () or partner is None or _is_wrapper(partner)):
                    if target == () or partner is not None:
                        made.records[path] = target or ()
                    waiting.append((path, child.record))
                elif target is None or partner is None or _is_wrapper(partner):
                    self._left(made, at_theirs, path, child)
                else:
                    yield path, child, target, partner, said

    def _target(self, full: Path, at_ours: Path, above: Path | None) -> tuple[Path | None, bool]:
        """Where ours has a field of theirs, within the scope, and whether the overlay says so."""
        dotted = ".".join(full)
        if dotted in self._overlay.places:
            said = self._overlay.places[dotted]
            path = tuple(said.split(".")) if said else ()
            if path[: len(at_ours)] == at_ours and (not path or _reaches(self._root, path)):
                self._used.add(f"places.{dotted}")
                return path[len(at_ours) :], True
            raise ContractRefused(f"overlay: places.{dotted}: expected a path of ours within the same record of a list")
        if above is None:
            return None, False
        key = by_suffix(self._overlay.names, full)
        if key is None:
            return (*above, full[-1]), False
        self._used.add(f"names.{key}")
        return (*above, self._overlay.names[key]), True

    def _is_ignored(self, full: Path) -> bool:
        key = by_suffix(self._overlay.ignored, full)
        if key is not None:
            self._used.add(f"ignored.{key}")
        return key is not None

    def _left(self, made: Scope, at_theirs: Path, path: Path, child: Child) -> None:
        made.unmapped.add(path)
        self.unmapped += [at_theirs + path + rest for rest in _leaves(child)]

    def _place(self, child: Child, partner: Child, place: Place, full: Path, full_ours: Path) -> Place:
        """The field with what its two sides differ in; `full` and `full_ours` are its paths from the root."""
        if child.many != partner.many and not partner.single:
            self.differences.append((full, "a list; ours is none" if child.many else "no list; ours is one"))
        if child.record and partner.record:
            inner = self.scope(child.record, partner.record, full, full_ours)
            return replace(place, inner=inner)
        self.mapped.append((full, full_ours))
        if full[-1] != full_ours[-1] or len(full) != len(full_ours):
            self.differences.append((full, f"ours is {'.'.join(full_ours)}"))
        if child.leaf["type"] != partner.leaf["type"]:
            self.differences.append((full, f"{child.leaf['type']}; ours is {partner.leaf['type']}"))
        to_ours, to_theirs = self._spelling(full, child.leaf, partner.leaf)
        return replace(place, to_ours=to_ours, to_theirs=to_theirs)

    def _spelling(self, full: Path, theirs: Schema, ours: Schema) -> tuple[Spell | None, Spell | None]:
        key = by_suffix(self._overlay.codes, full)
        to_ours, to_theirs = _lexically(theirs["type"], ours["type"]), _lexically(ours["type"], theirs["type"])
        if key is None:
            codes = set(map(str, theirs.get("enum", ()))) ^ set(map(str, ours.get("enum", ())))
            if codes and "enum" in theirs and "enum" in ours:
                self.differences.append((full, f"{len(codes)} codes that only one of us has"))
            return to_ours, to_theirs
        self._used.add(f"codes.{key}")
        table = self._overlay.codes[key]
        back = {ours: theirs for theirs, ours in table.items()}
        return _coded(table, to_ours), _coded(back, to_theirs)


def _coded(table: Any, spell: Spell | None) -> Spell:
    def coded(value: Any) -> Any:
        found = table.get(str(value), value)
        return found if spell is None else spell(found)

    return coded


def _lexically(source: str, target: str) -> Spell | None:
    """Between a number and text, where one of us has text: the digits stay."""
    if source == target or {source, target} == {"integer", "number"}:
        return None
    if target == "string":
        return lambda value: ("true" if value else "false") if type(value) is bool else str(value)
    convert = CONVERT[target]
    return lambda value: convert(value) if type(value) is str else value


def _is_wrapper(child: Child) -> bool:
    return child.record is not None and not child.many


def _child(record: Shape, path: Path) -> Child | None:
    """The field at a path through records that stand once."""
    child = None
    for step in path:
        if child is not None:
            if not _is_wrapper(child) or child.record is None:
                return None
            record = child.record
        child = record.children.get(step)
        if child is None:
            return None
    return child


def _reaches(record: Shape, path: Path) -> bool:
    """Whether ours has a field at a path from the root, lists on the way or not."""
    place: Shape | None = record
    for step in path:
        child = place.children.get(step) if place else None
        if child is None:
            return False
        place = child.record
    return True


def _fields(record: Shape, above: Path = ()) -> Iterator[tuple[Path, Child]]:
    """The fields of a scope: leaves, and lists of records."""
    for child in record.children.values():
        if _is_wrapper(child) and child.record is not None:
            yield from _fields(child.record, (*above, child.name))
        else:
            yield (*above, child.name), child


def _leaves(child: Child) -> Iterator[Path]:
    if child.record is None:
        yield ()
        return
    for inner in child.record.children.values():
        for rest in _leaves(inner):
            yield (inner.name, *rest)
