"""Forums over real HTTP, poll by poll, each in its own process. Against discourse_server.py, which answers as Discourse's
source does; not against Discourse itself, and not against the public internet.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Source
from ledger import Ledger
from tests.crawlers.conftest import Poll, PollAll, make_source, posts, rows
from tests.crawlers.discourse_server import Forum
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Site


def forum_source(url: str, **fields: Any) -> Source:
    return make_source(url, kind="discourse", author_kind="person", **fields)


@pytest.fixture
def forum(site: Site) -> Forum:
    made = Forum()
    made.stand_behind(site)
    return made


def by_number(ledger: Ledger) -> dict[int, dict[str, Any]]:
    return {int(key.rpartition("/")[2]): row for key, row in posts(ledger).items()}


def test_polls_in_a_row_double_nothing_and_lose_nothing(site: Site, forum: Forum, poll: Poll, ledger: Ledger) -> None:
    """Across edits, deletions in a list, a post that shows late, and new ones."""
    for number in range(100, 230):
        forum.write(number)
    source = forum_source(site.base_url)
    first = poll(source)
    assert (first.outcome, first.counts["seen"], first.counts["new"]) == ("ok", 130, 130)
    second = poll(source)
    assert (second.counts["new"], second.counts["revised"], second.counts["unchanged"]) == (0, 0, 130)
    assert second.window_to is not None
    assert second.window_from is not None
    assert first.window_to is not None
    assert second.window_from <= first.window_to, "no gap between the two"

    forum.edit(150, "<p>Corrected words.</p>")
    forum.posts[151]["user_deleted"] = True
    forum.posts[152]["hidden"] = True
    forum.posts[153]["deleted_at"] = datetime.now(UTC).isoformat()
    forum.write(99)  # waited for a moderator
    forum.write(230)
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"], third.counts["unchanged"]) == (2, 1, 126)
    assert third.not_landed == {"deleted": 2, "hidden": 1}
    stored = by_number(ledger)
    assert set(stored) == set(range(99, 231))
    assert stored[150]["text"] == "Corrected words."
    assert stored[150]["edited_at"] is not None
    assert {number for number, row in stored.items() if row["removed_at"] is not None} == {151, 152, 153}
    assert stored[151]["text"] == "Words of post 151.", "the stub's words are not the author's"

    forum.posts[152]["hidden"] = False
    poll(source)
    assert by_number(ledger)[152]["removed_at"] is None, "it is back"


def test_what_a_post_holds(site: Site, forum: Forum, poll: Poll, ledger: Ledger) -> None:
    forum.titles[11] = "Crossing &amp; prices"
    forum.write(
        100,
        locale="pt_BR",
        reply_count=2,
        actions_summary=[{"id": 2, "count": 7}, {"id": 6}],
        cooked='<aside class="quote no-group" data-username="ben"><div class="title">ben:</div><blockquote><p>Words of '
        'ben.</p></blockquote></aside><p>Not so! #boza <img src="/e.png" class="emoji" alt=":boat:"></p>'
        '<div class="lightbox-wrapper"><a><img src="/p.jpg" alt="A harbour at night"><div class="meta"><span>p.jpg 690x'
        "388</span></div></a></div>"
        '<p><a href="https://t.me/sample_contact">Ask</a> <a href="/u/ben">ben</a></p>',
    )
    forum.write(101, post_url="//evil.example/x")
    poll(forum_source(site.base_url))
    stored = by_number(ledger)
    place = site.base_url.removeprefix("http://")
    row = stored[100]
    assert (row["platform"], row["native_id"]) == ("discourse", f"{place}/p/100")
    assert (row["title"], row["text"], row["media_text"]) == (
        "Crossing & prices",
        "Not so! #boza :boat:\n\nAsk ben",
        "A harbour at night\nhttps://t.me/sample_contact",
    )
    assert (row["hashtags"], row["lang_hint"]) == (["boza"], "pt")
    assert row["engagement"] == {"replies": 2, "likes": 7, "reads": 3}
    assert row["url"] == f"{site.base_url}/t/topic-11/11/1"
    assert row["author"] not in (None, "ana", "ana@127.0.0.1")
    assert (stored[101]["title"], stored[101]["url"]) == ("", f"{site.base_url}/p/101")
    assert {row["lookup"] for row in rows(ledger, "recheck")} == {f"{place}/p/100", f"{place}/p/101"}


def test_a_kill_in_the_middle_loses_and_doubles_nothing(site: Site, forum: Forum, poll: Poll, ledger: Ledger) -> None:
    forum.write(10)
    source = forum_source(site.base_url)
    poll(source)
    for number in range(11, 180):
        forum.write(number)
    pages: list[str] = []

    def die_once(address: str) -> None:
        pages.append(address)
        if len(pages) == 3:
            kill_the_crawl()

    forum.over["/posts.json"] = die_once
    assert poll(source).outcome == "killed"
    assert poll(source).outcome == "ok"
    assert set(by_number(ledger)) == set(range(10, 180))
    assert poll(source).counts["new"] == 0


def test_a_forum_that_limits_is_left_alone(site: Site, forum: Forum, poll: Poll, ledger: Ledger) -> None:
    """The limit comes on the second page: what was read has landed, and no time is claimed."""
    forum.write(1)
    source = forum_source(site.base_url)
    poll(source)
    for number in range(2, 130):
        forum.write(number)
    limited = (429, {"Retry-After": "1200", "Discourse-Rate-Limit-Error-Code": "ip_10_secs_limit"}, b"slow down")
    forum.over["/posts.json"] = lambda address: limited if "before" in address else None
    summary = poll(source)
    assert summary.outcome == "rate_limited"
    assert summary.next_due is not None
    assert summary.next_due > datetime.now(UTC) + timedelta(minutes=19)
    assert summary.window_to is None
    assert set(by_number(ledger)) == {1, *range(80, 130)}


def test_forums_that_are_not_to_be_read(site: Site, poll_all: PollAll) -> None:
    site.serve("/closed/posts.json", '{"errors": ["You need to be logged in"], "error_type": "not_logged_in"}', 403)
    site.serve("/gone/posts.json", "", 410)
    site.serve("/else/posts.json", '{"posts": []}')
    site.serve("/html/posts.json", "<html>")
    site.serve("/login/posts.json", "", 302, Location="/login")
    site.serve("/login", "<html>")
    site.serve("/empty/posts.json", '{"latest_posts": []}')
    names = ("closed", "gone", "else", "html", "login", "empty")
    found = poll_all(*(forum_source(f"{site.base_url}/{name}", id=name) for name in names))
    assert {name: found[name].outcome for name in names} == {
        "closed": "blocked",
        "gone": "gone",
        "else": "failed",
        "html": "failed",
        "login": "blocked",
        "empty": "empty",
    }
