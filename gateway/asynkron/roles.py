"""What an adapter of orders is, and how the gateway finds those that there are.

An order is another conversation than a question: there is an acknowledgement, and answers come later and in parts. So
such an adapter has roles of its own. It is a sub-package of `adapters` (or an entry point in the group
`lefi_gateway.adapters`) that has the name `ORDERS`; it has no `ADAPTER`, so no single question is ever routed to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Protocol

from gateway.errors import GatewayError
from gateway.table import Table
from gateway.versions import Parsed, packages
from gateway.wire import WireRequest, WireResponse

Tree = dict[str, Any]

NDJSON = "application/x-ndjson"
"""A package: one JSON object a line, the head first."""


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the contract: by which service, where, with what body, and which nouns it answers with.

    `path` has one segment for each name in braces.
    """

    name: str
    service: str
    method: str
    path: str
    summary: str
    answers: Mapping[str, tuple[str, str]]
    """By status: what it means, and the noun of the body."""
    body: str = ""
    """The noun of the body; "leverans" is a whole package."""


class OrderUpstream(Protocol):
    """The role in which we order: order out, acknowledgement and packages in."""

    version: str
    protocol: str
    contract: Literal["officiellt", "rekonstruerat"]
    types: frozenset[tuple[str, str]]
    """The (class, information type) pairs that can be ordered."""
    states_agencies: bool
    """Whether an answer states how each agency is."""
    max_rows: int
    """The largest number of questions in one order."""
    delivery_path: str
    """Where packages are sent to at our address."""

    def render_order(self, bestallning: Tree, aktor: str) -> WireRequest:
        """The order as the version writes it; raises Unprocessable for what it cannot carry."""

    def parse_acknowledgement(self, response: WireResponse, today: date) -> Parsed:
        """The acknowledgement; raises UpstreamFault or UpstreamInvalidAnswer."""

    def render_status_question(self, referens: str, bestallnings_id: str, aktor: str) -> WireRequest:
        """The question what has become of an order: by the service's id, by our reference where there is none."""

    def parse_status(self, response: WireResponse, today: date) -> Parsed | None:
        """The status; None when the service says that it has no such order; raises as `parse_acknowledgement`."""

    def render_cancellation(self, bestallnings_id: str, aktor: str) -> WireRequest:
        """The cancellation; it is answered with the status."""

    def render_fetch(self, bestallnings_id: str, leverans_id: str, aktor: str) -> WireRequest:
        """The question for a package."""

    def check_package(self, response: WireResponse, today: date) -> None:
        """Whether the answer's head begins a package; raises UpstreamFault or UpstreamInvalidAnswer."""

    def parse_head(self, line: bytes, today: date) -> Parsed | None:
        """A package's first line; None when it is none."""

    def parse_row(self, line: bytes, today: date) -> Parsed | None:
        """A row of a package; None when it is no JSON object or lacks what a row must have."""

    def render_delivery_receipt(self, leverans_id: str, antal_rader: int) -> WireResponse:
        """The acknowledgement of a package that was sent to us."""


class OrderFace(Protocol):
    """The role in which orders are taken; the twin plays it."""

    version: str
    operations: tuple[Operation, ...]
    max_order_bytes: int

    def parse_order(self, request: WireRequest, today: date) -> Tree:
        """The order, read strictly; raises a ClientError."""

    def render_acknowledgement(self, kvittens: Tree, *, again: bool) -> WireResponse:
        """The acknowledgement; `again` of an order that had been taken already."""

    def render_status(self, status: Tree) -> WireResponse:
        """The status."""

    def render_head(self, leverans: Tree) -> bytes:
        """A package's first line, its end of line included."""

    def render_row(self, rad: Tree) -> bytes:
        """A row of a package, its end of line included."""

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:
        """The error as the contract declares errors."""


@dataclass(frozen=True, slots=True)
class Ordering:
    """One version of ordering: its roles, its tables by noun, and what was assumed of it."""

    version: str
    upstream: OrderUpstream
    face: OrderFace
    tables: dict[str, Table]
    notice: str
    """What a reader of anything about the version is told first; empty where the contract is the agency's own."""
    assumptions: Mapping[str, str]


@cache
def discover() -> dict[str, Ordering]:
    """Every adapter of orders by version; two of one version are an error."""
    found: dict[str, Ordering] = {}
    for module in packages():
        ordering: Ordering | None = getattr(module, "ORDERS", None)
        if ordering is None:
            continue
        if ordering.version in found:
            msg = f"two adapters say that they are {ordering.version}"
            raise TypeError(msg)
        found[ordering.version] = ordering
    return dict(sorted(found.items()))
