"""Magic persons: asked about one of them, the twin misbehaves, each in a way of its own.

`TREE` faults change what the answer says, so every face shows them in its own words. `WIRE` faults change the
message itself: status, headers, body, or the connection it comes by.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateway.twin.lives import pension, sjuk
from gateway.twin.lives import utbetalningar as betalt
from gateway.twin.lives.person import person
from gateway.twin.plans.plan import Plan

_SERIAL = 990


@dataclass(frozen=True, slots=True)
class Magic:
    """One way to misbehave: the person is born on that day of January 1990, birth number 990."""

    name: str
    day: int
    kind: Literal["tree", "wire"]
    effect: str


MAGIC: tuple[Magic, ...] = (
    Magic("timeout", 1, "wire", "the question is taken and never answered"),
    Magic("droppar", 2, "wire", "the answer comes one byte every quarter of a second"),
    Magic("aterstalls", 3, "wire", "the connection is reset (RST) once the question is read"),
    Magic("avbryts", 4, "wire", "the connection breaks off in the middle of the answer"),
    Magic("html", 5, "wire", "502 with a page of HTML, as a proxy makes one"),
    Magic("felsvar500", 6, "wire", "500 with the contract's own error"),
    Magic("nekas", 7, "wire", "403 with the contract's own error"),
    Magic("felsvar200", 8, "wire", "the contract's own error, but with status 200"),
    Magic("tomt", 9, "wire", "200 with an empty body"),
    Magic("omdirigeras", 10, "wire", "307 to another address"),
    Magic("feltyp", 11, "wire", "the right answer, said to be text/plain"),
    Magic("gzip", 12, "wire", "the right answer, compressed though nobody asked for that"),
    Magic("for_ofta", 13, "wire", "429 with Retry-After: 7"),
    Magic("fk_nere", 14, "tree", "FK is OTILLGANGLIG: nothing of FK's, and no avvikelse"),
    Magic("pm_felande", 15, "tree", "PM is FELANDE: nothing of PM's, and no avvikelse"),
    Magic("internt_fel", 16, "tree", "avvikelse INTERNT_FEL for FK:SJP, the rest is delivered"),
    Magic("obehorig", 17, "tree", "avvikelse OBEHORIG for FK:SGI and PM:AP, the rest is delivered"),
    Magic("utan_utlamnare", 18, "tree", "no agency states how it is"),
    Magic("felaktigt_datum", 19, "tree", "a decision on sjukpenning is dated 31/12-2025"),
    Magic("okand_kod", 20, "tree", "PM's decision has an unknown status, and one an unknown information type"),
    Magic("okant_falt", 21, "tree", "fields that no contract declares, in the answer and in a decision"),
    Magic("jattesvar", 22, "tree", "some 1.6 MB, when FK:SJP is asked for among utbetalningar"),
    Magic("fel_person", 23, "tree", "the answer is about another person, and says so in person"),
    Magic("bara_fk", 24, "tree", "only FK states how it is, though PM is asked as well"),
)


def _plan(magic: Magic) -> Plan:
    return Plan(
        f"199001{magic.day:02d}",
        f"MAGIC {magic.name}: {magic.effect}",
        lambda d, me: (
            person(d, me),
            sjuk.sjukpenning(d, "2025-09"),
            sjuk.sgi(d),
            pension.allman_pm(d, "2025-02-01"),
            betalt.fk(d, "SJP", "Sjukpenning", ["2025-09", "2025-10", "2026-07"]),
            betalt.pm(d, "PM:AP", betalt.senaste(3)),
        ),
        serial=_SERIAL,
        fault=magic.name,
    )


PLANS = tuple(map(_plan, MAGIC))
