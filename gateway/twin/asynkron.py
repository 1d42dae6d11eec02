"""The twin as LEFI Asynkron (reconstructed): it takes orders, and delivers them by poll and to a receiver."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route as HttpRoute
from starlette.types import Receive, Scope, Send

from gateway import clock, question, rest
from gateway.asynkron.roles import NDJSON, OrderFace, discover
from gateway.connection import Connection
from gateway.errors import Conflict, Fault, GatewayError, Internal, InvalidRequest, MethodNotAllowed, NotFound
from gateway.http import check_head, read, respond
from gateway.logs import log
from gateway.transport import Transport
from gateway.twin import actors, deliveries, faults
from gateway.twin.counters import Counters
from gateway.twin.deliveries import Package, Taken
from gateway.twin.population import Inhabitant
from gateway.wire import WireRequest, WireResponse

Tree = dict[str, Any]

_BODY_SECONDS = 30.0
_TRIES = 3
_PAUSE_SECONDS, _LATE_SECONDS = 0.1, 1.0
_REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where packages are sent, and with which header fields."""

    connection: Connection
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Orders:
    """The orders that one version of ordering has taken."""

    face: OrderFace
    people: Mapping[str, Inhabitant]
    counters: Counters
    receiver: Receiver | None = None
    _by_id: dict[str, Taken] = field(default_factory=dict)
    _sending: set[asyncio.Task[None]] = field(default_factory=set)

    def take(self, aktor: str, request: WireRequest) -> WireResponse | faults.Raw:
        """Takes an order, or says that it has been taken already."""
        chosen = deliveries.chosen(aktor)
        tree = self.face.parse_order(request, clock.today())
        questions = _checked(tree)
        earlier = self._of_reference(aktor, tree["referens"])
        if earlier is None and "forlorad_bestallning" in chosen:
            return faults.Raw("aterstalls", WireResponse(500))
        if earlier is not None and earlier.questions != questions:
            raise Conflict("", faults=(Fault("/bestallningsreferens", "a reference of no other order"),))
        taken = earlier or self._accept(aktor, tree, questions, chosen)
        kvittens = {"bestallningsId": taken.id, "referens": taken.referens, "antalRader": len(questions)}
        answer = self.face.render_acknowledgement(kvittens, again=earlier is not None)
        lost = earlier is None and "forlorad_kvittens" in chosen
        return faults.Raw("aterstalls", answer) if lost else answer

    def status(self, aktor: str, *, bestallning: str = "", referens: str = "") -> WireResponse:
        """What has become of an order."""
        taken = self._found(aktor, bestallning) if bestallning else self._of_reference(aktor, referens)
        if taken is None:
            raise NotFound
        taken.polls += 1
        return self._say(taken)

    def cancel(self, aktor: str, bestallning: str) -> WireResponse:
        """Cancels an order that is not done."""
        taken = self._found(aktor, bestallning)
        taken.cancelled = taken.cancelled or taken.word() in {"MOTTAGEN", "PAGAR"}
        return self._say(taken)

    def package(self, aktor: str, bestallning: str, leverans: str) -> StreamingResponse | faults.Raw:
        """A package of an order."""
        taken = self._found(aktor, bestallning)
        found = next((one for one in taken.listed() if one.id == leverans), None)
        if found is None:
            raise NotFound
        lines = deliveries.content(self.face, taken, found, self.people)
        headers = {"content-type": NDJSON, "cache-control": "no-store"}
        if "kapad" in taken.faults and found.id not in taken.given:
            lines_now = b"".join(lines)
            taken.given[found.id] = 1
            return faults.Raw("avbryts", WireResponse(200, headers, lines_now))

        async def stream() -> Any:
            for line in lines:
                yield line
            taken.given[found.id] = taken.given.get(found.id, 0) + 1

        return StreamingResponse(stream(), headers=headers)

    def _accept(self, aktor: str, tree: Tree, questions: Mapping[str, Tree], chosen: frozenset[str]) -> Taken:
        pushed = tree["leveranssatt"] == "SKICKAS"
        if pushed and self.receiver is None:
            raise InvalidRequest("", faults=(Fault("/leveranssatt", "HAMTAS, since there is no agreed receiver"),))
        taken = Taken(f"B{len(self._by_id) + 1}", aktor, tree["referens"], pushed, questions, chosen)
        self._by_id[taken.id] = taken
        for fraga in questions.values():
            self.counters.asked(fraga["personnummer"])
        if pushed and self.receiver is not None:
            task = asyncio.get_running_loop().create_task(self._send(taken, self.receiver))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return taken

    def _of_reference(self, aktor: str, referens: str) -> Taken | None:
        mine = (one for one in self._by_id.values() if (one.aktor, one.referens) == (aktor, referens))
        return next(mine, None)

    def _found(self, aktor: str, bestallning: str) -> Taken:
        taken = self._by_id.get(bestallning)
        if taken is None or taken.aktor != aktor:
            raise NotFound
        return taken

    def _say(self, taken: Taken) -> WireResponse:
        leveranser = [
            {"leveransId": one.id, "lopnummer": one.number, "antalRader": _rows(taken, one), "sista": one.last}
            for one in taken.listed()
        ]
        status = {"bestallningsId": taken.id, "referens": taken.referens, "lage": taken.word()}
        return self.face.render_status(status | ({"leveranser": leveranser} if leveranser else {}))

    async def _send(self, taken: Taken, receiver: Receiver) -> None:
        """Sends every package until it is kept; after three times it can be fetched instead."""
        transport = Transport("asynkron receiver", receiver.connection)
        try:
            if "sen" in taken.faults:
                await asyncio.sleep(_LATE_SECONDS)
                taken.polls = max(taken.polls, _TRIES)
            for package in taken.packages():
                if not taken.cancelled:
                    await self._deliver(transport, receiver, taken, package)
        except Exception as error:  # noqa: BLE001  a task's own error would be told to nobody
            log.failure("the twin could not send a package", error)
        finally:
            await transport.aclose()

    async def _deliver(self, transport: Transport, receiver: Receiver, taken: Taken, package: Package) -> None:
        for _ in range(_TRIES):
            lines = list(deliveries.content(self.face, taken, package, self.people))
            if "kapad" in taken.faults and package.id not in taken.given:
                lines = lines[: (len(lines) + 1) // 2]
            taken.given[package.id] = taken.given.get(package.id, 0) + 1
            headers = {"content-type": NDJSON, **receiver.headers}
            try:
                answer = await transport.send(WireRequest("POST", "", headers, b"".join(lines)))
            except GatewayError:
                answer = None
            if answer is not None and answer.status == 200:  # noqa: PLR2004  what was agreed on
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        taken.stranded.add(package.id)


def _checked(tree: Tree) -> dict[str, Tree]:
    """The questions of an order by row; raises InvalidRequest or Unprocessable for an order that cannot be taken."""
    if not _REFERENCE.fullmatch(tree["referens"]):
        raise InvalidRequest("", faults=(Fault("/bestallningsreferens", "1-64 letters, digits, '-' or '_'"),))
    questions = {rad["radId"]: rad["fraga"] for rad in tree["rader"]}
    if len(questions) != len(tree["rader"]):
        raise InvalidRequest("", faults=(Fault("/rader", "rows with an id of their own each"),))
    for fraga in questions.values():
        question.check(fraga)
    return questions


def _rows(taken: Taken, package: Package) -> int:
    return len(package.rows) + (package.number == 1 and "okand_rad" in taken.faults)


# ---------------------------------------------------------------------------------------------------------------- HTTP


def routes(people: Mapping[str, Inhabitant], counters: Counters, receiver: Receiver | None) -> list[HttpRoute]:
    """The addresses of every version of ordering, under /rest as version 9's."""
    found: list[HttpRoute] = []
    for ordering in discover().values():
        orders = Orders(ordering.face, people, counters, receiver)
        ours = [one for one in ordering.face.operations if "{aktor}" in one.path]
        methods: dict[str, dict[str, str]] = {}
        for one in ours:
            methods.setdefault(one.path, {})[one.method] = one.name
        found += [HttpRoute(f"/rest{path}", _Endpoint(orders, names)) for path, names in methods.items()]
    return found


class _Endpoint:
    """One path; an ASGI application, since a lost acknowledgement is no response."""

    def __init__(self, orders: Orders, names: Mapping[str, str]) -> None:
        self._orders, self._names = orders, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        face = self._orders.face
        try:
            sent = await self._answer(request)
        except GatewayError as error:
            sent = face.render_error(error, clock.now())
        except Exception as error:  # noqa: BLE001  the twin fails as a service does: in the face's words
            log.failure("the twin failed", error, face=face.version)
            sent = face.render_error(Internal(), clock.now())
        await (respond(sent) if isinstance(sent, WireResponse) else sent)(scope, receive, send)

    async def _answer(self, request: Request) -> WireResponse | StreamingResponse | faults.Raw:
        check_head(request)
        if request.method not in self._names:
            raise MethodNotAllowed(allow=tuple(self._names))
        orders, given = self._orders, request.path_params
        aktor = rest.actor(given["aktor"])
        actors.entitled(aktor)
        orders.counters.received(f"{orders.face.version} {self._names[request.method]}")
        wire = await read(request, orders.face.max_order_bytes, _BODY_SECONDS)
        bestallning = given.get("bestallning", "")
        answers: dict[str, Callable[[], WireResponse | StreamingResponse | faults.Raw]] = {
            "bestall": lambda: orders.take(aktor, wire),
            "status": lambda: orders.status(aktor, bestallning=bestallning),
            "statusForReferens": lambda: orders.status(aktor, referens=given["referens"]),
            "avbestall": lambda: orders.cancel(aktor, bestallning),
            "hamta": lambda: orders.package(aktor, bestallning, given["leverans"]),
        }
        return answers[self._names[request.method]]()
