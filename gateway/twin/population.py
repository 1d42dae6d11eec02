"""The population: invented persons with lives, the same for the same seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.twin import magic
from gateway.twin.bits import Dice, Tree, merged
from gateway.twin.plans import edges, households, pensioners, working
from gateway.twin.plans.plan import Plan

SEED = 9
PLANS: tuple[Plan, ...] = (*working.PLANS, *households.PLANS, *pensioners.PLANS, *edges.PLANS, *magic.PLANS)


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """One invented person: what is true of it in canonical form, and how the twin misbehaves when asked about it."""

    personnummer: str = field(repr=False)
    about: str
    truth: Tree = field(repr=False, hash=False)
    fault: str = ""


def population(seed: int = SEED) -> Mapping[str, Inhabitant]:
    """Every inhabitant by personnummer, in the order of the plans; numbers do not depend on the seed, lives do."""
    made: dict[str, Inhabitant] = {}
    for plan in PLANS:
        personnummer = plan.personnummer
        if personnummer in made:
            msg = f"two plans share a number: {plan.about}"
            raise ValueError(msg)
        truth = merged(*plan.life(Dice(seed, personnummer), personnummer))
        made[personnummer] = Inhabitant(personnummer, plan.about, truth, plan.fault)
    return MappingProxyType(made)
