"""The XML files of a contract made to stand together: references to one flat folder, one schema of them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from lxml import etree

from gateway.contracts.files import ContractRefused, Files, referred
from gateway.xmlio import Element, Validator, XmlRefused, parse

XS = "http://www.w3.org/2001/XMLSchema"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SCHEMA = f"{{{XS}}}schema"
_REFERENCES = {
    f"{{{XS}}}import": "schemaLocation",
    f"{{{XS}}}include": "schemaLocation",
    f"{{{XS}}}redefine": "schemaLocation",
    f"{{{WSDL}}}import": "location",
}
_MAX_BYTES = 32 * 1024 * 1024


def flattened(files: Files, prefix: str) -> dict[str, Element]:
    """Every XML file by a flat name that begins with the prefix, its references rewritten; raises ContractRefused."""
    named = {name: content for name, content in sorted(files.items()) if name.lower().endswith((".wsdl", ".xsd"))}
    flat = {name: f"{prefix}-{number}{PurePosixPath(name).suffix.lower()}" for number, name in enumerate(named, 1)}
    roots = {name: _root(name, content) for name, content in named.items()}
    places = {root.get("targetNamespace", ""): name for name, root in roots.items() if root.tag == _SCHEMA}
    for name, root in roots.items():
        for node in root.iter(*_REFERENCES):
            attribute = _REFERENCES[str(node.tag)]
            location = node.get(attribute)
            if location is not None:
                node.set(attribute, flat[referred(named, name, location)])
            elif node.get("namespace", "") in places:
                node.set(attribute, flat[places[node.get("namespace", "")]])
    return {flat[name]: root for name, root in roots.items()}


def _root(name: str, content: bytes) -> Element:
    try:
        root = parse(content, _MAX_BYTES)
    except XmlRefused as error:
        raise ContractRefused(f"expected {error.expected} in {name}") from None
    if root.tag not in (_SCHEMA, f"{{{WSDL}}}definitions"):
        raise ContractRefused(f"expected a WSDL 1.1 or an XML schema in {name}")
    return root


def whole_schema(flat: Mapping[str, Element]) -> tuple[bytes, dict[str, bytes]]:
    """One schema that takes in all of a contract's, those inside a WSDL among them, and the files that it refers to."""
    files = {name: etree.tostring(root) for name, root in flat.items() if root.tag == _SCHEMA}
    for name, root in flat.items():
        if root.tag != _SCHEMA:
            inline = [node for node in root.iter(_SCHEMA) if len(node) > len(list(node.iter(*_REFERENCES)))]
            files |= {f"{name}-{number}.xsd": etree.tostring(node) for number, node in enumerate(inline)}
    namespaces: dict[str, list[str]] = {}
    included = set(_included(files))
    for name, content in files.items():
        if name not in included:
            namespaces.setdefault(etree.fromstring(content).get("targetNamespace", ""), []).append(name)
    whole = etree.Element(_SCHEMA, nsmap={"xs": XS})
    for number, (namespace, names) in enumerate(namespaces.items()):
        gathered = f"all-{number}.xsd"  # a namespace is imported once: what has several files is put into one first
        node = etree.Element(_SCHEMA, {"targetNamespace": namespace} if namespace else {}, nsmap={"xs": XS})
        for name in names:
            etree.SubElement(node, f"{{{XS}}}include", schemaLocation=name)
        files[gathered] = etree.tostring(node)
        etree.SubElement(
            whole, f"{{{XS}}}import", {"schemaLocation": gathered} | ({"namespace": namespace} if namespace else {})
        )
    return etree.tostring(whole), files


def _included(files: Mapping[str, bytes]) -> Iterator[str]:
    for content in files.values():
        for node in etree.fromstring(content).iter(f"{{{XS}}}include", f"{{{XS}}}redefine"):
            yield node.get("schemaLocation", "")


class _Within(etree.Resolver):
    """Finds what a schema refers to among the contract's files, and nothing anywhere else."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def resolve(self, url: str | None, _id: str | None, context: Any) -> Any:
        """The file by its last name; an empty one, which no schema takes, for everything else."""
        return self.resolve_string(self._files.get((url or "").rpartition("/")[2], b""), context)


def validator(whole: bytes, files: Mapping[str, bytes]) -> Validator:
    """The schema, compiled; raises ContractRefused."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    parser.resolvers.add(_Within(files))
    try:
        return Validator(etree.fromstring(whole, parser))
    except etree.XMLSchemaParseError as error:
        lines = dict.fromkeys(entry.message for entry in error.error_log)  # about a contract, which holds no person
        raise ContractRefused(f"expected schemas that hold together: {'; '.join(list(lines)[:5])}") from None


_ADDRESS = "{http://schemas.xmlsoap.org/wsdl/soap/}address"


def served(content: bytes, address: str) -> str:
    """A flat file as it is served at an address: it refers to the others there, and says that the service is there."""
    root = etree.fromstring(content)
    for node in root.iter(*_REFERENCES):
        attribute = _REFERENCES[str(node.tag)]
        if node.get(attribute):
            node.set(attribute, f"{address}?xsd={node.get(attribute, '').rpartition('.')[0]}")
    for node in root.iter(_ADDRESS):
        node.set("location", address)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()
