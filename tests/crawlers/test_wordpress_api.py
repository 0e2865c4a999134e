"""The walk through WordPress's REST interface: nothing twice, nothing lost, however its pages are cut and its clock jumps.

Against wordpress_site.py here, for faults that the real one cannot be told to produce; the real one, Debian's WordPress 6.1,
is in test_wordpress_comments.py.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.errors import BudgetSpent
from crawlers.job import _result
from crawlers.landing import MemoryStore
from crawlers.platforms.wordpress.walk import make_walks
from ledger import LedgerUnavailable
from records import Landing
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read
from tests.crawlers.wordpress_given import HOUR, POSTS, SOURCE, ids
from tests.crawlers.wordpress_site import SITE, FakeWordPress, make_item


def test_posts_are_read_whole_and_then_from_the_mark() -> None:
    site = FakeWordPress([make_item(n, NOW - n * 24 * HOUR) for n in range(1, 8)], largest=3)
    first = read(SOURCE, site.answers)
    assert (first.outcome, ids(first)) == ("ok", list("1234567"))
    assert first.window == (NOW - 6 * 24 * HOUR, NOW)
    assert first.adds_up()
    post = next(post for post in first.posts if post.title.startswith("Post 1 "))
    assert (post.title, post.text, post.author) == ("Post 1 – x", "Text of post 1.", "Invented Editor")
    assert (post.hashtags, post.published_at) == (("Borders",), NOW - 24 * HOUR)
    later = NOW + HOUR
    site.posts.append(make_item(8, NOW + HOUR / 2))
    second = read(SOURCE, site.answers, before=first, started=later)
    assert (ids(second), second.window) == (["1", "8"], (NOW, later)), "the overlap shows the newest again"
    assert all(POSTS in url for url in second.asked), "the interface's root is known"


def test_an_edit_a_planned_post_and_a_late_one_are_found() -> None:
    site = FakeWordPress([make_item(n, NOW - n * 24 * HOUR) for n in range(1, 6)])
    first = read(SOURCE, site.answers)
    site.posts[4] = make_item(5, NOW - 120 * HOUR, changed=NOW + HOUR, text="Corrected.")
    site.posts.append(make_item(6, NOW + HOUR, changed=NOW - 240 * HOUR))  # written ten days before it came out
    site.posts.append(make_item(7, NOW - 26 * HOUR))  # below the mark, within the overlap
    second = read(SOURCE, site.answers, before=first, started=NOW + 2 * HOUR)
    assert {"5", "6", "7"} <= set(ids(second))
    corrected = next(post for post in second.posts if post.native_id.strip("/").endswith("/5"))
    assert (corrected.text, corrected.edited_at) == ("Corrected.", NOW + HOUR)
    assert second.adds_up()


def test_posts_of_one_second_on_many_pages_are_all_read() -> None:
    site = FakeWordPress([make_item(n, NOW - HOUR) for n in range(1, 12)], largest=3)
    first = read(SOURCE, site.answers)
    assert len(first.posts) == 11
    site.posts += [make_item(n, NOW + HOUR) for n in range(20, 31)]
    second = read(SOURCE, site.answers, before=first, started=NOW + 2 * HOUR)
    assert set(map(str, range(20, 31))) <= set(ids(second))
    assert (first.adds_up(), second.adds_up()) == (True, True)


def test_a_post_that_comes_in_while_pages_are_read_loses_none() -> None:
    site = FakeWordPress([make_item(n, NOW - n * HOUR) for n in range(1, 10)], largest=3)
    plain, number = site._list, iter(range(100, 200))

    def moving(url: str) -> Say:
        found = plain(url)
        site.posts.insert(0, make_item(next(number), NOW - timedelta(minutes=1)))
        return found

    run = read(SOURCE, {**site.answers, POSTS: moving})
    assert set("123456789") <= set(ids(run))
    assert run.adds_up()


def test_the_cap_goes_on_where_it_stopped_and_claims_no_more() -> None:
    few = SOURCE.model_copy(update={"limits": SOURCE.limits.model_copy(update={"pages": 3})})
    site = FakeWordPress([make_item(1, NOW - HOUR)], largest=2)
    first = read(few, site.answers)
    site.posts += [make_item(n, NOW + n * HOUR) for n in range(2, 12)]
    later, run, found = NOW + 24 * HOUR, first, set()
    second = read(few, site.answers, before=first, started=later)
    assert second.tally.counts["limit_pages"] > 0
    assert second.window[1] is None or second.window[1] < later
    run = second
    for _ in range(6):
        found |= set(ids(run))
        run = read(few, site.answers, before=run, started=later)
    assert found >= {str(n) for n in range(2, 12)}


def test_a_first_reading_that_a_budget_cuts_goes_on_back() -> None:
    site = FakeWordPress([make_item(n, NOW - n * HOUR) for n in range(1, 10)], largest=3)
    plain = site._list
    calls: list[str] = []

    def cut(url: str) -> Say:
        calls.append(url)
        return BudgetSpent("requests", 2) if len(calls) > 1 else plain(url)

    first = read(SOURCE, {**site.answers, POSTS: cut})
    assert (first.outcome, ids(first)) == ("ok", ["1", "2", "3"])
    assert first.window[0] == NOW - 2 * HOUR
    second = read(SOURCE, site.answers, before=first, started=NOW + HOUR)
    assert set("456789") <= set(ids(second))


def test_a_database_that_goes_away_moves_no_mark() -> None:
    class Gone(MemoryStore):
        def land(self, landings: list[Landing]) -> dict[str, int]:
            raise LedgerUnavailable("the database is away")

    site = FakeWordPress([make_item(1, NOW - HOUR)])
    first = read(SOURCE, site.answers)
    site.posts.append(make_item(2, NOW + HOUR))
    broken = read(SOURCE, site.answers, before=first, started=NOW + 2 * HOUR, store=Gone())
    assert _result(broken.spider, broken.tally, []).cursor is None
    assert "2" in ids(read(SOURCE, site.answers, before=first, started=NOW + 2 * HOUR))


def test_the_same_page_for_every_question_ends() -> None:
    answer = Answer(json.dumps([make_item(1, NOW - HOUR)]), headers={"X-WP-TotalPages": "999"})
    run = read(SOURCE, FakeWordPress(faults={POSTS: answer}).answers)
    assert (run.outcome, run.tally.counts["paging_stuck"]) == ("ok", 1)
    assert len(run.asked) < 6


def test_without_counts_a_full_page_means_more() -> None:
    site = FakeWordPress([make_item(n, NOW - n * HOUR) for n in range(1, 131)], counts=False)
    run = read(SOURCE, site.answers)
    assert len(run.posts) == 130


@pytest.mark.parametrize(
    "stored",
    [
        [],
        {"walks": {"wp/v2/posts date_gmt": "x"}},
        {"walks": [1]},
        "x",
        {"walks": {"wp/v2/posts date_gmt": ["yesterday", None, True]}},
    ],
)
def test_a_cursor_of_another_shape_is_read_anew(stored: Any) -> None:
    run = read(SOURCE, FakeWordPress([make_item(1, NOW - HOUR)]).answers, cursor={"wordpress": stored})
    assert (run.outcome, ids(run)) == ("ok", ["1"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=25), st.integers(1, 4))
def test_whatever_the_dates_every_post_lands_once_and_only_once(dates: list[tuple[int, int]], largest: int) -> None:
    """Posts of any dates come in by and by; each poll shows what is new, and the ledger would see each under one id."""
    source, site = (
        make_source(SITE, wordpress=True, overlap="1h", limits={"pages": 500}),
        FakeWordPress(largest=largest),
    )
    seconds = timedelta(seconds=1)
    run: Run | None = None
    landed: set[str] = set()
    for number, (at, changed) in enumerate(dates, start=1):
        moment = NOW + number * 60 * seconds + at * seconds
        site.posts.append(make_item(number, moment, changed=moment + changed * seconds))
        if number % 5 == 0 or number == len(dates):
            run = read(source, site.answers, before=run, started=moment + 2 * HOUR)
            assert run.outcome in {"ok", "empty"}
            assert run.adds_up()
            assert len(ids(run)) == len(set(ids(run)))
            landed |= set(ids(run))
    assert landed == {str(number) for number in range(1, len(dates) + 1)}


def test_walks_of_an_empty_cursor_start_at_nothing() -> None:
    assert [walk.mark for walk in make_walks(None, comments=True)] == [None] * 3
