"""The watches of conftest.py can fail: each is shown a test that does what it forbids."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from pathlib import Path

import pytest
import uvloop

from tests.leaks import find_leaks, text_of
from tests.offline import ForbiddenNetworkError

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
# Test number of Skatteverket's series; put together here so that no line of this file's output shows it whole.
DATE, LAST = "19740702", "9284"
WHOLE = DATE + LAST


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        f"{DATE}-{LAST}",
        f"{DATE}+{LAST}",
        WHOLE[2:],
        f"{DATE[2:]}-{LAST}",
        f"{DATE[2:]}+{LAST}",
        f"{DATE}\u2013{LAST}",
        f"19740762{LAST}",
        f"740762-{LAST}",
        f"https://host/personer/{WHOLE}?x=1",
        f"pnr{WHOLE}x",
        f"{{'personnummer': '{WHOLE}'}}",
        f"an error.\nsecond line {WHOLE[2:]}.",
        "000229-0005",
    ],
)
def test_a_personnummer_is_found_in_every_spelling(text: str) -> None:
    leaks = find_leaks(text)
    assert len(leaks) == 1
    assert LAST not in leaks[0]


@pytest.mark.parametrize(
    "text",
    [
        "197413029284",  # no month 13
        "19740732-9284",  # no day 32
        "740230-9284",  # no 30 February
        "19740792-9284",  # samordningsnummer end at day 31 + 60
        "1764000000",  # seconds since 1970
        "176400000012",  # and longer numbers
        "202100-5521",  # organisation numbers have no month
        "20251123045712",  # a time with 14 digits
        "2025-11-23T04:57:12.740702Z",
        "took 0.7407029284 s",
        "9f7407029284ab",  # ten digits inside a hash
        f"urn:uuid:944e3578-eeae-44c9-b9f2-{WHOLE}",  # the node of a random UUID
    ],
)
def test_other_numbers_are_let_through(text: str) -> None:
    assert find_leaks(text) == []


def test_secrets_are_whole_words() -> None:
    assert find_leaks("Anna has 100 kr", {"anna"}) == ["<secret> has 100 kr"]
    assert find_leaks("Anna has 100 kr", {"100"}) == ["Anna has <secret> kr"]
    assert find_leaks("Annas, 41003 and 1000", {"anna", "100"}) == []


def test_extra_fields_and_all_causes_of_an_exception_are_read() -> None:
    record = logging.makeLogRecord({"name": "ours", "msg": "%s %s", "args": ("a", "b"), "person": "extra"})
    try:
        try:
            raise ValueError("inner")
        except ValueError as inner:
            raise ExceptionGroup("outer", [KeyError("grouped")]) from inner
    except ExceptionGroup as error:
        error.add_note("a note")
        record.exc_info = (type(error), error, error.__traceback__)
    text = text_of(record)
    assert all(part in text for part in ("a b", "extra", "inner", "outer", "grouped", "a note"))


# Each body is run as a test of its own under the watch. {n} becomes an invented personnummer inside the running test.
LEAKING = {
    "message": "logging.getLogger('ours').info('asked about %s' % n)",
    "args": "logging.getLogger('ours').info('asked about %s', n)",
    "debug of a foreign logger": "logging.getLogger('httpx').debug('GET /%s', n)",
    "logger that does not propagate": "log = logging.getLogger('x'); log.propagate = False; log.warning(n)",
    "extra field": "logging.getLogger('ours').info('asked', extra={'person': n})",
    "exception": "\n    try: int('x' + n)\n    except ValueError: logging.getLogger('ours').exception('failed')",
    "cause of an exception": (
        "\n    try:\n        try: int('x' + n)\n        except ValueError as e: raise OSError('down') from e"
        "\n    except OSError: logging.getLogger('ours').exception('failed')"
    ),
    "secret": "secrets.add('Gunvor'); logging.getLogger('ours').info('Gunvor was here')",
    "secret added later": "logging.getLogger('ours').info('Gunvor was here'); secrets.add('Gunvor')",
    "stdout": "print(n)",
    "stderr": "print(n, file=sys.stderr)",
    "child process": "subprocess.run(['echo', n], check=True)",
    "secret on stdout": "secrets.add('Gunvor'); print('Gunvor')",
    "unread capsys": "capsys = request.getfixturevalue('capsys'); print(n)",
}
HARMLESS = {
    "nothing said": "logging.getLogger('ours').info('asked about %s', 'somebody')",
    "own judgement": "capsys = request.getfixturevalue('capsys'); print(n); assert n in capsys.readouterr().out",
}
MARKED = "@pytest.mark.prints_values('shows an answer')\ndef test_it(n): print(n)"
INNER_CONFTEST = f"""
import pytest
from tests.leaks import leak_watch, pytest_runtest_makereport, secrets

@pytest.fixture
def n():
    return {DATE!r} + {LAST!r}

def pytest_configure(config):
    config.addinivalue_line("markers", "prints_values(reason): as in the project")
"""


@pytest.mark.prints_values("shows the inner run")
def test_a_test_that_leaks_ends_in_an_error(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """One inner run for all of them: starting pytest is what costs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest(INNER_CONFTEST)
    heading = "import logging, subprocess, sys, pytest\n"
    bodies = [*LEAKING.values(), *HARMLESS.values()]
    tests = [f"def test_{i}(n, secrets, request): {body}\n" for i, body in enumerate(bodies)]
    pytester.makepyfile(heading + "\n".join([*tests, MARKED]))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist", "-rE")
    result.assert_outcomes(passed=len(bodies) + 1, errors=len(LEAKING))
    red = {int(line.rpartition("_")[2].split()[0]) for line in result.outlines if line.startswith("ERROR test_")}
    assert red == set(range(len(LEAKING)))
    assert WHOLE not in "\n".join(line for line in result.outlines if "<personnummer>" in line)


def _reach_by_socket(address: tuple[str, int]) -> None:
    with socket.socket() as sock:
        sock.connect(address)


def test_sockets_reach_loopback_only(network_attempts: list[str]) -> None:
    with pytest.raises(ForbiddenNetworkError):
        _reach_by_socket(("192.0.2.1", 80))
    with pytest.raises(ForbiddenNetworkError), socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(ForbiddenNetworkError):
        socket.getaddrinfo("example.org", 443)
    assert len(network_attempts) == 3
    network_attempts.clear()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert socket.getaddrinfo("localhost", 80)


def test_names_that_cannot_exist_are_unknown_hosts() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("upstream.invalid", 443)


async def _reach_by_event_loop(host: str) -> None:
    with pytest.raises(ForbiddenNetworkError):
        await asyncio.open_connection(host, 80)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
async def test_asyncio_reaches_loopback_only(host: str, network_attempts: list[str]) -> None:
    await _reach_by_event_loop(host)
    assert network_attempts
    network_attempts.clear()


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
def test_uvloop_reaches_loopback_only(host: str, network_attempts: list[str]) -> None:
    uvloop.run(_reach_by_event_loop(host))
    assert network_attempts
    network_attempts.clear()


def test_an_attempt_that_was_swallowed_makes_the_test_fail(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.fspath(ROOT))
    pytester.makeconftest("from tests.offline import _only_loopback, network_attempts")
    pytester.makepyfile(
        """
        import contextlib, socket

        def test_it():
            with contextlib.suppress(Exception), socket.socket() as sock:
                sock.connect(("192.0.2.1", 80))
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:xdist")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*connecting to 192.0.2.1*"])
