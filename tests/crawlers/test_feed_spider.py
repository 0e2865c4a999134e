"""What becomes of a feed's pages, entries and moves, poll by poll; the answers are given, see stand_in.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config import Source
from crawlers.errors import BudgetSpent, RateLimited, Refused, TooLarge, Unreachable
from crawlers.job import _result
from crawlers.landing import MemoryStore
from crawlers.outcome import Outcome
from ledger import LedgerUnavailable
from records import Landing
from tests.crawlers.conftest import make_source
from tests.crawlers.site import article, item, rss
from tests.crawlers.stand_in import NOW, WALL, Answer, Run, Say, read

SITE = "https://news.example"
FEED = f"{SITE}/feed"
WORDPRESS = "<generator>https://wordpress.org/?v=6.1</generator>"
WEB_PAGE = Answer("<!doctype html><html><body>Home</body></html>")
HTML = {"Content-Type": "text/html"}


def feed(*items: str, head: str = "", etag: str = "") -> Answer:
    return Answer(rss(*items, head=head), headers={"ETag": etag} if etag else {})


def page(status: int = 200, **words: str) -> Answer:
    return Answer(article(**words), status, HTML)


def summary(number: int, **fields: str) -> str:
    return item(number, text=None, base=SITE, **fields)


def on(day: int, month: str = "Nov", year: int = 2026) -> str:
    return f"{day:02d} {month} {year} 12:00:00 GMT"


@pytest.fixture
def source() -> Source:
    return make_source(FEED)


# Older pages


@pytest.mark.parametrize(
    "older",
    [
        Refused(Outcome.ROBOTS_DENIED, "robots.txt of news.example forbids /feed?paged=2"),
        TooLarge("the page is too large"),
        Answer(status=403),
        WEB_PAGE,
    ],
)
def test_an_older_page_that_cannot_be_read_ends_the_way_back_and_not_the_source(
    source: Source, older: Answer | Exception
) -> None:
    entries = [item(number, date=on(number)) for number in (15, 14, 13)]
    answers = {FEED: feed(*entries, head=WORDPRESS, etag='"1"'), f"{FEED}?paged=2": older}
    first = read(source, answers)
    assert (first.outcome, len(first.posts), first.tally.counts["older_page_failed"]) == ("ok", 3, 1)
    assert "an older page cannot be read" in first.spider.message
    assert first.window == (datetime(2026, 11, 14, 12, tzinfo=UTC), NOW), "what was read is covered"
    assert first.spider.validators, "the next poll may be answered with 304"
    later = NOW + timedelta(minutes=15)
    second = read(source, {**answers, FEED: Answer(status=304)}, before=first, started=later)
    assert (second.outcome, second.asked, second.window) == ("not_modified", [FEED], (NOW, later))


@pytest.mark.parametrize("older", [Unreachable("no answer"), Answer(status=503), WALL])
def test_an_older_page_that_does_not_answer_is_tried_in_three_polls(source: Source, older: Answer | Exception) -> None:
    answers = {FEED: feed(item(3), item(2), head=WORDPRESS), f"{FEED}?paged=2": older}
    run: Run | None = None
    asked = []
    for _ in range(5):
        run = read(source, answers, before=run)
        assert run.outcome == "ok"
        asked.append(f"{FEED}?paged=2" in run.asked)
    assert asked == [True, True, True, False, False]
    back = read(source, answers)
    answers[f"{FEED}?paged=2"] = feed(item(1), head=WORDPRESS)
    again = read(source, answers, before=back)
    assert [post.title for post in again.posts] == ["Item 1"], "what came back is read"
    assert again.spider.cursor["backfill"] is None


def test_a_cap_or_a_wait_on_an_older_page_leaves_it_for_the_next_poll(source: Source) -> None:
    answers: dict[str, Say] = {FEED: feed(item(3), item(2), head=WORDPRESS)}
    answers[f"{FEED}?paged=2"] = BudgetSpent("requests", 1)
    capped = read(source, answers)
    assert (capped.outcome, capped.spider.cursor["backfill"]["tries"]) == ("ok", 0)
    limited = read(source, {**answers, f"{FEED}?paged=2": RateLimited("news.example", NOW)}, before=capped)
    assert (limited.outcome, limited.spider.not_before) == ("rate_limited", NOW)
    assert limited.spider.cursor["backfill"]["next"] == f"{FEED}?paged=2"


# Moves


def test_a_permanent_redirect_counts_only_where_it_leads_to_a_feed(source: Source) -> None:
    notice = Answer(WEB_PAGE.body, moved_from=FEED, url=f"{SITE}/maintenance.html")
    run = read(source, {FEED: notice})
    assert (run.outcome, run.spider.new_url) == ("failed", None)
    missing = Answer(status=404, moved_from=FEED, url=f"{SITE}/gone.html")
    assert read(source, {FEED: missing}).spider.new_url is None
    moved = Answer(rss(item(2), item(1)), moved_from=FEED, url=f"{SITE}/new")
    assert read(source, {FEED: moved}).spider.new_url == f"{SITE}/new"
    unchanged = Answer(status=304, moved_from=FEED, url=f"{SITE}/new")
    assert read(source, {FEED: unchanged}).spider.new_url == f"{SITE}/new"


# Identity


def test_stories_numbered_by_sid_are_stories(source: Source) -> None:
    entries = [item(n).replace(f"/{n}<", f"/modules.php?name=News&amp;file=article&amp;sid={n}<", 1) for n in (3, 2, 1)]
    assert len({post.post_id for post in read(source, {FEED: feed(*entries)}).posts}) == 3


def test_a_canonical_link_that_many_pages_share_is_no_identity(source: Source) -> None:
    head = f"<link rel='canonical' href='{SITE}/news/today'>"
    pages = {f"{SITE}/{number}": page(text=f"Story {number}.", head=head) for number in range(1, 5)}
    first = read(source, {FEED: feed(*map(summary, (3, 2, 1))), **pages})
    assert len({post.post_id for post in first.posts}) == 3
    assert first.tally.counts["canonical_doubted"] == 2
    second = read(source, {FEED: feed(*map(summary, (4, 3, 2, 1))), **pages}, before=first)
    assert [post.native_id for post in second.posts] == [f"{SITE}/4"], "nor in a later poll"


def test_a_canonical_link_to_another_entry_is_no_identity(source: Source) -> None:
    answers = {
        FEED: feed(summary(2), summary(1)),
        f"{SITE}/1": page(),
        f"{SITE}/2": page(head=f"<link rel='canonical' href='{SITE}/article/../1'>"),
    }
    assert [post.native_id for post in read(source, answers).posts] == [f"{SITE}/2", f"{SITE}/1"]


def test_the_identity_is_settled_with_the_first_landing(source: Source) -> None:
    first = read(source, {FEED: feed(summary(1)), f"{SITE}/1": page()})
    edited = {
        FEED: feed(summary(1, summary="Corrected.")),
        f"{SITE}/1": page(head=f"<link rel='canonical' href='{SITE}/1-corrected-headline'>"),
    }
    second = read(source, edited, before=first)
    assert second.posts[0].post_id == first.posts[0].post_id
    edited[FEED] = feed(summary(1, summary="Corrected again."))
    assert read(source, edited, before=second).posts[0].post_id == first.posts[0].post_id


def test_the_alias_of_the_first_landing_stays(source: Source) -> None:
    head = f"<link rel='canonical' href='{SITE}/story/1'>"
    first = read(source, {FEED: feed(summary(1)), f"{SITE}/1": page(head=head)})
    second = read(source, {FEED: feed(summary(1, summary="Now.")), f"{SITE}/1": page(text="New.")}, before=first)
    assert [run.posts[0].native_id for run in (first, second)] == [f"{SITE}/story/1"] * 2


def test_a_site_that_moves_to_https_brings_nothing_twice(source: Source) -> None:
    first = read(source, {FEED: feed(item(2, base="http://news.example"), item(1, base="http://news.example"))})
    second = read(source, {FEED: feed(item(3), item(2), item(1, text="Corrected."))}, before=first)
    assert [post.native_id for post in second.posts] == [f"{SITE}/3", "http://news.example/1"]


# Deletion and consent


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (Answer(status=410), "article_gone"),
        (page(head="<meta name='robots' content='noindex'>"), "noindex"),
    ],
)
def test_a_landed_post_whose_page_is_gone_or_refuses_is_removed(source: Source, now: Answer, reason: str) -> None:
    answers: dict[str, Say] = {FEED: feed(summary(2), summary(1)), f"{SITE}/1": page(), f"{SITE}/2": page()}
    first = read(source, answers)
    edited = {**answers, FEED: feed(summary(2), summary(1, summary="Corrected.")), f"{SITE}/1": now}
    second = read(source, edited, before=first)
    assert second.removed == [first.posts[1].post_id]
    assert (second.tally.not_landed, second.adds_up()) == ({reason: 1}, True)
    third = read(source, {**edited, f"{SITE}/2": now}, before=first)
    assert (third.removed, third.tally.counts["removal_doubted"]) == ([], 1), "it says so of every article"
    own = page(head=f"<meta name='robots' content='noindex'><link rel='canonical' href='{SITE}/1'>")
    assert read(source, {**edited, f"{SITE}/1": own, f"{SITE}/2": now}, before=first).removed == second.removed


def test_a_page_that_is_not_found_while_its_entry_is_listed_removes_nothing(source: Source) -> None:
    answers: dict[str, Say] = {FEED: feed(summary(2), summary(1)), f"{SITE}/1": page(), f"{SITE}/2": page()}
    run = read(source, answers)
    answers |= {FEED: feed(summary(2), summary(1, summary="Corrected.")), f"{SITE}/1": Answer(status=404)}
    for reason in ({"article_gone": 1}, {"article_gone": 1}, {"article_gone": 1}, {}):
        run = read(source, answers, before=run)
        assert (run.items, run.tally.not_landed, run.adds_up()) == ([], reason, True)


@pytest.mark.parametrize("link", ["https://http:news.example/2", "https://news.example:99999999/2", "https://[news/2"])
def test_a_link_that_is_no_address_costs_neither_the_other_entries_nor_the_poll(source: Source, link: str) -> None:
    broken = summary(2).replace(f"{SITE}/2", link)
    assert link in broken
    run = read(source, {FEED: feed(broken, summary(1)), f"{SITE}/1": page()})
    assert (run.spider.outcome, run.tally.fault, run.adds_up()) == (Outcome.OK, None, True)
    assert f"{SITE}/1" in {post.native_id for post in run.posts}


@pytest.mark.parametrize(("refusal", "asked"), [(404, 3), (410, 1)])
def test_a_new_entry_whose_page_refuses_removes_nothing_and_lands_once_it_is_there(
    source: Source, refusal: int, asked: int
) -> None:
    answers: dict[str, Say] = {FEED: feed(summary(1)), f"{SITE}/1": Answer(status=refusal)}
    runs: list[Run] = []
    for _ in range(4):
        runs.append(read(source, answers, before=runs[-1] if runs else None))
        assert runs[-1].items == []
    assert sum(f"{SITE}/1" in run.asked for run in runs) == asked
    head = f"<link rel='canonical' href='{SITE}/story/1'>"
    late = read(source, {**answers, f"{SITE}/1": page(head=head)}, before=runs[0])
    assert [post.native_id for post in late.posts] == ([f"{SITE}/story/1"] if refusal == 404 else [])


# Articles


def test_a_time_of_change_that_the_whole_feed_shares_fetches_nothing_again(source: Source) -> None:
    def atom(*changed: str) -> Answer:
        entries = (
            f"<entry><id>tag:{n}</id><title>T{n}</title><link href='{SITE}/{n}'/>"
            f"<published>2026-03-0{n}T00:00:00Z</published><updated>{moment}</updated><summary>Sum {n}</summary></entry>"
            for n, moment in enumerate(changed, start=1)
        )
        return Answer(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><id>f</id>{"".join(entries)}</feed>')

    pages = {f"{SITE}/{number}": page(text=f"Story {number}.") for number in range(1, 4)}
    built = "2026-11-22T10:00:00Z"
    first = read(source, {FEED: atom(*[built] * 3), **pages})
    assert len(first.asked) == 4
    rebuilt = "2026-11-22T10:15:00Z"
    second = read(source, {FEED: atom(*[rebuilt] * 3), **pages}, before=first)
    assert (second.asked, second.tally.counts["unchanged"]) == ([FEED], 3)
    edited = "2026-11-22T10:20:00Z"
    third = read(source, {FEED: atom(rebuilt, edited, rebuilt), **pages}, before=second)
    assert third.asked == [FEED, f"{SITE}/2"], "an edit of one is still an edit"


def test_a_wait_asked_for_by_the_server_that_the_feed_moved_to_ends_the_poll(source: Source) -> None:
    answers: dict[str, Say] = {
        FEED: Answer(rss(summary(2), summary(1)), moved_from=FEED, url="https://www.news.example/feed"),
        f"{SITE}/2": RateLimited("www.news.example", NOW + timedelta(hours=3)),
    }
    run = read(source, answers)
    assert (run.outcome, run.spider.not_before) == ("rate_limited", NOW + timedelta(hours=3))
    assert run.adds_up()
    answers[f"{SITE}/2"] = RateLimited("elsewhere.example", NOW + timedelta(hours=3))
    assert read(source, answers).outcome == "ok", "another server's wait costs its own articles only"


# Windows


def test_one_old_entry_does_not_cover_the_years_behind_it(source: Source) -> None:
    for number, order in enumerate(([21, 20, None], [None, 21, 20], [21, None, 20])):
        dates = [on(day) if day else on(3, "Jan", 2011) for day in order]
        run = read(source, {FEED: feed(*(item(n, date=date) for n, date in enumerate(dates)))})
        begin, end = run.window
        assert begin is not None, number
        assert begin >= datetime(2026, 11, 20, tzinfo=UTC)
        assert end == NOW


def test_a_feed_that_rolled_over_but_for_a_pinned_entry_is_a_gap(source: Source) -> None:
    pinned = item(1, date=on(1, "Jan"))
    first = read(source, {FEED: feed(item(10, date=on(10)), item(9, date=on(9)), pinned)}, started=NOW - timedelta(9))
    second = read(source, {FEED: feed(item(20, date=on(20)), item(19, date=on(19)), pinned)}, before=first)
    assert second.window == (datetime(2026, 11, 19, 12, tzinfo=UTC), NOW)


# The ledger goes away


class GoneStore(MemoryStore):
    """A ledger whose database does not answer."""

    def land(self, landings: list[Landing]) -> dict[str, int]:
        raise LedgerUnavailable("the database is away")


def test_a_database_that_goes_away_while_landing_leaves_cursor_and_validators(source: Source) -> None:
    first = read(source, {FEED: feed(item(1), etag='"1"')})
    assert _result(first.spider, first.tally, []).validators
    store = GoneStore()
    second = read(source, {FEED: feed(item(2), item(1), etag='"2"')}, before=first, store=store)
    result = _result(second.spider, second.tally, [])
    assert (result.outcome, result.message) == (Outcome.FAILED, "the database is away")
    assert result.cursor is None, "the old cursor stays"
    assert (result.validators, result.window_from) == ({}, None)
