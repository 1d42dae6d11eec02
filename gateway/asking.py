"""One question to one source: accounted for, sent once, read, checked, explained, and accounted for again.

Rule 1: the intent is durable before anything is sent, the outcome before anything of the answer leaves.
Rule 2: the question goes out once. What comes of it, an error too, is written.
Rule 3: an answer about somebody else is no answer.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gateway import clock, coverage
from gateway.errors import GatewayError, Internal, UpstreamError, UpstreamWrongPerson
from gateway.ledger.entries import Intent, Ledger, Outcome, Pair, Role
from gateway.sources import Source
from gateway.support.call import Call
from gateway.support.keeping import Support
from gateway.versions import Parsed
from gateway.wire import WireRequest, WireResponse

Tree = dict[str, Any]

_DIGITS = "0123456789"
_SHORT, _LONG = 10, 12
_LARGE = 200_000
"""Bytes from which an answer is read beside the event loop: everybody else would wait for it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A consumer's question, or the share of it that one version answers, and on whose behalf it is asked."""

    fraga: Tree = field(repr=False)
    consumer: str
    actor: str | None
    """Whom the consumer acts for; the connection's own actor when it has none."""
    purpose: str
    ground: str
    face: str
    cut: Mapping[Pair, str]
    """What our own rules for the consumer cut of the question, and which rule."""
    shows: Callable[[str], bool]
    """Whether the consumer is shown anything at a place of the answer."""
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Records:
    """Where questions are accounted for, and where the calls that failed are kept."""

    ledger: Ledger
    support: Support


async def ask(asking: Asking, source: Source, records: Records, role: Role, reason: str) -> Tree:
    """The answer in canonical form, with coverage, notes and provenance; raises GatewayError.

    Nothing is sent, and nothing is accounted for, where no type is left to be asked for.
    """
    actor = asking.actor or source.settings.aktors_id
    listed = source.entitlements.known(actor)
    fraga = asking.fraga
    kept = [one for one in fraga["informationstyper"] if _pair(one) not in asking.cut]
    speakable = [one for one in kept if _pair(one) in source.upstream.types]
    wanted = [one for one in speakable if listed is None or _pair(one) in listed]
    refused = frozenset(_pair(one) for one in speakable if one not in wanted)
    fragades = clock.now()
    intent = _intent(asking, source, actor, wanted, role, reason)
    parsed, entitled = Parsed({}), None
    if wanted:
        source.entitlements.look_up(actor)
        await records.ledger.intend(intent)
        try:
            parsed = await _exchanged(asking, source, actor, wanted, records.support)
        except GatewayError as error:
            await records.ledger.conclude(_failed(intent.id, error))
            raise
        except BaseException:  # cancelled, or a fault of ours: the question may be on its way
            await asyncio.shield(records.ledger.conclude(_failed(intent.id, Internal())))
            raise
        entitled = await source.entitlements.pairs(actor)
    grounds = coverage.Grounds(
        cut=asking.cut,
        version_types=source.upstream.types,
        refused=refused,
        entitled=entitled,
        history_from=source.settings.history_from,
        states_agencies=source.upstream.states_agencies,
        shows=asking.shows,
    )
    tackning = coverage.explain(fraga, parsed.tree, grounds)
    svar = {
        "fraga": fraga,
        "tackning": tackning,
        **parsed.tree,
        "anmarkningar": [note.tree() for note in parsed.notes],
        "kalla": {
            "version": source.version,
            "protokoll": source.upstream.protocol,
            "kontrakt": source.upstream.contract,
            "uppstroms": source.name,
            "korrelationsId": asking.correlation_id,
            "fragades": fragades.isoformat(timespec="milliseconds"),
            "besvarades": clock.now().isoformat(timespec="milliseconds"),
        },
    }
    if wanted:
        await records.ledger.conclude(_answered(intent.id, wanted, tackning, parsed.tree), svar)
    return svar


def _pair(one: Tree) -> Pair:
    return one["klass"], one["informationstyp"]


def _intent(  # noqa: PLR0913, PLR0917  what a question is made of
    asking: Asking, source: Source, actor: str, wanted: list[Tree], role: Role, reason: str
) -> Intent:
    return Intent(
        id=str(uuid.uuid4()),
        at=clock.now(),
        correlation_id=asking.correlation_id,
        consumer=asking.consumer,
        actor=actor,
        purpose=asking.purpose,
        ground=asking.ground,
        personnummer=asking.fraga["personnummer"],
        types=tuple(_pair(one) for one in wanted),
        period=(asking.fraga["period"]["from"], asking.fraga["period"]["tom"]),
        face=asking.face,
        version=source.version,
        upstream=source.name,
        role=role,
        reason=reason,
    )


async def _exchanged(asking: Asking, source: Source, actor: str, wanted: list[Tree], support: Support) -> Parsed:
    request = source.upstream.render_question({**asking.fraga, "informationstyper": wanted}, actor)
    at, response = clock.now(), None
    try:
        response = replace(await source.transport.send(request), repeats=request.repeated)
        parsed = await _read(source, response)
        _check_person(asking.fraga, parsed.tree)
    except (UpstreamError, Internal) as error:
        came = response or getattr(error, "response", None)
        url, sent = _as_sent(source, request)
        await support.keep(error, Call(url, sent, came, at, source.name, asking.correlation_id))
        raise
    return parsed


def _as_sent(source: Source, request: WireRequest) -> tuple[str, WireRequest]:
    """What went out; what should have, where it could not be sent as it stands."""
    try:
        return source.transport.as_sent(request)
    except Internal:
        return request.path, request


async def _read(source: Source, response: WireResponse) -> Parsed:
    today = clock.today()
    if len(response.body) < _LARGE:
        return source.upstream.parse_answer(response, today)
    return await asyncio.to_thread(source.upstream.parse_answer, response, today)


def _answered(intent: str, wanted: list[Tree], tackning: list[Tree], svar: Tree) -> Outcome:
    asked = {_pair(one) for one in wanted}
    outcomes = {_pair(one): one["utfall"] for one in tackning if _pair(one) in asked}
    return Outcome(
        id=intent,
        at=clock.now(),
        result="answered",
        sent=True,
        types=outcomes,
        protected=svar.get("person", {}).get("skyddad") is not False,
    )


def _failed(intent: str, error: GatewayError) -> Outcome:
    """What failed on our own side after the intent may have been sent."""
    sent = error.sent if isinstance(error, UpstreamError) else True
    return Outcome(id=intent, at=clock.now(), result=error.type, sent=sent, instance=error.instance)


def _check_person(fraga: Tree, svar: Tree) -> None:
    """Raises UpstreamWrongPerson when the answer names somebody else; ten digits are compared where only ten came.

    A number in a form of its own (`19900101-9802`) is kept beside the record: its digits are compared all the same.
    """
    named = svar.get("person", {})
    number = named.get("personnummer")
    if number is None:
        unread = named.get("okant", {}).get("personnummer")
        number = "".join(sign for sign in str(unread) if sign in _DIGITS)
        if unread is None or unread == "":
            return
    ten = named.get("kortform") or fraga.get("kortform") or len(number) == _SHORT
    digits = _SHORT if ten else _LONG
    if number[-digits:] != fraga["personnummer"][-digits:]:
        raise UpstreamWrongPerson(sent=True)
