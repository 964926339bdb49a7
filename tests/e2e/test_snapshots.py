#!/usr/bin/env python3
"""Daily snapshots, what is published from them, and what answers take from both.

A store-day's end is passed by starting the service shortly before or behind it.
"""

import datetime
import decimal
import fractions
import math
import pathlib
import sys
import time
import urllib.parse
import zoneinfo

import harness
from harness import Service, ev, new_database, psql, run_windvane

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "contract"))
from description import Description  # noqa: E402

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
DEADLINE_SECONDS = 60
QUANTILES = {"p10": 10, "p25": 25, "p50": 50, "p75": 75, "p90": 90}

DESCRIPTION = Description()


class Checked(Service):
    """Every reading is held against the description."""

    def request(self, method, path, *args, **kwargs):
        answer = super().request(method, path, *args, **kwargs)
        if method != "GET":
            return answer
        faults = DESCRIPTION.faults(method, path, answer.status, answer.headers, answer.body)
        assert not faults, "\n".join([*faults, answer.body[:3000].decode("utf-8", "replace")])
        return answer


# --- scenes -----------------------------------------------------------------------------------


def share(id, hours, weight="1.000", days=1):
    """Points are ten times the share."""
    return {"id": id, "unit": "ratio", "window_days": days, "better": "higher", "weight": weight,
            "measure": {"kind": "within", "milestone": "collected", "hours": hours},
            "anchors": [["0.0000", "0.000"], ["1.0000", "10.000"]]}


def put_policy(service, id="plain", peers=3, days=1, novice=1):
    policy = {
        "novice": {"orders": novice, "days": 366},
        "feeds": {"silent_after": 0},
        "peers": {"min": peers},
        "stars": [{"star": "5.0", "rank": "60.00"}, {"star": "2.0", "points": "0.000"}],
        "factors": [
            {"id": "quick", "weight": "0.500", "metrics": [share("within_1h", 1, days=days)]},
            {"id": "slow", "weight": "0.500", "metrics": [share("within_6h", 6, days=days)]},
        ],
        "composites": [{"id": "both", "parts": [{"metric": "within_1h", "weight": "0.250"},
                                                {"metric": "within_6h", "weight": "0.750"}]}],
        "metrics": [{k: v for k, v in share("within_3h", 3, days=days).items()
                     if k not in ("anchors", "weight")}],
        "backlog": {"marks": []},
    }
    answer = service.put(f"/v1/policies/{id}", policy)
    assert answer.status in (200, 201), answer


def order(store, name, at, *, hours=None):
    """An order at an instant, collected so many hours later."""
    data = {"store": store, "order": name}
    yield ev("order.placed", at, {**data, "paid_at": at}, id=f"{name}-placed")
    if hours is not None:
        yield ev("order.collected", at + datetime.timedelta(hours=hours), data,
                 id=f"{name}-collected")


def post(service, *orders):
    answer = service.post_events([event for events in orders for event in events])
    assert answer.status == 200 and answer.json()["rejected"] == 0, answer


def await_true(what, is_true):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.05)


def rows(uri, what="store_id, day"):
    return psql(uri, f"SELECT {what} FROM score_days ORDER BY store_id, day")


def await_day(uri, day, stores):
    """Until so many stores have their snapshot of the day."""
    count = f"SELECT count(*) FROM score_days WHERE day = '{day}'"
    await_true(f"{stores} snapshots of {day}", lambda: psql(uri, count) == [[str(stores)]])


def await_published(uri, day, categories=1):
    count = f"SELECT count(*) FROM benchmarks WHERE day = '{day}'"
    await_true(f"benchmarks of {day}", lambda: psql(uri, count) == [[str(categories)]])


def history(service, store, **parameters):
    path = f"/v1/stores/{store}/score/history?{urllib.parse.urlencode(parameters)}"
    answer = service.get(path)
    assert answer.status == 200, answer
    return answer.json()["items"]


