"""Comments below a feed's entries: asked for when their number changes, posts of persons, never mistaken for the article.

Against answers given as a dict here; against a real WordPress in test_wordpress_comments.py.
"""

from __future__ import annotations

import pytest

from config import Source
from crawlers.errors import RateLimited, Unreachable
from crawlers.urls import comment_url
from records import AuthorKind
from tests.crawlers.conftest import make_source
from tests.crawlers.site import item, rss
from tests.crawlers.stand_in import NOW, WALL, Answer, Run, Say, read

SITE = "https://news.example"
FEED = f"{SITE}/feed"
WFW = "<wfw:commentRss xmlns:wfw='http://wellformedweb.org/CommentAPI/'>{}</wfw:commentRss>"


def entry(number: int, comments: int | None, feed: str = "") -> str:
    count = "" if comments is None else f"<slash:comments>{comments}</slash:comments>"
    return item(number, base=SITE, more=f"{count}{WFW.format(feed or f'{SITE}/{number}/feed/')}")


LINKED = '&lt;p&gt;Ask &lt;a href="https://t.me/sample_contact"&gt;here&lt;/a&gt;&lt;/p&gt;'


def comment(number: int, below: int, text: str = "I have seen that boat.", link: str = "") -> str:
    return (
        f"<item><title>By: Invented Reader {number}</title><link>{link or f'{SITE}/{below}/#comment-{number}'}</link>"
        f"<guid isPermaLink='false'>{SITE}/?p={below}#comment-{number}</guid><dc:creator>Invented Reader</dc:creator>"
        f"<pubDate>Sun, 0{number} Mar 2026 12:00:00 GMT</pubDate><description>{text}</description></item>"
    )


@pytest.fixture
def source() -> Source:
    return make_source(FEED, comments=True)


def answers(entries: list[str], **feeds: Say) -> dict[str, Say]:
    return {
        FEED: Answer(rss(*entries), headers={"ETag": '"1"'}),
        **{f"{SITE}/{n[1:]}/feed/": v for n, v in feeds.items()},
    }


def below(run: Run) -> list[str]:
    return [post.native_id.rpartition("#")[2] for post in run.posts if "#" in post.native_id]


def test_comments_are_posts_of_persons_beside_the_article(source: Source) -> None:
    run = read(source, answers([entry(1, 2)], _1=Answer(rss(comment(6, 1), comment(5, 1, LINKED)))))
    assert [post.native_id for post in run.posts] == [f"{SITE}/1", f"{SITE}/1/#comment-6", f"{SITE}/1/#comment-5"]
    article, first, linked = run.posts
    assert (linked.text, linked.media_text) == ("Ask here", "https://t.me/sample_contact")
    assert (article.author_kind, first.author_kind) == (AuthorKind.OUTLET, AuthorKind.PERSON)
    assert (first.author, first.title, first.text) == ("Invented Reader", "", "I have seen that boat.")
    assert first.url == f"{SITE}/1/#comment-6"
    assert run.adds_up()
    assert run.outcome == "ok"


def test_a_comment_feed_is_asked_for_only_when_the_number_has_changed(source: Source) -> None:
    first = read(source, answers([entry(2, 0), entry(1, 1)], _1=Answer(rss(comment(5, 1)))))
    assert (below(first), first.asked) == (["comment-5"], [FEED, f"{SITE}/1/feed/"])
    same = read(source, answers([entry(2, 0), entry(1, 1)]), before=first)
    assert (same.asked, same.posts) == ([FEED], [])
    more = answers(
        [entry(2, 1), entry(1, 2)], _2=Answer(rss(comment(7, 2))), _1=Answer(rss(comment(6, 1), comment(5, 1)))
    )
    third = read(source, more, before=same)
    assert below(third) == ["comment-7", "comment-6"]
    assert third.tally.counts["unchanged"] == 3
    assert third.adds_up()


def test_an_edited_comment_lands_again_under_its_id(source: Source) -> None:
    first = read(source, answers([entry(1, 1)], _1=Answer(rss(comment(5, 1)))))
    feeds = answers([entry(1, 2)], _1=Answer(rss(comment(6, 1), comment(5, 1, "I have not."))))
    second = read(source, feeds, before=first)
    assert [(post.native_id, post.text) for post in second.posts][1] == (f"{SITE}/1/#comment-5", "I have not.")


def test_without_a_counter_it_is_asked_for_once_a_day(source: Source) -> None:
    first = read(source, answers([entry(1, None)], _1=Answer(rss(comment(5, 1)))))
    again = read(source, answers([entry(1, None)]), before=first)
    assert again.asked == [FEED]
    later = read(source, answers([entry(1, None)], _1=Answer(rss())), before=again, started=NOW.replace(day=23))
    assert later.asked == [FEED, f"{SITE}/1/feed/"]


@pytest.mark.parametrize("fault", [Unreachable("no answer"), Answer(status=503), WALL])
def test_comments_that_cannot_be_had_now_are_tried_again_and_fail_nothing(source: Source, fault: Say) -> None:
    first = read(source, answers([entry(1, 1)], _1=fault))
    assert (first.outcome, len(first.posts), first.tally.counts["comment_feed_failed"]) == ("ok", 1, 1)
    second = read(source, answers([entry(1, 1)], _1=Answer(rss(comment(5, 1)))), before=first)
    assert below(second) == ["comment-5"]


