#!/usr/bin/env python3
"""What is pushed, against clients and receivers that misbehave."""

import contextlib
import datetime
import http.client
import os
import random
import re
import signal
import socket
import socketserver
import threading
import time
import urllib.parse

import harness
from harness import ADMIN_KEY, Service, ev, new_database, psql
from notices import LEVEL, REPORT, add_notices
from receiver import Receiver, await_true
from sse import Stream

RESET = b"\1\0\0\0\0\0\0\0"  # SO_LINGER of 0 s: a close that sends RST


def hooks(uri=None, divisor=1, env=None, **kwargs):
    env = {"WINDVANE_WEBHOOK_PRIVATE": "allow",
           "WINDVANE_WEBHOOK_BACKOFF_DIVISOR": str(divisor), **(env or {})}
    return Service(uri or new_database(), env=env, **kwargs)


def subscribe(service, url, key=ADMIN_KEY, **members):
    answer = service.post("/v1/subscriptions", {"url": url, **members}, key=key)
    assert answer.status == 201, answer
    return answer.json()


def path_of(subscription):
    return f"/v1/subscriptions/{subscription['id']}"


def deliveries(service, subscription, query=""):
    answer = service.get(f"{path_of(subscription)}/deliveries{query}")
    assert answer.status == 200, answer
    return answer.json()["items"]


def tried(service, subscription):
    """The newest delivery, once an attempt has come to something."""
    def ended():
        items = deliveries(service, subscription)
        told = items and (items[0]["last_status"] or items[0]["last_error"])
        return items[0] if told else None
    return await_true(ended, "the end of an attempt")


def counts(uri):
    return dict(psql(uri, "select state, count(*) from deliveries group by state"))


def pages(service, path, name, between=lambda: None):
    """`name` of all items, page by page; `between` runs after each page."""
    found, cursor = [], None
    while True:
        query = "" if cursor is None else "&cursor=" + urllib.parse.quote(cursor, safe="")
        answer = service.get(f"{path}limit=7{query}")
        assert answer.status == 200, answer
        page = answer.json()
        found += [name(item) for item in page["items"]]
        between()
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def connect(service, text):
    peer = socket.create_connection(("127.0.0.1", service.port), timeout=60)
    peer.sendall(text.encode())
    return peer


def stream_request(store="s1", method="GET", last=""):
    return (f"{method} /v1/stores/{store}/stream HTTP/1.1\r\nHost: windvane\r\n"
            f"Authorization: Bearer {ADMIN_KEY}\r\nLast-Event-ID: {last}\r\n\r\n")


class Raw:
    """A receiver that answers with bytes: `answer(peer)` has the connection, after the request."""

    def __init__(self, answer):
        self.arrived = 0
        raw = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                length = 0
                while (line := self.rfile.readline()) not in (b"\r\n", b""):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                self.rfile.read(length)
                raw.arrived += 1
                with contextlib.suppress(OSError):
                    answer(self.request)
        socketserver.ThreadingTCPServer.request_queue_size = 128
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads, self._server.block_on_close = True, False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/raw"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()


# --- streams ----------------------------------------------------------------------------------


def test_head_of_a_stream_has_no_body():
    """RFC 9110, 9.3.2: no content; else a proxy that keeps the connection reads it as an answer."""
    with Service(new_database()) as service:
        service.put_store("s1")
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        path, headers = "/v1/stores/s1/stream", {"Authorization": f"Bearer {ADMIN_KEY}"}
        for _ in range(3):
            connection.request("HEAD", path, headers=headers)
            answer = connection.getresponse()
            assert answer.status == 200 and answer.read() == b"", answer.status
            assert answer.getheader("Content-Type") == "text/event-stream"
        connection.request("GET", "/livez")
        assert connection.getresponse().status == 200
        connection.close()


def test_a_client_that_has_seen_nothing_misses_nothing():
    """An EventSource that has seen no id connects again without one, unless it was told where it
    began."""
    with Service(new_database()) as service:
        service.put_store("s1")
        add_notices(service.uri, "s1", (LEVEL, {"n": 0}), (LEVEL, {"n": 1}))
        peer = connect(service, stream_request())
        text = b""
        while b"retry: 3000" not in text or not text.endswith(b"\n\r\n"):
            text += peer.recv(65536)
        peer.close()
        # The HTML standard: an event without data sets the last event id and is not dispatched.
        seen = re.findall(rb"^id: (\d+)$", text.partition(b"\r\n\r\n")[2], re.MULTILINE)
        add_notices(service.uri, "s1", (LEVEL, {"n": 2}))
        with Stream(service, "s1", last=seen[-1].decode() if seen else None) as stream:
            add_notices(service.uri, "s1", (LEVEL, {"n": 3}))
            assert stream.ids(1) == [3], "the one in between was left out"


