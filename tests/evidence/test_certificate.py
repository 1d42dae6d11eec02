"""The cutover certificate: what is issued, what is refused, and what verifying it sees."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from gateway.campaign.planner import Goal, Planner, Progress, Stop
from gateway.evidence.certificate import NotReached, Wanted, issue, key_id, verify
from gateway.evidence.document import Evidence, TypeEvidence, canonical
from gateway.evidence.goal import Terms
from tests.campaign.population import EXPECTED, KINDS, skewed
from tests.evidence.cases import ANOTHER, KEY, NOW, Tree, evidence, field, issued, read
from tests.leaks import find_leaks

TODAY = NOW.date()
PUBLIC = KEY.public_key()
SJP, SGI = ("formansinformation", "FK:SJP"), ("ovrig_information", "FK:SGI")


def aspects(document: bytes, day: date = TODAY, wanted: Wanted | None = None) -> list[str]:
    return [failure.aspect for failure in verify(document, PUBLIC, day, wanted).failures]


def forged(change: Callable[[Tree], object]) -> bytes:
    """A certificate that whoever has the key signed, though the program would not have."""
    tree = json.loads(issued())
    change(tree["certificate"])
    tree["signature"]["value"] = base64.b64encode(KEY.sign(canonical(tree["certificate"]))).decode()
    return canonical(tree)


def test_what_is_issued_holds() -> None:
    document = issued()
    verified = verify(
        document, PUBLIC, TODAY, Wanted("kommunen", frozenset({SJP, SGI}), "v7", "v9", rate=0.001, level=0.95)
    )
    assert verified.failures == ()
    assert verified.signed
    certificate = verified.signed.certificate
    assert certificate.valid_until == date(2026, 12, 20)
    assert [one.upper for one in certificate.findings] == ["0.000849182", "0.000725386"]
    assert certificate.findings[0].rare == ("arenden.sjukpenning[].beslut[].utfall.kod",)
    assert find_leaks(document.decode()) == []


def test_it_is_canonical_and_issued_the_same_twice() -> None:
    document = issued()
    assert document == canonical(json.loads(document)) + b"\n" == issued()
    assert document.startswith(b'{"certificate":{"evidence":{"claim":{"least":3,"level":"0.95"')


def test_canonical_json_is_that_of_rfc_8785() -> None:
    """The RFC's own example, less its fractions: section 3.2.3's keys, and 3.2.2's string."""
    assert (
        canonical({"\u20ac": 1, "\r": 2, "1": [True, None], "\u00f6": {}})
        == '{"\\r":2,"1":[true,null],"ö":{},"€":1}'.encode()
    )
    text = "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/"
    assert canonical(text) == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def odd_field(tree: Tree) -> None:
    """Two persons of 100,000 have a field of their own, and both disagree in it."""
    tree["disclosures"] = 100_003
    one = tree["types"][1]
    one.update(answered=100_000, compared=100_000, disagreed=2, fields=[*one["fields"], field("odd", 2, 2)])


def strata(certificate: Tree, ages: dict[str, object]) -> None:
    parts = [{"division": "age", "part": part, "persons": persons} for part, persons in ages.items()]
    certificate["evidence"]["types"][0]["strata"] = parts


UNREACHED: dict[str, tuple[Callable[[Tree], object], str]] = {
    "few": (
        lambda tree: tree["types"][0].update(compared=3_000, fields=[], strata=[]),
        "FK:SJP: disagreement can be 0.00116",
    ),
    "one differs": (lambda tree: tree["types"][1].update(disagreed=1), "FK:SGI: disagreement can be"),
    "many differ": (lambda tree: tree["types"][1].update(disagreed=60), "FK:SGI: disagreement is above 0.001"),
    "one field": (odd_field, "FK:SGI: disagreement is above 0.001 in odd"),
    "uncovered": (lambda tree: tree["claim"].update(least=4_095), "1 of 2 fields are not covered"),
    "not planned": (lambda tree: tree["claim"].update(method="fixed"), "as many persons were asked about as were"),
    "tomorrow": (lambda tree: tree.update(last_day="2026-11-25"), "not valid yet"),
    "long ago": (lambda tree: tree.update(first_day="2026-01-01", last_day="2026-01-05"), "expired"),
    "rule expired": (lambda tree: tree["rules"][0].update(expires="2026-11-23"), "expired"),
}


