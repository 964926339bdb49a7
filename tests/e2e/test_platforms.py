#!/usr/bin/env python3
"""The other shipped policies, amazon and tmall: each metric at, before and after its boundaries,
by hand; under ?policy= for a store that was filled before that policy existed, and as a store's
own."""

import collections
import json
import random

import oracle
import oracle_tickets
from harness import REPOSITORY, Service, ev, main, new_database, verify
from oracle import SECOND, instant, rfc3339
from test_boundaries import at, expect, fill, report, utc
from test_properties import PLACES, Failures, asked, chunks, form_for, post
from test_ticket_boundaries import excluded, retracted, review, ticket
from test_ticket_properties import Story

AFTER = "2025-01-01T00:00:00Z"
PLATFORMS = ("amazon", "tmall")

ODR = "order_defect_rate"
CANCELLED = "pre_fulfilment_cancellation_rate"
LATE = "late_shipment_rate"
LATE_10D = "late_shipment_rate_10d"
TRACKED = "valid_tracking_rate"
ON_TIME = "on_time_delivery_rate"
RATED = "tmall_after_sales_satisfaction"
HOURS_24 = "collection_rate_24h"
HOURS_48 = "collection_rate_48h"
OF = {"amazon": (ODR, CANCELLED, LATE, LATE_10D, TRACKED, ON_TIME),
      "tmall": (RATED, HOURS_24, HOURS_48)}

# What a metric says of a store's only order or rating: good, valid, pending. Of a share of failures
# the failed one is the good one.
NONE = (0, 0, 0)
PENDING = (0, 0, 1)
NO = (0, 1, 0)
YES = (1, 1, 0)


def order(time, *steps, name="O", id=None, **data):
    """An order paid when it is placed, and what follows: (type, time, {members})."""
    data = {member: at(value) if member in ("promised_at", "deliver_by", "presale_until") else value
            for member, value in data.items()}
    events = [ev("order.placed", at(time), {"order": name, "paid_at": at(time), **data}, id=id)]
    for type, then, *members in steps:
        events.append(ev(f"order.{type}", at(then), {"order": name, **dict(*members)}))
    return events


def dispute(time, *steps, name="D", **data):
    return ticket("dispute", time, *steps, name=name, **{"order": "O", **data})


def ruled(time, liability):
    return "ruled", time, {"liability": liability}


def cancelled(time, *by):
    return ("cancelled", time, {"by": by[0]}) if by else ("cancelled", time)


WAYBILL = {"carrier": "sf", "waybill": "SF1"}
PARCEL_1, PARCEL_2 = {"parcel": "1", **WAYBILL}, {"parcel": "2", **WAYBILL}
PLACED = order("05 10:00")

