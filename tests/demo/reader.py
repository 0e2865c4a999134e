"""A plain reader of the demo's site: it follows its feeds over HTTP and takes its pages apart."""

from __future__ import annotations

import json
import re
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import feedparser

from demo.entries import FeedFormat, Site


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
