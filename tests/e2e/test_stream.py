#!/usr/bin/env python3
"""Notifications in a list and as they come: server-sent events over raw connections."""

import signal
import time
import urllib.parse

import harness
from harness import Service, new_database, psql
from notices import LEVEL, REPORT, add_notices
from receiver import await_true
from sse import Stream


def notices(uri, store, count, type=LEVEL):
    add_notices(uri, store, *[(type, {"n": n}) for n in range(count)])


def opened(service, store, **kwargs):
    """A stream that has begun: its first line has come."""
    stream = Stream(service, store, **kwargs)
    assert stream.status == 200, (stream.status, stream.answer.read())
    line = stream.answer.readline()
    assert line == b"retry: 3000\n", line
    return stream


# --- the list ---------------------------------------------------------------------------------


def test_list_pages_filters_and_marks():
    with Service(new_database()) as service:
        service.put_store("s1")
        service.put_store("s2")
        notices(service.uri, "s1", 5)
        notices(service.uri, "s1", 2, REPORT)
        notices(service.uri, "s2", 1)
        page = service.get("/v1/stores/s1/notifications?limit=3").json()
        assert [item["id"] for item in page["items"]] == ["7", "6", "5"], page
        assert page["unread"] == 7 and page["items"][0]["read_at"] is None
        assert page["items"][2]["data"] == {"n": 4}, page
        cursor = urllib.parse.quote(page["next_cursor"], safe="")
        page = service.get(f"/v1/stores/s1/notifications?limit=3&cursor={cursor}").json()
        assert [item["id"] for item in page["items"]] == ["4", "3", "2"], page
        page = service.get(f"/v1/stores/s1/notifications?type={REPORT}").json()
        assert [item["id"] for item in page["items"]] == ["7", "6"] and page["next_cursor"] is None

        path = "/v1/stores/s1/notifications/read"
        assert service.post_json(path, {"through": "4"}).json() == {"unread": 3}
        first = service.get("/v1/stores/s1/notifications").json()
        assert [item["read_at"] is not None for item in first["items"]] == [False] * 3 + [True] * 4
        assert service.post_json(path, {"through": "2"}).json() == {"unread": 3}
        assert service.get("/v1/stores/s1/notifications").json() == first, "not idempotent"
        page = service.get("/v1/stores/s1/notifications?unread=true").json()
        assert [item["id"] for item in page["items"]] == ["7", "6", "5"], page
        assert service.get("/v1/stores/s2/notifications").json()["unread"] == 1

        for query in ("unread=yes", "type=nothing", "limit=0", "cursor=x"):
            assert service.get(f"/v1/stores/s1/notifications?{query}").status == 422, query
        for body, pointer in (({}, "/through"), ({"through": 4}, "/through"),
                              ({"through": "-1"}, "/through"), ({"through": "1", "x": 1}, "/x")):
            answer = service.post_json(path, body)
            assert answer.status == 422, answer
            assert answer.json()["errors"][0]["pointer"] == pointer, answer
        assert service.get("/v1/stores/none/notifications").status == 404
        assert service.post_json("/v1/stores/none/notifications/read",
                                 {"through": "1"}).status == 404


def test_roles():
    with Service(new_database()) as service:
        for store in ("s1", "s2"):
            service.put_store(store)
        keys = {}
        for role in ("merchant", "reviewer", "ingest"):
            members = {"role": role} | ({"stores": ["s1"]} if role != "ingest" else {})
            keys[role] = service.post_json("/v1/keys", members).json()["key"]
        read = "/v1/stores/s1/notifications/read"
        expected = {"merchant": (200, 200, 200), "reviewer": (200, 403, 200),
                    "ingest": (403, 403, 403)}
        for role, key in keys.items():
            found = (service.get("/v1/stores/s1/notifications", key=key).status,
                     service.post(read, {"through": "1"}, key=key).status)
            stream = Stream(service, "s1", key=key)
            stream.close()
            assert (*found, stream.status) == expected[role], (role, found, stream.status)
        for path in ("notifications", "stream"):
            answer = service.get(f"/v1/stores/s2/{path}", key=keys["merchant"])
            assert answer.status == 404, (path, answer)


