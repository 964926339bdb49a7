#!/usr/bin/env python3
"""Why a score changed, in random histories: every level adds up, and every reading on the way is
that of a store which was told no more.

WINDVANE_PROPERTY_ROUNDS makes more histories, WINDVANE_PROPERTY_SEED makes others.
"""

import os
import random

import oracle
from harness import Service, main, new_database, psql
from oracle import HOUR, instant, rfc3339
from test_changes import CAUSES, causes, changes
from test_properties import AFTER, PLACES, Failures, asked, chunks, post
from test_ticket_properties import Story

ROUNDS = int(os.environ.get("WINDVANE_PROPERTY_ROUNDS", "6"))
SEED = int(os.environ.get("WINDVANE_PROPERTY_SEED", "1"))
DAY = 24 * HOUR


# --- Histories --------------------------------------------------------------------------------


def told(story):
    """What the service takes in, event by event. It has no second body of an identity."""
    return [bodies[0] for bodies in story.bodies if "order" in bodies[0]["data"]
            or "ticket" in bodies[0]["data"] or "review" in bodies[0]["data"]
            or bodies[0]["type"] == "event.retracted"]


def receive_at(service, store, received):
    """Writes into the log when each event was received, as if the clock had stood there. Effective
    times stay: an event happened before it was received."""
    values = ",".join(f"('{source}', '{id}', '{rfc3339(at)}'::timestamptz)"
                      for (source, id), at in received.items())
    psql(service.uri, f"""update events e set received_at = v.at
        from (values {values}) v (source, id, at)
        where e.store_id = '{store}' and e.source = v.source and e.event_id = v.id""")


def identity(event):
    return event["source"], event["id"]


def known(events, received, facts_by, retractions_by):
    """The facts that had been received by one instant, less those that were known to be retracted
    by another."""
    gone = {(event["data"]["source"], event["data"]["id"]) for event in events
            if event["type"] == "event.retracted" and received[identity(event)] <= retractions_by}
    return [event for event in events if event["type"] != "event.retracted"
            and received[identity(event)] <= facts_by and identity(event) not in gone]


# --- Comparison -------------------------------------------------------------------------------


class Witness:
    """Stores that were told a part of a history each, and nothing else."""

    def __init__(self, service):
        self.service = service
        self.stores = 0

    def reading(self, story, events, at, basis):
        store = f"w{self.stores}"
        self.stores += 1
        self.service.put_store(store, time_zone=story.zone, policy="jd")
        for chunk in chunks(story.random, events, 900):
            post(self.service, [{**event, "data": {**event["data"], "store": store}}
                                for event in chunk], "ndjson")
        return asked(self.service, store, "score", at, basis=basis)


def metrics_of(document):
    return {metric["id"]: metric for factor in document["factors"]
            for metric in factor["metrics"]} | document["metrics"]


def end_differences(document, name, reading):
    """An end of the answer against the score answer of that instant."""
    found = oracle.differences(reading["score"], document[name]["score"], f"{name}.score")
    expected = metrics_of(reading)
    got = [metric for factor in document["factors"] for metric in factor["metrics"]]
    for metric in got + document["metrics"]:
        for member, value in metric[name].items():
            found += oracle.differences(expected[metric["id"]][member], value,
                                        f"{name}.{metric['id']}.{member}")
    return found


def step_differences(document, cause, before, after):
    """The counts of a cause against the readings on both sides of it."""
    first, last = metrics_of(before), metrics_of(after)
    found = []
    for metric in document["metrics"] + [m for f in document["factors"] for m in f["metrics"]]:
        part = next((p for p in metric["parts"] if p["cause"] == cause), {})
        for name in ("good", "amount", "valid", "pending"):
            expected = last[metric["id"]].get(name, 0) - first[metric["id"]].get(name, 0)
            found += oracle.differences(expected, part.get(name, 0),
                                        f"{cause}.{metric['id']}.{name}")
    return found


# --- Tests ------------------------------------------------------------------------------------


def pairs(story, facts, count):
    chosen = []
    while len(chosen) < count:
        first, last = sorted(story.instants(facts, 2, instant(AFTER)))
        if first < last and last - first <= 400 * DAY:
            chosen.append((first, last))
    return chosen


def stories(service, first_seed):
    for number in range(ROUNDS):
        story = Story(first_seed + number, *PLACES[(SEED + number) % len(PLACES)])
        service.put_store(story.store, time_zone=story.zone, policy="jd")
        events = told(story)
        outcomes, facts = oracle.admit((event, instant(AFTER)) for event in events)
        for chunk in chunks(story.random, events, 900):
            post(service, chunk, "ndjson")
        # Faulty events are part of a history, and no part of the log.
        taken = [event for event, outcome in zip(events, outcomes) if outcome == "accepted"]
        yield story, taken, facts


def test_without_delay_both_ends_are_what_as_of_says():
    """When everything is received as it happens nothing is late, and what was known of an instant
    is what is known of it today."""
    failures = Failures()
    with Service(new_database(), clock_start=AFTER) as service:
        for story, events, facts in stories(service, SEED * 1000 + 1700):
            receive_at(service, story.store,
                       {identity(event): instant(event["time"]) for event in events})
            for first, last in pairs(story, facts, 8):
                for basis in ("live", "official"):
                    document = changes(service, rfc3339(first), rfc3339(last), story.store,
                                       basis=basis)
                    found = oracle.differences("0.000", document["causes"][0]["change"], "late")
                    for name, at in (("from", first), ("to", last)):
                        reading = asked(service, story.store, "score", at, basis=basis)
                        found += end_differences(document, name, reading)
                    failures.add(story, f"{basis} changes from {rfc3339(first)}", last, found)
    failures.check()


def test_with_delay_every_reading_is_one_that_was_told_no_more():
    failures = Failures()
    seen = dict.fromkeys(CAUSES, 0)
    with Service(new_database(), clock_start=AFTER) as service, \
            Service(new_database(), clock_start=AFTER) as other:
        witness = Witness(other)
        for story, events, facts in stories(service, SEED * 1000 + 1800):
            rng = random.Random(story.seed)
            received = {identity(event): instant(event["time"])
                        + rng.choice((0, 0, 1, rng.randrange(HOUR), rng.randrange(6 * DAY)))
                        for event in events}
            receive_at(service, story.store, received)
            for first, last in pairs(story, facts, 3):
                basis = rng.choice(("live", "official"))
                document = changes(service, rfc3339(first), rfc3339(last), story.store,
                                   basis=basis)
                readings = [witness.reading(story, known(events, received, *by), at, basis)
                            for *by, at in ((first, first, first), (last, first, first),
                                            (last, last, first), (last, last, last))]
                found = end_differences(document, "from", readings[0])
                found += step_differences(document, "late", *readings[0:2])
                found += step_differences(document, "retraction", *readings[1:3])
                found += end_differences(document, "to", readings[3])
                failures.add(story, f"{basis} changes from {rfc3339(first)}", last, found)
                for cause in causes(document):
                    seen[cause] += 1
    failures.check()
    for cause in ("late", "retraction", "left", "entered", "rounding"):
        assert seen[cause] > 0, (cause, seen)


if __name__ == "__main__":
    main()