def by_id(items):
    return {item["id"]: item for item in items}


# --- when snapshots are taken -----------------------------------------------------------------


ZONES = {"sh": "Asia/Shanghai", "berlin": "Europe/Berlin", "utc": "UTC", "ny": "America/New_York",
         "nepal": "Asia/Kathmandu"}


def days_until(zone, created, now):
    """The store-days that were over, from that of the creation on, with their ends."""
    day = created.astimezone(zone).date()
    while True:
        end = datetime.datetime.combine(day + DAY, datetime.time(), zone).astimezone(UTC)
        if end > now:
            return
        yield day, end
        day += DAY


def test_two_processes__zones_and_a_clock_change__one_row_a_store_day():
    uri = new_database()
    created = datetime.datetime(2024, 3, 29, 15, 59, 57, tzinfo=UTC)
    clocks = [created,                                                 # midnight in Shanghai
              datetime.datetime(2024, 3, 30, 18, 14, 58, tzinfo=UTC),  # in Nepal
              datetime.datetime(2024, 3, 30, 22, 59, 58, tzinfo=UTC),  # in Berlin
              datetime.datetime(2024, 3, 31, 21, 59, 58, tzinfo=UTC),  # after a day of 23 hours
              datetime.datetime(2024, 4, 3, 4, 0, 3, tzinfo=UTC)]      # days later
    known = {}
    for clock in clocks:
        with Service(uri, clock_start=clock) as first, \
                Service(uri, clock_start=clock, migrate=False) as second:
            if not known:
                for name, zone in ZONES.items():
                    first.put_store(name, time_zone=zone)
            now = clock + datetime.timedelta(seconds=4)
            expected = {(name, str(day)): end for name, zone in ZONES.items()
                        for day, end in days_until(zoneinfo.ZoneInfo(zone), created, now)}
            await_true(f"{len(expected)} snapshots at {clock}",
                       lambda: len(rows(uri)) >= len(expected))
            assert first.get("/livez", key=None).status == second.get("/livez", key=None).status
        found = {(store, day): (at, taken) for store, day, at, taken in
                 rows(uri, "store_id, day, extract(epoch from at), extract(epoch from taken_at)")}
        assert found.keys() == expected.keys(), found.keys() ^ expected.keys()
        for key, end in expected.items():
            at, taken = map(decimal.Decimal, found[key])
            assert at == int(end.timestamp()), (key, at)
            assert taken >= at, key
            assert known.get(key, found[key]) == found[key], f"{key} was rewritten"
        known = found
    assert len(known) > 20


def test_zone_changed__every_day_once():
    uri = new_database()
    with Service(uri, clock_start="2024-01-05T10:00:00Z") as service:
        service.put_store("west", time_zone="Asia/Shanghai")
        service.put_store("east", time_zone="America/New_York")
    with Service(uri, clock_start="2024-01-07T18:00:00Z") as service:
        service.put_store("west", time_zone="America/New_York")
        service.put_store("east", time_zone="Asia/Shanghai")
    with Service(uri, clock_start="2024-01-10T06:00:00Z"):
        await_day(uri, "2024-01-09", 2)
    found = {(store, day): at for store, day, at in
             rows(uri, "store_id, day, at at time zone 'UTC'")}
    assert len(found) == 2 * 5, found
    assert found["west", "2024-01-06"] == "2024-01-06 16:00:00"
    assert found["west", "2024-01-07"] == "2024-01-07 16:00:00"  # over before the change
    assert found["west", "2024-01-08"] == "2024-01-09 05:00:00"
    assert found["east", "2024-01-06"] == "2024-01-07 05:00:00"
    assert found["east", "2024-01-07"].startswith("2024-01-07 18:00:0")  # the change ended it
    assert found["east", "2024-01-08"] == "2024-01-08 16:00:00"


