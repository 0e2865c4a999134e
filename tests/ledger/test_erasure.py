"""Erasure: architecture, rule 5. Gone from every store; a tombstone alone remains, and a re-crawl cannot undo it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ledger import (
    LandReport,
    Ledger,
    LedgerError,
    Stage,
    Worker,
    ack_deletes,
    claim_deletes,
    claim_tag,
    commit_tags,
    due,
    erase_author,
    erase_post,
    land,
    read_audit,
    read_post,
    schema,
    status_counts,
)
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    ANN,
    NOON,
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
    tag,
)


def test_a_tombstone_alone_remains(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing(1), make_landing(2, author="bob@social.example")])
    land(ledger, [make_landing(1, text="edited")])
    tag(ledger, worker, signature=signature(1))
    index(ledger, worker)
    done = erase_post(ledger, make_post(1).post_id, "asked for")
    assert (done.posts, done.tombstones) == (1, 1)
    assert read_post(ledger, make_post(1).post_id) is None
    for table in (schema.post, schema.raw, schema.revision, schema.tags, schema.signature, schema.band):
        assert make_post(1).post_id not in {row["post_id"] for row in rows(ledger, table)}, table.name
    assert [row["what"] for row in rows(ledger, schema.tombstone)] == ["post"]
    counts = status_counts(ledger)
    assert (counts.erased, counts.seen, counts.expected_documents, counts.deletions) == (1, 2, 1, 1)
    assert land(ledger, [make_landing(1), make_landing(1, text="again")]) == LandReport(tombstoned=2)
    assert_sound(ledger)


def test_erasing_twice_changes_nothing_more(ledger: Ledger) -> None:
    land_some(ledger, 1)
    erase_post(ledger, make_post().post_id, "asked for")
    assert erase_post(ledger, make_post().post_id, "asked again").posts == 0
    assert status_counts(ledger).seen == 1


def test_a_post_that_never_landed_is_blocked_but_was_not_seen(ledger: Ledger) -> None:
    assert erase_post(ledger, make_post().post_id, "never wanted").posts == 0
    assert land_some(ledger, 1) == LandReport(tombstoned=1)
    assert status_counts(ledger).seen == 0
    assert_sound(ledger)


@pytest.mark.parametrize("name", [ANN, f"@{ANN}", "pseudonym"])
def test_an_author_by_name_or_pseudonym(ledger: Ledger, name: str) -> None:
    land(ledger, [make_landing(1), make_landing(2), make_landing(3, author="bob@social.example")])
    if name == "pseudonym":
        name = str(post_of(ledger, 1).author)
    done = erase_author(ledger, name, "asked for")
    assert (done.posts, done.tombstones) == (2, 3)
    assert erase_author(ledger, name, "asked twice").posts == 0, "an author who is erased is no typing error"
    assert len(rows(ledger, schema.post)) == 1
    assert_sound(ledger)


def test_the_only_author_of_a_platform_can_be_erased_twice(ledger: Ledger) -> None:
    land_some(ledger, 2)
    erase_author(ledger, ANN, "asked for")
    with pytest.raises(LedgerError, match="no post of that author"):
        erase_author(ledger, "nobody@social.example", "asked for")


def test_an_author_on_pages_of_several_hosts(ledger: Ledger) -> None:
    for number, host in enumerate(("herald.example", "courier.example"), 1):
        address = f"https://{host}/{number}"
        land(ledger, [make_landing(number, platform="web", author="Ann Onym", url=address, native_id=address)])
    assert erase_author(ledger, "Ann Onym", "asked for").posts == 2


@pytest.mark.parametrize("name", ["", " ", "an", "ann", "ANN@social.example"])
def test_a_typing_error_is_not_taken_for_a_deed(ledger: Ledger, name: str) -> None:
    land_some(ledger, 1)
    with pytest.raises(LedgerError, match="no post of that author"):
        erase_author(ledger, name, "asked for")
    assert not rows(ledger, schema.tombstone)


def test_erasing_needs_a_reason_and_an_id(ledger: Ledger) -> None:
    land_some(ledger, 1)
    with pytest.raises(LedgerError, match="reason"):
        erase_post(ledger, make_post().post_id, " ")
    with pytest.raises(LedgerError, match="reason"):
        erase_author(ledger, ANN, "")
    with pytest.raises(LedgerError, match="no post id"):
        erase_post(ledger, "../../etc", "asked for")
    assert len(rows(ledger, schema.post)) == 1


def test_the_log_does_not_hold_what_it_says_was_erased(ledger: Ledger) -> None:
    land_some(ledger, 1)
    erase_author(ledger, f"@{ANN}", f"@{ANN} wrote to us about {make_post().url} and {make_post().native_id}")
    entry = read_audit(ledger)[-1]
    assert entry.action == "erase"
    assert "ann" not in entry.reason
    assert "wrote to us" in entry.reason
    assert entry.reason.endswith("(1 posts)")
    assert KEY.tombstone("author", KEY.author("fediverse", f"\x00{ANN}")).startswith(entry.subject)


def test_every_response_that_holds_the_post_loses_its_body(ledger: Ledger) -> None:
    page = make_capture("page", b"one and two")
    land(ledger, [make_landing(1, page), make_landing(2, page)])
    again = make_capture("again", b"one and three")
    land(ledger, [make_landing(1, again), make_landing(3, again)])
    elsewhere = make_capture("elsewhere", b"three only")
    land(ledger, [make_landing(3, elsewhere, text="edited")])
    erase_post(ledger, make_post(1).post_id, "asked for")
    bodies = {row["capture_id"]: row["body"] is not None for row in rows(ledger, schema.capture)}
    assert bodies == {page.capture_id: False, again.capture_id: False, elsewhere.capture_id: True}
    assert_sound(ledger)


def test_a_response_of_nothing_else_goes_with_its_address(ledger: Ledger) -> None:
    land(ledger, [make_landing(1, make_capture("article", url=str(make_post(1).url)))])
    erase_post(ledger, make_post(1).post_id, "asked for")
    assert not rows(ledger, schema.capture)


def test_the_index_deletes_now_and_again_after_the_longest_lease(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    index(ledger, worker)
    version = row_of(ledger)["doc_version"]
    erase_post(ledger, make_post().post_id, "asked for")
    found = claim_deletes(ledger, 10)
    assert [(item.post_id, item.month, item.doc_version) for item in found] == [
        (make_post().post_id, "2026.11", version + 1)
    ]
    ack_deletes(ledger, [make_post().post_id])
    assert claim_deletes(ledger, 10) == []
    assert status_counts(ledger).deletions == 1
    change(ledger, schema.deletion, schema.deletion.c.rounds == 1, due=NOON - timedelta(days=1))
    assert len(claim_deletes(ledger, 10)) == 1
    ack_deletes(ledger, [make_post().post_id])
    assert status_counts(ledger).deletions == 0


def test_two_workers_that_delete_at_once_are_not_the_repetition(ledger: Ledger) -> None:
    land_some(ledger, 1)
    erase_post(ledger, make_post().post_id, "asked for")
    for _ in range(2):
        ack_deletes(ledger, [make_post().post_id])
    assert [row["rounds"] for row in rows(ledger, schema.deletion)] == [1]


def test_a_tagger_that_holds_the_post_brings_nothing_back(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    work = claim_tag(ledger, worker, 10)
    erase_post(ledger, make_post(1).post_id, "asked for")
    assert commit_tags(ledger, worker, [(item.post, make_tags(signature=signature(1))) for item in work]) == 1
    assert due(ledger, Stage.TAG) == (0, 0)
    assert_sound(ledger)


def test_an_erasure_that_fails_half_way_has_not_happened(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    land_some(ledger, 1)

    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("ledger.erasure.write_audit", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        erase_post(ledger, make_post().post_id, "asked for")
    assert len(rows(ledger, schema.post)) == len(rows(ledger, schema.raw)) == 1
    assert not rows(ledger, schema.tombstone)
    assert not rows(ledger, schema.deletion)


def test_erasure_waits_for_landings_under_way(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    """On SQLite writers queue anyway; on PostgreSQL the advisory lock must."""
    other = open_again()
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, 20):
            landed = pool.submit(land, ledger, [make_landing(number)])
            erased = pool.submit(erase_post, other, make_post(number).post_id, "asked for")
            report = landed.result()
            erased.result()
            assert report in (LandReport(new=1), LandReport(tombstoned=1))
            assert read_post(ledger, make_post(number).post_id) is None
    assert_sound(ledger)
