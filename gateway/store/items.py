"""The statements about single questions of orders, and about who works at them and how fast.

Rule 1: a question goes from `waiting` to `claimed` once, in the transaction of its intent in the ledger, whose lock is
        held: whoever else claims waits. From `claimed` it goes on only by its own intent's id.
Rule 2: `worker` says who has a question in hand. One that waits is only reserved by it, and may be given to another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.store.database import Connection
from gateway.store.tables import order_items, order_persons, order_rates, order_workers

Row = dict[str, Any]
Key = tuple[str, int, int]
"""Order, place and part of a question."""

_c = order_items.c
_KEY = (_c.order_id == bindparam("o"), _c.place == bindparam("p"), _c.part == bindparam("q"))
_PIECE = 500
_FREE = text("state = 'waiting' AND worker = ''")  # to the letter as in the index


async def reserve(connection: Connection, order: str, upstream: str, worker: str, most: int) -> list[Row]:
    """Questions of an order that wait, now in a worker's hand, each with the person."""
    free = select(_c.place, _c.part).where(_c.order_id == order, _c.upstream == upstream, _FREE)
    free = free.order_by(_c.place, _c.part).limit(most).with_for_update(skip_locked=True)
    keys = [tuple(row) for row in await connection.execute(free)]
    if not keys:
        return []
    mine = (_c.order_id == order, tuple_(_c.place, _c.part).in_(keys))
    await connection.execute(update(order_items).where(*mine).values(worker=worker))
    person = (order_persons.c.order_id == _c.order_id) & (order_persons.c.place == _c.place)
    query = select(_c.place, _c.part, _c.upstream, _c.tries, order_persons.c.sealed).join(order_persons, person)
    return [dict(row) for row in (await connection.execute(query.where(*mine))).mappings()]


async def claim(connection: Connection, key: Key, worker: str, intent: str) -> bool:
    """Marks a question as about to be sent; whether it was this worker's, and waited."""
    where = (*_KEY, _c.state == "waiting", _c.worker == worker)
    done = update(order_items).where(*where).values(state="claimed", intent=intent)
    return bool((await connection.execute(done, _bound(key))).rowcount)


async def unclaim(connection: Connection, key: Key, intent: str) -> None:
    """Takes a claim back, in the transaction in which it was made."""
    done = update(order_items).where(*_KEY, _c.intent == intent).values(state="waiting", intent="", worker="")
    await connection.execute(done, _bound(key))


async def claimed(connection: Connection, upstream: str) -> int:
    """How many questions are at an upstream, over all workers."""
    query = select(func.count()).where(_c.worker != "", _c.state == "claimed", _c.upstream == upstream)
    return int((await connection.execute(query)).scalar_one())


async def release(connection: Connection, key: Key, worker: str) -> None:
    """Lets go of a question that was only reserved."""
    where = (*_KEY, _c.state == "waiting", _c.worker == worker)
    await connection.execute(update(order_items).where(*where).values(worker=""), _bound(key))


async def conclude(connection: Connection, key: Key, intent: str, changed: Row) -> bool:
    """What became of a question that was claimed with an intent; also where it was given up as unknown meanwhile.

    False where it has gone on already.
    """
    where = (*_KEY, _c.state.in_(("claimed", "unknown")), _c.intent == intent)
    done = await connection.execute(update(order_items).where(*where).values(**changed, worker=""), _bound(key))
    return bool(done.rowcount)


async def unknown(connection: Connection, intents: Sequence[str]) -> None:
    """Questions that were claimed with these intents, and of which nobody will say what became of them."""
    for start in range(0, len(intents), _PIECE):
        some = _c.intent.in_(list(intents[start : start + _PIECE]))
        await connection.execute(
            update(order_items).where(_c.state == "claimed", some).values(state="unknown", worker="")
        )


async def unasked(connection: Connection, key: Key, worker: str, changed: Row) -> bool:
    """What becomes of a question that need not be sent; whether it was this worker's."""
    where = (*_KEY, _c.state == "waiting", _c.worker == worker)
    done = await connection.execute(update(order_items).where(*where).values(worker="", **changed), _bound(key))
    return bool(done.rowcount)