# (what, its events, {metric: [(as of, what is expected)]}). As of may name the basis, too.
DEFECTS = [
    ("an order counts from its clock on, cancelled or not",
     order("05 10:00", cancelled("05 12:00", "buyer")),
     {ODR: [("05 09:59:59.999999", NONE), ("05 10:00", NO), ("05 13:00", NO)]}),
    ("an order of the platform's own warehouse is in no count",
     order("05 10:00", fulfilment="platform") + review("a", "06 10:00", product=1),
     {ODR: [("07 10:00", NONE)], CANCELLED: [("07 10:00", NONE)]}),
    ("60 store-days",
     PLACED + review("a", "06 10:00", product=1),
     {ODR: [("2024-05-03T23:59:59.999999+08:00", YES), ("2024-05-04T00:00:00+08:00", NONE),
            ("05 23:59:59", "official", NONE), ("06 00:00", "official", NO),
            ("2024-05-04T23:59:59.999999+08:00", "official", YES),
            ("2024-05-05T00:00:00+08:00", "official", NONE)]}),
    ("one or two stars for product or service are a defect, from the review on",
     PLACED + review("a", "06 10:00", product=2),
     {ODR: [("06 09:59:59", NO), ("06 09:59:59.999999", NO), ("06 10:00", YES)]}),
    ("one star for the service", PLACED + review("a", "06 10:00", product=5, service=1),
     {ODR: [("06 10:00", YES)]}),
    ("three stars are none", PLACED + review("a", "06 10:00", product=3, service=3),
     {ODR: [("06 10:00", NO)]}),
    ("nor is one star for something else",
     PLACED + review("a", "06 10:00", logistics=1, courier=1, description=1),
     {ODR: [("06 10:00", NO)]}),
    ("nor one that the system gave", PLACED + review("a", "06 10:00", default=True, product=1),
     {ODR: [("06 10:00", NO)]}),
    ("nor one of another order",
     PLACED + [ev("order.reviewed", at("06 10:00"),
                  {"review": "a", "order": "P", "stars": {"product": 1}})],
     {ODR: [("06 10:00", NO)]}),
    ("two bad reviews and a dispute count once",
     PLACED + review("a", "06 10:00", product=1) + review("b", "06 11:00", service=2)
     + dispute("06 12:00"),
     {ODR: [("06 09:59:59", NO), ("06 10:00", YES), ("06 11:00", YES), ("06 12:00", YES)]}),
    ("and until the last of them is gone",
     PLACED + review("a", "06 10:00", product=1) + review("b", "06 11:00", product=1)
     + dispute("06 12:00", ruled("07 12:00", "buyer")) + excluded("a", "08 10:00")
     + excluded("b", "08 11:00"),
     {ODR: [("07 12:00", YES), ("08 10:00", YES), ("08 10:59:59", YES), ("08 11:00", NO)]}),
    ("a review excluded", PLACED + review("a", "06 10:00", product=1) + excluded("a", "07 10:00"),
     {ODR: [("07 09:59:59", YES), ("07 10:00", NO)]}),
    ("an exclusion retracted",
     PLACED + review("a", "06 10:00", product=1) + excluded("a", "07 10:00", id="x")
     + retracted("x", "07 12:00"),
     {ODR: [("07 11:59:59", NO), ("07 12:00", YES)]}),
    ("a review that the buyer changed",
     PLACED + review("a", "06 10:00", product=1) + review("a", "07 10:00", product=5),
     {ODR: [("07 09:59:59", YES), ("07 10:00", NO)]}),
    ("a dispute counts from its opening on", PLACED + dispute("06 12:00"),
     {ODR: [("06 11:59:59", NO), ("06 12:00", YES), ("20 12:00", YES)]}),
    ("a refund is no dispute", PLACED + ticket("refund", "06 12:00", order="O"),
     {ODR: [("07 12:00", NO)]}),
    ("a dispute of no order", PLACED + ticket("dispute", "06 12:00"), {ODR: [("07 12:00", NO)]}),
    ("ruled for the buyer: the merchant is liable",
     PLACED + dispute("06 12:00", ruled("07 12:00", "merchant")), {ODR: [("07 12:00", YES)]}),
    ("both are liable", PLACED + dispute("06 12:00", ruled("07 12:00", "both")),
     {ODR: [("07 12:00", YES)]}),
    ("ruled for the merchant: the buyer is liable",
     PLACED + dispute("06 12:00", ruled("07 12:00", "buyer")),
     {ODR: [("07 11:59:59", YES), ("07 12:00", NO)]}),
    ("nobody is liable", PLACED + dispute("06 12:00", ruled("07 12:00", "none")),
     {ODR: [("07 11:59:59", YES), ("07 12:00", NO)]}),
    ("the latest ruling holds",
     PLACED + dispute("06 12:00", ruled("07 12:00", "buyer"), ruled("08 12:00", "merchant")),
     {ODR: [("07 12:00", NO), ("08 11:59:59", NO), ("08 12:00", YES)]}),
    ("appealed and won",
     PLACED + dispute("06 12:00", ruled("07 12:00", "merchant"),
                      ("appealed", "08 12:00", {"won": True})),
     {ODR: [("08 11:59:59", YES), ("08 12:00", NO)]}),
    ("appealed and lost",
     PLACED + dispute("06 12:00", ruled("07 12:00", "merchant"),
                      ("appealed", "08 12:00", {"won": False})),
     {ODR: [("08 12:00", YES)]}),
    ("withdrawn, and taken up again",
     PLACED + dispute("06 12:00", ("closed", "07 12:00", {"outcome": "cancelled"}),
                      ("reopened", "08 12:00")),
     {ODR: [("07 11:59:59", YES), ("07 12:00", NO), ("08 11:59:59", NO), ("08 12:00", YES)]}),
    ("settled is not withdrawn",
     PLACED + dispute("06 12:00", ("closed", "07 12:00", {"outcome": "settled"})),
     {ODR: [("07 12:00", YES)]}),
    ("a dispute before the order's clock counts at it",
     order("05 10:00", presale_until="10 20:00") + dispute("06 12:00"),
     {ODR: [("10 19:59:59", NONE), ("10 20:00", YES)]}),
    ("the day is the order's, not the defect's",
     PLACED + dispute("2024-05-10T12:00:00+08:00"),
     {ODR: [("2024-05-03T12:00:00+08:00", NO), ("2024-05-10T12:00:00+08:00", NONE)]}),
]

