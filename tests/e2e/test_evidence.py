#!/usr/bin/env python3
"""Evidence and single metrics: what is listed adds up to what the score shows."""

import csv
import io
import json
import sys
import urllib.parse

import harness
import oracle
from harness import Service, ev, new_database
from oracle import instant, rfc3339
from test_properties import AFTER, PLACES, chunks, post
from test_ticket_properties import Story

sys.path.insert(0, str(harness.REPOSITORY / "tests" / "contract"))
from description import Description  # noqa: E402

POLICIES = ("jd", "tmall", "amazon")
INSTANTS = 3
CLOCK = "2024-01-15T12:00:00+08:00"
COUNTED = ("good", "not_good", "pending")


class Checked(Service):
    """Every answer is held against the description as it comes in."""

    description = Description()

    def request(self, method, path, *args, **kwargs):
        answer = super().request(method, path, *args, **kwargs)
        faults = self.description.faults(method, path, answer.status, answer.headers, answer.body)
        assert not faults, "\n".join([*faults, answer.body[:2000].decode("utf-8", "replace")])
        return answer


def read(service, path, **query):
    answer = service.get(f"{path}?{urllib.parse.urlencode(query)}")
    assert answer.status == 200, (path, query, answer)
    return answer.json()


def walk(service, path, **query):
    """Every page of a list: (the first page, all items)."""
    first = page = read(service, path, **query)
    items = list(page["items"])
    while page["next_cursor"] is not None:
        page = read(service, path, **query, cursor=page["next_cursor"])
        items += page["items"]
    return first, items


def metrics_of(score):
    found = [metric for factor in score["factors"] for metric in factor["metrics"]]
    return found + list(score["metrics"].values())


def counts_of(metric):
    return {name: metric[name] for name in ("good", "amount", "valid", "pending") if name in metric}


def add_up(items, like, two):
    """What the items say of the counts, in the members of `like`."""
    sums = {"sum": 0, "valid": 0, "pending": 0}
    for item in items:
        if item["population"] == "per":
            sums["valid"] += item["amount"]
        elif item["counts"] in ("good", "not_good"):
            sums["sum"] += item["amount"]
            sums["valid"] += not two
        elif item["counts"] == "pending":
            sums["pending"] += 1
    sums["good"] = sums["amount"] = sums["sum"]
    return {name: sums[name] for name in like}


def position(item):
    entity = ("order", "ticket", "review").index(item["entity"])
    at = instant(item["at"]) if item["at"] else float("inf")
    return at, entity, item["id"].encode(), item["population"] == "per"


# --- Everything adds up -----------------------------------------------------------------------


def look_at_metric(service, base, metric, query, two):
    """One metric under one question; `two`: a ratio of two populations."""
    path = f"{base}/metrics/{metric['id']}"
    where = (metric["id"], query)
    counts = counts_of(metric)
    page, items = walk(service, f"{path}/evidence", **query, limit=7)
    assert page["total"] == counts, (where, page["total"], counts)
    assert page["metric"] == metric["id"], where
    assert add_up(items, counts, two) == counts, (where, counts, items)
    assert two or all(item["population"] == "measure" for item in items), where
    positions = [position(item) for item in items]
    assert positions == sorted(set(positions)), where
    window = metric["window"]
    for item in items:
        assert item["counts"] in COUNTED, (where, item)
        assert window["from"] <= rfc3339(instant(item["at"])) < window["to"], (where, item)
        assert (item["deadline"] is not None) == (item["counts"] == "pending"), (where, item)
        assert item["deadline"] is None or instant(item["deadline"]) >= instant(page["as_of"])

    alone = read(service, path, **query)
    assert alone["metric"] == metric, (where, alone["metric"], metric)
    days = alone["days"]
    assert len(days) == window["days"], where
    summed = {name: sum(day[name] for day in days) for name in counts}
    assert summed == counts, (where, summed, counts)
    listed = {item["day"] for item in items}
    assert {day["day"] for day in days if any(day[name] for name in counts)} == listed, where
    if days and listed:
        day = max(listed)
        of_day, theirs = walk(service, f"{path}/evidence", **query, day=day, limit=1000)
        assert theirs == [item for item in items if item["day"] == day], where
        assert {"day": day, **of_day["total"]} in days, where
    return items


