#!/usr/bin/env python3
"""Answers exactly at, just before and just after every boundary. What is expected is written by
hand: nothing here is computed by rules that the service could share."""

from harness import Service, ev, main, new_database, verify
from oracle import differences, instant, rfc3339

AFTER = "2024-06-01T00:00:00Z"

L1 = "same_day_collection_rate"
L2 = "collection_rate_24h"
L3 = "on_time_shipping_rate"
L4 = "next_day_delivery_rate"
L5 = "mean_delivery_hours"

DECISIONS = {(1, 1, 0): "good", (0, 1, 0): "bad", (0, 0, 1): "pending", (0, 0, 0): "out"}


def at(text):
    """An instant of March 2024 in Shanghai: "05 10:00" is the 5th, ten o'clock. Text with a T is
    one already."""
    if "T" in text:
        return text
    day, clock = text.split()
    return f"2024-03-{day}T{clock if clock.count(':') == 2 else clock + ':00'}+08:00"


class Order:
    """The events of one order, which is called A and starts on the 5th at ten if nothing else is
    said. The store is filled in when they are posted."""

    def __init__(self, time="05 10:00", id=None, paid=True, **data):
        self.events = []
        self.then("placed", time, id, **({"paid_at": at(time)} if paid else {}), **data)

    def then(self, type, time, id=None, **data):
        for member in ("presale_until", "promised_at", "paid_at"):
            if member in data:
                data[member] = at(data[member])
        self.events.append(ev(f"order.{type}", at(time), {"order": "A", **data}, id=id))
        return self

    def retract(self, id, time):
        self.events.append(ev("event.retracted", at(time), {"source": "oms", "id": id}))
        return self

    def backwards(self):
        self.events.reverse()
        return self


def fill(service, store, events, **members):
    service.put_store(store, **members)
    events = [{**event, "data": {**event["data"], "store": store}} for event in events]
    answer = service.post_events(events)
    assert answer.status == 200, answer
    assert answer.json()["accepted"] == len(events), answer


def score(service, store, as_of, basis="live"):
    answer = service.get(f"/v1/stores/{store}/score?as_of={utc(as_of)}&basis={basis}")
    assert answer.status == 200, answer
    return answer.json()


def backlog(service, store, as_of):
    answer = service.get(f"/v1/stores/{store}/backlog?as_of={utc(as_of)}")
    assert answer.status == 200, answer
    return answer.json()


def utc(text):
    return rfc3339(instant(at(text)))


def metric(answer, id):
    return next(metric for factor in answer["factors"] for metric in factor["metrics"]
                if metric["id"] == id)


def decision(answer, id):
    share = metric(answer, id)
    return DECISIONS[share["good"], share["valid"], share["pending"]]


def expect(failures, what, expected, got):
    for path, left, right in differences(expected, got):
        failures.append(f"{what} {path}: expected {left!r}, got {right!r}")


def report(failures):
    assert not failures, f"{len(failures)} differ:\n" + "\n".join(failures[:40])


# --- Shares of one order ----------------------------------------------------------------------

