#!/usr/bin/env python3
"""How well the forecast of the backlog does on real orders, against simple predictors.

bench/forecast (make bench-forecast) runs the service's own domain code. It walks forward day by day
over the Olist sample as one store, seeing only what had happened, and says for each cohort what
share will be overdue. This script feeds it and judges what it says of cohorts of 15 orders and
more: mean absolute error and bias of the share, the Brier score averaged over thresholds of 10 to
60 %, and how often the 80 % interval holds the truth and how wide it is. Beside it, by the cohorts
whose mark was behind them at that time:

  last 7      their mean share          same weekday  that of the last four of the weekday
  base rate   that of all of them       nothing more  nothing more is collected

The first three give as probability of a threshold the share of their cohorts that reached it.

  bench/forecast.py PROGRAM       exits 1 when a figure that docs/decisions/0010 names is missed

The data is not part of the project: WINDVANE_DATA names its folder, by default ../shared/data/olist
beside the repository.
"""

import collections
import datetime
import functools
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "scripts"))
import olist2events

DATA = pathlib.Path(os.environ.get("WINDVANE_DATA") or olist2events.DATA)
THRESHOLDS = (10, 20, 30, 40, 50, 60)
MIN_ORDERS = 15
FIRST, LAST = datetime.date(2016, 7, 1), datetime.date(2018, 12, 1)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
HOUR_US = 3_600_000_000

# What is to be reached at the 72 h mark, by hours after the cohort's day.
MAE_AT_MOST = {0: 9.5, 24: 6.5, 48: 3.4}
BIAS_BELOW = 1.5
COVERAGE = (78, 96)
BRIER_AT_MOST = {24: 0.7}  # of the best simple predictor's

Order = collections.namedtuple("Order", "t0 collected cancelled")
Forecast = collections.namedtuple(
    "Forecast", "day after hours orders eligible overdue at_risk ratio low high probabilities")


def micros(instant):
    return (instant - EPOCH) // datetime.timedelta(microseconds=1)


def day_number(date):
    return (date - EPOCH.date()).days


# --- what is fed ------------------------------------------------------------------------------


def orders():
    """Every paid order, with None for what never happened."""
    for row in olist2events.read_rows(DATA, "orders"):
        paid = olist2events.local_instant(row["order_approved_at"])
        if paid is None:
            continue
        collected = olist2events.local_instant(row["order_delivered_carrier_date"])
        cancelled = None
        if row["order_status"] == "canceled":
            collected = None
            cancelled = micros(olist2events.later(paid, olist2events.CANCELLED_AFTER))
        if collected is not None:
            collected = micros(max(collected, paid))
        yield Order(micros(paid), collected, cancelled)


def day_starts():
    days = (FIRST + datetime.timedelta(n) for n in range((LAST - FIRST).days))
    return {day_number(day): micros(olist2events.local_instant(f"{day} 00:00:00")) for day in days}


def shifts():
    at, known = EPOCH.replace(year=FIRST.year), None
    while at.date() < LAST:
        offset = at.astimezone(olist2events.ZONE).utcoffset()
        if offset != known:
            yield micros(at), int(offset.total_seconds())
        known = offset
        at += datetime.timedelta(hours=1)


def easter(year):
    """Sunday, by the anonymous Gregorian rule."""
    a, (b, c) = year % 19, divmod(year, 100)
    g = (8 * b + 13) // 25
    h = (19 * a + b - b // 4 - g + 15) % 30
    n = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + n - 7 * ((a + 11 * h + 22 * n) // 451) + 114, 31)
    return datetime.date(year, month, day + 1)


def holidays():
    """Brazil's national ones, and Carnival and Corpus Christi."""
    fixed = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25))
    for year in range(FIRST.year, LAST.year + 1):
        yield from (datetime.date(year, *date) for date in fixed)
        yield from (easter(year) + datetime.timedelta(days) for days in (-48, -47, -2, 60))


def run(program, known, starts):
    def text(instant):
        return "-" if instant is None else str(instant)

    lines = [f"d {day} {start}" for day, start in sorted(starts.items())]
    lines += [f"s {since} {offset}" for since, offset in shifts()]
    lines += [f"h {day}" for day in sorted({day_number(date) for date in holidays()})]
    lines += [f"o {' '.join(map(text, order))}" for order in known]
    done = subprocess.run([program], input="\n".join(lines) + "\n", capture_output=True, text=True,
                          check=True)
    for line in done.stdout.splitlines():
        numbers = [int(word) for word in line.split()]
        yield Forecast(*numbers[:10], numbers[10:])


# --- what became of it ------------------------------------------------------------------------


