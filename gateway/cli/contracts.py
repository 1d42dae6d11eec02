"""`lefi contracts`: the agency's own contract files taken into use, checked, compared and listed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gateway import clock
from gateway.cli.console import console, plain
from gateway.contracts import store
from gateway.contracts.compiled import Compiled
from gateway.contracts.report import Report, Side, compare, reports
from gateway.documents import CONTRACTS
from gateway.versions import Adapter, compiled, discover, neighbour

contracts = typer.Typer(
    no_args_is_help=True,
    help="Install the agency's own WSDL, XSD or OpenAPI files, and see how they differ from what comes with the "
    "program. They are kept in the folder that LEFI_CONTRACT_STORE names, else ./lefi-contracts.",
)

_MOST = 25
Everything = Annotated[bool, typer.Option("--all", help="List everything, however long.")]


@contracts.command()
def add(
    source: Annotated[Path, typer.Argument(help="A zip, a folder or a file: WSDL with its schemas, or OpenAPI.")],
    version: Annotated[str, typer.Option(help="The version that it is the contract of: 6 or v6.")],
    overlay: Annotated[Path | None, typer.Option(help="TOML: names, places and codes that differ from ours.")] = None,
    everything: Everything = False,
) -> None:
    """Check a contract, hold it against what the program knows, report, and take it into use.

    Nothing is fetched: what a file refers to must be among the files. A version that the program has not is added the
    same way, with an overlay that says which version it is `like`. Status 1 when some of it is not mapped (it is
    installed all the same: what is not mapped is kept beside each answer and noted), 2 when it is refused.
    """
    one = store.given(_named(version), source, overlay, clock.today())
    found = compiled(one)
    folder = store.install(one, overlay)
    typer.echo(f"installed {one.version} in {folder}: {len(one.files)} files, sha256 {one.sha256}")
    if not _say(found, neighbour(one), everything=everything):
        raise typer.Exit(1)


@contracts.command()
def check(
    version: Annotated[str, typer.Argument(help="The version, 6 or v6; every installed one when left out.")] = "",
    everything: Everything = False,
) -> None:
    """Check installed contracts again: the files by their hash, references, schemas, overlay and mapping.

    Status 0 when everything is mapped, 1 when something is not, 2 when a contract cannot be used.
    """
    wanted = _named(version) if version else ""
    found = [one for one in store.installed() if wanted in ("", one.version)]
    if not found:
        raise typer.BadParameter("expected a version whose contract is installed", param_hint="VERSION")
    complete = True
    for one in found:
        typer.echo(f"{one.version}: {len(one.files)} files as they were installed on {one.added}, sha256 {one.sha256}")
        complete &= _say(compiled(one), neighbour(one), everything=everything)
    if not complete:
        raise typer.Exit(1)


@contracts.command("list")
def list_() -> None:
    """List the contract of every version: official or reconstructed, its hash, and the day it was installed."""
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for title in ("version", "contract", "files", "sha256", "installed"):
        table.add_column(title, no_wrap=title == "sha256")
    own = {one.version: one for one in store.installed()}
    for version, adapter in discover().items():
        word = CONTRACTS[adapter.upstream.contract] if adapter.upstream else ""
        if one := own.get(version):
            table.add_row(version, word, str(len(one.files)), one.sha256, one.added.isoformat())
        else:
            files = adapter.contract_files()
            joined = "".join(f"{name}\n{text}" for name, text in sorted(files.items()))
            ours = hashlib.sha256(joined.encode()).hexdigest() if files else ""
            table.add_row(version, word, str(len(files)), ours, "comes with the program")
    console().print(table)


@contracts.command()
def diff(
    left: Annotated[str, typer.Argument(help="One version, as v7.")],
    right: Annotated[str, typer.Argument(help="The other, as v9.")],
    everything: Everything = False,
) -> None:
    """Show how two versions differ: on the wire, and in the facts that they can carry. Status 1 when they differ."""
    (one, left_side), (other, right_side) = _side(_named(left)), _side(_named(right))
    differ = False
    for each in compare(left_side, right_side):
        typer.echo(f"{each.noun}")
        for title, lines in (
            (f"  only {one} has the field", list(each.only_left)),
            (f"  only {other} has the field", list(each.only_right)),
            ("  of another type", [f"{path}: {ours}, {theirs}" for path, ours, theirs in each.other_type]),
            (f"  only {one} has the fact", list(each.facts_only_left)),
            (f"  only {other} has the fact", list(each.facts_only_right)),
        ):
            differ |= bool(lines)
            _lines(title, lines, everything=everything)
    if differ:
        raise typer.Exit(1)


def _side(version: str) -> tuple[str, Side]:
    found = discover()
    if version not in found:
        raise typer.BadParameter(f"expected one of {', '.join(found)}", param_hint="VERSION")
    shapes = next((compiled(one).shapes for one in store.installed() if one.version == version), {})
    return version, (found[version].tables, shapes)


def _named(version: str) -> str:
    if not re.fullmatch("v?[1-9][0-9]?", version):
        raise typer.BadParameter("expected a version such as 6 or v6")
    return f"v{version.removeprefix('v')}"


def _say(contract: Compiled, like: Adapter, *, everything: bool) -> bool:
    """Prints what was found of a contract; whether everything in it is mapped."""
    found = reports(contract, like.tables)
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    table.add_column("message")
    for title in ("mapped", "unmapped", "ignored", "gone", "differs"):
        table.add_column(title, justify="right")
    for one in found:
        counts = (one.mapped, len(one.unmapped), len(one.ignored), len(one.gone), len(one.differences))
        table.add_row(one.noun, *map(str, counts))
    console().print(table)
    if contract.spoken and contract.spoken.unread:
        _lines("not read (attributes and wildcards)", list(contract.spoken.unread), everything=everything)
    for one in found:
        _report(one, like.version, everything=everything)
    return not any(one.unmapped for one in found)


def _report(one: Report, like: str, *, everything: bool) -> None:
    unmapped = [
        f"{each.path}  (nearest: {each.ours}{f', the fact {each.fact}' if each.fact else ''})"
        if each.ours
        else each.path
        for each in one.unmapped
    ]
    _lines(f"{one.noun}: UNMAPPED", unmapped, everything=everything)
    _lines(f"{one.noun}: gone, {like} has it and the contract has not", list(one.gone), everything=everything)
    differences = [f"{path}: {text}" for path, text in one.differences]
    _lines(f"{one.noun}: differs from {like}", differences, everything=everything)


def _lines(title: str, lines: list[str], *, everything: bool) -> None:
    if not lines:
        return
    out = console()
    out.print(plain(f"{title} ({len(lines)})", "bold"))
    for line in lines if everything else lines[:_MOST]:
        out.print(plain(f"    {line}"), soft_wrap=True)
    if not everything and len(lines) > _MOST:
        out.print(f"    and {len(lines) - _MOST} more: --all")
