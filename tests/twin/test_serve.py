from __future__ import annotations

import asyncio
import ssl
import stat
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import pkcs12

from gateway.connection import Connection
from gateway.transport import Transport
from gateway.twin.certificates import Files, make
from gateway.wire import WireRequest
from tests.twin.running import running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make(tmp_path_factory.mktemp("certificates"), "127.0.0.1")


async def health(url: str, **settings: object) -> int:
    transport = Transport("twin", Connection.model_validate({"url": url} | settings))
    try:
        return (await transport.send(WireRequest("GET", "/health"))).status
    finally:
        await transport.aclose()
        await asyncio.sleep(0.1)  # a TLS connection of aiohttp's ends a little after it is closed


def test_a_client_with_a_certificate_is_served(files: Files) -> None:
    with running(files) as twin:
        url = f"https://127.0.0.1:{twin.port}"
        pem = {"certificate": files.client_certificate, "key": files.client_key}
        bundle = {"pkcs12": files.client_pkcs12}
        for certificate in (pem, bundle):
            assert asyncio.run(health(url, ca=files.ca, client_certificate=certificate)) == 200


def test_a_client_without_one_is_not(files: Files) -> None:
    with running(files) as twin:
        context = ssl.create_default_context(cafile=str(files.ca))
        with (
            httpx.Client(verify=context, trust_env=False) as client,
            pytest.raises((httpx.ReadError, httpx.RemoteProtocolError, httpx.ConnectError)),
        ):
            client.get(f"https://127.0.0.1:{twin.port}/health")


def test_keys_are_for_their_owner_alone(files: Files) -> None:
    for path in (files.server_key, files.client_key, files.client_pkcs12):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_certificates_can_be_made_again_in_the_same_folder(tmp_path: Path) -> None:
    first = make(tmp_path, "localhost").ca.read_bytes()
    assert make(tmp_path, "twin.example").ca.read_bytes() != first


def test_the_bundle_holds_what_it_should(files: Files) -> None:
    key, certificate, more = pkcs12.load_key_and_certificates(files.client_pkcs12.read_bytes(), None)
    assert key is not None
    assert certificate is not None
    assert len(more) == 1
