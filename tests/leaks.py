"""Nothing that a process writes by itself may hold a person's value: what is written during every test is read.

Rule 1  Every log record that reaches a handler is read, of every logger, ours and foreign, at DEBUG: its message, its
        arguments, its extra fields and the messages of its exception with all causes. Loggers that do not propagate
        count too, so the watch sits in `logging.Logger.callHandlers` and not in a handler of the root logger.
Rule 2  Captured stdout and stderr are read after the test: from the report, so that capsys and capfd stay free for
        the test. What a test took with `readouterr()`, or through a pipe, is the test's own to judge: `find_leaks`.
Rule 3  A leak is a string in the shape of a personnummer with a possible date, or one of the test's own `secrets`.
Rule 4  The finding names the logger and hides the value, like everything else here.

Source lines of tracebacks are not read: they are code, and the code of a test names invented persons on purpose.
"""

from __future__ import annotations

import logging
import re
from calendar import monthrange
from collections.abc import Generator, Iterable, Sequence
from functools import lru_cache
from traceback import TracebackException

import pytest

# Twelve digits stand alone when no digit is next to them. Ten are so common inside hashes, addresses and the decimals
# of durations that a letter beside them, or a decimal point before them, says that they are part of something else.
_SEPARATOR = r"[-+\u2010-\u2015\u2212]?"
_TWELVE = re.compile(
    rf"(?<![0-9])(?<![0-9]\.)((?:18|19|20)[0-9]{{2}})([0-9]{{2}})([0-9]{{2}}){_SEPARATOR}[0-9]{{4}}(?![0-9])"
)
_TEN = re.compile(rf"(?<![^\W_])(?<![0-9]\.)([0-9]{{2}})([0-9]{{2}})([0-9]{{2}}){_SEPARATOR}[0-9]{{4}}(?![^\W_])")
# One random UUID in some thousands ends in twelve digits with a possible date. The whole form is required.
_UUID = re.compile(r"(?<![0-9A-Za-z-])([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9A-Za-z-])")
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SAMORDNINGSNUMMER = 60  # is added to the day

# What the fixture leaves for the report of the same test.
LOGGED = pytest.StashKey[Sequence[str]]()
SECRETS = pytest.StashKey[Iterable[str]]()
RED = pytest.StashKey[bool]()


def _possible(year: str, month: str, day: str) -> bool:
    """Whether the date part can be one; two-digit years are read as leap years where either century makes them one."""
    years = [int(year)] if len(year) == 4 else [1900 + int(year), 2000 + int(year)]
    date = int(day) - _SAMORDNINGSNUMMER if int(day) > _SAMORDNINGSNUMMER else int(day)
    return 1 <= int(month) <= 12 and any(1 <= date <= monthrange(each, int(month))[1] for each in years)


def _hidden(hit: re.Match[str]) -> str:
    return "<personnummer>" if _possible(*hit.groups()) else hit[0]


@lru_cache(maxsize=256)
def _as_word(secret: str) -> re.Pattern[str]:
    """A secret as a whole word: the amount 100 is not found in 41003."""
    return re.compile(rf"(?<![^\W_]){re.escape(secret)}(?![^\W_])", re.IGNORECASE)


def hide(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the values in it."""
    parts = _UUID.split(text)
    for shape in (_TWELVE, _TEN):
        parts[::2] = [shape.sub(_hidden, part) for part in parts[::2]]
    text = "".join(parts)
    for secret in secrets:
        text = _as_word(secret).sub("<secret>", text)
    return text


def find_leaks(text: str, secrets: Iterable[str] = ()) -> list[str]:
    """The lines of the text that hold a value, with the values hidden."""
    secrets = tuple(secrets)
    return [hidden for line in text.splitlines() if (hidden := hide(line, secrets)) != line]


def _messages(error: BaseException | None, seen: set[int]) -> Iterable[str]:
    """The texts of an exception, its notes, its group, its cause and its context."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield from TracebackException.from_exception(error).format_exception_only()
    for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
        yield from _messages(inner, seen)
    yield from _messages(error.__cause__, seen)
    yield from _messages(error.__context__, seen)


def text_of(record: logging.LogRecord) -> str:
    """Everything of a record that any formatter could write."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError):  # arguments that do not fit the format: logging prints both to stderr
        message = str(record.msg)
    parts = [record.name, message, repr(record.args), record.exc_text or "", record.stack_info or ""]
    parts += [f"{name}={value!r} {value}" for name, value in vars(record).items() if name not in _STANDARD_FIELDS]
    if record.exc_info:
        parts += _messages(record.exc_info[1], set())
    return "\n".join(parts)


@pytest.fixture
def secrets() -> set[str]:
    """The values of this test that nothing may write: names, amounts, addresses. Add to it before the act."""
    return set()


@pytest.fixture(autouse=True)
def leak_watch(request: pytest.FixtureRequest, secrets: set[str]) -> Generator[None, None, None]:
    """Read every log record of the test; `pytest_runtest_makereport` judges what was found."""
    written: dict[tuple[str, str], None] = {}  # an ordered set: a property test logs the same line thousands of times
    call_handlers = logging.Logger.callHandlers

    def read_too(self: logging.Logger, record: logging.LogRecord) -> None:
        written[f"{record.levelname} of logger {record.name}", text_of(record)] = None
        call_handlers(self, record)

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    # Its own MonkeyPatch: a test that calls monkeypatch.undo() must not take the watch away.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logging.Logger, "callHandlers", read_too)
        yield
    root.setLevel(level)
    # Judged at the end, so that a secret that is added after the record was written counts as well.
    request.node.stash[SECRETS] = frozenset(secrets)
    request.node.stash[LOGGED] = [f"{where}: {leak}" for where, text in written for leak in find_leaks(text, secrets)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the test end in an error when anything was found. A test that is red anyhow is mended first."""
    report = yield
    item.stash[RED] = item.stash.get(RED, False) or report.failed
    if call.when != "teardown" or item.stash[RED]:
        return report
    findings = [*item.stash.get(LOGGED, ())]
    values = item.stash.get(SECRETS, ())
    if item.get_closest_marker("prints_values") is None:
        for title, text in report.sections:
            if title.startswith(("Captured stdout", "Captured stderr")):
                findings += [f"{title}: {leak}" for leak in find_leaks(text, values)]
    if findings:
        report.outcome = "failed"
        report.longrepr = "\n".join(["persons' values were written during the test:", *dict.fromkeys(findings)])
    return report
