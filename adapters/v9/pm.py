"""How version 9 spells what Pensionsmyndigheten delivers: its own model, beside Försäkringskassan's."""

from __future__ import annotations

from adapters.shapes import HELTALSKOD, Dodsfallsdatum, listkod
from gateway.contract import Bare, Dialect, Gone, Placed, Row, Shape, Split
from gateway.forms import FullDate, Integer, Number, YearText
from gateway.people import PersonalNumber
from schemas.arende import Periodersattning
from schemas.bas import Belopp, Omfattning, Period, Person
from schemas.familjer import pension
from schemas.intjanande import (
    Intjanandear,
    Kontohandelse,
    Kontotransaktion,
    Kontovarde,
    Levnadsintyg,
    Pensionsbehallning,
    Pensionskonto,
    Pensionsuppgift,
)
from schemas.koder import FORMANSGRUPPER_PM
from schemas.utbetalningar import Avdragspost, Utbetalning, Utbetalningsrad

_FK_ONLY = "stated by Försäkringskassan alone"

FORMANSGRUPP = listkod("PmFormansgrupp", *FORMANSGRUPPER_PM)

_PERIOD = Shape("PmUtbetalningsperiod", Period, (Row("from", required=True), Row("tom", required=True)))
_INGEN_PERSONUPPGIFT = (Gone("namn", _FK_ONLY), Gone("skyddad", _FK_ONLY))
_AVLIDEN = Shape(
    "PmAvliden",
    Person,
    (
        Split(PersonalNumber(), "person"),
        Split(Dodsfallsdatum(), "dodsfallsdatum"),
        Row("foddes", "fodelsedatum"),
        *_INGEN_PERSONUPPGIFT,
    ),
)
_EFTERLEVANDE = Shape(
    "PmBerattigadEfterlevande",
    Person,
    (
        Split(PersonalNumber(), "person"),
        Gone("foddes", _FK_ONLY),
        Gone("avled", _FK_ONLY),
        Gone("avledDatumSaknas", "said of the deceased"),
        *_INGEN_PERSONUPPGIFT,
    ),
)