def look_at_rest(service, base, metric, query, items):
    """The other filters, and the table."""
    path = f"{base}/metrics/{metric['id']}/evidence"
    everything = walk(service, path, **query, counts="all", limit=1000)[1]
    assert [item for item in everything if item["counts"] != "out"] == items, (path, query)
    out = walk(service, path, **query, counts="out", limit=2)[1]
    assert out == [item for item in everything if item["counts"] == "out"], (path, query)
    some = walk(service, path, **query, counts="good,pending")[1]
    assert some == [item for item in items if item["counts"] != "not_good"], (path, query)

    text = urllib.parse.urlencode({**query, "counts": "all", "format": "csv"})
    answer = service.get(f"{path}?{text}")
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/csv"), answer
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    told = [{name: "" if value is None else str(value) for name, value in item.items()}
            for item in everything]
    key = lambda row: sorted(row.items())  # noqa: E731
    assert sorted(rows, key=key) == sorted(told, key=key), (path, query)
    return len(out)


def two_populations(policy):
    document = json.loads((harness.REPOSITORY / f"policies/{policy}.json").read_text("utf-8"))
    listed = [metric for factor in document["factors"] for metric in factor["metrics"]]
    listed += document.get("metrics", [])
    return {metric["id"] for metric in listed if "per" in metric}


def promised_deliveries(story):
    """Orders with a delivery date, which the histories do not know: kept, missed and open."""
    start = oracle.day_start(story.zone, story.day) - oracle.HOUR
    for number, hours in enumerate((5, 30, None)):
        data = {"store": story.store, "order": f"promised-{number}"}
        at = rfc3339(start + number)
        yield ev("order.placed", at, {**data, "paid_at": at,
                                      "deliver_by": rfc3339(start + 24 * oracle.HOUR)})
        if hours is not None:
            yield ev("order.delivered", rfc3339(start + hours * oracle.HOUR), data)


def test_evidence_and_days_add_up_to_the_score():
    seen, outs = {}, 0
    with Checked(new_database(), clock_start=AFTER) as service:
        for number in range(2):
            story = Story(4100 + number, *PLACES[number])
            service.put_store(story.store, time_zone=story.zone, policy="jd")
            events = story.in_order() + list(promised_deliveries(story))
            for chunk in chunks(story.random, events, 400):
                post(service, chunk, "batch")
            _, facts = oracle.admit((event, instant(AFTER)) for event in events)
            base = f"/v1/stores/{story.store}"
            for at in story.instants(facts, INSTANTS, instant(AFTER)):
                for policy in POLICIES:
                    basis = story.random.choice(("live", "official"))
                    query = {"as_of": rfc3339(at), "policy": policy, "basis": basis}
                    two = two_populations(policy)
                    for metric in metrics_of(read(service, f"{base}/score", **query)):
                        items = look_at_metric(service, base, metric, query, metric["id"] in two)
                        outs += look_at_rest(service, base, metric, query, items)
                        seen.setdefault((policy, metric["id"]), set()).update(
                            item["counts"] for item in items)
    assert outs > 0
    empty = [name for name, counts in seen.items() if not counts]
    assert not empty, f"nothing was ever listed for {empty}"
    assert any("pending" in counts for counts in seen.values())


def test_live_evidence_is_that_of_the_live_score():
    """The score of now comes from tallies, its evidence from the entities."""
    zone, day = PLACES[0]
    story = Story(4200, zone, day)
    start = oracle.day_start(zone, day) + 14 * oracle.HOUR
    told = [event for event in story.in_order()
            if all(instant(moment) <= start for moment in
                   [event["time"], *(event["data"][name] for name in ("paid_at", "through")
                                     if name in event["data"])])]
    with Checked(new_database(), clock_start=rfc3339(start)) as service:
        service.put_store(story.store, time_zone=zone, policy="jd")
        for chunk in chunks(story.random, told, 400):
            post(service, chunk, "batch")
        base = f"/v1/stores/{story.store}"
        for basis in ("live", "official"):
            score = read(service, f"{base}/score", basis=basis)
            query = {"as_of": score["as_of"], "basis": basis}
            for metric in metrics_of(score):
                page = read(service, f"{base}/metrics/{metric['id']}/evidence", **query)
                assert page["total"] == counts_of(metric), (metric, page["total"])


# --- By hand ----------------------------------------------------------------------------------