def test_killed__whole_rows_stay_and_the_rest_is_caught_up():
    uri = new_database()
    stores, days = 30, 60
    with Service(uri, clock_start="2024-01-01T12:00:00Z") as service:
        for i in range(stores):
            service.put_store(f"s{i}", category="c", time_zone="UTC")
        post(service, order("s0", "A", datetime.datetime(2024, 1, 1, 1, tzinfo=UTC), hours=1))
    clock = datetime.datetime(2024, 1, 1, 12, tzinfo=UTC) + days * DAY
    whole = "store_id, day, taken_at, cardinality(sums), cardinality(metric_points)"
    before = []
    for _ in range(3):
        service = Service(uri, clock_start=clock)
        with service:
            reached = len(before) + stores * days // 5
            await_true("some snapshots", lambda: len(rows(uri)) >= reached)
            service.kill()
        after = rows(uri, whole)
        assert len(before) < len(after) < stores * days, "killed in between"
        assert {tuple(row) for row in before} <= {tuple(row) for row in after}
        before = after
    with Service(uri, clock_start=clock):
        await_true("all snapshots", lambda: len(rows(uri)) >= stores * days)
        await_published(uri, str((clock - DAY).date()))
    after = rows(uri, whole)
    assert len(after) == stores * days
    assert {tuple(row) for row in before} <= {tuple(row) for row in after}
    assert len({(row[3], row[4]) for row in after}) == 1 and after[0][3] == after[0][4]
    published = psql(uri, "SELECT count(*), count(distinct day), min(stores), max(stores) "
                          "FROM benchmarks")
    assert published == [[str(days), str(days), str(stores), str(stores)]], published
    assert psql(uri, "SELECT count(*) FROM ranks") == [[str(stores * days)]]


def test_many_stores_to_judge__snapshots_give_way():
    uri = new_database()
    stores, crowd = 600, 200
    with Service(uri, clock_start="2024-01-01T12:00:00Z") as service:
        for i in range(stores):
            service.put_store(f"s{i}", time_zone="UTC")
    with Service(uri, clock_start="2024-01-02T00:00:01Z"):
        await_day(uri, "2024-01-01", stores)
    judged = psql(uri, "SELECT count(*) FROM store_watch "
                       "WHERE judged_through < (SELECT min(taken_at) FROM score_days)")
    assert int(judged[0][0]) > stores - crowd, judged


def test_caught_up_late__what_came_after_the_day_is_not_in_it():
    uri = new_database()
    at = datetime.datetime(2024, 1, 5, 21, tzinfo=UTC)

    def shown(service):
        return [{**item["shown"], "taken_at": None} for item in history(service, "s1")]

    with Service(uri, clock_start="2024-01-05T23:00:00Z") as service:
        put_policy(service)
        service.put_store("s1", time_zone="UTC", policy="plain")
        post(service, order("s1", "A", at, hours=0), order("s1", "B", at), order("s1", "C", at))
    with Service(uri, clock_start="2024-01-06T00:00:01Z") as service:
        await_day(uri, "2024-01-05", 1)
        in_time = shown(service)
    assert by_id(in_time[0]["metrics"])["within_6h"] == {
        "id": "within_6h", "value": "1.0000", "points": "10.000", "good": 1, "valid": 1,
        "pending": 2}
    with Service(uri, clock_start="2024-01-06T04:00:00Z") as service:
        late = datetime.datetime(2024, 1, 6, 1, tzinfo=UTC)
        post(service, [ev("order.collected", late, {"store": "s1", "order": "B"})],
             order("s1", "D", late, hours=0))
    # As if nothing had run on the 6th.
    psql(uri, "DELETE FROM score_days")
    with Service(uri, clock_start="2024-01-06T12:00:00Z") as service:
        await_day(uri, "2024-01-05", 1)
        assert shown(service) == in_time
        assert history(service, "s1")[0]["differs"] is False


