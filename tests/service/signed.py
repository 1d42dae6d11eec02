"""WS-Security for tests, made by hand from lxml and cryptography, as a stranger's stack would, or an attacker."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree
from xmlsec import constants
from zeep.wsse import signature as zeep_signature

from gateway.envelope import SOAP11
from tests.service.ssek import NS

OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{OASIS}wssecurity-secext-1.0.xsd", f"{OASIS}wssecurity-utility-1.0.xsd"
X509V3, BASE64 = f"{OASIS}x509-token-profile-1.0#X509v3", f"{OASIS}soap-message-security-1.0#Base64Binary"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
ID = f"{{{WSU}}}Id"
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256(),
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512(),
    f"{DS}sha1": hashes.SHA1(),  # noqa: S303  an attacker's
}
METHODS: dict[str, hashes.HashAlgorithm] = {
    f"{MORE}rsa-sha256": hashes.SHA256(),
    f"{MORE}rsa-sha512": hashes.SHA512(),
    f"{MORE}ecdsa-sha256": hashes.SHA256(),
    f"{DS}rsa-sha1": hashes.SHA1(),  # noqa: S303  an attacker's
}
zeep: Any = zeep_signature  # it has no types
CA, OTHER_CA = trustme.CA(), trustme.CA()
PAST = {"not_before": datetime(2020, 1, 1, tzinfo=UTC), "not_after": datetime(2021, 1, 1, tzinfo=UTC)}


@dataclass(frozen=True)
class Party:
    """Who signs: a certificate with its key, and the files that a setting names."""

    leaf: trustme.LeafCert

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.leaf.cert_chain_pems[0].bytes())

    @property
    def der(self) -> str:
        return base64.b64encode(self.certificate.public_bytes(Encoding.DER)).decode()

    @property
    def key(self) -> Any:
        return load_pem_private_key(self.leaf.private_key_pem.bytes(), None)

    def files(self, folder: Path) -> dict[str, str]:
        """The setting `certificate`; what is to be trusted is the file of that name in it."""
        names = {"certificate": self.leaf.cert_chain_pems[0].bytes(), "key": self.leaf.private_key_pem.bytes()}
        where = {name: folder / f"{self.certificate.serial_number}.{name}.pem" for name in names}
        for name, content in names.items():
            where[name].write_bytes(content)
        return {name: str(path) for name, path in where.items()}


@cache
def party(name: str, kind: str = "RSA", ca: trustme.CA = CA, *, expired: bool = False) -> Party:
    """Somebody of that common name."""
    times: Any = PAST if expired else {}
    leaf = ca.issue_cert("somebody.example", common_name=name, key_type=trustme.KeyType[kind], **times)
    return Party(leaf)


def moment(minutes: float) -> str:
    """The time so many minutes from now."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def find(root: Any, path: str) -> Any:
    """One element: `s` is SOAP, `k` SSEK, `wsse`, `wsu` and `ds` as usual."""
    names = {"s": SOAP11, "k": NS, "wsse": WSSE, "wsu": WSU, "ds": DS}
    (found,) = root.findall(path, names)
    return found


def tree(xml: str) -> Any:
    """An element of these namespaces, by the prefixes of `find`."""
    names = {"s": SOAP11, "k": NS, "wsse": WSSE, "wsu": WSU, "ds": DS}
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in names.items())
    return etree.fromstring(f"<x {declared}>{xml}</x>")[0]


