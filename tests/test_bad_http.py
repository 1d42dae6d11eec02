"""Bad HTTP on every face: methods, addresses, actors, header fields, bodies that do not come, what is no HTTP."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from gateway.app import create_app
from tests.service.bad_bodies import SECRET
from tests.service.refusals import ASKS, OWN, check, check_fel, check_unharmed
from tests.service.running import ASK_V9, ENTITLED_V9, FACE_V9, PERSON, House, Stub, house, request, serve, settings


@pytest.fixture(scope="module")
def running() -> Iterator[House]:
    with house(server={"body_seconds": 0.3}) as found:
        yield found


@pytest.fixture
def gateway(running: House, secrets: set[str]) -> Iterator[House]:
    """The gateway; afterwards nothing may have been sent upstream, and the process answers good questions."""
    running.stub.reset()
    secrets.add(SECRET)
    yield running
    check_unharmed(running)


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
PATHS = {OWN: "POST", ASK_V9: "POST", "/v1/informationstyper": "GET, HEAD", ENTITLED_V9: "GET, HEAD"}


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for path, taken in PATHS.items() for method in METHODS if method not in taken]
)
def test_the_wrong_method_is_refused_with_the_right_ones(gateway: House, method: str, path: str) -> None:
    reply = gateway.get(path, method=method)
    assert reply.status == 405
    assert reply.headers["allow"] == PATHS[path]
    if method == "HEAD":
        assert not reply.body
    elif path.startswith("/rest"):
        check_fel(reply)
    else:
        assert reply.tree["type"] == "urn:lefi-gateway:problem:method-not-allowed"


@pytest.mark.parametrize("path", PATHS)
def test_a_method_that_nobody_knows_is_refused(secrets: set[str], path: str) -> None:
    """The faster of the two HTTP parsers refuses it itself, with 400; the other lets the application say 405."""
    secrets.add(SECRET)
    stub = Stub()
    with serve(stub) as stub.url:
        with serve(create_app(settings(f"{stub.url}/rest")), http_parser="h11") as url:
            reply = request(url, SECRET.upper(), path)
            assert (reply.status, reply.headers["allow"]) == (405, PATHS[path])
            assert SECRET not in reply.text.lower()
        with serve(create_app(settings(f"{stub.url}/rest")), http_parser="httptools") as url:
            reply = request(url, SECRET.upper(), path)
            assert reply.status == 400
            assert SECRET not in reply.text.lower()
    assert stub.received == 0


AKTORER = {
    "one dot": ".",
    "two dots": "..",
    "three dots": "...",
    "a dot first": ".x",
    "encoded dots": "%2e%2e",
    "encoded dot, upper case": "%2E",
    "half encoded dots": ".%2e",
    "doubly encoded dots": "%252e%252e",
    "slash": "a/b",
    "encoded slash": "a%2fb",
    "encoded slash, upper case": "a%2F..%2Fb",
    "doubly encoded slash": "a%252fb",
    "backslash": "a%5cb",
    "empty": "",
    "too long": "a" * 129,
    "non-ASCII": "%c3%a5",
    "broken UTF-8": "%ff",
    "NUL": "a%00b",
    "space": "a%20b",
    "question mark": "a%3fb",
    "hash": "a%23b",
    "semicolon": "a;b",
    "percent": "a%25b",
    "full-width dots": "%ef%bc%8e%ef%bc%8e",
    "at sign": "a@b",
    "full-width digits": "%ef%bc%91",
}


@pytest.mark.parametrize("aktor", AKTORER.values(), ids=AKTORER.keys())
@pytest.mark.parametrize("last", ["formansinformation/fraga", "tillgangligaInformationstyper"])
def test_an_actor_that_could_change_the_path_is_refused(gateway: House, aktor: str, last: str) -> None:
    path = f"{FACE_V9}{aktor}/{last}"
    reply = gateway.ask(path=path) if last.endswith("fraga") else gateway.get(path)
    check("v9", reply, 400, "aktorsId", aktor if len(aktor) > 4 else "")


@pytest.mark.parametrize("aktor", ["a%0ab", "a%0d%0aX-Y:%20z"], ids=["newline", "header"])
def test_an_address_with_a_line_break_is_nobodys(gateway: House, aktor: str) -> None:
    for last, method in (("formansinformation/fraga", "POST"), ("tillgangligaInformationstyper", "GET")):
        reply = gateway.get(f"{FACE_V9}{aktor}/{last}", method=method)
        assert reply.status == 404
        check_fel(reply)
        assert "x-y" not in reply.headers


def test_an_actor_in_allowed_characters_goes_out_as_it_came(running: House) -> None:
    running.stub.reset()
    for aktor in ("a", "a.b", "-._~", "~", "5560001234", "a" * 128):
        reply = running.ask(path=f"{FACE_V9}{aktor}/formansinformation/fraga")
        assert reply.status == (400 if aktor.startswith(".") else 200)
        assert running.stub.questions[-1].path.split("/")[-3] == aktor


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/v1", "/v1/", "/v1/fragor/", "/v1//fragor", "//v1/fragor", "/v1/fragor/x", "/V1/fragor", "/v2/fragor"),
        *("/v1/./fragor", "/v1/x/../fragor", "/v1/%2e%2e/v1/fragor", "/rest", "/rest/x", f"{FACE_V9}a", f"{ASK_V9}/"),
        *(f"/{SECRET}", f"/v1/fragor%2f{SECRET}", f"/{PERSON}", "/%ff", "/static/../../etc/passwd", "/docs/"),
    ],
)
def test_an_address_that_is_not_ours_is_nowhere(gateway: House, path: str) -> None:
    reply = gateway.get(path)
    assert reply.status == 404
    assert "location" not in reply.headers
    assert SECRET not in reply.text
    assert PERSON not in reply.text
    assert reply.headers["content-type"] == (
        "application/json" if path.startswith(FACE_V9) else "application/problem+json"
    )


@pytest.mark.parametrize("path", [OWN, ASK_V9, "/health", "/nowhere"])
def test_an_address_may_be_too_long(gateway: House, path: str) -> None:
    reply = gateway.get(f"{path}?{SECRET * 300}")
    assert reply.status == 414
    assert SECRET not in reply.text


@pytest.mark.parametrize("path", [OWN, ASK_V9, "/health", "/nowhere"])
def test_header_fields_may_be_too_large(gateway: House, path: str) -> None:
    one = gateway.get(path, {"x-field": SECRET * 2_000})
    many = gateway.get(path, {f"x-field-{index}": SECRET * 30 for index in range(60)})
    for reply in (one, many):
        assert reply.status == 431
        assert SECRET not in reply.text


@pytest.mark.parametrize(
    "accept",
    [
        *("text/html", "application/xml", "image/*", "application/json;q=0", "application/json; q=0.000, text/html"),
        *("application/json;q=0, */*", "application/*;q=0, */*;q=0.5", "application/problem+json", SECRET, ","),
    ],
)
def test_a_caller_that_takes_no_json_gets_no_answer(gateway: House, accept: str) -> None:
    check("own", gateway.ask(headers={"accept": accept}), 406, "accept")


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "application/*",
        "application/json",
        "text/html, application/json;q=0.1",
        "text/html;q=0.9, */*;q=0.001",
    ],
)
def test_a_caller_that_takes_json_gets_an_answer(running: House, accept: str) -> None:
    assert running.ask(headers={"accept": accept}).status == 200


@pytest.mark.parametrize("version", ["", "v", "9", "v8", "v09", "V9", "v9 v9", SECRET, "../v9", "٩"])
def test_an_unknown_version_is_refused(gateway: House, version: str) -> None:
    reply = gateway.ask(headers={"LEFI-Version": version.encode().decode("latin-1")})
    check("own", reply, 404, "lefi-version")


def raw(url: str, sent: bytes, *, seconds: float = 5) -> bytes:
    """What comes back for bytes that no client library would send."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=seconds) as connection:
        connection.sendall(sent)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


