"""A certificate as one HTML page to print on A4: Swedish and English, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from lxml import html
from lxml.html import HtmlElement
from lxml.html.builder import E

from gateway.evidence.certificate import Verified
from gateway.evidence.document import Certificate, Finding, Side, Signed, StratumEvidence, TypeEvidence
from gateway.evidence.strata import Division

_CSS = """
@page { size: A4; margin: 18mm 16mm; }
body { font: 10pt/1.4 "Liberation Sans", Arial, sans-serif; color: #111; max-width: 178mm; margin: 0 auto; }
body { padding: 8mm 0; }
h1 { font-size: 18pt; margin: 0; }
h2 { font-size: 11.5pt; margin: 6mm 0 1.5mm; border-bottom: .4pt solid #111; break-after: avoid; }
.en { color: #555; font-weight: normal; }
h1 .en { display: block; font-size: 12pt; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 1mm 2.5mm 1mm 0; border-bottom: .3pt solid #bbb; }
th { font-weight: bold; }
th .en { display: block; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
.day { white-space: nowrap; }
.facts th { width: 46mm; }
.mono { font-family: "Liberation Mono", monospace; font-size: 8pt; overflow-wrap: anywhere; }
.state { border: 1.2pt solid #111; padding: 2.5mm 4mm; margin: 5mm 0; font-weight: bold; }
.state ul { font-weight: normal; margin: 1mm 0 0; padding-left: 5mm; }
.void { border-style: double; border-width: 3pt; }
.note { color: #333; margin: 1.5mm 0 0; }
ul { margin: 1mm 0; padding-left: 5mm; }
.parts { list-style: none; padding: 0; margin: 0; display: flex; flex-wrap: wrap; gap: 0 5mm; }
.parts li { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr, .sign { break-inside: avoid; }
@media print { body { padding: 0; max-width: none; } }
"""
_DIVISION: Mapping[Division, str] = {"age": "ålder / age", "period": "period", "group": "grupp / group"}
_PARTS = {
    "month": "månad / month",
    "quarter": "kvartal / quarter",
    "year": "år / year",
    "two years": "två år / two years",
    "longer": "längre / longer",
    "unknown": "okänt / unknown",
    "other": "annan / other",
}
_CONTRACT = {"official": "myndighetens egen / the agency's own", "reconstructed": "REKONSTRUERAT / RECONSTRUCTED"}


def page(signed: Signed, checked: Verified, day: str) -> bytes:
    """The page, UTF-8; `checked` is what `verify` said of the certificate on that day."""
    certificate, evidence = signed.certificate, signed.certificate.evidence
    body = E.body(
        E.h1("Övergångsintyg LEFI", E.span("Cutover certificate, LEFI", {"class": "en"})),
        _state(checked, day),
        _heading("Vad intyget gäller", "Subject"),
        _facts(_subject(certificate)),
        _heading("Vad som påstås", "Claim"),
        E.p(_claim(certificate)),
        _heading("Resultat per informationstyp", "Result by information type"),
        _results(certificate),
        *_strata(certificate),
        *_fields(certificate),
        *_rules(certificate),
        *_losses(certificate),
        E.div(
            _heading("Underskrift", "Signature"),
            _facts(
                (
                    ("Algoritm", "Algorithm", signed.signature.algorithm),
                    ("Nyckelns fingeravtryck", "Fingerprint of the key", _mono(signed.signature.key)),
                    ("Underskrift", "Signature", _mono(signed.signature.value)),
                    ("Utfärdat", "Issued", f"{certificate.issued:%Y-%m-%d %H:%M} UTC"),
                    ("Program", "Program", f"lefi-gateway {certificate.gateway}"),
                )
            ),
            E.p(
                "Sidan är en utskrift. Det undertecknade är JSON-filen, som prövas med ",
                _mono("lefi certificate verify"),
                ". Intyget innehåller inga personuppgifter. ",
                E.span(
                    "This page is a print. What is signed is the JSON file. The certificate holds no personal data.",
                    {"class": "en"},
                ),
                {"class": "note"},
            ),
            {"class": "sign"},
        ),
    )
    title = f"Övergångsintyg {evidence.consumer} {evidence.old.version}-{evidence.new.version}"
    head = E.head(E.meta(charset="utf-8"), E.title(title), E.style(_CSS))
    text: bytes = html.tostring(E.html(head, body, lang="sv"), encoding="utf-8", doctype="<!DOCTYPE html>")
    return text


def _state(checked: Verified, day: str) -> HtmlElement:
    if not checked.failures:
        return E.div(
            f"Giltigt när det skrevs ut {day}: underskrift, räkneverk och mål stämmer. ",
            E.span("Valid when printed: signature, counts and goal hold.", {"class": "en"}),
            {"class": "state"},
        )
    return E.div(
        f"GÄLLER INTE {day} / NOT VALID",
        E.ul(*(E.li(f"{one.aspect}: {one.text}") for one in checked.failures)),
        {"class": "state void"},
    )


def _subject(certificate: Certificate) -> Iterable[tuple[str, str, str | HtmlElement]]:
    evidence = certificate.evidence
    yield "Konsument", "Consumer", evidence.consumer
    yield "Från version", "From version", _side(evidence.old)
    yield "Till version", "To version", _side(evidence.new)
    yield "Jämförelser gjorda", "Compared", f"{evidence.first_day} - {evidence.last_day}"
    yield "Personer som frågats om", "Persons asked about (disclosures)", _count(evidence.disclosures)
    yield "Därav utan jämförelse", "Of these, no comparison", _count(evidence.failed)
    yield "Giltigt till och med", "Valid until", E.b(str(certificate.valid_until))


def _claim(certificate: Certificate) -> HtmlElement:
    claim = certificate.evidence.claim
    rate, level, share = _percent(claim.rate), _percent(claim.level), _percent(claim.share)
    method = (
        "Gränsen gäller när man än slutar fråga (sekventiell, exakt)."
        if claim.method == "sequential"
        else "Gränsen gäller för ett antal personer som bestämts i förväg (Clopper-Pearson)."
    )
    return E.span(
        f"För varje informationstyp: mindre än {rate} av personerna med uppgifter får olika svar av de två versionerna "
        f"utan förklaring, med {level} säkerhet; och {share} av fälten har jämförts för minst {claim.least} personer, "
        f"om de inte bevisligen är sällsyntare än {rate}. {method} ",
        E.span(
            f"For each type: less than {rate} of the persons with data get answers that differ without explanation, "
            f"at {level}; {share} of the fields were compared for at least {claim.least} persons, those apart that "
            f"are provably rarer than {rate}. Each type's claim is its own; they are not joint.",
            {"class": "en"},
        ),
    )


def _results(certificate: Certificate) -> HtmlElement:
    columns = (
        ("Informationstyp", "Information type"),
        ("Besvarade", "Answered"),
        ("Med uppgifter", "With data"),
        ("Oförklarat olika", "Unexplained"),
        ("Högst", "Bound"),
        ("Fält jämförda", "Fields covered"),
    )
    found = {(one.klass, one.informationstyp): one for one in certificate.findings}
    rows = [(one, found.get((one.klass, one.informationstyp))) for one in certificate.evidence.types]
    return E.table(
        E.thead(E.tr(*(_column(*names, number=index > 0) for index, names in enumerate(columns)))),
        E.tbody(*(_row(one, has) for one, has in rows)),
    )


def _row(one: TypeEvidence, has: Finding | None) -> HtmlElement:
    covered = f"{has.covered} / {has.covered + len(has.uncovered)}" if has else "-"
    numbers = (
        _count(one.answered),
        _count(one.compared),
        _count(one.disagreed),
        _percent(has.upper) if has else "-",
        covered + (f" (+{len(has.rare)} sällsynta / rare)" if has and has.rare else ""),
    )
    return E.tr(E.td(f"{one.klass}/{one.informationstyp}"), *(E.td(number, {"class": "n"}) for number in numbers))


def _strata(certificate: Certificate) -> Iterable[HtmlElement]:
    """Who the persons were, coarsely: whether a sample is one-sided is for whoever signs to see."""
    yield _heading("Vilka personerna med uppgifter var", "Who the persons with data were")
    rows = [(one, division, parts) for one in certificate.evidence.types for division, parts in one.divided().items()]
    if not rows:
        yield E.p("Inte känt. ", E.span("Not known.", {"class": "en"}))
        return
    columns = (("Informationstyp", "Information type"), ("Efter", "By"), ("Personer", "Persons"))
    yield E.table(
        E.thead(E.tr(*(_column(*names) for names in columns))),
        E.tbody(
            *(
                E.tr(
                    E.td(f"{one.klass}/{one.informationstyp}"),
                    E.td(_DIVISION[division]),
                    E.td(E.ul(*(E.li(f"{_part(each)}: {_persons(each)}") for each in parts), {"class": "parts"})),
                )
                for one, division, parts in rows
            )
        ),
    )
    yield E.p(
        "Färre än fem personer skrivs <5, då någon kunde kännas igen; det näst minsta talet utelämnas (-) där det "
        "annars kunde räknas ut. ",
        E.span(
            "Fewer than five persons are <5, since one could be known; - is left out where they could be computed.",
            {"class": "en"},
        ),
        {"class": "note"},
    )


def _part(one: StratumEvidence) -> str:
    return _PARTS.get(one.part, one.part)


def _persons(one: StratumEvidence) -> str:
    if isinstance(one.persons, int):
        return _count(one.persons)
    return "-" if one.persons == "withheld" else one.persons


def _fields(certificate: Certificate) -> Iterable[HtmlElement]:
    """What was not compared, and what was found to differ: the reader's first two questions."""
    for swedish, english, rare in (
        ("Fält som inte jämförts", "Fields not compared", False),
        ("Sällsynta fält som inte jämförts", "Rare fields not compared", True),
    ):
        listed = [
            f"{one.klass}/{one.informationstyp} {path}"
            for one in certificate.findings
            for path in (one.rare if rare else one.uncovered)
        ]
        if listed:
            yield _heading(swedish, english)
            yield E.ul(*(E.li(_mono(line)) for line in listed))
    differing = [
        (one, field)
        for one in certificate.evidence.types
        for field in one.fields
        if field.classes.get("unexplained", 0)
    ]
    if differing:
        yield _heading("Fält med oförklarade skillnader", "Fields with unexplained differences")
        yield E.ul(
            *(
                E.li(
                    _mono(f"{one.klass}/{one.informationstyp} {field.path}"),
                    f": {field.classes['unexplained']} av/of {field.compared}",
                )
                for one, field in differing
            )
        )


def _rules(certificate: Certificate) -> Iterable[HtmlElement]:
    yield _heading("Skillnader som godtagits", "Accepted differences")
    rules = certificate.evidence.rules
    if not rules:
        yield E.p("Inga. ", E.span("None.", {"class": "en"}))
        return
    columns = (("Regel", "Rule"), ("Skäl", "Reason"), ("Ansvarig", "Owner"), ("Gäller till", "Until"))
    yield E.table(
        E.thead(E.tr(*(_column(*names) for names in columns), _column("Personer", "Persons", number=True))),
        E.tbody(
            *(
                E.tr(
                    E.td(rule.name, E.br(), _mono(rule.path)),
                    E.td(rule.reason),
                    E.td(rule.owner),
                    E.td(str(rule.expires), {"class": "day"}),
                    E.td(_count(rule.hits), {"class": "n"}),
                )
                for rule in rules
            )
        ),
    )


def _losses(certificate: Certificate) -> Iterable[HtmlElement]:
    yield _heading("Kända bortfall i den nya versionen", "Known losses in the new version")
    losses = certificate.evidence.losses
    if not losses:
        yield E.p("Inga. ", E.span("None.", {"class": "en"}))
        return
    yield E.table(E.tbody(*(E.tr(E.td(_mono(loss.path)), E.td(loss.reason)) for loss in losses)))


def _heading(swedish: str, english: str) -> HtmlElement:
    return E.h2(swedish + " ", E.span(english, {"class": "en"}))


def _facts(rows: Iterable[tuple[str, str, str | HtmlElement]]) -> HtmlElement:
    return E.table(
        *(E.tr(E.th(name, E.span(english, {"class": "en"})), E.td(value)) for name, english, value in rows),
        {"class": "facts"},
    )


def _column(swedish: str, english: str, *, number: bool = False) -> HtmlElement:
    return E.th(swedish, E.span(english, {"class": "en"}), {"class": "n" if number else ""})


def _side(side: Side) -> HtmlElement:
    return E.span(f"{side.version}, kontrakt / contract: {_CONTRACT[side.contract]}", E.br(), _mono(side.sha256))


def _mono(text: str) -> HtmlElement:
    return E.span(text, {"class": "mono"})


def _count(number: int) -> str:
    return f"{number:,}".replace(",", "\N{NO-BREAK SPACE}")


def _percent(share: str) -> str:
    """A share as the percentage that it is, all digits kept."""
    text = f"{Decimal(share) * 100:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{text.replace('.', ',')}\N{NO-BREAK SPACE}%"
