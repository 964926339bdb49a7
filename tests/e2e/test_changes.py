#!/usr/bin/env python3
"""Why a score changed: each cause by hand, and all of them together."""

import urllib.parse
from decimal import Decimal

from harness import Service, ev, main, new_database, psql
from oracle import instant
from test_contract import Description

CAUSES = ["late", "retraction", "exemption", "left", "entered", "policy", "rounding"]
DESCRIPTION = Description()

# Two eras in which events arrive, and the instants that are compared: 13:00 is between them.
FIRST, FROM = "2024-01-10T12:00:00+08:00", "2024-01-10T13:00:00+08:00"
SECOND, TO = "2024-01-10T14:00:00+08:00", "2024-01-10T16:00:00+08:00"
LATER = "2024-01-12T13:00:00+08:00"


# --- The service ------------------------------------------------------------------------------


def share(id, milestone, hours, weight=None, days=3):
    metric = {"id": id, "unit": "ratio", "better": "higher", "window_days": days,
              "measure": {"kind": "within", "milestone": milestone, "hours": hours},
              "anchors": [["0.0000", "0.000"], ["1.0000", "10.000"]]}
    return metric if weight is None else {**metric, "weight": weight}


def policy(logistics="0.600", reviews="0.400", **members):
    """Points are ten times the share of orders collected within 24 hours, of three days; and twice
    the mean of the stars, of four. The composite needs both."""
    return {
        "name": "plain", "feeds": {"silent_after": 24}, "novice": {"orders": 1, "days": 3},
        "composite": {"min_factors": 2}, "bonus": {"each": "0.050", "cap": "0.500"},
        "peers": {"min": 20, "band": "0.100"}, "stars": [{"star": "2.5", "points": "0.000"}],
        "backlog": {"min_orders": 300, "watch_hours": 24, "marks": [
            {"hours": 48, "level": "warning", "over_percent": 15, "inclusive": False}]},
        "factors": [
            {"id": "logistics", "weight": logistics,
             "metrics": [share("collected_24h", "collected", 24, "1.000")]},
            {"id": "reviews", "weight": reviews, "metrics": [
                {"id": "product_stars", "unit": "rating", "better": "higher", "window_days": 4,
                 "weight": "1.000", "measure": {"kind": "stars", "aspect": "product"},
                 "anchors": [["0.0000", "0.000"], ["10.0000", "10.000"]]}]}],
        "metrics": [share("delivered_24h", "delivered", 24)], **members}


def put_policy(service, document):
    answer = service.put("/v1/policies/plain", document)
    assert answer.status in (200, 201), answer


def accept(service, events):
    answer = service.post_events(events)
    assert answer.status == 200 and answer.json()["accepted"] == len(events), answer


def changes(service, start, end=None, store="s1", **query):
    query["from"] = start
    if end is not None:
        query["to"] = end
    path = f"/v1/stores/{store}/score/changes?{urllib.parse.urlencode(query)}"
    answer = service.get(path)
    assert answer.status == 200, answer
    faults = DESCRIPTION.faults("GET", path, 200, answer.headers, answer.body)
    assert not faults, (faults, answer)
    document = answer.json()
    assert_adds_up(document)
    return document


# --- Adding up --------------------------------------------------------------------------------


def points(value):
    """A decimal string; what is not there counts as nothing."""
    return Decimal(value or 0)


def contribution(end):
    return points(end and end["contribution"])


def assert_adds_up(document):
    """Parts to metrics, metrics to factors, both causes and factors to the whole."""
    assert [cause["cause"] for cause in document["causes"]] == CAUSES, document
    by_cause = {bonus["cause"]: points(bonus["change"]) for bonus in document["bonus"]}
    bonus = sum(by_cause.values())
    whole, metric_count = bonus, 0
    for factor in document["factors"]:
        metrics = factor["metrics"]
        metric_count += len(metrics)
        for metric in metrics:
            parts = sum(points(part["change"]) for part in metric["parts"])
            assert parts == points(metric["change"]), metric
            assert parts == contribution(metric["to"]) - contribution(metric["from"]), metric
            for part in metric["parts"]:
                by_cause[part["cause"]] += points(part["change"])
        change = sum(points(metric["change"]) for metric in metrics)
        assert change == points(factor["change"]), factor
        assert change == contribution(factor["to"]) - contribution(factor["from"]), factor
        whole += change
    for cause in document["causes"]:
        assert points(cause["change"]) == by_cause[cause["cause"]], cause
    assert whole == sum(by_cause.values()), document
    for metric in document["metrics"] + [m for f in document["factors"] for m in f["metrics"]]:
        assert_counts_add_up(metric)
    assert abs(by_cause["rounding"]) <= metric_count * Decimal("0.001"), document
    first, last = document["from"]["score"], document["to"]["score"]
    if first is None or last is None:
        assert document["change"] is None and bonus == 0, document
        return
    assert whole == points(document["change"]), document
    for name, change in (("points", whole), ("bonus", bonus), ("base", whole - bonus)):
        assert points(last[name]) - points(first[name]) == change, (name, document)


