"""`lefi support-bundle`: the facts about a call that failed, as a file for the agency's support."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.private import write_private
from gateway.cli.servers import ConfigFile, settings_or_exit
from gateway.ledger import keyring
from gateway.ledger.book import key_file
from gateway.ledger.keyring import KeyringError
from gateway.settings import Settings
from gateway.support import bundle
from gateway.support.keeping import KEY_LABEL, Support, folder
from gateway.support.record import Record

_NOTHING, _UNUSABLE = 1, 2
_UNNAMED = re.compile(r"[^0-9a-f-]")


def support_bundle(
    identity: Annotated[
        str,
        typer.Argument(
            metavar="CORRELATION-ID",
            help="The `instance` of the problem that the caller was told (urn:uuid:…), or the correlation id that the "
            "log and the ledger have.",
        ),
    ],
    config: ConfigFile = None,
    with_personal_data: Annotated[
        bool, typer.Option("--with-personal-data", help="Write the messages as they were; is asked once more.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(help="The file; JSON where its name ends in .json.", show_default="lefi-support-….txt"),
    ] = None,
) -> None:
    """Write what the agency asks for when a technical problem is reported.

    That is the organisation, the address that was called, the whole call with its header fields, the time, and the
    error with what came of the answer. Values in the messages are masked, so that the file is about nobody; keys and
    passwords always are. It is kept for as long as `support.keep_days` says.

    Status 0: written. 1: nothing is kept under that identity. 2: it cannot be opened, or the command is wrong.
    """
    settings = settings_or_exit(config, {})
    found = _found(settings, identity)
    if not found:
        days = settings.support.keep_days
        typer.echo(f"nothing is kept under that identity: only technical errors are, and for {days} days", err=True)
        raise typer.Exit(_NOTHING)
    if with_personal_data:
        typer.confirm(
            "The file will hold a person's data as they were sent. Send it to nobody but the agency, by its secure "
            "way, and remove it afterwards. Write it?",
            abort=True,
            err=True,
        )
    bare = _UNNAMED.sub("", identity.lower().removeprefix("urn:uuid:"))
    file = output or Path(f"lefi-support-{bare}.txt")
    write = bundle.as_json if file.suffix == ".json" else bundle.as_text
    write_private(file, write(found, masked=not with_personal_data))
    typer.echo(f"{file}: {'WITH PERSONAL DATA' if with_personal_data else 'values are masked'}; calls: {len(found)}")


def _found(settings: Settings, identity: str) -> list[Record]:
    try:
        key = keyring.read(key_file(settings.ledger, settings.state)).derive(KEY_LABEL)
        support = Support(folder(settings.state), key, settings.organisation, settings.support)
        return support.find(identity)
    except KeyringError as error:
        typer.echo(f"support: {error}", err=True)
    except ValueError as error:  # its text says what was expected, see gateway.support.keeping
        raise typer.BadParameter(str(error), param_hint="CORRELATION-ID") from None
    except OSError:
        typer.echo(f"support: expected a folder that can be read: {folder(settings.state)}", err=True)
    raise typer.Exit(_UNUSABLE)
