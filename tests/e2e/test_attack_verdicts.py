#!/usr/bin/env python3
"""Attacks on verdicts and restrictions: zones that change their clocks, orders of every kind, both
readings, marks of one restriction, rules that change between two marks, late hits, two writers."""

import datetime
import fractions
import os
import random
import zoneinfo

from harness import Service, ev, main, new_database, psql, verify
from test_crash import in_threads
from test_verdicts import (DAY, HOUR, SECOND, UTC, T, await_judged, await_true, collected, judge_at,
                           notices, pages, placed, post, put_policy, rows, text)

MICROSECOND = datetime.timedelta(microseconds=1)
NEVER = datetime.datetime.max.replace(tzinfo=UTC)
ROUNDS = int(os.environ.get("WINDVANE_PROPERTY_ROUNDS", "2"))
SEED = int(os.environ.get("WINDVANE_PROPERTY_SEED", "1"))
VERDICTS, RESTRICTIONS = "/v1/stores/s/verdicts", "/v1/stores/s/restrictions"


def mark(hours, level="mild", over=10, inclusive=True, lasts=None, kind="demotion", **members):
    members |= {"hours": hours, "level": level, "over_percent": over, "inclusive": inclusive}
    if lasts:
        members["restriction"] = {"kind": kind, "percent": 50, "hours": lasts}
    return members


def rules(*marks, min_orders=0, **members):
    return {"min_orders": min_orders, "marks": list(marks), **members}


def scene(backlog, start=T(1), zone="UTC"):
    uri = new_database()
    with Service(uri, clock_start=start) as service:
        put_policy(service, backlog)
        service.put_store("s", time_zone=zone)
    return uri


def ok(answer, status=200):
    assert answer.status == status, answer
    return answer.json()


def instant(written):
    return datetime.datetime.fromisoformat(written)


def exact(at):
    at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{at.microsecond:06}".rstrip("0").rstrip(".")) + "Z"


# --- the rule once more, for every kind of order and any zone ---------------------------------


