"""WS-Security 1.0 signatures, read: what is taken from a message is what the verifier returned as signed, nothing else.

Rule 1. Timestamp, the Body and the header blocks that count are each signed where they stand; no Id stands twice in the
        message, so that nothing can be signed in one place and read in another.
Rule 2. Nothing is computed that is not on a list: one transform (exclusive canonicalisation) for each reference, RSA or
        ECDSA with SHA-2. Every other algorithm, XPath and XSLT above all, is refused before the verifier sees it.
Rule 3. The key is that of a certificate which is trusted by itself or was issued by a trusted authority, never one that
        the message merely brings along.
Rule 4. What was signed is fresh, and is taken once.

The texts say what was expected. The codes are those of WS-Security 1.0, chapter 12.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from gateway.envelope import EnvelopeError
from gateway.signing import (
    BASE64,
    BODY,
    CREATED,
    DS,
    EXPIRES,
    HEADER,
    ID,
    LIFE,
    REFERENCE,
    SECURITY,
    TIMESTAMP,
    TOKEN,
    TOKEN_REFERENCE,
    WSSE,
    WSU,
    X509V3,
)
from gateway.xmlio import Element

SKEW = timedelta(minutes=1)
"""How far another party's clock may be from ours."""

_METHODS = frozenset({
    *(SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA384, SignatureMethod.RSA_SHA512),
    *(SignatureMethod.ECDSA_SHA256, SignatureMethod.ECDSA_SHA384, SignatureMethod.ECDSA_SHA512),
})  # fmt: skip
_DIGESTS = frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512})
_EXCLUSIVE = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0
_PREFIXES = f"{{{_EXCLUSIVE.value}}}InclusiveNamespaces"
_SIGNATURE, _INFO, _KEY, _PART, _METHOD, _CANONICAL, _TRANSFORMS, _DIGEST = (
    f"{{{DS}}}{name}"
    for name in (
        *("Signature", "SignedInfo", "KeyInfo", "Reference"),
        *("SignatureMethod", "CanonicalizationMethod", "Transforms", "DigestMethod"),
    )
)
_IDS = frozenset({ID, "Id", "ID", "{http://www.w3.org/XML/1998/namespace}id"})
_MOST_PARTS = 20
_MOST_TOKEN = 16 * 1024
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_SPACE = re.compile("[ \t\r\n]+")
_NAMES = (NameOID.COMMON_NAME, NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER)


def _wrong(code: str, expected: str, namespace: str = WSSE) -> EnvelopeError:
    return EnvelopeError(code, expected, namespace)


@dataclass(frozen=True, slots=True)
class Verified:
    """What of a message is signed: what stands in the body, and the header blocks.

    `names` are those that the signer's certificate gives it, where an authority vouches for it; None where the
    certificate is trusted by itself, and so for whoever is spoken with.
    """

    payload: Element
    headers: tuple[Element, ...]
    names: frozenset[str] | None = None


