"""A pair of answers compared, in the form in which it is kept: here, or in a process apart where it is large.

Rule 1: in a process apart nothing is logged, and what it prints is lost: it hands back what came of it, or a failure.
Rule 2: it runs at a lower priority than what answers questions.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from gateway.comparison.compare import compare
from gateway.comparison.observation import of_answer
from gateway.comparison.rules import Rules
from gateway.evidence.observed import Judge, kept
from gateway.jsonio import decode, encode

Tree = dict[str, Any]

_NICENESS = 10


@dataclass(frozen=True, slots=True)
class Ways:
    """By what a pair is compared and judged."""

    versions: tuple[str, str]
    rules: Rules
    day: date
    consumer: str
    """Whose migration it is."""
    key: bytes = field(repr=False)
    """The one that hashes of values are made with."""
    values: bool
    """Whether the values of what nothing explains are wanted."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a pair: JSON as it is kept."""

    fields: str = field(repr=False)
    differences: str = field(repr=False)
    differ: bool
    """Whether there is anything that nothing explains and no rule accepts."""
    values: bytes | None = field(repr=False)
    """JSON of the values of what nothing explains, not encrypted yet; None where they are not wanted."""


def judged(front: Tree, back: Tree, ways: Ways) -> Judged:
    """Two answers of one question compared; raises ValueError as `of_answer`."""
    made = compare(of_answer(front), of_answer(back), today=ways.day, key=ways.key, values=True)
    fields, differences = kept(made, front)
    judge = Judge(ways.rules, ways.day, ways.consumer)
    differ = any(one["class"] == "unexplained" and not judge.rule_of(one, ways.versions) for one in differences)
    values = [{"path": one.path, "left": one.left.value, "right": one.right.value} for one in made.unexplained]
    return Judged(json.dumps(fields), json.dumps(differences), differ, encode(values) if ways.values else None)


def judged_apart(front: bytes, back: bytes, ways: Ways) -> Judged:
    """The same of two answers as JSON, in a process of its own."""
    _step_back()
    return judged(decode(front), decode(back), ways)


@cache
def _step_back() -> None:
    os.nice(_NICENESS)
