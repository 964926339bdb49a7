#!/usr/bin/env python3
"""POST /v1/policies/{id}/backtest: what a policy would have given a store, day by day."""

import datetime
import json
import pathlib
import sys

import oracle
from harness import REPOSITORY, Service, main, new_database, psql, verify
from test_ticket_boundaries import order

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "contract"))
from description import Description  # noqa: E402

CLOCK = "2024-04-01T00:00:00+08:00"
DAYS = {"store": "s1", "from": "2024-03-05", "to": "2024-03-08"}
DESCRIPTION = Description()

# One number over two days, its points the value times ten: easily computed by hand.
PLAIN = {
    "novice": {"orders": 0},
    "factors": [{"id": "logistics", "weight": "1.000", "metrics": [{
        "id": "collected_24h", "unit": "ratio",
        "measure": {"kind": "within", "milestone": "collected", "hours": 24},
        "window_days": 2, "better": "higher", "weight": "1.000",
        "anchors": [["0.0000", "0.000"], ["1.0000", "10.000"]]}]}],
    "metrics": [{
        "id": "delivery_hours", "unit": "hours",
        "measure": {"kind": "duration", "milestone": "delivered"},
        "window_days": 2, "better": "lower"}],
}

# On the 5th four orders, of which three are collected in time; on the 6th two, of which one is
# delivered and one, an evening's, is collected on the day after.
EVENTS = [
    *order("A", "05 08:00", ("collected", "05 09:00")),
    *order("B", "05 08:00", ("collected", "06 07:59:59")),
    *order("C", "05 08:00", ("collected", "06 08:00")),
    *order("D", "05 08:00", ("collected", "06 08:00:01")),
    *order("E", "06 10:00", ("collected", "06 11:00"), ("delivered", "07 10:00")),
    *order("F", "06 20:00", ("collected", "07 12:00")),
]


# --- Asking -----------------------------------------------------------------------------------


def ask(service, policy, request, **kwargs):
    """An answer, which must be as the description says."""
    path = f"/v1/policies/{policy}/backtest"
    answer = service.post(path, request, **kwargs)
    faults = DESCRIPTION.faults("POST", path, answer.status, answer.headers, answer.body)
    assert not faults, (request, faults, answer)
    return answer


def backtest(service, policy, request):
    answer = ask(service, policy, request)
    assert answer.status == 200, answer
    return answer.json()


def pointers(answer):
    assert answer.status == 422, answer
    return [fault["pointer"] for fault in answer.json()["errors"]]


def put_policy(service, id, document):
    answer = service.put(f"/v1/policies/{id}", document)
    assert answer.status in (200, 201), answer
    return answer.json()["version"]


def for_store(events, store="s1"):
    return [{**event, "data": {"store": store, **event["data"]}} for event in events]


def post(service, events, store="s1"):
    answer = service.post_events(for_store(events, store))
    assert answer.status == 200 and answer.json()["rejected"] == 0, answer


def score_of(service, store, at, policy=None):
    query = f"as_of={oracle.rfc3339(at)}&basis=official" + (f"&policy={policy}" if policy else "")
    answer = service.get(f"/v1/stores/{store}/score?{query}")
    assert answer.status == 200, answer
    return answer.json()


def as_a_day(score):
    """A score's members as a day of a backtest has them."""
    metrics = [metric for factor in score["factors"] for metric in factor["metrics"]]
    metrics += score["metrics"].values()
    kept = ("id", "good", "amount", "valid", "pending", "value", "points")
    return {
        "status": score["status"], "score": score["score"], "star": score["star"],
        "factors": [{"id": factor["id"], "points": factor["points"]}
                    for factor in score["factors"]],
        "metrics": [{name: metric[name] for name in kept if name in metric}
                    for metric in metrics],
    }


def summary(score):
    return {name: score[name] for name in ("policy", "status", "score", "star")}


def days_between(first, last):
    first, last = (datetime.date.fromisoformat(text) for text in (first, last))
    return [oracle.plus_days(first, days) for days in range((last - first).days + 1)]


class Filled(Service):
    """A service with store s1 under jd and the events above."""

    def __init__(self, **kwargs):
        super().__init__(new_database(), clock_start=CLOCK, **kwargs)

    def __enter__(self):
        super().__enter__()
        self.put_store("s1", time_zone="Asia/Shanghai", policy="jd")
        post(self, EVENTS)
        return self


# --- Tests ------------------------------------------------------------------------------------


