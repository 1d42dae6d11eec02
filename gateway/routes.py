"""Routing of a running gateway: the rules that hold, the connections there are, the day, the person's side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway import clock
from gateway.errors import Fault, Forbidden, NotFound, UpstreamUnavailable
from gateway.lifecycle.registry import Registry
from gateway.routing.bucket import bucket_of
from gateway.routing.choose import Network, Question, Router
from gateway.routing.plan import Pair, Plan
from gateway.routing.rules import Rules
from gateway.sources import Source
from gateway.watched import Holding


class Routes:
    """Which connections are asked, for every question anew."""

    def __init__(self, routing: Holding[Rules], registry: Registry, sources: Mapping[str, Source], key: bytes) -> None:
        self._routing = routing
        self._registry = registry
        self._sources = sources
        self._versions = {name: source.version for name, source in sources.items()}
        self._key = key

    def plans(self, consumer: str, types: Sequence[Pair], personnummer: str, wanted: str | None) -> tuple[Plan, ...]:
        """The plans of a question; `wanted` is the version that the caller asks for by name.

        Raises NotFound, Forbidden and UpstreamUnavailable as gateway.routing.choose does.
        """
        side = bucket_of(self._key, personnummer)
        network = Network(self._versions, self._registry.at(clock.today()), self._able)
        return Router(self._routing.current, network).choose(Question(consumer, tuple(types), side, wanted))

    def connection(self, consumer: str, text: str, place: str) -> str:
        """The connection of that name, or the one that is asked for that version; `place` is where it was named.

        Raises NotFound, Forbidden and UpstreamUnavailable as gateway.routing.choose does.
        """
        router = Router(self._routing.current, Network(self._versions, self._registry.at(clock.today()), self._able))
        if consumer in router.rules.off.consumers:
            raise Forbidden("this consumer is switched off by the routing rules")
        named = [name for name in self._versions if name == text]
        speaking = named or [name for name, version in self._versions.items() if version == text]
        if not speaking:
            raise NotFound("", faults=(Fault(place, "a version that an upstream is configured for"),))
        alive = [name for name in speaking if not router.killed(name)]
        if not alive:
            raise UpstreamUnavailable(f"{text} is switched off by the routing rules", sent=False)
        return alive[0]

    def _able(self, connection: str, pair: Pair) -> bool:
        return pair in self._sources[connection].upstream.types
