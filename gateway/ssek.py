"""SSEK 2.0 (insurers): a header block that says who asks whom, both ways, and fault codes of its own.

Rule 1: a question has exactly one header, well formed to the letter; an answer has it with the identities swapped and
        with the same TxId. Where ours does not, it is somebody else's answer.
Rule 2: a fault has one of SSEK's codes; only MustUnderstand and VersionMismatch stay SOAP's own, as SOAP demands.
Rule 3: nothing of a header is shown or logged but back to the one who sent it.
Rule 4: where signatures are asked for, header and payload are those that are signed: see gateway.seal.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from gateway import envelope as soap
from gateway.envelope import EnvelopeError, Heard, ReceivedFault
from gateway.envelopes import ORGNR, IdType, Ssek, SsekHouse
from gateway.errors import (
    GatewayError,
    UpstreamFault,
    UpstreamInvalidAnswer,
    UpstreamTimeout,
    UpstreamUnavailable,
    UpstreamWrongPerson,
)
from gateway.seal import Seal
from gateway.signing import WSSE, WSU
from gateway.verifying import Verified
from gateway.wire import WireResponse
from gateway.xmlio import Element, escape

NAMESPACE = "http://schemas.ssek.org/ssek/2006-05-10/"
PATH = "/ssek/FK.EXA.Lefi.Fraga"

Code = Literal[
    "AsynchMethodUnsupported",
    "ContentInvalid",
    "IncorrectContext",
    "MessageNotProcessed",
    "NoResultAvailable",
    "ReceiverIdUnknown",
    "SenderIdUnknown",
    "Timeout",
    "TxIdInvalid",
    "TxIdMissing",
    "TxIdNotAllowed",
    "TxIdUnknown",
    "WebServiceUnavailable",
    "WebServiceUnsupported",
]
CODES: frozenset[str] = frozenset(get_args(Code))

OF_PROBLEM: Mapping[str, Code] = {
    "invalid-request": "ContentInvalid",
    "unprocessable": "ContentInvalid",
    "payload-too-large": "ContentInvalid",
    "unsupported-media-type": "ContentInvalid",
    "uri-too-long": "ContentInvalid",
    "headers-too-large": "ContentInvalid",
    "not-acceptable": "ContentInvalid",
    "conflict": "ContentInvalid",
    "unauthenticated": "SenderIdUnknown",
    "forbidden": "SenderIdUnknown",
    "not-found": "WebServiceUnsupported",
    "method-not-allowed": "WebServiceUnsupported",
    "request-timeout": "Timeout",
    "upstream-timeout": "Timeout",
    "rate-limited": "WebServiceUnavailable",
    "overloaded": "WebServiceUnavailable",
    "ledger-unavailable": "WebServiceUnavailable",
    "upstream-unavailable": "WebServiceUnavailable",
    "upstream-tls": "WebServiceUnavailable",
    "client-certificate-refused": "WebServiceUnavailable",
    "upstream-fault": "MessageNotProcessed",
    "upstream-invalid-answer": "MessageNotProcessed",
    "upstream-wrong-person": "MessageNotProcessed",
    "internal": "MessageNotProcessed",
}
"""By which code each problem is said. IncorrectContext, NoResultAvailable and TxIdUnknown are about asynchronous
messages, which there are none of here."""

_MAX_ID = 512
_TX_ID = 36
_RETRY_SECONDS = 10
_BLOCK, _SENDER, _RECEIVER, _TX, _RECEIPT, _RESPONSE_CODE, _SIGNATURE_VALUE = (
    f"{{{NAMESPACE}}}{name}"
    for name in ("SSEK", "SenderId", "ReceiverId", "TxId", "Receipt", "ResponseCode", "RequestSignatureValue")
)
_TYPE, _ASYNCH = f"{{{NAMESPACE}}}Type", f"{{{NAMESPACE}}}AsynchMethod"
_TYPES: Mapping[str, IdType] = {each: each for each in get_args(IdType)}
_SOAPS_OWN = frozenset({"MustUnderstand", "VersionMismatch"})
_SECURITYS_OWN: Mapping[str, frozenset[str]] = {
    WSSE: frozenset({
        *("UnsupportedSecurityToken", "UnsupportedAlgorithm", "InvalidSecurity", "InvalidSecurityToken"),
        *("FailedAuthentication", "FailedCheck", "SecurityTokenUnavailable"),
    }),
    WSU: frozenset({"MessageExpired"}),
}  # fmt: skip
"""The fault codes of WS-Security 1.0, chapters 10 and 12: SSEK has none about a signature."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One of the parties."""

    value: str
    type: IdType = "CN"


