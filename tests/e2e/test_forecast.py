#!/usr/bin/env python3
"""GET …/backlog/forecast: one answer for one instant, bounds, certainty, and whom it learns from."""

import datetime
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness
from harness import Service, ev, new_database

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime(2024, 3, 7, 10, 20, 30, tzinfo=SHANGHAI)  # a Thursday
TODAY = NOW.replace(hour=0, minute=0, second=0)
POLICY = "small"
ZERO, ONE = "0.0000", "1.0000"


def at(days_ago, hour, minute=0):
    return TODAY - datetime.timedelta(days=days_ago) + datetime.timedelta(hours=hour,
                                                                          minutes=minute)


def order(store, name, t0, collected=None, **members):
    yield ev("order.placed", t0, {"store": store, "order": name, "paid_at": t0, **members})
    if collected is not None:
        yield ev("order.collected", collected, {"store": store, "order": name})


def history(store, days, a_day):
    """The courier comes at 18:00 of working days; one of five orders waits for the next day's."""
    for day in range(days, 6, -1):
        for i in range(a_day):
            t0 = at(day, 8 + i % 10, 7 * i % 60)
            visit = t0.replace(hour=18, minute=i % 60) + datetime.timedelta(days=i % 5 == 0)
            while visit.weekday() >= 5:
                visit += datetime.timedelta(days=1)
            yield from order(store, f"h{day}-{i}", t0, visit)


def policy_of(service, **backlog):
    """JD's rules with a lower gate."""
    document = service.get("/v1/policies/jd").json()
    for member in ("id", "version", "effective_at"):
        document.pop(member, None)
    document["backlog"].update(min_orders=5, **backlog)
    answer = service.put(f"/v1/policies/{POLICY}", document)
    assert answer.status in (200, 201), answer


def post(service, events):
    answer = service.post_events(events)
    assert answer.status == 200 and answer.json()["rejected"] == 0, answer


def forecast(service, store, query=""):
    answer = service.get(f"/v1/stores/{store}/backlog/forecast{query}")
    assert answer.status == 200, answer
    return answer.json()


def mark_of(body, day, hours):
    date = at(day, 0).date().isoformat()
    cohort = next(cohort for cohort in body["cohorts"] if cohort["day"] == date)
    return next(mark for mark in cohort["marks"] if mark["hours"] == hours)


def filled(service):
    policy_of(service)
    service.put_store("s1", policy=POLICY, category="shoes")
    events = list(history("s1", 60, 12))
    for i in range(20):  # two days ago: half are open, and their marks are still ahead
        t0 = at(2, 12, i)
        events += order("s1", f"b{i}", t0, at(2, 18) if i < 10 else None)
    for i in range(20):  # three days ago: 12 are overdue for 72 h whatever happens
        events += order("s1", f"c{i}", at(3, 9, i), None if i < 12 else at(3, 18))
    for i in range(20):  # yesterday: all but one are collected
        events += order("s1", f"d{i}", at(1, 9, i), at(1, 18) if i else None)
    events += [event for i in range(5) for event in order("s1", f"e{i}", at(0, 8, i))]
    post(service, events)
    return events


def expected_counts(events, day, hours):
    """(eligible, overdue, at risk) by the contract, from the events."""
    t0 = {e["data"]["order"]: datetime.datetime.fromisoformat(e["time"]) for e in events
          if e["type"] == "order.placed"}
    collected = {e["data"]["order"]: datetime.datetime.fromisoformat(e["time"]) for e in events
                 if e["type"] == "order.collected"}
    of_day = [name for name, start in t0.items() if start.date() == at(day, 0).date()]
    open_ = [name for name in of_day if name not in collected]
    late = [name for name in of_day if t0[name] + datetime.timedelta(hours=hours) < NOW
            and (name in open_ or collected[name] > t0[name] + datetime.timedelta(hours=hours))]
    return len(of_day), len(late), len([name for name in open_ if name not in late])


def share(count, of):
    units = (20000 * count + of) // (2 * of)
    return f"{units // 10000}.{units % 10000:04d}"


# --- one answer for one instant ---------------------------------------------------------------


def test_live_equals_as_of():
    with Service(new_database(), clock_start=NOW) as service:
        filled(service)
        live = forecast(service, "s1")
        assert forecast(service, "s1", f"?as_of={live['as_of']}") == live
        past = forecast(service, "s1", "?as_of=2024-03-06T04:00:00Z")
        post(service, order("s1", "later", at(0, 10)))
        assert forecast(service, "s1", "?as_of=2024-03-06T04:00:00Z") == past
        assert forecast(service, "s1", f"?as_of={live['as_of']}&policy={POLICY}@1")["cohorts"]


def test_curve_is_the_same_all_day():
    with Service(new_database(), clock_start=NOW) as service:
        filled(service)
        morning = forecast(service, "s1", "?as_of=2024-03-06T16:00:00Z")
        now = forecast(service, "s1")
        for name in ("basis", "safe_intake"):
            assert morning[name] == now[name], name
        assert now["basis"]["days"] == 56 and now["basis"]["pooled"] is False
        assert now["basis"]["weight"] == ONE and now["confidence"] == "own"


