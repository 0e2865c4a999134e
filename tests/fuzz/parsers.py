# ruff: noqa: E501  the lists of parsers and of pages are tables
"""Every parser of what others wrote, with real shapes to start from and what it promises of any input.

A parser's check is its ``run``: it calls the parser and asserts what its docstring says of the result; the exceptions that
the docstring names are in ``refuses``. ``covers`` names the functions that are fuzzed so, as module.function: a function called
``read_*`` or ``parse_*`` that is in no list is found by test_every_parser.py.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import json
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from pydantic import ValidationError
from scrapy import Request
from scrapy.http import HtmlResponse

from cli.classify import _parse as parse_line
from cli.faults import CommandFault, read_post_id
from config import ConfigError, Pseudonyms, Source, parse_interval, parse_sender
from config.subscriptions import parse_clock
from crawlers.dates import DateFault, parse_date, read_date
from crawlers.detect import NotReadableError, detect_address, detect_page
from crawlers.errors import EndRun
from crawlers.importers.convert import Converter
from crawlers.importers.drafts import FormatConverter, read_moment
from crawlers.importers.formats import FORMATS
from crawlers.importers.formats.crowdtangle import facebook_id
from crawlers.importers.items import read_items
from crawlers.importers.mapping import ImportMapping
from crawlers.importers.problems import NotRowsError, RowFault
from crawlers.importers.rows import read_rows
from crawlers.links import MOST, find_places
from crawlers.opml import NotOpmlError, parse_opml
from crawlers.places import LONGEST, place_at
from crawlers.platforms.articles.article import read_article
from crawlers.platforms.articles.signs import read_page as read_any_page
from crawlers.platforms.bluesky.views import read_answer
from crawlers.platforms.feeds.document import parse_feed
from crawlers.platforms.feeds.entry import NotAFeed
from crawlers.platforms.forum.dates import DateRule
from crawlers.platforms.forum.engine import load_engine
from crawlers.platforms.forum.page import NotAPage, read_posts, read_topics
from crawlers.platforms.gdelt.answer import GdeltRefusal, parse_answer
from crawlers.platforms.jetstream.events import Event, What, read_frame
from crawlers.platforms.keyed.redaction import Redactor
from crawlers.platforms.lemmy.posts import read_languages
from crawlers.platforms.sitemap.document import NotASitemap, parse_sitemap, read_robots
from crawlers.platforms.sitemap.listing import changed_until, choose
from crawlers.platforms.telegram.page import parse_count
from crawlers.platforms.telegram.page import read_page as read_preview
from crawlers.platforms.wordpress.items import make_post as make_wordpress_post
from crawlers.platforms.wordpress.items import read_item as read_wordpress_item
from crawlers.platforms.wordpress.items import why_skipped
from crawlers.politeness.waiting import parse_wait
from crawlers.tally import Tally
from crawlers.texts import alt_texts, one_line, plain_text
from crawlers.urls import canonical_url, host_of
from indexer import QueryError
from indexer.grammar import parse_query
from nlp.offers import OfferReader
from nlp.redaction import find_redactions
from records import TOKEN, AuthorKind, TextField, parse_reference, working_copy
from tests.crawlers import outlet
from tests.crawlers.conftest import make_source
from tests.crawlers.forum_board import STYLES
from tests.crawlers.forum_pages import BASE, Entry, Row, Sheet
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.keyed.peers import KEY
from tests.crawlers.site import article, item, rss
from tests.crawlers.telegram_channel import error, message, preview, single
from tests.crawlers.wordpress_site import make_comment, make_item
from tests.fuzz.mutations import PIECES, documents, json_documents, raw_documents, texts, values
from tests.peers.hostile_feeds import feeds

KEPT = Path(__file__).parent / "kept"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
URL = "https://news.example/feed"
IMPORTERS = "crawlers.importers"
Form = Literal["bytes", "text", "value"]


@dataclass(frozen=True)
class Parser:
    """One way of reading what others wrote."""

    name: str
    form: Form
    inputs: st.SearchStrategy[Any]
    run: Callable[[Any], object]
    refuses: tuple[type[Exception], ...] = ()
    covers: tuple[str, ...] = ()

    def meet(self, given: Any) -> None:
        """One input: read as promised, or refused by name."""
        with contextlib.suppress(*self.refuses):
            self.run(given)

    def kept(self) -> Iterator[Any]:
        """Inputs that once broke it: the files of kept/NAME/."""
        for path in sorted((KEPT / self.name).glob("*")):
            body = path.read_bytes()
            yield body if self.form == "bytes" else body.decode("utf-8") if self.form == "text" else json.loads(body)


# Pages and documents of the web


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


# Dates, waits, addresses


def run_date(text: str) -> None:
    for languages, zone in (((), UTC), (("tr",), ZoneInfo("Europe/Istanbul")), (("ar", "en"), UTC), (("fa",), UTC)):
        found, fault = read_date(text, NOW, languages, zone)
        assert found is None or (fault is None and found.tzinfo is UTC)
        assert fault is None or isinstance(fault, DateFault)
        found, fault = DateRule(NOW, languages, zone).read(text)
        assert found is None or (fault is None and found.tzinfo is UTC)
    changed_until(text, NOW)
    parse_date(text, ("de",))


def run_wait(text: str) -> None:
    assert parse_wait(text, NOW) >= 0


def run_address(text: str) -> None:
    for url in (text, f"https://t.me/{text}", f"https://{text}/x", f"https://youtube.com/{text}"):
        host_of(url)
        canonical_url(url)
        with contextlib.suppress(ValidationError, NotReadableError):
            detect_address(Source.model_validate({"id": "x", "kind": "feeds", "url": url}).url)
        with contextlib.suppress(RowFault):
            facebook_id(url, "1")
        place = place_at(url, {"fediverse": {host_of(url)}, "lemmy": {host_of(url)}})
        assert place is None or len(place.address) <= LONGEST


def run_links(body: bytes) -> None:
    text = body.decode("utf-8", "replace")
    places = find_places((text,), body, own=(URL, text[:200]))
    assert len(places) == len(set(places)) <= MOST
    assert all(place.address.startswith(("http://", "https://")) for place in places)


# Importers


MAPPED = {"id": "id", "text": ["text", "title"], "published_at": "published_at", "author": "author", "lang": "lang", "url": "url",
          "title": {"value": "x"}, "hashtags": "tags", "media_text": "media", "mentions": "names", "reply_to": "parent.id",
          "thread": "thread", "quotes": "{author}/{id}"}  # fmt: skip
MAPPINGS = tuple(
    ImportMapping.model_validate(rules)
    for rules in (
        {},
        {
            "fields": MAPPED, "engagement": {"likes": "likes", "views": "stats.views", "odd": "text"},
            "dates": ["iso", "unix", "unix_ms", "%d.%m.%Y %H:%M"], "timezone": "Europe/Istanbul",
            "spread_dates": {"days": 300, "until": "2026-11-01", "seed_field": "thread"},
        },
        {"platform": "telegram", "fields": {**MAPPED, "id": "{author}/{id}"}, "engagement": {"likes": "likes"}},
        {"platform": "web", "fields": {"id": "url", "thread": "url"}},
    )
)  # fmt: skip
"""The plain one, one with all that a mapping can have, and ids that are looked at."""


def run_file(suffix: str, known: str | None = None) -> Callable[[bytes], None]:
    """A file of rows as the importer reads it, and each row as it converts it."""
    converters: tuple[Converter | FormatConverter, ...] = (
        (FormatConverter(FORMATS[known], "fuzz", AuthorKind.PERSON, NOW, UTC),)
        if known is not None
        else tuple(Converter(rules, "fuzz", AuthorKind.PERSON, NOW) for rules in MAPPINGS)
    )

    def run(body: bytes) -> None:
        with tempfile.NamedTemporaryFile(suffix=suffix) as file:
            file.write(body)
            file.flush()
            path = Path(file.name)
            rows = read_rows(path) if known is None else read_items(path, FORMATS[known], ImportMapping())
            for row in rows:
                assert (row.values is None) != (row.fault is None)
                for converter in converters if row.values is not None else ():
                    with contextlib.suppress(RowFault):
                        converter.convert(row.values or {})

    return run


def run_row(row: Any) -> None:
    """Cells of any kind in a row of any file, by each mapping."""
    if not isinstance(row, dict):
        return
    for rules in MAPPINGS:
        try:
            post = Converter(rules, "fuzz", AuthorKind.PERSON, NOW).convert(row).post
        except RowFault:
            continue
        assert rules.platform != "telegram" or "/" in post.native_id
        assert all(abs(count) < 2**63 for count in post.engagement.values())


def run_item(pair: Sequence[Any]) -> None:
    """An item of a known export, given as [format, item]."""
    name, found = pair if isinstance(pair, list) and len(pair) == 2 else (None, None)
    if not isinstance(name, str) or name not in FORMATS or not isinstance(found, dict):
        return
    try:
        post = FormatConverter(FORMATS[name], "fuzz", AuthorKind.PERSON, NOW, UTC).convert(found).post
    except RowFault:
        return
    assert post.native_id
    assert post.text.strip() or post.media_text.strip()


@functools.cache
def examples() -> Path:
    return Path(__file__).parents[2] / "docs" / "examples"


@functools.cache
def export_items() -> list[Any]:
    """The items of docs/examples, as [format, item]."""
    return [
        [name, row.values]
        for name, known in FORMATS.items()
        for path in sorted(examples().glob(f"{name}*"))
        for row in read_items(path, known, ImportMapping())
        if row.values
    ]


def export_files(suffix: str) -> Iterator[Parser]:
    for name in FORMATS:
        seeds = [path.read_bytes() for path in sorted(examples().glob(f"{name}*{suffix}"))]
        if seeds:
            covers = (
                f"{IMPORTERS}.items.read_items",
                *([f"{IMPORTERS}.json_rows.read_json"] if suffix == ".json" else []),
            )
            yield Parser(f"import-{name}", "bytes", documents(seeds), run_file(suffix, name), (NotRowsError,), covers)


@functools.cache
def workbook() -> bytes:
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        sheet = book.add_worksheet("posts")
        for number, row in enumerate([["id", "text", "published_at"], [1, "a", datetime(2026, 3, 5, 10)], ["x", True]]):
            sheet.write_row(number, 0, row)
    return made.getvalue()


TABLE = (
    'id;text;lang;published_at;author;likes;tags;stats.views\n1;"Die Grenze, ""zu""";de;2026-03-05 10:00;ana;1,234;#a #b;1.5K\n'
    "2;العربية;ar;;;²;;٣٤\n"
)
ROW = {"id": "17", "text": "At the border", "published_at": "2026-03-05T10:00:00Z", "author": "ana_example", "likes": "1,234",
       "stats": {"views": "1.5K"}, "tags": ["sea", 7], "names": "@ana, bo", "parent": {"id": 9}, "thread": "t", "media": "a boat",
       "url": "https://news.example/1", "lang": "tr", "title": "A"}  # fmt: skip
