#!/usr/bin/env python3
"""Every documented answer, held against openapi.yaml."""

import copy
import http.client
import json
import pathlib
import sys
import threading
import urllib.parse

import harness
from harness import Service, ev, new_database, run_windvane
from notices import LEVEL, REPORT, add_notices
from receiver import Receiver, await_true
from sse import Stream

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "contract"))
from description import METHODS, Description, operations, references, resolve  # noqa: E402

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NDJSON = "application/x-ndjson"
JSON = {"Content-Type": "application/json"}
EVENT = {"$ref": "#/components/schemas/Event"}

CLOCK = "2024-01-15T12:00:00+08:00"
TODAY = "2024-01-15"


# --- the description itself -------------------------------------------------------------------


def test_every_reference_resolves():
    document = Description().document
    refs = list(references(document))
    assert len(refs) > 100, len(refs)
    for ref in refs:
        assert isinstance(resolve(document, {"$ref": ref}), dict), ref


def test_every_component_is_used():
    document = Description().document
    used = set(references(document))
    for kind in ("schemas", "responses", "parameters", "headers", "examples"):
        for name in document["components"][kind]:
            assert f"#/components/{kind}/{name}" in used, f"{kind}/{name} is used by nothing"


def test_operations_are_complete():
    document = Description().document
    names = set()
    for method, path, operation in operations(document):
        where = f"{method} {path}"
        assert operation["operationId"] not in names, where
        names.add(operation["operationId"])
        declared = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert declared == {part[1:-1] for part in path.split("/") if part.startswith("{")}, where
        if operation.get("security") != []:
            assert {"401", "403", "405", "503"} <= set(operation["responses"]), where
        for status, response in operation["responses"].items():
            response = resolve(document, response)
            assert "X-Request-Id" in response["headers"], (where, status)
            if status == "default" or status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (where, status)
    assert len(names) >= 19, names


def test_examples_are_valid():
    description = Description()
    document = description.document
    count = 0
    for method, path, operation in operations(document):
        bodies = [(operation["requestBody"], False)] if "requestBody" in operation else []
        bodies += [(resolve(document, r), True) for r in operation["responses"].values()]
        for body, strict in bodies:
            for media in body.get("content", {}).values():
                examples = [resolve(document, example)["value"]
                            for example in media.get("examples", {}).values()]
                examples += [media["example"]] if "example" in media else []
                for example in examples:
                    faults = description.schema_faults(media["schema"], example, strict)
                    assert not faults, (method, path, faults)
                    count += 1
    assert count >= 12, count


def test_shipped_policies_are_described():
    description = Description()
    policies = sorted((harness.REPOSITORY / "policies").glob("*.json"))
    assert policies
    for policy in policies:
        document = json.loads(policy.read_text("utf-8"))
        faults = description.schema_faults({"$ref": "#/components/schemas/PolicyInput"}, document)
        assert not faults, (policy.name, faults)


def test_events_that_break_a_rule_are_not_described():
    description = Description()
    good = ev("order.placed", CLOCK, {"store": "s1", "order": "A1", "paid_at": None, "x": 1})
    assert description.schema_faults(EVENT, good, strict=False) == []
    for type, data in (("order.placed", {"store": "s1"}),
                       ("order.placed", {"store": "s1", "order": "A1", "parcels": 0}),
                       ("order.placed", {"store": "s1", "order": "A1", "payment": "card"}),
                       ("order.promised", {"store": "s1", "order": "A1"}),
                       ("ticket.opened", {"store": "s1", "ticket": "T1"}),
                       ("feed.alive", {"store": "s1", "feed": "mail", "through": CLOCK}),
                       ("order.gift_wrapped", {"order": "A1"})):
        assert description.schema_faults(EVENT, ev(type, CLOCK, data), strict=False), (type, data)


