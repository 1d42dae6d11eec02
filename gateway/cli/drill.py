"""`lefi drill`: what would fail on a day, by the dates that are known and the routing file."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from gateway import clock
from gateway.cli import given
from gateway.cli.console import console, plain
from gateway.cli.routes import configured_rules, consumers_of
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.lifecycle.rule import Stage
from gateway.routing.choose import Network
from gateway.routing.configured import network
from gateway.routing.drill import Row, Way
from gateway.routing.drill import drill as rows_of
from gateway.routing.plan import Pair
from gateway.routing.rules import PAIRS

_FAILS = 1
_SHOWN = 6


def drill(
    day: Annotated[str, typer.Option("--date", metavar="DATE", help="The day, as 2026-03-01.")],
    config: ConfigFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it for programs.")] = False,
) -> None:
    """Say, for each consumer, which connection answers today, which on a day, and what would fail then.

    Nothing is sent. What fails: only versions are left that have ended or are not released, a rule pins such a one,
    everything a rule leads to is switched off, or who answers then does not have a type that is had today.

    Status 0: nothing fails. 1: something does. 2: the command, the settings or the routing file are wrong.
    """
    then = given.day(day, "--date")
    settings = settings_or_exit(config, {})
    if not settings.upstreams:
        raise typer.BadParameter(
            "expected settings with an upstream: without one nothing answers", param_hint="--config"
        )
    rules = configured_rules(settings)
    today = clock.today()
    before, after = network(settings, today), network(settings, then)
    consumers = consumers_of(settings)
    may = [(name, None if one is None else one.informationstyper) for name, one in consumers.items()]
    rows = rows_of(rules, before, after, may)
    off = [name for name in consumers if name in rules.off.consumers]
    if as_json:
        typer.echo(json.dumps(_tree(today, then, (before, after), rows, off), indent=2, ensure_ascii=False))
    else:
        _print(today, then, (before, after), rows, off)
    if any(row.fails for row in rows):
        raise typer.Exit(_FAILS)


def _print(today: date, then: date, networks: tuple[Network, Network], rows: list[Row], off: list[str]) -> None:
    out = console()
    versions = Table("Connection", "Version", f"{today}", f"{then}", "Why", box=None, pad_edge=False)
    for name, version in networks[0].versions.items():
        now, later = (each.stages.get(version) for each in networks)
        versions.add_row(*map(plain, (name, version, _state(now), _state(later), later.because if later else "")))
    out.print(versions)
    out.print()
    table = Table("Consumer", "Types", "Rule", f"{today}", f"{then}", "Fails", box=None, pad_edge=False)
    table.columns[1].no_wrap = True
    for row in rows:
        ways = (plain(_ways(row.today)), plain(_ways(row.then)))
        fails = plain(row.fails or "-", "bold red" if row.fails else "")
        table.add_row(plain(row.consumer), _types(row.types), plain(row.rule or "none"), *ways, fails)
    out.print(table)
    out.print()
    for name in off:
        out.print(f"{name} is switched off by the routing file")
    failing = sum(bool(row.fails) for row in rows)
    out.print(f"{failing} of {len(rows)} would fail on {then}" if failing else f"nothing would fail on {then}")


def _state(stage: Stage | None) -> str:
    return stage.state if stage else "no dates known"


def _types(pairs: Collection[Pair]) -> Text:
    """The types of a row as the routing file would write them, shortened: a type without class is in every class."""
    if len(pairs) == len(PAIRS):
        return plain("every type")
    whole = [
        typ for typ in dict.fromkeys(typ for _, typ in pairs) if all(one in pairs for one in PAIRS if one[1] == typ)
    ]
    names = [*whole, *(f"{klass}/{typ}" for klass, typ in pairs if typ not in whole)]
    more = [f"and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return Text("\n").join(map(plain, [*names[:_SHOWN], *more]))


def _ways(ways: tuple[Way, ...]) -> str:
    said = []
    for way in ways:
        whom = ", then ".join(way.sources) or "nobody"
        said.append(whom if way.percent is None else f"{way.percent:g} %: {whom}")
    return "; ".join(said)


def _tree(
    today: date, then: date, networks: tuple[Network, Network], rows: list[Row], off: list[str]
) -> dict[str, Any]:
    before, after = networks
    return {
        "today": today.isoformat(),
        "date": then.isoformat(),
        "connections": [
            _connection(name, version, before.stages.get(version), after.stages.get(version))
            for name, version in before.versions.items()
        ],
        "consumers": [
            {
                "consumer": row.consumer,
                "types": [f"{klass}/{typ}" for klass, typ in row.types],
                "rule": row.rule,
                "today": [_way(way) for way in row.today],
                "then": [_way(way) for way in row.then],
                "fails": row.fails,
            }
            for row in rows
        ],
        "off": off,
        "failing": sum(bool(row.fails) for row in rows),
    }


def _connection(name: str, version: str, today: Stage | None, then: Stage | None) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "today": _state(today),
        "then": _state(then),
        "ends": then.ends.isoformat() if then and then.ends else None,
        "because": then.because if then else "",
    }


def _way(way: Way) -> dict[str, Any]:
    share = {} if way.percent is None else {"percent": way.percent}
    return {"sources": [*way.sources], "reason": way.reason, **share}