CANCELLATIONS = [
    ("by the merchant", order("05 10:00", cancelled("06 10:00", "merchant")),
     {CANCELLED: [("05 09:59:59", NONE), ("05 10:00", NO), ("06 09:59:59", NO),
                  ("06 10:00", YES)]}),
    ("by the platform", order("05 10:00", cancelled("06 10:00", "platform")),
     {CANCELLED: [("06 10:00", YES)]}),
    ("by the buyer", order("05 10:00", cancelled("06 10:00", "buyer")),
     {CANCELLED: [("06 10:00", NO)]}),
    ("by whom is not stated", order("05 10:00", cancelled("06 10:00")),
     {CANCELLED: [("06 10:00", YES)]}),
    ("the first cancellation says by whom",
     order("05 10:00", cancelled("06 10:00", "buyer"), cancelled("06 11:00", "merchant")),
     {CANCELLED: [("06 11:00", NO)]}),
    ("a second before the shipment",
     order("05 10:00", cancelled("06 10:00", "merchant"), ("shipped", "06 10:00:01", WAYBILL)),
     {CANCELLED: [("06 10:00", YES), ("06 10:00:01", YES)]}),
    ("with the shipment: the cancellation precedes",
     order("05 10:00", cancelled("06 10:00", "merchant"), ("shipped", "06 10:00", WAYBILL)),
     {CANCELLED: [("06 10:00", YES)]}),
    ("a second after the shipment",
     order("05 10:00", ("shipped", "06 10:00", WAYBILL), cancelled("06 10:00:01", "merchant")),
     {CANCELLED: [("06 10:00:01", NO)]}),
    ("after a collection without a waybill",
     order("05 10:00", ("collected", "06 10:00"), cancelled("06 10:00:01", "merchant")),
     {CANCELLED: [("06 10:00:01", NO)]}),
    ("with one of two parcels on its way",
     order("05 10:00", ("shipped", "06 10:00", PARCEL_1), cancelled("06 12:00", "merchant"),
           parcels=2),
     {CANCELLED: [("06 12:00", YES)]}),
    ("with both on their way",
     order("05 10:00", ("shipped", "06 10:00", PARCEL_1), ("shipped", "06 11:00", PARCEL_2),
           cancelled("06 12:00", "merchant"), parcels=2),
     {CANCELLED: [("06 12:00", NO)]}),
    ("7 store-days", order("05 10:00", cancelled("06 10:00", "merchant")),
     {CANCELLED: [("11 23:59:59.999999", YES), ("12 00:00", NONE),
                  ("12 23:59:59", "official", YES), ("13 00:00", "official", NONE)]}),
]

SHIPMENTS = [
    ("shipped at exactly the promise", order("05 10:00", ("shipped", "07 10:00", WAYBILL)),
     {LATE: [("05 09:59:59", NONE), ("05 10:00", PENDING), ("07 09:59:59", PENDING),
             ("07 10:00", NO), ("07 10:00:01", NO)]}),
    ("a second late", order("05 10:00", ("shipped", "07 10:00:01", WAYBILL)),
     {LATE: [("07 10:00", PENDING), ("07 10:00:00.000001", YES), ("07 10:00:01", YES)]}),
    ("never shipped", PLACED,
     {LATE: [("07 10:00", PENDING), ("07 10:00:00.000001", YES), ("20 10:00", YES)]}),
    ("a scan without a waybill ships", order("05 10:00", ("collected", "07 10:00")),
     {LATE: [("07 09:59:59", PENDING), ("07 10:00", NO)]}),
    ("the waybill before the scan decides",
     order("05 10:00", ("shipped", "07 10:00", WAYBILL), ("collected", "07 12:00")),
     {LATE: [("07 12:00", NO)], HOURS_48: [("07 12:00", NO)]}),
    ("a promise of its own, kept to the second",
     order("05 10:00", ("shipped", "06 12:00"), promised_at="06 12:00"),
     {LATE: [("06 11:59:59", PENDING), ("06 12:00", NO)]}),
    ("a promise of its own, missed by a second",
     order("05 10:00", ("shipped", "06 12:00:01"), promised_at="06 12:00"),
     {LATE: [("06 12:00", PENDING), ("06 12:00:01", YES)]}),
    ("a later promise than two days", order("05 10:00", promised_at="12 00:00"),
     {LATE: [("12 00:00", PENDING), ("12 00:00:01", YES)]}),
    ("the second parcel is late",
     order("05 10:00", ("shipped", "06 10:00", PARCEL_1), ("shipped", "07 10:00:01", PARCEL_2),
           parcels=2),
     {LATE: [("07 10:00", PENDING), ("07 10:00:01", YES)]}),
    ("cancelled at the mark", order("05 10:00", cancelled("07 10:00", "merchant")),
     {LATE: [("07 09:59:59", PENDING), ("07 10:00", NONE), ("08 10:00", NONE)]}),
    ("cancelled behind the mark", order("05 10:00", cancelled("07 10:00:01", "merchant")),
     {LATE: [("07 10:00:01", YES)]}),
    ("10 and 30 store-days", PLACED,
     {LATE_10D: [("07 10:00", PENDING), ("07 10:00:01", YES), ("14 23:59:59.999999", YES),
                 ("15 00:00", NONE), ("15 00:00", "official", YES), ("16 00:00", "official", NONE)],
      LATE: [("15 00:00", YES), ("2024-04-03T23:59:59.999999+08:00", YES),
             ("2024-04-04T00:00:00+08:00", NONE)]}),
]