def test_rebuild_and_verify__leave_snapshots_alone():
    uri = new_database()
    with Service(uri, clock_start="2024-01-05T12:00:00Z") as service:
        service.put_store("s1", category="c", time_zone="UTC")
        post(service, order("s1", "A", datetime.datetime(2024, 1, 5, 3, tzinfo=UTC), hours=1))
    with Service(uri, clock_start="2024-01-07T00:00:02Z"):
        await_published(uri, "2024-01-06")
    everything = ("SELECT to_jsonb(s), xmin FROM score_days s ORDER BY day",
                  "SELECT to_jsonb(b), xmin FROM benchmarks b ORDER BY day",
                  "SELECT to_jsonb(r), xmin FROM ranks r ORDER BY day")
    before = [psql(uri, query) for query in everything]
    assert [len(table) for table in before] == [2, 2, 2]
    for command in ("rebuild", "verify"):
        done = run_windvane([command], {"WINDVANE_DATABASE_URL": uri})
        assert done.returncode == 0, done
    assert [psql(uri, query) for query in everything] == before


# --- history ----------------------------------------------------------------------------------


def test_history__late_event__changes_now_and_never_shown():
    uri = new_database()
    at = datetime.datetime(2024, 1, 5, 2, tzinfo=UTC)
    with Service(uri, clock_start="2024-01-05T23:00:00Z") as service:
        put_policy(service)
        service.put_store("s1", category="c", time_zone="UTC", policy="plain")
        post(service, order("s1", "A", at, hours=0), order("s1", "B", at))
    with Checked(uri, clock_start="2024-01-08T00:00:02Z") as service:
        await_day(uri, "2024-01-07", 1)
        items = history(service, "s1")
        assert [item["day"] for item in items] == ["2024-01-07", "2024-01-06", "2024-01-05"]
        assert not any(item["differs"] for item in items)
        for item in items:
            shown = dict(item["shown"])
            assert shown.pop("taken_at") >= item["at"]
            assert shown == item["now"], item
        first = items[2]["shown"]
        assert items[2]["at"] == "2024-01-06T00:00:00Z"
        assert first["status"] == "scored" and first["policy"] == {"id": "plain", "version": 1}
        assert first["score"] == {"points": "5.000", "base": "5.000", "bonus": "0.000"}
        assert first["star"] == "2.0" and first["rank_rate"] is None and first["peers"] == 0
        assert first["factors"] == [{"id": "quick", "points": "5.000"},
                                    {"id": "slow", "points": "5.000"}]
        assert first["composites"] == [{"id": "both", "points": "5.000"}]
        assert first["metrics"][0] == {"id": "within_1h", "value": "0.5000", "points": "5.000",
                                       "good": 1, "valid": 2, "pending": 0}
        assert items[1]["shown"]["score"] is None and items[1]["shown"]["status"] == "insufficient"

        # B had been collected in time; the courier's message was late. C was not known at all.
        late = [next(e for e in order("s1", "B", at, hours=0) if e["type"] == "order.collected")]
        assert service.post_events(late + list(order("s1", "C", at, hours=2))).status == 200
        items_after = history(service, "s1", **{"from": "2024-01-05", "to": "2024-01-05"})
        assert len(items_after) == 1 and items_after[0]["shown"] == first
        assert items_after[0]["differs"] is True
        now = items_after[0]["now"]
        assert by_id(now["metrics"])["within_1h"] == {
            "id": "within_1h", "value": "0.6667", "points": "6.667", "good": 2, "valid": 3,
            "pending": 0}
        assert by_id(now["metrics"])["within_6h"]["value"] == "1.0000"
        # What is known now is what the score says of that instant.
        score = service.get("/v1/stores/s1/score?basis=official&as_of=2024-01-06T00:00:00Z").json()
        assert score["score"] == now["score"]
        assert "now" not in history(service, "s1", compare="false")[0]

        # Another policy version: each day stays under its own.
        put_policy(service, peers=4)
        assert history(service, "s1", to="2024-01-05")[0]["now"] == now


