#!/usr/bin/env python3
"""Tickets and reviews exactly at, just before and just after every boundary. What is expected is
written by hand. The oracle of the random histories is held against the same numbers first."""

import oracle
import oracle_tickets
from harness import Service, ev, main, new_database, verify
from oracle import HOUR, SECOND, instant, rfc3339
from test_boundaries import at, expect, fill, report, utc

AFTER = "2025-01-01T00:00:00Z"
SHANGHAI = "Asia/Shanghai"

A1 = "after_sales_hours"
A2 = "return_satisfaction"
A2T = "tmall_after_sales_satisfaction"
A3 = "return_rate"
A4 = "audit_rate_24h"
W1 = "work_order_reply_rate"
C1 = "reply_rate_30s"
C2 = "mean_response_seconds"
C3 = "chat_satisfaction"
C4 = "reply_rate_3min"
D1 = "dispute_rate"
D2 = "dispute_self_resolved_rate"
D3 = "dispute_timeliness_rate"
U1 = "product_satisfaction"
U2 = "logistics_one_star_rate"
U3 = "service_one_star_rate"
DESCRIPTION = "description_satisfaction"
COURIER = "courier_satisfaction"
LOGISTICS = "logistics_satisfaction"

# What a share says of a store's only ticket: good, valid, pending.
DECISIONS = {"good": (1, 1, 0), "bad": (0, 1, 0), "pending": (0, 0, 1), "out": (0, 0, 0)}
NONE = (0, 0)


# --- Events -----------------------------------------------------------------------------------


def step(entity, name, type, time, id=None, **data):
    """One event of an order, a ticket or a review."""
    if "paid_at" in data:
        data["paid_at"] = at(data["paid_at"])
    return ev(type, at(time), {entity: name, **data}, id=id)


def ticket(kind, time, *steps, name="T", id=None, **data):
    """A ticket's opening and what follows: (type, time, {members})."""
    events = [step("ticket", name, "ticket.opened", time, id=id, kind=kind, **data)]
    for type, then, *members in steps:
        events.append(step("ticket", name, f"ticket.{type}", then, **dict(*members)))
    return events


def chat(time, *steps, **data):
    return ticket("chat", time, *steps, **data)


def order(name, time, *steps, paid=True, **data):
    about = {"paid_at": time, **data} if paid else data
    events = [step("order", name, "order.placed", time, **about)]
    for type, then, *members in steps:
        events.append(step("order", name, f"order.{type}", then, **dict(*members)))
    return events


def review(name, time, buyer=None, default=None, id=None, **stars):
    about = {"buyer": buyer, "default": default}
    about = {member: value for member, value in about.items() if value is not None}
    return [step("review", name, "order.reviewed", time, id=id, order="O", stars=stars, **about)]


def excluded(name, time, id=None):
    return [step("review", name, "review.excluded", time, id=id, reason="fake")]


def retracted(id, time):
    return [ev("event.retracted", at(time), {"source": "oms", "id": id})]


def many(count, make):
    return [event for number in range(count) for event in make(number)]


# --- Shares of one ticket ---------------------------------------------------------------------

# (what, its events, {metric: [(as of, what is expected)]}): a word of DECISIONS, or good, valid,
# pending, or amount, valid; perhaps with the value behind. As of may name the basis, too.
CHATS = [
    ("a reply within the last microsecond of 30 seconds",
     chat("05 10:00", ("replied", "05 10:00:29.999999")),
     {C1: [("05 09:59:59.999999", "out"), ("05 10:00", "pending"),
           ("05 10:00:29.999998", "pending"), ("05 10:00:29.999999", "good")]}),
    ("a reply after 29 seconds",
     chat("05 10:00", ("replied", "05 10:00:29")),
     {C1: [("05 10:00:28", "pending"), ("05 10:00:29", "good")]}),
    ("a reply after exactly 30 seconds",
     chat("05 10:00", ("replied", "05 10:00:30")),
     {C1: [("05 10:00:29.999999", "pending"), ("05 10:00:30", "good"), ("05 11:00", "good")],
      C4: [("05 10:00:29.999999", "pending"), ("05 10:00:30", "good")]}),
    ("a reply a microsecond after 30 seconds",
     chat("05 10:00", ("replied", "05 10:00:30.000001")),
     {C1: [("05 10:00:30", "pending"), ("05 10:00:30.000001", "bad")],
      C4: [("05 10:00:30", "pending"), ("05 10:00:30.000001", "good")]}),
    ("a reply after 31 seconds",
     chat("05 10:00", ("replied", "05 10:00:31")),
     {C1: [("05 10:00:30", "pending"), ("05 10:00:31", "bad")], C4: [("05 10:00:31", "good")]}),
    ("a reply after 179 seconds",
     chat("05 10:00", ("replied", "05 10:02:59")),
     {C4: [("05 10:02:58", "pending"), ("05 10:02:59", "good")]}),
    ("a reply after exactly 180 seconds",
     chat("05 10:00", ("replied", "05 10:03")),
     {C4: [("05 10:02:59.999999", "pending"), ("05 10:03", "good")], C1: [("05 10:03", "bad")]}),
    ("a reply a microsecond after 180 seconds",
     chat("05 10:00", ("replied", "05 10:03:00.000001")),
     {C4: [("05 10:03", "pending"), ("05 10:03:00.000001", "bad")]}),
    ("a reply after 181 seconds",
     chat("05 10:00", ("replied", "05 10:03:01")),
     {C4: [("05 10:03", "pending"), ("05 10:03:01", "bad")]}),
    ("no reply",
     chat("05 10:00"),
     {C1: [("05 10:00:30", "pending"), ("05 10:00:30.000001", "bad")],
      C4: [("05 10:03", "pending"), ("05 10:03:00.000001", "bad")],
      C2: [("05 11:00", NONE)]}),
    ("a bot's reply is none",
     chat("05 10:00", ("replied", "05 10:00:05", {"by": "bot"}),
          ("replied", "05 10:00:40", {"by": "human"})),
     {C1: [("05 10:00:05", "pending"), ("05 10:00:40", "bad")],
      C4: [("05 10:00:39", "pending"), ("05 10:00:40", "good")]}),
    ("the first human reply counts",
     chat("05 10:00", ("replied", "05 10:05"), ("replied", "05 10:00:20")),
     {C1: [("05 10:06", "good")]}),
    ("a reply that is retracted",
     chat("05 10:00", ("replied", "05 10:00:10", {"id": "r"})) + retracted("r", "05 12:00"),
     {C1: [("05 11:59:59.999999", "good"), ("05 12:00", "bad")]}),
    ("a reply retracted before the mark",
     chat("05 10:00", ("replied", "05 10:00:10", {"id": "r"})) + retracted("r", "05 10:00:20"),
     {C1: [("05 10:00:19", "good"), ("05 10:00:20", "pending"), ("05 10:00:31", "bad")]}),
    ("a reply before the opening reads as at it",
     chat("05 10:00", ("replied", "05 09:59")),
     {C1: [("05 09:59:30", "out"), ("05 10:00", "good")], C2: [("05 10:00", (0, 1, "0.0000"))]}),
    ("a ticket that never opened",
     chat("05 10:00", ("replied", "05 10:00:10"))[1:],
     {C1: [("05 11:00", "out")], C2: [("05 11:00", NONE)]}),
    ("the opening is retracted",
     chat("05 10:00", ("replied", "05 10:00:10"), id="o") + retracted("o", "05 12:00"),
     {C1: [("05 11:59:59", "good"), ("05 12:00", "out")],
      C2: [("05 11:59:59", (10, 1, "10.0000")), ("05 12:00", NONE)]}),
    ("the earliest opening holds",
     ticket("work_order", "05 10:00:20", ("replied", "05 10:00:40")) + chat("05 10:00"),
     {C1: [("05 10:00:10", "pending"), ("05 10:00:40", "bad")], W1: [("05 14:00", "out")]}),

    ("cancelled at the mark",
     chat("05 10:00", ("closed", "05 10:00:30", {"outcome": "cancelled"})),
     {C1: [("05 10:00:29.999999", "pending"), ("05 10:00:30", "out"), ("05 10:01", "out")],
      C4: [("05 10:04", "out")]}),
    ("cancelled a microsecond after the mark",
     chat("05 10:00", ("closed", "05 10:00:30.000001", {"outcome": "cancelled"})),
     {C1: [("05 10:00:30", "pending"), ("05 10:00:30.000001", "bad")], C4: [("05 10:04", "out")]}),
    ("cancelled at the reply",
     chat("05 10:00", ("replied", "05 10:00:20"),
          ("closed", "05 10:00:20", {"outcome": "cancelled"})),
     {C1: [("05 10:01", "out")]}),
    ("cancelled a microsecond after the reply",
     chat("05 10:00", ("replied", "05 10:00:20"),
          ("closed", "05 10:00:20.000001", {"outcome": "cancelled"})),
     {C1: [("05 10:01", "good")]}),
    ("replied to after it was cancelled",
     chat("05 10:00", ("closed", "05 10:00:10", {"outcome": "cancelled"}),
          ("replied", "05 10:00:20")),
     {C1: [("05 10:01", "out")]}),
    ("closed as done is not cancelled",
     chat("05 10:00", ("closed", "05 10:00:10", {"outcome": "done"})),
     {C1: [("05 10:00:10", "pending"), ("05 10:00:31", "bad")]}),
    ("closed without an outcome is not cancelled",
     chat("05 10:00", ("closed", "05 10:00:10")),
     {C1: [("05 10:00:10", "pending"), ("05 10:00:31", "bad")]}),
    ("cancelled and re-opened before the mark",
     chat("05 10:00", ("closed", "05 10:00:10", {"outcome": "cancelled"}),
          ("reopened", "05 10:00:20")),
     {C1: [("05 10:00:19.999999", "out"), ("05 10:00:20", "pending"),
           ("05 10:00:30.000001", "bad")]}),
    ("cancelled and re-opened after the mark",
     chat("05 10:00", ("closed", "05 10:00:10", {"outcome": "cancelled"}),
          ("reopened", "05 11:00")),
     {C1: [("05 10:59:59", "out"), ("05 11:00", "bad")]}),
    ("re-opened, then cancelled again",
     chat("05 10:00", ("closed", "05 10:00:05", {"outcome": "done"}),
          ("reopened", "05 10:00:10"), ("closed", "05 10:00:20", {"outcome": "cancelled"})),
     {C1: [("05 10:00:10", "pending"), ("05 10:00:20", "out"), ("05 10:01", "out")]}),

    ("opened in the last microsecond of the day's hours",
     chat("05 22:59:59.999999"), {C1: [("05 23:30", "bad")], C4: [("05 23:30", "bad")]}),
    ("opened a second before 23:00", chat("05 22:59:59"), {C1: [("05 23:30", "bad")]}),
    ("opened at 23:00",
     chat("05 23:00"), {C1: [("05 23:00", "out"), ("05 23:30", "out")], C4: [("05 23:30", "out")]}),
    ("opened a second after 23:00", chat("05 23:00:01"), {C1: [("05 23:30", "out")]}),
    ("opened at midnight", chat("06 00:00"), {C1: [("06 01:00", "out")]}),
    ("opened a second before 09:00", chat("06 08:59:59"), {C4: [("06 10:00", "out")]}),
    ("opened in the last microsecond of the night",
     chat("06 08:59:59.999999"), {C1: [("06 10:00", "out")], C4: [("06 10:00", "out")]}),
    ("opened at 09:00",
     chat("06 09:00"), {C1: [("06 09:00", "pending"), ("06 10:00", "bad")],
                        C4: [("06 10:00", "bad")]}),
    ("opened a second after 09:00", chat("06 09:00:01"), {C1: [("06 10:00", "bad")]}),
    ("a message that was left",
     chat("05 10:00", ("replied", "05 10:00:10"), left_message=True),
     {C1: [("05 10:00:05", "out"), ("05 11:00", "out")], C4: [("05 11:00", "out")],
      C2: [("05 11:00", (10, 1, "10.0000"))]}),
    ("somebody was there",
     chat("05 10:00", left_message=False), {C1: [("05 11:00", "bad")]}),
    ("other tickets are no chats",
     ticket("work_order", "05 10:00", ("replied", "05 10:00:10")),
     {C1: [("05 11:00", "out")], C2: [("05 11:00", NONE)]}),
]


