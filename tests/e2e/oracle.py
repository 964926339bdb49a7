"""What windvane must answer about orders, computed from the rules alone.

Deliberately naive: every answer goes through all events of a store again, order by order, and
counts. Nothing is kept, nothing is summed ahead. Instants are integers: microseconds since
1970-01-01T00:00:00Z. Tickets and reviews stand in oracle_tickets.py.
"""

import collections
import dataclasses
import datetime
import fractions
import itertools
import json
import re
import zoneinfo

SECOND = 1_000_000
HOUR = 3600 * SECOND
AHEAD_MAX = 300 * SECOND

JD = {
    "window_days": {
        "same_day_collection_rate": 30,
        "collection_rate_24h": 30,
        "on_time_shipping_rate": 30,
        "next_day_delivery_rate": 30,
        "mean_delivery_hours": 30,
    },
    "novice": {"orders": 15, "days": 90},
    "silent_after_hours": 24,
    "backlog": {
        "min_orders": 300,
        "overdue_basis": "strict",
        "watch_hours": 24,
        "marks": [
            {"hours": 48, "level": "warning", "over_percent": 15, "inclusive": False},
            {"hours": 72, "level": "mild", "over_percent": 10, "inclusive": True,
             "restriction": {"kind": "search_demotion", "percent": 75, "hours": 72}},
            {"hours": 120, "level": "severe", "over_percent": 10, "inclusive": True,
             "restriction": {"kind": "off_sale", "hours": 24}},
        ],
    },
}

FEEDS = ("orders", "collections", "tickets")
OUTSIDE_FULFILMENT = ("platform", "pickup", "virtual")


# --- Instants, days ---------------------------------------------------------------------------

_INSTANT = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?"
                      r"(?:([Zz])|([+-])(\d\d):(\d\d))")
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def instant(text):
    """Microseconds of an RFC 3339 text; finer digits are cut."""
    found = _INSTANT.fullmatch(text)
    if not found:
        raise ValueError(f"not an instant: {text!r}")
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    micros = int(((found[7] or "") + "000000")[:6])
    offset = 0
    if not found[8]:
        offset = (int(found[10]) * 60 + int(found[11])) * (1 if found[9] == "+" else -1)
    local = datetime.datetime(year, month, day, hour, minute, second, micros,
                              datetime.timezone.utc)
    return (local - _EPOCH) // datetime.timedelta(microseconds=1) - offset * 60 * SECOND


def is_instant(value):
    return isinstance(value, str) and _INSTANT.fullmatch(value) is not None


def rfc3339(micros, offset_minutes=0):
    """Text of an instant, by default in UTC, with as many fraction digits as it needs."""
    shifted = _EPOCH + datetime.timedelta(microseconds=micros + offset_minutes * 60 * SECOND)
    text = shifted.strftime("%Y-%m-%dT%H:%M:%S")
    if shifted.microsecond:
        text += f".{shifted.microsecond:06d}".rstrip("0")
    if offset_minutes == 0:
        return text + "Z"
    sign = "+" if offset_minutes > 0 else "-"
    hours, minutes = divmod(abs(offset_minutes), 60)
    return f"{text}{sign}{hours:02d}:{minutes:02d}"


def wall_clock(zone, micros):
    utc = _EPOCH + datetime.timedelta(microseconds=micros)
    return utc.astimezone(zoneinfo.ZoneInfo(zone))


def day_of(zone, micros):
    """The store-day that an instant belongs to."""
    return wall_clock(zone, micros).date()


def day_start(zone, day):
    """The first instant of a store-day, also where a clock change skips or repeats midnight."""
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=zoneinfo.ZoneInfo(zone))
    start = (midnight.astimezone(datetime.timezone.utc) - _EPOCH)
    start //= datetime.timedelta(microseconds=1)
    assert day_of(zone, start) == day and day_of(zone, start - 1) < day, (zone, day)
    return start


def plus_days(day, days):
    return day + datetime.timedelta(days=days)


def day_end(zone, day):
    return day_start(zone, plus_days(day, 1))


def decimal(numerator, denominator, digits):
    """A non-negative fraction with `digits` decimals, rounded half up."""
    scale = 10 ** digits
    units = (2 * numerator * scale + denominator) // (2 * denominator)
    return f"{units // scale}.{units % scale:0{digits}d}"


# --- Identity ---------------------------------------------------------------------------------

