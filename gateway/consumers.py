"""Who asks: found by API key, compared by hash in constant time; with none configured everybody on the machine may."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import Fault, Forbidden, Unauthenticated
from gateway.parts import Consumer

KEY_HEADER = "x-api-key"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what it may ask for."""

    name: str
    aktor: str | None
    allowed: frozenset[str] | None
    absence: str = "fault"

    def acts_for(self, aktor: str) -> str | None:
        """Whom the question is asked for; raises Forbidden for an actor that is not the caller's own."""
        if self.aktor is not None and aktor not in ("", self.aktor):
            raise Forbidden("", faults=(Fault("aktorsId", "the actor that this consumer acts for"),))
        return self.aktor or aktor or None

    def cut(self, fraga: Mapping[str, Any]) -> Collection[str]:
        """The asked information types that the caller may not have."""
        if self.allowed is None:
            return frozenset()
        return frozenset(one["informationstyp"] for one in fraga["informationstyper"]) - self.allowed


ANYBODY = Caller("anybody", None, None)


def authenticate(consumers: Sequence[Consumer], headers: Mapping[str, str]) -> Caller:
    """The caller behind a request; raises Unauthenticated."""
    if not consumers:
        return ANYBODY
    given = hashlib.sha256(headers.get(KEY_HEADER, "").encode()).hexdigest()
    found: Consumer | None = None
    for consumer in consumers:  # all are compared, so that the time taken tells nothing
        if hmac.compare_digest(given, consumer.key_sha256):
            found = consumer
    if found is None:
        raise Unauthenticated("", faults=(Fault(KEY_HEADER, "the API key of a configured consumer"),))
    return Caller(found.name, found.aktors_id, found.informationstyper, found.absence)
