#!/usr/bin/env python3
"""Replays real orders through the service and compares its numbers with plain SQL over the files.

The expected numbers come from olist/*.sql, run in a database of their own on the files as loaded:
they share no code with the service or with the converter that makes the events.

The data is not part of the project. WINDVANE_DATA names its folder; the default is
../shared/data/olist beside the repository. Where it is absent every test is skipped and says so.
"""

import concurrent.futures
import csv
import datetime
import functools
import gzip
import http.client
import json
import os
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import harness
from harness import REPOSITORY, psql

SCRIPTS = REPOSITORY / "scripts"
sys.path.insert(0, str(SCRIPTS))
import olist2events

DATA = pathlib.Path(os.environ.get("WINDVANE_DATA") or REPOSITORY / "../shared/data/olist")
QUERIES = pathlib.Path(__file__).resolve().parent / "olist"

STORE = "olist"
ZONE = "America/Sao_Paulo"
POLICY = "jd_small"
# The sample is a tenth of all orders, a seller's part a few a day.
MIN_ORDERS_STORE = 30
MIN_ORDERS_SELLER = 1

AFTERWARDS = "2019-01-01T00:00:00Z"
AMID_BLACK_FRIDAY = "2017-11-28T12:00:00Z"

CONNECTIONS = 2
LINES_A_REQUEST = 4000
SELLERS_OF_A_KIND = 40

# Local times; those without a time of day are exactly midnight of a store-day.
INSTANTS = [
    "2016-10-10 17:00:00",
    "2017-10-14 23:59:59.999999",
    "2017-10-15 00:00:00",   # skipped: the day begins at 01:00 summer time
    "2017-10-16 12:34:56",
    "2017-10-18 00:00:00",
    "2017-10-20 09:00:00",
    "2017-11-24 18:30:00",
    "2017-11-25 00:00:00",
    "2017-11-26 15:00:00",
    "2017-11-27 00:00:00",
    "2017-11-27 13:13:13.131313",
    "2017-11-28 00:00:00",
    "2017-11-29 00:00:00",
    "2017-11-29 08:00:01",
    "2017-11-30 00:00:00",
    "2017-12-01 12:00:00",
    "2018-02-17 22:59:59",
    "2018-02-17 23:30:00",   # doubled: the second one
    "2018-02-18 00:00:00",
    "2018-02-20 18:05:07",
    "2018-02-22 00:00:00",
    "2018-04-27 12:00:00",
    "2018-08-12 10:00:00",
    "2018-09-20 00:00:00",
]
SELLER_INSTANTS = [
    "2017-10-18 00:00:00",
    "2017-11-28 00:00:00",
    "2017-11-30 16:45:00",
    "2018-02-18 12:00:00",
    "2018-05-10 23:59:59.999999",
    "2018-08-10 00:00:00",
]
SUM_INSTANTS = ["2017-11-30 00:00:00", "2018-08-09 20:00:00"]

SHARES = {"same_day_collection_rate", "collection_rate_24h", "on_time_shipping_rate",
          "next_day_delivery_rate"}
# Ratios whose denominator is known from orders, their numerator from tickets (here: none).
RATIOS = {"dispute_rate", "return_rate"}
# What a mean's value is, from amount / valid: (numerator, denominator) of the factor.
MEANS = {"mean_delivery_hours": (1, 3600), "product_satisfaction": (2, 1)}
# Every store's policy shows these; the others are compared where it does.
REQUIRED = SHARES | {"mean_delivery_hours"}

COUNTS = ("orders", "eligible", "cancelled", "overdue", "overdue_still_open", "at_risk")


def needs_data(test):
    @functools.wraps(test)
    def run():
        if (DATA / "orders.csv.gz").is_file():
            return test()
        print(f"SKIP {test.__name__}: no real orders at {DATA} (set WINDVANE_DATA); "
              "counted as passed, NOTHING WAS TESTED")
    return run


class Comparison:
    """Counts what was compared and collects what differs."""

    def __init__(self):
        self.compared = 0
        self.faults = []

    def equal(self, where, got, want):
        self.compared += 1
        if got != want:
            self.faults.append(f"{where}: got {got!r}, expected {want!r}")

    def finish(self, subject):
        print(f"{subject}: {self.compared} numbers compared, {len(self.faults)} differ")
        assert self.compared > 0
        assert not self.faults, "\n".join(self.faults[:40])


