"""A run of Bluesky's Jetstream: one connection, from where the last run ended, in batches that land before the cursor moves.

1. connect   by the position in the cursor (jetstream/progress.py), at an address that robots.txt of the host allows
2. gather    frames for FLUSH seconds, BATCH of them at most
3. choose    what is wanted, and whose author lets it be read (jetstream/choosing.py)
4. land      posts, edits, deletions and accounts that went, in the order in which they came
5. advance   the cursor and the counts, under the poll's lease; where another process has it by now the run ends
6. end       at limits.seconds or bytes, with the connection, or when nothing of the past is left (unless it is followed)

A run that dies between 4 and 5 lands a batch once more, which changes nothing. Deletions and accounts that go are heeded
whatever source brought a post.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request

from crawlers.errors import BudgetSpent, EndRun, Unreachable
from crawlers.items import Found
from crawlers.landing import LandingPipeline, LedgerStore
from crawlers.outcome import Outcome
from crawlers.platforms.bluesky.recheck import BATCH as LOOKED_UP
from crawlers.platforms.bluesky.recheck import Lookups
from crawlers.platforms.jetstream.choosing import Chooser
from crawlers.platforms.jetstream.connection import Connection, open_stream
from crawlers.platforms.jetstream.events import Event, Notice, What, read_frame
from crawlers.platforms.jetstream.progress import Progress
from crawlers.politeness.robots import FailClosedRobots
from crawlers.rechecking import Answer
from crawlers.servers import server_of
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from records import GapReason, Landing

BATCH = 500
"""Frames; a replay brings thousands a second, and one transaction for each would take longer than the reading."""
FLUSH = 2.0
"""Seconds of gathering; as long as the other spiders wait before they land."""
GLANCE = 10.0
"""Seconds of a first reading that is not followed, and of `sources check`: a stream has no newest page."""
SILENCE = 60.0
"""Seconds without a frame of the whole network, which has dozens a second, before it is connected to anew."""
SHORTEST = 30.0
"""Seconds; a connection that is lost sooner counts as a failure, else a server that drops everyone would be asked each second."""
MARGIN = 1.0
"""Seconds before limits.seconds at which a run ends by itself."""


class JetstreamSpider(PollSpider):
    """One connection to one instance."""

    name = "jetstream"
    batch = LOOKED_UP - 1

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        base = self.task.source.appview.rstrip("/")
        self._lookups = Lookups(self, base)
        self._chooser = Chooser(self, base, self._known)
        self._opened = monotonic()

    def load(self, cursor: dict[str, Any]) -> None:
        """See jetstream/progress.py."""
        self._progress = Progress.load(cursor, server_of(self.task.url), is_whole=not self.task.source.accounts)

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> Mapping[str, Answer]:
        """See bluesky/recheck.py: what a label or a gap of the stream hides is found by looking."""
        return await self._lookups.ask(posts)

    async def read(self) -> AsyncIterator[Found]:
        """Nothing is yielded: what is found must have landed before the cursor moves."""
        connection = await self._open()
        try:
            await self._follow(connection)
        finally:
            await connection.close()
        nothing: tuple[Found, ...] = ()
        for found in nothing:
            yield found

    def conclude(self) -> None:
        """Writes cursor and window."""
        covered, since = self._progress.covered_to, self._progress.since
        claims = self.outcome.is_success and self.progress and since is not None and covered is not None
        if claims and since is not None and covered is not None and covered > since:
            self.window_from, self.window_to = since, covered
        self.cursor = self._progress.dump(is_claimed=claims)

    async def _open(self) -> Connection:
        """Raises what open_stream does, and BudgetSpent: a server that drips its answer may not outlast limits.seconds."""
        task = self.task
        try:
            async with asyncio.timeout(self.gate.seconds_left()):
                return await open_stream(task.source, task.url, task.user_agent, self._progress, self._may_open)
        except TimeoutError as exc:
            raise BudgetSpent("seconds", task.source.limits.seconds) from exc

    async def _may_open(self, address: str) -> None:
        """Counts a request that opens the stream. Raises Refused where robots.txt of the host forbids it, BudgetSpent."""
        parts = urlsplit(address)
        robots = self.crawler.get_downloader_middleware(FailClosedRobots)
        if robots is None:
            raise RuntimeError("the politeness add-on is not active")
        await robots.process_request(
            Request(parts._replace(scheme="https" if parts.scheme == "wss" else "http").geturl())
        )
        self.gate.check()
        self.gate.sent += 1

    async def _follow(self, connection: Connection) -> None:
        """Reads until one of the ends. Raises EndRun or Unreachable for a bad one."""
        self._opened = monotonic()
        # A run that dies before its first batch would leave no position to read on from.
        self._advance(self._progress)
        while True:
            frames = await connection.gather(BATCH, min(FLUSH, max(0.1, self.gate.seconds_left() - MARGIN)))
            if frames:
                self.gate.count_unpacked(sum(map(len, frames)))
            notice = await self._handle(frames, connection)
            self.progress = True
            if notice is not None:
                raise Unreachable(f"the server ends the stream: {notice.name} {notice.message}"[:300])
            if connection.lost:
                self._lose(connection.lost)
                return
            if self._is_enough(len(frames), connection.framed):
                self.end(Outcome.OK, "")
                return
            self.gate.check()

    def _lose(self, why: str) -> None:
        self.tally.remark("connection_lost")
        if monotonic() - self._opened < SHORTEST:
            raise Unreachable(why)
        self.end(Outcome.OK, why)

    def _is_enough(self, number: int, framed: float) -> bool:
        """Raises Unreachable for a network that fell silent."""
        now = monotonic()
        if self._progress.is_whole and now - framed > SILENCE:
            raise Unreachable(f"not a frame in {SILENCE:g} s, where the whole network should be heard")
        if self.gate.seconds_left() <= MARGIN:
            return True
        if self.task.follow or not self._progress.is_live or number >= BATCH:
            return False
        return not self._progress.is_first or now - self._opened >= GLANCE

    async def _handle(self, frames: list[bytes], connection: Connection) -> Notice | None:
        """Lands a batch and moves on; returns the server's last word, if it said one."""
        now = datetime.now(UTC)
        heard = None if connection.heard is None else now - timedelta(seconds=monotonic() - connection.heard)
        progress = copy.copy(self._progress)
        events, last_word = self._read(frames, progress, now)
        for found in await self._chooser.choose(events, connection, now):
            await self._pipeline.process_item(found)
            if isinstance(found, Landing):
                self._lookups.proof = found.lookup
        self._pipeline.flush()
        self.tally.check()
        progress.settle(now, heard, connection.quiet)
        self._note_gap(progress)
        self._progress = progress
        self._advance(progress)
        return last_word

    def _advance(self, progress: Progress) -> None:
        """Raises EndRun where the lease is lost."""
        if isinstance(self.store, LedgerStore) and not self.store.advance(progress.dump(is_claimed=False), self.tally):
            raise EndRun(Outcome.FAILED, "another process reads this stream by now")

    @property
    def _pipeline(self) -> LandingPipeline:
        pipeline = self.crawler.get_item_pipeline(LandingPipeline)
        if pipeline is None:
            raise RuntimeError("there is nothing to land with")
        return pipeline

    def _read(
        self, frames: list[bytes], progress: Progress, now: datetime
    ) -> tuple[list[Event | bytes], Notice | None]:
        """The events that are new, and frames that are none; what is no post's is counted here."""
        events: list[Event | bytes] = []
        last_word = None
        for frame in frames:
            found = read_frame(frame, now)
            if found is None:
                events.append(frame)
            elif isinstance(found, Notice):
                if found.name == "OutdatedCursor":
                    progress.lose()
                last_word = found if found.is_end else last_word
            elif progress.take(found):
                events.append(found)
                if found.what is What.OTHER:
                    self.tally.remark(found.word)
        return events, last_word

    def _known(self, post_ids: Iterable[str]) -> set[str]:
        return self.store.known(post_ids) if isinstance(self.store, LedgerStore) else set()

    def _note_gap(self, progress: Progress) -> None:
        if progress.gap is None:
            return
        begin, end = progress.gap
        progress.gap = None
        self.short = GapReason.BEYOND_REACH
        self.tally.remark("gap")
        self.say(f"gap: nothing could be read between {begin:%Y-%m-%d %H:%M:%S} and {end:%Y-%m-%d %H:%M:%S} UTC")
