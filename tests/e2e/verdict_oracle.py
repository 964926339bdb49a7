"""Verdicts by the rule (D-doc 2 and 3), counted order by order in Python: it shares nothing with the
service. Days are those of UTC, every order is prepaid and its facts are plain.
"""

import collections
import datetime
import fractions

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
NEVER = datetime.datetime.max.replace(tzinfo=UTC)

STATES = {"warning": "warned", "mild": "mild", "severe": "severe"}

Verdict = collections.namedtuple(
    "Verdict", "state reasons orders eligible exempt overdue still_open baseline stale")


def midnight(day):
    return datetime.datetime.combine(day, datetime.time(), UTC)


class Known:
    """What is known of one store: [(at, kind, order, id)], {id: instant of its retraction}, and what the
    reports in force excuse: orders by name, and half-open periods of clock starts."""

    def __init__(self, events, retracted, excused=frozenset(), periods=()):
        self.events = events
        self.retracted = retracted
        self.excused = excused
        self.periods = periods

    def is_exempt(self, order, t0):
        return order in self.excused or any(start <= t0 < end for start, end in self.periods)

    def orders(self, at=None):
        """{order: {kind: first instant}} as of an instant; by everything that is known: None."""
        found = {}
        for when, kind, order, id in self.events:
            gone = self.retracted.get(id, NEVER)
            if at is not None and (when > at or gone <= at) or at is None and gone != NEVER:
                continue
            facts = found.setdefault(order, {})
            facts[kind] = min(facts.get(kind, NEVER), when)
        return {name: facts for name, facts in found.items() if "placed" in facts}

    def is_stale(self, at, silent):
        signs = [when for when, kind, _, id in self.events if kind == "collected" and when <= at
                 and not self.retracted.get(id, NEVER) <= at]
        return not signs or at - max(signs) > silent


def counts(known, orders, day, hours):
    """(orders, eligible, exempt, overdue, still open at the checkpoint) of a cohort whose mark is over."""
    checkpoint = midnight(day) + DAY + hours * HOUR
    total = eligible = exempt = overdue = still_open = 0
    for name, facts in orders.items():
        t0 = facts["placed"]
        if t0.date() != day:
            continue
        total += 1
        if known.is_exempt(name, t0):
            exempt += 1
            continue
        mark = t0 + hours * HOUR
        collected = max(facts.get("collected", NEVER), t0)
        cancelled = max(facts.get("cancelled", NEVER), t0)
        if cancelled <= mark and cancelled <= collected:
            continue
        eligible += 1
        if collected > mark:
            overdue += 1
            still_open += collected > checkpoint and cancelled > checkpoint
    return total, eligible, exempt, overdue, still_open


def reaches(mark, overdue, eligible):
    share = fractions.Fraction(100 * overdue, eligible)
    limit = fractions.Fraction(str(mark["over_percent"]))
    return share >= limit if mark.get("inclusive") else share > limit


def is_worse(trend, o, e, O, E):
    """z = (o/e - O/E) / sqrt(p (1 - p) (1/e + 1/E)) with p pooled, compared by its square."""
    above = fractions.Fraction(o, e) - fractions.Fraction(O, E)
    if 100 * above < fractions.Fraction(str(trend["points"])) or o < trend["min_overdue"]:
        return False
    p = fractions.Fraction(o + O, e + E)
    variance = p * (1 - p) * (fractions.Fraction(1, e) + fractions.Fraction(1, E))
    return above > 0 and above * above >= fractions.Fraction(str(trend["z"])) ** 2 * variance


def judge(backlog, known, day, mark, at=None, silent=DAY):
    """The verdict of one mark, of what was so at an instant or by all that is known; None of a
    cohort without orders."""
    orders = known.orders(at)
    total, eligible, exempt, overdue, still_open = counts(known, orders, day, mark["hours"])
    stale = known.is_stale(midnight(day) + DAY + mark["hours"] * HOUR, silent)
    if total == 0:
        return None
    if total <= backlog["min_orders"] or eligible == 0:
        return Verdict("not_assessed", (), total, eligible, exempt, overdue, still_open, None, stale)
    reasons, baseline, trend = [], None, mark.get("trend")
    if reaches(mark, overdue, eligible):
        reasons.append("ratio")
    if trend:
        before = [counts(known, orders, day - back * DAY, mark["hours"])
                  for back in range(1, trend["days"] + 1)]
        E, O = sum(b[1] for b in before), sum(b[3] for b in before)
        if E >= trend["min_eligible"]:
            baseline = (O, E)
            if is_worse(trend, overdue, eligible, O, E):
                reasons.append("trend")
    state = STATES[mark["level"]] if reasons else "clear"
    return Verdict(state, tuple(reasons), total, eligible, exempt, overdue, still_open, baseline, stale)