# --- The expected numbers ---------------------------------------------------------------------


@functools.cache
def expected_database():
    """The files as tables, and the functions that count from them."""
    uri = harness.new_database()
    psql(uri, (QUERIES / "tables.sql").read_text())
    for name in ("orders", "items", "reviews"):
        with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            psql(uri, f"\\copy raw_{name} FROM stdin WITH (FORMAT csv, HEADER)\n{file.read()}\\.\n")
    for name in ("facts", "score", "backlog"):
        psql(uri, (QUERIES / f"{name}.sql").read_text())
    return uri


def query(sql):
    return psql(expected_database(), sql)


def utc(local_times):
    values = ", ".join(f"({number}, timestamp '{text}')" for number, text in enumerate(local_times))
    return [row[0] for row in
            query(f"SELECT utc(instant_of(t)) FROM (VALUES {values}) AS v (n, t) ORDER BY n")]


def boundary_instants():
    """Marks and moments of an order of Black Friday, each with the microsecond behind it."""
    rows = query("""
        WITH one AS (
            SELECT * FROM facts
            WHERE store = 'olist' AND day = '2017-11-24' AND promise > t0 AND collected > promise
            ORDER BY t0 LIMIT 1
        )
        SELECT utc(at), utc(at + interval '1 microsecond')
        FROM one CROSS JOIN LATERAL (VALUES
            (t0), (t0 + interval '24 hours'), (t0 + interval '48 hours'),
            (t0 + interval '72 hours'), (t0 + interval '120 hours'), (promise), (collected)
        ) AS moments (at)""")
    assert len(rows) == 7, rows
    return [instant for row in rows for instant in row]


class Expected:
    """All expected numbers at an instant, by store. `known`: the last instant told of."""

    def __init__(self, at, known="infinity", basis="live"):
        self.at = at
        moment = f"timestamptz '{at}'"
        args = f"{moment}, '{known}'"
        last = f"day_of({moment})" + (" - 1" if basis == "official" else "")
        self.window, = query(f"SELECT utc(start_of({last} - 29)), utc(start_of({last} + 1))")
        self.metrics = {}
        for store, metric, *counts in query(f"SELECT * FROM shares({args}, {last})"):
            self.metrics[store, metric] = tuple(map(int, counts))
        for store, metric, *counts in query(f"SELECT * FROM means({args}, {last})"):
            self.metrics[store, metric] = tuple(map(int, counts))
        feeds = query("SELECT store, utc(orders), utc(collections) "
                      f"FROM feeds(least({moment}, '{known}'))")
        self.feeds = {store: words for store, *words in feeds}

    def counts(self, store, metric):
        return self.metrics.get((store, metric), (0, 0) if metric in MEANS else (0, 0, 0))

    def data_through(self, store):
        return self.feeds.get(store, [None, None])

    def stale(self, store):
        """A feed is stale after 24 hours of silence, and before its first word."""
        limit = instant_of(self.at) - datetime.timedelta(hours=24)
        return {name for name, through in zip(("orders", "collections"), self.data_through(store))
                if through is None or instant_of(through) < limit}


class ExpectedBacklog:
    """The seven cohorts of every store, and the flow of today."""

    def __init__(self, at, known="infinity"):
        self.at = at
        moment = f"timestamptz '{at}'"
        rows = query(f"""
            SELECT store, day, hours, utc(checkpoint), {", ".join(COUNTS)}
            FROM cohorts({moment}, '{known}', day_of({moment}) - 6, day_of({moment}))
            ORDER BY store, day, hours""")
        self.cohorts = {}
        for row in rows:
            self.cohorts.setdefault(row[0], []).append(mark_of(row))
        today = query(f"SELECT * FROM today({moment}, '{known}')")
        self.today = {store: (int(placed), int(collected)) for store, placed, collected in today}


def mark_of(row):
    _, day, hours, checkpoint, *counts = row
    return {"day": day, "hours": int(hours), "checkpoint": checkpoint,
            **dict(zip(COUNTS, map(int, counts)))}


