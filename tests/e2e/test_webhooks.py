#!/usr/bin/env python3
"""Subscriptions and their deliveries, against a receiver that verifies by itself."""

import datetime
import json
import os
import signal
import subprocess
import threading
import time
import urllib.parse

import harness
from harness import Service, new_database, psql
from notices import AT, LEVEL, REPORT, add_notices
from receiver import Receiver, await_true

def hooks(uri=None, divisor=1, **kwargs):
    env = {"WINDVANE_WEBHOOK_PRIVATE": "allow",
           "WINDVANE_WEBHOOK_BACKOFF_DIVISOR": str(divisor), **kwargs.pop("env", {})}
    return Service(uri or new_database(), env=env, **kwargs)


def subscribe(service, url, key=harness.ADMIN_KEY, **members):
    answer = service.post("/v1/subscriptions", {"url": url, **members}, key=key)
    assert answer.status == 201, answer
    return answer.json()


def deliveries(service, subscription, state=None):
    query = "" if state is None else f"?state={state}"
    answer = service.get(f"/v1/subscriptions/{subscription['id']}/deliveries{query}")
    assert answer.status == 200, answer
    return answer.json()["items"]


def await_state(service, subscription, state, count=1):
    def there():
        items = deliveries(service, subscription, state)
        return items if len(items) == count else None
    return await_true(there, f"{count} {state}")


def instant(text):
    return datetime.datetime.fromisoformat(text)


# --- what is sent -----------------------------------------------------------------------------


def test_a_notification_is_signed_and_sent():
    with hooks() as service, Receiver() as receiver:
        service.put_store("s1")
        subscription = subscribe(service, receiver.url, name="ops")
        assert subscription["secret"].startswith("whsec_")
        add_notices(service.uri, "s1", (LEVEL, {"from": "mild", "to": "none", "resolved": True}))
        delivery, = receiver.wait(1)
        assert delivery.signers(subscription["secret"]) == [subscription["secret"]]
        assert delivery.headers["content-type"] == "application/json"
        assert delivery.headers["user-agent"].startswith("windvane/"), delivery.headers
        assert abs(int(delivery.headers["webhook-timestamp"]) - time.time()) < 300
        body = delivery.json()
        recorded_at = body["data"].pop("recorded_at")
        assert abs(instant(recorded_at).timestamp() - time.time()) < 300
        assert body == {"type": LEVEL, "timestamp": AT, "data": {
            "store": "s1", "id": "1", "type": LEVEL, "at": AT,
            "data": {"from": "mild", "to": "none", "resolved": True}}}, body
        assert b": " not in delivery.body.replace(b'": ', b'":  ', 0).split(b'"data":{"from"')[0]
        item, = await_state(service, subscription, "delivered")
        assert item["id"] == delivery.id and item["last_status"] == 200, item
        assert item["attempts"] == 1 and item["notification"] == "1", item
        assert item["next_attempt_at"] is None and item["last_error"] is None, item


if __name__ == "__main__":
    harness.main()