REQUIRED = {
    "order.placed": ("order",),
    "order.paid": ("order",),
    "order.promised": ("order", "promised_at"),
    "order.shipped": ("order",),
    "order.collected": ("order",),
    "order.delivered": ("order",),
    "order.cancelled": ("order",),
    "order.reviewed": ("review", "stars"),
    "review.excluded": ("review",),
    "ticket.opened": ("ticket", "kind"),
    "ticket.asked": ("ticket",),
    "ticket.replied": ("ticket",),
    "ticket.audited": ("ticket",),
    "ticket.buyer_shipped": ("ticket",),
    "ticket.received": ("ticket",),
    "ticket.processed": ("ticket",),
    "ticket.escalated": ("ticket",),
    "ticket.ruled": ("ticket", "liability"),
    "ticket.appealed": ("ticket", "won"),
    "ticket.timed_out": ("ticket",),
    "ticket.closed": ("ticket",),
    "ticket.reopened": ("ticket",),
    "ticket.rated": ("ticket", "stars"),
    "event.retracted": ("source", "id"),
    "feed.alive": ("feed", "through"),
}


@dataclasses.dataclass(frozen=True)
class Fact:
    """One accepted event."""

    type: str
    source: str
    id: str
    data: dict
    at: int
    received_at: int

    @property
    def identity(self):
        return (self.source.encode(), self.id.encode())


def _body(event):
    """What two events of one identity are compared by."""

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(member) for name, member in value.items()}
        if isinstance(value, list):
            return [plain(member) for member in value]
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value

    return (event["type"], instant(event["time"]),
            json.dumps(plain(event["data"]), sort_keys=True))


def _is_valid(event, received_at):
    data = event["data"]
    try:
        at = instant(event["time"])
        paid_at = data.get("paid_at")
        ahead = at if paid_at is None else max(at, instant(paid_at))
    except (KeyError, ValueError):
        return False
    year = (_EPOCH + datetime.timedelta(microseconds=at)).year
    if not 2000 <= year <= 2100 or ahead > received_at + AHEAD_MAX:
        return False
    return all(data.get(name) is not None for name in REQUIRED.get(event["type"], ()))


def admit(arrivals):
    """Takes (event, received_at) in order of arrival; gives their outcomes and the facts."""
    outcomes, facts, bodies = [], [], {}
    for event, received_at in arrivals:
        if not _is_valid(event, received_at):
            outcomes.append("rejected")
            continue
        identity = (event["source"], event["id"])
        body = _body(event)
        if identity in bodies:
            outcomes.append("duplicate" if bodies[identity] == body else "conflict")
            continue
        bodies[identity] = body
        if event["type"] not in REQUIRED:
            outcomes.append("ignored")
            continue
        outcomes.append("accepted")
        data = {name: value for name, value in event["data"].items() if value is not None}
        facts.append(Fact(event["type"], event["source"], event["id"], data,
                          min(instant(event["time"]), received_at), received_at))
    return outcomes, facts


def known_at(facts, now):
    """The facts that hold at an instant: those that have happened less the retracted ones."""
    happened = [fact for fact in facts if fact.at <= now]
    retracted = {(fact.data["source"], fact.data["id"]) for fact in happened
                 if fact.type == "event.retracted"}
    return [fact for fact in happened
            if fact.type == "event.retracted" or (fact.source, fact.id) not in retracted]


# --- An order ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Order:
    """A counted order whose t0 is known. Instants before t0 are already read as t0."""

    id: str
    t0: int
    collected: int | None
    delivered: int | None
    cancelled: int | None
    promise: int
    units: int


def earliest(facts):
    return min(facts, key=lambda fact: (fact.at, fact.identity), default=None)


def _all_parcels(facts, parcels):
    """The instant at which so many distinct parcels have their first message."""
    firsts = {}
    for fact in facts:
        parcel = fact.data.get("parcel")
        firsts[parcel] = min(fact.at, firsts.get(parcel, fact.at))
    whole = firsts.pop(None, None)
    instants = sorted(firsts.values())
    complete = instants[parcels - 1] if len(instants) >= parcels else None
    return min((at for at in (whole, complete) if at is not None), default=None)


