"""The settings of a gateway: a TOML file, the environment over it, the command line over both.

Environment variables begin with LEFI_ and separate levels by two underscores: LEFI_SERVER__PORT=8080. Every problem
of a configuration is reported at once, with the place and what was expected, never with the value.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError
from pydantic_settings import PydanticBaseSettingsSource as Source

from gateway import validation
from gateway.asynkron.settings import AsynkronSettings
from gateway.checks import across
from gateway.comparison.settings import ComparisonSettings
from gateway.consumers.model import Consumer
from gateway.cutover.settings import CutoverSettings
from gateway.doctor.settings import DoctorSettings
from gateway.errors import Fault
from gateway.ledger.settings import LedgerSettings
from gateway.lifecycle.registry import contradictions
from gateway.lifecycle.settings import Lifecycle
from gateway.orders.settings import OrderSettings
from gateway.parts import Name, Organisation, Server, UpstreamSettings
from gateway.shared.settings import SharedSettings, conflicts
from gateway.support.settings import SupportSettings
from gateway.versions import Adapter, discover

Tree = dict[str, Any]


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="LEFI_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        title="LEFI gateway settings",
    )

    server: Server = Field(default_factory=Server, description="Where the gateway listens.")
    upstreams: dict[Name, UpstreamSettings] = Field(
        default_factory=dict, description="Connections to versions of LEFI, by name; the name may be the version."
    )
    asynkron: AsynkronSettings | None = Field(
        default=None, description="The connection to LEFI Asynkron, for orders through it; reconstructed contract."
    )
    consumers: tuple[Consumer, ...] = Field(
        default=(), description="Who may ask. With none, the gateway asks for no key and listens on loopback only."
    )
    consumers_file: Path | None = Field(
        default=None,
        description="TOML file with more consumers, which `lefi consumers` keeps and a running gateway takes up.",
    )
    state: Path = Field(
        default=Path("lefi-state"),
        description="Folder for what the gateway itself keeps: the ledger, its keys, the last good routing.",
    )
    organisation: Organisation | None = Field(
        default=None, description="Whose gateway this is, as the agency wants to be told when something is reported."
    )
    lifecycle: Lifecycle = Field(default_factory=Lifecycle, description="When versions of LEFI come and go.")
    routing: Path | None = Field(
        default=None, description="TOML file with the rules of which version answers whom; the newest when left out."
    )
    shared: SharedSettings = Field(
        default_factory=SharedSettings, description="What several gateways share in the database of the ledger."
    )
    ledger: LedgerSettings = Field(default_factory=LedgerSettings, description="The disclosure ledger.")
    comparison: ComparisonSettings = Field(
        default_factory=ComparisonSettings, description="How pairs of answers are compared, and what is kept of them."
    )
    cutover: CutoverSettings = Field(
        default_factory=CutoverSettings, description="How consumers are moved from one version to another."
    )
    support: SupportSettings = Field(
        default_factory=SupportSettings, description="What is kept of a question that failed, for the agency's support."
    )
    orders: OrderSettings = Field(default_factory=OrderSettings, description="How orders are worked at and kept.")
    doctor: DoctorSettings = Field(default_factory=DoctorSettings, description="Bounds of the checks of lefi doctor.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the names are pydantic's: it passes them as keywords
        init_settings: Source,
        env_settings: Source,  # noqa: ARG003
        dotenv_settings: Source,  # noqa: ARG003
        file_secret_settings: Source,  # noqa: ARG003
    ) -> tuple[Source, ...]:
        """Nothing comes in by itself: `load` lays file, environment and command line over one another."""
        return (init_settings,)


class ConfigurationError(Exception):
    """A configuration that cannot be used; `faults` holds every problem that was found."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(f"{len(faults)} problem(s) in the configuration")
        self.faults = faults


def load(path: Path | None, over: Tree | None = None) -> Settings:
    """Reads the settings: the file if there is one, the environment over it, `over` (the command line) over both.

    Raises ConfigurationError with every problem.
    """
    settings, faults = look(path, over or {}, discover())
    if faults:
        raise ConfigurationError(faults)
    return settings


def look(path: Path | None, over: Tree, adapters: Mapping[str, Adapter]) -> tuple[Settings, tuple[Fault, ...]]:
    """The settings, and what is wrong with them that no single one of them can know: files, names, an open door.

    Raises ConfigurationError where a single one is wrong, with everything else that is.
    """
    given = _merged(_merged(_file(path), _environment()), over)
    faults = (*_unknown_variables(), *across(given, adapters))
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise ConfigurationError((*validation.faults(error), *faults)) from None
    return settings, (*faults, *contradictions(settings.lifecycle), *conflicts(settings))


def schema() -> Tree:
    """The JSON Schema of the settings, as it is published."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}


def _file(path: Path | None) -> Tree:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ConfigurationError((Fault(str(path), "a file that can be read"),)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        raise ConfigurationError((Fault(str(path), "TOML in UTF-8"),)) from None


def _environment() -> Tree:
    try:
        return EnvSettingsSource(Settings)()
    except SettingsError:
        raise ConfigurationError((Fault("environment", "JSON in a variable that holds a whole section"),)) from None


def _unknown_variables() -> list[Fault]:
    """A variable whose section does not exist would be passed over in silence: LEFI_SERVR__PORT."""
    return [
        Fault(name, f"a variable that begins with LEFI_ and one of {', '.join(Settings.model_fields)}")
        for name in sorted(os.environ)
        if name.upper().startswith("LEFI_")
        and "__" in name
        and name.upper().removeprefix("LEFI_").partition("__")[0].lower() not in Settings.model_fields
    ]


def _merged(under: Tree, over: Tree) -> Tree:
    """Two layers of settings as one; tables are merged, everything else is replaced."""
    merged = dict(under)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(name), dict)
        merged[name] = _merged(merged[name], value) if both else value
    return merged
