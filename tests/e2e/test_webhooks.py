#!/usr/bin/env python3
"""Subscriptions and their deliveries, against a receiver that verifies by itself."""

import datetime
import subprocess
import threading
import time

import harness
from harness import Service, new_database, psql
from notices import AT, LEVEL, REPORT, add_notices
from receiver import Receiver, await_true

SLOW = 1  # waits between attempts as they are
FAST = 1000  # milliseconds
AT_ONCE = 1000000


def hooks(uri=None, divisor=SLOW, env=None, **kwargs):
    env = {"WINDVANE_WEBHOOK_PRIVATE": "allow",
           "WINDVANE_WEBHOOK_BACKOFF_DIVISOR": str(divisor), **(env or {})}
    return Service(uri or new_database(), env=env, **kwargs)


def subscribe(service, url, key=harness.ADMIN_KEY, **members):
    answer = service.post("/v1/subscriptions", {"url": url, **members}, key=key)
    assert answer.status == 201, answer
    return answer.json()


def deliveries(service, subscription, state=None):
    query = "" if state is None else f"?state={state}"
    answer = service.get(f"/v1/subscriptions/{subscription['id']}/deliveries{query}")
    assert answer.status == 200, answer
    return answer.json()["items"]


def await_state(service, subscription, state, count=1):
    def there():
        items = deliveries(service, subscription, state)
        return items if len(items) == count else None
    return await_true(there, f"{count} {state}")


def instant(text):
    return datetime.datetime.fromisoformat(text)


# --- what is sent -----------------------------------------------------------------------------


def test_a_notification_is_signed_and_sent():
    with hooks() as service, Receiver() as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url, name="ops")
        assert subscription["secret"].startswith("whsec_")
        add_notices(service.uri, "s1", (LEVEL, {"from": "mild", "to": "none", "resolved": True}))
        delivery, = receiver.wait(1)
        assert delivery.signers(subscription["secret"]) == [subscription["secret"]]
        assert delivery.headers["content-type"] == "application/json"
        assert delivery.headers["user-agent"].startswith("windvane/"), delivery.headers
        assert abs(int(delivery.headers["webhook-timestamp"]) - time.time()) < 300
        assert b" " not in delivery.body, "not compact"
        body = delivery.json()
        recorded_at = body["data"].pop("recorded_at")
        assert abs(instant(recorded_at).timestamp() - time.time()) < 300
        assert body == {"type": LEVEL, "timestamp": AT, "data": {
            "store": "s1", "id": "1", "type": LEVEL, "at": AT,
            "data": {"from": "mild", "to": "none", "resolved": True}}}, body
        item, = await_state(service, subscription, "delivered")
        assert item["id"] == delivery.id and item["last_status"] == 200, item
        assert item["attempts"] == 1 and item["notification"] == "1", item
        assert item["next_attempt_at"] is None and item["last_error"] is None, item


def test_the_environment_names_no_proxy():
    nobody = "http://127.0.0.1:9"
    env = {"http_proxy": nobody, "HTTPS_PROXY": nobody, "all_proxy": nobody, "no_proxy": ""}
    with hooks(env=env) as service, Receiver() as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        await_state(service, subscription, "delivered")


def test_only_what_is_wanted_is_sent():
    with hooks() as service, Receiver() as receiver:
        for store in ("s1", "s2", "s3"):
            service.put_store(store)
        wanted = {"all": {}, "s2": {"stores": ["s2", "s3"]}, "report": {"types": [REPORT]},
                  "both": {"stores": ["s1"], "types": [LEVEL, REPORT]}, "off": {"active": False}}
        made = {name: subscribe(service, receiver.url, name=name, **members)
                for name, members in wanted.items()}
        add_notices(service.uri, "s1", (LEVEL, {}), ("backlog.verdict", {}))
        add_notices(service.uri, "s2", (REPORT, {}))
        found = {}
        for name, count in (("all", 3), ("s2", 1), ("report", 1), ("both", 1)):
            items = await_state(service, made[name], "delivered", count)
            found[name] = sorted((item["store"], item["type"]) for item in items)
        assert found == {
            "all": [("s1", LEVEL), ("s1", "backlog.verdict"), ("s2", REPORT)],
            "s2": [("s2", REPORT)], "report": [("s2", REPORT)], "both": [("s1", LEVEL)]}, found
        assert deliveries(service, made["off"]) == []
        assert len({delivery.id for delivery in receiver.wait(6)}) == 6