def order_of(id, facts, now):
    """The order that these facts of one order, all known at `now`, make; None if it has no t0
    or is out of all counts."""
    by_type = collections.defaultdict(list)
    for fact in facts:
        by_type[fact.type].append(fact)
    placed = earliest(by_type["order.placed"])
    if placed is None:
        return None
    about = placed.data
    if about.get("test") or about.get("fulfilment") in OUTSIDE_FULFILMENT:
        return None

    if about.get("payment") == "cod":
        started = placed.at
    else:
        payments = [fact.at for fact in by_type["order.paid"]]
        if "paid_at" in about:
            payments.append(min(instant(about["paid_at"]), placed.received_at))
        started = min((at for at in payments if at <= now), default=None)
        if started is None:
            return None
    t0 = started
    if "presale_until" in about:
        t0 = max(t0, instant(about["presale_until"]))

    def from_t0(at):
        return None if at is None else max(at, t0)

    parcels = int(about.get("parcels", 1))
    cancelled = earliest(by_type["order.cancelled"])
    promises = list(by_type["order.promised"])
    if "promised_at" in about:
        promises.append(placed)
    promise = earliest(promises)
    return Order(
        id=id,
        t0=t0,
        collected=from_t0(_all_parcels(by_type["order.collected"], parcels)),
        delivered=from_t0(_all_parcels(by_type["order.delivered"], parcels)),
        cancelled=from_t0(cancelled.at if cancelled else None),
        promise=from_t0(instant(promise.data["promised_at"])) if promise else t0 + 48 * HOUR,
        units=sum(line.get("quantity", 1) for line in about.get("lines") or [{}]),
    )


def orders_of(facts, now):
    """Every order with a t0, those whose t0 is still to come included."""
    by_order = collections.defaultdict(list)
    for fact in facts:
        if fact.type.startswith("order.") and fact.type != "order.reviewed":
            by_order[fact.data["order"]].append(fact)
    orders = (order_of(id, of_order, now) for id, of_order in by_order.items())
    return [order for order in orders if order is not None]


# --- Exemptions -------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Exemption:
    """A delay report that was approved: what it is about, from its submission until its
    revocation, if any. Orders that it lists, or a half-open period of clock starts."""

    report: str
    since: int
    until: int | None
    orders: frozenset = frozenset()
    period: tuple | None = None

    def covers(self, order, now):
        if now < self.since or (self.until is not None and self.until <= now):
            return False
        if self.period is not None:
            return self.period[0] <= order.t0 < self.period[1]
        return order.id in self.orders


def is_exempt(order, exemptions, now):
    return any(exemption.covers(order, now) for exemption in exemptions)


# --- Feeds ------------------------------------------------------------------------------------


def _feed_of(type):
    if type in ("order.collected", "order.delivered"):
        return "collections"
    if type.startswith("ticket."):
        return "tickets"
    return "orders" if type.startswith(("order.", "review.")) else None


def data_through(facts, now):
    through = dict.fromkeys(FEEDS)
    for fact in facts:
        feed, at = _feed_of(fact.type), fact.at
        if fact.type == "feed.alive":
            feed, at = fact.data["feed"], min(instant(fact.data["through"]), fact.received_at)
        if feed is not None and at <= now:
            through[feed] = max(at, through[feed] if through[feed] is not None else at)
    return through


def stale_feeds(through, now, policy):
    limit = policy["silent_after_hours"] * HOUR
    if limit == 0:
        return []
    return [feed for feed in FEEDS
            if (feed != "tickets" if through[feed] is None else now - through[feed] > limit)]


def _silence_changes(through, policy, feeds):
    limit = policy["silent_after_hours"] * HOUR
    return [] if limit == 0 else [through[feed] + limit + 1 for feed in feeds
                                  if through[feed] is not None]


def _text_or_none(at):
    return None if at is None else rfc3339(at)


def _through_text(through):
    return {feed: _text_or_none(at) for feed, at in through.items()}


# --- Score ------------------------------------------------------------------------------------


def window(zone, now, basis, days):
    """The first and the last store-day of a window."""
    last = day_of(zone, now)
    if basis == "official":
        last = plus_days(last, -1)
    return plus_days(last, 1 - days), last


def decide(good_at, cancelled_at, in_time, is_over):
    """What a share makes of an order: good, bad, pending or out."""
    if cancelled_at is not None and in_time(cancelled_at):
        if good_at is None or good_at >= cancelled_at:
            return "out"
    if good_at is not None and in_time(good_at):
        return "good"
    return "bad" if is_over else "pending"