def test_faulty_answers_are_found():
    """The check itself: what differs from the description is a fault."""
    description = Description()
    path = "/v1/stores/s1/backlog"
    body = copy.deepcopy(description.document["components"]["examples"]["Backlog"]["value"])
    headers = {"content-type": "application/json", "x-request-id": "0" * 32, "etag": 'W/"1"'}

    def faults(change, status=200, headers=headers):
        changed = copy.deepcopy(body)
        change(changed)
        return description.faults("GET", path, status, headers, json.dumps(changed).encode())

    assert faults(lambda b: None) == []
    mark = lambda b: b["cohorts"][2]["marks"][0]  # noqa: E731
    for name, change in (("undescribed member", lambda b: b.update(colour="red")),
                         ("undescribed member, deep", lambda b: mark(b).update(colour="red")),
                         ("missing member", lambda b: b.pop("level")),
                         ("unknown level", lambda b: b.update(level="bad")),
                         ("number for a decimal", lambda b: mark(b).update(ratio=0.12)),
                         ("wrong scale", lambda b: mark(b).update(ratio="0.12")),
                         ("naive instant", lambda b: b.update(as_of="2024-01-04T18:00:00")),
                         ("six cohorts", lambda b: b["cohorts"].pop())):
        assert faults(change), name
    assert faults(lambda b: None, status=202), "undescribed status"
    assert faults(lambda b: None, headers={**headers, "content-type": "text/html"}), "media type"
    assert faults(lambda b: None, headers={k: v for k, v in headers.items() if k != "etag"}), "ETag"


# --- the service ------------------------------------------------------------------------------


class Checked(Service):
    """Every answer is held against the description as it comes in."""

    description = Description()

    def __init__(self, **kwargs):
        super().__init__(new_database(), clock_start=CLOCK, **kwargs)
        self.seen = set()

    def request(self, method, path, *args, **kwargs):
        answer = super().request(method, path, *args, **kwargs)
        faults = self.description.faults(method, path, answer.status, answer.headers, answer.body)
        assert not faults, "\n".join([*faults, answer.body[:3000].decode("utf-8", "replace")])
        self.seen.add((method, self.description.route(method, path)[0], answer.status))
        return answer

    def expect(self, status, method, path, *args, **kwargs):
        answer = self.request(method, path, *args, **kwargs)
        assert answer.status == status, (method, path, answer)
        return answer


def placed(order, day=TODAY, **members):
    at = f"{day}T10:00:00+08:00"
    return ev("order.placed", at, {"store": "s1", "order": order, "paid_at": at, **members},
              id=f"placed-{order}")


def a_week_of_orders():
    """Every kind of order fact, and orders in every state of a mark."""
    for number in range(40):
        day = f"2024-01-{9 + number % 7:02d}"
        order = f"A{number}"
        members = {1: {"payment": "cod", "paid_at": None}, 2: {"fulfilment": "platform"},
                   3: {"test": True}, 4: {"parcels": 2},
                   5: {"promised_at": f"{day}T20:00:00+08:00"},
                   6: {"presale_until": f"{day}T11:00:00+08:00"}}.get(number, {})
        yield placed(order, day, **members)
        data = {"store": "s1", "order": order}
        if number % 3 == 0:
            yield ev("order.shipped", f"{day}T11:00:00+08:00", {**data, "parcel": "P1"})
            yield ev("order.collected", f"{day}T11:30:00+08:00", {**data, "parcel": "P1"})
        elif number % 5 == 0:
            yield ev("order.cancelled", f"{day}T11:40:00+08:00", {**data, "by": "buyer"})
        if number % 6 == 0 and day < TODAY:
            yield ev("order.delivered", f"{day}T23:00:00+08:00", data)
    yield ev("order.promised", f"{TODAY}T11:00:00+08:00",
             {"store": "s1", "order": "A8", "promised_at": f"{TODAY}T18:00:00+08:00"})
    yield ev("order.placed", f"{TODAY}T09:00:00+08:00", {"store": "s1", "order": "UNPAID"})
    yield ev("order.collected", f"{TODAY}T09:00:00+08:00", {"store": "s1", "order": "UNPLACED"})
    yield ev("event.retracted", f"{TODAY}T11:00:00+08:00",
             {"store": "s1", "source": "oms", "id": "placed-A9"})
    yield ev("feed.alive", f"{TODAY}T11:50:00+08:00",
             {"store": "s1", "feed": "collections", "through": f"{TODAY}T11:50:00+08:00"})


