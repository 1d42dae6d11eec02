"""Who is asked for which type: the rules, what is switched off, and what day it is, made into plans. No I/O.

Rule 1  The first rule that matches a consumer and a type decides; without one, the newest version in use answers.
Rule 2  What is switched off is never asked. A version that has ended, or is not released, is asked only where a rule
        pins it, the caller names it, or nothing else is left: whether it still answers is for the agency to say.
Rule 3  Types of one question that lead to the same are one question, so that as little as possible is disclosed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gateway.errors import Fault, Forbidden, NotFound, UpstreamUnavailable
from gateway.lifecycle.rule import Stage
from gateway.routing.plan import FallBack, Pair, Plan
from gateway.routing.rules import Rule, Rules

Bucket = Callable[[str], float]
_OUT_OF_USE = ("ended", "coming")


@dataclass(frozen=True, slots=True)
class Network:
    """The connections there are, and where their versions stand on the day of the question."""

    versions: Mapping[str, str]
    """Which version each connection speaks, by the connection's name."""
    stages: Mapping[str, Stage]
    """By version; one that is not here is taken for one in use."""
    able: Callable[[str, Pair], bool]
    """Whether a connection can be asked for a type."""

    def standing(self, connection: str) -> str:
        """`ended`, `coming`, or nothing for a version in use."""
        stage = self.stages.get(self.versions[connection])
        return stage.state if stage is not None and stage.state in _OUT_OF_USE else ""

    def has_any(self, connection: str, types: Iterable[Pair]) -> bool:
        """Whether a connection can be asked for any of these types."""
        return any(self.able(connection, pair) for pair in types)


@dataclass(frozen=True, slots=True)
class Question:
    """What of a question its route depends on."""

    consumer: str
    types: tuple[Pair, ...]
    bucket: Bucket = field(repr=False)
    """Where the person falls, 0 <= x < 100, for a salt; see gateway.routing.bucket."""
    wanted: str | None = None
    """The version that the caller asked to be answered from."""


