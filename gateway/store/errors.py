"""What a database does not say itself."""

from __future__ import annotations


class StoreError(Exception):
    """The database is not what it has to be; the text says what was expected."""
