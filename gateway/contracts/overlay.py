"""An overlay: what somebody who reads the agency's contract knows of it and a program cannot, as a small TOML file.

    like = "v6"                          the version whose meaning it has; needed where the version has no folder
    operation = "HamtaFormansinformation"  the operation that asks, where the WSDL has several

    [names]                              their name = our name; "beslut.summa" holds below `beslut` only
    arendeSjukpenning = "sjukpenningarende"

    [places]                             their path = our path, both from the root, lists written like other records
    "sjukpenningarende.startat" = "sjukpenningarende.grunduppgifter.startades"

    [codes.periodicitet]                 by their name: their code = our code
    MAN = "1"

    [ignored]                            their path = why nothing is lost without it
    "svarsid" = "a technical identity of the answer"

Their paths are those of the contract, without the root element; ours are those of the version that it is like.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from gateway.contracts.files import ContractRefused

Path = tuple[str, ...]
Dotted = Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$")]


class Overlay(BaseModel):
    """The overlay as it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    like: Annotated[str, StringConstraints(pattern=r"^v[1-9][0-9]?$")] | None = None
    operation: str | None = None
    names: Mapping[Dotted, Annotated[str, StringConstraints(pattern=r"^[^.\s]+$")]] = {}
    places: Mapping[Dotted, Annotated[str, StringConstraints(pattern=r"^[^.\s]+(\.[^.\s]+)*$|^$")]] = {}
    codes: Mapping[Dotted, Mapping[str, str]] = {}
    ignored: Mapping[Dotted, Annotated[str, StringConstraints(min_length=1)]] = {}


def read_overlay(text: str) -> Overlay:
    """The overlay; raises ContractRefused with everything that is wrong with it."""
    try:
        overlay = Overlay.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError):
        raise ContractRefused("expected an overlay in TOML") from None
    except ValidationError as error:
        found = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False)]
        raise ContractRefused("overlay: " + "; ".join(found)) from None
    for name, codes in overlay.codes.items():
        if len(set(codes.values())) != len(codes):
            raise ContractRefused(f"overlay: codes.{name}: expected a table that is one to one")
    return overlay


def by_suffix(keys: Mapping[str, object], path: Path) -> str | None:
    """The longest of the keys that a path ends in, if any."""
    for start in range(len(path)):
        if (name := ".".join(path[start:])) in keys:
            return name
    return None
