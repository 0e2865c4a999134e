"""Trends by composite aggregation: exact, and paged, so that many buckets never meet the server's limit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch

from indexer.elastic.asking import Clause, ask, count, point_in_time
from indexer.elastic.compile import ASSESSED, UNDATED, compile_query, compile_span
from indexer.queries import BucketCounts, By, Span, TrendCounts, TrendSlice
from indexer.stored import from_millis

PAGE = 6000
"""Composite buckets of a page. With up to nine buckets below each it stays under search.max_buckets, 65,536."""

_KEY = {By.LANG: "lang", By.PLATFORM: "platform", By.SOURCE: "source"}


def trend(client: Elasticsearch, alias: str, query: TrendSlice) -> TrendCounts:
    """Counts of every bucket that has posts, and the matching posts without a publication date of their own."""
    with point_in_time(client, alias) as point:
        if point is None:
            return TrendCounts({}, 0)
        undated = compile_query(query.query, UNDATED)
        return TrendCounts(_buckets(client, point, query), count(client, undated, point))


def _buckets(client: Elasticsearch, point: Clause, query: TrendSlice) -> dict[datetime, BucketCounts]:
    span = compile_span(Span(query.edges[0], query.edges[-1]))
    dated = compile_query(query.query, *span)
    buckets: dict[datetime, BucketCounts] = {}
    labels = [str(label) for label in query.labels] if query.by is By.LABEL else []
    for cell in _cells(client, point, query, "model.version", dated, _sums(labels)):
        _add(buckets.setdefault(from_millis(cell["key"]["start"]), BucketCounts()), cell, labels)
    if query.by is By.LABEL:
        return buckets
    held: Clause = {"term": {"on_topic": True}} if query.label is None else ASSESSED
    labelled: dict[str, Any] = {"labelled": {"filter": {"term": {"labels": str(query.label)}}}} if query.label else {}
    for cell in _cells(client, point, query, _KEY[query.by], compile_query(query.query, *span, held), labelled):
        bucket, key = buckets[from_millis(cell["key"]["start"])], cell["key"]["key"]
        bucket.counts[key] = cell["labelled"]["doc_count"] if query.label else cell["doc_count"]
        if query.label:
            bucket.of[key] = cell["doc_count"]
    return buckets


def _sums(labels: list[str]) -> dict[str, Any]:
    each = {label: {"term": {"labels": label}} for label in labels}
    below = {"aggs": {"labels": {"filters": {"filters": each}}}} if each else {}
    return {"on_topic": {"filter": {"term": {"on_topic": True}}}, "assessed": {"filter": ASSESSED, **below}}


def _add(bucket: BucketCounts, cell: dict[str, Any], labels: list[str]) -> None:
    bucket.total += cell["doc_count"]
    bucket.on_topic += cell["on_topic"]["doc_count"]
    bucket.assessed += cell["assessed"]["doc_count"]
    bucket.models[cell["key"]["key"]] = cell["doc_count"]
    for label in labels:
        number = cell["assessed"]["labels"]["buckets"][label]["doc_count"]
        bucket.counts[label] = bucket.counts.get(label, 0) + number


def _cells(
    client: Elasticsearch, point: Clause, query: TrendSlice, key: str, matching: Clause, sums: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    calendar = {"field": "published_at", "calendar_interval": query.interval.value, "time_zone": query.zone.key}
    composite: dict[str, Any] = {
        "size": PAGE,
        "sources": [{"start": {"date_histogram": calendar}}, {"key": {"terms": {"field": key}}}],
    }
    while True:
        aggs = {"cells": {"composite": composite, "aggs": sums}}
        answer = ask(client, pit=point, query=matching, size=0, track_total_hits=False, aggs=aggs)
        found = answer["aggregations"]["cells"]
        yield from found["buckets"]
        if "after_key" not in found:
            return
        composite["after"] = found["after_key"]
