"""What no setting can know alone: files that are not there, names twice, an open door without a key.

Looks at the settings as they were given, so that it can be said together with what is wrong in single fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from gateway.consumers import file as consumers_file
from gateway.consumers.unique import twice
from gateway.envelopes import Envelope, Signature
from gateway.errors import Fault
from gateway.parts import UpstreamSettings
from gateway.seal import Seal
from gateway.tls import make_context
from gateway.versions import Adapter

Tree = dict[str, Any]


def across(given: Tree, adapters: Mapping[str, Adapter]) -> list[Fault]:
    """Everything that is wrong with settings as a whole."""
    found: list[Fault] = []
    consumers = given.get("consumers", ())
    consumers = [_table(one) for one in consumers] if isinstance(consumers, list | tuple) else [{}]
    found += twice([(f"consumers.{index}", one) for index, one in enumerate(consumers)])
    found += _proofs(consumers, _table(given.get("server")))
    file = given.get("consumers_file")
    if isinstance(file, str | Path):
        found += _consumers_file(Path(file), consumers)
    elif not consumers and not is_loopback(_table(given.get("server")).get("host", "127.0.0.1")):
        found.append(Fault("server.host", "a loopback address, since no consumer is configured"))
    spoken = [adapter.version for adapter in adapters.values() if adapter.upstream]
    if "asynkron" in _table(given.get("upstreams")) and given.get("asynkron") is not None:
        found.append(Fault("upstreams.asynkron", "another name, since orders through Asynkron have it"))
    sender = _table(_table(given.get("asynkron")).get("sender"))
    if sender.get("certificate") is not None and _table(given.get("server")).get("proxy") is None:
        found.append(Fault("asynkron.sender.certificate", "the section server.proxy, without which it proves nothing"))
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


def _proofs(consumers: Sequence[Tree], server: Tree) -> list[Fault]:
    """Consumers that nothing could ever prove, and keys of an issuer that are not there."""
    found = [
        Fault(f"consumers.{index}.{field}", f"the section server.{section}, without which it proves nothing")
        for index, one in enumerate(consumers)
        for field, section in (("oauth_client", "oauth"), ("certificate", "proxy"))
        if one.get(field) is not None and server.get(section) is None
    ]
    oauth = _table(server.get("oauth"))
    file = oauth.get("jwks_file")
    if isinstance(file, str | Path) and not Path(file).is_file():
        found.append(Fault("server.oauth.jwks_file", "a file that can be read"))
    ca = _table(oauth.get("jwks")).get("ca")
    if isinstance(ca, str | Path) and not Path(ca).is_file():
        found.append(Fault("server.oauth.jwks.ca", "a file that can be read"))
    return found


def _consumers_file(path: Path, inline: Sequence[Tree]) -> list[Fault]:
    """What is wrong with the file of consumers; one that is not there yet has none."""
    if not path.parent.is_dir():
        return [Fault("consumers_file", "a file in a folder that exists")]
    try:
        consumers_file.consumers(path, consumers_file.content(path), inline)
    except consumers_file.FileRefused as refused:
        return list(refused.faults)
    return []


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
