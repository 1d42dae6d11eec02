"""`lefi rules`: the rules that accept differences, checked, published and looked back at."""

from __future__ import annotations

import typer

from gateway import clock
from gateway.cli.console import clean
from gateway.cli.publications import Shareable, add
from gateway.comparison.rules import Rules
from gateway.settings import Settings
from gateway.shared import kinds

rules = typer.Typer(no_args_is_help=True, help="Check the rules that accept differences, or publish them.")


def _describe(_settings: Settings, found: Rules) -> None:
    today = clock.today()
    for rule in found.rules:
        until = f"until {rule.expires}" if rule.active(today) else f"accepts nothing since {rule.expires}"
        typer.echo(clean(f"  {rule.name:12}  {rule.path}: {until}; {rule.owner}: {rule.reason}"))
    if not found.rules:
        typer.echo("  no rule: no difference is accepted")


ACCEPTANCE = Shareable(
    lambda _settings: kinds.acceptance(),
    lambda settings: settings.comparison.rules,
    lambda settings: settings.shared.rules,
    "no file of rules is set: no difference is accepted",
    _describe,
)
add(rules, ACCEPTANCE)
