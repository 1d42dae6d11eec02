"""What an adapter is, and how the gateway finds the adapters that there are.

An adapter has four pure methods a role, no I/O. It is a sub-package of `adapters` (or an entry point in the group
`lefi_gateway.adapters`) that has the name `ADAPTER`; either role may be missing in it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.metadata import entry_points
from typing import Any, Literal, Protocol, runtime_checkable

from gateway.contracts.compiled import Compiled, compile_contract
from gateway.contracts.files import ContractRefused
from gateway.contracts.store import Installed, installed
from gateway.errors import GatewayError
from gateway.notes import Note
from gateway.table import Table
from gateway.wire import WireRequest, WireResponse

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message in canonical form, and what was odd about it."""

    tree: Tree = field(repr=False)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a caller put it; `aktor` is whom the caller acts for, where its message says so."""

    fraga: Tree = field(repr=False)
    aktor: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """An address that a face answers at: `{aktor}` in the path is one segment."""

    method: str
    path: str
    noun: Literal["fraga", "behorighet", "kontrakt"]
    max_bytes: int


class Upstream(Protocol):
    """The role in which we ask: question out, answer in."""

    version: str
    protocol: str
    contract: Literal["officiellt", "rekonstruerat"]
    types: frozenset[tuple[str, str]]
    """The (class, information type) pairs that the version can be asked for."""
    states_agencies: bool
    """Whether an answer states how each agency is; where it does not, an agency that is down makes a fault."""

    def render_question(self, fraga: Tree, aktor: str) -> WireRequest:
        """The question as the version writes it."""

    def parse_answer(self, response: WireResponse, today: date) -> Parsed:
        """The answer; raises UpstreamFault or UpstreamInvalidAnswer."""

    def render_entitlement_question(self, aktor: str) -> WireRequest | None:
        """The question what the actor may ask for; None where the version has no such question."""

    def parse_entitlements(self, response: WireResponse, today: date) -> Parsed:
        """What the actor may ask for; raises UpstreamFault or UpstreamInvalidAnswer."""


class Face(Protocol):
    """The role in which we are asked: question in, answer out."""

    version: str
    routes: tuple[Route, ...]
    says: Literal["tackning", "avvikelser", "inget"]
    """By what an answer of this face says why something is empty: coverage, deviations, or nothing at all."""

    def recognises(self, request: WireRequest) -> bool:
        """Whether a message at an address that several versions share is for this one."""

    def contract_file(self, query: str, address: str) -> WireResponse | None:
        """The contract file that a query asks for, saying that the service is at `address`; None for other queries."""

    def parse_question(self, request: WireRequest, aktor: str, today: date) -> Asked:
        """The question; raises a ClientError."""

    def render_answer(self, svar: Tree, blocks: str = "") -> tuple[WireResponse, tuple[Note, ...]]:
        """The answer as the version writes it, and what it could not say; `blocks` are SOAP header blocks to add."""

    def render_entitlements(self, available: Tree) -> WireResponse:
        """What the caller may ask for, as the version writes it."""

    def render_error(self, error: GatewayError, now: datetime) -> WireResponse:
        """The error as the version's contract declares errors."""


@runtime_checkable
class Hearing(Protocol):
    """A face whose answers, errors included, repeat something of the very question that they answer."""

    def hearing(self, request: WireRequest) -> Face:
        """The face for this one question; raises nothing, since what is wrong is said when it is parsed."""


@runtime_checkable
class Naming(Protocol):
    """A face whose messages can name who sends them."""

    def sender(self) -> tuple[str, str] | None:
        """Type and identity of the sender that was heard; None where the message names none or is not taken."""


@runtime_checkable
class Pinging(Protocol):
    """A way of asking that can be tried without a question about anybody."""

    def render_ping(self) -> WireRequest:
        """The ping."""

    def parse_ping(self, response: WireResponse) -> bool:
        """Whether who is behind the service was reached too; raises UpstreamError."""


@runtime_checkable
class Pinged(Protocol):
    """A face that can be tried in that way."""

    def pong(self) -> WireResponse | None:
        """The answer where what was heard is a ping and no question."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """One version: its roles, and its tables by noun for whoever counts or prints them.

    `upstreams` and `faces` make the same roles inside another envelope than the version's own, by the envelope's name
    and from its terms (see gateway.envelopes).
    """

    version: str
    upstream: Upstream | None
    face: Face | None
    tables: dict[str, Table]
    upstreams: Mapping[str, Callable[[Any], Upstream]] = field(default_factory=dict)
    faces: Mapping[str, Callable[[Any], Face]] = field(default_factory=dict)
    contract_files: Callable[[], dict[str, str]] = dict
    """The contract files that are made from the declarations, by name; none where they are not ours to make."""
    installing: Callable[[Compiled], Adapter] | None = None
    """What makes the adapter of a contract whose meaning is this version's."""


@cache
def packages() -> tuple[Any, ...]:
    """Every sub-package of `adapters`, and whatever else the entry points name: where adapters are looked for."""
    modules = [
        importlib.import_module(f"adapters.{info.name}")
        for info in pkgutil.iter_modules(importlib.import_module("adapters").__path__)
        if info.ispkg
    ]
    return (*modules, *(point.load() for point in entry_points(group="lefi_gateway.adapters")))


@cache
def built_in() -> dict[str, Adapter]:
    """Every adapter that comes with a program, by version; two adapters of one version are an error.

    What has `ORDERS` and no `ADAPTER` is asked in another way: see gateway.asynkron.roles.
    """
    found: dict[str, Adapter] = {}
    for module in packages():
        if hasattr(module, "ORDERS") and not hasattr(module, "ADAPTER"):
            continue
        adapter: Adapter = module.ADAPTER
        if adapter.version in found:
            msg = f"two adapters say that they are {adapter.version}"
            raise TypeError(msg)
        found[adapter.version] = adapter
    return found


@cache
def discover() -> dict[str, Adapter]:
    """Every adapter by version, oldest first: an installed contract takes the place of what came with the program.

    Raises ContractRefused for an installed contract that cannot be used.
    """
    found = dict(built_in())
    for one in installed():
        found[one.version] = adapted(one)
    return dict(sorted(found.items(), key=lambda pair: int(pair[0].removeprefix("v"))))


def compiled(one: Installed) -> Compiled:
    """A contract held against the version that it is like; raises ContractRefused."""
    like = neighbour(one)
    protocol = like.upstream.protocol if like.upstream else ""
    return compile_contract(one.version, one.files, one.overlay, like.tables, protocol)


def neighbour(one: Installed) -> Adapter:
    """The version that a contract is like: the one that its overlay names, else its own; raises ContractRefused."""
    found = built_in().get(one.overlay.like or one.version)
    if found is None or found.installing is None:
        known = ", ".join(version for version, each in built_in().items() if each.installing)
        raise ContractRefused(f"expected an overlay in which `like` names one of {known}")
    return found


def adapted(one: Installed) -> Adapter:
    """The adapter of an installed contract; raises ContractRefused."""
    make = neighbour(one).installing
    if make is None:
        raise ContractRefused(f"expected a version that {one.version} can be like")
    return make(compiled(one))
