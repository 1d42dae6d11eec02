"""What is written of a question to an agency: the intent before it is sent, the outcome before its answer leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

Pair = tuple[str, str]
Role = Literal["primary", "fallback", "shadow", "comparison"]


@dataclass(frozen=True, slots=True)
class Intent:
    """A question that is about to be sent; `personnummer` (twelve digits) is kept as a keyed hash only."""

    id: str
    """UUID of this one question to the agency; its outcome names it."""
    at: datetime
    correlation_id: str
    """UUID of the consumer's question, which may have led to several to the agency."""
    consumer: str
    actor: str
    purpose: str
    ground: str
    personnummer: str = field(repr=False)
    types: tuple[Pair, ...]
    period: tuple[str, str]
    face: str
    """By which face the consumer asked: v1, v9, v7…"""
    version: str
    upstream: str
    role: Role
    reason: str
    """Why this version: the plan's reason, with the rule's name where one decided."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question that was to be sent."""

    id: str
    """The intent's."""
    at: datetime
    result: str
    """`answered`, or the problem type."""
    sent: bool
    """Whether the question may have reached the agency."""
    types: Mapping[Pair, str] = field(default_factory=dict)
    """The coverage's outcome of each type; empty where there is no answer."""
    instance: str = ""
    """The identity of the problem as the consumer was told it."""
    protected: bool = False
    """Whether the person's identity is protected, or not known not to be."""


class Ledger(Protocol):
    """Where entries are kept; both calls return when the row is durable and raise LedgerUnavailable otherwise."""

    async def intend(self, intent: Intent) -> None:
        """The first row, before anything is sent."""

    async def conclude(self, outcome: Outcome, svar: Mapping[str, Any] | None = None) -> None:
        """The second row, before anything of the answer leaves; the answer too, for whoever keeps it beside the row."""
