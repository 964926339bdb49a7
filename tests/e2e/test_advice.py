#!/usr/bin/env python3
"""Advice, held against what the shown score and the policy say, and against doing what it says."""

import json
from fractions import Fraction

import harness
import oracle
from harness import ev, new_database
from oracle import instant, rfc3339
from test_evidence import Checked, metrics_of, promised_deliveries, read
from test_properties import AFTER, PLACES, chunks, post
from test_ticket_properties import Story

POLICIES = {id: json.loads((harness.REPOSITORY / f"policies/{id}.json").read_text("utf-8"))
            for id in ("jd", "tmall", "amazon")}
INSTANTS = 6
EVENTS_MOST = 200000
CLOCK = "2024-01-15T12:00:00+08:00"


# --- The rule, once more ----------------------------------------------------------------------


def half_up(number):
    """To thousandths."""
    return Fraction((2000 * number + 1) // 2, 1000)


def points_at(policy, metric, value, valid):
    anchors = [(Fraction(v), Fraction(p)) for v, p in metric["anchors"]]
    if value <= anchors[0][0]:
        own = anchors[0][1]
    elif value >= anchors[-1][0]:
        own = anchors[-1][1]
    else:
        (low, low_points), (high, high_points) = next(
            pair for pair in zip(anchors, anchors[1:]) if pair[0][0] <= value <= pair[1][0])
        own = low_points + (high_points - low_points) * (value - low) / (high - low)
    small = policy["small_sample"]
    missing = max(0, small["full"] - valid)
    return half_up((own * (small["full"] - missing) + Fraction(small["points"]) * missing)
                   / small["full"])


def mean(pairs):
    """Of (weight, points or None); None when nothing of weight has points."""
    there = [(Fraction(weight), points) for weight, points in pairs if points is not None]
    weight = sum(pair[0] for pair in there)
    return half_up(sum(w * p for w, p in there) / weight) if weight else None


def factor_points(factor, points):
    return mean((metric["weight"], points[metric["id"]]) for metric in factor["metrics"])


def composite(policy, points, bonus):
    base = mean((factor["weight"], factor_points(factor, points)) for factor in policy["factors"])
    return min(Fraction(10), base + bonus)


def value_of(metric, shown, amount=None, valid=None):
    amount = shown.get("good", shown.get("amount")) if amount is None else amount
    scale = {"ratio": 1, "hours": Fraction(1, 3600), "seconds": 1, "rating": 2}[metric["unit"]]
    return amount * scale / Fraction(shown["valid"] if valid is None else valid)


def events_to(metric, shown, target):
    """By trying; None when there are none."""
    good, valid = shown.get("good", shown.get("amount")), shown["valid"]
    each = 5 if metric["unit"] == "rating" else metric["better"] == "higher"
    grows = not ("per" in metric and metric["better"] == "higher")
    if metric["unit"] in ("hours", "seconds"):
        return None

    def reaches(k):
        value = value_of(metric, shown, good + each * k, valid + k * grows)
        return value >= target if metric["better"] == "higher" else value <= target

    if not reaches(EVENTS_MOST):
        return None
    low, high = 0, EVENTS_MOST  # further events never lead away from it
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def seconds_to(metric, shown, target):
    if metric["unit"] not in ("hours", "seconds"):
        return None
    most = target * shown["valid"] * (3600 if metric["unit"] == "hours" else 1)
    return shown["amount"] - int(most)


def expected_advice(policy, score):
    shown = {metric["id"]: metric for metric in metrics_of(score)}
    points = {id: metric["points"] and Fraction(metric["points"])
              for id, metric in shown.items()}
    items = []
    for factor in policy["factors"]:
        for metric in factor["metrics"]:
            now, target = shown[metric["id"]], Fraction(metric["target"])
            if now["valid"] == 0 or Fraction(metric["weight"]) == 0:
                continue
            short = target - value_of(metric, now)
            if (short if metric["better"] == "higher" else -short) <= 0:
                continue
            then = {**points, metric["id"]: points_at(policy, metric, target, now["valid"])}
            factor_gain = factor_points(factor, then) - factor_points(factor, points)
            gain = None
            if score["score"] is not None:
                bonus = Fraction(score["score"]["bonus"])
                gain = composite(policy, then, bonus) - Fraction(score["score"]["points"])
            if (factor_gain if gain is None else gain) <= 0:
                continue
            events = events_to(metric, now, target)
            items.append({
                "metric": metric["id"], "factor": factor["id"], "target": metric["target"],
                "gain": None if gain is None else f"{float(gain):.3f}",
                "factor_gain": f"{float(factor_gain):.3f}", "events": events,
                "pending": events and min(events, now.get("pending", 0)),
                "to_save": seconds_to(metric, now, target)})
    key = "factor_gain" if score["score"] is None else "gain"
    return sorted(items, key=lambda item: -Fraction(item[key]))  # stable: ties in policy order


# --- Tests ------------------------------------------------------------------------------------


def test_advice_is_what_score_and_policy_say():
    advised, without = set(), 0
    with Checked(new_database(), clock_start=AFTER) as service:
        for number in range(2):
            story = Story(4300 + number, *PLACES[number])
            services = ["worry_free", "fast_refund"][:number + 1]
            service.put_store(story.store, time_zone=story.zone, policy="jd", services=services)
            events = story.in_order() + list(promised_deliveries(story))
            for chunk in chunks(story.random, events, 400):
                post(service, chunk, "batch")
            _, facts = oracle.admit((event, instant(AFTER)) for event in events)
            base = f"/v1/stores/{story.store}"
            for at in story.instants(facts, INSTANTS, instant(AFTER)):
                for id, policy in POLICIES.items():
                    query = {"as_of": rfc3339(at), "policy": id,
                             "basis": story.random.choice(("live", "official"))}
                    score = read(service, f"{base}/score", **query)
                    document = read(service, f"{base}/score/advice", **query)
                    for member in ("store", "as_of", "basis", "policy"):
                        assert document[member] == score[member], (member, document)
                    got = [{name: value for name, value in item.items() if name != "text"}
                           for item in document["items"]]
                    expected = expected_advice(policy, score)
                    assert got == expected, (query, expected, got)
                    advised.update((id, item["metric"]) for item in got)
                    without += score["score"] is None and bool(got)
                    look_at_metrics(service, base, query, score, document["items"])
    assert len(advised) > 20 and without > 0, (advised, without)


def look_at_metrics(service, base, query, score, items):
    """Each metric's own page has the advice on it."""
    by_metric = {item["metric"]: item for item in items}
    for metric in metrics_of(score)[::3]:
        alone = read(service, f"{base}/metrics/{metric['id']}", **query)
        assert alone["advice"] == by_metric.get(metric["id"]), (query, metric["id"], alone)


def order(number, collected):
    at = f"2024-01-14T10:{number // 60:02d}:{number % 60:02d}+08:00"
    name = {"store": "s1", "order": f"A{number}"}
    yield ev("order.placed", at, {**name, "paid_at": at})
    if collected:
        yield ev("order.collected", "2024-01-14T20:00:00+08:00", name)


def orders(numbers, collected):
    return [event for number in numbers for event in order(number, collected)]


def advice_on(service, metric):
    items = read(service, "/v1/stores/s1/score/advice")["items"]
    return next((item for item in items if item["metric"] == metric), None)


def test_doing_it_is_enough_and_no_less_is():
    """15 of 20 collected the same day, 95 % asked for: 95 of 100."""
    with Checked(new_database(), clock_start=CLOCK) as service:
        service.put_store("s1")
        service.post_events(orders(range(15), True) + orders(range(15, 20), False))
        advice = advice_on(service, "same_day_collection_rate")
        assert (advice["events"], advice["pending"]) == (80, 0), advice
        assert advice["gain"] is None and advice["factor"] == "logistics", advice
        assert advice["text"].startswith("80 more orders collected the same day: +"), advice

        service.post_events(orders(range(20, 99), True))
        advice = advice_on(service, "same_day_collection_rate")
        assert advice["events"] == 1, advice
        assert advice["text"].startswith("1 more order collected the same day: +"), advice
        service.post_events(orders([99], True))
        assert advice_on(service, "same_day_collection_rate") is None


def test_pending_ones_are_named():
    """By the promise: 2 of 4 missed it, and of 3 the promise is ahead."""
    with Checked(new_database(), clock_start=CLOCK) as service:
        service.put_store("s1")
        events = orders(range(2), True) + orders(range(2, 7), False)
        for number in (2, 3):
            events.append(ev("order.promised", "2024-01-14T11:00:00+08:00",
                             {"store": "s1", "order": f"A{number}",
                              "promised_at": "2024-01-14T12:00:00+08:00"}))
        service.post_events(events)
        advice = advice_on(service, "on_time_shipping_rate")
        # (2 + k) / (4 + k) >= 0.99
        assert (advice["events"], advice["pending"]) == (196, 3), advice


def test_refusals():
    with Checked(new_database(), clock_start=CLOCK) as service:
        service.put_store("s1")
        assert read(service, "/v1/stores/s1/score/advice")["items"] == []
        assert service.get("/v1/stores/none/score/advice").status == 404
        for query in ("basis=any", "policy=none", "as_of=2030-01-01T00:00:00Z"):
            assert service.get(f"/v1/stores/s1/score/advice?{query}").status == 422, query


if __name__ == "__main__":
    harness.main()
