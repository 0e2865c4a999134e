"""What the row of a post says of its wording: the columns that a landing writes, and what they are at first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from ledger.rows import State
from records import IMPORT, WEB, Post

COUNTS_EVERY = timedelta(hours=1)
"""A post is read again at every poll of the overlap; taking its counts over each time would write its document anew as often."""
FUTURE = timedelta(days=1)
"""A publication time further ahead than this is a clock or a lie, and counts as unknown."""
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
"""A time before this is how software writes that it does not know: zero, or a year of three digits."""

UNTOUCHED: dict[str, Any] = {
    "state": State.LANDED.value,
    "removed_at": None,
    "stripped": False,
    "retag": False,
    "tagged_at": None,
    "on_topic": None,
    "attempts": 0,
    "deaths": 0,
    "alone": False,
    "failed_stage": None,
    "failed_reason": None,
    "failed_at": None,
    # Whoever works on the wording before this one has lost it: the commit is superseded, a death or rejection no fault.
    "worker": None,
    "lease_stage": None,
}
"""A wording that nobody has worked on yet."""
EARLIER = ("post_id", "revision", "title", "text", "media_text", "edited_at", "collected_at")
KNOWN = (
    *EARLIER,
    "content_hash",
    "removed_at",
    "stripped",
    "source",
    "url",
    "author",
    "author_kind",
    "mentions",
    "reply_to",
    "thread",
    "quotes",
    "engagement",
    "engagement_read_at",
)


def author_scope(post: Post) -> str:
    """Where an author's name is unique: the platform itself, but the host for web pages and the source for imports."""
    if post.platform == WEB:
        host = urlsplit(post.url or post.native_id).hostname or ""
        return host.removeprefix("www.") or post.source
    return post.source if post.platform == IMPORT else ""


def words(title: str, text: str, media_text: str) -> str:
    """What of a post is its wording, as one text; another wording is a new revision."""
    return f"{title}\x00{text}\x00{media_text}"


def wording(post: Post, content: str) -> dict[str, Any]:
    """The columns that change with the wording. ``content``: its keyed hash."""
    return {
        "content_hash": content,
        "lang_hint": post.lang_hint,
        "title": post.title,
        "text": post.text,
        "media_text": post.media_text,
        "hashtags": list(post.hashtags),
        "engagement": dict(post.engagement),
        "engagement_read_at": post.collected_at if post.engagement else None,
        "edited_at": post.edited_at,
        "collected_at": post.collected_at,
    }


def fresh_counts(post: Post, known: dict[str, Any]) -> dict[str, Any]:
    """The columns that change where only the counts did.

    Those of the post's own source alone: each server of the Fediverse counts what it has seen, and two would take turns.
    """
    read_at = known["engagement_read_at"] or known["collected_at"]
    if post.source != known["source"] or not post.engagement or post.engagement == known["engagement"]:
        return {}
    if post.collected_at < read_at + COUNTS_EVERY:
        return {}
    return {"engagement": dict(post.engagement), "engagement_read_at": post.collected_at}


def publication(post: Post) -> tuple[datetime, bool]:
    """The time to file a post under, and whether it is only the time of first sight (UTC, estimated)."""
    at = post.published_at
    if at is None or not EARLIEST <= at <= post.collected_at + FUTURE:
        return post.collected_at, True
    return at, False
