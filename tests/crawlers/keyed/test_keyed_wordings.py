"""What a post of each keyed platform says: its words, its links, its hashtags."""

from __future__ import annotations

import pytest

from crawlers.platforms.keyed.items import Read
from crawlers.platforms.shared.words import hashtags_in
from records import Post
from tests.crawlers.keyed.keyed_given import NOW, spider_of


def test_hashtags_stand_alone() -> None:
    assert hashtags_in("#boat,#граница (#هجرة) x#no &#8217; #1 a/b#c #boat") == ("boat", "граница", "هجرة")


def worded(read: Read | None) -> Post:
    assert read is not None
    assert read.post is not None
    return read.post


def test_what_stands_between_signs_in_a_comment_are_its_words() -> None:
    said = "Call me\nif 3 <b and c> 2 &amp; so on\n\n<write to me>"
    comment = {"id": "Ug1", "snippet": {"textOriginal": said, "publishedAt": "2026-11-20T10:00:00Z"}}
    assert worded(spider_of("youtube").read_item(comment, NOW)).text == said


def test_links_at_x_are_written_out() -> None:
    short, long = "https://t.co/aaaaaaaaaa", "https://wa.me/447700900123?text=hi&copy=1"
    picture = {
        "url": "https://t.co/bbbbbbbbbb",
        "expanded_url": "https://x.com/ana/status/7/photo/1",
        "media_key": "3_1",
    }
    links = {"urls": [{"url": short, "expanded_url": long}, picture, {"start": 3}]}
    made = {"id": "7", "text": f"A &amp; B {short} {picture['url']}", "created_at": "2026-11-20T10:00:00Z"}
    assert worded(spider_of("x").read_item({**made, "entities": links}, NOW)).text == f"A & B {long} {picture['url']}"
    note = {"text": f"Long {short}", "entities": links}
    assert worded(spider_of("x").read_item({**made, "note_tweet": note}, NOW)).text == f"Long {long}"


@pytest.mark.parametrize(
    ("link", "written"),
    [
        ("https://t.me/sample_contact", "Words\n\nhttps://t.me/sample_contact"),
        ("https://i.redd.it/a.jpg", "Words"),
        ("https://www.reddit.com/gallery/a", "Words"),
        ("/r/other/comments/a", "Words"),
        (None, "Words"),
    ],
)
def test_a_submission_is_about_its_link(link: str | None, written: str) -> None:
    data = {"name": "t3_a", "created_utc": NOW.timestamp(), "title": "T", "selftext": "Words"}
    made = {"kind": "t3", "data": {**data, "url_overridden_by_dest": link}}
    assert worded(spider_of("reddit").read_item(made, NOW)).text == written


def test_a_name_in_markdown_is_read_whole() -> None:
    data = {
        "name": "t1_a",
        "created_utc": NOW.timestamp(),
        "body": "Write to **@some\\_name\\_99** [here](https://t.me/a_b_)",
    }
    post = worded(spider_of("reddit").read_item({"kind": "t1", "data": data}, NOW))
    assert post.text == "Write to @some_name_99 here (https://t.me/a_b_)"


@pytest.mark.parametrize(
    ("link", "written"),
    [
        ("https://t.me/sample_contact", "A card\nhttps://t.me/sample_contact"),
        ("https://m.vk.com/wall-1_2", "A card"),
        (7, "A card"),
    ],
)
def test_a_link_card_at_vk_says_where_it_leads(link: object, written: str) -> None:
    card = {"type": "link", "link": {"url": link, "title": "A card"}}
    made = {"id": 1, "owner_id": -7, "date": int(NOW.timestamp()) - 9, "text": "Words", "attachments": [card]}
    assert worded(spider_of("vk").read_item(made, NOW)).media_text == written
