"""What may no longer be kept goes: architecture, rule 5."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Project, Retention
from ledger import (
    LandReport,
    Ledger,
    LedgerError,
    Stage,
    State,
    Worker,
    claim_index,
    claim_tag,
    commit_tags,
    housekeep,
    keep_rejected,
    land,
    mark_removed,
    mark_retag,
    open_original,
    read_audit,
    reject,
    replay,
    schema,
    status_counts,
)
from records import ModelOrigin
from tests.ledger.world import (
    CONTACT,
    NOON,
    OFF_TOPIC,
    OFFER,
    PROJECT,
    assert_sound,
    change,
    index,
    land_some,
    make_capture,
    make_landing,
    make_post,
    make_tags,
    post_of,
    row_of,
    rows,
    signature,
    state_of,
    tag,
)

EVIDENCE = Project(**{**PROJECT.model_dump(), "evidence_basis": "a law", "retention": Retention(offer_days=30)})


def remove(ledger: Ledger, number: int = 1) -> None:
    """Notes at NOON that a post is gone at its source."""
    mark_removed(ledger, make_post(number).post_id, NOON)


def later(**span: float) -> Any:
    """So long after NOON."""
    return NOON + timedelta(**span)


def test_a_removed_post_is_stripped_within_a_day_and_tags_and_times_stay(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    land(ledger, [make_landing(1, text="edited 0012345")])
    tag(ledger, worker, signature=signature(1), **CONTACT)
    index(ledger, worker)
    remove(ledger)
    index(ledger, worker)
    assert housekeep(ledger, PROJECT, later(hours=16)).stripped == 0
    before = row_of(ledger)
    assert housekeep(ledger, PROJECT, later(hours=17)).stripped == 1, "the index's files need up to seven hours more"
    row = row_of(ledger)
    assert (row["text"], row["title"], row["url"], row["author"], row["native_id"]) == ("", "", None, None, "")
    assert (row["state"], row["doc_version"]) == ("tagged", before["doc_version"] + 1)
    kept = ("published_at", "first_seen", "removed_at", "family", "model_version", "on_topic", "post_id", "revision")
    assert {name: row[name] for name in kept} == {name: before[name] for name in kept}
    for table in (schema.raw, schema.revision, schema.signature, schema.band, schema.capture_item):
        assert make_post().post_id not in {found["post_id"] for found in rows(ledger, table)}, table.name
    assert [
        found["body"]["redactions"] for found in rows(ledger, schema.tags) if found["post_id"] == row["post_id"]
    ] == [[]]
    assert open_original(ledger, row["post_id"], "a test").raw is None
    assert len(index(ledger, worker)) == 1
    assert housekeep(ledger, PROJECT, later(days=400)).stripped == 0
    counts = status_counts(ledger)
    assert (counts.stripped, counts.removed) == (1, 1)
    assert_sound(ledger)


def test_nothing_names_a_person_once_stripped(ledger: Ledger, worker: Worker) -> None:
    """The native id of a post in the Fediverse is its address, and its address has its author's name in it."""
    page = make_capture("page", url=str(make_post().url))
    land(ledger, [make_landing(1, page)])
    tag(ledger, worker)
    remove(ledger)
    housekeep(ledger, PROJECT, later(days=2))
    for table in schema.metadata.sorted_tables:
        assert "ann" not in str(rows(ledger, table)).replace("'channel'", ""), table.name