LINES = b'{"id": "1", "text": "At the border", "published_at": "2026-03-05T10:00:00Z"}\n{"id": 2, "text": "b", "lang": "tr"}\n'


# Words


@functools.cache
def offers() -> OfferReader:
    return OfferReader()


def run_offer(text: str) -> None:
    for lang, labels in (("en", ("transport",)), ("ar", ("documents_visas",)), ("tr", ())):
        offer = offers().read(text, lang, labels, ())
        assert all(math.isfinite(price.amount) and price.amount > 0 for price in offer.prices)
        assert all(len(code) == 2 for code in (*offer.origin, *offer.transit, *offer.destination))


def run_redaction(text: str) -> None:
    spans = find_redactions([(TextField.TEXT, text)], Pseudonyms(b"k" * 32).contact, ("GB", "TR"))
    assert len(TOKEN.findall(working_copy(text, spans))) >= len(spans)


def run_line(line: bytes) -> None:
    found = parse_line(line)
    assert set(found) in ({"id", "error"}, {"id", "text", "title", "lang"})
    json.dumps(found, ensure_ascii=False).encode()


def run_keys(text: str) -> None:
    redactor = Redactor()
    redactor.add(KEY)
    assert KEY not in redactor.text(text)


ADVERTS = (
    "Istanbul to Berlin by boat and car, 4.500 € per person, half on arrival. WhatsApp +44 7700 900123",
    "النفر ٨٥٠٠ يورو من تركيا إلى اليونان، واتساب ٠٠٤٤٧٧٠٠٩٠٠١٢٣",
    "kisi basi 5,5 bin euro, İzmir - Atina, yaz @sample_channel",
    "Pasaporte y visa, 2 mil dólares. correo: ana at mail dot example",
    "iki bin sekiz yüz euro; 1.2 million naira; ana@mail.example; t.me/sample; https://wa.me/447700900123",
    "Nach Schweden für fünftausendfünfhundert Euro, zweihundert sofort, der Rest bei Ankunft",
)
DATES = (
    "2026-03-05T10:00:00+01:00", "Thu, 05 Mar 2026 10:00:00 GMT", "5 Mart 2026 10:00", "٥ مارس ٢٠٢٦", "5.3.2026", "yesterday, 10:05 PM",
    "Today at 07:00", "3 hours ago", "20260305T100000Z", "1772704800", "vor 2 Stunden", "Dün 12:30",
    "۱ آذر ۱۴۰۵", "1405/09/01 ساعت 10:05",
)  # fmt: skip
WAITS = ("120", "0.5", "Sun, 22 Nov 2026 12:00:30 GMT", "1795348800", "2026-11-22T12:01:00Z")
LINKING = (
    b"see https://t.me/s/invented_channel, t.me/invented_channel/3 and https://board.example/viewtopic.php?f=3&t=1",
    b'{"content": "<a href=\\"https:\\/\\/t.me\\/other_channel\\/9\\">Other</a> https://links.example/c/europe"}',
    b'<entry><content>&lt;a href="https://talk.example/t/which-route/12"&gt;x&lt;/a&gt; https://news.example/feed</content></entry>',
)
ADDRESSES = (
    "https://www.facebook.com/page/posts/123456789", "https://bsky.app/profile/ana.example/post/3k", "t.me/s/samplechannel",
    "https://www.youtube.com/channel/UC_x5XG1OV2P6uZZ5FSM9Ttw", "https://m.example/@ana", "https://m.example/tags/asylum?x=1#y",
    "https://www.reddit.com/r/example_town/comments/a1/title/", "http://[2001:db8::1]:8080/a?b=c", "https://x.com/ana/status/1",
)  # fmt: skip
QUERIES = (
    'boat* "safe route" -visa label:smuggling_offer lang:ar,tr', "platform:telegram from:TR -fake", "難民 OR crossing", "thread:abc",
)  # fmt: skip
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
GDELT = {
    "articles": [{"url": "https://news.example/1", "title": "A", "seendate": "20261122T100000Z", "language": "English"}]
}
INSTANT = {
    "languages": [{"id": 0, "code": "und"}, {"id": 37, "code": "en"}],
    "all_languages": [{"id": 37, "code": "en"}],
}


