"""Which words of a status are kept: none of who refuses, none of others, and all of the author's own."""

from __future__ import annotations

import json
from typing import Any

import pytest

from records import Landing
from tests.crawlers.fediverse_given import outcomes, poll_once
from tests.crawlers.fediverse_server import Akkoma, Mastodon4


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
