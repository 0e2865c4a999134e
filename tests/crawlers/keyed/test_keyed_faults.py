"""Pages of a keyed source that fail after the first: what was read counts, what was paid for is not bought again.

Against the hand-made servers of peers.py over HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from crawlers.spiders.youtube import FAULTS
from ledger import Ledger, read_source
from tests.crawlers.conftest import posts
from tests.crawlers.keyed.conftest import HOUR, MINUTE, MONEY, PollAt
from tests.crawlers.keyed.peers import Call, Item, Peer, Reply, serve
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.keyed.vk import Vk
from tests.crawlers.keyed.x import X
from tests.crawlers.keyed.youtube import YouTube

DAY = timedelta(days=1)


@pytest.fixture(params=[YouTube, Vk, Reddit], ids=lambda kind: kind.kind)
def free(request: pytest.FixtureRequest, noon: datetime) -> Iterator[Peer]:
    """A platform whose calls cost no money, with 250 posts (500 things at Reddit, of two lists)."""
    with serve(request.param()) as running:
        running.clock = lambda: noon
        spread(running, 250, HOUR)
        yield running


def spread(peer: Peer, number: int, step: timedelta) -> None:
    """So many posts, each so much older than the one after it."""
    for n in range(1, number + 1):
        peer.add(n, f"Post {n}", (number - n) * step + 5 * MINUTE)


def is_older_page(call: Call) -> bool:
    names = ("pageToken", "next_token", "start_from", "after")
    return any(name in call.params for name in names) or call.params.get("offset", "0") != "0"


def on_older_pages(reply: Reply) -> Callable[[Call], Reply | None]:
    return lambda call: reply if is_older_page(call) else None


def test_an_older_page_that_fails_leaves_the_newest_read_and_is_asked_for_again(
    free: Peer, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    free.before = on_older_pages((500, {}, {}))
    first = poll_at(free, noon)
    lists = 2 if free.kind == "reddit" else 1
    assert (first.outcome, first.counts["backlog_failed"]) == ("ok", lists), first
    assert "older page" in first.message
    assert read_source(ledger, "test").cursor["covered_to"] == noon.isoformat()
    free.before = lambda _: None
    for turn in range(1, 6):
        later = poll_at(free, noon + turn * HOUR)
        assert (later.outcome, later.counts.get("backlog_failed")) == ("ok", None)
        if "backlog" not in read_source(ledger, "test").cursor:
            break
    assert set(posts(ledger)) == {free.native_id(number) for number in free.items}
    assert "backlog" not in read_source(ledger, "test").cursor


def test_an_older_page_that_always_fails_is_given_up_and_the_newest_are_read_on(
    free: Peer, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    free.before = on_older_pages((500, {}, {}))
    for turn in range(4):
        free.add(1000 + turn, "New meanwhile", timedelta(0))
        last = poll_at(free, noon + turn * HOUR)
        assert last.outcome == "ok"
        assert free.native_id(1000 + turn) in posts(ledger)
    assert "backlog_failed" not in last.counts
    assert last.counts["overlap_failed"] > 0, "what lies below the last poll's end is looked at for edits alone"
    assert last.window_to == noon + turn * HOUR
    assert "backlog" not in read_source(ledger, "test").cursor


def test_a_wait_that_is_asked_for_on_an_older_page_is_kept_and_the_newest_count_as_read(
    poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    with serve(YouTube()) as youtube:
        youtube.clock = lambda: noon
        spread(youtube, 250, HOUR)
        youtube.before = on_older_pages((403, {}, YouTube.error(403, "quotaExceeded")))
        first = poll_at(youtube, noon)
        assert (first.outcome, first.counts["limit_wait"], len(posts(ledger))) == ("ok", 1, 100)
        state = read_source(ledger, "test")
        assert state.cursor["covered_to"] == noon.isoformat()
        assert state.not_before is not None
        assert state.not_before > noon
        youtube.before = lambda _: None
        for hours in (24, 25):
            assert poll_at(youtube, noon + hours * HOUR).outcome == "ok"
        assert len(posts(ledger)) == 250


def test_a_platform_that_asks_for_a_wait_on_the_first_page_has_been_read_nowhere(
    free: Peer, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    refusals: dict[str, Reply] = {
        "youtube": (403, {}, YouTube.error(403, "rateLimitExceeded")),
        "vk": (200, {}, {"error": {"error_code": 9}}),
        "reddit": (429, {"Retry-After": "3600"}, {}),
    }
    free.before = lambda _: refusals[free.kind]
    assert poll_at(free, noon).outcome == "rate_limited"
    assert "covered_to" not in read_source(ledger, "test").cursor


def test_what_a_failed_search_has_bought_is_not_bought_again_on_another_day(
    x: X, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    x.clock = lambda: noon
    spread(x, 150, HOUR)
    x.before = on_older_pages((500, {}, {}))
    for day in range(3):
        x.clock = lambda day=day: noon + day * DAY  # type: ignore[misc]
        x.add(500 + day, "New since", 5 * MINUTE)
        summary = poll_at(x, noon + day * DAY, limits={**MONEY, "rechecks": 0})
        assert summary.counts["usd_mills"] == (500 if day == 0 else 5), (
            "the hundred of the first page, then what is new"
        )
    assert len(posts(ledger)) == 102


def test_a_search_that_failed_is_walked_to_its_end_on_the_same_day(
    x: X, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    x.clock = lambda: noon
    spread(x, 150, HOUR)
    x.before = on_older_pages((500, {}, {}))
    assert poll_at(x, noon).outcome == "failed"
    x.before = lambda _: None
    again = poll_at(x, noon + HOUR)
    assert (again.outcome, again.counts["usd_mills"]) == ("ok", 250), "the first page costs nothing on the same day"
    assert len(posts(ledger)) == 150
    assert "bought_to" not in read_source(ledger, "test").cursor


def test_a_search_that_a_cap_cuts_short_every_time_buys_no_post_twice(
    x: X, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    x.clock = lambda: noon
    spread(x, 1, HOUR)
    limits = {"limits": {"money": 0.10, "money_month": 5.0, "rechecks": 0}}
    poll_at(x, noon, **limits)
    x.clock = lambda: noon + HOUR
    for number in range(2, 82):
        x.add(number, f"Post {number}", (82 - number) * timedelta(seconds=30))
    for wait in (HOUR, 2 * HOUR):
        assert poll_at(x, noon + wait, **limits).counts["usd_mills"] == 100
    assert len(posts(ledger)) == 41, "on the same day each goes on below the one before"
    for day in range(1, 4):
        summary = poll_at(x, noon + day * DAY, **limits)
        assert (summary.outcome, summary.counts.get("usd_mills", 0)) == ("ok", 0)
    assert len(posts(ledger)) == 41


def owing(youtube: YouTube, noon: datetime, threads: int) -> None:
    """So many threads, each with eight replies of which two are shown with it."""
    youtube.clock = lambda: noon
    spread(youtube, threads, HOUR)
    for thread in youtube.items.values():
        thread.replies = [Item(n, f"Reply {n}", noon - HOUR) for n in range(1, 9)]


@pytest.mark.parametrize(("status", "reason"), [(500, "backendError"), (400, "operationNotSupported")])
def test_replies_that_fail_in_one_poll_are_asked_for_by_the_next(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime, status: int, reason: str
) -> None:
    owing(youtube, noon, 1)
    youtube.add(2, "Without replies", HOUR)
    youtube.before = lambda call: (status, {}, YouTube.error(status, reason)) if "parentId" in call.params else None
    first = poll_at(youtube, noon)
    assert (first.outcome, first.counts["replies_failed"], len(posts(ledger))) == ("ok", 1, 4)
    youtube.before = lambda _: None
    youtube.items[1].gone = True  # it is shown no more, so that only what is written down asks for them
    assert poll_at(youtube, noon + MINUTE).outcome == "ok"
    assert len(posts(ledger)) == 10
    assert "open" not in read_source(ledger, "test").cursor


def test_replies_that_fail_in_three_polls_are_given_up_and_stand_in_no_others_way(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    owing(youtube, noon, 5)
    refused = youtube.native_id(3)

    def before(call: Call) -> Reply | None:
        return (400, {}, YouTube.error(400, "invalid")) if call.params.get("parentId") == refused else None

    youtube.before = before
    counts = [poll_at(youtube, noon + turn * MINUTE).counts for turn in range(3)]
    assert [found.get("replies_failed") for found in counts] == [1, 1, 1]
    assert counts[-1]["replies_given_up"] == 1
    assert len(posts(ledger)) == 5 * 9 - 6


def test_an_api_in_trouble_is_not_asked_for_the_replies_of_every_thread(
    youtube: YouTube, poll_at: PollAt, ledger: Ledger, noon: datetime
) -> None:
    owing(youtube, noon, 20)
    youtube.before = lambda call: (500, {}, {}) if "parentId" in call.params else None
    first = poll_at(youtube, noon)
    assert (first.outcome, first.counts["replies_failed"]) == ("ok", FAULTS)
    assert len(read_source(ledger, "test").cursor["open"]) == 20
