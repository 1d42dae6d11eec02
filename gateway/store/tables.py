"""The tables as they are now; what made them so is in `migrations`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    text,
)

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

pairs = Table(
    "pairs",
    metadata,
    Column("seq", NUMBER, primary_key=True),
    Column("at", String, nullable=False),
    Column("correlation_id", String, nullable=False),
    Column("consumer", String, nullable=False),
    Column("person", String, nullable=False),
    # The answer in front, and the one that was got in the background.
    Column("front", String, nullable=False),
    Column("front_version", String, nullable=False),
    Column("back", String, nullable=False),
    Column("back_version", String, nullable=False),
    # JSON: what was held against what, and what differed. Empty where the second was not answered.
    Column("problem", String, nullable=False),
    Column("fields", String, nullable=False),
    Column("differences", String, nullable=False),
    Column("sealed", LargeBinary),
    # What the person is like, coarsely; empty where that was not kept.
    Column("age_band", String, nullable=False),
    Column("period_band", String, nullable=False),
    Column("caller_group", String, nullable=False),
)
Index("ix_pairs_consumer", pairs.c.consumer, pairs.c.front, pairs.c.back, pairs.c.at)
Index("ix_pairs_person", pairs.c.consumer, pairs.c.person, pairs.c.seq)
Index("ix_pairs_at", pairs.c.at)
Index("ix_pairs_correlation_id", pairs.c.correlation_id)

cutovers = Table(
    "cutovers",
    metadata,
    Column("id", String, primary_key=True),
    Column("consumer", String, nullable=False),
    Column("types", String, nullable=False),
    Column("old", String, nullable=False),
    Column("new", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("certificate", String, nullable=False),
    Column("ramp", String, nullable=False),
    Column("begun", String, nullable=False),
    Column("step", Integer, nullable=False),
    Column("since", String, nullable=False),
    Column("rolled_back", String, nullable=False),
)

cutover_events = Table(
    "cutover_events",
    metadata,
    Column("seq", NUMBER, primary_key=True),
    Column("at", String, nullable=False),
    Column("cutover", String, nullable=False),
    Column("what", String, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("reason", String, nullable=False),
)
Index("ix_cutover_events_cutover", cutover_events.c.cutover, cutover_events.c.seq)

orders = Table(
    "orders",
    metadata,
    Column("id", String, primary_key=True),
    Column("consumer", String, nullable=False),
    Column("state", String, nullable=False),
    Column("why", String, nullable=False),
    Column("spec", String, nullable=False),
    Column("found", String, nullable=False),
    Column("created", String, nullable=False),
    Column("ended", String, nullable=False),
    Column("expires", String, nullable=False),
    Column("persons", NUMBER, nullable=False),
    # How often somebody was asked about, and how often that may be.
    Column("asked", NUMBER, nullable=False),
    Column("budget", NUMBER),
    Column("steward", String, nullable=False),
    Column("steward_until", Float, nullable=False),
    # Keyed hashes: of the key that the order was sent with, which is there once, and of what was sent.
    Column("request", LargeBinary),
    Column("content", LargeBinary),
)
Index("ix_orders_request", orders.c.request, unique=True)

order_persons = Table(
    "order_persons",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("place", NUMBER, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("compared", LargeBinary),
)
Index("ix_order_persons_digest", order_persons.c.order_id, order_persons.c.digest, unique=True)

order_items = Table(
    "order_items",
    metadata,
    Column("order_id", String, primary_key=True),
    Column("place", NUMBER, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("upstream", String, nullable=False),
    Column("state", String, nullable=False),
    Column("worker", String, nullable=False),
    Column("intent", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("outcome", String, nullable=False),
    Column("answer", LargeBinary),
)
_waiting = text("state = 'waiting' AND worker = ''")
Index(
    "ix_order_items_waiting",
    order_items.c.order_id,
    order_items.c.upstream,
    order_items.c.place,
    sqlite_where=_waiting,
    postgresql_where=_waiting,
)
_held = text("worker <> ''")
Index("ix_order_items_held", order_items.c.worker, sqlite_where=_held, postgresql_where=_held)
Index("ix_order_items_state", order_items.c.order_id, order_items.c.state, order_items.c.upstream)

order_events = Table(
    "order_events",
    metadata,
    Column("seq", NUMBER, primary_key=True),
    Column("order_id", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("event", LargeBinary, nullable=False),
)
Index("ix_order_events_order", order_events.c.order_id, order_events.c.seq)
Index("ix_order_events_reference", order_events.c.reference, order_events.c.seq)

order_workers = Table(
    "order_workers",
    metadata,
    Column("id", String, primary_key=True),
    Column("beat", Float, nullable=False),
)

order_rates = Table(
    "order_rates",
    metadata,
    Column("upstream", String, primary_key=True),
    Column("at", Float, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    # What is published: routing or rules; each counts its own revisions.
    Column("kind", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("at", String, nullable=False),
    Column("who", String, nullable=False),
    Column("note", String, nullable=False),
    Column("text", String, nullable=False),
)
