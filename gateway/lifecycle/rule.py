"""The agency's rule for the life of a major version, and what it makes of the dates that are known.

The current and the previous major are supported. An older one lives one year from the day its successor is released,
or until the next major after that is released, whichever comes first (Försäkringskassan's versioning rules). No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

State = Literal["coming", "current", "previous", "ending", "ended"]


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
    because: str
    """From what the end was concluded, in words: the rule with its dates, or a configured date with its source."""
