"""One topic, read from where the last reading ended.

1. begin      at the page read last; an unknown topic at its first page or, where the list names it, at its last
2. last       an unknown topic: its last page, so that the newest posts come before any cap
3. forward    the pages after it, until there is none
4. back       from where the walk began, while a page can hold posts that no reading has seen: newer than the floor or,
              in a known topic, none but numbers above the last one read (earlier posts were deleted, and all moved up)
5. a cap      the place on the way back is kept; the next poll goes on from there
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from crawlers.items import Found, Rejection
from crawlers.platforms.forum.page import NotAPage, TopicPage, TopicRow
from crawlers.platforms.forum.posts import PostReader
from crawlers.platforms.forum.topics import Progress, TopicMemory, short
from crawlers.platforms.shared.window import TWO
from crawlers.robots_tag import header_refuses
from crawlers.spiders.base import PollSpider

if TYPE_CHECKING:
    from scrapy.http import Response


TRIES = 5
"""Polls in a row in which a topic cannot be read: more would hold up what counts as covered for one broken page."""


class TopicClosed(Exception):
    """The topic's page is not for us; it is asked again when the list shows a new post. ``word``: why."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class TopicGone(TopicClosed):
    """404 or 410."""


class TopicUnread(Exception):
    """The topic cannot be read just now; a later poll tries again."""


@dataclass(frozen=True)
class Shown:
    """A page of a topic that was read."""

    address: str
    page: TopicPage
    response: Response

    @property
    def number(self) -> int:
        """The page's number or offset."""
        return self.page.pages.number


class TopicPages:
    """The topics' pages of one poll. ``parse`` makes a page of a response; ``may_page``: whether there is room for one more."""

    def __init__(
        self,
        spider: PollSpider,
        reader: PostReader,
        parse: Callable[[Response], TopicPage],
        may_page: Callable[[], bool],
    ) -> None:
        self._spider = spider
        self._reader = reader
        self._parse = parse
        self.may_page = may_page
        self.cut_short = False
        """Whether posts were left for a later poll, or may be there and cannot be told by their dates."""

    async def get(self, address: str) -> Shown:
        """Reads a page. Raises TopicClosed, TopicUnread, and what fetch raises."""
        response = await self._spider.fetch(address)
        status = response.status
        if status in (404, 410):
            raise TopicGone("topic_gone")
        if status >= 500 or status in (408, 425, 429):
            raise TopicUnread
        if status != 200:
            raise TopicClosed("topic_blocked")
        try:
            page = self._parse(response)
        except NotAPage as exc:
            raise TopicClosed("topic_unreadable") from exc
        if page.refusal is not None or refused_by_header(response):
            raise TopicClosed("topic_noindex")
        self._spider.progress = True
        return Shown(address, page, response)

    def land(self, shown: Shown, topic: TopicRow) -> list[Found]:
        """What becomes of the page's posts."""
        if not shown.page.posts:
            # Each topic has a post: this is another layout, or a refusal in words.
            self._spider.tally.see()
            return [Rejection("bad_shape", shown.response.body)]
        return self._reader.read_page(shown.page, shown.response, topic)


class TopicWalk:
    """One topic of one poll. ``floor``: posts from then on must have been read."""

    def __init__(self, pages: TopicPages, memory: TopicMemory, topic: TopicRow, floor: datetime) -> None:
        self._pages = pages
        self._memory = memory
        self._topic = topic
        self._floor = floor
        self._now = memory.get(topic.key) or Progress()
        self._before = self._now.last_post

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring. Raises TopicClosed, TopicUnread, and what fetch raises."""
        start = await self._begin()
        for item in self._pages.land(start, self._topic):
            yield item
        last = None if self._now.page else start.page.pages.last
        if last is not None:
            if not self._may_page():
                return
            start = await self._pages.get(last)
            for item in self._pages.land(start, self._topic):
                yield item
        self._keep(start, newest=start, back=self._now.back or self._way_back(start))
        async for item in self._forward(start):
            yield item
        async for item in self._back():
            yield item

    def settle(self) -> None:
        """Nothing more is to be had of the topic until its row shows a new post."""
        self._memory.keep(self._topic.key, replace(self._now, mark=short(self._topic.mark)))

    def give_up(self) -> bool:
        """Notes that the topic could not be read; after TRIES times in a row it is settled, and this returns True."""
        self._now = replace(self._now, tries=self._now.tries + 1)
        self._memory.keep(self._topic.key, self._now)
        if self._now.tries < TRIES:
            return False
        self._now = replace(self._now, tries=0)
        self.settle()
        return True

    async def _begin(self) -> Shown:
        try:
            return await self._pages.get(self._now.page or self._topic.last_page)
        except TopicGone:
            if self._now.page in ("", self._topic.url):
                raise
            # Its last page is gone, not the topic: begun anew.
            self._now = replace(self._now, page="", back="")
            return await self._pages.get(self._topic.url)

    async def _forward(self, shown: Shown) -> AsyncIterator[Found]:
        while (after := shown.page.pages.after) is not None:
            if not self._may_page():
                return
            following = await self._pages.get(after)
            if following.number <= shown.number:
                return
            shown = following
            for item in self._pages.land(shown, self._topic):
                yield item
            self._keep(shown, newest=shown, back=self._now.back)

    async def _back(self) -> AsyncIterator[Found]:
        lowest: int | None = None
        while self._now.back:
            if not self._may_page():
                return
            shown = await self._pages.get(self._now.back)
            for item in self._pages.land(shown, self._topic):
                yield item
            lower = lowest is None or shown.number < lowest
            lowest = shown.number
            self._keep(shown, newest=None, back=self._way_back(shown) if lower else "")
        if not self._pages.cut_short:
            self.settle()

    def _may_page(self) -> bool:
        if self._pages.may_page():
            return True
        self._pages.cut_short = True
        return False

    def _keep(self, shown: Shown, *, newest: Shown | None, back: str) -> None:
        """Notes the progress after a page; without a mark the topic counts as unfinished."""
        highest = max(_numbers(shown.page), default=0)
        page = newest.address if newest is not None else self._now.page
        self._now = Progress("", page, max(self._now.last_post, highest), back)
        self._memory.keep(self._topic.key, self._now)

    def _way_back(self, shown: Shown) -> str:
        """The page before, where it may hold posts that were not read yet; empty where it cannot."""
        previous = shown.page.pages.before
        if previous is None:
            return ""
        numbers = _numbers(shown.page)
        if self._before and numbers and min(numbers) > self._before:
            return previous
        dates = sorted(row.published for row in shown.page.posts if row.published is not None)
        # The later of the two oldest, since one post may carry any date; without dates all of the topic is read.
        return previous if not dates or dates[:TWO][-1] >= self._floor else ""


def refused_by_header(response: Response) -> bool:
    """Whether an X-Robots-Tag of the page forbids us to keep it."""
    values = response.headers.getlist("X-Robots-Tag")
    return header_refuses(value.decode("latin-1") for value in values) is not None


def _numbers(page: TopicPage) -> list[int]:
    return [int(row.id) for row in page.posts if row.id.isdecimal() and len(row.id) < 19]
