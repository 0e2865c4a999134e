"""JSON Feed."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry, NotAFeed, absolute_link, fault_in_words


def read_json(body: bytes, url: str, problems: list[str]) -> FeedDocument:
    """Reads a JSON Feed; items that are none are left out and noted in ``problems``. Raises NotAFeed."""
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise NotAFeed(f"broken JSON: {fault_in_words(exc)}") from exc
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise NotAFeed("JSON, but no JSON Feed: no list of items")
    items = [item for item in found["items"] if isinstance(item, dict)]
    if len(items) < len(found["items"]):
        problems.append("odd_items")
    return FeedDocument(
        tuple(_entry(item, url) for item in items),
        home=absolute_link(found.get("home_page_url"), url),
        language=_text(found.get("language")),
        next_url=absolute_link(found.get("next_url"), url),
        problems=tuple(problems),
    )


def _entry(item: dict[str, Any], url: str) -> FeedEntry:
    authors = item.get("authors") or item.get("author") or ()
    authors = authors if isinstance(authors, list) else [authors]
    tags = item.get("tags")
    return FeedEntry(
        raw=json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"),
        media_type="application/json",
        link=absolute_link(item.get("url") or item.get("external_url"), url),
        guid=_text(item.get("id")),
        title=_text(item.get("title")) or "",
        content=_text(item.get("content_html")) or _markup(_text(item.get("content_text")) or ""),
        summary=_text(item.get("summary")) or "",
        author=next((_text(author.get("name")) for author in authors if isinstance(author, dict)), None),
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def _text(value: object) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _markup(text: str) -> str:
    # Entries hold markup: a plain "if a<b then c>d" would lose its middle as a tag.
    return "<br>".join(escape(line, quote=False) for line in text.splitlines())
