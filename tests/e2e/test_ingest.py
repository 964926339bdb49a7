#!/usr/bin/env python3
"""POST /v1/events: the four forms, the outcomes of an event, limits, and streams that break off."""

import json
import os
import socket
import time
import urllib.parse

import harness
from harness import ADMIN_KEY, Service, ev, new_database, psql, verify

CLOCK = "2024-01-15T12:00:00+08:00"
PAID = "2024-01-15T10:00:00+08:00"
LATER = "2024-01-15T11:00:00+08:00"

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"

KIB = 1024
POLL_LIMIT_S = 30


class shop(Service):
    """A service on a fresh database that knows the stores s1 and s2."""

    def __init__(self, **kwargs):
        super().__init__(new_database(), clock_start=CLOCK, **kwargs)

    def __enter__(self):
        super().__enter__()
        self.put_store("s1")
        self.put_store("s2")
        return self


def placed(order, id=None, store="s1", source="oms", **members):
    data = {"store": store, "order": order, "paid_at": PAID, **members}
    return ev("order.placed", PAID, data, id=id or f"placed-{order}", source=source)


def send(service, body, media_type, query="", headers=None):
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    return service.request("POST", "/v1/events" + query, body,
                           {"content-type": media_type, **(headers or {})})


def lines(events):
    return "".join(json.dumps(e) + "\n" for e in events)


def tally(reply):
    """The outcome counts of a 200 reply, those that are not zero."""
    assert reply.status == 200, (reply.status, reply.body)
    body = reply.json()
    names = ("accepted", "duplicate", "conflict", "ignored", "rejected")
    assert set(body) >= {*names, "results"}, body
    return {name: body[name] for name in names if body[name] != 0}


def stored(service):
    """How many identities and bodies the database holds."""
    (row,) = psql(service.uri, "select (select count(*) from event_keys),"
                               " (select count(*) from events)")
    return int(row[0]), int(row[1])


def placed_today(service, store="s1"):
    return service.get(f"/v1/stores/{store}/backlog").json()["today"]["placed"]


def quarantine(service, query="?store=s1"):
    reply = service.get("/v1/quarantine" + query)
    assert reply.status == 200, (reply.status, reply.body)
    return reply.json()


# --- the four forms ---------------------------------------------------------------------------


def test_structured_reply():
    with shop() as service:
        reply = send(service, placed("A1", "e1"), STRUCTURED)
        assert reply.status == 200, reply.body
        assert reply.headers["content-type"].startswith("application/json"), reply.headers
        assert reply.json() == {
            "accepted": 1, "duplicate": 0, "conflict": 0, "ignored": 0, "rejected": 0,
            "results": [{"index": 0, "id": "e1", "status": "accepted"}]}, reply.body
        assert psql(service.uri, "select store_id, source, event_id from event_keys") == \
            [["s1", "oms", "e1"]]
        assert placed_today(service) == 1


def test_media_type_with_parameters_and_in_capitals():
    with shop() as service:
        for number, media_type in enumerate((STRUCTURED + "; charset=utf-8",
                                             "Application/CloudEvents+JSON")):
            reply = send(service, placed(f"A{number}"), media_type)
            assert tally(reply) == {"accepted": 1}, (media_type, reply.body)


def test_batch_lists_every_outcome_in_order():
    first = placed("A1", "e1")
    other_body = placed("A1", "e1", fulfilment="platform")
    unknown = ev("order.gift_wrapped", PAID, {"store": "s1", "order": "A1"}, id="u1")
    invalid = placed("A2", "bad", paid_at="yesterday")
    with shop() as service:
        reply = send(service, [first, first, other_body, unknown, invalid, placed("A3", "e3")],
                     BATCH)
        assert tally(reply) == {"accepted": 2, "duplicate": 1, "conflict": 1, "ignored": 1,
                                "rejected": 1}, reply.body
        results = reply.json()["results"]
        assert [r["index"] for r in results] == list(range(6)), results
        assert [r["id"] for r in results] == ["e1", "e1", "e1", "u1", "bad", "e3"], results
        assert [r["status"] for r in results] == \
            ["accepted", "duplicate", "conflict", "ignored", "rejected", "accepted"], results
        assert [e["pointer"] for e in results[4]["errors"]] == ["/data/paid_at"], results[4]
        assert stored(service) == (3, 3)
        # The first body of e1 holds: its order still counts.
        assert placed_today(service) == 2


