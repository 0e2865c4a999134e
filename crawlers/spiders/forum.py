"""One forum of a web board: its list of topics, and the topics with new posts, by an engine's selectors.

1. list       the newest page; a topic is due when its row's mark has changed, or when it is unknown and newer than the floor
2. topics     each due one: forum_walk.py
3. further    list pages while they show topics that are due, or newer than the floor
The floor is the end of what is covered less the overlap: a post that was held back for approval appears below newer ones.

The cursor holds board, topics (forum_topics.py) and covered_to. What is covered moves on only when every due topic was
read to its end; until then its posts land, and the polls after go on where this one was cut off.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from scrapy.http import TextResponse

from config import ConfigError
from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable, Walled
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.forum.dates import DateRule
from crawlers.platforms.forum.engine import Engine, load_engine
from crawlers.platforms.forum.listing import judge_list
from crawlers.platforms.forum.page import NotAPage, TopicList, TopicPage, TopicRow, board_of, read_posts, read_topics
from crawlers.platforms.forum.posts import PostReader
from crawlers.platforms.forum.topics import TopicMemory, short
from crawlers.platforms.forum.walk import TopicClosed, TopicPages, TopicUnread, TopicWalk, refused_by_header
from crawlers.platforms.shared.existence import Existence
from crawlers.platforms.shared.volume import judge_volume
from crawlers.platforms.shared.window import Window
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import Landing

if TYPE_CHECKING:
    from scrapy.http import Response

WITNESSES = 3
"""Addresses of posts kept from poll to poll, to ask on a quiet day whether the board still answers for what is there."""
CHECKED = 2
"""Topics that `sources check` reads: enough to see whether the selectors fit."""


class ForumSpider(PollSpider):
    """One poll of one forum."""

    name = "forum"

    def __init__(self, **kwargs: Any) -> None:
        self._window = Window(None)
        self._asked = 1
        self._complete = False
        self._capped = False
        self._unread = 0
        self._listed: set[str] = set()
        self._shown: dict[str, str] = {}
        super().__init__(**kwargs)

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        if cursor.get("url") not in (None, self.task.url):
            cursor.clear()
        cursor["url"] = self.task.url
        self._memory = TopicMemory(cursor.get("topics"))
        covered = cursor.get("covered_to")
        self._covered_to = datetime.fromisoformat(covered) if covered else None
        self._window = Window(self._covered_to)
        self._shown_before = [str(address) for address in cursor.get("shown") or ()][:WITNESSES]
        self._existence = Existence(self.tally)

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        self._open_engine()
        floor = (self._covered_to or self.task.started) - self.task.source.overlap
        address: str | None = self.task.url
        while address is not None:
            page = await (self._list_page(address) if address == self.task.url else self._older_list_page(address))
            if page is None:
                break
            due = [topic for topic in page.topics if self._is_due(topic, floor)]
            for topic in due[:CHECKED] if self.task.mode == "check" else due:
                async for item in self._topic(topic, floor):
                    yield item
            self._window.page(topic.last for topic in page.topics)
            address = self._further(page, due, floor)
            if self.task.mode == "check":
                break
            if address is not None and not self._may_page():
                break
        self._judge()

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing | None:
        """The post's own address: 404 and 410 are deletions, a page that shows the post among others shows its wording.

        A page without the post is no deletion: boards move posts, and some answer so to whoever may not read them.
        """
        response = await self.fetch(post.lookup)
        if response.status in (404, 410):
            return await self._judge_missing(post)
        if response.status != 200:
            return RecheckOutcome.UNCLEAR
        try:
            page = self._parse_topic(response)
        except NotAPage:
            return RecheckOutcome.UNCLEAR
        if page.refusal is not None or refused_by_header(response):
            return RecheckOutcome.DELETED
        row = self._reader.find(page, post.post_id)
        if row is None:
            return RecheckOutcome.UNCLEAR
        outcome = self._reader.reread(row, page)
        if outcome is not None:
            return outcome
        try:
            return self._reader.landing(row, page, self.capture(response, keep_body=False), post.lookup)
        except ValidationError:
            return RecheckOutcome.UNCLEAR

    def conclude(self) -> None:
        """Writes cursor and window."""
        self.cursor["topics"] = self._memory.dump()
        self.cursor["shown"] = [*list(self._shown.values())[-WITNESSES:], *self._shown_before][:WITNESSES]
        if not (self.outcome.is_success and self._complete) or self.outcome is Outcome.EMPTY:
            return
        if self._unread or self._pages.cut_short:
            return
        start = self.task.started
        begin = self._window.begin(start)
        if begin is not None:
            # A first reading goes back in the topics no further than the overlap.
            self.window_from = begin if self._covered_to else max(begin, start - self.task.source.overlap)
            self.window_to = start
        self.cursor["covered_to"] = start.isoformat()

    # The list of topics

    def _open_engine(self) -> None:
        source = self.task.source
        try:
            self._engine: Engine = load_engine(source.engine or "", self.task.data)
        except ConfigError as exc:
            raise EndRun(Outcome.FAILED, str(exc)) from exc
        self._zone = ZoneInfo(source.timezone)
        self._reader = PostReader(self, self._engine, board_of(self.task.url, self._engine))
        self._pages = TopicPages(self, self._reader, self._parse_topic, self._may_page)

    async def _list_page(self, address: str) -> TopicList:
        response = await self.fetch(address)
        self.stop_on_status(response)
        try:
            page = read_topics(_text(response), response.url, self._engine, self._dates())
        except NotAPage as exc:
            raise EndRun(Outcome.FAILED, f"{response.url[:200]} is no HTML page") from exc
        if refused_by_header(response):
            raise EndRun(Outcome.ROBOTS_DENIED, "the list of topics does not want to be indexed")
        judge_list(page, self.task.source.engine or "")
        self.progress = True
        return page

    async def _older_list_page(self, address: str) -> TopicList | None:
        """A further page of the list; None where it cannot be had. But for a wall, the newest page decides the outcome."""
        try:
            return await self._list_page(address)
        except (BudgetSpent, RateLimited, Walled):
            raise
        except (EndRun, Refused, Unreachable) as exc:
            self.tally.remark("older_page_failed")
            self.say(f"an older page of the list cannot be read: {exc}")
            return None

    def _further(self, page: TopicList, due: list[TopicRow], floor: datetime) -> str | None:
        """The next list page, or None when all that is due has been seen."""
        new = {topic.key for topic in page.topics} - self._listed
        self._listed |= new
        dates = [topic.last for topic in page.topics if topic.last is not None]
        first_poll = self._covered_to is None
        nothing_due = first_poll or not due
        below = max(dates) < floor if dates else True
        if page.pages.after is not None and new and not (below and nothing_due):
            return page.pages.after
        self._complete = True
        if not first_poll:
            self._window.join()
        return None

    def _is_due(self, topic: TopicRow, floor: datetime) -> bool:
        known = self._memory.get(topic.key)
        if known is not None:
            return known.mark != short(topic.mark)
        return topic.last is None or topic.last >= floor or (self._covered_to is None and not self._listed)

    def _may_page(self) -> bool:
        if self._asked < self.task.source.limits.pages:
            self._asked += 1
            return True
        self._capped = True
        return False

    # The topics

    async def _topic(self, topic: TopicRow, floor: datetime) -> AsyncIterator[Found]:
        if not self._may_page():
            self._pages.cut_short = True
            return
        walk = TopicWalk(self._pages, self._memory, topic, floor)
        try:
            async for item in walk.read():
                if isinstance(item, Landing) and item.lookup:
                    self._shown[item.post.post_id] = item.lookup
                yield item
        except TopicClosed as exc:
            self.tally.remark(exc.word)
            walk.settle()
        except (BudgetSpent, RateLimited, Walled):
            # A wall is no verdict on this topic, and the others stand behind it as well.
            raise
        except Refused as exc:
            self.tally.remark(f"topic_{exc.outcome.value}")
            walk.settle()
        except (TopicUnread, Unreachable):
            self.tally.remark("topic_unavailable")
            self._unread += not walk.give_up()

    async def _judge_missing(self, post: RecheckOf) -> RecheckOutcome:
        """What 404 means. On a board whose addresses are others than its engine's file says, every post would be deleted."""
        if post.post_id in self._shown:
            self.tally.remark("removal_doubted")
            return RecheckOutcome.UNCLEAR
        for address in (*self._shown.values(), *self._shown_before):
            if address != post.lookup:
                self._existence.listed(address)
                break
        return await self._existence.judge_missing(self._finds)

    async def _finds(self, lookup: str) -> bool:
        return (await self.fetch(lookup)).status == 200

    def _parse_topic(self, response: Response) -> TopicPage:
        return read_posts(_text(response), response.url, self._engine, self._dates())

    def _dates(self) -> DateRule:
        # Relative dates count from when the page was made, which in a long run is not when the run began.
        return DateRule(datetime.now(UTC), self.task.source.languages, self._zone, self._engine.formats)

    def _judge(self) -> None:
        listed = len(self._listed)
        if self._capped:
            self.tally.remark("limit_pages")
            self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
        if self._unread:
            self.say(f"{self._unread} topics could not be read")
        judge_volume(self, listed, "topics")
        self.end(Outcome.OK if listed else Outcome.EMPTY, "" if listed else "the forum has no topics")


def _text(response: Response) -> str:
    if not isinstance(response, TextResponse):
        raise NotAPage("not text")
    return str(response.text)