# (what, its events, {metric: [(as of, decision)]})
SHARES = [
    ("collected in the last microsecond of the day",
     Order().then("collected", "05 23:59:59.999999"),
     {L1: [("05 09:59:59.999999", "out"), ("05 10:00", "pending"),
           ("05 23:59:59.999998", "pending"), ("05 23:59:59.999999", "good"),
           ("06 00:00", "good")]}),
    ("collected at midnight is the next day",
     Order().then("collected", "06 00:00"),
     {L1: [("05 23:59:59.999999", "pending"), ("06 00:00", "bad"), ("06 00:00:01", "bad")],
      L2: [("05 23:59:59.999999", "pending"), ("06 00:00", "good")]}),
    ("never collected",
     Order(),
     {L1: [("05 23:59:59.999999", "pending"), ("06 00:00", "bad")],
      L2: [("06 10:00", "pending"), ("06 10:00:00.000001", "bad")],
      L3: [("07 10:00", "pending"), ("07 10:00:00.000001", "bad")],
      L4: [("06 23:59:59.999999", "pending"), ("07 00:00", "bad")]}),
    ("collected at exactly 24 hours",
     Order().then("collected", "06 10:00"),
     {L2: [("06 09:59:59", "pending"), ("06 09:59:59.999999", "pending"), ("06 10:00", "good"),
           ("06 10:00:00.000001", "good")]}),
    ("collected a microsecond after 24 hours",
     Order().then("collected", "06 10:00:00.000001"),
     {L2: [("06 10:00", "pending"), ("06 10:00:00.000001", "bad")],
      L3: [("06 10:00", "pending"), ("06 10:00:00.000001", "good")]}),
    ("collected at exactly 48 hours, nothing promised",
     Order().then("collected", "07 10:00"),
     {L3: [("07 09:59:59.999999", "pending"), ("07 10:00", "good")]}),
    ("collected a microsecond after 48 hours, nothing promised",
     Order().then("collected", "07 10:00:00.000001"),
     {L3: [("07 10:00", "pending"), ("07 10:00:00.000001", "bad")]}),
    ("finer digits are cut",
     Order().then("collected", "06 10:00:00.0000009"),
     {L2: [("06 10:00", "good")]}),
    ("a waybill collects nothing",
     Order().then("shipped", "05 11:00", parcel="1", carrier="c", waybill="w"),
     {L1: [("05 12:00", "pending"), ("06 00:00", "bad")]}),
    ("a delivery is no collection",
     Order().then("delivered", "05 20:00"),
     {L1: [("05 21:00", "pending"), ("06 00:00", "bad")], L4: [("05 20:00", "good")]}),
    ("delivered in the last microsecond of the next day",
     Order().then("delivered", "06 23:59:59.999999"),
     {L4: [("06 23:59:59.999998", "pending"), ("06 23:59:59.999999", "good"),
           ("07 00:00", "good")]}),
    ("delivered when the next day is over",
     Order().then("delivered", "07 00:00"),
     {L4: [("06 23:59:59.999999", "pending"), ("07 00:00", "bad")]}),

    ("a promise kept exactly",
     Order(promised_at="08 12:00").then("collected", "08 12:00"),
     {L3: [("07 10:00:00.000001", "pending"), ("08 11:59:59.999999", "pending"),
           ("08 12:00", "good")]}),
    ("a promise missed by a microsecond",
     Order(promised_at="08 12:00").then("collected", "08 12:00:00.000001"),
     {L3: [("08 12:00", "pending"), ("08 12:00:00.000001", "bad")]}),
    ("a promise shorter than the default",
     Order(promised_at="05 12:00"),
     {L3: [("05 12:00", "pending"), ("05 12:00:00.000001", "bad")]}),
    ("a promise stated after 48 hours",
     Order().then("promised", "07 11:00", promised_at="09 00:00").then("collected", "08 12:00"),
     {L3: [("07 10:00", "pending"), ("07 10:00:00.000001", "bad"),
           ("07 10:59:59.999999", "bad"), ("07 11:00", "pending"), ("08 12:00", "good")]}),
    ("a later promise changes nothing",
     Order().then("promised", "05 11:00", promised_at="06 12:00")
     .then("promised", "05 12:00", promised_at="09 00:00"),
     {L3: [("06 12:00", "pending"), ("06 12:00:00.000001", "bad")]}),
    ("a later promise changes nothing, arriving first",
     Order().then("promised", "05 11:00", promised_at="06 12:00")
     .then("promised", "05 12:00", promised_at="09 00:00").backwards(),
     {L3: [("06 12:00", "pending"), ("06 12:00:00.000001", "bad")]}),
    ("two promises of one instant: the lower id",
     Order().then("promised", "05 11:00", id="p2", promised_at="09 00:00")
     .then("promised", "05 11:00", id="p1", promised_at="06 12:00"),
     {L3: [("06 12:00", "pending"), ("06 12:00:00.000001", "bad")]}),
    ("a promise before t0 reads as t0",
     Order(promised_at="04 00:00"),
     {L3: [("05 10:00", "pending"), ("05 10:00:00.000001", "bad")]}),
    ("a promise before t0, collected at t0",
     Order(promised_at="04 00:00").then("collected", "05 10:00"),
     {L3: [("05 10:00", "good")]}),
    ("a promise retracted",
     Order().then("promised", "05 11:00", id="p", promised_at="09 00:00")
     .retract("p", "08 00:00"),
     {L3: [("07 10:00:00.000001", "pending"), ("07 23:59:59.999999", "pending"),
           ("08 00:00", "bad")]}),

    ("presale",
     Order(presale_until="10 20:00"),
     {L1: [("05 12:00", "out"), ("10 19:59:59.999999", "out"), ("10 20:00", "pending"),
           ("10 23:59:59.999999", "pending"), ("11 00:00", "bad")],
      L2: [("10 19:59:59.999999", "out"), ("11 20:00", "pending"),
           ("11 20:00:00.000001", "bad")],
      L4: [("11 23:59:59.999999", "pending"), ("12 00:00", "bad")]}),
    ("presale that ended before the payment",
     Order(presale_until="04 20:00"),
     {L2: [("05 10:00", "pending"), ("06 10:00", "pending"), ("06 10:00:00.000001", "bad")]}),
    ("collected before t0 counts as at t0",
     Order(presale_until="10 20:00").then("collected", "09 08:00"),
     {L1: [("09 08:00", "out"), ("10 19:59:59.999999", "out"), ("10 20:00", "good")],
      L2: [("10 20:00", "good")]}),
    ("cancelled before t0",
     Order(presale_until="10 20:00").then("cancelled", "09 08:00", by="buyer"),
     {L1: [("10 20:00", "out"), ("11 00:00", "out")], L2: [("12 00:00", "out")]}),
    ("collected, then cancelled, both before t0: a tie at t0",
     Order(presale_until="10 20:00").then("collected", "08 08:00")
     .then("cancelled", "09 08:00"),
     {L1: [("10 20:00", "out")], L2: [("10 20:00", "out")]}),
    ("collected before t0, cancelled a microsecond after it",
     Order(presale_until="10 20:00").then("collected", "08 08:00")
     .then("cancelled", "10 20:00:00.000001"),
     {L1: [("10 20:00:00.000001", "good")], L2: [("11 00:00", "good")]}),

    ("cancelled at exactly 24 hours",
     Order().then("cancelled", "06 10:00"),
     {L1: [("06 10:00", "bad")], L2: [("06 09:59:59.999999", "pending"), ("06 10:00", "out"),
                                      ("06 10:00:00.000001", "out")],
      L3: [("08 00:00", "out")], L4: [("06 10:00", "out"), ("07 00:00", "out")]}),
    ("cancelled a microsecond after 24 hours",
     Order().then("cancelled", "06 10:00:00.000001"),
     {L2: [("06 10:00:00.000001", "bad"), ("07 00:00", "bad")], L3: [("08 00:00", "out")]}),
    ("cancelled in the last microsecond of the day",
     Order().then("cancelled", "05 23:59:59.999999"),
     {L1: [("05 23:59:59.999998", "pending"), ("05 23:59:59.999999", "out"),
           ("06 00:00", "out")]}),
    ("cancelled at midnight",
     Order().then("cancelled", "06 00:00"),
     {L1: [("06 00:00", "bad")], L2: [("06 00:00", "out")]}),
    ("collected and cancelled at one instant",
     Order().then("collected", "05 12:00").then("cancelled", "05 12:00"),
     {L1: [("05 12:00", "out")], L2: [("05 12:00", "out")], L3: [("05 12:00", "out")]}),
    ("collected a microsecond before the cancellation",
     Order().then("collected", "05 12:00").then("cancelled", "05 12:00:00.000001"),
     {L1: [("05 12:00:00.000001", "good")], L2: [("06 12:00", "good")]}),
    ("cancelled a microsecond before the collection",
     Order().then("cancelled", "05 12:00").then("collected", "05 12:00:00.000001"),
     {L1: [("05 12:00:00.000001", "out")], L2: [("06 12:00", "out")]}),
    ("collected, cancelled, delivered in time: the cancellation precedes the delivery",
     Order().then("collected", "05 12:00").then("cancelled", "06 12:00")
     .then("delivered", "06 13:00"),
     {L1: [("06 14:00", "good")], L4: [("06 11:00", "pending"), ("06 12:00", "out"),
                                       ("06 14:00", "out")]}),
    ("delivered and cancelled at one instant",
     Order().then("delivered", "06 12:00").then("cancelled", "06 12:00"),
     {L4: [("06 12:00", "out")]}),
    ("a cancellation retracted",
     Order().then("cancelled", "05 12:00", id="c").retract("c", "05 15:00"),
     {L1: [("05 14:59:59.999999", "out"), ("05 15:00", "pending"), ("06 00:00", "bad")]}),

    ("two parcels, the second a microsecond too late",
     Order(parcels=2).then("collected", "05 11:00", parcel="1")
     .then("collected", "06 10:00:00.000001", parcel="2"),
     {L1: [("05 11:00", "pending"), ("06 00:00", "bad")],
      L2: [("06 10:00", "pending"), ("06 10:00:00.000001", "bad")],
      L3: [("06 10:00:00.000001", "good")]}),
    ("one parcel of two scanned twice",
     Order(parcels=2).then("collected", "05 11:00", parcel="1")
     .then("collected", "05 12:00", parcel="1"),
     {L1: [("05 12:00", "pending"), ("06 00:00", "bad")]}),
    ("a scan without a parcel means all",
     Order(parcels=3).then("collected", "05 11:00", parcel="1").then("collected", "05 12:00"),
     {L1: [("05 11:00", "pending"), ("05 12:00", "good")]}),
    ("the first scan of each parcel counts",
     Order(parcels=2).then("collected", "06 11:00", parcel="2")
     .then("collected", "05 12:00", parcel="2").then("collected", "05 11:00", parcel="1"),
     {L1: [("05 11:59:59.999999", "pending"), ("05 12:00", "good")]}),
    ("more parcels scanned than announced",
     Order().then("collected", "05 12:00", parcel="b").then("collected", "05 11:00", parcel="a"),
     {L1: [("05 10:59:59.999999", "pending"), ("05 11:00", "good")]}),
    ("one of two parcels delivered",
     Order(parcels=2).then("delivered", "05 12:00", parcel="a")
     .then("delivered", "07 00:00", parcel="b"),
     {L4: [("06 23:59:59.999999", "pending"), ("07 00:00", "bad")]}),
    ("a scan of one parcel retracted",
     Order(parcels=2).then("collected", "05 11:00", parcel="a")
     .then("collected", "05 12:00", id="b", parcel="b").retract("b", "05 13:00"),
     {L1: [("05 12:00", "good"), ("05 13:00", "pending"), ("06 00:00", "bad")]}),

    ("cash on delivery starts when it is placed",
     Order(paid=False, payment="cod").then("paid", "06 09:00"),
     {L2: [("05 09:59:59.999999", "out"), ("05 10:00", "pending"), ("06 10:00", "pending"),
           ("06 10:00:00.000001", "bad")]}),
    ("cash on delivery does not look at paid_at",
     Order(payment="cod", paid=False).then("paid", "04 09:00"),
     {L2: [("05 09:59:59.999999", "out"), ("05 10:00", "pending"), ("06 10:00", "pending")]}),
    ("prepaid without a payment",
     Order(paid=False),
     {L1: [("05 12:00", "out"), ("06 00:00", "out")], L2: [("08 00:00", "out")]}),
    ("paid later",
     Order(paid=False).then("paid", "06 09:00"),
     {L1: [("06 08:59:59.999999", "out"), ("06 09:00", "pending"), ("07 00:00", "bad")],
      L2: [("07 09:00", "pending"), ("07 09:00:00.000001", "bad")]}),
    ("the earlier of paid_at and order.paid",
     Order().then("paid", "05 09:00"),
     {L2: [("05 09:59:59.999999", "out"), ("05 10:00", "pending"), ("06 09:00", "pending"),
           ("06 09:00:00.000001", "bad")]}),
    ("paid before it was placed: known when placed, started when paid",
     Order(paid=False, paid_at="04 22:00"),
     {L1: [("05 09:59:59.999999", "out"), ("05 10:00", "bad")],
      L2: [("05 10:00", "pending"), ("05 22:00", "pending"), ("05 22:00:00.000001", "bad")]}),
    ("paid_at counts from its own instant",
     Order(paid=False, paid_at="05 11:00"),
     {L1: [("05 10:59:59.999999", "out"), ("05 11:00", "pending")],
      L2: [("06 11:00", "pending"), ("06 11:00:00.000001", "bad")]}),
    ("the payment retracted",
     Order(paid=False).then("paid", "05 10:00", id="paid").retract("paid", "05 15:00"),
     {L1: [("05 14:59:59.999999", "pending"), ("05 15:00", "out"), ("06 00:00", "out")]}),
    ("the payment retracted, the retraction arrives first",
     Order(paid=False).then("paid", "05 10:00", id="paid").retract("paid", "05 15:00")
     .backwards(),
     {L1: [("05 14:59:59.999999", "pending"), ("05 15:00", "out"), ("06 00:00", "out")]}),
    ("an earlier payment retracted leaves the later one",
     Order(paid=False).then("paid", "05 10:00", id="paid").then("paid", "05 12:00")
     .retract("paid", "05 15:00"),
     {L2: [("05 14:00", "pending"), ("06 10:00:00.000001", "pending"), ("06 12:00", "pending"),
           ("06 12:00:00.000001", "bad")]}),
    ("the collection retracted",
     Order().then("collected", "05 11:00", id="scan").retract("scan", "06 05:00"),
     {L1: [("05 11:00", "good"), ("06 04:59:59.999999", "good"), ("06 05:00", "bad")],
      L2: [("06 04:59:59.999999", "good"), ("06 05:00", "pending"),
           ("06 10:00:00.000001", "bad")]}),
    ("a retraction before the event that it names",
     Order().then("collected", "05 12:00", id="scan").retract("scan", "05 11:00"),
     {L1: [("05 12:00", "pending"), ("06 00:00", "bad")]}),
    ("a retraction cannot be retracted",
     Order().then("collected", "05 11:00", id="scan").retract("scan", "05 12:00")
     .retract("undo", "05 13:00"),
     {L1: [("05 11:59:59.999999", "good"), ("05 12:00", "pending"), ("05 14:00", "pending")]}),
    ("the order retracted",
     Order(id="placed").then("collected", "05 11:00").retract("placed", "05 12:00"),
     {L1: [("05 11:59:59.999999", "good"), ("05 12:00", "out"), ("06 00:00", "out")]}),

    ("everything arrives backwards",
     Order().then("collected", "05 11:00").then("cancelled", "05 12:00").backwards(),
     {L1: [("05 10:59:59.999999", "pending"), ("05 11:00", "good"), ("05 12:00", "good")]}),
    ("the scan of an order that never was",
     Order(paid=False, payment="prepaid").then("collected", "05 11:00"),
     {L1: [("05 12:00", "out")]}),
    ("a second order.placed changes nothing",
     Order().then("placed", "05 11:00", test=True, parcels=4, paid_at="05 09:00",
                  promised_at="05 09:30").then("collected", "06 10:00"),
     {L1: [("05 12:00", "pending")], L2: [("06 10:00", "good")], L3: [("06 10:00", "good")]}),
    ("an order.placed that happened earlier replaces the first",
     Order().then("placed", "05 09:00", paid_at="05 09:00"),
     {L2: [("05 08:59:59.999999", "out"), ("05 09:00", "pending"), ("06 09:00", "pending"),
           ("06 09:00:00.000001", "bad")]}),
    ("the first order.placed retracted leaves the second",
     Order(id="first").then("placed", "05 11:00", paid_at="05 11:00")
     .retract("first", "05 12:00"),
     {L2: [("05 10:00", "pending"), ("06 10:00:00.000001", "pending"), ("06 11:00", "pending"),
           ("06 11:00:00.000001", "bad")]}),
    *[(f"fulfilment {fulfilment} is out",
       Order(fulfilment=fulfilment).then("collected", "05 11:00").then("delivered", "05 12:00"),
       {L1: [("05 10:30", "out"), ("05 11:00", "out")], L4: [("05 12:00", "out")]})
      for fulfilment in ("platform", "pickup", "virtual")],
    ("fulfilment merchant is in",
     Order(fulfilment="merchant"),
     {L1: [("05 10:00", "pending")]}),
    ("a test order is out",
     Order(test=True).then("collected", "05 11:00"),
     {L1: [("05 11:00", "out")]}),
    ("the last day of the window is today",
     Order("05 00:00").then("collected", "05 00:00"),
     {L1: [("04 23:59:59.999999", "out"), ("05 00:00", "good"),
           ("2024-04-03T23:59:59.999999+08:00", "good"), ("2024-04-04T00:00:00+08:00", "out")]}),
]

