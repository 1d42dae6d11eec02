"""Brings the tables of a database to what this program knows, once, whoever else tries at the same time."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy import inspect as inspected

from gateway.store.errors import StoreError

HEAD = "0007"
"""The newest revision in `migrations`."""

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x1EF1_0001  # an advisory lock's number is free to choose; these are the gateway's


def upgrade(connection: Connection) -> None:
    """Runs the migrations that are missing, within the connection's transaction; none when all are there.

    Raises StoreError for tables of a newer program.
    """
    if revision(connection) == HEAD:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if (now := revision(connection)) == HEAD:  # somebody else was faster
        return
    alembic = load()
    config = alembic.config.Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    known = alembic.script.ScriptDirectory.from_config(config)
    if now is not None and now not in {one.revision for one in known.walk_revisions()}:
        raise StoreError("expected tables that this version of the program knows; theirs is newer")
    alembic.command.upgrade(config, "head")


def load() -> Any:
    """What runs migrations: half a second and some thousand objects, which only who migrates pays for."""
    for name in ("command", "script", "config"):
        importlib.import_module(f"alembic.{name}")
    return importlib.import_module("alembic")


def revision(connection: Connection) -> str | None:
    """The revision that the tables are at; None where there are none."""
    if not inspected(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)
