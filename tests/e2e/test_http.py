#!/usr/bin/env python3
"""The HTTP surface below the resources: hostile requests, many connections, caching, shutdown.

Most tests speak through raw sockets, because a client library would not send what they send.
"""

import contextlib
import glob
import http.client
import json
import os
import pathlib
import pwd
import re
import resource
import selectors
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import harness
from harness import ADMIN_KEY, Service, ev, new_database, psql

CLOCK = "2024-01-15T12:00:00+08:00"
PAID = "2024-01-15T10:00:00+08:00"
STRUCTURED = "application/cloudevents+json"
NDJSON = "application/x-ndjson"
SCORE = "/v1/stores/s1/score"
BACKLOG = "/v1/stores/s1/backlog"

LIMIT_S = 60  # for whatever must happen at all; nothing is measured against it
AUTHORIZATION = f"Authorization: Bearer {ADMIN_KEY}\r\n"


class shop(Service):
    """A service on a fresh database that knows the store s1."""

    def __init__(self, **env):
        super().__init__(new_database(), clock_start=CLOCK, env=env)

    def __enter__(self):
        super().__enter__()
        self.put_store("s1")
        return self


def placed(order):
    return ev("order.placed", PAID, {"store": "s1", "order": order, "paid_at": PAID},
              id=f"placed-{order}")


def post_event(service, event):
    return service.request("POST", "/v1/events", json.dumps(event), {"content-type": STRUCTURED})


def is_problem(reply, status):
    assert reply.status == status, (reply.status, reply.body)
    assert reply.headers["content-type"].startswith("application/problem+json"), reply.headers
    problem = reply.json()
    assert problem["status"] == status and problem["type"] and problem["title"], problem


def until(condition, what):
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


# --- raw connections --------------------------------------------------------------------------


def connect(service):
    return socket.create_connection(("127.0.0.1", service.port), timeout=LIMIT_S)