def _came_back(time, *between, buyers=("B", "B")):
    """A session that is answered and closed at 10:20, and another one that nobody answers."""
    first = chat("05 10:00", ("replied", "05 10:00:10"), ("closed", "05 10:20", {"id": "end"}),
                 *between, name="first", buyer=buyers[0])
    return first + chat(time, name="second", buyer=buyers[1])


BACK = (1, 1, 0, "1.0000")
NEW = (1, 2, 0, "0.5000")
RECONTACTS = [
    ("back after a minute", _came_back("05 10:21"),
     {C1: [("05 10:00:10", BACK), ("05 10:21", BACK), ("05 12:00", BACK)],
      C4: [("05 12:00", BACK)]}),
    ("back a second before ten minutes", _came_back("05 10:29:59"), {C1: [("05 12:00", BACK)]}),
    ("back after exactly ten minutes", _came_back("05 10:30"),
     {C1: [("05 12:00", BACK)], C4: [("05 12:00", BACK)]}),
    ("back a microsecond after ten minutes", _came_back("05 10:30:00.000001"),
     {C1: [("05 10:30:00.000001", (1, 1, 1)), ("05 12:00", NEW)], C4: [("05 12:00", NEW)]}),
    ("back a second after ten minutes", _came_back("05 10:30:01"), {C1: [("05 12:00", NEW)]}),
    ("back at the closing", _came_back("05 10:20"), {C1: [("05 12:00", BACK)]}),
    ("back a microsecond before the closing", _came_back("05 10:19:59.999999"),
     {C1: [("05 12:00", NEW)]}),
    ("another buyer", _came_back("05 10:21", buyers=("A", "B")), {C1: [("05 12:00", NEW)]}),
    ("the first buyer is not known", _came_back("05 10:21", buyers=(None, "B")),
     {C1: [("05 12:00", NEW)]}),
    ("neither buyer is known", _came_back("05 10:21", buyers=(None, None)),
     {C1: [("05 12:00", NEW)]}),
    ("the first one is open again", _came_back("05 10:25", ("reopened", "05 10:24")),
     {C1: [("05 12:00", NEW)]}),
    ("the first one is opened again at that instant", _came_back("05 10:25",
                                                                 ("reopened", "05 10:25")),
     {C1: [("05 12:00", NEW)]}),
    ("the first one is opened again later", _came_back("05 10:25", ("reopened", "05 10:26")),
     {C1: [("05 12:00", BACK)]}),
    ("the first one was closed once more", _came_back("05 10:35", ("reopened", "05 10:24"),
                                                      ("closed", "05 10:26")),
     {C1: [("05 12:00", BACK)]}),
    ("the closing is retracted", _came_back("05 10:21") + retracted("end", "05 11:00"),
     {C1: [("05 10:59:59", BACK), ("05 11:00", NEW)]}),
    ("after a ticket of another kind",
     ticket("work_order", "05 10:00", ("closed", "05 10:20"), name="first", buyer="B")
     + chat("05 10:21", name="second", buyer="B"),
     {C1: [("05 12:00", "bad")]}),
    ("after a session of the night",
     chat("06 08:50", ("closed", "06 08:55"), name="first", buyer="B")
     + chat("06 09:04", name="second", buyer="B"),
     {C1: [("06 12:00", "out")]}),
    ("a session that ends as it begins follows neither itself nor its twin",
     chat("05 10:00", ("replied", "05 10:00"), ("closed", "05 10:00"), name="first", buyer="B")
     + chat("05 10:00", name="second", buyer="B"),
     {C1: [("05 12:00", NEW)]}),
    ("the chain counts one by one",
     chat("05 10:00", ("replied", "05 10:00:10"), ("closed", "05 10:20"), name="a", buyer="B")
     + chat("05 10:25", ("closed", "05 10:40"), name="b", buyer="B")
     + chat("05 10:45", name="c", buyer="B") + chat("05 11:30", name="d", buyer="B"),
     {C1: [("05 11:00", BACK), ("05 12:00", NEW)]}),
]

RESPONSES = [
    ("the opening is the first ask",
     chat("05 10:00", ("replied", "05 10:00:20")),
     {C2: [("05 10:00:19", NONE), ("05 10:00:20", (20, 1, "20.0000"))]}),
    ("the earliest unanswered ask counts",
     chat("05 10:00", ("replied", "05 10:00:20"), ("asked", "05 10:01"), ("asked", "05 10:02"),
          ("replied", "05 10:03")),
     {C2: [("05 10:02:59", (20, 1)), ("05 10:03", (140, 2, "70.0000"))]}),
    ("asks before the first reply wait since the opening",
     chat("05 10:00", ("asked", "05 10:00:10"), ("replied", "05 10:00:25")),
     {C2: [("05 11:00", (25, 1, "25.0000"))]}),
    ("a reply to nothing is none",
     chat("05 10:00", ("replied", "05 10:00:20"), ("replied", "05 10:05")),
     {C2: [("05 11:00", (20, 1))]}),
    ("a bot answers nothing",
     chat("05 10:00", ("replied", "05 10:00:01", {"by": "bot"}), ("replied", "05 10:00:20"),
          ("asked", "05 10:05"), ("replied", "05 10:05:01", {"by": "bot"}),
          ("replied", "05 10:06:30")),
     {C2: [("05 10:05:01", (20, 1)), ("05 11:00", (110, 2, "55.0000"))]}),
    ("at one instant the ask comes first",
     chat("05 10:00", ("replied", "05 10:00:20"), ("replied", "05 10:01"), ("asked", "05 10:01")),
     {C2: [("05 11:00", (20, 2, "10.0000"))]}),
    ("each is cut to whole seconds",
     chat("05 10:00", ("replied", "05 10:00:00.900000"), ("asked", "05 10:01"),
          ("replied", "05 10:01:01.900000"), ("asked", "05 10:02"), ("replied", "05 10:02:00.3")),
     {C2: [("05 11:00", (1, 3, "0.3333"))]}),
    ("by the day of the reply",
     chat("05 23:59:50", ("replied", "06 00:00:10")),
     {C2: [("06 00:00:10", (20, 1)), (("06 12:00", "official"), NONE),
           (("07 00:00", "official"), (20, 1)),
           ("2024-04-04T23:59:59.999999+08:00", (20, 1)),
           ("2024-04-05T00:00:00+08:00", NONE)]}),
    ("a reply that is retracted: the next one answers",
     chat("05 10:00", ("replied", "05 10:00:20", {"id": "r"}), ("replied", "05 10:01"))
     + retracted("r", "05 12:00"),
     {C2: [("05 11:00", (20, 1)), ("05 12:00", (60, 1, "60.0000"))]}),
    ("an ask that is retracted",
     chat("05 10:00", ("replied", "05 10:00:20"), ("asked", "05 10:01", {"id": "a"}),
          ("asked", "05 10:02"), ("replied", "05 10:03")) + retracted("a", "05 12:00"),
     {C2: [("05 11:00", (140, 2)), ("05 12:00", (80, 2, "40.0000"))]}),
    ("nights and sessions that came back count",
     chat("05 23:30", ("replied", "05 23:30:07"), ("closed", "05 23:31"), name="a", buyer="B")
     + chat("05 23:35", ("replied", "05 23:35:08"), name="b", buyer="B"),
     {C2: [("06 10:00", (15, 2, "7.5000"))], C1: [("06 10:00", "out")]}),
]