class World:
    """What is told of a store: (at, type, source, id, data), and what was retracted."""

    def __init__(self, zone, first, backlog):
        self.zone, self.first, self.backlog = zoneinfo.ZoneInfo(zone), first, backlog
        self.events, self.retracted = [], {}

    def start(self, day):
        """The first instant of a day: also where the clock leaves out or repeats midnight."""
        at = datetime.datetime.combine(day, datetime.time(), UTC) - 16 * HOUR
        while at.astimezone(self.zone).date() < day:
            at += 15 * datetime.timedelta(minutes=1)
        return at

    def orders(self):
        """{order: (t0, collected, cancelled)}: of those that count."""
        found = {}
        for at, type, source, id, data in sorted(self.events, key=lambda e: (e[0], e[2], e[3])):
            if (source, id) in self.retracted:
                continue
            facts = found.setdefault(data["order"], {"scans": {}})
            if type == "collected" and "parcel" in data:
                facts["scans"].setdefault(data["parcel"], at)
            elif type == "placed":
                facts.setdefault("placed", (at, data))
            else:
                facts.setdefault(type, at)
        known = {}
        for name, facts in found.items():
            at, data = facts.get("placed", (NEVER, {}))
            paid = min(data.get("paid_at", NEVER), facts.get("paid", NEVER))
            t0 = at if data.get("payment") == "cod" else paid
            if at == NEVER or t0 == NEVER:
                continue
            t0 = max(t0, data.get("presale_until", t0))
            scans, parcels = sorted(facts["scans"].values()), data.get("parcels", 1)
            scan = min(facts.get("collected", NEVER), (scans + [NEVER] * parcels)[parcels - 1])
            known[name] = t0, max(scan, t0), max(facts.get("cancelled", NEVER), t0)
        return known

    def count(self, orders, day, hours):
        start, end = self.start(day), self.start(day + DAY)
        count = dict.fromkeys(("orders", "eligible", "cancelled", "overdue", "overdue_still_open"), 0)
        for t0, scan, cancelled in orders.values():
            if not start <= t0 < end:
                continue
            count["orders"] += 1
            if cancelled <= t0 + hours * HOUR and cancelled <= scan:
                count["cancelled"] += 1
            else:
                count["eligible"] += 1
                if scan > t0 + hours * HOUR:
                    count["overdue"] += 1
                    count["overdue_still_open"] += min(scan, cancelled) > end + hours * HOUR
        return count

    def judge(self, orders, day, mark):
        count = self.count(orders, day, mark["hours"])
        if count["orders"] <= self.backlog["min_orders"] or count["eligible"] == 0:
            return {**count, "state": "not_assessed", "reasons": [], "baseline": None}
        basis = "overdue_still_open" if self.backlog["overdue_basis"] == "lenient" else "overdue"
        overdue, eligible = count[basis], count["eligible"]
        ratio, limit = fractions.Fraction(overdue, eligible), fractions.Fraction(mark["over_percent"])
        reasons, baseline, trend = [], None, mark.get("trend")
        if 100 * ratio > limit or mark["inclusive"] and 100 * ratio == limit:
            reasons.append("ratio")
        if trend:
            before = [self.count(orders, day - back * DAY, mark["hours"])
                      for back in range(1, trend["days"] + 1)]
            late, all = sum(b[basis] for b in before), sum(b["eligible"] for b in before)
            if all >= trend["min_eligible"]:
                level = fractions.Fraction(late, all)
                baseline = f"{int(level * 10000 + fractions.Fraction(1, 2)) / 10000:.4f}"
                pooled = fractions.Fraction(overdue + late, eligible + all)
                variance = pooled * (1 - pooled) * (fractions.Fraction(1, eligible)
                                                    + fractions.Fraction(1, all))
                if (100 * (ratio - level) >= fractions.Fraction(trend["points"])
                        and overdue >= trend["min_overdue"] and (ratio - level) ** 2
                        >= fractions.Fraction(trend["z"]) ** 2 * variance):
                    reasons.append("trend")
        state = {"warning": "warned"}.get(mark["level"], mark["level"]) if reasons else "clear"
        return {**count, "state": state, "reasons": reasons, "baseline": baseline}

    def standing(self, now):
        orders, day, want = self.orders(), self.first, {}
        while self.start(day) <= now:
            for mark in self.backlog["marks"]:
                checkpoint = self.start(day + DAY) + mark["hours"] * HOUR
                verdict = self.judge(orders, day, mark) if checkpoint <= now else {"orders": 0}
                if verdict["orders"]:
                    want[str(day), mark["hours"]] = {**verdict, "checkpoint": exact(checkpoint)}
            day += DAY
        return want

    def restrictions(self, standing):
        """United ones that ever were: [kind, from, to, days]."""
        lasts = {m["hours"]: m["restriction"] for m in self.backlog["marks"] if "restriction" in m}
        hits = sorted((lasts[hours]["kind"], instant(v["checkpoint"]), lasts[hours]["hours"], day)
                      for (day, hours), v in standing.items()
                      if hours in lasts and v["state"] in ("warned", "mild", "severe"))
        united = []
        for kind, at, hours, day in hits:
            if not united or united[-1][0] != kind or at > united[-1][2]:
                united.append([kind, at, at, set()])
            united[-1][2] = max(united[-1][2], at + hours * HOUR)
            united[-1][3].add(day)
        return united


