"""Pensions of both agencies: allmän pension and survivors' pensions, in either agency's part of the answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from gateway.twin.bits import HEL, MANADSVIS, TRE_FJARDEDELAR, Dice, Tree, fk_arende, fk_beslut, kod, kr, sek, tid
from gateway.twin.lives.person import annan

_MANAD, _AR = kod("MANAD", "Månad"), kod("AR", "År")
AP, EF = kod("PM:AP", "Allmän pension"), kod("PM:EF", "Efterlevandeförmåner")

_TP = {
    "sjoskattear": 2,
    "uttagsprocent": 100,
    "ylAvdrag": kr(0),
    "garantitillagg": kr(120),
    "folkpensiontillagg": kr(340),
    "medelpoang": Decimal("4.35"),
    "arMedPensionspoang": 28,
    "erforderligaAr": 30,
}
_GARP = {
    "antal40delar": 38,
    "garantitillaggForGarantipension": kr(210),
    "ylAvdrag": kr(15),
    "inkomstpensionForGarantipension": kr(4100),
    "tillaggspensionForGarantipension": kr(900),
}
_GARP37 = {
    "summaBerakningsunderlag": kr(98000),
    "antal40delar": 40,
    "antal30delar": 30,
    "pensionstillskott": kr(1450),
    "uttagsprocentFp": Decimal("100.0"),
}
_SAMORDNING = {
    "beloppForeSamordning": kr(9800),
    "samordningstyper": [kod("PM:YL", "Yrkesskadelivränta"), kod("PM:SA", "Sjuk- och aktivitetsersättning")],
}
_ANKEP = {"antal15delar": 15, "medelpoang": Decimal("3.71"), "taljare": 40, "namnare": Decimal("100.0")}


def _ersattning(dice: Dice, kind: Tree, first: str, last: str = "", **facts: Any) -> Tree:
    return {
        "period": tid(first, last),
        "delforman": kind,
        "periodicitet": _MANAD,
        "belopp": kr(dice.whole(900, 21000)),
        **facts,
    }


def _beslut(dice: Dice, fattades: str, ersattningar: list[Tree], **facts: Any) -> Tree:
    return {
        "id": f"TB-{dice.whole(100000, 999999)}",
        "fattades": fattades,
        "status": kod("SLUTLIGT", "Slutligt"),
        "utfall": kod("BIFALL", "Bifall"),
        **({"ersattningar": ersattningar} if ersattningar else {}),
        **facts,
    }


def _ansprak(dice: Dice, ankom: str, first: str = "", last: str = "") -> Tree:
    claim: Tree = {"id": f"TA-{dice.whole(100000, 999999)}", "ankom": ankom}
    return claim | ({"yrkadPeriod": tid(first, last)} if first else {})


def _pm(family: str, grupp: Tree, ansprak: list[Tree], beslut: list[Tree]) -> Tree:
    lists = {name: items for name, items in (("ansprak", ansprak), ("beslut", beslut)) if items}
    return {"arenden": {family: [{"utlamnare": "PM", "formansgrupp": grupp, **lists}]}}


def allman_pm(dice: Dice, first: str = "2025-02-01", *, fodd_fore_1938: bool = False, gift: bool = False) -> Tree:
    """Allmän pension in Pensionsmyndigheten's part, with every base that its parts rest on."""
    if fodd_fore_1938:
        parts = [
            _ersattning(dice, kod("PM:FOP", "Folkpension"), first, underlag={"garpAp37": _GARP37}),
            _ersattning(dice, kod("PM:TP", "Tilläggspension"), first, underlag={"tp": _TP, "samordning": _SAMORDNING}),
        ]
    else:
        parts = [
            _ersattning(
                dice,
                kod("PM:IP", "Inkomstpension"),
                first,
                omfattning={"andel": Decimal("0.750")},
                underlag={"ip": {"ylAvdrag": kr(0)}},
            ),
            _ersattning(dice, kod("PM:TP", "Tilläggspension"), first, "2026-05-31", underlag={"tp": _TP}),
            _ersattning(dice, kod("PM:GARP", "Garantipension"), first, underlag={"garp": _GARP}),
            _ersattning(dice, kod("PM:PREP", "Premiepension"), first, "2026-12-31", periodicitet=_AR),
        ]
    extra = {
        "allmanPension": {
            "samordningMedPensionFranAnnatLand": fodd_fore_1938,
            "anvantCivilstand": kod("GIFT", "Gift") if gift else kod("OGIFT", "Ogift"),
        }
    }
    decision = _beslut(dice, dice.day("2025-01"), parts, tillagg=extra)
    return _pm("allmanPension", AP, [_ansprak(dice, dice.day("2024-12"), first)], [decision])


