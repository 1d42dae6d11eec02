"""Routing: what the rules, the kill switches and the dates make of a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Fault, NotFound, UpstreamUnavailable
from gateway.routing.choose import Question, Router
from gateway.routing.plan import Pair
from gateway.routing.rules import Rules, read
from gateway.settings import ConfigurationError
from tests.routing.network import AP, FP, SGI, SJP, SJP_PAID, STATES, VERSIONS, network, rule
from tests.routing.situations import CASES, Case


def test_there_are_enough_situations() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 40


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_situation(case: Case) -> None:
    router = Router(read(case.file.encode(), case.versions), network(STATES | dict(case.states), case.versions))
    question = Question(case.consumer, case.types, lambda _salt: case.falls, case.wanted)
    if isinstance(case.expected, tuple):
        assert router.choose(question) == case.expected
        return
    with pytest.raises(case.expected) as raised:
        router.choose(question)
    assert case.says in raised.value.detail
    if isinstance(raised.value, UpstreamUnavailable):
        assert not raised.value.sent
    if isinstance(raised.value, NotFound):
        assert raised.value.faults == (Fault("lefi-version", "a version that an upstream is configured for"),)


_NAMES = st.sampled_from(sorted(VERSIONS))
_TYPES = ['"*"', '"FK:SJP"', '["utbetalningar/FK:SJP", "PM:AP"]']
_CONSUMERS = ['"*"', '"kommun"', '["skola"]']
_CHAIN = st.lists(_NAMES, min_size=1, max_size=4, unique=True)


@st.composite
def _rules(draw: st.DrawFn) -> Rules:
    """Rules that a file could hold: for one type or all, one consumer or all, with all that may be beside."""
    kept: list[str] = []
    for index in range(draw(st.integers(0, 5))):
        lines = [
            f"types = {draw(st.sampled_from(_TYPES))}",
            f"consumers = {draw(st.sampled_from(_CONSUMERS))}",
        ]
        first, *more = draw(_CHAIN)
        others = [name for name in VERSIONS if name != first]
        if draw(st.booleans()):
            lines += [f'pin = "{first}"']
        else:
            lines += [f'prefer = "{first}"', f"fallback = {more}"]
            if draw(st.booleans()):
                lines += [f'canary = {{to = "{draw(st.sampled_from(others))}", percent = {draw(st.integers(0, 100))}}}']
        if draw(st.booleans()):
            lines += [f'shadow = {{to = "{draw(st.sampled_from(others))}", percent = {draw(st.integers(0, 100))}}}']
        with_this = [*kept, rule(f"r{index}", *lines)]
        try:
            read("".join(with_this).encode(), VERSIONS)
        except ConfigurationError:  # it could never be reached
            continue
        kept = with_this
    off = f"[off]\nconnections = {draw(st.lists(_NAMES, max_size=3, unique=True))}\ncanaries = false\n"
    return read(("".join(kept) + off).encode(), VERSIONS)


@given(
    rules=_rules(),
    types=st.lists(st.sampled_from([SJP, SJP_PAID, FP, AP, SGI]), min_size=1, unique=True),
    states=st.dictionaries(_NAMES.map(VERSIONS.__getitem__), st.sampled_from(["ended", "coming", "current"])),
    falls=st.floats(0, 99),
)
def test_whatever_the_rules_each_type_is_in_one_plan_and_nothing_that_is_off_is_asked(
    rules: Rules, types: list[Pair], states: dict[str, str], falls: float
) -> None:
    question = Question("kommun", tuple(types), lambda _salt: falls)
    try:
        plans = Router(rules, network(states)).choose(question)
    except UpstreamUnavailable:
        assert rules.off.connections
        return
    assert sorted(pair for one in plans for pair in one.types) == sorted(types)
    for one in plans:
        assert not {*one.sources, one.shadow} & {*rules.off.connections}
        assert len({*one.sources}) == len(one.sources) >= 1
        assert one.shadow != one.sources[0]
        assert one.types == tuple(pair for pair in types if pair in one.types)
    ways = [(one.sources, one.fall_back, one.shadow) for one in plans]
    assert len({*ways}) == len(ways), "two questions that are asked in the same way"
    assert [types.index(one.types[0]) for one in plans] == sorted(types.index(one.types[0]) for one in plans)
