"""`lefi versions`, `openapi` and `wsdl`: what the adapters speak, counted, and written as documents."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.table import Table

from gateway.asynkron.document import of_ordering
from gateway.asynkron.roles import discover as orderings
from gateway.cli.config import write
from gateway.cli.console import console, plain
from gateway.completeness import Carried, GoneFact, Held, carried, held
from gateway.documents import CONTRACTS, of_adapter
from gateway.versions import Adapter, discover

_CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"


def versions(
    version: Annotated[str, typer.Argument(help="The version to count, as v9; all are listed when left out.")] = "",
    contract: Annotated[
        Path | None,
        typer.Option(help="The agency's OpenAPI file to count against; else the installed one, see LEFI_CONTRACTS."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every fact that is gone.")] = False,
) -> None:
    """List the versions of LEFI, or count what one of them carries.

    With the agency's own contract file, every leaf of it is mapped, ignored with a reason, or reported as unmapped;
    status 1 when one is unmapped, or when we have a leaf that the contract does not.
    """
    if not version:
        _list()
        return
    adapter = _adapter(version)
    counted = carried(adapter.tables)
    file = contract or _installed(version)
    out = console()
    if file is None:
        out.print("Counted by our own declarations; the agency's contract file is not installed.")
        against = []
    else:
        out.print(f"Counted against the agency's contract {file}")
        against = _held(adapter, file)
    out.print(_counts(counted, against))
    _left_out(counted, against)
    _gone([fact for one in counted for fact in one.gone], everything=everything)
    if not all(one.complete for one in against):
        raise typer.Exit(1)


def openapi(
    version: Annotated[str, typer.Argument(help="The version, as v9, or asynkron10.")],
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of standard output.")] = None,
) -> None:
    """Print the project's own OpenAPI document of what a version's adapter reads and writes."""
    ordering = orderings().get(version)
    try:
        document = of_ordering(ordering) if ordering else of_adapter(_adapter(version))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="VERSION") from None
    write(json.dumps(document, indent=2, ensure_ascii=False) + "\n", output)


def wsdl(
    version: Annotated[str, typer.Argument(help="The version, as v7.")],
    output: Annotated[Path, typer.Option(help="Write into this folder, which is made where it is missing.")],
) -> None:
    """Write the WSDL and the schema of what a SOAP version's adapter reads and writes."""
    files = _adapter(version).contract_files()
    if not files:
        raise typer.BadParameter(f"{version} speaks no SOAP; see `lefi openapi`", param_hint="VERSION")
    output.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (output / name).write_text(text, encoding="utf-8")
        typer.echo(output / name)


def _adapter(version: str) -> Adapter:
    found = discover()
    if version not in found:
        raise typer.BadParameter(f"expected one of {', '.join(found)}", param_hint="VERSION")
    return found[version]


def _list() -> None:
    table = Table(title="Versions of LEFI", title_justify="left", box=None, pad_edge=False, padding=(0, 2))
    for title in ("version", "roles", "protocol", "contract", "leaves"):
        table.add_column(title, justify="right" if title == "leaves" else "left")
    for adapter in discover().values():
        roles = [word for word, role in (("asks", adapter.upstream), ("answers", adapter.face)) if role]
        table.add_row(
            adapter.version,
            " and ".join(roles),
            adapter.upstream.protocol if adapter.upstream else "",
            CONTRACTS[adapter.upstream.contract] if adapter.upstream else "",
            str(sum(len(one.mapped) for one in carried(adapter.tables))),
        )
    console().print(table)


def _installed(version: str) -> Path | None:
    folder = os.environ.get("LEFI_CONTRACTS")
    path = (Path(folder) if folder else _CONTRACTS) / f"lefi-{version}" / "openapi.yaml"
    return path if path.is_file() else None


def _held(adapter: Adapter, file: Path) -> list[Held]:
    try:
        document = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
        return held(adapter.tables, document)
    except OSError:
        expected = "a file that can be read"
    except yaml.YAMLError:
        expected = "YAML or JSON"
    except ValueError as error:
        expected = str(error).removeprefix("expected ")
    raise typer.BadParameter(f"expected {expected}", param_hint="--contract")


def _counts(counted: list[Carried], against: list[Held]) -> Table:
    """One line for each noun and one for all: leaves, mapped, ignored, unmapped, surplus, gone."""
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    titles = ["leaves", "mapped", "ignored", *(["unmapped", "not in contract"] if against else []), "gone"]
    table.add_column("noun")
    for title in titles:
        table.add_column(title, justify="right")
    total = [0] * len(titles)
    for index, ours in enumerate(counted):
        if against:
            one = against[index]
            parts = (one.contract, one.mapped, one.ignored, one.unmapped, one.surplus, ours.gone)
        else:
            parts = ({*ours.mapped, *ours.ignored}, ours.mapped, ours.ignored, ours.gone)  # type: ignore[assignment]
        numbers = [len(part) for part in parts]
        total = [sum(pair) for pair in zip(total, numbers, strict=True)]
        table.add_row(ours.noun, *map(str, numbers))
    table.add_section()
    table.add_row("all", *map(str, total), style="bold")
    return table


def _left_out(counted: list[Carried], against: list[Held]) -> None:
    """Every leaf that is ignored, and every one on which we and the contract do not agree."""
    out = console()
    for one in against or counted:
        for leaf, reason in one.ignored.items():
            out.print(plain(f"ignored   {one.noun} {leaf}: {reason}"))
    for one in against:
        for leaf in one.unmapped:
            out.print(plain(f"UNMAPPED  {one.noun} {leaf}", "bold red"))
        for leaf in one.surplus:
            out.print(plain(f"NOT IN CONTRACT  {one.noun} {leaf}", "bold red"))


def _gone(facts: list[GoneFact], *, everything: bool) -> None:
    """The facts that are gone, one by one or by reason."""
    out = console()
    if everything:
        for fact in facts:
            out.print(plain(f"gone      {fact.record}.{fact.fact}: {fact.reason}"))
        return
    for reason, count in Counter(fact.reason for fact in facts).most_common():
        out.print(plain(f"gone      {count:4} facts: {reason}"))
    if facts:
        out.print("A fact is gone where the vocabulary has it and a record of the version does not; --all lists them.")
