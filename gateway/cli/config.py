"""`lefi config check` and `lefi config schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.routes import configured_rules
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.settings import schema as settings_schema

config = typer.Typer(no_args_is_help=True, help="Check the settings, or print what there is to set.")


@config.command()
def check(file: ConfigFile = None) -> None:
    """Read the settings as `lefi serve` would, environment included, and say everything that is wrong with them.

    Certificates are opened, the routing file is read, nothing is connected to. Status 0 when the settings can be
    used, 2 when not.
    """
    settings = settings_or_exit(file, {})
    rules = None if settings.shared.routing else configured_rules(settings)
    typer.echo("the settings can be used")
    typer.echo(f"  listens at    {settings.server.host} port {settings.server.port}")
    for name, upstream in settings.upstreams.items():
        inside = "" if upstream.envelope == "plain" else f" in {upstream.envelope.upper()}"
        typer.echo(f"  upstream      {name}: {upstream.version or name}{inside} at {upstream.url}")
    for consumer in settings.consumers:
        kinds = "everything" if consumer.informationstyper is None else f"{len(consumer.informationstyper)} types"
        typer.echo(f"  consumer      {consumer.name}: {kinds}")
    if rules is None:
        typer.echo("  routing       the newest revision in the database of the ledger")
    elif settings.routing is not None:
        typer.echo(f"  routing       {settings.routing}: {len(rules.rules)} rules")
    if not settings.upstreams:
        typer.echo("  no upstream: every question would be answered with 503")
    if settings.consumers_file is not None:
        typer.echo(f"  consumers     those of {settings.consumers_file} too")
    elif not settings.consumers:
        typer.echo("  no consumer: no key is asked for, and only this machine is listened to")


@config.command()
def schema(
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Print the JSON Schema of the settings file; docs/settings.schema.json is the same."""
    write(json.dumps(settings_schema(), indent=2, ensure_ascii=False) + "\n", output)


def write(text: str, output: Path | None) -> None:
    """Text to a file or to standard output."""
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
