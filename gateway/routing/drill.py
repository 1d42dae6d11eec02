"""What a day will bring: who answers whom today, who on that day, and what would fail. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gateway.errors import UpstreamUnavailable
from gateway.routing.choose import Bucket, Network, Router
from gateway.routing.explain import canary_side, nobodys_side
from gateway.routing.plan import Pair
from gateway.routing.rules import PAIRS, Rule, Rules


@dataclass(frozen=True, slots=True)
class Way:
    """What is done for a share of the persons."""

    sources: tuple[str, ...]
    """Connections, the first answers; none where nothing can be asked."""
    reason: str
    """The plan's code, or why nothing can be asked."""
    percent: float | None = None
    """For how many persons, on a canary's side; None for all others."""


@dataclass(frozen=True, slots=True)
class Row:
    """Types of one consumer that share what is done about them."""

    consumer: str
    types: tuple[Pair, ...]
    rule: str
    today: tuple[Way, ...]
    then: tuple[Way, ...]
    fails: str
    """What would fail on the day, in words; empty where nothing would."""


def drill(
    rules: Rules, today: Network, then: Network, consumers: Iterable[tuple[str, frozenset[str] | None]]
) -> list[Row]:
    """What is done today and on a day, for each consumer and the information types that it may ask for (None: every).

    A consumer that is switched off is left out: that it is not answered is meant.
    """
    before, after = Router(rules, today), Router(rules, then)
    shares: dict[Row, list[Pair]] = {}
    for consumer, allowed in consumers:
        if consumer not in rules.off.consumers:
            for pair in PAIRS:
                if allowed is None or pair[1] in allowed:
                    shares.setdefault(_fate(before, after, consumer, pair), []).append(pair)
    return [replace(row, types=tuple(pairs)) for row, pairs in shares.items()]


def _fate(today: Router, then: Router, consumer: str, pair: Pair) -> Row:
    """What is done about one type, in a row that does not name it yet."""
    rule = today.matching(consumer, pair)
    now, later = _ways(today, rule, pair), _ways(then, rule, pair)
    found = [*(_failure(then, way) for way in later), _lost(today, then, now, later, pair)]
    return Row(consumer, (), rule.name if rule else "", now, later, "; ".join(dict.fromkeys(filter(None, found))))


def _ways(router: Router, rule: Rule | None, pair: Pair) -> tuple[Way, ...]:
    """What is done for those on no canary's side, and for those on its side; one of the two may be nobody."""
    canary = rule.canary if rule and rule.canary and router.in_canary(rule, canary_side) else None
    ways = []
    if canary is None or canary.percent < 100:  # noqa: PLR2004  percent
        ways.append(_way(router, rule, pair, nobodys_side, None))
    if canary is not None:
        ways.append(_way(router, rule, pair, canary_side, canary.percent))
    return tuple(ways)


def _way(router: Router, rule: Rule | None, pair: Pair, bucket: Bucket, percent: float | None) -> Way:
    try:
        plan = router.decide(rule, (pair,), bucket)
    except UpstreamUnavailable as error:
        return Way((), error.detail, percent)
    return Way(plan.sources, plan.reason, percent)


def _failure(then: Router, way: Way) -> str:
    """Why a way leads nowhere on the day; empty where it does not."""
    if not way.sources:
        return way.reason
    first = way.sources[0]
    standing = then.network.standing(first)
    if not standing:
        return ""
    stage = then.network.stages[then.network.versions[first]]
    if standing == "coming":
        gone = f"is not released before {stage.released}" if stage.released else "has no known day of release"
    else:
        gone = f"ended {stage.ends}" if stage.ends else "has ended"
    return f"{'pinned to' if way.reason == 'pin' else 'only left is'} {first}, which {gone}"


def _lost(today: Router, then: Router, now: tuple[Way, ...], later: tuple[Way, ...], pair: Pair) -> str:
    """Whether a type that is had today is not had from who answers then."""
    had = all(way.sources and today.network.able(way.sources[0], pair) for way in now)
    without = [way.sources[0] for way in later if way.sources and not then.network.able(way.sources[0], pair)]
    return f"{' and '.join(dict.fromkeys(without))} does not have these types" if had and without else ""
