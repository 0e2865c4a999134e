"""Comparing ledger and index, and rebuilding the index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import (
    Entry,
    Index,
    Rebuild,
    SearchQuery,
    SqliteIndex,
    check_index,
    drain_index,
    make_document,
    parse_query,
    reindex,
)
from indexer.check import CheckReport, merge
from ledger import (
    Ledger,
    Stage,
    Worker,
    ack_indexed,
    claim_index,
    due,
    erase_post,
    expected_documents,
    make_worker,
    mark_all_due,
)
from tests.indexer.documents import make, put
from tests.indexer.landings import fill

ENTRIES = st.lists(st.integers(0, 30), unique=True).map(sorted)


@given(ENTRIES, ENTRIES)
def test_the_merge_pairs_every_entry_once(left: list[int], right: list[int]) -> None:
    def entries(numbers: list[int]) -> Iterator[Entry]:
        return (Entry(f"{number:02}", "2026.11", 1) for number in numbers)

    pairs = [(a and int(a.post_id), b and int(b.post_id)) for a, b in merge(entries(left), entries(right))]
    assert [a for a, _ in pairs if a is not None] == left
    assert [b for _, b in pairs if b is not None] == right
    assert all(a == b for a, b in pairs if a is not None and b is not None)
    assert len(pairs) == len(set(left) | set(right))


def entries_of(index: Index) -> list[Entry]:
    index.refresh()
    return list(index.scan_ids())


def test_a_sound_index_agrees(ledger: Ledger, worker: Worker, index: Index) -> None:
    assert check_index(ledger, index) == CheckReport()
    fill(ledger, worker, range(12))
    drain_index(ledger, worker, index)
    assert check_index(ledger, index) == CheckReport(expected=12, found=12)
    assert check_index(ledger, index).agrees


def damage(index: Index, ids: list[str]) -> None:
    """Loses two documents and leaves two that nobody knows."""
    there = {entry.post_id: entry for entry in entries_of(index)}
    put(index, make(900, month="2026.08"), make(901))
    list(index.erase([there[ids[0]], there[ids[1]]]))


def test_missing_and_orphaned_documents_are_found_and_repaired(ledger: Ledger, worker: Worker, index: Index) -> None:
    ids = fill(ledger, worker, range(12))
    drain_index(ledger, worker, index)
    damage(index, ids)
    looked = check_index(ledger, index, repair=False)
    assert looked == CheckReport(expected=12, found=12, missing=2, orphaned=2)
    assert not looked.agrees
    assert due(ledger, Stage.INDEX) == (0, 0)
    assert check_index(ledger, index) == CheckReport(expected=12, found=12, missing=2, orphaned=2, repaired=4)
    assert drain_index(ledger, worker, index).indexed == 2
    assert check_index(ledger, index) == CheckReport(expected=12, found=12)


def test_a_stale_document_is_written_again(ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex) -> None:
    ids = fill(ledger, worker, range(4))
    drain_index(ledger, worker, sqlite_index)
    sqlite_index._connections._open().execute("UPDATE document SET doc_version = 1 WHERE post_id = ?", (ids[1],))
    assert check_index(ledger, sqlite_index) == CheckReport(expected=4, found=4, stale=1, repaired=1)
    drain_index(ledger, worker, sqlite_index)
    assert check_index(ledger, sqlite_index).agrees


def test_a_document_in_another_month_is_moved(ledger: Ledger, worker: Worker, index: Index) -> None:
    (only,) = fill(ledger, worker, range(1))
    drain_index(ledger, worker, index)
    (there,) = entries_of(index)
    list(index.erase([there]))
    put(index, make(1, month="2026.07", doc_version=there.doc_version).model_copy(update={"post_id": only}))
    found = check_index(ledger, index)
    assert (found.misplaced, found.agrees) == (1, False)
    drain_index(ledger, worker, index)
    assert [entry.month for entry in entries_of(index)] == ["2026.11"]
    assert check_index(ledger, index).agrees


def test_an_index_ahead_of_the_ledger_is_told_and_rebuilt(ledger: Ledger, worker: Worker, index: Index) -> None:
    (only,) = fill(ledger, worker, range(1))
    put(index, make(1, doc_version=50).model_copy(update={"post_id": only}))
    drain_index(ledger, worker, index)
    found = check_index(ledger, index)
    assert (found.ahead, found.repaired, found.agrees) == (1, 0, False)
    reindex(ledger, worker, index)
    assert check_index(ledger, index).agrees


def test_a_document_written_but_not_yet_acknowledged_is_left_alone(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex
) -> None:
    fill(ledger, worker, range(2))
    work = claim_index(ledger, worker, 10)
    list(sqlite_index.write([make_document(item) for item in work]))
    assert check_index(ledger, sqlite_index) == CheckReport(expected=0, found=2)
    assert sqlite_index.count() == 2


def test_an_erased_post_that_is_still_in_the_index_is_erased(ledger: Ledger, worker: Worker, index: Index) -> None:
    ids = fill(ledger, worker, range(3))
    drain_index(ledger, worker, index)
    erase_post(ledger, ids[0], "asked for")
    assert check_index(ledger, index) == CheckReport(expected=2, found=3, orphaned=1, repaired=1)
    assert len(entries_of(index)) == 2


def test_a_rebuild_gives_the_same_index(ledger: Ledger, worker: Worker, index: Index) -> None:
    fill(ledger, worker, range(30))
    drain_index(ledger, worker, index)
    put(index, make(900))
    report = reindex(ledger, worker, index)
    assert (report.indexed, report.complete) == (30, True)
    assert index.rebuild_state() is Rebuild.NONE
    assert [Entry(*row) for row in expected_documents(ledger)] == entries_of(index)
    assert index.search(SearchQuery(parse_query("boat"))).total == 30


def test_a_rebuild_that_was_broken_off_goes_on(ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex) -> None:
    fill(ledger, worker, range(1100))
    drain_index(ledger, worker, sqlite_index)
    report = reindex(ledger, worker, sqlite_index, wait=lambda seconds: True)
    assert (report.indexed, report.complete) == (500, False)
    assert (sqlite_index.count(), sqlite_index.rebuild_state()) == (500, Rebuild.FILLING)
    report = reindex(ledger, worker, sqlite_index)
    assert (report.indexed, report.complete) == (600, True)
    assert check_index(ledger, sqlite_index).agrees


@pytest.mark.parametrize("done", ["dropped", "all due"])
def test_a_rebuild_that_died_before_it_filled_begins_again(
    ledger: Ledger, worker: Worker, index: Index, done: str
) -> None:
    fill(ledger, worker, range(5))
    drain_index(ledger, worker, index)
    index.drop()
    if done == "all due":
        mark_all_due(ledger)
    assert reindex(ledger, worker, index).complete
    assert check_index(ledger, index) == CheckReport(expected=5, found=5)


def test_a_worker_that_writes_during_the_drop_leaves_nothing_missing(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex
) -> None:
    fill(ledger, worker, range(3))
    with make_worker(ledger) as other:
        work = claim_index(ledger, other, 10)
        list(sqlite_index.write([make_document(item) for item in work]))

        class Racing(SqliteIndex):
            def set_rebuild_state(self, state: Rebuild) -> None:
                if state is Rebuild.FILLING:
                    ack_indexed(ledger, other, [(item.post.post_id, item.post.doc_version) for item in work])
                super().set_rebuild_state(state)

        racing = Racing(sqlite_index._connections.path)
        reindex(ledger, worker, racing)
        racing.close()
    assert check_index(ledger, sqlite_index).agrees
    assert sqlite_index.count() == 3
