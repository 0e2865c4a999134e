"""The polls under way in this process: started as places become free, closed as their processes end.

1. give back   what a fault of the ledger left in this worker's hands: lease and server are free again, the poll stays as
               interrupted
2. claim       the source together with its server, so that no two processes ask one server, here or on another host
               -> not due, or read elsewhere: left alone
               -> the server's delay, or the time it asked for, has not passed: waited for, if short
3. start       the poll is written down, the process gets cursor, validators and the servers that must not be asked
4. close       outcome, counts, window, cursor and what was learned of servers in one transaction, which gives the leases
               back; where the ledger does not answer, the result is kept and closed in the next turn
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from time import monotonic
from types import TracebackType
from typing import Self

from config import Project, Settings, Source
from crawlers.process import CrawlProcesses, CrawlStopped
from crawlers.results import PollSummary, make_poll_result, summarise, why_not
from crawlers.rhythm import Ended, find_rhythm
from crawlers.servers import address_of, lease_name
from crawlers.task import RecheckOf, StoredValidators, Task, TaskResult, user_agent
from crawlers.timing import LONGEST_WAIT, may_be_due, waits_since, why_off
from crawlers.turns import Queue
from crawlers.version import daymark_version
from ledger import (
    RECHECKS_SKIPPED,
    Ledger,
    LedgerError,
    SourceState,
    Verdict,
    Worker,
    claim_source,
    closed_servers,
    due_rechecks,
    finish_poll,
    give_back,
    note_addresses,
    note_off,
    read_source,
    read_sources,
    read_until,
    read_validators,
    recheck_wanted,
    skip_rechecks,
    start_poll,
)

LOOK = 0.5
"""Seconds between looks whether the service stops."""


class Share(Enum):
    """Which of the sources are this instance's; each worker must know all, since it notes as off what is not among them."""

    ALL = "all"
    """Polls, and streams up to what is written now."""
    POLLED = "polled"
    STREAMED = "streamed"
    """Streams alone, read on and on: a run that ends is followed by the next."""

    def takes(self, source: Source) -> bool:
        """Whether a source is among them."""
        return self is Share.ALL or source.is_stream == (self is Share.STREAMED)


