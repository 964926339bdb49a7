#!/usr/bin/env python3
"""The daily snapshots of many small stores, behind one midnight, with their benchmarks.

Stores are made by SQL as copies of one, their orders are imported. Then the service starts just
behind midnight, and what is timed is the way from there to the last snapshot and the publication.
"""

import argparse
import datetime
import time

import common
import harness

GOAL_SECONDS = 60
CLOCK = datetime.datetime(2024, 1, 5, 12, tzinfo=common.UTC)
MIDNIGHT = datetime.datetime(2024, 1, 6, tzinfo=common.UTC)

COPY = """
insert into store_versions (store_id, version, valid_from, name, category, time_zone, services,
    policy_id, policy_version)
select 's' || i, version, valid_from, name, 'c' || i % {categories}, time_zone, services, policy_id,
    policy_version
from store_versions, generate_series(1, {stores} - 1) i where store_id = 's0'
"""

LATE = """
insert into events (store_id, source, event_id, type, occurred_at, received_at, feed, data)
select store_id, 'bench', 'late', 'order.shipped', at, at, 1, '{{}}'
from store_versions, (select timestamptz '{at}' + interval '1 ms' as at) t
"""


def events_of(stores, orders):
    end = CLOCK.timestamp()
    for order in range(orders):
        for store in range(stores):
            second = int(end - (order + 1) * 6 * 3600 + store % 3600)
            yield common.placed(f"s{store}", f"A{store}.{order}", second)
            yield common.collected(f"s{store}", f"A{store}.{order}", second + 7200)


def prepare(uri, options):
    with harness.Service(uri, clock_start=CLOCK) as service:
        service.put_store("s0", category="c0", time_zone="UTC")
        harness.psql(uri, COPY.format(stores=options.stores, categories=options.categories))
        began = time.monotonic()
        common.post_lines(service, events_of(options.stores, options.orders))
        print(f"imported in {time.monotonic() - began:.1f} s", flush=True)
    harness.psql(uri, "analyze")


def count(uri, table):
    return int(harness.psql(uri, f"select count(*) from {table}")[0][0])


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=10_000)
    parser.add_argument("--orders", type=int, default=5, help="of each store")
    parser.add_argument("--categories", type=int, default=20)
    parser.add_argument("--late", action="store_true",
                        help="an event behind midnight for every store: none is read from tallies")
    options = parser.parse_args()
    common.announce("Daily snapshots of many small stores behind one midnight.")
    uri = common.database()
    prepare(uri, options)
    if options.late:
        harness.psql(uri, LATE.format(at=MIDNIGHT))

    began = time.monotonic()
    with harness.Service(uri, clock_start=MIDNIGHT + datetime.timedelta(seconds=1)) as service:
        while count(uri, "score_days") < options.stores:
            time.sleep(0.5)
        taken = time.monotonic() - began
        while count(uri, "ranks") < options.stores:
            time.sleep(0.1)
        published = time.monotonic() - began
        peak = common.memory_kib(service.pid, "VmHWM")
    print(f"{options.stores} snapshots in {taken:.1f} s ({options.stores / taken:.0f}/s), "
          f"published after {published:.1f} s (goal: below {GOAL_SECONDS})")
    print(f"VmHWM {peak} KiB")


if __name__ == "__main__":
    main()
