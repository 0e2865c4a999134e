"""What a post says of other posts and of people, read from each platform's own form: ids as that platform names its posts,
people as it names its authors, so that one who is named and one who writes are the same.

Pure functions, in process. What becomes of links in the ledger: tests/ledger/test_links.py.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers import ImportMapping, import_file
from crawlers.importers.formats import FORMATS
from crawlers.platforms.bluesky.posts import make_post as make_bluesky
from crawlers.platforms.bluesky.views import View
from crawlers.platforms.discourse.posts import ForumPost, read_cooked
from crawlers.platforms.discourse.posts import make_post as make_discourse
from crawlers.platforms.lemmy.posts import COMMENT, POST, read_view
from crawlers.platforms.lemmy.posts import make_post as make_lemmy
from crawlers.platforms.mastodon.statuses import make_post as make_status_post
from crawlers.platforms.mastodon.statuses import read_status
from crawlers.platforms.mastodon.threads import Threads
from crawlers.platforms.reddit.things import make_thing_post, read_thing
from crawlers.platforms.shared.answers import read_item as read_as
from crawlers.platforms.telegram.page import read_page
from crawlers.platforms.telegram.posts import make_post as make_telegram
from crawlers.platforms.vk.posts import make_wall_post, read_wall_post
from crawlers.platforms.wordpress.items import identity_of, read_item
from crawlers.platforms.wordpress.items import make_post as make_wordpress
from crawlers.platforms.x.posts import make_x_post, read_x_post
from crawlers.platforms.youtube.comments import make_comment_post, read_comment
from crawlers.tally import Tally
from ledger import Ledger
from ledger.links import make_links
from records import Post, is_post_id, make_post_id
from tests.crawlers.appview import ANA, BEN, uri_of, view
from tests.crawlers.conftest import make_source, posts
from tests.crawlers.forum_board import Board
from tests.crawlers.lemmy_server import HOME, Lemmy
from tests.crawlers.site import item as feed_item
from tests.crawlers.site import rss
from tests.crawlers.stand_in import NOW, Answer, read
from tests.crawlers.wordpress_site import SITE, make_comment, make_item
from tests.ledger.conftest import KEY

ANY = make_source("https://any.example")


class Linked(NamedTuple):
    """What is asked of a post here."""

    reply_to: str | None = None
    thread: str | None = None
    quotes: str | None = None
    mentions: tuple[str, ...] = ()


def links(post: Post) -> Linked:
    return Linked(post.reply_to, post.thread, post.quotes, post.mentions)


# Bluesky


def bluesky(**record: Any) -> Linked:
    return links(make_bluesky(View.model_validate(view(1, NOW, record=record)), ANY, NOW, Tally()))


def test_bluesky() -> None:
    assert bluesky() == Linked(thread=uri_of(1)), "who answers nobody opens a thread"
    reply = {"root": {"uri": uri_of(7), "cid": "r"}, "parent": {"uri": uri_of(8), "cid": "p"}}
    named = {
        "index": {"byteStart": 0, "byteEnd": 1},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": BEN}],
    }
    shown = {"$type": "app.bsky.embed.record", "record": {"uri": uri_of(9, BEN), "cid": "q"}}
    assert bluesky(reply=reply, facets=[named, named], embed=shown) == Linked(
        uri_of(8), uri_of(7), uri_of(9, BEN), (BEN,)
    )


@pytest.mark.parametrize("uri", [f"at://{ANA}/app.bsky.graph.list/3k", "https://bsky.app/profile/x", ""])
def test_a_list_that_a_bluesky_post_shows_is_no_post(uri: str) -> None:
    odd = {"root": {"uri": uri, "cid": "r"}, "parent": {"uri": uri, "cid": "p"}}
    assert bluesky(embed={"record": {"uri": uri, "cid": "q"}}, reply=odd) == Linked()


# The Fediverse

HERE = "https://m.example"


def toot(number: int, **fields: Any) -> dict[str, Any]:
    at = datetime.now(UTC).isoformat()
    return {
        "id": str(number),
        "uri": f"{HERE}/s/{number}",
        "created_at": at,
        "content": f"<p>Post {number}</p>",
        "account": {"acct": "ana"},
        **fields,
    }


def fediverse(*statuses: dict[str, Any]) -> dict[str, Linked]:
    """A page, the newest first as servers give it."""
    page = Answer(json.dumps(list(statuses)))
    answers = {f"{HERE}/api/v2/instance": Answer('{"domain": "m.example"}'), f"{HERE}/api/v1/timelines/public": page}
    run = read(make_source(HERE, kind="mastodon", author_kind="person"), answers)
    return {post.native_id.rpartition("/")[2]: links(post) for post in run.posts}


def test_what_a_status_answers_is_known_of_those_that_were_read() -> None:
    found = fediverse(
        toot(5, in_reply_to_id="4", mentions=[{"acct": "ana"}, {"acct": "ben@far.example"}, {"acct": "ana"}]),
        toot(4, in_reply_to_id="2"),
        toot(3, in_reply_to_id="1"),
        toot(2),
    )
    two, four = f"{HERE}/s/2", f"{HERE}/s/4"
    assert found == {
        "5": Linked(four, two, None, ("ana@m.example", "ben@far.example")),
        "4": Linked(two, two),
        "3": Linked(),
        "2": Linked(thread=two),
    }


def test_statuses_that_answer_each_other_end_no_run() -> None:
    assert fediverse(toot(2, in_reply_to_id="1"), toot(1, in_reply_to_id="2"))["2"] == Linked(f"{HERE}/s/1")
    assert fediverse(toot(1, in_reply_to_id="1"))["1"].thread is None


FAR = "https://far.example/notes/x"


@pytest.mark.parametrize(
    ("fields", "quoted"),
    [
        ({"quote": {"state": "accepted", "quoted_status": {"id": "9", "uri": FAR, "content": "x"}}}, FAR),
        ({"quote": {"state": "accepted", "quoted_status_id": "1"}}, f"{HERE}/s/1"),
        ({"quote": {"id": "9", "uri": FAR}}, FAR),
        ({"quote": None, "pleroma": {"quote": {"id": "9", "uri": FAR}}}, FAR),
        ({"quote": {"state": "revoked", "quoted_status": None}}, None),
        ({"quote": {"uri": 5, "id": ["1"]}}, None),
        ({"quote": "x", "pleroma": []}, None),
    ],
)
def test_every_server_of_the_family_says_in_its_own_way_what_is_quoted(
    fields: dict[str, Any], quoted: str | None
) -> None:
    assert fediverse(toot(2, **fields), toot(1))["2"] == Linked(None, f"{HERE}/s/2", quoted)


# Telegram

MESSAGE = """<div class="tgme_widget_message_wrap"><div class="tgme_widget_message" data-post="SampleChannel/7">{}
<div class="tgme_widget_message_text js-message_text">{}</div></div></div>"""
REPLY = '<a class="tgme_widget_message_reply" href="https://t.me/SampleChannel/3">words</a>'
FORWARD = """<div class="tgme_widget_message_forwarded_from">Forwarded from <a class="tgme_widget_message_forwarded_from_name"
href="https://t.me/OtherChannel/5?single">Other</a></div>"""
HIDDEN = '<div class="tgme_widget_message_forwarded_from"><span class="tgme_widget_message_forwarded_from_name">A</span></div>'


def telegram(before: str, words: str = "Words") -> Linked:
    (message,) = read_page(MESSAGE.format(before, words).encode()).messages
    return links(make_telegram(message, ANY, NOW, Tally()))


def test_telegram() -> None:
    assert telegram(REPLY + FORWARD) == Linked("samplechannel/3", None, "otherchannel/5")
    assert telegram(HIDDEN) == Linked(), "whoever forwards from a person hides their name"
    words = (
        '<a href="https://t.me/Invented_Name">@Invented_Name</a> <a href="https://t.me/invented_name">@invented_name</a> '
        '<a href="https://t.me/elsewhere">here</a> <a href="https://t.me/samplechannel/2">@samplechannel</a> @plain'
    )
    assert telegram("", words) == Linked(mentions=("invented_name",)), "as channels are named when they write"


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


# Keyed platforms


def test_youtube() -> None:
    def seen(number: str, **snippet: Any) -> Linked:
        found = read_comment(
            {"id": number, "snippet": {"publishedAt": "2026-11-01T00:00:00Z", "textOriginal": "x", **snippet}}
        )
        assert found is not None
        return links(make_comment_post(found, ANY, None, NOW, Tally()))

    assert seen("Ug1") == Linked(thread="Ug1")
    assert seen("Ug1.a", parentId="Ug1") == Linked("Ug1", "Ug1")


def test_reddit() -> None:
    def seen(kind: str, **data: Any) -> Linked:
        found = read_thing({"kind": kind, "data": {"created_utc": 1.7e9, "body": "x", **data}})
        assert found is not None
        return links(make_thing_post(found, ANY, NOW, Tally()))

    assert seen("t3", name="t3_a") == Linked(thread="t3_a")
    assert seen("t1", name="t1_b", parent_id="t3_a", link_id="t3_a") == Linked("t3_a", "t3_a")
    assert seen("t1", name="t1_c", parent_id="t1_b", link_id="t3_a") == Linked("t1_b", "t3_a")


def test_vk() -> None:
    def seen(**fields: Any) -> Linked:
        found = read_wall_post({"id": 9, "owner_id": -5, "date": 1_700_000_000, "text": "x", **fields})
        assert found is not None
        return links(make_wall_post(found, ANY, NOW, Tally()))

    assert seen() == Linked()
    named = "[id12|Ana] [club7:bp-5_9|a club] [public7|again] [id12|Ana] @id99 [x|y]"
    assert seen(text=named).mentions == ("12", "-7"), "as from_id has them"
    assert seen(copy_history=[{"id": 3, "owner_id": 44}, {"id": 1, "owner_id": 2}]).quotes == "44_3"
    assert seen(copy_history=[[], "x"]).quotes is None
    assert seen(reply_post_id=8).reply_to == "-5_8"
    assert seen(reply_post_id=8, reply_owner_id=6).reply_to == "6_8"


def test_x() -> None:
    def seen(**fields: Any) -> Linked:
        found = read_x_post({"id": "20", "text": "x", "created_at": "2026-11-01T00:00:00Z", **fields})
        assert found is not None
        return links(make_x_post(found, ANY, NOW, Tally()))

    named = {"mentions": [{"username": "ana", "id": "7"}, {"username": "ben"}]}
    assert seen(
        conversation_id="10",
        referenced_tweets=[{"type": "replied_to", "id": "11"}, {"type": "quoted", "id": "12"}],
        entities=named,
        note_tweet={"text": "long", "entities": {"mentions": [{"username": "cem", "id": "8"}, {"id": "7"}]}},
    ) == Linked("11", "10", "12", ("7", "8")), "numbers, as authors are"
    assert seen() == Linked()


# Anything in their place

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=6)
    | st.sampled_from(["t1_a", "7", "0", "\x00", "\ud800", FAR, "[id1|x]", "@x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "acct", "uri", "type", "mentions", "owner_id", "quoted_status", "entities"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
SHAPES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "x": (
        {"id": "20", "text": "x", "created_at": "2026-11-01T00:00:00Z"},
        ("conversation_id", "referenced_tweets", "entities", "note_tweet"),
    ),
    "vk": (
        {"id": 9, "owner_id": -5, "date": 1_700_000_000, "text": "x"},
        ("copy_history", "reply_post_id", "reply_owner_id", "text"),
    ),
    "reddit": ({"name": "t1_b", "created_utc": 1.7e9, "body": "x"}, ("parent_id", "link_id")),
    "youtube": ({"publishedAt": "2026-11-01T00:00:00Z", "textOriginal": "x"}, ("parentId",)),
    "mastodon": (toot(1), ("in_reply_to_id", "mentions", "quote", "pleroma")),
}


def post_of(kind: str, item: dict[str, Any]) -> Post | None:
    """The post; None for a shape that is not known."""
    if kind == "x" and (x := read_x_post(item)) is not None:
        return make_x_post(x, ANY, NOW, Tally())
    if kind == "vk" and (wall := read_wall_post(item)) is not None:
        return make_wall_post(wall, ANY, NOW, Tally())
    if kind == "reddit" and (thing := read_thing({"kind": "t1", "data": item})) is not None:
        return make_thing_post(thing, ANY, NOW, Tally())
    if kind == "youtube" and (comment := read_comment({"id": "Ug1", "snippet": item})) is not None:
        return make_comment_post(comment, ANY, None, NOW, Tally())
    if kind == "mastodon" and (status := read_status(item)) is not None:
        threads = Threads()
        threads.learn([status])
        return make_status_post(status, ANY, "m.example", NOW, Tally(), threads.links(status))
    return None


@pytest.mark.parametrize("kind", SHAPES)
@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_stands_for_a_link_the_ledger_can_hold_what_is_read(kind: str, data: st.DataObject) -> None:
    item, names = SHAPES[kind]
    odd = data.draw(st.dictionaries(st.sampled_from(names), ANYTHING, min_size=1, max_size=3))
    post = post_of(kind, {**item, **odd})
    if post is None:
        assert post_of(kind, item) is not None, "refused for what was put there"
        return
    kept = make_links(KEY, post)
    assert all(linked is None or is_post_id(linked) for linked in kept[:3])
    assert all(len(name) == 16 for name in kept.mentions)
    assert len(set(kept.mentions)) == len(kept.mentions)


# Imports


def drafted(name: str, item: dict[str, Any]) -> Linked:
    found = FORMATS[name].read(item)
    return Linked(found.reply_to, found.thread, found.quotes, found.mentions)


def test_captures_and_exports() -> None:
    legacy = {
        "full_text": "x",
        "in_reply_to_status_id_str": "11",
        "conversation_id_str": "10",
        "quoted_status_id_str": "12",
        "entities": {"user_mentions": [{"id_str": "7", "screen_name": "ana"}, {"screen_name": "ben"}]},
    }
    assert drafted("zeeschuimer", {"rest_id": "20", "legacy": legacy}) == Linked("11", "10", "12", ("7",))
    marked = [{"userUniqueId": "ana.x"}, {"hashtagName": "boza"}, {"userUniqueId": ""}]
    video = {"id": "73", "desc": "x", "createTime": 1, "author": {"uniqueId": "a"}, "textExtra": marked}
    assert drafted("zeeschuimer", video) == Linked(None, "73", None, ("ana.x",))
    assert drafted("zeeschuimer", {**video, "duetInfo": {"duetFromId": "72"}}).quotes == "72"
    assert drafted("zeeschuimer", {**video, "duetInfo": {"duetFromId": "0"}}).quotes is None
    comment = {"cid": "5", "text": "x", "aweme_id": "73", "reply_id": "0"}
    assert drafted("zeeschuimer", comment) == Linked("73", "73")
    assert drafted("zeeschuimer", {**comment, "reply_id": "4"}) == Linked("comment/4", "73")


def test_the_research_api_of_tiktok() -> None:
    video = {"id": 73, "video_description": "x", "username": "a", "video_mention_list": ["ana.x", "@ben"]}
    assert drafted("tiktok-research", video) == Linked(None, "73", None, ("ana.x", "ben"))
    comment = {"id": 5, "text": "x", "video_id": 73, "parent_comment_id": 73}
    assert drafted("tiktok-research", comment) == Linked("73", "73")
    assert drafted("tiktok-research", {**comment, "parent_comment_id": 4}) == Linked("comment/4", "73")
    assert drafted("tiktok-research", {**comment, "parent_comment_id": "7.3E+18"}).reply_to == "73", (
        "a rounded id names none"
    )


FILE = make_source("", id="file", kind="import", author_kind="person")


def load(
    tmp_path: Path, ledger: Ledger, rows: list[dict[str, Any]], mapping: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    file = tmp_path / "posts.ndjson"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    rules = ImportMapping.model_validate(mapping)
    report = import_file(ledger, file, FILE, rules, now=datetime(2026, 11, 20, tzinfo=UTC))
    return report, posts(ledger)


def test_a_mapping_names_the_fields_of_links(tmp_path: Path, ledger: Ledger) -> None:
    rows = [
        {"id": 1, "text": "advert", "author": "ana"},
        {"id": 2, "text": "answer", "up": {"id": 1}, "top": 1, "of": "1", "who": "@ana, ben"},
        {"id": 3, "text": "numbers", "who": [7, "ana"]},
    ]
    fields = {"reply_to": "up.id", "thread": "top", "quotes": "of", "mentions": "who"}
    report, stored = load(tmp_path, ledger, rows, {"fields": fields})
    advert = make_post_id("import", "file:1")
    answer = stored["file:2"]
    assert [answer[name] for name in ("reply_to", "thread", "quotes")] == [advert] * 3
    assert answer["mentions"][0] == stored["file:1"]["author"]
    assert [len(stored[key]["mentions"] or ()) for key in sorted(stored)] == [0, 2, 2]
    assert report.remarks == {}


def test_columns_that_happen_to_have_such_names_are_not_links(tmp_path: Path, ledger: Ledger) -> None:
    row = {"id": 1, "text": "x", "quotes": 12, "mentions": 3, "thread": True, "reply_to": {"a": 1}}
    report, stored = load(tmp_path, ledger, [row], {})
    assert report.problems == {}
    assert [stored["file:1"][name] for name in ("reply_to", "thread", "quotes", "mentions")] == [None] * 4


def test_a_link_that_cannot_be_read_leaves_the_post_whole(tmp_path: Path, ledger: Ledger) -> None:
    rows: list[dict[str, Any]] = [
        {"id": "https://n.example/1", "text": "x", "reply_to": "no address", "thread": ["y"], "quotes": "7,3E+18"},
        {"id": "https://n.example/2", "text": "x", "mentions": 5},
    ]
    fields = {name: name for name in ("reply_to", "thread", "quotes", "mentions")}
    report, stored = load(tmp_path, ledger, rows, {"platform": "web", "fields": fields})
    assert list(stored) == ["https://n.example/1"]
    assert {word: problem.count for word, problem in report.remarks.items()} == {
        "odd_reply_to": 1,
        "odd_thread": 1,
        "odd_quotes": 1,
    }
    assert set(report.problems) == {"wrong_type_mentions"}
    assert stored["https://n.example/1"]["thread"] is None