@pytest.mark.parametrize("face", ASKS)
@pytest.mark.parametrize("part", [b"", b'{"personnummer"'], ids=["nothing", "a part"])
def test_a_body_that_does_not_come_is_not_awaited_for_ever(gateway: House, face: str, part: bytes) -> None:
    head = f"POST {ASKS[face]} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    started = time.monotonic()
    answer = raw(gateway.url, head.encode() + part)
    assert 0.2 < time.monotonic() - started < 3
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()


def test_a_body_that_drips_is_not_awaited_for_ever(gateway: House) -> None:
    where = urlsplit(gateway.url)
    head = f"POST {OWN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as connection:
        connection.sendall(head.encode())
        connection.settimeout(0.05)
        for _ in range(40):
            connection.sendall(b" ")
            try:
                answer = connection.recv(65536)
                break
            except TimeoutError:
                continue
        else:
            pytest.fail("a byte now and then held the connection open")
    assert answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /v1/fragor HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/fragor HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /v1/fragor HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nhemligtvarde\r\n",
        b"GET /v1/ fragor HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["binary", "version", "negative length", "two lengths", "bad chunk", "space in the address"],
)
def test_what_is_not_http_is_refused_by_the_server(gateway: House, sent: bytes) -> None:
    answer = raw(gateway.url, sent)
    assert answer == b"" or answer.split(b" ")[1].startswith(b"4")
    assert SECRET.encode() not in answer


def test_a_caller_that_leaves_harms_nothing(gateway: House) -> None:
    where = urlsplit(gateway.url)
    head = f"POST {OWN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    for _ in range(20):
        with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as connection:
            connection.sendall(head.encode())
