"""An answer for people: coverage first, then the person, cases, payments and the rest, then notes and provenance.

Rule 1: whatever the answer holds is shown. What has no table of its own is shown as a record, whatever it is.
Rule 2: a person whose protection is not stated is shown as protected.
Rule 3: values are shown as they came; nothing is added up, rounded or left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli import words
from gateway.cli.console import clean, plain
from gateway.vocabulary import facts
from schemas.svar import Arenden, Svar

Tree = dict[str, Any]

_OWN = ("fraga", "tackning", "person", "arenden", "utbetalningar", "avvikelser", "utlamnare", "anmarkningar", "kalla")
_PAYMENT = ("datum", "status", "utlamnare", "formansfamilj", "period", "bruttobelopp", "skattebelopp", "nettobelopp")
_GAP = 2


def answer(out: Console, svar: Tree) -> None:
    """The whole answer."""
    coverage(out, svar.get("tackning", []))
    person(out, svar.get("person"))
    families = facts(Arenden)
    for family, cases in svar.get("arenden", {}).items():
        text = families[family].text if family in families else family
        _heading(out, text.rstrip("."))
        _records(out, "ärende", cases, 1)
    payments(out, svar.get("utbetalningar", []))
    sections = facts(Svar)
    for section, value in svar.items():
        if section not in _OWN and value:
            _heading(out, sections[section].text.rstrip(".") if section in sections else section)
            _any(out, section, value, 1)
    _simple(out, "Deviations that the agencies report", svar.get("avvikelser", []))
    notes(out, svar.get("anmarkningar", []))
    provenance(out, svar)


def coverage(out: Console, entries: Iterable[Tree]) -> None:
    """For every asked type why the answer is as it is; what is not known stands out."""
    out.print(plain("Coverage", "bold cyan"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title in ("class", "type", "name", "agency", "outcome", "because"):
        table.add_column(title, no_wrap=title in ("class", "type", "agency"))
    unknown = []
    for one in entries:
        known = one["utfall"] in words.KNOWN
        typ = one["informationstyp"]
        table.add_row(
            plain(one["klass"]),
            plain(typ),
            plain(words.name_of(one["klass"], typ)),
            plain(one["utlamnare"]),
            plain(words.outcome(one["utfall"]), "green" if known else "bold red"),
            plain(words.evidence(one)),
        )
        if not known:
            unknown.append(f"{one['klass']}/{typ}")
    out.print(table)
    if unknown:
        text = f"NOT KNOWN: {', '.join(unknown)}. That nothing is shown of it does not mean that there is nothing."
        out.print(plain(text, "bold red"))


def person(out: Console, found: Tree | None) -> None:
    """The person, its protection before anything else."""
    _heading(out, "Person")
    if found is None:
        out.print("  Whether the identity is protected is not known (FK:GEPI did not come): treat it as protected.")
        return
    protected = found.get("skyddad") is not False
    if protected:
        stated = "" if "skyddad" in found else " (not stated, so read as protected)"
        out.print(Text(f"  PROTECTED IDENTITY{stated}", style="bold white on red"))
    first = {fact: found[fact] for fact in ("personnummer", "namn", "foddes") if fact in found}
    _record(out, first | found, 1, leave_out=("skyddad",) if protected else ())


def payments(out: Console, found: list[Tree]) -> None:
    """One line for each payment, its lines and deductions below it."""
    if not found:
        return
    _heading(out, "Payments")
    short = [{fact: one[fact] for fact in _PAYMENT if fact in one} for one in found]
    details = [{fact: value for fact, value in one.items() if fact not in _PAYMENT} for one in found]
    _table(out, short, 1)
    for one, rest in zip(found, details, strict=True):
        if rest:
            title = " ".join(filter(None, ("payment", _short(one.get("datum", "")), one["utlamnare"])))
            out.print(_indented(plain(title, "underline"), _GAP))
            _record(out, rest, 2)


def notes(out: Console, found: list[Tree]) -> None:
    """What was odd about the source's answer."""
    renamed = [{"kind": words.NOTES.get(one["slag"], one["slag"]), "at": one["vag"], "": one["text"]} for one in found]
    _simple(out, "Notes: what the source's answer had that its contract does not, or the other way round", renamed)


def provenance(out: Console, svar: Tree) -> None:
    """Where the answer came from."""
    kalla = svar.get("kalla", {})
    states = (
        [f"{_short(one.get('utlamnare', {}))}: {_short(one.get('tillstand', {}))}" for one in svar["utlamnare"]]
        if (svar.get("utlamnare"))
        else []
    )
    _heading(out, "Source")
    contract = words.CONTRACTS.get(kalla.get("kontrakt", ""), kalla.get("kontrakt", ""))
    lines = (
        f"LEFI {kalla.get('version')} over {kalla.get('protokoll')}, {contract}; upstream {kalla.get('uppstroms')}",
        f"asked {kalla.get('fragades')}, answered {kalla.get('besvarades')}, id {kalla.get('korrelationsId')}",
        *(["agencies: " + ", ".join(states)] if states else []),
    )
    for line in lines:
        out.print(_indented(plain(line), _GAP))


def problem(out: Console, found: Tree) -> None:
    """A problem (RFC 9457): its title, and where what was expected."""
    out.print(plain(f"{found.get('title', 'problem')} ({found.get('status', '')})", "bold red"))
    if found.get("detail"):
        out.print(_indented(plain(found["detail"]), _GAP))
    for one in found.get("errors", ()):
        text = f"{one.get('path') or 'the question'}: expected {one.get('expected', '')}"
        out.print(_indented(plain(text), _GAP))


