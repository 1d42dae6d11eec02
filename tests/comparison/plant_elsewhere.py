"""Plants where the two sides are not built alike: another structure, another right to know, a source that failed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from gateway.comparison.observation import Observation
from gateway.notes import Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.twin.population import Inhabitant
from gateway.twin.source import State
from gateway.versions import discover
from tests.comparison import trees
from tests.comparison.plant import Case, Expected, Planted, lacking_class, only, types_of
from tests.comparison.trees import Place, Tree
from tests.comparison.views import DAY, view
from tests.twin.running import EVERYTHING

OLD, NEW = frozenset({"v5", "v6", "v7"}), "v9"


# ----- Pensionsmyndigheten's data, which an old version has in Försäkringskassan's structure


def _mine(case: Case) -> Iterator[tuple[Place, Tree, Place]]:
    """Payments and cases of the touched old version whose original in the new one is certain, with both places."""
    theirs = case.clean.tree
    for path in (("utbetalningar",), ("arenden", "allmanPension"), ("arenden", "bostadstillagg")):
        try:
            ours, news = trees.at(case.tree, path), trees.at(theirs, path)
        except KeyError:
            continue
        for index, item in enumerate(ours):
            known = [place for place, one in enumerate(news) if one["utlamnare"] == "PM" and _alike(item, one)]
            if len(known) == 1 and not any(_same(item, one) for one in news if one["utlamnare"] == "FK"):
                yield (*path, index), item, (*path, known[0])


def _alike(item: Tree, one: Tree) -> bool:
    if "datum" in one:
        facts = ("datum", "status", "nettobelopp")
        return all(item.get(fact) == one.get(fact) for fact in facts)
    return [each.get("fattades") for each in item.get("beslut", ())][:1] == [
        each.get("fattades") for each in one.get("beslut", ())
    ][:1]


def _same(item: Tree, one: Tree) -> bool:
    return item == one


def _moved(case: Case, what: str, change: Any, class_: str, kind: str = "changed") -> Planted | None:
    """Plants in the old version's form; where the new version is on the left, in a payment's own facts only."""
    if case.touched.version not in OLD or case.clean.version != NEW:
        return None
    for place, item, there in case.some(list(_mine(case))):
        for inner, value in case.some(trees.leaves(item)):
            planted = change(inner, value, case.rng)
            if planted is None:
                continue
            if not case.mirrored and (there[0] != "utbetalningar" or inner[0] not in {"datum", "nettobelopp"}):
                continue
            where = inner if kind == "changed" else (*inner[:-1], planted[0])
            tree = trees.put(case.tree, (*place, *where), planted if kind == "changed" else planted[1])
            lacking = kind if kind == "changed" else only(case, in_touched=True)
            path = trees.pointer((*(place if case.mirrored or kind != "changed" else there), *where))
            return case.planted(what, tree, [(lacking, path, class_)])
    return None


def _is_date(inner: Place, value: Any) -> bool:
    return inner[-1] in {"datum", "fattades"} and isinstance(value, str) and len(value) == 10


def moved_date(case: Case) -> Planted | None:
    """The new version writes whole dates, the old one may know the month only."""
    change = lambda inner, value, rng: value[: rng.choice((4, 7))] if _is_date(inner, value) else None  # noqa: E731
    return _moved(case, "partial date where the other writes whole ones", change, "explained")


def moved_amount(case: Case) -> Planted | None:
    """The new version writes whole amounts, the old one may know the öre."""

    def change(inner: Place, value: Any, rng: random.Random) -> Any:
        return (
            value + Decimal(rng.randrange(-49, 50)) / 100 + 0 if inner[-1] == "summa" and type(value) is int else None
        )

    return _moved(case, "öre where the other writes kronor", lambda *a: _not_whole(change(*a)), "explained")


def _not_whole(value: Any) -> Any:
    return value if value is not None and value != int(value) else None


def moved_currency(case: Case) -> Planted | None:
    """The old version states a currency, the new one writes the amount alone."""
    change = lambda inner, _value, _rng: ("valuta", "SEK") if inner[-1] == "summa" else None  # noqa: E731
    return _moved(case, "currency where the other states none", change, "explained", "only")


def moved_value(case: Case) -> Planted | None:
    """A value that both could say, and say differently."""

    def change(inner: Place, value: Any, rng: random.Random) -> Any:
        if inner[-1] == "summa":
            return value + rng.randrange(2, 900)
        return trees.other(value, rng) if _is_date(inner, value) else None

    return _moved(case, "value changed in another structure", change, "unexplained")


def moved_unit(case: Case) -> Planted | None:
    """A month in the one version, a year in the other."""

    def change(inner: Place, value: Any, _rng: random.Random) -> Any:
        return ("4" if value != "4" else "1") if inner[-2:] == ("periodicitet", "kod") else None

    return _moved(case, "unit changed in another structure", change, "unexplained")


def moved_unknown(case: Case) -> Planted | None:
    """A field that no contract declares, in a record that the old version has in another structure."""
    if case.touched.version != NEW or case.clean.version not in OLD:
        return None
    for index, payment in case.some(list(enumerate(case.tree.get("utbetalningar", [])))):
        if payment["utlamnare"] == "PM" and payment["status"] == "effektuerad":
            place = ("utbetalningar", index, "okant")
            tree = trees.put(case.tree, place, {"nyttFalt": "ny"})
            expected = [(only(case, in_touched=True), trees.pointer((*place, "nyttFalt")), "unexplained")]
            return case.planted("unknown field in another structure", tree, expected)
    return None


MOVED = (moved_date, moved_amount, moved_currency, moved_value, moved_unit, moved_unknown)


# ----- what a side may not know, or its source could not say


def restricted(case: Case, one: Inhabitant) -> Planted | None:
    """The new version on the right, without the right to some of the types that the person has something of."""
    if case.versions[1] != NEW:
        return None
    left = case.views[case.versions[0]]
    types = [typ for typ in ("FK:SJP", "FK:FP", "FK:ABB", "FK:BOB", "FK:SGI", "FK:SA", "FK:US", "FK:TFP", "FK:HE")
             if any(typ in {t for _, t in _pairs(place, item)} for place, item in _records(left))]  # fmt: skip
    if not types:
        return None
    typ = case.rng.choice(types)
    klass = "ovrig_information" if typ == "FK:SGI" else "formansinformation"
    state = State(entitled=frozenset(EVERYTHING) - {(klass, typ)})
    right = view(NEW, one, state)
    expected = _lost(left, typ, "entitlement")
    expected += [("only_right", "/avvikelser/0", "entitlement")]
    return Planted("not entitled", left, right, expected)


def _records(observation: Observation) -> Iterator[tuple[Place, Any]]:
    for place, value in trees.nodes(observation.tree):
        if place and place[0] != "person" and trees.unit(place) == place and isinstance(place[-1], int):
            yield place, value


def _pairs(place: Place, item: Tree) -> set[tuple[str, str]]:
    return types_of(place, item) if place[0] not in {"utlamnare", "avvikelser", "utbetalningar"} else set()


def _lost(left: Observation, typ: str, class_: str) -> list[Expected]:
    return [
        ("only_left", trees.pointer(place), class_)
        for place, item in _records(left)
        if typ in {each for _, each in _pairs(place, item)}
    ]


def partly_restricted(case: Case, one: Inhabitant) -> Planted | None:
    """The right to a type's claims without that to its decisions."""
    if case.versions != (NEW, NEW):
        return None
    left = case.views[NEW]
    cases = [(p, c) for p, c in _records(left) if p[0] == "arenden" and c["utlamnare"] == "PM" and "beslut" in c]
    for place, item in case.some(cases):
        typ = item.get("formansgrupp", {}).get("kod")
        right = view(NEW, one, State(entitled=frozenset(EVERYTHING) - {("beslut", typ)}))
        expected: list[Expected] = [("only_right", "/avvikelser/0", "entitlement")]
        if "ansprak" in item:
            rows = range(len(item["beslut"]))
            expected += [("only_left", trees.pointer((*place, "beslut", row)), "entitlement") for row in rows]
        else:
            expected.append(("only_left", trees.pointer(place), "entitlement"))
        return Planted("not entitled to decisions", left, right, expected)
    return None


