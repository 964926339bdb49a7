#!/usr/bin/env python3
"""Events that must be refused: with the right status and pointer, and without a trace.

Every case is one test. It sends one faulty event alone, in a batch and as a line of a stream, and
compares the tables before and after.
"""

import copy
import datetime
import json

import harness
from harness import Service, ev, new_database, psql

CLOCK = datetime.datetime(2024, 1, 15, 4, tzinfo=datetime.timezone.utc)
PAID = "2024-01-15T10:00:00+08:00"
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"

UNPARSABLE = (400,)
INVALID = (422,)
EITHER = (400, 422)  # JSON to some parsers, not to others: refused in any case

_service = None


# --- one service, one count of what it stores -------------------------------------------------


def rows_stored():
    (row,) = psql(_service.uri, "select (select count(*) from event_keys),"
                                " (select count(*) from events)")
    return row


def post(body, media_type, **kwargs):
    headers = {"content-type": media_type} if media_type else {}
    return _service.request("POST", "/v1/events", body, headers, **kwargs)


def check_problem(reply, statuses, pointers=None):
    """The answer is a problem document of one of `statuses` that points at one of `pointers`."""
    assert reply.status in statuses, (reply.status, reply.body)
    assert reply.headers["content-type"].startswith("application/problem+json"), reply.headers
    problem = reply.json()
    assert problem["status"] == reply.status, problem
    for member in ("type", "title", "detail"):
        assert isinstance(problem[member], str) and problem[member], (member, problem)
    if pointers and reply.status == 422:
        check_errors(problem, pointers)


def check_errors(holder, pointers):
    errors = holder["errors"]
    assert errors, holder
    assert all(isinstance(e["detail"], str) and e["detail"] for e in errors), errors
    assert [e["pointer"] for e in errors if e["pointer"] in pointers], (pointers, errors)


def check_rejected(reply, index, pointers=None):
    """Exactly the event at `index` is rejected."""
    assert reply.status == 200, (reply.status, reply.body)
    body = reply.json()
    assert body["rejected"] == 1 and body["accepted"] == 0, body
    (result,) = body["results"]
    assert (result["index"], result["status"]) == (index, "rejected"), result
    if pointers:
        check_errors(result, pointers)
    else:
        assert result["errors"], result


def refused(text, statuses, pointers=None):
    """`text` (bytes) is refused alone, in a batch and as a line, and nothing is stored."""
    before = rows_stored()
    check_problem(post(text, STRUCTURED), statuses, pointers)
    reply = post(b"[" + text + b"]", BATCH)
    if reply.status == 200:
        assert statuses != UNPARSABLE, reply.body
        check_rejected(reply, 0, pointers)
    else:
        assert statuses != INVALID, (reply.status, reply.body)
        check_problem(reply, UNPARSABLE)
    if b"\n" not in text:
        check_rejected(post(text + b"\n", NDJSON), 0,
                       pointers if statuses == INVALID else None)
    assert rows_stored() == before


def taken(text):
    """The other side of a limit: the same event just inside is accepted."""
    reply = post(text, STRUCTURED)
    assert reply.status == 200, (reply.status, reply.body)
    assert reply.json()["accepted"] == 1, reply.body


def encoded(event):
    return json.dumps(event, ensure_ascii=False).encode()


def placed(**members):
    return ev("order.placed", PAID, {"store": "s1", "order": "A1", "paid_at": PAID, **members})


def with_member(event, pointer, value):
    """A copy of the event in which the member at `pointer` has another value."""
    event = copy.deepcopy(event)
    *path, last = [int(p) if p.isdigit() else p for p in pointer[1:].split("/")]
    holder = event
    for step in path:
        holder = holder[step]
    holder[last] = value
    return event


def without_member(event, pointer):
    event = copy.deepcopy(event)
    *path, last = pointer[1:].split("/")
    holder = event
    for step in path:
        holder = holder[step]
    del holder[last]
    return event


def add_test(name, function, *arguments, **named):
    """Makes a case of a table a test of this module."""
    name = f"test_{name}"
    assert name not in globals(), name
    globals()[name] = lambda: function(*arguments, **named)


# --- bytes that are not an event --------------------------------------------------------------

GOOD = encoded(placed())

