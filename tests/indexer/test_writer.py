"""Draining the ledger's work into the index: nothing is lost, and the run ends when all is done."""

from __future__ import annotations

import subprocess
import sys

from indexer import (
    Acknowledgement,
    Index,
    IndexReport,
    Outcome,
    SearchQuery,
    SqliteIndex,
    drain_index,
    make_document,
    parse_query,
)
from ledger import (
    Ledger,
    Worker,
    claim_index,
    erase_post,
    land,
    make_worker,
    release,
    status_counts,
)
from tests.indexer.ailing import Ailing, assert_agree, in_index
from tests.indexer.landings import fill, make_landing, tag_all


def test_everything_due_is_written_and_acknowledged(ledger: Ledger, worker: Worker, index: Index) -> None:
    fill(ledger, worker, range(25))
    seen: list[int] = []
    report = drain_index(ledger, worker, index, batch=10, progress=lambda report: seen.append(report.indexed))
    assert report == IndexReport(indexed=25, complete=True)
    assert seen[:3] == [10, 20, 25]
    assert_agree(ledger, index)
    counts = status_counts(ledger)
    assert (counts.indexed, counts.tagged, counts.expected_documents) == (25, 0, 25)
    assert drain_index(ledger, worker, index) == IndexReport(complete=True)


def test_a_revision_replaces_the_document(ledger: Ledger, worker: Worker, index: Index) -> None:
    fill(ledger, worker, range(3))
    drain_index(ledger, worker, index)
    fill(ledger, worker, range(1), text="the boat came back")
    assert drain_index(ledger, worker, index).indexed == 1
    index.refresh()
    (hit,) = index.search(SearchQuery(parse_query("back"))).hits
    assert hit.excerpt == "the boat came back"
    assert index.search(SearchQuery(parse_query("port"))).total == 2
    assert_agree(ledger, index)


def test_an_erased_post_leaves_the_index(ledger: Ledger, worker: Worker, index: Index) -> None:
    ids = fill(ledger, worker, range(3))
    drain_index(ledger, worker, index)
    erase_post(ledger, ids[0], "asked for")
    assert drain_index(ledger, worker, index).erased == 1
    assert len(in_index(index)) == 2
    assert_agree(ledger, index)


def test_an_erasure_wins_also_over_a_newer_document(ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex) -> None:
    """As after the ledger was put back from a backup: the index knows a later version than the erasure's."""
    ids = fill(ledger, worker, range(2))
    drain_index(ledger, worker, sqlite_index)
    (work,) = [entry for entry in in_index(sqlite_index) if entry.post_id == ids[0]]
    connection = sqlite_index._connections._open()
    connection.execute("UPDATE document SET doc_version = 900 WHERE post_id = ?", (work.post_id,))
    erase_post(ledger, ids[0], "asked for")
    assert drain_index(ledger, worker, sqlite_index).erased == 1
    assert [entry.post_id for entry in in_index(sqlite_index)] == [ids[1]]


def test_a_post_erased_while_it_was_being_written_stays_out(ledger: Ledger, worker: Worker, index: Index) -> None:
    ids = fill(ledger, worker, range(1))
    work = claim_index(ledger, worker, 10)
    erase_post(ledger, ids[0], "asked for")
    with make_worker(ledger) as other:
        assert drain_index(ledger, other, index).erased == 1
    (ack,) = index.write([make_document(work[0])])
    assert ack.outcome is Outcome.NEWER_EXISTS
    assert in_index(index) == []


def test_a_post_that_moved_on_meanwhile_is_written_again(ledger: Ledger, worker: Worker, ailing: Ailing) -> None:
    fill(ledger, worker, range(3))

    def revise(call: int, ack: Acknowledgement) -> Acknowledgement:
        if call == 1:
            land(ledger, [make_landing(0, text="another wording")])
        return ack

    ailing.fault = revise
    report = drain_index(ledger, worker, ailing)
    assert (report.indexed, report.superseded, report.complete) == (2, 1, True)
    tag_all(ledger, worker)
    assert drain_index(ledger, worker, ailing).indexed == 1
    assert_agree(ledger, ailing)
    assert ailing.search(SearchQuery(parse_query('"another wording"'))).total == 1


def test_the_run_ends_only_when_others_are_done_too(ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex) -> None:
    ids = fill(ledger, worker, range(3))
    with make_worker(ledger) as other:
        assert len(claim_index(ledger, other, 2)) == 2
        looks: list[float] = []

        def wait(seconds: float) -> bool:
            looks.append(seconds)
            if len(looks) == 4:
                release(ledger, other, ids)
            return False

        report = drain_index(ledger, worker, sqlite_index, wait=wait)
    assert report.indexed == 3
    assert looks[:4] == [0, 0.5, 0.5, 0.5]


CLAIMER = """
import sys, time
from config import Pseudonyms
from ledger import claim_index, make_worker, open_ledger
ledger = open_ledger(sys.argv[1], Pseudonyms(b"k" * 32))
print(len(claim_index(ledger, make_worker(ledger), 10)), flush=True)
time.sleep(600)
"""


def test_posts_of_a_batch_that_died_are_written_alone(ledger: Ledger, worker: Worker, ailing: Ailing) -> None:
    fill(ledger, worker, range(3))
    claimer = subprocess.Popen(
        [sys.executable, "-c", CLAIMER, str(ledger.engine.url)], stdout=subprocess.PIPE, text=True
    )
    assert claimer.stdout
    assert claimer.stdout.readline() == "3\n"
    claimer.kill()
    claimer.wait()
    report = drain_index(ledger, worker, ailing)
    assert (report.indexed, ailing.calls) == (3, 3)
