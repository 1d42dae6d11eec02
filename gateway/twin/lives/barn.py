"""Children and disability: barnbidrag, underhållsstöd, merkostnader, omvårdnad, vårdbidrag, handikappersättning."""

from __future__ import annotations

from typing import Any

from gateway.twin.bits import (
    FJARDEDEL,
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
from gateway.twin.lives.person import adress, annan, barn


def _manadsbelopp(dice: Dice, delforman: Tree, period: Tree, low: int, high: int, **facts: Any) -> Tree:
    return {
        "period": period,
        "delforman": delforman,
        "periodicitet": MANADSVIS,
        "belopp": sek(dice.ore(low, high)),
        **facts,
    }


def barnbidrag(dice: Dice, child: str = "20200309", *, placerat: bool = False) -> Tree:
    """Barnbidrag for a child; it runs with an open end."""
    underlag = {"skolgang": child < "2019", "myndighetsplacering": placerat}
    grant = {
        "period": tid(f"{child[:4]}-{child[4:6]}"),
        "delforman": kod("ABB", "Barnbidrag"),
        "periodicitet": MANADSVIS,
        "belopp": sek(1250),
        "underlag": underlag,
    }
    case = fk_arende(
        "ABB",
        [fk_beslut(dice.day("2024-03"), kod("ABB", "Barnbidrag"), grant)],
        grunduppgifter={"barn": [barn(dice, child)]},
    )
    return {"arenden": {"barnbidrag": [case]}}


def eget_barnbidrag(dice: Dice, child: str, payees: tuple[str, ...] = (), *, familjehem: bool = False) -> Tree:
    """A child's own barnbidrag: paid to one person, to two who share it, or to an authority."""
    underlag: Tree = {
        "skolgang": True,
        "tvaBidragsmottagare": len(payees) > 1,
        "utbetalningsmanad": "2026-06",
    }
    if payees:
        underlag["utbetalningsmottagare"] = [{"personnummer": payee} for payee in payees]
    else:
        kind = kod("2", "Familjehem") if familjehem else kod("1", "Myndighet")
        home = {"institution": kind, "namn": "Låtsashemmet", "adress": adress(dice)}
        underlag |= {"institutionsplacering": home, "myndighetsutbetalning": True}
    grant = {
        "period": tid("2025-01"),
        "delforman": kod("ABB", "Barnbidrag"),
        "periodicitet": MANADSVIS,
        "belopp": sek(1250),
        "underlag": underlag,
    }
    case = fk_arende(
        "MABB",
        [fk_beslut(dice.day("2024-12"), kod("ABB", "Barnbidrag"), grant)],
        grunduppgifter={"personuppgift": annan(dice, child)},
    )
    return {"arenden": {"mottagareAvBarnbidrag": [case]}}


def underhall(
    dice: Dice, roll: str, child: str = "20170521", kind: Tree | None = None, *, skyddat: bool = False
) -> Tree:
    """Underhållsstöd, owed or received; where the child is protected, its name is not given."""
    grant = _manadsbelopp(
        dice,
        kod("US", "Underhållsstöd"),
        tid("2025-01"),
        1673,
        2223,
        samordnatBelopp=sek(dice.ore(800, 1600)),
        ersattning=kind or kod("1", "Helt"),
    )
    case = fk_arende(
        "US",
        [fk_beslut(dice.day("2024-12"), kod("US", "Underhållsstöd"), grant)],
        roll=roll,
        startades=dice.day("2024-11"),
        aktivt=True,
        avslaget=False,
        grunduppgifter={"barn": [barn(dice, child, skyddad=skyddat)]},
    )
    return {"arenden": {"underhallsstod": [case]}}


def underhallsskuld(dice: Dice) -> Tree:
    """A debt of underhållsstöd."""
    return {"ovrigt": {"underhallsskulder": [{"belopp": sek(dice.ore(2000, 40000))}]}}


def _omvardnad(dice: Dice, group: Tree, outcome: Tree, levels: tuple[Tree, ...], child: str) -> Tree:
    periods = [
        {
            "period": tid(f"{2025 + index}-01", f"{2025 + index}-12"),
            "omfattning": level,
            "andel": HALV if index else HEL,
            "utbetalningstyp": kod("R", "Retroaktiv") if index else kod("L", "Löpande"),
        }
        for index, level in enumerate(levels)
    ]
    grant = _manadsbelopp(
        dice,
        group,
        tid("2025-01", "2026-12"),
        2000,
        12000,
        underlag={"barn": [barn(dice, child), barn(dice, "20190415", 981)]},
    )
    decision = fk_beslut(
        dice.day("2025-01"),
        group,
        grant,
        status=kod("S", "Slutligt"),
        utfall=outcome,
        upphorandeManadFrom="2027-01",
        periodbeslut=periods,
    )
    return fk_arende(group["kod"], [decision], startades=dice.day("2024-10"), aktivt=True, avslaget=False)


def omvardnadsbidrag(dice: Dice, child: str = "20170521") -> Tree:
    """Omvårdnadsbidrag at two levels, shared between parents the second year."""
    granted = kod("2", "BEVILJANDE")
    case = _omvardnad(dice, kod("OMV", "Omvårdnadsbidrag"), granted, (TRE_FJARDEDELAR, HALV), child)
    return {"arenden": {"omvardnadsbidrag": [case]}}


def merkostnad(dice: Dice, child: str = "20170521") -> Tree:
    """Merkostnadsersättning, changed."""
    case = _omvardnad(dice, kod("MEK", "Merkostnadsersättning"), kod("3", "ANDRING"), (andel(2, 5),), child)
    return {"arenden": {"merkostnadsersattning": [case]}}


def merkostnad_avslag(dice: Dice) -> Tree:
    """A refusal of merkostnadsersättning, for the time being: no periods, nothing granted."""
    decision = {
        "fattades": dice.day("2025-09"),
        "definitivt": False,
        "forman": kod("MEK", "Merkostnadsersättning"),
        "status": kod("I", "Interimistiskt"),
        "utfall": kod("5", "AVSLAG"),
    }
    case = fk_arende("MEK", [decision], startades=dice.day("2025-08"), aktivt=False, avslaget=True)
    return {"arenden": {"merkostnadsersattning": [case]}}


def vardbidrag(dice: Dice, child: str = "20120218") -> Tree:
    """Vårdbidrag, the older benefit, in the years 2017 to 2024."""
    grant = _manadsbelopp(
        dice,
        kod("VB", "Vårdbidrag"),
        tid("2017-09", "2024-12"),
        2000,
        9000,
        ersattning=kod("0", "Vårdbidrag (vanligt)"),
        omfattning=FJARDEDEL,
        underlag={"barn": [barn(dice, child)], "delat": True},
    )
    decision = fk_beslut(dice.day("2017-08"), kod("VB", "Vårdbidrag"), grant)
    case = fk_arende("VB", [decision], startades="2017", aktivt=False, avslaget=False)
    return {"arenden": {"vardbidrag": [case]}}


def handikappersattning(dice: Dice) -> Tree:
    """Handikappersättning, the older benefit, with an open beginning."""
    grant = _manadsbelopp(
        dice, kod("HE", "Handikappersättning"), tid("", "2024-11"), 1500, 3300, omfattning=andel(69, 100)
    )
    case = fk_arende(
        "HE",
        [fk_beslut("2011-05", kod("HE", "Handikappersättning"), grant)],
        startades="2010-11",
        aktivt=False,
        avslaget=False,
    )
    return {"arenden": {"handikappersattning": [case]}}
