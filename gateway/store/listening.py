"""Being told by PostgreSQL that something happened, over a connection that is used for nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg
from sqlalchemy.engine import make_url

_AGAIN_SECONDS = 5.0


async def listening(url: str, channel: str, told: Callable[[], None], lost: Callable[[Exception], None]) -> None:
    """Calls `told` for every notification until the task is cancelled, and `lost` when the connection is lost.

    A lost connection is made anew after some seconds; `told` is then called too, since something may have been missed.
    """
    while True:
        try:
            await _listen(url, channel, told)
        except Exception as error:  # noqa: BLE001  whoever is told has another way to see it, and this one is tried again
            lost(error)
        await asyncio.sleep(_AGAIN_SECONDS)


async def _listen(url: str, channel: str, told: Callable[[], None]) -> None:
    given = make_url(url).set(drivername="postgresql")
    connection = await psycopg.AsyncConnection.connect(
        given.render_as_string(hide_password=False), autocommit=True, connect_timeout=5, keepalives_idle=10
    )
    async with connection:
        await connection.execute(f"LISTEN {channel}".encode())  # a name, which cannot be a parameter
        told()
        async for _ in connection.notifies():
            told()
