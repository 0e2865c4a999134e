"""Draining the ledger's work into the index: only a post's own fault counts against it, and nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from indexer import (
    Acknowledgement,
    ElasticIndex,
    Entry,
    Index,
    IndexRejected,
    IndexReport,
    IndexUnavailable,
    Outcome,
    SearchQuery,
    SqliteIndex,
    drain_index,
    make_document,
    parse_query,
)
from ledger import (
    Ledger,
    Stage,
    StoredPost,
    Worker,
    claim_index,
    due,
    erase_post,
    expected_documents,
    land,
    list_quarantine,
    make_worker,
    release,
    replay,
    status_counts,
)
from records import Document, Redaction, Tags, TextField
from tests.indexer.conftest import open_elastic
from tests.indexer.faulty_proxy import proxy, refuse, spoil_items
from tests.indexer.landings import fill, make_landing, make_tags, tag_all


class Pauses:
    """Stands in for the clock: notes how long was waited for, and waits for nothing."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.seconds: list[float] = []
        self._stop_after = stop_after
        self.looks = 0

    def __call__(self, seconds: float) -> bool:
        self.looks += 1
        if seconds:
            self.seconds.append(seconds)
        return self._stop_after is not None and self.looks >= self._stop_after


class Ailing(SqliteIndex):
    """A real index before which faults can be put: ``fault`` turns each acknowledgement into another, or raises."""

    def __init__(self, path: Any) -> None:
        super().__init__(path)
        self.calls = 0

    def fault(self, call: int, ack: Acknowledgement) -> Acknowledgement:
        return ack

    def write(self, documents: Iterable[Document]) -> Iterator[Acknowledgement]:
        self.calls += 1
        for ack in super().write(documents):
            yield self.fault(self.calls, ack)

    def erase(self, entries: Iterable[Entry]) -> Iterator[Acknowledgement]:
        for ack in super().erase(entries):
            yield self.fault(self.calls, ack)


@pytest.fixture
def ailing(sqlite_index: SqliteIndex) -> Iterator[Ailing]:
    made = Ailing(sqlite_index._connections.path)
    yield made
    made.close()


def in_index(index: Index) -> list[Entry]:
    index.refresh()
    return list(index.scan_ids())


def assert_agree(ledger: Ledger, index: Index) -> None:
    assert [Entry(*row) for row in expected_documents(ledger)] == in_index(index)


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

    ailing.fault = revise  # type: ignore[method-assign]
    report = drain_index(ledger, worker, ailing)
    assert (report.indexed, report.superseded, report.complete) == (2, 1, True)
    tag_all(ledger, worker)
    assert drain_index(ledger, worker, ailing).indexed == 1
    assert_agree(ledger, ailing)
    assert ailing.search(SearchQuery(parse_query('"another wording"'))).total == 1


def bad_redaction(post: StoredPost) -> Tags:
    spans = [Redaction(field=TextField.TEXT, start=0, end=999, type="phone", hash="0" * 16)]
    return make_tags(post, redactions=spans if "number 3" in post.text else ())


def test_a_post_of_which_no_document_can_be_made_is_quarantined_and_the_rest_goes_on(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex
) -> None:
    ids = fill(ledger, worker, range(10), bad_redaction)
    report = drain_index(ledger, worker, sqlite_index)
    assert (report.indexed, report.rejected, report.quarantined, report.complete) == (9, 3, 1, True)
    (found,) = list_quarantine(ledger)
    assert (found.post_id, found.stage, found.attempts) == (ids[3], Stage.INDEX, 3)
    assert found.reason == "no document can be made: redaction 0-999 does not fit its text"
    assert_agree(ledger, sqlite_index)


