"""What a refusal has to look like on each face, and that it harmed nothing."""

from __future__ import annotations

from datetime import datetime

from tests.service.bad_bodies import SECRET
from tests.service.running import ASK_V9, PERSON, House, Reply

OWN = "/v1/fragor"
ASKS = {"own": OWN, "v9": ASK_V9}


def check_unharmed(house: House) -> None:
    """Nothing was sent upstream, and the process answers a good question on each face."""
    assert house.stub.received == 0, "bad input was sent upstream"
    for path in ASKS.values():
        assert house.ask(path=path).status == 200, "the process did not survive"


def check(face: str, reply: Reply, status: int, path: str, secret: str = SECRET) -> None:
    """The reply refuses in the words of the face, names the place, and repeats nothing."""
    assert reply.status == status, reply.text
    if face == "own":
        assert reply.headers["content-type"] == "application/problem+json"
        faults = reply.tree["errors"]
        assert path in [fault["path"] for fault in faults], faults
        assert all(fault["expected"] for fault in faults)
    else:
        check_fel(reply)
        assert f"[{path or '/'}: expected " in reply.tree["meddelande"]
    if secret:
        assert secret not in reply.text
    assert PERSON not in reply.text


def check_fel(reply: Reply) -> None:
    """The v9 contract's error: two fields, both texts, the second a time."""
    assert reply.headers["content-type"] == "application/json"
    assert set(reply.tree) == {"meddelande", "timestamp"}
    assert reply.tree["meddelande"]
    assert datetime.fromisoformat(reply.tree["timestamp"]).tzinfo is not None
