#!/usr/bin/env python3
"""Backlog, forecast, safe intake and what-if on random stores, held against each other.

What a simulation says is done for real and read again; what a number says is counted in its list.
"""

import csv
import datetime
import fractions
import io
import pathlib
import random
import sys
import zoneinfo

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness
from harness import Service, ev, new_database

UTC = datetime.timezone.utc
HOUR = datetime.timedelta(hours=1)
MICRO = datetime.timedelta(microseconds=1)
LATER = datetime.datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime.datetime(2024, 3, 7, 12, 20, 30, tzinfo=UTC)
# Two of the days have a clock change in Europe/Berlin.
AROUND = [datetime.datetime(2024, 3, 27, tzinfo=UTC), datetime.datetime(2024, 10, 24, tzinfo=UTC),
          datetime.datetime(2024, 1, 10, tzinfo=UTC)]
ZONES = ("Asia/Shanghai", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns", "Pacific/Apia")
TREND = {"days": 7, "min_eligible": 20, "min_overdue": 2, "points": "2", "z": "0.5"}
SHARED = ("eligible", "exempt", "cancelled", "overdue", "overdue_still_open", "at_risk", "ratio",
          "ratio_worst", "state", "inevitable", "collect_to_clear", "exempt_to_clear")
LEVELS = ["none", "watch", "warning", "mild", "severe"]
LEVEL_OF = {"warned": "warning", "mild": "mild", "severe": "severe"}


def mark(hours, level, percent, inclusive, /, **restriction):
    return {"hours": hours, "level": level, "over_percent": percent, "inclusive": inclusive,
            "restriction": restriction or None}


RULES = {
    "jd": [mark(48, "warning", 15, False),
           mark(72, "mild", 10, True, kind="search_demotion", percent=75, hours=72),
           mark(120, "severe", 10, True, kind="off_sale", hours=24)],
    "odd": [mark(24, "warning", "7.5", True), mark(48, "mild", "12.345", False, kind="d", hours=30),
            mark(72, "mild", 20, True, kind="d", percent=5, hours=10),
            mark(120, "severe", "33.333", False, kind="o", hours=24)],
    "edge": [mark(24, "mild", 0, False, kind="d", hours=48), mark(47, "warning", "0.001", True),
             mark(49, "severe", 100, True, kind="x", hours=1)],
    # 240 hours: at its checkpoint the cohort is not listed any more.
    "long": [mark(1, "warning", 10, False), mark(2, "severe", 50, True),
             mark(30, "mild", 50, False, kind="d", hours=200),
             mark(240, "severe", 10, True, kind="off_sale", hours=24)],
}


class Order:
    def __init__(self, name, t0, collected=None, cancelled=None, **members):
        self.name, self.t0, self.collected, self.cancelled = name, t0, collected, cancelled
        self.members, self.counted = {"paid_at": t0, **members}, True

    @property
    def open(self):
        return self.counted and not self.collected and not self.cancelled

    def events(self, store):
        data = {"store": store, "order": self.name}
        yield ev("order.placed", self.t0, {**data, **self.members})
        if self.collected:
            yield ev("order.collected", self.collected, data)
        if self.cancelled:
            yield ev("order.cancelled", self.cancelled, data)


def text(instant):
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def instant_of(value):
    return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))


def day_start(day, zone):
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=zoneinfo.ZoneInfo(zone))
    return midnight.astimezone(UTC)


