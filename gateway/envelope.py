"""SOAP 1.1 envelopes: one body with one child in, one out; what is wrong becomes the fault code that SOAP names.

Rule 1: only direct children are looked at, so that nothing wrapped elsewhere can stand for the body.
Rule 2: a header that says it must be understood is understood or refused.
Rule 3: faults go out as HTTP 500 in text/xml, whatever they are about: of thirteen SOAP stacks all read that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from gateway.errors import (
    ClientError,
    Fault,
    GatewayError,
    InvalidRequest,
    UpstreamFault,
    UpstreamInvalidAnswer,
)
from gateway.jsonio import media_type
from gateway.wire import WireResponse
from gateway.xmlio import Element, XmlRefused, escape, local_name, parse

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XML_TYPE = "text/xml; charset=utf-8"
FAULT_PREFIX = "c"
"""The prefix of a fault code that is not SOAP's own: only a text uses it."""
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_XML_TYPES = frozenset({"text/xml", "application/xml"})
_MUST = f"{{{SOAP11}}}mustUnderstand"
_ACTOR = f"{{{SOAP11}}}actor"
_FOR_US = ("", "http://schemas.xmlsoap.org/soap/actor/next")

FaultCode = Literal["Client", "Server", "VersionMismatch", "MustUnderstand"]


@dataclass(frozen=True, slots=True)
class EnvelopeError(Exception):
    """An envelope that is not read; `expected` says what was, never what came.

    `code` is SOAP's own unless `namespace` says whose else it is.
    """

    code: str
    expected: str
    namespace: str = ""


class EnvelopeRefused(InvalidRequest):
    """A question whose envelope is not read; `code` and `namespace` are the fault code that says so."""

    def __init__(self, error: EnvelopeError) -> None:
        super().__init__("", faults=(Fault("", error.expected),))
        self.code, self.namespace = error.code, error.namespace


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope held."""

    payload: Element
    headers: tuple[Element, ...]


def open_envelope(body: bytes, max_bytes: int, understood: Collection[str] = ()) -> Opened:
    """The one child of the one body, and the header blocks; raises EnvelopeError.

    `understood` are the header blocks, as `{namespace}name`, that the caller of this function deals with itself.
    """
    try:
        root = parse(body, max_bytes)
    except XmlRefused as error:
        raise EnvelopeError("Client", error.expected) from None
    if root.tag != f"{{{SOAP11}}}Envelope":
        code: FaultCode = "VersionMismatch" if local_name(root) == "Envelope" else "Client"
        raise EnvelopeError(code, f"an Envelope of {SOAP11}")
    bodies = root.findall(f"{{{SOAP11}}}Body")
    headers = root.findall(f"{{{SOAP11}}}Header")
    if len(bodies) != 1 or len(headers) > 1:
        raise EnvelopeError("Client", "exactly one Body and at most one Header")
    blocks = tuple(headers[0]) if headers else ()
    for block in blocks:
        for_us = (
            block.get(_ACTOR) or ""
        ).strip() in _FOR_US  # SOAP 1.1, 4.2.2: what is for another is not ours to refuse
        if for_us and (block.get(_MUST) or "").strip() in ("1", "true") and block.tag not in understood:
            raise EnvelopeError("MustUnderstand", "no header block that must be understood but those of the contract")
    if len(bodies[0]) != 1:
        raise EnvelopeError("Client", "exactly one element in the Body")
    return Opened(bodies[0][0], blocks)


def envelope(payload: str, header: str = "") -> bytes:
    """A payload in an envelope; both are XML that is well formed by itself."""
    head = f"<soap:Header>{header}</soap:Header>" if header else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{SOAP11}">{head}'
        f"<soap:Body>{payload}</soap:Body></soap:Envelope>"
    ).encode()


def fault(code: str, text: str, detail: str = "", *, namespace: str = "", header: str = "") -> bytes:
    """A fault in an envelope; `namespace` is that of a code that is not SOAP's own (SSEK's)."""
    name = f"<faultcode>soap:{code}</faultcode>"
    if namespace:
        name = f'<faultcode xmlns:{FAULT_PREFIX}="{namespace}">{FAULT_PREFIX}:{code}</faultcode>'
    inner = f"<detail>{detail}</detail>" if detail else ""
    return envelope(f"<soap:Fault>{name}<faultstring>{escape(text)}</faultstring>{inner}</soap:Fault>", header)


def spoken_namespace(body: bytes, max_bytes: int) -> str:
    """The namespace of what stands in the body, whatever else the message names; nothing where it cannot be read."""
    try:
        payload = parse(body, max_bytes).find(f"{{{SOAP11}}}Body/*")
    except XmlRefused:
        return ""
    return "" if payload is None else str(payload.tag).rpartition("}")[0].removeprefix("{")


@dataclass(frozen=True, slots=True)
class ReceivedFault:
    """A fault as another party sent it: its code's name and namespace; its text is never passed on."""

    code: str
    namespace: str

    def kind(self) -> str:
        """The code's name if it is one of SOAP's own: another could be any text."""
        return self.code if self.code in get_args(FaultCode) else "of another code"