TEXTS = {
    "empty_body": (b"", UNPARSABLE),
    "broken_json": (GOOD.replace(b'"data":', b'"data"'), UNPARSABLE),
    "truncated_json": (GOOD[:-1], UNPARSABLE),
    "truncated_string": (GOOD[:40], UNPARSABLE),
    "trailing_text": (GOOD + b"}", UNPARSABLE),
    "two_documents": (GOOD + b" " + GOOD, UNPARSABLE),
    "trailing_comma": (GOOD[:-1] + b",}", UNPARSABLE),
    "comment": (GOOD[:-1] + b"/* note */}", UNPARSABLE),
    "single_quotes": (GOOD.replace(b'"', b"'"), UNPARSABLE),
    "nan": (GOOD.replace(b'"A1"', b"NaN"), UNPARSABLE),
    "leading_zero": (GOOD.replace(b'"A1"', b"01"), UNPARSABLE),
    "byte_order_mark": (b"\xef\xbb\xbf" + GOOD, UNPARSABLE),
    "utf16": (GOOD.decode().encode("utf-16-le"), UNPARSABLE),
    "bad_utf8": (GOOD.replace(b"A1", b"A\xff"), UNPARSABLE),
    "truncated_utf8": (GOOD.replace(b"A1", b"A\xc3"), UNPARSABLE),
    "overlong_utf8": (GOOD.replace(b"A1", b"A\xc0\x80"), UNPARSABLE),
    "surrogate_in_utf8": (GOOD.replace(b"A1", b"A\xed\xa0\x80"), UNPARSABLE),
    "beyond_unicode": (GOOD.replace(b"A1", b"\xf4\x90\x80\x80"), UNPARSABLE),
    "raw_nul": (GOOD.replace(b"A1", b"A\x00"), UNPARSABLE),
    "raw_nul_after_the_event": (GOOD + b"\x00", UNPARSABLE),
    "raw_control_byte": (GOOD.replace(b"A1", b"A\x01"), UNPARSABLE),
    "escaped_nul": (GOOD.replace(b"A1", b"A\\u0000"), EITHER),
    "escaped_nul_in_an_unknown_member": (GOOD.replace(b'"A1"', b'"A1","note":"\\u0000"'), EITHER),
    "escaped_nul_in_a_name": (GOOD.replace(b'"A1"', b'"A1","n\\u0000":1'), EITHER),
    "lone_high_surrogate": (GOOD.replace(b"A1", b"A\\ud800"), EITHER),
    "lone_low_surrogate": (GOOD.replace(b"A1", b"A\\udc00"), EITHER),
    "duplicate_attribute": (GOOD.replace(b'"type"', b'"source":"oms","type"'), EITHER),
    "duplicate_member_of_data": (GOOD.replace(b'"order"', b'"order":"A0","order"'), EITHER),
    "duplicate_key_by_escape": (GOOD.replace(b'"order"', b'"\\u006frder":"A0","order"'), EITHER),
    "real_beyond_double": (GOOD.replace(b'"A1"', b'"A1","note":1e400'), EITHER),
    "a_string": (b'"event"', EITHER),
    "a_number": (b"5", EITHER),
    "null": (b"null", EITHER),
    "an_empty_object": (b"{}", INVALID),
}


def not_in_a_batch(text, statuses):
    """Texts that mean something else between brackets or on a line: alone only."""
    before = rows_stored()
    check_problem(post(text, STRUCTURED), statuses)
    assert rows_stored() == before


for _name, (_text, _statuses) in TEXTS.items():
    _alone = _name in ("empty_body",)
    add_test(_name, not_in_a_batch if _alone else refused, _text, _statuses)


def test_array_for_a_single_event():
    before = rows_stored()
    check_problem(post(b"[" + GOOD + b"]", STRUCTURED), EITHER)
    assert rows_stored() == before


def test_object_for_a_batch():
    before = rows_stored()
    check_problem(post(GOOD, BATCH), EITHER)
    assert rows_stored() == before


def test_faulty_neighbours_in_a_stream():
    """Each faulty line is rejected with its index, the good ones around it are taken."""
    good = [encoded(placed()) for _ in range(3)]
    body = b"\n".join([good[0], b"{", good[1], encoded(placed(store=5)), good[2]])
    reply = post(body, NDJSON)
    assert reply.status == 200, reply.body
    counts = reply.json()
    assert (counts["accepted"], counts["rejected"]) == (3, 2), counts
    assert [r["index"] for r in counts["results"]] == [1, 3], counts
    check_errors(counts["results"][1], ("/data/store",))


