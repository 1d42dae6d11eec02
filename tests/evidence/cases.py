"""Evidence to issue certificates on, and keys to do it with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.evidence.certificate import issue
from gateway.evidence.document import Evidence, canonical

Tree = dict[str, Any]
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ANOTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
AGES = {"20-29": 1_000, "30-39": "withheld", "40-49": 3_000, "75-": "<5"}
HOME = "arenden.sjukpenning[].beslut[]."


def field(path: str, seen: int, unexplained: int = 0, **classes: int) -> Tree:
    found = {"agreed": seen - unexplained, **({"unexplained": unexplained} if unexplained else {}), **classes}
    return {"path": path, "seen": seen, "compared": seen, "classes": found}


def evidence() -> Tree:
    """What reaches its claim: 4,100 persons, two types, one of the fields proved rare, one rule."""
    return {
        "consumer": "kommunen",
        "old": {"version": "v7", "contract": "reconstructed", "sha256": "a" * 64},
        "new": {"version": "v9", "contract": "official", "sha256": "b" * 64},
        "first_day": "2026-11-02",
        "last_day": "2026-11-20",
        "disclosures": 5_003,
        "failed": 3,
        "planned": None,
        "claim": {"rate": "0.001", "level": "0.95", "least": 3, "share": "1", "method": "sequential"},
        "types": [
            {
                "klass": "formansinformation",
                "informationstyp": "FK:SJP",
                "answered": 5_000,
                "compared": 4_100,
                "disagreed": 0,
                "expected": [HOME + "status.kod", HOME + "period.from", HOME + "utfall.kod"],
                "fields": [field(HOME + "status.kod", 4_100), field(HOME + "period.from", 4_093, accepted=41)],
                "strata": [
                    *({"division": "age", "part": part, "persons": persons} for part, persons in AGES.items()),
                    {"division": "period", "part": "month", "persons": 4_080},
                    {"division": "period", "part": "year", "persons": 20},
                ],
            },
            {
                "klass": "ovrig_information",
                "informationstyp": "FK:SGI",
                "answered": 5_000,
                "compared": 4_800,
                "disagreed": 0,
                "expected": ["inkomst.sjukpenninggrundandeInkomster[].typ.kod"],
                "fields": [field("inkomst.sjukpenninggrundandeInkomster[].typ.kod", 4_800)],
            },
        ],
        "rules": [
            {
                "name": "partial dates",
                "path": HOME + "period.from",
                "owner": "Förvaltning LEFI, Låtsaskommun",
                "reason": "Version 7 gives the month, version 9 the day; the consumer uses the month",
                "expires": "2027-06-30",
                "hits": 41,
            }
        ],
        "losses": [{"path": HOME + "handlaggare", "reason": "no longer given out since version 9"}],
    }


def read(tree: Tree) -> Evidence:
    return Evidence.model_validate_json(canonical(tree))


def issued(change: Callable[[Tree], object] = lambda _: None, *, days: int = 30) -> bytes:
    tree = evidence()
    change(tree)
    return issue(read(tree), KEY, now=NOW, days=days, gateway="0.1.0")
