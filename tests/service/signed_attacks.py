"""What can be done to a signed message so that a careless reader takes it: each a function of the envelope.

A few are signed anew with the good party's key: no attacker could, but what they ask the reader to compute must be
refused whoever asks.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from tests.service.running import OTHER_PERSON
from tests.service.signed import (
    DS,
    EXC,
    ID,
    MORE,
    OTHER_CA,
    WSSE,
    WSU,
    Party,
    canonical,
    find,
    moment,
    party,
    reference,
    resigned,
    tree,
)
from tests.service.ssek import NS

Attack = Callable[[Any, Party], None]
WRAPPER = '<w:Wrapper xmlns:w="urn:w"/>'
SECURITY = "s:Header/wsse:Security"
SIGNATURE = f"{SECURITY}/ds:Signature"
INFO = f"{SIGNATURE}/ds:SignedInfo"
TIMESTAMP = f"{SECURITY}/wsu:Timestamp"
TOKEN = f"{SECURITY}/wsse:BinarySecurityToken"
ATTACKER = party("Testbolaget", ca=OTHER_CA)
HMAC = f"{MORE}hmac-sha256"


def forged(element: Any, **ids: str) -> Any:
    """The same part about another person, or between others; with another Id, or none."""
    copy = deepcopy(element)
    for each in copy.iter():
        if etree.QName(each).localname in ("personnummer", "SenderId"):
            each.text = OTHER_PERSON
    if ids:
        copy.set(ID, ids["id"])
    if ids.get("id") == "":
        del copy.attrib[ID]
    return copy


def wrapped(path: str, where: str, **ids: str) -> Attack:
    """A signed part moved elsewhere, and a forged one in its place."""

    def attack(root: Any, _own: Party) -> None:
        part = find(root, path)
        wrapper = tree("<ds:Object/>" if where == SIGNATURE else WRAPPER)
        find(root, where).append(wrapper)
        part.addprevious(forged(part, **ids))
        wrapper.append(part)

    return attack


def beside(path: str, **ids: str) -> Attack:
    """A forged part before the signed one."""

    def attack(root: Any, _own: Party) -> None:
        part = find(root, path)
        part.addprevious(forged(part, **ids))

    return attack


def body_in_the_body(root: Any, _own: Party) -> None:
    part = find(root, "s:Body")
    around = forged(part, id="B2")
    part.addprevious(around)
    around[0].append(part)


def wrapped_under_another_id(attribute: str) -> Attack:
    """The signed part elsewhere, found by an Id attribute of another name than the one in its place has."""

    def attack(root: Any, own: Party) -> None:
        wrapped("s:Body", "s:Header")(root, own)
        moved = find(root, "s:Header/{urn:w}Wrapper/s:Body")
        del moved.attrib[ID]
        moved.set(attribute, "B1")

    return attack


def left_out(name: str) -> Attack:
    """Signed anew without one of the references."""

    def attack(root: Any, own: Party) -> None:
        info = find(root, INFO)
        info.remove(find(info, f"ds:Reference[@URI='#{name}']"))
        resigned(root, own)

    return attack


def changed(path: str, text: str = OTHER_PERSON) -> Attack:
    """One text is another."""

    def attack(root: Any, _own: Party) -> None:
        find(root, path).text = text

    return attack


def timed(created: str, expires: str = "") -> Attack:
    """Signed anew with other moments."""

    def attack(root: Any, own: Party) -> None:
        find(root, f"{TIMESTAMP}/wsu:Created").text = created
        if expires:
            find(root, f"{TIMESTAMP}/wsu:Expires").text = expires
        resigned(root, own)

    return attack


def transformed(algorithm: str, inner: str = "", *, alone: bool = False) -> Attack:
    """Signed anew with one more transform of the body, or with another one."""

    def attack(root: Any, own: Party) -> None:
        transforms = find(root, f"{INFO}/ds:Reference[@URI='#B1']/ds:Transforms")
        if alone:
            transforms[:] = []
        transforms.insert(0, tree(f'<ds:Transform Algorithm="{algorithm}">{inner}</ds:Transform>'))
        resigned(root, own)

    return attack


def algorithm(path: str, name: str, inner: str = "") -> Attack:
    """Signed anew by another algorithm."""

    def attack(root: Any, own: Party) -> None:
        element = find(root, f"{INFO}/{path}")
        element.set("Algorithm", name)
        if inner:
            element.append(tree(inner))
        resigned(root, own)

    return attack


def keyed_by_the_certificate(encoding: Encoding) -> Attack:
    """An HMAC whose key everybody has: the certificate, or its public key."""

    def attack(root: Any, own: Party) -> None:
        info = find(root, INFO)
        find(info, "ds:SignatureMethod").set("Algorithm", HMAC)
        key = own.certificate.public_bytes(encoding)
        value = hmac.digest(key, canonical(info), "sha256")
        find(root, f"{SIGNATURE}/ds:SignatureValue").text = base64.b64encode(value).decode()

    return attack


def with_key_info(inner: str, *, instead: bool) -> Attack:
    """The attacker's signature, with the attacker's key beside the good certificate, or instead of it."""

    def attack(root: Any, _own: Party) -> None:
        info = find(root, f"{SIGNATURE}/ds:KeyInfo")
        if instead:
            info[:] = []
        info.append(tree(inner))
        resigned(root, ATTACKER)

    return attack


def by_the_attacker(root: Any, _own: Party) -> None:
    resigned(root, ATTACKER)


def with_the_attackers_certificate(root: Any, _own: Party) -> None:
    find(root, TOKEN).text = ATTACKER.der
    resigned(root, ATTACKER)


def of_another_message(root: Any, own: Party) -> None:
    other = deepcopy(root)
    changed("s:Header/k:SSEK/k:SenderId")(other, own)
    resigned(other, own)
    ours, theirs = find(root, SECURITY), find(other, SECURITY)
    ours.getparent().replace(ours, theirs)


def put(path: str, xml: str) -> Attack:
    """Something more in a place."""

    def attack(root: Any, _own: Party) -> None:
        find(root, path).append(tree(xml))

    return attack


def twice(path: str) -> Attack:
    """A part that is there a second time."""

    def attack(root: Any, _own: Party) -> None:
        part = find(root, path)
        copy = deepcopy(part)
        for each in copy.iter():
            each.attrib.pop(ID, None)
        part.addnext(copy)

    return attack


def without(path: str) -> Attack:
    """A part that is not there."""

    def attack(root: Any, _own: Party) -> None:
        part = find(root, path)
        part.getparent().remove(part)

    return attack


def pointing(uri: str) -> Attack:
    """One more reference, signed anew, to something that is no part of the message with an Id."""

    def attack(root: Any, own: Party) -> None:
        one = reference("B1")
        one.set("URI", uri)
        find(one, "ds:DigestValue").text = base64.b64encode(bytes(32)).decode()
        find(root, INFO).append(one)
        resigned(root, own)

    return attack


def many_references(root: Any, own: Party) -> None:
    find(root, INFO).extend([reference("T1") for _ in range(30)])
    resigned(root, own)


def token_with(**attributes: str) -> Attack:
    """A token of another kind."""

    def attack(root: Any, _own: Party) -> None:
        for name, value in attributes.items():
            find(root, TOKEN).set(name, value)

    return attack


XPATH = "<ds:XPath>ancestor-or-self::s:Body</ds:XPath>"
XSLT = (
    '<t:stylesheet xmlns:t="http://www.w3.org/1999/XSL/Transform" version="1.0"><t:template match="/">'
    "<t:copy-of select=\"document('file:///etc/passwd')\"/></t:template></t:stylesheet>"
)
X509_DATA = f"<ds:X509Data><ds:X509Certificate>{ATTACKER.der}</ds:X509Certificate></ds:X509Data>"
_NUMBERS = ATTACKER.key.public_key().public_numbers()
KEY_VALUE = (
    f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>{base64.b64encode(_NUMBERS.n.to_bytes(256)).decode()}</ds:Modulus>"
    f"<ds:Exponent>{base64.b64encode(_NUMBERS.e.to_bytes(3)).decode()}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
)
INVALID, FAILED, ALGORITHM = "InvalidSecurity", "FailedCheck", "UnsupportedAlgorithm"

ATTACKS: dict[str, tuple[Attack, str]] = {
    "body in a wrapper, same Id": (wrapped("s:Body", "s:Header"), INVALID),
    "body in a wrapper, another Id": (wrapped("s:Body", "s:Header", id="B2"), INVALID),
    "body in a wrapper, no Id": (wrapped("s:Body", "s:Header", id=""), INVALID),
    "body in the Security header": (wrapped("s:Body", SECURITY, id="B2"), INVALID),
    "body in the signature": (wrapped("s:Body", SIGNATURE, id="B2"), INVALID),
    "body in the body": (body_in_the_body, INVALID),
    "body in a wrapper under Id": (wrapped_under_another_id("Id"), INVALID),
    "body in a wrapper under ID": (wrapped_under_another_id("ID"), INVALID),
    "body in a wrapper under another Id": (wrapped_under_another_id("{urn:w}Id"), FAILED),
    "header in a wrapper, same Id": (wrapped("s:Header/k:SSEK", "s:Header"), INVALID),
    "header in a wrapper, another Id": (wrapped("s:Header/k:SSEK", "s:Header", id="S2"), INVALID),
    "header in a wrapper, no Id": (wrapped("s:Header/k:SSEK", "s:Header", id=""), INVALID),
    "header beside, no Id": (beside("s:Header/k:SSEK", id=""), INVALID),
    "header beside, same Id": (beside("s:Header/k:SSEK"), INVALID),
    "second body": (beside("s:Body", id="B2"), "ContentInvalid"),
    "timestamp in a wrapper": (wrapped(TIMESTAMP, "s:Header", id="T2"), INVALID),
    "timestamp twice": (twice(TIMESTAMP), INVALID),
    "Security header of another message": (of_another_message, FAILED),
    "Security header twice": (twice(SECURITY), INVALID),
    "Security header not there": (without(SECURITY), INVALID),
    "signature twice": (twice(SIGNATURE), INVALID),
    "signature elsewhere": (put("s:Header", f"{WRAPPER[:-2]}><ds:Signature/></w:Wrapper>"), INVALID),
    "signature not there": (without(SIGNATURE), INVALID),
    "signature value not there": (changed(f"{SIGNATURE}/ds:SignatureValue", ""), FAILED),
    "body left out": (left_out("B1"), INVALID),
    "header left out": (left_out("S1"), INVALID),
    "timestamp left out": (left_out("T1"), INVALID),
    "body changed": (changed("s:Body//{*}personnummer"), FAILED),
    "header changed": (changed("s:Header/k:SSEK/k:TxId", "0" * 36), FAILED),
    "timestamp changed": (changed(f"{TIMESTAMP}/wsu:Expires", moment(60)), FAILED),
    "XPath": (transformed("http://www.w3.org/TR/1999/REC-xpath-19991116", XPATH), ALGORITHM),
    "XPath filter": (transformed("http://www.w3.org/2002/06/xmldsig-filter2", XPATH), ALGORITHM),
    "XSLT": (transformed("http://www.w3.org/TR/1999/REC-xslt-19991116", XSLT), ALGORITHM),
    "enveloped": (transformed(f"{DS}enveloped-signature"), ALGORITHM),
    "base64": (transformed(f"{DS}base64", alone=True), ALGORITHM),
    "inclusive": (transformed("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", alone=True), ALGORITHM),
    "with comments": (transformed(f"{EXC}WithComments", alone=True), ALGORITHM),
    "something in a transform": (transformed(EXC, XPATH, alone=True), ALGORITHM),
    "no transform": (without(f"{INFO}/ds:Reference[@URI='#B1']/ds:Transforms"), INVALID),
    "signed inclusively": (
        algorithm("ds:CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        ALGORITHM,
    ),
    "RSA with SHA-1": (algorithm("ds:SignatureMethod", f"{DS}rsa-sha1"), ALGORITHM),
    "digest by SHA-1": (algorithm("ds:Reference[@URI='#B1']/ds:DigestMethod", f"{DS}sha1"), ALGORITHM),
    "unknown method": (algorithm("ds:SignatureMethod", "urn:x"), ALGORITHM),
    "DSA": (algorithm("ds:SignatureMethod", "http://www.w3.org/2009/xmldsig11#dsa-sha256"), ALGORITHM),
    "ECDSA with a key of RSA": (algorithm("ds:SignatureMethod", f"{MORE}ecdsa-sha256"), FAILED),
    "output length": (
        algorithm("ds:SignatureMethod", HMAC, "<ds:HMACOutputLength>0</ds:HMACOutputLength>"),
        ALGORITHM,
    ),
    "HMAC by the certificate": (keyed_by_the_certificate(Encoding.DER), ALGORITHM),
    "HMAC by the certificate in PEM": (keyed_by_the_certificate(Encoding.PEM), ALGORITHM),
    "another's signature": (by_the_attacker, FAILED),
    "another's certificate": (with_the_attackers_certificate, "FailedAuthentication"),
    "another's certificate beside": (with_key_info(X509_DATA, instead=False), INVALID),
    "another's certificate instead": (with_key_info(X509_DATA, instead=True), INVALID),
    "another's key beside": (with_key_info(KEY_VALUE, instead=False), INVALID),
    "another's key instead": (with_key_info(KEY_VALUE, instead=True), INVALID),
    "two tokens": (twice(TOKEN), INVALID),
    "no token": (without(TOKEN), INVALID),
    "token of another kind": (token_with(ValueType=f"{WSSE}#PKCS7"), "UnsupportedSecurityToken"),
    "token of another name": (token_with(**{ID: "X2"}), "UnsupportedSecurityToken"),
    "token that is long": (changed(TOKEN, "A" * 20_000), "UnsupportedSecurityToken"),
    "token not in base64": (changed(TOKEN, "%%%"), "InvalidSecurityToken"),
    "token that is no certificate": (changed(TOKEN, "AAAA"), "FailedAuthentication"),
    "signed long ago": (timed(moment(-10), moment(10)), "MessageExpired"),
    "signed in the future": (timed(moment(60), moment(64)), "MessageExpired"),  # tables are made at the start
    "expired": (timed(moment(-4), moment(-2)), "MessageExpired"),
    "moment without a zone": (timed(moment(0).rstrip("Z")), INVALID),
    "no moment": (timed("2026-02-30T00:00:00Z"), INVALID),
    "moment of other digits": (timed("2026-01-0\u0661T00:00:00Z"), INVALID),
    "expires twice": (put(TIMESTAMP, f"<wsu:Expires>{moment(4)}</wsu:Expires>"), FAILED),
    "created twice": (put(TIMESTAMP, f"<wsu:Created>{moment(0)}</wsu:Created>"), FAILED),
    "the whole message": (pointing(""), INVALID),
    "another machine": (pointing("http://127.0.0.1:1/x"), INVALID),
    "a file": (pointing("file:///etc/passwd"), INVALID),
    "xpointer": (pointing("#xpointer(/)"), FAILED),
    "nothing": (pointing("#nothing"), FAILED),
    "many references": (many_references, INVALID),
}
"""Every attack, and the code of WS-Security that a question is refused with."""

WRAPPING = tuple(
    name for name in ATTACKS if "wrapper, another" in name or "wrapper, no" in name or "body in the" in name
)
"""Those whose signature holds for all that it refers to."""

NAMESPACES = {"MessageExpired": WSU, "ContentInvalid": NS}
