#!/usr/bin/env python3
"""A long NDJSON import in one request: the rate of the first and of the last part, and the memory of
the service. Neither may grow with what has been sent.

The clock is read as lines are handed to the connection. A service that commits as it reads slows the
sender to its own pace; what the socket buffers hold is some thousand lines of a hundred thousand.
"""

import argparse
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


class Watch:
    """Passes lines on and notes when, and with how much memory, each part of them was sent."""

    def __init__(self, lines, part, pid):
        self._lines, self._part, self._pid = lines, part, pid
        self.marks = [(time.monotonic(), common.memory_kib(pid, "VmRSS"))]

    def __iter__(self):
        for number, line in enumerate(self._lines, 1):
            yield line
            if number % self._part == 0:
                self.mark()

    def mark(self):
        self.marks.append((time.monotonic(), common.memory_kib(self._pid, "VmRSS")))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--part", type=int, default=100_000)
    options = parser.parse_args()
    if options.events % options.part or options.events < 2 * options.part:
        parser.error("--events is a multiple of --part, at least twice")
    common.announce("NDJSON import in one request: rate of the first and the last part, memory.")

    with harness.Service(common.database()) as service:
        for i in range(STORES):
            service.put_store(f"s{i}")
        watch = Watch(events_of(options.events, time.time()), options.part, service.pid)
        common.post_lines(service, watch)
        watch.marks[-1] = (time.monotonic(), watch.marks[-1][1])  # the last part ends with the answer
        peak = common.memory_kib(service.pid, "VmHWM")

    rates = []
    for (began, _), (ended, resident) in zip(watch.marks, watch.marks[1:]):
        rates.append(options.part / (ended - began))
        print(f"{len(rates) * options.part:>10} events  {rates[-1]:>9.0f}/s  VmRSS {resident} KiB")
    print(f"first {rates[0]:.0f}/s  last {rates[-1]:.0f}/s  ratio {rates[0] / rates[-1]:.2f} "
          f"(goal: at most {RATE_GOAL})")
    print(f"VmHWM {peak} KiB (goal: below {MEMORY_GOAL_KIB})")


if __name__ == "__main__":
    main()
