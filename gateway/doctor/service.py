"""The checks of what answers behind the connection: the service, its clock, and what we may ask it for."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gateway.doctor import agency
from gateway.doctor.connection import seen
from gateway.doctor.facts import Answered, UpstreamFacts
from gateway.doctor.report import Check, Said, failed, ok, skipped, warning
from gateway.errors import UpstreamFault, UpstreamTimeout, UpstreamUnavailable
from gateway.jsonio import JSON_TYPE, media_type
from gateway.parts import UpstreamSettings
from gateway.versions import Pinging

_OK, _FORBIDDEN, _SERVER = 200, 403, 500
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,40}")
_PLACEHOLDER = UpstreamSettings.model_fields["aktors_id"].default
_MOST = 12
_ADDRESS = "check url, its path included: for version 9 up to and with /rest; a proxy's own page comes from elsewhere"
_LATER = "the service itself is not well or is closed for maintenance: try again, then ask the agency"


def actor(facts: UpstreamFacts) -> Said:
    """Whether the actor can be the agency's name for us: its form is held by the settings."""
    own = [consumer for consumer in facts.consumers if consumer.aktors_id]
    if own and len(own) == len(facts.consumers):
        return ok(f"every consumer has its own ({len(own)})")
    published = agency.host(seen(facts).host if facts.probe else "")
    if facts.settings.aktors_id != _PLACEHOLDER:
        return ok("aktors_id is set, in a form that can stand in an address")
    if published and published.environment == "production" and (facts.upstream is None or _names_actor(facts)):
        return failed(
            "aktors_id is not set, so the gateway would ask as its own placeholder",
            "set aktors_id to what the agency has given you for production",
        )
    return ok("aktors_id is not set: its placeholder is used, which will do for test and for versions without actors")


def _names_actor(facts: UpstreamFacts) -> bool:
    """Whether questions of this version say who asks: before version 9 the certificate does."""
    upstream = facts.upstream
    return upstream is not None and (
        upstream.render_entitlement_question(_PLACEHOLDER) is not None or isinstance(upstream, Pinging)
    )


def service(facts: UpstreamFacts) -> Said:
    """Whether the service answers, and in the form that it has by contract."""
    if facts.upstream is None:
        return skipped("the version is not spoken here as long as its contract cannot be used")
    if not facts.answers:
        return skipped("this version can be asked nothing that is not about a person: only the connection was tried")
    said = [_looked_up(answer) if answer.actor else _pinged(answer) for answer in facts.answers]
    return next((one for one in said if one.verdict != "ok"), said[0])


def _looked_up(answer: Answered) -> Said:
    response = answer.response
    if response is None:
        return _no_answer(answer)
    if media_type(response.headers) != JSON_TYPE:
        return failed(f"it answers HTTP {response.status} with {_shown(answer)}, not with {JSON_TYPE}", _ADDRESS)
    if response.status == _OK and answer.failure:
        return failed("what it answers is not the list that the contract has there", _ADDRESS)
    if response.status in (_OK, _FORBIDDEN):  # what 403 says is the entitlements' check to say
        return ok(f"it answers with {JSON_TYPE}")
    return failed(f"it answers HTTP {response.status}", _LATER if response.status >= _SERVER else _ADDRESS)


def _pinged(answer: Answered) -> Said:
    if answer.response is None:
        return _no_answer(answer)
    if answer.failure is None:
        return ok("it answers SSBTEK's ping")
    if isinstance(answer.failure, (UpstreamFault, UpstreamUnavailable)):
        return failed(answer.failure.detail, _LATER)
    return failed(
        f"it answers HTTP {answer.response.status} with {_shown(answer)}, which is no answer to SSBTEK's ping", _ADDRESS
    )


def _no_answer(answer: Answered) -> Said:
    detail = answer.failure.detail.partition(": ")[2] if answer.failure else ""
    busy = isinstance(answer.failure, (UpstreamTimeout, UpstreamUnavailable))
    return failed(f"it gives no answer that can be read: {detail}", _LATER if busy else _ADDRESS)


def _shown(answer: Answered) -> str:
    found = media_type(answer.response.headers) if answer.response else ""
    return found if _MEDIA_TYPE.fullmatch(found) else "no media type"


def clock(facts: UpstreamFacts) -> Said:
    """Whether this machine's clock goes as the server's does."""
    for answer in facts.answers:
        there = _date(answer)
        if there is None:
            continue
        apart = (answer.at - there).total_seconds()
        said = f"{abs(apart):.0f} s {'ahead of' if apart > 0 else 'behind'} the server's"
        if abs(apart) <= facts.bounds.clock_seconds:
            return ok(f"this machine's clock is {said}")
        return failed(
            f"this machine's clock is {said}",
            "let the machine take its time from an NTP server (`timedatectl`); if it does, the server's clock is wrong",
        )
    return skipped("no answer said what time it is there")


def _date(answer: Answered) -> datetime | None:
    try:
        moment = parsedate_to_datetime(answer.response.headers.get("date", "") if answer.response else "")
    except (ValueError, TypeError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def entitlements(facts: UpstreamFacts) -> Said:
    """Whether the agency knows the actors, and lets them ask for what our consumers may ask for."""
    looked_up = [answer for answer in facts.answers if answer.actor]
    if not looked_up or facts.upstream is None:
        return skipped("this version has no list of what may be asked for")
    unknown = [answer for answer in looked_up if answer.response and answer.response.status == _FORBIDDEN]
    if unknown:
        return failed(
            f"the agency does not let this certificate ask as {_of(unknown, looked_up)} (HTTP 403)",
            "check aktors_id, of the upstream and of the consumers, letter by letter, and the environment (test, "
            "production); then ask the agency whether actor and certificate are of the same agreement",
        )
    empty = [answer for answer in looked_up if not answer.available]
    if empty:
        return failed(
            f"the list of what may be asked for is empty for {_of(empty, looked_up)}",
            "ask the agency to enter the information types of your agreement for this actor",
        )
    missing = sorted({gap for answer in looked_up for gap in _missing(facts, answer)})
    count = min(len(answer.available or ()) for answer in looked_up)
    if missing:
        shown = ", ".join(missing[:_MOST]) + (f" and {len(missing) - _MOST} more" if len(missing) > _MOST else "")
        return warning(
            f"{count} (class, type) pairs may be asked for; consumers may have what the agency does not give: {shown}",
            "ask the agency for these types, or leave them out of the consumers' informationstyper",
        )
    return ok(f"{count} (class, type) pairs may be asked for")


def _of(some: list[Answered], all_: list[Answered]) -> str:
    return "the actor" if len(all_) == 1 else f"{len(some)} of {len(all_)} actors"


def _missing(facts: UpstreamFacts, answer: Answered) -> set[str]:
    """The types that some consumer which asks as this actor may ask for, and which are in no class of the list."""
    given = {typ for _, typ in answer.available or ()}
    spoken = {typ for _, typ in facts.upstream.types} if facts.upstream else set()
    wanted: set[str] = set()
    for consumer in facts.consumers:
        if (consumer.aktors_id or facts.settings.aktors_id) == answer.actor:
            wanted |= spoken if consumer.informationstyper is None else consumer.informationstyper & spoken
    return wanted - given


CHECKS = (
    Check("aktors-id", actor, ("settings",)),
    Check("service", service, ("client-certificate", "client-accepted")),
    Check("clock", clock, ("client-certificate", "client-accepted")),
    Check("entitlements", entitlements, ("service",)),
)
