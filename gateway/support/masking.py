"""Bodies with every value masked: names of elements and keys stay, and of the values only codes of published lists.

Rule 1  What stays is on a list; everything else becomes a mark that says its kind and, roughly, its length.
Rule 2  What is no JSON and no XML that is read here, a document that was cut among it, becomes one mark.
Rule 3  What a value holds in base64 is opened and masked the same way: SSBTEK carries its questions and answers so.
Rule 4  Secrets are masked also where the values are wanted.
"""

from __future__ import annotations

import base64
import json
import re
from decimal import Decimal
from typing import Any

from lxml import etree

from gateway.jsonio import decode, encode
from gateway.ssek import CODES as SSEK_CODES
from gateway.support.headers import HIDDEN
from gateway.support.record import LONGEST_BODY
from gateway.xmlio import Element, XmlRefused, local_name, parse
from schemas.koder import INFORMATIONSTYPSKODER, KLASSER

_CODES = frozenset({
    *INFORMATIONSTYPSKODER,
    *(code.partition(":")[2] for code in INFORMATIONSTYPSKODER),
    *KLASSER,
    *("FK", "PM", "OK", "FELANDE", "OTILLGANGLIG", "INTERNT_FEL", "OBEHORIG", "SSBT", "BT"),
    *("Client", "Server", "VersionMismatch", "MustUnderstand"),
    *SSEK_CODES,
})  # fmt: skip
_QUALIFIED = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,15}:([A-Za-z]+)")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SHAPES = {
    "felkod": re.compile(r"[A-Z]{1,8}[_-]?[0-9]{1,5}|[345][0-9]{2}"),
    "version": re.compile(r"v?[0-9]{1,2}(\.[0-9]{1,2}){0,2}"),
    "korrelationsid": _UUID,
    "TxId": _UUID,
    "mustUnderstand": re.compile("[01]"),
    "inkludera": re.compile("true|false|[01]"),
    "Type": re.compile("APP|CN|DN|ORGNR"),
}
"""What stays besides codes, by the name that it stands under: what says which call it was, and how it was put."""

_NAME = re.compile(r"[A-Za-zÅÄÖåäö_@$][A-Za-zÅÄÖåäö0-9_.:-]{0,80}")
_MOST_DIGITS = 4
_NAMESPACE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]{1,200}")
_SECRET_NAME = re.compile(r"passw|losenord|lösenord|secret|api_?-?key", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.Z+-]+")
_DIGITS = re.compile(r"[0-9]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{16,}={0,2}")
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,40}")
_NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{2})?[0-9]{2}([0-9]{2})([0-9]{2})[-+\u2010-\u2015\u2212]?[0-9]{4}(?![0-9])")
_LENGTHS = ((10, "1-9"), (30, "10-29"), (100, "30-99"), (1000, "100-999"))
_PERSONAL_NUMBER_LENGTHS = (10, 12)
_MONTHS, _DAYS, _SAMORDNING = 12, 31, 60
_MOST_NESTED = 2


def body(content: bytes, media_type: str, *, masked: bool) -> str:
    """A body as text: with its values masked, or as it is but for secrets in it."""
    walk = _Walk(masked=masked)
    try:
        found = walk.document(content)
    except RecursionError:  # a message made to be deep
        found = None
    if masked:
        return _unread(content, media_type) if found is None else found
    return found if found is not None and walk.secrets else content.decode("utf-8", "backslashreplace")


def line(text: str) -> str:
    """A line about a call, an address or a header's value: what looks like a personnummer in it is masked."""
    return _NUMBER.sub(lambda hit: "[digits]" if _possible(int(hit[1]), int(hit[2])) else hit[0], text)


def _possible(month: int, day: int) -> bool:
    return 1 <= month <= _MONTHS and (1 <= day <= _DAYS or 1 <= day - _SAMORDNING <= _DAYS)


def mark(text: str) -> str:
    """The mark of a text's kind and length."""
    if _DATE.fullmatch(text):
        return "[date]"
    if _TIME.fullmatch(text):
        return "[time]"
    length = next((words for bound, words in _LENGTHS if len(text) < bound), "1000 or more")
    if _DIGITS.fullmatch(text):
        return f"[{len(text) if len(text) in _PERSONAL_NUMBER_LENGTHS else length} digits]"
    return f"[text, {length}]"