def fill(service):
    service.put_store("s1", category="shoes", services=["worry_free"])
    service.put_store("empty")
    events = list(a_week_of_orders())
    for event in events:
        faults = service.description.schema_faults(EVENT, event, strict=False)
        assert not faults, (event, faults)
    reply = service.post_events(events)
    assert reply.status == 200 and reply.json()["accepted"] == len(events), reply


def walk(service, path):
    """Reads a list page by page, two at a time."""
    items, cursor = [], ""
    first = path + ("&" if "?" in path else "?") + "limit=2"
    while cursor is not None:
        page = service.expect(200, "GET", first + (cursor and "&cursor=" + cursor)).json()
        items += page["items"]
        assert len(items) < 1000, f"{path} does not end"
        cursor = page["next_cursor"] and urllib.parse.quote(page["next_cursor"], safe="")
    return items


def test_readings():
    with Checked() as service:
        fill(service)
        for store in ("s1", "empty"):
            for query in ("", "?basis=official", "?basis=live", "?policy=jd", "?policy=jd@1",
                          "?as_of=2024-01-12T00:00:00%2B08:00", "?as_of=2023-06-01T00:00:00Z"):
                service.expect(200, "GET", f"/v1/stores/{store}/score{query}")
            for query in ("", "?policy=jd@1", "?as_of=2024-01-14T03:00:00.5Z",
                          "?as_of=2023-06-01T00:00:00Z"):
                service.expect(200, "GET", f"/v1/stores/{store}/backlog{query}")
                service.expect(200, "GET", f"/v1/stores/{store}/backlog/forecast{query}")
            for resource in ("score", "backlog", "backlog/forecast"):
                path = f"/v1/stores/{store}/{resource}?as_of={TODAY}T03:00:00Z"
                etag = service.get(path).headers["etag"]
                service.expect(304, "GET", path, headers={"If-None-Match": etag})


def test_simulate():
    with Checked() as service:
        fill(service)
        path = "/v1/stores/s1/backlog/simulate"
        orders = [item["order"] for day in service.get("/v1/stores/s1/backlog").json()["cohorts"]
                  for item in walk(service, f"/v1/stores/s1/backlog/orders?cohort={day['day']}"
                                   "&mark=72")]
        for body in ({"collect": orders[:1000]}, {"exempt": [*orders[:1000], "NONE"][-1000:]},
                     {"collect": 3, "exempt": 1, "cohort": TODAY}, {"collect": [], "by": None}):
            service.expect(200, "POST", path, body)
        for body in ({}, {"collect": "A1"}, {"collect": 1.5}, {"exempt": -1},
                     {"collect": ["A", "A"]}, {"collect": 1, "by": "2020-01-01T00:00:00Z"},
                     {"collect": 1, "by": "now"},
                     {"collect": 1, "cohort": "2020-01-01"}, {"collect": 1, "cohort": "monday"},
                     {"collect": 1, "more": 1}):
            service.expect(422, "POST", path, body)
        service.expect(400, "POST", path, "{", JSON)
        service.expect(404, "POST", "/v1/stores/nowhere/backlog/simulate", {"collect": 1})
        service.expect(415, "POST", path, "x", {"Content-Type": "text/csv"})