def utc_now() -> datetime:
    """The clock of the polls, unless they are given another."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class _Poll:
    source: Source
    state: SourceState
    read_until: datetime | None
    server: str
    number: int
    started: datetime
    in_bunch: bool
    """Whether more sources were due at once than there are places."""
    skipped: int
    """Rechecks that this poll had no room for, and that wait for their next age."""


class Polls:
    """Up to ``places`` polls at a time, which go on between turns. For one thread at a time."""

    def __init__(
        self,
        ledger: Ledger,
        worker: Worker,
        settings: Settings,
        processes: CrawlProcesses,
        places: int,
        *,
        share: Share = Share.ALL,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._ledger = ledger
        self._worker = worker
        self._settings = settings
        self._processes = processes
        self._places = places
        self._share = share
        self._clock = clock
        self._pool = ThreadPoolExecutor(max_workers=places, thread_name_prefix="crawl")
        self._running: dict[Future[TaskResult], _Poll] = {}
        self._began_new = False
        """Whether the poll begun last was the first of its source."""

    def turn(
        self,
        sources: Iterable[Source],
        project: Project,
        *,
        now: datetime | None = None,
        force: bool = False,
        seconds: float | None = None,
        stop: threading.Event | None = None,
    ) -> list[PollSummary]:
        """Starts what is due of ``sources`` and closes what has ended, until nothing is left to do.

        It ends sooner after ``seconds``, or where ``stop`` is set; what runs then goes on. ``force`` polls what is not due,
        too. Raises LedgerUnavailable; what runs goes on, and the next turn closes it.
        """
        moment = now or self._clock()
        end = None if seconds is None else monotonic() + seconds
        polled = {poll.source.id for poll in self._running.values()}
        give_back(self._ledger, self._worker, keep=polled)
        allowed = [source for source in sources if why_off(source, project, moment) is None]
        if not force:
            note_off(self._ledger, [source.id for source in allowed])
        note_addresses(self._ledger, {source.id: source.url for source in allowed})
        states = read_sources(self._ledger, [source.id for source in allowed])
        mine = [source for source in allowed if self._share.takes(source)]
        due = [source for source in mine if force or may_be_due(states[source.id], moment)]
        waiting = [source for source in due if source.id not in polled]
        queue = Queue(waiting, states, force=force, new_first=not self._began_new)
        summaries: list[PollSummary] = []
        while not (stop and stop.is_set()):
            summaries += self._close_ended(moment)
            summaries += self._start(queue, project, moment)
            left = None if end is None else end - monotonic()
            if not (queue.sources or self._running) or (left is not None and left <= 0):
                break
            self._wait(stop, left, queue.seconds_until_ready(self._now(moment)))
        return summaries

    def _start(self, queue: Queue, project: Project, moment: datetime) -> list[PollSummary]:
        refused = []
        for source in list(queue.sources):
            state = queue.states[source.id]
            server = lease_name(source, state)
            now = self._now(moment)
            if len(self._running) >= self._places:
                break
            if self._is_asked(server) or self._is_crowded(state) or queue.ready.get(server, now) > now:
                continue
            claim = claim_source(
                self._ledger, self._worker, source.id, server, now, delay=source.delay, force=queue.force
            )
            if claim.until is not None and claim.until - now <= LONGEST_WAIT:
                queue.ready[server] = claim.until
                continue
            queue.sources.remove(source)
            if claim.verdict is Verdict.MINE:
                self._begin(source, server, project, in_bunch=queue.length > self._places)
            elif queue.force:
                refused.append(PollSummary(source.id, ran=False, message=why_not(claim)))
        return refused

    def _is_asked(self, server: str) -> bool:
        return any(poll.server == server for poll in self._running.values())

    def _is_crowded(self, state: SourceState) -> bool:
        """Sources that failed last time hold half of the places at most: servers that hang cannot hold up the others."""
        failing = sum(poll.state.failures > 0 for poll in self._running.values())
        return state.failures > 0 and failing >= max(1, self._places // 2)

    def _begin(self, source: Source, server: str, project: Project, *, in_bunch: bool) -> None:
        started = self._clock()
        # Read anew: an erasure may have cleaned the cursor while the source waited for a place.
        state = read_source(self._ledger, source.id)
        known_until = read_until(self._ledger, source.id)
        number = start_poll(self._ledger, self._worker, source.id, started)
        stored = read_validators(self._ledger, source.id)
        rechecks = due_rechecks(self._ledger, source.id, started, source.rechecks)
        skipped = skip_rechecks(self._ledger, source.id, started, rechecks, source.rechecks)
        task = Task(
            source=source,
            mode="poll",
            url=address_of(source, state),
            user_agent=user_agent(project, self._settings),
            version=daymark_version(),
            started=started,
            ledger_url=self._settings.ledger,
            key_dir=self._settings.key_dir,
            data=self._settings.data,
            poll=number,
            worker=self._worker.id,
            follow=self._share is Share.STREAMED,
            cursor=state.cursor,
            read_until=known_until,
            validators={url: StoredValidators(etag=v.etag, last_modified=v.last_modified) for url, v in stored.items()},
            rechecks=tuple(RecheckOf(post_id=item.post_id, lookup=item.lookup) for item in rechecks),
            closed=closed_servers(self._ledger, started),
        )
        self._running[self._pool.submit(self._processes.run, task)] = _Poll(
            source, state, known_until, server, number, started, in_bunch, skipped
        )
        self._began_new = waits_since(state) is None

    def _wait(self, stop: threading.Event | None, *seconds: float | None) -> None:
        """Until a process ends, at most so long."""
        limits = [limit for limit in seconds if limit is not None]
        if self._running:
            wait(self._running, timeout=min(limits, default=None), return_when=FIRST_COMPLETED)
        else:
            (stop or threading.Event()).wait(min([LOOK, *limits]))

    def _close_ended(self, moment: datetime) -> list[PollSummary]:
        summaries = []
        for future in [future for future in self._running if future.done()]:
            poll = self._running[future]
            # One that was stopped has no result: `give_back` notes it as interrupted.
            if not isinstance(future.exception(), CrawlStopped):
                summaries.append(self._close(poll, future.result(), moment))
            # Only now: a result that the ledger did not take is offered again in the next turn.
            del self._running[future]
        return summaries

    def _close(self, poll: _Poll, result: TaskResult, moment: datetime) -> PollSummary:
        # A process that was killed tells no counts: then those that it told on its way are kept (ledger/sources.py).
        if poll.skipped and result.counts:
            result = result.model_copy(update={"counts": {**result.counts, RECHECKS_SKIPPED: poll.skipped}})
        rhythm = find_rhythm(
            Ended(poll.source, poll.state, poll.read_until, poll.server, poll.started, poll.in_bunch, result),
            moment,
            recheck=self._recheck_wanted(poll.source, result.finished),
            is_followed=self._share is Share.STREAMED,
        )
        finished = make_poll_result(poll.server, result, rhythm.rate, rhythm.signs)
        finish_poll(self._ledger, poll.number, finished, rhythm.due)
        return summarise(poll.source.id, result, rhythm.due)

    def _recheck_wanted(self, source: Source, now: datetime) -> datetime | None:
        # Where each call is paid for or counted, a recheck waits for the poll that comes in any case.
        may_hurry = source.rechecks > 0 and not source.is_keyed
        return recheck_wanted(self._ledger, source.id, now) if may_hurry else None

    def _now(self, moment: datetime) -> datetime:
        """The clock, or the later moment that the turn was asked for."""
        return max(moment, self._clock())

    def close(self) -> None:
        """Kills what still runs. What it landed stays; its polls are noted as interrupted and can be read again at once."""
        if self._running:
            self._processes.kill()
        self._pool.shutdown(wait=True)
        self._running.clear()
        # If the ledger is away now, the end of this process frees them.
        with contextlib.suppress(LedgerError):
            give_back(self._ledger, self._worker, keep=())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
