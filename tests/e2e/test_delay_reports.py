#!/usr/bin/env python3
"""Delay reports: filing, deciding, what they excuse. What is expected is written by hand, from the
contract's section 7 and the D-doc's section 4."""

import json

from harness import Service, ev, main, new_database, run_windvane, verify

NOW = "2024-01-05T12:00:00+08:00"


def order(store, id, paid, **data):
    return ev("order.placed", paid, {"store": store, "order": id, "paid_at": paid, **data})


def collected(store, id, at):
    return ev("order.collected", at, {"store": store, "order": id})


def cancelled(store, id, at):
    return ev("order.cancelled", at, {"store": store, "order": id, "by": "buyer"})


def at(day, clock="10:00"):
    return f"2024-01-{day:02}T{clock if clock.count(':') == 2 else clock + ':00'}+08:00"


def ok(answer, status=200):
    assert answer.status == status, answer
    return answer.json()


class Shop:
    """A service at noon of 5 January (Shanghai), a store s1, a merchant and a reviewer."""

    def __init__(self, now=NOW, policy=None, uri=None):
        self.uri = uri or new_database()
        self.service = Service(self.uri, clock_start=now)
        self.policy = policy

    def __enter__(self):
        self.service.__enter__()
        if self.policy:
            ok(self.service.get("/v1/policies/jd"))
            ok(self.service.put(f"/v1/policies/{self.policy['id']}", self.policy), 201)
        self.service.put_store("s1", **({"policy": self.policy["id"]} if self.policy else {}))
        self.merchant = self.key("merchant")
        self.reviewer = self.key("reviewer")
        return self

    def __exit__(self, *failure):
        self.service.__exit__(*failure)

    def key(self, role, stores=("s1",)):
        answer = self.service.post_json(
            "/v1/keys", {"role": role, "name": role, **({"stores": list(stores)} if stores else {})})
        return ok(answer, 201)["key"]

    def post(self, events):
        answer = ok(self.service.post_events(events))
        assert answer["accepted"] == len(events), answer

    def file(self, orders=None, dry_run=False, key=None, status=None, **members):
        body = {"scope": "orders", "kind": "emergency", "reason": "weather",
                "evidence": [{"url": "https://example.org/storm.jpg"}], **members}
        if orders is not None:
            body["orders"] = orders
        path = "/v1/stores/s1/delay-reports" + ("?dry_run=true" if dry_run else "")
        answer = self.service.post(path, body, key=key or self.merchant)
        return ok(answer, status or (200 if dry_run else 201))

    def decide(self, report, what, key=None, note=None, status=200):
        key = key or (self.merchant if what == "withdraw" else self.reviewer)
        body = None if note is None else {"note": note}
        path = f"/v1/stores/s1/delay-reports/{report}/{what}"
        return ok(self.service.post(path, body, key=key), status)

    def mark(self, day, hours, as_of=None):
        path = "/v1/stores/s1/backlog" + (f"?as_of={as_of.replace('+', '%2B')}" if as_of else "")
        backlog = ok(self.service.get(path))
        cohort = next(c for c in backlog["cohorts"] if c["day"] == f"2024-01-{day:02}")
        return next(m for m in cohort["marks"] if m["hours"] == hours)

    def clean(self):
        status, printed = verify(self.uri)
        assert status == 0, printed


def results(answer, member="orders"):
    return [(line.get("order") or line.get("ticket"), line["result"]) for line in answer[member]]


def counts(mark):
    return {name: mark[name] for name in ("eligible", "exempt", "cancelled", "overdue", "at_risk")}


