"""The ledger of a running gateway: its keys, its database, its one writer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from gateway.errors import LedgerUnavailable
from gateway.ledger import entries, keyring, rows
from gateway.ledger.entries import Intent, Outcome
from gateway.ledger.keyring import Keyring, KeyringError
from gateway.ledger.settings import LedgerSettings
from gateway.ledger.writer import RETRY_SECONDS, Beside, Writer
from gateway.logs import log
from gateway.store import ledger as store
from gateway.store.database import Connection, Database


class Ledger(entries.Ledger):
    """Durable rows in a database; `open` first, in the event loop that it is used in, `aclose` last."""

    def __init__(self, settings: LedgerSettings, state: Path) -> None:
        """Opens nothing yet; raises KeyringError or StoreError for settings that cannot be used."""
        file = key_file(settings, state)
        if keyring.create(file):
            log.warning("ledger-keys-created", name=file.name)
        if keyring.open_to_others(file):
            log.warning("ledger-keys-open-to-others", name=file.name)
        self.ring: Keyring = keyring.read(file)
        self.database = Database(url(settings, state))
        self._writer = Writer(self.database, self.ring)

    async def open(self) -> None:
        """Starts to write; a database that cannot be had yet is tried again with every row.

        Raises KeyringError where the ledger was last written with a key that is not in the file: it would go on
        without anybody noticing that the old rows can no longer be searched or verified.
        """
        self._writer.open()
        if not await self.ready():
            return
        async with self.database.reading() as connection:
            head = await store.head(connection)
        if head is not None and head["key"] not in self.ring:
            await self.aclose()
            raise KeyringError("expected the key that the ledger was last written with; its file was lost or changed")
        if head is not None:
            log.info("ledger-opened", seq=head["seq"], hash=bytes(head["hash"]).hex())

    async def ready(self) -> bool:
        """Whether a row could be written now."""
        try:
            await self._writer.write(None)
        except LedgerUnavailable:
            return False
        return True

    async def aclose(self) -> None:
        """Writes what waits and closes everything."""
        await self._writer.aclose()
        await self.database.aclose()

    async def intend(self, intent: Intent) -> None:
        """The first row, before anything is sent; raises LedgerUnavailable."""
        await self._write(rows.intent, intent, self.ring.newest)

    async def conclude(self, outcome: Outcome, svar: Mapping[str, Any] | None = None) -> None:  # noqa: ARG002  not kept
        """The second row, before anything of the answer leaves; raises LedgerUnavailable."""
        await self._write(rows.outcome, outcome)

    async def intend_with(self, intent: Intent, beside: Beside) -> bool:
        """The first row and what is written beside it, or neither where that says so; raises LedgerUnavailable."""
        return await self._write(rows.intent, intent, self.ring.newest, beside=beside)

    async def conclude_with(self, outcome: Outcome, beside: Beside) -> bool:
        """The second row and what is written beside it; raises LedgerUnavailable."""
        return await self._write(rows.outcome, outcome, beside=beside)

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """A transaction beside the ledger's rows, on SQLite in turn with them; raises one of FAILURES."""
        return self._writer.transaction() if self.database.is_sqlite else self.database.begin()

    async def write_with(self, beside: Beside) -> bool:
        """No row, but in the same order as rows; raises LedgerUnavailable."""
        return await self._writer.write(None, beside)

    async def _write(self, form: Callable[..., dict[str, Any]], *entry: Any, beside: Beside | None = None) -> bool:
        try:
            row = form(*entry)
        except ValueError:  # of the entry's text, which is the fault of this question alone
            raise LedgerUnavailable(retry_after=RETRY_SECONDS) from None
        return await self._writer.write(row, beside)


def key_file(settings: LedgerSettings, state: Path) -> Path:
    """Where the keys are."""
    return settings.key_file or state / "ledger.keys"


def url(settings: LedgerSettings, state: Path) -> str:
    """Where the database is."""
    return settings.url or f"sqlite:///{state.absolute() / 'ledger.db'}"