def test_empty_batch_and_empty_stream():
    nothing = {"accepted": 0, "duplicate": 0, "conflict": 0, "ignored": 0, "rejected": 0,
               "results": []}
    with shop() as service:
        for body, media_type in (("[]", BATCH), ("", NDJSON), ("\n\r\n\n", NDJSON)):
            reply = send(service, body, media_type)
            assert reply.status == 200, (body, reply.status, reply.body)
            assert reply.json() == nothing, (body, reply.body)
        assert stored(service) == (0, 0)


def test_binary_form_decodes_its_headers_once():
    event = placed("A1", "50% off é 店/a+b", source="oms/näch")
    headers = {"ce-" + name: urllib.parse.quote(event[name], safe=":")
               for name in ("specversion", "id", "source", "type", "time")}
    with shop() as service:
        reply = send(service, event["data"], "application/json", headers=headers)
        assert tally(reply) == {"accepted": 1}, reply.body
        assert reply.json()["results"][0]["id"] == event["id"], reply.body
        assert psql(service.uri, "select event_id, source from event_keys") == \
            [[event["id"], event["source"]]]
        # Read once only: what decodes to "%41" stays "%41".
        twice = {**headers, "ce-id": "%2541"}
        assert tally(send(service, event["data"], "application/json", headers=twice)) == \
            {"accepted": 1}
        assert psql(service.uri, "select count(*) from event_keys where event_id = '%41'") == \
            [["1"]]


def test_binary_form_refuses_headers_that_are_not_text():
    event = placed("A1")
    with shop() as service:
        for wrong in ("%FF", "%C0%80", "%ED%A0%80", "%00", "a%0"):
            headers = {"ce-" + name: event[name] for name in ("specversion", "source", "type",
                                                              "time")}
            headers["ce-id"] = wrong
            reply = send(service, event["data"], "application/json", headers=headers)
            assert reply.status in (400, 422), (wrong, reply.status, reply.body)
            assert reply.headers["content-type"].startswith("application/problem+json"), wrong
        assert stored(service) == (0, 0)


def test_ndjson_line_ends():
    one, two, three, four = (json.dumps(placed(f"A{n}")) for n in range(4))
    body = f"{one}\r\n\n{two}\n\r\n{three}\r\n\n\n{four}"  # blank lines; no newline at the end
    with shop() as service:
        reply = send(service, body, NDJSON)
        assert tally(reply) == {"accepted": 4}, reply.body
        assert reply.json()["results"] == [], reply.body
        assert stored(service) == (4, 4)


def test_ndjson_results_name_what_needs_attention():
    first = placed("A1", "e1")
    rows = [first, first, placed("A1", "e1", test=True),
            ev("order.gift_wrapped", PAID, {"store": "s1"}, id="u1"), placed("A2", "e2")]
    body = lines(rows) + "{not json}\n" + lines([placed("A3", "e3", store="nowhere")])
    with shop() as service:
        reply = send(service, body, NDJSON)
        assert tally(reply) == {"accepted": 2, "duplicate": 1, "conflict": 1, "ignored": 1,
                                "rejected": 2}, reply.body
        results = reply.json()["results"]
        assert [(r["index"], r["status"]) for r in results] == \
            [(2, "conflict"), (3, "ignored"), (5, "rejected"), (6, "rejected")], results
        assert results[0]["id"] == "e1" and results[1]["id"] == "u1", results
        assert results[2]["errors"], results[2]
        assert results[3]["errors"][0]["pointer"] == "/data/store", results[3]


