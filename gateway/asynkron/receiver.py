"""Where packages are sent to us: one address, behind whatever proves who sends, read row by row.

Rule 1: 200 is said when every row of the package is kept. Anything else makes the sender send it again, which does no
        harm: what was kept of it is known.
Rule 2: a package for an order that is not ours is refused before a row of it is kept.
Rule 3: a refusal names no value; who sends is proved before a byte of the body is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.asynkron.book import Books
from gateway.asynkron.delivery import Broken, UnknownOrder, take
from gateway.asynkron.roles import NDJSON
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.errors import (
    Fault,
    GatewayError,
    Internal,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from gateway.http import check_head, respond
from gateway.jsonio import media_type
from gateway.logs import log
from gateway.problems import problem
from gateway.wire import WireResponse

Authenticate = Callable[[Request], Awaitable[None]]
"""Returns for a request of the service's, raises Unauthenticated or Forbidden for any other."""


def routes(source: AsynkronUpstream, books: Books, authenticate: Authenticate) -> list[Route]:
    """The address to which a service sends its packages, as Starlette's route."""

    async def endpoint(request: Request) -> Response:
        try:
            check_head(request)
            await authenticate(request)
            answer = await _receive(request, source, books)
        except GatewayError as error:
            answer = problem(error)
        except Exception as error:  # noqa: BLE001  a fault of ours is said as one; its text may hold a person's data
            log.failure("a package could not be kept", error, upstream=source.name, version=source.upstream.version)
            answer = problem(Internal())
        return respond(answer)

    return [Route(source.upstream.delivery_path, endpoint, methods=["POST"])]


async def _receive(request: Request, source: AsynkronUpstream, books: Books) -> WireResponse:
    if media_type(request.headers) != NDJSON:
        raise UnsupportedMediaType("", faults=(Fault("content-type", NDJSON),))
    most = source.limits.package_bytes
    declared = request.headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()) or int(declared[:20]) > most:
        raise PayloadTooLarge("", faults=(Fault("", f"a package of at most {most} bytes"),))
    seconds = source.settings.package_seconds
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            received = await take(request.stream(), books, source.making, source.limits)
    except Broken as broken:
        raise InvalidRequest("", faults=(Fault("", broken.expected),)) from None
    except UnknownOrder:
        raise NotFound("", faults=(Fault("/bestallningsreferens", "the reference of an order of ours"),)) from None
    except ClientDisconnect:
        raise RequestTimeout("", faults=(Fault("", "the whole package"),)) from None
    except TimeoutError:
        if not deadline.expired():
            raise
        raise RequestTimeout("", faults=(Fault("", f"the whole package within {seconds:g} seconds"),)) from None
    return source.upstream.render_delivery_receipt(received.package, received.rows)
