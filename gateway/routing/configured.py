"""The network that a gateway with these settings has on a day; nothing is connected to."""

from __future__ import annotations

from datetime import date

from gateway.lifecycle.registry import Registry
from gateway.routing.choose import Network
from gateway.settings import Settings
from gateway.versions import discover


def spoken(settings: Settings) -> dict[str, str]:
    """Which version each connection speaks."""
    return {name: one.version or name for name, one in settings.upstreams.items()}


def network(settings: Settings, day: date) -> Network:
    """The connections, what they can be asked for, and where their versions stand on a day."""
    versions, adapters = spoken(settings), discover()
    upstreams = {name: adapters[version].upstream for name, version in versions.items()}
    types = {name: upstream.types for name, upstream in upstreams.items() if upstream}
    return Network(versions, Registry.of(settings.lifecycle).at(day), lambda name, pair: pair in types[name])
