"""Trends: raw counts of either backend become shares with intervals, model versions and coverage. One code for both.

| by                        | counts                                        | share of            |
|---------------------------|-----------------------------------------------|---------------------|
| label                     | posts with the label, on topic and assessed   | `assessed`          |
| lang, platform, source    | with a label: as above, by key                | `assessed` of a key |
|                           | without: posts on topic, by key               | `on_topic`          |

`assessed` counts posts that are on topic and covered by the model. The denominator stands beside every share, in ``of``: a
label's share in a language is of that language's posts, so that it stays when another language is no longer read. A share
of nothing is null, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from indexer.backend import Index
from indexer.buckets import earliest_start
from indexer.coverage import Coverage, Windows, cover, of_sources
from indexer.errors import IndexRejected, QueryError
from indexer.intervals import wilson
from indexer.queries import BucketCounts, By, TrendCounts, TrendQuery, TrendSlice

_DIGITS = 6

Shares = dict[str, float | None]


@dataclass(frozen=True)
class TrendBucket:
    """One bucket of a trend; ``start`` in the trend's zone. More than one key in ``models``: not one yardstick.

    By key: ``share`` is ``counts / of``, with its 95 % interval from ``low`` to ``high``.
    """

    start: datetime
    total: int
    on_topic: int
    assessed: int
    counts: dict[str, int]
    of: dict[str, int]
    share: Shares
    low: Shares
    high: Shares
    models: dict[str, int]
    coverage: Coverage


@dataclass(frozen=True)
class Trend:
    """Buckets oldest first, none left out. ``undated``: matching posts without a publication date, in no bucket."""

    interval: str
    timezone: str
    by: str
    undated: int
    buckets: tuple[TrendBucket, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `trends --json`, see tests/contract/trends.schema.json."""
        return {
            "interval": self.interval,
            "timezone": self.timezone,
            "by": self.by,
            "undated": self.undated,
            "buckets": [_bucket_json(bucket) for bucket in self.buckets],
        }


def make_trend(index: Index, query: TrendQuery, windows: Windows, now: datetime) -> Trend:
    """Counts over time with denominators and coverage (``windows`` from `ledger.coverage_windows`).

    Raises QueryError for a span of too many buckets, IndexUnavailable when the index cannot be asked.
    """
    cut = _slice(index, query, now)
    raw = index.trend(cut)
    _check_edges(cut, raw)
    keys = _keys(cut, raw)
    sources = of_sources(windows, query.query)
    buckets = []
    for start, end in zip(cut.edges[:-1], cut.edges[1:], strict=True):
        counts = raw.buckets.get(start, BucketCounts())
        buckets.append(_make_bucket(cut, start, counts, keys, cover(sources, start, end, now)))
    return Trend(cut.interval.value, cut.zone.key, cut.by.value, raw.undated, tuple(buckets))


def _slice(index: Index, query: TrendQuery, now: datetime) -> TrendSlice:
    """Open ends are closed: from the oldest post that matches, as far back as buckets reach, up to now."""
    end = query.end or now
    start = query.start
    if start is not None and start >= end:
        raise QueryError("the trend begins after its end; without an end it ends now")
    if start is None:
        found = index.extent(query.query)
        oldest = found[0] if found is not None else end
        start = max(min(oldest, end), earliest_start(end, query.interval))
    return TrendSlice.of(query, start, end)


def _check_edges(cut: TrendSlice, raw: TrendCounts) -> None:
    if not raw.buckets.keys() <= set(cut.edges[:-1]):
        raise IndexRejected(
            f"the index server's rules for the time zone {cut.zone.key} are not those of this machine: "
            "update the tzdata of both, or ask in UTC"
        )


def _keys(cut: TrendSlice, raw: TrendCounts) -> list[str]:
    if cut.by is By.LABEL:
        return [str(label) for label in cut.labels]
    return sorted({key for counts in raw.buckets.values() for key in counts.counts})


def _make_bucket(
    cut: TrendSlice, start: datetime, counts: BucketCounts, keys: list[str], coverage: Coverage
) -> TrendBucket:
    of = _denominators(cut, counts, keys)
    share: Shares = {}
    low: Shares = {}
    high: Shares = {}
    for key in keys:
        share[key], low[key], high[key] = _share(counts.counts.get(key, 0), of[key])
    return TrendBucket(
        start=start.astimezone(cut.zone),
        total=counts.total,
        on_topic=counts.on_topic,
        assessed=counts.assessed,
        counts={key: counts.counts.get(key, 0) for key in keys},
        of=of,
        share=share,
        low=low,
        high=high,
        models=dict(sorted(counts.models.items())),
        coverage=coverage,
    )


def _denominators(cut: TrendSlice, counts: BucketCounts, keys: list[str]) -> dict[str, int]:
    if cut.by is By.LABEL:
        return dict.fromkeys(keys, counts.assessed)
    if cut.label is None:
        return dict.fromkeys(keys, counts.on_topic)
    return {key: counts.of.get(key, 0) for key in keys}


def _share(hits: int, of: int) -> tuple[float | None, float | None, float | None]:
    if of == 0:
        return None, None, None
    low, high = wilson(hits, of)
    return round(hits / of, _DIGITS), round(low, _DIGITS), round(high, _DIGITS)


def _bucket_json(bucket: TrendBucket) -> dict[str, Any]:
    return {
        "start": bucket.start.isoformat(),
        "total": bucket.total,
        "on_topic": bucket.on_topic,
        "assessed": bucket.assessed,
        "counts": bucket.counts,
        "of": bucket.of,
        "share": bucket.share,
        "low": bucket.low,
        "high": bucket.high,
        "models": bucket.models,
        "coverage": {"sources_due": bucket.coverage.sources_due, "sources_ok": bucket.coverage.sources_ok},
    }
