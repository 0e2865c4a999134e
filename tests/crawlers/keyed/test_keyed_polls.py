"""YouTube, VK, X and Reddit through real crawling processes, against the hand-made servers of peers.py over HTTP.

The same promises for all four: nothing twice, nothing lost, edits, deletions, late posts, a kill in the middle. Nothing here
was tested against the platforms themselves: `daymark sources check` does that, with the operator's key.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Project, Settings
from crawlers import CrawlProcesses, collect
from ledger import Ledger, Worker, read_source, schema
from records import make_post_id
from tests.crawlers.conftest import make_rechecks_due, posts, rows
from tests.crawlers.keyed.conftest import MINUTE, Poll, fill, source_of
from tests.crawlers.keyed.peers import KEYS, Call, Item, Peer, Reply
from tests.crawlers.keyed.youtube import YouTube

# Nothing twice, nothing lost


def test_every_page_lands_once_and_a_second_poll_brings_nothing(peer: Peer, poll: Poll, ledger: Ledger) -> None:
    fill(peer, 130)
    peer.page_size = 50
    first = poll(peer)
    assert (first.outcome, first.counts["new"]) == ("ok", 130), first
    assert set(posts(ledger)) == {peer.native_id(number) for number in range(1, 131)}
    assert first.window_from is not None
    assert first.window_from <= peer.items[4].at
    second = poll(peer)
    assert (second.outcome, second.counts.get("new", 0), second.counts.get("revised", 0)) == ("ok", 0, 0)
    assert len(rows(ledger, "raw")) == 130
    assert second.window_from is not None
    assert first.window_to is not None
    assert second.window_from <= first.window_to, "the windows of two polls join"


def test_what_is_new_and_what_arrives_late_lands(peer: Peer, poll: Poll, ledger: Ledger) -> None:
    fill(peer, 20)
    poll(peer)
    peer.add(100, "New since the first poll", timedelta(seconds=0))
    peer.add(101, "Older than the first poll, but shown only now", MINUTE)
    if peer.kind != "x":  # where reading again is free only for posts of this day
        peer.add(102, "Older by hours", timedelta(hours=3))
    second = poll(peer)
    assert second.counts["new"] == len(peer.items) - 20
    assert set(posts(ledger)) == {peer.native_id(number) for number in peer.items}


def test_an_edit_is_a_revision_of_the_same_post(peer: Peer, poll: Poll, ledger: Ledger) -> None:
    fill(peer, 5)
    poll(peer)
    peer.edit(5, "Other words")
    second = poll(peer)
    assert (second.counts.get("revised"), second.counts.get("new", 0)) == (1, 0)
    post = posts(ledger)[peer.native_id(5)]
    assert post["text"] == "Other words"
    assert post["edited_at"] is not None
    make_rechecks_due(ledger)
    peer.edit(4, "Seen at the recheck")
    assert poll(peer).outcome == "ok"
    assert posts(ledger)[peer.native_id(4)]["text"] == "Seen at the recheck"
    assert len(posts(ledger)) == 5


def test_only_what_is_gone_is_removed(peer: Peer, poll: Poll, ledger: Ledger) -> None:
    fill(peer, 120)
    poll(peer)
    make_rechecks_due(ledger)
    peer.delete(7)
    second = poll(peer)
    assert second.outcome == "ok"
    while any(row["due"] < datetime.now(UTC) for row in rows(ledger, "recheck")):
        assert poll(peer).outcome == "ok"
    gone = {native_id for native_id, post in posts(ledger).items() if post["removed_at"] is not None}
    assert gone == {peer.native_id(7)}


def test_an_answer_without_anybody_removes_nobody(peer: Peer, poll: Poll, ledger: Ledger) -> None:
    fill(peer, 5)
    poll(peer)
    make_rechecks_due(ledger)
    lookups = ("/comments", "/wall.getById", "/2/tweets", "/api/info")
    nothing: dict[str, Any] = {"items": [], "response": {"items": []}, "data": {"children": [], "after": None}}
    nothing |= {"data": []} if peer.kind == "x" else {}
    peer.before = lambda call: (200, {}, nothing) if call.path in lookups else None
    second = poll(peer)
    assert second.outcome == "ok"
    assert not [post for post in posts(ledger).values() if post["removed_at"] is not None]


def test_a_kill_in_the_middle_loses_nothing(
    peer: Peer, ledger: Ledger, worker: Worker, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(peer, 130)
    peer.page_size = 50
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    second_page, killed = threading.Event(), threading.Event()

    def hang(call: Call) -> Reply | None:
        names = ("pageToken", "next_token", "after")
        if any(name in call.params for name in names) or call.params.get("offset", "0") != "0":
            second_page.set()
            killed.wait(20)
        return None

    peer.before = hang
    source = source_of(peer)
    with CrawlProcesses() as processes:

        def stop() -> None:
            second_page.wait(60)
            processes.kill()
            killed.set()

        thread = threading.Thread(target=stop)
        thread.start()
        assert collect(ledger, worker, [source], project, settings, processes=processes) == []
        thread.join()
        assert second_page.is_set()
        assert 0 < len(posts(ledger)) < 130
        assert read_source(ledger, "test").cursor == {}
        peer.before = lambda _: None
        again = collect(ledger, worker, [source], project, settings, only="test", processes=processes)[0]
    assert again.outcome == "ok"
    assert set(posts(ledger)) == {peer.native_id(number) for number in range(1, 131)}
    assert len(rows(ledger, "raw")) == 130


def test_the_same_page_for_every_token_ends(peer: Peer, poll: Poll) -> None:
    fill(peer, 100)
    real = peer.answer

    def repeat(call: Call) -> Reply | None:
        names = ("pageToken", "next_token", "start_from", "offset", "after")
        status, headers, found = real(Call(call.method, call.path, {k: v for k, v in call.params.items() if k not in names}
                                           | ({"offset": "0"} if "offset" in call.params else {}), call.headers))  # fmt: skip
        if isinstance(found, dict):
            found |= {"nextPageToken": "again"} if "items" in found else {}
            if "meta" in found:
                found["meta"]["next_token"] = "again"
            if isinstance(found.get("data"), dict):
                found["data"]["after"] = "t3_again"
        return status, headers, found

    peer.before = repeat
    summary = poll(peer)
    assert (summary.outcome, summary.counts["new"]) == ("ok", 100)
    assert len(peer.calls) <= 6


def test_a_post_has_the_fields_of_its_platform(peer: Peer, poll: Poll, ledger: Ledger) -> None:
    fill(peer, 2)
    poll(peer)
    post = posts(ledger)[peer.native_id(2)]
    assert post["platform"] == peer.kind
    assert post["post_id"] == make_post_id(peer.kind, peer.native_id(2))
    assert post["published_at"] == peer.items[2].at
    assert len(post["author"]) == 16, "a pseudonym"
    assert post["engagement"]
    assert (post["url"] or "").startswith("https://")
    if peer.kind == "vk":
        assert post["media_text"] == "A boat"
    if peer.kind != "reddit":
        assert list(post["hashtags"]) == ["crossing"]


# YouTube's replies


def test_replies_land_also_those_of_old_threads(youtube: YouTube, poll: Poll, ledger: Ledger) -> None:
    fill(youtube, 3)
    replies = [Item(n, f"Reply {n}", datetime.now(UTC).replace(microsecond=0)) for n in range(1, 8)]
    youtube.items[1].replies = replies[:5]
    first = poll(youtube)
    assert first.counts["new"] == 8
    fill(youtube, 2, first=10)
    youtube.items[1].at -= timedelta(days=1)  # no page shows it any more
    youtube.items[1].replies = replies
    state = read_source(ledger, "test").cursor
    assert state["threads"][youtube.native_id(1)][0] == 5
    with ledger.write() as conn:
        long_ago = {key: [row[0], row[1] - 90_000, row[2] - 90_000] for key, row in state["threads"].items()}
        conn.execute(schema.source_state.update().values(cursor={**state, "threads": long_ago}))
    shown = youtube.newest_first
    youtube.newest_first = lambda: [item for item in shown() if item.number != 1]  # type: ignore[method-assign]
    real = youtube.answer

    def threads_by_id(call: Call) -> Reply | None:
        if call.path == "/commentThreads" and youtube.native_id(1) in call.params.get("id", ""):
            return 200, {}, {"items": [youtube.thread(youtube.items[1])]}
        return real(call)

    youtube.before = threads_by_id
    second = poll(youtube)
    assert second.counts["new"] == 4, second
    found = posts(ledger)
    assert f"{youtube.native_id(1)}.r7" in found
    assert {str(post["url"]).partition("&")[0] for post in found.values()} == {
        "https://www.youtube.com/watch?v=Vid_0000001"
    }


@pytest.mark.parametrize(
    ("status", "reason", "outcome"),
    [
        (403, "quotaExceeded", "rate_limited"),
        (403, "commentsDisabled", "blocked"),
        (404, "videoNotFound", "gone"),
        (400, "keyInvalid", "blocked"),
        (400, "processingFailure", "failed"),
        (500, "backendError", "failed"),
    ],
)
def test_refusals_have_names(
    youtube: YouTube, poll: Poll, ledger: Ledger, status: int, reason: str, outcome: str
) -> None:
    youtube.before = lambda _: (status, {}, YouTube.error(status, reason))
    assert poll(youtube).outcome == outcome
    if reason == "quotaExceeded":
        until = read_source(ledger, "test").not_before
        assert until is not None
        assert until.minute == 0
        assert timedelta(0) < until - datetime.now(UTC) <= timedelta(hours=25)
    assert len(youtube.calls) == 1, "a call that costs is not repeated"
