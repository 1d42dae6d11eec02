"""The bounds: against tables, against exact arithmetic, and against ten thousand simulated campaigns."""

from __future__ import annotations

import math
import random
from bisect import bisect_left
from fractions import Fraction
from functools import cache
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.evidence import bounds

LEVEL = 0.95
RUNS = 10_000
# Three standard deviations of what ten thousand runs of a 95 % bound can miss by chance.
LUCK = 3 * math.sqrt(LEVEL * (1 - LEVEL) / RUNS)
COUNTS = [(0, 1), (1, 1), (0, 10), (1, 10), (5, 10), (10, 10), (0, 3000), (3, 3000), (40, 3000), (2999, 3000)]
counts = st.integers(0, 400).flatmap(lambda pairs: st.tuples(st.integers(0, pairs), st.just(pairs)))


@pytest.mark.parametrize(
    ("disagreed", "pairs", "level", "lower", "upper"),
    [
        # R, binom.test(x, n)$conf.int: both sides at 95 % together are each at 97.5 %.
        (10, 100, 0.975, 0.04900469, 0.17622260),
        (1, 10, 0.975, 0.002528579, 0.445016117),
        (5, 10, 0.975, 0.187086028, 0.812913972),
        # With none, the bound has a closed form: 1 - (1 - level)^(1/n). 3,000 clean pairs are "below 0.1 % at 95 %".
        (0, 3000, 0.95, 0.0, 1 - 0.05 ** (1 / 3000)),
        (0, 1, 0.95, 0.0, 0.95),
        (1, 1, 0.95, 0.05, 1.0),
        (0, 1_000_000, 0.99, 0.0, 4.605159581e-06),
    ],
)
def test_the_fixed_bounds_are_those_of_the_tables(
    disagreed: int, pairs: int, level: float, lower: float, upper: float
) -> None:
    assert bounds.fixed_upper(disagreed, pairs, level) == pytest.approx(upper, rel=2e-6)
    assert bounds.fixed_lower(disagreed, pairs, level) == pytest.approx(lower, rel=2e-6)


@pytest.mark.parametrize(("disagreed", "pairs"), COUNTS)
def test_the_fixed_bounds_are_exact_and_never_on_the_wrong_side(disagreed: int, pairs: int) -> None:
    def at_most(count: int, rate: Fraction) -> Fraction:
        terms = (math.comb(pairs, k) * rate**k * (1 - rate) ** (pairs - k) for k in range(count + 1))
        return sum(terms, Fraction(0))

    alpha, nudge = Fraction(1, 20), Fraction(1, 200_000)
    if pairs <= 10 or disagreed <= 3:
        upper = Fraction(bounds.fixed_upper(disagreed, pairs, LEVEL))
        if disagreed < pairs:
            assert at_most(disagreed, upper) <= alpha < at_most(disagreed, upper * (1 - nudge))
        lower = Fraction(bounds.fixed_lower(disagreed, pairs, LEVEL))
        if disagreed > 0:
            assert 1 - at_most(disagreed - 1, lower) <= alpha < 1 - at_most(disagreed - 1, lower * (1 + nudge))
    else:  # too many digits for fractions: what is likely about the other outcome is the mirror of this one
        mirrored = bounds.fixed_upper(disagreed, pairs, LEVEL)
        assert mirrored == pytest.approx(1 - bounds.fixed_lower(pairs - disagreed, pairs, LEVEL), abs=2e-6)


@given(counts, st.sampled_from([0.8, 0.95, 0.999]))
def test_the_bounds_lie_in_order(count: tuple[int, int], level: float) -> None:
    disagreed, pairs = count
    seen = disagreed / pairs if pairs else 0.5
    lower, upper = bounds.fixed_lower(disagreed, pairs, level), bounds.fixed_upper(disagreed, pairs, level)
    any_lower = bounds.sequential_lower(disagreed, pairs, level)
    any_upper = bounds.sequential_upper(disagreed, pairs, level)
    assert 0 <= any_lower <= lower <= seen <= upper <= any_upper <= 1
    assert bounds.sequential_upper(disagreed, pairs + 1, level) <= any_upper
    assert bounds.sequential_upper(disagreed + 1, pairs + 1, level) >= any_upper
    assert bounds.sequential_lower(disagreed + 1, pairs + 1, level) >= any_lower


def test_the_sequential_bound_costs_a_sixth_more_clean_pairs() -> None:
    assert bounds.sequential_upper(0, 3_481, LEVEL) >= 0.001
    assert bounds.sequential_upper(0, 3_482, LEVEL) < 0.001


@pytest.mark.parametrize("tilts", [bounds._DOWN, bounds._UP])
def test_the_evidence_begins_at_one_or_below(tilts: tuple[tuple[float, float], ...]) -> None:
    assert math.fsum(weight for _, weight in tilts) <= 1 + 1e-15


@given(st.floats(0.0001, 0.9999), st.integers(0, 30), st.integers(0, 300))
def test_the_evidence_is_a_martingale(rate: float, disagreed: int, agreed: int) -> None:
    """Before the next pair its expectation at the true rate is what it is now: exactly Rule 2's claim."""
    pairs = disagreed + agreed
    for tilts in (bounds._DOWN, bounds._UP):
        now = bounds._evidence(tilts, disagreed, pairs, rate)
        worse = rate * math.exp(bounds._evidence(tilts, disagreed + 1, pairs + 1, rate) - now)
        better = (1 - rate) * math.exp(bounds._evidence(tilts, disagreed, pairs + 1, rate) - now)
        assert worse + better == pytest.approx(1, rel=1e-9)


