"""Bad input on every face: refused with place and expectation, told to nobody, and harmless to the process."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.service import bad_bodies
from tests.service.bad_bodies import SECRET, Bad
from tests.service.refusals import ASKS, check, check_unharmed
from tests.service.running import (
    ASK_V9,
    ENTITLED_V9,
    KEYS_V9,
    House,
    house,
    question,
    question_v9,
    request,
)


def _cases(good: dict[str, Any], status: int, lists: tuple[str, ...], elements: str) -> list[Bad]:
    return [
        *bad_bodies.wrong_types(good, lists, elements),
        *bad_bodies.missing(good),
        *bad_bodies.unknown_fields(good),
        *bad_bodies.persons(good, status),
        *bad_bodies.periods(good, status),
        *bad_bodies.broken(good),
    ]


CASES = {
    "own": [*_cases(question(), 422, ("informationstyper",), "object"), *bad_bodies.types_of_own(question())],
    "v9": [*_cases(question_v9(), 400, tuple(KEYS_V9.values()), "text"), *bad_bodies.types_of_v9(question_v9())],
}


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture
def gateway(running: House, secrets: set[str]) -> Iterator[House]:
    """The gateway; afterwards nothing may have been sent upstream, and the process answers good questions."""
    running.stub.reset()
    secrets.add(SECRET)
    yield running
    check_unharmed(running)


@pytest.mark.parametrize(
    ("face", "bad"), [pytest.param(face, bad, id=f"{face}: {bad.name}") for face, bads in CASES.items() for bad in bads]
)
def test_a_bad_body_is_refused_and_never_repeated(gateway: House, secrets: set[str], face: str, bad: Bad) -> None:
    secrets |= {bad.secret} - {""}
    check(face, gateway.ask(path=ASKS[face], body=bad.body), bad.status, bad.path, bad.secret)


@pytest.mark.parametrize("face", ASKS)
def test_every_fault_of_a_body_is_named_at_once(gateway: House, face: str) -> None:
    tree = {"personnummer": 1, "period": {"from": 2}, "x": SECRET}
    text = gateway.ask(tree, path=ASKS[face]).text
    assert all(path in text for path in ("/personnummer", "/period/from", "/period/tom", "/x"))


@pytest.mark.parametrize("face", ASKS)
@pytest.mark.parametrize("opening", [b"[", b'{"a":'], ids=["lists", "objects"])
def test_a_hundred_thousand_levels_are_too_many(gateway: House, face: str, opening: bytes) -> None:
    assert gateway.ask(path=ASKS[face], body=opening * 100_000).status == 413


@pytest.mark.parametrize("face", ASKS)
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_ten_megabytes_are_too_much(gateway: House, face: str, chunked: bool) -> None:
    megabyte = SECRET.encode() * (1024 * 1024 // len(SECRET))
    body: Any = iter([megabyte] * 10) if chunked else megabyte * 10
    try:
        reply = gateway.ask(path=ASKS[face], body=body)
    except (BrokenPipeError, ConnectionResetError):  # the server answered and closed before everything was sent
        return
    check(face, reply, 413, "")


@pytest.mark.parametrize("face", ASKS)
def test_only_what_is_read_counts_towards_the_limit(gateway: House, face: str) -> None:
    """A body of exactly 64 KiB is read, one more byte is not."""
    limit = 64 * 1024
    assert gateway.ask(path=ASKS[face], body=b" " * limit).status == 400
    assert gateway.ask(path=ASKS[face], body=b" " * (limit + 1)).status == 413
    assert gateway.ask(path=ASKS[face], body=iter([b" " * limit, b" "])).status == 413


@pytest.mark.parametrize("path", ["/v1/informationstyper", ENTITLED_V9])
def test_a_get_takes_no_body(gateway: House, path: str) -> None:
    assert request(gateway.url, "GET", path, body=SECRET.encode()).status == 413


@pytest.mark.parametrize("face", ASKS)
def test_thousands_of_wrong_elements_take_no_time(gateway: House, face: str) -> None:
    """64 KiB hold 10,000 numbers, which have to be looked through for doubles: the bound is for a busy machine."""
    name = {"own": "informationstyper", "v9": "beslut"}[face]
    body = json.dumps({name: [*range(10_000, 20_000)]}, separators=(",", ":")).encode()
    started = time.monotonic()
    reply = gateway.ask(path=ASKS[face], body=body)
    assert time.monotonic() - started < 1
    assert reply.status == 400
    assert len(reply.body) < 20_000


@pytest.mark.parametrize("face", ASKS)
@pytest.mark.parametrize(
    "given",
    [
        *("text/plain", "text/json", "application/xml", "application/x-www-form-urlencoded", "application/jsonp"),
        *("application/problem+json", "application/json-patch+json", "", ";", "json", "*/*", f"text/{SECRET}"),
    ],
)
def test_the_wrong_content_type_is_refused(gateway: House, face: str, given: str) -> None:
    check(face, gateway.ask(path=ASKS[face], headers={"content-type": given}), 415, "content-type")


@pytest.mark.parametrize("face", ASKS)
def test_a_missing_content_type_is_refused(gateway: House, face: str) -> None:
    reply = request(gateway.url, "POST", ASKS[face], body=json.dumps(question()).encode())
    check(face, reply, 415, "content-type")


@pytest.mark.parametrize("face", ASKS)
@pytest.mark.parametrize("given", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"])
def test_other_spellings_of_the_content_type_are_taken(running: House, face: str, given: str) -> None:
    assert running.ask(path=ASKS[face], headers={"content-type": given}).status == 200


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2023-03-17", "2025-03-17"),
        ("2024-02-29", "2026-02-28"),
        ("2022-02-28", "2024-02-28"),
        ("2022-03-01", "2024-02-29"),
        ("2025-03-17", "2025-03-17"),
        ("9998-01-01", "9999-12-31"),
    ],
)
@pytest.mark.parametrize("face", ASKS)
def test_exactly_two_years_may_be_asked(running: House, face: str, first: str, last: str) -> None:
    tree = (question if face == "own" else question_v9)(period={"from": first, "tom": last})
    assert running.ask(tree, path=ASKS[face]).status == 200


def test_errors_of_version_9_are_valid_by_the_official_contract(gateway: House, official: Path) -> None:
    """Status and body as the agency's file declares them for the question; 415 and the like are HTTP's own."""
    document = yaml.safe_load(official.read_text(encoding="utf-8"))
    schema = {"$ref": "#/components/schemas/LefiFelsvar", "components": document["components"]}
    validator = jsonschema_rs.Draft4Validator(schema, validate_formats=True)
    (declared,) = (
        item["post"]["responses"]
        for path, item in document["paths"].items()
        if path.endswith("/formansinformation/fraga")
    )
    for bad in CASES["v9"][:: len(CASES["v9"]) // 20]:
        reply = gateway.ask(path=ASK_V9, body=bad.body)
        assert str(reply.status) in declared
        validator.validate(reply.tree)
