"""Cutovers of a running gateway, and of the commands: begun, looked after, moved back, each in database and routing.

Rule 1: the routing is what moves questions, the database is what was decided. Both change in one transaction; a file is
        written last in it, and going back is done in the file before anything else. What a crash leaves between them
        is made good at the next look.
Rule 2: a look at a cutover is the same whoever looks; of several that look at once, one changes the state. Whoever
        leads the routing reads the state anew under the lock of all who publish, so that nobody leads by an old one.
Rule 3: an old version that has ended is no place to go back to: such a cutover is over.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway import clock
from gateway.comparison.rules import Rules
from gateway.cutover import book
from gateway.cutover.book import Cutover
from gateway.cutover.home import Home
from gateway.cutover.ramp import Decision, Hold, Live, Ramp, RollBack, State, Up, advanced, begin, next_step
from gateway.cutover.reading import Reading, readings
from gateway.cutover.rewrite import begun, moved
from gateway.cutover.seen import Seen
from gateway.cutover.settings import CutoverSettings
from gateway.evidence.observed import Judge
from gateway.ledger.rows import moment
from gateway.lifecycle.registry import Registry
from gateway.logs import log
from gateway.pairs import stopped
from gateway.proof import Subject
from gateway.store import cutovers, ledger, publications
from gateway.store.database import Connection, Database

_ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Cutovers:
    """Everything that a cutover needs."""

    settings: CutoverSettings
    routing: Home
    database: Database
    versions: Mapping[str, str]
    """Which version each connection speaks."""
    lives: Registry
    rules: Callable[[], Rules]
    """The rules by which differences are accepted, as they are now."""
    tell: Callable[[list[Reading]], None] = lambda _: None
    """Hears after each look of `watch` where the cutovers stand."""
    _lives: dict[str, Live] = field(default_factory=dict, init=False, repr=False)
    """By cutover: what was seen at the last look."""
    _seen: dict[str, Seen] = field(default_factory=dict, init=False, repr=False)
    """By cutover: what was read of its pairs already."""
    _stop: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _changing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def watch(self) -> None:
        """Looks after every cutover, again and again, until it is stopped."""
        while not await stopped(self._stop, self.settings.interval_seconds):
            try:
                await self.look()
                await self._tell()
            except Exception as error:  # noqa: BLE001  what fails now is tried again; nobody is moved meanwhile
                log.failure("cutovers not looked after", error)

    def stop(self) -> None:
        """Lets `watch` end when it is done with what it does: a connection is not to be left in the middle."""
        self._stop.set()

    async def look(self) -> list[tuple[Cutover, Decision]]:
        """One look at every cutover that is under way."""
        async with self.database.reading() as connection:
            found = [one for one in await book.all_of(connection) if not self._over(one)]
        done = []
        for one in found:
            try:
                done.append(await self.step(one))
            except Exception as error:  # noqa: BLE001  one whose rule somebody took out must not keep others from going back
                log.failure("cutover not looked after", error, name=one.rule)
        return done

    async def _tell(self) -> None:
        async with self.database.reading() as connection:
            found, rollbacks = await book.all_of(connection), await cutovers.count(connection, "rollback")
        self.tell(readings(found, self._lives, rollbacks, self._ended))

    async def begin(self, subject: Subject, ramp: Ramp, certificate: str, why: str) -> Cutover:
        """Begins a cutover at its first step.

        Raises ValueError where it cannot begin: under way already, rolled back on the same certificate, or the
        routing does not lead to the old connection; ConfigurationError for routing of no use.
        """
        now = clock.now()
        async with self._changing:
            with self.routing.restored():
                async with self.database.begin() as connection:
                    await publications.lock(connection)
                    state = _first(await book.all_of(connection), subject, certificate, now)
                    before = await self.routing.read(connection)
                    content, rule = begun(before, subject, self.versions)
                    made = book.made(subject, rule, ramp, state)
                    await book.add(connection, made, why)
                    await self._write(connection, before, self._moved(content, made), made)
        _said("cutover begun", made)
        return made

    async def step(self, one: Cutover) -> tuple[Cutover, Decision]:
        """One look at a cutover: up, back, or held."""
        now = clock.now()
        async with self.database.reading() as connection:
            live = await self._live(connection, one, now)
        decision = next_step(one.ramp, one.state, live, now)
        match decision:
            case Up():
                one = await self.up(one, f"{live.questions} questions, {live.compared_on_step} pairs on the step")
            case RollBack(reason=reason):
                one = await self.back(one, reason)
            case _:
                await self._lead(one)
        return one, decision

    async def up(self, one: Cutover, why: str) -> Cutover:
        """To the next step."""
        now = clock.now()
        after = advanced(one.state, Up(one.ramp.steps[one.state.step + 1].percent), now)
        changed = await self._change(one, after, "up", why)
        _said("cutover up", changed)
        return changed

    async def back(self, one: Cutover, why: str) -> Cutover:
        """All to the old connection."""
        after = advanced(one.state, RollBack("disagreement", why), clock.now())
        await self.routing.at_once(lambda content: self._moved(content, replace(one, state=after)))
        changed = await self._change(one, after, "rollback", why)
        log.warning("cutover rolled back", consumer=one.subject.consumer, upstream=one.subject.new, name=one.rule)
        return changed

    async def _change(self, one: Cutover, after: State, what: str, why: str) -> Cutover:
        """The cutover in its next state, the routing too; or in the one that somebody else decided on meanwhile."""
        with self.routing.restored():
            async with self.database.begin() as connection:
                await publications.lock(connection)
                changed = await book.change(connection, one, after, what, why) or await _as_it_is(connection, one)
                before = await self.routing.read(connection)
                await self._write(connection, before, self._moved(before, changed), changed)
        return changed

    async def _lead(self, one: Cutover) -> None:
        """Lets the routing say what was decided."""
        async with self.database.reading() as connection:
            before = await self.routing.read(connection)
        if self._moved(before, one) == before:
            return
        async with self.database.begin() as connection:
            await publications.lock(connection)
            one = await _as_it_is(connection, one)
            before = await self.routing.read(connection)
            await self._write(connection, before, self._moved(before, one), one)

    async def _write(self, connection: Connection, before: bytes, content: bytes, one: Cutover) -> None:
        if content != before:
            await self.routing.write(connection, content, f"{one.rule}: {one.percent} %")

    def _moved(self, content: bytes, one: Cutover) -> bytes:
        return moved(content, one.rule, one.subject, one.percent, self.versions)

    def _over(self, one: Cutover) -> bool:
        return bool(one.state.rolled_back) or self._ended(one) or one.subject.new not in self.versions

    def _ended(self, one: Cutover) -> bool:
        """Whether its old version no longer answers."""
        stage = self.lives.at(clock.today()).get(self.versions.get(one.subject.old, ""))
        return stage is not None and stage.state == "ended"

    async def _live(self, connection: Connection, one: Cutover, now: datetime) -> Live:
        """What was seen since the cutover began, on its step, and within the window of the error budget."""
        subject, step = one.subject, moment(one.state.since)
        rules, day = self.rules(), clock.today()
        seen = self._seen.get(one.id)
        if seen is None or (seen.judge.rules, seen.judge.day) != (rules, day):
            seen = self._seen[one.id] = Seen(subject.types, Judge(rules, day, subject.consumer), moment(one.begun))
        await seen.look(connection, (subject.new, subject.old))
        window = max(one.begun, now - timedelta(minutes=self.settings.error_minutes))
        asked = await _results(connection, subject, moment(window))
        live = self._lives[one.id] = Live(
            at=datetime.fromisoformat(seen.last) if seen.last >= step else one.begun,
            questions=len(await _results(connection, subject, step)),
            compared_on_step=seen.compared_since(step),
            pairs=seen.pairs(),
            failed=sum(result != _ANSWERED for result in asked),
            asked=len(asked),
        )
        return live


async def _results(connection: Connection, subject: Subject, since: str) -> list[str]:
    """What became of the subject's questions to the new connection."""
    found = await ledger.results(connection, subject.consumer, subject.new, since)
    return [result for types, result in found if subject.types & {(klass, typ) for klass, typ in json.loads(types)}]


async def _as_it_is(connection: Connection, one: Cutover) -> Cutover:
    return next(each for each in await book.all_of(connection) if each.id == one.id)


def _first(known: list[Cutover], subject: Subject, certificate: str, now: datetime) -> State:
    """The first state of a cutover; raises ValueError where one is under way, or was rolled back on the same."""
    same = [one for one in known if _same(one.subject, subject)]
    if any(not one.state.rolled_back and not one.is_complete for one in same):
        raise ValueError("expected no cutover of this consumer and type that is under way")
    back = next((one.state for one in reversed(same) if one.state.certificate == certificate), None)
    return begin(certificate, now, back)


def _same(one: Subject, other: Subject) -> bool:
    return one.consumer == other.consumer and bool(one.types & other.types)


def _said(event: str, one: Cutover) -> None:
    log.info(event, consumer=one.subject.consumer, upstream=one.subject.new, name=one.rule, percent=one.percent)


def in_words(decision: Decision) -> str:
    """A decision, for people."""
    match decision:
        case Hold(lacks=lacks):
            return f"held: {', '.join(lacks)}"
        case Up(percent=share):
            return f"up to {share} %"
        case RollBack(reason=reason):
            return f"rolled back: {reason}"