# --- streams ----------------------------------------------------------------------------------


def test_events_come_after_the_newest():
    with Service(new_database()) as service:
        service.put_store("s1")
        service.put_store("s2")
        notices(service.uri, "s1", 3)
        with opened(service, "s1") as stream:
            headers = {name.lower(): value for name, value in stream.answer.getheaders()}
            assert headers["content-type"] == "text/event-stream", headers
            assert headers["cache-control"] == "no-cache, no-transform", headers
            assert headers["x-accel-buffering"] == "no", headers
            notices(service.uri, "s2", 1)
            add_notices(service.uri, "s1", (REPORT, {"text": "两\n行"}))
            seq, type, data = stream.event()
            assert (seq, type) == ("4", REPORT), (seq, type)
            listed = service.get("/v1/stores/s1/notifications?limit=1").json()["items"][0]
            del listed["read_at"]
            assert data == {"store": "s1", **listed}, data
            assert data["data"] == {"text": "两\n行"}, data


def test_last_event_id_resumes_without_loss():
    with Service(new_database()) as service:
        service.put_store("s1")
        notices(service.uri, "s1", 350)
        with opened(service, "s1", last="20") as stream:
            assert stream.ids(330) == list(range(21, 351))
            notices(service.uri, "s1", 2)
            assert stream.ids(2) == [351, 352]
        with opened(service, "s1", query="?last_event_id=350") as stream:
            assert stream.ids(2) == [351, 352]
        with opened(service, "s1", query="?last_event_id=1", last="351") as stream:
            assert stream.ids(1) == [352], "the header comes first"
        with opened(service, "s1", last="99999999") as stream:
            notices(service.uri, "s1", 1)
            assert stream.ids(1) == [353], "an id beyond the newest is of another database"
        for last in ("x", "-1", "9223372036854775808", "1.5"):
            stream = Stream(service, "s1", last=last)
            assert stream.status == 422, (last, stream.status)
            stream.close()
        assert Stream(service, "none").status == 404


def test_where_it_begins_is_told_unless_the_client_has_said_it():
    with Service(new_database()) as service:
        service.put_store("s1")

        def second_line(**kwargs):
            with opened(service, "s1", **kwargs) as stream:
                return stream.answer.readline()
        assert second_line() == b"id: 0\n"
        assert second_line(last="0") == b"\n"
        notices(service.uri, "s1", 3)
        assert second_line() == second_line(last="") == b"id: 3\n"
        assert second_line(last="99") == b"id: 3\n", "an id of another database"
        assert second_line(last="2") == second_line(last="3") == b"\n"
        with opened(service, "s1", last="0") as stream:
            assert stream.ids(3) == [1, 2, 3], "0 is before all"


def test_two_processes_reach_each_others_streams():
    uri = new_database()
    with Service(uri) as one, Service(uri, migrate=False) as other, tested_subscription(one) as subscription:
        with opened(one, "s1") as left, opened(other, "s1") as right:
            for service in (one, other, one):
                answer = service.post_json(f"/v1/subscriptions/{subscription}/test", {})
                assert answer.status == 201, answer
            assert left.ids(3) == right.ids(3) == [1, 2, 3]
        answer = other.post_json(f"/v1/subscriptions/{subscription}/test", {})
        assert answer.status == 201, answer
        with opened(one, "s1", last="3") as left:
            assert left.ids(1) == [4]


class tested_subscription:
    """A subscription of s1 that can be tested; where it leads nobody listens."""

    def __init__(self, service):
        self.service = service

    def __enter__(self):
        self.service.put_store("s1")
        answer = self.service.post_json("/v1/subscriptions", {"url": "https://example.invalid/",
                                                              "stores": ["s1"]})
        assert answer.status == 201, answer
        return answer.json()["id"]

    def __exit__(self, *exc):
        pass


