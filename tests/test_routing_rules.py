"""Routing files that are refused: everything that is wrong at once, with the place and what was expected."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import Fault
from gateway.routing.plan import Pair
from gateway.routing.rules import PAIRS, Rules, read
from gateway.settings import ConfigurationError
from tests.conftest import ROOT
from tests.routing.network import VERSIONS, rule


def faults(file: str, versions: Mapping[str, str] = VERSIONS) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as raised:
        read(file.encode(), versions)
    assert len({fault.path for fault in raised.value.faults}) == len(raised.value.faults), "a place is named once"
    return {fault.path: fault.expected for fault in raised.value.faults}


CONFIGURED = f"a configured connection: {', '.join(VERSIONS)}"
A_TYPE = 'a type as "FK:SJP", one of a class as "utbetalningar/FK:SJP", or "*"'
BEYOND = "a consumer and a type that no rule before it takes"
TOO_MUCH = "less than or equal to 100"
BAD = {
    "no such connection": (rule("a", 'pin = "v8"'), {"rules.0.pin": CONFIGURED}),
    "a version that two connections speak": (
        rule("a", 'pin = "v6"'),
        {"rules.0.pin": "one of the connections that speak this version: ett, tva"},
    ),
    "neither pin nor prefer": (rule("a"), {"rules.0": "either pin or prefer"}),
    "both": (rule("a", 'pin = "v9"', 'prefer = "v7"'), {"rules.0": "either pin or prefer"}),
    "a fallback beside a pin": (
        rule(
            "a", 'pin = "v9"', 'fallback = ["v7"]', 'fall_back_when = ["not_sent"]', 'canary = {to = "v7", percent = 1}'
        ),
        {
            f"rules.0.{name}": "no such setting beside pin, which asks one connection only"
            for name in ("canary", "fall_back_when", "fallback")
        },
    ),
    "a fallback twice": (
        rule("a", 'prefer = "v9"', 'fallback = ["v7", "v7"]'),
        {"rules.0.fallback.1": "a connection that the rule does not name before"},
    ),
    "a fallback to itself": (
        rule("a", 'prefer = "ett"', 'fallback = ["v7", "ett"]'),
        {"rules.0.fallback.1": "a connection that the rule does not name before"},
    ),
    "a canary and a shadow to itself": (
        rule("a", 'prefer = "v9"', 'canary = {to = "v9", percent = 1}', 'shadow = {to = "v9"}'),
        {
            f"rules.0.{name}.to": "another connection than the one that the rule names first"
            for name in ("canary", "shadow")
        },
    ),
    "a name twice": (
        rule("a", 'types = "FK:SJP"', 'pin = "v9"') + rule("a", 'pin = "v9"'),
        {"rules.1.name": "a name that no other rule has"},
    ),
    "a rule after one for everything": (rule("a", 'pin = "v9"') + rule("b", 'pin = "v7"'), {"rules.1": BEYOND}),
    "a rule whose types are taken one by one": (
        rule("a", 'types = "formansinformation/FK:SJP"', 'pin = "v9"')
        + rule("b", 'types = ["preliminara_utbetalningar/FK:SJP", "utbetalningar/FK:SJP"]', 'pin = "v9"')
        + rule("c", 'types = "FK:SJP"', 'consumers = "kommun"', 'pin = "v7"'),
        {"rules.2": BEYOND},
    ),
    "a rule for a consumer all of whose types are taken": (
        rule("a", 'consumers = ["kommun", "skola"]', 'pin = "v9"')
        + rule("b", 'consumers = "skola"', 'types = "FK:SJP"', 'pin = "v7"'),
        {"rules.1": BEYOND},
    ),
    "types that are none": (
        rule("a", 'types = ["FK:XXX", "nagot/FK:SJP", "beslut/FK:SJP", "/FK:SJP", "sjp"]', 'pin = "v9"'),
        {f"rules.0.types.{index}": A_TYPE for index in range(5)},
    ),
    "everything and something": (
        rule("a", 'types = ["*", "FK:SJP"]', 'consumers = ["*", "kommun"]', 'pin = "v9"'),
        {f"rules.0.{name}": 'names, or "*" alone' for name in ("types", "consumers")},
    ),
    "too much": (
        rule("a", 'prefer = "v9"', 'canary = {to = "v7", percent = 100.1}', 'shadow = {to = "v7", percent = true}'),
        {"rules.0.canary.percent": TOO_MUCH, "rules.0.shadow.percent": "a valid number"},
    ),
    "an unknown moment": (
        rule("a", 'prefer = "v9"', 'fallback = ["v7"]', 'fall_back_when = ["always"]'),
        {"rules.0.fall_back_when.0": "'not_sent' or 'source_down'"},
    ),
    "unknown settings": (
        'rulez = 1\n[[rules]]\nname = "a"\npin = "v9"\nprio = 1\n[off]\nversion = []\n',
        {"rulez": "no such setting", "rules.0.prio": "no such setting", "off.version": "no such setting"},
    ),
    "switches for what is not there": (
        '[off]\nconnections = ["v8"]\nversions = ["v8", "nio"]\ncanaries = "yes"\n',
        {
            "off.connections.0": CONFIGURED,
            "off.versions.0": "a version that a connection speaks: v5, v6, v7, v9",
            "off.versions.1": "'^v[1-9][0-9]{0,2}$'",
            "off.canaries": "a valid boolean",
        },
    ),
    "everything at once": (
        rule("a", 'pin = "nej"') + rule("b", 'prefer = "v9"', 'fallback = ["v9"]') + rule("c", 'pin = "v9"'),
        {
            "rules.0.pin": CONFIGURED,
            "rules.1.fallback.0": "a connection that the rule does not name before",
            "rules.2": BEYOND,
        },
    ),
    "rules that are no tables": ("rules = 3", {"rules": "tables, each under [[rules]]"}),
    "a file with nothing in it": ("# later\n", {"": "at least one rule, or the section off"}),
    "no TOML": ("[[rules]]\nname = a\n", {"line 2, column 8": "TOML"}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_refused_with_what_was_expected(name: str) -> None:
    file, expected = BAD[name]
    assert faults(file) == expected


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(ConfigurationError) as raised:
        read(b"\xff\xfe", VERSIONS)
    assert raised.value.faults == (Fault("", "TOML in UTF-8"),)


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 5_000, "1e999", "2026-01-01", "{a = 1}"])
def test_whatever_a_value_is_the_file_is_refused(value: str) -> None:
    assert faults(f"[[rules]]\nname = {value}\npin = {value}\n")


@given(st.data())
def test_a_damaged_file_is_refused_or_read_and_nothing_else(data: st.DataObject) -> None:
    whole = (ROOT / "docs" / "routing.example.toml").read_bytes()
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    damaged = whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]
    with contextlib.suppress(ConfigurationError):
        assert isinstance(read(damaged, VERSIONS), Rules)


def test_without_connections_nothing_can_be_named() -> None:
    assert faults(rule("a", 'pin = "v9"'), {}) == {"rules.0.pin": "a configured connection: there is none"}


@pytest.mark.parametrize("pair", PAIRS)
def test_every_type_can_be_named_in_its_class_and_alone(pair: Pair) -> None:
    klass, typ = pair
    (alone,) = read(rule("a", f'types = "{typ}"', 'pin = "v9"').encode(), VERSIONS).rules
    (in_class,) = read(rule("a", f'types = "{klass}/{typ}"', 'pin = "v9"').encode(), VERSIONS).rules
    assert in_class.pairs == {pair}
    assert alone.pairs == {one for one in PAIRS if one[1] == typ}