# Days that are not 24 hours long, and zones that are not whole hours: (zone, what, events, checks)
ZONES = [
    ("America/Sao_Paulo", "the day of 23 hours begins at one o'clock",
     Order("2018-11-04T01:00:00-02:00").then("collected", "2018-11-04T23:59:59.999999-02:00"),
     {L1: [("2018-11-05T01:59:59.999998Z", "pending"), ("2018-11-05T01:59:59.999999Z", "good")]}),
    ("America/Sao_Paulo", "the day of 23 hours ends at 02:00Z",
     Order("2018-11-04T01:00:00-02:00").then("collected", "2018-11-05T02:00:00Z"),
     {L1: [("2018-11-05T01:59:59.999999Z", "pending"), ("2018-11-05T02:00:00Z", "bad")]}),
    ("America/Sao_Paulo", "the day before it ends at 03:00Z",
     Order("2018-11-03T12:00:00-03:00").then("collected", "2018-11-04T03:00:00Z"),
     {L1: [("2018-11-04T02:59:59.999999Z", "pending"), ("2018-11-04T03:00:00Z", "bad")]}),
    ("America/Sao_Paulo", "24 hours elapse over a clock change",
     Order("2018-11-03T12:00:00-03:00").then("collected", "2018-11-04T13:00:00-02:00"),
     {L2: [("2018-11-04T14:59:59.999999Z", "pending"), ("2018-11-04T15:00:00Z", "good")]}),
    ("America/Sao_Paulo", "the hour that comes twice belongs to the day",
     Order("2018-02-17T12:00:00-02:00").then("collected", "2018-02-17T23:59:59.999999-03:00"),
     {L1: [("2018-02-18T02:59:59.999998Z", "pending"), ("2018-02-18T02:59:59.999999Z", "good")]}),
    ("America/Sao_Paulo", "the day of 25 hours ends at 03:00Z",
     Order("2018-02-17T12:00:00-02:00").then("delivered", "2018-02-19T03:00:00Z"),
     {L1: [("2018-02-18T02:59:59.999999Z", "pending"), ("2018-02-18T03:00:00Z", "bad")],
      L4: [("2018-02-19T02:59:59.999999Z", "pending"), ("2018-02-19T03:00:00Z", "bad")]}),
    ("America/Havana", "midnight comes twice: the day begins with the first",
     Order("2023-11-04T12:00:00-04:00").then("collected", "2023-11-05T04:00:00Z"),
     {L1: [("2023-11-05T03:59:59.999999Z", "pending"), ("2023-11-05T04:00:00Z", "bad")]}),
    ("America/Havana", "placed between the two midnights",
     Order("2023-11-05T00:30:00-04:00").then("collected", "2023-11-06T04:59:59.999999Z"),
     {L1: [("2023-11-05T05:00:00Z", "pending"), ("2023-11-06T04:59:59.999999Z", "good")]}),
    ("America/Havana", "the day of 25 hours ends at 05:00Z",
     Order("2023-11-05T00:30:00-04:00").then("collected", "2023-11-06T05:00:00Z"),
     {L1: [("2023-11-06T04:59:59.999999Z", "pending"), ("2023-11-06T05:00:00Z", "bad")]}),
    ("Asia/Kolkata", "the day ends at 18:30Z",
     Order("2024-03-05T18:29:59.999999Z"),
     {L1: [("2024-03-05T18:29:59.999999Z", "pending"), ("2024-03-05T18:30:00Z", "bad")],
      L4: [("2024-03-06T18:29:59.999999Z", "pending"), ("2024-03-06T18:30:00Z", "bad")]}),
    ("Asia/Kolkata", "18:30Z is the next day",
     Order("2024-03-05T18:30:00Z").then("collected", "2024-03-06T18:29:59.999999Z"),
     {L1: [("2024-03-05T18:30:00Z", "pending"), ("2024-03-06T18:29:59.999999Z", "good")]}),
    ("Asia/Kathmandu", "the day ends at 18:15Z",
     Order("2024-03-05T18:14:59.999999Z").then("collected", "2024-03-05T18:15:00Z"),
     {L1: [("2024-03-05T18:14:59.999999Z", "pending"), ("2024-03-05T18:15:00Z", "bad")]}),
    ("Asia/Kathmandu", "18:15Z is the next day",
     Order("2024-03-05T18:15:00Z").then("collected", "2024-03-06T18:14:59.999999Z"),
     {L1: [("2024-03-06T18:14:59.999999Z", "good"), ("2024-03-06T18:15:00Z", "good")]}),
    ("UTC", "a leap day",
     Order("2024-02-28T12:00:00Z").then("delivered", "2024-02-29T23:59:59.999999Z"),
     {L4: [("2024-02-29T23:59:59.999998Z", "pending"), ("2024-02-29T23:59:59.999999Z", "good")]}),
]