@pytest.mark.parametrize(("change", "says"), UNREACHED.values(), ids=UNREACHED)
def test_evidence_that_does_not_reach_its_claim_gives_no_certificate(
    change: Callable[[Tree], object], says: str
) -> None:
    with pytest.raises(NotReached, match=says):
        issued(change)


def test_a_fixed_bound_holds_for_the_planned_number() -> None:
    def change(tree: Tree) -> None:
        tree["claim"]["method"] = "fixed"
        tree["planned"] = tree["disclosures"]

    assert aspects(issued(change)) == []


def test_it_ends_with_the_first_rule_that_it_rests_on() -> None:
    rests = verify(issued(lambda tree: tree["rules"][0].update(expires="2026-12-01")), PUBLIC, TODAY).signed
    unused = verify(issued(lambda tree: tree["rules"][0].update(expires="2026-12-01", hits=0)), PUBLIC, TODAY).signed
    assert rests
    assert unused
    assert (rests.certificate.valid_until, unused.certificate.valid_until) == (date(2026, 12, 1), date(2026, 12, 20))


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Wanted("regionen"), "another consumer: kommunen"),
        (Wanted(old="v6"), "another version to move from: v7"),
        (Wanted(new="v10"), "another version to move to: v9"),
        (Wanted(types=frozenset({SJP, ("ansprak", "PM:AP")})), "not about ansprak/PM:AP"),
        (Wanted(contracts=frozenset({"a" * 64})), "the contract of v9 is no longer"),
        (Wanted(rate=0.0001), "no less than 0.001"),
        (Wanted(level=0.99), "at 0.95, expected 0.99"),
    ],
)
def test_a_certificate_about_something_else_does_not_hold(wanted: Wanted, says: str) -> None:
    (failure,) = verify(issued(), PUBLIC, TODAY, wanted).failures
    assert failure.aspect == ("goal" if wanted.rate or wanted.level else "subject")
    assert says in failure.text


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 11, 19), ["validity"]), (date(2026, 12, 20), []), (date(2026, 12, 21), ["validity"])],
)
def test_it_holds_from_its_last_question_to_its_last_day(day: date, expected: list[str]) -> None:
    assert aspects(issued(), day) == expected


def test_any_changed_character_is_seen() -> None:
    """Whatever byte of it is changed, it does not hold: the signature covers all, or the form is broken."""
    document = issued()
    unseen = [
        place
        for place in range(0, len(document) - 1, 7)
        if not aspects(document[:place] + bytes([document[place] ^ 1]) + document[place + 1 :])
    ]
    assert unseen == []


def test_another_key_is_named() -> None:
    (failure,) = verify(issued(), ANOTHER.public_key(), TODAY).failures
    assert failure.aspect == "signature"
    assert key_id(PUBLIC) in failure.text