def test_each_order_has_its_result():
    with Shop() as shop:
        shop.post([
            order("s1", "open", at(3)),
            order("s1", "collected", at(3)), collected("s1", "collected", at(4)),
            order("s1", "cancelled", at(3)), cancelled("s1", "cancelled", at(4)),
            order("s1", "oldest", "2023-12-30T00:00:00+08:00"),
            order("s1", "too old", "2023-12-29T23:59:59.999999+08:00"),
            order("s1", "test", at(3), test=True),
            ev("order.placed", at(3), {"store": "s1", "order": "unpaid"}),
        ])
        asked = ["open", "collected", "cancelled", "oldest", "too old", "nobody's", "test", "unpaid",
                 "open"]
        expected = [("open", "accepted"), ("collected", "already_collected"),
                    ("cancelled", "cancelled"), ("oldest", "accepted"), ("too old", "too_old"),
                    ("nobody's", "not_found"), ("test", "not_counted"), ("unpaid", "not_counted"),
                    ("open", "duplicate")]
        tried = shop.file(asked, dry_run=True)
        assert tried["id"] is None and results(tried) == expected, tried
        filed = shop.file(asked)
        assert filed["status"] == "pending" and results(filed) == expected, filed
        assert filed["covers"] == 2
        shop.decide(filed["id"], "approve")
        again = shop.file(asked)
        assert results(again)[0] == ("open", "already_exempt"), again
        shop.clean()


def test_what_an_approval_moves():
    with Shop() as shop:
        # Ten orders of the 2nd, uncollected: on the 5th at noon their 48 hours are over.
        shop.post([order("s1", f"A{i}", at(2, f"1{i}:00")) for i in range(10)])
        before = shop.mark(2, 48)
        assert counts(before) == {"eligible": 10, "exempt": 0, "cancelled": 0, "overdue": 10,
                                  "at_risk": 0}
        filed = shop.file([f"A{i}" for i in range(4)], promised_ship_by=at(8, "18:00"))
        effect = next(e for e in filed["effect"] if (e["day"], e["hours"]) == ("2024-01-02", 48))
        assert counts(effect["before"]) == counts(before)
        assert counts(effect["after"]) == {"eligible": 6, "exempt": 4, "cancelled": 0,
                                           "overdue": 6, "at_risk": 0}
        assert effect["checkpoint"] == "2024-01-04T16:00:00Z"
        assert effect["file_by"] == "2024-01-03T16:00:00Z"
        assert effect["file_by_peak"] == "2024-01-02T16:00:00Z"
        assert shop.mark(2, 48) == before, "a pending report excuses nothing"
        approved = shop.decide(filed["id"], "approve", note="seen")
        assert approved["status"] == "approved"
        assert [(step["status"], step["note"]) for step in approved["history"]] == [
            ("pending", None), ("approved", "seen")]
        assert counts(shop.mark(2, 48)) == counts(effect["after"])
        assert counts(shop.mark(2, 72)) == {"eligible": 6, "exempt": 4, "cancelled": 0,
                                            "overdue": 0, "at_risk": 6}
        # from its submission on: a moment before, nothing was excused
        assert counts(shop.mark(2, 48, at(5, "12:00")))["exempt"] == 0
        assert counts(shop.mark(2, 48, filed["submitted_at"]))["exempt"] == 4
        exempt = ok(shop.service.get("/v1/stores/s1/exemptions"))["items"]
        assert [item["order"] for item in exempt] == ["A0", "A1", "A2", "A3"]
        assert exempt[0]["original_deadline"] == "2024-01-04T02:00:00Z"
        assert exempt[0]["effective_deadline"] == "2024-01-08T10:00:00Z"
        assert exempt[0]["report"] == filed["id"] and not exempt[0]["broken_promise"]
        listed = ok(shop.service.get("/v1/stores/s1/backlog/orders?cohort=2024-01-02&mark=48"
                                     "&state=exempt"))["items"]
        assert [item["order"] for item in listed] == ["A0", "A1", "A2", "A3"]
        one = ok(shop.service.get("/v1/stores/s1/orders/A0"))
        assert one["exemption"]["report"] == filed["id"], one["exemption"]
        assert {m["counts"] for m in one["metrics"] if m["id"] == "on_time_shipping_rate"} == {"out"}
        shop.clean()
        shop.decide(filed["id"], "revoke", note="a fraud")
        assert counts(shop.mark(2, 48)) == counts(before)
        assert ok(shop.service.get("/v1/stores/s1/exemptions"))["items"] == []
        assert counts(shop.mark(2, 48, filed["submitted_at"]))["exempt"] == 4, "until the revocation"
        shop.clean()
        rebuilt = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": shop.uri})
        assert rebuilt.returncode == 0, rebuilt
        shop.clean()
        assert counts(shop.mark(2, 48)) == counts(before)


