"""Tokens of an issuer: real keys, a real key server, and a refusal for everything that can be wrong with one."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from gateway.consumers import tokens
from tests.consumers.proofs import (
    AUDIENCE,
    EC,
    ED,
    ISSUER,
    KINDS,
    RSA,
    STRANGER,
    KeyServer,
    SigningKey,
    bearer,
    consumer,
    key,
    oauth,
    refused,
    send,
    token,
)
from tests.service.running import House, house, serve

CONSUMERS = [consumer("alfa", oauth_client="client-of-alfa"), consumer("beta", oauth_client="client-of-beta")]


@pytest.fixture(scope="module")
def issuer() -> KeyServer:
    return KeyServer(RSA, EC, ED)


@pytest.fixture(scope="module")
def running(issuer: KeyServer) -> Iterator[House]:
    with serve(issuer) as url, house(consumers=CONSUMERS, server={"oauth": oauth(url)}) as found:
        yield found


@pytest.mark.parametrize("alg", KINDS)
def test_a_token_of_every_family_of_signatures_is_taken(running: House, alg: str) -> None:
    assert send(running.url, [bearer(token(alg))]).status == 200


@pytest.mark.parametrize(
    "claims",
    [
        {"client_id": "client-of-alfa", "azp": "x", "sub": "x"},
        {"client_id": None, "azp": "client-of-alfa", "sub": "x"},
        {"client_id": None, "sub": "client-of-alfa"},
        {"aud": ["other", AUDIENCE]},
        {"exp": -10},
        {"nbf": 10},
    ],
    ids=["client_id", "azp", "sub", "one of several audiences", "within the leeway", "soon"],
)
def test_a_good_token_is_taken(running: House, claims: dict[str, Any]) -> None:
    assert send(running.url, [bearer(token(**claims))]).status == 200


def test_the_scheme_is_read_in_any_case(running: House) -> None:
    assert send(running.url, [("Authorization", f"bEARER {token()}")]).status == 200


def part(tree: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(tree).encode()).decode().rstrip("=")


def symmetric() -> str:
    """A token signed with the issuer's public key as if it were a shared secret."""
    secret = RSA.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    said = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{token().split('.')[1]}"
    return f"{said}.{base64.urlsafe_b64encode(hmac.digest(secret, said.encode(), 'sha256')).decode().rstrip('=')}"


def unsigned() -> str:
    return f"{part({'alg': 'none', 'kid': 'rsa'})}.{token().split('.')[1]}."


def changed() -> str:
    head, _, signature = token().split(".")
    return f"{head}.{token(client_id='client-of-beta').split('.')[1]}.{signature}"


