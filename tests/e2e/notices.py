"""Notices for tests: by the statement that the service adds them by."""

import json

import harness
from harness import psql

LEVEL = "backlog.level_changed"
REPORT = "delay_report.changed"
AT = "2024-01-15T04:00:00Z"
ADD = (harness.REPOSITORY / "src/db/sql/notices_add.sql").read_text("utf-8")


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def add_notices(uri, store, *notices, recorded_at=None):
    """Adds notices (type, data) in one transaction. What is recorded at an instant is to be sent from
    then on by the service's clock."""
    recorded = "now()" if recorded_at is None else quote(recorded_at)
    types = ",".join(quote(type) for type, _ in notices)
    data = ",".join(quote(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
                    for _, data in notices)
    at = ",".join(quote(AT) for _ in notices)
    psql(uri, f"""
        prepare add (text, text[], timestamptz[], timestamptz, text[], text) as {ADD}
        execute add ({quote(store)}, array[{types}], array[{at}]::timestamptz[],
            {recorded}, array[{data}], null);""")
