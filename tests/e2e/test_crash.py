#!/usr/bin/env python3
"""What was acknowledged stays, once: after SIGKILL, between two processes, beside a bad event."""

import http.client
import json
import random
import threading
import time

import harness
from harness import ADMIN_KEY, Service, ev, new_database, psql, verify

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
STORES = ("s1", "s2", "s3")
LIMIT_S = 60


def life_of_orders(number):
    """Events of `number` orders over the stores, in a random but repeatable order."""
    dice = random.Random(number)
    events = []
    for n in range(number):
        order = {"store": STORES[n % len(STORES)], "order": f"A{n}"}
        day = 1 + n % 28
        start = f"2024-01-{day:02}T{n % 24:02}:00:00+08:00"
        steps = [("order.placed", start, {**order, "payment": dice.choice(("cod", "prepaid"))}),
                 ("order.paid", f"2024-01-{day:02}T{n % 24:02}:05:00+08:00", order)]
        for kind in ("collected", "delivered", "cancelled"):
            if dice.random() < 0.6:
                later = f"2024-02-{1 + dice.randrange(9):02}T{dice.randrange(24):02}:00:00+08:00"
                steps.append((f"order.{kind}", later, order))
        events += [ev(kind, time, data, id=f"{n}-{kind}") for kind, time, data in steps]
    dice.shuffle(events)
    return events


class Sender:
    """Posts over one keep-alive connection and opens it again when it must."""

    def __init__(self, service):
        self.service = service
        self.connection = None

    def post(self, body, media_type):
        """Status and answer, or None when the connection broke and the outcome is unknown."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.service.port,
                                                         timeout=LIMIT_S)
        try:
            self.connection.request("POST", "/v1/events", json.dumps(body),
                                    {"Content-Type": media_type,
                                     "Authorization": f"Bearer {ADMIN_KEY}"})
            reply = self.connection.getresponse()
            return reply.status, json.loads(reply.read())
        except (OSError, http.client.HTTPException, ValueError):
            self.close()
            return None

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def in_threads(number, work):
    """Runs work(index) in threads; the first failure of any is the caller's."""
    failures = []

    def run(index):
        try:
            work(index)
        except BaseException as problem:
            failures.append(problem)

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def put_stores(service):
    for store in STORES:
        service.put_store(store)


def stored_ids(uri):
    """Every id of the log, as a list: what is twice in it is stored twice."""
    return [row[0] for row in psql(uri, "select event_id from events")]


def check_stored_once(uri, at_least, at_most):
    ids = stored_ids(uri)
    assert len(ids) == len(set(ids)), "an event is stored twice"
    assert set(at_least) <= set(ids), sorted(set(at_least) - set(ids))[:5]
    assert set(ids) <= set(at_most), sorted(set(ids) - set(at_most))[:5]
    keys = {row[0] for row in psql(uri, "select event_id from event_keys")}
    assert keys == set(ids), sorted(keys ^ set(ids))[:5]


def await_no_sessions(uri):
    """A killed service leaves server processes behind that may still be about to commit."""
    await_true(lambda: psql(uri, "select count(*) from pg_stat_activity where"
                                 " datname = current_database() and pid <> pg_backend_pid()"
                                 " and backend_type = 'client backend'") == [["0"]],
               "sessions of a dead service remain")


def await_true(condition, what):
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def check_clean(uri):
    code, output = verify(uri)
    assert code == 0, output


# --- SIGKILL ----------------------------------------------------------------------------------


def post_until_killed(service, events, kill_after):
    """Sixteen connections post single events; when `kill_after` are answered it is killed."""
    queue = iter(events)
    lock = threading.Lock()
    sent, acknowledged = [], []
    enough = threading.Event()

    def post(sender):
        while True:
            with lock:
                event = next(queue, None)
                if event is None:
                    return
                sent.append(event)
            answer = sender.post(event, STRUCTURED)
            if answer is None:
                return  # killed: nobody knows what became of this one
            status, body = answer
            assert status == 200 and body["accepted"] == 1, answer
            with lock:
                acknowledged.append(event)
                if len(acknowledged) >= kill_after:
                    enough.set()

    def work(_):
        sender = Sender(service)
        try:
            post(sender)
        finally:
            sender.close()
            enough.set()

    def kill(_):
        enough.wait(LIMIT_S)
        service.kill()

    in_threads(17, lambda index: kill(index) if index == 16 else work(index))
    return sent, acknowledged


def test_sigkill_loses_nothing_that_was_acknowledged():
    uri = new_database()
    events = life_of_orders(1500)
    sent, acknowledged = [], []
    for round_number in range(3):
        with Service(uri, migrate=round_number == 0) as service:
            if round_number == 0:
                put_stores(service)
            rest = events[len(sent):]
            now_sent, now_acknowledged = post_until_killed(service, rest, 400)
            assert 400 <= len(now_acknowledged) < len(rest), "it was not killed under load"
            sent += now_sent
            acknowledged += now_acknowledged
        await_no_sessions(uri)
        check_stored_once(uri, [e["id"] for e in acknowledged], [e["id"] for e in sent])
        check_clean(uri)
    with Service(uri, migrate=False) as service:
        there = len(stored_ids(uri))
        counts = service.post_events(sent).json()
        assert counts["duplicate"] == there, (counts, there)
        assert counts["accepted"] == len(sent) - there, (counts, len(sent), there)
    check_stored_once(uri, [e["id"] for e in sent], [e["id"] for e in sent])
    check_clean(uri)


# --- two processes ----------------------------------------------------------------------------