def test_orders():
    with Checked() as service:
        fill(service)
        states = set()
        for cohort in service.get("/v1/stores/s1/backlog").json()["cohorts"]:
            for mark in cohort["marks"]:
                path = f"/v1/stores/s1/backlog/orders?cohort={cohort['day']}&mark={mark['hours']}"
                states |= {item["state"] for item in walk(service, path)}
                for state in ("overdue", "overdue_still_open", "at_risk", "collected", "cancelled",
                              "exempt", "eligible", "all"):
                    service.expect(200, "GET", f"{path}&state={state}")
        assert states == {"pending", "overdue", "collected", "cancelled"}, states
        counts = set()
        for order in [f"A{number}" for number in range(40)] + ["UNPAID", "UNPLACED"]:
            answer = service.expect(200, "GET", f"/v1/stores/s1/orders/{order}").json()
            counts |= {metric["counts"] for metric in answer["metrics"]}
        assert counts >= {"good", "not_good", "pending"}, counts
        service.expect(200, "GET", "/v1/stores/s1/orders/A0?as_of=2024-01-09T02:30:00Z")


def test_verdicts():
    with Checked() as service:
        policy = service.get("/v1/policies/jd").json()
        policy["backlog"]["min_orders"] = 0
        policy["backlog"]["marks"][0]["trend"] = {"days": 7, "min_eligible": 1, "points": "5.000"}
        service.expect(200, "PUT", "/v1/policies/jd", {**policy, "id": "jd"})
        fill(service)
        week = {"from": "2024-01-08", "to": TODAY}
        path = "/v1/stores/s1/verdicts"
        done = service.expect(200, "POST", path + "/recompute", week).json()
        assert done["added"] == done["judged"] + done["revoked"] > 0, done  # A9 was retracted
        assert service.expect(200, "POST", path + "/recompute", week).json()["added"] == 0
        items = walk(service, path)
        assert len(items) == done["added"], (len(items), done)
        assert {item["status"] for item in items} == {"standing", "revoked"}
        assert {"mild", "severe"} <= {item["state"] for item in items}, items
        assert any(item["restriction"] for item in items)
        for query in ("?status=revoked", "?status=standing&from=2024-01-09&to=2024-01-10",
                      "?known_at=2024-01-15T03:00:00Z"):
            service.expect(200, "GET", path + query)
        table = service.expect(200, "GET", path + "?format=csv").body.decode()
        assert table.count("\r\n") == len(items) + 1, table
        assert walk(service, "/v1/stores/s1/restrictions")
        service.expect(200, "GET", "/v1/stores/s1/restrictions?from=2024-01-09&to=2024-01-10")
        etag = service.get(path).headers["etag"]
        service.expect(304, "GET", path, headers={"If-None-Match": etag})
        for bad, pointer in (({"from": "2024-01-08"}, "/to"), ({"from": "x", "to": TODAY}, "/from"),
                             ({"from": TODAY, "to": "2024-01-08"}, "/to"),
                             ({"from": "2022-01-08", "to": TODAY}, "/to"),
                             ({**week, "colour": "red"}, "/colour")):
            answer = service.expect(422, "POST", path + "/recompute", bad).json()
            assert [error["pointer"] for error in answer["errors"]] == [pointer], (bad, answer)
        service.expect(400, "POST", path + "/recompute", "{", JSON)
        service.expect(415, "POST", path + "/recompute", "a", {"Content-Type": "text/csv"})
        service.expect(404, "POST", "/v1/stores/nowhere/verdicts/recompute", week)
        for query in ("status=any", "from=monday", "known_at=2030-01-01T00:00:00Z", "cursor=%21",
                      "limit=0", "format=pdf"):
            service.expect(422, "GET", f"{path}?{query}")
        for query in ("from=monday", "known_at=2030-01-01T00:00:00Z", "cursor=%21"):
            service.expect(422, "GET", f"/v1/stores/s1/restrictions?{query}")
        for resource in ("verdicts", "restrictions"):
            service.expect(404, "GET", f"/v1/stores/nowhere/{resource}")


