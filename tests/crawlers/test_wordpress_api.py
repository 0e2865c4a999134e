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

from config import RobotsTag, Source
from crawlers.errors import BudgetSpent
from crawlers.job import _result
from crawlers.landing import MemoryStore
from crawlers.platforms.wordpress.items import find_api, is_api_lookup, make_post, read_item, rest_url, why_skipped
from crawlers.platforms.wordpress.walk import make_walks
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from ledger import LedgerUnavailable
from records import AuthorKind, Landing, make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read
from tests.crawlers.wordpress_site import API, LINK, SITE, FakeWordPress, make_comment, make_item, written

POSTS = f"{API}wp/v2/posts"
HOUR = timedelta(hours=1)


@pytest.fixture
def source() -> Source:
    return make_source(SITE, wordpress=True)


def ids(run: Run) -> list[str]:
    return sorted(post.native_id.removeprefix(f"{SITE}/").strip("/") for post in run.posts)


def test_posts_are_read_whole_and_then_from_the_mark(source: Source) -> None:
    site = FakeWordPress([make_item(n, NOW - n * 24 * HOUR) for n in range(1, 8)], largest=3)
    first = read(source, site.answers)
    assert (first.outcome, ids(first)) == ("ok", list("1234567"))
    assert first.window == (NOW - 6 * 24 * HOUR, NOW)
    assert first.adds_up()
    post = next(post for post in first.posts if post.title.startswith("Post 1 "))
    assert (post.title, post.text, post.author) == ("Post 1 – x", "Text of post 1.", "Invented Editor")
    assert (post.hashtags, post.published_at) == (("Borders",), NOW - 24 * HOUR)
    later = NOW + HOUR
    site.posts.append(make_item(8, NOW + HOUR / 2))
    second = read(source, site.answers, before=first, started=later)
    assert (ids(second), second.window) == (["1", "8"], (NOW, later)), "the overlap shows the newest again"
    assert all(POSTS in url for url in second.asked), "the interface's root is known"


def test_an_edit_a_planned_post_and_a_late_one_are_found(source: Source) -> None:
    site = FakeWordPress([make_item(n, NOW - n * 24 * HOUR) for n in range(1, 6)])
    first = read(source, site.answers)
    site.posts[4] = make_item(5, NOW - 120 * HOUR, changed=NOW + HOUR, text="Corrected.")
    site.posts.append(make_item(6, NOW + HOUR, changed=NOW - 240 * HOUR))  # written ten days before it came out
    site.posts.append(make_item(7, NOW - 26 * HOUR))  # below the mark, within the overlap
    second = read(source, site.answers, before=first, started=NOW + 2 * HOUR)
    assert {"5", "6", "7"} <= set(ids(second))
    corrected = next(post for post in second.posts if post.native_id.strip("/").endswith("/5"))
    assert (corrected.text, corrected.edited_at) == ("Corrected.", NOW + HOUR)
    assert second.adds_up()


def test_posts_of_one_second_on_many_pages_are_all_read(source: Source) -> None:
    site = FakeWordPress([make_item(n, NOW - HOUR) for n in range(1, 12)], largest=3)
    first = read(source, site.answers)
    assert len(first.posts) == 11
    site.posts += [make_item(n, NOW + HOUR) for n in range(20, 31)]
    second = read(source, site.answers, before=first, started=NOW + 2 * HOUR)
    assert set(map(str, range(20, 31))) <= set(ids(second))
    assert (first.adds_up(), second.adds_up()) == (True, True)


def test_a_post_that_comes_in_while_pages_are_read_loses_none(source: Source) -> None:
    site = FakeWordPress([make_item(n, NOW - n * HOUR) for n in range(1, 10)], largest=3)
    plain, number = site._list, iter(range(100, 200))

    def moving(url: str) -> Say:
        found = plain(url)
        site.posts.insert(0, make_item(next(number), NOW - timedelta(minutes=1)))
        return found

    run = read(source, {**site.answers, POSTS: moving})
    assert set("123456789") <= set(ids(run))
    assert run.adds_up()


def test_the_cap_goes_on_where_it_stopped_and_claims_no_more(source: Source) -> None:
    few = source.model_copy(update={"limits": source.limits.model_copy(update={"pages": 3})})
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


def test_a_first_reading_that_a_budget_cuts_goes_on_back(source: Source) -> None:
    site = FakeWordPress([make_item(n, NOW - n * HOUR) for n in range(1, 10)], largest=3)
    plain = site._list
    calls: list[str] = []

    def cut(url: str) -> Say:
        calls.append(url)
        return BudgetSpent("requests", 2) if len(calls) > 1 else plain(url)

    first = read(source, {**site.answers, POSTS: cut})
    assert (first.outcome, ids(first)) == ("ok", ["1", "2", "3"])
    assert first.window[0] == NOW - 2 * HOUR
    second = read(source, site.answers, before=first, started=NOW + HOUR)
    assert set("456789") <= set(ids(second))


