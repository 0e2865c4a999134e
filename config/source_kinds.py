"""The kinds of sources, and the two ways to take a header that is nobody's in particular."""

from __future__ import annotations

from enum import StrEnum


class SourceKind(StrEnum):
    """How a source is read: one spider a word, or an importer."""

    FEEDS = "feeds"
    MASTODON = "mastodon"
    SITEMAP = "sitemap"
    GDELT = "gdelt"
    BLUESKY = "bluesky"
    JETSTREAM = "jetstream"
    YOUTUBE = "youtube"
    VK = "vk"
    X = "x"
    REDDIT = "reddit"
    DISCOURSE = "discourse"
    LEMMY = "lemmy"
    FORUM = "forum"
    ISSO = "isso"
    TELEGRAM = "telegram"
    IMPORT = "import"


class RobotsTag(StrEnum):
    """What an X-Robots-Tag header on a feed or API answer means here. On pages and accounts it is always honoured."""

    OBEY = "obey"
    RECORD = "record"
