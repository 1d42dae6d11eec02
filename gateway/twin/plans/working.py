"""Persons of working age: illness, parents, labour market, studies."""

from __future__ import annotations

from gateway.twin.bits import HALV
from gateway.twin.lives import arbete, foralder, intjanande, livranta, sjuk
from gateway.twin.lives import utbetalningar as betalt
from gateway.twin.lives.boende import bostadstillagg_fk
from gateway.twin.lives.person import NORGE, annan, arbetsstalle, person, utomlands
from gateway.twin.numbers import number
from gateway.twin.plans.plan import Plan

_SJP = ("SJP", "Sjukpenning")

PLANS = (
    Plan(
        "19850412",
        "sjukpenning in September 2025, paid",
        lambda d, me: (
            person(d, me, "gift", arbetsstallen=[arbetsstalle(d)]),
            sjuk.sjukpenning(d),
            sjuk.sgi(d),
            betalt.fk(d, *_SJP, ["2025-09", "2025-10"], dagar=21),
        ),
    ),
    Plan(
        "19790830",
        "long sjukpenning that falls from whole to half and still runs, payments made and coming",
        lambda d, me: (
            person(d, me, "skild"),
            sjuk.sjukpenning_trappas_ned(d),
            sjuk.sgi(d),
            betalt.fk(d, *_SJP, betalt.senaste(6), avdrag=True),
        ),
    ),
    Plan("19911105", "sjukpenning refused", lambda d, me: (person(d, me), sjuk.sjukpenning_avslag(d), sjuk.sgi(d))),
    Plan(
        "19880219",
        "application for sjukpenning without a decision",
        lambda d, me: (person(d, me), sjuk.ansokan_utan_beslut(d)),
    ),
    Plan(
        "19860707",
        "karensersättning alone: a payment of sjukpenning that no case belongs to",
        lambda d, me: (person(d, me, "gift"), betalt.karensersattning(d), sjuk.sgi(d)),
    ),
    Plan(
        "19740515",
        "förebyggande sjukpenning",
        lambda d, me: (
            person(d, me, "partner"),
            sjuk.forebyggande(d),
            betalt.fk(d, "FSJP", "Förebyggande sjukpenning", ["2025-04"]),
        ),
    ),
    Plan(
        "19690321",
        "rehabiliteringsersättning, interim decision, after a spell of sjukpenning",
        lambda d, me: (
            person(d, me, "skild_partner"),
            sjuk.sjukpenning(d, "2025-05"),
            sjuk.rehabilitering(d),
            betalt.fk(d, "RBE", "Rehabiliteringsersättning", ["2025-10", "2025-11"]),
        ),
    ),
    Plan(
        "19670926",
        "sjukersättning with an open end, stepless set-off, bostadstillägg, monthly payments",
        lambda d, me: (
            person(d, me, "gift"),
            sjuk.sjukersattning(d),
            sjuk.steglos_avrakning(d),
            bostadstillagg_fk(d, number("19680110", 981)),
            betalt.fk(d, "SA", "Sjuk- och aktivitetsersättning", betalt.senaste(12)),
            betalt.fk(d, "BTI", "Bostadstillägg", ["2025-12", "2026-01"]),
        ),
    ),
    Plan(
        "19720404",
        "sjukersättning with insured time from several countries of the EU",
        lambda d, me: (
            person(d, me, medborgarskap=[{"datum": "1994-06-17", "land": NORGE}]),
            sjuk.sjukersattning(d, eu=True, last="2026-05"),
        ),
    ),
    Plan(
        "20050118",
        "application for aktivitetsersättning rejected",
        lambda d, me: (person(d, me), sjuk.aktivitetsersattning_avslag(d)),
    ),
    Plan(
        "19901212",
        "smittbärarersättning",
        lambda d, me: (person(d, me), sjuk.smitta(d), betalt.fk(d, "SBP", "Smittbärarpenning", ["2025-02"])),
    ),
    Plan(
        "20040603",
        "totalförsvarsplikt in the summer of 2025",
        lambda d, me: (
            person(d, me),
            arbete.totalforsvar(d),
            betalt.fk(d, "DPE", "Dagpenning till totalförsvarspliktiga", ["2025-06", "2025-07", "2025-08"]),
        ),
    ),
    Plan(
        "19930225",
        "föräldrapenning with claimed days, paid",
        lambda d, me: (
            person(d, me, "gift", barn=[annan(d, number("20250114"))]),
            foralder.foraldrapenning(d),
            betalt.fk(d, "FP", "Föräldrapenning", ["2025-08"]),
        ),
    ),
    Plan(
        "19920818",
        "the other parent of the same child: föräldrapenning with double days, own business",
        lambda d, me: (
            person(d, me, "gift", barn=[annan(d, number("20250114"))]),
            foralder.foraldrapenning(d, dubbel=True),
            sjuk.sgi(d, verksamhet=True),
        ),
        serial=981,
    ),
    Plan(
        "19890610",
        "tillfällig föräldrapenning, one day assessed for two kinds of income",
        lambda d, me: (
            person(d, me, barn=[annan(d, number("20200309"))]),
            foralder.vab(d),
            sjuk.sgi(d, verksamhet=True),
            betalt.fk(d, "TFP", "Tillfällig föräldrapenning", ["2026-02"], 600, 2500),
        ),
    ),
    Plan(
        "19960501",
        "graviditetspenning, then föräldrapenning",
        lambda d, me: (
            person(d, me),
            foralder.graviditetspenning(d),
            foralder.foraldrapenning(d, month="2025-03"),
            betalt.fk(d, "GP", "Graviditetspenning", ["2024-11", "2024-12"]),
            betalt.fk(d, "FP", "Föräldrapenning", ["2025-03"]),
        ),
    ),
    Plan(
        "19640117",
        "närståendepenning",
        lambda d, me: (
            person(d, me, "gift"),
            foralder.narstaendepenning(d),
            betalt.fk(d, "NP", "Närståendepenning", ["2026-05"]),
        ),
    ),
    Plan(
        "19840909",
        "aktivitetsstöd in a programme, days used, referral without an end",
        lambda d, me: (
            person(d, me, "skild"),
            arbete.aktivitetsstod(d),
            arbete.program(d),
            betalt.fk(d, "AS", "Aktivitetsstöd", ["2025-10", "2025-11"]),
        ),
    ),
    Plan(
        "19760228",
        "aktivitetsstöd with all days of jobb- och utvecklingsgarantin used",
        lambda d, me: (
            person(d, me),
            arbete.aktivitetsstod(d, "2026-01"),
            arbete.program(d, "2025-01", max_dagar=True),
        ),
    ),
    Plan(
        "19970314",
        "samordningsnummer: programersättning in the establishment programme",
        lambda d, me: (
            person(d, me, medborgarskap=[{"datum": "1997", "land": NORGE}]),
            arbete.programersattning(d),
            betalt.fk(d, "PROG", "Programersättning", ["2025-12"], typ="retro"),
        ),
        samordning=True,
    ),
    Plan(
        "20030722",
        "student: notices about studiemedel",
        lambda d, me: (person(d, me), arbete.studier(d)),
    ),
    Plan(
        "19710613",
        "arbetsskadelivränta after an accident",
        lambda d, me: (
            person(d, me, "gift"),
            livranta.arbetsskada(d),
            betalt.fk(d, "EJO", "Arbetsskadelivränta", betalt.senaste(4)),
            intjanande.intjanande_fk(d, me),
        ),
    ),
    Plan(
        "19810402",
        "two spells of sjukpenning a year apart and vab between them, several employers",
        lambda d, me: (
            person(d, me, arbetsstallen=[arbetsstalle(d), arbetsstalle(d)]),
            sjuk.sjukpenning(d, "2024-11"),
            sjuk.sjukpenning(d, "2025-11", omfattning=HALV, utfall="BEVILJAN"),
            foralder.vab(d, "20180607", "2025-03"),
            betalt.fk(d, *_SJP, ["2024-11", "2025-11"], typ="daglig"),
        ),
    ),
    Plan(
        "19941020",
        "a local payment and a presumptive one, nothing decided",
        lambda d, me: (
            person(d, me),
            betalt.fk(d, *_SJP, ["2026-05"], 500, 900, typ="lokal"),
            betalt.fk(d, *_SJP, ["2026-07"], 500, 900, typ="presumtiv"),
        ),
    ),
    Plan(
        "19830131",
        "lives abroad: address in Spain, tax registration, no benefit",
        lambda d, me: (
            utomlands(d, me),
            arbete.skatteregistrerad(d),
        ),
    ),
)