def test_two_processes_on_one_database():
    uri = new_database()
    events = life_of_orders(1500)
    totals = {"accepted": 0, "duplicate": 0, "conflict": 0, "ignored": 0, "rejected": 0}
    sent = 0
    sent_ids = set()
    lock = threading.Lock()
    with Service(uri) as one, Service(uri, migrate=False) as other:
        put_stores(one)
        deadline = time.monotonic() + 10

        def work(index):
            nonlocal sent
            sender = Sender((one, other)[index % 2])
            dice = random.Random(index)
            while time.monotonic() < deadline:
                at = dice.randrange(len(events) - 20)
                some = events[at:at + dice.randrange(1, 20)]
                answer = sender.post(some, BATCH)
                assert answer is not None and answer[0] == 200, answer
                with lock:
                    sent += len(some)
                    sent_ids.update(event["id"] for event in some)
                    for name in totals:
                        totals[name] += answer[1][name]
            sender.close()

        in_threads(8, work)

        def readings(service):
            return [service.get(f"/v1/stores/{store}/{resource}?as_of=2024-01-31T00:00:00Z").body
                    for store in STORES for resource in ("score", "backlog")]

        # A process may answer for a moment with what it read before the other's last event.
        await_true(lambda: readings(one) == readings(other), "the processes do not agree")
    assert sum(totals.values()) == sent, (totals, sent)
    assert totals["accepted"] == len(sent_ids), (totals, len(sent_ids))
    assert totals["duplicate"] == sent - len(sent_ids), (totals, sent)
    check_stored_once(uri, sent_ids, sent_ids)
    check_clean(uri)


# --- group commit -----------------------------------------------------------------------------

# Stands for a disk that takes its time, so that requests gather while a group is being stored.
SLOW_STORAGE = """
    create function slow_storage() returns trigger language plpgsql
        as 'begin perform pg_sleep(0.02); return null; end';
    create trigger slow_storage after insert on events execute function slow_storage()"""

CONNECTIONS = 64


def commits(uri):
    """Transactions that inserted events: each has left its id on its rows."""
    return int(psql(uri, "select count(distinct xmin::text) from events")[0][0])


def all_commits(uri):
    """Committed transactions of this database, of whatever session."""
    return int(psql(uri, "select xact_commit from pg_stat_database"
                         " where datname = current_database()")[0][0])


def test_single_events_share_a_commit():
    uri = new_database()
    with Service(uri) as service:
        service.put_store("s1")
        psql(uri, SLOW_STORAGE)

        def work(index):
            sender = Sender(service)
            for number in range(20):
                event = ev("order.placed", "2024-01-01T10:00:00Z",
                           {"store": "s1", "order": f"A{index}-{number}"})
                status, body = sender.post(event, STRUCTURED)
                assert status == 200 and body["accepted"] == 1, (status, body)
            sender.close()

        before = all_commits(uri)
        in_threads(CONNECTIONS, work)
    await_no_sessions(uri)  # a session reports its commits when it ends, at the latest
    total, posted = all_commits(uri) - before, CONNECTIONS * 20
    assert len(stored_ids(uri)) == posted
    assert posted / commits(uri) > 5, f"{posted} events in {commits(uri)} commits"
    assert posted / total > 5, f"{posted} events, {total} commits of all sessions"
    check_clean(uri)


# --- what PostgreSQL refuses ------------------------------------------------------------------

REFUSE_POISON = """
    alter table events add constraint no_poison check (event_id not like 'poison%')"""


def placed(id):
    order = {"store": "s1", "order": id, "payment": "cod"}
    return ev("order.placed", "2024-01-01T10:00:00Z", order, id=id)


def test_an_event_that_postgresql_refuses_fails_alone():
    uri = new_database()
    with Service(uri) as service:
        service.put_store("s1")
        psql(uri, SLOW_STORAGE)
        psql(uri, REFUSE_POISON)
        refused = []

        def work(index):
            sender = Sender(service)
            for number in range(5):
                poison = index % 16 == number
                event = placed(f"{'poison' if poison else 'good'}-{index}-{number}")
                status, body = sender.post(event, STRUCTURED)
                if poison:
                    assert status == 422, (status, body)
                    refused.append(event)
                else:
                    assert status == 200 and body["accepted"] == 1, (status, body)
            sender.close()

        in_threads(CONNECTIONS, work)
        good = CONNECTIONS * 5 - len(refused)
        assert len(refused) == 20 and len(stored_ids(uri)) == good
        assert not [i for i in stored_ids(uri) if i.startswith("poison")]
        today = service.get("/v1/stores/s1/backlog?as_of=2024-01-01T12:00:00Z").json()["today"]
        assert today["placed"] == good, today
        check_clean(uri)
        # A refused event took no identity: when the reason is gone it is as good as any.
        psql(uri, "alter table events drop constraint no_poison")
        assert service.post_events(refused).json()["accepted"] == len(refused)
    check_clean(uri)


def test_a_refused_event_of_a_batch_is_rejected_alone():
    uri = new_database()
    names = [f"poison{n}" if n in (0, 7, 8, 19) else f"good{n}" for n in range(20)]
    with Service(uri) as service:
        service.put_store("s1")
        psql(uri, REFUSE_POISON)
        for form in ("batch", "ndjson"):
            events = [placed(f"{name}-{form}") for name in names]
            reply = service.post_events(events, form=form)
            assert reply.status == 200, reply.body
            counts = reply.json()
            assert (counts["accepted"], counts["rejected"]) == (16, 4), counts
            assert [r["index"] for r in counts["results"] if r["status"] == "rejected"] == \
                [0, 7, 8, 19], counts
        assert len(stored_ids(uri)) == 32
    check_clean(uri)


if __name__ == "__main__":
    harness.main()
