"""The settings of a gateway: a TOML file, the environment over it, the command line over both.

Environment variables begin with LEFI_ and separate levels by two underscores: LEFI_SERVER__PORT=8080. Every problem
of a configuration is reported at once, with the place and what was expected, never with the value.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Sequence
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict, SettingsError
from pydantic_settings import PydanticBaseSettingsSource as Source

from gateway.connection import Connection
from gateway.envelopes import Envelope, Signature, Ssbtek, Ssek, SsekHouse
from gateway.errors import Fault
from gateway.seal import Seal
from gateway.tls import make_context
from gateway.versions import discover
from schemas.koder import INFORMATIONSTYPSKODER

Tree = dict[str, Any]

_PART = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Aktor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,127}$")]
Informationstypskod = Annotated[
    str, StringConstraints(pattern=f"^({'|'.join(INFORMATIONSTYPSKODER)})$"), Field(examples=["FK:SJP"])
]


class Server(BaseModel):
    """Where the gateway listens."""

    model_config = _PART

    host: str = Field(
        default="127.0.0.1", description="Address to listen at; without consumers it must be a loopback address."
    )
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen at; 0 takes a free one.")
    body_seconds: float = Field(default=10, gt=0, description="Longest time for a caller to send its body.")
    max_concurrent: int = Field(default=200, gt=0, description="Questions in work at once; more are refused with 503.")
    ssek: SsekHouse = Field(
        default_factory=SsekHouse, description="How the gateway answers at its own address for SSEK 2.0."
    )


class UpstreamSettings(Connection):
    """One connection to a version of LEFI."""

    version: str = Field(default="", description="The version spoken there; the connection's name when left out.")
    aktors_id: Aktor = Field(
        default="lefi-gateway", description="The actor to ask as, when the consumer has none of its own."
    )
    envelope: Envelope = Field(
        default="plain",
        description="What the version's messages are sent in: nothing else (plain), SSEK 2.0 (v5-v7), SSBTEK v10 (v9).",
    )
    ssek: Ssek | None = Field(default=None, description="How to ask over SSEK; with the envelope ssek only.")
    ssbtek: Ssbtek | None = Field(default=None, description="How to ask over SSBTEK; with the envelope ssbtek only.")
    history_from: dict[Informationstypskod, date] = Field(
        default_factory=dict,
        description="Information types that the source holds from a certain day on: an earlier period is not covered.",
    )
    longer_periods: frozenset[Informationstypskod] = Field(
        default=frozenset(),
        description="Information types with an agreed exception from the limit of two years for a question's period.",
    )

    def terms(self) -> Ssek | Ssbtek | None:
        """The section of the envelope; None for the plain one."""
        return {"plain": None, "ssek": self.ssek, "ssbtek": self.ssbtek}[self.envelope]


class Consumer(BaseModel):
    """A system that asks the gateway."""

    model_config = _PART

    name: Name = Field(description="Name of the consumer, in logs and metrics.")
    key_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="SHA-256 of the consumer's API key, in hexadecimal; the key itself is not kept.", repr=False
    )
    aktors_id: Aktor | None = Field(default=None, description="The actor that the consumer asks as.")
    informationstyper: frozenset[Informationstypskod] | None = Field(
        default=None, description="What the consumer may ask for; everything when left out."
    )
    absence: Literal["fault", "header", "plain"] = Field(
        default="fault",
        description="What a caller of an old SOAP version gets when a source failed, since its version cannot say so: "
        "a fault, the answer with the coverage in a SOAP header block, or the plain answer.",
    )


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
    consumers: tuple[Consumer, ...] = Field(
        default=(), description="Who may ask. With none, the gateway asks for no key and listens on loopback only."
    )

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
    given = _merged(_merged(_file(path), _environment()), over or {})
    faults = [*_unknown_variables(), *_across(given)]
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise ConfigurationError((*_faults(error), *faults)) from None
    if faults:
        raise ConfigurationError(tuple(faults))
    return settings


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


_WORDS = {"Extra inputs are not permitted": "no such setting", "Field required": "a value, since it is required"}
_PREAMBLE = re.compile(r"^(Value error, expected|Value error,|Input should be|String should match pattern) ")


def _faults(error: ValidationError) -> list[Fault]:
    # A validator's own text is kept: ours name what was expected; pydantic's may not repeat the input (hidden above).
    return [
        Fault(
            ".".join(str(step) for step in problem["loc"]),
            _PREAMBLE.sub("", _WORDS.get(problem["msg"], problem["msg"])).partition(", unable to")[0],
        )
        for problem in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _across(given: Tree) -> list[Fault]:
    """What no field can know alone: files that are not there, names twice, an open door without a key.

    Looks at the settings as they were given, so that it can be said together with what is wrong in single fields.
    """
    found: list[Fault] = []
    consumers = given.get("consumers", ())
    consumers = [_table(one) for one in consumers] if isinstance(consumers, list | tuple) else [{}]
    for field, thing in (("name", "name"), ("key_sha256", "key")):
        values = [one.get(field) for one in consumers]
        found += [
            Fault(f"consumers.{index}.{field}", f"a {thing} that no other consumer has")
            for index, value in enumerate(values)
            if value is not None and values.index(value) != index
        ]
    if not consumers and not is_loopback(_table(given.get("server")).get("host", "127.0.0.1")):
        found.append(Fault("server.host", "a loopback address, since no consumer is configured"))
    adapters = discover()
    spoken = [adapter.version for adapter in adapters.values() if adapter.upstream]
    for name, one in _table(given.get("upstreams")).items():
        upstream = _table(one)
        version = upstream.get("version") or name
        if version not in spoken:
            found.append(Fault(f"upstreams.{name}.version", f"a version that is spoken here: {', '.join(spoken)}"))
        else:
            found += _envelope(f"upstreams.{name}", upstream, ("plain", *adapters[version].upstreams))
        found += _certificates(f"upstreams.{name}", upstream, _context)
        found += _certificates(f"upstreams.{name}.ssek.signature", _signature(upstream), _seal)
    return found + _certificates("server.ssek.signature", _signature(_table(given.get("server"))), _seal)


def _envelope(place: str, upstream: Tree, possible: Sequence[str]) -> list[Fault]:
    """An envelope that the version does not come in, one without its section, a section of another envelope."""
    chosen, known = upstream.get("envelope", "plain"), get_args(Envelope)
    if chosen not in known:
        return []  # the field itself says so
    found = []
    if chosen not in possible:
        found.append(Fault(f"{place}.envelope", f"an envelope that the version comes in: {', '.join(possible)}"))
    for section in known:
        there = upstream.get(section) is not None
        if section == chosen != "plain" and not there:
            found.append(Fault(f"{place}.{section}", f"the section, since the envelope is {section}"))
        if section not in (chosen, "plain") and there:
            found.append(Fault(f"{place}.{section}", f"no such section, since the envelope is {chosen}"))
    return found


def _table(value: Any) -> Tree:
    return value if isinstance(value, dict) else {}


def is_loopback(host: Any) -> bool:
    """Whether an address can be reached from this machine only; what is no text is left to its own error."""
    if not isinstance(host, str) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _signature(section: Tree) -> Tree:
    return _table(_table(section.get("ssek")).get("signature"))


def _context(upstream: Tree) -> None:
    make_context(UpstreamSettings.model_validate(upstream))


def _seal(signature: Tree) -> None:
    Seal(Signature.model_validate(signature))


def _certificates(place: str, section: Tree, make: Callable[[Tree], None]) -> list[Fault]:
    """Files of certificates and keys that are not there or of no use; what is wrong otherwise has its own error."""
    missing = [
        Fault(f"{place}.{name}", "a file that can be read")
        for name, file in _files(section)
        if isinstance(file, str | Path) and not Path(file).is_file()
    ]
    if missing:
        return missing
    try:
        make(section)
    except ValidationError:
        return []
    except ValueError as error:  # its text names the setting and what was expected, see gateway.keys
        setting, _, expected = str(error).partition(": expected ")
        return [Fault(f"{place}.{setting}", expected)]
    return []


def _files(section: Tree) -> list[tuple[str, Any]]:
    return [
        *((name, section.get(name)) for name in ("ca", "trusted")),
        *(
            (f"{own}.{name}", _table(section.get(own)).get(name))
            for own in ("client_certificate", "certificate")
            for name in ("certificate", "key", "pkcs12")
        ),
    ]
