"""An order on its way in: read line by line, kept in pieces, and begun only when the whole of it is there.

Rule 1: one piece is in memory at a time, whatever the order's size.
Rule 2: a line that is wrong refuses the whole order, by its number and what was expected, never by what stands there.
Rule 3: a person who is on the list twice is asked about once.
Rule 4: what is refused, or breaks off, leaves nothing behind; of a process that is killed, the sweep takes it away.
"""

from __future__ import annotations

import csv
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from gateway import question, stable
from gateway.asynkron.delivery import Broken, Limits, lines
from gateway.asynkron.roles import OrderUpstream
from gateway.consumers.caller import Caller
from gateway.consumers.stated import Stated
from gateway.errors import Conflict, Fault, Forbidden, InvalidRequest, PayloadTooLarge, Unprocessable
from gateway.exchange import Router
from gateway.jsonio import decode
from gateway.ledger.book import Ledger
from gateway.ledger.rows import moment
from gateway.logs import log
from gateway.orders import again
from gateway.orders.again import Content
from gateway.orders.sealing import Seals
from gateway.orders.settings import OrderSettings
from gateway.orders.spec import Kept, Spec
from gateway.orders.state import RUNNING, TAKING
from gateway.sources import Source
from gateway.store import orders as store

Tree = dict[str, Any]

