"""Routing and rules that several gateways share: published in the database as revisions, and followed by each."""
