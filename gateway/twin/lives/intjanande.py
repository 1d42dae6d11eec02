"""What pensions are earned from: levnadsintyg, balances and yearly earnings, in either agency's account."""

from __future__ import annotations

from decimal import Decimal

from gateway.twin.bits import Dice, Tree, kod, kr, sek
from gateway.twin.lives.person import annan


def _fk(**part: object) -> Tree:
    return {"pension": [{"utlamnare": "FK", **part}]}


def _pm(typ: str, text: str, **part: object) -> Tree:
    return {"pension": [{"utlamnare": "PM", "informationstyp": kod(typ, text), **part}]}


def levnadsintyg_fk(dice: Dice, status: Tree | None = None) -> Tree:
    """Certificate of life as Försäkringskassan states it: the update can be a date or a point in time."""
    updated = dice.pick((dice.day("2026-03"), "2026-03-12T08:15:00"))
    return _fk(levnadsintyg={"uppdaterades": updated, "status": status or kod("2", "Intyg komplett.")})


def levnadsintyg_pm(dice: Dice, status: Tree | None = None) -> Tree:
    """Certificate of life as Pensionsmyndigheten states it."""
    part = {"uppdaterades": dice.day("2026-04"), "status": status or kod("1", "Förfrågan har skickats")}
    return _pm("PM:LINT", "Levnadsintyg", levnadsintyg=part)


def behallning_fk(dice: Dice) -> Tree:
    """Balances in Försäkringskassan's account: two totals."""
    premium = dice.ore(90000, 400000)
    return _fk(
        pensionsbehallning={
            "belopp": sek(premium + dice.ore(700000, 3000000)),
            "premiepensionBelopp": sek(premium),
        }
    )


def behallning_pm(dice: Dice) -> Tree:
    """Balances in Pensionsmyndigheten's account: values over time, and what changed them."""
    value = dice.whole(700000, 3000000)

    def event(kind: tuple[str, str], moment: str, *parts: tuple[str, str, int]) -> Tree:
        moved = [{"typ": kod(code, text), "belopp": kr(amount)} for code, text, amount in parts]
        return {"typ": kod(*kind), "tidpunkt": moment, "transaktioner": moved}

    yearly = event(
        ("ARSOMRAKNING", "Årsomräkning"),
        "2026-01-01T00:00:00+01:00",
        ("INDEXERING", "Indexering", 18211),
        ("ARVSVINST", "Arvsvinst", 1204),
        ("FORVALTNINGSKOSTNAD", "Förvaltningskostnad", -190),
    )
    rights = event(
        ("ANDRAD_PENSIONSRATT", "Ändrad pensionsrätt"),
        "2025-12-15T12:00:00Z",
        ("PENSIONSRATT", "Pensionsrätt", 61230),
    )
    accounts = [
        {
            "typ": kod("IP", "Inkomstpension"),
            "varden": [
                {"varde": kr(value), "gallerFrom": "2025-12", "faststallelsear": 2025, "handelse": rights},
                {"varde": kr(value + 19225), "gallerFrom": "2026-01", "faststallelsear": 2025, "handelse": yearly},
            ],
        },
        {
            "typ": kod("PREP", "Premiepension"),
            "varden": [{"varde": kr(dice.whole(90000, 400000)), "gallerFrom": "2026-01", "faststallelsear": 2025}],
        },
    ]
    return _pm("PM:PBH", "Pensionsbehållning", pensionsbehallning={"pensionskonton": accounts})


def underlag_pm(dice: Dice, first: int = 2021, last: int = 2024) -> Tree:
    """Yearly earnings in Pensionsmyndigheten's account."""
    years = [
        {
            "ar": year,
            "pensionsgrundandeInkomst": kr(dice.whole(180, 550) * 1000),
            "pensionsgrundandeBeloppForStudier": kr(dice.whole(0, 40) * 100),
            "pensionsgrundandeBeloppForSjukOchAktivitetsersattning": kr(dice.whole(0, 900) * 100),
            "pensionsgrundandeBeloppForArMedSmaBarn": kr(dice.whole(0, 600) * 100),
            "pensionsgrundandeBeloppForPlikttjanst": kr(0),
            "pensionsgrundandeBeloppForFortidspension": kr(0),
        }
        for year in range(first, last + 1)
    ]
    return _pm("PM:PU", "Pensionsunderlag", intjanandear=years)


def intjanande_fk(dice: Dice, foralder: str, first: int = 2022, last: int = 2023) -> Tree:
    """Yearly earnings in Försäkringskassan's account, one record a year."""
    return {
        "pension": [{"utlamnare": "FK", "intjanandear": [_ar(dice, year, foralder)]} for year in range(first, last + 1)]
    }