TRACKING = [
    ("not shipped", PLACED, {TRACKED: [("20 10:00", NONE)]}),
    ("a waybill that the courier scans",
     order("05 10:00", ("shipped", "05 12:00", WAYBILL), ("collected", "05 18:00")),
     {TRACKED: [("05 11:59:59", NONE), ("05 12:00", NO), ("05 17:59:59", NO), ("05 18:00", YES)]}),
    ("a waybill that nobody scans", order("05 10:00", ("shipped", "05 12:00", WAYBILL)),
     {TRACKED: [("20 12:00", NO)]}),
    ("no number", order("05 10:00", ("shipped", "05 12:00", {"carrier": "sf"}),
                        ("collected", "05 18:00", WAYBILL)), {TRACKED: [("05 18:00", NO)]}),
    ("no carrier", order("05 10:00", ("shipped", "05 12:00", {"waybill": "SF1"}),
                         ("collected", "05 18:00", WAYBILL)), {TRACKED: [("05 18:00", NO)]}),
    ("a scan alone that names the waybill", order("05 10:00", ("collected", "05 18:00", WAYBILL)),
     {TRACKED: [("05 17:59:59", NONE), ("05 18:00", YES)]}),
    ("a scan alone that does not", order("05 10:00", ("collected", "05 18:00")),
     {TRACKED: [("05 18:00", NO)]}),
    ("one of two waybills has no number",
     order("05 10:00", ("shipped", "05 12:00", PARCEL_1), ("shipped", "05 13:00", {"parcel": "2"}),
           ("collected", "05 18:00"), parcels=2),
     {TRACKED: [("05 12:59:59", NONE), ("05 13:00", NO), ("05 18:00", NO)]}),
    ("30 store-days, by the shipment",
     order("04 10:00", ("shipped", "05 12:00", WAYBILL), ("collected", "06 18:00")),
     {TRACKED: [("05 12:00", "official", NONE), ("06 00:00", "official", NO),
                ("2024-04-03T23:59:59.999999+08:00", YES), ("2024-04-04T00:00:00+08:00", NONE)]}),
]

DELIVERIES = [
    ("no date was promised", order("05 10:00", ("delivered", "08 18:00")),
     {ON_TIME: [("05 10:00", NONE), ("08 18:00", NONE)]}),
    ("delivered at exactly the date",
     order("05 10:00", ("delivered", "08 18:00"), deliver_by="08 18:00"),
     {ON_TIME: [("05 09:59:59", NONE), ("05 10:00", PENDING), ("08 17:59:59", PENDING),
                ("08 18:00", YES), ("08 18:00:01", YES)]}),
    ("a second late", order("05 10:00", ("delivered", "08 18:00:01"), deliver_by="08 18:00"),
     {ON_TIME: [("08 18:00", PENDING), ("08 18:00:00.000001", NO), ("08 18:00:01", NO)]}),
    ("never delivered", order("05 10:00", ("collected", "05 12:00"), deliver_by="08 18:00"),
     {ON_TIME: [("08 18:00", PENDING), ("08 18:00:01", NO)]}),
    ("cancelled at the date",
     order("05 10:00", cancelled("08 18:00", "buyer"), deliver_by="08 18:00"),
     {ON_TIME: [("08 17:59:59", PENDING), ("08 18:00", NONE)]}),
    ("cancelled behind it", order("05 10:00", cancelled("08 18:00:01"), deliver_by="08 18:00"),
     {ON_TIME: [("08 18:00:01", NO)]}),
    ("a date before the order's clock reads as the clock",
     order("05 10:00", deliver_by="05 08:00"),
     {ON_TIME: [("05 10:00", PENDING), ("05 10:00:01", NO)]}),
    ("14 store-days", order("05 10:00", ("delivered", "08 12:00"), deliver_by="08 18:00"),
     {ON_TIME: [("18 23:59:59.999999", YES), ("19 00:00", NONE), ("19 00:00", "official", YES),
                ("20 00:00", "official", NONE)]}),
]

