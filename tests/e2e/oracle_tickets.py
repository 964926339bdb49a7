"""What windvane must answer about tickets and reviews, computed from the rules alone.

As naive as oracle.py, which it goes on from: every answer goes through all events of a store
again. One instant is asked about; what is known at it is all that there is.
"""

import collections

import oracle
from oracle import HOUR, SECOND

AFTER_SALES = ("return", "exchange", "repair", "refund", "resend")
RETURNED = ("return", "exchange", "repair")
SENT_BACK = ("return", "exchange")
RECONTACT = 600 * SECOND
REVIEWS_OF_A_BUYER = 20

# metric: (kinds of ticket, good event, elapsed limit, whether nights and the like are out)
SHARES = {
    "audit_rate_24h": (AFTER_SALES, "audited", 24 * HOUR, False),
    "work_order_reply_rate": (("work_order",), "replied", 3 * HOUR, False),
    "reply_rate_30s": (("chat",), "replied", 30 * SECOND, True),
    "reply_rate_3min": (("chat",), "replied", 180 * SECOND, True),
}
# metric: kinds of ticket whose ratings count
RATED = {
    "return_satisfaction": ("return", "exchange"),
    "tmall_after_sales_satisfaction": AFTER_SALES,
    "chat_satisfaction": ("chat",),
}
# metric: star of a review
STARS = {
    "product_satisfaction": "product",
    "description_satisfaction": "description",
    "courier_satisfaction": "courier",
    "logistics_satisfaction": "logistics",
}
ONE_STAR = {
    "logistics_one_star_rate": "logistics",
    "service_one_star_rate": "service",
}
METRICS = (*SHARES, *RATED, *STARS, *ONE_STAR, "after_sales_hours", "return_rate",
           "mean_response_seconds", "dispute_rate", "dispute_self_resolved_rate",
           "dispute_timeliness_rate")
WINDOW_DAYS = {**dict.fromkeys(METRICS, 30), "return_satisfaction": 180}


# --- A ticket ---------------------------------------------------------------------------------


class Ticket:
    """One ticket. What came before its opening reads as at it."""

    def __init__(self, id, facts):
        opening = oracle.earliest(fact for fact in facts if fact.type == "ticket.opened")
        self.id = id
        self.opened = opening.at
        self.kind = opening.data["kind"]
        self.buyer = opening.data.get("buyer")
        self.left_message = opening.data.get("left_message", False)
        # (instant, name, data), as it happened.
        self.story = [(max(fact.at, self.opened), fact.type.removeprefix("ticket."), fact.data)
                      for fact in sorted(facts, key=lambda fact: (fact.at, fact.identity))]

    def all(self, name, **members):
        return [(at, data) for at, what, data in self.story if what == name
                and all(data.get(member) == value for member, value in members.items())]

    def first(self, name, **members):
        """The instant of the first such event, or None."""
        return next((at for at, _ in self.all(name, **members)), None)

    def latest(self, name):
        """(instant, data) that a register holds; (None, {}) if nothing."""
        return next(reversed(self.all(name)), (None, {}))

    def replies(self):
        """The instants of the human replies."""
        return [at for at, data in self.all("replied") if data.get("by", "human") == "human"]

    def closing(self, by=None):
        """(instant, outcome) of the closing that stands at an instant; (None, None) if open."""
        turns = [(at, name == "closed", data) for at, name, data in self.story
                 if name in ("closed", "reopened") and (by is None or at <= by)]
        # Sorting is stable: among closings of one instant the last one holds.
        turns.sort(key=lambda turn: turn[:2])
        if not turns or not turns[-1][1]:
            return None, None
        return turns[-1][0], turns[-1][2].get("outcome")

    def cancelled(self):
        at, outcome = self.closing()
        return at if outcome == "cancelled" else None

    def handled(self):
        """(end, microseconds that it took the merchant); None if not ended, or out."""
        closed, outcome = self.closing()
        audited = self.first("audited")
        approved = self.first("audited", outcome="approved")
        shipped = self.first("buyer_shipped")
        processed = self.first("processed")
        if outcome == "forced" or self.latest("processed")[1].get("outcome") == "repaired":
            return None
        if outcome == "cancelled" and (audited is None or audited > closed):
            return None
        if outcome == "cancelled" or self.latest("audited")[1].get("outcome") == "rejected":
            end = audited
        else:
            end = processed
            if self.kind in SENT_BACK and approved is not None and shipped is None:
                return None
        if end is None or end - self.opened > 180 * 24 * HOUR:
            return None
        own = 0
        if approved is not None and shipped is not None:
            own = max(0, min(shipped, end) - approved)
        return end, end - self.opened - own

    def responses(self):
        """(human reply, microseconds since the earliest unanswered ask)."""
        moments = [(self.opened, 0)]
        moments += [(at, 0) for at, _ in self.all("asked")]
        moments += [(at, 1) for at in self.replies()]
        asked, found = None, []
        for at, is_reply in sorted(moments):
            if not is_reply:
                asked = at if asked is None else asked
            elif asked is not None:
                found.append((at, at - asked))
                asked = None
        return found


