"""What can happen to an order at LEFI Asynkron, as values that are recorded and folded (gateway.asynkron.order).

Nothing about a person is in them: a row is named by the id that we gave it, its content by a keyed hash. `encode` and
`decode` are how they are kept.
"""

from __future__ import annotations

import msgspec


class _Event(msgspec.Struct, frozen=True, tag=True, omit_defaults=True):
    """The root of the events; the class's name is the kind."""


class Intended(_Event, frozen=True):
    """The order is about to be sent: written before the first byte leaves, so that it is never sent twice."""

    reference: str
    rows: tuple[str, ...]
    pushed: bool
    """Whether what is delivered is sent to us; otherwise we fetch it."""
    at: str


class NotSent(_Event, frozen=True):
    """Not one byte of the order left: it may be placed again."""

    problem: str


class Unacknowledged(_Event, frozen=True):
    """The order was sent, and no acknowledgement came that can be read."""

    problem: str


class Refused(_Event, frozen=True):
    """The service said that it does not take the order."""

    problem: str


class Acknowledged(_Event, frozen=True):
    """The service took the order."""

    service_id: str


class Absent(_Event, frozen=True):
    """The service says that it has no order with our reference."""


class CancelSent(_Event, frozen=True):
    """A cancellation is about to be sent."""


class Announced(msgspec.Struct, frozen=True):
    """A package that can be fetched."""

    package: str
    number: int
    rows: int
    last: bool


class Reported(_Event, frozen=True):
    """The service said what has become of the order, in its own word, and which packages there are."""

    word: str
    packages: tuple[Announced, ...] = ()


class Opened(_Event, frozen=True):
    """The head of a package came."""

    service_id: str
    head: Announced


class RowCame(_Event, frozen=True):
    """A row came that is about the person of its question."""

    package: str
    row: str
    digest: str
    failed: bool = False
    """Whether the row holds an error and no answer."""


class RowRefused(_Event, frozen=True):
    """A row came that is not kept: `why` is unknown_row, wrong_person or unreadable."""

    package: str
    place: int
    """The row's place in the package, from 1."""
    why: str
    row: str = ""
    """The row of ours that it names, where it is about another person; else none is known."""


class Closed(_Event, frozen=True):
    """A package was read to its end."""

    package: str


class GivenUp(_Event, frozen=True):
    """Nothing more is awaited, by our own decision."""


Event = (
    Intended
    | NotSent
    | Unacknowledged
    | Refused
    | Acknowledged
    | Absent
    | CancelSent
    | Reported
    | Opened
    | RowCame
    | RowRefused
    | Closed
    | GivenUp
)

encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Event)


def decode(recorded: bytes) -> Event:
    """A recorded event; raises ValueError (msgspec's) for what is none."""
    event: Event = _decoder.decode(recorded)
    return event
