"""Tokens of OAuth 2 client credentials: signed JWTs (RFC 7519, RFC 9068), checked against the issuer's own keys.

Rule 1: only asymmetric signatures of the list, and only with a key that the issuer publishes for signatures.
Rule 2: the issuer's keys are asked for when they are needed and kept for an hour; a key that is not among them makes
        us ask again, at most once a minute, and however many wait for it, the issuer is asked once.
Rule 3: an issuer that cannot be reached is no reason to refuse what known keys prove: they serve for a day.
Rule 4: no text says what was wrong with a token.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.consumers.settings import Oauth
from gateway.errors import Fault, GatewayError, Overloaded, Unauthenticated
from gateway.jsonio import decode
from gateway.logs import log
from gateway.transport import Transport
from gateway.wire import WireRequest

HEADER = "authorization"
_FRESH_SECONDS, _STALE_SECONDS = 3600.0, 86400.0
_AGAIN_SECONDS, _RETRY_SECONDS = 60.0, 5.0
_LEAST_RSA_BITS = 2048
_KINDS = frozenset({"RSA", "EC", "OKP"})
_CLIENT_CLAIMS = ("client_id", "azp", "sub")


class _NoKeys(Exception):
    """The issuer's keys cannot be had, or are none."""


@dataclass(frozen=True, slots=True)
class _Key:
    """One key of the issuer; `algorithm` is empty where it is for any that its kind allows."""

    id: str | None
    algorithm: str
    public: Any


class Tokens:
    """The tokens of one issuer."""

    def __init__(self, oauth: Oauth) -> None:
        """Connects to nothing; raises ValueError naming a setting of the connection that cannot be used."""
        self._oauth = oauth
        self._keys = _Keys(oauth)

    async def client(self, token: str) -> str:
        """The client id that a token proves; raises Unauthenticated, and Overloaded where no keys can be had."""
        try:
            return await self._proven(token)
        except _NoKeys:
            raise Overloaded(
                "the keys that tokens are checked with cannot be had at the moment", retry_after=int(_RETRY_SECONDS)
            ) from None
        except (jwt.PyJWTError, ValueError, TypeError):  # TypeError: a key of another kind than the algorithm's
            raise refusal() from None

    async def aclose(self) -> None:
        """Closes the connection to the issuer."""
        await self._keys.aclose()

    async def _proven(self, token: str) -> str:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in self._oauth.algorithms:
            raise ValueError
        key = await self._keys.found(header.get("kid"), header["alg"])
        if key is None:
            raise ValueError
        claims = jwt.decode(
            token,
            key.public,
            algorithms=[header["alg"]],
            audience=self._oauth.audience,
            issuer=self._oauth.issuer,
            leeway=self._oauth.leeway_seconds,
            options={"require": ["exp", "iss", "aud"]},
        )
        stated = next((claims[claim] for claim in _CLIENT_CLAIMS if claims.get(claim) is not None), None)
        if not isinstance(stated, str) or not stated:
            raise ValueError
        return stated


def refusal() -> Unauthenticated:
    """The answer to a token that does not hold, whatever the reason."""
    return Unauthenticated("", faults=(Fault(HEADER, "Bearer and a token of a configured consumer"),))


class _Keys:
    """The issuer's keys, asked for when they are needed."""

    def __init__(self, oauth: Oauth) -> None:
        self._file = oauth.jwks_file
        self._transport = None if oauth.jwks is None else Transport("oauth", oauth.jwks)
        self._keys: tuple[_Key, ...] = ()
        self._had = self._tried = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def aclose(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        if self._transport is not None:
            await self._transport.aclose()

    async def found(self, key_id: str | None, algorithm: str) -> _Key | None:
        """The key that a token names; the only one where it names none. Raises _NoKeys."""
        now = asyncio.get_running_loop().time
        first = self._asking is not None and not self._keys
        if first or (now() - self._had > _FRESH_SECONDS and now() - self._tried > _RETRY_SECONDS):
            await self._ask()
        if now() - self._had > _STALE_SECONDS:
            raise _NoKeys
        key = self._named(key_id, algorithm)
        if key is None and (self._asking is not None or now() - self._tried > _AGAIN_SECONDS):
            await self._ask()
            key = self._named(key_id, algorithm)
        return key

    def _named(self, key_id: str | None, algorithm: str) -> _Key | None:
        fit = [key for key in self._keys if key.algorithm in ("", algorithm)]
        if key_id is None:
            return fit[0] if len(fit) == 1 else None
        return next((key for key in fit if key.id == key_id), None)

    async def _ask(self) -> None:
        """Asks for the keys, or waits for whoever does."""
        if self._asking is None:
            self._tried = asyncio.get_running_loop().time()
            self._asking = asyncio.create_task(self._learn())
            self._asking.add_done_callback(self._asked)
        await asyncio.shield(self._asking)  # one caller that gives up must not take the answer from the others

    def _asked(self, _task: asyncio.Task[None]) -> None:
        self._asking = None

    async def _learn(self) -> None:
        try:
            keys = _readable(decode(await self._read()))
        except (GatewayError, OSError, ValueError) as error:
            # Neither has a text that may be written: a foreign file or answer can hold anything.
            log.warning("no keys of the token issuer", error=type(error).__name__)
            return
        self._keys, self._had = keys, asyncio.get_running_loop().time()

    async def _read(self) -> bytes:
        if self._transport is None:
            assert self._file is not None  # noqa: S101  the settings have one of the two
            return await asyncio.to_thread(self._file.read_bytes)
        response = await self._transport.send(WireRequest("GET", "", {"accept": "application/json"}))
        if response.status != HTTPStatus.OK:
            raise ValueError
        return response.body


def _readable(tree: Any) -> tuple[_Key, ...]:
    """The keys of a JWKS (RFC 7517) that signatures can be checked with; raises ValueError where it has none."""
    listed = tree.get("keys") if isinstance(tree, dict) else None
    keys = [key for one in listed or () if isinstance(one, dict) and (key := _key(one)) is not None]
    if not keys:
        raise ValueError
    return tuple(keys)


def _key(one: dict[str, Any]) -> _Key | None:
    if one.get("kty") not in _KINDS or one.get("use", "sig") != "sig" or "d" in one:  # d: somebody's private key
        return None
    try:
        public = jwt.PyJWK.from_dict(one).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(public, RSAPublicKey) and public.key_size < _LEAST_RSA_BITS:
        return None
    return _Key(one.get("kid"), one.get("alg", ""), public)
