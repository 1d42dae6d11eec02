"""Who asks: found by API key, token or client certificate; with no consumer set, everybody on the machine may.

Rule 1: whatever proof is shown has to hold, and all of it has to be the same consumer's.
Rule 2: keys are kept as hashes; a given one is compared with all of them in constant time, those that have run out too.
Rule 3: no text says more than which header field was wrong and what was expected there.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from cryptography.x509 import Name as X509Name
from starlette.requests import Request

from gateway import clock
from gateway.consumers.caller import ANYBODY, Caller, Headers, Way
from gateway.consumers.certificates import Certificates, Shown
from gateway.consumers.model import Certificate, Consumer, Key, distinguished
from gateway.consumers.settings import Oauth, Proxy
from gateway.consumers.tokens import HEADER as TOKEN_HEADER
from gateway.consumers.tokens import Tokens, refusal
from gateway.errors import Fault, Forbidden, Unauthenticated

KEY_HEADER = "x-api-key"
SenderId = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is looked at of a request; `peer` is the address that it came from, `now` in UTC, `day` in Stockholm."""

    headers: Headers = field(repr=False)
    peer: str
    now: datetime
    day: date

    @classmethod
    def of(cls, request: Request) -> Facts:
        """The facts of a request of now."""
        peer = "" if request.client is None else request.client.host
        return cls(request.headers, peer, clock.now(), clock.today())


class Directory:
    """Consumers by what they show; `open` where none is set, and everybody may ask."""

    def __init__(self, consumers: Iterable[Consumer], *, is_open: bool = False) -> None:
        self.consumers = tuple(consumers)
        self.is_open = is_open
        self._keys: list[tuple[str, date | None, Caller]] = []
        self._clients: dict[str, Caller] = {}
        self._fingerprints: dict[str, Caller] = {}
        self._names: dict[tuple[X509Name, X509Name], Caller] = {}
        self._senders: dict[SenderId, str] = {}
        for one in self.consumers:
            caller = Caller.of(one)
            self.enter(caller, one.all_keys(), one.certificate)
            if one.oauth_client is not None:
                self._clients[one.oauth_client] = caller
            if caller.sender is not None:
                self._senders[caller.sender] = caller.name

    def enter(self, caller: Caller, keys: Iterable[Key], certificate: Certificate | None) -> None:
        """Lets a caller be known by its keys and certificates."""
        self._keys += [(key.sha256, key.last_day, caller) for key in keys]
        if certificate is not None:
            self._fingerprints |= dict.fromkeys(certificate.fingerprints, caller)
            if certificate.subject is not None and certificate.issuer is not None:
                self._names[distinguished(certificate.subject), distinguished(certificate.issuer)] = caller

    def named(self, name: str) -> Caller | None:
        """The consumer of that name, for what it ordered earlier: nothing is proved by it."""
        if self.is_open and name == ANYBODY.name:
            return ANYBODY
        return next((Caller.of(one) for one in self.consumers if one.name == name), None)

    def of_key(self, key: str, day: date) -> Caller | None:
        """Whose API key it is on that day."""
        given = hashlib.sha256(key.encode()).hexdigest()
        found: Caller | None = None
        for kept, last_day, caller in self._keys:  # all are compared, so that the time taken tells nothing
            if hmac.compare_digest(given, kept) and (last_day is None or day <= last_day):
                found = caller
        return found

    def of_client(self, client: str) -> Caller | None:
        """Whose client id it is."""
        return self._clients.get(client)

    def of_certificate(self, shown: Shown) -> Caller | None:
        """Whose certificate it is: this very one, else one of its subject and issuer."""
        by_name = self._names.get((shown.subject, shown.issuer))
        return self._fingerprints.get(shown.fingerprint, by_name)

    def check_sender(self, caller: Caller, sender: SenderId | None) -> None:
        """Raises Forbidden for an SSEK message in another's name than that of the certificate that it came with."""
        if sender is None or (caller.sender is None and sender not in self._senders):
            return
        if sender != caller.sender or "certificate" not in caller.ways:
            raise Forbidden("", faults=(Fault("SenderId", "the one of the consumer whose certificate was shown"),))


class Identification:
    """The ways in which callers can prove who they are."""

    def __init__(self, oauth: Oauth | None, proxy: Proxy | None) -> None:
        """Connects to nothing; raises ValueError naming a setting that cannot be used."""
        self._tokens = None if oauth is None else Tokens(oauth)
        self._certificates = None if proxy is None else Certificates(proxy)

    async def aclose(self) -> None:
        """Closes the connection to the issuer of tokens."""
        if self._tokens is not None:
            await self._tokens.aclose()

    async def identify(self, facts: Facts, directory: Directory) -> Caller:
        """The caller behind a request; raises Unauthenticated, and Overloaded where a token cannot be checked."""
        if directory.is_open:
            return ANYBODY
        found: dict[Way, Caller] = {}
        if keys := facts.headers.getlist(KEY_HEADER):
            found["key"] = self._key(keys, facts.day, directory)
        if self._tokens is not None and (fields := facts.headers.getlist(TOKEN_HEADER)):
            found["token"] = await self._token(self._tokens, fields, directory)
        if self._certificates is not None and self._certificates.trusts(facts.peer):
            shown = self._certificates.shown(facts.headers, facts.now)
            if shown is not None:
                found["certificate"] = self._certificate(self._certificates.field, shown, directory)
        if not found:
            raise Unauthenticated("", faults=tuple(self._ways()))
        caller, *others = found.values()
        if any(other.name != caller.name for other in others):
            raise Unauthenticated("", faults=(Fault("", "header fields that all prove the same consumer"),))
        return replace(caller, ways=frozenset(found))

    def _key(self, given: list[str], day: date, directory: Directory) -> Caller:
        caller = directory.of_key(given[0], day) if len(given) == 1 else None
        return _proven(caller, _no_key)

    async def _token(self, tokens: Tokens, given: list[str], directory: Directory) -> Caller:
        scheme, _, token = given[0].partition(" ")
        if len(given) != 1 or scheme.lower() != "bearer":
            raise refusal()
        return _proven(directory.of_client(await tokens.client(token.strip())), refusal)

    def _certificate(self, header: str, shown: Shown, directory: Directory) -> Caller:
        expected = Fault(header, "the certificate of a configured consumer")
        return _proven(directory.of_certificate(shown), lambda: Unauthenticated("", faults=(expected,)))

    def _ways(self) -> Iterable[Fault]:
        yield from _no_key().faults
        if self._tokens is not None:
            yield from refusal().faults


def _no_key() -> Unauthenticated:
    return Unauthenticated("", faults=(Fault(KEY_HEADER, "the API key of a configured consumer"),))


def _proven(caller: Caller | None, otherwise: Callable[[], Unauthenticated]) -> Caller:
    if caller is None:
        raise otherwise()
    return caller