def test_both_secrets_sign_after_a_rotation():
    with hooks() as service, Receiver() as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        path = f"/v1/subscriptions/{subscription['id']}"
        secrets = [subscription["secret"]]
        for _ in range(2):
            rotated = service.post(f"{path}/rotate").json()
            assert rotated["secret"] not in secrets
            secrets.append(rotated["secret"])
            add_notices(service.uri, "s1", (LEVEL, {}))
            delivery = receiver.wait(len(secrets) - 1)[-1]
            assert delivery.signers(*secrets) == secrets[-2:], "the last two sign, no other"
            until = instant(rotated["old_secret_until"]).timestamp()
            assert abs(until - time.time() - 86400) < 300, rotated
        assert "secret" not in service.get(path).json()
        psql(service.uri, "update subscriptions set old_until = now()")
        add_notices(service.uri, "s1", (LEVEL, {}))
        assert receiver.wait(3)[-1].signers(*secrets) == secrets[-1:], "after a day one"


# --- failures ---------------------------------------------------------------------------------


def test_a_failure_is_tried_again_with_the_same_id():
    def answer(delivery, count):
        return (500, {}, b"try \x00 \xff later") if count < 3 else (204, {})
    with hooks(divisor=FAST) as service, Receiver(answer) as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        item, = await_state(service, subscription, "delivered")
        assert item["attempts"] == 3 and item["last_status"] == 204, item
        sent = receiver.wait(3)
        assert len({(delivery.id, delivery.body) for delivery in sent}) == 1
        for delivery in sent:
            assert delivery.signers(subscription["secret"])


def test_a_failure_is_told():
    def answer(delivery, count):
        return 500, {}, b"try \x00\xff later" + b"x" * 100000
    with hooks() as service, Receiver(answer) as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        item = await_true(lambda: next((item for item in deliveries(service, subscription)
                                        if item["last_status"]), None), "an answer")
        assert item["state"] == "pending" and item["attempts"] == 1, item
        assert item["last_error"].startswith("answered 500: try    later"), item
        assert len(item["last_error"]) < 320, len(item["last_error"])
        wait = instant(item["next_attempt_at"]) - instant(item["last_attempt_at"])
        assert 4 <= wait.total_seconds() <= 8, wait  # 5 s, a tenth, and the answer's own time


def test_nobody_listens():
    with hooks() as service, Receiver() as receiver:
        service.put_store("s1")
        closed = receiver.url
        receiver._server.server_close()
        subscription = subscribe(service, closed)
        add_notices(service.uri, "s1", (LEVEL, {}))
        item = await_true(lambda: next((item for item in deliveries(service, subscription)
                                        if item["last_error"]), None), "a failure")
        assert item["last_status"] is None and item["state"] == "pending", item


def test_redirects_are_not_followed():
    def answer(delivery, count):
        return 307, {"Location": "/elsewhere"}
    with hooks(divisor=AT_ONCE) as service, Receiver(answer) as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        item, = await_state(service, subscription, "dead")
        assert item["last_status"] == 307 and "redirects" in item["last_error"], item
        assert {delivery.path for delivery in receiver.deliveries} == {"/hook"}


def test_gone_switches_the_subscription_off():
    gone = threading.Event()
    gone.set()

    def answer(delivery, count):
        return (410, {}) if gone.is_set() else (200, {})
    with hooks(divisor=FAST) as service, Receiver(answer) as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        item, = await_state(service, subscription, "dead")
        assert item["attempts"] == 1 and item["last_status"] == 410, item
        path = f"/v1/subscriptions/{subscription['id']}"
        found = service.get(path).json()
        assert found["active"] is False and "410" in found["reason"], found
        assert service.post_json(f"{path}/test", {"store": "s1"}).status == 409
        add_notices(service.uri, "s1", (LEVEL, {}))
        assert len(deliveries(service, subscription)) == 1, "added for one that is off"
        gone.clear()
        found = service.put(path, {"url": receiver.url}).json()
        assert found["active"] is True and found["reason"] is None, found
        add_notices(service.uri, "s1", (LEVEL, {}))
        await_state(service, subscription, "delivered")


