"""What pensions are earned from: yearly earnings, balances of the pension accounts, certificates of life."""

from __future__ import annotations

from typing import ClassVar

from schemas.arende import Utlamnarkod
from schemas.bas import Belopp, Datum, Kod, Manad, Modell, Person, Tal, Tidpunkt, fakt, fakta, nyckel


class Intjanandegrund(Modell):
    """An amount of a named kind."""

    SKILJER: ClassVar[tuple[str, ...]] = ("typ",)

    typ: Kod | None = fakt("The kind of amount.")
    belopp: Belopp | None = fakt("The amount.")


class Behallningsforandring(Modell):
    """How the balance of one kind changed over a year."""

    SKILJER: ClassVar[tuple[str, ...]] = ("typ",)

    typ: Kod | None = fakt("The kind of balance.")
    arvsvinst: Belopp | None = fakt("Inherited from deceased savers.")
    indexforandring: Belopp | None = fakt("Change by index.")
    administrationskostnad: Belopp | None = fakt("Cost of administration.")
    uttaget: Belopp | None = fakt("Drawn.")
    aterlagt: Belopp | None = fakt("Put back.")


class Behallningsunderlag(Modell):
    """The base of the balances of one year."""

    uppdaterades: Datum | None = fakt("When it was last computed.")
    andringsanledning: str | None = fakt("Why it was last computed.")
    pensionsbehallningsforandringar: list[Behallningsforandring] = fakta("Changes, by kind of balance.")


class PgbForPlikt(Modell):
    """Pensionable amount for compulsory service."""

    belopp: Belopp | None = fakt("The amount.")
    dagar: int | None = fakt("Days of service in the year.")
    halva_medel_pgi: Belopp | None = fakt("Half of the average pensionable income.")


class PgbForStudier(Modell):
    """Pensionable amount for studies."""

    belopp: Belopp | None = fakt("The amount.")
    studiebidrag: Belopp | None = fakt("Study grant paid in the year.")
    belopp_fore_avrundning_takbegransning: Belopp | None = fakt("Before rounding and ceiling.")


class PgbForBarn(Modell):
    """Pensionable amount for parents of small children."""

    belopp: Belopp | None = fakt("The amount.")
    jamforelseinkomst: Belopp | None = fakt("The income that is compared with.")
    utfyllnadsinkomst: Belopp | None = fakt("The income that fills up.")
    belopp_alternativ1: Belopp | None = fakt("The amount by the first way of computing it.")
    trefjardedels_medel_pgi: Belopp | None = fakt("Three quarters of the average pensionable income.")
    belopp_alternativ2: Belopp | None = fakt("The amount by the second way of computing it.")
    basbelopp: Belopp | None = fakt("The base amount of the year.")
    basta_alternativ: int | None = fakt("Which way of computing it was best.")
    belopp_fore_avrundning_takbegransning: Belopp | None = fakt("Before rounding and ceiling.")


class SaManadsunderlag(Modell):
    """The base of the pensionable amount for sjuk- och aktivitetsersättning in one month."""

    SKILJER: ClassVar[tuple[str, ...]] = ("manad",)

    manad: str | None = fakt("The month in words.")
    antagandeinkomst: Belopp | None = fakt("Assumed income.")
    reduceringsbelopp: Belopp | None = fakt("What it is reduced by.")
    andel: str | None = fakt("The pensionable part.")
    pisa: Belopp | None = fakt("Pensionable income-related sjuk- eller aktivitetsersättning.")
    pisa_anhorig: Belopp | None = fakt("The same for a relative.")
    arbetsskadelivranta: Belopp | None = fakt("Arbetsskadelivränta.")
    samordningsprocent_al: int | None = fakt("Per cent of coordination with arbetsskadelivränta.")
    belopp_fore_avrundning_takbegransning: Belopp | None = fakt("Before rounding and ceiling.")


class PgbForSa(Modell):
    """Pensionable amount for sjuk- och aktivitetsersättning."""

    belopp: Belopp | None = fakt("The amount.")
    manadsunderlag: list[SaManadsunderlag] = fakta("The base, month by month.")


class PgbForAntagandepoang(Modell):
    """Pensionable amount for assumed points."""

    belopp: Belopp | None = fakt("The amount.")
    antagandepoang: Tal | None = fakt("Assumed points of the year.")
    jamforelsepoang: Tal | None = fakt("Points to compare with.")
    basta_poang_plus_ett: Tal | None = fakt("The better of the two, and one.")
    svenska_nordiska_forsakringsmanader: str | None = fakt("Swedish and Nordic months of insurance.")


class Pensionsunderlag(Modell):
    """The base of the pension rights of one year."""

    uppdaterades: Datum | None = fakt("When it was last computed.")
    andringsanledning: str | None = fakt("Why it was last computed.")
    intjanandetak: Belopp | None = fakt("The ceiling of the year.")
    forvarvsvillkorsar: str | None = fakt("Whether the year counts for the condition of gainful work.")
    belopp: list[Intjanandegrund] = fakta("The bases, by kind.")
    pgb_for_plikt: PgbForPlikt | None = fakt("For compulsory service.")
    pgb_for_studier: PgbForStudier | None = fakt("For studies.")
    pgb_for_barn: PgbForBarn | None = fakt("For small children.")
    pgb_for_sa: PgbForSa | None = fakt("For sjuk- och aktivitetsersättning.")
    pgb_for_antagandepoang: PgbForAntagandepoang | None = fakt("For assumed points.")