TMALL = [
    ("collected at exactly 24 hours", order("05 10:00", ("collected", "06 10:00")),
     {HOURS_24: [("05 09:59:59", NONE), ("05 10:00", PENDING), ("06 09:59:59", PENDING),
                 ("06 10:00", YES)], HOURS_48: [("06 10:00", YES)]}),
    ("a second after 24 hours", order("05 10:00", ("collected", "06 10:00:01")),
     {HOURS_24: [("06 10:00", PENDING), ("06 10:00:01", NO)],
      HOURS_48: [("06 10:00", PENDING), ("06 10:00:01", YES)]}),
    ("at exactly 48 hours", order("05 10:00", ("collected", "07 10:00")),
     {HOURS_24: [("07 10:00", NO)], HOURS_48: [("07 09:59:59", PENDING), ("07 10:00", YES)]}),
    ("a second after 48 hours", order("05 10:00", ("collected", "07 10:00:01")),
     {HOURS_48: [("07 10:00", PENDING), ("07 10:00:01", NO)]}),
    ("cancelled between the two marks", order("05 10:00", cancelled("06 10:00:01", "buyer")),
     {HOURS_24: [("06 10:00:01", NO)], HOURS_48: [("06 10:00", PENDING), ("06 10:00:01", NONE)]}),
    ("a waybill collects nothing", order("05 10:00", ("shipped", "05 12:00", WAYBILL)),
     {HOURS_24: [("06 10:00", PENDING), ("06 10:00:01", NO)]}),
    ("four stars are content", ticket("refund", "05 10:00", ("rated", "06 10:00", {"stars": 4})),
     {RATED: [("06 09:59:59", NONE), ("06 10:00", YES)]}),
    ("three are not", ticket("refund", "05 10:00", ("rated", "06 10:00", {"stars": 3})),
     {RATED: [("06 10:00", NO)]}),
    *((f"a {kind} counts", ticket(kind, "05 10:00", ("rated", "06 10:00", {"stars": 5})),
       {RATED: [("06 10:00", YES)]}) for kind in ("return", "exchange", "repair", "resend")),
    *((f"a {kind} does not", ticket(kind, "05 10:00", ("rated", "06 10:00", {"stars": 5})),
       {RATED: [("06 10:00", NONE)]}) for kind in ("chat", "work_order", "dispute")),
    ("the latest rating holds, at its own time",
     ticket("repair", "05 10:00", ("rated", "06 10:00", {"stars": 5}),
            ("rated", "08 10:00", {"stars": 1})),
     {RATED: [("08 09:59:59", YES), ("08 10:00", NO),
              ("2024-04-06T23:59:59.999999+08:00", NO), ("2024-04-07T00:00:00+08:00", NONE)]}),
    ("30 store-days, by the rating",
     ticket("refund", "05 10:00", ("rated", "06 10:00", {"stars": 5})),
     {RATED: [("06 10:00", "official", NONE), ("07 00:00", "official", YES),
              ("2024-04-04T23:59:59.999999+08:00", YES), ("2024-04-05T00:00:00+08:00", NONE)]}),
]

CASES = DEFECTS + CANCELLATIONS + SHIPMENTS + TRACKING + DELIVERIES + TMALL


# --- Asking -----------------------------------------------------------------------------------


def platform_of(metric):
    return next(policy for policy, metrics in OF.items() if metric in metrics)


def counts(document, metric):
    shown = oracle.metrics_of(document)[metric]
    return shown["good"], shown["valid"], shown["pending"]


def numbers(document):
    """An answer without what may differ between two stores and two names of one policy."""
    return {name: value for name, value in document.items() if name not in ("store", "policy")}


def put_copies(service):
    """The policies once more, as new ones: no store has ever been counted by them."""
    for policy in PLATFORMS:
        document = json.loads((REPOSITORY / f"policies/{policy}.json").read_text("utf-8"))
        answer = service.put(f"/v1/policies/{policy}-copy", {**document, "id": f"{policy}-copy"})
        assert answer.status == 201, answer


def assert_verified(service):
    status, output = verify(service.uri)
    assert status == 0, output


# --- Boundaries -------------------------------------------------------------------------------


def test_by_hand():
    """Each case in three stores: one under jd, asked with ?policy=, and one under each platform."""
    failures = []
    with Service(new_database(), clock_start=AFTER) as service:
        for number, (_, events, _) in enumerate(CASES):
            fill(service, f"jd{number}", events, policy="jd")
            for policy in PLATFORMS:
                fill(service, f"{policy}{number}", events, policy=policy)
        put_copies(service)
        for number, (what, _, checks) in enumerate(CASES):
            for metric, moments in checks.items():
                policy = platform_of(metric)
                for moment, *basis, expected in moments:
                    query = {"basis": basis[0] if basis else "live"}
                    when = instant(at(moment))
                    own = asked(service, f"{policy}{number}", "score", when, **query)
                    other = asked(service, f"jd{number}", "score", when, policy=f"{policy}-copy",
                                  **query)
                    where = f"{what}: {metric} at {moment} {query['basis']}"
                    if counts(own, metric) != expected:
                        failures.append(f"{where}: expected {expected}, got {counts(own, metric)}")
                    expect(failures, where, numbers(own), numbers(other))
        assert_verified(service)
    report(failures)