def test_retry_after_is_honoured_and_capped():
    for status, asked, granted in ((429, 3600, 3600), (503, 10 ** 9, 86400)):
        def answer(delivery, count, status=status, asked=asked):
            return status, {"Retry-After": str(asked)}
        with hooks(divisor=FAST) as service, Receiver(answer) as busy, Receiver() as free:
            service.put_store("s1")
            resting = subscribe(service, busy.url)
            other = subscribe(service, free.url)
            add_notices(service.uri, "s1", (LEVEL, {}))
            item = await_true(lambda: next((item for item in deliveries(service, resting)
                                            if item["last_status"]), None), "an answer")
            wait = instant(item["next_attempt_at"]) - instant(item["last_attempt_at"])
            assert granted <= wait.total_seconds() < granted + 60, (wait, item)
            found = service.get(f"/v1/subscriptions/{resting['id']}").json()
            assert found["rests_until"] == item["next_attempt_at"], found
            add_notices(service.uri, "s1", (LEVEL, {}))
            await_state(service, other, "delivered", 2)
            assert len(busy.deliveries) == 1, "the rest is the whole subscription's"
            newest = deliveries(service, resting)[0]
            assert newest["attempts"] == 0 and newest["state"] == "pending", newest


def test_dead_letters_are_redelivered():
    fails = threading.Event()
    fails.set()

    def answer(delivery, count):
        return (500, {}) if fails.is_set() else (200, {})
    with hooks(divisor=AT_ONCE) as service, Receiver(answer) as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        path = f"/v1/subscriptions/{subscription['id']}"
        add_notices(service.uri, "s1", (LEVEL, {}), (REPORT, {}), (LEVEL, {}))
        dead = await_state(service, subscription, "dead", 3)
        assert {item["attempts"] for item in dead} == {10}, dead
        assert all(item["done_at"] and item["next_attempt_at"] is None for item in dead), dead
        assert len(receiver.deliveries) == 30
        fails.clear()
        one = dead[0]["id"]
        answer = service.post(f"{path}/deliveries/{one}/redeliver")
        assert answer.status == 200 and answer.json()["id"] == one, answer
        assert answer.json()["state"] == "pending" and answer.json()["attempts"] == 0, answer
        delivered, = await_state(service, subscription, "delivered")
        assert delivered["id"] == one and receiver.wait(31)[-1].id == one
        late = (datetime.datetime.now(datetime.timezone.utc)
                + datetime.timedelta(hours=1)).isoformat()
        for since, count in ((late, 0), ("2024-01-01T00:00:00Z", 2), ("2024-01-01T00:00:00Z", 0)):
            answer = service.post_json(f"{path}/redeliver", {"since": since})
            assert answer.json() == {"redelivered": count}, answer
            if count:
                await_state(service, subscription, "delivered", 3)
        ids = [delivery.id for delivery in receiver.wait(33)[31:]]
        assert sorted(ids) == sorted(item["id"] for item in dead[1:]), "another webhook-id"
        answer = service.post(f"{path}/deliveries/{one}/redeliver")
        assert answer.status == 200, "what was delivered can be sent again, too"
        assert receiver.wait(34)[-1].id == one
        assert service.post(f"{path}/deliveries/{'0' * 32}/redeliver").status == 404


