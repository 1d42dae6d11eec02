"""Every check of a gateway, in order: its own, then those of each upstream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from gateway.consumers import file
from gateway.consumers.model import Consumer
from gateway.doctor import certificate, connection, house, ledger, service, shared
from gateway.doctor.facts import UpstreamFacts, gather
from gateway.doctor.house import HouseFacts
from gateway.doctor.report import Finding, examine
from gateway.errors import Fault
from gateway.settings import Settings, look

CHECKS = (*connection.CHECKS, *certificate.CHECKS, *service.CHECKS)
"""Every check of an upstream, each behind those that it needs."""


class Examination:
    """What is to be examined: the settings of a gateway, read as it would read them."""

    def __init__(self, config: Path | None) -> None:
        """Reads settings and contracts, and connects to nothing; raises ConfigurationError."""
        self._adapters, self._contracts = house.contracts()
        settings, self._faults = look(config, {}, self._adapters)
        self.settings = settings.model_copy(update={"consumers": _everybody(settings)})
        if self._contracts.verdict == "failed":
            # A version that only a contract of no use speaks: the contract is what is wrong, not the setting.
            self._faults = tuple(fault for fault in self._faults if not fault.path.endswith(".version"))

    async def findings(self, names: Sequence[str]) -> AsyncIterator[Finding]:
        """What each check says; `names` are the upstreams that are looked at."""
        upstreams = [await self._upstream(name) for name in names]
        for finding in examine("", house.CHECKS, HouseFacts(self.settings, self._own_faults(), upstreams)):
            yield finding
        yield Finding("", "contracts", self._contracts)
        async for finding in ledger.findings(self.settings.ledger, self.settings.state):
            yield finding
        async for finding in shared.findings(self.settings):
            yield finding
        for facts in upstreams:
            for finding in examine(facts.name, CHECKS, facts):
                yield finding

    async def _upstream(self, name: str) -> UpstreamFacts:
        return await gather(name, self.settings, self._faults_of(name), self._adapters)

    def _faults_of(self, name: str) -> tuple[Fault, ...]:
        """What is wrong with an upstream's settings; what is with its client certificate's files has its own checks."""
        place = f"upstreams.{name}."
        return tuple(
            fault
            for fault in self._faults
            if fault.path.startswith(place) and not fault.path.startswith(f"{place}client_certificate")
        )

    def _own_faults(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self._faults if not fault.path.startswith("upstreams."))


def _everybody(settings: Settings) -> tuple[Consumer, ...]:
    """The consumers of the settings and those of their own file; what is wrong with that file, the settings say."""
    try:
        return file.everybody(settings.consumers, settings.consumers_file)
    except file.FileRefused:
        return settings.consumers
