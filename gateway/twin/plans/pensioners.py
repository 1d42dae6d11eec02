"""Pensioners, survivors and the dead: both agencies' parts of an answer."""

from __future__ import annotations

from gateway.twin.bits import kod
from gateway.twin.lives import arbete, boende, intjanande, livranta, pension, sjuk
from gateway.twin.lives import utbetalningar as betalt
from gateway.twin.lives.person import annan, person, utomlands
from gateway.twin.numbers import born, number
from gateway.twin.plans.plan import Plan

_DOD = number("19550303", 985)
_DOD_UTAN_DAG = number("19480712", 986)
_DOD_ANKA = number("19330606", 984)

PLANS = (
    Plan(
        "19590204",
        "allmän pension decided by Pensionsmyndigheten, paid every month",
        lambda d, me: (
            person(d, me, "gift"),
            pension.allman_pm(d, gift=True),
            betalt.pm(d, "PM:AP", betalt.senaste(12)),
            intjanande.behallning_pm(d),
            intjanande.underlag_pm(d),
        ),
    ),
    Plan(
        "19360819",
        "allmän pension of somebody born before 1938, coordinated",
        lambda d, me: (
            person(d, me, "anka"),
            pension.allman_pm(d, "2025-01-01", fodd_fore_1938=True),
            betalt.pm(d, "PM:AP", betalt.senaste(3)),
        ),
    ),
    Plan(
        "19570930",
        "allmän pension at both agencies, which do not agree",
        lambda d, me: (
            person(d, me, "skild"),
            pension.allman_fk(d),
            pension.allman_pm(d),
            betalt.fk(d, "AP", "Allmän pension", ["2025-06", "2025-07"], foretag="PM"),
            betalt.pm(d, "PM:AP", ["2025-07", "2025-08"]),
            intjanande.behallning_fk(d),
            intjanande.behallning_pm(d),
            intjanande.intjanande_fk(d, number("19570930", 981)),
            intjanande.underlag_pm(d, 2015, 2023),
        ),
    ),
    Plan(
        "19620111",
        "allmän pension refused, then an interim decision; a claim without a period",
        lambda d, me: (person(d, me), pension.allman_pm_avslag(d)),
    ),
    Plan(
        "19510527",
        "bostadstillägg at both agencies, with a co-applicant",
        lambda d, me: (
            person(d, me, "gift", samhoriga=[annan(d, number("19530815", 981))]),
            pension.allman_pm(d, gift=True),
            boende.bostadstillagg_fk(d),
            boende.bostadstillagg_pm(d, number("19530815", 981)),
            betalt.pm(d, "PM:AP", betalt.senaste(2)),
            betalt.pm(d, "PM:BTI", betalt.senaste(2), avdrag=False),
        ),
    ),
    Plan(
        "19530815",
        "bostadstillägg refused by Pensionsmyndigheten",
        lambda d, me: (person(d, me, "gift"), boende.bostadstillagg_pm(d, avslag=True)),
        serial=981,
    ),
    Plan(
        "19560716",
        "negative net sums: seizure takes more than a payment holds",
        lambda d, me: (
            person(d, me, "skild"),
            pension.allman_pm(d, "2024-07-01"),
            betalt.pm(d, "PM:AP", betalt.senaste(4), negativ=True),
        ),
    ),
    Plan(
        "19580422",
        "survivor: efterlevandepension at both agencies, the date of death known",
        lambda d, me: (
            person(d, me, "anka"),
            pension.efterlevande_fk(d, _DOD, "2024-08-03"),
            pension.efterlevande_pm(
                d,
                [{"personnummer": _DOD, "foddes": born(_DOD), "avled": "2024-08-03"}],
                (number("20080505", 980), number("20101111", 981)),
            ),
            betalt.fk(d, "ET", "Efterlevandepension", ["2024-09", "2024-10"], foretag="PM"),
            betalt.pm(d, "PM:EF", betalt.senaste(6)),
        ),
    ),
    Plan(
        "20080505",
        "orphan: two deceased parents, of the one only the month of death is known, of the other nothing",
        lambda d, me: (
            person(d, me),
            pension.efterlevande_pm(
                d,
                [
                    {"personnummer": _DOD, "foddes": born(_DOD), "avled": "2024-08"},
                    {"personnummer": _DOD_UTAN_DAG, "foddes": born(_DOD_UTAN_DAG), "avledDatumSaknas": True},
                ],
            ),
            betalt.pm(d, "PM:EF", betalt.senaste(3), avdrag=False),
        ),
    ),
    Plan(
        "19450909",
        "annuity in Pensionsmyndigheten's part; a death of which only the year is known",
        lambda d, me: (
            person(d, me, "anka"),
            pension.livranta_pm(d),
            livranta.yrkesskada(d, _DOD_ANKA),
        ),
    ),
    Plan(
        "19490618",
        "yrkesskadelivränta of one's own since 1974, the injury's year known",
        lambda d, me: (
            person(d, me, "gift"),
            livranta.yrkesskada(d),
            betalt.fk(d, "YL", "Yrkesskadelivränta", betalt.senaste(3)),
        ),
    ),
    Plan(
        "19650207",
        "survivor's arbetsskadelivränta",
        lambda d, me: (
            person(d, me, "efterlevande_partner"),
            livranta.arbetsskada(d, number("19600101", 985)),
            betalt.fk(d, "EJO", "Arbetsskadelivränta", betalt.senaste(2)),
        ),
    ),
    Plan(
        "19470321",
        "lives abroad: certificates of life at both agencies, tax registration",
        lambda d, me: (
            utomlands(d, me, "anka"),
            pension.allman_pm(d, "2024-01-01"),
            intjanande.levnadsintyg_fk(d),
            intjanande.levnadsintyg_pm(d, kod("2", "Intyg komplett")),
            arbete.skatteregistrerad(d),
            betalt.pm(d, "PM:AP", betalt.senaste(3)),
        ),
    ),
    Plan(
        "19440128",
        "certificate of life missing: the benefit is stopped",
        lambda d, me: (
            utomlands(d, me),
            intjanande.levnadsintyg_fk(d, kod("5", "Förmåner har spärrats")),
            intjanande.levnadsintyg_pm(d, kod("5", "Förmåner har spärrats")),
        ),
    ),
    Plan(
        "19240229",
        "a hundred and two years old, born on a leap day: ask with twelve digits",
        lambda d, me: (
            person(d, me, "anka"),
            pension.allman_pm(d, "2025-01-01", fodd_fore_1938=True),
            betalt.pm(d, "PM:AP", betalt.senaste(2)),
        ),
    ),
    Plan(
        "19550303",
        "deceased on a known day; payments until then",
        lambda d, me: (
            person(d, me, "gift", avled="2024-08-03"),
            betalt.pm(d, "PM:AP", ["2024-07", "2024-08"]),
        ),
        serial=985,
    ),
    Plan(
        "19480712",
        "deceased, of the day only the month is known",
        lambda d, me: (person(d, me, avled="2025-02"),),
        serial=986,
    ),
    Plan(
        "19330606",
        "deceased, of the day only the year is known",
        lambda d, me: (person(d, me, avled="1973"),),
        serial=984,
    ),
    Plan(
        "19610508",
        "samordningsnummer: yearly earnings at both agencies, no pension yet",
        lambda d, me: (
            person(d, me, "okand"),
            intjanande.intjanande_fk(d, me, 2020, 2021),
            intjanande.underlag_pm(d, 2019, 2024),
            intjanande.behallning_fk(d),
        ),
        samordning=True,
        serial=987,
    ),
    Plan(
        "19660606",
        "sjukersättning that becomes pension: FK's case and PM's claim",
        lambda d, me: (
            person(d, me),
            sjuk.sjukersattning(d, first="2024-02", last="2026-06"),
            sjuk.steglos_avrakning(d),
            pension.allman_pm(d, "2026-07-01"),
        ),
    ),
)
