"""How Försäkringskassan spells what it delivers: the structure of versions 5 to 9, with its own quirks.

Version 9's contract is the source; it says itself that the structure is that of the versions before it.
"""

from __future__ import annotations

from adapters.shapes import BOKSTAVSKOD, LAND, SIFFERKOD, TEXTKOD, Utbetalningsmottagare
from gateway.contract import Dialect, Gone, Inlined, Placed, Row, Split
from gateway.forms import Month, Number, Text, YearText
from gateway.people import PersonalNumber
from schemas.arende import Arende, Beslut, Periodersattning, Samordnad
from schemas.bas import Adress, Kod, Omfattning, Period, Person
from schemas.familjer import arbete, barn, boende, foralder, livranta, pension, sjuk
from schemas.inkomst import SjukpenninggrundandeInkomst
from schemas.intjanande import (
    Behallningsforandring,
    Intjanandear,
    Intjanandegrund,
    Levnadsintyg,
    Pensionsbehallning,
    Pensionsunderlag,
    PgbForBarn,
    PgbForPlikt,
    Poang,
    Poangunderlag,
    SaManadsunderlag,
)
from schemas.person import Arbetsstalle, Medborgarskap, Personinformation
from schemas.utbetalningar import Utbetalning, Utbetalningsrad

_PM_ONLY = "stated by Pensionsmyndigheten alone"
_NOT_STATED = "not stated for this benefit"
_EXAMPLE = "the agency's own example carries it, its schema does not declare it"

_INGA_ARENDEFAKTA = (Gone("startades", _NOT_STATED), Gone("aktivt", _NOT_STATED), Gone("avslaget", _NOT_STATED))

