"""Kills whoever works at an order at random moments; a nursery forks the workers, as in tests.ledger.crash.

Several of the nursery's children may live at once: each is started, killed and waited for by its process id.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.cli import app
from gateway.versions import discover
from tests.cli.running import clean_environment
from tests.conftest import ROOT


class Nursery:
    """Forks a command of ours when it is told to."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, arguments: list[str], environment: dict[str, str], says: str) -> tuple[int, str]:
        """A child, once it has said that it is there: its id, and the last word of what it said."""
        self._tell(start=arguments, environment=environment)
        pid = int(self._heard("pid").split()[-1])
        return pid, self._heard(says).split()[-1] if says else ""

    def kill(self, pid: int) -> None:
        """The child's end, without a moment for anything."""
        os.kill(pid, signal.SIGKILL)
        assert self.ended(pid) == -signal.SIGKILL, "the child had ended before it was killed"

    def ended(self, pid: int) -> int:
        """The status with which a child ends, once it has."""
        self._tell(reap=pid)
        return int(self._heard("ended").split()[-1])

    def _tell(self, **what: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()

    def _heard(self, word: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if word in line:
                return line
        raise AssertionError("the nursery ended")


@contextlib.contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """A nursery; what its children log goes to a file."""
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "tests.orders.crash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=clean_environment(PYTHONUNBUFFERED="1"),
            cwd=ROOT,
        ) as process,
    ):
        try:
            yield Nursery(process)
        finally:
            process.stdin.close() if process.stdin else None
            process.wait(30)


def main() -> None:
    """The nursery itself: lines in, children, lines out; its children end with it."""
    discover()
    children: set[int] = set()
    for line in sys.stdin:
        given = json.loads(line)
        if "reap" in given:
            children.discard(given["reap"])
            _, status = os.waitpid(given["reap"], 0)
            _say(f"ended {os.waitstatus_to_exitcode(status)}")
            continue
        child = os.fork()
        if not child:
            os.environ.update(given["environment"])
            app(given["start"])
            os._exit(0)
        children.add(child)
        _say(f"pid {child}")
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
