#!/usr/bin/env python3
"""Replays real service tickets and real reviews and compares the metrics with plain SQL over the
files.

The expected numbers come from incidents/*.sql, run in a database of their own on the files as
loaded: they share no code with the service or with what makes the events.

A real ticket has no kind that a shop would know, so each is told to six stores, as six kinds:
opened; answered by its first row that is not New (as an audit: approved); resolved = processed;
closed; re-opened when the count of re-openings rises. As an exchange, the last time that the user
had to be waited for is the buyer's parcel. As a dispute, a ticket that was passed on is escalated,
one that missed its agreed time is timed out.

The data is not part of the project. WINDVANE_DATA names the folder of the orders, the default is
../shared/data/olist beside the repository, the incidents stand beside it. Where they are absent
every test is skipped and says so.
"""

import collections
import csv
import datetime
import functools
import gzip
import json
import os
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness
import oracle
from harness import REPOSITORY, psql

sys.path.insert(0, str(REPOSITORY / "scripts"))
import olist2events

OLIST = pathlib.Path(os.environ.get("WINDVANE_DATA") or REPOSITORY / "../shared/data/olist")
INCIDENTS = OLIST.parent / "incidents" / "incidents.csv.gz"
QUERIES = pathlib.Path(__file__).resolve().parent

KINDS = ("work_order", "repair", "refund", "exchange", "chat", "dispute")
AFTERWARDS = "2019-01-01T00:00:00Z"
AMID = "2016-03-02T21:10:00Z"
NEXT_ROW = "2016-03-02T22:13:00Z"
LINES_A_REQUEST = 2000

# metric: the kinds of ticket that it counts
SHARES = {
    "work_order_reply_rate": ("work_order",),
    "audit_rate_24h": ("repair", "refund", "exchange"),
    "reply_rate_30s": ("chat",),
    "reply_rate_3min": ("chat",),
}
CLOSINGS = ("dispute_self_resolved_rate", "dispute_timeliness_rate")

INSTANTS = [
    "2016-02-29T00:00:00Z", "2016-02-29T12:00:00Z", "2016-02-29T23:59:59.999999Z",
    "2016-03-01T00:00:00Z", "2016-03-01T14:30:15Z", "2016-03-02T09:00:00Z",
    "2016-03-04T17:45:00Z", "2016-03-07T16:20:30Z", "2016-03-14T08:13:00Z",
    "2016-03-24T18:50:00Z", "2016-03-29T23:59:59.999999Z", "2016-03-30T00:00:00Z",
    "2016-03-31T10:00:00Z", "2016-04-04T11:00:00Z", "2016-04-23T12:00:00Z",
    "2016-06-01T12:00:00Z", "2016-12-28T00:00:00Z",
]
REVIEW_INSTANTS = [
    "2016-10-30T12:00:00Z", "2017-02-19T02:00:00Z", "2017-10-15T02:59:59.999999Z",
    "2017-10-15T03:00:00Z", "2017-12-10T23:00:00Z", "2018-02-18T02:30:00Z",
    "2018-03-20T12:34:56Z", "2018-05-11T02:59:59Z", "2018-08-20T18:00:00Z",
    "2018-09-29T00:00:00Z",
]


def needs_data(test):
    @functools.wraps(test)
    def run():
        missing = [path for path in (INCIDENTS, OLIST / "reviews.csv.gz") if not path.is_file()]
        if not missing:
            return test()
        print(f"SKIP {test.__name__}: no real data at {missing[0]} (set WINDVANE_DATA); "
              "counted as passed, NOTHING WAS TESTED")
    return run


