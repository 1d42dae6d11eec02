"""How magic persons misbehave: answers that say something wrong, and messages that are wrong as messages.

An ordinary response is sent by the framework. What HTTP forbids a server to do is done one layer down: `Raw` is given
uvicorn's own `send`, whose owner knows the connection, so that it can be reset or broken off. Under another server
the connection cannot be reached; the exception that is raised then makes that server end it in its own way.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from starlette.types import Receive, Scope, Send

from gateway.errors import Forbidden, Internal, RateLimited
from gateway.notes import Note
from gateway.twin.bits import kod
from gateway.twin.population import Inhabitant
from gateway.twin.source import State, answer
from gateway.versions import Face
from gateway.wire import WireResponse

Tree = dict[str, Any]

DRIP_SECONDS = 0.25
RETRY_AFTER = 7
HUGE_PAYMENTS = 1750
SEND = "lefi.twin.send"
"""Where the outermost layer of the app keeps the server's own `send` in the scope."""


# -------------------------------------------------------------------------------------------- what the answer says

STATES: Mapping[str, State] = {
    "fk_nere": State(tillstand={"FK": "OTILLGANGLIG"}),
    "pm_felande": State(tillstand={"PM": "FELANDE"}),
    "internt_fel": State(deviations={"FK:SJP": "INTERNT_FEL"}),
    "obehorig": State(deviations={"FK:SGI": "OBEHORIG", "PM:AP": "OBEHORIG"}),
}


def state_of(inhabitant: Inhabitant | None, state: State) -> State:
    """The state of the agencies when this person is asked about."""
    own = STATES.get(inhabitant.fault) if inhabitant else None
    return replace(state, tillstand=own.tillstand, deviations=own.deviations) if own else state


def spoiled(svar: Tree, fault: str, people: Mapping[str, Inhabitant], fraga: Tree) -> Tree:
    """The answer with a magic person's fault in it."""
    spoil = _SPOILERS.get(fault)
    if fault == "fel_person":
        return _about_another(svar, people, fraga)
    return spoil(svar) if spoil else svar


def _about_another(svar: Tree, people: Mapping[str, Inhabitant], fraga: Tree) -> Tree:
    other = next(one for one in people.values() if one.personnummer != fraga["personnummer"] and "person" in one.truth)
    return answer(other, fraga, State()) | {"person": other.truth["person"], "utlamnare": svar["utlamnare"]}


def _without_states(svar: Tree) -> Tree:
    return {key: value for key, value in svar.items() if key != "utlamnare"}


def _only_fk(svar: Tree) -> Tree:
    return svar | {"utlamnare": [one for one in svar["utlamnare"] if one["utlamnare"]["kod"] == "FK"]}


def _in_family(svar: Tree, family: str, agency: str, change: Callable[[Tree], Tree]) -> Tree:
    """The answer with every decision of one agency in a family changed."""
    cases = svar.get("arenden", {}).get(family)
    if not cases:
        return svar
    changed = [
        case | {"beslut": [change(one) for one in case["beslut"]]}
        if case["utlamnare"] == agency and "beslut" in case
        else case
        for case in cases
    ]
    return svar | {"arenden": svar["arenden"] | {family: changed}}


def _bad_date(svar: Tree) -> Tree:
    def change(decision: Tree) -> Tree:
        kept = {fact: value for fact, value in decision.items() if fact != "fattades"}
        return kept | {"okant": {"fattades": "31/12-2025"}}

    return _in_family(svar, "sjukpenning", "FK", change)


def _unknown_code(svar: Tree) -> Tree:
    changed = _in_family(
        svar, "allmanPension", "PM", lambda decision: decision | {"status": kod("VILANDE", "Status som ingen känner")}
    )
    cases = changed.get("arenden", {}).get("allmanPension", ())
    of_new_type = [case | {"formansgrupp": kod("PM:NY", "Ny grupp")} for case in cases if case["utlamnare"] == "PM"]
    if not of_new_type:
        return changed
    return changed | {"arenden": changed["arenden"] | {"ovriga": of_new_type}}


def _unknown_field(svar: Tree) -> Tree:
    changed = _in_family(
        svar, "sjukpenning", "FK", lambda decision: decision | {"okant": {"nyUppgift": {"varde": 1}, "nyLista": [1, 2]}}
    )
    return changed | {"okant": {"nyttFalt": "en ny uppgift"}}


