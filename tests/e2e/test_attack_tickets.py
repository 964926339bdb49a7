#!/usr/bin/env python3
"""What somebody who wants to see it fail does with tickets, reviews and defects: neighbours that
change under two writers, hot buyers, odd texts and numbers, a rebuild under load; and the
arithmetic of a score, done again by hand."""

import copy
import fractions
import json
import os
import random
import threading
import time

import oracle
from harness import Service, ev, main, new_database, psql, run_windvane, verify
from oracle import HOUR, SECOND, instant, rfc3339
from test_properties import chunks, form_for, post, same_both_ways

SEED = int(os.environ.get("WINDVANE_PROPERTY_SEED", "1"))
MINUTE = 60 * SECOND
DAY = 24 * HOUR
NOW = instant("2024-03-10T06:00:00Z")
POLICIES = ("jd", "tmall", "amazon")
BASES = ("live", "official")


# --- A quarrelsome store ----------------------------------------------------------------------


class Quarrel:
    """Events about few orders and fewer buyers, so that most of them are neighbours of others."""

    def __init__(self, seed, size=1):
        self.random = random.Random(seed)
        self.events = []
        self.orders = [f"o{number}" for number in range(40 * size)]
        self.buyers = ["guest", "b1", None]
        for order in self.orders:
            self._order(order)
        for number in range(25 * size):
            self._ticket(f"t{number}")
        for number in range(4 * size):
            self._visits(f"v{number}")
        for number in range(60 * size):
            self._review(f"r{number}")
        for _ in range(15 * size):
            self._retract(self.random.choice(self.events))

    def _chance(self, percent):
        return self.random.random() * 100 < percent

    def _tell(self, type, at, **data):
        """Tells an event and, sometimes, that it was none."""
        data = {name: value for name, value in data.items() if value is not None}
        event = ev(type, rfc3339(min(at, NOW)), data, id=f"e{len(self.events)}",
                   source=self.random.choice(("a", "b")))
        self.events.append(event)
        if self._chance(6):
            self._retract(event)
        return event

    def _retract(self, event):
        if event["type"] == "event.retracted":
            return
        at = instant(event["time"]) + self.random.choice((-HOUR, 0, MINUTE, DAY))
        self.events.append(ev("event.retracted", rfc3339(min(at, NOW)), {
            "source": event["source"], "id": event["id"]}, id=f"e{len(self.events)}"))

    def _time(self, days=35):
        """Often one of few instants, so that much happens at once."""
        if self._chance(30):
            return NOW - self.random.randrange(3 * days) * 8 * HOUR
        return NOW - int(self.random.random() ** 2 * days * DAY)

    def _order(self, order):
        at = self._time()
        self._tell("order.placed", at, order=order, paid_at=rfc3339(at),
                   presale_until=rfc3339(at + 3 * DAY) if self._chance(15) else None,
                   deliver_by=rfc3339(at + self.random.choice((24, 90)) * HOUR)
                   if self._chance(60) else None,
                   parcels=self.random.choice((None, 2)))
        for type in ("order.shipped", "order.collected", "order.delivered"):
            for _ in range(self.random.choice((0, 1, 2))):
                self._tell(type, at + self.random.randrange(100) * HOUR, order=order,
                           waybill=self.random.choice(("w", None)),
                           parcel=self.random.choice(("1", "2", None)))
        if self._chance(20):
            self._tell("order.cancelled", at + self.random.randrange(100) * HOUR, order=order,
                       by=self.random.choice(("merchant", "buyer", "platform", None)))

    def _ticket(self, ticket):
        at = self._time()
        kind = self.random.choice(("dispute", "dispute", "dispute", "chat", "chat", "return"))
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            self._tell("ticket.opened", at + self.random.choice((0, 0, HOUR)), ticket=ticket,
                       kind=kind if self._chance(80) else "chat",
                       order=self.random.choice(self.orders + ["nowhere", None]),
                       buyer=self.random.choice(self.buyers))
        for _ in range(self.random.choice((0, 1, 2, 3))):
            later = at + self.random.choice((-HOUR, 0, 30 * SECOND, HOUR, 40 * HOUR, 100 * HOUR))
            type, data = self.random.choice((
                ("ruled", {"liability": self.random.choice(("merchant", "both", "buyer", "none"))}),
                ("appealed", {"won": self._chance(50)}),
                ("replied", {"by": self.random.choice(("human", "bot"))}),
                ("asked", {}), ("audited", {"outcome": "approved"}),
                ("rated", {"stars": self.random.randint(1, 5)}),
                ("closed", {"outcome": self.random.choice(("cancelled", "settled", "done"))}),
                ("reopened", {})))
            self._tell(f"ticket.{type}", later, ticket=ticket, **data)

    def _visits(self, visit):
        """Sessions of one buyer that open, close, re-open and close late around one another."""
        buyer = self.random.choice(("guest", "b1"))
        at = self._time(5) - 6 * HOUR
        for number in range(self.random.randint(2, 7)):
            ticket = f"{visit}-{number}"
            opened = at + self.random.randrange(12) * 5 * MINUTE
            for _ in range(self.random.choice((0, 1, 1, 1, 1, 2))):
                self._tell("ticket.opened", opened, ticket=ticket, kind="chat",
                           buyer=buyer if self._chance(90) else "b1",
                           order=self.random.choice((None, self.orders[0])))
            turn = opened
            for count in range(self.random.choice((1, 1, 2, 3, 5))):
                turn += self.random.choice((0, 1, 1, 2, 6)) * 5 * MINUTE
                self._tell("ticket.reopened" if count % 2 else "ticket.closed", turn,
                           ticket=ticket)
            if self._chance(60):
                self._tell("ticket.replied", opened + 20 * SECOND, ticket=ticket)

    def _review(self, review):
        """Mostly of one buyer; its buyer and order change when the earliest event is retracted."""
        at = self._time()
        for number in range(self.random.choice((1, 1, 2, 3))):
            event = self._tell(
                "order.reviewed", at, review=review,
                order=self.random.choice(self.orders + [None]),
                buyer=self.random.choice(("guest", "guest", "guest", "b1", None)),
                stars={name: self.random.choice((1, 2, 3, 4, 4, 5, 5, 5))
                       for name in ("product", "service", "logistics") if self._chance(60)},
                default=True if self._chance(10) else None)
            if number == 0 and self._chance(25):
                self._retract(event)
            at += self.random.choice((0, HOUR, 3 * DAY))
        if self._chance(25):
            self._tell("review.excluded", at + self.random.choice((-DAY, 0, DAY)), review=review)

    def shuffled(self, store, rng):
        """The same events as ones of that store, in any order, some repeated."""
        events = [{**event, "data": {**event["data"], "store": store}} for event in self.events]
        events += rng.choices(events, k=len(events) // 5)
        rng.shuffle(events)
        return events


# --- Helpers ----------------------------------------------------------------------------------


def score(service, store, **query):
    text = "&".join(f"{name}={value}" for name, value in query.items())
    answer = service.get(f"/v1/stores/{store}/score" + (f"?{text}" if text else ""))
    assert answer.status == 200, answer
    return answer.json()


def accepted(answer):
    assert answer.status == 200, answer
    body = answer.json()
    assert body["conflict"] == body["ignored"] == body["rejected"] == 0, answer
    return body


def assert_verified(service):
    status, output = verify(service.uri)
    assert status == 0, output


def look_both_ways(service, store, found):
    """The live answer against its own as_of, under the store's policy and under the others."""
    for basis in BASES:
        live = score(service, store, basis=basis)
        past = score(service, store, basis=basis, as_of=live["as_of"])
        found += [(store, basis, *item) for item in same_both_ways(past, live)]
        again = score(service, store, basis=basis, as_of=live["as_of"],
                      policy=live["policy"]["id"])
        found += [(store, basis, "policy", *item) for item in same_both_ways(live, again)]


def without(document, *names):
    return {name: value for name, value in document.items() if name not in names}


def together(jobs):
    """Runs the jobs side by side and raises what any of them raised."""
    raised = []

    def run(job):
        try:
            job()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


# --- The writer -------------------------------------------------------------------------------


def quarrel(seed, size=1):
    """Three stores with one story, each under its own policy, told in any order to two
    processes: each counts the same by its tallies as another does entity by entity."""
    rng = random.Random(seed)
    story = Quarrel(seed, size)
    uri = new_database()
    with Service(uri, clock_start=rfc3339(NOW)) as left, \
            Service(uri, clock_start=rfc3339(NOW), migrate=False) as right:
        for policy in POLICIES:
            left.put_store(f"s-{policy}", policy=policy)

        def feed(service, events, seed):
            mine = random.Random(seed)
            for chunk in chunks(mine, events, mine.choice((3, 40, 300))):
                post(service, chunk, form_for(mine, chunk))

        events = [event for policy in POLICIES
                  for event in story.shuffled(f"s-{policy}", rng)]
        rng.shuffle(events)
        half = len(events) // 2
        together([lambda: feed(left, events[:half], seed),
                  lambda: feed(right, events[half:], seed + 1)])

        assert_verified(left)
        found = []
        for policy in POLICIES:
            for service in (left, right):
                look_both_ways(service, f"s-{policy}", found)
        # One story: what one store counts fast, the others count slowly by ?policy=.
        for policy in POLICIES:
            for basis in BASES:
                fast = score(left, f"s-{policy}", basis=basis)
                for other in POLICIES:
                    slow = score(left, f"s-{other}", basis=basis, policy=policy,
                                 as_of=fast["as_of"])
                    found += [(policy, other, basis, *item) for item in
                              same_both_ways(without(fast, "store"), without(slow, "store"))]
        assert not found, (seed, found[:10])
    

def test_one_story_told_to_two_processes_counts_alike_under_every_policy():
    for seed in range(SEED * 100, SEED * 100 + int(os.environ.get("WINDVANE_PROPERTY_ROUNDS", 2))):
        quarrel(seed)


def test_what_was_live_then_is_as_of_now():
    """The clock goes on, the story too: what every store answered live is what as_of its instant
    answers at the end, also where neighbours have changed since."""
    rng = random.Random(SEED * 100 + 20)
    story = Quarrel(SEED * 100 + 20, 2)
    uri = new_database()
    clocks = sorted(NOW - int(days * DAY) for days in (25.3, 13.7, 6.1, 3.4, 1.2, 0))
    answers, told = [], set()
    for clock in clocks:
        with Service(uri, clock_start=rfc3339(clock)) as service:
            for policy in POLICIES:
                service.put_store(f"s-{policy}", policy=policy)
                events = [event for event in story.shuffled(f"s-{policy}", rng)
                          if instant(event["time"]) <= clock
                          and (policy, event["source"], event["id"]) not in told]
                for chunk in chunks(rng, events, 60):
                    post(service, chunk, "batch")
                told |= {(policy, event["source"], event["id"]) for event in events}
                answers += [(f"s-{policy}", basis, score(service, f"s-{policy}", basis=basis))
                            for basis in BASES]
            if clock == clocks[-1]:
                found = []
                for store, basis, live in answers:
                    past = score(service, store, basis=basis, as_of=live["as_of"])
                    found += [(store, basis, live["as_of"], *item)
                              for item in same_both_ways(live, past)]
                assert not found, (len(found), found[:10])
                assert_verified(service)


def test_a_store_that_changes_its_rules_while_it_is_told():
    """A writer counts by the settings in force at its commit, whoever has changed them."""
    story = Quarrel(SEED * 100 + 30, 2)
    uri = new_database()
    with Service(uri, clock_start=rfc3339(NOW)) as left, \
            Service(uri, clock_start=rfc3339(NOW), migrate=False) as right:
        left.put_store("s", policy="jd")
        events = story.shuffled("s", random.Random(SEED))

        def feed(service, mine):
            for number in range(0, len(mine), 5):
                accepted_or_waits(service, mine[number:number + 5])

        def move():
            own = left.get("/v1/policies/amazon").json()
            for number in range(12):
                right.put_store("s", policy=POLICIES[number % 3],
                                time_zone=("Asia/Shanghai", "America/New_York")[number % 2])
                if number % 4 == 3:
                    own = copy.deepcopy(own)
                    defects = (["dispute"], ["negative_review"], ["dispute", "negative_review"])
                    own["factors"][0]["metrics"][0]["measure"]["defects"] = defects[number % 3]
                    answer = left.put("/v1/policies/amazon", own)
                    assert answer.status in (200, 201), answer

        # Each process goes on after the other one has moved the store: to amazon, last of all.
        last = len(events) // 2
        together([lambda: feed(left, events[last::2]), lambda: feed(right, events[last + 1::2]),
                  move])
        together([lambda: feed(left, events[:last:2]), lambda: feed(right, events[1:last:2])])
        assert_verified(left)
        for policy in POLICIES:
            left.put_store("s", policy=policy)
            assert_verified(left)
            found = []
            look_both_ways(left, "s", found)
            assert not found, found[:10]


def test_defects_come_and_go_one_event_at_a_time():
    """(good, valid) of order_defect_rate after every single event, counted by hand."""
    old = NOW - 100 * DAY
    numbers = iter(range(1000))

    def at(time, type, **data):
        return ev(type, rfc3339(time), {"store": "s", **data}, id=f"d{next(numbers)}")

    def placed(order):
        return at(NOW - DAY, "order.placed", order=order, paid_at=rfc3339(NOW - DAY))

    def gone(event):
        return at(NOW, "event.retracted", source=event["source"], id=event["id"])

    opened = at(NOW - HOUR, "ticket.opened", ticket="t", kind="dispute", order="o1")
    again = at(NOW - MINUTE, "ticket.opened", ticket="t", kind="dispute", order="o2")
    first = at(NOW - HOUR, "order.reviewed", review="r2", order="o1", stars={"product": 5})
    second = at(NOW - MINUTE, "order.reviewed", review="r2", order="presold", stars={"service": 2})
    steps = [
        (opened, (0, 0)), (placed("o1"), (1, 1)), (again, (1, 1)), (placed("o2"), (1, 2)),
        (gone(opened), (1, 2)),  # now of o2: it moves from one order to the other
        (gone(again), (0, 2)),
        (at(old, "order.placed", order="presold", paid_at=rfc3339(old),
            presale_until=rfc3339(NOW - 10 * DAY)), (0, 3)),
        # Said of the order long before its clock began, and before any window.
        (at(old + DAY, "order.reviewed", review="r", order="presold", stars={"product": 1}),
         (1, 3)),
        (at(old + 2 * DAY, "order.reviewed", review="r", stars={"product": 3}), (0, 3)),
        (first, (0, 3)), (second, (1, 3)),  # the earliest event names the order: o1
        (gone(first), (1, 3)),              # presold
        (at(NOW, "order.cancelled", order="o1", by="buyer"), (1, 3)),
        (at(NOW - 2 * DAY, "review.excluded", review="r2"), (0, 3)),
        (at(old + DAY, "ticket.opened", ticket="u", kind="dispute", order="presold"), (1, 3)),
        (at(old + 2 * DAY, "ticket.ruled", ticket="u", liability="none"), (0, 3)),
        (at(old + 3 * DAY, "ticket.ruled", ticket="u", liability="both"), (1, 3)),
        (at(old + 3 * DAY, "ticket.appealed", ticket="u", won=True), (0, 3)),
        (at(old + 4 * DAY, "ticket.appealed", ticket="u", won=False), (1, 3)),
        (at(old + 4 * DAY, "ticket.closed", ticket="u", outcome="cancelled"), (0, 3)),
        (at(old + 5 * DAY, "ticket.reopened", ticket="u"), (1, 3)),
    ]
    with Service(new_database(), clock_start=rfc3339(NOW)) as service:
        service.put_store("s", policy="amazon")
        for number, (event, expected) in enumerate(steps):
            accepted(service.post_events([event]))
            for query in ({}, {"as_of": score(service, "s")["as_of"]}):
                metric = score(service, "s", **query)["factors"][0]["metrics"][0]
                assert metric["id"] == "order_defect_rate", metric
                assert (metric["good"], metric["valid"]) == expected, (number, event, query,
                                                                       metric)
        assert_verified(service)


# --- Hot spots --------------------------------------------------------------------------------


def rows_fetched(uri, until):
    """How many rows of tickets were fetched by index, once the statistics know of that many
    rows that were added or changed."""
    deadline = time.monotonic() + 20
    while True:
        ((fetched, written),) = psql(uri, "select idx_tup_fetch, n_tup_ins + n_tup_upd"
                                          " from pg_stat_user_tables where relname = 'tickets'")
        if int(written) >= until:
            return int(fetched), int(written)
        assert time.monotonic() < deadline, (fetched, written, until)
        time.sleep(0.05)


def sessions_of_a_guest(count, minutes):
    """Chats of one buyer, oldest first, each closed after half a minute."""
    events = []
    for number in range(count):
        opened = NOW - (count - number) * minutes * MINUTE
        about = {"store": "s", "ticket": f"c{number}"}
        events += [ev("ticket.opened", rfc3339(opened), {**about, "kind": "chat",
                                                         "buyer": "guest"}),
                   ev("ticket.closed", rfc3339(opened + MINUTE // 2), about)]
    return events


def test_a_guest_of_many_chats_costs_what_a_rule_can_reach():
    """A session is a re-contact by what happened in the ten minutes before it: so an event about
    an old one concerns the sessions around it, not all that the buyer has had since."""
    count = 3000
    with Service(new_database(), clock_start=rfc3339(NOW)) as service:
        service.put_store("s")
        accepted(service.post_events(sessions_of_a_guest(count, 5)))
        before, written = rows_fetched(service.uri, count)
        reply = ev("ticket.replied", rfc3339(NOW - count * 5 * MINUTE),
                   {"store": "s", "ticket": "c0"})
        accepted(service.post_events([reply]))
        after, _ = rows_fetched(service.uri, written + 1)
        assert after - before < 100, f"{after - before} sessions were read for one reply"


# --- Odd texts and numbers --------------------------------------------------------------------

ODD = ("a\tb", "a\nb", "\\", "\\t", "\\n\\", "a\\tb=c", "=", "\"'`", "\r\n", "\x01\x7f",
       "店铺", "e\u0301", "\u00e9", "\u2028", "\U0001f600", " ", "a/b?c#d&e%00", "{1,NULL}", "null",
       "x" * 200, "é" * 100)


def odd_events(store, number, id, other):
    """A dispute, a chat and a review whose every id is odd, and what comes after them."""
    at = NOW - (number + 1) * HOUR

    def tell(type, minutes, eid, **data):
        return ev(type, rfc3339(at + minutes * MINUTE), {"store": store, **data},
                  id=f"{eid}{id}"[:200] if len((eid + id).encode()) <= 200 else f"{eid}{number}",
                  source=id)

    return [
        tell("order.placed", 0, "1", order=id, paid_at=rfc3339(at), buyer=other,
             warehouse=other, lines=[{"sku": id, "supplier": other, "quantity": 2}]),
        tell("order.shipped", 1, "2", order=id, parcel=other, carrier=other, waybill=other),
        tell("order.collected", 2, "3", order=id, parcel=other, carrier="", waybill=""),
        tell("order.delivered", 3, "4", order=id, parcel=other),
        tell("ticket.opened", 4, "5", ticket=id, kind="dispute", order=id, buyer=other, sku=id,
             reason=other * 3, channel=id),
        tell("ticket.ruled", 5, "6", ticket=id, liability="merchant"),
        tell("ticket.opened", 6, "7", ticket="c" + id[:190 // len(id.encode()) or 1], kind="chat",
             buyer=id, order=other),
        tell("ticket.replied", 7, "8", ticket="c" + id[:190 // len(id.encode()) or 1], agent=id,
             group=other),
        tell("order.reviewed", 8, "9", review=id, order=id, buyer=id,
             stars={"product": 1, "service": 5}),
    ]


def test_odd_ids_are_ids_like_any_other():
    """Stored facts are lines of text: an id may hold what they are made of."""
    with Service(new_database(), clock_start=rfc3339(NOW)) as service:
        service.put_store("s", policy="amazon")
        rounds = [odd_events("s", number, id, ODD[(number + 5) % len(ODD)])
                  for number, id in enumerate(ODD)]
        # Event by event over all ids: each one decodes what those before it have stored.
        for events in zip(*rounds):
            accepted(service.post_events(list(events)))
        assert_verified(service)
        found = []
        look_both_ways(service, "s", found)
        assert not found, found[:10]
        by_amazon = {metric["id"]: metric for factor in score(service, "s")["factors"]
                     for metric in factor["metrics"]}
        for metric in ("order_defect_rate", "valid_tracking_rate"):
            assert by_amazon[metric]["valid"] == len(ODD), by_amazon[metric]
        assert by_amazon["order_defect_rate"]["good"] == len(ODD), by_amazon
        done = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": service.uri})
        assert done.returncode == 0, done
        assert_verified(service)
        # The rulings go, the reviews go: no order is a defect any more.
        gone = [ev("event.retracted", rfc3339(NOW), {"store": "s", "source": event["source"],
                                                     "id": event["id"]})
                for events in rounds for event in (events[5], events[8], events[4])]
        accepted(service.post_events(gone))
        assert_verified(service)
        look_both_ways(service, "s", found)
        assert not found, found[:10]
        by_amazon = {metric["id"]: metric for factor in score(service, "s")["factors"]
                     for metric in factor["metrics"]}
        assert by_amazon["order_defect_rate"]["good"] == 0, by_amazon


def body(type, **data):
    return ev(type, rfc3339(NOW - HOUR), {"store": "s", **data})


PLACED = {"order": "o"}
REVIEWED = {"review": "r", "stars": {}}
OPENED = {"ticket": "t", "kind": "chat"}
NO_WHOLE = (0, -1, 1.5, "1", "", True, [], {}, 10**18, 1e300)
NO_TIME = ("", "2024-01-01", "2024-01-01T00:00:00", "1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z",
           "2024-02-30T00:00:00Z", "2024-01-01T24:00:00Z", "99999-01-01T00:00:00Z", 1704067200,
           True, [], {})
NO_WORD = ("", "Return", "return ", "chat\n", 7, True, [], {}, "x" * 1000)
NO_ID = ("", "x" * 201, "é" * 101, 1, True, [], {})


def faulty_bodies():
    """(pointer, event)"""
    for value in NO_WHOLE + (6,):
        yield "/data/stars", body("ticket.rated", ticket="t", stars=value)
        yield "/data/stars/product", body("order.reviewed", review="r", stars={"product": value})
    for value in NO_WHOLE + (1_000_001,):
        yield "/data/lines/0/quantity", body("order.placed", **PLACED, lines=[{"quantity": value}])
    for value in NO_WHOLE:
        yield "/data/parcels", body("order.placed", **PLACED, parcels=value)
    for value in NO_TIME:
        for name in ("deliver_by", "promised_at", "presale_until", "paid_at"):
            yield f"/data/{name}", body("order.placed", **PLACED, **{name: value})
    for value in NO_WORD:
        yield "/data/kind", body("ticket.opened", ticket="t", kind=value)
        yield "/data/liability", body("ticket.ruled", ticket="t", liability=value)
        for type, name in (("ticket.audited", "outcome"), ("ticket.processed", "outcome"),
                           ("ticket.closed", "outcome"), ("ticket.replied", "by"),
                           ("ticket.timed_out", "phase"), ("order.cancelled", "by")):
            subject = {"order": "o"} if type == "order.cancelled" else {"ticket": "t"}
            yield f"/data/{name}", body(type, **subject, **{name: value})
    for value in NO_ID:
        yield "/data/ticket", body("ticket.opened", ticket=value, kind="chat")
        yield "/data/buyer", body("ticket.opened", **OPENED, buyer=value)
        yield "/data/order", body("ticket.opened", **OPENED, order=value)
        yield "/data/review", body("order.reviewed", review=value, stars={})
        yield "/data/buyer", body("order.reviewed", **REVIEWED, buyer=value)
        yield "/data/order", body("order.reviewed", **REVIEWED, order=value)
        yield "/data/review", body("review.excluded", review=value)
    for value in (0, 1, "true", "", [], {}):
        yield "/data/won", body("ticket.appealed", ticket="t", won=value)
        yield "/data/left_message", body("ticket.opened", **OPENED, left_message=value)
        yield "/data/default", body("order.reviewed", **REVIEWED, default=value)
    for value in (-1, 1.5, "1", True, 10**18):
        yield "/data/cost/amount", body("ticket.processed", ticket="t", cost={"amount": value})
    for value in ("", "cny", "CNYX", "¥¥¥", 156):
        yield "/data/cost/currency", body("ticket.processed", ticket="t", cost={"currency": value})
    for name, event in (("kind", body("ticket.opened", ticket="t", kind=None)),
                        ("stars", body("ticket.rated", ticket="t", stars=None)),
                        ("stars", body("order.reviewed", review="r", stars=None)),
                        ("liability", body("ticket.ruled", ticket="t", liability=None)),
                        ("won", body("ticket.appealed", ticket="t", won=None)),
                        ("ticket", body("ticket.asked", ticket=None)),
                        ("review", body("review.excluded", review=None))):
        yield f"/data/{name}", event


def test_members_of_another_kind_are_refused_and_named():
    faulty = list(faulty_bodies())
    with Service(new_database(), clock_start=rfc3339(NOW)) as service:
        service.put_store("s", policy="amazon")
        wrong = []
        for chunk in chunks(random.Random(1), faulty, 200):
            answer = service.post_events([event for _, event in chunk], "batch")
            assert answer.status == 200, answer
            for (pointer, event), result in zip(chunk, answer.json()["results"]):
                told = [error["pointer"] for error in result.get("errors", [])]
                if result["status"] != "rejected" or told != [pointer]:
                    wrong.append((pointer, event["type"], event["data"], result))
        assert not wrong, (len(wrong), wrong[:5])
        assert psql(service.uri, "select count(*) from events") == [["0"]]


def test_what_lies_at_the_edges_is_counted():
    """The largest numbers, the earliest and the furthest instants, nulls, nothing at all."""
    early, far = "2000-01-01T00:00:00Z", "2100-12-31T23:59:59.999999Z"
    events = [
        body("order.placed", order="big", paid_at=rfc3339(NOW - HOUR), deliver_by=far,
             promised_at=far, lines=[{"quantity": 1_000_000}] * 1000),
        body("order.placed", order="past", paid_at=rfc3339(NOW - HOUR), deliver_by=early,
             promised_at=early, lines=[], buyer=None),
        body("order.placed", order="presale", paid_at=rfc3339(NOW - HOUR), presale_until=far,
             deliver_by=early),
        body("order.placed", order="soon", paid_at=rfc3339(NOW - HOUR),
             presale_until=rfc3339(NOW + HOUR), deliver_by=early),
        {**body("order.placed", order="old", paid_at=early, deliver_by=far), "time": early},
        {**body("ticket.opened", ticket="old", kind="return", order="old"), "time": early},
        {**body("order.reviewed", review="old", order="old", buyer="b", stars={"product": 1}),
         "time": early},
        body("ticket.processed", ticket="old", outcome="refunded",
             cost={"amount": 10**15, "currency": "CNY"}),
        body("ticket.rated", ticket="old", stars=5.0),
        body("order.delivered", order="big"),
        body("order.delivered", order="past"),
        body("order.reviewed", review="r", order="soon", stars={"product": 1, "service": None}),
        body("order.reviewed", review="none", order="soon", stars={}),
        body("ticket.opened", ticket="d", kind="dispute", order="presale", buyer=None,
             left_message=None, reason=None),
        body("ticket.ruled", ticket="d", liability="both"),
    ]
    with Service(new_database(), clock_start=rfc3339(NOW)) as service:
        for policy in POLICIES:
            service.put_store(f"s-{policy}", policy=policy)
            accepted(service.post_events([{**event, "data": {**event["data"],
                                                             "store": f"s-{policy}"}}
                                          for event in events]))
        assert_verified(service)
        found = []
        for policy in POLICIES:
            look_both_ways(service, f"s-{policy}", found)
        assert not found, found[:10]
        jd, amazon = score(service, "s-jd"), score(service, "s-amazon")
        shown = {metric["id"]: metric for document in (jd, amazon)
                 for factor in document["factors"] for metric in factor["metrics"]}
        # Units of big and past; the ticket was opened 24 years ago.
        assert (shown["return_rate"]["good"], shown["return_rate"]["valid"]) == (
            0, 1_000_000_001), shown["return_rate"]
        # big, past: soon and presale have no clock yet, and defects of theirs do not count.
        assert (shown["order_defect_rate"]["good"], shown["order_defect_rate"]["valid"]) == (
            0, 2), shown["order_defect_rate"]
        # The date of `past` lies before its clock and reads as at it, and so does its delivery.
        assert (shown["on_time_delivery_rate"]["good"], shown["on_time_delivery_rate"]["valid"],
                shown["on_time_delivery_rate"]["pending"]) == (2, 2, 0), shown


# --- Arithmetic, once more --------------------------------------------------------------------


def rounded(value):
    """Half up, to whole thousandths; no value is negative."""
    return int(value * 1000 + fractions.Fraction(1, 2))


def shown(milli):
    return None if milli is None else f"{milli // 1000}.{milli % 1000:03d}"


def on_line(anchors, value):
    anchors = [(fractions.Fraction(x), fractions.Fraction(y)) for x, y in anchors]
    if value <= anchors[0][0]:
        return anchors[0][1]
    for (x0, y0), (x1, y1) in zip(anchors, anchors[1:]):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return anchors[-1][1]


def points_of(policy, metric, got):
    """Milli-points of a metric, from the numbers that are shown."""
    n = got["valid"]
    if n == 0:
        return None
    if "amount" in got:
        factor = {"rating": 2, "hours": fractions.Fraction(1, 3600)}.get(metric["unit"], 1)
        value = fractions.Fraction(got["amount"]) * factor / n
    else:
        value = fractions.Fraction(got["good"], n)
    points = on_line(metric["anchors"], value)
    full = policy["small_sample"]["full"]
    if n < full:
        points = (n * points + (full - n) * fractions.Fraction(policy["small_sample"]["points"])) \
            / full
    return rounded(points)


def weighted(parts):
    """Milli-points of a mean of (weight, milli-points or None)."""
    known = [(fractions.Fraction(weight), points) for weight, points in parts
             if points is not None]
    weights = sum(weight for weight, _ in known)
    if not weights:
        return None
    return rounded(sum(weight * points for weight, points in known) / weights / 1000)


def shares(total, parts):
    """`total` thousandths by largest remainder, ties to the first; None stays None."""
    sizes = [0 if points is None else fractions.Fraction(weight) * points
             for weight, points in parts]
    whole = sum(sizes)
    exact = [total * size / whole if whole else fractions.Fraction(0) for size in sizes]
    given = [int(share) for share in exact]
    by_rest = sorted(range(len(parts)), key=lambda i: (given[i] - exact[i], i))
    for i in by_rest[:total - sum(given) if whole else 0]:
        given[i] += 1
    return [None if points is None else share
            for share, (_, points) in zip(given, parts)]


def expected_numbers(policy, document, services):
    """Every number of a score that is made of its counts, as (path, text)."""
    numbers, factors = {}, []
    min_factors = policy.get("composite", {}).get("min_factors", 1)
    for factor, got in zip(policy["factors"], document["factors"], strict=True):
        parts = [(metric["weight"], points_of(policy, metric, seen)) for metric, seen in
                 zip(factor["metrics"], got["metrics"], strict=True)]
        factors.append((factor, parts, weighted(parts)))
    known = [points for _, _, points in factors if points is not None]
    scored = len(known) >= max(1, min_factors) and all(
        points is not None for factor, _, points in factors if factor.get("required"))
    by_factor = [(factor["weight"], points) for factor, _, points in factors]
    base = weighted(by_factor) if scored else None
    contributions = shares(base, by_factor) if scored else [
        None if points is None else rounded(fractions.Fraction(weight) * points / 1000)
        for weight, points in by_factor]
    for (factor, parts, points), contribution in zip(factors, contributions):
        numbers[factor["id"]] = (shown(points), shown(contribution))
        inner = shares(contribution or 0, parts)
        for metric, (_, milli), share in zip(factor["metrics"], parts, inner):
            numbers[f"{factor['id']}/{metric['id']}"] = (shown(milli), shown(share))
    if scored:
        bonus = policy.get("bonus", {"each": "0", "cap": "0"})
        more = min(len(set(services)) * rounded(fractions.Fraction(bonus["each"])),
                   rounded(fractions.Fraction(bonus["cap"])), 10_000 - base)
        numbers["score"] = (shown(base + more), shown(base), shown(more))
    else:
        numbers["score"] = None
    seen = {metric["id"]: (metric, got) for factor, of in zip(policy["factors"],
                                                              document["factors"])
            for metric, got in zip(factor["metrics"], of["metrics"])}
    for metric in policy.get("metrics", []):
        got = document["metrics"][metric["id"]]
        seen[metric["id"]] = (metric, got)
        numbers[f"metrics/{metric['id']}"] = shown(points_of(policy, metric, got))
    for composite in policy.get("composites", []):
        parts = [(part["weight"], points_of(policy, *seen[part["metric"]]))
                 for part in composite["parts"]]
        points = weighted(parts)
        numbers[f"composites/{composite['id']}"] = (
            shown(points), [shown(share) for share in shares(points or 0, parts)])
    return numbers


def shown_numbers(document):
    numbers = {}
    for factor in document["factors"]:
        numbers[factor["id"]] = (factor["points"], factor["contribution"])
        for metric in factor["metrics"]:
            numbers[f"{factor['id']}/{metric['id']}"] = (metric["points"],
                                                         metric["contribution"])
    score = document["score"]
    numbers["score"] = score and (score["points"], score["base"], score["bonus"])
    for id, metric in document["metrics"].items():
        numbers[f"metrics/{id}"] = metric["points"]
    for id, composite in document["composites"].items():
        numbers[f"composites/{id}"] = (composite["points"],
                                       [part["contribution"] for part in composite["parts"]])
    return numbers


def assert_adds_up(document):
    def milli(text):
        return 0 if text is None else rounded(fractions.Fraction(text))

    for factor in document["factors"]:
        assert milli(factor["contribution"]) == sum(
            milli(metric["contribution"]) for metric in factor["metrics"]), factor
    if document["score"]:
        assert milli(document["score"]["base"]) == sum(
            milli(factor["contribution"]) for factor in document["factors"]), document["score"]
        assert milli(document["score"]["points"]) == milli(document["score"]["base"]) + milli(
            document["score"]["bonus"]), document["score"]


def test_points_are_what_the_policy_says():
    """From nothing, from one review, and from random stores: all that follows from the counts."""
    stores = {"nothing": ([], []), "one": ([], [body("order.reviewed", review="r",
                                                     stars={"product": 2, "logistics": 1})])}
    for number in range(int(os.environ.get("WINDVANE_PROPERTY_ROUNDS", 2)) + 1):
        services = [f"service_{count}" for count in range(4 * number)] * 2
        stores[f"random{number}"] = (services, Quarrel(SEED * 10 + number, 1 + 2 * number).events)
    # All is well: bonus ends where ten points are.
    good = [event for number in range(40) for event in (
        body("order.placed", order=f"o{number}", paid_at=rfc3339(NOW - HOUR)),
        body("order.collected", order=f"o{number}"), body("order.delivered", order=f"o{number}"),
        body("order.reviewed", review=f"r{number}",
             stars={"product": 5, "logistics": 5, "service": 5}))]
    stores["good"] = ([str(number) for number in range(12)], good)
    scored = 0
    with Service(new_database(), clock_start=rfc3339(NOW)) as service:
        policies = {id: service.get(f"/v1/policies/{id}").json() for id in POLICIES}
        for store, (services, events) in stores.items():
            service.put_store(store, services=services)
            for chunk in chunks(random.Random(1), events, 900):
                answer = service.post_events([{**event, "data": {**event["data"], "store": store}}
                                              for event in chunk])
                assert answer.status == 200, answer
            for policy in POLICIES:
                for basis in BASES:
                    document = score(service, store, basis=basis, policy=policy)
                    expected = expected_numbers(policies[policy], document, services)
                    assert_adds_up(document)
                    got = shown_numbers(document)
                    wrong = {path: (expected.get(path), got.get(path))
                             for path in expected.keys() | got.keys()
                             if expected.get(path) != got.get(path)}
                    assert not wrong, (store, policy, basis, wrong)
                    scored += document["score"] is not None
    assert scored >= 8, scored


# --- Migrations, rebuild ----------------------------------------------------------------------


def test_rebuild_while_two_processes_are_told_the_story():
    story = Quarrel(SEED * 100 + 50, 2)
    uri = new_database()
    with Service(uri, clock_start=rfc3339(NOW)) as left, \
            Service(uri, clock_start=rfc3339(NOW), migrate=False) as right:
        for policy in POLICIES:
            left.put_store(f"s-{policy}", policy=policy)
        rng = random.Random(SEED)
        events = [event for policy in POLICIES for event in story.shuffled(f"s-{policy}", rng)]
        rng.shuffle(events)
        told = threading.Event()
        rebuilds = []

        def feed(service, mine):
            for number in range(0, len(mine), 20):
                accepted_or_waits(service, mine[number:number + 20])

        def feed_both():
            try:
                together([lambda: feed(left, events[::2]), lambda: feed(right, events[1::2])])
            finally:
                told.set()

        def rebuild():
            while not told.is_set() or not rebuilds:
                done = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": uri})
                assert done.returncode == 0, done
                rebuilds.append(done)

        together([feed_both, rebuild])
        assert_verified(left)
        found = []
        for policy in POLICIES:
            for service in (left, right):
                look_both_ways(service, f"s-{policy}", found)
        assert not found, found[:10]


def accepted_or_waits(service, events):
    """Overload is 503 and nothing was stored: then again."""
    deadline = time.monotonic() + 30
    while True:
        answer = service.post_events(events, "batch")
        if answer.status == 200:
            return
        assert answer.status == 503 and time.monotonic() < deadline, answer


def test_down_and_up_again_keeps_what_was_told():
    """What a lower schema cannot hold is folded again from the log."""
    story = Quarrel(SEED * 100 + 70)
    uri = new_database()
    env = {"WINDVANE_DATABASE_URL": uri}
    with Service(uri, clock_start=rfc3339(NOW)) as service:
        for policy in POLICIES:
            service.put_store(f"s-{policy}", policy=policy)
            for chunk in chunks(random.Random(1), story.shuffled(f"s-{policy}", random.Random(2)),
                                300):
                post(service, chunk, "batch")
        before = {policy: score(service, f"s-{policy}") for policy in POLICIES}
    at = max(document["as_of"] for document in before.values())
    ((newest,),) = psql(uri, "select max(number) from schema_migrations")
    for steps in range(1, int(newest)):
        for arguments in (["migrate", "--down", str(steps)], ["migrate"]):
            done = run_windvane(arguments, env)
            assert done.returncode == 0, (arguments, done)
    with Service(uri, clock_start=at) as service:
        assert_verified(service)
        found = []
        for policy in POLICIES:
            look_both_ways(service, f"s-{policy}", found)
            again = score(service, f"s-{policy}", as_of=before[policy]["as_of"])
            found += same_both_ways(before[policy], again)
        assert not found, found[:10]


if __name__ == "__main__":
    main()
