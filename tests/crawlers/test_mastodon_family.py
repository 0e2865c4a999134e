"""How servers of the Fediverse differ, and what that comes to. What each server's answers were written after stands in
fediverse_server.py; GoToSocial's robots.txt is that of its internal/web/robots.go, shortened to the rules for everybody, and
its 401 and its headers are those that a GoToSocial of October 2025 gave when it was run.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from config import Source
from crawlers.task import RecheckOf
from records import FEDIVERSE, Landing, make_post_id
from tests.crawlers.answering import in_json
from tests.crawlers.conftest import Poll, make_source
from tests.crawlers.fediverse_server import NOT_FOUND, Akkoma, Mastodon4, Pleroma, Sharkey
from tests.crawlers.site import Site
from tests.crawlers.stand_in import Run, read

LINK = "https://news.example/boats"


def source(server: Mastodon4, **fields: Any) -> Source:
    return make_source(server.base, kind="mastodon", author_kind="person", **fields)


def poll_once(server: Mastodon4, before: Run | None = None, *due: str, **fields: Any) -> Run:
    """A poll; ``due``: statuses to be rechecked."""
    host = server.base.partition("://")[2]
    return read(
        source(server, **fields),
        server.answers(server.base),
        before=before,
        started=datetime.now(UTC),
        rechecks=tuple(RecheckOf(post_id=post_id(server, key), lookup=f"{host}/{key}") for key in due),
    )


def post_id(server: Mastodon4, key: str) -> str:
    return make_post_id(FEDIVERSE, f"{server.base}/users/ana/statuses/{key}")


def outcomes(run: Run, server: Mastodon4) -> dict[str, str]:
    return {key: run.rechecked[made] for key in server.statuses if (made := post_id(server, key)) in run.rechecked}


# Who may read


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


def test_ulids_are_in_the_order_of_time() -> None:
    server = Mastodon4()
    keys = ["01KAN3W9ZZ0000000000000000", "01KAN4W9ZZ0000000000000000", "01KAQ0W9ZZ0000000000000000"]
    for key in keys[:2]:
        server.add(key)
    first = poll_once(server)
    server.add(keys[2])
    server.add("01KAN3X9ZZ0000000000000000")
    second = poll_once(server, first)
    assert first.spider.cursor["mark"] == keys[1]
    assert second.spider.cursor["mark"] == keys[2]
    assert len({post.post_id for post in (*first.posts, *second.posts)}) == 4, "the late one, too"


# Akkoma and Pleroma


def test_akkoma_is_read_by_the_first_version_and_asked_by_its_own_word() -> None:
    server = Akkoma()
    keys = [f"Ab{letter}kzQ8xYw2mVnPq" for letter in "01ABab"]
    for key in keys:
        server.add(key)
    first = poll_once(server, overlap="0s")
    assert first.asked[:2] == [f"{server.base}/api/v2/instance", f"{server.base}/api/v1/instance"]
    assert {post.author for post in first.posts} == {"ana@akkoma.example"}
    assert first.spider.cursor["mark"] == keys[-1], "digits, capitals, small letters"
    server.over["/api/v1/timelines/public"] = lambda _: in_json([server.statuses[keys[-1]]])
    gone = keys[:2]
    for key in gone:
        del server.statuses[key]
    run = poll_once(server, first, *keys)
    lookups = [url for url in run.asked if "/statuses" in url]
    assert "ids%5B%5D=" in lookups[0]
    assert len(lookups) == 4, "one for all, one for each that it left out, and the proof"
    assert [run.rechecked[post_id(server, key)] for key in keys] == ["deleted"] * 2 + ["present"] * 4


def test_what_is_meant_for_one_server_is_left_out_and_reactions_are_counted() -> None:
    server = Akkoma()
    server.add("Ab1", visibility="local")
    server.add("Ab2", local_only=True)
    server.add("Ab3", emoji_reactions=[{"name": "👍", "count": 2}, {"name": "⛵", "count": 3, "me": False}])
    server.add("Ab4", pleroma={"emoji_reactions": [{"name": "👍", "count": 1}]})
    server.add("Ab5", emoji_reactions="?", pleroma=[], reactions=[{"count": "many"}, {"count": -1}, 7])
    run = poll_once(server)
    assert run.tally.not_landed == {"not_public": 2}
    assert {post.text: post.engagement.get("reactions") for post in run.posts} == {
        "Post Ab3": 5,
        "Post Ab4": 1,
        "Post Ab5": 0,
    }


def test_a_boost_is_no_post_of_its_own_and_takes_none_away() -> None:
    """Akkoma gives a boost the address of what it boosts."""
    server = Akkoma()
    uri = server.add("Ab1")
    first = poll_once(server)
    server.add("Ab2", uri=uri, content="", reblog=server.statuses["Ab1"], visibility="unlisted")
    run = poll_once(server, first)
    assert (run.tally.not_landed, run.removed) == ({"reblog": 1}, [])


def test_pleroma_says_what_it_does_not_show_to_visitors() -> None:
    server = Pleroma()
    server.add("Ab1")
    server.restricted["timelines"] = {"local": True, "federated": False}
    assert "remote=true" in poll_once(server).asked[-1]
    server.restricted["timelines"] = {"local": True, "federated": True}
    assert poll_once(server).outcome == "blocked"


def test_a_status_that_pleroma_hides_from_visitors_is_not_deleted() -> None:
    server = Pleroma()
    for key in ("Ab1", "Ab2", "Ab3"):
        server.add(key)
    first = poll_once(server)
    server.hidden = {"Ab1", "Ab2"}
    server.restricted["activities"] = {"local": True, "remote": False}
    server.over["/api/v1/timelines/public"] = lambda _: in_json([server.statuses["Ab3"]])
    fresh = poll_once(server, None, "Ab1", "Ab2", "Ab3")
    assert outcomes(fresh, server) == {"Ab1": "unknown", "Ab2": "unknown", "Ab3": "present"}
    server.restricted["activities"] = {"local": False, "remote": False}
    assert outcomes(poll_once(server, first, "Ab1", "Ab2", "Ab3"), server)["Ab1"] == "deleted"


def test_sharkey_is_read_where_its_policies_allow_it() -> None:
    server = Sharkey()
    for key in ("a9z8x7w6v5", "a9z8x7w6v6"):
        server.add(key, reactions=[{"name": "❤", "count": 4}])
    run = poll_once(server)
    assert [post.engagement["reactions"] for post in run.posts] == [4, 4]
    server.access["live_feeds"] = {"local": "disabled", "remote": "disabled"}
    assert poll_once(server).spider.message == "the server has switched this timeline off"


# Lookups


def test_mastodon_is_never_asked_for_more_than_it_answers() -> None:
    server = Mastodon4()
    for number in range(100, 190):
        server.add(str(number))
    run = poll_once(server, None, *server.statuses, overlap="0s")
    assert set(run.rechecked.values()) == {"present"}
    assert len(run.rechecked) == 90
    assert len([url for url in run.asked if "/api/v1/statuses?" in url]) == 3, (
        "forty are on the page, twenty in a lookup"
    )


def test_a_server_without_the_lookup_of_many_is_asked_one_by_one() -> None:
    server = Mastodon4()
    for number in range(100, 150):
        server.add(str(number))
    server.over["/api/v1/statuses"] = lambda _: NOT_FOUND
    del server.statuses["100"]
    run = poll_once(server, None, "100", "101", "102", overlap="0s")
    assert [run.rechecked[post_id(server, key)] for key in ("100", "101", "102")] == ["deleted", "present", "present"]
    assert len([url for url in run.asked if "/statuses?" in url]) == 1, "it is not asked twice what it does not know"


# Links


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
        source(Mastodon4(), tag="boza", link=LINK)
    with pytest.raises(ValueError, match="link must start with"):
        source(Mastodon4(), link="news.example")


# Consent


@pytest.mark.parametrize(
    ("note", "lands"),
    [
        ("<p>Teacher. #nobot</p>", False),
        ('<p><a href="/tags/NoIndex" class="mention hashtag" rel="tag">#<span>NoIndex</span></a></p>', False),
        ("#noai", False),
        ("#nobots please", False),
        ("#noarchive", False),
        ("<p>I write about #nobotany and bots</p>", True),
        ("noindex", True),
        ("", True),
    ],
)
def test_a_profile_that_refuses_in_words_is_heeded(note: str, lands: bool) -> None:
    server = Mastodon4()
    server.add("1", account={"note": note, "noindex": None})
    run = poll_once(server)
    assert (len(run.posts) == 1) is lands
    assert run.tally.not_landed == ({} if lands else {"noindex": 1})


def test_who_has_not_opted_in_to_search_is_read_and_counted_or_left_out_as_the_entry_says() -> None:
    server = Mastodon4()
    server.add("1", account={"indexable": False})
    server.add("2")
    recorded = poll_once(server)
    assert (len(recorded.posts), recorded.tally.counts["not_indexable"]) == (2, 1)
    obeyed = poll_once(server, None, "1", indexable="obey", overlap="0s")
    assert (len(obeyed.posts), obeyed.tally.not_landed) == (1, {"not_indexable": 1})
    assert outcomes(obeyed, server) == {"1": "deleted"}, "what was landed before goes"


QUOTED = {"id": "9", "uri": "https://b.example/9", "url": "https://b.example/@ben/9", "content": "<p>Words of Ben</p>"}


@pytest.mark.parametrize(
    "fields",
    [
        {"quote": {"state": "accepted", "quoted_status": QUOTED}},
        {"quote": QUOTED},
        {"quote": QUOTED, "pleroma": {"quote": QUOTED, "local": True}},
    ],
)
def test_of_a_quoted_post_nothing_is_kept_but_its_address(fields: dict[str, Any]) -> None:
    link = "<p class='quote-inline'>RE: <a href='https://b.example/@ben/9'><span>b.example</span></a></p>"
    server = Mastodon4()
    server.add("1", content=f"{link}<p>Own words</p>", **fields)
    run = poll_once(server)
    landing = next(item for item in run.items if isinstance(item, Landing))
    assert landing.post.text == "Own words"
    assert b"Ben" not in landing.raw.body
    assert b"https://b.example/9" in landing.raw.body
    assert landing.capture.body == b"", "the page holds words of others"
    assert json.loads(landing.raw.body)["id"] == "1"


def test_the_address_that_stands_for_a_quote_is_no_word_of_the_author() -> None:
    server = Akkoma()
    link = '<a href="https://b.example/9"><span class="invisible">https://</span>b.example/9</a>'
    server.add("Ab1", content=f'Own words<span class="quote-inline"><br/><br/>RE: {link}</span>')
    assert poll_once(server).posts[0].text == "Own words"


def test_the_choices_of_a_poll_are_words_of_the_post() -> None:
    server = Mastodon4()
    server.add("1", poll={"options": [{"title": "By sea", "votes_count": 3}, {"title": "By land"}, {"title": None}, 5]})
    server.add("2", poll={"options": "?"})
    run = poll_once(server)
    assert {post.text for post in run.posts} == {"Post 1\nBy sea\nBy land", "Post 2"}
