#!/usr/bin/env python3
"""What happens to a cohort's verdict when its past changes: every row of the D-doc's table 3.2,
before an order's mark, between mark and checkpoint, and after the checkpoint; and with delay
reports. Written by hand: 20 orders of 2 January (UTC), two of them uncollected are 10 %."""

import json
import time
import urllib.parse

from harness import Service, ev, main, new_database, psql, verify

# One mark: 72 hours, mild from 10 % on, 72 hours of demotion. t0 at 10:00 on the 2nd: the mark of
# each order is the 5th at 10:00, the checkpoint the 6th at 00:00.
MARKS = [{"hours": 72, "level": "mild", "over_percent": 10, "inclusive": True,
          "restriction": {"kind": "search_demotion", "percent": 75, "hours": 72}}]
BEFORE_MARK = "2024-01-04T12:00:00Z"
AFTER_MARK = "2024-01-05T12:00:00Z"
CHECKPOINT = "2024-01-06T00:00:00Z"
AFTERWARDS = "2024-01-06T12:00:00Z"
T0 = "2024-01-02T10:00:00Z"
DEADLINE_SECONDS = 60


def order(id, t0=T0):
    return ev("order.placed", t0, {"store": "s1", "order": id, "paid_at": t0})


def collected(id, at, **more):
    return ev("order.collected", at, {"store": "s1", "order": id}, **more)


def cancelled(id, at):
    return ev("order.cancelled", at, {"store": "s1", "order": id, "by": "buyer"})


def cohort(open_orders):
    events = []
    for i in range(20):
        events.append(order(f"A{i}"))
        if i >= open_orders:
            events.append(collected(f"A{i}", "2024-01-03T10:00:00Z"))
    return events


def ok(answer, status=200):
    assert answer.status == status, answer
    return answer.json()


def await_judged(uri, through):
    deadline = time.monotonic() + DEADLINE_SECONDS
    ask = ("select not exists (select from verdicts_changed) and exists (select from store_watch "
           f"where judged_through >= '{through}')")
    while psql(uri, ask) != [["t"]]:
        assert time.monotonic() < deadline, "never judged"
        time.sleep(0.05)


class Course:
    """A store s1 whose service is run at one instant after the other."""

    def __init__(self, open_orders, basis="strict"):
        self.uri = new_database()
        with Service(self.uri, clock_start=BEFORE_MARK) as service:
            policy = ok(service.get("/v1/policies/jd"))
            backlog = {"min_orders": 1, "overdue_basis": basis, "marks": MARKS}
            ok(service.put("/v1/policies/jd", {**policy, "backlog": backlog}))
            service.put_store("s1", time_zone="UTC")
            ok(service.post_events(cohort(open_orders)))

    def at(self, clock, *events, then=None):
        """Runs the service there, posts, and waits until it has judged; gives the backlog's mark."""
        with Service(self.uri, clock_start=clock, migrate=False) as service:
            if events:
                ok(service.post_events(list(events)))
            answer = then(service) if then else None
            await_judged(self.uri, clock)
            cohorts = ok(service.get("/v1/stores/s1/backlog"))["cohorts"]
            self.mark = next(c for c in cohorts if c["day"] == "2024-01-02")["marks"][0]
            self.verdicts = ok(service.get(
                "/v1/stores/s1/verdicts?from=2024-01-02&to=2024-01-02"))["items"]
            self.restrictions = ok(service.get("/v1/stores/s1/restrictions"))["items"]
            self.types = [(n["type"], n["data"].get("cause")) for n in reversed(ok(service.get(
                "/v1/stores/s1/notifications?limit=100"))["items"])]
        return answer

    def history(self):
        """(state, exempt, eligible, overdue, status, cause, ended cause), oldest first."""
        rows = sorted(self.verdicts, key=lambda row: row["recorded_at"])
        return [(row["state"], row["exempt"], row["eligible"], row["overdue"], row["status"],
                 row["cause"], row["ended_cause"]) for row in rows]

    def clean(self):
        status, printed = verify(self.uri)
        assert status == 0, printed


