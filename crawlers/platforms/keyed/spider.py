"""What the spiders of keyed platforms share: calls with a key, lists read from the newest back, rechecks in batches.

1. keys       from the environment (keyed_calls.py)
2. walk       each list of the source from its newest page back, until a page lies below the floor: where the last whole
              reading ended, less the overlap, at most a week back. A run that a cap stops before leaves `covered_to` where
              it was, so the next one aims for the same floor
   the first  goes back to the list's end, or to the entry's `since`. Where a cap or a fault of an older page stops it, what
              it has read counts as whole, and what lies below is the backlog
3. more       what a platform needs beyond its lists (replies at YouTube)
4. backlog    goes on where the first reading stopped (backlog.py), with the pages that the lists have left
5. rechecks   in batches, see rechecks.py

The cursor holds covered_to, backlog, and spent (budgets.py).
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
from crawlers.platforms.keyed.backlog import AskedToWait, Place
from crawlers.platforms.keyed.items import Page, print_of
from crawlers.platforms.keyed.rechecks import KeyedRechecks
from crawlers.platforms.shared.answers import make_raw
from crawlers.platforms.shared.volume import judge_volume
from crawlers.platforms.shared.window import Window, later_of_last
from records import GapReason, Landing, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

FARTHEST = timedelta(days=7)
"""Back from now: what a longer pause missed stays a gap in the coverage, rather than a walk of thousands of pages a poll."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before the first post of any platform: a first reading that nothing bounds."""


class KeyedSpider(KeyedRechecks):
    """One poll of a source at an API that wants a key."""

    lists: tuple[str, ...] = ("",)
    nothing_is_an_answer = False
    """Whether the platform has said in so many words that there is nothing, so that an empty poll covers its time."""
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

    async def prepare(self) -> None:
        """Called before the first page."""

    @abstractmethod
    async def page(self, name: str, token: str | None) -> Page:
        """A page of the list ``name``, the newest for None. May raise any of crawlers.errors."""

    def resume_at(self, token: str) -> str:
        """What opens the page at which an earlier poll stopped, where the list may have moved since."""
        return token

    async def more(self) -> AsyncIterator[Found]:
        """What is read after the lists."""
        return
        yield

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        self.take_keys()
        try:
            await self.prepare()
            for name in self.lists:
                async for item in self._walk(name):
                    yield item
            if self._capped:
                self.end(Outcome.OK, "")
            else:
                self._judge_volume()
            if self.task.mode == "poll":
                async for item in self.more():
                    yield item
                async for item in self._go_back():
                    yield item
        except BudgetSpent as exc:
            if exc.what in ("quota", "money", "money_month") and self.budget is not None:
                self.not_before = self.budget.opens()
            raise
        except RateLimited as exc:
            # What is new has been read: the rest is for the next poll, and this one's cursor says where it goes on.
            if not self._whole.issuperset(self.lists):
                raise
            self.not_before = exc.not_before
            raise AskedToWait(exc.message) from exc

    # Lists

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

    async def _go_back(self) -> AsyncIterator[Found]:
        """Reads on below what the first reading has read. A fault here is no failure of the poll: the newest page was read."""
        self.going_back = True
        for name in [name for name in self._backlog if name in self._whole - self._failed]:
            try:
                async for item in self._read_on(name):
                    yield item
            except (EndRun, TooLarge, Unreachable) as exc:
                # One old page that hangs would else fail every poll from now on.
                if not self._may_go_on_after(exc):
                    raise
                self._note_fault(exc)
                self._set_backlog(name, self._backlog[name].after_fault(exc))
                if name not in self._backlog:
                    self.tally.remark("backlog_given_up")

    async def _read_on(self, name: str) -> AsyncIterator[Found]:
        window = self._windows[name]
        token = self.resume_at(self._backlog[name].token)
        fresh = True
        while name in self._backlog and fresh and self._has_spare() and self._may_page(name):
            page = await self.page(name, token)
            if window.joined:
                window.page(page.moments)
            before = len(self.shown)
            found = self.land(page.items, page.response)
            # Not of the time since the last poll: the source's usual rate is told without them.
            self.tally.backlog |= {item.post.post_id for item in found if isinstance(item, Landing)}
            for item in found:
                yield item
            fresh = len(self.shown) > before
            known = [moment for moment in page.moments if moment is not None]
            done = not page.items or page.next == token or bool(known and max(known) < self.floor)
            self._set_backlog(name, None if done or page.next is None else Place(page.next))
            token = page.next or token

    def _has_spare(self) -> bool:
        return self.budget is None or self.budget.has_spare

    def _set_backlog(self, name: str, place: Place | None) -> None:
        if place is None:
            self._backlog.pop(name, None)
        else:
            self._backlog[name] = place

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

    def _judge_volume(self) -> None:
        shown = len(self.shown)
        judge_volume(self, shown)
        answered = shown or self.nothing_is_an_answer
        self.end(Outcome.OK if answered else Outcome.EMPTY, "" if answered else "nothing is shown")

    # The end

    def conclude(self) -> None:
        """Writes cursor, window and what was spent."""
        super().conclude()
        if not (self.outcome.is_success and self.progress) or self.outcome is Outcome.EMPTY:
            return
        end = self.task.started
        begins = [window.begin(end) for window in self._windows.values()]
        if len(begins) == len(self.lists) and None not in begins:
            self.window_from, self.window_to = max(begin for begin in begins if begin is not None), end
        if self._whole.issuperset(self.lists):
            self.cursor["covered_to"] = end.isoformat()
        self.cursor.pop("backlog", None)
        if self._backlog and "covered_to" in self.cursor:
            self.cursor["backlog"] = {name: place.dump() for name, place in self._backlog.items()}


def load_moment(stored: Any) -> datetime | None:
    """A moment of the cursor, None where it has none. Raises ValueError or TypeError for what no run has written."""
    moment = datetime.fromisoformat(stored) if stored else None
    if moment is not None and (moment.tzinfo is None or moment.year < 1990):
        raise ValueError("a date that no run has written")
    return moment
