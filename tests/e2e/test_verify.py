#!/usr/bin/env python3
"""`windvane verify` finds what does not follow from the events; `windvane rebuild` restores it."""

import harness
from harness import Service, ev, new_database, psql, run_windvane, verify

CLOCK = "2024-01-15T12:00:00+08:00"
INSTANTS = ("2024-01-12T00:00:00Z", "2024-01-13T16:00:00Z", "2024-01-15T03:59:00Z")
STORE = "corner-shop"


def at(day, hour):
    return f"2024-01-{day:02}T{hour:02}:00:00+08:00"


def history():
    """Sixty orders of six days: collected in time, late, never, cancelled; and some tickets."""
    events = []
    for number in range(60):
        order = {"store": STORE, "order": f"A{number:02}"}
        day = 9 + number % 6
        placed = at(day, number % 24)
        events.append(ev("order.placed", placed, {**order, "paid_at": placed}, id=f"p{number}"))
        if number % 4 == 0:
            events.append(ev("order.collected", at(day, 23), order))
        elif number % 4 == 1:
            events.append(ev("order.collected", at(min(day + 3, 15), 5), order))
            events.append(ev("order.delivered", at(15, 6), order))
        elif number % 12 == 2:
            events.append(ev("order.cancelled", at(15, 1), {**order, "by": "buyer"}))
        if number % 10 == 0:
            ticket = {"store": STORE, "ticket": f"T{number}"}
            events.append(ev("ticket.opened", at(day, 23), {**ticket, "kind": "return"}))
            events.append(ev("ticket.audited", at(day + 1, 2), {**ticket, "outcome": "approved"}))
            events.append(ev("ticket.rated", at(day + 1, 3), {**ticket, "stars": 4}))
    events.append(ev("event.retracted", at(15, 2), {"store": STORE, "source": "oms", "id": "p7"}))
    return events + sessions() + reviews()


def sessions():
    """Chats of one buyer; the second follows the first within ten minutes, the third does not."""
    events = []
    for number, (opened, closed) in enumerate(((10, 11), (11, 12), (20, 21))):
        chat = {"store": STORE, "ticket": f"C{number}"}
        events += [ev("ticket.opened", at(14, opened), {**chat, "kind": "chat", "buyer": "B"}),
                   ev("ticket.replied", at(14, opened), {**chat, "by": "human"}),
                   ev("ticket.closed", at(14, closed), {**chat, "outcome": "done"})]
    return events


def reviews():
    """Twenty-two of one buyer, so that two are crowded out, and an excluded one."""
    events = [ev("order.reviewed", at(14, number), {
        "store": STORE, "review": f"R{number:02}", "buyer": "B", "order": f"A{number:02}",
        "stars": {"product": 1 + number % 5}}) for number in range(22)]
    return events + [ev("review.excluded", at(15, 1), {"store": STORE, "review": "R21"})]


def answers(service):
    """What the store's readings say, byte for byte, at instants that are past."""
    replies = {}
    for instant in INSTANTS:
        for resource in ("score", "backlog"):
            reply = service.get(f"/v1/stores/{STORE}/{resource}?as_of={instant}")
            assert reply.status == 200, (instant, resource, reply.body)
            replies[instant, resource] = reply.body
    return replies


def filled_database():
    """A database with the history in it, and what its service answered; no service is left."""
    uri = new_database()
    with Service(uri, clock_start=CLOCK) as service:
        service.put_store(STORE)
        events = history()
        reply = service.post_events(events)
        assert reply.status == 200 and reply.json()["accepted"] == len(events), reply.body
        before = answers(service)
    code, output = verify(uri)
    assert code == 0, output
    return uri, before


def rebuild(uri):
    done = run_windvane(["rebuild"], {"WINDVANE_DATABASE_URL": uri})
    assert done.returncode == 0, (done.stdout, done.stderr)


def one_row(uri, sql):
    """Runs a statement that must change exactly one row, and gives what it returns of it."""
    rows = psql(uri, sql)
    assert len(rows) == 1, rows
    return rows[0]


def finds(uri, *names):
    """verify exits 1 and its output names each of `names`."""
    code, output = verify(uri)
    assert code == 1, (code, output)
    for name in names:
        assert name in output, (name, output)


def finds_and_rebuilds(uri, *names):
    finds(uri, *names)
    rebuild(uri)
    code, output = verify(uri)
    assert code == 0, output


def test_clean_databases():
    uri, _ = filled_database()
    assert verify(uri)[0] == 0  # and verifying changes nothing
    fresh = new_database()
    with Service(fresh):
        pass
    code, output = verify(fresh)
    assert code == 0, output


def test_a_changed_tally_is_named():
    uri, _ = filled_database()
    (day,) = one_row(uri, """
        update tallies t set counts[slot] = counts[slot] + 1
          from (select store_id, day, s.slot from tallies, generate_subscripts(counts, 1) s(slot)
                 where counts[s.slot] > 0 order by day, slot limit 1) one
         where t.store_id = one.store_id and t.day = one.day returning t.day""")
    finds_and_rebuilds(uri, "tall", STORE, day)


def test_a_missing_tally_is_named():
    uri, _ = filled_database()
    (day,) = one_row(uri, "delete from tallies where day = (select max(day) from tallies)"
                          " returning day")
    finds_and_rebuilds(uri, "tall", STORE, day)


def test_a_tally_too_many_is_named():
    uri, _ = filled_database()
    (day,) = one_row(uri, """
        insert into tallies (store_id, day, counts)
        select store_id, date '2023-06-01', counts from tallies order by day limit 1
        returning day""")
    finds_and_rebuilds(uri, "tall", STORE, day)


