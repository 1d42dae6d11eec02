"""What can become of an order, and how far it has come. No I/O.

    taking ──► running ◄──► paused
                 │  ╲          │
                 ▼   ╲─────────┴──► cancelled
          done, stopped

`stopped` is an order that a rule of its own ended, or a consumer that is no more; `why` says which.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TAKING, RUNNING, PAUSED, DONE, STOPPED, CANCELLED = "taking", "running", "paused", "done", "stopped", "cancelled"
ENDED = frozenset({DONE, STOPPED, CANCELLED})

WORDS = {
    TAKING: "tas_emot",
    RUNNING: "pagar",
    PAUSED: "pausad",
    DONE: "klar",
    STOPPED: "stoppad",
    CANCELLED: "avbruten",
}
"""As the API says them."""

MOVES: Mapping[str, tuple[frozenset[str], str]] = {
    "paus": (frozenset({RUNNING}), PAUSED),
    "fortsatt": (frozenset({PAUSED}), RUNNING),
    "avbryt": (frozenset({RUNNING, PAUSED}), CANCELLED),
}
"""By what a caller says: from which states, and to which."""

_LEAST_FOR_SHARE = 20

Counts = Mapping[tuple[str, str], int]
"""Questions by connection and state."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The questions of an order by what became of them."""

    waiting: int = 0
    claimed: int = 0
    answered: int = 0
    failed: int = 0
    unknown: int = 0

    @classmethod
    def of(cls, counts: Counts) -> Progress:
        """Summed over upstreams."""
        total: dict[str, int] = {}
        for (_, state), count in counts.items():
            name = {"done": "answered"}.get(state, state)
            total[name] = total.get(name, 0) + count
        return cls(**total)

    @property
    def settled(self) -> int:
        """Questions of which nothing more is awaited."""
        return self.answered + self.failed + self.unknown

    @property
    def whole(self) -> int:
        """All questions that there are so far."""
        return self.waiting + self.claimed + self.settled

    def fails(self, share: float | None) -> bool:
        """Whether more questions failed than an order allows."""
        known = self.answered + self.failed
        return share is not None and known >= _LEAST_FOR_SHARE and self.failed / known > share

    def tree(self) -> dict[str, int]:
        """As the API says it."""
        return {
            "totalt": self.whole,
            "vantar": self.waiting,
            "pagar": self.claimed,
            "besvarade": self.answered,
            "misslyckade": self.failed,
            "okantUtfall": self.unknown,
        }


def seconds_left(counts: Counts, per_minute: Mapping[str, int]) -> int:
    """How long the rest takes at least, at the rate of the slowest upstream."""
    left = [
        math.ceil(count * 60 / per_minute[name])
        for (name, state), count in counts.items()
        if state in ("waiting", "claimed") and name in per_minute
    ]
    return max(left, default=0)


def tree(row: Mapping[str, Any], counts: Counts, per_minute: Mapping[str, int]) -> dict[str, Any]:
    """An order's state as the API says it: nothing of it is about a person."""
    progress = Progress.of(counts)
    found: dict[str, Any] = {
        "id": row["id"],
        "tillstand": WORDS[row["state"]],
        "skapad": row["created"],
        "personer": row["persons"],
        "fragor": progress.tree(),
        "utlamnanden": row["asked"],
        "andelKlar": round(progress.settled / progress.whole, 4) if progress.whole else 0.0,
    }
    if row["state"] in (RUNNING, PAUSED):
        found["sekunderKvar"] = seconds_left(counts, per_minute)
    if row["ended"]:
        found["avslutad"] = row["ended"]
    if row["why"]:
        found["skal"] = row["why"]
    return found