WORK_ORDERS = [
    ("a reply a second before three hours",
     ticket("work_order", "05 10:00", ("replied", "05 12:59:59")),
     {W1: [("05 12:59:58", "pending"), ("05 12:59:59", "good")]}),
    ("a reply after exactly three hours",
     ticket("work_order", "05 10:00", ("replied", "05 13:00")),
     {W1: [("05 09:59:59.999999", "out"), ("05 10:00", "pending"),
           ("05 12:59:59.999999", "pending"), ("05 13:00", "good")]}),
    ("a reply a microsecond after three hours",
     ticket("work_order", "05 10:00", ("replied", "05 13:00:00.000001")),
     {W1: [("05 13:00", "pending"), ("05 13:00:00.000001", "bad")]}),
    ("a reply a second after three hours",
     ticket("work_order", "05 10:00", ("replied", "05 13:00:01")),
     {W1: [("05 13:00", "pending"), ("05 13:00:01", "bad")]}),
    ("no reply at night",
     ticket("work_order", "05 23:30"),
     {W1: [("06 02:30", "pending"), ("06 02:30:00.000001", "bad")]}),
    ("a bot does not reply",
     ticket("work_order", "05 10:00", ("replied", "05 10:10", {"by": "bot"})),
     {W1: [("05 12:00", "pending"), ("05 14:00", "bad")]}),
    ("a left message counts here",
     ticket("work_order", "05 10:00", left_message=True), {W1: [("05 14:00", "bad")]}),
    ("withdrawn at three hours",
     ticket("work_order", "05 10:00", ("closed", "05 13:00", {"outcome": "cancelled"})),
     {W1: [("05 12:59", "pending"), ("05 13:00", "out"), ("05 14:00", "out")]}),
    ("withdrawn a microsecond after three hours",
     ticket("work_order", "05 10:00", ("closed", "05 13:00:00.000001", {"outcome": "cancelled"})),
     {W1: [("05 14:00", "bad")]}),
    ("settled is not withdrawn",
     ticket("work_order", "05 10:00", ("closed", "05 11:00", {"outcome": "settled"})),
     {W1: [("05 11:00", "pending"), ("05 14:00", "bad")]}),
    ("cancelled, later closed as done: the latest closing holds",
     ticket("work_order", "05 10:00", ("closed", "05 11:00", {"outcome": "cancelled"}),
            ("closed", "05 12:00", {"outcome": "done"})),
     {W1: [("05 11:30", "out"), ("05 12:00", "pending"), ("05 14:00", "bad")]}),
    ("the window by opening",
     ticket("work_order", "05 00:00", ("replied", "05 01:00")),
     {W1: [("05 23:00", "good"), (("05 23:59:59.999999", "official"), "out"),
           (("06 00:00", "official"), "good"),
           ("2024-04-03T23:59:59.999999+08:00", "good"), ("2024-04-04T00:00:00+08:00", "out"),
           (("2024-04-04T23:59:59.999999+08:00", "official"), "good"),
           (("2024-04-05T00:00:00+08:00", "official"), "out")]}),
    ("opened in the last microsecond of the day before",
     ticket("work_order", "04 23:59:59.999999", ("replied", "05 01:00")),
     {W1: [("2024-04-02T23:59:59.999999+08:00", "good"), ("2024-04-03T00:00:00+08:00", "out")]}),
]

AUDITS = [
    *((f"a {kind} audited after exactly 24 hours",
       ticket(kind, "05 10:00", ("audited", "06 10:00", {"outcome": "approved"})),
       {A4: [("05 09:59:59.999999", "out"), ("05 10:00", "pending"),
             ("06 09:59:59.999999", "pending"), ("06 10:00", "good")]})
      for kind in ("return", "exchange", "repair", "refund", "resend")),
    *((f"a {kind} is not audited",
       ticket(kind, "05 10:00", ("audited", "05 11:00", {"outcome": "approved"})),
       {A4: [("05 10:30", "out"), ("07 00:00", "out")]})
      for kind in ("work_order", "chat", "dispute")),
    ("audited a second before 24 hours",
     ticket("refund", "05 10:00", ("audited", "06 09:59:59")), {A4: [("06 09:59:59", "good")]}),
    ("audited a microsecond after 24 hours",
     ticket("refund", "05 10:00", ("audited", "06 10:00:00.000001", {"outcome": "rejected"})),
     {A4: [("06 10:00", "pending"), ("06 10:00:00.000001", "bad")]}),
    ("audited a second after 24 hours",
     ticket("refund", "05 10:00", ("audited", "06 10:00:01")),
     {A4: [("06 10:00", "pending"), ("06 10:00:01", "bad")]}),
    ("a rejection is an audit",
     ticket("return", "05 10:00", ("audited", "05 12:00", {"outcome": "rejected"})),
     {A4: [("05 11:59", "pending"), ("05 12:00", "good")]}),
    ("the first audit counts",
     ticket("return", "05 10:00", ("audited", "05 12:00", {"outcome": "rejected"}),
            ("audited", "08 12:00", {"outcome": "approved"})),
     {A4: [("09 00:00", "good")]}),
    ("processed without an audit",
     ticket("refund", "05 10:00", ("processed", "05 11:00", {"outcome": "refunded"})),
     {A4: [("05 12:00", "pending"), ("06 10:00:00.000001", "bad")]}),
    ("cancelled at 24 hours",
     ticket("return", "05 10:00", ("closed", "06 10:00", {"outcome": "cancelled"})),
     {A4: [("06 09:59:59", "pending"), ("06 10:00", "out"), ("07 00:00", "out")]}),
    ("cancelled a microsecond after 24 hours",
     ticket("return", "05 10:00", ("closed", "06 10:00:00.000001", {"outcome": "cancelled"})),
     {A4: [("07 00:00", "bad")]}),
    ("cancelled after the audit",
     ticket("return", "05 10:00", ("audited", "05 11:00"),
            ("closed", "05 12:00", {"outcome": "cancelled"})),
     {A4: [("07 00:00", "good")]}),
]


# --- Durations --------------------------------------------------------------------------------

_APPROVED = {"outcome": "approved"}
_REJECTED = {"outcome": "rejected"}
_REFUNDED = {"outcome": "refunded"}
_REPAIRED = {"outcome": "repaired"}

