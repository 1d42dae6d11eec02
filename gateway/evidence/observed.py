"""What a compared pair says of information types and fields, in the form in which it is kept and counted.

Rule 1: kept are places, kinds and classes as they are without any rule: rules are applied when pairs are counted, so
        that one that has expired stops counting, and one that came later counts.
Rule 2: a type is there when both sides' answers about it are known; its fields are those that were found the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.comparison.coverage import Pairs, pairs_of
from gateway.comparison.difference import Comparison, Difference
from gateway.comparison.places import SINGLE
from gateway.comparison.rules import Rule, Rules
from gateway.evidence.counts import Outcome, Result, Type
from gateway.vocabulary import OKANT
from schemas.svar import Svar

Tree = dict[str, Any]

_PARTS = frozenset({"ansprak", "beslut"})
_PLACE = re.compile(r"/[0-9]+(?=/|$)")
_COUNTED: Mapping[str, Outcome] = {"source": "entitlement"}
"""A source that failed and a side that was not told are alike in this: nothing could be held against anything."""


@dataclass(frozen=True, slots=True)
class Judge:
    """By what the differences of pairs are judged when they are counted."""

    rules: Rules
    day: date
    consumer: str

    def rule_of(self, one: Tree, versions: tuple[str, str]) -> Rule | None:
        """The rule that accepts a difference which nothing explains."""
        if one["class"] != "unexplained":
            return None
        types = frozenset(pair.partition("/")[2] for pair in one["pairs"])
        for rule in self.rules.rules:
            if rule.active(self.day) and rule.accepts(one["pattern"], one["kind"], versions, types, self.consumer):
                return rule
        return None


def name_of(kind: Type) -> str:
    """A type as one text: `formansinformation/FK:SJP`."""
    return "/".join(kind)


def type_of(name: str) -> Type:
    """The type of such a text."""
    klass, _, typ = name.partition("/")
    return klass, typ


def kept(made: Comparison, left: Tree) -> tuple[Tree, list[Tree]]:
    """The fields by type that were found the same, and the differences; `made` holds its values, which are left out."""
    types = {name_of((one.klass, one.informationstyp)): set[str]() for one in made.agreements if one.comparable}
    agreed = _Agreed({one.left.path for one in made.differences if one.left.present and one.kind != "reordered"})
    agreed.look(left)
    for (kinds, part), fields in agreed.found.items():
        for kind in kinds:
            if part not in _PARTS or kind[0] == part or kind[0] not in _PARTS:
                types.get(name_of(kind), set()).update(fields)
    return {kind: sorted(fields) for kind, fields in types.items()}, [_difference(one) for one in made.differences]


def result(row: Mapping[str, Any], fields: Tree, differences: Iterable[Tree], judge: Judge) -> Result:
    """What came of a person, by the rules that hold now."""
    found: dict[str, dict[str, set[Outcome]]] = {
        kind: {path: {"agreed"} for path in paths} for kind, paths in fields.items()
    }
    versions = (str(row["front_version"]), str(row["back_version"]))
    for one in differences:
        rule = judge.rule_of(one, versions)
        outcome: Outcome = "accepted" if rule else _COUNTED.get(one["class"], one["class"])
        for kind in one["pairs"]:
            for path in one["fields"] if kind in found else ():
                found[kind].setdefault(path, set()).add(outcome)
    types = {
        type_of(kind): {path: frozenset(classes) for path, classes in paths.items()} for kind, paths in found.items()
    }
    return Result(str(row["person"]), types)


def together(one: Result, other: Result) -> Result:
    """Two results about one person: whatever was found at either time."""
    types = {kind: dict(fields) for kind, fields in one.types.items()}
    for kind, fields in other.types.items():
        here = types.setdefault(kind, {})
        for path, classes in fields.items():
            here[path] = here.get(path, frozenset()) | classes
    return Result(one.person, types)


def field_of(pointer: str) -> str:
    """A place as a field, without places in lists: `/arenden/sjukpenning/0/id` is `arenden.sjukpenning[].id`."""
    return _PLACE.sub("[]", pointer).strip("/").replace("/", ".")


def _difference(one: Difference) -> Tree:
    found = {
        "kind": one.kind,
        "class": one.class_,
        "path": one.path,
        "pattern": one.pattern,
        "pairs": sorted(map(name_of, one.pairs)),
        "fields": sorted({field_of(path) for side in (one.left, one.right) for path in _below(one.path, side.value)}),
    }
    hashes = {"left": one.left.hash, "right": one.right.hash}
    return found | {side: text for side, text in hashes.items() if text} | ({"code": one.code} if one.code else {})


def _below(path: str, value: Any) -> Iterator[str]:
    """The leaves of what differs; the place itself where there is nothing below it."""
    inner = list(_walk(path, value)) if isinstance(value, dict | list) else []
    yield from inner or [path]


class _Agreed:
    """Collects the fields of an answer that do not lie in a place that differs."""

    def __init__(self, differ: set[str]) -> None:
        self._differ = differ
        self._above = {path[:end] for path in differ for end in range(len(path)) if path[end] == "/"}
        self.found: dict[tuple[Pairs, str], set[str]] = {}
        """By the types that a record belongs to and the first step in it: the fields."""

    def look(self, svar: Tree) -> None:
        """Takes the fields of every record at the top."""
        for name, value in svar.items():
            if name in Svar.EGNA or name == OKANT or not self._differ.isdisjoint(("", f"/{name}")):
                continue
            if name in SINGLE:
                self._record((name,), f"/{name}", name, value)
                continue
            lists = (
                {(name, inner): each for inner, each in value.items()} if isinstance(value, dict) else {(name,): value}
            )
            for unit, records in lists.items():
                path, field = "/" + "/".join(unit), ".".join(unit) + "[]"
                if isinstance(records, list) and path not in self._differ:
                    for place, record in enumerate(records):
                        self._record(unit, f"{path}/{place}", field, record)

    def _record(self, unit: tuple[str, ...], path: str, field: str, record: Any) -> None:
        if path in self._differ or not isinstance(record, dict):
            return
        kinds, near = pairs_of(unit, record), path in self._above
        for name, inner in record.items():
            if name != OKANT:
                found = self.found.setdefault((kinds, name), set())
                self._value(inner, f"{field}.{name}", f"{path}/{name}" if near else "", found)

    def _value(self, value: Any, field: str, path: str, found: set[str]) -> None:
        """The leaves of a value; its `path` is empty where nothing below can differ."""
        if path:
            if path in self._differ:
                return
            path = path if path in self._above else ""
        if isinstance(value, dict):
            for name, inner in value.items():
                if name != OKANT:
                    self._value(inner, f"{field}.{name}", f"{path}/{name}" if path else "", found)
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                self._value(inner, f"{field}[]", f"{path}/{place}" if path else "", found)
        else:
            found.add(field)


def _walk(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != OKANT:
                yield from _walk(f"{path}/{name}", inner)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _walk(f"{path}/{place}", inner)
    else:
        yield path
