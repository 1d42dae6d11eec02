"""`lefi order`: orders at a running gateway: placed, followed, paused, cancelled, and their results as files."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import re
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from gateway.cli import calling, exports, show
from gateway.cli.ask import asked_type, period
from gateway.cli.calling import HERE, Ca, KeyFile, Url
from gateway.cli.console import console
from gateway.errors import UpstreamError
from gateway.jsonio import decode, encode
from gateway.orders.again import HEADER, KEY
from gateway.orders.desk import CSV, NDJSON, PATH
from gateway.orders.state import CANCELLED, DONE, STOPPED, WORDS
from gateway.transport import Transport
from gateway.wire import WireRequest, WireResponse

order = typer.Typer(no_args_is_help=True, help="Orders: many persons at once, each asked about at most once.")

Tree = dict[str, Any]
Id = Annotated[uuid.UUID, typer.Argument(help="The order's id.")]
Mode = Literal["answer", "compare", "campaign"]

_PROBLEM = 1
_ERROR = 400
_UPLOAD_SECONDS = 3600.0
_LOOK_SECONDS = 1.0
_MOST_BYTES = 1024**4
_PAUSES = (1.0, 2.0, 5.0, 10.0)
"""Seconds after which an order is sent again."""
_LATER = frozenset({409, 503})
_MODES = {"answer": "svar", "compare": "jamforelse", "campaign": "kampanj"}
_OVER = frozenset({WORDS[DONE], WORDS[STOPPED], WORDS[CANCELLED]})


@order.command()
def create(  # noqa: PLR0913, PLR0917  these are the options
    persons: Annotated[
        Path, typer.Argument(help="File with a personnummer a line, or CSV with the column personnummer; - reads them.")
    ],
    typ: Annotated[list[str], typer.Option(metavar="[CLASS/]TYPE", help="What to ask for, once for each.")],
    from_: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day.")] = None,
    tom: Annotated[str | None, typer.Option(metavar="DATE", help="Last day.", show_default="today")] = None,
    version: Annotated[list[str] | None, typer.Option(help="A version to ask, as v9, once for each.")] = None,
    mode: Annotated[Mode, typer.Option(help="Answers, two versions compared, or a campaign.")] = "answer",
    most: Annotated[int | None, typer.Option("--most-questions", help="Most questions to agencies.")] = None,
    failing: Annotated[float | None, typer.Option("--most-failed", help="Share of failures that stops it.")] = None,
    below: Annotated[float | None, typer.Option(help="Campaign: disagreement is to be below this share.")] = None,
    through: Annotated[
        Literal["questions", "asynkron"], typer.Option(help="Synchronous questions, or LEFI Asynkron.")
    ] = "questions",
    purpose: Annotated[str | None, typer.Option(help="The code of the purpose.")] = None,
    ground: Annotated[str | None, typer.Option(help="The code of the legal ground.")] = None,
    again: Annotated[
        str | None,
        typer.Option(
            "--idempotency-key",
            help="The key of an order that was sent before: it is not placed twice.",
            show_default="new",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the order until it has ended.")] = False,
    url: Url = HERE,
    key_file: KeyFile = None,
    ca: Ca = None,
) -> None:
    """Place an order, and print its id.

    Where no answer comes, the order is sent again with the same key, so that there is one order whatever was lost.
    """
    fields: Tree = {
        "period": period(from_, tom),
        "informationstyper": [asked_type(one) for one in typ],
        "lage": _MODES[mode],
        "versioner": version or [],
        "stopp": {"fragor": most, "felandel": failing},
    }
    fields |= {"kampanj": {"andel": below}} if below is not None else {}
    fields |= {"genom": "asynkron"} if through == "asynkron" else {}
    headers = calling.headers(key_file) | {"content-type": NDJSON}
    headers |= {name: code for name, code in (("lefi-purpose", purpose), ("lefi-ground", ground)) if code}
    key = again or str(uuid.uuid4())
    headers |= {HEADER: _quoted(key)}
    body = b"\n".join([encode(fields), *_lines(persons)])
    placing = _placing(WireRequest("POST", PATH, headers, body), key)
    made = _read(calling.done(url, ca, placing, _UPLOAD_SECONDS))
    typer.echo(made["id"])
    if wait:
        _followed(made["id"], url, key_file, ca)


@order.command()
def status(  # noqa: PLR0913, PLR0917  these are the options
    id_: Id,
    watch: Annotated[bool, typer.Option("--watch", help="Follow the order until it has ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the gateway answered.")] = False,
    url: Url = HERE,
    key_file: KeyFile = None,
    ca: Ca = None,
) -> None:
    """Say how far an order has come."""
    found = _followed(id_, url, key_file, ca) if watch else _asked("GET", f"{PATH}/{id_}", url, key_file, ca)
    if as_json:
        sys.stdout.buffer.write(encode(found) + b"\n")
        sys.stdout.flush()
    else:
        _say(found)


@order.command()
def results(  # noqa: PLR0913, PLR0917  these are the options
    id_: Id,
    output: Annotated[Path, typer.Option(help="File to write; - for standard output. It holds persons' data.")],
    form: Annotated[exports.Form, typer.Option("--format", help="The form of the file.")] = "ndjson",
    url: Url = HERE,
    key_file: KeyFile = None,
    ca: Ca = None,
) -> None:
    """Fetch the results so far into a file."""
    headers = calling.headers(key_file) | {"accept": CSV if form == "csv" else NDJSON}
    request = WireRequest("GET", f"{PATH}/{id_}/resultat", headers, b"")
    with exports.writing(form, output) as write:
        calling.done(url, ca, lambda transport: _streamed(transport, request, write))


def _move(name: str, text: str) -> Callable[..., None]:
    def moved(id_: Id, url: Url = HERE, key_file: KeyFile = None, ca: Ca = None) -> None:
        _say(_asked("POST", f"{PATH}/{id_}/{name}", url, key_file, ca))

    moved.__doc__ = text
    return moved


order.command("pause")(_move("paus", "Pause an order: within two seconds nothing more of it is sent."))
order.command("resume")(_move("fortsatt", "Go on with an order that is paused."))
order.command("cancel")(_move("avbryt", "Cancel an order; what has come stays."))
order.command("retry-unknown")(
    _move("fraga-okanda-igen", "Ask again what was sent with an unknown outcome: each may be a second disclosure.")
)


def _quoted(key: str) -> str:
    """A key as a string of structured fields."""
    spelled = '"{}"'.format(key.replace("\\", "\\\\").replace('"', '\\"'))
    if not re.fullmatch(KEY, spelled):
        raise typer.BadParameter("expected 1-255 characters of ASCII", param_hint="--idempotency-key")
    return spelled


def _placing(request: WireRequest, key: str) -> Callable[[Transport], Awaitable[WireResponse]]:
    """Sends an order, and the same again where no answer came or where we are told to come again."""

    async def placed(transport: Transport) -> WireResponse:
        tried = False
        for pause in _PAUSES:
            try:
                answer = await transport.send(request)
            except UpstreamError as error:
                if not (error.sent or tried):
                    raise
                tried = True
            else:
                if answer.status not in _LATER or "retry-after" not in answer.headers:
                    return answer
            await asyncio.sleep(pause)
        try:
            return await transport.send(request)
        except UpstreamError:
            calling.say(f"the order may have been taken; send it again with --idempotency-key {key}")
            raise

    return placed


def _asked(method: str, path: str, url: str, key_file: Path | None, ca: Path | None) -> Tree:
    return _read(calling.sent(url, ca, WireRequest(method, path, calling.headers(key_file), b"")))


def _read(response: WireResponse) -> Tree:
    """The object that the gateway answered; the command ends with status 1 for a problem."""
    tree: Any = None
    with contextlib.suppress(ValueError):
        tree = decode(response.body)
    if not isinstance(tree, dict):
        calling.say(f"{calling.ANOTHER} (HTTP {response.status})")
        raise typer.Exit(_PROBLEM)
    if response.status >= _ERROR:
        show.problem(console(stderr=True), tree)
        raise typer.Exit(_PROBLEM)
    return tree


async def _streamed(transport: Transport, request: WireRequest, write: Callable[[bytes], Any]) -> None:
    """Hands an answer on as it comes, in whatever pieces."""
    async with transport.opened(request, _MOST_BYTES) as (head, chunks), aclosing(chunks):
        if head.status >= _ERROR:
            _read(WireResponse(head.status, head.headers, b"".join([chunk async for chunk in chunks])))
        async for chunk in chunks:
            write(chunk)


def _followed(id_: object, url: str, key_file: Path | None, ca: Path | None) -> Tree:
    """The order when it has ended, with a bar until then."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("order", total=1.0)
        while True:
            found = _asked("GET", f"{PATH}/{id_}", url, key_file, ca)
            bar.update(task, completed=float(found["andelKlar"]), description=found["tillstand"])
            if found["tillstand"] in _OVER:
                return found
            time.sleep(_LOOK_SECONDS)


