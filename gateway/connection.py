"""How one upstream is reached, as settings: nothing is opened or read from disk here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Discriminator, Field, SecretStr, Tag, field_validator

# hide_input_in_errors: a mistyped section may hold a password, and the text of a validation error is printed at start.
_FROZEN = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class PemCertificate(BaseModel):
    """Our client certificate as two PEM files."""

    model_config = _FROZEN

    certificate: Path = Field(description="PEM file with the client certificate, followed by its chain.")
    key: Path = Field(description="PEM file with the private key.")
    password: SecretStr | None = Field(
        default=None, description="Password of the private key; leave out when it has none."
    )


class Pkcs12Certificate(BaseModel):
    """Our client certificate, its key and its chain as one PKCS#12 file."""

    model_config = _FROZEN

    pkcs12: Path = Field(description="PKCS#12 file (.p12, .pfx) with the client certificate, its key and its chain.")
    password: SecretStr | None = Field(
        default=None, description="Password of the PKCS#12 file; leave out when it has none."
    )


def _form(value: Any) -> str:
    """Tell the two forms apart by their key, so that an error names the fields of one form and not of both."""
    holds_pkcs12 = "pkcs12" in value if isinstance(value, dict) else isinstance(value, Pkcs12Certificate)
    return "pkcs12" if holds_pkcs12 else "pem"


ClientCertificate = Annotated[
    Annotated[PemCertificate, Tag("pem")] | Annotated[Pkcs12Certificate, Tag("pkcs12")], Discriminator(_form)
]


class Connection(BaseModel):
    """How one upstream is reached; times are in seconds, sizes in bytes."""

    model_config = _FROZEN

    url: str = Field(
        description="Address of the upstream, http or https; a path in it stands before every path that is asked.",
        examples=["https://lefi.example.se/lefi"],
    )
    client_certificate: ClientCertificate | None = Field(
        default=None, description="Our client certificate: two PEM files, or one PKCS#12 file."
    )
    ca: Path | None = Field(
        default=None,
        description="PEM file with the only certificate authorities that are trusted; without it, the system's are.",
    )
    connect_seconds: Seconds = Field(
        default=5, description="Longest time to find, reach and TLS-handshake with the upstream."
    )
    read_seconds: Seconds = Field(default=20, description="Longest silence while an answer is awaited or read.")
    total_seconds: Seconds = Field(default=30, description="Longest time for one question, a second attempt included.")
    max_answer_bytes: int = Field(default=16 * 1024 * 1024, gt=0, description="Largest answer that is read.")
    reuse_connections: bool = Field(
        default=False,
        description="Ask several questions over one connection: some 5 ms faster, but an upstream that sends one "
        "answer too many then answers the next question with it.",
    )

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        # The texts never repeat the address: user name and password in it would be a secret.
        if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
            raise ValueError("expected printable ASCII without spaces and backslashes (host names in their xn-- form)")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"}:
            raise ValueError("expected http:// or https://")
        if "@" in parts.netloc:
            raise ValueError("expected no user name or password")
        if "?" in url or "#" in url:
            raise ValueError("expected no query and no fragment")
        # urlsplit reads the port when it is asked for, and says itself that it is not a number.
        if not parts.hostname or parts.port == 0:
            raise ValueError("expected a host, and a port from 1 to 65535 if any")
        if any(segment.lower().replace("%2e", ".") in {".", ".."} for segment in parts.path.split("/")):
            raise ValueError("expected a path without dot segments")
        return url
