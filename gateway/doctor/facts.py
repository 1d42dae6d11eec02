"""What is gathered about one upstream before it is judged: all that touches files and the network stands here.

What is asked is a look-up of what an actor may ask for, or the ping of SSBTEK. Nothing is asked about a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509

from gateway import clock
from gateway.consumers.model import Consumer
from gateway.doctor.settings import DoctorSettings
from gateway.entitlements import Pairs, pairs_of
from gateway.errors import Fault, UpstreamError
from gateway.keys import belong, pair
from gateway.parts import UpstreamSettings
from gateway.probe import Probe, probe
from gateway.settings import Settings
from gateway.sources import Source, connect
from gateway.versions import Adapter, Pinging, Upstream
from gateway.wire import WireRequest, WireResponse


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """Our client certificate as its files hold it; `trouble` says what was expected of them instead."""

    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    belongs: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one look-up or ping."""

    actor: str
    """As whom was looked up; empty for a ping."""
    at: datetime
    """When the answer, or the failure, was there by this machine's clock."""
    response: WireResponse | None = None
    failure: UpstreamError | None = None
    """What failed on the way, or what is wrong with the response where there is one."""
    available: Pairs | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class UpstreamFacts:
    """One upstream; what was not come to is None or empty."""

    name: str
    settings: UpstreamSettings
    bounds: DoctorSettings
    consumers: Sequence[Consumer]
    now: datetime
    faults: tuple[Fault, ...] = ()
    upstream: Upstream | None = None
    own: OwnCertificate | None = None
    probe: Probe | None = None
    answers: tuple[Answered, ...] = ()


async def gather(
    name: str, whole: Settings, faults: tuple[Fault, ...], adapters: Mapping[str, Adapter]
) -> UpstreamFacts:
    """Everything about one upstream; `faults` are those of its settings, but for its client certificate's files."""
    settings = whole.upstreams[name]
    about = (name, settings, whole.doctor, whole.consumers, clock.now(), faults)
    own = _own(settings)
    if faults:
        return UpstreamFacts(*about, own=own)
    usable = own is None or (not own.trouble and own.belongs)
    # A certificate of ours that is of no use must not hide what is the matter with the server.
    seen = await probe(settings if usable else settings.model_copy(update={"client_certificate": None}))
    if not usable:
        return UpstreamFacts(*about, own=own, probe=seen)
    if (settings.version or name) not in adapters:  # its contract is of no use, and that has its own check
        return UpstreamFacts(*about, own=own, probe=seen)
    source = connect(name, settings, adapters)
    try:
        answers = () if seen.trouble else await _answers(source, _actors(whole, settings))
    finally:
        await source.transport.aclose()
    return UpstreamFacts(*about, source.upstream, own, seen, answers)


def _own(settings: UpstreamSettings) -> OwnCertificate | None:
    if settings.client_certificate is None:
        return None
    try:
        chain, key, _place = pair("client_certificate", settings.client_certificate)
    except ValueError as error:  # its text names the setting and what was expected, see gateway.keys
        return OwnCertificate(trouble=str(error))
    return OwnCertificate(chain, belong(chain[0], key))


def _actors(whole: Settings, settings: UpstreamSettings) -> list[str]:
    """As whom the upstream is asked: the upstream's own actor, and those of consumers that have one."""
    own = [consumer.aktors_id for consumer in whole.consumers if consumer.aktors_id]
    general = [settings.aktors_id] if len(own) < len(whole.consumers) or not own else []
    return list(dict.fromkeys([*general, *own]))


async def _answers(source: Source, actors: Sequence[str]) -> tuple[Answered, ...]:
    upstream = source.upstream
    if isinstance(upstream, Pinging):
        return (await _ask(source, "", upstream.render_ping()),)
    questions = {actor: upstream.render_entitlement_question(actor) for actor in actors}
    return tuple([await _ask(source, actor, request) for actor, request in questions.items() if request])


async def _ask(source: Source, actor: str, request: WireRequest) -> Answered:
    try:
        response = await source.transport.send(request)
    except UpstreamError as error:
        return Answered(actor, clock.now(), failure=error)
    at = clock.now()
    try:
        if isinstance(source.upstream, Pinging):
            source.upstream.parse_ping(response)
            return Answered(actor, at, response)
        available = pairs_of(source.upstream.parse_entitlements(response, clock.today()).tree)
    except UpstreamError as error:
        return Answered(actor, at, response, error)
    return Answered(actor, at, response, available=available)