def all_marks(stores):
    """Every mark of every day of the data, after all of them: what restrictions follow from."""
    names = ", ".join(f"'{store}'" for store in stores)
    rows = query(f"""
        SELECT store, day, hours, utc(checkpoint), {", ".join(COUNTS)}
        FROM cohorts('{AFTERWARDS}', 'infinity', '2016-09-01', '2018-11-01')
        WHERE store IN ({names}) AND orders > 0 ORDER BY store, day, hours""")
    marks = {store: [] for store in stores}
    for row in rows:
        marks[row[0]].append(mark_of(row))
    return marks


# --- What follows from the counts -------------------------------------------------------------


def instant_of(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def text_of(instant):
    text = instant.astimezone(datetime.timezone.utc).isoformat().removesuffix("+00:00")
    return (text.rstrip("0") if "." in text else text) + "Z"


def ratio(good, of):
    """Four decimals, rounded half up; null without a denominator."""
    if of == 0:
        return None
    units = (20000 * good + of) // (2 * of)
    return f"{units // 10000}.{units % 10000:04d}"


def sample(valid):
    names = ((30, "full"), (10, "low"), (1, "very_low"), (0, "none"))
    return next(name for least, name in names if valid >= least)


def reaches(mark, overdue, eligible):
    """The policy's comparison; false for nobody."""
    if eligible == 0:
        return False
    share, limit = 100 * overdue, mark["over_percent"] * eligible
    return share >= limit if mark["inclusive"] else share > limit


def state_of(policy, rule, mark, at):
    if instant_of(at) < instant_of(mark["checkpoint"]):
        return "pending"
    if mark["orders"] <= policy["min_orders"] or mark["eligible"] == 0:
        return "not_assessed"
    if not reaches(rule, mark["overdue"], mark["eligible"]):
        return "clear"
    return {"warning": "warned"}.get(rule["level"], rule["level"])


def ways_out(rule, mark):
    """By trial: the fewest orders to collect or to excuse until the comparison cannot hold."""
    eligible, worst = mark["eligible"], mark["overdue"] + mark["at_risk"]
    collect = next(k for k in range(worst + 1) if not reaches(rule, worst - k, eligible))
    exempt = next(k for k in range(worst + 1) if not reaches(rule, worst - k, eligible - k))
    return (collect if collect <= mark["at_risk"] else None), exempt


def restrictions_at(policy, marks, at):
    """{kind: (from, to, cohorts)} in force, intervals that overlap or touch made one."""
    now, found = instant_of(at), {}
    for rule in policy["marks"]:
        if not rule.get("restriction"):
            continue
        united = []
        hits = [mark for mark in marks if mark["hours"] == rule["hours"]
                and state_of(policy, rule, mark, at) == rule["level"]]
        for mark in sorted(hits, key=lambda mark: instant_of(mark["checkpoint"])):
            start = instant_of(mark["checkpoint"])
            end = start + datetime.timedelta(hours=rule["restriction"]["hours"])
            if united and start <= united[-1][1]:
                united[-1] = (united[-1][0], end, united[-1][2] + [mark["day"]])
            else:
                united.append((start, end, [mark["day"]]))
        for start, end, days in united:
            if start <= now < end:
                kind = rule["restriction"]["kind"]
                found[kind] = (text_of(start), text_of(end), sorted(days))
    return found


def level_of(policy, marks, restrictions, at):
    """(level, advisory) of the listed cohorts' marks and the restrictions in force."""
    rules = policy["marks"]
    for level in ("severe", "mild"):
        kinds = [r["restriction"]["kind"] for r in rules if r["level"] == level]
        if any(kind in restrictions for kind in kinds):
            return level, False
    now = instant_of(at)
    checkpoints = {(mark["day"], mark["hours"]): instant_of(mark["checkpoint"]) for mark in marks}
    for rule, following in zip(rules, rules[1:]):
        for mark in marks:
            if (mark["hours"] == rule["hours"] and state_of(policy, rule, mark, at) == "warned"
                    and checkpoints[mark["day"], following["hours"]] > now):
                return "warning", False
    ahead = datetime.timedelta(hours=policy["watch_hours"])
    causes = []
    for mark in marks:
        rule = next(rule for rule in rules if rule["hours"] == mark["hours"])
        left = instant_of(mark["checkpoint"]) - now
        if not rule.get("restriction") or left <= datetime.timedelta(0):
            continue
        worst = mark["overdue"] + mark["at_risk"]
        if (reaches(rule, mark["overdue"], mark["eligible"])
                or (left <= ahead and reaches(rule, worst, mark["eligible"]))):
            causes.append(mark)
    if not causes:
        return "none", False
    return "watch", all(mark["orders"] <= policy["min_orders"] for mark in causes)


# --- Comparing answers ------------------------------------------------------------------------


def metrics_of(answer):
    shown = {metric["id"]: metric for factor in answer["factors"] for metric in factor["metrics"]}
    for name, metric in answer["metrics"].items():
        shown.setdefault(name, metric)
    return shown


def compare_score(comparison, answer, expected, store, basis="live"):
    where = f"{store} score {basis} at {expected.at}"
    comparison.equal(f"{where} as_of", answer["as_of"], expected.at)
    comparison.equal(f"{where} basis", answer["basis"], basis)
    shown = metrics_of(answer)
    for name in sorted(SHARES | RATIOS | set(MEANS)):
        if name not in shown:
            comparison.equal(f"{where} {name} shown", False, name in REQUIRED)
            continue
        metric, counts = shown[name], expected.counts(store, name)
        compare_metric(comparison, f"{where} {name}", name, metric, counts)
        comparison.equal(f"{where} {name} sample", metric["sample"], sample(counts[1]))
        window = metric["window"]
        comparison.equal(f"{where} {name} window", [window["from"], window["to"], window["days"]],
                         [*expected.window, 30])
    compare_feeds(comparison, where, answer, expected, store)
    comparison.equal(f"{where} unknown", answer["status"] == "unknown",
                     basis == "live" and bool(expected.stale(store)))


def compare_metric(comparison, where, name, metric, counts):
    if name in MEANS:
        amount, valid = counts
        times, by = MEANS[name]
        comparison.equal(f"{where} amount", metric["amount"], amount)
        comparison.equal(f"{where} valid", metric["valid"], valid)
        comparison.equal(f"{where} value", metric["value"], ratio(amount * times, valid * by))
        return
    good, valid, pending = counts
    comparison.equal(f"{where} good", metric["good"], good)
    comparison.equal(f"{where} valid", metric["valid"], valid)
    comparison.equal(f"{where} value", metric["value"], ratio(good, valid))
    if name in SHARES:
        comparison.equal(f"{where} pending", metric["pending"], pending)
        comparison.equal(f"{where} value_worst", metric["value_worst"],
                         ratio(good, valid + pending))


def compare_feeds(comparison, where, answer, expected, store):
    through = answer["data_through"]
    comparison.equal(f"{where} data_through", [through["orders"], through["collections"]],
                     expected.data_through(store))


def compare_backlog(comparison, answer, expected, store, policy, marks_of_all_days=None):
    where = f"{store} backlog at {expected.at}"
    comparison.equal(f"{where} as_of", answer["as_of"], expected.at)
    marks = expected.cohorts[store]
    rules = {rule["hours"]: rule for rule in policy["marks"]}
    shown = {(cohort["day"], mark["hours"]): (cohort, mark)
             for cohort in answer["cohorts"] for mark in cohort["marks"]}
    comparison.equal(f"{where} cohorts, marks", list(shown),
                     [(mark["day"], mark["hours"]) for mark in marks])
    for mark in marks:
        key = mark["day"], mark["hours"]
        if key in shown:
            compare_mark(comparison, f"{where} {key}", *shown[key], mark, rules[mark["hours"]],
                         policy, expected.at)
    placed, collected = expected.today.get(store, (0, 0))
    comparison.equal(f"{where} today placed", answer["today"]["placed"], placed)
    comparison.equal(f"{where} today collected", answer["today"]["collected"], collected)
    if marks_of_all_days is None:
        return
    restrictions = restrictions_at(policy, marks_of_all_days, expected.at)
    in_force = {r["kind"]: (r["from"], r["to"], r["cohorts"]) for r in answer["restrictions"]}
    comparison.equal(f"{where} restrictions", in_force, restrictions)
    comparison.equal(f"{where} level", (answer["level"], answer["advisory"]),
                     level_of(policy, marks, restrictions, expected.at))


def compare_mark(comparison, where, cohort, shown, mark, rule, policy, at):
    eligible, overdue = mark["eligible"], mark["overdue"]
    holds = reaches(rule, overdue, eligible)
    still_holds = reaches(rule, mark["overdue_still_open"], eligible)
    collect, exempt = ways_out(rule, mark)
    state = state_of(policy, rule, mark, at)
    want = {
        "checkpoint": mark["checkpoint"],
        "state": state,
        "exempt": 0,
        **{name: mark[name] for name in COUNTS if name != "orders"},
        "ratio": ratio(overdue, eligible),
        "ratio_worst": ratio(overdue + mark["at_risk"], eligible),
        "inevitable": holds,
        "collect_to_clear": collect,
        "exempt_to_clear": exempt,
        "readings_disagree": holds != still_holds,
        "reasons": ["ratio"] if state in ("warned", "mild", "severe") else [],
    }
    comparison.equal(f"{where} orders", cohort["orders"], mark["orders"])
    comparison.equal(f"{where} assessed", cohort["assessed"], mark["orders"] > policy["min_orders"])
    for name, value in want.items():
        comparison.equal(f"{where} {name}", shown[name], value)


# --- Talking to the service -------------------------------------------------------------------


def exchange(service, requests):
    """Sends (method, path, body, media type) over a few kept-alive connections; answers in order
    as (status, parsed body)."""
    answers = [None] * len(requests)

    def run(first):
        connection = http.client.HTTPConnection("127.0.0.1", service.port,
                                                timeout=harness.REQUEST_SECONDS)
        for index in range(first, len(requests), CONNECTIONS):
            method, path, body, media_type = requests[index]
            headers = {"Authorization": f"Bearer {harness.ADMIN_KEY}"}
            if media_type:
                headers["Content-Type"] = media_type
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answers[index] = response.status, json.loads(response.read())
        connection.close()

    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(run, range(CONNECTIONS)))
    return answers