def _unread(content: bytes, media_type: str) -> str:
    if not content:
        return ""
    kind = media_type if _MEDIA_TYPE.fullmatch(media_type) else "no media type"
    return f"[{line(kind)}, {len(content)} bytes that are neither JSON nor XML as they stand]"


def _mark_of(value: Any) -> Any:
    """The mark of what is no text in JSON."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "[true or false]"
    return "[number with decimals]" if isinstance(value, Decimal) else "[number]"


class _Walk:
    """One body, written anew; `secrets` says whether there was one in it."""

    def __init__(self, *, masked: bool, nested: int = 0) -> None:
        self._masked, self._nested, self.secrets, self._names = masked, nested, False, 0

    def document(self, content: bytes) -> str | None:
        """The document with what is masked; None for what is neither JSON nor XML."""
        try:
            tree = decode(content)
        except ValueError:
            return self._xml(content)
        written = self._json("", tree)
        return json.dumps(written, ensure_ascii=False, indent=2) if self._masked else encode(written).decode()

    def _json(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._name(key): self._json(key, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._json(name, inner) for inner in value]
        if isinstance(value, str):
            return self._text(name, value)
        if value is not None and _SECRET_NAME.search(name):
            self.secrets = True
            return HIDDEN
        return _mark_of(value) if self._masked else value

    def _xml(self, content: bytes) -> str | None:
        try:
            root = parse(content, 2 * LONGEST_BODY)
        except XmlRefused:
            return None
        written: str = etree.tostring(self._element(root), encoding="unicode")
        return written

    def _element(self, element: Element) -> Element:
        namespaces = {prefix: uri for prefix, uri in element.nsmap.items() if self._is_namespace(prefix, uri)}
        new = etree.Element(self._tag(str(element.tag)), None, namespaces)
        name = local_name(element)
        for key, value in element.attrib.items():
            new.set(self._tag(str(key)), self._text(str(key).rpartition("}")[2], str(value)))
        new.text = self._between(name, element.text)
        for child in element:
            inner = self._element(child)
            inner.tail = self._between(name, child.tail)
            new.append(inner)
        return new

    def _between(self, name: str, text: str | None) -> str | None:
        return self._text(name, text) if text and text.strip() else text

    def _tag(self, tag: str) -> str:
        namespace, _, name = tag.removeprefix("{").rpartition("}")
        if not self._masked:
            return tag
        name = self._name(name).replace("[", "_").replace("]", "").replace(" ", "-")
        return f"{{{namespace}}}{name}" if namespace and self._is_namespace(None, namespace) else name

    def _is_namespace(self, prefix: str | None, uri: str) -> bool:
        named = prefix is None or _is_name(prefix)
        return not self._masked or (named and _NAMESPACE.fullmatch(uri) is not None and line(uri) == uri)

    def _name(self, name: str) -> str:
        if not self._masked or _is_name(name):
            return name
        self._names += 1
        return f"[name {self._names}]"

    def _text(self, name: str, text: str) -> str:
        if _SECRET_NAME.search(name):
            self.secrets = True
            return HIDDEN
        inner = self._inner(text)
        if inner is not None:
            return f"[in base64: {inner}]"
        return text if not self._masked or _stays(name, text) else mark(text)

    def _inner(self, text: str) -> str | None:
        """The masked document that a text holds in base64; None where it holds none, or nothing to be masked."""
        if self._nested >= _MOST_NESTED or not _BASE64.fullmatch(text.strip()):
            return None
        try:
            content = base64.b64decode("".join(text.split()), validate=True)
        except ValueError:
            return None
        walk = _Walk(masked=self._masked, nested=self._nested + 1)
        found = walk.document(content) if content.lstrip()[:1] in (b"{", b"[", b"<") else None
        self.secrets |= walk.secrets
        return found if self._masked or walk.secrets else None


def _is_name(name: str) -> bool:
    """Whether it can be the name of an element or a key, with no more digits than those have."""
    return _NAME.fullmatch(name) is not None and sum(sign.isdigit() for sign in name) <= _MOST_DIGITS


def _stays(name: str, text: str) -> bool:
    qualified = _QUALIFIED.fullmatch(text)
    shape = _SHAPES.get(name)
    return (
        text in _CODES
        or (qualified is not None and qualified[1] in _CODES)
        or (shape is not None and shape.fullmatch(text) is not None)
    )
