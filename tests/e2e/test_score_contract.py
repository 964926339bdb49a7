#!/usr/bin/env python3
"""Scores worked out with pencil and paper from the contract and the shipped policies: each number
below is written with the arithmetic that gives it, so nothing is shared with the service."""

import decimal

from harness import Service, ev, main, new_database
from oracle import metrics_of
from test_boundaries import at, expect, fill, report, utc
from test_ticket_boundaries import chat, excluded, many, order, retracted, review, step, ticket

AFTER = "2025-01-01T00:00:00Z"

L1 = "same_day_collection_rate"
L2 = "collection_rate_24h"
L3 = "on_time_shipping_rate"
L4 = "next_day_delivery_rate"
L5 = "mean_delivery_hours"
U1 = "product_satisfaction"
U2 = "logistics_one_star_rate"
U3 = "service_one_star_rate"
A1 = "after_sales_hours"
A2 = "return_satisfaction"
A2T = "tmall_after_sales_satisfaction"
A3 = "return_rate"
A4 = "audit_rate_24h"
C2 = "mean_response_seconds"
C3 = "chat_satisfaction"
D1 = "dispute_rate"
D2 = "dispute_self_resolved_rate"


def ask(service, store, moment, **query):
    asked = {"as_of": utc(moment), **query}
    path = f"/v1/stores/{store}/score?" + "&".join(f"{k}={v}" for k, v in asked.items())
    answer = service.get(path)
    assert answer.status == 200, (path, answer)
    document = answer.json()
    adds_up(document)
    return document


def adds_up(document):
    """Metric contributions to the factor's, factors' to the base, base and bonus to the points."""
    def total(items, name="contribution"):
        return sum(decimal.Decimal(item[name] or 0) for item in items)

    for factor in document["factors"]:
        assert total(factor["metrics"]) == total([factor]), factor
    for composite in document["composites"].values():
        assert total(composite["parts"]) == total([composite], "points"), composite
    if document["score"]:
        base, bonus, points = (decimal.Decimal(document["score"][name])
                               for name in ("base", "bonus", "points"))
        assert total(document["factors"]) == base and base + bonus == points, document["score"]


def counted(document, id):
    """Good and valid of a share, amount and valid of a mean."""
    metric = metrics_of(document)[id]
    return metric["amount" if "amount" in metric else "good"], metric["valid"]


def alive(through):
    return [ev("feed.alive", at(through), {"feed": feed, "through": at(through)})
            for feed in ("orders", "collections")]


# --- Adding up --------------------------------------------------------------------------------


def _awkward():
    """37 orders, 99 reviews, 3 refunds and 7 old ones that are rated: no number is round."""
    def shipped(n):
        steps = [] if n == 36 else [("collected", "05 20:00" if n < 31 else
                                     "06 08:00" if n < 34 else "07 08:59:59")]
        steps.append(("delivered", "06 13:00:01" if n < 23 else "09 09:00:00.9"))
        return order(f"O{n}", "05 09:00", *steps)

    events = many(37, shipped)
    events += many(31, lambda n: review(f"P{n}", "06 10:00",
                                        product=5 if n < 20 else 4 if n < 26 else 2))
    events += many(33, lambda n: review(f"L{n}", "06 10:00", logistics=1 if n < 2 else 3))
    events += many(35, lambda n: review(f"S{n}", "06 10:00", service=1 if n < 1 else 3))
    # 10000.9 s, 29999 s and 60001.7 s, each cut to whole seconds; the last is never audited.
    for name, audited, processed in (("a", "05 11:00", "05 12:46:40.9"),
                                     ("b", "06 10:00", "05 18:19:59"),
                                     ("c", None, "06 02:40:01.7")):
        steps = [("audited", audited, {"outcome": "approved"})] if audited else []
        events += ticket("refund", "05 10:00", *steps, ("processed", processed), name=name)
    events += many(7, lambda n: ticket("refund", "2024-01-05T10:00:00+08:00",
                                       ("rated", "06 10:00", {"stars": 4 if n < 5 else 3}),
                                       name=f"R{n}"))
    return events + alive("10 12:00")


