"""What every end-to-end test needs: a database, a running windvane, requests, events, a runner.

Environment: WINDVANE_TEST_PG is the libpq URI of a throw-away PostgreSQL (a superuser, its
maintenance database); WINDVANE_BIN is the program, by default build/release/windvane.
"""

import datetime
import http.client
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
WINDVANE = pathlib.Path(os.environ.get("WINDVANE_BIN") or REPOSITORY / "build/release/windvane")
HEADER_SAFE = "!#$&'()*+,-./:;<=>?@[]^_`{|}~"
ADMIN_KEY = "end-to-end-admin-key-0123456789"

START_SECONDS = 30
STOP_SECONDS = 25
REQUEST_SECONDS = 60

_serial = itertools.count(1)


# --- PostgreSQL -------------------------------------------------------------------------------


def _psql_program():
    debian = "/usr/lib/postgresql/15/bin/psql"
    return debian if os.path.exists(debian) else shutil.which("psql") or "psql"


def psql(uri, sql):
    """Runs SQL and gives its rows as lists of text, None for null."""
    null, field, row = "\x1d", "\x1f", "\x1e"
    command = [_psql_program(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-F", field]
    command += ["-R", row, "-P", "null=" + null, "-d", uri, "-f", "-"]
    done = subprocess.run(command, input=sql, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr.strip()}")
    if not done.stdout:
        return []
    text = done.stdout.removesuffix("\n")
    return [[None if v == null else v for v in line.split(field)] for line in text.split(row)]


def new_database():
    """Creates an empty database on the throw-away server and gives its URI."""
    server = os.environ.get("WINDVANE_TEST_PG")
    if not server:
        raise RuntimeError("WINDVANE_TEST_PG is not set: it names a throw-away PostgreSQL")
    name = f"e2e_{os.getpid()}_{time.time_ns()}_{next(_serial)}"
    psql(server, f"CREATE DATABASE {name}")
    parts = urllib.parse.urlsplit(server)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}/{name}{query}"


# --- The program ------------------------------------------------------------------------------


def run_windvane(args, env):
    """Runs one subcommand to its end. `env` is added to this process's environment."""
    command = [str(WINDVANE), *args]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True,
                          timeout=300)


def verify(uri):
    done = run_windvane(["verify"], {"WINDVANE_DATABASE_URL": uri})
    return done.returncode, done.stdout + done.stderr


