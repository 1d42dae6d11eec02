"""What can be shared: how its text is read, and what it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, Literal

from gateway.comparison.rules import NONE
from gateway.comparison.rules import Rules as AcceptanceRules
from gateway.comparison.rules import read as read_acceptance
from gateway.routing.rules import Rules as RoutingRules
from gateway.routing.rules import read as read_routing
from gateway.watched import Read, T

KindName = Literal["routing", "rules"]


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One thing that is shared."""

    name: KindName
    """In the database, in `[shared]` and in metrics."""
    logged: str
    """What its events in the log begin with, as they do for a file, and its snapshot's name."""
    command: str
    """What publishes it."""
    read: Read[T]
    without: T
    """What holds before anything was read."""


def routing(versions: Mapping[str, str]) -> Kind[RoutingRules]:
    """Routing, for a gateway with these connections and the version that each speaks."""
    read = partial(read_routing, versions=dict(versions))
    return Kind("routing", "routing", "lefi routes publish", read, RoutingRules())


def acceptance() -> Kind[AcceptanceRules]:
    """The rules that accept differences."""
    return Kind("rules", "comparison-rules", "lefi rules publish", read_acceptance, NONE)
