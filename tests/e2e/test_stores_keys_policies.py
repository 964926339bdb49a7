#!/usr/bin/env python3
"""Keys, stores and policies: who may do what, what a PUT takes, and which version answers."""

import json
import threading
import time
import urllib.parse

import harness
from harness import Service, ev, new_database, psql, run_windvane

# Ahead of the machine's clock, so that the policies that `migrate` loads are older on either.
CLOCK = "2060-01-12T12:00:00+08:00"
LATER = "2060-01-12T12:30:00+08:00"
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
        assert service.delete(f"/v1/keys/{made['id']}").status == 204
        is_problem(service.get(path, key=made["key"]), 401)  # at once where it was deleted
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
                ({"role": "ingest", "stores": [], "name": "x"}, "/stores"),
                ({"role": "admin", "stores": ["s1"], "name": "x"}, "/stores"),
                ({"role": "ingest", "stores": ["s1"] * 65, "name": "x"}, "/stores"),
                ({"role": "ingest", "name": "x" * 201}, "/name"),
                ({"role": "ingest", "owner": "x"}, "/owner"),
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


def test_a_key_deleted_elsewhere_stops_too():
    with service_with("s1") as service:
        made = new_key(service, "merchant", ["s1"])
        path = "/v1/stores/s1/score"
        assert service.get(path, key=made["key"]).status == 200
        done = run_windvane(["key", "delete", made["id"]], {"WINDVANE_DATABASE_URL": service.uri})
        assert done.returncode == 0, done
        until(lambda: service.get(path, key=made["key"]).status == 401, "the key still works")


def test_a_cursor_belongs_to_its_list():
    with service_with("s1", "s2") as service:
        stores = service.get("/v1/stores?limit=1").json()["next_cursor"]
        assert stores, "there is a second page"
        assert service.get(f"/v1/stores?cursor={stores}").status == 200
        is_problem(service.get(f"/v1/policies?cursor={stores}"), 422)
        changed = ("B" if stores[0] == "A" else "A") + stores[1:]
        for cursor in (changed, stores[:-1], stores + "A", "", "AAAA", "!"):
            is_problem(service.get(f"/v1/stores?cursor={cursor}"), 422)


def test_quarantine_shows_what_a_key_covers():
    with service_with("s1", "s2") as service:
        bad = [ev("order.placed", "2060-01-10T10:00:00+08:00",
                  {"store": store, "order": "A1", "parcels": "x"}, id=f"bad-{store}")
               for store in ("s1", "s2")]
        bad.append({"specversion": "1.0", "id": "bad-none"})
        assert service.post_events(bad).json()["rejected"] == 3

        def ids(query="", key=harness.ADMIN_KEY):
            reply = service.get("/v1/quarantine" + query, key=key)
            assert reply.status == 200, (reply.status, reply.body)
            return sorted(item["id"] for item in reply.json()["items"])

        own = new_key(service, "ingest", ["s1"])["key"]
        every = new_key(service, "ingest")["key"]
        assert ids() == ids(key=every) == ["bad-none", "bad-s1", "bad-s2"]
        assert ids("?store=") == ["bad-none"]
        assert ids(key=own) == ids("?store=s1", key=own) == ["bad-s1"]
        for store in ("s2", "", "s9"):
            is_problem(service.get(f"/v1/quarantine?store={store}", key=own), 404)
        is_problem(service.get("/v1/quarantine",
                               key=new_key(service, "merchant", ["s1"])["key"]), 403)


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
                ({**good, "services": [5]}, "/services/0"),
                ({**good, "services": ["fast", "Worry Free"]}, "/services/1"),
                ({**good, "services": ["a" * 65]}, "/services/0"),
                ({**good, "services": [f"s{n}" for n in range(33)]}, "/services"),
                ({**good, "name": "x" * 201}, "/name"), ({**good, "store": "s2"}, "/store"),
                ({**good, "colour": "red"}, "/colour")):
            is_problem(service.put("/v1/stores/s1", body), 422, pointer)
        is_problem(service.put(f"/v1/stores/{'s' * 201}", good), 422)
        assert service.get("/v1/stores").json()["items"] == []
        for text in ("{", "[]", "", '{"name":"a","name":"b"}'):
            reply = service.put("/v1/stores/s1", text, headers={"Content-Type": "application/json"})
            assert reply.status in (400, 422), (text, reply.status, reply.body)
        is_problem(service.get("/v1/stores/s1/score"), 404)