def test_events_and_quarantine():
    with Checked() as service:
        service.put_store("s1")
        one = placed("A1")
        service.expect(200, "POST", "/v1/events", json.dumps(one), {"Content-Type": STRUCTURED})
        rows = [one, placed("A1", parcels=2), placed("A2", parcels="x"), {"specversion": "1.0"},
                ev("order.gift_wrapped", CLOCK, {"store": "s1"})]
        service.expect(200, "POST", "/v1/events", json.dumps(rows), {"Content-Type": BATCH})
        lines = "".join(json.dumps(row) + "\n" for row in rows) + "{no json\n"
        service.expect(200, "POST", "/v1/events", lines, {"Content-Type": NDJSON})
        service.expect(200, "POST", "/v1/events?dry_run=true", lines, {"Content-Type": NDJSON})
        service.expect(422, "POST", "/v1/events", json.dumps(rows[2]), {"Content-Type": STRUCTURED})
        service.expect(400, "POST", "/v1/events", "{", {"Content-Type": STRUCTURED})
        service.expect(415, "POST", "/v1/events", "a=b", {"Content-Type": "text/csv"})
        service.expect(413, "POST", "/v1/events", json.dumps([{}] * 1001), {"Content-Type": BATCH})
        reasons = {item["reason"] for item in walk(service, "/v1/quarantine")}
        assert reasons == {"conflict", "rejected"}, reasons
        service.expect(200, "GET", "/v1/quarantine?store=s1&source=oms")


def test_settings():
    with Checked() as service:
        service.expect(201, "PUT", "/v1/stores/s1", {"name": "One"})
        service.expect(200, "PUT", "/v1/stores/s1", {"name": "One", "services": ["worry_free"]})
        settings = service.expect(200, "GET", "/v1/stores/s1").json()
        service.expect(200, "PUT", "/v1/stores/s1", settings)
        for name in ("s2", "s3"):
            service.expect(201, "PUT", f"/v1/stores/{name}", {})
        stores = [item["store"] for item in walk(service, "/v1/stores")]
        assert stores == ["s1", "s2", "s3"], stores
        assert "jd" in [item["id"] for item in walk(service, "/v1/policies")]
        policy = service.expect(200, "GET", "/v1/policies/jd").json()
        service.expect(200, "PUT", "/v1/policies/jd", policy)
        service.expect(201, "PUT", "/v1/policies/own", {**policy, "id": "own"})
        service.expect(422, "PUT", "/v1/policies/jd", {**policy, "id": "own"})
        service.expect(422, "PUT", "/v1/policies/jd", {**policy, "backlog": {"min_orders": "many"}})
        service.expect(200, "GET", "/v1/policies/jd?version=1")
        service.expect(404, "GET", "/v1/policies/jd?version=9")
        service.expect(422, "GET", "/v1/policies/jd?version=x")
        service.expect(422, "PUT", "/v1/policies/jd?effective_at=2000-01-01T00:00:00Z", policy)
        versions = walk(service, "/v1/policies/jd/versions")
        assert [item["version"] for item in versions] == [1], versions
        service.expect(200, "GET", "/v1/calendar")
        calendar = {"suspended": [{"from": "2024-01-03T00:00:00Z", "to": "2024-01-03T06:00:00Z"}],
                    "holidays": [{"date": "2024-02-10", "name": "New Year"}]}
        answer = service.expect(200, "PUT", "/v1/calendar", calendar).json()
        service.expect(200, "PUT", "/v1/calendar", answer)
        service.expect(422, "PUT", "/v1/calendar", {"suspended": [{"from": "now", "to": None}]})
        service.expect(415, "PUT", "/v1/calendar", "{}", {"Content-Type": "text/plain"})
        made = service.expect(201, "POST", "/v1/keys", {"role": "merchant", "stores": ["s1"],
                                                        "name": "dashboard"}).json()
        ingest = service.expect(201, "POST", "/v1/keys", {"role": "ingest", "name": "oms"}).json()
        keys = walk(service, "/v1/keys")
        assert len(keys) >= 2 and made["id"] in [key["id"] for key in keys], keys
        service.expect(200, "GET", f"/v1/keys/{made['id']}")
        service.expect(200, "GET", "/v1/stores/s1/score", key=made["key"])
        service.expect(404, "GET", "/v1/stores/s2/score", key=made["key"])
        service.expect(403, "GET", "/v1/keys", key=made["key"])
        service.expect(403, "GET", "/v1/stores/s1/score", key=ingest["key"])
        service.expect(403, "PUT", "/v1/stores/s1", {}, key=made["key"])
        service.expect(204, "DELETE", f"/v1/keys/{made['id']}")
        service.expect(404, "DELETE", f"/v1/keys/{made['id']}")
        service.expect(422, "POST", "/v1/keys", {"role": "merchant"})
        service.expect(415, "PUT", "/v1/stores/s1", "name=One", {"Content-Type": "text/plain"})
        service.expect(400, "PUT", "/v1/stores/s1", "{", JSON)


