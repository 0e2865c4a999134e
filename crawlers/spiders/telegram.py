"""Public Telegram channels, by their web preview: no account, no media.

1. newest     the page that the preview opens with; where it leads elsewhere there is no preview: blocked
2. forward    ?after= from the mark, the highest number read without a gap, until the pages meet the newest one
3. back       ?before= to the overlap's end, and at least to the mark: edits show here, and what came late
4. hints      numbers are missing for many reasons (albums, notices); one that was landed and is no longer listed is asked
              for by its own page (telegram_recheck.py), once; all others are in the ledger's queue

The cursor holds channel, mark, covered_to, and shown: the numbers landed last. An edit is another wording of the same
``channel/number``; the page says "edited", but not when.

Tested over HTTP against hand-made pages of the shape that telegram_page.py describes (tests/crawlers/telegram_channel.py),
never against Telegram itself: `daymark sources check` is an operator's look at the live pages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.shared.volume import judge_volume
from crawlers.platforms.shared.window import Window, earlier_of_last, later_of_last
from crawlers.platforms.telegram.page import Page, read_page
from crawlers.platforms.telegram.posts import post_id
from crawlers.platforms.telegram.reader import MessageReader
from crawlers.platforms.telegram.recheck import SinglePages, parse_lookup
from crawlers.robots_tag import header_refuses
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import Rechecked, RecheckOutcome
from records import Landing

if TYPE_CHECKING:
    from scrapy.http import Response

SHOWN = 400
"""Numbers kept to notice what is no longer listed: 20 pages, 3 KB of cursor."""
HINTS = 20
"""Single pages asked for in one poll on account of hints; more wait for the next poll."""


class TelegramSpider(PollSpider):
    """One poll of one channel."""

    name = "telegram"

    def __init__(self, **kwargs: Any) -> None:
        self._pages = 0
        self._capped = False
        self._behind = False
        """Forward pages are being read and have not met the newest one."""
        self._met = False
        self._bottom = False
        super().__init__(**kwargs)
        parts = urlsplit(self.task.url)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._reader = MessageReader(self, self.task.source.channel, self._shown)
        self._single = SinglePages(self, self._base, self._reader)

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        channel = self.task.source.channel
        if cursor.get("channel") not in (None, channel):
            cursor.clear()
        cursor["channel"] = channel
        self._mark: int | None = int(cursor["mark"]) if cursor.get("mark") is not None else None
        self._start_mark = self._mark
        self._shown = {int(number) for number in cursor.get("shown") or ()}
        covered = cursor.get("covered_to")
        self._covered_to = datetime.fromisoformat(covered) if covered else None

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        async for item in self._page():
            yield item
        if self.task.mode == "poll" and self._dates:
            lowest = min(self._dates)
            if self._mark is not None and lowest > self._mark + 1:
                async for item in self._forward(lowest):
                    yield item
            if not self._behind:
                async for item in self._back():
                    yield item
        if self._capped:
            self.tally.remark("limit_pages")
            self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
        self._judge_volume()
        if self.task.mode == "poll" and self._joined and not self._behind:
            async for item in self._follow_hints():
                yield item

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing:
        """The message's own page, unless this poll's pages have shown it as it is."""
        wanted = parse_lookup(post.lookup)
        if wanted is None:
            return RecheckOutcome.UNCLEAR
        if wanted[0] == self._reader.name and wanted[1] in self._reader.landed:
            return RecheckOutcome.PRESENT
        return await self._single.ask(*wanted)

    def conclude(self) -> None:
        """Writes cursor and window."""
        if self._dates and self._joined and not self._behind:
            # Downwards too: what stood above has been deleted, and new messages get higher numbers in any case.
            self._mark = max(self._dates)
        self.cursor["mark"] = self._mark
        self.cursor["shown"] = sorted(self._shown | self._reader.landed)[-SHOWN:]
        if not (self.outcome.is_success and self.progress) or self.outcome is Outcome.EMPTY:
            return
        window = Window(self._covered_to)
        if self._joined and self._covered_to is not None:
            window.join()
        else:
            window.page(self._dates[number] for number in sorted(self._dates, reverse=True))
        end = self._reached() if self._behind else self.task.started
        begin = window.begin(end) if end is not None else None
        if begin is not None:
            self.window_from, self.window_to = begin, end
        if end is not None and self._joined and (self._covered_to is None or end >= self._covered_to):
            self.cursor["covered_to"] = end.isoformat()

    @property
    def _dates(self) -> dict[int, datetime | None]:
        return self._reader.dates

    @property
    def _joined(self) -> bool:
        """Whether the reading meets what earlier polls had read; a first poll has nothing to meet."""
        if self._start_mark is None or self._behind:
            return True
        if not self._dates:
            return False
        return min(self._dates) <= self._start_mark + 1 or (self._met and self._bottom)

    def _reached(self) -> datetime | None:
        """How far forward a capped run has come; never beyond its own start, whatever a message says of itself."""
        read = sorted(number for number in self._dates if number <= (self._mark or 0))
        reached = earlier_of_last([moment for number in read if (moment := self._dates[number]) is not None])
        return min(reached, self.task.started) if reached is not None else None

    # The preview

    async def _page(self, **params: int) -> AsyncIterator[Found]:
        """The items of one page of the preview. Raises EndRun where there is none, or for another shape."""
        query = f"?{urlencode(params)}" if params else ""
        response = await self.fetch(f"{self._base}/s/{self.task.source.channel}{query}")
        page = self._open(response)
        self._pages += 1
        self.progress = True
        for item in self._reader.read(page, response):
            yield item

    def _open(self, response: Response) -> Page:
        self.stop_on_status(response)
        if not urlsplit(response.url).path.startswith("/s/"):
            raise EndRun(Outcome.BLOCKED, "no web preview: a group, a channel that shows none, or no channel at all")
        page = read_page(response.body)
        headers = (value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))
        refusal = page.refusal or header_refuses(headers)
        if refusal:
            raise EndRun(Outcome.ROBOTS_DENIED, f"the channel's page says {refusal}")
        if not page.known:
            raise EndRun(Outcome.FAILED, "this is not the preview of a channel as we know it")
        return page

    async def _forward(self, goal: int) -> AsyncIterator[Found]:
        """From the mark upwards, page by page without a gap, until one reaches ``goal``, the newest page's beginning."""
        self._behind = True
        while self._may_page():
            mark = self._mark or 0
            async for item in self._page(after=mark):
                yield item
            reached = max((number for number in self._reader.last if number > mark), default=None)
            if reached is None:
                raise EndRun(Outcome.FAILED, f"the page after {mark} shows nothing newer, but the newest page does")
            if reached >= goal:
                # A page that begins where the newest does can mean that ?after= is not heeded: step 3 looks down to the mark.
                self._behind, self._met = False, True
                return
            self._mark = reached

    async def _back(self) -> AsyncIterator[Found]:
        """Down to the overlap's end, and at least to the mark."""
        floor = self.task.started - self.task.source.overlap
        while not self._has_reached(floor) and self._may_page():
            lowest = min(self._dates)
            async for item in self._page(before=lowest):
                yield item
            if not self._reader.last:
                self._bottom = True
                return
            if min(self._dates) == lowest:
                if self._joined:
                    return
                raise EndRun(Outcome.FAILED, f"the page before {lowest} shows nothing older: messages may be missing")

    def _has_reached(self, floor: datetime) -> bool:
        lowest = min(self._dates)
        if lowest <= 1:
            return True
        if self._start_mark is not None and lowest > self._start_mark + 1:
            return False
        listed = [self._dates[number] for number in sorted(self._dates, reverse=True)]
        reached = later_of_last([moment for moment in listed if moment is not None])
        return reached is not None and reached < floor

    def _may_page(self) -> bool:
        if self._pages < self.task.source.limits.pages:
            return True
        self._capped = True
        return False

    def _judge_volume(self) -> None:
        shown = len(self._dates)
        judge_volume(self, shown, "messages")
        # Telegram answers with an empty page, too, to whoever asks too fast.
        self.end(Outcome.OK if shown else Outcome.EMPTY, "" if shown else "the preview shows no message")

    async def _follow_hints(self) -> AsyncIterator[Found]:
        """Asks for what was landed, should have been listed, and was not."""
        lowest = min(self._dates, default=0)
        missing = sorted(number for number in self._shown if number >= lowest and number not in self._dates)
        for number in missing[-HINTS:]:
            try:
                answer = await self._single.ask(self._reader.name, number)
            except (BudgetSpent, RateLimited):
                self.tally.remark("rechecks_put_off")
                return
            except (Refused, Unreachable):
                answer = RecheckOutcome.UNCLEAR
            self._shown.discard(number)
            if isinstance(answer, Landing):
                self.tally.see()
                yield answer
            elif answer is RecheckOutcome.DELETED:
                yield Rechecked(post_id(self._reader.name, number), answer, datetime.now(UTC))
