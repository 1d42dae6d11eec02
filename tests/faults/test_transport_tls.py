"""RELIABILITY.md section 3, the rows of TLS, with real certificates; and the two forms of a client certificate."""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
import tempfile
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import PBES

from gateway.breaker import Breaker
from gateway.connection import Connection
from gateway.errors import ClientCertificateRefused, UpstreamError, UpstreamInvalidAnswer, UpstreamTls
from gateway.tls import make_context
from gateway.wire import WireRequest, WireResponse
from tests.faults.certificates import (
    CA,
    CHAIN_CA,
    CLIENT,
    OTHER_CA,
    VERSIONS,
    blocking_upstream,
    common_name_only,
    expired,
    server_context,
    to_files,
    to_pkcs12,
)
from tests.faults.upstream import OK, QUESTION, Script, Upstream, repeats, resets, says, transport, upstream

pytestmark = pytest.mark.anyio

PASSWORD = "hemlig-åäö"  # noqa: S105 - made for this test
SMALL = QUESTION
LARGE = WireRequest("POST", "/fraga", body=bytes(300_000))  # more than the server reads: its close becomes a reset
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


async def send_once(url: str, **settings: object) -> WireResponse:
    async with transport(url, **settings) as way:
        return await way.send(QUESTION)


async def refusal(here: Upstream, request: WireRequest, **settings: object) -> UpstreamError:
    async with transport(here.url, **settings) as way:
        with pytest.raises(UpstreamError) as caught:
            await way.send(request)
        assert way.breaker == Breaker()
    assert here.connections == 1
    assert caught.value.__cause__ is caught.value.__context__ is None
    return caught.value


def client(certificate: trustme.LeafCert | None, folder: Path) -> dict[str, object]:
    return {} if certificate is None else {"client_certificate": to_files(certificate, folder)}