def test_every_metric_has_cases():
    """A case for each answer that the metric can give; only those that wait for something pend."""
    for policy, metrics in OF.items():
        document = json.loads((REPOSITORY / f"policies/{policy}.json").read_text("utf-8"))
        shown = [metric for factor in document["factors"] for metric in factor["metrics"]]
        shown += document.get("metrics", [])
        assert sorted(metrics) == sorted(metric["id"] for metric in shown)
        for metric in shown:
            seen = {moment[-1] for _, _, checks in CASES for moment in checks.get(metric["id"], ())}
            wanted = {NONE, YES, NO}
            if metric["measure"]["kind"] == "within":
                wanted.add(PENDING)
            if metric["id"] == LATE_10D:  # the same measure as that of 30 days
                wanted.discard(NO)
            assert seen == wanted, (metric["id"], seen)


def test_live_under_the_own_policy():
    """The same stores asked now, when the sums of the writer answer: as hand-written just behind an
    instant of the cases, equal to their own as_of, and to the other store's under ?policy=."""
    failures = []
    for now in ("05 12:00", "06 10:00:01", "07 10:00:01", "08 18:00:01", "12 00:00:01"):
        start = instant(at(now))
        past = [(what, [event for event in events if instant(event["time"]) <= start], checks)
                for what, events, checks in CASES]
        with Service(new_database(), clock_start=at(now)) as service:
            for number, (_, events, _) in enumerate(past):
                fill(service, f"jd{number}", events, policy="jd")
                for policy in PLATFORMS:
                    fill(service, f"{policy}{number}", events, policy=policy)
            put_copies(service)
            for number, (what, _, checks) in enumerate(past):
                for policy in {platform_of(metric) for metric in checks}:
                    _look(failures, f"{what}, {now}", service, policy, number, start)
            assert_verified(service)
    report(failures)


def _look(failures, what, service, policy, number, start):
    for basis in ("live", "official"):
        document = asked(service, f"{policy}{number}", "score", basis=basis)
        when = instant(document["as_of"])
        assert start <= when
        past = asked(service, f"{policy}{number}", "score", when, basis=basis)
        expect(failures, f"{what} {basis}, as of", document, past)
        other = asked(service, f"jd{number}", "score", when, basis=basis, policy=f"{policy}-copy")
        expect(failures, f"{what} {basis}, other policy", numbers(document), numbers(other))


def test_live_over_marks():
    """The clock runs over marks of open orders: pending up to the mark, decided behind it."""
    start = instant(at("08 14:00"))
    mark = start + 2 * SECOND
    placed_at = rfc3339(mark - 48 * oracle.HOUR)
    events = order(placed_at, deliver_by=rfc3339(mark))
    with Service(new_database(), clock_start=rfc3339(start)) as service:
        for policy in PLATFORMS:
            fill(service, policy, events, policy=policy)
        now, seen = start, set()
        while now <= mark:
            for policy, metrics in (("amazon", {LATE: YES, LATE_10D: YES, ON_TIME: NO}),
                                    ("tmall", {HOURS_48: NO})):
                document = asked(service, policy, "score")
                now = instant(document["as_of"])
                seen.add(now > mark)
                for metric, decided in metrics.items():
                    expected = PENDING if now <= mark else decided
                    assert counts(document, metric) == expected, (metric, document)
                assert asked(service, policy, "score", now) == document
        assert seen == {False, True}, "the clock did not run over the mark"


# --- Points -----------------------------------------------------------------------------------


def _points(document):
    return {"score": document["score"], "factors": {
        factor["id"]: factor["points"] for factor in document["factors"]}, "metrics": {
        metric["id"]: metric["points"] for factor in document["factors"]
        for metric in factor["metrics"]}}


def test_points_of_amazon():
    """40 orders: one has a defect, 1/40 = 0.025 is 4 points; one is cancelled by the merchant,
    0.025 is at the limit, 7; nothing of the rest is late, all is tracked and in time, 10 each.
    Shipping is (7 + 10 + 10 + 10) / 4 = 9.25, the score (4 + 9.25) / 2 = 6.625."""
    events = review("a", "09 10:00", product=1)
    events += order("06 09:00", cancelled("06 10:00", "merchant"), deliver_by="09 09:00", name="X")
    for number in range(39):
        events += order("06 09:00", ("shipped", "06 12:00", WAYBILL), ("collected", "06 18:00"),
                        ("delivered", "08 12:00"), deliver_by="09 09:00",
                        name=f"O{number or ''}")
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events, policy="amazon")
        document = asked(service, "s", "score", instant(at("10 00:00")), basis="official")
        assert document["status"] == "scored", document
        assert _points(document) == {
            "score": {"points": "6.625", "base": "6.625", "bonus": "0.000"},
            "factors": {"customer_service": "4.000", "shipping": "9.250"},
            "metrics": {ODR: "4.000", CANCELLED: "7.000", LATE: "10.000", TRACKED: "10.000",
                        ON_TIME: "10.000"}}, document


