"""How callers prove who they are, as settings: tokens of an issuer, certificates that a proxy passes on."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.connection import Connection

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Asymmetric signatures only (RFC 7518, RFC 8037): with a shared secret, whoever checks a token could make one."""

ProxyForm = Literal["rfc9440", "nginx", "haproxy"]
_Said = Annotated[str, StringConstraints(min_length=1, max_length=512)]
_Items = TypeVar("_Items", bound=Sequence[str])


def at_least_one(items: _Items) -> _Items:
    """The items; raises ValueError for none. A list's own rule would also complain where each is wrong by itself."""
    if not items:
        raise ValueError("expected at least one")
    return items


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise ValueError("expected an address, or a network as in 10.1.2.0/29") from None
    return text


Some = AfterValidator(at_least_one)
_Network = Annotated[str, AfterValidator(_network)]


class Oauth(BaseModel):
    """Tokens of OAuth 2 client credentials: `Authorization: Bearer` with a signed JWT."""

    model_config = _PART

    issuer: _Said = Field(description="The issuer (`iss`) of the tokens, to the letter.")
    audience: _Said = Field(description="What stands for this gateway in the audience (`aud`) of a token.")
    jwks: Connection | None = Field(
        default=None,
        description="Where the issuer publishes its keys (JWKS): `url`, and `ca` if it is not the system's.",
    )
    jwks_file: Path | None = Field(default=None, description="File with the issuer's keys (JWKS), in place of `jwks`.")
    algorithms: Annotated[tuple[Algorithm, ...], Some] = Field(
        default=("RS256", "PS256", "ES256", "EdDSA"), description="Signatures that are taken."
    )
    leeway_seconds: int = Field(
        default=30, ge=0, le=300, description="How far the issuer's clock may be from ours when times are compared."
    )

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        if (self.jwks is None) == (self.jwks_file is None):
            raise ValueError("expected jwks or jwks_file, one of them")
        return self


class Proxy(BaseModel):
    """A proxy that speaks TLS with the callers and passes their client certificates on in header fields."""

    model_config = _PART

    trusted: Annotated[tuple[_Network, ...], Some] = Field(
        description="Addresses or networks of the proxy; header fields from anybody else are passed over.",
        examples=[["127.0.0.1", "10.1.2.0/29"]],
    )
    form: ProxyForm = Field(
        default="rfc9440",
        description="How the certificate is passed on: `rfc9440` (Client-Cert), `nginx` (X-SSL-Client-Verify and "
        "X-SSL-Client-Escaped-Cert), `haproxy` (X-SSL-Client-Verify and X-SSL-Client-Cert).",
    )