def test_a_period_of_the_store():
    with Shop() as shop:
        shop.post([order("s1", "before", at(3, "09:59:59")), order("s1", "first", at(3, "10:00")),
                   order("s1", "last", at(3, "11:59:59")), order("s1", "after", at(3, "12:00"))])
        filed = shop.file(scope="store", period={"from": at(3, "10:00"), "to": at(3, "12:00")})
        assert filed["covers"] == 2 and filed["orders"] == []
        effect = next(e for e in filed["effect"] if (e["day"], e["hours"]) == ("2024-01-03", 48))
        assert (effect["after"]["exempt"], effect["after"]["eligible"]) == (2, 2)
        shop.decide(filed["id"], "approve")
        assert counts(shop.mark(3, 48))["exempt"] == 2
        # an order that arrives afterwards with its t0 in the period is excused as well
        shop.post([order("s1", "late to arrive", at(3, "11:00"))])
        assert counts(shop.mark(3, 48)) == {"eligible": 2, "exempt": 3, "cancelled": 0,
                                            "overdue": 2, "at_risk": 0}
        assert [item["order"] for item in ok(shop.service.get(
            "/v1/stores/s1/exemptions"))["items"]] == ["first", "late to arrive", "last"]
        shop.clean()
        shop.decide(filed["id"], "revoke")
        assert counts(shop.mark(3, 48))["exempt"] == 0
        shop.clean()


def test_what_may_be_decided_and_by_whom():
    with Shop() as shop:
        shop.post([order("s1", f"A{i}", at(3)) for i in range(4)])
        reports = [shop.file([f"A{i}"])["id"] for i in range(4)]
        admin = shop.key("admin", [])
        # roles
        for what in ("approve", "reject", "revoke"):
            shop.decide(reports[0], what, key=shop.merchant, status=403)
        shop.decide(reports[0], "withdraw", key=shop.reviewer, status=403)
        answer = shop.service.post("/v1/stores/s1/delay-reports", {}, key=shop.reviewer)
        assert answer.status == 403, answer
        # nobody reviews what he filed
        own = shop.file(["A3"], key=admin)["id"]
        refused = shop.decide(own, "approve", key=admin, status=403)
        assert refused["detail"] == "who filed a report can only withdraw it", refused
        # every decision, and once more
        for report, what in zip(reports, ("approve", "reject", "withdraw")):
            first = shop.decide(report, what)
            assert shop.decide(report, what) == first
        # and what no longer goes
        wrong = {"approve": ("reject", "withdraw"), "reject": ("approve", "withdraw", "revoke"),
                 "withdraw": ("approve", "reject", "revoke")}
        found = ("approved", "rejected", "withdrawn")
        for report, what, is_now in zip(reports, wrong, found):
            for other in wrong[what]:
                refused = shop.decide(report, other, status=409)
                assert refused["detail"] == f"the report is {is_now}", refused
        shop.decide(reports[3], "revoke", status=409)
        first = shop.decide(reports[0], "revoke")
        assert shop.decide(reports[0], "revoke") == first
        shop.decide(reports[0], "approve", status=409)
        # another store's
        shop.service.put_store("s2")
        elsewhere = shop.key("merchant", ["s2"])
        assert shop.service.get(f"/v1/stores/s1/delay-reports/{own}", key=elsewhere).status == 404
        assert shop.service.get(f"/v1/stores/s2/delay-reports/{own}", key=elsewhere).status == 404
        shop.decide("dr_nothing", "approve", status=404)
        statuses = ok(shop.service.get("/v1/stores/s1/delay-reports"))["items"]
        assert [item["status"] for item in statuses] == [
            "pending", "pending", "withdrawn", "rejected", "revoked"]
        pending = ok(shop.service.get("/v1/stores/s1/delay-reports?status=pending&limit=1"))
        assert pending["items"][0]["id"] == own and pending["next_cursor"]
        rest = ok(shop.service.get("/v1/stores/s1/delay-reports?status=pending&limit=1&cursor="
                                   + pending["next_cursor"]))
        assert [item["id"] for item in rest["items"]] == [reports[3]] and not rest["next_cursor"]
        notices = ok(shop.service.get("/v1/stores/s1/delay-reports"))
        assert len(notices["items"]) == 5