def test_shares():
    with Service(new_database(), clock_start=AFTER) as service:
        failures = []
        cases = [("Asia/Shanghai", *case) for case in SHARES] + ZONES
        for number, (zone, what, order, checks) in enumerate(cases):
            store = f"share-{number}"
            fill(service, store, order.events, time_zone=zone)
            for id, readings in checks.items():
                for as_of, expected in readings:
                    got = decision(score(service, store, as_of), id)
                    if got != expected:
                        failures.append(f"{zone}, {what}: {id} at {as_of}: "
                                        f"expected {expected}, got {got}")
        report(failures)
        assert verify(service.uri)[0] == 0


def test_official_window_is_one_day_earlier():
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", Order().then("collected", "05 11:00").events)
        for as_of, expected in (("05 23:59:59.999999", "out"), ("06 00:00", "good"),
                                ("2024-04-04T23:59:59.999999+08:00", "good"),
                                ("2024-04-05T00:00:00+08:00", "out")):
            assert decision(score(service, "s", as_of, "official"), L1) == expected, as_of
        windows = {basis: metric(score(service, "s", "05 12:00", basis), L1)["window"]
                   for basis in ("live", "official")}
        assert windows == {
            "live": {"from": "2024-02-04T16:00:00Z", "to": "2024-03-05T16:00:00Z", "days": 30},
            "official": {"from": "2024-02-03T16:00:00Z", "to": "2024-03-04T16:00:00Z", "days": 30},
        }, windows


def test_value_and_sample():
    """Shares of 9, 10, 29 and 30 orders, and what stands where there is nothing."""
    rows = [  # orders, collected, pending after it, sample, value, value_worst
        (0, 0, 0, "none", None, None),
        (0, 0, 2, "none", None, "0.0000"),
        (1, 1, 0, "very_low", "1.0000", "1.0000"),
        (3, 2, 1, "very_low", "0.6667", "0.5000"),
        (9, 0, 0, "very_low", "0.0000", "0.0000"),
        (10, 9, 0, "low", "0.9000", "0.9000"),
        (29, 28, 1, "low", "0.9655", "0.9333"),
        (30, 29, 0, "full", "0.9667", "0.9667"),
        (32, 1, 0, "full", "0.0313", "0.0313"),  # 0.03125, half up
    ]
    with Service(new_database(), clock_start=AFTER) as service:
        failures = []
        for number, (valid, good, pending, sample, value, worst) in enumerate(rows):
            events = []
            for index in range(valid + pending):
                placed = at("05 10:00" if index < valid else "06 10:00")
                about = {"order": f"o{index}", "paid_at": placed}
                events.append(ev("order.placed", placed, about))
                if index < good:
                    events.append(ev("order.collected", at("05 11:00"), {"order": f"o{index}"}))
            fill(service, f"value-{number}", events)
            expect(failures, f"row {number}", {
                "good": good, "valid": valid, "pending": pending, "sample": sample,
                "value": value, "value_worst": worst,
            }, metric(score(service, f"value-{number}", "06 12:00"), L1))
        report(failures)


def test_mean_delivery_hours():
    """The mean: whole seconds of each order, by the day of delivery."""
    cases = [
        ("a second is cut", Order().then("delivered", "06 10:00:01.999999"),
         [("06 10:00:01.999998", 0, 0, None), ("06 10:00:01.999999", 86401, 1, "24.0003")]),
        ("cancelled at the delivery", Order().then("delivered", "06 10:00")
         .then("cancelled", "06 10:00"), [("06 10:00", 0, 0, None)]),
        ("cancelled after the delivery", Order().then("delivered", "06 10:00")
         .then("cancelled", "06 10:00:00.000001"), [("06 11:00", 86400, 1, "24.0000")]),
        ("delivered before t0", Order(presale_until="10 20:00").then("delivered", "09 00:00"),
         [("10 19:59:59.999999", 0, 0, None), ("10 20:00", 0, 1, "0.0000")]),
        ("all parcels", Order(parcels=2).then("delivered", "05 11:00", parcel="a")
         .then("delivered", "05 11:30", parcel="b"),
         [("05 11:29:59.999999", 0, 0, None), ("05 11:30", 5400, 1, "1.5000")]),
        ("by the day of delivery, not of t0", Order("01 00:00").then("delivered", "20 00:00"),
         [("2024-04-18T23:59:59.999999+08:00", 1641600, 1, "456.0000"),
          ("2024-04-19T00:00:00+08:00", 0, 0, None)]),
        ("the delivery retracted", Order().then("delivered", "05 12:00", id="d")
         .retract("d", "05 13:00"),
         [("05 12:59:59.999999", 7200, 1, "2.0000"), ("05 13:00", 0, 0, None)]),
    ]
    with Service(new_database(), clock_start=AFTER) as service:
        failures = []
        for number, (what, order, readings) in enumerate(cases):
            fill(service, f"mean-{number}", order.events)
            for as_of, amount, valid, value in readings:
                got = metric(score(service, f"mean-{number}", as_of), L5)
                expect(failures, f"{what} at {as_of}",
                       {"amount": amount, "valid": valid, "value": value}, got)
                for absent in ("good", "pending", "value_worst"):
                    if absent in got:
                        failures.append(f"{what}: a mean has no {absent}")
        report(failures)


# --- Backlog: thresholds ----------------------------------------------------------------------

# orders, never collected, warned at 48 h?, mild at 72 h?, (collect, exempt) for mild, for warning
THRESHOLDS = [
    (300, 300, None, None, (271, 300), (255, 300)),
    (301, 30, False, False, (0, 0), (0, 0)),
    (301, 31, False, True, (1, 2), (0, 0)),
    (301, 45, False, True, (15, 17), (0, 0)),
    (301, 46, True, True, (16, 18), (1, 1)),
    (310, 31, False, True, (1, 1), (0, 0)),
    (310, 40, False, True, (10, 11), (0, 0)),
    (320, 48, False, True, (17, 18), (0, 0)),
    (320, 49, True, True, (18, 19), (1, 2)),
    (400, 120, True, True, (81, 89), (60, 71)),
    (1000, 99, False, False, (0, 0), (0, 0)),
    (1000, 100, False, True, (1, 1), (0, 0)),
    (1000, 150, False, True, (51, 56), (0, 0)),
    (1000, 151, True, True, (52, 57), (1, 2)),
]

# What happens to a cohort of 2024-01-01, all placed at 12:00 Shanghai time: at each instant the
# states at 48, 72 and 120 hours, the level and the restrictions, by the row's two answers.
P, C = "pending", "clear"
NEVER = (  # below every threshold
    ("2024-01-03T12:00:00+08:00", P, P, P, "none", ()),
    ("2024-01-03T23:59:59+08:00", P, P, P, "none", ()),
    ("2024-01-04T00:00:00+08:00", C, P, P, "none", ()),
    ("2024-01-04T23:59:59.999999+08:00", C, P, P, "none", ()),
    ("2024-01-05T00:00:00+08:00", C, C, P, "none", ()),
    ("2024-01-07T00:00:00+08:00", C, C, C, "none", ()),
    ("2024-01-07T23:59:59+08:00", C, C, C, "none", ()),
)
DEMOTION = ("search_demotion", 75, "2024-01-04T16:00:00Z", "2024-01-07T16:00:00Z")
OFF_SALE = ("off_sale", None, "2024-01-06T16:00:00Z", "2024-01-07T16:00:00Z")


def _sanctioned(at_48, level_48):
    return (
        ("2024-01-03T12:00:00+08:00", P, P, P, "none", ()),
        ("2024-01-03T12:00:00.000001+08:00", P, P, P, "none", ()),
        ("2024-01-03T23:59:59+08:00", P, P, P, "none", ()),
        ("2024-01-03T23:59:59.999999+08:00", P, P, P, "none", ()),
        ("2024-01-04T00:00:00+08:00", at_48, P, P, level_48, ()),
        ("2024-01-04T00:00:01+08:00", at_48, P, P, level_48, ()),
        ("2024-01-04T12:00:00.000001+08:00", at_48, P, P, level_48, ()),
        ("2024-01-04T23:59:59+08:00", at_48, P, P, level_48, ()),
        ("2024-01-04T23:59:59.999999+08:00", at_48, P, P, level_48, ()),
        ("2024-01-05T00:00:00+08:00", at_48, "mild", P, "mild", (DEMOTION,)),
        ("2024-01-05T00:00:01+08:00", at_48, "mild", P, "mild", (DEMOTION,)),
        ("2024-01-06T23:59:59.999999+08:00", at_48, "mild", P, "mild", (DEMOTION,)),
        ("2024-01-07T00:00:00+08:00", at_48, "mild", "severe", "severe", (DEMOTION, OFF_SALE)),
        ("2024-01-07T23:59:59+08:00", at_48, "mild", "severe", "severe", (DEMOTION, OFF_SALE)),
        ("2024-01-07T23:59:59.999999+08:00", at_48, "mild", "severe", "severe",
         (DEMOTION, OFF_SALE)),
    )