def test_ndjson_results_end_at_a_thousand():
    rows = [ev("order.gift_wrapped", PAID, {"store": "s1"}, id=f"u{n}") for n in range(1500)]
    with shop() as service:
        reply = send(service, lines(rows), NDJSON)
        assert tally(reply) == {"ignored": 1500}, reply.body[:300]
        assert len(reply.json()["results"]) == 1000
        assert stored(service) == (1500, 1500)


def test_ndjson_of_20000_lines():
    rows = [placed(f"A{n}", store="s1" if n % 2 else "s2") for n in range(20_000)]
    with shop() as service:
        reply = send(service, lines(rows), NDJSON)
        assert tally(reply) == {"accepted": 20_000}, reply.body[:300]
        assert reply.json()["results"] == []
        assert stored(service) == (20_000, 20_000)
        assert placed_today(service, "s1") == placed_today(service, "s2") == 10_000
        again = rows[10_000:] + [placed(f"B{n}") for n in range(5_000)]
        assert tally(send(service, lines(again), NDJSON)) == \
            {"accepted": 5_000, "duplicate": 10_000}
        assert stored(service) == (25_000, 25_000)


# --- identity ---------------------------------------------------------------------------------


def test_one_event_in_every_form_is_one_event():
    event = placed("A1", "e1", lines=[{"sku": "K1", "quantity": 1}])
    headers = {"ce-" + name: event[name]
               for name in ("specversion", "id", "source", "type", "time")}
    with shop() as service:
        replies = [send(service, event, STRUCTURED), send(service, [event], BATCH),
                   send(service, lines([event]), NDJSON),
                   send(service, event["data"], "application/json", headers=headers)]
        assert [tally(reply) for reply in replies] == \
            [{"accepted": 1}] + [{"duplicate": 1}] * 3
        assert stored(service) == (1, 1)


DIGEST_BASE = """{"specversion":"1.0","id":"e1","source":"oms","type":"order.placed",
 "time":"2024-01-15T10:00:00.123456+08:00","data":{"store":"s1","order":"A1",
 "paid_at":"2024-01-15T10:00:00+08:00","note":{"weight":1.5,"grams":100,"label":"A/é"}}}"""

SAME_BODY = {
    "spaces": DIGEST_BASE.replace(",", " ,\t").replace("\n", "\r\n"),
    "key order": """{"data":{"note":{"label":"A/é","grams":100,"weight":1.5},
        "paid_at":"2024-01-15T10:00:00+08:00","order":"A1","store":"s1"},
        "time":"2024-01-15T10:00:00.123456+08:00","type":"order.placed","source":"oms","id":"e1",
        "specversion":"1.0"}""",
    "number form": DIGEST_BASE.replace("1.5", "15.00e-1").replace("100", "1E2"),
    "integer as real": DIGEST_BASE.replace("100", "100.0"),
    "escapes": DIGEST_BASE.replace("A/é", "\\u0041\\/\\u00e9").replace('"e1"', '"\\u00651"'),
    "offset of time": DIGEST_BASE.replace("T10:00:00.123456+08:00", "T02:00:00.123456Z"),
    "digits beyond microseconds": DIGEST_BASE.replace(".123456", ".1234569"),
    "other attributes": DIGEST_BASE.replace('"id"', '"subject":"x","traceparent":"y","id"'),
}

OTHER_BODY = {
    "time": DIGEST_BASE.replace(".123456", ".123457"),
    "type": DIGEST_BASE.replace("order.placed", "order.paid"),
    "number": DIGEST_BASE.replace("1.5", "1.50000001"),
    "text": DIGEST_BASE.replace("A/é", "A/e"),
    "number as text": DIGEST_BASE.replace("100", '"100"'),
    "one more member": DIGEST_BASE.replace('"grams"', '"colour":"red","grams"'),
    "one member less": DIGEST_BASE.replace('"weight":1.5,', ""),
}