def test_bad_requests_name_the_member():
    with Shop() as shop:
        good = {"scope": "orders", "kind": "emergency", "reason": "weather", "orders": ["A1"]}
        period = {"from": at(5, "13:00"), "to": at(6)}
        cases = [
            ({**good, "scope": "shop"}, "/scope"),
            ({**good, "kind": "urgent"}, "/kind"),
            ({**good, "kind": "advance"}, "/kind"),
            ({name: good[name] for name in ("scope", "kind", "orders")}, "/reason"),
            ({**good, "orders": []}, "/orders"),
            ({**good, "orders": ["A1", 2]}, "/orders/1"),
            ({**good, "period": period}, "/period"),
            ({**good, "promised_ship_by": at(5, "11:59")}, "/promised_ship_by"),
            ({**good, "evidence": [{"url": "ftp://x"}]}, "/evidence/0/url"),
            ({**good, "more": 1}, "/more"),
            ({**good, "scope": "store"}, "/period"),
            ({"scope": "store", "kind": "consent", "reason": "x", "period": period}, "/kind"),
            ({"scope": "store", "kind": "emergency", "reason": "x",
              "period": {"from": at(5), "to": at(5)}}, "/period/to"),
            ({"scope": "store", "kind": "emergency", "reason": "x",
              "period": {"from": "2023-12-29T23:59:59+08:00", "to": at(6)}}, "/period/from"),
            ({"scope": "store", "kind": "emergency", "reason": "x",
              "period": {"from": at(5), "to": at(12, "13:00")}}, "/period/to"),
            ({"scope": "store", "kind": "advance", "reason": "x",
              "period": {"from": at(5, "11:00"), "to": at(6)}}, "/period/from"),
        ]
        for body, pointer in cases:
            answer = shop.service.post("/v1/stores/s1/delay-reports", body)
            assert answer.status == 422, (body, answer)
            pointers = [error["pointer"] for error in answer.json()["errors"]]
            assert pointer in pointers, (body, pointers)
        ok(shop.service.post("/v1/stores/s1/delay-reports?dry_run=true", {
            "scope": "store", "kind": "emergency", "reason": "x",
            "period": {"from": "2023-12-30T00:00:00+08:00", "to": at(12, "12:00")}}))
        ok(shop.service.post("/v1/stores/s1/delay-reports?dry_run=true", {
            "scope": "store", "kind": "advance", "reason": "x", "period": period}))


def test_the_source_is_nobody_elses():
    with Shop() as shop:
        shop.post([order("s1", "A1", at(3))])
        filed = shop.file(["A1"])
        shop.decide(filed["id"], "approve")
        own = ev("order.paid", at(3), {"store": "s1", "order": "A1"}, source="windvane")
        answer = shop.service.post_events([own], form="single")
        assert answer.status == 422 and answer.json()["errors"][0]["pointer"] == "/source", answer
        ended = ev("event.retracted", at(4),
                   {"store": "s1", "source": "windvane", "id": f"{filed['id']}/x/000000"})
        answer = shop.service.post_events([ended], form="single")
        assert answer.status == 422, answer
        assert answer.json()["errors"][0]["pointer"] == "/data/source"
        # the types of windvane's own events say nothing from others
        exempted = ev("order.exempted", at(3), {"store": "s1", "order": "A1", "report": "x"})
        assert ok(shop.service.post_events([exempted], form="single"))["ignored"] == 1
        shop.clean()


