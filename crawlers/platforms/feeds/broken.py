"""XML that is broken, or that only a tolerant parser reads alike: feedparser; the raw item is the parsed entry as JSON."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import feedparser

from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry, NotAFeed, absolute_link, fault_in_words
from crawlers.platforms.feeds.pace import make_pace
from crawlers.texts import known_numbers

MAX_BROKEN = 5_000_000
"""Bytes of a broken feed that the tolerant parser is given: it needs about 1 s a MB, and no honest feed is larger."""

_OPENED = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_CLOSED = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>")


def read_broken(body: bytes, content_type: str, url: str, problems: list[str]) -> FeedDocument:
    """Reads what it can; ``problems`` gets what was wrong. Raises NotAFeed where that is nothing."""
    if len(body) > MAX_BROKEN:
        raise NotAFeed(f"broken XML of {len(body):,} bytes")
    # A stream, never the bytes themselves: feedparser takes bytes for a file name first.
    headers = {"content-type": content_type, "content-location": url}
    stream = io.BytesIO(known_numbers(body))
    try:
        found = feedparser.parse(stream, response_headers=headers, sanitize_html=False)
    except Exception as exc:  # it forgives much, and what it does not forgive it does not name
        raise NotAFeed(f"not readable as a feed: {fault_in_words(exc)}") from exc
    fault = found.get("bozo_exception")
    if not found.entries and (fault is not None or not found.get("version")):
        raise NotAFeed(f"not readable as a feed: {fault_in_words(fault)}")
    if isinstance(fault, feedparser.CharacterEncodingOverride):
        problems.append("wrong_encoding")
    elif fault is not None and not isinstance(fault, feedparser.NonXMLContentType):
        problems.append("broken_xml")
    entries = found.entries
    if _ends_inside_entry(body):
        # The connection or the generator broke off: half an entry would land as an edit of the whole one.
        entries = entries[:-1]
        problems.append("cut_entry")
    about = found.feed
    links = {link.get("rel"): link.get("href") for link in about.get("links", ())}
    return FeedDocument(
        tuple(_entry(entry, url) for entry in entries),
        home=absolute_link(about.get("link"), url),
        language=about.get("language"),
        generator=str(about.get("generator", "")),
        next_url=absolute_link(links.get("next") or links.get("prev-archive"), url),
        pace=make_pace(about.get("ttl"), about.get("sy_updateperiod"), about.get("sy_updatefrequency")),
        problems=tuple(problems),
    )


def _ends_inside_entry(body: bytes) -> bool:
    starts, ends = (
        max((found.start() for found in pattern.finditer(body)), default=-1) for pattern in (_OPENED, _CLOSED)
    )
    return starts > ends


def _entry(entry: Any, url: str) -> FeedEntry:
    replies = str(entry.get("slash_comments", ""))
    media = entry.get("media_description")
    return FeedEntry(
        raw=json.dumps(entry, ensure_ascii=False, default=str, sort_keys=True).encode("utf-8", "replace"),
        media_type="application/json",
        link=absolute_link(entry.get("link"), url),
        guid=entry.get("id"),
        title=entry.get("title") or "",
        content=next((part.value for part in entry.get("content", ()) if part.get("value")), ""),
        summary=entry.get("summary") or "",
        author=entry.get("author"),
        published=entry.get("published") or entry.get("created"),
        # Plain get() would answer with the publication date.
        updated=entry.get("updated") if dict.__contains__(entry, "updated") else None,
        tags=tuple(tag.term for tag in entry.get("tags", ()) if tag.get("term")),
        media_texts=(media,) if isinstance(media, str) else (),
        replies=int(replies) if replies.isdigit() and len(replies) < 10 else None,
        comment_feed=absolute_link(entry.get("wfw_commentrss"), url),
    )
