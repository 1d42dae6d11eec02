"""The consumers' own file as the commands change it: comments and order stay, and it is replaced as a whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from gateway.consumers import file
from gateway.consumers.model import Consumer
from gateway.errors import Fault

_HEAD = "Who may ask the gateway. `lefi consumers` keeps this file; what is written by hand stays, comments too."
_KEY_PREFIX = "lefi_"
"""By which a key that lies somewhere it should not is found."""


class NoSuchConsumer(Exception):
    """There is no consumer of that name in the file, or no such key of its."""


@contextmanager
def edited(path: Path, inline: Sequence[Consumer]) -> Iterator[AoT]:
    """The list of consumers, to be changed; what comes out is held against the rules before it takes the file's place.

    Raises FileRefused when the file cannot be read, or when it could not be used with the change.
    """
    path = path.resolve()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # two that change it at once: the second sees what the first did
        document = _document(path)
        listed = document["consumers"] if "consumers" in document else document.setdefault("consumers", tomlkit.aot())
        if not isinstance(listed, AoT):
            raise file.FileRefused((Fault(f"{path}: consumers", "tables that begin with [[consumers]]"),))
        yield listed
        if not listed:
            del document["consumers"]
        held = tomlkit.dumps(document).rstrip().encode() + b"\n"
        file.consumers(path, held, inline)
        _replace(path, held)
    finally:
        os.close(folder)


def add(listed: AoT, name: str, given: dict[str, Any], day: date) -> str:
    """Adds a consumer with a new key, which is given back and kept nowhere."""
    key, hashed = new_key()
    table = tomlkit.table()
    if listed:
        listed[-1].add(tomlkit.nl())
    table["name"] = name
    for setting, value in given.items():
        table[setting] = value
    table["keys"] = _keys([{"sha256": hashed, "added": day}])
    listed.append(table)
    return key


def rotate(listed: AoT, name: str, overlap: int, day: date) -> str:
    """Adds a key, and gives those that have no earlier last day one that is `overlap` days ahead."""
    table = _named(listed, name)
    last_day = day + timedelta(days=overlap)
    key, hashed = new_key()
    keys = [one for one in _held_keys(table) if one.get("last_day", last_day) >= day]
    for one in keys:
        one["last_day"] = min(one.get("last_day", last_day), last_day)
    _put_keys(table, [*keys, {"sha256": hashed, "added": day}])
    return key


def revoke(listed: AoT, name: str, number: int | None) -> None:
    """Takes a consumer out, or one of its keys by its number in the list."""
    table = _named(listed, name)
    if number is None:
        listed.remove(table)
        return
    keys = _held_keys(table)
    if not 1 <= number <= len(keys):
        raise NoSuchConsumer
    _put_keys(table, keys[: number - 1] + keys[number:])


def new_key() -> tuple[str, str]:
    """A random key, and its hash as it is kept."""
    key = _KEY_PREFIX + secrets.token_urlsafe(32)
    return key, hashlib.sha256(key.encode()).hexdigest()


def _named(listed: AoT, name: str) -> Table:
    found: Table | None = next((table for table in listed if table.get("name") == name), None)
    if found is None:
        raise NoSuchConsumer
    return found


def _held_keys(table: Table) -> list[dict[str, Any]]:
    """The keys as the model counts them: `key_sha256` is the first."""
    single = [{"sha256": str(table["key_sha256"])}] if "key_sha256" in table else []
    return single + [dict(one.unwrap()) for one in table.get("keys", ())]


def _put_keys(table: Table, keys: list[dict[str, Any]]) -> None:
    for name in ("key_sha256", "keys"):
        if name in table:
            del table[name]
    if keys:
        table["keys"] = _keys(keys)


def _keys(keys: list[dict[str, Any]]) -> Any:
    array = tomlkit.array()
    for one in keys:
        inline = tomlkit.inline_table()
        inline.update(one)
        array.append(inline)
    return array.multiline(True)  # noqa: FBT003  the library's own parameter


def _document(path: Path) -> tomlkit.TOMLDocument:
    held = file.content(path)
    try:
        document = tomlkit.parse(held)
    except (TOMLKitError, UnicodeDecodeError):
        raise file.FileRefused((Fault(str(path), "TOML in UTF-8"),)) from None
    if not held:
        document.add(tomlkit.comment(_HEAD))
    return document


def _replace(path: Path, held: bytes) -> None:
    """Writes a file that nobody else may read, and puts it in the place of the old one at once."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(held)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
