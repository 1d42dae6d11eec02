"""`lefi doctor`: the agency's connection check-list and what the gateway itself needs, each with verdict and remedy."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from gateway.cli.console import console, plain
from gateway.cli.servers import ConfigFile, say_faults
from gateway.doctor.report import Finding, Verdict
from gateway.doctor.run import Examination
from gateway.settings import ConfigurationError

_FAILED, _WRONG_SETTINGS = 1, 2
_STYLES: dict[Verdict, str] = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


def doctor(
    config: ConfigFile = None,
    upstream: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Look at this one, once for each.", show_default="every one that is configured"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Check everything that a question needs on its way, and say what to do about what is not well.

    Each upstream: its name and address, the connection, TLS, both certificates, the clock, and what may be asked for.
    The gateway: settings, contracts, the folder and the disk for its state, and the ledger. Nothing is asked about
    anybody, and questions that wait are not disturbed.

    Status 0: no check failed (there may be warnings). 1: one did. 2: the settings are wrong.
    """
    try:
        examination = Examination(config)
    except ConfigurationError as error:
        say_faults(error)
        raise typer.Exit(_WRONG_SETTINGS) from None
    known = [*examination.settings.upstreams]
    if not set(upstream or ()) <= {*known}:
        expected = ", ".join(known) or "none is configured"
        raise typer.BadParameter(f"expected the name of an upstream: {expected}", param_hint="--upstream")
    found = asyncio.run(_all(examination, [*dict.fromkeys(upstream or known)]))
    if as_json:
        typer.echo(json.dumps([_tree(one) for one in found], ensure_ascii=False, indent=2))
    else:
        _print(found)
    failures = {one.check for one in found if one.said.verdict == "failed"}
    if failures:
        raise typer.Exit(_WRONG_SETTINGS if "settings" in failures else _FAILED)


async def _all(examination: Examination, names: list[str]) -> list[Finding]:
    return [finding async for finding in examination.findings(names)]


def _tree(finding: Finding) -> dict[str, str]:
    return {"upstream": finding.of, "check": finding.check, **asdict(finding.said)}


def _print(found: list[Finding]) -> None:
    out = console()
    for of in dict.fromkeys(one.of for one in found):
        out.print(plain(f"upstream {of}" if of else "gateway", "bold"))
        table = Table(box=None, show_header=False, padding=(0, 1))
        for one in (each for each in found if each.of == of):
            table.add_row(plain(one.said.verdict, _STYLES[one.said.verdict]), plain(one.check), plain(one.said.found))
            if one.said.remedy:
                table.add_row("", "", plain(f"→ {one.said.remedy}", "bold"))
        out.print(table)
    counts = Counter(one.said.verdict for one in found)
    out.print(", ".join(f"{counts[verdict]} {verdict}" for verdict in _STYLES if counts[verdict]))
