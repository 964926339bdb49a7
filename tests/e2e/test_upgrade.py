"""A database of an earlier schema, with events in it, is brought up to the present one."""

import random
import re

import harness
import oracle
import oracle_tickets
from harness import Service, new_database, psql, run_windvane
from oracle import rfc3339

NOW = oracle.instant("2024-02-01T12:00:00+08:00")


def run(uri, *arguments):
    return run_windvane(list(arguments), {"WINDVANE_DATABASE_URL": uri})


def migrations(uri):
    return int(psql(uri, "select max(number) from schema_migrations")[0][0])


def events():
    """A few of everything, in a random order."""
    made, number = [], 0

    def add(type, at, **data):
        nonlocal number
        number += 1
        made.append({"specversion": "1.0", "id": f"e{number}", "source": "oms", "type": type,
                     "time": f"2024-01-{at}:00+08:00",
                     "data": {"store": "s1", **data}})

    for order in range(20):
        id, day = f"A{order}", f"{order + 5:02d}"
        add("order.placed", f"{day}T10:00", order=id, payment="cod", buyer=f"B{order % 3}",
            lines=[{"sku": "K", "quantity": 2}])
        add("order.collected", f"{day}T15:00", order=id)
        add("order.delivered", f"{int(day) + 1:02d}T15:00", order=id)
        add("order.reviewed", f"{int(day) + 2:02d}T15:00", review=f"R{order}", order=id,
            buyer=f"B{order % 3}", stars={"product": 1 + order % 5, "service": 5})
        add("ticket.opened", f"{day}T20:00", ticket=f"T{order}", kind="chat", buyer=f"B{order % 3}")
        add("ticket.replied", f"{day}T20:01", ticket=f"T{order}", by="human")
        add("ticket.closed", f"{day}T20:05", ticket=f"T{order}", outcome="done")
        add("ticket.opened", f"{day}T20:10", ticket=f"U{order}", kind="chat", buyer=f"B{order % 3}")
    add("review.excluded", "25T10:00", review="R3")
    add("event.retracted", "26T10:00", source="oms", id="e4")
    add("something.else", "26T10:00")
    random.Random(1).shuffle(made)
    return made


def test_events_of_before_are_folded():
    uri = new_database()
    with Service(uri, clock_start=rfc3339(NOW)) as service:
        service.put_store("s1")
        reply = service.post_events(events())
        assert reply.json()["rejected"] == 0, reply.body
        before = service.get("/v1/stores/s1/score").json()
    newest = migrations(uri)
    assert newest >= 2
    down = run(uri, "migrate", "--down", str(newest - 1))
    assert down.returncode == 0, down
    assert "subject_id" not in str(psql(uri, "select column_name from information_schema.columns "
                                             "where table_name = 'events'"))
    assert run(uri, "verify").returncode == 2, "an earlier schema"

    up = run(uri, "migrate")
    assert up.returncode == 0 and "folding the log of events again" in up.stdout, up
    assert "folding" not in run(uri, "migrate").stdout, "once is enough"
    verified = run(uri, "verify")
    assert verified.returncode == 0 and re.search(r"20 orders, 40 tickets, 20 reviews",
                                                  verified.stdout), verified
    with Service(uri, clock_start=rfc3339(NOW)) as service:
        after = service.get("/v1/stores/s1/score").json()
        for name in ("score", "factors", "metrics", "composites", "status"):
            assert before[name] == after[name], (name, before[name], after[name])
        facts = oracle.admit([(event, NOW) for event in events()])[1]
        expected = oracle_tickets.score(facts, "Asia/Shanghai", NOW)["metrics"]
        assert expected, "something to compare"
        for id, metric in expected.items():
            assert not oracle.differences(metric, oracle.metrics_of(after)[id]), id


def test_an_upgrade_that_was_not_finished_is_no_schema_to_serve():
    uri = new_database()
    with Service(uri, clock_start=rfc3339(NOW)) as service:
        service.put_store("s1")
    psql(uri, "insert into upgrades values ('rebuild')")
    verified = run(uri, "verify")
    assert verified.returncode == 2, verified
    assert run(uri, "migrate").returncode == 0
    assert run(uri, "verify").returncode == 0


if __name__ == "__main__":
    harness.main()
