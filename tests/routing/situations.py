"""The situations of routing, one a row: the file, the question, and the plans that are to come of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.errors import Forbidden, GatewayError, NotFound, UpstreamUnavailable
from gateway.routing.plan import FallBack, Pair, Plan
from tests.routing.network import AP, FP, SGI, SJP, SJP_PAID, STATES, VERSIONS, rule

SENT: frozenset[FallBack] = frozenset({"not_sent"})
DOWN: frozenset[FallBack] = frozenset({"not_sent", "source_down"})


def plan(types: Pair | tuple[Pair, ...], sources: str, reason: str, rule: str = "", **more: Any) -> Plan:
    """The expected plan: one type or several, connections with spaces between them."""
    several = types if not types or isinstance(types[0], tuple) else (types,)
    names = tuple(sources.split())
    fall_back = more.pop("fall_back", SENT if len(names) > 1 else frozenset())
    return Plan(several, names, reason, rule, fall_back, **more)


@dataclass(frozen=True)
class Case:
    """A situation: the file, the question, and what becomes of it."""

    name: str
    file: str
    expected: tuple[Plan, ...] | type[GatewayError]
    types: tuple[Pair, ...] = (SJP,)
    consumer: str = "kommun"
    falls: float = 99.0
    wanted: str | None = None
    states: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=lambda: VERSIONS)
    says: str = ""


OFF = "[off]\n"
CHAIN = rule("a", 'prefer = "v9"', 'fallback = ["v7", "v5"]')
CANARY = rule("a", 'prefer = "v7"', 'canary = {to = "v9", percent = 12.5}')
CHAIN_CANARY = rule("a", 'prefer = "v7"', 'fallback = ["v9", "v5"]', 'canary = {to = "v9", percent = 12.5}')
SHADOW = rule("a", 'prefer = "v9"', 'shadow = {to = "v7", percent = 50}')
PIN = rule("a", 'pin = "v7"')
SICK_ELSEWHERE = rule("sjuk", 'types = "FK:SJP"', 'pin = "v7"')
SICK_PAID = rule("betalt", 'types = ["utbetalningar/FK:SJP"]', 'pin = "v7"')
ALL_ENDED = dict.fromkeys(STATES, "ended")

CASES = (
    # No rule.
    Case("without rules the newest answers", "off = {}", (plan(SJP, "v9", "newest"),)),
    Case("what is not released is not the newest", "off = {}", (plan(SJP, "v7", "newest"),), states={"v9": "coming"}),
    Case("what has ended is not the newest", "off = {}", (plan(SJP, "v7", "newest"),), states={"v9": "ended"}),
    Case(
        "of those that have ended the newest is still asked",
        "off = {}",
        (plan(SJP, "v9", "only_ended"),),
        states=ALL_ENDED,
    ),
    Case(
        "what has ended is asked before what is not released",
        "off = {}",
        (plan(SJP, "v7", "only_ended"),),
        states=ALL_ENDED | {"v9": "coming"},
    ),
    Case(
        "what is not released is asked where there is nothing else",
        "off = {}",
        (plan(SJP, "v9", "only_coming"),),
        states=dict.fromkeys(STATES, "coming"),
    ),
    Case(
        "a version without dates is one in use",
        "off = {}",
        (plan(SJP, "ny", "newest"),),
        versions=VERSIONS | {"ny": "v99"},
    ),
    Case(
        "of two connections to the newest the first in the settings is asked",
        "off = {}",
        (plan(SJP, "ett", "newest"),),
        versions={"v5": "v5", "ett": "v6", "tva": "v6"},
    ),
    Case(
        "versions are numbers: ten is newer than nine",
        "off = {}",
        (plan(SJP, "v10", "newest"),),
        versions={"v10": "v10", "v9": "v9"},
    ),
    Case(
        "the newest is asked even for what it does not have, which coverage explains",
        OFF + 'connections = ["v9", "v7", "ett", "tva"]',
        (plan(AP, "v5", "newest"),),
        types=(AP,),
    ),
    Case("without upstreams nothing is asked", "off = {}", UpstreamUnavailable, versions={}, says="no upstream is"),
    # Who and what a rule is for.
    Case("a rule for everything decides", PIN, (plan(SJP, "v7", "pin", "a"),)),
    Case(
        "a rule for another consumer does not",
        rule("a", 'consumers = ["skola"]', 'pin = "v7"'),
        (plan(SJP, "v9", "newest"),),
    ),
    Case(
        "a rule for this consumer does", rule("a", 'consumers = "kommun"', 'pin = "v7"'), (plan(SJP, "v7", "pin", "a"),)
    ),
    Case("a rule for another type does not", rule("a", 'types = "FK:FP"', 'pin = "v7"'), (plan(SJP, "v9", "newest"),)),
    Case(
        "a type without a class is meant in every class",
        SICK_ELSEWHERE,
        (plan((SJP, SJP_PAID), "v7", "pin", "sjuk"),),
        types=(SJP, SJP_PAID),
    ),
    Case(
        "a type with a class is meant in that class only",
        SICK_PAID,
        (plan(SJP, "v9", "newest"), plan(SJP_PAID, "v7", "pin", "betalt")),
        types=(SJP, SJP_PAID),
    ),
    Case(
        "the first rule that matches wins, though a later one is narrower",
        rule("vid", 'consumers = "kommun"', 'pin = "v7"') + rule("smal", 'types = "FK:SJP"', 'pin = "v5"'),
        (plan(SJP, "v7", "pin", "vid"),),
    ),
    Case(
        "and another consumer comes to the later one",
        rule("vid", 'consumers = "kommun"', 'pin = "v7"') + rule("smal", 'types = "FK:SJP"', 'pin = "v5"'),
        (plan(SJP, "v5", "pin", "smal"),),
        consumer="skola",
    ),
    Case(
        "a version's name is the one connection that speaks it",
        rule("a", 'pin = "v7"'),
        (plan(SJP, "sju", "pin", "a"),),
        versions={"sju": "v7", "v9": "v9"},
    ),
    Case(
        "a question without types goes by the rule for every type",
        SICK_ELSEWHERE + rule("allt", 'prefer = "v5"', 'fallback = ["v7"]'),
        (plan((), "v5 v7", "preferred", "allt"),),
        types=(),
    ),
    # Several rules in one question.
    Case(
        "types that lead elsewhere are a question of their own",
        SICK_ELSEWHERE,
        (plan((SJP, SJP_PAID), "v7", "pin", "sjuk"), plan((FP, SGI), "v9", "newest")),
        types=(SJP, FP, SJP_PAID, SGI),
    ),
    Case(
        "the plans are in the order of the types",
        SICK_ELSEWHERE,
        (plan(FP, "v9", "newest"), plan(SJP, "v7", "pin", "sjuk")),
        types=(FP, SJP),
    ),
    Case(
        "rules that lead to the same make one question",
        SICK_PAID + rule("resten", 'prefer = "v7"'),
        (plan((FP, SJP_PAID, SJP), "v7", "preferred+pin", "resten+betalt"),),
        types=(FP, SJP_PAID, SJP),
    ),
    Case(
        "no rule and a rule that lead to the same make one question",
        rule("a", 'types = "FK:SJP"', 'pin = "v9"'),
        (plan((SJP, FP), "v9", "pin+newest", "a"),),
        types=(SJP, FP),
    ),
    Case(
        "another chain is another question, though it begins with the same",
        rule("a", 'types = "FK:SJP"', 'prefer = "v9"', 'fallback = ["v7"]'),
        (plan(SJP, "v9 v7", "preferred", "a"), plan(FP, "v9", "newest")),
        types=(SJP, FP),
    ),
    # Chains.
    Case("a chain is asked in its order", CHAIN, (plan(SJP, "v9 v7 v5", "preferred", "a"),)),
    Case(
        "a chain goes on where the source is down only if that is said",
        CHAIN + 'fall_back_when = ["not_sent", "source_down"]',
        (plan(SJP, "v9 v7 v5", "preferred", "a", fall_back=DOWN),),
    ),
    Case(
        "a chain may be kept from going on",
        CHAIN + "fall_back_when = []",
        (plan(SJP, "v9 v7 v5", "preferred", "a", fall_back=frozenset()),),
    ),
    Case("nothing is next that has none of the types", CHAIN, (plan(AP, "v9", "preferred", "a"),), types=(AP,)),
    Case(
        "what has one of the types is next",
        CHAIN,
        (plan((AP, SJP), "v9 v7 v5", "preferred", "a"),),
        types=(AP, SJP),
    ),
    Case("what is switched off is skipped", CHAIN + OFF + 'connections = ["v9"]', (plan(SJP, "v7 v5", "killed", "a"),)),
    Case("so is a version", CHAIN + OFF + 'versions = ["v9"]', (plan(SJP, "v7 v5", "killed", "a"),)),
    Case("in the middle too", CHAIN + OFF + 'connections = ["v7"]', (plan(SJP, "v9 v5", "preferred", "a"),)),
    Case("what has ended is skipped", CHAIN, (plan(SJP, "v7 v5", "ended", "a"),), states={"v9": "ended"}),
    Case("what has ended is not next", CHAIN, (plan(SJP, "v9 v5", "preferred", "a"),), states={"v7": "ended"}),
    Case("what is not released is skipped", CHAIN, (plan(SJP, "v7 v5", "coming", "a"),), states={"v9": "coming"}),
    Case(
        "the reason is the first connection's",
        CHAIN + OFF + 'connections = ["v9"]',
        (plan(SJP, "v5", "killed", "a"),),
        states={"v7": "ended"},
    ),
    Case("where all have ended they are asked", CHAIN, (plan(SJP, "v9 v7 v5", "only_ended", "a"),), states=ALL_ENDED),
    Case(
        "but not what is switched off",
        CHAIN + OFF + 'connections = ["v9"]',
        (plan(SJP, "v7 v5", "only_ended", "a"),),
        states=ALL_ENDED,
    ),
    Case(
        "a chain that is switched off leads nowhere",
        CHAIN + OFF + 'connections = ["v9", "v7", "v5"]',
        UpstreamUnavailable,
        says="the rule a leads to v9 and v7 and v5, all switched off",
    ),
    Case("what is ending is still in use", CHAIN, (plan(SJP, "v9 v7 v5", "preferred", "a"),), states={"v9": "ending"}),
    # Pins.
    Case("a pin holds though the version has ended", PIN, (plan(SJP, "v7", "pin", "a"),), states={"v7": "ended"}),
    Case(
        "a pin holds though the version lacks the type",
        PIN.replace("v7", "v5"),
        (plan(AP, "v5", "pin", "a"),),
        types=(AP,),
    ),
    Case(
        "a pin to what is switched off leads nowhere",
        PIN + OFF + 'connections = ["v7"]',
        UpstreamUnavailable,
        says="the rule a pins v7, which is switched off",
    ),
    Case(
        "one rule that leads nowhere refuses the question",
        SICK_ELSEWHERE + OFF + 'versions = ["v7"]',
        UpstreamUnavailable,
        types=(FP, SJP),
        says="the rule sjuk pins v7",
    ),
    # Canaries.
    Case("below the percentage a person is in the canary", CANARY, (plan(SJP, "v9 v7", "canary", "a"),), falls=12.49),
    Case("from the percentage on it is not", CANARY, (plan(SJP, "v7", "preferred", "a"),), falls=12.5),
    Case(
        "nobody is in a canary of nothing", CANARY.replace("12.5", "0"), (plan(SJP, "v7", "preferred", "a"),), falls=0
    ),
    Case("everybody is in a canary of everything", CANARY.replace("12.5", "100"), (plan(SJP, "v9 v7", "canary", "a"),)),
    Case(
        "a canary that is in the chain too stands there once",
        CHAIN_CANARY,
        (plan(SJP, "v9 v7 v5", "canary", "a"),),
        falls=1,
    ),
    Case("canaries can be off", CANARY + OFF + "canaries = true", (plan(SJP, "v7", "preferred", "a"),), falls=1),
    Case(
        "a canary that is switched off is skipped",
        CANARY + OFF + 'connections = ["v9"]',
        (plan(SJP, "v7", "killed", "a"),),
        falls=1,
    ),
    Case(
        "a canary that has ended is skipped", CANARY, (plan(SJP, "v7", "ended", "a"),), falls=1, states={"v9": "ended"}
    ),
    # Shadows.
    Case("below the percentage there is a shadow", SHADOW, (plan(SJP, "v9", "preferred", "a", shadow="v7"),), falls=49),
    Case("from the percentage on there is none", SHADOW, (plan(SJP, "v9", "preferred", "a"),), falls=50),
    Case(
        "whom a canary leads to the shadow's connection has the rule's first in the back",
        CANARY + 'shadow = {to = "v9"}',
        (plan(SJP, "v9 v7", "canary", "a", shadow="v7"),),
        falls=1,
    ),
    Case(
        "not where that has ended",
        CANARY + 'shadow = {to = "v9"}',
        (plan(SJP, "v9", "canary", "a"),),
        falls=1,
        states={"v7": "ended"},
    ),
    Case("a pin can have a shadow", PIN + 'shadow = {to = "v9"}', (plan(SJP, "v7", "pin", "a", shadow="v9"),)),
    Case("shadows can be off", SHADOW + OFF + "shadows = true", (plan(SJP, "v9", "preferred", "a"),), falls=1),
    Case(
        "what is switched off is no shadow",
        SHADOW + OFF + 'versions = ["v7"]',
        (plan(SJP, "v9", "preferred", "a"),),
        falls=1,
    ),
    Case("what has ended is no shadow", SHADOW, (plan(SJP, "v9", "preferred", "a"),), falls=1, states={"v7": "ended"}),
    Case(
        "what is not released may be one",
        SHADOW,
        (plan(SJP, "v9", "preferred", "a", shadow="v7"),),
        falls=1,
        states={"v7": "coming"},
    ),
    Case(
        "what has none of the types is no shadow",
        SHADOW.replace("v7", "v5"),
        (plan(AP, "v9", "preferred", "a"),),
        types=(AP,),
        falls=1,
    ),
    Case(
        "what is asked anyhow is no shadow",
        SHADOW + 'fallback = ["v7"]\n' + OFF + 'connections = ["v9"]',
        (plan(SJP, "v7", "killed", "a"),),
        falls=1,
    ),
    Case(
        "with another shadow it is another question",
        rule("a", 'types = "FK:SJP"', 'pin = "v9"', 'shadow = {to = "v7"}'),
        (plan(SJP, "v9", "pin", "a", shadow="v7"), plan(FP, "v9", "newest")),
        types=(SJP, FP),
    ),
    # The caller names the version.
    Case(
        "a version that is asked for is above the rules",
        PIN,
        (plan((SJP, FP), "v5", "asked"),),
        types=(SJP, FP),
        wanted="v5",
    ),
    Case("though it has ended", "off = {}", (plan(SJP, "v5", "asked"),), wanted="v5", states=ALL_ENDED),
    Case("a version that nobody speaks is not there", "off = {}", NotFound, wanted="v8"),
    Case(
        "it is not above the kill switches",
        OFF + 'versions = ["v5"]',
        UpstreamUnavailable,
        wanted="v5",
        says="v5 is switched off",
    ),
    Case("but another connection speaks it", OFF + 'connections = ["ett"]', (plan(SJP, "tva", "asked"),), wanted="v6"),
    # Kill switches.
    Case("a consumer can be shut off", OFF + 'consumers = ["kommun"]', Forbidden, says="this consumer is switched off"),
    Case("even one that names a version", OFF + 'consumers = ["kommun"]', Forbidden, wanted="v9"),
    Case("the others are not", OFF + 'consumers = ["skola"]', (plan(SJP, "v9", "newest"),)),
    Case("without rules the newest that is on answers", OFF + 'versions = ["v9"]', (plan(SJP, "v7", "newest"),)),
    Case(
        "with everything off nothing is asked",
        OFF + 'connections = ["v5", "ett", "tva", "v7", "v9"]',
        UpstreamUnavailable,
        says="every connection is switched off",
    ),
)