def assert_counts_add_up(metric):
    for name in ("good", "amount", "valid", "pending"):
        first, last = ((end or {}).get(name, 0) for end in (metric["from"], metric["to"]))
        assert last - first == sum(part.get(name, 0) for part in metric["parts"]), (name, metric)


def causes(document):
    """Those that did anything to the score."""
    return {cause["cause"]: cause["change"] for cause in document["causes"]
            if points(cause["change"]) != 0}


def parts(document, id):
    """{cause: (change, good or amount, valid, pending)} of a metric; change None: no points."""
    metrics = document["metrics"] + [m for f in document["factors"] for m in f["metrics"]]
    metric, = [metric for metric in metrics if metric["id"] == id]
    return {part["cause"]: (part.get("change"), part.get("good", part.get("amount")),
                            part["valid"], part.get("pending")) for part in metric["parts"]}


def score(end):
    return end["score"] and end["score"]["points"]


# --- Each cause by hand -----------------------------------------------------------------------


def order(id, at, collected=None, **members):
    yield ev("order.placed", at, {"store": "s1", "order": id, "paid_at": at, **members},
             id=f"placed-{id}")
    if collected is not None:
        yield ev("order.collected", collected, {"store": "s1", "order": id})


def review(id, stars, at="2024-01-09T12:00:00+08:00"):
    return ev("order.reviewed", at, {"store": "s1", "review": id, "stars": {"product": stars}})


def beginning():
    """Of four orders of the 9th three are collected in time, and reviews have 5 and 4 stars:
    0.6 x 7.5 + 0.4 x 9.0 = 8.100."""
    for number in range(4):
        collected = "2024-01-09T11:00:00+08:00" if number < 3 else None
        yield from order(f"O{number}", "2024-01-09T09:00:00+08:00", collected)
    yield review("R1", 5)
    yield review("R2", 4)


def compare(events=(), start=FROM, end=TO, first=None, between=None, **query):
    """Tells the first events at noon and the others at 14:00, compares, and gives what the score
    at `end` was and what changed."""
    database = new_database()
    with Service(database, clock_start=FIRST) as service:
        put_policy(service, policy())
        service.put_store("s1", policy="plain")
        accept(service, list(beginning() if first is None else first))
    with Service(database, clock_start=SECOND, migrate=False) as service:
        if events:
            accept(service, list(events))
        if between is not None:
            between(service)
    with Service(database, clock_start=end, migrate=False) as service:
        document = changes(service, start, **query)
        basis = query.get("basis", "live")
        live = service.get(f"/v1/stores/s1/score?basis={basis}").json()
        assert live["score"] == document["to"]["score"], (live["score"], document)
        # The same instant named, a moment later: nothing was received meanwhile.
        again = changes(service, start, document["to"]["as_of"], **query)
        assert again == document, (again, document)
        return document


def test_nothing_happened():
    document = compare()
    assert (score(document["from"]), score(document["to"])) == ("8.100", "8.100"), document
    assert document["change"] == "0.000" and causes(document) == {}, document
    assert parts(document, "collected_24h") == {}, document
    assert instant(document["from"]["as_of"]) == instant(FROM), document
    assert document["from"]["policy"] == {"id": "plain", "version": 1}, document


def test_late():
    """A scan of the 9th was received after 13:00: 4 of 4, 0.6 x 10 instead of 0.6 x 7.5."""
    document = compare([ev("order.collected", "2024-01-09T20:00:00+08:00",
                           {"store": "s1", "order": "O3"})])
    assert (score(document["from"]), score(document["to"])) == ("8.100", "9.600"), document
    assert causes(document) == {"late": "1.500"}, document
    assert parts(document, "collected_24h") == {"late": ("1.500", 1, 0, 0)}, document
    assert parts(document, "product_stars") == {}, document