class Verifier:
    """Reads the signatures of those who are trusted: by their very certificates, or by who issued these."""

    def __init__(self, trusted: Collection[x509.Certificate], authorities: Collection[x509.Certificate]) -> None:
        self._trusted = {each.public_bytes(Encoding.DER): each for each in trusted}
        self._authorities = verification.Store([*authorities]) if authorities else None
        self._taken: dict[bytes, datetime] = {}

    def verify(self, root: Element, blocks: Collection[str], now: datetime) -> Verified:
        """The signed parts of an envelope; raises EnvelopeError.

        `blocks` are the header blocks that must be signed where there are any: no other is returned.
        """
        security = _security(root)
        signature, timestamp = _only(security, _SIGNATURE), _only(security, TIMESTAMP)
        body, header = root.find(BODY), root.find(HEADER)
        if body is None or header is None or sum(1 for _ in root.iter(_SIGNATURE)) != 1:
            raise _wrong("InvalidSecurity", "one Signature in the message")
        _check_ids(root)
        _check_algorithms(signature)
        certificate, names = self._certificate(_token(security, signature), now)
        wanted = [body, timestamp, *(block for block in header if block.tag in blocks)]
        signed = _signed(root, certificate, now)
        parts = [_part(signed, each) for each in wanted]
        _check_time(parts[1], now)
        self._take(signed, now)
        if len(parts[0]) != 1:
            raise _wrong("InvalidSecurity", "exactly one element in the signed Body")
        return Verified(parts[0][0], tuple(parts[2:]), names)

    def _certificate(self, token: bytes, now: datetime) -> tuple[x509.Certificate, frozenset[str] | None]:
        """The certificate that a token is, and the names that an authority gives whoever has it."""
        if token in self._trusted:
            return self._trusted[token], None  # that it is valid now is checked with the signature
        if self._authorities is None:
            raise _wrong("FailedAuthentication", "a certificate that is trusted here")
        try:
            certificate = x509.load_der_x509_certificate(token)
            _policy(self._authorities, now).verify(certificate, [])
            return certificate, _names(certificate)
        except Exception:  # noqa: BLE001  the certificate is a stranger's, and its faults are of every kind
            error = _wrong("FailedAuthentication", "a valid certificate of an authority that is trusted here")
        raise error

    def _take(self, signed: Mapping[str, VerifyResult], now: datetime) -> None:
        """Remembers what was signed for as long as it is fresh; raises EnvelopeError for what has been here before.

        Not the signature's value: of one ECDSA signature anybody can make a second.
        """
        while self._taken and self._taken[oldest := next(iter(self._taken))] < now:
            del self._taken[oldest]
        digest = sha256(b"".join(sorted(sha256(each.signed_data).digest() for each in signed.values()))).digest()
        if digest in self._taken:
            raise _wrong("FailedCheck", "a message that was not sent before")
        self._taken[digest] = now + LIFE + 2 * SKEW


def _security(root: Element) -> Element:
    found = root.findall(f"{HEADER}/{SECURITY}")
    if len(found) != 1:
        raise _wrong("InvalidSecurity", "one Security header with a signature")
    return found[0]


def _only(parent: Element, tag: str) -> Element:
    found = parent.findall(tag)
    if len(found) != 1:
        raise _wrong("InvalidSecurity", f"one {tag.rpartition('}')[2]} in {str(parent.tag).rpartition('}')[2]}")
    return found[0]


def _sole(parent: Element, tag: str) -> Element:
    """The only child of an element."""
    if len(parent) != 1:
        raise _wrong("InvalidSecurity", f"nothing but {tag.rpartition('}')[2]} in {str(parent.tag).rpartition('}')[2]}")
    return _only(parent, tag)


def _check_ids(root: Element) -> None:
    ids = [value for element in root.iter() for name, value in element.items() if name in _IDS]
    if len(ids) != len(set(ids)):
        raise _wrong("InvalidSecurity", "every Id once")


def _check_algorithms(signature: Element) -> None:
    """Raises EnvelopeError for every algorithm that is not on the lists."""
    info = _only(signature, _INFO)
    parts = info.findall(_PART)
    if not 1 <= len(parts) <= _MOST_PARTS or any(not (each.get("URI") or "").startswith("#") for each in parts):
        raise _wrong("InvalidSecurity", f"1-{_MOST_PARTS} references to parts of the message")
    method = _only(info, _METHOD)
    digests = [_only(each, _DIGEST) for each in parts]
    transforms = [list(_only(each, _TRANSFORMS)) for each in parts]
    expected = (
        method.get("Algorithm") in {each.value for each in _METHODS}
        and all(each.get("Algorithm") in {one.value for one in _DIGESTS} for each in digests)
        and not any(len(each) for each in (method, *digests))
        and all(len(each) == 1 for each in transforms)
        and all(_is_exclusive(each) for each in (_only(info, _CANONICAL), *(one for (one, *_) in transforms)))
    )
    if not expected:
        raise _wrong("UnsupportedAlgorithm", "RSA or ECDSA with SHA-256 or better, by exclusive canonicalisation alone")