def test_spelling_makes_no_other_body():
    with shop() as service:
        assert tally(send(service, DIGEST_BASE, STRUCTURED)) == {"accepted": 1}
        for name, body in SAME_BODY.items():
            assert body != DIGEST_BASE, name
            reply = send(service, body, STRUCTURED)
            assert tally(reply) == {"duplicate": 1}, (name, reply.body)
        assert stored(service) == (1, 1)


def test_another_body_of_one_identity_is_a_conflict():
    with shop() as service:
        assert tally(send(service, DIGEST_BASE, STRUCTURED)) == {"accepted": 1}
        for name, body in OTHER_BODY.items():
            assert body != DIGEST_BASE, name
            reply = send(service, body, STRUCTURED)
            assert tally(reply) == {"conflict": 1}, (name, reply.body)
            assert reply.json()["results"][0]["status"] == "conflict", (name, reply.body)
        assert tally(send(service, DIGEST_BASE, STRUCTURED)) == {"duplicate": 1}
        assert stored(service) == (1, 1)


def test_identity_is_store_source_and_id():
    with shop() as service:
        rows = [placed("A1", "e1"), placed("A1", "e1", store="s2"),
                placed("A2", "e1", source="shop"), placed("A3", "E1")]
        assert tally(send(service, rows, BATCH)) == {"accepted": 4}
        assert stored(service) == (4, 4)


def test_unknown_types_are_kept_and_take_an_identity():
    event = ev("courier.sneezed", PAID, {"store": "s1", "loud": True}, id="u1")
    changed = ev("courier.sneezed", PAID, {"store": "s1", "loud": False}, id="u1")
    with shop() as service:
        reply = send(service, event, STRUCTURED)
        assert tally(reply) == {"ignored": 1}, reply.body
        assert reply.json()["results"] == [{"index": 0, "id": "u1", "status": "ignored"}]
        assert stored(service) == (1, 1)
        assert tally(send(service, event, STRUCTURED)) == {"duplicate": 1}
        assert tally(send(service, changed, STRUCTURED)) == {"conflict": 1}
        assert stored(service) == (1, 1)


def test_rejected_events_take_no_identity():
    with shop() as service:
        assert tally(send(service, [placed("A1", "e1", parcels="two")], BATCH)) == {"rejected": 1}
        assert stored(service) == (0, 0)
        assert tally(send(service, [placed("A1", "e1", parcels=2)], BATCH)) == {"accepted": 1}


