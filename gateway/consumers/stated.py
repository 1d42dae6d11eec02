"""For what purpose and on what legal ground a question is asked: stated with it, out of what was agreed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.consumers.caller import Caller, Headers
from gateway.errors import Fault, Forbidden, InvalidRequest

PURPOSE_HEADER, GROUND_HEADER = "lefi-purpose", "lefi-ground"
UNSTATED = "unstated"
CODE = re.compile(r"[a-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Stated:
    """What was stated, as codes."""

    purpose: str
    ground: str


def state(caller: Caller, headers: Headers) -> Stated:
    """The purpose and the ground of a question; raises InvalidRequest for none, Forbidden for another's.

    A consumer with a single purpose or ground states it by asking: clients of old versions cannot send headers.
    """
    return Stated(
        _stated(PURPOSE_HEADER, "purposes", caller.purposes, headers),
        _stated(GROUND_HEADER, "grounds", caller.grounds, headers),
    )


def _stated(header: str, thing: str, agreed: Sequence[str] | None, headers: Headers) -> str:
    given = headers.getlist(header)
    if len(given) > 1:
        raise InvalidRequest("", faults=(Fault(header, "the header once"),))
    if agreed is None:
        if given and not CODE.fullmatch(given[0]):
            raise InvalidRequest("", faults=(Fault(header, "a code of 1-64 lower-case letters, digits and hyphens"),))
        return given[0] if given else UNSTATED
    if given and given[0] not in agreed:
        raise Forbidden("", faults=(Fault(header, f"one of the {thing} that are agreed for this consumer"),))
    if not given and len(agreed) > 1:
        raise InvalidRequest("", faults=(Fault(header, f"one of the {thing} that are agreed for this consumer"),))
    return given[0] if given else agreed[0]