def tickets_of(facts):
    by_ticket = collections.defaultdict(list)
    for fact in facts:
        if fact.type.startswith("ticket."):
            by_ticket[fact.data["ticket"]].append(fact)
    return [Ticket(id, of_ticket) for id, of_ticket in by_ticket.items()
            if any(fact.type == "ticket.opened" for fact in of_ticket)]


def is_night(zone, micros):
    """Whether the wall clock stands in [23:00, 09:00)."""
    return not 9 <= oracle.wall_clock(zone, micros).hour < 23


def is_recontact(session, others):
    """Whether the buyer came back within ten minutes of the end of another session."""
    for other in others:
        if session.buyer is None or other.buyer != session.buyer or other.kind != "chat":
            continue
        closed, _ = other.closing(by=session.opened)
        if (other.opened < session.opened and closed is not None
                and session.opened - closed <= RECONTACT):
            return True
    return False


# --- Reviews ----------------------------------------------------------------------------------


class Review:
    """One review: its first event says whose it is, its latest one the rest."""

    def __init__(self, id, written, excluded):
        written = sorted(written, key=lambda fact: (fact.at, fact.identity))
        self.id = id
        self.at = written[-1].at
        self.buyer = written[0].data.get("buyer")
        self.stars = written[-1].data["stars"]
        self.active = not excluded and not written[-1].data.get("default", False)


def reviews_of(facts):
    """The reviews that count: active, and among the latest twenty of their buyer."""
    written, excluded = collections.defaultdict(list), set()
    for fact in facts:
        if fact.type == "order.reviewed":
            written[fact.data["review"]].append(fact)
        elif fact.type == "review.excluded":
            excluded.add(fact.data["review"])
    active = [review for review in (Review(id, of_review, id in excluded)
                                    for id, of_review in written.items()) if review.active]

    def crowded_out(review):
        if review.buyer is None:
            return False
        later = [other for other in active if other.buyer == review.buyer
                 and (other.at, other.id.encode()) > (review.at, review.id.encode())]
        return len(later) >= REVIEWS_OF_A_BUYER

    return [review for review in active if not crowded_out(review)]


# --- The score --------------------------------------------------------------------------------


