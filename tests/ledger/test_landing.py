"""What becomes of a post that is handed in: architecture, rules 2, 3 and 5."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ledger import (
    LandReport,
    Ledger,
    Stage,
    State,
    Worker,
    claim_index,
    claim_tag,
    commit_tags,
    due,
    erase_author,
    erase_post,
    land,
    mark_removed,
    open_original,
    reject,
    schema,
)
from records import AuthorKind
from tests.ledger.world import (
    NOON,
    assert_sound,
    index,
    land_some,
    make_capture,
    make_landing,
    make_post,
    make_tags,
    post_of,
    row_of,
    rows,
    state_of,
    tag,
)


def test_a_new_post_lands_with_raw_and_capture(ledger: Ledger) -> None:
    assert land(ledger, [make_landing()]) == LandReport(new=1)
    post = post_of(ledger)
    assert (post.state, post.revision, post.doc_version, post.month) == (State.LANDED, 1, 1, "2026.11")
    assert post.author is not None
    assert "ann" not in post.author
    original = open_original(ledger, post.post_id, "a test")
    assert original.raw == make_landing().raw.body
    assert len(rows(ledger, schema.capture)) == len(rows(ledger, schema.capture_item)) == 1
    assert_sound(ledger)


def test_nothing_handed_in_is_nothing_landed(ledger: Ledger) -> None:
    assert land(ledger, []) == LandReport()


def test_the_same_post_twice_is_one_post(ledger: Ledger) -> None:
    assert land(ledger, [make_landing(), make_landing(), make_landing(2)]) == LandReport(new=2, unchanged=1)
    assert land(ledger, [make_landing(), make_landing(2)]) == LandReport(unchanged=2)
    assert [row["doc_version"] for row in rows(ledger, schema.post)] == [1, 1]


def test_posts_are_numbered_as_they_came(ledger: Ledger) -> None:
    land(ledger, [make_landing(number) for number in (5, 3, 9, 1)])
    assert [row["native_id"][-1] for row in rows(ledger, schema.post)] == ["5", "3", "9", "1"]


def test_an_edit_is_a_new_revision_and_the_earlier_wording_stays_readable(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing()])
    tag(ledger, worker)
    index(ledger, worker)
    before = row_of(ledger)
    assert land(ledger, [make_landing(text="edited")]) == LandReport(revised=1)
    post = row_of(ledger)
    assert (post["state"], post["revision"], post["text"]) == ("landed", 2, "edited")
    assert post["doc_version"] == before["doc_version"] + 1
    assert post["indexed_version"] == before["indexed_version"], "the old document is served until it is replaced"
    assert post["month"] == before["month"]
    assert [text for _, _, text in open_original(ledger, before["post_id"], "a test").earlier] == [before["text"]]
    assert not any(row["current"] for row in rows(ledger, schema.tags)), "tags of another wording"
    assert_sound(ledger)


def test_three_wordings_in_one_batch_are_three_revisions(ledger: Ledger) -> None:
    report = land(ledger, [make_landing(text=text) for text in ("one", "two", "two", "three")])
    assert report == LandReport(new=1, revised=2, unchanged=1)
    post = post_of(ledger)
    assert (post.revision, post.doc_version, post.text) == (3, 3, "three")
    assert [row["text"] for row in rows(ledger, schema.revision)] == ["one", "two"]
    assert [row["revision"] for row in rows(ledger, schema.raw)] == [1, 2, 3]
    assert_sound(ledger)


def test_two_sources_that_word_a_post_differently_do_not_take_turns(ledger: Ledger) -> None:
    here, there = make_landing(text="in full"), make_landing(text="in short", source="other")
    assert land(ledger, [here]) == LandReport(new=1)
    assert land(ledger, [there]) == LandReport(revised=1)
    for _ in range(2):
        assert land(ledger, [here]) == land(ledger, [there]) == LandReport(unchanged=1)
    assert land(ledger, [make_landing(text="in full, edited")]) == LandReport(revised=1)
    assert land(ledger, [here]) == LandReport(revised=1), "the same source took its edit back"
    later = make_landing(text="in short", source="other", edited_at=NOON + timedelta(days=1))
    assert land(ledger, [later]) == LandReport(revised=1), "the platform says that this is an edit"


def test_an_edit_ends_the_lease_on_the_wording_before(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing()])
    work = claim_tag(ledger, worker, 10)
    land(ledger, [make_landing(text="edited")])
    assert due(ledger, Stage.TAG) == (1, 0)
    assert commit_tags(ledger, worker, [(work[0].post, make_tags())]) == 0
    assert not reject(ledger, worker, Stage.TAG, work[0].post.post_id, "of the old wording")
    assert row_of(ledger)["attempts"] == 0
    assert state_of(ledger) is State.LANDED
    assert [item.post.text for item in claim_tag(ledger, worker, 10)] == ["edited"]


def test_an_edit_of_a_post_being_indexed_is_tagged_again(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing()])
    tag(ledger, worker)
    assert len(claim_index(ledger, worker, 10)) == 1
    land(ledger, [make_landing(text="edited")])
    assert len(tag(ledger, worker)) == 1
    assert [item.post.text for item in claim_index(ledger, worker, 10)] == ["edited"]


def test_an_edit_clears_what_failed_before(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing()])
    for _ in range(3):
        work = claim_tag(ledger, worker, 10)
        reject(ledger, worker, Stage.TAG, work[0].post.post_id, "bad")
    assert state_of(ledger) is State.QUARANTINED
    land(ledger, [make_landing(text="edited")])
    row = row_of(ledger)
    assert (row["state"], row["attempts"], row["failed_stage"], row["failed_reason"]) == ("landed", 0, None, None)


def test_an_unknown_date_is_the_time_first_seen_and_says_so(ledger: Ledger) -> None:
    land(ledger, [make_landing(published_at=None)])
    post = post_of(ledger)
    assert (post.published_at, post.published_estimated) == (post.collected_at, True)


@pytest.mark.parametrize(
    "published",
    [NOON + timedelta(days=400), datetime(1970, 1, 1, tzinfo=UTC), datetime(201, 5, 1, tzinfo=UTC)],
    ids=["future", "zero", "third century"],
)
def test_an_impossible_date_counts_as_unknown(ledger: Ledger, published: datetime) -> None:
    land(ledger, [make_landing(published_at=published)])
    post = post_of(ledger)
    assert post.published_estimated
    assert post.month == "2026.11"


def test_a_post_thought_removed_is_present_again(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing()])
    tag(ledger, worker)
    index(ledger, worker)
    assert mark_removed(ledger, make_post().post_id, NOON)
    before = row_of(ledger)
    assert land(ledger, [make_landing()]) == LandReport(unchanged=1)
    after = row_of(ledger)
    assert (after["removed_at"], after["state"]) == (None, "tagged")
    assert after["doc_version"] == before["doc_version"] + 1


def test_an_author_named_later_is_written_down(ledger: Ledger) -> None:
    land(ledger, [make_landing(author=None)])
    assert post_of(ledger).author is None
    assert land(ledger, [make_landing()]) == LandReport(unchanged=1)
    assert post_of(ledger).author is not None
    assert post_of(ledger).doc_version == 2
    land(ledger, [make_landing(author=None, text="edited")])
    assert post_of(ledger).author is not None, "an edit without a name does not take it away"
    assert erase_author(ledger, "ann@social.example", "asked for").posts == 1


def test_another_source_cannot_make_a_person_an_outlet(ledger: Ledger) -> None:
    land(ledger, [make_landing()])
    land(ledger, [make_landing(text="2", source="other", author_kind=AuthorKind.OUTLET)])
    assert post_of(ledger).author_kind == "person"
    land(ledger, [make_landing(text="3", author_kind=AuthorKind.OUTLET)])
    assert post_of(ledger).author_kind == "outlet"


@pytest.mark.parametrize("platform", ["web", "import", "fediverse"])
def test_one_name_in_two_places_is_one_author_only_where_names_are_global(ledger: Ledger, platform: str) -> None:
    land(
        ledger,
        [
            make_landing(1, platform=platform, url="https://www.herald.example/1", source="one"),
            make_landing(2, platform=platform, url="https://herald.example/2", source="one"),
            make_landing(3, platform=platform, url="https://courier.example/3", source="two"),
        ],
    )
    authors = [row["author"] for row in rows(ledger, schema.post)]
    assert authors[0] == authors[1]
    assert (authors[0] == authors[2]) == (platform == "fediverse")


def test_a_tombstone_blocks_the_post_and_the_response_that_holds_it(ledger: Ledger) -> None:
    erase_post(ledger, make_post(1).post_id, "never wanted")
    capture = make_capture(body=b"holds both")
    assert land(ledger, [make_landing(1, capture), make_landing(2, capture)]) == LandReport(new=1, tombstoned=1)
    assert [row["body"] for row in rows(ledger, schema.capture)] == [None]
    assert_sound(ledger)


def test_a_tombstone_of_an_author_blocks_later_posts(ledger: Ledger) -> None:
    land(ledger, [make_landing(1), make_landing(9, author="bob@social.example")])
    erase_author(ledger, "ann@social.example", "asked for")
    assert land(ledger, [make_landing(1), make_landing(2)]) == LandReport(tombstoned=2)
    assert land(ledger, [make_landing(3, author="bob@social.example")]) == LandReport(new=1)


@pytest.mark.parametrize("first", ["erased", "known"])
def test_a_response_that_lands_in_several_calls_is_known_by_all_that_stands_in_it(ledger: Ledger, first: str) -> None:
    """The body may be written by a later call; what earlier calls saw in it counts all the same."""
    land(ledger, [make_landing(1)])
    if first == "erased":
        erase_post(ledger, make_post(1).post_id, "asked for")
    capture = make_capture("page", b"holds one and two")
    land(ledger, [make_landing(1, capture)])
    land(ledger, [make_landing(2, capture)])
    if first == "known":
        assert erase_post(ledger, make_post(1).post_id, "asked for").posts == 1
    page = next(row for row in rows(ledger, schema.capture) if row["capture_id"] == capture.capture_id)
    assert page["body"] is None


def test_a_known_post_after_the_new_one_is_linked_to_its_response(ledger: Ledger) -> None:
    land(ledger, [make_landing(1)])
    capture = make_capture("page", b"holds one and two")
    land(ledger, [make_landing(2, capture)])
    land(ledger, [make_landing(1, capture)])
    erase_post(ledger, make_post(1).post_id, "asked for")
    page = next(row for row in rows(ledger, schema.capture) if row["capture_id"] == capture.capture_id)
    assert page["body"] is None


def test_an_erasure_between_two_calls_keeps_the_body_out(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    land(ledger, [make_landing(1)])
    capture = make_capture("page", b"holds one and two")
    land(ledger, [make_landing(1, capture)])
    erase_post(open_again(), make_post(1).post_id, "asked for, in another process")
    land(ledger, [make_landing(2, capture)])
    page = next(row for row in rows(ledger, schema.capture) if row["capture_id"] == capture.capture_id)
    assert page["body"] is None
    assert_sound(ledger)


def test_an_unchanged_response_leaves_no_row(ledger: Ledger) -> None:
    land_some(ledger, 3)
    before = len(rows(ledger, schema.capture))
    land(ledger, [make_landing(number, make_capture("again")) for number in (1, 2, 3)])
    assert len(rows(ledger, schema.capture)) == before


def test_what_the_database_refuses_lands_nothing_of_the_call(ledger: Ledger) -> None:
    bad = make_landing(2).model_copy(update={"raw": make_landing(2).raw.model_copy(update={"media_type": None})})
    with pytest.raises(Exception, match=r"(?i)null"):
        land(ledger, [make_landing(1), bad])
    assert rows(ledger, schema.post) == rows(ledger, schema.raw) == rows(ledger, schema.capture) == []


@pytest.mark.parametrize("text", ["\x00", "\ud800 half", "🙂" * 3, "x" * 200_000, "‮mirrored", "'; DROP TABLE post; --"])
def test_any_text_can_be_stored(ledger: Ledger, text: str) -> None:
    landing = make_landing(text=text, title=text, url=f"https://social.example/{text}", lang_hint=text[:10])
    assert land(ledger, [landing]) == LandReport(new=1)
    assert post_of(ledger).text == landing.post.text
    assert land(ledger, [landing]) == LandReport(unchanged=1)
