"""RSS, Atom and JSON Feed, with article pages where the feed shows summaries only, and comments where the source asks for them.

1. the newest page, asked for conditionally: 304 ends the poll, 301 to a feed rewrites the source, 410 retires it
2. the comment feeds of its entries, with `comments: true` (comment_feeds.py)
3. older pages (backfill.py)

With `wordpress: true` the site's REST interface is read instead (wordpress_api.py).

The cursor holds entries (feed_memory.py), backfill (backfill.py), comments (comment_feeds.py), pace (feed_pace.py), wordpress,
and covered_to, the start of the last good poll.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.articles.pages import ArticlePages
from crawlers.platforms.feeds.backfill import Backfill, OlderPages
from crawlers.platforms.feeds.comments import CommentFeeds
from crawlers.platforms.feeds.document import FeedDocument, NotAFeed, read_feed
from crawlers.platforms.feeds.entries import EntryReader
from crawlers.platforms.feeds.memory import FeedMemory
from crawlers.platforms.feeds.pace import Pace
from crawlers.platforms.feeds.rechecks import ArticleRechecks
from crawlers.platforms.shared.volume import find_shortfall, warn_of_many
from crawlers.platforms.shared.window import Window
from crawlers.platforms.wordpress.api import WordPressApi
from crawlers.platforms.wordpress.items import is_api_lookup
from crawlers.politeness.conditional import conditional_headers, read_validators
from crawlers.politeness.redirects import moved_to
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from crawlers.tally import Tally
from crawlers.task import RecheckOf
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response


class FeedSpider(PollSpider):
    """One poll of a feed."""

    name = "feeds"

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        self._memory = FeedMemory(cursor.get("entries"))
        left_over = Backfill.load(cursor.get("backfill"))
        covered = cursor.get("covered_to")
        self._covered_to = datetime.fromisoformat(covered) if covered else None
        self._window = Window(self._covered_to)
        self._articles = ArticlePages(self)
        self._entries = EntryReader(self, self._memory, self._articles, self._window)
        self._rechecks_of_pages = ArticleRechecks(self._articles, self._entries)
        self._today = f"{self.task.started:%Y-%m-%d}"
        self._older = OlderPages(self, self._entries, self._window, left_over)
        self._comments = CommentFeeds(self, self._entries, cursor.get("comments"))
        self._pace = Pace.load(cursor.get("pace"))
        self._wordpress = WordPressApi(self, cursor.get("wordpress"), self._window)
        self._shortfall = ""

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        if self.task.source.wordpress:
            async for item in self._wordpress.read():
                yield item
            return
        url = self.task.url
        # Without a cursor the page itself is needed: "unchanged" would say nothing; nor does a new comment change the feed,
        # nor an article that is there again.
        asks_anew = self._covered_to is None or self.task.source.comments or self._memory.awaits(self._today)
        known = None if asks_anew else self.task.validators.get(url)
        response = await self.fetch(url, conditional_headers(known))
        if response.status == 304:
            self._follow_move(response)
            self._window.join()
            self.progress = True
            self._articles.removals.relist = self._relist
            self.end(Outcome.NOT_MODIFIED, "")
        else:
            document = self._open(response)
            # Only now: a move to a notice of maintenance would put an end to the source.
            self._follow_move(response)
            self._check_volume(document)
            self._pace = document.pace
            async for item in self._entries.read_page(document, response):
                yield item
            self.progress = True
            self._memory.note_asked(self._today)
            if self.task.mode == "check":
                return
            if self._entries.met_known(document):
                self._window.join()
            if not self._entries.unfinished:
                self._remember_version(response)
            if self.task.source.comments:
                async for item in self._comments.read(document, host_of(response.url)):
                    yield item
            async for item in self._older.read_back(document, response, self._covered_to):
                yield item
        async for item in self._older.go_on():
            yield item

    async def recheck(self, post: RecheckOf) -> Answer | None:
        """The article's page, or the interface's answer."""
        if is_api_lookup(post.lookup):
            return await self._wordpress.recheck(post)
        return await self._rechecks_of_pages.recheck(post)

    async def _relist(self) -> bool:
        """What a feed that is unchanged lists; whether it could be read. May raise BudgetSpent and RateLimited."""
        # Once is enough, however it ends.
        self._articles.removals.relist = None
        try:
            response = await self.fetch(self.task.url)
            if response.status != 200:
                return False
            document = read_feed(response, Tally())
        except (BudgetSpent, RateLimited):
            raise
        except (Refused, Unreachable, NotAFeed):
            return False
        self._articles.removals.note_listed(entry.link for entry in document.entries)
        return True

    def conclude(self) -> None:
        """Writes cursor and window; see `Outcome.is_success` for which polls cover anything."""
        if self._shortfall and self.outcome.is_success:
            # What was found has landed; the next poll must not be answered with "unchanged".
            self.end(Outcome.FAILED, self._shortfall)
            self.validators = {}
        self.cursor["entries"] = self._memory.dump()
        self.cursor["backfill"] = self._older.left.dump() if self._older.left else None
        self.cursor["comments"] = self._comments.dump()
        self.cursor["pace"] = self._pace.dump()
        self.cursor["wordpress"] = self._wordpress.dump()
        if not (self.outcome.is_success and self.progress):
            return
        start = self.task.started
        self.quiet_until = self._pace.next_time(start, self.task.source.interval)
        end = self._wordpress.reached(start) if self.task.source.wordpress else start
        if self.task.source.wordpress and self._covered_to is not None and end <= self._covered_to:
            return
        reached = self._window.begin(end)
        if reached is not None and self.outcome is not Outcome.EMPTY:
            self.window_from, self.window_to = reached, end
        self.cursor["covered_to"] = end.isoformat()

    def _follow_move(self, response: Response) -> None:
        if response.request is None:
            return
        self.new_url = moved_to(response.request)
        if self.new_url:
            self.say(f"moved for good to {self.new_url}")

    def _open(self, response: Response) -> FeedDocument:
        self.stop_on_status(response)
        self._articles.feed_hosts.add(host_of(response.url))
        self.heed_robots_tag(response, "the feed")
        try:
            return read_feed(response, self.tally)
        except NotAFeed as exc:
            raise EndRun(Outcome.FAILED, f"not a feed: {exc}") from exc

    def _check_volume(self, document: FeedDocument) -> None:
        found = len(document.entries)
        self._shortfall = find_shortfall(self, found, "entries")
        warn_of_many(self, found, "entries")
        self.end(Outcome.OK if found else Outcome.EMPTY, "" if found else "the feed has no entries")

    def _remember_version(self, response: Response) -> None:
        validators = read_validators(response)
        if validators is not None:
            self.validators[self.task.url] = validators
            if self.new_url:
                self.validators[self.new_url] = validators