def test_a_database_that_goes_away_moves_no_mark(source: Source) -> None:
    class Gone(MemoryStore):
        def land(self, landings: list[Landing]) -> dict[str, int]:
            raise LedgerUnavailable("the database is away")

    site = FakeWordPress([make_item(1, NOW - HOUR)])
    first = read(source, site.answers)
    site.posts.append(make_item(2, NOW + HOUR))
    broken = read(source, site.answers, before=first, started=NOW + 2 * HOUR, store=Gone())
    assert _result(broken.spider, broken.tally, []).cursor is None
    assert "2" in ids(read(source, site.answers, before=first, started=NOW + 2 * HOUR))


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        (Answer(status=401), "blocked", "refuses"),
        (Answer(status=403), "blocked", "refuses"),
        (Answer("[]"), "empty", "no posts"),
        (Answer("<html>"), "failed", "no list"),
        (Answer('{"a": 1}'), "failed", "no list"),
        (Answer("[" * 100_000), "failed", "no list"),
        (Answer("[1, null, {}]"), "ok", ""),
        (Answer(status=404), "failed", "404"),
        (Answer("[]", headers={"X-Robots-Tag": "noindex"}), "robots_denied", "noindex"),
    ],
)
def test_what_the_interface_answers_has_a_name(source: Source, answer: Answer, outcome: str, words: str) -> None:
    strict = source.model_copy(update={"robots_tag": RobotsTag.OBEY})
    run = read(strict, FakeWordPress(faults={POSTS: answer}).answers)
    assert run.outcome == outcome
    assert words in run.spider.message
    if answer.body == "[1, null, {}]":
        assert (run.rejected, _result(run.spider, run.tally, []).outcome) == (["bad_shape"] * 3, "failed")


def test_an_interface_that_moved_is_looked_for_again(source: Source) -> None:
    site = FakeWordPress([make_item(1, NOW - HOUR)])
    first = read(source, site.answers)
    lost = read(source, {**site.answers, POSTS: Answer(status=404)}, before=first)
    assert lost.outcome == "failed"
    assert SITE in read(source, site.answers, before=lost).asked


@pytest.mark.parametrize(
    "page",
    [
        Answer("<html></html>"),
        Answer("<html>", headers={"Link": '<https://a.example/wp-json/>; rel="https://api.w.org/"'}),
    ],
)
def test_a_site_without_an_interface_of_its_own_is_said(source: Source, page: Answer) -> None:
    run = read(source, {SITE: page})
    assert (run.outcome, run.asked) == ("failed", [SITE])
    assert "read its feed instead" in run.spider.message


def test_a_server_that_knows_no_modified_after_is_noticed(source: Source) -> None:
    site = FakeWordPress([make_item(n, NOW - n * 48 * HOUR) for n in range(1, 6)], ignored=("modified_after",))
    first = read(source, site.answers)
    second = read(source, site.answers, before=first, started=NOW + HOUR)
    assert (second.outcome, second.tally.counts["edits_unseen"], ids(second)) == ("ok", 1, ["1"])
    deaf = FakeWordPress(site.posts, ignored=("after", "modified_after"))
    third = read(source, deaf.answers, before=first, started=NOW + HOUR)
    assert (third.outcome, "does not heed after" in third.spider.message) == ("failed", True)


def test_the_same_page_for_every_question_ends(source: Source) -> None:
    answer = Answer(json.dumps([make_item(1, NOW - HOUR)]), headers={"X-WP-TotalPages": "999"})
    run = read(source, FakeWordPress(faults={POSTS: answer}).answers)
    assert (run.outcome, run.tally.counts["paging_stuck"]) == ("ok", 1)
    assert len(run.asked) < 6


def test_without_counts_a_full_page_means_more(source: Source) -> None:
    site = FakeWordPress([make_item(n, NOW - n * HOUR) for n in range(1, 131)], counts=False)
    run = read(source, site.answers)
    assert len(run.posts) == 130


def test_comments_are_posts_of_persons(source: Source) -> None:
    site = FakeWordPress([make_item(1, NOW - HOUR)], [make_comment(n, NOW - HOUR / n) for n in (1, 2)])
    site.comments.append(make_comment(3, NOW - HOUR, type="pingback"))
    reading = source.model_copy(update={"comments": True})
    run = read(reading, site.answers)
    found = {post.native_id: post for post in run.posts}
    comment = next(post for name, post in found.items() if name.endswith("#comment-2"))
    assert (comment.author_kind, comment.author, comment.title, comment.text) == (
        AuthorKind.PERSON, "Invented Reader", "", "Comment 2.",
    )  # fmt: skip
    assert dict(run.tally.not_landed) == {"pingback": 1}
    assert run.adds_up()
    linked = '<p>Ask <a href="https://t.me/sample_contact">here</a></p>'
    site.comments.append(make_comment(4, NOW + HOUR, content={"rendered": linked}))
    again = read(reading, site.answers, before=run, started=NOW + 2 * HOUR)
    (late,) = (post for post in again.posts if post.native_id.endswith("#comment-4"))
    assert (late.text, late.media_text) == ("Ask here", "https://t.me/sample_contact")
    closed = read(reading, {**site.answers, f"{API}wp/v2/comments": Answer(status=401)})
    assert (closed.outcome, closed.tally.counts["comments_closed"]) == ("ok", 1)