def test_a_slow_receiver_holds_up_nobody_else():
    let_go = threading.Event()

    def answer(delivery, count):
        let_go.wait(60)
        return 200, {}
    with hooks() as service, Receiver(answer) as slow, Receiver() as quick:
        service.put_store("s1")
        held = subscribe(service, slow.url)
        free = subscribe(service, quick.url)
        add_notices(service.uri, "s1", *[(LEVEL, {"n": n}) for n in range(200)])
        slow.wait(1)
        assert len(quick.wait(200)) == 200
        await_true(lambda: psql(service.uri, "select count(*) from deliveries "
                                "where state = 'delivered'") == [["200"]], "200 delivered")
        leases = psql(service.uri, f"""
            select count(*) from deliveries where subscription_id = '{held["id"]}'
                and state = 'pending' and next_at = attempted_at + interval '60 s'""")
        assert int(leases[0][0]) <= 1, "more than one that does not answer may have"
        let_go.set()
        slow.wait(200)
        assert len(deliveries(service, free)) == 100 and deliveries(service, held)


# --- processes --------------------------------------------------------------------------------


class Lock:
    """Holds the rows of the outbox inside the `with` block."""

    def __init__(self, uri):
        command = [harness._psql_program(), "-X", "-q", "-A", "-t", "-d", uri]
        self._psql = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True)
        self._psql.stdin.write("begin; select 'held' from deliveries for update;\n")
        self._psql.stdin.flush()
        assert self._psql.stdout.readline() == "held\n"

    def let_go(self):
        self._psql.stdin.close()
        self._psql.wait()


def test_killed_between_the_answer_and_the_mark_sends_twice():
    """The receiver has answered 200 and the process waits to write that down when it is killed."""
    uri = new_database()
    locks = []

    def answer(delivery, count):
        if count == 1:
            locks.append(Lock(uri))  # the claim is committed: the next to touch the row is the mark
        return 200, {}
    with Receiver(answer) as receiver:
        with hooks(uri) as service:
            service.put_store("s1")
            subscription = subscribe(service, receiver.url)
            add_notices(uri, "s1", (LEVEL, {"n": 1}))
            receiver.wait(1)
            waiting = ("from pg_stat_activity where wait_event_type = 'Lock' and "
                       "application_name = 'windvane deliveries' and datname = current_database()")
            await_true(lambda: psql(uri, f"select count(*) {waiting}") == [["1"]], "the mark")
            (pid,), = psql(uri, f"select pid {waiting}")
            service.kill()
            # The server would go on with what it was sent: it dies with the process.
            psql(uri, f"select pg_terminate_backend({pid})")
            await_true(lambda: not psql(uri, f"select pid from pg_stat_activity where pid = {pid}"),
                       "the server's end")
            locks[0].let_go()
        state = psql(uri, "select state, attempts from deliveries")
        assert state == [["pending", "1"]], state
        # A process whose clock is an hour ahead need not wait for the dead one's lease.
        ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        with hooks(uri, clock_start=ahead, migrate=False) as service:
            first, second = receiver.wait(2)
            assert first.id == second.id and first.body == second.body
            assert first.signers(subscription["secret"]) == second.signers(subscription["secret"])
            item, = await_state(service, subscription, "delivered")
            assert item["attempts"] == 2 and item["id"] == first.id, item
        assert len(receiver.deliveries) == 2


def test_killed_before_the_answer_sends_again():
    uri = new_database()
    services = []

    def answer(delivery, count):
        if count == 1:
            services[0].kill()
        return 200, {}
    with Receiver(answer) as receiver:
        with hooks(uri) as service:
            services.append(service)
            service.put_store("s1")
            subscription = subscribe(service, receiver.url)
            add_notices(uri, "s1", (LEVEL, {}))
            receiver.wait(1)
            await_true(lambda: service._process.returncode is not None, "the kill")
        ahead = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        with hooks(uri, clock_start=ahead, migrate=False) as service:
            first, second = receiver.wait(2)
            assert first.id == second.id
            await_state(service, subscription, "delivered")


def test_two_processes_share_the_outbox():
    uri = new_database()
    with hooks(uri) as one, hooks(uri, migrate=False), Receiver() as receiver:
        for store in ("s1", "s2", "s3"):
            one.put_store(store)
        for name in ("a", "b"):
            subscribe(one, f"{receiver.url}/{name}")
        for n in range(40):
            for store in ("s1", "s2", "s3"):
                add_notices(uri, store, (LEVEL, {"n": n}))
        await_true(lambda: psql(uri, "select count(*) from deliveries where state = 'delivered'")
                   == [["240"]], "all delivered")
        ids = [delivery.id for delivery in receiver.deliveries]
        assert len(ids) == len(set(ids)) == 240, (len(ids), len(set(ids)))
        assert psql(uri, "select max(attempts) from deliveries") == [["1"]]


