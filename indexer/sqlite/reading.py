"""Searches and look-ups: pages of hits, offers, ids."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from typing import Any

from indexer.backend import Entry
from indexer.grammar import Query
from indexer.queries import MarketQuery, OfferRow, Order, SearchHit, SearchPage, SearchQuery
from indexer.sqlite.compile import compile_all, compile_fields, compile_match, compile_span
from indexer.sqlite.schema import LABEL_BITS, WITHHELD
from indexer.stored import from_millis, read_hit, read_offer
from records import PROTECTED_KINDS, Label

SCAN_PAGE = 5000

_RANKED = "FROM words JOIN document d ON d.id = words.rowid WHERE words MATCH ? AND "
_PLAIN = "FROM document d WHERE "


def search(connection: sqlite3.Connection, query: SearchQuery) -> SearchPage:
    """One page of hits. Ties are broken by time, newest first, then by id, so that pages do not overlap."""
    where = compile_fields(query.query)
    span = compile_span(query.span)
    match = compile_match(query.query)
    source, values = (_RANKED, [match]) if match is not None else (_PLAIN, [])
    total, withheld, undated = _count(connection, query, f"{source} {where.sql}", [*values, *where.values])
    where.add(span.sql, *span.values)
    if not query.protected:
        where.add(f"(d.flags & {WITHHELD}) = 0")
    ranked = query.sorting is Order.RELEVANCE
    score, order = ("-bm25(words)", "bm25(words), ") if ranked else ("NULL", "")
    found = connection.execute(
        f"SELECT d.id, {score} {source} {where.sql} ORDER BY {order} d.shown DESC, d.post_id LIMIT ? OFFSET ?",
        [*values, *where.values, query.limit, query.offset],
    ).fetchall()
    return SearchPage(tuple(_hits(connection, found, query.query)), total, withheld, undated)


def _count(connection: sqlite3.Connection, query: SearchQuery, source: str, values: list[Any]) -> tuple[int, int, int]:
    """Matches shown, withheld, and undated among those that may be shown."""
    span = compile_span(query.span)
    hidden = "0" if query.protected else f"(d.flags & {WITHHELD}) <> 0"
    columns = (f"({span.sql}) AND NOT {hidden}", f"({span.sql}) AND {hidden}", f"d.published IS NULL AND NOT {hidden}")
    filters = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in columns)
    found: tuple[int, int, int] = connection.execute(
        f"SELECT {filters} {source} AND (({span.sql}) OR d.published IS NULL)",
        [*span.values, *span.values, *values, *span.values],
    ).fetchone()
    return found


def _hits(connection: sqlite3.Connection, found: list[tuple[int, float | None]], query: Query) -> Iterator[SearchHit]:
    for number, score in found:
        (text,) = connection.execute("SELECT source FROM content WHERE id = ?", (number,)).fetchone()
        yield read_hit(json.loads(text), score, query)


def offers(connection: sqlite3.Connection, query: MarketQuery) -> list[OfferRow]:
    """The offers that match. With a time span, posts without a publication date of their own are let through."""
    where = compile_all(query.query)
    where.add(f"(d.flags & {LABEL_BITS[Label.SMUGGLING_OFFER]}) <> 0")
    kinds = sorted(PROTECTED_KINDS)
    where.add(f"d.kind NOT IN ({', '.join('?' * len(kinds))})", *kinds)
    dated = compile_span(query.span)
    where.add(f"(d.published IS NULL OR ({dated.sql}))", *dated.values)
    rows = connection.execute(
        "SELECT d.post_id, d.family, d.shown, d.published IS NOT NULL, json_extract(c.source, '$.offer')"
        f" FROM document d JOIN content c ON c.id = d.id WHERE {where.sql}",
        where.values,
    )
    return [
        read_offer(post_id, family, from_millis(shown), bool(dated), json.loads(offer or "{}"))
        for post_id, family, shown, dated, offer in rows
    ]


def extent(connection: sqlite3.Connection, query: Query) -> tuple[int, int] | None:
    """Oldest and newest publication time that match, in milliseconds; None where no dated post matches."""
    where = compile_all(query)
    where.add("d.published IS NOT NULL")
    ends = []
    for direction in ("ASC", "DESC"):
        # Stops at the first match in the index; min() and max() together would read all of it.
        found = connection.execute(
            f"SELECT d.published FROM document d WHERE {where.sql} ORDER BY d.published {direction} LIMIT 1",
            where.values,
        ).fetchone()
        if found is None:
            return None
        ends.append(found[0])
    return ends[0], ends[1]


def scan_page(connection: sqlite3.Connection, after: str) -> list[Entry]:
    """The next SCAN_PAGE entries after a post id, in order."""
    rows = connection.execute(
        "SELECT post_id, month, doc_version FROM document WHERE post_id > ? ORDER BY post_id LIMIT ?",
        (after, SCAN_PAGE),
    )
    return [Entry(*row) for row in rows]


def look_up(connection: sqlite3.Connection, post_ids: Collection[str]) -> list[Entry]:
    """The entries of those of the posts that are there."""
    marks = ", ".join("?" * len(post_ids))
    rows = connection.execute(
        f"SELECT post_id, month, doc_version FROM document WHERE post_id IN ({marks})", list(post_ids)
    )
    return [Entry(*row) for row in rows]