FK = Dialect(
    "Fk",
    forms={"tal": Number("double")},
    shapes={Kod: SIFFERKOD},
    records={
        Period: (Row("from", "fran"), Row("tom", "till")),
        Omfattning: (Gone("andel", "an extent is a fraction here"),),
        Adress: (Row("utdelningsadress", "utdelningadress"), Row("land", form=LAND)),
        Person: (
            Split(PersonalNumber(published=""), "personnummer"),
            Row("avled", single=True),
            Gone("avledDatumSaknas", _PM_ONLY),
        ),
        Arbetsstalle: (Row("telefon", listed=True),),
        Medborgarskap: (Row("land", form=LAND),),
        Personinformation: (
            Split(PersonalNumber(), "personnummer"),
            Row("adresser", "adress"),
            Row("samhoriga", "samhorig"),
        ),
        # The core of every case, decision and compensation
        Arende: (Placed("utlamnare", "formansgrupp"),),
        Beslut: (Row("forman", form=BOKSTAVSKOD), Inlined("ersattningar")),
        Periodersattning: (Row("delforman", form=BOKSTAVSKOD), Row("belopp", "beslutatBruttobelopp")),
        Samordnad: (Row("samordnatBelopp", "samordnatBruttobelopp"),),
        # Illness
        sjuk.Sjukpenningarende: (Row("avslaget", undeclared=_EXAMPLE),),
        sjuk.Sjukpenningbeslut: (
            Row("status", "beslutstyp", form=TEXTKOD),
            Row("utfall", "beslutsutfall", form=TEXTKOD),
        ),
        sjuk.Sjukpenningersattning: (Row("ersattning", form=TEXTKOD), Row("ersattningsniva", form=TEXTKOD)),
        sjuk.Sjukpenningdag: (
            Row("dag", "ersattningsdatum"),
            Row("belopp", "ersattningsbelopp"),
            Row("karensavdrag", "karensavdragsbelopp"),
        ),
        sjuk.Forsakringstid: (
            Row("forsakringstid", single=True),
            Row("forsakringstidGsaAr", single=True),
            Row("forsakringstidGsaManad", single=True),
            Row("forsakringstidGsaDag", single=True),
        ),
        sjuk.SteglosAvrakning: (
            Placed("lage"),
            Row("ar", "artal", form=YearText()),
            Row("arsinkomstISverige", single=True),
            Row("arsinkomstIAnnatLand", single=True),
            Row("fribelopp", single=True),
            Row("mellanskillnad", single=True),
            Row("tillagg", single=True),
            Row("avgift", single=True),
            Row("utbetalning", single=True),
            Row("aterkrav", single=True),
        ),
        # Parents
        foralder.Barnuppgift: (Row("barn", listed=True),),
        foralder.Foraldrapenningdag: (Row("belopp", "bruttobelopp"), Row("niva", form=BOKSTAVSKOD)),
        foralder.Anspraksdag: (Row("niva", form=BOKSTAVSKOD),),
        foralder.BedomdDag: (Row("belopp", "bedomtBelopp"),),
        foralder.TillfalligForaldrapenningersattning: (Row("bedomdaDagar", "bedomdadagar"),),
        # Children and disability
        barn.Barnbidragsarende: _INGA_ARENDEFAKTA,
        barn.MottagareAvBarnbidragArende: _INGA_ARENDEFAKTA,
        barn.MottagareAvBarnbidragUnderlag: (
            Row("institutionsplacering", single=True),
            Row("utbetalningsmanad", "utbetalningsdatum", form=Month("^[0-9]{4}-[0-9]{2}$")),
            Split(Utbetalningsmottagare(), "utbetalningsmottagare"),
        ),
        barn.Underhallsstodsarende: (Placed("roll"),),
        barn.Omvardnadsarende: (Row("beslut", listed=True),),
        barn.Omvardnadsbeslut: (
            Row("status", "beslutstatus", form=BOKSTAVSKOD),
            Row("utfall", "beslutsutfall"),
            Row("upphorandeManadFrom", single=True),
        ),
        barn.Barnunderlag: (Row("barn", "Barn"),),
        barn.Periodbeslut: (Row("utbetalningstyp", form=BOKSTAVSKOD),),
        boende.Bostadsbidragsunderlag: (
            Row("tidvisBoendeBarn", "tidvisboendeBarn"),
            Row("vaxelvisBoendeBarn", "vaxelvisboendeBarn"),
        ),
        # Annuities; how one's own differ from survivors' stands below
        livranta.Arbetsskadelivrantearende: (Placed("roll"),),
        livranta.Yrkesskadelivrantearende: (Placed("roll"),),
        livranta.Arbetsskadelivranteunderlag: (Row("bruttoForhojning", "bruttoforhojning"),),
        livranta.Skadeuppgift: (Row("arbetsgivarkod", "arbetsgivare", single=True), Row("orsaker", "orsak")),
        livranta.Arbetsskadeuppgift: (Row("arbetsgivarkod", "arbetsgivare"), Row("orsaker", "orsak", listed=True)),
        # Labour market
        arbete.Programersattningsarende: _INGA_ARENDEFAKTA,
        arbete.Programersattning: (Row("ersattning", form=BOKSTAVSKOD), Row("dagforteckning", "dagar")),
        arbete.Programersattningsdag: (Row("ersattning", form=BOKSTAVSKOD),),
        # Pensions
        pension.Pensionsarendekarna: (Gone("ansprak", _PM_ONLY),),
        pension.AllmanPensionarende: _INGA_ARENDEFAKTA,
        pension.Efterlevandepensionsarende: _INGA_ARENDEFAKTA,
        pension.Pensionsbeslutskarna: (
            Gone("id", _PM_ONLY),
            Gone("status", _PM_ONLY),
            Gone("utfall", _PM_ONLY),
            Gone("tillagg", _PM_ONLY),
        ),
        pension.AllmanPensionersattning: (Gone("underlag", _NOT_STATED),),
        pension.Bostadstillaggsersattning: (Gone("samordnatBelopp", _NOT_STATED), Gone("omfattning", _NOT_STATED)),
        pension.Efterlevandepensionsersattning: (Row("omfattning", single=True), Gone("underlag", _NOT_STATED)),
        pension.Pensionsersattningsunderlag: tuple(
            Gone(fact, _PM_ONLY)
            for fact in ("bp", "garp", "garpEp", "garpAp37", "ip", "livranta", "op", "samordning", "tp", "ankep")
        ),
        # Payments and income
        Utbetalning: (
            Placed("utlamnare", "status"),
            Row("formansfamilj", form=BOKSTAVSKOD),
            Row("avdragInklusiveSkatt", "avdragsbelopp"),
            Row("rader", "utbetalningsdetalj"),
            Gone("avdragsposter", "deductions are lines of the payment here"),
        ),
        Utbetalningsrad: (
            Row("forman", form=BOKSTAVSKOD),
            Row("beloppstyp", form=BOKSTAVSKOD),
            Gone("formansgrupp", _PM_ONLY),
        ),
        SjukpenninggrundandeInkomst: (Row("karensdagar", "karens"),),
        # What pensions are earned from
        Levnadsintyg: (Row("uppdaterades", form=Text()),),
        Pensionsbehallning: (Gone("pensionskonton", _PM_ONLY),),
        Intjanandegrund: (Row("typ", form=BOKSTAVSKOD),),
        Poang: (Row("typ", form=BOKSTAVSKOD),),
        Behallningsforandring: (Row("typ", form=BOKSTAVSKOD), Row("indexforandring", "indexforanding")),
        PgbForPlikt: (Row("halvaMedelPgi", "halvaMedelPGI"),),
        PgbForBarn: (
            Row("jamforelseinkomst", "jamfarelseinkomst"),
            Row("trefjardedelsMedelPgi", "trefjardedelsMedelPGI"),
        ),
        SaManadsunderlag: (
            Row("pisa", single=True),
            Row("pisaAnhorig", single=True),
            Row("arbetsskadelivranta", single=True),
            Row("samordningsprocentAl", "samordningsprocentAL", single=True),
        ),
        Pensionsunderlag: (
            Row("intjanandetak", single=True),
            Row("pgbForPlikt", "underlagPgbForPlikt", single=True),
            Row("pgbForStudier", "underlagPgbForStudier", single=True),
            Row("pgbForBarn", "underlagPgbForBarn", single=True),
            Row("pgbForSa", "underlagPgbForSa", single=True),
            Row("pgbForAntagandepoang", "underlagPgbForAntagandepoang", single=True),
        ),
        Poangunderlag: (Row("basbelopp", single=True),),
        Intjanandear: (
            Row("behallningsunderlag", "underlag.behallningsunderlag", single=True),
            Row("pensionsunderlag", "underlag.pensionsunderlag", single=True),
            Row("poangunderlag", "underlag.poangunderlag", single=True),
            Row("poang", single=True),
            Gone("pensionsgrundandeInkomst", _PM_ONLY),
            Gone("pensionsgrundandeBeloppForStudier", _PM_ONLY),
            Gone("pensionsgrundandeBeloppForSjukOchAktivitetsersattning", _PM_ONLY),
            Gone("pensionsgrundandeBeloppForArMedSmaBarn", _PM_ONLY),
            Gone("pensionsgrundandeBeloppForPlikttjanst", _PM_ONLY),
            Gone("pensionsgrundandeBeloppForFortidspension", _PM_ONLY),
        ),
    },
)
"""Försäkringskassan's part of an answer."""

FK_EGEN = FK.changed(
    "FkEgen",
    {
        livranta.Arbetsskadeuppgift: (Gone("avliden", "said of survivors' annuities"),),
        livranta.Skadeuppgift: (Gone("avliden", "said of survivors' annuities"),),
    },
)
"""One's own annuities."""

FK_EFTERLEVANDE = FK.changed(
    "FkEfterlevande",
    {livranta.Arbetsskadeuppgift: (Gone("arsinkomstEfterSkada", "said of one's own annuities"),)},
)
"""Survivors' annuities."""
