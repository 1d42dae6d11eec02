"""LEFI Asynkron version 10, RECONSTRUCTED: orders of many questions of version 9, delivered later and in packages."""

from adapters.asynkron10.adapter import ORDERS

__all__ = ["ORDERS"]