def test_history__pages_and_refusals():
    uri = new_database()
    with Service(uri, clock_start="2024-01-01T12:00:00Z") as service:
        service.put_store("s1", time_zone="UTC")
        service.put_store("other", time_zone="UTC")
    with Checked(uri, clock_start="2024-02-10T12:00:00Z") as service:
        await_day(uri, "2024-02-09", 2)
        assert len(history(service, "s1")) == 7
        seen, cursor = [], ""
        while cursor is not None:
            page = service.get("/v1/stores/s1/score/history?compare=false&limit=3&from=2024-01-03"
                               f"&to=2024-01-20{cursor}").json()
            seen += [item["day"] for item in page["items"]]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        assert seen == [f"2024-01-{day:02d}" for day in range(20, 2, -1)]
        assert len(history(service, "s1", compare="false", limit=366)) == 40
        for query in ("limit=32", "limit=367&compare=false", "limit=0", "compare=yes",
                      "from=2024-1-1", "to=x", "cursor=abc"):
            assert service.get(f"/v1/stores/s1/score/history?{query}").status == 422, query
        assert service.get("/v1/stores/none/score/history").status == 404
        service.put_store("new", time_zone="UTC")
        assert history(service, "new") == []
        key = service.post("/v1/keys", {"role": "merchant", "stores": ["s1"]}).json()["key"]
        assert service.get("/v1/stores/s1/score/history?limit=1", key=key).status == 200
        assert service.get("/v1/stores/other/score/history?limit=1", key=key).status == 404
        etag = service.get("/v1/stores/s1/score/history?limit=2").headers["etag"]
        assert service.get("/v1/stores/s1/score/history?limit=2",
                           headers={"If-None-Match": etag}).status == 304


def week_changes(service, store, query):
    score = service.get(f"/v1/stores/{store}/score?{query}").json()
    metrics = [metric for factor in score["factors"] for metric in factor["metrics"]]
    return [metric["week_change"] for metric in metrics + list(score["metrics"].values())]


def test_week_change__by_hand():
    uri = new_database()

    def on(day, hour=2):
        return datetime.datetime(2024, 1, day, hour, tzinfo=UTC)

    with Service(uri, clock_start="2024-01-05T12:00:00Z") as service:
        put_policy(service)
        for store in ("up", "down", "same"):
            service.put_store(store, time_zone="UTC", policy="plain")
        post(service, order("up", "A", on(5), hours=0), order("up", "B", on(5)),
             order("down", "C", on(5), hours=0), order("down", "D", on(5)),
             order("same", "E", on(5), hours=0))
    with Service(uri, clock_start="2024-01-13T00:00:01Z") as service:
        await_day(uri, "2024-01-12", 3)
        post(service, order("up", "F", on(12), hours=0), order("up", "G", on(12), hours=0),
             order("up", "H", on(12), hours=2),
             order("down", "I", on(12), hours=0), order("down", "J", on(12)),
             order("down", "K", on(12)),
             order("same", "L", on(12), hours=0))

        # 5 January: 1 of 2, 1 of 2, 1 of 1. 12 January: 2 (in time for the others: 3) of 3, 1 of 3,
        # 1 of 1.
        assert week_changes(service, "up", "basis=official") == ["0.1667", "0.5000", "0.5000"]
        assert week_changes(service, "down", "basis=official") == ["-0.1667"] * 3
        assert week_changes(service, "same", "basis=official") == ["0.0000"] * 3
        # Live, the window is the 13th and has no value. The 5th was caught up on the 13th, and not
        # there before. Nor was there ever one under another policy.
        for query in ("basis=live", "basis=live&as_of=2024-01-12T23:59:59Z",
                      "basis=official&policy=jd"):
            assert set(week_changes(service, "up", query)) == {None}, query


# --- peers ------------------------------------------------------------------------------------


def half_up(value, decimals):
    scaled = value * 10 ** decimals
    return decimal.Decimal(math.floor(scaled + fractions.Fraction(1, 2))).scaleb(-decimals)