AWKWARD_JD = {
    # 268/31 = 8.64516; 7 + 2 × 0.64516 = 8.29032
    U1: ("8.6452", "8.290", "1.219"),
    U2: ("0.0606", "5.164", "0.380"),  # 2/33; 7 - 3 × (0.060606 - 0.03)/0.05 = 5.16364
    U3: ("0.0286", "7.143", "0.525"),  # 1/35; 9 - 2 × (0.028571 - 0.01)/0.02 = 7.14286
    # 31/37; 7 + 2 × (0.8378378 - 0.8)/0.15 = 7.5045045: of the value as shown it were 7.504
    L1: ("0.8378", "7.505", "0.883"),
    L2: ("0.9189", "7.473", "0.330"),  # 34/37; 7 + 2 × (0.918919 - 0.9)/0.08 = 7.47297
    L3: ("0.9730", "8.149", "0.359"),  # 36/37; 7 + 2 × (0.972973 - 0.95)/0.04 = 8.14865
    L4: ("0.6216", "7.216", "0.424"),  # 23/37; 7 + 2 × (0.621622 - 0.6)/0.2 = 7.21622
    # (23 × 100801 + 14 × 345600) s / 37 = 53.72990 h; 9 - 2 × 5.72990/24 = 8.52251
    L5: ("53.7299", "8.523", "0.251"),
    # 100000 s / 3 = 9.25926 h; 10 - 5.25926/20 = 9.73704; (3 × 9.73704 + 27 × 7)/30 = 7.27370
    A1: ("9.2593", "7.274", "0.978"),
    A4: ("0.6667", "6.681", "0.674"),  # 4 × (2/3)/0.7 = 3.80952; (3 × 3.80952 + 27 × 7)/30
    A2: (None, None, None),
    A3: ("0.0000", "10.000", "0.000"),  # weighs nothing
    "reply_rate_30s": (None, None, None),
    C2: (None, None, None),
    C3: (None, None, None),
    "reply_rate_3min": (None, None, None),
    "work_order_reply_rate": (None, None, None),
    D1: ("0.0000", "10.000", "1.765"),
    D2: (None, None, None),
    "dispute_timeliness_rate": (None, None, None),
    "description_satisfaction": (None, None, None),
    "courier_satisfaction": (None, None, None),
    # 2 × (2 × 1 + 31 × 3)/33 = 5.75758; 4 × 5.75758/6 = 3.83838
    "logistics_satisfaction": ("5.7576", "3.838", None),
    A2T: ("0.7143", "6.700", None),  # 5/7; 4 + 3 × 0.114286/0.2; (7 × 5.714286 + 23 × 7)/30
}
AWKWARD_JD_FACTORS = {
    "user_evaluation": ("7.222", "2.124"),  # (2 × 8.290 + 5.164 + 7.143)/4 = 7.22175
    # 0.4 × 7.505 + 0.15 × (7.473 + 8.149) + 0.2 × 7.216 + 0.1 × 8.523 = 7.6408
    "logistics": ("7.641", "2.247"),
    "after_sales": ("7.020", "1.652"),  # (4 × 7.274 + 3 × 6.681)/7 = 7.01986
    "customer_service": (None, None),
    "disputes": ("10.000", "1.765"),
}


def test_adding_up_jd():
    """(25 × 7.222 + 25 × 7.641 + 20 × 7.020 + 15 × 10)/85 = 7.78794. In thousandths the shares of
    7788 are 2124.13, 2247.37, 1651.78 and 1764.72: two are left over after whole ones, for the two
    largest remainders. Of 2247 they are 882.83, 329.65, 359.47, 424.42 and 250.64: three left."""
    with Service(new_database(), clock_start=at("10 12:00")) as service:
        fill(service, "s", _awkward())
        live = service.get("/v1/stores/s/score").json()
        adds_up(live)
        failures = []
        for document in (live, ask(service, "s", "10 12:00")):
            _expect_awkward(failures, document)
        report(failures)


def _expect_awkward(failures, document):
    expect(failures, "metrics", AWKWARD_JD, {
        id: (metric["value"], metric["points"], metric["contribution"])
        for id, metric in metrics_of(document).items()})
    expect(failures, "factors", AWKWARD_JD_FACTORS, {
        factor["id"]: (factor["points"], factor["contribution"])
        for factor in document["factors"]})
    expect(failures, "document", {
        "status": "scored", "star": "3.0",
        "score": {"points": "7.788", "base": "7.788", "bonus": "0.000"}}, document)
    # (4 × 8.290 + 2 × 10)/6 = 8.86; 7.143; (5.164 + 8.149 + 7.274)/3 = 6.86233. Shares of
    # 6862: 1721.25, 2716.20, 2424.56: the one left over goes to the third.
    expect(failures, "composites", {
        "product": ("8.860", ["5.527", None, "3.333"]),
        "service": ("7.143", ["7.143", None, None, None, None]),
        "timeliness": ("6.862", ["1.721", "2.716", "2.425", None]),
    }, {id: (composite["points"], [part["contribution"] for part in composite["parts"]])
        for id, composite in document["composites"].items()})


