"""How LEFI Asynkron 10 spells the vocabulary (reconstructed): a frame of its own around version 9's nouns."""

from __future__ import annotations

from adapters.v9.wire import WIRE as V9
from gateway.contract import Dialect, Row, Split, Wire
from gateway.forms import Enumerated
from gateway.people import PersonalNumber
from schemas.bestallning import (
    LAGEN,
    Bestallning,
    Bestallningskvittens,
    Bestallningsrad,
    Bestallningsstatus,
    Leverans,
    Leveranskvittens,
    Leveransrad,
    Leveransuppgift,
)
from schemas.svar import Felsvar

MAX_ROWS = 10_000
"""The largest number of questions in one order (assumed)."""

_REFERENS = Row("referens", "bestallningsreferens", required=True)
_BESTALLNINGS_ID = Row("bestallningsId", required=True)
_LEVERANSUPPGIFT = tuple(Row(fact, required=True) for fact in ("leveransId", "lopnummer", "antalRader", "sista"))
_FRAME = Dialect(
    "",
    records={
        Bestallningskvittens: (
            _BESTALLNINGS_ID,
            _REFERENS,
            Row("mottogs", "mottagen"),
            Row("antalRader", required=True),
        ),
        Bestallningsstatus: (_BESTALLNINGS_ID, _REFERENS, Row("lage", "status", form=Enumerated(LAGEN), required=True)),
        Leveransuppgift: _LEVERANSUPPGIFT,
        Leverans: (_BESTALLNINGS_ID, _REFERENS),
        Leveranskvittens: (Row("leveransId", required=True), Row("antalRader", required=True)),
    },
)
_ORDER = Dialect(
    "",
    records={
        **V9.nouns["fraga"][1].records,
        Bestallning: (
            _REFERENS,
            Row("leveranssatt", form=Enumerated(("HAMTAS", "SKICKAS")), required=True),
            Row("rader", required=True, filled=True, most=MAX_ROWS),
        ),
        Bestallningsrad: (Row("radId", required=True), Row("fraga", required=True)),
    },
)
_ROW = Dialect(
    "",
    records={
        **V9.nouns["svar"][1].records,
        **V9.nouns["fel"][1].records,
        Leveransrad: (Row("radId", required=True), Split(PersonalNumber(), "personnummer", required=True)),
    },
)

WIRE = Wire(
    "asynkron10",
    {
        "bestallning": (Bestallning, _ORDER),
        "bestallningskvittens": (Bestallningskvittens, _FRAME),
        "bestallningsstatus": (Bestallningsstatus, _FRAME),
        "leverans": (Leverans, _FRAME),
        "leveransrad": (Leveransrad, _ROW),
        "leveranskvittens": (Leveranskvittens, _FRAME),
        "fel": (Felsvar, V9.nouns["fel"][1]),
    },
)
"""Asynkron 10, all seven nouns."""