def versions(service, store="s1"):
    return psql(service.uri, "select version, time_zone, policy_id, policy_version"
                             f" from store_versions where store_id = '{store}' order by version")


def test_settings_that_are_put_again_make_no_version():
    with service_with() as service:
        assert service.put("/v1/stores/s1", {}).status == 201
        settings = service.get("/v1/stores/s1").json()
        assert settings == {"store": "s1", "name": "s1", "category": "", "policy": "jd",
                            "time_zone": "Asia/Shanghai", "services": []}, settings
        for body in (settings, {}, {"name": "s1"}, {"name": None, "services": None}):
            reply = service.put("/v1/stores/s1", body)
            assert (reply.status, reply.json()) == (200, settings), reply
        assert len(versions(service)) == 1
        named = service.put("/v1/stores/s1", {**settings, "name": ""}).json()
        assert named == {**settings, "name": ""}, named
        assert service.put("/v1/stores/s1", named).status == 200
        assert len(versions(service)) == 2


def shipped_orders(service):
    """Orders of some days, about midnights of several zones; a part is collected."""
    events = []
    for n in range(60):
        at = f"2060-01-{5 + n % 7:02}T{n * 5 % 24:02}:30:00Z"
        if at >= "2060-01-12T04:00:00Z":
            continue
        events.append(ev("order.placed", at, {"store": "s1", "order": f"A{n}", "paid_at": at}))
        if n % 3:
            events.append(ev("order.collected", at[:14] + "50:00Z",
                             {"store": "s1", "order": f"A{n}"}))
    assert service.post_events(events).json()["accepted"] == len(events)


def cohort_sizes(service):
    reply = service.get("/v1/stores/s1/backlog").json()
    return {cohort["day"]: cohort["orders"] for cohort in reply["cohorts"]}


def is_true_to_its_orders(service):
    status, output = harness.verify(service.uri)
    assert status == 0, output


def test_another_time_zone_moves_the_orders_to_its_days():
    with service_with("s1") as service:
        shipped_orders(service)
        before = cohort_sizes(service)
        assert service.put("/v1/stores/s1", {"time_zone": "America/New_York"}).status == 200
        assert cohort_sizes(service) != before
        is_true_to_its_orders(service)
        late = placed("B1", 11)
        assert service.post_events([late]).json()["accepted"] == 1
        is_true_to_its_orders(service)
        assert service.put("/v1/stores/s1", {}).status == 200
        after = cohort_sizes(service)
        assert after == {**before, "2060-01-11": before["2060-01-11"] + 1}, (before, after)
        is_true_to_its_orders(service)
        assert [row[1] for row in versions(service)] == \
            ["Asia/Shanghai", "America/New_York", "Asia/Shanghai"]


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
        assert [item["id"] for item in items] == ["amazon", "jd", "tmall"], items
        for item in items:
            document = service.get(f"/v1/policies/{item['id']}").json()
            assert (document["id"], document["version"]) == (item["id"], 1), document
        backlog = service.get("/v1/policies/jd").json()["backlog"]
        assert [mark["hours"] for mark in backlog["marks"]] == [48, 72, 120], backlog
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


def with_mark(document, hours):
    """The policy with another first mark, which is another measure."""
    return put_at(document, "/backlog/marks/0/hours", hours)


def test_new_measures_are_counted_before_the_store_answers_by_them():
    with service_with("s1", "s2") as service:
        shipped_orders(service)
        document = service.get("/v1/policies/jd").json()
        assert service.put("/v1/policies/jd", with_mark(document, 30)).status == 200
        body, mark = first_mark(service)
        assert body["policy"]["version"] == 2 and mark["hours"] == 30, body
        past = first_mark(service, f"?as_of={body['as_of']}")[1]  # the slow path agrees
        assert mark == past and mark["overdue"] > 0, (mark, past)
        assert versions(service)[-1][3] == versions(service, "s2")[-1][3] == "2"
        is_true_to_its_orders(service)


