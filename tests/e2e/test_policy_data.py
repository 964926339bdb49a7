#!/usr/bin/env python3
"""Rules are data: a policy that no shipped one resembles, held against numbers worked out by hand
and against the oracle."""

import copy
import datetime
import fractions
import random

import harness
import oracle
from harness import Service, ev, new_database

CLOCK = "2024-03-15T12:00:00+08:00"
ZONE = "Asia/Shanghai"
HOUR = oracle.HOUR

BAZAAR = {
    "name": "Bazaar",
    "feeds": {"silent_after": 0},
    "novice": {"orders": 5, "days": 60},
    "composite": {"min_factors": 1},
    "stars": [{"points": "7.500", "star": "4.8"}, {"points": "7.016", "star": "4.1"},
              {"points": "0", "star": "1.0"}],
    "factors": [
        {"id": "speed", "weight": "0.600", "metrics": [
            {"id": "collected_36h", "unit": "ratio",
             "measure": {"kind": "within", "milestone": "collected", "hours": 36},
             "window_days": 10, "better": "higher", "target": "0.9000", "weight": "0.700",
             "anchors": [["0.2500", "1.000"], ["0.6500", "3.300"], ["0.9500", "9.900"]]},
            {"id": "mean_collection_hours", "unit": "hours",
             "measure": {"kind": "duration", "milestone": "collected"},
             "window_days": 10, "better": "lower", "weight": "0.300",
             "anchors": [["6.0000", "9.000"], ["12.0000", "7.500"], ["24.0000", "1.500"]]},
        ]},
        {"id": "word", "weight": "1.400", "required": True, "metrics": [
            {"id": "kept_promise", "unit": "ratio",
             "measure": {"kind": "within", "milestone": "collected", "promise": True},
             "window_days": 7, "better": "higher", "weight": "2.000",
             "anchors": [["0.5000", "2.000"], ["0.9000", "8.000"]]},
            {"id": "delivered_3_days", "unit": "ratio",
             "measure": {"kind": "within", "milestone": "delivered", "days": 3},
             "window_days": 20, "better": "higher", "weight": "0"},
        ]},
    ],
    "metrics": [
        {"id": "collected_12h", "unit": "ratio",
         "measure": {"kind": "within", "milestone": "collected", "hours": 12},
         "window_days": 1, "better": "higher"},
    ],
    "backlog": {"min_orders": 3, "watch_hours": 30, "marks": [
        {"hours": 36, "level": "warning", "over_percent": 25},
        {"hours": 60, "level": "mild", "over_percent": 12.5, "inclusive": True,
         "restriction": {"kind": "listing_limit", "percent": 30, "hours": 200}},
        {"hours": 240, "level": "severe", "over_percent": 5,
         "restriction": {"kind": "closed_stall", "hours": 48}},
    ]},
}


# --- Helpers ----------------------------------------------------------------------------------


def put_policy(service, id, document, status):
    reply = service.put(f"/v1/policies/{id}", document)
    assert reply.status == status, reply
    return reply.json()


def ask(service, path):
    reply = service.get(path)
    assert reply.status == 200, (path, reply)
    return reply.json()


def at(text):
    return datetime.datetime.fromisoformat(text)


def placed(store, order, time, **members):
    return ev("order.placed", time, {"store": store, "order": order, "paid_at": time, **members})


def later(type, store, order, time, **members):
    return ev(type, time, {"store": store, "order": order, **members})


def plus(time, hours=0, **parts):
    return time + datetime.timedelta(hours=hours, **parts)


def metrics_of(answer):
    shown = {m["id"]: m for factor in answer["factors"] for m in factor["metrics"]}
    return {**shown, **answer["metrics"]}


def same(expected, got):
    found = oracle.differences(expected, got)
    assert not found, "\n".join(map(str, found[:10]))


def milli(text):
    return int(text.replace(".", ""))


# --- By hand ----------------------------------------------------------------------------------


