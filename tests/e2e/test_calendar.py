#!/usr/bin/env python3
"""The calendar: what it takes, and that suspended intervals leave metrics, and nothing else, whenever
they are put and withdrawn."""

import json

import oracle
import oracle_tickets
from harness import Service, ev, main, new_database, psql, run_windvane, verify
from oracle import HOUR, SECOND, instant, rfc3339
from test_properties import Failures, asked, chunks, form_for, post, same_both_ways
from test_stores_keys_policies import is_problem, new_key, until
from test_ticket_properties import Story

AFTER = "2024-06-30T12:00:00Z"
DAY = 24 * HOUR
PLACES = [("Asia/Shanghai", oracle.datetime.date(2024, 1, 10)),
          ("America/New_York", oracle.datetime.date(2024, 3, 10))]


def put_calendar(service, suspended=(), holidays=()):
    answer = service.put("/v1/calendar", {
        "suspended": [{"from": rfc3339(start), "to": rfc3339(end)} for start, end in suspended],
        "holidays": list(holidays)})
    assert answer.status == 200, answer
    return answer.json()


def is_tallied(service):
    tallied = service.get("/v1/calendar").json()["tallied"]
    return tallied["moved"] == tallied["stores"]


def assert_verified(service):
    status, output = verify(service.uri)
    assert status == 0, output


# --- The document -----------------------------------------------------------------------------


def test_there_is_none_at_first():
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s1")
        assert service.get("/v1/calendar").json() == {
            "version": 0, "tallied": {"stores": 1, "moved": 1}, "suspended": [], "holidays": []}


def test_the_same_document_again_makes_no_version():
    document = {"suspended": [{"from": "2024-03-01T00:00:00+08:00", "to": "2024-03-02T00:00:00Z",
                               "name": "typhoon", "notes": "as announced"}],
                "holidays": [{"date": "2024-02-10", "name": "春节"}], "notes": "ours"}
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s1")
        first = service.put("/v1/calendar", document)
        assert first.status == 200, first
        assert first.json() == {**document, "version": 1, "tallied": {"stores": 1, "moved": 1}}
        for again in (document, first.json(), {**document, "version": 7}):
            assert service.put("/v1/calendar", again).json()["version"] == 1
        empty = service.put("/v1/calendar", {}).json()
        assert (empty["version"], empty["suspended"], empty["holidays"]) == (2, [], []), empty
        assert service.put("/v1/calendar", {"holidays": None}).json()["version"] == 2
        # Back to an earlier document is a version of its own.
        assert service.put("/v1/calendar", document).json()["version"] == 3
        assert service.get("/v1/calendar").json()["version"] == 3


def test_faults_are_pointed_at():
    day = {"from": "2024-03-01T00:00:00Z", "to": "2024-03-02T00:00:00Z"}
    cases = (
        ([], ""),
        ({"suspended": {}}, "/suspended"),
        ({"suspended": [day, 1]}, "/suspended/1"),
        ({"suspended": [day, {**day, "to": None}]}, "/suspended/1/to"),
        ({"suspended": [{**day, "from": "2024-03-01T00:00:00"}]}, "/suspended/0/from"),
        ({"suspended": [{**day, "from": 1}]}, "/suspended/0/from"),
        ({"suspended": [{**day, "to": day["from"]}]}, "/suspended/0/to"),
        ({"suspended": [{**day, "to": "2024-02-29T00:00:00Z"}]}, "/suspended/0/to"),
        ({"suspended": [{**day, "name": "x" * 201}]}, "/suspended/0/name"),
        ({"suspended": [{**day, "reason": "x"}]}, "/suspended/0/reason"),
        ({"suspended": [day] * 1001}, "/suspended"),
        ({"holidays": [{"date": "2024-02-30"}]}, "/holidays/0/date"),
        ({"holidays": [{"date": "1999-12-31"}]}, "/holidays/0/date"),
        ({"holidays": [{"name": "x"}]}, "/holidays/0/date"),
        ({"holidays": [{"date": "2024-02-10"}, {"date": "2024-02-11"}, {"date": "2024-02-10"}]},
         "/holidays/2/date"),
        ({"holiday": []}, "/holiday"),
    )
    with Service(new_database(), clock_start=AFTER) as service:
        for document, pointer in cases:
            is_problem(service.put("/v1/calendar", document), 422, pointer)
        both = service.put("/v1/calendar", {"suspended": [{}], "holidays": [{}]}).json()["errors"]
        assert [fault["pointer"] for fault in both] == \
            ["/suspended/0/from", "/suspended/0/to", "/holidays/0/date"], both
        is_problem(service.put("/v1/calendar", "{", headers={"Content-Type": "application/json"}),
                   400)
        assert service.get("/v1/calendar").json()["version"] == 0