class Course:
    """A random history of one store and the questions asked after each step of it."""

    ZONES = (("Europe/Berlin", "2024-03-28"), ("Europe/Berlin", "2024-10-24"),
             ("Africa/Cairo", "2024-04-23"), ("Africa/Cairo", "2024-10-29"),
             ("Australia/Lord_Howe", "2024-04-04"), ("Asia/Kolkata", "2024-01-01"),
             ("America/Sao_Paulo", "2018-11-01"), ("America/Sao_Paulo", "2018-02-15"))

    def __init__(self, seed):
        self.random = random.Random(seed)
        zone, first = self.ZONES[seed % len(self.ZONES)]
        self.world = World(zone, datetime.date.fromisoformat(first), self.backlog())
        self.begin = self.world.start(self.world.first)
        self.uri = scene(self.world.backlog, self.begin, zone)
        self.placed, self.bodies, self.told, self.serial = [], {}, [], 0
        self.known = []  # what was answered: (as of, verdicts, restrictions)

    def backlog(self):
        chance, marks = self.random, []
        for hours in sorted(chance.sample((1, 12, 24, 30, 36, 48, 60), 3)):
            level = chance.choice(("warning", "mild", "severe"))
            item = mark(hours, level, chance.choice(("0", "10", "33.333", "50", "25")),
                        chance.random() < .5)
            if level == "warning":
                item["trend"] = {"days": chance.randint(1, 5), "min_eligible": chance.randint(1, 6),
                                 "min_overdue": 1, "points": "5.000", "z": "0.500"}
            else:
                item["restriction"] = {"kind": chance.choice("aab"), "percent": chance.randint(1, 99),
                                       "hours": chance.choice((1, 12, 23, 24, 25, 47))}
            marks.append(item)
        return rules(*marks, min_orders=chance.choice((0, 0, 3)),
                     overdue_basis=chance.choice(("strict", "lenient")))

    def moment(self, now, back):
        at = now - MICROSECOND * self.random.randint(0, int(back / MICROSECOND))
        if self.random.random() < .4:  # midnights to the microsecond
            day = now.astimezone(self.world.zone).date() - self.random.randint(0, 3) * DAY
            at = self.world.start(day) + self.random.randint(-1, 1) * MICROSECOND
        return min(max(at, self.begin), now)

    def tell(self, type, at, data):
        self.serial += 1
        source, id = self.random.choice(("oms", "aaa")), f"x{self.serial}"
        self.world.events.append((at, type, source, id, data))
        body = {name: exact(v) if isinstance(v, datetime.datetime) else v for name, v in data.items()}
        self.bodies[source, id] = ev(f"order.{type}", exact(at), {"store": "s", **body}, id=id,
                                     source=source)
        self.told.append(self.bodies[source, id])

    def step(self, now):
        chance, self.told = self.random, []
        for _ in range(chance.randint(4, 12)):
            order, at = f"o{len(self.placed)}", self.moment(now, 4 * DAY)
            data, kind, t0 = {"order": order}, chance.random(), at
            if kind < .15:
                data["payment"] = "cod"
            elif kind < .3:
                t0 = self.moment(now, 3 * DAY)
                self.tell("paid", t0, {"order": order})
            else:
                data["paid_at"] = at
            more = {"presale_until": self.moment(now, 4 * DAY), "parcels": chance.randint(1, 3)}
            data |= {name: more[name] for name in more if chance.random() < .2}
            self.tell("placed", at, data)
            self.placed.append((order, t0, data.get("parcels", 1)))
        for _ in range(chance.randint(4, 14)):
            order, t0, parcels = chance.choice(self.placed)
            at = t0 + chance.choice(self.world.backlog["marks"])["hours"] * HOUR
            at += chance.randint(-1, 1) * MICROSECOND
            if chance.random() < .5 or not self.begin <= at <= now:
                at = self.moment(now, 5 * DAY)
            type, data = chance.choice(("collected", "collected", "cancelled")), {"order": order}
            if type == "collected" and parcels > 1 and chance.random() < .8:
                data["parcel"] = str(chance.randint(1, parcels))
            self.tell(type, at, data)
        gone = chance.choice(sorted(self.bodies))
        if gone not in self.world.retracted:
            self.world.retracted[gone] = at = self.moment(now, 2 * DAY)
            self.told.append(ev("event.retracted", exact(at),
                                {"store": "s", "source": gone[0], "id": gone[1]}))
        chance.shuffle(self.told)
        again = chance.choice(self.told)  # a repeat, and another body of the same identity
        self.told += [again, {**again, "data": {**again["data"], "note": "another"}}]

    def live(self, now):
        self.step(now)
        with Service(self.uri, clock_start=now, migrate=False) as service:
            cut = self.random.randint(1, len(self.told) - 1)
            for part in (self.told[:cut], self.told[cut:]):
                assert ok(service.post_events(part))["rejected"] == 0
            await_judged(self.uri, now)
            self.ask(service)

    def ask(self, service):
        backlog = ok(service.get("/v1/stores/s/backlog"))
        now = instant(backlog["as_of"])
        want, items = self.world.standing(now), pages(service, VERDICTS)
        got = {(v["day"], v["hours"]): v for v in items if v["status"] == "standing"}
        assert {key: {name: got[key][name] for name in want.get(key, {})} for key in got} == want
        passed = {(c["day"], m["hours"]): {**m, "orders": c["orders"]} for c in backlog["cohorts"]
                  for m in c["marks"] if m["state"] != "pending" and c["orders"]}
        for key, of in passed.items():
            assert {name: of[name] for name in want[key]} == want[key], (key, of, want[key])
        united = self.world.restrictions(want)
        listed = pages(service, RESTRICTIONS)
        assert sorted((r["kind"], instant(r["from"]), instant(r["to"]), sorted(r["cohorts"]))
                      for r in listed if not r["revoked"]) == [
            (kind, start, end, sorted(days)) for kind, start, end, days in united], listed
        assert sorted((r["kind"], r["from"], r["to"], r["cohorts"])
                      for r in backlog["restrictions"]) == [
            (kind, exact(start), exact(end), sorted(days)) for kind, start, end, days in united
            if start <= now < end], backlog["restrictions"]
        for at, verdicts, restrictions in self.known[-2:]:
            assert pages(service, f"{VERDICTS}?known_at={exact(at)}") == verdicts
            assert pages(service, f"{RESTRICTIONS}?known_at={exact(at)}") == restrictions
        self.known.append((now, items, listed))