def test_adding_up_under_another_policy():
    """tmall over a store of jd. 34/37 within 24 hours: 7 + 2 × (0.918919 - 0.85)/0.1 = 8.37838;
    36/37 within 48 hours has the points of jd's L3, 8.149. Logistics is (8.378 + 8.149)/2 = 8.2635,
    half up 8.264; the score (6.7 + 8.264)/2 = 7.482. Of 4.132 the parts are 2094.63 and 2037.37
    thousandths."""
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", _awkward(), services=["worry_free"])
        version = service.get("/v1/policies/tmall").json()["version"]
        for named in ("tmall", f"tmall@{version}"):
            document = ask(service, "s", "10 12:00", policy=named)
            failures = []
            expect(failures, named, {
                "policy": {"id": "tmall", "version": version}, "star": None, "status": "scored",
                "score": {"points": "7.482", "base": "7.482", "bonus": "0.000"}}, document)
            expect(failures, named, {
                A2T: ("6.700", "3.350"), L2: ("8.378", "2.095"),
                "collection_rate_48h": ("8.149", "2.037"),
            }, {id: (metric["points"], metric["contribution"])
                for id, metric in metrics_of(document).items()})
            report(failures)
            assert document["composites"] == {} and document["metrics"] == {}, document
        own = ask(service, "s", "10 12:00")
        assert own["policy"]["id"] == "jd", own["policy"]
        assert own["score"] == {"points": "7.838", "base": "7.788", "bonus": "0.050"}, own["score"]
        for unknown in ("nobody", f"tmall@{version + 1}", "tmall@0", "tmall@x", "@1", ""):
            answer = service.get(f"/v1/stores/s/score?policy={unknown}")
            assert answer.status == 422, (unknown, answer)


TWINS = {
    "name": "twins", "novice": {"orders": 0}, "feeds": {"silent_after": 0},
    "small_sample": {"full": 1, "points": "0.000"},
    "factors": [{"id": id, "weight": "0.500", "metrics": [{
        "id": f"{id}_stars", "unit": "rating", "measure": {"kind": "stars", "aspect": id},
        "window_days": 30, "better": "higher", "weight": "1.000",
        "anchors": [["0.0000", "0.000"], ["10.0000", "9.001"]]}]}
                for id in ("service", "courier")],
}


def put_policy(service, id, document):
    answer = service.put(f"/v1/policies/{id}", document)
    assert answer.status in (200, 201), answer


def test_ties_are_shared_in_policy_order():
    """9.001 in halves is 4.5005 each: the factor that the policy names first has the half more."""
    with Service(new_database(), clock_start=AFTER) as service:
        put_policy(service, "twins", TWINS)
        fill(service, "s", review("r", "05 10:00", service=5, courier=5), policy="twins")
        document = ask(service, "s", "05 12:00")
        assert [factor["contribution"] for factor in document["factors"]] == ["4.501", "4.500"]
        assert document["score"]["base"] == "9.001", document


# --- Rounding and samples ---------------------------------------------------------------------


