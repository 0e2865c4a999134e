"""Lists of a keyed platform, walked from their newest page back, each entry once a run; see spider.py for when a walk ends.

A page of a list may end it for this run:

a cap, a wait     a first reading counts as whole, its rest is the backlog; a later one is begun anew by the next poll
a fault           so does a first reading after its first page, and one that has met what was read before; else it fails
a refusal         ends the run
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crawlers.errors import BudgetSpent, EndRun, RateLimited, TooLarge, Unreachable
from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.backlog import Place
from crawlers.platforms.keyed.items import Page, print_of
from crawlers.platforms.keyed.rechecks import KeyedRechecks
from crawlers.platforms.shared.answers import make_raw
from crawlers.platforms.shared.window import Window, later_of_last
from records import GapReason, Landing, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

FARTHEST = timedelta(days=7)
"""Back from now: what a longer pause missed stays a gap in the coverage, rather than a walk of thousands of pages a poll."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the first post of any platform: a first reading that nothing bounds."""


class KeyedLists(KeyedRechecks):
    """The lists of a source at an API that wants a key."""

    lists: tuple[str, ...] = ("",)
    goes_on = True
    """Whether later polls read on what the first reading left; else it stays unread."""
    depth: int | None = None
    """A list that ends after so many items may have been cut by its server: then its end says nothing of older ones."""

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        super().load(cursor)
        self._covered_to = self.load_covered_to(cursor)
        stored = cursor.get("backlog") or {}
        self._backlog = {name: Place.load(stored[name]) for name in self.lists if name in stored}
        # Each list its share: a flood in one must not keep the others out.
        share = max(1, self.task.source.limits.pages // len(self.lists))
        self._pages = dict.fromkeys(self.lists, share)
        self.going_back = self._covered_to is None
        """Whether what is read now was published before the first poll."""
        self._windows: dict[str, Window] = {}
        self._whole: set[str] = set()
        self._capped = False
        self._failed: set[str] = set()
        """Lists whose older pages have failed in this run: they are asked for by the next one."""

    def load_covered_to(self, cursor: dict[str, Any]) -> datetime | None:
        """Up to when an earlier poll has read all; None before the first reading."""
        return load_moment(cursor.get("covered_to"))

    @abstractmethod
    async def page(self, name: str, token: str | None) -> Page:
        """A page of the list ``name``, the newest for None. May raise any of crawlers.errors."""

    @property
    def floor(self) -> datetime:
        """Where a walk ends."""
        started, overlap = self.task.started, self.task.source.overlap
        if self.going_back:
            since = self.task.source.since
            return EARLIEST if since is None else min(datetime.combine(since, time(), UTC), started)
        return max(min(self._covered_to or started, started) - overlap, started - max(FARTHEST, overlap))

    async def _walk(self, name: str) -> AsyncIterator[Found]:
        window = self._windows[name] = Window(self._covered_to)
        token: str | None = None
        walked: set[str] = set()
        while True:
            try:
                if not self._may_page(name):
                    self._leave(name, token)
                    return
                page = await self.page(name, token)
            except BudgetSpent:
                self._leave(name, token)
                raise
            except RateLimited:
                if self.goes_on:
                    self._bear(name, token)
                raise
            except (EndRun, TooLarge, Unreachable) as exc:
                if not (self._may_go_on_after(exc) and self._bear(name, token, tries=1)):
                    raise
                self._note_fault(exc, "overlap_failed" if window.joined else "backlog_failed")
                return
            self.progress = True
            window.page(page.moments)
            for item in self.land(page.items, page.response):
                yield item
            # Once more what was shown before: a server that answers every token alike would be asked without end.
            fresh = {print_of(item) for item in page.items} - walked
            walked |= fresh
            known = [moment for moment in page.moments if moment is not None]
            reached = later_of_last(known)
            ended = page.next is None or not page.items
            at_end = ended and (self.depth is None or len(walked) < self.depth)
            if self._covered_to is not None and (at_end or (reached is not None and reached <= self._covered_to)):
                window.join()
            # What a server cuts off cannot be had later either.
            if at_end or (ended and self.going_back) or (known and max(known) < self.floor):
                self._whole.add(name)
                return
            if ended:
                return
            if not fresh:
                self.tally.remark("same_page")
                return
            if self.task.mode == "check":
                return
            token = page.next

    def _leave(self, name: str, token: str | None, tries: int = 0) -> bool:
        """The walk stopped before the page that ``token`` opens: of a first reading the rest is the backlog, else False."""
        if token is None or self._covered_to is not None:
            return False
        self._whole.add(name)
        if self.goes_on:
            self._backlog[name] = Place(token, tries)
            self._failed |= {name} if tries else set()
        return True

    def _bear(self, name: str, token: str | None, tries: int = 0) -> bool:
        """Whether all that is new was read before a page that failed: it lies below the first reading's, or in the overlap."""
        if self._windows[name].joined:
            self._whole.add(name)
            return True
        return self._leave(name, token, tries)

    def _may_go_on_after(self, fault: EndRun | TooLarge | Unreachable) -> bool:
        """Whether a page's fault is no word of the platform's that we are refused, and the page is asked for again."""
        return self.goes_on and fault.outcome in (Outcome.FAILED, Outcome.TIMEOUT)

    def _note_fault(self, fault: EndRun | TooLarge | Unreachable, what: str = "backlog_failed") -> None:
        self.tally.remark(what)
        self.say(f"an older page cannot be read: {fault.message}")

    def _may_page(self, name: str) -> bool:
        if self._pages[name] > 0:
            self._pages[name] -= 1
            return True
        if not self._capped:
            self._capped = True
            self.short = GapReason.LIMIT
            self.tally.remark("limit_pages")
            self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
        return False

    def land(self, items: Sequence[Any], response: Response) -> list[Found]:
        """What becomes of the items of an answer, each counted once in a run."""
        now = datetime.now(UTC)
        # No body: deletions must be kept up with on these platforms, and the items' own bytes are kept with the posts.
        capture = self.capture(response, keep_body=False)
        found: list[Found] = []
        for item in items:
            raw = make_raw(item)
            try:
                read = self.read_item(item, now)
            except ValidationError:
                self.tally.see()
                found.append(Rejection("invalid", raw.body))
                continue
            if read is None:
                self.tally.see()
                found.append(Rejection("bad_shape", raw.body))
                continue
            if read.native_id is not None:
                if read.native_id in self.shown:
                    continue
                self.shown[read.native_id] = read.post.published_at if read.post else None
            self.tally.see()
            if read.post is not None:
                own = make_raw(self.own_part(item))
                found.append(Landing(post=read.post, raw=own, capture=capture, lookup=read.native_id))
                continue
            self.tally.drop(read.skipped)
            if read.gone and read.native_id is not None:
                found.append(Removal(make_post_id(self.platform, read.native_id), now))
        return found


def load_moment(stored: Any) -> datetime | None:
    """A moment of the cursor, None where it has none. Raises ValueError or TypeError for what no run has written."""
    moment = datetime.fromisoformat(stored) if stored else None
    if moment is not None and (moment.tzinfo is None or moment.year < 1990):
        raise ValueError("a date that no run has written")
    return moment
