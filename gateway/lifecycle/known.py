"""The dates that are shipped, each with its source; settings lie over them.

The agency publishes its rule but not the days on which its versions came. What is known is when SSBTEK, the
municipalities' service, took each of them in: no earlier than the version's release, and possibly later.
"""

from __future__ import annotations

from datetime import date

from gateway.lifecycle.rule import Release

_SSBTEK = "the day on which SSBTEK took it in; the agency's own day of release is not published"
_NOT_KNOWN = "not published, and not known from SSBTEK either"
_STILL_THERE = "the agency publishes none, and still publishes the version's addresses"
_JANUARY = "January 2025 at the latest; the day itself is not published"

KNOWN: tuple[Release, ...] = (
    Release("v3", date(2016, 11, 13), source=_SSBTEK),
    Release("v4", date(2018, 9, 16), source=_SSBTEK),
    Release("v5", date(2018, 12, 31), "unknown", _SSBTEK, _STILL_THERE),
    Release("v6", date(2019, 8, 23), "unknown", f"about {_SSBTEK}", _STILL_THERE, estimated=True),
    Release("v7", None, "unknown", _NOT_KNOWN, _STILL_THERE),
    Release("v8", None, source=_NOT_KNOWN),
    Release("v9", date(2025, 1, 31), source=_JANUARY, estimated=True),
)
