#!/usr/bin/env python3
"""Policy versions that take effect later, and stores that come to them: before, during and after,
also when the process dies on the way."""

import contextlib
import datetime
import subprocess
import threading

import harness
from harness import Service, main, new_database, psql, rfc3339, verify
from test_properties import same_both_ways
from test_stores_keys_policies import (CLOCK, LATER, first_mark, is_problem, pages, shipped_orders,
                                       until, with_mark)

START = datetime.datetime.fromisoformat(CLOCK)
SOON_S = 5
LOCKS = 256
LOCK_BASE = 0x77696e6476000000


def put(service, document, policy="jd", **query):
    text = "&".join(f"{name}={harness.urllib.parse.quote(rfc3339(value))}"
                    for name, value in query.items())
    return service.put(f"/v1/policies/{policy}" + (f"?{text}" if text else ""), document)


def versions(service, policy="jd"):
    return service.get(f"/v1/policies/{policy}/versions").json()["items"]


def progress(service, policy="jd"):
    """(version, in effect, moved) of each version."""
    return [(item["version"], item["in_effect"], item["moved"])
            for item in versions(service, policy)]


def under(service, store):
    """The version that a store's answers name; both resources name one of them."""
    answers = [service.get(f"/v1/stores/{store}/{name}").json() for name in ("score", "backlog")]
    return answers[1]["policy"]["version"], answers


def lock_of(store):
    """The lock that whoever changes the store takes: FNV-1a of its id."""
    value = 14695981039346656037
    for byte in store.encode():
        value = (value ^ byte) * 1099511628211 % 2**64
    return LOCK_BASE + value % LOCKS


