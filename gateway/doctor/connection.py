"""The checks of the way to an upstream: name, address, connection, TLS, and the server's certificate."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from gateway.checks import is_loopback
from gateway.doctor import agency
from gateway.doctor.facts import UpstreamFacts
from gateway.doctor.report import Check, Said, failed, ok, skipped, warning
from gateway.probe import Probe

_PLAIN = "plain http: there is no TLS"
_TLS = {
    "old_tls": "it speaks no TLS version from 1.2 on",
    "no_tls": "what answers there does not speak TLS, or has no cipher in common with us",
    "silent": "it connects, and then says nothing to a TLS handshake",
    "closed": "it connects, and closes in the middle of the TLS handshake",
}
_OLD_REMEDY = "the server (or a proxy before it) must offer TLS 1.2 or 1.3; the gateway uses nothing older"
_NO_TLS_REMEDY = "check host and port of url: something else listens there, or a firewall or proxy breaks TLS open"


def seen(facts: UpstreamFacts) -> Probe:
    """What the connection showed; a check that needs an earlier one of this module never meets its absence."""
    if facts.probe is None:
        raise AssertionError
    return facts.probe


def settings(facts: UpstreamFacts) -> Said:
    """Whether the settings of this upstream can be used at all."""
    if not facts.faults:
        return ok(f"version {facts.settings.version or facts.name}, envelope {facts.settings.envelope}")
    wrong = "; ".join(f"{fault.path}: expected {fault.expected}" for fault in facts.faults)
    return failed(wrong, "mend the settings that are named; `lefi config check` reads them again")


def name(facts: UpstreamFacts) -> Said:
    """Whether the host has an address, and the published one where it is the agency's."""
    probe = seen(facts)
    if not probe.addresses:
        return failed(
            f"the name {probe.host} has no address",
            "check the host in url, and this machine's name server (`getent hosts NAME`)",
        )
    there, published = ", ".join(probe.addresses), agency.host(probe.host)
    if published is None:
        return ok(f"{probe.host} is {there}")
    if published.address in probe.addresses:
        return ok(f"{probe.host} is {there}, as the agency publishes it ({published.environment})")
    return warning(
        f"{probe.host} is {there}; the agency publishes {published.address}",
        "ask the agency whether its address has changed; look in /etc/hosts and at the name server for an old entry",
    )


def tcp(facts: UpstreamFacts) -> Said:
    """Whether the port can be connected to."""
    probe = seen(facts)
    if "unconnected" in probe.trouble:
        return failed(
            f"no connection to {probe.host} port {probe.port}",
            "let the firewall pass outgoing connections to that address and port, and check the port in url",
        )
    return ok(f"{probe.host} port {probe.port} accepts connections")


def tls(facts: UpstreamFacts) -> Said:
    """Whether TLS 1.2 or 1.3 is spoken."""
    probe = seen(facts)
    if not probe.secure:
        if is_loopback(probe.host):
            return skipped(f"{_PLAIN}, to this machine itself")
        return failed(f"{_PLAIN}, and questions would go in the clear", "write https:// in url")
    for trouble, found in _TLS.items():
        if trouble in probe.trouble:
            return failed(found, _OLD_REMEDY if trouble == "old_tls" else _NO_TLS_REMEDY)
    return ok(probe.tls or "TLS is spoken, in a version from 1.2 on")


def chain(facts: UpstreamFacts) -> Said:
    """Whether the server's certificate is of an authority that is trusted."""
    probe = seen(facts)
    if not probe.secure:
        return skipped(_PLAIN)
    issuer = f", issued by {named(probe.chain[0].issuer)}" if probe.chain else ""
    if "untrusted" in probe.trouble:
        return failed(
            f"the server's certificate is of no trusted authority{issuer}",
            "give the authority's certificate as `ca` (or take a wrong `ca` away, so that the system's are trusted); "
            "if the issuer is your own firewall, let it pass this address without opening TLS",
        )
    return ok(f"trusted{issuer}")


def server_name(facts: UpstreamFacts) -> Said:
    """Whether the server's certificate is for this host."""
    probe = seen(facts)
    if not probe.secure:
        return skipped(_PLAIN)
    if "wrong_name" in probe.trouble:
        return failed(
            f"the server's certificate is for {_names(probe.chain)}, not for {probe.host}",
            "write the host in url that the certificate is for; if it is right, something else answers at its address",
        )
    return ok(f"the certificate is for {probe.host}")


def server_validity(facts: UpstreamFacts) -> Said:
    """Whether the server's certificate is valid today, and for some time."""
    probe = seen(facts)
    if not probe.secure:
        return skipped(_PLAIN)
    if not probe.chain:
        return skipped("the server showed no certificate that can be read")
    said = valid(probe.chain[0], facts.now, facts.bounds.certificate_days)
    if said.verdict == "failed":
        return failed(
            said.found, "check this machine's clock first; if it is right, the agency must renew it: tell them"
        )
    if "wrong_time" in probe.trouble:
        return failed(
            "a certificate between the server's and the trusted authority is not valid today",
            "check this machine's clock first; then ask the agency for the chain, and renew `ca` where it is set",
        )
    if said.verdict == "warning":
        return warning(
            said.found, "the agency renews it; where `ca` holds this very certificate, get the new one in time"
        )
    return said


def valid(certificate: x509.Certificate, now: datetime, days: int) -> Said:
    """A certificate's time as a judgement without a remedy."""
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < start:
        return failed(f"not valid before {start.date()}", "")
    if now > end:
        return failed(f"expired on {end.date()}", "")
    left = (end - now).days
    said = f"valid until {end.date()}, {left} days from now"
    return warning(said, "") if left < days else ok(said)


def named(name: x509.Name) -> str:
    """A name of a certificate in one line, shortened: it is whatever the other side wrote into it."""
    text = "".join(sign if sign.isprintable() else "?" for sign in name.rfc4514_string())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


_LONGEST = 120


def _names(certificates: tuple[x509.Certificate, ...]) -> str:
    try:
        found = certificates[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError, IndexError):
        return "no name in its subjectAltName"
    texts = [
        *found.get_values_for_type(x509.DNSName),
        *map(str, found.get_values_for_type(x509.IPAddress)),
    ]
    text = ", ".join("".join(sign if sign.isprintable() else "?" for sign in each) for each in texts)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


CHECKS = (
    Check("settings", settings),
    Check("name", name, ("settings",)),
    Check("connection", tcp, ("name",)),
    Check("tls", tls, ("connection",)),
    Check("server-chain", chain, ("tls",)),
    Check("server-name", server_name, ("server-chain",)),
    Check("server-validity", server_validity, ("tls",)),
)