async def lost(connection: Connection, worker: str) -> None:
    """What a worker had in hand: sent, perhaps, and never asked again; or free for others."""
    mine = _c.worker == worker
    unknown = update(order_items).where(mine, _c.state == "claimed").values(state="unknown", worker="")
    await connection.execute(unknown)
    await connection.execute(update(order_items).where(mine, _c.state == "waiting").values(worker=""))


async def give_up(connection: Connection, worker: str, intents: Collection[str]) -> None:
    """Questions of a worker's of which it will not learn any more what became of them."""
    where = (_c.worker == worker, _c.state == "claimed", _c.intent.in_(list(intents)))
    await connection.execute(update(order_items).where(*where).values(state="unknown", worker=""))


async def ask_again(connection: Connection, order: str) -> int:
    """Lets the questions whose outcome is unknown be asked once more; how many."""
    where = (_c.order_id == order, _c.state == "unknown")
    done = update(order_items).where(*where).values(state="waiting", worker="", intent="", tries=0)
    return int((await connection.execute(done)).rowcount)


async def of_places(connection: Connection, order: str, places: Sequence[int]) -> list[Row]:
    """The questions about persons, by place and part."""
    if not places:
        return []
    query = select(order_items).where(_c.order_id == order, _c.place.in_(list(places))).order_by(_c.place, _c.part)
    return [dict(row) for row in (await connection.execute(query)).mappings()]


async def places(connection: Connection, order: str) -> list[tuple[int, bool]]:
    """The persons who were chosen, by place, and whether what came of them was compared."""
    person = (order_persons.c.order_id == _c.order_id) & (order_persons.c.place == _c.place)
    query = select(_c.place, order_persons.c.compared.is_not(None)).join(order_persons, person)
    query = query.where(_c.order_id == order).distinct().order_by(_c.place)
    return [(int(one[0]), bool(one[1])) for one in await connection.execute(query)]


async def uncompared(connection: Connection, order: str, most: int) -> list[int]:
    """Places of persons about whom everything is known, and nothing was compared."""
    still = _c.state.not_in(("done", "unknown"))
    other = order_items.alias("other")
    open_ = select(other.c.part).where(
        other.c.order_id == order, other.c.place == order_persons.c.place, other.c.state.not_in(("done", "unknown"))
    )
    there = select(_c.part).where(_c.order_id == order, _c.place == order_persons.c.place, ~still)
    query = (
        select(order_persons.c.place)
        .where(order_persons.c.order_id == order, order_persons.c.compared.is_(None), there.exists(), ~open_.exists())
        .order_by(order_persons.c.place)
        .limit(most)
    )
    return [int(place) for place in (await connection.execute(query)).scalars()]


async def beat(connection: Connection, worker: str, at: float) -> None:
    """Says that a worker lives."""
    own = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(order_workers)
    own = own.values(id=worker, beat=at)
    await connection.execute(own.on_conflict_do_update(index_elements=["id"], set_={"beat": at}))


async def dead(connection: Connection, before: float) -> list[str]:
    """The workers that have not said since a time that they live, and those that have something in hand and never did.

    Nobody else has the former in hand until the transaction ends.
    """
    silent = select(order_workers.c.id).where(order_workers.c.beat < before).with_for_update(skip_locked=True)
    known = select(order_workers.c.id).where(order_workers.c.id == _c.worker)
    strange = select(_c.worker).where(_c.worker != "", ~known.exists()).distinct()
    return [name for query in (silent, strange) for name in (await connection.execute(query)).scalars()]


async def forget(connection: Connection, worker: str) -> None:
    """Removes a worker."""
    await connection.execute(delete(order_workers).where(order_workers.c.id == worker))


async def rate(connection: Connection, upstream: str) -> float:
    """When the next question may be sent there; nobody else asks until the transaction ends."""
    own = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(order_rates)
    await connection.execute(own.values(upstream=upstream, at=0.0).on_conflict_do_nothing())
    query = select(order_rates.c.at).where(order_rates.c.upstream == upstream).with_for_update()
    return float((await connection.execute(query)).scalar_one())


async def spend(connection: Connection, upstream: str, at: float) -> None:
    """From when on the next question may be sent there."""
    await connection.execute(update(order_rates).where(order_rates.c.upstream == upstream).values(at=at))


def _bound(key: Key) -> Row:
    return dict(zip(("o", "p", "q"), key, strict=True))