def test_delay_reports():
    base = "/v1/stores/s1/delay-reports"
    report = {"scope": "orders", "kind": "emergency", "reason": "weather",
              "evidence": [{"url": "https://example.org/storm.jpg"}]}
    period = {"from": "2024-01-14T00:00:00+08:00", "to": "2024-01-16T00:00:00+08:00"}
    with Checked() as service:
        fill(service)
        listed = {**report, "orders": ["A7", "A8", "nobody's"],
                  "promised_ship_by": "2024-01-18T18:00:00+08:00"}
        store = {**report, "scope": "store", "period": period}
        service.expect(200, "POST", f"{base}?dry_run=true", listed)
        reports = [service.expect(201, "POST", base, body).json()["id"]
                   for body in (listed, store, {**report, "scope": "tickets", "tickets": ["t"]},
                                {**store, "scope": "store_tickets", "note": "all of them"})]
        service.expect(201, "POST", f"{base}?reason=weather", "order\nA11\n",
                       {"Content-Type": "text/csv"})
        service.expect(400, "POST", base, "{", JSON)
        service.expect(415, "POST", base, "x", {"Content-Type": "text/plain"})
        service.expect(422, "POST", base, {**listed, "kind": "advance"})
        service.expect(404, "POST", "/v1/stores/none/delay-reports", listed)
        service.expect(200, "POST", f"{base}/{reports[0]}/approve", {"note": "seen"})
        service.expect(200, "POST", f"{base}/{reports[0]}/approve")
        service.expect(409, "POST", f"{base}/{reports[0]}/withdraw")
        service.expect(422, "POST", f"{base}/{reports[0]}/approve", {"because": "seen"})
        service.expect(200, "POST", f"{base}/{reports[1]}/approve")
        service.expect(200, "POST", f"{base}/{reports[2]}/reject", {"note": None})
        service.expect(200, "POST", f"{base}/{reports[3]}/withdraw")
        service.expect(404, "POST", f"{base}/none/approve")
        assert len(walk(service, base)) == 5
        assert len(walk(service, f"{base}?status=approved")) == 2
        assert len(walk(service, f"{base}/{reports[0]}/lines")) == 3
        service.expect(200, "GET", f"{base}/{reports[0]}/lines?format=csv")
        service.expect(422, "GET", f"{base}/{reports[0]}/lines?result=bad")
        service.expect(200, "GET", f"{base}/{reports[1]}")
        service.expect(404, "GET", f"{base}/none")
        exempt = walk(service, "/v1/stores/s1/exemptions")
        assert {"A7", "A8"} < {item["order"] for item in exempt}
        service.expect(200, "GET", "/v1/stores/s1/exemptions?of=tickets")
        service.expect(200, "GET", "/v1/stores/s1/exemptions?order=A7&broken=true")
        service.expect(422, "GET", "/v1/stores/s1/exemptions?of=reviews")
        service.expect(404, "GET", "/v1/stores/none/exemptions")
        for order in ("A7", "A13"):
            answer = service.expect(200, "GET", f"/v1/stores/s1/orders/{order}").json()
            assert answer["exemption"] is not None, answer
        service.expect(200, "GET", "/v1/stores/s1/backlog")
        service.expect(200, "GET", "/v1/stores/s1/score")
        service.expect(200, "POST", f"{base}/{reports[1]}/revoke")


