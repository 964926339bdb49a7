#!/usr/bin/env python3
"""CSV answers: the same orders as JSON, what a spreadsheet gets, long tables, broken ones."""

import csv
import datetime
import http.client
import io
import pathlib
import socket
import struct
import sys

import harness
from harness import ADMIN_KEY, Service, ev, new_database, psql

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "contract"))
from description import Description  # noqa: E402

CLOCK = "2024-01-05T12:00:00+08:00"
DAY = "2024-01-02"
START = datetime.datetime.fromisoformat("2024-01-02T00:00:00+08:00")
# Of one instant, the clock's start: how late an order is changes every second.
AS_OF = "&as_of=2024-01-05T04:00:00Z"
PATH = f"/v1/stores/s1/backlog/orders?cohort={DAY}&mark=72{AS_OF}"
COLUMNS = ["order", "day", "t0", "deadline", "state", "collected_at", "cancelled_at", "late_by_s"]
MANY = 60000  # some 6 MB of CSV


def at(minutes):
    return START + datetime.timedelta(minutes=minutes)


def placed(order, minutes):
    return ev("order.placed", at(minutes), {"store": "s1", "order": order, "paid_at": at(minutes)})


def small_store(service):
    """Six orders of one day whose marks lie around the clock: 72 h before it is 12:00."""
    service.put_store("s1")
    names = ["A1", "=1+1", "-3", 'say "hi", you', " @x", "中文"]
    events = [placed(name, 600 + 40 * i) for i, name in enumerate(names)]
    events.append(ev("order.collected", at(1000), {"store": "s1", "order": "-3"}))
    events.append(ev("order.cancelled", at(900), {"store": "s1", "order": "中文", "by": "buyer"}))
    answer = service.post_events(events)
    assert answer.json()["accepted"] == len(events), answer
    return names


def many_orders(service):
    service.put_store("s1")
    for first in range(0, MANY, 20000):
        events = [placed(f"order-{i:06}", i % 1440) for i in range(first, first + 20000)]
        answer = service.post_events(events)
        assert answer.json()["accepted"] == len(events), answer


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.body.decode("utf-8"), newline=""), strict=True))


def cell(value):
    return "" if value is None else str(value)


def defused(name):
    return "'" + name if name in ("=1+1", " @x") else name


def check(service, path, **kwargs):
    answer = service.get(path, **kwargs)
    faults = Description().faults("GET", path, answer.status, answer.headers, answer.body)
    assert not faults, faults
    return answer


def test_small_table_says_what_json_says():
    with Service(new_database(), clock_start=CLOCK) as service:
        names = small_store(service)
        earlier = PATH.replace(AS_OF, "&as_of=2024-01-03T00:00:00Z")
        for path in (PATH, PATH + "&state=overdue", PATH + "&state=cancelled",
                     PATH + "&state=collected", earlier):
            items = check(service, path).json()["items"]
            table = check(service, path + "&format=csv&limit=1")
            head, *rows = rows_of(table)
            assert head == COLUMNS, head
            expected = [[defused(item["order"]), *(cell(item[name]) for name in COLUMNS[1:])]
                        for item in items]
            assert rows == expected, (path, rows, expected)
        for path in (PATH, PATH.replace(AS_OF, "")):
            assert {item["order"] for item in check(service, path).json()["items"]} == set(names)
            assert len(rows_of(check(service, path + "&format=csv"))) == 1 + len(names)


def test_text_is_what_rfc_4180_has():
    with Service(new_database(), clock_start=CLOCK) as service:
        small_store(service)
        answer = check(service, PATH + "&format=csv&state=collected")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert answer.headers["content-disposition"] == \
            'attachment; filename="backlog-orders-2024-01-02-72h-s1.csv"', answer.headers
        # Paid at 11:20 in Shanghai, collected at 16:40.
        assert answer.body == (b"order,day,t0,deadline,state,collected_at,cancelled_at,late_by_s\r\n"
                               b"-3,2024-01-02,2024-01-02T03:20:00Z,2024-01-05T03:20:00Z,collected,"
                               b"2024-01-02T08:40:00Z,,\r\n"), answer.body
        assert b'\r\n"say ""hi"", you",2024-01-02,' in check(service, PATH + "&format=csv").body
        with_bom = check(service, PATH + "&format=csv&bom=true").body
        assert with_bom.startswith(b"\xef\xbb\xbforder,"), with_bom[:20]
        assert check(service, PATH + "&format=csv&bom=false").body.startswith(b"order,")


