"""An answer of part of the posts is told as one: a gap in the index must never look like a fall in interest."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from indexer import (
    Completeness,
    Entry,
    Index,
    IndexUnavailable,
    drain_index,
    read_completeness,
    reindex,
    require_complete,
)
from ledger import Ledger, Worker, expected_documents
from tests.indexer.landings import fill


def test_a_whole_index_has_nothing_to_tell(ledger: Ledger, worker: Worker, index: Index) -> None:
    assert read_completeness(ledger, index).notice == ""
    fill(ledger, worker, range(12))
    drain_index(ledger, worker, index)
    found = read_completeness(ledger, index)
    assert found == Completeness(documents=12, expected=12, lost=0, waiting=0, rebuilding=False)
    assert (found.notice, found.is_partial) == ("", False)
    require_complete(ledger, index)


def test_posts_that_wait_for_the_index_are_told(ledger: Ledger, worker: Worker, index: Index) -> None:
    fill(ledger, worker, range(12))
    drain_index(ledger, worker, index)
    fill(ledger, worker, range(12, 15))
    fill(ledger, worker, range(2), text="another wording")
    found = read_completeness(ledger, index)
    assert (found.documents, found.expected, found.waiting, found.is_partial) == (12, 15, 5, False)
    assert found.notice.startswith("5 posts are not in the index yet: this is of 12 of 15 documents")


def test_a_rebuild_under_way_is_told_and_digests_wait(ledger: Ledger, worker: Worker, index: Index) -> None:
    fill(ledger, worker, range(600))
    drain_index(ledger, worker, index)
    reindex(ledger, worker, index, wait=lambda seconds: True)
    found = read_completeness(ledger, index)
    assert (found.documents, found.expected, found.rebuilding) == (500, 600, True)
    with pytest.raises(IndexUnavailable, match="being rebuilt: this is of 500 of 600 documents"):
        require_complete(ledger, index)
    drain_index(ledger, worker, index)
    assert read_completeness(ledger, index).notice == ""


def lose_one(ledger: Ledger, index: Index) -> None:
    post_id, month, version = next(iter(expected_documents(ledger)))
    list(index.erase([Entry(post_id, month, version)]))


def lose_all(ledger: Ledger, index: Index) -> None:
    list(index.erase([Entry(*row) for row in expected_documents(ledger)]))


@pytest.mark.parametrize(("lose", "partial"), [(lose_one, False), (lose_all, True)])
def test_documents_that_are_gone_are_told(
    ledger: Ledger, worker: Worker, index: Index, lose: Callable[[Ledger, Index], None], partial: bool
) -> None:
    fill(ledger, worker, range(150))
    drain_index(ledger, worker, index)
    lose(ledger, index)
    index.refresh()
    found = read_completeness(ledger, index)
    assert found.is_partial is partial
    assert "has lost documents" in found.notice
    assert "daymark index check" in found.notice
