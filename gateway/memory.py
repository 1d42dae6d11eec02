"""How Python's collector of cycles runs in a process that serves: seldom, and never over what stays for ever."""

from __future__ import annotations

import gc
import sys

_YOUNG, _MIDDLE, _OLD = 50_000, 20, 20
_SWITCH_SECONDS = 0.0005
"""A question passes from one thread to another some twenty times: what is worked on beside it must not keep it long."""


def settle() -> None:
    """Takes what is there for what stays, and lets the collector wait for more than one message's worth of objects.

    A message is a tree: its parts go when it goes, without the collector, which by default would look through them
    some twenty times while they are made.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    sys.setswitchinterval(_SWITCH_SECONDS)
