"""What routing decides about a question: which connections are asked for which of its types, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FallBack = Literal["not_sent", "source_down"]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """One question to one version: its share of the asked types, whom to ask, and what else may be done.

    There is no plan for a consumer that is switched off, or where every connection is: `choose` raises instead.
    """

    types: tuple[Pair, ...]
    """The (class, information type) pairs of this share, in the order of the question."""
    sources: tuple[str, ...]
    """Names of connections, the first is asked; the others only where `fall_back` allows it, in this order."""
    reason: str
    """Why the first is asked, as a code for the ledger; two codes with + between where two rules led here.

    asked: the caller named the version. pin, preferred, canary: a rule's connection. killed, ended, coming: the next
    in a rule's chain, since its first connection is switched off, ended or not released. newest: no rule. only_ended,
    only_coming: whatever is left, since no version that is in use is.
    """
    rule: str = ""
    """The name of the rule that decided; empty where none did."""
    fall_back: frozenset[FallBack] = frozenset()
    """When the next of `sources` may be asked; never, where there is no next."""
    shadow: str | None = None
    """A connection that is asked the same in the background, for comparison; never the first of `sources`."""
