"""A circuit breaker: after some failed connections in a row, the upstream is left alone for a while.

Why not the `circuitbreaker` library: when its pause is over it lets every waiting question through at once instead of
one; a question that its caller cancelled counts as a success and closes it; and it keeps the last exception, whose
frames hold the question. There is no clock here: the caller says what time it is, in monotonic seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(slots=True)
class Breaker:
    """Closed; open for `pause_seconds` after `failures` failed connections in a row; then half open: one may try."""

    failures: int = 3
    pause_seconds: float = 10.0
    _failed: int = field(default=0, init=False)
    _open_until: float = field(default=-math.inf, init=False)
    _probing: bool = field(default=False, init=False)

    def refuse(self, now: float) -> int | None:
        """Say how many whole seconds to stay away, or None: go, and then tell `reached`, `failed` or `unknown`."""
        if self._failed < self.failures:
            return None
        if now < self._open_until:
            return max(1, math.ceil(self._open_until - now))
        if self._probing:
            return 1
        self._probing = True
        return None

    def reached(self) -> None:
        """Note that the upstream was reached, whatever it answered."""
        self._failed = 0
        self._probing = False

    def failed(self, now: float) -> None:
        """Note that the upstream could not be reached."""
        self._failed += 1
        self._open_until = now + self.pause_seconds
        self._probing = False

    def unknown(self) -> None:
        """Note that the caller gave up before it was clear whether the upstream can be reached."""
        self._probing = False
