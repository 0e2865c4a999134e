"""Indices of another schema: a newer Daymark's are left alone, an older one's wait for a rebuild; neither is counted in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from indexer import (
    ElasticIndex,
    IndexRejected,
    Names,
    Rebuild,
    SearchQuery,
    drain_index,
    parse_query,
    read_rebuild,
    reindex,
    write_rebuild,
)
from indexer.elastic import names as naming
from indexer.elastic import template as making
from indexer.elastic import versions
from ledger import Ledger, Worker
from tests.indexer.conftest import clear, open_elastic, own_names
from tests.indexer.documents import make, put
from tests.indexer.landings import fill

Daymark = Callable[[int], ElasticIndex]


@pytest.fixture
def daymark(elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daymark]:
    """Opens the same index as a Daymark whose schema has the given number would."""
    shared = own_names()
    opened: list[ElasticIndex] = []

    def open_as(schema: int) -> ElasticIndex:
        for module in (naming, making, versions):
            monkeypatch.setattr(module, "SCHEMA_VERSION", schema)
        opened.append(open_elastic(elasticsearch_url, shared))
        return opened[-1]

    yield open_as
    clear(open_as(9))
    for index in opened:
        index.close()


def refusals(index: ElasticIndex) -> list[Callable[[], object]]:
    """Reading and writing."""
    return [
        index.count,
        lambda: index.search(SearchQuery(parse_query("post"))),
        lambda: list(index.scan_ids()),
        lambda: list(index.write([make(1)])),
    ]


def test_an_index_made_by_a_newer_daymark_is_left_alone(daymark: Daymark) -> None:
    put(daymark(2), make(1))
    older = daymark(1)
    for refused in [*refusals(older), older.drop]:
        with pytest.raises(IndexRejected, match="newer Daymark"):
            refused()
    newer = daymark(2)
    newer.refresh()
    assert newer.count() == 1


def test_an_index_of_an_older_daymark_waits_for_a_rebuild(ledger: Ledger, worker: Worker, daymark: Daymark) -> None:
    fill(ledger, worker, range(4))
    older = daymark(1)
    drain_index(ledger, worker, older)
    # Also one that died in the middle of a rebuild: it cannot be gone on with in another schema.
    write_rebuild(older, Rebuild.FILLING)
    newer = daymark(2)
    for refused in refusals(newer):
        with pytest.raises(IndexRejected, match="daymark reindex"):
            refused()
    fill(ledger, worker, range(4, 6))
    assert reindex(ledger, worker, newer).indexed == 6
    assert (newer.count(), read_rebuild(newer)) == (6, Rebuild.NONE)
    assert list(newer._client.indices.get_alias(name=newer.names.alias)) == [newer.names.index("2026.11")]


def test_names_know_their_version() -> None:
    names = Names()
    assert names.version("daymark-posts-v12-2026.11") == 12
    assert names.version("daymark-posts-v3") == 3
    for other in ("daymark-posts", "daymark-posts-vx", "daymark-posts-v1-old", "other-v1-2026.11"):
        assert names.version(other) is None
