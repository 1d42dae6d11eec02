"""WS-Security 1.0 signatures, written: Timestamp, Body and header blocks are signed, the certificate goes along.

Each part has a wsu:Id; one ds:Signature refers to them all, by exclusive canonicalisation and SHA-256; its key is named
by a SecurityTokenReference to a BinarySecurityToken (X.509 token profile 1.0). See gateway.verifying for the reading.
"""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import SignatureReference, XMLSigner

from gateway.envelope import SOAP11
from gateway.keys import Own
from gateway.xmlio import Element, parse

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
X509V3 = f"{_OASIS}x509-token-profile-1.0#X509v3"
BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"

SECURITY, TOKEN, TOKEN_REFERENCE, REFERENCE = (
    f"{{{WSSE}}}{name}" for name in ("Security", "BinarySecurityToken", "SecurityTokenReference", "Reference")
)
TIMESTAMP, CREATED, EXPIRES, ID = (f"{{{WSU}}}{name}" for name in ("Timestamp", "Created", "Expires", "Id"))
HEADER, BODY = f"{{{SOAP11}}}Header", f"{{{SOAP11}}}Body"

LIFE = timedelta(minutes=5)
"""How long a signed message may be on its way."""

_TOKEN_ID = "token"  # noqa: S105  an XML id
_MUST = f"{{{SOAP11}}}mustUnderstand"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'

for _prefix, _namespace in (("wsse", WSSE), ("wsu", WSU)):  # else lxml makes prefixes up
    etree.register_namespace(_prefix, _namespace)

# It writes what it canonicalises, a person's whole answer, to its log. A filter, since `disabled` is undone by whoever
# configures logging afterwards: uvicorn does.
logging.getLogger("signxml.processor").addFilter(lambda _record: False)


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed message, and the value of its signature as it stands there."""

    message: bytes = field(repr=False)
    value: str = field(repr=False)


class Signer:
    """Signs messages with one key."""

    def __init__(self, own: Own) -> None:
        self._key = own.key
        self._token = base64.b64encode(own.certificate.public_bytes(Encoding.DER)).decode()
        self._method = (
            SignatureMethod.RSA_SHA256 if isinstance(own.key, rsa.RSAPrivateKey) else SignatureMethod.ECDSA_SHA256
        )

    def sign(self, message: bytes, now: datetime, *, must_understand: bool, prefixes: tuple[str, ...] = ()) -> Signed:
        """An envelope of ours, signed with all its header blocks.

        `prefixes` are those that only a text uses (the code of a fault): exclusive canonicalisation leaves their
        declarations out where it is not told of them.
        """
        root = parse(message, len(message))
        header, (body,) = root.find(HEADER), root.findall(BODY)
        if header is None:
            header = etree.Element(HEADER)
            root.insert(0, header)
        blocks = tuple(header)
        security = etree.SubElement(header, SECURITY, nsmap={"wsse": WSSE, "wsu": WSU})
        if must_understand:
            security.set(_MUST, "1")
        token = etree.SubElement(security, TOKEN, {ID: _TOKEN_ID, "ValueType": X509V3, "EncodingType": BASE64})
        token.text = self._token
        parts = (body, *blocks, _timestamp(security, now))
        for place, part in enumerate(parts):
            part.set(ID, f"part-{place}")
        signature = self._signature(root, len(parts), prefixes)
        security.append(signature)
        written = _DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False)
        return Signed(written, signature.findtext(f"{{{DS}}}SignatureValue") or "")

    def _signature(self, root: Element, parts: int, prefixes: tuple[str, ...]) -> Element:
        signer = XMLSigner(
            method=SignatureConstructionMethod.detached,
            signature_algorithm=self._method,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        references = [SignatureReference(f"#part-{place}", inclusive_ns_prefixes=[*prefixes]) for place in range(parts)]
        return signer.sign(root, key=self._key, reference_uri=references, key_info=_key_info(), id_attribute="Id")


def _timestamp(security: Element, now: datetime) -> Element:
    timestamp = etree.SubElement(security, TIMESTAMP)
    for name, moment in ((CREATED, now), (EXPIRES, now + LIFE)):
        etree.SubElement(timestamp, name).text = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return timestamp


def _key_info() -> Element:
    info = etree.Element(f"{{{DS}}}KeyInfo", nsmap={"ds": DS, "wsse": WSSE})
    reference = etree.SubElement(info, TOKEN_REFERENCE)
    etree.SubElement(reference, REFERENCE, {"URI": f"#{_TOKEN_ID}", "ValueType": X509V3})
    return info
