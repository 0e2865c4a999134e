"""Which timeline of a server a source reads, and where its pages are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from config import Source

PAGE = 40
"""Statuses a page; the API's maximum."""


@dataclass(frozen=True)
class Timeline:
    """``name``: what the cursor knows it by; ``feed``: its word in the server's ``timelines_access``."""

    name: str
    feed: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    has_parts: bool = True
    """Whether it can be asked for local or for remote posts alone."""

    def address(self, base: str, params: Mapping[str, str]) -> str:
        """The address of a page; ``params`` say where it begins."""
        return f"{base}{self.path}?{urlencode({'limit': str(PAGE), **self.query, **params})}"


def timeline_of(source: Source) -> Timeline:
    """The timeline that a source's entry names: a hashtag's, a trending link's, or the public one."""
    if source.tag:
        tag = source.tag.lstrip("#")
        return Timeline(f"tag:{tag.lower()}", "hashtag_feeds", f"/api/v1/timelines/tag/{quote(tag)}")
    if source.link:
        path = "/api/v1/timelines/link"
        return Timeline(f"link:{source.link}", "trending_link_feeds", path, {"url": source.link}, has_parts=False)
    return Timeline("public", "live_feeds", "/api/v1/timelines/public")