def placed(order, at, **members):
    return ev("order.placed", at, {"store": "s1", "order": order, "paid_at": at, **members})


def collected(order, at):
    return ev("order.collected", at, {"store": "s1", "order": order})


def fill(service):
    """One order of every standing on 14 January, and one before."""
    service.put_store("s1")
    day = "2024-01-14T"
    events = [
        placed("B", f"{day}10:00:00+08:00"), collected("B", f"{day}18:00:00+08:00"),
        placed("A", f"{day}10:00:00+08:00"), collected("A", "2024-01-15T08:00:00+08:00"),
        placed("C", f"{day}11:59:59+08:00"),
        placed("D", f"{day}12:00:00+08:00"),
        placed("E", f"{day}13:00:00+08:00"),
        ev("order.cancelled", f"{day}14:00:00+08:00", {"store": "s1", "order": "E", "by": "buyer"}),
        placed("F", "2023-12-01T10:00:00+08:00"), collected("F", f"{day}09:00:00+08:00"),
        placed("T", f"{day}10:00:00+08:00", test=True),
    ]
    answer = service.post_events(events)
    assert answer.status == 200 and answer.json()["accepted"] == len(events), answer


def test_hand_made_orders():
    with Checked(new_database(), clock_start=CLOCK) as service:
        fill(service)
        path = "/v1/stores/s1/metrics/collection_rate_24h/evidence"
        query = {"as_of": "2024-01-15T04:00:00Z"}
        page = read(service, path, **query, counts="all")
        assert page["total"] == {"good": 2, "valid": 3, "pending": 1}, page
        told = [(item["id"], item["counts"], item["reason"], item["deadline"])
                for item in page["items"]]
        assert told == [
            ("F", "out", "outside the window", None),
            ("A", "good", "collected in time", None),
            ("B", "good", "collected in time", None),
            ("C", "not_good", "not collected in time", None),
            ("D", "pending", "can still be collected in time", "2024-01-15T04:00:00Z"),
            ("E", "out", "cancelled in time", None),
        ], told
        assert [item["amount"] for item in page["items"]] == [0, 1, 1, 0, 0, 0], page
        assert [item["at"] for item in page["items"][1:3]] == ["2024-01-14T02:00:00Z"] * 2, page
        assert [item["day"] for item in page["items"][:2]] == ["2023-12-01", "2024-01-14"], page
        # A second before, E is all that has changed its standing; nothing later shows.
        before = read(service, path, as_of="2024-01-14T05:59:59Z", counts="all")
        assert [(item["id"], item["counts"]) for item in before["items"]] == [
            ("F", "out"), ("A", "pending"), ("B", "pending"), ("C", "pending"), ("D", "pending"),
            ("E", "pending")], before

        alone = read(service, "/v1/stores/s1/metrics/collection_rate_24h", **query)
        assert alone["factor"] == "logistics" and alone["weight"] == "0.150", alone
        assert alone["description"] == "within collected hours 24 suspends", alone
        assert alone["anchors"][1] == ["0.7000", "4.000"], alone
        assert alone["days"][-2] == {"day": "2024-01-14", "good": 2, "valid": 3, "pending": 1}, alone
        assert alone["advice"]["metric"] == "collection_rate_24h", alone
        two = read(service, "/v1/stores/s1/metrics/dispute_rate", **query)
        assert " per orders" in two["description"], two
        beside = read(service, "/v1/stores/s1/metrics/courier_satisfaction", **query)
        assert (beside["factor"], beside["weight"], beside["advice"]) == (None, None, None), beside


def test_one_population_of_a_ratio():
    """The disputes of a dispute rate are not to be looked for among its orders."""
    def ticket(type, **data):
        return ev(f"ticket.{type}", "2024-01-10T10:00:00+08:00",
                  {"store": "s1", "ticket": "D", **data})

    events = [ev("order.placed", "2024-01-09T10:00:00+08:00",
                 {"store": "s1", "order": f"A{n}", "payment": "cod"}) for n in range(3)]
    events += [ticket("opened", kind="dispute"), ticket("ruled", liability="merchant")]
    with Service(new_database(), clock_start="2024-01-11T10:00:00+08:00") as service:
        service.put_store("s1")
        assert service.post_events(events).json()["accepted"] == len(events)
        path = "/v1/stores/s1/metrics/dispute_rate/evidence"

        def listed(query=""):
            return [item["id"] for item in service.get(path + query).json()["items"]]

        assert sorted(listed()) == ["A0", "A1", "A2", "D"]
        assert listed("?population=measure") == ["D"]
        assert listed("?population=per&limit=1000") == ["A0", "A1", "A2"]
        assert service.get(path + "?population=orders").status == 422


