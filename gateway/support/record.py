"""The facts about a call that failed, as they are kept: everything that the agency asks for, in one JSON document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from gateway.errors import GatewayError, UpstreamWrongPerson
from gateway.parts import Organisation
from gateway.support.call import Call
from gateway.support.headers import without_secrets
from gateway.wire import WireRequest, WireResponse

LONGEST_BODY = 1024 * 1024
"""How much of a body is kept, in bytes."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request or an answer: `start` is its first line, `size` how many bytes long the body was before it was cut."""

    start: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    size: int
    left_out: str = ""
    """Why the body, or the rest of it, is not there."""


@dataclass(frozen=True, slots=True)
class Record:
    """The facts; secrets are not among them."""

    instance: str
    correlation_id: str
    problem: str
    status: int
    message: str
    organisation: dict[str, str]
    upstream: str
    at: datetime
    url: str = field(repr=False)
    request: Message
    response: Message | None

    def encoded(self) -> bytes:
        """As JSON; bodies are in base64."""
        return msgspec.json.encode(self)


def decoded(content: bytes) -> Record:
    """A record out of its JSON; raises ValueError."""
    try:
        return msgspec.json.decode(content, type=Record)
    except msgspec.MsgspecError:
        raise ValueError("expected a record of a call") from None


def record(error: GatewayError, call: Call, organisation: Organisation | None) -> Record:
    """What is kept of an error and the call that it is about."""
    where = "".join(f"; {fault.path or '/'}: expected {fault.expected}" for fault in error.faults)
    return Record(
        instance=error.instance.removeprefix("urn:uuid:"),
        correlation_id=call.correlation_id,
        problem=error.type,
        status=error.status,
        message=f"{error.title}{f': {error.detail}' if error.detail else ''}{where}",
        organisation={"name": organisation.name, "number": organisation.number} if organisation else {},
        upstream=call.upstream,
        at=call.at,
        url=call.url,
        request=_request(call.request),
        response=None if call.response is None else _response(call.response, error),
    )


def _request(request: WireRequest) -> Message:
    start = f"{request.method} {request.path}"
    return Message(start, without_secrets(request.headers), *_cut(request.body))


def _response(response: WireResponse, error: GatewayError) -> Message:
    start, headers = f"HTTP {response.status}", without_secrets(response.headers)
    if isinstance(error, UpstreamWrongPerson):  # it is about somebody whom nobody asked about
        return Message(start, headers, b"", len(response.body), "the answer is about another person and is not kept")
    return Message(start, headers, *_cut(response.body))


def _cut(body: bytes) -> tuple[bytes, int, str]:
    if len(body) <= LONGEST_BODY:
        return body, len(body), ""
    return body[:LONGEST_BODY], len(body), f"only the first {LONGEST_BODY} bytes are kept"
