"""A gateway before several stubs, with a routing file and a ledger that a test can read."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.app import create_app
from gateway.ledger import book
from gateway.settings import Settings
from gateway.store.database import Database
from tests.service.running import House, Stub, fresh_folder, serve

CLOSED = "http://127.0.0.1:9"
"""A port of this machine at which nobody listens."""


@dataclass
class Several(House):
    """A gateway, the stubs behind it by the names of their connections, and its folder."""

    stubs: dict[str, Stub]
    settings: Settings

    @property
    def folder(self) -> Path:
        return self.settings.state

    def reset(self) -> None:
        for stub in self.stubs.values():
            stub.reset()

    def asked(self) -> dict[str, int]:
        """How many questions each stub got."""
        return {name: len(stub.questions) for name, stub in self.stubs.items()}

    def ledger(self) -> list[dict[str, Any]]:
        """The rows of the ledger, oldest first."""
        return rows(self.settings)


def rows(settings: Settings) -> list[dict[str, Any]]:
    """The rows of a gateway's ledger as they stand in its database."""

    async def read() -> list[dict[str, Any]]:
        database = Database(book.url(settings.ledger, settings.state))
        try:
            async with database.reading() as connection:
                found = await connection.exec_driver_sql("SELECT * FROM ledger ORDER BY seq")
                return [dict(row) for row in found.mappings()]
        finally:
            await database.aclose()

    return asyncio.run(read())


def types_of(row: dict[str, Any]) -> list[Any]:
    """What a row says of types: pairs, or triples with the outcome."""
    return list(json.loads(row["types"]))


@contextlib.contextmanager
def several(rules: str = "", *, closed: tuple[str, ...] = (), **given: Any) -> Iterator[Several]:
    """A gateway with the connections `old` and `new`, both of version 9; those in `closed` cannot be reached."""
    folder = Path(fresh_folder())
    over = given.pop("over", {})
    with contextlib.ExitStack() as stack:
        stubs, upstreams = {}, {}
        for name in ("old", "new"):
            stubs[name] = Stub()
            stubs[name].url = stack.enter_context(serve(stubs[name]))
            url = CLOSED if name in closed else f"{stubs[name].url}/rest"
            upstreams[name] = {"version": "v9", "url": url, **over.get(name, {})}
        if rules:
            (folder / "routing.toml").write_text(rules, encoding="utf-8")
            given["routing"] = folder / "routing.toml"
        settings = Settings.model_validate({"upstreams": upstreams, "state": folder / "state", **given})
        url = stack.enter_context(serve(create_app(settings)))
        yield Several(url, stubs["new"], stubs, settings)
