"""Every error of our own API is a problem of the closed list, whatever fails, and tells nobody about a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest
from structlog.testing import capture_logs

from gateway import problems, stable
from gateway.app import create_app
from gateway.errors import ClientError, Fault, GatewayError, UpstreamError
from gateway.versions import discover
from tests.service.broken import gateway_with
from tests.service.running import (
    ASK_V9,
    ENTITLED_V9,
    OTHER_PERSON,
    PERSON,
    House,
    Reply,
    Stub,
    house,
    question,
    request,
    serve,
    settings,
)

LIST = {
    "invalid-request": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "request-timeout": 408,
    "conflict": 409,
    "payload-too-large": 413,
    "uri-too-long": 414,
    "unsupported-media-type": 415,
    "unprocessable": 422,
    "rate-limited": 429,
    "headers-too-large": 431,
    "internal": 500,
    "upstream-fault": 502,
    "upstream-invalid-answer": 502,
    "upstream-wrong-person": 502,
    "upstream-tls": 502,
    "client-certificate-refused": 503,
    "upstream-unavailable": 503,
    "ledger-unavailable": 503,
    "overloaded": 503,
    "upstream-timeout": 504,
}
URN = "urn:lefi-gateway:problem:"
SECRET = "Testbuggen"  # noqa: S105 - a value that must not be repeated
VALIDATOR = jsonschema_rs.Draft202012Validator(problems.schema(), validate_formats=True)


def check_problem(reply: Reply, name: str) -> None:
    """The reply is the problem of that name, by RFC 9457 and by our own schema."""
    assert reply.status == LIST[name], reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    tree = reply.tree
    VALIDATOR.validate(tree)
    assert tree["type"] == URN + name
    assert tree["status"] == reply.status
    assert UUID(tree["instance"].removeprefix("urn:uuid:")).version == 4
    assert all(value not in reply.text for value in (PERSON, OTHER_PERSON, SECRET))


def made(each: type[GatewayError]) -> GatewayError:
    """An error with everything that an error can carry."""
    faults = (Fault("/a/0", "something else"),)
    if issubclass(each, UpstreamError):
        return each("detail", sent=True, faults=faults, retry_after=3)
    return each("detail", faults=faults, retry_after=3, allow=("GET", "POST"))


def test_the_list_is_closed_and_names_each_type_once() -> None:
    found = [(each.type, each.status) for each in problems.classes()]
    assert sorted(found) == sorted(LIST.items())
    assert sorted(problems.schema()["properties"]["type"]["enum"]) == sorted(URN + name for name in LIST)


def test_whose_fault_it_is_shows_in_the_status() -> None:
    for each in problems.classes():
        assert (each.status < 500) == issubclass(each, ClientError)
        assert each.status < 502 or issubclass(each, UpstreamError) or each.type in {"ledger-unavailable", "overloaded"}


@pytest.mark.parametrize("each", [*problems.classes()], ids=[each.type for each in problems.classes()])
def test_every_error_has_its_own_words_on_every_face(each: type[GatewayError]) -> None:
    now = datetime.now(UTC)
    said = stable.FACE.render_error(made(each), now)
    check_problem(Reply(said.status, said.body, {**said.headers, "cache-control": "no-store"}), each.type)
    assert said.headers["retry-after"] == "3"
    if not issubclass(each, UpstreamError):
        assert said.headers["allow"] == "GET, POST"
    for adapter in discover().values():
        assert adapter.face is not None
        theirs = adapter.face.render_error(made(each), now)
        assert each.type.encode() in theirs.body
        assert theirs.status in {400, 403, 500, each.status}
        assert theirs.status >= 500 or issubclass(each, ClientError)


def _no_upstream(_: House) -> Reply:
    with serve(create_app(settings("http://127.0.0.1:1").model_copy(update={"upstreams": {}}))) as url:
        ready = request(url, "GET", "/ready")
        check_problem(ready, "upstream-unavailable")
        return House(url, Stub()).ask()


PROVOKED: dict[str, Callable[[House], Reply]] = {
    "invalid-request": lambda house: house.ask(body=b"{"),
    "not-found": lambda house: house.get("/nowhere"),
    "not-found of a version": lambda house: house.ask(headers={"lefi-version": "v1"}),
    "method-not-allowed": lambda house: house.get("/v1/fragor"),
    "method-not-allowed of a document": lambda house: house.get("/openapi.json", method="DELETE"),
    "not-acceptable": lambda house: house.ask(headers={"accept": "text/html"}),
    "payload-too-large": lambda house: house.ask(body=b" " * 70_000),
    "uri-too-long": lambda house: house.get("/health?" + "x" * 3_000),
    "uri-too-long of nothing": lambda house: house.get("/" + "x" * 3_000),
    "unsupported-media-type": lambda house: house.ask(headers={"content-type": "text/plain"}),
    "unprocessable": lambda house: house.ask(question(personnummer="199001019803")),
    "headers-too-large": lambda house: house.get("/ready", {"x-field": "x" * 20_000}),
    "upstream-unavailable": _no_upstream,
}


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.mark.parametrize("name", PROVOKED)
def test_a_refusal_over_http_is_a_problem(running: House, name: str) -> None:
    check_problem(PROVOKED[name](running), name.partition(" ")[0])


def fails(*_: object, **__: object) -> Any:
    """A fault of ours, whose text and causes are full of a person."""
    try:
        raise KeyError(PERSON)
    except KeyError as error:
        msg = f"{SECRET} {OTHER_PERSON}"
        raise ValueError(msg, {"personnummer": PERSON}) from error


def fails_by_depth(*_: object, **__: object) -> Any:
    """A fault of ours of another kind."""
    raise RecursionError(PERSON)


@pytest.mark.parametrize("defect", [fails, fails_by_depth])
@pytest.mark.parametrize("method", ["render_question", "parse_answer"])
def test_a_defect_of_a_version_is_internal_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, secrets: set[str], method: str, defect: Any
) -> None:
    secrets.add(SECRET)
    with gateway_with(monkeypatch, "upstream", **{method: defect}) as broken:
        with capture_logs() as logged:
            check_problem(broken.ask(), "internal")
            _check_fel(broken.ask(path=ASK_V9))
        failures = [record for record in logged if record["event"] == "failed"]
        assert [record["log_level"] for record in failures] == ["error", "error"]
        assert all(record["error"] and record["where"] for record in failures)
        assert PERSON not in str(logged)
        assert SECRET not in str(logged)
        assert broken.get("/health").status == 200


def _check_fel(reply: Reply) -> None:
    assert reply.status == 500
    assert set(reply.tree) == {"meddelande", "timestamp"}
    assert reply.tree["meddelande"] == "internal: The gateway failed."


@pytest.mark.parametrize("method", ["parse_question", "render_answer", "render_entitlements"])
def test_a_defect_of_a_face_is_internal_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, secrets: set[str], method: str
) -> None:
    secrets.add(SECRET)
    with gateway_with(monkeypatch, "face", **{method: fails}) as broken:
        reply = broken.get(ENTITLED_V9) if method == "render_entitlements" else broken.ask(path=ASK_V9)
        _check_fel(reply)
        assert broken.ask().status == 200, "the other face works"


def test_a_face_that_fails_at_its_errors_leaves_a_problem(monkeypatch: pytest.MonkeyPatch, secrets: set[str]) -> None:
    secrets.add(SECRET)
    with gateway_with(monkeypatch, "face", render_error=fails) as broken:
        check_problem(broken.ask(path=ASK_V9, body=b"{"), "internal")
        check_problem(broken.get(f"{ASK_V9}/x"), "internal")


@pytest.mark.parametrize("method", ["render_entitlement_question", "parse_entitlements"])
def test_a_defect_in_a_look_up_prevents_no_answer(
    monkeypatch: pytest.MonkeyPatch, secrets: set[str], method: str
) -> None:
    secrets.add(SECRET)
    with gateway_with(monkeypatch, "upstream", **{method: fails}) as broken:
        reply = broken.ask()
        assert [entry["utfall"] for entry in reply.tree["tackning"]] == ["mojligen_filtrerad"]
        check_problem(broken.get("/v1/informationstyper"), "internal")
