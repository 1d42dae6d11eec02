"""The service: one route for every face's address, a few about the service itself, and errors in each face's words."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as HttpRoute

from gateway import clock, coverage, endpoints, rest, stable
from gateway.consumers.caller import Caller
from gateway.consumers.identify import Facts
from gateway.consumers.limits import Limits
from gateway.consumers.registry import Consumers
from gateway.consumers.stated import state
from gateway.doors import addresses, chosen
from gateway.errors import Fault, GatewayError, Internal, MethodNotAllowed, NotFound, Overloaded, UpstreamUnavailable
from gateway.exchange import Source, answer, choose, connect
from gateway.http import check_accept, check_head, read, respond
from gateway.logs import log
from gateway.settings import Settings
from gateway.versions import Face, Naming, Route, discover

VERSION_HEADER = "lefi-version"
_OUR_SIDE = 500
Handler = Callable[[Request], Awaitable[Response]]


class Service:
    """What a running gateway holds: its settings, its sources, and how many questions are in work."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.adapters = discover()
        self.sources: Mapping[str, Source] = {
            name: connect(name, upstream, self.adapters) for name, upstream in settings.upstreams.items()
        }
        self.faces: tuple[Face, ...] = (
            stable.FACE,
            *(adapter.face for adapter in self.adapters.values() if adapter.face),
            *(make(settings.server.ssek) for each in self.adapters.values() if (make := each.faces.get("ssek"))),
        )
        self.working = 0
        self.consumers = Consumers(settings)
        self.limits = Limits()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self.consumers.aclose()
        for source in self.sources.values():
            await source.entitlements.aclose()
            await source.transport.aclose()


def create_app(settings: Settings) -> Starlette:
    """The gateway as an ASGI application; raises KeyError for an upstream whose version no adapter speaks."""
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        watching = asyncio.create_task(service.consumers.watch())
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await service.aclose()

    routes = [
        HttpRoute(
            route.path.replace("{aktor}", "{aktor:path}"),
            _guarded(faces[0], partial(_ask, service, faces, route)),
            methods=[route.method],
        )
        for route, faces in addresses(service.faces)
    ]
    routes += endpoints.routes(service, partial(_guarded, stable.FACE))
    app = Starlette(routes=routes, lifespan=lifespan, max_body_size=None)
    app.router.redirect_slashes = False  # an address that is not ours is answered like any other such address
    app.add_exception_handler(HTTPException, partial(_http_error, app, service))
    return app


async def _ask(service: Service, faces: Sequence[Face], route: Route, request: Request) -> Response:
    """One question, one look-up of entitlements or one contract file, from request to response."""
    if route.noun == "kontrakt":
        return _contract_file(faces, request)
    if stable.FACE in faces:
        check_accept(request)
    caller = await service.consumers.identify(Facts.of(request))
    aktor = rest.actor(request.path_params["aktor"]) if "aktor" in request.path_params else ""
    if service.working >= service.settings.server.max_concurrent:
        raise Overloaded(retry_after=1)
    service.working += 1
    try:
        async with service.limits.question(caller):
            return await _answered(service, faces, route, request, caller, aktor)
    finally:
        service.working -= 1


async def _answered(  # noqa: PLR0913, PLR0917  what a question is made of
    service: Service, faces: Sequence[Face], route: Route, request: Request, caller: Caller, aktor: str
) -> Response:
    wire = await read(request, route.max_bytes, service.settings.server.body_seconds)
    face = request.state.face = chosen(faces, wire)
    service.consumers.current.check_sender(caller, face.sender() if isinstance(face, Naming) else None)
    wanted = request.headers.get(VERSION_HEADER)
    if route.noun == "behorighet":
        source = choose(service.sources, wanted)
        actor = caller.acts_for(aktor) or source.settings.aktors_id
        available = await source.entitlements.available(actor)
        if available is None:  # no list is not an empty one
            raise NotFound("", faults=(Fault(VERSION_HEADER, "a version that says what may be asked for"),))
        return respond(face.render_entitlements(caller.entitled(available)))
    asked = face.parse_question(wire, aktor, clock.today())
    state(caller, request.headers)  # for the ledger, once there is one
    svar = await answer(asked, caller, choose(service.sources, wanted))
    return _rendered(face, caller, caller.shown(svar).svar)


