"""What every spider shares: fetching politely, one page at a time, and ending a run with an outcome that has a name.

A spider is a coroutine that reads pages in order and yields Landings, Removals and Rejections. It keeps its progress in
``self.cursor``; the cursor counts only if the pipeline landed everything that was yielded (crawlers/job.py sees to it).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from config import RobotsTag
from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, TooLarge, Unreachable
from crawlers.items import Found
from crawlers.landing import Store
from crawlers.outcome import Outcome
from crawlers.politeness.gate import Gate
from crawlers.rechecking import Answer, Manners, ask_again, ask_again_after_failure
from crawlers.robots_tag import header_refuses
from crawlers.tally import Tally
from crawlers.task import MissedTime, RecheckOf, StoredValidators, Task
from crawlers.urls import host_of
from crawlers.walls import find_wall
from ledger import RecheckOutcome
from records import Capture, GapReason, Landing

if TYPE_CHECKING:
    from scrapy.http import Response

log = logging.getLogger(__name__)


class PollSpider(Spider):
    """One poll of one source."""

    rechecks_after_failure = True
    """Whether posts can be asked for when the source could not be read; else that needs what only reading finds."""

    def __init__(self, *, task: Task, tally: Tally, store: Store, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.task = task
        self.tally = tally
        self.store = store
        self.manners = Manners()
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
        self.answered = False
        """Whether any request of this run was answered, whatever the answer."""
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

    @property
    def gate(self) -> Gate:
        """The run's caps."""
        gate = self.crawler.get_downloader_middleware(Gate)
        if gate is None:
            raise RuntimeError("the politeness add-on is not active")
        return gate

    async def fetch(self, url: str, headers: dict[str, str] | None = None) -> Response:
        """The response to one GET, whatever its status, after redirects and retries.

        Raises Refused (robots.txt, address, size, caps, rate limit, bot wall) or Unreachable.
        """
        return await self.send(Request(url, headers=headers, callback=NO_CALLBACK, dont_filter=True))

    async def send(self, request: Request) -> Response:
        """The response to a request; see fetch."""
        self.tally.check()
        self.manners.check(request.url)
        try:
            response = await self._download(request)
        except (Refused, Unreachable) as exc:
            self.manners.note_fault(request.url, exc)
            raise
        self.manners.note_answer(request.url, response.status)
        return response

    async def _download(self, request: Request) -> Response:
        url = request.url
        try:
            response = await self.crawler.engine.download_async(request)
        except (Refused, Unreachable):
            raise
        except IgnoreRequest as exc:
            # Scrapy's decompression refuses a body by this exception only.
            raise TooLarge(f"{url[:200]} unpacks to more than limits.body_bytes") from exc
        except Exception as exc:
            log.info("%s: %s", url[:200], exc, exc_info=True)
            raise Unreachable(f"{url[:200]} cannot be read: {type(exc).__name__}") from exc
        sent = response.request.meta.get("wire_bytes", 0) if response.request is not None else 0
        self.gate.count_unpacked(len(response.body) - sent)
        self.answered = True
        wall = find_wall(response)
        if wall is not None:
            raise Refused(
                Outcome.BLOCKED,
                f"a bot wall ({wall}) stands before {host_of(response.url)}; nothing is tried to get round it",
            )
        return response

    def capture(self, response: Response, *, keep_body: bool) -> Capture:
        """The record of a response, for the items read from it.

        The full body is kept only where every item in it lands through this capture: erasing a post deletes the bodies
        it is linked to, so a body that holds other posts too, or posts that must not be kept, would escape erasure.
        """
        headers: dict[str, list[str]] = {}
        for name, values in response.headers.items():
            headers[name.decode("latin-1").lower()] = [value.decode("latin-1").replace("\x00", "") for value in values]
        return Capture(
            capture_id=uuid4().hex,
            url=response.url,
            fetched_at=datetime.now(UTC),
            status=response.status,
            headers=headers,
            sha256=hashlib.sha256(response.body).hexdigest(),
            body=response.body if keep_body else b"",
            spider=self.name,
            version=self.task.version,
        )

    def stop_on_status(self, response: Response) -> None:
        """Ends the run for a main page that is not there or not for us. Raises EndRun."""
        status = response.status
        if status == 410:
            raise EndRun(Outcome.GONE, "the server says it is gone for good (410): retired", retired=True)
        if status in (401, 403, 407, 451):
            raise EndRun(Outcome.BLOCKED, f"the server refuses us (HTTP {status}); it is not read")
        if status >= 400 or status in (204, 205) or 300 <= status < 400:
            raise EndRun(Outcome.FAILED, f"HTTP {status}")

    def heed_robots_tag(self, response: Response, what: str) -> None:
        """Records an X-Robots-Tag on an answer that is no page of an author. Raises EndRun where the source obeys it."""
        refusal = header_refuses(value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))
        if refusal is None:
            return
        self.tally.remark("robots_tag")
        if self.task.source.robots_tag is RobotsTag.OBEY:
            raise EndRun(Outcome.ROBOTS_DENIED, f"{what} carries X-Robots-Tag: {refusal}, which this source obeys")
