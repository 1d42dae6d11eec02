"""What `lefi ping` does where there is nothing to ask: a connection is opened and closed, and not one byte is asked."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import trustme

from gateway.errors import (
    ClientCertificateRefused,
    UpstreamError,
    UpstreamTimeout,
    UpstreamTls,
    UpstreamUnavailable,
)
from tests.faults.certificates import (
    CA,
    CLIENT,
    OTHER_CA,
    VERSIONS,
    blocking_upstream,
    expired,
    server_context,
    to_files,
)
from tests.faults.upstream import OK, says, stalls, transport, upstream

pytestmark = pytest.mark.anyio

REFUSED: dict[str, trustme.LeafCert | None] = {
    "missing": None,
    "expired": expired("client.example"),
    "of another CA": OTHER_CA.issue_cert("client.example"),
}
versions = pytest.mark.parametrize("version", VERSIONS.values(), ids=VERSIONS.keys())


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    CA.cert_pem.write_to_path(str(path))
    return path


async def reach(url: str, **settings: object) -> UpstreamError | None:
    """What is wrong, with nothing of a foreign exception in it."""
    async with transport(url, **{"connect_seconds": 2, **settings}) as way:
        try:
            await way.reach()
        except UpstreamError as error:
            found = error
        else:
            return None
    assert not found.sent
    assert found.__cause__ is found.__context__ is None
    return found


@versions
@pytest.mark.parametrize("asks", [False, True], ids=["server certificate only", "mutual"])
async def test_a_server_that_waits_for_a_question_is_reached(
    version: ssl.TLSVersion, ca: Path, tmp_path: Path, *, asks: bool
) -> None:
    async with upstream(says(OK), server_context(version, asks=asks)) as here:
        assert await reach(here.url, ca=ca, client_certificate=to_files(CLIENT, tmp_path)) is None
    assert (here.connections, here.asked) == (1, [])


async def test_a_server_without_tls_is_reached() -> None:
    async with upstream(says(OK)) as here:
        assert await reach(here.url) is None
    assert here.asked == []


@versions
@pytest.mark.parametrize("certificate", REFUSED.values(), ids=REFUSED.keys())
async def test_a_refused_client_certificate_is_told(
    version: ssl.TLSVersion, certificate: trustme.LeafCert | None, ca: Path, tmp_path: Path
) -> None:
    ours = {} if certificate is None else {"client_certificate": to_files(certificate, tmp_path)}
    with blocking_upstream(server_context(version, asks=True)) as here:
        assert type(await reach(here.url, ca=ca, **ours)) is ClientCertificateRefused
    async with upstream(says(OK), server_context(version, asks=True)) as there:  # this one sends no alert
        assert type(await reach(there.url, ca=ca, **ours)) is ClientCertificateRefused
    assert here.asked == there.asked == []


async def test_an_untrusted_server_is_told(ca: Path) -> None:
    with blocking_upstream(server_context(certificate=OTHER_CA.issue_cert("127.0.0.1"))) as here:
        assert type(await reach(here.url, ca=ca)) is UpstreamTls


async def test_a_server_that_is_not_there_or_says_nothing_is_told(ca: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert type(await reach(f"http://127.0.0.1:{taken.getsockname()[1]}")) is UpstreamUnavailable
    async with upstream(stalls(), reads=False) as here:
        here.tls = True
        assert type(await reach(here.url, ca=ca, connect_seconds=0.2)) is UpstreamTimeout