class Comparison:
    """Counts what was compared and collects what differs."""

    def __init__(self):
        self.compared = 0
        self.counted = collections.Counter()
        self.faults = []

    def metric(self, where, metric, shown, **expected):
        self.compared += len(expected)
        self.counted[metric] += expected["valid"]
        if metric not in shown:
            self.faults.append(f"{where}: {metric} is not shown")
            return
        for path, want, got in oracle.differences(expected, shown[metric]):
            self.faults.append(f"{where} {metric} {path}: expected {want!r}, got {got!r}")

    def finish(self, subject, empty=()):
        print(f"{subject}: {self.compared} numbers compared, {len(self.faults)} differ")
        assert not self.faults, "\n".join(self.faults[:40])
        for metric, valid in self.counted.items():
            assert (valid == 0) == (metric in empty), f"{metric}: {valid} entities compared"


# --- The expected numbers ---------------------------------------------------------------------


@functools.cache
def expected_database():
    uri = harness.new_database()
    for script in ("incidents/tickets.sql", "olist/tables.sql"):
        psql(uri, (QUERIES / script).read_text())
    for table, path in (("raw_incidents", INCIDENTS), ("raw_items", OLIST / "items.csv.gz"),
                        ("raw_reviews", OLIST / "reviews.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            psql(uri, f"\\copy {table} FROM stdin WITH (FORMAT csv, HEADER)\n{file.read()}\\.\n")
    for script in ("incidents/metrics.sql", "incidents/reviews.sql"):
        psql(uri, (QUERIES / script).read_text())
    return uri


def query(sql):
    return psql(expected_database(), sql)


def limits_of_real_tickets():
    """Limits of some tickets, and re-openings, each with the microsecond behind it."""
    rows = query("""
        WITH moments (at) AS (
            SELECT opened + allowed
            FROM (SELECT * FROM tickets ORDER BY md5(number) LIMIT 3) AS few
            CROSS JOIN (VALUES (interval '0'), (interval '30 seconds'), (interval '3 minutes'),
                               (interval '3 hours'), (interval '24 hours')) AS limits (allowed)
            UNION
            SELECT at FROM turns WHERE NOT closes
            UNION
            SELECT answered FROM tickets WHERE answered = opened + interval '3 hours'
            UNION
            SELECT answered FROM tickets WHERE answered = opened + interval '3 minutes'
        )
        SELECT utc(at), utc(at + interval '1 microsecond') FROM moments ORDER BY at""")
    return [instant for row in rows for instant in row]


def last_day(basis, day):
    return f"{day} - 1" if basis == "official" else day


class Expected:
    """The expected numbers of the tickets at an instant."""

    def __init__(self, now, basis="live"):
        moment = f"timestamptz '{now}'"
        last = last_day(basis, f"day_of({moment})")
        self.shares = self._rows("shares", moment, last)
        self.durations = self._rows("durations", moment, last)
        self.closings = self._rows("closings", moment, last)
        self.opened = int(query(f"SELECT openings({moment}, {last})")[0][0])
        self.through = query(f"SELECT utc(spoken({moment}))")[0][0]

    def _rows(self, function, moment, last):
        rows = query(f"SELECT * FROM {function}({moment}, {last})")
        return {name: tuple(map(int, counts)) for name, *counts in rows}


def share(good, valid, pending):
    everyone = valid + pending
    return {"good": good, "valid": valid, "pending": pending,
            "value": oracle.decimal(good, valid, 4) if valid else None,
            "value_worst": oracle.decimal(good, everyone, 4) if everyone else None}


def mean(amount, valid, times=1, by=1):
    return {"amount": amount, "valid": valid,
            "value": oracle.decimal(times * amount, by * valid, 4) if valid else None}


def compare_kind(comparison, kind, answer, expected, where):
    """Every ticket metric of a store that has this kind of ticket, and no other."""
    shown = oracle.metrics_of(answer)

    def expect(metric, numbers):
        comparison.metric(f"{kind} {where}", metric, shown, **numbers)

    for metric, kinds in SHARES.items():
        counts = expected.shares.get(metric, (0, 0, 0)) if kind in kinds else (0, 0, 0)
        expect(metric, share(*counts))
    for metric in CLOSINGS:
        counts = expected.closings.get(metric, (0, 0)) if kind == "dispute" else (0, 0)
        expect(metric, share(*counts, 0))
    handled = {"repair": "after_sales_hours", "refund": "after_sales_hours",
               "exchange": "after_sales_hours, shipped"}.get(kind)
    expect("after_sales_hours", mean(*expected.durations.get(handled, (0, 0)), by=3600))
    responses = expected.durations.get("mean_response_seconds") if kind == "chat" else None
    expect("mean_response_seconds", mean(*(responses or (0, 0))))
    returned = expected.opened if kind in ("repair", "exchange") else 0
    expect("return_rate", {**share(0, 0, 0), "good": returned})
    if kind == "work_order":
        found = oracle.differences(expected.through, answer["data_through"]["tickets"])
        comparison.faults += [f"{kind} {where} data_through: {line}" for line in found]


# --- The events -------------------------------------------------------------------------------


def instant_of(text):
    found = datetime.datetime.strptime(text, "%d-%m-%Y %H:%M")
    return found.replace(tzinfo=datetime.timezone.utc)


def incidents():
    with gzip.open(INCIDENTS, "rt", encoding="utf-8", newline="") as file:
        rows = collections.defaultdict(list)
        for row in csv.DictReader(file):
            rows[row["number"]].append((instant_of(row["sys_updated_at"]), row))
    return rows


def happenings(kind, rows):
    """(type, instant, data) of one ticket."""

    def first(wanted):
        return min((at for at, row in rows if wanted(row)), default=None)

    yield "opened", instant_of(rows[0][1]["opened_at"]), {"kind": kind}
    answered = first(lambda row: row["incident_state"] != "New")
    if kind in ("repair", "refund", "exchange"):
        yield "audited", answered, {"outcome": "approved"}
    else:
        yield "replied", answered, {"by": "human"}
    waits = [at for at, row in rows if row["incident_state"] == "Awaiting User Info"]
    if kind == "exchange" and waits:
        yield "buyer_shipped", max(waits), {}
    for at, row in rows:
        if row["incident_state"] == "Resolved":
            yield "processed", at, {}
        if row["incident_state"] == "Closed":
            yield "closed", at, {"outcome": "done"}
    for count in {int(row["reopen_count"]) for _, row in rows} - {0}:
        yield "reopened", first(lambda row: int(row["reopen_count"]) == count), {}
    if kind == "dispute":
        passed_on = first(lambda row: int(row["reassignment_count"]) > 0)
        late = first(lambda row: row["made_sla"] == "FALSE")
        if passed_on:
            yield "escalated", passed_on, {}
        if late:
            yield "timed_out", late, {}


def ticket_events(kind):
    for number, rows in incidents().items():
        for count, (type, at, data) in enumerate(happenings(kind, rows)):
            yield harness.ev(f"ticket.{type}", at, {"store": kind, "ticket": number, **data},
                             id=f"{number}/{count}", source="incidents")


def review_events():
    """Each review as it is, and once more in a store where a few buyers write all of them, with its
    stars for everything."""
    buyers = {}
    for item in olist2events.read_rows(OLIST, "items"):
        order, buyer = item["order_id"], item["seller_id"][0]
        buyers[order] = min(buyer, buyers.get(order, buyer))
    for row in olist2events.read_rows(OLIST, "reviews"):
        yield olist2events.review_event("reviews", row)[3]
        crowd = olist2events.review_event("crowds", row)[3]
        stars = int(row["review_score"])
        crowd["data"]["stars"] = dict.fromkeys(
            ("product", "description", "service", "courier", "logistics"), stars)
        if row["order_id"] in buyers:
            crowd["data"]["buyer"] = buyers[row["order_id"]]
        yield crowd


def post(service, events, outcome="accepted"):
    """In any order of arrival, the same in every run."""
    lines = [json.dumps(event) + "\n" for event in events]
    random.Random(20160229).shuffle(lines)
    for first in range(0, len(lines), LINES_A_REQUEST):
        part = lines[first:first + LINES_A_REQUEST]
        answer = service.post("/v1/events", "".join(part),
                              headers={"Content-Type": "application/x-ndjson"})
        assert answer.status == 200 and answer.json()[outcome] == len(part), answer


def score(service, store, now=None, basis="live"):
    query = f"basis={basis}" + (f"&as_of={now}" if now else "")
    answer = service.get(f"/v1/stores/{store}/score?{query}")
    assert answer.status == 200, answer
    return answer.json()


def assert_verified(service):
    status, output = harness.verify(service.uri)
    assert status == 0, f"verify: {status} {output}"


# --- Tests ------------------------------------------------------------------------------------


@needs_data
def test_incidents_afterwards():
    instants = INSTANTS + limits_of_real_tickets()
    comparison = Comparison()
    with harness.Service(harness.new_database(), clock_start=AFTERWARDS) as service:
        for kind in KINDS:
            service.put_store(kind, time_zone="UTC", policy="jd")
            post(service, ticket_events(kind))
        post(service, ticket_events("dispute"), outcome="duplicate")
        for now in instants:
            for basis in ("live", "official"):
                expected = Expected(now, basis)
                for kind in KINDS:
                    compare_kind(comparison, kind, score(service, kind, now, basis), expected,
                                 f"{basis} at {now}")
        assert_verified(service)
    comparison.finish(f"tickets of {len(KINDS)} kinds, {len(instants)} instants",
                      empty=("return_rate",))


@needs_data
def test_incidents_live():
    """Amid the history, while the clock runs: only what had happened is told, in two parts."""
    now = datetime.datetime.fromisoformat(AMID.replace("Z", "+00:00"))
    comparison = Comparison()
    with harness.Service(harness.new_database(), clock_start=AMID) as service:
        for kind in KINDS:
            service.put_store(kind, time_zone="UTC", policy="jd")
            events = [event for event in ticket_events(kind)
                      if datetime.datetime.fromisoformat(event["time"]) <= now]
            assert len(events) > 500, kind
            post(service, events[::2])
            score(service, kind)
            post(service, events[1::2])
        for kind in KINDS:
            answer = score(service, kind)
            assert oracle.instant(answer["as_of"]) < oracle.instant(NEXT_ROW), answer["as_of"]
            compare_kind(comparison, kind, answer, Expected(answer["as_of"]), "live")
            past = score(service, kind, answer["as_of"])
            assert past == answer, (past, answer)
        assert_verified(service)
    comparison.finish("tickets, live", empty=("return_rate",))


@needs_data
def test_reviews():
    comparison = Comparison()
    with harness.Service(harness.new_database(), clock_start=AFTERWARDS) as service:
        for store in ("reviews", "crowds"):
            service.put_store(store, time_zone="America/Sao_Paulo", policy="jd")
        post(service, review_events())
        for now in REVIEW_INSTANTS:
            for basis in ("live", "official"):
                last = last_day(basis, f"day_in_sao_paulo('{now}')")
                every, crowded = ([int(count) for count in query(
                    f"SELECT * FROM stars('{now}', {last}, {with_buyers})")[0]]
                    for with_buyers in ("false", "true"))
                where = f"{basis} at {now}"
                compare_stars(comparison, f"reviews {where}", score(service, "reviews", now, basis),
                              every, ("product",))
                compare_stars(comparison, f"crowds {where}", score(service, "crowds", now, basis),
                              crowded, ("product", "description", "courier", "logistics",
                                        "service"))
        assert_verified(service)
    comparison.finish(f"reviews, {len(REVIEW_INSTANTS)} instants")


def compare_stars(comparison, where, answer, counts, aspects):
    shown = oracle.metrics_of(answer)
    for aspect in ("product", "description", "courier", "logistics", "service"):
        amount, valid, ones = counts if aspect in aspects else (0, 0, 0)
        if aspect != "service":
            comparison.metric(where, f"{aspect}_satisfaction", shown, **mean(amount, valid, 2))
        if aspect in ("logistics", "service"):
            comparison.metric(where, f"{aspect}_one_star_rate", shown, **share(ones, valid, 0))


if __name__ == "__main__":
    harness.main()
