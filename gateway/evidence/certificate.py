"""The cutover certificate: issued where the evidence reaches its claim, and verified by anyone with the public key.

There is no way to issue one on evidence that does not: whoever moves a consumer all the same says so at the cutover.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, Context
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import ValidationError

from gateway import jsonio
from gateway.evidence.counts import Type
from gateway.evidence.document import Certificate, Claim, Evidence, Finding, Signature, Signed, TypeEvidence, canonical
from gateway.evidence.goal import Judgement, judge

Aspect = Literal["form", "signature", "validity", "subject", "counts", "goal", "rules"]
_UP = Context(prec=6, rounding=ROUND_CEILING)
_ROUNDING = 1e-6
"""What two machines' floating point may differ by, and far less than anybody would lie for."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing about a certificate that does not hold."""

    aspect: Aspect
    text: str


class NotReached(ValueError):
    """The evidence does not reach its claim; `failures` say in what."""

    def __init__(self, failures: tuple[Failure, ...]) -> None:
        super().__init__("; ".join(failure.text for failure in failures))
        self.failures = failures


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a certificate has to be about; None where it does not matter."""

    consumer: str | None = None
    types: frozenset[Type] = frozenset()
    """Types that have to be among its own."""
    old: str | None = None
    new: str | None = None
    contracts: frozenset[str] | None = None
    """The hashes of the contracts that are in use now."""
    rate: float | None = None
    """What the claimed rate may be at most."""
    level: float | None = None
    """What the claimed level has to be at least."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a certificate came to: it holds where nothing fails. Without a form there is no certificate."""

    signed: Signed | None
    failures: tuple[Failure, ...]


def issue(evidence: Evidence, key: Ed25519PrivateKey, *, now: datetime, days: int, gateway: str) -> bytes:
    """A certificate as canonical JSON, valid for so many days after the last question; raises NotReached.

    It ends earlier where a rule ends by which differences were accepted.
    """
    ends = [evidence.last_day + timedelta(days=days), *(rule.expires for rule in evidence.rules if rule.hits)]
    certificate = Certificate(
        issued=now,
        valid_until=min(ends),
        gateway=gateway,
        evidence=evidence,
        findings=tuple(finding(one, _judged(evidence, one)) for one in evidence.types),
    )
    if failures := (*_validity(certificate, now.date()), *_goal(evidence)):
        raise NotReached(failures)
    message = canonical(certificate.model_dump(mode="json"))
    signature = Signature(key=key_id(key.public_key()), value=base64.b64encode(key.sign(message)).decode())
    return canonical(Signed(certificate=certificate, signature=signature).model_dump(mode="json")) + b"\n"


def verify(document: bytes, key: Ed25519PublicKey, day: date, wanted: Wanted | None = None) -> Verified:
    """Everything about a certificate that does not hold on that day."""
    try:
        tree = jsonio.decode(document)
        signed = Signed.model_validate_json(document)
        message = canonical(tree["certificate"])
    except ValidationError as error:
        return Verified(None, tuple(Failure("form", _where(one)) for one in error.errors(include_input=False)))
    except (ValueError, TypeError, KeyError):
        return Verified(None, (Failure("form", "expected a certificate as JSON"),))
    certificate = signed.certificate
    return Verified(
        signed,
        (
            *_signature(signed.signature, message, key),
            *_validity(certificate, day),
            *_subject(certificate.evidence, wanted or Wanted()),
            *_counts(certificate),
            *_goal(certificate.evidence),
            *_claim(certificate.evidence.claim, wanted or Wanted()),
            *_rules(certificate),
        ),
    )


def key_id(key: Ed25519PublicKey) -> str:
    """The fingerprint of a public key: SHA-256 of its SubjectPublicKeyInfo (RFC 8410)."""
    content = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def finding(one: TypeEvidence, judgement: Judgement) -> Finding:
    """What the counts of a type come to, as it is written."""
    return Finding(
        klass=one.klass,
        informationstyp=one.informationstyp,
        upper=f"{_UP.create_decimal_from_float(judgement.upper):f}",
        covered=len(judgement.covered),
        uncovered=judgement.uncovered,
        rare=judgement.rare,
    )


def _judged(evidence: Evidence, one: TypeEvidence) -> Judgement:
    return judge(one.counts(), one.expected, evidence.claim.terms())