def get_all(service, paths):
    answers = exchange(service, [("GET", path, None, None) for path in paths])
    for path, (status, body) in zip(paths, answers):
        assert status == 200, f"{path}: {status} {body}"
    return [body for _, body in answers]


def post_lines(service, lines, outcome="accepted"):
    """Posts NDJSON over all connections at once; every line must have this outcome."""
    groups = [lines[first:first + LINES_A_REQUEST]
              for first in range(0, len(lines), LINES_A_REQUEST)]
    answers = exchange(service, [("POST", "/v1/events", "".join(group).encode(),
                                  "application/x-ndjson") for group in groups])
    want = dict.fromkeys(("accepted", "duplicate", "conflict", "ignored", "rejected"), 0)
    for group, (status, body) in zip(groups, answers):
        assert status == 200, f"{status} {body}"
        counts = {name: body[name] for name in want}
        assert counts == {**want, outcome: len(group)}, body


def put_stores(service, stores):
    requests = []
    for store in stores:
        body = {"name": store, "category": "all", "time_zone": ZONE, "policy": POLICY}
        requests.append(("PUT", f"/v1/stores/{store}", json.dumps(body), "application/json"))
    for store, (status, body) in zip(stores, exchange(service, requests)):
        assert status == 201, f"{store}: {status} {body}"