def test_random_histories__over_clock_changes():
    ended = 0
    for seed in range(SEED, SEED + ROUNDS):
        course = Course(seed)
        now = course.begin + 3 * HOUR
        try:
            for _ in range(4):
                course.live(now)
                now += course.random.choice((5, 13, 24, 36, 61)) * HOUR
        except AssertionError as error:
            raise AssertionError(f"seed {seed}") from error
        status, printed = verify(course.uri)
        assert status == 0, printed
        ended += len(rows(course.uri, "1", "ended_at IS NOT NULL"))
    assert ended


# --- restrictions -----------------------------------------------------------------------------


def test_two_marks_of_one_restriction__cohorts_ascend_in_the_list_too():
    uri = scene(rules(mark(24, over=50, lasts=72), mark(72, lasts=24)))
    with Service(uri, clock_start=T(6), migrate=False) as service:
        # The second day is hit at T(4), the first one, whose 10 % are no 50 %, at T(5).
        post(service, [placed("s", "2", T(2, 5)), *[placed("s", f"1-{i}", T(1, 5)) for i in range(10)],
                       *[collected("s", f"1-{i}", T(1, 6)) for i in range(9)]])
        await_judged(uri, T(6))
        live = ok(service.get("/v1/stores/s/backlog"))["restrictions"]
        listed = pages(service, RESTRICTIONS)
    assert [r["cohorts"] for r in live] == [["2024-01-01", "2024-01-02"]], live
    assert [r["cohorts"] for r in listed] == [r["cohorts"] for r in live], listed


def test_late_hit_inside_a_restriction_that_is_over__tells_no_second_end():
    uri = scene(rules(mark(24, lasts=72)))
    with Service(uri, clock_start=T(3, 20), migrate=False) as service:
        post(service, [placed("s", "1", T(1, 5)), placed("s", "3", T(3, 5)),
                       placed("s", "2", T(2, 5)), collected("s", "2", T(2, 6))])
        await_judged(uri, T(3, 20))
    for day in (4, 5, 8):  # [3, 6) and [5, 8)
        judge_at(uri, T(day) + SECOND)
    told = lambda: [(t, d["from"], d["to"]) for t, d in notices(uri) if "restriction" in t]  # noqa: E731
    before = [("restriction_began", text(T(3)), text(T(6))),
              ("restriction_began", text(T(3)), text(T(8))),
              ("restriction_ended", text(T(3)), text(T(8)))]
    await_true("lifted", lambda: told() == before)
    judge_at(uri, T(9), events=[placed("s", "2-late", T(2, 7))])  # [4, 7)
    await_true("judged anew", lambda: rows(uri, "1", "day = '2024-01-02' AND state = 3"))
    assert told() == before, told()


def test_restrictions_that_touch__unite_over_months_and_part_where_the_day_has_25_hours():
    zone, days = zoneinfo.ZoneInfo("Europe/Berlin"), 100
    first = datetime.date(2024, 8, 1)
    now = datetime.datetime(2024, 11, 20, tzinfo=UTC)
    uri = scene(rules(mark(24, lasts=24), mark(720, "severe", lasts=8760, kind="closed")),
                datetime.datetime(2024, 7, 31, tzinfo=UTC), "Europe/Berlin")
    noon = [datetime.datetime.combine(first + i * DAY, datetime.time(12), zone) for i in range(days)]
    with Service(uri, clock_start=now, migrate=False) as service:
        post(service, [placed("s", str(at.date()), at.astimezone(UTC)) for at in noon])
        await_judged(uri, now)
        parts = [("demotion", "2024-08-02T22:00:00Z", "2024-10-28T22:00:00Z", 87),
                 ("closed", "2024-08-31T22:00:00Z", "2025-11-19T22:00:00Z", 81),
                 ("demotion", "2024-10-28T23:00:00Z", "2024-11-10T23:00:00Z", 13)]
        listed = pages(service, RESTRICTIONS)
        assert [(r["kind"], r["from"], r["to"], len(r["cohorts"])) for r in reversed(listed)] == parts
        for at, kinds in (("2024-10-28T21:59:59.999999Z", ["closed", "demotion"]),
                          ("2024-10-28T22:00:00Z", ["closed"]),
                          ("2024-10-28T23:00:00Z", ["closed", "demotion"]),
                          ("2024-08-02T21:59:59.999999Z", [])):
            answer = ok(service.get(f"/v1/stores/s/backlog?as_of={at}"))
            assert sorted(r["kind"] for r in answer["restrictions"]) == kinds, (at, answer)