def _signature(signature: Signature, message: bytes, key: Ed25519PublicKey) -> Iterator[Failure]:
    if signature.key != key_id(key):
        yield Failure("signature", f"signed with another key: {signature.key}")
        return
    try:
        key.verify(base64.b64decode(signature.value), message)
    except InvalidSignature:
        yield Failure("signature", "the content is not what was signed")


def _validity(certificate: Certificate, day: date) -> Iterator[Failure]:
    if day > certificate.valid_until:
        yield Failure("validity", f"expired: it was valid until {certificate.valid_until}")
    if day < certificate.evidence.last_day:
        yield Failure("validity", f"not valid yet: its evidence is from {certificate.evidence.last_day}")


def _subject(evidence: Evidence, wanted: Wanted) -> Iterator[Failure]:
    if wanted.consumer not in (None, evidence.consumer):
        yield Failure("subject", f"it is about another consumer: {evidence.consumer}")
    for end, has, wants in (("from", evidence.old, wanted.old), ("to", evidence.new, wanted.new)):
        if wants not in (None, has.version):
            yield Failure("subject", f"it is about another version to move {end}: {has.version}")
        if wanted.contracts is not None and has.sha256 not in wanted.contracts:
            yield Failure("subject", f"the contract of {has.version} is no longer the one in use")
    for klass, typ in sorted(wanted.types - {(one.klass, one.informationstyp) for one in evidence.types}):
        yield Failure("subject", f"it is not about {klass}/{typ}")


def _counts(certificate: Certificate) -> Iterator[Failure]:
    """Whether it states what its own counts give."""
    stated = {(one.klass, one.informationstyp): one for one in certificate.findings}
    for one in certificate.evidence.types:
        judgement = _judged(certificate.evidence, one)
        own, has = finding(one, judgement), stated.pop((one.klass, one.informationstyp), None)
        if has is None:
            yield Failure("counts", f"{_name(one)}: nothing is stated")
        elif (has.covered, has.uncovered, has.rare) != (own.covered, own.uncovered, own.rare):
            yield Failure("counts", f"{_name(one)}: the stated coverage is not what its counts give")
        elif float(has.upper) < judgement.upper * (1 - _ROUNDING):
            yield Failure("counts", f"{_name(one)}: the stated bound is lower than its counts give, {own.upper}")
    for klass, typ in stated:
        yield Failure("counts", f"{klass}/{typ}: stated without counts")


def _goal(evidence: Evidence) -> Iterator[Failure]:
    """Whether every type reaches the claim by the counts, whatever is stated."""
    claim = evidence.claim
    if claim.method == "fixed" and evidence.planned != evidence.disclosures:
        yield Failure("goal", "a fixed bound needs that as many persons were asked about as were planned")
    for one in evidence.types:
        judgement = _judged(evidence, one)
        written = finding(one, judgement)
        if judgement.verdict == "fails":
            where = f" in {', '.join(judgement.broken)}" if judgement.broken else ""
            yield Failure("goal", f"{_name(one)}: disagreement is above {claim.rate}{where}")
        elif "bound" in judgement.lacks:
            yield Failure("goal", f"{_name(one)}: disagreement can be {written.upper}, expected below {claim.rate}")
        if "coverage" in judgement.lacks:
            missing = f"{len(judgement.uncovered)} of {len(judgement.covered) + len(judgement.uncovered)} fields"
            yield Failure("goal", f"{_name(one)}: {missing} are not covered, expected a share of {claim.share}")


def _claim(claim: Claim, wanted: Wanted) -> Iterator[Failure]:
    """Whether it claims enough to be worth anything here."""
    if wanted.rate is not None and float(claim.rate) > wanted.rate:
        yield Failure("goal", f"it claims no less than {claim.rate}, expected {wanted.rate} at most")
    if wanted.level is not None and float(claim.level) < wanted.level:
        yield Failure("goal", f"it claims it at {claim.level}, expected {wanted.level} at least")


def _rules(certificate: Certificate) -> Iterator[Failure]:
    for rule in certificate.evidence.rules:
        if rule.hits and rule.expires < certificate.valid_until:
            yield Failure("rules", f"it outlives a rule that it rests on: {rule.name}")


def _name(one: TypeEvidence) -> str:
    return f"{one.klass}/{one.informationstyp}"


def _where(error: object) -> str:
    """Where a document is not as it has to be, and what was expected; nothing of what stands there."""
    found = error if isinstance(error, dict) else {}
    return f"{'.'.join(map(str, found.get('loc', ())))}: {found.get('msg', '')}"