def test_stopping_gives_back_what_is_under_way():
    uri = new_database()
    let_go = threading.Event()

    def answer(delivery, count):
        if count == 1:
            let_go.wait(60)
        return 200, {}
    with Receiver(answer) as receiver:
        with hooks(uri) as service:
            service.put_store("s1")
            subscription = subscribe(service, receiver.url)
            add_notices(uri, "s1", (LEVEL, {}))
            receiver.wait(1)
        state = psql(uri, "select state, next_at <= now(), error from deliveries")
        assert state == [["pending", "t", "the service stopped"]], state
        with hooks(uri, migrate=False) as service:
            first, second = receiver.wait(2)
            assert first.id == second.id
            await_state(service, subscription, "delivered")
        let_go.set()


def test_an_outage_of_the_database_loses_nothing():
    with hooks() as service, Receiver() as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        psql(service.uri, "select pg_terminate_backend(pid) from pg_stat_activity where "
                          "application_name = 'windvane deliveries' "
                          "and datname = current_database()")
        add_notices(service.uri, "s1", (LEVEL, {}))
        await_state(service, subscription, "delivered")


# --- subscriptions ----------------------------------------------------------------------------


PRIVATE = ["http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/",
           "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://[::ffff:8.8.8.8]/",
           "http://169.254.169.254/latest/meta-data/", "http://10.1.2.3:8080/", "http://0.0.0.0/",
           "http://192.168.1.1/", "http://172.31.0.1/", "http://100.64.0.1/", "http://224.0.0.1/",
           "http://[fe80::1]/", "http://[fc00::1]/", "http://[fd12::1]/", "http://[::]/",
           "http://[64:ff9b::127.0.0.1]/", "http://127.1/", "http://[ff02::1]/"]


def test_private_addresses_are_refused():
    with Service(new_database()) as service, Receiver() as receiver:
        service.put_store("s1")
        for url in PRIVATE:
            answer = service.post("/v1/subscriptions", {"url": url})
            assert answer.status == 422, (url, answer)
            assert answer.json()["errors"][0]["pointer"] == "/url", answer
        # What a name leads to is seen when something is sent.
        subscription = subscribe(service, f"http://localhost:{receiver.port}/hook")
        add_notices(service.uri, "s1", (LEVEL, {}))
        item = await_true(lambda: next((item for item in deliveries(service, subscription)
                                        if item["last_error"]), None), "a failure")
        assert item["last_error"] == "The address is not public.", item
        assert item["last_status"] is None and item["state"] == "pending", item
        assert receiver.deliveries == []


def test_what_is_invalid_is_named():
    with hooks() as service:
        service.put_store("s1")
        url = "https://example.com/hook"
        for body, pointer in (
                ({}, "/url"), ({"url": ""}, "/url"), ({"url": 1}, "/url"),
                ({"url": "example.com"}, "/url"), ({"url": "ftp://example.com/"}, "/url"),
                ({"url": "file:///etc/passwd"}, "/url"), ({"url": "https://"}, "/url"),
                ({"url": "https://user@example.com/"}, "/url"),
                ({"url": "https://u:p@example.com/"}, "/url"),
                ({"url": "https://example.com/#top"}, "/url"),
                ({"url": "https://example.com/a b"}, "/url"),
                ({"url": "https://example.com/\n"}, "/url"),
                ({"url": "https://ex\u00e4mple.com/"}, "/url"),
                ({"url": "https://example.com/" + "x" * 2048}, "/url"),
                ({"url": url, "stores": []}, "/stores"),
                ({"url": url, "stores": ["s1", "none"]}, "/stores/1"),
                ({"url": url, "types": []}, "/types"), ({"url": url, "types": "x"}, "/types"),
                ({"url": url, "types": [LEVEL, "windvane.test"]}, "/types/1"),
                ({"url": url, "active": "yes"}, "/active"), ({"url": url, "name": 1}, "/name"),
                ({"url": url, "secret": "mine"}, "/secret")):
            answer = service.post("/v1/subscriptions", body)
            assert answer.status == 422, (body, answer)
            assert answer.json()["errors"][0]["pointer"] == pointer, (body, answer)
        subscription = subscribe(service, url)
        path = f"/v1/subscriptions/{subscription['id']}"
        for call, body, pointer in (
                ("test", {}, "/store"), ("test", {"store": "none"}, "/store"),
                ("redeliver", {}, "/since"), ("redeliver", {"since": "today"}, "/since")):
            answer = service.post_json(f"{path}/{call}", body)
            assert answer.status == 422, (call, body, answer)
            assert answer.json()["errors"][0]["pointer"] == pointer, (call, body, answer)
        for query in ("state=lost", "limit=0", "cursor=x"):
            assert service.get(f"{path}/deliveries?{query}").status == 422, query


