"""`make demo` as it runs without a terminal, and as it is stopped on one."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.running import clean_environment
from tests.conftest import ROOT

DEMO = [sys.executable, "-m", "gateway.demo"]


def servers() -> set[str]:
    """The process ids of every `lefi serve` and `lefi twin` that runs from here."""
    found = set()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().split(b"\0")
        except OSError:  # it has just ended
            continue
        if any(word.endswith(b"bin/lefi") for word in words) and {b"serve", b"twin"} & set(words):
            found.add(each.parent.name)
    return found


def children(of: int) -> set[str]:
    """The processes that a process has started, by their parent's id."""
    found = set()
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = each.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(of):
            found.add(each.parent.name)
    return found


def test_without_a_terminal_it_asks_and_ends() -> None:
    done = subprocess.run(
        DEMO,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Coverage") == 3
    assert done.stdout.count("exit status 0") == 2
    assert "exit status 3: something that was asked is not known" in done.stdout
    assert "the source is down" in done.stdout
    assert "Payments" in done.stdout
    assert "running" not in done.stdout


def test_on_a_terminal_it_stays_until_it_is_stopped_and_leaves_nothing_behind() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(DEMO, cwd=ROOT, stdin=theirs, stdout=subprocess.PIPE, text=True, env=clean_environment())
    try:
        assert process.stdout
        said = ""
        while "Ctrl-C stops them" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        started = children(process.pid)
        assert len(started & servers()) == 2
        assert "/docs" in said
        assert "curl -s http://127.0.0.1:" in said
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert not started & servers()
    finally:
        process.kill()
        process.communicate()
        os.close(ours)
        os.close(theirs)