def _say(found: Tree) -> None:
    """An order's state, a line for each thing that is known of it."""
    asked = found["fragor"]
    lines: Tree = {
        "state": found["tillstand"] + (f" ({found['skal']})" if "skal" in found else ""),
        "persons": found["personer"],
        "questions": asked["totalt"],
        "  waiting": asked["vantar"],
        "  in work": asked["pagar"],
        "  answered": asked["besvarade"],
        "  failed": asked["misslyckade"],
        "  sent, outcome unknown": asked["okantUtfall"],
        "disclosures": found["utlamnanden"],
        **({"seconds left, at least": found["sekunderKvar"]} if "sekunderKvar" in found else {}),
    }
    for name, value in lines.items():
        typer.echo(f"{name:24} {value}")
    for one in found.get("kampanj", {}).get("typer", ()):
        typer.echo(f"  {one['klass']}/{one['informationstyp']}: {one['omdome']}, below {one['ovreGrans']:.4%}")


def _lines(path: Path) -> Iterator[bytes]:
    """A person for each line of the file, as the API takes them."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter("expected a file in UTF-8 that can be read", param_hint="PERSONS") from None
    rows = [line.strip() for line in text.splitlines() if line.strip()]
    if rows and "personnummer" in rows[0].lower():
        sign = ";" if ";" in rows[0] else ","
        for row in csv.DictReader([rows[0].lower(), *rows[1:]], delimiter=sign):
            yield encode({name: row[name] for name in ("personnummer", "grupp") if row.get(name)})
        return
    for number in rows:
        yield encode({"personnummer": number})