def _contract_file(faces: Sequence[Face], request: Request) -> Response:
    address = str(request.url.replace(query=""))
    for face in faces:
        found = face.contract_file(request.url.query, address)
        if found is not None:
            return respond(found)
    raise NotFound


def _rendered(face: Face, caller: Caller, svar: dict[str, Any]) -> Response:
    if face.says == "avvikelser":
        svar = {**svar, "avvikelser": [*svar.get("avvikelser", ()), *coverage.as_deviations(svar["tackning"])]}
    failed = face.says == "inget" and any(one["utfall"] in coverage.FAILED for one in svar["tackning"])
    if failed and caller.absence == "fault":
        raise UpstreamUnavailable(
            "a part of the answer could not be had, and this version has no way to say so", sent=True
        )
    response, lost = face.render_answer(svar, covered=face.says == "inget" and caller.absence == "header")
    log.info(
        "answered",
        face=face.version,
        upstream=svar["kalla"]["uppstroms"],
        correlation_id=svar["kalla"]["korrelationsId"],
        types=len(svar["tackning"]),
        notes=len(svar["anmarkningar"]),
        lost=len(lost),
        outcomes=sorted({one["utfall"] for one in svar["tackning"]}),
    )
    return respond(response)


def _guarded(face: Face, handler: Handler) -> Handler:
    """The handler, with every error said in the words of the face."""

    async def guarded(request: Request) -> Response:
        try:
            check_head(request)
            return await handler(request)
        except GatewayError as error:
            # A refusal is the caller's affair; what failed on our side or the agency's is somebody's to look at.
            say = log.info if error.status < _OUR_SIDE else log.warning
            spoken = getattr(request.state, "face", face)
            say("refused", face=spoken.version, problem=error.type, status=error.status, instance=error.instance)
            return _refusal(spoken, error)
        except Exception as error:  # noqa: BLE001  the last door: nothing of ours may reach the caller as it is
            spoken, failure = getattr(request.state, "face", face), Internal()
            log.failure("failed", error, face=spoken.version, instance=failure.instance)
            return _refusal(spoken, failure)

    return guarded


def _refusal(face: Face, error: GatewayError) -> Response:
    """The error in the words of the face; as a problem where the face itself fails at that."""
    try:
        return respond(face.render_error(error, clock.now()))
    except Exception as second:  # noqa: BLE001  as above: a version's fault in its errors must not show either
        failure = Internal()
        log.failure("failed", second, face=face.version, instance=failure.instance)
        return respond(stable.FACE.render_error(failure, clock.now()))


async def _http_error(app: Starlette, service: Service, request: Request, error: Exception) -> Response:
    """What Starlette itself refuses: no such address, or not by that method."""
    allowed = sorted(
        {
            method
            for route in app.routes
            if isinstance(route, HttpRoute) and route.matches(request.scope)[0] is not Match.NONE
            for method in route.methods or ()
        }
    )
    raised: GatewayError = MethodNotAllowed(allow=tuple(allowed)) if allowed else NotFound()
    if not isinstance(error, HTTPException) or error.status_code not in {404, 405}:
        raised = Internal()
    try:
        check_head(request)
    except GatewayError as larger:
        raised = larger
    return _refusal(_face_at(service, request.scope["path"]), raised)


def _face_at(service: Service, path: str) -> Face:
    """The newest face of those whose address begins as this one does; the stable API's where none does."""
    for route, faces in addresses(service.faces):
        if path.startswith(route.path.partition("{")[0]):
            return faces[0]
    return stable.FACE
