"""The first reading of a keyed source: as far back as its platform and its budgets let it, over several polls if need be.

Against the hand-made servers of peers.py over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from crawlers.outcome import Outcome
from crawlers.rhythm import Ended, find_rhythm
from crawlers.task import TaskResult
from ledger import Ledger, SourceState, read_source
from tests.crawlers.conftest import make_source, posts
from tests.crawlers.keyed.conftest import HOUR, MINUTE, PollAt, fill
from tests.crawlers.keyed.peers import Call, Item, Peer, Reply, serve
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.keyed.x import X
from tests.crawlers.keyed.youtube import YouTube

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(request: pytest.FixtureRequest, noon: datetime) -> None:
    for name in ("peer", "youtube", "x"):
        if name in request.fixturenames:
            request.getfixturevalue(name).clock = lambda: noon


def spread(peer: Peer, number: int, step: timedelta) -> None:
    """So many posts, each so much older than the one after it."""
    for n in range(1, number + 1):
        peer.add(n, f"Post {n}", (number - n) * step + 5 * MINUTE)


def test_the_first_reading_goes_back_as_far_as_the_platform(
    peer: Peer, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    """Ten days of posts: all of them, at X the seven days that its search has."""
    spread(peer, 120, 2 * HOUR)
    first = poll_at(peer, noon)
    assert first.outcome == "ok", first
    week = sum(item.at > noon - timedelta(days=7) for item in peer.items.values())
    assert len(posts(ledger)) == (week if peer.kind == "x" else 120)
    assert "backlog" not in read_source(ledger, "test").cursor
    assert poll_at(peer, noon + MINUTE).counts.get("new", 0) == 0


def test_an_entry_says_how_far_back(peer: Peer, poll_at: PollAt, ledger: Ledger, noon: datetime) -> None:
    spread(peer, 400, 2 * HOUR)
    peer.page_size = 10
    since = (noon - 3 * DAY).date()
    assert poll_at(peer, noon, since=since).outcome == "ok"
    found = [post["published_at"].date() for post in posts(ledger).values()]
    assert since in found
    assert len(found) < 200, "no page was asked for below that day"


def test_what_the_first_poll_has_no_pages_for_is_read_by_the_next_ones(
    peer: Peer, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    # A page of VK and X has always 100.
    number, pages = {"vk": (450, 3), "x": (450, 1)}.get(peer.kind, (100, 6))
    peer.page_size = 10
    spread(peer, number, HOUR)
    fields = {"limits": {"pages": pages, "money": 5.0, "money_month": 50.0}}
    first = poll_at(peer, noon, **fields)
    assert (first.outcome, first.counts["limit_pages"]) == ("ok", 1)
    assert 0 < len(posts(ledger)) < number
    begins = [first.window_from]
    if peer.kind == "x":
        assert "backlog" not in read_source(ledger, "test").cursor, "it would eat up the money of the days to come"
        return
    for turn in range(1, 6):
        peer.add(1000 + turn, "New meanwhile", timedelta(0))
        summary = poll_at(peer, noon + turn * HOUR, **fields)
        assert summary.outcome == "ok"
        # A list that moves down meanwhile shows some posts twice: they are new once.
        assert summary.counts["new"] - summary.counts.get("backlog", 0) == 1
        begins.append(summary.window_from)
        if "backlog" not in read_source(ledger, "test").cursor:
            break
    assert set(posts(ledger)) == {peer.native_id(n) for n in peer.items}
    if peer.kind == "reddit":
        return  # a window is that of both lists, which are read on at different speeds
    known = [begin for begin in begins if begin is not None]
    assert len(known) == len(begins)
    assert known == sorted(known, reverse=True), "the window goes back with the reading"
    assert known[-1] <= noon - (number - 4) * HOUR


def test_what_is_older_than_the_first_poll_is_no_part_of_the_usual_rate() -> None:
    source = make_source("https://a.example", id="test")
    state = SourceState("test", last_success=NOW - DAY, last_new=NOW - DAY)
    result = TaskResult(outcome=Outcome.OK, finished=NOW, counts={"new": 5003, "backlog": 5000})
    ended = Ended(source, state, NOW - DAY, "a.example", NOW, False, result)
    rate = find_rhythm(ended, NOW, recheck=None, is_followed=False).rate
    assert (rate.per_hour, rate.hours) == (3 / 24, 24)


def test_a_poll_that_brings_older_posts_alone_has_brought_nothing_new(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    youtube.page_size = 10
    spread(youtube, 100, HOUR)
    poll_at(youtube, noon, limits={"pages": 6})
    before = read_source(ledger, "test").last_new
    summary = poll_at(youtube, noon + HOUR, limits={"pages": 6})
    assert summary.counts["new"] == summary.counts["backlog"] > 0
    assert read_source(ledger, "test").last_new == before


def test_each_list_has_its_share_of_the_pages(poll_at: PollAt, ledger: Ledger, noon: datetime) -> None:
    with serve(Reddit()) as reddit:
        reddit.clock = lambda: noon
        reddit.page_size = 10
        spread(reddit, 100, HOUR)
        assert poll_at(reddit, noon, limits={"pages": 4}).outcome == "ok"
        kinds = [native_id[:3] for native_id in posts(ledger)]
        assert (kinds.count("t1_"), kinds.count("t3_")) == (20, 20)


def test_a_list_that_the_server_cuts_is_read_whole_all_the_same(
    poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    with serve(Reddit()) as reddit:
        reddit.clock = lambda: noon
        spread(reddit, 1900, MINUTE)
        poll_at(reddit, noon)
        assert len(posts(ledger)) == 1900
        assert read_source(ledger, "test").cursor["covered_to"] == noon.isoformat()


def test_the_quota_of_a_day_is_followed_by_that_of_the_next(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    youtube.page_size = 10
    spread(youtube, 60, HOUR)
    owing = youtube.items[58]
    owing.replies = [Item(n, f"Reply {n}", noon - HOUR) for n in range(1, 9)]
    limits = {"quota": 3}
    first = poll_at(youtube, noon, limits=limits)
    assert (first.outcome, first.counts["limit_quota"]) == ("ok", 1)
    assert len(posts(ledger)) == 32, "30 comments and the two replies shown with one"
    cursor = read_source(ledger, "test").cursor
    assert cursor["open"] == {youtube.native_id(58): [8, "Vid_0000001"]}
    days = 0
    while "backlog" in read_source(ledger, "test").cursor:
        days += 1
        assert days < 9, "replies and old threads leave a unit a day for it"
        assert poll_at(youtube, noon + days * DAY, limits=limits).outcome == "ok"
    found = posts(ledger)
    assert len(found) == 68
    assert {post["url"].partition("&")[0] for post in found.values()} == {"https://www.youtube.com/watch?v=Vid_0000001"}
    assert not {"open", "backlog"} & set(read_source(ledger, "test").cursor)


@pytest.mark.parametrize("reason", ["invalidPageToken", "backendError"])
def test_a_place_that_is_lost_is_given_up_and_one_that_fails_is_tried_again(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime, reason: str
) -> None:
    youtube.page_size = 10
    spread(youtube, 60, HOUR)
    limits = {"pages": 3}
    poll_at(youtube, noon, limits=limits)
    youtube.before = refusing_old_pages(reason)
    lasted = 0
    for turn in range(1, 6):
        summary = poll_at(youtube, noon + turn * MINUTE, limits=limits)
        assert summary.outcome == "ok"
        if "backlog" not in read_source(ledger, "test").cursor:
            break
        lasted += 1
        assert summary.counts["backlog_failed"] == 1
    assert lasted == (0 if reason == "invalidPageToken" else 2)
    assert summary.counts["backlog_given_up"] == 1
    assert "older page" in summary.message


def refusing_old_pages(reason: str) -> Callable[[Call], Reply | None]:
    def before(call: Call) -> Reply | None:
        if int(call.params.get("pageToken", "0")) < 30:
            return None
        return (400 if reason == "invalidPageToken" else 500), {}, YouTube.error(400, reason)

    return before


def test_the_newest_threads_are_the_ones_that_are_watched(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread(youtube, 1100, MINUTE)
    poll_at(youtube, noon)
    watched = set(read_source(ledger, "test").cursor["threads"])
    assert watched == {youtube.native_id(n) for n in range(101, 1101)}
    for n in range(1101, 1151):
        youtube.add(n, f"Post {n}", timedelta(0))
    poll_at(youtube, noon + HOUR)
    watched = set(read_source(ledger, "test").cursor["threads"])
    assert watched == {youtube.native_id(n) for n in range(151, 1151)}, "the new ones take the places of the oldest"


@pytest.mark.parametrize(
    ("status", "reason", "remark"),
    [
        (404, "parentCommentNotFound", "thread_gone"),
        (403, "commentsDisabled", "replies_failed"),
        (404, "videoNotFound", "replies_failed"),
    ],
)
def test_replies_that_cannot_be_had_end_no_run(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime, status: int, reason: str, remark: str
) -> None:
    spread(youtube, 3, HOUR)
    youtube.items[2].replies = [Item(n, f"Reply {n}", noon - HOUR) for n in range(1, 9)]
    youtube.before = lambda call: (status, {}, YouTube.error(status, reason)) if "parentId" in call.params else None
    summary = poll_at(youtube, noon)
    assert (summary.outcome, summary.counts[remark]) == ("ok", 1)
    assert "open" not in read_source(ledger, "test").cursor


def test_a_long_history_leaves_half_of_the_day_for_what_is_new(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    youtube.page_size = 1
    spread(youtube, 300, HOUR)
    limits = {"quota": 120, "pages": 50}
    for turn in range(4):
        last = poll_at(youtube, noon + turn * MINUTE, limits=limits)
        assert (last.outcome, last.counts.get("limit_quota")) == ("ok", None)
    assert last.counts["quota_units"] < 10, "the newest pages alone"
    assert read_source(ledger, "test").cursor["backlog"]
    assert read_source(ledger, "test").not_before is None


def test_the_first_run_at_x_spends_its_money_once(x: X, poll_at: PollAt, ledger: Ledger, noon: datetime) -> None:
    spread(x, 100, HOUR)
    limits = {"money": 0.10, "money_month": 5.0}
    first = poll_at(x, noon, limits=limits)
    assert (first.outcome, first.counts["limit_money"], len(x.billed)) == ("ok", 1, 20)
    for day in (1, 2, 3):
        x.clock = lambda day=day: noon + day * DAY  # type: ignore[misc]
        fill(x, 1, first=500 + day)
        poll_at(x, noon + day * DAY, limits=limits)
    assert len(x.billed) == 23, "what was read on another day is not bought again, nor what lies below"
