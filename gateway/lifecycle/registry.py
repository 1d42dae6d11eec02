"""The versions and their dates, shipped and set, and where each stands on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

from gateway.errors import Fault
from gateway.lifecycle.known import KNOWN
from gateway.lifecycle.rule import Release, Stage, stages
from gateway.lifecycle.settings import Dates, Lifecycle

_THE_SETTINGS = "the settings of this gateway"


class Registry:
    """Every version of which anything is known; what it says of a day is kept until another day is asked about."""

    def __init__(self, releases: tuple[Release, ...], notice_days: int) -> None:
        self.releases = releases
        self.notice_days = notice_days
        self._latest: tuple[date, Mapping[str, Stage]] | None = None

    @classmethod
    def of(cls, settings: Lifecycle) -> Registry:
        """The shipped dates with those of the settings over them, field by field."""
        shipped = {one.version: one for one in KNOWN}
        laid = shipped | {
            version: _laid_over(shipped.get(version, Release(version)), dates)
            for version, dates in settings.versions.items()
        }
        return cls(tuple(sorted(laid.values(), key=lambda one: one.number)), settings.notice_days)

    def at(self, day: date) -> Mapping[str, Stage]:
        """Where each version stands on a day, oldest first."""
        latest = self._latest
        if latest is None or latest[0] != day:
            latest = self._latest = (day, stages(self.releases, day, self.notice_days))
        return latest[1]


def contradictions(settings: Lifecycle) -> list[Fault]:
    """Dates that cannot all be right: a major before an earlier one, an end before the beginning.

    Only what the settings have a part in is said: it is there that it can be mended.
    """
    releases = Registry.of(settings).releases
    found = []
    dated = [one for one in releases if one.released is not None]
    for before, after in pairwise(dated):
        if before.released and after.released and before.released > after.released:
            blamed, expected = (
                (after, f"a day not before the release of {before.version}")
                if _sets(settings, after, "released")
                else (before, f"a day not after the release of {after.version}")
            )
            found.append(Fault(f"lifecycle.versions.{blamed.version}.released", expected))
    for one in dated:
        if isinstance(one.ends, date) and one.released and one.ends <= one.released:
            field = "ends" if _sets(settings, one, "ends") else "released"
            order = "after its release" if field == "ends" else "before its end"
            found.append(Fault(f"lifecycle.versions.{one.version}.{field}", f"a day {order}"))
    return found


def _sets(settings: Lifecycle, one: Release, field: str) -> bool:
    dates = settings.versions.get(one.version)
    return dates is not None and getattr(dates, field) is not None


def _laid_over(one: Release, dates: Dates) -> Release:
    source = dates.source or _THE_SETTINGS
    if dates.released is not None:
        one = replace(one, released=dates.released, source=source, estimated=False)
    if dates.ends is not None:
        one = replace(one, ends=dates.ends, ends_source=source)
    return one
