#!/usr/bin/env python3
"""POST …/backlog/simulate: the backlog before and after, against arithmetic of its own.

The expected numbers are counted here from the orders by the formulas of the contract; they share
nothing with the service.
"""

import datetime
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness
from harness import Service, ev, new_database

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime(2024, 1, 4, 10, 0, tzinfo=SHANGHAI)
HOUR = datetime.timedelta(hours=1)
RULES = {48: ("warned", 15, False), 72: ("mild", 10, True), 120: ("severe", 10, True)}
PATH = "/v1/stores/s1/backlog/simulate"


def day(number):
    return datetime.datetime(2024, 1, number, tzinfo=SHANGHAI)


class Order:
    def __init__(self, name, t0, collected=None, cancelled=None, **members):
        self.name, self.t0, self.collected, self.cancelled = name, t0, collected, cancelled
        self.members, self.exempt = members, False

    def events(self):
        data = {"store": "s1", "order": self.name}
        yield ev("order.placed", self.t0, {**data, "paid_at": self.t0, **self.members})
        if self.collected is not None:
            yield ev("order.collected", self.collected, data)
        if self.cancelled is not None:
            yield ev("order.cancelled", self.cancelled, data)


def holds(hours, overdue, eligible):
    _, percent, inclusive = RULES[hours]
    if eligible == 0:
        return False
    share, limit = 100 * overdue, percent * eligible
    return share >= limit if inclusive else share > limit


def ratio(count, of):
    if of == 0:
        return None
    units = (20000 * count + of) // (2 * of)
    return f"{units // 10000}.{units % 10000:04d}"


def expected_mark(orders, cohort, hours):
    """A cohort's mark at NOW, by the contract; `collected` may lie ahead."""
    checkpoint = day(cohort + 1) + hours * HOUR
    eligible = overdue = still_open = at_risk = exempt = cancelled = 0
    for order in orders:
        mark = order.t0 + hours * HOUR
        if order.exempt:
            exempt += 1
            continue
        if order.cancelled and order.cancelled <= mark and not (
                order.collected and order.collected < order.cancelled):
            cancelled += 1
            continue
        eligible += 1
        if order.collected and order.collected <= mark:
            continue
        if NOW <= mark:
            at_risk += 1
            continue
        overdue += 1
        ahead = checkpoint if NOW < checkpoint else None
        seen = [end for end in (order.collected, order.cancelled) if end is not None]
        # What is to be collected before the checkpoint will not be open at it.
        still_open += not any(end <= (ahead or checkpoint) for end in seen)
    worst, name = overdue + at_risk, RULES[hours][0]
    collect = next(k for k in range(worst + 1) if not holds(hours, worst - k, eligible))
    excuse = next(k for k in range(worst + 1) if not holds(hours, worst - k, eligible - k))

    def state(count):
        if len(orders) <= 300 or eligible == 0:
            return "not_assessed"
        return name if holds(hours, count, eligible) else "clear"

    pending = NOW < checkpoint
    return {"eligible": eligible, "exempt": exempt, "cancelled": cancelled, "overdue": overdue,
            "overdue_still_open": still_open, "at_risk": at_risk,
            "ratio": ratio(overdue, eligible), "ratio_worst": ratio(worst, eligible),
            "state": "pending" if pending else state(overdue),
            "worst_state": state(worst if pending else overdue),
            "inevitable": holds(hours, overdue, eligible),
            "collect_to_clear": collect if collect <= at_risk else None,
            "exempt_to_clear": excuse}


def check_marks(body, side, cohorts):
    compared = 0
    for cohort in body["cohorts"]:
        number = int(cohort["day"][-2:])
        orders = cohorts.get(number, []) if cohort["day"].startswith("2024-01") else []
        if not orders:
            continue
        for mark in cohort["marks"]:
            expected = expected_mark(orders, number, mark["hours"])
            where = side, cohort["day"], mark["hours"]
            assert mark[side] == expected, (*where, mark[side], expected)
            compared += 1
    assert compared == 3 * len(cohorts), compared


def by_day(orders):
    cohorts = {}
    for order in orders:
        cohorts.setdefault(order.t0.day, []).append(order)
    return cohorts


def fill(service, orders):
    # The arithmetic below knows no trend: that one has tests of its own.
    document = service.get("/v1/policies/jd").json()
    document["backlog"]["marks"][0]["trend"] = False
    assert service.put("/v1/policies/jd", document).status == 200
    service.put_store("s1")
    answer = service.post_events([event for order in orders for event in order.events()])
    assert answer.status == 200 and answer.json()["rejected"] == 0, answer
    return orders


def simulate(service, **body):
    if isinstance(body.get("by"), datetime.datetime):
        body["by"] = body["by"].isoformat()
    answer = service.post(PATH + "?as_of=2024-01-04T02:00:00Z", body)
    assert answer.status == 200, answer
    return answer.json()


