"""A receiver of webhooks for the tests: keeps what it is sent, answers as it is told, and verifies
signatures by itself."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

PATIENCE_SECONDS = 60


class Delivery:
    """One request that came in."""

    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def id(self):
        return self.headers["webhook-id"]

    def json(self):
        return json.loads(self.body)

    def signers(self, *secrets):
        """Which of the secrets have signed this, each by an entry of its own."""
        entries = self.headers["webhook-signature"].split(" ")
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        found = []
        for secret in secrets:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
            digest = hmac.new(key, signed, hashlib.sha256).digest()
            if "v1," + base64.b64encode(digest).decode() in entries:
                found.append(secret)
        assert len(found) == len(entries), "an entry of nobody's"
        return found


class Receiver:
    """Listens on a free port inside the `with` block.

    `answer(delivery, count)` gives (status, headers) or (status, headers, body) for the count-th
    request (from 1); by default 200. It runs on a thread of its own and may block.
    """

    def __init__(self, answer=None):
        self._answer = answer or (lambda delivery, count: (200, {}))
        self._changed = threading.Condition()
        self.deliveries = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                delivery = Delivery(self.path, headers, body)
                with receiver._changed:
                    receiver.deliveries.append(delivery)
                    count = len(receiver.deliveries)
                    receiver._changed.notify_all()
                status, fields, *text = receiver._answer(delivery, count)
                text = text[0] if text else b""
                try:
                    self.send_response(status)
                    for name, value in fields.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)
                except OSError:
                    pass  # the sender has gone

            do_GET = do_POST

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exc):
        self._server.shutdown()
        self._server.server_close()

    def wait(self, count):
        """The first `count` requests, once they are there."""
        with self._changed:
            there = self._changed.wait_for(lambda: len(self.deliveries) >= count, PATIENCE_SECONDS)
            assert there, f"{len(self.deliveries)} deliveries, {count} expected"
            return self.deliveries[:count]


def await_true(condition, what):
    """Polls until the condition gives something true, and gives it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)
