"""The feeds of the demo sites in RSS 2.0, Atom and JSON Feed, newest first, 20 entries a page.

Page 1 is the feed's own address. How a page names the next older one differs by format, as on the web.
RSS says nothing (``?paged=N`` answers until 404), Atom has ``rel="next"`` or ``rel="prev-archive"``,
JSON Feed has ``next_url``.
A post stands in full in the feed; an article only with its summary.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import format_datetime
from html import escape
from typing import NamedTuple
from xml.etree import ElementTree

from demo.entries import NOTICE, Entry, EntryKind, FeedFormat, Site, World

PAGE_SIZE = 20


class FeedPage(NamedTuple):
    """One page of a feed."""

    path: str
    """Path with query."""
    older: str | None
    """Path of the next older page."""
    entries: tuple[Entry, ...]


class Rendered(NamedTuple):
    """A body with its media type."""

    content_type: str
    body: bytes


def page_path(site: Site, number: int, count: int) -> str:
    """Path of page ``number``; an archive is numbered from the oldest, as RFC 5005 wants it."""
    if number == 1:
        return site.feed_path
    match site.feed:
        case FeedFormat.RSS:
            return f"{site.feed_path}?paged={number}"
        case FeedFormat.ATOM_ARCHIVE:
            return f"/{site.id}/archive/{count - number + 1}.atom"
        case FeedFormat.ATOM_NEXT | FeedFormat.JSON_FEED:
            return f"{site.feed_path}?page={number}"


def feed_pages(world: World, site: Site) -> Iterator[FeedPage]:
    """The pages of a site's feed, newest first; every entry stands on exactly one."""
    entries = world.of_site(site)
    count = max(1, -(-len(entries) // PAGE_SIZE))
    for number in range(1, count + 1):
        older = page_path(site, number + 1, count) if number < count else None
        first = (number - 1) * PAGE_SIZE
        yield FeedPage(page_path(site, number, count), older, entries[first : first + PAGE_SIZE])


def html_text(text: str) -> str:
    """Plain text as HTML paragraphs."""
    return "".join(f"<p>{escape(part, quote=False).replace(chr(10), '<br />')}</p>" for part in text.split("\n\n"))


def child(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    """A new last child."""
    element = ElementTree.SubElement(parent, tag, attributes)
    element.text = text
    return element


def xml_bytes(root: ElementTree.Element) -> bytes:
    """The document with its declaration."""
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def make_rss(site: Site, page: FeedPage, base: str) -> Rendered:
    """RSS 2.0 with the fields that WordPress writes."""
    root = ElementTree.Element(
        "rss",
        {
            "version": "2.0",
            "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
            "xmlns:dc": "http://purl.org/dc/elements/1.1/",
            "xmlns:atom": "http://www.w3.org/2005/Atom",
        },
    )
    channel = child(root, "channel")
    child(channel, "title", f"{site.name} (synthetic demo)")
    child(channel, "atom:link", href=base + page.path, rel="self", type="application/rss+xml")
    child(channel, "link", f"{base}/{site.id}/")
    child(channel, "description", NOTICE)
    if site.lang:
        child(channel, "language", site.lang)
    # the generator is how a reader knows that ?paged=N will answer
    child(channel, "generator", "https://wordpress.org/?v=6.1.9")
    for entry in page.entries:
        add_rss_item(channel, entry, base)
    return Rendered("application/rss+xml; charset=utf-8", xml_bytes(root))


def add_rss_item(channel: ElementTree.Element, entry: Entry, base: str) -> None:
    """One item."""
    item = child(channel, "item")
    if entry.title:
        child(item, "title", entry.title)
    child(item, "link", base + entry.path)
    child(item, "dc:creator", entry.author)
    child(item, "pubDate", format_datetime(entry.published))
    child(item, "guid", f"{base}/{entry.site}/?p={entry.id.removeprefix('demo-')}", isPermaLink="false")
    child(item, "description", entry.summary)
    if entry.kind_of_entry is EntryKind.POST:
        child(item, "content:encoded", html_text(entry.text))


def make_atom(site: Site, page: FeedPage, base: str) -> Rendered:
    """Atom, paged or with archives (RFC 5005)."""
    archived = site.feed is FeedFormat.ATOM_ARCHIVE
    root = ElementTree.Element(
        "feed",
        {"xmlns": "http://www.w3.org/2005/Atom", "xmlns:fh": "http://purl.org/syndication/history/1.0"},
    )
    if site.lang:
        root.set("xml:lang", site.lang)
    child(root, "id", f"tag:demo.example.org,2026:{site.id}")
    child(root, "title", f"{site.name} (synthetic demo)")
    child(root, "subtitle", NOTICE)
    child(root, "updated", page.entries[0].published.isoformat())
    child(root, "link", rel="self", href=base + page.path)
    child(root, "link", rel="alternate", type="text/html", href=f"{base}/{site.id}/")
    if archived and page.path != site.feed_path:
        child(root, "fh:archive")
        child(root, "link", rel="current", href=base + site.feed_path)
    if page.older:
        child(root, "link", rel="prev-archive" if archived else "next", href=base + page.older)
    for entry in page.entries:
        add_atom_entry(root, entry, base)
    return Rendered("application/atom+xml; charset=utf-8", xml_bytes(root))


def add_atom_entry(root: ElementTree.Element, entry: Entry, base: str) -> None:
    """One entry."""
    element = child(root, "entry")
    element.set("xml:lang", entry.lang)
    child(element, "id", f"tag:demo.example.org,2026:{entry.id}")
    child(element, "title", entry.title)
    child(element, "link", rel="alternate", type="text/html", href=base + entry.path)
    child(element, "published", entry.published.isoformat())
    child(element, "updated", entry.published.isoformat())
    child(child(element, "author"), "name", entry.author)
    if entry.kind_of_entry is EntryKind.POST:
        child(element, "content", html_text(entry.text), type="html")
    else:
        child(element, "summary", entry.summary, type="text")


def make_json_feed(site: Site, page: FeedPage, base: str) -> Rendered:
    """JSON Feed 1.1."""
    feed: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{site.name} (synthetic demo)",
        "description": NOTICE,
        "home_page_url": f"{base}/{site.id}/",
        "feed_url": base + page.path,
    }
    if site.lang:
        feed["language"] = site.lang
    if page.older:
        feed["next_url"] = base + page.older
    feed["items"] = [make_json_item(entry, base) for entry in page.entries]
    body = json.dumps(feed, ensure_ascii=False, indent=1).encode()
    return Rendered("application/feed+json; charset=utf-8", body)


def make_json_item(entry: Entry, base: str) -> dict[str, object]:
    """One item."""
    item: dict[str, object] = {
        "id": base + entry.path,
        "url": base + entry.path,
        "date_published": entry.published.isoformat(),
        "authors": [{"name": entry.author}],
        "language": entry.lang,
    }
    if entry.title:
        item["title"] = entry.title
    if entry.kind_of_entry is EntryKind.POST:
        item["content_text"] = entry.text
    else:
        item["summary"] = entry.summary
    return item


def make_feed(site: Site, page: FeedPage, base: str) -> Rendered:
    """The page in its site's format."""
    match site.feed:
        case FeedFormat.RSS:
            return make_rss(site, page, base)
        case FeedFormat.ATOM_NEXT | FeedFormat.ATOM_ARCHIVE:
            return make_atom(site, page, base)
        case FeedFormat.JSON_FEED:
            return make_json_feed(site, page, base)
