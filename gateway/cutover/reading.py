"""What can be read of cutovers at a moment, as numbers for whoever watches them. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.cutover.book import Cutover
from gateway.cutover.ramp import Live, bounds

Standing = Literal["under_way", "complete", "rolled_back", "ended"]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where one cutover stands, and what was last seen of it; None where that is not known."""

    consumer: str
    rule: str
    """The routing rule by which it goes, which names it."""
    old: str
    new: str
    percent: int
    step: int
    """From 1 on; 0 once it is rolled back."""
    standing: Standing
    decided: datetime
    """When it came to where it stands."""
    rate: float
    """The rate of disagreement above which it is rolled back."""
    lower: float | None
    upper: float | None
    """The bounds of the live disagreement, of the type for which they are the highest."""
    error_share: float | None
    """Of the questions to the new connection within the window of the error budget."""
    rollbacks: int
    """Of all cutovers that went by this rule."""


def readings(
    cutovers: Iterable[Cutover],
    lives: Mapping[str, Live],
    rollbacks: Mapping[str, int],
    is_ended: Callable[[Cutover], bool],
) -> list[Reading]:
    """The last cutover by each rule; `lives` and `rollbacks` are by cutover."""
    last: dict[tuple[str, str, str, str], Reading] = {}
    for one in cutovers:
        subject, standing = one.subject, _standing(one, ended=is_ended(one))
        live = lives.get(one.id) if standing in {"under_way", "complete"} else None
        key = (subject.consumer, one.rule, subject.old, subject.new)
        before = last[key].rollbacks if key in last else 0
        lower, upper = bounds(one.ramp, live) if live else (None, None)
        last[key] = Reading(
            *key,
            percent=one.percent,
            step=0 if one.state.rolled_back else one.state.step + 1,
            standing=standing,
            decided=one.state.since,
            rate=one.ramp.rate,
            lower=lower,
            upper=upper,
            error_share=live.failed / live.asked if live and live.asked and live.failed is not None else None,
            rollbacks=before + rollbacks.get(one.id, 0),
        )
    return list(last.values())


def _standing(one: Cutover, *, ended: bool) -> Standing:
    if one.state.rolled_back:
        return "rolled_back"
    if ended:
        return "ended"
    return "complete" if one.is_complete else "under_way"
