"""What can be asked of the index and what comes back: frozen, the same for both backends."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from indexer.buckets import Interval, floor_edges
from indexer.errors import QueryError
from indexer.grammar import EVERYTHING, Query
from records import Label

MAX_PAGE = 200
"""Hits of one page; an analyst reads pages, programs read the ledger."""
MAX_REACH = 10_000
"""Hits that can be paged to: Elasticsearch's index.max_result_window, held on both backends."""


class Order(StrEnum):
    """Order of hits."""

    RELEVANCE = "relevance"
    NEWEST = "newest"


class By(StrEnum):
    """What a trend is broken down by."""

    LABEL = "label"
    LANG = "lang"
    PLATFORM = "platform"
    SOURCE = "source"


@dataclass(frozen=True)
class Span:
    """From ``start`` up to, not including, ``end``; times with zone, None for open. Raises QueryError when not a span."""

    start: datetime | None = None
    end: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.end):
            if moment is not None and moment.tzinfo is None:
                raise QueryError("a time needs its zone")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise QueryError("the beginning of the time span must lie before its end")

    @property
    def is_limited(self) -> bool:
        """Whether it has a beginning or an end."""
        return self.start is not None or self.end is not None


ALWAYS = Span()


@dataclass(frozen=True)
class SearchQuery:
    """Posts that match; with a span, those published in it: a post without a date of its own is in no span.

    ``protected`` lets people in need and referrals in, which are withheld otherwise.
    """

    query: Query
    span: Span = ALWAYS
    order: Order = Order.RELEVANCE
    limit: int = 20
    offset: int = 0
    protected: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.limit <= MAX_PAGE:
            raise QueryError(f"a page holds up to {MAX_PAGE} hits")
        if self.offset < 0 or self.offset + self.limit > MAX_REACH:
            raise QueryError(f"only the first {MAX_REACH} hits can be paged to: narrow the search")

    @property
    def sorting(self) -> Order:
        """The order in force: without words to be relevant to, newest first."""
        return self.order if self.query.texts else Order.NEWEST


@dataclass(frozen=True)
class SearchHit:
    """One post found. ``highlights`` are (start, end) in ``excerpt``; ``score`` is None where nothing was ranked."""

    post_id: str
    url: str
    published_at: datetime
    published_estimated: bool
    removed_at: datetime | None
    platform: str
    source: str
    lang: str
    covered: bool
    labels: tuple[str, ...]
    kind: str
    reviewed: bool
    title: str
    excerpt: str
    highlights: tuple[tuple[int, int], ...]
    score: float | None
    family: str


@dataclass(frozen=True)
class SearchPage:
    """Hits of one page. ``total``: all that match, also beyond the reach of pages, without the withheld.

    ``withheld``: matches of protected kinds left out; ``undated``: posts that match the words and fields and have no
    publication date of their own: part of ``total`` with open times, left out with a span.
    """

    hits: tuple[SearchHit, ...]
    total: int
    withheld: int
    undated: int

    def as_json(self) -> dict[str, Any]:
        """The shape of `search --json`, see tests/contract/search.schema.json."""
        counts = {"total": self.total, "withheld": self.withheld, "undated": self.undated}
        return {**counts, "hits": [_hit_json(hit) for hit in self.hits]}


def _hit_json(hit: SearchHit) -> dict[str, Any]:
    shown = {item.name: getattr(hit, item.name) for item in fields(hit)}
    removed = hit.removed_at.isoformat() if hit.removed_at is not None else None
    lists = {"labels": list(hit.labels), "highlights": [list(place) for place in hit.highlights]}
    return {**shown, **lists, "published_at": hit.published_at.isoformat(), "removed_at": removed}


@dataclass(frozen=True)
class TrendQuery:
    """Counts over time. With ``label``, posts that carry it; without, by label all four, else posts on topic.

    ``start`` and ``end`` are widened to whole buckets; None: from the oldest post, up to now. ``zone`` decides where a
    day begins; weeks begin on Monday.
    """

    by: By = By.LABEL
    interval: Interval = Interval.DAY
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    start: datetime | None = None
    end: datetime | None = None
    label: Label | None = None
    query: Query = EVERYTHING

    def __post_init__(self) -> None:
        Span(self.start, self.end)


@dataclass(frozen=True)
class TrendSlice:
    """A trend query with its buckets fixed: what a backend counts. ``edges``: bucket starts in UTC and the last one's end."""

    by: By
    interval: Interval
    zone: ZoneInfo
    edges: tuple[datetime, ...]
    label: Label | None
    query: Query

    @staticmethod
    def of(query: TrendQuery, start: datetime, end: datetime) -> TrendSlice:
        """The slice of a query between two times, widened to whole buckets. Raises QueryError for too many."""
        edges = floor_edges(start, end, query.interval, query.zone)
        return TrendSlice(query.by, query.interval, query.zone, edges, query.label, query.query)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels that are counted."""
        return tuple(Label) if self.label is None else (self.label,)


@dataclass
class BucketCounts:
    """Raw counts of one bucket. ``assessed``: on topic and covered; ``counts`` by key of the breakdown.

    ``of``: for a label in a breakdown by another key, `assessed` of each key; empty otherwise.
    """

    total: int = 0
    on_topic: int = 0
    assessed: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    models: dict[str, int] = field(default_factory=dict)
    of: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class TrendCounts:
    """Raw counts by bucket start (UTC), and how many matching posts have no publication date of their own."""

    buckets: dict[datetime, BucketCounts]
    undated: int


@dataclass(frozen=True)
class MarketQuery:
    """Offers by route; with open times all, without a date or with. ``min_prices``: fewer prices show no median."""

    query: Query = EVERYTHING
    span: Span = ALWAYS
    min_prices: int = 3


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What the market reads off one offer. ``dated``: False where the publication date is only estimated."""

    post_id: str
    family: str
    published_at: datetime
    dated: bool
    origin: tuple[str, ...]
    destination: tuple[str, ...]
    modes: tuple[str, ...]
    service: str | None
    contacts: tuple[str, ...]
    price_eur: float | None
    price_unit: str | None
