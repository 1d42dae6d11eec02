"""Kills a process that writes the ledger at random moments and then holds what left it against what the ledger says.

A Python that has imported the gateway takes a second to start, which two hundred rounds would spend hundreds of times:
so a nursery is started once and forks a child for every round. It is a process without threads or an event loop; all
that a child has of it is modules. The child is either the real `lefi serve`, or a writer that appends as fast as it can
and says that a question is done only after the ledger has said so.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from gateway.cli import app
from gateway.ledger.book import Ledger
from gateway.ledger.settings import LedgerSettings
from gateway.store.tables import PAYLOAD
from gateway.twin.population import population
from gateway.versions import discover
from tests.cli.running import clean_environment
from tests.ledger.places import Place, intent, outcome, verified
from tests.service.running import question, request

THREADS = 6
LONGEST = 0.5
"""Seconds after which a child is killed at the latest."""
PERSONS = tuple(
    number
    for number, one in population().items()
    if any(words in one.about for words in ("sjukpenning in September 2025, paid", "felsvar500", "fk_nere"))
)
"""Of the twin: one who was ill, one for whom it answers with an error, one for whom an agency is down."""
WRITERS = 20

_INTENT = {"kind", "id", "at", "correlation_id", "consumer", "actor", "person", "types", "period_from", "period_to"}
_NEEDED = {
    "intent": _INTENT | {"face", "version", "upstream", "role", "reason"},
    "outcome": {"kind", "id", "at", "result", "sent", "types", "protected"},
}


@dataclass
class Left:
    """What came out of the children before they were killed."""

    answers: set[str] = field(default_factory=set)
    """Correlation ids of answers that were received whole."""
    problems: set[str] = field(default_factory=set)
    """Instances of what was received whole when the agency failed."""
    rounds: int = 0


class Nursery:
    """Forks a child when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = 0

    def start(self, **given: Any) -> None:
        """A child that does what it is given."""
        self._file(self._process.stdin).write(json.dumps(given) + "\n")
        self._file(self._process.stdin).flush()
        self.pid = int(self.said("pid"))

    def said(self, word: str) -> str:
        """The last word of the next line with that word in it, by nursery or child."""
        for line in self._file(self._process.stdout):
            if word in line:
                return line.split()[-1]
            assert "ended" not in line, "the child ended by itself"
        raise AssertionError("the nursery ended")

    def kill(self) -> None:
        """The child's end, without a moment for anything."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.said("ended") == str(-signal.SIGKILL), "the child had ended before it was killed"

    @staticmethod
    def _file(given: IO[str] | None) -> IO[str]:
        assert given is not None
        return given


@contextlib.contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """A nursery; what its children log goes to a file."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.crash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=clean_environment(PYTHONUNBUFFERED="1"),
            cwd=Path(__file__).parent.parent.parent,
        ) as process,
    ):
        try:
            yield Nursery(process)
        finally:
            process.stdin.close() if process.stdin else None
            process.wait(30)