def signed(  # noqa: PLR0913 - what a signature is made of
    message: bytes,
    own: Party,
    *,
    without: tuple[str, ...] = (),
    created: str = "",
    expires: str = "",
    digest: str = "http://www.w3.org/2001/04/xmlenc#sha256",
    method: str = "",
) -> Any:
    """The envelope, signed: Timestamp, Body and SSEK header, but those that a test leaves out by their local names."""
    root: Any = etree.fromstring(message)
    header = root.find(f"{{{SOAP11}}}Header")
    if header is None:
        header = etree.Element(f"{{{SOAP11}}}Header")
        root.insert(0, header)
    kind = "ecdsa" if isinstance(own.key, ec.EllipticCurvePrivateKey) else "rsa"
    token = f'<wsse:BinarySecurityToken ValueType="{X509V3}" EncodingType="{BASE64}" wsu:Id="X1">{own.der}'
    times = f"<wsu:Created>{created or moment(0)}</wsu:Created><wsu:Expires>{expires or moment(4)}</wsu:Expires>"
    header.append(
        tree(
            f'<wsse:Security s:mustUnderstand="1">{token}</wsse:BinarySecurityToken>'
            f'<wsu:Timestamp wsu:Id="T1">{times}</wsu:Timestamp><ds:Signature><ds:SignedInfo>'
            f'<ds:CanonicalizationMethod Algorithm="{EXC}"/>'
            f'<ds:SignatureMethod Algorithm="{method or MORE + kind + "-sha256"}"/></ds:SignedInfo>'
            "<ds:SignatureValue/><ds:KeyInfo><wsse:SecurityTokenReference>"
            f'<wsse:Reference URI="#X1" ValueType="{X509V3}"/></wsse:SecurityTokenReference></ds:KeyInfo>'
            "</ds:Signature></wsse:Security>"
        )
    )
    parts = {"Body": "B1", "SSEK": "S1", "Timestamp": "T1"}
    info = find(header, "wsse:Security/ds:Signature/ds:SignedInfo")
    for element in root.iter(f"{{{SOAP11}}}Body", f"{{{NS}}}SSEK", f"{{{WSU}}}Timestamp"):
        name = etree.QName(element).localname
        element.set(ID, parts[name])
        if name not in without:
            info.append(reference(parts[name], digest))
    return resigned(root, own)


def reference(name: str, digest: str = "http://www.w3.org/2001/04/xmlenc#sha256") -> Any:
    return tree(
        f'<ds:Reference URI="#{name}"><ds:Transforms><ds:Transform Algorithm="{EXC}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{digest}"/><ds:DigestValue/></ds:Reference>'
    )


def canonical(element: Any) -> bytes:
    """The element by exclusive canonicalisation."""
    return etree.tostring(element, method="c14n", exclusive=True)


def digested(content: bytes, kind: hashes.HashAlgorithm) -> str:
    made = hashes.Hash(kind)
    made.update(content)
    return base64.b64encode(made.finalize()).decode()


def resigned(root: Any, own: Party) -> Any:
    """The same message with its digests and its signature made anew, by whoever that is."""
    info = next(root.iter(f"{{{DS}}}SignedInfo"))
    for one in info.findall(f"{{{DS}}}Reference"):
        found = [each for each in root.iter() if f"#{each.get(ID)}" == one.get("URI")]
        if found:
            kind = DIGESTS[find(one, "ds:DigestMethod").get("Algorithm")]
            find(one, "ds:DigestValue").text = digested(canonical(found[0]), kind)
    value = info.getparent().find(f"{{{DS}}}SignatureValue")
    kind = METHODS.get(find(info, "ds:SignatureMethod").get("Algorithm"), hashes.SHA256())
    value.text = base64.b64encode(_signature(own.key, canonical(info), kind)).decode()
    return root


def _signature(key: Any, content: bytes, kind: hashes.HashAlgorithm) -> bytes:
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        made: bytes = key.sign(content, padding.PKCS1v15(), kind)
        return made
    numbers = utils.decode_dss_signature(key.sign(content, ec.ECDSA(kind)))
    return b"".join(each.to_bytes(key.key_size // 8) for each in numbers)


def written(root: Any) -> bytes:
    message: bytes = etree.tostring(root)
    return message


def holds(message: bytes, own: Party) -> Any:
    """The envelope, if zeep finds that the party's signature holds for whatever it is for."""
    root = etree.fromstring(message)
    zeep.MemorySignature(b"", own.leaf.cert_chain_pems[0].bytes()).verify(root)
    return root


def by_zeep(message: bytes, own: Party) -> Any:
    """The envelope, signed by zeep and xmlsec; zeep knows of no header but its own, so that of SSEK is put in."""
    root: Any = etree.fromstring(message)
    security = zeep.get_security_header(root)
    times = f"<wsu:Created>{moment(0)}</wsu:Created><wsu:Expires>{moment(4)}</wsu:Expires>"
    security.append(tree(f"<wsu:Timestamp>{times}</wsu:Timestamp>"))
    keys = own.leaf.private_key_pem.bytes(), own.leaf.cert_chain_pems[0].bytes()
    sign_node = zeep._sign_node

    def and_ssek(context: Any, signature: Any, target: Any, digest: Any = None) -> None:
        sign_node(context, signature, target, digest)
        if etree.QName(target).localname == "Body":
            for block in root.iter(f"{{{NS}}}SSEK"):
                sign_node(context, signature, block, digest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(zeep, "_sign_node", and_ssek)
        zeep._sign_envelope_with_key_binary(
            root, zeep._make_sign_key(*keys, None), constants.TransformRsaSha256, constants.TransformSha256
        )
    return root
