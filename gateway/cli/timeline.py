"""The lives of versions as a person reads them: a bar over the years for each, its dates, and from what they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.console import plain
from gateway.lifecycle.registry import Registry
from gateway.lifecycle.rule import Fact, Stage, State

_BARS: Final[dict[State, tuple[str, str]]] = {
    "coming": (" ", ""),
    "current": ("█", "green"),
    "previous": ("▓", "cyan"),
    "ending": ("▒", "yellow"),
    "ended": (" ", ""),
}
_PERHAPS = "?"
_MARGIN = 6
_STEPS = (1, 2, 3, 4, 6, 12)
"""Into how many months a sign of the bars can be."""
_AHEAD = timedelta(days=6 * 365)
"""How far into the future the bars reach at most, however far ahead a date is set."""
_YEAR_WIDTH = 5


@dataclass(frozen=True, slots=True)
class _Scale:
    first: int
    years: int
    step: int

    @property
    def cells(self) -> int:
        return self.years * 12 // self.step

    def cell(self, day: date) -> int:
        return ((day.year - self.first) * 12 + day.month - 1) // self.step

    def middle(self, cell: int) -> date:
        year, month = divmod(cell * self.step + self.step // 2, 12)
        return date(self.first + year, month + 1, 15 if self.step == 1 else 1)


def show(out: Console, registry: Registry, day: date, contracts: Mapping[str, str]) -> None:
    """Prints the bars, the dates and their grounds as on that day; `contracts` says of what kind each contract is."""
    stages = registry.at(day)
    if not stages:
        return
    scale = _scale(list(stages.values()), day, out.width - _MARGIN)
    out.print()
    out.print(f"Their lives, as on {day}", style="italic")
    out.print(_years(scale))
    today = scale.cell(day)
    before = f"{day} ▼"
    out.print(" " * _MARGIN + (before.rjust(today + 1) if today >= len(before) else f"{' ' * today}▼ {day}"))
    for version in stages:
        out.print(_bar(registry, version, scale, day))
    out.print()
    out.print(Text("  ").join(_legend()))
    out.print()
    out.print(_dates(stages, contracts))
    out.print()
    for stage in stages.values():
        _grounds(out, stage)


def _scale(stages: list[Stage], day: date, width: int) -> _Scale:
    known = [one for stage in stages for one in (stage.released, stage.ends) if one is not None]
    last = max([day.year + 1, *(one.year for one in known if one <= day + _AHEAD)])
    first = min([day.year, *(one.year for one in known)])
    step = next((step for step in _STEPS if (last - first + 1) * 12 // step <= width), _STEPS[-1])
    years = min(last - first + 1, max(1, width * step // 12))
    return _Scale(last - years + 1, years, step)


def _years(scale: _Scale) -> str:
    """The years over their Januaries, as many of them as have room."""
    line = ""
    for year in range(scale.first, scale.first + scale.years):
        place = scale.cell(date(year, 1, 1))
        if place >= len(line) and (place == 0 or place + _YEAR_WIDTH <= scale.cells + 1):
            line = line.ljust(place) + f"{year} "
    return " " * _MARGIN + line.rstrip()


def _bar(registry: Registry, version: str, scale: _Scale, day: date) -> Text:
    bar = plain(version.ljust(_MARGIN), "bold")
    for cell in range(scale.cells):
        then = day if cell == scale.cell(day) else scale.middle(cell)
        lives = registry.at(then)
        sign, style = _BARS[lives[version].state]
        if lives[version].state == "coming" and _perhaps_out(lives, version):
            sign = _PERHAPS
        bar.append(sign, f"{style} bold" if cell == scale.cell(day) else style)
    bar.rstrip()
    return bar


def _perhaps_out(lives: Mapping[str, Stage], version: str) -> bool:
    """Whether nothing speaks against it: its day is not known, and all before it whose day is known are out."""
    before = [lives[each] for each in list(lives)[: list(lives).index(version)]]
    dated = [stage for stage in before if stage.released is not None]
    return lives[version].released is None and bool(dated) and all(stage.state != "coming" for stage in dated)


def _legend() -> list[Text]:
    shown = [(sign, style, state) for state, (sign, style) in _BARS.items() if sign.strip()]
    signs = [*shown, (_PERHAPS, "", "perhaps released: its day is not known")]
    return [Text(" " * _MARGIN), *(Text.assemble((sign, style), f" {words}") for sign, style, words in signs)]


def _dates(stages: Mapping[str, Stage], contracts: Mapping[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for title in ("version", "state", "released", "ends", "days left", "contract"):
        table.add_column(
            title, justify="right" if title == "days left" else "left", no_wrap=title in ("version", "state")
        )
    for stage in stages.values():
        left = stage.days_left
        table.add_row(
            plain(stage.version),
            Text(stage.state, style=_BARS[stage.state][1]),
            _day(stage, "released", stage.released),
            _day(stage, "ends", stage.ends),
            "" if left is None or left <= 0 else str(left),
            contracts.get(stage.version, "not spoken here"),
        )
    return table


def _day(stage: Stage, fact: Fact, day: date | None) -> str:
    if day is None:
        return "not known"
    return f"about {day} (a guess)" if fact in stage.estimated else str(day)


def _grounds(out: Console, stage: Stage) -> None:
    """Who said when it was released, and from what its end was concluded."""
    released = f"{_day(stage, 'released', stage.released)}: {stage.source}"
    out.print(plain(f"{stage.version} released  {released}"))
    end = "" if stage.ends is None else f"{_day(stage, 'ends', stage.ends)}: "
    out.print(plain(f"{stage.version} ends      {end}{stage.because}"))
