"""Plants: two observations of one truth, of which one was made to differ in a known place and way.

What is expected is read off the answers themselves and off the published lists of types, never off the comparer.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from gateway.comparison.observation import Observation
from gateway.comparison.rules import NONE, Rules, of_tree
from schemas.koder import HEM, OATTRIBUERADE
from tests.comparison import trees
from tests.comparison.trees import Place, Tree
from tests.comparison.views import observed

Expected = tuple[str, str, str]
"""Kind, path, class."""
Views = Mapping[str, Observation]

LISTS_WITHOUT_KEY = {
    *("adresser", "utdelningsadress", "arbetsstallen", "inkomster", "underhallsskulder", "programjobdagar"),
    *("dagforteckning", "telefon", "epost"),
}
"""Where nothing tells the elements apart but their order."""


@dataclass(frozen=True)
class Planted:
    """A pair to compare and all that must be found beyond what the versions themselves explain."""

    what: str
    left: Observation = field(repr=False)
    right: Observation = field(repr=False)
    expected: list[Expected]
    again: Observation | None = field(default=None, repr=False)
    rules: Rules = NONE


@dataclass
class Case:
    """The pair that something is planted in: on the right, or with `mirrored` on the left."""

    views: Views
    versions: tuple[str, str]
    rng: random.Random
    mirrored: bool

    @property
    def clean(self) -> Observation:
        return self.views[self.versions[0 if not self.mirrored else 1]]

    @property
    def touched(self) -> Observation:
        return self.views[self.versions[1 if not self.mirrored else 0]]

    @property
    def tree(self) -> Tree:
        return self.touched.tree

    @property
    def crosses(self) -> bool:
        return len(set(self.versions)) > 1

    def again(self, tree: Tree) -> Observation:
        """The touched side's answer with another tree, its coverage as it then is."""
        facts = {
            name: value for name, value in tree.items() if name not in {"fraga", "tackning", "anmarkningar", "kalla"}
        }
        return observed(self.touched.version, facts, tree["fraga"])

    def planted(self, what: str, tree: Tree, expected: list[Expected], **more: Any) -> Planted:
        made = self.again(tree)
        left, right = (made, self.clean) if self.mirrored else (self.clean, made)
        return Planted(what, left, right, expected, **more)

    def counterpart(self, place: Place) -> Place | None:
        """The place in the clean side of what stands at a place of the touched side; None unless it is certain."""
        top = trees.unit(place)
        record = trees.at(self.tree, top)
        if not isinstance(top[-1], int):
            return place if trees.at(self.clean.tree, top) == record else None
        try:
            items = trees.at(self.clean.tree, top[:-1])
        except KeyError:
            return None
        own = trees.at(self.tree, top[:-1])
        same = [index for index, item in enumerate(items) if item == record]
        return (*top[:-1], same[0], *place[len(top) :]) if len(same) == own.count(record) == 1 else None

    def path(self, place: Place, there: Place) -> str:
        """The left one of a place on the touched side and its counterpart."""
        return trees.pointer(place if self.mirrored else there)

    def some(self, places: list[Any]) -> Iterator[Any]:
        """The places in a random order."""
        yield from self.rng.sample(places, len(places))


def only(case: Case, *, in_touched: bool) -> str:
    """The kind of what stands on the one side alone."""
    return "only_left" if in_touched == case.mirrored else "only_right"


Plant = Callable[[Case], Planted | None]


def _certain(case: Case, places: list[tuple[Place, Any]]) -> Iterator[tuple[Place, Any, Place]]:
    for place, value in case.some(places):
        if len(place) > 1 and trees.free(place) and (there := case.counterpart(place)) is not None:
            yield place, value, there


def value_changed(case: Case) -> Planted | None:
    for place, value, there in _certain(case, trees.leaves(case.tree)):
        tree = trees.put(case.tree, place, trees.other(value, case.rng))
        return case.planted("value changed", tree, [("changed", case.path(place, there), "unexplained")])
    return None


def types_of(place: Place, record: Any) -> set[tuple[str, str]]:
    """The (class, type) pairs of a record, by the published homes."""
    names = [step for step in trees.unit(place) if isinstance(step, str)]
    if names == ["utbetalningar"]:
        klass = {"effektuerad": "utbetalningar", "preliminar": "preliminara_utbetalningar"}[record["status"]]
        if record["utlamnare"] == "PM":
            return {(klass, row["formansgrupp"]["kod"]) for row in record.get("rader", ())}
        return {(klass, f"FK:{record['formansfamilj']['kod']}")} if "formansfamilj" in record else set()
    agency = record.get("utlamnare", "FK")
    homes = {**HEM, **OATTRIBUERADE}
    types = {typ for typ, home in homes.items() if ".".join(names) in home.platser and typ.startswith(agency)}
    stated = record.get("informationstyp", record.get("formansgrupp", {})).get("kod")
    types = {stated} if stated in types else types
    classes = ("formansinformation", "ansprak", "beslut", "ovrig_information")
    return {(klass, typ) for klass in classes for typ in types}