def test_every_type_of_the_vocabulary_is_accepted():
    order = {"store": "s1", "order": "A1"}
    ticket = {"store": "s1", "ticket": "T1"}
    rows = [
        ("order.placed", {**order, "payment": "prepaid", "paid_at": PAID, "presale_until": PAID,
                          "promised_at": LATER, "fulfilment": "merchant", "test": False,
                          "warehouse": "W1", "buyer": "B1", "parcels": 2,
                          "lines": [{"sku": "K1", "quantity": 2, "supplier": "P1"}]}),
        ("order.paid", order),
        ("order.promised", {**order, "promised_at": LATER}),
        ("order.shipped", {**order, "parcel": "1", "carrier": "sf", "waybill": "SF1"}),
        ("order.collected", {**order, "parcel": "1", "carrier": "sf", "waybill": "SF1"}),
        ("order.delivered", {**order, "parcel": "1"}),
        ("order.cancelled", {**order, "by": "buyer", "reason": "changed my mind"}),
        ("order.reviewed", {**order, "review": "R1", "buyer": "B1", "default": False,
                            "stars": {"product": 5, "description": 4, "service": 3, "courier": 2,
                                      "logistics": 1}}),
        ("review.excluded", {"store": "s1", "review": "R1", "reason": "spam"}),
        ("ticket.opened", {**ticket, "kind": "return", "order": "A1", "buyer": "B1", "sku": "K1",
                           "reason": "broken", "channel": "app", "left_message": False}),
        ("ticket.asked", ticket),
        ("ticket.replied", {**ticket, "by": "human", "agent": "Li", "group": "G1"}),
        ("ticket.audited", {**ticket, "outcome": "approved"}),
        ("ticket.buyer_shipped", ticket),
        ("ticket.received", ticket),
        ("ticket.processed", {**ticket, "outcome": "refunded", "full_refund": True,
                              "cost": {"amount": 1999, "currency": "CNY"}, "agent": "Li",
                              "group": "G1"}),
        ("ticket.escalated", ticket),
        ("ticket.ruled", {**ticket, "liability": "merchant"}),
        ("ticket.appealed", {**ticket, "won": False}),
        ("ticket.timed_out", {**ticket, "phase": "reply"}),
        ("ticket.closed", {**ticket, "outcome": "done"}),
        ("ticket.reopened", ticket),
        ("ticket.rated", {**ticket, "stars": 5, "channel": "sms"}),
        ("event.retracted", {"store": "s1", "source": "oms", "id": "absent", "reason": "typo"}),
        ("feed.alive", {"store": "s1", "feed": "orders", "through": PAID}),
    ]
    with shop() as service:
        reply = send(service, [ev(kind, LATER, data) for kind, data in rows], BATCH)
        assert tally(reply) == {"accepted": len(rows)}, reply.body
        optional = ("store", "order", "ticket", "review", "kind", "stars", "promised_at",
                    "liability", "won", "feed", "through", "source", "id")
        bare = []
        for kind, data in rows:
            required = set(data) & set(optional)
            if kind == "order.placed":
                required = {"store", "order"}
            if kind == "ticket.opened":
                required -= {"order"}
            bare.append(ev(kind, LATER, {name: value if name in required else None
                                         for name, value in data.items()}))
        reply = send(service, bare, BATCH)
        assert tally(reply) == {"accepted": len(rows)}, reply.body  # null is as if it were absent


def test_facts_may_come_before_their_order():
    with shop() as service:
        collected = ev("order.collected", LATER, {"store": "s1", "order": "A1"})
        assert tally(send(service, collected, STRUCTURED)) == {"accepted": 1}
        assert placed_today(service) == 0
        assert tally(send(service, placed("A1"), STRUCTURED)) == {"accepted": 1}
        today = service.get("/v1/stores/s1/backlog").json()["today"]
        assert today == {"placed": 1, "collected": 1}, today


# --- retraction -------------------------------------------------------------------------------


def retraction(id, of, time=LATER, store="s1"):
    return ev("event.retracted", time, {"store": store, "source": "oms", "id": of}, id=id)


def test_retraction_in_either_order_of_arrival():
    at = "2024-01-15T03:30:00Z"
    with shop() as service:
        for store, backwards in (("s1", False), ("s2", True)):
            rows = [placed("A1", "e1", store=store), placed("A2", "e2", store=store),
                    retraction("r1", "e1", store=store)]
            for event in reversed(rows) if backwards else rows:
                assert tally(send(service, event, STRUCTURED)) == {"accepted": 1}, event
        for resource in ("backlog", "score"):
            answers = [service.get(f"/v1/stores/{store}/{resource}?as_of={at}")
                       for store in ("s1", "s2")]
            assert [a.status for a in answers] == [200, 200], answers[0].body
            assert answers[0].body.replace(b'"s1"', b'"s2"') == answers[1].body, resource
        assert placed_today(service, "s1") == placed_today(service, "s2") == 1


def test_retraction_holds_from_its_own_time_on():
    with shop() as service:
        rows = [placed("A1", "e1"), retraction("r1", "e1")]
        assert tally(send(service, rows, BATCH)) == {"accepted": 2}
        counts = {}
        for at in ("2024-01-15T02:59:59.999999Z", "2024-01-15T03:00:00Z"):
            counts[at] = service.get(f"/v1/stores/s1/backlog?as_of={at}").json()["today"]["placed"]
        assert list(counts.values()) == [1, 0], counts


