#!/usr/bin/env python3
"""A long NDJSON import: the rate of the first and of the last part, and the memory of the service.
Neither may grow with what has been sent.

Each part is a streamed request of its own, so that its rate is that of acknowledged events: in one
request the socket buffers would flatter the first part and burden the last.
"""

import argparse
import itertools
import time

import common
import harness

STORES = 20
RATE_GOAL = 1.3
MEMORY_GOAL_KIB = 100 * 1024


def events_of(count, now):
    """Placed and collected in turn, of orders over 30 days and several stores."""
    orders = (count + 1) // 2
    for i in range(orders):
        store, order = f"s{i % STORES}", f"A{i}"
        second = int(now - 30 * 86400 + i * (29 * 86400 / orders))
        yield common.placed(store, order, second)
        if 2 * i + 1 < count:
            yield common.collected(store, order, second + 7200)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--part", type=int, default=100_000)
    options = parser.parse_args()
    if options.events % options.part or options.events < 2 * options.part:
        parser.error("--events is a multiple of --part, at least twice")
    common.announce("NDJSON import, a request a part: rate of acknowledged events, memory.")

    with harness.Service(common.database()) as service:
        for i in range(STORES):
            service.put_store(f"s{i}")
        rates = []
        lines = events_of(options.events, time.time())
        for part in range(options.part, options.events + 1, options.part):
            began = time.monotonic()
            common.post_lines(service, itertools.islice(lines, options.part))
            rates.append(options.part / (time.monotonic() - began))
            resident = common.memory_kib(service.pid, "VmRSS")
            print(f"{part:>10} events  {rates[-1]:>9.0f}/s  VmRSS {resident} KiB", flush=True)
        peak = common.memory_kib(service.pid, "VmHWM")

    print(f"first {rates[0]:.0f}/s  last {rates[-1]:.0f}/s  ratio {rates[0] / rates[-1]:.2f} "
          f"(goal: at most {RATE_GOAL})")
    print(f"VmHWM {peak} KiB (goal: below {MEMORY_GOAL_KIB})")


if __name__ == "__main__":
    main()