def lacking_class(where: Observation, place: Place, record: Any) -> str:
    """The class of a record that a side lacks, by what that side's coverage says of its types."""
    said = {(one["klass"], one["informationstyp"]): one["utfall"] for one in where.tree["tackning"]}
    outcomes = {said[pair] for pair in types_of(place, record) if pair in said}
    if outcomes & {"kallan_nere", "fel_hos_kallan"}:
        return "source"
    return "entitlement" if outcomes & {"ej_behorig", "mojligen_filtrerad"} else "unexplained"


def row_dropped(case: Case) -> Planted | None:
    rows = [(place, value) for place, value in trees.nodes(case.tree) if place and isinstance(place[-1], int)]
    for place, value, there in _certain(case, rows):
        if trees.at(case.tree, place[:-1]).count(value) > 1:
            continue
        tree = trees.without(case.tree, place)
        record = trees.at(case.tree, trees.unit(place))
        class_ = lacking_class(case.again(tree), place, record)
        return case.planted("row dropped", tree, [(only(case, in_touched=False), trees.pointer(there), class_)])
    return None


def row_added(case: Case) -> Planted | None:
    rows = [(place, value) for place, value in trees.nodes(case.tree) if place and isinstance(place[-1], int)]
    for place, value, there in _certain(case, rows):
        copied = _copied(value, case.rng)
        if copied is None or not there:
            continue
        at = (*place[:-1], case.rng.choice((place[-1], place[-1] + 1)))
        tree = trees.inserted(case.tree, at, copied)
        return case.planted("row added", tree, [(only(case, in_touched=True), trees.pointer(at), "unexplained")])
    return None


def _copied(value: Any, rng: random.Random) -> Any:
    """A row that is like another but for one value."""
    if not isinstance(value, dict):
        return trees.other(value, rng)
    found = [(place, leaf) for place, leaf in trees.leaves({"x": value}) if trees.free(place)]
    if not found:
        return None
    place, leaf = rng.choice(found)
    return trees.put({"x": value}, place, trees.other(leaf, rng))["x"]


def rows_reordered(case: Case) -> Planted | None:
    for place, items in case.some(trees.lists(case.tree)):
        top = not any(isinstance(step, int) for step in place) and place[0] != "person"
        different = [item for index, item in enumerate(items) if item not in items[:index]]
        if len(different) < 2 or (top and case.crosses):
            continue
        there = place if top else case.counterpart(place)
        if there is None or "okant" in place:
            continue
        order = items[:]
        while order == items:
            case.rng.shuffle(order)
        class_ = "unexplained" if place[-1] in LISTS_WITHOUT_KEY else "explained"
        return case.planted("rows reordered", trees.put(case.tree, place, order),
                            [("reordered", case.path(place, there), class_)])  # fmt: skip
    return None


def code_renamed(case: Case) -> Planted | None:
    codes = [(place, value) for place, value in trees.leaves(case.tree) if place[-1] == "kod"]
    for place, value, there in _certain(case, codes):
        class_ = "explained" if case.crosses else "unexplained"
        tree = trees.put(case.tree, place, f"FK:{value}")
        return case.planted("code with a prefix", tree, [("changed", case.path(place, there), class_)])
    return None


def date_partial(case: Case) -> Planted | None:
    dates = [(p, v) for p, v in trees.leaves(case.tree) if isinstance(v, str) and trees.DATE.fullmatch(v)]
    for place, value, there in _certain(case, dates):
        tree = trees.put(case.tree, place, value[: case.rng.choice((4, 7))])
        return case.planted("date partial", tree, [("changed", case.path(place, there), "unexplained")])
    return None


def amount_rounded(case: Case) -> Planted | None:
    sums = [(p, v) for p, v in trees.leaves(case.tree) if p[-1] == "summa" and v != int(v)]
    for place, value, there in _certain(case, sums):
        tree = trees.put(case.tree, place, round(value))
        return case.planted("amount rounded", tree, [("changed", case.path(place, there), "unexplained")])
    return None


def unit_changed(case: Case) -> Planted | None:
    units = [(p, v) for p, v in trees.leaves(case.tree) if p[-1] == "valuta" or p[-2:] == ("periodicitet", "kod")]
    for place, value, there in _certain(case, units):
        put = "EUR" if place[-1] == "valuta" else ("4" if value != "4" else "1")
        tree = trees.put(case.tree, place, put)
        return case.planted("unit changed", tree, [("changed", case.path(place, there), "unexplained")])
    return None


def fact_dropped(case: Case) -> Planted | None:
    for place, _, there in _certain(case, trees.leaves(case.tree)):
        record = trees.at(case.tree, place[:-1])
        if isinstance(place[-1], str) and len(record) > 1:
            tree = trees.without(case.tree, place)
            expected = [(only(case, in_touched=False), trees.pointer(there), "unexplained")]
            return case.planted("fact dropped", tree, expected)
    return None