@contextlib.contextmanager
def held(uri, store):
    """Holds the lock of a store, as somebody would who is busy with it."""
    process = subprocess.Popen([harness._psql_program(), "-X", "-q", "-d", uri],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    try:
        process.stdin.write(f"begin; select pg_advisory_xact_lock({lock_of(store)});\n")
        process.stdin.flush()
        key = lock_of(store)
        until(lambda: psql(uri, "select count(*) from pg_locks where locktype = 'advisory'"
                                f" and granted and objsubid = 1 and classid = {key >> 32}"
                                f" and objid = {key % 2**32}") == [["1"]], "no lock")
        yield
    finally:
        process.stdin.close()
        process.wait()


def assert_verified(uri):
    status, output = verify(uri)
    assert status == 0, output


# --- Effective dates --------------------------------------------------------------------------


def test_a_version_takes_effect_when_it_is_due():
    with Service(new_database(), clock_start=CLOCK) as service:
        service.put_store("s1")
        shipped_orders(service)
        document = service.get("/v1/policies/jd").json()
        before = instant_of(first_mark(service)[0])
        due = before + datetime.timedelta(seconds=SOON_S)
        answer = put(service, with_mark(document, 30), effective_at=due)
        assert (answer.status, answer.json()["version"]) == (200, 2), answer

        # Before: the newest version can be read, and counts nothing, whatever else changes.
        assert service.put("/v1/stores/s1", {"name": "renamed"}).status == 200
        body, mark = first_mark(service)
        assert instant_of(body) < due, "the machine is too slow for this test"
        assert (body["policy"]["version"], mark["hours"]) == (1, 48), body
        assert service.get("/v1/policies/jd").json()["version"] == 2
        assert service.get("/v1/policies/jd?version=1").json() == document
        assert progress(service) == [(2, False, 0), (1, True, 1)]
        assert [item["effective_at"] for item in versions(service)][0] == utc(due)
        assert service.get("/v1/stores/s1/backlog?policy=jd").json()["policy"]["version"] == 1

        # After.
        until(lambda: first_mark(service)[0]["policy"]["version"] == 2, "it does not take effect")
        body, mark = first_mark(service)
        assert instant_of(body) >= due and mark["hours"] == 30, body
        assert progress(service) == [(2, True, 1), (1, False, 1)]
        past, past_mark = first_mark(service, f"?as_of={body['as_of']}")
        assert past["policy"]["version"] == 2 and past_mark == mark, past
        score = service.get("/v1/stores/s1/score").json()
        assert same_both_ways(score, service.get(
            f"/v1/stores/s1/score?as_of={score['as_of']}").json()) == []
        # What is past is under the version that was in force then.
        old, old_mark = first_mark(service, f"?as_of={utc(before)}")
        assert (old["policy"]["version"], old_mark["hours"]) == (1, 48), old
        just_before = due - datetime.timedelta(microseconds=1)
        for at, version in ((just_before, 1), (due, 2)):
            body = service.get(f"/v1/stores/s1/backlog?policy=jd&as_of={utc(at)}").json()
            assert body["policy"]["version"] == version, (at, body)
        assert_verified(service.uri)


def instant_of(answer):
    return datetime.datetime.fromisoformat(answer["as_of"])


def utc(instant):
    text = instant.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    text = text.removesuffix("000") if text.endswith("000") else text
    return text.removesuffix(".000") + "Z"


def test_versions_take_effect_in_their_order():
    day = datetime.timedelta(days=1)
    with Service(new_database(), clock_start=CLOCK) as service:
        document = service.get("/v1/policies/jd").json()
        second, third = with_mark(document, 30), with_mark(document, 31)
        for at, why in ((START - day, "past"), (START + 367 * day, "too far"), ("soon", "no time")):
            is_problem(put(service, second, effective_at=at), 422, "")
        assert progress(service) == [(1, True, 0)]
        assert put(service, second, effective_at=START + 10 * day).json()["version"] == 2
        # The one that waits holds back what would come before it, and that is: anything now.
        is_problem(put(service, third), 422, "")
        is_problem(put(service, third, effective_at=START + 9 * day), 422, "")
        # It is not put off or brought forward in passing.
        is_problem(put(service, second, effective_at=START + 9 * day), 422, "")
        is_problem(put(service, second, effective_at=START + 11 * day), 422, "")
        for query in ({}, {"effective_at": START + 10 * day}):
            answer = put(service, second, **query)
            assert (answer.status, answer.json()["version"]) == (200, 2), answer
        # At the same instant the later version holds.
        assert put(service, third, effective_at=START + 10 * day).json()["version"] == 3
        assert put(service, second, effective_at=START + 366 * day).json()["version"] == 4
        assert progress(service) == [(4, False, 0), (3, False, 0), (2, False, 0), (1, True, 0)]
        assert [[item["version"] for item in page]
                for page in pages(service, "/v1/policies/jd/versions", 3)] == [[4, 3, 2], [1]]
        # Another policy is not held back; a first version holds from the beginning.
        ours = {**second, "id": "ours"}
        answer = put(service, ours, "ours", effective_at=START + 5 * day)
        assert (answer.status, answer.json()["version"]) == (201, 1), answer
        service.put_store("s1", policy="ours")
        assert progress(service, "ours") == [(1, True, 1)]
        assert put(service, with_mark(ours, 33), "ours").json()["version"] == 2
        assert under(service, "s1")[0] == 2


def test_what_there_is_not():
    with Service(new_database(), clock_start=CLOCK) as service:
        is_problem(service.get("/v1/policies/none/versions"), 404)
        is_problem(service.get("/v1/policies/jd?version=2"), 404)
        for version in ("0", "x", "", "99999999999"):
            is_problem(service.get(f"/v1/policies/jd?version={version}"), 422, "")


# --- Stores on their way ----------------------------------------------------------------------


def test_a_store_answers_by_the_old_version_until_it_is_counted():
    with Service(new_database(), clock_start=CLOCK) as service:
        for store in ("s1", "s2", "s3"):
            service.put_store(store)
        shipped_orders(service)
        document = service.get("/v1/policies/jd").json()
        before = service.get("/v1/stores/s1/score").json()
        with held(service.uri, "s1"):
            # Answers although one store is busy; the others are there.
            answer = put(service, with_mark(document, 30))
            assert (answer.status, answer.json()["version"]) == (200, 2), answer
            until(lambda: progress(service)[0] == (2, True, 2), "the others do not go on")
            assert under(service, "s2")[0] == under(service, "s3")[0] == 2
            for _ in range(5):
                version, (score, backlog) = under(service, "s1")
                assert version == score["policy"]["version"] == 1, score
                assert backlog["cohorts"][0]["marks"][0]["hours"] == 48, backlog
                assert score["factors"] == before["factors"], score
                past = service.get(f"/v1/stores/s1/score?as_of={score['as_of']}").json()
                assert same_both_ways(score, past) == [], past
            until(lambda: "left on older rules" in service.log(), "nobody is told")
            assert_verified(service.uri)
        until(lambda: under(service, "s1")[0] == 2, "the store does not follow")
        assert progress(service) == [(2, True, 3), (1, False, 3)]
        body, mark = first_mark(service)
        assert mark["hours"] == 30 and first_mark(service, f"?as_of={body['as_of']}")[1] == mark
        assert service.log().count("left on older rules") == 1, service.log()
        assert_verified(service.uri)


def test_the_next_process_finishes_what_one_has_begun():
    stores = [f"s{number:02}" for number in range(50)]
    uri = new_database()
    with Service(uri, clock_start=CLOCK) as service:
        for store in stores:
            service.put_store(store)
        document = service.get("/v1/policies/jd").json()
        with held(uri, "s25"):
            putting = threading.Thread(target=ignoring_a_lost_answer,
                                       args=(service, with_mark(document, 30)))
            putting.start()
            until(lambda: moved(uri) >= 25, "no store is moved")
            service.kill()
            putting.join()
        left = 50 - moved(uri)
        assert left > 0, "all were moved: nothing is left to be finished"
    with Service(uri, clock_start=LATER, migrate=False) as service:
        until(lambda: progress(service) == [(2, True, 50), (1, False, 50)], "stores are left")
        assert under(service, "s25")[0] == 2
        assert psql(uri, "select count(*) from store_versions where policy_version = 2") == [["50"]]
        assert_verified(uri)


def ignoring_a_lost_answer(service, document):
    with contextlib.suppress(OSError, harness.http.client.HTTPException):
        put(service, document)


def moved(uri):
    return int(psql(uri, "select count(*) from store_versions where policy_version = 2")[0][0])


def test_what_another_process_puts_is_followed():
    """A version, and a calendar, that this process was not told of."""
    with Service(new_database(), clock_start=CLOCK) as service:
        service.put_store("s1")
        shipped_orders(service)
        psql(service.uri, "insert into policies select policy_id, 2, valid_from, false, document"
                          " from policies where policy_id = 'jd'")
        until(lambda: under(service, "s1")[0] == 2, "the version is not followed")
        psql(service.uri, "insert into calendars values (1, '2060-01-12T00:00:00Z',"
             """ '{"holidays":[],"suspended":[{"from":"2060-01-08T00:00:00Z","""
             """"to":"2060-01-09T00:00:00Z"}]}')""")
        until(lambda: service.get("/v1/calendar").json()["tallied"] == {"stores": 1, "moved": 1},
              "the calendar is not followed")
        assert_verified(service.uri)


if __name__ == "__main__":
    main()
