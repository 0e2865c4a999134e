"""What the spiders of keyed platforms share: calls with a key, lists read from the newest back, rechecks in batches.

1. keys       from the environment (calls.py)
2. walk       each list of the source (lists.py) from its newest page back, until a page lies below the floor: where the last
              whole reading ended, less the overlap, at most a week back. A run that a cap stops before leaves `covered_to`
              where it was, so the next one aims for the same floor
   the first  goes back to the list's end, or to the entry's `since`. Where a cap or a fault of an older page stops it, what
              it has read counts as whole, and what lies below is the backlog
3. more       what a platform needs beyond its lists (replies at YouTube)
4. backlog    goes on where the first reading stopped (backlog.py), with the pages that the lists have left
5. rechecks   in batches, see rechecks.py

The cursor holds covered_to, backlog, and spent (budgets.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from crawlers.errors import BudgetSpent, EndRun, RateLimited, TooLarge, Unreachable
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.backlog import AskedToWait, Place
from crawlers.platforms.keyed.lists import KeyedLists
from crawlers.platforms.shared.volume import judge_volume
from records import Landing


class KeyedSpider(KeyedLists):
    """One poll of a source at an API that wants a key."""

    nothing_is_an_answer = False
    """Whether the platform has said in so many words that there is nothing, so that an empty poll covers its time."""

    async def prepare(self) -> None:
        """Called before the first page."""

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
