"""An upstream that misbehaves, as a process of its own: `python -m tests.faults.misbehaving KIND` prints its address.

What it costs it to misbehave is then not taken from whoever is watched meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

from tests.conftest import ROOT
from tests.faults.upstream import Script, repeats, resets, says, stalls, upstream

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_ENDLESS = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def _whole(body: bytes) -> bytes:
    return _HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


KINDS: dict[str, Script] = {
    "hangs": stalls(),
    "hangs in the middle": stalls(_HEAD + b"Content-Length: 100\r\n\r\n{"),
    "resets": resets(),
    "resets in the middle": resets(_ENDLESS, b'5\r\n{"x":\r\n'),
    "floods": repeats(b"10000\r\n" + b" " * 0x10000 + b"\r\n", before=_ENDLESS),
    "drips": repeats(b"1\r\n \r\n", before=_ENDLESS, pause=0.01),
    "crashes": says(),
    "garbage": says(_whole(b"<html>")),
    "three megabytes": says(_whole(b'{"utlamnare": [' + b",".join([b'{"x": 1}'] * 300_000) + b"]}")),
    "two megabytes": says(_whole(b'{"utlamnare": [' + b",".join([b'{"x": 1}'] * 200_000) + b"]}")),
    "deep": says(_whole(b'{"formansinformation":' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
}


async def _serve(kind: str) -> None:
    async with upstream(KINDS[kind]) as here:
        sys.stdout.write(f"{here.url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


@contextlib.contextmanager
def misbehaving(kind: str) -> Iterator[str]:
    """The address of such an upstream, while it lasts."""
    command = [sys.executable, "-m", "tests.faults.misbehaving", kind]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(sys.argv[1]))