def main() -> None:
    """The nursery itself: a line in, a child, a line out when it has ended."""
    discover()
    for line in sys.stdin:
        given = json.loads(line)
        child = os.fork()
        if not child:
            os.environ.update(given.get("environment", {}))
            if "arguments" in given:
                app(given["arguments"])
            else:
                asyncio.run(_append(Path(given["state"]), given["url"], Path(given["ids"])))
            os._exit(0)
        _say(f"pid {child}")
        _, status = os.waitpid(child, 0)
        _say(f"ended {os.waitstatus_to_exitcode(status)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def _append(state: Path, url: str | None, ids: Path) -> None:
    """The writer: questions without end, each one's id to a file once both its rows are durable."""
    file = os.open(ids, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ledger = Ledger(LedgerSettings(url=url), state)
    await ledger.open()
    _say("writing")

    async def ask() -> None:
        while True:
            asked = intent()
            await ledger.intend(asked)
            await ledger.conclude(outcome(asked))
            os.write(file, f"{asked.correlation_id}\n".encode())

    await asyncio.gather(*(ask() for _ in range(WRITERS)))


def kill_writers(place: Place, forks: Nursery, rounds: int) -> Left:
    """Rounds of the writer, killed each time."""
    ids = place.state.parent / "ids"
    for _ in range(rounds):
        forks.start(state=str(place.state), url=place.settings.url, ids=str(ids))
        forks.said("writing")
        time.sleep(_moment())
        forks.kill()
    return Left(set(ids.read_text("ascii").split()), rounds=rounds)


def kill_gateways(place: Place, forks: Nursery, twin: str, rounds: int) -> Left:
    """Rounds of `lefi serve`, asked by several threads and killed each time."""
    left = Left(rounds=rounds)
    arguments = ["serve", "--port", "0", "--upstream", f"v9={twin}/rest"]
    for _ in range(rounds):
        forks.start(arguments=arguments, environment=place.environment)
        url, over = forks.said("listening"), threading.Event()
        asking = [threading.Thread(target=_ask, args=(url, left, over.is_set)) for _ in range(THREADS)]
        for thread in asking:
            thread.start()
        time.sleep(_moment())
        forks.kill()
        over.set()
        for thread in asking:
            thread.join()
    return left


def _moment() -> float:
    return random.uniform(0.01, LONGEST)  # noqa: S311  nobody is to guess it, but nobody gains by it either


def _ask(url: str, left: Left, over: Callable[[], bool]) -> None:
    while not over():
        # Of many periods: identical questions in flight are asked once, which is not what is looked at here.
        period = {"from": f"2025-0{random.randint(1, 8)}-{random.randint(1, 28):02}", "tom": "2025-12-31"}  # noqa: S311
        body = json.dumps(question(personnummer=random.choice(PERSONS), period=period)).encode()  # noqa: S311
        try:
            reply = request(url, "POST", "/v1/fragor", body=body, headers={"content-type": "application/json"}, wait=5)
            tree = reply.tree  # an answer that was cut off is none
        except (OSError, http.client.HTTPException, ValueError):
            continue
        if reply.status == 200:
            left.answers.add(tree["kalla"]["korrelationsId"])
        elif tree["type"].endswith("upstream-fault"):
            left.problems.add(tree["instance"])


async def held_against(place: Place, left: Left) -> str:
    """Everything that must be true afterwards, or an AssertionError; in one line what was seen."""
    written = place.rows()
    outcomes = {row["id"]: row for row in written if row["kind"] == "outcome"}
    asked: dict[str, list[str]] = {}
    for row in written:
        if row["kind"] == "intent":
            asked.setdefault(row["correlation_id"], []).append(row["id"])
    assert left.answers - asked.keys() == set(), "an answer left without its intent"
    ends = [outcomes.get(one) for answer in left.answers for one in asked[answer]]
    assert None not in ends, "an answer left without its outcome"
    assert {end["result"] for end in ends if end} <= {"answered"}
    assert left.problems - {row["instance"] for row in outcomes.values()} == set(), "a problem left without its outcome"
    torn = [row["seq"] for row in written if _torn(row)]
    assert torn == []
    if place.is_sqlite:
        with place.hands(tied=True) as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    report = await verified(place)
    assert report.damage is None
    assert report.unasked == 0
    assert report.unknown <= left.rounds * max(THREADS, WRITERS)
    return (
        f"{left.rounds} kills, {len(left.answers)} answers and {len(left.problems)} problems left, "
        f"{report.head.seq} rows hold, outcome unknown: {report.unknown}"
    )


def _torn(row: dict[str, Any]) -> bool:
    """Whether a row is anything but whole."""
    needed = _NEEDED[row["kind"]]
    if any(row[name] is None for name in needed) or len(row["digest"]) != 32 or len(row["hash"]) != 32:
        return True
    allowed = needed | {"purpose", "ground", "instance"}
    if any(row[name] is not None for name in PAYLOAD if name not in allowed):
        return True
    datetime.fromisoformat(row["at"])
    return not all(isinstance(part, str) for typ in json.loads(row["types"]) for part in typ)


if __name__ == "__main__":
    main()
