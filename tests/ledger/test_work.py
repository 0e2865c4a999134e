"""Claims, commits, acknowledgements, rejections: architecture, rules 2 and 9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from ledger import (
    Ledger,
    Stage,
    State,
    Worker,
    ack_indexed,
    claim_index,
    claim_tag,
    commit_tags,
    due,
    expected_documents,
    land,
    list_quarantine,
    make_worker,
    mark_all_due,
    mark_due,
    mark_removed,
    mark_retag,
    open_ledger,
    reject,
    release,
    release_stage,
    replay,
    status_counts,
)
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    NOON,
    assert_sound,
    index,
    land_some,
    make_landing,
    make_post,
    make_tags,
    numbers,
    row_of,
    state_of,
    tag,
)


def test_the_way_of_a_post(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 3)
    assert due(ledger, Stage.TAG) == (3, 0)
    work = claim_tag(ledger, worker, 2)
    assert numbers(work) == [1, 2]
    assert not any(item.alone for item in work)
    assert due(ledger, Stage.TAG) == (1, 2)
    assert commit_tags(ledger, worker, [(item.post, make_tags()) for item in work]) == 2
    assert due(ledger, Stage.INDEX) == (2, 0)
    ready = claim_index(ledger, worker, 10)
    assert numbers(ready) == [1, 2]
    assert ack_indexed(ledger, worker, [(item.post.post_id, item.post.doc_version) for item in ready]) == 2
    assert due(ledger, Stage.INDEX) == (0, 0)
    counts = status_counts(ledger)
    assert (counts.landed, counts.tagged, counts.indexed, counts.seen) == (1, 0, 2, 3)
    assert list(expected_documents(ledger)) == sorted((item.post.post_id, "2026.11", 2) for item in ready)
    assert_sound(ledger)


def test_every_transition_raises_doc_version_by_one(ledger: Ledger, worker: Worker) -> None:
    seen: list[tuple[str, int]] = []

    def note(what: str) -> None:
        row = row_of(ledger)
        seen.append((what, row["doc_version"]))

    land(ledger, [make_landing()])
    post_id = make_post().post_id
    note("landed")
    tag(ledger, worker)
    note("tagged")
    index(ledger, worker)
    note("indexed")
    mark_removed(ledger, post_id, NOON)
    note("removed")
    land(ledger, [make_landing()])
    note("present again")
    index(ledger, worker)
    note("indexed again")
    mark_due(ledger, [post_id])
    note("made due")
    index(ledger, worker)
    note("indexed a third time")
    mark_all_due(ledger)
    note("rebuilt")
    land(ledger, [make_landing(text="edited")])
    note("revised")
    for _ in range(3):
        reject(ledger, worker, Stage.TAG, claim_tag(ledger, worker, 1)[0].post.post_id, "bad")
    note("quarantined")
    replay(ledger)
    note("replayed")
    assert [version for _, version in seen] == list(range(1, len(seen) + 1)), seen


def test_two_workers_never_hold_one_post(ledger: Ledger, worker: Worker, open_again: Callable[[], Ledger]) -> None:
    land_some(ledger, 5)
    other_ledger = open_again()
    with make_worker(other_ledger) as other:
        mine, theirs = claim_tag(ledger, worker, 3), claim_tag(other_ledger, other, 10)
        assert (numbers(mine), numbers(theirs)) == ([1, 2, 3], [4, 5])
        assert claim_tag(ledger, worker, 10) == []
        stolen = [(item.post, make_tags()) for item in theirs]
        assert commit_tags(ledger, worker, stolen) == 0
        assert commit_tags(other_ledger, other, stolen) == 2


def test_a_failed_model_call_leaves_the_post_landed_and_due(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    work = claim_tag(ledger, worker, 10)
    release(ledger, worker, [item.post.post_id for item in work])
    assert due(ledger, Stage.TAG) == (2, 0)
    assert [row_of(ledger, number)["attempts"] for number in (1, 2)] == [0, 0]
    claim_tag(ledger, worker, 10)
    release_stage(ledger, worker, Stage.INDEX)
    assert due(ledger, Stage.TAG) == (0, 2)
    release_stage(ledger, worker, Stage.TAG)
    assert due(ledger, Stage.TAG) == (2, 0)


def test_three_rejections_quarantine_and_replay_returns(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    for attempt in (1, 2, 3):
        work = claim_tag(ledger, worker, 1)
        assert numbers(work) == [1]
        assert reject(ledger, worker, Stage.TAG, work[0].post.post_id, f"bad {attempt}") == (attempt == 3)
    found = list_quarantine(ledger)
    assert [(item.stage, item.reason, item.attempts) for item in found] == [(Stage.TAG, "bad 3", 3)]
    assert numbers(claim_tag(ledger, worker, 10)) == [2]
    assert status_counts(ledger).quarantined == 1
    assert replay(ledger, ["0" * 32]) == 0
    assert replay(ledger, [found[0].post_id]) == 1
    work = claim_tag(ledger, worker, 10)
    assert numbers(work) == [1]
    assert work[0].alone
    assert_sound(ledger)


def test_replay_returns_to_the_stage_that_failed(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    for _ in range(3):
        reject(ledger, worker, Stage.INDEX, claim_index(ledger, worker, 1)[0].post.post_id, "mapping")
    assert list_quarantine(ledger)[0].stage is Stage.INDEX
    replay(ledger)
    assert state_of(ledger) is State.TAGGED
    assert len(index(ledger, worker)) == 1
    row = row_of(ledger)
    assert (row["attempts"], row["alone"], row["failed_reason"]) == (0, False, None)


def test_a_rejection_without_the_lease_counts_not(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    for _ in range(5):
        assert not reject(ledger, worker, Stage.TAG, make_post().post_id, "not mine")
    assert row_of(ledger)["attempts"] == 0


def test_a_quarantined_post_is_not_expected_in_an_index_that_lost_it(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag(ledger, worker)
    index(ledger, worker)
    post_id = make_post().post_id
    mark_removed(ledger, post_id, NOON)
    for _ in range(3):
        claim_index(ledger, worker, 1)
        reject(ledger, worker, Stage.INDEX, post_id, "mapping")
    assert status_counts(ledger).expected_documents == 2, "the older document is still served"
    assert mark_due(ledger, [post_id]) == 0
    assert status_counts(ledger).expected_documents == 1
    assert_sound(ledger)


def test_a_closed_worker_gives_everything_back(ledger: Ledger) -> None:
    land_some(ledger, 2)
    with make_worker(ledger) as leaving:
        claim_tag(ledger, leaving, 10)
    assert due(ledger, Stage.TAG) == (2, 0)
    assert not row_of(ledger)["alone"], "nobody died"


def test_a_claim_reads_no_more_than_it_takes(sqlite_copy: str) -> None:
    """However many posts there are: read in the order of an index, without sorting, without going through all.

    PostgreSQL plans by its statistics, which a small table does not give; the indexes are the same.
    """
    ledger = open_ledger(sqlite_copy, KEY)
    worker = make_worker(ledger)
    land_some(ledger, 3)
    tag(ledger, worker)
    mark_retag(ledger, "2")
    land(ledger, [make_landing(number) for number in range(4, 9)])
    asked: list[tuple[str, Any]] = []

    def note(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT post.post_id"):
            asked.append((statement, values))

    sa.event.listen(ledger.engine, "before_cursor_execute", note)
    claim_tag(ledger, worker, 7)
    claim_index(ledger, worker, 7)
    sa.event.remove(ledger.engine, "before_cursor_execute", note)
    assert len(asked) >= 3
    with ledger.read() as conn:
        for statement, values in asked:
            plan = str(conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
            assert "SCAN" not in plan, plan
            assert "TEMP B-TREE" not in plan, plan
    worker.close()
    ledger.close()