# --- numbers by hand --------------------------------------------------------------------------


def test_trend_of_the_shipped_rules__at_its_very_thresholds():
    # Late of eligible on the day before and on the day, 100 and 60 of 1000 and 400 being 5 points. z of
    # 30 of 300 and 10 of 60 is 1.5, of 11 of 60 it is 1.855.
    cases = {(300, 30, 60, 10): [], (300, 30, 60, 11): ["ratio", "trend"], (300, 30, 40, 9): ["ratio"],
             (299, 30, 60, 11): ["ratio"], (1000, 100, 400, 59): [], (1000, 100, 400, 60): ["trend"]}
    uri, stores = new_database(), {"-".join(map(str, case)): case for case in cases}
    with Service(uri, clock_start=T(1)) as service:
        shipped = ok(service.get("/v1/policies/jd"))["backlog"]["marks"][0]
        put_policy(service, rules({**shipped, "over_percent": 17}, min_orders=30))
        for store in stores:
            service.put_store(store, time_zone="UTC")
    with Service(uri, clock_start=T(4, 20), migrate=False) as service:
        for store, (all, late, n, of) in stores.items():
            for day, orders, overdue in ((1, all, late), (2, n, of)):
                post(service, [placed(store, f"{day}-{i}", T(day, 5)) for i in range(orders)])
                post(service, [collected(store, f"{day}-{i}", T(day + 2, 5))  # the last moment
                               for i in range(overdue, orders)])
        await_judged(uri, T(4, 20), len(stores))
    with Service(uri, clock_start=T(5) + SECOND, migrate=False) as service:
        await_judged(uri, T(5), len(stores))
        for store, case in stores.items():
            item, = ok(service.get(f"/v1/stores/{store}/verdicts?from=2024-01-02"))["items"]
            assert item["reasons"] == cases[case], (case, item)
            assert item["baseline"] == (None if case[0] == 299 else "0.1000"), (case, item)


def test_event_ahead_of_the_clock__is_of_the_day_in_which_it_came():
    uri = scene(rules(mark(24)))
    with Service(uri, clock_start=T(2) - 120 * SECOND, migrate=False) as service:
        post(service, [placed("s", "early", T(2) + 60 * SECOND)])
    judge_at(uri, T(3) + SECOND)
    judge_at(uri, T(4) + SECOND)
    assert rows(uri, "day, orders, overdue") == [["2024-01-01", "1", "1"]]


# --- known then, true now ---------------------------------------------------------------------


def test_verdict_that_turns_again_and_again__each_answer_is_kept():
    uri = scene(rules(mark(24, over=50, lasts=72)))
    with Service(uri, clock_start=T(2, 23), migrate=False) as service:
        post(service, [placed("s", "x", T(1, 5)), placed("s", "y", T(1, 5)),
                       collected("s", "y", T(1, 6))])
    judge_at(uri, T(3) + SECOND)
    away = lambda id: ev("event.retracted", T(3, 6), {"store": "s", "source": "oms", "id": id})  # noqa: E731
    with Service(uri, clock_start=T(3, 6), migrate=False) as service:
        for turn in range(2):
            for event in (collected("s", "x", T(1, 7), f"c{turn}"), away(f"c{turn}")):
                post(service, [event])
                await_judged(uri, T(3, 6))
        # Both ways in one batch, told twice, or with another body: no row.
        post(service, [collected("s", "x", T(1, 7), "both"), away("both")])
        post(service, [collected("s", "x", T(1, 7), "both")])
        other = collected("s", "x", T(1, 8), "both")
        assert ok(service.post_events([other]))["conflict"] == 1
        await_judged(uri, T(3, 6))
        items = pages(service, VERDICTS)
        assert [v["state"] for v in reversed(items)] == ["mild", "clear"] * 2 + ["mild"]
        assert [v["cause"] for v in reversed(items)] == ["checkpoint"] + [
            "late_event", "retraction"] * 2
        for older, newer in zip(items[1:], items):
            assert older["ended_at"] == newer["recorded_at"] and newer["cause"] == older["ended_cause"]
            for at, standing in ((instant(newer["recorded_at"]) - MICROSECOND, older),
                                 (instant(newer["recorded_at"]), newer)):
                query = f"?known_at={exact(at)}&status=standing"
                item, = ok(service.get(VERDICTS + query))["items"]
                assert item == {**standing, "status": "standing", "ended_at": None,
                                "ended_cause": None}
                in_force = [r for r in ok(service.get(f"{RESTRICTIONS}?known_at={exact(at)}"))["items"]
                            if r["in_force"]]
                assert bool(in_force) == (standing["state"] == "mild"), (exact(at), in_force)


