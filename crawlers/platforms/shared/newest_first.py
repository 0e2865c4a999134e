"""Lists that show the newest first, page by page: what one poll reads of such a list, and what it leaves to the next.

1. new          from the newest page down past the mark
2. the gap      pages that a cap or a fault cut off in an earlier poll; before the overlap, which may take all that a cap allows
3. the overlap  from the mark on down: late posts and edits stand there

The mark is the highest rank that was read. It moves at the end of a poll, together with the gap that the poll left, so a
poll that is killed moves nothing. In the cursor: {mark, covered_to, gap: {next, until, tries}}.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawlers.dates import plausible
from crawlers.errors import EndRun, TooLarge, Unreachable
from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.shared.answers import make_raw
from crawlers.platforms.shared.window import TWO, Window
from crawlers.spiders.base import PollSpider
from records import GapReason, Landing, Post

if TYPE_CHECKING:
    from scrapy.http import Response

STALE = 3
"""Pages in a row that lead no further down before the list counts as ended; ends a server that repeats one page."""
TRIES = 3
"""Polls in which a page of the gap may fail before the gap is given up, and counted."""


@dataclass(frozen=True)
class Place:
    """Where an entry stands: its rank (higher is newer) and its date; None where it says nothing, as for a pinned one."""

    rank: int | None = None
    moment: datetime | None = None

    @classmethod
    def by_date(cls, moment: datetime, started: datetime) -> Place:
        """That of an entry whose date is its rank, in milliseconds; none for a date that cannot be true."""
        if plausible(moment, started) is not None:
            return cls()
        # A mark that lies ahead of the poll's start would count everything below it as read.
        moment = min(moment, started)
        return cls(int(moment.timestamp() * 1_000), moment)


@dataclass(frozen=True)
class Page:
    """One page as the spider read it; ``places`` in the order listed, ``next_token`` opens the page below."""

    items: list[Any]
    places: list[Place]
    next_token: str | None
    response: Response

    def passes(self, rank: int) -> bool:
        """Whether the page ends at or below a rank; the last two must agree, since one may stand out of order."""
        last = [place.rank for place in self.places if place.rank is not None][-TWO:]
        return bool(last) and max(last) <= rank

    def is_older_than(self, floor: datetime) -> bool:
        """Whether the page ends before a moment."""
        last = [place.moment for place in self.places if place.moment is not None][-TWO:]
        return bool(last) and max(last) < floor


OpenPage = Callable[[str | None], Awaitable[Page]]
"""Fetches the page that a token opens; None opens the newest."""


@dataclass(frozen=True)
class Gap:
    """Pages still to be read: from the page that ``next_token`` opens down to the rank ``until``."""

    next_token: str
    until: int
    tries: int = 0

    @classmethod
    def load(cls, stored: Any) -> Gap | None:
        """From the cursor; None where nothing is left to read."""
        return cls(str(stored["next"]), int(stored["until"]), int(stored["tries"])) if stored else None

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        return {"next": self.next_token, "until": self.until, "tries": self.tries}


class _Descent:
    """Notices when pages lead no further down."""

    def __init__(self) -> None:
        self.lowest: int | None = None
        self._stale = 0

    def is_stuck(self, page: Page) -> bool:
        ranks = [place.rank for place in page.places if place.rank is not None]
        if ranks and (self.lowest is None or min(ranks) < self.lowest):
            self.lowest, self._stale = min(ranks), 0
        else:
            self._stale += 1
        return self._stale >= STALE


class Listing:
    """One list of one poll; ``pages`` caps it, ``resume`` makes of a gap's token the one to go on with.

    Raises ValueError, TypeError or KeyError for a cursor of another shape.
    """

    def __init__(self, spider: PollSpider, stored: Any, pages: int, resume: Callable[[str], str] = str) -> None:
        stored = dict(stored or {})
        self._spider = spider
        self._started = spider.task.started
        self._floor = self._started - spider.task.source.overlap
        self._pages = pages
        self._mark: int | None = int(stored["mark"]) if stored.get("mark") is not None else None
        covered = stored.get("covered_to")
        self._covered_to = datetime.fromisoformat(covered) if covered else None
        self._gap = Gap.load(stored.get("gap"))
        if self._gap is not None:
            self._gap = replace(self._gap, next_token=resume(self._gap.next_token))
        self._window = Window(self._covered_to)
        self._highest: int | None = None
        self._next: str | None = None
        self._descent = _Descent()
        self._at_floor = False
        self._begun = False
        self._passed = self._mark is None
        self._capped = False
        self.shown = 0
        """Entries on the pages read."""

    async def read(self, open_page: OpenPage, *, once: bool = False) -> AsyncIterator[Page]:
        """The pages of this poll; ``once``: only the newest. May raise what ``open_page`` raises."""
        async for page in self._to_the_mark(open_page, once):
            yield page
        if once:
            return
        if self._gap is not None and self._descent.lowest is not None and self._descent.lowest <= self._gap.until:
            self._gap = None
        async for page in self._fill(open_page):
            yield page
        async for page in self._to_the_floor(open_page):
            yield page
        if self._capped:
            self._spider.tally.remark("limit_pages")
            self._spider.short = GapReason.LIMIT
            self._spider.say(f"stopped at limits.pages = {self._spider.task.source.limits.pages}")

    def dump(self, *, success: bool) -> dict[str, Any]:
        """For the cursor."""
        gap, covered_to = self._gap, self._covered_to
        if self._begun and not self._passed and self._next is not None and self._mark is not None:
            gap = Gap(self._next, gap.until if gap is not None else self._mark)
            # A later poll may join this one's pages to its own, but not to what lies below the gap.
            covered_to = None
        if success and self._begun:
            covered_to = self._started
        marks = [mark for mark in (self._mark, self._highest) if mark is not None]
        return {
            "mark": max(marks, default=None),
            "covered_to": covered_to.isoformat() if covered_to else None,
            "gap": gap.dump() if gap else None,
        }

    def begin(self) -> datetime | None:
        """Start of the time that the pages cover, up to the poll's start; None where nothing can be claimed."""
        return self._window.begin(self._started) if self._begun else None

    async def _to_the_mark(self, open_page: OpenPage, once: bool) -> AsyncIterator[Page]:
        token: str | None = None
        while self._may_page():
            page = await open_page(token)
            yield page
            # Only now: a page that was not dealt with to its end is read again.
            self._tell(page)
            if not self._passed and self._mark is not None and page.passes(self._mark):
                self._window.join()
                self._passed = True
            token = self._step(page)
            if self._passed or once:
                return

    async def _to_the_floor(self, open_page: OpenPage) -> AsyncIterator[Page]:
        while self._passed and self._next is not None and not self._at_floor and self._may_page():
            page = await open_page(self._next)
            yield page
            # Below the mark lies what earlier polls have covered, and the gap's pages reach further back.
            self._tell(page, covers=not self._window.joined)
            self._step(page)

    def _step(self, page: Page) -> str | None:
        """Notes how far down a page has led; returns what opens the next, None at the list's end."""
        self._next = None if self._descent.is_stuck(page) else page.next_token
        self._passed = self._passed or self._next is None
        self._at_floor = page.is_older_than(self._floor)
        return self._next

    async def _fill(self, open_page: OpenPage) -> AsyncIterator[Page]:
        """Goes on where an earlier poll stopped. A fault here is no failure of the poll: the newest page was read."""
        descent = _Descent()
        while self._gap is not None and self._passed and self._may_page():
            gap = self._gap
            try:
                page = await open_page(gap.next_token)
            except (EndRun, TooLarge, Unreachable) as exc:
                # One old page that hangs or is too large would else fail every poll from now on.
                if exc.outcome not in (Outcome.FAILED, Outcome.TIMEOUT):
                    raise
                self._fail_gap(gap, exc.message)
                return
            yield page
            self._tell(page)
            ended = descent.is_stuck(page) or page.next_token is None or page.passes(gap.until)
            self._gap = None if ended or page.next_token is None else Gap(page.next_token, gap.until)

    def _fail_gap(self, gap: Gap, message: str) -> None:
        self._spider.tally.remark("gap_failed")
        self._spider.short = GapReason.PAGE_FAILED
        self._spider.say(f"an older page cannot be read: {message}")
        self._gap = replace(gap, tries=gap.tries + 1) if gap.tries + 1 < TRIES else None
        if self._gap is None:
            self._spider.tally.remark("gap_given_up")

    def _tell(self, page: Page, *, covers: bool = True) -> None:
        self._begun = True
        self._spider.progress = True
        self.shown += len(page.items)
        if covers:
            self._window.page(place.moment for place in page.places)
        ranks = [place.rank for place in page.places if place.rank is not None]
        if ranks:
            self._highest = max([*ranks, *([] if self._highest is None else [self._highest])])

    def _may_page(self) -> bool:
        self._capped = self._pages <= 0
        self._pages -= 1
        return not self._capped


def has_words(post: Post) -> bool:
    """Whether there is anything to read in a post."""
    return bool(post.text or post.title or post.media_text)


Fate = Post | Rejection | Removal | None
"""What becomes of an entry; None: dropped under a reason, or counted before."""


def land_page(
    spider: PollSpider, response: Response, fates: list[tuple[Any, Fate, str]], own: Callable[[Any], Any]
) -> list[Found]:
    """Items of a page's entries: each as the server wrote it, what becomes of it, and what it is asked by.

    ``own``: what of an entry is kept as its post's original. A page that holds more than that is not kept.
    """
    parts = [own(raw) for raw, _, _ in fates]
    whole = all(isinstance(fate, Post) and part == raw for part, (raw, fate, _) in zip(parts, fates, strict=True))
    capture = spider.capture(response, keep_body=whole)
    found: list[Found] = []
    for part, (_, fate, lookup) in zip(parts, fates, strict=True):
        if isinstance(fate, Post):
            found.append(Landing(post=fate, raw=make_raw(part), capture=capture, lookup=lookup))
        elif fate is not None:
            found.append(fate)
    return found
