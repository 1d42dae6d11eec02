"""The edge of HTTP: a Starlette request read within limits into a value, a value sent as a Starlette response."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.errors import Fault, HeadersTooLarge, NotAcceptable, PayloadTooLarge, RequestTimeout, UriTooLong
from gateway.wire import WireRequest, WireResponse

MAX_URI = 2048
MAX_HEADERS = 16 * 1024
_ZERO = re.compile(r"q=0(\.0{0,3})?")


def check_head(request: Request) -> None:
    """Raises UriTooLong or HeadersTooLarge."""
    raw_path: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    if len(raw_path) + len(request.scope["query_string"]) > MAX_URI:
        raise UriTooLong("", faults=(Fault("", f"an address of at most {MAX_URI} characters"),))
    if sum(len(name) + len(value) for name, value in request.scope["headers"]) > MAX_HEADERS:
        raise HeadersTooLarge("", faults=(Fault("", f"at most {MAX_HEADERS} bytes of header fields"),))


def check_accept(request: Request) -> None:
    """Raises NotAcceptable when the caller takes no JSON (RFC 9110 section 12.5.1: the closest range decides)."""
    accept = ",".join(request.headers.getlist("accept")).strip()
    ranges = {"application/json": 3, "application/*": 2, "*/*": 1}
    closest, taken = 0, not accept
    for part in accept.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        rank = ranges.get(media, 0)
        if rank > closest:
            closest, taken = rank, not any(_ZERO.fullmatch(parameter) for parameter in parameters)
    if not taken:
        raise NotAcceptable("", faults=(Fault("accept", "application/json"),))


async def read(request: Request, max_bytes: int, seconds: float) -> WireRequest:
    """The whole request; raises PayloadTooLarge as soon as it is too large, RequestTimeout when it takes too long."""
    declared = request.headers.get("content-length", "0")
    too_large = PayloadTooLarge("", faults=(Fault("", f"a body of at most {max_bytes} bytes"),))
    if not (declared.isascii() and declared.isdigit()) or len(declared) > len(str(max_bytes)) + 1:
        raise too_large
    if int(declared) > max_bytes:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large
    except (TimeoutError, ClientDisconnect):
        raise RequestTimeout("", faults=(Fault("", f"the whole body within {seconds:g} seconds"),)) from None
    return WireRequest(request.method, request.scope["path"], dict(request.headers), bytes(body))


def respond(response: WireResponse) -> Response:
    """The answer on its way out; no cache keeps what an agency said about a person."""
    headers = {"cache-control": "no-store", "x-content-type-options": "nosniff", **response.headers}
    if response.status == HTTPStatus.REQUEST_TIMEOUT:
        headers["connection"] = "close"  # RFC 9110 section 15.5.9: the rest of that request must not be awaited
    return Response(response.body, response.status, headers)
