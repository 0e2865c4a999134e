"""Dates as sources write them: read where they can mean one day only, unknown otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scrapy.http import HtmlResponse

from crawlers.dates import DateFault, first_date, read_date
from crawlers.platforms.articles.article import Article, read_article
from crawlers.platforms.feeds.document import FeedEntry
from crawlers.platforms.feeds.posts import make_post
from crawlers.tally import Tally
from records import Post
from tests.crawlers.conftest import make_source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "languages", "moment"),
    [
        # Numbers alone: two days are possible unless the languages, or a 13th month, leave one.
        ("05.03.2026", (), None),
        ("05.03.2026", ("tr",), "2026-03-05T00:00"),
        ("05.03.2026", ("tr", "de"), "2026-03-05T00:00"),
        ("05.03.2026", ("tr", "en"), None),
        ("05.03.2026", ("xx",), None),
        ("03/04/2026 10:00", (), None),
        ("03/04/2026 10:00", ("ar",), "2026-04-03T10:00"),
        ("13.04.2026", (), "2026-04-13T00:00"),
        ("2026/05/03", ("tr",), "2026-05-03T00:00"),
        ("10/11/12", ("de",), None),
        ("1 11 2026", ("de",), "2026-11-01T00:00"),
        # Words: those of the source's languages, and English.
        ("1 Mart 2026", ("tr",), "2026-03-01T00:00"),
        ("1 Mart 2026", ("TR-tr",), "2026-03-01T00:00"),
        ("1 Mart 2026", (), None),
        ("۱ مارس ۲۰۲۶", ("fa",), "2026-03-01T00:00"),
        ("1 марта 2026 г.", ("ru",), "2026-03-01T00:00"),
        ("1. März 2026 14:30 Uhr", ("de",), "2026-03-01T14:30"),
        # Months of the Levant, Iraq and the Maghreb; under two names at once; a Persian month that looks like one.
        ("2 تشرين الثاني 2026", ("ar",), "2026-11-02T00:00"),
        ("22 تشرين الأول 2026 - 04:27 م", ("ar",), "2026-10-22T16:27"),
        ("5 كانون الثاني/يناير 2026", ("ar",), "2026-01-05T00:00"),
        ("5 اذار ٢٠٢٦", ("ar",), "2026-03-05T00:00"),
        ("5 أيّار 2026", ("ar",), "2026-05-05T00:00"),
        ("2 جويلية 2026", ("ar",), "2026-07-02T00:00"),
        ("2 غشت 2026", ("ar",), "2026-08-02T00:00"),
        ("2 شباط 2026", ("fa",), None),
        ("2 اوت 2026", ("fa",), "2026-08-02T00:00"),
        ("1 listopada 2025", ("hr",), "2025-10-01T00:00"),
        ("1 listopada 2025", ("pl",), "2025-11-01T00:00"),
        ("1 listopada 2025", ("pl", "hr"), None),
        ("March 1, 2026 2:30 pm", (), "2026-03-01T14:30"),
        ("March 2026", ("en",), None),
        ("1 March", ("en",), None),
        ("yesterday", ("en",), None),
        ("Copyright 2021 News", ("en",), None),
        # Zones by name.
        ("Sun, 01 Mar 2026 12:00:00 MSK", (), "2026-03-01T09:00"),
        ("Sun, 01 Mar 2026 12:00:00 CET", (), "2026-03-01T11:00"),
        ("Sun, 01 Mar 2026 12:00:00 EEST", (), "2026-03-01T09:00"),
        ("Sun, 01 Mar 2026 12:00:00 +0100 (CET)", (), "2026-03-01T11:00"),
        ("Sun, 01 Mar 2026 12:00:00 IST", (), None),
        ("1 Mar 2026 10:00 GMT+3", (), "2026-03-01T07:00"),
        ("2026-11-02 10:00 CET", (), "2026-11-02T09:00"),
    ],
)
def test_a_date_is_read_where_it_can_mean_one_day_only(
    text: str, languages: tuple[str, ...], moment: str | None
) -> None:
    found, fault = read_date(text, NOW, languages)
    assert found == (datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None)
    assert fault == (None if moment else DateFault.UNREADABLE)


@given(st.text(max_size=80), st.lists(st.sampled_from(["ar", "de", "en", "fa", "tr", "xx"]), max_size=2))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_date_or_unknown(text: str, languages: list[str]) -> None:
    found, fault = read_date(text, NOW, languages)
    assert found is None or (fault is None and found.tzinfo is UTC)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 11, 19)))
def test_the_standards_forms_come_back_as_they_went(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    for text in (moment.isoformat(), format_datetime(moment), moment.strftime("%Y-%m-%d %H:%M:%S UTC")):
        assert read_date(text, NOW, ("de",)) == (moment, None)


def test_the_first_date_that_can_be_read_is_taken_and_the_others_are_counted() -> None:
    good = datetime(2026, 3, 1, tzinfo=UTC)
    assert first_date(("soon", None, "2026-03-01"), NOW) == (good, DateFault.UNREADABLE)
    assert first_date(("1970-01-01", "2026-03-01", "2026-04-01"), NOW) == (good, DateFault.ANCIENT)
    assert first_date((None, ""), NOW) == (None, None)


def post_of(entry: FeedEntry, article: Article, tally: Tally, *languages: str) -> Post:
    source = make_source("https://n.example/feed", languages=languages)
    return make_post(entry, article, identity="https://n.example/1", source=source, language=None, now=NOW, tally=tally)


def entry(published: str | None) -> FeedEntry:
    return FeedEntry(
        raw=b"", media_type="application/xml", link="https://n.example/1", content="text", published=published
    )


def test_an_articles_date_serves_where_the_entrys_says_nothing() -> None:
    tally = Tally()
    post = post_of(entry("soon"), Article(published="2026-03-01T10:00:00Z"), tally)
    assert post.published_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert tally.counts["unreadable_date"] == 1


def test_the_sources_languages_decide_how_its_dates_are_read() -> None:
    assert post_of(entry("05.03.2026"), Article(), Tally()).published_at is None
    assert post_of(entry("05.03.2026"), Article(), Tally(), "tr").published_at == datetime(2026, 3, 5, tzinfo=UTC)
    assert post_of(entry("05.03.2026"), Article(language="tr"), Tally()).published_at == datetime(
        2026, 3, 5, tzinfo=UTC
    )


TEXT = "<p>" + "Forty people in a boat made for ten reached the shore at night, and nobody had called. " * 5 + "</p>"


@pytest.mark.parametrize(
    ("body", "date"),
    [
        (f"<article>{TEXT}</article><footer>Copyright 2021 News, 2021-01-01</footer>", None),
        (f"<time datetime='2026-11-20'>today</time><article>{TEXT}</article>", None),
        (f"<article><time datetime='2026-03-01T10:00Z'>1 March</time>{TEXT}</article>", "2026-03-01T10:00Z"),
        (f"<meta property='article:published_time' content='2026-03-02'><article>{TEXT}</article>", "2026-03-02"),
    ],
)
def test_a_page_has_the_date_that_it_states_for_its_article(body: str, date: str | None) -> None:
    page = HtmlResponse("https://n.example/1", body=f"<html><head></head><body>{body}</body></html>".encode())
    article = read_article(page)
    assert "Forty people" in article.text
    assert article.published == date