def test_a_hundred_streams_hold_nobody_up():
    env = {"WINDVANE_WORKERS": "1", "WINDVANE_SLOW_WORKERS": "1", "WINDVANE_SSE_KEEPALIVE_S": "1"}
    with Service(new_database(), env=env) as service:
        for number in range(10):
            service.put_store(f"s{number}")
        streams = [opened(service, f"s{number % 10}") for number in range(100)]
        assert service.get("/v1/stores/s1").status == 200, "the only worker is held"
        for number in range(10):
            notices(service.uri, f"s{number}", 3)
        for stream in streams:
            assert stream.ids(3) == [1, 2, 3]
        for stream in streams:
            while stream.comments == 0:
                assert stream.next() == "comment"
        queries = psql(service.uri, "select count(*) from pg_stat_activity "
                                    "where application_name = 'windvane streams' "
                                    "and datname = current_database()")
        assert queries == [["1"]], queries
        began = time.monotonic()
        service.stop()
        assert time.monotonic() - began < 25
        for stream in streams:
            while (event := stream.next()) == "comment":
                pass
            assert event is None, event
            stream.close()


def test_caps():
    env = {"WINDVANE_SSE_MAX": "3", "WINDVANE_SSE_PER_KEY": "2"}
    with Service(new_database(), env=env) as service:
        service.put_store("s1")
        key = service.post_json("/v1/keys", {"role": "merchant", "stores": ["s1"]}).json()["key"]
        mine = [opened(service, "s1", key=key) for _ in range(2)]
        refused = Stream(service, "s1", key=key)
        assert refused.status == 503 and refused.answer.getheader("Retry-After"), refused.status
        other = opened(service, "s1")
        assert Stream(service, "s1").status == 503, "a fourth"
        mine.pop().close()

        def open_again():
            stream = Stream(service, "s1", key=key)
            return stream if stream.status == 200 else None
        again = await_true(open_again, "room after a client has gone")
        for stream in (*mine, other, again):
            stream.close()


def test_a_deleted_key_ends_its_streams():
    with Service(new_database()) as service:
        service.put_store("s1")
        made = service.post_json("/v1/keys", {"role": "merchant", "stores": ["s1"]}).json()
        with opened(service, "s1", key=made["key"]) as stream, opened(service, "s1") as other:
            assert service.delete(f"/v1/keys/{made['id']}").status == 204
            assert stream.event() is None
            notices(service.uri, "s1", 1)
            assert other.ids(1) == [1], "another key's stream goes on"


def test_a_client_that_does_not_read_is_cut():
    env = {"WINDVANE_REQUEST_TIMEOUT_S": "1"}
    with Service(new_database(), env=env) as service:
        service.put_store("s1")
        psql(service.uri, """
            insert into notification_heads values ('s1', 800);
            insert into notifications (store_id, seq, type, at, recorded_at, data)
            select 's1', n, 'backlog.verdict', now(), now(), '{"t":"' || repeat('x', 60000) || '"}'
            from generate_series(1, 800) n""")
        stream = opened(service, "s1", last="0")
        await_true(lambda: "route=/v1/stores/{store}/stream" in service.log(), "the stream's end")
        stream.close()
        with opened(service, "s1", last="790") as stream:
            assert stream.ids(10) == list(range(791, 801))


def test_sigkill_and_sigterm_leave_nothing_out():
    uri = new_database()
    with Service(uri) as service:
        service.put_store("s1")
        stream = opened(service, "s1")
        notices(uri, "s1", 2)
        assert stream.ids(2) == [1, 2]
        service.kill()
        notices(uri, "s1", 2)
    with Service(uri, migrate=False) as service:
        with opened(service, "s1", last="2") as stream:
            assert stream.ids(2) == [3, 4]
            service._process.send_signal(signal.SIGTERM)
            assert stream.event() is None
        service.stop()


if __name__ == "__main__":
    harness.main()
