"""What a person wants to know of a contract: what is mapped and what not, and how two versions differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.contracts.canonical import canonical
from gateway.contracts.compiled import Compiled
from gateway.contracts.overlay import Path
from gateway.shape import Shape, shape
from gateway.table import Table

_CLOSE = 0.6


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A leaf of a contract that ours has no place for, and what it may be: our path, and the fact there."""

    path: str
    ours: str = ""
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One message of a contract: all are dotted paths without the root element."""

    noun: str
    mapped: int
    unmapped: tuple[Unmapped, ...]
    gone: tuple[str, ...]
    ignored: tuple[str, ...]
    differences: tuple[tuple[str, str], ...]


def reports(contract: Compiled, tables: Mapping[str, Table]) -> list[Report]:
    """What was found of each message of a contract."""
    found = []
    for noun, one in contract.alignments.items():
        facts = canonical(tables[noun])
        suggestions = _Suggestions(facts, one.gone)
        found.append(
            Report(
                noun,
                len(one.mapped),
                tuple(map(suggestions.nearest, one.unmapped)),
                tuple(map(".".join, one.gone)),
                tuple(map(".".join, one.ignored)),
                tuple((".".join(path), text) for path, text in one.differences),
            )
        )
    return found


class _Suggestions:
    """The nearest of ours to a field of theirs: in the same record first, what waits for a place before the rest."""

    def __init__(self, facts: Mapping[Path, str], gone: tuple[Path, ...]) -> None:
        self._facts = facts
        self._names: dict[str, Path] = {}
        self._records: dict[Path, dict[str, Path]] = {}
        for path in (*gone, *facts):
            self._names.setdefault(path[-1], path)
            self._records.setdefault(path[:-1], {}).setdefault(path[-1], path)

    def nearest(self, path: Path) -> Unmapped:
        """A field of theirs with what it may be."""
        for names in (self._records.get(path[:-1], {}), self._names):
            if close := get_close_matches(path[-1], names, n=1, cutoff=_CLOSE):
                ours = names[close[0]]
                return Unmapped(".".join(path), ".".join(ours), self._facts.get(ours, ""))
        return Unmapped(".".join(path))


@dataclass(frozen=True, slots=True)
class Difference:
    """How one message differs between two versions, in the words of the wire and in the vocabulary's."""

    noun: str
    only_left: tuple[str, ...]
    only_right: tuple[str, ...]
    other_type: tuple[tuple[str, str, str], ...]
    facts_only_left: tuple[str, ...]
    facts_only_right: tuple[str, ...]


Side = tuple[Mapping[str, Table], Mapping[str, Shape]]
"""One version: its tables, and the structure of its messages where an installed contract has another."""


def compare(left: Side, right: Side) -> list[Difference]:
    """The difference between two versions for every message that both have."""
    found = []
    for noun in left[0]:
        if noun not in right[0]:
            continue
        ours, theirs = (dict(_leaves(side[1].get(noun) or shape(side[0][noun]), ())) for side in (left, right))
        facts = [set(canonical(side[0][noun]).values()) for side in (left, right)]
        both = ours.keys() & theirs.keys()
        found.append(
            Difference(
                noun,
                tuple(sorted(ours.keys() - theirs.keys())),
                tuple(sorted(theirs.keys() - ours.keys())),
                tuple((path, ours[path], theirs[path]) for path in sorted(both) if ours[path] != theirs[path]),
                tuple(sorted(facts[0] - facts[1])),
                tuple(sorted(facts[1] - facts[0])),
            )
        )
    return found


def _leaves(record: Shape, above: Path) -> Iterator[tuple[str, str]]:
    for child in record.children.values():
        name = f"{child.name}[]" if child.many and not child.single else child.name
        if child.record:
            yield from _leaves(child.record, (*above, name))
        else:
            yield ".".join((*above, name)), str(child.leaf["type"])
