"""The statements about orders: what is ordered, the persons, and the orders' own states.

Those about the single questions, and about who works at them, are in `gateway.store.items`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import case, delete, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.database import Connection
from gateway.store.tables import order_events, order_items, order_persons, orders

Row = dict[str, Any]

CHANNEL = "lefi_orders"
TAKING, RUNNING = "taking", "running"
_id = orders.c.id


async def now(connection: Connection) -> float:
    """The database's clock, in seconds: the one that every worker shares."""
    where = "julianday('now') * 86400.0" if _is_sqlite(connection) else "extract(epoch FROM clock_timestamp())"
    return float((await connection.execute(text(f"SELECT {where}"))).scalar_one())


async def add(connection: Connection, row: Row) -> bool:
    """Adds an order, with every column; False, and nothing is added, where one was sent with the same key."""
    own = (sqlite if _is_sqlite(connection) else postgresql).insert(orders).values(**row)
    done = await connection.execute(own.on_conflict_do_nothing(index_elements=["request"]))
    return bool(done.rowcount)


async def of_request(connection: Connection, request: bytes) -> Row | None:
    """The order that was sent with a key."""
    found = (await connection.execute(select(orders).where(orders.c.request == request))).mappings().first()
    return None if found is None else dict(found)


async def still_taken(connection: Connection, order: str, until: float) -> bool:
    """Says until when an order is still being read; whether it is."""
    return await move(connection, order, {TAKING}, steward_until=until)


async def abandoned(connection: Connection, request: bytes, at: float) -> None:
    """Removes the order that was sent with a key, where whoever read it has not said by now that it still does."""
    where = (orders.c.request == request, orders.c.state == TAKING, orders.c.steward_until < at)
    # Held first: it may be whole by now, and then it is not removed.
    for order in (await connection.execute(select(_id).where(*where).with_for_update())).scalars().all():
        await remove(connection, order)


async def add_persons(connection: Connection, order: str, rows: Sequence[Row]) -> set[int]:
    """Adds persons (place, digest, sealed); the places of those who were not on the list already."""
    own = (sqlite if _is_sqlite(connection) else postgresql).insert(order_persons)
    await connection.execute(own.on_conflict_do_nothing(), [{**row, "order_id": order} for row in rows])
    places = [row["place"] for row in rows]
    there = select(order_persons.c.place).where(
        order_persons.c.order_id == order, order_persons.c.place >= min(places), order_persons.c.place <= max(places)
    )
    return {int(place) for place in (await connection.execute(there)).scalars()}


async def add_items(connection: Connection, order: str, items: Sequence[tuple[int, int, str]]) -> None:
    """Adds questions that are to be asked: place, part and upstream of each."""
    empty = {"order_id": order, "state": "waiting", "worker": "", "intent": "", "tries": 0, "outcome": ""}
    rows = [{**empty, "place": place, "part": part, "upstream": name, "answer": None} for place, part, name in items]
    await connection.execute(insert(order_items), rows)


async def get(connection: Connection, order: str) -> Row | None:
    """An order."""
    found = (await connection.execute(select(orders).where(_id == order))).mappings().first()
    return None if found is None else dict(found)


async def of_consumer(connection: Connection, consumer: str, most: int) -> list[Row]:
    """A consumer's orders, the newest first."""
    query = select(orders).where(orders.c.consumer == consumer).order_by(orders.c.created.desc()).limit(most)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def in_states(connection: Connection, states: Collection[str]) -> list[Row]:
    """All orders in these states, the oldest first."""
    query = select(orders).where(orders.c.state.in_(states)).order_by(orders.c.created, _id)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def move(connection: Connection, order: str, come_from: Collection[str], **changed: Any) -> bool:
    """Changes an order that is in one of these states; whether it was."""
    where = (_id == order, orders.c.state.in_(come_from))
    done = await connection.execute(update(orders).where(*where).values(**changed))
    return bool(done.rowcount)


async def steward(connection: Connection, order: str, worker: str, at: float, until: float) -> bool:
    """Takes or keeps the care of an order until a time; whether nobody else has it."""
    free = or_(orders.c.steward == worker, orders.c.steward_until < at)
    taken = update(orders).where(_id == order, free).values(steward=worker, steward_until=until)
    return bool((await connection.execute(taken)).rowcount)


async def leave(connection: Connection, worker: str) -> None:
    """Lets go of the care of every order that a worker had."""
    await connection.execute(update(orders).where(orders.c.steward == worker).values(steward="", steward_until=0.0))


