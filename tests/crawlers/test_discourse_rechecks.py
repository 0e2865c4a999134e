"""A forum's posts, asked for again: there, edited, deleted, or emptied of their words; and what is kept of each.

The forum's answers are given, see stand_in.py and discourse_server.py.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crawlers.errors import Refused, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.discourse.posts import make_native_id, parse_native_id
from crawlers.task import RecheckOf
from records import Landing, make_post_id
from tests.crawlers.discourse_given import BASE, filled, recheck, source
from tests.crawlers.site import Reply
from tests.crawlers.stand_in import NOW, read

QUOTE = (
    '<aside class="quote no-group" data-username="ben" data-post="1" data-topic="2"><div class="title">ben:</div>'
    "<blockquote><p>Words of ben.</p></blockquote></aside>"
)


def test_a_post_that_is_gone_is_deleted_and_one_that_is_there_lands_as_it_reads_now() -> None:
    forum = filled(10, 11, 12)
    assert list(recheck(forum, 13).rechecked.values()) == ["deleted"]
    forum.edit(11, "<p>Other words.</p>")
    run = recheck(forum, 11)
    assert list(run.rechecked.values()) == ["present"]
    assert run.posts[-1].text == "Other words."
    assert run.adds_up()
    forum.posts[11]["user_deleted"] = True
    assert list(recheck(forum, 11).rechecked.values()) == ["deleted"]


def test_an_emptied_post_is_removed_by_a_list_and_by_a_recheck() -> None:
    """Only somebody else's words, and a picture, are left of it."""
    forum = filled(10, 11, 12)
    forum.edit(11, f"{QUOTE}<p><img src='/p.jpg'></p>")
    run = recheck(forum, 11)
    assert run.removed == [make_post_id("discourse", "forum.example/p/11")]
    assert (list(run.rechecked.values()), run.tally.not_landed) == (["deleted"], {"no_text": 1})
    assert run.adds_up()


def test_a_forum_that_shows_no_posts_words_has_emptied_none() -> None:
    forum = filled(10, 11, 12)
    for number in (10, 11, 12):
        forum.edit(number, "<p><img src='/p.jpg'></p>")
    run = recheck(forum, 11)
    assert run.removed == []
    assert (list(run.rechecked.values()), run.tally.counts["removal_doubted"]) == (["unknown"], 3)
    assert [post.title for post in run.posts] == ["Topic 2"], "a topic's title says nothing of the posts' words"
    assert run.adds_up()


def test_what_is_kept_of_a_post_is_its_authors_alone() -> None:
    forum = filled(10)
    forum.write(
        11,
        timedelta(0),
        NOW,
        cooked=f"{QUOTE}<p>Own <b>words</b>.</p>",
        raw='[quote="ben, post:1, topic:2"]\nWords of ben.\n[/quote]\nOwn words.',
        excerpt="Words of ben. Own words.",
        reply_to_user={"username": "ben", "name": "Ben Example"},
    )
    run = recheck(forum, 11)
    kept = {item.lookup: item for item in run.items if isinstance(item, Landing)}
    landed = [item for item in run.items if isinstance(item, Landing) and item.lookup == "forum.example/p/11"]
    assert len(landed) == 2, "from the list, and from the lookup"
    for item in landed:
        original = item.raw.body.decode()
        assert [words for words in ("ben", "Ben", "Topic 2") if words in original] == []
        assert "<b>words</b>" in original
        assert item.capture.body == b"", "the answer holds what the originals leave out"
    assert "Topic 2" in kept["forum.example/p/10"].raw.body.decode(), "who opened the topic wrote its title"


def test_the_first_post_of_a_topic_keeps_its_title_when_it_is_asked_for_again() -> None:
    forum = filled(10, 11)
    run = recheck(forum, 10)
    assert [post.title for post in run.posts if post.native_id.endswith("/10")] == ["Topic 2", "Topic 2"]
    forum.over["/t/2.json"] = lambda _: (503, {}, b"")
    run = recheck(forum, 10)
    assert [post.title for post in run.posts if post.native_id.endswith("/10")] == ["Topic 2"]
    assert list(run.rechecked.values()) == ["present"]


@pytest.mark.parametrize("status", [200, 204, 301, 401, 403, 429, 451, 500, 503])
def test_only_404_410_and_flags_are_deletions(status: int) -> None:
    forum = filled(10, 11)
    answer: Reply = (status, {}, b'{"errors": []}')
    forum.over["/posts/11.json"] = lambda _: answer
    assert list(recheck(forum, 11).rechecked.values()) == ["unknown"]


@pytest.mark.parametrize("fault", [Unreachable("no route"), Refused(Outcome.ROBOTS_DENIED, "robots.txt")])
def test_silence_is_no_deletion(fault: Exception) -> None:
    forum = filled(10, 11)

    class Silent:
        def get(self, url: str, default: Any = None) -> Any:
            return fault if "/posts/" in url else forum.answers(BASE).get(url)

    wanted = (RecheckOf(post_id="a" * 32, lookup="forum.example/p/11"),)
    run = read(source(), Silent(), rechecks=wanted)  # type: ignore[arg-type]
    assert list(run.rechecked.values()) == ["unknown"]


def test_not_found_is_not_believed_of_a_server_that_finds_nothing() -> None:
    forum = filled(10, 11)
    for number in (10, 11):
        forum.over[f"/posts/{number}.json"] = lambda _: (404, {}, b"{}")
    run = recheck(forum, 12)
    assert list(run.rechecked.values()) == ["unknown"]
    assert run.tally.counts["removal_doubted"] == 1


def test_a_post_of_another_forum_is_not_asked_for() -> None:
    forum = filled(10, 11)
    usual = len(read(source(), forum.answers(BASE)).asked)
    for lookup in ("other.example/p/12", "forum.example/p/0", "forum.example/p/x", "12", "", "forum.example/p/1/2"):
        run = recheck(forum, 12, lookup=lookup or " ")
        assert (list(run.rechecked.values()), len(run.asked)) == (["unknown"], usual)
    assert parse_native_id(make_native_id("forum.example/sub", 7), "forum.example/sub") == 7
