"""What routing decides about a question: which connections are asked for which of its types, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FallBack = Literal["not_sent", "source_down"]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """One question to one version: its share of the asked types, whom to ask, and what else may be done."""

    types: tuple[Pair, ...]
    """The (class, information type) pairs of this share, in the order of the question."""
    sources: tuple[str, ...]
    """Names of connections, the first is asked; the others only where `fall_back` allows it, in this order."""
    reason: str
    """Why the first is asked, as a code for the ledger: asked, pin, preferred, canary, newest, killed…"""
    rule: str = ""
    """The name of the rule that decided; empty where none did."""
    fall_back: frozenset[FallBack] = frozenset({"not_sent"})
    shadow: str | None = None
    """A connection that is asked the same in the background, for comparison."""