def test_retraction_is_not_undone():
    with shop() as service:
        rows = [placed("A1", "e1"), retraction("r1", "e1"),
                retraction("r2", "r1", time="2024-01-15T11:30:00+08:00")]
        for event in rows:
            send(service, event, STRUCTURED)
        assert placed_today(service) == 0
        # A second body of e1 is still a conflict: the identity is taken.
        other = placed("A1", "e1", buyer="B2")
        assert tally(send(service, other, STRUCTURED)) == {"conflict": 1}
        assert placed_today(service) == 0


# --- dry run and quarantine -------------------------------------------------------------------


def test_dry_run_stores_nothing():
    rows = [placed("A1", "e1"), placed("A2", "bad", parcels="two"),
            ev("order.gift_wrapped", PAID, {"store": "s1"}, id="u1")]
    with shop() as service:
        for body, media_type in ((rows, BATCH), (lines(rows), NDJSON)):
            reply = send(service, body, media_type, query="?dry_run=true")
            assert tally(reply) == {"accepted": 1, "ignored": 1, "rejected": 1}, reply.body
        reply = send(service, rows[0], STRUCTURED, query="?dry_run=true")
        assert reply.json()["results"] == [{"index": 0, "id": "e1", "status": "accepted"}]
        reply = send(service, rows[1], STRUCTURED, query="?dry_run=true")
        assert reply.status == 422, reply.body
        assert stored(service) == (0, 0)
        assert quarantine(service)["items"] == []
        assert tally(send(service, rows[0], STRUCTURED, query="?dry_run=false")) == {"accepted": 1}


def test_quarantine_keeps_conflicts_and_rejected_events():
    with shop() as service:
        rows = [placed("A1", "e1"), placed("A1", "e1", test=True), placed("A2", "e2", parcels="x"),
                placed("A3", "e3", source="shop", parcels=[]), placed("A4", "e4", store="s2"),
                placed("A4", "e4", store="s2", test=True)]
        assert tally(send(service, rows, BATCH)) == {"accepted": 2, "conflict": 2, "rejected": 2}
        items = quarantine(service)["items"]
        assert sorted(item["id"] for item in items) == ["e1", "e2", "e3"], items
        for item in items:
            assert item["store"] == "s1", item
            assert item["reason"] and isinstance(item["reason"], str), item
            assert item["received_at"].startswith("2024-01-15T04:") \
                and item["received_at"].endswith("Z"), item
        by_id = {item["id"]: item for item in items}
        assert by_id["e1"]["reason"] != by_id["e2"]["reason"], items
        assert by_id["e3"]["source"] == "shop", items
        assert [i["id"] for i in quarantine(service, "?store=s1&source=shop")["items"]] == ["e3"]
        assert [i["id"] for i in quarantine(service, "?store=s2")["items"]] == ["e4"]
        assert quarantine(service, "?store=s2&source=shop")["items"] == []


def test_quarantine_pages():
    with shop() as service:
        rows = [placed(f"A{n}", f"e{n}", parcels="x") for n in range(7)]
        assert tally(send(service, rows, BATCH)) == {"rejected": 7}
        seen, sizes, query = [], [], "?store=s1&limit=3"
        while query:
            page = quarantine(service, query)
            sizes.append(len(page["items"]))
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            assert len(sizes) <= 3, sizes
            query = f"?store=s1&limit=3&cursor={urllib.parse.quote(cursor)}" if cursor else None
        assert sizes == [3, 3, 1], sizes
        assert sorted(seen) == [f"e{n}" for n in range(7)], seen


# --- limits -----------------------------------------------------------------------------------


def padded(event, size):
    """The event as JSON of exactly `size` bytes."""
    text = json.dumps(event)
    return text[:-1] + " " * (size - len(text)) + "}"


def refused_as_too_large(service, body, media_type):
    """Sends the body in steps and reads the answer, even if it comes before the body's end."""
    reply = post_in_steps(service, body.encode(), media_type)
    assert reply.startswith(b"HTTP/1.1 413 "), reply[:300]
    assert b"application/problem+json" in reply, reply[:600]