async def asked(connection: Connection, order: str) -> bool:
    """Counts one more question of an order; False, and nothing is counted, where it is not to ask any more."""
    more = or_(orders.c.budget.is_(None), orders.c.asked < orders.c.budget)
    where = (_id == order, orders.c.state == RUNNING, more)
    return bool((await connection.execute(update(orders).where(*where).values(asked=orders.c.asked + 1))).rowcount)


async def not_asked(connection: Connection, order: str) -> None:
    """Takes back that a question was counted: not one byte of it was sent."""
    await connection.execute(update(orders).where(_id == order).values(asked=orders.c.asked - 1))


async def counts(connection: Connection, order: str) -> dict[tuple[str, str], int]:
    """How many questions are in each state, by upstream; those that failed are in the state `failed`."""
    failed = (order_items.c.state == "done") & order_items.c.outcome.not_in(("answered", "unasked"))
    state = case((failed, "failed"), else_=order_items.c.state).label("said")
    upstream = order_items.c.upstream
    query = select(upstream, state, func.count()).where(order_items.c.order_id == order).group_by(upstream, state)
    return {(one[0], one[1]): int(one[2]) for one in await connection.execute(query)}


async def persons(connection: Connection, order: str, after: int, most: int) -> list[Row]:
    """The next persons of an order, by place."""
    query = (
        select(order_persons)
        .where(order_persons.c.order_id == order, order_persons.c.place > after)
        .order_by(order_persons.c.place)
        .limit(most)
    )
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def persons_at(connection: Connection, order: str, places: Sequence[int]) -> list[Row]:
    """The persons at these places of an order."""
    query = select(order_persons).where(order_persons.c.order_id == order, order_persons.c.place.in_(list(places)))
    return [dict(row) for row in (await connection.execute(query.order_by(order_persons.c.place))).mappings()]


async def compared(connection: Connection, order: str, place: int, sealed: bytes) -> bool:
    """Keeps what the comparison of a person's answers came to, once; whether it was not there."""
    where = (order_persons.c.order_id == order, order_persons.c.place == place, order_persons.c.compared.is_(None))
    return bool((await connection.execute(update(order_persons).where(*where).values(compared=sealed))).rowcount)


async def remove(connection: Connection, order: str) -> None:
    """Removes an order with everything that is kept of it."""
    await connection.execute(delete(order_items).where(order_items.c.order_id == order))
    await connection.execute(delete(order_events).where(order_events.c.order_id == order))
    await connection.execute(delete(order_persons).where(order_persons.c.order_id == order))
    await connection.execute(delete(orders).where(_id == order))


async def hold(connection: Connection, order: str) -> bool:
    """Keeps others from changing an order until the transaction ends; False where there is none."""
    query = select(_id).where(_id == order).with_for_update()
    return (await connection.execute(query)).first() is not None


async def add_event(connection: Connection, order: str, reference: str, event: bytes) -> int:
    """Keeps an event of an order at LEFI Asynkron that is a part of one of ours, which is held; the event's number.

    Since the order is held, the numbers of a part rise in the order in which its events can be read.
    """
    new = insert(order_events).values(order_id=order, reference=reference, event=event)
    return int((await connection.execute(new.returning(order_events.c.seq))).scalar_one())


async def parts(connection: Connection, order: str) -> list[str]:
    """The references of all such parts of an order, in the order in which they were begun."""
    each = select(order_events.c.reference).where(order_events.c.order_id == order).group_by(order_events.c.reference)
    return list((await connection.execute(each.order_by(func.min(order_events.c.seq)))).scalars())


async def of_part(connection: Connection, reference: str) -> str | None:
    """The order that has a part with that reference."""
    query = select(order_events.c.order_id).where(order_events.c.reference == reference).limit(1)
    return (await connection.execute(query)).scalar()


async def events(connection: Connection, reference: str, after: int) -> list[tuple[int, bytes]]:
    """The events of a part after one of them, with their numbers."""
    query = select(order_events.c.seq, order_events.c.event)
    query = query.where(order_events.c.reference == reference, order_events.c.seq > after)
    return [(int(row[0]), bytes(row[1])) for row in await connection.execute(query.order_by(order_events.c.seq))]


async def expired(connection: Connection, at: str) -> list[str]:
    """The orders whose time of keeping is over."""
    return list((await connection.execute(select(_id).where(orders.c.expires < at))).scalars())


async def tell(connection: Connection) -> None:
    """Wakes the workers on other machines when the transaction ends; those on SQLite look for themselves."""
    if not _is_sqlite(connection):
        await connection.execute(text(f"NOTIFY {CHANNEL}"))


def _is_sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
