"""How large, and how small, the share of disagreeing pairs can still be: exact one-sided bounds.

Rule 1: `fixed_*` hold when the number of pairs was decided before the first of them was seen. They are Clopper's and
        Pearson's (Biometrika 26, 1934): the rate at which so few, or so many, disagreements have probability 1 - level.
Rule 2: `sequential_*` hold at every look at once, so one may stop whenever one likes, because of what was seen too.
        They are a mixture of likelihood ratios (Robbins, Ann. Math. Stat. 41, 1970; Howard, Ramdas, McAuliffe and
        Sekhon, Ann. Stat. 49, 2021, the sub-Bernoulli case): with x disagreements among n pairs, for fixed tilts t,

            evidence(p) = sum over t of  weight(t) * (1 + t)^x / (1 + p*t)^n

        At the true rate this is a non-negative martingale that begins at 1 or below, so by Ville's inequality it ever
        reaches 1 / (1 - level) with probability at most 1 - level. Rates at which it has, are excluded.
Rule 3: the rate need not be the same for all pairs. Where each pair has its own, which may depend on all earlier
        pairs, `sequential_*` bound their average: log(1 + p*t) is concave in p, so (1 + p*t)^n at the average is not
        below the product of the pairs' own. A campaign may therefore choose whom it asks by what it has learned.
Rule 4: everything is rounded away from the side that would claim more. Floats err by less than `_MARGIN` up to
        100 million pairs.

Counts are whole numbers with 0 <= disagreed <= pairs; rates and levels are between 0 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Bound = Callable[[int, int, float], float]

_MARGIN = 1e-6
_TINY = 1e-15


def _tilts_down() -> tuple[tuple[float, float], ...]:
    """Tilts for few disagreements, with weights that sum to 1 or less.

    Half lies on -1, which is the test of none at all: that costs 0.69 / pairs over the fixed bound, 3.69 for 3.00.
    The others are the best for 1, 3, 6, 15, 30 … disagreements; each half power of two is four times as many.
    """
    graded = [(-(2 ** (-step / 2)), 0.5 / (step * (step + 1))) for step in range(1, 25)]
    return ((-1.0, 0.5), *graded)


def _tilts_up() -> tuple[tuple[float, float], ...]:
    """Tilts for many disagreements, from 1,024 times the rate to a thousandth above it; weights sum to 1."""
    heights = {2.0**step: 1 / ((abs(step - 1) + 1) * (abs(step - 1) + 2)) for step in range(-10, 11)}
    total = sum(heights.values())
    return tuple((tilt, height / total) for tilt, height in heights.items())


_DOWN, _UP = _tilts_down(), _tilts_up()


def sequential_upper(disagreed: int, pairs: int, level: float) -> float:
    """The rate that is not exceeded, at every look at once."""
    _check(disagreed, pairs, level)
    return _least(lambda rate: _evidence(_DOWN, disagreed, pairs, rate) >= -math.log1p(-level))


def sequential_lower(disagreed: int, pairs: int, level: float) -> float:
    """The rate that is not fallen short of, at every look at once."""
    _check(disagreed, pairs, level)
    return _most(lambda rate: _evidence(_UP, disagreed, pairs, rate) >= -math.log1p(-level))


def fixed_upper(disagreed: int, pairs: int, level: float) -> float:
    """The rate that is not exceeded, where the number of pairs was decided beforehand."""
    _check(disagreed, pairs, level)
    if disagreed == pairs:
        return 1.0
    return _least(lambda rate: rate * pairs > disagreed and _at_most(disagreed, pairs, rate) <= math.log1p(-level))


def fixed_lower(disagreed: int, pairs: int, level: float) -> float:
    """The rate that is not fallen short of, where the number of pairs was decided beforehand."""
    _check(disagreed, pairs, level)
    if disagreed == 0:
        return 0.0
    agreed = pairs - disagreed
    return _most(lambda rate: rate * pairs < disagreed and _at_most(agreed, pairs, 1 - rate) <= math.log1p(-level))


def _check(disagreed: int, pairs: int, level: float) -> None:
    if not 0 <= disagreed <= pairs:
        raise ValueError("disagreed: expected a number from 0 to that of the pairs")
    if not 0 < level < 1:
        raise ValueError("level: expected a number between 0 and 1")


def _least(excluded: Callable[[float], bool]) -> float:
    """The least excluded rate, where all above it are excluded too, rounded up; 1 where none is."""
    low, high = 0.0, 1.0
    if not excluded(high):
        return 1.0
    while high - low > high * _MARGIN / 10:
        middle = (low + high) / 2
        low, high = (low, middle) if excluded(middle) else (middle, high)
    return min(1.0, high * (1 + _MARGIN))


def _most(excluded: Callable[[float], bool]) -> float:
    """The greatest excluded rate, where all below it are excluded too, rounded down; 0 where none is."""
    low, high = 0.0, 1.0
    if not excluded(low):
        return 0.0
    while high - low > high * _MARGIN / 10 and high > _TINY:
        middle = (low + high) / 2
        low, high = (middle, high) if excluded(middle) else (low, middle)
    return low * (1 - _MARGIN)


def _evidence(tilts: tuple[tuple[float, float], ...], disagreed: int, pairs: int, rate: float) -> float:
    """The logarithm of Rule 2's evidence against a rate."""
    terms = [math.log(weight) + _term(tilt, disagreed, pairs, rate) for tilt, weight in tilts]
    greatest = max(terms)
    if math.isinf(greatest):
        return greatest
    return greatest + math.log(math.fsum(math.exp(term - greatest) for term in terms))


def _term(tilt: float, disagreed: int, pairs: int, rate: float) -> float:
    """(1 + t)^x / (1 + p*t)^n as a logarithm, with 0^0 = 1."""
    gained = 0.0 if disagreed == 0 else -math.inf if tilt <= -1 else disagreed * math.log1p(tilt)
    if math.isinf(gained) or pairs == 0:
        return gained
    return math.inf if rate * tilt <= -1 else gained - pairs * math.log1p(rate * tilt)


def _at_most(disagreed: int, pairs: int, rate: float) -> float:
    """The logarithm of the probability of so few disagreements or fewer, of which the last is the likeliest."""
    if rate >= 1:
        return -math.inf
    total = part = 1.0
    for count in range(disagreed, 0, -1):
        part *= count * (1 - rate) / ((pairs - count + 1) * rate)
        total += part
        if part < total * 1e-17:
            break
    ways = math.lgamma(pairs + 1) - math.lgamma(disagreed + 1) - math.lgamma(pairs - disagreed + 1)
    return ways + disagreed * math.log(rate) + (pairs - disagreed) * math.log1p(-rate) + math.log(total)
