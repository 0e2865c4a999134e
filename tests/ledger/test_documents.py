"""What the ledger knows of the index: who it is, which documents belong where, and which months are left out of a claim."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from ledger import (
    DocumentCounts,
    Ledger,
    Place,
    Worker,
    claim_deletes,
    claim_index,
    count_documents,
    erase_post,
    land,
    ledger_identity,
    mark_all_due,
    read_places,
)
from tests.ledger.world import index, land_some, make_landing, numbers, post_of, tag

OCTOBER = datetime(2026, 10, 3, tzinfo=UTC)


def test_a_ledger_keeps_the_identity_it_was_given(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    mine = ledger_identity(ledger)
    assert (len(mine), int(mine, 16) > 0) == (32, True)
    assert ledger_identity(open_again()) == mine


def test_documents_are_counted_as_taken_waiting_and_never_written(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 5)
    assert count_documents(ledger) == DocumentCounts(acknowledged=0, waiting=0, first=0)
    tag(ledger, worker)
    index(ledger, worker, 3)
    assert count_documents(ledger) == DocumentCounts(acknowledged=3, waiting=2, first=2)
    mark_all_due(ledger)
    assert count_documents(ledger) == DocumentCounts(acknowledged=0, waiting=5, first=5)


def test_places_are_given_for_known_posts_alone(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag(ledger, worker)
    index(ledger, worker, 1)
    posts = [post_of(ledger, number) for number in (1, 2)]
    found = read_places(ledger, [*(post.post_id for post in posts), "f" * 32])
    assert set(found) == {post.post_id for post in posts}
    taken, waiting = (found[post.post_id] for post in posts)
    assert taken == Place(posts[0].month, posts[0].doc_version, posts[0].doc_version - 1)
    assert waiting == Place(posts[1].month, posts[1].doc_version, None)


def test_months_that_the_index_does_not_take_stand_in_nobodys_way(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing(1, published_at=OCTOBER), make_landing(2, published_at=OCTOBER), make_landing(3)])
    tag(ledger, worker)
    assert numbers(claim_index(ledger, worker, 2, {"2026.10"})) == [3]
    assert numbers(claim_index(ledger, worker, 5)) == [1, 2]
    gone = [post_of(ledger, number).post_id for number in (1, 3)]
    for post_id in gone:
        erase_post(ledger, post_id, "asked for")
    assert [deletion.post_id for deletion in claim_deletes(ledger, 1, {"2026.10"})] == gone[1:]
    assert len(claim_deletes(ledger, 5)) == 2
