"""The command line: `lefi serve`, `worker`, `twin`, `ask`, `ping`, `doctor`, `drill`, `versions` and more.

The groups: `certificate`, `config`, `consumers`, `contracts`, `cutover`, `evidence`, `ledger`, `order`, `routes`,
`rules`.
"""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from gateway import logs
from gateway.cli.ask import ask
from gateway.cli.certificate import certificate
from gateway.cli.compare import compare
from gateway.cli.config import config
from gateway.cli.consumers import consumers
from gateway.cli.contracts import contracts
from gateway.cli.cutover import cutover
from gateway.cli.doctor import doctor
from gateway.cli.drill import drill
from gateway.cli.evidence import evidence
from gateway.cli.ledger import ledger
from gateway.cli.order import order
from gateway.cli.ping import ping
from gateway.cli.routes import routes
from gateway.cli.rules import rules
from gateway.cli.servers import serve, twin
from gateway.cli.support import support_bundle
from gateway.cli.versions import openapi, versions, wsdl
from gateway.cli.worker import worker
from gateway.contracts.files import ContractRefused
from gateway.openapi import program_version

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they print local variables, and those hold persons' data
    help="A gateway to LEFI: one stable JSON API over every version of the agencies' benefit information service.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lefi-gateway {program_version()}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the program's version.")
    ] = False,
) -> None:
    """What holds for every command."""


app.command()(serve)
app.command()(worker)
app.command()(twin)
app.command()(ask)
app.command()(compare)
app.command()(ping)
app.command()(drill)
app.command()(doctor)
app.command("support-bundle")(support_bundle)
app.command()(versions)
app.command()(openapi)
app.command()(wsdl)
app.add_typer(config, name="config")
app.add_typer(contracts, name="contracts")
app.add_typer(routes, name="routes")
app.add_typer(rules, name="rules")
app.add_typer(ledger, name="ledger")
app.add_typer(order, name="order")
app.add_typer(consumers, name="consumers")
app.add_typer(certificate, name="certificate")
app.add_typer(cutover, name="cutover")
app.add_typer(evidence, name="evidence")


def main() -> None:
    """The command `lefi`; an exception nobody expected is named without its text, which may hold a person's data."""
    logs.configure()
    try:
        app()
    except ContractRefused as error:  # of a contract, which holds no person's data
        typer.echo(f"contract refused: {error}", err=True)
        sys.exit(2)
    except Exception as error:  # noqa: BLE001  the last door
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{frame.filename.rpartition('/')[2]}:{frame.lineno}"
        typer.echo(f"lefi failed: {type(error).__name__} at {place}; this is a fault of the program", err=True)
        sys.exit(70)  # EX_SOFTWARE of sysexits.h: none of the statuses that mean something here
