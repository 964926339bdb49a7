#!/usr/bin/env python3
"""Keys, stores and policies: who may do what, what a PUT takes, and which version answers."""

import json
import time
import urllib.parse

import harness
from harness import Service, ev, new_database, psql, run_windvane

# Ahead of the machine's clock, so that the policies that `migrate` loads are older on either.
CLOCK = "2060-01-12T12:00:00+08:00"
STRUCTURED = "application/cloudevents+json"
LIMIT_S = 30


class service_with(Service):
    """A service on a fresh database that knows the given stores."""

    def __init__(self, *stores):
        super().__init__(new_database(), clock_start=CLOCK)
        self._stores = stores

    def __enter__(self):
        super().__enter__()
        for store in self._stores:
            self.put_store(store)
        return self


def is_problem(reply, status, pointer=None):
    assert reply.status == status, (reply.status, reply.body)
    assert reply.headers["content-type"].startswith("application/problem+json"), reply.headers
    problem = reply.json()
    assert problem["status"] == status and problem["type"] and problem["title"], problem
    if pointer is not None:
        assert pointer in [e["pointer"] for e in problem["errors"]], (pointer, problem)


def new_key(service, role, stores=None, name="test"):
    body = {"role": role, "name": name}
    if stores is not None:
        body["stores"] = stores
    reply = service.post_json("/v1/keys", body)
    assert reply.status == 201, (reply.status, reply.body)
    return reply.json()


def until(condition, what):
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def placed(order, day, store="s1"):
    at = f"2060-01-{day:02}T10:00:00+08:00"
    return ev("order.placed", at, {"store": store, "order": order, "paid_at": at})


def post_event(service, event, key):
    return service.request("POST", "/v1/events", json.dumps(event), {"content-type": STRUCTURED},
                           key=key)


def pages(service, path, limit, key=harness.ADMIN_KEY):
    """The items of every page of a list."""
    result, cursor = [], None
    while True:
        query = f"?limit={limit}" + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else "")
        reply = service.get(path + query, key=key)
        assert reply.status == 200, (reply.status, reply.body)
        page = reply.json()
        result.append(page["items"])
        cursor = page["next_cursor"]
        assert len(result) < 50, "paging does not end"
        if cursor is None:
            return result


# --- keys -------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_only_its_hash_is_stored():
    with service_with("s1") as service:
        made = new_key(service, "merchant", ["s1"], name="Li's dashboard")
        secret = made["key"]
        assert len(secret) >= 24 and made["id"] and made["id"] != secret, made
        assert (made["role"], made["stores"], made["name"]) == \
            ("merchant", ["s1"], "Li's dashboard"), made
        one = service.get(f"/v1/keys/{made['id']}")
        every = service.get("/v1/keys")
        assert one.status == every.status == 200, (one.body, every.body)
        assert one.json()["role"] == "merchant" and one.json()["id"] == made["id"], one.body
        assert made["id"] in [item["id"] for item in every.json()["items"]], every.body
        for reply in (one, every):
            assert secret.encode() not in reply.body and b'"key"' not in reply.body, reply.body
        rows = json.dumps(psql(service.uri, "select api_keys::text from api_keys"))
        assert made["id"] in rows, rows
        for form in (secret, secret.encode().hex(), secret[-20:], secret[-20:].encode().hex()):
            assert form not in rows, rows
        assert secret not in service.log()
        assert new_key(service, "merchant", ["s1"])["key"] != secret


def test_a_deleted_key_opens_nothing():
    with service_with("s1") as service:
        made = new_key(service, "merchant", ["s1"])
        path = "/v1/stores/s1/score"
        assert service.get(path, key=made["key"]).status == 200
        assert service.delete(f"/v1/keys/{made['id']}").status in (200, 204)
        until(lambda: service.get(path, key=made["key"]).status == 401, "the key still works")
        is_problem(service.get(path, key=made["key"]), 401)
        is_problem(service.get("/v1/keys/no-such-key"), 404)
        is_problem(service.delete("/v1/keys/no-such-key"), 404)


def test_keys_must_be_well_formed():
    with service_with("s1") as service:
        for body, pointer in (
                ({"name": "x"}, "/role"), ({"role": "owner", "name": "x"}, "/role"),
                ({"role": 5, "name": "x"}, "/role"), ({"role": None, "name": "x"}, "/role"),
                ({"role": "ingest", "stores": "s1", "name": "x"}, "/stores"),
                ({"role": "merchant", "name": "x"}, "/stores"),
                ({"role": "merchant", "stores": [], "name": "x"}, "/stores"),
                ({"role": "ingest", "stores": ["s1", 5], "name": "x"}, "/stores/1"),
                ({"role": "ingest", "stores": ["s1", "s9"], "name": "x"}, "/stores/1"),
                ({"role": "ingest", "name": 5}, "/name")):
            is_problem(service.post_json("/v1/keys", body), 422, pointer)
        is_problem(service.post("/v1/keys", "{", headers={"Content-Type": "application/json"}), 400)
        assert psql(service.uri, "select count(*) from api_keys") == [["0"]]


