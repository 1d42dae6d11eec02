"""What one version said to a question: an answer in canonical form, or an error, and when it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.comparison.walk import Steps

Tree = dict[str, Any]

_COVERAGE = ("klass", "informationstyp", "utfall")
_PROBLEM = "urn:lefi-gateway:problem:"


@dataclass(frozen=True, slots=True)
class Observation:
    """One side of a comparison; either `svar` or `problem` is there."""

    svar: Tree | None = field(default=None, repr=False)
    problem: str = ""
    """The type of the problem, as `upstream-timeout`, where there is no answer."""
    version: str = ""
    upstream: str = ""
    asked: datetime | None = None
    orders: Mapping[Steps, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """Of wire lists whose elements name their information type: the types in the order in which they stood there.

    Only source paths need it, and only where elements of different types were mixed.
    """

    @property
    def tree(self) -> Tree:
        """The answer; an empty one where there is none."""
        return self.svar or {}


def of_answer(svar: Tree) -> Observation:
    """The observation that an answer with provenance is; raises ValueError that says what was expected."""
    kalla = svar.get("kalla")
    kalla = kalla if isinstance(kalla, dict) else {}
    version = kalla.get("version", "")
    if type(version) is not str or not version:
        msg = "expected an answer with its provenance: /kalla/version"
        raise ValueError(msg)
    for index, one in enumerate(svar.get("tackning", ())):
        if not isinstance(one, dict) or not all(type(one.get(fact)) is str for fact in _COVERAGE):
            msg = f"expected {', '.join(_COVERAGE)} in each entry of the coverage: /tackning/{index}"
            raise ValueError(msg)
    try:
        asked = datetime.fromisoformat(kalla["fragades"]) if "fragades" in kalla else None
    except (TypeError, ValueError):
        asked = datetime.min  # noqa: DTZ901  has no zone, as what is refused below
    if asked and asked.tzinfo is None:
        msg = "expected a point in time with its zone: /kalla/fragades"
        raise ValueError(msg)
    return Observation(svar, "", version, str(kalla.get("uppstroms", "")), asked)


def of_document(document: Any) -> Observation:
    """The observation that a saved document is: a canonical answer, or a problem; raises ValueError as `of_answer`."""
    if isinstance(document, dict) and isinstance(document.get("tackning"), list):
        return of_answer(document)
    kind = document.get("type") if isinstance(document, dict) else None
    if isinstance(kind, str) and kind.startswith(_PROBLEM):
        return Observation(problem=kind.removeprefix(_PROBLEM))
    msg = "expected an answer of the stable API (POST /v1/fragor), or a problem that it gave"
    raise ValueError(msg)