def test_late_by_seconds():
    """Nearly every event comes some seconds late; the instant may lie between."""
    with Service(new_database(), clock_start=LATER) as service:
        service.put_store("s1")
        accept(service, [review("r", 5, "2024-01-12T12:59:30+08:00")])
        for start, cause in (("2024-01-12T12:59:29+08:00", "entered"),
                             ("2024-01-12T12:59:30+08:00", "late"),
                             ("2024-01-12T12:59:59+08:00", "late")):
            document = changes(service, start)
            added = {name: part[2] for name, part in parts(document, "product_satisfaction").items()
                     if part[2]}
            assert added == {cause: 1}, (start, added)


def test_late_payment_moves_an_order_out_of_the_windows():
    """The order began on the 9th as far as was known; by now on the 4th, and no event of it is of a
    day of the window: 3 of 5 before, 3 of 4 after. 0.6 x 6 + 3.6 = 7.2."""
    first = [*beginning(), *order("OLD", "2024-01-04T01:00:00+08:00",
                                  paid_at="2024-01-09T10:00:00+08:00")]
    document = compare([ev("order.paid", "2024-01-04T02:00:00+08:00",
                           {"store": "s1", "order": "OLD"})], first=first)
    assert (score(document["from"]), score(document["to"])) == ("7.200", "8.100"), document
    assert causes(document) == {"late": "0.900"}, document
    assert parts(document, "collected_24h") == {"late": ("0.900", 0, -1, 0)}, document


def test_late_placing_takes_an_order_out_of_all_counts():
    first = [*beginning(), *order("T", "2024-01-09T10:00:00+08:00")]
    earlier = ev("order.placed", "2024-01-09T09:59:00+08:00",
                 {"store": "s1", "order": "T", "test": True})
    document = compare([earlier], first=first)
    assert parts(document, "collected_24h") == {"late": ("0.900", 0, -1, 0)}, document
    assert parts(document, "delivered_24h") == {"late": (None, 0, -1, 0)}, document


def test_retraction():
    """The order that was not collected is retracted: 3 of 3. Whether the word says since when does
    not matter: at 13:00 nobody knew."""
    for since in ("2024-01-10T14:00:00+08:00", "2024-01-09T20:00:00+08:00"):
        document = compare([ev("event.retracted", since,
                               {"store": "s1", "source": "oms", "id": "placed-O3"})])
        assert (score(document["from"]), score(document["to"])) == ("8.100", "9.600"), document
        assert causes(document) == {"retraction": "1.500"}, document
        assert parts(document, "collected_24h") == {"retraction": ("1.500", 0, -1, 0)}, document


def test_retraction_that_was_known_already_is_no_cause():
    gone = ev("event.retracted", "2024-01-10T11:00:00+08:00",
              {"store": "s1", "source": "oms", "id": "placed-O3"})
    again = ev("event.retracted", "2024-01-09T11:00:00+08:00",
               {"store": "s1", "source": "oms", "id": "placed-O3"})
    document = compare([again], first=[*beginning(), gone])
    assert (score(document["from"]), score(document["to"])) == ("9.600", "9.600"), document
    assert causes(document) == {} and parts(document, "collected_24h") == {}, document


def test_late_event_that_is_retracted():
    """It comes and goes within the time compared: two causes that undo each other."""
    late = ev("order.collected", "2024-01-09T20:00:00+08:00", {"store": "s1", "order": "O3"},
              id="scan")
    gone = ev("event.retracted", "2024-01-10T14:00:00+08:00",
              {"store": "s1", "source": "oms", "id": "scan"})
    document = compare([late, gone])
    assert document["change"] == "0.000", document
    assert causes(document) == {"late": "1.500", "retraction": "-1.500"}, document


def test_left():
    """Two days on the window begins with the 10th: the four orders of the 9th are out, and one of
    the 10th is left. 0.6 x 8 + 3.6 = 8.4, then 0.6 x 10 + 3.6."""
    first = [*beginning(), *order("O9", "2024-01-10T09:00:00+08:00", "2024-01-10T10:00:00+08:00")]
    document = compare(first=first, end=LATER)
    assert (score(document["from"]), score(document["to"])) == ("8.400", "9.600"), document
    assert causes(document) == {"left": "1.200"}, document
    assert parts(document, "collected_24h") == {"left": ("1.200", -3, -4, 0)}, document
    assert parts(document, "delivered_24h") == {
        "left": (None, 0, -4, 0), "entered": (None, 0, 1, -1)}, document


