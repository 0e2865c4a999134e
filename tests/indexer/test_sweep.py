"""What the index does not take stands in nobody's way: neither a month, nor a post, nor a batch that the ledger lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from indexer import (
    Acknowledgement,
    ElasticIndex,
    IndexRejected,
    IndexUnavailable,
    Outcome,
    SqliteIndex,
    drain_index,
    make_document,
)
from ledger import IndexWork, Ledger, LedgerUnavailable, Stage, Worker, due, erase_post, list_quarantine
from records import Document
from tests.indexer.ailing import Ailing, Pauses, assert_agree
from tests.indexer.landings import fill

OCTOBER = datetime(2026, 10, 5, tzinfo=UTC)
SEPTEMBER = datetime(2026, 9, 5, tzinfo=UTC)


def spoil(ailing: Ailing, bad: set[str], outcome: Outcome = Outcome.UNAVAILABLE) -> None:
    """The index does not take the posts."""

    def fault(call: int, ack: Acknowledgement) -> Acknowledgement:
        return Acknowledgement(ack.post_id, ack.doc_version, outcome, "read only") if ack.post_id in bad else ack

    ailing.fault = fault


def test_what_a_ledger_that_went_away_left_leased_is_written_by_the_next_drain(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(ledger, worker, range(4))

    def away(*args: Any) -> int:
        raise LedgerUnavailable("restarting")

    with monkeypatch.context() as patched:
        patched.setattr("indexer.writer.ack_indexed", away)
        with pytest.raises(LedgerUnavailable):
            drain_index(ledger, worker, sqlite_index)
    assert due(ledger, Stage.INDEX) == (0, 4)
    report = drain_index(ledger, worker, sqlite_index, wait=Pauses(stop_after=5))
    assert (report.indexed, report.complete) == (4, True)
    assert_agree(ledger, sqlite_index)


def test_a_month_that_the_index_does_not_take_stands_in_no_other_months_way(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    stuck = fill(ledger, worker, range(12), published_at=OCTOBER)
    fill(ledger, worker, range(20, 26))
    spoil(ailing, set(stuck))
    pauses = Pauses(stop_after=12)
    report = drain_index(ledger, worker, ailing, batch=5, wait=pauses)
    assert (report.indexed, report.complete) == (6, False)
    spoil(ailing, set())
    assert drain_index(ledger, worker, ailing, batch=5).indexed == 12
    assert_agree(ledger, ailing)


def test_one_post_that_the_index_does_not_take_costs_the_others_no_pause(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    ids = fill(ledger, worker, range(41))
    spoil(ailing, {ids[0]})
    looks: list[float] = []

    def wait(seconds: float) -> bool:
        looks.append(seconds)
        return len(looks) == 20

    report = drain_index(ledger, worker, ailing, batch=5, wait=wait)
    assert report.indexed == 40
    assert looks[:10] == [0] * 10


def test_progress_renews_the_patience(
    ledger: Ledger, worker: Worker, ailing: Ailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(ledger, worker, range(9))
    clock = iter(range(0, 10_000, 40))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))

    def slowly(call: int, ack: Acknowledgement) -> Acknowledgement:
        # One more post is taken with every third batch.
        if ids.index(ack.post_id) <= call // 3:
            return ack
        return Acknowledgement(ack.post_id, ack.doc_version, Outcome.UNAVAILABLE, "busy")

    ailing.fault = slowly
    report = drain_index(ledger, worker, ailing, patience=100, wait=Pauses())
    assert (report.indexed, report.complete) == (9, True)


def test_an_index_that_takes_nothing_is_not_asked_for_month_after_month(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    for place, month in enumerate((SEPTEMBER, OCTOBER, datetime(2026, 11, 5, tzinfo=UTC))):
        fill(ledger, worker, range(place * 10, place * 10 + 5), published_at=month)

    def away(call: int, ack: Acknowledgement) -> Acknowledgement:
        raise IndexUnavailable("gone")

    ailing.fault = away
    pauses = Pauses(stop_after=3)
    drain_index(ledger, worker, ailing, batch=5, wait=pauses)
    assert (ailing.calls, pauses.seconds) == (3, [1, 2])


def test_erasures_that_fail_do_not_hold_up_writing(ledger: Ledger, worker: Worker, ailing: Ailing) -> None:
    (gone,) = fill(ledger, worker, range(1), published_at=OCTOBER)
    drain_index(ledger, worker, ailing)
    erase_post(ledger, gone, "asked for")
    fill(ledger, worker, range(5, 8))
    spoil(ailing, {gone})
    report = drain_index(ledger, worker, ailing, wait=Pauses(stop_after=5))
    assert (report.indexed, report.erased, report.complete) == (3, 0, False)


def test_a_fault_of_the_index_fails_the_run_once_the_rest_is_written(
    ledger: Ledger, worker: Worker, ailing: Ailing
) -> None:
    stuck = fill(ledger, worker, range(12), published_at=OCTOBER)
    fill(ledger, worker, range(20, 26))
    spoil(ailing, set(stuck), Outcome.REFUSED)
    with pytest.raises(IndexRejected, match="read only"):
        drain_index(ledger, worker, ailing, batch=5, wait=Pauses(stop_after=20))
    assert due(ledger, Stage.INDEX) == (12, 0)
    assert list_quarantine(ledger) == []


def test_whatever_one_post_raises_is_that_posts_alone(
    ledger: Ledger, worker: Worker, sqlite_index: SqliteIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = fill(ledger, worker, range(6))
    real = make_document

    def fragile(work: IndexWork) -> Document:
        if work.post.post_id == ids[2]:
            raise KeyError("words of the post")
        return real(work)

    monkeypatch.setattr("indexer.writer.make_document", fragile)
    report = drain_index(ledger, worker, sqlite_index)
    assert (report.indexed, report.quarantined, report.complete) == (5, 1, True)
    assert [item.reason for item in list_quarantine(ledger)] == ["no document can be made: KeyError"]


def test_a_closed_month_stops_no_other_and_blames_no_post(
    ledger: Ledger, worker: Worker, elastic_index: ElasticIndex
) -> None:
    fill(ledger, worker, range(1), published_at=OCTOBER)
    drain_index(ledger, worker, elastic_index)
    month = elastic_index.names.index("2026.10")
    elastic_index._client.indices.close(index=month)
    fill(ledger, worker, range(1, 7), published_at=OCTOBER)
    fill(ledger, worker, range(20, 25))
    with pytest.raises(IndexRejected, match=f"{month} is closed: open it"):
        drain_index(ledger, worker, elastic_index, batch=3, wait=Pauses())
    assert due(ledger, Stage.INDEX) == (6, 0)
    assert list_quarantine(ledger) == []
    elastic_index._client.indices.open(index=month)
    assert drain_index(ledger, worker, elastic_index).indexed == 6
    assert_agree(ledger, elastic_index)
