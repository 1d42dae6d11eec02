"""LEFI Online version 7: SOAP, a reconstruction; the newest of the SOAP versions."""

from adapters.soap import SoapVersion, adapter
from adapters.v7.wire import AVEN, KLASSER, WIRE, question

ASSUMPTIONS = (
    "the namespace follows the agency's style, and no more of it is known",
    "the question names its information types as version 9 does, without the prefixes",
    "the answer holds Försäkringskassan's lists as version 9 does",
    "the declared fault holds felkod and felmeddelande",
)
"""What nobody outside the agency knows, and what was chosen for it."""

ADAPTER = adapter(SoapVersion(WIRE, "http://schema.forsakringskassan.se/exa/lefi/7", ASSUMPTIONS, AVEN))

__all__ = ["ADAPTER", "ASSUMPTIONS", "AVEN", "KLASSER", "WIRE", "question"]
