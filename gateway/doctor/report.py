"""Checks as data: a name, what has to hold before it is asked, and a judgement of what was found.

A check that needs another one which did not hold is skipped, so that one fault is named once and where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

Verdict = Literal["ok", "warning", "failed", "skipped"]
Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Said:
    """A judgement: what was found, without a secret or a person in it, and what to do where it is not well."""

    verdict: Verdict
    found: str
    remedy: str = ""


def ok(found: str) -> Said:
    """It is as it should be."""
    return Said("ok", found)


def warning(found: str, remedy: str) -> Said:
    """It works, and somebody should look at it."""
    return Said("warning", found, remedy)


def failed(found: str, remedy: str) -> Said:
    """It does not work."""
    return Said("failed", found, remedy)


def skipped(found: str) -> Said:
    """It could not be asked, or there is nothing to ask."""
    return Said("skipped", found)


@dataclass(frozen=True, slots=True)
class Check(Generic[Facts]):
    """One check of facts that were gathered before."""

    name: str
    judge: Callable[[Facts], Said]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check said; `of` is the upstream's name, empty for the gateway itself."""

    of: str
    check: str
    said: Said


def examine(of: str, checks: Iterable[Check[Facts]], facts: Facts) -> Iterator[Finding]:
    """What each check says, in their order; each needs only what stands before it."""
    blocked: set[str] = set()
    for check in checks:
        need = next((each for each in check.needs if each in blocked), None)
        said = skipped(f"not asked, since {need} does not hold") if need else check.judge(facts)
        if need or said.verdict == "failed":
            blocked.add(check.name)
        yield Finding(of, check.name, said)
