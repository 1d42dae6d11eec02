"""Consumers as settings: what is refused at the start, each at its place and never with the value."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gateway.consumers.model import Consumer, distinguished
from gateway.settings import ConfigurationError, load
from gateway.validation import faults
from tests.consumers.proofs import consumer, hashed, issued

CERTIFICATE = {"fingerprints": ["ab" * 32]}


@pytest.mark.parametrize(
    ("changed", "place", "expected"),
    [
        ({"purposes": []}, "purposes", "at least one"),
        ({"grounds": []}, "grounds", "at least one"),
        ({"purposes": ["HEMLIGT"]}, "purposes.0", ""),
        ({"grounds": ["hemligt!"]}, "grounds.0", ""),
        ({"purposes": ["a" * 65]}, "purposes.0", ""),
        ({"key_sha256": None}, "", "a way to know it: key_sha256, keys, oauth_client or certificate"),
        ({"key_sha256": "hemligt"}, "key_sha256", ""),
        ({"keys": [{"sha256": "hemligt"}]}, "keys.0.sha256", ""),
        ({"keys": [{"sha256": hashed("a"), "last_day": "hemligt"}]}, "keys.0.last_day", ""),
        ({"oauth_client": ""}, "oauth_client", ""),
        ({"certificate": {}}, "certificate", "fingerprints, or subject and issuer"),
        ({"certificate": {"fingerprints": ["hemligt"]}}, "certificate.fingerprints.0", ""),
        ({"certificate": {"fingerprints": ["ab" * 31]}}, "certificate.fingerprints.0", ""),
        ({"certificate": {"subject": "CN=hemligt"}}, "certificate", "subject and issuer together"),
        ({"certificate": {"issuer": "CN=hemligt"}}, "certificate", "subject and issuer together"),
        (
            {"certificate": {"subject": "hemligt", "issuer": "CN=a"}},
            "certificate.subject",
            "a distinguished name of RFC 4514, as in CN=a,O=b,C=SE",
        ),
        ({"ssek_sender": {"id": "hemligt"}}, "", "a certificate, since ssek_sender is bound to it"),
        ({"ssek_sender": {"type": "HEMLIG", "id": "a"}, "certificate": CERTIFICATE}, "ssek_sender.type", ""),
        (
            {"ssek_sender": {"type": "ORGNR", "id": "hemligt"}, "certificate": CERTIFICATE},
            "ssek_sender",
            "an organisation number of twelve digits, 16 first",
        ),
        ({"fields": []}, "fields", ""),
        ({"fields": ["person", "hemligt"]}, "", "in path 2: a fact of the answer, in the names of the JSON API"),
        ({"per_minute": 0}, "per_minute", ""),
        ({"concurrent": -1}, "concurrent", ""),
        ({"protected": "hemligt"}, "protected", ""),
        ({"absence": "hemligt"}, "absence", ""),
        ({"colour": "hemligt"}, "colour", "no such setting"),
    ],
)
def test_a_consumer_that_cannot_be_used(changed: dict[str, Any], place: str, expected: str) -> None:
    given = {name: value for name, value in {**consumer("a"), **changed}.items() if value is not None}
    with pytest.raises(ValidationError) as raised:
        Consumer.model_validate(given)
    (found,) = faults(raised.value)
    assert found.path == place
    assert expected in found.expected
    assert "hemlig" not in found.expected.lower()
    with pytest.raises(ConfigurationError):
        load(None, {"consumers": [given]})


@pytest.mark.parametrize("missing", ["purposes", "grounds"])
def test_what_every_consumer_has_to_have(missing: str) -> None:
    given = {name: value for name, value in consumer("a").items() if name != missing}
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"consumers": [given]})
    assert [(one.path, one.expected) for one in raised.value.faults] == [
        (f"consumers.0.{missing}", "a value, since it is required")
    ]


@pytest.mark.parametrize(
    ("server", "place"),
    [
        ({"oauth": {"issuer": "a", "audience": "b"}}, "server.oauth"),
        ({"oauth": {"issuer": "a", "audience": "b", "jwks": {"url": "http://a"}, "jwks_file": "x"}}, "server.oauth"),
        ({"oauth": {"issuer": "a", "audience": "b", "jwks_file": "/hemligt"}}, "server.oauth.jwks_file"),
        (
            {"oauth": {"issuer": "a", "audience": "b", "jwks": {"url": "http://a", "ca": "/hemligt"}}},
            "server.oauth.jwks.ca",
        ),
        ({"oauth": {"issuer": "a", "audience": "b", "jwks": {"url": "hemligt"}}}, "server.oauth.jwks.url"),
        (
            {"oauth": {"issuer": "a", "audience": "b", "jwks": {"url": "http://a"}, "algorithms": ["HS256"]}},
            "server.oauth.algorithms.0",
        ),
        (
            {"oauth": {"issuer": "a", "audience": "b", "jwks": {"url": "http://a"}, "algorithms": ["none"]}},
            "server.oauth.algorithms.0",
        ),
        ({"proxy": {"trusted": []}}, "server.proxy.trusted"),
        ({"proxy": {"trusted": ["hemligt"]}}, "server.proxy.trusted.0"),
        ({"proxy": {"trusted": ["10.0.0.1/8"]}}, "server.proxy.trusted.0"),
        ({"proxy": {"trusted": ["127.0.0.1"], "form": "hemligt"}}, "server.proxy.form"),
    ],
)
def test_a_way_of_proving_that_cannot_be_used(server: dict[str, Any], place: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"server": server})
    places = {fault.path for fault in raised.value.faults}
    assert places
    assert all(each.startswith(place) for each in places), places
    assert not [fault for fault in raised.value.faults if "hemlig" in fault.path + fault.expected]


@pytest.mark.parametrize(
    ("way", "section"), [({"oauth_client": "a"}, "server.oauth"), ({"certificate": CERTIFICATE}, "server.proxy")]
)
def test_what_nothing_could_prove_is_said(way: dict[str, Any], section: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load(None, {"consumers": [consumer("a", **way)]})
    assert [(one.path, section in one.expected) for one in raised.value.faults] == [
        (f"consumers.0.{next(iter(way))}", True)
    ]


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("CN=a,O=b,C=SE", "2.5.4.3=a,2.5.4.10=b,2.5.4.6=SE"),
        ("serialNumber=SE5566778899-B1,CN=a", "2.5.4.5=SE5566778899-B1,CN=a"),
        ("emailAddress=a@example.test,CN=a", "1.2.840.113549.1.9.1=a@example.test,CN=a"),
        ("organizationIdentifier=NTRSE-556677,CN=a", "2.5.4.97=NTRSE-556677,CN=a"),
        (r"CN=a\, b,O=c", r"CN=a\2c b,O=c"),
        ("CN=å", r"CN=\c3\a5"),
    ],
)
def test_names_are_read_as_openssl_and_the_rfc_write_them(text: str, same: str) -> None:
    assert distinguished(text) == distinguished(same)


def test_the_order_of_a_name_counts() -> None:
    certificate = issued("a")
    assert distinguished(certificate.subject.rfc4514_string()) == certificate.subject
    assert distinguished("CN=a,O=b") != distinguished("O=b,CN=a")