def test_a_document_that_the_index_rejects_is_quarantined_with_the_reason(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    ids = fill(ledger, worker, range(5))
    faulty = ids[2]

    def refuse_one(call: int, ack: Acknowledgement) -> Acknowledgement:
        rejected = Acknowledgement(ack.post_id, ack.doc_version, Outcome.REJECTED, "document_parsing_exception")
        return rejected if ack.post_id == faulty else ack

    ailing.fault = refuse_one  # type: ignore[method-assign]
    report = drain_index(ledger, worker, ailing)
    assert (report.indexed, report.rejected, report.quarantined) == (4, 3, 1)
    assert [(one.post_id, one.reason) for one in list_quarantine(ledger)] == [(faulty, "document_parsing_exception")]
    ailing.fault = lambda call, ack: ack  # type: ignore[method-assign]
    assert replay(ledger) == 1
    assert drain_index(ledger, worker, ailing).indexed == 1
    assert_agree(ledger, ailing)


def test_an_unavailable_index_pauses_longer_each_time_and_counts_against_nobody(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    fill(ledger, worker, range(6))

    def away(call: int, ack: Acknowledgement) -> Acknowledgement:
        if call == 7:
            raise IndexUnavailable("gone")
        lost = Acknowledgement(ack.post_id, ack.doc_version, Outcome.UNAVAILABLE, "429 too many")
        return lost if call < 10 else ack

    ailing.fault = away  # type: ignore[method-assign]
    pauses = Pauses()
    report = drain_index(ledger, worker, ailing, wait=pauses)
    assert pauses.seconds == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert report == IndexReport(indexed=6, pauses=9, complete=True)
    assert list_quarantine(ledger) == []
    assert_agree(ledger, ailing)


def test_what_was_taken_before_the_index_went_away_is_acknowledged(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    fill(ledger, worker, range(6))
    taken: list[str] = []

    def away(call: int, ack: Acknowledgement) -> Acknowledgement:
        if len(taken) == 2:
            raise IndexUnavailable("gone")
        taken.append(ack.post_id)
        return ack

    ailing.fault = away  # type: ignore[method-assign]
    report = drain_index(ledger, worker, ailing, wait=Pauses(stop_after=1))
    assert (report.indexed, report.complete) == (2, False)
    assert due(ledger, Stage.INDEX) == (4, 0)


def test_patience_ends(ledger: Ledger, worker: Worker, ailing: Ailing) -> None:
    fill(ledger, worker, range(2))

    def away(call: int, ack: Acknowledgement) -> Acknowledgement:
        raise IndexUnavailable("the server is away")

    ailing.fault = away  # type: ignore[method-assign]
    with pytest.raises(IndexUnavailable, match="the server is away"):
        drain_index(ledger, worker, ailing, patience=0, wait=Pauses())
    assert due(ledger, Stage.INDEX) == (2, 0)


def test_an_index_that_refuses_us_ends_the_run_and_gives_everything_back(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    fill(ledger, worker, range(4))

    def refused(call: int, ack: Acknowledgement) -> Acknowledgement:
        raise IndexRejected("wrong key")

    ailing.fault = refused  # type: ignore[method-assign]
    with pytest.raises(IndexRejected, match="wrong key"):
        drain_index(ledger, worker, ailing)
    assert due(ledger, Stage.INDEX) == (4, 0)
    assert list_quarantine(ledger) == []


def test_an_interrupted_run_gives_back_what_it_held(ledger: Ledger, worker: Worker, ailing: Ailing) -> None:
    fill(ledger, worker, range(4))

    def interrupted(call: int, ack: Acknowledgement) -> Acknowledgement:
        raise KeyboardInterrupt

    ailing.fault = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        drain_index(ledger, worker, ailing)
    assert due(ledger, Stage.INDEX) == (4, 0)


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
    assert (report.indexed, ailing.calls) == (3, 4)


def test_a_busy_elasticsearch_is_waited_for(
    ledger: Ledger, worker: Worker, elastic_index: ElasticIndex, elasticsearch_url: str
) -> None:
    fill(ledger, worker, range(12))
    with proxy(elasticsearch_url) as faults:
        behind = open_elastic(faults.url, elastic_index.names)
        stages = iter(
            [
                lambda request, answer: (0, b""),
                lambda request, answer: refuse(503, "no_master"),
                lambda request, answer: spoil_items(
                    answer, 429, "es_rejected_execution_exception", lambda place: place % 2 == 0
                ),
                lambda request, answer: spoil_items(
                    answer, 400, "document_parsing_exception", lambda place: place == 0
                ),
            ]
        )
        faults.after = lambda request, answer: (
            next(stages, lambda request, answer: answer)(request, answer) if request.is_bulk else answer
        )
        pauses = Pauses()
        report = drain_index(ledger, worker, behind, wait=pauses)
        behind.close()
    assert (report.indexed, report.quarantined, report.complete) == (12, 0, True)
    assert report.rejected == 1
    assert pauses.seconds[0] == 1
    assert_agree(ledger, elastic_index)
