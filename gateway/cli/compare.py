"""`lefi compare`: two saved answers to one question, side by side, with a status for CI."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway import clock
from gateway.cli import differences, given, show
from gateway.cli.ask import asked_type, period
from gateway.cli.calling import ANOTHER, decoded, headers, say, sent
from gateway.cli.console import console
from gateway.comparison.compare import compare as compared
from gateway.comparison.difference import Comparison, Difference
from gateway.comparison.observation import Observation, of_document
from gateway.comparison.rules import NONE, Rules, load
from gateway.jsonio import decode, encode
from gateway.settings import ConfigurationError
from gateway.wire import WireRequest

_OK = 200
_UNEXPLAINED, _USAGE, _NOT_COMPARABLE = 1, 2, 3
_HARMLESS = frozenset({"explained", "accepted"})

Answer = Annotated[
    str,
    typer.Argument(
        help="A saved answer of POST /v1/fragor, or a problem in its place; with --url a version or connection, as v7."
    ),
]


def compare(  # noqa: PLR0913, PLR0917  these are the options
    left: Answer,
    right: Answer,
    again: Annotated[
        Path | None, typer.Option(help="The left version's answer when it was asked again: tells changes apart.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(help="TOML file with the rules that accept differences.")] = None,
    consumer: Annotated[str, typer.Option(help="Whose migration it is, for rules that hold for some only.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
    fail_on_new: Annotated[
        Path | None, typer.Option(metavar="BASELINE", help="An earlier --json: what it has does not count.")
    ] = None,
    values: Annotated[bool, typer.Option("--values", help="Show the values: they are a person's data.")] = False,
    url: Annotated[str | None, typer.Option(help="Address of a gateway that asks both sides now.")] = None,
    typ: Annotated[
        list[str] | None, typer.Option(metavar="[CLASS/]TYPE", help="With --url: what to ask for, once for each.")
    ] = None,
    from_: Annotated[str | None, typer.Option("--from", metavar="DATE", help="With --url: first day.")] = None,
    tom: Annotated[str | None, typer.Option(metavar="DATE", help="With --url: last day.")] = None,
    key_file: Annotated[
        Path | None, typer.Option(help="With --url: file with the API key; else the variable LEFI_KEY.")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="With --url: PEM file with the only CA to trust.")] = None,
) -> None:
    """Compare two answers to the same question, of any two versions, place by place.

    With --url, a running gateway asks both versions now, which makes two disclosures, and compares by its own rules;
    the personnummer is asked for, or read from standard input.

    Status 0: equal, or every difference is explained by the versions or accepted by a rule. 1: something is
    unexplained. 3: nothing is unexplained, but something could not be compared (entitlement, source, timing). 2: the
    command is wrong. With --fail-on-new, only differences count whose class, kind and place the baseline does not have.
    """
    known = _signatures(fail_on_new) if fail_on_new else frozenset[str]()
    if url is not None:
        if again or rules or consumer:
            raise typer.BadParameter("expected none of --again, --rules and --consumer beside it", param_hint="--url")
        made = _asked(url, ca, key_file, {
            "fraga": {
                "personnummer": given.number(),
                "period": period(from_, tom),
                "informationstyper": [asked_type(one) for one in typ or ()],
            },
            "left": left,
            "right": right,
            "values": values,
        })  # fmt: skip
    else:
        one, other = _observation(Path(left), "LEFT"), _observation(Path(right), "RIGHT")
        _same_question(one, other)
        made = compared(
            one,
            other,
            _rules(rules),
            today=clock.today(),
            consumer=consumer,
            again=_observation(again, "--again") if again else None,
            values=values,
        )
    new = [each for each in made.differences if each.signature not in known]
    if as_json:
        sys.stdout.buffer.write(encode(made.tree(values=values)) + b"\n")
        sys.stdout.flush()
    else:
        differences.show(console(), made, new if fail_on_new else None, values=values)
    raise typer.Exit(_status(new))


def _status(found: list[Difference]) -> int:
    if any(each.class_ == "unexplained" for each in found):
        return _UNEXPLAINED
    return _NOT_COMPARABLE if any(each.class_ not in _HARMLESS for each in found) else 0


def _asked(url: str, ca: Path | None, key_file: Path | None, question: dict[str, Any]) -> Comparison:
    """What a running gateway says; status 2, and the problem, where it does not compare."""
    response = sent(url, ca, WireRequest("POST", "/v1/jamforelser", headers(key_file), encode(question)))
    tree = decoded(response)
    if tree is not None and response.status == _OK:
        with contextlib.suppress(KeyError, TypeError, ValueError):
            return Comparison.of(tree)
    if tree is not None and response.status != _OK:
        show.problem(console(stderr=True), tree)
    else:
        say(f"{ANOTHER} (HTTP {response.status})")
    raise typer.Exit(_USAGE)


def _observation(path: Path, option: str) -> Observation:
    try:
        return of_document(_document(path, option))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _document(path: Path, option: str) -> Any:
    try:
        return decode(path.read_bytes())
    except OSError:
        raise typer.BadParameter("expected a file that can be read", param_hint=option) from None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _same_question(one: Observation, other: Observation) -> None:
    if one.svar is None or other.svar is None:
        return
    questions = one.svar.get("fraga"), other.svar.get("fraga")
    for fact in ("personnummer", "period"):
        left, right = (each.get(fact) if isinstance(each, dict) else None for each in questions)
        if left != right:
            raise typer.BadParameter(f"expected answers to one question: /fraga/{fact} differs", param_hint="RIGHT")


def _rules(path: Path | None) -> Rules:
    if path is None:
        return NONE
    try:
        return load(path)
    except ConfigurationError as error:
        for fault in error.faults:
            typer.secho(f"{fault.path}: expected {fault.expected}", fg=typer.colors.RED, err=True)
        raise typer.Exit(_USAGE) from None


def _signatures(path: Path) -> frozenset[str]:
    """What an earlier comparison found, by class, kind and pattern."""
    document = _document(path, "--fail-on-new")
    try:
        return frozenset(f"{each['class']} {each['kind']} {each['pattern']}" for each in document["differences"])
    except (KeyError, TypeError):
        raise typer.BadParameter("expected what `lefi compare --json` printed", param_hint="--fail-on-new") from None