class Truth:
    """The orders by day, and what became of them."""

    def __init__(self, known, starts):
        self.starts = starts
        self.cohorts = collections.defaultdict(list)
        days = sorted(starts)
        at = 0
        for order in sorted(known, key=lambda order: order.t0):
            while at + 1 < len(days) and starts[days[at + 1]] <= order.t0:
                at += 1
            self.cohorts[days[at]].append(order)
        self.judged = [day for day in sorted(self.cohorts)
                       if len(self.cohorts[day]) >= MIN_ORDERS]

    @functools.lru_cache(None)
    def share(self, day, hours):
        eligible = overdue = 0
        for order in self.cohorts[day]:
            mark = order.t0 + hours * HOUR_US
            if order.cancelled is not None and order.cancelled <= mark:
                continue
            eligible += 1
            overdue += order.collected is None or order.collected > mark
        return overdue, eligible

    def behind(self, day, after, hours):
        """Cohorts whose mark was behind them, seen from so many hours after the day."""
        now = self.starts[day + 1] + after * HOUR_US
        return [other for other in self.judged
                if self.starts[other + 1] + hours * HOUR_US <= now]


def reaches(overdue, eligible, threshold):
    return 100 * overdue >= threshold * eligible


def simple(truth, f):
    """name -> (share, probabilities)"""
    behind = truth.behind(f.day, f.after, f.hours)
    chosen = {"last 7": behind[-7:],
              "same weekday": [day for day in behind if day % 7 == f.day % 7][-4:],
              "base rate": behind}
    for name, days in chosen.items():
        known = [truth.share(day, f.hours) for day in days]
        if known:
            yield name, (mean(o / e for o, e in known),
                         [mean(reaches(o, e, t) for o, e in known) for t in THRESHOLDS])
        else:
            yield name, (0.5, [0.5] * len(THRESHOLDS))
    worst = f.overdue + f.at_risk
    yield "nothing more", (worst / f.eligible,
                           [reaches(worst, f.eligible, t) for t in THRESHOLDS])


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


# --- the report -------------------------------------------------------------------------------


class Score:
    def __init__(self):
        self.errors, self.brier = [], []

    def add(self, share, probabilities, overdue, eligible):
        self.errors.append(100 * (share - overdue / eligible))
        self.brier.append(mean((p - reaches(overdue, eligible, t)) ** 2
                               for p, t in zip(probabilities, THRESHOLDS)))

    def mae(self, half=None):
        chosen = self.errors
        if half is not None:
            middle = len(chosen) // 2
            chosen = chosen[middle:] if half else chosen[:middle]
        return mean(map(abs, chosen))

    def text(self):
        return (f"MAE {self.mae():5.2f}  bias {mean(self.errors):+6.2f}  "
                f"Brier {mean(self.brier):.4f}")


def judge(truth, hours, after, forecasts):
    """Prints a block, and gives what is missed in it."""
    model, others = Score(), collections.defaultdict(Score)
    held, width = [], []
    for f in forecasts:
        overdue, eligible = truth.share(f.day, hours)
        model.add(f.ratio / 10000, [p / 10000 for p in f.probabilities], overdue, eligible)
        held.append(f.low * eligible <= overdue * f.eligible <= f.high * eligible)
        width.append(100 * (f.high - f.low) / f.eligible)
        for name, (share, probabilities) in simple(truth, f):
            others[name].add(share, probabilities, overdue, eligible)
    coverage, best = 100 * mean(held), min(mean(other.brier) for other in others.values())
    brier = mean(model.brier) / best
    print(f"{hours} h mark, {after:+d} h from the end of the day, {len(held)} cohorts")
    print(f"  forecast      {model.text()} ({brier:.2f} of the best simple)  "
          f"80 % interval holds {coverage:.1f} %, width {mean(width):.1f}; "
          f"MAE of the halves {model.mae(0):.2f} {model.mae(1):.2f}")
    for name, other in others.items():
        print(f"  {name:13} {other.text()}")
    if hours != 72 or after < 0:
        return
    if model.mae() > MAE_AT_MOST[after]:
        yield f"MAE {model.mae():.2f} at {after} h, wanted {MAE_AT_MOST[after]}"
    if abs(mean(model.errors)) >= BIAS_BELOW:
        yield f"bias {mean(model.errors):+.2f} at {after} h, wanted below {BIAS_BELOW}"
    if not COVERAGE[0] <= coverage <= COVERAGE[1]:
        yield f"coverage {coverage:.1f} at {after} h, wanted {COVERAGE[0]} to {COVERAGE[1]}"
    if brier > BRIER_AT_MOST.get(after, 1):
        yield f"Brier {brier:.2f} of the best simple predictor's at {after} h"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not DATA.is_dir():
        sys.exit(f"no data under {DATA}")
    known, starts = list(orders()), day_starts()
    truth = Truth(known, starts)
    blocks = collections.defaultdict(list)
    for f in run(sys.argv[1], known, starts):
        if len(truth.cohorts[f.day]) >= MIN_ORDERS:
            blocks[f.hours, f.after].append(f)
    missed = [line for (hours, after), forecasts in sorted(blocks.items())
              for line in judge(truth, hours, after, forecasts)]
    for line in missed:
        print("missed:", line)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
