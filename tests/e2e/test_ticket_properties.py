#!/usr/bin/env python3
"""Random histories of orders, tickets and reviews, full of odd cases: the service against the
oracle, against another order of arrival, and live answers against those of their own as_of.

WINDVANE_PROPERTY_ROUNDS makes more histories, WINDVANE_PROPERTY_SEED makes others.
"""

import os

import oracle
import oracle_tickets
from harness import Service, main, new_database, run_windvane, verify
from oracle import HOUR, SECOND, instant, rfc3339
from test_properties import (AFTER, PLACES, Failures, History, asked, chunks, form_for, post,
                             same_both_ways)

ROUNDS = int(os.environ.get("WINDVANE_PROPERTY_ROUNDS", "6"))
SEED = int(os.environ.get("WINDVANE_PROPERTY_SEED", "1"))
INSTANTS = 24
DAY = 24 * HOUR
MINUTE = 60 * SECOND

MOVED_TO = "Pacific/Auckland"
KINDS = ("return", "exchange", "repair", "refund", "resend", "work_order", "chat", "dispute")
LIMITS = (0, 30 * SECOND, 180 * SECOND, 3 * HOUR, 24 * HOUR)
ASPECTS = ("product", "description", "service", "courier", "logistics")
# Days back at which a ticket or a review leaves a window of an instant that is asked about.
EDGES = (28, 29, 30, 31, 178, 179, 180, 181)


# --- Histories --------------------------------------------------------------------------------


