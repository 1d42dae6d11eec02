"""What consumers show for themselves: keys, tokens of an issuer with its key server, certificates of proxies."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import jwt
import tomlkit
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.service.running import AGREED, Reply, question

Tree = dict[str, Any]
Fields = Sequence[tuple[str, str]]
ISSUER, AUDIENCE = "https://idp.example.test", "lefi-gateway"
KINDS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
"""One algorithm of each family, and the kind of its key."""


def hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def consumer(name: str, **given: Any) -> Tree:
    """A consumer of that name, known by the key `key-of-<name>` unless something else is given."""
    ways = {"key_sha256", "keys", "oauth_client", "certificate"}
    known = {} if ways & given.keys() else {"key_sha256": hashed(key_of(name))}
    return {"name": name, **AGREED, **known, **given}


def key_of(name: str) -> str:
    return f"key-of-{name}"


def send(  # noqa: PLR0913 - what a request is made of
    url: str,
    fields: Fields = (),
    *,
    path: str = "/v1/fragor",
    body: bytes | None = None,
    method: str = "POST",
    source: str = "127.0.0.1",
) -> Reply:
    """A request with these very header fields, doubled ones too, from an address of this machine."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30, source_address=(source, 0))
    sent = json.dumps(question()).encode() if body is None else body
    try:
        connection.putrequest(method, path)
        for name, value in [("content-type", "application/json"), ("content-length", str(len(sent))), *fields]:
            connection.putheader(name, value)
        connection.endheaders(sent)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, response.read(), headers)
    finally:
        connection.close()


def key(name: str) -> tuple[str, str]:
    return "x-api-key", key_of(name)


# ----- tokens


@dataclass(frozen=True)
class SigningKey:
    """A key of an issuer."""

    id: str
    private: Any = field(repr=False)

    @property
    def jwk(self) -> Tree:
        """The public half as the issuer publishes it."""
        kinds = {rsa.RSAPrivateKey: "RS256", ec.EllipticCurvePrivateKey: "ES256", ed25519.Ed25519PrivateKey: "EdDSA"}
        name = next(name for kind, name in kinds.items() if isinstance(self.private, kind))
        made: Any = jwt.get_algorithm_by_name(name)
        return {**json.loads(made.to_jwk(self.private.public_key())), "kid": self.id, "use": "sig"}


RSA = SigningKey("rsa", rsa.generate_private_key(65537, 2048))
EC = SigningKey("ec", ec.generate_private_key(ec.SECP256R1()))
ED = SigningKey("ed", ed25519.Ed25519PrivateKey.generate())
STRANGER = SigningKey("rsa", rsa.generate_private_key(65537, 2048))
"""Somebody else's key under the same name."""
OF = {"RS256": RSA, "PS256": RSA, "ES256": EC, "EdDSA": ED}


def token(alg: str = "RS256", signer: SigningKey | None = None, header: Tree | None = None, **claims: Any) -> str:
    """A good token, or one with other claims: times in seconds from now; a claim of None is left out."""
    signer = signer or OF[alg]
    now = int(time.time())
    said = {"iss": ISSUER, "aud": AUDIENCE, "iat": 0, "exp": 300, "client_id": "client-of-alfa", **claims}
    kept = {
        name: value + now if name in {"iat", "exp", "nbf"} else value
        for name, value in said.items()
        if value is not None
    }
    return jwt.encode(
        kept, signer.private, algorithm=alg, headers={"kid": signer.id, **(header or {})} if signer.id else {}
    )


def bearer(text: str) -> tuple[str, str]:
    return "authorization", f"Bearer {text}"


class KeyServer:
    """An issuer's key server, which counts how often it is asked."""

    def __init__(self, *keys: SigningKey) -> None:
        self.tree: Any = {"keys": [each.jwk for each in keys]}
        self.status = 200
        self.asked = 0
        self.delay = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.asked += 1
        await asyncio.sleep(self.delay)
        body = json.dumps(self.tree).encode()
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": body})


def oauth(url: str, **given: Any) -> Tree:
    return {"issuer": ISSUER, "audience": AUDIENCE, "jwks": {"url": f"{url}/jwks"}, **given}


# ----- certificates

CA = trustme.CA(organization_name="Test CA")
PAST = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
FUTURE = (datetime(2090, 1, 1, tzinfo=UTC), datetime(2091, 1, 1, tzinfo=UTC))


def issued(name: str, by: trustme.CA = CA, **given: Any) -> x509.Certificate:
    """A certificate for a common name and an organisation."""
    leaf = by.issue_cert(
        f"{name}.example.test", common_name=name, organization_name="Org", organization_unit_name=name, **given
    )
    return x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())


def fingerprint(certificate: x509.Certificate) -> str:
    return certificate.fingerprint(hashes.SHA256()).hex()


def names(certificate: x509.Certificate) -> Tree:
    """Subject and issuer as a setting."""
    return {"subject": certificate.subject.rfc4514_string(), "issuer": certificate.issuer.rfc4514_string()}


def der(certificate: x509.Certificate) -> str:
    return base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def rfc9440(certificate: x509.Certificate) -> Fields:
    return [("Client-Cert", f":{der(certificate)}:")]


def nginx(certificate: x509.Certificate) -> Fields:
    return [("X-SSL-Client-Verify", "SUCCESS"), ("X-SSL-Client-Escaped-Cert", quote(pem(certificate), safe=""))]


def haproxy(certificate: x509.Certificate) -> Fields:
    return [("X-SSL-Client-Verify", "0"), ("X-SSL-Client-Cert", der(certificate))]


FORMS = {"rfc9440": rfc9440, "nginx": nginx, "haproxy": haproxy}


def proxy(form: str = "rfc9440", *trusted: str) -> Tree:
    return {"form": form, "trusted": list(trusted or ("127.0.0.1",))}


def refused(reply: Reply, status: int, *paths: str) -> None:
    """A problem of our own API that names these places and nothing else."""
    assert reply.status == status, reply.text
    assert [one["path"] for one in reply.tree.get("errors", ())] == list(paths), reply.text


def write(path: Path, *consumers: Tree) -> Path:
    """A file of consumers."""
    path.write_text(tomlkit.dumps({"consumers": list(consumers)}), encoding="utf-8")
    return path
