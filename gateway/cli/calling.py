"""Calling a running gateway: where it is, with which key, and what is said where it does not answer."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from gateway.connection import Connection
from gateway.consumers.identify import KEY_HEADER
from gateway.errors import UpstreamError
from gateway.jsonio import JSON_TYPE, decode
from gateway.transport import Transport
from gateway.wire import WireRequest, WireResponse

ANOTHER = "the answer is not one of a LEFI gateway"
_PROBLEM = 1
_SECONDS = 90  # longer than the gateway may take by default: what is slow should be said by it
_MAX_BYTES = 256 * 1024 * 1024

T = TypeVar("T")
Url = Annotated[str, typer.Option(help="Address of the gateway.")]
KeyFile = Annotated[
    Path | None, typer.Option(help="File with the API key; else the variable LEFI_KEY, else no key is sent.")
]
Ca = Annotated[Path | None, typer.Option(help="PEM file with the only CA to trust for https.")]
HERE = "http://127.0.0.1:8080"


def sent(url: str, ca: Path | None, request: WireRequest, seconds: float = _SECONDS) -> WireResponse:
    """The gateway's answer; the command ends with status 1 where there is none."""

    async def send(transport: Transport) -> WireResponse:
        return await transport.send(request)

    return done(url, ca, send, seconds)


def done(url: str, ca: Path | None, work: Callable[[Transport], Awaitable[T]], seconds: float = _SECONDS) -> T:
    """What comes of work over a connection to the gateway; the command ends with status 1 where it fails."""
    connection = _connection(url, ca, seconds)

    async def worked() -> T:
        async with _transport(connection) as transport:
            return await work(transport)

    try:
        return asyncio.run(worked())
    except UpstreamError as error:
        why = error.detail.partition(": ")[2] or error.type
        hint = "" if error.sent else "; is `lefi serve` running there?"
        say(f"no answer from the gateway at {connection.url}: {why}{hint}")
        raise typer.Exit(_PROBLEM) from None


def decoded(response: WireResponse) -> dict[str, Any] | None:
    """The object that an answer holds; None where it holds none."""
    with contextlib.suppress(ValueError):
        tree = decode(response.body)
        if isinstance(tree, dict):
            return tree
    return None


def headers(key_file: Path | None) -> dict[str, str]:
    """The header fields of a request, with the API key if there is one; a usage error for a key that is none."""
    key = os.environ.get("LEFI_KEY", "")
    if key_file is not None:
        try:
            key = key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise typer.BadParameter("expected a file that can be read", param_hint="--key-file") from None
    if not (key.isascii() and key.isprintable()):
        raise typer.BadParameter("expected a key of printable ASCII", param_hint="--key-file")
    return {"content-type": JSON_TYPE, "accept": JSON_TYPE} | ({KEY_HEADER: key} if key else {})


def say(text: str) -> None:
    """One line about what is wrong."""
    typer.secho(text, fg=typer.colors.RED, err=True)


@contextlib.asynccontextmanager
async def _transport(connection: Connection) -> AsyncIterator[Transport]:
    try:
        transport = Transport("gateway", connection, reads_busy=True)
    except ValueError as error:  # its text names the setting and what was expected
        raise typer.BadParameter(str(error).partition(": ")[2], param_hint="--ca") from None
    try:
        yield transport
    finally:
        await transport.aclose()


def _connection(url: str, ca: Path | None, seconds: float) -> Connection:
    try:
        return Connection(url=url, ca=ca, read_seconds=seconds, total_seconds=seconds, max_answer_bytes=_MAX_BYTES)
    except ValidationError as error:
        text = error.errors(include_input=False, include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise typer.BadParameter(text, param_hint="--url") from None
