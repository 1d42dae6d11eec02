"""XML as bytes: read within limits and without ever reaching for anything else, written with what XML can carry.

Rule 1: no document type, no entity, no external reference: a message that has a document type is refused.
Rule 2: comments and processing instructions are taken out before anything reads a value, so none can split one.
Rule 3: a parser is made for every message: a shared one locks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

Element = etree._Element  # noqa: SLF001  lxml publishes the class under no other name

_MAX_OPENINGS = 400_000
_MAX_QUOTES = 200_000
_MAX_NAMESPACES = 500
_XMLNS = tuple("xmlns".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_ENCODINGS = frozenset({b"utf-8", b"utf-16", b"us-ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252"})
_ENCODING = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?<\?xml\s[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_UTF_32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<")
_MAX_DEPARTURES = 100
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\r]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


@dataclass(frozen=True, slots=True)
class XmlRefused(Exception):
    """Bytes that are no XML that is read here; `expected` names what was, never what came."""

    expected: str


def parse(body: bytes, max_bytes: int) -> Element:
    """The root element of a message; raises XmlRefused.

    Bounded by `max_bytes`, by libxml2's own limits (depth 256, 10 MB of text in one node), and by numbers of elements,
    attributes and namespace declarations that no message of ours comes near. What would take memory is counted in
    the bytes, before there is a tree of it; so only encodings are read in which those signs are what they look like.
    """
    _check_size(body, max_bytes)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise XmlRefused("well-formed XML") from None  # the parser's own text repeats the message's
    if root.getroottree().docinfo.doctype:
        raise XmlRefused("no document type")
    return root


def _check_size(body: bytes, max_bytes: int) -> None:
    if len(body) > max_bytes:
        raise XmlRefused(f"at most {max_bytes} bytes")
    declared = _ENCODING.match(body[: body.find(b">")].replace(b"\0", b""))
    if body.startswith(_UTF_32) or (declared and declared[1].lower() not in _ENCODINGS):
        raise XmlRefused("UTF-8, UTF-16 or a common encoding of one byte a sign")
    spellings = _XMLNS if b"\0" in body else _XMLNS[:1]  # without a zero byte it is not UTF-16
    if sum(body.count(xmlns) for xmlns in spellings) > _MAX_NAMESPACES:
        raise XmlRefused(f"at most {_MAX_NAMESPACES} namespace declarations")
    if len(body) <= _MAX_QUOTES:  # fewer bytes than it may have of either
        return
    if body.count(b'"') + body.count(b"'") > _MAX_QUOTES:
        raise XmlRefused(f"at most {_MAX_QUOTES // 2} attributes")
    if body.count(b"<") > _MAX_OPENINGS:
        raise XmlRefused(f"at most {_MAX_OPENINGS} tags")


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def can_carry(text: str) -> bool:
    """Whether XML 1.0 has a way to write every character of the text."""
    return _NOT_XML.search(text) is None


def escape(text: str) -> str:
    """The text as element content; a carriage return stays one."""
    return _SPECIAL.sub(lambda found: _ENTITIES[found[0]], text) if _SPECIAL.search(text) else text


class Validator:
    """An XSD, compiled; what it finds wrong is named by place, since its own texts repeat what it found there."""

    def __init__(self, xsd: str | Element) -> None:
        self._schema = etree.XMLSchema(etree.fromstring(xsd.encode()) if isinstance(xsd, str) else xsd)

    def departures(self, element: Element) -> tuple[str, ...]:
        """Where an element departs from the schema, as XPath; nothing where it does not."""
        if self._schema.validate(element):
            return ()
        found = dict.fromkeys(error.path or "/" for error in self._schema.error_log)
        return tuple(found)[:_MAX_DEPARTURES]

    def accepts(self, text: str) -> bool:
        """Whether the text is an element that the schema takes."""
        return bool(self._schema.validate(etree.fromstring(text.encode())))
