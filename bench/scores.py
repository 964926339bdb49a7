#!/usr/bin/env python3
"""Database time of a cold GET score under each shipped policy as the store's own, for a large store
and a small one. It should cost the days of the windows, not the orders of the store.

Database time is total_exec_time of pg_stat_statements: the execution of every statement of the
request, without planning (sessions plan each statement once) and without round trips. A server that
WINDVANE_TEST_PG names has to have pg_stat_statements in shared_preload_libraries.
"""

import argparse
import atexit
import collections
import itertools
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

import common
import harness
from cold_read import Reader

DAY = 86400
HISTORY_DAYS = 60  # the longest window of orders
SNAPSHOT_SECONDS = 1.1  # they live one second
GOAL_MS = 2.0
POLICIES = sorted(path.stem for path in (common.REPOSITORY / "policies").glob("*.json"))
AFTER_SALES = ("return", "exchange", "repair", "refund", "resend")


# --- A server that counts its statements ------------------------------------------------------


def _pg(command, folder):
    done = subprocess.run(["sh", str(common.REPOSITORY / "scripts/pg.sh"), command, folder],
                          check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def _remove(folder):
    _pg("stop", folder)
    shutil.rmtree(folder, ignore_errors=True)


def private_server():
    """Reads are measured, so the import need not wait for the disk."""
    folder = tempfile.mkdtemp(prefix="windvane-bench-")
    os.chmod(folder, 0o755)
    atexit.register(_remove, folder)
    uri = _pg("start", folder)
    harness.psql(uri, "alter system set shared_preload_libraries = 'pg_stat_statements'")
    harness.psql(uri, "alter system set synchronous_commit = off")
    _pg("stop", folder)
    return _pg("start", folder)


def database():
    if not os.environ.get("WINDVANE_TEST_PG"):
        os.environ["WINDVANE_TEST_PG"] = private_server()
    uri = common.database()
    harness.psql(uri, "create extension pg_stat_statements")
    return uri


class Statements:
    """What the database executed since the last reset, without what this program asks it."""

    def __init__(self, uri):
        self._uri = uri

    def reset(self):
        harness.psql(self._uri, "select pg_stat_statements_reset(0, oid, 0) from pg_database "
                                "where datname = current_database()")

    def times(self):
        """Milliseconds by statement."""
        rows = harness.psql(self._uri, """
            select regexp_replace(query, '\\s+', ' ', 'g'), sum(total_exec_time)
            from pg_stat_statements s join pg_database d on d.oid = s.dbid
            where d.datname = current_database() and query not like '%pg_stat_statements%'
            group by 1""")
        return {query: float(ms) for query, ms in rows}


# --- Stores -----------------------------------------------------------------------------------


def _event(type, id, second, **data):
    event = harness.ev(type, common.text_of(second), data, id=f"{id}.{type}")
    return json.dumps(event, separators=(",", ":")) + "\n"


def order(store, name, second, now, fate):
    """Collected after two hours, delivered after two days; some never, by their number."""
    promised = common.text_of(second + 3 * DAY)
    yield _event("order.placed", name, second, store=store, order=name, buyer=f"b{fate % 50000}",
                 paid_at=common.text_of(second), deliver_by=promised,
                 lines=[{"sku": "K1", "quantity": 1}])
    if fate % 100 and second + 7200 <= now:
        yield _event("order.collected", name, second + 7200, store=store, order=name, carrier="sf",
                     waybill=name)
        if fate % 50 and second + 2 * DAY <= now:
            yield _event("order.delivered", name, second + 2 * DAY, store=store, order=name)


def ticket(store, name, second, now, fate):
    """One of every kind in turn; one of twenty is never answered."""
    kind = (*AFTER_SALES, "work_order", "chat", "dispute")[fate % 8]
    steps = [("ticket.opened", 0, {"kind": kind, "buyer": f"b{fate % 50000}",
                                   "order": f"{store}-{fate}"})]
    if kind in AFTER_SALES:
        steps += [("ticket.audited", 3600, {"outcome": "approved"}),
                  ("ticket.buyer_shipped", DAY, {}),
                  ("ticket.processed", 2 * DAY, {"outcome": "refunded"})]
    elif kind == "dispute":
        steps += [("ticket.ruled", DAY, {"liability": "buyer" if fate % 3 else "merchant"})]
    else:
        steps += [("ticket.replied", 20, {})]
    steps.append(("ticket.rated", 3 * DAY, {"stars": 1 + fate % 5}))
    for type, after, data in steps if fate % 20 else steps[:1]:
        if second + after <= now:
            yield _event(type, name, second + after, store=store, ticket=name, **data)


def review(store, name, second, fate):
    stars = {aspect: 1 + (fate + shift) % 5 for shift, aspect in enumerate(
        ("product", "description", "service", "courier", "logistics"))}
    yield _event("order.reviewed", name, second, store=store, review=name, order=f"{store}-{fate}",
                 buyer=f"b{fate % 50000}", stars=stars)


def spread(count, now):
    """(number, second) of so many things, evenly over the history."""
    step = HISTORY_DAYS * DAY / count
    return ((i, int(now - HISTORY_DAYS * DAY + i * step)) for i in range(count))


def fill(service, store, orders, tickets, reviews):
    service.put_store(store, policy=POLICIES[0])
    began, now = time.monotonic(), int(time.time()) - 10
    lines = itertools.chain.from_iterable(itertools.chain(
        (order(store, f"{store}-{i}", second, now, i) for i, second in spread(orders, now)),
        (ticket(store, f"{store}-t{i}", second, now, i) for i, second in spread(tickets, now)),
        (review(store, f"{store}-r{i}", second, i) for i, second in spread(reviews, now))))
    common.post_lines(service, lines)
    print(f"store {store}: {orders} orders, {tickets} tickets, {reviews} reviews, filled in "
          f"{time.monotonic() - began:.0f} s", flush=True)


# --- Measuring --------------------------------------------------------------------------------


def measure(reader, statements, store, rounds):
    """Database times of cold reads: totals of each, and by statement."""
    totals, by_statement = [], collections.defaultdict(list)
    for number in range(-3, rounds):  # the first ones warm caches up and do not count
        time.sleep(SNAPSHOT_SECONDS)
        statements.reset()
        reader.get(f"/v1/stores/{store}/score")
        times = statements.times()
        if number >= 0:
            totals.append(sum(times.values()))
            for query, ms in times.items():
                by_statement[query].append(ms)
    return totals, by_statement


def show(policy, store, totals, by_statement):
    typical = statistics.median(totals)
    verdict = "" if typical <= GOAL_MS else f"  over the goal of {GOAL_MS:.0f} ms"
    print(f"{policy:8} {store:6} median {typical:.2f} ms  worst {max(totals):.2f} ms{verdict}",
          flush=True)
    slowest = sorted(((statistics.median(times), query) for query, times in by_statement.items()),
                     reverse=True)
    for ms, query in slowest[:3]:
        print(f"           {ms:.2f} ms  {query[:110]}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--reviews", type=int, default=100_000)
    parser.add_argument("--small-orders", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    common.announce("Database time of a cold GET score, by policy.")
    harness.REQUEST_SECONDS = 1800  # another policy counts the whole store anew

    uri = database()
    small = options.small_orders
    share = small / options.orders
    with harness.Service(uri) as service:
        fill(service, "big", options.orders, options.tickets, options.reviews)
        fill(service, "small", small, int(options.tickets * share), int(options.reviews * share))
        reader, statements = Reader(service), Statements(uri)
        for policy in POLICIES:
            for store in ("big", "small"):
                began = time.monotonic()
                service.put_store(store, policy=policy)
                took = time.monotonic() - began
                print(f"{policy:8} {store:6} counted in {took:.0f} s", flush=True)
            harness.psql(uri, "vacuum analyze")
            for store in ("big", "small"):
                show(policy, store, *measure(reader, statements, store, options.rounds))


if __name__ == "__main__":
    main()