DURATIONS = [
    ("opening to processing, cut to whole seconds",
     ticket("refund", "05 10:00", ("processed", "05 12:30:00.900000", _REFUNDED)),
     {A1: [("05 12:30:00.899999", NONE), ("05 12:30:00.9", (9000, 1, "2.5000"))]}),
    ("each is cut before it is summed",
     many(3, lambda n: ticket("resend", "05 10:00", ("processed", "05 10:00:01.6"), name=f"T{n}")),
     {A1: [("05 11:00", (3, 3, "0.0003"))]}),
    ("a rejection ends it",
     ticket("return", "05 10:00", ("audited", "05 11:00", _REJECTED)),
     {A1: [("05 10:59:59", NONE), ("05 11:00", (3600, 1, "1.0000"))]}),
    ("an approval ends nothing",
     ticket("return", "05 10:00", ("audited", "05 11:00", _APPROVED)), {A1: [("08 00:00", NONE)]}),
    ("the buyer's own time is not the merchant's",
     ticket("return", "05 10:00", ("audited", "05 11:00", _APPROVED),
            ("buyer_shipped", "06 11:00"), ("received", "06 14:00"),
            ("processed", "06 15:00", _REFUNDED)),
     {A1: [("06 14:59:59", NONE), ("06 15:00", (18000, 1, "5.0000"))]}),
    ("processed before the buyer shipped",
     ticket("return", "05 10:00", ("audited", "05 11:00", _APPROVED),
            ("processed", "06 15:00", _REFUNDED), ("buyer_shipped", "08 10:00")),
     {A1: [("06 15:00", NONE), ("08 09:59:59", NONE), ("08 10:00", (3600, 1, "1.0000"))]}),
    *((f"a {kind} whose buyer never shipped is out",
       ticket(kind, "05 10:00", ("audited", "05 11:00", _APPROVED), ("processed", "05 12:00")),
       {A1: [("08 00:00", NONE)]}) for kind in ("return", "exchange")),
    *((f"a {kind} needs no parcel back",
       ticket(kind, "05 10:00", ("audited", "05 11:00", _APPROVED), ("processed", "05 12:00")),
       {A1: [("08 00:00", (7200, 1, "2.0000"))]}) for kind in ("refund", "resend", "repair")),
    ("a refund whose buyer ships all the same",
     ticket("refund", "05 10:00", ("audited", "05 11:00", _APPROVED),
            ("buyer_shipped", "05 11:30"), ("processed", "05 12:00")),
     {A1: [("08 00:00", (5400, 1, "1.5000"))]}),
    ("processed at once, without an audit",
     ticket("return", "05 10:00", ("processed", "05 12:00", _REFUNDED)),
     {A1: [("05 12:00", (7200, 1))]}),
    ("shipped before the approval: no own time",
     ticket("exchange", "05 10:00", ("buyer_shipped", "05 10:30"),
            ("audited", "05 11:00", _APPROVED), ("processed", "05 12:00")),
     {A1: [("05 12:00", (7200, 1))]}),
    ("the own time begins with the first approval",
     ticket("exchange", "05 10:00", ("audited", "05 11:00", _APPROVED),
            ("audited", "05 12:00", _APPROVED), ("buyer_shipped", "05 13:00"),
            ("processed", "05 14:00")),
     {A1: [("05 14:00", (7200, 1))]}),
    ("rejected, then approved",
     ticket("exchange", "05 10:00", ("audited", "05 11:00", _REJECTED),
            ("audited", "05 12:00", _APPROVED), ("buyer_shipped", "05 13:00"),
            ("processed", "05 14:00", {"outcome": "exchanged"})),
     {A1: [("05 11:00", (3600, 1)), ("05 12:00", NONE), ("05 14:00", (10800, 1, "3.0000"))]}),
    ("approved, then rejected",
     ticket("refund", "05 10:00", ("audited", "05 11:00", _APPROVED),
            ("audited", "05 12:00", _REJECTED)),
     {A1: [("05 11:30", NONE), ("05 12:00", (3600, 1))]}),
    ("rejected, and compensated all the same",
     ticket("refund", "05 10:00", ("audited", "05 11:00", _REJECTED),
            ("processed", "05 14:00", {"outcome": "compensated"})),
     {A1: [("05 15:00", (3600, 1))]}),
    ("the first processing counts",
     ticket("refund", "05 10:00", ("processed", "05 11:00", _REFUNDED),
            ("processed", "05 14:00", _REFUNDED)),
     {A1: [("05 15:00", (3600, 1))]}),
    ("repaired is out",
     ticket("repair", "05 10:00", ("processed", "05 11:00", _REPAIRED)),
     {A1: [("05 15:00", NONE)]}),
    ("repaired at last is out",
     ticket("repair", "05 10:00", ("processed", "05 11:00", {"outcome": "exchanged"}),
            ("processed", "05 12:00", _REPAIRED)),
     {A1: [("05 11:30", (3600, 1)), ("05 12:00", NONE)]}),
    ("not repaired after all",
     ticket("repair", "05 10:00", ("processed", "05 11:00", _REPAIRED),
            ("processed", "05 12:00", _REFUNDED)),
     {A1: [("05 11:30", NONE), ("05 12:00", (3600, 1))]}),
    ("closed by force is out until it is opened again",
     ticket("refund", "05 10:00", ("processed", "05 11:00", _REFUNDED),
            ("closed", "05 12:00", {"outcome": "forced"}), ("reopened", "05 13:00")),
     {A1: [("05 11:59", (3600, 1)), ("05 12:00", NONE), ("05 13:00", (3600, 1))]}),
    ("closed as done stays",
     ticket("refund", "05 10:00", ("processed", "05 11:00", _REFUNDED),
            ("closed", "05 12:00", {"outcome": "done"})),
     {A1: [("05 12:00", (3600, 1))]}),
    ("cancelled without an audit is out",
     ticket("refund", "05 10:00", ("processed", "05 11:00", _REFUNDED),
            ("closed", "05 12:00", {"outcome": "cancelled"})),
     {A1: [("05 11:59", (3600, 1)), ("05 12:00", NONE)]}),
    ("cancelled after an audit ends with the audit",
     ticket("return", "05 10:00", ("audited", "05 11:00", _APPROVED),
            ("closed", "05 15:00", {"outcome": "cancelled"})),
     {A1: [("05 14:59", NONE), ("05 15:00", (3600, 1))]}),
    ("cancelled after the processing ends with the audit",
     ticket("refund", "05 10:00", ("audited", "05 11:00", _APPROVED), ("processed", "05 12:00"),
            ("closed", "05 13:00", {"outcome": "cancelled"}), ("reopened", "05 14:00")),
     {A1: [("05 12:30", (7200, 1)), ("05 13:00", (3600, 1)), ("05 14:00", (7200, 1))]}),
    ("cancelled at the audit",
     ticket("return", "05 10:00", ("audited", "05 11:00", _APPROVED),
            ("closed", "05 11:00", {"outcome": "cancelled"})),
     {A1: [("05 11:00", (3600, 1))]}),
    ("cancelled a microsecond before the audit",
     ticket("return", "05 10:00", ("closed", "05 10:59:59.999999", {"outcome": "cancelled"}),
            ("audited", "05 11:00", _REJECTED)),
     {A1: [("05 12:00", NONE)]}),
    ("processed before the opening",
     ticket("refund", "05 10:00", ("processed", "04 10:00")),
     {A1: [("05 10:00", (0, 1, "0.0000"))]}),
    ("a processing that is retracted",
     ticket("refund", "05 10:00", ("processed", "05 11:00", {"id": "p"}),
            ("processed", "05 14:00")) + retracted("p", "06 00:00"),
     {A1: [("05 23:59:59", (3600, 1)), ("06 00:00", (14400, 1, "4.0000"))]}),
    *((f"a {kind} is no after-sales ticket",
       ticket(kind, "05 10:00", ("audited", "05 10:30", _REJECTED), ("processed", "05 11:00")),
       {A1: [("05 12:00", NONE)]}) for kind in ("work_order", "chat", "dispute")),
    ("exactly 180 days",
     ticket("refund", "2023-09-07T10:00:00+08:00", ("processed", "05 10:00")),
     {A1: [("05 10:00", (15552000, 1, "4320.0000"))]}),
    ("a second less than 180 days",
     ticket("refund", "2023-09-07T10:00:01+08:00", ("processed", "05 10:00")),
     {A1: [("05 10:00", (15551999, 1, "4319.9997"))]}),
    ("a microsecond more than 180 days",
     ticket("refund", "2023-09-07T10:00:00+08:00", ("processed", "05 10:00:00.000001")),
     {A1: [("05 11:00", NONE)]}),
    ("a second more than 180 days",
     ticket("refund", "2023-09-07T10:00:00+08:00", ("processed", "05 10:00:01")),
     {A1: [("05 11:00", NONE)]}),
    ("more than 180 days, most of them the buyer's own",
     ticket("return", "2023-09-07T10:00:00+08:00",
            ("audited", "2023-09-07T11:00:00+08:00", _APPROVED), ("buyer_shipped", "05 10:00"),
            ("processed", "05 10:00:01")),
     {A1: [("05 11:00", NONE)]}),
    ("180 days, most of them the buyer's own",
     ticket("return", "2023-09-07T10:00:00+08:00",
            ("audited", "2023-09-07T11:00:00+08:00", _APPROVED), ("buyer_shipped", "05 09:00"),
            ("processed", "05 10:00")),
     {A1: [("05 11:00", (7200, 1))]}),
    ("by the day of its end",
     ticket("refund", "2024-01-05T10:00:00+08:00", ("processed", "05 10:00")),
     {A1: [("05 10:00", (60 * 86400, 1, "1440.0000")), (("05 23:59", "official"), NONE),
           (("06 00:00", "official"), (60 * 86400, 1)),
           ("2024-04-03T23:59:59.999999+08:00", (60 * 86400, 1)),
           ("2024-04-04T00:00:00+08:00", NONE)]}),
]


# --- Ratings ----------------------------------------------------------------------------------


def _rated(kind, *ratings, **data):
    return ticket(kind, "05 10:00", *(("rated", time, {"stars": stars})
                                      for time, stars in ratings), **data)


