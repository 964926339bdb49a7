#!/usr/bin/env python3
"""Edges of the two ways to read a score: what lies just outside what a reading has to load."""

import harness
import oracle
from harness import Service, ev, new_database

NOW = "2024-01-10T15:00:00+08:00"


def ticket(type, at, id, **data):
    return ev(f"ticket.{type}", at, {"store": "s1", "ticket": id, **data})


def fill(service, events):
    reply = service.post_events(events).json()
    assert reply["accepted"] == len(events), reply


def both_ways(service, query="?"):
    """The live score, once it has been found equal to the slow one of its own instant."""
    live = service.get(f"/v1/stores/s1/score{query}").json()
    past = service.get(f"/v1/stores/s1/score{query}&as_of={live['as_of']}").json()
    assert {**live, "as_of": None} == {**past, "as_of": None}, (live, past)
    return live


def test_an_open_session_that_follows_another_one_is_not_pending():
    events = [ticket("opened", "2024-01-10T14:40:00+08:00", "A", kind="chat", buyer="B"),
              ticket("replied", "2024-01-10T14:40:10+08:00", "A"),
              ticket("closed", "2024-01-10T14:55:00+08:00", "A", outcome="done"),
              ticket("opened", "2024-01-10T14:59:58+08:00", "follows", kind="chat", buyer="B"),
              ticket("opened", "2024-01-10T14:59:59+08:00", "new", kind="chat", buyer="C")]
    with Service(new_database(), clock_start=NOW) as service:
        service.put_store("s1")
        fill(service, events)
        metric = oracle.metrics_of(both_ways(service))["reply_rate_3min"]
        assert (metric["good"], metric["valid"], metric["pending"]) == (1, 1, 1), metric


def test_a_session_follows_one_that_was_closed_before_the_window():
    policy = {
        "novice": {"orders": 0, "days": 1},
        "factors": [{"id": "chats", "weight": "1", "metrics": [{
            "id": "replied", "unit": "ratio", "better": "higher", "window_days": 1, "weight": "1",
            "measure": {"kind": "within", "of": "tickets", "tickets": ["chat"],
                        "milestone": "replied", "seconds": 30, "except": {"recontact": True}},
            "anchors": [["0", "0"], ["1", "10"]]}]}]}
    events = [ticket("opened", "2024-01-09T23:50:00+08:00", "A", kind="chat", buyer="B"),
              ticket("closed", "2024-01-09T23:58:00+08:00", "A", outcome="done"),
              ticket("opened", "2024-01-10T00:05:00+08:00", "follows", kind="chat", buyer="B"),
              ticket("opened", "2024-01-10T00:06:00+08:00", "new", kind="chat", buyer="C")]
    with Service(new_database(), clock_start=NOW) as service:
        assert service.put("/v1/policies/short", policy).status == 201
        service.put_store("s1", policy="short")
        fill(service, events)
        metric = oracle.metrics_of(both_ways(service))["replied"]
        assert (metric["good"], metric["valid"], metric["pending"]) == (0, 1, 0), metric


def test_the_next_mark_may_lie_on_either_side_of_a_suspended_interval():
    before, inside, after = "09T15:30", "09T20:30", "10T10:00"
    suspended = [{"from": "2024-01-09T20:00:00+08:00", "to": "2024-01-09T21:00:00+08:00"}]
    for placed, mark in (((before, inside, after), "2024-01-10T07:30:00.000001Z"),
                         ((inside, after), "2024-01-10T16:00:00Z")):  # the next midnight
        events = [ev("order.placed", f"2024-01-{at}:00+08:00",
                     {"store": "s1", "order": f"A{at}", "payment": "cod"}) for at in placed]
        with Service(new_database(), clock_start=NOW) as service:
            service.put_store("s1")
            assert service.put("/v1/calendar", {"suspended": suspended}).status in (200, 201)
            fill(service, events + [ev("feed.alive", NOW, {
                "store": "s1", "feed": feed, "through": NOW}) for feed in ("orders", "collections")])
            assert both_ways(service)["next_change_at"] == mark


def test_a_restriction_in_force_closes_a_gate():
    with Service(new_database(), clock_start=NOW) as service:
        policy = service.get("/v1/policies/jd").json()
        del policy["id"]
        policy["backlog"]["min_orders"] = 1
        assert service.put("/v1/policies/tight", policy).status == 201
        for store, collected in (("s1", False), ("s2", True)):
            service.put_store(store, policy="tight")
            events = []
            for n in range(3):
                order = {"store": store, "order": f"A{n}"}
                events.append(ev("order.placed", "2024-01-05T10:00:00+08:00",
                                 {**order, "payment": "cod"}))
                if collected:
                    events.append(ev("order.collected", "2024-01-05T12:00:00+08:00", order))
            fill(service, events)
            score = service.get(f"/v1/stores/{store}/score").json()
            past = service.get(f"/v1/stores/{store}/score?as_of={score['as_of']}").json()
            for answer in (score, past):
                (good_store,) = [item for item in answer["eligibility"]
                                 if item["id"] == "good_store"]
                gates = {gate["gate"]: gate["passed"] for gate in good_store["gates"]}
                assert gates["unrestricted"] is collected, (store, gates)


if __name__ == "__main__":
    harness.main()
