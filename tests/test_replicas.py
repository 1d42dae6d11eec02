"""Two gateways on one PostgreSQL database behind a load balancer, all of them real processes: what they share."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url

from gateway import clock
from gateway.ledger.book import Ledger
from gateway.ledger.entries import Intent, Outcome
from gateway.settings import load
from tests.ledger.places import postgresql
from tests.orders.crash import nursery
from tests.orders.houses import KNOWN, twin
from tests.service.forwarding import forwarder
from tests.service.kept import accepting
from tests.service.replicas import House, Replica, answered_by, asked, rules_to, through, until
from tests.service.running import question, request

SECOND = 1.0
SAFETY_NET = 8.0
"""How long it may take where nobody is told: they look every five seconds, and listen anew after five."""
TYPES = ("--type", "FK:SJP", "--type", "utbetalningar/FK:SJP")
MOVE = ("--consumer", "anybody", *TYPES, "--from", "v7", "--to", "v9")
EXTRA = '[upstreams.extra]\nversion = "v9"\nurl = "{agency}/rest"\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Two replicas that run; only the other one has the connection `extra`."""
    folder = tmp_path_factory.mktemp("replicas")
    with postgresql(folder / "place") as place, twin() as agency, nursery(folder / "log") as forks:
        url = str(place.settings.url)
        server = make_url(url)
        with forwarder((server.host or "127.0.0.1", server.port or 5432)) as wire, forwarder() as balancer:
            one = Replica("one", folder, forks, through(url, wire.port), agency.url)
            other = Replica("other", folder, forks, url, agency.url, EXTRA.format(agency=agency.url))
            made = House(folder, one, other, wire, balancer, url)
            refused = made.lefi("routes", "history")
            assert (refused.status, "expected the tables" in refused.err) == (2, True)
            made.publish(rules_to("v9"))
            made.publish("", what="rules")
            for each in made.both:
                each.start()
            balancer.targets += [each.place for each in made.both]
            yield made
            for each in made.both:
                if each.pid:
                    each.kill()


def at(house: House, number: int, what: str = "routing", seconds: float = SECOND) -> float:
    """Waits until both are at a revision; how long that took."""
    return until(lambda: all(each.at().get(what) == number for each in house.both), f"{what} {number}", seconds)


@pytest.fixture
def well(house: House) -> House:
    """Both run and are at the same revision, whatever a test before has left."""
    house.wire.mend()
    number = house.publish(rules_to("v9"))
    for each in house.both:
        if not each.pid:
            each.start()
    at(house, number, seconds=SAFETY_NET)
    return house


def test_a_publication_moves_every_replica_within_a_second_and_no_question_fails(well: House) -> None:
    with well.load() as load:
        took, number = [], 0
        for name in ("v7", "v9", "v7"):
            number = well.publish(rules_to(name), "--note", f"to {name}")
            took.append(at(well, number))
            moved = time.monotonic()
            until(lambda moved=moved: len(load.after(moved)) > 10, "questions go on", 20)  # type: ignore[misc]
            assert set(load.after(moved)) == {name}
    assert (load.failed, {by for *_, by in load.came}) == (0, {"v7", "v9"})
    for each in well.both:
        assert each.kept() == f"# revision {number}"
        assert (each.of_routing("lefi_revision"), each.of_routing("lefi_revision_published")) == (number, number)
    sys.stdout.write(f"\n{len(load.came)} questions, none failed; taken up after {[f'{s:.3f} s' for s in took]}\n")


def test_a_file_that_cannot_be_used_is_not_published(well: House) -> None:
    before = well.newest()
    for text in (rules_to("v8"), "", "[["):
        (well.folder / "bad.toml").write_text(text)
        checked = well.lefi("routes", "check", well.folder / "bad.toml")
        done = well.lefi("routes", "publish", well.folder / "bad.toml")
        assert (done.status, done.out, done.err) == (2, "", checked.err)
    assert well.lefi("routes", "publish").status == 2
    assert well.lefi("routes", "publish", well.folder / "no.toml").status == 2
    assert well.lefi("routes", "publish", "--revision", "999").status == 2
    assert well.lefi("routes", "publish", well.folder / "bad.toml", "--note", "19850412-9803").status == 2
    assert well.newest() == before


def test_history_says_who_and_why_and_an_earlier_revision_comes_back_as_a_new_one(well: House) -> None:
    text = "# as agreed\n" + rules_to("v7", 'types = "FK:SJP"   # only this')
    number = well.publish(text, "--by", "Åsa", "--note", "meeting of May")
    later = well.publish(rules_to("v9"))
    assert well.lefi("routes", "show", "--revision", str(number)).out == text
    back = well.lefi("routes", "publish", "--revision", str(number))
    assert back.out.splitlines()[0] == f"published as revision {later + 1}"
    assert well.lefi("routes", "show").out == text
    lines = {int(line.split()[0]): line for line in well.lefi("routes", "history").out.splitlines()}
    assert lines[number].endswith(" UTC  Åsa  meeting of May")
    assert lines[later + 1].endswith(f"as revision {number}")
    at(well, later + 1)
    assert "everybody     every consumer, FK:SJP: prefers v7" in well.lefi("routes", "check").out
    explained = well.lefi("routes", "explain", "--consumer", "anybody", "--type", "FK:SJP")
    assert "at v7" in explained.out


