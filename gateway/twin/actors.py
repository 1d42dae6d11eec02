"""Who asks: the actor's identity decides what the twin lets it see. Any other identity may ask for everything."""

from __future__ import annotations

from gateway.errors import Forbidden
from gateway.twin.source import Pair

BEGRANSAD, UTAN_LISTA, OKAND, FILTRERAD = "begransad", "utan-lista", "okand", "filtrerad"

ACTORS: dict[str, str] = {
    BEGRANSAD: "may ask for a few types: FK:SJP as cases and payments made, PM:AP as decisions, FK:GEPI",
    UTAN_LISTA: "may ask for everything, but the list of what it may ask for answers 500",
    OKAND: "is not known: 403 to the question and to the list",
    FILTRERAD: "may ask for everything, but gets sjukpenning without its compensations and without notice",
}

_FEW: frozenset[Pair] = frozenset(
    {
        ("formansinformation", "FK:SJP"),
        ("utbetalningar", "FK:SJP"),
        ("beslut", "PM:AP"),
        ("ovrig_information", "FK:GEPI"),
    }
)


def entitled(aktor: str) -> frozenset[Pair] | None:
    """What the actor may ask for; None is everything; raises Forbidden for one who is not known."""
    if aktor == OKAND:
        raise Forbidden
    return _FEW if aktor == BEGRANSAD else None
