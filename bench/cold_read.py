#!/usr/bin/env python3
"""Cold reads of a large and a small store: the median of GET score and GET backlog when no snapshot
is there, and their ratio. A score costs the days of its window, not the orders of the store.

--drop wait lets the snapshots grow old (they live at most a second); --drop event posts one event
before each read, which drops the snapshot of that store.
"""

import argparse
import http.client
import itertools
import statistics
import time

import common
import harness

DAYS = 30
SNAPSHOT_SECONDS = 1.1  # they live one second
GOAL = 1.5


def orders_of(store, count, undecided, now):
    """Evenly over the days; all but the last `undecided` are collected two hours later."""
    step = DAYS * 86400 / count
    for i in range(count):
        second = int(now - DAYS * 86400 + i * step)
        order = f"{store}-{i}"
        yield common.placed(store, order, second)
        if i < count - undecided:
            yield common.collected(store, order, min(second + 7200, int(now)))


def fill(service, store, count, undecided):
    service.put_store(store)
    began = time.monotonic()
    now = int(time.time()) - 10
    common.post_lines(service, orders_of(store, count, undecided, now))
    took = time.monotonic() - began
    print(f"store {store}: {count} orders, {undecided} undecided, filled in {took:.0f} s", flush=True)


class Reader:
    """One connection, kept alive, so that only the request is timed."""

    def __init__(self, service):
        self._connection = http.client.HTTPConnection("127.0.0.1", service.port)
        self._service = service
        self._serial = itertools.count()

    def drop(self, store):
        event = harness.ev("order.shipped", common.text_of(time.time() - 1),
                           {"store": store, "order": f"{store}-0", "waybill": "1"},
                           id=f"drop-{next(self._serial)}")
        answer = self._service.post_events([event])
        assert answer.status == 200, answer

    def get(self, path):
        self._connection.request("GET", path,
                                 headers={"Authorization": f"Bearer {harness.ADMIN_KEY}"})
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body[:500])

    def milliseconds(self, store, resource):
        began = time.perf_counter()
        self.get(f"/v1/stores/{store}/{resource}")
        return (time.perf_counter() - began) * 1000


def measure(reader, rounds, drop):
    reads = list(itertools.product(("score", "backlog"), ("big", "small")))
    times = {read: [] for read in reads}
    for i in range(-1, rounds):  # the first round warms up PostgreSQL's caches and does not count
        if drop == "wait":
            time.sleep(SNAPSHOT_SECONDS)
        # After the pause the first request also pays for the key's lookup and for threads that slept:
        # a request that is not counted takes that, and each read takes each place in turn.
        reader.get("/v1/policies/jd")
        for resource, store in reads[i % 4:] + reads[:i % 4]:
            if drop == "event":
                reader.drop(store)
            took = reader.milliseconds(store, resource)
            if i >= 0:
                times[resource, store].append(took)
    return {read: statistics.median(values) for read, values in times.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--undecided", type=int, default=10_000)
    parser.add_argument("--small-orders", type=int, default=1_000)
    parser.add_argument("--small-undecided", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--drop", choices=("wait", "event"), default="wait")
    options = parser.parse_args()
    common.announce("Cold GET of score and backlog: a large store against a small one.")

    uri = common.database()
    with harness.Service(uri) as service:
        fill(service, "big", options.orders, options.undecided)
        fill(service, "small", options.small_orders, options.small_undecided)
        harness.psql(uri, "VACUUM ANALYZE")
        medians = measure(Reader(service), options.rounds, options.drop)

    for resource in ("score", "backlog"):
        big, small = medians[resource, "big"], medians[resource, "small"]
        print(f"{resource:8} big {big:.2f} ms  small {small:.2f} ms  ratio {big / small:.2f} "
              f"(goal: at most {GOAL}; medians of {options.rounds})")


if __name__ == "__main__":
    main()