def test_a_changed_waiting_count_is_named():
    uri, _ = filled_database()
    one_row(uri, """
        update waiting w set open = open + 1
          from (select ctid from waiting where open > 0 limit 1) one
         where w.ctid = one.ctid returning w.day""")
    finds_and_rebuilds(uri, "waiting", STORE)


def test_a_changed_entity_is_named():
    uri, _ = filled_database()
    (order,) = one_row(uri, """
        update orders set t0 = t0 + interval '1 second' where store_id =
          (select store_id from orders where order_id = 'A03') and order_id = 'A03'
        returning order_id""")
    finds_and_rebuilds(uri, STORE, order)


def test_a_missing_entity_is_named():
    uri, _ = filled_database()
    (order,) = one_row(uri, "delete from orders where order_id = 'A05' returning order_id")
    finds_and_rebuilds(uri, STORE, order)


def test_changed_registers_and_groups_are_named():
    """One change after the other; what verify says of each names the thing."""
    uri, _ = filled_database()
    changes = (
        ("T10", "update tickets set facts = replace(facts, 'says=approved', 'says=rejected')"
                " where ticket_id = 'T10'"),
        ("T20", "update tickets set facts = replace(facts, 'says=4', 'says=5')"
                " where ticket_id = 'T20'"),
        ("T30", "update tickets set wait_replied = not wait_replied where ticket_id = 'T30'"),
        ("C1: recontact", "update tickets set recontact = false where ticket_id = 'C1'"),
        ("C2: recontact", "update tickets set recontact = true where ticket_id = 'C2'"),
        ("C0: buyer", "update tickets set buyer = 'C' where ticket_id = 'C0'"),
        ("C1: opened_at", "update tickets set opened_at = opened_at + interval '1 second'"
                          " where ticket_id = 'C1'"),
        ("R05: facts", "update reviews set facts = replace(facts, 'product=', 'service=')"
                       " where review_id = 'R05'"),
        ("R21: active", "update reviews set active = true where review_id = 'R21'"),
        ("R06: at", "update reviews set at = at + interval '1 second' where review_id = 'R06'"),
        ("R07: buyer", "update reviews set buyer = 'C' where review_id = 'R07'"),
        ("R08: order_id", "update reviews set order_id = 'A01' where review_id = 'R08'"),
    )
    for name, change in changes:
        finds_nothing(uri)
        one_row(uri, change + " returning 1")
        finds_and_rebuilds(uri, STORE, name)


def finds_nothing(uri):
    code, output = verify(uri)
    assert code == 0, output


def test_changed_counts_of_tickets_and_reviews_are_named():
    uri, _ = filled_database()
    for measure in ("stars of product", "within replied seconds 30", "rated 4 5 of return exchange",
                    "within audited hours 24"):
        (day, slot) = one_row(uri, f"""
            update tallies t set counts[2 * slot + 2] = counts[2 * slot + 2] + 1
              from (select day, m.slot from tallies, measures m
                     where definition like '{measure}%' and counts[2 * m.slot + 1] > 0
                     order by day, m.slot limit 1) one
             where t.day = one.day returning t.day, slot""")
        finds_and_rebuilds(uri, "tall", STORE, day, measure)


def test_missing_tickets_and_reviews_are_named():
    uri, _ = filled_database()
    one_row(uri, "delete from tickets where ticket_id = 'C1' returning 1")
    one_row(uri, "delete from reviews where review_id = 'R03' returning 1")
    finds_and_rebuilds(uri, "ticket C1 is missing", "review R03 is missing")
    psql(uri, "insert into tickets select store_id, 'ghost', kind, opened_at, buyer, order_id,"
              " left_message, recontact, wait_replied, wait_audited, last_at, facts, urge, excused from tickets"
              " where ticket_id = 'C2'")
    psql(uri, "insert into reviews select store_id, 'ghost', at, buyer, order_id, active, last_at,"
              " facts from reviews where review_id = 'R03'")
    finds_and_rebuilds(uri, "ticket ghost has no event", "review ghost has no event")


def test_a_missing_event_key_is_named():
    uri, _ = filled_database()
    (event,) = one_row(uri, "delete from event_keys where event_id = 'p11' returning event_id")
    finds(uri, STORE, event)


def test_a_missing_event_is_named():
    uri, _ = filled_database()
    one_row(uri, "delete from events where event_id = 'p13' returning event_id")
    finds(uri, STORE, "A13")


def test_every_difference_is_printed():
    uri, _ = filled_database()
    psql(uri, "update orders set t0 = t0 + interval '1 second'"
              " where order_id in ('A04', 'A08', 'A12')")
    finds(uri, "A04", "A08", "A12")


def test_rebuild_from_the_events_alone():
    uri, before = filled_database()
    psql(uri, "truncate orders, tickets, reviews, tallies, waiting")
    assert verify(uri)[0] == 1
    rebuild(uri)
    code, output = verify(uri)
    assert code == 0, output
    with Service(uri, clock_start=CLOCK) as service:
        after = answers(service)
    for key, body in before.items():
        assert after[key] == body, (key, body, after[key])


def test_rebuild_of_a_sound_database_changes_nothing():
    uri, before = filled_database()
    rebuild(uri)
    rebuild(uri)
    assert verify(uri)[0] == 0
    with Service(uri, clock_start=CLOCK) as service:
        assert answers(service) == before


def test_without_a_database_verify_cannot_run():
    code, output = verify("postgresql://postgres@/none?host=/nonexistent&connect_timeout=5")
    assert code == 2, (code, output)
    assert output.strip(), "no word about why"
    code, output = verify(new_database())  # never migrated
    assert code == 2, (code, output)


if __name__ == "__main__":
    harness.main()
