"""Parents and relatives: föräldrapenning, tillfällig föräldrapenning, graviditetspenning, närståendepenning."""

from __future__ import annotations

from gateway.twin.bits import FJARDEDEL, HALV, HEL, Dice, Tree, fk_arende, fk_beslut, kod, sek, tid
from gateway.twin.lives.person import barn

_NIVAER = (kod("L", "Lägstanivå"), kod("G", "Grundnivå"), kod("S", "Sjukpenningsnivå"))


def foraldrapenning(dice: Dice, child: str = "20250114", month: str = "2025-08", *, dubbel: bool = False) -> Tree:
    """Föräldrapenning for a child (date of birth), day by day, with the days that are claimed."""
    niva = dice.pick(_NIVAER)
    days = [f"{month}-{day:02d}" for day in (4, 5, 6, 7, 8)]
    grant = {
        "period": tid(days[0], days[-1]),
        "omfattning": HEL,
        "dagar": len(days),
        "ersattning": kod("5", "Dubbeldagar") if dubbel else kod("3", "Vanliga dagar"),
        "ersattningsdagar": [{"dag": day, "belopp": sek(dice.ore(180, 1100)), "niva": niva} for day in days],
    }
    case = fk_arende(
        "FP",
        [fk_beslut(f"{month}-12", kod("FP", "Föräldrapenning"), grant)],
        startades=f"{month}-01",
        aktivt=True,
        avslaget=False,
        grunduppgifter={"barn": [barn(dice, child)]},
        anspraksdagar=[{"dag": day, "niva": niva, "omfattning": HEL} for day in days]
        + [{"dag": f"{month}-11", "niva": niva, "omfattning": HALV}],
    )
    return {"arenden": {"foraldrapenning": [case]}}


def vab(dice: Dice, child: str = "20200309", month: str = "2026-02") -> Tree:
    """Tillfällig föräldrapenning; one day was assessed twice, once for each kind of income."""
    employed, business = kod("1", "A-inkomst"), kod("2", "B-inkomst")
    assessed = [
        {
            "dag": f"{month}-{day:02d}",
            "belopp": sek(dice.ore(300, 1250)),
            "inkomsttyp": kind,
            "berakningssatt": kod("1", "Timberäknad") if kind is employed else kod("2", "Dagberäknad"),
        }
        for day, kind in ((9, employed), (9, business), (10, employed))
    ]
    grant = {
        "period": tid(f"{month}-09", f"{month}-10"),
        "omfattning": FJARDEDEL,
        "dagar": 2,
        "ersattning": kod("1", "Tillfällig föräldrapenning (vanlig)"),
        "bedomdaDagar": assessed,
    }
    case = fk_arende(
        "TFP",
        [fk_beslut(f"{month}-19", kod("TFP", "Tillfällig föräldrapenning"), grant)],
        startades=f"{month}-09",
        aktivt=False,
        avslaget=False,
        grunduppgifter={"barn": [barn(dice, child, kort=True)]},
    )
    return {"arenden": {"tillfalligForaldrapenning": [case]}}


def graviditetspenning(dice: Dice, month: str = "2024-11") -> Tree:
    """Graviditetspenning."""
    reasons = (kod("1", "Fysiskt ansträngande arbetsuppgifter"), kod("2", "Risker i arbetsmiljön"))
    grant = {
        "period": tid(f"{month}-15", "2025-01-10"),
        "omfattning": HEL,
        "dagar": dice.whole(40, 50),
        "ersattning": dice.pick(reasons),
    }
    decision = fk_beslut(f"{month}-08", kod("GP", "Graviditetspenning"), grant)
    case = fk_arende("GP", [decision], startades=f"{month}-01", aktivt=False, avslaget=False)
    return {"arenden": {"graviditetspenning": [case]}}


def narstaendepenning(dice: Dice, month: str = "2026-04") -> Tree:
    """Närståendepenning."""
    grant = {
        "period": tid(f"{month}-13", f"{month}-30"),
        "omfattning": HALV,
        "dagar": dice.whole(5, 12),
        "karens": False,
        "ersattning": kod("1", "Närståendepenning"),
    }
    decision = fk_beslut(dice.day("2026-05"), kod("NP", "Närståendepenning"), grant)
    case = fk_arende("NP", [decision], startades=f"{month}-13", aktivt=False, avslaget=False)
    return {"arenden": {"narstaendepenning": [case]}}
