"""One request at an address of a face: who asks, what for, what is answered, and in which words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway import clock, coverage, rest, stable
from gateway.consumers.caller import Caller
from gateway.consumers.identify import Facts
from gateway.consumers.stated import state
from gateway.doors import chosen
from gateway.errors import Fault, Forbidden, GatewayError, NotFound, Overloaded, UpstreamUnavailable
from gateway.http import check_accept, read, respond
from gateway.lifecycle import headers as life
from gateway.lifecycle.rule import Stage
from gateway.logs import log
from gateway.service import Service
from gateway.versions import Face, Naming, Route
from gateway.wire import WireRequest

Tree = dict[str, Any]

VERSION_HEADER = "lefi-version"
_LIVES = "/v1/versioner"


async def ask(service: Service, faces: Sequence[Face], route: Route, request: Request) -> Response:
    """One question, one look-up of entitlements or one contract file, from request to response; raises GatewayError."""
    if route.noun == "kontrakt":
        return _contract_file(faces, request)
    if stable.FACE in faces:
        check_accept(request)
    caller = request.state.caller = await service.consumers.identify(Facts.of(request))
    aktor = rest.actor(request.path_params["aktor"]) if "aktor" in request.path_params else ""
    if service.working >= service.settings.server.max_concurrent:
        raise Overloaded(retry_after=1)
    service.working += 1
    try:
        async with service.limits.question(caller):
            wire = await read(request, route.max_bytes, service.settings.server.body_seconds)
            face = request.state.face = chosen(faces, wire)
            service.consumers.current.check_sender(caller, face.sender() if isinstance(face, Naming) else None)
            if route.noun == "behorighet":
                return await _entitlements(service, face, caller, aktor, request.headers.get(VERSION_HEADER))
            return await _question(service, face, caller, aktor, wire, request)
    finally:
        service.working -= 1


def _contract_file(faces: Sequence[Face], request: Request) -> Response:
    address = str(request.url.replace(query=""))
    for face in faces:
        found = face.contract_file(request.url.query, address)
        if found is not None:
            return respond(found)
    raise NotFound


async def _entitlements(service: Service, face: Face, caller: Caller, aktor: str, wanted: str | None) -> Response:
    actor = caller.acts_for(aktor)
    (plan,) = service.exchange.router.plans(caller.name, (), "", wanted)
    source = service.sources[plan.sources[0]]
    available = await source.entitlements.available(actor or source.settings.aktors_id)
    if available is None:  # no list is not an empty one
        raise NotFound("", faults=(Fault(VERSION_HEADER, "a version that says what may be asked for"),))
    return respond(face.render_entitlements(caller.entitled(available)))


async def _question(  # noqa: PLR0913, PLR0917  what a question is made of
    service: Service, face: Face, caller: Caller, aktor: str, wire: WireRequest, request: Request
) -> Response:
    asked = face.parse_question(wire, aktor, clock.today())
    stated = state(caller, request.headers)
    if face.says == "inget" and caller.absence == "fault" and caller.cut(asked.fraga):
        raise _silent_refusal()  # before anything is asked: nothing of an answer would be given
    svar = await service.exchange.answer(asked, caller, stated, face.version, request.headers.get(VERSION_HEADER))
    shown = caller.shown(svar)
    if shown.protected != "no":
        service.metrics.protected()
    stages = service.stages([face.version, *(part["version"] for part in _parts(svar))])
    response = _rendered(face, caller, shown.svar, stages)
    response.headers.update(_life_headers(stages))
    for part in _parts(svar):
        service.metrics.answered(
            face=face.version, consumer=caller.name, upstream=part["uppstroms"], version=part["version"]
        )
    service.metrics.covered(svar["tackning"])
    log.info(
        "answered",
        face=face.version,
        consumer=caller.name,
        upstream=svar["kalla"]["uppstroms"],
        correlation_id=svar["kalla"]["korrelationsId"],
        protected=shown.protected,
        types=len(svar["tackning"]),
        notes=len(shown.svar["anmarkningar"]),
        outcomes=sorted({one["utfall"] for one in svar["tackning"]}),
    )
    return response


def _parts(svar: Tree) -> list[Tree]:
    """Where the answer came from: once, or once for each version that had a share of the question."""
    kalla = svar["kalla"]
    return list(kalla.get("delar") or [kalla])


def _rendered(face: Face, caller: Caller, svar: Tree, stages: Iterable[Stage]) -> Response:
    if face.says == "avvikelser":
        svar = {**svar, "avvikelser": [*svar.get("avvikelser", ()), *coverage.as_deviations(svar["tackning"])]}
    if face.says == "inget" and caller.absence == "fault":
        _refuse_silence({one["utfall"] for one in svar["tackning"]})
    blocks = ""
    if face.says == "inget":
        blocks += coverage.as_block(svar["tackning"]) if caller.absence == "header" else ""
        blocks += life.soap_block(stages) if caller.lifecycle_header else ""
    response, lost = face.render_answer(svar, blocks)
    if lost:
        log.info("lost", face=face.version, correlation_id=svar["kalla"]["korrelationsId"], lost=len(lost))
    return respond(response)


def _refuse_silence(outcomes: set[str]) -> None:
    """Raises where a part of the answer is missing and the caller's version has no way to say so."""
    if outcomes & coverage.FAILED:
        raise UpstreamUnavailable(
            "a part of the answer could not be had, and this version has no way to say so", sent=True
        )
    if outcomes & coverage.REFUSED:
        raise _silent_refusal()


def _silent_refusal() -> Forbidden:
    return Forbidden("a part of the answer may not be had, and this version has no way to say so")


def _life_headers(stages: Iterable[Stage]) -> Mapping[str, str]:
    foremost = life.foremost(stages)
    return {} if foremost is None else life.headers(foremost, _LIVES)


def count_refusal(service: Service, request: Request, face: Face, error: GatewayError) -> None:
    """Counts a question that was not answered."""
    caller = getattr(request.state, "caller", None)
    name = caller.name if isinstance(caller, Caller) else ""
    service.metrics.answered(face=face.version, consumer=name, upstream="", version="", result=error.type)
