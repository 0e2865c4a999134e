"""What becomes of a channel's pages, poll by poll, and of pages of any shape; the answers are given, see stand_in.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.errors import BudgetSpent
from crawlers.platforms.telegram.page import read_page
from crawlers.task import RecheckOf
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Answer, Say
from tests.crawlers.telegram_channel import message, preview
from tests.crawlers.telegram_given import MINUTE, START, Given, html, poll, source

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
