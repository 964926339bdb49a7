#!/usr/bin/env python3
"""Attacks on delay reports: decisions that race, die or come by another clock; orders, bodies and
tables that are odd; orders, zones, policies and calendars that move under a report."""

import random
import threading
import urllib.parse

import oracle
from harness import Service, ev, main, new_database, psql, run_windvane, verify
from oracle import HOUR, instant, rfc3339
from test_crash import await_no_sessions, in_threads
from test_delay_reports import NOW, Shop, at, cancelled, collected, counts, ok, order, results
from test_properties import same_both_ways

CSV = {"Content-Type": "text/csv"}
MIB = 1024 * 1024
EVIDENCE = [{"url": "https://example.org/storm.jpg"}]


def rebuild(uri):
    done = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": uri})
    assert done.returncode == 0, done


def assert_live_is_as_of(service, store="s1"):
    for resource in ("backlog", "score"):
        live = ok(service.get(f"/v1/stores/{store}/{resource}"))
        past = ok(service.get(f"/v1/stores/{store}/{resource}?as_of={live['as_of']}"))
        assert not same_both_ways(past, live), (resource, same_both_ways(past, live))


def exemptions(service, store="s1", **query):
    """Every item, a page after the other."""
    items, cursor = [], None
    while True:
        if cursor:
            query["cursor"] = cursor
        page = ok(service.get(f"/v1/stores/{store}/exemptions?{urllib.parse.urlencode(query)}"))
        items += page["items"]
        cursor = page["next_cursor"]
        if not cursor:
            return items


def share(service, id, store="s1"):
    score = ok(service.get(f"/v1/stores/{store}/score"))
    metric = oracle.metrics_of(score)[id]
    return {name: metric[name] for name in ("good", "valid", "pending")}


def share_at(service, moment):
    score = ok(service.get(f"/v1/stores/s1/score?as_of={rfc3339(moment)}"))
    return oracle.metrics_of(score)["collection_rate_24h"]


def history(report):
    return [step["status"] for step in report["history"]]


def get_report(service, report, store="s1"):
    return ok(service.get(f"/v1/stores/{store}/delay-reports/{report}"))


def ask_for(service, key, report, what, store="s1"):
    return service.post(f"/v1/stores/{store}/delay-reports/{report}/{what}", key=key)


# --- Decisions ------------------------------------------------------------------------------------


def test_of_decisions_at_once_one_holds():
    """Two processes; whoever is late finds the report decided."""
    uri = new_database()
    with Shop(uri=uri) as shop, Service(uri, clock_start=NOW, migrate=False) as other:
        shop.post([order("s1", f"A{i}", at(3)) for i in range(24)])
        reports = [shop.file([f"A{2 * i}", f"A{2 * i + 1}"])["id"] for i in range(12)]
        rivals = [(("approve", "approve"), {200}), (("approve", "reject"), {200, 409}),
                  (("approve", "withdraw"), {200, 409}), (("reject", "withdraw"), {200, 409})]
        for number, report in enumerate(reports):
            rival, statuses = rivals[number % len(rivals)]
            answers = [None, None]

            def work(index):
                key = shop.merchant if rival[index] == "withdraw" else shop.reviewer
                answers[index] = ask_for((shop.service, other)[index], key, report, rival[index])

            in_threads(2, work)
            assert {answer.status for answer in answers} == statuses, (rival, answers)
            winners = {answer.json()["status"] for answer in answers if answer.status == 200}
            shown = get_report(other, report)
            assert winners == {shown["status"]}, (rival, winners, shown)
            assert history(shown) == ["pending", shown["status"]], (rival, shown)
        approved = [report for report in reports
                    if get_report(other, report)["status"] == "approved"]
        assert len(exemptions(other)) == 2 * len(approved) > 0
        # Revoked by both at once, and approved again meanwhile: revoked, once.
        for report in approved:
            whats = ("revoke", "revoke", "approve")
            answers = [None] * 3

            def work(index):
                answers[index] = ask_for((shop.service, other)[index % 2], shop.reviewer, report,
                                         whats[index])

            in_threads(3, work)
            assert [answer.status for answer in answers[:2]] == [200, 200], answers
            assert answers[2].status in (200, 409), answers
            assert history(get_report(other, report)) == ["pending", "approved", "revoked"]
        assert exemptions(shop.service) == []
        shop.clean()


def test_a_revocation_by_a_clock_that_is_behind():
    """The clocks of two processes differ by an hour: what is answered holds all the same."""
    uri = new_database()
    with Shop(uri=uri) as shop, Service(uri, clock_start=at(5, "11:00"), migrate=False) as behind:
        shop.post([order("s1", f"A{i}", at(3)) for i in range(4)])
        listed = shop.file(["A0", "A1"])["id"]
        period = shop.file(scope="store", period={"from": at(3), "to": at(4)})["id"]
        for report in (listed, period):
            shop.decide(report, "approve")
        assert len(exemptions(shop.service)) == 4
        for report in (listed, period):
            answer = ok(ask_for(behind, shop.reviewer, report, "revoke"))
            assert answer["status"] == "revoked", answer
            assert history(answer) == ["pending", "approved", "revoked"], answer
        assert exemptions(shop.service) == []
        assert counts(shop.mark(3, 48))["exempt"] == 0
        shop.clean()
        rebuild(uri)
        shop.clean()
        assert exemptions(shop.service) == []


def test_an_approval_by_a_clock_that_is_behind():
    """It counts from the submission, by whatever clock it comes."""
    uri = new_database()
    with Shop(uri=uri) as shop, Service(uri, clock_start=at(5, "11:00"), migrate=False) as behind:
        shop.post([order("s1", f"A{i}", at(3)) for i in range(4)])
        listed = shop.file(["A0"])
        period = shop.file(scope="store", period={"from": at(3), "to": at(4)})
        for report, exempt in ((listed, 1), (period, 4)):
            answer = ok(ask_for(behind, shop.reviewer, report["id"], "approve"))
            assert history(answer) == ["pending", "approved"], answer
            since = instant(report["submitted_at"])
            assert counts(shop.mark(3, 48, rfc3339(since)))["exempt"] == exempt, answer
            assert counts(shop.mark(3, 48, rfc3339(since - 1)))["exempt"] == exempt // 4, answer
        assert {item["since"] for item in exemptions(shop.service)} == {
            listed["submitted_at"], period["submitted_at"]}
        shop.clean()


