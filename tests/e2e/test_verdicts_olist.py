#!/usr/bin/env python3
"""The days around 24 November 2017 (Black Friday in Brazil), replayed with a clock that is moved on:
verdicts and restrictions against plain SQL over the files. See test_olist.py for the data.
"""

import datetime
import json
import time

import harness
import test_olist as olist
from harness import psql

CREATED = datetime.datetime(2017, 11, 14, 12, tzinfo=datetime.timezone.utc)
STEP = datetime.timedelta(days=1)
STEPS = 22
FIRST, LAST = "2017-09-01", "2017-12-05"
DEADLINE_SECONDS = 60
# A tenth of all orders, in a country where a collection takes days: with jd's own numbers there would
# be nothing but hits.
MIN_ORDERS, MIN_ELIGIBLE = 15, 100
PERCENTS = [85, 50, 35]


def expected(first, last):
    psql(olist.expected_database(), (olist.QUERIES / "verdicts.sql").read_text())
    rows = olist.query(f"""
        SELECT v.day, v.hours, state, reasons, v.orders, v.eligible, v.overdue, v.overdue_still_open,
            baseline, utc(start_of(v.day + 1) + v.hours * interval '1 hour')
        FROM verdicts({MIN_ORDERS}, {MIN_ELIGIBLE}, 0.85, 0.50, 0.35, '{first}', '{last}') AS v
        WHERE store = '{olist.STORE}' ORDER BY 1, 2""")
    return {(day, int(hours)): (state, reasons, *map(int, numbers), baseline, checkpoint)
            for day, hours, state, reasons, *numbers, baseline, checkpoint in rows}


def put_policy(service):
    document = service.get("/v1/policies/jd").json()
    backlog = document["backlog"]
    backlog["min_orders"] = MIN_ORDERS
    for mark, percent in zip(backlog["marks"], PERCENTS):
        mark["over_percent"] = percent
    backlog["marks"][0]["trend"] = {"min_eligible": MIN_ELIGIBLE}
    answer = service.put(f"/v1/policies/{olist.POLICY}", {**document, "id": olist.POLICY})
    assert answer.status == 201, answer


def shown(service, query=""):
    items, cursor = {}, ""
    while cursor is not None:
        page = service.get(f"/v1/stores/{olist.STORE}/verdicts?status=standing&limit=1000{query}{cursor}")
        assert page.status == 200, page
        for v in page.json()["items"]:
            items[v["day"], v["hours"]] = (
                v["state"], ",".join(v["reasons"]), v["orders"], v["eligible"], v["overdue"],
                v["overdue_still_open"], v["baseline"], v["checkpoint"])
        cursor = page.json()["next_cursor"] and "&cursor=" + page.json()["next_cursor"]
    return items


def await_judged(uri, clock):
    ask = (f"SELECT count(*) FROM store_watch WHERE judged_through >= '{clock.isoformat()}' "
           "AND NOT EXISTS (SELECT FROM verdicts_changed)")
    deadline = time.monotonic() + DEADLINE_SECONDS
    while psql(uri, ask) != [["1"]]:
        assert time.monotonic() < deadline, f"never judged through {clock}"
        time.sleep(0.05)


def compare(got, want, end):
    """Those of the checkpoints up to `end`."""
    want = {key: verdict for key, verdict in want.items() if verdict[-1] <= end}
    comparison = olist.Comparison()
    for key in sorted(got.keys() | want.keys()):
        comparison.equal(key, got.get(key), want.get(key))
    return comparison, want


@olist.needs_data
def test_days_around_black_friday__replayed_day_by_day():
    uri, clock = harness.new_database(), CREATED
    lines = [(datetime.datetime.fromisoformat(json.loads(line)["time"]), line)
             for line in olist.convert("--mode", "store", "--store", olist.STORE)]
    lines.sort(key=lambda line: line[0])
    told = 0
    for step in range(STEPS):
        with harness.Service(uri, clock_start=clock, migrate=step == 0) as service:
            if step == 0:
                put_policy(service)
                olist.put_stores(service, [olist.STORE])
            until = told
            while until < len(lines) and lines[until][0] <= clock:
                until += 1
            if until > told:
                olist.post_lines(service, [line for _, line in lines[told:until]])
            told = until
            await_judged(uri, clock)
            if step == STEPS - 1:
                end = olist.text_of(clock)
                check(service, uri, end)
        clock += STEP


def check(service, uri, end):
    want = expected(FIRST, LAST)
    kept = {key: verdict for key, verdict in want.items()
            if verdict[-1] > olist.text_of(CREATED + datetime.timedelta(seconds=30))}
    comparison, in_time = compare(shown(service), kept, end)
    states = {verdict[0] for verdict in in_time.values()}
    assert {"clear", "warned", "mild", "severe", "not_assessed"} <= states, states
    assert any(verdict[1] == "trend" for verdict in in_time.values()), in_time
    comparison.finish("verdicts in time")

    done = service.post(f"/v1/stores/{olist.STORE}/verdicts/recompute", {"from": FIRST, "to": LAST})
    assert done.status == 200 and done.json()["revoked"] == 0, done
    comparison, everything = compare(shown(service, f"&from={FIRST}"), want, end)
    comparison.finish("verdicts after the recomputation")

    policy = service.get(f"/v1/policies/{olist.POLICY}").json()["backlog"]
    marks = [{"day": day, "hours": hours, "orders": v[2], "eligible": v[3], "overdue": v[4],
              "checkpoint": v[-1]} for (day, hours), v in everything.items()]
    answer = service.get(f"/v1/stores/{olist.STORE}/restrictions?limit=1000&from=2017-11-20")
    now = {r["kind"]: (r["from"], r["to"], r["cohorts"]) for r in answer.json()["items"]
           if r["in_force"]}
    at = service.get(f"/v1/stores/{olist.STORE}/backlog").json()
    assert now == olist.restrictions_at(policy, marks, at["as_of"]), (now, at["restrictions"])
    assert now == {r["kind"]: (r["from"], r["to"], r["cohorts"]) for r in at["restrictions"]}
    revoked = psql(uri, "SELECT count(*) FROM verdicts WHERE ended_at IS NOT NULL")
    print(f"note: {len(everything)} verdicts, {revoked[0][0]} superseded on the way")


if __name__ == "__main__":
    harness.main()
