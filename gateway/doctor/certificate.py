"""The checks of our client certificate: its files, its time, its authority, and what the server makes of it."""

from __future__ import annotations

from gateway.doctor import agency
from gateway.doctor.connection import named, seen, valid
from gateway.doctor.facts import OwnCertificate, UpstreamFacts
from gateway.doctor.report import Check, Said, failed, ok, skipped, warning
from gateway.errors import ClientCertificateRefused

_NONE = "no client certificate is set"


def _own(facts: UpstreamFacts) -> OwnCertificate:
    if facts.own is None:
        raise AssertionError
    return facts.own


def there(facts: UpstreamFacts) -> Said:
    """Whether there is one that can be read, where the server asks for one."""
    own, probe = facts.own, facts.probe
    if own is not None:
        if own.trouble:
            return failed(
                own.trouble, "name files that are there, can be read by this user and have the password given"
            )
        return ok(f"{named(own.chain[0].subject)}, with {len(own.chain) - 1} certificates beside it")
    if probe is None or not probe.asked:
        return skipped(f"{_NONE}, and none was asked for")
    remedy = (
        "set client_certificate: the agency takes certificates of Expisoft (formerly Steria) and of SITHS, of the same "
        "authority in test and in production"
    )
    if "refused" in probe.trouble or _refusals(facts):
        return failed(f"the server asks for a client certificate, and {_NONE}", remedy)
    return warning(f"the server asks for a client certificate and goes on without; {_NONE}", remedy)


def key(facts: UpstreamFacts) -> Said:
    """Whether the key is the certificate's."""
    if facts.own is None:
        return skipped(_NONE)
    if not _own(facts).belongs:
        return failed(
            "the private key is not the certificate's",
            "take the key that the certificate was ordered with; both stand together in the PKCS#12 file as delivered",
        )
    return ok("the private key belongs to the certificate")


def validity(facts: UpstreamFacts) -> Said:
    """Whether it is valid today, and for some time."""
    if facts.own is None:
        return skipped(_NONE)
    said = valid(_own(facts).chain[0], facts.now, facts.bounds.certificate_days)
    if said.verdict == "ok":
        return said
    if facts.now < _own(facts).chain[0].not_valid_before_utc:
        return failed(said.found, "check this machine's clock; else wait, or use the certificate before this one")
    remedy = "order a new one of the same authority, put its files in place and start the gateway again"
    return failed(said.found, remedy) if said.verdict == "failed" else warning(said.found, remedy)


def issuer(facts: UpstreamFacts) -> Said:
    """Whether it is of an authority that the agency takes."""
    if facts.own is None:
        return skipped(_NONE)
    found = named(_own(facts).chain[0].issuer)
    if authority := agency.authority(found):
        return ok(f"issued by {authority} ({found})")
    said = f"issued by {found}, which is neither Expisoft (formerly Steria) nor SITHS"
    if agency.host(seen(facts).host if facts.probe else ""):
        return failed(said, "order a client certificate of Expisoft or SITHS: the agency takes no other")
    return warning(said, "right for a test server with an authority of its own; the agency's hosts take no other")


def accepted(facts: UpstreamFacts) -> Said:
    """Whether the server lets us in, with our certificate where it asks for one."""
    probe = seen(facts)
    if not probe.secure:
        return skipped("plain http: there is no TLS")
    if "refused" in probe.trouble or _refusals(facts):
        return failed(
            "the server asks for a client certificate and refuses ours",
            "ask the agency whether this certificate (its subject and its authority) is registered for the agreement "
            "and the environment; where its authority is not a root, the chain must stand behind it in its file",
        )
    if not probe.asked:
        return skipped("the server asks for no client certificate")
    return ok(f"the server took it{f' under {probe.tls}' if probe.tls else ''}")


def _refusals(facts: UpstreamFacts) -> bool:
    return any(isinstance(answer.failure, ClientCertificateRefused) for answer in facts.answers)


CHECKS = (
    Check("client-certificate", there, ("settings",)),
    Check("client-key", key, ("client-certificate",)),
    Check("client-validity", validity, ("client-certificate",)),
    Check("client-issuer", issuer, ("client-certificate",)),
    Check(
        "client-accepted",
        accepted,
        ("tls", "server-chain", "server-name", "server-validity", "client-key", "client-validity", "client-issuer"),
    ),
)


def same_authority(upstreams: list[UpstreamFacts]) -> Said:
    """Whether the client certificates for test and production are of one authority, as the agency wants it."""
    issuers: dict[str, set[str]] = {}
    for facts in upstreams:
        published = agency.host(facts.probe.host) if facts.probe else None
        if published and facts.own and facts.own.chain:
            issuers.setdefault(published.environment, set()).add(named(facts.own.chain[0].issuer))
    if len(issuers) < len(agency.HOSTS):
        return skipped("test and production of the agency are not both looked at")
    names = sorted(set().union(*issuers.values()))
    if len(names) == 1:
        return ok(f"test and production: {names[0]}")
    said = f"test and production are of different issuers: {'; '.join(names)}"
    remedy = "use certificates of the same authority in test and production"
    families = {agency.authority(each) for each in names}
    return failed(said, remedy) if len(families) > 1 or None in families else warning(said, remedy)
