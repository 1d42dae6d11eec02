"""A contract and an overlay held against the version whose meaning they have: what is mapped, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gateway.contracts.align import Alignment, align
from gateway.contracts.carry import Carriers
from gateway.contracts.files import ContractRefused, Files
from gateway.contracts.overlay import Overlay
from gateway.contracts.rest import read_rest
from gateway.contracts.soap import Root, SoapContract, read_soap
from gateway.shape import Shape, shape
from gateway.table import Table

_MAX_LEVELS = 60
_MAX_PLACES = 20_000
"""Twenty times what the largest message of ours has."""


@dataclass(frozen=True)
class Compiled:
    """A contract that can be used, for one version."""

    version: str
    alignments: Mapping[str, Alignment]
    shapes: Mapping[str, Shape]
    """Their messages by noun."""
    spoken: SoapContract | None
    """What only a SOAP contract says."""

    @property
    def soap(self) -> SoapContract:
        """The SOAP contract; raises ContractRefused for another."""
        if self.spoken is None:
            raise ContractRefused(f"expected a WSDL for {self.version}, since the version that it is like speaks SOAP")
        return self.spoken

    def message(self, noun: str) -> Root:
        """The root element of a message."""
        return self.soap.roots[noun]

    @cached_property
    def carriers(self) -> Carriers:
        """How its messages are carried to ours and back."""
        return Carriers(self.alignments)


def compile_contract(
    version: str, files: Files, overlay: Overlay, tables: Mapping[str, Table], protocol: str
) -> Compiled:
    """Reads the contract and lays it beside the tables of the version that it is like; raises ContractRefused."""
    spoken: SoapContract | None = None
    if protocol == "SOAP":
        spoken = read_soap(files, version, overlay.operation)
        shapes: Mapping[str, Shape] = {noun: root.shape for noun, root in spoken.roots.items()}
    else:
        shapes = read_rest(files)
    used: set[str] = set()
    missing = sorted(tables.keys() - shapes.keys())
    if missing:
        raise ContractRefused(f"expected messages for {', '.join(missing)} in the contract")
    sizes: dict[int, tuple[int, int]] = {}
    for one in shapes.values():
        _measured(one, sizes, ())
    alignments = {noun: align(shapes[noun], shape(table), overlay, used) for noun, table in tables.items()}
    _refuse_idle(overlay, used)
    return Compiled(version, alignments, shapes, spoken)


def _measured(record: Shape, known: dict[int, tuple[int, int]], above: tuple[int, ...]) -> tuple[int, int]:
    """Levels and places of a record, each type looked at once, so that whoever walks the paths ends.

    Raises ContractRefused.
    """
    if id(record) in above:
        raise ContractRefused("expected a contract whose records do not hold themselves")
    if id(record) not in known:
        levels, places = 0, 0
        for child in record.children.values():
            inner = _measured(child.record, known, (*above, id(record))) if child.record else (0, 0)
            levels, places = max(levels, inner[0] + 1), places + inner[1] + 1
        if levels > _MAX_LEVELS or places > _MAX_PLACES:
            raise ContractRefused(f"expected messages of at most {_MAX_PLACES} places, {_MAX_LEVELS} levels deep")
        known[id(record)] = levels, places
    return known[id(record)]


def _refuse_idle(overlay: Overlay, used: set[str]) -> None:
    """A line that hits nothing is a mistake of whoever wrote it, or about another contract."""
    said = {
        f"{section}.{key}"
        for section, keys in (
            ("names", overlay.names),
            ("places", overlay.places),
            ("codes", overlay.codes),
            ("ignored", overlay.ignored),
        )
        for key in keys
    }
    if idle := sorted(said - used):
        raise ContractRefused(f"overlay: {', '.join(idle)}: expected a field of the contract")