def corner_events(store):
    """Eleven orders around every limit of the policy; `now` is noon of 15 March."""
    t0 = at("2024-03-10T08:00:00+08:00")
    events = [placed(store, f"o{n}", t0) for n in (1, 2, 3, 4, 5, 6, 7, 8, 10)]
    events.append(placed(store, "o9", at("2024-03-14T23:59:00+08:00")))  # pending at 36 h
    first = at("2024-03-05T23:59:59+08:00")  # a second before the window of 10 days
    events.append(placed(store, "o11", first))
    events.append(later("order.collected", store, "o1", plus(t0, 36)))  # exactly at the mark
    events += [later("order.collected", store, f"o{n}", plus(t0, 10)) for n in (2, 3, 4, 5, 6)]
    events.append(later("order.collected", store, "o7", plus(t0, 36, seconds=1)))
    events.append(later("order.collected", store, "o11", plus(first, 1)))
    events.append(later("order.cancelled", store, "o10", plus(t0, 36), by="buyer"))
    return events


def expect_corner_score(answer):
    shown = metrics_of(answer)
    same({"good": 6, "valid": 8, "pending": 1, "value": "0.7500", "value_worst": "0.6667",
          "points": "5.500", "contribution": "1.155", "sample": "very_low", "target": "0.9000",
          "window": {"from": "2024-03-05T16:00:00Z", "to": "2024-03-15T16:00:00Z", "days": 10}},
         shown["collected_36h"])
    # 36 h, five times 10 h, 36 h and a second, and the hour of o11, collected in the window.
    same({"amount": 442801, "valid": 8, "value": "15.3750", "points": "5.812",
          "contribution": "0.523", "target": None}, shown["mean_collection_hours"])
    # Nothing was promised: 48 h. o8 broke that, o10 was cancelled before, o9 may still keep it.
    same({"good": 7, "valid": 8, "pending": 1, "value": "0.8750", "points": "7.625",
          "contribution": "5.338", "window": {"days": 7}}, shown["kept_promise"])
    # Twenty days reach back to o11. o10 was cancelled in time.
    same({"good": 0, "valid": 9, "pending": 1, "value": "0.0000", "points": None,
          "contribution": None}, shown["delivered_3_days"])
    # Today's store-day has no order.
    same({"good": 0, "valid": 0, "pending": 0, "value": None, "points": None, "sample": "none",
          "contribution": None, "window": {"days": 1}}, shown["collected_12h"])
    same({"status": "scored", "star": "4.1",
          "score": {"points": "7.016", "base": "7.016", "bonus": "0.000"}}, answer)
    assert [(f["id"], f["points"], f["contribution"]) for f in answer["factors"]] == \
        [("speed", "5.594", "1.678"), ("word", "7.625", "5.338")], answer["factors"]


def expect_corner_backlog(answer):
    cohort = next(c for c in answer["cohorts"] if c["day"] == "2024-03-10")
    assert (cohort["orders"], cohort["assessed"]) == (9, True), cohort
    # A quarter is not *over* a quarter; an eighth reaches the inclusive 12.5 %.
    same([{"hours": 36, "state": "clear", "eligible": 8, "cancelled": 1, "overdue": 2,
           "overdue_still_open": 1, "ratio": "0.2500", "inevitable": False, "reasons": [],
           "checkpoint": "2024-03-12T04:00:00Z"},
          {"hours": 60, "state": "mild", "eligible": 8, "cancelled": 1, "overdue": 1,
           "overdue_still_open": 1, "ratio": "0.1250", "inevitable": True, "reasons": ["ratio"],
           "checkpoint": "2024-03-13T04:00:00Z", "collect_to_clear": None, "exempt_to_clear": 1},
          {"hours": 240, "state": "pending", "eligible": 8, "cancelled": 1, "overdue": 0,
           "at_risk": 1, "ratio": "0.0000", "ratio_worst": "0.1250", "inevitable": False,
           "checkpoint": "2024-03-20T16:00:00Z", "collect_to_clear": 1, "exempt_to_clear": 1}],
         cohort["marks"])
    same([{"kind": "listing_limit", "percent": 30, "from": "2024-03-13T04:00:00Z",
           "to": "2024-03-21T12:00:00Z", "cohorts": ["2024-03-10"]}], answer["restrictions"])
    assert (answer["level"], answer["advisory"], answer["stale"]) == ("mild", False, []), answer


