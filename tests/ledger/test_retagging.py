"""Tags that are made anew: by another model, by other rules, for another wording."""

from __future__ import annotations

from ledger import (
    Ledger,
    ReadPosts,
    Stage,
    State,
    Worker,
    claim_index,
    claim_tag,
    commit_tags,
    count_read,
    count_read_otherwise,
    due,
    land,
    mark_retag,
    reject,
    replay,
    schema,
    status_counts,
    tagged_posts,
)
from records import ModelOrigin
from tests.ledger.world import (
    CONTACT,
    OFF_TOPIC,
    assert_sound,
    at,
    change,
    index,
    land_some,
    make_landing,
    make_post,
    make_tags,
    numbers,
    state_of,
    tag,
)

SECOND = ModelOrigin(name="model", version="2")


def test_a_retag_stays_indexed_until_the_new_tags_commit(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag(ledger, worker)
    index(ledger, worker)
    assert mark_retag(ledger, "1") == 0
    assert mark_retag(ledger, "2") == 2
    assert mark_retag(ledger, "2") == 0
    assert status_counts(ledger).retag == 2
    assert [state_of(ledger, number) for number in (1, 2)] == [State.INDEXED] * 2
    work = claim_tag(ledger, worker, 1)
    commit_tags(ledger, worker, [(item.post, make_tags(model=SECOND)) for item in work])
    assert [state_of(ledger, number) for number in (1, 2)] == [State.TAGGED, State.INDEXED]
    assert [tags.model.version for _, tags in tagged_posts(ledger)] == ["2", "1"]
    assert_sound(ledger)


def test_new_posts_come_before_those_to_be_tagged_anew(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag(ledger, worker)
    mark_retag(ledger, "2")
    land(ledger, [make_landing(3), make_landing(4)])
    assert numbers(claim_tag(ledger, worker, 1)) == [3]
    assert sorted(numbers(claim_tag(ledger, worker, 2))) == [1, 4]
    assert numbers(claim_tag(ledger, worker, 2)) == [2]


def test_other_rules_are_another_reading(ledger: Ledger, worker: Worker) -> None:
    """What redaction missed stays in the index until the post is read by the new rules, model or not."""
    land_some(ledger, 2)
    work = claim_tag(ledger, worker, 2)
    commit_tags(ledger, worker, [(item.post, make_tags(rules=rules)) for item, rules in zip(work, "ab", strict=True)])
    assert count_read_otherwise(ledger, make_tags(rules="b").reading) == 1
    assert mark_retag(ledger, make_tags(rules="b").reading) == 1
    assert numbers(claim_tag(ledger, worker, 5)) == [1]
    assert mark_retag(ledger, make_tags().reading) == 1, "tags made before rules had a name"


def test_a_retag_that_fails_keeps_the_old_tags(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    index(ledger, worker)
    mark_retag(ledger, "2")
    for _ in range(3):
        reject(ledger, worker, Stage.TAG, claim_tag(ledger, worker, 1)[0].post.post_id, "too long")
    assert state_of(ledger) is State.QUARANTINED
    assert status_counts(ledger).expected_documents == 1
    replay(ledger)
    assert state_of(ledger) is State.LANDED
    tag(ledger, worker)
    assert_sound(ledger)


def test_tags_go_with_the_wording_they_were_made_of(ledger: Ledger, worker: Worker) -> None:
    """Redactions of one wording applied to another would let contacts out."""
    land_some(ledger, 2)
    tag(ledger, worker, **CONTACT)
    # As a ledger that was changed by hand, or by an older Daymark, might be.
    mine = schema.tags.c.post_id == make_post(1).post_id
    change(ledger, schema.tags, mine, revision=7)
    assert numbers(claim_index(ledger, worker, 10)) == [2]
    assert state_of(ledger, 1) is State.LANDED
    assert due(ledger, Stage.INDEX) == (0, 1)
    assert len(list(tagged_posts(ledger))) == 1
    assert numbers(tag(ledger, worker)) == [1]


def test_unreadable_tags_are_made_anew(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    change(ledger, schema.tags, schema.tags.c.id > 0, body={"lang": "en"})
    assert claim_index(ledger, worker, 10) == []
    assert len(tag(ledger, worker)) == 1
    assert len(index(ledger, worker)) == 1


def test_a_post_counts_as_read_when_it_was_first_said_what_it_is(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 4)
    tag(ledger, worker, 1, lang="en", **OFF_TOPIC)
    tag(ledger, worker, 2, lang="en", covered=False, labels=())
    tag(ledger, worker, 1, lang="ar", covered=False, labels=())
    change(ledger, schema.post, schema.post.c.seq > 0, tagged_at=at(1))
    everything = {"en": ReadPosts(1, 2), "ar": ReadPosts(0, 1)}
    assert count_read(ledger, at(1), at(2), at(-1)) == everything
    assert count_read(ledger, at(0), at(1), at(-1)) == count_read(ledger, at(1), at(2), at(0.5)) == {}
    assert mark_retag(ledger, "2") == 4
    tag(ledger, worker, 1, lang="en", model=SECOND, **OFF_TOPIC)
    tag(ledger, worker, 2, lang="en", model=SECOND, covered=False, labels=())
    tag(ledger, worker, 1, lang="ar", model=SECOND)
    assert count_read(ledger, at(1), at(2), at(-1)) == {"en": ReadPosts(1, 2)}, "the same is no news"
