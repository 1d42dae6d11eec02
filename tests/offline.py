"""No test speaks with anything but this machine.

Rule 1  A connection to an address that is not loopback is refused and makes the test fail, also where the code under
        test catches every exception.
Rule 2  A host name other than localhost is not looked up: that would tell a name server about it. Names that can
        never exist (RFC 6761: .invalid, .test) get the resolver's own "unknown host", so that a test can use them.
Rule 3  Three doors are watched: Python's sockets (asyncio, aiohttp, ssl and requests go through them), Python's
        resolver, and uvloop, which goes past both.

Unix sockets and servers that listen are left alone.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Generator
from ipaddress import ip_address
from typing import Any

import pytest
import uvloop

NEVER_EXISTING = (".invalid", ".test")


class ForbiddenNetworkError(Exception):
    """The test tried to reach another machine. No OSError: it must not look like a network that is down."""


_attempts: list[str] = []


def _refuse(what: str) -> ForbiddenNetworkError:
    _attempts.append(what)
    return ForbiddenNetworkError(f"tests speak with loopback only: {what}")


def _is_address(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def check_host(host: object) -> None:
    """Refuse a host that is neither loopback nor a name that can never exist."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name == "":
        return
    text = str(name).rstrip(".").lower()
    if _is_address(text):
        if not ip_address(text.partition("%")[0]).is_loopback:
            raise _refuse(f"connecting to {text}")
    elif text.endswith(NEVER_EXISTING):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    elif text != "localhost" and not text.endswith(".localhost"):
        raise _refuse(f"looking up {text}")


def _check_name(host: object) -> None:
    """As `check_host`, for lookups: an address needs no lookup, and servers pass 0.0.0.0 through here to bind."""
    if not (
        isinstance(host, str | bytes)
        and _is_address(host if isinstance(host, str) else host.decode("ascii", "replace"))
    ):
        check_host(host)


def _check_address(sock: socket.socket, address: object) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
        check_host(address[0])


def _watched_socket_call(name: str, position: int) -> Callable[..., Any]:
    """The socket method of that name, with the address at `position` (from the end for sendto) checked first."""
    original = getattr(socket.socket, name)

    def watched(self: socket.socket, *args: Any) -> Any:
        _check_address(self, args[position])
        return original(self, *args)

    return watched


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Generator[None, None, None]:
    """For the whole session, so that the servers of session fixtures are inside as well."""
    getaddrinfo = socket.getaddrinfo
    loop_connection = uvloop.Loop.create_connection
    loop_getaddrinfo = uvloop.Loop.getaddrinfo

    def watched_getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        _check_name(host)
        return getaddrinfo(host, *args, **options)

    async def watched_loop_getaddrinfo(self: uvloop.Loop, host: Any, *args: Any, **options: Any) -> Any:
        _check_name(host)
        return await loop_getaddrinfo(self, host, *args, **options)

    async def watched_loop_connection(
        self: uvloop.Loop, factory: Any, host: Any = None, *args: Any, **options: Any
    ) -> Any:
        check_host(host)
        return await loop_connection(self, factory, host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        for name, position in (("connect", 0), ("connect_ex", 0), ("sendto", -1)):
            patch.setattr(socket.socket, name, _watched_socket_call(name, position))
        patch.setattr(socket, "getaddrinfo", watched_getaddrinfo)
        patch.setattr(uvloop.Loop, "getaddrinfo", watched_loop_getaddrinfo)
        patch.setattr(uvloop.Loop, "create_connection", watched_loop_connection)
        yield


@pytest.fixture(autouse=True)
def network_attempts() -> Generator[list[str], None, None]:
    """What this test tried to reach and may not. A test of the guard itself empties the list."""
    _attempts.clear()
    yield _attempts
    if _attempts:
        pytest.fail("; ".join(dict.fromkeys(_attempts)), pytrace=False)
