"""Payments of both agencies, made and coming; the day of reference parts the one from the other."""

from __future__ import annotations

from decimal import Decimal

from gateway.twin.bits import HEL, REFERENCE, Dice, Tree, andel, kod, kr, manader, sek, sista, tid

_FORETAG = {"FK": kod("1001", "Försäkringskassan"), "PM": kod("1003", "Pensionsmyndigheten")}
_TYPER = {
    "lokal": kod("0", "Lokal utbetalning"),
    "manad": kod("1", "Månad"),
    "daglig": kod("2", "Daglig"),
    "retro": kod("3", "Retro"),
    "presumtiv": kod("4", "Presumtiv"),
}


def fk(  # noqa: PLR0913, PLR0917  the facts of a payment, each with its usual value
    dice: Dice,
    familj: str,
    text: str,
    months: list[str],
    low: int = 3000,
    high: int = 16000,
    *,
    typ: str = "manad",
    foretag: str = "FK",
    avdrag: bool = False,
    dagar: int = 0,
) -> Tree:
    """Payments of one family of benefits in Försäkringskassan's part; deductions include the tax."""
    forman = kod(familj, text)
    payments = []
    for month in months:
        gross, tax = dice.ore(low, high), dice.ore(low // 10, low // 4)
        other = dice.ore(100, 400) if avdrag else Decimal("0.00")
        day, period = f"{month}-25", tid(f"{month}-01", sista(month))
        shared = {"forman": forman, "period": period}
        lines: list[Tree] = [
            {
                **shared,
                "beloppstyp": kod("BRUTTO", "Ersättning"),
                "omfattning": HEL,
                "dagar": dagar or dice.whole(1, 30),
                "bruttobelopp": sek(gross),
            },
            {**shared, "beloppstyp": kod("SKATT", "Preliminär skatt"), "skattebelopp": sek(tax)},
        ]
        if avdrag:
            lines.append(
                {
                    **shared,
                    "beloppstyp": kod("AVDRAG", "Återbetalning"),
                    "omfattning": andel(0, 0),
                    "timmar": 4,
                    "avdragsbelopp": sek(other),
                }
            )
        payments.append(
            {
                "utlamnare": "FK",
                "status": "effektuerad" if day <= REFERENCE else "preliminar",
                "typ": _TYPER[typ],
                "foretag": _FORETAG[foretag],
                "formansfamilj": forman,
                "datum": day,
                "period": period,
                "bruttobelopp": sek(gross),
                "skattebelopp": sek(tax),
                "avdragInklusiveSkatt": sek(tax + other),
                "nettobelopp": sek(gross - tax - other),
                "rader": lines,
            }
        )
    return {"utbetalningar": payments}


def karensersattning(dice: Dice, month: str = "2025-11") -> Tree:
    """Karensersättning: a payment of sjukpenning that no case belongs to."""
    forman = kod("SJP", "Sjukpenning")
    amount = Decimal("1043.50")
    payment = {
        "utlamnare": "FK",
        "status": "effektuerad",
        "typ": _TYPER["daglig"],
        "foretag": _FORETAG["FK"],
        "formansfamilj": forman,
        "datum": dice.day(month),
        "bruttobelopp": sek(amount),
        "skattebelopp": sek(0),
        "avdragInklusiveSkatt": sek(0),
        "nettobelopp": sek(amount),
        "rader": [{"forman": forman, "beloppstyp": kod("KARENS", "Karensersättning"), "bruttobelopp": sek(amount)}],
    }
    return {"utbetalningar": [payment]}


_GRUPPER = {
    "PM:AP": (
        "Allmän pension",
        ("PM:AP38", "Ålderspension"),
        (("PM:IP", "Inkomstpension"), ("PM:TP", "Tilläggspension")),
    ),
    "PM:BTI": ("Bostads- och inkomststöd", ("PM:BTP", "Bostadstillägg"), (("PM:BTP", "Bostadstillägg"),)),
    "PM:EF": ("Efterlevandeförmåner", ("PM:EP", "Efterlevandepension"), (("PM:OP", "Omställningspension"),)),
}


def pm(dice: Dice, grupp: str, months: list[str], *, negativ: bool = False, avdrag: bool = True) -> Tree:
    """Payments in Pensionsmyndigheten's part: whole kronor, deductions one by one, a net sum below zero if so said."""
    name, forman, kinds = _GRUPPER[grupp]
    payments = []
    for month in months:
        lines = [
            {
                "formansgrupp": kod(grupp, name),
                "forman": kod(*forman),
                "beloppstyp": kod(*kind),
                "bruttobelopp": kr(dice.whole(300, 9000)),
            }
            for kind in kinds
        ]
        gross = sum(line["bruttobelopp"]["summa"] for line in lines)
        posts = [{"typ": kod("PM:PS", "Preliminär skatt"), "belopp": kr(gross // 4)}] if avdrag else []
        if negativ:
            posts.append({"typ": kod("PM:UTMATNING", "Utmätning"), "belopp": kr(gross)})
        day = f"{month}-18"
        payments.append(
            {
                "utlamnare": "PM",
                "status": "effektuerad" if day <= REFERENCE else "preliminar",
                "datum": day,
                "period": tid(f"{month}-01", sista(month)),
                "bruttobelopp": kr(gross),
                **({"avdragsposter": posts} if posts else {}),
                "nettobelopp": kr(gross - sum(post["belopp"]["summa"] for post in posts)),
                "rader": lines,
            }
        )
    return {"utbetalningar": payments}


def senaste(count: int = 3) -> list[str]:
    """So many months with payments made, and one that is coming."""
    first = 2026 * 12 + 6 - count
    return manader(f"{first // 12:04d}-{first % 12 + 1:02d}", count + 1)