def run_bluesky_answer(body: bytes) -> None:
    for name in ("feed", "posts"):
        found = read_answer(body, name)
        assert found is None or isinstance(found[0], list)


def run_wordpress(value: Any) -> None:
    for comment in (False, True):
        found = read_wordpress_item(value, comment=comment)
        if found is not None and why_skipped(found) is None:
            make_wordpress_post(found, "https://news.example/1", make_source(URL), NOW, Tally())


def run_moment(value: object) -> None:
    found = read_moment(value, UTC)
    assert found is None or found.tzinfo is UTC


def run_reference(text: str) -> None:
    for read in (parse_reference, read_post_id):
        with contextlib.suppress(ValueError, CommandFault):
            read(text)


def run_operator_words(text: str) -> None:
    """What an operator types into a file of settings."""
    for read in (parse_interval, parse_clock, parse_sender):
        with contextlib.suppress(ValueError, ConfigError):
            read(text)


def run_query(text: str) -> None:
    try:
        parse_query(text)
    except QueryError as exc:
        told = str(exc)
    else:
        return
    assert told


def frames() -> list[Any]:
    """Events of both dialects."""
    stream, did = Jetstream(), "did:plc:anaexample234567"
    told = [
        stream.post(did, "3kabc", "Words", NOW),
        stream.delete(did, "3kabc", NOW),
        stream.account(did, active=False),
    ]
    return [json.loads(frame) for happening in told for frame in (happening.new(), happening.old())]


