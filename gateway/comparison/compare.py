"""Two observations of one question compared: what differs, of what kind, and what explains it."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from gateway.comparison import coverage, known, misshapen
from gateway.comparison.carry import Version, version
from gateway.comparison.difference import (
    CLASSES,
    Agreement,
    Class,
    Comparison,
    Difference,
    RuleHits,
    Side,
    Verdict,
)
from gateway.comparison.keys import key_of
from gateway.comparison.observation import Observation
from gateway.comparison.places import unit_of
from gateway.comparison.rules import NONE, Rules
from gateway.comparison.units import Answers
from gateway.comparison.walk import Found, Steps, steps
from gateway.notes import step_name
from gateway.vocabulary import at as fact_at
from schemas.svar import Svar

Tree = dict[str, Any]

_bytes = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode
_HASH_BYTES = 16
_UPSTREAM = ("upstream-", "client-certificate-")
_CALLER = frozenset({"forbidden", "unauthenticated"})


def compare(  # noqa: PLR0913  two sides, and what they are judged by
    left: Observation,
    right: Observation,
    rules: Rules = NONE,
    *,
    today: date,
    consumer: str = "",
    again: Observation | None = None,
    key: bytes = b"",
    values: bool = False,
) -> Comparison:
    """Every difference between two observations of the same question, each with its kind and class.

    `again` is the left version asked once more: what differs between its two answers in the same place is a matter of
    time. With a `key`, differences hold keyed hashes of their values; with `values`, the values themselves.
    """
    found = _found(left, right, today)
    judging = _Judging(left, right, rules, today, consumer, _changes(left, again, today))
    differences = tuple(judging.difference(one, key, values=values) for one in found)
    hits = Counter(one.code for one in differences if one.class_ == "accepted")
    return Comparison(
        left.version,
        right.version,
        differences,
        tuple(_agreements(judging, found, differences)),
        tuple(RuleHits(rule.name, hits[rule.name], not rule.active(today)) for rule in rules.rules),
    )


def _found(left: Observation, right: Observation, today: date) -> list[Found]:
    if left.problem != right.problem:
        return [_failed(left, right)]
    if left.tree == right.tree:
        return []
    sides = version(left.version), version(right.version)
    found = Answers(left.tree, right.tree, *sides, today).compare()
    found = misshapen.merged(found, (left.tree, sides[0]), (right.tree, sides[1]))
    known.explain(found, left, right)
    return found


def _failed(left: Observation, right: Observation) -> Found:
    """An error on one side: the other's whole answer is one difference."""
    if left.problem and right.problem:
        return Found("changed", None, None, left.problem, right.problem)
    kind = "only_right" if left.problem else "only_left"
    return Found(kind, None, None, left.svar, right.svar)  # type: ignore[arg-type]  # one of the two


def _changes(left: Observation, again: Observation | None, today: date) -> list[Found]:
    """What differs when the left version is asked again."""
    if again is None or again.problem or left.problem:
        return []
    own = version(left.version)
    return Answers(left.tree, again.tree, own, own, today).compare()