@dataclass(frozen=True, slots=True)
class Header:
    """What a header block says; `tx_id` is empty where it has none."""

    sender: Identity
    receiver: Identity
    tx_id: str = ""

    def swapped(self) -> Header:
        """The header of the answer."""
        return Header(self.receiver, self.sender, self.tx_id)


def _wrong(code: Code, expected: str) -> EnvelopeError:
    return EnvelopeError(code, expected, NAMESPACE)


def read(blocks: Sequence[Element]) -> Header:
    """The one SSEK header among the header blocks; raises EnvelopeError with the SSEK code that says what is wrong."""
    found = [block for block in blocks if block.tag == _BLOCK]
    if len(found) != 1:
        raise _wrong("ContentInvalid", f"exactly one SSEK header of {NAMESPACE}")
    block = found[0]
    if _ASYNCH in block.attrib or "AsynchMethod" in block.attrib:
        raise _wrong("AsynchMethodUnsupported", "no AsynchMethod: answers are given at once")
    tags = [child.tag for child in block]
    if tags.count(_SENDER) != 1:
        raise _wrong("SenderIdUnknown", "exactly one SenderId")
    if tags.count(_RECEIVER) != 1:
        raise _wrong("ReceiverIdUnknown", "exactly one ReceiverId")
    if tags.count(_TX) > 1:
        raise _wrong("TxIdInvalid", "at most one TxId")
    between = [block.text, *(child.tail for child in block)]
    if tags not in ([_SENDER, _RECEIVER], [_SENDER, _RECEIVER, _TX]) or any((text or "").strip() for text in between):
        raise _wrong("ContentInvalid", "SenderId, ReceiverId and TxId in this order in the SSEK header")
    return Header(_identity(block[0], "SenderIdUnknown"), _identity(block[1], "ReceiverIdUnknown"), _tx_id(block[2:]))


def _identity(element: Element, code: Code) -> Identity:
    value, kind = element.text or "", element.get(_TYPE, "CN")
    if kind not in _TYPES or set(element.attrib) - {_TYPE}:
        raise _wrong(code, f"the attribute Type with one of {', '.join(_TYPES)}, or none")
    if len(element) or not value.strip() or len(value) > _MAX_ID:
        raise _wrong(code, f"an identity of 1-{_MAX_ID} characters")
    if kind == "ORGNR" and not re.fullmatch(ORGNR, value):
        raise _wrong(code, "an organisation number of twelve digits, 16 first")
    return Identity(value, _TYPES[kind])


def _tx_id(elements: Sequence[Element]) -> str:
    if not elements:
        return ""
    value = elements[0].text or ""
    if len(elements[0]) or elements[0].attrib or len(value) != _TX_ID:
        raise _wrong("TxIdInvalid", f"a TxId of exactly {_TX_ID} characters")
    return value


def write(header: Header, *, must_understand: bool) -> str:
    """The header block."""
    must = f' xmlns:soap="{soap.SOAP11}" soap:mustUnderstand="1"' if must_understand else ""
    tx_id = f"<ssek:TxId>{escape(header.tx_id)}</ssek:TxId>" if header.tx_id else ""
    parties = "".join(
        f'<ssek:{name} ssek:Type="{party.type}">{escape(party.value)}</ssek:{name}>'
        for name, party in (("SenderId", header.sender), ("ReceiverId", header.receiver))
    )
    return f'<ssek:SSEK xmlns:ssek="{NAMESPACE}"{must}>{parties}{tx_id}</ssek:SSEK>'


