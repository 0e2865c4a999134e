"""A sitemap's bytes -> the addresses it lists, and robots.txt -> the sitemaps it names. Pure; nothing is fetched.

Entries come as a feed's do (FeedEntry): loc is the link, lastmod the time of change, news:publication_date and news:title
the publication and the title. Titles and dates stand only where the site says that the address is a news article.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element

from crawlers.platforms.feeds.entry import FeedEntry, absolute_link
from crawlers.texts import known_numbers

MAX_NAMED = 100
"""Sitemaps of one robots.txt that are looked at; honest ones name under 20."""

_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_WEB_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+)?html\b", re.IGNORECASE)
_GZIP = b"\x1f\x8b"
_FEEDS = ("rss", "feed", "rdf")


class NotASitemap(Exception):
    """The body is no sitemap that could be read; the message says what it is instead."""


@dataclass(frozen=True)
class ListedMap:
    """A sitemap named by another one, or by robots.txt; ``lastmod`` as written."""

    url: str
    lastmod: str | None = None


@dataclass(frozen=True)
class SitemapDocument:
    """One sitemap. ``is_broken``: only its beginning could be read. ``size``: bytes after unpacking."""

    entries: tuple[FeedEntry, ...] = ()
    maps: tuple[ListedMap, ...] = ()
    language: str | None = None
    is_index: bool = False
    is_broken: bool = False
    size: int = 0

    @property
    def is_news(self) -> bool:
        """Whether the site says of any entry that it is a news article."""
        return any(entry.published or entry.title for entry in self.entries)


def read_robots(text: str, url: str) -> tuple[ListedMap, ...]:
    """The sitemaps that a robots.txt names, in its order, each once."""
    links = (absolute_link(found[1], url) for found in _LINE.finditer(text))
    return tuple(ListedMap(link) for link in list(dict.fromkeys(link for link in links if link))[:MAX_NAMED])


def parse_sitemap(body: bytes, url: str, most: int) -> SitemapDocument:
    """Reads a sitemap or an index of them, also as a gzip file. ``most``: bytes after unpacking. Raises NotASitemap."""
    body = _unpack(body, most)
    if not body.strip():
        raise NotASitemap("the body is empty")
    if _WEB_PAGE.match(body):
        raise NotASitemap("a web page, not a sitemap")
    root, is_broken = _root(body)
    try:
        return _document(root, is_broken, url, len(body))
    except UnicodeDecodeError as exc:
        # In other encodings than those of one byte a letter.
        raise NotASitemap("not XML: it names characters that there are none of") from exc


def _document(root: _Element, is_broken: bool, url: str, size: int) -> SitemapDocument:
    # Not QName, which refuses names that a recovering parser lets through.
    name = str(root.tag).rpartition("}")[2].lower()
    if name == "sitemapindex":
        maps = (_map(node, url) for node in root.iterchildren("{*}sitemap"))
        found = tuple(entry for entry in maps if entry is not None)
        return SitemapDocument(maps=found, is_index=True, is_broken=is_broken, size=size)
    if name == "urlset":
        nodes = list(root.iterchildren("{*}url"))
        # Of a document that breaks off, the last entry may be half of one.
        entries = tuple(_entry(node, url) for node in (nodes[:-1] if is_broken else nodes))
        language = next((_text(node, "language") for node in root.iter("{*}publication")), None)
        return SitemapDocument(entries, language=language, is_broken=is_broken, size=size)
    if name in _FEEDS:
        raise NotASitemap("a feed, not a sitemap: read it with kind: feeds")
    raise NotASitemap(f"its outermost element is <{name[:40]}>")


def _unpack(body: bytes, most: int) -> bytes:
    """The content of a gzip file, be it of several members; anything else as it is. Raises NotASitemap."""
    found = b""
    while body.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            found += unpacker.decompress(body, most + 1 - len(found))
        except zlib.error as exc:
            raise NotASitemap("a broken gzip file") from exc
        if len(found) > most:
            raise NotASitemap(f"it unpacks to more than limits.body_bytes = {most}")
        if not unpacker.eof:
            raise NotASitemap("a gzip file that breaks off")
        body = unpacker.unused_data
        if not body.startswith(_GZIP):
            return found
    return body


def _root(body: bytes) -> tuple[_Element, bool]:
    """The outermost element, and whether the XML is broken. Nothing outside the body is read."""
    fault: object = None
    for recover in (False, True):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=recover)
        try:
            root = etree.fromstring(known_numbers(body).lstrip() if recover else body.lstrip(), parser=parser)
        except (etree.XMLSyntaxError, ValueError, LookupError) as exc:
            fault = exc
            continue
        if root is not None:
            return root, recover
    raise NotASitemap(f"not XML: {' '.join(str(fault).split())[:160]}")


def _text(node: _Element, name: str) -> str | None:
    for child in node.iterchildren(f"{{*}}{name}"):
        text = " ".join("".join(str(part) for part in child.itertext()).split())
        if text:
            return text
    return None


def _map(node: _Element, url: str) -> ListedMap | None:
    link = absolute_link(_text(node, "loc"), url)
    return ListedMap(link, _text(node, "lastmod")) if link else None


def _entry(node: _Element, url: str) -> FeedEntry:
    news = next(node.iterchildren("{*}news"), None)
    keywords = (_text(news, "keywords") if news is not None else None) or ""
    return FeedEntry(
        raw=etree.tostring(node, encoding="utf-8", with_tail=False),
        media_type="application/xml",
        link=absolute_link(_text(node, "loc"), url),
        title=(_text(news, "title") if news is not None else None) or "",
        published=_text(news, "publication_date") if news is not None else None,
        updated=_text(node, "lastmod"),
        tags=tuple(word for part in keywords.split(",") if (word := part.strip())),
    )