def read_to_end(connection):
    """Everything until the other side closes."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def raw_answer(service, request):
    """Sends bytes, whole or until the service closes, and gives all that it answers."""
    with connect(service) as connection:
        try:
            for at in range(0, len(request), 16384):
                connection.sendall(request[at:at + 16384])
        except (BrokenPipeError, ConnectionResetError):
            pass  # it answered before it had read everything
        return read_to_end(connection)


def statuses(answer):
    return [int(code) for code in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]


def get(path, extra=""):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{extra}\r\n".encode()


SMUGGLED = get("/openapi.yaml", "Connection: close\r\n")


def refused_and_closed(service, name, request, status=400):
    """One answer, then the end: what follows on the connection is not read as a request."""
    answer = raw_answer(service, request + SMUGGLED)
    assert statuses(answer) == [status], (name, answer[:600])
    head, _, body = answer.partition(b"\r\n\r\n")
    assert re.search(rb"(?im)^connection: *close\r?$", head), (name, head)
    return head, body


def post_head(framing):
    return (f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n{AUTHORIZATION}"
            f"Content-Type: {NDJSON}\r\n{framing}\r\n").encode()


AMBIGUOUS_FRAMING = {
    "two lengths": post_head("Content-Length: 4\r\nContent-Length: 5\r\n") + b"\n\n\n\n\n",
    "two equal lengths": post_head("Content-Length: 4\r\nContent-Length: 4\r\n") + b"\n\n\n\n",
    "length and chunked": post_head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")
    + b"0\r\n\r\n",
    "chunked and length": post_head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n")
    + b"0\r\n\r\n",
    "length with GET and chunked": get("/livez", "Content-Length: 5\r\n"
                                       "Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "chunked twice": post_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")
    + b"0\r\n\r\n",
    "chunked and identity": post_head("Transfer-Encoding: identity\r\n"
                                      "Transfer-Encoding: chunked\r\n") + b"0\r\n\r\n",
    "gzip, chunked": post_head("Transfer-Encoding: gzip, chunked\r\n") + b"0\r\n\r\n",
    "chunked, identity": post_head("Transfer-Encoding: chunked, identity\r\n") + b"0\r\n\r\n",
    "unknown coding": post_head("Transfer-Encoding: xchunked\r\n") + b"0\r\n\r\n",
    "blank after the name of the length": post_head("Content-Length : 4\r\n") + b"\n\n\n\n",
    "tab after the name of the length": post_head("Content-Length\t: 4\r\n") + b"\n\n\n\n",
    "blank after the name of the coding": post_head("Transfer-Encoding : chunked\r\n")
    + b"0\r\n\r\n",
    "blank after any name": get("/livez", "X-Thing : 1\r\n"),
}

BAD_TARGETS = {
    "no host": b"GET /livez HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two equal hosts": b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "lower-case method": get("/livez").replace(b"GET", b"get"),
    "mixed-case method": get("/livez").replace(b"GET", b"Get"),
    "unknown method": get("/livez").replace(b"GET", b"BREW"),
    "NUL in the path": get("/v1/stores/s1%00/score", AUTHORIZATION),
    "NUL at the end of the path": get("/livez%00"),
    "NUL in the query": get(SCORE + "?policy=jd%00", AUTHORIZATION),
    "line feed in the path": get("/v1/stores/s1%0a/score", AUTHORIZATION),
    "control byte in the path": get("/v1/stores/s1%1f/score", AUTHORIZATION),
    "delete byte in the path": get("/v1/stores/s1%7f/score", AUTHORIZATION),
    "raw control byte in the path": get("/livez\x01"),
}


def test_ambiguous_framing_is_refused_and_nothing_is_smuggled():
    with shop() as service:
        for name, request in AMBIGUOUS_FRAMING.items():
            head, body = refused_and_closed(service, name, request)
            assert b"application/problem+json" in head, (name, head)
            assert json.loads(body)["status"] == 400, (name, body)
        assert service.get("/livez").status == 200


def test_bad_methods_hosts_and_targets_are_refused():
    with shop() as service:
        for name, request in BAD_TARGETS.items():
            head, body = refused_and_closed(service, name, request)
            assert b"application/problem+json" in head, (name, head)
            assert json.loads(body)["status"] == 400, (name, body)
        assert service.get("/livez").status == 200


def test_requests_that_only_look_odd_are_served():
    with shop() as service:
        for name, request in {
            "HTTP/1.0": b"GET /livez HTTP/1.0\r\nHost: a\r\n\r\n",
            "capitals in names": b"GET /livez HTTP/1.1\r\nhOST: a\r\nCONNECTION: close\r\n\r\n",
            "percent-encoded letters": get("/%6civez", "Connection: close\r\n"),
            "a body with a GET": get("/livez", "Content-Length: 3\r\nConnection: close\r\n")
            + b"abc",
        }.items():
            assert statuses(raw_answer(service, request)) == [200], name


def test_garbage_gets_no_service():
    garbage = [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,  # a TLS hello
               b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x00" * 100 + b"\r\n\r\n", b"GET\r\n\r\n",
               b"GET /livez HTTP/9.9\r\nHost: a\r\n\r\n"]
    with shop(WINDVANE_REQUEST_TIMEOUT_S="2") as service:
        for request in garbage:
            assert 200 not in statuses(raw_answer(service, request)), request
        assert service.get("/livez").status == 200


def test_pipelined_requests_are_answered_in_order():
    with shop() as service:
        answer = raw_answer(service, get("/livez") + get("/v1/nothing", AUTHORIZATION)
                            + get(SCORE, AUTHORIZATION) + get("/livez", "Connection: close\r\n"))
        assert statuses(answer) == [200, 404, 200, 200], answer


def test_large_header_and_large_target():
    with shop() as service:
        answer = raw_answer(service, get("/livez", "X-Long: " + "a" * 40_000 + "\r\n"))
        assert statuses(answer) == [431], answer[:300]
        many = "".join(f"X-{n}: {'a' * 80}\r\n" for n in range(500))
        assert statuses(raw_answer(service, get("/livez", many))) == [431]
        answer = raw_answer(service, get("/livez?" + "a" * 40_000))
        assert statuses(answer) == [414], answer[:300]
        assert service.get("/livez").status == 200


def test_body_over_the_limit_without_a_length():
    """A chunked body has no length to judge by: it is cut off when it grows too large."""
    text = json.dumps(placed("A1"))
    too_large = (text[:-1] + " " * 300_000 + "}").encode()
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in
                      (too_large[at:at + 1000] for at in range(0, len(too_large), 1000)))
    head = post_head("Transfer-Encoding: chunked\r\nConnection: close\r\n") \
        .replace(NDJSON.encode(), STRUCTURED.encode())
    with shop() as service:
        answer = raw_answer(service, head + chunks + b"0\r\n\r\n")
        assert statuses(answer) == [413], answer[:600]
        assert b"application/problem+json" in answer, answer[:600]
        assert psql(service.uri, "select count(*) from event_keys") == [["0"]]


# --- slow clients -----------------------------------------------------------------------------


def drip_until_closed(service, head, drop):
    """Sends `head`, then one byte now and then, until the service ends the connection."""
    deadline = time.monotonic() + LIMIT_S
    with connect(service) as connection:
        connection.sendall(head)
        connection.settimeout(0.4)
        answer = b""
        while time.monotonic() < deadline:
            try:
                part = connection.recv(65536)
                if not part:
                    return answer
                answer += part
            except TimeoutError:
                pass
            except ConnectionResetError:
                return answer
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.send(drop)
        raise AssertionError("a request that never ends was never cut off")


def test_slow_requests_are_cut_off():
    body_head = post_head("Content-Length: 100000\r\n").replace(NDJSON.encode(),
                                                               STRUCTURED.encode())
    with shop(WINDVANE_REQUEST_TIMEOUT_S="2") as service:
        cases = {
            "header": (b"GET /livez HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
            "request line": (b"GET /", b"a"),
            "body": (body_head, b" "),
            "chunked body": (post_head("Transfer-Encoding: chunked\r\n")
                             .replace(NDJSON.encode(), STRUCTURED.encode()) + b"ffff\r\n", b" "),
        }
        failures = []

        def run(name, head, drop):
            try:
                assert 200 not in statuses(drip_until_closed(service, head, drop))
            except Exception as problem:  # a thread cannot fail the test by itself
                failures.append((name, problem))

        run_threads([lambda case=(name, *case): run(*case) for name, case in cases.items()])
        assert not failures, failures
        assert service.get("/livez").status == 200


def run_threads(functions):
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- many connections -------------------------------------------------------------------------


class Client:
    """A keep-alive connection that counts whole answers."""

    def __init__(self, service):
        self.socket = connect(service)
        self.buffer = b""
        self.answered = 0

    def ask(self, path):
        self.socket.sendall(get(path, AUTHORIZATION))

    def take_answer(self):
        """Reads what is there; true when a whole 200 answer has come."""
        part = self.socket.recv(65536)
        assert part, f"closed after {self.answered} answers"
        self.buffer += part
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
        if len(body) < length:
            return False
        assert head.startswith(b"HTTP/1.1 200 ") and len(body) == length, self.buffer[:300]
        self.buffer = b""
        self.answered += 1
        return True


def ask_everyone(clients, paths):
    """All clients ask at once, then all read: as many sockets are ready together as can be."""
    deadline = time.monotonic() + LIMIT_S
    with selectors.DefaultSelector() as selector:
        for path in paths:
            for client in clients:
                client.ask(path)
                selector.register(client.socket, selectors.EVENT_READ, client)
            while selector.get_map():
                waiting = len(selector.get_map())
                left = deadline - time.monotonic()
                assert left > 0, f"{waiting} of {len(clients)} connections got no answer"
                for key, _ in selector.select(left):
                    if key.data.take_answer():
                        selector.unregister(key.fileobj)


def many_files():
    """Room for the sockets of this process."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))


