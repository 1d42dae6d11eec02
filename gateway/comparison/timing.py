"""Whether a difference is one of time: the first version, asked again, says something else in the same place."""

from __future__ import annotations

from datetime import date
from typing import Any

from gateway.comparison.carry import version
from gateway.comparison.keys import key_of
from gateway.comparison.observation import Observation
from gateway.comparison.places import unit_of
from gateway.comparison.units import Answers
from gateway.comparison.walk import Found, Steps, steps
from gateway.vocabulary import at
from schemas.svar import Svar


def changes(left: Observation, again: Observation | None, day: date) -> list[Found]:
    """What differs between two answers of one version."""
    if again is None or again.problem or left.problem:
        return []
    own = version(left.version)
    return Answers(left.tree, again.tree, own, own, day).compare()


def same_place(one: Found, change: Found) -> bool:
    """Whether the left version itself changed where a difference is: there, above, or below within one record."""
    if one.kind == "only_right":
        if change.kind != "only_right" or change.left != one.left:
            return False
        return change.after == one.after or _same_key(steps(one.left), change.after, one.after)
    mine, other = steps(one.left), steps(change.left)
    if change.kind == "only_right":
        return one.kind == "reordered" and mine == other
    shorter = min(len(mine), len(other))
    return mine[:shorter] == other[:shorter] and shorter > len(unit_of(mine)[0])


def _same_key(path: Steps, one: Any, other: Any) -> bool:
    if type(one) is not dict or type(other) is not dict:
        return False
    try:
        model = at(Svar, ".".join(step for step in path if type(step) is str)).model
    except KeyError:  # beside the contract
        return False
    key = key_of(model) if model else None
    return key is not None and key(one) is not None and key(one) == key(other)
