"""What every spider shares: a run that reads, rechecks, and ends with an outcome that has a name.

A spider is a coroutine that reads pages in order and yields Landings, Removals and Rejections. It keeps its progress in
``self.cursor``; the cursor counts only if the pipeline landed everything that was yielded (crawlers/job.py sees to it).
"""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable
from crawlers.fetching import FetchingSpider
from crawlers.items import Found
from crawlers.landing import Store
from crawlers.outcome import Outcome
from crawlers.rechecking import Answer, ask_again, ask_again_after_failure
from crawlers.tally import Tally
from crawlers.task import MissedTime, RecheckOf, StoredValidators, Task
from ledger import RecheckOutcome
from records import GapReason, Landing

log = logging.getLogger(__name__)


class PollSpider(FetchingSpider):
    """One poll of one source."""

    rechecks_after_failure = True
    """Whether posts can be asked for when the source could not be read; else that needs what only reading finds."""

    def __init__(self, *, task: Task, tally: Tally, store: Store, **kwargs: Any) -> None:
        super().__init__(task=task, tally=tally, **kwargs)
        self.store = store
        self.cursor: dict[str, Any] = dict(task.cursor)
        self.validators: dict[str, StoredValidators] = {}
        self.outcome = Outcome.FAILED
        self.message = ""
        self.window_from: datetime | None = None
        self.window_to: datetime | None = None
        self.short: GapReason | None = None
        """Why the reading stopped before it met what was read earlier, where the spider knows."""
        self.missed: list[MissedTime] = []
        """Time that is missing, to be recorded as gaps; what lies between two windows is added at the end."""
        self.new_url: str | None = None
        self.retired = False
        self.not_before: datetime | None = None
        self.quiet_until: datetime | None = None
        """Until when the source itself says that it will have nothing new."""
        self.concluded = False
        self.sent = 0
        self.received = 0
        self.progress = False
        """Whether at least one page of the source was read: then a cap that stops the run is no failure."""
        try:
            self.load(self.cursor)
        except (ValueError, TypeError, KeyError, AttributeError):
            # Written by another version: reading again what is known costs requests, but brings nothing twice.
            self.cursor = {}
            self.short = GapReason.CURSOR_LOST
            self.tally.remark("cursor_reset")
            self.load(self.cursor)

    @abstractmethod
    def load(self, cursor: dict[str, Any]) -> None:
        """Takes over what the cursor holds; called once. A cursor of another shape may raise any of the usual errors."""

    @abstractmethod
    def read(self) -> AsyncIterator[Found]:
        """Reads the source and yields what is found; sets outcome and window. May raise any of crawlers.errors."""

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing | None:  # noqa: ARG002
        """Asks for one post again: what became of it, or the post as it now reads (present, and perhaps edited).

        None: this spider does not recheck, or not now. May raise any of crawlers.errors, which then says nothing of the post.
        """
        return None

    @property
    def batch(self) -> int:
        """Posts that ``recheck_batch`` is given at a time: as many as the platform answers for in one request."""
        return 1

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> Mapping[str, Answer] | None:
        """Asks for up to ``batch`` posts again; answers by post_id, and a post left out stays due.

        One by one with ``recheck`` where a platform knows no better. None and exceptions are as there, for all of them.
        """
        answers: dict[str, Answer] = {}
        for post in posts:
            answer = await self.recheck(post)
            if answer is None:
                return answers or None
            answers[post.post_id] = answer
        return answers

    def to_recheck(self) -> Sequence[RecheckOf]:
        """The posts to ask for again once the source has been read: those that are due."""
        return self.task.rechecks

    async def start(self) -> AsyncIterator[Found]:
        """Scrapy's entry: runs ``read`` and the rechecks, and turns the way they ended into an outcome."""
        try:
            async for item in self._read_source():
                yield item
            async for item in self._rechecks():
                self.tally.check()
                yield item
        except EndRun as exc:
            self._end_run(exc)
        except RateLimited as exc:
            self.not_before = exc.not_before
            self.end(exc.outcome, exc.message)
        except BudgetSpent as exc:
            self.tally.remark(f"limit_{exc.what}")
            self.short = GapReason.LIMIT
            stopped = Outcome.TIMEOUT if exc.what == "seconds" else Outcome.FAILED
            if self.progress:
                stopped = self.outcome if self.outcome.is_success else Outcome.OK
            self.end(stopped, exc.message)
        except (Refused, Unreachable) as exc:
            self.end(exc.outcome, exc.message)
        except Exception as exc:
            # A fault of ours, or a page that no one thought of: the run must not pass for a good one.
            log.exception("%s: the spider failed", self.task.source.id)
            self.tally.fail(f"a fault in the spider {self.name}: {type(exc).__name__}; run with --debug")
        self.sent, self.received = self.gate.sent, self.gate.received
        self.conclude()
        self._note_missed()
        self.concluded = True
        # The engine looks whether all is done when something happens, else every 5 s; the last items must be through.
        await asyncio.sleep(0.02)

    async def _read_source(self) -> AsyncIterator[Found]:
        """``read``. An end by the spider's own judgement is noted here: posts may be asked for again all the same."""
        try:
            async for item in self.read():
                self.tally.check()
                yield item
        except EndRun as exc:
            self._end_run(exc)

    def _end_run(self, end: EndRun) -> None:
        self.end(end.outcome, end.message)
        self.retired = end.retired

    async def _rechecks(self) -> AsyncIterator[Found]:
        """Answers for the posts that are due: see crawlers/rechecking.py."""
        if self.task.mode != "poll" or self.tally.fault is not None:
            return
        self.manners.begin()
        if self.outcome.is_success:
            asking = ask_again(self, self.to_recheck())
        elif self.outcome is Outcome.FAILED and self.answered and self.rechecks_after_failure:
            asking = ask_again_after_failure(self, self.task.rechecks)
        else:
            return
        async for item in asking:
            yield item

    def conclude(self) -> None:
        """Called once, however the run ended: the spider writes its cursor and the window that was covered."""

    def _note_missed(self) -> None:
        """Notes the time between what was read before and what this run covers."""
        known, begin = self.task.read_until, self.window_from
        if known is not None and begin is not None and begin > known:
            self.missed.append(MissedTime(start=known, end=begin, why=self.short or GapReason.BEYOND_REACH))

    @property
    def cursor_after_fault(self) -> dict[str, Any] | None:
        """What is kept of a run whose cursor does not count; None: the old cursor stays as it is."""
        return None

    def end(self, outcome: Outcome, message: str) -> None:
        """Sets the outcome; a message already there is kept in front."""
        self.outcome = outcome
        self.say(message)

    def say(self, message: str) -> None:
        """Adds to the poll's message."""
        self.message = "; ".join(part for part in (self.message, message) if part)