@pytest.mark.parametrize(("pairs", "rate"), [(300, 0.01), (3_000, 0.001), (3_000, 0.0009), (5_000, 0.02), (40, 0.3)])
def test_at_a_fixed_number_of_pairs_the_bounds_hold_as_often_as_they_say(pairs: int, rate: float) -> None:
    """The number of disagreements is drawn by inversion of its distribution, so a run costs one random number."""
    chances = [(1 - rate) ** pairs]
    for count in range(1, pairs + 1):
        chances.append(chances[-1] * (pairs - count + 1) / count * rate / (1 - rate))
    below = list(accumulate(chances))
    dice = random.Random(f"{pairs} {rate}")  # noqa: S311
    drawn = [min(bisect_left(below, dice.random()), pairs) for _ in range(RUNS)]
    for upper, lower in (
        (bounds.fixed_upper, bounds.fixed_lower),
        (bounds.sequential_upper, bounds.sequential_lower),
    ):
        holds = {count: upper(count, pairs, LEVEL) >= rate for count in set(drawn)}
        assert sum(holds[count] for count in drawn) / RUNS >= LEVEL - LUCK
        holds = {count: lower(count, pairs, LEVEL) <= rate for count in set(drawn)}
        assert sum(holds[count] for count in drawn) / RUNS >= LEVEL - LUCK


@pytest.mark.parametrize("rate", [0.5, 0.05, 0.001, 0.0001])
def test_whenever_one_stops_the_sequential_bounds_hold_as_often_as_they_say(rate: float) -> None:
    """Every look of every run, up to 60 disagreements: one that stops at the worst moment is right as often as it says.

    Between two disagreements the upper bound only falls, so it is wrong at some look exactly when a wait is longer
    than the first wrong number of pairs; the lower one when a disagreement comes too early. Waits are drawn whole.
    """
    most = 60
    late = [_first(lambda pairs, x=x: bounds.sequential_upper(x, pairs, LEVEL) < rate, x) for x in range(most)]
    early = [_first(lambda pairs, x=x: bounds.sequential_lower(x, pairs, LEVEL) <= rate, x) for x in range(1, most + 1)]
    dice = random.Random(f"waits {rate}")  # noqa: S311
    wrong_up = wrong_down = fixed_wrong = 0
    fixed_late = [_first(lambda pairs, x=x: bounds.fixed_upper(x, pairs, LEVEL) < rate, x) for x in range(most)]
    for _ in range(RUNS):
        pairs, at = 0, []
        for _ in range(most):
            pairs += math.ceil(math.log(1 - dice.random()) / math.log1p(-rate)) or 1
            at.append(pairs)
        wrong_up += any(came > first for came, first in zip(at, late, strict=True))
        wrong_down += any(came < first for came, first in zip(at, early, strict=True))
        fixed_wrong += any(came > first for came, first in zip(at, fixed_late, strict=True))
    print(f"rate {rate}: wrong at some look {wrong_up / RUNS:.2%} above, {wrong_down / RUNS:.2%} below")  # noqa: T201
    assert 1 - wrong_up / RUNS >= LEVEL - LUCK
    assert 1 - wrong_down / RUNS >= LEVEL - LUCK
    assert fixed_wrong / RUNS > 2 * (1 - LEVEL)  # which is why there is another bound than the fixed one


def _first(holds: object, start: int) -> int:
    """The first number of pairs, from `start`, for which it holds, where it then holds for all that are larger."""
    assert callable(holds)
    low, high = start, max(start, 1)
    while not holds(high):
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def test_the_sequential_bound_holds_for_pairs_that_were_chosen_by_what_was_learned() -> None:
    """Rule 3, against a chooser that goes where it hurts: to the bad stratum while fewer disagreed than expected, and
    to the good one otherwise. What is bounded is the average rate of the pairs that were really asked."""
    good, bad, looks = 0.01, 0.1, 150

    @cache
    def upper(disagreed: int, pairs: int) -> float:
        return bounds.sequential_upper(disagreed, pairs, LEVEL)

    @cache
    def lower(disagreed: int, pairs: int) -> float:
        return bounds.sequential_lower(disagreed, pairs, LEVEL)

    dice = random.Random("chosen")  # noqa: S311
    wrong_up = wrong_down = 0
    for _ in range(RUNS):
        disagreed, expected, above, below = 0, 0.0, False, False
        for pairs in range(1, looks + 1):
            rate = bad if disagreed <= expected else good
            expected += rate
            disagreed += dice.random() < rate
            above = above or expected / pairs > upper(disagreed, pairs)
            below = below or expected / pairs < lower(disagreed, pairs)
        wrong_up += above
        wrong_down += below
    print(f"chosen pairs: wrong at some look {wrong_up / RUNS:.2%} above, {wrong_down / RUNS:.2%} below")  # noqa: T201
    assert 1 - wrong_up / RUNS >= LEVEL - LUCK
    assert 1 - wrong_down / RUNS >= LEVEL - LUCK


@pytest.mark.parametrize("bound", [bounds.fixed_upper, bounds.fixed_lower, bounds.sequential_upper])
@pytest.mark.parametrize(("given_", "named"), [((3, 2, 0.95), "disagreed"), ((-1, 2, 0.95), "disagreed")])
def test_numbers_that_cannot_be_counts_are_refused(
    bound: bounds.Bound, given_: tuple[int, int, float], named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        bound(*given_)
    with pytest.raises(ValueError, match="level"):
        bound(0, 2, 95)
