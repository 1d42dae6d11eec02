"""Two observations of one question compared: what differs, of what kind, and what explains it."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from gateway.comparison import coverage, known, misshapen, paths, timing
from gateway.comparison.carry import Version, version
from gateway.comparison.difference import Comparison, Difference, RuleHits, Side, Verdict
from gateway.comparison.observation import Observation
from gateway.comparison.rules import NONE, Rules
from gateway.comparison.units import Answers
from gateway.comparison.walk import Found, Steps, steps

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
    judging = _Judging(left, right, rules, today, consumer, timing.changes(left, again, today), key, values)
    differences = tuple(map(judging.difference, found))
    hits = Counter(one.code for one in differences if one.class_ == "accepted")
    return Comparison(
        left.version,
        right.version,
        differences,
        judging.outcomes,
        tuple(RuleHits(rule.name, hits[rule.name], not rule.active(today)) for rule in rules.rules),
    )


def keyed(key: bytes, pattern: str, value: Any) -> str:
    """A keyed hash of a value at a place: the same value at the same place gives the same, under the same key."""
    return hmac.digest(key, pattern.encode() + b"\0" + _bytes(value), hashlib.sha256)[:_HASH_BYTES].hex()


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
    return Found("only_right" if left.problem else "only_left", None, None, left.svar, right.svar)


@dataclass(slots=True)
class _Judging:
    """What differences are judged by, and what of them is shown."""

    left: Observation
    right: Observation
    rules: Rules
    today: date
    consumer: str
    changes: list[Found] = field(repr=False)
    key: bytes = field(repr=False)
    values: bool
    versions: tuple[Version | None, Version | None] = field(init=False)
    outcomes: tuple[coverage.Said, coverage.Said] = field(init=False)

    def __post_init__(self) -> None:
        """What is looked up once."""
        self.versions = version(self.left.version), version(self.right.version)
        self.outcomes = coverage.outcomes(self.left.tree), coverage.outcomes(self.right.tree)

    def pairs(self, one: Found) -> coverage.Pairs:
        """The (class, type) pairs that a difference belongs to; all of them where there is no answer."""
        if one.left is None and one.right is None:
            return frozenset((*self.outcomes[0], *self.outcomes[1]))
        return coverage.pairs_at(one, self.left.tree, self.right.tree)

    def difference(self, one: Found) -> Difference:
        """A difference with its class."""
        pairs = self.pairs(one)
        left, right = steps(one.left), steps(one.right)
        path = right if one.kind == "only_right" else left
        pattern = paths.pattern(path)
        class_, code, reason = self._class(one, pattern, pairs)
        sides = (
            Side(paths.pointer(left)) if one.kind == "only_right" else self._side(0, left, one.before, pattern),
            Side(paths.pointer(right)) if one.kind == "only_left" else self._side(1, right, one.after, pattern),
        )
        return Difference(one.kind, class_, paths.pointer(path), pattern, *sides, pairs, code, reason)

    def _class(self, one: Found, pattern: str, pairs: coverage.Pairs) -> Verdict:
        """The first that holds: the agencies said so, a table or what is known explains it, coverage, time, a rule."""
        stated = self._problem() or coverage.stated(one, self.left.tree, self.right.tree)
        if stated:
            return stated
        if one.explained:
            return ("timing" if one.explained == known.EFFECTUATED else "explained"), one.explained, one.reason
        concluded = coverage.judge(one, pairs, self.outcomes, alike=self.left.version == self.right.version)
        if concluded:
            return concluded
        if any(timing.same_place(one, change) for change in self.changes):
            return "timing", "asked_again", "the first version said something else there when it was asked again"
        versions, types = (self.left.version, self.right.version), frozenset([typ for _, typ in pairs])
        for rule in self.rules.rules:
            if rule.active(self.today) and rule.accepts(pattern, one.kind, versions, types, self.consumer):
                return "accepted", rule.name, rule.reason
        return "unexplained", "", ""

    def _problem(self) -> Verdict | None:
        """What an error says that only one side has, or that is another one on either side."""
        for problem in (self.left.problem, self.right.problem):
            if problem and self.left.problem != self.right.problem:
                if problem.startswith(_UPSTREAM):
                    return "source", problem, "the agency's side, or the way there, failed on one side"
                if problem in _CALLER:
                    return "entitlement", problem, "one side refused the caller"
        return None

    def _side(self, side: int, path: Steps, value: Any, pattern: str) -> Side:
        observation, spoken = (self.left, self.right)[side], self.versions[side]
        source = paths.source(spoken, observation, path) if spoken and path else ""
        hashed = keyed(self.key, pattern, value) if self.key else ""
        return Side(paths.pointer(path), source, True, hashed, value if self.values else None)  # noqa: FBT003