def allman_pm_avslag(dice: Dice) -> Tree:
    """A refusal, an interim decision and a new claim."""
    refused = _beslut(dice, dice.day("2025-03"), [], utfall=kod("AVSLAG", "Avslag"))
    interim = _beslut(
        dice,
        dice.day("2026-03"),
        [_ersattning(dice, kod("PM:IPT", "Inkomstpensionstillägg"), "2026-04-01")],
        status=kod("INTERIMISTISKT", "Interimistiskt"),
    )
    claims = [_ansprak(dice, "2025-02-03", "2025-03-01", "2025-12-31"), _ansprak(dice, "2026-02-16")]
    return _pm("allmanPension", AP, claims, [refused, interim])


def livranta_pm(dice: Dice) -> Tree:
    """An annuity in Pensionsmyndigheten's part, coordinated with others."""
    base = {
        "livranta": {
            "livrantefaktor": Decimal("0.9125"),
            "arbetsgivarkod": kod("10"),
            "skadedatum": "1979-08-14",
            "arsinkomstInnanSkada": kr(74000),
        },
        "samordning": _SAMORDNING,
    }
    decision = _beslut(
        dice, dice.day("2024-10"), [_ersattning(dice, kod("PM:BL", "Barnlivränta"), "2024-11-01", underlag=base)]
    )
    return _pm("efterlevandepension", EF, [], [decision])


def allman_fk(dice: Dice, first: str = "2023-04") -> Tree:
    """Allmän pension in Försäkringskassan's part."""
    amount = dice.ore(8000, 17000)
    grant = {
        "period": tid(first),
        "delforman": kod("IP", "Inkomstpension"),
        "periodicitet": MANADSVIS,
        "belopp": sek(amount),
        "samordnatBelopp": sek(amount - 500),
        "omfattning": dice.pick((HEL, TRE_FJARDEDELAR)),
    }
    decision = fk_beslut(dice.day("2023-03"), kod("AP", "Allmän pension"), grant)
    return {"arenden": {"allmanPension": [fk_arende("AP", [decision])]}}


def efterlevande_fk(dice: Dice, avliden: str, avled: str) -> Tree:
    """A survivor's pension in Försäkringskassan's part."""
    grant = {
        "period": tid("2024-09", "2025-08"),
        "delforman": kod("OP", "Omställningspension"),
        "periodicitet": MANADSVIS,
        "belopp": sek(dice.ore(5000, 11000)),
        "samordnatBelopp": sek(dice.ore(3000, 4900)),
        "omfattning": HEL,
    }
    case = fk_arende(
        "",
        [fk_beslut(dice.day("2024-08"), kod("EP", "Efterlevandepension"), grant)],
        grunduppgifter={"avliden": annan(dice, avliden, avled=avled)},
    )
    return {"arenden": {"efterlevandepension": [case]}}


def efterlevande_pm(dice: Dice, avlidna: list[Tree], ovriga: tuple[str, ...] = ()) -> Tree:
    """Survivors' benefits in Pensionsmyndigheten's part; of a death the date may be partly or wholly unknown."""
    base = {"efterlevandepensionsunderlag": kr(dice.whole(80, 160) * 1000), "procent": Decimal("35.0")}
    parts = [
        _ersattning(dice, kod("PM:BP", "Barnpension"), "2024-09-01", underlag={"bp": base}),
        _ersattning(dice, kod("PM:OP", "Omställningspension"), "2024-09-01", "2026-08-31", underlag={"op": base}),
        _ersattning(dice, kod("PM:ANKEP", "Änkepension"), "2024-09-01", underlag={"ankep": _ANKEP}),
        _ersattning(
            dice,
            kod("PM:OPGARP", "Garantipension till omställningspension"),
            "2024-09-01",
            "2026-08-31",
            underlag={"garpEp": {"antal40delar": 36}},
        ),
    ]
    extra: Tree = {"avlidna": avlidna}
    if ovriga:
        extra["ovrigaBerattigadeEfterlevande"] = [{"personnummer": each} for each in ovriga]
    decision = _beslut(dice, dice.day("2024-09"), parts, tillagg={"efterlevandeformaner": extra})
    return _pm("efterlevandepension", EF, [_ansprak(dice, "2024-08-19", "2024-09-01")], [decision])