def test_points_of_tmall():
    """36 of 40 ratings content, 0.9, 9 points. Of 40 orders 38 within 24 hours, 0.95, 9 points; and
    all within 48, 10. Logistics is 9.5, the score 9.25."""
    events = []
    for number in range(40):
        hour = "06 12:00" if number < 38 else "07 12:00"
        events += order("06 09:00", ("collected", hour), name=f"O{number}")
        stars = 4 if number % 10 else 3
        events += ticket("refund", "06 09:00", ("rated", "07 09:00", {"stars": stars}),
                         name=f"T{number}")
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events, policy="tmall")
        document = asked(service, "s", "score", instant(at("10 00:00")), basis="official")
        assert _points(document) == {
            "score": {"points": "9.250", "base": "9.250", "bonus": "0.000"},
            "factors": {"after_sales": "9.000", "logistics": "9.500"},
            "metrics": {RATED: "9.000", HOURS_24: "9.000", HOURS_48: "10.000"}}, document


def test_small_samples():
    """One of ten orders with a defect: 0.1 is 0 points of its own; the missing 20 of a full sample
    have 7: (10 × 0 + 20 × 7) / 30 = 4.667."""
    events = review("a", "06 10:00", product=1)
    for number in range(10):
        events += order("05 09:00", name=f"O{number or ''}")
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events, policy="amazon")
        document = asked(service, "s", "score", instant(at("07 00:00")))
        shown = oracle.metrics_of(document)[ODR]
        got = shown["value"], shown["points"], shown["blended"]
        assert got == ("0.1000", "4.667", True), shown


# --- Random histories -------------------------------------------------------------------------


class Naive:
    """The metrics of both platforms at one instant, counted from the rules alone."""

    def __init__(self, facts, zone, now, basis):
        self.zone, self.now, self.basis = zone, now, basis
        self.known = oracle.known_at(facts, now)
        self.by_order = self._by("order", lambda type: type.startswith("order.")
                                 and type != "order.reviewed")
        self.orders = [order for order in oracle.orders_of(self.known, now) if order.t0 <= now]

    def _by(self, member, wanted):
        groups = collections.defaultdict(list)
        for fact in self.known:
            if wanted(fact.type):
                groups[fact.data[member]].append(fact)
        return groups

    def _all(self, order, *types):
        return [fact for fact in self.by_order[order.id] if fact.type in types]

    def _in_window(self, at, days):
        first, last = oracle.window(self.zone, self.now, self.basis, days)
        return first <= oracle.day_of(self.zone, at) <= last

    def _placed(self, order):
        return oracle.earliest(self._all(order, "order.placed")).data

    def _shipped(self, order):
        at = oracle._all_parcels(self._all(order, "order.shipped", "order.collected"),
                                 int(self._placed(order).get("parcels", 1)))
        return None if at is None else max(at, order.t0)

    def _tracked(self, order):
        said = self._all(order, "order.shipped") or self._all(order, "order.collected")
        return bool(said) and all("carrier" in fact.data and "waybill" in fact.data
                                  for fact in said)

    def _let_down(self, order):
        if order.cancelled is None:
            return False
        by = oracle.earliest(self._all(order, "order.cancelled")).data.get("by")
        gone = [at for at in (self._shipped(order), order.collected) if at is not None]
        return by != "buyer" and order.cancelled <= min(gone, default=order.cancelled)

    def _defective(self):
        """The orders with a bad review or a dispute."""
        found = set()
        gone = self._by("review", lambda type: type == "review.excluded")
        for id, written in self._by("review", lambda type: type == "order.reviewed").items():
            shown = oracle_tickets.Review(id, written, id in gone)
            if shown.active and any(shown.stars.get(aspect, 5) <= 2
                                    for aspect in ("product", "service")):
                found.add(oracle.earliest(written).data.get("order"))
        openings = self._by("ticket", lambda type: type == "ticket.opened")
        for shown in oracle_tickets.tickets_of(self.known):
            cleared = (shown.latest("ruled")[1].get("liability") in ("buyer", "none")
                       or shown.latest("appealed")[1].get("won", False)
                       or shown.closing()[1] == "cancelled")
            if shown.kind == "dispute" and not cleared:
                found.add(oracle.earliest(openings[shown.id]).data.get("order"))
        return found

    def _that(self, days, test):
        among = [test(order) for order in self.orders if self._in_window(order.t0, days)]
        return sum(among), len(among), 0

    def _within(self, days, good_at, mark, failures=False):
        count = collections.Counter()
        for order in self.orders:
            limit = mark(order)
            if limit is None or not self._in_window(order.t0, days):
                continue
            count[oracle.decide(good_at(order), order.cancelled, lambda at: at <= limit,
                                self.now > limit)] += 1
        good, bad = count["good"], count["bad"]
        return bad if failures else good, good + bad, count["pending"]

    def _deliver_by(self, order):
        stated = self._placed(order).get("deliver_by")
        return None if stated is None else max(instant(stated), order.t0)

    def amazon(self):
        defective = self._defective()
        sent = [order for order in self.orders if self._shipped(order) is not None
                and self._in_window(self._shipped(order), 30)]
        late = lambda days: self._within(days, self._shipped,  # noqa: E731
                                         lambda order: order.promise, failures=True)
        return {
            ODR: self._that(60, lambda order: order.id in defective),
            CANCELLED: self._that(7, self._let_down),
            LATE: late(30),
            LATE_10D: late(10),
            TRACKED: (sum(self._tracked(order) and order.collected is not None
                          for order in sent), len(sent), 0),
            ON_TIME: self._within(14, lambda order: order.delivered, self._deliver_by),
        }

    def tmall(self):
        ratings = [shown.latest("rated") for shown in oracle_tickets.tickets_of(self.known)
                   if shown.kind in oracle_tickets.AFTER_SALES]
        stars = [data["stars"] for when, data in ratings
                 if when is not None and self._in_window(when, 30)]
        collected = lambda hours: self._within(  # noqa: E731
            30, lambda order: order.collected, lambda order: order.t0 + hours * oracle.HOUR)
        return {RATED: (sum(star >= 4 for star in stars), len(stars), 0),
                HOURS_24: collected(24), HOURS_48: collected(48)}


