"""RSS and Atom that parse strictly: fastfeedparser, with each entry's own XML beside it as raw item."""

from __future__ import annotations

from typing import Any

import fastfeedparser
from lxml import etree
from lxml.etree import _Element

from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry, NotAFeed, absolute_link
from crawlers.platforms.feeds.pace import read_pace

ATOM = "{http://www.w3.org/2005/Atom}"
_THREAD = "{http://purl.org/syndication/thread/1.0}"
_COMMENT_API = "http://wellformedweb.org/CommentAPI/"
_FEED_ROOTS = frozenset({"rss", "rdf", "feed"})


def strict_root(body: bytes) -> _Element | None:
    """The outermost element; None for XML that is broken. Nothing outside the body is read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
    try:
        return etree.fromstring(body.lstrip(), parser=parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


class ParsersDisagree(Exception):
    """The quick parser and the document disagree about what an entry is."""


def read_xml(root: _Element, url: str, problems: list[str]) -> FeedDocument:
    """Reads a feed that parsed strictly. Raises NotAFeed for other XML, and ParsersDisagree."""
    name = etree.QName(root).localname.lower()
    if name not in _FEED_ROOTS:
        raise NotAFeed(f"XML, but no feed: its outermost element is <{name[:40]}>")
    items = [node for node in root.iter("{*}item", "{*}entry") if isinstance(node.tag, str) and _is_top(node)]
    if not items:
        return FeedDocument((), problems=tuple(problems), **_about(root, url))
    try:
        parsed: list[dict[str, Any]] = fastfeedparser.parse(etree.tostring(root, encoding="utf-8"))["entries"]
    except (ValueError, KeyError, TypeError, AttributeError, etree.LxmlError) as exc:
        raise ParsersDisagree from exc
    if len(parsed) != len(items):
        raise ParsersDisagree
    entries = tuple(_entry(node, values, url) for node, values in zip(items, parsed, strict=True))
    return FeedDocument(entries, problems=tuple(problems), **_about(root, url))


def _is_top(node: _Element) -> bool:
    parent = node.getparent()
    return parent is not None and etree.QName(parent).localname.lower() in ("channel", "feed", "rdf", "rss")


def _entry(node: _Element, values: dict[str, Any], url: str) -> FeedEntry:
    base = node.base or url
    content = _child_text(node, "encoded", "content")
    replies, comment_feed = _comments(node)
    return FeedEntry(
        raw=etree.tostring(node, encoding="utf-8", with_tail=False),
        media_type="application/xml",
        link=absolute_link(values.get("link"), base),
        guid=values.get("id") or None,
        title=values.get("title") or "",
        content=_content_value(values) if content is not None else "",
        summary=_child_text(node, "description", "summary") or "",
        author=values.get("author") or None,
        # Dates as written, not as parsed: the parser drops those it cannot read and takes a guid for a date.
        published=_child_text(node, "pubDate", "published", "issued", "date"),
        updated=_child_text(node, "updated", "modified"),
        tags=tuple(tag["term"] for tag in values.get("tags") or () if tag.get("term")),
        media_texts=tuple(_media_texts(node)),
        replies=int(replies) if replies and replies.isdigit() and len(replies) < 10 else None,
        comment_feed=absolute_link(comment_feed, base),
        answers=absolute_link(
            next((found.get("href") for found in node.iterchildren(f"{_THREAD}in-reply-to")), None), base
        ),
    )


def _child_text(node: _Element, *names: str, namespace: str = "*") -> str | None:
    for name in names:
        for child in node.iterchildren(f"{{{namespace}}}{name}"):
            if namespace == "*" and "search.yahoo.com" in child.tag:
                continue  # media:description and media:content describe a picture, not the entry
            text = "".join(str(part) for part in child.itertext()).strip()
            if text:
                return text
    return None


def _comments(node: _Element) -> tuple[str | None, str | None]:
    """Number of comments and the address of their feed, in RSS or Atom."""
    counted = _child_text(node, "comments", namespace="http://purl.org/rss/1.0/modules/slash/")
    feed = _child_text(node, "commentRss", "commentRSS", namespace=_COMMENT_API)
    for link in node.iterchildren(f"{ATOM}link"):
        if link.get("rel") == "replies" and (link.get("type") or "").endswith("xml"):
            counted, feed = counted or link.get(f"{_THREAD}count"), feed or link.get("href")
    return counted, feed


def _content_value(values: dict[str, Any]) -> str:
    parts = values.get("content") or ()
    return next((part["value"] for part in parts if part.get("value")), "")


def _media_texts(node: _Element) -> list[str]:
    media = "{http://search.yahoo.com/mrss/}"
    found = [text.text.strip() for text in node.iter(f"{media}description", f"{media}title") if text.text]
    return list(dict.fromkeys(text for text in found if text))


def _about(root: _Element, url: str) -> dict[str, Any]:
    channel = next(root.iterchildren("{*}channel"), root)
    links = [*channel.iterchildren(f"{ATOM}link"), *root.iterchildren(f"{ATOM}link")]
    by_rel = {(link.get("rel") or "alternate"): link.get("href") for link in reversed(links) if link.get("href")}
    home = by_rel.get("alternate") or next((node.text for node in channel.iterchildren("link") if node.text), None)
    language = _child_text(channel, "language") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    return {
        "home": absolute_link(home, url),
        "language": language,
        "generator": " ".join(filter(None, (_child_text(channel, "generator"),))),
        "next_url": absolute_link(by_rel.get("next") or by_rel.get("prev-archive"), url),
        "pace": read_pace(channel),
    }