def test_by_hand():
    with Filled() as service:
        put_policy(service, "plain", PLAIN)
        answer = backtest(service, "plain", DAYS)
        assert {name: answer[name] for name in ("store", "policy", "from", "to")} == {
            "store": "s1", "policy": {"id": "plain", "version": 1},
            "from": "2024-03-05", "to": "2024-03-08"}
        # At the end of the 5th only A is decided. At the end of the 6th A to E are, D too late,
        # and F waits. At the end of the 7th the 6th and the 7th are the window, at that of the
        # 8th nothing is left.
        expected = [
            ("2024-03-05", "scored", "10.000", (1, 1, 3, "1.0000"), (0, 0, None)),
            ("2024-03-06", "scored", "8.000", (4, 5, 1, "0.8000"), (0, 0, None)),
            ("2024-03-07", "scored", "10.000", (2, 2, 0, "1.0000"), (86400, 1, "24.0000")),
            ("2024-03-08", "insufficient", None, (0, 0, 0, None), (86400, 1, "24.0000")),
        ]
        got = []
        for day in answer["days"]:
            share, mean = day["metrics"]
            assert (share["id"], mean["id"]) == ("collected_24h", "delivery_hours"), day
            assert share["points"] == day["factors"][0]["points"], day
            assert mean["points"] is None and "pending" not in mean, day
            points = day["score"] and day["score"]["points"]
            assert points == share["points"], day
            got.append((day["day"], day["status"], points,
                        (share["good"], share["valid"], share["pending"], share["value"]),
                        (mean["amount"], mean["valid"], mean["value"])))
            # jd has its own rule for so new a store.
            assert day["actual"]["policy"]["id"] == "jd", day
            assert day["actual"]["status"] == "novice", day
        assert got == expected, got


def test_every_day_is_the_official_score_at_its_end():
    with Filled() as service:
        for policy in ("jd", "tmall", "amazon"):
            answer = backtest(service, policy, DAYS)
            days = days_between("2024-03-05", "2024-03-08")
            assert [day["day"] for day in answer["days"]] == [str(day) for day in days]
            for day, shown in zip(days, answer["days"]):
                end = oracle.day_end("Asia/Shanghai", day)
                actual = shown.pop("actual")
                assert shown.pop("day") == str(day)
                under = score_of(service, "s1", end, f"{policy}@{answer['policy']['version']}")
                assert shown == as_a_day(under), (policy, day)
                assert actual == summary(score_of(service, "s1", end)), (policy, day)


def test_what_became_known_later_counts():
    with Filled() as service:
        put_policy(service, "plain", PLAIN)
        post(service, order("G", "05 08:00", ("collected", "05 10:00")))
        day = backtest(service, "plain", DAYS)["days"][0]
        assert day["metrics"][0]["good"] == 2, day


def test_versions():
    with Filled() as service:
        put_policy(service, "plain", PLAIN)
        kinder = json.loads(json.dumps(PLAIN))
        kinder["factors"][0]["metrics"][0]["anchors"] = [["0.0000", "5.000"], ["1.0000", "10.000"]]
        assert put_policy(service, "plain", kinder) == 2
        second_day = lambda **more: backtest(  # noqa: E731
            service, "plain", {**DAYS, **more})["days"][1]["score"]["points"]
        assert second_day(version=1) == "8.000"  # of 0.8
        assert second_day(version=2) == "9.000"  # 5 + 0.8 * 5
        assert second_day() == "9.000"
        assert backtest(service, "plain", DAYS)["policy"]["version"] == 2
        assert pointers(ask(service, "plain", {**DAYS, "version": 3})) == ["/version"]


def test_a_draft_is_not_stored():
    with Filled() as service:
        stored = lambda: (psql(service.uri, "select * from policies order by 1, 2"),  # noqa: E731
                          psql(service.uri, "select * from measures order by 1"))
        before = stored()
        answer = backtest(service, "draft", {**DAYS, "document": PLAIN})
        assert answer["policy"] == {"id": "draft", "version": None}, answer
        assert answer["days"][1]["score"]["points"] == "8.000", answer
        assert stored() == before
        assert service.get("/v1/policies/draft").status == 404

        put_policy(service, "draft", PLAIN)
        assert backtest(service, "draft", DAYS)["days"] == answer["days"]
        # Where a version is stored a draft still goes before it.
        other = json.loads(json.dumps(PLAIN))
        other["factors"][0]["metrics"][0]["window_days"] = 1
        days = backtest(service, "draft", {**DAYS, "document": other})["days"]
        assert days[1]["metrics"][0]["valid"] == 1, days[1]
        status, output = verify(service.uri)
        assert status == 0, output


def test_every_shipped_document_is_a_draft():
    with Filled() as service:
        for path in sorted((REPOSITORY / "policies").glob("*.json")):
            document = json.loads(path.read_text("utf-8"))
            by_version = backtest(service, path.stem, DAYS)
            by_document = backtest(service, path.stem, {**DAYS, "document": document})
            assert by_version["days"] == by_document["days"], path


def test_faults_of_a_draft_are_those_of_a_put():
    broken = json.loads(json.dumps(PLAIN))
    broken["novice"]["orders"] = -1
    broken["factors"][0]["metrics"][0]["anchors"][1] = ["0.0000", "11.000"]
    broken["factors"][0]["metrics"][0]["measure"]["hours"] = 0
    broken["surprise"] = 1
    with Filled() as service:
        for document in (broken, {**PLAIN, "id": "other"}, {}, {"factors": {}}):
            put = service.put("/v1/policies/plain", document)
            tried = ask(service, "plain", {**DAYS, "document": document})
            if put.status in (200, 201):
                assert tried.status == 200, tried
                continue
            expected = [("/document" + fault["pointer"], fault["detail"])
                        for fault in put.json()["errors"]]
            got = [(fault["pointer"], fault["detail"]) for fault in tried.json()["errors"]]
            assert tried.status == put.status == 422 and got == expected, (got, expected)
        assert pointers(ask(service, "plain", {**DAYS, "document": [1]})) == ["/document"]
        assert pointers(ask(service, "NO", {**DAYS, "document": PLAIN})) == ["/document/id"]
        assert pointers(ask(service, "plain", {**DAYS, "version": 1, "document": PLAIN})) \
            == ["/version"]


