"""A whole migration: a consumer on version 7's SOAP never notices that it is answered from version 9."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.cli.running import Done, here
from tests.contracts.compare import where
from tests.service.move import OPTIONS, Stage, content, stage
from tests.service.running import Reply
from tests.service.several import rows

PEOPLE = 44
RATE = ("--rate", "0.1", "--share", "0")
SIDES = ("--from", "v7", "--to", "v9")
CUTOVER = """
[cutover]
public_key = "{folder}/cutover.pub"
rate = 0.1
interval_seconds = 0.2
[[cutover.steps]]
percent = 25
questions = 3
pairs = 3
[[cutover.steps]]
percent = 60
questions = 8
pairs = 8
[[cutover.steps]]
percent = 100
"""


@pytest.fixture
def migration(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with stage(PEOPLE, monkeypatch) as found:
        yield found


def lefi(found: Stage, *arguments: str, status: int = 0) -> Done:
    done = here(*arguments, "--config", str(found.config))
    assert done.status == status, (arguments, done)
    return done


def until(what: Callable[[], bool], about: str, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, about
        time.sleep(0.1)


def told(found: Stage, replies: dict[str, Reply], *upstreams: str) -> None:
    """The client was told the truth, as one of these versions has it."""
    assert true(found, replies, *upstreams)


def true(found: Stage, replies: dict[str, Reply], *upstreams: str) -> bool:
    expected = [found.truths(one) for one in upstreams]
    return all(any(where(each[mine], content(reply)) == [] for each in expected) for mine, reply in replies.items())


def all_by(found: Stage, upstream: str) -> None:
    """The client asks until everybody's answer is this version's: a gateway takes a moment to follow a changed file."""
    until(lambda: true(found, found.everybody(), upstream), f"all are answered from {upstream}")


def goes_up(found: Stage, after: str) -> None:
    """The client asks, and is told the truth all the while, until so many are moved over."""

    def asked() -> bool:
        told(found, found.everybody(), "v7", "v9")
        said = lefi(found, "cutover", "status").out
        return f"): {after}" in said or "): 100 %" in said  # it may have gone up twice since the last look

    until(asked, f"it goes up to {after} by itself")


def stands(found: Stage, words: str) -> Callable[[], bool]:
    return lambda: words in lefi(found, "cutover", "status").out


def pairs_kept(found: Stage, count: int) -> Callable[[], bool]:
    def there() -> bool:
        lines = lefi(found, "evidence").out.splitlines()
        return sum(int(line.split()[3]) for line in lines if line.startswith("kommunen")) >= count

    return there


def certify(found: Stage) -> None:
    """Evidence, and a certificate on it."""
    evidence = lefi(found, "evidence", *OPTIONS, *SIDES, *RATE)
    assert evidence.out.count("holds") == 3
    key, made = str(found.folder / "cutover.key"), str(found.folder / "certificate.json")
    lefi(found, "certificate", "issue", "--key", key, "--output", made, *OPTIONS, *SIDES, *RATE)


def test_the_soap_client_never_notices(migration: Stage) -> None:
    found = migration
    assert here("certificate", "key", "--output", str(found.folder / "cutover.key")).status == 0
    found.configure(CUTOVER.format(folder=found.folder))
    with found.gateway():
        # A campaign: version 7 answers, version 9 is asked too. Its pairs are the evidence.
        told(found, found.everybody(), "v7")
        until(pairs_kept(found, PEOPLE), "every pair is kept")
        certify(found)
        begin = ("cutover", "--certificate", str(found.folder / "certificate.json"))
        lefi(found, *begin)
        until(lambda: "percent = 25" in found.routing.read_text(), "the file leads a quarter over")
        goes_up(found, "60 %")

        # Version 9 says wrong amounts: whoever is on the new side is told them, until all are moved back.
        found.proxy.spoils = True

        def moved_back() -> bool:
            found.everybody()
            return stands(found, "rolled back: ")()

        until(moved_back, "it goes back by itself")
        assert "pairs disagree" in lefi(found, "cutover", "status").out
        assert 'prefer = "v7"' in found.routing.read_text()
        assert "canary" not in found.routing.read_text()
        all_by(found, "v7")
        lefi(found, *begin, status=2)  # not again on what was not kept

        # It is mended; new evidence, another certificate.
        lefi(found, "evidence", *OPTIONS, *SIDES, *RATE, status=1)
        found.proxy.spoils = False
        mended = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + 1))
        time.sleep(1.5)
        told(found, found.everybody(), "v7")
        until(lambda: not here("evidence", *OPTIONS, *SIDES, *RATE, "--since", mended, "--config", str(found.config)).status, "it holds")  # fmt: skip  # noqa: E501
        key, made = str(found.folder / "cutover.key"), str(found.folder / "certificate.json")
        lefi(found, "certificate", "issue", "--key", key, "--output", made, *OPTIONS, *SIDES, *RATE, "--since", mended)
        lefi(found, *begin)
        for after in ("60 %", "100 %"):
            goes_up(found, after)
        all_by(found, "v9")

    # Version 7 reaches its end of life, and its service is closed.
    found.stack.close()
    end = '[lifecycle.versions.v7]\nends = 2026-01-01\nsource = "the test"\n'
    found.config.write_text(found.config.read_text() + end, encoding="utf-8")
    with found.gateway():
        told(found, found.everybody(), "v9")
    last = [row for row in rows(found.settings()) if row["kind"] == "intent"][-PEOPLE:]
    assert {(row["upstream"], row["role"]) for row in last} == {("v9", "primary")}
    became = [line.split()[1] for line in lefi(found, "cutover", "status").out.splitlines() if line.startswith("  ")]
    back = became.index("rollback")
    # How far up it had come when the wrong amounts were seen is a matter of moments; that it goes back at once is not.
    assert became[:back] in (["begin", "up"], ["begin", "up", "up"])
    assert became[back:] == ["rollback", "begin", "up", "up"]