def test_a_past_answer_stays_what_it_was():
    """What comes later changes nothing of what is listed, left out or not."""
    with Checked(new_database(), clock_start=CLOCK) as service:
        fill(service)
        service.post_events([ev("ticket.opened", "2023-12-01T10:00:00+08:00",
                                {"store": "s1", "ticket": "old", "kind": "return"})])
        paths = [f"/v1/stores/s1/metrics/{metric}/evidence?counts=all&as_of=2024-01-14T12:00:00Z"
                 for metric in ("same_day_collection_rate", "audit_rate_24h", "return_rate")]
        before = [service.get(path).json() for path in paths]
        later = "2024-01-15T09:00:00+08:00"
        retracted = ev("order.placed", "2023-12-02T10:00:00+08:00", {"store": "s1", "order": "Z"})
        answer = service.post_events([
            collected("F", later), collected("C", later), retracted,
            ev("ticket.replied", later, {"store": "s1", "ticket": "old"}),
            ev("event.retracted", later, {"store": "s1", "source": "oms", "id": retracted["id"]})])
        assert answer.json()["accepted"] == 5, answer
        assert [service.get(path).json() for path in paths] == before


def test_a_long_table_goes_out_in_pieces():
    with Checked(new_database(), clock_start=CLOCK) as service:
        service.put_store("s1")
        events = [placed(f"order-{number:05d}", f"2024-01-{1 + number % 14:02d}T10:00:00+08:00")
                  for number in range(5000)]
        answer = service.post_events(events)
        assert answer.status == 200 and answer.json()["accepted"] == len(events), answer
        path = "/v1/stores/s1/metrics/same_day_collection_rate/evidence"
        table = service.get(path, headers={"Accept": "text/csv"})
        assert table.status == 200 and "etag" not in table.headers, table
        rows = list(csv.DictReader(io.StringIO(table.body.decode(), newline="")))
        assert {row["id"] for row in rows} == {event["data"]["order"] for event in events}
        assert len(rows) == 5000 and {row["counts"] for row in rows} == {"not_good"}
        page, items = walk(service, path, limit=1000)
        assert page["total"] == {"good": 0, "valid": 5000, "pending": 0}, page["total"]
        assert [item["id"] for item in items] == sorted(
            (row["id"] for row in rows), key=lambda id: (int(id[6:]) % 14, id))


# --- Refusals ---------------------------------------------------------------------------------


def test_refusals():
    with Checked(new_database(), clock_start=CLOCK) as service:
        fill(service)
        base = "/v1/stores/s1/metrics/collection_rate_24h"
        for path in ("/v1/stores/s1/metrics/nothing", "/v1/stores/s1/metrics/nothing/evidence",
                     "/v1/stores/s1/metrics/nothing/evidence?format=csv",
                     "/v1/stores/none/metrics/dispute_rate",
                     "/v1/stores/s1/metrics/collection_rate_48h"):
            assert service.get(path).status == 404, path
        assert service.get("/v1/stores/s1/metrics/collection_rate_48h?policy=tmall").status == 200
        cursor = read(service, f"{base}/evidence", limit=1)["next_cursor"]
        other = "/v1/stores/s1/backlog/orders?cohort=2024-01-14&mark=48"
        foreign = read(service, other.partition("?")[0], cohort="2024-01-14", mark=48,
                       limit=1)["next_cursor"]
        assert cursor and foreign
        for query in ("counts=", "counts=any", "counts=good,", "counts=good,,out", "day=monday",
                      "limit=0", "limit=1001", "cursor=x", f"cursor={foreign}", "format=xml",
                      "basis=any", "policy=none", "as_of=2030-01-01T00:00:00Z"):
            answer = service.get(f"{base}/evidence?{query}")
            assert answer.status == 422, (query, answer)
        etag = service.get(f"{base}/evidence").headers["etag"]
        answer = service.get(f"{base}/evidence", headers={"If-None-Match": etag})
        assert answer.status == 304, answer


if __name__ == "__main__":
    harness.main()
