"""The parts of the settings: where the gateway listens, whom it asks, whose it is."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.connection import Connection
from gateway.consumers.settings import Oauth, Proxy
from gateway.envelopes import Envelope, Ssbtek, Ssek, SsekHouse
from schemas.koder import INFORMATIONSTYPSKODER

_PORTS = 65535
_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Aktor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}$")]


def _listener(value: str) -> str:
    if int(value.rpartition(":")[2]) > _PORTS:
        raise ValueError(f"expected a port of at most {_PORTS}")
    return value


Informationstypskod = Annotated[
    str, StringConstraints(pattern=f"^({'|'.join(INFORMATIONSTYPSKODER)})$"), Field(examples=["FK:SJP"])
]

Listener = Annotated[
    str, StringConstraints(pattern=r"^(([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):)?[0-9]{1,5}$"), AfterValidator(_listener)
]


class Server(BaseModel):
    """Where the gateway listens."""

    model_config = _PART

    host: str = Field(
        default="127.0.0.1", description="Address to listen at; without consumers it must be a loopback address."
    )
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen at; 0 takes a free one.")
    body_seconds: float = Field(default=10, gt=0, description="Longest time for a caller to send its body.")
    max_concurrent: int = Field(default=200, gt=0, description="Questions in work at once; more are refused with 503.")
    ssek: SsekHouse = Field(
        default_factory=SsekHouse, description="How the gateway answers at its own address for SSEK 2.0."
    )
    metrics: Listener | None = Field(
        default=None,
        description="Address of a listener of its own for metrics (Prometheus), as `host:port`; the port alone for "
        "this machine only. None when left out. What is counted names consumers, so keep it inside.",
        examples=["127.0.0.1:9464", "9464"],
    )
    oauth: Oauth | None = Field(default=None, description="Tokens that consumers may show; none when left out.")
    proxy: Proxy | None = Field(
        default=None, description="The proxy that passes client certificates on; none is believed when left out."
    )

    def metrics_address(self) -> tuple[str, int] | None:
        """Where metrics are listened for, as host and port."""
        if self.metrics is None:
            return None
        host, _, port = self.metrics.rpartition(":")
        return host.strip("[]") or "127.0.0.1", int(port)


class UpstreamSettings(Connection):
    """One connection to a version of LEFI."""

    version: str = Field(default="", description="The version spoken there; the connection's name when left out.")
    aktors_id: Aktor = Field(
        default="lefi-gateway", description="The actor to ask as, when the consumer has none of its own."
    )
    envelope: Envelope = Field(
        default="plain",
        description="What the version's messages are sent in: nothing else (plain), SSEK 2.0 (v5-v7), SSBTEK v10 (v9).",
    )
    ssek: Ssek | None = Field(default=None, description="How to ask over SSEK; with the envelope ssek only.")
    ssbtek: Ssbtek | None = Field(default=None, description="How to ask over SSBTEK; with the envelope ssbtek only.")
    history_from: dict[Informationstypskod, date] = Field(
        default_factory=dict,
        description="Information types that the source holds from a certain day on: an earlier period is not covered.",
    )
    longer_periods: frozenset[Informationstypskod] = Field(
        default=frozenset(),
        description="Information types with an agreed exception from the limit of two years for a question's period.",
    )

    shadow_concurrent: int = Field(
        default=2, ge=0, description="Questions in the background at once, asked to compare versions; more are left."
    )
    shadow_per_minute: int = Field(
        default=60, gt=0, description="Questions in the background a minute; more are left unasked."
    )

    orders_per_minute: int = Field(
        default=600, gt=0, description="Questions of orders a minute, over all workers; evenly spread."
    )
    orders_concurrent: int = Field(
        default=8, gt=0, description="Questions of orders in work at once, over all workers."
    )

    def terms(self) -> Ssek | Ssbtek | None:
        """The section of the envelope; None for the plain one."""
        return {"plain": None, "ssek": self.ssek, "ssbtek": self.ssbtek}[self.envelope]


class Organisation(BaseModel):
    """The organisation whose gateway this is."""

    model_config = _PART

    name: str = Field(description="Name of the organisation.")
    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}-?[0-9]{4}$")] = Field(
        description="Organisation number, ten digits."
    )
