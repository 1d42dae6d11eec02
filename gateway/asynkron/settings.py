"""How one service of orders is reached and what is taken from it, as settings."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.connection import Connection, Seconds
from gateway.parts import Aktor, Informationstypskod


class AsynkronSettings(Connection):
    """One connection to LEFI Asynkron, whose contract is reconstructed."""

    version: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,32}$")] = Field(
        default="asynkron10", description="The version spoken there; the contract of asynkron10 is reconstructed."
    )
    aktors_id: Aktor = Field(default="lefi-gateway", description="The actor to order as.")
    delivery: Literal["poll", "push"] = Field(
        default="poll", description="Whether packages are fetched by us (poll) or sent to our receiver (push)."
    )
    poll_seconds: Seconds = Field(default=30, description="How often it is asked what has become of an order.")
    package_seconds: Seconds = Field(default=600, description="Longest time to take one package.")
    max_package_bytes: int = Field(default=1024**3, gt=0, description="Largest package that is taken.")
    max_row_bytes: int = Field(default=8 * 1024**2, gt=0, description="Largest row of a package that is taken.")
    history_from: dict[Informationstypskod, date] = Field(
        default_factory=dict,
        description="Information types that the source holds from a certain day on: an earlier period is not covered.",
    )
    longer_periods: frozenset[Informationstypskod] = Field(
        default=frozenset(),
        description="Information types with an agreed exception from the limit of two years for a question's period.",
    )