# --- depth ------------------------------------------------------------------------------------


def nested(depth):
    """An event whose deepest member lies at `depth`; the event itself is 1, its data 2."""
    arrays = depth - 2
    return encoded(placed(note="?")).replace(b'"?"', b"[" * arrays + b"]" * arrays)


def test_depth_of_32():
    taken(nested(32))


for _depth in (33, 1000, 100_000):
    add_test(f"depth_of_{_depth}", refused, nested(_depth), EITHER)


# --- attributes -------------------------------------------------------------------------------


def refused_member(pointer, value):
    refused(encoded(with_member(placed(), pointer, value)), INVALID, (pointer,))


def refused_without(event, pointer, pointers):
    refused(encoded(without_member(event, pointer)), INVALID, pointers)


for _attribute in ("specversion", "id", "source", "type", "time", "data"):
    _pointers = ("/data", "/data/store") if _attribute == "data" else (f"/{_attribute}",)
    add_test(f"{_attribute}_missing", refused_without, placed(), f"/{_attribute}", _pointers)
    for _value in (5, True, [], None) if _attribute == "data" else (5, True, [], {}, None):
        _type = type(_value).__name__
        add_test(f"{_attribute}_as_{_type}", refused,
                 encoded(with_member(placed(), f"/{_attribute}", _value)), INVALID, _pointers)

for _attribute in ("specversion", "id", "source", "type", "time"):
    add_test(f"{_attribute}_empty", refused_member, f"/{_attribute}", "")

for _version in ("0.3", "1.1", "2.0", "1"):
    add_test(f"specversion_{_version}", refused_member, "/specversion", _version)


# --- times ------------------------------------------------------------------------------------


def after_clock(**delta):
    return (CLOCK + datetime.timedelta(**delta)).isoformat()


TIMES = {
    "without_a_zone": "2024-01-15T10:00:00",
    "as_a_date": "2024-01-15",
    "without_seconds": "2024-01-15T10:00Z",
    "as_text": "yesterday",
    "as_unix_seconds": "1705284000",
    "feb_30": "2023-02-30T10:00:00Z",
    "feb_29_of_a_common_year": "2023-02-29T10:00:00Z",
    "month_13": "2023-13-01T10:00:00Z",
    "month_0": "2023-00-01T10:00:00Z",
    "day_0": "2023-01-00T10:00:00Z",
    "hour_24": "2023-01-01T24:00:00Z",
    "minute_60": "2023-01-01T10:60:00Z",
    "leap_second": "2016-12-31T23:59:60Z",
    "second_61": "2023-01-01T10:00:61Z",
    "offset_of_24_hours": "2023-01-01T10:00:00+24:00",
    "offset_without_minutes": "2023-01-01T10:00:00+08",
    "empty_fraction": "2023-01-01T10:00:00.Z",
    "trailing_blank": "2023-01-01T10:00:00Z ",
    "year_1999": "1999-12-31T12:00:00Z",
    "year_2101": "2101-01-01T12:00:00Z",
    "year_of_five_digits": "12024-01-15T10:00:00Z",
}

for _name, _time in TIMES.items():
    add_test(f"time_{_name}", refused_member, "/time", _time)
    add_test(f"paid_at_{_name}", refused_member, "/data/paid_at", _time)
    add_test(f"promised_at_{_name}", refused_member, "/data/promised_at", _time)

# The clock runs on while the suite does, so the near side of the limit has some room.
for _pointer in ("/time", "/data/paid_at"):
    _member = _pointer.split("/")[-1]
    add_test(f"{_member}_a_day_ahead", refused_member, _pointer, after_clock(days=1))
    add_test(f"{_member}_twenty_minutes_ahead", refused_member, _pointer, after_clock(minutes=20))
    add_test(f"{_member}_almost_five_minutes_ahead", taken,
             encoded(with_member(placed(), _pointer, after_clock(minutes=4, seconds=59))))


def test_promise_and_presale_may_lie_ahead():
    taken(encoded(placed(promised_at=after_clock(days=3), presale_until=after_clock(days=30))))


