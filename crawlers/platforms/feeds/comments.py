"""The comments below a feed's entries, from the comment feed that each entry names (wfw:commentRss, Atom's replies link).

A comment feed is asked for where the entry's counter (slash:comments) has changed since it was read last; an entry without
a counter, once a day. It shows its newest comments only (ten on WordPress) and has no older pages. A bot wall before one
leaves the rest for the next poll.

The cursor holds, by comment feed, the counter or day of the last reading, for the entries that the feed still shows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable, Walled
from crawlers.items import Found
from crawlers.platforms.feeds.document import FeedDocument, FeedEntry, NotAFeed, read_feed
from crawlers.platforms.feeds.entries import EntryReader
from crawlers.platforms.feeds.memory import FeedMemory
from crawlers.spiders.base import PollSpider
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response


class CommentFeeds:
    """The comment feeds of one poll."""

    def __init__(self, spider: PollSpider, entries: EntryReader, stored: Any) -> None:
        self._spider = spider
        self._entries = entries
        self._marks = {str(key): str(mark) for key, mark in stored.items()} if isinstance(stored, dict) else {}
        self._asked = 0
        self._passing = False
        self._is_walled = False

    async def read(self, document: FeedDocument, home: str) -> AsyncIterator[Found]:
        """The new comments below the entries of the feed's newest page; ``home``: the host that the page came from."""
        before, self._marks = self._marks, {}
        for entry in document.entries:
            url, mark = entry.comment_feed, self._mark(entry)
            if url is None or mark == "0" or host_of(url) not in (home, host_of(entry.link or "")):
                continue
            key = FeedMemory.key(url)
            if key in before:
                self._marks[key] = before[key]
            if before.get(key) == mark:
                continue
            if self._is_walled:
                continue
            if self._asked >= self._spider.task.source.limits.pages:
                self._spider.tally.remark("limit_comment_feeds")
                continue
            self._asked += 1
            opened = await self._open(url)
            if opened is not None:
                async for item in self._entries.read_entries(*opened):
                    yield item
            if opened is not None or not self._passing:
                self._marks[key] = mark

    def dump(self) -> dict[str, str]:
        """For the cursor."""
        return self._marks

    def _mark(self, entry: FeedEntry) -> str:
        return f"{self._spider.task.started:%Y-%m-%d}" if entry.replies is None else str(entry.replies)

    async def _open(self, url: str) -> tuple[FeedDocument, Response] | None:
        """The comments and their answer; None where they cannot be had, and ``_passing`` says whether a later poll may."""
        self._passing = False
        try:
            response = await self._spider.fetch(url)
            self._passing = response.status >= 500
            if response.status == 200:
                self._spider.heed_robots_tag(response, "the comment feed")
                found = read_feed(response, self._spider.tally)
                return replace(
                    found, entries=tuple(replace(entry, is_comment=True) for entry in found.entries)
                ), response
        except (BudgetSpent, RateLimited):
            raise
        except Unreachable:
            self._passing = True
        except Refused as exc:
            self._passing, self._is_walled = exc.is_passing, isinstance(exc, Walled)
        except (NotAFeed, EndRun):
            # Its entry is read all the same: who shows no comments has not forbidden the article.
            pass
        self._spider.tally.remark("comment_feed_failed")
        return None
