"""`lefi versions`, `openapi` and `wsdl`: what the adapters speak, until when, counted, and written as documents."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.table import Table

from gateway import clock
from gateway.asynkron.document import of_ordering
from gateway.asynkron.roles import discover as orderings
from gateway.cli.config import write
from gateway.cli.console import console, plain
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.cli.timeline import show
from gateway.completeness import Carried, GoneFact, Held, carried, held
from gateway.documents import CONTRACTS, of_adapter
from gateway.lifecycle.registry import Registry
from gateway.versions import Adapter, discover

_CONTRACTS = Path(__file__).resolve().parents[3] / "shared" / "contracts"


def versions(  # noqa: PLR0913, PLR0917  these are the options
    version: Annotated[str, typer.Argument(help="The version to count, as v9; all are listed when left out.")] = "",
    contract: Annotated[
        Path | None,
        typer.Option(help="The agency's OpenAPI file to count against; else the installed one, see LEFI_CONTRACTS."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List every fact that is gone.")] = False,
    config: ConfigFile = None,
    day: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="As on that day.", show_default="today")
    ] = None,
    ics: Annotated[bool, typer.Option("--ics", help="Write the dates as a calendar file.")] = False,
    output: Annotated[Path | None, typer.Option(help="With --ics: to this file instead of standard output.")] = None,
) -> None:
    """List the versions of LEFI and when they come and go, or count what one of them carries.

    The dates are those that are shipped, with those of the settings over them (`[lifecycle.versions]`).

    With the agency's own contract file, every leaf of it is mapped, ignored with a reason, or reported as unmapped;
    status 1 when one is unmapped, or when we have a leaf that the contract does not.
    """
    if not version:
        lives = Registry.of(settings_or_exit(config, {}).lifecycle)
        _listed(lives, day.date() if day else clock.today(), output, ics=ics)
        return
    if config or day or ics or output:
        raise typer.BadParameter(
            "expected none beside --config, --date, --ics and --output, which are of all versions", param_hint="VERSION"
        )
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


def _listed(lives: Registry, day: date, output: Path | None, *, ics: bool) -> None:
    """The list for a person, or the calendar file."""
    if ics:
        from gateway.lifecycle.ics import calendar  # noqa: PLC0415  a tenth of a second that every command would take

        text = calendar(lives.at(day).values(), day, clock.now())
        if output is None:
            sys.stdout.buffer.write(text)
        else:
            output.write_bytes(text)
        return
    if output is not None:
        raise typer.BadParameter("expected --ics with it", param_hint="--output")
    out = console()
    adapters = discover().values()
    out.print(_table(adapters))
    contracts = {each.version: CONTRACTS[each.upstream.contract] for each in adapters if each.upstream}
    show(out, lives, day, contracts)


def _table(adapters: Iterable[Adapter]) -> Table:
    table = Table(title="Versions of LEFI", title_justify="left", box=None, pad_edge=False, padding=(0, 2))
    for title in ("version", "roles", "protocol", "contract", "leaves"):
        table.add_column(title, justify="right" if title == "leaves" else "left")
    for adapter in adapters:
        roles = [word for word, role in (("asks", adapter.upstream), ("answers", adapter.face)) if role]
        table.add_row(
            adapter.version,
            " and ".join(roles),
            adapter.upstream.protocol if adapter.upstream else "",
            CONTRACTS[adapter.upstream.contract] if adapter.upstream else "",
            str(sum(len(one.mapped) for one in carried(adapter.tables))),
        )
    return table


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
