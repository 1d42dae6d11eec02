"""How one service of orders is reached and what is taken from it, as settings."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.connection import Connection, Seconds
from gateway.consumers.model import Certificate, Key
from gateway.parts import Aktor, Informationstypskod


class Deliverer(BaseModel):
    """How the service proves who it is when it sends packages to us."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    keys: tuple[Key, ...] = Field(default=(), description="API keys that it sends (X-API-Key).")
    certificate: Certificate | None = Field(
        default=None, description="Its client certificates, as the proxy of `server.proxy` passes them on."
    )

    @model_validator(mode="after")
    def _can_be_known(self) -> Self:
        if not self.keys and self.certificate is None:
            raise ValueError("expected keys or a certificate")
        return self


class AsynkronSettings(Connection):
    """One connection to LEFI Asynkron, whose contract is reconstructed."""

    version: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,32}$")] = Field(
        default="asynkron10", description="The version spoken there; the contract of asynkron10 is reconstructed."
    )
    aktors_id: Aktor = Field(default="lefi-gateway", description="The actor to order as.")
    delivery: Literal["poll", "push"] = Field(
        default="poll", description="Whether packages are fetched by us (poll) or sent to our receiver (push)."
    )
    sender: Deliverer | None = Field(
        default=None, description="How the service proves who it is when it sends packages to us (push)."
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

    @model_validator(mode="after")
    def _knows_who_sends(self) -> Self:
        if self.delivery == "push" and self.sender is None:
            raise ValueError("expected sender with the delivery push: nobody else may send packages")
        return self
