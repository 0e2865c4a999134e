"""Erasure reaches what is kept beside the posts: messages, cursors, waiting digests, items that could not be landed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ledger import (
    Erasure,
    LandReport,
    Ledger,
    OutboxWindow,
    PollResult,
    Validators,
    Worker,
    enqueue,
    erase_author,
    erase_post,
    finish_poll,
    keep_rejected,
    land,
    read_audit,
    read_source,
    read_validators,
    schema,
    start_poll,
)
from ledger.traces import without
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    ANN,
    NOON,
    change,
    claim,
    land_some,
    make_landing,
    make_post,
    row_of,
    rows,
)


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
    assert erase_author(ledger, name, f"{name} asked again") == Erasure(0, 0, items=1)
    assert rows(ledger, schema.rejected) == []
    first, second = read_audit(ledger)
    assert (first.subject, first.reason) == (second.subject, "asked for (1 posts)")
    who = name if by_pseudonym else "[erased]"
    assert second.reason == f"{who} asked again (0 posts, 1 items that could not be landed)"


def test_by_a_pseudonym_all_items_that_could_not_be_landed_go(ledger: Ledger) -> None:
    land_some(ledger, 1)
    keep_rejected(ledger, "another", "bad_shape", f'{{"acct": "{ANN}"}}'.encode())
    erase_author(ledger, str(row_of(ledger)["author"]), "asked for")
    assert rows(ledger, schema.rejected) == []
