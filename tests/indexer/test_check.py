"""Comparing ledger and index, and repairing the index."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import (
    Acknowledgement,
    Entry,
    Index,
    Outcome,
    SqliteIndex,
    check_index,
    drain_index,
    make_document,
    reindex,
)
from indexer.check import FEW_ORPHANS, CheckReport, merge
from ledger import (
    Ledger,
    Place,
    Stage,
    Worker,
    claim_index,
    due,
    erase_post,
    read_places,
)
from tests.indexer.ailing import Ailing
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


class Earlier(SqliteIndex):
    """An index whose scan shows an earlier state, as a point in time does while a service goes on."""

    def __init__(self, path: Path, entries: list[Entry]) -> None:
        super().__init__(path)
        self._entries = entries

    def scan_ids(self) -> Iterator[Entry]:
        return iter(self._entries)


def test_documents_that_come_and_go_while_we_look_are_no_findings(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex
) -> None:
    ids = fill(ledger, worker, range(20))
    drain_index(ledger, worker, sqlite_index)
    looking = Earlier(sqlite_index._connections.path, list(sqlite_index.scan_ids()))
    fill(ledger, worker, range(100, 140))
    fill(ledger, worker, range(3), text="another wording")
    erase_post(ledger, ids[7], "asked for")
    drain_index(ledger, worker, sqlite_index)
    found = check_index(ledger, looking)
    looking.close()
    assert found == CheckReport(expected=59, found=20)


def test_differences_are_asked_after_together(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(sqlite_index, *(make(number) for number in range(60)))
    asked: list[int] = []

    def counted(ledger: Ledger, post_ids: Collection[str]) -> dict[str, Place]:
        asked.append(len(post_ids))
        return read_places(ledger, post_ids)

    monkeypatch.setattr("indexer.check.read_places", counted)
    monkeypatch.setattr("indexer.check.BATCH", 25)
    assert check_index(ledger, sqlite_index).orphaned == 60
    assert asked == [25, 25, 25, 25, 10, 10]


def test_many_orphans_are_erased_only_when_that_is_asked_for(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex
) -> None:
    fill(ledger, worker, range(10))
    drain_index(ledger, worker, sqlite_index)
    put(sqlite_index, *(make(number) for number in range(500, 500 + FEW_ORPHANS + 1)))
    found = check_index(ledger, sqlite_index)
    assert (found.orphaned, found.spared, found.repaired, found.agrees) == (101, 101, 0, False)
    assert sqlite_index.count() == 111
    found = check_index(ledger, sqlite_index, erase_many=True)
    assert (found.orphaned, found.spared, found.repaired) == (101, 0, 101)
    assert check_index(ledger, sqlite_index).agrees


def test_what_the_index_does_not_let_go_is_counted_with_the_reason(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    fill(ledger, worker, range(3))
    drain_index(ledger, worker, ailing)
    put(ailing, make(900))

    def busy(call: int, ack: Acknowledgement) -> Acknowledgement:
        return Acknowledgement(ack.post_id, ack.doc_version, Outcome.UNAVAILABLE, "503 busy")

    ailing.fault = busy
    found = check_index(ledger, ailing)
    assert (found.orphaned, found.repaired, found.unrepaired, found.reason) == (1, 0, 1, "503 busy")