class Poang(Modell):
    """Points of a named kind."""

    SKILJER: ClassVar[tuple[str, ...]] = ("typ",)

    typ: Kod | None = fakt("The kind of points.")
    summa: Tal | None = fakt("How many.")


class Poangunderlag(Modell):
    """The base of the points of one year."""

    uppdaterades: Datum | None = fakt("When it was last computed.")
    andringsanledning: str | None = fakt("Why it was last computed.")
    vardar: bool | None = fakt("Whether a year of care was counted as a year of points.")
    pgi_bedomd: bool | None = fakt("Whether the pensionable income is assessed.")
    poang: list[Poang] = fakta("Points, by kind.")
    basbelopp: Belopp | None = fakt("The base amount of the year.")
    inkomster: list[Intjanandegrund] = fakta("Pensionable incomes, by kind.")


class Barnbeslut(Modell):
    """Which parent is entitled to the pensionable amount for small children."""

    SKILJER: ClassVar[tuple[str, ...]] = ("foralder", "foraldertyp")

    foralder: Person | None = fakt("The parent.")
    foraldertyp: Kod | None = fakt("What kind of parent.")
    berattigad: bool | None = fakt("Whether the parent is entitled.")
    upplysning: str | None = fakt("A remark.")


class Intjanandear(Modell):
    """What was earned towards a pension in one year, by either agency's account of it."""

    SKILJER: ClassVar[tuple[str, ...]] = ("ar",)

    ar: int | None = fakt("The year.")
    behallningsunderlag: Behallningsunderlag | None = fakt("Base of the balances.")
    pensionsunderlag: Pensionsunderlag | None = fakt("Base of the rights.")
    poangunderlag: Poangunderlag | None = fakt("Base of the points.")
    pensionsbehallningar: list[Intjanandegrund] = fakta("Balances, by kind.")
    pensionsratter: list[Intjanandegrund] = fakta("Rights as established, by kind.")
    faktiska_pensionsratter: list[Intjanandegrund] = fakta("Rights as they count, balanced where they were, by kind.")
    poang: Tal | None = fakt("The year's points.")
    barnbeslut: list[Barnbeslut] = fakta("Which parent is entitled for small children.")
    pensionsgrundande_inkomst: Belopp | None = fakt("Pensionable income.")
    pensionsgrundande_belopp_for_studier: Belopp | None = fakt("Pensionable amount for studies.")
    pensionsgrundande_belopp_for_sjuk_och_aktivitetsersattning: Belopp | None = fakt(
        "Pensionable amount for sjuk- och aktivitetsersättning."
    )
    pensionsgrundande_belopp_for_ar_med_sma_barn: Belopp | None = fakt("Pensionable amount for small children.")
    pensionsgrundande_belopp_for_plikttjanst: Belopp | None = fakt("Pensionable amount for compulsory service.")
    pensionsgrundande_belopp_for_fortidspension: Belopp | None = fakt("Pensionable amount for early retirement.")


class Kontotransaktion(Modell):
    """One transaction on a pension account; its kind says which way the money went."""

    SKILJER: ClassVar[tuple[str, ...]] = ("typ",)

    typ: Kod | None = fakt("The kind of transaction.")
    belopp: Belopp | None = fakt("The amount.")


class Kontohandelse(Modell):
    """Something that happened to a pension account."""

    typ: Kod | None = fakt("The kind of event.")
    tidpunkt: Tidpunkt | None = fakt("When it happened.")
    transaktioner: list[Kontotransaktion] = fakta("The transactions that it consists of.")


class Kontovarde(Modell):
    """The value of a pension account from one month on."""

    SKILJER: ClassVar[tuple[str, ...]] = ("gallerFrom", "faststallelsear")

    varde: Belopp | None = fakt("The value.")
    galler_from: Manad | None = fakt("The first month of the value.")
    faststallelsear: int | None = fakt("The year in which it was established.")
    handelse: Kontohandelse | None = fakt("What changed the value.")


class Pensionskonto(Modell):
    """A pension account."""

    SKILJER: ClassVar[tuple[str, ...]] = ("typ",)

    typ: Kod | None = fakt("Income pension or premium pension.")
    varden: list[Kontovarde] = fakta("Its values over time.")


class Pensionsbehallning(Modell):
    """The balance of the person's pension."""

    belopp: Belopp | None = fakt("Total balance in the latest yearly statement.")
    premiepension_belopp: Belopp | None = fakt("Balance of the premium pension in the latest yearly statement.")
    pensionskonton: list[Pensionskonto] = fakta("The accounts.")


class Levnadsintyg(Modell):
    """The state of the person's certificate of life."""

    uppdaterades: str | None = fakt("When it was last updated: a date or a point in time, as the source gave it.")
    status: Kod | None = fakt("The state.")


class Pensionsuppgift(Modell):
    """One piece of pension information that is no case; normally one of its parts is there."""

    SKILJER: ClassVar[tuple[str, ...]] = (
        *("utlamnare", "informationstyp"),
        *("levnadsintyg", "pensionsbehallning", "intjanandear"),
    )

    utlamnare: Utlamnarkod = nyckel("The agency in whose part of the answer it stood.")
    informationstyp: Kod | None = fakt("The information type, where the agency says which.")
    levnadsintyg: Levnadsintyg | None = fakt("Certificate of life (PM:LINT).")
    pensionsbehallning: Pensionsbehallning | None = fakt("Balance (PM:PBH).")
    intjanandear: list[Intjanandear] = fakta("What was earned, year by year (PM:PU).")
