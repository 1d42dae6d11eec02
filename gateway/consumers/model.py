"""A consumer, as it is set: how it is known, what it may ask for and state, how much, and what it is shown."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, Self

from cryptography.x509 import Name as X509Name
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import NameOID
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.consumers.fields import compiled
from gateway.consumers.settings import Some
from gateway.envelopes import ORGNR, IdType, Text
from gateway.parts import Aktor, Informationstypskod, Name

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

Absence = Literal["fault", "header", "plain"]
Protected = Literal["remove", "show"]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]


Agreed = Annotated[tuple[Code, ...], Some, Field(json_schema_extra={"minItems": 1})]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

_NAMES: dict[str, ObjectIdentifier] = {
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
    "organizationIdentifier": NameOID.ORGANIZATION_IDENTIFIER,
    "GN": NameOID.GIVEN_NAME,
    "SN": NameOID.SURNAME,
}
"""What OpenSSL calls attributes that RFC 4514 has no short name for; Expisoft and SITHS use the first three."""


def distinguished(text: str) -> X509Name:
    """A name of RFC 4514 as a value; raises ValueError."""
    try:
        return X509Name.from_rfc4514_string(text, _NAMES)
    except ValueError:
        raise ValueError("expected a distinguished name of RFC 4514, as in CN=a,O=b,C=SE") from None


def _named(text: str) -> str:
    distinguished(text)
    return text


def fingerprint(text: str) -> str:
    """A SHA-256 fingerprint without colons, in lower case."""
    return text.replace(":", "").lower()


_DistinguishedName = Annotated[str, StringConstraints(min_length=1, max_length=1024), AfterValidator(_named)]
_Fingerprint = Annotated[
    str, StringConstraints(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$"), AfterValidator(fingerprint)
]


class Key(BaseModel):
    """One of the API keys of a consumer: several at once is how a key is exchanged."""

    model_config = _PART

    sha256: Sha256 = Field(description="SHA-256 of the key, in hexadecimal; the key itself is not kept.", repr=False)
    added: date | None = Field(default=None, description="Since when the consumer has the key.")
    last_day: date | None = Field(default=None, description="The last day on which the key is taken.")


class Certificate(BaseModel):
    """Client certificates that are a consumer's."""

    model_config = _PART

    fingerprints: tuple[_Fingerprint, ...] = Field(
        default=(), description="SHA-256 fingerprints of the very certificates, in hexadecimal, with colons or without."
    )
    subject: _DistinguishedName | None = Field(
        default=None,
        repr=False,
        description="Subject (RFC 4514) of certificates that are taken whenever they were issued; with `issuer`.",
    )
    issuer: _DistinguishedName | None = Field(
        default=None, repr=False, description="Issuer (RFC 4514) of the certificates with that subject."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.subject is None) != (self.issuer is None):
            raise ValueError("expected subject and issuer together")
        if self.subject is None and not self.fingerprints:
            raise ValueError("expected fingerprints, or subject and issuer")
        return self


class Sender(BaseModel):
    """As whom a consumer writes SSEK messages."""

    model_config = _PART

    type: IdType = Field(default="CN", description="Of which type the identity is.")
    id: Text = Field(description="The SenderId of its messages.")

    @model_validator(mode="after")
    def _is_of_its_type(self) -> Self:
        if self.type == "ORGNR" and not re.fullmatch(ORGNR, self.id):
            raise ValueError("expected an organisation number of twelve digits, 16 first")
        return self


class Consumer(BaseModel):
    """A system that asks the gateway."""

    model_config = _PART

    name: Name = Field(description="Name of the consumer, in logs and metrics.")
    key_sha256: Sha256 | None = Field(
        default=None,
        description="SHA-256 of the consumer's API key, in hexadecimal; the key itself is not kept.",
        repr=False,
    )
    keys: tuple[Key, ...] = Field(default=(), description="More API keys, each with a last day if it has one.")
    oauth_client: Annotated[str, StringConstraints(min_length=1, max_length=256)] | None = Field(
        default=None, description="The consumer's client id in tokens of the issuer of `server.oauth`."
    )
    certificate: Certificate | None = Field(
        default=None, description="The consumer's client certificates, as the proxy of `server.proxy` passes them on."
    )
    ssek_sender: Sender | None = Field(
        default=None, description="The only SenderId of its SSEK messages, which its certificate must come with."
    )
    aktors_id: Aktor | None = Field(default=None, description="The actor that the consumer asks as.")
    informationstyper: frozenset[Informationstypskod] | None = Field(
        default=None, description="What the consumer may ask for; everything when left out."
    )
    fields: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Paths of what the consumer is shown of an answer, `*` for every position of a list; everything "
        "when left out.",
        examples=[["arenden.sjukpenning", "utbetalningar.*.nettobelopp"]],
    )
    purposes: Agreed = Field(description="Codes of the purposes that it may ask for.")
    grounds: Agreed = Field(description="Codes of the legal grounds that it may ask on.")
    per_minute: int | None = Field(default=None, gt=0, description="Most questions in any sixty seconds.")
    concurrent: int | None = Field(default=None, gt=0, description="Most questions in work at once.")
    protected: Protected = Field(
        default="remove",
        description="Address and contact data of persons whose identity is protected: removed, or shown to a consumer "
        "that has a grant.",
    )
    lifecycle_header: bool = Field(
        default=False, description="Whether SOAP answers say in a header block that the version is coming to its end."
    )
    absence: Absence = Field(
        default="fault",
        description="What a caller of an old SOAP version gets when a source failed, since its version cannot say so: "
        "a fault, the answer with the coverage in a SOAP header block, or the plain answer.",
    )

    @model_validator(mode="after")
    def _can_be_used(self) -> Self:
        if not (self.key_sha256 or self.keys or self.oauth_client or self.certificate):
            raise ValueError("expected a way to know it: key_sha256, keys, oauth_client or certificate")
        if self.ssek_sender and not self.certificate:
            raise ValueError("expected a certificate, since ssek_sender is bound to it")
        if self.fields is not None:
            compiled(self.fields)
        return self

    def all_keys(self) -> tuple[Key, ...]:
        """Every API key, `key_sha256` first."""
        return (*((Key(sha256=self.key_sha256),) if self.key_sha256 else ()), *self.keys)