def january():
    """1 January: 400 orders of which 30 are overdue for 72 h at 10:00 on the fourth, and 50 are not
    yet. 2 January: 400, of which 60 are open and overdue for 48 h or about to be."""
    orders = [Order(f"A{i:03}", day(1) + 8 * HOUR, day(1) + 18 * HOUR) for i in range(320)]
    orders += [Order(f"B{i:03}", day(1) + 9 * HOUR) for i in range(30)]
    orders += [Order(f"C{i:03}", day(1) + 11 * HOUR + i * HOUR / 10) for i in range(50)]
    orders += [Order(f"D{i:03}", day(2) + 8 * HOUR, day(2) + 18 * HOUR) for i in range(338)]
    orders += [Order(f"E{i:03}", day(2) + 9 * HOUR + i * HOUR / 10) for i in range(60)]
    orders += [Order(f"F{i}", day(2) + 9 * HOUR, None, day(3)) for i in range(2)]
    return orders


# --- lists ------------------------------------------------------------------------------------


def test_listed_orders_are_taken_as_collected():
    with Service(new_database(), clock_start=NOW) as service:
        orders = fill(service, january())
        by = day(4) + 12 * HOUR
        names = [order.name for order in orders if order.name[0] in "BC"]
        body = simulate(service, collect=names, by=by)
        check_marks(body, "before", by_day(orders))
        # 12:00 is behind the 72 h mark of C000 to C009, but not behind 120 h.
        assert {r["result"] for r in body["results"]} == {"applied"}
        assert [r["order"] for r in body["results"]] == names
        assert body["collect"] == {"asked": 80, "applied": 80}
        assert body["exempt"] == {"asked": 0, "applied": 0}
        for order in orders:
            if order.name in names:
                order.collected = by
        check_marks(body, "after", by_day(orders))
        # 30 are overdue and 10 come too late: 40 of 400 are mild.
        mark = body["cohorts"][3]["marks"][1]
        assert mark["after"]["worst_state"] == "mild" and mark["after"]["at_risk"] == 10
        # 1 January was warned, for 80 of 400 at 48 h: that stays.
        assert body["level"] == {"before": "warning", "after": "warning"}
        # Of 2 January 60 of 398 open ones are more than 15 % and 10 %.
        assert body["worst_level"] == {"before": "severe", "after": "severe"}


def test_results_say_why():
    with Service(new_database(), clock_start=NOW) as service:
        orders = fill(service, january() + [
            Order("OLD", datetime.datetime(2023, 12, 20, 10, tzinfo=SHANGHAI)),
            Order("TEST", day(3), test=True), Order("SOON", day(4) + 9 * HOUR)])
        wanted = {"A000": "already_collected", "F0": "cancelled", "OLD": "not_listed",
                  "TEST": "not_counted", "NONE": "not_found", "B000": "applied"}
        for action in ("collect", "exempt"):
            body = simulate(service, **{action: list(wanted)})
            assert {r["order"]: r["result"] for r in body["results"]} == wanted, body["results"]
            assert {r["action"] for r in body["results"]} == {action}
            assert body[action] == {"asked": 6, "applied": 1}
        # Every mark of 1 January passes before the seventh.
        body = simulate(service, collect=["B000", "SOON"], exempt=["B001"], by=day(7))
        assert [r["result"] for r in body["results"]] == ["too_late", "applied", "applied"]
        body = simulate(service, collect=["B000", "E000"], cohort="2024-01-02")
        assert [r["result"] for r in body["results"]] == ["not_listed", "applied"]
        assert len(orders) == 803


def test_exactly_at_the_mark_is_in_time():
    with Service(new_database(), clock_start=NOW) as service:
        fill(service, january())
        mark = day(4) + 11 * HOUR  # of C000, 72 h
        for by, at_risk in ((mark, 49), (mark + datetime.timedelta(microseconds=1), 50)):
            body = simulate(service, collect=["C000"], by=by)
            assert body["cohorts"][3]["marks"][1]["after"]["at_risk"] == at_risk, by


# --- counts -----------------------------------------------------------------------------------


def test_so_many_are_collected_by_deadline():
    """At 10:00 the first to pass are the 48 h marks of E010 and later, one every six minutes, and
    from 11:00 the 72 h marks of C000 and later between them; equal ones by t0, C before E."""
    with Service(new_database(), clock_start=NOW) as service:
        for count in (1, 10, 11, 30, 75, 140, 500):
            orders = january()
            if count == 1:
                fill(service, orders)
            body = simulate(service, collect=count)
            deadline = {}
            for order in orders:
                if order.name[0] in "BCE":
                    marks = [order.t0 + hours * HOUR for hours in RULES]
                    deadline[order] = min(mark for mark in marks if mark >= NOW)
            chosen = sorted(deadline, key=lambda order: (deadline[order], order.t0))[:count]
            for order in chosen:
                order.collected = NOW
            assert body["collect"] == {"asked": count, "applied": min(count, 140)}
            assert body["results"] == []
            check_marks(body, "after", by_day(orders))


