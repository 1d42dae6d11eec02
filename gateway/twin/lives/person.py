"""Who the invented persons are: names, addresses and employers that nobody could take for real ones."""

from __future__ import annotations

from typing import Any

from gateway.twin.bits import Dice, Tree, andel, kod
from gateway.twin.numbers import born, number

_FORNAMN = ("Testa", "Prova", "Exempla", "Fiktiva", "Påhitta", "Demona", "Simula", "Låtsa")
_EFTERNAMN = ("Testsson", "Provman", "Exempelsson", "Fiktivberg", "Påhittsdotter", "Demoström", "Låtsasgren")
_GATOR = ("Testgatan", "Provvägen", "Exempelstigen", "Låtsasgränd")
_ORTER = (("99901", "TESTSTAD"), ("99902", "PROVKÖPING"), ("99903", "EXEMPELÅS"), ("99904", "LÅTSASHAMN"))
_LAN = (("01", "80"), ("12", "80"), ("14", "80"), ("25", "84"))

SVERIGE = kod("SE", "SVERIGE")
NORGE = kod("NO", "NORGE")
SPANIEN = kod("ES", "SPANIEN")

CIVILSTAND = {
    "okand": kod("0", "Okänd"),
    "ogift": kod("1", "Ogift"),
    "gift": kod("2", "Gift"),
    "partner": kod("3", "Registrerat partnerskap"),
    "efterlevande_partner": kod("4", "Efterlevande partner"),
    "skild": kod("5", "Skild"),
    "skild_partner": kod("6", "Skild partner"),
    "anka": kod("7", "Änka/Änkeman"),
}


def namn(dice: Dice) -> str:
    """A name that is evidently invented."""
    return f"{dice.pick(_FORNAMN)} {dice.pick(_EFTERNAMN)}"


def adress(dice: Dice, *roller: int) -> Tree:
    """An address in Sweden that does not exist; roles: 1 registered, 2 special."""
    postnummer, postort = dice.pick(_ORTER)
    texts = {1: "Folkbokföringsadress", 2: "Särskild adress"}
    return {
        **({"roller": [kod(str(roll), texts[roll]) for roll in roller]} if roller else {}),
        "utdelningsadress": [f"{dice.pick(_GATOR)} {dice.whole(1, 99)} LGH {dice.whole(1001, 1499)}"],
        "postnummer": postnummer,
        "postort": postort,
        "land": SVERIGE,
    }


def utlandsadress(dice: Dice) -> Tree:
    """An address abroad that does not exist."""
    return {
        "roller": [kod("3", "Utlandsadress")],
        "utdelningsadress": [f"Calle de la Prueba {dice.whole(1, 99)}", "29999 Pruebaville"],
        "land": SPANIEN,
    }


def annan(dice: Dice, personnummer: str, *, skyddad: bool = False, kort: bool = False, **facts: Any) -> Tree:
    """Somebody who is named in an answer, as Försäkringskassan names people; a protected person has no name there."""
    return {
        "personnummer": personnummer,
        **({"kortform": True} if kort else {}),
        "foddes": born(personnummer),
        **({} if skyddad else {"namn": namn(dice)}),
        "skyddad": skyddad,
        **facts,
    }


def barn(dice: Dice, day: str, serial: int = 980, **facts: Any) -> Tree:
    """A child, by date of birth (YYYYMMDD)."""
    return annan(dice, number(day, serial), **facts)


def arbetsstalle(dice: Dice) -> Tree:
    """A place of work that does not exist, with everything that can be said about one."""
    firma = dice.pick(("Låtsasbolaget AB", "Provfabriken AB", "Exempelkommunens skolförvaltning"))
    return {
        "nummer": f"99{dice.whole(100000, 999999)}",
        "namn": f"{firma}, arbetsställe {dice.whole(1, 9)}",
        # Swedish organisation numbers have a third digit of at least 2; this one can belong to nobody.
        "arbetsgivare": {"namn": firma, "organisationsnummer": "550000-0000", "adress": adress(dice)},
        "sysselsattning": dice.pick(("Testledare", "Provsmakare", "Exempelskrivare")),
        "arbetstid": dice.pick((andel(1, 1), andel(3, 4), andel(1, 2))),
        "adress": adress(dice),
        "telefon": ["010-000 00 00"],
        "kontakt": {
            "namn": namn(dice),
            "telefon": ["010-000 00 01", "010-000 00 02"],
            "epost": ["kontakt@arbetsplats.example"],
        },
    }


def person(
    dice: Dice,
    personnummer: str,
    civilstand: str = "ogift",
    *,
    skyddad: bool = False,
    avled: str = "",
    **facts: Any,
) -> Tree:
    """General information about the person; a protected one has neither a name nor an address nor a parish."""
    lan, kommun = dice.pick(_LAN)
    known: Tree = {} if skyddad else {"namn": namn(dice), "adresser": [adress(dice, 1)]}
    if not skyddad:
        known["folkbokford"] = [{"lan": lan, "kommun": kommun}]
    died = {"avled": avled} if avled else {}
    return {
        "person": {
            "personnummer": personnummer,
            "foddes": born(personnummer),
            "skyddad": skyddad,
            **died,
            "civilstand": CIVILSTAND[civilstand],
            **known,
            "medborgarskap": [{"land": SVERIGE}],
            **facts,
        }
    }


def utomlands(dice: Dice, personnummer: str, civilstand: str = "ogift") -> Tree:
    """Somebody who lives abroad: an address there and a special one here, no parish."""
    tree = person(dice, personnummer, civilstand, adresser=[adress(dice, 2), utlandsadress(dice)])
    tree["person"].pop("folkbokford")
    return tree
