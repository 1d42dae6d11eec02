"""Measures and prints; ends with status 1 when a document of size M, or the ledger, costs more than it may.

python -m bench               the table
python -m bench --comparison  what comparing two answers costs
python -m bench --profile     where the time goes, for M both ways
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

import orjson

from bench import comparison, ledger, soap
from bench.documents import SIZES, document
from gateway.jsonio import decode, encode
from gateway.memory import settle
from gateway.notes import Reading, Writing
from gateway.parse import parser
from gateway.render import renderer
from gateway.versions import discover
from tests.contracts.compare import read, same

LIMIT = 12.0
SECONDS = 4.0
TODAY = date(2025, 6, 1)

_TABLE = discover()["v9"].tables["svar"]
_PARSE, _RENDER = parser(_TABLE), renderer(_TABLE)


def to_canonical(body: bytes) -> bytes:
    return encode(_PARSE(decode(body), None, Reading(TODAY)))


def to_v9(body: bytes) -> bytes:
    return encode(_RENDER(decode(body), None, Writing()))


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of each run, and of the yardstick (orjson.loads, say) on the same bytes right before it."""

    runs: list[float]
    yardstick: list[float]

    @property
    def multiple(self) -> float:
        """Least by least: what others do on the machine only ever adds."""
        return min(self.runs) / min(self.yardstick)

    @property
    def usual(self) -> float:
        """The median run by the median run."""
        return median(self.runs) / median(self.yardstick)


def measure(
    work: Callable[[bytes], bytes],
    body: bytes,
    seconds: float = SECONDS,
    yardstick: Callable[[bytes], Any] = orjson.loads,
    yard: bytes = b"",
) -> Cost:
    """`yard` is what the yardstick reads, where that is not `body` itself."""
    cost = Cost([], [])
    settle()  # as a server that has started
    end = time.perf_counter() + seconds
    # Short work is repeated within a run, so that the clock's own grain does not count.
    repeat = max(1, 100_000 // len(body))
    while time.perf_counter() < end or len(cost.runs) < 5:
        runs = ((yardstick, yard or body, cost.yardstick), (work, body, cost.runs))
        for run, given, into in runs:
            start = time.perf_counter()
            for _ in range(repeat):
                run(given)
            into.append((time.perf_counter() - start) / repeat)
    return cost


def check(body: bytes) -> bytes:
    """The canonical form of a document; what is measured must be right."""
    reading, writing = Reading(TODAY), Writing()
    tree = _PARSE(decode(body), None, reading)
    back = _RENDER(tree, None, writing)
    assert not reading.notes, reading.notes[0].path
    assert not writing.notes, writing.notes[0].path
    assert same(read(body), read(encode(back)))
    return encode(tree)


def profile() -> None:
    body = document("M")
    message, canonical = soap.messages("M")
    works = ((to_canonical, body), (to_v9, check(body)), (soap.to_canonical, message), (soap.to_soap, canonical))
    for work, given in works:
        with cProfile.Profile() as watch:
            for _ in range(20):
                work(given)
        pstats.Stats(watch).sort_stats("tottime").print_stats(14)


def main() -> int:
    print("multiples of orjson.loads of the same bytes (least; median in brackets)")
    print(f"{'':4}{'v9 bytes':>11}{'canonical':>11}{'loads, ms':>11}{'v9 -> canonical':>19}{'canonical -> v9':>19}")
    over = False
    for size in SIZES:
        body = document(size)
        canonical = check(body)
        parsed, rendered = measure(to_canonical, body), measure(to_v9, canonical)
        print(
            f"{size:4}{len(body):>11,}{len(canonical):>11,}{min(parsed.yardstick) * 1000:>11.3f}"
            f"{parsed.multiple:>12.1f} ({parsed.usual:.1f}){rendered.multiple:>12.1f} ({rendered.usual:.1f})"
        )
        over |= size == "M" and max(parsed.multiple, rendered.multiple) > LIMIT
    print(f"M {'costs more than it may' if over else 'is within its limit'}: {LIMIT:.0f} each way")
    return int(over | ledger.table(seconds=1.0))


def soap_table() -> bool:
    """Whether version 7 costs more than it may."""
    print("\nmultiples of lxml.etree.fromstring of the message, held against the schema (least; median in brackets)")
    print(f"{'':4}{'v7 bytes':>11}{'canonical':>11}{'lxml, ms':>11}{'v7 -> canonical':>19}{'canonical -> v7':>19}")
    over = False
    for size in SIZES:
        message, canonical = soap.messages(size)
        parsed = measure(soap.to_canonical, message, yardstick=soap.yardstick)
        rendered = measure(soap.to_soap, canonical, yardstick=soap.yardstick, yard=message)
        others = measure(soap.zeep_and_pydantic(), message, 1.0, soap.yardstick) if size == "M" else None
        print(
            f"{size:4}{len(message):>11,}{len(canonical):>11,}{min(parsed.yardstick) * 1000:>11.3f}"
            f"{parsed.multiple:>12.1f} ({parsed.usual:.1f}){rendered.multiple:>12.1f} ({rendered.usual:.1f})"
            + (f"   zeep + pydantic {others.multiple:.0f}" if others else "")
        )
        over |= size == "M" and max(parsed.multiple, rendered.multiple) > soap.LIMIT
    print(f"M {'costs more than it may' if over else 'is within its limit'}: {soap.LIMIT:.0f} each way")
    return over


if __name__ == "__main__":
    if sys.argv[1:] == ["--profile"]:
        profile()
    elif sys.argv[1:] == ["--soap"]:
        sys.exit(int(soap_table()))
    elif sys.argv[1:] == ["--comparison"]:
        sys.exit(int(comparison.table()))
    else:
        sys.exit(main() | int(comparison.table()))