def test_tables_as_merchants_export_them():
    tables = {
        "plain": b"A1\nA2\n",
        "names, crlf, bom": b"\xef\xbb\xbforder number,buyer\r\nA1,x\r\nA2,y\r\n",
        "quoted, another column": b'buyer;"Order No."\r\n"Li; Lei";"A1"\r\nHan;"A2"',
        "kept from a spreadsheet": b'order_id\n"=""A1"""\n\'A2\n',
        "tabs behind": b"A1\t\nA2\t\n",
        "sep": b"sep=;\nx;order\n1;A1\n2;A2\n",
        "utf-16": "\ufeff订单号\t买家\r\nA1\t李\r\nA2\t韩\r\n".encode("utf-16-le"),
        "gbk": "买家,订单编号\r\n李雷,A1\r\n韩梅梅,A2\r\n".encode("gbk"),
        "blank lines": b"\n\nA1\n\n  \nA2\n\n",
        "a newline in a cell": b'note,order\n"two\nlines",A1\nx,A2\n',
    }
    with Shop() as shop:
        shop.post([order("s1", "A1", at(3)), order("s1", "A2", at(3))])
        path = "/v1/stores/s1/delay-reports?dry_run=true&reason=weather"
        for name, table in tables.items():
            answer = shop.service.post(path, table, headers={"Content-Type": "text/csv"},
                                       key=shop.merchant)
            assert results(ok(answer)) == [("A1", "accepted"), ("A2", "accepted")], (name, answer)
        odd = b"order\nA1\n1.23457E+11\n\"\",x\nA1\nA9\n"
        answer = ok(shop.service.post(path, odd, headers={"Content-Type": "text/csv"}))
        assert [(line["line"], line["order"], line["result"]) for line in answer["orders"]] == [
            (2, "A1", "accepted"), (3, "1.23457E+11", "unreadable"), (4, "", "unreadable"),
            (5, "A1", "duplicate"), (6, "A9", "not_found")], answer["orders"]
        assert answer["results"] == {"accepted": 1, "not_found": 1, "duplicate": 1, "unreadable": 2}
        answer = shop.service.post(path, b"\xff\xfe\x00", headers={"Content-Type": "text/csv"})
        assert answer.status == 400, answer
        answer = shop.service.post("/v1/stores/s1/delay-reports", b"A1\n",
                                   headers={"Content-Type": "text/csv"})
        assert answer.status == 422 and "reason" in json.dumps(answer.json()), answer


def test_a_hundred_thousand_lines():
    with Shop() as shop:
        shop.post([order("s1", f"A{i}", at(3)) for i in range(3000)])
        table = "order\n" + "".join(f"A{i}\n" for i in range(100000))
        path = "/v1/stores/s1/delay-reports?reason=weather"
        headers = {"Content-Type": "text/csv"}
        filed = ok(shop.service.post(path, table, headers=headers, key=shop.merchant), 201)
        assert filed["results"] == {"accepted": 3000, "not_found": 97000}
        assert len(filed["orders"]) == 100000
        assert filed["orders"][99999] == {"line": 100001, "order": "A99999", "result": "not_found"}
        answer = shop.service.post(path, table + "one more\n", headers=headers)
        assert answer.status == 413, answer
        shop.decide(filed["id"], "approve")
        assert counts(shop.mark(3, 48))["exempt"] == 3000
        lines = ok(shop.service.get(f"/v1/stores/s1/delay-reports/{filed['id']}/lines"
                                    "?result=not_found&limit=1000"))
        assert lines["items"][0] == {"line": 3001, "subject": "A3000", "result": "not_found"}
        assert len(lines["items"]) == 1000 and lines["next_cursor"]
        csv = shop.service.get(f"/v1/stores/s1/delay-reports/{filed['id']}/lines?format=csv")
        assert csv.status == 200 and csv.body.count(b"\r\n") == 100001
        shop.clean()