def test_by_hand():
    with Service(new_database(), clock_start=CLOCK) as service:
        service.put_store("before")  # jd, and with its orders before the policy exists
        assert service.post_events(corner_events("before")).json()["accepted"] == 20
        assert ask(service, "/v1/stores/before/score")["policy"] == {"id": "jd", "version": 1}
        made = put_policy(service, "bazaar", BAZAAR, 201)
        assert (made["id"], made["version"]) == ("bazaar", 1), made
        service.put_store("before", policy="bazaar")
        service.put_store("after", policy="bazaar")
        assert service.post_events(corner_events("after")).json()["accepted"] == 20
        service.put_store("other")
        assert service.post_events(corner_events("other")).json()["accepted"] == 20
        for store, query in (("before", ""), ("after", ""), ("other", "?policy=bazaar"),
                             ("other", "?policy=bazaar@1"),
                             ("before", "?as_of=2024-03-15T03:59:59Z&policy=bazaar")):
            score = ask(service, f"/v1/stores/{store}/score{query}")
            backlog = ask(service, f"/v1/stores/{store}/backlog{query}")
            assert score["policy"] == backlog["policy"] == {"id": "bazaar", "version": 1}, score
            expect_corner_score(score)
            expect_corner_backlog(backlog)
        assert ask(service, "/v1/stores/other/score")["policy"]["id"] == "jd"
        assert harness.verify(service.uri)[0] == 0


# --- By the oracle ----------------------------------------------------------------------------


def busy_events(store, seed):
    """24 days of orders up to noon of 15 March, some of them collected late or never."""
    draw = random.Random(seed)
    events = []
    now = at(CLOCK)
    for n in range(480):
        t0 = plus(now, -draw.uniform(0.01, 24 * 24))
        order = f"{store}-{n}"
        members = {}
        if draw.random() < 0.3:
            members["promised_at"] = plus(t0, draw.choice([12, 24, 72, 96]))
        if draw.random() < 0.1:
            members["presale_until"] = plus(t0, draw.uniform(-5, 30))
        events.append(placed(store, order, t0, **members))
        kind = draw.random()
        wait = draw.choice([4, 20, 36, 36.001, 50, 60, 61, 130, 250])
        if kind < 0.75:
            events.append(later("order.collected", store, order, plus(t0, wait)))
            events.append(later("order.delivered", store, order,
                                plus(t0, wait + draw.choice([5, 30, 60]))))
        if kind > 0.7 and draw.random() < 0.5:
            events.append(later("order.cancelled", store, order,
                                plus(t0, draw.choice([1, 36, 59, 300])), by="buyer"))
    return [event for event in events if at(event["time"]) <= now]


def rules_of(document):
    """A document as the oracle's policy."""
    marks = [{"inclusive": False, **mark} for mark in document["backlog"]["marks"]]
    return {"silent_after_hours": document["feeds"]["silent_after"],
            "backlog": {"overdue_basis": "strict", **document["backlog"], "marks": marks}}