def keep_alive(number):
    many_files()
    with shop() as service, contextlib.ExitStack() as stack:
        post_event(service, placed("A1"))
        clients = [Client(service) for _ in range(number)]
        for client in clients:
            stack.enter_context(client.socket)
        ask_everyone(clients, ["/livez", SCORE] * 20)
        assert [client.answered for client in clients] == [40] * number


def test_100_keep_alive_connections():
    keep_alive(100)


def test_128_keep_alive_connections():
    keep_alive(128)


def test_200_keep_alive_connections():
    keep_alive(200)


def test_256_keep_alive_connections():
    keep_alive(256)


def test_many_idle_connections_do_no_harm():
    many_files()
    with shop(WINDVANE_MAX_CONNECTIONS="700") as service, contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(connect(service))
        clients = [Client(service) for _ in range(20)]
        for client in clients:
            stack.enter_context(client.socket)
        ask_everyone(clients, ["/livez", SCORE])
        assert post_event(service, placed("A1")).status == 200


def test_connections_beyond_the_limit():
    with shop(WINDVANE_MAX_CONNECTIONS="64") as service:
        with contextlib.ExitStack() as stack:
            within = [Client(service) for _ in range(32)]
            for client in within:
                stack.enter_context(client.socket)
            ask_everyone(within, ["/livez"])
            for _ in range(100):
                with contextlib.suppress(ConnectionError):
                    beyond = stack.enter_context(connect(service))
                    beyond.sendall(get("/livez"))
            ask_everyone(within, ["/livez", SCORE] * 5)

        def serves():
            try:
                return service.get(SCORE).status == 200
            except (OSError, http.client.HTTPException):
                return False

        until(serves, "no service after the flood went away")


