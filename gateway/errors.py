"""Every way in which the gateway says no, in one tree.

GatewayError
├── ClientError                     the caller's question cannot be answered as it stands
│   ├── InvalidRequest              400 invalid-request
│   ├── Unauthenticated             401 unauthenticated
│   ├── Forbidden                   403 forbidden
│   ├── NotFound                    404 not-found
│   ├── MethodNotAllowed            405 method-not-allowed      (+ Allow)
│   ├── NotAcceptable               406 not-acceptable
│   ├── RequestTimeout              408 request-timeout
│   ├── Conflict                    409 conflict
│   ├── PayloadTooLarge             413 payload-too-large
│   ├── UriTooLong                  414 uri-too-long
│   ├── UnsupportedMediaType        415 unsupported-media-type
│   ├── Unprocessable               422 unprocessable
│   ├── RateLimited                 429 rate-limited            (+ Retry-After)
│   └── HeadersTooLarge             431 headers-too-large
├── Internal                        500 internal
├── Overloaded                      503 overloaded              (+ Retry-After)
├── LedgerUnavailable               503 ledger-unavailable      (+ Retry-After)
└── UpstreamError                   the agency's side, or the way there, failed
    ├── UpstreamFault               502 upstream-fault
    ├── UpstreamInvalidAnswer       502 upstream-invalid-answer
    ├── UpstreamWrongPerson         502 upstream-wrong-person
    ├── UpstreamTls                 502 upstream-tls
    ├── ClientCertificateRefused    503 client-certificate-refused
    ├── UpstreamUnavailable         503 upstream-unavailable    (+ Retry-After)
    └── UpstreamTimeout             504 upstream-timeout

An error carries where and what was expected, never a value: its texts are shown to callers and written to logs.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar

from gateway.wire import WireResponse


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a message: where, and what was expected there."""

    path: str
    expected: str


class GatewayError(Exception):
    """The root: an error that has a problem type, an HTTP status and a title (RFC 9457)."""

    type: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "The gateway failed"

    def __init__(
        self,
        detail: str = "",
        *,
        faults: tuple[Fault, ...] = (),
        retry_after: int | None = None,
        allow: tuple[str, ...] = (),
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.faults = faults
        self.retry_after = retry_after
        self.allow = allow
        self.instance = f"urn:uuid:{uuid.uuid4()}"
        """The identity of this one occurrence, in the answer as in the log."""


class ClientError(GatewayError):
    """The caller's question cannot be answered as it stands."""


class InvalidRequest(ClientError):
    """The message does not have the form that the contract gives it."""

    type = "invalid-request"
    status = 400
    title = "The request does not follow the contract"


class Unauthenticated(ClientError):
    """The caller did not prove who it is."""

    type = "unauthenticated"
    status = 401
    title = "The caller is not authenticated"


class Forbidden(ClientError):
    """The caller is known and may not do this."""

    type = "forbidden"
    status = 403
    title = "The caller may not do this"


class NotFound(ClientError):
    """There is nothing at this address."""

    type = "not-found"
    status = 404
    title = "There is nothing at this address"


class MethodNotAllowed(ClientError):
    """The address exists, but not for this method; `allow` lists those it takes."""

    type = "method-not-allowed"
    status = 405
    title = "This address does not take that method"


class NotAcceptable(ClientError):
    """The caller accepts no form of answer that exists here."""

    type = "not-acceptable"
    status = 406
    title = "No acceptable form of answer"


class RequestTimeout(ClientError):
    """The caller did not send its whole request in time."""

    type = "request-timeout"
    status = 408
    title = "The request did not arrive in time"


class Conflict(ClientError):
    """The request contradicts the present state."""

    type = "conflict"
    status = 409
    title = "The request contradicts the present state"


class PayloadTooLarge(ClientError):
    """The body is larger than this address takes."""

    type = "payload-too-large"
    status = 413
    title = "The body is too large"


class UriTooLong(ClientError):
    """The address is longer than 2,048 characters."""

    type = "uri-too-long"
    status = 414
    title = "The address is too long"


class UnsupportedMediaType(ClientError):
    """The body is not of a media type that this address takes."""

    type = "unsupported-media-type"
    status = 415
    title = "The body is of the wrong media type"


class Unprocessable(ClientError):
    """The message has the right form, but what it says cannot be asked."""

    type = "unprocessable"
    status = 422
    title = "The question cannot be asked as it stands"


class RateLimited(ClientError):
    """The caller asks more often than it may."""

    type = "rate-limited"
    status = 429
    title = "Too many questions"


class HeadersTooLarge(ClientError):
    """The header fields are larger than this address takes."""

    type = "headers-too-large"
    status = 431
    title = "The header fields are too large"


class Internal(GatewayError):
    """A fault of our own: what happened is in the log under the correlation id."""

    type = "internal"
    status = 500
    title = "The gateway failed"


class Overloaded(GatewayError):
    """The gateway has more to do than it can."""

    type = "overloaded"
    status = 503
    title = "The gateway is overloaded"


class LedgerUnavailable(GatewayError):
    """The disclosure ledger cannot be written, so no answer is given."""

    type = "ledger-unavailable"
    status = 503
    title = "The disclosure ledger cannot be written"


class UpstreamError(GatewayError):
    """The agency's side, or the way there, failed; `sent` says whether the question may have reached it."""

    def __init__(
        self, detail: str = "", *, sent: bool, faults: tuple[Fault, ...] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(detail, faults=faults, retry_after=retry_after)
        self.sent = sent
        self.response: WireResponse | None = None
        """What had come of the answer when the transport failed: for the support bundle, and never shown."""


class UpstreamFault(UpstreamError):
    """The agency answered with an error of its own; its text is never passed on."""

    type = "upstream-fault"
    status = 502
    title = "The agency answered with an error"


class UpstreamInvalidAnswer(UpstreamError):
    """What came back is not an answer by the contract or by HTTP."""

    type = "upstream-invalid-answer"
    status = 502
    title = "The agency's answer cannot be read"


class UpstreamWrongPerson(UpstreamError):
    """The answer is about somebody else: it is neither shown nor logged."""

    type = "upstream-wrong-person"
    status = 502
    title = "The agency's answer is about another person"


class UpstreamTls(UpstreamError):
    """The agency's server could not be trusted; nothing was sent."""

    type = "upstream-tls"
    status = 502
    title = "The agency's server could not be trusted"


class ClientCertificateRefused(UpstreamError):
    """The agency did not accept our client certificate."""

    type = "client-certificate-refused"
    status = 503
    title = "The agency refused the client certificate"


class UpstreamUnavailable(UpstreamError):
    """The agency cannot be reached, or says that it is busy."""

    type = "upstream-unavailable"
    status = 503
    title = "The agency cannot be reached"


class UpstreamTimeout(UpstreamError):
    """The agency did not answer within the deadline."""

    type = "upstream-timeout"
    status = 504
    title = "The agency did not answer in time"
