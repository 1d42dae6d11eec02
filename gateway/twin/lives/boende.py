"""Housing: bostadsbidrag, and bostadstillägg of both agencies."""

from __future__ import annotations

from gateway.twin.bits import MANADSVIS, Dice, Tree, fk_arende, fk_beslut, kod, kr, sek, tid
from gateway.twin.lives.person import annan, barn


def bostadsbidrag(dice: Dice, medsokande: str = "") -> Tree:
    """Bostadsbidrag to a family, until the end of the year."""
    grant = {
        "period": tid("2026-01", "2026-12"),
        "delforman": kod("BOB", "Bostadsbidrag"),
        "periodicitet": MANADSVIS,
        "belopp": sek(dice.whole(5, 45) * 100),
        "underlag": {
            "reduceradBostadskostnad": sek(dice.whole(40, 60) * 100),
            "totalBostadskostnad": sek(dice.whole(61, 110) * 100),
            "inkomster": [sek(dice.whole(90, 160) * 1000), sek(dice.whole(10, 90) * 1000)],
            "hemmavarandeBarn": [barn(dice, "20200309")],
            "tidvisBoendeBarn": [barn(dice, "20170521", skyddad=True)],
            "vaxelvisBoendeBarn": [barn(dice, "20120218")],
        },
    }
    known = {"medsokande": [annan(dice, medsokande)]} if medsokande else {}
    case = fk_arende(
        "BOB",
        [fk_beslut(dice.day("2025-12"), kod("BOB", "Bostadsbidrag"), grant)],
        startades=dice.day("2025-10"),
        aktivt=True,
        avslaget=False,
        **known,
    )
    return {"arenden": {"bostadsbidrag": [case]}}


def bostadstillagg_fk(dice: Dice, medsokande: str = "") -> Tree:
    """Bostadstillägg in Försäkringskassan's part: to somebody with sjukersättning."""
    grant = {
        "period": tid("2025-03", "2026-02"),
        "delforman": kod("BTP", "Bostadstillägg"),
        "periodicitet": MANADSVIS,
        "belopp": sek(dice.ore(1000, 7000)),
        "underlag": {
            "arsbruttokostnad": sek(dice.whole(60, 110) * 1000),
            "bostadstillaggsnettokostnad": sek(dice.ore(20000, 60000)),
            "forsorjningsstodsarsnettokostnad": sek(0),
        },
    }
    known = {"medsokande": [annan(dice, medsokande)]} if medsokande else {}
    case = fk_arende(
        "BTI",
        [fk_beslut(dice.day("2025-02"), kod("BTP", "Bostadstillägg"), grant)],
        startades=dice.day("2025-01"),
        aktivt=True,
        avslaget=False,
        **known,
    )
    return {"arenden": {"bostadstillagg": [case]}}


def bostadstillagg_pm(dice: Dice, medsokande: str = "", *, avslag: bool = False) -> Tree:
    """Bostads- och inkomststöd in Pensionsmyndigheten's part: a claim and a decision on it."""
    decision: Tree = {
        "id": f"TB-{dice.whole(100000, 999999)}",
        "fattades": dice.day("2025-05"),
        "status": kod("PRELIMINART", "Preliminärt"),
        "utfall": kod("AVSLAG", "Avslag") if avslag else kod("BIFALL", "Bifall"),
    }
    if not avslag:
        cost = dice.whole(70, 120) * 100
        extra: Tree = {
            "bostadskostnadBrutto": kr(cost),
            "bostadskostnadNettoBt": kr(cost - 3000),
            "bostadskostnadNettoAfs": kr(0),
        }
        if medsokande:
            extra["medsokande"] = [{"personnummer": medsokande}]
        grant = {
            "period": tid("2025-06-01", "2026-05-31"),
            "delforman": kod("PM:BT", "Bostadstillägg"),
            "periodicitet": kod("MANAD", "Månad"),
            "belopp": kr(dice.whole(500, 7000)),
        }
        support = {**grant, "delforman": kod("PM:AFS", "Äldreförsörjningsstöd"), "belopp": kr(dice.whole(100, 900))}
        decision |= {"ersattningar": [grant, support], "tillagg": {"bostadsInkomststod": extra}}
    claim = {"id": f"TA-{dice.whole(100000, 999999)}", "ankom": "2025-04-14", "yrkadPeriod": tid("2025-06-01")}
    case = {
        "utlamnare": "PM",
        "formansgrupp": kod("PM:BTI", "Bostads- och inkomststöd"),
        "ansprak": [claim],
        "beslut": [decision],
    }
    return {"arenden": {"bostadstillagg": [case]}}