def test_merchants_see_their_own():
    with hooks() as service, Receiver() as receiver:
        for store in ("s1", "s2", "s3"):
            service.put_store(store)

        def key(*stores, role="merchant"):
            return service.post_json("/v1/keys", {"role": role, "stores": stores}).json()["key"]
        one, both, reviewer = key("s1"), key("s1", "s2"), key("s1", role="reviewer")
        of_admin = subscribe(service, receiver.url, stores=["s1"], name="admin's")
        mine = subscribe(service, receiver.url, key=one, name="one's")
        theirs = subscribe(service, receiver.url, key=both, name="both's")
        assert mine["stores"] == ["s1"] and theirs["stores"] == ["s1", "s2"], (mine, theirs)

        def seen(key):
            items = service.get("/v1/subscriptions", key=key).json()["items"]
            return {item["name"] for item in items}
        assert seen(one) == {"one's"} and seen(both) == {"one's", "both's"}
        assert seen(harness.ADMIN_KEY) == {"admin's", "one's", "both's"}
        for other in (of_admin, theirs):
            path = f"/v1/subscriptions/{other['id']}"
            for method, at, body in (("GET", "", None), ("PUT", "", {"url": receiver.url}),
                                     ("DELETE", "", None), ("POST", "/rotate", None),
                                     ("POST", "/test", {}), ("GET", "/deliveries", None),
                                     ("POST", "/redeliver", {"since": AT}),
                                     ("POST", f"/deliveries/{'0' * 32}/redeliver", None)):
                answer = service.request(method, path + at, body, key=one)
                assert answer.status == 404, (method, at, answer)
        answer = service.post("/v1/subscriptions", {"url": receiver.url, "stores": ["s1", "s2"]},
                              key=one)
        assert answer.status == 422, answer
        assert answer.json()["errors"][0]["pointer"] == "/stores/1", answer
        path = f"/v1/subscriptions/{mine['id']}"
        answer = service.put(path, {"url": receiver.url, "stores": ["s3"]}, key=one)
        assert answer.status == 422, answer
        assert service.get("/v1/subscriptions", key=reviewer).status == 403

        answer = service.post(f"{path}/test", {}, key=one)
        assert answer.status == 201 and answer.json()["type"] == "windvane.test", answer
        sent, = receiver.wait(1)
        assert sent.id == answer.json()["id"] and sent.signers(mine["secret"]), sent.headers
        assert deliveries(service, of_admin) == deliveries(service, theirs) == []
        assert service.delete(path, key=one).status == 204
        assert service.get(path, key=one).status == 404
        assert psql(service.uri, "select count(*) from deliveries") == [["0"]]


def test_a_merchants_key_has_a_hundred():
    with hooks() as service:
        service.put_store("s1")
        key = service.post_json("/v1/keys", {"role": "merchant", "stores": ["s1"]}).json()["key"]
        for _ in range(100):
            subscribe(service, "https://example.com/", key=key)
        answer = service.post("/v1/subscriptions", {"url": "https://example.com/"}, key=key)
        assert answer.status == 409, answer
        subscribe(service, "https://example.com/")


if __name__ == "__main__":
    harness.main()
