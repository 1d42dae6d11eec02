"""Two observations of one question compared: what differs, of what kind, and what explains it."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

import msgspec

from gateway.comparison import coverage, known, misshapen, paths, timing
from gateway.comparison.carry import version
from gateway.comparison.difference import Comparison, Difference, RuleHits, Side, Verdict
from gateway.comparison.located import Locator
from gateway.comparison.observation import Observation
from gateway.comparison.rules import NONE, Rule, Rules
from gateway.comparison.units import Answers
from gateway.comparison.walk import Found, Steps, steps

Tree = dict[str, Any]

_bytes = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode
_HASH_BYTES = 16
_UPSTREAM = ("upstream-", "client-certificate-")
_Record = tuple[Steps, Any, coverage.Pairs]
_TOP = 3
"""The most steps that lead to a record at the top: section, list, place."""
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


class _Spoken:
    """One side: what it said, and where that stood in its own message."""

    def __init__(self, observation: Observation) -> None:
        self.tree, self.outcomes = observation.tree, coverage.outcomes(observation.tree)
        self._observation = observation
        self._locator: Locator | None = None
        self._records: dict[Steps, _Record] = {}

    def record(self, path: Steps) -> _Record:
        """The list at the top that a path leads into, the record there, and the types that it belongs to."""
        known = path[:_TOP]
        found = self._records.get(known)
        if found is None:
            unit, record = coverage.record_at(self.tree, path)
            pairs = coverage.pairs_of(unit, record) if record is not None else frozenset()
            found = self._records[known] = unit, record, pairs
        return found

    def source(self, path: Steps) -> str:
        """The place in its own message; empty where the version is not known."""
        spoken = version(self._observation.version)
        if spoken is None or not path:
            return ""
        if self._locator is None:
            self._locator = Locator(spoken.places, self.tree, self._observation.orders)
        return paths.source(spoken, self._locator, path)


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
    sides: tuple[_Spoken, _Spoken] = field(init=False, repr=False)
    problem: Verdict | None = field(init=False)
    active: list[Rule] = field(init=False)

    def __post_init__(self) -> None:
        """What is looked up once."""
        self.sides = _Spoken(self.left), _Spoken(self.right)
        self.problem = self._problem()
        self.active = [rule for rule in self.rules.rules if rule.active(self.today)]

    @property
    def outcomes(self) -> tuple[coverage.Said, coverage.Said]:
        """What either side's coverage says."""
        return self.sides[0].outcomes, self.sides[1].outcomes

    def difference(self, one: Found) -> Difference:
        """A difference with its class."""
        ours, theirs = self.sides
        left = steps(one.left)
        right = left if one.right == one.left else steps(one.right)
        shown_left = paths.pointer(left)
        shown_right = shown_left if right is left else paths.pointer(right)
        path, shown = (right, shown_right) if one.kind == "only_right" else (left, shown_left)
        pattern = paths.pattern(path)
        records = ours.record(left), theirs.record(right)
        pairs = records[0][2] if records[0][2] == records[1][2] else records[0][2] | records[1][2]
        if not path:  # there is no answer on one side: everything that was asked
            pairs = frozenset((*ours.outcomes, *theirs.outcomes))
        class_, code, reason = self._class(one, path, pattern, pairs, records)
        kind = one.kind
        before = Side(shown_left) if kind == "only_right" else self._side(ours, left, shown_left, one.before, pattern)
        after = Side(shown_right) if kind == "only_left" else self._side(theirs, right, shown_right, one.after, pattern)
        return Difference(kind, class_, shown, pattern, before, after, pairs, code, reason)

    def _class(
        self, one: Found, path: Steps, pattern: str, pairs: coverage.Pairs, records: tuple[_Record, _Record]
    ) -> Verdict:
        """The first that holds: the agencies said so, a table or what is known explains it, coverage, time, a rule."""
        stated = self.problem or coverage.stated(*records)
        if stated:
            return stated
        if one.explained:
            return ("timing" if one.explained == known.EFFECTUATED else "explained"), one.explained, one.reason
        alike = self.left.version == self.right.version
        concluded = coverage.judge(one, path, pairs, self.outcomes, alike=alike)
        if concluded:
            return concluded
        if any(timing.same_place(one, change) for change in self.changes):
            return "timing", "asked_again", "the first version said something else there when it was asked again"
        versions, types = (self.left.version, self.right.version), frozenset([typ for _, typ in pairs])
        for rule in self.active:
            if rule.accepts(pattern, one.kind, versions, types, self.consumer):
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

    def _side(self, spoken: _Spoken, path: Steps, shown: str, value: Any, pattern: str) -> Side:
        hashed = keyed(self.key, pattern, value) if self.key else ""
        kept = value if self.values else None
        return Side(shown, present=True, hash=hashed, value=kept, place=partial(spoken.source, path))
