"""LEFI Online version 5: SOAP, a reconstruction; how it differs from version 6."""

from adapters import v6
from adapters.soap import SoapVersion, adapter
from adapters.v6 import AVEN
from gateway.contract import Withheld
from schemas.koder import Klass

ASSUMPTIONS = (
    *v6.ASSUMPTIONS,
    "programjobdagar and preliminary payments came with version 6.0, as its release notes let one conclude",
)
"""What nobody outside the agency knows, and what was chosen for it."""

_NEW_IN_6 = "came with version 6"
_KLASSER: dict[Klass, tuple[str, tuple[str, ...]]] = {
    klass: (nyckel, tuple(kod for kod in koder if kod != "FK:PJOB"))
    for klass, (nyckel, koder) in v6.KLASSER.items()
    if klass != "preliminara_utbetalningar"
}

_SVAR = (
    Withheld("ovrigt.programjobdagar", _NEW_IN_6),
    Withheld("utbetalningar", _NEW_IN_6, {"status": "preliminar"}),
)

WIRE = v6.WIRE.changed("v5", {"svar": _SVAR}, {"fraga": v6.question(_KLASSER)})

ADAPTER = adapter(SoapVersion(WIRE, "http://schema.forsakringskassan.se/exa/lefi/5", ASSUMPTIONS, AVEN))

__all__ = ["ADAPTER", "ASSUMPTIONS", "WIRE"]