@dataclass(frozen=True, slots=True)
class Router:
    """The rules on a day."""

    rules: Rules
    network: Network

    def choose(self, question: Question) -> tuple[Plan, ...]:
        """The plans for a question: each of its types in exactly one, in the order of the types.

        A question without types (what an actor may ask for) gets one plan, by the first rule for every type.
        Raises Forbidden for a consumer that is switched off, NotFound for a version that no connection speaks, and
        UpstreamUnavailable where everything that could be asked is switched off.
        """
        if question.consumer in self.rules.off.consumers:
            raise Forbidden("this consumer is switched off by the routing rules")
        if not self.network.versions:
            raise UpstreamUnavailable("no upstream is configured", sent=False)
        if question.wanted is not None:
            return (self._asked(question.wanted, question.types),)
        shares: dict[str, tuple[Rule | None, list[Pair]]] = {}
        for pair in question.types or (None,):
            rule = self.matching(question.consumer, pair)
            share = shares.setdefault(rule.name if rule else "", (rule, []))[1]
            share += [pair] if pair else []
        plans = [self.decide(rule, share, question.bucket) for rule, share in shares.values()]
        return _merged(question.types, plans)

    def matching(self, consumer: str, pair: Pair | None) -> Rule | None:
        """The first rule for a consumer and a type; without a type, the first that is for every type."""
        for rule in self.rules.rules:
            if rule.is_for(consumer) and (rule.is_for_every_type if pair is None else pair in rule.pairs):
                return rule
        return None

    def decide(self, rule: Rule | None, types: Sequence[Pair], bucket: Bucket) -> Plan:
        """What a rule, or that there is none, makes of types; raises UpstreamUnavailable."""
        share = tuple(types)
        if rule is None:
            return self._newest(share)
        sources, reason = self._pinned(rule) if rule.pin else self._preferred(rule, share, bucket)
        fall_back: frozenset[FallBack] = rule.fall_back_when if len(sources) > 1 else frozenset()
        return Plan(share, sources, reason, rule.name, fall_back, self._shadow(rule, share, sources[0], bucket))

    def in_canary(self, rule: Rule, bucket: Bucket) -> bool:
        """Whether a person is on a rule's canary side: the same persons for every rule with the same canary."""
        canary = rule.canary
        return canary is not None and not self.rules.off.canaries and bucket(f"canary:{canary.to}") < canary.percent

    def killed(self, connection: str) -> bool:
        """Whether a connection is switched off, by itself or by its version."""
        off = self.rules.off
        return connection in off.connections or self.network.versions[connection] in off.versions

    def _pinned(self, rule: Rule) -> tuple[tuple[str, ...], str]:
        if self.killed(rule.first):
            raise UpstreamUnavailable(f"the rule {rule.name} pins {rule.first}, which is switched off", sent=False)
        return (rule.first,), "pin"

    def _preferred(self, rule: Rule, types: tuple[Pair, ...], bucket: Bucket) -> tuple[tuple[str, ...], str]:
        """The connections of a rule's chain that are to be asked, and why the first of them is."""
        chain, reason = (rule.first, *rule.fallback), "preferred"
        if rule.canary is not None and self.in_canary(rule, bucket):
            chain, reason = (rule.canary.to, *(each for each in chain if each != rule.canary.to)), "canary"
        able = [each for each in chain if each == chain[0] or not types or self.network.has_any(each, types)]
        alive = tuple(each for each in able if not self.killed(each))
        if not alive:
            names = " and ".join(able)
            raise UpstreamUnavailable(f"the rule {rule.name} leads to {names}, all switched off", sent=False)
        in_use = tuple(each for each in alive if not self.network.standing(each))
        if not in_use:
            return alive, f"only_{self.network.standing(alive[0])}"
        if in_use[0] != chain[0]:
            reason = "killed" if self.killed(chain[0]) else self.network.standing(chain[0])
        return in_use, reason

    def _shadow(self, rule: Rule, types: tuple[Pair, ...], first: str, bucket: Bucket) -> str | None:
        """The connection that is asked too; none that would learn of the person for nothing.

        A person whom a canary leads to the very connection that is to be compared has the rule's first in the back.
        """
        shadow = rule.shadow
        if shadow is None or self.rules.off.shadows or bucket(f"shadow:{shadow.to}") >= shadow.percent:
            return None
        turned = shadow.to == first and rule.canary is not None and rule.canary.to == first
        back = rule.first if turned else shadow.to
        idle = back == first or self.killed(back) or self.network.standing(back) == "ended"
        return None if idle or not self.network.has_any(back, types) else back

    def _asked(self, version: str, types: tuple[Pair, ...]) -> Plan:
        speaking = [name for name, spoken in self.network.versions.items() if spoken == version]
        if not speaking:
            raise NotFound("", faults=(Fault("lefi-version", "a version that an upstream is configured for"),))
        alive = [name for name in speaking if not self.killed(name)]
        if not alive:
            raise UpstreamUnavailable(f"{version} is switched off by the routing rules", sent=False)
        return Plan(types, (alive[0],), "asked")

    def _newest(self, types: tuple[Pair, ...]) -> Plan:
        alive = [name for name in self.network.versions if not self.killed(name)]
        for standing, reason in (("", "newest"), ("ended", "only_ended"), ("coming", "only_coming")):
            found = [name for name in alive if self.network.standing(name) == standing]
            if found:
                return Plan(types, (max(found, key=self._number),), reason)
        raise UpstreamUnavailable("every connection is switched off by the routing rules", sent=False)

    def _number(self, connection: str) -> int:
        return int(self.network.versions[connection].removeprefix("v"))


def _merged(types: tuple[Pair, ...], plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """Plans that ask the same in the same way as one."""
    merged: dict[object, Plan] = {}
    for plan in plans:
        way = (plan.sources, plan.fall_back, plan.shadow)
        merged[way] = _both(types, merged[way], plan) if way in merged else plan
    return tuple(merged.values())


def _both(types: tuple[Pair, ...], one: Plan, other: Plan) -> Plan:
    return replace(
        one,
        types=tuple(pair for pair in types if pair in one.types or pair in other.types),
        reason="+".join(dict.fromkeys([*one.reason.split("+"), other.reason])),
        rule="+".join(filter(None, (one.rule, other.rule))),
    )
