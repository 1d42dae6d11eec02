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
    alignments = {noun: align(shapes[noun], shape(table), overlay, used) for noun, table in tables.items()}
    _refuse_idle(overlay, used)
    return Compiled(version, alignments, shapes, spoken)


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