def test_values_are_rounded_half_up():
    def one(store, events):
        fill(service, store, events)
        return metrics_of(ask(service, store, "05 12:00"))

    with Service(new_database(), clock_start=AFTER) as service:
        thirds = many(3, lambda n: review(f"r{n}", "05 10:00", product=5 if n == 0 else 4))
        got = one("thirds", thirds)[U1]
        assert (got["amount"], got["valid"], got["value"]) == (13, 3, "8.6667"), got

        # 2 × 257/64 = 8.03125 and 2/64 = 0.03125: a half goes up, not to the even digit.
        halves = many(64, lambda n: review(f"r{n}", "05 10:00", product=5 if n == 0 else 4,
                                           service=1 if n < 2 else 5))
        got = one("halves", halves)
        assert (got[U1]["amount"], got[U1]["value"]) == (257, "8.0313"), got[U1]
        assert (got[U3]["good"], got[U3]["value"]) == (2, "0.0313"), got[U3]
        assert got[U3]["value_worst"] == "0.0313", got[U3]

        # 4 × 4 s + 4 × 5 s, each with a fraction that is cut: 36 s/8 = 0.00125 h.
        hours = many(8, lambda n: ticket(
            "resend", "05 10:00", ("processed", f"05 10:00:0{4 + n % 2}.999999"), name=f"T{n}"))
        got = one("hours", hours)[A1]
        assert (got["amount"], got["valid"], got["value"]) == (36, 8, "0.0013"), got

        # 31 replies after 1.9 s and one after 2 s: 33 s/32 = 1.03125 s.
        seconds = many(32, lambda n: ticket(
            "chat", "05 10:00", ("replied", "05 10:00:01.9" if n else "05 10:00:02"),
            name=f"T{n}"))
        got = one("seconds", seconds)[C2]
        assert (got["amount"], got["valid"], got["value"]) == (33, 32, "1.0313"), got


# n: sample and the points of values whose own points are 10, 0 and 9.5, with 30 - n times 7 more.
SAMPLES = {
    1: ("very_low", "7.100", "6.767", "7.083"),
    9: ("very_low", "7.900", "4.900", "7.750"),
    10: ("low", "8.000", "4.667", "7.833"),
    29: ("low", "9.900", "0.233", "9.417"),
    30: ("full", "10.000", "0.000", "9.500"),
}


def test_samples_of_shares_and_means():
    """Every minute from 10:00 brings a review of 5 and 1 stars, a refund that took 14 hours and a
    chat answered after 10 seconds, so that the instant picks the sample."""
    with Service(new_database(), clock_start=AFTER) as service:
        def minute(n):
            now = f"05 10:{n:02}"
            return (review(f"r{n}", now, product=5, service=1)
                    + ticket("refund", f"04 20:{n:02}", ("processed", now), name=f"A{n}")
                    + ticket("chat", f"05 09:{n:02}", ("asked", f"05 09:{n:02}"),
                             ("replied", f"05 09:{n:02}:10"), name=f"C{n}"))

        fill(service, "s", many(30, minute))
        failures = []
        for n, (sample, ten, zero, nine) in SAMPLES.items():
            shown = metrics_of(ask(service, "s", f"05 10:{n - 1:02}"))
            for id, value, amount, points in ((U1, "10.0000", 5 * n, ten), (U3, "1.0000", n, zero),
                                              (A1, "14.0000", 50400 * n, nine)):
                member = "good" if id == U3 else "amount"
                expect(failures, f"{id} of {n}", {
                    "valid": n, member: amount, "value": value, "points": points,
                    "sample": sample, "blended": n < 30}, shown[id])
            shown = metrics_of(ask(service, "s", f"05 09:{n - 1:02}:10"))
            expect(failures, f"{C2} of {n}", {
                "valid": n, "amount": 10 * n, "value": "10.0000", "points": ten,
                "sample": sample}, shown[C2])
        report(failures)


def test_points_on_both_sides_of_a_full_sample():
    """1/29 one star: 7 - 3 × 0.0044828/0.05 = 6.73103, (29 × 6.73103 + 7)/30 = 6.740. 1/30: 7 -
    3 × 0.0033333/0.05 = 6.8 and nothing else. 1/31: 7 - 3 × 0.0022581/0.05 = 6.86452."""
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", many(31, lambda n: review(f"r{n}", f"05 10:{n:02}",
                                                     logistics=5 if n else 1)))
        for n, value, points, sample in ((29, "0.0345", "6.740", "low"),
                                         (30, "0.0333", "6.800", "full"),
                                         (31, "0.0323", "6.865", "full")):
            got = metrics_of(ask(service, "s", f"05 10:{n - 1:02}"))[U2]
            assert (got["good"], got["valid"], got["value"], got["points"], got["sample"],
                    got["blended"]) == (1, n, value, points, sample, n < 30), got