def test_so_many_are_excused_overdue_first():
    """First what is overdue at a pending mark: B (72 h) and E000 to E009 (48 h); then C (48 h,
    whose checkpoint is behind); then the rest of E."""
    with Service(new_database(), clock_start=NOW) as service:
        for count in (3, 40, 41, 90, 140, 200):
            orders = january()
            if count == 3:
                fill(service, orders)
            body = simulate(service, exempt=count)
            ranked = [order for order in orders if order.name[0] == "B"]
            ranked += [order for order in orders if "E000" <= order.name <= "E009"]
            ranked += [order for order in orders if order.name[0] == "C"]
            ranked += [order for order in orders if "E010" <= order.name <= "E999"]
            for order in ranked[:count]:
                order.exempt = True
            assert body["exempt"] == {"asked": count, "applied": min(count, 140)}
            check_marks(body, "after", by_day(orders))


def test_both_in_one_question():
    with Service(new_database(), clock_start=NOW) as service:
        orders = fill(service, january())
        body = simulate(service, exempt=["B000", "B001"], collect=45, cohort="2024-01-01")
        for order in orders:
            if order.name in ("B000", "B001"):
                order.exempt = True
            elif "C000" <= order.name <= "C044":
                order.collected = NOW
        check_marks(body, "after", by_day(orders))
        assert body["collect"]["applied"] == 45 and body["exempt"]["applied"] == 2


# --- the table of the rule --------------------------------------------------------------------

# eligible, overdue, (collect, exempt) for mild, for warning
VECTORS = [(301, 30, 0, 0, 0, 0), (301, 31, 1, 2, 0, 0), (301, 46, 16, 18, 1, 1),
           (310, 31, 1, 1, 0, 0), (320, 48, 17, 18, 0, 0), (320, 49, 18, 19, 1, 2),
           (400, 120, 81, 89, 60, 71)]


def test_ways_out_lead_out():
    for eligible, overdue, collect, exempt, *warning in VECTORS:
        with Service(new_database(), clock_start=NOW) as service:
            collected = [None] * overdue + [day(3) + 18 * HOUR] * (eligible - overdue)
            fill(service, [Order(f"A{i:03}", day(3) + 8 * HOUR, at)
                           for i, at in enumerate(collected)])
            for index, (action, count) in enumerate((("collect", collect), ("exempt", exempt),
                                                     ("collect", warning[0]),
                                                     ("exempt", warning[1]))):
                hit, mark = (("mild", 1), ("warned", 0))[index // 2]
                for done in {max(count - 1, 0), count}:
                    body = simulate(service, **{action: done})
                    after = body["cohorts"][5]["marks"][mark]["after"]
                    expected = "clear" if done == count else hit
                    assert after["worst_state"] == expected, (eligible, overdue, action, done)
                    if done == count:
                        assert after["collect_to_clear"] == 0 == after["exempt_to_clear"]


def test_an_exemption_ends_a_restriction():
    with Service(new_database(), clock_start=day(5) + 10 * HOUR) as service:
        fill(service, [Order(f"A{i:03}", day(1) + 8 * HOUR, day(1) + 18 * HOUR if i >= 50 else None)
                       for i in range(400)])
        # 39 of 389 are 10.03 %, 38 of 388 are 9.79 %.
        for count, level in ((11, "mild"), (12, "none")):
            body = service.post(PATH, {"exempt": count, "cohort": "2024-01-01"}).json()
            assert body["level"] == {"before": "mild", "after": level}, (count, body["level"])
        assert service.get("/v1/stores/s1/backlog").json()["level"] == "mild"


# --- refusals ---------------------------------------------------------------------------------


def test_bad_questions_are_pointed_at():
    with Service(new_database(), clock_start=NOW) as service:
        fill(service, january()[:3])
        for body, pointer in (({}, ""), ({"collect": "A1"}, "/collect"),
                              ({"collect": [1]}, "/collect/0"), ({"exempt": -1}, "/exempt"),
                              ({"exempt": 1.5}, "/exempt"), ({"collect": ["A", "A"]}, "/collect/1"),
                              ({"collect": ["A"], "exempt": ["B", "A"]}, "/exempt/1"),
                              ({"collect": 1, "by": "tomorrow"}, "/by"),
                              ({"collect": 1, "by": "2024-01-04T09:59:59+08:00"}, "/by"),
                              ({"collect": 1, "cohort": "2023-12-28"}, "/cohort"),
                              ({"collect": 1, "cohort": "2024-01-05"}, "/cohort"),
                              ({"collect": 1, "cohort": "monday"}, "/cohort"),
                              ({"collect": ["x"] * 1001}, "/collect"),
                              ({"collect": 1, "why": 2}, "/why")):
            answer = service.post(PATH, body)
            assert answer.status == 422, (body, answer)
            assert answer.json()["errors"][0]["pointer"] == pointer, (body, answer)


if __name__ == "__main__":
    harness.main()
