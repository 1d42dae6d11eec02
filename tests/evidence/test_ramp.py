"""The ramp: up on evidence, back by itself, and never up again on what was not kept."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cutover.ramp import (
    ErrorBudget,
    Hold,
    Live,
    Ramp,
    RollBack,
    State,
    Step,
    Up,
    advanced,
    begin,
    next_step,
    percent,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SJP, SGI = ("formansinformation", "FK:SJP"), ("ovrig_information", "FK:SGI")
RAMP = Ramp(0.01, steps=(Step(1, 100, 50, 24), Step(25, 200, 50, 1), Step(100)), budget=ErrorBudget(0.02, 5))
ON_FIRST, ON_LAST = State("one", 0, NOW - timedelta(days=2)), State("one", 2, NOW - timedelta(days=2))
WELL = Live(NOW, questions=300, compared_on_step=80, pairs={SJP: (0, 80), SGI: (1, 60)}, failed=0, asked=100)
STALE, EARLY, BEFORE = (NOW - timedelta(minutes=minutes) for minutes in (16, 23 * 60, 1))

HOLDS: dict[str, tuple[State, Live | None, tuple[str, ...]]] = {
    "nothing known": (ON_FIRST, None, ("no_evidence",)),
    "no pairs known": (ON_FIRST, replace(WELL, pairs=None), ("no_evidence",)),
    "no type": (ON_FIRST, replace(WELL, pairs={}), ("no_evidence",)),
    "errors not known": (ON_FIRST, replace(WELL, failed=None), ("no_evidence",)),
    "questions not known": (ON_FIRST, replace(WELL, questions=None), ("no_evidence",)),
    "window not known": (ON_FIRST, replace(WELL, asked=None), ("no_evidence",)),
    "pairs of the step not known": (ON_FIRST, replace(WELL, compared_on_step=None), ("no_evidence",)),
    "stale": (ON_FIRST, replace(WELL, at=STALE), ("stale_evidence",)),
    "of the step before": (replace(ON_FIRST, since=NOW), replace(WELL, at=BEFORE), ("stale_evidence", "time")),
    "too early": (replace(ON_FIRST, since=EARLY), WELL, ("time",)),
    "few questions": (ON_FIRST, replace(WELL, questions=99), ("questions",)),
    "few pairs": (ON_FIRST, replace(WELL, compared_on_step=49), ("pairs",)),
    "all of it": (
        replace(ON_FIRST, since=EARLY),
        replace(WELL, questions=0, compared_on_step=0),
        ("time", "questions", "pairs"),
    ),
    "at the end": (ON_LAST, WELL, ("last_step",)),
    "rolled back": (replace(ON_FIRST, rolled_back="disagreement"), WELL, ("rolled_back",)),
}
ROLLS_BACK: dict[str, tuple[State, Live, str]] = {
    "disagreement": (ON_FIRST, replace(WELL, pairs={SJP: (0, 80), SGI: (9, 60)}), "disagreement"),
    "at the end too": (ON_LAST, replace(WELL, pairs={SJP: (9, 80)}), "disagreement"),
    "on stale evidence too": (ON_FIRST, replace(WELL, at=STALE, pairs={SJP: (9, 80)}), "disagreement"),
    "with the errors not known": (ON_FIRST, replace(WELL, failed=None, pairs={SJP: (9, 80)}), "disagreement"),
    "errors": (ON_FIRST, replace(WELL, failed=5), "error_budget"),
    "errors without pairs": (ON_FIRST, replace(WELL, failed=5, pairs=None), "error_budget"),
    "before its time": (replace(ON_FIRST, since=NOW), replace(WELL, failed=5), "error_budget"),
}


@pytest.mark.parametrize(("state", "live", "lacks"), HOLDS.values(), ids=HOLDS)
def test_a_step_is_held_while_anything_is_missing(state: State, live: Live | None, lacks: tuple[str, ...]) -> None:
    decision = next_step(RAMP, state, live, NOW)
    assert decision == Hold(lacks)  # type: ignore[arg-type]
    assert advanced(state, decision, NOW) == state


@pytest.mark.parametrize(("state", "live", "cause"), ROLLS_BACK.values(), ids=ROLLS_BACK)
def test_it_rolls_back_by_itself(state: State, live: Live, cause: str) -> None:
    decision = next_step(RAMP, state, live, NOW)
    assert isinstance(decision, RollBack)
    assert decision.cause == cause
    back = advanced(state, decision, NOW)
    assert percent(RAMP, back) == 0
    assert back.rolled_back == decision.reason


@pytest.mark.parametrize(
    "live",
    [
        replace(WELL, pairs={SJP: (2, 80)}),  # may be 1 %
        replace(WELL, failed=4, asked=10),  # fewer than the least
        replace(WELL, failed=6, asked=300),  # the budget, and not more
    ],
    ids=["disagreement", "few errors", "errors"],
)
def test_what_is_within_bounds_goes_up(live: Live) -> None:
    assert next_step(RAMP, ON_FIRST, live, NOW) == Up(25)
    assert advanced(ON_FIRST, Up(25), NOW) == State("one", 1, NOW)
    assert percent(RAMP, advanced(ON_FIRST, Up(25), NOW)) == 25


def test_what_was_rolled_back_begins_only_with_something_new() -> None:
    back = replace(ON_FIRST, rolled_back="disagreement")
    with pytest.raises(ValueError, match="expected another"):
        begin("one", NOW, back)
    assert begin("two", NOW, back) == State("two", 0, NOW)
    assert begin("one", NOW, ON_FIRST) == State("one", 0, NOW)


@pytest.mark.parametrize("percents", [(), (5, 1, 100), (1, 1, 100), (1, 50), (0, 100)])
def test_steps_that_lead_nowhere_are_refused(percents: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="steps"):
        Ramp(0.01, steps=tuple(Step(each) for each in percents))


known = st.none() | st.integers(0, 400)
pairs = st.integers(0, 300).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole)))
sights = st.none() | st.builds(
    Live,
    at=st.integers(-3_000, 0).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    questions=known,
    compared_on_step=known,
    pairs=st.none() | st.dictionaries(st.sampled_from([SJP, SGI]), pairs),
    failed=known,
    asked=known,
)


@given(st.lists(st.tuples(sights, st.integers(0, 2_000)), max_size=25))
def test_never_up_without_evidence_and_never_up_after_a_rollback(seen: list[tuple[Live | None, int]]) -> None:
    """Whatever is seen, and however long it takes: a cutover goes up one step at a time, on all that Rule 2 asks."""
    state, now = State("one", 0, NOW), NOW
    for live, minutes in seen:
        now += timedelta(minutes=minutes)
        moved = replace(live, at=live.at + (now - NOW)) if live else None
        decision = next_step(RAMP, state, moved, now)
        after = advanced(state, decision, now)
        if percent(RAMP, after) > percent(RAMP, state):
            step = RAMP.steps[state.step]
            assert not state.rolled_back
            assert moved
            assert moved.pairs
            assert (moved.questions or 0) >= step.questions
            assert (moved.compared_on_step or 0) >= step.pairs
            assert moved.failed is not None
            assert now - state.since >= timedelta(hours=step.hours)
            assert moved.at >= state.since
            assert after.step == state.step + 1
        if state.rolled_back:
            assert after == state
        state = after


def test_a_good_version_is_rarely_rolled_back_and_a_bad_one_soon() -> None:
    """Whole cutovers, with disagreement as large as allowed, and five times that.

    They are looked at after every disagreement: between two of them the bound only falls.
    """

    def rolled_back_after(rate: float, seed: int) -> int | None:
        dice = random.Random(seed)  # noqa: S311
        disagreed = 0
        for compared in range(1, 1_001):
            if dice.random() < rate:
                disagreed += 1
                live = replace(WELL, pairs={SJP: (disagreed, compared), SGI: (0, compared)})
                if isinstance(next_step(RAMP, ON_LAST, live, NOW), RollBack):
                    return compared
        return None

    runs = 200
    good = [rolled_back_after(0.01, seed) for seed in range(runs)]
    bad = [rolled_back_after(0.05, seed) for seed in range(runs)]
    assert sum(one is not None for one in good) <= 0.05 * runs + 3 * (0.05 * 0.95 * runs) ** 0.5
    assert all(one is not None for one in bad)
    assert sorted(one or 0 for one in bad)[runs // 2] < 250