def _huge(svar: Tree) -> Tree:
    payments = svar.get("utbetalningar", [])
    fk = [one for one in payments if one["utlamnare"] == "FK"]
    many = [fk[index % len(fk)] for index in range(HUGE_PAYMENTS)] if fk else []
    many.sort(key=lambda one: one["status"] != "preliminar")
    return svar | {"utbetalningar": many + [one for one in payments if one["utlamnare"] == "PM"]}


_SPOILERS: Mapping[str, Callable[[Tree], Tree]] = {
    "utan_utlamnare": _without_states,
    "bara_fk": _only_fk,
    "felaktigt_datum": _bad_date,
    "okand_kod": _unknown_code,
    "okant_falt": _unknown_field,
    "jattesvar": _huge,
}

TREE_FAULTS = frozenset({*STATES, *_SPOILERS, "fel_person"})


# ------------------------------------------------------------------------------------------------ what the message is

_HTML = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    b"<body><h1>502 Bad Gateway</h1><hr>testproxy</body></html>"
)


def _gzipped(good: WireResponse) -> WireResponse:
    headers = {**good.headers, "content-encoding": "gzip"}
    return WireResponse(good.status, headers, gzip.compress(good.body, mtime=0))


Make = Callable[[WireResponse, Face, datetime], WireResponse]

_MESSAGES: Mapping[str, Make] = {
    "html": lambda _good, _face, _now: WireResponse(502, {"content-type": "text/html; charset=utf-8"}, _HTML),
    "felsvar500": lambda _good, face, now: face.render_error(Internal(), now),
    "nekas": lambda _good, face, now: face.render_error(Forbidden(), now),
    "felsvar200": lambda _good, face, now: replace(face.render_error(Internal(), now), status=200),
    "tomt": lambda good, _face, _now: replace(good, body=b""),
    "omdirigeras": lambda _good, _face, _now: WireResponse(307, {"location": "/annan-adress"}, b""),
    "feltyp": lambda good, _face, _now: replace(good, headers={**good.headers, "content-type": "text/plain"}),
    "gzip": lambda good, _face, _now: _gzipped(good),
    "for_ofta": lambda _good, face, now: face.render_error(RateLimited(retry_after=RETRY_AFTER), now),
}

RAW_FAULTS = frozenset({"timeout", "droppar", "aterstalls", "avbryts"})
WIRE_FAULTS = RAW_FAULTS | _MESSAGES.keys()


@dataclass(frozen=True, slots=True)
class Raw:
    """A response that does to the connection what no framework does."""

    fault: str
    good: WireResponse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends, or does not."""
        match self.fault:
            case "timeout":
                await _until_gone(receive)
            case "droppar":
                await self._drip(receive, send)
            case "aterstalls":
                await _reset(scope[SEND], receive)
            case _:
                await self._start(send)
                half = len(self.good.body) // 2
                await send({"type": "http.response.body", "body": self.good.body[:half], "more_body": True})
                await asyncio.sleep(DRIP_SECONDS)  # so that the half has left before the connection goes
                await _reset(scope[SEND], receive)

    async def _start(self, send: Send) -> None:
        headers = [(name.encode(), value.encode()) for name, value in self.good.headers.items()]
        headers.append((b"content-length", str(len(self.good.body)).encode()))
        await send({"type": "http.response.start", "status": self.good.status, "headers": headers})

    async def _drip(self, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await self._start(send)
            for position in range(len(self.good.body)):
                more = position + 1 < len(self.good.body)
                part = self.good.body[position : position + 1]
                await send({"type": "http.response.body", "body": part, "more_body": more})
                if (await asyncio.wait({gone}, timeout=DRIP_SECONDS))[0]:
                    return
        finally:
            gone.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _reset(send: Send, receive: Receive) -> None:
    """Ends the connection with RST: closing a socket that lingers for no time at all sends that and nothing else."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        msg = "the server does not let its connection be reached"
        raise ConnectionResetError(msg)
    raw = transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _until_gone(receive)  # a server that knows that the connection is gone misses no answer


def rendered(face: Face, svar: Tree) -> tuple[WireResponse, tuple[Note, ...]]:
    """The answer as a face writes it; what no contract declares is put back, as its own version would say it."""
    return face.render_answer(svar | {"kalla": {"version": face.version}})


def response_to(fault: str, good: WireResponse, face: Face, now: datetime) -> Raw | WireResponse:
    """What is sent when a person with this fault is asked about."""
    if fault in RAW_FAULTS:
        return Raw(fault, good)
    make = _MESSAGES.get(fault)
    return make(good, face, now) if make else good