def test_of_two_who_publish_on_the_same_base_one_wins_and_the_other_is_told(well: House) -> None:
    base = well.newest()
    well.publish(rules_to("v9"), "--base", str(base))
    files = []
    for name in ("v7", "v9"):
        files.append(well.folder / f"{name}.toml")
        files[-1].write_text(rules_to(name))
    options = ("--base", str(base + 1), "--config", str(well.other.config))
    commands = [["routes", "publish", str(file), *options] for file in files]
    running = [well.other.nursery.start(command, well.other.environment, "")[0] for command in commands]
    assert sorted(map(well.other.nursery.ended, running)) == [0, 1]
    told = f"not published: revision {base + 2} is current, and not {base + 1}"
    assert well.other.log.read_text().splitlines().count(told) == 1
    assert well.newest() == base + 2


def test_what_one_replica_cannot_use_it_refuses_and_the_other_takes_up(well: House) -> None:
    before = well.newest()
    number = well.publish(rules_to("extra"), of=well.other)
    until(lambda: well.other.at()["routing"] == number, "the other takes it up", SECOND)
    until(lambda: well.one.of_routing("lefi_revisions_refused_total") > 0, "the one refuses it", SECOND)
    assert well.one.at()["routing"] == before
    assert well.one.of_routing("lefi_revision_published") == number
    assert (answered_by(well.one.ask()), answered_by(well.other.ask())) == ("v9", "extra")
    expected = f"routing revision {number}: rules.0.prefer: expected a configured connection: v7, v9"
    (line,) = [each for each in well.logged("routing_refused") if f'"revision": {number}' in each]
    assert expected in line
    assert well.lefi("routes", "check", of=well.one).status == 2

    # Started now, it goes by what it had; and there is nothing that it could go by without that.
    well.one.kill()
    well.one.start()
    assert well.one.at()["routing"] == before
    assert any(f'"revision": {before}' in line for line in well.logged("routing_last_good_used"))
    well.one.kill()
    (well.one.state / "routing.shared.toml").unlink()
    missing = f"configuration: {well.one.state}/routing.shared.toml: expected the last good revision, which would do"
    for command in (("serve", "--port", "0"), ("worker",)):
        assert well.one.refuses_to_start(*command) == (2, [f"configuration: {expected}", f"{missing} instead"])
    well.publish(rules_to("v7"))
    well.one.start()
    assert answered_by(well.one.ask()) == "v7"


def test_a_replica_that_is_killed_under_load_costs_only_what_it_had_in_work(well: House) -> None:
    with well.load(workers=2) as load:
        until(lambda: len(load.came) > 10, "questions are answered", 20)
        kill = time.monotonic()
        well.other.kill()
        killed = time.monotonic()
        number = well.publish(rules_to("v7"))
        until(lambda: well.one.at()["routing"] == number, "the one takes it up alone", SECOND)
        until(lambda: len(load.after(killed)) > 20, "questions are answered by the one", 20)
    failed = [(began, ended) for began, ended, by in load.came if not by]
    assert all(ended > kill and began < killed for began, ended in failed), "those that it had taken"
    verified = well.lefi("ledger", "verify")
    assert verified.status == 0, verified
    unknown = next(line for line in verified.out.splitlines() if "outcome unknown" in line)
    assert int(unknown.split()[2]) <= 2, "no more than were in work"
    well.other.start()
    assert well.other.at()["routing"] == number


def test_what_was_published_while_the_database_was_away_is_taken_up_when_it_is_back(well: House) -> None:
    before = well.newest()
    well.wire.cut()
    until(lambda: request(well.one.url, "GET", "/ready").status == 503, "without a ledger nothing is answered", 15)
    number = well.publish(rules_to("v7"))
    until(lambda: well.other.at()["routing"] == number, "the other takes it up", SECOND)
    assert well.one.of_routing("lefi_revision") == before

    # A start meanwhile goes by the snapshot, and says so; without one there is none.
    well.one.kill()
    snapshot = well.one.state / "routing.shared.toml"
    kept = snapshot.rename(snapshot.with_suffix(".away"))
    status, said = well.one.refuses_to_start()
    assert (status, len(said)) == (2, 2)
    assert said[0] == "configuration: shared.routing: expected a database that can be read (OperationalError)"
    assert said[1].startswith(f"configuration: {snapshot}: expected the last good revision")
    kept.rename(snapshot)
    well.one.start()
    assert well.one.of_routing("lefi_revision") == before
    used = [line for line in well.logged("routing_last_good_used") if "expected a database that can be read" in line]
    assert f'"revision": {before}' in used[-1]

    well.wire.mend()
    took = until(lambda: well.one.at().get("routing") == number, "it is taken up", SAFETY_NET)
    assert answered_by(well.one.ask()) == "v7"
    sys.stdout.write(f"\ntaken up {took:.1f} s after the database was back\n")