class Story(History):
    """A history with tickets and reviews beside its orders, all under the shipped policy."""

    def __init__(self, seed, zone, day):
        self.tickets, self.reviews, self.buyers = [], [], ["B0", "B1", "B2", "B0", None]
        self.moments = []
        super().__init__(seed, zone, day, "jd")

    def _noise(self):
        for number in range(self.random.randint(40, 60)):
            self._ticket(f"t{number}", self._some_time())
        for number in range(self.random.randint(2, 4)):
            self._visits(f"v{number}")
        for number in range(self.random.randint(30, 50)):
            self._review(f"r{number}")
        for _ in range(3):
            self._tell("ticket.replied", self._some_time(), {"ticket": "never opened"}, [])
            self._tell("review.excluded", self._some_time(), {"review": "never written"}, [])
        super()._noise()

    def _some_time(self):
        """Mostly near the middle; sometimes where windows end, sometimes at the edge of a night."""
        at = self._moment()
        if self._chance(20):
            at -= self.random.choice(EDGES) * DAY
        if self._chance(20):
            hour = self.random.choice((9, 23)) * HOUR
            at = self._near(oracle.day_start(self.zone, oracle.day_of(self.zone, at)) + hour)
        return at

    def _tell(self, type, time, data, ours):
        data = {name: value for name, value in data.items() if value is not None}
        ours.append(self._add(type, time, data))
        self.moments.append(time)

    def _after(self, begin, longest=4 * DAY):
        """When something happens to a ticket: often at a limit, rarely before its opening."""
        if self._chance(40):
            return self._near(begin + self.random.choice(LIMITS))
        if self._chance(6):
            return begin - self.random.randrange(2 * HOUR)
        return begin + int(self.random.random() ** 4 * longest)

    def _pick(self, *words):
        """One of the words, or nothing said."""
        return self.random.choice((*words, *words, None))

    def _ticket(self, id, begin, kind=None, buyer=None):
        self.tickets.append(id)
        kind = kind or self.random.choice(KINDS)
        ours = []

        def tell(type, time, **data):
            self._tell(f"ticket.{type}", time, {"ticket": id, **data}, ours)

        if not self._chance(4):
            tell("opened", begin, kind=kind, buyer=buyer or self.random.choice(self.buyers),
                 order=self.random.choice(self.orders),
                 left_message=True if self._chance(10) else None)
        if self._chance(4):
            tell("opened", begin + self.random.choice((-MINUTE, MINUTE)),
                 kind=self.random.choice(KINDS))
        for _ in range(self.random.choice((0, 1, 1, 2, 3))):
            tell("replied", self._after(begin), by=self._pick("human", "bot"))
        for _ in range(self.random.choice((0, 0, 1, 2))):
            tell("asked", self._after(begin))
        if kind in oracle_tickets.AFTER_SALES or self._chance(5):
            self._handling(begin, tell)
        if kind == "dispute" or self._chance(5):
            self._quarrel(begin, tell)
        for _ in range(self.random.choice((0, 0, 1, 1, 2))):
            tell("rated", self._after(begin), stars=self.random.randint(1, 5))
        self._turns(begin, tell)
        for event in ours:
            if self._chance(5):
                self._retract(event)
        return ours

    def _handling(self, begin, tell):
        for _ in range(self.random.choice((0, 1, 1, 1, 2, 3))):
            tell("audited", self._after(begin),
                 outcome=self._pick("approved", "approved", "rejected"))
        if self._chance(50):
            tell("buyer_shipped", self._after(begin))
        if self._chance(40):
            tell("received", self._after(begin))
        outcomes = ("refunded", "exchanged", "resent", "compensated", "refunded", "repaired")
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            tell("processed", self._after(begin), outcome=self._pick(*outcomes))
        if self._chance(8):
            tell("processed", self._near(begin + 180 * DAY), outcome="refunded")

    def _quarrel(self, begin, tell):
        for _ in range(self.random.choice((0, 1, 1, 2))):
            tell("ruled", self._after(begin),
                 liability=self.random.choice(("merchant", "both", "buyer", "none")))
        for _ in range(self.random.choice((0, 0, 1, 2))):
            tell("appealed", self._after(begin), won=self._chance(50))
        if self._chance(30):
            tell("escalated", self._after(begin))
        if self._chance(30):
            tell("timed_out", self._after(begin), phase=self._pick("reply", "evidence"))

    def _turns(self, begin, tell):
        """Closings and re-openings, rarely at one instant."""
        outcomes = ("done", "cancelled", "cancelled", "settled", "forced")
        at = begin
        for turn in range(self.random.choice((0, 1, 1, 1, 2, 3, 4))):
            if not self._chance(10):
                at = self._near(max(at, self._after(begin)))
            if turn % 2 and not self._chance(20):
                tell("reopened", at)
            else:
                tell("closed", at, outcome=self._pick(*outcomes))

    def _visits(self, id):
        """One buyer's sessions, each opened about ten minutes after an end of the one before."""
        buyer = self.random.choice(("B1", "visitor", None))
        begin = self._start(self.random.choice((-2, -1, 0, 1))) + 10 * HOUR
        for number in range(self.random.randint(2, 5)):
            ours = self._ticket(f"{id}-{number}", begin, "chat", buyer)
            ends = [instant(event["time"]) for event in ours if event["type"] == "ticket.closed"]
            begin = self.random.choice(ends or [begin]) + self.random.choice((
                0, 5, 9, 10, 10, 10, 10, 11)) * MINUTE
            begin = self._near(begin)

    def _review(self, id):
        self.reviews.append(id)
        # One buyer writes most of them, so that the older ones are crowded out.
        buyer = self.random.choice(("writer", "writer", "writer", "B1", None))
        begin, ours = self._some_time(), []
        for _ in range(self.random.choice((1, 1, 1, 2))):
            stars = {aspect: self.random.randint(1, 5) for aspect in ASPECTS if self._chance(60)}
            self._tell("order.reviewed", begin, {
                "review": id, "order": self.random.choice(self.orders),
                "buyer": buyer if not self._chance(5) else "somebody else",
                "default": self._pick(False, False, False, True),
                "stars": stars or {"product": 5}}, ours)
            begin = self._near(begin + self.random.choice((0, 1, 40)) * HOUR)
        if self._chance(15):
            self._tell("review.excluded", begin + self.random.choice((-1, 0, 30)) * HOUR,
                       {"review": id}, ours)
        for event in ours:
            if self._chance(7):
                self._retract(event)

    # --- instants to ask about ---

    def instants(self, facts, count, last):
        """Those of the orders; limits and windows of tickets, each also a microsecond off."""
        chosen = super().instants(facts, count // 3, last)
        while len(chosen) < count:
            at = self.random.choice(self.moments)
            if self._chance(60):
                at += self.random.choice(LIMITS + (10 * MINUTE,))
            elif self._chance(40):
                day = oracle.day_of(self.zone, at)
                days = self.random.choice((1, 30, 31, 180, 181))
                at = oracle.day_start(self.zone, oracle.plus_days(day, days))
            at += self.random.choice((-1, 0, 0, 1))
            if at <= last:
                chosen.append(at)
        return chosen


def stories(count, first_seed):
    return [Story(first_seed + number, *PLACES[number % len(PLACES)]) for number in range(count)]


# --- Comparison -------------------------------------------------------------------------------


def against_oracle(failures, story, facts, at, document):
    expected = oracle_tickets.score(facts, story.zone, at, document["basis"])
    failures.add(story, f"{document['basis']} score", at,
                 oracle.score_differences(expected, document))


def assert_verified(service):
    status, output = verify(service.uri)
    assert status == 0, output


# --- Tests ------------------------------------------------------------------------------------


def test_the_histories_have_every_case():
    """A history in which nothing counts would find nothing."""
    seen = {}
    for story in stories(ROUNDS, SEED * 1000 + 300):
        _, facts = oracle.admit((event, instant(AFTER)) for event in story.in_order())
        for at in story.instants(facts, INSTANTS, instant(AFTER)):
            metrics = oracle_tickets.score(facts, story.zone, at)["metrics"]
            for metric in oracle_tickets.METRICS:
                for name, count in metrics[metric].items():
                    if isinstance(count, int) and count > 0:
                        seen.setdefault(metric, set()).add(name)
    for metric in oracle_tickets.METRICS:
        mean = (metric in oracle_tickets.STARS
                or metric in ("after_sales_hours", "mean_response_seconds"))
        names = {"amount", "valid"} if mean else {"good", "valid"}
        if metric in oracle_tickets.SHARES:
            names.add("pending")
        assert seen.get(metric, set()) >= names, (metric, seen.get(metric))


def test_service_equals_oracle_and_order_of_arrival_does_not_matter():
    told = stories(ROUNDS, SEED * 1000 + 300)
    clock = instant(AFTER)
    failures = Failures()
    first, second = new_database(), new_database()
    with Service(first, clock_start=AFTER) as plain, \
            Service(second, clock_start=AFTER) as left, \
            Service(second, clock_start=AFTER, migrate=False) as right:
        for story in told:
            for service in (plain, left):
                service.put_store(story.store, time_zone=story.zone, policy="jd")
            events = story.in_order()
            outcomes, facts = oracle.admit((event, clock) for event in events)
            got = []
            for chunk in chunks(story.random, events, 400):
                got += post(plain, chunk, "batch")
            failures.add(story, "outcomes", clock, oracle.differences(outcomes, got))

            for chunk in chunks(story.random, story.shuffled(), 60):
                post(story.random.choice((left, right)), chunk, form_for(story.random, chunk))

            for number, at in enumerate(story.instants(facts, INSTANTS, clock)):
                for basis in ("live", "official"):
                    document = asked(plain, story.store, "score", at, basis=basis)
                    against_oracle(failures, story, facts, at, document)
                    service = story.random.choice((left, right))
                    other = asked(service, story.store, "score", at, basis=basis)
                    failures.add(story, f"other order of arrival, {basis}", at,
                                 same_both_ways(document, other))
                    if number % 3 == 0:
                        _nothing_changes_before(failures, story, facts, at, document, plain)
        failures.check()
        assert_verified(plain)
        assert_verified(left)


def _nothing_changes_before(failures, story, facts, at, document, service):
    """Until next_change_at, if no event comes, every member stays."""
    change = instant(document["next_change_at"])
    moments = [fact.at for fact in facts]
    moments += [instant(fact.data[name]) for fact in facts for name in ("paid_at", "through")
                if name in fact.data]
    if change - 1 <= at or any(at < moment < change for moment in moments):
        return
    later = asked(service, story.store, "score", change - 1, basis=document["basis"])
    failures.add(story, f"{document['basis']} before its next change", change - 1,
                 oracle.differences({**document, "as_of": rfc3339(change - 1)}, later))


def test_live_answers():
    """While events arrive in pieces every live answer equals the oracle and its own as_of; and so
    after the store has moved to another zone, and after a rebuild."""
    failures = Failures()
    # The clock stands somewhere in the histories, once seconds before the edge of a night.
    for number, shift in enumerate((14 * HOUR + 7 * MINUTE, 23 * HOUR - 2 * SECOND, 61 * HOUR)):
        zone, day = PLACES[(SEED + number) % len(PLACES)]
        story = Story(SEED * 1000 + 700 + number, zone, day)
        start = oracle.day_start(zone, day) + shift
        with Service(new_database(), clock_start=rfc3339(start)) as service:
            service.put_store(story.store, time_zone=zone, policy="jd")
            past = [event for event in story.shuffled() if _has_happened(event, start)]
            arrived = []
            for chunk in chunks(story.random, past, 150):
                post(service, chunk, form_for(story.random, chunk))
                arrived += chunk
                _look(failures, story, service, arrived, start)
            assert_verified(service)

            story.zone = MOVED_TO
            service.put_store(story.store, time_zone=story.zone, policy="jd")
            _look(failures, story, service, arrived, start)
            assert_verified(service)
            done = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": service.uri})
            assert done.returncode == 0, done
            _look(failures, story, service, arrived, start)
            assert_verified(service)
    failures.check()


def _look(failures, story, service, arrived, start):
    _, facts = oracle.admit((event, start) for event in arrived)
    for basis in ("live", "official"):
        document = asked(service, story.store, "score", basis=basis)
        at = instant(document["as_of"])
        against_oracle(failures, story, facts, at, document)
        past = asked(service, story.store, "score", at, basis=basis)
        failures.add(story, f"as_of of live, {basis}", at, same_both_ways(document, past))


def _has_happened(event, now):
    """Whether a service whose clock stands at `now` may be told of an event as a past one."""
    moments = [event["time"]] + [event["data"][name] for name in ("paid_at", "through")
                                 if name in event["data"]]
    return all(instant(moment) <= now for moment in moments)


if __name__ == "__main__":
    main()