def test_keys_are_listed_by_pages():
    with service_with("s1") as service:
        made = [new_key(service, "ingest", name=f"k{n}")["id"] for n in range(5)]
        lists = pages(service, "/v1/keys", 2)
        assert [len(page) for page in lists] == [2, 2, 1], lists
        assert sorted(item["id"] for page in lists for item in page) == sorted(made)


def test_what_lies_outside_a_key_does_not_exist():
    with service_with("s1", "s2") as service:
        key = new_key(service, "merchant", ["s1"])["key"]
        assert service.get("/v1/stores/s1/score", key=key).status == 200
        assert service.get("/v1/stores/s1/backlog", key=key).status == 200
        for resource in ("score", "backlog"):
            foreign = service.get(f"/v1/stores/s2/{resource}", key=key)
            unknown = service.get(f"/v1/stores/s9/{resource}", key=key)
            is_problem(foreign, 404)
            is_problem(unknown, 404)
            assert foreign.json()["title"] == unknown.json()["title"]
            assert foreign.json()["type"] == unknown.json()["type"]
        items = service.get("/v1/stores", key=key).json()["items"]
        assert [item["store"] for item in items] == ["s1"], items
        both = new_key(service, "merchant", ["s1", "s2"])["key"]
        assert service.get("/v1/stores/s2/score", key=both).status == 200


def test_each_role_may_do_its_own():
    with service_with("s1") as service:
        keys = {role: new_key(service, role, ["s1"] if role != "admin" else None)["key"]
                for role in ("admin", "ingest", "merchant", "reviewer")}
        policy = service.get("/v1/policies/jd").json()
        requests = {
            "post events": (("admin", "ingest"), lambda key: post_event(
                service, placed("A1", 10), key)),
            "read the score": (("admin", "merchant"),
                               lambda key: service.get("/v1/stores/s1/score", key=key)),
            "read the backlog": (("admin", "merchant"),
                                 lambda key: service.get("/v1/stores/s1/backlog", key=key)),
            "list keys": (("admin",), lambda key: service.get("/v1/keys", key=key)),
            "make a key": (("admin",), lambda key: service.post(
                "/v1/keys", {"role": "admin", "name": "more"}, key=key)),
            "put a store": (("admin",), lambda key: service.put(
                "/v1/stores/s1", {"name": "s1"}, key=key)),
            "put a policy": (("admin",), lambda key: service.put(
                "/v1/policies/jd", policy, key=key)),
        }
        # What the contract says nothing of, a reviewer's reading, is not asked for.
        silent = {("read the score", "reviewer"), ("read the backlog", "reviewer")}
        for name, (allowed, request) in requests.items():
            for role, key in keys.items():
                reply = request(key)
                if role in allowed:
                    assert reply.status in (200, 201), (name, role, reply.status, reply.body)
                elif (name, role) not in silent:
                    is_problem(reply, 403)
        assert psql(service.uri, "select count(*) from event_keys") == [["2"]]


def test_settings_are_checked_at_start():
    secret = "short-secret"
    done = run_windvane(["serve"], {"WINDVANE_DATABASE_URL": "postgresql:///none?host=/nonexistent",
                                    "WINDVANE_LISTEN": "nowhere", "WINDVANE_ADMIN_KEY": secret,
                                    "WINDVANE_CLOCK_START": "yesterday"})
    output = done.stdout + done.stderr
    assert done.returncode not in (0, -11, -6), done
    for name in ("WINDVANE_LISTEN", "WINDVANE_ADMIN_KEY", "WINDVANE_CLOCK_START"):
        assert name in output, (name, output)
    assert secret not in output, output


# --- stores -----------------------------------------------------------------------------------


def test_a_store_is_made_and_replaced():
    with service_with() as service:
        reply = service.put("/v1/stores/s1", {"name": "Corner shop"})
        assert reply.status == 201, (reply.status, reply.body)
        body = reply.json()
        assert (body["name"], body["time_zone"], body["policy"]) == \
            ("Corner shop", "Asia/Shanghai", "jd"), body
        ours = {**service.get("/v1/policies/jd").json(), "id": "ours"}
        assert service.put("/v1/policies/ours", ours).status == 201
        reply = service.put("/v1/stores/s1", {
            "name": "Shop", "category": "books", "time_zone": "Europe/Berlin", "policy": "ours",
            "services": ["worry_free"]})
        assert reply.status == 200, (reply.status, reply.body)
        body = reply.json()
        assert (body["name"], body["category"], body["time_zone"], body["policy"],
                body["services"]) == \
            ("Shop", "books", "Europe/Berlin", "ours", ["worry_free"]), body

        def answers_as_told():
            score = service.get("/v1/stores/s1/score").json()
            window = score["factors"][0]["metrics"][0]["window"]
            # Berlin's days begin at 23:00 UTC in winter.
            return score["policy"]["id"] == "ours" and window["to"].endswith("T23:00:00Z")

        until(answers_as_told, "the store never came under its new policy and zone")


