"""Sitemaps as bytes: what each form says, and that no bytes at all make the parser crash or swell."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.sitemap.document import NotASitemap, SitemapDocument, parse_sitemap, read_robots
from crawlers.platforms.sitemap.listing import Listing, changed_until, choose
from tests.crawlers.conftest import make_source
from tests.crawlers.outlet import index, news, plain, urlset
from tests.crawlers.site import rss

URL = "https://herald.example/news.xml"
SITE = "https://herald.example"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOST = 100_000


def parse(body: str | bytes, most: int = MOST) -> SitemapDocument:
    return parse_sitemap(body.encode() if isinstance(body, str) else body, URL, most)


def test_a_news_entry_says_when_it_appeared_and_what_it_is_called() -> None:
    document = parse(urlset(news(f"{SITE}/1?a=1&amp;b=2", NOW, title="Boats &amp; borders", keywords="asylum, sea,")))
    (entry,) = document.entries
    assert (entry.link, entry.title, entry.published) == (f"{SITE}/1?a=1&b=2", "Boats & borders", NOW.isoformat())
    assert (entry.tags, document.language, document.is_news) == (("asylum", "sea"), "en", True)
    assert entry.raw.startswith(b"<url")
    assert not entry.updated


def test_a_plain_entry_says_when_it_changed_only() -> None:
    document = parse(urlset(plain("/imprint\n ", "2026-11-01"), plain("mailto:a@herald.example")))
    assert [entry.link for entry in document.entries] == [f"{SITE}/imprint", None]
    assert (document.entries[0].updated, document.entries[0].published) == ("2026-11-01", None)
    assert not document.is_news


def test_an_index_names_other_sitemaps() -> None:
    document = parse(index((f"{SITE}/a.xml.gz", "2026-11-22"), ("ftp://herald.example/b.xml", ""), ("/c.xml", "")))
    assert [(found.url, found.lastmod) for found in document.maps] == [
        (f"{SITE}/a.xml.gz", "2026-11-22"),
        (f"{SITE}/c.xml", None),
    ]
    assert document.is_index


def test_forms_that_the_protocol_does_not_know() -> None:
    without = urlset(plain(f"{SITE}/1")).replace(' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', "")
    other = urlset(plain(f"{SITE}/1")).replace("http://www.sitemaps.org", "https://www.google.com")
    cdata = urlset(plain(f"<![CDATA[{SITE}/1]]>"))
    for body in (without, other, cdata, "\n\n" + without):
        assert [entry.link for entry in parse(body).entries] == [f"{SITE}/1"]


def test_a_gzip_file_is_unpacked_up_to_the_cap() -> None:
    body = urlset(plain(f"{SITE}/1")).encode()
    half = len(body) // 2
    for packed in (gzip.compress(body), gzip.compress(body[:half]) + gzip.compress(body[half:])):
        document = parse(packed)
        assert (len(document.entries), document.size) == (1, len(body))
    for wrong, words in (
        (gzip.compress(bytes(MOST + 1)), "unpacks to more than"),
        (gzip.compress(bytes(MOST)) + gzip.compress(b"more"), "unpacks to more than"),
        (gzip.compress(body)[:-20], "breaks off"),
        (b"\x1f\x8bnothing of the kind", "broken gzip"),
    ):
        with pytest.raises(NotASitemap, match=words):
            parse(wrong)


def test_a_document_that_breaks_off_loses_its_last_entry_and_says_so() -> None:
    whole = urlset(plain(f"{SITE}/1"), plain(f"{SITE}/22"))
    document = parse(whole[: whole.index("/22") + 2])
    assert ([entry.link for entry in document.entries], document.is_broken) == ([f"{SITE}/1"], True)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "empty"),
        ("plain words", "not XML"),
        ("<html><body>Not found</body></html>", "a web page"),
        ("<!doctype html><html><p>Not found</html>", "a web page"),
        (rss(), "kind: feeds"),
        ("<opml/>", "<opml>"),
    ],
)
def test_what_is_no_sitemap_says_what_it_is(body: str, words: str) -> None:
    with pytest.raises(NotASitemap, match=words):
        parse(body)


def test_entities_neither_explode_nor_read_files() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    for name in ("b", "f"):
        document = parse(laughs + urlset(plain(f"{SITE}/1&{name};")).partition("?>")[2])
        assert "root:" not in repr(document)
        assert "haha" not in repr([entry.link for entry in document.entries])


def test_robots_txt_names_sitemaps_in_any_case_once() -> None:
    text = (
        "User-agent: *\nDisallow: /x\nSitemap: https://herald.example/a.xml\nSITEMAP:/b.xml # ours\n sitemap : /b.xml\n"
        "# Sitemap: /no.xml\nSitemap:\n"
    )
    assert [found.url for found in read_robots(text, f"{SITE}/robots.txt")] == [f"{SITE}/a.xml", f"{SITE}/b.xml"]
    assert len(read_robots("\n".join(f"Sitemap: /{n}.xml" for n in range(500)), SITE)) == 100


def chosen(*entries: str, days: float = 3) -> Listing:
    source = make_source(SITE, kind="sitemap")
    return choose(parse(urlset(*entries)), source, "herald.example", NOW - timedelta(days=days), NOW)


def test_recent_entries_of_the_site_come_latest_first_and_undated_ones_last() -> None:
    listing = chosen(
        plain(f"{SITE}/undated"),
        plain(f"{SITE}/old", "2026-11-01"),
        news(f"{SITE}/early", NOW - timedelta(days=2)),
        news("https://www.herald.example/late", NOW),
        plain(f"{SITE}/day", "2026-11-21"),
        plain("https://other.example/1", "2026-11-21"),
        plain("https://notherald.example/1", "2026-11-21"),
    )
    links = [(entry.link or "").rpartition("/")[2] for entry in listing.recent.entries]
    assert links == ["late", "day", "early", "undated"]
    assert (listing.older, listing.foreign, listing.newest) == (1, 2, NOW)


def test_a_list_reaches_back_to_the_later_of_its_last_two_dates_and_a_day_counts_from_its_end() -> None:
    hours = [NOW - timedelta(hours=number) for number in (1, 5, 9)]
    assert chosen(*(news(f"{SITE}/{moment.hour}", moment) for moment in hours)).reach == hours[1]
    assert chosen(news(f"{SITE}/1", hours[0])).reach is None, "one entry proves nothing"
    days = chosen(plain(f"{SITE}/1", "2026-11-21"), plain(f"{SITE}/2", "2026-11-20"))
    assert days.reach == datetime(2026, 11, 22, tzinfo=UTC), "of the 21st perhaps only the end is listed"
    assert changed_until("2026-11-21", NOW) == datetime(2026, 11, 22, tzinfo=UTC)
    assert changed_until("yesterday", NOW) is None


PARTS = st.sampled_from(
    [b"<urlset>", b"</urlset>", b"<url>", b"</url>", b"<loc>", b"</loc>", b"http://h/1", b"<lastmod>", b"2026-11-22",
     b"<sitemapindex>", b"<sitemap>", b"<news:news>", b"<!--", b"<![CDATA[", b"\x00", b"\xff", b"&a;", b"<!DOCTYPE x [",
     b'<?xml version="1.0" encoding="utf-99"?>', b"http://[", b"\x1f\x8b\x08"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PARTS, max_size=25).map(b"".join)), st.booleans())
def test_no_bytes_make_the_parser_crash(body: bytes, packed: bool) -> None:
    try:
        document = parse(gzip.compress(body) if packed else body)
    except NotASitemap:
        return
    source = make_source(SITE, kind="sitemap")
    listing = choose(document, source, "h", NOW - timedelta(days=3), NOW)
    assert len(listing.recent.entries) + listing.older + listing.foreign == len(document.entries)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=30))
def test_no_words_make_dates_or_robots_crash(text: str, date: str) -> None:
    read_robots("Sitemap: " + text, SITE)
    changed_until(date, NOW)
