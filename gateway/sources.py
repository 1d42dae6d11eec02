"""The configured connections: how to speak with each, how to send, and what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.entitlements import Entitlements
from gateway.parts import UpstreamSettings
from gateway.transport import Transport
from gateway.versions import Adapter, Upstream

_SHADOW_BYTES = 2_500_000
"""The largest answer that a shadow is read of: to read it costs time that callers wait for."""


@dataclass(frozen=True, slots=True)
class Source:
    """One configured connection to a version."""

    name: str
    upstream: Upstream
    transport: Transport
    entitlements: Entitlements
    settings: UpstreamSettings

    @property
    def version(self) -> str:
        """The version that is spoken there."""
        return self.upstream.version

    async def aclose(self) -> None:
        """Closes what is open."""
        await self.entitlements.aclose()
        await self.transport.aclose()


def connect(name: str, settings: UpstreamSettings, adapters: Mapping[str, Adapter]) -> Source:
    """A source made from its settings; raises KeyError when no adapter speaks the version in that envelope."""
    adapter = adapters[settings.version or name]
    terms = settings.terms()
    upstream = adapter.upstream if terms is None else adapter.upstreams[settings.envelope](terms)
    if upstream is None:
        raise KeyError(settings.version or name)
    transport = Transport(name, settings)
    return Source(name, upstream, transport, Entitlements(upstream, transport), settings)


def shadow_of(name: str, settings: UpstreamSettings, adapters: Mapping[str, Adapter]) -> Source:
    """The same connection for questions in the background: its failures and its size touch no question in front."""
    smaller = min(settings.max_answer_bytes, _SHADOW_BYTES)
    return connect(name, settings.model_copy(update={"max_answer_bytes": smaller}), adapters)
