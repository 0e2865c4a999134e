"""Work on a post that has moved on meanwhile counts for nothing: architecture, rule 2."""

from __future__ import annotations

import pytest

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
    erase_post,
    land,
    make_worker,
    mark_all_due,
    mark_removed,
    read_post,
    release,
    schema,
    status_counts,
)
from records import ModelOrigin
from tests.ledger.world import (
    NOON,
    assert_sound,
    change,
    die,
    index,
    land_some,
    make_landing,
    make_post,
    make_tags,
    post_of,
    state_of,
    tag,
)

SECOND = ModelOrigin(name="model", version="2")


@pytest.mark.parametrize("what", ["removed", "revised", "merged", "erased", "retagged away"])
def test_tags_of_a_post_that_moved_on_do_not_count(ledger: Ledger, worker: Worker, what: str) -> None:
    land_some(ledger, 1)
    work = claim_tag(ledger, worker, 10)
    if what == "removed":
        mark_removed(ledger, make_post().post_id, NOON)
    elif what == "revised":
        land(ledger, [make_landing(text="edited")])
    elif what == "merged":
        change(ledger, schema.post, schema.post.c.seq > 0, doc_version=schema.post.c.doc_version + 1)
    elif what == "erased":
        erase_post(ledger, make_post().post_id, "asked for")
    else:
        die(ledger, worker)
        with make_worker(ledger) as other:
            assert len(tag(ledger, other)) == 1
    before = read_post(ledger, make_post().post_id)
    assert commit_tags(ledger, worker, [(item.post, make_tags(model=SECOND)) for item in work]) == 0
    assert read_post(ledger, make_post().post_id) == before
    assert due(ledger, Stage.TAG) == ((1, 0) if what in {"removed", "revised", "merged"} else (0, 0))
    assert_sound(ledger)


@pytest.mark.parametrize("what", ["removed", "made due", "revised"])
def test_an_acknowledgement_of_an_older_version_does_not_count(ledger: Ledger, worker: Worker, what: str) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    work = claim_index(ledger, worker, 10)
    if what == "removed":
        mark_removed(ledger, make_post().post_id, NOON)
    elif what == "revised":
        land(ledger, [make_landing(text="edited")])
    else:
        mark_all_due(ledger)
    assert ack_indexed(ledger, worker, [(work[0].post.post_id, work[0].post.doc_version)]) == 0
    assert state_of(ledger) is (State.LANDED if what == "revised" else State.TAGGED)
    assert sum(due(ledger, Stage.INDEX)) == (0 if what == "revised" else 1)


def test_a_document_written_before_the_index_was_emptied_does_not_count(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 3)
    tag(ledger, worker)
    index(ledger, worker, 1)
    work = claim_index(ledger, worker, 1)
    assert mark_all_due(ledger) == 1
    assert status_counts(ledger).expected_documents == 0
    assert ack_indexed(ledger, worker, [(work[0].post.post_id, work[0].post.doc_version)]) == 0
    assert len(index(ledger, worker)) == 3
    assert status_counts(ledger).expected_documents == 3


def test_a_text_cannot_be_tagged_in_the_name_of_another_revision(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    first = claim_tag(ledger, worker, 1)
    land(ledger, [make_landing(text="edited")])
    second = claim_tag(ledger, worker, 1)
    assert commit_tags(ledger, worker, [(first[0].post, make_tags())]) == 0
    assert second[0].post.revision == 2
    assert post_of(ledger).state is State.LANDED


def test_a_post_claimed_twice_is_committed_once(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    first = claim_tag(ledger, worker, 1)
    land(ledger, [make_landing(text="edited")])
    second = claim_tag(ledger, worker, 1)
    both = [(item.post, make_tags()) for item in (*second, *first, *second)]
    assert commit_tags(ledger, worker, both) == 1
    assert_sound(ledger)
    first_index = claim_index(ledger, worker, 1)
    mark_removed(ledger, make_post().post_id, NOON)
    release(ledger, worker, [make_post().post_id])
    second_index = claim_index(ledger, worker, 1)
    pairs = [(item.post.post_id, item.post.doc_version) for item in (*second_index, *first_index)]
    assert ack_indexed(ledger, worker, pairs) == 1
    assert_sound(ledger)
