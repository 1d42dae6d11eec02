"""One question, one answer: the main path between a face and an upstream, all in canonical form.

Each step is one function of one module and calls nothing back. A question that may have reached the agency is never
sent again here: `transport.send` is called once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway import clock, coverage, question
from gateway.consumers.caller import Caller
from gateway.entitlements import Entitlements
from gateway.errors import Fault, NotFound, Unprocessable, UpstreamUnavailable, UpstreamWrongPerson
from gateway.parts import UpstreamSettings
from gateway.transport import Transport
from gateway.versions import Adapter, Asked, Upstream

Tree = dict[str, Any]

_DIGITS = "0123456789"
_SHORT, _LONG = 10, 12


@dataclass(frozen=True, slots=True)
class Source:
    """One configured connection to a version: how to speak, how to send, what is known about it."""

    name: str
    upstream: Upstream
    transport: Transport
    entitlements: Entitlements
    settings: UpstreamSettings


def connect(name: str, settings: UpstreamSettings, adapters: Mapping[str, Adapter]) -> Source:
    """A source made from its settings; raises KeyError when no adapter speaks the version in that envelope."""
    adapter = adapters[settings.version or name]
    terms = settings.terms()
    upstream = adapter.upstream if terms is None else adapter.upstreams[settings.envelope](terms)
    if upstream is None:
        raise KeyError(settings.version or name)
    transport = Transport(name, settings)
    return Source(name, upstream, transport, Entitlements(upstream, transport), settings)


def choose(sources: Mapping[str, Source], wanted: str | None) -> Source:
    """The source that answers: the one of the wanted version, else the newest; raises NotFound, UpstreamUnavailable."""
    if not sources:
        raise UpstreamUnavailable("no upstream is configured", sent=False)
    if wanted is not None:
        for source in sources.values():
            if source.upstream.version == wanted:
                return source
        raise NotFound("", faults=(Fault("lefi-version", "a version that an upstream is configured for"),))
    return max(sources.values(), key=lambda source: int(source.upstream.version.removeprefix("v")))


async def answer(asked: Asked, caller: Caller, source: Source) -> Tree:
    """The answer to a question, with coverage, notes and provenance.

    Raises ClientError for a question that cannot be asked, before anything is sent; UpstreamError when the agency
    or the way there failed.
    """
    fraga = asked.fraga
    question.check(fraga, longer_periods=source.settings.longer_periods)
    actor = caller.acts_for(asked.aktor) or source.settings.aktors_id
    cut = caller.cut(fraga)
    wanted = _askable(fraga, cut, source.upstream)
    fragades = clock.now()
    if wanted["informationstyper"]:
        request = source.upstream.render_question(wanted, actor)
        source.entitlements.look_up(actor)
        response = replace(await source.transport.send(request), repeats=request.repeated)
        parsed = source.upstream.parse_answer(response, clock.today())
        svar, notes = parsed.tree, parsed.notes
        _check_person(fraga, svar)
        entitled = await source.entitlements.pairs(actor)
    else:
        svar, notes, entitled = {}, (), None
    grounds = coverage.Grounds(
        cut,
        source.upstream.types,
        entitled,
        source.settings.history_from,
        source.upstream.states_agencies,
        caller.shows,
    )
    return {
        "fraga": fraga,
        "tackning": coverage.explain(fraga, svar, grounds),
        **svar,
        "anmarkningar": [note.tree() for note in notes],
        "kalla": {
            "version": source.upstream.version,
            "protokoll": source.upstream.protocol,
            "kontrakt": source.upstream.contract,
            "uppstroms": source.name,
            "korrelationsId": str(uuid.uuid4()),
            "fragades": fragades.isoformat(timespec="milliseconds"),
            "besvarades": clock.now().isoformat(timespec="milliseconds"),
        },
    }


def _askable(fraga: Tree, cut: Any, upstream: Upstream) -> Tree:
    """The question without what our own rule cuts and without what the version does not have."""
    kept = [one for one in fraga["informationstyper"] if (one["klass"], one["informationstyp"]) not in cut]
    speakable = [one for one in kept if (one["klass"], one["informationstyp"]) in upstream.types]
    if kept and not speakable:
        faults = (Fault("/informationstyper", f"at least one type that {upstream.version} has"),)
        raise Unprocessable("", faults=faults)
    return {**fraga, "informationstyper": speakable}


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
