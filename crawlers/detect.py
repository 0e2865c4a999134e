"""The register's door: what platform an address is on, and how it is read, by the table of crawlers/detect_rows.py.

1. by its address      hosts and path of a row
2. as a feed           by the address's own words (/feed, .rss, ...)
3. by what is there    one polite look (crawlers/discovery.py), then the signs of the software that a row knows
4. by a linked feed    whatever the software is

A kind that has no spider yet is recognised all the same and named; where the platform has a feed, that is taken instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit, urlunsplit

from config import SourceKind
from crawlers.detect_rows import ROWS, Row
from crawlers.page import Page

_FEED_PATH = re.compile(
    r"(?:^|/)(?:feed|rss|atom|feed\.php|external\.php)/?$|(?:\.(?:rss|atom|rdf)|/(?:feed|rss|atom|index|all|news)\.xml"
    r"|/feed\.json|/index\.rdf)$",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"/comments(?:/|\.|$)|feed=comments|comment|kommentar|commentaire|comentario|yorum|تعليق", re.IGNORECASE
)


@dataclass(frozen=True)
class Finding:
    """What an address was recognised as. ``feeds`` are those that it has, the best first."""

    platform: str
    kind: str
    fields: Mapping[str, str]
    feeds: tuple[str, ...] = ()
    is_keyed: bool = False

    @property
    def is_built(self) -> bool:
        """Whether there is a spider for its kind."""
        return self.kind in {kind.value for kind in SourceKind if kind is not SourceKind.IMPORT}

    def entry(self, *, with_key: bool = False) -> dict[str, str]:
        """Kind, url and further fields for sources.yaml; those of a feed where its kind cannot be read as it is.

        ``with_key``: the operator has a key for it. Raises NotReadableError.
        """
        needs_key = self.is_keyed and not with_key
        if self.feeds and (needs_key or not self.is_built or self.kind == SourceKind.FEEDS):
            return {"kind": SourceKind.FEEDS.value, "url": self.feeds[0]}
        if self.kind == SourceKind.IMPORT:
            raise NotReadableError(
                f"{self.platform} is open to nobody: `daymark import` takes what you obtained lawfully"
            )
        if not self.is_built:
            raise NotReadableError(
                f"this is {self.platform}: its kind, {self.kind}, is not built yet, and it names no feed"
            )
        if needs_key:
            raise NotReadableError(
                f"{self.platform} is read with a key of yours: give --credentials, the names of the environment variables "
                "that hold it (docs/sources.md)"
            )
        return {"kind": self.kind, **self.fields}


class NotReadableError(Exception):
    """There is no way in which the address could be read; the message says why."""


def detect_address(url: str) -> Finding | None:
    """What the address alone tells; None where one has to look."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.").removeprefix("old.")
    for row in ROWS:
        is_there = host in row.hosts or "*" in row.hosts
        match = re.fullmatch(row.path, parts.path or "/") if is_there else None
        if match is not None:
            return _finding(row, url, parts, match.groupdict())
    return Finding("feed", SourceKind.FEEDS.value, {"url": url}) if is_feed_address(url) else None


def is_feed_address(url: str) -> bool:
    """Whether an address says by its own words that it is a feed's (``/feed``, ``.rss``, ``?feed=rss2``)."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return bool(_FEED_PATH.search(parts.path)) or "feed" in query or query.get("type") == ["RSS2"]


def detect_page(url: str, page: Page) -> Finding | None:
    """What is there: a feed, a platform that a row knows, or a page with feeds; None where nothing can be read.

    Raises NotReadableError for an account that does not want to be read, and for a page of a board that is no list of topics.
    """
    if page.is_feed:
        return Finding("feed", SourceKind.FEEDS.value, {"url": url})
    parts = urlsplit(page.url)
    linked = tuple(dict.fromkeys((*_articles(page), *(feed.url for feed in page.feeds))))
    for row in ROWS:
        if not row.sign or not any(re.match(row.sign, sign) for sign in page.signs):
            continue
        match = re.fullmatch(row.path, parts.path) if row.path else re.match("", "")
        if match is not None:
            _must_be_readable(row, parts, page, linked)
            if row.list_of_topics and not _is_list(row, parts):
                return Finding(row.platform, SourceKind.FEEDS.value, {"url": linked[0]}, linked)
            found = _finding(row, page.url, parts, match.groupdict())
            if found.kind == SourceKind.FEEDS and not row.feed:
                return found
            # A feed that the page names is there for certain; the row's is the platform's habit.
            return replace(found, feeds=linked or found.feeds)
    if not linked:
        return None
    # A page whose address says nothing can name a feed whose address does: a YouTube channel by its handle.
    by_feed = detect_address(linked[0])
    if by_feed is not None and by_feed.is_keyed:
        return replace(by_feed, feeds=linked)
    return Finding("web site", SourceKind.FEEDS.value, {"url": linked[0]}, linked)


def _must_be_readable(row: Row, parts: SplitResult, page: Page, linked: tuple[str, ...]) -> None:
    if row.is_person and page.refusal:
        raise NotReadableError(f"{page.url} asks not to be read ({page.refusal})")
    if row.list_of_topics and not linked and not _is_list(row, parts):
        raise NotReadableError(
            f"{page.url} is a page of a {row.platform}, but not the list of topics of one of its forums: give the address of one"
        )


def _is_list(row: Row, parts: SplitResult) -> bool:
    return re.search(row.list_of_topics, f"{parts.path}?{parts.query}", re.IGNORECASE) is not None


def _articles(page: Page) -> Iterator[str]:
    for feed in page.feeds:
        if not _COMMENTS.search(f"{feed.url} {feed.title}"):
            yield feed.url


def _finding(row: Row, url: str, parts: SplitResult, named: Mapping[str, str]) -> Finding:
    origin = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    words = {**query, "address": url, "origin": origin, "name": unquote(named.get("name", ""))}
    fields = {name: _fill(text, words) for name, text in row.fields.items()}
    feeds = (_fill(row.feed, {**words, "name": quote(words["name"], safe="@")}),) if row.feed else ()
    return Finding(row.platform, row.kind, fields, feeds, row.is_keyed)


def _fill(text: str, words: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: words.get(match[1], ""), text)
