#!/usr/bin/env python3
"""The verdicts of many small stores behind one midnight, with their level.

Stores are made by SQL as copies of one, their orders are imported. Then the service starts just
behind midnight, and what is timed is the way from there to the last store that is judged.
"""

import argparse
import datetime
import os
import pathlib
import time

import common
import harness

GOAL_SECONDS = 30
DAYS = 5
CLOCK = datetime.datetime(2024, 1, 5, 22, tzinfo=common.UTC)
MIDNIGHT = datetime.datetime(2024, 1, 6, tzinfo=common.UTC)

COPY = """
insert into store_versions (store_id, version, valid_from, name, category, time_zone, services,
    policy_id, policy_version)
select 's' || i, version, timestamptz '{through}', name, category, time_zone, services, policy_id, policy_version
from store_versions, generate_series(1, {stores} - 1) i where store_id = 's0';
insert into store_watch (store_id, judged_from, judged_through, look_at, level, advisory, level_since)
select v.store_id, w.judged_from, timestamptz '{through}', timestamptz '{midnight}', 0, false, w.level_since
from store_versions v, store_watch w where w.store_id = 's0' and v.store_id <> 's0'
"""


def events_of(stores, orders):
    """Every day some orders, half of them not collected in time."""
    for day in range(DAYS):
        start = (CLOCK - datetime.timedelta(days=DAYS - 1 - day)).timestamp() - 12 * 3600
        for order in range(orders):
            for store in range(stores):
                name, second = f"A{store}.{day}.{order}", int(start + order * 60 + store % 60)
                yield common.placed(f"s{store}", name, second)
                if order % 2 == 0:
                    yield common.collected(f"s{store}", name, second + 3600)


def prepare(uri, options):
    created = CLOCK - datetime.timedelta(days=DAYS)
    with harness.Service(uri, clock_start=created) as service:
        policy = service.get("/v1/policies/jd").json()
        policy["backlog"]["min_orders"] = 1
        service.put("/v1/policies/jd", policy)
        service.put_store("s0", time_zone="UTC")
    harness.psql(uri, COPY.format(stores=options.stores, through=CLOCK, midnight=MIDNIGHT))
    with harness.Service(uri, clock_start=CLOCK) as service:
        began = time.monotonic()
        common.post_lines(service, events_of(options.stores, options.orders))
        print(f"imported in {time.monotonic() - began:.1f} s", flush=True)
    harness.psql(uri, "delete from verdicts_changed; truncate verdicts; "
                      f"update store_watch set judged_through = '{CLOCK}', look_at = '{MIDNIGHT}'")
    harness.psql(uri, "analyze")


def judges_cpu(uri):
    """Seconds that the judges' own backends have worked."""
    pids = harness.psql(uri, "select pid from pg_stat_activity where application_name = "
                             "'windvane verdicts' and datname = current_database()")
    ticks = 0
    for pid, in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=10_000)
    parser.add_argument("--orders", type=int, default=4, help="of each store and day")
    options = parser.parse_args()
    common.announce("Verdicts of many small stores behind one midnight.")
    uri = common.database()
    prepare(uri, options)

    left = f"select count(*) from store_watch where judged_through < '{MIDNIGHT}'"
    began = time.monotonic()
    with harness.Service(uri, clock_start=MIDNIGHT + datetime.timedelta(seconds=1)) as service:
        while harness.psql(uri, left) != [["0"]]:
            time.sleep(0.2)
        took = time.monotonic() - began
        cpu = judges_cpu(uri)
        peak = common.memory_kib(service.pid, "VmHWM")
    rows = harness.psql(uri, "select count(*), count(distinct store_id) from verdicts")[0]
    told = harness.psql(uri, "select count(*) from notifications where recorded_at >= "
                             f"'{MIDNIGHT}'")[0][0]
    print(f"{options.stores} stores in {took:.1f} s ({options.stores / took:.0f}/s), {rows[0]} verdicts "
          f"of {rows[1]} stores, {told} notices (goal: below {GOAL_SECONDS}); "
          f"PostgreSQL worked {cpu:.1f} s for them")
    print(f"VmHWM {peak} KiB")


if __name__ == "__main__":
    main()
