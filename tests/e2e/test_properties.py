#!/usr/bin/env python3
"""Random histories, full of odd cases: the service against the oracle, against another order of
arrival, against itself.

WINDVANE_PROPERTY_ROUNDS makes more histories, WINDVANE_PROPERTY_SEED makes others.
"""

import copy
import datetime
import os
import random
import threading

import oracle
from harness import Service, ev, main, new_database, verify
from oracle import HOUR, instant, rfc3339

ROUNDS = int(os.environ.get("WINDVANE_PROPERTY_ROUNDS", "8"))
SEED = int(os.environ.get("WINDVANE_PROPERTY_SEED", "1"))
INSTANTS = 30
AFTER = "2024-06-01T00:00:00Z"

# A day in the middle of each history: most are next to a clock change.
PLACES = [
    ("Asia/Shanghai", datetime.date(2024, 1, 3)),
    ("America/Sao_Paulo", datetime.date(2018, 11, 4)),
    ("America/Havana", datetime.date(2023, 11, 5)),
    ("Asia/Kathmandu", datetime.date(2024, 2, 29)),
    ("America/Sao_Paulo", datetime.date(2018, 2, 18)),
    ("Australia/Lord_Howe", datetime.date(2024, 4, 7)),
    ("Asia/Kolkata", datetime.date(2023, 12, 31)),
    ("Europe/Berlin", datetime.date(2024, 3, 31)),
    ("America/New_York", datetime.date(2023, 3, 12)),
]


def _mark(hours, level, percent, inclusive, restriction=None):
    mark = {"hours": hours, "level": level, "over_percent": percent, "inclusive": inclusive}
    return mark if restriction is None else {**mark, "restriction": restriction}


# Backlog parts beside the one of jd, which no small store could trip.
_DEMOTED = {"kind": "search_demotion", "percent": 75, "hours": 72}
_OFF_SALE = {"kind": "off_sale", "hours": 24}
BACKLOGS = {
    "p-small": {"min_orders": 3},
    "p-lenient": {"min_orders": 4, "overdue_basis": "lenient"},
    "p-coarse": {"min_orders": 5, "watch_hours": 12, "marks": [
        _mark(24, "warning", 30, True),
        _mark(72, "mild", 25, False, {**_DEMOTED, "hours": 200}),
        _mark(120, "severe", 50, True, _OFF_SALE)]},
    "p-odd": {"min_orders": 2, "watch_hours": 30, "marks": [
        _mark(36, "warning", 20, False),
        _mark(60, "mild", 15, True, {**_DEMOTED, "hours": 36}),
        _mark(100, "severe", 20, True, _OFF_SALE)]},
}
POLICIES = {"jd": oracle.JD}
for _id, _members in BACKLOGS.items():
    POLICIES[_id] = copy.deepcopy(oracle.JD)
    POLICIES[_id]["backlog"].update(_members)


# --- Histories --------------------------------------------------------------------------------


