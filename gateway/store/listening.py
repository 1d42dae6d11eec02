"""Being told by PostgreSQL that something happened, over a connection that is used for nothing else."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from sqlalchemy.engine import make_url


async def listen(url: str, channel: str, told: Callable[[], None]) -> None:
    """Calls `told` for every notification until the connection is lost, which raises, or the task is cancelled."""
    given = make_url(url).set(drivername="postgresql")
    connection = await psycopg.AsyncConnection.connect(
        given.render_as_string(hide_password=False), autocommit=True, connect_timeout=5, keepalives_idle=10
    )
    async with connection:
        await connection.execute(f"LISTEN {channel}".encode())  # a name, which cannot be a parameter
        told()
        async for _ in connection.notifies():
            told()