def agency_down(case: Case, one: Inhabitant) -> Planted | None:
    """An agency of the right side's is down or failing: everything of its is missing there."""
    if case.versions != (NEW, NEW):
        return None
    agency = case.rng.choice(("FK", "PM"))
    code = case.rng.choice(("OTILLGANGLIG", "FELANDE"))
    left, right = case.views[NEW], view(NEW, one, State(tillstand={agency: code}))
    place = ("FK", "PM").index(agency)
    expected: list[Expected] = [
        ("changed", f"/utlamnare/{place}/tillstand/{fact}", "source") for fact in ("kod", "text")
    ]
    expected += [
        ("only_left", trees.pointer(place), "source")
        for place, item in _records(left)
        if place[0] not in {"utlamnare", "avvikelser"} and item.get("utlamnare", "FK") == agency
    ]
    if agency == "FK" and "person" in left.tree:
        expected.append(("only_left", "/person", "source"))
    return Planted("agency down", left, right, expected)


def deviation(case: Case, one: Inhabitant) -> Planted | None:
    """One type failed inside the agency."""
    if case.versions != (NEW, NEW):
        return None
    left = case.views[NEW]
    for _, item in case.some(list(_records(left))):
        typ = item.get("formansgrupp", {}).get("kod", "")
        if not typ.startswith("FK:"):
            continue
        right = view(NEW, one, State(deviations={typ: "INTERNT_FEL"}))
        known = len(left.tree.get("avvikelser", ()))
        more = len(right.tree["avvikelser"]) - known
        expected: list[Expected] = [("only_right", f"/avvikelser/{known + n}", "source") for n in range(more)]
        expected += _lost(left, typ, "source")
        expected += [
            ("only_left", trees.pointer(paid), lacking_class(right, paid, payment))
            for paid, payment in _records(left)
            if paid[0] == "utbetalningar" and f"FK:{payment.get('formansfamilj', {}).get('kod')}" == typ
        ]
        return Planted("type failed", left, right, expected)
    return None