class History:
    """What happened to one store, drawn from a seed. `bodies` holds a list of events for each
    identity: the first is meant to arrive first, further ones have another body."""

    def __init__(self, seed, zone, day, policy):
        self.seed, self.zone, self.day, self.policy = seed, zone, day, policy
        self.store = f"s{seed}"
        self.random = random.Random(seed)
        self.bodies = []
        self.orders = []
        for number in range(self.random.randint(35, 70)):
            self._order(f"o{number}")
        self._noise()
        self._odd_copies()

    def _start(self, days):
        return oracle.day_start(self.zone, oracle.plus_days(self.day, days))

    def _near(self, micros):
        return micros + self.random.choice((0, 0, 0, -1, 1))

    def _chance(self, percent):
        return self.random.random() * 100 < percent

    def _add(self, type, time, data):
        source = self.random.choice(("oms", "oms", "wms"))
        offset = self.random.choice((0, 0, 480, -180, 345, 330))
        event = ev(type, rfc3339(time, offset), {"store": self.store, **data},
                   id=f"e{len(self.bodies)}", source=source)
        self.bodies.append([event])
        return event

    def _moment(self):
        """When an order begins: often at the edge of a day."""
        day = self.random.choice((-5, -4, -3, -2, -2, -1, -1, -1, 0, 0, 0, 1, 1, 2, 4))
        if self._chance(25):
            return self._near(self._start(day))
        if self._chance(30):
            return self._start(day) + self.random.randrange(24) * HOUR
        return self._start(day) + self.random.randrange(24 * HOUR)

    def _later(self, begin):
        """When something happens to an order that began then: often at a limit."""
        if self._chance(55):
            return begin + int(self.random.expovariate(1 / 40) * HOUR)
        day = oracle.day_of(self.zone, begin)
        ends = [oracle.day_end(self.zone, oracle.plus_days(day, days)) for days in (0, 0, 1)]
        limits = [begin + hours * HOUR for hours in (0, 24, 36, 48, 60, 72, 100, 120)]
        checkpoints = [ends[0] + hours * HOUR for hours in (48, 72, 120)]
        return self._near(self.random.choice(ends + limits + checkpoints))

    def _order(self, id):
        self.orders.append(id)
        begin = self._moment()
        about = {"order": id}
        if self._chance(15):
            about["payment"] = "cod"
        elif self._chance(70):
            shift = self.random.choice((0, 0, 0, 0, -5, 3)) * HOUR
            about["paid_at"] = rfc3339(begin + shift, self.random.choice((0, 480)))
        else:
            self._add("order.paid", self._near(begin + self.random.choice((-1, 0, 0, 7)) * HOUR),
                      {"order": id})
        if self._chance(12):
            about["presale_until"] = rfc3339(begin + self.random.randrange(-10, 70) * HOUR)
        if self._chance(20):
            about["promised_at"] = rfc3339(self._later(begin))
        if self._chance(20):
            about["parcels"] = self.random.randint(1, 3)
        if self._chance(8):
            about["fulfilment"] = self.random.choice(("merchant", "platform", "pickup",
                                                      "virtual"))
        if self._chance(4):
            about["test"] = True
        if self._chance(30):
            about["lines"] = [{"sku": "K", "quantity": self.random.randint(1, 3)}]

        ours = []
        if not self._chance(3):
            ours.append(self._add("order.placed", begin, about))
        if self._chance(5):
            second = {**about, "parcels": 2, "payment": self.random.choice(("cod", "prepaid"))}
            ours.append(self._add("order.placed", self._near(begin) + self.random.choice((-1, 2))
                                  * HOUR, second))
        for _ in range(self.random.choice((0, 0, 0, 1, 1, 2))):
            ours.append(self._add("order.promised", self._later(begin), {
                "order": id, "promised_at": rfc3339(self._later(begin))}))
        if self._chance(40):
            ours.append(self._add("order.shipped", self._later(begin), {
                "order": id, "parcel": "1", "carrier": "c", "waybill": f"w{id}"}))
        collected = self._parcels("order.collected", id, begin, about, 75, ours)
        self._parcels("order.delivered", id, collected or begin, about, 50, ours)
        if self._chance(22):
            at = collected if collected and self._chance(25) else self._later(begin)
            ours.append(self._add("order.cancelled", self._near(at), {
                "order": id, "by": self.random.choice(("buyer", "merchant", "platform"))}))
        for event in ours:
            if self._chance(6):
                self._retract(event)

    def _parcels(self, type, id, begin, about, percent, ours):
        last = None
        for number in range(about.get("parcels", 1)):
            for _ in range(self.random.choice((1, 1, 1, 2))):
                if not self._chance(percent):
                    continue
                data = {"order": id}
                if not self._chance(30):
                    data["parcel"] = f"p{number}"
                last = max(last or 0, self._later(begin) - (3 * HOUR if self._chance(5) else 0))
                ours.append(self._add(type, last, data))
        return last

    def _retract(self, event):
        at = instant(event["time"]) + self.random.choice((-1, 0, 1, 5, 30, 80)) * HOUR
        self._add("event.retracted", at, {"source": event["source"], "id": event["id"],
                                          "reason": "wrong"})

    def _noise(self):
        for day in range(-6, 8):
            for feed in ("orders", "collections", "tickets"):
                if self._chance(25):
                    at = self._start(day) + self.random.randrange(24 * HOUR)
                    through = self._near(at + self.random.choice((0, 0, -2, 3)) * HOUR)
                    event = self._add("feed.alive", at, {"feed": feed,
                                                         "through": rfc3339(through)})
                    if self._chance(10):
                        self._retract(event)
        for _ in range(3):
            self._add("order.weighed", self._moment(), {"order": "o1"})
            self._add("order.collected", self._moment(), {})
            self._retract(self.random.choice(self.bodies)[0])

    def _odd_copies(self):
        """Conflicting bodies of identities that exist already."""
        for bodies in self.random.sample(self.bodies, len(self.bodies) // 20):
            other = copy.deepcopy(bodies[0])
            if self._chance(50):
                other["time"] = rfc3339(instant(other["time"]) - 2 * HOUR)
            else:
                other["data"]["order"] = self.random.choice(self.orders)
                other["data"]["other"] = True
            bodies.append(other)

    # --- arrival ---

    def in_order(self):
        """By time; the bodies of one identity in their own order."""
        return [event for bodies in sorted(self.bodies, key=lambda b: instant(b[0]["time"]))
                for event in bodies]

    def shuffled(self):
        """Any order and many repeats; only the first body of an identity still comes first."""
        events = [event for bodies in self.bodies for event in bodies]
        events += self.random.choices(events, k=len(events) // 3)
        self.random.shuffle(events)
        firsts = {(b[0]["source"], b[0]["id"]): b[0] for b in self.bodies if len(b) > 1}
        arrival, seen = [], set()
        for event in events:
            identity = (event["source"], event["id"])
            if identity in firsts and identity not in seen:
                arrival.append(firsts[identity])
            seen.add(identity)
            arrival.append(event)
        return [self._respelled(event) for event in arrival]

    def _respelled(self, event):
        """The same body written otherwise."""
        if not self._chance(30):
            return event
        members = list(event["data"].items())
        self.random.shuffle(members)
        respelled = {**event, "data": dict(members)}
        respelled["time"] = rfc3339(instant(event["time"]), self.random.choice((0, 60, -570)))
        return respelled

    # --- instants to ask about ---

    def instants(self, facts, count, last):
        """Marks, midnights, checkpoints, events, each also a microsecond off; and any instant."""
        known = oracle.orders_of(facts, last)
        chosen = []
        while len(chosen) < count:
            kind = self.random.randrange(5)
            if kind == 0:
                at = self._start(self.random.randrange(-6, 12))
            elif kind == 1:
                at = self._start(self.random.randrange(-4, 6))
                at += self.random.choice((24, 36, 48, 60, 72, 96, 100, 120)) * HOUR
            elif kind == 2 and known:
                order = self.random.choice(known)
                at = self.random.choice((order.t0, order.promise) + tuple(
                    order.t0 + hours * HOUR for hours in (24, 36, 48, 60, 72, 100, 120)))
            elif kind == 3 and facts:
                at = self.random.choice(facts).at
            else:
                at = self._start(-6) + self.random.randrange(17 * 24 * HOUR)
            at += self.random.choice((-1, 0, 0, 1))
            if at <= last:
                chosen.append(at)
        return chosen


def histories(count, first_seed):
    for number in range(count):
        zone, day = PLACES[number % len(PLACES)]
        policy = list(POLICIES)[1:][number % len(BACKLOGS)] if number % 8 < 7 else "jd"
        yield History(first_seed + number, zone, day, policy)


# --- The service ------------------------------------------------------------------------------


def prepare(service, stores):
    policy = service.get("/v1/policies/jd").json()
    for id, members in BACKLOGS.items():
        answer = service.put(f"/v1/policies/{id}", {
            **policy, "id": id, "backlog": {**policy["backlog"], **members}})
        assert answer.status in (200, 201), answer
    for history in stores:
        service.put_store(history.store, time_zone=history.zone, policy=history.policy)


def post(service, events, form):
    """Posts in a form and gives the outcomes: a list, or None where a form does not tell them."""
    if form in ("single", "binary"):
        outcomes = []
        for event in events:
            answer = service.post_events([event], form)
            if answer.status == 422:
                outcomes.append("rejected")
                continue
            assert answer.status == 200, answer
            outcomes.append(answer.json()["results"][0]["status"])
        return outcomes
    answer = service.post_events(events, form)
    assert answer.status == 200, answer
    told = {result["index"]: result["status"] for result in answer.json()["results"]}
    if form == "batch":
        return [told[index] for index in range(len(events))]
    return None


def chunks(rng, events, most):
    while events:
        size = rng.randint(1, most)
        yield events[:size]
        events = events[size:]


def form_for(rng, chunk):
    return rng.choice(("ndjson", "batch", "single", "binary") if len(chunk) <= 12
                      else ("ndjson", "batch"))


def ask(service, store, resource, at=None, **query):
    """The answer, as (status, document)."""
    if at is not None:
        query["as_of"] = rfc3339(at)
    text = "&".join(f"{name}={value}" for name, value in query.items())
    answer = service.get(f"/v1/stores/{store}/{resource}" + (f"?{text}" if text else ""))
    return answer.status, answer.json()


def asked(service, store, resource, at=None, **query):
    status, document = ask(service, store, resource, at, **query)
    assert status == 200, (resource, at and rfc3339(at), query, status, document)
    return document


class Failures:
    """Differences found, each with the seed and the instant; raised together."""

    def __init__(self):
        self.lines = []

    def add(self, history, what, at, found):
        for path, expected, got in found:
            self.lines.append(f"seed {history.seed} ({history.zone}, {history.policy}) {what} "
                              f"at {rfc3339(at)} {path}: expected {expected!r}, got {got!r}")

    def check(self):
        assert not self.lines, (f"{len(self.lines)} differ:\n" + "\n".join(self.lines[:40]))


def against_oracle(failures, history, facts, at, document, resource, basis=None):
    policy = POLICIES[history.policy]
    if resource == "score":
        expected = oracle.score(facts, history.zone, at, basis, policy)
        found = oracle.score_differences(expected, document)
    else:
        expected = oracle.backlog(facts, history.zone, at, policy)
        found = oracle.backlog_differences(expected, document)
    found += oracle.differences(history.policy, document["policy"]["id"], "policy.id")
    failures.add(history, f"{basis or ''} {resource}".strip(), at, found)


def same_both_ways(expected, got):
    """Differences in either direction: no member may be there on one side only."""
    found = oracle.differences(expected, got)
    return found or [(path, right, left) for path, left, right
                     in oracle.differences(got, expected)]


# --- Tests ------------------------------------------------------------------------------------


def test_oracle_equals_the_service_and_order_of_arrival_does_not_matter():
    """One process in order, two processes in any order with repeats: the same answers, and those
    of the oracle."""
    stores = list(histories(ROUNDS, SEED * 1000))
    clock = instant(AFTER)
    failures = Failures()
    first, second = new_database(), new_database()
    with Service(first, clock_start=AFTER) as plain, \
            Service(second, clock_start=AFTER) as left, \
            Service(second, clock_start=AFTER, migrate=False) as right:
        prepare(plain, stores)
        prepare(left, stores)
        for history in stores:
            events = history.in_order()
            outcomes, facts = oracle.admit((event, clock) for event in events)
            got = []
            for chunk in chunks(history.random, events, 400):
                got += post(plain, chunk, "batch")
            failures.add(history, "outcomes", clock, oracle.differences(outcomes, got))

            arrival = history.shuffled()
            outcomes = oracle.admit((event, clock) for event in arrival)[0]
            for chunk in chunks(history.random, arrival, 60):
                form = form_for(history.random, chunk)
                got = post(history.random.choice((left, right)), chunk, form)
                expected, outcomes = outcomes[:len(chunk)], outcomes[len(chunk):]
                if got is not None:
                    failures.add(history, f"outcomes by {form}", clock,
                                 oracle.differences(expected, got))

            for number, at in enumerate(history.instants(facts, INSTANTS, clock)):
                questions = [("score", {"basis": "live"}), ("score", {"basis": "official"}),
                             ("backlog", {})]
                for resource, query in questions:
                    document = asked(plain, history.store, resource, at, **query)
                    against_oracle(failures, history, facts, at, document, resource,
                                   query.get("basis"))
                    _compare_processes(failures, history, at, document, resource, query,
                                       left, right)
                if number % 5 == 0:
                    _lists(failures, history, facts, at, plain, left, right)
                if number % 3 == 0:
                    _nothing_changes_before(failures, history, facts, at, plain)
        failures.check()
        for service in (plain, left):
            status, output = verify(service.uri)
            assert status == 0, output


def _compare_processes(failures, history, at, document, resource, query, *services):
    service = history.random.choice(services)
    got = asked(service, history.store, resource, at, **query)
    failures.add(history, f"other order of arrival, {resource} {query}", at,
                 same_both_ways(document, got))


def _lists(failures, history, facts, at, plain, *services):
    """The lists behind the numbers, and what is known of single orders."""
    marks = POLICIES[history.policy]["backlog"]["marks"]
    view = oracle.Backlog(facts, history.zone, at, POLICIES[history.policy])
    mark = history.random.choice(marks)
    day = history.random.choice(view.listed)
    for state in ("overdue", "at_risk"):
        query = {"cohort": str(day), "mark": mark["hours"], "state": state, "limit": 100}
        document = asked(plain, history.store, "backlog/orders", at, **query)
        failures.add(history, f"number of orders listed for {query}", at, oracle.differences(
            view.counts(day, mark)[0][state], len(document["items"])))
        _compare_processes(failures, history, at, document, "backlog/orders", query, *services)
    for order in history.random.sample(history.orders, 4):
        expected = ask(plain, history.store, f"orders/{order}", at)
        got = ask(history.random.choice(services), history.store, f"orders/{order}", at)
        if expected[0] == 404:
            # What a problem document says beside its status is not compared.
            expected, got = expected[:1], got[:1]
        failures.add(history, f"other order of arrival, order {order}", at,
                     same_both_ways(list(expected), list(got)))


def _nothing_changes_before(failures, history, facts, at, service):
    """Until next_change_at, if no event comes, every member stays."""
    for resource, query in (("score", {"basis": "live"}), ("score", {"basis": "official"}),
                            ("backlog", {})):
        document = asked(service, history.store, resource, at, **query)
        change = instant(document["next_change_at"])
        moments = [fact.at for fact in facts]
        moments += [instant(fact.data[name]) for fact in facts for name in ("paid_at", "through")
                    if name in fact.data]
        if change - 1 <= at or any(at < moment < change for moment in moments):
            continue
        later = asked(service, history.store, resource, change - 1, **query)
        failures.add(history, f"{resource} {query} before its next change", change - 1,
                     oracle.differences({**document, "as_of": rfc3339(change - 1)}, later))


def test_concurrent_processes():
    """Two processes take one store's events at the same time, repeats included."""
    stores = list(histories(max(2, ROUNDS // 3), SEED * 1000 + 500))
    clock = instant(AFTER)
    failures = Failures()
    database = new_database()
    with Service(database, clock_start=AFTER) as left, \
            Service(database, clock_start=AFTER, migrate=False) as right:
        prepare(left, stores)
        # The first of several bodies must be first; everything else may race.
        contested = [bodies[0] for history in stores for bodies in history.bodies
                     if len(bodies) > 1]
        first_accepted = post(left, contested, "batch").count("accepted")
        everything = [event for history in stores for event in history.shuffled()]
        rng = random.Random(SEED)
        accepted, faults = [], []

        def send(service, events, rng):
            try:
                for chunk in chunks(rng, events, 40):
                    outcomes = post(service, chunk, "batch")
                    accepted.append(outcomes.count("accepted"))
            except Exception as fault:
                faults.append(fault)

        # Each process gets most events, so that the same ones race.
        threads = [threading.Thread(target=send, args=(service, events, random.Random(number)))
                   for number, service in enumerate((left, right))
                   for events in (rng.sample(everything, len(everything) * 3 // 4), everything)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults, faults

        total = 0
        for history in stores:
            outcomes, facts = oracle.admit((event, clock) for event in history.in_order())
            total += outcomes.count("accepted")
            for at in history.instants(facts, INSTANTS // 2, clock):
                for resource, query in (("score", {"basis": "live"}), ("backlog", {})):
                    document = asked(left, history.store, resource, at, **query)
                    against_oracle(failures, history, facts, at, document, resource,
                                   query.get("basis"))
        assert sum(accepted) + first_accepted == total, (accepted, first_accepted, total)
        failures.check()
        status, output = verify(database)
        assert status == 0, output


def _live_instants():
    """Clock starts in the life of the histories: near midnights and checkpoints, and anywhere."""
    rng = random.Random(SEED)
    for number in range(max(2, ROUNDS // 2)):
        day = oracle.day_start("Asia/Shanghai", datetime.date(2024, 1, 4))
        shift = rng.choice((0, 12 * HOUR, rng.randrange(96 * HOUR)))
        yield number, day + shift - 3 * oracle.SECOND


def test_live_answers():
    """The fast path: live answers while the events arrive in pieces and while marks go by."""
    failures = Failures()
    for number, start in _live_instants():
        stores = [History(SEED * 1000 + 900 + 10 * number + index, zone,
                          datetime.date(2024, 1, 3), policy)
                  for index, (zone, policy) in enumerate((
                      ("Asia/Shanghai", "p-small"), ("Asia/Kathmandu", "p-odd"),
                      ("America/Sao_Paulo", "p-lenient")))]
        database = new_database()
        with Service(database, clock_start=rfc3339(start)) as service:
            prepare(service, stores)
            arrived = {history.store: [] for history in stores}

            def look(history):
                facts = oracle.admit((event, start) for event in arrived[history.store])[1]
                for resource, query in (("score", {}), ("score", {"basis": "official"}),
                                        ("backlog", {})):
                    document = asked(service, history.store, resource, **query)
                    at = instant(document["as_of"])
                    against_oracle(failures, history, facts, at, document, resource,
                                   document.get("basis"))
                    past = asked(service, history.store, resource, at, **query)
                    failures.add(history, f"as_of of live {resource}", at,
                                 same_both_ways(document, past))
                return at

            for history in stores:
                past = [event for event in history.shuffled() if _has_happened(event, start)]
                for chunk in chunks(history.random, past, 120):
                    post(service, chunk, form_for(history.random, chunk))
                    arrived[history.store] += chunk
                    look(history)
            # Orders whose marks of 24, 36 .. hours go by in the next second or two.
            history = stores[0]
            now = look(history)
            passing = [event for hours in (24, 48, 72, 120) for step in range(4)
                       for event in _waiting_order(history, now - hours * HOUR, step, hours)]
            post(service, passing, "ndjson")
            arrived[history.store] += passing
            while look(history) <= now + 1_600_000:
                pass
            status, output = verify(database)
            assert status == 0, output
    failures.check()


def _has_happened(event, now):
    """Whether a service whose clock stands at `now` may be told of an event as a past one."""
    moments = [event["time"]] + [event["data"][name] for name in ("paid_at", "through")
                                 if name in event["data"]]
    return all(instant(moment) <= now for moment in moments)


def _waiting_order(history, micros, step, hours):
    placed = rfc3339(micros + 400_000 * step + 1)
    yield ev("order.placed", placed, {"store": history.store, "order": f"wait-{hours}-{step}",
                                      "paid_at": placed})


def test_ways_out_have_a_closed_form():
    """The oracle by trying, the formulas, and the words of the rule played through agree."""
    for percent in (1, 10, 15, 25, 50, 99):
        for inclusive in (False, True):
            mark = {"over_percent": percent, "inclusive": inclusive}
            for eligible in range(14):
                for bad in range(eligible + 1):
                    for at_risk in range(bad + 1):
                        _ways_out_agree(bad, eligible, at_risk, mark)


def _ways_out_agree(bad, eligible, at_risk, mark):
    case = (bad, eligible, at_risk, mark)
    collect = oracle.collect_to_clear(bad, eligible, at_risk, mark)
    exempt = oracle.exempt_to_clear(bad, eligible, mark)
    assert collect == oracle.collect_formula(bad, eligible, at_risk, mark), case
    assert exempt == oracle.exempt_formula(bad, eligible, mark), case
    overdue = bad - at_risk

    def possible(overdue, eligible, at_risk):
        """Whether the level can still come about: some of the rest go late, some are
        cancelled, the others are collected in time."""
        return any(oracle.holds(overdue + late, eligible - cancelled, mark)
                   for late in range(at_risk + 1) for cancelled in range(at_risk - late + 1))

    played = next((k for k in range(at_risk + 1)
                   if not possible(overdue, eligible, at_risk - k)), None)
    assert played == collect, case
    played = next(k for k in range(eligible + 1)
                  if any(not possible(overdue - late, eligible - k, at_risk - (k - late))
                         for late in range(min(k, overdue) + 1) if k - late <= at_risk))
    assert played == exempt, case


def test_known_ways_out():
    """The vectors of the rule: eligible, bad, (collect, exempt) for 10 % and for 15 %."""
    mild = {"over_percent": 10, "inclusive": True}
    warning = {"over_percent": 15, "inclusive": False}
    for eligible, bad, at_10, at_15 in (
            (301, 30, (0, 0), (0, 0)), (301, 31, (1, 2), (0, 0)), (301, 45, (15, 17), (0, 0)),
            (301, 46, (16, 18), (1, 1)), (310, 31, (1, 1), (0, 0)), (310, 40, (10, 11), (0, 0)),
            (320, 48, (17, 18), (0, 0)), (320, 49, (18, 19), (1, 2)),
            (400, 120, (81, 89), (60, 71)), (1000, 99, (0, 0), (0, 0)),
            (1000, 100, (1, 1), (0, 0)), (1000, 151, (52, 57), (1, 2))):
        for mark, expected in ((mild, at_10), (warning, at_15)):
            got = (oracle.collect_to_clear(bad, eligible, bad, mark),
                   oracle.exempt_to_clear(bad, eligible, mark))
            assert got == expected, (eligible, bad, mark, got)


if __name__ == "__main__":
    main()
