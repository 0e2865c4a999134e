"""Searches and look-ups: pages of hits, offers, ids. Long reads hold a point in time, so that writes do not shift pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch

from indexer.backend import Entry
from indexer.elastic.asking import Clause, ask, ask_alias, point_in_time, total
from indexer.elastic.compile import DATED, UNDATED, WITHHELD, compile_query, compile_span
from indexer.elastic.names import Names
from indexer.grammar import Query
from indexer.queries import MarketQuery, OfferRow, Order, SearchPage, SearchQuery
from indexer.stored import from_millis, read_hit, read_offer
from records import PROTECTED_KINDS, Label

PAGE = 5000

_OFFER_LISTS = ("origin", "destination", "modes", "contact")
_OFFER_SINGLES = ("service", "price_eur", "price_unit")
_OFFER_COLUMNS = [
    *({"field": name} for name in ("post_id", "family", "published_estimated")),
    *({"field": f"offer.{name}"} for name in (*_OFFER_LISTS, *_OFFER_SINGLES)),
    {"field": "published_at", "format": "epoch_millis"},
]

_NEWEST: list[dict[str, str]] = [{"published_at": "desc"}, {"post_id": "asc"}]


def search(client: Elasticsearch, alias: str, query: SearchQuery) -> SearchPage:
    """One page of hits. Ties are broken by time, newest first, then by id, so that pages do not overlap."""
    ranked = query.sorting is Order.RELEVANCE
    in_span, shown = compile_span(query.span), [] if query.protected else [{"bool": {"must_not": [WITHHELD]}}]
    answer = ask_alias(
        client,
        alias,
        query=compile_query(query.query, _in_span_or_undated(in_span)),
        post_filter={"bool": {"filter": [*in_span, *shown]}},
        size=query.limit,
        from_=query.offset,
        sort=[{"_score": "desc"}, *_NEWEST] if ranked else _NEWEST,
        track_total_hits=True,
        aggs={
            "withheld": {"filter": {"bool": {"filter": [*in_span, WITHHELD]}}},
            "undated": {"filter": {"bool": {"filter": [UNDATED, *shown]}}},
        },
    )
    if answer is None:
        return SearchPage((), 0, 0, 0)
    hits = tuple(
        read_hit(hit["_source"], hit["_score"] if ranked else None, query.query) for hit in answer["hits"]["hits"]
    )
    counts = {name: cell["doc_count"] for name, cell in answer["aggregations"].items()}
    withheld = 0 if query.protected else counts["withheld"]
    return SearchPage(hits, total(answer), withheld, counts["undated"])


def _in_span_or_undated(in_span: list[Clause]) -> Clause:
    if not in_span:
        return {"match_all": {}}
    return {"bool": {"should": [UNDATED, {"bool": {"filter": in_span}}], "minimum_should_match": 1}}


def offers(client: Elasticsearch, names: Names, query: MarketQuery) -> Iterator[OfferRow]:
    """The offers that match. With a time span, posts without a publication date of their own are let through."""
    matching = compile_query(
        query.query,
        {"term": {"labels": str(Label.SMUGGLING_OFFER)}},
        {"bool": {"must_not": [{"terms": {"kind": sorted(PROTECTED_KINDS)}}]}},
        _in_span_or_undated(compile_span(query.span)),
    )
    for hit in _scan(client, names, matching, [{"_shard_doc": "asc"}], _OFFER_COLUMNS):
        found = hit["fields"]
        offer = {name: found[f"offer.{name}"] for name in _OFFER_LISTS if f"offer.{name}" in found}
        offer |= {name: found[f"offer.{name}"][0] for name in _OFFER_SINGLES if f"offer.{name}" in found}
        published = from_millis(int(found["published_at"][0]))
        estimated: bool = found["published_estimated"][0]
        yield read_offer(found["post_id"][0], found["family"][0], published, not estimated, offer)


def extent(client: Elasticsearch, alias: str, query: Query) -> tuple[datetime, datetime] | None:
    """Oldest and newest publication time that match; None where no dated post matches."""
    answer = ask_alias(
        client,
        alias,
        query=compile_query(query, DATED),
        size=0,
        track_total_hits=False,
        aggs={name: {name: {"field": "published_at"}} for name in ("min", "max")},
    )
    if answer is None or answer["aggregations"]["min"]["value"] is None:
        return None
    oldest, newest = (from_millis(int(answer["aggregations"][name]["value"])) for name in ("min", "max"))
    return oldest, newest


def scan_ids(client: Elasticsearch, names: Names) -> Iterator[Entry]:
    """Every document's entry, ordered by post id; the month is read off the index's name."""
    for hit in _scan(client, names, {"match_all": {}}, [{"post_id": "asc"}], [{"field": "doc_version"}]):
        yield Entry(hit["sort"][0], names.month(hit["_index"]), hit["fields"]["doc_version"][0])


def look_up(client: Elasticsearch, names: Names, post_ids: Collection[str]) -> list[Entry]:
    """The entries of those of the posts that are there; a post in two months has two."""
    answer = ask_alias(
        client,
        names.alias,
        query={"terms": {"post_id": sorted(post_ids)}},
        size=PAGE,
        source=False,
        docvalue_fields=[{"field": "doc_version"}],
        track_total_hits=False,
    )
    hits = answer["hits"]["hits"] if answer is not None else []
    return [Entry(hit["_id"], names.month(hit["_index"]), hit["fields"]["doc_version"][0]) for hit in hits]


def _scan(
    client: Elasticsearch, names: Names, matching: Clause, sort: list[dict[str, str]], columns: list[dict[str, str]]
) -> Iterator[dict[str, Any]]:
    """Every hit with ``fields`` out of the column store: reading them off the documents themselves took three times as long."""
    with point_in_time(client, names.alias) as point:
        after: dict[str, Any] = {}
        while point is not None:
            answer = ask(
                client,
                pit=point,
                query=matching,
                sort=sort,
                size=PAGE,
                source=False,
                docvalue_fields=columns,
                track_total_hits=False,
                **after,
            )
            hits = answer["hits"]["hits"]
            yield from hits
            if len(hits) < PAGE:
                return
            after = {"search_after": hits[-1]["sort"]}
