"""What becomes of a channel's pages, poll by poll, and of pages of any shape; the answers are given, see stand_in.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import Source
from crawlers.errors import BudgetSpent, RateLimited, Unreachable
from crawlers.platforms.telegram.page import parse_count, read_page
from crawlers.task import RecheckOf
from records import make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Answer, Run, Say, read
from tests.crawlers.telegram_channel import NOT_FOUND, PAGE, error, message, preview, single

URL = "https://t.me/s/samplechannel"
START = datetime.now(UTC)
MINUTE = timedelta(minutes=1)


def source(**fields: Any) -> Source:
    return make_source(URL, kind="telegram", **fields)


def html(page: str, status: int = 200, url: str | None = None) -> Answer:
    return Answer(page, status, {"Content-Type": "text/html; charset=utf-8"}, url=url)


def identity(number: int) -> str:
    return make_post_id("telegram", f"samplechannel/{number}")


class Given:
    """Pages of a dict of messages; ``over`` puts other answers in the place of the preview or of single pages."""

    def __init__(self, *numbers: int, age: timedelta = MINUTE, **over: Say | Callable[[str], Say]) -> None:
        self.messages = {number: message(number, f"Message {number}", at=START - age) for number in numbers}
        self.over = over

    def answers(self) -> dict[str, Say | Callable[[str], Say]]:
        pages = {
            f"https://t.me/samplechannel/{number}": self.over.get("single", self._single) for number in range(1, 400)
        }
        return {URL: self.over.get("preview", self._preview), **pages}

    def page(self, query: dict[str, list[str]]) -> str:
        low, high = int(query.get("after", ["0"])[0]), int(query.get("before", ["999999"])[0])
        numbers = sorted(number for number in self.messages if low < number < high)
        shown = numbers[:PAGE] if "after" in query else numbers[-PAGE:]
        return preview(*(self.messages[number] for number in shown))

    def _preview(self, url: str) -> Answer:
        return html(self.page(parse_qs(urlsplit(url).query)))

    def _single(self, url: str) -> Answer:
        number = int(urlsplit(url).path.rpartition("/")[2])
        return html(single(self.messages[number]) if number in self.messages else error(NOT_FOUND))


def poll(given: Given, before: Run | None = None, **more: Any) -> Run:
    started = more.pop("started", datetime.now(UTC))
    run = read(more.pop("source", source()), given.answers(), before=before, started=started, **more)
    assert run.tally.fault is None
    assert run.adds_up(), (run.tally.counts, run.tally.not_landed)
    return run


# What a message becomes


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


PHOTO = '<a class="tgme_widget_message_photo_wrap" href="https://t.me/samplechannel/7" style="background-image:url(\'x\')"></a>'
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
        ("", None),
        ("views", None),
        ("1.2.3", None),
        ("9" * 30, None),
    ],
)
def test_counts(text: str, number: int | None) -> None:
    assert parse_count(text) == number


# Pages


@pytest.mark.parametrize(
    ("page", "outcome", "words"),
    [
        (html("<html><body>Please prove that you are human</body></html>"), "failed", "not the preview"),
        (html(""), "failed", "not the preview"),
        (html(preview()), "empty", "no message"),
        (html("<html></html>", url="https://t.me/samplechannel"), "blocked", "no web preview"),
        (html("", 403), "blocked", "403"),
        (html("", 451), "blocked", "451"),
        (html("", 500), "failed", "500"),
        (html(preview("<div class='tgme_widget_message'>?</div>")), "empty", ""),
    ],
)
def test_other_answers(page: Answer, outcome: str, words: str) -> None:
    run = poll(Given(preview=page))
    assert (run.outcome, words in run.spider.message, run.window) == (outcome, True, (None, None))


def test_messages_of_an_unknown_shape_are_kept_and_do_not_hide_the_others() -> None:
    odd = "<div class='tgme_widget_message'>no number</div>"
    other = message(9, "Words of another", channel="elsewhere")
    page = preview(message(7, "Words"), odd, other, "<div class='renamed'>?</div>", message(8, "More"))
    run = poll(Given(preview=html(page)))
    assert (len(run.posts), run.rejected) == (2, ["bad_shape"] * 3)


def test_the_same_page_for_every_cursor_ends_and_is_no_success() -> None:
    first = poll(Given(*range(1, 21)))
    given = Given(*range(100, 120))
    given.over = {"preview": lambda url: html(given.page({}))}
    second = poll(given, first)
    assert (second.outcome, second.window, second.spider.cursor["mark"]) == ("failed", (None, None), 20)
    assert len(second.asked) <= 4
    third = poll(Given(*range(1, 120)), second)
    assert (
        third.outcome,
        {post.native_id for post in third.posts} >= {f"samplechannel/{n}" for n in range(21, 120)},
    ) == ("ok", True)


def test_an_after_that_is_not_heeded_costs_no_message() -> None:
    first = poll(Given(*range(1, 21)))
    given = Given(*range(1, 120))
    given.over = {
        "preview": lambda url: html(
            given.page({k: v for k, v in parse_qs(urlsplit(url).query).items() if k != "after"})
        )
    }
    second = poll(given, first)
    assert {post.native_id for post in second.posts} >= {f"samplechannel/{number}" for number in range(21, 120)}
    assert (second.outcome, second.spider.cursor["mark"]) == ("ok", 119)


def test_an_empty_page_in_between_is_not_the_end() -> None:
    """Telegram answers so to whoever asks too fast."""
    first = poll(Given(*range(1, 21)))
    given = Given(*range(1, 120))
    given.over = {
        "preview": lambda url: html(preview() if "after" in url else given.page(parse_qs(urlsplit(url).query)))
    }
    second = poll(given, first)
    assert (second.outcome, second.window, second.spider.cursor["mark"]) == ("failed", (None, None), 20)
    emptied = poll(Given(), first)
    assert (emptied.outcome, emptied.spider.cursor["mark"], emptied.rechecked) == ("empty", 20, {})


def test_where_the_messages_after_the_mark_are_gone_the_reading_still_meets_it() -> None:
    first = poll(Given(*range(1, 21)))
    second = poll(Given(*range(1, 21), *range(80, 150)), first)
    assert (second.outcome, second.window[0]) == ("ok", first.window[1])
    cleared = poll(Given(*range(200, 240)), second)
    assert (cleared.outcome, cleared.window[0], cleared.spider.cursor["mark"]) == ("ok", second.window[1], 239)


def test_a_first_poll_covers_no_more_than_it_read() -> None:
    given = Given(*range(1, 100), age=timedelta(hours=5))
    given.messages[80] = message(80, "Imported", at=START - timedelta(days=2000))
    run = poll(given, source=source(limits={"pages": 1}))
    assert run.window[0] == (START - timedelta(hours=5)).replace(microsecond=0)
    assert run.spider.cursor["mark"] == 99


def test_a_capped_run_claims_what_it_reached_only() -> None:
    hour = timedelta(hours=1)
    small, early = source(limits={"pages": 3}), START - 3 * hour
    first = poll(Given(1, 2, age=4 * hour), source=small, started=early)
    given = Given(1, 2, age=4 * hour)
    given.messages |= {n: message(n, f"Message {n}", at=early + n * MINUTE / 2) for n in range(3, 201)}
    second = poll(given, first, source=small)
    assert second.window == (early, (early + 41 * MINUTE / 2).replace(microsecond=0))
    assert (second.spider.cursor["mark"], second.tally.counts["limit_pages"]) == (42, 1)
    third = poll(given, second, source=small)
    assert third.window[0] == second.window[1]


def test_a_run_out_of_budget_keeps_what_it_has_reached() -> None:
    first = poll(Given(*range(1, 21)))
    given = Given(*range(1, 200))

    def spent(url: str) -> Say:
        return BudgetSpent("requests", 3) if "after=60" in url else html(given.page(parse_qs(urlsplit(url).query)))

    given.over = {"preview": spent}
    second = poll(given, first)
    assert (second.outcome, second.spider.cursor["mark"], second.tally.counts["limit_requests"]) == ("ok", 60, 1)
    third = poll(Given(*range(1, 200)), second)
    assert {post.native_id for post in third.posts} >= {f"samplechannel/{number}" for number in range(61, 200)}


def test_a_name_in_capitals_is_the_same_channel_and_another_one_is_not() -> None:
    first = poll(Given(*range(1, 21)))
    assert make_source("https://t.me/SampleChannel", kind="telegram").channel == first.spider.cursor["channel"]
    cursor = {**first.spider.cursor, "channel": "elsewhere", "mark": 5000}
    assert poll(Given(*range(1, 21)), cursor=cursor).spider.cursor["mark"] == 20


@pytest.mark.parametrize(
    "cursor", [{"mark": "x"}, {"mark": []}, {"shown": 5}, {"shown": [None]}, {"covered_to": 5}, {"covered_to": "soon"}]
)
def test_a_cursor_of_another_shape_is_dropped(cursor: dict[str, Any]) -> None:
    run = poll(Given(*range(1, 21)), cursor={"channel": "samplechannel", **cursor})
    assert (run.outcome, len(run.posts), run.tally.counts["cursor_reset"]) == ("ok", 20, 1)


@pytest.mark.parametrize(
    "path", ["", "/s/", "/+Abcdefgh12", "/joinchat/abcdef", "/ab", "/1channel", "/name/12", "/c/123456/7"]
)
def test_what_names_no_public_channel_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"t\.me/CHANNEL"):
        make_source(f"https://t.me{path}", kind="telegram")


# Single messages


def test_what_is_no_longer_listed_is_asked_for_once_and_a_gap_is_no_deletion() -> None:
    first = poll(Given(*range(1, 11), 15))
    second = poll(Given(*range(1, 8), 9, 10, 15), first)
    assert second.rechecked == {identity(8): "deleted"}
    assert [url for url in second.asked if "embed" in url] == [
        "https://t.me/samplechannel/8?embed=1",
        "https://t.me/samplechannel/1?embed=1",
    ]
    third = poll(Given(*range(1, 8), 9, 10, 15), second)
    assert (third.rechecked, [url for url in third.asked if "embed" in url]) == ({}, [])


def test_an_unlisted_message_that_is_still_there_stays() -> None:
    first = poll(Given(*range(1, 11)))
    there = Given(*range(1, 11))
    hidden = Given(*range(1, 8), 9, 10, single=lambda url: there._single(url))
    second = poll(hidden, first)
    assert (second.rechecked, len(second.posts)) == ({}, 10)


@pytest.mark.parametrize(
    "fault", [Unreachable("no answer"), RateLimited("t.me", START), html("", 503), html(error("Please wait"))]
)
def test_a_hint_that_cannot_be_followed_fails_no_poll(fault: Say) -> None:
    first = poll(Given(*range(1, 11)))
    second = poll(Given(*range(1, 8), 9, 10, single=fault), first)
    assert (second.outcome, second.rechecked) == ("ok", {})
    assert second.window[1] is not None


ASKED = (RecheckOf(post_id=identity(150), lookup="samplechannel/150"),)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (html(single(message(150, "Message 150"))), "present"),
        (html(single(message(150, "Other words"))), "present"),
        (html(single(message(150, None, after=PHOTO))), "present"),
        (html(single(message(151, "Another message"))), "unknown"),
        (html(single(message(150, "Words", channel="elsewhere"))), "unknown"),
        (html(error(NOT_FOUND)), "deleted"),
        (html("", 404), "deleted"),
        (html("", 410), "deleted"),
        (html(error("Channel with username @samplechannel not found")), "gone_platform"),
        (html(error("Please open Telegram to view this post")), "unknown"),
        (html("<html></html>"), "unknown"),
        (html("", 403), "unknown"),
        (html("", 500), "unknown"),
        (Unreachable("no answer"), "unknown"),
    ],
)
def test_what_the_page_of_a_single_message_means(answer: Say, outcome: str) -> None:
    given = Given(*range(1, 21))
    normal = given._single
    given.over = {"single": lambda url: answer if "/150?" in url else normal(url)}
    run = poll(given, rechecks=ASKED)
    assert run.rechecked == {identity(150): outcome}


def test_an_edit_found_by_recheck_lands() -> None:
    given = Given(*range(1, 21), single=html(single(message(150, "Other words", edited=True))))
    run = poll(given, rechecks=ASKED)
    assert [post.text for post in run.posts if post.native_id == "samplechannel/150"] == ["Other words"]


def test_a_single_page_that_refuses_search_engines_gives_no_words_and_no_deletion() -> None:
    page = single(message(150, "Other words")).replace("<head>", "<head><meta name='robots' content='noindex'>")
    run = poll(Given(*range(1, 21), single=html(page)), rechecks=ASKED)
    assert (run.rechecked, len(run.posts)) == ({identity(150): "present"}, 20)


def test_not_found_is_not_believed_where_nothing_is_found() -> None:
    run = poll(Given(*range(1, 21), single=html(error(NOT_FOUND))), rechecks=ASKED)
    assert (run.rechecked, run.tally.counts["removal_doubted"]) == ({identity(150): "unknown"}, 1)


@pytest.mark.parametrize(
    "lookup", ["", "x", "samplechannel", "samplechannel/../1", "https://t.me/samplechannel/5", "samplechannel/5?a=1"]
)
def test_a_lookup_of_another_shape_asks_nothing(lookup: str) -> None:
    run = poll(Given(*range(1, 21)), rechecks=(RecheckOf(post_id="a" * 32, lookup=lookup),))
    assert (run.rechecked, [url for url in run.asked if "embed" in url]) == ({"a" * 32: "unknown"}, [])


# Any bytes

CLASSES = sorted(
    {
        *("tgme_widget_message", "tgme_widget_message_wrap", "tgme_widget_message_text", "tgme_widget_message_reply"),
        *("tgme_widget_message_date", "tgme_widget_message_views", "tgme_widget_message_meta", "service_message"),
        *("tgme_widget_message_poll_question", "tgme_widget_message_error", "tgme_reaction", "tme_no_messages_found"),
        *("tgme_widget_message_photo_wrap", "tgme_channel_history", "link_preview_title", "js-message_text"),
    }
)
TAGS = ["div", "a", "time", "span", "b", "br", "table", "td", "svg", "script", "template", "body", "html", "x-y"]
ATTRIBUTES = [
    *("data-post='samplechannel/5'", "data-post='a/b'", "data-post='samplechannel/999999999999999'", "datetime='x'"),
    *(
        "datetime='2026-01-01T00:00:00Z'",
        "href='https://e.example/?a=1&amp;amp;b'",
        "href='http://['",
        "href",
        "style='\\",
    ),
]


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    """Pieces of the known shape in any order, closed or not, with any text between."""
    parts = []
    words = st.text(max_size=6) | st.sampled_from(
        ["\x1f", "\x0c", "&#31;", "&#0;", "&#xffff;", "\uffff", "1.2K", "<!--", "]]>"]
    )
    for _ in range(draw(st.integers(0, 25))):
        tag, names = draw(st.sampled_from(TAGS)), draw(st.lists(st.sampled_from(CLASSES), max_size=3))
        attributes = " ".join(draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=2)))
        parts.append(f"<{tag} class='{' '.join(names)}' {attributes}>{draw(words)}")
        if draw(st.booleans()):
            parts.append(f"</{draw(st.sampled_from(TAGS))}>")
    return "".join(parts).encode("utf-8", "surrogatepass")


@settings(max_examples=150, deadline=None)
@given(st.one_of(pages(), st.binary(max_size=200)))
def test_any_bytes_land_are_rejected_or_are_counted(body: bytes) -> None:
    read_page(body)
    answer = Answer(body, headers={"Content-Type": "text/html"})
    run = poll(Given(preview=answer, single=answer), rechecks=(RecheckOf(post_id="a" * 32, lookup="samplechannel/5"),))
    poll(Given(preview=answer, single=answer), run)