def test_readers_move_between_two_processes_while_two_write():
    uri, count, faults = new_database(), 24, []
    with Service(uri) as one, Service(uri, migrate=False) as other:
        one.put_store("s1")

        def write(number):
            for n in range(count // 4):
                add_notices(uri, "s1", *[(LEVEL, {"t": "x" * (9000 if n % 3 else 1)})] * 2)

        def read(number):
            chance, last, seen = random.Random(number), 0, []
            while last < count:
                stream = Stream(chance.choice((one, other)), "s1", last=str(last))
                for _ in range(min(chance.randrange(1, 8), count - last)):
                    last = int(stream.event()[0])
                    seen.append(last)
                stream.close()
            if seen != list(range(1, count + 1)):
                faults.append((number, seen))
        work = [(write, 0), (write, 1), (read, 0), (read, 1), (read, 2)]
        threads = [threading.Thread(target=function, args=(n,)) for function, n in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not faults, faults


def test_clients_that_vanish_leave_nothing_behind():
    env = {"WINDVANE_SSE_KEEPALIVE_S": "1"}
    with Service(new_database(), env=env) as service:
        service.put_store("s1")
        add_notices(service.uri, "s1", *[(LEVEL, {"t": "x" * 20000}) for _ in range(40)])
        for _ in range(10):
            service.get("/v1/stores/s1/notifications")

        def open_files():
            return len(os.listdir(f"/proc/{service.pid}/fd"))
        before = open_files()
        for number in range(150):
            peer = connect(service, stream_request(last=str(number % 40)))
            if number % 3 == 0:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            elif number % 3 == 1:
                peer.recv(100)
            peer.close()
        await_true(lambda: open_files() <= before + 8, "files closed")  # 8: workers' connections
        with Stream(service, "s1", last="30") as stream:
            assert stream.ids(10) == list(range(31, 41))


def test_an_outage_and_an_end_with_clients_that_do_not_read():
    with hooks(env={"WINDVANE_REQUEST_TIMEOUT_S": "60"}) as service:
        service.put_store("s1")
        add_notices(service.uri, "s1", *[(LEVEL, {"t": "x" * 60000}) for _ in range(100)])
        lazy = [connect(service, stream_request(last="0")) for _ in range(10)]
        with Stream(service, "s1", last="99") as stream:
            assert stream.ids(1) == [100]
            psql(service.uri, "select pg_terminate_backend(pid) from pg_stat_activity "
                              "where datname = current_database() and pid <> pg_backend_pid()")
            add_notices(service.uri, "s1", (LEVEL, {}))
            assert stream.ids(1) == [101]
            service._process.send_signal(signal.SIGTERM)
            assert stream.event() is None, "no orderly end"
        service.stop()
        for peer in lazy:
            peer.close()


# --- the list ---------------------------------------------------------------------------------


def test_pages_while_more_comes():
    with Service(new_database()) as service:
        service.put_store("s1")
        add_notices(service.uri, "s1", *[(LEVEL if n % 2 else REPORT, {}) for n in range(30)])

        def more():
            add_notices(service.uri, "s1", (LEVEL, {}))
        path = "/v1/stores/s1/notifications"
        assert pages(service, f"{path}?", lambda item: int(item["id"]), more) == \
            list(range(30, 0, -1)), "what came later is no matter of these pages"
        reports = pages(service, f"{path}?type={REPORT}&", lambda item: int(item["id"]), more)
        assert reports == list(range(29, 0, -2)), reports

        # A mark ahead of everything marks what there is, and nothing that comes later.
        assert service.post_json(f"{path}/read", {"through": "9223372036854775807"}).json() == \
            {"unread": 0}
        etag = service.get(path).headers["etag"]
        more()
        answer = service.get(path, headers={"If-None-Match": etag})
        assert answer.status == 200 and answer.json()["unread"] == 1, answer
        assert answer.json()["items"][0]["read_at"] is None, answer
        etag = answer.headers["etag"]
        newest = answer.json()["items"][0]["id"]
        assert service.post_json(f"{path}/read", {"through": newest}).json() == {"unread": 0}
        assert service.get(path, headers={"If-None-Match": etag}).status == 200, "read is a change"


# --- subscriptions ----------------------------------------------------------------------------


def test_urls_that_lead_nowhere_are_refused():
    """openapi.yaml, SubscriptionInput: http or https, no user, no fragment."""
    with hooks() as service:
        taken = []
        for url in ("http://example.com/#", "http://example.com#", "https:/example.com/hook",
                    "https:///example.com/hook", "http://example.com:0/", "http://@example.com/",
                    "http://example.com:65536/", "http://example.com:-1/", "http://[::1/",
                    "https:example.com", "http://example.com:80:80/", "javascript:alert(1)"):
            answer = service.post("/v1/subscriptions", {"url": url})
            if answer.status != 422:
                taken.append(url)
        assert not taken, taken
        for url in ("http://example.com:65535/", "https://EXAMPLE.com?x=1", "HTTP://example.com"):
            assert subscribe(service, url)["url"] == url


def test_addresses_are_checked_where_they_are_connected_to():
    """As if a name had led there: the URLs are put where no check of the text sees them."""
    with Service(new_database()) as service, Raw(lambda peer: None) as raw:
        service.put_store("s1")
        port = urllib.parse.urlsplit(raw.url).port
        made = []
        for host in ("127.0.0.1", "127.0.0.1.", "127.1", "2130706433", "0x7f.1", "0177.1", "0",
                     "localhost", "LOCALHOST", "[::1]", "[::]", "[::ffff:127.0.0.1]",
                     "[::127.0.0.1]", "[64:ff9b::127.0.0.1]", "%31%32%37.0.0.1"):
            made.append((host, subscribe(service, "https://example.com/")))
            psql(service.uri, f"update subscriptions set url = 'http://{host}:{port}/' "
                              f"where subscription_id = '{made[-1][1]['id']}'")
        add_notices(service.uri, "s1", (LEVEL, {}))
        for host, subscription in made:
            item = tried(service, subscription)
            assert item["state"] == "pending" and item["last_status"] is None, (host, item)
        assert raw.arrived == 0


def test_faults_point_into_the_body():
    with hooks() as service:
        service.put_store("s1")
        path = path_of(subscribe(service, "https://example.com/"))
        answer = service.post_json(f"{path}/test", {"store": "none"})
        assert answer.json()["errors"][0]["pointer"] == "/store", answer


# --- what receivers do ------------------------------------------------------------------------


def outcomes(service, answers):
    """Sends one notification to a receiver for each of the answers: what became of it by name, as
    (state, last_status, active, seconds to the next attempt)."""
    found, made = {}, {}
    with contextlib.ExitStack() as stack:
        for name, answer in answers.items():
            made[name] = subscribe(service, stack.enter_context(Raw(answer)).url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        for name, subscription in made.items():
            item = tried(service, subscription)
            now = service.get(path_of(subscription)).json()
            wait = None
            if item["next_attempt_at"] is not None:
                first, then = (datetime.datetime.fromisoformat(item[member])
                               for member in ("last_attempt_at", "next_attempt_at"))
                wait = (then - first).total_seconds()
            found[name] = item["state"], item["last_status"], now["active"], wait
    return found


def saying(status, *fields, length=0):
    head = "\r\n".join([f"HTTP/1.1 {status} X", *fields, f"Content-Length: {length}", "", ""])
    return lambda peer: peer.sendall(head.encode() + b"cut" * bool(length))


def test_an_answer_counts_whatever_becomes_of_its_body():
    """Any 2xx is success, 410 switches off, Retry-After holds; without a status: no answer."""
    with hooks() as service:
        service.put_store("s1")
        found = outcomes(service, {
            200: saying(200, length=100), 410: saying(410, length=100),
            429: saying(429, "Retry-After: 3600", length=100), 500: saying(500, length=100)})
        wait = found[429][3]
        short = {status: outcome[:3] for status, outcome in found.items()}
        assert short == {200: ("delivered", 200, True), 410: ("dead", 410, False),
                         429: ("pending", 429, True), 500: ("pending", 500, True)}, found
        assert wait >= 3600, wait


def test_what_a_receiver_says_is_kept_where_it_is_text():
    body = "n\u00e9in \u4e24\u884c \U0001f600".encode()
    with hooks() as service, Receiver(
            lambda delivery, count: (500, {}, body + b" \xff\xc3|\xed\xa0\x80|\0\n" + b"\xe4")
            ) as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        item = tried(service, subscription)
        assert item["last_error"] == f"answered 500: {body.decode()}   |   |   ", item
    # Cut in the middle of a character.
    with hooks() as service, Receiver(
            lambda delivery, count: (500, {}, b"x" + "\u4e24".encode() * 200)) as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url)
        add_notices(service.uri, "s1", (LEVEL, {}))
        said = tried(service, subscription)["last_error"]
        assert said.rstrip() == "answered 500: x" + "\u4e24" * 84, said


def test_only_a_whole_final_head_is_an_answer():
    def bytes_and(text, then=lambda: None):
        def answer(peer):
            peer.sendall(text)
            then()
        return answer
    let_go = threading.Event()
    chunked = b" X\r\nTransfer-Encoding: chunked\r\n\r\n"
    cases = {  # answer, state, status, active
        "bad chunk": (b"HTTP/1.1 410" + chunked + b"no\r\n", "dead", 410, False),
        "no last chunk": (b"HTTP/1.1 200" + chunked + b"2\r\nok\r\n", "delivered", 200, True),
        "slow": (b"HTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\nslow", "pending", 500, True),
        "after 100": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 X\r\n\r\n", "delivered", 204,
                      True),
        "100 only": (b"HTTP/1.1 100 Continue\r\n\r\n", "pending", None, True),
        "half a final head": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\n",
                              "pending", None, True),
        "no end of the head": (b"HTTP/1.1 410 Gone\r\nX-A: 1\r\n", "pending", None, True),
        "status line": (b"HTTP/1.1 410 Gone\r\n", "pending", None, True)}
    with hooks() as service:
        service.put_store("s1")
        found = outcomes(service, {
            name: bytes_and(case[0], (lambda: let_go.wait(60)) if name == "slow" else lambda: None)
            for name, case in cases.items()})
        let_go.set()
        for name, (_, *expected) in cases.items():
            assert found[name][:3] == tuple(expected), (name, found[name])