# --- methods, caching, keys -------------------------------------------------------------------


def test_head_is_get_without_a_body():
    with shop() as service:
        for path in ("/livez", SCORE + "?as_of=2024-01-14T00:00:00Z", "/v1/stores/nobody/score"):
            expected = service.get(path)
            # Would a body follow the first head, the second answer would not begin there.
            answer = raw_answer(service, get(path, AUTHORIZATION).replace(b"GET", b"HEAD", 1)
                                + get("/livez", "Connection: close\r\n"))
            assert statuses(answer) == [expected.status, 200], (path, answer)
            head, _, rest = answer.partition(b"\r\n\r\n")
            assert rest.startswith(b"HTTP/1.1 200 "), (path, answer)
            if expected.status == 200:
                length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
                assert length == len(expected.body), (path, head)
            if "etag" in expected.headers:
                assert expected.headers["etag"].encode() in head, (path, head)


def test_etag_of_score_and_backlog():
    with shop() as service:
        post_event(service, placed("A1"))
        for number, path in enumerate((SCORE, BACKLOG)):
            first = service.get(path)
            tag = first.headers["etag"]
            assert first.status == 200 and tag.strip("W/").startswith('"'), first.headers
            for match in (tag, f'"other", {tag}', "*"):
                again = service.get(path, headers={"If-None-Match": match})
                assert again.status == 304, (path, match, again.status, again.body)
                assert again.body == b"" and again.headers["etag"] == tag, again.headers
            assert service.get(path, headers={"If-None-Match": '"other"'}).status == 200
            # The writer's own process never answers with what was true before the event.
            assert post_event(service, placed(f"B{number}")).status == 200
            changed = service.get(path, headers={"If-None-Match": tag})
            assert changed.status == 200 and changed.headers["etag"] != tag, path


def test_what_needs_no_key():
    with shop() as service:
        for path in ("/livez", "/readyz", "/openapi.yaml"):
            assert service.get(path, key=None).status == 200, path
        assert service.get("/openapi.yaml", key=None).body.count(b"openapi: ") == 1


def test_requests_without_a_good_key():
    event = json.dumps(placed("A1"))
    with shop() as service:
        for method, path, body in (("GET", SCORE, None), ("GET", BACKLOG, None),
                                   ("GET", "/v1/stores", None), ("GET", "/v1/keys", None),
                                   ("GET", "/v1/quarantine", None), ("GET", "/v1/policies", None),
                                   ("PUT", "/v1/stores/s2", "{}"), ("POST", "/v1/events", event)):
            for authorization in (None, f"Bearer {ADMIN_KEY}x", f"Bearer {ADMIN_KEY[:-1]}",
                                  "Bearer ", "Bearer", ADMIN_KEY, f"Basic {ADMIN_KEY}",
                                  f"Bearer {ADMIN_KEY}, Bearer {ADMIN_KEY}", "Bearer é"):
                headers = {"content-type": STRUCTURED} if body else {}
                if authorization:
                    headers["authorization"] = authorization.encode()
                reply = service.request(method, path, body, headers, key=None)
                is_problem(reply, 401)
                assert reply.headers["www-authenticate"].startswith("Bearer"), reply.headers
                assert ADMIN_KEY.encode() not in reply.body, reply.body
        assert service.get(SCORE, headers={"authorization": f"bearer {ADMIN_KEY}"},
                           key=None).status == 200  # the scheme's name has no case
        assert psql(service.uri, "select count(*) from event_keys") == [["0"]]