def test_nothing_is_null_and_never_zero():
    with Service(new_database(), clock_start=AFTER) as service:
        # Something happened, but nothing that a metric could count.
        fill(service, "s", order("O", "05 09:00", paid=False)
             + [step("ticket", "T", "ticket.audited", "05 10:00", outcome="approved")]
             + review("default", "05 10:00", default=True, product=5)
             + review("out", "05 10:00", product=1) + excluded("out", "05 10:00"))
        service.put_store("empty")
        for store in ("s", "empty"):
            for basis in ("live", "official"):
                document = ask(service, store, "05 12:00", basis=basis)
                assert document["score"] is None and document["peers"] == 0, document
                assert document["rank_rate"] is None, document
                for factor in document["factors"]:
                    assert (factor["points"], factor["contribution"]) == (None, None), factor
                for composite in document["composites"].values():
                    assert composite["points"] is None, composite
                shown = metrics_of(document)
                assert len(shown) == 24, sorted(shown)
                for metric in shown.values():
                    assert metric["sample"] == "none" and metric["valid"] == 0, metric
                    for name in ("value", "value_worst", "points", "contribution", "week_change",
                                 "peer_mean"):
                        assert metric.get(name) is None, (name, metric)


# --- Bonus ------------------------------------------------------------------------------------


def test_bonus_of_services():
    """0.050 each and at most 0.500; a service said twice is one; whole points are 10 at most."""
    listed = {**TWINS, "bonus": {"each": "0.050", "cap": "0.120",
                                 "services": ["a", "b", "c", "d"]}}
    near = {**TWINS, "bonus": {"each": "0.400", "cap": "5.000"}}  # 10 - 9.001 = 0.999
    twelve = [f"service_{n}" for n in range(12)]
    stars = review("r", "05 10:00", service=5, courier=5)
    with Service(new_database(), clock_start=AFTER) as service:
        put_policy(service, "listed", listed)
        put_policy(service, "near", near)
        for number, (policy, services, bonus, points) in enumerate((
                ("jd", [], "0.000", "7.788"),
                ("jd", ["worry_free"], "0.050", "7.838"),
                ("jd", ["worry_free", "worry_free"], "0.050", "7.838"),
                # jd names no services: whatever a store declares counts.
                ("jd", ["worry_free", "unheard_of", "worry_free"], "0.100", "7.888"),
                ("jd", twelve[:9], "0.450", "8.238"),
                ("jd", twelve, "0.500", "8.288"),
                ("listed", ["a", "x", "y"], "0.050", "9.051"),
                ("listed", ["a", "b", "a"], "0.100", "9.101"),
                ("listed", ["a", "b", "c", "d"], "0.120", "9.121"),
                ("listed", ["x", "y"], "0.000", "9.001"),
                ("near", ["a", "b"], "0.800", "9.801"),
                ("near", ["a", "b", "c"], "0.999", "10.000"))):
            store = f"s{number}"
            fill(service, store, _awkward() if policy == "jd" else stars, policy=policy,
                 services=services)
            document = ask(service, store, "10 12:00")
            got = document["score"]["bonus"], document["score"]["points"]
            assert got == (bonus, points), (policy, services, got)
        # A past instant is answered under what was declared then.
        service.put_store("s1", services=twelve)
        assert ask(service, "s1", "10 12:00")["score"]["bonus"] == "0.050"


# --- Status -----------------------------------------------------------------------------------


def _good_order(name, placed, collected):
    return order(name, placed, ("collected", collected))


def test_status_in_its_order():
    """14 orders are a novice, though there is no composite either; the 15th makes it insufficient,
    since logistics and disputes are two factors; a review is the third."""
    events = many(14, lambda n: _good_order(f"O{n}", "05 09:00", "05 10:00"))
    events += _good_order("fifteenth", "05 13:00", "05 13:30")
    events += review("r", "05 14:00", product=5)
    events += alive("2024-06-02T23:00:00+08:00") + alive("2024-06-03T23:00:00+08:00")
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events)
        failures = []
        for moment, basis, status, star, has_score in (
                ("05 08:59:59.999999", "live", "unknown", "3.5", False),  # no feed spoke yet
                ("05 08:59:59.999999", "official", "novice", "3.5", False),
                ("05 09:59:59.999999", "live", "unknown", "3.5", False),  # collections did not
                ("05 10:00", "live", "novice", "3.5", False),
                ("05 12:59:59.999999", "live", "novice", "3.5", False),
                ("05 13:00", "live", "insufficient", None, False),
                ("05 13:30", "live", "insufficient", None, False),
                ("05 14:00", "live", "scored", "3.0", True),
                ("05 14:00", "official", "novice", "3.5", False),
                ("06 00:00", "official", "scored", "3.0", True),
                ("06 13:30", "live", "scored", "3.0", True),  # exactly 24 h are no silence yet
                ("06 13:30:00.000001", "live", "unknown", "3.0", True),
                ("06 13:30:00.000001", "official", "scored", "3.0", True),
                # 90 store-days that end with today: 5 March is the first of those of 2 June.
                ("2024-06-02T23:30:00+08:00", "live", "insufficient", None, False),
                ("2024-06-03T00:00:00+08:00", "live", "novice", "3.5", False),
                ("2024-06-03T00:00:00+08:00", "official", "insufficient", None, False),
                ("2024-06-04T00:00:00+08:00", "official", "novice", "3.5", False)):
            document = ask(service, "s", moment, basis=basis)
            got = {**document, "score": document["score"] is not None}
            expect(failures, f"{basis} {moment}",
                   {"status": status, "star": star, "score": has_score}, got)
        report(failures)