def test_entered():
    """A review with one star: 0.4 x 6.667 instead of 0.4 x 9. An order that can still make it is
    pending and moves no points."""
    since = "2024-01-10T13:30:00+08:00"
    document = compare([review("R3", 1, since), *order("O9", since)])
    assert (score(document["from"]), score(document["to"])) == ("8.100", "7.167"), document
    assert causes(document) == {"entered": "-0.933"}, document
    assert parts(document, "product_stars") == {"entered": ("-0.933", 1, 1, None)}, document
    assert parts(document, "collected_24h") == {"entered": ("0.000", 0, 0, 1)}, document


def test_decided_by_time():
    """Nothing comes; the order's 24 hours go by, from 3 of 3 to 3 of 4."""
    first = [event for event in beginning() if event["data"].get("order") != "O3"]
    first += order("O3", "2024-01-09T15:00:00+08:00")
    document = compare(first=first)
    assert (score(document["from"]), score(document["to"])) == ("9.600", "8.100"), document
    assert parts(document, "collected_24h") == {"entered": ("-1.500", 0, 1, -1)}, document


def test_policy():
    """Other weights: 0.5 x 7.5 + 0.5 x 9 = 8.250; a service is a bonus of 0.050."""
    def between(service):
        put_policy(service, policy("0.500", "0.500"))
        service.put_store("s1", policy="plain", services=["worry_free"])
    document = compare(between=between)
    assert (score(document["from"]), score(document["to"])) == ("8.100", "8.300"), document
    assert [document[end]["policy"]["version"] for end in ("from", "to")] == [1, 2], document
    assert causes(document) == {"policy": "0.200"}, document
    assert parts(document, "collected_24h") == {"policy": ("-0.750", 0, 0, 0)}, document
    assert parts(document, "product_stars") == {"policy": ("0.900", 0, 0, None)}, document
    assert {cause["cause"]: cause["change"] for cause in document["bonus"]} == {
        **dict.fromkeys(CAUSES, "0.000"), "policy": "0.050"}, document


def test_policy_with_other_metrics():
    """A metric comes, one goes, one moves to another factor, which both list it then."""
    def between(service):
        new = policy("0.500")
        collected, = new["factors"][0]["metrics"]
        new["factors"][0]["metrics"] = [share("delivered_24h", "delivered", 24, "1.000")]
        new["factors"].append({"id": "speed", "weight": "0.100", "metrics": [collected]})
        put_policy(service, {**new, "metrics": [share("shipped_24h", "shipped", 24)]})
    document = compare(between=between)
    # Nothing was delivered: 0.5 x 0 + 0.4 x 9 + 0.1 x 7.5.
    assert (score(document["from"]), score(document["to"])) == ("8.100", "4.350"), document
    assert causes(document) == {"policy": "-3.750"}, document
    listed = [(factor["id"], metric["id"], metric["from"] is not None, metric["to"] is not None)
              for factor in document["factors"] for metric in factor["metrics"]]
    assert listed == [("logistics", "delivered_24h", False, True),
                      ("logistics", "collected_24h", True, False),
                      ("reviews", "product_stars", True, True),
                      ("speed", "collected_24h", False, True)], document
    assert [(metric["id"], metric["from"] is not None, metric["to"] is not None)
            for metric in document["metrics"]] == [("shipped_24h", False, True),
                                                   ("delivered_24h", True, False)], document


def test_other_zone():
    """In Los Angeles 16:00 of the 10th is midnight of it, and the days of the window are 8th to
    10th there: the four orders of the 8th at 09:00 in Shanghai are of the 7th."""
    first = [*beginning(), *(event for number in range(4) for event in
                             order(f"E{number}", "2024-01-08T09:00:00+08:00"))]
    def between(service):
        service.put_store("s1", policy="plain", time_zone="America/Los_Angeles")
    document = compare(first=first, between=between, end="2024-01-10T16:30:00+08:00")
    # 3 of 8, then 3 of 4.
    assert (score(document["from"]), score(document["to"])) == ("5.850", "8.100"), document
    assert causes(document) == {"policy": "2.250"}, document
    assert parts(document, "collected_24h") == {"policy": ("2.250", 0, -4, 0)}, document


