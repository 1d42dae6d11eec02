"""`lefi ping`: whether the upstreams can be reached, without a question about anybody."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.errors import UpstreamError
from gateway.settings import Settings
from gateway.sources import Source, connect
from gateway.versions import Pinging, discover

_UNREACHED = 1


def ping(
    config: ConfigFile = None,
    upstream: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Try this one, once for each.", show_default="every one that is configured"),
    ] = None,
) -> None:
    """Try the connections to the agencies, with the settings that `lefi serve` would have.

    Through SSBTEK its own ping is sent. Everywhere else the connection is opened (TLS with our certificate included)
    and closed again. Nothing is asked about anybody.

    Status 0: every one was reached. 1: one was not. 2: the settings or the command are wrong.
    """
    settings = settings_or_exit(config, {})
    names = upstream or [*settings.upstreams]
    unknown = [name for name in names if name not in settings.upstreams]
    if unknown or not names:
        known = ", ".join(settings.upstreams) or "none is configured"
        raise typer.BadParameter(f"expected the name of an upstream: {known}", param_hint="--upstream")
    if not all(asyncio.run(_each(settings, names))):
        raise typer.Exit(_UNREACHED)


async def _each(settings: Settings, names: list[str]) -> list[bool]:
    adapters = discover()
    found = []
    for name in names:
        source = connect(name, settings.upstreams[name], adapters)
        try:
            typer.echo(f"{name}: {await _reached(source)}")
            found.append(True)
        except UpstreamError as error:
            typer.echo(f"{name}: {error.type}: {error.detail.removeprefix(f'{name}: ')}", err=True)
            found.append(False)
        finally:
            await source.transport.aclose()
    return found


async def _reached(source: Source) -> str:
    if not isinstance(source.upstream, Pinging):
        await source.transport.reach()
        return "reached; the connection was opened and closed"
    behind = source.upstream.parse_ping(await source.transport.send(source.upstream.render_ping()))
    return f"{source.upstream.protocol} answers; " + (
        "it reached Försäkringskassan" if behind else "whether it reaches Försäkringskassan it does not say"
    )
