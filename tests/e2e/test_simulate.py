#!/usr/bin/env python3
"""`windvane simulate`: the same world twice, what it promises to show, and what the service makes
of it."""

import json
import os
import tempfile

import harness
import oracle
from harness import Service, new_database, run_windvane

ZONE = "Asia/Shanghai"
UNTIL = "2024-05-20T15:30:00+08:00"
SMALL = ["--orders-per-day", "40", "--days", "12", "--profile", "calm"]


def simulate(*args, env=None):
    done = run_windvane(["simulate", *args], {"WINDVANE_ADMIN_KEY": "", **(env or {})})
    assert done.returncode == 0, done
    return done.stdout


def events_of(text):
    return [json.loads(line) for line in text.splitlines()]


def post(service, *args, key=harness.ADMIN_KEY):
    """Posts, and gives what the program says about it: (accepted, known already)."""
    env = {"WINDVANE_ADMIN_KEY": key, "no_proxy": "*"}
    done = run_windvane(["simulate", "--post", service.url, *args], env)
    assert done.returncode == 0 and done.stdout == "", done
    words = done.stderr.split()
    assert words[2:4] == ["events", "accepted,"] and words[5:] == ["known", "already"], done.stderr
    return int(words[1]), int(words[4])


def before(clock):
    """A second before a service's clock starts, so that nothing is ahead of it."""
    return oracle.rfc3339(oracle.instant(clock) - oracle.SECOND)


# --- The bytes --------------------------------------------------------------------------------


def test_same_options_same_bytes():
    first = simulate("--until", UNTIL, *SMALL)
    assert first and first == simulate("--until", UNTIL, *SMALL)
    same_instant = "2024-05-20T07:30:00Z"
    assert first == simulate("--until", same_instant, "--seed", "1", "--store", "demo", *SMALL)
    assert first != simulate("--until", UNTIL, "--seed", "2", *SMALL)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "events")
        assert simulate("--until", UNTIL, "--output", path, *SMALL) == ""
        with open(path, encoding="utf-8") as file:
            assert file.read() == first


def test_events_are_valid_and_never_after_until():
    events = events_of(simulate("--until", UNTIL, "--store", "我的 \"店\"", *SMALL))
    until = oracle.instant(UNTIL)
    assert len(events) > 1000, len(events)
    assert {event["data"]["store"] for event in events} == {"我的 \"店\""}
    assert max(oracle.instant(event["time"]) for event in events) <= until
    outcomes, _ = oracle.admit([(event, until) for event in events])
    assert set(outcomes) == {"accepted", "duplicate"}, set(outcomes)  # feeds repeat themselves
    placed = [event for event in events if event["type"] == "order.placed"]
    days = {oracle.day_of(ZONE, oracle.instant(event["time"])) for event in placed}
    assert len(days) == 12 and str(max(days)) == "2024-05-20", sorted(days)


def test_a_later_until_goes_on():
    longer = ["--days", "13", *SMALL[:2], *SMALL[4:]]  # from the same first day
    early = simulate("--until", "2024-05-19T23:00:00+08:00", *SMALL).splitlines()
    late = simulate("--until", UNTIL, *longer).splitlines()
    stopped = [line for line in early if line not in set(late)]
    assert len(late) > len(early) > 1000, (len(early), len(late))
    assert {json.loads(line)["type"] for line in stopped} <= {"feed.alive"}, stopped[:3]


def test_bad_options_are_refused():
    for args in (["--until", "yesterday"], ["--days", "0"], ["--seed", "-1"], ["--store", ""],
                 ["--orders-per-day", "x"], ["--profile", "wild"], ["--colour"], ["more"],
                 ["--post", "http://127.0.0.1:1", "--output", "x"], ["--until"]):
        done = run_windvane(["simulate", *args], {})
        assert done.returncode == 2 and done.stdout == "" and "--help" in done.stderr, (args, done)


# --- Posting ----------------------------------------------------------------------------------


def test_posts_once():
    with Service(new_database(), clock_start=UNTIL) as service:
        service.put_store("demo")
        args = ["--until", before(UNTIL), *SMALL]
        lines = simulate(*args).splitlines()
        distinct = {(event["source"], event["id"]) for event in map(json.loads, lines)}
        assert post(service, *args) == (len(distinct), len(lines) - len(distinct))
        assert post(service, *args) == (0, len(lines))
        with tempfile.NamedTemporaryFile("w", suffix=".key") as file:
            file.write(harness.ADMIN_KEY + "\n")
            file.flush()
            env = {"WINDVANE_ADMIN_KEY_FILE": file.name, "no_proxy": "*"}
            kept = os.environ.pop("WINDVANE_ADMIN_KEY", None)
            try:
                done = run_windvane(["simulate", "--post", service.url, *args], env)
            finally:
                if kept is not None:
                    os.environ["WINDVANE_ADMIN_KEY"] = kept
        assert done.returncode == 0, done


def test_what_cannot_be_posted_fails():
    with Service(new_database(), clock_start=UNTIL) as service:
        args = ["simulate", "--until", before(UNTIL), *SMALL, "--post"]
        no_store = run_windvane([*args, service.url, "--key", harness.ADMIN_KEY], {})
        assert no_store.returncode == 1 and "/data/store" in no_store.stderr, no_store
        service.put_store("demo")
        wrong = "wrong-key-0123456789-0123456789"
        refused = run_windvane([*args, service.url, "--key", wrong], {})
        assert refused.returncode == 1 and "401" in refused.stderr, refused
        assert wrong not in refused.stderr, refused
    nobody = run_windvane([*args, service.url, "--key", harness.ADMIN_KEY], {})
    assert nobody.returncode == 1 and nobody.stderr, nobody


