"""The demo site is started once and read over HTTP; the world is built once, at a fixed time."""

from __future__ import annotations

import json
import re
import statistics
from calendar import timegm
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from html import unescape
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import feedparser
import pytest

import demo.site
from demo.entries import NOTICE, SITES, Entry, EntryKind, FeedFormat, Site
from demo.feeds import PAGE_SIZE
from demo.site import World, build_world, serve, truth_by_native_id

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
CONTACT = re.compile(r"\+\d[\d \-]{7,}\d|[\w.]+@[\w.]+\w|example_\w+")
FICTIONAL = re.compile(
    r"\+44 7700 900\d{3}|\+1 555-01\d\d|\+33 6 39 98 \d\d \d\d|\+49 171 39200\d\d|\+90 555 000 00 \d\d"
    r"|\+218 00 000 00 \d\d|\+٢١٨ ٠٠ ٠٠٠ ٠٠ [٠-٩]{2}|[a-z.]+@example\.org|example_[a-z]+"
)


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(NOW)


@pytest.fixture(scope="module")
def base(world: World) -> Iterator[str]:
    with serve(world) as url:
        yield url


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def get(url: str, method: str = "GET", **headers: str) -> Reply:
    request = Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()}, method=method)
    try:
        with urlopen(request, timeout=10) as reply:
            return Reply(reply.status, dict(reply.headers), reply.read())
    except HTTPError as error:
        with error:
            return Reply(error.code, dict(error.headers), error.read())


class Seen(NamedTuple):
    """An entry as a feed shows it."""

    url: str
    text: str
    author: str
    published: datetime


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", html.replace("</p><p>", "\n\n").replace("<br />", "\n")))


def read_xml(body: bytes) -> tuple[list[Seen], str | None]:
    feed = feedparser.parse(body, sanitize_html=False)
    assert not feed.bozo, feed.bozo_exception
    older = [link.href for link in feed.feed.links if link.rel in ("next", "prev-archive")]
    seen = []
    for item in feed.entries:
        text = plain(item.content[0].value) if "content" in item else item.summary
        published = datetime.fromtimestamp(timegm(item.published_parsed), UTC)
        seen.append(Seen(item.link, text, item.author, published))
    return seen, older[0] if older else None


def read_json(body: bytes) -> tuple[list[Seen], str | None]:
    feed: dict[str, Any] = json.loads(body)
    seen = [
        Seen(
            item["url"],
            item.get("content_text") or item["summary"],
            item["authors"][0]["name"],
            datetime.fromisoformat(item["date_published"]),
        )
        for item in feed["items"]
    ]
    return seen, feed.get("next_url")


def walk(base: str, site: Site) -> Iterator[list[Seen]]:
    """The pages of a feed as a reader finds them, to the end."""
    url: str | None = base + site.feed_path
    number = 1
    while url is not None:
        reply = get(url)
        if site.feed is FeedFormat.RSS and reply.status == HTTPStatus.NOT_FOUND:
            return
        assert reply.status == HTTPStatus.OK, url
        seen, older = (read_json if site.feed is FeedFormat.JSON_FEED else read_xml)(reply.body)
        yield seen
        number += 1
        url = f"{base}{site.feed_path}?paged={number}" if site.feed is FeedFormat.RSS else older


