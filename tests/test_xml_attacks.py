"""XML that would reach something, fill the memory or be taken for something else: as question and as answer."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.leaks import find_leaks
from tests.service import soap
from tests.service.bad_bodies import SECRET
from tests.service.running import PERSON, House, Reply, Stub, house, request, serve
from tests.service.soap import ANSWER, QUESTION
from tests.service.xml_attacks import ATTACKS, REACHING, SIZES, Attack, Reaching

LIMIT = {"max_answer_bytes": 64 * 1024 * 1024}
SECONDS = 10
PEAK_KIB = 300 * 1024


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    """A gateway between SOAP and SOAP, that reads longer answers than it would by default."""
    with house(name="v7", over=LIMIT) as found:
        yield found


@pytest.fixture
def gateway(running: House, secrets: set[str]) -> Iterator[House]:
    """The gateway; afterwards it answers a good question with a good answer."""
    running.stub.reset()
    running.stub.answer = Reply(200, soap.answer(), soap.XML)
    secrets.add(SECRET)
    yield running
    running.stub.answer = Reply(200, soap.answer(), soap.XML)
    assert soap.post(running.url, soap.question()).status == 200, "the process did not survive"
    assert running.ask().status == 200, "the process did not survive"


def encoded(message: Any) -> bytes:
    return message.encode() if isinstance(message, str) else bytes(message)


def posted(url: str, body: bytes) -> Reply | None:
    """The reply; None where the server answered a body that is too large and closed before it was sent."""
    started = time.monotonic()
    try:
        return soap.post(url, body)
    except (BrokenPipeError, ConnectionResetError):
        assert len(body) > 256 * 1024
        return None
    finally:
        assert time.monotonic() - started < SECONDS


def check_question(url: str, stub: Stub, body: bytes, code: str) -> None:
    """A question is refused as it should be and nothing of it sent, or it is answered."""
    reply = posted(url, body)
    if code and reply is not None:
        soap.fault(reply, code)
        assert stub.received == 0, "bad input was sent upstream"
    elif not code:
        assert reply is not None
        assert reply.status == 200, reply.text
        assert soap.payload(reply) is not None


def check_answer(url: str, stub: Stub, body: bytes, *, refused: bool) -> None:
    """An answer is refused in the words of two faces, after one question each; or it is passed on."""
    stub.answer = Reply(200, body, soap.XML)
    started = time.monotonic()
    ours = request(url, "POST", "/v1/fragor", body=ASKED, headers={"content-type": "application/json"})
    theirs = soap.post(url, soap.question())
    assert time.monotonic() - started < SECONDS
    assert stub.received == 2
    if refused:
        assert (ours.status, ours.tree["type"]) == (502, "urn:lefi-gateway:problem:upstream-invalid-answer")
        assert SECRET not in ours.text
        assert PERSON not in ours.text
        soap.fault(theirs, "Server", felkod="upstream-invalid-answer")
    else:
        assert (ours.status, theirs.status) == (200, 200), ours.text


ASKED = (
    b'{"personnummer":"199001019802","period":{"from":"2025-01-01","tom":"2025-12-31"},'
    b'"informationstyper":[{"klass":"formansinformation","informationstyp":"FK:SJP"}]}'
)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_bad_question_is_refused(gateway: House, attack: Attack) -> None:
    check_question(gateway.url, gateway.stub, encoded(attack.make(QUESTION)), attack.code)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_bad_answer_is_refused(gateway: House, attack: Attack) -> None:
    check_answer(gateway.url, gateway.stub, encoded(attack.make(ANSWER)), refused=attack.answer)


@dataclass(frozen=True)
class Target:
    """Something that must not be opened, and how one sees afterwards that nobody did."""

    address: str
    untouched: Callable[[], bool]


def _file(folder: Path) -> Iterator[Target]:
    path = folder / "marker.txt"
    path.write_text(SECRET)
    os.utime(path, (0, 1_000_000_000))  # under relatime a first reading sets the time of access
    yield Target(path.as_uri(), lambda: path.stat().st_atime == 0)


def _pipe(folder: Path) -> Iterator[Target]:
    """Whoever opens it to read waits for a writer, for ever: the question would never be answered."""
    path = folder / "pipe"
    os.mkfifo(path)
    yield Target(path.as_uri(), lambda: True)


def _listener(_: Path) -> Iterator[Target]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)

        def untouched() -> bool:
            try:
                listener.accept()[0].close()
            except BlockingIOError:
                return True
            return False

        yield Target(f"http://127.0.0.1:{listener.getsockname()[1]}/{SECRET}", untouched)


@pytest.fixture(params=[_file, _pipe, _listener], ids=["file", "pipe", "address"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    yield from request.param(tmp_path)


@pytest.mark.parametrize("attack", REACHING, ids=lambda attack: attack.name)
def test_a_question_opens_nothing(gateway: House, attack: Reaching, target: Target) -> None:
    body = attack.make(QUESTION, target.address).encode()
    check_question(gateway.url, gateway.stub, body, "" if attack.harmless else "Client")
    assert target.untouched()
    assert all(SECRET.encode() not in one.body for one in gateway.stub.questions)


@pytest.mark.parametrize("attack", REACHING, ids=lambda attack: attack.name)
def test_an_answer_opens_nothing(gateway: House, attack: Reaching, target: Target) -> None:
    """An inclusion in a value is an element that the schema has not: the value is odd, and nothing is included."""
    gateway.stub.answer = Reply(200, attack.make(ANSWER, target.address).encode(), soap.XML)
    started = time.monotonic()
    reply = gateway.ask()
    assert time.monotonic() - started < SECONDS
    odd = attack.harmless or attack.name.startswith("XInclude")
    assert reply.status in ((200, 502) if odd else (502,)), reply.text
    assert target.untouched()
    if reply.status == 502:
        assert SECRET not in reply.text


def test_the_attacks_are_attacks(tmp_path: Path) -> None:
    """A parser that is set up carelessly puts the file's text into the message and the entities too."""
    (target,) = _file(tmp_path)
    careless = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)
    (attack,) = (each for each in REACHING if each.name == "entity")
    read = etree.fromstring(attack.make(QUESTION, target.address).encode(), careless)
    assert SECRET in "".join(str(each) for each in read.itertext())
    included = next(each for each in REACHING if each.name == "XInclude as text")
    tree = etree.fromstring(included.make(QUESTION, target.address).encode())
    tree.getroottree().xinclude()
    assert SECRET in "".join(str(each) for each in tree.itertext())