def random_orders(rng, now, zone, back, sizes, grid=1):
    """Orders of today and `back` days before; instants are multiples of `grid` seconds."""
    def whole(instant):
        return datetime.datetime.fromtimestamp(int(instant.timestamp()) // grid * grid, UTC)

    today = now.astimezone(zoneinfo.ZoneInfo(zone)).date()
    orders = []
    for ago in range(back, -1, -1):
        day = today - datetime.timedelta(days=ago)
        start, end = day_start(day, zone), day_start(day + datetime.timedelta(days=1), zone)
        left_open = rng.choice([0, .05, .1, .15, .3, 1])
        for _ in range(rng.choice(sizes)):
            second = rng.choice([0, 86399, rng.randrange(86400)])
            t0 = whole(min(start + datetime.timedelta(seconds=second), end - MICRO))
            if t0 > now:
                continue
            order = Order(f"o{len(orders)}", t0)
            orders.append(order)
            kind = rng.random()
            if kind < .04:
                order.members["test"], order.counted = True, False
            elif kind < .07:
                order.members, order.counted = {}, False
            elif kind < .1:
                order.members = {"payment": "cod"}
            if rng.random() >= left_open:
                end_at = whole(t0 + HOUR * rng.choice([rng.uniform(0, 130), 24, 48, 72, 120]))
                end_at += rng.choice([-MICRO, 0 * MICRO, 0 * MICRO, MICRO])
                order.collected = end_at if end_at <= now else None
            if rng.random() < .12:
                end_at = whole(t0 + HOUR * rng.choice([rng.uniform(-1, 140), 24, 48, 72, 120]))
                order.cancelled = end_at if end_at <= now else None
    return orders


def put_policy(service, name, marks, trend=False, **backlog):
    document = service.get("/v1/policies/jd").json()
    for member in ("id", "version", "effective_at"):
        document.pop(member, None)
    marks = [rule | ({"trend": trend} if rule["level"] == "warning" else {}) for rule in marks]
    document["backlog"] = {"min_orders": 0, "overdue_basis": "strict", "watch_hours": 24,
                           "marks": marks, **backlog}
    answer = service.put(f"/v1/policies/{name}", document)
    assert answer.status in (200, 201), answer


def put_policies(service, rng):
    found = []
    for name, marks in RULES.items():
        for basis in ("strict", "lenient"):
            found.append((f"{name}-{basis}", marks))
            put_policy(service, found[-1][0], marks, rng.choice([False, TREND]),
                       overdue_basis=basis, min_orders=rng.choice([0, 10, 30]),
                       watch_hours=rng.choice([0, 12, 24, 100]))
    return found


def fill(service, store, orders, **members):
    service.put_store(store, **members)
    post(service, [event for order in orders for event in order.events(store)])


def post(service, events):
    answer = service.post_events(events)
    assert answer.status == 200 and answer.json()["rejected"] == 0, answer


def ok(answer, status=200):
    assert answer.status == status, answer
    return answer.json()


def path(store, tail=""):
    return f"/v1/stores/{store}/backlog{tail}"


def backlog(service, store, at):
    return ok(service.get(path(store, f"?as_of={text(at)}")))


def simulate(service, store, at, **body):
    body = {name: text(value) if name == "by" else value for name, value in body.items()}
    return ok(service.post(path(store, f"/simulate?as_of={text(at)}"), body))


def forecast(service, store, query=""):
    return ok(service.get(path(store, "/forecast" + query)))


def shared(shown):
    return {name: shown[name] for name in SHARED}


def marks_of(body):
    return {(cohort["day"], shown["hours"]): shown
            for cohort in body["cohorts"] for shown in cohort["marks"]}


def random_instant(rng, zone, midnight):
    at = rng.choice(AROUND) + datetime.timedelta(seconds=rng.randrange(6 * 86400))
    return day_start(at.astimezone(zoneinfo.ZoneInfo(zone)).date(), zone) if midnight else at


def check_worst(service, store, at, simulated, side):
    """Nothing more is collected: at the checkpoints, and of all of them the highest level."""
    read, worst = {}, LEVELS.index(simulated["level"][side])
    for cohort in simulated["cohorts"]:
        for shown in cohort["marks"]:
            checkpoint, state = instant_of(shown["checkpoint"]), shown[side]["worst_state"]
            if checkpoint <= at:
                assert state == shown[side]["state"], (store, shown)
                continue
            if checkpoint not in read:
                read[checkpoint] = marks_of(backlog(service, store, checkpoint))
            real = read[checkpoint].get((cohort["day"], shown["hours"]))
            assert real is None or real["state"] == state, (store, side, cohort["day"], shown)
            if cohort["assessed"] and state in LEVEL_OF:
                worst = max(worst, LEVELS.index(LEVEL_OF[state]))
    assert LEVELS[worst] == simulated["worst_level"][side], (store, side, simulated["worst_level"])


def test_collections_come_to_what_was_simulated():
    rng = random.Random(11)
    with Service(new_database(), clock_start=LATER) as service:
        policies = put_policies(service, rng)
        for number in range(24):
            store, zone = f"s{number}", rng.choice(ZONES)
            policy, rules = rng.choice(policies)
            at = random_instant(rng, zone, midnight=False)
            orders = random_orders(rng, at, zone, 13, (0, 0, 1, 3, 10, 11, 20, 40, 80))
            fill(service, store, orders, policy=policy, time_zone=zone)
            waiting = [order for order in orders if order.open]
            by = at if rng.random() < .6 else at + HOUR * rng.uniform(0, 140)
            if waiting and rng.random() < .3:  # exactly at somebody's mark, or just behind it
                exact = rng.choice(waiting).t0 + rng.choice(rules)["hours"] * HOUR
                by = max(by, exact + rng.choice([0, 1]) * MICRO)
            picked = rng.sample(waiting, rng.randrange(len(waiting) + 1))
            picked += rng.sample(orders, min(len(orders), 8))
            names = list({order.name: None for order in picked})[:900] + ["unknown"]
            simulated = simulate(service, store, at, collect=names, by=by)
            before = backlog(service, store, at)
            assert simulated["level"]["before"] == before["level"], store
            for key, shown in marks_of(simulated).items():
                assert shared(shown["before"]) == shared(marks_of(before)[key]), (store, key)
            check_worst(service, store, at, simulated, "before")
            late = {line["order"] for line in simulated["results"] if line["result"] == "too_late"}
            post(service, [ev("order.collected", by, {"store": store, "order": name})
                           for name in names if name not in late])
            if by == at:
                real = backlog(service, store, at)
                for key, shown in marks_of(simulated).items():
                    assert shared(shown["after"]) == shared(marks_of(real)[key]), (store, key)
                assert simulated["level"]["after"] == real["level"], store
            check_worst(service, store, at, simulated, "after")


def test_reports_come_to_what_was_simulated():
    """Instants are whole quarters of an hour, so that none lies between question and filing."""
    rng = random.Random(21)
    now = datetime.datetime(2024, 3, 31, 12, 2, tzinfo=UTC)
    named = {"accepted": "applied", "too_old": "not_listed"}
    with Service(new_database(), clock_start=now) as service:
        key = ok(service.post("/v1/keys", {"role": "reviewer", "name": "r"}), 201)["key"]
        policies = put_policies(service, rng)

        def report(store, names):
            filed = ok(service.post(f"/v1/stores/{store}/delay-reports", {
                "scope": "orders", "kind": "emergency", "reason": "weather", "orders": names,
                "evidence": [{"url": "https://example.org/x"}]}), 201)
            ok(service.post(f"/v1/stores/{store}/delay-reports/{filed['id']}/approve", key=key))
            return filed

        for number in range(14):
            store, zone, policy = f"s{number}", rng.choice(ZONES), rng.choice(policies)[0]
            orders = random_orders(rng, now, zone, 10, (0, 3, 10, 20, 40), grid=900)
            fill(service, store, orders, policy=policy, time_zone=zone)
            waiting = [order.name for order in orders if order.open]
            report(store, waiting[::9] or ["none"])
            rng.shuffle(waiting)
            half = rng.randrange(len(waiting) + 1)
            excused = waiting[:half][:400] + [o.name for o in rng.sample(orders, 6)]
            excused = list(dict.fromkeys(excused))
            collected = [name for name in waiting[half:][:400] if name not in excused]
            simulated = ok(service.post(path(store, "/simulate"),
                                        {"exempt": excused, "collect": collected}))
            at = instant_of(simulated["as_of"])
            live = ok(service.get(path(store)))
            assert live == backlog(service, store, instant_of(live["as_of"])), store
            results = {line["order"]: line["result"] for line in simulated["results"]}
            filed = report(store, excused)
            for line in filed["orders"]:
                expected = named.get(line["result"], line["result"])
                assert results[line["order"]] == expected, (store, line, results[line["order"]])
            post(service, [ev("order.collected", at, {"store": store, "order": name})
                           for name in collected if results[name] != "too_late"])
            real = backlog(service, store, instant_of(filed["submitted_at"]))
            for key_, shown in marks_of(simulated).items():
                assert shared(shown["after"]) == shared(marks_of(real)[key_]), (store, key_)
            assert simulated["level"]["after"] == real["level"], store


def test_collected_at_the_checkpoint_is_not_open_at_it():
    at = day_start(datetime.date(2024, 1, 4), "Asia/Shanghai")  # of 1 January and 48 hours
    t0 = at - 64 * HOUR
    names = [f"a{i}" for i in range(10)]
    with Service(new_database(), clock_start=at + 24 * HOUR) as service:
        for basis in ("strict", "lenient"):
            put_policy(service, basis, RULES["jd"], overdue_basis=basis)
            fill(service, basis, [Order(name, t0) for name in names], policy=basis)
            simulated = simulate(service, basis, at, collect=names, by=at)
            post(service, [ev("order.collected", at, {"store": basis, "order": name})
                           for name in names])
            real = backlog(service, basis, at)
            assert real["level"] == {"strict": "warning", "lenient": "none"}[basis]
            shown, expected = (marks_of(body)["2024-01-01", 48] for body in (simulated, real))
            assert shared(shown["after"]) == shared(expected), (basis, shown["after"], expected)
            assert simulated["level"]["after"] == real["level"], basis


def orders_behind(service, store, at, day, hours, state, limit=1000):
    items, cursor = [], ""
    while True:
        page = ok(service.get(path(store, f"/orders?cohort={day}&mark={hours}&state={state}"
                                          f"&limit={limit}&as_of={text(at)}{cursor}")))
        items += page["items"]
        if not page["next_cursor"]:
            return items
        cursor = "&cursor=" + page["next_cursor"]


def test_ways_out_are_the_least_of_any_orders():
    """So many of the orders at risk, whichever, and the level is impossible; one less, and not."""
    rng = random.Random(31)
    with Service(new_database(), clock_start=LATER) as service:
        for name, rules in RULES.items():
            for basis in ("strict", "lenient"):
                put_policy(service, f"{name}-{basis}", rules, overdue_basis=basis)
        for number in range(8):
            store, zone = f"s{number}", rng.choice(ZONES)
            name, basis = rng.choice(list(RULES)), rng.choice(["strict", "lenient"])
            at = random_instant(rng, zone, midnight=False)
            orders = random_orders(rng, at, zone, 6, (1, 5, 20, 41, 150))
            fill(service, store, orders, policy=f"{name}-{basis}", time_zone=zone)
            waiting = {order.name for order in orders if order.open}
            for (day, hours), shown in marks_of(backlog(service, store, at)).items():
                if shown["state"] != "pending" or not shown["eligible"] or rng.random() < .5:
                    continue
                rule = next(rule for rule in RULES[name] if rule["hours"] == hours)
                hit = {"warning": "warned"}.get(rule["level"], rule["level"])
                late = "overdue_still_open" if basis == "lenient" else "overdue"
                risk, late = ([item["order"] for item in orders_behind(
                    service, store, at, day, hours, state)] for state in ("at_risk", late))
                pools = {"collect": risk + (late if basis == "lenient" else []),
                         "exempt": [order for order in late + risk if order in waiting]}
                for action, pool in pools.items():
                    rng.shuffle(pool)
                    least = shown[f"{action}_to_clear"]
                    counts = [len(pool)] if least is None else [least, least - 1]
                    for count in counts:
                        if not 0 <= count <= len(pool):
                            continue
                        body = simulate(service, store, at, **{action: pool[:count]})
                        after = marks_of(body)[day, hours]["after"]
                        where = store, day, hours, action, count, least
                        assert (after["worst_state"] != hit) == (count == least), where
                        if least is not None:
                            assert after[f"{action}_to_clear"] == least - count, where


def test_lists_hold_what_the_counts_say():
    rng = random.Random(41)
    with Service(new_database(), clock_start=LATER) as service:
        policies = put_policies(service, rng)
        for number in range(4):
            store, zone, policy = f"s{number}", rng.choice(ZONES), rng.choice(policies)[0]
            at = random_instant(rng, zone, midnight=number % 2)
            orders = random_orders(rng, at, zone, 7, (0, 1, 10, 20, 40))
            fill(service, store, orders, policy=policy, time_zone=zone)
            for (day, hours), shown in marks_of(backlog(service, store, at)).items():
                for state in ("overdue", "overdue_still_open", "at_risk", "cancelled", "eligible"):
                    limit = rng.choice([3, 1000])
                    items = orders_behind(service, store, at, day, hours, state, limit)
                    where = store, day, hours, state, limit
                    assert len(items) == shown[state], (*where, len(items), shown[state])
                    ordered = [(instant_of(item["deadline"]), item["order"]) for item in items]
                    assert ordered == sorted(set(ordered)), where
                    for item in items:
                        t0 = instant_of(item["t0"])
                        assert instant_of(item["deadline"]) == t0 + hours * HOUR, (where, item)
                        assert str(t0.astimezone(zoneinfo.ZoneInfo(zone)).date()) == day, item
                answer = service.get(path(store, f"/orders?cohort={day}&mark={hours}&state=eligible"
                                                 f"&format=csv&as_of={text(at)}"))
                rows = csv.DictReader(io.StringIO(answer.body.decode(), newline=""))
                told = [{k: "" if v is None else str(v) for k, v in item.items()}
                        for item in items]
                assert sorted(rows, key=lambda row: row["order"]) == sorted(
                    told, key=lambda row: row["order"]), (store, day, hours)


def test_nothing_changes_before_next_change_at():
    rng = random.Random(51)
    with Service(new_database(), clock_start=LATER) as service:
        policies = put_policies(service, rng)
        for number in range(9):
            store, zone, policy = f"s{number}", rng.choice(ZONES), rng.choice(policies)[0]
            at = random_instant(rng, zone, midnight=number % 3 == 0)
            orders = random_orders(rng, at, zone, 13, (0, 1, 2, 3))
            orders += [Order(f"p{i}", at - i * HOUR, presale_until=text(at + HOUR * 17 * i))
                       for i in range(3)]
            fill(service, store, orders, policy=policy, time_zone=zone)
            now = backlog(service, store, at)
            for _ in range(30):
                then = instant_of(now.pop("next_change_at"))
                assert then > at, (store, text(at))
                for instant in {then - MICRO, at + rng.randrange((then - at) // MICRO) * MICRO}:
                    still = backlog(service, store, instant)
                    assert instant_of(still.pop("next_change_at")) == then, (store, text(instant))
                    assert {**still, "as_of": now["as_of"]} == now, (store, text(instant))
                at, now = then, backlog(service, store, then)


def test_harder_levels_are_never_likelier():
    """One store under marks of every percentage; of one percentage the later marks are harder."""
    rng = random.Random(61)
    with Service(new_database(), clock_start=NOW) as service:
        percents = range(0, 101, 10)
        for percent in percents:
            put_policy(service, f"p{percent}", [mark(hours, "mild", percent, True)
                                                for hours in (24, 48, 72, 120)])
        for number in range(5):
            store = f"s{number}"
            orders = random_orders(rng, NOW, "Asia/Shanghai", rng.choice([6, 30, 60]), (3, 10, 20))
            fill(service, store, orders, policy="p10")
            at, before = forecast(service, store)["as_of"], {}
            for percent in percents:
                body = forecast(service, store, f"?as_of={at}&policy=p{percent}")
                for cohort in body["cohorts"]:
                    easier = 1
                    for shown in cohort["marks"]:
                        chance = shown["probabilities"]["mild"]
                        if chance is None:
                            continue
                        key, chance = (cohort["day"], shown["hours"]), fractions.Fraction(chance)
                        assert chance <= before.get(key, 1), (store, percent, key)
                        assert chance <= easier, (store, percent, key)
                        before[key] = easier = chance


def test_more_open_orders_are_never_better():
    """Only today's orders differ, from which nothing is learnt before tomorrow."""
    rng = random.Random(71)
    with Service(new_database(), clock_start=NOW) as service:
        put_policy(service, "p", RULES["jd"])
        past = [order for order in random_orders(rng, NOW, "Asia/Shanghai", 40, (5, 10, 20))
                if order.t0 < day_start(datetime.date(2024, 3, 7), "Asia/Shanghai")]
        before = None
        for left in range(0, 41, 8):
            store = f"s{left}"
            fill(service, store, past + [
                Order(f"t{i}", NOW - HOUR - i * HOUR / 5,
                      None if i < left else NOW - HOUR / 2 - i * HOUR / 5) for i in range(40)],
                policy="p")
            body = forecast(service, store, f"?as_of={text(NOW)}")
            told = [(float(shown["probabilities"]["clear"]) * -1, float(shown["projected"]),
                     float(shown["interval"]["low"]), float(shown["interval"]["high"]))
                    for shown in body["cohorts"][-1]["marks"]]
            if before is not None:
                assert all(less <= more for ones, others in zip(before, told)
                           for less, more in zip(ones, others)), (left, before, told)
            before = told


def test_what_is_certain_needs_no_curve():
    """No courier ever came: nothing is expected, but ten of ten overdue orders stay overdue."""
    start = day_start(datetime.date(2024, 3, 4), "Asia/Shanghai")
    with Service(new_database(), clock_start=NOW) as service:
        put_policy(service, "p", RULES["jd"])
        fill(service, "s", [Order(f"a{i}", start + i * HOUR) for i in range(10)], policy="p")
        post(service, [ev("feed.alive", NOW, {"store": "s", "feed": feed, "through": NOW})
                       for feed in ("orders", "collections")])
        body = forecast(service, "s")
        shown = marks_of(body)["2024-03-04", 72]
        assert shown["probabilities"] == {"clear": "0.0000", "mild": "1.0000"}
        assert shown["interval"] == {"low": "1.0000", "high": "1.0000"}, shown
        assert shown["likely_at"] == body["as_of"], shown["likely_at"]
        assert {"day": "2024-03-04", "hours": 72} in body["outlook"]["causes"], body["outlook"]


def test_likely_at_agrees_with_what_is_projected():
    """Of ten orders two are collected after 90 hours, the others after 12."""
    at = NOW + 20 * datetime.timedelta(seconds=1)
    with Service(new_database(), clock_start=NOW + HOUR) as service:
        wrong = []
        put_policy(service, "p", RULES["jd"])
        past = [Order(f"h{day}-{i}", t0 := at - day * 24 * HOUR - i * HOUR,
                      t0 + (12 if i % 5 else 90) * HOUR) for day in range(8, 40) for i in range(10)]
        first = at - 72 * HOUR  # nine of 100 are overdue, the marks of five are five seconds ahead
        near = [Order(f"c{i}", t0, None if i < 14 else t0 + HOUR) for i in range(100)
                for t0 in [first + (datetime.timedelta(seconds=5) if 8 < i < 14 else -HOUR)]]
        for store, orders, day in (("near", near, "2024-03-04"),
                                   ("one", [Order("c", at - 20 * HOUR)], "2024-03-07")):
            fill(service, store, past + orders, policy="p")
            shown = marks_of(forecast(service, store, f"?as_of={text(at)}"))[day, 72]
            assert float(shown["projected"]) >= 0.1 and not shown["inevitable"], shown
            likely = shown["likely_at"] and instant_of(shown["likely_at"])
            if not likely or not at <= likely <= instant_of(shown["checkpoint"]):
                wrong.append((store, shown))
    assert not wrong, wrong


if __name__ == "__main__":
    harness.main()
