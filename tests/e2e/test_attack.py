#!/usr/bin/env python3
"""What somebody who wants to see it fail does to a service: odd policies, clocks, sizes, and a
database that is in the way."""

import contextlib
import copy
import itertools
import json
import random
import select
import socket
import subprocess
import threading
import time
import urllib.parse

import harness
import oracle
from harness import ADMIN_KEY, Service, ev, main, new_database, psql, run_windvane, verify
from oracle import HOUR, instant, rfc3339

START = instant("2024-01-10T00:00:00Z")
NOW = "2024-01-20T12:00:00Z"
NDJSON = {"Content-Type": "application/x-ndjson"}
MIB = 1024 * 1024


# --- Helpers ----------------------------------------------------------------------------------


def at(hours):
    """The instant so many hours after the beginning of 10 January 2024, as text."""
    return rfc3339(START + int(hours * HOUR))


def placed(order, hours, store="s1", **members):
    data = {"store": store, "order": order, "paid_at": at(hours), **members}
    return ev("order.placed", at(hours), data)


def lines(events):
    return "".join(json.dumps(event) + "\n" for event in events)


def assert_accepted(answer):
    assert answer.status == 200, answer
    assert sum(answer.json()[name] for name in ("conflict", "ignored", "rejected")) == 0, answer


def put_policy(service, id, **members):
    """jd with other members, under another id."""
    policy = service.get("/v1/policies/jd").json()
    answer = service.put(f"/v1/policies/{id}", {**policy, "id": id, **members})
    assert answer.status in (200, 201), answer
    return answer


def assert_live_is_as_of(service, store, resource):
    live = service.get(f"/v1/stores/{store}/{resource}").json()
    mark = "&" if "?" in resource else "?"
    past = service.get(f"/v1/stores/{store}/{resource}{mark}as_of={live['as_of']}").json()
    differences = oracle.differences(past, live)
    assert not differences, (resource, differences)
    return live


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition was never met"
        time.sleep(0.02)