def test_orders_that_make_no_novice_of_a_store():
    """Neither those that are in no count, nor the unpaid; the cancelled are orders."""
    events = many(14, lambda n: order(f"O{n}", "05 09:00", ("cancelled", "05 09:30")))
    events += order("unpaid", "05 09:00", paid=False)
    events += order("pickup", "05 09:00", fulfilment="pickup")
    events += order("test", "05 09:00", test=True)
    events += order("presale", "05 09:00", presale_until=at("05 11:00"))
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events + alive("05 10:00"))
        for moment, status in (("05 10:59:59.999999", "novice"), ("05 11:00", "insufficient")):
            assert ask(service, "s", moment)["status"] == status, moment


def test_no_composite_without_logistics():
    """Four factors have points, logistics has none: its orders are too old. A delivery of today
    gives it one metric, and all of it is there."""
    events = many(15, lambda n: order(f"O{n}", "2024-02-01T10:00:00+08:00"))
    events += review("r", "10 10:00", product=4)
    events += ticket("refund", "10 10:00", ("processed", "10 10:30"), name="A")
    events += chat("10 10:00", ("replied", "10 10:00:10"), name="C")
    events += ticket("dispute", "10 10:00", ("closed", "10 10:30"), name="D")
    events += alive("10 11:00")
    events.append(step("order", "O0", "order.delivered", "10 11:00"))
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events)
        document = ask(service, "s", "10 10:59:59.999999", basis="live")
        got = {factor["id"]: (factor["points"], factor["contribution"])
               for factor in document["factors"]}
        assert document["score"] is None and document["star"] is None, document
        assert got["logistics"] == (None, None), got
        assert None not in [points for id, (points, _) in got.items() if id != "logistics"], got
        # U1 8 of 10: 7 own, 7 blended; 0.25 × 7 though the others do not make up the whole.
        assert got["user_evaluation"] == ("7.000", "1.750"), got
        assert ask(service, "s", "10 10:30", basis="official")["status"] == "insufficient"
        document = ask(service, "s", "10 11:00")
        assert (document["status"], counted(document, L5)[1]) == ("scored", 1), document


# --- Populations ------------------------------------------------------------------------------


def test_more_disputes_than_orders():
    """31 to 30: the value goes over one, the points stop at 0. Fewer orders are a small sample:
    (28 × 7 + 2 × 0)/30 = 6.533."""
    def ruled(n):
        return ticket("dispute", "05 10:00", ("ruled", "05 11:00", {
            "liability": "both" if n % 2 else "merchant"}), name=f"T{n}")

    with Service(new_database(), clock_start=AFTER) as service:
        for store, disputes, orders, shown in (
                ("many", 31, 30, ("1.0333", "1.0333", "0.000", "full")),
                ("few", 3, 2, ("1.5000", "1.5000", "6.533", "very_low"))):
            fill(service, store, many(disputes, ruled)
                 + many(orders, lambda n: order(f"O{n}", "05 09:00", ("cancelled", "05 09:30"))))
            got = metrics_of(ask(service, store, "05 12:00"))[D1]
            assert (got["good"], got["valid"], got["pending"]) == (disputes, orders, 0), got
            assert tuple(got[name] for name in ("value", "value_worst", "points",
                                                "sample")) == shown, got