def _indented(what: RenderableType, columns: int) -> Padding:
    return Padding(what, (0, 0, 0, columns), expand=False)


def _heading(out: Console, text: str) -> None:
    out.print()
    out.print(plain(text, "bold cyan"))


def _simple(out: Console, title: str, rows: list[Tree]) -> None:
    if rows:
        _heading(out, title)
        _table(out, rows, 1)


def _any(out: Console, name: str, value: Any, level: int) -> None:
    if isinstance(value, list):
        _records(out, name, value, level)
    elif isinstance(value, dict):
        _record(out, value, level)
    else:
        out.print(_indented(plain(_short(value)), level * _GAP))


def _records(out: Console, name: str, items: list[Any], level: int) -> None:
    """A list: as a table where every value is short and it fits, else one record after the other."""
    if _fits(out, items, level):
        _table(out, items, level)
        return
    for number, item in enumerate(items, 1):
        title = _label(name) + (f" {number} of {len(items)}" if len(items) > 1 else "")
        out.print(_indented(plain(title, "bold"), level * _GAP))
        _any(out, name, item, level + 1)


def _record(out: Console, record: Tree, level: int, leave_out: tuple[str, ...] = ()) -> None:
    """The short facts of a record in one paragraph, the others below it under their names."""
    line = Text()
    for fact, value in _with_protection(record, leave_out):
        if (text := _short(value)) is None:
            continue
        name = _label(fact)
        if line and len(line) + _GAP + 1 + len(name) + 1 + len(text) > out.width - level * _GAP:
            out.print(_indented(line, level * _GAP))  # a fact stays together where it can
            line = Text()
        line.append(("   " if line else "") + name, style="dim")
        line.append(f" {text}")
    if line:
        out.print(_indented(line, level * _GAP))
    for fact, value in record.items():
        if fact in leave_out or _short(value) is not None:
            continue
        if isinstance(value, list) and not _fits(out, value, level + 1):
            _records(out, fact, value, level)
        else:
            out.print(_indented(plain(_label(fact), "bold"), level * _GAP))
            _any(out, fact, value, level + 1)


def _with_protection(record: Tree, leave_out: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The facts of a record; of one about a person, whether the identity is protected, which it is unless denied."""
    facts_of = {fact: value for fact, value in record.items() if fact not in leave_out}
    if "personnummer" in facts_of and "skyddad" not in leave_out:
        facts_of["skyddad"] = "no" if record.get("skyddad") is False else "PROTECTED"
    yield from facts_of.items()


def _fits(out: Console, items: list[Any], level: int) -> bool:
    rows = [dict(_with_protection(item)) for item in items if isinstance(item, dict)]
    if len(rows) != len(items) or not rows:
        return False
    columns: dict[str, int] = {}
    for row in rows:
        for fact, value in row.items():
            text = _short(value)
            if text is None:
                return False
            columns[fact] = max(columns.get(fact, 0), len(_label(fact)), len(text))
    return sum(width + _GAP for width in columns.values()) + level * _GAP <= out.width


def _table(out: Console, items: list[Tree], level: int) -> None:
    rows = [dict(_with_protection(item)) for item in items]
    columns = list(dict.fromkeys(fact for row in rows for fact in row))
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim")
    for fact in columns:
        amounts = [row[fact] for row in rows if fact in row]
        right = all(isinstance(value, dict) and "summa" in value for value in amounts)
        table.add_column(plain(_label(fact)), justify="right" if right else "left")
    for row in rows:
        table.add_row(*(plain(_short(row[fact]) or "") if fact in row else Text() for fact in columns))
    out.print(_indented(table, level * _GAP))


def _label(name: str) -> str:
    """`avdragInklusiveSkatt` as `avdrag inklusive skatt`."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in clean(name)).strip()


def _short(value: Any) -> str | None:
    """A value that fits on a line: plain ones, codes, amounts, periods, extents, lists of those; None for others."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        parts = [_short(one) for one in value]
        return None if not parts or None in parts else ", ".join(filter(None, parts))
    if not isinstance(value, dict):
        return clean(value)
    for known, text in _SHAPES:
        if value and value.keys() <= known:
            return text({key: clean(one) for key, one in value.items()})
    return None


def _code(kod: dict[str, str]) -> str:
    code, text = kod.get("kod", ""), kod.get("text", "")
    return f"{text} ({code})" if code and text and code != text else text or code


def _amount(belopp: dict[str, str]) -> str:
    return " ".join(filter(None, (belopp.get("summa"), belopp.get("valuta"))))


def _period(period: dict[str, str]) -> str:
    first, last = period.get("from"), period.get("tom")
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"to {last}"


def _extent(omfattning: dict[str, str]) -> str:
    fraction = f"{omfattning.get('taljare', '?')}/{omfattning.get('namnare', '?')}"
    return omfattning["andel"] if omfattning.keys() == {"andel"} else fraction


_SHAPES = (
    (frozenset({"kod", "text"}), _code),
    (frozenset({"summa", "valuta"}), _amount),
    (frozenset({"from", "tom"}), _period),
    (frozenset({"taljare", "namnare", "andel"}), _extent),
)
