"""`make demo`: twin and gateway by their real commands, a few questions, and what is answered to them.

On a terminal both stay up until Ctrl-C, so that one can go on asking; without one the demonstration ends by itself.
Nothing of it is left behind: the two processes are ended whatever happens here.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from gateway.twin.population import population

_LEFI = Path(sys.executable).parent / "lefi"
_READY = "listening on"
_START_SECONDS = 90
_STOP_SECONDS = 40
_NOT_KNOWN = 3


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: whom, by words of the twin's description of a person, and the status of `lefi ask`."""

    headline: str
    person: str
    types: tuple[str, ...]
    period: tuple[str, str]
    status: int = 0


QUESTIONS = (
    Question(
        "A person who was ill in September: the decision, the payments, and who the person is.",
        "sjukpenning in September 2025, paid",
        ("FK:SJP", "utbetalningar/FK:SJP", "FK:GEPI"),
        ("2025-01-01", "2025-12-31"),
    ),
    Question(
        "A pensioner, whom another agency pays: the payments have the same shape.",
        "allmän pension decided by Pensionsmyndigheten",
        ("utbetalningar/PM:AP", "preliminara_utbetalningar/PM:AP"),
        ("2026-04-01", "2026-05-31"),
    ),
    Question(
        "One agency is down. The answer says so: what did not come is NOT KNOWN, which is not the same as nothing.",
        "MAGIC fk_nere",
        ("FK:SJP", "utbetalningar/FK:SJP", "PM:AP"),
        ("2025-01-01", "2025-12-31"),
        _NOT_KNOWN,
    ),
)


class DemoError(Exception):
    """The demonstration could not be given."""


def main() -> int:
    """The whole demonstration; 0 when every question was answered as expected."""
    # Said outright: a shell that starts a command in the background has it ignore Ctrl-C's signal.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    try:
        with (
            _own_state(),
            started("twin", "--port", "0") as twin,
            started("serve", "--port", "0", "--upstream", f"v9={twin}/rest") as url,
        ):
            for question in QUESTIONS:
                _ask(url, question)
            if sys.stdin.isatty():
                _stay(twin, url)
    except DemoError as error:
        print(f"the demonstration failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
    return 0


@contextlib.contextmanager
def _own_state() -> Iterator[None]:
    """A folder for the gateway's ledger that is nobody else's, until the demonstration is over."""
    with tempfile.TemporaryDirectory(prefix="lefi-demo-") as folder:
        os.environ["LEFI_STATE"] = folder
        yield


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[str]:
    """A `lefi` command that serves, with the address that it says it listens on; ended at the end.

    Raises DemoError, with what the command said, when it does not listen in time.
    """
    # In a session of its own: Ctrl-C is for us, and we end it in good order.
    with subprocess.Popen(  # noqa: S603  our own command
        [_LEFI, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        complaints: list[str] = []
        # Both streams are read to their ends, all the time: a full pipe would stop the server.
        readers = [
            threading.Thread(target=_read_out, args=(process.stdout, said)),
            threading.Thread(target=_keep_last, args=(process.stderr, complaints)),
        ]
        for reader in readers:
            reader.start()
        try:
            address = _address(said)
            if address:
                yield address
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            for reader in readers:
                reader.join()
    if not address:
        raise DemoError(f"`lefi {arguments[0]}` did not start: {' '.join(complaints) or 'it said nothing'}")


def _address(said: queue.SimpleQueue[str | None]) -> str:
    """The address that a server says it listens on; empty when it ends, or takes too long, without saying one."""
    with contextlib.suppress(queue.Empty):
        while (line := said.get(timeout=_START_SECONDS)) is not None:
            if _READY in line:
                return line.split()[-1]
    return ""


def _read_out(stream: IO[str] | None, said: queue.SimpleQueue[str | None]) -> None:
    for line in stream or ():
        said.put(line)
    said.put(None)


def _keep_last(stream: IO[str] | None, kept: list[str]) -> None:
    for line in stream or ():
        kept[:] = [*kept[-4:], line.strip()]


def _ask(url: str, question: Question) -> None:
    types = [part for typ in question.types for part in ("--typ", typ)]
    period = ["--from", question.period[0], "--tom", question.period[1]]
    arguments = ["ask", _number(question.person), *types, *period, "--url", url]
    print(f"\n{'=' * 100}\n{question.headline}\n\n$ lefi {' '.join(arguments)}\n", flush=True)
    status = subprocess.run([_LEFI, *arguments], check=False).returncode  # noqa: S603  our own command
    print(f"\nexit status {status}" + (": something that was asked is not known" if status == _NOT_KNOWN else ""))
    if status != question.status:
        msg = f"expected status {question.status}"
        raise DemoError(msg)


def _number(person: str) -> str:
    return next(number for number, one in population().items() if person in one.about)


def _stay(twin: str, url: str) -> None:
    body = (
        f'{{"personnummer": "{_number(QUESTIONS[0].person)}", "period": {{"from": "2025-01-01", "tom": "2025-12-31"}}, '
        '"informationstyper": [{"klass": "formansinformation", "informationstyp": "FK:SJP"}]}'
    )
    print(f"\n{'=' * 100}\nBoth are still running. Try:\n")
    print(f"  the API, to read and to try   {url}/docs")
    print(f"  the twin's persons            {twin}/")
    print(f"  a question                    curl -s {url}/v1/fragor -H 'content-type: application/json' -d '{body}'")
    print("\nCtrl-C stops them.", flush=True)
    signal.pause()


def _stop(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
