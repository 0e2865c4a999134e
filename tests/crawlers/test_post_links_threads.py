"""What posts of forums and comments below articles say of other posts and of people; see test_post_links.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawlers.platforms.discourse.posts import ForumPost, read_cooked
from crawlers.platforms.discourse.posts import make_post as make_discourse
from crawlers.platforms.lemmy.posts import COMMENT, POST, read_view
from crawlers.platforms.lemmy.posts import make_post as make_lemmy
from crawlers.platforms.shared.answers import read_item as read_as
from crawlers.platforms.wordpress.items import identity_of, read_item
from crawlers.platforms.wordpress.items import make_post as make_wordpress
from crawlers.tally import Tally
from tests.crawlers.conftest import make_source
from tests.crawlers.forum_board import Board
from tests.crawlers.lemmy_server import HOME, Lemmy
from tests.crawlers.linked import ANY, Linked, links
from tests.crawlers.site import item as feed_item
from tests.crawlers.site import rss
from tests.crawlers.stand_in import NOW, Answer, read
from tests.crawlers.wordpress_site import SITE, make_comment, make_item

# Forums


def test_a_forum_s_topic_is_the_thread_of_all_its_posts() -> None:
    board = Board("phpbb")
    board.fill(5, 12, NOW)
    board.fill(6, 2, NOW)
    source = make_source(board.url, kind="forum", engine="phpbb", author_kind="person")
    found = {post.native_id: links(post) for post in read(source, board.answers()).posts}
    threads = {f"https://board.example/#{n}": f"https://board.example/#topic-{p.topic}" for n, p in board.posts.items()}
    assert found == {key: Linked(thread=topic) for key, topic in threads.items()}
    assert len(set(threads.values())) == 2


def discourse(known: dict[tuple[int, int], int], **fields: Any) -> Linked:
    shown = {
        "id": 50,
        "username": "ana",
        "created_at": NOW.isoformat(),
        "cooked": "<p>Words</p>",
        "topic_id": 4,
        **fields,
    }
    post = read_as(shown, ForumPost)
    assert post is not None
    return links(make_discourse(post, ANY, "https://talk.example/forum", NOW, Tally(), known))


def test_discourse() -> None:
    place = "talk.example/forum"
    known = {(4, 2): 41, (3, 1): 30}
    cooked = (
        '<aside class="quote" data-username="ben" data-post="1" data-topic="3"><blockquote>'
        '<a class="mention" href="/u/cem">@cem</a></blockquote></aside>'
        '<p><a class="mention" href="/u/ben_k">@Ben_K</a> <a class="mention" href="/u/ben_k">@Ben_K</a> @plain</p>'
    )
    assert discourse(known, post_number=3, reply_to_post_number=2, cooked=cooked) == Linked(
        f"{place}/p/41", f"{place}/t/4", f"{place}/p/30", ("Ben_K@talk.example",)
    )
    unseen = discourse({}, post_number=3, reply_to_post_number=2, cooked=cooked)
    assert (unseen.reply_to, unseen.quotes) == (None, None), "a post is known by an id that only its own item shows"


@pytest.mark.parametrize("where", ['data-post="x" data-topic="3"', 'data-post="²" data-topic="3"', 'data-post="1"', ""])
def test_a_discourse_quotation_of_another_shape_names_nothing(where: str) -> None:
    assert read_cooked(f'<aside class="quote" {where}><blockquote>b</blockquote></aside><p>a</p>').quoted is None


@pytest.mark.parametrize("version", [3, 4])
def test_lemmy(version: int) -> None:
    server = Lemmy(version)
    server.post(1, now=NOW)
    server.comment(5, now=NOW)
    server.comment(6, now=NOW, path="0.5.6")

    def seen(kind: str, number: int) -> Linked:
        found = read_view(server.view(kind, server.items[kind][number]), kind)
        assert found is not None
        return links(make_lemmy(found, ANY, {}, NOW, Tally()))

    post = f"https://{HOME}/post/1"
    assert seen(POST, 1) == Linked(thread=post)
    assert seen(COMMENT, 5) == Linked(reply_to=post, thread=post)
    assert seen(COMMENT, 6) == Linked(thread=post), "the comment above is named by a number of that server alone"


# Comments below articles


def test_wordpress_s_interface() -> None:
    def seen(raw: dict[str, Any], *, comment: bool = False) -> Linked:
        found = read_item(raw, comment=comment)
        assert found is not None
        return links(make_wordpress(found, identity_of(found) or "", ANY, NOW, Tally()))

    article = f"{SITE}/1/"
    assert seen(make_item(1, NOW)).thread == seen(make_comment(5, NOW), comment=True).thread == article
    assert seen(make_comment(5, NOW, parent=0), comment=True).reply_to == article
    assert seen(make_comment(6, NOW, parent=5), comment=True) == Linked(f"{article}#comment-5", article)


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"><id>x</id>
<title>Comments</title><updated>2026-03-01T12:00:00Z</updated>{}</feed>"""
COMMENT_ENTRY = """<entry><id>c{n}</id><title>By: x</title><link rel="alternate" href="https://news.example/1/#comment-{n}"/>
<updated>2026-03-01T12:00:00Z</updated><author><name>x</name></author><content type="html">words {n}</content>{more}</entry>"""


def test_comment_feeds() -> None:
    above = '<thr:in-reply-to ref="c5" href="https://news.example/1/#comment-5" type="text/html"/>'
    first = '<thr:in-reply-to ref="p" href="https://news.example/1/" type="text/html"/>'
    odd = '<thr:in-reply-to ref="urn:x"/>'
    entries = [COMMENT_ENTRY.format(n=n, more=more) for n, more in ((5, first), (6, above), (7, odd), (8, ""))]
    run = read(make_source("https://news.example/c"), {"https://news.example/c": Answer(ATOM.format("".join(entries)))})
    article = "https://news.example/1/"
    assert [links(post) for post in run.posts] == [
        Linked(article, article),
        Linked(f"{article}#comment-5", article),
        Linked(None, article),
        Linked(None, article),
    ]


def test_an_article_opens_the_thread_of_its_comments() -> None:
    run = read(
        make_source("https://news.example/feed"), {"https://news.example/feed": Answer(rss(feed_item(1, base=SITE)))}
    )
    assert [links(post) for post in run.posts] == [Linked(thread=post.native_id) for post in run.posts] != []


def test_isso() -> None:
    above = {"id": 2, "uri": "/a/", "text": "<p>x</p>", "mode": 1, "created": 1.6e9}
    comment = {**above, "id": 3, "created": 1.7e9, "parent": 2}
    site = "https://comments.example"

    def seen(*parent: dict[str, Any]) -> Linked:
        run = read(make_source(site, kind="isso"), {f"{site}/latest": Answer(json.dumps([*parent, comment]))})
        return links(run.posts[0])

    assert seen(above) == Linked("comments.example/2-1600000000", "comments.example/a/")
    assert seen() == Linked(thread="comments.example/a/")