def test_format_is_negotiated():
    with Service(new_database(), clock_start=CLOCK) as service:
        small_store(service)
        for query, accept, media_type in (("", None, "application/json"),
                                          ("", "text/csv", "text/csv"),
                                          ("", "text/csv;q=0.5, application/json",
                                           "application/json"),
                                          ("&format=json", "text/csv", "application/json"),
                                          ("&format=csv", "application/json", "text/csv")):
            headers = {} if accept is None else {"Accept": accept}
            answer = check(service, PATH + query, headers=headers)
            assert answer.headers["content-type"].startswith(media_type), (query, accept)
            assert answer.headers["vary"] == "Accept", answer.headers
        for query in ("&format=xml", "&format=", "&bom=yes", "&format=csv&bom=2"):
            assert check(service, PATH + query).status == 422, query
        missing = "/v1/stores/none/backlog/orders?cohort=2024-01-02&mark=72&format=csv"
        assert check(service, missing).status == 404
        tag = check(service, PATH + "&format=csv").headers["etag"]
        repeat = check(service, PATH + "&format=csv", headers={"If-None-Match": tag})
        assert repeat.status == 304, repeat


def test_long_table_is_streamed_whole():
    with Service(new_database(), clock_start=CLOCK) as service:
        many_orders(service)
        answer = check(service, PATH + "&format=csv")
        assert answer.headers["transfer-encoding"] == "chunked", answer.headers
        assert "content-length" not in answer.headers and "etag" not in answer.headers
        head, *rows = rows_of(answer)
        assert head == COLUMNS
        expected = sorted((i % 1440, f"order-{i:06}") for i in range(MANY))
        assert [row[0] for row in rows] == [name for _, name in expected]
        assert rows[-1][2:5] == ["2024-01-02T15:59:00Z", "2024-01-05T15:59:00Z", "pending"]
        _check_head(service)
        _check_old_client(service, answer.body)
        _check_leaving_clients(service)
        _check_lost_database(service)


def _open(service, version="1.1", method="GET"):
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=60)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.sendall(f"{method} {PATH}&format=csv HTTP/{version}\r\nHost: h\r\n"
                       f"Authorization: Bearer {ADMIN_KEY}\r\n\r\n".encode())
    return connection


def _check_head(service):
    """Not a byte after the head: on a connection that is kept it would begin the next answer."""
    with _open(service, method="HEAD") as connection:
        heard = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and body == b"", heard
    assert b"text/csv" in head and b"content-length" not in head.lower(), head


def _check_old_client(service, expected):
    with _open(service, "1.0") as connection:
        heard = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"chunked" not in head and body == expected, head


def _check_leaving_clients(service):
    """More of them than there are workers: each has to give its worker back."""
    for i in range(12):
        connection = _open(service)
        connection.recv(1000)
        if i % 2:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert service.get(PATH + "&format=csv&state=collected").status == 200
    assert service.get(PATH + "&limit=1").status == 200


def _check_lost_database(service):
    """The statement is ended in its middle: the client must not take what it has for the whole."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=60)
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.request("GET", PATH + "&format=csv", headers={"Authorization": f"Bearer {ADMIN_KEY}"})
    answer = connection.getresponse()
    assert answer.status == 200
    answer.read(1000)
    ended = psql(service.uri, "select pg_terminate_backend(pid) from pg_stat_activity "
                              "where datname = current_database() and state = 'active' "
                              "and pid <> pg_backend_pid() and query like '%order by t0%'")
    assert len(ended) == 1, "the service had read the whole table before the client took it"
    try:
        while answer.read(65536):
            pass
    except (http.client.IncompleteRead, ConnectionResetError):
        return
    finally:
        connection.close()
    raise AssertionError("the broken table looked whole")


if __name__ == "__main__":
    harness.main()