def test_no_composite_at_one_end():
    """Without reviews there is none at 13:00: the causes explain the factors' contributions, and
    the bonus, which only the other end has, is left out."""
    def between(service):
        service.put_store("s1", policy="plain", services=["worry_free"])
    first = [event for event in beginning() if event["type"] != "order.reviewed"]
    document = compare([review("R1", 5), review("R2", 4)], first=first, between=between)
    assert (score(document["from"]), score(document["to"])) == (None, "8.150"), document
    assert document["change"] is None and causes(document) == {"late": "3.600"}, document
    assert [cause["change"] for cause in document["bonus"]] == ["0.000"] * len(CAUSES), document


def test_official():
    """The windows end with the day before: what enters today is not in them."""
    since = "2024-01-10T13:30:00+08:00"
    document = compare([review("R3", 1, since)], basis="official")
    assert document["basis"] == "official" and causes(document) == {}, document


def test_all_together():
    def between(service):
        put_policy(service, policy("0.500", "0.500"))
    events = [
        ev("order.collected", "2024-01-09T20:00:00+08:00", {"store": "s1", "order": "O3"}),
        ev("event.retracted", "2024-01-10T13:30:00+08:00",
           {"store": "s1", "source": "oms", "id": "placed-X"}),
        review("R3", 1, "2024-01-10T13:45:00+08:00"),
    ]
    first = [*beginning(), *order("X", "2024-01-09T10:00:00+08:00"),
             *order("Y", "2024-01-10T09:00:00+08:00", "2024-01-10T10:00:00+08:00"),
             *order("Z", "2024-01-10T09:00:00+08:00")]
    document = compare(events, first=first, between=between, end=LATER)
    # At 13:00 4 of 6 are decided (Z is pending); then 5 of 6, 5 of 5, 1 of 1, 1 of 2; stars 9 of 2.
    assert parts(document, "collected_24h") == {
        "late": ("1.000", 1, 0, 0), "retraction": ("1.000", 0, -1, 0), "left": ("0.000", -4, -4, 0),
        "entered": ("-3.000", 0, 1, -1), "policy": ("-0.500", 0, 0, 0)}, document
    # 3.600, then 10 stars of 3 reviews: 0.4 x 6.667, 0.5 x 6.667.
    assert parts(document, "product_stars") == {
        "entered": ("-0.933", 1, 1, None), "policy": ("0.667", 0, 0, None)}, document
    assert (score(document["from"]), score(document["to"])) == ("7.600", "5.834"), document


def test_refusals():
    with Service(new_database(), clock_start=FIRST) as service:
        service.put_store("s1")
        for query, status in (("", 422), ("from=yesterday", 422), (f"from={TO}", 422),
                              ("from=2024-01-10T01:00:00Z&to=2024-01-10T01:00:00Z", 422),
                              ("from=2024-01-10T01:00:00Z&to=2024-01-11T01:00:00Z", 422),
                              ("from=2024-01-10T02:00:00Z&to=2024-01-10T01:00:00Z", 422),
                              ("from=2022-12-06T00:59:59Z&to=2024-01-10T01:00:00Z", 422),
                              ("from=2022-12-06T01:00:00Z&to=2024-01-10T01:00:00Z", 200),
                              ("from=2024-01-10T01:00:00Z&basis=any", 422),
                              ("from=2024-01-10T01:00:00%2B08:00", 200)):
            answer = service.get(f"/v1/stores/s1/score/changes?{query}")
            assert answer.status == status, (query, answer)
        path = "score/changes?from=2024-01-10T01:00:00Z"
        assert service.get(f"/v1/stores/s2/{path}").status == 404
        tag = service.get(f"/v1/stores/s1/{path}").headers["etag"]
        answer = service.get(f"/v1/stores/s1/{path}", headers={"If-None-Match": tag})
        assert answer.status == 304, answer


def test_too_many_late_facts():
    """200,000 are split, one more is not: it would cost more memory than an answer is worth."""
    uri = new_database()
    with Service(uri, clock_start=LATER) as service:
        service.put_store("s1")
        late = """
            insert into events (store_id, source, event_id, type, occurred_at, received_at, feed,
                                entity, subject_id, data)
            select 's1', 'oms', 'e' || n, 'order.paid', '2024-01-09T00:00:00Z',
                   '2024-01-11T00:00:00Z', 1, 0, 'A' || n, '{}' from generate_series(%d, %d) n"""
        path = "/v1/stores/s1/score/changes?from=2024-01-10T00:00:00Z"
        psql(uri, late % (1, 200_000))
        assert service.get(path).status == 200
        psql(uri, late % (200_001, 200_001))
        refused = service.get(path)
        assert refused.status == 422 and "200000" in refused.body.decode(), refused


if __name__ == "__main__":
    main()
