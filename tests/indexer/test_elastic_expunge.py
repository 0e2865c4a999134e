"""Bytes of erased documents in a cluster's own files."""

from __future__ import annotations

import time
from typing import Any

import pytest
from elasticsearch.client import IndicesClient

from indexer import ElasticIndex, Entry, IndexUnavailable, Outcome
from indexer.elastic import expunge as expunging
from tests.indexer.documents import make, outcomes, post_id, put


def erase_one(index: ElasticIndex, number: int = 1) -> None:
    """Erases a document of November."""
    (ack,) = index.erase([Entry(post_id(number), "2026.11", 4)])
    assert ack.outcome is Outcome.DONE
    index.refresh()


def deleted(index: ElasticIndex) -> int:
    """Erased and replaced documents that are still in segments."""
    stats = index._client.indices.stats(index=index.names.pattern, metric="docs")["_all"]["primaries"]
    found: int = stats["docs"]["deleted"]
    return found


def test_after_an_expunge_no_erased_document_is_kept_in_a_segment(elastic_index: ElasticIndex) -> None:
    put(elastic_index, *(make(number) for number in range(50)))
    erase_one(elastic_index)
    assert deleted(elastic_index) > 0
    elastic_index.expunge()
    assert deleted(elastic_index) == 0
    stats = elastic_index._client.indices.stats(index=elastic_index.names.alias)["_all"]["primaries"]
    assert (stats["docs"]["count"], stats["translog"]["uncommitted_operations"]) == (49, 0)
    assert outcomes(elastic_index, [make(1, doc_version=3)]) == [Outcome.NEWER_EXISTS]


def test_an_expunge_whose_time_is_up_says_what_is_left(
    elastic_index: ElasticIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(elastic_index, *(make(number) for number in range(5)))
    erase_one(elastic_index)
    monkeypatch.setattr(expunging, "HISTORY_SECONDS", 0.0)
    with pytest.raises(IndexUnavailable, match=elastic_index.names.index("2026.11")):
        elastic_index.expunge()


def test_months_in_which_nothing_was_erased_are_not_rewritten(
    elastic_index: ElasticIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(elastic_index, make(1), make(2), make(3, month="2026.10"))
    erase_one(elastic_index)
    merged: list[str] = []
    real = type(elastic_index._client.indices).forcemerge

    def watched(self: IndicesClient, **options: Any) -> object:
        merged.append(str(options["index"]))
        return real(self, **options)

    monkeypatch.setattr(type(elastic_index._client.indices), "forcemerge", watched)
    monkeypatch.setattr(expunging, "HISTORY_SECONDS", 0.0)
    with pytest.raises(IndexUnavailable):
        elastic_index.expunge()
    assert set(merged) == {elastic_index.names.index("2026.11")}


def test_a_month_that_is_being_written_does_not_keep_an_expunge_from_ending(
    elastic_index: ElasticIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(elastic_index, *(make(number) for number in range(20)))
    erase_one(elastic_index)
    versions = iter(range(10, 10_000))
    real = time.sleep

    def busy(seconds: float) -> None:
        put(elastic_index, make(2, doc_version=next(versions)))
        elastic_index.refresh()
        real(seconds)

    monkeypatch.setattr("time.sleep", busy)
    elastic_index.expunge()
