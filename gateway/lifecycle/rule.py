"""The agency's rule for the life of a major version, and what it makes of the dates that are known.

The current and the previous major are supported. An older one lives one year from the day its successor is released,
or until the next major after that is released, whichever comes first (Försäkringskassan's versioning rules). No I/O.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from typing import Literal

State = Literal["coming", "current", "previous", "ending", "ended"]
Fact = Literal["released", "deprecated", "ends"]


@dataclass(frozen=True, slots=True)
class Release:
    """What is known of one major version's dates, and from whom."""

    version: str
    released: date | None = None
    """The day on which it was or will be released; None where that is not known."""
    ends: date | Literal["unknown"] | None = None
    """The first day on which it no longer answers, in place of the rule's; `unknown` says that none is known."""
    source: str = ""
    """Who said when it was released."""
    ends_source: str = ""
    """Who said when it ends; of use with `ends` only."""
    estimated: bool = False
    """Whether the day of release is a guess."""

    @property
    def number(self) -> int:
        """The major number, by which versions are ordered."""
        return int(self.version.removeprefix("v"))


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a version stands on a day; `ends` is the first day on which it no longer answers, None if not known."""

    version: str
    state: State
    released: date | None
    successor: str | None
    deprecated: date | None
    """When a later major was released: the day from which the version is no longer the one to build on."""
    ends: date | None
    days_left: int | None
    """Days until `ends`; 0 or less once it has ended."""
    because: str
    """From what the end was concluded, in words: the rule with its dates, or a configured date with its source."""
    source: str = ""
    """Who said when the version was released."""
    estimated: frozenset[Fact] = frozenset()
    """Which of the dates are guesses, or follow from one."""


def stages(releases: Iterable[Release], day: date, notice_days: int) -> dict[str, Stage]:
    """Where each version stands on a day, oldest first.

    `notice_days` is how long before its end a version counts as ending.
    """
    ordered = sorted(releases, key=lambda one: one.number)
    out = [_is_out(ordered[index:], day) for index in range(len(ordered))]
    newest = max((index for index, is_out in enumerate(out) if is_out), default=-1)
    found = {}
    for index, one in enumerate(ordered):
        later = ordered[index + 1 :]
        end = _end(one, later)
        first = min(_known(later), key=_day, default=None)
        left = None if end.day is None else (end.day - day).days
        guesses: dict[Fact, bool] = {
            "released": one.estimated,
            "deprecated": first is not None and first.estimated,
            "ends": end.estimated,
        }
        found[one.version] = Stage(
            version=one.version,
            state=_state(newest - index, left, notice_days, is_out=out[index]),
            released=one.released,
            successor=later[0].version if later else None,
            deprecated=first.released if first else None,
            ends=end.day,
            days_left=left,
            because=end.because,
            source=one.source,
            estimated=frozenset(fact for fact, guessed in guesses.items() if guessed),
        )
    return found


def _state(age: int, left: int | None, notice_days: int, *, is_out: bool) -> State:
    """The state of a version that is `age` majors older than the newest one that is out."""
    if left is not None and left <= 0:
        return "ended"
    if not is_out:
        return "coming"
    if left is not None and left <= notice_days:
        return "ending"
    if age == 0:
        return "current"
    return "previous" if age == 1 else "ending"


def _is_out(from_here: Sequence[Release], day: date) -> bool:
    """Whether the first of these is released: on its own day, or with a later one, which cannot be out before it."""
    return any(_day(one) <= day for one in _known(from_here))


@dataclass(frozen=True, slots=True)
class _End:
    day: date | None
    because: str
    estimated: bool = False


def _end(one: Release, later: Sequence[Release]) -> _End:
    """The end of a version that these majors come after."""
    if one.ends == "unknown":
        return _End(None, f"no end is known: {one.ends_source}")
    if one.ends is not None:
        return _End(one.ends, f"{one.ends} is set: {one.ends_source}")
    found = []
    if later and later[0].released is not None:
        because = f"one year from the release of its successor {_named(later[0])}"
        found.append(_End(a_year_after(later[0].released), because, later[0].estimated))
    for further in _known(later[1:]):
        because = f"the release of {_named(further)}, a later major than its successor {later[0].version}"
        found.append(_End(further.released, because, further.estimated))
    nothing = _End(None, "no later major has a known day of release")
    return min(found, key=lambda end: end.day or date.max, default=nothing)


def a_year_after(day: date) -> date:
    """The same day a year on; from 29 February the last of February, which is the earlier of the two that it could be.

    The last year that a date can have stands for all after it.
    """
    year = day.year + 1
    if year > MAXYEAR:
        return date.max
    return day.replace(year=year, day=min(day.day, calendar.monthrange(year, day.month)[1]))


def _known(releases: Iterable[Release]) -> list[Release]:
    return [one for one in releases if one.released is not None]


def _day(one: Release) -> date:
    """The day of release; of those only that have one."""
    return one.released or date.max


def _named(one: Release) -> str:
    return f"{one.version} ({'about ' if one.estimated else ''}{one.released})"
