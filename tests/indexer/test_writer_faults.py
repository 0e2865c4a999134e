"""Draining while something is wrong: only a post's own fault counts against it."""

from __future__ import annotations

import pytest

from indexer import (
    Acknowledgement,
    ElasticIndex,
    IndexRejected,
    IndexReport,
    IndexUnavailable,
    Outcome,
    SqliteIndex,
    drain_index,
)
from ledger import (
    Ledger,
    Stage,
    StoredPost,
    Worker,
    due,
    list_quarantine,
    replay,
)
from records import Redaction, Tags, TextField
from tests.indexer.ailing import Ailing, Pauses, assert_agree
from tests.indexer.conftest import open_elastic
from tests.indexer.faulty_proxy import proxy, refuse, spoil_items
from tests.indexer.landings import fill, make_tags


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

    ailing.fault = refuse_one
    report = drain_index(ledger, worker, ailing)
    assert (report.indexed, report.rejected, report.quarantined) == (4, 3, 1)
    assert [(one.post_id, one.reason) for one in list_quarantine(ledger)] == [(faulty, "document_parsing_exception")]
    ailing.fault = lambda call, ack: ack
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

    ailing.fault = away
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

    ailing.fault = away
    report = drain_index(ledger, worker, ailing, wait=Pauses(stop_after=1))
    assert (report.indexed, report.complete) == (2, False)
    assert due(ledger, Stage.INDEX) == (4, 0)


def test_patience_ends(ledger: Ledger, worker: Worker, ailing: Ailing) -> None:
    fill(ledger, worker, range(2))

    def away(call: int, ack: Acknowledgement) -> Acknowledgement:
        raise IndexUnavailable("the server is away")

    ailing.fault = away
    with pytest.raises(IndexUnavailable, match="the server is away"):
        drain_index(ledger, worker, ailing, patience=0, wait=Pauses())
    assert due(ledger, Stage.INDEX) == (2, 0)


def test_an_index_that_refuses_us_ends_the_run_and_gives_everything_back(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    fill(ledger, worker, range(4))

    def refused(call: int, ack: Acknowledgement) -> Acknowledgement:
        raise IndexRejected("wrong key")

    ailing.fault = refused
    with pytest.raises(IndexRejected, match="wrong key"):
        drain_index(ledger, worker, ailing)
    assert due(ledger, Stage.INDEX) == (4, 0)
    assert list_quarantine(ledger) == []


def test_an_interrupted_run_gives_back_what_it_held(ledger: Ledger, worker: Worker, ailing: Ailing) -> None:
    fill(ledger, worker, range(4))

    def interrupted(call: int, ack: Acknowledgement) -> Acknowledgement:
        raise KeyboardInterrupt

    ailing.fault = interrupted
    with pytest.raises(KeyboardInterrupt):
        drain_index(ledger, worker, ailing)
    assert due(ledger, Stage.INDEX) == (4, 0)


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