def file_and_approve(orders=None, **members):
    def then(service):
        body = {"scope": "orders", "kind": "emergency", "reason": "weather", **members}
        if orders:
            body["orders"] = orders
        report = ok(service.post("/v1/stores/s1/delay-reports", body), 201)
        assert all(line["result"] == "accepted" for line in report["orders"]), report
        ok(service.post(f"/v1/stores/s1/delay-reports/{report['id']}/approve"))
        return report["id"]
    return then


def decide(report, what):
    return lambda service: ok(service.post(f"/v1/stores/s1/delay-reports/{report}/{what}"))


def counts(mark):
    return mark["state"], mark["eligible"], mark["exempt"], mark["overdue"]


# --- the table --------------------------------------------------------------------------------


def test_pick_up_before_the_mark__is_safe():
    course = Course(2)
    course.at(BEFORE_MARK, collected("A0", BEFORE_MARK))
    course.at(CHECKPOINT)
    assert counts(course.mark) == ("clear", 20, 0, 1)


def test_pick_up_after_the_mark__is_overdue_unless_the_reading_is_lenient():
    for basis, state in (("strict", "mild"), ("lenient", "clear")):
        course = Course(2, basis)
        course.at(AFTER_MARK, collected("A0", "2024-01-05T10:00:00.000001Z"))
        course.at(CHECKPOINT)
        assert course.mark["state"] == state and course.mark["readings_disagree"], course.mark


def test_pick_up_after_the_checkpoint__changes_nothing():
    for basis in ("strict", "lenient"):
        course = Course(2, basis)
        course.at(CHECKPOINT)
        course.at(AFTERWARDS, collected("A0", "2024-01-06T00:00:00.000001Z"))
        assert course.history() == [("mild", 0, 20, 2, "standing", "checkpoint", None)]


def test_cancellation():
    course = Course(2)
    course.at(BEFORE_MARK, cancelled("A0", BEFORE_MARK))
    course.at(CHECKPOINT)
    assert counts(course.mark) == ("clear", 19, 0, 1), "it leaves the eligible ones"
    course = Course(2)
    course.at(AFTER_MARK, cancelled("A0", "2024-01-05T10:00:00.000001Z"))
    course.at(CHECKPOINT)
    assert counts(course.mark) == ("mild", 20, 0, 2), "the breach stays"
    course = Course(2)
    course.at(CHECKPOINT)
    course.at(AFTERWARDS, cancelled("A0", AFTERWARDS))
    assert course.history() == [("mild", 0, 20, 2, "standing", "checkpoint", None)]


def test_exemption_before_the_checkpoint__leaves_both():
    for when in (BEFORE_MARK, AFTER_MARK):
        course = Course(2)
        course.at(when, then=file_and_approve(["A0"]))
        course.at(CHECKPOINT)
        assert counts(course.mark) == ("clear", 19, 1, 1)
        assert course.history() == [("clear", 1, 19, 1, "standing", "checkpoint", None)]
        course.clean()


def test_exemption_after_the_checkpoint__revokes_and_the_revocation_brings_it_back():
    course = Course(2)
    course.at(CHECKPOINT)
    assert course.history() == [("mild", 0, 20, 2, "standing", "checkpoint", None)]
    assert [(r["from"], r["to"], r["revoked"]) for r in course.restrictions] == [
        (CHECKPOINT, "2024-01-09T00:00:00Z", False)]
    report = course.at(AFTERWARDS, then=file_and_approve(["A0"]))
    assert course.history() == [
        ("mild", 0, 20, 2, "revoked", "checkpoint", "exemption"),
        ("clear", 1, 19, 1, "standing", "exemption", None)]
    restriction, = course.restrictions
    assert restriction["revoked"] and restriction["to"] < "2024-01-06T12:01:00Z", restriction
    assert ("backlog.verdict_revoked", "exemption") in course.types, course.types
    course.at("2024-01-06T15:00:00Z", then=decide(report, "revoke"))
    history = course.history()
    assert history[-1] == ("mild", 0, 20, 2, "standing", "revocation", None), history
    last = max(course.verdicts, key=lambda row: row["recorded_at"])
    assert last["checkpoint"] == CHECKPOINT and last["recorded_at"] > "2024-01-06T15:00:00Z"
    # what was known at an instant, and what is true for it by now
    with Service(course.uri, clock_start="2024-01-07T00:00:00Z", migrate=False) as service:
        for known_at, states in (("2024-01-06T11:00:00Z", {("mild", "standing")}),
                                 ("2024-01-06T14:00:00Z", {("mild", "revoked"), ("clear", "standing")})):
            items = ok(service.get("/v1/stores/s1/verdicts?known_at="
                                   + urllib.parse.quote(known_at)))["items"]
            assert {(row["state"], row["status"]) for row in items
                    if row["day"] == "2024-01-02"} == states, items
        for as_of, expected in (("2024-01-06T11:00:00Z", ("mild", 20, 0, 2)),
                                ("2024-01-06T14:00:00Z", ("clear", 19, 1, 1)),
                                ("2024-01-06T16:00:00Z", ("mild", 20, 0, 2))):
            cohorts = ok(service.get(f"/v1/stores/s1/backlog?as_of={as_of}"))["cohorts"]
            assert counts(next(c for c in cohorts if c["day"] == "2024-01-02")["marks"][0]) == expected
    course.clean()