def put_policy(service, min_orders):
    """A copy of jd with a lower gate; gives its backlog part as the service answers it. Without the
    trend, which is test_verdicts_olist.py's."""
    document = service.get("/v1/policies/jd").json()
    document["id"] = POLICY
    document["backlog"]["min_orders"] = min_orders
    document["backlog"]["marks"][0]["trend"] = False
    answer = service.put(f"/v1/policies/{POLICY}", document)
    assert answer.status in (200, 201), answer
    backlog = service.get(f"/v1/policies/{POLICY}").json()["backlog"]
    assert backlog["min_orders"] == min_orders, backlog
    return backlog


def convert(*options):
    """The converter's lines."""
    command = [sys.executable, str(SCRIPTS / "olist2events.py"), "--data", str(DATA), *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines(keepends=True)


def shuffled(lines):
    """The order of arrival must not matter; the same shuffle in every run."""
    lines = list(lines)
    random.Random(20171124).shuffle(lines)
    return lines


def assert_verified(service):
    status, output = harness.verify(service.uri)
    assert status == 0, f"verify: {status} {output}"


# --- Tests ------------------------------------------------------------------------------------


@needs_data
def test_local_times_read_as_postgresql_reads_them():
    times = set()
    for name in ("orders", "items", "reviews"):
        with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                times |= {value for column, value in row.items()
                          if value and column.endswith(("_timestamp", "_at", "_date"))}
    of_files = len(times)
    assert of_files > 30000, of_files
    # Every minute around the clock changes as well: the files have few times inside them.
    for change in ("2016-10-16", "2017-02-19", "2017-10-15", "2018-02-18", "2018-11-04"):
        start = datetime.datetime.fromisoformat(change) - datetime.timedelta(hours=2)
        times |= {str(start + datetime.timedelta(minutes=n)) for n in range(240)}

    texts = sorted(times)
    rows = "".join(f"{text}\t{olist2events.local_instant(text).isoformat()}\n" for text in texts)
    count, differing = query(
        "CREATE TEMP TABLE readings (local timestamp, instant timestamptz);\n"
        f"\\copy readings FROM stdin\n{rows}\\.\n"
        "SELECT count(*), string_agg(local::text, ', ') "
        "FILTER (WHERE local AT TIME ZONE 'America/Sao_Paulo' IS DISTINCT FROM instant) "
        "FROM readings")[0]
    print(f"local times: {count} compared, {of_files} of them from the files")
    assert int(count) == len(texts)
    assert differing is None, differing


@needs_data
def test_one_store_afterwards():
    instants = utc(INSTANTS) + boundary_instants()
    lines = convert("--mode", "store", "--store", STORE, "--reviews")
    with harness.Service(harness.new_database(), clock_start=AFTERWARDS) as service:
        policy = put_policy(service, MIN_ORDERS_STORE)
        put_stores(service, [STORE])
        post_lines(service, shuffled(lines))
        post_lines(service, lines[:LINES_A_REQUEST], outcome="duplicate")

        scores = Comparison()
        for basis in ("live", "official"):
            paths = [f"/v1/stores/{STORE}/score?as_of={at}&basis={basis}" for at in instants]
            for at, answer in zip(instants, get_all(service, paths)):
                compare_score(scores, answer, Expected(at, basis=basis), STORE, basis)
        backlogs, marks = Comparison(), all_marks([STORE])[STORE]
        answers = get_all(service, [f"/v1/stores/{STORE}/backlog?as_of={at}" for at in instants])
        for at, answer in zip(instants, answers):
            compare_backlog(backlogs, answer, ExpectedBacklog(at), STORE, policy, marks)
            stale = set(answer["stale"]) & {"orders", "collections"}
            backlogs.equal(f"stale at {at}", stale, Expected(at).stale(STORE))
        scores.finish(f"one store, {len(instants)} instants, scores")
        backlogs.finish(f"one store, {len(instants)} instants, backlogs")
        check_black_friday(service)
        assert_verified(service)


def check_black_friday(service):
    """24 November 2017: warned, then restricted, and settled once every checkpoint is past."""
    midnights = utc(["2017-11-27 00:00:00", "2017-11-28 00:00:00", "2017-11-30 00:00:00"])
    after48, after72, after120 = get_all(
        service, [f"/v1/stores/{STORE}/backlog?as_of={at}" for at in midnights])

    def marks(answer):
        cohort = next(c for c in answer["cohorts"] if c["day"] == "2017-11-24")
        assert cohort["assessed"] is True, cohort
        return {mark["hours"]: mark for mark in cohort["marks"]}

    assert {h: m["state"] for h, m in marks(after48).items()} == {
        48: "warned", 72: "pending", 120: "pending"}, after48
    assert {h: m["state"] for h, m in marks(after72).items()} == {
        48: "warned", 72: "mild", 120: "pending"}, after72
    assert after72["level"] == "mild", after72
    demotion = next(r for r in after72["restrictions"] if r["kind"] == "search_demotion")
    assert "2017-11-24" in demotion["cohorts"], demotion

    settled = marks(after120)
    assert settled[120]["state"] == "severe" and after120["level"] == "severe", after120
    assert settled[48]["overdue"] >= settled[72]["overdue"] >= settled[120]["overdue"], settled
    for hours, earlier in ((48, after48), (72, after72)):
        for name in COUNTS[1:] + ("ratio", "state"):
            assert settled[hours][name] == marks(earlier)[hours][name], (hours, name)


@needs_data
def test_one_store_live():
    """Amid Black Friday week: only what had happened is known, and the clock runs."""
    lines = convert("--mode", "store", "--store", STORE, "--reviews",
                    "--until", AMID_BLACK_FRIDAY.replace("Z", "+00:00"))
    comparison, marks = Comparison(), all_marks([STORE])[STORE]
    with harness.Service(harness.new_database(), clock_start=AMID_BLACK_FRIDAY) as service:
        policy = put_policy(service, MIN_ORDERS_STORE)
        put_stores(service, [STORE])
        post_lines(service, lines)
        # The live answer, the same by its own as_of, and the instant at which the data ends.
        for question in ("", "own", AMID_BLACK_FRIDAY):
            for resource in ("score", "backlog"):
                path = f"/v1/stores/{STORE}/{resource}"
                if question == "own":
                    live = service.get(path).json()
                    answer = service.get(f"{path}?as_of={live['as_of']}").json()
                    comparison.equal(f"{resource} live and as_of", answer, live)
                else:
                    answer = service.get(path + (question and f"?as_of={question}")).json()
                assert instant_of(answer["as_of"]) >= instant_of(AMID_BLACK_FRIDAY), answer
                if resource == "score":
                    expected = Expected(answer["as_of"], known=AMID_BLACK_FRIDAY)
                    compare_score(comparison, answer, expected, STORE)
                else:
                    expected = ExpectedBacklog(answer["as_of"], known=AMID_BLACK_FRIDAY)
                    compare_backlog(comparison, answer, expected, STORE, policy, marks)
                    assert answer["level"] == "mild", answer
        assert_verified(service)
    comparison.finish("one store, live")


@needs_data
def test_a_store_per_seller():
    sellers = [row[0] for row in query("SELECT store FROM parts WHERE store <> 'olist' "
                                       "GROUP BY store ORDER BY count(*) DESC, store")]
    assert len(sellers) == 1610, len(sellers)
    others = sellers[SELLERS_OF_A_KIND:]
    step = len(others) // SELLERS_OF_A_KIND
    chosen = sellers[:SELLERS_OF_A_KIND] + others[::step][:SELLERS_OF_A_KIND]

    with harness.Service(harness.new_database(), clock_start=AFTERWARDS) as service:
        policy = put_policy(service, MIN_ORDERS_SELLER)
        put_stores(service, sellers)
        post_lines(service, shuffled(convert("--mode", "sellers", "--reviews")))

        sampled, marks = Comparison(), all_marks(chosen)
        for at in utc(SELLER_INSTANTS):
            expected, backlog = Expected(at), ExpectedBacklog(at)
            scores = get_all(service, [f"/v1/stores/{s}/score?as_of={at}" for s in chosen])
            backlogs = get_all(service, [f"/v1/stores/{s}/backlog?as_of={at}" for s in chosen])
            for seller, score, answer in zip(chosen, scores, backlogs):
                compare_score(sampled, score, expected, seller)
                compare_backlog(sampled, answer, backlog, seller, policy, marks[seller])
        sampled.finish(f"{len(chosen)} sellers, {len(SELLER_INSTANTS)} instants")

        every = Comparison()
        for at in utc(SUM_INSTANTS):
            compare_all_sellers(every, service, sellers, policy, at)
        every.finish(f"{len(sellers)} sellers, {len(SUM_INSTANTS)} instants")
        assert_verified(service)


def compare_all_sellers(comparison, service, sellers, policy, at):
    """Every seller's backlog, and the sum of their cohorts against one count over the files."""
    expected = ExpectedBacklog(at)
    answers = get_all(service, [f"/v1/stores/{seller}/backlog?as_of={at}" for seller in sellers])
    sums = {}
    for seller, answer in zip(sellers, answers):
        compare_backlog(comparison, answer, expected, seller, policy)
        for cohort in answer["cohorts"]:
            sums[cohort["day"]] = sums.get(cohort["day"], 0) + cohort["orders"]
    rows = query(f"""
        SELECT day_of(instant_of(approved)), count(DISTINCT (order_id, seller_id))
        FROM raw_orders JOIN raw_items USING (order_id)
        WHERE instant_of(approved) <= '{at}'
            AND day_of(instant_of(approved)) BETWEEN day_of('{at}') - 6 AND day_of('{at}')
        GROUP BY 1""")
    want = {**dict.fromkeys(sums, 0), **{day: int(count) for day, count in rows}}
    assert sum(want.values()) > 0, at
    comparison.equal(f"sums over all sellers at {at}", sums, want)


if __name__ == "__main__":
    harness.main()
