"""One attempt to ask an upstream: how far it has come, and what has come of the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from gateway.tls import Handshake
from gateway.wire import WireResponse

_BEGINNING_BYTES = 1024 * 1024


def joined(fields: list[tuple[str, str]]) -> dict[str, str]:
    """Header fields by name, without cookies."""
    headers: dict[str, str] = {}
    for name, value in fields:
        if name != "set-cookie":
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


@dataclass(slots=True)
class Attempt:
    """How far one attempt to ask has come."""

    upstream: str
    path: str = ""
    sent: bool = False
    handshake: Handshake = field(default_factory=Handshake)
    status: int = 0
    fields: list[tuple[str, str]] = field(default_factory=list, repr=False)
    body: BytesIO = field(default_factory=BytesIO, repr=False)
    """Not a list of pieces: to join them would take the memory twice; this gives out what it holds."""

    def so_far(self) -> WireResponse | None:
        """The answer as far as it has come, or its beginning where that is much; None before its status has come."""
        if not self.status:
            return None
        return WireResponse(self.status, joined(self.fields), bytes(self.body.getbuffer()[:_BEGINNING_BYTES]))
