"""How many questions really came, so that a test can prove that nothing was sent twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

UNKNOWN = "okand"


@dataclass(slots=True)
class Counters:
    """Questions by route and by person; a person is named by its place in the list of persons, never by its number."""

    places: dict[str, int]
    """Each person's place, from 1."""
    routes: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)

    def received(self, route: str) -> None:
        """One whole request came in."""
        self.routes[route] += 1

    def asked(self, personnummer: str) -> None:
        """One question about somebody came in."""
        self.people[str(self.places.get(personnummer, UNKNOWN))] += 1

    def tree(self) -> dict[str, dict[str, int]]:
        """As `GET /raknare` shows it."""
        return {"fragor": dict(sorted(self.routes.items())), "personer": dict(sorted(self.people.items()))}

    def reset(self) -> None:
        """Begins from nothing."""
        self.routes.clear()
        self.people.clear()