class ArticleReader(HTMLParser):
    """What a page holds: article paragraphs, canonical address, author, time, headline."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.canonical = self.author = self.time = self.headline = ""
        self.tags: set[str] = set()
        self.paragraphs: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        if tag == "link" and values.get("rel") == "canonical":
            self.canonical = values["href"]
        elif tag == "meta" and values.get("name") == "author":
            self.author = values["content"]
        elif tag == "time":
            self.time = values["datetime"]
        elif tag == "br" and self.paragraphs:
            self.paragraphs[-1] += "\n"
        if tag not in ("link", "meta", "br"):
            self._open.append(values.get("class") or tag)
        if tag == "p" and "entry-content" in self._open:
            self.paragraphs.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if "entry-content" in self._open:
            self.paragraphs[-1] += data
        elif "article" in self._open and self._open[-1] == "h1":
            self.headline += data


def by_url(world: World, base: str) -> dict[str, Entry]:
    return {base + entry.path: entry for entry in world.entries}


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_following_the_pages_shows_every_entry_exactly_once(world: World, base: str, site: Site) -> None:
    pages = list(walk(base, site))
    entries = world.of_site(site)
    assert [seen.url for page in pages for seen in page] == [base + entry.path for entry in entries]
    assert all(len(page) == PAGE_SIZE for page in pages[:-1])
    assert 1 <= len(pages[-1]) <= PAGE_SIZE


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_a_post_stands_in_full_in_the_feed_and_an_article_as_a_summary(world: World, base: str, site: Site) -> None:
    entries = by_url(world, base)
    for page in walk(base, site):
        for seen in page:
            entry = entries[seen.url]
            assert (seen.author, seen.published) == (entry.author, entry.published)
            if entry.kind_of_entry is EntryKind.POST:
                assert seen.text == entry.text
            else:
                assert seen.text == entry.summary
                assert len(seen.text) < len(entry.text)


def test_every_entry_has_a_page_with_its_full_text(world: World, base: str) -> None:
    for url, entry in by_url(world, base).items():
        html = get(url).body.decode()
        page = ArticleReader(html)
        assert "\n\n".join(page.paragraphs) == entry.text
        assert (page.canonical, page.author, page.headline) == (url, entry.author, entry.title or "")
        assert datetime.fromisoformat(page.time) == entry.published
        assert {"header", "nav", "aside", "footer", "article"} <= page.tags
        assert NOTICE in html


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_a_known_copy_is_answered_304(world: World, base: str, site: Site) -> None:
    for path in (site.feed_path, f"/{site.id}/", world.of_site(site)[0].path):
        fresh = get(base + path)
        assert fresh.status == HTTPStatus.OK
        etag, modified = fresh.headers["ETag"], fresh.headers["Last-Modified"]
        earlier = format_datetime(parsedate_to_datetime(modified) - timedelta(seconds=1), usegmt=True)
        for known in (
            {"If_None_Match": etag},
            {"If_None_Match": f'"x", W/{etag}'},
            {"If_Modified_Since": modified},
        ):
            again = get(base + path, **known)
            assert (again.status, again.body) == (HTTPStatus.NOT_MODIFIED, b"")
        for stale in (
            {"If_None_Match": '"x"', "If_Modified_Since": modified},
            {"If_Modified_Since": earlier},
        ):
            assert get(base + path, **stale).status == HTTPStatus.OK


def test_an_unreadable_date_is_ignored(base: str) -> None:
    assert get(base + "/blog-en/feed/", If_Modified_Since="yesterday").status == HTTPStatus.OK


def test_head_answers_without_a_body(base: str) -> None:
    reply = get(base + "/blog-en/feed/", method="HEAD")
    assert reply.status == HTTPStatus.OK
    assert int(reply.headers["Content-Length"]) > 0
    assert reply.body == b""


def test_robots_allow_all_without_a_delay(base: str) -> None:
    robots = get(base + "/robots.txt").body.decode()
    assert "User-agent: *\nAllow: /" in robots
    assert "delay" not in robots.lower()


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.id)
def test_a_home_page_names_its_feed(base: str, site: Site) -> None:
    html = get(f"{base}/{site.id}/").body.decode()
    href = re.escape(base + site.feed_path)
    assert re.search(rf'<link rel="alternate" type="[^"]+" title="[^"]+" href="{href}">', html)
    assert NOTICE in html
    assert f"{base}{site.feed_path}" in get(base + "/").body.decode()


def test_a_page_beyond_the_last_is_404(base: str) -> None:
    assert get(base + "/blog-en/feed/?paged=99").status == HTTPStatus.NOT_FOUND
    assert get(base + "/nowhere").status == HTTPStatus.NOT_FOUND


def test_page_one_answers_by_its_number_too(base: str) -> None:
    assert get(base + "/blog-en/feed/?paged=1").body == get(base + "/blog-en/feed/").body


def test_all_three_formats_have_a_second_page(world: World) -> None:
    paged = {site.feed for site in SITES if len(world.of_site(site)) > PAGE_SIZE}
    assert paged == set(FeedFormat)


def test_the_port_is_free_again_after_the_block(world: World) -> None:
    with serve(world) as url:
        port = int(url.rsplit(":", 1)[1])
    with serve(world, port) as again:
        assert again == url
        assert get(again + "/robots.txt").status == HTTPStatus.OK


def test_truth_is_keyed_by_the_canonical_url(world: World, base: str) -> None:
    truth = truth_by_native_id(world, base)
    assert truth == {url: entry.truth for url, entry in by_url(world, base).items()}
    assert len(truth) == 300


def test_the_world_counts_as_stated(world: World) -> None:
    entries = world.entries
    assert Counter(entry.lang for entry in entries) == {
        "en": 90,
        "fr": 45,
        "es": 45,
        "de": 45,
        "ar": 40,
        "tr": 35,
    }
    assert Counter(label for entry in entries for label in entry.truth.labels) == {
        "smuggling_offer": 70,
        "risk_narrative": 55,
        "xenophobic_framing": 45,
        "positive_framing": 45,
    }
    assert sum(entry.truth.on_topic and not entry.truth.labels for entry in entries) == 60
    assert sum(not entry.truth.on_topic for entry in entries) == 40
    assert Counter(entry.kind_of_entry for entry in entries) == {EntryKind.POST: 242, EntryKind.ARTICLE: 58}
    assert len({entry.id for entry in entries}) == len({entry.text for entry in entries}) == 300


def test_truth_is_consistent(world: World) -> None:
    for entry in world.entries:
        offered = "smuggling_offer" in entry.truth.labels
        assert (entry.truth.offer is not None) == offered == (entry.truth.kind == "offer"), entry.id
        assert entry.truth.on_topic or not entry.truth.labels, entry.id
        if entry.kind_of_entry is EntryKind.ARTICLE:
            assert entry.title, entry.id
            assert 3 <= len(entry.text.split("\n\n")) <= 6, entry.id


def test_near_copies_come_in_twelve_families(world: World) -> None:
    families = Counter(entry.family for entry in world.entries if entry.family)
    assert len(families) == 12
    assert min(families.values()) >= 2
    assert all("smuggling_offer" in entry.truth.labels for entry in world.entries if entry.family)


def test_contacts_are_listed_and_fictional(world: World) -> None:
    for entry in world.entries:
        assert list(entry.contacts) == CONTACT.findall(entry.text), entry.id
        assert all(FICTIONAL.fullmatch(contact) for contact in entry.contacts), entry.id
        assert not CONTACT.search(f"{entry.author} {entry.title}"), entry.id


def test_dates_lie_in_the_last_120_days_and_show_both_surges(world: World) -> None:
    assert all(timedelta(0) < NOW - entry.published < timedelta(days=120) for entry in world.entries)
    offers = [(entry.days_ago, entry.truth.offer) for entry in world.entries if entry.truth.offer]
    crossing = [days for days, offer in offers if offer.origin == ("TR",) and offer.destination == ("IT",)]
    assert sum(36 <= days <= 44 for days in crossing) == 16
    assert len(crossing) == 20
    hate = Counter(entry.days_ago // 8 for entry in world.entries if "xenophobic_framing" in entry.truth.labels)
    assert hate[2] >= 3 * statistics.mean(hate[week] for week in range(15) if week != 2)


def test_the_same_moment_gives_the_same_world(world: World) -> None:
    assert build_world(NOW) == world


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        build_world(datetime(2026, 11, 22))


def test_the_source_template_has_one_entry_a_site() -> None:
    template = (Path(demo.site.__file__).parent / "sources.yaml").read_text("utf-8")
    assert re.findall(r"^  - id: (\S+)$", template, re.M) == [site.id for site in SITES]
    assert re.findall(r'^    url: "\{base\}(\S+)"$', template, re.M) == [site.feed_path for site in SITES]
