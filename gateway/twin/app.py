"""The twin as an ASGI application: every face at its own addresses, and a few addresses about the twin itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route as HttpRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import clock, question, rest
from gateway.doors import addresses, chosen
from gateway.envelopes import SsekHouse
from gateway.errors import GatewayError, Internal, MethodNotAllowed, NotFound
from gateway.http import check_head, read, respond
from gateway.jsonio import JSON_TYPE, encode
from gateway.logs import log
from gateway.twin import actors, asynkron, faults
from gateway.twin.counters import Counters
from gateway.twin.population import SEED, Inhabitant, population
from gateway.twin.source import State, answer, available
from gateway.versions import Face, Pinged, Route, discover
from gateway.wire import WireResponse

Tree = dict[str, Any]

_BODY_SECONDS = 10.0
_SOAP_ACTOR = "soap"
"""Who asks where the address names no actor: before version 9 the certificate says it."""
_SSEK = SsekHouse(must_understand=True)
"""How SSEK is spoken: as it is usual, so that its header has to be understood."""


@dataclass(frozen=True, slots=True)
class Twin:
    """What a running twin holds: the persons, and what was asked about them."""

    people: Mapping[str, Inhabitant]
    counters: Counters

    def deliver(self, face: Face, aktor: str, fraga: Tree) -> faults.Raw | WireResponse:
        """The message that a question is answered with."""
        question.check(fraga)
        personnummer = fraga["personnummer"]
        self.counters.asked(personnummer)
        state = State(entitled=actors.entitled(aktor), filtered=aktor == actors.FILTRERAD)
        inhabitant = self.people.get(personnummer)
        svar = answer(inhabitant, fraga, faults.state_of(inhabitant, state))
        if face.says == "inget" and any(one["tillstand"]["kod"] != "OK" for one in svar.get("utlamnare", ())):
            raise Internal  # a version that cannot state how an agency is makes a fault when one is down
        fault = inhabitant.fault if inhabitant else ""
        good, _lost = faults.rendered(face, faults.spoiled(svar, fault, self.people, fraga))
        return faults.response_to(fault, good, face, clock.now())


class _Outermost:
    """Keeps the server's own `send` where a fault can find it; every layer further in wraps it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[faults.SEND] = send
        await self._app(scope, receive, send)


class _App(Starlette):
    """Starlette with the outermost layer outside even of its own error handling."""

    def build_middleware_stack(self) -> ASGIApp:
        return _Outermost(super().build_middleware_stack())


def create_twin(seed: int = SEED, house: SsekHouse = _SSEK, receiver: asynkron.Receiver | None = None) -> Starlette:
    """The twin of every version that an adapter speaks; raises ValueError for a file of `house` that is of no use.

    With a `receiver`, orders may be placed whose packages are sent there.
    """
    people = population(seed)
    twin = Twin(people, Counters({number: place for place, number in enumerate(people, 1)}))
    adapters = discover().values()
    faces = [adapter.face for adapter in adapters if adapter.face]
    faces += [make({"ssek": house}.get(envelope)) for adapter in adapters for envelope, make in adapter.faces.items()]
    routes = [
        # No `methods` here: what a wrong one is answered with is said by the face. The actor's segment takes
        # slashes, so that an actor of several segments reaches the face and is refused by it.
        HttpRoute(path.replace("{aktor}", "{aktor:path}"), _Endpoint(twin, there))
        for path, there in _by_path(faces).items()
    ]
    routes += asynkron.routes(people, twin.counters, receiver)
    routes += [
        HttpRoute("/", partial(_list, people), methods=["GET"]),
        HttpRoute("/health", _health, methods=["GET"]),
        HttpRoute("/raknare", partial(_counters, twin.counters), methods=["GET"]),
        HttpRoute("/raknare/nollstall", partial(_reset, twin.counters), methods=["POST"]),
    ]
    app = _App(routes=routes, max_body_size=None)  # each face's own limit holds: see gateway.http.read
    app.state.twin = twin
    return app


def _by_path(faces: Iterable[Face]) -> dict[str, dict[str, tuple[Route, Sequence[Face]]]]:
    """Every path with what answers there, by method."""
    found: dict[str, dict[str, tuple[Route, Sequence[Face]]]] = {}
    for route, there in addresses(faces):
        found.setdefault(route.path, {})[route.method] = (route, there)
    return found


class _Endpoint:
    """One path; an ASGI application, since some faults are no responses."""

    def __init__(self, twin: Twin, methods: dict[str, tuple[Route, Sequence[Face]]]) -> None:
        self._twin, self._methods = twin, methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        (_, faces), *_others = self._methods.values()
        request.state.face = faces[0]
        try:
            sent = await self._answer(request)
        except GatewayError as error:
            sent = request.state.face.render_error(error, clock.now())
        except Exception as error:  # noqa: BLE001  the twin fails as an agency does: in the face's words
            log.failure("the twin failed", error, face=request.state.face.version)
            sent = request.state.face.render_error(Internal(), clock.now())
        await (sent if isinstance(sent, faults.Raw) else respond(sent))(scope, receive, send)

    async def _answer(self, request: Request) -> faults.Raw | WireResponse:
        check_head(request)
        if request.method not in self._methods:
            raise MethodNotAllowed(allow=tuple(self._methods))
        route, faces = self._methods[request.method]
        if route.noun == "kontrakt":
            return _contract_file(faces, request)
        aktor = request.path_params.get("aktor", _SOAP_ACTOR)
        wire = await read(request, route.max_bytes, _BODY_SECONDS)
        face = request.state.face = chosen(faces, wire)
        if isinstance(face, Pinged) and (pong := face.pong()) is not None:
            return pong
        self._twin.counters.received(f"{face.version} {route.noun}")
        if route.noun == "behorighet":
            entitled = actors.entitled(rest.actor(aktor))
            if aktor == actors.UTAN_LISTA:
                raise Internal
            return face.render_entitlements(available(entitled))
        asked = face.parse_question(wire, aktor, clock.today())
        return self._twin.deliver(face, asked.aktor, asked.fraga)


def _contract_file(faces: Sequence[Face], request: Request) -> WireResponse:
    address = str(request.url.replace(query=""))
    for face in faces:
        found = face.contract_file(request.url.query, address)
        if found is not None:
            return found
    raise NotFound


async def _list(people: Mapping[str, Inhabitant], _request: Request) -> Response:
    """The persons, one a line, for whoever looks for somebody to ask about."""
    lines = (f"{place:3d}  {one.personnummer}  {one.about}" for place, one in enumerate(people.values(), 1))
    return PlainTextResponse("\n".join((*lines, "")))


async def _health(_request: Request) -> Response:
    return _json({"status": "ok"})


async def _counters(counters: Counters, _request: Request) -> Response:
    return _json(counters.tree())


async def _reset(counters: Counters, _request: Request) -> Response:
    counters.reset()
    return _json(counters.tree())


def _json(tree: Tree) -> Response:
    return Response(encode(tree), media_type=JSON_TYPE)
