"""What stands in a cutover certificate, and in the evidence that it is issued on: counts and words, no person's data.

Rule 1: canonical JSON by RFC 8785. All numbers are whole, and shares are text with their decimals, so that the ways
        in which programs write fractions do not matter; all keys are plain ASCII, so sorting them is the RFC's order.
Rule 2: whatever was computed can be computed again from the counts beside it.
Rule 3: no free text may hold ten digits on end, with or without a dash: it could be a personnummer.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    StringConstraints,
    model_validator,
)

from gateway.evidence.counts import FieldCounts, Outcome, Type, TypeCounts
from gateway.evidence.goal import Method, Terms
from gateway.evidence.strata import Division, can_be, shown
from schemas.koder import Klass

KIND: Literal["lefi-cutover-certificate"] = "lefi-cutover-certificate"
_NUMBER = re.compile(r"[0-9]{6}[-+ ]?[0-9]{4}")


def _no_number(text: str) -> str:
    if _NUMBER.search(text):
        raise ValueError("expected a text without anything like a personnummer")
    return text


Share = Annotated[str, StringConstraints(pattern=r"^(0(\.[0-9]{1,12})?|1(\.0{1,12})?)$")]
"""A number from 0 to 1 as text: `0.001`."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_no_number)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Part(BaseModel):
    """The root of every part."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, strict=True)


class Side(Part):
    """One of the two versions."""

    version: Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]{0,2}$")] = Field(description="As in `v9`.")
    contract: Literal["official", "reconstructed"] = Field(description="Whose contract file the version is held by.")
    sha256: Hash = Field(description="The hash of the contract's files, as `lefi contracts list` says it.")


class Claim(Part):
    """What is to be proved of every type."""

    rate: Share = Field(description="The share of persons with an unexplained difference that is not to be reached.")
    level: Share = Field(default="0.95", description="How sure the bound is.")
    least: PositiveInt = Field(default=3, description="For how many persons a field has to be compared to be covered.")
    share: Share = Field(default="1", description="The part of the fields, rare ones apart, that has to be covered.")
    method: Method = Field(
        default="sequential",
        description="`sequential`: the bound holds whenever one stops. `fixed`: by Clopper and Pearson, for a number "
        "of persons that was decided beforehand.",
    )

    def terms(self) -> Terms:
        """The same, to compute with."""
        return Terms(float(self.rate), float(self.level), self.least, float(self.share), self.method)


class FieldEvidence(Part):
    """Persons by what came of one field."""

    path: Text = Field(description="Canonical, without list places.")
    seen: NonNegativeInt = Field(description="Persons for whom either version held it.")
    compared: NonNegativeInt = Field(description="Persons for whom it could be held against the other's.")
    classes: dict[Outcome, NonNegativeInt] = Field(description="Persons by what was found.")


class StratumEvidence(Part):
    """Persons of one part of a division, as they are shown: too few are not counted out."""

    division: Division = Field(description="Told apart by age, by length of the period, or by the caller's group.")
    part: Text
    persons: PositiveInt | Literal["<5", "withheld"] = Field(
        description="Those with data; `withheld` where else the number of so few could be computed."
    )


class TypeEvidence(Part):
    """Persons by what came of one information type."""

    klass: Klass
    informationstyp: Text
    answered: NonNegativeInt = Field(description="Persons about whom both versions answered.")
    compared: NonNegativeInt = Field(description="Those of them with data.")
    disagreed: NonNegativeInt = Field(description="Those of them with a difference that nothing explains.")
    expected: tuple[Text, ...] = Field(description="The fields that the type can have in both versions.")
    fields: tuple[FieldEvidence, ...] = Field(description="The fields that were seen.")
    strata: tuple[StratumEvidence, ...] = Field(
        default=(), description="The persons with data by age, period and group, as far as these are known."
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        possible = self.disagreed <= self.compared <= self.answered and all(
            one.compared <= one.seen <= self.answered
            and one.compared <= self.compared
            and one.classes.get("unexplained", 0) <= min(one.compared, self.disagreed)
            and all(number <= one.seen for number in one.classes.values())
            for one in self.fields
        )
        if not possible or len({one.path for one in self.fields}) < len(self.fields):
            raise ValueError("expected counts that can be: disagreed within compared, compared within seen")
        if not all(can_be([one.persons for one in parts], self.compared) for parts in self.divided().values()):
            raise ValueError("expected strata that add up to the persons with data")
        return self

    def divided(self) -> dict[Division, list[StratumEvidence]]:
        """The strata by what they are told apart by."""
        found: dict[Division, list[StratumEvidence]] = {}
        for one in self.strata:
            found.setdefault(one.division, []).append(one)
        return found

    @classmethod
    def of(
        cls, kind: Type, counted: TypeCounts, expected: Collection[str], strata: Mapping[Division, Counter[str]]
    ) -> Self:
        """What was counted of a type, with the fields that it can have in both versions."""
        klass, typ = kind
        fields = (
            {"path": path, "seen": one.seen, "compared": one.compared, "classes": dict(sorted(one.classes.items()))}
            for path, one in sorted(counted.fields.items())
        )
        return cls.model_validate(
            {
                "klass": klass,
                "informationstyp": typ,
                "answered": counted.answered,
                "compared": counted.compared,
                "disagreed": counted.disagreed,
                "expected": tuple(sorted(expected)),
                "fields": tuple(fields),
                "strata": tuple(
                    {"division": division, "part": part, "persons": persons}
                    for division, parts in strata.items()
                    for part, persons in shown(division, parts).items()
                ),
            }
        )

    def counts(self) -> TypeCounts:
        """The same, to compute with."""
        fields = {one.path: FieldCounts(one.seen, one.compared, dict(one.classes)) for one in self.fields}
        return TypeCounts(self.answered, self.compared, self.disagreed, fields)


class AcceptedRule(Part):
    """A rule by which differences were accepted."""

    name: Text
    path: Text = Field(description="Where it accepts them.")
    owner: Text = Field(description="Who answers for it.")
    reason: Text
    expires: date = Field(description="The last day on which it counts.")
    hits: NonNegativeInt = Field(description="Persons for whom it accepted a difference.")


class Loss(Part):
    """What the new version is declared not to have."""

    path: Text
    reason: Text


class Evidence(Part):
    """What a certificate is issued on."""

    consumer: Text
    old: Side
    new: Side
    first_day: date = Field(description="When the first person was asked about.")
    last_day: date = Field(description="When the last person was asked about.")
    disclosures: NonNegativeInt = Field(description="Persons who were asked about.")
    failed: NonNegativeInt = Field(default=0, description="Those of them whom no comparison came of.")
    planned: PositiveInt | None = Field(
        default=None, description="How many persons it was decided to ask, before the first was; for a `fixed` bound."
    )
    claim: Claim
    types: tuple[TypeEvidence, ...] = Field(min_length=1)
    rules: tuple[AcceptedRule, ...] = ()
    losses: tuple[Loss, ...] = ()

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError("expected a last day that is not before the first")
        if any(one.answered > self.disclosures - self.failed for one in self.types):
            raise ValueError("expected no more answers than persons who were asked about without failing")
        if len({(one.klass, one.informationstyp) for one in self.types}) < len(self.types):
            raise ValueError("expected every type once")
        return self


class Finding(Part):
    """What the counts of one type come to."""

    klass: Klass
    informationstyp: Text
    upper: Share = Field(description="The rate of disagreement is below this, rounded up.")
    covered: NonNegativeInt
    uncovered: tuple[Text, ...]
    rare: tuple[Text, ...] = Field(description="Not covered, but proved to occur less often than the claimed rate.")


class Certificate(Part):
    """What is signed."""

    kind: Literal["lefi-cutover-certificate"] = KIND
    format: Literal[1] = 1
    issued: datetime
    valid_until: date = Field(description="The last day on which it is valid.")
    gateway: Text = Field(description="The version of the program that issued it.")
    evidence: Evidence
    findings: tuple[Finding, ...]


class Signature(Part):
    """By whom, over the canonical JSON of the certificate."""

    algorithm: Literal["Ed25519"] = "Ed25519"
    key: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
    value: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]


class Signed(Part):
    """A certificate as it lies on disk."""

    certificate: Certificate
    signature: Signature


def canonical(tree: Any) -> bytes:
    """Canonical JSON (RFC 8785) of a tree without fractions; raises TypeError or ValueError for another."""
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return text.encode()
