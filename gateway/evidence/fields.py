"""Which fields a version carries, by its own table: what can be compared between two, and what the newer one lacks."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from gateway.comparison.carry import version
from gateway.comparison.located import within
from gateway.comparison.places import Taker, unit_of
from gateway.evidence.counts import Type
from gateway.evidence.coverage import fields_of
from gateway.evidence.document import Loss
from gateway.writers import NO_PLACE


def expected(kind: Type, old: str, new: str) -> frozenset[str]:
    """The fields that a type can have in both versions."""
    return frozenset(path for path in fields_of(kind) if not lacks(old, path) and not lacks(new, path))


def losses(kinds: Iterable[Type], old: str, new: str) -> tuple[Loss, ...]:
    """The fields of these types that the old version has and the new one is declared not to have, with the reason."""
    paths = sorted({path for kind in kinds for path in fields_of(kind)})
    return tuple(
        Loss(path=path, reason=reason) for path in paths if not lacks(old, path) and (reason := lacks(new, path))
    )


@cache
def lacks(name: str, path: str) -> str:
    """Why a version does not have a field (`arenden.sjukpenning[].beslut[].status.kod`); empty where it has it."""
    spoken = version(name)
    if spoken is None:
        return "the version is not known here"
    steps = tuple(one for step in path.split(".") for one in ((step[:-2], 0) if step.endswith("[]") else (step,)))
    unit, rest = unit_of(steps)
    reasons = [_lacks(taker, rest[1:] if rest[:1] == (0,) else rest) for taker in spoken.places.takers.get(unit, ())]
    if not reasons:
        return spoken.places.withheld(unit, {})
    return "" if "" in reasons else reasons[0]


def _lacks(taker: Taker, inner: tuple[object, ...]) -> str:
    """Why a field of an element has no place in one wire list; empty where it has one."""
    if inner and inner[0] in taker.constant:
        return ""
    if taker.group and inner[:1] != (taker.part,):
        return "" if inner[:1] == (taker.group.group.fact,) else NO_PLACE
    if taker.part:
        if inner[:1] != (taker.part,):
            return NO_PLACE
        inner = inner[2:] if taker.part_many or taker.group else inner[1:]
    located = within(taker.value, inner, ())
    return located.gone or ("" if located.value is not None else NO_PLACE)
