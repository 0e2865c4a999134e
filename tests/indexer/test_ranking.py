"""The order of hits and their pages, on each backend and between the two."""

from __future__ import annotations

import pytest

from indexer import EVERYTHING, ElasticIndex, Index, Order, QueryError, SearchQuery, SqliteIndex, parse_query
from tests.indexer.documents import make_corpus, put

CORPUS = make_corpus()


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_each_other_without_overlap(corpus_index: Index, order: Order) -> None:
    query = parse_query("boat")
    seen: list[str] = []
    while True:
        page = corpus_index.search(SearchQuery(query, order=order, limit=7, offset=len(seen)))
        if not page.hits:
            break
        seen += [hit.post_id for hit in page.hits]
    assert len(seen) == len(set(seen)) == page.total


def test_the_most_relevant_comes_first(corpus_index: Index) -> None:
    found = corpus_index.search(SearchQuery(parse_query("boat safe"), limit=200, protected=True)).hits
    scores = [hit.score for hit in found if hit.score is not None]
    assert len(scores) == len(found)
    assert scores == sorted(scores, reverse=True)


@pytest.mark.servers
def test_both_backends_put_much_the_same_posts_first(sqlite_index: SqliteIndex, elastic_index: ElasticIndex) -> None:
    """Scores and their order differ (each month is scored by itself on Elasticsearch); the first page overlaps."""
    overlaps = {}
    for index in (sqlite_index, elastic_index):
        put(index, *CORPUS)
    for text in ("boat", "boat safe", "route price news", "sınır قارب", '"safe route"'):
        asked = SearchQuery(parse_query(text), limit=20, protected=True)
        first, second = ({hit.post_id for hit in index.search(asked).hits} for index in (sqlite_index, elastic_index))
        overlaps[text] = len(first & second) / len(first)
    assert min(overlaps.values()) >= 0.5, overlaps


@pytest.mark.parametrize(("limit", "offset"), [(201, 0), (-1, 0), (20, -1), (20, 9_990)])
def test_pages_out_of_reach_are_refused(limit: int, offset: int) -> None:
    with pytest.raises(QueryError):
        SearchQuery(EVERYTHING, limit=limit, offset=offset)
