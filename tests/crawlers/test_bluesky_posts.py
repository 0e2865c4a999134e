"""What is read of one post of Bluesky: its words, its links and labels, and whose it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crawlers.platforms.bluesky.posts import full_text, make_post
from crawlers.platforms.bluesky.views import Record, View
from crawlers.tally import Tally
from records import Landing
from tests.crawlers.appview import ANA, BEN, AppView, hours, stamp, uri_of, view
from tests.crawlers.bluesky_given import NOW, link, poll, source


def a_post(**more: Any) -> Any:
    found = View.model_validate(view(1, NOW, **more))
    return make_post(found, source(), NOW, Tally())


def tag(name: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": 0, "byteEnd": 1},
        "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": name}],
    }


def test_a_post_says_all_that_its_record_says() -> None:
    record: dict[str, Any] = {
        "text": "Tekne bu gece 🚤 bilgi: t.me/exam… ve buraya",
        "langs": ["tr-TR"],
        "tags": ["umut", "boza"],
        "facets": [
            tag("boza"),
            link(31, 42, "https://t.me/example_channel"),
            link(46, 52, "https://example.org/x"),
            {
                "index": {"byteStart": 0, "byteEnd": 5},
                "features": [{"$type": "app.bsky.richtext.facet#mention", "did": BEN}],
            },
        ],
        "reply": {"root": {"uri": uri_of(7), "cid": "r"}, "parent": {"uri": uri_of(8), "cid": "p"}},
        "embed": {
            "$type": "app.bsky.embed.recordWithMedia",
            "record": {"record": {"uri": uri_of(9, BEN), "cid": "q"}},
            "media": {
                "images": [{"alt": "Bir  tekne", "image": {}}, {"alt": ""}],
                "external": {"uri": "https://example.org/y", "title": "A title", "description": "Words"},
            },
        },
    }
    shown = view(1, NOW, record=record, created=NOW - hours(9))
    body = record["text"].encode()
    start, here = body.index(b"t.me"), body.index(b"buraya")
    shown["record"]["facets"][1]["index"] = {"byteStart": start, "byteEnd": start + len("t.me/exam…".encode())}
    shown["record"]["facets"][2]["index"] = {"byteStart": here, "byteEnd": here + 6}
    found = View.model_validate(shown)
    post = make_post(found, source(), NOW, Tally())
    assert post.text == ("Tekne bu gece 🚤 bilgi: https://t.me/example_channel ve buraya (https://example.org/x)")
    assert post.hashtags == ("boza", "umut")
    assert post.media_text == "Bir tekne\nA title\nWords\nhttps://example.org/y"
    assert (post.lang_hint, post.author) == ("tr", ANA)
    assert post.engagement == {"replies": 1, "reposts": 2, "likes": 3, "quotes": 4}
    assert post.published_at is not None
    assert abs(post.published_at - NOW) < timedelta(seconds=1), "createdAt is whatever the writer's program says"
    assert post.url == f"https://bsky.app/profile/{ANA}/post/3k000001"
    assert (found.reply_to, found.quotes, found.mentions) == (uri_of(8), uri_of(9, BEN), (BEN,))


def test_text_is_plain_and_no_markup() -> None:
    assert a_post(text="a <b>c</b> &amp; d").text == "a <b>c</b> &amp; d"
    assert a_post(record={"langs": ["tr", "de"]}).lang_hint is None
    card = {"external": {"uri": "https://e.example", "title": "Two <b>", "description": ""}}
    assert a_post(record={"embed": card}).media_text == "Two <b>\nhttps://e.example"


@pytest.mark.parametrize(("start", "end"), [(0, 99), (-1, 3), (3, 3), (2, 1), (1, 2), (1, 4)])
def test_offsets_that_do_not_fit_leave_the_text_alone(start: int, end: int) -> None:
    record = Record.model_validate({"text": "é🚤 x", "facets": [link(start, end, "https://e.example")]})
    assert full_text(record) == "é🚤 x"


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"author": {"labels": [{"val": "!no-unauthenticated", "src": ANA}]}}, "no_unauthenticated"),
        ({"author": {"labels": [{"val": "!no-unauthenticated", "src": ANA, "neg": True}]}}, None),
        ({"labels": [{"val": "!hide", "src": BEN}]}, "hidden"),
        ({"labels": [{"val": "graphic-media", "src": BEN}]}, None),
        ({"record": {"labels": {"values": [{"val": "!no-unauthenticated"}]}}}, "no_unauthenticated"),
        ({"record": {"labels": {"values": [{"val": "noai"}]}}}, "noindex"),
    ],
)
def test_labels_of_author_post_and_record_are_heeded(over: dict[str, Any], reason: str | None) -> None:
    run = poll(source(), AppView(view(1, NOW, **over)))
    assert run.tally.not_landed == ({reason: 1} if reason else {})
    assert len(run.removed) == (1 if reason else 0)
    assert run.adds_up()
    if reason == "no_unauthenticated":
        assert "signed-in" in run.spider.message


def test_reposts_are_counted_and_posts_of_others_are_not_kept() -> None:
    network = AppView(view(1, NOW, embed={"$type": "app.bsky.embed.record#view", "record": {"value": "words of Ben"}}))
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "indexedAt": stamp(NOW), "by": {"did": ANA}}
    network.reposts = [{"post": view(2, NOW - hours(90), did=BEN), "reason": reason}]
    run = poll(source(), network)
    assert (run.tally.not_landed, len(run.posts)) == ({"repost": 1}, 1)
    (landing,) = (item for item in run.items if isinstance(item, Landing))
    assert b"words of Ben" not in landing.raw.body
    assert landing.capture.body == b""
    assert landing.lookup == uri_of(1)