def test_a_store_takes_the_newest_version_of_its_policy():
    with service_with("s1") as service:
        document = service.get("/v1/policies/jd").json()
        ours = {**with_mark(document, 20), "id": "ours"}
        assert service.put("/v1/policies/ours", ours).status == 201
        assert service.put("/v1/policies/ours", with_mark(ours, 22)).status == 200
        shipped_orders(service)
        assert service.put("/v1/stores/s1", {"policy": "ours"}).status == 200
        body, mark = first_mark(service)
        assert body["policy"] == {"id": "ours", "version": 2} and mark["hours"] == 22, body
        is_true_to_its_orders(service)


def test_stores_that_were_left_behind_catch_up_at_start():
    uri = new_database()
    with Service(uri, clock_start=CLOCK) as service:
        service.put_store("s1")
        shipped_orders(service)
        ours = {**with_mark(service.get("/v1/policies/jd").json(), 20), "id": "ours"}
        assert service.put("/v1/policies/ours", ours).status == 201
    # As if the process had died between the version and its stores.
    psql(uri, "insert into policies select 'jd', 2, valid_from, false, document from policies"
              " where policy_id = 'ours'")
    # The clock goes on from there: a new start of it at the same instant would be before the
    # settings that the first process stored.
    with Service(uri, clock_start=LATER, migrate=False) as service:
        assert service.get("/readyz", key=None).status == 200
        body, mark = first_mark(service)
        assert body["policy"] == {"id": "jd", "version": 2} and mark["hours"] == 20, body
        is_true_to_its_orders(service)


def test_a_put_of_the_same_settings_takes_a_store_along():
    with service_with("s1") as service:
        # A version whose own process has not come to this store yet.
        psql(service.uri, "insert into policies select policy_id, 2, valid_from, false, document"
                          " from policies")
        assert service.put_store("s1").status == 200
        assert [row[3] for row in versions(service)] == ["1", "2"]
        assert first_mark(service)[0]["policy"] == {"id": "jd", "version": 2}


def test_migrating_again_keeps_what_was_put():
    with service_with("s1") as service:
        document = service.get("/v1/policies/jd").json()
        put_backlog(service, 7, 15)
        for _ in range(2):
            done = run_windvane(["migrate"], {"WINDVANE_DATABASE_URL": service.uri})
            assert done.returncode == 0, done
        now = service.get("/v1/policies/jd").json()
        assert (now["version"], now["backlog"]["min_orders"]) == (2, 7), now
        # Back to the shipped rules is a version of its own; the same again is none.
        for _ in range(2):
            assert service.put("/v1/policies/jd", document).status == 200
            assert service.get("/v1/policies/jd").json() == {**document, "version": 3}


def test_changes_at_once_leave_every_store_at_the_newest_version():
    with service_with("s1", "s2", "s3") as service:
        shipped_orders(service)
        document = service.get("/v1/policies/jd").json()
        statuses = []

        def put_policy(hours):
            statuses.append(service.put("/v1/policies/jd", with_mark(document, hours)).status)

        def put_settings(zone):
            for store in ("s1", "s2", "s4"):
                statuses.append(service.put(f"/v1/stores/{store}", {"time_zone": zone}).status)

        threads = [threading.Thread(target=put_policy, args=(hours,)) for hours in range(10, 15)]
        threads += [threading.Thread(target=put_settings, args=(zone,))
                    for zone in ("Europe/Berlin", "America/New_York", "Asia/Tokyo")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(statuses) == 14 and set(statuses) <= {200, 201}, statuses
        assert statuses.count(201) == 1, statuses
        assert psql(service.uri, "select version from policies where policy_id = 'jd' order by 1") \
            == [[str(n)] for n in range(1, 7)]
        for store in ("s1", "s2", "s3", "s4"):
            rows = versions(service, store)
            assert rows[-1][3] == "6", (store, rows)
            assert [row[0] for row in rows] == [str(n + 1) for n in range(len(rows))], rows
        assert psql(service.uri, "select count(*) from store_versions a join store_versions b"
                                 " on a.store_id = b.store_id and a.version < b.version"
                                 " and a.valid_from > b.valid_from") == [["0"]]
        is_true_to_its_orders(service)


if __name__ == "__main__":
    harness.main()
