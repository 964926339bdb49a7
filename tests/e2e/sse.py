"""A client of GET …/stream: server-sent events over a connection of its own."""

import http.client
import json

import harness

WAIT_SECONDS = 60


class Stream:
    """A client of GET …/stream. Events are (id, type, data)."""

    def __init__(self, service, store, key=harness.ADMIN_KEY, last=None, query=""):
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port,
                                                      timeout=WAIT_SECONDS)
        headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = last
        self._connection.request("GET", f"/v1/stores/{store}/stream{query}", headers=headers)
        self.answer = self._connection.getresponse()
        self.status = self.answer.status
        self.comments = 0
        self.retry = None

    def __enter__(self):
        assert self.status == 200, (self.status, self.answer.read())
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.answer.close()
        self._connection.close()

    def next(self):
        """The next event; None at an orderly end."""
        fields = {}
        while True:
            line = self.answer.readline().decode()
            if line == "":
                return None
            line = line.rstrip("\n")
            if line == "":
                if "data" in fields:
                    return fields["id"], fields["event"], json.loads(fields["data"])
                fields = {}
            elif line.startswith(":"):
                self.comments += 1
                return "comment"
            else:
                name, _, value = line.partition(": ")
                fields[name] = value
                if name == "retry":
                    self.retry = value

    def event(self):
        """The next event that is no comment."""
        while True:
            event = self.next()
            if event != "comment":
                return event

    def ids(self, count):
        return [int(self.event()[0]) for _ in range(count)]