RATINGS = [
    *((f"{stars} stars for a {kind}", _rated(kind, ("05 12:00", stars)),
       {A2: [("05 11:59:59", "out"),
             ("05 12:00", word if kind in ("return", "exchange") else "out")],
        A2T: [("05 11:59:59", "out"),
              ("05 12:00", word if kind not in ("chat", "work_order", "dispute") else "out")],
        C3: [("05 11:59:59", "out"), ("05 12:00", word if kind == "chat" else "out")]})
      for kind in oracle_tickets.AFTER_SALES + ("chat", "work_order", "dispute")
      for stars, word in ((1, "bad"), (3, "bad"), (4, "good"), (5, "good"))),
    ("the latest rating holds",
     _rated("return", ("05 13:00", 5), ("05 12:00", 3), ("05 14:00", 2)),
     {A2: [("05 12:00", "bad"), ("05 13:00", "good"), ("05 14:00", "bad")]}),
    ("the latest rating gives the day",
     _rated("chat", ("05 12:00", 5), ("08 12:00", 4)),
     {C3: [("07 00:00", "good"), (("07 00:00", "official"), "good"),
           (("08 13:00", "official"), "out"), (("09 00:00", "official"), "good"),
           ("2024-04-06T23:59:59+08:00", "good"), ("2024-04-07T00:00:00+08:00", "out")]}),
    ("a rating that is retracted",
     _rated("chat", ("05 12:00", 5))
     + [step("ticket", "T", "ticket.rated", "05 13:00", id="r", stars=1)]
     + retracted("r", "05 14:00"),
     {C3: [("05 12:30", "good"), ("05 13:00", "bad"), ("05 14:00", "good")]}),
    ("of two ratings at one instant the one with the higher id holds",
     [*ticket("chat", "05 10:00"),
      step("ticket", "T", "ticket.rated", "05 12:00", id="x2", stars=5),
      step("ticket", "T", "ticket.rated", "05 12:00", id="x1", stars=1)],
     {C3: [("05 12:00", "good")]}),
    ("180 days and 30 days",
     _rated("exchange", ("05 12:00", 4)),
     {A2T: [("2024-04-03T23:59:59.999999+08:00", "good"), ("2024-04-04T00:00:00+08:00", "out")],
      A2: [("2024-04-04T00:00:00+08:00", "good"), ("2024-08-31T23:59:59.999999+08:00", "good"),
           ("2024-09-01T00:00:00+08:00", "out"),
           (("2024-09-01T23:59:59.999999+08:00", "official"), "good"),
           (("2024-09-02T00:00:00+08:00", "official"), "out"),
           (("05 23:00", "official"), "out"), (("06 00:00", "official"), "good")]}),
    ("three of four",
     many(4, lambda n: _rated("resend", ("05 12:00", 5 if n else 1), name=f"T{n}")),
     {A2T: [("05 12:00", (3, 4, 0, "0.7500"))]}),
]


# --- Disputes ---------------------------------------------------------------------------------

_TWO_ORDERS = order("O1", "05 09:00") + order("O2", "05 09:00", ("cancelled", "05 09:30"))


def _ruled(liability, *steps, time="05 12:00", **data):
    return ticket("dispute", "05 10:00", ("ruled", time, {"liability": liability}), *steps, **data)


LOST, KEPT = (1, 2, 0, "0.5000"), (0, 2, 0, "0.0000")
DISPUTES = [
    *((f"ruled {liability}", _TWO_ORDERS + _ruled(liability),
       {D1: [("05 11:59:59.999999", KEPT), ("05 12:00", expected)]})
      for liability, expected in (("merchant", LOST), ("both", LOST), ("buyer", KEPT),
                                  ("none", KEPT))),
    ("the latest ruling holds",
     _TWO_ORDERS + _ruled("merchant", ("ruled", "05 13:00", {"liability": "buyer"}),
                          ("ruled", "05 14:00", {"liability": "both"})),
     {D1: [("05 12:00", LOST), ("05 13:00", KEPT), ("05 14:00", LOST)]}),
    ("an appeal won, and lost again",
     _TWO_ORDERS + _ruled("merchant", ("appealed", "06 12:00", {"won": True}),
                          ("appealed", "07 12:00", {"won": False})),
     {D1: [("06 11:59:59", LOST), ("06 12:00", KEPT), ("07 12:00", LOST)]}),
    ("an appeal lost", _TWO_ORDERS + _ruled("merchant", ("appealed", "06 12:00", {"won": False})),
     {D1: [("07 00:00", LOST)]}),
    ("settled, and opened again",
     _TWO_ORDERS + _ruled("merchant", ("closed", "06 12:00", {"outcome": "settled"}),
                          ("reopened", "07 12:00")),
     {D1: [("06 11:59:59", LOST), ("06 12:00", KEPT), ("07 12:00", LOST)]}),
    ("closed otherwise", _TWO_ORDERS + _ruled("both", ("closed", "06 12:00", {"outcome": "done"})),
     {D1: [("07 00:00", LOST)]}),
    ("other tickets are not ruled",
     _TWO_ORDERS + ticket("return", "05 10:00", ("ruled", "05 12:00", {"liability": "merchant"})),
     {D1: [("07 00:00", KEPT)]}),
    ("a ruling that is retracted",
     _TWO_ORDERS + ticket("dispute", "05 10:00",
                          ("ruled", "05 12:00", {"liability": "merchant", "id": "r"}))
     + retracted("r", "06 12:00"),
     {D1: [("06 11:59:59", LOST), ("06 12:00", KEPT)]}),
    ("no orders: no value", _ruled("merchant"), {D1: [("05 12:00", (1, 0, 0, None))]}),
    ("more disputes than orders",
     order("O1", "05 09:00") + _ruled("merchant", name="T1") + _ruled("both", name="T2")
     + _ruled("both", name="T3"),
     {D1: [("05 12:00", (3, 1, 0, "3.0000"))]}),
    ("disputes by the ruling, orders by t0",
     order("old", "2024-02-01T10:00:00+08:00") + order("new", "06 10:00")
     + order("unpaid", "06 10:00", paid=False)
     + order("theirs", "06 10:00", fulfilment="platform")
     + order("at the door", "06 10:00", paid=False, payment="cod")
     + ticket("dispute", "2024-01-10T10:00:00+08:00", ("ruled", "06 12:00",
                                                       {"liability": "merchant"})),
     {D1: [("2024-03-01T23:59:59.999999+08:00", (0, 1, 0)),
           ("2024-03-02T00:00:00+08:00", (0, 0, 0, None)), ("06 12:00", (1, 2, 0)),
           (("06 12:00", "official"), (0, 0, 0)), (("07 00:00", "official"), (1, 2, 0)),
           ("2024-04-04T23:59:59.999999+08:00", (1, 2, 0)),
           ("2024-04-05T00:00:00+08:00", (0, 0, 0))]}),
    ("a second ruling moves the day",
     _ruled("merchant", ("ruled", "08 12:00", {"liability": "merchant"})),
     {D1: [(("06 00:00", "official"), (1, 0, 0)), (("08 23:00", "official"), (0, 0, 0)),
           (("09 00:00", "official"), (1, 0, 0)), ("2024-04-06T23:59:59+08:00", (1, 0, 0)),
           ("2024-04-07T00:00:00+08:00", (0, 0, 0))]}),

    ("closed by themselves and in time",
     ticket("dispute", "05 10:00", ("closed", "05 12:00", {"outcome": "done"})),
     {D2: [("05 11:59:59.999999", "out"), ("05 12:00", "good")], D3: [("05 12:00", "good")]}),
    *((f"closed as {outcome}",
       ticket("dispute", "05 10:00", ("closed", "05 12:00", {"outcome": outcome})),
       {D2: [("05 12:00", "good")], D3: [("05 12:00", "good")]})
      for outcome in ("cancelled", "forced", "settled")),
    ("escalated before the closing",
     ticket("dispute", "05 10:00", ("escalated", "05 11:00"), ("closed", "05 12:00")),
     {D2: [("05 11:30", "out"), ("05 12:00", "bad")], D3: [("05 12:00", "good")]}),
    ("escalated after the closing",
     ticket("dispute", "05 10:00", ("escalated", "05 13:00"), ("closed", "05 12:00")),
     {D2: [("05 12:30", "good"), ("05 13:00", "bad")]}),
    ("timed out before the closing",
     ticket("dispute", "05 10:00", ("timed_out", "05 11:00", {"phase": "evidence"}),
            ("closed", "05 12:00")),
     {D2: [("05 12:00", "good")], D3: [("05 12:00", "bad")]}),
    ("timed out after the closing",
     ticket("dispute", "05 10:00", ("timed_out", "05 13:00", {"phase": "execution"}),
            ("closed", "05 12:00")),
     {D3: [("05 12:30", "good"), ("05 13:00", "bad")]}),
    ("re-opened is not closed",
     ticket("dispute", "05 10:00", ("closed", "05 12:00"), ("reopened", "06 12:00"),
            ("closed", "08 12:00")),
     {D2: [("05 12:00", "good"), ("06 12:00", "out"), ("08 12:00", "good"),
           (("08 13:00", "official"), "out"), (("09 00:00", "official"), "good"),
           ("2024-04-06T23:59:59.999999+08:00", "good"), ("2024-04-07T00:00:00+08:00", "out")]}),
    ("closed at the instant of its re-opening",
     ticket("dispute", "05 10:00", ("reopened", "05 12:00", {"id": "z"}),
            ("closed", "05 12:00", {"id": "y"})),
     {D2: [("05 12:00", "good")], D3: [("05 12:00", "good")]}),
    ("a closing that is retracted",
     ticket("dispute", "05 10:00", ("closed", "05 12:00", {"id": "c"}))
     + retracted("c", "06 00:00"),
     {D3: [("05 23:59:59", "good"), ("06 00:00", "out")]}),
    ("other tickets are no disputes",
     ticket("return", "05 10:00", ("closed", "05 12:00")),
     {D2: [("05 12:00", "out")], D3: [("05 12:00", "out")]}),
]


# --- Returns ----------------------------------------------------------------------------------

