"""LEFI Online version 6: SOAP, a reconstruction; how it differs from version 7."""

from adapters import v7
from adapters.soap import SoapVersion, adapter
from adapters.v7 import AVEN, KLASSER, question

ASSUMPTIONS = (*v7.ASSUMPTIONS, "no difference between versions 6 and 7 is known, so there is none but the namespace")
"""What nobody outside the agency knows, and what was chosen for it."""

WIRE = v7.WIRE.changed("v6")

ADAPTER = adapter(SoapVersion(WIRE, "http://schema.forsakringskassan.se/exa/lefi/6", ASSUMPTIONS, AVEN))

__all__ = ["ADAPTER", "ASSUMPTIONS", "AVEN", "KLASSER", "WIRE", "question"]
