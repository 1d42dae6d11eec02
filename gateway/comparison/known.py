"""What is known of the agencies' versions and no table says: the same thing told in another way.

karensersattning   since March 2020 it is delivered as a payment of sjukpenning and never as a case (release notes);
                   that the codes or their texts name it is a guess
prefix             codes got the prefixes FK: and PM: with version 9
effectuated        a payment leaves the preliminary list when it is effectuated: the side that was asked later has it
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.comparison.observation import Observation
from gateway.comparison.walk import Found, Steps, steps
from schemas.koder import KLASSENS_TYPER

Tree = dict[str, Any]

KARENS = "karensers"
EFFECTUATED = "effectuated"
PREFIXES = tuple(sorted({typ.partition(":")[0] + ":" for types in KLASSENS_TYPER.values() for typ in types}))
_CASES: Steps = ("arenden", "sjukpenning")
_PAYMENTS: Steps = ("utbetalningar",)


def explain(found: list[Found], left: Observation, right: Observation) -> None:
    """Marks the differences that are known; `effectuated` is told apart from the others by being one of time."""
    for one in found:
        if not one.explained and one.kind == "changed":
            _prefix(one, left, right)
            _effectuated(one, left, right)
    _karensersattning([one for one in found if not one.explained])


def _prefix(one: Found, left: Observation, right: Observation) -> None:
    if left.version == right.version or steps(one.left)[-1:] != ("kod",):
        return
    before, after = one.before, one.after
    if type(before) is str and type(after) is str:
        longer, shorter = sorted((before, after), key=len, reverse=True)
        if any(longer == prefix + shorter for prefix in PREFIXES):
            one.explained, one.reason = "prefix", "codes have prefixes in one of the versions"


def _effectuated(one: Found, left: Observation, right: Observation) -> None:
    path = steps(one.left)
    if path[:1] != _PAYMENTS or path[-1] != "status" or not left.asked or not right.asked:
        return
    earlier, later = (one.before, one.after) if left.asked < right.asked else (one.after, one.before)
    if left.asked != right.asked and (earlier, later) == ("preliminar", "effektuerad"):
        one.explained, one.reason = EFFECTUATED, "the payment was made between the two questions"


def _karensersattning(found: list[Found]) -> None:
    """A case that only the one side has, and a payment that only the other has, of the same days."""
    cases = [(one, item) for one, item in _lacking(found, _CASES) if _names(item, KARENS)]
    payments = [(one, item) for one, item in _lacking(found, _PAYMENTS) if _names(item, KARENS)]
    for case, item in cases:
        for payment, paid in payments:
            if payment.kind != case.kind and not payment.explained and _days(item) & _days(paid):
                reason = "karensersättning is delivered as a payment of sjukpenning, never as a case"
                case.explained = payment.explained = "karensersattning"
                case.reason = payment.reason = reason
                break


def _lacking(found: list[Found], path: Steps) -> Iterator[tuple[Found, Any]]:
    for one in found:
        if one.kind in {"only_left", "only_right"}:
            own = steps(one.left if one.kind == "only_left" else one.right)
            if own[:-1] == path:
                yield one, one.before if one.kind == "only_left" else one.after


def _names(item: Any, word: str) -> bool:
    if isinstance(item, dict):
        return any(_names(inner, word) for inner in item.values())
    if isinstance(item, list):
        return any(_names(inner, word) for inner in item)
    return isinstance(item, str) and word in item.lower()


def _days(item: Any) -> set[tuple[Any, Any]]:
    """The periods that a record speaks of."""
    if isinstance(item, list):
        return {period for inner in item for period in _days(inner)}
    if not isinstance(item, dict):
        return set()
    own = {(item["period"].get("from"), item["period"].get("tom"))} if isinstance(item.get("period"), dict) else set()
    return own | {period for inner in item.values() for period in _days(inner)}
