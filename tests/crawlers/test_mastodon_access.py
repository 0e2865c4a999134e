"""Who may read a timeline, as its server says: the public, its members, nobody, or in words that are not known.

GoToSocial's robots.txt is that of its internal/web/robots.go, shortened to the rules for everybody, and its 401 and its headers
are those that a GoToSocial of October 2025 gave when it was run.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.crawlers.answering import in_json
from tests.crawlers.conftest import Poll, make_source
from tests.crawlers.fediverse_given import poll_once
from tests.crawlers.fediverse_server import Mastodon4, Pleroma, Sharkey
from tests.crawlers.site import Site


@pytest.mark.parametrize(("fields", "feed"), [({}, "live_feeds"), ({"tag": "boza"}, "hashtag_feeds")])
def test_a_server_is_read_as_far_as_it_says_that_it_is_public(fields: dict[str, Any], feed: str) -> None:
    server = Mastodon4()
    server.add("1")
    server.access[feed] = {"local": "public", "remote": "authenticated"}
    run = poll_once(server, **fields)
    assert (run.outcome, "local=true" in run.asked[-1]) == ("ok", True)
    server.access[feed] = {"local": "authenticated", "remote": "disabled"}
    closed = poll_once(server, **fields)
    assert (closed.outcome, closed.spider.message) == ("blocked", "the server shows this timeline to its members only")
    assert len(closed.asked) == 1, "its timeline was not asked for"


@pytest.mark.parametrize(
    "access",
    [
        [],
        {"live_feeds": []},
        {"live_feeds": {"local": [], "remote": []}},
        {"live_feeds": {"local": "disabled", "remote": "disabled"}},
    ],
)
def test_an_empty_list_means_switched_off(access: Any) -> None:
    server = Mastodon4()
    server.access = access
    run = poll_once(server)
    assert (run.outcome, run.spider.message) == ("blocked", "the server has switched this timeline off")


def test_an_unknown_way_to_say_who_may_read_is_not_taken_for_a_yes() -> None:
    server = Mastodon4()
    server.access = {"live_feeds": "members"}
    assert poll_once(server).outcome == "failed"
    server.access = {"live_feeds": {"local": "friends", "remote": "friends"}}
    assert poll_once(server).outcome == "blocked"


def test_gotosocial_is_not_collected(site: Site, poll: Poll) -> None:
    robots = "User-agent: *\nCrawl-delay: 500\n\n# API endpoints.\nDisallow: /api/\nDisallow: /auth/\n"
    site.serve("/robots.txt", robots, Content_Type="text/plain")
    site.serve("/api/v2/instance", '{"domain": "gts.example"}')
    found = poll(make_source(site.base_url, kind="mastodon", author_kind="person", tag="boza"))
    assert found.outcome == "robots_denied"
    assert "GoToSocial" in found.message
    assert site.paths() == [], "nothing but robots.txt was asked for"


def test_a_gotosocial_that_lets_us_in_still_wants_a_login_for_hashtags() -> None:
    server = Mastodon4()
    refused = in_json({"error": "Unauthorized: token not supplied"}, 401)
    headers = {**refused[1], "X-Robots-Tag": "noindex, noai"}
    server.over["/api/v1/timelines/tag/boza"] = lambda _: (401, headers, refused[2])
    run = poll_once(server, tag="boza")
    assert (run.outcome, "wants a login" in run.spider.message) == ("blocked", True)


def test_pleroma_says_what_it_does_not_show_to_visitors() -> None:
    server = Pleroma()
    server.add("Ab1")
    server.restricted["timelines"] = {"local": True, "federated": False}
    assert "remote=true" in poll_once(server).asked[-1]
    server.restricted["timelines"] = {"local": True, "federated": True}
    assert poll_once(server).outcome == "blocked"


def test_sharkey_is_read_where_its_policies_allow_it() -> None:
    server = Sharkey()
    for key in ("a9z8x7w6v5", "a9z8x7w6v6"):
        server.add(key, reactions=[{"name": "❤", "count": 4}])
    run = poll_once(server)
    assert [post.engagement["reactions"] for post in run.posts] == [4, 4]
    server.access["live_feeds"] = {"local": "disabled", "remote": "disabled"}
    assert poll_once(server).spider.message == "the server has switched this timeline off"