class Response:
    """A whole answer. `headers` has lower-case names."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:2000].decode('utf-8', 'replace')}>"


class Service:
    """`windvane serve` on a free port: ready inside the `with` block, stopped cleanly after it."""

    def __init__(self, uri, clock_start=None, env=None, migrate=True):
        self.uri = uri
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._env = {
            "WINDVANE_DATABASE_URL": uri,
            "WINDVANE_LISTEN": f"127.0.0.1:{self.port}",
            "WINDVANE_ADMIN_KEY": ADMIN_KEY,
        }
        if clock_start is not None:
            self._env["WINDVANE_CLOCK_START"] = rfc3339(clock_start)
        self._env.update(env or {})
        self._migrate = migrate
        self._process = None
        self._log = None

    def __enter__(self):
        if self._migrate:
            done = run_windvane(["migrate"], self._env)
            assert done.returncode == 0, f"migrate: {done.stdout}{done.stderr}"
        self._log = tempfile.NamedTemporaryFile(prefix="windvane-e2e-", suffix=".log")
        self._process = subprocess.Popen([str(WINDVANE), "serve"],
                                         env={**os.environ, **self._env},
                                         stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=self._log)
        try:
            self._await_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, exc_type, exc, tb):
        self.stop()

    def _await_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while True:
            status = self._process.poll()
            assert status is None, f"serve ended with {status}:\n{self.log()}"
            try:
                if self.get("/readyz", key=None).status == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, f"serve is not ready:\n{self.log()}"
            time.sleep(0.02)

    @property
    def pid(self):
        return self._process.pid

    def log(self):
        """Everything that the service has written so far."""
        return pathlib.Path(self._log.name).read_text("utf-8", "replace")

    def stop(self):
        """SIGTERM: the service must drain and exit 0. Does nothing if it was ended before."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"serve did not stop within {STOP_SECONDS} s:\n{self.log()}")
        assert status == 0, f"serve ended with {status}:\n{self.log()}"

    def kill(self):
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            self._process.wait()

    # --- requests ---

    def request(self, method, path, body=None, headers=None, key=ADMIN_KEY):
        """One request on a connection of its own. A body that is not bytes or str goes as JSON."""
        headers = dict(headers or {})
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {key}")
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_SECONDS)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Response(answer.status, names, answer.read())
        finally:
            connection.close()

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def put(self, path, body=None, **kwargs):
        return self.request("PUT", path, body, **kwargs)

    def post(self, path, body=None, **kwargs):
        return self.request("POST", path, body, **kwargs)

    def delete(self, path, **kwargs):
        return self.request("DELETE", path, **kwargs)

    def post_json(self, path, obj):
        return self.post(path, json.dumps(obj), headers={"Content-Type": "application/json"})

    def put_store(self, store, **members):
        answer = self.put(f"/v1/stores/{store}", {"name": store, **members})
        assert answer.status in (200, 201), answer
        return answer

    def post_events(self, events, form="ndjson", key=ADMIN_KEY):
        """Posts events in one of the four transports.

        The forms that carry one event make a request for each and give the last answer, or the
        first that is not 200.
        """
        if form == "ndjson":
            body = "".join(json.dumps(event) + "\n" for event in events)
            return self._post_as("application/x-ndjson", body, key)
        if form == "batch":
            return self._post_as("application/cloudevents-batch+json", json.dumps(events), key)
        send = {"single": self._post_single, "binary": self._post_binary}[form]
        answer = None
        for event in events:
            answer = send(event, key)
            if answer.status != 200:
                break
        return answer

    def _post_as(self, media_type, body, key, headers=None):
        headers = {**(headers or {}), "Content-Type": media_type}
        return self.post("/v1/events", body, headers=headers, key=key)

    def _post_single(self, event, key):
        return self._post_as("application/cloudevents+json", json.dumps(event), key)

    def _post_binary(self, event, key):
        # The binding of CloudEvents to HTTP percent-encodes what a header cannot carry.
        headers = {"ce-" + name: urllib.parse.quote(str(value), safe=HEADER_SAFE)
                   for name, value in event.items() if name != "data"}
        return self._post_as("application/json", json.dumps(event.get("data")), key, headers)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# --- Events -----------------------------------------------------------------------------------


def rfc3339(instant):
    """Text of an instant; text passes through. A datetime must know its offset."""
    if isinstance(instant, str):
        return instant
    assert instant.tzinfo is not None, "a naive datetime names no instant"
    return instant.isoformat()


def ev(type, time, data, id=None, source="oms"):
    """A structured CloudEvent. Without `id` it gets one that is unique in this process."""
    return {
        "specversion": "1.0",
        "id": f"e{next(_serial)}" if id is None else id,
        "source": source,
        "type": type,
        "time": rfc3339(time),
        "data": {name: rfc3339(value) if isinstance(value, datetime.datetime) else value
                 for name, value in data.items()},
    }


# --- The runner -------------------------------------------------------------------------------


def main():
    """Runs the calling module's test_* functions; arguments select those whose names hold one."""
    module = sys.modules["__main__"]
    tests = [(name, function) for name, function in vars(module).items()
             if name.startswith("test_") and callable(function)]
    wanted = sys.argv[1:]
    passed = failed = 0
    for name, function in tests:
        if wanted and not any(part in name for part in wanted):
            continue
        try:
            function()
        except Exception:
            failed += 1
            print(f"FAIL {name}")
            traceback.print_exc(file=sys.stdout)
        else:
            passed += 1
            print(f"ok {name}")
        sys.stdout.flush()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
