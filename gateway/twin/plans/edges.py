"""Persons of whom little or nothing is known."""

from __future__ import annotations

from gateway.twin.lives import sjuk
from gateway.twin.lives.person import person
from gateway.twin.plans.plan import Plan

PLANS = (
    Plan("19951009", "known to nobody: there are no data of any kind", lambda _d, _me: ()),
    Plan("19750805", "registered, and never anything else", lambda d, me: (person(d, me),)),
    Plan("19680110", "registered, married, nothing else", lambda d, me: (person(d, me, "gift"),), serial=981),
    Plan(
        "19700702",
        "everything is older than the two years that can be asked for",
        lambda d, me: (person(d, me), sjuk.sjukpenning(d, "2019-03"), sjuk.smitta(d, "2018-02")),
    ),
    Plan("20260522", "an infant, born in the month before the day of reference", lambda d, me: (person(d, me),)),
)