PM = Dialect(
    "Pm",
    forms={"datum": FullDate()},
    shapes={
        Belopp: Bare(Belopp, Row("summa", form=Integer())),
        Omfattning: Bare(Omfattning, Row("andel", form=Number(minimum=0, maximum=1))),
        Person: Bare(Person, Split(PersonalNumber(), "")),
    },
    records={
        Period: (Row("from", required=True),),
        # Claims and decisions
        pension.Ansprak: (Row("id", "ansprakid"), Row("ankom", "ankomstdatum")),
        pension.Pensionsbeslutskarna: (
            Row("id", "beslutsid"),
            Row("fattades", "beslutsdatum"),
            Row(
                "status",
                "beslutsstatus",
                form=listkod("PmBeslutsstatus", "INTERIMISTISKT", "PRELIMINART", "SLUTLIGT"),
            ),
            Row("utfall", "beslutsutfall", form=listkod("PmBeslutsutfall", "BIFALL", "AVSLAG")),
            Row("ersattningar", "beslutadErsattning"),
            Gone("definitivt", "the decision's status says it"),
            Gone("forman", "the information type says it"),
        ),
        Periodersattning: (
            Row("belopp", "beslutatBelopp.belopp"),
            Row(
                "periodicitet",
                "beslutatBelopp.beloppsfrekvens",
                form=listkod("PmBeloppsfrekvens", "AR", "HALVAR", "KVARTAL", "MANAD", "VECKA", "DAG", "ENGANGS"),
            ),
            Row(
                "delforman",
                "ersattningstyp",
                form=listkod(
                    "PmErsattningstyp",
                    *("PM:BH", "PM:BL", "PM:BP", "PM:BT", "PM:ELSTOD", "PM:FL", "PM:FOL", "PM:FOP", "PM:FOPGARP"),
                    *("PM:GARP", "PM:IP", "PM:IPT", "PM:OL", "PM:OP", "PM:OPGARP", "PM:PREP", "PM:PREPEL", "PM:SBT"),
                    *("PM:SEL", "PM:SEP", "PM:SEPGARP", "PM:TP", "PM:AFS", "PM:ANKEL", "PM:ANKEP", "PM:ANKEPGARP"),
                ),
            ),
        ),
        pension.Pensionsersattning: (Gone("samordnatBelopp", "the coordination stands in its own base"),),
        pension.Pensionsersattningsunderlag: (
            Gone("arsbruttokostnad", _FK_ONLY),
            Gone("bostadstillaggsnettokostnad", _FK_ONLY),
            Gone("forsorjningsstodsarsnettokostnad", _FK_ONLY),
            Row("livranta", "livaranta"),
        ),
        pension.Efterlevandepensionsunderlag: (Row("procent", form=Number("float")),),
        pension.Livranteunderlag: (Row("arbetsgivarkod", form=HELTALSKOD),),
        pension.Samordning: (
            Row(
                "samordningstyper",
                form=listkod(
                    "PmSamordningstyp",
                    *("PM:AL", "PM:AP", "PM:BP40", "PM:NKT", "PM:SA"),
                    *("PM:UEP", "PM:UYL", "PM:VPSB", "PM:YL", "PM:OVR"),
                ),
            ),
        ),
        pension.Ankepensionsunderlag: (Row("medelpoang", form=Number("float")),),
        pension.Pensionstillagg: (
            Row("allmanPension", "allmanpension"),
            Row("bostadsInkomststod", "bostadsInkomststod.berakningsunderlag"),
        ),
        pension.AllmanPensionTillagg: (Row("anvantCivilstand", form=listkod("PmCivilstand", "OGIFT", "GIFT")),),
        pension.BostadsInkomststodTillagg: (
            Row("bostadskostnadNettoAfs", "bostadskostnaddNettoAfs"),
            Row("medsokande", listed=True),
        ),
        pension.EfterlevandeTillagg: (
            Row("avlidna", form=_AVLIDEN, most=2),
            Row("ovrigaBerattigadeEfterlevande", form=_EFTERLEVANDE),
        ),
        # Payments
        Utbetalning: (
            Placed("utlamnare", "status"),
            Row("datum", "utbetalningsdatum"),
            Row("period", "utbetalningsperiod", form=_PERIOD),
            Row("avdragsposter", "avdrag"),
            Row("rader", "utbetalningsrader"),
            Gone("typ", _FK_ONLY),
            Gone("foretag", _FK_ONLY),
            Gone("formansfamilj", _FK_ONLY),
            Gone("skattebelopp", "the list of deductions says it"),
            Gone("avdragInklusiveSkatt", "the list of deductions says it"),
        ),
        Avdragspost: (
            Row(
                "typ",
                "avdragstyp",
                form=listkod(
                    "PmAvdragstyp",
                    *("PM:AVDRAGKANTRA", "PM:AVDRAGOVRIGT", "PM:INSTITUTION", "PM:KVIKAN", "PM:KVIOVR"),
                    *("PM:PS", "PM:PST", "PM:SOCAVDRAG", "PM:SS", "PM:SST"),
                    *("PM:UTLFORDRAN", "PM:UTMATNING", "PM:UTMHELA", "PM:UTMTV"),
                ),
            ),
        ),
        Utbetalningsrad: (
            Row("formansgrupp", form=FORMANSGRUPP),
            Row("bruttobelopp", "belopp"),
            Row(
                "forman",
                "utbetalningsforman",
                form=listkod("PmUtbetalningsforman", "PM:AL", "PM:AP37", "PM:AP38", "PM:BTP", "PM:EP", "PM:PREP"),
            ),
            Row(
                "beloppstyp",
                form=listkod(
                    "PmBeloppstyp",
                    *("PM:AFS", "PM:AL1", "PM:AL2", "PM:AL3", "PM:AL4", "PM:AL5", "PM:AL6", "PM:AL7", "PM:AL8"),
                    *("PM:AL9", "PM:ALB", "PM:ANKEP", "PM:ANKEPGARP", "PM:BP", "PM:BPFRI", "PM:BPSKP", "PM:BTP"),
                    *("PM:BTPSA", "PM:ELSTOD", "PM:FOP", "PM:FOPGARP", "PM:GARP", "PM:IP", "PM:IPT", "PM:OP"),
                    *("PM:OPGARP", "PM:PFE", "PM:PFO", "PM:SBTP", "PM:SBTPSA", "PM:SEP", "PM:SEPGARP", "PM:TP"),
                ),
            ),
            Gone("period", _FK_ONLY),
            Gone("omfattning", _FK_ONLY),
            Gone("dagar", _FK_ONLY),
            Gone("timmar", _FK_ONLY),
            Gone("skattebelopp", _FK_ONLY),
            Gone("avdragsbelopp", _FK_ONLY),
        ),
        # Pension information that is no case
        Pensionsuppgift: (
            Placed("utlamnare"),
            Row("informationstyp", form=listkod("PmInformationstyp", "PM:LINT", "PM:PBH", "PM:PU")),
            Row("intjanandear", "pensionsunderlag.intjanandear"),
        ),
        Levnadsintyg: (
            Row("uppdaterades", "senastUppdaterad", form=FullDate()),
            Row(
                "status",
                "levnadsintygsstatus",
                form=listkod(
                    "PmLevnadsintygsstatus",
                    *("0", "1", "2", "3", "4", "5", "7", "8", "9", "10", "20", "21", "22", "23", "24", "25"),
                    numeric=True,
                ),
            ),
        ),
        Pensionsbehallning: (Gone("belopp", _FK_ONLY), Gone("premiepensionBelopp", _FK_ONLY)),
        Pensionskonto: (
            Row("typ", "kontotyp", form=listkod("PmKontotyp", "IP", "PREP")),
            Row("varden", "kontovarden"),
        ),
        Kontovarde: (Row("faststallelsear", form=YearText()), Row("handelse", "kontohandelse")),
        Kontohandelse: (
            Row(
                "typ",
                "kontohandelsetyp",
                form=listkod(
                    "PmKontohandelsetyp",
                    *("ANDRAD_PENSIONSRATT", "ARSOMRAKNING", "DODSFALL", "EG_OVERFORING"),
                    *("FORVARVSVILLKORET_INTE_UPPFYLLT", "FORVARVSVILLKORET_UPPFYLLT"),
                    *("NYTT_ANDRAT_PENSIONSUTTAG", "RIKTALDER_UPPNADD"),
                ),
            ),
            Row("tidpunkt", "kontohandelsetidpunkt"),
            Row("transaktioner", "kontotransaktioner"),
        ),
        Kontotransaktion: (
            Row(
                "typ",
                "kontotransaktionstyp",
                form=listkod(
                    "PmKontotransaktionstyp",
                    *("ARVSVINST", "FORVALTNINGSKOSTNAD", "PENSIONSRATT", "BALANSERAD_PENSIONSRATT", "INDEXERING"),
                    *("UTTAGEN_PENSIONSBEHALLNING", "ATERLAGD_PENSIONSBEHALLNING"),
                ),
            ),
        ),
        Intjanandear: (
            Row("ar", "artal", form=YearText()),
            *(
                Gone(fact, _FK_ONLY)
                for fact in (
                    *("behallningsunderlag", "pensionsunderlag", "poangunderlag", "pensionsbehallningar"),
                    *("pensionsratter", "faktiskaPensionsratter", "poang", "barnbeslut"),
                )
            ),
        ),
    },
)
"""Pensionsmyndigheten's part of an answer."""