CONNECTION = "asynkron"
"""By which name the connection to LEFI Asynkron is known; no upstream of questions has it."""
_AT_ONCE = 1000
_LINE_BYTES = 64 * 1024
_BYTES_A_PERSON = 256
_TAKING_HOURS = 1
_NUMBER, _GROUP = "personnummer", "grupp"
_GROUP_LENGTH = 64
_MOST_IN_CAMPAIGN = 100_000
"""A campaign's choice is made over the whole list, which is in memory for that."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What an order is taken with."""

    book: Ledger
    seals: Seals
    router: Router
    sources: dict[str, Source]
    settings: OrderSettings
    ordering: OrderUpstream | None = None
    """What is spoken with LEFI Asynkron, where that is configured."""
    longer_periods: frozenset[str] = frozenset()

    async def take(  # noqa: PLR0913, PLR0917  what an order comes with
        self,
        spec: Spec,
        persons: AsyncIterator[Tree],
        caller: Caller,
        stated: Stated,
        now: datetime,
        key: str | None = None,
    ) -> str:
        """The order's id, when the whole of it is kept; that of the earlier one with the same key and content.

        Raises ClientError.
        """
        request = None if key is None else self.seals.request(caller.name, key)
        content = Content(self.seals, spec, stated)
        if (earlier := await again.earlier(self.book, request)) is not None:
            await content.check(persons, earlier)
            return str(earlier["id"])
        order = str(uuid.uuid4())
        base = spec.base()
        connections = tuple(self._source_of(caller, base, "", version) for version in spec.versioner)
        if spec.genom == "asynkron":
            connections = (self._ordering(caller, base),)
        kept = Kept(
            spec=spec,
            connections=connections,
            aktor=caller.acts_for(""),
            purpose=stated.purpose,
            ground=stated.ground,
        )
        row = {
            "id": order,
            "consumer": caller.name,
            "state": TAKING,
            "why": "",
            "spec": kept.text(),
            "found": "{}",
            "created": moment(now),
            "ended": "",
            "expires": moment(now + timedelta(hours=_TAKING_HOURS)),
            "persons": 0,
            "asked": 0,
            "budget": spec.stopp.fragor,
            "steward": "",
            "request": request,
            "content": None,
        }
        await again.begin(self.book, row, self.settings.dead_seconds)
        try:
            async with again.reading(self.book, order, self.settings.dead_seconds):
                count = await self._keep_all(order, kept, content.over(persons), caller, now.date())
                await self._whole(order, count, content.digest() if request else None, now)
        except BaseException:
            async with self.book.transaction() as connection:
                await store.remove(connection, order)
            raise
        log.info("order-taken", consumer=caller.name, seq=count)
        return order

    async def _whole(self, order: str, count: int, content: bytes | None, now: datetime) -> None:
        """Lets an order begin that is kept whole; raises Conflict where another gateway took it over."""
        expires = moment(now + timedelta(days=self.settings.keep_days))
        changed = {"persons": count, "content": content, "steward_until": 0.0, "expires": expires}
        async with self.book.transaction() as connection:
            begun = await store.move(connection, order, {TAKING}, state=RUNNING, **changed)
            await store.tell(connection)
        if not begun:
            raise again.under_way()

    async def _keep_all(self, order: str, kept: Kept, persons: AsyncIterator[Tree], caller: Caller, today: date) -> int:
        most = self.settings.max_persons
        if kept.spec.lage == "kampanj":
            most = min(most, _MOST_IN_CAMPAIGN)
        place = count = 0
        piece: list[tuple[int, Tree]] = []
        async for person in persons:
            place += 1
            if place > most:
                raise PayloadTooLarge("", faults=(Fault("", f"at most {most} persons"),))
            piece.append((place, person))
            if len(piece) == _AT_ONCE:
                count += await self._keep(order, kept, piece, caller, today)
                piece = []
        if piece:
            count += await self._keep(order, kept, piece, caller, today)
        if not count:
            raise InvalidRequest("", faults=(Fault("/rader", "at least one person"),))
        return count

    async def _keep(
        self,
        order: str,
        kept: Kept,
        piece: Iterable[tuple[int, Tree]],
        caller: Caller,
        today: date,
    ) -> int:
        rows, wanted = [], []
        for place, person in piece:
            fraga = self._question(kept, place, person, today)
            number = fraga[_NUMBER]
            names = kept.connections or [self._source_of(caller, fraga, number, None)]
            facts = {name: fraga[name] for name in (_NUMBER, "kortform") if name in fraga}
            if _GROUP in person:
                facts[_GROUP] = person[_GROUP]
            sealed = self.seals.close(facts, order, place)
            rows.append({"place": place, "digest": self.seals.person(order, number), "sealed": sealed})
            wanted += [(place, part, name) for part, name in enumerate(names)]
        added: set[int] = set()
        async with self.book.transaction() as connection:
            until = await store.now(connection) + self.settings.dead_seconds
            if ours := await store.still_taken(connection, order, until):
                added = await store.add_persons(connection, order, rows)
                if kept.spec.lage != "kampanj":
                    await store.add_items(connection, order, [one for one in wanted if one[0] in added])
        if not ours:  # it was thought dead, and the order was taken from another gateway
            raise again.under_way()
        return len(added)

    def _question(self, kept: Kept, place: int, person: Tree, today: date) -> Tree:
        """A person's question, checked as if it had come by itself; raises ClientError that names the line."""
        if kept.spec.genom == "asynkron":
            longer = [self.longer_periods]
        else:
            longer = [self.sources[name].settings.longer_periods for name in kept.connections]
        allowed = frozenset.intersection(*longer) if longer else frozenset()
        try:
            fraga = stable.question_of({_NUMBER: person.get(_NUMBER), **kept.spec.base()}, today)
            question.check(fraga, longer_periods=allowed)
        except (InvalidRequest, Unprocessable) as error:
            faults = [
                Fault(
                    f"/rader/{place}{fault.path}" if fault.path.startswith(f"/{_NUMBER}") else fault.path,
                    fault.expected,
                )
                for fault in error.faults
            ]
            raise type(error)("", faults=tuple(faults)) from None
        return fraga

    def _ordering(self, caller: Caller, fraga: Tree) -> str:
        """The connection to LEFI Asynkron; all that is asked for has to be what the caller may and it has."""
        if self.ordering is None:
            raise Unprocessable("", faults=(Fault("/genom", "fragor, since no LEFI Asynkron is configured"),))
        if caller.cut({**fraga}):
            raise Forbidden("", faults=(Fault("/informationstyper", "types that this consumer may ask for"),))
        types = {(one["klass"], one["informationstyp"]) for one in fraga["informationstyper"]}
        if not types <= self.ordering.types:
            raise Unprocessable("", faults=(Fault("/informationstyper", "types that can be ordered"),))
        return CONNECTION

    def _source_of(self, caller: Caller, fraga: Tree, number: str, wanted: str | None) -> str:
        """The one connection that is asked the whole question; raises as routing does."""
        types = [(one["klass"], one["informationstyp"]) for one in fraga["informationstyper"]]
        plans = self.router.plans(caller.name, types, number, wanted)
        if len(plans) != 1:
            raise Conflict("", faults=(Fault("/versioner", "the versions, since routing divides these types"),))
        (plan,) = plans
        if not any(pair in self.sources[plan.sources[0]].upstream.types for pair in plan.types):
            version = self.sources[plan.sources[0]].version
            raise Unprocessable("", faults=(Fault("/informationstyper", f"at least one type that {version} has"),))
        return plan.sources[0]