def _is_exclusive(element: Element) -> bool:
    return element.get("Algorithm") == _EXCLUSIVE.value and all(each.tag == _PREFIXES for each in element)


def _token(security: Element, signature: Element) -> bytes:
    """The certificate that the signature's key is said to be of, in DER."""
    reference = _sole(_sole(_only(signature, _KEY), TOKEN_REFERENCE), REFERENCE)
    token = _only(security, TOKEN)
    kinds = token.get("ValueType"), token.get("EncodingType", BASE64), reference.get("ValueType", X509V3)
    text = _SPACE.sub("", token.text or "")
    if reference.get("URI") != f"#{token.get(ID)}" or kinds != (X509V3, BASE64, X509V3) or len(text) > _MOST_TOKEN:
        raise _wrong("UnsupportedSecurityToken", "a reference to a BinarySecurityToken of X509v3 in base64")
    try:
        return base64.b64decode(text.encode(), validate=True)
    except ValueError:
        raise _wrong("InvalidSecurityToken", "a certificate in base64") from None


def _policy(authorities: verification.Store, now: datetime) -> verification.ClientVerifier:
    issued = verification.ExtensionPolicy.permit_all().may_be_present(
        x509.KeyUsage, verification.Criticality.AGNOSTIC, _signs
    )
    builder = verification.PolicyBuilder().store(authorities).time(now)
    return builder.extension_policies(
        ee_policy=issued, ca_policy=verification.ExtensionPolicy.webpki_defaults_ca()
    ).build_client_verifier()


def _signs(_policy: object, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise ValueError("expected a key that is for signatures")


def _names(certificate: x509.Certificate) -> frozenset[str]:
    subject = certificate.subject
    named = (one.value for kind in _NAMES for one in subject.get_attributes_for_oid(kind))
    return frozenset({subject.rfc4514_string(), *(each for each in named if isinstance(each, str))})


def _signed(root: Element, certificate: x509.Certificate, now: datetime) -> dict[str, VerifyResult]:
    """What the signature holds for, by Id; raises EnvelopeError where it does not hold."""
    rules = SignatureConfiguration(
        location=f"./{HEADER}/{SECURITY}/",
        expect_references=True,
        signature_methods=_METHODS,
        digest_algorithms=_DIGESTS,
        verification_time=now,
        default_reference_c14n_method=_EXCLUSIVE,
    )
    try:
        found = XMLVerifier().verify(root, x509_cert=certificate, id_attribute="Id", expect_config=rules)
        results = found if isinstance(found, list) else [found]
        return {one.signed_xml.get(ID, ""): one for one in results if one.signed_xml is not None}
    except Exception:  # noqa: BLE001  it raises whatever a broken message leads it to; nothing of that is a yes
        error = _wrong("FailedCheck", "a signature that holds, of a certificate that is valid now")
    raise error


def _part(signed: Mapping[str, VerifyResult], element: Element) -> Element:
    """The signed part that stands where the element does."""
    result = signed.get(element.get(ID) or "/")  # no Id is empty or has a slash in it
    part = None if result is None else result.signed_xml
    if part is None or part.tag != element.tag:
        raise _wrong("InvalidSecurity", "Timestamp, Body and SSEK header signed, each by its wsu:Id")
    return part


def _check_time(timestamp: Element, now: datetime) -> None:
    created, expires = _moment(_only(timestamp, CREATED)), timestamp.findall(EXPIRES)
    ends = [created + LIFE, *(_moment(each) for each in expires)]
    if len(expires) > 1 or created - SKEW > now or now > min(ends) + SKEW:
        raise _wrong("MessageExpired", f"a message signed within the last {LIFE.seconds // 60} minutes", WSU)


def _moment(element: Element) -> datetime:
    text = (element.text or "").strip()
    if len(element) == 0 and _TIME.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise _wrong("InvalidSecurity", "moments as 2026-01-31T12:00:00Z in the Timestamp")
