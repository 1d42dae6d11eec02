"""What a running gateway holds: its connections, its rules, its ledger, and how they come up and go down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from starlette.routing import Route

from gateway import clock, stable
from gateway.asking import Records
from gateway.asynkron.receiver import routes
from gateway.asynkron.sender import only
from gateway.asynkron.upstream import AsynkronUpstream
from gateway.comparison.rules import Rules
from gateway.consumers.limits import Limits
from gateway.consumers.registry import Consumers
from gateway.cutover.home import home
from gateway.cutover.run import Cutovers
from gateway.exchange import Exchange
from gateway.ledger.book import Ledger, url
from gateway.ledger.keyring import KeyringError
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.rule import Stage
from gateway.metrics import Metrics
from gateway.orders.comparing import Comparer
from gateway.orders.desk import Desk
from gateway.orders.engine import Engine, Ground
from gateway.orders.intake import CONNECTION, Taking
from gateway.orders.parts import Parts
from gateway.orders.sealing import Seals
from gateway.orders.steward import Steward
from gateway.orders.through import Through
from gateway.pairs import KEY_LABEL as COMPARISON_KEY
from gateway.pairs import Pairs
from gateway.routes import Routes
from gateway.routing.bucket import KEY
from gateway.routing.configured import spoken
from gateway.routing.rules import Rules as RoutingRules
from gateway.settings import ConfigurationError, Settings
from gateway.shadows import Shadows
from gateway.shared import kinds
from gateway.shared.following import Following
from gateway.shared.kinds import Kind
from gateway.sources import Source, connect, shadow_of
from gateway.support.keeping import KEY_LABEL, Support, folder
from gateway.versions import Face, discover
from gateway.watched import Holding, T, Watched


class Service:
    """A gateway; `open` it in the event loop that serves, `aclose` it there."""

    def __init__(self, settings: Settings) -> None:
        """Opens nothing yet; raises what says why a setting cannot be used."""
        self.settings = settings
        self.adapters = discover()
        self.registry = Registry.of(settings.lifecycle)
        self.metrics = Metrics(self.registry, frozenset(self.adapters), clock.today)
        self.sources: Mapping[str, Source] = {
            name: connect(name, upstream, self.adapters) for name, upstream in settings.upstreams.items()
        }
        self.consumers = Consumers(settings)
        self.limits = Limits()
        self.ledger = Ledger(settings.ledger, settings.state)
        self.following = Following(self.ledger.database, url(settings.ledger, settings.state))
        self._files: list[Watched[Any]] = []
        self.routing: Holding[RoutingRules] = self._held(
            kinds.routing(spoken(settings)), settings.routing, shared=settings.shared.routing
        )
        self.support = Support(
            folder(settings.state), self.ledger.ring.derive(KEY_LABEL), settings.organisation, settings.support
        )
        self.records = Records(self.ledger, self.support)
        shadows = {name: shadow_of(name, upstream, self.adapters) for name, upstream in settings.upstreams.items()}
        self.rules: Holding[Rules] = self._held(
            kinds.acceptance(), settings.comparison.rules, shared=settings.shared.rules
        )
        self.pairs = Pairs(
            self.metrics, self.ledger.database, self.ledger.ring, self.rules, settings.comparison, spoken(settings)
        )
        self.cutovers = Cutovers(
            settings.cutover,
            home(settings),
            self.ledger.database,
            spoken(settings),
            self.registry,
            lambda: self.rules.current,
            self.metrics.cutovers,
        )
        self.routes = Routes(self.routing, self.registry, self.sources, self.ledger.ring.derive(KEY))
        self.exchange = Exchange(
            self.sources,
            self.routes,
            self.records,
            Shadows(shadows, self.records, self.pairs),
        )
        self.faces: tuple[Face, ...] = (
            stable.FACE,
            *(adapter.face for adapter in self.adapters.values() if adapter.face),
            *(make(settings.server.ssek) for each in self.adapters.values() if (make := each.faces.get("ssek"))),
        )
        through = self._through(seals := Seals(self.ledger.ring))
        self.engine, self.desk = self._orders(seals, through)
        self.deliveries = self._deliveries(through)
        self.working = 0
        self.refused: ConfigurationError | KeyringError | None = None
        self._cutovers: asyncio.Task[None] | None = None
        self._watches: tuple[asyncio.Task[None], ...] = ()

    def _held(self, kind: Kind[T], path: Path | None, *, shared: bool) -> Holding[T]:
        """What holds of a kind: by the database that gateways share, or by a file."""
        if shared:
            return self.following.follow(kind, self.settings.state, self.metrics)
        watched = Watched(kind.logged, path, self.settings.state, kind.read, kind.without)
        self._files.append(watched)
        return watched

    def _orders(self, seals: Seals, through: Through | None) -> tuple[Engine, Desk]:
        settings = self.settings.orders
        sources, router = dict(self.sources), self.exchange.router
        versions = {name: source.version for name, source in sources.items()}
        if through is not None:
            versions[CONNECTION] = through.upstream.upstream.version
        comparer = Comparer(seals, self.ledger.ring.derive(COMPARISON_KEY), versions)
        steward = Steward(self.ledger, seals, comparer, self.rules, self.consumers, settings, through)
        ground = Ground(self.ledger, sources, router, self.consumers, self.support, seals, settings)
        engine = Engine(ground, steward, url(self.settings.ledger, self.settings.state))
        desk = Desk(
            self.ledger,
            Taking(
                self.ledger,
                seals,
                router,
                sources,
                settings,
                None if through is None else through.upstream.upstream,
                frozenset() if through is None else through.upstream.settings.longer_periods,
            ),
            comparer,
            self.rules,
            self.consumers.identify,
            {name: source.settings.orders_per_minute for name, source in sources.items()},
            settings,
            engine.wake,
        )
        return engine, desk

    def _through(self, seals: Seals) -> Through | None:
        """What executes orders through LEFI Asynkron, where that is configured."""
        given = self.settings.asynkron
        if given is None:
            return None
        upstream = AsynkronUpstream(CONNECTION, given, self.ledger.ring.derive(CONNECTION))
        return Through(self.ledger, upstream, Parts(self.ledger, seals, self.consumers))

    def _deliveries(self, through: Through | None) -> list[Route]:
        """The address that packages are sent to, where that was agreed on."""
        given = self.settings.asynkron
        if through is None or given is None or given.delivery != "push" or given.sender is None:
            return []
        return routes(through.upstream, through.parts, only(CONNECTION, given.sender, self.settings.server.proxy))

    async def open(self, *, works: bool = False) -> None:
        """Opens the ledger and follows what may change; `works` at orders also where serving does not.

        Raises KeyringError for a ledger of other keys, ConfigurationError where what is shared cannot be had; both are
        kept as `refused` for whoever does not see what is raised.
        """
        try:
            await self.ledger.open()
            await self._begin()
        except (ConfigurationError, KeyringError) as error:
            self.refused = error
            raise
        self.pairs.open()
        self._cutovers = asyncio.create_task(self.cutovers.watch())
        if works or self.settings.orders.in_process:
            self.engine.open()
        self._watches = (
            *(asyncio.create_task(each.watch()) for each in self._files),
            asyncio.create_task(self.consumers.watch()),
            asyncio.create_task(self.support.sweep()),
        )

    async def _begin(self) -> None:
        try:
            await self.following.open()
        except ConfigurationError:
            await self.ledger.aclose()
            raise

    async def aclose(self) -> None:
        """Lets what is in flight come to its end, then closes every connection and the ledger."""
        self.cutovers.stop()
        if self._cutovers is not None:
            await self._cutovers
        for watch in self._watches:
            watch.cancel()
        await asyncio.gather(*self._watches, return_exceptions=True)
        await self.following.aclose()
        await self.engine.aclose()
        await self.exchange.aclose()
        await self.consumers.aclose()
        for source in self.sources.values():
            await source.aclose()
        await self.pairs.aclose()
        await self.ledger.aclose()
        await asyncio.to_thread(self.support.close)

    def stages(self, versions: Iterable[str]) -> list[Stage]:
        """Where versions stand today; those of which no date is known are left out."""
        lives = self.registry.at(clock.today())
        return [lives[version] for version in dict.fromkeys(versions) if version in lives]