def test_single_event_of_256_kib():
    with shop() as service:
        reply = send(service, padded(placed("A1"), 256 * KIB), STRUCTURED)
        assert tally(reply) == {"accepted": 1}
        refused_as_too_large(service, padded(placed("A2"), 256 * KIB + 1), STRUCTURED)
        assert stored(service) == (1, 1)


def test_ndjson_line_of_256_kib():
    with shop() as service:
        body = padded(placed("A1"), 256 * KIB) + "\n" + json.dumps(placed("A2")) + "\n"
        assert tally(send(service, body, NDJSON)) == {"accepted": 2}
        body = padded(placed("A3", "long"), 256 * KIB + 1) + "\n"
        reply = post_in_steps(service, body.encode(), NDJSON)
        # Too large as a request or rejected as a line: in either case it is not taken.
        head, _, answer = reply.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413 ") or json.loads(answer)["rejected"] == 1, reply[:600]
        assert stored(service) == (2, 2)


def test_batch_of_1000():
    with shop() as service:
        reply = send(service, [placed(f"A{n}") for n in range(1000)], BATCH)
        assert tally(reply) == {"accepted": 1000}, reply.body[:300]
        reply = send(service, [placed(f"B{n}") for n in range(1001)], BATCH)
        assert reply.status == 413, (reply.status, reply.body[:300])
        assert stored(service) == (1000, 1000)


def test_batch_of_4_mib():
    with shop() as service:
        events = json.dumps([placed(f"A{n}") for n in range(10)])
        exactly = events[:-1] + " " * (4 * KIB * KIB - len(events)) + "]"
        assert tally(send(service, exactly, BATCH)) == {"accepted": 10}
        refused_as_too_large(service, exactly[:-1] + " ]", BATCH)
        assert stored(service) == (10, 10)


def test_content_encoding_is_refused():
    body = json.dumps(placed("A1"))
    with shop() as service:
        for encoding in ("gzip", "br", "deflate, gzip"):
            reply = send(service, body, STRUCTURED, headers={"content-encoding": encoding})
            assert reply.status == 415, (encoding, reply.status, reply.body)
            assert reply.headers["content-type"].startswith("application/problem+json")
        assert stored(service) == (0, 0)


# --- streams that break off -------------------------------------------------------------------


