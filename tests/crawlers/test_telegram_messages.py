"""What becomes of a message, and of what stands in a page beside it; the answers are given, see stand_in.py."""

from __future__ import annotations

from typing import Any

import pytest

from crawlers.platforms.telegram.page import parse_count
from records import Landing
from tests.crawlers.stand_in import Run
from tests.crawlers.telegram_channel import message, preview
from tests.crawlers.telegram_given import PHOTO, Given, html, poll


def one(text: str | None = "Words", **fields: Any) -> Run:
    return poll(Given(preview=html(preview(message(7, text, **fields)))))


def test_text_tags_views_and_reactions() -> None:
    words = (
        'First line<br/>second, <b>bold</b> <i class="emoji" style="x"><b>✅</b></i> '
        '<a href="?q=%23boza">#boza</a> <a href="?q=%23%D8%AD%D8%B1%D9%82%D8%A9">#حرقة</a>'
    )
    reactions = (
        '<div class="tgme_widget_message_reactions"><span class="tgme_reaction"><i class="emoji"><b>👍</b></i>1.5K</span>'
        '<span class="tgme_reaction"><i class="emoji"><b>💯</b></i>34</span></div>'
    )
    (post,) = one(words, views="12.7K", after=reactions).posts
    assert post.text == "First line\nsecond, bold ✅ #boza #حرقة"
    assert post.hashtags == ("boza", "حرقة")
    assert post.engagement == {"views": 12700, "reactions": 1534}
    assert (post.native_id, post.url) == ("samplechannel/7", "https://t.me/samplechannel/7")
    assert (post.author, post.author_kind.value, post.lang_hint) == ("samplechannel", "outlet", None)


def test_what_a_message_quotes_or_forwards_is_not_its_own() -> None:
    reply = (
        '<a class="tgme_widget_message_reply" href="https://t.me/samplechannel/3"><div class="tgme_widget_message_author">'
        '<span class="tgme_widget_message_author_name">Somebody Else</span></div>'
        '<div class="tgme_widget_message_text js-message_reply_text">quoted words</div></a>'
    )
    run = one("Own words", before=reply)
    (landing,) = run.items
    assert run.posts[0].text == "Own words"
    assert b"quoted words" not in landing.raw.body  # type: ignore[union-attr]
    assert landing.capture.body == b""  # type: ignore[union-attr]
    assert run.tally.counts["reply"] == 1
    forward = (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;<a class='
        '"tgme_widget_message_forwarded_from_name" href="https://t.me/otherchannel/5"><span>Other Channel</span></a></div>'
    )
    run = one("Passed on", before=forward)
    assert (run.posts[0].text, run.posts[0].author, run.tally.counts["forwarded"]) == ("Passed on", "samplechannel", 1)
    assert "Other Channel" not in run.posts[0].model_dump_json()


@pytest.mark.parametrize(
    ("kind", "forwards"),
    [
        ('<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/otherchannel/5">{}</a>', True),
        ('<span class="tgme_widget_message_forwarded_from_name">{}</span>', False),
        ('Other (<span class="tgme_widget_message_forwarded_from_author">{}</span>)', False),
        ("{}", False),
    ],
)
def test_the_name_of_whom_it_forwards_is_not_kept(kind: str, forwards: bool) -> None:
    name = kind.format("Rafi Invented")
    header = f'<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;{name}</div>'
    run = one("Passed <b>on</b>", before=header)
    (landing,) = run.items
    assert isinstance(landing, Landing)
    assert b"<b>on</b>" in landing.raw.body
    assert b"Rafi" not in landing.raw.body
    assert landing.capture.body == b"", "the page holds the name"
    assert landing.post.quotes == ("otherchannel/5" if forwards else None)
    assert run.tally.counts["forwarded"] == 1


@pytest.mark.parametrize("edited", [True, False])
def test_who_signed_a_message_is_not_kept(edited: bool) -> None:
    signature = '<span class="tgme_widget_message_from_author" dir="auto">Rafi Invented</span>,&nbsp;'
    meta = '<span class="tgme_widget_message_meta">'
    page = message(7, "Words", edited=edited).replace(meta, meta + signature)
    run = poll(Given(preview=html(preview(page))))
    (landing,) = run.items
    assert isinstance(landing, Landing)
    assert b"Words" in landing.raw.body
    assert b"Rafi" not in landing.raw.body + landing.capture.body + landing.post.model_dump_json().encode()
    assert run.tally.counts["edited"] == edited


