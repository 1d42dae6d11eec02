"""The tables as they are now; what made them so is in `migrations`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, text

metadata = MetaData()

NUMBER = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite's INTEGER holds 64 bits, and only under that name is a primary key the row's own number."""

ledger = Table(
    "ledger",
    metadata,
    # The chain: always there.
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # What the row says: gone when the time of keeping is over.
    Column("kind", String),
    Column("id", String),
    Column("at", String),
    Column("correlation_id", String),
    Column("consumer", String),
    Column("actor", String),
    Column("purpose", String),
    Column("ground", String),
    Column("person", String),
    Column("types", String),
    Column("period_from", String),
    Column("period_to", String),
    Column("face", String),
    Column("version", String),
    Column("upstream", String),
    Column("role", String),
    Column("reason", String),
    Column("result", String),
    Column("sent", Boolean),
    Column("instance", String),
    Column("protected", Boolean),
    Column("up_to", NUMBER),
)

CHAIN = ("seq", "key", "digest", "hash")
PAYLOAD = tuple(column.name for column in ledger.columns if column.name not in CHAIN)

for _name in ("id", "at", "correlation_id", "person", "up_to"):
    _there = text(f"{_name} IS NOT NULL")
    Index(f"ix_ledger_{_name}", ledger.columns[_name], sqlite_where=_there, postgresql_where=_there)
