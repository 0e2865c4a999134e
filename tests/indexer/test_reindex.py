"""Rebuilding the index from the ledger: whatever breaks it off, nothing that is gone counts as there."""

from __future__ import annotations

import pytest

from indexer import (
    Entry,
    Index,
    Note,
    Rebuild,
    SearchQuery,
    SqliteIndex,
    check_index,
    drain_index,
    make_document,
    parse_query,
    read_completeness,
    read_rebuild,
    reindex,
)
from indexer.check import CheckReport
from ledger import Ledger, Stage, Worker, ack_indexed, claim_index, due, expected_documents, make_worker, mark_all_due
from tests.indexer.ailing import assert_agree, in_index
from tests.indexer.documents import make, put
from tests.indexer.landings import fill


def test_a_rebuild_gives_the_same_index(ledger: Ledger, worker: Worker, index: Index) -> None:
    fill(ledger, worker, range(30))
    drain_index(ledger, worker, index)
    put(index, make(900))
    report = reindex(ledger, worker, index)
    assert (report.indexed, report.complete) == (30, True)
    assert read_rebuild(index) is Rebuild.NONE
    assert [Entry(*row) for row in expected_documents(ledger)] == in_index(index)
    assert index.search(SearchQuery(parse_query("boat"))).total == 30


def test_a_rebuild_that_was_broken_off_goes_on(ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex) -> None:
    fill(ledger, worker, range(1100))
    drain_index(ledger, worker, sqlite_index)
    report = reindex(ledger, worker, sqlite_index, wait=lambda seconds: True)
    assert (report.indexed, report.complete) == (500, False)
    assert (sqlite_index.count(), read_rebuild(sqlite_index)) == (500, Rebuild.FILLING)
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
            def write_note(self, note: Note, value: str, *, first: bool = False) -> None:
                if value == Rebuild.FILLING.value:
                    ack_indexed(ledger, other, [(item.post.post_id, item.post.doc_version) for item in work])
                super().write_note(note, value, first=first)

        racing = Racing(sqlite_index._connections.path)
        reindex(ledger, worker, racing)
        racing.close()
    assert check_index(ledger, sqlite_index).agrees
    assert sqlite_index.count() == 3


class Crash(BaseException):
    """As kill -9 would end it."""


class Crashing(SqliteIndex):
    """An index whose process dies at a step of a rebuild."""

    step = ""

    def drop(self) -> None:
        if self.step == "before the drop":
            raise Crash
        super().drop()
        if self.step == "after the drop":
            raise Crash

    def write_note(self, note: Note, value: str, *, first: bool = False) -> None:
        if value == Rebuild.FILLING.value and self.step == "all due again":
            raise Crash
        super().write_note(note, value, first=first)


@pytest.mark.parametrize("step", ["before the drop", "after the drop", "all due again"])
def test_after_a_crash_the_next_drain_of_anyone_fills_the_index(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex, step: str
) -> None:
    fill(ledger, worker, range(5))
    drain_index(ledger, worker, sqlite_index)
    crashing = Crashing(sqlite_index._connections.path)
    crashing.step = step
    with pytest.raises(Crash):
        reindex(ledger, worker, crashing)
    crashing.close()
    assert due(ledger, Stage.INDEX) == (5, 0)
    if step != "before the drop":
        found = read_completeness(ledger, sqlite_index)
        assert (found.documents, found.expected, found.is_partial) == (0, 5, True)
    assert drain_index(ledger, worker, sqlite_index).complete
    assert_agree(ledger, sqlite_index)
    assert sqlite_index.count() == 5
    assert read_rebuild(sqlite_index) is Rebuild.NONE


def test_a_drain_makes_due_what_a_rebuild_dropped_and_did_not(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex
) -> None:
    """As when another worker acknowledged what the drop then took."""
    fill(ledger, worker, range(5))
    drain_index(ledger, worker, sqlite_index)
    sqlite_index.drop()
    fill(ledger, worker, range(5, 6))
    assert drain_index(ledger, worker, sqlite_index).indexed == 7
    assert_agree(ledger, sqlite_index)
    assert (sqlite_index.count(), read_rebuild(sqlite_index)) == (6, Rebuild.NONE)


def test_a_rebuild_that_another_process_finished_is_not_gone_on_with(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex
) -> None:
    ids = fill(ledger, worker, range(12))
    drain_index(ledger, worker, sqlite_index)
    reindex(ledger, worker, sqlite_index, wait=lambda seconds: True)
    drain_index(ledger, worker, sqlite_index)
    rotten = [make(1, text="rotten", doc_version=900).model_copy(update={"post_id": post_id}) for post_id in ids]
    put(sqlite_index, *rotten)
    assert reindex(ledger, worker, sqlite_index).indexed == 12
    assert sqlite_index.search(SearchQuery(parse_query("rotten"))).total == 0
    assert sqlite_index.search(SearchQuery(parse_query("boat"))).total == 12


def test_preparing_to_write_leaves_the_rebuild_as_it_is(ledger: Ledger, worker: Worker, index: Index) -> None:
    index.drop()
    put(index, make(1))
    assert read_rebuild(index) is Rebuild.DROPPED