def read_fault(payload: Element) -> ReceivedFault | None:
    """The fault that a body holds, if it holds one."""
    if payload.tag != f"{{{SOAP11}}}Fault":
        return None
    found = payload.find("faultcode")
    text = (found.text or "") if found is not None else ""
    prefix, _, name = text.strip().rpartition(":")
    namespace = (found.nsmap.get(prefix or None) or "") if found is not None else ""
    return ReceivedFault(name, namespace)


def open_answer(response: WireResponse, understood: Collection[str] = ()) -> Opened:
    """The envelope of an answer, which may hold a fault; raises UpstreamInvalidAnswer."""
    if media_type(response.headers) not in _XML_TYPES:
        raise UpstreamInvalidAnswer("expected text/xml", sent=True)
    try:
        return open_envelope(response.body, MAX_ANSWER_BYTES, understood)
    except EnvelopeError as error:
        raise UpstreamInvalidAnswer(f"expected {error.expected}", sent=True) from None


def refuse_fault(payload: Element, whose: str = "the agency") -> None:
    """Raises UpstreamFault where an answer is a fault."""
    received = read_fault(payload)
    if received is not None:
        raise UpstreamFault(f"{whose} answered with a fault ({received.kind()})", sent=True)


class Asking(Protocol):
    """The envelope that questions of ours go out in and their answers come back in."""

    protocol: str

    def wrap(self, payload: str) -> tuple[bytes, str]:
        """The message, and what its answer must repeat (nothing where answers repeat nothing)."""

    def unwrap(self, response: WireResponse) -> Element:
        """What is in the body of an answer; raises UpstreamError for a fault, and for an answer to something else."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A question's envelope: what was in it or why it is not taken, and what the answer's header says because of it."""

    payload: Element | None = None
    refusal: EnvelopeError | None = None
    header: str = field(default="", repr=False)
    tx_id: str = field(default="", repr=False)
    sender: tuple[str, str] | None = field(default=None, repr=False)
    """Type and identity of the sender that the header names."""

    def taken(self) -> Element:
        """What was in the body; raises EnvelopeRefused."""
        if self.payload is None or self.refusal is not None:
            raise EnvelopeRefused(self.refusal or EnvelopeError("Client", "an envelope"))
        return self.payload


NOTHING_HEARD = Heard()


class Answering(Protocol):
    """The envelope that questions to us come in and our answers go out in."""

    paths: tuple[str, ...]

    def hear(self, body: bytes, max_bytes: int) -> Heard:
        """The question's envelope; refused within the value, since even a refusal may have a header."""

    def answer(self, payload: str, header: str) -> bytes:
        """The answer with these header blocks: what was heard, and whatever else is to be said."""

    def fault(self, error: GatewayError, detail: str, heard: Heard) -> bytes:
        """The error as a fault; `detail` is what the version's contract declares."""


class Plain:
    """No more than SOAP itself: what WS and SHS2 use, both ways."""

    protocol = "SOAP"
    paths: tuple[str, ...] = ("/ws", "/shs2")

    def wrap(self, payload: str) -> tuple[bytes, str]:
        """The message; a plain answer repeats nothing."""
        return envelope(payload), ""

    def unwrap(self, response: WireResponse) -> Element:
        """What is in the body; raises UpstreamError."""
        payload = open_answer(response).payload
        refuse_fault(payload)
        return payload

    def hear(self, body: bytes, max_bytes: int) -> Heard:
        """The question's envelope, of which no header block is understood."""
        try:
            return Heard(open_envelope(body, max_bytes).payload)
        except EnvelopeError as error:
            return Heard(refusal=error)

    def answer(self, payload: str, header: str) -> bytes:
        """The answer; a plain one has no header block of its own."""
        return envelope(payload, header)

    def fault(self, error: GatewayError, detail: str, heard: Heard) -> bytes:
        """The error under one of SOAP's own codes."""
        code = "Client" if isinstance(error, ClientError) else "Server"
        if isinstance(error, EnvelopeRefused):
            code = error.code
        return fault(code, error.title, detail, header=heard.header)


PLAIN = Plain()
