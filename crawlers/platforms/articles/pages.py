"""Article pages: asked for once, and what their answers mean for the post.

refused    404, 410, noindex: nothing lands; what had landed goes only by removals.py
barred     401, 403, 451, a bot wall (crawlers/walls.py): nothing is read; after REFUSALS in a row of one server its pages
           are left alone for the rest of the poll, which says so
elsewhere  a home page, or a page that does not show that it is the article (belief.py): nothing is read
silent     5xx, no answer, robots.txt that is away: the next polls try, three in all (feeds/entries.py)
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable, Walled
from crawlers.outcome import Outcome
from crawlers.platforms.articles.article import Article, read_article
from crawlers.platforms.articles.belief import Expected, is_believed, is_home, is_meant, names_itself
from crawlers.platforms.articles.removals import ArticleRefused, Removals
from crawlers.platforms.feeds.entry import FeedEntry
from crawlers.platforms.feeds.posts import needs_article
from crawlers.rechecking import REFUSALS
from crawlers.servers import server_of
from crawlers.spiders.base import PollSpider
from crawlers.urls import host_of
from crawlers.wording import Wording
from ledger import LedgerError

if TYPE_CHECKING:
    from scrapy.http import Response

CHECKED = 3
"""Articles that `sources check` fetches: enough to see whether they can be read."""
_BARRING = frozenset({401, 403, 407, 451})


class ArticleUnread(Exception):
    """The page was not read; ``passing``: it may be another time; ``asked``: whether it was asked for at all."""

    def __init__(self, reason: str, *, passing: bool, asked: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing
        self.asked = asked


class ArticlePages:
    """The article pages of one poll. ``feed_hosts``: where the list lies; a wait that they ask for ends the poll."""

    def __init__(self, spider: PollSpider) -> None:
        self._spider = spider
        self._source = spider.task.source
        self._asked = 0
        self._barred: Counter[str] = Counter()
        self._led_to: dict[str, str] = {}
        self.removals = Removals(spider)
        self.feed_hosts = {host_of(spider.task.url)}

    def may_ask(self, entry: FeedEntry) -> bool:
        """Whether the entry's article is to be fetched at all."""
        return self._source.articles and needs_article(entry)

    def leaves_alone(self, link: str) -> bool:
        """Whether the server that such links lead to has barred so many of its pages that no more are asked for."""
        server = server_of(link)
        return self._barred[self._led_to.get(server, server)] >= REFUSALS

    def wording(self, post_id: str) -> Wording | None:
        """What a post says in the ledger. Raises EndRun where that does not answer."""
        try:
            return self._spider.store.wording(post_id)
        except LedgerError as exc:
            self._spider.tally.fail(str(exc))
            raise EndRun(Outcome.FAILED, str(exc)) from exc

    async def read(self, expected: Expected) -> tuple[Article, Response] | None:
        """The article behind a summary; None where `sources check` has seen enough, or the page holds no text.

        Raises as ``open`` does.
        """
        self._asked += 1
        if self._spider.task.mode == "check" and self._asked > CHECKED:
            return None
        try:
            article, response = await self.open(expected)
        except ArticleUnread as exc:
            refused = exc.__cause__
            if isinstance(refused, Refused) and not refused.is_passing and exc.reason != "article_blocked":
                # robots.txt, size, address: the site shows the summary in its feed, so the summary is what we may have.
                raise ArticleUnread(exc.reason, passing=False) from exc
            raise
        if not article.text:
            if expected.landed is not None:
                raise ArticleUnread("article_empty", passing=True)
            self._spider.tally.remark("article_empty")
            return None
        return article, response

    async def open(self, expected: Expected) -> tuple[Article, Response]:
        """The page's article, perhaps without text.

        Raises ArticleRefused and ArticleUnread; BudgetSpent, and RateLimited where the list's own server asks.
        """
        if self.leaves_alone(expected.link):
            raise ArticleUnread("article_blocked", passing=True, asked=False)
        try:
            return await self.look(expected)
        except BudgetSpent:
            raise
        except RateLimited as exc:
            if exc.host in self.feed_hosts:
                raise
            raise ArticleUnread("article_unavailable", passing=True) from exc
        except Refused as exc:
            if exc.outcome is Outcome.BLOCKED:
                self._bar(expected.link, exc.url if isinstance(exc, Walled) else expected.link, exc.message)
                raise ArticleUnread("article_blocked", passing=True) from exc
            # A robots.txt that is away forbids like one that does not want us; only the first comes back.
            passing = exc.outcome is Outcome.ROBOTS_DENIED
            raise ArticleUnread(f"article_{exc.outcome.value}", passing=passing) from exc
        except Unreachable as exc:
            raise ArticleUnread("article_unavailable", passing=True) from exc

    async def look(self, expected: Expected) -> tuple[Article, Response]:
        """As ``open``, and raises what fetching raises."""
        response = await self._spider.fetch(expected.link)
        if response.status in _BARRING:
            self._bar(expected.link, response.url, f"HTTP {response.status}")
            raise ArticleUnread("article_blocked", passing=False)
        self._barred[server_of(response.url)] = 0
        if response.status in (404, 410):
            raise ArticleRefused("article_gone", passing=response.status == 404)
        if response.status >= 500 or response.status in (408, 425, 429):
            raise ArticleUnread("article_unavailable", passing=True)
        if response.status != 200:
            raise ArticleUnread("article_blocked", passing=False)
        if is_home(response.url, expected.link):
            raise ArticleUnread("article_moved", passing=False)
        return self._read(response, expected), response

    def _bar(self, link: str, url: str, why: str) -> None:
        """Notes who answered, from ``url``: the link may be a shortener's or a counter's, which leads to many servers."""
        server = server_of(url)
        self._barred[server] += 1
        if self._barred[server] == REFUSALS:
            self._spider.say(f"{server} bars its article pages, {REFUSALS} in a row ({why}); no more were asked for")
            self._spider.manners.close(url)
        self._led_to[server_of(link)] = server

    def _read(self, response: Response, expected: Expected) -> Article:
        article = read_article(response)
        if article.refusal:
            if not is_meant(article, response.url, expected):
                raise ArticleUnread("article_moved", passing=True)
            own = names_itself(article.canonical, expected)
            raise ArticleRefused("noindex", is_own=own, passing=not own)
        if article.text:
            if not is_believed(article, response.url, expected):
                raise ArticleUnread("article_doubted", passing=True)
            self.removals.answered(expected.link)
        return article