def _ar(dice: Dice, year: int, foralder: str) -> Tree:
    rights = [
        {"typ": kod("prutb", "Pensionsrätt för inkomstpension"), "belopp": sek(dice.ore(30000, 70000))},
        {"typ": kod("prprep", "Pensionsrätt för premiepension"), "belopp": sek(dice.ore(5000, 12000))},
    ]
    parent = {
        "foralder": annan(dice, foralder),
        "foraldertyp": dice.pick((kod("1", "Mor"), kod("2", "Far"))),
        "berattigad": True,
        "upplysning": "Testupplysning",
    }
    return {
        "ar": year,
        "behallningsunderlag": _behallningsunderlag(dice, year),
        "pensionsunderlag": _pensionsunderlag(dice, year),
        "poangunderlag": _poangunderlag(dice, year),
        "pensionsbehallningar": [
            {"typ": kod("pbhutb", "Pensionsbehållning för inkomstpension"), "belopp": sek(dice.ore(500000, 900000))}
        ],
        "pensionsratter": rights,
        "faktiskaPensionsratter": rights[:1],
        "poang": Decimal("5.26"),
        "barnbeslut": [parent],
    }


def _behallningsunderlag(dice: Dice, year: int) -> Tree:
    change = {
        "typ": kod("pbhutb", "Pensionsbehållning för inkomstpension"),
        "arvsvinst": sek(dice.ore(100, 900)),
        "indexforandring": sek(dice.ore(5000, 20000)),
        "administrationskostnad": sek(-dice.ore(50, 300)),
        "uttaget": sek(0),
        "aterlagt": sek(0),
    }
    return {
        "uppdaterades": f"{year + 1}-12-15",
        "andringsanledning": "Årlig beräkning",
        "pensionsbehallningsforandringar": [change],
    }


def _poangunderlag(dice: Dice, year: int) -> Tree:
    return {
        "uppdaterades": f"{year + 1}-12",
        "andringsanledning": "Årlig beräkning",
        "vardar": False,
        "pgiBedomd": True,
        "poang": [{"typ": kod("apoang", "A-poäng"), "summa": Decimal("5.26")}],
        "basbelopp": sek(52500),
        "inkomster": [{"typ": kod("pgi", "PGI"), "belopp": sek(dice.whole(200, 500) * 1000)}],
    }


def _pensionsunderlag(dice: Dice, year: int) -> Tree:
    rounded = {"beloppForeAvrundningTakbegransning": sek(dice.ore(1000, 9000))}
    month = {
        "manad": "Januari",
        "antagandeinkomst": sek(dice.ore(15000, 25000)),
        "reduceringsbelopp": sek(0),
        "andel": "3/4",
        "pisa": sek(dice.ore(5000, 9000)),
        "pisaAnhorig": sek(0),
        "arbetsskadelivranta": sek(0),
        "samordningsprocentAl": 0,
        **rounded,
    }
    return {
        "uppdaterades": f"{year + 1}",
        "andringsanledning": "Årlig beräkning",
        "intjanandetak": sek(599250),
        "forvarvsvillkorsar": "Ja",
        "belopp": [{"typ": kod("pu", "Pensionsunderlag inkomstpension"), "belopp": sek(dice.whole(200, 500) * 1000)}],
        "pgbForPlikt": {"belopp": sek(dice.ore(100, 900)), "dagar": 84, "halvaMedelPgi": sek(dice.ore(900, 999))},
        "pgbForStudier": {"belopp": sek(4300), "studiebidrag": sek(3100), **rounded},
        "pgbForBarn": {
            "belopp": sek(dice.ore(20000, 50000)),
            "jamforelseinkomst": sek(dice.whole(200, 400) * 1000),
            "utfyllnadsinkomst": sek(0),
            "beloppAlternativ1": sek(dice.ore(20000, 50000)),
            "trefjardedelsMedelPgi": sek(dice.ore(200000, 300000)),
            "beloppAlternativ2": sek(dice.ore(10000, 40000)),
            "basbelopp": sek(52500),
            "bastaAlternativ": 1,
            **rounded,
        },
        "pgbForSa": {"belopp": sek(dice.ore(1000, 9000)), "manadsunderlag": [month]},
        "pgbForAntagandepoang": {
            "belopp": sek(dice.ore(1000, 9000)),
            "antagandepoang": Decimal("4.10"),
            "jamforelsepoang": Decimal("3.95"),
            "bastaPoangPlusEtt": Decimal("5.10"),
            "svenskaNordiskaForsakringsmanader": "444",
        },
    }