def open_post(service, media_type, framing):
    """A connection with the head of a POST /v1/events sent."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=POLL_LIMIT_S)
    connection.sendall((f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n"
                        f"Authorization: Bearer {ADMIN_KEY}\r\n"
                        f"Content-Type: {media_type}\r\n{framing}\r\n\r\n").encode())
    return connection


def read_to_end(connection):
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def post_in_steps(service, body, media_type):
    """POSTs a body whose answer may come before it is sent whole. Gives the raw answer."""
    framing = f"Content-Length: {len(body)}\r\nConnection: close"
    with open_post(service, media_type, framing) as connection:
        try:
            for at in range(0, len(body), 16 * KIB):
                connection.sendall(body[at:at + 16 * KIB])
        except (BrokenPipeError, ConnectionResetError):
            pass  # the answer is there already
        return read_to_end(connection)


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


def send_until_stored(service, connection, rows, frame):
    """Streams rows until the database holds some of them: groups are committed as they arrive."""
    deadline = time.monotonic() + POLL_LIMIT_S
    sent = 0
    while stored(service)[0] == 0:
        assert time.monotonic() < deadline, "nothing is committed while the stream is open"
        step = rows[sent:sent + 500]
        if step:
            connection.sendall(frame(lines(step).encode()))
            sent += len(step)
    return sent


def finish_and_compare(service, rows, sent):
    """All of it again: what was committed is a duplicate, nothing is there twice."""
    (row,) = psql(service.uri, "select count(*) from event_keys")
    assert 0 < int(row[0]) <= sent, (row, sent)
    reply = send(service, lines(rows), NDJSON)
    counts = tally(reply)
    assert counts.get("accepted", 0) + counts["duplicate"] == len(rows), counts
    assert counts["duplicate"] >= int(row[0]), (counts, row)
    assert stored(service) == (len(rows), len(rows))
    assert placed_today(service) == len(rows)
    # The half line at the break is nobody's event, and no rejected one either.
    assert quarantine(service)["items"] == []
    code, output = verify(service.uri)
    assert code == 0, output


def test_chunked_stream_that_the_client_drops():
    rows = [placed(f"A{n}") for n in range(20_000)]
    with shop() as service:
        connection = open_post(service, NDJSON, "Transfer-Encoding: chunked")
        with connection:
            sent = send_until_stored(service, connection, rows, chunk)
            rest = lines(rows[sent:sent + 3]).encode()
            connection.sendall(b"%x\r\n%b" % (len(rest), rest[:-40]))  # ends inside a line
        finish_and_compare(service, rows, sent + 3)


def test_stream_shorter_than_its_content_length():
    rows = [placed(f"A{n}") for n in range(20_000)]
    with shop() as service:
        connection = open_post(service, NDJSON, "Content-Length: 99999999")
        with connection:
            sent = send_until_stored(service, connection, rows, lambda data: data)
            rest = lines(rows[sent:sent + 3]).encode()
            connection.sendall(rest[:-40])
            connection.shutdown(socket.SHUT_WR)
            # The service may answer or just close; an answer is a 503 that says how far it came.
            reply = read_to_end(connection)
        if reply:
            head, _, body = reply.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 "), reply[:300]
            assert 0 < json.loads(body)["lines_committed"] <= sent + 3, body
        finish_and_compare(service, rows, sent + 3)


def test_single_event_cut_short_is_not_stored():
    body = json.dumps(placed("A1")).encode()
    with shop() as service:
        for framing, data in ((f"Content-Length: {len(body) + 1}", body),
                              ("Transfer-Encoding: chunked", chunk(body)),
                              ("Transfer-Encoding: chunked", chunk(body) + b"0\r\n")):
            with open_post(service, STRUCTURED, framing) as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                assert b'"accepted"' not in read_to_end(connection), framing
        assert stored(service) == (0, 0)


def test_stream_without_a_database_says_how_far_it_came():
    rows = [placed(f"A{n}") for n in range(20_000)]
    with shop() as service:
        database = urllib.parse.urlsplit(service.uri).path[1:]
        server = os.environ["WINDVANE_TEST_PG"]
        connection = open_post(service, NDJSON, "Transfer-Encoding: chunked")
        with connection:
            sent = send_until_stored(service, connection, rows, chunk)
            psql(server, f"alter database {database} allow_connections false;"
                         f" select pg_terminate_backend(pid) from pg_stat_activity"
                         f" where datname = '{database}'")
            try:
                connection.sendall(chunk(lines(rows[sent:sent + 20]).encode()) + b"0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass  # the service need not read what it cannot store
            connection.settimeout(harness.REQUEST_SECONDS)
            head, body = read_answer(connection)
        psql(server, f"alter database {database} allow_connections true")
        assert head.startswith(b"HTTP/1.1 503 "), head
        assert b"retry-after:" in head.lower(), head
        committed = json.loads(body)["lines_committed"]
        (row,) = psql(service.uri, "select count(*) from event_keys")
        assert 0 < committed <= int(row[0]) < len(rows), (committed, row)
        await_writes(service, rows[0])
        finish_and_compare(service, rows, len(rows))


def read_answer(connection):
    """Head and body of one answer that states its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        assert part, data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    (length,) = [int(line.split(b":")[1]) for line in head.split(b"\r\n")
                 if line.lower().startswith(b"content-length:")]
    while len(body) < length:
        part = connection.recv(65536)
        assert part, data
        body += part
    return head, body[:length]


def await_writes(service, event):
    """Waits until the service stores events again."""
    deadline = time.monotonic() + POLL_LIMIT_S
    while send(service, event, STRUCTURED).status != 200:
        assert time.monotonic() < deadline, "no event is taken after the database came back"
        time.sleep(0.05)


if __name__ == "__main__":
    harness.main()
