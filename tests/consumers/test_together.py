"""Several proofs in one request have to be one consumer's; and nothing that was shown is ever written anywhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.consumers.proofs import (
    RSA,
    Fields,
    KeyServer,
    bearer,
    consumer,
    der,
    fingerprint,
    hashed,
    issued,
    key,
    key_of,
    names,
    oauth,
    proxy,
    refused,
    rfc9440,
    send,
    token,
)
from tests.leaks import text_of
from tests.service.running import House, house, serve

CERTIFICATES = {name: issued(name) for name in ("alfa", "beta", "nobody")}
CONSUMERS = [
    consumer(
        name,
        key_sha256=hashed(key_of(name)),
        oauth_client=f"client-of-{name}",
        certificate=names(CERTIFICATES[name]),
    )
    for name in ("alfa", "beta")
]
_A_LONG_RUN = 6 * 3600  # seconds: these are made when the tests are collected


def proofs(name: str) -> dict[str, Fields]:
    return {
        "key": [key(name)],
        "token": [bearer(token(client_id=f"client-of-{name}", exp=_A_LONG_RUN))],
        "certificate": rfc9440(CERTIFICATES[name]),
    }


ALFA, BETA, NOBODY = proofs("alfa"), proofs("beta"), proofs("nobody")
PAIRS = [(one, other) for one in ALFA for other in ALFA if one != other]


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with (
        serve(KeyServer(RSA)) as url,
        house(consumers=CONSUMERS, server={"oauth": oauth(url), "proxy": proxy()}) as found,
    ):
        yield found


@pytest.mark.parametrize("way", ALFA)
def test_each_way_is_enough(running: House, way: str) -> None:
    assert send(running.url, ALFA[way]).status == 200
    assert send(running.url, BETA[way]).status == 200
    assert send(running.url, NOBODY[way]).status == 401


def test_all_ways_of_one_consumer_are_one_consumer(running: House) -> None:
    assert send(running.url, [field for fields in ALFA.values() for field in fields]).status == 200


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_two_identities_in_one_request_are_none(running: House, one: str, other: str) -> None:
    running.stub.reset()
    refused(send(running.url, [*ALFA[one], *BETA[other]]), 401, "")
    assert send(running.url, [*ALFA[one], *NOBODY[other]]).status == 401
    assert running.stub.received == 0


def test_nothing_that_was_shown_is_written(
    running: House, secrets: set[str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Keys, tokens, and what certificates say: not in an answer, a log record or anything that the process prints."""
    caplog.set_level(logging.DEBUG)
    tokens = [fields["token"][0][1].partition(" ")[2] for fields in (ALFA, BETA, NOBODY)]
    shown = {key_of(name) for name in CERTIFICATES} | {part for each in tokens for part in each.split(".")}
    for certificate in CERTIFICATES.values():
        shown |= {fingerprint(certificate), der(certificate), *names(certificate).values()}
        shown |= {attribute.value for attribute in certificate.subject if len(attribute.value) > 3}  # type: ignore[misc]
    shown -= {"alfa", "beta", "nobody"}
    shown |= {hashed(key_of(name)) for name in CERTIFICATES} | {f"client-of-{name}" for name in CERTIFICATES}
    secrets |= shown
    answers = []
    for ways in (ALFA, BETA, NOBODY):
        answers += [send(running.url, fields).text for fields in ways.values()]
    answers += [send(running.url, [*ALFA[one], *BETA[other]]).text for one, other in PAIRS]
    answers += [send(running.url, [(name, value + "x")]).text for fields in ALFA.values() for name, value in fields]
    out, err = capfd.readouterr()
    written = "\n".join([*answers, *map(text_of, caplog.records), out, err])
    assert {each for each in shown if each in written} == set()