def count_within(metric, orders, now):
    """good, valid, pending of a share, order by order."""
    measure = metric["measure"]
    first, last = oracle.window(ZONE, now, "live", metric["window_days"])
    counts = {"good": 0, "bad": 0, "pending": 0, "out": 0}
    for order in orders:
        day = oracle.day_of(ZONE, order.t0)
        if order.t0 > now or not first <= day <= last:
            continue
        if "days" in measure:
            end = oracle.day_end(ZONE, oracle.plus_days(day, measure["days"]))
            in_time, is_over = (lambda t, end=end: t < end), now >= end
        else:
            mark = order.promise if "promise" in measure else order.t0 + measure["hours"] * HOUR
            in_time, is_over = (lambda t, mark=mark: t <= mark), now > mark
        good_at = getattr(order, measure["milestone"])
        counts[oracle.decide(good_at, order.cancelled, in_time, is_over)] += 1
    return counts["good"], counts["good"] + counts["bad"], counts["pending"]


def sum_durations(metric, orders, now):
    first, last = oracle.window(ZONE, now, "live", metric["window_days"])
    amount = valid = 0
    for order in orders:
        done = getattr(order, metric["measure"]["milestone"])
        if done is None or order.t0 > now or not first <= oracle.day_of(ZONE, done) <= last:
            continue
        if order.cancelled is None or order.cancelled > done:
            amount, valid = amount + (done - order.t0) // oracle.SECOND, valid + 1
    return amount, valid


def points_of(anchors, value):
    """Exact, then rounded half up to thousandths."""
    points = [(fractions.Fraction(v), fractions.Fraction(p)) for v, p in anchors]
    if value <= points[0][0]:
        exact = points[0][1]
    elif value >= points[-1][0]:
        exact = points[-1][1]
    else:
        (low, left), (high, right) = next(pair for pair in zip(points, points[1:])
                                          if pair[0][0] <= value < pair[1][0])
        exact = left + (right - left) * (value - low) / (high - low)
    return oracle.decimal(exact.numerator, exact.denominator, 3)


def expected_metric(metric, orders, now):
    if metric["measure"]["kind"] == "duration":
        amount, valid = sum_durations(metric, orders, now)
        value = fractions.Fraction(amount, 3600 * valid) if valid else None
        shown = {"amount": amount, "valid": valid}
    else:
        good, valid, pending = count_within(metric, orders, now)
        value = fractions.Fraction(good, valid) if valid else None
        shown = {"good": good, "valid": valid, "pending": pending}
    known = value is not None
    shown["value"] = oracle.decimal(value.numerator, value.denominator, 4) if known else None
    shown["points"] = points_of(metric["anchors"], value) if "anchors" in metric and known else None
    return shown


def check_sums(answer, document):
    """Every level is the weighted mean of the one below, and its parts add up to it."""
    base, weights = 0, 0
    for factor, shown in zip(document["factors"], answer["factors"]):
        scored = [(milli(m["weight"]), milli(s["points"]))
                  for m, s in zip(factor["metrics"], shown["metrics"]) if s["points"]]
        total = sum(weight for weight, _ in scored)
        points = oracle.decimal(sum(w * p for w, p in scored), 1000 * total, 3)
        assert shown["points"] == points, (shown["points"], points)
        parts = sum(milli(s["contribution"]) for s in shown["metrics"] if s["contribution"])
        assert parts == milli(shown["contribution"]), shown
        base += milli(factor["weight"]) * milli(points)
        weights += milli(factor["weight"])
    assert answer["score"]["base"] == oracle.decimal(base, 1000 * weights, 3), answer["score"]
    assert sum(milli(f["contribution"]) for f in answer["factors"]) == \
        milli(answer["score"]["base"]), answer["factors"]
    assert milli(answer["score"]["points"]) == \
        milli(answer["score"]["base"]) + milli(answer["score"]["bonus"]), answer["score"]


