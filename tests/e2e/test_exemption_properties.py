#!/usr/bin/env python3
"""Random histories with delay reports, filed and decided while the clock steps on: the service
against the oracle, live and for past instants, whatever arrives before and after, and after rebuild.

WINDVANE_PROPERTY_ROUNDS makes more histories, WINDVANE_PROPERTY_SEED makes others.
"""

import datetime
import os
import random

import oracle
from harness import Service, main, new_database, run_windvane, verify
from oracle import HOUR, SECOND, instant, rfc3339
from test_properties import (POLICIES, Failures, History, _has_happened, asked, chunks, form_for,
                             post, prepare, same_both_ways)

ROUNDS = int(os.environ.get("WINDVANE_PROPERTY_ROUNDS", "1"))
SEED = int(os.environ.get("WINDVANE_PROPERTY_SEED", "1"))
INSTANTS = 16
DAY = 24 * HOUR
MIDDLE = datetime.date(2024, 1, 3)
PLACES = [("Asia/Shanghai", "p-small"), ("Asia/Kathmandu", "p-odd"),
          ("America/Sao_Paulo", "p-lenient"), ("Pacific/Auckland", "p-coarse")]
QUESTIONS = [("score", {"basis": "live"}), ("score", {"basis": "official"}), ("backlog", {})]


def stages(rng):
    """When the service is there, in the middle of the histories and behind them. Some stand a
    moment before a midnight of Shanghai, so that it goes by."""
    start = oracle.day_start("Asia/Shanghai", MIDDLE)
    for days in (-3, -1, 0, 1, 3, 5):
        shift = rng.choice((DAY - SECOND, 12 * HOUR, rng.randrange(24 * HOUR)))
        yield start + days * DAY + shift
    yield start + 13 * DAY


class Report:
    """One report as the service's answers tell it, and what it was asked to cover."""

    def __init__(self, document, orders=frozenset(), period=None):
        self.orders, self.period = orders, period
        self.read(document)

    def read(self, document):
        self.id, self.status = document["id"], document["status"]
        self.since = instant(document["submitted_at"])
        if self.status == "revoked":
            self.until = instant(document["history"][-1]["at"])

    def exemption(self):
        if self.status not in ("approved", "revoked"):
            return None
        until = self.until if self.status == "revoked" else None
        return oracle.Exemption(self.id, self.since, until, self.orders, self.period)