def test_times_at_the_edges_are_taken():
    taken(encoded(with_member(placed(), "/time", "2000-01-02T00:00:00+08:00")))
    taken(encoded(with_member(placed(), "/time", "2020-02-29T23:59:59.999999999-11:30")))
    taken(encoded(placed(promised_at="2100-12-30T00:00:00Z")))


# --- ids --------------------------------------------------------------------------------------


def limit_of_200_bytes(event, pointer):
    """200 bytes of UTF-8 are an id, one more is none, whatever the number of characters."""
    for text in ("x" * 200, "é" * 100):
        taken(encoded(with_member({**event, "id": f"{pointer} {text[0]}"}, pointer, text)))
    for text in ("y" * 201, "é" * 100 + "y", "店" * 67, "y" * 100_000):
        refused(encoded(with_member(event, pointer, text)), INVALID, (pointer,))


def an_order(event_type, /, **members):
    return ev(event_type, PAID, {"store": "s1", "order": "A1", **members})


def a_ticket(event_type, /, **members):
    return ev(event_type, PAID, {"store": "s1", "ticket": "T1", **members})


STARS = {"product": 5, "description": 4, "service": 3, "courier": 2, "logistics": 1}

add_test("id_length", lambda: limit_of_200_bytes(placed(), "/id"))
add_test("source_length", lambda: limit_of_200_bytes(placed(), "/source"))
add_test("order_length", lambda: limit_of_200_bytes(placed(), "/data/order"))
add_test("ticket_length",
         lambda: limit_of_200_bytes(a_ticket("ticket.asked"), "/data/ticket"))
add_test("review_length",
         lambda: limit_of_200_bytes(ev("review.excluded", PAID, {"store": "s1", "review": "R"}),
                                    "/data/review"))
add_test("order_empty", refused_member, "/data/order", "")

# --- stores -----------------------------------------------------------------------------------

add_test("store_unknown", refused_member, "/data/store", "nowhere")
add_test("store_empty", refused_member, "/data/store", "")
add_test("store_too_long", refused_member, "/data/store", "s" * 201)
add_test("store_of_an_unknown_type", refused,
         encoded(ev("courier.sneezed", PAID, {"store": "nowhere"})), INVALID, ("/data/store",))
add_test("store_missing_in_an_unknown_type", refused,
         encoded(ev("courier.sneezed", PAID, {"loud": True})), INVALID, ("/data/store",))


def test_store_outside_the_key():
    reply = _service.post_json("/v1/keys", {"role": "ingest", "stores": ["s1"], "name": "only s1"})
    assert reply.status == 201, reply.body
    key = reply.json()["key"]
    before = rows_stored()
    foreign = encoded(placed(store="s2"))
    check_problem(post(foreign, STRUCTURED, key=key), INVALID, ("/data/store",))
    check_rejected(post(b"[" + foreign + b"]", BATCH, key=key), 0, ("/data/store",))
    check_rejected(post(foreign + b"\n", NDJSON, key=key), 0, ("/data/store",))
    assert rows_stored() == before
    assert post(encoded(placed()), STRUCTURED, key=key).json()["accepted"] == 1


# --- data: wrong types, wrong values, missing members -----------------------------------------

TEXT, WHOLE, FLAG, WHEN, OBJECT, LIST = "text", "whole", "flag", "when", "object", "list"

WRONG = {
    TEXT: [5, True, ["x"], {"x": 1}],
    WHOLE: ["1", 1.5, True, [1], {}, 1e30, 2**63, 10**30, -(10**30)],
    FLAG: ["true", 1, [], {}],
    WHEN: [1705284000, True, "soon", [], "2024-01-15 at ten"],
    OBJECT: ["x", 5, True, [1]],
    LIST: ["x", 5, True, {"sku": "K1"}],
}


def one_of(*values):
    return values


PLACED = an_order("order.placed", payment="prepaid", paid_at=PAID, presale_until=PAID,
                  promised_at=PAID, fulfilment="merchant", test=False, warehouse="W", buyer="B",
                  parcels=1, lines=[{"sku": "K1", "quantity": 1, "supplier": "P"}])