# --- bounds and certainty ---------------------------------------------------------------------


def test_marks_keep_to_their_bounds():
    with Service(new_database(), clock_start=NOW) as service:
        events = filled(service)
        body = forecast(service, "s1")
        backlog = service.get(f"/v1/stores/s1/backlog?as_of={body['as_of']}").json()
        assert body["level"] == backlog["level"]
        pending = {(cohort["day"], mark["hours"]): mark for cohort in backlog["cohorts"]
                   for mark in cohort["marks"] if mark["state"] == "pending"}
        seen = 0
        for cohort in body["cohorts"]:
            for mark in cohort["marks"]:
                of_backlog = pending.pop((cohort["day"], mark["hours"]))
                for name in ("checkpoint", "eligible", "overdue", "at_risk", "inevitable"):
                    assert mark[name] == of_backlog[name], (cohort["day"], name)
                if mark["eligible"] == 0:
                    assert mark["projected"] is None, mark
                    assert mark["interval"] == {"low": None, "high": None}, mark
                    continue
                seen += 1
                numbers = [of_backlog["ratio"], mark["interval"]["low"], mark["projected"],
                           of_backlog["ratio_worst"]]
                assert float(numbers[0]) <= float(numbers[1])
                assert float(numbers[0]) <= float(numbers[2]) <= float(numbers[3])
                assert float(mark["interval"]["low"]) <= float(mark["interval"]["high"])
                assert float(mark["interval"]["high"]) <= float(numbers[3])
                clear, reached = mark["probabilities"].values()
                assert abs(float(clear) + float(reached) - 1) < 1e-9
                assert (reached == ONE) == mark["inevitable"], mark
                assert (clear == ONE) == mark["safe"], mark
        assert not pending and seen >= 8, (pending, seen)
        for day, hours in ((3, 72), (2, 72), (1, 48), (0, 120)):
            mark = mark_of(body, day, hours)
            assert (mark["eligible"], mark["overdue"], mark["at_risk"]) == expected_counts(
                events, day, hours), (day, hours)


def test_certain_marks_are_exact():
    with Service(new_database(), clock_start=NOW) as service:
        filled(service)
        body = forecast(service, "s1")
        lost = mark_of(body, 3, 72)
        assert lost["inevitable"] and lost["probabilities"] == {"clear": ZERO, "mild": ONE}
        assert {lost["projected"], *lost["interval"].values()} == {share(12, 20)}
        assert lost["likely_at"] == body["as_of"]
        safe = mark_of(body, 1, 72)
        assert safe["safe"] and safe["probabilities"] == {"clear": ONE, "mild": ZERO}
        assert safe["likely_at"] is None


def test_courier_of_tonight_is_expected():
    """Ten of twenty wait for the courier of 18:00, who comes long before their mark."""
    with Service(new_database(), clock_start=NOW) as service:
        filled(service)
        mark = mark_of(forecast(service, "s1"), 2, 72)
        assert mark["at_risk"] == 10 and float(mark["projected"]) < 0.15, mark
        # The day is made a holiday, and so is tomorrow: nobody comes.
        holidays = [{"date": at(-day, 0).date().isoformat()} for day in (0, 1)]
        assert service.put("/v1/calendar", {"holidays": holidays}).status == 200
        mark = mark_of(forecast(service, "s1"), 2, 72)
        assert float(mark["projected"]) > 0.35, mark


def test_outlook_watches_what_the_backlog_does_not():
    with Service(new_database(), clock_start=NOW) as service:
        policy_of(service, watch_hours=1)
        service.put_store("s1", policy=POLICY)
        post(service, history("s1", 60, 12))
        post(service, [event for i in range(20) for event in order(
            "s1", f"b{i}", at(1, 20, i), at(1, 21) if i < 10 else None)])
        body = forecast(service, "s1")
        assert body["level"] == "none", body["level"]
        slow = [mark_of(body, 1, hours) for hours in (72, 120)]
        causes = [{"day": at(1, 0).date().isoformat(), "hours": mark["hours"]} for mark in slow
                  if float(mark["interval"]["high"]) >= 0.1]
        assert causes and body["outlook"]["causes"] == causes, (causes, body["outlook"])
        assert body["outlook"]["level"] == "watch"
        assert body["outlook"]["advisory"] is False


# --- whom it learns from ----------------------------------------------------------------------


