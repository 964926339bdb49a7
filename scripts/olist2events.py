#!/usr/bin/env python3
"""Writes the Olist sample (real orders of 2016-2018) as CloudEvents, one JSON object a line.

The events of all orders are written in order of time; the same input gives the same bytes, ids
included. Times keep the local clock of the files and name their offset.

  olist2events.py --mode store --store olist --reviews    all orders as orders of one store
  olist2events.py --mode sellers                          one store per seller, named by its id
"""

import argparse
import csv
import datetime
import gzip
import json
import pathlib
import sys
import zoneinfo

ZONE = zoneinfo.ZoneInfo("America/Sao_Paulo")
SOURCE = "olist"
CANCELLED_AFTER = datetime.timedelta(hours=1)
DATA = pathlib.Path(__file__).resolve().parents[1] / "../shared/data/olist"


def local_instant(text):
    """The instant of a local time, None for an empty one.

    A clock change skips some local times and doubles others. PostgreSQL reads the skipped ones
    with the offset before the change and the doubled ones as the second: of the two offsets that
    `fold` offers, that is the smaller one in both cases.
    """
    if not text:
        return None
    wall = datetime.datetime.fromisoformat(text)
    offset = min(wall.replace(tzinfo=ZONE, fold=fold).utcoffset() for fold in (0, 1))
    return wall.replace(tzinfo=datetime.timezone(offset))


def later(instant, delay):
    """`instant` plus elapsed time, in the offset that then holds."""
    return (instant.astimezone(datetime.timezone.utc) + delay).astimezone(ZONE)


def read_rows(folder, name):
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def group(rows, *members):
    """The rows by the values of `members`: a value for one member, a tuple for several."""
    groups = {}
    for row in rows:
        key = tuple(row[member] for member in members)
        groups.setdefault(key if len(key) > 1 else key[0], []).append(row)
    return groups


def event(kind, store, name, instant, **data):
    """An event and the instant that orders it. `name` is unique within a store."""
    body = {
        "specversion": "1.0",
        "id": name,
        "source": SOURCE,
        "type": kind,
        "time": instant.isoformat(),
        "data": {"store": store, **data},
    }
    return instant, store, name, body


def order_events(store, row, items):
    """What happened to one order, as the store that sells `items` saw it."""
    order = row["order_id"]
    purchased = local_instant(row["order_purchase_timestamp"])
    paid = local_instant(row["order_approved_at"])
    collected = local_instant(row["order_delivered_carrier_date"])
    delivered = local_instant(row["order_delivered_customer_date"])

    placed = {}
    if items:
        promise = min(local_instant(item["shipping_limit_date"]) for item in items)
        placed["promised_at"] = promise.isoformat()
        placed["lines"] = [{"sku": sku, "quantity": len(units)}
                           for sku, units in group(items, "product_id").items()]
    yield event("order.placed", store, f"{order}/placed", purchased, order=order, **placed)
    if paid:
        yield event("order.paid", store, f"{order}/paid", paid, order=order)
    if row["order_status"] == "canceled":
        cancelled = later(paid or purchased, CANCELLED_AFTER)
        yield event("order.cancelled", store, f"{order}/cancelled", cancelled, order=order,
                    by="buyer")
        return
    if collected:
        yield event("order.collected", store, f"{order}/collected", collected, order=order)
    if delivered:
        yield event("order.delivered", store, f"{order}/delivered", delivered, order=order)


def review_event(store, row):
    # Some review ids stand at several orders; the pair is unique.
    order, review = row["order_id"], row["review_id"] + row["order_id"]
    return event("order.reviewed", store, f"{review}/reviewed",
                 local_instant(row["review_answer_timestamp"]), order=order, review=review,
                 stars={"product": int(row["review_score"])})


def convert(folder, store=None, reviews=False):
    """All events as (instant, store, id, body), by time. Without `store`: one per seller."""
    items = group(read_rows(folder, "items"), "order_id")
    reviews = group(read_rows(folder, "reviews"), "order_id") if reviews else {}
    events = []
    for row in read_rows(folder, "orders"):
        sold = items.get(row["order_id"], [])
        parts = {store: sold} if store else group(sold, "seller_id")
        for seller, part in parts.items():
            events += order_events(seller, row, part)
            events += [review_event(seller, review) for review in reviews.get(row["order_id"], [])]
    events.sort(key=lambda entry: entry[:3])
    return events


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--mode", choices=("store", "sellers"), required=True)
    parser.add_argument("--store", default="olist", help="the store's id in mode store")
    parser.add_argument("--reviews", action="store_true", help="write the reviews too")
    parser.add_argument("--until", type=datetime.datetime.fromisoformat, metavar="INSTANT",
                        help="write only what had happened by then (RFC 3339)")
    parser.add_argument("--data", type=pathlib.Path, default=DATA, metavar="FOLDER",
                        help="where orders.csv.gz, items.csv.gz and reviews.csv.gz are")
    arguments = parser.parse_args()
    if arguments.until and arguments.until.tzinfo is None:
        parser.error("--until needs an offset")
    return arguments


def main():
    arguments = parse_arguments()
    store = arguments.store if arguments.mode == "store" else None
    for instant, _, _, body in convert(arguments.data, store, arguments.reviews):
        if arguments.until and instant > arguments.until:
            break
        sys.stdout.write(json.dumps(body, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
