"""The article pages behind a feed's summaries: fetched once, and what their answers mean for the post."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.platforms.articles.article import Article, read_article
from crawlers.platforms.feeds.entry import FeedEntry
from crawlers.platforms.feeds.posts import needs_article
from crawlers.spiders.base import PollSpider
from crawlers.urls import host_of
from records import Capture

if TYPE_CHECKING:
    from scrapy.http import Response

CHECKED = 3
"""Articles that `sources check` fetches: enough to see whether they can be read."""


class ArticleUnavailable(Exception):
    """The article cannot be read just now; a later poll tries again."""


class ArticleRefused(Exception):
    """The page says that the post must not be kept: it is gone, or does not want to be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ArticlePages:
    """The article pages of one poll. ``feed_hosts``: where the feed lies; a wait that they ask for ends the poll."""

    def __init__(self, spider: PollSpider) -> None:
        self._spider = spider
        self._source = spider.task.source
        self._asked = 0
        self.feed_hosts = {host_of(spider.task.url)}

    def may_ask(self, entry: FeedEntry) -> bool:
        """Whether the entry's article is to be fetched at all."""
        return self._source.articles and needs_article(entry)

    async def read(self, entry: FeedEntry) -> tuple[Article, Capture | None]:
        """The article behind a summary; an empty one where the summary is all that may or can be had.

        Raises ArticleRefused and ArticleUnavailable; BudgetSpent, and RateLimited where the feed's own server asks.
        """
        if not self.may_ask(entry) or entry.link is None:
            return Article(), None
        self._asked += 1
        if self._spider.task.mode == "check" and self._asked > CHECKED:
            return Article(), None
        response = await self._fetch(entry.link)
        if response is None:
            return Article(), None
        article = read_article(response)
        if article.refusal:
            raise ArticleRefused("noindex")
        if not article.text:
            self._spider.tally.remark("article_empty")
            return Article(), None
        return article, self._spider.capture(response, keep_body=True)

    async def _fetch(self, url: str) -> Response | None:
        try:
            response = await self._spider.fetch(url)
        except BudgetSpent:
            raise
        except RateLimited as exc:
            if exc.host in self.feed_hosts:
                raise
            raise ArticleUnavailable from exc
        except Refused as exc:
            # robots.txt, size, address: the site shows the summary in its feed, so the summary is what we may have.
            self._spider.tally.remark(f"article_{exc.outcome.value}")
            return None
        except Unreachable as exc:
            raise ArticleUnavailable from exc
        if response.status in (404, 410):
            raise ArticleRefused("article_gone")
        if response.status >= 500 or response.status in (408, 425, 429):
            raise ArticleUnavailable
        if response.status != 200:
            self._spider.tally.remark("article_blocked")
            return None
        return response