def test_every_error_is_a_problem_document():
    with shop() as service:
        for method, path, status in (("GET", "/v1/stores/nobody/score", 404),
                                     ("GET", "/v1/stores/nobody/backlog", 404),
                                     ("GET", SCORE + "?as_of=yesterday", 422),
                                     ("GET", SCORE + "?as_of=2031-01-01T00:00:00Z", 422),
                                     ("GET", BACKLOG + "?as_of=2031-01-01T00:00:00Z", 422),
                                     ("GET", SCORE + "?basis=rumour", 422),
                                     ("DELETE", SCORE, 405), ("GET", "/v1/keys/none", 404),
                                     ("GET", "/v1/policies/none", 404),
                                     ("GET", "/v1/no/such/route", 404)):
            is_problem(service.request(method, path), status)


# --- PostgreSQL away, shutdown ----------------------------------------------------------------


class PrivatePostgres:
    """A PostgreSQL of this test's own, which it may stop and start."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="windvane-pg-"))
        self.uri = f"postgresql://postgres@/postgres?host={self.folder}"
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        try:
            self._run("initdb", "-A", "trust", "-U", "postgres", "-N")
            self.start()
        except BaseException:
            shutil.rmtree(self.folder)
            raise
        return self

    def __exit__(self, *exc):
        self.stop()
        shutil.rmtree(self.folder)

    def _run(self, program, *arguments):
        debian = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"))
        found = debian[-1] if debian else program
        become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return subprocess.run([*become, found, "-D", str(self.folder / "data"), *arguments],
                              cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-s", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self):
        with contextlib.suppress(subprocess.CalledProcessError):  # stopped already
            self._run("pg_ctl", "-w", "-s", "-m", "immediate", "stop")


def test_postgresql_goes_away_and_comes_back():
    with PrivatePostgres() as postgres:
        with Service(postgres.uri, clock_start=CLOCK) as service:
            service.put_store("s1")
            assert post_event(service, placed("A1")).status == 200
            postgres.stop()
            until(lambda: service.get("/readyz", key=None).status == 503, "ready without database")
            is_problem(service.get("/readyz", key=None), 503)
            assert service.get("/livez", key=None).status == 200
            until(lambda: service.get(BACKLOG).status == 503, "answers without a database")
            # Ten senders at once, all refused: none may wait for ever or bring the service down.
            replies = []
            run_threads([lambda n=n: replies.append(post_event(service, placed(f"B{n}")))
                         for n in range(10)])
            assert len(replies) == 10
            for reply in replies:
                is_problem(reply, 503)
                assert int(reply.headers["retry-after"]) > 0, reply.headers
            postgres.start()
            until(lambda: service.get("/readyz", key=None).status == 200, "not ready again")
            until(lambda: post_event(service, placed("A2")).status == 200, "takes no event")
            # What was answered with 503 was not stored.
            until(lambda: service.get(BACKLOG).status == 200, "does not answer again")
            assert service.get(BACKLOG).json()["today"]["placed"] == 2
            assert psql(postgres.uri, "select event_id from event_keys order by 1") == \
                [["placed-A1"], ["placed-A2"]]
            postgres.stop()
            service.stop()  # exit 0 without a database, too


def test_sigterm_drains():
    """Whoever got an answer has his event stored; the others got none, or a 503."""
    acknowledged, odd = [], []
    started = threading.Barrier(17)

    def sender(service, worker):
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=LIMIT_S)
        for number in range(100_000):
            if number == 20:
                started.wait(LIMIT_S)
            event = placed(f"A{worker}-{number}")
            try:
                connection.request("POST", "/v1/events", json.dumps(event),
                                   {"Content-Type": STRUCTURED,
                                    "Authorization": f"Bearer {ADMIN_KEY}"})
                reply = connection.getresponse()
                body = reply.read()
            except (OSError, http.client.HTTPException):
                return  # the service is gone
            if reply.status == 200:
                acknowledged.append(event["id"])
            elif reply.status != 503:
                odd.append((reply.status, body))

    with shop() as service, contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connect(service))  # idle ones must not hold up the end
        threads = [threading.Thread(target=sender, args=(service, n)) for n in range(16)]
        for thread in threads:
            thread.start()
        started.wait(LIMIT_S)
        service.stop()
        for thread in threads:
            thread.join()
        assert not odd, odd[:3]
        stored = {row[0] for row in psql(service.uri, "select event_id from event_keys")}
        assert len(acknowledged) >= 16 * 20
        assert set(acknowledged) <= stored, sorted(set(acknowledged) - stored)[:5]


if __name__ == "__main__":
    harness.main()
