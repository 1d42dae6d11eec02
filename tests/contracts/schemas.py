"""XSDs as data, and XML documents of them: what a SOAP version's contract file says, read off the file alone.

Nothing in here knows the adapters' tables or the gateway's own XML, so that neither can hide a mistake of the other.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from tests.conftest import ROOT
from tests.contracts.documents import Node
from tests.contracts.generate import by_pattern, impossible_number

NAME = "EXAHamtaFormansinformation"
_ANYTHING = r"[\s\S]*"
XS = "{http://www.w3.org/2001/XMLSchema}"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ROOTS = {
    "fraga": "HamtaFormansinformation",
    "svar": "HamtaFormansinformationResponse",
    "fel": "HamtaFormansinformationFault",
}
_KINDS = {"xs:boolean": "boolean", "xs:integer": "integer", "xs:decimal": "number"}
_FORMATS = {"xs:date": "date", "xs:dateTime": "date-time"}


class Xsd:
    """One version's committed schema file: its roots as nodes, and lxml's validator of it."""

    def __init__(self, version: str) -> None:
        self.file = ROOT / "wsdl" / version / f"{NAME}.xsd"
        self.document = etree.parse(self.file).getroot()
        self.namespace = str(self.document.get("targetNamespace"))
        self._schema = etree.XMLSchema(self.document)
        self._types = {str(one.get("name")): one for one in self.document.findall(f"{XS}complexType")}
        self._nodes: dict[str, Node] = {}

    def node(self, noun: str) -> Node:
        """The type of a noun's root element."""
        for root in self.document.findall(f"{XS}element"):
            if root.get("name") == ROOTS[noun]:
                return self._named(str(root.get("type")))
        raise KeyError(noun)

    def tag(self, noun: str) -> str:
        """The qualified name of a noun's root element."""
        return f"{{{self.namespace}}}{ROOTS[noun]}"

    def is_valid(self, element: Any) -> bool:
        """Whether lxml finds an element to be valid."""
        return bool(self._schema.validate(element))

    def _named(self, name: str) -> Node:
        local = name.removeprefix("tns:")
        if local not in self._nodes:
            made = self._nodes[local] = Node("object")
            self._fill(made, self._types[local])
        return self._nodes[local]

    def _fill(self, made: Node, complex_type: Any) -> None:
        required = set()
        for element in complex_type.find(f"{XS}sequence"):
            inner = self._element(element)
            if element.get("minOccurs") != "0":
                required.add(element.get("name"))
            many = element.get("maxOccurs") == "unbounded"
            made.fields[element.get("name")] = Node("array", items=inner) if many else inner
        made.required = frozenset(required)

    def _element(self, element: Any) -> Node:
        name = element.get("type")
        if name and name.startswith("tns:"):
            return self._named(name)
        if name:
            return _leaf(name)
        anonymous = element.find(f"{XS}complexType")
        if anonymous is not None:
            made = Node("object")
            self._fill(made, anonymous)
            return made
        restriction = element.find(f"{XS}simpleType/{XS}restriction")
        facets = [(facet.tag.removeprefix(XS), facet.get("value")) for facet in restriction]
        made = _leaf(restriction.get("base"))
        made.codes = tuple(value for facet, value in facets if facet == "enumeration")
        bounds = dict(facets)
        made.minimum = float(bounds["minInclusive"]) if "minInclusive" in bounds else None
        made.maximum = float(bounds["maxInclusive"]) if "maxInclusive" in bounds else None
        made.pattern = bounds.get("pattern", "")
        return made


def _leaf(name: str) -> Node:
    return Node(_KINDS.get(name, "string"), format=_FORMATS.get(name, ""))


@cache
def xsd(version: str) -> Xsd:
    """A version's schema file, read once."""
    return Xsd(version)


# ----------------------------------------------------------------------------------------------------------- documents

_TEXTS = (
    *(
        "",
        " ",
        "\t",
        "Sjukpenning",
        "Änka/Änkeman",
        "rad 1\nrad 2\t",
        "a\rb\r\nc",
        "&<>",
        "]]>",
        "<x>&amp;</x>",
        "&#13;",
    ),
    *("👩‍👧 ﷽", "e\u0301", "\u2028\u2029\ufffd", "\U0010ffff", "null", "true", "0", "00", "1e3", "Datum saknas", "{}"),
    *("x" * 5000, "å" * 300, "2024-02-30", "2024-13", "20240531", "٢٠٢٤-05-31", "0001-01-01", "-->", "<?pi?>", "  a  "),
    *("2024-05-31", "2024-05", "2024", "199001019802", "9001019802", "SJP", "SEK", "A"),
)
_INTEGERS = ("0", "1", "-1", "7", "1001", "2147483648", "-9223372036854775808", "18446744073709551616", "9" * 24)
_NUMBERS = (
    "0",
    "0.0",
    "-0.5",
    "100.50",
    "0.10",
    "-1043.00",
    "33",
    "-0.00",
    "1000000",
    "0.0000001",
    "79228162514264337.12",
)
_SHARES = ("0", "1", "0.5", "0.75", "0.3333", "1.0", "0.10", "0.000")


