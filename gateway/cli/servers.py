"""`lefi serve` and `lefi twin`: what listens, where it listens, and what is loudly said before it does."""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
import uvicorn

from gateway import logs, memory
from gateway.app import application
from gateway.consumers.file import FileRefused
from gateway.ledger.keyring import KeyringError
from gateway.metrics import Metrics
from gateway.openapi import program_version
from gateway.parts import Server
from gateway.service import Service
from gateway.settings import ConfigurationError, Settings, load
from gateway.store.errors import StoreError
from gateway.twin import certificates
from gateway.twin.population import SEED
from gateway.twin.serve import server as twin_server
from gateway.versions import discover

_GRACE_SECONDS = 30
"""How long questions in work may take once the process is told to stop; as long as one may take by default."""

Host = Annotated[str | None, typer.Option(help="Address to listen at.", show_default="127.0.0.1")]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file with the settings.")]


def serve(
    config: ConfigFile = None,
    host: Host = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen at; 0 takes a free one and prints it.", show_default="8080")
    ] = None,
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=URL",
            help="A version of LEFI to ask, once for each: v9=https://… "
            "Another name than the version's takes its version from the settings.",
        ),
    ] = None,
) -> None:
    """Run the gateway.

    Settings come from the file, the environment (LEFI_SERVER__PORT) over it, and the command line over both.
    Without consumers in the settings the gateway listens on loopback only and asks for no key.
    """
    settings = settings_or_exit(config, over(host, port, upstream or []))
    logs.configure()
    if not settings.consumers and settings.consumers_file is None:
        _warn(
            "NO CONSUMER IS CONFIGURED: whoever reaches this port is answered, and no key is asked for.",
            "So only this machine is listened to. Give every consumer a key before anybody else is to ask.",
        )
    if not settings.upstreams:
        _warn("NO UPSTREAM IS CONFIGURED: every question is answered with 503. See --upstream and --config.")
    service = service_or_exit(settings)
    listener = _listen(settings.server.host, settings.server.port)
    address = _address(listener, "http")
    server_config = uvicorn.Config(
        application(service),
        log_config=None,
        access_log=False,  # an access log quotes addresses, and anything can be written into one
        loop="uvloop",
        http="httptools",
        lifespan="on",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    with _metrics_at(settings.server, service.metrics) as metrics_address:
        _run(_Announcing(server_config, lambda: _say_where(settings, address, metrics_address)), listener, service)


def twin(
    port: Annotated[int, typer.Option(help="Port to listen at; 0 takes a free one and prints it.")],
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    seed: Annotated[int, typer.Option(help="What the invented persons' lives are made from.")] = SEED,
    tls: Annotated[
        bool,
        typer.Option("--tls", help="Speak TLS and require a client certificate; both are of a test CA that is made."),
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--certificates", help="Folder for the certificates of --tls.", show_default="a temporary one"),
    ] = None,
) -> None:
    """Run the twin: both agencies with invented persons, at every version's own addresses.

    Its start page lists the persons. Their numbers are of Skatteverket's test series and nobody's.
    """
    logs.configure()
    files = certificates.make(folder or Path(tempfile.mkdtemp(prefix="lefi-twin-")), host) if tls else None
    listener = _listen(host, port)
    address = _address(listener, "https" if tls else "http")

    def say() -> None:
        spoken = [one.face for one in discover().values() if one.face]
        faces = " ".join(f"--upstream {face.version}={address}/{face.routes[0].path.split('/')[1]}" for face in spoken)
        lines: dict[str, object] = {"listening on": address, "for a gateway": faces}
        if files:
            lines |= {
                "ca": files.ca,
                "certificate": files.client_certificate,
                "key": files.client_key,
                "pkcs12": files.client_pkcs12,
            }
        _echo("LEFI twin: every person in it is invented", lines)

    _run(_Announcing(twin_server(port, host, seed, files).config, say), listener)


def over(host: str | None, port: int | None, upstreams: list[str]) -> dict[str, Any]:
    """The command line's part of the settings; a usage error for an upstream that is not NAME=URL."""
    found: dict[str, Any] = {}
    for one in upstreams:
        name, sign, url = one.partition("=")
        if not (name and sign and url):
            raise typer.BadParameter("expected NAME=URL, as in v9=http://127.0.0.1:8081/rest", param_hint="--upstream")
        found.setdefault("upstreams", {})[name] = {"url": url}
    server = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    return found | ({"server": server} if server else {})


def settings_or_exit(config: Path | None, above: dict[str, Any]) -> Settings:
    """The settings; every problem of theirs on a line of its own, and status 2, where there are any."""
    try:
        return load(config, above)
    except ConfigurationError as error:
        refuse(error)


def service_or_exit(settings: Settings) -> Service:
    """The gateway of these settings; what is wrong with a file of theirs, and status 2, where it cannot be made."""
    try:
        return Service(settings)
    except (ConfigurationError, FileRefused, KeyringError, StoreError, OSError) as error:
        refuse(error)


def refuse(error: Exception) -> NoReturn:
    """What keeps a gateway from starting, and status 2."""
    if isinstance(error, ConfigurationError | FileRefused):
        say_faults(error)
    else:
        text = f"{error.filename}: expected a place that can be written" if isinstance(error, OSError) else str(error)
        typer.echo(f"configuration: {text}", err=True)
    raise typer.Exit(2) from None


def say_faults(error: ConfigurationError | FileRefused) -> None:
    """Every problem of a configuration, on a line of its own."""
    for fault in error.faults:
        typer.echo(f"configuration: {fault.path or 'the settings'}: expected {fault.expected}", err=True)


class _Announcing(uvicorn.Server):
    """A server that says where it listens once it does."""

    def __init__(self, config: uvicorn.Config, say: Callable[[], None]) -> None:
        super().__init__(config)
        self._say = say

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._say()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        _cannot_listen(host, port, error)


def _cannot_listen(host: str, port: int, error: OSError) -> NoReturn:
    # The error's own text would say the address once more; a failed look-up has a negative number and no such text.
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else "not an address of this machine"
    typer.echo(f"cannot listen at {host} port {port}: {why}", err=True)
    raise typer.Exit(1) from None


@contextlib.contextmanager
def _metrics_at(server: Server, metrics: Metrics) -> Iterator[str]:
    """Serves the metrics where the settings say, if anywhere; gives the address."""
    where = server.metrics_address()
    if where is None:
        yield ""
        return
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(metrics.served(*where))
        except OSError as error:
            _cannot_listen(*where, error)
        yield address


def _run(server: uvicorn.Server, listener: socket.socket, service: Service | None = None) -> None:
    memory.settle()
    try:
        with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is how a person stops it
            server.run(sockets=[listener])
    except SystemExit:  # uvicorn's, which does not say why the gateway did not come up
        if service is None or service.refused is None:
            raise
        refuse(service.refused)
    if not server.started:
        raise typer.Exit(1)


def _address(listener: socket.socket, scheme: str) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _say_where(settings: Settings, address: str, metrics: str) -> None:
    upstreams = ", ".join(f"{name} at {one.url}" for name, one in settings.upstreams.items())
    lines: dict[str, object] = {"documentation": f"{address}/docs", "upstreams": upstreams or "none"}
    if metrics:
        lines["metrics"] = metrics
    _echo(f"LEFI gateway {program_version()}", {"listening on": address, **lines})


def _echo(title: str, lines: dict[str, object]) -> None:
    for line in (title, *(f"  {name:14} {value}" for name, value in lines.items())):
        print(line, flush=True)


def _warn(*lines: str) -> None:
    for line in lines:
        typer.secho(f"WARNING  {line}", fg=typer.colors.YELLOW, bold=True, err=True)