UNTRUE: dict[str, tuple[Callable[[Tree], object], list[str]]] = {
    "bound": (lambda it: it["findings"][0].update(upper="0.0001"), ["counts"]),
    "coverage": (lambda it: it["findings"][0].update(uncovered=["a.b"]), ["counts"]),
    "missing": (lambda it: it["findings"].pop(), ["counts"]),
    "surplus": (lambda it: it["findings"].append(dict(it["findings"][0], informationstyp="FK:FP")), ["counts"]),
    "disagreement": (lambda it: it["evidence"]["types"][0].update(disagreed=9), ["counts", "goal"]),
    "claim": (lambda it: it["evidence"]["claim"].update(rate="0.0001"), ["counts", "goal"]),
    "outlives a rule": (lambda it: it.update(valid_until="2027-12-31"), ["rules"]),
    "more than answered": (lambda it: it["evidence"]["types"][0].update(compared=9_999), ["form"]),
    "negative": (lambda it: it["evidence"]["types"][0]["fields"][0].update(seen=-1), ["form"]),
    "no type": (lambda it: it["evidence"].update(types=[]), ["form"]),
    "strata too few": (lambda it: strata(it, {"20-29": 4_099}), ["form"]),
    "strata too many": (lambda it: strata(it, {"20-29": 4_000, "75-": 101}), ["form"]),
    "strata that cannot be hidden": (lambda it: strata(it, {"20-29": 4_100, "75-": "<5"}), ["form"]),
    "few counted out": (lambda it: strata(it, {"20-29": 4_096, "75-": 4}), ["form"]),
    "withheld more than there are": (lambda it: strata(it, {"20-29": 4_098, "30-39": "withheld"}), ["form"]),
    "strata of nobody": (lambda it: strata(it, {"20-29": 4_100, "75-": 0}), ["form"]),
    "text for number": (lambda it: it["evidence"].update(disclosures="5003"), ["form"]),
    "format": (lambda it: it.update(format=2), ["form"]),
    "more": (lambda it: it.update(more=1), ["form"]),
}


@pytest.mark.parametrize(("change", "expected"), UNTRUE.values(), ids=UNTRUE)
def test_what_is_signed_but_not_so_does_not_hold(change: Callable[[Tree], object], expected: list[str]) -> None:
    assert sorted(set(aspects(forged(change)))) == expected


@pytest.mark.parametrize(
    "document", [b"", b"{}", b"[]", b"\xff", b'{"certificate":1,"certificate":1}', b"1.5"], ids=repr
)
def test_what_is_no_certificate_is_said_not_to_be(document: bytes) -> None:
    assert set(aspects(document)) == {"form"}


@pytest.mark.parametrize("owner", ["19850412-9803", "850412 9803 i Låtsaskommun"])
def test_a_text_that_could_be_a_personnummer_is_refused_and_not_repeated(owner: str) -> None:
    tree = evidence()
    tree["rules"][0]["owner"] = owner
    with pytest.raises(ValidationError) as refusal:
        read(tree)
    assert "9803" not in str(refusal.value)


def test_no_certificate_is_valid_for_longer_than_asked() -> None:
    tree = read(evidence())
    one = verify(issue(tree, KEY, now=NOW, days=5, gateway="0"), PUBLIC, TODAY).signed
    assert one
    assert one.certificate.valid_until == tree.last_day + timedelta(days=5)


def test_from_campaign_to_certificate() -> None:
    """What a planner stopped on as `holds` is issued with the same numbers, and a campaign that did not hold is not."""
    people = skewed(3_000, 1, "age")
    kind = KINDS[0].type
    goal = Goal(Terms(0.02, least=2), {kind: EXPECTED[kind]}, budget=5_000)
    planner, progress = Planner(goal, people.people), Progress()

    def written() -> Evidence:
        one = TypeEvidence.of(kind, progress.counts.types[kind], EXPECTED[kind], {})
        claim = evidence()["claim"] | {"rate": "0.02", "least": 2}
        counts = {"disclosures": progress.counts.asked, "failed": progress.counts.failed, "claim": claim}
        return read(evidence() | counts | {"types": [one.model_dump(mode="json")], "rules": []})

    while not isinstance(choice := planner.choose(progress), Stop):
        if progress.asked:
            with pytest.raises(NotReached):
                issue(written(), KEY, now=NOW, days=30, gateway="0")
        for id_ in choice:
            planner.add(progress, people.answer(id_))
    assert choice.reason == "holds"
    signed = verify(issue(written(), KEY, now=NOW, days=30, gateway="0"), PUBLIC, TODAY).signed
    assert signed
    assert float(signed.certificate.findings[0].upper) == pytest.approx(choice.judgements[kind].upper, rel=1e-5)