# --- What the demonstration shows -------------------------------------------------------------


def states(backlog):
    return {mark["state"] for cohort in backlog["cohorts"] for mark in cohort["marks"]}


def expect_demo(service):
    backlog = service.get("/v1/stores/demo/backlog").json()
    assert {"mild", "warned", "clear"} <= states(backlog), states(backlog)
    assert backlog["level"] == "mild" and backlog["restrictions"], backlog["level"]
    score = service.get("/v1/stores/demo/score").json()
    assert score["status"] != "unknown" and backlog["stale"] == [], score["status"]
    assert all(backlog["data_through"].values()), backlog["data_through"]
    samples = {id: metric["sample"] for id, metric in oracle.metrics_of(score).items()}
    assert len(samples) == 24 and set(samples.values()) == {"full"}, samples


def expect_decent_score(service):
    """What the demo promises of its composite: a decent store with weaknesses to be seen."""
    score = service.get("/v1/stores/demo/score").json()
    factors = {factor["id"]: float(factor["points"]) for factor in score["factors"]}
    assert score["status"] == "scored" and len(factors) == 5, score["status"]
    assert 7 <= float(score["score"]["points"]) <= 9.5, score["score"]
    assert float(score["star"]) >= 2.5, score["star"]
    assert min(factors.values()) < 7 and max(factors.values()) > 8, factors
    assert all(part["points"] is not None for part in score["composites"].values()), score


def expect_oracle(service, facts, as_of):
    now = oracle.instant(as_of)
    backlog = service.get(f"/v1/stores/demo/backlog?as_of={as_of}")
    assert backlog.status == 200, backlog
    expected = oracle.backlog(facts, ZONE, now)
    found = oracle.backlog_differences(expected, backlog.json())
    assert not found, "\n".join(map(str, found[:10]))
    score = service.get(f"/v1/stores/demo/score?as_of={as_of}")
    assert score.status == 200, score
    found = oracle.score_differences(oracle.score(facts, ZONE, now), score.json())
    assert not found, "\n".join(map(str, found[:10]))


# A store-day just begun, just over, and one in between; the sale moves with each of them.
INSTANTS = ("2024-05-20T00:00:30+08:00", "2024-06-18T23:59:00+08:00", "2024-11-13T10:20:00+08:00")


def test_the_demo_shows_a_backlog_at_any_instant():
    for clock, rate in zip(INSTANTS, ("200", "240", "200")):
        with Service(new_database(), clock_start=clock) as service:
            service.put_store("demo")
            post(service, "--until", before(clock), "--orders-per-day", rate)
            expect_demo(service)
            expect_decent_score(service)


def test_the_demo_of_a_fresh_installation():
    """The sizes and the seed that nobody chose: scored, in every factor, and proven."""
    uri = new_database()
    with Service(uri, clock_start=INSTANTS[2]) as service:
        service.put_store("demo")
        accepted, _ = post(service, "--until", before(INSTANTS[2]))
        assert accepted > 50000, accepted
        expect_demo(service)
        expect_decent_score(service)
        rejected = service.get("/v1/quarantine?store=demo").json()["items"]
        assert rejected == [], rejected[:3]
    assert harness.verify(uri)[0] == 0


def test_later_runs_bring_the_tickets_since():
    """Tickets go on where the earlier run left them: those it left open are closed later."""
    early, late = "2024-05-20T12:00:00+08:00", "2024-05-22T12:00:00+08:00"
    first, second = (events_of(simulate("--until", until, "--days", days, *SMALL[:2], *SMALL[4:]))
                     for until, days in ((early, "12"), (late, "14")))
    known = {(event["source"], event["id"]) for event in first}
    since = [event for event in second if (event["source"], event["id"]) not in known]
    opened = {event["data"]["ticket"] for event in first if event["type"] == "ticket.opened"}
    assert {event["data"]["ticket"] for event in since if event["type"] == "ticket.closed"} & opened
    assert any(event["type"] == "ticket.opened" for event in since)
    assert any(event["type"] == "order.reviewed" for event in since)
    through = [event["data"]["through"] for event in since
               if event["type"] == "feed.alive" and event["data"]["feed"] == "tickets"]
    assert [oracle.instant(text) for text in through] == [oracle.instant(late) - 1], through


def test_the_demo_moves_on():
    """The same store filled again two days later: its sale has been and another one is shown."""
    uri = new_database()
    for clock in ("2024-05-20T12:00:00+08:00", "2024-05-22T09:00:00+08:00"):
        with Service(uri, clock_start=clock) as service:
            service.put_store("demo")
            accepted, _ = post(service, "--until", before(clock), "--orders-per-day", "200")
            assert accepted > 1000, accepted
            expect_demo(service)
    assert harness.verify(uri)[0] == 0


def test_the_service_answers_as_the_oracle():
    clock = INSTANTS[2]
    args = ["--until", before(clock), "--orders-per-day", "200"]
    with Service(new_database(), clock_start=clock) as service:
        service.put_store("demo")
        post(service, *args)
        received_at = oracle.instant(clock)
        _, facts = oracle.admit([(event, received_at) for event in events_of(simulate(*args))])
        live = service.get("/v1/stores/demo/backlog").json()["as_of"]
        expect_oracle(service, facts, live)
        expect_oracle(service, facts, "2024-11-10T15:59:59.999999Z")


if __name__ == "__main__":
    harness.main()
