"""The gateway's database under the hands of a command."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import typer

from gateway.cli.console import clean
from gateway.ledger.book import url
from gateway.ledger.keyring import KeyringError
from gateway.settings import ConfigurationError, Settings
from gateway.store.database import FAILURES, Database, cause
from gateway.store.errors import StoreError

Found = TypeVar("Found")
UNUSABLE = 2


def with_database(settings: Settings, work: Callable[[Database], Awaitable[Found]], about: str = "database") -> Found:
    """What is done with the gateway's database; status 2, with what was expected, where it cannot be used."""

    async def run() -> Found:
        database = Database(url(settings.ledger, settings.state))
        try:
            if not database.exists():
                raise StoreError("expected a database; there is none yet in the place that the settings say")
            return await work(database)
        finally:
            await database.aclose()

    with said(about):
        return asyncio.run(run())


@contextlib.contextmanager
def said(about: str = "database") -> Iterator[None]:
    """What cannot be done is said, `about` first, without anything that a database has to say itself."""
    try:
        yield
    except BrokenPipeError:  # whoever read what we write has had enough; typer knows what to do
        raise
    except (KeyringError, StoreError) as error:
        typer.echo(clean(f"{about}: {error}"), err=True)
    except ConfigurationError as error:
        for fault in error.faults:
            typer.echo(clean(f"{fault.path}: expected {fault.expected}"), err=True)
    except ValueError as error:
        typer.echo(clean(str(error)), err=True)
    except FAILURES as error:
        typer.echo(f"{about}: the database cannot be used: {cause(error)}", err=True)
    else:
        return
    raise typer.Exit(UNUSABLE)
