"""What is counted, for Prometheus, and the listener of its own at which it can be read.

No label holds anything of a person: codes are those of closed lists, names those of the settings. A value that is
neither, or that has as many digits in a row as a birth date, is counted as `other`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final, Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway import clock, errors, problems
from gateway.cutover.reading import Reading, Standing
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.rule import State
from schemas.koder import INFORMATIONSTYPSKODER, Utfall

ANSWERED: Final = "answered"
OTHER: Final = "other"
_RESULTS = frozenset({ANSWERED, *(error.type for error in problems.classes(errors.GatewayError))})
_OUTCOMES = frozenset(get_args(Utfall))
_TYPES = frozenset(INFORMATIONSTYPSKODER)
_SHADOWS = frozenset({"same", "different", "failed", "skipped"})
_NAME = re.compile(r"(?!.*[0-9]{6})[a-z0-9_-]{1,63}")


class Metrics:
    """Everything that one gateway counts; every counter can be called from any thread."""

    def __init__(self, lives: Registry, versions: Collection[str], today: Callable[[], date]) -> None:
        """`versions` are those whose days are counted: what this gateway does not speak is not its affair."""
        self.registry = CollectorRegistry()
        self.registry.register(_Lives(lives, versions, today))
        self._cutovers = _Cutovers()
        self.registry.register(self._cutovers)
        ProcessCollector(registry=self.registry)
        self._answers = self._counter(
            "lefi_answers", "Questions of consumers, by what became of them.",
            "face", "consumer", "upstream", "version", "result",
        )  # fmt: skip
        self._coverage = self._counter("lefi_coverage", "Asked information types, by outcome.", "type", "outcome")
        self._shadows = self._counter("lefi_shadows", "Questions asked a second time to compare.", "upstream", "result")
        self._dropped = self._counter("lefi_pairs_dropped", "Pairs of answers that were not compared or not kept.")
        self._protected = self._counter("lefi_protected_persons", "Answers about persons of protected identity.")
        self._ledger = self._counter("lefi_ledger_failures", "Rows that the ledger could not keep.", "row")
        self._revision = self._gauge("lefi_revision", "The revision of shared routing or rules that holds here.", "of")
        self._published = self._gauge("lefi_revision_published", "The newest revision that was seen.", "of")
        self._refused = self._counter("lefi_revisions_refused", "Revisions that cannot be used here.", "of")

    def answered(self, *, face: str, consumer: str, upstream: str, version: str, result: str = ANSWERED) -> None:
        """A consumer's question has its answer; `result` is ANSWERED or the problem type."""
        self._answers.labels(
            _name(face), _name(consumer), _name(upstream), _name(version), _one_of(_RESULTS, result)
        ).inc()

    def covered(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """The coverage of an answer, type by type."""
        for entry in entries:
            typ, outcome = entry.get("informationstyp", ""), entry.get("utfall", "")
            self._coverage.labels(_one_of(_TYPES, typ), _one_of(_OUTCOMES, outcome)).inc()

    def shadowed(self, upstream: str, result: Literal["same", "different", "failed", "skipped"]) -> None:
        """What came of asking a second version in the background."""
        self._shadows.labels(_name(upstream), _one_of(_SHADOWS, result)).inc()

    def pairs_dropped(self, count: int) -> None:
        """Pairs that were too many, or could not be written."""
        self._dropped.inc(count)

    def cutovers(self, readings: Sequence[Reading]) -> None:
        """Where the cutovers stand now; what was said of them before no longer is."""
        self._cutovers.readings = readings

    def protected(self) -> None:
        """An answer was about a person whose identity is protected: no label says whose question it was."""
        self._protected.inc()

    def ledger_failed(self, row: Literal["intent", "outcome"]) -> None:
        """The ledger could not keep a row, so that an answer was not given."""
        self._ledger.labels(row).inc()

    def revision(self, of: Literal["routing", "rules"], number: int) -> None:
        """A revision of what is shared holds from now on."""
        self._revision.labels(of).set(number)

    def published(self, of: Literal["routing", "rules"], number: int) -> None:
        """A revision was seen to be the newest, whether it can be used or not."""
        self._published.labels(of).set(number)

    def revision_refused(self, of: Literal["routing", "rules"]) -> None:
        """A revision cannot be used here, and the one before it goes on to hold."""
        self._refused.labels(of).inc()

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    @contextmanager
    def served(self, host: str, port: int) -> Iterator[str]:
        """Serves what is counted at an address of its own, which it gives; raises OSError where it cannot listen."""
        server, thread = start_http_server(port, host, self.registry)
        try:
            shown = f"[{host}]" if ":" in host else host
            yield f"http://{shown}:{server.server_port}/metrics"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class _Lives(Collector):
    """The lives of the versions as gauges, concluded when they are asked for."""

    def __init__(self, lives: Registry, versions: Collection[str], today: Callable[[], date]) -> None:
        self._lives, self._versions, self._today = lives, versions, today

    def collect(self) -> Iterable[Metric]:
        """The days that are left where an end is known, and the state; every state has its sample, one of them 1."""
        left = GaugeMetricFamily(
            "lefi_version_days_left", "Days until a version no longer answers; 0 or less once it has ended.",
            labels=["version"],
        )  # fmt: skip
        state = GaugeMetricFamily("lefi_version_state", "1 for the state of a version.", labels=["version", "state"])
        for version, stage in self._lives.at(self._today()).items():
            if version in self._versions:
                if stage.days_left is not None:
                    left.add_metric([version], stage.days_left)
                for each in get_args(State):
                    state.add_metric([version, each], float(each == stage.state))
        return [left, state]


class _Cutovers(Collector):
    """The cutovers as they were last looked at; their age is concluded when it is asked for."""

    def __init__(self) -> None:
        self.readings: Sequence[Reading] = ()

    def collect(self) -> Iterable[Metric]:
        """A sample of each cutover, where it is known; every state has its sample, one of them 1."""
        made = [_gauge(name, about) for name, about, _ in _OF_CUTOVER]
        state = _gauge("state", "1 for the state of a cutover.", "state")
        rollbacks = CounterMetricFamily("lefi_cutover_rollbacks", "Rollbacks of cutovers.", labels=_CUTOVER)
        for labels, one in {_labels_of(one): one for one in self.readings}.items():
            for family, (_, _, value) in zip(made, _OF_CUTOVER, strict=True):
                if (number := value(one)) is not None:
                    family.add_metric(labels, number)
            for each in get_args(Standing):
                state.add_metric([*labels, each], float(each == one.standing))
            rollbacks.add_metric(labels, one.rollbacks)
        return [*made, state, rollbacks]


_CUTOVER = ("consumer", "rule", "from", "to")
_OF_CUTOVER: tuple[tuple[str, str, Callable[[Reading], float | None]], ...] = (
    ("percent", "The part of the persons that the new connection answers about.", lambda one: one.percent),
    ("step", "The step of a cutover, from 1 on; 0 once it is rolled back.", lambda one: one.step),
    ("rate", "The rate of disagreement above which it is rolled back.", lambda one: one.rate),
    ("disagreement_lower", "How large the live disagreement is at least, for certain.", lambda one: one.lower),
    ("disagreement_upper", "How large the live disagreement can be at most.", lambda one: one.upper),
    ("error_share", "Questions to the new connection that failed lately, of all.", lambda one: one.error_share),
    (
        "decision_age_seconds",
        "How long it has stood where it stands.",
        lambda one: (clock.now() - one.decided).total_seconds(),
    ),
)


def _gauge(name: str, about: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lefi_cutover_{name}", about, labels=(*_CUTOVER, *labels))


def _labels_of(one: Reading) -> tuple[str, ...]:
    return _name(one.consumer), _name(one.rule), _name(one.old), _name(one.new)


def _name(value: str) -> str:
    """A name of the settings, or a version; nothing stands for what a question did not come to."""
    return value if not value or _NAME.fullmatch(value) else OTHER


def _one_of(known: Collection[str], value: str) -> str:
    return value if value in known else OTHER
