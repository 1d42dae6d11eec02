"""Two answers held against each other: the records at the top matched, then each pair compared fact by fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from gateway.comparison.align import by_content, by_key, by_likeness
from gateway.comparison.carry import Version, same_place
from gateway.comparison.keys import key_of, strict
from gateway.comparison.moves import Records, match
from gateway.comparison.places import SINGLE
from gateway.comparison.walk import Chain, Found, Steps, chain, empty, reordered, walk_record
from gateway.vocabulary import facts
from schemas.bas import Modell
from schemas.svar import Svar

Tree = dict[str, Any]


@dataclass(slots=True)
class Answers:
    """Two answers and the versions that they came from; `day` is the one that numbers of ten digits are read by."""

    left: Tree = field(repr=False)
    right: Tree = field(repr=False)
    left_version: Version | None
    right_version: Version | None
    day: date
    found: list[Found] = field(default_factory=list)

    @property
    def versions(self) -> tuple[Version, Version] | None:
        """The two versions, where they are two and known."""
        left, right = self.left_version, self.right_version
        return (left, right) if left and right and left.name != right.name else None

    def compare(self) -> list[Found]:
        """Every difference; what the gateway says of its own accord is no part of what the agencies delivered."""
        lists = list(self._lists())
        if self.versions:
            self.found += match(lists, self.versions, self.day)
        for one in lists:
            made, key = one.made, key_of(one.model)
            if key and made.left and made.right and not (made.alone and len(one.left) == len(one.right)):
                made.pair(by_key(one.left, one.right, made.left, made.right, key))
            if made.left and made.right:
                made.pair(by_likeness(one.left, one.right, made.left, made.right, strict(one.model)))
            self._report(one)
        return self.found

    def _lists(self) -> Iterator[Records]:
        """The lists that differ; what is no list is compared on the way."""
        known = facts(Svar)
        for name in _names(self.left, self.right):
            if name in Svar.EGNA:
                continue
            left, right, fact = self.left.get(name), self.right.get(name), known.get(name)
            if fact and fact.model and not fact.many and name not in SINGLE:  # what it holds is compared, not it first
                yield from self._section(name, fact.model, left, right)
            elif left == right:
                continue
            elif fact and fact.model and name not in SINGLE:
                yield from self._list((name,), fact.model, left, right)
            else:
                self._whole(name)

    def _section(self, name: str, model: type[Modell], left: Any, right: Any) -> Iterator[Records]:
        left, right = {} if left is None or empty(left) else left, {} if right is None or empty(right) else right
        if type(left) is not dict or type(right) is not dict:
            if left != right:
                self._whole(name)
            return
        known = facts(model)
        for inner in _names(left, right):
            one, other = left.get(inner), right.get(inner)
            fact = known.get(inner)
            if one == other:
                continue
            if fact is None or fact.model is None:
                walk_record(model)(_only(left, inner), _only(right, inner), (None, name), (None, name), self.found)
            else:
                yield from self._list((name, inner), fact.model, one, other)

    def _list(self, path: Steps, model: type[Modell], left: Any, right: Any) -> Iterator[Records]:
        left, right = [] if left is None or empty(left) else left, [] if right is None or empty(right) else right
        if type(left) is list and type(right) is list:
            yield Records(path, model, left, right, by_content(left, right, key_of(model)))
        else:
            self.found.append(Found("wrong_shape", chain(path), chain(path), left, right))

    def _whole(self, name: str) -> None:
        walk_record(Svar)(_only(self.left, name), _only(self.right, name), None, None, self.found)

    def _report(self, one: Records) -> None:
        path, made, walk = chain(one.path), one.made, walk_record(one.model)
        for i, j in sorted(made.unequal):
            if type(one.left[i]) is dict and type(one.right[j]) is dict:
                walk(one.left[i], one.right[j], (path, i), (path, j), self.found)
            else:
                self.found.append(Found("wrong_shape", (path, i), (path, j), one.left[i], one.right[j]))
        for i in made.left:
            self.found.append(self._lacking("only_left", one, (path, i), path, one.left[i]))
        for j in made.right:
            self.found.append(self._lacking("only_right", one, path, (path, j), one.right[j]))
        if made.reordered:
            self.found.append(reordered(one.model, path, path, one.left, one.right))

    def _lacking(
        self, kind: Literal["only_left", "only_right"], one: Records, left: Chain, right: Chain, item: Any
    ) -> Found:
        """A record that one side lacks; explained where its version has no place for it."""
        if kind == "only_left":
            found, has, lacks = Found(kind, left, right, item, None), self.left_version, self.right_version
        else:
            found, has, lacks = Found(kind, left, right, None, item), self.right_version, self.left_version
        if self.versions and has and lacks and type(item) is dict and not same_place(one.path, item, has, lacks):
            if not lacks.places.taking(one.path, item).writing:
                found.explained, found.reason = "gone", lacks.places.withheld(one.path, item)
            elif not lacks.carry(one.path, item, self.day):
                found.explained, found.reason = "gone", "nothing of it has a place in the version"
        return found


def _names(left: Tree, right: Tree) -> list[str]:
    return [*left, *(name for name in right if name not in left)]


def _only(tree: Tree, name: str) -> Tree:
    return {name: tree[name]} if name in tree else {}
