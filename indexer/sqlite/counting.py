"""Trends: exact counts by calendar bucket, by label or by another key.

The buckets, fixed in Python with the time zone's own rules, stand in a temporary table that drives the query: for each
one, the covering index `document_trend` is read from its start to its end, and nothing has to be sorted. Labels and model
versions are counted by filters in that one pass: at 200,000 posts half the time of a GROUP BY over them.
"""

from __future__ import annotations

import itertools
import sqlite3
from datetime import datetime

from indexer.queries import BucketCounts, By, TrendCounts, TrendSlice
from indexer.sqlite.compile import Where, compile_all
from indexer.sqlite.schema import ASSESSED, LABEL_BITS, ON_TOPIC
from indexer.stored import from_millis, to_millis

_KEY = {By.LANG: "d.lang", By.PLATFORM: "d.platform", By.SOURCE: "d.source"}

# CROSS JOIN keeps SQLite from turning the loops round.
_IN_BUCKETS = (
    "FROM temp.bucket b CROSS JOIN document d INDEXED BY document_trend"
    " WHERE d.published >= b.start AND d.published < b.stop AND "
)
# DISTINCT would read every row; this jumps from one version to the next in the index.
_MODELS = (
    "WITH RECURSIVE found (model) AS (SELECT min(model) FROM document UNION ALL"
    " SELECT (SELECT min(model) FROM document WHERE model > found.model) FROM found WHERE found.model IS NOT NULL)"
    " SELECT model FROM found WHERE model IS NOT NULL"
)


def trend(connection: sqlite3.Connection, query: TrendSlice) -> TrendCounts:
    """Counts of every bucket that has posts, and the matching posts without a publication date of their own."""
    _set_buckets(connection, query.edges)
    where = compile_all(query.query)
    buckets = _count(connection, query, where)
    if query.by is not By.LABEL:
        _count_keys(connection, query, where, buckets)
    (undated,) = connection.execute(
        f"SELECT count(*) FROM document d WHERE d.published IS NULL AND {where.sql}", where.values
    ).fetchone()
    return TrendCounts(buckets, undated)


def _count(connection: sqlite3.Connection, query: TrendSlice, where: Where) -> dict[datetime, BucketCounts]:
    labels = query.labels if query.by is By.LABEL else ()
    models = [str(model) for (model,) in connection.execute(_MODELS)]
    masks = [ON_TOPIC, ASSESSED, *(LABEL_BITS[label] | ASSESSED for label in labels)]
    filters = [f"(d.flags & {mask}) = {mask}" for mask in masks] + ["d.model = ?"] * len(models)
    columns = "".join(f", count(*) FILTER (WHERE {condition})" for condition in filters)
    rows = connection.execute(
        f"SELECT b.start, count(*){columns} {_IN_BUCKETS} {where.sql} GROUP BY b.start", [*models, *where.values]
    )
    found: dict[datetime, BucketCounts] = {}
    for start, total, on_topic, assessed, *rest in rows:
        counts = dict(zip(map(str, labels), rest[: len(labels)], strict=True))
        versions = zip(models, rest[len(labels) :], strict=True)
        found[from_millis(start)] = BucketCounts(total, on_topic, assessed, counts, {m: n for m, n in versions if n})
    return found


def _count_keys(
    connection: sqlite3.Connection, query: TrendSlice, where: Where, buckets: dict[datetime, BucketCounts]
) -> None:
    key = _KEY[query.by]
    held = ON_TOPIC if query.label is None else ASSESSED
    counted = held if query.label is None else LABEL_BITS[query.label]
    rows = connection.execute(
        f"SELECT b.start, {key}, count(*), count(*) FILTER (WHERE (d.flags & {counted}) <> 0) {_IN_BUCKETS}"
        f" (d.flags & {held}) <> 0 AND {where.sql} GROUP BY b.start, {key}",
        where.values,
    )
    for start, value, of, number in rows:
        bucket = buckets[from_millis(start)]
        bucket.counts[value] = number
        if query.label is not None:
            bucket.of[value] = of


def _set_buckets(connection: sqlite3.Connection, edges: tuple[datetime, ...]) -> None:
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS bucket (start INTEGER PRIMARY KEY, stop INTEGER NOT NULL)")
    connection.execute("DELETE FROM bucket")
    millis = [to_millis(edge) for edge in edges]
    connection.executemany("INSERT INTO bucket VALUES (?, ?)", itertools.pairwise(millis))
