"""What an order says beside its persons: the question, the versions, the mode, and when to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from gateway import validation
from gateway.errors import Fault, InvalidRequest, Unprocessable

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
_BOTH = 2

Version = Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]{0,2}$")]
Mode = Literal["svar", "jamforelse", "kampanj"]
Way = Literal["fragor", "asynkron"]


class Period(BaseModel):
    """The period of every question."""

    model_config = _PART

    # Its form is the question's own affair: it is read where a question is read.
    first: str = Field(alias="from", description="The first day.", json_schema_extra={"format": "date"})
    tom: str = Field(description="The last day.", json_schema_extra={"format": "date"})


class Type(BaseModel):
    """An information type of every question."""

    model_config = _PART

    klass: str = Field(description="The class.")
    informationstyp: str = Field(description="The information type's code.")


class Stops(BaseModel):
    """When an order stops by itself."""

    model_config = _PART

    fragor: int | None = Field(default=None, gt=0, description="Most questions to agencies: each is a disclosure.")
    felandel: float | None = Field(
        default=None, gt=0, le=1, description="Share of failed questions above which the order stops, from 20 on."
    )


class Campaign(BaseModel):
    """What a campaign is to prove."""

    model_config = _PART

    andel: float = Field(default=0.01, gt=0, lt=1, description="Disagreement is to be below this share of persons.")
    niva: float = Field(default=0.95, gt=0.5, lt=1, description="The level of that claim.")
    personer: int = Field(default=2000, gt=0, description="Most persons who are asked about.")
    fro: int = Field(default=0, ge=0, le=2**63, description="What the random choice is made from.")


class Spec(BaseModel):
    """An order's own fields."""

    model_config = _PART

    period: Period = Field(description="The period of every question.")
    informationstyper: tuple[Type, ...] = Field(min_length=1, description="The information types of every question.")
    lage: Mode = Field(
        default="svar",
        description="svar: the answers. jamforelse: two versions, compared. kampanj: the same, of as few as can be.",
    )
    versioner: tuple[Version, ...] = Field(
        default=(), max_length=4, description="The versions to ask; whichever routing chooses when left out."
    )
    stopp: Stops = Field(default_factory=Stops, description="When the order stops by itself.")
    kampanj: Campaign | None = Field(default=None, description="What a campaign is to prove; with the mode kampanj.")
    genom: Way = Field(
        default="fragor", description="By synchronous questions, or through LEFI Asynkron (reconstructed contract)."
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.versioner)) != len(self.versioner):
            raise ValueError("expected every version once")
        if self.lage != "svar" and len(self.versioner) != _BOTH:
            raise ValueError("expected two versions, to compare them")
        if self.kampanj is not None and self.lage != "kampanj":
            raise ValueError("expected the mode kampanj with what a campaign is to prove")
        if self.genom == "asynkron" and (self.lage != "svar" or self.versioner):
            raise ValueError("expected no versions and the mode svar through Asynkron")
        return self

    def base(self) -> dict[str, Any]:
        """A question without its person."""
        return {
            "period": {"from": self.period.first, "tom": self.period.tom},
            "informationstyper": [
                {"klass": one.klass, "informationstyp": one.informationstyp} for one in self.informationstyper
            ],
        }

    @property
    def goal(self) -> Campaign:
        """What a campaign is to prove."""
        return self.kampanj or Campaign()


def read(tree: Any) -> Spec:
    """The fields of an order as a caller wrote them; raises InvalidRequest with every place."""
    if not isinstance(tree, Mapping):
        raise InvalidRequest("", faults=(Fault("", "the order's own fields as a JSON object"),))
    try:
        return Spec.model_validate(tree)
    except ValidationError as error:
        found = [Fault("/" + one.path.replace(".", "/"), one.expected) for one in validation.faults(error)]
        # What no schema can say, that fields do not go together, is said of the whole.
        together = all(fault.path == "/" for fault in found)
        raise (Unprocessable if together else InvalidRequest)("", faults=tuple(found)) from None


class Kept(BaseModel):
    """An order's fields as they are kept, with what was settled when it was taken."""

    model_config = ConfigDict(frozen=True)

    spec: Spec
    connections: tuple[str, ...] = ()
    """What is asked for the order's versions; none where routing chooses for each person."""
    aktor: str | None = None
    purpose: str = ""
    ground: str = ""

    def text(self) -> str:
        """As one text."""
        return self.model_dump_json(by_alias=True)


def unkept(text: str) -> Kept:
    """What such a text says."""
    return Kept.model_validate_json(text)
