"""Erasure: architecture, rule 5. Gone from every store; a tombstone alone remains, and a re-crawl cannot undo it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from ledger import (
    LandReport,
    Ledger,
    LedgerError,
    OutboxWindow,
    PollResult,
    Stage,
    Validators,
    Worker,
    ack_deletes,
    claim_deletes,
    claim_tag,
    commit_tags,
    due,
    enqueue,
    erase_author,
    erase_post,
    finish_poll,
    keep_rejected,
    land,
    read_audit,
    read_post,
    read_source,
    read_validators,
    schema,
    start_poll,
    status_counts,
)
from ledger.traces import without
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    NOON,
    assert_sound,
    change,
    claim,
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

ANN = "ann@social.example"


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


def article(number: int) -> str:
    """The canonical address of an article."""
    return f"https://herald.example/{number}/canonical"


@pytest.mark.parametrize("length", [10, 300])
def test_no_message_of_any_source_keeps_the_address(ledger: Ledger, worker: Worker, length: int) -> None:
    """A sitemap that was asked for the article of a feed says which one it could not read, cut to 200 characters."""
    address = f"https://herald.example/{'a' * length}"
    native: dict[str, Any] = {"platform": "web", "native_id": address, "url": address}
    land(ledger, [make_landing(1, **native)])
    assert claim(ledger, worker, "sitemap", NOON)
    result = PollResult("timeout", NOON, message=f"{address[:200]} cannot be read: TimeoutError")
    finish_poll(ledger, start_poll(ledger, worker, "sitemap", NOON), result, None)
    erase_post(ledger, make_post(1, **native).post_id, "asked for")
    told = [read_source(ledger, "sitemap").message, *(row["message"] for row in rows(ledger, schema.poll))]
    assert told == ["[erased] cannot be read: TimeoutError"] * 2


def test_a_poll_that_ends_after_an_erasure_brings_no_address_back(ledger: Ledger, worker: Worker) -> None:
    native: dict[str, Any] = {"platform": "web", "native_id": article(1), "url": article(1)}
    land(ledger, [make_landing(1, **native)])
    assert claim(ledger, worker, "sitemap", NOON)
    poll = start_poll(ledger, worker, "sitemap", NOON)
    erase_post(ledger, make_post(1, **native).post_id, "asked for")
    message = f"2 failed: {article(1)}, {article(2)}; {article(1)} cannot be read"
    finish_poll(ledger, poll, PollResult("ok", NOON, message=message), None)
    told = [read_source(ledger, "sitemap").message, rows(ledger, schema.poll)[0]["message"]]
    assert told == [f"2 failed: [erased], {article(2)}; [erased] cannot be read"] * 2


def test_a_cursor_keeps_no_address_and_still_blocks(ledger: Ledger, worker: Worker) -> None:
    """What the feed spider remembers: key -> [fingerprint, alias, tries]; what the Mastodon spider watches: id -> [post]."""
    land(ledger, [make_landing(n, platform="web", native_id=article(n), url=article(n)) for n in (1, 2)])
    second = make_post(2, platform="web", native_id=article(2)).post_id
    erased = make_post(1, platform="web", native_id=article(1)).post_id
    cursor = {
        "entries": {"a1": ["f1", article(1), 0], "b2": ["f2", article(2), 0]},
        "watch": {"110": [erased, 1700000000, 1], "111": [second, 1700000000, 1]},
        "covered_to": "2026-11-10T12:00:00+00:00",
        "backfill": None,
    }
    assert claim(ledger, worker, "feed", NOON)
    result = PollResult(
        "ok", NOON, cursor=cursor, message=f"moved to {article(1)}", validators={article(1): Validators("e")}
    )
    finish_poll(ledger, start_poll(ledger, worker, "feed", NOON), result, None)
    change(ledger, schema.poll, schema.poll.c.id > 0, source="social")
    change(ledger, schema.source_state, schema.source_state.c.source == "feed", source="social")
    erase_post(ledger, erased, "asked for")
    state, mark = read_source(ledger, "social"), f"erased:{KEY.tombstone('post', erased)}"
    assert state.cursor == {
        "entries": {"a1": ["f1", mark, 0], "b2": ["f2", article(2), 0]},
        "watch": {"111": [second, 1700000000, 1]},
        "covered_to": "2026-11-10T12:00:00+00:00",
        "backfill": None,
    }
    assert state.message == "moved to [erased]"
    assert rows(ledger, schema.poll)[0]["message"] == state.message
    assert read_validators(ledger, "feed") == read_validators(ledger, "social") == {}
    # The spider now takes the mark for the entry's identity.
    again = make_landing(1, platform="web", native_id=mark, url="https://herald.example/?p=1")
    assert land(ledger, [again]) == LandReport(tombstoned=1)
    stranger = make_landing(3, platform="web", native_id=f"erased:{'f' * 64}")
    assert land(ledger, [stranger]) == LandReport(new=1), "a mark that erasure did not make is a name like others"


def test_a_poll_that_was_under_way_does_not_bring_it_back(ledger: Ledger, worker: Worker) -> None:
    land(ledger, [make_landing(1, platform="web", native_id=article(1))])
    erased = make_post(1, platform="web", native_id=article(1)).post_id
    assert claim(ledger, worker, "feed", NOON)
    poll = start_poll(ledger, worker, "feed", NOON)
    erase_post(ledger, erased, "asked for")
    cursor = {"entries": {"a1": ["f1", article(1), 0]}, "watch": {"9": [erased, 1, 1]}}
    finish_poll(ledger, poll, PollResult("ok", NOON, cursor=cursor), None)
    mark = f"erased:{KEY.tombstone('post', erased)}"
    assert read_source(ledger, "feed").cursor == {"entries": {"a1": ["f1", mark, 0]}, "watch": {}}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": {"b": ["https://x/1"]}}, {"a": {"b": ["erased:9"]}}),
        ({"leads": [{"post_id": "1" * 32, "x": 1}, {"post_id": "2" * 32}]}, {"leads": [{"post_id": "2" * 32}]}),
        ({"ids": ["1" * 32, "2" * 32]}, {"ids": ["2" * 32]}),
        ({"1" * 32: 5, "k": "1" * 32, "n": None, "f": 1.5}, {"n": None, "f": 1.5}),
        ({"watch": {"7": ["1" * 32, 3]}}, {"watch": {}}),
    ],
)
def test_what_is_taken_out_of_json(before: dict[str, object], after: dict[str, object]) -> None:
    assert without(before, {"1" * 32: "erased:9", "https://x/1": "erased:9"}) == after


def test_a_digest_that_waits_loses_the_post(ledger: Ledger) -> None:
    land_some(ledger, 2)
    message = {"digest": {"leads": [{"post_id": make_post(n).post_id, "score": 0.9} for n in (1, 2)]}}
    enqueue(ledger, OutboxWindow("s", "file", NOON, NOON + timedelta(hours=1)), ["folder"], message, NOON)
    erase_post(ledger, make_post(1).post_id, "asked for")
    waiting = [row["message"] for row in rows(ledger, schema.outbox) if row["state"] == "due"]
    assert waiting == [{"digest": {"leads": [{"post_id": make_post(2).post_id, "score": 0.9}]}}]


def test_items_that_could_not_be_landed_go_where_they_name_the_author(ledger: Ledger) -> None:
    land_some(ledger, 1)
    named = [
        f'{{"acct": "{ANN}"}}'.encode(),
        b'{"uri": "https:\\/\\/social.example\\/users\\/ann\\/statuses\\/77"}',
        b'<a href="https://social.example/@ann">',
        make_post(1).native_id.encode(),
    ]
    for body in (*named, b"of somebody else"):
        keep_rejected(ledger, "another", "bad_shape", body)
    erase_author(ledger, ANN, "asked for")
    assert [bytes(row["body"]) for row in rows(ledger, schema.rejected)] == [b"of somebody else"]


@pytest.mark.parametrize("by_pseudonym", [False, True])
def test_a_second_erasure_takes_what_could_not_be_landed_since(ledger: Ledger, by_pseudonym: bool) -> None:
    land(ledger, [make_landing(1), make_landing(2, author="bob@social.example")])
    name = str(row_of(ledger)["author"]) if by_pseudonym else ANN
    erase_author(ledger, name, "asked for")
    keep_rejected(ledger, "another", "bad_shape", f'{{"acct": "{ANN}"}}'.encode())
    assert erase_author(ledger, name, "asked for again").posts == 0
    assert rows(ledger, schema.rejected) == []


def test_by_a_pseudonym_all_items_that_could_not_be_landed_go(ledger: Ledger) -> None:
    land_some(ledger, 1)
    keep_rejected(ledger, "another", "bad_shape", f'{{"acct": "{ANN}"}}'.encode())
    erase_author(ledger, str(row_of(ledger)["author"]), "asked for")
    assert rows(ledger, schema.rejected) == []


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
