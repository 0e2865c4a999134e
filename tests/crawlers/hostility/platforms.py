"""Every platform that is polled, for a hostile server to stand in front of; what stays connected is in streams.py."""

from __future__ import annotations

from tests.crawlers.hostility.forums import BoardPages, Discourse, Isso, LemmyServer
from tests.crawlers.hostility.keyed import RedditApi, VkApi, XApi, YouTubeApi
from tests.crawlers.hostility.networks import Bluesky, Mastodon, Telegram
from tests.crawlers.hostility.outlets import Feeds, Gdelt, Sitemap
from tests.crawlers.hostility.platform import Platform

PLATFORMS: tuple[type[Platform], ...] = (
    Feeds, Sitemap, Gdelt, Mastodon, Bluesky, Telegram, BoardPages, Discourse, LemmyServer, Isso, YouTubeApi, VkApi,
    XApi, RedditApi,
)  # fmt: skip
