"""What a poll finds missing between what was read before and what it could read; platform by platform, see stand_in.py."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crawlers.errors import BudgetSpent, Unreachable
from tests.crawlers.appview import SEARCH, AppView, view
from tests.crawlers.conftest import make_source
from tests.crawlers.discourse_server import Forum
from tests.crawlers.site import item, rss
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

FEED = "https://news.example/feed"
HOUR = timedelta(hours=1)
LATER = NOW + 26 * HOUR
WORDPRESS = "<generator>https://wordpress.org/</generator>"


def entry(number: int, at: datetime) -> str:
    return item(number, date=f"{at:%d %b %Y %H:%M:%S} GMT")


def page(*numbers: int, now: datetime = NOW, head: str = "") -> Answer:
    """Entries, one an hour; number 0 came at NOW."""
    return Answer(rss(*(entry(number, NOW + number * HOUR) for number in numbers), head=head))


def first_poll(**fields: object) -> Run:
    run = read(make_source(FEED, **fields), {FEED: page(-1, -2, -3, -4)})
    assert (run.outcome, run.window, run.missed) == ("ok", (NOW - 3 * HOUR, NOW), []), (
        "before the first poll nothing is due"
    )
    return run


def test_what_a_feed_no_longer_shows_is_missing_with_its_bounds() -> None:
    """Four entries are shown; 25 came in the day that nothing was read."""
    run = first_poll(page_back=False)
    answers = {FEED: page(25, 24, 23, 22)}
    again = read(make_source(FEED, page_back=False), answers, before=run, started=LATER)
    assert again.window == (NOW + 23 * HOUR, LATER)
    assert again.missed == [(NOW, NOW + 23 * HOUR, "beyond_reach")]


def test_where_the_pages_meet_nothing_is_missing() -> None:
    run = first_poll()
    answers = {FEED: page(4, 3, 2, 1, head=WORDPRESS), f"{FEED}?paged=2": page(-1, -2, -3, -4)}
    again = read(make_source(FEED), answers, before=run, started=NOW + 5 * HOUR)
    assert (again.window, again.missed) == ((NOW, NOW + 5 * HOUR), [])


@pytest.mark.parametrize(
    ("fault", "limits", "why"),
    [
        (page(21, 20, 19, 18, head=WORDPRESS), {"pages": 1}, "limit"),
        (BudgetSpent("requests", 2), {}, "limit"),
        (Unreachable("away"), {}, "page_failed"),
    ],
)
def test_why_the_way_back_ended_is_said(fault: Say, limits: dict[str, int], why: str) -> None:
    run = first_poll()
    answers: dict[str, Say] = {FEED: page(25, 24, 23, 22, head=WORDPRESS), f"{FEED}?paged=2": fault}
    again = read(make_source(FEED, limits=limits), answers, before=run, started=LATER)
    assert again.missed == [(NOW, NOW + 23 * HOUR, why)]


def test_a_page_that_a_limit_left_is_read_by_the_next_poll_whose_window_covers_it() -> None:
    run = first_poll()
    newest, older = page(4, 3, 2, head=WORDPRESS), page(1, 0, -1, -2, -3, -4)
    stopped: dict[str, Say] = {FEED: newest, f"{FEED}?paged=2": BudgetSpent("seconds", 600)}
    capped = read(make_source(FEED), stopped, before=run, started=NOW + 5 * HOUR)
    assert (capped.outcome, capped.missed) == ("ok", [(NOW, NOW + 3 * HOUR, "limit")])
    answers = {FEED: newest, f"{FEED}?paged=2": older}
    whole = read(make_source(FEED), answers, before=capped, started=NOW + 6 * HOUR)
    begin, end = whole.window
    assert (end, whole.missed) == (NOW + 6 * HOUR, [])
    assert begin is not None
    assert begin <= NOW, "which closes the gap in the ledger"


def test_a_source_that_failed_from_its_first_poll_on_is_missed_from_then_on() -> None:
    source = make_source(FEED, page_back=False)
    failed = read(source, {FEED: Unreachable("away")})
    found = read(source, {FEED: page(25, 24, 23, 22)}, before=failed, started=LATER)
    assert found.missed == [(NOW, NOW + 23 * HOUR, "beyond_reach")]


def test_a_cursor_that_was_lost_says_so() -> None:
    run = first_poll(page_back=False)
    run.spider.cursor["covered_to"] = "noon"
    again = read(make_source(FEED, page_back=False), {FEED: page(25, 24, 23)}, before=run, started=LATER)
    assert (again.tally.counts["cursor_reset"], again.missed) == (1, [(NOW, NOW + 24 * HOUR, "cursor_lost")])


def test_a_forum_that_a_limit_cuts_off_is_missed_until_its_gap_is_read() -> None:
    forum, base = Forum(), "https://forum.example"
    capped, wide = (
        make_source(base, kind="discourse", author_kind="person", limits={"pages": pages}) for pages in (1, 9)
    )
    forum.write(1, 5 * timedelta(minutes=1), NOW)
    run = read(capped, forum.answers(base))
    later = NOW + 3 * HOUR
    for number in range(2, 102):
        forum.write(number, timedelta(minutes=101 - number), later)
    run = read(capped, forum.answers(base), before=run, started=later)
    assert run.missed == [(NOW, later - timedelta(minutes=48), "limit")]
    run = read(wide, forum.answers(base), before=run, started=later + HOUR)
    assert run.missed == []
    assert run.window[0] is not None
    assert run.window[0] <= later - timedelta(minutes=98)


@pytest.mark.parametrize(("status", "why"), [(200, "limit"), (403, "list_cut")])
def test_a_search_that_is_shown_only_in_part_is_missed_below_it(status: int, why: str) -> None:
    """By a limit of ours, or by a server that shows the first page to readers without an account."""
    base, minute = "https://api.example", timedelta(minutes=1)
    now = datetime.now(NOW.tzinfo).replace(microsecond=0)
    before = now - 24 * HOUR
    network = AppView(*(view(number, before - minute * number) for number in range(5)))
    source = make_source(
        base,
        kind="bluesky",
        author_kind="person",
        query="Post",
        overlap="30m",
        limits={"pages": 1 if status == 200 else 9},
    )
    run = read(source, network.answers(base), started=before)
    network.add(*(view(1000 + number, now - minute * number) for number in range(300)))
    if status != 200:
        network.fail(SEARCH, status, when="cursor")
    again = read(source, network.answers(base), before=run, started=now)
    assert again.missed == [(before, now - minute * 98, why)]