def test_answers_without_an_end_and_odd_ones():
    """Retry-After may be a date, at most a day, and is read of 429 and 503 only."""
    def endless(head, piece):
        def answer(peer):
            peer.sendall(head)
            while True:
                peer.sendall(piece)
        return answer
    ok = b"HTTP/1.1 200 OK\r\n"
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=30)
    date = "%a, %d %b %Y %H:%M:%S GMT"
    odd = {  # answer, state, status, the next attempt in seconds
        "length": (endless(ok + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536),
                   "delivered", 200, None),
        "chunks": (endless(ok + b"Transfer-Encoding: chunked\r\n\r\n",
                           b"1000\r\n" + b"x" * 4096 + b"\r\n"), "delivered", 200, None),
        "fields": (endless(ok, b"X-A: " + b"x" * 1000 + b"\r\n"), "pending", None, (0, 60)),
        "no http": (endless(b"", b"\x00\x01 of no kind\r\n"), "pending", None, (0, 60)),
        "upgrade": (saying(101, "Upgrade: x"), "pending", None, (0, 60)),
        "299": (saying(299), "delivered", 299, None), "304": (saying(304), "pending", 304, (0, 60)),
        "date": (saying(429, "Retry-After: " + soon.strftime(date)), "pending", 429, (1200, 1860)),
        "past": (saying(429, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"), "pending", 429,
                 (0, 60)),
        "far": (saying(503, "Retry-After: Wed, 21 Oct 2099 07:28:00 GMT"), "pending", 503,
                (86400, 86460)),
        "endless": (saying(429, "Retry-After: " + "9" * 30), "pending", 429, (86400, 86460)),
        "text": (saying(429, "Retry-After: soon"), "pending", 429, (0, 60)),
        "negative": (saying(429, "Retry-After: -5"), "pending", 429, (0, 60)),
        "500": (saying(500, "Retry-After: 3600"), "pending", 500, (0, 60))}
    with hooks() as service:
        service.put_store("s1")
        found = outcomes(service, {name: answer for name, (answer, *_) in odd.items()})
        for name, (_, state, status, wait) in odd.items():
            assert found[name][:3] == (state, status, True), (name, found[name])
            left = found[name][3]
            assert (left is None) if wait is None else wait[0] <= left <= wait[1], (name, left)


def test_twenty_that_hang_hold_up_nobody():
    """OPERATIONS.md: one that is slow holds up no other. One key can make a hundred that are."""
    let_go = threading.Event()
    with hooks() as service, Raw(lambda peer: let_go.wait(60)) as slow, Receiver() as quick:
        for store in ("s1", "s2"):
            service.put_store(store)
        for number in range(20):
            subscribe(service, f"{slow.url}/{number}", stores=["s1"])
        subscribe(service, quick.url, stores=["s2"])
        add_notices(service.uri, "s1", *[(LEVEL, {"n": n}) for n in range(8)])
        await_true(lambda: slow.arrived >= 20, "those that hang")
        add_notices(service.uri, "s2", (LEVEL, {}))
        given_up = "select count(*) from deliveries where error is not null"
        await_true(lambda: quick.deliveries or psql(service.uri, given_up) != [["0"]], "an end")
        arrived = len(quick.deliveries)
        let_go.set()
        assert arrived == 1, f"waits for one of {slow.arrived} that hang to be given up"


def test_more_that_hang_than_there_is_room_hold_up_nobody_that_answers():
    let_go = threading.Event()
    with hooks() as service, Raw(lambda peer: let_go.wait(60)) as slow, Receiver() as quick:
        for store in ("s1", "s2"):
            service.put_store(store)
        subscribe(service, quick.url, stores=["s2"])
        add_notices(service.uri, "s2", (LEVEL, {}))
        await_true(lambda: quick.deliveries, "an answer")
        for number in range(80):
            subscribe(service, f"{slow.url}/{number}", stores=["s1"])
        add_notices(service.uri, "s1", *[(LEVEL, {"n": n}) for n in range(4)])
        await_true(lambda: slow.arrived >= 32, "those that hang")
        add_notices(service.uri, "s2", *[(LEVEL, {"n": n}) for n in range(20)])
        given_up = "select count(*) from deliveries where error is not null"
        await_true(lambda: len(quick.deliveries) == 21 or psql(service.uri, given_up) != [["0"]],
                   "an end")
        arrived, hanging = len(quick.deliveries), slow.arrived
        let_go.set()
        assert (arrived, hanging) == (21, 32), "half of the room is for those that answer"


def test_what_the_old_address_says_is_not_held_against_the_new_one():
    """A PUT switches on and ends a rest. What the old address answers after that is its own."""
    for status, fields in ((410, {}), (429, {"Retry-After": "3600"})):
        moved = threading.Event()

        def answer(delivery, count, status=status, fields=fields, moved=moved):
            moved.wait(12)
            return status, fields
        with hooks(divisor=1000) as service, Receiver(answer) as old, Receiver() as new:
            service.put_store("s1")
            subscription = subscribe(service, old.url)
            add_notices(service.uri, "s1", (LEVEL, {"n": 1}))
            old.wait(1)
            assert service.put(path_of(subscription), {"url": new.url}).status == 200
            moved.set()
            tried(service, subscription)
            now = service.get(path_of(subscription)).json()
            assert now["active"] is True and now["rests_until"] is None, (status, now)
            new.wait(1)  # what the old one refused


def test_stopping_waits_for_no_housekeeping():
    uri = new_database()
    with Service(uri):
        pass

    def hold():
        with contextlib.suppress(RuntimeError):  # it is ended below
            psql(uri, "begin; lock table waiting; select pg_sleep(20) /* holder */")
    lock = threading.Thread(target=hold)
    lock.start()
    await_true(lambda: psql(uri, "select 1 from pg_stat_activity where query like '%holder%' "
                                 "and pid <> pg_backend_pid()"), "the lock")
    with Service(uri, migrate=False) as service:
        await_true(lambda: psql(uri, "select 1 from pg_locks where not granted"), "who waits")
        began = time.monotonic()
        service.stop()
        took = time.monotonic() - began
    psql(uri, "select pg_terminate_backend(pid) from pg_stat_activity "
              "where query like '%holder%' and pid <> pg_backend_pid()")
    lock.join()
    assert took < 10, took


# --- what is left to send ---------------------------------------------------------------------


def test_gone_and_back_between_two_processes():
    """410 stops both, what is left waits, what was given up at `since` or later goes again."""
    uri, status = new_database(), [410]
    with hooks(uri) as one, hooks(uri, migrate=False) as other, \
            Receiver(lambda delivery, count: (status[0], {})) as receiver:
        for store in ("s1", "s2"):
            one.put_store(store)
        subscription = subscribe(one, receiver.url)
        path = path_of(subscription)
        add_notices(uri, "s1", *[(LEVEL, {"n": n}) for n in range(20)])
        await_true(lambda: not other.get(path).json()["active"], "off")
        await_true(lambda: psql(uri, "select count(*) from deliveries where next_at > now()")
                   == [["0"]], "nothing under way")
        dead = sorted(item["done_at"] for item in deliveries(one, subscription, "?state=dead"))
        assert 1 <= len(dead) <= 8, "more than 4 of each process"
        assert counts(uri)["pending"] == str(20 - len(dead)), "what is left waits"
        last = datetime.datetime.fromisoformat(dead[-1])
        later = (last + datetime.timedelta(microseconds=1)).isoformat()
        for since, count in ((later, 0), (dead[-1], dead.count(dead[-1])),
                             (dead[0], len(dead) - dead.count(dead[-1])), (dead[0], 0)):
            answer = other.post_json(f"{path}/redeliver", {"since": since})
            assert answer.json() == {"redelivered": count}, (since, answer)
        before = len(receiver.deliveries)
        status[0] = 200
        # One transaction makes many rows of one instant: no page leaves any out.
        assert one.put(path, {"url": receiver.url}).json()["active"] is True
        add_notices(uri, "s2", *[(LEVEL, {}) for _ in range(20)])
        await_true(lambda: counts(uri) == {"delivered": "40"}, "all delivered")
        ids = [delivery.id for delivery in receiver.deliveries[before:]]
        assert len(ids) == len(set(ids)) == 40, "sent twice without a reason"
        found = pages(one, f"{path}/deliveries?", lambda item: item["id"])
        assert len(found) == 40 and set(found) == set(ids), len(found)


def test_a_report_that_was_answered_is_told_by_the_next_process():
    """What was answered with 201 is in the list, the stream and the outbox, and reads alike."""
    uri = new_database()
    now = datetime.datetime.now(datetime.timezone.utc)
    with Receiver() as receiver:
        with hooks(uri) as service:
            service.put_store("s1")
            subscribe(service, receiver.url, types=[REPORT])
            paid = now - datetime.timedelta(hours=5)
            orders = [ev("order.placed", paid, {"store": "s1", "order": f"A{n}", "paid_at": paid})
                      for n in range(2)]
            assert service.post_events(orders).json()["accepted"] == 2
            for order in ("A0", "A1"):
                answer = service.post_json("/v1/stores/s1/delay-reports", {
                    "scope": "orders", "kind": "emergency", "reason": "weather", "orders": [order],
                    "promised_ship_by": (now + datetime.timedelta(days=2)).isoformat()})
                assert answer.status == 201, answer
                path = f"/v1/stores/s1/delay-reports/{answer.json()['id']}/approve"
            for _ in range(2):  # the second changes nothing, and tells nobody
                assert service.post_json(path, {}).status == 200
            service.kill()
        # An hour ahead no lease of the dead one is left.
        ahead = now + datetime.timedelta(hours=1)
        with hooks(uri, clock_start=ahead, migrate=False) as service:
            items = service.get("/v1/stores/s1/notifications").json()["items"]
            assert [(item["id"], item["type"]) for item in items] == \
                [("3", REPORT), ("2", REPORT), ("1", REPORT)], items
            with Stream(service, "s1", last="0") as stream:
                streamed = {event[0]: event[2] for event in (stream.event() for _ in range(3))}
            await_true(lambda: counts(uri) == {"delivered": "3"}, "all delivered")
            bodies = [delivery.json() for delivery in receiver.deliveries]
            assert {body["data"]["id"] for body in bodies} == {"1", "2", "3"}
            for item in items:
                assert item.pop("read_at") is None
                said = {"store": "s1", **item}
                assert streamed[item["id"]] == said, (streamed, said)
                for body in bodies:
                    if body["data"]["id"] == item["id"]:
                        assert body == {"type": item["type"], "timestamp": item["at"],
                                        "data": said}, (body, said)


if __name__ == "__main__":
    harness.main()