def fault_data(error: GatewayError, tx_id: str) -> str:
    """What SSEK adds to the detail of a fault: the TxId, the problem, and where the question was wrong."""
    inner = f"<ssek:TxId>{escape(tx_id)}</ssek:TxId>" if tx_id else ""
    items = [(each.path, f"expected {each.expected}") for each in error.faults] or [("", error.title)]
    for path, text in items:
        place = f"<ssek:Location>{escape(path)}</ssek:Location>" if path else ""
        said = f"<ssek:Code>{error.type}</ssek:Code><ssek:Description>{escape(text)}</ssek:Description>{place}"
        inner += (
            f"<ssek:FaultItem>{said}</ssek:FaultItem>"
            if inner.endswith("</ssek:FaultItem>")
            else (f"<ssek:FaultItems><ssek:FaultItem>{said}</ssek:FaultItem>")
        )
    return f'<ssek:FaultData xmlns:ssek="{NAMESPACE}">{inner}</ssek:FaultItems></ssek:FaultData>'


class Answering:
    """The envelope at our own SSEK address."""

    paths: tuple[str, ...] = (PATH,)

    def __init__(self, house: SsekHouse) -> None:
        """Raises ValueError for a file of the signatures that cannot be used."""
        self._house = house
        self._seal = Seal(house.signature, must_understand=house.must_understand)

    def hear(self, body: bytes, max_bytes: int) -> Heard:
        """The question's envelope; one that is refused gets no header back, since who sent it is not known."""
        try:
            opened = self._seal.open(soap.open_envelope(body, max_bytes, (_BLOCK, *self._seal.understood)), (_BLOCK,))
            header = read(opened.headers)
            self._check(header, opened.names)
        except EnvelopeError as error:
            return Heard(refusal=error)
        reply = write(header.swapped(), must_understand=self._house.must_understand)
        return Heard(opened.payload, None, reply, header.tx_id, (header.sender.type, header.sender.value))

    def _check(self, header: Header, signer: frozenset[str] | None) -> None:
        house = self._house
        if signer is not None and header.sender.value not in signer:
            raise _wrong("SenderIdUnknown", "a SenderId that the certificate of the signature names")
        if house.id is not None and header.receiver != Identity(house.id, house.id_type):
            raise _wrong("ReceiverIdUnknown", "the ReceiverId of this gateway")
        if house.tx_id == "required" and not header.tx_id:
            raise _wrong("TxIdMissing", "a TxId")
        if house.tx_id == "forbidden" and header.tx_id:
            raise _wrong("TxIdNotAllowed", "no TxId")

    def answer(self, payload: str, header: str) -> bytes:
        """The answer, signed where ours are."""
        return self._seal.sign(soap.envelope(payload, header)).message

    def fault(self, error: GatewayError, detail: str, heard: Heard) -> bytes:
        """The error under one of SSEK's codes; what the version declares comes first in the detail."""
        code: str = OF_PROBLEM[error.type]
        namespace = NAMESPACE
        if isinstance(error, soap.EnvelopeRefused) and (
            error.code in CODES | _SOAPS_OWN or error.namespace in _SECURITYS_OWN
        ):
            code, namespace = error.code, error.namespace
        return self._fault(code, namespace, error, detail, heard)

    def _fault(self, code: str, namespace: str, error: GatewayError, detail: str, heard: Heard) -> bytes:
        data = detail + fault_data(error, heard.tx_id)
        written = soap.fault(code, error.title, data, namespace=namespace, header=heard.header)
        return self._seal.sign(written, (soap.FAULT_PREFIX,)).message