class View:
    """All metrics of tickets and reviews at one instant, on one basis."""

    def __init__(self, facts, zone, now, basis, window_days, suspended):
        self.zone, self.now, self.basis, self.window_days = zone, now, basis, window_days
        self.suspended = suspended
        known = oracle.known_at(facts, now)
        self.orders = [order for order in oracle.orders_of(known, now) if order.t0 <= now]
        self.tickets = tickets_of(known)
        self.reviews = reviews_of(known)
        self.changes = []

    def of(self, *kinds):
        return [ticket for ticket in self.tickets if ticket.kind in kinds]

    def within(self, metric, at):
        first, last = oracle.window(self.zone, self.now, self.basis, self.window_days[metric])
        return (at is not None and first <= oracle.day_of(self.zone, at) <= last
                and not oracle.is_suspended(at, self.suspended))

    def shown(self, metric, **members):
        days = self.window_days[metric]
        window = oracle.window(self.zone, self.now, self.basis, days)
        return {**members, "sample": oracle.sample(members["valid"]),
                "window": oracle.shown_window(self.zone, *window, days)}

    def ratio(self, metric, good, valid, pending=0):
        everyone = valid + pending
        return self.shown(
            metric, good=good, valid=valid, pending=pending,
            value=oracle.decimal(good, valid, 4) if valid else None,
            value_worst=oracle.decimal(good, everyone, 4) if everyone else None)

    def mean(self, metric, amounts, times=1, by=1):
        amount, valid = sum(amounts), len(amounts)
        return self.shown(
            metric, amount=amount, valid=valid,
            value=oracle.decimal(times * amount, by * valid, 4) if valid else None)

    def share(self, metric):
        kinds, good_event, limit, nights_are_out = SHARES[metric]
        count = collections.Counter()
        for ticket in self.of(*kinds):
            if not self.within(metric, ticket.opened):
                continue
            if nights_are_out and (ticket.left_message or is_night(self.zone, ticket.opened)
                                   or is_recontact(ticket, self.tickets)):
                continue
            good_at = ticket.first("audited") if good_event == "audited" else next(
                iter(ticket.replies()), None)
            mark = ticket.opened + limit
            decision = oracle.decide(good_at, ticket.cancelled(), lambda at: at <= mark,
                                     self.now > mark)
            count[decision] += 1
            if decision == "pending":
                self.changes.append(mark + 1)
        return self.ratio(metric, count["good"], count["good"] + count["bad"], count["pending"])

    def rated(self, metric, kinds):
        ratings = [ticket.latest("rated") for ticket in self.of(*kinds)]
        stars = [data["stars"] for at, data in ratings if self.within(metric, at)]
        return self.ratio(metric, sum(star >= 4 for star in stars), len(stars))

    def stars(self, metric, aspect):
        return [review.stars[aspect] for review in self.reviews
                if review.stars.get(aspect) is not None and self.within(metric, review.at)]

    def after_sales_hours(self, metric):
        handled = [ticket.handled() for ticket in self.of(*AFTER_SALES)]
        return self.mean(metric, [took // SECOND for end, took in filter(None, handled)
                                  if self.within(metric, end)], by=3600)

    def return_rate(self, metric):
        opened = sum(self.within(metric, ticket.opened) for ticket in self.of(*RETURNED))
        units = sum(order.units for order in self.orders
                    if self.within(metric, order.delivered)
                    and (order.cancelled is None or order.cancelled > order.delivered))
        return self.ratio(metric, opened, units)

    def mean_response(self, metric):
        return self.mean(metric, [took // SECOND for chat in self.of("chat")
                                  for at, took in chat.responses() if self.within(metric, at)])

    def dispute_rate(self, metric):
        lost = 0
        for dispute in self.of("dispute"):
            at, ruling = dispute.latest("ruled")
            lost += (self.within(metric, at) and ruling["liability"] in ("merchant", "both")
                     and not dispute.latest("appealed")[1].get("won", False)
                     and dispute.closing()[1] != "settled")
        return self.ratio(metric, lost,
                          sum(self.within(metric, order.t0) for order in self.orders))

    def closed_without(self, metric, name):
        closed = [dispute for dispute in self.of("dispute")
                  if self.within(metric, dispute.closing()[0])]
        return self.ratio(metric, sum(dispute.first(name) is None for dispute in closed),
                          len(closed))

    def metrics(self):
        shown = {metric: self.share(metric) for metric in SHARES}
        shown |= {metric: self.rated(metric, kinds) for metric, kinds in RATED.items()}
        for metric, aspect in STARS.items():
            shown[metric] = self.mean(metric, self.stars(metric, aspect), times=2)
        for metric, aspect in ONE_STAR.items():
            stars = self.stars(metric, aspect)
            shown[metric] = self.ratio(metric, stars.count(1), len(stars))
        for metric, count in (
                ("after_sales_hours", self.after_sales_hours),
                ("return_rate", self.return_rate),
                ("mean_response_seconds", self.mean_response),
                ("dispute_rate", self.dispute_rate),
                ("dispute_self_resolved_rate",
                 lambda metric: self.closed_without(metric, "escalated")),
                ("dispute_timeliness_rate",
                 lambda metric: self.closed_without(metric, "timed_out"))):
            shown[metric] = count(metric)
        return shown


def score(facts, zone, now, basis="live", policy=oracle.JD, window_days=WINDOW_DAYS,
          suspended=()):
    """As oracle.score, with the metrics of tickets and reviews."""
    answer = oracle.score(facts, zone, now, basis, policy, suspended)
    view = View(facts, zone, now, basis, window_days, suspended)
    answer["metrics"].update(view.metrics())
    changes = [oracle.instant(answer["next_change_at"]), *view.changes]
    answer["next_change_at"] = oracle.rfc3339(min(changes))
    return answer
