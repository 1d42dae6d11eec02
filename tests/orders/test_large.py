"""A large order in constant memory: accepted, run against the twin and exported by the real commands.

Six hundred persons here; `make test-orders` has a hundred thousand.
"""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from gateway.demo import started
from tests.cli.running import BIN, clean_environment
from tests.orders.houses import NDJSON, ORDERS, body, ended, strangers
from tests.service.running import fresh_folder

PERSONS = int(os.environ.get("LEFI_ORDER_LARGE", "600"))
MEGABYTES = 300


def pieces(whole: bytes, size: int = 65_536) -> Iterator[bytes]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def test_a_large_order_needs_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    with started("twin", "--port", "0") as agency:
        config = tmp_path / "large.toml"
        config.write_text(
            f'state = "{fresh_folder()}"\n[upstreams.v9]\nurl = "{agency}/rest"\n'
            "orders_per_minute = 60000\norders_concurrent = 64\n",
            encoding="utf-8",
        )
        with started("serve", "--port", "0", "--config", str(config)) as url:
            began = time.monotonic()
            where = urlsplit(url)
            connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=600)
            persons = strangers(PERSONS)
            connection.request("POST", ORDERS, body=pieces(body(persons)), headers=NDJSON, encode_chunked=True)
            response = connection.getresponse()
            text = response.read()
            assert response.status == 202, text
            taken = time.monotonic()
            address = response.headers["location"]
            connection.close()
            state = ended(url, address, max(60, PERSONS / 50))
            done = time.monotonic()
            assert state["fragor"]["besvarade"] == PERSONS
            output = tmp_path / "results.ndjson"
            command = [BIN / "lefi", "order", "results", address.rpartition("/")[2], "--url", url, "--output", output]
            fetched = subprocess.run(command, env=clean_environment(), capture_output=True, timeout=1200, check=False)
            assert (fetched.returncode, fetched.stderr) == (0, b"")
            exported = time.monotonic()
            with output.open("rb") as lines:
                found = [re.search(rb'"personnummer":"([0-9]{12})"', line) for line in lines]
            assert [one and one[1].decode() for one in found] == persons
            peak = most_memory(int(where.port or 0))
            sys.stdout.write(
                f"\n{PERSONS} persons: taken in {taken - began:.1f} s, asked in {done - taken:.1f} s "
                f"({PERSONS / (done - taken):.0f}/s), exported in {exported - done:.1f} s, {peak} MB at most\n"
            )
            assert peak < MEGABYTES


def most_memory(port: int) -> int:
    """The most memory, in MB, that the process has had that listens at a port."""
    wanted = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    (socket,) = {line.split()[9] for line in lines if line.split()[1].endswith(wanted) and line.split()[3] == "0A"}
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            links = [str(each.readlink()) for each in folder.iterdir()]
        except OSError:
            continue
        if f"socket:[{socket}]" in links:
            text = (folder.parent / "status").read_text("utf-8")
            return int(re.search(r"VmHWM:\s+(\d+) kB", text)[1]) // 1024  # type: ignore[index]
    raise AssertionError("expected a process that listens there")