def expect_by_oracle(service, store, facts, document, query=""):
    join = "&" if "?" in query else "?"
    score = ask(service, f"/v1/stores/{store}/score{query}")
    now = oracle.instant(score["as_of"])
    orders = oracle.orders_of(oracle.known_at(facts, now), now)
    metrics = [m for factor in document["factors"] for m in factor["metrics"]]
    for metric in metrics + document["metrics"]:
        same(expected_metric(metric, orders, now), metrics_of(score)[metric["id"]])
    check_sums(score, document)
    pinned = query if "as_of" in query else f"{query}{join}as_of={score['as_of']}"
    again = ask(service, f"/v1/stores/{store}/score{pinned}")
    assert again == score, "a live answer equals as_of its own as_of"

    backlog = ask(service, f"/v1/stores/{store}/backlog{query}")
    expected = oracle.backlog(facts, ZONE, oracle.instant(backlog["as_of"]), rules_of(document))
    for restriction in expected["restrictions"]:
        if restriction["percent"] is None:
            del restriction["percent"]
    found = oracle.backlog_differences(expected, backlog)
    assert not found, "\n".join(map(str, found[:10]))
    return score, backlog


def facts_of(events):
    received_at = oracle.instant(CLOCK) + HOUR
    outcomes, facts = oracle.admit([(event, received_at) for event in events])
    assert set(outcomes) == {"accepted"}, set(outcomes)
    return facts


def test_by_the_oracle():
    with Service(new_database(), clock_start=CLOCK) as service:
        service.put_store("s1")
        events = busy_events("s1", 1)
        assert service.post_events(events).json()["accepted"] == len(events)
        put_policy(service, "bazaar", BAZAAR, 201)
        service.put_store("s1", policy="bazaar")
        facts = facts_of(events)
        _, backlog = expect_by_oracle(service, "s1", facts, BAZAAR)
        listed = {cohort["day"] for cohort in backlog["cohorts"]}
        kinds = {restriction["kind"] for restriction in backlog["restrictions"]}
        unlisted = {day for restriction in backlog["restrictions"]
                    for day in restriction["cohorts"]} - listed
        assert kinds == {"listing_limit", "closed_stall"} and unlisted, backlog["restrictions"]
        for past in ("2024-03-14T15:59:59Z", "2024-03-09T04:00:00Z", "2024-03-02T00:00:00Z"):
            expect_by_oracle(service, "s1", facts, BAZAAR, f"?as_of={past}&policy=bazaar")

        service.put_store("s2", policy="bazaar")  # counted by this policy from its first order on
        events = busy_events("s2", 2)
        assert service.post_events(events).json()["accepted"] == len(events)
        expect_by_oracle(service, "s2", facts_of(events), BAZAAR)
        assert harness.verify(service.uri)[0] == 0


# --- Versions ---------------------------------------------------------------------------------


def test_versions():
    second = copy.deepcopy(BAZAAR)
    second["backlog"]["overdue_basis"] = "lenient"
    second["backlog"]["marks"][0]["hours"] = 30
    second["factors"][0]["metrics"][0]["measure"]["hours"] = 18
    second["factors"][0]["metrics"][0]["window_days"] = 14
    second["factors"][0]["weight"] = "3.000"
    with Service(new_database(), clock_start=CLOCK) as service:
        put_policy(service, "bazaar", BAZAAR, 201)
        service.put_store("s1", policy="bazaar")
        service.put_store("jd-store")
        events = busy_events("s1", 3)
        assert service.post_events(events).json()["accepted"] == len(events)
        facts = facts_of(events)
        first = ask(service, "/v1/stores/s1/score")
        assert first["policy"] == {"id": "bazaar", "version": 1}, first["policy"]

        document = ask(service, "/v1/policies/bazaar")
        assert put_policy(service, "bazaar", document, 200)["version"] == 1
        assert put_policy(service, "bazaar", second, 200)["version"] == 2
        expect_by_oracle(service, "s1", facts, second)
        expect_by_oracle(service, "s1", facts, BAZAAR, "?policy=bazaar@1")
        score, _ = expect_by_oracle(service, "s1", facts, second, "?policy=bazaar")
        assert score["policy"] == {"id": "bazaar", "version": 2}, score["policy"]
        assert score["score"] != first["score"], "the second version changes the score"
        then = ask(service, f"/v1/stores/s1/score?as_of={first['as_of']}")
        assert then == first, "an answer for the past has the version of then"
        early, _ = expect_by_oracle(service, "s1", facts, BAZAAR,
                                    "?policy=bazaar&as_of=2024-03-10T00:00:00Z")
        assert early["policy"]["version"] == 1, "before the first version the first"
        assert ask(service, "/v1/stores/jd-store/score")["policy"] == {"id": "jd", "version": 1}
        for name in ("bazaar@3", "bazaar@0", "bazaar@", "nobody", "@1"):
            reply = service.get(f"/v1/stores/s1/score?policy={name}")
            assert reply.status == 422, (name, reply)
        # The first document again is a third version: what holds is what was put last.
        assert put_policy(service, "bazaar", BAZAAR, 200)["version"] == 3
        expect_by_oracle(service, "s1", facts, BAZAAR)
        assert harness.verify(service.uri)[0] == 0


