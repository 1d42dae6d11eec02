"""Pensions of both agencies: allmän pension, bostadstillägg and income support, survivors' pensions.

A case of Försäkringskassan's and a case of Pensionsmyndigheten's stand in the same family and have the same
decisions; `utlamnare` says in whose part of the answer it stood, which is not always who pays.
"""

from __future__ import annotations

from typing import ClassVar

from schemas.arende import Arende, Provatbeslut, Samordnad
from schemas.bas import Belopp, Datum, Kod, Modell, Omfattning, Period, Person, Tal, fakt, fakta


class Efterlevandepensionsunderlag(Modell):
    """The base of a child's (bp) or an adjustment (op) survivor's pension."""

    efterlevandepensionsunderlag: Belopp | None = fakt("The base that the pension is computed from.")
    procent: Tal | None = fakt("Per cent of the base.")


class Garantipensionsunderlag(Modell):
    """The base of garantipension (garp)."""

    antal40delar: int | None = fakt("Insured time in fortieths.")
    garantitillagg_for_garantipension: Belopp | None = fakt("Guarantee supplement.")
    yl_avdrag: Belopp | None = fakt("Deduction for yrkesskadelivränta.")
    inkomstpension_for_garantipension: Belopp | None = fakt("Income pension that reduces the guarantee.")
    tillaggspension_for_garantipension: Belopp | None = fakt("Supplementary pension that reduces the guarantee.")


class GarantipensionEfterlevandeUnderlag(Modell):
    """The base of garantipension to a survivor (garpEp)."""

    antal40delar: int | None = fakt("Insured time in fortieths.")


class Garantipension37Underlag(Modell):
    """The base of garantipension to persons born in 1937 or earlier (garpAp37)."""

    summa_berakningsunderlag: Belopp | None = fakt("The sum that the pension is computed from.")
    antal40delar: int | None = fakt("Insured time in fortieths.")
    antal30delar: int | None = fakt("Pension years in thirtieths.")
    pensionstillskott: Belopp | None = fakt("Pension supplement.")
    uttagsprocent_fp: Tal | None = fakt("Per cent of folkpension that is drawn.")


class Inkomstpensionsunderlag(Modell):
    """The base of inkomstpension (ip)."""

    yl_avdrag: Belopp | None = fakt("Deduction for yrkesskadelivränta.")


class Livranteunderlag(Modell):
    """The base of an annuity."""

    livrantefaktor: Tal | None = fakt("The annuity factor.")
    arbetsgivarkod: Kod | None = fakt("The employer that bears the cost, by the agency's code.")
    skadedatum: Datum | None = fakt("The day of the injury.")
    arsinkomst_innan_skada: Belopp | None = fakt("Yearly income before the injury.")


class Samordning(Modell):
    """How a compensation was coordinated with others."""

    belopp_fore_samordning: Belopp | None = fakt("The amount before coordination.")
    samordningstyper: list[Kod] = fakta("What it was coordinated with.")


class Tillaggspensionsunderlag(Modell):
    """The base of tilläggspension (tp)."""

    sjoskattear: int | None = fakt("Years of seamen's tax.")
    uttagsprocent: Tal | None = fakt("Per cent of the pension that is drawn.")
    yl_avdrag: Belopp | None = fakt("Deduction for yrkesskadelivränta.")
    garantitillagg: Belopp | None = fakt("Guarantee supplement.")
    folkpensiontillagg: Belopp | None = fakt("Folkpension supplement.")
    medelpoang: Tal | None = fakt("Average pension points.")
    ar_med_pensionspoang: int | None = fakt("Years with pension points.")
    erforderliga_ar: Tal | None = fakt("Years needed for full pension.")


class Ankepensionsunderlag(Modell):
    """The base of änkepension (ankep)."""

    antal15delar: int | None = fakt("Fifteenths.")
    medelpoang: Tal | None = fakt("Average pension points.")
    taljare: int | None = fakt("Numerator of the part that is granted.")
    namnare: Tal | None = fakt("Denominator of the part that is granted.")


class Pensionsersattningsunderlag(Modell):
    """What a granted pension or supplement rests on; which part is there depends on its kind."""

    arsbruttokostnad: Belopp | None = fakt("Yearly gross cost of housing.")
    bostadstillaggsnettokostnad: Belopp | None = fakt("Yearly net cost of housing after bostadstillägg.")
    forsorjningsstodsarsnettokostnad: Belopp | None = fakt("Yearly net cost of housing after äldreförsörjningsstöd.")
    bp: Efterlevandepensionsunderlag | None = fakt("Base of barnpension.")
    garp: Garantipensionsunderlag | None = fakt("Base of garantipension.")
    garp_ep: GarantipensionEfterlevandeUnderlag | None = fakt("Base of garantipension to a survivor.")
    garp_ap37: Garantipension37Underlag | None = fakt("Base of garantipension, born 1937 or earlier.")
    ip: Inkomstpensionsunderlag | None = fakt("Base of inkomstpension.")
    livranta: Livranteunderlag | None = fakt("Base of an annuity.")
    op: Efterlevandepensionsunderlag | None = fakt("Base of omställningspension.")
    samordning: Samordning | None = fakt("Coordination with other compensations.")
    tp: Tillaggspensionsunderlag | None = fakt("Base of tilläggspension.")
    ankep: Ankepensionsunderlag | None = fakt("Base of änkepension.")