def test_the_largest_document():
    first = oracle.datetime.date(2010, 1, 1)
    document = {
        "suspended": [{"from": f"{2010 + n // 12}-{n % 12 + 1:02}-01T00:00:00.000001+00:00",
                       "to": f"{2010 + n // 12}-{n % 12 + 1:02}-01T06:00:00.000001+00:00",
                       "name": "n" * 200} for n in range(1000)],
        "holidays": [{"date": str(oracle.plus_days(first, n)), "name": "h" * 200}
                     for n in range(5000)]}
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s1")
        answer = service.put("/v1/calendar", document)
        assert answer.status == 200 and answer.json()["tallied"]["moved"] == 1, answer
        assert service.get("/v1/calendar").json() == answer.json()


def test_only_an_admin_puts():
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s1")
        merchant = new_key(service, "merchant", ["s1"])["key"]
        ingest = new_key(service, "ingest")["key"]
        assert service.get("/v1/calendar", key=merchant).status == 200
        is_problem(service.put("/v1/calendar", {}, key=merchant), 403)
        is_problem(service.get("/v1/calendar", key=ingest), 403)


# --- Counting ---------------------------------------------------------------------------------


def intervals_for(story, facts):
    """Hours and days around the middle of a story, with edges exactly at instants that assign
    something, overlapping, touching and out of order."""
    moments = sorted({fact.at for fact in facts if fact.at < instant(AFTER)})
    middle = len(moments) // 2
    some = story.random.sample(moments[middle // 2:middle + middle // 2], 6)
    intervals = [(some[0], some[0] + 7 * HOUR), (some[0] + 5 * HOUR, some[0] + 9 * HOUR),
                 (some[1] - 3 * HOUR, some[1]), (some[1] + 1, some[1] + HOUR),
                 (some[2], some[2] + 1), (some[3], some[3] + DAY),
                 (some[3] + DAY, some[3] + 2 * DAY), (some[4] - DAY, some[4] + 1)]
    story.random.shuffle(intervals)
    return intervals


def compare(failures, service, stories, suspended, clock):
    """Answers of now and of the past against counts that leave out what is suspended."""
    for story, facts in stories:
        instants = [None, *story.instants(facts, 6, clock)]
        for at in instants:
            for basis in ("live", "official"):
                document = asked(service, story.store, "score", at, basis=basis)
                seen = instant(document["as_of"])
                expected = oracle_tickets.score(facts, story.zone, seen, basis,
                                                suspended=suspended)
                failures.add(story, f"{basis} score", seen,
                             oracle.score_differences(expected, document))
                if at is None:
                    past = asked(service, story.store, "score", seen, basis=basis)
                    failures.add(story, f"as_of of live, {basis}", seen,
                                 same_both_ways(document, past))
            backlog = asked(service, story.store, "backlog", at)
            expected = oracle.backlog(facts, story.zone, instant(backlog["as_of"]))
            failures.add(story, "backlog", instant(backlog["as_of"]),
                         oracle.backlog_differences(expected, backlog))


def test_suspended_intervals_leave_metrics_and_come_back():
    """Orders, tickets and reviews; the clock stands where the intervals are, so that live windows
    hold them."""
    failures = Failures()
    for number, (zone, day) in enumerate(PLACES):
        story = Story(4200 + number, zone, day)
        start = oracle.day_start(zone, day) + 61 * HOUR + number * 40 * 60 * SECOND
        past = [event for event in story.in_order() if has_happened(event, start)]
        with Service(new_database(), clock_start=rfc3339(start)) as service:
            service.put_store(story.store, time_zone=zone, policy="jd")
            half = len(past) // 2
            for chunk in chunks(story.random, past[:half], 200):
                post(service, chunk, form_for(story.random, chunk))
            _, facts = oracle.admit((event, start) for event in past)
            suspended = intervals_for(story, facts)

            put_calendar(service, suspended)
            until(lambda: is_tallied(service), "the store is not counted anew")
            for chunk in chunks(story.random, past[half:], 200):  # and what arrives from now on
                post(service, chunk, form_for(story.random, chunk))
            compare(failures, service, [(story, facts)], suspended, start)
            assert_verified(service)
            assert leaves_something_out(story, facts, start, suspended)

            fewer = suspended[:3]
            put_calendar(service, fewer)
            until(lambda: is_tallied(service), "the store is not counted anew")
            compare(failures, service, [(story, facts)], fewer, start)
            assert_verified(service)
            done = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": service.uri})
            assert done.returncode == 0, done
            compare(failures, service, [(story, facts)], fewer, start)

            put_calendar(service)
            until(lambda: is_tallied(service), "the store is not counted anew")
            compare(failures, service, [(story, facts)], (), start)
            assert_verified(service)
    failures.check()


def has_happened(event, now):
    moments = [event["time"]] + [event["data"][name] for name in ("paid_at", "through")
                                 if name in event["data"]]
    return all(instant(moment) <= now for moment in moments)


def leaves_something_out(story, facts, at, suspended):
    """Whether the intervals make a difference to orders, to tickets and to reviews."""
    with_all = oracle_tickets.score(facts, story.zone, at)["metrics"]
    without = oracle_tickets.score(facts, story.zone, at, suspended=suspended)["metrics"]
    return all(with_all[metric]["valid"] > without[metric]["valid"]
               for metric in ("same_day_collection_rate", "return_rate", "product_satisfaction"))


def test_what_is_suspended_by_hand():
    """Ten orders, one an hour from 10:00 on; 12:00 to 14:00 is suspended: the orders of 12:00 and
    13:00 are out, the one of 14:00 is not."""
    orders = [ev("order.placed", f"2024-01-10T{10 + n}:00:00+08:00",
                 {"store": "s1", "order": f"A{n}", "paid_at": f"2024-01-10T{10 + n}:00:00+08:00"})
              for n in range(10)]
    interval = {"from": "2024-01-10T12:00:00+08:00", "to": "2024-01-10T14:00:00+08:00"}
    with Service(new_database(), clock_start="2024-01-11T09:00:00+08:00") as service:
        service.put_store("s1")
        assert service.post_events(orders).json()["accepted"] == 10

        def shown():
            metrics = oracle.metrics_of(service.get("/v1/stores/s1/score").json())
            return {id: (metrics[id]["good"], metrics[id]["valid"], metrics[id]["pending"])
                    for id in ("same_day_collection_rate", "collection_rate_24h")}

        everything = {"same_day_collection_rate": (0, 10, 0), "collection_rate_24h": (0, 0, 10)}
        assert shown() == everything, shown()
        assert service.put("/v1/calendar", {"suspended": [interval]}).status == 200
        assert shown() == {"same_day_collection_rate": (0, 8, 0),
                           "collection_rate_24h": (0, 0, 8)}, shown()
        # The backlog rule knows no suspension.
        cohort = service.get("/v1/stores/s1/backlog").json()["cohorts"][5]
        assert (cohort["day"], cohort["orders"], cohort["marks"][0]["eligible"]) == \
            ("2024-01-10", 10, 10), cohort
        # A past instant goes by what is known now.
        past = service.get("/v1/stores/s1/score?as_of=2024-01-10T16:00:00Z").json()
        assert oracle.metrics_of(past)["same_day_collection_rate"]["valid"] == 8, past
        assert service.put("/v1/calendar", {"suspended": []}).status == 200
        assert shown() == everything, shown()
        assert_verified(service)


# --- Moving -----------------------------------------------------------------------------------


def test_holidays_alone_count_nothing_anew():
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s1")
        assert service.post_events([ev("order.placed", "2024-06-29T10:00:00Z", {
            "store": "s1", "order": "A", "paid_at": "2024-06-29T10:00:00Z"})]).status == 200
        written = "select max(xmin::text::bigint) from tallies"
        before = psql(service.uri, written)
        answer = put_calendar(service, holidays=[{"date": "2024-10-01"}])
        assert answer["tallied"] == {"stores": 1, "moved": 1}, answer
        assert psql(service.uri, written) == before
        put_calendar(service, suspended=[(instant("2024-06-01T00:00:00Z"),
                                          instant("2024-06-02T00:00:00Z"))])
        assert psql(service.uri, written) != before
        # The same intervals, written otherwise.
        before = psql(service.uri, written)
        put_calendar(service, suspended=[(instant("2024-06-01T12:00:00Z"),
                                          instant("2024-06-02T00:00:00Z")),
                                         (instant("2024-06-01T00:00:00Z"),
                                          instant("2024-06-01T12:00:00Z"))])
        assert psql(service.uri, written) == before
        assert psql(service.uri, "select calendar_version from store_versions order by version") \
            == [["0"], ["1"], ["2"], ["3"]]


def test_a_new_store_is_counted_by_the_calendar():
    with Service(new_database(), clock_start="2024-01-11T09:00:00+08:00") as service:
        put_calendar(service, [(instant("2024-01-10T00:00:00Z"), instant("2024-01-10T04:00:00Z"))])
        service.put_store("s1")
        assert is_tallied(service)
        at = "2024-01-10T03:59:59.999999Z"
        edge = "2024-01-10T04:00:00Z"
        assert service.post_events([
            ev("order.placed", time, {"store": "s1", "order": time, "paid_at": time})
            for time in (at, edge)]).json()["accepted"] == 2
        metrics = oracle.metrics_of(service.get("/v1/stores/s1/score").json())
        assert metrics["same_day_collection_rate"]["valid"] == 1, metrics
        assert_verified(service)


if __name__ == "__main__":
    main()
