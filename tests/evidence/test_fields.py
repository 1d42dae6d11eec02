"""Which fields an information type can have, and how a type is judged by its fields."""

from __future__ import annotations

import pytest

from gateway.evidence.counts import FieldCounts, TypeCounts
from gateway.evidence.coverage import fields_of
from gateway.evidence.goal import Terms, judge, pairs_to_go
from schemas.koder import KLASSENS_TYPER, Klass

TYPES = [(klass, typ) for klass, types in KLASSENS_TYPER.items() for typ in types]


@pytest.mark.parametrize("kind", TYPES, ids="/".join)
def test_every_type_has_fields_in_the_vocabulary(kind: tuple[Klass, str]) -> None:
    fields = fields_of(kind)
    assert fields
    assert not [one for one in fields for other in fields if other.startswith((f"{one}.", f"{one}[]."))]


def test_claims_and_decisions_are_told_apart() -> None:
    claims, decisions = fields_of(("ansprak", "PM:AP")), fields_of(("beslut", "PM:AP"))
    assert {one.split("[].")[1] for one in claims - decisions} == {"ansprak"}
    assert {one.split("[].")[1] for one in decisions - claims} == {"beslut"}


def test_a_type_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        fields_of(("formansinformation", "FK:XXX"))


def counts(compared: int, disagreed: int = 0, **fields: tuple[int, int]) -> TypeCounts:
    made = {path: FieldCounts(seen, seen, {"unexplained": wrong}) for path, (seen, wrong) in fields.items()}
    return TypeCounts(compared, compared, disagreed, made)


@pytest.mark.parametrize(
    ("counted", "verdict", "lacks"),
    [
        (counts(0), "open", ("bound", "coverage")),
        (counts(346, a=(346, 0), b=(3, 0)), "open", ("bound", "coverage")),
        (counts(347, a=(347, 0), b=(5, 0)), "holds", ()),
        (counts(347, a=(347, 0), b=(4, 0)), "open", ("coverage",)),
        (counts(347, a=(347, 0), b=(0, 0)), "holds", ()),  # rare: in none of 347
        (counts(347, 1, a=(347, 1), b=(5, 0)), "open", ("bound",)),
        (counts(347, 12, a=(347, 12), b=(5, 0)), "fails", ("bound",)),
        (counts(347, 3, a=(347, 0), b=(5, 3)), "fails", ("bound",)),  # a field that is wrong for those who have it
    ],
    ids=["nothing", "few", "all", "one field", "rare", "one differs", "many differ", "one field differs"],
)
def test_a_type_is_judged(counted: TypeCounts, verdict: str, lacks: tuple[str, ...]) -> None:
    judgement = judge(counted, {"a", "b"}, Terms(0.01, least=5))
    assert (judgement.verdict, judgement.lacks) == (verdict, lacks)
    assert ("bound" in lacks) == (pairs_to_go(counted, Terms(0.01)) > 0)


def test_a_share_of_the_fields_can_be_enough() -> None:
    counted = counts(347, a=(347, 0), b=(4, 0))
    assert judge(counted, {"a", "b"}, Terms(0.01, least=5, share=0.5)).verdict == "holds"
    assert judge(counted, {"a", "b"}, Terms(0.01, least=5, share=0.5)).share == pytest.approx(0.5)