class Pensionsersattning(Samordnad):
    """A pension or supplement over one period."""

    omfattning: Omfattning | None = fakt("How large a part of the pension is drawn.")
    underlag: Pensionsersattningsunderlag | None = fakt("What the amount rests on.")


class AllmanPensionTillagg(Modell):
    """What a decision on allmän pension says besides."""

    samordning_med_pension_fran_annat_land: bool | None = fakt("Whether it is coordinated with a foreign pension.")
    anvant_civilstand: Kod | None = fakt("The marital status that was used.")


class BostadsInkomststodTillagg(Modell):
    """What a decision on bostads- och inkomststöd says besides."""

    bostadskostnad_brutto: Belopp | None = fakt("Gross cost of housing.")
    bostadskostnad_netto_bt: Belopp | None = fakt("Net cost of housing after bostadstillägg.")
    bostadskostnad_netto_afs: Belopp | None = fakt("Net cost of housing after äldreförsörjningsstöd.")
    medsokande: list[Person] = fakta("Who applies together with the person.")


class EfterlevandeTillagg(Modell):
    """What a decision on survivors' benefits says besides."""

    avlidna: list[Person] = fakta("Who is deceased: one person or two.")
    ovriga_berattigade_efterlevande: list[Person] = fakta("Other survivors who are entitled.")


class Pensionstillagg(Modell):
    """What a decision says besides; which part is there depends on its information type."""

    allman_pension: AllmanPensionTillagg | None = fakt("Of allmän pension.")
    bostads_inkomststod: BostadsInkomststodTillagg | None = fakt("Of bostads- och inkomststöd.")
    efterlevandeformaner: EfterlevandeTillagg | None = fakt("Of survivors' benefits.")


class Pensionsbeslutskarna(Provatbeslut):
    """What every decision on a pension or a supplement to one shares."""

    SKILJER: ClassVar[tuple[str, ...]] = ("id", "fattades", "forman", "ersattningar")

    id: str | None = fakt("The agency's own identity of the decision.")
    tillagg: Pensionstillagg | None = fakt("What the decision says besides.")


class Pensionsbeslut(Pensionsbeslutskarna):
    """A decision on a pension or a supplement to one."""

    ersattningar: list[Pensionsersattning] = fakta("What is granted.")


class Ansprak(Modell):
    """A claim."""

    SKILJER: ClassVar[tuple[str, ...]] = ("id", "ankom")

    id: str | None = fakt("The agency's own identity of the claim.")
    ankom: Datum | None = fakt("The day on which the claim came in.")
    yrkad_period: Period | None = fakt("The period that is claimed.")


class Pensionsarendekarna(Arende):
    """What every case of a pension or a supplement to one shares."""

    ansprak: list[Ansprak] = fakta("Claims in the case.")


class Pensionsarende(Pensionsarendekarna):
    """A case whose information type is missing or not known."""

    beslut: list[Pensionsbeslut] = fakta("Decisions in the case.")


class AllmanPensionersattning(Pensionsersattning):
    """Allmän pension over one period."""


class AllmanPensionbeslut(Pensionsbeslutskarna):
    """A decision on allmän pension."""

    ersattningar: list[AllmanPensionersattning] = fakta("What is granted.")


class AllmanPensionarende(Pensionsarendekarna):
    """A case of allmän pension."""

    beslut: list[AllmanPensionbeslut] = fakta("Decisions in the case.")


class Bostadstillaggsersattning(Pensionsersattning):
    """Bostadstillägg, äldreförsörjningsstöd or income support over one period."""


class Bostadstillaggsbeslut(Pensionsbeslutskarna):
    """A decision on bostadstillägg, äldreförsörjningsstöd or income support."""

    ersattningar: list[Bostadstillaggsersattning] = fakta("What is granted.")


class Bostadstillaggsarende(Pensionsarendekarna):
    """A case of bostadstillägg, äldreförsörjningsstöd or income support."""

    medsokande: list[Person] = fakta("Who applies together with the person.")
    beslut: list[Bostadstillaggsbeslut] = fakta("Decisions in the case.")


class Efterlevandepensionsersattning(Pensionsersattning):
    """A survivor's pension over one period."""


class Efterlevandepensionsbeslut(Pensionsbeslutskarna):
    """A decision on a survivor's pension."""

    ersattningar: list[Efterlevandepensionsersattning] = fakta("What is granted.")


class Avlidenuppgift(Modell):
    """The person whose death a case is about."""

    SKILJER: ClassVar[tuple[str, ...]] = ("avliden",)

    avliden: Person | None = fakt("Who is deceased.")


class Efterlevandepensionsarende(Pensionsarendekarna):
    """A case of a survivor's pension."""

    SKILJER: ClassVar[tuple[str, ...]] = (*Arende.SKILJER, "grunduppgifter")

    grunduppgifter: Avlidenuppgift | None = fakt("Who is deceased.")
    beslut: list[Efterlevandepensionsbeslut] = fakta("Decisions in the case.")