def test_returns_to_units():
    """Units 3 + 2 of two lines, 1 of a line without a quantity, 1 of an order without lines: 7. Of
    six tickets the refund and the chat are none. 4/7: 0 points own, (7 × 0 + 23 × 7)/30."""
    def lines(*quantities):
        return [{"sku": f"K{n}", **({} if quantity is None else {"quantity": quantity})}
                for n, quantity in enumerate(quantities)]

    events = order("two", "04 09:00", ("delivered", "05 09:00"), lines=lines(3, 2))
    events += order("one", "04 09:00", ("delivered", "05 10:00"), lines=lines(None))
    events += order("none", "04 09:00", ("delivered", "05 11:00"))
    events += order("on its way", "04 09:00", ("collected", "04 10:00"), lines=lines(50))
    for n, kind in enumerate(("return", "return", "exchange", "repair", "refund", "chat")):
        events += ticket(kind, "05 11:30", name=f"T{n}")
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events)
        for moment, wanted in (("05 08:59", (0, 0, None, None)),
                               ("05 09:00", (0, 5, "0.0000", "7.500")),
                               ("05 11:00", (0, 7, "0.0000", "7.700")),
                               ("05 11:30", (4, 7, "0.5714", "5.367"))):
            got = metrics_of(ask(service, "s", moment))[A3]
            assert (got["good"], got["valid"], got["value"], got["points"]) == wanted, got
            assert got["contribution"] in (None, "0.000"), got  # it weighs nothing


# --- Official ---------------------------------------------------------------------------------


def test_official_is_live_of_yesterdays_windows():
    """Basis moves the windows and nothing else: what is known is that of the instant."""
    events = order("O", "07 10:00", ("collected", "08 12:00"), ("delivered", "08 14:00"))
    events += order("next", "08 09:00")
    events += review("r", "07 10:00", product=5) + review("r2", "08 10:00", product=1)
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events)
        last = ask(service, "s", "07 23:59:59.999999")
        for moment, basis, l1, l2, l4, l5, u1, d1 in (
                # The day is over at midnight, so L1 is decided; its 24 hours and L4 are not.
                ("07 23:59:59.999999", "live", (0, 0), (0, 0), (0, 0), (0, 0), (5, 1), (0, 1)),
                ("08 00:00", "official", (0, 1), (0, 0), (0, 0), (0, 0), (5, 1), (0, 1)),
                ("08 10:00", "official", (0, 1), (0, 0), (0, 0), (0, 0), (5, 1), (0, 1)),
                ("08 10:00:00.000001", "official", (0, 1), (0, 1), (0, 0), (0, 0), (5, 1), (0, 1)),
                # Delivered within the day after: good of an order of yesterday, a mean of today.
                ("08 14:00", "official", (0, 1), (0, 1), (1, 1), (0, 0), (5, 1), (0, 1)),
                ("08 14:00", "live", (0, 1), (0, 1), (1, 1), (100800, 1), (6, 2), (0, 2))):
            document = ask(service, "s", moment, basis=basis)
            got = tuple(counted(document, id) for id in (L1, L2, L4, L5, U1, D1))
            assert got == (l1, l2, l4, l5, u1, d1), (moment, basis, got)
            if basis == "official":
                for id, metric in metrics_of(document).items():
                    assert metric["window"] == metrics_of(last)[id]["window"], (id, moment)


# --- Answers that did not change --------------------------------------------------------------


def test_etags_of_past_answers():
    """A tag of the past holds as long as nothing is learnt about it, and is of one question."""
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", review("r", "05 10:00", product=5, service=5))
        path = f"/v1/stores/s/score?as_of={utc('06 12:00')}"
        tags = {}
        for more in ("", "&basis=official", "&policy=tmall"):
            first = service.get(path + more)
            tags[more] = first.headers["etag"]
            again = service.get(path + more, headers={"If-None-Match": tags[more]})
            assert (again.status, again.body) == (304, b""), (more, again)
        assert len(set(tags.values())) == 3, tags
        other = service.get(path + "&policy=tmall", headers={"If-None-Match": tags[""]})
        assert other.status == 200, other
        late = review("late", "05 11:00", product=1)
        fill(service, "s", late)
        changed = service.get(path, headers={"If-None-Match": tags[""]})
        assert changed.status == 200 and changed.headers["etag"] != tags[""], changed
        assert counted(changed.json(), U1) == (6, 2)
        before = f"/v1/stores/s/score?as_of={utc('05 10:30')}"
        assert counted(service.get(before).json(), U1) == (5, 1)


# --- Retractions and second words -------------------------------------------------------------


