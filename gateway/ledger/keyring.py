"""The ledger's keys: a file outside the database, one line for each, the last is used for what is written now.

    1f0c9a3e 7d0c…(64 hexadecimal digits)

Everything that needs a key derives its own from a secret (HKDF, RFC 5869), by a label, so that one says nothing about
another. A key's name is derived as well: a secret with a slip in it is found when it is read.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_LINE = re.compile(r"([0-9a-f]{8}) ([0-9a-f]{64})")
_BYTES = 32
_OTHERS = 0o077


class KeyringError(ValueError):
    """A file of keys that cannot be used; the text names the file and what was expected."""


class Key:
    """One secret, under the name that is derived from it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.name = self.derive("name")[:4].hex()
        self.chain = self.derive("chain")
        self._person = self.derive("person")

    def derive(self, label: str) -> bytes:
        """A key of 32 bytes for one purpose."""
        return HKDF(SHA256(), _BYTES, salt=None, info=f"lefi-gateway/{label}".encode()).derive(self._secret)

    def person(self, personnummer: str) -> str:
        """The pseudonym of a person (twelve digits), in hexadecimal.

        Without the key, one of the 36.5 million possible numbers is found from its pseudonym no sooner than any other.
        """
        return hmac.digest(self._person, personnummer.encode(), "sha256").hex()

    def line(self) -> str:
        """The key as it stands in the file."""
        return f"{self.name} {self._secret.hex()}\n"


class Keyring:
    """All keys, oldest first; at least one."""

    def __init__(self, keys: tuple[Key, ...]) -> None:
        self._keys = {key.name: key for key in keys}
        self._first, self.newest = keys[0], keys[-1]
        self.derive = lru_cache(self._first.derive)
        """A key of 32 bytes for one purpose outside the ledger, by its label: routing, comparison, support.

        Of the oldest secret: what is told apart by it stays the same when a key is added.
        """

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys.values())

    def __contains__(self, name: str) -> bool:
        return name in self._keys

    def __getitem__(self, name: str) -> Key:
        return self._keys[name]

    def persons(self, personnummer: str) -> list[str]:
        """The pseudonyms of a person under every key."""
        return [key.person(personnummer) for key in self]


def read(path: Path) -> Keyring:
    """The keys of a file; raises KeyringError."""
    try:
        lines = path.read_text("ascii").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError):
        msg = f"{path}: expected a file of keys that can be read"
        raise KeyringError(msg) from None
    keys = []
    for number, line in enumerate(lines, start=1):
        found = _LINE.fullmatch(line.removesuffix("\n"))
        key = Key(bytes.fromhex(found[2])) if found and line.endswith("\n") else None
        if key is None or not found or key.name != found[1]:
            msg = f"{path}, line {number}: expected a key as `lefi ledger key` writes it"
            raise KeyringError(msg)
        keys.append(key)
    if not keys:
        msg = f"{path}: expected at least one key"
        raise KeyringError(msg)
    return Keyring(tuple(keys))


def create(path: Path) -> bool:
    """Makes the file with a first key, for nobody but us; False where there is one already.

    The file appears under its name with everything in it, so that two processes that start together share one key.
    """
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    _write(made, Key(secrets.token_bytes(_BYTES)).line(), os.O_CREAT | os.O_EXCL)
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    finally:
        made.unlink()
        _settle(path.parent)
    return True


def add(path: Path) -> Key:
    """Adds a key, which is the newest from the next start on; raises KeyringError for a file that cannot be used."""
    read(path)
    key = Key(secrets.token_bytes(_BYTES))
    _write(path, key.line(), os.O_APPEND)
    return key


def open_to_others(path: Path) -> bool:
    """Whether others than the owner may read the file."""
    return bool(path.stat().st_mode & _OTHERS)


def _write(path: Path, text: str, flags: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CLOEXEC | flags, 0o600)
    try:
        os.write(file, text.encode())
        os.fsync(file)
    finally:
        os.close(file)


def _settle(folder: Path) -> None:
    """A name in a folder lasts once the folder is written."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
