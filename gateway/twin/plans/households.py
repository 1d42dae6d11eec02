"""Families: children, separated parents, housing, care."""

from __future__ import annotations

from gateway.twin.bits import kod
from gateway.twin.lives import arbete, barn, boende, foralder, sjuk
from gateway.twin.lives import utbetalningar as betalt
from gateway.twin.lives.person import adress, annan, person
from gateway.twin.numbers import number
from gateway.twin.plans.plan import Plan

_MOR, _FAR = number("19870423", 980), number("19850911", 981)
_BARN = (number("20120218", 980), number("20170521", 980), number("20200309", 980))

PLANS = (
    Plan(
        "19870423",
        "mother of three: barnbidrag, bostadsbidrag, underhållsstöd received",
        lambda d, me: (
            person(
                d,
                me,
                "skild",
                barn=[annan(d, each) for each in _BARN],
                samhoriga=[annan(d, _FAR, kort=True)],
            ),
            barn.barnbidrag(d),
            barn.barnbidrag(d, "20170521"),
            barn.underhall(d, "mottagande"),
            boende.bostadsbidrag(d, number("19880808", 981)),
            betalt.fk(d, "ABB", "Barnbidrag", betalt.senaste(6), 2500, 3000),
            betalt.fk(d, "BOB", "Bostadsbidrag", ["2026-01", "2026-02", "2026-03"]),
            betalt.fk(d, "US", "Underhållsstöd", ["2026-05", "2026-06"]),
        ),
    ),
    Plan(
        "19850911",
        "father of the same three: underhållsstöd owed, a debt of it",
        lambda d, me: (
            person(d, me, "skild", barn=[annan(d, each) for each in _BARN]),
            barn.underhall(d, "krav"),
            barn.underhallsskuld(d),
            sjuk.sgi(d),
        ),
        serial=981,
    ),
    Plan(
        "20120218",
        "a child of fourteen: own barnbidrag, shared by two recipients",
        lambda d, me: (
            person(d, me),
            barn.eget_barnbidrag(d, me, (_MOR, _FAR)),
        ),
    ),
    Plan(
        "20170521",
        "a child of nine: own barnbidrag, paid to one parent; address beside the registered one",
        lambda d, me: (
            person(d, me, adresser=[adress(d, 2), adress(d, 1)]),
            barn.eget_barnbidrag(d, me, (_MOR,)),
        ),
    ),
    Plan("20200309", "a child of six: nothing but itself", lambda d, me: (person(d, me),)),
    Plan(
        "20140405",
        "a child in a foster home: barnbidrag paid to an authority",
        lambda d, me: (person(d, me), barn.eget_barnbidrag(d, me, familjehem=True)),
    ),
    Plan(
        "20110830",
        "a child in the care of an authority",
        lambda d, me: (person(d, me), barn.eget_barnbidrag(d, me)),
        serial=982,
    ),
    Plan(
        "19800503",
        "omvårdnadsbidrag shared between parents, two levels, and merkostnadsersättning",
        lambda d, me: (
            person(d, me, "gift", barn=[annan(d, number("20170521", 984))]),
            barn.omvardnadsbidrag(d),
            barn.merkostnad(d),
            betalt.fk(d, "OMV", "Omvårdnadsbidrag", betalt.senaste(6)),
            betalt.fk(d, "MEK", "Merkostnadsersättning", betalt.senaste(3)),
        ),
    ),
    Plan(
        "19790219",
        "merkostnadsersättning refused in an interim decision",
        lambda d, me: (person(d, me), barn.merkostnad_avslag(d)),
    ),
    Plan(
        "19770720",
        "vårdbidrag until the end of 2024, a case opened in a year without month",
        lambda d, me: (
            person(d, me, "skild", barn=[annan(d, number("20120218"))]),
            barn.vardbidrag(d),
            betalt.fk(d, "VB", "Vårdbidrag", ["2024-10", "2024-11", "2024-12"]),
        ),
    ),
    Plan(
        "19581124",
        "handikappersättning whose beginning is open",
        lambda d, me: (
            person(d, me, "gift"),
            barn.handikappersattning(d),
            betalt.fk(d, "HE", "Handikappersättning", ["2024-10", "2024-11"]),
        ),
    ),
    Plan(
        "19900606",
        "barnbidrag for a child that an authority has placed, föräldrapenning before that",
        lambda d, me: (
            person(d, me),
            barn.barnbidrag(d, "20210217", placerat=True),
            foralder.foraldrapenning(d, "20210217", "2024-09"),
        ),
    ),
    Plan(
        "19821216",
        "protected identity: no name, no address, no parish; sjukpenning and a child under protection",
        lambda d, me: (
            person(d, me, skyddad=True, barn=[annan(d, number("20150915", 981), skyddad=True)]),
            sjuk.sjukpenning(d, "2026-03"),
            barn.underhall(d, "mottagande", "20150915", kod("4", "Utfyllnad"), skyddat=True),
            betalt.fk(d, "SJP", "Sjukpenning", ["2026-03", "2026-04"]),
        ),
    ),
    Plan(
        "20150915",
        "protected identity: a child, nothing else",
        lambda d, me: (person(d, me, skyddad=True),),
        serial=981,
    ),
    Plan(
        "19990817",
        "samordningsnummer: bostadsbidrag alone in the household, studies",
        lambda d, me: (person(d, me), boende.bostadsbidrag(d), arbete.studier(d)),
        samordning=True,
        serial=983,
    ),
)
