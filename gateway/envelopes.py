"""Which envelope a version is spoken in, as settings: plain SOAP or REST, SSEK 2.0, or SSBTEK v10."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from gateway.connection import ClientCertificate
from gateway.xmlio import can_carry

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

Envelope = Literal["plain", "ssek", "ssbtek"]
IdType = Literal["APP", "CN", "DN", "ORGNR"]

ORGNR = r"16[0-9]{10}"
"""An organisation number as SSEK writes it: twelve digits."""

_ID_TYPE = "Of which type the identity is: CN or DN of a certificate, ORGNR (organisation number) or APP."
_MUST = "Mark the SSEK header as one that must be understood."

Text = Annotated[str, StringConstraints(min_length=1, max_length=512, pattern=r"^\S(.*\S)?$")]
Organisationsnummer = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}[2-9][0-9]{7}$")]


class _Section(BaseModel):
    model_config = _PART

    @field_validator("*")
    @classmethod
    def _can_be_sent(cls, value: Any) -> Any:
        if isinstance(value, str) and not can_carry(value):
            raise ValueError("expected characters that XML can carry")
        return value


def _identity(value: str | None, info: ValidationInfo, type_field: str) -> str | None:
    if info.data.get(type_field) == "ORGNR" and value is not None and not re.fullmatch(ORGNR, value):
        raise ValueError("expected an organisation number of twelve digits, 16 first")
    return value


class Signature(_Section):
    """Signatures of SSEK messages: with what ours are signed, and whose are taken."""

    certificate: ClientCertificate | None = Field(
        default=None,
        description="Our certificate and its key (two PEM files, or one PKCS#12 file): with it, every message of ours "
        "is signed, faults included.",
    )
    trusted: Path | None = Field(
        default=None, description="PEM file with the very certificates whose signatures are taken."
    )
    ca: Path | None = Field(
        default=None,
        description="PEM file with certificate authorities: a signature is taken if one of them issued its "
        "certificate, and if that names the SenderId.",
    )
    verify: Literal["required", "optional"] = Field(
        default="required",
        description="Where `trusted` or `ca` is given: whether messages to us must be signed, or only may be. "
        "A signature that is there must hold.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        verifies = self.trusted is not None or self.ca is not None
        if not verifies and (self.certificate is None or "verify" in self.model_fields_set):
            raise ValueError("expected trusted or ca, or a certificate without verify")
        return self


class Ssek(_Section):
    """How an upstream is asked over SSEK 2.0."""

    sender_type: IdType = Field(default="CN", description=_ID_TYPE)
    sender_id: Text = Field(description="As whom we ask: the SenderId of our questions.")
    receiver_type: IdType = Field(default="CN", description=_ID_TYPE)
    receiver_id: Text = Field(description="Whom we ask: the ReceiverId of our questions.")
    tx_id: bool = Field(
        default=True,
        description="Send a TxId of our own with every question and refuse an answer that has another.",
    )
    # A question of SSEK always says so, and only a receiver that knows SSEK gets it; answers go to clients of all sorts
    must_understand: bool = Field(default=True, description=_MUST)
    signature: Signature | None = Field(
        default=None, description="Signatures of our questions and of their answers; neither has one when left out."
    )

    @field_validator("sender_id", "receiver_id")
    @classmethod
    def _is_of_its_type(cls, value: str, info: ValidationInfo) -> str:
        _identity(value, info, str(info.field_name).replace("_id", "_type"))
        return value


class SsekHouse(_Section):
    """How the gateway answers at its own SSEK address."""

    id_type: IdType = Field(default="CN", description=_ID_TYPE)
    id: Text | None = Field(
        default=None, description="The ReceiverId that the gateway answers to; any is answered to when left out."
    )
    tx_id: Literal["optional", "required", "forbidden"] = Field(
        default="optional", description="Whether a question may, must or must not have a TxId."
    )
    must_understand: bool = Field(
        default=False, description=f"{_MUST} Some SOAP stacks then refuse the answer, so it is off by default."
    )
    signature: Signature | None = Field(
        default=None, description="Signatures of questions to us and of our answers; neither has one when left out."
    )

    @field_validator("id")
    @classmethod
    def _is_of_its_type(cls, value: str | None, info: ValidationInfo) -> str | None:
        return _identity(value, info, "id_type")


class Bitrade(_Section):
    """One who handles the question for the organisation that asks."""

    organisationsnummer: Organisationsnummer = Field(description="Organisation number, twelve digits.")
    namn: Text = Field(description="Name of the organisation.")


class Ssbtek(_Section):
    """What SSBTEK v10 wants to know about whoever asks; the actor is `aktors_id` of the connection."""

    organisationsnummer: Organisationsnummer = Field(
        description="Organisation number of the organisation that asks, twelve digits."
    )
    namn: Text = Field(description="Name of the organisation that asks.")
    handlaggare: Text = Field(description="Identity of the official, or of the system, that asks.")
    syfte: Text = Field(description="For what purpose the data are asked for.")
    lagtext: Text = Field(description="The provision by which they may be disclosed.")
    arendeidentitet: Text | None = Field(
        default=None, description="Identity of the case; one of its own for every question when left out."
    )
    personuppgiftsbitraden: tuple[Bitrade, ...] = Field(
        default=(), description="Who handles the question for the organisation, if anybody does."
    )