@contextlib.contextmanager
def locked_orders(uri):
    """Another session keeps everybody from the orders, as a maintenance command does."""
    session = subprocess.Popen([harness._psql_program(), "-X", "-q", "-A", "-t", "-d", uri],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    session.stdin.write("begin; lock table orders in access exclusive mode; select 'locked';\n")
    session.stdin.flush()
    assert session.stdout.readline().strip() == "locked"
    try:
        yield
    finally:
        session.stdin.close()
        session.wait()
        session.stdout.close()


def waiting_for_locks(uri):
    return int(psql(uri, "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and"
                         " datname = current_database()")[0][0])


# --- Policies ---------------------------------------------------------------------------------


def test_a_promise_is_of_the_collection():
    """Promises name the hand-over to the carrier: a share of deliveries in time of them is
    refused, or is counted alike by both ways of answering."""
    with Service(new_database(), clock_start=NOW) as service:
        policy = service.get("/v1/policies/jd").json()
        policy["id"] = "odd"
        measure = {"kind": "within", "milestone": "delivered", "promise": True}
        policy["factors"][0]["metrics"][2]["measure"] = measure
        answer = service.put("/v1/policies/odd", policy)
        if answer.status == 422:
            return
        service.put_store("s1", time_zone="UTC", policy="odd")
        assert_accepted(service.post_events([
            placed("A", 240), placed("B", 240), placed("C", 240),
            ev("order.collected", at(241), {"store": "s1", "order": "B"})]))
        assert_live_is_as_of(service, "s1", "score")


def test_the_end_of_one_of_two_restrictions_of_a_kind_is_a_change():
    """Two marks restrict alike: where the harder one ends, level and percent change, although
    the united interval goes on."""
    with Service(new_database(), clock_start=NOW) as service:
        put_policy(service, "twice", backlog={"min_orders": 0, "marks": [
            {"hours": 24, "level": "severe", "over_percent": 10, "inclusive": True,
             "restriction": {"kind": "demotion", "percent": 90, "hours": 10}},
            {"hours": 30, "level": "mild", "over_percent": 10, "inclusive": True,
             "restriction": {"kind": "demotion", "percent": 50, "hours": 100}}]})
        service.put_store("s1", time_zone="UTC", policy="twice")
        # An order of the 10th: checkpoints at 48 h and 54 h, so severe until 58 h, mild after.
        assert_accepted(service.post_events([placed("A", 1)]))

        def ask(hours):
            return service.get(f"/v1/stores/s1/backlog?as_of={at(hours)}").json()

        before, after = ask(57), ask(58)
        assert (before["level"], after["level"]) == ("severe", "mild"), (before, after)
        assert [shown["percent"] for shown in before["restrictions"] + after["restrictions"]] == [
            90, 50]
        assert instant(before["next_change_at"]) <= START + 58 * HOUR, before["next_change_at"]


MARKS = [
    {"hours": 36, "level": "warning", "over_percent": 20, "inclusive": False},
    {"hours": 60, "level": "mild", "over_percent": 15, "inclusive": True,
     "restriction": {"kind": "search_demotion", "percent": 75, "hours": 200}},
    {"hours": 240, "level": "severe", "over_percent": 20, "inclusive": True,
     "restriction": {"kind": "off_sale", "hours": 200}},
]
SHARES = {  # id: (milestone, limit, window)
    "collected_36h": ("collected", {"hours": 36}, 10),
    "collected_next_day": ("collected", {"days": 1}, 3),
    "collected_700h": ("collected", {"hours": 700}, 20),
    "delivered_90h": ("delivered", {"hours": 90}, 7),
    "delivered_3_days": ("delivered", {"days": 3}, 5),
}


def odd_policy(service):
    """Measures that no shipped policy has, and a composite that is not null."""
    factors = service.get("/v1/policies/jd").json()["factors"]
    factors[0]["weight"] = "0.333"
    factors.append({"id": "more", "weight": "0.471", "metrics": [
        {"id": id, "unit": "ratio", "better": "higher", "window_days": days,
         "measure": {"kind": "within", "milestone": milestone, **limit},
         "weight": f"0.{301 + 10 * place}", "anchors": [["0.0000", "1.007"], ["1.0000", "9.310"]]}
        for place, (id, (milestone, limit, days)) in enumerate(SHARES.items())]})
    put_policy(service, "odd", factors=factors, composite={"min_factors": 1},
               novice={"orders": 5, "days": 20}, backlog={"min_orders": 2, "marks": MARKS})


def odd_rules():
    rules = copy.deepcopy(oracle.JD)
    rules["novice"] = {"orders": 5, "days": 20}
    rules["backlog"].update(min_orders=2, marks=MARKS)
    return rules


def share_counts(orders, zone, now):
    """(good, valid, pending) of each of SHARES by definition."""
    shown = {}
    for id, (milestone, limit, days) in SHARES.items():
        first, last = oracle.window(zone, now, "live", days)
        count = dict.fromkeys(("good", "bad", "pending", "out"), 0)
        for order in orders:
            day = oracle.day_of(zone, order.t0)
            if order.t0 > now or not first <= day <= last:
                continue
            if "days" in limit:
                end = oracle.day_end(zone, oracle.plus_days(day, limit["days"]))
            else:
                end = order.t0 + limit["hours"] * HOUR + 1
            count[oracle.decide(getattr(order, milestone), order.cancelled,
                                lambda when: when < end, now >= end)] += 1
        shown[id] = (count["good"], count["good"] + count["bad"], count["pending"])
    return shown


def odd_history(rng):
    """Presale, promises, parcels, early scans, marks to the microsecond, retractions."""
    events = []
    for number in range(120):
        order, base = f"o{number}", START + rng.randrange(30 * 24) * HOUR
        parcels = rng.choice((1, 1, 2, 3))
        about = {"store": "s1", "order": order, "parcels": parcels}
        if rng.random() < 0.2:
            about["payment"] = "cod"
        else:
            about["paid_at"] = rfc3339(base + rng.randrange(-3, 3) * HOUR)
        if rng.random() < 0.3:
            about["presale_until"] = rfc3339(base + rng.randrange(60) * HOUR)
        if rng.random() < 0.3:
            about["promised_at"] = rfc3339(base + rng.randrange(-5, 100) * HOUR)
        events.append(ev("order.placed", rfc3339(base), about))
        for type, chance in (("collected", 0.75), ("delivered", 0.5), ("cancelled", 0.2)):
            if rng.random() > chance:
                continue
            for parcel in range(parcels + rng.choice((0, 0, -1, 1))):
                when = base + rng.choice((rng.randrange(-5, 100) * HOUR, 36 * HOUR, 60 * HOUR,
                                          60 * HOUR + 1, rng.randrange(300 * HOUR)))
                data = {"store": "s1", "order": order}
                if type != "cancelled" and rng.random() < 0.7:
                    data["parcel"] = rng.choice(("a\t=\\", "\\n", "\n", f"p{parcel}"))
                events.append(ev(f"order.{type}", rfc3339(when), data))
    for event in rng.sample(events, 25):
        events.append(ev("event.retracted",
                         rfc3339(instant(event["time"]) + rng.randrange(200) * HOUR),
                         {"store": "s1", "source": event["source"], "id": event["id"]}))
    rng.shuffle(events)
    return events


def assert_adds_up(score):
    def milli(text):
        return 0 if text is None else round(1000 * float(text))

    for factor in score["factors"]:
        parts = sum(milli(metric["contribution"]) for metric in factor["metrics"])
        assert parts == milli(factor["contribution"]), factor
    if score["score"] is not None:
        total = sum(milli(factor["contribution"]) for factor in score["factors"])
        assert total == milli(score["score"]["base"]), score


def test_a_policy_of_new_measures_counts_the_orders_of_before():
    rng, zone = random.Random(7), "Asia/Kathmandu"
    events, end = odd_history(rng), START + 60 * 24 * HOUR
    facts = oracle.admit([(event, end) for event in events])[1]
    uri = new_database()
    with Service(uri, clock_start=rfc3339(end)) as service:
        odd_policy(service)
        service.put_store("s1", time_zone=zone, policy="jd")
        assert_accepted(service.post_events(events[:200]))
        service.put_store("s1", time_zone=zone, policy="odd")
        assert_accepted(service.post_events(events[200:]))
        for resource in ("score", "score?basis=official", "backlog"):
            assert_live_is_as_of(service, "s1", resource)
        scored = 0
        for _ in range(25):
            now = rng.choice((START + rng.randrange(45 * 24) * HOUR - rng.randrange(2),
                              instant(rng.choice(events)["time"]) + 60 * HOUR))
            query = f"as_of={rfc3339(now)}&policy=odd"
            backlog = service.get(f"/v1/stores/s1/backlog?{query}").json()
            score = service.get(f"/v1/stores/s1/score?{query}").json()
            expected = oracle.backlog(facts, zone, now, odd_rules())
            differences = oracle.backlog_differences(expected, backlog)
            assert not differences, (query, differences)
            orders = oracle.orders_of(oracle.known_at(facts, now), now)
            shown = {metric["id"]: (metric["good"], metric["valid"], metric["pending"])
                     for metric in score["factors"][-1]["metrics"]}
            assert shown == share_counts(orders, zone, now), query
            assert_adds_up(score)
            scored += score["score"] is not None
        assert scored > 10, scored
    code, output = verify(uri)
    assert code == 0, output


# --- Clocks and past instants -----------------------------------------------------------------


def test_a_payment_later_than_the_clock_is_not_known_yet():
    """A second process, or one that was started anew, can have a clock that is behind."""
    uri = new_database()
    with Service(uri, clock_start=at(251)) as service:
        service.put_store("s1", time_zone="UTC")
        assert_accepted(service.post_events([
            ev("order.placed", at(230), {"store": "s1", "order": "A", "paid_at": at(250)}),
            placed("B", 230)]))
    with Service(uri, clock_start=at(245), migrate=False) as service:
        for resource in ("score", "backlog"):
            assert_live_is_as_of(service, "s1", resource)


def test_a_past_order_does_not_know_of_a_later_retraction():
    with Service(new_database(), clock_start=NOW) as service:
        service.put_store("s1", time_zone="UTC")
        order = placed("A", 1)
        target = {"store": "s1", "source": order["source"], "id": order["id"]}
        assert_accepted(service.post_events([order]))
        before = service.get(f"/v1/stores/s1/orders/A?as_of={at(50)}").json()
        assert_accepted(service.post_events([ev("event.retracted", at(100), target)]))
        after = service.get(f"/v1/stores/s1/orders/A?as_of={at(50)}").json()
        assert before == after, oracle.differences(before, after)


# --- Sizes ------------------------------------------------------------------------------------


def resident_mib(service):
    with open(f"/proc/{service.pid}/status", encoding="ascii") as status:
        kib = next(line.split()[1] for line in status if line.startswith("VmRSS"))
    return int(kib) // 1024


def stream_until_stalled(service, name, connections):
    """Uploads long lines until the service reads no more."""
    connection = socket.create_connection(("127.0.0.1", service.port))
    connections.append(connection)
    connection.sendall((f"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: {10 ** 9}\r\n"
                        f"Authorization: Bearer {ADMIN_KEY}\r\n"
                        "Content-Type: application/x-ndjson\r\n\r\n").encode())
    connection.setblocking(False)
    filler = "x" * 250000
    for number in range(800):
        event = ev("order.shipped", at(1), {"store": "s1", "order": "A", "carrier": filler},
                   id=f"{name}-{number}")
        rest = (json.dumps(event) + "\n").encode()
        while rest:
            if not select.select([], [connection], [], 3)[1]:
                return
            rest = rest[connection.send(rest):]


def test_memory_is_bounded_while_the_writer_waits():
    """A full queue slows the reading of streams: what is read ahead is bounded in bytes."""
    uri = new_database()
    with Service(uri, clock_start=NOW) as service:
        service.put_store("s1", time_zone="UTC")
        connections = []
        with locked_orders(uri):
            uploads = [threading.Thread(target=stream_until_stalled,
                                        args=(service, name, connections)) for name in "abcd"]
            for upload in uploads:
                upload.start()
            for upload in uploads:
                upload.join()
            used = resident_mib(service)
            for connection in connections:
                connection.close()
        assert used < 256, f"{used} MiB for 4 of 16 possible streams"


def test_an_order_that_can_grow_no_more_fails_alone():
    """Other orders' events in the same request are stored, whatever becomes of this one's."""
    uri = new_database()
    with Service(uri, clock_start=NOW) as service:
        service.put_store("s1", time_zone="UTC")
        assert_accepted(service.post_events([placed("big", 1)]))
        # As tens of thousands of waybills with long ids would leave it.
        waybill = rf"shipped\t{instant(at(2))}\t{'s' * 200}\t{'i' * 200}\tparcel={'p' * 200}\n"
        psql(uri, f"update orders set facts = facts || repeat(E'{waybill}',"
                  f" {16 * MIB} / length(E'{waybill}'))")
        waybill = ev("order.shipped", at(3), {"store": "s1", "order": "big", "parcel": "p" * 200},
                     source="s" * 200, id="i" * 200)
        answer = service.post_events([waybill, placed("small", 2)], "batch")
        assert answer.status == 200, answer
        assert [result["status"] for result in answer.json()["results"]][1] == "accepted", answer
        assert service.get("/v1/stores/s1/orders/small").status == 200


def test_a_quarantine_of_large_bodies_can_be_read():
    with Service(new_database(), clock_start=NOW) as service:
        service.put_store("s1", time_zone="UTC")
        bad = ({"id": f"e{number}", "data": {"store": "s1", "note": "y" * 250000}}
               for number in range(80))
        answer = service.post("/v1/events", lines(bad), headers=NDJSON)
        assert answer.json()["rejected"] == 80, answer.status
        seen, cursor = 0, ""
        while cursor is not None:
            answer = service.get(f"/v1/quarantine{cursor and '?cursor=' + cursor}")
            assert answer.status == 200, answer
            seen += len(answer.json()["items"])
            cursor = answer.json()["next_cursor"]
        assert seen == 80, seen


# --- Names ------------------------------------------------------------------------------------


def test_whatever_id_an_order_has_it_can_be_read():
    uri = new_database()
    with Service(uri, clock_start=NOW) as service:
        service.put_store("s1", time_zone="UTC")
        for id in ("\\t", "a/b", "a%2Fb", "a?b=c", " ", "'\";--", "\U0001f600", "x" * 200, "..",
                   "\u2028", "a\tb", "a\nb", "\x7f"):
            answer = service.post_events([
                placed(id, 1, parcels=2), ev("order.collected", at(2), {
                    "store": "s1", "order": id, "parcel": id}),
                ev("order.collected", at(3), {"store": "s1", "order": id, "parcel": "other"})])
            if answer.json()["rejected"] == 3:
                continue
            assert_accepted(answer)
            answer = service.get("/v1/stores/s1/orders/" + urllib.parse.quote(id, safe=""))
            if any(c < " " or c == "\x7f" for c in id):  # a path carries no control characters
                assert answer.status == 400, (id, answer)
                continue
            assert answer.status == 200, (id, answer)
            assert answer.json()["collected_at"] == at(3), (id, answer)
    assert run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": uri}).returncode == 0
    code, output = verify(uri)
    assert code == 0, output


# --- A database in the way --------------------------------------------------------------------


def test_a_database_that_only_reads_is_no_fault_of_the_service():
    uri = new_database()
    with Service(uri, clock_start=NOW) as service:
        name = psql(uri, "select current_database()")[0][0]
        psql(uri, f"alter database {name} set default_transaction_read_only = on")
        psql(uri, "select pg_terminate_backend(pid) from pg_stat_activity"
                  " where datname = current_database() and pid <> pg_backend_pid()")
        answer = service.post_json("/v1/keys", {"role": "ingest", "name": "k"})
        assert answer.status in (201, 503), answer
        answer = service.delete("/v1/keys/0123456789abcdef")
        assert answer.status in (404, 503), answer


def stopped_in_time(uri, request):
    """Whether a service whose request hangs on a lock ends as it should."""
    with Service(uri, clock_start=NOW, migrate=False) as service:
        def swallow():
            with contextlib.suppress(OSError):
                request(service)

        hanging = threading.Thread(target=swallow)
        with locked_orders(uri):
            hanging.start()
            until(lambda: waiting_for_locks(uri) > 0)
            try:
                service.stop()
            finally:
                service.kill()
                hanging.join()


def test_sigterm_ends_what_hangs_on_a_lock():
    """Within 25 s, whoever keeps the tables: both cases at once, for they take their time."""
    faults = []

    def case(request):
        uri = new_database()
        with Service(uri, clock_start=NOW) as service:
            service.put_store("s1", time_zone="UTC")
        try:
            stopped_in_time(uri, request)
        except AssertionError as fault:
            faults.append(str(fault).splitlines()[0])

    cases = [threading.Thread(target=case, args=(request,)) for request in (
        lambda service: service.post_events([placed("A", 1)]),
        lambda service: service.get(f"/v1/stores/s1/score?as_of={at(1)}"))]
    for thread in cases:
        thread.start()
    for thread in cases:
        thread.join()
    assert not faults, faults


def test_lost_backends_lose_nothing():
    """Every backend is ended again and again under load: 503 with Retry-After, then it goes on."""
    uri = new_database()
    with Service(uri, clock_start=NOW) as service:
        service.put_store("s1", time_zone="UTC")
        acknowledged, odd, ended = [], [], threading.Event()

        def post(name):
            for number in itertools.count():
                order = f"{name}-{number}"
                answer = service.post_events([placed(order, 1)], "single")
                if answer.status == 200:
                    acknowledged.append(order)
                elif answer.status != 503 or "retry-after" not in answer.headers:
                    odd.append(answer)
                answer = service.get("/v1/stores/s1/score")
                if answer.status not in (200, 503):
                    odd.append(answer)
                if ended.is_set():
                    return

        posts = [threading.Thread(target=post, args=(name,)) for name in "abc"]
        for thread in posts:
            thread.start()
        try:
            for _ in range(8):
                known = len(acknowledged)
                psql(uri, "select pg_terminate_backend(pid) from pg_stat_activity"
                          " where datname = current_database() and pid <> pg_backend_pid()")
                until(lambda: len(acknowledged) > known + 5)
        finally:
            ended.set()
            for thread in posts:
                thread.join()
        assert not odd, odd[:3]
        stored = {row[0] for row in psql(uri, "select order_id from orders")}
        assert set(acknowledged) <= stored
    code, output = verify(uri)
    assert code == 0, output


def test_settings_and_rebuilds_during_two_processes_ingest():
    uri = new_database()
    stores, refused = ("s1", "s2", "s3"), []
    with Service(uri, clock_start=NOW) as left, Service(uri, clock_start=NOW) as right:
        for store in stores:
            left.put_store(store, time_zone="UTC")
        put_policy(left, "moving")

        def ingest(service, seed):
            rng = random.Random(seed)
            for _ in range(40):
                events = []
                for _ in range(60):
                    data = {"store": rng.choice(stores), "order": f"o{rng.randrange(200)}"}
                    type = rng.choice(("order.placed", "order.collected", "order.cancelled",
                                       "event.retracted"))
                    if type == "event.retracted":
                        data = {"store": data["store"], "source": "x",
                                "id": f"i{rng.randrange(2000)}"}
                    elif type == "order.placed":
                        data["payment"] = "cod"
                    events.append(ev(type, at(rng.randrange(200)), data,
                                     id=f"i{rng.randrange(2000)}", source="x"))
                answer = service.post_events(events, rng.choice(("batch", "ndjson")))
                if answer.status != 200:
                    refused.append(answer)

        def settle(service, seed):
            rng = random.Random(seed)
            for number in range(25):
                service.put_store(rng.choice(stores), policy=rng.choice(("jd", "moving")),
                                  time_zone=rng.choice(("UTC", "Asia/Kolkata")))
                put_policy(service, "moving", backlog={"min_orders": 1, "marks": [
                    {**MARKS[0], "hours": 1 + (number + seed) % 30}]})

        def remake():
            for _ in range(3):
                done = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": uri})
                if done.returncode != 0:
                    refused.append(done)

        work = [(ingest, left, 1), (ingest, right, 2), (settle, left, 3), (settle, right, 4),
                (remake,)]
        threads = [threading.Thread(target=run, args=args) for run, *args in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not refused, refused[:3]
        code, output = verify(uri)
        assert code == 0, output
        for service, store in itertools.product((left, right), stores):
            for resource in ("score", "backlog"):
                assert_live_is_as_of(service, store, resource)
        assert ADMIN_KEY not in left.log() + right.log()


if __name__ == "__main__":
    main()