@dataclass(slots=True)
class Wild:
    """Writes documents of a schema; `density` is how likely an optional element is there."""

    rng: random.Random
    density: float

    def document(self, schema: Xsd, noun: str) -> str:
        """An element of a noun, without an envelope, with the namespace as a default or with a prefix."""
        prefix = self.rng.choice(("", "", "n:", "ns-1.x:"))
        parts: list[str] = []
        self._fields(schema.node(noun), prefix, parts)
        name = prefix + ROOTS[noun]
        declared = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
        return f'<{name} {declared}="{schema.namespace}">{"".join(parts)}</{name}>'

    def _fields(self, node: Node, prefix: str, parts: list[str]) -> None:
        for name, inner in node.fields.items():
            if name not in node.required and self.rng.random() >= self.density:
                continue
            if inner.kind != "array":
                self._element(name, inner, prefix, parts)
            elif inner.item.codes:  # a list of codes is the question's, and names nothing twice
                codes = self.rng.sample(inner.item.codes, self.rng.randint(1, len(inner.item.codes)))
                parts += [f"<{prefix}{name}>{code}</{prefix}{name}>" for code in codes]
            else:
                for _ in range(self.rng.choice((1, 1, 1, 2) if self.density > 0.9 else (1, 1, 2, 3))):
                    self._element(name, inner.item, prefix, parts)

    def _element(self, name: str, node: Node, prefix: str, parts: list[str]) -> None:
        parts.append(f"<{prefix}{name}>")
        self._content(node, prefix, parts)
        parts.append(f"</{prefix}{name}>")

    def _content(self, node: Node, prefix: str, parts: list[str]) -> None:
        if node.kind == "object":
            parts.append(self.rng.choice(("", "", "", "\n  ", "<!-- åäö -->", "<?x y?>")))
            self._fields(node, prefix, parts)
        else:
            parts.append(written(self.scalar(node), self.rng))

    def scalar(self, node: Node) -> str:  # noqa: PLR0911  one for each kind
        """A leaf's text."""
        rng = self.rng
        if node.codes:
            return str(rng.choice(node.codes))
        match node.kind:
            case "boolean":
                return rng.choice(("true", "false"))
            case "integer":
                return rng.choice(_INTEGERS) if rng.random() < 0.2 else str(rng.randrange(-10, 5000))
            case "number" if node.maximum is not None:
                return rng.choice(_SHARES)
            case "number":
                return (
                    rng.choice(_NUMBERS) if rng.random() < 0.5 else f"{rng.randrange(10**6)}.{rng.randrange(100):02d}"
                )
        if node.pattern:
            return by_pattern(f"^(?:{node.pattern.replace(_ANYTHING, '[a-zåäö /]{0,9}')})$", rng)
        day = f"{rng.randrange(1900, 2100)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        if node.format:
            return day if node.format == "date" else f"{day}T12:00:00.5+02:00"
        roll = rng.random()
        if roll < 0.3:
            return day[: rng.choice((10, 10, 7, 4))]
        return impossible_number(rng, short=rng.random() < 0.4) if roll < 0.4 else rng.choice(_TEXTS)


def written(text: str, rng: random.Random) -> str:
    """A text as content, in one of the ways in which XML can write it."""
    roll = rng.random()
    if roll < 0.1 and "]]>" not in text and "\r" not in text:
        return f"<![CDATA[{text}]]>"
    if roll < 0.2:
        return "".join(f"&#{ord(sign)};" if rng.random() < 0.3 or sign in "&<>\r" else sign for sign in text)
    if roll < 0.25 and len(text) > 1 and "\r" not in text and not set(text) & set("&<>"):
        return f"{text[:1]}<!-- between -->{text[1:]}"
    return escape(text, {"\r": "&#13;"})


def in_envelope(element: str) -> bytes:
    """An element as the one child of a body."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}<s:Envelope xmlns:s="{SOAP}"><s:Body>{element}</s:Body></s:Envelope>'.encode()


def from_envelope(body: bytes) -> Any:
    """The one child of the body of a message, read by lxml without comments and processing instructions."""
    root = etree.fromstring(body, etree.XMLParser(remove_comments=True, remove_pis=True))
    (inner,) = root.findall(f"{{{SOAP}}}Body")
    (child,) = inner
    return child


def infoset(element: Any, node: Node, namespace: str) -> Any:
    """An element as a value: a list for what may repeat, a record that holds nothing left out, texts as they stand."""
    if node.kind != "object":
        assert len(element) == 0
        return element.text or ""
    out: dict[str, Any] = {}
    for child in element:
        assert child.tag.startswith(f"{{{namespace}}}")
        name = child.tag.rpartition("}")[2]
        inner = node.fields[name]
        if inner.kind == "array":
            out.setdefault(name, []).append(infoset(child, inner.item, namespace))
        else:
            assert name not in out
            found = infoset(child, inner, namespace)
            if found != {}:
                out[name] = found
    return out


def plain(node: Node) -> dict[str, Any]:
    """A wire tree with every leaf once, each with a value of its own that means what its type and name say."""
    made = 0

    def value(name: str, node: Node) -> Any:
        nonlocal made
        if node.kind == "object":
            return {inner: value(inner, below) for inner, below in node.fields.items()}
        if node.kind == "array":
            return [value(name, node.item)]
        made += 1
        return _plain_leaf(name, node, made)

    found: dict[str, Any] = value("", node)
    return found


def _plain_leaf(name: str, node: Node, number: int) -> Any:
    if node.codes:
        return node.codes[number % len(node.codes)]
    day = f"{1950 + number % 99}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    if name == "personnummer" or "{12}" in node.pattern:
        return f"1950{20 + number % 79}{number % 91 + 1:02d}{number % 10**4:04d}"
    if node.pattern.startswith("[0-9]{4}"):
        return day[:7] if "}-" in node.pattern else day[:4]
    by_kind: dict[str, Callable[[], Any]] = {
        "boolean": lambda: number % 2 == 0,
        "integer": lambda: 1000 + number,
        "number": lambda: Decimal(f"0.{number:05d}" if node.maximum is not None else f"{1000 + number}.50"),
        "string": lambda: f"{day}T12:00:00Z" if node.format == "date-time" else day,
    }
    return by_kind[node.kind]()
