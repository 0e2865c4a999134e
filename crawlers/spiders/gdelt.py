"""GDELT's index of the world's news, for discovery only: it gives addresses, and each article is read at its own site.

1. query     the source's url, https://api.gdeltproject.org/api/v2/doc/doc?query=...; the spider adds the rest
2. slices    from the mark less the overlap up to now; one that fills an answer is halved, down to ROUND
3. articles  of each slice by listed_articles.py, under the robots.txt of its site and limits.articles
4. mark      the end of the last slice of which every article was dealt with, and never nearer to now than LAG

The cursor holds query, mark and entries (feed_memory.py); the mark of another query counts for nothing. GDELT knows neither
edits nor deletions; rechecks of the pages show both. It asks for 5 s between requests (config/sources.py sees to that) and
keeps REACH: what is older is not asked for, and the window shows the gap.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from crawlers.errors import EndRun
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.articles.listed import ListedArticles
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry
from crawlers.platforms.feeds.memory import FeedMemory
from crawlers.platforms.feeds.rechecks import ArticleRechecks
from crawlers.platforms.gdelt.answer import GdeltRefusal, parse_answer
from crawlers.platforms.shared.volume import judge_volume
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from records import GapReason

FULL = 250
"""Articles in one answer; the interface's maximum."""
ROUND = timedelta(minutes=15)
"""Between two rounds of GDELT; a slice below that holds one round and cannot be cut further."""
LAG = timedelta(minutes=30)
"""Before now nothing is claimed: two rounds, in which articles of that time still come in."""
FIRST = timedelta(days=1)
"""How far back the first poll looks."""
REACH = timedelta(days=89)
"""How far back GDELT can be asked: about three months."""
PAUSE = timedelta(minutes=1)
"""After it said that requests come too fast."""


class GdeltSpider(PollSpider):
    """One poll of one query."""

    name = "gdelt"

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        self._query = parse_qs(urlsplit(self.task.url).query).get("query", [""])[0].strip()
        if cursor.get("query") not in (None, self._query):
            cursor.pop("mark", None)
        cursor["query"] = self._query
        mark = cursor.get("mark")
        self._mark = datetime.fromisoformat(mark) if mark else None
        self._memory = FeedMemory(cursor.get("entries"))
        self._articles = ListedArticles(self, self._memory)
        self._rechecks_of_pages = ArticleRechecks(self._articles.pages, self._articles)
        self._begin: datetime | None = None
        self._reached: datetime | None = None
        self._shown = self._pages = 0

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        if not self._query:
            raise EndRun(Outcome.FAILED, "the source's url names no query: .../doc?query=WORDS")
        now = self.task.started
        at = self._mark - self.task.source.overlap if self._mark is not None else now - FIRST
        # Shorter spans than an hour are refused at times; older ones than REACH always.
        at = self._begin = max(min(at, now - timedelta(hours=1)), now - REACH)
        step = now - at
        while at < now and self._may_ask():
            until = min(at + step, now)
            entries = await self._ask(at, until)
            if len(entries) >= FULL and until - at > ROUND:
                step = max((until - at) / 2, ROUND)
                continue
            self._shown += len(entries)
            self._articles.pages.removals.note_known(entry.link for entry in entries)
            async for item in self._articles.read_listed(FeedDocument(entries)):
                yield item
            if self.task.mode == "check" or self._is_cut():
                break
            if len(entries) >= FULL:
                self.tally.remark("list_full")
                self.short = GapReason.LIST_CUT
                self._begin = until
            at = self._reached = until
            # Behind a busy day the slices grow again.
            step = 2 * step if len(entries) < FULL // 4 else step
        self._judge()

    async def recheck(self, post: RecheckOf) -> Answer:
        """The article's page."""
        return await self._rechecks_of_pages.recheck(post)

    def conclude(self) -> None:
        """Writes cursor and window; a slice that was not read to its end is read again."""
        self.cursor["entries"] = self._memory.dump()
        if not (self.outcome.is_success and self._reached is not None and self._begin is not None):
            return
        end = min(self._reached, self.task.started - LAG)
        if end > self._begin and self.outcome is not Outcome.EMPTY:
            self.window_from, self.window_to = self._begin, end
        self.cursor["mark"] = max(end, self._mark or end).isoformat()

    async def _ask(self, since: datetime, until: datetime) -> tuple[FeedEntry, ...]:
        """The articles that came in between two moments. Raises EndRun."""
        self._pages += 1
        asked = {
            "query": self._query,
            "mode": "artlist",
            "format": "json",
            "sort": "datedesc",
            "maxrecords": str(FULL),
            "startdatetime": f"{since:%Y%m%d%H%M%S}",
            "enddatetime": f"{until:%Y%m%d%H%M%S}",
        }
        response = await self.fetch(urlunsplit(urlsplit(self.task.url)._replace(query=urlencode(asked), fragment="")))
        self.stop_on_status(response)
        self.heed_robots_tag(response, "GDELT's answer")
        try:
            entries = parse_answer(response.body)
        except GdeltRefusal as exc:
            if exc.too_fast:
                self.not_before = self.task.started + PAUSE
                raise EndRun(Outcome.RATE_LIMITED, f"GDELT says: {exc}") from exc
            raise EndRun(Outcome.FAILED, f"GDELT gives no list: {exc}") from exc
        self.progress = True
        return entries

    def _may_ask(self) -> bool:
        if self._pages < self.task.source.limits.pages:
            return True
        self.tally.remark("limit_pages")
        self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
        return False

    def _is_cut(self) -> bool:
        if self._articles.left_over:
            self.tally.remark("limit_articles", self._articles.left_over)
            self.say(f"stopped at limits.articles = {self.task.source.limits.articles}")
        return self._articles.left_over > 0

    def _judge(self) -> None:
        judge_volume(self, self._shown, "articles")
        self.end(
            Outcome.OK if self._shown else Outcome.EMPTY, "" if self._shown else "GDELT lists nothing for the query"
        )
