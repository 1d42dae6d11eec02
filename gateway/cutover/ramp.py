"""How a consumer is moved in steps, and moved back at once when what is seen on the way says so.

Rule 1: back before all else. Disagreement that is provably above the rate, in any type, at the certificate's level
        for all types together, or a broken error budget, rolls back: from any step, the last one too.
Rule 2: up only on evidence. A step is left when it was held for its time and its questions, enough pairs were compared
        on it, and what is known is fresh. Whatever is missing, the step is held.
Rule 3: who was rolled back stays so. Only a new decision begins again, on another certificate than the one that was
        not kept, or by somebody's explicit, named word.
Rule 4: the same state, evidence and time give the same step, on whichever replica. Nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from gateway.evidence.bounds import sequential_lower, sequential_upper
from gateway.evidence.counts import Type

Lack = Literal["no_evidence", "stale_evidence", "time", "questions", "pairs", "rolled_back", "last_step"]
Cause = Literal["disagreement", "error_budget"]


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the consumer's questions that goes to the new version, and what has to be seen before the next."""

    percent: int
    questions: int = 0
    """Questions that the new version has to have been asked on this step."""
    pairs: int = 0
    """Of these, pairs that have to have been compared."""
    hours: float = 0


USUAL = (Step(1, 100, 50, 24), Step(5, 500, 100, 24), Step(25, 2_000, 200, 24), Step(50, 2_000, 200, 24), Step(100))


@dataclass(frozen=True, slots=True)
class ErrorBudget:
    """What may fail of the questions to the new version within the window."""

    share: float = 0.01
    least: int = 5
    """Fewer failures than this break nothing, however few questions there were."""


@dataclass(frozen=True, slots=True)
class Ramp:
    """The steps of a cutover, and what rolls it back."""

    rate: float
    """The rate of disagreement that must not be exceeded; the certificate's claim, as its level is."""
    level: float = 0.95
    steps: tuple[Step, ...] = USUAL
    budget: ErrorBudget = field(default_factory=ErrorBudget)
    fresh: timedelta = timedelta(minutes=15)
    """How old the evidence may be to go up on."""

    def __post_init__(self) -> None:
        """Raises ValueError for steps that do not lead from something upwards to everything."""
        percents = [step.percent for step in self.steps]
        if not percents or percents[0] < 1 or percents[-1] != 100 or percents != sorted(set(percents)):  # noqa: PLR2004
            raise ValueError("steps: expected rising percentages from 1 or more to 100")


@dataclass(frozen=True, slots=True)
class Live:
    """What was seen of the new version at a moment. None where it is not known."""

    at: datetime
    questions: int | None
    """Asked on this step."""
    compared_on_step: int | None
    pairs: Mapping[Type, tuple[int, int]] | None
    """Since the cutover began, for each type of it: pairs with data that disagreed, and all pairs with data."""
    failed: int | None
    """Questions to the new version that failed within the window of the error budget."""
    asked: int | None
    """All questions to the new version within that window."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a cutover stands."""

    certificate: str
    """On what it was begun: the identity of a certificate, or of the explicit decision without one."""
    step: int
    since: datetime
    rolled_back: str = ""
    """Why everything goes to the old version again; empty where it does not."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Stay on the step; what is missing for the next."""

    lacks: tuple[Lack, ...]


@dataclass(frozen=True, slots=True)
class Up:
    """Go to the next step."""

    percent: int


@dataclass(frozen=True, slots=True)
class RollBack:
    """All to the old version, at once."""

    cause: Cause
    reason: str


Decision = Hold | Up | RollBack


def begin(certificate: str, now: datetime, before: State | None = None) -> State:
    """The first step; raises ValueError where that certificate was rolled back already."""
    if before and before.rolled_back and before.certificate == certificate:
        raise ValueError("certificate: expected another than the one that was rolled back, or a decision without one")
    return State(certificate, 0, now)


def next_step(ramp: Ramp, state: State, live: Live | None, now: datetime) -> Decision:
    """What is to be done now."""
    if state.rolled_back:
        return Hold(("rolled_back",))
    if live is None:
        return Hold(("no_evidence",))
    if found := _disagreement(ramp, live) or _errors(ramp.budget, live):
        return found
    lacks = tuple(_lacks(ramp, state, live, now))
    return Hold(lacks) if lacks else Up(ramp.steps[state.step + 1].percent)


def advanced(state: State, decision: Decision, now: datetime) -> State:
    """The state after a decision."""
    match decision:
        case Up():
            return replace(state, step=state.step + 1, since=now)
        case RollBack(reason=reason):
            return replace(state, since=now, rolled_back=reason)
        case _:
            return state


def percent(ramp: Ramp, state: State) -> int:
    """The part of the consumer's questions that goes to the new version."""
    return 0 if state.rolled_back else ramp.steps[state.step].percent


def bounds(ramp: Ramp, live: Live) -> tuple[float | None, float | None]:
    """How large the disagreement is at least and at most, in the type for which that is most; None without pairs."""
    level, counts = _level(ramp, live), [each for each in (live.pairs or {}).values() if each[1]]
    lower = max((sequential_lower(*each, level) for each in counts), default=None)
    return lower, max((sequential_upper(*each, level) for each in counts), default=None)


def _level(ramp: Ramp, live: Live) -> float:
    """The level for one type at which that of the ramp holds for all together."""
    return 1 - (1 - ramp.level) / max(1, len(live.pairs or ()))


def _disagreement(ramp: Ramp, live: Live) -> RollBack | None:
    level = _level(ramp, live)
    for (klass, typ), (disagreed, compared) in sorted((live.pairs or {}).items()):
        lower = sequential_lower(disagreed, compared, level)
        if lower > ramp.rate:
            reason = f"{klass}/{typ}: {disagreed} of {compared} pairs disagree, above {ramp.rate:g} for certain"
            return RollBack("disagreement", reason)
    return None


def _errors(budget: ErrorBudget, live: Live) -> RollBack | None:
    if live.failed is None or live.asked is None:
        return None
    if live.failed >= budget.least and live.failed > budget.share * live.asked:
        return RollBack("error_budget", f"{live.failed} of {live.asked} questions failed, more than {budget.share:g}")
    return None


def _lacks(ramp: Ramp, state: State, live: Live, now: datetime) -> list[Lack]:
    """What is missing for the next step."""
    step = ramp.steps[state.step]
    if state.step + 1 == len(ramp.steps):
        return ["last_step"]
    if None in (live.questions, live.compared_on_step, live.failed, live.asked) or not live.pairs:
        return ["no_evidence"]
    lacks: list[tuple[bool, Lack]] = [
        (now - live.at > ramp.fresh or live.at < state.since, "stale_evidence"),
        (now - state.since < timedelta(hours=step.hours), "time"),
        ((live.questions or 0) < step.questions, "questions"),
        ((live.compared_on_step or 0) < step.pairs, "pairs"),
    ]
    return [lack for missing, lack in lacks if missing]