def test_a_notification_that_is_lost_costs_some_seconds(well: House) -> None:
    number = well.newest() + 1
    row = ("routing", number, "2026-01-01T00:00:00.000000Z", "nobody", "", rules_to("v7"))
    with psycopg.connect(well.database, autocommit=True) as hands:
        hands.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        hands.execute("INSERT INTO publications VALUES (%s, %s, %s, %s, %s, %s)", row)
    took = at(well, number, seconds=SAFETY_NET)
    sys.stdout.write(f"\ntaken up {took:.1f} s after every connection was ended and nobody was told\n")


def test_rules_reach_every_replica_and_routing_a_worker(well: House) -> None:
    worker = Replica("worker", well.folder, well.one.nursery, well.database, well.one.agency)
    worker.start("worker", says="working")
    number = well.publish(accepting(), what="rules")
    at(well, number, "rules")
    both = {"fraga": question(), "left": "v7", "right": "v9"}
    for each in well.both:
        compared = asked(each.url, both, "/v1/jamforelser")
        assert compared.status == 200, compared.text
        assert [rule["name"] for rule in compared.tree["rules"]] == ["dagar"]
    assert "dagar         /inkomst" in well.lefi("rules", "check").out
    number = well.publish(rules_to("v7"))
    until(lambda: worker.kept() == f"# revision {number}", "the worker takes it up", SECOND)
    worker.kill()
    (well.folder / "bad.toml").write_text("[[rules]]\n")
    bad = well.lefi("rules", "publish", well.folder / "bad.toml")
    assert (bad.status, "rules.0.reason" in bad.err) == (2, True)


def sides(each: Replica) -> list[str]:
    return [answered_by(each.ask(person)) for person in KNOWN[:8]]


async def _failing_questions(well: House, count: int) -> None:
    """Questions to the new version that failed, as the ledger has them."""
    given = load(well.other.config)
    ledger = Ledger(given.ledger, given.state)
    await ledger.open()
    types = (("formansinformation", "FK:SJP"),)
    for _ in range(count):
        id_, now = str(uuid.uuid4()), clock.now()
        period = ("2025-01-01", "2025-12-31")
        await ledger.intend(
            Intent(id_, now, id_, "anybody", "a", "p", "g", KNOWN[0], types, period, "v1", "v9", "v9", "primary", "x")
        )
        await ledger.conclude(Outcome(id_, now, "upstream-timeout", sent=True))
    await ledger.aclose()


def test_a_cutover_moves_every_replica_and_moves_them_back_by_itself(
    well: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEFI_STATE", raising=False)
    number = well.publish("# by hand\n" + rules_to("v7"))
    at(well, number)
    done = well.lefi("cutover", "--override", "the test", *MOVE)
    assert done.status == 0, done
    at(well, number + 1)
    shown = well.lefi("routes", "show").out
    assert shown.startswith("# by hand\n")
    assert "percent = 50" in shown
    assert sides(well.one) == sides(well.other)
    assert set(sides(well.one)) == {"v7", "v9"}
    assert well.lefi("cutover", "step", "--override", "on", of=well.one).status == 0
    at(well, number + 2)
    assert set(sides(well.one) + sides(well.other)) == {"v9"}

    # Both look; one of them sees to it, once, and none leads back up by what it had seen before.
    asyncio.run(_failing_questions(well, 40))
    at(well, number + 3, seconds=5)
    time.sleep(1)
    assert well.newest() == number + 3
    assert set(sides(well.one) + sides(well.other)) == {"v7"}
    last = well.lefi("routes", "history").out.splitlines()[-1]
    assert last.endswith("lefi cutover  cutover-anybody-1: 0 %")
    events = [line.split()[1] for line in well.lefi("cutover", "status").out.splitlines() if line.startswith("  ")]
    assert events == ["begin", "up", "rollback"]


def test_doctor_says_whether_what_is_published_can_be_used(well: House) -> None:
    number = well.publish(rules_to("extra"), of=well.other)
    for of, verdict in ((well.one, "failed"), (well.other, "ok")):
        done = well.lefi("doctor", of=of)
        (line,) = [each for each in done.out.splitlines() if "published" in each]
        assert (verdict in line, f"revision {number}" in done.out) == (True, True), done