def test_two_services_told_and_asked_over_a_checkpoint__one_chain_of_rows():
    uri = scene(rules(mark(24), mark(48, "severe")))
    with Service(uri, clock_start=T(1, 20), migrate=False) as service:
        post(service, [placed("s", str(i), T(1, 5)) for i in range(24)])

    def feed(service, first):
        for i in range(first, 20, 2):
            post(service, [collected("s", str(i), T(1, 7))])
            ok(service.post(VERDICTS + "/recompute", {"from": "2024-01-01", "to": "2024-01-10"}))

    for day in (3, 4):
        clock = T(day) - 2 * SECOND
        with Service(uri, clock_start=clock, migrate=False) as a, \
                Service(uri, clock_start=clock, migrate=False) as b:
            if day == 3:
                in_threads(2, lambda first: feed((a, b)[first], first))
            await_judged(uri, T(day))
    assert rows(uri, "hours, state, overdue", "ended_at IS NULL") == [
        ["24", "3", "4"], ["48", "4", "4"]]
    broken = psql(uri, "SELECT seq FROM (SELECT seq, ended_at, lead(recorded_at) OVER chain AS next, "
                  "overdue, lead(overdue) OVER chain AS later FROM verdicts WINDOW chain AS "
                  "(PARTITION BY hours ORDER BY seq)) v WHERE ended_at IS DISTINCT FROM next "
                  "OR overdue = later")
    assert broken == [], broken


# --- rules that change ------------------------------------------------------------------------


def test_version_that_takes_effect_while_nobody_runs__judges_as_if_somebody_had():
    uri = scene(rules(mark(24, over=90), mark(48, over=90)))
    with Service(uri, clock_start=T(1, 12), migrate=False) as service:
        post(service, [placed("s", "x", T(1, 5)), placed("s", "y", T(1, 5)),
                       collected("s", "y", T(1, 6))])
        policy = ok(service.get("/v1/policies/jd"))
        ok(service.put(f"/v1/policies/jd?effective_at={text(T(3, 12))}", {
            **policy, "backlog": rules(mark(24, "severe"), mark(48, "severe"))}))
    with Service(uri, clock_start=T(6), migrate=False) as service:
        await_judged(uri, T(6))
        states = {v["hours"]: v["state"] for v in pages(service, VERDICTS)}
        past = ok(service.get(f"/v1/stores/s/backlog?as_of={text(T(4))}"))
    assert states == {24: "clear", 48: "severe"}, states
    assert past["policy"]["version"] == policy["version"] + 1, past["policy"]


# --- recompute --------------------------------------------------------------------------------


def test_recompute_right_after_a_backfill__is_what_the_rows_are_from():
    uri = scene(rules(mark(24)), T(20))
    with Service(uri, clock_start=T(20), migrate=False) as service:
        days = {"from": "2024-01-01", "to": "2024-01-14"}
        for day in range(1, 4):  # at once: before the change itself is looked at
            post(service, [placed("s", str(day), T(day, 5))])
            ok(service.post(VERDICTS + "/recompute", days))
        assert {(v["cause"], v["status"]) for v in pages(service, VERDICTS)} == {
            ("recompute", "standing")}, pages(service, VERDICTS)
        assert ok(service.post(VERDICTS + "/recompute", days)) == {"judged": 3, "added": 0, "revoked": 0}


if __name__ == "__main__":
    main()