@pytest.mark.parametrize(
    ("answer", "page", "outcome"),
    [
        (Answer(json.dumps(make_item(1, NOW, text="Edited."))), None, "present"),
        (Answer('{"code": "rest_post_invalid_id"}', 404), None, "deleted"),
        (Answer('{"code": "rest_no_route"}', 404), None, "unknown"),
        (Answer("gone", 410), None, "deleted"),
        (Answer('{"code": "rest_forbidden"}', 401), Answer(status=404), "deleted"),
        (Answer('{"code": "rest_forbidden"}', 401), Answer("still there"), "unknown"),
        (Answer(status=403), Answer(status=403), "unknown"),
        (Answer(status=503), None, "unknown"),
        (Answer(json.dumps(make_item(1, NOW, content={"rendered": "", "protected": True}))), None, "deleted"),
        (Answer("[]"), None, "unknown"),
    ],
)
def test_only_what_is_certain_is_a_deletion(source: Source, answer: Answer, page: Answer | None, outcome: str) -> None:
    first = read(source, FakeWordPress([make_item(1, NOW - HOUR)]).answers)
    landing = next(item for item in first.items if isinstance(item, Landing))
    assert landing.lookup is not None
    api, _, link = landing.lookup.partition(" ")
    assert (is_api_lookup(landing.lookup), is_api_lookup(link)) == (True, False)
    answers: dict[str, Any] = {**FakeWordPress().answers, api: answer, **({link: page} if page else {})}
    wanted = (RecheckOf(post_id=landing.post.post_id, lookup=landing.lookup),)
    run = read(source, answers, before=first, rechecks=wanted, started=NOW + HOUR)
    assert run.rechecked == {landing.post.post_id: outcome}
    assert [post.text for post in run.posts] == (["Edited."] if outcome == "present" else [])
    assert run.adds_up()


def test_the_post_is_the_one_that_the_feed_shows() -> None:
    item = read_item(make_item(5, NOW), comment=False)
    assert item is not None
    post = make_post(item, f"{SITE}/5", make_source(SITE), NOW, Tally())
    assert post.post_id == make_post_id("web", f"{SITE}/5")


@pytest.mark.parametrize(
    ("url", "links", "body", "root"),
    [
        (f"{SITE}/wp-json/wp/v2/posts?x=1", (), b"", API),
        (f"{SITE}/blog/wp-json", (), b"", f"{SITE}/blog/wp-json/"),
        (f"{SITE}/index.php?rest_route=/wp/v2/posts", (), b"", f"{SITE}/index.php?rest_route=/"),
        (SITE, (LINK["Link"],), b"", API),
        (SITE, ('<x>; rel="next", </wp-json/>; rel=https://api.w.org/',), b"", API),
        (SITE, (), b"<link rel='https://api.w.org/' href='/wp-json/'>", API),
        (SITE, ("<javascript:x>; rel=https://api.w.org/",), b"<p>", None),
    ],
)
def test_the_root_is_found_where_it_is_named(url: str, links: tuple[str, ...], body: bytes, root: str | None) -> None:
    assert find_api(links, body, url) == root


def test_addresses_of_both_kinds_of_links() -> None:
    assert rest_url(API, "wp/v2/posts", {"page": "2"}) == f"{API}wp/v2/posts?page=2"
    plain = rest_url(f"{SITE}/?rest_route=/", "wp/v2/posts", {"after": "2026-01-01T00:00:00Z"})
    assert plain == f"{SITE}/?rest_route=/wp/v2/posts&after=2026-01-01T00:00:00Z"


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
def test_a_cursor_of_another_shape_is_read_anew(source: Source, stored: Any) -> None:
    run = read(source, FakeWordPress([make_item(1, NOW - HOUR)]).answers, cursor={"wordpress": stored})
    assert (run.outcome, ids(run)) == ("ok", ["1"])


SCRAP = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(written(NOW)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rendered", "protected", "name", "x"]), inner)
    ),
    max_leaves=6,
)
FIELDS = (
    "id",
    "link",
    "date_gmt",
    "modified_gmt",
    "status",
    "title",
    "content",
    "type",
    "author_name",
    "_embedded",
    "excerpt",
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), SCRAP), st.booleans())
def test_no_item_breaks_the_reader(changes: dict[str, Any], comment: bool) -> None:
    whole = make_comment(1, NOW) if comment else make_item(1, NOW)
    item = read_item({**whole, **changes}, comment=comment)
    if item is not None and why_skipped(item) is None:
        make_post(item, "https://site.example/1", make_source(SITE), NOW, Tally())


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
