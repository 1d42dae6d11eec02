"""LEFI Online version 9: REST/JSON, the agency's published OpenAPI 9.0.0; the newest version."""

from adapters.v9.adapter import ADAPTER

__all__ = ["ADAPTER"]