def test_a_removed_post_is_tagged_first(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    remove(ledger)
    assert housekeep(ledger, PROJECT, later(days=3)).stripped == 0
    tag(ledger, worker)
    assert housekeep(ledger, PROJECT, later(days=3)).stripped == 1


def test_a_removed_post_that_cannot_be_tagged_is_stripped_all_the_same(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    for _ in range(3):
        reject(ledger, worker, Stage.TAG, claim_tag(ledger, worker, 1)[0].post.post_id, "bad")
    tag(ledger, worker)
    for _ in range(3):
        reject(ledger, worker, Stage.INDEX, claim_index(ledger, worker, 1)[0].post.post_id, "mapping")
    remove(ledger, 1)
    remove(ledger, 2)
    assert housekeep(ledger, PROJECT, later(days=3)).stripped == 2
    assert [state_of(ledger, number) for number in (1, 2)] == [State.QUARANTINED] * 2
    assert replay(ledger) == 1, "an empty text must not be tagged"
    assert [state_of(ledger, number) for number in (1, 2)] == [State.QUARANTINED, State.TAGGED]
    assert len(index(ledger, worker)) == 1
    assert_sound(ledger)


def test_off_topic_posts_are_stripped_seven_days_after_tagging(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag(ledger, worker, 1, **OFF_TOPIC)
    tag(ledger, worker, 1)
    change(ledger, schema.post, schema.post.c.seq > 0, tagged_at=NOON)
    assert housekeep(ledger, PROJECT, later(days=6.9)).stripped == 0
    assert housekeep(ledger, PROJECT, later(days=7)).stripped == 1
    assert post_of(ledger, 2).text
    shorter = Project(**{**PROJECT.model_dump(), "retention": Retention(off_topic_strip_days=0)})
    land(ledger, [make_landing(3)])
    tag(ledger, worker, **OFF_TOPIC)
    change(ledger, schema.post, schema.post.c.tagged_at.is_not(None), tagged_at=NOON)
    assert housekeep(ledger, shorter, NOON).stripped == 1
    assert_sound(ledger)


def test_what_no_model_could_assess_waits_for_one_that_can(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag(ledger, worker, covered=False, labels=(), **OFF_TOPIC)
    assert housekeep(ledger, PROJECT, datetime.now(UTC) + timedelta(days=89)).stripped == 0
    assert mark_retag(ledger, "better") == 2
    tag(ledger, worker, model=ModelOrigin(name="m", version="better"), **OFF_TOPIC)
    assert housekeep(ledger, PROJECT, datetime.now(UTC) + timedelta(days=8)).stripped == 2


@pytest.mark.parametrize("topic", [{}, OFF_TOPIC])
def test_what_was_never_assessed_goes_in_time(ledger: Ledger, worker: Worker, topic: dict[str, Any]) -> None:
    land_some(ledger, 1)
    tag(ledger, worker, covered=False, labels=(), **topic)
    assert housekeep(ledger, PROJECT, datetime.now(UTC) + timedelta(days=89)).stripped == 0
    assert housekeep(ledger, PROJECT, datetime.now(UTC) + timedelta(days=91)).stripped == 1


def test_a_reading_that_says_the_same_does_not_begin_the_days_anew(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 3)
    tag(ledger, worker, 2, **OFF_TOPIC)
    tag(ledger, worker, covered=False, labels=(), **OFF_TOPIC)
    change(ledger, schema.post, schema.post.c.seq > 0, tagged_at=NOON)
    assert mark_retag(ledger, "2") == 3
    second = ModelOrigin(name="m", version="2")
    tag(ledger, worker, 1, model=second, **OFF_TOPIC)
    tag(ledger, worker, 1, model=second)
    tag(ledger, worker, 1, model=second, covered=False, labels=(), **OFF_TOPIC)
    kept = [row_of(ledger, number)["tagged_at"] == NOON for number in (1, 2, 3)]
    assert kept == [True, False, True], "what is on topic after all is read for the first time"
    land(ledger, [make_landing(1, text="edited")])
    tag(ledger, worker, **OFF_TOPIC)
    assert row_of(ledger, 1)["tagged_at"] > NOON, "another wording"


def test_an_edit_of_an_off_topic_post_is_read_before_it_is_judged(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker, **OFF_TOPIC)
    change(ledger, schema.post, schema.post.c.seq > 0, tagged_at=NOON)
    land(ledger, [make_landing(1, text="edited: now about migration")])
    for _ in range(3):
        reject(ledger, worker, Stage.TAG, claim_tag(ledger, worker, 1)[0].post.post_id, "bad")
    assert housekeep(ledger, PROJECT, later(days=30)).stripped == 0


def test_evidence_keeps_a_removed_offer_for_its_time(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag(ledger, worker, 1, **OFFER)
    tag(ledger, worker, 1)
    remove(ledger, 1)
    remove(ledger, 2)
    assert housekeep(ledger, EVIDENCE, later(days=2)).stripped == 1
    assert post_of(ledger, 1).text
    assert housekeep(ledger, EVIDENCE, later(days=31)).stripped == 1
    assert_sound(ledger)


def test_without_a_basis_there_is_no_evidence(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker, **OFFER)
    remove(ledger)
    assert housekeep(ledger, PROJECT, later(days=2)).stripped == 1


@pytest.mark.parametrize(("project", "kept"), [(PROJECT, 0), (EVIDENCE, 1)])
def test_full_responses_go_after_72_hours_but_for_evidence(
    ledger: Ledger, worker: Worker, project: Project, kept: int
) -> None:
    land_some(ledger, 3)
    tag(ledger, worker, 1, **OFFER)
    tag(ledger, worker)
    assert housekeep(ledger, project, later(hours=71)).captures == 0
    assert housekeep(ledger, project, later(hours=73)).captures == 3 - kept
    assert sum(row["body"] is not None for row in rows(ledger, schema.capture)) == kept
    assert len(rows(ledger, schema.capture)) == 3, "the record of the response stays"


def test_items_that_could_not_be_landed_go_with_the_responses(ledger: Ledger) -> None:
    keep_rejected(ledger, "a", "bad_shape", b"raw")
    change(ledger, schema.rejected, schema.rejected.c.id > 0, at=NOON)
    assert housekeep(ledger, PROJECT, later(hours=71)).rejected == 0
    assert housekeep(ledger, PROJECT, later(hours=73)).rejected == 1


def test_a_stripped_post_that_is_public_again_comes_back(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    remove(ledger)
    housekeep(ledger, PROJECT, later(days=2))
    assert land_some(ledger, 1) == LandReport(revised=1)
    row = row_of(ledger)
    assert (row["state"], row["removed_at"], row["stripped"], row["revision"]) == ("landed", None, False, 2)
    assert row["text"]
    assert row["author"]
    assert row["url"]
    assert row["native_id"] == make_post().native_id
    assert not rows(ledger, schema.revision), "of the wording before nothing is left to keep"
    tag(ledger, worker)
    assert_sound(ledger)


def test_a_stripped_off_topic_post_stays_stripped_while_its_wording_is_the_same(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker, **OFF_TOPIC)
    change(ledger, schema.post, schema.post.c.seq > 0, tagged_at=NOON)
    housekeep(ledger, PROJECT, later(days=8))
    assert land_some(ledger, 1) == LandReport(unchanged=1)
    assert row_of(ledger)["text"] == ""
    assert land(ledger, [make_landing(1, text="edited")]) == LandReport(revised=1)
    assert row_of(ledger)["author"]
    assert_sound(ledger)


def test_a_stripped_post_is_not_tagged_anew(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    mark_retag(ledger, "2")
    work = claim_tag(ledger, worker, 1)
    remove(ledger)
    assert housekeep(ledger, PROJECT, later(days=2)).stripped == 1
    assert commit_tags(ledger, worker, [(work[0].post, make_tags(**CONTACT))]) == 0
    assert mark_retag(ledger, "3") == 0
    assert claim_tag(ledger, worker, 1) == []
    assert_sound(ledger)


def test_more_than_one_round(ledger: Ledger, worker: Worker) -> None:
    page = make_capture("page")
    land(ledger, [make_landing(number, page) for number in range(1, 701)])
    tag(ledger, worker)
    change(ledger, schema.post, schema.post.c.seq > 0, removed_at=NOON)
    assert housekeep(ledger, PROJECT, later(days=2)).stripped == 700


def test_an_original_is_opened_for_a_reason_that_is_logged(ledger: Ledger) -> None:
    land_some(ledger, 1)
    post_id = make_post().post_id
    with pytest.raises(LedgerError, match="reason"):
        open_original(ledger, post_id, "  ")
    with pytest.raises(LedgerError, match="no post"):
        open_original(ledger, "0" * 32, "a reason")
    assert read_audit(ledger) == []
    assert open_original(ledger, post_id, " case 7 ").post.text == make_post().text
    assert [(entry.action, entry.subject, entry.reason) for entry in read_audit(ledger)] == [
        ("open", post_id, "case 7")
    ]
