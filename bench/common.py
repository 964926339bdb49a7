"""What the measurements share: a PostgreSQL, a running windvane, orders as NDJSON.

WINDVANE_TEST_PG names a server to use (libpq URI); unset, a private one with default durability is
made by scripts/pg.sh and removed in the end. WINDVANE_BIN is the program.
"""

import atexit
import datetime
import http.client
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests/e2e"))

import harness  # noqa: E402  (it lies beside the tests)

NDJSON = {
    "Authorization": f"Bearer {harness.ADMIN_KEY}",
    "Content-Type": "application/x-ndjson",
    "Transfer-Encoding": "chunked",
}
CHUNK_LINES = 500
UTC = datetime.timezone.utc


def announce(purpose):
    print("$", shlex.join([os.path.relpath(sys.argv[0])] + sys.argv[1:]))
    print(purpose, flush=True)


def _remove_server(folder):
    subprocess.run(["sh", str(REPOSITORY / "scripts/pg.sh"), "stop", folder], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def database():
    """URI of a new, empty database."""
    if not os.environ.get("WINDVANE_TEST_PG"):
        folder = tempfile.mkdtemp(prefix="windvane-bench-")
        os.chmod(folder, 0o755)
        atexit.register(_remove_server, folder)
        started = subprocess.run(["sh", str(REPOSITORY / "scripts/pg.sh"), "start", folder],
                                 check=True, stdout=subprocess.PIPE, text=True)
        os.environ["WINDVANE_TEST_PG"] = started.stdout.strip()
    return harness.new_database()


def text_of(second):
    return datetime.datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def placed(store, order, second):
    at = text_of(second)
    return ('{"specversion":"1.0","id":"%s.placed","source":"oms","type":"order.placed","time":"%s",'
            '"data":{"store":"%s","order":"%s","paid_at":"%s","buyer":"b1",'
            '"lines":[{"sku":"K1","quantity":1}]}}\n' % (order, at, store, order, at))


def collected(store, order, second):
    return ('{"specversion":"1.0","id":"%s.collected","source":"courier","type":"order.collected",'
            '"time":"%s","data":{"store":"%s","order":"%s","carrier":"sf"}}\n'
            % (order, text_of(second), store, order))


def post_lines(service, lines):
    """Posts lines as they are made; gives the reply's counts. Every event must be accepted."""

    def chunks():
        chunk = []
        for line in lines:
            chunk.append(line)
            if len(chunk) == CHUNK_LINES:
                yield "".join(chunk).encode()
                chunk.clear()
        if chunk:
            yield "".join(chunk).encode()

    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    try:
        connection.request("POST", "/v1/events", chunks(), NDJSON, encode_chunked=True)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise SystemExit(f"the import was answered {answer.status}: {body[:500]!r}")
    reply = json.loads(body)
    if any(reply[name] for name in ("conflict", "rejected", "ignored", "duplicate")):
        raise SystemExit(f"not every event was accepted: {body[:500]!r}")
    return reply


def memory_kib(pid, name):
    """VmRSS or VmHWM of a process."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise RuntimeError(f"no {name}")
