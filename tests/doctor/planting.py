"""A twin with certificates as the agency's are, and the ways in which each thing on the way to it can be broken."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import tomlkit
import trustme
from starlette.types import Message, Receive, Scope, Send

from gateway.twin.app import create_twin
from tests.cli.running import Done, here
from tests.faults.certificates import blocking_upstream, server_context, to_files
from tests.service.running import AGREED, App, Reply, Stub, serve

NOW = datetime.now(UTC)
CA = trustme.CA(organization_name="Expisoft AB (made for a test)")
OTHER_CA = trustme.CA(organization_name="SITHS (made for a test)")
NOBODYS_CA = trustme.CA(organization_name="Made for a test")
CLIENT = CA.issue_cert("client.example")
SERVER = CA.issue_cert("127.0.0.1", "localhost")
CONSUMER = {"name": "socialtjansten", "key_sha256": "0" * 64, **AGREED}
PAST = (NOW - timedelta(days=400), NOW - timedelta(days=35))
FUTURE = (NOW + timedelta(days=3), NOW + timedelta(days=400))
SOON = (NOW - timedelta(days=400), NOW + timedelta(days=10))


def issued(issuer: trustme.CA, name: str, times: tuple[datetime, datetime] | None = None) -> trustme.LeafCert:
    return issuer.issue_cert(name, not_before=times and times[0], not_after=times and times[1])


@dataclass
class Plot:
    """A folder with the settings of one gateway, which a fault is planted in before they are written."""

    folder: Path
    twin: str
    """The healthy twin's address."""
    whole: dict[str, Any] = field(default_factory=dict)
    upstream: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        CA.cert_pem.write_to_path(str(self.folder / "ca.pem"))
        self.whole = {"state": str(self.folder / "state")}
        self.upstream = {
            "version": "v9",
            "url": f"{self.twin}/rest",
            "ca": str(self.folder / "ca.pem"),
            "aktors_id": "kommunen",
            "connect_seconds": 2,
            "client_certificate": self.certificate(CLIENT),
        }

    def certificate(self, certificate: trustme.LeafCert, password: str | None = None) -> dict[str, Any]:
        folder = self.folder / f"client-{id(certificate)}"
        folder.mkdir(exist_ok=True)
        return {name: str(value) for name, value in to_files(certificate, folder, password).items()}

    def examined(self, *more: str) -> Done:
        file = self.folder / "gateway.toml"
        upstreams = {"prod": self.upstream, **self.whole.pop("upstreams", {})}
        file.write_text(tomlkit.dumps({**self.whole, "upstreams": upstreams}), encoding="utf-8")
        environment = {"LEFI_CONTRACT_STORE": str(self.folder / "contracts"), **self.environment}
        return here("doctor", "--config", file, *more, env=environment)

    def findings(self) -> tuple[int, list[dict[str, str]]]:
        done = self.examined("--json")
        return done.status, json.loads(done.out)


@contextlib.contextmanager
def tls_twin(
    app: App | None = None,
    certificate: trustme.LeafCert = SERVER,
    *,
    trusts: tuple[trustme.CA, ...] = (CA,),
    **more: Any,
) -> Iterator[str]:
    """A twin (or another application) behind TLS that wants a client certificate."""
    with (
        certificate.private_key_and_cert_chain_pem.tempfile() as own,
        trustme.Blob(b"".join(each.cert_pem.bytes() for each in trusts)).tempfile() as ca,
    ):
        terms = {"ssl_certfile": own, "ssl_ca_certs": ca, "ssl_cert_reqs": ssl.CERT_REQUIRED, **more}
        with serve(app or create_twin(), **terms) as url:
            yield url


class Clockwork:
    """An application whose clock is off."""

    def __init__(self, app: App, off: timedelta) -> None:
        self._app, self._off = app, off

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = (datetime.now(UTC) + self._off).strftime("%a, %d %b %Y %H:%M:%S GMT")
                message["headers"] = [*message["headers"], (b"date", there.encode())]
            await send(message)

        await self._app(scope, receive, dated)


def lists(entitlements: Reply) -> Stub:
    """An agency whose list of what may be asked for is this."""
    stub = Stub()
    stub.entitlements = entitlements
    return stub


@contextlib.contextmanager
def speaks(version: ssl.TLSVersion, *, asks: bool = False) -> Iterator[str]:
    """A server of one TLS version, as real ones are: it sends its alerts."""
    context = server_context(None, SERVER)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    if asks:
        CA.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    with blocking_upstream(context) as there:
        yield there.url
