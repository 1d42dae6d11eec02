"""The twin as a server: uvicorn on one port, with TLS and client certificates where that is asked for."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

import uvicorn

from gateway.twin.app import create_twin
from gateway.twin.asynkron import Receiver
from gateway.twin.certificates import Files, make
from gateway.twin.population import SEED


def server(
    port: int, host: str = "127.0.0.1", seed: int = SEED, tls: Files | None = None, receiver: Receiver | None = None
) -> uvicorn.Server:
    """The server, not started; with `tls`, clients must show a certificate of the same test CA.

    With a `receiver`, orders may be placed whose packages are sent there.
    """
    config = uvicorn.Config(
        create_twin(seed, receiver=receiver),
        host=host,
        port=port,
        access_log=False,  # addresses and times of questions are nobody's business, and the twin counts them itself
        log_level="warning",
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,  # the person who is never answered would otherwise keep the server for ever
    )
    if tls:
        config.ssl_certfile = str(tls.server_certificate)
        config.ssl_keyfile = str(tls.server_key)
        config.ssl_ca_certs = str(tls.ca)
        config.ssl_cert_reqs = ssl.CERT_REQUIRED
    return uvicorn.Server(config)


def run(port: int, host: str = "127.0.0.1", seed: int = SEED, *, tls: bool = False, folder: Path | None = None) -> None:
    """Serves until the process is told to stop; with `tls`, new certificates stand in `folder`.

    Whoever wants to say where the certificates are names a folder; without one they are in a new temporary folder,
    whose name begins with lefi-twin-.
    """
    files = make(folder or Path(tempfile.mkdtemp(prefix="lefi-twin-")), host) if tls else None
    server(port, host, seed, files).run()