def check_counts(service, store, id, *wanted):
    for moment, counts in wanted:
        got = counted(ask(service, store, moment), id)
        assert got == counts, (store, id, moment, got)


def test_a_retracted_opening():
    """The ticket and all that followed is in no count from then on; with a second opening the
    ticket is what that one says."""
    steps = [("audited", "05 11:00", {"outcome": "approved"}), ("rated", "05 12:00", {"stars": 5})]
    one = ticket("return", "05 10:00", *steps, id="open") + retracted("open", "05 13:00")
    two = one + [step("ticket", "T", "ticket.opened", "05 10:30", kind="refund")]
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "one", one)
        for id in (A2, A2T, A4):
            check_counts(service, "one", id, ("05 12:59:59.999999", (1, 1)), ("05 13:00", (0, 0)))
        check_counts(service, "one", A3, ("05 12:59", (1, 0)), ("05 13:00", (0, 0)))
        fill(service, "two", two[::-1])
        for id in (A2T, A4):
            check_counts(service, "two", id, ("05 12:59", (1, 1)), ("05 13:00", (1, 1)))
        check_counts(service, "two", A2, ("05 12:59", (1, 1)), ("05 13:00", (0, 0)))


def test_a_retracted_audit():
    """In time it was good; without it the ticket waits again, and at 24 hours it is late. A later
    audit moves to the first place: 26 h of A1 instead of 1 h."""
    events = ticket("refund", "05 10:00",
                    ("audited", "05 11:00", {"outcome": "rejected", "id": "first"}),
                    ("audited", "06 12:00", {"outcome": "rejected"}))
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events + retracted("first", "05 20:00"))
        check_counts(service, "s", A4, ("05 19:59:59.999999", (1, 1)), ("05 20:00", (0, 0)),
                     ("06 10:00", (0, 0)), ("06 10:00:00.000001", (0, 1)), ("06 12:00", (0, 1)))
        pending = metrics_of(ask(service, "s", "05 20:00"))[A4]
        assert (pending["pending"], pending["value"]) == (1, None), pending
        assert pending["value_worst"] == "0.0000", pending
        check_counts(service, "s", A1, ("05 11:00", (3600, 1)), ("05 20:00", (0, 0)),
                     ("06 12:00", (26 * 3600, 1)))


def test_a_retracted_rating():
    """The rating before it is the latest again, on its own day."""
    events = chat("05 10:00", ("rated", "05 11:00", {"stars": 2}),
                  ("rated", "07 11:00", {"stars": 5, "id": "second"}))
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events + retracted("second", "08 09:00"))
        check_counts(service, "s", C3, ("05 11:00", (0, 1)), ("07 10:59:59.999999", (0, 1)),
                     ("07 11:00", (1, 1)), ("08 08:59:59.999999", (1, 1)), ("08 09:00", (0, 1)),
                     # Live windows of 30 days: that of 3 April is the last with 5 March.
                     ("2024-04-03T23:59:59+08:00", (0, 1)), ("2024-04-04T00:00:00+08:00", (0, 0)))


def test_a_second_word_on_a_review():
    """The later one is read, at its own day, as if the first had not been; retracted, or before it
    happened, the first holds. An exclusion takes out both."""
    events = review("r", "05 10:00", product=2, logistics=1)
    events += review("r", "07 10:00", product=4, id="again")
    events += retracted("again", "09 10:00") + excluded("r", "10 10:00", id="out")
    events += retracted("out", "11 10:00")
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", events[::-1])
        check_counts(service, "s", U1, ("05 10:00", (2, 1)), ("07 09:59:59.999999", (2, 1)),
                     ("07 10:00", (4, 1)), ("09 09:59:59.999999", (4, 1)), ("09 10:00", (2, 1)),
                     ("10 10:00", (0, 0)), ("11 10:00", (2, 1)))
        check_counts(service, "s", U2, ("06 10:00", (1, 1)), ("07 10:00", (0, 0)),
                     ("09 10:00", (1, 1)), ("10 10:00", (0, 0)), ("11 10:00", (1, 1)))
        # Of the days before today: the second word is of the 7th.
        for moment, counts in (("06 12:00", (2, 1)), ("07 12:00", (0, 0)), ("08 12:00", (4, 1))):
            got = counted(ask(service, "s", moment, basis="official"), U1)
            assert got == counts, (moment, got)


if __name__ == "__main__":
    main()