def unknown_field(case: Case) -> Planted | None:
    records = [(place, value) for place, value in trees.nodes(case.tree) if isinstance(value, dict)]
    for place, value, there in _certain(case, records):
        if there and "okant" not in value:
            tree = trees.put(case.tree, (*place, "okant"), {"nyttFalt": "ny"})
            path = trees.pointer((*place, "okant", "nyttFalt"))
            return case.planted("unknown field", tree, [(only(case, in_touched=True), path, "unexplained")])
    return None


def karens_as_payment(case: Case) -> Planted | None:
    """What the one version has as a case, the other has as a payment of sjukpenning."""
    day = f"2025-{case.rng.randrange(1, 13):02d}-0{case.rng.randrange(1, 9)}"
    period = {"from": day, "tom": day}
    code = {"kod": "KARENSERS", "text": "Karensersättning"}
    arende = {"utlamnare": "FK", "formansgrupp": {"kod": "FK:SJP"}, "startades": day,
              "beslut": [{"fattades": day, "ersattningar": [{"period": period, "ersattning": code}]}]}  # fmt: skip
    payment = {"utlamnare": "FK", "status": "effektuerad", "formansfamilj": {"kod": "SJP"}, "datum": day,
               "rader": [{"beloppstyp": code, "period": period}]}  # fmt: skip
    one, other = case.clean.tree, case.tree
    with_case = {**one, "arenden": {**one.get("arenden", {}), "sjukpenning": [
        *one.get("arenden", {}).get("sjukpenning", []), arende]}}  # fmt: skip
    with_payment = {**other, "utbetalningar": [*other.get("utbetalningar", []), payment]}
    flipped = replace(case, mirrored=not case.mirrored)
    clean = flipped.again(with_case)
    made = case.again(with_payment)
    place = ("arenden", "sjukpenning", len(with_case["arenden"]["sjukpenning"]) - 1)
    paid = ("utbetalningar", len(with_payment["utbetalningar"]) - 1)
    expected = [
        (only(case, in_touched=False), trees.pointer(place), "explained"),
        (only(case, in_touched=True), trees.pointer(paid), "explained"),
    ]
    left, right = (made, clean) if case.mirrored else (clean, made)
    return Planted("karensersättning as payment", left, right, expected)


def changed_meanwhile(case: Case) -> Planted | None:
    """The right side was asked later; the left one, asked again, says what the right one said."""
    own = replace(case, mirrored=False)
    for place, value, there in _certain(own, trees.leaves(own.tree)):
        changed = trees.other(value, case.rng)
        made = own.planted(
            "changed meanwhile",
            trees.put(own.tree, place, changed),
            [("changed", trees.pointer(there), "timing")],
        )
        again = replace(own, mirrored=True).again(trees.put(own.clean.tree, there, changed))
        return replace(made, again=again)
    return None


def changed_otherwise(case: Case) -> Planted | None:
    """The left side asked again says the same as before: what differs is no matter of time."""
    made = value_changed(replace(case, mirrored=False))
    return made and replace(made, what="asked again, the same", again=made.left)


def effectuated(case: Case) -> Planted | None:
    """Coming when the left side was asked, made when the right one was, a day later."""
    own = replace(case, mirrored=False)
    for index, payment in own.some(list(enumerate(own.tree.get("utbetalningar", [])))):
        there = own.counterpart(("utbetalningar", index, "status"))
        if "v5" in case.versions or payment["utlamnare"] != "FK" or there is None or payment["status"] != "effektuerad":
            continue
        earlier = replace(own, mirrored=True).again(trees.put(own.clean.tree, there, "preliminar"))
        assert earlier.asked is not None
        later = replace(own.touched, asked=earlier.asked + timedelta(days=1))
        return Planted("payment effectuated", earlier, later, [("changed", trees.pointer(there), "timing")])
    return None


def accepted(case: Case) -> Planted | None:
    made = value_changed(case)
    return made and _with_rule(made, "accepted by a rule", "accepted", "2027-01-01")


def rule_expired(case: Case) -> Planted | None:
    made = value_changed(case)
    return made and _with_rule(made, "accepted no longer", "unexplained", "2026-06-30")


def _with_rule(made: Planted, what: str, class_: str, expires: str) -> Planted:
    (kind, path, _), *_ = made.expected
    pattern = "".join("/*" if step.isdigit() else f"/{step}" for step in path.split("/")[1:])
    rule = {"name": "prov", "path": pattern, "kinds": [kind], "reason": "prov", "owner": "prov", "expires": expires}
    return replace(made, what=what, expected=[(kind, path, class_)], rules=of_tree({"rules": [rule]}))


SAME_PLACE: tuple[Plant, ...] = (
    *(value_changed, row_dropped, row_added, rows_reordered, code_renamed, date_partial, amount_rounded, unit_changed),
    *(fact_dropped, unknown_field, karens_as_payment, changed_meanwhile, changed_otherwise, effectuated, accepted),
    rule_expired,
)
