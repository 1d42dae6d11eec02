"""The facts about calls that failed, kept encrypted for a while: never in the way of an answer.

Rule 1  What goes wrong here is logged and never raised: an answer that is late because of it is late by two seconds.
Rule 2  A file is whole or not there, for its owner alone, and of no use without the key.
Rule 3  A file that is too old is never given out, and goes with the next one that is written or the next `sweep`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from gateway import clock
from gateway.errors import GatewayError, Internal, UpstreamError
from gateway.logs import log
from gateway.parts import Organisation
from gateway.support.call import Call
from gateway.support.record import Record, decoded, record
from gateway.support.settings import SupportSettings

KEY_LABEL = "support"
"""For which purpose the key is derived from the keyring's."""

_SECONDS = 2.0
_SWEEP_SECONDS = 3600.0
_MOST_WAITING = 50
_DAY = 86_400
_SUFFIX = ".sealed"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Support:
    """A folder of encrypted files, one for each call that failed; `key` has 32 bytes."""

    def __init__(self, folder: Path, key: bytes, organisation: Organisation | None, settings: SupportSettings) -> None:
        """Touches nothing yet."""
        self._folder, self._organisation, self._settings = folder, organisation, settings
        self._seal = Fernet(base64.urlsafe_b64encode(key))
        self._writer = ThreadPoolExecutor(1, "support")
        self._waiting = 0

    async def keep(self, error: GatewayError, call: Call) -> None:
        """Keeps the facts if the error is a technical one; raises nothing, and waits for two seconds at the most."""
        if not isinstance(error, UpstreamError | Internal) or not self._settings.keep_days:
            return
        if self._waiting >= _MOST_WAITING:
            log.warning("support-not-kept", upstream=call.upstream, instance=error.instance)
            return
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            async with asyncio.timeout(_SECONDS):
                await loop.run_in_executor(self._writer, self._write, error, call)
        except Exception as failure:  # noqa: BLE001  Rule 1
            log.failure("support-not-kept", failure, upstream=call.upstream, instance=error.instance)
        finally:
            self._waiting -= 1

    def _write(self, error: GatewayError, call: Call) -> None:
        kept = record(error, call, self._organisation)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sealed = self._seal.encrypt(kept.encoded())
        made = self._folder / f".{secrets.token_hex(8)}"
        try:
            file = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(file, "wb") as out:
                out.write(sealed)
            made.rename(self._folder / f"{kept.instance}_{_uuid(kept.correlation_id) or ''}{_SUFFIX}")
        finally:
            made.unlink(missing_ok=True)
        self.remove_old()

    async def sweep(self) -> None:
        """Removes what is too old, now and every hour: a task for as long as the gateway runs."""
        while True:
            try:
                await asyncio.get_running_loop().run_in_executor(self._writer, self.remove_old)
            except Exception as failure:  # noqa: BLE001  Rule 1
                log.failure("support-not-removed", failure)
            await asyncio.sleep(_SWEEP_SECONDS)

    def remove_old(self) -> None:
        """Removes the files that are older than is kept, and the oldest of those that are too many."""
        newest_first = sorted(((file.stat().st_mtime, file) for file in self._folder.glob(f"*{_SUFFIX}")), reverse=True)
        kept = [(at, file) for at, file in newest_first if self._is_kept(at)]
        stay = {file for _, file in kept[: self._settings.keep_files]}
        for _, file in newest_first:
            if file not in stay:
                file.unlink(missing_ok=True)

    def _is_kept(self, at: float) -> bool:
        return at >= clock.now().timestamp() - self._settings.keep_days * _DAY

    def find(self, identity: str) -> list[Record]:
        """What is kept under a problem's identity or a question's correlation id, oldest first; raises ValueError.

        The identity is a UUID, bare or as `urn:uuid:…`.
        """
        wanted = _uuid(identity)
        if wanted is None:
            raise ValueError("expected a UUID, as the problem's `instance` is one")
        files = {*self._folder.glob(f"{wanted}_*{_SUFFIX}"), *self._folder.glob(f"*_{wanted}{_SUFFIX}")}
        found = []
        for file in files:
            with contextlib.suppress(FileNotFoundError):  # another process removed it just now
                if self._is_kept(file.stat().st_mtime):
                    found.append(self._opened(file.read_bytes()))
        return sorted(found, key=lambda one: one.at)

    def _opened(self, sealed: bytes) -> Record:
        try:
            return decoded(self._seal.decrypt(sealed))
        except InvalidToken:
            raise ValueError("expected files that were written with the key that is there now") from None

    def close(self) -> None:
        """Waits for what is being written."""
        self._writer.shutdown()


def folder(state: Path) -> Path:
    """Where the files are, below the folder for the gateway's state."""
    return state / "support"


def _uuid(text: str) -> str | None:
    bare = text.strip().lower().removeprefix("urn:uuid:")
    return bare if _UUID.fullmatch(bare) else None