def test_faults_of_the_request():
    with Filled() as service:
        for change, expected in (
                ({"store": None}, ["/store"]),
                ({"store": 1}, ["/store"]),
                ({"store": ""}, ["/store"]),
                ({"store": "nobody"}, ["/store"]),
                ({"from": None}, ["/from"]),
                ({"from": "2024-02-30"}, ["/from"]),
                ({"from": "1999-12-31"}, ["/from"]),
                ({"to": "2101-01-01"}, ["/to"]),
                ({"to": "2024-03-04"}, ["/to"]),
                ({"version": 0}, ["/version"]),
                ({"version": "1"}, ["/version"]),
                ({"colour": "red"}, ["/colour"]),
                ({"from": 5, "to": None, "store": []}, ["/store", "/from", "/to"])):
            assert pointers(ask(service, "jd", {**DAYS, **change})) == expected, change
        assert ask(service, "nobody", DAYS).status == 404
        assert ask(service, "jd", "{").status == 400
        assert ask(service, "jd", "[]").status == 422
        assert ask(service, "jd", DAYS, headers={"Content-Type": "text/csv"}).status == 415
        assert ask(service, "jd", json.dumps({"notes": "x" * 300_000}),
                   headers={"Content-Type": "application/json"}).status == 413


def test_at_most_92_days():
    with Filled() as service:
        put_policy(service, "plain", PLAIN)
        request = {"store": "s1", "from": "2023-12-01", "to": "2024-03-01"}
        assert len(backtest(service, "plain", request)["days"]) == 92
        request["to"] = "2024-03-02"
        assert pointers(ask(service, "plain", request)) == ["/to"]


def test_only_days_that_are_over():
    """The clock stands at the first instant of the 1st of April in Shanghai, and runs on."""
    with Filled() as service:
        service.put_store("west", time_zone="America/New_York", policy="jd")
        put_policy(service, "plain", PLAIN)
        for store, over, not_over in (("s1", "2024-03-31", "2024-04-01"),
                                      ("west", "2024-03-30", "2024-03-31")):
            request = {"store": store, "from": over, "to": over}
            assert len(backtest(service, "plain", request)["days"]) == 1
            assert pointers(ask(service, "plain", {**request, "to": not_over})) == ["/to"]


def test_who_may():
    with Filled() as service:
        service.put_store("s2")

        def key(role, **members):
            answer = service.post_json("/v1/keys", {"role": role, "name": role, **members})
            assert answer.status == 201, answer
            return answer.json()["key"]

        merchant = key("merchant", stores=["s1"])
        for who in (merchant, key("reviewer")):
            assert ask(service, "jd", DAYS, key=who).status == 200
        assert ask(service, "jd", DAYS, key=key("ingest")).status == 403
        assert ask(service, "jd", DAYS, key=None).status == 401
        # A store that a key does not cover does not exist for it.
        for store in ("s2", "nobody"):
            answer = ask(service, "jd", {**DAYS, "store": store}, key=merchant)
            assert pointers(answer) == ["/store"], answer
            assert answer.json()["errors"][0]["detail"] == "no such store", answer


def test_a_store_that_changed_policy_and_zone():
    """`actual` is under the rules of each day's end; the days are those of the zone then."""
    uri = new_database()

    def serve(clock, **settings):
        with Service(uri, clock_start=clock) as service:
            service.put_store("s1", **settings)

    serve("2024-03-01T00:00:00Z", time_zone="Asia/Shanghai", policy="jd")
    serve("2024-03-07T03:00:00Z", time_zone="Asia/Shanghai", policy="tmall")
    serve("2024-03-08T06:00:00Z", time_zone="America/New_York", policy="amazon")
    with Service(uri, clock_start=CLOCK) as service:
        post(service, EVENTS)
        answer = backtest(service, "jd", {"store": "s1", "from": "2024-03-05",
                                          "to": "2024-03-10"})
        owns = [day["actual"]["policy"]["id"] for day in answer["days"]]
        assert owns == ["jd", "jd", "tmall", "amazon", "amazon", "amazon"], owns
        for text, shown in zip(days_between("2024-03-05", "2024-03-10"), answer["days"]):
            zone = "Asia/Shanghai" if str(text) < "2024-03-08" else "America/New_York"
            end = oracle.day_end(zone, text)
            actual = shown.pop("actual")
            shown.pop("day")
            assert shown == as_a_day(score_of(service, "s1", end, "jd@1")), text
            assert actual == summary(score_of(service, "s1", end)), text


if __name__ == "__main__":
    main()