def test_status_and_history_of_an_answer_agree():
    """Whatever is decided while it is read."""
    with Shop() as shop:
        shop.post([order("s1", "A", at(3))])
        reports = [shop.file(["A"])["id"] for _ in range(40)]
        done, told, answers = [], [], []

        def work(index):
            if index == 0:
                for report in reports:
                    for what in ("approve", "revoke"):
                        told.append(shop.decide(report, what))
                done.append(True)
                return
            while not done:
                if index == 1:
                    answers.extend(ok(shop.service.get("/v1/stores/s1/delay-reports"))["items"])
                else:
                    answers.append(get_report(shop.service, reports[len(told) // 2 % 40]))

        in_threads(3, work)
        for answer in told + answers:
            assert history(answer)[-1] == answer["status"], answer


def test_decisions_while_events_stream():
    uri = new_database()
    with Shop(uri=uri) as shop:
        shop.post([order("s1", f"A{i}", at(3)) for i in range(300)])
        listed = shop.file([f"A{i}" for i in range(300)])["id"]
        periods = [shop.file(scope="store", period={"from": at(day), "to": at(day + 1)})["id"]
                   for day in (2, 3, 4)]
        dice = random.Random(1)
        stream = [collected("s1", f"A{i}", at(5, "11:00")) for i in range(0, 300, 3)]
        for number in range(900):
            day = dice.choice((2, 3, 4))
            stream.append(order("s1", f"B{number}", at(day, f"{dice.randrange(24):02}:00")))
            if dice.random() < 0.5:
                stream.append(cancelled("s1", f"B{number}", at(5)))
        dice.shuffle(stream)

        def work(index):
            if index == 0:
                for start in range(0, len(stream), 40):
                    ok(shop.service.post_events(stream[start:start + 40]))
                return
            for report in (listed, *periods):
                shop.decide(report, "approve")
            for report in (listed, periods[2]):
                shop.decide(report, "revoke")

        in_threads(2, work)
        shop.clean()
        placed = [instant(event["time"]) for event in stream if event["type"] == "order.placed"]
        placed += 300 * [instant(at(3))]
        expected = sum(instant(at(2)) <= t0 < instant(at(4)) for t0 in placed)
        assert len(exemptions(shop.service, limit=1000)) == expected
        assert_live_is_as_of(shop.service)


def test_sigkill_during_an_approval():
    """20,000 lines are excused all or none, and approving them again works."""
    uri, number = new_database(), 20_000
    with Shop(uri=uri) as shop:
        for start in range(0, number, 5000):
            shop.post([order("s1", f"A{i}", at(3)) for i in range(start, start + 5000)])
        path = "/v1/stores/s1/delay-reports?reason=weather"
        table = "order\n" + "".join(f"A{i}\n" for i in range(number))
        report = ok(shop.service.post(path, table, headers=CSV, key=shop.merchant), 201)["id"]
        reviewer = shop.reviewer
    with Service(uri, clock_start=at(5, "13:00"), migrate=False) as service:
        answer = []

        def approve():
            try:
                answer.append(ask_for(service, reviewer, report, "approve"))
            except OSError:
                pass

        thread = threading.Thread(target=approve)
        thread.start()
        # In the middle: when the transaction holds the store and has written for a while.
        while not psql(uri, "select 1 from pg_stat_activity where datname = current_database()"
                            " and backend_xid is not null") and not answer:
            pass
        service.kill()
        thread.join()
    await_no_sessions(uri)
    assert not answer, "it was done before it could be killed"
    with Service(uri, clock_start=at(5, "14:00"), migrate=False) as service:
        def exempt():
            backlog = ok(service.get("/v1/stores/s1/backlog"))
            return next(c for c in backlog["cohorts"] if c["day"] == "2024-01-03")[
                "marks"][0]["exempt"]

        shown = get_report(service, report)
        assert (shown["status"], exempt()) in (("pending", 0), ("approved", number)), shown
        status, printed = verify(uri)
        assert status == 0, printed
        assert ok(ask_for(service, reviewer, report, "approve"))["status"] == "approved"
        assert exempt() == number
        assert history(get_report(service, report)) == ["pending", "approved"]
    status, printed = verify(uri)
    assert status == 0, printed


# --- Whose orders, whose keys ---------------------------------------------------------------------


def test_orders_of_another_store_are_not_found():
    with Shop() as shop:
        shop.service.put_store("s2")
        shop.post([order("s1", "mine", at(3)), order("s2", "theirs", at(3)),
                   order("s1", "both", at(3)), order("s2", "both", at(3))])
        both = shop.key("merchant", ["s1", "s2"])
        filed = shop.file(["mine", "theirs", "both"], key=both)
        assert results(filed) == [("mine", "accepted"), ("theirs", "not_found"),
                                  ("both", "accepted")], filed
        shop.decide(filed["id"], "approve")
        assert [item["order"] for item in exemptions(shop.service)] == ["both", "mine"]
        assert exemptions(shop.service, "s2") == []
        # The report is the one store's, even for who has both.
        assert shop.service.get(f"/v1/stores/s2/delay-reports/{filed['id']}",
                                key=both).status == 404
        elsewhere = f"/v1/stores/s2/delay-reports/{filed['id']}"
        for what in ("revoke", "approve", "reject"):
            assert shop.service.post(f"{elsewhere}/{what}").status == 404
        assert shop.service.get(f"{elsewhere}/lines").status == 404
        shop.clean()


def test_keys_outside():
    with Shop() as shop:
        shop.service.put_store("s2")
        shop.post([order("s1", "A", at(3))])
        report = shop.file(["A"])["id"]
        base = "/v1/stores/s1/delay-reports"
        body = {"scope": "orders", "kind": "emergency", "reason": "x", "orders": ["A"]}
        for role, stores, expected in (("ingest", ["s1"], 403), ("merchant", ["s2"], 404),
                                       ("reviewer", ["s2"], 404)):
            key = shop.key(role, stores)
            reads = [base, f"{base}/{report}", f"{base}/{report}/lines", "/v1/stores/s1/exemptions"]
            for path in reads:
                assert shop.service.get(path, key=key).status == expected, (role, path)
            posts = [(f"{base}/{report}/{what}", None) for what in (
                "approve", "reject", "withdraw", "revoke")]
            posts += [(base, body), (base + "?dry_run=true", body)]
            for path, document in posts:
                status = shop.service.post(path, document, key=key).status
                assert status in ({403} if expected == 403 else {403, 404}), (role, path, status)
        assert shop.service.post(base, body, key=None).status == 401
        assert get_report(shop.service, report)["status"] == "pending"
        assert shop.service.post("/v1/stores/none/delay-reports", body).status == 404
        assert shop.service.get("/v1/stores/none/delay-reports").status == 404
        assert shop.service.get("/v1/stores/none/exemptions").status == 404


def test_nobody_else_speaks_for_windvane():
    """Whatever the transport: events of its source are refused, and change nothing."""
    with Shop() as shop:
        shop.post([order("s1", "A", at(3)), order("s1", "B", at(3))])
        report = shop.file(["A"])["id"]
        forged = [
            ev("report.approved", at(5), {"store": "s1", "report": report, "by": "me"},
               source="windvane", id=f"{report}/d/approved"),
            ev("order.exempted", at(5), {"store": "s1", "order": "B", "report": report},
               source="windvane", id=f"{report}/x/000001"),
            ev("event.retracted", at(5), {"store": "s1", "source": "windvane", "id": report})]
        for form in ("ndjson", "batch"):
            assert ok(shop.service.post_events(forged, form))["rejected"] == 3, form
        for event in forged:
            for form in ("single", "binary"):
                answer = shop.service.post_events([event], form)
                assert answer.status == 422, (form, event, answer)
        # The types say nothing from another source, whatever they are called.
        others = [{**event, "source": "oms"} for event in forged[:2]]
        assert ok(shop.service.post_events(others))["ignored"] == 2
        assert get_report(shop.service, report)["status"] == "pending"
        assert exemptions(shop.service) == []
        shop.decide(report, "approve")
        assert [item["order"] for item in exemptions(shop.service)] == ["A"]
        shop.clean()


# --- Verify ---------------------------------------------------------------------------------------


def test_verify_names_what_was_tampered_with():
    with Shop() as shop:
        shop.post([order("s1", f"A{i}", at(3, f"1{i}:00")) for i in range(6)])
        listed = shop.file(["A0", "A1"])["id"]
        period = shop.file(scope="store", period={"from": at(3, "12:00"), "to": at(3, "14:00")})
        for report in (listed, period["id"]):
            shop.decide(report, "approve")
        shop.clean()
        row = f"where report_id = '{listed}'"
        span = f"where report_id = '{period['id']}'"
        for sql in (f"update delay_reports set status = 0 {row}",
                    f"update delay_reports set approved_at = null {span}",
                    f"update delay_reports set period_to = period_to + interval '1 hour' {span}",
                    f"update delay_reports set submitted_at = submitted_at - interval '1 day' {span}",
                    f"update delay_reports set revoked_at = now() {span}",
                    f"update delay_reports set last_at = last_at + interval '1 year' {span}",
                    f"delete from delay_reports {span}", f"delete from delay_reports {row}",
                    "update orders set exempt = not exempt where order_id = 'A0'",
                    "update orders set exempt = not exempt where order_id = 'A5'",
                    "insert into delay_reports select store_id, 'more', status, scope, submitted_at,"
                    " period_from, period_to, approved_at, revoked_at, last_at, facts"
                    f" from delay_reports {span}"):
            psql(shop.uri, sql)
            status, printed = verify(shop.uri)
            assert status == 1 and printed.strip(), (sql, status, printed)
            rebuild(shop.uri)
            shop.clean()
        assert len(exemptions(shop.service)) == 4


# --- Odd ids and bodies ---------------------------------------------------------------------------

ODD_IDS = ["\u8ba2\u5355 7", "\U0001f600", "a\"b'c`d", "'", "\"", "=\"1\"", "a,b;c", "a\tb", "a\nb",
           "\r", "\x01" * 200, "\x7f", "x" * 200, "\u4e2d" * 66, "%", "%2F", "a/b", "..", "\\",
           "\\n", " lead", "trail ", "1.23457E+11", "order", "null", "{}", "--", "\u2028", "\ufeff"]


def test_whatever_id_an_order_has_it_can_be_excused():
    with Shop() as shop:
        shop.post([order("s1", id, at(3)) for id in ODD_IDS])
        filed = shop.file(ODD_IDS)
        assert results(filed) == [(id, "accepted") for id in ODD_IDS]
        lines = ok(shop.service.get(f"/v1/stores/s1/delay-reports/{filed['id']}/lines?limit=1000"))
        assert [line["subject"] for line in lines["items"]] == ODD_IDS
        shop.decide(filed["id"], "approve")
        listed = [item["order"] for item in exemptions(shop.service, limit=1)]
        assert listed == sorted(ODD_IDS, key=str.encode), listed
        for id in ODD_IDS:
            if not any(c < " " or c == "\x7f" for c in id):
                items = exemptions(shop.service, order=id)
                assert [item["order"] for item in items] == [id], (id, items)
        shop.clean()
        rebuild(shop.uri)
        shop.clean()
        assert counts(shop.mark(3, 48))["exempt"] == len(ODD_IDS)
        shop.decide(filed["id"], "revoke")
        assert exemptions(shop.service) == []
        shop.clean()


def test_the_longest_ids_that_there_are():
    """Two parts full of ids of 200 bytes that JSON writes in 1,200."""
    ids = [f"{i:04}" + "\x01" * 196 for i in range(1500)]
    with Shop() as shop:
        shop.post([order("s1", id, at(3)) for id in ids[::100]])
        filed = shop.file(ids)
        assert filed["results"] == {"accepted": 15, "not_found": 1485}
        shop.decide(filed["id"], "approve")
        assert len(exemptions(shop.service)) == 15
        shop.clean()


def test_bodies_that_are_no_report():
    good = {"scope": "orders", "kind": "emergency", "reason": "weather", "orders": ["A"]}
    text = '{"scope":"orders","kind":"emergency","reason":"weather","orders":["A"]'
    cases = [  # body, the statuses that may answer it, a pointer
        (b"", {400}, None),
        (b"null", {400}, ""),
        (b"[]", {422}, ""),
        (b"{", {400}, None),
        ((text + ',"orders":["B"]}').encode(), {400}, None),
        ((text + ',"note":"\xff"}').encode("latin-1"), {400}, None),
        ((text + ',"note":"a\\u0000b"}').encode(), {400, 422}, None),
        ((text + ',"note":"\\ud800"}').encode(), {400}, None),
        ((text + ',"more":' + "[" * 5000 + "]" * 5000 + "}").encode(), {400}, None),
        ((text + ',"evidence":' + "[" * 40 + "]" * 40 + "}").encode(), {400, 422}, None),
        ({**good, "note": "n" * 2001}, {422}, "/note"),
        ({**good, "note": "n" * 8_000_000}, {422}, "/note"),
        ({**good, "note": ""}, {422}, "/note"),
        ({**good, "note": 7}, {422}, "/note"),
        ({**good, "reason": "r" * 65}, {422}, "/reason"),
        ({**good, "reason": ""}, {422}, "/reason"),
        ({**good, "orders": ["A"] * 100_001}, {422}, "/orders"),
        ({**good, "orders": "A"}, {422}, "/orders"),
        ({**good, "orders": [1] * 100_000}, {422}, "/orders/0"),
        ({**good, "orders": ["A", ""]}, {422}, "/orders/1"),
        ({**good, "orders": ["A", "x" * 201]}, {422}, "/orders/1"),
        ({**good, "orders": [None]}, {422}, "/orders/0"),
        ({**good, "evidence": [{"url": "https://e/" + "u" * 2000}]}, {422}, "/evidence/0/url"),
        ({**good, "evidence": [{}]}, {422}, "/evidence/0/url"),
        ({**good, "evidence": EVIDENCE * 21}, {422}, "/evidence"),
        ({**good, "promised_ship_by": "2024-01-08"}, {422}, "/promised_ship_by"),
        ({**good, "promised_ship_by": "9999-12-31T23:59:59-12:00"}, {422}, "/promised_ship_by"),
        ({"scope": "store", "kind": "advance", "reason": "x",
          "period": {"from": "0001-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}}, {422}, None),
        ({"scope": "store", "kind": "advance", "reason": "x",
          "period": {"from": at(6), "to": at(7), "at": 1}}, {422}, "/period/at"),
    ]
    with Shop() as shop:
        path = "/v1/stores/s1/delay-reports"
        for body, statuses, pointer in cases:
            headers = {"Content-Type": "application/json"}
            answer = shop.service.post(path, body, headers=headers, key=shop.merchant)
            assert answer.status in statuses, (str(body)[:200], answer)
            problem = answer.json()
            assert problem["status"] == answer.status, problem
            if pointer is not None:
                assert pointer in [error["pointer"] for error in problem["errors"]], (
                    str(body)[:200], problem)
        assert ok(shop.service.get(path))["items"] == [], "nothing was stored"
        # What stands at a limit is taken as it is.
        whole = shop.file(["x" * 200], note="\u5907" * 666, reason="r" * 64, evidence=EVIDENCE * 20)
        assert get_report(shop.service, whole["id"])["note"] == "\u5907" * 666
        for body, status in ((b"{", 400), ({"note": "n" * 2001}, 422), ({"why": "x"}, 422),
                             ([], 422), (b'{"note":"a","note":"b"}', 400)):
            answer = shop.service.post(f"{path}/{whole['id']}/approve", body, key=shop.reviewer,
                                       headers={"Content-Type": "application/json"})
            assert answer.status == status, (body, answer)
        assert get_report(shop.service, whole["id"])["status"] == "pending"
        for odd in ("%20", "dr_" + "x" * 22, "x" * 200, "x" * 5000, "%22", "\\", "..", "%F0%9F%98%80"):
            status = shop.service.get(f"{path}/{odd}", key=shop.merchant).status
            assert status == 404 or len(odd) > 200 and status in (404, 414), (odd, status)
        answer = shop.service.post(path, b"A\n", headers={"Content-Type": "text/plain"})
        assert answer.status == 415, answer


def test_an_order_that_can_grow_no_more_can_still_be_decided():
    """Who fills an order keeps nobody from approving a report that lists it, or from revoking."""
    with Shop() as shop:
        shop.post([order("s1", id, at(3)) for id in ("full", "other")])
        filed = shop.file(["full", "other"])["id"]
        later = shop.file(["full"])["id"]
        # As tens of thousands of waybills with long ids would leave it: 64 KiB are kept free.
        waybill = rf"shipped\t{instant(at(4))}\t{'s' * 200}\t{'i' * 200}\tparcel={'p' * 200}\n"
        psql(shop.uri, f"update orders set facts = facts || repeat(E'{waybill}',"
                       f" ({16 * MIB} - 64 * 1024) / length(E'{waybill}'))"
                       " where order_id = 'full'")
        answer = ok(shop.service.post_events([
            ev("order.shipped", at(4), {"store": "s1", "order": "full", "parcel": "p" * 200},
               source="s" * 200, id=f"{number:0200}") for number in range(2)], "batch"))
        assert answer["rejected"] > 0, "it can still grow"
        for report, exempt in ((filed, 2), (later, 2)):
            shop.decide(report, "approve")
            assert len(exemptions(shop.service)) == exempt
        for report, exempt in ((filed, 1), (later, 0)):
            shop.decide(report, "revoke")
            assert len(exemptions(shop.service)) == exempt


# --- Tables ---------------------------------------------------------------------------------------


def tried(shop, table, status=200, **query):
    query = {"dry_run": "true", "reason": "weather", **query}
    answer = shop.service.post("/v1/stores/s1/delay-reports?" + urllib.parse.urlencode(query),
                               table, headers=CSV, key=shop.merchant)
    return ok(answer, status)


def test_odd_tables():
    with Shop() as shop:
        shop.post([order("s1", id, at(3)) for id in ("A1", "A2", "x" * 200, "2024E001", "7E5")])
        accepted = [("A1", "accepted"), ("A2", "accepted")]
        for table in (b"A1\rA2\r", b"order\rA1\rA2", b"A1\r\rA2",  # as old Macs end their lines
                      b"A1\r\nA2\rA9", b"order;x\r\nA1;a,b,c,d\r\nA2;\"a\r\nb\"\r\n",
                      b"\"A1\"\n\"A2\"", b"A1;\nA2;\n", b"x\torder\nq\tA1\nq,q\tA2\n",
                      b"  A1  \n\xc2\xa0A2\xc2\xa0\n", b",,\nA1,,\n,,\nA2,,\n",
                      b"\xef\xbb\xbf\"order\"\nA1\nA2", b"sep=\t\r\norder\tx\r\nA1\t1\r\nA2\t2\r\n"):
            assert results(tried(shop, table))[:2] == accepted, (table, results(tried(shop, table)))
        # a quote in the middle of a cell, or after a closed one, is a character like any other
        assert results(tried(shop, b"A1,5\" disc\nA2,\"x\"y\n")) == accepted
        # one that is never closed may be a file that was cut off: nothing of it is filed
        refused = tried(shop, b"A1\n\"A2\nA3\n", status=400)
        assert refused["detail"].startswith("line 2 "), refused
        # letters that look like a float are an order number when the float could not be one
        assert results(tried(shop, b"2024E001\n7E5\n"))[0] == ("2024E001", "accepted")
        assert [r for _, r in results(tried(shop, b"1.2E+15\n\"1,2E+15\"\n1E+15\n"))] == [
            "unreadable"] * 3
        # what was cut because it is too long is not the order that it begins with
        cut = tried(shop, "x" * 201 + "\n" + "x" * 200 + "\n")["orders"]
        assert [line["result"] for line in cut] == ["unreadable", "accepted"], cut


def test_tables_that_are_refused():
    with Shop() as shop:
        shop.post([order("s1", "A1", at(3))])
        for table, status in ((b"", 422), (b"order\n", 422), (b"\n\n \n", 422), (b"sep=;\n", 422),
                              (b"sep=;", 422), (b"\xef\xbb\xbf", 422), (b"\xff\xfe", 422),
                              (b"A1\x00\n", 400), (b"\x00", 400), ("A1\0".encode("utf-16"), 400),
                              (b"\xff\xfeA", 400), (b"\xff\xff\xff", 400)):
            problem = tried(shop, table, status)
            assert problem["status"] == status, (table, problem)
        for query in ({"scope": "store"}, {"kind": "advance"}, {"reason": ""}, {"reason": "r" * 65},
                      {"promised_ship_by": "soon"}, {"evidence": "ftp://x"}, {"note": "n" * 2001},
                      {"dry_run": "maybe"}):
            tried(shop, b"A1\n", 422, **query)
        for raw in ("reason=%FF", "reason=a&note=%C3", "reason=a&evidence=http://%FF"):
            answer = shop.service.post(f"/v1/stores/s1/delay-reports?{raw}", b"A1\n", headers=CSV)
            assert answer.status in (400, 422), (raw, answer)
        assert ok(shop.service.get("/v1/stores/s1/delay-reports"))["items"] == []


def test_large_tables():
    with Shop() as shop:
        shop.post([order("s1", "A1", at(3)), order("s1", "A2", at(3))])
        # 16 MB: one line, one cell, nothing but separators, nothing but quotes
        for table in (b"A1\n" + b"x" * (15 * MIB) + b"\nA2\n", b"A1\n" + b"," * (8 * MIB) + b"\nA2\n"):
            told = tried(shop, table)["orders"]
            assert (told[0]["result"], told[-1]["result"]) == ("accepted", "accepted"), told[:3]
            assert all(len(line["order"]) <= 200 for line in told)
        assert tried(shop, b'"' * (8 * MIB))["results"] == {"accepted": 0, "unreadable": 1}
        answer = tried(shop, b"A1\n" * 100_000)
        assert answer["results"] == {"accepted": 1, "duplicate": 99_999}
        tried(shop, b"order\n" + b"A1\n" * 100_000)
        tried(shop, b"A1\n" * 100_001, 413)
        assert tried(shop, b"\n" * (4 * MIB) + b"A1\n")["orders"] == [
            {"line": 4 * MIB + 1, "order": "A1", "result": "accepted"}]


# --- Periods --------------------------------------------------------------------------------------


def test_periods_are_half_open_to_the_microsecond():
    moments = ["09:59:59.999999", "10:00:00", "10:00:00.000001", "11:59:59.999999", "12:00:00",
               "12:00:00.000001"]
    inside = moments[1:4]
    with Shop() as shop:
        shop.post([order("s1", f"early {moment}", at(3, moment)) for moment in moments])
        shop.post([order("s1", f"cod {moment}", at(3, moment), payment="cod") for moment in moments])
        filed = shop.file(scope="store", period={"from": at(3, "10:00"), "to": at(3, "12:00")})
        assert filed["covers"] == 6
        shop.decide(filed["id"], "approve")
        shop.post([order("s1", f"late {moment}", at(3, moment)) for moment in moments])
        shop.post([order("s1", f"presale {moment}", at(2), presale_until=at(3, moment))
                   for moment in moments])
        expected = sorted((moment, f"{kind} {moment}") for moment in inside
                          for kind in ("early", "cod", "late", "presale"))
        assert [item["order"] for item in exemptions(shop.service)] == [id for _, id in expected]
        assert counts(shop.mark(3, 48))["exempt"] == 12
        shop.clean()
        # a period of one microsecond
        tiny = shop.file(scope="store", period={"from": at(3, "12:00:00"),
                                                "to": at(3, "12:00:00.000001")})
        assert tiny["covers"] == 4
        shop.decide(tiny["id"], "approve")
        assert counts(shop.mark(3, 48))["exempt"] == 16
        shop.clean()
        # and one right behind a gap of a microsecond, which stays a gap
        behind = shop.file(scope="store", period={"from": at(3, "12:00:00.000002"),
                                                  "to": at(3, "13:00")})
        shop.decide(behind["id"], "approve")
        shop.post([order("s1", "behind", at(3, "12:00:00.000002"))])
        assert counts(shop.mark(3, 48))["exempt"] == 17
        assert {item["order"] for item in exemptions(shop.service)}.isdisjoint(
            {f"{kind} {moments[5]}" for kind in ("early", "cod", "late", "presale")})
        shop.clean()


def test_from_the_submission_until_the_revocation_to_the_microsecond():
    with Shop() as shop:
        shop.post([order("s1", f"A{i}", at(3, f"1{i}:00")) for i in range(4)])
        for form, exempt in (({"orders": ["A0"]}, 1),
                             ({"scope": "store", "period": {"from": at(3), "to": at(3, "13:00")}}, 3)):
            filed = shop.file(**form)
            shop.decide(filed["id"], "approve")
            revoked = shop.decide(filed["id"], "revoke")
            since, until = instant(filed["submitted_at"]), instant(revoked["history"][-1]["at"])
            for moment, expected in ((since - 1, 0), (since, exempt), (since + 1, exempt),
                                     (until - 1, exempt), (until, 0), (until + 1, 0)):
                shown = shop.mark(3, 48, rfc3339(moment))
                assert counts(shown)["exempt"] == expected, (form, moment - since, until - moment)
                assert share_at(shop.service, moment)["valid"] == 4 - expected, (form, moment)


def test_overlapping_reports_count_once():
    with Shop() as shop:
        shop.post([order("s1", f"A{i}", at(3, f"1{i}:00")) for i in range(6)])
        listed = shop.file(["A0", "A1", "A2"])["id"]
        both = shop.file(["A1", "A2", "A3"])["id"]
        period = shop.file(scope="store", period={"from": at(3, "12:00"), "to": at(3, "14:00")})
        within = shop.file(scope="store", period={"from": at(3, "12:30"), "to": at(3, "15:00")})
        assert period["covers"] == 2
        for step, (report, what, exempt) in enumerate((
                (listed, "approve", {0, 1, 2}), (both, "approve", {0, 1, 2, 3}),
                (period["id"], "approve", {0, 1, 2, 3}), (within["id"], "approve", {0, 1, 2, 3, 4}),
                (listed, "revoke", {1, 2, 3, 4}), (within["id"], "revoke", {1, 2, 3}),
                (both, "revoke", {2, 3}), (period["id"], "revoke", set()))):
            shop.decide(report, what)
            assert counts(shop.mark(3, 48))["exempt"] == len(exempt), (step, shop.mark(3, 48))
            assert [item["order"] for item in exemptions(shop.service)] == [
                f"A{i}" for i in sorted(exempt)], step
            assert share(shop.service, "collection_rate_24h")["valid"] == 6 - len(exempt), step
            assert_live_is_as_of(shop.service)
            shop.clean()


def test_a_page_of_one_over_orders_of_one_instant():
    with Shop() as shop:
        ids = [f"{c}{i}" for c in ("B", "a", "\u4e2d", "_") for i in range(3)]
        shop.post([order("s1", id, at(3)) for id in ids])
        shop.decide(shop.file(ids[::2])["id"], "approve")
        shop.decide(shop.file(scope="store", period={"from": at(3), "to": at(4)})["id"], "approve")
        shop.decide(shop.file(scope="store", period={"from": at(2), "to": at(4)})["id"], "approve")
        for limit in (1, 2, 5, 12, 13):
            listed = [item["order"] for item in exemptions(shop.service, limit=limit)]
            assert listed == sorted(ids, key=str.encode), (limit, listed)


# --- What moves under a report --------------------------------------------------------------------


def test_an_order_whose_clock_moves_into_a_period_and_out():
    with Shop() as shop:
        paid = ev("order.paid", at(3, "11:00"), {"store": "s1", "order": "moves"}, id="pay-2")
        first = ev("order.paid", at(3, "09:00"), {"store": "s1", "order": "moves"}, id="pay-1")
        shop.post([ev("order.placed", at(3, "08:00"), {"store": "s1", "order": "moves"}), paid,
                   order("s1", "stays", at(3, "10:30"))])
        period = shop.file(scope="store", period={"from": at(3, "10:00"), "to": at(3, "12:00")})
        listed = shop.file(["stays"])
        assert period["covers"] == 2
        for report in (period, listed):
            shop.decide(report["id"], "approve")

        def expect(exempt):
            assert counts(shop.mark(3, 48)) == {"eligible": 2 - exempt, "exempt": exempt,
                                                "cancelled": 0, "overdue": 2 - exempt, "at_risk": 0}
            assert share(shop.service, "on_time_shipping_rate")["valid"] == 2 - exempt
            assert len(exemptions(shop.service)) == exempt
            assert_live_is_as_of(shop.service)
            shop.clean()

        expect(2)
        shop.post([first])  # it was paid earlier, as is known now
        expect(1)
        shop.post([ev("event.retracted", at(5, "11:30"),
                      {"store": "s1", "source": "oms", "id": "pay-1"})])
        expect(2)
        assert counts(shop.mark(3, 48, at(5, "11:00")))["exempt"] == 0, "before the submission"
        shop.decide(period["id"], "revoke")
        expect(1)
        rebuild(shop.uri)
        expect(1)


def test_a_presale_whose_clock_is_ahead():
    uri = new_database()
    with Shop(uri=uri) as shop:
        shop.post([order("s1", "listed", at(4), presale_until=at(6)),
                   order("s1", "of a period", at(4), presale_until=at(7)),
                   order("s1", "neither", at(4), presale_until=at(7, "12:00"))])
        listed = shop.file(["listed"])
        assert results(listed) == [("listed", "accepted")], listed
        period = shop.file(scope="store", kind="advance",
                           period={"from": at(6, "12:00"), "to": at(7, "12:00")})
        assert period["covers"] == 1
        for report in (listed, period):
            shop.decide(report["id"], "approve")
        assert_live_is_as_of(shop.service)
        assert all(cohort["orders"] == 0 for cohort in ok(
            shop.service.get("/v1/stores/s1/backlog"))["cohorts"])
        shop.clean()
    with Service(uri, clock_start=at(8), migrate=False) as service:
        cohorts = {c["day"]: c for c in ok(service.get("/v1/stores/s1/backlog"))["cohorts"]}
        assert [cohorts[f"2024-01-{day:02}"]["marks"][0]["exempt"] for day in (4, 6, 7)] == [0, 1, 1]
        assert cohorts["2024-01-07"]["marks"][0]["at_risk"] == 1
        assert share(service, "on_time_shipping_rate") == {"good": 0, "valid": 0, "pending": 1}
        assert_live_is_as_of(service)
    status, printed = verify(uri)
    assert status == 0, printed


def test_a_zone_that_changes_between_filing_and_approval():
    """Periods are instants: they stay; days move."""
    with Shop() as shop:
        shop.post([order("s1", f"A{hour}", at(3, f"{hour:02}:30")) for hour in range(24)])
        listed = shop.file(["A0", "A1", "A23"])["id"]
        period = shop.file(scope="store", period={"from": at(3, "00:00"), "to": at(3, "08:00")})
        shop.service.put_store("s1", time_zone="UTC")
        shop.decide(listed, "approve")
        shop.decide(period["id"], "approve")
        assert counts(shop.mark(2, 48))["exempt"] == 8
        assert counts(shop.mark(3, 48))["exempt"] == 1
        assert_live_is_as_of(shop.service)
        shop.clean()
        shop.service.put_store("s1", time_zone="America/New_York")
        assert counts(shop.mark(2, 48))["exempt"] == 8
        assert counts(shop.mark(3, 48))["exempt"] == 1
        assert counts(shop.mark(2, 48))["eligible"] == 5
        shop.clean()
        shop.decide(period["id"], "revoke")
        assert counts(shop.mark(2, 48))["exempt"] == 2
        assert_live_is_as_of(shop.service)
        shop.clean()


def test_a_policy_and_a_calendar_that_change_under_a_report():
    with Shop() as shop:
        shop.post([order("s1", f"A{i}", at(3, f"1{i}:00")) for i in range(6)])
        shop.post([collected("s1", "A5", at(3, "18:00"))])
        listed = shop.file(["A0"])["id"]
        period = shop.file(scope="store", period={"from": at(3, "11:00"), "to": at(3, "13:00")})
        shop.decide(listed, "approve")
        policy = ok(shop.service.get("/v1/policies/jd"))
        policy.pop("version")
        # A new version of other measures and another reading of overdue.
        policy["backlog"].update(overdue_basis="lenient", min_orders=1)
        policy["backlog"]["marks"][0]["hours"] = 36
        ok(shop.service.put("/v1/policies/jd", policy))
        shop.decide(period["id"], "approve")
        shown = ok(shop.service.get("/v1/stores/s1/backlog"))
        cohort = next(c for c in shown["cohorts"] if c["day"] == "2024-01-03")
        assert [mark["hours"] for mark in cohort["marks"]] == [36, 72, 120]
        assert [mark["exempt"] for mark in cohort["marks"]] == [3, 3, 3]
        assert (cohort["marks"][0]["eligible"], cohort["marks"][0]["overdue_still_open"]) == (3, 2)
        assert_live_is_as_of(shop.service)
        shop.clean()
        # What is suspended and exempt leaves a share once, and comes back only without both.
        suspended = {"suspended": [{"from": at(3, "12:00"), "to": at(3, "14:30")}]}
        ok(shop.service.put("/v1/calendar", suspended))
        assert share(shop.service, "collection_rate_24h") == {"good": 1, "valid": 1, "pending": 0}
        assert counts(shop.mark(3, 72))["exempt"] == 3, "a suspension is not of the backlog"
        assert_live_is_as_of(shop.service)
        shop.clean()
        shop.decide(period["id"], "revoke")
        assert share(shop.service, "collection_rate_24h") == {"good": 1, "valid": 2, "pending": 0}
        shop.clean()
        ok(shop.service.put("/v1/calendar", {}))
        assert share(shop.service, "collection_rate_24h") == {"good": 1, "valid": 5, "pending": 0}
        assert_live_is_as_of(shop.service)
        shop.clean()
        rebuild(shop.uri)
        shop.clean()


def test_a_policy_that_reaches_less_far():
    with Shop() as shop:
        policy = ok(shop.service.get("/v1/policies/jd"))
        limits = {"reach_days": 1, "ahead_days": 2, "review_hours": 3, "review_hours_peak": 5}
        ok(shop.service.put("/v1/policies/near", {**policy, "id": "near", "delay_reports": limits}), 201)
        shop.service.put_store("s1", policy="near")
        shop.post([order("s1", "old", "2024-01-03T23:59:59.999999+08:00"),
                   order("s1", "first", "2024-01-04T00:00:00+08:00")])
        filed = shop.file(["old", "first"])
        assert results(filed) == [("old", "too_old"), ("first", "accepted")], filed
        told = filed["effect"][0]
        for name, hours in (("file_by", 3), ("file_by_peak", 5)):
            assert instant(told[name]) == instant(told["checkpoint"]) - hours * HOUR, told
        day = "2024-01-04T00:00:00+08:00"
        shop.file(scope="store", period={"from": day, "to": at(7, "12:00")}, dry_run=True)
        for period in ({"from": "2024-01-03T23:59:59.999999+08:00", "to": at(5)},
                       {"from": day, "to": at(7, "12:10")}):
            shop.file(scope="store", period=period, status=422)


def test_evidence_counts_as_the_metric_does():
    with Shop() as shop:
        shop.post([order("s1", f"A{i}", at(3, f"1{i}:00")) for i in range(8)])
        shop.post([collected("s1", f"A{i}", at(3, "20:00")) for i in (0, 3, 7)])
        shop.decide(shop.file(["A1", "A2"])["id"], "approve")
        shop.decide(shop.file(scope="store", period={"from": at(3, "12:00"), "to": at(3, "15:00")}
                              )["id"], "approve")
        for id in ("collection_rate_24h", "same_day_collection_rate"):
            items = ok(shop.service.get(f"/v1/stores/s1/metrics/{id}/evidence?counts=all"))["items"]
            counted = {item["id"]: item["counts"] for item in items}
            assert counted == {"A0": "good", "A1": "out", "A2": "out", "A3": "out", "A4": "out",
                               "A5": "not_good", "A6": "not_good", "A7": "good"}, (id, counted)
            assert share(shop.service, id) == {"good": 2, "valid": 4, "pending": 0}
            reasons = {item["reason"] for item in items if item["counts"] == "out"}
            assert len(reasons) == 1, reasons


def test_what_exempt_orders_still_count_in():
    """They leave L1 to L4, and neither the mean delivery nor the orders that disputes are a share of."""
    with Shop() as shop:
        shop.post([order("s1", id, at(3)) for id in ("A", "B")])
        shop.post([ev("order.delivered", at(4), {"store": "s1", "order": "A"}),
                   ev("ticket.opened", at(4), {"store": "s1", "ticket": "T", "kind": "dispute",
                                               "order": "A"}),
                   ev("ticket.ruled", at(5), {"store": "s1", "ticket": "T",
                                              "liability": "merchant"})])
        before = oracle.metrics_of(ok(shop.service.get("/v1/stores/s1/score")))
        shop.decide(shop.file(scope="store", period={"from": at(3), "to": at(4)})["id"], "approve")
        after = oracle.metrics_of(ok(shop.service.get("/v1/stores/s1/score")))
        for id in ("same_day_collection_rate", "collection_rate_24h", "on_time_shipping_rate",
                   "next_day_delivery_rate"):
            assert (before[id]["valid"] + before[id]["pending"], after[id]["valid"]) == (2, 0), id
            assert after[id]["value"] is None and after[id]["sample"] == "none", after[id]
        for id, part in (("mean_delivery_hours", "amount"), ("dispute_rate", "good")):
            for member in (part, "valid", "value"):
                assert after[id][member] == before[id][member], (before[id], after[id])
        assert (after["dispute_rate"]["good"], after["dispute_rate"]["valid"]) == (1, 2)
        shop.clean()


def test_an_approval_does_what_the_filing_foretold():
    """`effect` before and after, and the levels, against the backlog before and after; also that of
    a dry run, of a restriction that is lifted, and of a lenient reading."""
    for basis in ("strict", "lenient"):
        with Shop() as shop:
            policy = ok(shop.service.get("/v1/policies/jd"))
            policy["backlog"].update(min_orders=3, overdue_basis=basis)
            ok(shop.service.put("/v1/policies/small", {**policy, "id": "small"}), 201)
            shop.service.put_store("s1", policy="small")
            dice = random.Random(basis)
            for day in ("2023-12-30", "2023-12-31", "2024-01-01", "2024-01-02", "2024-01-03",
                        "2024-01-04"):
                for number in range(12):
                    id, start = f"{day} {number}", f"{day}T{2 * number:02}:00:00+08:00"
                    shop.post([order("s1", id, start)])
                    if dice.random() < 0.6:
                        later = instant(start) + dice.randrange(80) * HOUR
                        if later < instant(NOW):
                            make = dice.choice((collected, collected, cancelled))
                            shop.post([make("s1", id, rfc3339(later))])
            ids = [f"{day} {number}" for day in ("2023-12-31", "2024-01-01", "2024-01-02")
                   for number in range(12)]
            forms = [{"orders": ids}, {"orders": ids[::2]},
                     {"scope": "store", "period": {"from": at(1), "to": at(5)}},
                     {"scope": "store", "period": {"from": "2023-12-30T00:00:00+08:00", "to": at(5)}}]
            for form in forms:
                trial, filed = shop.file(**form, dry_run=True), shop.file(**form)
                assert trial["effect"] == filed["effect"] and trial["level"] == filed["level"]
                before = ok(shop.service.get("/v1/stores/s1/backlog"))
                shop.decide(filed["id"], "approve")
                past = f"/v1/stores/s1/backlog?as_of={filed['submitted_at']}"
                after = ok(shop.service.get(past))
                for side, shown in (("before", before), ("after", after)):
                    assert filed["level"][side] == shown["level"], (basis, form, side, shown)
                    for told in filed["effect"]:
                        mark = next(mark for cohort in shown["cohorts"] for mark in cohort["marks"]
                                    if (cohort["day"], mark["hours"]) == (told["day"], told["hours"]))
                        assert not oracle.differences(told[side], mark), (
                            basis, form, side, oracle.differences(told[side], mark))
                covered = len(exemptions(shop.service, limit=1000))
                assert filed["covers"] == covered, (form, filed["covers"], covered)
                shop.clean()
                shop.decide(filed["id"], "revoke")
            shop.clean()


if __name__ == "__main__":
    main()