# --- Faults -----------------------------------------------------------------------------------


def expect_faults(service, id, document, pointers):
    reply = service.put(f"/v1/policies/{id}", document)
    assert reply.status == 422, reply
    assert reply.headers["content-type"].startswith("application/problem+json"), reply.headers
    got = sorted(fault["pointer"] for fault in reply.json()["errors"])
    assert got == sorted(pointers), (sorted(pointers), got)
    assert all(fault["detail"] for fault in reply.json()["errors"]), reply
    assert service.get(f"/v1/policies/{id}").status == 404, "nothing of it is stored"


def test_every_fault_is_told_at_once():
    metric = {"id": "m", "unit": "hours", "window_days": 0, "better": "more", "weight": "1",
              "measure": {"kind": "within", "milestone": "collected", "hours": 24, "days": 1},
              "anchors": [["0.5", "1"], ["0.5", "2"]]}
    numbers = {
        "id": "another",
        "novice": {"orders": -1},
        "stars": [{"points": "5", "star": "3.0"}, {"points": "6", "star": "2.0"}],
        "factors": [{"id": "f", "weight": "0.0005", "metrics": [metric]}],
        "backlog": {"min_order": 3, "marks": [
            {"hours": 48, "level": "warning", "over_percent": 10},
            {"hours": 48, "level": "mild", "over_percent": 101,
             "restriction": {"kind": "Off Sale", "hours": 0}}]},
    }
    shown = {"id": "x", "unit": "ratio", "window_days": 5, "better": "lower",
             "measure": {"kind": "within", "milestone": "delivered", "days": 2}}
    shapes = {
        "window": 1,
        "feeds": {"silent_after": "24"},
        "stars": "none",
        "factors": [
            {"id": "a", "weight": "1", "metrics": []},
            {"id": "a", "weight": "1", "metrics": [
                {**shown, "weight": "1", "anchors": [["0", "0"], ["1", "10"]],
                 "measure": {"kind": "share", "milestone": "shipped"}}]}],
        "metrics": [{**shown, "weight": "1"}],
        "backlog": {},
    }
    with Service(new_database(), clock_start=CLOCK) as service:
        expect_faults(service, "numbers", numbers, [
            "/id", "/novice/orders", "/stars/1/points", "/factors/0/weight",
            "/factors/0/metrics/0/measure", "/factors/0/metrics/0/unit",
            "/factors/0/metrics/0/window_days", "/factors/0/metrics/0/better",
            "/factors/0/metrics/0/anchors/1/0", "/backlog/min_order", "/backlog/marks/1/hours",
            "/backlog/marks/1/over_percent", "/backlog/marks/1/restriction/kind",
            "/backlog/marks/1/restriction/hours"])
        expect_faults(service, "shapes", shapes, [
            "/window", "/feeds/silent_after", "/stars", "/factors/0/metrics", "/factors/1/id",
            "/factors/1/metrics/0/measure/kind",
            "/metrics/0/id", "/metrics/0/weight", "/backlog/marks"])


if __name__ == "__main__":
    harness.main()