@pytest.mark.parametrize("fault", [Answer(status=403), Answer(status=404), Answer("<html><body>Closed"), Answer("")])
def test_comments_that_are_refused_are_left_until_their_number_changes(source: Source, fault: Say) -> None:
    first = read(source, answers([entry(1, 1)], _1=fault))
    assert first.tally.counts["comment_feed_failed"] == 1
    second = read(source, answers([entry(1, 1)]), before=first)
    assert second.asked == [FEED]


def test_behind_a_wall_one_comment_feed_is_asked_for_and_the_rest_wait(source: Source) -> None:
    walled = read(source, answers([entry(n, 1) for n in (3, 2, 1)], _3=WALL, _2=WALL, _1=WALL))
    assert (walled.outcome, walled.asked) == ("ok", [FEED, f"{SITE}/3/feed/"])
    feeds = answers([entry(n, 1) for n in (3, 2, 1)], **{f"_{n}": Answer(rss(comment(n, n))) for n in (3, 2, 1)})
    assert below(read(source, feeds, before=walled)) == ["comment-3", "comment-2", "comment-1"]


def test_a_wait_that_the_server_asks_for_is_kept_and_loses_nothing(source: Source) -> None:
    limited = read(source, answers([entry(2, 1), entry(1, 1)], _2=RateLimited("news.example", NOW)))
    assert (limited.outcome, limited.spider.not_before) == ("rate_limited", NOW)
    feeds = answers([entry(2, 1), entry(1, 1)], _2=Answer(rss(comment(6, 2))), _1=Answer(rss(comment(5, 1))))
    assert below(read(source, feeds, before=limited)) == ["comment-6", "comment-5"]


def test_the_cap_leaves_the_rest_for_the_next_poll(source: Source) -> None:
    capped = source.model_copy(update={"limits": source.limits.model_copy(update={"pages": 1})})
    feeds = answers([entry(2, 1), entry(1, 1)], _2=Answer(rss(comment(6, 2))), _1=Answer(rss(comment(5, 1))))
    first = read(capped, feeds)
    assert (below(first), first.tally.counts["limit_comment_feeds"]) == (["comment-6"], 1)
    assert below(read(capped, feeds, before=first)) == ["comment-5"]


def test_a_comment_feed_on_another_server_is_not_asked_for(source: Source) -> None:
    run = read(source, answers([entry(1, 1, "https://elsewhere.example/feed/")]))
    assert run.asked == [FEED]


def test_a_comment_that_links_to_its_article_does_not_replace_it(source: Source) -> None:
    run = read(source, answers([entry(1, 1)], _1=Answer(rss(comment(5, 1, link=f"{SITE}/1")))))
    assert [post.native_id for post in run.posts] == [f"{SITE}/1", f"{SITE}/1#{SITE}/?p=1#comment-5"]


def test_comments_do_not_widen_the_time_that_was_read(source: Source) -> None:
    entries = [entry(3, 0), entry(2, 0), entry(1, 2)]
    run = read(source, answers(entries, _1=Answer(rss(comment(2, 1), comment(1, 1)))))
    plain = read(source.model_copy(update={"comments": False}), answers(entries))
    assert run.window == plain.window


def test_a_feed_of_comments_is_not_taken_for_their_articles() -> None:
    run = read(make_source(FEED), {FEED: Answer(rss(comment(6, 1), comment(5, 1)))})
    assert [post.native_id for post in run.posts] == [f"{SITE}/1/#comment-6", f"{SITE}/1/#comment-5"]
    assert {post.author_kind for post in run.posts} == {AuthorKind.PERSON}
    assert run.asked == [FEED], "the page behind a comment is its article"


@pytest.mark.parametrize(
    ("link", "identity"),
    [
        (f"{SITE}/a/#comment-5", f"{SITE}/a#comment-5"),
        (f"{SITE}/a/comment-page-2/#comment-5", f"{SITE}/a#comment-5"),
        (f"{SITE}/?p=7&cpage=2#comment-5", f"{SITE}/?p=7#comment-5"),
        (f"{SITE}/?cpage=2&p=7#comment-5", f"{SITE}/?p=7#comment-5"),
        (f"{SITE}/a/#comments", None),
        (f"{SITE}/a/", None),
        ("#comment-5", None),
    ],
)
def test_a_comment_keeps_its_identity_when_it_moves_to_another_page(link: str, identity: str | None) -> None:
    found = comment_url(link)
    assert (found or "").replace("/#", "#") == (identity or "").replace("/#", "#")


def test_atom_names_the_comment_feed_by_a_link() -> None:
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:thr='http://purl.org/syndication/thread/1.0'><title>x</title>"
        f"<entry><title>One</title><id>1</id><link href='{SITE}/1'/><content type='html'>Words</content>"
        f"<link rel='replies' type='application/atom+xml' href='{SITE}/1/feed/' thr:count='3'/></entry></feed>"
    )
    run = read(make_source(FEED, comments=True), {FEED: Answer(atom), f"{SITE}/1/feed/": Answer(rss(comment(5, 1)))})
    assert below(run) == ["comment-5"]
    assert run.posts[0].engagement == {"replies": 3}