class Life:
    """One store of one database: what arrived, and which reports were filed."""

    def __init__(self, history, rng):
        self.history, self.rng = history, rng
        self.waiting = history.in_order()
        self.arrived = []
        self._facts = None
        self.reports = []

    @property
    def store(self):
        return self.history.store

    def exemptions(self):
        return [exemption for exemption in (report.exemption() for report in self.reports)
                if exemption is not None]

    def facts(self):
        if self._facts is None:
            self._facts = oracle.admit(self.arrived)[1]
        return self._facts

    # --- events ---

    def arrive(self, service, clock, everything):
        """Posts what has happened, in any order; some of it waits for a later stage."""
        due, later = [], []
        for event in self.waiting:
            waits = not everything and self.rng.random() < 0.2
            (later if waits or not _has_happened(event, clock) else due).append(event)
        self.waiting = later
        due += self.rng.choices(due, k=len(due) // 8)
        self.rng.shuffle(due)
        for chunk in chunks(self.rng, due, 200):
            post(service, chunk, form_for(self.rng, chunk))
            self.arrived += [(event, clock) for event in chunk]
        self._facts = None

    # --- reports ---

    def file_orders(self, service, keys, failures):
        now = None
        asked_for = self.rng.sample(self.history.orders + ["nobody's", "neither"],
                                    self.rng.randint(1, 18))
        answer = service.post(f"/v1/stores/{self.store}/delay-reports", {
            "scope": "orders", "kind": self.rng.choice(("emergency", "consent")),
            "reason": "weather", "orders": asked_for,
            "evidence": [{"url": "https://example.org/1"}]}, key=keys["merchant"])
        assert answer.status == 201, answer
        document = answer.json()
        now = instant(document["submitted_at"])
        results = {line["order"]: line["result"] for line in document["orders"]}
        for order, result in results.items():
            possible = self.possible_results(order, now)
            if result not in possible:
                failures.add(self.history, f"result of {order}", now,
                             [("result", possible, result)])
        accepted = frozenset(order for order, result in results.items() if result == "accepted")
        failures.add(self.history, "covers", now,
                     oracle.differences(len(accepted), document["covers"], "covers"))
        self.reports.append(Report(document, orders=accepted))

    def possible_results(self, id, now):
        """What may be said of an order when it is filed: every reason that is true."""
        known = oracle.known_at(self.facts(), now)
        ours = [fact for fact in known if fact.data.get("order") == id
                and fact.type.startswith("order.") and fact.type != "order.reviewed"]
        if not ours:
            return {"not_found"}
        order = oracle.order_of(id, ours, now)
        if order is None:
            placed = any(fact.type == "order.placed" for fact in ours)
            return {"not_counted"} if placed else {"not_counted", "not_found"}
        reasons = set()
        if order.collected is not None:
            reasons.add("already_collected")
        if order.cancelled is not None:
            reasons.add("cancelled")
        zone = self.history.zone
        if oracle.day_of(zone, order.t0) < oracle.plus_days(oracle.day_of(zone, now), -6):
            reasons.add("too_old")
        if oracle.is_exempt(order, self.exemptions(), now):
            reasons.add("already_exempt")
        return reasons or {"accepted"}

    def file_period(self, service, keys, clock):
        oldest = oracle.day_start(self.history.zone, oracle.plus_days(
            oracle.day_of(self.history.zone, clock + 10 * SECOND), -6))
        kind = self.rng.choice(("emergency", "emergency", "advance"))
        if kind == "advance":
            start = clock + 600 * SECOND + self.rng.randrange(3 * DAY)
        else:
            start = max(oldest, self.edge(oldest, clock))
        end = min(clock + 7 * DAY, start + 1 + self.rng.randrange(2 * DAY))
        if self.rng.random() < 0.5:
            end = max(start + 1, min(clock + 7 * DAY, self.edge(start, start + 2 * DAY)))
        document = service.post(f"/v1/stores/{self.store}/delay-reports", {
            "scope": "store", "kind": kind, "reason": "power_cut",
            "period": {"from": rfc3339(start), "to": rfc3339(end)},
            "evidence": [{"url": "https://example.org/2"}]}, key=keys["merchant"])
        assert document.status == 201, document
        self.reports.append(Report(document.json(), period=(start, end)))

    def edge(self, low, high):
        """An instant between the two, if possible the start of an order's clock or right beside."""
        clocks = [order.t0 for order in oracle.orders_of(self.facts(), high)
                  if low <= order.t0 <= high]
        if clocks and self.rng.random() < 0.7:
            return self.rng.choice(clocks) + self.rng.choice((0, 0, 1))
        return low + self.rng.randrange(high - low)

    def decide(self, service, keys):
        for report in self.reports:
            dice = self.rng.random()
            what = None
            if report.status == "pending":
                what = ("approve" if dice < 0.55 else "reject" if dice < 0.62 else
                        "withdraw" if dice < 0.68 else None)
            elif report.status == "approved" and dice < 0.2:
                what = "revoke"
            if what is None:
                continue
            key = keys["merchant" if what == "withdraw" else "reviewer"]
            path = f"/v1/stores/{self.store}/delay-reports/{report.id}/{what}"
            answer = service.post(path, key=key)
            assert answer.status == 200, (what, answer)
            report.read(answer.json())

    # --- comparison ---

    def compare(self, failures, at, document, resource, basis=None):
        history, policy = self.history, POLICIES[self.history.policy]
        if resource == "score":
            expected = oracle.score(self.facts(), history.zone, at, basis, policy,
                                    exemptions=self.exemptions())
            found = oracle.score_differences(expected, document)
        else:
            expected = oracle.backlog(self.facts(), history.zone, at, policy, self.exemptions())
            found = oracle.backlog_differences(expected, document)
        failures.add(history, f"{basis or ''} {resource}".strip(), at, found)

    def look(self, service, failures):
        """Live: as the oracle has it, and as as_of of the same instant."""
        for resource, query in QUESTIONS:
            document = asked(service, self.store, resource, **query)
            at = instant(document["as_of"])
            self.compare(failures, at, document, resource, query.get("basis"))
            past = asked(service, self.store, resource, at, **query)
            failures.add(self.history, f"as_of of live {resource}", at,
                         same_both_ways(document, past))
        # One entity after the other, as for another policy.
        slow = asked(service, self.store, "backlog", policy=self.history.policy)
        self.compare(failures, instant(slow["as_of"]), slow, "backlog")
        self.look_at_exemptions(service, failures)

    def look_at_exemptions(self, service, failures):
        items, page = [], {"next_cursor": None}
        while not items or page["next_cursor"]:
            query = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
            page = asked(service, self.store, "exemptions", limit=7, **query)
            items += page["items"]
            if not page["items"]:
                break
        now = instant(page["as_of"])
        exempt = [order for order in oracle.orders_of(oracle.known_at(self.facts(), now), now)
                  if oracle.is_exempt(order, self.exemptions(), now)]
        exempt.sort(key=lambda order: (order.t0, order.id.encode()))
        failures.add(self.history, "exemptions", now, oracle.differences(
            [[order.id, rfc3339(order.t0), rfc3339(order.promise)] for order in exempt],
            [[item["order"], item["t0"], item["original_deadline"]] for item in items]))
        reports = {report.id: report.exemption() for report in self.reports}
        for item, order in zip(items, exempt):
            covering = reports[item["report"]]
            if item["order"] == order.id and not (covering and covering.covers(order, now)):
                failures.add(self.history, "exemptions", now,
                             [(order.id, "a report that covers it", item)])

    def instants(self, last):
        """Beside those of the history: what surrounds submissions, approvals and revocations."""
        chosen = self.history.instants(self.facts(), INSTANTS // 2, last)
        moments = [report.since for report in self.reports]
        moments += [report.until for report in self.reports if report.status == "revoked"]
        moments += [edge for report in self.reports for edge in report.period or ()]
        moments = [at for at in moments if at < last]
        while moments and len(chosen) < INSTANTS:
            at = self.rng.choice(moments)
            chosen.append(at + self.rng.choice((-1, 0, 1, 6 * HOUR, 30 * HOUR)))
        return [at for at in chosen if at <= last]

    def look_back(self, service, failures, instants):
        for at in instants:
            for resource, query in QUESTIONS:
                document = asked(service, self.store, resource, at, **query)
                self.compare(failures, at, document, resource, query.get("basis"))
        self.look_behind(service, failures, instants[0])

    def look_behind(self, service, failures, at):
        """The lists behind the numbers, and single orders."""
        policy = POLICIES[self.history.policy]
        view = oracle.Backlog(self.facts(), self.history.zone, at, policy, self.exemptions())
        for day in view.listed[:5]:
            query = {"cohort": str(day), "mark": view.marks[0]["hours"], "state": "exempt",
                     "limit": 1000}
            document = asked(service, self.store, "backlog/orders", at, **query)
            expected = {order.id for order in view.cohorts.get(day, ())
                        if oracle.is_exempt(order, self.exemptions(), at)}
            failures.add(self.history, f"exempt orders of {day}", at, oracle.differences(
                sorted(expected), sorted(item["order"] for item in document["items"])))
        for order in self.rng.sample(view.orders, min(5, len(view.orders))):
            document = asked(service, self.store, f"orders/{order.id}", at)
            covering = [exemption.report for exemption in self.exemptions()
                        if exemption.covers(order, at)]
            shown = document["exemption"]
            if (shown is not None) != bool(covering) or shown and shown["report"] not in covering:
                failures.add(self.history, f"exemption of order {order.id}", at,
                             [("exemption", covering, shown)])
            states = {mark["state"] == "exempt" for mark in document["marks"]}
            failures.add(self.history, f"marks of order {order.id}", at,
                         oracle.differences([bool(covering)], sorted(states)))


def keys_of(service, lives):
    keys = {}
    for role in ("merchant", "reviewer"):
        answer = service.post_json("/v1/keys", {"role": role, "name": role, "stores": [
            life.store for life in lives]})
        assert answer.status == 201, answer
        keys[role] = answer.json()["key"]
    return keys


def live_through(database, lives, rng, failures):
    """Every stage: events arrive before and after the reports are filed and decided."""
    keys = None
    for number, clock in enumerate(stages(rng)):
        with Service(database, clock_start=rfc3339(clock), migrate=number == 0) as service:
            if keys is None:
                prepare(service, [life.history for life in lives])
                keys = keys_of(service, lives)
            for life in lives:
                life.arrive(service, clock, everything=False)
                life.decide(service, keys)
                for _ in range(life.rng.choice((0, 1, 1, 2))):
                    life.file_orders(service, keys, failures)
                if life.rng.random() < 0.6:
                    life.file_period(service, keys, clock)
                life.decide(service, keys)
                if life.rng.random() < 0.5:
                    life.look(service, failures)
                life.arrive(service, clock, everything=False)
                life.look(service, failures)
    return clock


def test_histories_with_reports():
    """Two databases take the same events in different orders, with reports of their own."""
    for number in range(ROUNDS):
        failures = Failures()
        seed = SEED * 1000 + 700 + 20 * number
        compared = 0
        for variant in range(2):
            rng = random.Random(seed)
            lives = [Life(History(seed + place, zone, MIDDLE, policy),
                          random.Random(100 * (seed + place) + variant))
                     for place, (zone, policy) in enumerate(PLACES)]
            database = new_database()
            clock = live_through(database, lives, rng, failures)
            with Service(database, clock_start=rfc3339(clock + HOUR), migrate=False) as service:
                asked_at = {}
                for life in lives:
                    life.arrive(service, clock, everything=True)
                    life.look(service, failures)
                    asked_at[life.store] = life.instants(clock)
                    life.look_back(service, failures, asked_at[life.store])
                    compared += len(QUESTIONS) * len(asked_at[life.store])
                status, output = verify(database)
                assert status == 0, output
                before = answers(service, lives, asked_at)
                rebuilt = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": database})
                assert rebuilt.returncode == 0, rebuilt
                assert answers(service, lives, asked_at) == before
                for life in lives:
                    life.look(service, failures)
            status, output = verify(database)
            assert status == 0, output
            assert_something_happened(lives)
        failures.check()
        assert compared > 300, compared


def answers(service, lives, asked_at):
    return [asked(service, life.store, resource, at, **query) for life in lives
            for at in asked_at[life.store][:4] for resource, query in QUESTIONS]


def assert_something_happened(lives):
    """The histories are worth nothing if chance made no report count."""
    statuses = [report.status for life in lives for report in life.reports]
    for status in ("pending", "approved", "revoked"):
        assert status in statuses, statuses
    listed = sum(len(report.orders) for life in lives for report in life.reports)
    periods = sum(report.period is not None for life in lives for report in life.reports)
    assert listed > 20 and periods > 5, (listed, periods)


if __name__ == "__main__":
    main()
