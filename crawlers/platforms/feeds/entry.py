"""A feed's entries in one form, whatever dialect they came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urljoin

from crawlers.platforms.feeds.pace import Pace


class NotAFeed(Exception):
    """The body is no feed that could be read; the message says what it is instead."""


@dataclass(frozen=True)
class FeedEntry:
    """One entry; texts are markup as the feed has them, dates are as written."""

    raw: bytes
    media_type: str
    link: str | None = None
    guid: str | None = None
    title: str = ""
    content: str = ""
    summary: str = ""
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    tags: tuple[str, ...] = ()
    media_texts: tuple[str, ...] = ()
    replies: int | None = None
    comment_feed: str | None = None
    answers: str | None = None
    """The address of the article or comment that it answers (thr:in-reply-to)."""
    is_comment: bool = False
    """Whether it came in a comment feed: then it is a person's, and its link may be its article's."""


@dataclass(frozen=True)
class FeedDocument:
    """One page of a feed."""

    entries: tuple[FeedEntry, ...]
    home: str | None = None
    language: str | None = None
    generator: str = ""
    next_url: str | None = None
    pace: Pace = field(default_factory=Pace)
    problems: tuple[str, ...] = field(default=())


def absolute_link(link: object, base: str) -> str | None:
    """The link as an http(s) address, or None: mailto:, javascript: and the like identify nothing."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        absolute = urljoin(base, link.strip())
    except ValueError:
        return None
    return absolute if absolute.startswith(("http://", "https://")) else None


def fault_in_words(fault: object) -> str:
    """A parser's complaint on one line, cut at 160 characters."""
    return " ".join(str(fault).split())[:160] if fault else "no entries, no known version"
