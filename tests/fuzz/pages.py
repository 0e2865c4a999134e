# ruff: noqa: E501  the list of parsers is a table
"""Pages, feeds and other documents of the web."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Callable
from datetime import UTC, timedelta

from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import HtmlResponse

from crawlers.detect import NotReadableError, detect_page
from crawlers.links import MOST, find_places
from crawlers.opml import NotOpmlError, parse_opml
from crawlers.platforms.articles.article import read_article
from crawlers.platforms.articles.signs import read_page as read_any_page
from crawlers.platforms.feeds.document import parse_feed
from crawlers.platforms.feeds.entry import NotAFeed
from crawlers.platforms.forum.dates import DateRule
from crawlers.platforms.forum.engine import load_engine
from crawlers.platforms.forum.page import NotAPage, read_posts, read_topics
from crawlers.platforms.sitemap.document import NotASitemap, parse_sitemap, read_robots
from crawlers.platforms.sitemap.listing import choose
from crawlers.platforms.telegram.page import read_page as read_preview
from crawlers.texts import alt_texts, one_line, plain_text
from tests.crawlers import outlet
from tests.crawlers.conftest import make_source
from tests.crawlers.forum_board import STYLES
from tests.crawlers.forum_pages import BASE, Entry, Row, Sheet
from tests.crawlers.site import article, item, rss
from tests.crawlers.telegram_channel import error, message, preview, single
from tests.fuzz.mutations import documents, json_documents, texts
from tests.fuzz.parsers import NOW, URL, Parser
from tests.fuzz.words import DATES
from tests.peers.hostile_feeds import feeds


def run_feed(body: bytes) -> None:
    document = parse_feed(body, "application/rss+xml", URL)
    assert all(entry.link is None or entry.link.startswith(("http://", "https://")) for entry in document.entries)


def run_sitemap(body: bytes) -> None:
    document = parse_sitemap(gzip.compress(body) if body[:1] == b"g" else body, URL, 1_000_000)
    listing = choose(document, make_source(URL, kind="sitemap"), "news.example", NOW - timedelta(days=3), NOW)
    assert len(listing.recent.entries) + listing.older + listing.foreign == len(document.entries)


def run_robots(text: str) -> None:
    assert all(found.url.startswith(("http://", "https://")) for found in read_robots(text, URL))


def run_article(body: bytes) -> None:
    found = read_article(HtmlResponse(f"{URL}/1", body=body, request=Request(f"{URL}/1")))
    found.text.encode()
    assert found.canonical is None or found.canonical.startswith(("http://", "https://"))


def run_any_page(body: bytes) -> None:
    page = read_any_page(body, "text/html", URL)
    assert all(feed.url.startswith(("http://", "https://")) for feed in page.feeds)
    detect_page(URL, page)


def run_preview(body: bytes) -> None:
    page = read_preview(body)
    assert page.known or not page.messages


def run_board(name: str) -> Callable[[str], None]:
    def run(text: str) -> None:
        engine, style = load_engine(name, None), STYLES[name]
        dates = DateRule(NOW, (), UTC, engine.formats)
        for address in (style.forum(style.first), style.topic(5, style.first)):
            for read in (read_topics, read_posts):
                with contextlib.suppress(NotAPage):
                    read(text, BASE + address, engine, dates)

    return run


def board_pages(name: str) -> list[str]:
    style = STYLES[name]
    when = (NOW - timedelta(hours=2)).strftime(style.when)
    sheet = Sheet(style.number(1, 5), [style.number(0, 5), style.number(2, 5)], 2)
    rows = [Row(5, when, 12, 101, pages=style.number(2, 5)), Row(6, when, 0, 102)]
    entries = [Entry(101, when), Entry(102, when, "An answer", edited=when), Entry(103, when, deleted=True)]
    return [style.rows(rows, sheet), style.posts(entries, sheet, 5)]


def run_markup(text: str) -> None:
    plain_text(text)
    assert "\n" not in one_line(text)
    assert all(alt.strip() for alt in alt_texts(text))


def run_links(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    places = find_places((text,), body, own=(URL, text[:200]))
    assert len(places) == len(set(places)) <= MOST
    assert all(place.address.startswith(("http://", "https://")) for place in places)


LINKING = (
    b"see https://t.me/s/invented_channel, t.me/invented_channel/3 and https://board.example/viewtopic.php?f=3&t=1",
    b'{"content": "<a href=\\"https:\\/\\/t.me\\/other_channel\\/9\\">Other</a> https://links.example/c/europe"}',
    b'<entry><content>&lt;a href="https://talk.example/t/which-route/12"&gt;x&lt;/a&gt; https://news.example/feed</content></entry>',
)
PAGE = (
    article(head="<link rel='canonical' href='https://news.example/1'><meta name='robots' content='noai'>").encode(),
    (
        b"<!doctype html><html lang=tr><head><meta charset=windows-1254><link rel=alternate type='application/rss+xml' href=/feed>"
        b"<meta name=generator content='WordPress 6.1'><script type='application/ld+json'>{\"@type\":\"NewsArticle\","
        b'"datePublished":"2026-03-05"}</script></head><body class=home><article><p>Words of an article. '
        b"</p><time datetime='2026-03-05T10:00'>x</time></article></body></html>"
    ),
)
ROBOTS = (
    "User-agent: *\nDisallow: /private\nCrawl-delay: 5\nSitemap: https://news.example/news.xml\nSitemap: /rel.xml\n",
)
JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1", "title": "News", "home_page_url": "https://news.example/", "language": "en",
    "next_url": "https://news.example/feed?page=2",
    "items": [{"id": "1", "url": "https://news.example/1", "title": "A", "content_html": "<p>b</p>", "date_published": DATES[0],
               "authors": [{"name": "Ana"}], "tags": ["sea"]}, {"id": 2, "content_text": "c", "external_url": "https://x.example/"}],
}  # fmt: skip
ATOM = (
    b"<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'><title>News</title><link rel='next' href='?p=2'/>"
    b"<entry><id>tag:1</id><title type='html'>A &amp;amp; B</title><link href='/1'/><updated>2026-03-05T10:00:00Z</updated>"
    b"<author><name>Ana</name></author><content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>c<br/>d</div></content>"
    b"<category term='sea'/></entry></feed>"
)
PREVIEW = (
    preview(
        message(1, "Words <b>of</b> a message<br>#sea", views="1.2K", edited=True),
        message(
            2, None, before='<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/other/7">Other</a>'
        ),
    ).encode(),
    preview(head='<meta name="robots" content="noindex">').encode(),
    single(message(3, "One")).encode(),
    error("Post not found").encode(),
)
SITEMAPS = (
    outlet.urlset(
        outlet.news("https://news.example/1", NOW, keywords="sea"), outlet.plain("https://news.example/2", "2026-11-21")
    ),
    outlet.index(("https://news.example/news.xml", "2026-11-22"), ("https://news.example/old.xml.gz", "")),
)
OPML = (
    b"<?xml version='1.0'?><opml version='2.0'><head><title>x</title></head><body><outline text='News'><outline type='rss' "
    b"text='A' xmlUrl='https://news.example/feed' htmlUrl='https://news.example/' language='tr'/></outline></body></opml>"
)


PAGES: tuple[Parser, ...] = (
    Parser(
        "feed", "bytes",
        st.one_of(documents([rss(item(1), item(2, text=None)).encode(), ATOM, *(body for _, body in feeds().values() if len(body) > 200)]),
                  json_documents([JSON_FEED])),
        run_feed, (NotAFeed,),
        tuple(f"crawlers.platforms.feeds.{name}" for name in ("document.parse_feed", "json_feed.read_json", "broken.read_broken")),
    ),
    Parser("sitemap", "bytes", documents([one.encode() for one in SITEMAPS]), run_sitemap, (NotASitemap,),
           ("crawlers.platforms.sitemap.document.parse_sitemap",)),
    Parser("sitemap-robots", "text", texts(ROBOTS), run_robots, (), ("crawlers.platforms.sitemap.document.read_robots",)),
    Parser("article", "bytes", documents(PAGE), run_article, (), ("crawlers.platforms.articles.article.read_article",)),
    Parser("any-page", "bytes", documents(PAGE), run_any_page, (NotReadableError,), ("crawlers.platforms.articles.signs.read_page",)),
    Parser("telegram-preview", "bytes", documents(PREVIEW), run_preview, (), ("crawlers.platforms.telegram.page.read_page",)),
    *(Parser(f"forum-{name}", "text", texts(board_pages(name)), run_board(name), (),
             tuple(f"crawlers.platforms.forum.{one}" for one in ("page.read_topics", "page.read_posts", "own_part.read_own_part"))) for name in STYLES),
    Parser("markup", "text", texts([page.decode("utf-8", "replace") for page in PAGE]), run_markup),
    Parser("opml", "bytes", documents([OPML]), parse_opml, (NotOpmlError,), ("crawlers.opml.parse_opml",)),
    Parser("links", "bytes", documents(LINKING), run_links),
)  # fmt: skip