def test_stores_must_be_well_formed():
    good = {"name": "Shop"}
    with service_with() as service:
        for body, pointer in (
                ({**good, "time_zone": "Mars/Olympus"}, "/time_zone"),
                ({**good, "time_zone": "Asia/Shanghai'; drop table stores; --"}, "/time_zone"),
                ({**good, "time_zone": ""}, "/time_zone"), ({**good, "time_zone": 8}, "/time_zone"),
                ({**good, "policy": "none"}, "/policy"), ({**good, "policy": 1}, "/policy"),
                ({"name": 5}, "/name"), ({**good, "category": 5}, "/category"),
                ({**good, "services": "worry_free"}, "/services"),
                ({**good, "services": [5]}, "/services/0")):
            is_problem(service.put("/v1/stores/s1", body), 422, pointer)
        assert service.get("/v1/stores").json()["items"] == []
        for text in ("{", "[]", "", '{"name":"a","name":"b"}'):
            reply = service.put("/v1/stores/s1", text, headers={"Content-Type": "application/json"})
            assert reply.status in (400, 422), (text, reply.status, reply.body)
        is_problem(service.get("/v1/stores/s1/score"), 404)


def test_stores_are_listed_by_pages():
    names = [f"s{n}" for n in range(6)] + ["店 铺"]
    with service_with() as service:
        for name in names:
            service.put_store(urllib.parse.quote(name))
        lists = pages(service, "/v1/stores", 3)
        assert [len(page) for page in lists] == [3, 3, 1], lists
        items = [item for page in lists for item in page]
        assert sorted(item["store"] for item in items) == sorted(names), items
        for item in items:
            assert item["level"] == "none" and "score" in item, item
        assert len(service.get("/v1/stores").json()["items"]) == 7
        assert service.get("/v1/stores").json()["next_cursor"] is None
        for query in ("limit=0", "limit=-1", "limit=x", "limit=99999999999999999999",
                      "limit=2&cursor=forged", "limit=2&cursor=%ff"):
            reply = service.get(f"/v1/stores?{query}")
            assert reply.status in (400, 422), (query, reply.status, reply.body)


# --- policies ---------------------------------------------------------------------------------


def test_shipped_policies():
    with service_with() as service:
        items = service.get("/v1/policies").json()["items"]
        assert "jd" in [item["id"] for item in items], items
        for item in items:
            document = service.get(f"/v1/policies/{item['id']}").json()
            assert (document["id"], document["version"]) == (item["id"], 1), document
            hours = [mark["hours"] for mark in document["backlog"]["marks"]]
            assert hours == sorted(hours) and hours, document["backlog"]
        is_problem(service.get("/v1/policies/none"), 404)


def test_put_of_a_get_is_accepted():
    with service_with() as service:
        document = service.get("/v1/policies/jd").json()
        reply = service.put("/v1/policies/jd", document)
        assert reply.status == 200, (reply.status, reply.body)
        again = service.get("/v1/policies/jd").json()
        assert again["version"] >= document["version"], again
        assert {**again, "version": 0} == {**document, "version": 0}
        document["backlog"]["min_orders"] = 5
        reply = service.put("/v1/policies/jd", document)
        assert reply.status == 200, (reply.status, reply.body)
        changed = service.get("/v1/policies/jd").json()
        assert changed["version"] > again["version"], changed
        assert changed["backlog"]["min_orders"] == 5, changed["backlog"]
        reply = service.put("/v1/policies/ours", {**document, "id": "ours"})
        assert reply.status == 201, (reply.status, reply.body)
        ours = service.get("/v1/policies/ours").json()
        assert (ours["id"], ours["version"]) == ("ours", 1), ours
        assert service.put("/v1/stores/s1", {"name": "s1", "policy": "ours"}).status == 201
        assert service.get("/v1/stores/s1/score").json()["policy"] == {"id": "ours", "version": 1}


FAULTS = {
    "/id": "another",
    "/backlog": [],
    "/backlog/min_orders": "300",
    "/backlog/overdue_basis": "generous",
    "/backlog/watch_hours": -1,
    "/backlog/marks": {},
    "/backlog/marks/0": 48,
    "/backlog/marks/0/over_percent": -15,
    "/backlog/marks/0/level": "grave",
    "/backlog/marks/1/hours": "72",
    "/backlog/marks/1/inclusive": "yes",
    "/backlog/marks/1/restriction": "search_demotion",
    "/backlog/marks/1/restriction/kind": 7,
    "/backlog/marks/1/restriction/hours": 0,
    "/backlog/marks/1/restriction/percent": 101,
    "/backlog/marks/2/hours": 0,
}


