"""How servers of the Fediverse differ, and what that comes to. What each server's answers were written after stands in
fediverse_server.py.
"""

from __future__ import annotations

from tests.crawlers.answering import in_json
from tests.crawlers.fediverse_given import outcomes, poll_once, post_id
from tests.crawlers.fediverse_server import NOT_FOUND, Akkoma, Mastodon4, Pleroma


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
