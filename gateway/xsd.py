"""Contract files rendered from tables: an XSD of a version's messages and the WSDL that goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from gateway.shape import Child, Schema, Shape

_TYPES = {"boolean": "xs:boolean", "integer": "xs:integer", "number": "xs:decimal", "string": "xs:string"}
_FORMATS = {"date": "xs:date", "date-time": "xs:dateTime"}


@dataclass(frozen=True, slots=True)
class Service:
    """What a WSDL says beside its messages."""

    name: str
    operation: str
    namespace: str
    documentation: str


def schema(service: Service, roots: dict[str, Shape]) -> str:
    """An XSD in which every root is an element of a type of its own, qualified, one complex type for each record."""
    types: dict[str, Shape] = {}
    for record in roots.values():
        _collect(record, types)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"',
        f"    xmlns:tns={quoteattr(service.namespace)} targetNamespace={quoteattr(service.namespace)}>",
        *_documentation(service.documentation, 1),
    ]
    lines += [f'  <xs:element name="{name}" type="tns:{record.name}"/>' for name, record in roots.items()]
    for name, record in sorted(types.items()):
        lines.append(f'  <xs:complexType name="{name}">')
        lines += _content(record, 2)
        lines.append("  </xs:complexType>")
    return "\n".join([*lines, "</xs:schema>", ""])


def _collect(record: Shape, types: dict[str, Shape]) -> None:
    if record.name:
        if record.name in types:
            return
        types[record.name] = record
    for child in record.children.values():
        if child.record:
            _collect(child.record, types)


def _content(record: Shape, depth: int) -> list[str]:
    pad = "  " * depth
    lines = _documentation(record.text, depth)
    lines.append(f"{pad}<xs:sequence>")
    for child in record.children.values():
        lines += _element(child, depth + 1)
    return [*lines, f"{pad}</xs:sequence>"]


def _element(child: Child, depth: int) -> list[str]:
    pad = "  " * depth
    least = "" if child.required else ' minOccurs="0"'
    most = ' maxOccurs="unbounded"' if child.many and not child.single else ""
    head = f'{pad}<xs:element name="{child.name}"{{type}}{least}{most}'
    text = _documentation(child.text, depth + 1)
    if child.record and child.record.name:
        inner, kind = text, f' type="tns:{child.record.name}"'
    elif child.record:
        inner, kind = [f"{pad}  <xs:complexType>", *_content(child.record, depth + 2), f"{pad}  </xs:complexType>"], ""
    else:
        simple, kind = _simple(child.leaf, depth + 1)
        inner = [*text, *simple]
    opening = head.format(type=kind)
    return [f"{opening}>", *inner, f"{pad}</xs:element>"] if inner else [f"{opening}/>"]


def _simple(found: Schema, depth: int) -> tuple[list[str], str]:
    """The simple type of a leaf: its restriction where it has one, else the attribute that names a built-in type."""
    base = _FORMATS.get(found.get("format", ""), _TYPES[found["type"]])
    facets = [f"<xs:enumeration value={quoteattr(str(code))}/>" for code in found.get("enum", ())]
    facets += [f'<xs:{facet} value="{found[key]}"/>' for key, facet in _FACETS.items() if key in found]
    if "pattern" in found:
        facets.append(f"<xs:pattern value={quoteattr(_whole(found['pattern']))}/>")
    if not facets:
        return [], f' type="{base}"'
    pad = "  " * depth
    inner = [f"{pad}    {facet}" for facet in facets]
    opening, closing = f'{pad}  <xs:restriction base="{base}">', f"{pad}  </xs:restriction>"
    return [f"{pad}<xs:simpleType>", opening, *inner, closing, f"{pad}</xs:simpleType>"], ""


_ANYTHING = r"[\s\S]*"


def _whole(pattern: str) -> str:
    """A pattern that is searched for, as JSON Schema does, as one that has to match the whole, as XSD does."""
    alternatives, depth = [""], 0
    for sign in pattern:
        depth += (sign in "([") - (sign in ")]")
        if sign == "|" and depth == 0:
            alternatives.append("")
        else:
            alternatives[-1] += sign
    return "|".join(
        (one[1:] if one.startswith("^") else _ANYTHING + one).removesuffix("$")
        + ("" if one.endswith("$") else _ANYTHING)
        for one in alternatives
    )


_FACETS = {"minimum": "minInclusive", "maximum": "maxInclusive"}


def _documentation(text: str, depth: int) -> list[str]:
    if not text:
        return []
    pad = "  " * depth
    return [f"{pad}<xs:annotation><xs:documentation>{escape(text)}</xs:documentation></xs:annotation>"]


_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
ADDRESS = "http://localhost/ws"
"""The address that the files state until somebody serves them at another."""


def wsdl(service: Service, messages: tuple[str, str, str]) -> str:
    """A WSDL 1.1 of one operation: SOAP 1.1 over HTTP, document/literal, soapAction empty, one declared fault.

    `messages` are the root elements of the question, the answer and the fault, of the XSD beside it.
    """
    question, answer, error = messages
    name, operation = service.name, service.operation
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<wsdl:definitions name="{name}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"',
        f'    xmlns:soap="{_SOAP}" xmlns:xs="http://www.w3.org/2001/XMLSchema"',
        f"    xmlns:tns={quoteattr(service.namespace)} targetNamespace={quoteattr(service.namespace)}>",
        f"  <wsdl:documentation>{escape(service.documentation)}</wsdl:documentation>",
        "  <wsdl:types>",
        f'    <xs:schema><xs:import namespace={quoteattr(service.namespace)} schemaLocation="{name}.xsd"/></xs:schema>',
        "  </wsdl:types>",
    ]
    for message in messages:
        part = f'<wsdl:part name="parameters" element="tns:{message}"/>'
        lines.append(f'  <wsdl:message name="{message}">{part}</wsdl:message>')
    lines += [
        f'  <wsdl:portType name="{name}Interface">',
        f'    <wsdl:operation name="{operation}">',
        f'      <wsdl:input message="tns:{question}"/>',
        f'      <wsdl:output message="tns:{answer}"/>',
        f'      <wsdl:fault name="{error}" message="tns:{error}"/>',
        "    </wsdl:operation>",
        "  </wsdl:portType>",
        f'  <wsdl:binding name="{name}Binding" type="tns:{name}Interface">',
        '    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>',
        f'    <wsdl:operation name="{operation}">',
        '      <soap:operation soapAction=""/>',
        '      <wsdl:input><soap:body use="literal"/></wsdl:input>',
        '      <wsdl:output><soap:body use="literal"/></wsdl:output>',
        f'      <wsdl:fault name="{error}"><soap:fault name="{error}" use="literal"/></wsdl:fault>',
        "    </wsdl:operation>",
        "  </wsdl:binding>",
        f'  <wsdl:service name="{name}Service">',
        f'    <wsdl:port name="{name}Port" binding="tns:{name}Binding">',
        f'      <soap:address location="{ADDRESS}"/>',
        "    </wsdl:port>",
        "  </wsdl:service>",
        "</wsdl:definitions>",
        "",
    ]
    return "\n".join(lines)
