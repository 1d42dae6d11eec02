"""A SOAP contract read by zeep: the operation that asks, and the structure of its question, answer and fault.

zeep gives names, order and numbers of elements; of the values' facets it keeps none, so code lists are read off the
schemas beside it. What an attribute or a wildcard may hold is not read, and is said not to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from gateway.contracts import schemas
from gateway.contracts.files import ContractRefused, Files
from gateway.shape import Child, Schema, Shape
from gateway.xmlio import Element, Validator

_BASE = "file:///kontrakt/"
_MAX_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Root:
    """The element of one message."""

    namespace: str
    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class SoapContract:
    """What a SOAP contract says: its messages by noun, its files by flat name, its schema."""

    operation: str
    action: str
    roots: Mapping[str, Root]
    files: Mapping[str, bytes]
    wsdl: str
    validator: Validator
    unread: tuple[str, ...]
    """Attributes and wildcards: what the structure has no word for."""


def read_soap(files: Files, prefix: str, wanted: str | None) -> SoapContract:
    """The contract in a set of files, its operation `wanted` where it has several; raises ContractRefused."""
    flat = schemas.flattened(files, prefix)
    whole, apart = schemas.whole_schema(flat)
    compiled = schemas.validator(whole, apart)
    served = {name: etree.tostring(root, xml_declaration=True, encoding="UTF-8") for name, root in flat.items()}
    main = _main(flat)
    operation = _operation(_loaded(main, served), wanted)
    structure = _Structure([etree.fromstring(content) for content in apart.values()])
    elements = {
        "fraga": operation.input.body,
        "svar": operation.output.body,
        "fel": next((_part(message) for message in operation.abstract.fault_messages.values()), None),
    }
    elements["fel"] = _global(operation, elements["fel"])
    for noun, element in elements.items():
        if element is None:
            raise ContractRefused(f"expected an operation in document/literal with a {_ROLES[noun]}")
    roots = {
        noun: Root(element.qname.namespace or "", element.qname.localname, structure.record(element.type))
        for noun, element in elements.items()
    }
    return SoapContract(
        operation.name, operation.soapaction or "", roots, served, main, compiled, tuple(structure.unread)
    )


_ROLES = {"fraga": "question", "svar": "answer", "fel": "fault"}


def _main(flat: Mapping[str, Element]) -> str:
    imported = {node.get("location") for root in flat.values() for node in root.iter(f"{{{schemas.WSDL}}}import")}
    found = [name for name in flat if name.endswith(".wsdl") and name not in imported]
    if len(found) != 1:
        raise ContractRefused("expected one WSDL in the contract, and the files that it takes in")
    return found[0]


def _loaded(main: str, files: Mapping[str, bytes]) -> Any:
    from zeep.exceptions import Error  # noqa: PLC0415  zeep takes a third of a second, and few commands need it
    from zeep.transports import Transport  # noqa: PLC0415
    from zeep.wsdl import Document  # noqa: PLC0415

    class Within(Transport):
        def load(self, url: str) -> bytes:
            return files[url.removeprefix(_BASE)]

    try:
        return Document(_BASE + main, Within())  # type: ignore[no-untyped-call,arg-type]  # zeep has few types, some wrong
    except (Error, KeyError, ValueError, TypeError, AttributeError, IndexError) as error:
        raise ContractRefused(f"expected a WSDL that zeep can read ({type(error).__name__})") from None


def _operation(document: Any, wanted: str | None) -> Any:
    """The operation of a SOAP 1.1 binding that has the wanted name, or that is alone."""
    found: dict[str, Any] = {}
    for binding in document.bindings.values():
        for name, operation in getattr(binding, "_operations", {}).items():
            if operation.style == "document":
                found.setdefault(name, operation)
    if wanted is not None and wanted in found:
        return found[wanted]
    if wanted is None and len(found) == 1:
        return next(iter(found.values()))
    raise ContractRefused(f"expected the overlay to name the operation that asks; there are {', '.join(found)}")


def _part(message: Any) -> Any:
    return next((part.element for part in message.parts.values()), None)


def _global(operation: Any, element: Any) -> Any:
    """The element that a message's part names; a fault's is left unresolved by zeep."""
    if element is None or not isinstance(getattr(element, "qname", element), etree.QName) or hasattr(element, "type"):
        return element
    return operation.binding.wsdl.types.get_element(getattr(element, "qname", element))


class _Structure:
    """Records made of zeep's types; a type that stands in many places is described once."""

    def __init__(self, sources: list[Element]) -> None:
        self._made: dict[int, Shape] = {}
        self._sources = sources
        self.unread: dict[str, None] = {}

    def record(self, kind: Any, depth: int = 0) -> Shape:
        """The structure of a complex type."""
        if id(kind) in self._made:
            return self._made[id(kind)]
        if depth > _MAX_DEPTH:
            raise ContractRefused("expected a contract of fewer levels")
        name = str(getattr(kind, "name", None) or "")
        made = self._made[id(kind)] = Shape(name, "")
        for attribute, _ in getattr(kind, "attributes", ()):
            self.unread[f"{name}/@{attribute}"] = None
        for _, element in _elements(kind, self.unread, name):
            made.children[element.qname.localname] = self._child(element, name, depth)
        return made

    def _child(self, element: Any, within: str, depth: int) -> Child:
        kind = element.type
        holds = list(_elements(kind, {}, ""))
        return Child(
            name=element.qname.localname,
            many=element.max_occurs == "unbounded" or int(element.max_occurs) > 1,
            required=int(element.min_occurs) > 0,
            namespace=element.qname.namespace or "",
            leaf={} if holds else self._leaf(kind, within, element.qname.localname),
            record=self.record(kind, depth + 1) if holds else None,
        )

    def _leaf(self, kind: Any, within: str, name: str) -> Schema:
        from zeep.xsd.types import builtins  # noqa: PLC0415

        found: Schema = {"type": "string"}
        for type_, json_type in (
            (builtins.Boolean, "boolean"),
            (builtins.Integer, "integer"),
            ((builtins.Decimal, builtins.Float, builtins.Double), "number"),
        ):
            if isinstance(kind, type_):
                found = {"type": json_type}
                break
        codes = self._codes(str(getattr(kind, "name", "")), within, name)
        return found | ({"enum": codes} if codes else {})

    def _codes(self, kind: str, within: str, name: str) -> list[str]:
        """The codes of a named simple type, or of one that stands in its element."""
        for source in self._sources:
            places = source.xpath(
                "//xs:simpleType[@name=$kind] | //xs:complexType[@name=$within]//xs:element[@name=$name]/xs:simpleType",
                namespaces={"xs": schemas.XS},
                kind=kind,
                within=within,
                name=name,
            )
            for place in places:
                return [str(node.get("value")) for node in place.iter(f"{{{schemas.XS}}}enumeration")]
        return []


def _elements(kind: Any, unread: dict[str, None], name: str) -> Iterator[tuple[str, Any]]:
    """The elements of a complex type in their order; a type of text alone has none."""
    pairs: Iterable[tuple[str, Any]] = getattr(kind, "elements", ())
    for label, element in pairs:
        if getattr(element, "qname", None) is None or label == "_value_1":
            if type(element).__name__ == "Any":
                unread[f"{name}/*"] = None
            continue
        yield label, element