def put_at(document, pointer, value):
    """A copy of the document with another value at `pointer`."""
    document = json.loads(json.dumps(document))
    *path, last = [int(p) if p.isdigit() else p for p in pointer[1:].split("/")]
    holder = document
    for step in path:
        holder = holder[step]
    holder[last] = value
    return document


def test_faults_of_a_policy_are_pointed_at():
    with service_with("s1") as service:
        document = service.get("/v1/policies/jd").json()
        for pointer, value in FAULTS.items():
            reply = service.put("/v1/policies/jd", put_at(document, pointer, value))
            is_problem(reply, 422, pointer)
        two = put_at(put_at(document, "/backlog/min_orders", "x"), "/backlog/marks/2/level", "x")
        reply = service.put("/v1/policies/jd", two)
        is_problem(reply, 422, "/backlog/min_orders")
        is_problem(reply, 422, "/backlog/marks/2/level")  # all faults at once
        for text in ("{", "[]", ""):
            reply = service.put("/v1/policies/jd", text,
                                headers={"Content-Type": "application/json"})
            assert reply.status in (400, 422), (text, reply.status, reply.body)
        assert service.get("/v1/policies/jd").json() == document
        key = new_key(service, "merchant", ["s1"])["key"]
        is_problem(service.put("/v1/policies/jd", document, key=key), 403)


def first_mark(service, query=""):
    """Policy and first mark of the cohort of 8 January."""
    reply = service.get("/v1/stores/s1/backlog" + query)
    assert reply.status == 200, (reply.status, reply.body)
    body = reply.json()
    (cohort,) = [c for c in body["cohorts"] if c["day"] == "2060-01-08"]
    return body, cohort["marks"][0]


def put_backlog(service, min_orders, over_percent):
    """Puts a version of jd and waits until the store answers under it."""
    document = service.get("/v1/policies/jd").json()
    document["backlog"]["min_orders"] = min_orders
    document["backlog"]["marks"][0]["over_percent"] = over_percent
    assert service.put("/v1/policies/jd", document).status == 200
    version = service.get("/v1/policies/jd").json()["version"]
    until(lambda: first_mark(service)[0]["policy"] == {"id": "jd", "version": version},
          "the store never came under the new version")
    return version


def test_a_new_version_applies_to_what_is_there():
    with service_with("s1") as service:
        events = [placed(f"A{n}", 8) for n in range(10)]
        events += [ev("order.collected", "2060-01-08T18:00:00+08:00",
                      {"store": "s1", "order": f"A{n}"}) for n in range(7)]
        assert service.post_events(events).json()["accepted"] == 17
        body, mark = first_mark(service)
        assert body["policy"] == {"id": "jd", "version": 1}, body
        # Three of ten are overdue at the checkpoint, but ten orders are too few.
        assert (mark["eligible"], mark["overdue"], mark["state"]) == (10, 3, "not_assessed"), mark
        second = put_backlog(service, 5, 15)
        body, mark = first_mark(service)
        assert (mark["state"], body["cohorts"][2]["assessed"]) == ("warned", True), body
        under_second = body["as_of"]
        third = put_backlog(service, 5, 40)
        assert first_mark(service)[1]["state"] == "clear"
        assert 1 < second < third
        # A past instant names the version in force then; before the first one, the first.
        body, mark = first_mark(service, f"?as_of={under_second}")
        assert (body["policy"]["version"], mark["state"]) == (second, "warned"), body
        body, mark = first_mark(service, "?as_of=2060-01-11T16:00:00Z")
        assert (body["policy"]["version"], mark["state"]) == (1, "not_assessed"), body
        # It can be asked for any version, and for another policy.
        for query, policy, state in (("?policy=jd@1", ("jd", 1), "not_assessed"),
                                     (f"?policy=jd@{second}", ("jd", second), "warned"),
                                     ("?policy=jd", ("jd", third), "clear")):
            body, mark = first_mark(service, query)
            assert (body["policy"]["id"], body["policy"]["version"]) == policy, (query, body)
            assert mark["state"] == state, (query, mark)
            score = service.get("/v1/stores/s1/score" + query).json()
            assert (score["policy"]["id"], score["policy"]["version"]) == policy, (query, score)
        for query in ("?policy=none", "?policy=jd@99", "?policy=jd@", "?policy=jd@x", "?policy=@1"):
            reply = service.get("/v1/stores/s1/backlog" + query)
            assert reply.status in (400, 404, 422), (query, reply.status, reply.body)


if __name__ == "__main__":
    harness.main()