def test_notifications():
    with Checked() as service:
        service.put_store("s1")
        data = {"from": "mild", "to": "none", "resolved": True}
        add_notices(service.uri, "s1", (LEVEL, data), (REPORT, {}), (LEVEL, data))
        assert len(walk(service, "/v1/stores/s1/notifications")) == 3
        answer = service.expect(200, "GET", f"/v1/stores/s1/notifications?type={LEVEL}")
        service.expect(304, "GET", f"/v1/stores/s1/notifications?type={LEVEL}",
                       headers={"If-None-Match": answer.headers["etag"]})
        service.expect(422, "GET", "/v1/stores/s1/notifications?type=any")
        service.expect(404, "GET", "/v1/stores/s9/notifications")
        path = "/v1/stores/s1/notifications/read"
        service.expect(200, "POST", path, {"through": "2"})
        service.expect(200, "GET", "/v1/stores/s1/notifications?unread=true")
        service.expect(422, "POST", path, {"through": 2})
        service.expect(400, "POST", path, "{", JSON)
        service.expect(415, "POST", path, "through=2", {"Content-Type": "text/plain"})
        service.expect(404, "GET", "/v1/stores/s9/stream")
        service.expect(422, "GET", "/v1/stores/s1/stream", headers={"Last-Event-ID": "x"})


def test_a_stream_is_described():
    """The answer ends with the service; each event is held against the description."""
    with Checked() as service:
        service.put_store("s1")
        add_notices(service.uri, "s1", (LEVEL, {"to": "none"}), (REPORT, {}))
        path = "/v1/stores/s1/stream?last_event_id=0"
        connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
        connection.request("GET", path, headers={"Authorization": f"Bearer {harness.ADMIN_KEY}"})
        answer = connection.getresponse()  # its head is here: it has begun
        with Stream(service, "s1", last="0") as stream:
            for type in (LEVEL, REPORT):
                _, found, data = stream.event()
                faults = service.description.schema_faults(
                    {"$ref": "#/components/schemas/StreamedNotification"}, data)
                assert found == type and not faults, (found, faults)
        service.stop()
        body = answer.read()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        faults = service.description.faults("GET", path, answer.status, headers, body)
        assert answer.status == 200 and not faults, faults
        text = body.decode()
        assert text.startswith("retry: 3000\n\nid: 1\nevent: backlog.level_changed\ndata: {"), text


def test_subscriptions():
    refuse = threading.Event()

    def answer(delivery, count):
        return (500, {}, b"no") if refuse.is_set() else (200, {})
    env = {"WINDVANE_WEBHOOK_PRIVATE": "allow", "WINDVANE_WEBHOOK_BACKOFF_DIVISOR": "1000000"}
    with Checked(env=env) as service, Receiver(answer) as receiver:
        service.put_store("s1")
        hook = {"url": receiver.url, "stores": ["s1"], "types": [LEVEL], "name": "ops"}
        made = service.expect(201, "POST", "/v1/subscriptions", hook).json()
        service.expect(201, "POST", "/v1/subscriptions", {"url": receiver.url, "active": False})
        assert len(walk(service, "/v1/subscriptions")) == 2
        path = f"/v1/subscriptions/{made['id']}"
        service.expect(200, "GET", path)
        service.expect(200, "PUT", path, {**hook, "types": None})
        service.expect(200, "POST", f"{path}/rotate")
        service.expect(422, "POST", "/v1/subscriptions", {"url": "ftp://example.com/"})
        service.expect(400, "POST", "/v1/subscriptions", "{", JSON)
        service.expect(415, "PUT", path, "url=x", {"Content-Type": "text/plain"})
        service.expect(201, "POST", f"{path}/test", {})
        add_notices(service.uri, "s1", (LEVEL, {"to": "none"}), recorded_at=CLOCK)
        faults = []
        for sent in receiver.wait(2):
            operation = service.description.document["webhooks"]["notification"]["post"]
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            faults += service.description.schema_faults(schema, sent.json())
            for parameter in operation["parameters"]:
                faults += service.description.schema_faults(
                    parameter["schema"], sent.headers[parameter["name"]])
        assert not faults, faults
        refuse.set()
        service.expect(201, "POST", f"{path}/test", {"store": "s1"})
        await_true(lambda: service.get(f"{path}/deliveries?state=dead").json()["items"], "dead")
        items = walk(service, f"{path}/deliveries")
        assert len(items) == 3, items
        service.expect(200, "POST", f"{path}/deliveries/{items[0]['id']}/redeliver")
        service.expect(404, "POST", f"{path}/deliveries/none/redeliver")
        service.expect(200, "POST", f"{path}/redeliver", {"since": CLOCK})
        service.expect(422, "POST", f"{path}/redeliver", {"since": "today"})
        service.expect(422, "GET", f"{path}/deliveries?state=lost")
        service.expect(200, "PUT", path, {**hook, "active": False})
        service.expect(409, "POST", f"{path}/test", {})
        service.expect(204, "DELETE", path)
        for method, at, body in (("GET", "", None), ("PUT", "", hook), ("DELETE", "", None),
                                 ("POST", "/rotate", None), ("POST", "/test", {}),
                                 ("GET", "/deliveries", None), ("POST", "/redeliver", {"since": CLOCK})):
            service.expect(404, method, path + at, body)