@versions
@pytest.mark.parametrize("certificate", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("request_", [SMALL, LARGE], ids=["small", "large"])
async def test_a_refused_client_certificate_is_told_with_an_alert(
    version: ssl.TLSVersion, certificate: trustme.LeafCert | None, request_: WireRequest, ca: Path, tmp_path: Path
) -> None:
    for _ in range(5):  # whether the alert arrives, or is lost in a reset, is up to chance
        with blocking_upstream(server_context(version, asks=True)) as here:
            error = await refusal(here, request_, ca=ca, **client(certificate, tmp_path))
        assert type(error) is ClientCertificateRefused
        assert error.sent == (version is ssl.TLSVersion.TLSv1_3)
        assert here.asked == []


@versions
@pytest.mark.parametrize("certificate", REFUSED.values(), ids=REFUSED.keys())
async def test_a_refused_client_certificate_is_told_without_an_alert(
    version: ssl.TLSVersion, certificate: trustme.LeafCert | None, ca: Path, tmp_path: Path
) -> None:
    async with upstream(says(OK), server_context(version, asks=True)) as here:
        with pytest.raises(ClientCertificateRefused):
            await send_once(here.url, ca=ca, **client(certificate, tmp_path))
    assert here.asked == []


@versions
@pytest.mark.parametrize("asks", [False, True], ids=["server certificate only", "mutual"])
@pytest.mark.parametrize("script", [says(), resets(), resets(b"HTTP/1.1 200")], ids=["closed", "reset", "reset in it"])
async def test_a_broken_answer_is_not_taken_for_a_refused_certificate(
    version: ssl.TLSVersion,
    *,
    asks: bool,
    script: Script,
    ca: Path,
    tmp_path: Path,
) -> None:
    async with upstream(script, server_context(version, asks=asks)) as here:
        error = await refusal(here, QUESTION, ca=ca, **client(CLIENT, tmp_path))
    assert type(error) is UpstreamInvalidAnswer
    assert error.sent
    assert len(here.asked) == 1


UNTRUSTED = {
    "expired": expired("127.0.0.1"),
    "of another CA": OTHER_CA.issue_cert("127.0.0.1"),
    "for another name": CA.issue_cert("other.example"),
}


@versions
@pytest.mark.parametrize("certificate", UNTRUSTED.values(), ids=UNTRUSTED.keys())
async def test_an_untrusted_server_gets_nothing(
    version: ssl.TLSVersion, certificate: trustme.LeafCert, ca: Path
) -> None:
    with blocking_upstream(server_context(version, certificate)) as here:
        error = await refusal(here, QUESTION, ca=ca)
    assert type(error) is UpstreamTls
    assert not error.sent
    assert here.asked == []


async def test_a_server_that_has_its_name_in_the_common_name_only_gets_nothing(ca: Path, tmp_path: Path) -> None:
    certificate, key = common_name_only()
    (tmp_path / "server.pem").write_bytes(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    async with upstream(says(OK), context) as here:
        with pytest.raises(UpstreamTls) as caught:
            await send_once(here.url.replace("127.0.0.1", "localhost"), ca=ca)
    assert not caught.value.sent
    assert here.asked == []


async def test_without_a_pinned_ca_the_system_is_trusted_and_not_the_test_ca() -> None:
    with blocking_upstream(server_context()) as here:
        assert type(await refusal(here, QUESTION)) is UpstreamTls


async def test_the_environment_does_not_widen_a_pinned_ca(
    ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    OTHER_CA.cert_pem.write_to_path(str(other))
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, str(other))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    with blocking_upstream(server_context(certificate=UNTRUSTED["of another CA"])) as here:
        assert type(await refusal(here, QUESTION, ca=ca)) is UpstreamTls
    assert not (tmp_path / "keys.log").exists()


async def test_an_old_tls_version_gets_nothing(ca: Path) -> None:
    context = server_context()
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1 is deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with upstream(says(OK), context) as here:
        with pytest.raises(UpstreamError) as caught:
            await send_once(here.url, ca=ca)
    assert not caught.value.sent


async def test_plain_http_where_tls_was_expected_gets_nothing(ca: Path) -> None:
    async with upstream(says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), reads=False) as here:
        here.tls = True
        error = await refusal(here, QUESTION, ca=ca)
    assert type(error) is UpstreamTls
    assert not error.sent


FORMS: dict[str, tuple[str | None, KeySerializationEncryption] | str | None] = {
    "PEM": None,
    "PEM with password": PASSWORD,
    "PKCS#12": (PASSWORD, BestAvailableEncryption(PASSWORD.encode())),
    "PKCS#12 without password": (None, NoEncryption()),
    "PKCS#12 with 3DES": (
        PASSWORD,
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(PBES.PBESv1SHA1And3KeyTripleDESCBC)
        .hmac_hash(hashes.SHA1())  # noqa: S303 - what old files have
        .build(PASSWORD.encode()),
    ),
}


@versions
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
async def test_a_client_certificate_with_its_chain_is_accepted(
    version: ssl.TLSVersion, form: tuple[str | None, KeySerializationEncryption] | str | None, ca: Path, tmp_path: Path
) -> None:
    # Issued by an intermediate that the server does not have: it works only when the chain is sent along.
    certificate = CHAIN_CA.issue_cert("client.example")
    setting = (
        to_pkcs12(certificate, tmp_path, *form) if isinstance(form, tuple) else to_files(certificate, tmp_path, form)
    )
    async with upstream(says(OK), server_context(version, asks=True)) as here:
        assert (await send_once(here.url, ca=ca, client_certificate=setting)).body == b"ok"


async def test_an_endless_body_over_tls_costs_no_more_than_the_limit(ca: Path) -> None:
    endless = repeats(
        b"10000\r\n" + b"a" * 0x10000 + b"\r\n", before=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    async with upstream(endless, server_context()) as here:
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            error = await refusal(here, QUESTION, ca=ca, total_seconds=20, read_seconds=20)
            async with asyncio.timeout(2):
                await here.closed.wait()
            grown = tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
    assert type(error) is UpstreamInvalidAnswer
    assert grown < 20 * 2**20


# ---------------------------------------------------------------------------------------- unusable settings


def broken(folder: Path) -> Iterator[tuple[str, dict[str, object]]]:
    pem = to_files(CLIENT, folder, PASSWORD)
    other = folder / "other"
    other.mkdir()
    p12 = to_pkcs12(CLIENT, folder, PASSWORD, BestAvailableEncryption(PASSWORD.encode()))
    garbage = folder / "garbage"
    garbage.write_text("-----BEGIN PRIVATE KEY-----\nhemlig\n-----END PRIVATE KEY-----\n")
    missing = folder / "missing"
    yield "ca:", {"ca": missing}
    yield "ca:", {"ca": garbage}
    yield "client_certificate.certificate:", {"client_certificate": pem | {"certificate": missing}}
    yield "client_certificate.key:", {"client_certificate": pem | {"key": missing}}
    yield "client_certificate:", {"client_certificate": pem | {"key": garbage}}
    yield "client_certificate:", {"client_certificate": pem | {"certificate": garbage}}
    yield "client_certificate:", {"client_certificate": pem | {"password": "fel-lösenord"}}
    yield "client_certificate:", {"client_certificate": pem | {"password": None}}
    yield "client_certificate:", {"client_certificate": pem | {"key": to_files(CA.issue_cert("x"), other)["key"]}}
    yield "client_certificate.pkcs12:", {"client_certificate": {"pkcs12": missing}}
    yield "client_certificate.pkcs12:", {"client_certificate": {"pkcs12": garbage}}
    yield "client_certificate.pkcs12:", {"client_certificate": p12 | {"password": "fel-lösenord"}}
    yield "client_certificate.pkcs12:", {"client_certificate": p12 | {"password": None}}


def test_a_setting_that_cannot_be_used_is_named_and_nothing_in_it_is_told(tmp_path: Path) -> None:
    for name, settings in broken(tmp_path):
        connection = Connection.model_validate({"url": "https://agency.example"} | settings)
        with pytest.raises(ValueError, match="expected") as caught:
            make_context(connection)
        text = str(caught.value)
        assert text.startswith(name)
        assert caught.value.__suppress_context__
        assert not any(secret in text for secret in ("hemlig", "lösenord", PASSWORD, "BEGIN", str(tmp_path)))


def test_a_pkcs12_key_leaves_nothing_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    setting = to_pkcs12(CLIENT, tmp_path, None, NoEncryption())
    make_context(Connection.model_validate({"url": "https://agency.example", "client_certificate": setting}))
    assert os.listdir(folder) == []  # noqa: PTH208 - names are enough


def test_the_context_has_the_rules_of_the_house() -> None:
    context = make_context(Connection(url="https://agency.example"))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not context.hostname_checks_common_name
    assert context.keylog_filename is None


def test_nothing_is_left_open_where_a_server_says_no_farewell(ca: Path) -> None:
    stays = threading.Event()
    with blocking_upstream(server_context(), stays=stays) as here:
        assert asyncio.run(send_once(here.url, ca=ca)).status == 200
        gc.collect()  # what is open now, without a loop to close it, is a ResourceWarning: pytest makes an error of it
        stays.set()