_LINES = [{"sku": "a", "quantity": 2}, {"sku": "b"}]
RETURNS = [
    ("units of delivered orders",
     order("O1", "04 10:00", ("delivered", "05 09:00"), lines=_LINES)
     + order("O2", "04 10:00", ("delivered", "05 11:00"))
     + order("O3", "04 10:00", lines=_LINES) + ticket("return", "05 10:00"),
     {A3: [("05 08:59:59", (0, 0, 0, None)), ("05 09:00", (0, 3, 0, "0.0000")),
           ("05 10:00", (1, 3, 0, "0.3333")), ("05 11:00", (1, 4, 0, "0.2500"))]}),
    ("kinds of ticket",
     order("O1", "04 10:00", ("delivered", "05 09:00"), lines=[{"sku": "a", "quantity": 10}])
     + many(8, lambda n: ticket(("return", "exchange", "repair", "refund", "resend", "work_order",
                                 "chat", "dispute")[n], "05 10:00", name=f"T{n}")),
     {A3: [("05 10:00", (3, 10, 0, "0.3000"))]}),
    ("a return is a return, whatever comes of it",
     order("O1", "04 10:00", ("delivered", "05 09:00"))
     + ticket("return", "05 10:00", ("audited", "05 11:00", _REJECTED),
              ("closed", "05 12:00", {"outcome": "cancelled"})),
     {A3: [("05 13:00", (1, 1, 0, "1.0000"))]}),
    ("no units: no value", ticket("repair", "05 10:00"), {A3: [("05 10:00", (1, 0, 0, None))]}),
    ("cancelled at the delivery, and after it",
     order("O1", "04 10:00", ("delivered", "05 09:00"), ("cancelled", "05 09:00"))
     + order("O2", "04 10:00", ("delivered", "05 09:00"), ("cancelled", "05 09:00:00.000001")),
     {A3: [("05 10:00", (0, 1, 0))]}),
    ("orders that are in no count",
     order("O1", "04 10:00", ("delivered", "05 09:00"), fulfilment="pickup")
     + order("O2", "04 10:00", ("delivered", "05 09:00"), test=True)
     + order("O3", "04 10:00", ("delivered", "05 09:00"), paid=False),
     {A3: [("05 10:00", (0, 0, 0, None))]}),
    ("more returns than units: the value says so",
     order("O1", "04 10:00", ("delivered", "05 09:00"))
     + ticket("return", "05 10:00", name="T1") + ticket("return", "05 10:00", name="T2"),
     {A3: [("05 13:00", (2, 1, 0, "2.0000"))]}),
    ("tickets by opening, units by delivery",
     order("O1", "04 10:00", ("delivered", "07 09:00")) + ticket("return", "05 10:00"),
     {A3: [(("06 00:00", "official"), (1, 0, 0)), (("07 12:00", "official"), (1, 0, 0)),
           (("08 00:00", "official"), (1, 1, 0)),
           ("2024-04-03T23:59:59.999999+08:00", (1, 1, 0)),
           ("2024-04-04T00:00:00+08:00", (0, 1, 0)),
           ("2024-04-05T23:59:59.999999+08:00", (0, 1, 0)),
           ("2024-04-06T00:00:00+08:00", (0, 0, 0))]}),
]


# --- Reviews ----------------------------------------------------------------------------------


def _crowd(count, first=0, **stars):
    """Reviews of one buyer, a minute apart from 12:00 on: r00, r01, …"""
    return many(count, lambda n: review(f"r{first + n:02d}", f"05 12:{first + n:02d}", buyer="B",
                                        **stars))


REVIEWS = [
    ("twice the mean of the stars",
     review("a", "05 10:00", product=5, description=1, service=2, courier=3, logistics=4)
     + review("b", "05 11:00", product=4),
     {U1: [("05 09:59:59.999999", NONE), ("05 10:00", (5, 1, "10.0000")),
           ("05 11:00", (9, 2, "9.0000"))],
      DESCRIPTION: [("05 11:00", (1, 1, "2.0000"))], COURIER: [("05 11:00", (3, 1, "6.0000"))],
      LOGISTICS: [("05 11:00", (4, 1, "8.0000"))], U2: [("05 11:00", (0, 1, 0, "0.0000"))],
      U3: [("05 11:00", (0, 1, 0, "0.0000"))]}),
    ("rounded half up",
     many(3, lambda n: review(f"r{n}", "05 10:00", product=5 if n else 4)),
     {U1: [("05 10:00", (14, 3, "9.3333"))]}),
    ("one star and two stars",
     review("a", "05 10:00", logistics=1, service=2) + review("b", "05 10:00", logistics=2,
                                                              service=1)
     + review("c", "05 10:00", logistics=5) + review("d", "05 10:00", service=1, product=1),
     {U2: [("05 10:00", (1, 3, 0, "0.3333"))], U3: [("05 10:00", (2, 3, 0, "0.6667"))],
      U1: [("05 10:00", (1, 1))]}),
    ("given by default",
     review("a", "05 10:00", default=True, product=5, logistics=1)
     + review("b", "05 10:00", default=False, product=3, logistics=3),
     {U1: [("05 10:00", (3, 1))], U2: [("05 10:00", (0, 1, 0))]}),
    ("a default review that the buyer writes anew",
     review("a", "05 10:00", default=True, product=5) + review("a", "06 10:00", product=2),
     {U1: [("05 10:00", NONE), ("06 10:00", (2, 1))]}),
    ("an edited review is a review of its new time",
     review("a", "05 10:00", product=1, service=1) + review("a", "08 10:00", product=4),
     {U1: [("05 10:00", (1, 1)), ("08 09:59:59", (1, 1)), ("08 10:00", (4, 1)),
           (("06 00:00", "official"), (1, 1)), (("08 12:00", "official"), NONE),
           (("09 00:00", "official"), (4, 1)),
           ("2024-04-06T23:59:59.999999+08:00", (4, 1)), ("2024-04-07T00:00:00+08:00", NONE)],
      U3: [("05 10:00", (1, 1, 0)), ("08 10:00", (0, 0, 0))]}),
    ("an edit that is retracted",
     review("a", "05 10:00", product=1) + review("a", "05 12:00", id="e", product=4)
     + retracted("e", "05 13:00"),
     {U1: [("05 12:00", (4, 1)), ("05 13:00", (1, 1))]}),
    ("excluded from its instant on, until that is retracted",
     review("a", "05 10:00", product=1, logistics=1) + excluded("a", "05 12:00", id="x")
     + retracted("x", "05 13:00"),
     {U1: [("05 11:59:59.999999", (1, 1)), ("05 12:00", NONE), ("05 13:00", (1, 1))],
      U2: [("05 11:59:59", (1, 1, 0)), ("05 12:00", (0, 0, 0)), ("05 13:00", (1, 1, 0))]}),
    ("excluded before it came",
     excluded("a", "05 09:00") + review("a", "05 10:00", product=1),
     {U1: [("05 10:00", NONE)]}),
    ("excluded, and edited after that",
     review("a", "05 10:00", product=1) + excluded("a", "05 12:00")
     + review("a", "05 13:00", product=5),
     {U1: [("05 13:00", NONE)]}),
    ("retracted", review("a", "05 10:00", id="r", product=1) + retracted("r", "05 12:00"),
     {U1: [("05 11:59:59", (1, 1)), ("05 12:00", NONE)]}),
    ("the window",
     review("a", "05 00:00", product=3) + review("b", "04 23:59:59.999999", product=5),
     {U1: [("05 12:00", (8, 2)), (("05 12:00", "official"), (5, 1)),
           (("06 00:00", "official"), (8, 2)),
           ("2024-04-02T23:59:59.999999+08:00", (8, 2)), ("2024-04-03T00:00:00+08:00", (3, 1)),
           ("2024-04-03T23:59:59.999999+08:00", (3, 1)), ("2024-04-04T00:00:00+08:00", NONE)]}),

    ("a buyer's twenty reviews, and the one before",
     review("first", "05 10:00", buyer="B", product=1, logistics=1) + _crowd(20, product=5,
                                                                             logistics=5),
     {U1: [("05 12:18", (96, 20)), ("05 12:19", (100, 20, "10.0000"))],
      U2: [("05 12:18", (1, 20, 0, "0.0500")), ("05 12:19", (0, 20, 0))]}),
    ("twenty-two reviews",
     review("a", "05 10:00", buyer="B", product=1) + review("b", "05 11:00", buyer="B", product=2)
     + _crowd(20, product=5),
     {U1: [("05 12:17", (93, 20)), ("05 12:18", (97, 20)), ("05 12:19", (100, 20))]}),
    ("without a buyer each is alone",
     many(22, lambda n: review(f"r{n:02d}", "05 12:00", product=5)),
     {U1: [("05 12:00", (110, 22))]}),
    ("another buyer", review("first", "05 10:00", buyer="A", product=1) + _crowd(20, product=5),
     {U1: [("05 13:00", (101, 21))]}),
    ("one of the twenty is excluded",
     review("first", "05 10:00", buyer="B", product=1) + _crowd(20, product=5)
     + excluded("r07", "05 14:00", id="x") + retracted("x", "05 15:00"),
     {U1: [("05 13:59:59", (100, 20)), ("05 14:00", (96, 20)), ("05 15:00", (100, 20))]}),
    ("default ones crowd nobody out",
     review("first", "05 10:00", buyer="B", product=1) + _crowd(19, product=5)
     + review("r19", "05 12:30", buyer="B", default=True, product=5),
     {U1: [("05 13:00", (96, 20))]}),
    ("one that is edited becomes the latest",
     review("first", "05 10:00", buyer="B", product=1) + _crowd(20, product=5)
     + review("first", "05 14:00", buyer="B", product=2),
     {U1: [("05 13:00", (100, 20)), ("05 14:00", (97, 20))]}),
    ("the buyer is that of the first writing",
     review("first", "05 10:00", buyer="B", product=1) + _crowd(20, product=5)
     + review("first", "05 11:00", buyer="A", product=3),
     {U1: [("05 13:00", (100, 20))]}),
    ("at one instant the higher id is the later",
     many(21, lambda n: review(f"r{n:02d}", "05 12:00", buyer="B", product=5 if n else 1)),
     {U1: [("05 12:00", (100, 20))]}),
    ("those without that star crowd out as well",
     review("first", "05 10:00", buyer="B", product=1) + _crowd(20, courier=5),
     {U1: [("05 12:18", (1, 1)), ("05 12:19", NONE)], COURIER: [("05 12:19", (100, 20))]}),
    ("those behind the window crowd out as well",
     review("first", "04 10:00", buyer="B", product=1) + _crowd(20, product=5),
     {U1: [(("05 12:18", "official"), (1, 1)), (("05 12:19", "official"), NONE),
           (("06 00:00", "official"), (100, 20))]}),
]