def run_frame(frame: bytes) -> None:
    event = read_frame(frame, NOW)
    if isinstance(event, Event):
        assert event.moment.tzinfo is UTC
        assert event.what is not What.CREATE or event.record is not None


PARSERS: tuple[Parser, ...] = (
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
    Parser("telegram-count", "text", texts(("1.2K", "7", "3,4M", "12 345")), parse_count, (),
           ("crawlers.platforms.telegram.page.parse_count",)),
    *(Parser(f"forum-{name}", "text", texts(board_pages(name)), run_board(name), (),
             tuple(f"crawlers.platforms.forum.{one}" for one in ("page.read_topics", "page.read_posts", "own_part.read_own_part"))) for name in STYLES),
    Parser("gdelt", "bytes", json_documents([GDELT]), parse_answer, (GdeltRefusal,), ("crawlers.platforms.gdelt.answer.parse_answer",)),
    Parser("bluesky-answer", "bytes", json_documents([{"feed": [{"post": {}}], "cursor": "x"}, {"posts": []}]), run_bluesky_answer, (),
           ("crawlers.platforms.bluesky.views.read_answer",)),
    Parser("jetstream", "bytes", json_documents(frames()), run_frame, (), ("crawlers.platforms.jetstream.events.read_frame",)),
    Parser("lemmy-languages", "value", values([INSTANT]), read_languages, (), ("crawlers.platforms.lemmy.posts.read_languages",)),
    Parser("wordpress", "value", values([make_item(1, NOW), make_comment(2, NOW)]), run_wordpress, (ValidationError, EndRun),
           ("crawlers.platforms.wordpress.items.read_item",)),
    Parser("markup", "text", texts([page.decode("utf-8", "replace") for page in PAGE]), run_markup),
    Parser("opml", "bytes", documents([OPML]), parse_opml, (NotOpmlError,), ("crawlers.opml.parse_opml",)),
    Parser("date", "text", texts(DATES, (*PIECES[:60], *DATES, "am", "pm", "UTC", "T", ":", ".", "/")), run_date, (ValueError,),
           ("crawlers.dates.parse_date", "crawlers.dates.read_date", "crawlers.solar_hijri.read_solar_hijri")),
    Parser("retry-after", "text", texts(WAITS), run_wait, (ValueError,), ("crawlers.politeness.waiting.parse_wait",)),
    Parser("address", "text", texts(ADDRESSES), run_address),
    Parser("links", "bytes", documents(LINKING), run_links),
    Parser("import-csv", "bytes", documents([TABLE.encode(), TABLE.replace(";", "\t").encode("utf-16")]), run_file(".csv"),
           (NotRowsError,), (f"{IMPORTERS}.csv_rows.read_csv", f"{IMPORTERS}.rows.read_rows")),
    Parser("import-ndjson", "bytes", documents([LINES]), run_file(".ndjson"), (NotRowsError,), (f"{IMPORTERS}.ndjson_rows.read_ndjson",)),
    Parser("import-xlsx", "bytes", raw_documents([workbook()]), run_file(".xlsx"), (NotRowsError,), (f"{IMPORTERS}.xlsx_rows.read_xlsx",)),
    *export_files(".csv"), *export_files(".json"), *export_files(".ndjson"),
    Parser("import-item", "value", values(export_items()), run_item),
    Parser("import-row", "value", values([ROW, {**ROW, "likes": "²", "thread": 7}]), run_row, (),
           (f"{IMPORTERS}.counts.read_count",)),
    Parser("import-moment", "value", values([*DATES, 1772704800, 1772704800.5, 1772704800000]), run_moment,
           (ValueError, OverflowError, OSError), (f"{IMPORTERS}.drafts.read_moment",)),
    Parser("classify-line", "bytes", json_documents([{"id": "a", "text": "At the border", "lang": "en", "title": "b"}]), run_line),
    Parser("redaction", "text", texts(ADVERTS, (*PIECES[:50], *ADVERTS[:2], "٩", "②", "o", " ", "-", "(0)")), run_redaction, (),
           ("nlp.redaction.runs.read_runs",)),
    Parser("offer", "text", texts(ADVERTS), run_offer),
    Parser("key-redaction", "text", texts((f"error: key {KEY}", quote(KEY, safe=""))), run_keys),
    Parser("query", "text", texts(QUERIES), run_query, (), ("indexer.grammar.parse_query",)),
    Parser("reference", "text", texts(("daymark:24657cdc70ab82317be5d72fe018d97a", "24657cdc70ab82317be5d72fe018d97a")), run_reference, (),
           ("records.identity.parse_reference", "cli.faults.read_post_id")),
    Parser("operator-words", "text", texts(("15m", "08:30", "Ana Example <ana@mail.example>")), run_operator_words, (),
           ("config.intervals.parse_interval", "config.subscriptions.parse_clock", "config.addresses.parse_sender")),
)  # fmt: skip
