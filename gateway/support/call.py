"""One call of the gateway's to an agency, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from gateway.wire import WireRequest, WireResponse


@dataclass(frozen=True, slots=True)
class Call:
    """What went out, to where and when, and what came back as far as it did; nothing of it shows in a repr.

    `url` and `request` are those of `Transport.as_sent`; `correlation_id` is the UUID of the consumer's question.
    """

    url: str = field(repr=False)
    request: WireRequest
    response: WireResponse | None
    at: datetime
    upstream: str
    correlation_id: str = ""
