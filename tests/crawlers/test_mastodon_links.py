"""What is said about a link, while it trends; and a source that changes to another timeline."""

from __future__ import annotations

import pytest

from tests.crawlers.fediverse_given import mastodon_source, outcomes, poll_once
from tests.crawlers.fediverse_server import Mastodon4, Pleroma, Sharkey

LINK = "https://news.example/boats"


def test_what_is_said_about_a_trending_link_is_read() -> None:
    server = Mastodon4()
    server.trending = {LINK}
    for key in ("1", "2"):
        server.add(key)
    first = poll_once(server, link=LINK)
    assert (first.outcome, len(first.posts)) == ("ok", 2)
    assert "timelines/link?limit=40&url=https%3A%2F%2Fnews.example%2Fboats" in first.asked[-1]
    server.add("3")
    second = poll_once(server, first, link=LINK)
    assert {post.text for post in second.posts} == {"Post 1", "Post 2", "Post 3"}
    assert second.window[0] is not None


def test_a_link_that_no_longer_trends_is_no_fault_and_deletes_nothing() -> None:
    server = Mastodon4()
    server.trending = {LINK}
    for key in ("1", "2", "3"):
        server.add(key)
    first = poll_once(server, link=LINK)
    server.trending = set()
    run = poll_once(server, first, "1", "2", link=LINK)
    assert (run.outcome, run.window) == ("empty", (None, None))
    assert "does not trend" in run.spider.message
    assert outcomes(run, server) == {"1": "present", "2": "present"}


def test_a_server_that_closes_its_timelines_of_links_is_not_asked_for_one() -> None:
    for server in (Pleroma(), Sharkey()):
        server.trending = {LINK}
        run = poll_once(server, link=LINK)
        assert (run.outcome, run.spider.message) == ("blocked", "the server has switched this timeline off")
    half = Mastodon4()
    half.trending = {LINK}
    half.add("1")
    half.access["trending_link_feeds"] = {"local": "public", "remote": "disabled"}
    run = poll_once(half, link=LINK)
    assert (run.outcome, "local" in run.asked[-1]) == ("ok", False), "this timeline cannot be asked for one part"


def test_another_timeline_of_the_same_server_begins_anew() -> None:
    server = Mastodon4()
    for key in ("1", "2", "3"):
        server.add(key)
    first = poll_once(server)
    run = poll_once(server, first, tag="boza")
    assert not [url for url in run.asked if "min_id" in url]
    assert run.rechecked == {}
    again = poll_once(server, run, tag="#Boza")
    assert [url for url in again.asked if "min_id" in url], "it is the same hashtag"


def test_a_source_reads_either_a_tag_or_a_link() -> None:
    with pytest.raises(ValueError, match="either a tag or a link"):
        mastodon_source(Mastodon4.base, tag="boza", link=LINK)
    with pytest.raises(ValueError, match="link must start with"):
        mastodon_source(Mastodon4.base, link="news.example")
