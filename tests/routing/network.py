"""A network of five connections to four versions, and the rules of a routing file, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from gateway.lifecycle.rule import Stage, State
from gateway.routing.choose import Network
from gateway.versions import discover

SJP, SJP_PAID = ("formansinformation", "FK:SJP"), ("utbetalningar", "FK:SJP")
FP, AP, SGI = ("formansinformation", "FK:FP"), ("beslut", "PM:AP"), ("ovrig_information", "FK:SGI")
# v8 is spoken by nobody here; two connections speak v6.
VERSIONS = {"v5": "v5", "ett": "v6", "tva": "v6", "v7": "v7", "v9": "v9"}
STATES = {"v5": "ending", "v6": "ending", "v7": "previous", "v9": "current"}
TYPES = {version: adapter.upstream.types for version, adapter in discover().items() if adapter.upstream}


def network(states: Mapping[str, str], versions: Mapping[str, str] = VERSIONS) -> Network:
    stages = {
        name: Stage(name, cast("State", state), None, None, None, None, None, "") for name, state in states.items()
    }
    return Network(versions, stages, lambda name, pair: pair in TYPES[versions[name]])


def rule(name: str, *lines: str) -> str:
    return "\n".join(["[[rules]]", f'name = "{name}"', *lines, ""])
