"""The gateway as an ASGI application: one route for every face's address, and errors in each face's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as HttpRoute

from gateway import clock, comparing, endpoints, serving, stable
from gateway.doors import addresses
from gateway.errors import GatewayError, Internal, MethodNotAllowed, NotFound
from gateway.http import check_head, respond
from gateway.logs import log
from gateway.service import Service
from gateway.settings import Settings
from gateway.versions import Face

_OUR_SIDE = 500
Handler = Callable[[Request], Awaitable[Response]]


def create_app(settings: Settings) -> Starlette:
    """The gateway as an ASGI application; raises what gateway.service.Service does for settings of no use."""
    return application(Service(settings))


def application(service: Service) -> Starlette:
    """A service at its addresses."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await service.open()
        yield
        await service.aclose()

    routes = [
        HttpRoute(
            route.path.replace("{aktor}", "{aktor:path}"),
            _guarded(service, faces[0], partial(serving.ask, service, faces, route)),
            methods=[route.method],
        )
        for route, faces in addresses(service.faces)
    ]
    compare = _guarded(service, stable.FACE, partial(comparing.serve, service))
    routes.append(HttpRoute(comparing.PATH, compare, methods=["POST"]))
    routes += service.deliveries
    routes += endpoints.routes(service, partial(_guarded, service, stable.FACE))
    app = Starlette(routes=routes, lifespan=lifespan, max_body_size=None)
    app.router.redirect_slashes = False  # an address that is not ours is answered like any other such address
    app.add_exception_handler(HTTPException, partial(_http_error, app, service))
    return app


def _guarded(service: Service, face: Face, handler: Handler) -> Handler:
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
            serving.count_refusal(service, request, spoken, error)
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
