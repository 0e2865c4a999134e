"""The search index: a projection of the ledger, on SQLite or Elasticsearch, and what is asked of it."""

from typing import TYPE_CHECKING

from indexer.backend import Acknowledgement, Entry, Index, Note, Outcome, Rebuild
from indexer.buckets import Interval, floor_edges, read_zone
from indexer.check import CheckReport, check_index
from indexer.completeness import Completeness, read_completeness, require_complete
from indexer.coverage import Coverage, Windows, cover
from indexer.document import make_document
from indexer.elastic import Names, make_template
from indexer.errors import IndexDamaged, IndexFault, IndexRejected, IndexUnavailable, QueryError
from indexer.expunging import expunge_due
from indexer.families import follow_families
from indexer.fields import FIELDS, Field
from indexer.grammar import EVERYTHING, MAX_VALUES, Query, parse_query, where
from indexer.intervals import median_interval, wilson
from indexer.market import Market, PriceSummary, Route, make_market
from indexer.normalise import normalise, tokens
from indexer.notes import check_owner, read_rebuild, write_rebuild
from indexer.opening import open_index
from indexer.queries import (
    MAX_PAGE,
    By,
    MarketQuery,
    OfferRow,
    Order,
    SearchHit,
    SearchPage,
    SearchQuery,
    Span,
    TrendQuery,
)
from indexer.reindex import reindex
from indexer.report import IndexReport
from indexer.sqlite import SqliteIndex
from indexer.trends import Trend, TrendBucket, make_trend
from indexer.writer import drain_index

if TYPE_CHECKING:
    from indexer.elastic.index import ElasticIndex

__all__ = [
    "EVERYTHING",
    "FIELDS",
    "MAX_PAGE",
    "MAX_VALUES",
    "Acknowledgement",
    "By",
    "CheckReport",
    "Completeness",
    "Coverage",
    "ElasticIndex",
    "Entry",
    "Field",
    "Index",
    "IndexDamaged",
    "IndexFault",
    "IndexRejected",
    "IndexReport",
    "IndexUnavailable",
    "Interval",
    "Market",
    "MarketQuery",
    "Names",
    "Note",
    "OfferRow",
    "Order",
    "Outcome",
    "PriceSummary",
    "Query",
    "QueryError",
    "Rebuild",
    "Route",
    "SearchHit",
    "SearchPage",
    "SearchQuery",
    "Span",
    "SqliteIndex",
    "Trend",
    "TrendBucket",
    "TrendQuery",
    "Windows",
    "check_index",
    "check_owner",
    "cover",
    "drain_index",
    "expunge_due",
    "floor_edges",
    "follow_families",
    "make_document",
    "make_market",
    "make_template",
    "make_trend",
    "median_interval",
    "normalise",
    "open_index",
    "parse_query",
    "read_completeness",
    "read_rebuild",
    "read_zone",
    "reindex",
    "require_complete",
    "tokens",
    "where",
    "wilson",
    "write_rebuild",
]


def __getattr__(name: str) -> object:
    # See opening.py: the vendor's client is loaded for those who ask for it.
    if name == "ElasticIndex":
        from indexer.elastic.index import ElasticIndex

        return ElasticIndex
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