N = "not_assessed"
UNASSESSED = (  # a cohort of 300: it is only watched
    ("2024-01-03T23:59:59+08:00", P, P, P, "none", ()),
    ("2024-01-04T00:00:00+08:00", N, P, P, "watch", ()),
    ("2024-01-04T23:59:59.999999+08:00", N, P, P, "watch", ()),
    ("2024-01-05T00:00:00+08:00", N, N, P, "none", ()),
    ("2024-01-05T23:59:59+08:00", N, N, P, "none", ()),
    ("2024-01-06T00:00:00+08:00", N, N, P, "watch", ()),
    ("2024-01-06T12:00:00.000001+08:00", N, N, P, "watch", ()),
    ("2024-01-06T23:59:59.999999+08:00", N, N, P, "watch", ()),
    ("2024-01-07T00:00:00+08:00", N, N, N, "none", ()),
)
TIMELINES = {
    (None, None): UNASSESSED,
    (False, False): NEVER,
    (False, True): _sanctioned(C, "watch"),
    (True, True): _sanctioned("warned", "warning"),
}

PLACED = "2024-01-01T12:00:00+08:00"


def cohort(orders, uncollected, placed=PLACED, prefix="o"):
    events = []
    for index in range(orders):
        order = f"{prefix}{index}"
        events.append(ev("order.placed", placed, {"order": order, "paid_at": placed}))
        if index >= uncollected:
            events.append(ev("order.collected", placed, {"order": order}))
    return events


def mark_of(answer, day, hours):
    listed = next(cohort for cohort in answer["cohorts"] if cohort["day"] == day)
    return next(mark for mark in listed["marks"] if mark["hours"] == hours)


def test_thresholds():
    with Service(new_database(), clock_start=AFTER) as service:
        failures = []
        for orders, uncollected, warned, mild, *_ in THRESHOLDS:
            store = f"t-{orders}-{uncollected}"
            fill(service, store, cohort(orders, uncollected))
            for as_of, *states, level, restrictions in TIMELINES[warned, mild]:
                got = backlog(service, store, as_of)
                listed = next(day for day in got["cohorts"] if day["day"] == "2024-01-01")
                expect(failures, f"{store} at {as_of}", {
                    "level": level,
                    "advisory": level == "watch" and orders <= 300,
                    "restrictions": [
                        {"kind": kind, "percent": percent, "from": start, "to": end,
                         "cohorts": ["2024-01-01"]}
                        for kind, percent, start, end in restrictions],
                    "states": states,
                }, {**got, "states": [mark["state"] for mark in listed["marks"]],
                    "restrictions": sorted(got["restrictions"], reverse=True,
                                           key=lambda shown: shown["kind"])})
                expect(failures, f"{store} at {as_of}",
                       {"orders": orders, "assessed": orders > 300,
                        "marks": [{"reasons": ["ratio"]
                                   if state in ("warned", "mild", "severe") else []}
                                  for state in states]}, listed)
            # The restrictions have run out and the cohort is listed no more.
            got = backlog(service, store, "2024-01-08T00:00:00+08:00")
            expect(failures, f"{store} afterwards",
                   {"level": "none", "advisory": False, "restrictions": []}, got)
        report(failures)


def test_ways_out():
    with Service(new_database(), clock_start=AFTER) as service:
        failures = []
        for orders, bad, warned, mild, mild_ways, warning_ways in THRESHOLDS:
            store = f"w-{orders}-{bad}"
            fill(service, store, cohort(orders, bad))
            marks = ((48, warning_ways, warned or warned is None, "2024-01-03"),
                     (72, mild_ways, mild or mild is None, "2024-01-04"),
                     (120, mild_ways, mild or mild is None, "2024-01-06"))
            for hours, (collect, exempt), reached, mark_day in marks:
                # Until its mark an order can be saved, at the mark too, afterwards no more.
                for clock, at_risk in (("11:59:59", bad), ("12:00:00", bad),
                                       ("12:00:00.000001", 0), ("23:59:59", 0)):
                    as_of = f"{mark_day}T{clock}+08:00"
                    shown = mark_of(backlog(service, store, as_of), "2024-01-01", hours)
                    expect(failures, f"{store}: {hours} h at {as_of}", {
                        "eligible": orders, "exempt": 0, "cancelled": 0,
                        "overdue": bad - at_risk, "overdue_still_open": bad - at_risk,
                        "at_risk": at_risk, "inevitable": reached and at_risk == 0,
                        "collect_to_clear": collect if at_risk or collect == 0 else None,
                        "exempt_to_clear": exempt, "baseline": None, "readings_disagree": False,
                    }, shown)
        report(failures)


def test_time_vectors():
    """t0 at the last second of a day: marks and checkpoints of D-doc 3.4."""
    late = "2024-01-01T23:59:59+08:00"
    checkpoints = [(48, "2024-01-03T16:00:00Z", "2024-01-03T23:59:59+08:00"),
                   (72, "2024-01-04T16:00:00Z", "2024-01-04T23:59:59+08:00"),
                   (120, "2024-01-06T16:00:00Z", "2024-01-06T23:59:59+08:00")]
    with Service(new_database(), clock_start=AFTER) as service:
        events = cohort(301, 31, placed=late)
        events += cohort(1, 1, placed="2024-01-02T00:00:00+08:00", prefix="next")
        fill(service, "s", events)
        failures = []
        for hours, checkpoint, mark in checkpoints:
            micro_after = mark.replace("59+", "59.000001+")
            for as_of, overdue, at_risk in ((mark, 0, 31), (micro_after, 31, 0)):
                got = backlog(service, "s", as_of)
                expect(failures, f"{hours} h at {as_of}",
                       {"checkpoint": checkpoint, "eligible": 301, "overdue": overdue,
                        "at_risk": at_risk, "state": "pending",
                        "ratio": "0.1030" if overdue else "0.0000", "ratio_worst": "0.1030"},
                       mark_of(got, "2024-01-01", hours))
                expect(failures, f"{hours} h at {as_of}",
                       {"eligible": 1, "overdue": 0, "at_risk": 1},
                       mark_of(got, "2024-01-02", hours))
        report(failures)


def test_cohort_days():
    """Seven days whatever is in them; an order appears at its t0."""
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", Order().events + [
            ev("order.placed", at("05 23:59:59.999999"),
               {"order": "B", "paid_at": at("05 23:59:59.999999")}),
            ev("order.placed", at("06 00:00"), {"order": "C", "paid_at": at("06 00:00")})])
        rows = [  # as of, the last three days, placed today
            ("05 09:59:59.999999", {"2024-03-05": 0}, 0),
            ("05 10:00", {"2024-03-05": 1}, 1),
            ("05 23:59:59.999998", {"2024-03-05": 1}, 1),
            ("05 23:59:59.999999", {"2024-03-05": 2}, 2),
            ("06 00:00", {"2024-03-05": 2, "2024-03-06": 1}, 1),
            ("11 23:59:59.999999", {"2024-03-05": 2, "2024-03-06": 1}, 0),
            ("12 00:00", {"2024-03-06": 1}, 0),
        ]
        for as_of, orders, placed in rows:
            got = backlog(service, "s", as_of)
            last = int(as_of[:2])
            assert [day["day"] for day in got["cohorts"]] == [
                f"2024-03-{day:02d}" if day > 0 else f"2024-02-{29 + day:02d}"
                for day in range(last - 6, last + 1)], got
            shown = {day["day"]: day["orders"] for day in got["cohorts"] if day["orders"]}
            assert shown == {day: count for day, count in orders.items() if count}, (as_of, shown)
            assert got["today"]["placed"] == placed, (as_of, got["today"])
            empty = mark_of(got, got["cohorts"][0]["day"], 48)
            if not got["cohorts"][0]["orders"]:
                assert not differences({"eligible": 0, "overdue": 0, "at_risk": 0, "ratio": None,
                                        "ratio_worst": None, "collect_to_clear": 0,
                                        "exempt_to_clear": 0, "inevitable": False}, empty), empty