CASES = (CHATS + RECONTACTS + RESPONSES + WORK_ORDERS + AUDITS + DURATIONS + RATINGS + DISPUTES
         + RETURNS + REVIEWS)

# The night by the store's own clock.
ELSEWHERE = [
    ("America/Sao_Paulo", [
        ("22:59:59.999999 there", chat("05 09:59:59.999999"), {C1: [("05 11:00", "bad")]}),
        ("23:00 there", chat("05 10:00"), {C1: [("05 11:00", "out")]}),
        ("08:59:59.999999 there", chat("05 19:59:59.999999"), {C1: [("05 21:00", "out")]}),
        ("09:00 there", chat("05 20:00"), {C1: [("05 21:00", "bad")]})]),
    # 10 March: at 02:00 the clock goes on at 03:00.
    ("America/New_York", [
        ("08:59:59.999999 by summer time", chat("2024-03-10T12:59:59.999999Z"),
         {C1: [("2024-03-10T15:00:00Z", "out")]}),
        ("09:00 by summer time", chat("2024-03-10T13:00:00Z"),
         {C1: [("2024-03-10T15:00:00Z", "bad")]}),
        ("09:00 by winter time", chat("2024-03-09T14:00:00Z"),
         {C1: [("2024-03-09T15:00:00Z", "bad")]}),
        ("08:59:59.999999 by winter time", chat("2024-03-09T13:59:59.999999Z"),
         {C1: [("2024-03-09T15:00:00Z", "out")]})]),
    ("Asia/Kathmandu", [
        ("22:59:59 with a quarter", chat("2024-03-05T17:14:59Z"),
         {C1: [("2024-03-05T18:00:00Z", "bad")]}),
        ("23:00 with a quarter", chat("2024-03-05T17:15:00Z"),
         {C1: [("2024-03-05T18:00:00Z", "out")]})]),
]

# metric: unit, which way is better, days
DESCRIPTIONS = {
    A1: ("hours", "lower", 30),
    A2: ("ratio", "higher", 180),
    A2T: ("ratio", "higher", 30),
    A3: ("ratio", "lower", 30),
    A4: ("ratio", "higher", 30),
    W1: ("ratio", "higher", 30),
    C1: ("ratio", "higher", 30),
    C2: ("seconds", "lower", 30),
    C3: ("ratio", "higher", 30),
    C4: ("ratio", "higher", 30),
    D1: ("ratio", "lower", 30),
    D2: ("ratio", "higher", 30),
    D3: ("ratio", "higher", 30),
    U1: ("rating", "higher", 30),
    U2: ("ratio", "lower", 30),
    U3: ("ratio", "lower", 30),
    DESCRIPTION: ("rating", "higher", 30),
    COURIER: ("rating", "higher", 30),
    LOGISTICS: ("rating", "higher", 30),
}
MEANS = {A1, C2, U1, DESCRIPTION, COURIER, LOGISTICS}


# --- Checks -----------------------------------------------------------------------------------


def questions(checks):
    """(instant, basis, {metric: expected}), each instant and basis once."""
    asked = {}
    for metric, moments in checks.items():
        for when, expected in moments:
            moment, basis = when if isinstance(when, tuple) else (when, "live")
            asked.setdefault((utc(moment), basis), {})[metric] = expected
    return [(moment, basis, wanted) for (moment, basis), wanted in asked.items()]


def members(metric, expected):
    """The members that a metric must show."""
    numbers = DECISIONS.get(expected) if isinstance(expected, str) else expected
    names = ("amount", "valid", "value") if metric in MEANS else ("good", "valid", "pending",
                                                                  "value")
    wanted = dict(zip(names, numbers))
    if wanted["valid"] == 0:
        wanted["value"] = None
    return wanted


def check(failures, what, metric, expected, shown):
    if shown is None:
        failures.append(f"{what}: {metric} is not shown")
        return
    expect(failures, f"{what} {metric}", members(metric, expected), shown)
    has = {"amount"} if metric in MEANS else {"good", "pending", "value_worst"}
    odd = {"amount", "good", "pending", "value_worst"} & set(shown) ^ has
    if odd:
        failures.append(f"{what} {metric}: there or missing: {odd}")


def ask(service, store, moment, basis="live"):
    answer = service.get(f"/v1/stores/{store}/score?as_of={moment}&basis={basis}")
    assert answer.status == 200, answer
    return answer.json()


def run_cases(service, failures, cases, prefix, zone=SHANGHAI):
    for number, (what, events, checks) in enumerate(cases):
        store = f"{prefix}{number}"
        fill(service, store, events, time_zone=zone)
        for moment, basis, wanted in questions(checks):
            shown = oracle.metrics_of(ask(service, store, moment, basis))
            for metric, expected in wanted.items():
                check(failures, f"{what} ({store}) at {moment} {basis}", metric, expected,
                      shown.get(metric))


def run_oracle(failures, cases, zone=SHANGHAI):
    for what, events, checks in cases:
        facts = oracle.admit((event, instant(AFTER)) for event in events)[1]
        for moment, basis, wanted in questions(checks):
            shown = oracle_tickets.score(facts, zone, instant(moment), basis)["metrics"]
            for metric, expected in wanted.items():
                check(failures, f"{what} at {moment} {basis}", metric, expected, shown[metric])


# --- Tests ------------------------------------------------------------------------------------


def test_the_oracle_knows_the_examples():
    failures = []
    run_oracle(failures, CASES)
    for zone, cases in ELSEWHERE:
        run_oracle(failures, cases, zone)
    report(failures)


def test_examples():
    failures = []
    with Service(new_database(), clock_start=AFTER) as service:
        run_cases(service, failures, CASES, "c")
        for number, (zone, cases) in enumerate(ELSEWHERE):
            run_cases(service, failures, cases, f"z{number}-", zone)
        status, output = verify(service.uri)
        assert status == 0, output
    report(failures)


def test_examples_that_arrive_backwards():
    """Retractions, closings and replies before what they belong to: the last instants again."""
    failures = []
    backwards = [(what, events[::-1], {metric: moments[-1:] for metric, moments in checks.items()})
                 for what, events, checks in CASES]
    with Service(new_database(), clock_start=AFTER) as service:
        run_cases(service, failures, backwards, "b")
        status, output = verify(service.uri)
        assert status == 0, output
    report(failures)


def test_every_metric_of_the_contract_is_shown():
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s")
        answer = ask(service, "s", utc("05 12:00"))
        shown = oracle.metrics_of(answer)
        failures = []
        for metric, (unit, better, days) in DESCRIPTIONS.items():
            none = ({"amount": 0, "valid": 0} if metric in MEANS else
                    {"good": 0, "valid": 0, "pending": 0, "value_worst": None})
            expect(failures, metric, {"unit": unit, "better": better, "sample": "none",
                                      "value": None, "points": None, "window": {"days": days},
                                      **none}, shown.get(metric, {}))
        report(failures)
        assert A2T in answer["metrics"], "beside the composite"


def test_windows_are_shown():
    with Service(new_database(), clock_start=AFTER) as service:
        service.put_store("s")
        failures = []
        for basis, last in (("live", "2024-03-05T16:00:00Z"), ("official", "2024-03-04T16:00:00Z")):
            shown = oracle.metrics_of(ask(service, "s", utc("05 12:00"), basis))
            for metric, (_, _, days) in DESCRIPTIONS.items():
                first = rfc3339(instant(last) - days * 24 * HOUR)
                expect(failures, f"{basis} {metric}",
                       {"window": {"from": first, "to": last, "days": days}}, shown[metric])
        report(failures)


def test_samples():
    """none, very_low 1-9, low 10-29, full from 30, by what is valid: pending ones are not."""
    with Service(new_database(), clock_start=AFTER) as service:
        failures = []
        for count, sample in ((1, "very_low"), (9, "very_low"), (10, "low"), (29, "low"),
                              (30, "full")):
            events = many(count, lambda n: ticket("work_order", "05 10:00", ("replied", "05 11:00"),
                                                  name=f"T{n}"))
            events += many(count, lambda n: ticket("work_order", "05 10:30", name=f"P{n}"))
            fill(service, f"s{count}", events)
            shown = oracle.metrics_of(ask(service, f"s{count}", utc("05 12:00")))
            expect(failures, f"{count}", {
                "good": count, "valid": count, "pending": count, "sample": sample,
                "value": "1.0000", "value_worst": "0.5000"}, shown[W1])
        report(failures)


