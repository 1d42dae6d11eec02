"""What a dead worker had in hand is let go of, also where it died before it had said that it lived."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.orders.houses import KNOWN, gateway


@pytest.mark.parametrize("known", [True, False], ids=["that had said that it lived", "that never had"])
def test_what_a_dead_worker_had_in_hand_is_let_go_of(tmp_path: Path, known: bool) -> None:
    with gateway(state=str(tmp_path), orders={"dead_seconds": 2}) as house:
        address = house.place(KNOWN[:6])
        house.do(address, "paus")
        database = sqlite3.connect(tmp_path / "ledger.db", timeout=10)
        with contextlib.closing(database), database as hands:  # as a worker leaves it that is killed
            order = (address.rpartition("/")[2],)
            hands.execute("UPDATE order_items SET state = 'waiting', worker = 'dead' WHERE order_id = ?", order)
            hands.execute(
                "UPDATE order_items SET state = 'claimed', intent = 'lost', answer = NULL "
                "WHERE order_id = ? AND place <= 2",
                order,
            )
            if known:
                hands.execute("INSERT INTO order_workers VALUES ('dead', 0)")
        sent = house.twin.total
        house.do(address, "fortsatt")
        asked = house.ended(address)["fragor"]
        assert (asked["besvarade"], asked["okantUtfall"]) == (4, 2)
        assert house.twin.total == sent + 4