def test_captions_and_the_links_behind_words() -> None:
    card = (
        '<a class="tgme_widget_message_link_preview" href="https://news.example/a"><div class="link_preview_site_name">News</div>'
        '<div class="link_preview_title">A crossing</div><div class="link_preview_description">Forty people</div></a>'
        '<a class="tgme_widget_message_document_wrap" href="https://t.me/samplechannel/7"><div class='
        '"tgme_widget_message_document_title">prices.pdf</div><div class="tgme_widget_message_document_extra">1.2 MB</div></a>'
    )
    words = (
        'Write <a href="https://wa.me/900000000000?a=1&amp;amp;b=2" onclick="x">here</a>, to '
        '<a href="https://t.me/invented_name">@invented_name</a> or see <a href="https://shown.example/x">shown.example/x</a>'
    )
    run = one(words, after=card)
    assert run.posts[0].media_text.split("\n") == [
        "News",
        "A crossing",
        "Forty people",
        "prices.pdf",
        "https://wa.me/900000000000?a=1&b=2",
    ]
    assert {"media_link_preview": 1, "media_document": 1}.items() <= dict(run.tally.counts).items()


def test_a_button_says_where_it_leads() -> None:
    button = (
        '<div class="tgme_widget_message_inline_keyboard"><div class="tgme_widget_message_inline_row">'
        '<a class="tgme_widget_message_inline_button url_button" href="{}" target="_blank"><span class='
        '"tgme_widget_message_inline_button_text" dir="auto">{}</span></a></div></div>'
    )
    contact = button.format("https://t.me/sample_contact?a=1&amp;amp;b=2", "Write to us")
    (post,) = one("Words", after=contact).posts
    assert (post.text, post.media_text) == ("Words", "Write to us\nhttps://t.me/sample_contact?a=1&b=2")
    (post,) = one(None, after=contact).posts
    assert post.media_text.startswith("Write to us"), "a picture with a button alone is an advert too"
    for href in ("tg://resolve?domain=sample_contact", "tg://resolve/?domain=sample_contact&amp;start=9"):
        (post,) = one(f'Write <a href="{href}">here</a>', after="").posts
        assert post.media_text == "https://t.me/sample_contact"
    (post,) = one('Write <a href="tg://user?id=1">here</a>').posts
    assert post.media_text == ""


def test_a_poll_is_its_question_and_answers() -> None:
    option = (
        '<div class="tgme_widget_message_poll_option"><div class="tgme_widget_message_poll_option_percent">{}%</div>'
        '<div class="tgme_widget_message_poll_option_text">{}</div></div>'
    )
    asked = '<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">Which way?</div>{}{}</div>'
    texts = [
        one(None, after=asked.format(option.format(share, "By sea"), option.format(100 - share, "By land")))
        .posts[0]
        .text
        for share in (20, 30)
    ]
    assert texts == ["Which way?\nBy sea\nBy land"] * 2, "votes are no edit"


UNSUPPORTED = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">Open the app</div></div>'
)


@pytest.mark.parametrize(
    ("fields", "not_landed"),
    [
        ({"text": "Channel created", "more_class": "service_message"}, {"service": 1}),
        ({"text": None, "after": PHOTO}, {"media_only": 1}),
        ({"text": None, "after": UNSUPPORTED}, {"not_supported": 1}),
        ({"text": None}, {"no_text": 1}),
        ({"text": "Words", "after": PHOTO + UNSUPPORTED}, {}),
    ],
)
def test_what_is_not_landed_is_counted_under_its_reason(fields: dict[str, Any], not_landed: dict[str, int]) -> None:
    run = one(**fields)
    assert (dict(run.tally.not_landed), len(run.posts)) == (not_landed, 0 if not_landed else 1)


@pytest.mark.parametrize(
    "time", ["", "yesterday", "1970-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"]
)
def test_a_date_that_cannot_be_true_is_unknown(time: str) -> None:
    page = message(7, "Words").replace('datetime="', f'datetime="{time}" data-x="')
    run = poll(Given(preview=html(preview(page))))
    assert run.posts[0].published_at is None
    assert sum(run.tally.counts[word] for word in ("unreadable_date", "ancient_date", "future_date")) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("401", 401),
        ("1.2K", 1200),
        ("1.1M", 1_100_000),
        ("👍7", 7),
        ("👍 12 345", 12_345),
        ("12 345", 12_345),
        ("1,234", 1234),
        ("3,4M", 3_400_000),
        ("3B", 3_000_000_000),
        ("1.234K", None),
        ("", None),
        ("views", None),
        ("1.2.3", None),
        ("9" * 30, None),
    ],
)
def test_counts(text: str, number: int | None) -> None:
    assert parse_count(text) == number