async def ndjson(chunks: AsyncIterator[bytes], most_persons: int) -> tuple[Any, AsyncGenerator[Tree]]:
    """The first line's value and then a person for each line; raises InvalidRequest and PayloadTooLarge."""
    each = _lines(chunks, most_persons)
    first = _value(await anext(each, b""), 0)
    return first, _persons(each)


async def table(chunks: AsyncIterator[bytes], most_persons: int) -> AsyncGenerator[Tree]:
    """A person for each row of a CSV file with a head; raises InvalidRequest and PayloadTooLarge."""
    async with aclosing(_lines(chunks, most_persons)) as each:
        head = _text(await anext(each, b""), 0).lstrip("\ufeff")
        sign = ";" if ";" in head else ","
        names = [name.strip().lower() for name in _cells(head, sign)]
        if _NUMBER not in names or not set(names) <= {_NUMBER, _GROUP}:
            raise Unprocessable("", faults=(Fault("/rader/0", f"a head with {_NUMBER}, and {_GROUP} if wanted"),))
        place = 0
        async for line in each:
            place += 1
            cells = [cell.strip() for cell in _cells(_text(line, place), sign)]
            if len(cells) != len(names):
                raise Unprocessable("", faults=(Fault(f"/rader/{place}", "as many cells as the head has"),))
            yield person_of(dict(zip(names, cells, strict=True)), place)


async def _persons(each: AsyncGenerator[bytes]) -> AsyncGenerator[Tree]:
    async with aclosing(each):
        place = 0
        async for line in each:
            place += 1
            yield person_of(_value(line, place), place)


def person_of(value: Any, place: int) -> Tree:
    """A person as a caller wrote it; raises InvalidRequest that names the line."""
    if not isinstance(value, dict) or not value.keys() <= {_NUMBER, _GROUP}:
        text = f"an object with {_NUMBER}, and {_GROUP} if wanted"
        raise InvalidRequest("", faults=(Fault(f"/rader/{place}", text),))
    group = value.get(_GROUP, "")
    if not isinstance(group, str) or len(group) > _GROUP_LENGTH:
        expected = f"a text of at most {_GROUP_LENGTH} characters"
        raise InvalidRequest("", faults=(Fault(f"/rader/{place}/{_GROUP}", expected),))
    return value


async def _lines(chunks: AsyncIterator[bytes], most_persons: int) -> AsyncGenerator[bytes]:
    limits = Limits(_LINE_BYTES, _LINE_BYTES + most_persons * _BYTES_A_PERSON)
    try:
        async with aclosing(lines(chunks, limits)) as each:
            async for line in each:
                yield line
    except Broken as broken:
        raise PayloadTooLarge("", faults=(Fault("", broken.expected.replace("package", "body")),)) from None


def _value(line: bytes, place: int) -> Any:
    try:
        return decode(line)
    except ValueError:
        where = f"/rader/{place}" if place else ""
        raise InvalidRequest("", faults=(Fault(where, "one JSON object a line"),)) from None


def _text(line: bytes, place: int) -> str:
    try:
        return line.decode("utf-8").strip("\r")
    except UnicodeDecodeError:
        raise Unprocessable("", faults=(Fault(f"/rader/{place}", "text in UTF-8"),)) from None


def _cells(line: str, sign: str) -> list[str]:
    return next(csv.reader([line], delimiter=sign), [])
