"""A web page -> its feeds, and the marks by which its software can be recognised (crawlers/detect.py)."""

from __future__ import annotations

import lxml.html
from lxml.etree import LxmlError, _Element

from crawlers.page import LinkedFeed, Page
from crawlers.platforms.feeds.document import NotAFeed, parse_feed
from crawlers.platforms.feeds.entry import absolute_link
from crawlers.robots_tag import meta_refuses
from crawlers.texts import one_line

_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml", "text/xml"}
)
_SCRIPT_WORDS = ("smf_scripturl", "my_post_key", "isodata")
"""Names that SMF, MyBB and Lemmy give a variable in every page; they leave no other mark."""
_MOST = 200
"""Signs, and feeds, that are kept of one page; a home page has about ten."""
_BEGINNING = 600_000
"""Bytes of a page that are looked at: the marks stand in its head."""


def read_page(body: bytes, content_type: str, url: str) -> Page:
    """What the answer to one request is. Never raises: what is neither feed nor page has no feeds and no signs."""
    try:
        parse_feed(body, content_type, url)
    except NotAFeed:
        pass
    else:
        return Page(url=url, is_feed=True)
    try:
        root = lxml.html.document_fromstring(body[:_BEGINNING])
    except (LxmlError, ValueError, AssertionError):
        return Page(url=url)
    base = next((absolute_link(node.get("href"), url) for node in root.iter("base")), None) or url
    return Page(
        url=url,
        feeds=tuple(_feeds(root, base)[:_MOST]),
        refusal=meta_refuses(root),
        signs=tuple(_signs(root)[:_MOST]),
    )


def _feeds(root: _Element, base: str) -> list[LinkedFeed]:
    found: dict[str, LinkedFeed] = {}
    for link in root.iter("link"):
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        address = absolute_link(link.get("href"), base)
        if address and kind in _FEED_TYPES and "alternate" in (link.get("rel") or "").lower().split():
            found.setdefault(address, LinkedFeed(url=address, title=one_line(link.get("title") or "")[:200]))
    return list(found.values())


def _signs(root: _Element) -> list[str]:
    found: dict[str, None] = {}
    for node in root.iter("html", "body", "div", "meta", "link", "script"):
        for sign in _marks(node):
            found[sign[:100].lower()] = None
    return list(found)


def _marks(node: _Element) -> list[str]:
    name = str(node.tag)
    if name in ("html", "body", "div"):
        if not node.get("id"):
            return []
        return [f"{name}#{node.get('id')}", *(f"{name}.{word}" for word in (node.get("class") or "").split()[:5])]
    if name == "meta":
        stated = (node.get("name") or "").lower() == "generator"
        return [f"generator:{node.get('content') or ''}"] if stated else []
    if name == "link":
        relations = [f"link:{word}" for word in (node.get("rel") or "").split()]
        return [*relations, f"css:{node.get('href') or ''}"] if "link:stylesheet" in relations else relations
    if node.get("id"):
        return [f"script#{node.get('id')}"]
    text = (node.text or "").lower()
    return [f"script:{word}" for word in _SCRIPT_WORDS if word in text]
