"""What routing would do with a question, in words: which rules did not match and why, who is asked, and what else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gateway.routing.choose import Bucket, Question, Router
from gateway.routing.plan import Pair, Plan
from gateway.routing.rules import EVERY, Rule

REASONS = {
    "asked": "the caller asks for this version",
    "pin": "the rule pins it",
    "preferred": "the rule prefers it",
    "canary": "the person is on the side of the rule's canary",
    "killed": "what the rule names first is switched off",
    "ended": "what the rule names first has ended",
    "coming": "what the rule names first is not released yet",
    "newest": "no rule matches, and this is the newest version in use",
    "only_ended": "nothing else is left, and whether a version that has ended still answers is for the agency to say",
    "only_coming": "nothing else is left, and whether a version that is not released answers is for the agency to say",
}
_STANDING = {"ended": "has ended", "coming": "is not released yet"}
_WHEN = {
    "not_sent": "if the question cannot have reached the one before",
    "source_down": "if the one before says that the agency is down",
}


def nobodys_side(salt: str) -> float:
    """The bucket of one who is on no canary's side, and asked about for every comparison."""
    return 0.0 if salt.startswith("shadow:") else 100.0


def canary_side(_salt: str) -> float:
    """The bucket of one who is on the side of every canary."""
    return 0.0


def explain(router: Router, consumer: str, types: tuple[Pair, ...], wanted: str | None, bucket: Bucket | None) -> str:
    """What would be done and why; without a person's bucket, for those on a canary's side too.

    Raises what `Router.choose` raises.
    """
    question = Question(consumer, types, bucket or nobodys_side, wanted)
    plans = router.choose(question)
    lines = [] if wanted is not None else [line for pair in types for line in _matching(router, consumer, pair)]
    lines += ["so", *_indented(_plans(router, plans, someone=bucket is not None))]
    if bucket is None:
        others = router.choose(Question(consumer, types, canary_side, wanted))
        if others != plans:
            lines += [f"but for persons on the side of a canary ({_shares(router, consumer, types)})"]
            lines += _indented(_plans(router, others, someone=False))
    return "\n".join(lines)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def says(rule: Rule) -> str:
    """What a rule says, in one line."""
    parts = [f"pins {rule.first}" if rule.pin else f"prefers {rule.first}"]
    if rule.fallback:
        when = " or ".join(_WHEN[each] for each in sorted(rule.fall_back_when)) or "if that cannot be asked at all"
        parts.append(f"then {', '.join(rule.fallback)} {when}")
    if rule.canary:
        parts.append(f"{rule.canary.percent:g} % of the persons at {rule.canary.to}")
    if rule.shadow:
        parts.append(f"{rule.shadow.to} is asked too for {rule.shadow.percent:g} %, for comparison")
    return f"{_meant(rule)}: {'; '.join(parts)}"


def _meant(rule: Rule) -> str:
    consumers = "every consumer" if rule.consumers == (EVERY,) else _listed(rule.consumers)
    return f"{consumers}, {'every type' if rule.is_for_every_type else _listed(rule.types)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _matching(router: Router, consumer: str, pair: Pair) -> Iterator[str]:
    """Rule by rule down to the one that matches."""
    yield f"{pair[0]}/{pair[1]}"
    for rule in router.rules.rules:
        if not rule.is_for(consumer):
            yield f"  rule {rule.name} does not match: it is for the consumers {_listed(rule.consumers)}"
        elif pair not in rule.pairs:
            yield f"  rule {rule.name} does not match: it is for the types {_listed(rule.types)}"
        else:
            yield f"  rule {rule.name} matches and decides: {says(rule)}"
            return
    yield "  no rule matches: the newest version in use answers"


def _plans(router: Router, plans: Sequence[Plan], *, someone: bool) -> Iterator[str]:
    for plan in plans:
        first, *others = plan.sources
        why = " and ".join(REASONS[each] for each in plan.reason.split("+"))
        yield _listed([f"{klass}/{typ}" for klass, typ in plan.types])
        yield f"  is asked for at {_named(router, first)}: {why}"
        if others:
            when = " or ".join(_WHEN[each] for each in sorted(plan.fall_back)) or "never, since fall_back_when is empty"
            yield f"  then at {_listed([_named(router, each) for each in others])}: {when}"
        yield from (f"  not at {line}" for line in _left_out(router, plan))
        if plan.shadow:
            share = "" if someone else _share(router, plan)
            yield f"  and at {_named(router, plan.shadow)} in the background, for comparison{share}"


def _named(router: Router, connection: str) -> str:
    version = router.network.versions[connection]
    stage = router.network.stages.get(version)
    state = stage.state if stage else "no dates known"
    return f"{connection} ({state})" if connection == version else f"{connection} ({version}, {state})"


def _left_out(router: Router, plan: Plan) -> Iterator[str]:
    """The connections of the plan's rules that are not in it, and why."""
    for rule in router.rules.rules:
        if rule.name in plan.rule.split("+"):
            for connection in (rule.first, *rule.fallback):
                if connection not in plan.sources:
                    yield f"{connection}, which {_why_not(router, connection)}"


def _why_not(router: Router, connection: str) -> str:
    if router.killed(connection):
        return "is switched off"
    return _STANDING.get(router.network.standing(connection), "has none of these types")


def _share(router: Router, plan: Plan) -> str:
    """For how many persons the shadow is asked."""
    deciding = [rule for rule in router.rules.rules if rule.name in plan.rule.split("+")]
    percents = sorted({rule.shadow.percent for rule in deciding if rule.shadow})
    return f", for {' or '.join(f'{percent:g} %' for percent in percents)} of the persons"


def _shares(router: Router, consumer: str, types: Sequence[Pair]) -> str:
    rules = [rule for pair in types if (rule := router.matching(consumer, pair))]
    shares = {rule.name: rule.canary.percent for rule in rules if rule.canary}
    return _listed([f"{percent:g} % by the rule {name}" for name, percent in shares.items()])