def test_one_order_in_the_backlog():
    """One order, mark of 48 hours at the 7th, ten o'clock; checkpoint the 8th, midnight."""
    zero = {"eligible": 0, "cancelled": 0, "overdue": 0, "overdue_still_open": 0, "at_risk": 0}
    risk = {**zero, "eligible": 1, "at_risk": 1}
    safe = {**zero, "eligible": 1}
    late = {**zero, "eligible": 1, "overdue": 1}
    open_ = {**late, "overdue_still_open": 1}
    left = {**zero, "cancelled": 1}
    cases = [
        ("never collected", Order(),
         [("05 09:59:59.999999", zero), ("05 10:00", risk), ("07 10:00", risk),
          ("07 10:00:00.000001", open_), ("08 00:00", open_), ("09 00:00", open_)]),
        ("collected at the mark", Order().then("collected", "07 10:00"),
         [("07 09:59:59.999999", risk), ("07 10:00", safe), ("08 00:00", safe)]),
        ("collected a microsecond late", Order().then("collected", "07 10:00:00.000001"),
         [("07 10:00", risk), ("07 10:00:00.000001", late), ("08 00:00", late)]),
        ("collected at the checkpoint", Order().then("collected", "08 00:00"),
         [("07 23:59:59.999999", open_), ("08 00:00", late), ("09 00:00", late)]),
        ("collected after the checkpoint", Order().then("collected", "08 00:00:00.000001"),
         [("08 00:00", open_), ("08 00:00:00.000001", open_), ("09 00:00", open_)]),
        ("cancelled at the mark", Order().then("cancelled", "07 10:00"),
         [("07 09:59:59.999999", risk), ("07 10:00", left), ("08 00:00", left)]),
        ("cancelled a microsecond late", Order().then("cancelled", "07 10:00:00.000001"),
         [("07 10:00", risk), ("07 10:00:00.000001", late), ("08 00:00", late)]),
        ("cancelled after the checkpoint", Order().then("cancelled", "08 00:00:00.000001"),
         [("08 00:00:00.000001", open_)]),
        ("collected and cancelled at once",
         Order().then("collected", "06 10:00").then("cancelled", "06 10:00"),
         [("06 10:00", left), ("08 00:00", left)]),
        ("collected before it was cancelled",
         Order().then("collected", "06 09:59:59.999999").then("cancelled", "06 10:00"),
         [("06 10:00", safe), ("08 00:00", safe)]),
        ("cancelled before it was collected",
         Order().then("cancelled", "06 09:00").then("collected", "06 10:00"),
         [("06 10:00", left)]),
        ("cancelled before t0", Order(presale_until="05 12:00").then("cancelled", "05 11:00"),
         [("05 11:59:59.999999", zero), ("05 12:00", left)]),
        ("collected before t0", Order(presale_until="05 12:00").then("collected", "05 11:00"),
         [("05 11:59:59.999999", zero), ("05 12:00", safe)]),
        ("the scan retracted",
         Order().then("collected", "06 10:00", id="scan").retract("scan", "07 12:00"),
         [("06 10:00", safe), ("07 11:59:59.999999", safe), ("07 12:00", open_)]),
        ("one of two parcels", Order(parcels=2).then("collected", "06 10:00", parcel="1"),
         [("06 10:00", risk), ("07 10:00:00.000001", open_)]),
        ("a promise stops no backlog clock", Order(promised_at="09 00:00"),
         [("07 10:00:00.000001", open_)]),
        ("a test order", Order(test=True), [("06 00:00", zero), ("08 00:00", zero)]),
        ("pickup", Order(fulfilment="pickup"), [("06 00:00", zero)]),
    ]
    with Service(new_database(), clock_start=AFTER) as service:
        failures = []
        for number, (what, order, readings) in enumerate(cases):
            fill(service, f"one-{number}", order.events)
            for as_of, expected in readings:
                got = backlog(service, f"one-{number}", as_of)
                expect(failures, f"{what} at {as_of}", expected, mark_of(got, "2024-03-05", 48))
        report(failures)


# --- Backlog: other policies ------------------------------------------------------------------


def put_policy(service, id, **backlog_members):
    """A copy of jd with another backlog part."""
    policy = service.get("/v1/policies/jd").json()
    policy["id"] = id
    policy["backlog"].update(backlog_members)
    answer = service.put(f"/v1/policies/{id}", policy)
    assert answer.status in (200, 201), answer


def test_restrictions_unite():
    def bad_day(day):
        return cohort(4, 4, placed=f"2024-01-{day:02d}T12:00:00+08:00", prefix=f"d{day}-")

    def shown(kind, start, end, *days):
        # Midnights of Shanghai.
        return {"kind": kind, "from": f"2024-01-{start - 1:02d}T16:00:00Z",
                "to": f"2024-01-{end - 1:02d}T16:00:00Z",
                "cohorts": [f"2024-01-{day:02d}" for day in days]}

    def demotion(*args):
        return {**shown("search_demotion", *args), "percent": 75}

    def off_sale(*args):
        return {**shown("off_sale", *args), "percent": None}

    cases = [  # bad days, [(as of, level, restrictions)]
        ((1, 2, 3), [
            ("2024-01-04T23:59:59.999999+08:00", "warning", []),
            ("2024-01-05T00:00:00+08:00", "mild", [demotion(5, 8, 1)]),
            ("2024-01-06T00:00:00+08:00", "mild", [demotion(5, 9, 1, 2)]),
            ("2024-01-07T00:00:00+08:00", "severe", [off_sale(7, 8, 1), demotion(5, 10, 1, 2, 3)]),
            ("2024-01-09T12:00:00+08:00", "severe",
             [off_sale(7, 10, 1, 2, 3), demotion(5, 10, 1, 2, 3)]),
            ("2024-01-09T23:59:59.999999+08:00", "severe",
             [off_sale(7, 10, 1, 2, 3), demotion(5, 10, 1, 2, 3)]),
            ("2024-01-10T00:00:00+08:00", "none", []),
        ]),
        ((1, 4), [  # [5, 8) and [8, 11) touch
            ("2024-01-07T23:59:59.999999+08:00", "severe", [off_sale(7, 8, 1), demotion(5, 8, 1)]),
            ("2024-01-08T00:00:00+08:00", "mild", [demotion(5, 11, 1, 4)]),
            ("2024-01-10T00:00:00+08:00", "severe", [off_sale(10, 11, 4), demotion(5, 11, 1, 4)]),
            ("2024-01-11T00:00:00+08:00", "none", []),
        ]),
        ((1, 5), [  # [5, 8) and [9, 12) do not; the warning of the 5th stands between
            ("2024-01-08T00:00:00+08:00", "warning", []),
            ("2024-01-09T00:00:00+08:00", "mild", [demotion(9, 12, 5)]),
        ]),
    ]
    with Service(new_database(), clock_start=AFTER) as service:
        put_policy(service, "small", min_orders=3)
        failures = []
        for number, (days, readings) in enumerate(cases):
            events = [event for day in days for event in bad_day(day)]
            fill(service, f"r-{number}", events, policy="small")
            for as_of, level, restrictions in readings:
                got = backlog(service, f"r-{number}", as_of)
                expect(failures, f"days {days} at {as_of}",
                       {"level": level, "restrictions": restrictions},
                       {**got, "restrictions": sorted(got["restrictions"],
                                                      key=lambda shown: shown["kind"])})
        report(failures)


def test_gate_counts_cancelled_orders():
    """min_orders 3: four orders are assessed, three are not, cancelled ones count."""
    cancelled = [ev("order.cancelled", "2024-01-01T13:00:00+08:00", {"order": "o0"})]
    rows = [("four", cohort(4, 4), True, "mild"), ("three", cohort(3, 3), False, "not_assessed"),
            ("cancelled", cohort(4, 4) + cancelled, True, "mild")]
    with Service(new_database(), clock_start=AFTER) as service:
        put_policy(service, "small", min_orders=3)
        for store, events, assessed, state in rows:
            fill(service, store, events, policy="small")
            got = backlog(service, store, "2024-01-05T00:00:00+08:00")
            day = next(day for day in got["cohorts"] if day["day"] == "2024-01-01")
            assert (day["assessed"], day["marks"][1]["state"]) == (assessed, state), (store, day)
        everything = [ev("order.cancelled", "2024-01-01T13:00:00+08:00", {"order": f"o{index}"})
                      for index in range(4)]
        fill(service, "nothing", cohort(4, 4) + everything, policy="small")
        got = backlog(service, "nothing", "2024-01-05T00:00:00+08:00")
        mark = mark_of(got, "2024-01-01", 72)
        assert not differences({"state": "not_assessed", "eligible": 0, "cancelled": 4,
                                "ratio": None, "inevitable": False, "collect_to_clear": 0,
                                "exempt_to_clear": 0}, mark), mark