def test_exemption_of_a_period_after_the_checkpoint():
    course = Course(20)
    course.at(CHECKPOINT)
    assert course.history() == [("mild", 0, 20, 20, "standing", "checkpoint", None)]
    period = {"from": T0, "to": "2024-01-02T10:00:01Z"}
    report = course.at(AFTERWARDS, then=file_and_approve(scope="store", period=period))
    assert course.history()[1:] == [("not_assessed", 20, 0, 0, "standing", "exemption", None)]
    course.at("2024-01-06T13:00:00Z", then=decide(report, "revoke"))
    assert course.history()[2:] == [("mild", 0, 20, 20, "standing", "revocation", None)]
    course.clean()


def test_late_event__revokes_and_a_rejected_report_does_not():
    course = Course(2)
    course.at(CHECKPOINT)

    def reject(service):
        body = {"scope": "orders", "kind": "emergency", "reason": "weather", "orders": ["A0", "A1"]}
        report = ok(service.post("/v1/stores/s1/delay-reports", body), 201)["id"]
        ok(service.post(f"/v1/stores/s1/delay-reports/{report}/reject"))
    course.at(AFTERWARDS, then=reject)
    assert len(course.history()) == 1
    course.at("2024-01-06T18:00:00Z", collected("A0", "2024-01-05T10:00:00Z"))
    assert course.history() == [
        ("mild", 0, 20, 2, "revoked", "checkpoint", "late_event"),
        ("clear", 0, 20, 1, "standing", "late_event", None)]


# --- beside it --------------------------------------------------------------------------------


def test_contacts_that_urge():
    def contact(id, order, opened, reason="urge"):
        return ev("ticket.opened", opened, {"store": "s1", "ticket": id, "kind": "chat",
                                            "order": order, "reason": reason})
    course = Course(2)
    course.at(AFTERWARDS, contact("t1", "A0", BEFORE_MARK), contact("t2", "A1", CHECKPOINT),
              contact("t3", "A1", "2024-01-06T00:00:01Z"), contact("t4", "A1", BEFORE_MARK, "size"),
              contact("t5", "nobody's", BEFORE_MARK))
    assert [row["urging"] for row in course.verdicts] == [2]
    with Service(course.uri, clock_start=AFTERWARDS, migrate=False) as service:
        for as_of, urging in (("2024-01-04T11:59:59Z", 0), (BEFORE_MARK, 1), (AFTERWARDS, 3)):
            cohorts = ok(service.get(f"/v1/stores/s1/backlog?as_of={as_of}"))["cohorts"]
            assert {c["day"]: c["urging"] for c in cohorts if c["urging"]} == (
                {"2024-01-02": urging} if urging else {}), (as_of, cohorts)
    course.clean()


def test_every_decision_is_told():
    course = Course(2)
    report = course.at(BEFORE_MARK, then=file_and_approve(["A0"]))
    course.at(AFTER_MARK, then=decide(report, "revoke"))
    with Service(course.uri, clock_start=AFTERWARDS, migrate=False) as service:
        notices = ok(service.get("/v1/stores/s1/notifications?type=delay_report.changed"))["items"]
        assert [(n["data"]["report"], n["data"]["status"]) for n in reversed(notices)] == [
            (report, "pending"), (report, "approved"), (report, "revoked")], json.dumps(notices)


if __name__ == "__main__":
    main()
