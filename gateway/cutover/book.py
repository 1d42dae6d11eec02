"""Cutovers as they are kept: what is moved, on what it was begun, where it stands, and what became of it."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec

from gateway.cutover.ramp import Ramp, State, percent
from gateway.ledger.rows import moment
from gateway.proof import Subject
from gateway.store import cutovers as store
from gateway.store.database import Connection

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cutover:
    """One cutover."""

    id: str
    subject: Subject
    rule: str
    """The routing rule by which it goes."""
    ramp: Ramp
    begun: datetime
    state: State

    @property
    def percent(self) -> int:
        """The part of the persons that the new version answers about."""
        return percent(self.ramp, self.state)

    @property
    def is_complete(self) -> bool:
        """Whether it stands on its last step."""
        return not self.state.rolled_back and self.state.step + 1 == len(self.ramp.steps)


async def all_of(connection: Connection) -> list[Cutover]:
    """Every cutover, the one that was begun last at the end."""
    return [_cutover(row) for row in await store.all_of(connection)]


def made(subject: Subject, rule: str, ramp: Ramp, state: State) -> Cutover:
    """A cutover that begins."""
    return Cutover(str(uuid.uuid4()), subject, rule, ramp, state.since, state)


async def add(connection: Connection, one: Cutover, why: str) -> None:
    """Keeps a cutover that begins."""
    subject, state = one.subject, one.state
    row = {
        "id": one.id,
        "consumer": subject.consumer,
        "types": json.dumps(sorted(subject.types)),
        "old": subject.old,
        "new": subject.new,
        "rule": one.rule,
        "certificate": state.certificate,
        "ramp": msgspec.json.encode(one.ramp).decode(),
        "begun": moment(state.since),
        **_state(state),
    }
    await store.add(connection, row)
    await _note(connection, one, "begin", why, state.since)


async def change(connection: Connection, one: Cutover, after: State, what: str, why: str) -> Cutover | None:
    """The cutover in its next state; None where somebody else was faster."""
    if not await store.change(connection, one.id, _state(one.state), _state(after)):
        return None
    changed = replace(one, state=after)
    await _note(connection, changed, what, why, after.since)
    return changed


async def _note(connection: Connection, one: Cutover, what: str, why: str, at: datetime) -> None:
    row = {"at": moment(at), "cutover": one.id, "what": what, "percent": one.percent, "reason": why}
    await store.note(connection, row)


def _state(state: State) -> Row:
    return {"step": state.step, "since": moment(state.since), "rolled_back": state.rolled_back}


def _cutover(row: Row) -> Cutover:
    types = frozenset((klass, typ) for klass, typ in json.loads(row["types"]))
    return Cutover(
        row["id"],
        Subject(row["consumer"], types, row["old"], row["new"]),
        row["rule"],
        msgspec.json.decode(row["ramp"], type=Ramp),
        datetime.fromisoformat(row["begun"]),
        State(row["certificate"], row["step"], datetime.fromisoformat(row["since"]), row["rolled_back"]),
    )