def failed(case: Case, one: Inhabitant) -> Planted | None:  # noqa: ARG001  nobody in particular
    """No answer on one side."""
    problem, class_ = case.rng.choice(
        (
            ("upstream-timeout", "source"),
            ("upstream-fault", "source"),
            ("forbidden", "entitlement"),
            ("internal", "unexplained"),
        )
    )
    error = Observation(problem=problem, version=case.versions[1])
    return Planted("no answer", case.views[case.versions[0]], error, [("only_left", "", class_)])


SOURCES = (restricted, partly_restricted, agency_down, deviation, failed)


# ----- values of the wrong shape


@cache
def _codec(version: str) -> tuple[Any, Any]:
    table = discover()[version].tables["svar"]
    return renderer(table), parser(table)


def wrong_shape(case: Case) -> Planted | None:
    """A value on the wire that the version cannot read."""
    write, read = _codec(case.touched.version)
    wire = write(case.tree, None, Writing())
    facts = {
        name: value for name, value in case.tree.items() if name not in {"fraga", "tackning", "anmarkningar", "kalla"}
    }
    for place, value in case.some([(p, v) for p, v in trees.nodes(wire) if p and isinstance(p[-1], str)]):
        bad: Any = {"fel": ["form"]} if not isinstance(value, dict) else ["fel form"]
        reading = Reading(DAY)
        tree = read(trees.put(wire, place, bad), None, reading)
        missing = list(_missing(facts, tree))
        if len(missing) != 1 or len(reading.notes) != 1 or missing[0][0] in {"utlamnare", "avvikelser"}:
            continue
        record = trees.at(facts, missing[0])
        if isinstance(record, list) and not record:
            continue
        there = case.counterpart(missing[0]) if len(missing[0]) > 1 else None
        if there is None:
            continue
        whole = {**case.tree, **tree}
        for name in facts.keys() - tree.keys():
            del whole[name]
        return case.planted("wrong shape", whole, [("wrong_shape", case.path(missing[0], there), "unexplained")])
    return None


def _missing(before: Any, after: Any, place: Place = ()) -> Iterator[Place]:
    """The highest places that are there before and not after."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name, value in before.items():
            if name not in after:
                yield (*place, name)
            else:
                yield from _missing(value, after[name], (*place, name))
    elif isinstance(before, list) and isinstance(after, list):
        for index, value in enumerate(before):
            if index >= len(after):
                yield (*place, index)
            else:
                yield from _missing(value, after[index], (*place, index))
    elif before != after:
        yield (*place, "?")