def _share_of(metric, order, zone, now):
    """The decision of one share about an order whose t0 has come, and its hour mark if any."""
    day = day_of(zone, order.t0)
    if metric in ("same_day_collection_rate", "next_day_delivery_rate"):
        good_at, last = order.collected, day
        if metric == "next_day_delivery_rate":
            good_at, last = order.delivered, plus_days(day, 1)
        end = day_end(zone, last)
        return decide(good_at, order.cancelled, lambda at: at < end, now >= end), None
    mark = order.promise if metric == "on_time_shipping_rate" else order.t0 + 24 * HOUR
    return decide(order.collected, order.cancelled, lambda at: at <= mark, now > mark), mark


def sample(valid):
    return "none" if valid == 0 else "very_low" if valid < 10 else "low" if valid < 30 else "full"


def shown_window(zone, first, last, days):
    return {"from": rfc3339(day_start(zone, first)), "to": rfc3339(day_end(zone, last)),
            "days": days}


def is_suspended(micros, suspended):
    """Whether an instant lies in one of the half-open intervals."""
    return any(start <= micros < end for start, end in suspended)


def _share(metric, orders, zone, now, basis, days, suspended, exemptions):
    first, last = window(zone, now, basis, days)
    count = collections.Counter()
    changes = []
    for order in orders:
        if order.t0 > now or not first <= day_of(zone, order.t0) <= last:
            continue
        if is_suspended(order.t0, suspended) or is_exempt(order, exemptions, now):
            continue
        decision, mark = _share_of(metric, order, zone, now)
        count[decision] += 1
        if decision == "pending" and mark is not None:
            changes.append(mark + 1)
    good, pending = count["good"], count["pending"]
    valid = good + count["bad"]
    return {
        "good": good, "valid": valid, "pending": pending,
        "value": decimal(good, valid, 4) if valid else None,
        "value_worst": decimal(good, valid + pending, 4) if valid + pending else None,
        "sample": sample(valid), "window": shown_window(zone, first, last, days),
    }, changes


def _mean_delivery(orders, zone, now, basis, days, suspended):
    first, last = window(zone, now, basis, days)
    amount = valid = 0
    for order in orders:
        if order.t0 > now or order.delivered is None:
            continue
        if not first <= day_of(zone, order.delivered) <= last:
            continue
        if is_suspended(order.delivered, suspended):
            continue
        if order.cancelled is not None and order.cancelled <= order.delivered:
            continue
        amount += (order.delivered - order.t0) // SECOND
        valid += 1
    return {"amount": amount, "valid": valid,
            "value": decimal(amount, 3600 * valid, 4) if valid else None,
            "sample": sample(valid), "window": shown_window(zone, first, last, days)}


def score(facts, zone, now, basis="live", policy=JD, suspended=(), exemptions=()):
    """The members of the score that orders decide. `metrics` is by id. `status` is None where
    the rest of the policy decides between insufficient and scored. `suspended`: intervals whose
    instants no metric counts."""
    known = known_at(facts, now)
    orders = orders_of(known, now)
    through = data_through(known, now)
    today = day_of(zone, now)
    changes = [day_end(zone, today)]
    changes += [order.t0 for order in orders]
    view = Backlog(facts, zone, now, policy, exemptions)
    changes += view.restrictions_change(view.restrictions())
    metrics = {}
    for metric, days in policy["window_days"].items():
        if metric == "mean_delivery_hours":
            metrics[metric] = _mean_delivery(orders, zone, now, basis, days, suspended)
        else:
            metrics[metric], marks = _share(metric, orders, zone, now, basis, days, suspended,
                                            exemptions)
            changes += marks

    first, last = window(zone, now, basis, policy["novice"]["days"])
    recent = sum(order.t0 <= now and first <= day_of(zone, order.t0) <= last for order in orders)
    status = "novice" if recent < policy["novice"]["orders"] else None
    if basis == "live":
        changes += _silence_changes(through, policy, ("orders", "collections"))
        if {"orders", "collections"} & set(stale_feeds(through, now, policy)):
            status = "unknown"
    return {
        "as_of": rfc3339(now), "basis": basis, "data_through": _through_text(through),
        "status": status, "metrics": metrics,
        "next_change_at": rfc3339(min(at for at in changes if at > now)),
    }


# --- Backlog ----------------------------------------------------------------------------------