def naive_rank(value, others):
    below = sum(other < value for other in others)
    ties = sum(other == value for other in others)
    return str(half_up(fractions.Fraction(100 * (2 * below + ties), 2 * len(others)), 2))


def naive_statistics(texts, decimals):
    values = sorted(decimal.Decimal(text) for text in texts if text is not None)
    quantile = {name: str(values[math.ceil(len(values) * percent / 100) - 1])
                for name, percent in QUANTILES.items()}
    mean = half_up(sum(map(fractions.Fraction, values)) / len(values), decimals)
    return {"count": len(values), "mean": str(mean), **quantile}


def test_peers__ranks_and_quantiles__are_those_of_the_shown_scores():
    uri = new_database()
    at = datetime.datetime(2024, 1, 5, 2, tzinfo=UTC)
    # Orders of each store, by the hours until they were collected.
    shops = {"a": [0, 0, 0], "b": [0, 2, None], "c": [0, 5, 5], "d": [0, 2, None],
             "e": [None, None], "f": [2, 2, 9, 9, 9, 9, 9], "few1": [0, 0], "few2": [None, 5],
             "idle": [], "novice": [0]}
    few, without = {"few1", "few2"}, {"idle", "novice"}
    with Service(uri, clock_start="2024-01-05T23:00:00Z") as service:
        put_policy(service, peers=3, novice=2)
        for store, orders in shops.items():
            category = "few" if store in few else "many"
            service.put_store(store, category=category, time_zone="UTC", policy="plain")
            post(service, *(order(store, f"{store}{i}", at, hours=hours)
                            for i, hours in enumerate(orders)))
        service.put_store("none", time_zone="UTC", policy="plain")
    with Checked(uri, clock_start="2024-01-06T00:00:01Z") as service:
        await_published(uri, "2024-01-05", categories=2)
        days = {store: history(service, store)[0] for store in [*shops, "none"]}
        # What was shown came from the tallies, what is compared with it from the orders.
        assert not any(day["differs"] for day in days.values())
        shown = {store: day["shown"] for store, day in days.items()}
        points = {store: decimal.Decimal(day["score"]["points"]) for store, day in shown.items()
                  if day["status"] == "scored"}
        assert points.keys() == shops.keys() - without
        assert shown["novice"]["score"]["points"] == "10.000"
        many = points.keys() - few
        now = service.get("/v1/stores/a/score").json()["as_of"]

        for store in many:
            score = service.get(f"/v1/stores/{store}/score?basis=official").json()
            others = [points[other] for other in many if other != store]
            assert score["peers"] == len(others) == 5
            assert score["rank_rate"] == naive_rank(points[store], others), store
            assert score["star"] == ("5.0" if float(score["rank_rate"]) >= 60 else "2.0")
            for f, factor in enumerate(score["factors"]):
                of = {other: decimal.Decimal(shown[other]["factors"][f]["points"])
                      for other in many | {"novice"}}
                mean = naive_statistics(of.values(), 3)["mean"]
                assert factor["peer_mean"] == mean
                assert factor["rank_rate"] == naive_rank(of.pop(store), of.values())
                gap = decimal.Decimal(factor["points"]) - decimal.Decimal(mean)
                assert factor["level"] == ("high" if gap > decimal.Decimal("0.1") else
                                           "low" if gap < decimal.Decimal("-0.1") else "mid")
        assert naive_rank(points["a"], [points[s] for s in many - {"a"}]) == "100.00"
        assert points["b"] == points["d"] and len(set(points.values())) > 3

        # Whoever is not scored has no rank, but sees the mean; what points there are have theirs.
        for store in without:
            score = service.get(f"/v1/stores/{store}/score").json()
            assert score["peers"] == 6 and score["rank_rate"] is None
            assert score["factors"][0]["peer_mean"] is not None
            assert (score["factors"][0]["rank_rate"] is None) == (store == "idle")
        # Too few, or none: the number of peers and nothing else.
        for store, peers in (("few1", 1), ("none", 0)):
            score = service.get(f"/v1/stores/{store}/score").json()
            assert (score["peers"], score["rank_rate"]) == (peers, None), store
            for factor in score["factors"]:
                assert (factor["rank_rate"], factor["peer_mean"], factor["level"]) == (None,) * 3
        # An answer for an instant before the publication has none, whenever it is asked.
        before = service.get("/v1/stores/a/score?as_of=2024-01-06T00:00:00Z").json()
        assert (before["peers"], before["rank_rate"]) == (0, None)

        benchmarks = service.get("/v1/benchmarks?category=many&policy=plain").json()
        assert benchmarks["day"] == "2024-01-05" and benchmarks["peers"] == 8
        assert benchmarks["policy"] == {"id": "plain", "version": 1}
        assert benchmarks["published_at"] <= now
        composite = naive_statistics([str(points[store]) for store in many], 3)
        assert benchmarks["composite"] == composite
        for part, decimals, member in (("factors", 3, "points"), ("composites", 3, "points"),
                                       ("metrics", 4, "value")):
            for i, number in enumerate(benchmarks[part]):
                texts = [shown[store][part][i][member] for store in shops.keys() - few]
                expected = naive_statistics(texts, decimals)
                assert number == {"id": shown["a"][part][i]["id"], **expected}
        refused = service.get("/v1/benchmarks?category=few&policy=plain&day=2024-01-05").json()
        assert refused["peers"] == 2 and refused["composite"]["count"] == 2
        for number in [refused["composite"], *refused["factors"], *refused["metrics"]]:
            assert all(number[name] is None for name in ("mean", *QUANTILES)), refused

        for query, status in (("category=many&policy=plain&day=2024-01-06", 404),
                              ("category=many&policy=jd", 404), ("category=x&policy=plain", 404),
                              ("category=many", 422), ("policy=plain", 422),
                              ("category=many&policy=plain&day=5", 422)):
            assert service.get(f"/v1/benchmarks?{query}").status == status, query
        for role, status in (("merchant", 200), ("reviewer", 200), ("ingest", 403)):
            made = service.post("/v1/keys", {"role": role, "stores": ["a"]}).json()
            assert service.get("/v1/benchmarks?category=many&policy=plain",
                               key=made["key"]).status == status, role

        first_rank = service.get("/v1/stores/a/score").json()["rank_rate"]
    # The next day has ranks of its own; those of the first stand in its shown score.
    with Service(uri, clock_start="2024-01-07T00:00:01Z") as service:
        await_published(uri, "2024-01-06", categories=2)
        day = history(service, "a", limit=1)[0]
        assert day["day"] == "2024-01-06" and not day["differs"]
        assert (day["shown"]["rank_rate"], day["shown"]["peers"]) == (first_rank, 5)
        score = service.get(f"/v1/stores/a/score?as_of={now}").json()
        assert score["rank_rate"] == first_rank and score["peers"] == 5
        score = service.get("/v1/stores/a/score").json()
        assert (score["peers"], score["rank_rate"]) == (0, None)  # nobody had orders that day
        assert psql(uri, "SELECT count(*) FROM ranks WHERE store_id = 'none'") == [["0"]]


def test_peers__a_snapshot_is_missing__nothing_is_published():
    uri = new_database()
    with Service(uri, clock_start="2024-01-05T12:00:00Z") as service:
        service.put_store("east", category="c", time_zone="Asia/Shanghai")
        service.put_store("west", category="c", time_zone="America/New_York")
    with Service(uri, clock_start="2024-01-06T01:00:00Z") as service:
        await_day(uri, "2024-01-05", 1)
        assert service.get("/v1/benchmarks?category=c&policy=jd").status == 404
    with Service(uri, clock_start="2024-01-06T05:00:00Z") as service:
        await_published(uri, "2024-01-05")
        assert service.get("/v1/benchmarks?category=c&policy=jd").json()["peers"] == 2


if __name__ == "__main__":
    harness.main()
