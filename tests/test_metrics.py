"""Metrics: a real scrape of a real `lefi serve`, what is counted, and that no label can hold anything of a person."""

from __future__ import annotations

import re
import socket
import threading
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from gateway.demo import DemoError, started
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.settings import Lifecycle
from gateway.metrics import Metrics
from gateway.settings import ConfigurationError, load
from tests.cli.running import lefi
from tests.leaks import find_leaks
from tests.service.running import PERSON, request

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
ENDS = {"versions": {"v9": {"ends": "2027-01-01"}}}


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


def samples(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def metrics() -> Metrics:
    return Metrics(Registry.of(Lifecycle.model_validate(ENDS)), {"v5", "v7", "v9"}, lambda: date(2026, 11, 24))


def scraped(counted: Metrics) -> tuple[str, Samples]:
    with counted.served("127.0.0.1", 0) as address:
        reply = request(address.removesuffix("/metrics"), "GET", "/metrics")
    assert reply.status == 200
    return reply.text, samples(reply.body.decode())


def test_a_gateway_that_is_told_to_serves_them_apart_and_stops_with_it(tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "gateway.toml"
    config.write_text(f'[server]\nmetrics = "{port}"\n[lifecycle.versions.v9]\nends = "2999-01-01"\n', encoding="utf-8")
    with started("serve", "--port", "0", "--config", str(config)) as url:
        reply = request(f"http://127.0.0.1:{port}", "GET", "/metrics")
        assert request(url, "GET", "/metrics").status == 404, "not where consumers are"
        found = samples(reply.body.decode())
        assert found["lefi_version_days_left", frozenset({("version", "v9")})] > 300_000
        state = frozenset({("version", "v9"), ("state", "current")})
        assert found["lefi_version_state", state] == 1
        assert not any(("version", "v7") in labels for name, labels in found if name == "lefi_version_days_left")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_without_the_setting_nobody_listens(tmp_path: Path) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text("[server]\nport = 0\n", encoding="utf-8")
    assert load(config).server.metrics_address() is None


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        config = tmp_path / "gateway.toml"
        port = taken.getsockname()[1]
        config.write_text(f'[server]\nmetrics = "127.0.0.1:{port}"\n', encoding="utf-8")
        with pytest.raises(DemoError), started("serve", "--port", "0", "--config", str(config)):
            pass
        done = lefi("serve", "--port", "0", "--config", config)
    assert done.status == 1
    assert f"cannot listen at 127.0.0.1 port {port}: Address already in use" in done.err


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("9464", ("127.0.0.1", 9464)),
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:9464", ("::1", 9464)),
        ("0.0.0.0:9464", ("0.0.0.0", 9464)),  # noqa: S104  who sets it means it
        ("metrics.internal:65535", ("metrics.internal", 65535)),
        ("65536", None),
        ("::1:9464", None),
        ("here", None),
        ("http://127.0.0.1:9464", None),
    ],
)
def test_the_address_is_a_port_or_host_and_port(tmp_path: Path, value: str, expected: tuple[str, int] | None) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'[server]\nmetrics = "{value}"\n', encoding="utf-8")
    if expected is not None:
        assert load(config).server.metrics_address() == expected
        return
    with pytest.raises(ConfigurationError) as refused:
        load(config)
    assert [fault.path for fault in refused.value.faults] == ["server.metrics"]


def test_days_are_counted_when_they_are_asked_for() -> None:
    day = [date(2026, 11, 24)]
    counted = Metrics(Registry.of(Lifecycle.model_validate(ENDS)), {"v7", "v9"}, lambda: day[0])
    name = ("lefi_version_days_left", frozenset({("version", "v9")}))
    assert scraped(counted)[1][name] == 38
    day[0] = date(2027, 1, 2)
    text, found = scraped(counted)
    assert found[name] == -1
    states = {dict(labels)["state"]: value for (each, labels), value in found.items()
              if each == "lefi_version_state" and ("version", "v9") in labels}  # fmt: skip
    assert states == {"coming": 0, "current": 0, "previous": 0, "ending": 0, "ended": 1}
    assert "v8" not in text, "a version that is not spoken here is nobody's affair"
    assert 'lefi_version_days_left{version="v7"}' not in text, "its end is not known"


def test_what_happened_is_counted() -> None:
    counted = metrics()
    asked = {"face": "v7", "consumer": "kommun", "upstream": "v9-prod", "version": "v9"}
    counted.answered(**asked)
    counted.answered(**asked)
    counted.answered(**asked, result="upstream-timeout")
    counted.covered(
        [
            {"klass": "formansinformation", "informationstyp": "FK:SJP", "utlamnare": "FK", "utfall": "levererad"},
            {"klass": "beslut", "informationstyp": "PM:AP", "utlamnare": "PM", "utfall": "kallan_nere"},
        ]
    )
    counted.shadowed("v10-test", "different")
    counted.protected()
    counted.ledger_failed("intent")
    found = scraped(counted)[1]

    def value(name: str, **labels: str) -> float:
        return found[name, frozenset(labels.items())]

    assert value("lefi_answers_total", **asked, result="answered") == 2
    assert value("lefi_answers_total", **asked, result="upstream-timeout") == 1
    assert value("lefi_coverage_total", type="FK:SJP", outcome="levererad") == 1
    assert value("lefi_coverage_total", type="PM:AP", outcome="kallan_nere") == 1
    assert value("lefi_shadows_total", upstream="v10-test", result="different") == 1
    assert value("lefi_protected_persons_total") == 1
    assert value("lefi_ledger_failures_total", row="intent") == 1
    assert value("process_resident_memory_bytes") > 0


PERSONAL = (PERSON, PERSON[2:], f"{PERSON[:8]}-{PERSON[8:]}", "Anna Andersson", "12 345,00 kr", 'x"} 1\nlefi_x 1', "é")


@pytest.mark.parametrize("value", PERSONAL)
def test_no_label_takes_anything_of_a_person(value: str) -> None:
    counted = metrics()
    counted.answered(face=value, consumer=value, upstream=value, version=value, result=value)
    counted.covered([{"informationstyp": value, "utfall": value}])
    counted.shadowed(value, value)  # type: ignore[arg-type]
    text, found = scraped(counted)
    assert value not in text
    assert find_leaks(text, PERSONAL) == []
    labels = {label for _, each in found for _, label in each}
    assert labels <= {"other", "v5", "v7", "v9", "coming", "current", "previous", "ending", "ended"}


def test_two_gateways_in_one_process_count_apart() -> None:
    one, other = metrics(), metrics()
    one.protected()
    assert scraped(one)[1]["lefi_protected_persons_total", frozenset()] == 1
    assert scraped(other)[1]["lefi_protected_persons_total", frozenset()] == 0
    assert not any(family.name.startswith("lefi") for family in REGISTRY.collect())


def test_many_threads_lose_no_count() -> None:
    counted = metrics()

    def count() -> None:
        for _ in range(2_000):
            counted.protected()

    threads = [threading.Thread(target=count) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert scraped(counted)[1]["lefi_protected_persons_total", frozenset()] == 16_000


def test_the_text_is_what_prometheus_reads() -> None:
    text = scraped(metrics())[0]
    for name in re.findall(r"^# TYPE (lefi_\w+)", text, re.MULTILINE):
        assert f"# HELP {name} " in text