def test_readings_disagree_and_lenient():
    """Collected after the mark and before the checkpoint: overdue, but not still open."""
    late = [ev("order.collected", "2024-01-04T18:00:00+08:00", {"order": f"o{index}"})
            for index in range(4)]
    with Service(new_database(), clock_start=AFTER) as service:
        put_policy(service, "strict", min_orders=3)
        put_policy(service, "lenient", min_orders=3, overdue_basis="lenient")
        rows = [  # store, as of, state, inevitable, readings disagree, level, still open
            ("strict", "2024-01-04T12:00:00.000001+08:00", P, True, False, "warning", 4),
            ("strict", "2024-01-04T18:00:00+08:00", P, True, True, "warning", 0),
            ("strict", "2024-01-05T00:00:00+08:00", "mild", True, True, "mild", 0),
            ("lenient", "2024-01-04T12:00:00.000001+08:00", P, False, False, "warning", 4),
            ("lenient", "2024-01-04T18:00:00+08:00", P, False, True, "warning", 0),
            ("lenient", "2024-01-05T00:00:00+08:00", C, False, True, "none", 0),
        ]
        failures = []
        for store in ("strict", "lenient"):
            fill(service, store, cohort(4, 4) + late, policy=store)
        for store, as_of, state, inevitable, disagree, level, still_open in rows:
            got = backlog(service, store, as_of)
            expect(failures, f"{store} at {as_of}",
                   {"state": state, "inevitable": inevitable, "readings_disagree": disagree,
                    "overdue": 4, "overdue_still_open": still_open},
                   mark_of(got, "2024-01-01", 72))
            expect(failures, f"{store} at {as_of}", {"level": level}, got)
        report(failures)


def test_watch_starts_with_the_watch_hours_or_with_the_inevitable():
    """watch_hours 0 leaves the inevitable only: from a microsecond after the mark on."""
    with Service(new_database(), clock_start=AFTER) as service:
        put_policy(service, "zero", watch_hours=0)
        fill(service, "s", cohort(301, 31), policy="zero")
        for as_of, level in (("2024-01-04T00:00:00+08:00", "none"),
                             ("2024-01-04T12:00:00+08:00", "none"),
                             ("2024-01-04T12:00:00.000001+08:00", "watch"),
                             ("2024-01-04T23:59:59.999999+08:00", "watch"),
                             ("2024-01-05T00:00:00+08:00", "mild")):
            got = backlog(service, "s", as_of)
            assert (got["level"], got["advisory"]) == (level, False), (as_of, got["level"])


def test_checkpoints_over_a_clock_change():
    """Checkpoints are elapsed hours after the end of a day of 25 hours."""
    with Service(new_database(), clock_start=AFTER) as service:
        put_policy(service, "small", min_orders=3)
        fill(service, "s", cohort(4, 4, placed="2018-02-17T23:30:00-03:00"),
             policy="small", time_zone="America/Sao_Paulo")
        for as_of, state, level in (("2018-02-21T02:59:59.999999Z", P, "warning"),
                                    ("2018-02-21T03:00:00Z", "mild", "mild"),
                                    ("2018-02-24T02:59:59.999999Z", "mild", "severe"),
                                    ("2018-02-24T03:00:00Z", None, "none")):
            got = backlog(service, "s", as_of)
            assert got["level"] == level, (as_of, got["level"])
            if state:
                mark = mark_of(got, "2018-02-17", 72)
                assert (mark["checkpoint"], mark["state"]) == ("2018-02-21T03:00:00Z", state), mark


# --- Feeds, today, the next change ------------------------------------------------------------


def test_silent_feeds():
    """A feed is silent when more than 24 hours old: not at 24 hours, a microsecond later."""
    alive = [ev("feed.alive", at("06 12:00"), {"feed": "collections", "through": at("06 11:00")}),
             ev("feed.alive", at("06 13:00"), {"feed": "orders", "through": at("06 12:30")})]
    order = Order().then("collected", "05 11:00")
    rows = [  # as of, orders, collections, stale
        ("05 09:00", None, None, ["collections", "orders"]),
        ("05 10:00", "05 10:00", None, ["collections"]),
        ("05 11:00", "05 10:00", "05 11:00", []),
        ("06 10:00", "05 10:00", "05 11:00", []),
        ("06 10:00:00.000001", "05 10:00", "05 11:00", ["orders"]),
        ("06 11:00", "05 10:00", "05 11:00", ["orders"]),
        ("06 11:00:00.000001", "05 10:00", "05 11:00", ["collections", "orders"]),
        ("06 12:00", "05 10:00", "06 11:00", ["orders"]),
        ("06 13:00", "06 12:30", "06 11:00", []),
        ("07 11:00", "06 12:30", "06 11:00", []),
        ("07 11:00:00.000001", "06 12:30", "06 11:00", ["collections"]),
    ]
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", order.events + alive)
        failures = []
        for as_of, orders, collections, stale in rows:
            expected = {"orders": orders and utc(orders), "tickets": None,
                        "collections": collections and utc(collections)}
            got = backlog(service, "s", as_of)
            expect(failures, f"backlog at {as_of}", {"data_through": expected, "stale": stale},
                   {**got, "stale": sorted(got["stale"])})
            for basis in ("live", "official"):
                got = score(service, "s", as_of, basis)
                status = "unknown" if stale and basis == "live" else "novice"
                expect(failures, f"{basis} score at {as_of}",
                       {"data_through": expected, "status": status}, got)
        report(failures)


def test_today_counts_the_flow():
    """Collected today counts orders of every day, not those cancelled at or before it."""
    def order(id, placed, *then):
        events = [ev("order.placed", at(placed), {"order": id, "paid_at": at(placed)})]
        return events + [ev(f"order.{type}", at(time), {"order": id}) for type, time in then]

    events = (order("old", "04 10:00", ("collected", "05 00:00"))
              + order("new", "05 10:00", ("collected", "05 12:00"))
              + order("gone", "05 10:00", ("cancelled", "05 11:00"), ("collected", "05 11:00"))
              + order("back", "05 10:00", ("collected", "05 11:00"),
                      ("cancelled", "05 11:00:00.000001"))
              + order("early", "04 10:00", ("collected", "04 23:59:59.999999")))
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events)
        for as_of, placed, collected in (("04 23:59:59.999999", 2, 1), ("05 00:00", 0, 1),
                                         ("05 11:00", 3, 2), ("05 12:00", 3, 3),
                                         ("06 00:00", 0, 0)):
            got = backlog(service, "s", as_of)["today"]
            assert got == {"placed": placed, "collected": collected}, (as_of, got)


def test_next_change():
    """The instant that a caller may sleep until. Feeds are kept alive, so they do not matter."""
    alive = [ev("feed.alive", at(f"{day:02d} {clock}"),
                {"feed": feed, "through": at(f"{day:02d} {clock}")})
             for day in range(4, 13) for clock in ("09:00", "21:00")
             for feed in ("orders", "collections")]
    score_rows = [  # as of, next change of the score
        ("05 09:59:59", "06 00:00"),            # nothing is known: midnight
        ("05 10:00", "06 00:00"),
        ("06 00:00", "06 10:00:00.000001"),     # L2 is still pending
        ("06 10:00", "06 10:00:00.000001"),     # at the mark it still is
        ("06 10:00:00.000001", "07 00:00"),
        ("07 00:00", "07 10:00:00.000001"),     # 48 hours stand for the promise
        ("07 10:00:00.000001", "08 00:00"),
    ]
    backlog_rows = [
        ("05 10:00", "06 00:00"),
        ("07 00:00", "07 10:00:00.000001"),     # the mark of 48 hours
        ("07 10:00:00.000001", "08 00:00"),
        ("08 00:00", "08 10:00:00.000001"),     # of 72
        ("10 00:00", "10 10:00:00.000001"),     # of 120
        ("10 10:00:00.000001", "11 00:00"),
    ]
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", Order().events + alive)
        fill(service, "p", Order(presale_until="05 20:00").events + alive)
        failures = []
        for rows, ask in ((score_rows, score), (backlog_rows, backlog)):
            for as_of, change in rows:
                expect(failures, f"{ask.__name__} at {as_of}", {"next_change_at": utc(change)},
                       ask(service, "s", as_of))
            expect(failures, f"{ask.__name__}: presale", {"next_change_at": utc("05 20:00")},
                   ask(service, "p", "05 12:00"))
        report(failures)