def holds(overdue, eligible, mark):
    """The policy's comparison."""
    if eligible == 0:
        return False
    left, right = 100 * overdue, mark["over_percent"] * eligible
    return left >= right if mark["inclusive"] else left > right


def collect_to_clear(bad, eligible, collectable, mark):
    """The least number of orders to collect, found by trying; None if there are not so many."""
    tries = (k for k in range(collectable + 1) if not holds(bad - k, eligible, mark))
    return next(tries, None)


def exempt_to_clear(bad, eligible, mark):
    """The least number of orders to excuse, found by trying."""
    return next(k for k in range(bad + 1) if not holds(bad - k, eligible - k, mark))


def collect_formula(bad, eligible, collectable, mark):
    """As collect_to_clear, in closed form."""
    percent = mark["over_percent"]
    allowed = (percent * eligible - 1 if mark["inclusive"] else percent * eligible) // 100
    needed = max(0, bad - allowed) if eligible else 0
    return needed if needed <= collectable else None


def exempt_formula(bad, eligible, mark):
    """As exempt_to_clear, in closed form (a percent below 100)."""
    if not holds(bad, eligible, mark):
        return 0
    excess, rest = 100 * bad - mark["over_percent"] * eligible, 100 - mark["over_percent"]
    return min(bad, excess // rest + 1 if mark["inclusive"] else -(-excess // rest))


class Backlog:
    """The backlog of one store at one instant."""

    def __init__(self, facts, zone, now, policy=JD, exemptions=()):
        self.zone = zone
        self.now = now
        self.policy = policy
        self.exemptions = exemptions
        self.rules = policy["backlog"]
        self.marks = sorted(self.rules["marks"], key=lambda mark: mark["hours"])
        self.counted = {}
        self.known = known_at(facts, now)
        self.upcoming = orders_of(self.known, now)
        self.orders = [order for order in self.upcoming if order.t0 <= now]
        self.cohorts = collections.defaultdict(list)
        for order in self.orders:
            self.cohorts[day_of(zone, order.t0)].append(order)
        self.today = day_of(zone, now)
        self.listed = [plus_days(self.today, -back) for back in range(6, -1, -1)]

    def checkpoint(self, day, mark):
        return day_end(self.zone, day) + mark["hours"] * HOUR

    def assessed(self, day):
        return len(self.cohorts.get(day, ())) > self.rules["min_orders"]

    def counts(self, day, mark):
        """(orders by what they are for this mark, hour marks still to come)."""
        key = day, mark["hours"]
        if key not in self.counted:
            self.counted[key] = self.count(day, mark)
        return self.counted[key]

    def count(self, day, mark):
        count = collections.Counter()
        ahead = []
        until = min(self.now, self.checkpoint(day, mark))
        for order in self.cohorts.get(day, ()):
            limit = order.t0 + mark["hours"] * HOUR
            collected, cancelled = order.collected, order.cancelled
            if is_exempt(order, self.exemptions, self.now):
                count["exempt"] += 1
                continue
            if cancelled is not None and cancelled <= limit:
                if collected is None or collected >= cancelled:
                    count["cancelled"] += 1
                    continue
            count["eligible"] += 1
            if limit < self.now:
                if collected is None or collected > limit:
                    count["overdue"] += 1
                    if all(at is None or at > until for at in (collected, cancelled)):
                        count["overdue_still_open"] += 1
            elif collected is None:
                count["at_risk"] += 1
                ahead.append(limit)
        return count, ahead

    def deciding(self, day, mark):
        """(overdue by the policy's reading, eligible)."""
        count, _ = self.counts(day, mark)
        lenient = self.rules["overdue_basis"] == "lenient"
        return count["overdue_still_open" if lenient else "overdue"], count["eligible"]

    def trend(self, day, mark):
        """(the store's level before as (overdue, eligible) or None, whether this day is worse)."""
        rule = mark.get("trend", {})
        if mark["level"] != "warning" or rule is False:
            return None, False
        rule = {"days": 7, "min_eligible": 300, "min_overdue": 10, "points": "5", "z": "1.645", **rule}
        before = [self.deciding(plus_days(day, -back), mark) for back in range(1, rule["days"] + 1)]
        usual, of = (sum(column) for column in zip(*before))
        if of < rule["min_eligible"]:
            return None, False
        bad, eligible = self.deciding(day, mark)
        above = fractions.Fraction(bad, eligible) - fractions.Fraction(usual, of)
        p = fractions.Fraction(bad + usual, eligible + of)
        variance = p * (1 - p) * (fractions.Fraction(1, eligible) + fractions.Fraction(1, of))
        return (usual, of), (bad >= rule["min_overdue"]
                             and 100 * above >= fractions.Fraction(rule["points"])
                             and above ** 2 >= fractions.Fraction(rule["z"]) ** 2 * variance)

    def mark_of(self, day, mark):
        """One mark of one cohort, as it is shown."""
        count, _ = self.counts(day, mark)
        eligible, overdue, at_risk = count["eligible"], count["overdue"], count["at_risk"]
        still_open = count["overdue_still_open"]
        checkpoint = self.checkpoint(day, mark)
        passed = self.now >= checkpoint
        lenient = self.rules["overdue_basis"] == "lenient"
        deciding = still_open if lenient else overdue
        collectable = at_risk + (still_open if lenient and not passed else 0)
        reasons, baseline = [], None
        if not passed:
            state = "pending"
        elif not self.assessed(day) or eligible == 0:
            state = "not_assessed"
        else:
            baseline, worse = self.trend(day, mark)
            reasons = ["ratio"] if holds(deciding, eligible, mark) else []
            reasons += ["trend"] if worse else []
            hit = "warned" if mark["level"] == "warning" else mark["level"]
            state = hit if reasons else "clear"
        bad = deciding + at_risk
        return {
            "hours": mark["hours"], "checkpoint": rfc3339(checkpoint), "state": state,
            "eligible": eligible, "exempt": count["exempt"],
            "cancelled": count["cancelled"],
            "overdue": overdue, "overdue_still_open": still_open, "at_risk": at_risk,
            "ratio": decimal(overdue, eligible, 4) if eligible else None,
            "ratio_worst": decimal(overdue + at_risk, eligible, 4) if eligible else None,
            # what is still open can still be collected
            "inevitable": holds(deciding if passed or not lenient else 0, eligible, mark),
            "collect_to_clear": collect_to_clear(bad, eligible, collectable, mark),
            "exempt_to_clear": exempt_to_clear(bad, eligible, mark),
            "reasons": reasons,
            "baseline": decimal(*baseline, 4) if baseline else None,
            "readings_disagree":
                holds(overdue, eligible, mark) != holds(still_open, eligible, mark),
        }

    def restrictions(self):
        """Those in force, each with the levels of the marks that keep it so."""
        hits = collections.defaultdict(list)
        for day, mark in itertools.product(sorted(self.cohorts), self.marks):
            rule = mark.get("restriction")
            if rule and self.mark_of(day, mark)["state"] == mark["level"]:
                start = self.checkpoint(day, mark)
                end = start + rule["hours"] * HOUR
                hits[rule["kind"]].append((start, end, day, mark))
        united = []
        for kind, intervals in hits.items():
            group = []
            for interval in sorted(intervals, key=lambda hit: hit[:3]):
                if group and interval[0] > max(end for _, end, _, _ in group):
                    group = []
                group.append(interval)
            end = max(end for _, end, _, _ in group)
            if end <= self.now:
                continue
            here = [mark for start, end_, _, mark in group if start <= self.now < end_]
            percents = [mark["restriction"]["percent"] for mark in here
                        if mark["restriction"].get("percent") is not None]
            united.append(({
                "kind": kind, "percent": max(percents, default=None),
                "from": rfc3339(group[0][0]), "to": rfc3339(end),
                "cohorts": [str(day) for day in sorted({day for _, _, day, _ in group})],
            }, {mark["level"] for mark in here}))
        return united

    def level(self, restrictions):
        """(level, advisory)."""
        levels = set().union(*(levels for _, levels in restrictions))
        for level in ("severe", "mild"):
            if level in levels:
                return level, False
        for day in self.listed:
            for mark, later in itertools.pairwise(self.marks):
                if (self.mark_of(day, mark)["state"] == "warned"
                        and self.now < self.checkpoint(day, later)):
                    return "warning", False
        causes = [day for day in self.listed if any(self.watched(day, m) for m in self.marks)]
        if causes:
            return "watch", not any(self.assessed(day) for day in causes)
        return "none", False

    def watched(self, day, mark):
        away = self.checkpoint(day, mark) - self.now
        if away <= 0 or "restriction" not in mark:
            return False
        shown = self.mark_of(day, mark)
        if shown["inevitable"]:
            return True
        lenient = self.rules["overdue_basis"] == "lenient"
        deciding = shown["overdue_still_open"] if lenient else shown["overdue"]
        return (away <= self.rules["watch_hours"] * HOUR
                and holds(deciding + shown["at_risk"], shown["eligible"], mark))

    def checkpoints(self, mark):
        """Those around now; one may belong to a day that is not listed any more."""
        reach = mark["hours"] // 24 + 3
        return [self.checkpoint(plus_days(self.today, -back), mark) for back in range(reach)]

    def restrictions_change(self, restrictions):
        """When restrictions may come and go: stars depend on it, too."""
        ends = [instant(shown["to"]) for shown, _ in restrictions]
        return ends + [at for mark in self.marks if "restriction" in mark
                       for at in self.checkpoints(mark)]

    def next_change(self, restrictions, through):
        changes = [day_end(self.zone, self.today)]
        changes += [order.t0 for order in self.upcoming]
        changes += _silence_changes(through, self.policy, FEEDS)
        changes += self.restrictions_change(restrictions)
        for mark in self.marks:
            changes += self.checkpoints(mark)
            for day in self.listed:
                changes += [limit + 1 for limit in self.counts(day, mark)[1]]
                if "restriction" in mark:
                    changes.append(self.checkpoint(day, mark)
                                   - self.rules["watch_hours"] * HOUR)
        return min(at for at in changes if at > self.now)

    def answer(self):
        restrictions = self.restrictions()
        level, advisory = self.level(restrictions)
        through = data_through(self.known, self.now)
        collected = sum(order.collected is not None
                        and day_of(self.zone, order.collected) == self.today
                        and (order.cancelled is None or order.cancelled > order.collected)
                        for order in self.orders)
        return {
            "as_of": rfc3339(self.now),
            "data_through": _through_text(through),
            "stale": stale_feeds(through, self.now, self.policy),
            "level": level,
            "advisory": advisory,
            "next_change_at": rfc3339(self.next_change(restrictions, through)),
            "today": {"placed": len(self.cohorts.get(self.today, ())), "collected": collected},
            "cohorts": [{
                "day": str(day), "orders": len(self.cohorts.get(day, ())),
                "assessed": self.assessed(day),
                "marks": [self.mark_of(day, mark) for mark in self.marks],
            } for day in self.listed],
            "restrictions": [shown for shown, _ in restrictions],
        }


def backlog(facts, zone, now, policy=JD, exemptions=()):
    return Backlog(facts, zone, now, policy, exemptions).answer()


# --- Comparison -------------------------------------------------------------------------------


def differences(expected, got, path=""):
    """(member path, expected, got) for each member of `expected` that `got` has otherwise.
    Instants are compared as instants; members that only `got` has are not looked at."""
    if isinstance(expected, dict) and isinstance(got, dict):
        found = []
        for name, member in expected.items():
            found += differences(member, got.get(name), f"{path}.{name}" if path else name)
        return found
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        found = []
        for index, (left, right) in enumerate(zip(expected, got)):
            found += differences(left, right, f"{path}[{index}]")
        return found
    if is_instant(expected) and is_instant(got):
        return [] if instant(expected) == instant(got) else [(path, expected, got)]
    same = expected == got and type(expected) is type(got)
    return [] if same else [(path, expected, got)]


def backlog_differences(expected, got):
    """As differences, for an oracle's backlog and the service's answer."""

    def in_order(answer):
        return {**answer, "stale": sorted(answer.get("stale", ())),
                "restrictions": sorted(answer.get("restrictions", ()),
                                       key=lambda shown: shown["kind"])}

    return differences(in_order(expected), in_order(got))


def metrics_of(score):
    """The metrics of an answer by id, those beside the composite included."""
    scored = {metric["id"]: metric for factor in score.get("factors", ())
              for metric in factor["metrics"]}
    return {**score.get("metrics", {}), **scored}


def score_differences(expected, got):
    """As differences, for an oracle's score and the service's answer."""
    expected = dict(expected)
    metrics = expected.pop("metrics")
    status = expected.pop("status")
    found = differences(expected, got)
    if status is None:
        status = "insufficient" if got.get("score") is None else "scored"
    found += differences(status, got.get("status"), "status")
    shown = metrics_of(got)
    for id, metric in metrics.items():
        found += differences(metric, shown.get(id), id)
    return found