# event, required members, what each member must be
VOCABULARY = [
    (PLACED, ("store", "order"),
     {"store": TEXT, "order": TEXT, "payment": one_of("prepaid", "cod"), "paid_at": WHEN,
      "presale_until": WHEN, "promised_at": WHEN,
      "fulfilment": one_of("merchant", "platform", "pickup", "virtual"), "test": FLAG,
      "warehouse": TEXT, "buyer": TEXT, "parcels": WHOLE, "lines": LIST, "lines/0": OBJECT,
      "lines/0/sku": TEXT, "lines/0/quantity": WHOLE, "lines/0/supplier": TEXT}),
    (an_order("order.paid"), ("store", "order"), {"store": TEXT, "order": TEXT}),
    (an_order("order.promised", promised_at=PAID), ("store", "order", "promised_at"),
     {"order": TEXT, "promised_at": WHEN}),
    (an_order("order.shipped", parcel="1", carrier="sf", waybill="SF1"), ("store", "order"),
     {"order": TEXT, "parcel": TEXT, "carrier": TEXT, "waybill": TEXT}),
    (an_order("order.collected", parcel="1", carrier="sf", waybill="SF1"), ("store", "order"),
     {"order": TEXT, "parcel": TEXT, "carrier": TEXT, "waybill": TEXT}),
    (an_order("order.delivered", parcel="1"), ("store", "order"), {"order": TEXT, "parcel": TEXT}),
    (an_order("order.cancelled", by="buyer", reason="r"), ("store", "order"),
     {"order": TEXT, "by": one_of("buyer", "merchant", "platform"), "reason": TEXT}),
    (an_order("order.reviewed", review="R1", buyer="B", default=False, stars=STARS),
     ("store", "review", "stars"),
     {"review": TEXT, "buyer": TEXT, "default": FLAG, "stars": OBJECT,
      **{f"stars/{name}": WHOLE for name in STARS}}),
    (ev("review.excluded", PAID, {"store": "s1", "review": "R1", "reason": "r"}),
     ("store", "review"), {"review": TEXT, "reason": TEXT}),
    (a_ticket("ticket.opened", kind="return", order="A1", buyer="B", sku="K", reason="r",
              channel="app", left_message=False), ("store", "ticket", "kind"),
     {"ticket": TEXT, "kind": one_of("return", "exchange", "repair", "refund", "resend",
                                     "work_order", "chat", "dispute"),
      "order": TEXT, "buyer": TEXT, "sku": TEXT, "reason": TEXT, "channel": TEXT,
      "left_message": FLAG}),
    (a_ticket("ticket.asked"), ("store", "ticket"), {"ticket": TEXT}),
    (a_ticket("ticket.replied", by="human", agent="Li", group="G"), ("store", "ticket"),
     {"ticket": TEXT, "by": one_of("human", "bot"), "agent": TEXT, "group": TEXT}),
    (a_ticket("ticket.audited", outcome="approved"), ("store", "ticket"),
     {"ticket": TEXT, "outcome": one_of("approved", "rejected")}),
    (a_ticket("ticket.buyer_shipped"), ("store", "ticket"), {"ticket": TEXT}),
    (a_ticket("ticket.received"), ("store", "ticket"), {"ticket": TEXT}),
    (a_ticket("ticket.processed", outcome="refunded", full_refund=True,
              cost={"amount": 5, "currency": "CNY"}, agent="Li", group="G"), ("store", "ticket"),
     {"ticket": TEXT,
      "outcome": one_of("refunded", "exchanged", "repaired", "resent", "compensated"),
      "full_refund": FLAG, "cost": OBJECT, "cost/amount": WHOLE, "cost/currency": TEXT,
      "agent": TEXT, "group": TEXT}),
    (a_ticket("ticket.escalated"), ("store", "ticket"), {"ticket": TEXT}),
    (a_ticket("ticket.ruled", liability="both"), ("store", "ticket", "liability"),
     {"ticket": TEXT, "liability": one_of("merchant", "buyer", "both", "none")}),
    (a_ticket("ticket.appealed", won=True), ("store", "ticket", "won"),
     {"ticket": TEXT, "won": FLAG}),
    (a_ticket("ticket.timed_out", phase="reply"), ("store", "ticket"),
     {"ticket": TEXT, "phase": one_of("reply", "evidence", "execution")}),
    (a_ticket("ticket.closed", outcome="done"), ("store", "ticket"),
     {"ticket": TEXT, "outcome": one_of("done", "cancelled", "forced", "settled")}),
    (a_ticket("ticket.reopened"), ("store", "ticket"), {"ticket": TEXT}),
    (a_ticket("ticket.rated", stars=5, channel="sms"), ("store", "ticket", "stars"),
     {"ticket": TEXT, "stars": WHOLE, "channel": TEXT}),
    (ev("event.retracted", PAID, {"store": "s1", "source": "oms", "id": "x", "reason": "r"}),
     ("store", "source", "id"), {"source": TEXT, "id": TEXT, "reason": TEXT}),
    (ev("feed.alive", PAID, {"store": "s1", "feed": "orders", "through": PAID}),
     ("store", "feed", "through"),
     {"feed": one_of("orders", "collections", "tickets"), "through": WHEN}),
]