def test_after_sales_reports_excuse_tickets():
    def ticket(id, kind, opened):
        return ev("ticket.opened", opened, {"store": "s1", "ticket": id, "kind": kind})

    def handled(id, at):
        return ev("ticket.processed", at, {"store": "s1", "ticket": id, "outcome": "refunded"})

    def hours():
        score = ok(shop.service.get("/v1/stores/s1/score"))
        return next(m for f in score["factors"] for m in f["metrics"]
                    if m["id"] == "after_sales_hours")

    with Shop() as shop:
        shop.post([ticket("slow", "refund", at(1)), ticket("quick", "refund", at(4)),
                   ticket("done", "refund", at(4)), handled("quick", at(4, "11:00")),
                   handled("done", at(4, "13:00")), ticket("chat", "chat", at(4))])
        filed = shop.file(scope="tickets", tickets=["slow", "done", "chat", "none"])
        assert results(filed, "tickets") == [
            ("slow", "accepted"), ("done", "already_handled"), ("chat", "not_counted"),
            ("none", "not_found")], filed
        shop.decide(filed["id"], "approve")
        shop.post([handled("slow", at(5, "10:00"))])
        assert (hours()["valid"], hours()["amount"]) == (2, 3600 + 3 * 3600)
        excused = ok(shop.service.get("/v1/stores/s1/exemptions?of=tickets"))["items"]
        assert [item["ticket"] for item in excused] == ["slow"]
        shop.clean()
        shop.decide(filed["id"], "revoke")
        assert hours()["valid"] == 3
        period = shop.file(scope="store_tickets", period={"from": at(4), "to": at(4, "10:30")})
        assert period["covers"] == 2
        shop.decide(period["id"], "approve")
        assert (hours()["valid"], hours()["amount"]) == (1, 4 * 24 * 3600)
        shop.clean()


def test_a_promise_that_was_broken():
    uri = new_database()
    with Shop(uri=uri) as shop:
        shop.post([order("s1", id, at(4)) for id in ("kept", "broken", "open")])
        filed = shop.file(["kept", "broken", "open"], promised_ship_by=at(7, "18:00"))
        shop.decide(filed["id"], "approve")
    with Service(uri, clock_start=at(8)) as service:
        ok(service.post_events([collected("s1", "kept", at(7, "18:00")),
                                collected("s1", "broken", at(7, "18:00:01"))]))
        items = ok(service.get("/v1/stores/s1/exemptions?broken=true"))["items"]
        assert {item["order"] for item in items} == {"broken", "open"}
        backlog = ok(service.get("/v1/stores/s1/backlog"))
        cohort = next(c for c in backlog["cohorts"] if c["day"] == "2024-01-04")
        assert cohort["marks"][0]["exempt"] == 3, "a broken promise does not come back"


def test_a_change_of_the_score_by_an_exemption():
    """Twenty of forty orders are excused between two readings: on_time_shipping_rate moves by that
    cause and by no other."""
    uri = new_database()
    with Shop(uri=uri, now=at(7, "23:00")) as shop:
        shop.post([order("s1", f"A{i}", at(2)) for i in range(40)])
        shop.post([collected("s1", f"A{i}", at(3)) for i in range(20)])
        listed = shop.file([f"A{i}" for i in range(20, 30)])
        period = shop.file(scope="store", period={"from": at(2), "to": at(2, "11:00")})
    with Service(uri, clock_start=at(8, "06:00")) as service:
        reviewer = service.post_json("/v1/keys", {"role": "reviewer", "name": "r"}).json()["key"]
        for report, (good, valid) in ((listed["id"], (20, 30)), (period["id"], (0, 0))):
            answer = service.post(f"/v1/stores/s1/delay-reports/{report}/approve", key=reviewer)
            assert answer.status == 200, answer
            changes = ok(service.get("/v1/stores/s1/score/changes?from=2024-01-07T16:00:00Z"))
            rate = next(m for f in changes["factors"] for m in f["metrics"]
                        if m["id"] == "on_time_shipping_rate")
            parts = {part["cause"]: (part["good"], part["valid"]) for part in rate["parts"]
                     if part["cause"] != "rounding"}
            assert parts == {"exemption": (good - 20, valid - 40)}, rate


if __name__ == "__main__":
    main()