class Parcels(Story):
    """A story whose orders promise delivery dates and whose parcels have carriers and waybills."""

    def _add(self, type, time, data):
        if type == "order.placed" and self._chance(60):
            shift = self.random.choice((-1, 0, 20, 48, 72, 72, 300)) * oracle.HOUR
            data = {**data, "deliver_by": rfc3339(self._near(time + shift))}
        elif type == "order.collected" and self._chance(60):
            data = {**data, "carrier": "c", "waybill": f"w{data.get('order')}"}
        elif type == "order.shipped" and self._chance(20):
            data = {name: value for name, value in data.items() if name != "carrier"}
        return super()._add(type, time, data)


def test_random_histories():
    """While a history arrives in pieces, the live answer of the store's own policy equals that of
    its as_of, that of another store under ?policy=, and a naive count; so for earlier instants."""
    failures = Failures()
    seen = {metric: set() for metrics in OF.values() for metric in metrics}
    for number, policy in enumerate(PLATFORMS * 2):
        zone, day = PLACES[number]
        start = oracle.day_start(zone, day) + (14 + 9 * number) * oracle.HOUR
        told = Parcels(4200 + number, zone, day)
        told.policy = policy
        draw = random.Random(number)
        past = [event for event in told.shuffled() if _has_happened(event, start)]
        with Service(new_database(), clock_start=rfc3339(start)) as service:
            service.put_store("own", time_zone=zone, policy=policy)
            service.put_store("other", time_zone=zone, policy="jd")
            put_copies(service)
            arrived = []
            for chunk in chunks(draw, past, 250):
                form = form_for(draw, chunk)
                arrived += chunk
                _, facts = oracle.admit((event, start) for event in arrived)
                for store in ("own", "other"):
                    post(service, [{**event, "data": {**event["data"], "store": store}}
                                   for event in chunk], form)
                live = asked(service, "own", "score")
                moments = [instant(live["as_of"])]
                moments += [start - draw.randrange(9 * 24) * oracle.HOUR - draw.choice((0, 1))
                            for _ in range(3)]
                for moment in moments:
                    for basis in ("live", "official"):
                        own = asked(service, "own", "score", moment, basis=basis)
                        other = asked(service, "other", "score", moment, basis=basis,
                                      policy=f"{policy}-copy")
                        failures.add(told, f"{policy} {basis}", moment,
                                     oracle.differences(numbers(own), numbers(other)))
                        naive = getattr(Naive(facts, zone, moment, basis), policy)()
                        failures.add(told, f"{policy} {basis}, naive", moment, oracle.differences(
                            naive, {metric: counts(own, metric) for metric in naive}))
                        for metric, of_metric in naive.items():
                            seen[metric] |= {name for name, count in zip(
                                ("good", "valid", "pending"), of_metric) if count}
                failures.add(told, f"{policy}, as of live", moments[0], oracle.differences(
                    live, asked(service, "own", "score", moments[0])))
            assert_verified(service)
    failures.check()
    for metric, found in seen.items():
        waits = metric in (LATE, LATE_10D, ON_TIME, HOURS_24, HOURS_48)
        assert found == {"good", "valid", *(("pending",) if waits else ())}, (metric, found)


def _has_happened(event, now):
    moments = [event["time"]] + [event["data"][name] for name in ("paid_at", "through")
                                 if name in event["data"]]
    return all(instant(moment) <= now for moment in moments)


if __name__ == "__main__":
    main()