def peak(process: int) -> int:
    """The most memory that a process ever had, in KiB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])


@contextlib.contextmanager
def started(stub: str, folder: Path) -> Iterator[tuple[str, int]]:
    """A gateway as a process of its own: its address and its number."""
    config = folder / "lefi.toml"
    config.write_text(f'[upstreams.v7]\nurl = "{stub}/ws"\nmax_answer_bytes = {LIMIT["max_answer_bytes"]}\n')
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "serve", "--port", "0"]
    output = (folder / "output.txt").open("w+b")
    with output, subprocess.Popen([*command, "--config", config], stdout=output, stderr=output) as process:
        try:
            yield _address(folder / "output.txt", process), process.pid
        finally:
            process.terminate()


def _address(output: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for line in output.read_text("utf-8").splitlines():
            if "listening on" in line:
                return line.rpartition(" ")[2]
        time.sleep(0.02)
    pytest.fail("the gateway did not start")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of memory is read from /proc")
def test_all_attacks_together_take_little_memory(tmp_path: Path) -> None:
    stub = Stub()
    with serve(stub) as stub.url, started(stub.url, tmp_path) as (url, number):
        before = peak(number)
        for attack in ATTACKS:
            stub.reset()
            stub.answer = Reply(200, soap.answer(), soap.XML)
            check_question(url, stub, encoded(attack.make(QUESTION)), attack.code)
            stub.reset()
            check_answer(url, stub, encoded(attack.make(ANSWER)), refused=attack.answer)
        after = peak(number)
    print(f"peak of memory: {before // 1024} MiB at the start, {after // 1024} MiB after {2 * len(ATTACKS)} attacks")  # noqa: T201  for -s
    assert len(SIZES) > 10
    assert after < PEAK_KIB
    assert find_leaks((tmp_path / "output.txt").read_text("utf-8"), {SECRET}) == []
