"""Illness: sjukpenning and its kin, sjuk- och aktivitetsersättning, smittbärarersättning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.twin.bits import (
    HALV,
    HEL,
    MANADSVIS,
    TRE_FJARDEDELAR,
    Dice,
    Tree,
    andel,
    fk_arende,
    fk_beslut,
    kod,
    sek,
    tid,
)

_SJP = kod("SJP", "Sjukpenning")


def _dag(dice: Dice, day: str, karensavdrag: bool = False) -> Tree:  # noqa: FBT001, FBT002  a mark of the day
    amount = dice.ore(400, 1100)
    return {"dag": day, "belopp": sek(amount)} | ({"karensavdrag": sek(amount)} if karensavdrag else {})


def _sjukfall(dice: Dice, grupp: str, forman: Tree, month: str, ersattning: str, **over: Any) -> Tree:
    first = over.pop("first", f"{month}-03")
    last = over.pop("last", f"{month}-24")
    days = [_dag(dice, f"{month}-03", karensavdrag=True), _dag(dice, f"{month}-04"), _dag(dice, f"{month}-05")]
    grant = {
        "period": tid(first, last),
        "omfattning": over.pop("omfattning", HEL),
        "dagar": dice.whole(3, 22),
        "karens": over.pop("karens", False),
        "ersattning": kod(ersattning),
        "ersattningsniva": kod(over.pop("niva", "NORMAL")),
        "ersattningsdagar": days,
    }
    decision = fk_beslut(
        f"{month}-20",
        forman,
        grant,
        definitivt=over.get("status", "SLUTLIGT") == "SLUTLIGT",
        status=kod(over.pop("status", "SLUTLIGT")),
        utfall=kod(over.pop("utfall", "BEVILJAN")),
    )
    return fk_arende(
        grupp, [decision, *over.pop("more", ())], startades=f"{month}-02", aktivt=over.pop("aktivt", False)
    )


def sjukpenning(dice: Dice, month: str = "2025-09", **over: Any) -> Tree:
    """A spell of illness with sjukpenning."""
    case = _sjukfall(dice, "SJP", _SJP, month, "FOREBYGGANDE_SJUKPENNING", **over)
    return {"arenden": {"sjukpenning": [case]}}


def sjukpenning_trappas_ned(dice: Dice) -> Tree:
    """A long case whose extent falls from whole to half, still running: the last period is open."""
    parts = (("2025-03", "2025-05-31", HEL), ("2025-06", "2025-12-31", TRE_FJARDEDELAR), ("2026-01", "", HALV))
    decisions = [
        fk_beslut(
            dice.day(month),
            _SJP,
            {
                "period": tid(f"{month}-01", last),
                "omfattning": extent,
                "dagar": dice.whole(40, 90),
                "karens": False,
                "ersattning": kod("FOREBYGGANDE_SJUKPENNING"),
                "ersattningsniva": kod("NORMAL"),
            },
            status=kod("SLUTLIGT"),
            utfall=kod("BEVILJAN"),
        )
        for month, last, extent in parts
    ]
    return {"arenden": {"sjukpenning": [fk_arende("SJP", decisions, startades="2025-02-20", aktivt=True)]}}


def sjukpenning_avslag(dice: Dice) -> Tree:
    """A refusal: a decision that grants nothing has a period and no days."""
    decision = fk_beslut(
        dice.day("2025-11"),
        _SJP,
        {"period": tid("2025-11-01", "2025-11-30"), "dagar": 0, "karens": True},
        status=kod("SLUTLIGT"),
        utfall=kod("AVSLAG"),
    )
    return {"arenden": {"sjukpenning": [fk_arende("SJP", [decision], startades="2025-10", aktivt=False)]}}


def ansokan_utan_beslut(dice: Dice) -> Tree:
    """A case that has no decision yet."""
    return {"arenden": {"sjukpenning": [fk_arende("SJP", startades=dice.day("2026-06"), aktivt=True)]}}


def forebyggande(dice: Dice, month: str = "2025-04") -> Tree:
    """Förebyggande sjukpenning."""
    forman = kod("FSJP", "Förebyggande sjukpenning")
    case = _sjukfall(dice, "FSJP", forman, month, "FOREBYGGANDE_SJUKPENNING", niva="FORTSATTNING", omfattning=HALV)
    return {"arenden": {"forebyggandeSjukpenning": [case]}}


def rehabilitering(dice: Dice, month: str = "2025-10") -> Tree:
    """Rehabiliteringsersättning, decided for the time being."""
    forman = kod("RBE", "Rehabiliteringsersättning")
    case = _sjukfall(dice, "RBE", forman, month, "REHABPENNING", status="INTERMISTISKT", aktivt=True)
    return {"arenden": {"rehabiliteringsersattning": [case]}}


def sjukersattning(dice: Dice, *, eu: bool = False, first: str = "2024-02", last: str = "") -> Tree:
    """Sjukersättning; the months are given without days, and the end is open unless said."""
    amount = dice.ore(9000, 16000)
    grant = {
        "period": tid(first, last),
        "delforman": kod("SE", "Sjukersättning"),
        "periodicitet": MANADSVIS,
        "belopp": sek(amount),
        "samordnatBelopp": sek(amount - Decimal("250.50")),
        "omfattning": dice.pick((HEL, TRE_FJARDEDELAR, HALV)),
    }
    insured: Tree = {"forsakringstidGsaAr": 22, "forsakringstidGsaManad": 7, "forsakringstidGsaDag": 13}
    case = fk_arende(
        "SA",
        [fk_beslut("2024-01-18", kod("SA", "Sjuk- och aktivitetsersättning"), grant)],
        startades="2023-10-02",
        aktivt=True,
        avslaget=False,
        grunduppgifter=insured if eu else {"forsakringstid": andel(dice.whole(28, 40), 40)},
    )
    return {"arenden": {"sjukOchAktivitetsersattning": [case]}}


def aktivitetsersattning_avslag(dice: Dice) -> Tree:
    """A rejected application for aktivitetsersättning, without any decision in the answer."""
    case = fk_arende("SA", startades=dice.day("2025-05"), aktivt=False, avslaget=True)
    return {"arenden": {"sjukOchAktivitetsersattning": [case]}}


def steglos_avrakning(dice: Dice) -> Tree:
    """Stepless set-off of income: one year as it stands, one settled with money back, one with a claim."""
    estimated = {"arsinkomstISverige": sek(dice.ore(60000, 120000)), "arsinkomstIAnnatLand": sek(0)}
    now: Tree = {"lage": "nulage", "ar": 2026, **estimated, "fribelopp": sek(58800)}
    difference, fee = dice.ore(1000, 9000), dice.ore(10, 200)
    paid = {
        "lage": "historik",
        "ar": 2025,
        **estimated,
        "fribelopp": sek(57300),
        "mellanskillnad": sek(difference),
        "tillagg": sek(fee),
        "utbetalning": sek(difference + fee),
    }
    owed = {
        "lage": "historik",
        "ar": 2024,
        **estimated,
        "fribelopp": sek(52500),
        "mellanskillnad": sek(-difference),
        "avgift": sek(fee),
        "aterkrav": sek(difference + fee),
    }
    return {"ovrigt": {"steglosaAvrakningar": [now, paid, owed]}}


def smitta(dice: Dice, month: str = "2025-02") -> Tree:
    """Smittbärarersättning."""
    grant = {"period": tid(f"{month}-03", f"{month}-14"), "omfattning": HEL, "dagar": dice.whole(8, 12)}
    decision = fk_beslut(f"{month}-20", kod("SBP", "Smittbärarpenning"), grant)
    case = fk_arende("SBP", [decision], startades=f"{month}-04", aktivt=False, avslaget=False)
    return {"arenden": {"smittbararersattning": [case]}}


def sgi(dice: Dice, *, verksamhet: bool = False, month: str = "2024-11") -> Tree:
    """An income that sjukpenning is computed from, from employment or from one's own business."""
    income: Tree = {
        "faststalldes": dice.day(month),
        "typ": kod("0", "A- eller B-inkomst"),
        "anstallning": sek(dice.whole(180, 480) * 1000),
        "dagar": 260,
        "timmar": 2080,
    }
    if verksamhet:
        income |= {"verksamhet": sek(dice.whole(100, 300) * 1000), "karensdagar": dice.pick((1, 7, 14, 30))}
    return {"inkomst": {"sjukpenninggrundandeInkomster": [income]}}