class Asking:
    """The envelope of our questions to an upstream over SSEK."""

    protocol = "SSEK"

    def __init__(self, terms: Ssek) -> None:
        """Raises ValueError for a file of the signatures that cannot be used."""
        self._terms = terms
        self._sender = Identity(terms.sender_id, terms.sender_type)
        self._receiver = Identity(terms.receiver_id, terms.receiver_type)
        self._seal = Seal(terms.signature, must_understand=terms.must_understand)

    def wrap(self, payload: str) -> tuple[bytes, str]:
        """The message; its TxId and, after a space, its signature's value, either of which may be empty."""
        tx_id = str(uuid.uuid4()) if self._terms.tx_id else ""
        header = Header(self._sender, self._receiver, tx_id)
        must_understand = self._terms.must_understand
        signed = self._seal.sign(soap.envelope(payload, write(header, must_understand=must_understand)))
        return signed.message, f"{tx_id} {signed.value}"

    def unwrap(self, response: WireResponse) -> Element:
        """What is in the body of the answer to our very question; raises UpstreamError."""
        tx_id, _, signature = response.repeats.partition(" ")
        opened = self._open(response)
        fault = soap.read_fault(opened.payload)
        header = _header(opened, needed=fault is None)
        # A fault may come without a header; with one, that one counts.
        if header is not None and self._terms.tx_id and header.tx_id != tx_id:
            if not header.tx_id:
                raise UpstreamInvalidAnswer("expected the TxId of the question in the answer", sent=True)
            raise UpstreamWrongPerson(sent=True)
        if fault is not None:
            raise _said(fault)
        # The type is not compared: a service that leaves it out says CN without meaning it.
        if header and (header.sender.value, header.receiver.value) != (self._receiver.value, self._sender.value):
            raise UpstreamInvalidAnswer("expected the identities of the question, swapped, in the answer", sent=True)
        if opened.payload.tag == _RECEIPT:
            raise _receipt(opened.payload, signature)
        return opened.payload

    def _open(self, response: WireResponse) -> Verified:
        opened = soap.open_answer(response, (_BLOCK, *self._seal.understood))
        try:
            verified = self._seal.open(opened, (_BLOCK,))
        except EnvelopeError as error:
            fault = soap.read_fault(opened.payload)
            instead = "" if fault is None else f"; what came is a fault ({_kind(fault)})"
            raise UpstreamInvalidAnswer(f"expected {error.expected} in the answer{instead}", sent=True) from None
        if verified.names is not None and self._receiver.value not in verified.names:
            raise UpstreamInvalidAnswer("expected a certificate that names the ReceiverId of the question", sent=True)
        return verified


def _header(opened: Verified, *, needed: bool) -> Header | None:
    try:
        return read(opened.headers)
    except EnvelopeError as error:
        if needed:
            raise UpstreamInvalidAnswer(f"expected {error.expected} in the answer", sent=True) from None
        return None


def _receipt(payload: Element, signature: str) -> UpstreamInvalidAnswer:
    """The problem that a receipt is: the answer would come later, by a way that there is none of here.

    One for another question than ours is said to be that. Its message is never passed on.
    """
    value = payload.findtext(_SIGNATURE_VALUE)
    if payload.findtext(_RESPONSE_CODE) != "OK":
        text = "expected an answer, not a receipt without ResponseCode OK"
    elif signature and value is not None and "".join(value.split()) != signature:
        text = "expected an answer, not a receipt for another question (another RequestSignatureValue)"
    else:
        text = "expected an answer, not a receipt: the service answers asynchronously"
    return UpstreamInvalidAnswer(text, sent=True)


def _kind(fault: ReceivedFault) -> str:
    """A fault's code, if it is one that there is: another could be any text."""
    # A signature does not hold for a prefix that only a text uses, so the namespace of a signed code may be missing.
    if fault.code in CODES and fault.namespace in (NAMESPACE, ""):
        return f"SSEK {fault.code}"
    if fault.code in _SECURITYS_OWN.get(fault.namespace, ()):
        return f"WS-Security {fault.code}"
    return fault.kind()


def _said(fault: ReceivedFault) -> UpstreamFault | UpstreamUnavailable | UpstreamTimeout:
    """The problem that a fault of the agency's is; its code is named if it is one that there is."""
    kind = _kind(fault)
    text = f"the agency answered with a fault ({kind})"
    if kind == "SSEK WebServiceUnavailable":
        return UpstreamUnavailable(text, sent=True, retry_after=_RETRY_SECONDS)
    if kind == "SSEK Timeout":
        return UpstreamTimeout(text, sent=True)
    return UpstreamFault(text, sent=True)