def test_next_change():
    """Midnight, or a microsecond after the mark of a ticket that is undecided and in the window."""
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", chat("05 10:00") + ticket("work_order", "05 10:00:10", name="W")
             + ticket("return", "04 10:00:20", name="R")
             + ticket("refund", "04 10:00", ("audited", "04 11:00"), name="F"))
        for moment, basis, change in (
                ("04 10:00:20", "live", "05 00:00"),
                ("05 00:00", "live", "05 10:00:20.000001"),
                ("05 10:00", "live", "05 10:00:20.000001"),
                ("05 10:00:20.000001", "live", "05 10:00:30.000001"),
                ("05 10:00:30", "live", "05 10:00:30.000001"),
                ("05 10:00:30.000001", "live", "05 10:03:00.000001"),
                ("05 10:03:00.000001", "live", "05 13:00:10.000001"),
                ("05 13:00:10.000001", "live", "06 00:00"),
                ("05 10:00", "official", "05 10:00:20.000001"),
                ("05 10:00:20.000001", "official", "06 00:00")):
            got = ask(service, "s", utc(moment), basis)["next_change_at"]
            assert got == utc(change), (moment, basis, got, utc(change))


def test_feeds():
    """ticket.* is the tickets feed; reviews and their exclusions are of the orders feed."""
    with Service(new_database(), clock_start=AFTER) as service:
        fill(service, "s", chat("05 10:00", ("asked", "05 11:00"))
             + review("a", "05 12:00", product=5) + excluded("a", "05 13:00"))
        for moment, orders, tickets in (("05 09:59:59", None, None), ("05 10:30", None, "05 10:00"),
                                        ("05 12:00", "05 12:00", "05 11:00"),
                                        ("05 13:00", "05 13:00", "05 11:00")):
            got = ask(service, "s", utc(moment))["data_through"]
            assert got == {"orders": orders and utc(orders), "collections": None,
                           "tickets": tickets and utc(tickets)}, (moment, got)


def test_a_policy_of_other_limits():
    """Limits, kinds and hours are the policy's: a new version counts anew what is there already."""
    with Service(new_database(), clock_start=at("06 12:00")) as service:
        policy = service.get("/v1/policies/jd").json()
        policy["id"] = "ours"

        def put():
            answer = service.put("/v1/policies/ours", policy)
            assert answer.status in (200, 201), answer
            return {metric["id"]: metric for factor in policy["factors"]
                    for metric in factor["metrics"]}

        def shown():
            answer = service.get("/v1/stores/s/score").json()
            past = service.get(f"/v1/stores/s/score?as_of={answer['as_of']}").json()
            assert past == answer, (past, answer)
            got = oracle.metrics_of(answer)
            return [got[id]["good"] for id in (C1, W1, A3)] + [got[id]["valid"]
                                                               for id in (C1, W1, A3)]

        metrics = put()
        fill(service, "s", chat("05 10:00", ("replied", "05 10:00:40"), name="slow")
             + chat("05 23:30", ("replied", "05 23:30:10"), name="night")
             + ticket("work_order", "05 10:00", ("replied", "05 13:30"), name="W")
             + order("O", "04 10:00", ("delivered", "05 09:00"))
             + ticket("repair", "05 10:00", name="R") + ticket("refund", "05 10:00", name="F"),
             policy="ours")
        assert shown() == [0, 0, 1, 1, 1, 1]
        metrics[C1]["measure"]["seconds"] = 40
        metrics[W1]["measure"]["hours"] = 4
        metrics = put()
        assert shown() == [1, 1, 1, 1, 1, 1]
        metrics[C1]["measure"]["except"]["opened_between"] = ["00:00", "09:00"]
        metrics[A3]["measure"]["tickets"] = ["repair", "refund", "return"]
        metrics = put()
        assert shown() == [2, 1, 2, 2, 1, 1]
        metrics[C1]["window_days"] = 1
        put()
        assert shown() == [0, 1, 2, 0, 1, 1]
        status, output = verify(service.uri)
        assert status == 0, output


# --- Live -------------------------------------------------------------------------------------


def test_live_over_marks():
    """The clock runs over the marks of tickets that are still open: each turns from pending to bad
    behind its mark, and the answer equals that of its own as_of."""
    start = instant(at("05 14:00"))
    limits = {C1: ("chat", 30 * SECOND), C4: ("chat", 180 * SECOND),
              W1: ("work_order", 3 * HOUR), A4: ("return", 24 * HOUR)}
    marks = {metric: start + 1_500_000 + 200_000 * number for number, metric in enumerate(limits)}
    opened = {metric: marks[metric] - limit for metric, (_, limit) in limits.items()}
    with Service(new_database(), clock_start=rfc3339(start)) as service:
        fill(service, "s", [event for metric, (kind, _) in limits.items()
                            for event in ticket(kind, rfc3339(opened[metric]), name=metric)])
        now = start
        while now <= max(marks.values()):
            answer = service.get("/v1/stores/s/score").json()
            now = instant(answer["as_of"])
            past = service.get(f"/v1/stores/s/score?as_of={answer['as_of']}").json()
            assert past == answer, (past, answer)
            shown = oracle.metrics_of(answer)
            for metric, (kind, limit) in limits.items():
                ours = [opened[other] for other, (other_kind, _) in limits.items()
                        if other_kind == kind]
                late = sum(now > moment + limit for moment in ours)
                got = shown[metric]
                assert (got["good"], got["valid"], got["pending"]) == (0, late, len(ours) - late), (
                    metric, answer)


def test_live_sees_what_it_was_told():
    """Every answer after the COMMIT of an event holds it, also in a snapshot that was just made."""
    with Service(new_database(), clock_start=at("05 14:00")) as service:
        service.put_store("s")

        def tell(events):
            answer = service.post_events([{**event, "data": {**event["data"], "store": "s"}}
                                          for event in events])
            assert answer.status == 200 and answer.json()["accepted"] == len(events), answer

        def shown(*metrics):
            answer = service.get("/v1/stores/s/score").json()
            past = service.get(f"/v1/stores/s/score?as_of={answer['as_of']}").json()
            assert past == answer, (past, answer)
            got = oracle.metrics_of(answer)
            return [tuple(got[metric][name] for name in (
                ("amount", "valid") if metric in MEANS else ("good", "valid", "pending")))
                for metric in metrics]

        assert shown(W1, U1, C1, C2, A1, D1, D2) == [
            (0, 0, 0), NONE, (0, 0, 0), NONE, NONE, (0, 0, 0), (0, 0, 0)]
        tell(ticket("work_order", "05 13:00", name="W"))
        assert shown(W1) == [(0, 0, 1)]
        tell([step("ticket", "W", "ticket.replied", "05 13:30", id="reply")])
        assert shown(W1) == [(1, 1, 0)]
        tell(retracted("reply", "05 13:40"))
        assert shown(W1) == [(0, 0, 1)]
        tell([step("ticket", "W", "ticket.closed", "05 13:50", outcome="cancelled")])
        assert shown(W1) == [(0, 0, 0)]
        tell([step("ticket", "W", "ticket.reopened", "05 13:55")])
        assert shown(W1) == [(0, 0, 1)]

        tell(chat("05 13:00", name="second", buyer="B"))
        assert shown(C1, C2) == [(0, 1, 0), NONE]
        # The session before becomes known afterwards, and then its end.
        tell(chat("05 12:50", ("replied", "05 12:50:05"), name="first", buyer="B"))
        assert shown(C1, C2) == [(1, 2, 0), (5, 1)]
        tell([step("ticket", "first", "ticket.closed", "05 12:55", id="end")])
        assert shown(C1, C2) == [(1, 1, 0), (5, 1)]
        tell(retracted("end", "05 13:59"))
        assert shown(C1, C2) == [(1, 2, 0), (5, 1)]

        tell(review("first", "05 09:00", buyer="B", product=1) + _crowd(19, product=5))
        assert shown(U1) == [(96, 20)]
        tell(_crowd(1, first=19, product=5))
        assert shown(U1) == [(100, 20)]
        tell(excluded("r03", "05 13:00", id="x"))
        assert shown(U1) == [(96, 20)]
        tell(retracted("x", "05 13:30"))
        assert shown(U1) == [(100, 20)]

        tell(ticket("return", "05 10:00", ("audited", "05 11:00", _APPROVED),
                    ("processed", "05 13:00"), name="R"))
        assert shown(A1, A4) == [NONE, (1, 1, 0)]
        tell([step("ticket", "R", "ticket.buyer_shipped", "05 12:00")])
        assert shown(A1) == [(7200, 1)]
        tell(_ruled("merchant", name="D") + order("O", "05 09:00"))
        assert shown(D1) == [(1, 1, 0)]
        tell([step("ticket", "D", "ticket.closed", "05 13:00", outcome="settled")])
        assert shown(D1, D2) == [(0, 1, 0), (1, 1, 0)]
        status, output = verify(service.uri)
        assert status == 0, output


if __name__ == "__main__":
    main()
