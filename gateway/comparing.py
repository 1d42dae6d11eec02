"""`POST /v1/jamforelser`: one question put to two versions, and where their answers differ.

Rule 1: each of the two is a disclosure of its own. The second is asked only when the first has answered.
Rule 2: both answers are cut to what the caller is shown before they are compared: a difference in what it may not see
        is none. Values stand in the answer only where they were asked for.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway import clock, question, stable
from gateway.asking import Asking, ask
from gateway.comparison.compare import compare
from gateway.comparison.difference import Comparison
from gateway.comparison.observation import Observation, of_answer
from gateway.consumers.caller import Caller
from gateway.consumers.identify import Facts
from gateway.consumers.stated import state
from gateway.errors import (
    Fault,
    GatewayError,
    InvalidRequest,
    LedgerUnavailable,
    Overloaded,
    UnsupportedMediaType,
    UpstreamError,
)
from gateway.exchange import begun
from gateway.http import check_accept, read, respond
from gateway.jsonio import JSON_TYPE, decode, encode, media_type
from gateway.logs import log
from gateway.service import Service
from gateway.versions import Asked
from gateway.wire import WireRequest, WireResponse

Tree = dict[str, Any]

PATH = "/v1/jamforelser"
_SIDE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_FIELDS = ("fraga", "left", "right", "values")
_MAX_BYTES = 65 * 1024


async def serve(service: Service, request: Request) -> Response:
    """One comparison, from request to response; raises GatewayError."""
    check_accept(request)
    caller = request.state.caller = await service.consumers.identify(Facts.of(request))
    if service.working >= service.settings.server.max_concurrent:
        raise Overloaded(retry_after=1)
    service.working += 1
    try:
        async with service.limits.question(caller):
            wire = await read(request, _MAX_BYTES, service.settings.server.body_seconds)
            asked, names, values = _body(wire)
            asking = begun(asked, caller, state(caller, request.headers), stable.FACE.version)
            return await _compared(service, caller, asking, names, values=values)
    finally:
        service.working -= 1


def _body(wire: WireRequest) -> tuple[Asked, tuple[str, str], bool]:
    """The question, the two sides and whether values are wanted; raises InvalidRequest with the places."""
    if media_type(wire.headers) != JSON_TYPE:
        raise UnsupportedMediaType("", faults=(Fault("content-type", JSON_TYPE),))
    try:
        tree = decode(wire.body)
    except ValueError as error:
        raise InvalidRequest(str(error), faults=(Fault("", "a JSON object"),)) from None
    if type(tree) is not dict:
        raise InvalidRequest("", faults=(Fault("", "a JSON object"),))
    faults = [Fault("", "no other fields than fraga, left, right and values")] if tree.keys() - set(_FIELDS) else []
    faults += [
        Fault(f"/{side}", "a version, as v9, or the name of a connection")
        for side in ("left", "right")
        if type(tree.get(side)) is not str or not _SIDE.fullmatch(tree[side])
    ]
    if type(tree.get("values", False)) is not bool:
        faults.append(Fault("/values", "true or false"))
    asked = None
    try:
        inner = WireRequest(wire.method, wire.path, {"content-type": JSON_TYPE}, encode(tree.get("fraga")))
        asked = stable.FACE.parse_question(inner, "", clock.today())
    except InvalidRequest as error:
        faults += [Fault(f"/fraga{fault.path}", fault.expected) for fault in error.faults]
    if faults or asked is None:
        raise InvalidRequest("", faults=tuple(faults))
    return asked, (tree["left"], tree["right"]), tree.get("values", False)


async def _compared(
    service: Service, caller: Caller, asking: Asking, names: tuple[str, str], *, values: bool
) -> Response:
    left, right = (
        service.sources[service.routes.connection(caller.name, name, place)]
        for name, place in zip(names, ("/left", "/right"), strict=True)
    )
    question.check(asking.fraga, longer_periods=left.settings.longer_periods & right.settings.longer_periods)
    records = service.records
    one = await ask(asking, left, records, "primary", "comparison")
    other: Tree | GatewayError
    try:
        other = await ask(asking, right, records, "comparison", "comparison")
    except LedgerUnavailable:
        raise
    except UpstreamError as error:
        other = error
    made = await asyncio.to_thread(_made, service, caller, one, other, values=values)
    tree = made.tree(values=values)
    problem = other.type if isinstance(other, GatewayError) else ""
    tree["left"] |= {"uppstroms": left.name}
    tree["right"] |= {"version": right.version, "uppstroms": right.name} | ({"problem": problem} if problem else {})
    tree["korrelationsId"] = asking.correlation_id
    for source, result in ((left, ""), (right, problem)):
        service.metrics.answered(
            face=asking.face,
            consumer=caller.name,
            upstream=source.name,
            version=source.version,
            **({"result": result} if result else {}),
        )
    log.info("compared", consumer=caller.name, upstream=right.name, correlation_id=asking.correlation_id)
    return respond(WireResponse(200, {"content-type": JSON_TYPE}, encode(tree)))


def _made(service: Service, caller: Caller, one: Tree, other: Tree | GatewayError, *, values: bool) -> Comparison:
    """The comparison of what the caller is shown of both."""
    if isinstance(other, GatewayError):
        left, right = of_answer(caller.shown(one).svar), Observation(problem=other.type)
    else:
        left, right = of_answer(caller.shown(one, other).svar), of_answer(caller.shown(other, one).svar)
    rules = service.rules.current
    return compare(left, right, rules, today=clock.today(), consumer=caller.name, values=values)