@dataclass(slots=True)
class _Judging:
    """What differences are judged by."""

    left: Observation
    right: Observation
    rules: Rules
    today: date
    consumer: str
    changes: list[Found] = field(repr=False)
    versions: tuple[Version | None, Version | None] = field(init=False)
    outcomes: tuple[coverage.Outcomes, coverage.Outcomes] = field(init=False)

    def __post_init__(self) -> None:
        """What is looked up once."""
        self.versions = version(self.left.version), version(self.right.version)
        self.outcomes = coverage.outcomes(self.left.tree), coverage.outcomes(self.right.tree)

    def difference(self, one: Found, key: bytes, *, values: bool) -> Difference:
        """A difference with its class."""
        left, right = steps(one.left), steps(one.right)
        path = right if one.kind == "only_right" else left
        pattern = _pointer(path, "*")
        pairs = self.pairs(one)
        types = tuple(sorted({typ for _, typ in pairs}))
        class_, code, reason = self._class(one, pattern, frozenset(types))
        return Difference(
            one.kind,
            class_,
            _pointer(path),
            pattern,
            self._side(0, left, one.kind != "only_right", one.before, pattern, key, values=values),
            self._side(1, right, one.kind != "only_left", one.after, pattern, key, values=values),
            types,
            code,
            reason,
        )

    def pairs(self, one: Found) -> frozenset[coverage.Pair]:
        """The (class, type) pairs that a difference belongs to; all of them where there is no answer."""
        if one.left is None and one.right is None:
            return frozenset((*self.outcomes[0], *self.outcomes[1]))
        return coverage.types_of(one, self.left.tree, self.right.tree)

    def _class(self, one: Found, pattern: str, types: frozenset[str]) -> Verdict:
        trees, alike = (self.left.tree, self.right.tree), self.left.version == self.right.version
        stated = self._problem() or coverage.stated(one, *trees)
        if stated:
            return stated
        if one.explained:
            return ("timing" if one.explained == "effectuated" else "explained"), one.explained, one.reason
        concluded = coverage.judge(one, trees, self.outcomes, alike=alike)
        if concluded:
            return concluded
        if any(_same_place(one, change) for change in self.changes):
            return "timing", "asked_again", "the first version said something else there when it was asked again"
        versions = self.left.version, self.right.version
        for rule in self.rules.rules:
            if rule.active(self.today) and rule.accepts(pattern, one.kind, versions, types, self.consumer):
                return "accepted", rule.name, rule.reason
        return "unexplained", "", ""

    def _problem(self) -> Verdict | None:
        """What an error on either side says; the error that counts is the one that the other side does not have."""
        for problem in (self.left.problem, self.right.problem):
            if problem and self.left.problem != self.right.problem:
                if problem.startswith(_UPSTREAM):
                    return "source", problem, "the agency's side, or the way there, failed on one side"
                if problem in _CALLER:
                    return "entitlement", problem, "one side refused the caller"
        return None

    def _side(  # noqa: PLR0913, PLR0917  these are its parts
        self,
        side: int,
        path: Steps,
        present: bool,
        value: Any,
        pattern: str,
        key: bytes,
        *,
        values: bool,  # noqa: FBT001
    ) -> Side:
        observation, spoken = (self.left, self.right)[side], self.versions[side]
        source = ""
        if spoken and path and present:
            located = spoken.places.locate(observation.tree, path, observation.orders)
            source = _xpath(located.wire) if spoken.xml else _pointer(located.wire)
        hashed = keyed(key, pattern, value) if key and present else ""
        return Side(_pointer(path), source, present, hashed, value if values else None)


def keyed(key: bytes, pattern: str, value: Any) -> str:
    """A keyed hash of a value at a place: the same value at the same place gives the same, under the same key."""
    return hmac.digest(key, pattern.encode() + b"\0" + _bytes(value), hashlib.sha256)[:_HASH_BYTES].hex()


def _same_place(one: Found, change: Found) -> bool:
    """Whether the left version itself changed where a difference is."""
    if one.kind == "only_right":
        if change.kind != "only_right" or change.left != one.left:
            return False
        return change.after == one.after or _same_key(steps(one.left), change.after, one.after)
    if change.kind == "only_right":
        return steps(change.right)[: len(steps(one.left))] == steps(one.left) and one.kind == "reordered"
    mine, other = steps(one.left), steps(change.left)
    shorter = min(len(mine), len(other))
    return mine[:shorter] == other[:shorter] and shorter > len(unit_of(mine)[0])


def _same_key(path: Steps, one: Any, other: Any) -> bool:
    if type(one) is not dict or type(other) is not dict:
        return False
    try:
        model = fact_at(Svar, ".".join(step for step in path if type(step) is str)).model
    except KeyError:
        return False
    key = key_of(model) if model else None
    return key is not None and key(one) is not None and key(one) == key(other)


def _agreements(judging: _Judging, found: list[Found], differences: tuple[Difference, ...]) -> list[Agreement]:
    left, right = judging.outcomes
    counts: dict[coverage.Pair, Counter[Class]] = {}
    for one, difference in zip(found, differences, strict=True):
        for pair in judging.pairs(one):
            counts.setdefault(pair, Counter())[difference.class_] += 1
    return [
        Agreement(
            klass,
            typ,
            left.get((klass, typ), ""),
            right.get((klass, typ), ""),
            {each: counts.get((klass, typ), Counter())[each] for each in CLASSES},
        )
        for klass, typ in dict.fromkeys((*left, *right))
    ]


def _pointer(path: Steps, place: str = "") -> str:
    return "".join(f"/{(place or step) if type(step) is int else step_name(step)}" for step in path)


def _xpath(path: Steps) -> str:
    return "." + "".join(f"[{step + 1}]" if type(step) is int else f"/{step_name(step)}" for step in path)