# --- Identity, time ---------------------------------------------------------------------------


def test_outcomes():
    """Which body of an identity holds, and what is the same body."""
    first = ev("order.placed", at("05 10:00"),
               {"store": "s", "order": "A", "paid_at": at("05 10:00"), "parcels": 2,
                "lines": [{"sku": "K", "quantity": 1}]}, id="x")
    respelled = {"data": {"lines": [{"quantity": 1.0, "sku": "\u004b"}], "parcels": 2,
                          "paid_at": at("05 10:00"), "order": "A", "store": "s"},
                 "type": first["type"], "id": "x", "time": "2024-03-05T02:00:00.000000Z",
                 "source": "oms", "specversion": "1.0", "subject": "other"}
    rows = [  # event, outcome in a batch
        (first, "accepted"),
        (first, "duplicate"),
        (respelled, "duplicate"),
        ({**first, "data": {**first["data"], "parcels": 3}}, "conflict"),
        ({**first, "time": at("05 10:00:00.000001")}, "conflict"),
        ({**first, "time": at("05 10:00:00.0000001")}, "duplicate"),
        ({**first, "type": "order.paid"}, "conflict"),
        ({**first, "source": "other"}, "accepted"),
        ({**first, "id": "u", "type": "order.unheard_of"}, "ignored"),
        ({**first, "id": "u", "type": "order.unheard_of"}, "duplicate"),
        ({**first, "id": "u"}, "conflict"),
        ({**first, "id": "r", "time": "2024-03-05T10:00:00"}, "rejected"),
        ({**first, "id": "r", "data": {"store": "s"}}, "rejected"),
        ({**first, "id": "r", "data": {**first["data"], "store": "nowhere"}}, "rejected"),
        ({**first, "id": "r", "time": "1999-12-31T23:59:59Z"}, "rejected"),
        ({**first, "id": "r", "data": {**first["data"], "order": "R"}}, "accepted"),
    ]
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s")
        answer = service.post_events([event for event, _ in rows], form="batch")
        assert answer.status == 200, answer
        got = [result["status"] for result in answer.json()["results"]]
        assert got == [outcome for _, outcome in rows], got
        counts = {name: got.count(name) for name in
                  ("accepted", "duplicate", "conflict", "ignored", "rejected")}
        assert not differences(counts, answer.json()), answer
        # The same again: nothing is accepted twice, whatever the transport.
        for form in ("ndjson", "single", "binary", "batch"):
            answer = service.post_events([first], form=form)
            assert answer.status == 200 and answer.json()["duplicate"] == 1, (form, answer)
        # NDJSON lists only what a caller must look at.
        answer = service.post_events([event for event, _ in rows]).json()
        listed = {(result["index"], result["status"]) for result in answer["results"]}
        assert listed == {(3, "conflict"), (4, "conflict"), (6, "conflict"), (10, "conflict"),
                          (11, "rejected"), (12, "rejected"), (13, "rejected"),
                          (14, "rejected")}, listed
        # Alone, an invalid event is 422 and names the member.
        answer = service.post_events([rows[12][0]], form="single")
        assert answer.status == 422, answer
        assert "/data/order" in [error["pointer"] for error in answer.json()["errors"]], answer
        answer = service.post_events([rows[13][0]], form="single")
        assert answer.status == 422, answer
        assert "/data/store" in [error["pointer"] for error in answer.json()["errors"]], answer
        assert verify(service.uri)[0] == 0


def test_first_body_stays():
    """A second body is not applied, and a retraction of the first does not bring it in."""
    first = ev("order.placed", at("05 10:00"),
               {"store": "s", "order": "A", "paid_at": at("05 10:00")}, id="x")
    second = ev("order.placed", at("05 11:00"),
                {"store": "s", "order": "A", "paid_at": at("05 11:00")}, id="x")
    retraction = ev("event.retracted", at("05 12:00"), {"store": "s", "source": "oms", "id": "x"})
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s")
        for event, outcome in ((first, "accepted"), (second, "conflict"),
                               (retraction, "accepted"), (second, "conflict")):
            answer = service.post_events([event], form="single")
            assert answer.json()[outcome] == 1, answer
        assert decision(score(service, "s", "05 11:59:59.999999"), L1) == "pending"
        assert decision(score(service, "s", "05 12:00"), L1) == "out"
        assert decision(score(service, "s", "06 12:00"), L1) == "out"
        quarantine = service.get("/v1/quarantine?store=s&source=oms").json()["items"]
        assert quarantine, "the second body is in quarantine"


def test_ahead_of_the_clock():
    """Up to five minutes ahead an event counts as of now; further ahead it is invalid."""
    start = instant("2024-03-05T10:00:00Z")
    with Service(new_database(), clock_start=rfc3339(start)) as service:
        service.put_store("s")

        def placed(order, time, paid_at):
            return ev("order.placed", rfc3339(time), {"store": "s", "order": order,
                                                      "paid_at": rfc3339(paid_at)})

        minute = 60_000_000
        ahead = start + 4 * minute
        answer = service.post_events([placed("A", ahead, ahead)], "single")
        assert answer.status == 200, answer
        got = service.get("/v1/stores/s/backlog").json()
        assert start <= instant(got["data_through"]["orders"]) <= instant(got["as_of"]), got
        assert got["today"]["placed"] == 1, got
        for time, paid_at, pointer in ((start + 60 * minute, start, "/time"),
                                       (start, start + 60 * minute, "/data/paid_at")):
            answer = service.post_events([placed("B", time, paid_at)], "single")
            assert answer.status == 422, answer
            assert pointer in [error["pointer"] for error in answer.json()["errors"]], answer
        answer = service.get(f"/v1/stores/s/backlog?as_of={rfc3339(start + 60 * minute)}")
        assert answer.status == 422, answer


def test_instants_are_written_in_utc():
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", Order("05 10:00:00.250000").events)
        for as_of, text in (("05 12:00", "2024-03-05T04:00:00Z"),
                            ("05 12:00:00.250001", "2024-03-05T04:00:00.250001Z")):
            assert backlog(service, "s", as_of)["as_of"] == text, text
        through = backlog(service, "s", "05 12:00")["data_through"]["orders"]
        assert through in ("2024-03-05T02:00:00.25Z", "2024-03-05T02:00:00.250Z",
                           "2024-03-05T02:00:00.250000Z"), through


# --- Live answers at a chosen time ------------------------------------------------------------


def test_live_over_a_checkpoint():
    """The clock runs over midnight, which is the checkpoint: no event comes, the answer turns."""
    checkpoint = instant("2024-01-04T16:00:00Z")
    with Service(new_database(), clock_start=rfc3339(checkpoint - 2_000_000)) as service:
        put_policy(service, "small", min_orders=3)
        fill(service, "s", cohort(4, 4), policy="small")
        turned = False
        while not turned:
            got = service.get("/v1/stores/s/backlog").json()
            turned = instant(got["as_of"]) >= checkpoint
            assert got["level"] == ("mild" if turned else "warning"), got
            shown = mark_of(got, "2024-01-01", 72)
            assert shown["state"] == ("mild" if turned else "pending"), got
            assert len(got["restrictions"]) == turned, got
            past = service.get(f"/v1/stores/s/backlog?as_of={got['as_of']}").json()
            assert past == got, (past, got)


def test_live_over_a_mark():
    """The clock runs over the mark of an order that is still open."""
    mark = instant("2024-01-03T04:00:00Z")
    with Service(new_database(), clock_start=rfc3339(mark - 2_000_000)) as service:
        fill(service, "s", cohort(2, 1))
        after = False
        while not after:
            got = service.get("/v1/stores/s/backlog").json()
            after = instant(got["as_of"]) > mark
            shown = mark_of(got, "2024-01-01", 48)
            assert (shown["overdue"], shown["at_risk"]) == ((1, 0) if after else (0, 1)), got


def test_live_sees_what_it_was_told():
    """An answer after the COMMIT of an event holds the event."""
    with Service(new_database(), clock_start="2024-03-05T04:00:00Z") as service:
        fill(service, "s", Order().events)
        assert decision(service.get("/v1/stores/s/score").json(), L1) == "pending"
        for type, expected in (("collected", "good"), ("cancelled", "good")):
            event = ev(f"order.{type}", at("05 11:00" if type == "collected" else "05 11:30"),
                       {"store": "s", "order": "A"})
            assert service.post_events([event]).status == 200
            assert decision(service.get("/v1/stores/s/score").json(), L1) == expected, type


if __name__ == "__main__":
    main()
