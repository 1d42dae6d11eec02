"""Whether it is the service that sends a package to us: proved as a consumer proves who it is, by keys of its own."""

from __future__ import annotations

from starlette.requests import Request

from gateway.asynkron.receiver import Authenticate
from gateway.asynkron.settings import Deliverer
from gateway.consumers.caller import Caller
from gateway.consumers.identify import Directory, Facts, Identification
from gateway.consumers.settings import Proxy


def only(name: str, sender: Deliverer, proxy: Proxy | None) -> Authenticate:
    """Lets the service in and nobody else; raises ValueError naming a setting that cannot be used."""
    directory = Directory(())
    directory.enter(Caller(name), sender.keys, sender.certificate)
    identification = Identification(None, proxy)

    async def authenticate(request: Request) -> None:
        await identification.identify(Facts.of(request), directory)

    return authenticate