def test_public_answers():
    with Checked() as service:
        for path in ("/livez", "/readyz", "/openapi.yaml"):
            answer = service.expect(200, "GET", path, key=None)
        assert answer.body == (harness.REPOSITORY / "openapi.yaml").read_bytes()


def test_refusals():
    with Checked() as service:
        service.put_store("s1")
        for method, path, _ in operations(service.description.document):
            path = path.replace("{store}", "s1").replace("{order}", "A1").replace("{id}", "jd")
            if path.startswith("/v1/"):
                body = "{}" if method in ("PUT", "POST") else None
                for key in (None, "not-a-key-that-anyone-was-given"):
                    service.expect(401, method, path, body, JSON, key=key)
        for path in ("/", "/v1", "/v1/nothing", "/v1/stores/s1/nothing", "/v2/events"):
            service.expect(404, "GET", path)
        for method in METHODS:
            service.expect(405 if method != "post" else 415, method.upper(), "/v1/events", "x",
                           {"Content-Type": "text/csv"})
        service.expect(405, "POST", "/v1/stores/s1/score", "{}", JSON)
        service.expect(405, "DELETE", "/livez", key=None)
        for path in ("/v1/stores/nowhere", "/v1/stores/nowhere/score", "/v1/stores/nowhere/backlog",
                     "/v1/stores/nowhere/backlog/forecast",
                     "/v1/stores/s1/orders/NONE", "/v1/policies/none"):
            service.expect(404, "GET", path)
        for path in ("score?as_of=2030-01-01T00:00:00Z", "score?as_of=yesterday", "score?basis=any",
                     "score?as_of=2024-01-01T00:00:00", "backlog?as_of=2030-01-01T00:00:00Z",
                     "backlog/orders?cohort=monday&mark=72",
                     f"backlog/orders?cohort={TODAY}&mark=72&state=any",
                     f"backlog/orders?cohort={TODAY}&mark=72&limit=0",
                     f"backlog/orders?cohort={TODAY}&mark=72&cursor=%21%21"):
            answer = service.get(f"/v1/stores/s1/{path}")
            assert answer.status in (400, 422), (path, answer)


def test_simulated_events_are_described():
    description = Description()
    done = run_windvane(["simulate", "--output", "-"], {})
    assert done.returncode == 0, done.stderr
    types, seen = {}, 0
    for line in done.stdout.splitlines():
        event = json.loads(line)
        seen += 1
        types[event["type"]] = types.get(event["type"], 0) + 1
        if types[event["type"]] <= 50:
            faults = description.schema_faults(EVENT, event, strict=False)
            assert not faults, (event, faults)
    assert seen > 100 and {"order.placed", "order.collected"} <= set(types), types


if __name__ == "__main__":
    harness.main()