def wrong_values(event, pointer, must_be):
    if isinstance(must_be, tuple):
        values = [5, True, [], "", "other", must_be[0].upper()]
        values = [v for v in values if v not in must_be]
    else:
        values = WRONG[must_be]
    for value in values:
        # A whole number beyond 64 bits may fail as JSON already.
        huge = isinstance(value, (int, float)) and abs(value) >= 2**63
        refused(encoded(with_member(event, pointer, value)), EITHER if huge else INVALID,
                (pointer,))
    if must_be == WHOLE:
        text = encoded(with_member(event, pointer, "?"))
        refused(text.replace(b'"?"', b"1e400"), EITHER, (pointer,))


def missing_member(event, member):
    pointer = f"/data/{member}"
    refused(encoded(without_member(event, pointer)), INVALID, (pointer,))
    refused(encoded(with_member(event, pointer, None)), INVALID, (pointer,))


for _event, _required, _members in VOCABULARY:
    _kind = _event["type"].replace(".", "_")
    add_test(f"{_kind}_itself_is_fine", taken, encoded(_event))
    for _member in _required:
        add_test(f"{_kind}_without_{_member}", missing_member, _event, _member)
    for _member, _must_be in _members.items():
        add_test(f"{_kind}_wrong_{_member.replace('/', '_')}", wrong_values, _event,
                 f"/data/{_member}", _must_be)


def out_of_range(event, pointer, values):
    for value in values:
        refused(encoded(with_member(event, pointer, value)), INVALID, (pointer,))


for _name in STARS:
    add_test(f"stars_{_name}_out_of_range", out_of_range,
             an_order("order.reviewed", review="R1", stars=STARS), f"/data/stars/{_name}",
             (0, 6, -1, 255, 257, 2**32 + 1))
add_test("ticket_stars_out_of_range", out_of_range, a_ticket("ticket.rated", stars=5),
         "/data/stars", (0, 6, -1, 261, 2**32 + 5))
add_test("parcels_out_of_range", out_of_range, PLACED, "/data/parcels", (0, -1, -(2**32) + 1))


# --- requests ---------------------------------------------------------------------------------


def refused_request(reply_of, status, **headers):
    before = rows_stored()
    reply = reply_of()
    check_problem(reply, (status,))
    for name, part in headers.items():
        assert part in reply.headers[name], reply.headers
    assert rows_stored() == before


for _media_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", None):
    _name = (_media_type or "none").replace("/", "_").replace("-", "_")
    add_test(f"media_type_{_name}", refused_request,
             lambda media_type=_media_type: post(GOOD, media_type), 415)

add_test("events_deleted", refused_request,
         lambda: _service.request("DELETE", "/v1/events"), 405, allow="POST")
add_test("score_posted", refused_request,
         lambda: _service.request("POST", "/v1/stores/s1/score", "{}"), 405, allow="GET")
add_test("livez_put", refused_request,
         lambda: _service.request("PUT", "/livez", "{}"), 405, allow="GET")

for _name, _path in {"route": "/v1/nothing", "version": "/v2/events", "resource": "/v1/stores/s1/x",
                     "slash_at_the_end": "/v1/events/", "double_slash": "/v1//events"}.items():
    add_test(f"unknown_{_name}", refused_request,
             lambda path=_path: _service.request("GET", path), 404)


if __name__ == "__main__":
    with Service(new_database(), clock_start=CLOCK) as _service:
        _service.put_store("s1")
        _service.put_store("s2")
        harness.main()
