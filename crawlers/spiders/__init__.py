"""One spider a platform. For the crawling process only: imports Scrapy."""

from __future__ import annotations

from importlib import import_module

from config import SourceKind
from crawlers.spiders.base import PollSpider
from crawlers.spiders.look import LookSpider

__all__ = ["LookSpider", "PollSpider", "spider_for"]

_SPIDERS = {
    SourceKind.FEEDS: ("crawlers.spiders.feeds", "FeedSpider"),
    SourceKind.MASTODON: ("crawlers.spiders.mastodon", "MastodonSpider"),
    SourceKind.TELEGRAM: ("crawlers.spiders.telegram", "TelegramSpider"),
    SourceKind.SITEMAP: ("crawlers.spiders.sitemap", "SitemapSpider"),
    SourceKind.GDELT: ("crawlers.spiders.gdelt", "GdeltSpider"),
    SourceKind.YOUTUBE: ("crawlers.spiders.youtube", "YouTubeSpider"),
    SourceKind.VK: ("crawlers.spiders.vk", "VkSpider"),
    SourceKind.X: ("crawlers.spiders.x", "XSpider"),
    SourceKind.REDDIT: ("crawlers.spiders.reddit", "RedditSpider"),
    SourceKind.BLUESKY: ("crawlers.spiders.bluesky", "BlueskySpider"),
    SourceKind.JETSTREAM: ("crawlers.spiders.jetstream", "JetstreamSpider"),
    SourceKind.DISCOURSE: ("crawlers.spiders.discourse", "DiscourseSpider"),
    SourceKind.LEMMY: ("crawlers.spiders.lemmy", "LemmySpider"),
    SourceKind.ISSO: ("crawlers.spiders.isso", "IssoSpider"),
    SourceKind.FORUM: ("crawlers.spiders.forum", "ForumSpider"),
}


def spider_for(kind: SourceKind) -> type[PollSpider]:
    """The spider for a kind of source. Raises KeyError for a kind that is imported, not read.

    Only that spider is imported: a process makes one poll, and the parsers of the others would double its start.
    """
    module, name = _SPIDERS[kind]
    found: type[PollSpider] = getattr(import_module(module), name)
    return found
