"""`lefi worker`: a process that works at orders and listens to nobody."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import typer

from gateway import logs, memory
from gateway.cli.servers import ConfigFile, refuse, service_or_exit, settings_or_exit
from gateway.ledger.keyring import KeyringError
from gateway.service import Service
from gateway.settings import ConfigurationError

_UNUSABLE = 2


def worker(config: ConfigFile = None) -> None:
    """Work at orders, beside any number of other workers, on a PostgreSQL database that they share.

    The settings are those of `lefi serve`; orders are placed there. What is in work is finished when the process is
    told to stop (SIGTERM). On SQLite, `lefi serve` works at orders itself.
    """
    settings = settings_or_exit(config, {})
    logs.configure()
    service = service_or_exit(settings)
    if service.ledger.database.is_sqlite:
        typer.echo("configuration: ledger.url: expected postgresql://…, which several processes can share", err=True)
        raise typer.Exit(_UNUSABLE)
    memory.settle()
    try:
        asyncio.run(_work(service))
    except (ConfigurationError, KeyringError) as error:
        refuse(error)


async def _work(service: Service) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    await service.open(works=True)
    print(f"LEFI worker {service.engine.id} working", flush=True)
    with contextlib.suppress(asyncio.CancelledError):
        await stop.wait()
    await service.aclose()
