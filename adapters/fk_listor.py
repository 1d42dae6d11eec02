"""The lists that Försäkringskassan's part of an answer is made of, in version 9 as in the versions before it."""

from __future__ import annotations

from adapters.fk import FK, FK_EFTERLEVANDE, FK_EGEN
from gateway.contract import Dialect, Gathered


def _arenden(familj: str, nyckel: str, kod: str = "", dialect: Dialect = FK, **marks: str) -> Gathered:
    """A list of Försäkringskassan's cases; `kod` is its information type where the contract lets one tell."""
    given = {"formansgrupp": {"kod": kod}} if kod else {}
    wire = f"formansinformation.{nyckel}"
    return Gathered(f"arenden.{familj}", wire, dialect, marks={"utlamnare": "FK", **marks}, given=given)


def _uppgifter(plats: str, nyckel: str, **marks: str) -> Gathered:
    return Gathered(plats, f"formansinformation.{nyckel}", FK, marks=marks)


def _pension(nyckel: str, under: str) -> Gathered:
    return Gathered("pension", f"formansinformation.{nyckel}", FK, marks={"utlamnare": "FK"}, under=under)


FK_LISTOR = (
    Gathered("person", "formansinformation.generellPersoninformation", FK, single=True),
    _arenden("sjukpenning", "sjukpenningarende", "FK:SJP"),
    _arenden("forebyggandeSjukpenning", "forebyggandeSjukpenningsarende", "FK:FSJP"),
    _arenden("rehabiliteringsersattning", "rehabersattningsarende", "FK:RBE"),
    _arenden("sjukOchAktivitetsersattning", "sjukOchAktivitetsersattningsarende", "FK:SA"),
    _arenden("smittbararersattning", "smittbararersattningsarende", "FK:SBP"),
    _arenden("totalforsvarsplikt", "totalforsvarspliktsarende", "FK:DPE"),
    _arenden("foraldrapenning", "foraldrapenningarende", "FK:FP"),
    _arenden("tillfalligForaldrapenning", "tillfalligForaldrapenningarende", "FK:TFP"),
    _arenden("graviditetspenning", "graviditetspenningsarende", "FK:GP"),
    _arenden("narstaendepenning", "narstaendepenningarende", "FK:NP"),
    _arenden("aktivitetsstod", "aktivitetsstodsarende"),
    _arenden("programersattning", "programersattningsarende", "FK:PROG"),
    _arenden("barnbidrag", "barnbidragsarende", "FK:ABB"),
    _arenden("mottagareAvBarnbidrag", "mottagareavbarnbidrag", "FK:MABB"),
    _arenden("bostadsbidrag", "bostadsbidragsarende", "FK:BOB"),
    _arenden("bostadstillagg", "bostadstillaggsarende", "FK:BTI"),
    _arenden("underhallsstod", "underhallsstodskrav", "FK:US", roll="krav"),
    _arenden("underhallsstod", "underhallsstodsmottag", "FK:US", roll="mottagande"),
    _arenden("handikappersattning", "handikappersattningsarende", "FK:HE"),
    _arenden("merkostnadsersattning", "merkostnadsersattningsarende", "FK:MEK"),
    _arenden("omvardnadsbidrag", "omvardnadsbidragsarende", "FK:OMV"),
    _arenden("vardbidrag", "vardbidragsarende", "FK:VB"),
    _arenden("arbetsskadelivranta", "arbetsskadeegenlivrantearende", dialect=FK_EGEN, roll="egen"),
    _arenden("arbetsskadelivranta", "arbetsskadeefterlevandearende", dialect=FK_EFTERLEVANDE, roll="efterlevande"),
    _arenden("yrkesskadelivranta", "yrkesskadeegenlivrantearende", "FK:YL", FK_EGEN, roll="egen"),
    _arenden("yrkesskadelivranta", "yrkesskadeefterlevandearende", "FK:YL", FK_EFTERLEVANDE, roll="efterlevande"),
    _arenden("allmanPension", "allmanpensionsarende", "FK:AP"),
    _arenden("efterlevandepension", "efterlevandepensionsarende"),
    Gathered(
        "utbetalningar",
        "formansinformation.preliminarautbetalningar",
        FK,
        marks={"utlamnare": "FK", "status": "preliminar"},
    ),
    Gathered(
        "utbetalningar",
        "formansinformation.utbetalningsuppgift",
        FK,
        marks={"utlamnare": "FK", "status": "effektuerad"},
    ),
    _uppgifter("inkomst.sjukpenninggrundandeInkomster", "sjukpenninggrundandeInkomstuppgift"),
    _uppgifter("inkomst.skatteuppgifter", "skatteuppgift"),
    _pension("levnadsintygsuppgift", "levnadsintyg"),
    _pension("intjanandebehallning", "pensionsbehallning"),
    _pension("intjanandeuppgift", "intjanandear"),
    _uppgifter("ovrigt.programanvisningar", "programanvisning"),
    _uppgifter("ovrigt.programjobdagar", "programjobdagar"),
    _uppgifter("ovrigt.studiemedelsaviseringar", "studiemedelsavisering"),
    _uppgifter("ovrigt.steglosaAvrakningar", "sjukOchAktivitetsersattningSteglosAvrakningNulage", lage="nulage"),
    _uppgifter("ovrigt.steglosaAvrakningar", "sjukOchAktivitetsersattningSteglosAvrakningHistorik", lage="historik"),
    _uppgifter("ovrigt.underhallsskulder", "underhallsskuld"),
)
"""Every list under `formansinformation`, in the order in which it is written."""
