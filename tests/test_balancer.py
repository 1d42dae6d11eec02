"""The load balancer of docs/replicas.md, word for word, before two gateways."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from cryptography import x509

from tests.consumers.proofs import CA, Fields, consumer, names, nginx, proxy
from tests.service.running import House, Reply, house, question
from tests.test_metrics import free_port

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
DOCUMENT = Path(__file__).parents[1] / "docs/replicas.md"
ADDRESSES = ("10.0.0.11:8080", "10.0.0.12:8080")
WHOLE = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {example}
}}
"""
KNOWN = CA.issue_cert("alfa.example.test", common_name="alfa", organization_name="Org")

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here: the example of docs/replicas.md was not run")


@dataclass(frozen=True)
class Balancer:
    """The balancer, and what is behind it."""

    port: int
    trust: ssl.SSLContext
    gateways: Sequence[House]

    def ask(self, *fields: tuple[str, str], certificate: Path | None = None) -> Reply:
        """One question over TLS, with a certificate of one's own or without."""
        context = self.trust
        if certificate is not None:
            context = trusting()
            context.load_cert_chain(certificate)
        connection = http.client.HTTPSConnection("localhost", self.port, context=context, timeout=20)
        headers = {"content-type": "application/json", **dict(fields)}
        with contextlib.closing(connection):
            connection.request("POST", "/v1/fragor", json.dumps(question()), headers)
            response = connection.getresponse()
            return Reply(response.status, response.read(), {k.lower(): v for k, v in response.getheaders()})

    @property
    def asked(self) -> list[int]:
        """How many questions each gateway has put to its agency."""
        return [len(each.stub.questions) for each in self.gateways]


@dataclass
class Hangs:
    """A gateway that takes a question and is gone: what a killed one looks like from outside."""

    taken: int = 0

    def run(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(5)
                if client.recv(65536):
                    self.taken += 1


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    CA.configure_trust(context)
    return context


def gateway() -> contextlib.AbstractContextManager[House]:
    known = [consumer("alfa", certificate=names(read(KNOWN)))]
    return house(consumers=known, server={"proxy": proxy("nginx")})


def read(leaf: trustme.LeafCert) -> x509.Certificate:
    return x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())


@contextlib.contextmanager
def balancer(folder: Path, addresses: Sequence[str], gateways: Sequence[House]) -> Iterator[Balancer]:
    assert NGINX is not None
    here = free_port()
    text = DOCUMENT.read_text(encoding="utf-8")
    example = textwrap.dedent("    upstream lefi" + text.partition("\n    upstream lefi")[2].partition("\n\n")[0])
    for documented, address in zip(ADDRESSES, addresses, strict=True):
        assert documented in example
        example = example.replace(documented, address)
    example = example.replace("listen 443 ssl", f"listen 127.0.0.1:{here} ssl").replace("/etc/nginx/", f"{folder}/")
    server = CA.issue_cert("localhost")
    (folder / "lefi.pem").write_bytes(b"".join(each.bytes() for each in server.cert_chain_pems))
    (folder / "lefi.key").write_bytes(server.private_key_pem.bytes())
    (folder / "clients-ca.pem").write_bytes(CA.cert_pem.bytes())
    (folder / "nginx.conf").write_text(WHOLE.format(folder=folder, example=example))
    process = subprocess.Popen([NGINX, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        end = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", here)):
                break
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield Balancer(here, trusting(), gateways)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    file = tmp_path / "own.pem"
    file.write_bytes(KNOWN.private_key_and_cert_chain_pem.bytes())
    return file


def place(found: House) -> str:
    return urlsplit(found.url).netloc


def test_who_asks_is_known_by_its_certificate_and_by_nothing_that_it_says_itself(tmp_path: Path, own: Path) -> None:
    with gateway() as one, gateway() as other, balancer(tmp_path, [place(one), place(other)], [one, other]) as found:
        assert [found.ask(certificate=own).status for _ in range(4)] == [200] * 4
        assert found.asked == [2, 2]
        claimed: Fields = nginx(read(KNOWN))
        assert found.ask().status == 401
        assert found.ask(*claimed).status == 401
        assert found.asked == [2, 2]


def test_a_gateway_that_is_not_there_costs_no_question(tmp_path: Path, own: Path) -> None:
    with gateway() as one, balancer(tmp_path, [place(one), f"127.0.0.1:{free_port()}"], [one]) as found:
        assert [found.ask(certificate=own).status for _ in range(4)] == [200] * 4
        assert found.asked == [4]


def test_a_question_that_a_gateway_took_is_not_sent_to_another(tmp_path: Path, own: Path) -> None:
    gone = Hangs()
    with socket.create_server(("127.0.0.1", 0)) as listener, gateway() as one:
        thread = threading.Thread(target=gone.run, args=(listener,))
        thread.start()
        try:
            with balancer(tmp_path, [place(one), f"127.0.0.1:{listener.getsockname()[1]}"], [one]) as found:
                came = [found.ask(certificate=own).status for _ in range(4)]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
    assert sorted(came) == [200, 200, 200, 502]
    assert gone.taken == 1
    assert found.asked == [3]
