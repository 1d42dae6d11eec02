"""What a shadow does to the answer in front: nothing, whatever it comes to."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from gateway.demo import started
from gateway.settings import Settings
from tests.faults.misbehaving import KINDS, misbehaving
from tests.service.running import Reply, Stub, fresh_folder, question, request, says, serve, states
from tests.service.several import rows, several

SJP = ("formansinformation", "FK:SJP")
RULES = """
[[rules]]
name = "shadowed"
consumers = "*"
types = ["*"]
prefer = "old"
shadow = { to = "new", percent = 100 }
"""
HOW_MANY, WARM = 100, 20
HEADERS = {"content-type": "application/json"}


def plain(reply: Reply) -> Any:
    """An answer without what differs from question to question."""
    tree = reply.tree
    tree["kalla"] = {name: value for name, value in tree["kalla"].items() if name in ("version", "uppstroms")}
    return tree


@pytest.fixture(scope="module")
def agency() -> Iterator[Stub]:
    stub = Stub()
    with serve(stub) as stub.url:
        stub.answer = says({"utlamnare": states(), "formansinformation": {}})
        yield stub


def gateway_before(folder: Path, agency: Stub, shadow: str | None) -> list[str]:
    """The arguments of a gateway with, or without, a shadow."""
    upstreams: dict[str, dict[str, Any]] = {
        "old": {"version": "v9", "url": f"{agency.url}/rest"},
        "new": {"version": "v9", "url": shadow or agency.url, "shadow_per_minute": 100_000, "total_seconds": 3},
    }
    lines = []
    if shadow is not None:
        (folder / "routing.toml").write_text(RULES, encoding="utf-8")
        lines.append(f'routing = "{folder}/routing.toml"')
    for name, one in upstreams.items():
        lines += [f"[upstreams.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in one.items())]
    (folder / "gateway.toml").write_text("\n".join(lines), encoding="utf-8")
    return ["serve", "--port", "0", "--config", str(folder / "gateway.toml")]


def timed(url: str) -> tuple[list[float], list[Reply]]:
    """Seconds and answers of a row of questions, once the gateway is warm."""
    body = json.dumps(question(SJP)).encode()
    for _ in range(WARM):
        request(url, "POST", "/v1/fragor", body=body, headers=HEADERS)
    seconds, replies = [], []
    for _ in range(HOW_MANY):
        start = time.perf_counter()
        replies.append(request(url, "POST", "/v1/fragor", body=body, headers=HEADERS))
        seconds.append(time.perf_counter() - start)
    return seconds, replies


def p99(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)]


@pytest.fixture(scope="module")
def alone(agency: Stub) -> tuple[list[float], list[Reply]]:
    """How it is without any shadow."""
    with started(*gateway_before(Path(fresh_folder()), agency, None)) as url:
        return timed(url)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shadow_that_misbehaves_changes_neither_answer_nor_status_nor_latency(
    agency: Stub, alone: tuple[list[float], list[Reply]], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without, expected = alone
    folder = Path(fresh_folder())
    monkeypatch.setenv("LEFI_STATE", str(folder / "state"))
    with misbehaving(kind) as shadow, started(*gateway_before(folder, agency, shadow)) as url:
        seconds, replies = timed(url)
    assert [one.status for one in replies] == [200] * HOW_MANY
    assert all(plain(one) == plain(expected[0]) for one in replies)
    sys.stdout.write(
        f"\n{kind}: median {median(without) * 1e3:.1f} ms alone, {median(seconds) * 1e3:.1f} ms with the shadow; "
        f"p99 {p99(without) * 1e3:.1f} ms alone, {p99(seconds) * 1e3:.1f} ms with it\n"
    )
    # Noise on a shared machine is some tens of milliseconds; a shadow that is waited for would be seconds.
    assert p99(seconds) < 3 * p99(without) + 0.15
    asked = [row for row in rows(_settings(folder)) if row["kind"] == "intent" and row["role"] == "shadow"]
    assert asked, "the shadow was asked, and is accounted for"


def _settings(folder: Path) -> Settings:
    return Settings.model_validate({"state": folder / "state"})


def test_a_shadow_is_a_disclosure_of_its_own_and_the_answer_does_not_wait_for_it() -> None:
    with several(RULES) as found:
        found.stubs["new"].answer = says({"utlamnare": states()}, delay=1.0)
        start = time.monotonic()
        reply = found.ask(question(SJP))
        took = time.monotonic() - start
        assert reply.status == 200
        assert took < 0.9
        deadline = time.monotonic() + 10
        while len(found.ledger()) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        written = [(row["kind"], row["role"], row["upstream"], row["reason"]) for row in found.ledger()]
        assert [row for row in written if row[0] == "intent"] == [
            ("intent", "primary", "old", "preferred:shadowed"),
            ("intent", "shadow", "new", "shadow:shadowed"),
        ]
        assert found.asked() == {"old": 1, "new": 1}
        correlated = {row["correlation_id"] for row in found.ledger() if row["kind"] == "intent"}
        assert correlated == {reply.tree["kalla"]["korrelationsId"]}


def test_no_more_shadows_are_asked_than_the_budget_allows() -> None:
    over = {"new": {"shadow_per_minute": 3}}
    with several(RULES, over=over) as found:
        for _ in range(8):
            assert found.ask(question(SJP)).status == 200
        deadline = time.monotonic() + 5
        while found.asked()["new"] < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        assert found.asked() == {"old": 8, "new": 3}