def test_thin_stores_are_pooled_and_say_so():
    with Service(new_database(), clock_start=NOW) as service:
        policy_of(service)
        service.put_store("thin", policy=POLICY, category="shoes")
        post(service, [event for i in range(20) for event in order("thin", f"a{i}", at(1, 12, i))])
        alone = forecast(service, "thin")
        assert alone["confidence"] == "stale"  # no courier was ever heard of
        post(service, [ev("feed.alive", NOW, {"store": "thin", "feed": "collections",
                                             "through": NOW})])
        alone = forecast(service, "thin")
        assert alone["confidence"] == "none" and alone["basis"]["pooled"] is False
        mark = mark_of(alone, 1, 72)
        assert mark["projected"] is None, mark
        assert mark["interval"] == {"low": ZERO, "high": ONE}, mark
        assert set(mark["probabilities"].values()) == {None}, mark

        for number in range(4):
            peer = f"peer{number}"
            service.put_store(peer, policy=POLICY, category="shoes" if number < 3 else "hats")
            post(service, history(peer, 40, 6))
            if number == 1:  # two are too few to be told apart from each other
                assert forecast(service, "thin")["basis"]["pooled"] is False
        pooled = forecast(service, "thin")
        assert pooled["confidence"] == "pooled"
        assert pooled["basis"] == {**alone["basis"], "pooled": True, "pooled_stores": 3,
                                   "weight": ZERO}
        mark = mark_of(pooled, 1, 72)
        assert float(mark["projected"]) < 0.2, mark
        assert forecast(service, "thin", f"?as_of={pooled['as_of']}") == pooled

        own = forecast(service, "peer0")
        assert own["basis"]["pooled"] is False or own["basis"]["weight"] != ONE
        service.put_store("other", policy=POLICY, category="gloves")
        assert forecast(service, "other")["basis"]["pooled"] is False


def test_what_was_excused_of_a_peer_is_no_sign_either():
    """A storm stopped the peers' courier for five days, and reports excuse those."""
    with Service(new_database(), clock_start=NOW) as service:
        policy_of(service)
        service.put_store("thin", policy=POLICY, category="shoes")
        post(service, [event for i in range(20) for event in order("thin", f"a{i}", at(1, 12, i))])
        peers = [f"peer{number}" for number in range(3)]
        for peer in peers:
            service.put_store(peer, policy=POLICY, category="shoes")
            post(service, history(peer, 40, 6))
        before = float(mark_of(forecast(service, "thin"), 1, 72)["projected"])
        for peer in peers:
            post(service, [event for day in range(2, 6) for i in range(30)
                           for event in order(peer, f"s{day}-{i}", at(day, 8, i))])
        stormy = float(mark_of(forecast(service, "thin"), 1, 72)["projected"])
        assert stormy > before + 0.05, (before, stormy)
        for peer in peers:
            path = f"/v1/stores/{peer}/delay-reports"
            period = {"from": harness.rfc3339(at(6, 0)), "to": harness.rfc3339(at(1, 0))}
            filed = service.post(path, {"scope": "store", "kind": "emergency", "reason": "weather",
                                        "period": period,
                                        "evidence": [{"url": "https://example.org/storm.jpg"}]})
            assert filed.status == 201, filed
            assert service.post(f"{path}/{filed.json()['id']}/approve").status == 200
        after = float(mark_of(forecast(service, "thin"), 1, 72)["projected"])
        assert abs(after - before) < 0.01, (before, stormy, after)


def test_silent_courier_is_told():
    with Service(new_database(), clock_start=NOW) as service:
        filled(service)
        later = forecast(service, "s1")
        assert later["confidence"] == "own"
    with Service(new_database(), clock_start=NOW + datetime.timedelta(days=3)) as service:
        filled(service)
        assert forecast(service, "s1")["confidence"] == "stale"


# --- safe intake ------------------------------------------------------------------------------


def test_safe_intake_is_what_the_week_takes():
    """Ten orders of every day, all of which are collected on working days, those of the weekend on
    Monday: 10 of Tuesday to Friday, 30 of Monday, which shows no limit; 70 in a week."""
    with Service(new_database(), clock_start=NOW) as service:
        policy_of(service)
        service.put_store("s1", policy=POLICY)
        service.put_store("young", policy=POLICY)
        events = []
        for day in range(40, 0, -1):
            visit = at(day, 18)
            while visit.weekday() >= 5:
                visit += datetime.timedelta(days=1)
            for i in range(10):
                events += order("s1", f"h{day}-{i}", at(day, 10, i), visit)
        post(service, events)
        intake = forecast(service, "s1")["safe_intake"]
        assert (intake["limit_percent"], intake["hours"]) == ("10", 72), intake
        orders = {day["weekday"]: day["orders"] for day in intake["basis"]["capacity"]}
        assert orders == {"monday": 30, "tuesday": 10, "wednesday": 10, "thursday": 10,
                          "friday": 10, "saturday": 0, "sunday": 0}, orders
        assert intake["basis"]["least_hours"] == 8
        # Saturdays and Sundays leave everything open: that shows that they take nothing.
        shown = {day["weekday"] for day in intake["basis"]["capacity"] if not day["at_least"]}
        assert shown == {"saturday", "sunday"}, shown
        assert intake["orders_per_day"] == 10, intake
        assert forecast(service, "young")["safe_intake"] is None


if __name__ == "__main__":
    harness.main()