BAD: dict[str, Callable[[], str]] = {
    "expired": lambda: token(exp=-60),
    "not yet": lambda: token(nbf=60),
    "without an end": lambda: token(exp=None),
    "another issuer": lambda: token(iss=f"{ISSUER}/"),
    "no issuer": lambda: token(iss=None),
    "another audience": lambda: token(aud="other"),
    "no audience": lambda: token(aud=None),
    "another's signature": lambda: token(signer=STRANGER),
    "an unknown key": lambda: token(signer=SigningKey("unknown", RSA.private)),
    "no key named": lambda: token(signer=SigningKey("", RSA.private)),
    "a key of another kind": lambda: token("RS256", RSA, {"kid": "ec"}),
    "an algorithm that is not taken": lambda: token("RS512", RSA),
    "a shared secret": symmetric,
    "no signature": unsigned,
    "another's claims": changed,
    "an unknown client": lambda: token(client_id="client-of-nobody"),
    "no client": lambda: token(client_id=None),
    "a client that is no text": lambda: token(client_id=7),
    "no token": lambda: "",
    "not a token": lambda: "a.b.c",
    "two parts": lambda: "a.b",
    "an extension that must be understood": lambda: token(header={"crit": ["x"], "x": 1}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_token_that_does_not_hold_is_refused(running: House, secrets: set[str], name: str) -> None:
    running.stub.reset()
    bad = BAD[name]()
    secrets |= {part for part in bad.split(".") if len(part) > 2}
    reply = send(running.url, [bearer(bad)])
    refused(reply, 401, "authorization")
    assert not {part for part in bad.split(".") if len(part) > 2 and part in reply.text}
    assert running.stub.received == 0


def test_no_refusal_of_a_token_is_told_from_another(running: House) -> None:
    bodies = [send(running.url, [bearer(make())]).tree for make in BAD.values()]
    assert len({json.dumps({**body, "instance": ""}) for body in bodies}) == 1


@pytest.mark.parametrize(
    "fields",
    [
        [("authorization", "Basic YTpi")],
        [("authorization", "Digest a=b")],
        [("authorization", "")],
        [bearer(token()), bearer(token())],
        [("authorization", token())],
    ],
    ids=["Basic", "Digest", "empty", "twice", "no scheme"],
)
def test_only_one_bearer_token_is_taken(running: House, fields: list[tuple[str, str]]) -> None:
    refused(send(running.url, fields), 401, "authorization")


def test_with_nothing_shown_both_ways_are_named(running: House) -> None:
    refused(send(running.url), 401, "x-api-key", "authorization")


def test_where_no_issuer_is_set_the_header_says_nothing() -> None:
    with house(consumers=[consumer("alfa")]) as without:
        refused(send(without.url, [bearer(token())]), 401, "x-api-key")
        assert send(without.url, [("authorization", "Basic YTpi"), key("alfa")]).status == 200


# ----- the issuer's keys


def test_keys_are_asked_for_once_whoever_waits_and_kept() -> None:
    issuer = KeyServer(RSA)
    issuer.delay = 0.3
    with serve(issuer) as url, house(consumers=CONSUMERS, server={"oauth": oauth(url)}) as found:
        assert issuer.asked == 0, "nothing is asked before it is needed"
        with ThreadPoolExecutor(12) as pool:
            replies = list(pool.map(lambda _: send(found.url, [bearer(token())]), range(12)))
        assert {reply.status for reply in replies} == {200}
        assert send(found.url, [bearer(token())]).status == 200
        assert issuer.asked == 1


def test_an_unknown_key_makes_us_ask_again_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = SigningKey("fresh", rsa.generate_private_key(65537, 2048))
    issuer = KeyServer(RSA)
    with serve(issuer) as url, house(consumers=CONSUMERS, server={"oauth": oauth(url)}) as found:
        assert send(found.url, [bearer(token())]).status == 200
        issuer.tree["keys"].append(fresh.jwk)
        for _ in range(3):
            refused(send(found.url, [bearer(token(signer=fresh))]), 401, "authorization")
        assert issuer.asked == 1, "within a minute of the last time nobody can make us ask"
        monkeypatch.setattr(tokens, "_AGAIN_SECONDS", 0.0)
        assert send(found.url, [bearer(token(signer=fresh))]).status == 200
        assert issuer.asked == 2


def test_an_issuer_that_is_away_is_said_and_known_keys_go_on_holding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_RETRY_SECONDS", 0.0)
    issuer = KeyServer(RSA)
    issuer.status = 500
    with serve(issuer) as url, house(consumers=CONSUMERS, server={"oauth": oauth(url)}) as found:
        reply = send(found.url, [bearer(token())])
        assert (reply.status, reply.tree["type"]) == (503, "urn:lefi-gateway:problem:overloaded")
        assert "retry-after" in reply.headers
        assert send(found.url, [("x-api-key", "wrong")]).status == 401, "who shows no token does not need the issuer"
        issuer.status = 200
        assert send(found.url, [bearer(token())]).status == 200
        issuer.status = 500
        monkeypatch.setattr(tokens, "_FRESH_SECONDS", 0.0)
        assert send(found.url, [bearer(token())]).status == 200
        monkeypatch.setattr(tokens, "_STALE_SECONDS", 0.0)
        assert send(found.url, [bearer(token())]).status == 503


@pytest.mark.parametrize(
    "tree",
    [
        *([], {}, {"keys": []}, {"keys": [1, {}]}, {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "rsa"}]}),
        {"keys": [{**RSA.jwk, "use": "enc"}]},
        {"keys": [{**RSA.jwk, "d": "AQAB"}]},
        {"keys": [SigningKey("rsa", rsa.generate_private_key(65537, 1024)).jwk]},  # noqa: S505  weak on purpose
        {"keys": [{**RSA.jwk, "n": "?"}]},
    ],
    ids=["list", "none", "empty", "no keys", "secret", "encryption", "private", "weak", "broken"],
)
def test_keys_that_no_signature_may_be_checked_with_are_none(tree: Any) -> None:
    issuer = KeyServer()
    issuer.tree = tree
    with serve(issuer) as url, house(consumers=CONSUMERS, server={"oauth": oauth(url)}) as found:
        assert send(found.url, [bearer(token())]).status == 503


def test_a_key_is_for_the_algorithm_that_the_issuer_says() -> None:
    issuer = KeyServer()
    issuer.tree = {"keys": [{**RSA.jwk, "alg": "PS256"}]}
    with serve(issuer) as url, house(consumers=CONSUMERS, server={"oauth": oauth(url)}) as found:
        assert send(found.url, [bearer(token("PS256"))]).status == 200
        assert send(found.url, [bearer(token("RS256"))]).status == 401


def test_keys_can_be_a_file(tmp_path: Path) -> None:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [EC.jwk]}), encoding="utf-8")
    given = {"issuer": ISSUER, "audience": AUDIENCE, "jwks_file": path}
    with house(consumers=CONSUMERS, server={"oauth": given}) as found:
        assert send(found.url, [bearer(token("ES256"))]).status == 200
        assert send(found.url, [bearer(token("ES256", SigningKey("", EC.private)))]).status == 200, (
            "it can only be the one"
        )
