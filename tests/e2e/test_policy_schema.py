#!/usr/bin/env python3
"""docs/policy.schema.json, held against the shipped policies and the documented examples, and
against the program: where a limit can be said in a schema both draw it at the same place."""

import copy
import json
import os
import re
import tempfile

import harness
import jsonschema

SCHEMA = json.loads((harness.REPOSITORY / "docs/policy.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

METRIC = {"id": "m", "unit": "ratio", "window_days": 30, "better": "higher",
          "measure": {"kind": "within", "milestone": "collected", "hours": 24}}
SCORED = {**METRIC, "weight": "1", "anchors": [["0", "0"], ["1", "10"]]}
FACTOR = {"id": "f", "weight": "1", "metrics": [SCORED]}
MARK = {"hours": 48, "level": "warning", "over_percent": 10}
CHATS = {"kind": "within", "of": "tickets", "tickets": ["chat"], "milestone": "replied"}
RETURNS = {"kind": "duration", "of": "tickets", "tickets": ["return"], "milestone": "handled"}
PER = {"per": {"kind": "orders"}}


# --- Helpers ----------------------------------------------------------------------------------


def shown(measure, unit="ratio", **members):
    """A document with one metric beside the composite."""
    return {"metrics": [{**METRIC, "unit": unit, "measure": measure, **members}]}


def scored(**members):
    return {"factors": [{**FACTOR, "metrics": [{**SCORED, **members}]}]}


def factor(**members):
    return {"factors": [{**FACTOR, **members}]}


def mark(**members):
    return {"backlog": {"marks": [{**MARK, **members}]}}


def restriction(**members):
    return mark(restriction={"kind": "off_sale", "hours": 24, **members})


def composite(**members):
    return {**factor(), "composites": [{"id": "c", "parts": [{"metric": "m", "weight": 1}],
                                        **members}]}


def part(**members):
    return composite(parts=[{"metric": "m", "weight": 1, **members}])


def without(document, name):
    return {key: value for key, value in document.items() if key != name}


def program_accepts(document):
    """What `windvane policy check` says, and its words."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "policy.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"id": "p", **document}, file)
        done = harness.run_windvane(["policy", "check", path], {})
    assert done.returncode in (0, 1), done
    return done.returncode == 0, done.stdout


def schema_faults(document):
    return [error.message for error in VALIDATOR.iter_errors(document)]


# --- Documents --------------------------------------------------------------------------------


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_shipped_policies():
    paths = sorted((harness.REPOSITORY / "policies").glob("*.json"))
    assert [path.stem for path in paths] == ["amazon", "jd", "tmall"], paths
    for path in paths:
        document = json.loads(path.read_text("utf-8"))
        assert document["id"] == path.stem, path
        assert not schema_faults(document), (path, schema_faults(document))


def test_examples_of_the_documents():
    text = (harness.REPOSITORY / "docs/POLICIES.md").read_text("utf-8")
    examples = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL)]
    documents = [example for example in examples if "factors" in example]
    assert documents, "the guide has a worked example"
    for document in documents:
        assert not schema_faults(document), schema_faults(document)
        accepted, words = program_accepts(document)
        assert accepted, words


def test_a_member_that_is_not_known_is_a_fault_in_every_object():
    """Every object of a shipped document, one at a time."""

    def places(value):
        if isinstance(value, dict):
            yield value
        for child in value.values() if isinstance(value, dict) else value:
            if isinstance(child, (dict, list)):
                yield from places(child)

    original = json.loads((harness.REPOSITORY / "policies/jd.json").read_text("utf-8"))
    count = len(list(places(original)))
    assert count > 90, count
    for index in range(count):
        document = copy.deepcopy(original)
        list(places(document))[index]["colour"] = "red"
        assert schema_faults(document), list(places(original))[index]


# --- Limits: the last good value and the first bad one ----------------------------------------

GOOD = [
    {},
    {"$schema": "policy.schema.json", "version": 7, "name": "n" * 200, "notes": "for people"},
    {"id": "a" * 64}, {"id": "0-_"},
    {"feeds": {"silent_after": 0}}, {"feeds": {"silent_after": 8760, "notes": "a year"}},
    {"novice": {"orders": 0, "days": 1, "star": "0"}},
    {"novice": {"orders": 1000000000, "days": 366, "star": "10.0"}},
    {"composite": {"min_factors": 1}}, {"composite": {"min_factors": 8}},
    {"small_sample": {"full": 1, "points": "0.000"}},
    {"small_sample": {"full": 1000000, "points": 10}},
    {"bonus": {"each": "0.001", "cap": "10.000"}},
    {"bonus": {"each": 10, "cap": 0.001, "services": [f"s{n}" for n in range(32)]}},
    {"peers": {"min": 1, "band": "0"}}, {"peers": {"min": 1000000000, "band": "10"}},
    {"stars": [{"star": f"{n / 10}", "points": 5} for n in range(12, 0, -1)]},
    {"stars": [{"star": "5.0", "rank": "100.00", "factor_rank": "100", "unrestricted": True},
               {"star": "0", "rank": 0, "factor_rank": "0.01"}]},
    {"stars": [{"star": "10", "points": "10.000"}]},
    {"eligibility": [{"id": f"e{n}", "unrestricted": True} for n in range(8)]},
    {"eligibility": [{"id": "e", "star": "4.5"}, {"id": "f", "factor_rank": 20},
                     {"id": "g", "points": 8}, {"id": "h", "rank": 80, "unrestricted": False}]},
    {"factors": [{"id": f"f{n}", "weight": "0.001", "metrics": [{**SCORED, "id": f"m{n}"}]}
                 for n in range(8)]},
    factor(weight="1000.000", required=True), factor(id="a" * 64),
    {"factors": [], "metrics": [{**METRIC, "id": f"m{n}"} for n in range(48)]},
    scored(weight="0.001"), scored(weight="1000"), scored(weight="00.5000"),
    {"factors": [{**FACTOR, "metrics": [SCORED, {**METRIC, "id": "shown", "weight": "0"}]}]},
    scored(window_days=1), scored(window_days=366), scored(better="lower"),
    scored(target="1.0000"), scored(target=0),
    scored(anchors=[[f"{n / 100}", 10 - n / 2] for n in range(16)]),
    composite(), part(weight="1000"), part(weight="0.001", notes="x"),
    {**factor(), "composites": [{"id": f"c{n}", "parts": [{"metric": "m", "weight": 1}]}
                                for n in range(4)]},
    {"metrics": [{**METRIC, "id": f"m{n}", "anchors": [[0, 0], [1, 10]]} for n in range(16)],
     "composites": [{"id": "c", "parts": [{"metric": f"m{n}", "weight": 1} for n in range(16)]}]},
    shown({"kind": "within", "milestone": "delivered", "days": 0}),
    shown({"kind": "within", "milestone": "shipped", "days": 366}, complement=True),
    shown({"kind": "within", "of": "orders", "milestone": "collected", "hours": 8760}),
    shown({"kind": "within", "milestone": "collected", "promise": True}),
    shown({"kind": "within", "milestone": "shipped", "promise": True, "notes": "x"}),
    shown({"kind": "within", "milestone": "delivered", "deliver_by": True}),
    shown({**CHATS, "seconds": 1}), shown({**CHATS, "seconds": 86400}, complement=True),
    shown({**CHATS, "hours": 720, "milestone": "audited", "except": {}}),
    shown({**CHATS, "hours": 1, "except": {"opened_between": ["00:00", "23:59"]}}),
    shown({**CHATS, "hours": 1, "except": {"left_message": True, "recontact": True}}),
    shown({"kind": "duration", "milestone": "collected"}, "hours", target="10000000"),
    shown({"kind": "duration", "of": "orders", "milestone": "delivered"}, "seconds",
          anchors=[["0", "10"], ["9999999.9999", "0"]]),
    shown(RETURNS, "hours"), shown({**RETURNS, "max_days": 1}, "hours"),
    shown({**RETURNS, "max_days": 366, "tickets": ["return", "exchange", "repair", "refund",
                                                   "resend", "work_order", "chat", "dispute"]},
          "seconds"),
    shown({"kind": "responses", "tickets": ["chat"]}, "seconds"),
    shown({"kind": "rated", "of": "tickets", "tickets": ["chat"], "stars": [1, 5]}),
    shown({"kind": "rated", "of": "reviews", "aspect": "service", "stars": [3, 3]}),
    shown({"kind": "stars", "aspect": "courier"}, "rating", target="10.0000",
          anchors=[["2", "0"], ["10", "10"]]),
    shown({"kind": "closed", "tickets": ["dispute"], "without": "escalation"}),
    shown({"kind": "closed", "tickets": ["return"], "without": "time_out"}, complement=True),
    shown({"kind": "orders", "that": "defect", "defects": ["negative_review"]}),
    shown({"kind": "orders", "that": "cancelled_by_seller"}, complement=True),
    shown({"kind": "orders", "that": "tracked"}),
    shown({"kind": "orders"}, per={"kind": "units"}), shown({"kind": "units"}, **PER),
    shown({"kind": "tickets", "tickets": ["return"], "by": "opened"}, **PER),
    shown({"kind": "orders"}, per={"kind": "tickets", "tickets": ["dispute"], "by": "ruled"}),
    {"backlog": {"marks": []}},
    {"backlog": {"min_orders": 0, "watch_hours": 0, "overdue_basis": "lenient", "marks": []}},
    {"backlog": {"min_orders": 1000000000, "watch_hours": 720, "marks": []}},
    {"backlog": {"marks": [{**MARK, "hours": n} for n in range(1, 9)]}},
    *({"backlog": {"marks": [{**MARK, "level": "warning", "trend": trend}]}} for trend in (
        False, {}, {"days": 28, "min_eligible": 1, "min_overdue": 0, "points": "0.001", "z": 0},
        {"points": 100, "z": "10.000", "notes": "x"})),
    mark(hours=720), mark(over_percent="100.000", inclusive=True), mark(over_percent=0),
    mark(level="severe"), restriction(hours=1, percent=1), restriction(hours=8760, percent=100),
]

BAD = [
    {"colour": "red"}, {"$schema": 5}, {"name": "n" * 201}, {"name": 5}, {"notes": ["x"]},
    {"id": "A"}, {"id": "-a"}, {"id": "_a"}, {"id": "a" * 65}, {"id": ""},
    {"feeds": {"silent_after": -1}}, {"feeds": {"silent_after": 8761}},
    {"feeds": {"silent_after": "24"}}, {"feeds": []},
    {"novice": {"orders": -1}}, {"novice": {"orders": 1000000001}}, {"novice": {"days": 0}},
    {"novice": {"days": 367}}, {"novice": {"star": "10.1"}}, {"novice": {"star": "3.55"}},
    {"composite": {"min_factors": 0}}, {"composite": {"min_factors": 9}},
    {"small_sample": {"full": 30}}, {"small_sample": {"points": 7}},
    {"small_sample": {"full": 0, "points": 7}}, {"small_sample": {"full": 1000001, "points": 7}},
    {"small_sample": {"full": 30, "points": "10.001"}},
    {"small_sample": {"full": 30, "points": "7.0001"}},
    {"small_sample": {"full": 30, "points": "-1"}}, {"small_sample": {"full": 30, "points": -1}},
    {"bonus": {"each": "0.000", "cap": 1}}, {"bonus": {"each": 1, "cap": 0}},
    {"bonus": {"each": 1}}, {"bonus": {"cap": 1}}, {"bonus": {"each": "10.001", "cap": 1}},
    {"bonus": {"each": 1, "cap": 1, "services": []}},
    {"bonus": {"each": 1, "cap": 1, "services": ["a", "a"]}},
    {"bonus": {"each": 1, "cap": 1, "services": ["A"]}},
    {"bonus": {"each": 1, "cap": 1, "services": [f"s{n}" for n in range(33)]}},
    {"peers": {"min": 0}}, {"peers": {"min": 1000000001}}, {"peers": {"band": "10.001"}},
    {"stars": [{"star": f"{n / 10}", "points": 5} for n in range(13, 0, -1)]},
    {"stars": [{"star": "5.0"}]}, {"stars": [{"points": 5}]},
    {"stars": [{"star": "5.0", "factor_rank": 20, "unrestricted": True}]},
    {"stars": [{"star": "5.0", "rank": "100.01"}]}, {"stars": [{"star": "5.0", "rank": "1.001"}]},
    {"stars": [{"star": "5.0", "rank": 101}]}, {"stars": [{"star": "10.1", "points": 5}]},
    {"stars": [{"star": "5.0", "points": 5, "factor_rank": -1}]},
    {"stars": [{"star": "5.0", "points": 5, "unrestricted": 1}]}, {"stars": {}},
    {"eligibility": [{"id": "e"}]}, {"eligibility": [{"points": 5}]},
    {"eligibility": [{"id": "e", "unrestricted": False}]},
    {"eligibility": [{"id": f"e{n}", "unrestricted": True} for n in range(9)]},
    {"factors": [{"id": f"f{n}", "weight": 1, "metrics": [{**SCORED, "id": f"m{n}"}]}
                 for n in range(9)]},
    factor(weight="0"), factor(weight=0), factor(weight="0.0001"), factor(weight="1000.001"),
    factor(weight="1e3"), factor(id="f-1"), factor(id="a" * 65), factor(required="yes"),
    factor(metrics=[]), {"factors": [without(FACTOR, "metrics")]},
    {"factors": [without(FACTOR, "weight")]}, {"factors": [without(FACTOR, "id")]},
    factor(metrics=[METRIC]), factor(metrics=[{**SCORED, "weight": "0"}]),
    factor(metrics=[without(SCORED, "anchors")]),
    {"metrics": [SCORED]}, {"metrics": [{**METRIC, "id": f"m{n}"} for n in range(49)]},
    *({"metrics": [without(METRIC, name)]} for name in METRIC),
    scored(weight="1000.001"), scored(weight=-1), scored(window_days=0), scored(window_days=367),
    scored(better="more"), scored(unit="percent"), scored(unit="hours"), scored(unit="rating"),
    scored(target="1.0001"), scored(target=2), scored(target="0.00001"), scored(target=True),
    scored(anchors=[["0", "0"]]), scored(anchors=[[f"{n / 100}", 1] for n in range(17)]),
    scored(anchors=[["0", "0"], ["1", "10.001"]]), scored(anchors=[["0", "0"], ["2", "10"]]),
    scored(anchors=[["0", "0"], ["1"]]), scored(anchors=[["0", "0"], ["1", "10", "x"]]),
    composite(parts=[]), composite(parts={}), part(weight=0), part(weight="1000.001"),
    part(metric="M"), {**factor(), "composites": [{"id": "c"}]},
    {**factor(), "composites": [{"parts": [{"metric": "m", "weight": 1}]}]},
    {**factor(), "composites": [{"id": f"c{n}", "parts": [{"metric": "m", "weight": 1}]}
                                for n in range(5)]},
    {"metrics": [{**METRIC, "id": f"m{n}", "anchors": [[0, 0], [1, 10]]} for n in range(17)],
     "composites": [{"id": "c", "parts": [{"metric": f"m{n}", "weight": 1} for n in range(17)]}]},
    shown({}), shown({"kind": "share"}), shown([]),
    shown({"kind": "within", "milestone": "collected"}),
    shown({"kind": "within", "milestone": "collected", "hours": 1, "days": 1}),
    shown({"kind": "within", "milestone": "collected", "hours": 0}),
    shown({"kind": "within", "milestone": "collected", "hours": 8761}),
    shown({"kind": "within", "milestone": "collected", "days": 367}),
    shown({"kind": "within", "milestone": "collected", "days": -1}),
    shown({"kind": "within", "milestone": "replied", "hours": 1}),
    shown({"kind": "within", "of": "reviews", "milestone": "collected", "hours": 1}),
    shown({"kind": "within", "milestone": "delivered", "promise": True}),
    shown({"kind": "within", "milestone": "collected", "promise": False}),
    shown({"kind": "within", "milestone": "shipped", "deliver_by": True}),
    shown({"kind": "within", "milestone": "collected", "deliver_by": True}),
    shown({**CHATS, "seconds": 0}), shown({**CHATS, "seconds": 86401}),
    shown({**CHATS, "hours": 721}), shown(CHATS), shown({**CHATS, "hours": 1, "seconds": 1}),
    shown({**CHATS, "days": 1}), shown({**CHATS, "hours": 1, "tickets": []}),
    shown({**CHATS, "hours": 1, "tickets": ["chat", "chat"]}),
    shown({**CHATS, "hours": 1, "tickets": ["call"]}),
    shown({**CHATS, "hours": 1, "milestone": "handled"}),
    shown(without({**CHATS, "hours": 1}, "of")), shown(without({**CHATS, "hours": 1}, "tickets")),
    shown({**CHATS, "hours": 1, "except": {"weekends": True}}),
    shown({**CHATS, "hours": 1, "except": {"left_message": False}}),
    shown({**CHATS, "hours": 1, "except": {"opened_between": ["23:00", "24:00"]}}),
    shown({**CHATS, "hours": 1, "except": {"opened_between": ["9:00", "10:00"]}}),
    shown({**CHATS, "hours": 1, "except": {"opened_between": ["09:60", "10:00"]}}),
    shown({**CHATS, "hours": 1, "except": {"opened_between": ["09:00", "09:00"]}}),
    shown({**CHATS, "hours": 1, "except": {"opened_between": ["09:00"]}}),
    shown({"kind": "duration", "milestone": "shipped"}, "hours"),
    shown({"kind": "duration", "milestone": "delivered"}),
    shown({"kind": "duration", "milestone": "delivered"}, "rating"),
    shown({"kind": "duration", "milestone": "delivered", "max_days": 1}, "hours"),
    shown({"kind": "duration", "milestone": "delivered"}, "hours", complement=True),
    shown({"kind": "duration", "milestone": "delivered"}, "hours", target="10000000.0001"),
    shown({**RETURNS, "max_days": 0}, "hours"), shown({**RETURNS, "max_days": 367}, "hours"),
    shown({**RETURNS, "milestone": "audited"}, "hours"), shown(without(RETURNS, "of"), "hours"),
    shown({"kind": "responses"}, "seconds"), shown({"kind": "responses", "tickets": ["chat"]}),
    shown({"kind": "rated", "of": "reviews", "aspect": "service", "stars": [0, 5]}),
    shown({"kind": "rated", "of": "reviews", "aspect": "service", "stars": [4, 6]}),
    shown({"kind": "rated", "of": "reviews", "aspect": "service", "stars": [5, 4]}),
    shown({"kind": "rated", "of": "reviews", "aspect": "price", "stars": [4, 5]}),
    shown({"kind": "rated", "aspect": "service", "stars": [4, 5]}),
    shown({"kind": "rated", "of": "reviews", "tickets": ["chat"], "stars": [4, 5]}),
    shown({"kind": "rated", "of": "tickets", "tickets": ["chat"]}),
    shown({"kind": "stars", "aspect": "courier"}), shown({"kind": "stars"}, "rating"),
    shown({"kind": "stars", "aspect": "courier"}, "rating", target="10.0001"),
    shown({"kind": "stars", "aspect": "courier"}, "rating", complement=True),
    shown({"kind": "closed", "tickets": ["dispute"]}),
    shown({"kind": "closed", "tickets": ["dispute"], "without": "delay"}),
    shown({"kind": "orders", "that": "late"}), shown({"kind": "orders", "that": "defect"}),
    shown({"kind": "orders", "that": "defect", "defects": []}),
    shown({"kind": "orders", "that": "defect", "defects": ["chargeback"]}),
    shown({"kind": "orders", "that": "tracked", "defects": ["dispute"]}),
    shown({"kind": "orders", "that": "tracked"}, **PER), shown({"kind": "orders"}),
    shown({"kind": "orders"}, "hours", **PER), shown({"kind": "orders"}, complement=True, **PER),
    shown({"kind": "orders", "that": "tracked"}, complement=False),
    shown({"kind": "orders"}, per={"kind": "orders", "that": "tracked"}),
    shown({"kind": "orders"}, per={"kind": "stars", "aspect": "courier"}),
    shown({"kind": "units", "of": "tickets"}, **PER),
    shown({"kind": "tickets", "tickets": ["return"]}, **PER),
    shown({"kind": "tickets", "tickets": ["return"], "by": "closed"}, **PER),
    shown({"kind": "tickets", "tickets": ["return"], "by": "ruled"}, **PER),
    {"backlog": {}}, {"backlog": {"marks": [], "min_orders": -1}},
    {"backlog": {"marks": [], "watch_hours": 721}},
    *({"backlog": {"marks": [{**MARK, "level": "warning", "trend": trend}]}} for trend in (
        True, 7, {"days": 0}, {"days": 29}, {"min_eligible": 0}, {"min_overdue": -1}, {"points": 0},
        {"points": "100.001"}, {"z": "10.001"}, {"z": -1}, {"slope": 1})),
    {"backlog": {"marks": [{**MARK, "level": "severe", "trend": False}]}},
    {"backlog": {"marks": [], "overdue_basis": "soft"}},
    {"backlog": {"marks": [{**MARK, "hours": n} for n in range(1, 10)]}},
    *({"backlog": {"marks": [without(MARK, name)]}} for name in MARK),
    mark(hours=0), mark(hours=721), mark(level="watch"), mark(over_percent="100.001"),
    mark(over_percent=101), mark(over_percent="0.0001"), mark(inclusive=1),
    restriction(hours=0), restriction(hours=8761), restriction(percent=0),
    restriction(percent=101), restriction(kind="Off sale"),
    mark(restriction={"kind": "off_sale"}), mark(restriction={"hours": 24}),
]


def test_good_documents():
    for document in GOOD:
        assert not schema_faults(document), (document, schema_faults(document))
        accepted, words = program_accepts(document)
        assert accepted, (document, words)


def test_bad_documents():
    for document in BAD:
        assert schema_faults(document), document
        accepted, _ = program_accepts(document)
        assert not accepted, document


def test_what_only_the_program_tells():
    """Rules between places, and digits of JSON numbers, are beyond a schema."""
    for document in (
            factor(weight=1.0001),
            factor(metrics=[SCORED, SCORED]),
            {**factor(), "metrics": [METRIC]},
            {"stars": [{"star": "3.0", "points": 5}, {"star": "4.0", "points": 4}]},
            {"stars": [{"star": "3.0", "points": 5}, {"star": "2.0", "points": 6}]},
            {"stars": [{"star": "3.0", "rank": 5}, {"star": "2.0", "rank": 6}]},
            scored(anchors=[["0.5", "0"], ["0.5", "10"]]),
            part(metric="another"),
            {"metrics": [METRIC], "composites": [{"id": "c",
                                                  "parts": [{"metric": "m", "weight": 1}]}]},
            composite(parts=2 * [{"metric": "m", "weight": 1}]),
            {"backlog": {"marks": [MARK, MARK]}},
            {"name": "ü" * 101}):
        assert not schema_faults(document), (document, schema_faults(document))
        accepted, _ = program_accepts(document)
        assert not accepted, document


if __name__ == "__main__":
    harness.main()
