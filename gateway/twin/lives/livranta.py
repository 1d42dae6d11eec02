"""Annuities after an injury, one's own and survivors'."""

from __future__ import annotations

from decimal import Decimal

from gateway.twin.bits import ARSVIS, KVARTALSVIS, MANADSVIS, Dice, Tree, andel, fk_arende, fk_beslut, kod, sek, tid
from gateway.twin.lives.person import annan


def arbetsskada(dice: Dice, avliden: str = "") -> Tree:
    """Arbetsskadelivränta: a survivor's where somebody died of the injury."""
    before = dice.whole(250, 420) * 1000
    facts: Tree = {
        "skadetillfalle": dice.day("2016-04"),
        "arbetsgivarkod": kod("10", "Arbetsskador i allmänhet"),
        "orsaker": [kod("1", "Änka/med änka jämställd kvinna med barn")]
        if avliden
        else [kod("2", "Arbetsoförmåga till följd av olycksfall i arbetet")],
        "uppdaterades": dice.day("2024-01"),
        "arsinkomstInnanSkada": sek(before),
    }
    if avliden:
        facts["avliden"] = annan(dice, avliden, avled="2016-05-02")
    else:
        facts["arsinkomstEfterSkada"] = sek(before - 90000)
    grant = {
        "period": tid("2017-05"),
        "delforman": kod("LIV", "Livränta"),
        "periodicitet": MANADSVIS,
        "belopp": sek(dice.ore(3000, 14000)),
        "samordnatBelopp": sek(dice.ore(1000, 2900)),
        "ersattning": kod("0", "Vanlig"),
        "underlag": {
            "faktor": Decimal("1.0850"),
            "samordningsandel": andel(1, 2),
            "bruttoForhojning": sek(dice.ore(10, 90)),
            "pensionsgrundandeInkomst": sek(before),
        },
    }
    case = fk_arende(
        "",
        [fk_beslut("2017-04-20", kod("AL", "Arbetsskadelivränta"), grant)],
        roll="efterlevande" if avliden else "egen",
        startades="2016-09",
        aktivt=True,
        avslaget=False,
        grunduppgifter=facts,
    )
    return {"arenden": {"arbetsskadelivranta": [case]}}


def yrkesskada(dice: Dice, avliden: str = "") -> Tree:
    """Yrkesskadelivränta, the older law's; of the injury only the year is known."""
    facts: Tree = {
        "skadetillfalle": "1971",
        "arbetsgivarkod": kod("50", "Statens Järnvägar"),
        "orsaker": [kod("1", "Änka/änkling")] if avliden else [kod("1", "Olycksfall"), kod("3", "Silikos")],
    }
    if avliden:
        facts["avliden"] = annan(dice, avliden, avled="1973-02")
    grant = {
        "period": tid("1974-01"),
        "delforman": kod("YL", "Yrkesskadelivränta"),
        "periodicitet": KVARTALSVIS if avliden else ARSVIS,
        "belopp": sek(dice.ore(900, 9000)),
        "ersattning": kod("1", "Skattefri"),
        "underlag": {"faktor": andel(dice.whole(10, 30), 100)},
    }
    case = fk_arende(
        "YL",
        [fk_beslut("1974", kod("YL", "Yrkesskadelivränta"), grant)],
        roll="efterlevande" if avliden else "egen",
        startades="1973-11",
        aktivt=True,
        avslaget=False,
        grunduppgifter=facts,
    )
    return {"arenden": {"yrkesskadelivranta": [case]}}
