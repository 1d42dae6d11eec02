"""Labour market, service and studies: aktivitetsstöd, programersättning, totalförsvarsplikt, studiemedel."""

from __future__ import annotations

from gateway.twin.bits import HEL, INGEN, MANADSVIS, Dice, Tree, fk_arende, fk_beslut, kod, sek, tid


def aktivitetsstod(dice: Dice, month: str = "2025-10") -> Tree:
    """Aktivitetsstöd in a programme of work practice."""
    grant = {
        "period": tid(f"{month}-01", f"{month}-28"),
        "delforman": kod("AS", "Aktivitetsstöd"),
        "periodicitet": MANADSVIS,
        "belopp": sek(dice.ore(5000, 18000)),
        "dagar": dice.whole(15, 20),
        "karens": False,
        "ersattning": kod("1", "Aktivitetsstöd"),
    }
    case = fk_arende(
        "",
        [fk_beslut(dice.day("2025-11"), kod("AS", "Aktivitetsstöd"), grant)],
        startades=f"{month}-01",
        aktivt=True,
        avslaget=False,
        grunduppgifter={"atgardstyp": kod("40", "Arbetspraktik")},
    )
    return {"arenden": {"aktivitetsstod": [case]}}


def programersattning(dice: Dice, month: str = "2025-12") -> Tree:
    """Programersättning day by day."""
    kind = dice.pick((kod("EE", "Etableringsersättning"), kod("UE", "Utvecklingsersättning")))
    days = [f"{month}-{day:02d}" for day in (1, 2, 3)]
    grant = {
        "period": tid(days[0], days[-1]),
        "delforman": kod("EE", "Etableringsersättning"),
        "periodicitet": INGEN,
        "belopp": sek(dice.ore(900, 1300)),
        "ersattning": kind,
        "dagforteckning": [f"Dag {index}" for index in range(1, len(days) + 1)],
        "ersattningsdagar": [{"dag": day, "belopp": sek(dice.ore(300, 420)), "ersattning": kind} for day in days],
    }
    decision = fk_beslut(f"{month}-08", kod("PROG", "Programersättning"), grant)
    return {"arenden": {"programersattning": [fk_arende("PROG", [decision])]}}


def program(dice: Dice, month: str = "2025-09", *, max_dagar: bool = False) -> Tree:
    """A referral to a programme that still runs, and days used of jobb- och utvecklingsgarantin."""
    return {
        "ovrigt": {
            "programanvisningar": [
                {"period": tid(f"{month}-01"), "omfattning": HEL, "program": kod("53", "Jobb- och utvecklingsgaranti")},
                {
                    "period": tid("2025-02-01", "2025-08-31"),
                    "omfattning": HEL,
                    "program": kod("63", "Etableringsinsatser"),
                },
            ],
            "programjobdagar": [
                {"antalForbrukade": 450 if max_dagar else dice.whole(20, 440), "harForbrukatMaxAntal": max_dagar}
            ],
        }
    }


def totalforsvar(dice: Dice, month: str = "2025-06") -> Tree:
    """Dagpenning for compulsory service."""
    grant = {"period": tid(f"{month}-09", "2025-08-31"), "omfattning": HEL, "dagar": dice.whole(60, 84)}
    decision = fk_beslut(f"{month}-20", kod("DPE", "Dagpenning till totalförsvarspliktiga"), grant)
    case = fk_arende("DPE", [decision], startades=f"{month}-09", aktivt=False, avslaget=False)
    return {"arenden": {"totalforsvarsplikt": [case]}}


def studier(dice: Dice) -> Tree:
    """Notices about studiemedel: an application, a decision and a payment."""
    kinds = (("1", "Ansökan"), ("2", "Beslut"), ("4", "Utbetalning"))
    return {
        "ovrigt": {
            "studiemedelsaviseringar": [
                {"typ": kod(code, text), "period": tid("2025-09-01", dice.day("2026-06"))} for code, text in kinds
            ]
        }
    }


def skatteregistrerad(dice: Dice) -> Tree:
    """Tax registration of somebody who lives abroad."""
    return {"inkomst": {"skatteuppgifter": [{"skatteredovisningsnummer": f"TEST-TIN-{dice.whole(1000, 9999)}"}]}}
